//! Left turns through gaps of oncoming traffic.

use super::Trial;
use super::discharge::Queue;
use super::row::{Row, Target};
use super::trials::{by_seed, link_named, start};
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
/// Cars that wait inside the crossroads.
const PLACES: f64 = 2.0;
/// Those who turn left pull so far into the crossroads before they turn, in metres, on a radius of 10 m.
const PULL_IN_M: f64 = 6.0;

/// Cycle and green in seconds: of the rows, and nearly always green.
const SHORT: (u16, u16) = (90, 60);
const LONG: (u16, u16) = (300, 272);
const SOURCE: &str = "Highway Capacity Manual (2010), ch. 18 and 31: critical gap 4.5 s, follow-up 2.5 s, two sneakers";

/// How drivers accept gaps: the critical gap and the follow-up time, in seconds.
#[derive(Debug, Clone, Copy)]
struct Gaps {
    critical: f64,
    follow_up: f64,
    /// Those who leave the intersection after the green, per cycle.
    sneakers: f64,
}

const MANUAL: Gaps = Gaps { critical: CRITICAL_GAP, follow_up: FOLLOW_UP, sneakers: SNEAKERS };

impl Gaps {
    /// Those who turn while no queue blocks them, in vehicles per hour.
    fn turning(self, oncoming: f64) -> f64 {
        let q = oncoming / 3600.0;
        if q <= 0.0 {
            return 3600.0 / self.follow_up;
        }
        oncoming * maths::exp(-q * self.critical) / (1.0 - maths::exp(-q * self.follow_up))
    }

    /// The gaps that explain these pairs of oncoming flow and capacity best.
    fn fit(pairs: &[(f64, f64)], sneakers: f64) -> Self {
        let tenths = |from: i32, to: i32| (from..=to).map(|i| f64::from(i) * 0.1);
        let all =
            tenths(15, 60).flat_map(|follow_up| tenths(20, 120).map(move |critical| Self { critical, follow_up, sneakers }));
        let error = |g: &Self| {
            let ratio = |&(oncoming, capacity): &(f64, f64)| g.turning(oncoming) / capacity - 1.0;
            pairs.iter().map(|p| ratio(p) * ratio(p)).sum::<f64>()
        };
        all.min_by(|a, b| error(a).total_cmp(&error(b))).expect("some gaps")
    }
}

/// V13: capacity of a permissive left turn from its own lane, against an oncoming lane.
pub(super) fn permissive_left(trial: &Trial<'_>) -> Vec<Row> {
    let discharge = Queue::default().discharge(trial, 4);
    let (s, loss) = (discharge.saturation_flow(), discharge.start_up_loss.mean);
    let gain = discharge.effective_green() - f64::from(Queue::default().lights.green) + loss;
    let green = f64::from(SHORT.1) - loss + gain;
    let gaps = accepted(trial);
    let row = |oncoming: f64| {
        let (expected, own) = (capacity(oncoming, s, green, MANUAL), capacity(oncoming, s, green, gaps));
        let actual = measured(trial, oncoming, SHORT);
        let what = format!("permissive left, oncoming {oncoming:.0} veh/h in one lane, cycle {} s, green {} s", SHORT.0, SHORT.1);
        let figures = format!(
            "formula with own saturation flow {s:.0} veh/h, effective green {green:.1} s; with the gaps accepted here and two sneakers {own:.0} veh/h"
        );
        let row =
            Row::mean("V13", what, "veh/h", Target::within(expected, 0.10), actual).digits(0).figures(figures).source(SOURCE);
        let known = (actual.mean / own - 1.0).abs() <= 0.10;
        if known { row.explained((0.5 * own, 1.5 * own), OTHER_GAPS) } else { row }
    };
    let alone = Row::mean("V13", "left turn, nobody comes", "veh/h", Target::value(alone(green)), measured(trial, 0.0, SHORT));
    let rows = [200.0, 400.0, 600.0, 800.0].map(row);
    rows.into_iter().chain([alone.digits(0).source(SOURCE)]).chain(gap_rows(gaps)).collect()
}

const OTHER_GAPS: &str = "the formula agrees once it has the gaps that drivers here accept, measured under a long green (rows below); \
    it is for oncoming traffic at random, while on one lane nobody is closer behind another than 1.7 s, so that fewer gaps are long";

fn gap_rows(gaps: Gaps) -> [Row; 2] {
    let row = |what: &str, published: f64, actual: f64| {
        Row::measured("V13", format!("{what} of left turns, fitted under a long green"), "s", Target::value(published), actual)
            .digits(1)
            .source(SOURCE)
    };
    [row("critical gap", CRITICAL_GAP, gaps.critical), row("follow-up time", FOLLOW_UP, gaps.follow_up)]
}

/// The gaps that drivers accept when it is green nearly all the time.
fn accepted(trial: &Trial<'_>) -> Gaps {
    let share = f64::from(LONG.1) / f64::from(LONG.0);
    let sneaking = 3600.0 * PLACES / f64::from(LONG.0);
    let pair = |q: f64| (q, (measured(trial, q, LONG).mean - sneaking) / share);
    Gaps::fit(&[0.0, 200.0, 400.0, 600.0, 800.0].map(pair), PLACES)
}

/// Capacity of a permissive left turn from a lane of its own, in vehicles per hour: gaps in the green that the oncoming
/// queue leaves, and those who turn after it.
fn capacity(oncoming: f64, saturation_flow: f64, green: f64, gaps: Gaps) -> f64 {
    let cycle = f64::from(SHORT.0);
    let blocked = oncoming * (cycle - green) / (saturation_flow - oncoming);
    (gaps.turning(oncoming) * (green - blocked).max(0.0) + 3600.0 * gaps.sneakers) / cycle
}

/// What the formula tends to without oncoming traffic: one follows the other.
fn alone(green: f64) -> f64 {
    (3600.0 / FOLLOW_UP * green + 3600.0 * SNEAKERS) / f64::from(SHORT.0)
}

/// Seconds before counting begins.
const SETTLE: f64 = 360.0;
const DURATION: u32 = 360 + 3600;

/// Those who turn left in an hour while their queue never ends.
fn measured(trial: &Trial<'_>, oncoming: f64, lights: (u16, u16)) -> Interval {
    let scenario = crossroads(oncoming, lights);
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
fn crossroads(oncoming: f64, (cycle_s, green_s): (u16, u16)) -> Scenario {
    let (lanes, spacing_m) = (1, 200.0);
    let grid = Grid { lanes, spacing_m, pull_in_m: PULL_IN_M, cycle_s, green_s, duration_s: DURATION, ..Grid::default() };
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
        // 400 veh/h: 400 exp(-0.5) / (1 - exp(-0.2778)) = 1000.3 veh/h of unblocked green.
        let all_green = capacity(400.0, 1800.0, 90.0, MANUAL);
        assert!((all_green - (1000.3 + 80.0)).abs() < 1.0, "{all_green}");
        let pairs = [0.0, 300.0, 700.0].map(|q| (q, MANUAL.turning(q)));
        let fitted = Gaps::fit(&pairs, SNEAKERS);
        assert!((fitted.critical - CRITICAL_GAP).abs() < 0.01 && (fitted.follow_up - FOLLOW_UP).abs() < 0.01, "{fitted:?}");
        assert_eq!(capacity(800.0, 1800.0, 30.0, MANUAL), 80.0);
    }
}
