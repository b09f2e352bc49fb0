//! Watching vehicles pass a line across a road.

use super::Trial;
use model::control::FixedTime;
use model::id::{Id, LinkId, VehicleId};
use model::scenario::Scenario;
use model::time::Step;
use sim::{DrawnVehicle, Options, Simulation};

/// A vehicle's front passes a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Passage {
    pub(super) vehicle: VehicleId,
    /// When, in seconds of the day.
    pub(super) at: f64,
    /// How fast, in m/s.
    pub(super) speed: f64,
}

/// A line across a link, by the distance from the start of the link, in metres; at most the length of the link.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) link: LinkId,
    pub(super) at: f64,
}

impl Line {
    /// The stop line of a link.
    pub(super) fn stop_line(scenario: &Scenario, link: &str) -> Self {
        let link = link_named(scenario, link);
        Self { link, at: scenario.network.links[link].length.get() }
    }
}

/// The link of a name; there has to be one.
pub(super) fn link_named(scenario: &Scenario, name: &str) -> LinkId {
    let found = scenario.network.links.enumerate().find(|(_, l)| l.name == name);
    found.expect("the sketch has the link").0
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
    let mut run = start(scenario, seed, step);
    let mut before: Vec<Option<DrawnVehicle>> = Vec::new();
    let mut found = vec![Vec::new(); lines.len()];
    while !run.is_over() {
        let then = run.now();
        run.step();
        for v in run.frame().vehicles {
            let place = v.vehicle.index();
            if before.len() <= place {
                before.resize(place + 1, None);
            }
            if let Some(old) = before[place].replace(v) {
                let passed = lines.iter().zip(&mut found).filter(|(line, _)| passes(line, &old, &v));
                passed.for_each(|(line, list)| list.push(passage(line, &old, &v, then)));
            }
        }
    }
    for list in &mut found {
        list.sort_by(|a, b| a.at.total_cmp(&b.at));
    }
    found
}

fn passes(line: &Line, old: &DrawnVehicle, new: &DrawnVehicle) -> bool {
    old.link == line.link && old.position < line.at && (new.link != line.link || new.position >= line.at)
}

/// The moment within the step, at constant acceleration from the old position.
fn passage(line: &Line, old: &DrawnVehicle, new: &DrawnVehicle, then: f64) -> Passage {
    let (v, a, way) = (old.speed, new.acceleration, line.at - old.position);
    let root = (v * v + 2.0 * a * way).max(0.0).sqrt();
    let after = if v + root > 0.0 { 2.0 * way / (v + root) } else { 0.0 };
    Passage { vehicle: new.vehicle, at: then + after, speed: root }
}

/// What each seed of a trial gives, side by side, in the order of the seeds.
pub(super) fn by_seed<T: Send>(trial: &Trial<'_>, seeds: u64, one: impl Fn(u64) -> T + Sync + Send) -> Vec<T> {
    use rayon::prelude::*;
    let seeds: Vec<u64> = (1..=seeds * trial.effort.max(1)).collect();
    seeds.into_par_iter().map(one).collect()
}
