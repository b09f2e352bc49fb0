//! From signal programs to signal groups and their safety data.

use super::logic::Images;
use super::network::{Built, Part};
use super::notes::{Complaints, Notes};
use super::programs::{self, Shown};
use super::raw::{Logic, Net};
use model::id::{GroupId, Id};
use model::scenario::Faults;
use model::scenario::file::{ConflictFile, GroupFile, PlanFile, SCHEMA, SignalFile, SignalsFile, StageFile, reference};
use model::signal::{Aspect, Grade, GroupKind};
use model::vehicle::VehicleClass;
use std::collections::{BTreeMap, BTreeSet};

/// Where groups and intergreens of an imported signal come from.
const SOURCE: &str = "least shown by the shipped programs";
/// The longest minimum green that is taken from a program, in seconds: the RiLSA minimum.
const MIN_GREEN: u16 = 5;
/// The longest minimum red that is taken from a program, in seconds: the RiLSA minimum.
const MIN_RED: u16 = 1;

/// The signals, their programs as plans, and the group of every part.
#[derive(Debug)]
pub(super) struct Signals {
    pub(super) file: SignalsFile,
    pub(super) plans: Vec<PlanFile>,
    pub(super) groups: Vec<Option<String>>,
}

/// Links of one approach, or crossings, that always show the same.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: String,
    /// The first of its links; the others show the same.
    pub(super) link: u16,
    /// What obeys it, as indices of parts.
    parts: Vec<usize>,
}

/// Makes the signals that govern movements and crossings.
pub(super) fn build(net: &Net, built: &Built, notes: &mut Notes) -> Result<Signals, Faults> {
    let mut complaints = Complaints::about(&net.file);
    let logics = by_id(&net.logics, &mut complaints);
    let mut made = Signals {
        file: SignalsFile { schema: SCHEMA, signals: Vec::new() },
        plans: Vec::new(),
        groups: vec![None; built.movements.len() + built.crossings.len()],
    };
    let mut all = Vec::new();
    for (id, links) in &links_of(built) {
        let Some(images) = unroll(id, links, built, &logics, &mut complaints, notes) else { continue };
        let groups = groups(links, &images, built);
        for group in &groups {
            for &m in &group.parts {
                made.groups[m] = Some(group.name.clone());
            }
        }
        let shown = Shown::new(id, &groups, &images, notes);
        made.file.signals.push(signal(id, &groups, &shown, &images, built, notes));
        all.push((id.clone(), shown));
    }
    complaints.settle()?;
    made.plans = programs::plans(&all, notes);
    for id in logics.keys().filter(|id| all.iter().all(|(known, _)| known != *id)) {
        notes.add("Left out, because it governs nothing that is imported: tlLogic", *id);
    }
    Ok(made)
}

fn by_id<'a>(logics: &'a [Logic], complaints: &mut Complaints) -> BTreeMap<&'a str, Vec<&'a Logic>> {
    let mut found: BTreeMap<&str, Vec<&Logic>> = BTreeMap::new();
    for logic in logics {
        let known = found.entry(&logic.id).or_default();
        if known.iter().any(|l| l.program == logic.program) {
            let what = format!("program \"{}\" of tlLogic \"{}\" stands twice", logic.program, logic.id);
            complaints.say(logic.line, what, "give it another programID");
        }
        known.push(logic);
    }
    found
}

/// The parts of every signal, by link index.
fn links_of(built: &Built) -> BTreeMap<String, BTreeMap<u16, Vec<usize>>> {
    let mut found: BTreeMap<String, BTreeMap<u16, Vec<usize>>> = BTreeMap::new();
    for (p, part) in built.parts().enumerate() {
        if let Some((id, index)) = part.signal() {
            found.entry(id.clone()).or_default().entry(*index).or_default().push(p);
        }
    }
    found
}

