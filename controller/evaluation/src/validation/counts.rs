//! Flows that are asked for against flows that are carried, link by link, and networks of others.

use super::Trial;
use super::row::{Row, Target};
use super::trials::{by_seed, start};
use crate::flows::{link_pair_flows, ways};
use crate::statistics::{Interval, interval};
use model::demand::Itinerary;
use model::id::LinkId;
use model::quantity::Span;
use model::scenario::Scenario;
use model::time::{Seconds, Step};
use model::toy::Grid;
use std::collections::{BTreeMap, BTreeSet};

/// A link agrees below this value of Geoffrey Havers' statistic, which is for hourly flows.
const HIGHEST_GEH: f64 = 5.0;
/// Share of links that have to agree.
const SHARE: f64 = 0.85;
const SOURCE: &str = "FHWA Traffic Analysis Toolbox III (2004): GEH below 5 for 85 % of links (unverified)";

/// Geoffrey Havers' statistic of two hourly flows.
fn geh(asked: f64, carried: f64) -> f64 {
    if asked + carried > 0.0 { (2.0 * (asked - carried) * (asked - carried) / (asked + carried)).sqrt() } else { 0.0 }
}

/// V10: how many links carry the flow that is asked for.
pub(super) fn flows(trial: &Trial<'_>) -> Vec<Row> {
    let grid = [("a toy grid of 6 signals", grid())];
    let others = trial.networks.iter().map(|s| (s.name.as_str(), s));
    let mut rows: Vec<Row> = grid.iter().map(|(name, s)| (*name, s)).chain(others).map(|(name, s)| row(trial, name, s)).collect();
    let why = "there are no measured travel times to compare with, only flows and delays";
    rows.push(Row::not_run("V10", "travel times within 15 % or 1 min for 85 % of routes", why));
    rows
}

fn row(trial: &Trial<'_>, name: &str, scenario: &Scenario) -> Row {
    let values = by_seed(trial, 2, |seed| agreement(trial, scenario, seed)).concat();
    let agree = values.iter().filter(|v| v.geh() < HIGHEST_GEH).count() as f64 / values.len().max(1) as f64;
    let worst = values.iter().max_by(|a, b| a.geh().total_cmp(&b.geh()));
    let worst = worst.map_or_else(String::new, |v| {
        let name = &scenario.network.links[v.link].name;
        format!("highest GEH {:.2} on {name}, {:.0} veh/h asked and {:.0} carried", v.geh(), v.asked, v.carried)
    });
    let what = format!("share of links of {name} that carry the flow of the demand, GEH below {HIGHEST_GEH}");
    Row::measured("V10", what, "%", Target::at_least(100.0 * SHARE), 100.0 * agree)
        .digits(1)
        .figures(format!("{} links and seeds, {worst}; no street has been counted for this", values.len()))
        .source(SOURCE)
}

/// A link with both its flows, in vehicles per hour.
#[derive(Debug, Clone, Copy)]
struct Counted {
    link: LinkId,
    asked: f64,
    carried: f64,
}

impl Counted {
    fn geh(&self) -> f64 {
        geh(self.asked, self.carried)
    }
}

/// Every link that anyone wants to leave and where no way ends: who arrives leaves the last link too, which is not asked.
fn agreement(trial: &Trial<'_>, scenario: &Scenario, seed: u64) -> Vec<Counted> {
    let mut asked: BTreeMap<LinkId, f64> = BTreeMap::new();
    for ((link, _), flow) in link_pair_flows(&ways(scenario)) {
        *asked.entry(link).or_default() += flow.in_veh_per_h();
    }
    let demand = &scenario.demand;
    let ways = demand.flows.iter().map(|f| &f.itinerary).chain(demand.trips.iter().map(|t| &t.itinerary));
    let ends: BTreeSet<LinkId> = ways.map(Itinerary::destination).collect();
    asked.retain(|link, _| !ends.contains(link));
    let mut run = start(scenario, seed, trial.step);
    run.run();
    let hours = f64::from(scenario.end.0 - scenario.begin.0) / 3600.0;
    let counted = |(&link, &asked): (&LinkId, &f64)| Counted { link, asked, carried: f64::from(run.link_flow()[link]) / hours };
    asked.iter().map(counted).collect()
}

