//! Branch and bound over the integers, around the linear relaxation.
//!
//! Depth first, the side nearer to the relaxation first, so that a wave is found early; ties go to the lower index, so
//! that the result is a function of the problem alone.

use super::BandError;
use super::problem::Arterial;
use super::program::{Integers, Point, relax};
use crate::branching::{BETTER, Open, Ranges, WHOLE, push_children};

/// What a search came to.
pub(super) struct Outcome {
    /// The best wave.
    pub(super) best: Point,
    /// No wave is better than this objective.
    pub(super) bound: f64,
    /// Linear programs solved.
    pub(super) nodes: usize,
}

/// The best wave of the problem.
pub(super) fn search(arterial: &Arterial, integers: &Integers) -> Result<Outcome, BandError> {
    let mut best: Option<Point> = None;
    let mut open = vec![Open { ranges: integers.bounds.clone(), bound: f64::INFINITY }];
    let mut nodes = 0;
    let is_better = |bound: f64, best: &Option<Point>| best.as_ref().is_none_or(|b| bound > b.objective + BETTER);
    while let Some(node) = open.pop() {
        if !is_better(node.bound, &best) {
            continue;
        }
        if nodes == arterial.node_limit {
            open.push(node);
            break;
        }
        nodes += 1;
        let Some(point) = relax(arterial, integers, &node.ranges)? else { continue };
        if !is_better(point.objective, &best) {
            continue;
        }
        match branch_index(&point, &node.ranges) {
            Some(index) => push_children(&mut open, node.ranges, (index, point.integers[index]), point.objective),
            None => best = Some(point),
        }
    }
    let left = open.iter().map(|n| n.bound);
    match best {
        Some(best) => {
            let bound = left.fold(best.objective, f64::max);
            Ok(Outcome { best: settle(arterial, integers, best)?, bound, nodes })
        }
        None if open.is_empty() => Err(BandError::Infeasible),
        None => Err(BandError::NodeLimit { nodes }),
    }
}

/// The same wave with its integers exactly whole.
fn settle(arterial: &Arterial, integers: &Integers, mut best: Point) -> Result<Point, BandError> {
    for value in &mut best.integers {
        *value = value.round();
    }
    let fixed: Ranges = best.integers.iter().map(|&v| (v as i32, v as i32)).collect();
    Ok(relax(arterial, integers, &fixed)?.unwrap_or(best))
}

/// The integer that is furthest from whole.
fn branch_index(point: &Point, ranges: &Ranges) -> Option<usize> {
    let distance = |x: f64| (x - x.round()).abs();
    let candidates = point.integers.iter().enumerate().filter(|&(i, &x)| distance(x) > WHOLE && ranges[i].0 < ranges[i].1);
    candidates
        .fold(None, |best: Option<(usize, f64)>, (i, &x)| match best {
            Some((_, d)) if d >= distance(x) => best,
            _ => Some((i, distance(x))),
        })
        .map(|(i, _)| i)
}
