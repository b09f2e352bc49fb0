//! Junctions for which the network states no right of way: right before left, as the law has it.
//!
//! SUMO lets everyone drive through an `unregulated` junction at once and through each other. Here nobody can, and where nobody
//! gives way, vehicles that meet in the middle would stand there for ever.
//!
//! Source: StVO § 8 (1) and § 9 (3): without signs, whoever comes from the right goes first, and whoever turns left lets those
//! pass who come towards them.

use super::network::{Way, name};
use super::notes::Notes;
use super::raw::Net;
use model::geometry::{Point, Polyline, turn_angle};
use model::network::{Turn, conflict_stretches};
use model::scenario::file::{LinkFile, reference};
use std::collections::BTreeMap;

/// Approaches that face each other by more than this are opposite, in radians.
const OPPOSITE: f64 = 2.2;

/// Gives right of way to the movements of every junction that states none.
pub(super) fn settle(net: &Net, links: &[LinkFile], movements: &mut [Way], notes: &mut Notes) {
    let mut at: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (i, way) in movements.iter().enumerate() {
        let junction = &net.junctions[way.junction];
        if junction.kind == "unregulated" && junction.requests.is_empty() && way.signal.is_none() {
            at.entry(way.junction).or_default().push(i);
        }
    }
    for (junction, ways) in at {
        let pairs = meeting(links, movements, &ways);
        if pairs.is_empty() {
            continue;
        }
        notes.add(
            "Right before left, because the network states no right of way, and in SUMO vehicles drive through each other: junction",
            net.junctions[junction].id.clone(),
        );
        for [yields, goes] in pairs {
            let other = reference(name(&movements[goes].file));
            movements[yields].file.yields_to.push(other);
            movements[yields].foes.push(goes);
            movements[goes].foes.push(yields);
        }
    }
}

/// The pairs of movements that meet, the one that gives way first.
fn meeting(links: &[LinkFile], movements: &[Way], ways: &[usize]) -> Vec<[usize; 2]> {
    let line = |w: usize| Polyline::new(movements[w].file.shape_m.iter().map(|p| Point::new(p[0], p[1])));
    let lines: Vec<(usize, Polyline)> = ways.iter().filter_map(|&w| Some((w, line(w)?))).collect();
    let mut pairs = Vec::new();
    for (i, (a, shape)) in lines.iter().enumerate() {
        for (b, other) in &lines[i + 1..] {
            let (one, two) = (&movements[*a], &movements[*b]);
            if one.links.0 == two.links.0 || conflict_stretches(shape, other).is_none() {
                continue;
            }
            let (Some(from), Some(other_from)) = (arrival(links, one), arrival(links, two)) else { continue };
            let first_yields = yields((one.file.turn, from), (two.file.turn, other_from));
            pairs.extend(first_yields.map(|first| if first { [*a, *b] } else { [*b, *a] }));
        }
    }
    pairs
}

/// The direction in which vehicles of a movement arrive: that of the end of its lane, for where a network has no inner lanes its own
/// shape leads straight to where it ends.
fn arrival(links: &[LinkFile], way: &Way) -> Option<(f64, f64)> {
    let lane = &links.get(way.links.0)?.lanes.get(way.file.from_lane as usize)?.shape_m;
    let line = Polyline::new(lane.iter().map(|p| Point::new(p[0], p[1])))?;
    Some(line.pose(line.length()).heading)
}

/// Whether the first of two movements from different links, each with the direction in which it arrives, yields to the second;
/// `None` where neither does.
fn yields((turn, heading): (Turn, (f64, f64)), (other_turn, other): (Turn, (f64, f64))) -> Option<bool> {
    let between = turn_angle(heading, other);
    if between.abs() <= OPPOSITE {
        return Some(between > 0.0);
    }
    let order = |turn: Turn| match turn {
        Turn::Straight => 0,
        Turn::Right => 1,
        Turn::Left => 2,
        Turn::UTurn => 3,
    };
    (order(turn) != order(other_turn)).then(|| order(turn) > order(other_turn))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NORTHWARD: (f64, f64) = (0.0, 1.0);
    const SOUTHWARD: (f64, f64) = (0.0, -1.0);
    /// From the right, as seen by whoever drives northward.
    const WESTWARD: (f64, f64) = (-1.0, 0.0);

    #[test]
    fn whoever_comes_from_the_right_goes_first() {
        for turn in [Turn::Straight, Turn::Left, Turn::Right] {
            assert_eq!(yields((Turn::Straight, NORTHWARD), (turn, WESTWARD)), Some(true), "however it goes on");
            assert_eq!(yields((turn, WESTWARD), (Turn::Straight, NORTHWARD)), Some(false));
        }
    }

    #[test]
    fn whoever_turns_left_lets_those_pass_who_come_towards_them() {
        assert_eq!(yields((Turn::Left, NORTHWARD), (Turn::Straight, SOUTHWARD)), Some(true));
        assert_eq!(yields((Turn::Left, NORTHWARD), (Turn::Left, SOUTHWARD)), None);
    }
}
