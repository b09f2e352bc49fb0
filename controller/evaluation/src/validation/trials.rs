//! Runs of small scenarios, for the rows of the table.

use super::Trial;
use crate::passages::{Line, Passage};
use model::control::FixedTime;
use model::id::LinkId;
use model::scenario::Scenario;
use model::time::Step;
use model::vehicle::FollowingModel;
use sim::{Options, Simulation};

/// The link of a name; there has to be one.
pub(super) fn link_named(scenario: &Scenario, name: &str) -> LinkId {
    stop_line(scenario, name).link
}

/// The stop line of the link of a name; there has to be one.
pub(super) fn stop_line(scenario: &Scenario, link: &str) -> Line {
    Line::stop_line(scenario, link).expect("the sketch has the link")
}

/// A run of a scenario under its own plan.
pub(super) fn start(scenario: &Scenario, seed: u64, step: Step) -> Simulation {
    let plan = scenario.plan(None);
    let plans = plan.map(|p| p.plans.clone()).unwrap_or_default();
    let options = Options { seed, step: Some(step), ..Options::default() };
    Simulation::new(scenario, Box::new(FixedTime::new(plans)), plan, options)
}

/// Runs a scenario to its end and notes who passes which line; one list per line, in the order of time.
pub(super) fn passages(scenario: &Scenario, seed: u64, step: Step, lines: &[Line]) -> Vec<Vec<Passage>> {
    crate::passages::passages(start(scenario, seed, step), FollowingModel::Idm, lines)
}

/// What each seed of a trial gives, side by side, in the order of the seeds.
pub(super) fn by_seed<T: Send>(trial: &Trial<'_>, seeds: u64, one: impl Fn(u64) -> T + Sync + Send) -> Vec<T> {
    use rayon::prelude::*;
    let seeds: Vec<u64> = (1..=seeds * trial.effort.max(1)).collect();
    seeds.into_par_iter().map(one).collect()
}
