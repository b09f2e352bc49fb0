//! `ampel check`.

use crate::failure::Failure;
use crate::output::print;
use crate::select::scenario;
use controller::{PlanChange, SwitchError};
use evaluation::day_plan;
use model::scenario::{Period, Scenario};
use model::signal::{Grade, GroupKind, Signal, check_switch};
use model::time::{DaySecond, Seconds};
use std::path::PathBuf;

/// What to check.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the scenario.
    scenario: PathBuf,
}

/// The shortest amber that is usual, at 50 km/h.
const LEAST_AMBER: Seconds = Seconds(3);

/// The shortest minimum green of vehicles that is usual.
const LEAST_GREEN: Seconds = Seconds(5);

/// Loads the scenario, which checks files, network, plans and the demand of every period, and then every switch and every
/// transition.
pub(crate) fn check(args: &Args) -> Result<(), Failure> {
    let scenario = scenario(&args.scenario)?;
    let mut findings = conflicts_without_grade(&scenario);
    findings.extend(scenario.signals.iter().filter(|s| !is_shipped(s)).flat_map(unusual_times));
    findings.extend(switches(&scenario));
    findings.extend(crate::works::told(&scenario));
    findings.extend(transitions(&scenario));
    let day = day(&scenario);
    findings.extend(day.as_ref().err().into_iter().flatten().map(ToString::to_string));
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
    if !scenario.periods.is_empty() {
        print(&periods(&scenario))?;
    }
    if let Ok(Some(line)) = day {
        print(&line)?;
    }
    if findings.is_empty() {
        return print("no finding: every plan, every switch from plan to plan and every transition is safe");
    }
    print(&findings.join("\n"))?;
    let count = findings.len();
    Err(Failure::Finding(format!("{count} finding{}", if count == 1 { "" } else { "s" })))
}

/// A line for every period, its own times and demand.
fn periods(scenario: &Scenario) -> String {
    let line = |p: &Period| {
        let (trips, flows) = (p.demand.trips.len(), p.demand.flows.len());
        format!("period {}: {}, {} to {}, {trips} trips, {flows} flows", p.name, p.title, p.begin, p.end)
    };
    scenario.periods.iter().map(line).collect::<Vec<_>>().join("\n")
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

/// Whether a signal's times are those of somebody else's programs, which are reported as they are.
pub(crate) fn is_shipped(signal: &Signal) -> bool {
    let source = signal.source.to_lowercase();
    source.contains("shipped") || source.contains("imported")
}

/// Ambers, minimum greens and intergreens that are less than what is usual.
///
/// Source: RiLSA, transition and minimum green times: amber of 3 s or more, green of 5 s or more.
fn unusual_times(signal: &Signal) -> Vec<String> {
    let mut found = Vec::new();
    for group in signal.groups.iter().filter(|g| g.kind == GroupKind::Vehicles) {
        for (what, actual, least) in [("amber", group.amber, LEAST_AMBER), ("minimum green", group.min_green, LEAST_GREEN)] {
            if actual < least {
                found.push(format!("signal {}: group {} has a {what} of {actual}, less than {least}", signal.name, group.name));
            }
        }
    }
    for (clearing, one) in signal.groups.enumerate() {
        for (entering, other) in signal.groups.enumerate() {
            let none = signal.intergreens[(clearing, entering)].is_none_or(|z| z == Seconds(0));
            if signal.grades[(clearing, entering)] == Grade::Incompatible && none {
                found.push(format!("signal {}: no intergreen from group {} to group {}", signal.name, one.name, other.name));
            }
        }
    }
    found
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

/// Seconds of the day at which transitions are tried: cycles stand differently to each other at each.
const TRIED: [DaySecond; 5] = [DaySecond(0), DaySecond(21_600), DaySecond(36_017), DaySecond(57_631), DaySecond(79_153)];

/// Transitions between every pair of plans, by the method of the scenario, that cannot be had within the rules.
fn transitions(scenario: &Scenario) -> Vec<String> {
    let mut findings = Vec::new();
    for (from, a) in &scenario.plans {
        for (to, b) in scenario.plans.iter().filter(|(to, _)| *to != from) {
            for (id, signal) in scenario.signals.enumerate() {
                let change = PlanChange::new(signal, &a.plans[id], &b.plans[id]);
                let failed = |&at: &DaySecond| change.transition(scenario.transition, at).err().map(|error| (at, error));
                if let Some((at, error)) = TRIED.iter().find_map(failed) {
                    findings
                        .push(format!("signal {}: no transition from plan {from} to plan {to} at {at}: {error}", signal.name));
                }
            }
        }
    }
    findings
}

/// What there is to say of the transitions of the day plan, from the beginning of the run and over a whole day; the error is
/// those that cannot be had.
fn day(scenario: &Scenario) -> Result<Option<String>, Vec<SwitchError>> {
    let mut whole = scenario.clone();
    let hours = (scenario.end.0 - scenario.begin.0).div_ceil(3600);
    whole.prolong(hours.max(24));
    let Some((control, _)) = day_plan(&whole)? else { return Ok(None) };
    let all = || whole.signals.ids().flat_map(|id| control.transitions(id));
    let longest = all().map(|t| t.in_step().0 - t.start().0).max().unwrap_or(0);
    let (count, method) = (all().count(), scenario.transition.name());
    Ok(Some(format!("day plan: {count} transitions of signals ({method}), each in step within {longest} s")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::id::GroupId;
    use model::toy::Grid;

    #[test]
    fn short_ambers_and_greens_and_absent_intergreens_are_findings_unless_shipped() {
        let scenario = Grid::default().scenario();
        let mut signal = scenario.signals.iter().next().expect("a toy has a signal").clone();
        assert_eq!(unusual_times(&signal), Vec::<String>::new());
        signal.groups[GroupId(0)].amber = Seconds(2);
        signal.groups[GroupId(1)].min_green = Seconds(4);
        let (a, b) = (GroupId(0), GroupId(1));
        assert_eq!(signal.grades[(a, b)], Grade::Incompatible);
        signal.intergreens[(a, b)] = Some(Seconds(0));
        let found = unusual_times(&signal).join("\n");
        for part in ["amber of 2 s, less than 3 s", "minimum green of 4 s, less than 5 s", "no intergreen from group"] {
            assert!(found.contains(part), "{part} in {found}");
        }
        assert!(!is_shipped(&signal));
        signal.source = "Shipped with the network".into();
        assert!(is_shipped(&signal));
    }
}
