//! Offsets from the first harmonic of what arrives: a sum of cosines over the links of any network.
//!
//! Departures and arrivals repeat every cycle. With times τ as shares of the cycle, `ω = 2π / C`, and of each only the mean and
//! the first harmonic:
//!
//! ```text
//! leave      l(τ) = q + 2 Re(L e^{2πiτ})   L = Σ m sinc(b) e^{-2πic}   rectangles of mass m, length b and centre c
//! arrive     A = L H                       H = F e^{-iωT} / (1 - (1 - F) e^{-iω}), Robertson's dispersion in steps of 1 s
//! go on      d(τ) = q + 2 Re(D e^{2πiτ})   D as L, in the green that they find; sinc(x) = sin πx / πx
//! ```
//!
//! Offsets θ delay them, `A e^{-2πiθ_from}` and `D e^{-2πiθ_to}`. The queue grows by what arrives less what goes on: the mean
//! square of its first harmonic is `2 |A - D|² / ω² = (2 |A|² + 2 |D|² - 2 a cos 2π(θ_to - θ_from - φ)) / ω²` with `a = 2 |A D|`
//! and `2πφ = -arg(A D*)`. Only the last term depends on offsets, so that the sum of `a cos 2π(θ_to - θ_from - φ)` over all links is
//! what is maximised. In one offset alone it is a single cosine, whose best is known in closed form; going from signal to signal
//! until nothing changes gives a local optimum.
//!
//! What leaves and what goes on are two rectangles each: a queue, with the saturation flow from the start of green, and then the
//! mean flow until its end.
//!
//! Sources: Coogan, Kim, Gomes, Arcak, Varaiya, Offset optimization in signalized traffic networks via semidefinite relaxation,
//! Transp. Res. B 100 (2017) 82, for the sum of cosines; Robertson (1969) for dispersion. Deviates: platoons have the first
//! harmonic of rectangles that stretch on their way; each link has a queue of its own; queues for rectangles are those of arrivals
//! without platoons, so that they do not depend on offsets.

use crate::{Dispersion, GreenShare};
use model::maths::{atan2, cos, hypot, sin};
use model::quantity::{Flow, Span};
use std::f64::consts::{PI, TAU};
use thiserror::Error;

/// Vehicles that go from the stop line of one signal to that of another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlatoonLink {
    /// The signal that they leave: its index.
    pub from: usize,
    /// The signal that they come to.
    pub to: usize,
    /// How many, on average. At least 0.
    pub flow: Flow,
    /// How they leave.
    pub leaves: Discharge,
    /// How they go on from the signal that they come to.
    pub goes_on: Discharge,
    /// Mean travel time from stop line to stop line. At least 0.
    pub travel: Span,
}

/// How a queue leaves a stop line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Discharge {
    /// The green.
    pub green: GreenShare,
    /// The flow with which a queue leaves. Above 0.
    pub saturation_flow: Flow,
}

/// A link as a sum of cosines knows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HarmonicLink {
    /// The signal that vehicles leave: its index.
    pub from: usize,
    /// The signal that they come to.
    pub to: usize,
    /// How much the best offset counts, in vehicles per second squared: 2 |A D|. At least 0.
    pub amplitude: f64,
    /// How much later the offset of `to` should be than that of `from`, as a share of the cycle.
    pub lag: f64,
}

/// Why there are no offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HarmonicError {
    /// A link that refers to a signal that is not there, or leads back to its own.
    #[error("link {0} must lead from one of the signals to another")]
    Reference(usize),
    /// A quantity of a link is out of its range.
    #[error("link {0} has an amplitude or lag out of its range")]
    Quantity(usize),
}

/// Offsets that no change of one of them alone makes better.
#[derive(Debug, Clone, PartialEq)]
pub struct HarmonicOffsets {
    /// Offset of each signal as a share of the cycle, in `[0, 1)`; the first is 0.
    pub offsets: Vec<f64>,
    /// The sum of cosines, in vehicles per second squared; 0 on average over all offsets.
    pub value: f64,
    /// No offsets reach more: the sum of amplitudes.
    pub bound: f64,
}

