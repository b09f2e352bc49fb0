//! Plans as SUMO signal programs, for the network that the scenario was imported from.

use model::id::{GroupId, MovementId, SignalId};
use model::network::{Network, conflict_stretches};
use model::scenario::{PlanSet, Scenario};
use model::signal::{Aspect, SafePlan, Signal};
use model::time::Seconds;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use thiserror::Error;

/// The programID of every exported program.
pub const PROGRAM: &str = "ampel";

/// Why a plan cannot be exported.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExportError {
    /// A movement or crossing does not know its link index.
    #[error("{part} obeys signal {signal}, but has no link index; only imported SUMO networks have them")]
    NoLinkIndex {
        /// The movement or crossing.
        part: String,
        /// Its signal.
        signal: String,
    },
    /// Two groups share a link index.
    #[error("link index {index} of signal {signal} belongs to {first} and to {second}")]
    SharedLinkIndex {
        /// The signal.
        signal: String,
        /// The index.
        index: u16,
        /// One group.
        first: String,
        /// The other.
        second: String,
    },
    /// The plan is for another set of signals.
    #[error("the plan has {actual} signals, but the scenario has {required}")]
    WrongSignals {
        /// Signals of the plan.
        actual: usize,
        /// Signals of the scenario.
        required: usize,
    },
}

/// The links of one signal by index.
#[derive(Default)]
pub(super) struct Links {
    of_index: BTreeMap<u16, Link>,
}

/// A link: its group, and whoever its movements yield to: their groups, `None` where no signal holds them.
struct Link {
    group: GroupId,
    yields_to: BTreeSet<Option<GroupId>>,
}

/// Writes a plan as a SUMO additional file with one `tlLogic` for each signal.
///
/// Link order and offsets are SUMO's own, so that SUMO shows in every second what the plan shows. A green is `g` where
/// the movement yields to another one that is not red, and `G` elsewhere. Links that the import left out stay red.
///
/// # Errors
/// When the scenario was not imported from SUMO, or the plan is for another one.
pub fn export_plan(scenario: &Scenario, plan: &PlanSet) -> Result<String, ExportError> {
    if plan.plans.len() != scenario.signals.len() {
        return Err(ExportError::WrongSignals { actual: plan.plans.len(), required: scenario.signals.len() });
    }
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<additional>\n");
    for (id, signal) in scenario.signals.enumerate() {
        let links = links(scenario, id, signal)?;
        let safe = &plan.plans[id];
        let (name, offset) = (escape(&signal.name), safe.offset().0);
        let _ = writeln!(text, "    <tlLogic id=\"{name}\" type=\"static\" programID=\"{PROGRAM}\" offset=\"{offset}\">");
        for (duration, state) in steps(&links, safe) {
            let _ = writeln!(text, "        <phase duration=\"{duration}\" state=\"{state}\"/>");
        }
        text.push_str("    </tlLogic>\n");
    }
    text.push_str("</additional>\n");
    Ok(text)
}

fn links(scenario: &Scenario, id: SignalId, signal: &Signal) -> Result<Links, ExportError> {
    let network = &scenario.network;
    let mut links = Links::default();
    for (m, movement) in network.movements.enumerate() {
        let Some(head) = movement.head.filter(|h| h.signal == id) else { continue };
        let index = movement.link_index.ok_or_else(|| no_index(network.movement_name(m), signal))?;
        links.add(network, m, (index, head.group), signal)?;
    }
    for crossing in &network.crossings {
        let Some(head) = crossing.head.filter(|h| h.signal == id) else { continue };
        let index = crossing.link_index.ok_or_else(|| no_index(crossing.name.clone(), signal))?;
        links.at(index, head.group, signal)?;
    }
    Ok(links)
}

fn no_index(part: String, signal: &Signal) -> ExportError {
    ExportError::NoLinkIndex { part, signal: signal.name.clone() }
}

impl Links {
    /// Adds a movement under an index.
    pub(super) fn add(
        &mut self,
        network: &Network,
        movement: MovementId,
        (index, group): (u16, GroupId),
        signal: &Signal,
    ) -> Result<(), ExportError> {
        self.at(index, group, signal)?.yields_to.extend(yields_to(network, movement));
        Ok(())
    }

    /// The link of an index, which has to belong to one group only.
    fn at(&mut self, index: u16, group: GroupId, signal: &Signal) -> Result<&mut Link, ExportError> {
        let link = self.of_index.entry(index).or_insert_with(|| Link { group, yields_to: BTreeSet::new() });
        if link.group == group {
            return Ok(link);
        }
        let (first, second) = (signal.groups[link.group].name.clone(), signal.groups[group].name.clone());
        Err(ExportError::SharedLinkIndex { signal: signal.name.clone(), index, first, second })
    }
}

/// Runs of seconds with one state each.
pub(super) fn steps(links: &Links, plan: &SafePlan) -> Vec<(u16, String)> {
    let mut steps: Vec<(u16, String)> = Vec::new();
    for second in 0..plan.cycle().0 {
        let state = state(links, plan, Seconds(second));
        match steps.last_mut() {
            Some((duration, last)) if *last == state => *duration += 1,
            _ => steps.push((1, state)),
        }
    }
    steps
}

fn state(links: &Links, plan: &SafePlan, second: Seconds) -> String {
    let width = links.of_index.last_key_value().map_or(0, |(&index, _)| u32::from(index) + 1);
    // Whoever has amber or red-amber may still or already come.
    let may_come = |group: &Option<GroupId>| group.is_none_or(|g| plan.aspect(g, second) != Aspect::Red);
    let letter = |index: u32| {
        let Some(link) = links.of_index.get(&(index as u16)) else { return 'r' };
        match plan.aspect(link.group, second) {
            Aspect::Red => 'r',
            Aspect::RedAmber => 'u',
            Aspect::Amber => 'y',
            Aspect::Green if link.yields_to.iter().any(may_come) => 'g',
            Aspect::Green => 'G',
        }
    };
    (0..width).map(letter).collect()
}

/// Whom a movement yields to: other movements by right of way, and people on foot on every crossing in its way.
fn yields_to(network: &Network, movement: MovementId) -> Vec<Option<GroupId>> {
    let own = &network.movements[movement];
    let conflicts = own.conflicts.iter().map(|&c| &network.conflicts[c]).filter(|c| c.yields(movement));
    let movements = conflicts.map(|c| network.movements[c.seen_from(movement).1.movement].head);
    let crossings = network.intersections[own.intersection].crossings.iter().map(|&c| &network.crossings[c]);
    let crossings = crossings.filter(|c| conflict_stretches(&own.shape, &c.shape).is_some()).map(|c| c.head);
    movements.chain(crossings).map(|head| head.map(|h| h.group)).collect()
}

pub(super) fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}
