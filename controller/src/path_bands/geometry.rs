//! Bands of given offsets, by geometry: where the search begins, and what every relaxation is worth.

use super::loops::{Hop, Integers, ends, share};
use super::problem::{BandAim, PathNetwork};
use crate::branching::Ranges;
use model::quantity::Span;

/// Offsets and patterns of every signal, and the cycle.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Setting {
    pub(super) cycle: Span,
    /// Shares of the cycle.
    pub(super) offsets: Vec<f64>,
    pub(super) patterns: Vec<usize>,
}

/// A band of a path.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Found {
    width: f64,
    /// When its front passes the first station.
    front: f64,
    /// How slowly it goes: 0 in the shortest, 1 in the longest travel times.
    pace: f64,
}

/// Offsets that the climb tries, parts of the cycle.
const STEPS: usize = 60;
/// Rounds of the climb at most.
const ROUNDS: usize = 20;
/// A hair, in cycles.
const HAIR: f64 = 1e-9;

/// The bands of a network by geometry.
#[derive(Debug)]
pub(super) struct Geometry<'a> {
    network: &'a PathNetwork,
    /// By signal: the paths that pass it.
    passing: Vec<Vec<usize>>,
    /// What a path costs that must have a band and has none: more than all bands are worth.
    missing: f64,
}

impl<'a> Geometry<'a> {
    pub(super) fn new(network: &'a PathNetwork) -> Self {
        let passes = |s: usize, p: usize| network.paths[p].stations.iter().any(|st| st.signal == s);
        let passing = (0..network.signals.len()).map(|s| (0..network.paths.len()).filter(|&p| passes(s, p)).collect());
        let missing = 1.0 + network.paths.iter().map(|p| p.weight).sum::<f64>();
        Self { network, passing: passing.collect(), missing }
    }

    /// What the bands of a setting are worth; less than 0 where a path has none that must have one.
    pub(super) fn worth(&self, setting: &Setting) -> f64 {
        let all: Vec<usize> = (0..self.network.paths.len()).collect();
        self.worth_of(&all, setting)
    }

    fn worth_of(&self, paths: &[usize], setting: &Setting) -> f64 {
        let (mut sum, mut narrowest, mut missing) = (0.0, 1.0_f64, 0);
        for &p in paths {
            match self.widest(p, setting) {
                Some(found) => {
                    sum += self.network.paths[p].weight * found.width;
                    narrowest = narrowest.min(found.width);
                }
                None => missing += usize::from(self.network.requires(p)),
            }
        }
        if missing > 0 {
            return -self.missing * missing as f64;
        }
        if self.network.aim == BandAim::Narrowest { narrowest } else { sum }
    }

    /// The widest band of a path; `None` where there is none that counts.
    fn widest(&self, p: usize, setting: &Setting) -> Option<Found> {
        let path = &self.network.paths[p];
        let free = path.stations[1..].iter().any(|s| s.travel.0 < s.travel.1);
        let paces: &[f64] = if free { &[0.0, 0.5, 1.0] } else { &[0.0] };
        let found = paces.iter().filter_map(|&pace| self.widest_at(p, setting, pace));
        let best = found.fold(None, |best: Option<Found>, f| match best {
            Some(b) if b.width + HAIR >= f.width => Some(b),
            _ => Some(f),
        });
        best.filter(|f| f.width >= path.least)
    }

    /// The width falls with the front but where a green begins, so only those fronts are looked at.
    fn widest_at(&self, p: usize, setting: &Setting, pace: f64) -> Option<Found> {
        let mut elapsed = 0.0;
        let mut greens = Vec::with_capacity(self.network.paths[p].stations.len());
        for (i, station) in self.network.paths[p].stations.iter().enumerate() {
            elapsed += if i == 0 { 0.0 } else { share(station.later(), pace, setting.cycle) };
            let green = station.greens[setting.patterns[station.signal]];
            let start = setting.offsets[station.signal] + green.start - elapsed;
            greens.push((start, green.length, self.network.signals[station.signal].period()));
        }
        let mut best: Option<Found> = None;
        for &(start, _, period) in &greens {
            for front in [Some(start), (period < 1.0).then_some(start + period)].into_iter().flatten() {
                let left = greens.iter().map(|&(start, length, period)| length - into(front - start, period));
                let width = left.fold(self.network.paths[p].enough, f64::min);
                if width > best.map_or(-HAIR, |b| b.width + HAIR) {
                    best = Some(Found { width: width.max(0.0), front, pace });
                }
            }
        }
        best
    }

    /// Changes one signal after the other, as long as it makes the bands worth more.
    pub(super) fn climb(&self, setting: &mut Setting) {
        for _ in 0..ROUNDS {
            let mut changed = false;
            for signal in 0..self.network.signals.len() {
                changed |= self.improve(signal, setting);
            }
            if !changed {
                break;
            }
        }
    }

