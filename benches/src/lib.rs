//! What the benches share: where the scenarios lie, and runs that have settled.

use model::control::FixedTime;
use model::scenario::Scenario;
use model::toy::Grid;
use sim::{Options, Simulation};
use std::path::{Path, PathBuf};

/// A folder of the project's scenarios.
pub fn scenario_folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios").join(name)
}

/// A run of a scenario under its default plan, at its first second.
///
/// # Panics
/// When the scenario has no plan.
pub fn simulation(scenario: &Scenario, options: Options) -> Simulation {
    let plan = scenario.plan(None).expect("a plan");
    Simulation::new(scenario, Box::new(FixedTime::new(plan.plans.clone())), Some(plan), options)
}

/// A square of toy crossroads in which so many vehicles find room at a time.
pub fn grid(vehicles: usize) -> Grid {
    let side = (1..=1000).find(|side| side * side * PER_CROSSROADS >= vehicles).expect("some square is large enough");
    Grid { columns: side, rows: side, duration_s: 3600, ..Grid::default() }
}

/// Vehicles per crossroads of a toy grid in the flow that it is given.
const PER_CROSSROADS: usize = 22;

/// Goes on until so many vehicles move.
///
/// # Panics
/// When the run is over before.
pub fn fill(run: &mut Simulation, vehicles: usize) {
    while run.vehicles().0 < vehicles {
        assert!(!run.is_over(), "only {} of {vehicles} vehicles move at the end", run.vehicles().0);
        run.step();
    }
}
