//! What roadworks do to traffic, as `ampel run`, `ampel compare` and `ampel check` print it.

use evaluation::{RoadworksRecord, RunResult};
use model::roadworks::findings;
use model::scenario::Scenario;
use std::fmt::Write;

/// So many ways that are barred are named.
const NAMED: usize = 10;

/// A line for each run, and who had no way; empty where there are no roadworks.
pub(crate) fn table(runs: &[RunResult]) -> String {
    let all: Vec<(u64, &RoadworksRecord)> = runs.iter().filter_map(|r| Some((r.seed, r.roadworks.as_ref()?))).collect();
    let Some((_, first)) = all.first() else { return String::new() };
    let sites = if first.in_force.is_empty() { "none in force".to_owned() } else { first.in_force.join(", ") };
    let mut text = format!("\nroadworks: {sites}\n");
    let head = ["seed", "diverted", "rerouted", "detour km", "no way", "entries"];
    let _ = writeln!(text, "{}", head.map(|h| format!("{h:>10}")).join(""));
    for (seed, works) in &all {
        let barred: u32 = works.barred.iter().map(|b| b.vehicles).sum();
        let RoadworksRecord { diverted, rerouted, detour_km, went_through, .. } = works;
        let _ = writeln!(text, "{seed:>10}{diverted:>10}{rerouted:>10}{detour_km:>10.1}{barred:>10}{went_through:>10}");
    }
    if all.iter().any(|(_, works)| !works.barred.is_empty()) {
        text.push_str(
            "those with no way, warm-up included, are not due: delays with and without these works are of other vehicles\n",
        );
    }
    for (seed, works) in &all {
        for barred in works.barred.iter().take(NAMED) {
            let _ = writeln!(text, "seed {seed}: no way from {} to {}: {} vehicles", barred.from, barred.to, barred.vehicles);
        }
        if works.barred.len() > NAMED {
            let _ = writeln!(text, "seed {seed}: and {} more; --format json has them all", works.barred.len() - NAMED);
        }
    }
    text
}

/// What there is to say of each site of a scenario.
pub(crate) fn told(scenario: &Scenario) -> Vec<String> {
    let of_site = |site| {
        let found = findings(scenario, &scenario.roadworks, site);
        found.into_iter().map(move |f| format!("roadwork {}: {}", site.name, f.words(scenario)))
    };
    scenario.roadworks.iter().flat_map(of_site).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use evaluation::{Setup, run_one};
    use model::quantity::Span;
    use model::roadworks::{Closed, Closure, Roadwork};
    use model::toy::Grid;

    #[test]
    fn those_without_a_way_are_named_and_nothing_is_said_where_there_are_no_works() {
        let mut scenario = Grid { duration_s: 300, ..Grid::default() }.scenario();
        let run = |scenario: &Scenario| table(&[run_one(scenario, scenario.plan(None), 1, &Setup::default())]);
        assert_eq!((run(&scenario), told(&scenario)), (String::new(), Vec::new()));
        let out = scenario.network.links.enumerate().find(|(_, l)| l.name == "X0.0>East").expect("a link").0;
        let (begin, end) = (Span::seconds_f64(3600.0), Span::seconds_f64(3900.0));
        let closures = vec![Closure { what: Closed::Link(out), begin, end, speed_limit: None }];
        scenario.roadworks = vec![Roadwork { name: "Gas main".into(), source: "assumed: a test".into(), closures }];
        let text = run(&scenario);
        assert!(text.contains("roadworks: Gas main") && text.contains("no way from X0.0<East to X0.0>East"), "{text}");
        let told = told(&scenario).join("\n");
        assert!(told.contains("roadwork Gas main: 3 trips and flows have no way"), "{told}");
    }
}
