//! Running a scenario under a plan for several seeds.

use controller::{SwitchError, TimeOfDay};
use model::control::{Controller, FixedTime};
use model::id::{IdVec, LinkId, MovementId};
use model::roadworks::Roadwork;
use model::scenario::{PlanSet, Scenario};
use model::time::Step;
use model::vehicle::FollowingModel;
use rayon::prelude::*;
use serde::Serialize;
use sim::{Gridlock, Ground, Measures, Options, Quality, Simulation, StopMeasures};

/// How runs are carried out.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// Runs side by side; 0 for one per core.
    pub jobs: usize,
    /// Threads inside a run.
    pub threads: usize,
    /// Step, when it is not the scenario's.
    pub step: Option<Step>,
    /// Following model of every vehicle, when it is not to be that of its type.
    pub following: Option<FollowingModel>,
    /// Whether to look for overlapping footprints.
    pub monitor: bool,
    /// Whether to observe the quality of service.
    pub quality: bool,
    /// Seconds of a clock that only goes forward; the wall clock belongs to the binary.
    pub clock: fn() -> f64,
}

impl Default for Setup {
    fn default() -> Self {
        Self { jobs: 0, threads: 1, step: None, following: None, monitor: true, quality: false, clock: || 0.0 }
    }
}

/// One run.
#[derive(Debug, Clone)]
pub struct RunResult {
    /// The seed.
    pub seed: u64,
    /// Hash of the final state.
    pub hash: String,
    /// Measures of the run.
    pub measures: Measures,
    /// Time lost on each link and the movements that leave it, in vehicle seconds.
    pub link_delay: IdVec<LinkId, f64>,
    /// Vehicles that left each link.
    pub link_flow: IdVec<LinkId, u32>,
    /// Time lost of those who take each movement, in vehicle seconds.
    pub movement_delay: IdVec<MovementId, f64>,
    /// Quality of service, where it was observed.
    pub quality: Option<Quality>,
    /// Circles of vehicles that stood in each other's way at the end.
    pub gridlocks: Vec<Gridlock>,
    /// What happened at each stop, by name; empty where nobody calls at any.
    pub stops: Vec<StopRecord>,
    /// What roadworks did to the traffic; `None` where the scenario has none.
    pub roadworks: Option<RoadworksRecord>,
    /// Seconds of the clock spent in steps, loading excluded.
    pub wall_s: f64,
}

/// What happened at a stop in a run.
#[derive(Debug, Clone, Serialize)]
pub struct StopRecord {
    /// Its name in the network.
    pub stop: String,
    /// The sums of the run.
    #[serde(flatten)]
    pub measures: StopMeasures,
}

/// What roadworks did to the traffic of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RoadworksRecord {
    /// Names of the sites that closed something while it lasted, in the order of the file.
    pub in_force: Vec<String>,
    /// Vehicles that departed on another way than planned.
    pub diverted: u32,
    /// Vehicles that took another way on the road.
    pub rerouted: u32,
    /// How much longer the ways of both were than those planned, in kilometres.
    pub detour_km: f64,
    /// How often a vehicle that was on the road when a lane was closed came on to it all the same.
    pub went_through: u32,
    /// Who did not depart since there was no way, by the links where the way begins and ends.
    pub barred: Vec<BarredRecord>,
}

/// Vehicles that had no way past roadworks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BarredRecord {
    /// Name of the first link of their way.
    pub from: String,
    /// Name of the last link of their way.
    pub to: String,
    /// How many.
    pub vehicles: u32,
}

impl RoadworksRecord {
    /// That of a run; `None` where the scenario has no roadworks.
    fn of(scenario: &Scenario, run: &Simulation) -> Option<Self> {
        let toll = run.roadworks_toll()?;
        let (start, end) = (f64::from(scenario.start().0), f64::from(scenario.end.0));
        let in_time = |r: &&Roadwork| r.closures.iter().any(|c| c.begin.get() < end && c.end.get() > start);
        let name = |link: LinkId| scenario.network.links[link].name.clone();
        Some(Self {
            in_force: scenario.roadworks.iter().filter(in_time).map(|r| r.name.clone()).collect(),
            diverted: toll.diverted,
            rerouted: toll.rerouted,
            detour_km: toll.detour_km,
            went_through: toll.went_through,
            barred: toll
                .barred
                .iter()
                .map(|b| BarredRecord { from: name(b.from), to: name(b.to), vehicles: b.vehicles })
                .collect(),
        })
    }
}

impl RunResult {
    /// Vehicle updates per second of stepping.
    pub fn updates_per_s(&self) -> f64 {
        if self.wall_s > 0.0 { self.measures.vehicle_updates as f64 / self.wall_s } else { 0.0 }
    }
}

/// Several runs of one plan, by seed.
pub type Runs = Vec<RunResult>;

/// A run as `ampel run --format json` prints it.
#[derive(Debug, Serialize)]
pub struct RunRecord<'a> {
    seed: u64,
    hash: &'a str,
    #[serde(flatten)]
    measures: &'a Measures,
    standing_circles: &'a [Gridlock],
    #[serde(skip_serializing_if = "<[StopRecord]>::is_empty")]
    stops: &'a [StopRecord],
    #[serde(skip_serializing_if = "Option::is_none")]
    roadworks: Option<&'a RoadworksRecord>,
    wall_s: f64,
    updates_per_s: f64,
}

