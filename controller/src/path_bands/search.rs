//! Branch and bound over the integers, the best bound first.
//!
//! Among equal bounds the newest node comes first, so that the search goes into depth; ties go to the lower index, so that the
//! result is a function of the problem alone.

use super::geometry::{Geometry, Setting};
use super::loops::Integers;
use super::problem::{BandAim, PathNetwork};
use super::program::{Point, pattern, relax};
use crate::branching::{BETTER, Open, Ranges, WHOLE, push_children};
use crate::maxband::BandError;
use model::quantity::Span;

/// Spread-out offsets that the climb begins with beside none and those of the problem.
const SPREAD: usize = 6;

/// What a search came to.
pub(super) struct Outcome {
    /// The best bands.
    pub(super) best: Point,
    /// No bands have a larger objective.
    pub(super) bound: f64,
    /// Nodes looked at.
    pub(super) nodes: usize,
}

struct Search<'a> {
    network: &'a PathNetwork,
    integers: &'a Integers,
    geometry: Geometry<'a>,
    best: Option<Point>,
}

/// The best bands of the problem.
pub(super) fn search(network: &PathNetwork, integers: &Integers) -> Result<Outcome, BandError> {
    let mut search = Search { network, integers, geometry: Geometry::new(network), best: None };
    search.begin()?;
    #[cfg(feature = "highs")]
    if let Some(outcome) = search.by_highs()? {
        return Ok(outcome);
    }
    let mut open = vec![Open { ranges: integers.bounds.clone(), bound: f64::INFINITY }];
    let mut nodes = 0;
    while let Some(node) = take_best(&mut open) {
        if !search.is_better(node.bound) {
            // No other bound is higher.
            open.clear();
            break;
        }
        if nodes == network.node_limit {
            open.push(node);
            break;
        }
        nodes += 1;
        let Some(point) = relax(network, integers, &node.ranges)? else { continue };
        search.make_the_most_of(&point)?;
        if !search.is_better(point.objective) {
            continue;
        }
        match branch_index(network, integers, &point, &node.ranges) {
            Some(index) => push_children(&mut open, node.ranges, (index, point.integers[index]), point.objective),
            None => search.settle(point)?,
        }
    }
    let left = open.iter().map(|n| n.bound);
    match search.best {
        Some(best) => Ok(Outcome { bound: left.fold(best.objective, f64::max), best, nodes }),
        None if open.is_empty() => Err(BandError::Infeasible),
        None => Err(BandError::NodeLimit { nodes }),
    }
}

fn take_best(open: &mut Vec<Open>) -> Option<Open> {
    let best = open.iter().enumerate().fold(None, |best: Option<(usize, f64)>, (i, node)| match best {
        Some((_, bound)) if bound > node.bound + BETTER => best,
        _ => Some((i, node.bound)),
    });
    best.map(|(i, _)| open.remove(i))
}

impl Search<'_> {
    fn is_better(&self, objective: f64) -> bool {
        self.best.as_ref().is_none_or(|b| objective > b.objective + BETTER)
    }

    /// Climbs from the offsets of the problem, from none, and from some spread by the golden ratio.
    fn begin(&mut self) -> Result<(), BandError> {
        let count = self.network.signals.len();
        let spread = (1..=SPREAD).map(|k| (0..count).map(|i| (k * (i + 1)) as f64 * 0.618_033_988_75 % 1.0).collect());
        let given = self.network.beginnings.iter().cloned();
        let beginnings: Vec<Vec<f64>> = given.chain([vec![0.0; count]]).chain(spread).collect();
        for offsets in beginnings {
            let cycle = (self.network.cycle.0 + self.network.cycle.1) / 2.0;
            let mut setting = Setting { cycle, offsets, patterns: vec![0; count] };
            self.geometry.climb(&mut setting);
            self.polish(&setting)?;
        }
        Ok(())
    }

    /// What `HiGHS` makes of the whole program, if anything; the better of its bands and of those that the climbs found.
    #[cfg(feature = "highs")]
    fn by_highs(&mut self) -> Result<Option<Outcome>, BandError> {
        let Some((point, bound)) = super::program::solve_whole(self.network, self.integers)? else { return Ok(None) };
        self.make_the_most_of(&point)?;
        self.settle(point)?;
        let nodes = self.network.node_limit;
        Ok(self.best.take().map(|best| Outcome { bound: bound.max(best.objective), best, nodes }))
    }

    /// The offsets of a relaxation have bands too.
    fn make_the_most_of(&mut self, point: &Point) -> Result<(), BandError> {
        let setting = self.setting(point);
        if self.is_better(self.geometry.worth(&setting)) { self.polish(&setting) } else { Ok(()) }
    }

    fn setting(&self, point: &Point) -> Setting {
        let patterns = (0..self.network.signals.len()).map(|s| pattern(self.integers, point, s)).collect();
        Setting { cycle: Span::seconds_f64(point.cycle), offsets: point.offsets.clone(), patterns }
    }

    /// The best bands that meet the greens as those of a setting do, and so on from their offsets.
    fn polish(&mut self, setting: &Setting) -> Result<(), BandError> {
        let mut setting = setting.clone();
        loop {
            let whole = self.geometry.whole(self.integers, &setting);
            let Some(point) = relax(self.network, self.integers, &whole)? else { return Ok(()) };
            if !self.is_better(point.objective) {
                return Ok(());
            }
            setting = self.setting(&point);
            self.geometry.climb(&mut setting);
            self.best = Some(point);
        }
    }

    /// A relaxation with whole integers, with them exactly whole.
    fn settle(&mut self, point: Point) -> Result<(), BandError> {
        let round = |&value: &f64| {
            let value = value.round() as i32;
            (value, value)
        };
        let mut ranges: Ranges = point.integers.iter().map(round).collect();
        // Paths without band may meet no green.
        for (range, (bounds, value)) in ranges.iter_mut().zip(self.integers.bounds.iter().zip(&point.integers)) {
            if (value - value.round()).abs() > WHOLE {
                *range = *bounds;
            }
        }
        let settled = relax(self.network, self.integers, &ranges)?.unwrap_or(point);
        if self.is_better(settled.objective) {
            self.best = Some(settled);
        }
        Ok(())
    }
}

/// The integer that is furthest from whole, times the weight that hangs on it. Those of paths without band do not matter.
fn branch_index(network: &PathNetwork, integers: &Integers, point: &Point, ranges: &Ranges) -> Option<usize> {
    let distance = |x: f64| (x - x.round()).abs();
    let without = |path: usize| integers.has_band[path].is_some_and(|i| point.integers[i] < WHOLE);
    let weight = |i: usize| if network.aim == BandAim::Sum { integers.weights[i].max(1e-12) } else { 1.0 };
    let open = |i: usize, x: f64| distance(x) > WHOLE && ranges[i].0 < ranges[i].1 && !integers.owners[i].is_some_and(without);
    let candidates = point.integers.iter().enumerate().filter(|&(i, &x)| open(i, x));
    let scored = candidates.map(|(i, &x)| (i, distance(x) * weight(i)));
    scored.reduce(|best, other| if other.1 > best.1 { other } else { best }).map(|(i, _)| i)
}
