//! Signal programs with link indices of our own.

use super::{Ids, begin, ends};
use crate::sumo::export::{ExportError, Links, steps};
use model::scenario::{PlanSet, Scenario};
use std::fmt::Write;

/// The programs of a plan, and which link of them each movement obeys.
pub(super) fn programs(scenario: &Scenario, plan: Option<&PlanSet>, ids: &Ids) -> Result<String, ExportError> {
    let mut text = begin("tlLogics");
    let Some(plan) = plan else { return Ok(text + "</tlLogics>\n") };
    if plan.plans.len() != scenario.signals.len() {
        return Err(ExportError::WrongSignals { actual: plan.plans.len(), required: scenario.signals.len() });
    }
    let network = &scenario.network;
    let mut connections = String::new();
    for (id, signal) in scenario.signals.enumerate() {
        let name = &ids.signals[id];
        let mut links = Links::default();
        let mut index = 0;
        for (m, movement) in network.movements.enumerate() {
            let Some(head) = movement.head.filter(|h| h.signal == id) else { continue };
            links.add(network, m, (index, head.group), signal)?;
            let ends = ends(network, ids, (movement.from, movement.to));
            let _ = writeln!(connections, "    <connection {ends} tl=\"{name}\" linkIndex=\"{index}\"/>");
            index += 1;
        }
        if index == 0 {
            continue;
        }
        let safe = &plan.plans[id];
        // Program 0 takes the place of the one that netconvert would make up.
        let _ = writeln!(text, "    <tlLogic id=\"{name}\" type=\"static\" programID=\"0\" offset=\"{}\">", safe.offset().0);
        for (duration, state) in steps(&links, safe) {
            let _ = writeln!(text, "        <phase duration=\"{duration}\" state=\"{state}\"/>");
        }
        text.push_str("    </tlLogic>\n");
    }
    Ok(text + &connections + "</tlLogics>\n")
}
