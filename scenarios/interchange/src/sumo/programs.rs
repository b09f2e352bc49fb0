//! Programs as plans of signal groups, and the least times that they show.

use super::logic::Images;
use super::notes::Notes;
use super::signals::Group;
use model::id::{GroupId, IdVec};
use model::scenario::file::{GreenFile, PlanFile, SCHEMA, SignalPlanFile, reference};
use model::signal::{Aspect, Grade, Green, GroupKind, SignalGroup, SignalPlan};
use model::time::Seconds;
use std::collections::BTreeSet;

/// The name of the plan that plays the network's own programs.
pub(super) const SHIPPED: &str = "shipped";

/// What the programs of a signal show, in terms of its groups.
#[derive(Debug)]
pub(super) struct Shown {
    /// The groups with the least times shown; the minimum green is the shortest green.
    pub(super) groups: IdVec<GroupId, SignalGroup>,
    /// The programs by name, the one that runs first.
    pub(super) plans: Vec<(String, SignalPlan)>,
}

impl Shown {
    pub(super) fn new(id: &str, groups: &[Group], images: &[Images], notes: &mut Notes) -> Self {
        let timings: IdVec<GroupId, SignalGroup> = groups.iter().map(|g| timing(g, images)).collect();
        let plan = |i: &Images| {
            let greens = groups.iter().map(|g| greens(&i.of_link(g.link))).collect();
            (i.program.clone(), SignalPlan { cycle: Seconds(i.cycle), offset: Seconds(i.offset), greens })
        };
        let shown = Self { plans: images.iter().map(plan).collect(), groups: timings };
        shown.say_irregular(id, groups, images, notes);
        shown
    }

    /// Whether two groups are green together in some program.
    pub(super) fn together(&self, a: GroupId, b: GroupId) -> bool {
        self.plans.iter().any(|(_, p)| (0..p.cycle.0).any(|s| shows(p, a, s.into()) && shows(p, b, s.into())))
    }

    /// The least intergreen that the programs show from one group to another, taken as the plan check takes it.
    pub(super) fn least(&self, clearing: GroupId, entering: GroupId, grade: Grade) -> Option<u16> {
        let red_amber = u32::from(self.groups[entering].red_amber.0);
        let of_plan = |plan: &SignalPlan| {
            let starts = plan.greens[entering].iter().filter(|g| g.duration < plan.cycle);
            let counts = |g: &&Green| {
                let at = u32::from(g.start.0) + u32::from(plan.cycle.0);
                // Green before and after: through red-amber, or in the second before where there is none.
                let goes_on = (at - red_amber.max(1)..=at).all(|s| shows(plan, clearing, s));
                !(grade == Grade::Conditional && goes_on)
            };
            starts.filter(counts).filter_map(|g| plan.since_end(clearing, g.start)).map(|s| s.0).min()
        };
        self.plans.iter().filter_map(|(_, p)| of_plan(p)).min()
    }

    /// Whether a program goes over from one group to another without any of some others, which must clear for it as well, ending
    /// its green in between: only then the time from the one to the other is an intergreen and not a stage between them.
    pub(super) fn changes_directly(&self, clearing: GroupId, entering: GroupId, others: &[GroupId]) -> bool {
        let directly = |plan: &SignalPlan| {
            plan.greens[entering].iter().filter(|g| g.duration < plan.cycle).any(|g| {
                let since = |group| plan.since_end(group, g.start);
                let own = since(clearing);
                own.is_some() && others.iter().all(|&o| since(o).is_none_or(|s| Some(s) >= own))
            })
        };
        self.plans.iter().any(|(_, p)| directly(p))
    }

    fn say_irregular(&self, id: &str, groups: &[Group], images: &[Images], notes: &mut Notes) {
        for ((_, plan), shown) in self.plans.iter().zip(images) {
            for ((g, timing), group) in self.groups.enumerate().zip(groups) {
                let odd = |s: &u16| plan.aspect(g, timing, Seconds(*s)) != shown.aspect(group.link, usize::from(*s));
                let count = (0..plan.cycle.0).filter(odd).count();
                if count > 0 {
                    let example = format!("{} of {id}, {count} s of a cycle", group.name);
                    notes.add("Amber or red-amber varies within the programs; the least is taken: group", example);
                }
            }
        }
    }
}

/// Whether a group is green at a second, taken around the cycle.
fn shows(plan: &SignalPlan, group: GroupId, second: u32) -> bool {
    let second = Seconds((second % u32::from(plan.cycle.0)) as u16);
    plan.greens[group].iter().any(|g| g.covers(second, plan.cycle))
}

/// The greens in what a link shows over a cycle.
fn greens(shown: &[Aspect]) -> Vec<Green> {
    let n = shown.len();
    let green = |s: usize| shown[s % n] == Aspect::Green;
    if (0..n).all(green) {
        return vec![Green { start: Seconds(0), duration: Seconds(n as u16) }];
    }
    let starts = (0..n).filter(|&s| green(s) && !green(s + n - 1));
    starts.map(|s| Green { start: Seconds(s as u16), duration: Seconds(run(shown, s, Aspect::Green)) }).collect()
}

/// For how many seconds an aspect lasts from a second on, around the cycle.
fn run(shown: &[Aspect], from: usize, aspect: Aspect) -> u16 {
    (0..shown.len()).take_while(|s| shown[(from + s) % shown.len()] == aspect).count() as u16
}

