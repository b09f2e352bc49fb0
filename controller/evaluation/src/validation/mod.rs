//! The acceptance table: the simulation against published figures, each row measured by running it.
//!
//! Rows are numbered V1 to V15. V14 is missing: it is about assignment, which is not simulated here. Every row drives the
//! simulation with the default vehicle types on a small road drawn in code; V12 needs networks of others.
//!
//! # Accuracy
//!
//! A row that is met says that the figure agrees with the published one on a road without anything else: one lane, no people
//! on foot, no slope. Intervals are over seeds or cycles, at 95 %.

mod arrivals;
mod counts;
mod delay;
mod discharge;
mod emitted;
mod lanes;
mod laws;
mod left_turn;
mod platoon;
mod ring;
mod row;
mod sketch;
mod trials;

pub use row::{Row, Target, Verdict};

use model::scenario::Scenario;
use model::time::Step;

/// What the rows are measured with.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'a> {
    /// Step of the simulation.
    pub step: Step,
    /// How many times as many seeds as usual.
    pub effort: u64,
    /// Runs side by side; 0 for one per core.
    pub jobs: usize,
    /// Networks of others with their shipped programs, for the rows that need them.
    pub networks: &'a [Scenario],
}

impl Default for Trial<'_> {
    fn default() -> Self {
        Self { step: Step::HALF_SECOND, effort: 1, jobs: 0, networks: &[] }
    }
}

/// Measures the rows of one number.
type Measured = fn(&Trial<'_>) -> Vec<Row>;

/// Every number with its measurement.
const TABLE: &[(&str, Measured)] = &[
    ("V1", discharge::saturation_headway),
    ("V2", discharge::step_length),
    ("V3", delay::webster),
    ("V4", delay::manual),
    ("V5", delay::short_cycle),
    ("V6", lanes::factors),
    ("V7", platoon::dispersion),
    ("V8", ring::fundamental_diagram),
    ("V9", ring::stop_and_go),
    ("V10", counts::flows),
    ("V11", laws::violations),
    ("V12", counts::other_simulators),
    ("V13", left_turn::permissive_left),
    ("V15", emitted::emissions),
];

/// Numbers of the table, in its order.
pub fn numbers() -> Vec<&'static str> {
    TABLE.iter().map(|t| t.0).collect()
}

/// Measures the rows of some numbers, of all when none is named; `done` is told after each number.
pub fn validate(only: &[&str], trial: &Trial<'_>, done: &(dyn Fn() + Sync)) -> Vec<Row> {
    let wanted = TABLE.iter().filter(|(id, _)| only.is_empty() || only.contains(id));
    let measure = |(_, measure): &(&str, Measured)| {
        let rows = measure(trial);
        done();
        rows
    };
    let all = || wanted.flat_map(measure).collect();
    match rayon::ThreadPoolBuilder::new().num_threads(trial.jobs).build() {
        Ok(pool) => pool.install(all),
        // No threads of its own to be had: those of the process.
        Err(_) => all(),
    }
}