/// A complex number.
#[derive(Debug, Clone, Copy)]
struct Complex {
    re: f64,
    im: f64,
}

impl Complex {
    const ZERO: Self = Self { re: 0.0, im: 0.0 };

    /// Of a length, at an angle in turns.
    fn polar(length: f64, turns: f64) -> Self {
        let angle = TAU * (turns - turns.floor());
        Self { re: length * cos(angle), im: length * sin(angle) }
    }

    fn plus(self, other: Self) -> Self {
        Self { re: self.re + other.re, im: self.im + other.im }
    }

    /// Its length.
    fn length(self) -> f64 {
        hypot(self.re, self.im)
    }

    /// Its angle in turns, in (-1/2, 1/2].
    fn turns(self) -> f64 {
        atan2(self.im, self.re) / TAU
    }
}

/// The first harmonic of a rectangle of a mass.
fn rectangle(mass: f64, GreenShare { start, length }: GreenShare) -> Complex {
    let x = PI * length;
    let sinc = if x > 0.0 { sin(x) / x } else { 1.0 };
    Complex::polar(mass * sinc, -(start + length / 2.0))
}

impl PlatoonLink {
    /// The link as a sum of cosines knows it, for a common cycle.
    ///
    /// Without quantities in their ranges the amplitude may be no number, which [`HarmonicNetwork::new`] refuses.
    pub fn harmonic(&self, cycle: Span, dispersion: Dispersion) -> HarmonicLink {
        let (leave, go_on) = (self.leaves.harmonic(self.flow), self.goes_on.harmonic(self.flow));
        let per_second = 1.0 / cycle.seconds();
        let f = dispersion.smoothing(self.travel);
        // The denominator of H: 1 - (1 - F) e^{-iω}.
        let smoothing = Complex { re: 1.0, im: 0.0 }.plus(Complex::polar(f - 1.0, -per_second));
        let gain = f / smoothing.length();
        let late = dispersion.beta * self.travel.seconds() * per_second + smoothing.turns();
        HarmonicLink {
            from: self.from,
            to: self.to,
            amplitude: 2.0 * leave.length() * gain * go_on.length(),
            lag: late - leave.turns() + go_on.turns(),
        }
    }
}

impl Discharge {
    /// The first harmonic of a flow that leaves: the queue with the saturation flow, what comes after it with the mean flow.
    fn harmonic(self, flow: Flow) -> Complex {
        let (q, s, green) = (flow.get(), self.saturation_flow.get(), self.green);
        let needed = q * (1.0 - green.length) / (s - q).max(f64::MIN_POSITIVE);
        let queue = GreenShare { length: needed.clamp(0.0, green.length), ..green };
        let rest = GreenShare { start: green.start + queue.length, length: green.length - queue.length };
        // All vehicles leave, even where the green is too short for them.
        let later = q * rest.length;
        rectangle(q - later, queue).plus(rectangle(later, rest))
    }
}

/// Links between signals whose offsets are sought.
#[derive(Debug, Clone, PartialEq)]
pub struct HarmonicNetwork {
    signals: usize,
    links: Vec<HarmonicLink>,
}

/// Beginnings beside those without offsets and along the heaviest links.
const SPREAD: usize = 24;
/// Rounds over all signals at most.
const ROUNDS: usize = 500;
/// A round that adds less than this share of the bound is the last.
const LEAST_GAIN: f64 = 1e-13;

impl HarmonicNetwork {
    /// So many signals and the links between them.
    ///
    /// # Errors
    /// The first link that makes no sense.
    pub fn new(signals: usize, links: Vec<HarmonicLink>) -> Result<Self, HarmonicError> {
        for (index, link) in links.iter().enumerate() {
            if link.from >= signals || link.to >= signals || link.from == link.to {
                return Err(HarmonicError::Reference(index));
            }
            if !(link.amplitude >= 0.0 && link.amplitude.is_finite() && link.lag.is_finite()) {
                return Err(HarmonicError::Quantity(index));
            }
        }
        Ok(Self { signals, links })
    }

