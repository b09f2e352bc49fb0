//! The mixed-integer program: variables, rows, and the linear relaxation within bounds on the integers.

use super::BandError;
use super::problem::{Arterial, BandLink, BandSignal, Both, LeftOrder, LeftTurn, Preference, Shape, SpeedRange};
use crate::branching::Ranges;
use good_lp::{Expression, ProblemVariables, ResolutionError, Solution, SolverModel, Variable, constraint, microlp, variable};
use model::quantity::{Length, Span};

/// Which integer stands where.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Integers {
    /// Root bounds.
    pub(super) bounds: Ranges,
    /// Index of the closure, in a ring.
    pub(super) closure: Option<usize>,
    /// Index of the order of each left turn that is free.
    pub(super) orders: Vec<Both<Option<usize>>>,
}

/// Values of every variable at an optimum of the relaxation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub(super) objective: f64,
    pub(super) cycle: f64,
    pub(super) band: Both<f64>,
    pub(super) interference: Both<Vec<f64>>,
    pub(super) travel: Both<Vec<f64>>,
    pub(super) integers: Vec<f64>,
}

/// `base + Σ coefficient δ`, the internal offset of one signal with its left turns.
pub(super) struct Shift {
    base: f64,
    free: Vec<(usize, f64)>,
}

impl Shift {
    /// Its value for given orders.
    pub(super) fn of(&self, integers: &[f64]) -> f64 {
        self.base + self.free.iter().map(|&(index, coefficient)| coefficient * integers[index]).sum::<f64>()
    }

    fn range(&self) -> (f64, f64) {
        let low: f64 = self.free.iter().map(|(_, c)| c.min(0.0)).sum();
        let high: f64 = self.free.iter().map(|(_, c)| c.max(0.0)).sum();
        (self.base + low, self.base + high)
    }
}

/// The centre of the inbound red less that of the outbound red: an outbound left turn that leads delays the inbound
/// green, an inbound one that leads delays the outbound green, each by half its length.
pub(super) fn shift(signal: &BandSignal, orders: Both<Option<usize>>) -> Shift {
    let mut shift = Shift { base: signal.internal_offset, free: Vec::new() };
    let mut add = |left: LeftTurn, order: Option<usize>, sign: f64| {
        let lag = if left.order == LeftOrder::Lags { 1.0 } else { 0.0 };
        shift.base += sign * left.green * (0.5 - lag);
        shift.free.extend(order.map(|index| (index, -sign * left.green)));
    };
    add(signal.left.outbound, orders.outbound, 1.0);
    add(signal.left.inbound, orders.inbound, -1.0);
    shift
}

impl Integers {
    /// Bounds that follow from the ranges of everything else; they cut no solution off.
    pub(super) fn of(arterial: &Arterial) -> Self {
        let mut integers = Self { bounds: Vec::new(), closure: None, orders: Vec::new() };
        let loops = arterial.links.len();
        let mut next = loops + usize::from(arterial.shape != Shape::Open);
        let mut order = |left: LeftTurn| {
            let free = left.order == LeftOrder::Either && left.green > 0.0;
            free.then(|| {
                next += 1;
                next - 1
            })
        };
        integers.orders = arterial.signals.iter().map(|s| s.left.map(&mut order)).collect();
        integers.bounds = (0..loops).map(|i| loop_bounds(arterial, &integers.orders, i)).collect();
        if arterial.shape != Shape::Open {
            integers.closure = Some(loops);
            integers.bounds.push(closure_bounds(arterial));
        }
        integers.bounds.resize(next, (0, 1));
        integers
    }
}

/// Travel time less queue clearance ahead, in cycles: `(least, most)` over every speed and cycle allowed.
fn travel_range(arterial: &Arterial, length: Length, speed: SpeedRange, clearance: Span) -> (f64, f64) {
    let z = [1.0 / arterial.cycle.0.seconds(), 1.0 / arterial.cycle.1.seconds()];
    let fast = (length / speed.fastest - clearance).seconds();
    let slow = (length / speed.slowest - clearance).seconds();
    ((fast * z[0]).min(fast * z[1]), (slow * z[0]).max(slow * z[1]))
}

fn mean_red(signal: &BandSignal) -> f64 {
    f64::midpoint(signal.red.outbound, signal.red.inbound)
}

fn whole(low: f64, high: f64) -> (i32, i32) {
    ((low - 1e-6).ceil() as i32, (high + 1e-6).floor() as i32)
}