    fn improve(&self, signal: usize, setting: &mut Setting) -> bool {
        let all: Vec<usize>;
        let paths = if self.network.aim == BandAim::Narrowest {
            all = (0..self.network.paths.len()).collect();
            &all
        } else {
            &self.passing[signal]
        };
        let (mut best, mut worth) = (None, self.worth_of(paths, setting));
        let before = (setting.offsets[signal], setting.patterns[signal]);
        for pattern in 0..self.network.signals[signal].patterns {
            for step in 0..STEPS {
                setting.offsets[signal] = before.0 + step as f64 / STEPS as f64;
                setting.patterns[signal] = pattern;
                let with = self.worth_of(paths, setting);
                if with > worth + HAIR {
                    (best, worth) = (Some((setting.offsets[signal], pattern)), with);
                }
            }
        }
        (setting.offsets[signal], setting.patterns[signal]) = best.unwrap_or(before);
        best.is_some()
    }

    /// Every integer as the bands of a setting have it; paths without band have none.
    pub(super) fn whole(&self, integers: &Integers, setting: &Setting) -> Ranges {
        let mut offsets = setting.offsets.clone();
        let bands: Vec<Option<Found>> = (0..self.network.paths.len()).map(|p| self.widest(p, setting)).collect();
        let mut walks = self.walks(&bands, setting, &offsets);
        // Offsets half a cycle later, so that the first station at each signal has its first green.
        let mut met = vec![false; offsets.len()];
        for (p, path) in self.network.paths.iter().enumerate() {
            for (i, station) in path.stations.iter().enumerate() {
                let first = !std::mem::replace(&mut met[station.signal], true);
                if first && walks[p][i].second {
                    offsets[station.signal] += 0.5;
                }
            }
        }
        walks = self.walks(&bands, setting, &offsets);
        let mut ranges = vec![(0, 0); integers.bounds.len()];
        let mut set = |index: Option<usize>, value: i32| index.into_iter().for_each(|i| ranges[i] = (value, value));
        let later = self.whole_cycles(integers, &walks);
        for (p, path) in self.network.paths.iter().enumerate() {
            set(integers.has_band[p], i32::from(bands[p].is_some()));
            for i in 0..path.stations.len() {
                set(integers.second[p][i], i32::from(walks[p][i].second));
                if i > 0 {
                    let (from, to) = ends(self.network, Hop { path: p, station: i - 1 });
                    set(integers.loops[p][i - 1], walks[p][i].cycles - walks[p][i - 1].cycles - later[to] + later[from]);
                }
            }
        }
        for (signal, own) in integers.patterns.iter().enumerate() {
            own.iter().enumerate().for_each(|(k, &i)| set(Some(i), i32::from(setting.patterns[signal] == k + 1)));
        }
        ranges
    }

    /// How the band of each path meets the greens; a path without one goes from the start of its first green.
    fn walks(&self, bands: &[Option<Found>], setting: &Setting, offsets: &[f64]) -> Vec<Vec<Met>> {
        let walk = |(p, band): (usize, &Option<Found>)| {
            let stations = &self.network.paths[p].stations;
            let start = |i: usize| {
                let signal = stations[i].signal;
                offsets[signal] + stations[i].greens[setting.patterns[signal]].start
            };
            let (mut front, pace) = band.map_or((start(0), 0.0), |b| (b.front, b.pace));
            let met = (0..stations.len()).map(|i| {
                front += if i == 0 { 0.0 } else { share(stations[i].later(), pace, setting.cycle) };
                let since = front - start(i);
                let twice = self.network.signals[stations[i].signal].twice;
                let periods = if twice { (2.0 * since + HAIR).floor() } else { 2.0 * (since + HAIR).floor() };
                Met { cycles: (periods / 2.0).floor() as i32, second: twice && periods.rem_euclid(2.0) > 0.5 }
            });
            met.collect()
        };
        bands.iter().enumerate().map(walk).collect()
    }

    /// By how many cycles each signal has to be later so that the hops of the tree need none.
    fn whole_cycles(&self, integers: &Integers, walks: &[Vec<Met>]) -> Vec<i32> {
        let mut later = vec![0; self.network.signals.len()];
        for &signal in &integers.order {
            let Some((hop, forward)) = integers.parents[signal] else { continue };
            let (from, to) = ends(self.network, hop);
            let needed = walks[hop.path][hop.station + 1].cycles - walks[hop.path][hop.station].cycles;
            later[signal] = if forward { later[from] + needed } else { later[to] - needed };
        }
        later
    }
}

/// The green in which a band meets a station: so many whole cycles on, the first or the second one.
#[derive(Debug, Clone, Copy)]
struct Met {
    cycles: i32,
    second: bool,
}

/// How long a green has shown; a hair before its start counts as its start.
fn into(since_start: f64, period: f64) -> f64 {
    let into = since_start.rem_euclid(period);
    if into > period - HAIR { 0.0 } else { into }
}
