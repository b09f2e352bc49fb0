//! A signal to try things on.

use model::signal::{SafePlan, Signal};
use model::toy::Grid;

/// The first signal of a small grid, and the plan that it holds.
pub(crate) fn held() -> (Signal, SafePlan) {
    let scenario = Grid::default().scenario();
    let plan = scenario.plan(None).expect("the grid has a plan").plans.iter().next().expect("for a signal").clone();
    (scenario.signals.iter().next().expect("of which there is one").clone(), plan)
}
