//! Delay against stops: which plans are not beaten in both (Pareto front).

use super::foresight::Foresight;
use super::objective::Objective;
use super::timing::{Sequences, Timing};
use super::{Evaluated, OptimiseError};
use crate::statistics::{Measure, interval};
use model::scenario::PlanSet;

/// How much a stop counts beside a second of delay in the plans that are tried, in seconds.
const STOP_WEIGHTS: [f64; 5] = [0.0, 2.0, 10.0, 25.0, 60.0];

/// A plan of the front.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrontPoint {
    /// Mean delay in seconds per vehicle.
    pub delay_s: f64,
    /// Mean number of stops per vehicle.
    pub stops: f64,
    /// Mean carbon dioxide of a run, in kilograms.
    pub co2_kg: f64,
    /// Whether no other plan has both less delay and fewer stops.
    pub best: bool,
}

/// Plans for other weights of stops, each climbed to in the platoon model from some timings; none without any.
pub(super) fn with_other_weights(
    foresight: &mut Foresight<'_>,
    sequences: &Sequences<'_>,
    from: &[Timing],
) -> Result<Vec<(String, PlanSet)>, OptimiseError> {
    if from.is_empty() {
        return Ok(Vec::new());
    }
    let (mut found, usual): (Vec<(Timing, f64)>, _) = (Vec::new(), foresight.objective);
    for stops in STOP_WEIGHTS {
        foresight.objective = Objective { delay: 1.0, stops, person_delay: 0.0, co2: 0.0 };
        let timing = foresight.best_of_each(from.to_vec())?;
        if found.iter().all(|(other, _)| *other != timing) && !from.contains(&timing) {
            found.push((timing, stops));
        }
    }
    foresight.objective = usual;
    let plan = |(timing, stops): (Timing, f64)| {
        let (name, title) = (format!("stops-{stops}"), format!("platoon model, a stop counts {stops} s"));
        let source = format!("computed: hill-climb in the platoon model, a stop counts as {stops} s of delay");
        Ok((title, timing.set(&name, source, sequences)?))
    };
    found.into_iter().map(plan).collect()
}

/// Delay and stops of plans that were run with the same seeds, and which of them are not beaten in both, in the same order.
pub fn front(plans: &[&Evaluated]) -> Vec<FrontPoint> {
    let mean = |e: &Evaluated, m: Measure| interval(&e.runs.iter().map(|r| m.of(&r.measures)).collect::<Vec<_>>()).mean;
    let point = |e: &&Evaluated| FrontPoint {
        delay_s: mean(e, Measure::Delay),
        stops: mean(e, Measure::Stops),
        co2_kg: mean(e, Measure::Co2),
        best: false,
    };
    let points: Vec<FrontPoint> = plans.iter().map(point).collect();
    points.iter().map(|p| FrontPoint { best: !points.iter().any(|other| beats(other, p)), ..*p }).collect()
}

/// Whether a plan is at least as good in both and better in one.
fn beats(a: &FrontPoint, b: &FrontPoint) -> bool {
    a.delay_s <= b.delay_s && a.stops <= b.stops && (a.delay_s < b.delay_s || a.stops < b.stops)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_beaten_in_both_is_not_of_the_front() {
        let point = |delay_s, stops| FrontPoint { delay_s, stops, co2_kg: 0.0, best: false };
        assert!(beats(&point(90.0, 2.0), &point(95.0, 2.5)));
        assert!(beats(&point(90.0, 2.0), &point(90.0, 2.5)));
        assert!(!beats(&point(90.0, 2.0), &point(85.0, 2.5)));
        assert!(!beats(&point(90.0, 2.0), &point(90.0, 2.0)));
    }
}
