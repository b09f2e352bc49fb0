//! The bands: widths, cycle and offsets, read from the optimum of the program.

use super::loops::Integers;
use super::problem::PathNetwork;
use super::program::{missed, pattern};
use super::search::Outcome;
use crate::maxband::{BandError, Proof};
use model::quantity::Span;

/// How far a row may be off, in cycles.
const TOLERANCE: f64 = 1e-6;

/// A narrower band is none, in cycles.
const LEAST: f64 = 1e-7;

/// The green band (Grünband) of a path.
#[derive(Debug, Clone, PartialEq)]
pub struct PathBand {
    /// Its width as a share of the cycle.
    pub width: f64,
    /// When its front passes each station, counted from second 0 of the common cycle; the first in `[0, cycle)`.
    pub fronts: Vec<Span>,
}

/// Offsets and the bands that they make.
#[derive(Debug, Clone, PartialEq)]
pub struct PathBands {
    /// Common cycle.
    pub cycle: Span,
    /// Offset of each signal, in `[0, cycle)`.
    pub offsets: Vec<Span>,
    /// The signal from which the offset of each is counted, the first of those that paths join to it; its own offset is 0.
    pub counted_from: Vec<usize>,
    /// The pattern of each signal.
    pub patterns: Vec<usize>,
    /// The band of each path; `None` where it has none.
    pub bands: Vec<Option<PathBand>>,
    /// How good they are known to be: the sum of weights times widths, or the narrowest width, in cycles.
    pub proof: Proof,
}

/// Reads the bands and holds them against the rows once more.
pub(super) fn read(network: &PathNetwork, integers: &Integers, outcome: Outcome) -> Result<PathBands, BandError> {
    let Outcome { best, bound, nodes } = outcome;
    let worst = missed(network, integers, &best);
    if worst > TOLERANCE {
        return Err(BandError::Solver(format!("its answer misses a row by {worst:.1e} cycles")));
    }
    let cycle = Span::seconds_f64(best.cycle);
    let patterns: Vec<usize> = (0..network.signals.len()).map(|s| pattern(integers, &best, s)).collect();
    let band = |p: usize| {
        let width = best.widths[p].max(0.0);
        let first = &network.paths[p].stations[0];
        let second = integers.second[p][0].map_or(0.0, |i| best.integers[i].round() / 2.0);
        let start = best.offsets[first.signal] + first.greens[patterns[first.signal]].start + second;
        let mut front = cycle * within_cycle(start + best.into_green[p][0]);
        let mut fronts = vec![front];
        for &later in &best.later[p] {
            front += cycle * later;
            fronts.push(front);
        }
        (width > LEAST).then_some(PathBand { width, fronts })
    };
    let bands = (0..network.paths.len()).map(band).collect();
    Ok(PathBands {
        cycle,
        offsets: best.offsets.iter().map(|&o| cycle * within_cycle(o)).collect(),
        counted_from: integers.roots(network),
        patterns,
        bands,
        proof: Proof { objective: best.objective, bound: bound.max(best.objective), nodes },
    })
}

/// A share of the cycle in `[0, 1)`; a hair below 1 is 0.
fn within_cycle(share: f64) -> f64 {
    let share = share.rem_euclid(1.0);
    if share > 1.0 - 1e-9 { 0.0 } else { share }
}
