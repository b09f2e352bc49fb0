//! Delay at a fixed-time signal against the closed forms.
//!
//! Close to saturation the delay of one day says little about the mean. Each run is therefore compared with a queue at a
//! point (the closed forms' own picture of a lane) that meets the same arrivals: what is reported is the mean difference
//! between both, plus the mean of the queue at a point over some hundred days.

use super::Trial;
use super::arrivals::{Arrivals, Point};
use super::discharge::Queue;
use super::row::{Row, Target, Verdict};
use super::sketch::{Entry, LIMIT_KMH, Lights, Street, WIDTH};
use super::trials::{by_seed, start};
use crate::statistics::{Interval, interval};
use controller::{ControlDelay, LaneService, control_delay, webster_delay};
use model::demand::DepartSpeed;
use model::quantity::{Flow, Span};

/// Degrees of saturation of the tables.
const SATURATION: [f64; 7] = [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95];

/// Up to here the closed forms have to be met.
const HIGHEST_HELD: f64 = 0.9;

/// Share by which the delay may differ.
const TOLERANCE: f64 = 0.08;

const WEBSTER: &str = "Webster, Road Research Technical Paper 39 (1958), with the simulation's own saturation flow";
const MANUAL: &str = "Highway Capacity Manual (2000), ch. 16, T = 0.25 h, k = 0.5, I = 1, with the simulation's own saturation \
    flow; tolerance as for Webster (assumed)";

/// A lane under a signal, as the simulation serves it.
#[derive(Debug, Clone, Copy)]
struct Lane {
    lights: Lights,
    service: LaneService,
}

/// For how long vehicles arrive and which of them count, in seconds.
#[derive(Debug, Clone, Copy)]
struct Period {
    warm_up: u32,
    arrivals: u32,
    seeds: u64,
    /// Length of the road behind the intersection on which time lost counts, in metres.
    after: f64,
    /// Runs of the queue at a point that give its mean.
    days: u64,
}

/// Two hours of a queue that has settled.
const SETTLED: Period = Period { warm_up: 1800, arrivals: 7200, seeds: 5, after: 300.0, days: 300 };
/// A quarter of an hour that begins on an empty road.
const QUARTER: Period = Period { warm_up: 0, arrivals: 900, seeds: 30, after: 300.0, days: 4000 };
/// Length of the road before the stop line, in metres, and its speed limit in m/s.
const APPROACH: f64 = 400.0;
const LIMIT: f64 = LIMIT_KMH / 3.6;
/// As far behind the intersection a vehicle that stood has reached its speed, were it alone, in metres.
const NEAR: f64 = 100.0;
/// Time in which the last queue goes, in seconds.
const DRAIN: u32 = 900;

impl Lane {
    fn of(trial: &Trial<'_>, lights: Lights) -> Self {
        let discharge = Queue { lights, ..Queue::default() }.discharge(trial, 4);
        let service = LaneService {
            cycle: Span::seconds_f64(f64::from(lights.cycle)),
            green: Span::seconds_f64(discharge.effective_green()),
            saturation_flow: Flow::veh_per_h(discharge.saturation_flow()),
        };
        Self { lights, service }
    }

    fn webster(&self, x: f64) -> f64 {
        webster_delay(self.service, x).expect("below saturation").seconds()
    }

    fn manual(&self, x: f64) -> f64 {
        control_delay(self.service, ControlDelay::default(), x).seconds()
    }

    /// Delay per vehicle, in seconds, and the mean delay in the queue at a point.
    fn delay(&self, trial: &Trial<'_>, x: f64, period: Period) -> (Interval, f64) {
        let point = self.point();
        let flow = self.service.capacity().get() * x;
        let mean = point.mean_delay(flow, f64::from(period.warm_up), f64::from(period.arrivals), period.days);
        let free = Lights { green: self.lights.cycle, ..self.lights };
        let one = |seed: u64| {
            let arrivals = Arrivals::poisson(seed, flow, f64::from(period.warm_up + period.arrivals));
            let lost = |lights: Lights| lost(trial, &arrivals, period, lights, seed);
            mean + lost(self.lights) - lost(free) - point.delay(&arrivals.later(APPROACH / LIMIT), f64::from(period.warm_up))
        };
        (interval(&by_seed(trial, period.seeds, one)), mean)
    }

    fn point(&self) -> Point {
        let LaneService { cycle, green, saturation_flow } = self.service;
        Point { cycle: cycle.seconds(), green: green.seconds(), headway: 1.0 / saturation_flow.get() }
    }

