//! A run of ampel: when front bumpers pass the stop line.

use crate::site::{Site, WATCHED};
use evaluation::passages::{Line, passages as watch};
use model::control::FixedTime;
use model::time::{DaySecond, Step};
use model::vehicle::FollowingModel;
use sim::{Options, Simulation};

/// Seconds from the start of the run, in order.
pub(crate) fn passages(site: &Site, model: FollowingModel, step: f64, seed: u64) -> Result<Vec<f64>, String> {
    let imported = interchange::sumo::import(&site.net(), &site.routes(), DaySecond(0), DaySecond(site.end));
    let (files, _) = imported.map_err(|e| e.to_string())?;
    let scenario = files.check().map_err(|e| e.to_string())?;
    let plan = scenario.plan(None).ok_or("the network has no signal programs")?;
    let line = Line::stop_line(&scenario, WATCHED).ok_or("the watched link is gone")?;
    let step = Step::of_seconds(step).ok_or_else(|| format!("a step of {step} s"))?;
    let options = Options { seed, step: Some(step), following: Some(model), ..Options::default() };
    let run = Simulation::new(&scenario, Box::new(FixedTime::new(plan.plans.clone())), Some(plan), options);
    Ok(watch(run, model, &[line]).iter().flatten().map(|passage| passage.at).collect())
}
