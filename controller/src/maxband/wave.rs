//! The wave: widths, cycle and offsets, read from the optimum of the program.

use super::problem::{Arterial, Both};
use super::program::{Integers, Point, shift};
use super::search::Outcome;
use super::{BandError, GreenWindow};
use model::quantity::Span;
use model::signal::Green;
use model::time::Seconds;

/// How far a row may be off, in cycles.
const TOLERANCE: f64 = 1e-6;

/// How good the wave is known to be; in cycles, as the preference weighs them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proof {
    /// The objective of the wave.
    pub objective: f64,
    /// No wave has a larger objective.
    pub bound: f64,
    /// Linear programs solved.
    pub nodes: usize,
}

impl Proof {
    /// Whether no wave is better by more than a millionth of a cycle.
    pub fn is_optimal(&self) -> bool {
        self.gap() <= 1e-6
    }

    /// How much better a wave might still be.
    pub fn gap(&self) -> f64 {
        (self.bound - self.objective).max(0.0)
    }
}

/// A green wave (Grüne Welle): two green bands (Grünbänder) and the offsets that make them.
#[derive(Debug, Clone, PartialEq)]
pub struct GreenWave {
    /// Common cycle; a whole number of seconds only if it was asked for as such.
    pub cycle: Span,
    /// Widths of the bands as shares of the cycle.
    pub band: Both<f64>,
    /// Start of the through green of each signal, in `[0, cycle)`; the first outbound one is 0.
    pub starts: Both<Vec<Span>>,
    /// Outbound from the start of green to the front of the band, inbound from the rear of the band to the end of
    /// green, as shares of the cycle. A ring has one more than signals: its first one, passed again.
    pub interference: Both<Vec<f64>>,
    /// Travel time over each link.
    pub travel: Both<Vec<Span>>,
    /// The integer of each link.
    pub loops: Vec<i32>,
    /// Cycles that pass around a ring.
    pub closure: Option<i32>,
    /// Whether the left turn of each signal lags; false without one.
    pub left_lags: Vec<Both<bool>>,
    /// How good it is known to be.
    pub proof: Proof,
}

impl GreenWave {
    /// Widths of the bands in time.
    pub fn width(&self) -> Both<Span> {
        self.band.map(|b| self.cycle * b)
    }

    /// The greens that each band passes, in its own order: what [`super::geometric_band`] wants to judge the wave, or
    /// other offsets with the same greens.
    ///
    /// Queue clearance shortens the travel time: the leaving band starts that much before the arriving one.
    pub fn windows(&self, arterial: &Arterial) -> Both<Vec<GreenWindow>> {
        let count = arterial.signals.len().max(1);
        let window = |start: Span, red: f64, travel: Span| GreenWindow { start, length: self.cycle * (1.0 - red), travel };
        let stations = 0..arterial.stations();
        let outbound = stations.clone().map(|i| {
            let signal = arterial.at(i);
            let travel = if i == 0 { Span::ZERO } else { self.travel.outbound[i - 1] - signal.queue_clearance.outbound };
            window(self.starts.outbound[i % count], signal.red.outbound, travel)
        });
        let inbound = stations.rev().map(|i| {
            let signal = arterial.at(i);
            let travel = self.travel.inbound.get(i).map_or(Span::ZERO, |&t| t - signal.queue_clearance.inbound);
            window(self.starts.inbound[i % count], signal.red.inbound, travel)
        });
        Both { outbound: outbound.collect(), inbound: inbound.collect() }
    }

    /// The offset that puts the outbound green of a signal's plan where the wave has it, to the nearest second.
    ///
    /// `outbound` is that green in seconds of the plan; `cycle` its cycle, which the wave's should equal.
    pub fn plan_offset(&self, signal: usize, outbound: Green, cycle: Seconds) -> Seconds {
        let start = self.starts.outbound.get(signal).map_or(0.0, |s| s.seconds());
        let offset = start - f64::from(outbound.start.0);
        let cycle = f64::from(cycle.0.max(1));
        Seconds((offset.round().rem_euclid(cycle)) as u16)
    }
}

