//! What a green wave is asked for: signals, links, shape, cycle, preference.

use super::BandError;
use model::quantity::{Length, Span, Speed};
use model::signal::Green;
use model::time::Seconds;

/// One value for each direction: outbound is the order in which the signals are listed, inbound the opposite one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Both<T> {
    /// From the first signal to the last.
    pub outbound: T,
    /// From the last signal to the first.
    pub inbound: T,
}

impl<T> Both<T> {
    /// The same value both ways.
    pub fn same(value: T) -> Self
    where
        T: Clone,
    {
        Self { outbound: value.clone(), inbound: value }
    }

    /// Each value through a function.
    pub fn map<U>(self, mut f: impl FnMut(T) -> U) -> Both<U> {
        Both { outbound: f(self.outbound), inbound: f(self.inbound) }
    }
}

/// When a left turn has its own green beside the through green of its direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LeftOrder {
    /// At the beginning of the through green (Vorlauf).
    #[default]
    Leads,
    /// At the end of the through green (Nachlauf).
    Lags,
    /// The optimiser chooses.
    Either,
}

/// The protected left turn of one direction.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LeftTurn {
    /// Its green as a share of the cycle; 0 without one. The red of the opposing direction contains it.
    pub green: f64,
    /// When it comes.
    pub order: LeftOrder,
}

/// One signal of the arterial, as its through greens see it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct BandSignal {
    /// Red (no through green) as a share of the cycle, in `[0, 1)`.
    pub red: Both<f64>,
    /// How much later the centre of the inbound red comes than that of the outbound red, as a share of the cycle.
    ///
    /// What left turns add to it is not included.
    pub internal_offset: f64,
    /// Left turns whose order shifts the two reds against each other.
    pub left: Both<LeftTurn>,
    /// Queue clearance: how much earlier than the arriving band the leaving one starts. At least 0.
    pub queue_clearance: Both<Span>,
}

impl BandSignal {
    /// A signal whose two directions are green together for all but `red` of the cycle.
    pub fn together(red: f64) -> Self {
        Self { red: Both::same(red), ..Self::default() }
    }

    /// The signal of a plan: the through green of each direction, in seconds of the plan's own cycle.
    ///
    /// The offset of the plan is the outbound start in [`super::GreenWave::starts`] less `outbound.start`.
    pub fn of_greens(outbound: Green, inbound: Green, cycle: Seconds) -> Self {
        let c = f64::from(cycle.0.max(1));
        let share = |g: Green| f64::from(g.duration.0) / c;
        let red_centre = |g: Green| (f64::from(g.start.0) - (c - f64::from(g.duration.0)) / 2.0) / c;
        Self {
            red: Both { outbound: 1.0 - share(outbound), inbound: 1.0 - share(inbound) },
            // A shift by whole cycles changes nothing.
            internal_offset: (red_centre(inbound) - red_centre(outbound)).rem_euclid(1.0),
            ..Self::default()
        }
    }
}

/// The speeds allowed on a link.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeedRange {
    /// Slowest progression speed, above 0.
    pub slowest: Speed,
    /// Fastest progression speed.
    pub fastest: Speed,
}

impl SpeedRange {
    /// Exactly one speed.
    pub fn fixed(speed: Speed) -> Self {
        Self { slowest: speed, fastest: speed }
    }
}

/// A link from one signal to the next, stop line to stop line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BandLink {
    /// Length of each direction.
    pub length: Both<Length>,
    /// Progression speeds of each direction.
    pub speed: Both<SpeedRange>,
}

impl BandLink {
    /// A link that is the same both ways.
    pub fn symmetric(length: Length, speed: SpeedRange) -> Self {
        Self { length: Both::same(length), speed: Both::same(speed) }
    }
}

/// How the signals follow each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shape {
    /// From the first signal to the last: one link fewer than signals.
    #[default]
    Open,
    /// The last signal leads back to the first: as many links as signals, outbound once round.
    ///
    /// The offsets around the ring add up to a whole number of cycles. The band runs once round, from the first signal
    /// to the first signal; it may come back at another second of the green than it left.
    Ring,
    /// A ring whose band comes back where it left, so that it runs round and round.
    ///
    /// The travel time around is then a whole number of cycles, both ways: much to ask of a fixed speed.
    EndlessRing,
}

/// What is maximised.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Preference {
    /// Two bands of the same width.
    #[default]
    Equal,
    /// The weighted sum of the two widths, neither weight negative; a weight of 0 makes the wave one-way.
    Weights(Both<f64>),
    /// Little's target ratio `k`, inbound over outbound, above 0: maximises `b + k b̄`; the favoured band is at least as
    /// much wider as the ratio says. 1 bounds nothing.
    Ratio(f64),
}

