//! `ampel check`.

use crate::failure::Failure;
use crate::output::print;
use crate::select::scenario;
use model::scenario::Scenario;
use model::signal::{Grade, check_switch};
use std::path::PathBuf;

/// What to check.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the scenario.
    scenario: PathBuf,
}

/// Loads the scenario, which checks files, network, demand and plans, and then checks every switch.
pub(crate) fn check(args: &Args) -> Result<(), Failure> {
    let scenario = scenario(&args.scenario)?;
    let mut findings = conflicts_without_grade(&scenario);
    findings.extend(switches(&scenario));
    let n = &scenario.network;
    print(&format!(
        "{}: {} intersections, {} links, {} lanes, {} movements, {} conflicts, {} signals, {} plans, {} trips, {} flows, {} roadworks",
        scenario.name,
        n.intersections.len(),
        n.links.len(),
        n.lanes.len(),
        n.movements.len(),
        n.conflicts.len(),
        scenario.signals.len(),
        scenario.plans.len(),
        scenario.demand.trips.len(),
        scenario.demand.flows.len(),
        scenario.roadworks.len(),
    ))?;
    if findings.is_empty() {
        return print("no finding: every plan and every switch from plan to plan is safe");
    }
    print(&findings.join("\n"))?;
    let count = findings.len();
    Err(Failure::Finding(format!("{count} finding{}", if count == 1 { "" } else { "s" })))
}

/// Movements that cross under different groups which the signal takes for compatible.
fn conflicts_without_grade(scenario: &Scenario) -> Vec<String> {
    let network = &scenario.network;
    let doubtful = network.conflicts.iter().filter(|c| c.meeting == model::network::Meeting::Cross).filter_map(|c| {
        let (a, b) = (network.movements[c.first.movement].head?, network.movements[c.second.movement].head?);
        let compatible = a.signal == b.signal
            && a.group != b.group
            && scenario.signals[a.signal].grades[(a.group, b.group)] == Grade::Compatible;
        compatible.then(|| {
            let signal = &scenario.signals[a.signal];
            format!(
                "signal {}: {} and {} are compatible, but {} and {} cross",
                signal.name,
                signal.groups[a.group].name,
                signal.groups[b.group].name,
                network.movement_name(c.first.movement),
                network.movement_name(c.second.movement)
            )
        })
    });
    doubtful.collect()
}

fn switches(scenario: &Scenario) -> Vec<String> {
    let mut findings = Vec::new();
    for (from, a) in &scenario.plans {
        for (to, b) in scenario.plans.iter().filter(|(to, _)| *to != from) {
            for (id, signal) in scenario.signals.enumerate() {
                if let Err(faults) = check_switch(signal, &a.plans[id], &b.plans[id]) {
                    findings.push(format!("signal {}: from plan {from} to plan {to}: {}", signal.name, faults[0]));
                }
            }
        }
    }
    findings
}
