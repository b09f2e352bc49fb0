//! A run of ampel: when front bumpers pass the stop line.

use crate::site::{Site, WATCHED};
use model::control::FixedTime;
use model::id::Id;
use model::time::{DaySecond, Step};
use model::vehicle::FollowingModel;
use sim::{DrawnVehicle, Options, Simulation};

/// Seconds from the start of the run, in order.
pub(crate) fn passages(site: &Site, model: FollowingModel, step: f64, seed: u64) -> Result<Vec<f64>, String> {
    let imported = interchange::sumo::import(&site.net(), &site.routes(), DaySecond(0), DaySecond(site.end));
    let (files, _) = imported.map_err(|e| e.to_string())?;
    let scenario = files.check().map_err(|e| e.to_string())?;
    let plan = scenario.plan(None).ok_or("the network has no signal programs")?;
    let watched = scenario.network.links.enumerate().find(|(_, l)| l.name == WATCHED).ok_or("the watched link is gone")?;
    let (link, line) = (watched.0, watched.1.length.get());
    let step = Step::of_seconds(step).ok_or_else(|| format!("a step of {step} s"))?;
    let options = Options { seed, step: Some(step), following: Some(model), ..Options::default() };
    let mut run = Simulation::new(&scenario, Box::new(FixedTime::new(plan.plans.clone())), Some(plan), options);
    let (mut before, mut found): (Vec<Option<DrawnVehicle>>, _) = (Vec::new(), Vec::new());
    while !run.is_over() {
        let then = run.now();
        run.step();
        for v in run.frame().vehicles {
            let place = v.vehicle.index();
            if before.len() <= place {
                before.resize(place + 1, None);
            }
            let Some(old) = before[place].replace(v).filter(|o| o.link == link && o.position < line) else { continue };
            // Whoever is over the intersection already has gone on at the speed at which it left it, or nearly so.
            let moved = if v.link == link { v.position - old.position } else { v.speed * step.span().get() };
            if v.link != link || v.position >= line {
                found.push(then + step.span().get() * ((line - old.position) / moved).min(1.0));
            }
        }
    }
    found.sort_by(f64::total_cmp);
    Ok(found)
}