impl RunResult {
    /// The run as it is printed.
    pub fn record(&self) -> RunRecord<'_> {
        RunRecord {
            seed: self.seed,
            hash: &self.hash,
            measures: &self.measures,
            standing_circles: &self.gridlocks,
            stops: &self.stops,
            roadworks: self.roadworks.as_ref(),
            wall_s: self.wall_s,
            updates_per_s: self.updates_per_s(),
        }
    }
}

/// Runs a scenario once under a plan; without one every signal stays red.
pub fn run_one(scenario: &Scenario, plan: Option<&PlanSet>, seed: u64, setup: &Setup) -> RunResult {
    run_on(&Ground::new(scenario), scenario, plan, seed, setup)
}

/// The same on ground that is there already.
pub(crate) fn run_on(ground: &Ground, scenario: &Scenario, plan: Option<&PlanSet>, seed: u64, setup: &Setup) -> RunResult {
    let plans = plan.map(|p| p.plans.clone()).unwrap_or_default();
    run_under((ground, scenario), Box::new(FixedTime::new(plans)), plan, seed, setup)
}

/// Runs a scenario once under a controller, whose signals have been playing `initial` before.
fn run_under(
    (ground, scenario): (&Ground, &Scenario),
    controller: Box<dyn Controller>,
    initial: Option<&PlanSet>,
    seed: u64,
    setup: &Setup,
) -> RunResult {
    let options = Options { seed, threads: setup.threads, step: setup.step, following: setup.following, monitor: setup.monitor };
    let mut run = Simulation::on(ground, scenario, controller, initial, options);
    if setup.quality {
        run.observe_quality();
    }
    let began = (setup.clock)();
    run.run();
    let wall_s = (setup.clock)() - began;
    RunResult {
        seed,
        hash: run.hash(),
        measures: run.measures(),
        link_delay: run.link_delay(),
        link_flow: run.link_flow().clone(),
        movement_delay: run.movement_delay(),
        quality: run.quality(),
        gridlocks: run.gridlocks(),
        stops: stop_records(scenario, &run),
        roadworks: RoadworksRecord::of(scenario, &run),
        wall_s,
    }
}

fn stop_records(scenario: &Scenario, run: &Simulation) -> Vec<StopRecord> {
    let stops = scenario.network.stops.iter().zip(run.stop_measures().iter());
    let records: Vec<_> = stops.map(|(stop, m)| StopRecord { stop: stop.name.clone(), measures: *m }).collect();
    if records.iter().all(|r| r.measures == StopMeasures::default()) { Vec::new() } else { records }
}

/// Runs every plan with every seed, side by side; `done` is told after each run. Results are by plan, then by seed.
pub fn run_all(scenario: &Scenario, plans: &[&PlanSet], seeds: &[u64], setup: &Setup, done: &(dyn Fn() + Sync)) -> Vec<Runs> {
    let tasks: Vec<(usize, u64)> = (0..plans.len()).flat_map(|p| seeds.iter().map(move |&s| (p, s))).collect();
    let ground = Ground::new(scenario);
    let run = |&(p, seed): &(usize, u64)| {
        let result = run_on(&ground, scenario, Some(plans[p]), seed, setup);
        done();
        result
    };
    let mut results = side_by_side(setup.jobs, &tasks, run).into_iter();
    plans.iter().map(|_| results.by_ref().take(seeds.len()).collect()).collect()
}

/// The controller that follows the day plan of a scenario, and the plan with which it begins; `None` without a day plan.
///
/// # Errors
/// Every switch that a signal cannot carry out within its rules.
pub fn day_plan(scenario: &Scenario) -> Result<Option<(TimeOfDay, &PlanSet)>, Vec<SwitchError>> {
    let Some((first, switches)) = scenario.plan_switches() else { return Ok(None) };
    let control = TimeOfDay::new(&scenario.signals, first, &switches, scenario.transition)?;
    Ok(Some((control, first)))
}

/// Runs the day plan of a scenario with every seed, side by side; `done` is told after each run.
pub fn run_day(
    scenario: &Scenario,
    (control, first): (&TimeOfDay, &PlanSet),
    seeds: &[u64],
    setup: &Setup,
    done: &(dyn Fn() + Sync),
) -> Runs {
    let ground = Ground::new(scenario);
    let run = |&seed: &u64| {
        let result = run_under((&ground, scenario), Box::new(control.clone()), Some(first), seed, setup);
        done();
        result
    };
    side_by_side(setup.jobs, seeds, run)
}

/// Does tasks side by side, so many at a time, 0 for one per core; results are in the order of the tasks.
pub(crate) fn side_by_side<T: Sync, R: Send>(jobs: usize, tasks: &[T], one: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
    match rayon::ThreadPoolBuilder::new().num_threads(jobs).build() {
        Ok(pool) => pool.install(|| tasks.par_iter().map(one).collect()),
        // No threads to be had: one task after the other.
        Err(_) => tasks.iter().map(one).collect(),
    }
}
