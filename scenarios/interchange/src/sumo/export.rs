//! Plans as SUMO signal programs, for the network that the scenario was imported from.

use model::id::{GroupId, MovementId, SignalId};
use model::scenario::{PlanSet, Scenario};
use model::signal::{Aspect, SafePlan, Signal};
use model::time::Seconds;
use std::collections::BTreeMap;
use std::fmt::Write;
use thiserror::Error;

/// The programID of every exported program.
pub const PROGRAM: &str = "ampel";

/// Why a plan cannot be exported.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExportError {
    /// A movement does not know its link index.
    #[error("movement {movement} obeys signal {signal}, but has no link index; only imported SUMO networks have them")]
    NoLinkIndex {
        /// The movement.
        movement: String,
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

/// The links of one signal: for each index its group and its movements.
struct Links {
    of_index: BTreeMap<u16, (GroupId, Vec<MovementId>)>,
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
        for (duration, state) in steps(scenario, &links, safe) {
            let _ = writeln!(text, "        <phase duration=\"{duration}\" state=\"{state}\"/>");
        }
        text.push_str("    </tlLogic>\n");
    }
    text.push_str("</additional>\n");
    Ok(text)
}

fn links(scenario: &Scenario, id: SignalId, signal: &Signal) -> Result<Links, ExportError> {
    let network = &scenario.network;
    let mut links = Links { of_index: BTreeMap::new() };
    for (m, movement) in network.movements.enumerate() {
        let Some(head) = movement.head.filter(|h| h.signal == id) else { continue };
        let Some(index) = movement.link_index else {
            return Err(ExportError::NoLinkIndex { movement: network.movement_name(m), signal: signal.name.clone() });
        };
        let (group, movements) = links.of_index.entry(index).or_insert_with(|| (head.group, Vec::new()));
        if *group != head.group {
            let (first, second) = (signal.groups[*group].name.clone(), signal.groups[head.group].name.clone());
            return Err(ExportError::SharedLinkIndex { signal: signal.name.clone(), index, first, second });
        }
        movements.push(m);
    }
    Ok(links)
}

/// Runs of seconds with one state each.
fn steps(scenario: &Scenario, links: &Links, plan: &SafePlan) -> Vec<(u16, String)> {
    let mut steps: Vec<(u16, String)> = Vec::new();
    for second in 0..plan.cycle().0 {
        let state = state(scenario, links, plan, Seconds(second));
        match steps.last_mut() {
            Some((duration, last)) if *last == state => *duration += 1,
            _ => steps.push((1, state)),
        }
    }
    steps
}

fn state(scenario: &Scenario, links: &Links, plan: &SafePlan, second: Seconds) -> String {
    let width = links.of_index.last_key_value().map_or(0, |(&index, _)| index + 1);
    let letter = |index: u16| {
        let Some((group, movements)) = links.of_index.get(&index) else { return 'r' };
        match plan.aspect(*group, second) {
            Aspect::Red => 'r',
            Aspect::RedAmber => 'u',
            Aspect::Amber => 'y',
            Aspect::Green if movements.iter().any(|&m| gives_way(scenario, plan, m, second)) => 'g',
            Aspect::Green => 'G',
        }
    };
    (0..width).map(letter).collect()
}

/// Whether a movement yields to another one that may come in this second, on green, amber or red-amber.
fn gives_way(scenario: &Scenario, plan: &SafePlan, movement: MovementId, second: Seconds) -> bool {
    let network = &scenario.network;
    network.movements[movement].conflicts.iter().any(|&c| {
        let conflict = &network.conflicts[c];
        let other = &network.movements[conflict.seen_from(movement).1.movement];
        let may_come = other.head.is_none_or(|h| plan.aspect(h.group, second) != Aspect::Red);
        conflict.yields(movement) && may_come
    })
}

fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}
