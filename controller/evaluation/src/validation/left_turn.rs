//! Left turns through gaps of oncoming traffic.

use super::Trial;
use super::discharge::Queue;
use super::passages::{by_seed, link_named, start};
use super::row::{Row, Target};
use crate::statistics::{Interval, interval};
use model::maths;
use model::quantity::Flow;
use model::scenario::Scenario;
use model::toy::Grid;

/// Critical gap of a left turn across oncoming traffic, in seconds.
const CRITICAL_GAP: f64 = 4.5;
/// Gap between two that turn left through the same gap, in seconds.
const FOLLOW_UP: f64 = 2.5;
/// Those who leave the intersection after the green, per cycle.
const SNEAKERS: f64 = 2.0;

const CYCLE: u16 = 90;
const GREEN: u16 = 60;
const SOURCE: &str = "Highway Capacity Manual (2010), ch. 18 and 31: critical gap 4.5 s, follow-up 2.5 s, two sneakers";

/// V13: capacity of a permissive left turn from its own lane, against an oncoming lane.
pub(super) fn permissive_left(trial: &Trial<'_>) -> Vec<Row> {
    let discharge = Queue::default().discharge(trial, 4);
    let (s, loss) = (discharge.saturation_flow(), discharge.start_up_loss.mean);
    let gain = discharge.effective_green() - f64::from(Queue::default().lights.green) + loss;
    let green = f64::from(GREEN) - loss + gain;
    let row = |oncoming: f64| {
        let expected = capacity(oncoming, s, green);
        let what = format!("permissive left, oncoming {oncoming:.0} veh/h in one lane, cycle {CYCLE} s, green {GREEN} s");
        let figures = format!("formula with own saturation flow {s:.0} veh/h, effective green {green:.1} s");
        Row::mean("V13", what, "veh/h", Target::within(expected, 0.10), measured(trial, oncoming))
            .digits(0)
            .figures(figures)
            .source(SOURCE)
    };
    let alone = Row::mean("V13", "left turn, nobody comes", "veh/h", Target::value(alone(green)), measured(trial, 0.0));
    let rows = [200.0, 400.0, 600.0, 800.0].map(row);
    rows.into_iter().chain([alone.digits(0).source(SOURCE)]).collect()
}

/// Capacity of a permissive left turn from a lane of its own, in vehicles per hour: gaps in the green that the oncoming
/// queue leaves, and those who turn after it.
fn capacity(oncoming: f64, saturation_flow: f64, green: f64) -> f64 {
    let cycle = f64::from(CYCLE);
    let q = oncoming / 3600.0;
    let turning = oncoming * maths::exp(-q * CRITICAL_GAP) / (1.0 - maths::exp(-q * FOLLOW_UP));
    let blocked = oncoming * (cycle - green) / (saturation_flow - oncoming);
    (turning * (green - blocked).max(0.0) + 3600.0 * SNEAKERS) / cycle
}

/// What the formula tends to without oncoming traffic: one follows the other.
fn alone(green: f64) -> f64 {
    (3600.0 / FOLLOW_UP * green + 3600.0 * SNEAKERS) / f64::from(CYCLE)
}

/// Seconds before counting begins.
const SETTLE: f64 = 360.0;
const DURATION: u32 = 360 + 3600;

/// Those who turn left in an hour while their queue never ends.
fn measured(trial: &Trial<'_>, oncoming: f64) -> Interval {
    let scenario = crossroads(oncoming);
    let link = link_named(&scenario, "X0.0<East");
    let count = |seed: u64| {
        let mut run = start(&scenario, seed, trial.step);
        let begin = run.now();
        let mut settled = 0;
        while !run.is_over() {
            run.step();
            if run.now() <= begin + SETTLE {
                settled = run.link_flow()[link];
            }
        }
        f64::from(run.link_flow()[link] - settled)
    };
    interval(&by_seed(trial, 8, count))
}

/// One crossroads with one lane each way: everyone from the west turns left, everyone from the east goes straight on.
fn crossroads(oncoming: f64) -> Scenario {
    let grid = Grid { lanes: 1, spacing_m: 200.0, cycle_s: CYCLE, green_s: GREEN, duration_s: DURATION, ..Grid::default() };
    let mut scenario = grid.scenario();
    for flow in &mut scenario.demand.flows {
        match flow.name.as_str() {
            "X0.0 East North" => flow.flow = Flow::veh_per_h(1400.0),
            "X0.0 West West" => flow.flow = Flow::veh_per_h(oncoming),
            _ => {}
        }
    }
    scenario.demand.flows.retain(|f| ["X0.0 East North", "X0.0 West West"].contains(&f.name.as_str()));
    scenario
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_queue_the_formula_is_that_of_gaps() {
        // 400 veh/h: 400 exp(-0.5) / (1 - exp(-0.2778)) = 998.5 veh/h of unblocked green.
        let all_green = capacity(400.0, 1800.0, 90.0);
        assert!((all_green - (998.5 + 80.0)).abs() < 1.0, "{all_green}");
        assert_eq!(capacity(800.0, 1800.0, 30.0), 80.0);
    }
}