/// Reads the wave and holds it against the rows once more.
pub(super) fn read(arterial: &Arterial, integers: &Integers, outcome: Outcome) -> Result<GreenWave, BandError> {
    let Outcome { best, bound, nodes } = outcome;
    let cycle = Span::seconds_f64(best.cycle);
    let centres = red_centres(arterial, integers, &best)?;
    let count = arterial.signals.len();
    let first = centres.outbound[0] + arterial.at(0).red.outbound / 2.0;
    let start = |centre: f64, red: f64| cycle * within_cycle(centre + red / 2.0 - first);
    let starts = Both {
        outbound: (0..count).map(|i| start(centres.outbound[i], arterial.at(i).red.outbound)).collect(),
        inbound: (0..count).map(|i| start(centres.inbound[i], arterial.at(i).red.inbound)).collect(),
    };
    let lags = |index: Option<usize>, order| index.map_or(order == super::LeftOrder::Lags, |i| best.integers[i] > 0.5);
    let left_lags = arterial.signals.iter().zip(&integers.orders);
    Ok(GreenWave {
        cycle,
        band: best.band.map(|b| b.max(0.0)),
        starts,
        interference: best.interference,
        travel: best.travel.map(|times| times.into_iter().map(|t| cycle * t).collect()),
        loops: best.integers[..arterial.links.len()].iter().map(|&m| m.round() as i32).collect(),
        closure: integers.closure.map(|index| best.integers[index].round() as i32),
        left_lags: left_lags
            .map(|(signal, order)| Both {
                outbound: lags(order.outbound, signal.left.outbound.order),
                inbound: lags(order.inbound, signal.left.inbound.order),
            })
            .collect(),
        proof: Proof { objective: best.objective, bound: bound.max(best.objective), nodes },
    })
}

/// A share of the cycle in `[0, 1)`; a hair below 1 is 0.
fn within_cycle(share: f64) -> f64 {
    let share = share.rem_euclid(1.0);
    if share > 1.0 - 1e-9 { 0.0 } else { share }
}

/// The centres of red of every station, both ways, followed outbound; the inbound band must then fit by itself.
fn red_centres(arterial: &Arterial, integers: &Integers, point: &Point) -> Result<Both<Vec<f64>>, BandError> {
    let (w, t, last) = (&point.interference, &point.travel, arterial.stations() - 1);
    let sigma = |i: usize| shift(arterial.at(i), integers.orders[i % arterial.signals.len()]).of(&point.integers);
    let mut out = vec![0.0];
    for i in 0..last {
        let (here, there) = (arterial.at(i), arterial.at(i + 1));
        let clearance = there.queue_clearance.outbound.seconds() / point.cycle;
        let front = out[i] + here.red.outbound / 2.0 + w.outbound[i] + t.outbound[i] - clearance;
        out.push(front - w.outbound[i + 1] - there.red.outbound / 2.0);
    }
    let inbound: Vec<f64> = (0..=last).map(|i| out[i] + sigma(i)).collect();
    let rear = |i: usize| inbound[i] - arterial.at(i).red.inbound / 2.0 - w.inbound[i];
    let off = |x: f64| (x - x.round()).abs();
    let mut worst = if last == arterial.signals.len() { off(out[last] - out[0]) } else { 0.0 };
    for i in 0..last {
        let clearance = arterial.at(i).queue_clearance.inbound.seconds() / point.cycle;
        worst = worst.max(off(rear(i + 1) + t.inbound[i] - clearance - rear(i)));
    }
    for i in 0..=last {
        let red = arterial.at(i).red;
        worst = worst.max(w.outbound[i] + point.band.outbound - (1.0 - red.outbound)).max(-w.outbound[i]);
        worst = worst.max(w.inbound[i] + point.band.inbound - (1.0 - red.inbound)).max(-w.inbound[i]);
    }
    if worst > TOLERANCE {
        return Err(BandError::Solver(format!("its answer misses a row by {worst:.1e} cycles")));
    }
    Ok(Both { outbound: out, inbound })
}