    fn row(&self, trial: &Trial<'_>, (id, x, what): (&'static str, f64, &str), target: Target, period: Period) -> Row {
        let Lights { cycle, green } = self.lights;
        let (delay, mean) = self.delay(trial, x, period);
        let (g, s) = (self.service.green.seconds(), self.service.saturation_flow.in_veh_per_h());
        let figures = format!(
            "own saturation flow {s:.0} veh/h, effective green {g:.1} s; a queue at a point of the same service {mean:.1} s"
        );
        let what = format!("delay {what} at x = {x}, cycle {cycle} s, green {green} s");
        let row = Row::mean(id, what, "s", target, delay).digits(1).figures(figures);
        if row.verdict == Verdict::Missed { self.with_cause(trial, x, row, mean, period) } else { row }
    }

    /// The row with the cause why it misses, when one of those that are known is shown to hold.
    fn with_cause(&self, trial: &Trial<'_>, x: f64, row: Row, point: f64, period: Period) -> Row {
        let Target { value, low: Some(low), high: Some(high) } = row.target else { return row };
        let (Some(actual), formula) = (row.actual, value.unwrap_or(low)) else { return row };
        if actual < low && point < low {
            let cause = format!(
                "the formula itself lies above its own picture: a queue at a point with this service and the same arrivals has \
                 {point:.1} s, the formula {formula:.1} s"
            );
            return row.explained((point, low), &cause);
        }
        let near = self.delay(trial, x, Period { after: NEAR, ..period }).0.mean;
        let cause = format!(
            "{:.1} s are lost more than {NEAR} m behind the intersection, where a platoon still runs below the speed that its \
             drivers wish for and which the formula does not count; up to there it is {near:.1} s",
            actual - near
        );
        if actual > high && near <= high { row.explained((high, 1.2 * high), &cause) } else { row }
    }

    fn webster_row(&self, id: &'static str, trial: &Trial<'_>, x: f64) -> Row {
        let expected = self.webster(x);
        let target = if x > HIGHEST_HELD { Target::value(expected) } else { Target::within(expected, TOLERANCE) };
        self.row(trial, (id, x, "against Webster, settled,"), target, SETTLED).source(WEBSTER)
    }

    fn manual_row(&self, id: &'static str, trial: &Trial<'_>, x: f64) -> Row {
        let expected = self.manual(x);
        let target = if x > HIGHEST_HELD { Target::value(expected) } else { Target::within(expected, TOLERANCE) };
        self.row(trial, (id, x, "against HCM, a quarter of an hour from empty,"), target, QUARTER).source(MANUAL)
    }

    /// Close to saturation the settled delay lies between both formulas.
    fn between_row(&self, id: &'static str, trial: &Trial<'_>) -> Row {
        let x = 0.95;
        let target = Target::between(self.manual(x), self.webster(x));
        self.row(trial, (id, x, "between HCM and Webster, settled,"), target, Period { seeds: 12, ..SETTLED }).source(MANUAL)
    }
}

/// Time that these arrivals lose under a signal, per vehicle, in seconds; waiting for a place on the road included.
fn lost(trial: &Trial<'_>, arrivals: &Arrivals, period: Period, lights: Lights, seed: u64) -> f64 {
    let street = Street { before: APPROACH, after: period.after, width: WIDTH, turn: None, lights };
    let mut sketch = street.sketch(period.warm_up, period.arrivals + DRAIN);
    for &at in arrivals.times() {
        sketch.trip(&Entry { at, route: &["in", "out"], speed: DepartSpeed::Desired });
    }
    let mut run = start(&sketch.scenario(), seed, trial.step);
    run.run();
    run.measures().delay_s
}

const LONG: Lights = Lights { cycle: 90, green: 40 };
const SHORT: Lights = Lights { cycle: 60, green: 25 };

/// V3: Webster's delay.
pub(super) fn webster(trial: &Trial<'_>) -> Vec<Row> {
    let lane = Lane::of(trial, LONG);
    SATURATION.iter().map(|&x| lane.webster_row("V3", trial, x)).collect()
}

/// V4: the manual's delay.
pub(super) fn manual(trial: &Trial<'_>) -> Vec<Row> {
    let lane = Lane::of(trial, LONG);
    let rows = SATURATION.iter().map(|&x| lane.manual_row("V4", trial, x));
    rows.chain([lane.between_row("V4", trial)]).collect()
}

/// V5: both with a shorter cycle.
pub(super) fn short_cycle(trial: &Trial<'_>) -> Vec<Row> {
    let lane = Lane::of(trial, SHORT);
    let webster = SATURATION.iter().map(|&x| lane.webster_row("V5", trial, x));
    let manual = SATURATION.iter().map(|&x| lane.manual_row("V5", trial, x));
    webster.chain(manual).chain([lane.between_row("V5", trial)]).collect()
}