/// The least amber, red-amber, green and red that the programs show of a group.
fn timing(group: &Group, images: &[Images]) -> SignalGroup {
    let (mut amber, mut red_amber, mut green, mut gap) = (None, None, None, None);
    let least = |store: &mut Option<u16>, value: u16| *store = Some(store.map_or(value, |s| s.min(value)));
    let mut stays_red = false;
    for program in images {
        let (shown, n) = (program.of_link(group.link), usize::from(program.cycle));
        let backwards: Vec<Aspect> = shown.iter().rev().copied().collect();
        let greens = greens(&shown);
        stays_red |= greens.is_empty();
        for g in &greens {
            least(&mut green, g.duration.0);
            if usize::from(g.duration.0) == n {
                continue;
            }
            let end = g.start.index() + g.duration.index();
            least(&mut amber, run(&shown, end, Aspect::Amber));
            least(&mut red_amber, run(&backwards, n - g.start.index(), Aspect::RedAmber));
            least(&mut gap, (0..n).take_while(|s| shown[(end + s) % n] != Aspect::Green).count() as u16);
        }
    }
    let (amber, red_amber) = (amber.unwrap_or(0), red_amber.unwrap_or(0));
    SignalGroup {
        name: group.name.clone(),
        kind: GroupKind::Vehicles,
        amber: Seconds(amber),
        red_amber: Seconds(red_amber),
        min_green: Seconds(green.unwrap_or(1)),
        min_red: Seconds(gap.unwrap_or(amber + red_amber).saturating_sub(amber + red_amber)),
        may_stay_red: stays_red,
        max_green_percent: None,
    }
}

/// The plans of all signals: the first program of each, and one plan for every further program.
pub(super) fn plans(signals: &[(String, Shown)], notes: &mut Notes) -> Vec<PlanFile> {
    if signals.is_empty() {
        return Vec::new();
    }
    let first = signals.iter().map(|(id, shown)| signal_plan(id, shown, &shown.plans[0].1)).collect();
    let mut plans =
        vec![PlanFile { schema: SCHEMA, name: SHIPPED.into(), source: "shipped with the network".into(), signals: first }];
    let further: BTreeSet<&str> = signals.iter().flat_map(|(_, s)| s.plans[1..].iter().map(|p| p.0.as_str())).collect();
    for program in further {
        let of_signal = |(id, shown): &(String, Shown)| {
            let own = shown.plans.iter().find(|p| p.0 == program).unwrap_or(&shown.plans[0]);
            signal_plan(id, shown, &own.1)
        };
        let plan = signals.iter().map(of_signal).collect();
        let source = format!("shipped with the network, program \"{program}\" where a signal has it");
        plans.push(PlanFile { schema: SCHEMA, name: plan_name(program, &plans), source, signals: plan });
        notes.add("A further program of the network became a plan", plans[plans.len() - 1].name.clone());
    }
    plans
}

/// A name that is also that of a file, and no other plan's.
fn plan_name(program: &str, plans: &[PlanFile]) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let mut name = format!("{SHIPPED}-{}", program.chars().take(60).map(letter).collect::<String>());
    while plans.iter().any(|p| p.name.eq_ignore_ascii_case(&name)) {
        name.push('_');
    }
    name
}

fn signal_plan(id: &str, shown: &Shown, plan: &SignalPlan) -> SignalPlanFile {
    let greens = shown.groups.enumerate().flat_map(|(g, group)| {
        plan.greens[g].iter().map(|green| GreenFile {
            group: reference(group.name.clone()),
            from_s: green.start.0,
            to_s: green.end(plan.cycle).0,
        })
    });
    let greens = greens.collect();
    SignalPlanFile { name: reference(id), cycle_s: plan.cycle.0, offset_s: plan.offset.0, greens }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str) -> SignalGroup {
        let name = name.into();
        let [amber, red_amber, min_green, min_red] = [3, 0, 1, 0].map(Seconds);
        SignalGroup {
            name,
            kind: GroupKind::Vehicles,
            amber,
            red_amber,
            min_green,
            min_red,
            may_stay_red: false,
            max_green_percent: None,
        }
    }

    #[test]
    fn the_least_intergreen_holds_where_two_groups_turn_green_at_once() {
        // The first is green twice; it turns green with the second once, 12 s after its own end, and 36 s after it elsewhere.
        let greens =
            |spans: &[(u16, u16)]| spans.iter().map(|&(a, b)| Green::between(Seconds(a), Seconds(b), Seconds(90))).collect();
        let plan = SignalPlan {
            cycle: Seconds(90),
            offset: Seconds(0),
            greens: [greens(&[(0, 24), (36, 40)]), greens(&[(36, 50), (76, 80)])].into_iter().collect(),
        };
        let groups = ["K1", "K2"].map(group).into_iter().collect();
        let shown = Shown { groups, plans: vec![("0".into(), plan)] };
        assert_eq!(shown.least(GroupId(0), GroupId(1), Grade::Conditional), Some(12));
    }

    #[test]
    fn a_change_with_a_stage_in_between_is_no_direct_one() {
        // Straight on and left turns of one street, then the other street: straight on ends well before the left turns do.
        let green = |from, to| vec![Green::between(Seconds(from), Seconds(to), Seconds(90))];
        let greens = vec![green(0, 29), green(0, 40), green(45, 74), green(45, 85)].into();
        let plan = SignalPlan { cycle: Seconds(90), offset: Seconds(0), greens };
        let groups: Vec<SignalGroup> = ["straight", "left", "across", "across, left"].map(group).to_vec();
        let shown = Shown { groups: groups.into(), plans: vec![("0".into(), plan)] };
        let [straight, left, across] = [0, 1, 2].map(GroupId);
        assert_eq!(shown.least(straight, across, Grade::Incompatible), Some(16));
        assert!(!shown.changes_directly(straight, across, &[straight, left]));
        assert!(shown.changes_directly(left, across, &[straight, left]));
        // Were the left turns no conflict of the other street, nothing would end in between.
        assert!(shown.changes_directly(straight, across, &[straight]));
    }
}