/// A green-wave problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Arterial {
    /// The signals in outbound order, at least two.
    pub signals: Vec<BandSignal>,
    /// The links: number i leads from signal i to the next one.
    pub links: Vec<BandLink>,
    /// Open or closed.
    pub shape: Shape,
    /// Shortest and longest common cycle; equal for a given one.
    pub cycle: (Span, Span),
    /// What is maximised.
    pub preference: Preference,
    /// How much the pace may change from one link to the next, in seconds per kilometre; `None` for no bound.
    pub pace_change_s_per_km: Option<f64>,
    /// The number of linear programs after which the best wave so far is returned, with a bound.
    pub node_limit: usize,
}

impl Arterial {
    /// An open arterial with equal bands and no bound on the change of pace.
    pub fn open(signals: Vec<BandSignal>, links: Vec<BandLink>, cycle: (Span, Span)) -> Self {
        Self {
            signals,
            links,
            shape: Shape::Open,
            cycle,
            preference: Preference::Equal,
            pace_change_s_per_km: None,
            node_limit: 20_000,
        }
    }

    /// The same signals closed to a ring; the last link leads back.
    pub fn ring(signals: Vec<BandSignal>, links: Vec<BandLink>, cycle: (Span, Span)) -> Self {
        Self { shape: Shape::Ring, ..Self::open(signals, links, cycle) }
    }

    /// The number of signals passed by a band: a ring passes its first one twice.
    pub(super) fn stations(&self) -> usize {
        self.signals.len() + usize::from(self.shape != Shape::Open)
    }

    /// The signal of a station.
    pub(super) fn at(&self, station: usize) -> &BandSignal {
        &self.signals[station % self.signals.len()]
    }

    /// Holds every field against its range.
    pub(super) fn check(&self) -> Result<(), BandError> {
        let bad = |field: String, rule: &'static str| Err(BandError::BadInput { field, rule });
        if self.signals.len() < 2 {
            return bad("signals".into(), "there must be at least two");
        }
        if self.links.len() + 1 != self.stations() {
            return bad("links".into(), "an open arterial has one fewer than signals, a ring as many");
        }
        let (shortest, longest) = (self.cycle.0.seconds(), self.cycle.1.seconds());
        if !(shortest.is_finite() && longest.is_finite() && shortest >= 1.0 && shortest <= longest) {
            return bad("cycle".into(), "must run from at least 1 s upwards");
        }
        if self.pace_change_s_per_km.is_some_and(|p| !p.is_finite() || p < 0.0) {
            return bad("pace_change_s_per_km".into(), "must be at least 0");
        }
        match self.preference {
            Preference::Equal => {}
            Preference::Weights(w) => {
                let sum = w.outbound + w.inbound;
                if !(w.outbound >= 0.0 && w.inbound >= 0.0 && sum > 0.0 && sum.is_finite()) {
                    return bad("preference".into(), "weights must be at least 0, and one above 0");
                }
            }
            Preference::Ratio(k) if k.is_finite() && k > 0.0 => {}
            Preference::Ratio(_) => return bad("preference".into(), "the ratio must be above 0"),
        }
        for (i, signal) in self.signals.iter().enumerate() {
            signal.check(i)?;
        }
        self.links.iter().enumerate().try_for_each(|(i, link)| link.check(i))
    }
}

impl BandSignal {
    fn check(&self, i: usize) -> Result<(), BandError> {
        let bad = |field: &str, rule: &'static str| Err(BandError::BadInput { field: format!("signals[{i}].{field}"), rule });
        for (red, left, clearance) in [
            (self.red.outbound, self.left.outbound.green, self.queue_clearance.outbound),
            (self.red.inbound, self.left.inbound.green, self.queue_clearance.inbound),
        ] {
            if !(0.0..1.0).contains(&red) {
                return bad("red", "must be at least 0 and below 1");
            }
            if !(0.0..1.0).contains(&left) {
                return bad("left.green", "must be at least 0 and below 1");
            }
            if !(0.0..=600.0).contains(&clearance.seconds()) {
                return bad("queue_clearance", "must be at least 0 s and at most 600 s");
            }
        }
        if !(-1.0..=1.0).contains(&self.internal_offset) {
            return bad("internal_offset", "must be between -1 and 1");
        }
        Ok(())
    }
}

impl BandLink {
    fn check(&self, i: usize) -> Result<(), BandError> {
        let bad = |field: &str, rule: &'static str| Err(BandError::BadInput { field: format!("links[{i}].{field}"), rule });
        for (length, speed) in [(self.length.outbound, self.speed.outbound), (self.length.inbound, self.speed.inbound)] {
            if !(length > Length::ZERO && length.in_metres() <= 100_000.0) {
                return bad("length", "must be above 0 m and at most 100 km");
            }
            let (slowest, fastest) = (speed.slowest.get(), speed.fastest.get());
            if !(slowest >= 0.1 && slowest <= fastest && fastest.is_finite()) {
                return bad("speed", "must run from at least 0.1 m/s upwards");
            }
        }
        Ok(())
    }
}