/// The programs of a signal, the one that SUMO runs first; `None` when a fault was added.
fn unroll(
    id: &str,
    links: &BTreeMap<u16, Vec<usize>>,
    built: &Built,
    logics: &BTreeMap<&str, Vec<&Logic>>,
    complaints: &mut Complaints,
    notes: &mut Notes,
) -> Option<Vec<Images>> {
    let first = links.values().flatten().next().map_or(1, |&p| built.part(p).line());
    let Some(programs) = logics.get(id) else {
        complaints.say(first, format!("the connection obeys tlLogic \"{id}\", which does not exist"), "add its <tlLogic>");
        return None;
    };
    // Of several programs SUMO 1.28.0 runs the one that stands last in the file.
    let programs: Vec<&Logic> = programs.iter().rev().copied().collect();
    let made: Vec<Images> = programs.iter().filter_map(|l| Images::unroll(l, complaints, notes)).collect();
    if made.len() < programs.len() {
        return None;
    }
    let mut sound = true;
    for (logic, images) in programs.iter().zip(&made) {
        for (&index, movements) in links.iter().filter(|&(&index, _)| usize::from(index) >= images.width) {
            let line = built.part(movements[0]).line();
            let (program, width) = (&logic.program, images.width);
            let what = format!("link index {index} lies beyond the {width} letters of program \"{program}\" of tlLogic \"{id}\"");
            complaints.say(line, what, "lengthen the states, or mend the linkIndex");
            sound = false;
        }
    }
    sound.then_some(made)
}

fn groups(links: &BTreeMap<u16, Vec<usize>>, images: &[Images], built: &Built) -> Vec<Group> {
    let mut known: BTreeMap<(Option<usize>, Vec<Vec<Aspect>>), usize> = BTreeMap::new();
    let mut groups: Vec<Group> = Vec::new();
    let (mut vehicles, mut on_foot) = (0, 0);
    for (&link, parts) in links {
        let approach = match built.part(parts[0]) {
            Part::Way(way) => Some(way.links.0),
            Part::Walk(_) => None,
        };
        let shown = images.iter().map(|i| i.of_link(link)).collect();
        let row = *known.entry((approach, shown)).or_insert_with(|| {
            let (letter, count) = if approach.is_some() { ('K', &mut vehicles) } else { ('F', &mut on_foot) };
            *count += 1;
            groups.push(Group { name: format!("{letter}{count}"), link, parts: Vec::new() });
            groups.len() - 1
        });
        groups[row].parts.extend(parts);
    }
    groups
}

fn signal(id: &str, groups: &[Group], shown: &Shown, images: &[Images], built: &Built, notes: &mut Notes) -> SignalFile {
    let group = |(g, group): (usize, &Group)| {
        let of = &shown.groups[GroupId::from_index(g)];
        GroupFile {
            name: reference(group.name.clone()),
            kind: kind(group, built),
            amber_s: of.amber.0,
            red_amber_s: of.red_amber.0,
            min_green_s: of.min_green.0.min(MIN_GREEN),
            min_red_s: of.min_red.0.min(MIN_RED),
            may_stay_red: of.may_stay_red,
            max_green_percent: None,
        }
    };
    SignalFile {
        name: reference(id),
        source: SOURCE.into(),
        groups: groups.iter().enumerate().map(group).collect(),
        conflicts: conflicts(id, groups, shown, built, notes),
        stages: stages(groups, images),
    }
}

fn kind(group: &Group, built: &Built) -> GroupKind {
    let only = |allowed: &[VehicleClass]| {
        group.parts.iter().all(|&p| match built.part(p) {
            Part::Way(way) => way.classes.iter().all(|c| allowed.contains(&c)),
            Part::Walk(_) => false,
        })
    };
    if group.parts.iter().all(|&p| matches!(built.part(p), Part::Walk(_))) {
        GroupKind::Pedestrians
    } else if only(&[VehicleClass::Bicycle]) {
        GroupKind::Cyclists
    } else if only(&[VehicleClass::Bus, VehicleClass::Tram]) {
        GroupKind::PublicTransport
    } else {
        GroupKind::Vehicles
    }
}

