//! The overlap monitor: footprints of all vehicles, tested against each other where they are near.
//!
//! It shares nothing with car following but the positions: an independent eye. Footprints are rectangles from rear to
//! front bumper along the way driven, shrunk a little against rounding. A long vehicle is several rectangles in a row: its
//! driver swings out, or its body bends, so that it keeps to the lane, where a straight line from bumper to bumper would
//! cut the inside of a bend.

use crate::fleet::Fleet;
use crate::roads::{Kind, Roads, Track};
use crate::traffic::{Row, Traffic};
use model::geometry::{Point, Pose};
use model::quantity::Length;
use rapier2d::math::{Pose as Placement, Vector};
use rapier2d::parry::query::intersection_test;
use rapier2d::parry::shape::Cuboid;
use std::collections::{BTreeMap, BTreeSet};

/// Side of a cell of the search grid, in metres.
const CELL: f64 = 20.0;
/// No rectangle is longer than this, in metres: a car is one.
const LONGEST: f64 = 6.0;
/// Taken off each side of a footprint, in metres.
const MARGIN: f64 = 0.05;

/// A vehicle's rectangle on the ground.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Footprint {
    pub(crate) centre: Point,
    /// Direction of travel in radians, anticlockwise from east.
    pub(crate) angle: f64,
    pub(crate) length: f64,
    pub(crate) width: f64,
}

/// Where a point at a position on a track lies; negative positions reach back over the tracks behind.
pub(crate) fn pose_on(roads: &Roads, row: &Row, track: Track, position: f64) -> Pose {
    let (mut track, mut position) = (track, position);
    for &back in row.behind.iter().flatten() {
        if position >= 0.0 {
            break;
        }
        position += roads.length(back);
        track = back;
    }
    let (shape, length) = match roads.kind(track) {
        Kind::Lane(lane) => (&roads.network.lanes[lane].shape, roads.length(track)),
        Kind::Movement(m) => (&roads.network.movements[m].shape, roads.length(track)),
    };
    shape.pose(Length::metres(position * shape.length().get() / length))
}

/// The footprint of a row.
pub(crate) fn footprint(roads: &Roads, fleet: &Fleet, row: &Row, track: Track) -> Footprint {
    part(roads, fleet, row, track, (row.rear(), row.position))
}

/// The rectangle of a vehicle between two places along its way.
fn part(roads: &Roads, fleet: &Fleet, row: &Row, track: Track, (from, to): (f64, f64)) -> Footprint {
    let front = pose_on(roads, row, track, to).at;
    let rear = pose_on(roads, row, track, from).at;
    let angle = model::maths::atan2(front.y - rear.y, front.x - rear.x);
    Footprint { centre: front.lerp(rear, 0.5), angle, length: to - from, width: fleet.types[row.kind].width.get() }
}

/// How many pairs of vehicles touch.
pub(crate) fn count_overlaps(roads: &Roads, fleet: &Fleet, traffic: &Traffic) -> u64 {
    overlapping(roads, fleet, traffic).len() as u64
}

/// A row: its track and its index in the queue.
type Place = (Track, usize);

/// The pairs of rows whose footprints touch, each pair once.
pub(crate) fn overlapping(roads: &Roads, fleet: &Fleet, traffic: &Traffic) -> BTreeSet<[Place; 2]> {
    let prints = prints(roads, fleet, traffic);
    let mut grid: BTreeMap<(i32, i32), Vec<usize>> = BTreeMap::new();
    let cell = |p: Point| ((p.x / CELL).floor() as i32, (p.y / CELL).floor() as i32);
    for (i, (_, print)) in prints.iter().enumerate() {
        grid.entry(cell(print.centre)).or_default().push(i);
    }
    let mut found = BTreeSet::new();
    for (i, (key, print)) in prints.iter().enumerate() {
        let (x, y) = cell(print.centre);
        for near in (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (x + dx, y + dy))) {
            for &j in grid.get(&near).into_iter().flatten().filter(|&&j| j > i) {
                if *key != prints[j].0 && touch(print, &prints[j].1) {
                    found.insert([*key, prints[j].0]);
                }
            }
        }
    }
    found
}

/// The rectangles of every row, in the order of the rows.
fn prints(roads: &Roads, fleet: &Fleet, traffic: &Traffic) -> Vec<(Place, Footprint)> {
    let mut prints = Vec::new();
    for &track in &traffic.active {
        for (i, row) in traffic.queue(track).iter().enumerate() {
            let parts = (row.length / LONGEST).ceil().max(1.0);
            let size = row.length / parts;
            for k in 0..parts as u32 {
                let rear = row.rear() + f64::from(k) * size;
                prints.push(((track, i), part(roads, fleet, row, track, (rear, rear + size))));
            }
        }
    }
    prints
}

fn touch(a: &Footprint, b: &Footprint) -> bool {
    let reach = 0.5 * (a.length + b.length + a.width + b.width);
    if a.centre.distance(b.centre).get() > reach {
        return false;
    }
    let shape = |f: &Footprint| Cuboid::new(Vector::new((0.5 * f.length - MARGIN) as f32, (0.5 * f.width - MARGIN) as f32));
    // Coordinates relative to one of the two: single precision is ample over a few metres.
    let place = Placement::new(Vector::new((b.centre.x - a.centre.x) as f32, (b.centre.y - a.centre.y) as f32), b.angle as f32);
    let origin = Placement::new(Vector::ZERO, a.angle as f32);
    intersection_test(&origin, &shape(a), &place, &shape(b)).is_ok_and(|hit| hit.intersecting)
}
