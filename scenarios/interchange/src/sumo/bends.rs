//! Turns that SUMO lets pass each other although their drawn lines come too close: they are drawn more tightly.
//!
//! SUMO knows from its table who meets whom and moves vehicles along a line; whether two bodies would touch it does not
//! ask. Opposite left turns, which in the street pass in front of each other, are often drawn through one another.

use super::network::{Way, name, round};
use super::notes::Notes;
use model::geometry::{Point, Polyline};
use model::network::{CORRIDOR_WIDTH, Turn, conflict_stretches};
use model::quantity::Length;
use std::collections::BTreeMap;

/// Points of a line that is drawn anew.
const POINTS: usize = 16;

/// In how many steps a turn is drawn more and more tightly, the last a straight line.
const STEPS: usize = 20;

/// Draws turns more tightly until those that do not meet stay clear of each other.
pub(super) fn tighten(ways: &mut [Way], notes: &mut Notes) {
    for (i, j) in pairs(ways) {
        let [a, b] = [i, j].map(|w| course(&ways[w]));
        let (Some(a), Some(b)) = (a, b) else { continue };
        if conflict_stretches(&a, &b).is_none() {
            continue;
        }
        let found = (1..=STEPS).find_map(|step| {
            let tight = step as f64 / STEPS as f64;
            let [a, b] = [(i, &a), (j, &b)].map(|(w, line)| if turns(&ways[w]) { tightened(line, tight) } else { line.clone() });
            conflict_stretches(&a, &b).is_none().then_some([(i, a), (j, b)])
        });
        let Some(lines) = found else {
            let both = format!("{} and {}", name(&ways[i].file), name(&ways[j].file));
            notes.add(format!("Closer together than {} m, but not in each other's way in SUMO", CORRIDOR_WIDTH.get()), both);
            continue;
        };
        for (w, line) in lines {
            if !turns(&ways[w]) {
                continue;
            }
            notes.add("Drawn more tightly, to pass another clear of it as in SUMO: the turn", name(&ways[w].file));
            ways[w].file.shape_m = line.points().iter().map(|p| [p.x, p.y].map(round)).collect();
        }
    }
}

/// Ways of one junction with a table of who meets whom, from different links, that do not meet; one of them turns.
fn pairs(ways: &[Way]) -> Vec<(usize, usize)> {
    let mut at: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (w, way) in ways.iter().enumerate().filter(|(_, way)| !way.foes.is_empty()) {
        at.entry(way.junction).or_default().push(w);
    }
    let passes = |a: usize, b: usize| {
        let (one, other) = (&ways[a], &ways[b]);
        let meet = one.foes.contains(&b) || other.foes.contains(&a);
        a < b && one.links.0 != other.links.0 && !meet && (turns(one) || turns(other))
    };
    let all = at.values().flat_map(|here| here.iter().flat_map(move |&a| here.iter().map(move |&b| (a, b))));
    all.filter(|&(a, b)| passes(a, b)).collect()
}

/// Whether a way turns across the middle of the junction.
fn turns(way: &Way) -> bool {
    matches!(way.file.turn, Turn::Left | Turn::UTurn)
}

fn course(way: &Way) -> Option<Polyline> {
    Polyline::new(way.file.shape_m.iter().map(|p| Point::new(p[0], p[1])))
}

/// The line, drawn a share `tight` of the way towards the straight one.
fn tightened(line: &Polyline, tight: f64) -> Polyline {
    let (start, end) = (line.start(), line.end());
    let point = |i: usize| {
        let along = i as f64 / (POINTS - 1) as f64;
        line.pose(Length::metres(line.length().get() * along)).at.lerp(start.lerp(end, along), tight)
    };
    Polyline::new((0..POINTS).map(point)).unwrap_or_else(|| line.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(f64, f64)]) -> Polyline {
        Polyline::new(points.iter().map(|&(x, y)| Point::new(x, y))).unwrap()
    }

    #[test]
    fn a_turn_drawn_quite_tightly_is_straight() {
        let turn = line(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)]);
        assert!((tightened(&turn, 1.0).length().get() - 200.0f64.sqrt()).abs() < 1e-9);
        assert!((tightened(&turn, 0.0).length().get() - 20.0).abs() < 1.0);
    }
}
