//! How full the Wall is at each time of the day.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use controller::{CycleRange, StageSequence, webster};
use evaluation::{fullest_lanes, group_flows};
use model::scenario::{PlanSet, Scenario, load};
use model::time::Seconds;
use std::path::Path;

/// The longest cycle that `ampel optimise` tries.
const CYCLE: Seconds = Seconds(120);

/// Webster's splits for every signal, without any coordination.
fn splits(scenario: &Scenario) -> PlanSet {
    let flows = group_flows(scenario);
    let plans = scenario.signals.enumerate().map(|(id, signal)| {
        let found = webster(signal, &flows[id], CycleRange::fixed(CYCLE)).unwrap();
        StageSequence::of(signal).unwrap().plan(&found.durations).unwrap().check(signal).unwrap()
    });
    PlanSet { name: "webster".into(), source: String::new(), plans: plans.collect() }
}

/// No period asks for more than its signals can give. `cargo test -p evaluation --test periods -- --nocapture` shows the figures.
#[test]
fn no_period_of_the_wall_is_over_capacity() {
    let wall = load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/dortmund-wall")).unwrap();
    assert_eq!(wall.periods.len(), 4);
    for period in &wall.periods {
        let scenario = wall.in_period(&period.name).unwrap();
        let (link, degree) = fullest_lanes(&scenario, &splits(&scenario)).unwrap();
        let link = &scenario.network.links[link].name;
        assert!((0.3..0.97).contains(&degree), "{}: {link}, {degree:.2}", period.name);
        eprintln!("{}: fullest lanes are those of {link}, degree of saturation {degree:.2}", period.name);
    }
}
