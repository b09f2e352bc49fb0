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
use model::quantity::Length;
use model::scenario::file::reference;
use std::collections::BTreeMap;

/// Approaches that face each other by more than this are opposite, in radians.
const OPPOSITE: f64 = 2.2;

/// Gives right of way to the movements of every junction that states none.
pub(super) fn settle(net: &Net, movements: &mut [Way], notes: &mut Notes) {
    let mut at: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (i, way) in movements.iter().enumerate() {
        let junction = &net.junctions[way.junction];
        if junction.kind == "unregulated" && junction.requests.is_empty() && way.signal.is_none() {
            at.entry(way.junction).or_default().push(i);
        }
    }
    for (junction, ways) in at {
        let pairs = meeting(movements, &ways);
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
fn meeting(movements: &[Way], ways: &[usize]) -> Vec<[usize; 2]> {
    let line = |w: usize| Polyline::new(movements[w].file.shape_m.iter().map(|p| Point::new(p[0], p[1])));
    let lines: Vec<(usize, Polyline)> = ways.iter().filter_map(|&w| Some((w, line(w)?))).collect();
    let mut pairs = Vec::new();
    for (i, (a, shape)) in lines.iter().enumerate() {
        for (b, other) in &lines[i + 1..] {
            let (one, two) = (&movements[*a], &movements[*b]);
            if one.links.0 == two.links.0 || conflict_stretches(shape, other).is_none() {
                continue;
            }
            let first_yields = yields((one.file.turn, shape), (two.file.turn, other));
            pairs.extend(first_yields.map(|first| if first { [*a, *b] } else { [*b, *a] }));
        }
    }
    pairs
}

/// Whether the first of two movements from different links yields to the second; `None` where neither does.
fn yields((turn, shape): (Turn, &Polyline), (other_turn, other): (Turn, &Polyline)) -> Option<bool> {
    let heading = |line: &Polyline| line.pose(Length::ZERO).heading;
    let between = turn_angle(heading(shape), heading(other));
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

    /// A straight line through a crossroads, from one side to another.
    fn way(from: [f64; 2], to: [f64; 2]) -> Polyline {
        Polyline::new([from, [0.0, 0.0], to].map(|[x, y]| Point::new(x, y))).expect("it has an extent")
    }

    const SOUTH: [f64; 2] = [0.0, -10.0];
    const NORTH: [f64; 2] = [0.0, 10.0];
    const EAST: [f64; 2] = [10.0, 0.0];
    const WEST: [f64; 2] = [-10.0, 0.0];

    #[test]
    fn whoever_comes_from_the_right_goes_first() {
        let (northward, westward) = (way(SOUTH, NORTH), way(EAST, WEST));
        assert_eq!(yields((Turn::Straight, &northward), (Turn::Straight, &westward)), Some(true));
        assert_eq!(yields((Turn::Straight, &westward), (Turn::Straight, &northward)), Some(false));
        let left = way(EAST, SOUTH);
        assert_eq!(yields((Turn::Straight, &northward), (Turn::Left, &left)), Some(true), "however it goes on");
    }

    #[test]
    fn whoever_turns_left_lets_those_pass_who_come_towards_them() {
        let (left, oncoming) = (way(SOUTH, WEST), way(NORTH, SOUTH));
        assert_eq!(yields((Turn::Left, &left), (Turn::Straight, &oncoming)), Some(true));
        assert_eq!(yields((Turn::Left, &left), (Turn::Left, &way(NORTH, EAST))), None);
    }
}
