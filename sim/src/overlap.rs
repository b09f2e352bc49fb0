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
use std::collections::BTreeSet;

/// Side of a cell of the search grid, in metres: no two rectangles touch whose centres lie further apart.
const CELL: f64 = 10.0;
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
    let front = pose_on(roads, row, track, row.position).at;
    let rear = pose_on(roads, row, track, row.rear()).at;
    let angle = model::maths::atan2(front.y - rear.y, front.x - rear.x);
    Footprint { centre: front.lerp(rear, 0.5), angle, length: row.length, width: fleet.types[row.kind].width.get() }
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
    let mut found = BTreeSet::new();
    // In order of the cells, all that lie east or north of a rectangle are in two runs: the rest of its own cell and the
    // cell to the north, and the three cells to the east.
    let mut east = 0;
    for (i, one) in prints.iter().enumerate() {
        let (x, y) = one.cell;
        while prints.get(east).is_some_and(|p| p.cell < (x + 1, y - 1)) {
            east += 1;
        }
        let north = prints[i + 1..].iter().take_while(|p| p.cell <= (x, y + 1));
        let east = prints[east..].iter().take_while(|p| p.cell <= (x + 1, y + 1));
        for other in north.chain(east).filter(|o| o.place != one.place && touch(one, o)) {
            found.insert([one.place.min(other.place), one.place.max(other.place)]);
        }
    }
    found
}

/// A rectangle of a row, and where it lies in the search grid.
struct Print {
    cell: (i32, i32),
    place: Place,
    rear: Point,
    front: Point,
    centre: Point,
    length: f64,
    width: f64,
}

/// The rectangles of every row, in the order of their cells.
fn prints(roads: &Roads, fleet: &Fleet, traffic: &Traffic) -> Vec<Print> {
    let cell = |p: Point| ((p.x / CELL).floor() as i32, (p.y / CELL).floor() as i32);
    let mut prints = Vec::with_capacity(2 * traffic.count());
    for &track in &traffic.active {
        for (i, row) in traffic.queue(track).iter().enumerate() {
            let parts = (row.length / LONGEST).ceil().max(1.0);
            let (length, width) = (row.length / parts, fleet.types[row.kind].width.get());
            let mut rear = pose_on(roads, row, track, row.rear()).at;
            for k in 1..=parts as u32 {
                let front = pose_on(roads, row, track, row.rear() + f64::from(k) * length).at;
                let centre = front.lerp(rear, 0.5);
                prints.push(Print { cell: cell(centre), place: (track, i), rear, front, centre, length, width });
                rear = front;
            }
        }
    }
    prints.sort_by_key(|p| p.cell);
    prints
}

fn touch(a: &Print, b: &Print) -> bool {
    let reach = 0.5 * (a.length + b.length + a.width + b.width);
    let (x, y) = (b.centre.x - a.centre.x, b.centre.y - a.centre.y);
    if x * x + y * y > reach * reach {
        return false;
    }
    let angle = |p: &Print| model::maths::atan2(p.front.y - p.rear.y, p.front.x - p.rear.x) as f32;
    let shape = |p: &Print| Cuboid::new(Vector::new((0.5 * p.length - MARGIN) as f32, (0.5 * p.width - MARGIN) as f32));
    // Coordinates relative to one of the two: single precision is ample over a few metres.
    let place = Placement::new(Vector::new(x as f32, y as f32), angle(b));
    let origin = Placement::new(Vector::ZERO, angle(a));
    intersection_test(&origin, &shape(a), &place, &shape(b)).is_ok_and(|hit| hit.intersecting)
}