/// An hour of a grid that has filled before.
fn grid() -> Scenario {
    let grid = Grid { columns: 3, rows: 2, cross_flow_veh_per_h: 450.0, turning: 0.08, duration_s: 3600, ..Grid::default() };
    let mut scenario = grid.scenario();
    scenario.warm_up = Seconds(600);
    for flow in &mut scenario.demand.flows {
        flow.begin = Span::seconds_f64(f64::from(scenario.begin.0 - 600));
    }
    scenario
}

/// Delay of a network of others under its own programs in SUMO, in seconds per vehicle.
struct Elsewhere {
    name: &'static str,
    /// In SUMO 1.28.0, mean of seeds 1 to 5.
    newer: f64,
    /// In SUMO 1.9.2.
    older: Option<f64>,
}

const ELSEWHERE: [Elsewhere; 3] = [
    Elsewhere { name: "cologne1", newer: 43.3, older: Some(57.3) },
    Elsewhere { name: "cologne3", newer: 36.1, older: None },
    Elsewhere { name: "ingolstadt1", newer: 29.3, older: Some(38.9) },
];

const RESCO: &str = "RESCO networks (Ault and Sharon, NeurIPS 2021), shipped programs, re-run in SUMO 1.28.0 and 1.9.2";
const ALLOWED: f64 = 0.15;

/// V12: delay on networks of others against SUMO.
pub(super) fn other_simulators(trial: &Trial<'_>) -> Vec<Row> {
    let mut rows: Vec<Row> = trial.networks.iter().map(|s| against_sumo(trial, s)).collect();
    if rows.is_empty() {
        let why = "needs the folder of the RESCO networks: give --resco DIR";
        rows.push(Row::not_run("V12", "delay on RESCO cologne1, shipped program, against SUMO", why));
    }
    let why = "there is no controller but fixed time yet";
    rows.push(Row::not_run("V12", "ranking of fixed time, max pressure and greedy on cologne1 as in SUMO", why));
    rows
}

fn against_sumo(trial: &Trial<'_>, scenario: &Scenario) -> Row {
    let what = format!("delay on {}, shipped program, step 1 s, against SUMO ±15 %", scenario.name);
    let delay = delay(trial, scenario);
    let Some(other) = ELSEWHERE.iter().find(|e| e.name == scenario.name) else {
        return Row::mean("V12", what, "s", Target::NONE, delay).digits(1).source(RESCO);
    };
    let older = other.older.unwrap_or(other.newer);
    let target = Target::between(other.newer * (1.0 - ALLOWED), older * (1.0 + ALLOWED));
    // Only the first of them is asked for.
    let target = if other.older.is_some() { target } else { Target { value: Some(other.newer), ..Target::NONE } };
    let older = other.older.map_or_else(String::new, |s| format!(", {s} s in 1.9.2"));
    Row::mean("V12", what, "s", target, delay).digits(1).figures(format!("{} s in SUMO 1.28.0{older}", other.newer)).source(RESCO)
}

fn delay(trial: &Trial<'_>, scenario: &Scenario) -> Interval {
    // The figures of SUMO are for steps of one second, and its step moves them by a fifth.
    let one = |seed: u64| {
        let mut run = start(scenario, seed, Step::ONE_SECOND);
        run.run();
        run.measures().delay_s
    };
    interval(&by_seed(trial, 5, one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statistic_is_that_of_havers() {
        // sqrt(2 * 100^2 / 2100) = 3.086
        assert!((geh(1000.0, 1100.0) - 3.086).abs() < 1e-3);
        assert_eq!(geh(0.0, 0.0), 0.0);
    }
}
