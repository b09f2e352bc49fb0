//! What path bands are asked for: signals, paths, cycle, aim.

use crate::GreenShare;
use crate::maxband::BandError;
use model::quantity::Span;

/// A signal of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathSignal {
    /// How many patterns there are to choose from, at least one: the orders of its left turns, for example.
    pub patterns: usize,
    /// Whether it shows its greens twice in the common cycle (doppelter Umlauf), half a cycle apart.
    pub twice: bool,
}

impl Default for PathSignal {
    fn default() -> Self {
        Self { patterns: 1, twice: false }
    }
}

impl PathSignal {
    /// After which share of the cycle it shows the same again.
    pub(super) fn period(self) -> f64 {
        if self.twice { 0.5 } else { 1.0 }
    }
}

/// A signal on a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Station {
    /// The signal: its index.
    pub signal: usize,
    /// The green that the path finds there, one for each pattern of the signal; starts are relative to its offset.
    pub greens: Vec<GreenShare>,
    /// Shortest and longest travel time from the stop line before; that of the first station does not matter. At least 0.
    pub travel: (Span, Span),
    /// Time at stops on the way from the stop line before, beyond the travel time. At least 0.
    pub dwell: Span,
    /// Queue clearance: how much earlier than the arriving band the leaving one starts. At least 0.
    pub queue_clearance: Span,
}

impl Station {
    /// A signal with one pattern, reached in exactly this time.
    pub fn new(signal: usize, green: GreenShare, travel: Span) -> Self {
        let zero = Span::ZERO;
        Self { signal, greens: vec![green], travel: (travel, travel), dwell: zero, queue_clearance: zero }
    }

    /// Shortest and longest time by which the band comes later than at the station before.
    pub(super) fn later(&self) -> (Span, Span) {
        let more = self.dwell - self.queue_clearance;
        (self.travel.0 + more, self.travel.1 + more)
    }

    pub(super) fn longest_green(&self) -> f64 {
        self.greens.iter().map(|g| g.length).fold(0.0, f64::max)
    }
}

/// A sequence of signals that somebody passes in one go.
#[derive(Debug, Clone, PartialEq)]
pub struct BandPath {
    /// The signals in driving order, at least two.
    pub stations: Vec<Station>,
    /// How much its width counts, at least 0: a flow, for example.
    pub weight: f64,
    /// A narrower band is none: a share of the cycle.
    pub least: f64,
    /// A wider band counts no more, and is not made: a share of the cycle, at least `least`. 1 where any width is welcome.
    ///
    /// Without it the widest sum is often one whole green for one path and nothing for another.
    pub enough: f64,
    /// Whether it must have a band.
    pub required: bool,
}

impl BandPath {
    /// A path that may go without a band.
    pub fn new(stations: Vec<Station>, weight: f64) -> Self {
        Self { stations, weight, least: 0.0, enough: 1.0, required: false }
    }

    /// The widest band that its greens allow and that counts.
    pub(super) fn widest(&self) -> f64 {
        self.stations.iter().map(Station::longest_green).fold(self.enough, f64::min)
    }
}

/// What is maximised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BandAim {
    /// The sum of widths, each times the weight of its path.
    #[default]
    Sum,
    /// The narrowest band; every path must have one, and weights do not matter.
    Narrowest,
}

/// A problem of path bands.
#[derive(Debug, Clone, PartialEq)]
pub struct PathNetwork {
    /// The signals.
    pub signals: Vec<PathSignal>,
    /// The paths.
    pub paths: Vec<BandPath>,
    /// Shortest and longest common cycle; equal for a given one.
    pub cycle: (Span, Span),
    /// What is maximised.
    pub aim: BandAim,
    /// Offsets with which the search may begin, shares of the cycle; none are needed.
    pub beginnings: Vec<Vec<f64>>,
    /// The number of nodes after which the best bands so far are returned, with a bound.
    pub node_limit: usize,
}

impl PathNetwork {
    /// Paths through so many signals, each with one pattern shown once in a given cycle.
    pub fn new(signals: usize, paths: Vec<BandPath>, cycle: Span) -> Self {
        Self {
            signals: vec![PathSignal::default(); signals],
            paths,
            cycle: (cycle, cycle),
            aim: BandAim::Sum,
            beginnings: Vec::new(),
            node_limit: 20_000,
        }
    }

    /// Whether a path must have a band.
    pub(super) fn requires(&self, path: usize) -> bool {
        self.paths[path].required || self.aim == BandAim::Narrowest
    }

    /// Holds every field against its range.
    pub(super) fn check(&self) -> Result<(), BandError> {
        let bad = |field: String, rule: &'static str| Err(BandError::BadInput { field, rule });
        if self.paths.is_empty() {
            return bad("paths".into(), "there must be at least one");
        }
        let (shortest, longest) = (self.cycle.0.seconds(), self.cycle.1.seconds());
        if !(shortest.is_finite() && longest.is_finite() && shortest >= 1.0 && shortest <= longest) {
            return bad("cycle".into(), "must run from at least 1 s upwards");
        }
        if let Some(i) = self.signals.iter().position(|s| s.patterns == 0) {
            return bad(format!("signals[{i}].patterns"), "must be at least one");
        }
        for (i, offsets) in self.beginnings.iter().enumerate() {
            if offsets.len() != self.signals.len() || offsets.iter().any(|o| !o.is_finite()) {
                return bad(format!("beginnings[{i}]"), "must have one finite offset for each signal");
            }
        }
        self.paths.iter().enumerate().try_for_each(|(p, path)| self.check_path(p, path))
    }

    fn check_path(&self, p: usize, path: &BandPath) -> Result<(), BandError> {
        let bad = |field: &str, rule: &'static str| Err(BandError::BadInput { field: format!("paths[{p}]{field}"), rule });
        if path.stations.len() < 2 {
            return bad(".stations", "there must be at least two");
        }
        if !(path.weight >= 0.0 && path.weight.is_finite()) {
            return bad(".weight", "must be at least 0");
        }
        if !(0.0..=1.0).contains(&path.least) {
            return bad(".least", "must be between 0 and 1");
        }
        if !(path.least..=1.0).contains(&path.enough) {
            return bad(".enough", "must be between the least width and 1");
        }
        for (i, station) in path.stations.iter().enumerate() {
            let bad = |field: &str, rule| bad(&format!(".stations[{i}].{field}"), rule);
            let Some(signal) = self.signals.get(station.signal) else {
                return bad("signal", "must be one of the signals");
            };
            if i > 0 && path.stations[i - 1].signal == station.signal {
                return bad("signal", "must be another than that of the station before");
            }
            if station.greens.len() != signal.patterns {
                return bad("greens", "must be one for each pattern of the signal");
            }
            if !station.greens.iter().all(|g| g.makes_sense() && g.length <= signal.period()) {
                return bad("greens", "must be longer than 0 and no longer than the time after which they are shown again");
            }
            if !(station.travel.0 >= Span::ZERO && station.travel.0 <= station.travel.1 && station.travel.1.seconds() <= 3600.0) {
                return bad("travel", "must run from at least 0 s upwards, to an hour at most");
            }
            let up_to = |span: Span, most: f64| (0.0..=most).contains(&span.seconds());
            if !up_to(station.dwell, 3600.0) {
                return bad("dwell", "must be at least 0 s and at most an hour");
            }
            if !up_to(station.queue_clearance, 600.0) {
                return bad("queue_clearance", "must be at least 0 s and at most 600 s");
            }
        }
        Ok(())
    }
}