fn loop_bounds(arterial: &Arterial, orders: &[Both<Option<usize>>], i: usize) -> (i32, i32) {
    let (here, there, link) = (arterial.at(i), arterial.at(i + 1), &arterial.links[i]);
    let slack = |s: &BandSignal| 2.0 - s.red.outbound - s.red.inbound;
    let count = arterial.signals.len();
    let (from, to) = (shift(here, orders[i]).range(), shift(there, orders[(i + 1) % count]).range());
    let out = travel_range(arterial, link.length.outbound, link.speed.outbound, there.queue_clearance.outbound);
    let back = travel_range(arterial, link.length.inbound, link.speed.inbound, here.queue_clearance.inbound);
    let fixed = mean_red(here) - mean_red(there);
    whole(fixed + out.0 + back.0 + to.0 - from.1 - slack(there), fixed + out.1 + back.1 + to.1 - from.0 + slack(here))
}

fn closure_bounds(arterial: &Arterial) -> (i32, i32) {
    let green = 1.0 - arterial.at(0).red.outbound;
    let (low, high) = arterial.links.iter().enumerate().fold((-green, green), |(low, high), (i, link)| {
        let clearance = arterial.at(i + 1).queue_clearance.outbound;
        let t = travel_range(arterial, link.length.outbound, link.speed.outbound, clearance);
        (low + t.0, high + t.1)
    });
    whole(low, high)
}

/// The program's variables.
struct Columns {
    /// Cycle rate times the shortest cycle: between shortest over longest and 1.
    rate: Variable,
    band: Both<Variable>,
    w: Both<Vec<Variable>>,
    t: Both<Vec<Variable>>,
    integers: Vec<Variable>,
}

impl Columns {
    fn new(arterial: &Arterial, bounds: &Ranges, vars: &mut ProblemVariables) -> Self {
        let range = variable().bounds(arterial.cycle.0.seconds() / arterial.cycle.1.seconds()..=1.0);
        let rate = vars.add(range);
        let least_green = |red: fn(&BandSignal) -> f64| arterial.signals.iter().map(|s| 1.0 - red(s)).fold(1.0, f64::min);
        let band = Both {
            outbound: vars.add(variable().bounds(0.0..=least_green(|s| s.red.outbound))),
            inbound: vars.add(variable().bounds(0.0..=least_green(|s| s.red.inbound))),
        };
        let mut w = Both::<Vec<Variable>>::default();
        for station in 0..arterial.stations() {
            let red = arterial.at(station).red;
            w.outbound.push(vars.add(variable().bounds(0.0..=1.0 - red.outbound)));
            w.inbound.push(vars.add(variable().bounds(0.0..=1.0 - red.inbound)));
        }
        let mut t = Both::<Vec<Variable>>::default();
        for link in &arterial.links {
            let mut time = |length, speed| {
                let (low, high) = travel_range(arterial, length, speed, Span::ZERO);
                vars.add(variable().bounds(low..=high))
            };
            t.outbound.push(time(link.length.outbound, link.speed.outbound));
            t.inbound.push(time(link.length.inbound, link.speed.inbound));
        }
        let integers = bounds.iter().map(|&(low, high)| vars.add(variable().bounds(f64::from(low)..=f64::from(high)))).collect();
        Self { rate, band, w, t, integers }
    }
}

/// Solves the linear relaxation within bounds on the integers; `None` when there is no solution.
pub(super) fn relax(arterial: &Arterial, integers: &Integers, bounds: &Ranges) -> Result<Option<Point>, BandError> {
    let mut vars = ProblemVariables::new();
    let columns = Columns::new(arterial, bounds, &mut vars);
    let objective = objective(arterial.preference, columns.band);
    let mut rows = Vec::new();
    preference_rows(arterial.preference, &columns, &mut rows);
    band_rows(arterial, &columns, &mut rows);
    loop_rows(arterial, integers, &columns, &mut rows);
    speed_rows(arterial, &columns, &mut rows);
    pace_rows(arterial, &columns, &mut rows);
    let mut model = vars.maximise(objective.clone()).using(microlp);
    for row in rows {
        model.add_constraint(row);
    }
    match model.solve() {
        Ok(solution) => Ok(Some(read(arterial, &columns, &objective, &solution))),
        Err(ResolutionError::Infeasible) => Ok(None),
        Err(error) => Err(BandError::Solver(error.to_string())),
    }
}

type Rows = Vec<good_lp::Constraint>;

fn objective(preference: Preference, band: Both<Variable>) -> Expression {
    match preference {
        Preference::Equal => band.outbound + band.inbound,
        Preference::Weights(w) => w.outbound * band.outbound + w.inbound * band.inbound,
        Preference::Ratio(k) => band.outbound + k * band.inbound,
    }
}

fn preference_rows(preference: Preference, columns: &Columns, rows: &mut Rows) {
    let band = columns.band;
    match preference {
        Preference::Equal => rows.push(constraint!(band.outbound == band.inbound)),
        Preference::Ratio(k) if k < 1.0 => rows.push(constraint!(band.inbound >= k * band.outbound)),
        Preference::Ratio(k) if k > 1.0 => rows.push(constraint!(band.inbound <= k * band.outbound)),
        Preference::Ratio(_) | Preference::Weights(_) => {}
    }
}

