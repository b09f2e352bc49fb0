//! Supply files to signals and their programs.

use super::{KINDS, Supply, image};
use crate::xml::{Node, XmlError};
use model::id::{GroupId, IdVec};
use model::scenario::{Fault, Faults};
use model::signal::{Grade, Green, GroupKind, Intergreens, Signal, SignalGroup, SignalPlan, Square, Stage};
use model::time::Seconds;
use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::Path;
use thiserror::Error;

/// Why a supply file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// It is not readable XML.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// It contradicts itself, or lacks what a plan needs: every such fault, with file and line.
    #[error(transparent)]
    Faults(#[from] Faults),
}

/// Parts of the file that are read.
const READ: [&str; 7] = [
    "DateiVersion",
    "Kopfdaten",
    "PhaseListe",
    "SignalgruppeListe",
    "SignalprogrammListe",
    "Unvertraeglichkeitsmatrix",
    "ZwischenzeitenmatrixListe",
];

/// Longest duration that is taken for one, in seconds.
const LONGEST: u16 = 600;
/// The most signal groups, and the most programs, that are read: tables grow with their product. No real file comes near.
const MOST: usize = 255;
/// The longest name that is read, in bytes: names stand in messages, as often as they are at fault.
const LONGEST_NAME: usize = 128;

/// Reads a supply file, given with its name for messages. What it passed over comes back as sentences.
///
/// # Errors
/// When it is no XML, when groups, intergreens or programs contradict themselves, or when they lack what a plan needs.
pub fn read(input: impl BufRead, file: &Path) -> Result<(Supply, Vec<String>), ReadError> {
    let root = Node::read(input, file)?;
    let mut reading = Reading { file, faults: Vec::new(), notes: Vec::new(), by_name: BTreeMap::new(), images: IdVec::default() };
    let supply = reading.supply(&root);
    match supply {
        Some(supply) if reading.faults.is_empty() => Ok((supply, reading.notes)),
        _ => Err(Faults(reading.faults).into()),
    }
}

/// What a group shows when it is free and when it is barred, as its entry says.
struct Images {
    free: String,
    barred: String,
}

struct Reading<'a> {
    file: &'a Path,
    faults: Vec<Fault>,
    notes: Vec<String>,
    by_name: BTreeMap<String, Option<GroupId>>,
    images: IdVec<GroupId, Images>,
}