    /// What offsets reach, in vehicles per second squared; one offset for each signal, as shares of the cycle.
    pub fn value(&self, offsets: &[f64]) -> f64 {
        let gain = |l: &HarmonicLink| Complex::polar(l.amplitude, offsets[l.to] - offsets[l.from] - l.lag).re;
        self.links.iter().map(gain).sum()
    }

    /// The best local optimum from several beginnings, always the same ones: no offsets, the heaviest links in step, and
    /// offsets spread by the golden ratio. It may not be the best of all; [`HarmonicOffsets::bound`] says how good that can be.
    pub fn best(&self) -> HarmonicOffsets {
        let spread = (1..=SPREAD).map(|k| (0..self.signals).map(|i| (k * (i + 1)) as f64 * 0.618_033_988_75 % 1.0).collect());
        let beginnings = [vec![0.0; self.signals], self.along_the_heaviest()].into_iter().chain(spread);
        let mut best = HarmonicOffsets { offsets: Vec::new(), value: f64::NEG_INFINITY, bound: self.bound() };
        for beginning in beginnings {
            let (offsets, value) = self.ascend(beginning);
            // A hair more is the same: the earlier beginning stays.
            if value > best.value + 1e-9 * best.bound {
                (best.offsets, best.value) = (offsets, value);
            }
        }
        let first = best.offsets.first().copied().unwrap_or(0.0);
        best.offsets.iter_mut().for_each(|o| *o = within_cycle(*o - first));
        best
    }

    fn bound(&self) -> f64 {
        self.links.iter().map(|l| l.amplitude).sum()
    }

    /// Each offset to its best in turn, until nothing changes.
    fn ascend(&self, mut offsets: Vec<f64>) -> (Vec<f64>, f64) {
        let mut touching: Vec<Vec<&HarmonicLink>> = vec![Vec::new(); self.signals];
        for link in &self.links {
            touching[link.from].push(link);
            touching[link.to].push(link);
        }
        let mut value = self.value(&offsets);
        for _ in 0..ROUNDS {
            for (signal, links) in touching.iter().enumerate() {
                let pull = links.iter().fold(Complex::ZERO, |sum, l| {
                    let wish = if l.to == signal { offsets[l.from] + l.lag } else { offsets[l.to] - l.lag };
                    sum.plus(Complex::polar(l.amplitude, wish))
                });
                if pull.length() > 0.0 {
                    offsets[signal] = pull.turns();
                }
            }
            let after = self.value(&offsets);
            let gain = after - value;
            value = after;
            if gain <= LEAST_GAIN * self.bound() {
                break;
            }
        }
        (offsets, value)
    }

    /// Offsets that keep the heaviest links in step that make no loop: the optimum of a network without loops.
    fn along_the_heaviest(&self) -> Vec<f64> {
        let mut order: Vec<&HarmonicLink> = self.links.iter().collect();
        order.sort_by(|a, b| b.amplitude.total_cmp(&a.amplitude));
        let mut offsets = vec![0.0; self.signals];
        let mut part: Vec<usize> = (0..self.signals).collect();
        for link in order {
            let (joins, joined) = (part[link.from], part[link.to]);
            if joins == joined {
                continue;
            }
            let by = offsets[link.from] + link.lag - offsets[link.to];
            for signal in (0..self.signals).filter(|&s| part[s] == joined).collect::<Vec<_>>() {
                part[signal] = joins;
                offsets[signal] += by;
            }
        }
        offsets
    }
}