fn conflicts(id: &str, groups: &[Group], shown: &Shown, built: &Built, notes: &mut Notes) -> Vec<ConflictFile> {
    let ids = || (0..groups.len()).map(GroupId::from_index);
    let pairs = ids().flat_map(|b| ids().take(b.index()).map(move |a| [a, b]));
    let pairs: Vec<[GroupId; 2]> = pairs.filter(|[a, b]| meet(&groups[a.index()], &groups[b.index()], built)).collect();
    let grade = |[a, b]: [GroupId; 2]| if shown.together(a, b) { Grade::Conditional } else { Grade::Incompatible };
    let intergreens = Intergreens::new(shown, &pairs, &grade);
    let conflict = |&[a, b]: &[GroupId; 2]| {
        let both = [[a, b], [b, a]].map(|change| intergreens.of(change));
        let names = || format!("{} and {} of {id}", groups[a.index()].name, groups[b.index()].name);
        if both.iter().any(|i| i.0 == Origin::Guessed) {
            notes.add("Intergreen guessed, because the programs never show that change: groups", names());
        } else if both.iter().any(|i| i.0 == Origin::OtherChange) {
            notes.add(
                "Intergreen of other changes into the same group, because the programs show stages in between: groups",
                names(),
            );
        }
        let names = [a, b].map(|g| reference(groups[g.index()].name.clone()));
        ConflictFile { groups: names, grade: grade([a, b]), intergreen_s: Some(both.map(|i| i.1)) }
    };
    pairs.iter().map(conflict).collect()
}

/// Where an intergreen comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// The programs show the change.
    Shown,
    /// The programs show the change with other stages in between, and other changes into the same group.
    OtherChange,
    /// The programs never show the change.
    Guessed,
}

/// The intergreens of a signal as its programs show them.
struct Intergreens<'a> {
    shown: &'a Shown,
    /// The least time of each change, and whether it is made directly: from the first group to the second.
    least: BTreeMap<[GroupId; 2], (u16, bool)>,
}

impl<'a> Intergreens<'a> {
    fn new(shown: &'a Shown, pairs: &[[GroupId; 2]], grade: &dyn Fn([GroupId; 2]) -> Grade) -> Self {
        let changes = || pairs.iter().flat_map(|&[a, b]| [[a, b], [b, a]].map(|change| (change, grade([a, b]))));
        let timed = |([clearing, entering], grade): ([GroupId; 2], Grade)| {
            let time = shown.least(clearing, entering, grade)?;
            let others: Vec<GroupId> = changes().filter(|c| c.0[1] == entering).map(|c| c.0[0]).collect();
            Some(([clearing, entering], (time, shown.changes_directly(clearing, entering, &others))))
        };
        Self { shown, least: changes().filter_map(timed).collect() }
    }

    /// The intergreen of a change, in seconds.
    fn of(&self, [clearing, entering]: [GroupId; 2]) -> (Origin, u16) {
        let amber = self.shown.groups[clearing].amber.0;
        match self.least.get(&[clearing, entering]) {
            Some(&(time, true)) => (Origin::Shown, time),
            Some(&(time, false)) => {
                let direct = self.least.iter().filter(|(change, time)| change[1] == entering && time.1).map(|(_, time)| time.0);
                // No less than any change that is shown.
                direct.max().filter(|&d| d < time).map_or((Origin::Shown, time), |d| (Origin::OtherChange, d.max(amber)))
            }
            None => (Origin::Guessed, amber.max(self.least.get(&[entering, clearing]).map_or(0, |time| time.0))),
        }
    }
}

/// Whether parts of two groups meet.
fn meet(a: &Group, b: &Group, built: &Built) -> bool {
    let of_b: BTreeSet<usize> = b.parts.iter().copied().collect();
    let of_a: BTreeSet<usize> = a.parts.iter().copied().collect();
    let meets = |p: &usize, others: &BTreeSet<usize>| built.part(*p).foes().iter().any(|f| others.contains(f));
    of_a.iter().any(|p| meets(p, &of_b)) || of_b.iter().any(|p| meets(p, &of_a))
}

/// The sets of groups that are green together while nothing shows amber, in the order of the programs.
fn stages(groups: &[Group], images: &[Images]) -> Vec<StageFile> {
    let mut seen = BTreeSet::new();
    let mut stages: Vec<StageFile> = Vec::new();
    for program in images {
        for &second in &program.steady {
            let green = |g: &&Group| program.aspect(g.link, usize::from(second)) == Aspect::Green;
            let greens: Vec<&str> = groups.iter().filter(green).map(|g| g.name.as_str()).collect();
            if !greens.is_empty() && seen.insert(greens.clone()) {
                let greens = greens.into_iter().map(reference).collect();
                stages.push(StageFile { name: format!("S{}", stages.len() + 1), greens });
            }
        }
    }
    stages
}