impl Reading<'_> {
    fn fault(&mut self, at: &Node, what: impl Into<String>, mend: impl Into<String>) {
        self.faults.push(Fault {
            file: self.file.into(),
            line: Some(at.line),
            what: what.into(),
            mend: mend.into(),
            is_unsafe: false,
        });
    }

    fn supply(&mut self, root: &Node) -> Option<Supply> {
        let Some(basis) = root.child("GrundversorgungsdatenLSA").filter(|_| root.name == "OIVD") else {
            let what = format!("<{}> is no OCIT-C supply of an intersection", root.name);
            self.fault(root, what, "give a file with <OIVD> and in it <GrundversorgungsdatenLSA>");
            return None;
        };
        let passed_over = basis.children.iter().filter(|c| !READ.contains(&c.name.as_str()));
        self.notes.extend(passed_over.map(|c| format!("<{}> in line {} was passed over.", c.name, c.line)));
        let name = basis.at(&["Kopfdaten", "Kurzbezeichnung"]).map(|n| n.text.clone()).unwrap_or_default();
        let groups = self.groups(basis.child("SignalgruppeListe"));
        if groups.is_empty() {
            self.fault(basis, "there are no signal groups", "add <SignalgruppeListe> with <Signalgruppe>");
            return None;
        }
        let (grades, intergreens) = self.conflicts(basis, groups.len());
        let source = format!("OCIT-C supply {}", self.file.display());
        let stages = self.stages(basis.child("PhaseListe"));
        let mut signal = Signal { name, source, groups, grades, intergreens, stages };
        let programs = self.programs(basis.child("SignalprogrammListe"), &mut signal);
        Some(Supply { signal, programs })
    }

    fn groups(&mut self, list: Option<&Node>) -> IdVec<GroupId, SignalGroup> {
        let mut groups = IdVec::default();
        for node in list.iter().flat_map(|l| l.all("Signalgruppe")) {
            let Some(name) = self.name(node, "BezeichnungKurz") else { continue };
            if self.by_name.contains_key(&name) {
                self.fault(node, format!("signal group {name} stands there twice"), "give each another BezeichnungKurz");
                continue;
            }
            let traffic = node.text_of("Verkehrsart").unwrap_or_default();
            let Some(&(_, kind)) = KINDS.iter().find(|k| k.0 == traffic) else {
                self.notes.push(format!("Signal group {name} is for “{traffic}” and was left out."));
                self.by_name.insert(name, None);
                continue;
            };
            if groups.len() == MOST {
                self.fault(node, format!("there are more than {MOST} signal groups"), "give a file of one intersection");
                break;
            }
            let group = self.group(node, name.clone(), kind);
            let shown = |kind| node.at(&["ZulaessigeSignalbilder", kind, "Standard"]).map(|n| n.text.clone());
            self.images.push(Images {
                free: shown("Frei").unwrap_or_else(|| image::GREEN.into()),
                barred: shown("Gesperrt").unwrap_or_else(|| image::RED.into()),
            });
            self.by_name.insert(name, Some(groups.push(group)));
        }
        groups
    }

    fn group(&mut self, node: &Node, name: String, kind: GroupKind) -> SignalGroup {
        let mut lasts = |change: &str| {
            let elements = node.child(change).into_iter().flat_map(|c| c.all("Uebergangselement"));
            let sum: u32 = elements.map(|e| u32::from(self.seconds(e, "Zeitdauer"))).sum();
            if sum > u32::from(LONGEST) {
                self.fault(node, format!("<{change}> lasts {sum} s"), format!("give at most {LONGEST} s"));
            }
            Seconds(sum.min(u32::from(LONGEST)) as u16)
        };
        let (red_amber, amber) = (lasts("AnwurfUebergang"), lasts("AbwurfUebergang"));
        let min_red = if node.child("MindestGesperrt").is_some() { self.seconds(node, "MindestGesperrt") } else { 1 };
        SignalGroup {
            name,
            kind,
            amber,
            red_amber,
            min_green: Seconds(self.seconds(node, "MindestFreigabe")),
            min_red: Seconds(min_red),
            may_stay_red: false,
            max_green_percent: None,
        }
    }

    fn conflicts(&mut self, basis: &Node, groups: usize) -> (Square<Grade>, Intergreens) {
        let (mut grades, mut intergreens) = (Square::new(groups), Intergreens::new(groups));
        let matrix = basis.child("Unvertraeglichkeitsmatrix");
        for node in matrix.iter().flat_map(|m| m.all("Unvertraeglichkeit")) {
            let pair = [self.group_in(node, "SGr1"), self.group_in(node, "SGr2")];
            if let [Some(a), Some(b)] = pair {
                (grades[(a, b)], grades[(b, a)]) = (Grade::Incompatible, Grade::Incompatible);
            }
        }
        let matrices = basis.child("ZwischenzeitenmatrixListe");
        let safety = matrices.into_iter().flat_map(|m| m.all("SicherheitsrelevanteZwischenzeitenmatrix"));
        // Where the incompatible pairs are listed, those with intergreens beside them bear each other under conditions.
        let besides = if matrix.is_some() { Grade::Conditional } else { Grade::Incompatible };
        for node in safety.flat_map(|m| m.all("ZwiZt")) {
            let (pair, needed) = ([self.group_in(node, "Raeumer"), self.group_in(node, "Einfahrer")], self.seconds(node, "T"));
            if let [Some(a), Some(b)] = pair {
                intergreens[(a, b)] = Some(Seconds(needed));
                if grades[(a, b)] == Grade::Compatible {
                    (grades[(a, b)], grades[(b, a)]) = (besides, besides);
                }
            }
        }
        self.complete(matrices.unwrap_or(basis), &grades, &intergreens);
        (grades, intergreens)
    }

    /// Every incompatible pair needs an intergreen both ways.
    fn complete(&mut self, at: &Node, grades: &Square<Grade>, intergreens: &Intergreens) {
        let names: Vec<(GroupId, String)> = self.by_name.iter().filter_map(|(name, id)| Some(((*id)?, name.clone()))).collect();
        for (a, one) in &names {
            let missing =
                names.iter().filter(|(b, _)| grades[(*a, *b)] == Grade::Incompatible && intergreens[(*a, *b)].is_none());
            for (_, other) in missing {
                let what = format!("{one} and {other} are incompatible, but there is no intergreen from {one} to {other}");
                self.fault(at, what, format!("add <ZwiZt> with Raeumer {one}, Einfahrer {other} and T"));
            }
        }
    }

    fn stages(&mut self, list: Option<&Node>) -> Vec<Stage> {
        let mut stages = Vec::new();
        for node in list.iter().flat_map(|l| l.all("Phase")) {
            let Some(name) = self.name(node, "BezeichnungKurz") else { continue };
            let mut greens = Vec::new();
            for entry in node.all("PhasenElementeintrag") {
                let Some(group) = self.group_in(entry, "Signalgruppe") else { continue };
                if entry.text_of("Signalbild") == Some(self.images[group].free.as_str()) {
                    greens.push(group);
                }
            }
            greens.sort_unstable();
            stages.push(Stage { name, greens });
        }
        stages
    }

    fn programs(&mut self, list: Option<&Node>, signal: &mut Signal) -> Vec<(String, SignalPlan)> {
        let mut programs = Vec::new();
        for node in list.iter().flat_map(|l| l.all("Signalprogramm")) {
            let (Some(name), Some(head)) = (self.name(node, "BezeichnungKurz"), node.child("SPKopfzeile")) else { continue };
            if programs.len() == MOST {
                self.fault(node, format!("there are more than {MOST} programs"), "give a file of one intersection");
                break;
            }
            let cycle = self.seconds(head, "TU");
            if cycle == 0 {
                self.fault(head, format!("program {name} has no cycle"), "give TU in whole seconds");
                continue;
            }
            let offset = head.child("SignalzeitenVersatz").map_or(0, |_| self.seconds(head, "SignalzeitenVersatz"));
            let mut greens = IdVec::from_fn(signal.groups.len(), |_| Vec::new());
            for row in node.all("SPZeile") {
                if let Some(group) = self.group_in(row, "Signalgruppe") {
                    greens[group] = self.greens(row, group, signal.groups[group].red_amber, Seconds(cycle));
                }
            }
            for (group, greens) in signal.groups.iter_mut().zip(greens.iter()) {
                group.may_stay_red |= greens.is_empty();
            }
            programs.push((name, SignalPlan { cycle: Seconds(cycle), offset: Seconds(offset % cycle), greens }));
        }
        programs
    }

    /// The greens of a row: from the end of each change to green to the next change to red.
    fn greens(&mut self, row: &Node, group: GroupId, red_amber: Seconds, cycle: Seconds) -> Vec<Green> {
        let mut switches = Vec::new();
        for node in row.all("Schaltzeit") {
            let second = self.seconds(node, "Schaltzeitpunkt");
            let shown = node.text_of("Signalbild").unwrap_or_default();
            let Images { free, barred } = &self.images[group];
            if second >= cycle.0 {
                self.fault(node, format!("second {second} is not within the cycle of {cycle}"), "give a second below TU");
            } else if shown == free || shown == barred {
                switches.push((second, shown == free));
            } else {
                let what = format!("the aspect {shown} is neither free ({free}) nor barred ({barred}) for the group");
                self.fault(node, what, "give one of the two");
            }
        }
        switches.sort_unstable();
        greens(&switches, red_amber, cycle).unwrap_or_else(|second| {
            let what = format!("a change to green in second {second} is over before it is green");
            self.fault(row, what, "move the change to red");
            Vec::new()
        })
    }

    /// The text of a child that names something.
    fn name(&mut self, node: &Node, child: &str) -> Option<String> {
        let name = node.text_of(child).filter(|n| !n.is_empty()).map(str::to_owned);
        if name.is_none() {
            self.fault(node, format!("<{}> has no {child}", node.name), format!("add <{child}>"));
        }
        if name.as_ref().is_some_and(|n| n.len() > LONGEST_NAME) {
            let what = format!("<{child}> of <{}> is longer than {LONGEST_NAME} bytes", node.name);
            self.fault(node, what, "give a short name");
            return None;
        }
        name
    }

    /// The group that a child names; `None` where it is left out, or is a fault.
    fn group_in(&mut self, node: &Node, child: &str) -> Option<GroupId> {
        let name = self.name(node, child)?;
        if let Some(&group) = self.by_name.get(&name) {
            return group;
        }
        self.fault(node, format!("there is no signal group {name}"), "name one of <SignalgruppeListe>");
        None
    }

    /// Whole seconds in a child; 0 and a fault where there are none.
    fn seconds(&mut self, node: &Node, child: &str) -> u16 {
        let value = node.child(child);
        let seconds = value.and_then(Node::parsed::<u16>).filter(|s| *s <= LONGEST);
        if seconds.is_none() {
            let what = value.map_or_else(
                || format!("<{}> has no {child}", node.name),
                |v| format!("<{child}> of <{}> is “{}”", node.name, v.shown()),
            );
            self.fault(value.unwrap_or(node), what, format!("give whole seconds, at most {LONGEST}"));
        }
        seconds.unwrap_or(0)
    }
}

/// Greens from when a group begins to change, and whether to green: each from the end of red-amber to the next change to red. The
/// second of a change that leads to none is an error.
fn greens(switches: &[(u16, bool)], red_amber: Seconds, cycle: Seconds) -> Result<Vec<Green>, u16> {
    let Some(first_red) = switches.iter().position(|s| !s.1) else {
        // Green and nothing else, or nothing at all.
        return Ok(switches.first().map(|_| Green { start: Seconds(0), duration: cycle }).into_iter().collect());
    };
    let (mut greens, mut begun) = (Vec::new(), None);
    for &(second, free) in switches[first_red..].iter().chain(&switches[..=first_red]) {
        if free {
            begun = begun.or(Some(second));
        } else if let Some(begun) = begun.take() {
            let lasts = (second + cycle.0 - begun) % cycle.0;
            let duration = lasts.checked_sub(red_amber.0).filter(|d| *d > 0).ok_or(begun)?;
            greens.push(Green { start: Seconds((begun + red_amber.0) % cycle.0), duration: Seconds(duration) });
        }
    }
    greens.sort_unstable();
    Ok(greens)
}