/// The bands lie within the greens: `w + b <= 1 - r`.
fn band_rows(arterial: &Arterial, columns: &Columns, rows: &mut Rows) {
    let Columns { band, w, .. } = columns;
    for station in 0..arterial.stations() {
        let red = arterial.at(station).red;
        rows.push(constraint!(w.outbound[station] + band.outbound <= 1.0 - red.outbound));
        rows.push(constraint!(w.inbound[station] + band.inbound <= 1.0 - red.inbound));
    }
}

/// One row for each link, and the closure of a ring.
fn loop_rows(arterial: &Arterial, integers: &Integers, columns: &Columns, rows: &mut Rows) {
    let Columns { w, t, integers: whole, rate, .. } = columns;
    let shortest = arterial.cycle.0.seconds();
    let signals = arterial.signals.len();
    for i in 0..arterial.links.len() {
        let (here, there) = (arterial.at(i), arterial.at(i + 1));
        let mut left =
            w.outbound[i] + w.inbound[i] - w.outbound[i + 1] - w.inbound[i + 1] + t.outbound[i] + t.inbound[i] - whole[i];
        for (station, sign) in [(i, -1.0), ((i + 1) % signals, 1.0)] {
            let shift = shift(&arterial.signals[station], integers.orders[station]);
            left += sign * shift.base;
            for (index, coefficient) in shift.free {
                left += sign * coefficient * whole[index];
            }
        }
        let clearance = (here.queue_clearance.inbound + there.queue_clearance.outbound).seconds();
        left -= clearance / shortest * *rate;
        rows.push(constraint!(left == mean_red(there) - mean_red(here)));
    }
    let last = arterial.stations() - 1;
    if let Some(index) = integers.closure {
        let mut around: Expression = w.outbound[0] - w.outbound[last] - whole[index];
        for (i, &time) in t.outbound.iter().enumerate() {
            around += time - arterial.at(i + 1).queue_clearance.outbound.seconds() / shortest * *rate;
        }
        rows.push(constraint!(around == 0.0));
    }
    if arterial.shape == Shape::EndlessRing {
        rows.push(constraint!(w.outbound[0] == w.outbound[last]));
        rows.push(constraint!(w.inbound[0] == w.inbound[last]));
    }
}

/// Travel times within the speeds of their link.
fn speed_rows(arterial: &Arterial, columns: &Columns, rows: &mut Rows) {
    let (t, rate) = (&columns.t, columns.rate);
    let shortest = arterial.cycle.0.seconds();
    let mut bound = |time: Variable, length: Length, speed: SpeedRange| {
        let fast = (length / speed.fastest).seconds() / shortest;
        let slow = (length / speed.slowest).seconds() / shortest;
        if slow <= fast {
            rows.push(constraint!(time - fast * rate == 0.0));
        } else {
            rows.push(constraint!(time - fast * rate >= 0.0));
            rows.push(constraint!(time - slow * rate <= 0.0));
        }
    };
    for (i, BandLink { length, speed }) in arterial.links.iter().enumerate() {
        bound(t.outbound[i], length.outbound, speed.outbound);
        bound(t.inbound[i], length.inbound, speed.inbound);
    }
}

/// Pace of one link against that of the next, both ways.
fn pace_rows(arterial: &Arterial, columns: &Columns, rows: &mut Rows) {
    let Some(limit) = arterial.pace_change_s_per_km else { return };
    let limit = limit / 1000.0 / arterial.cycle.0.seconds();
    let mut bound = |times: &[Variable], lengths: Vec<f64>| {
        for (time, length) in times.windows(2).zip(lengths.windows(2)) {
            let change = || time[1] * (1.0 / length[1]) - time[0] * (1.0 / length[0]);
            rows.push(constraint!(change() <= limit * columns.rate));
            rows.push(constraint!(change() >= -limit * columns.rate));
        }
    };
    bound(&columns.t.outbound, arterial.links.iter().map(|l| l.length.outbound.in_metres()).collect());
    bound(&columns.t.inbound, arterial.links.iter().map(|l| l.length.inbound.in_metres()).collect());
}

fn read(arterial: &Arterial, columns: &Columns, objective: &Expression, solution: &impl Solution) -> Point {
    let values = |variables: &[Variable]| variables.iter().map(|&v| solution.value(v)).collect::<Vec<f64>>();
    Point {
        objective: solution.eval(objective),
        cycle: arterial.cycle.0.seconds() / solution.value(columns.rate),
        band: columns.band.map(|v| solution.value(v)),
        interference: Both { outbound: values(&columns.w.outbound), inbound: values(&columns.w.inbound) },
        travel: Both { outbound: values(&columns.t.outbound), inbound: values(&columns.t.inbound) },
        integers: values(&columns.integers),
    }
}