/// A share of the cycle in `[0, 1)`.
fn within_cycle(share: f64) -> f64 {
    let share = share.rem_euclid(1.0);
    if share > 1.0 - 1e-12 { 0.0 } else { share }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGID: Dispersion = Dispersion { alpha: 0.0, beta: 1.0 };

    fn cycle() -> Span {
        Span::seconds_f64(80.0)
    }

    /// 600 vehicles per hour through two greens of half the cycle.
    fn street(from: usize, to: usize, seconds: f64) -> PlatoonLink {
        let green = GreenShare { start: 0.1, length: 0.5 };
        let discharge = Discharge { green, saturation_flow: Flow::veh_per_h(1900.0) };
        let travel = Span::seconds_f64(seconds);
        PlatoonLink { from, to, flow: Flow::veh_per_h(600.0), leaves: discharge, goes_on: discharge, travel }
    }

    /// The same where the queue takes the whole green: one rectangle.
    fn saturated(from: usize, to: usize, seconds: f64) -> PlatoonLink {
        let mut link = street(from, to, seconds);
        (link.leaves.saturation_flow, link.goes_on.saturation_flow) = (Flow::veh_per_h(1200.0), Flow::veh_per_h(1200.0));
        link
    }

    fn network(signals: usize, links: &[PlatoonLink]) -> HarmonicNetwork {
        let links = links.iter().map(|l| l.harmonic(cycle(), RIGID)).collect();
        HarmonicNetwork::new(signals, links).unwrap()
    }

    #[test]
    fn two_like_signals_are_apart_by_the_travel_time() {
        for seconds in [0.0, 23.0, 79.0, 97.0] {
            let best = network(2, &[street(0, 1, seconds)]).best();
            assert!((best.offsets[1] * 80.0 - seconds % 80.0).abs() < 1e-9, "{seconds} {best:?}");
            assert!((best.value - best.bound).abs() < 1e-12);
        }
    }

    #[test]
    fn the_amplitude_is_that_of_rectangle_on_rectangle() {
        // 2 (q sinc(1/2))² with sinc(1/2) = 2 / π.
        let (found, q) = (saturated(0, 1, 30.0).harmonic(cycle(), RIGID), 600.0 / 3600.0);
        assert!((found.amplitude - 2.0 * q * q * 4.0 / (PI * PI)).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn a_platoon_of_a_full_green_is_centred_in_a_longer_one_that_it_fills() {
        let mut link = saturated(0, 1, 30.0);
        link.goes_on = Discharge { green: GreenShare { start: 0.0, length: 0.6 }, saturation_flow: Flow::veh_per_h(1000.0) };
        let best = network(2, &[link]).best();
        // Centres at 0.35 and 0.3 of the cycle, 30 s of 80 s apart.
        assert!((best.offsets[1] - (0.35 + 30.0 / 80.0 - 0.3)).abs() < 1e-9, "{best:?}");
    }

    #[test]
    fn harmonics_of_dispersed_platoons_are_those_of_the_arrivals_second_by_second() {
        let link = street(0, 1, 30.0);
        let model = Dispersion::default();
        // The queue of 0.5 · 600 / (1900 - 600) of the cycle, then 600 vehicles per hour.
        let queue = 0.5 * 600.0 / 1300.0 * 80.0;
        let departed = |from: f64, to: f64| {
            let between = |a: f64, b: f64| (to.min(b) - from.max(a)).max(0.0);
            Flow::veh_per_h(1900.0 * between(8.0, 8.0 + queue) + 600.0 * between(8.0 + queue, 48.0))
        };
        // In steps of a twentieth of a second all but the dispersion, whose steps are of one second.
        let arrivals = |part: u32| {
            let from = |t: u32| f64::from(t) + f64::from(part) / 20.0;
            let flows: Vec<Flow> = (0..80).map(|t| departed(from(t), from(t) + 0.05) * 20.0).collect();
            model.cyclic_arrivals(&flows, link.travel)
        };
        let fine: Vec<Vec<Flow>> = (0..20).map(arrivals).collect();
        let squares = |offset: f64| -> f64 {
            let mut sum = Complex::ZERO;
            for (part, flows) in fine.iter().enumerate() {
                for (t, q) in flows.iter().enumerate() {
                    let at = (t as f64 + (part as f64 + 0.5) / 20.0) / 80.0;
                    sum = sum.plus(Complex::polar(q.get() / 1600.0, -at));
                }
            }
            // What goes on is what leaves, `offset` later.
            let leave = (0..1600).fold(Complex::ZERO, |sum, k| {
                let at = f64::from(k) / 20.0;
                sum.plus(Complex::polar(departed(at, at + 0.05).get() / 80.0, -(at + 0.025) / 80.0 - offset))
            });
            2.0 * (sum.re * leave.re + sum.im * leave.im)
        };
        let found = network_of(link.harmonic(cycle(), model));
        for offset in [0.0, 0.2, 0.45, 0.8] {
            let (value, expected) = (found.value(&[0.0, offset]), squares(offset));
            assert!((value - expected).abs() < 1e-5, "{offset}: {value}, expected {expected}");
        }
    }

    fn network_of(link: HarmonicLink) -> HarmonicNetwork {
        HarmonicNetwork::new(2, vec![link]).unwrap()
    }

    #[test]
    fn a_one_way_street_reaches_the_sum_of_amplitudes() {
        let links: Vec<PlatoonLink> = (0..7).map(|i| street(i, i + 1, 11.0 + 7.0 * i as f64)).collect();
        let best = network(8, &links).best();
        assert!((best.value - best.bound).abs() < 1e-9, "{best:?}");
    }

    #[test]
    fn a_ring_that_does_not_close_stays_below_the_bound_at_its_symmetric_optimum() {
        // Three equal links of a quarter of the cycle: 3/4 of a cycle around, so each is off by a twelfth.
        let links = [saturated(0, 1, 20.0), saturated(1, 2, 20.0), saturated(2, 0, 20.0)];
        let best = network(3, &links).best();
        assert!((best.value - best.bound * cos(TAU / 12.0)).abs() < 1e-9, "{best:?}");
    }

    #[test]
    fn no_offsets_are_never_better_and_equal_input_has_equal_bits() {
        for case in 0..40_usize {
            let link = |k: usize| street(k % 6, (k % 6 + 1 + (k * case) % 5) % 6, ((k * 37 + case * 11) % 90) as f64);
            let links: Vec<PlatoonLink> = (0..12).map(link).collect();
            let network = network(6, &links);
            let best = network.best();
            assert!(best.value >= network.value(&[0.0; 6]) - 1e-12 && best.value <= best.bound + 1e-12);
            let bits = |o: &HarmonicOffsets| o.offsets.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&best), bits(&network.best()));
            assert!((network.value(&best.offsets) - best.value).abs() < 1e-9);
        }
    }

    #[test]
    fn no_change_of_one_offset_makes_it_better() {
        let links: Vec<PlatoonLink> = (0..9).map(|k| street(k % 5, (k + 1 + k / 5) % 5, (13 * k % 70) as f64)).collect();
        let network = network(5, &links);
        let best = network.best();
        for signal in 0..5 {
            for step in 1..100 {
                let mut other = best.offsets.clone();
                other[signal] += f64::from(step) / 100.0;
                assert!(network.value(&other) <= best.value + 1e-9);
            }
        }
    }

    #[test]
    fn links_that_make_no_sense_are_refused() {
        let link = HarmonicLink { from: 0, to: 1, amplitude: 1.0, lag: 0.3 };
        let refused = |link| HarmonicNetwork::new(2, vec![link]).unwrap_err();
        assert_eq!(refused(HarmonicLink { to: 2, ..link }), HarmonicError::Reference(0));
        assert_eq!(refused(HarmonicLink { to: 0, ..link }), HarmonicError::Reference(0));
        assert_eq!(refused(HarmonicLink { amplitude: f64::NAN, ..link }), HarmonicError::Quantity(0));
        assert!(HarmonicNetwork::new(0, Vec::new()).unwrap().best().offsets.is_empty());
    }
}
