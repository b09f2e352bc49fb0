//! The overlap monitor: footprints of all vehicles, tested against each other where they are near.
//!
//! It shares nothing with car following but the positions: an independent eye. Footprints are rectangles from rear to
//! front bumper along the way driven, shrunk a little against rounding. A long vehicle is several rectangles in a row: its
//! driver swings out, or its body bends, so that it keeps to the lane, where a straight line from bumper to bumper would
//! cut the inside of a bend.

use crate::fleet::Fleet;
use crate::perceive::part_count;
use crate::roads::{Roads, Track};
use crate::traffic::{Row, Traffic};
use crate::walking::Seen;
use bevy_ecs::resource::Resource;
use model::geometry::Point;
use rapier2d::math::{Pose as Placement, Rotation, Vector};
use rapier2d::parry::query::intersection_test;
use rapier2d::parry::shape::Cuboid;
use rayon::ThreadPool;
use rayon::prelude::*;
use std::ops::Range;

/// Side of a cell of the search grid, in metres: no two rectangles touch whose centres lie further apart.
const CELL: f64 = 10.0;
/// No rectangle is longer than this, in metres: a car is one.
const LONGEST: f64 = 6.0;
/// Taken off each side of a footprint, in metres.
const MARGIN: f64 = 0.05;
/// Half the room of somebody on foot, less such a margin, in metres.
const PERSON: f64 = 0.2;

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
pub(crate) fn place_on(roads: &Roads, row: &Row, track: Track, position: f64) -> Point {
    let (mut track, mut position) = (track, position);
    for back in row.behind.iter() {
        if position >= 0.0 {
            break;
        }
        position += roads.length(back);
        track = back;
    }
    roads.place(track, position)
}

/// The footprint of a row.
pub(crate) fn footprint(roads: &Roads, fleet: &Fleet, row: &Row, track: Track) -> Footprint {
    let front = place_on(roads, row, track, row.position);
    let rear = place_on(roads, row, track, row.rear());
    let angle = model::maths::atan2(front.y - rear.y, front.x - rear.x);
    Footprint { centre: front.lerp(rear, 0.5), angle, length: row.length, width: fleet.types[row.kind].width.get() }
}

/// A row: its track and its index in the queue.
pub(crate) type Place = (Track, u32);

/// A rectangle of a row.
#[derive(Debug, Clone, Copy)]
struct Print {
    place: Place,
    centre: Point,
    /// From the middle of its rear to that of its front.
    axis: (f64, f64),
    length: f64,
    width: f64,
    cell: (i32, i32),
}

impl Print {
    /// Direction of travel, of length 1.
    fn heading(&self) -> (f64, f64) {
        let (x, y) = self.axis;
        let scale = 1.0 / (x * x + y * y).sqrt().max(1e-9);
        (x * scale, y * scale)
    }

    /// Whether somebody on foot at a place touches it.
    fn is_touched(&self, at: Point) -> bool {
        let (x, y) = (at.x - self.centre.x, at.y - self.centre.y);
        let (cos, sin) = self.heading();
        let along = ((x * cos + y * sin).abs() - 0.5 * self.length).max(0.0);
        let aside = ((y * cos - x * sin).abs() - 0.5 * self.width).max(0.0);
        along * along + aside * aside < PERSON * PERSON
    }
}

/// The monitor. It keeps nothing from one look to the next but its memory.
#[derive(Debug, Default, Resource)]
pub(crate) struct Monitor {
    /// The rectangles, by part of the network.
    prints: Vec<Vec<Print>>,
    /// The rectangles by bucket, and where each bucket begins; a bucket is one cell or, by chance, several.
    sorted: Vec<Print>,
    starts: Vec<u32>,
}

impl Monitor {
    /// The pairs of rows whose footprints touch, each pair once and in order.
    pub(crate) fn overlapping(
        &mut self,
        roads: &Roads,
        fleet: &Fleet,
        traffic: &Traffic,
        pool: Option<&ThreadPool>,
    ) -> Vec<[Place; 2]> {
        let parts: Vec<_> = traffic.parts(roads, part_count(pool)).collect();
        self.prints.resize_with(parts.len(), Vec::new);
        let look = |(prints, part): (&mut Vec<Print>, &Range<usize>)| {
            prints.clear();
            for &track in &traffic.active[part.clone()] {
                look(roads, fleet, traffic, track, prints);
            }
        };
        match pool {
            None => self.prints.iter_mut().zip(&parts).for_each(look),
            Some(pool) => pool.install(|| self.prints.par_iter_mut().zip(&parts).with_max_len(1).for_each(look)),
        }
        self.sort();
        self.pairs(pool)
    }

    /// Those on foot on the road who touch a vehicle, where the last look has found it: the crossing and the row.
    pub(crate) fn touched<'a>(&'a self, people: impl Iterator<Item = Seen> + 'a) -> impl Iterator<Item = (usize, Place)> + 'a {
        let touching = |at: Point| {
            let (x, y) = cell(at);
            let near = [y - 1, y, y + 1].map(|y| self.run(x - 1, y, 3));
            near.into_iter().flat_map(|(here, over)| here.iter().chain(over)).find(|p| p.is_touched(at)).map(|p| p.place)
        };
        people.filter(|p| p.on_road).filter_map(move |p| Some((p.crossing, touching(p.at)?)))
    }

    fn pairs(&self, pool: Option<&ThreadPool>) -> Vec<[Place; 2]> {
        /// Rectangles that a thread takes at a time.
        const SOME: usize = 1024;
        let starts = || (0..self.sorted.len()).step_by(SOME);
        let look = |start: usize| {
            let mut found = Vec::new();
            for i in start..self.sorted.len().min(start + SOME) {
                self.note_touching(i, &mut found);
            }
            found
        };
        let mut found: Vec<_> = match pool {
            None => starts().flat_map(look).collect(),
            Some(pool) => pool.install(|| starts().collect::<Vec<_>>().into_par_iter().flat_map_iter(look).collect()),
        };
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Notes the pairs that a rectangle makes with others of its own cell and of half the cells around; those of the other
    /// half make theirs with it.
    fn note_touching(&self, i: usize, found: &mut Vec<[Place; 2]>) {
        let one = &self.sorted[i];
        // The rest of its own cell and the cell to the east, and the three cells to the north.
        let (x, y) = one.cell;
        let (here, wrapped) = self.run(x, y, 2);
        let here = &here[i + 1 - self.starts[self.number(x, y)] as usize..];
        let (north, over) = self.run(x - 1, y + 1, 3);
        for near in [here, wrapped, north, over] {
            for other in near {
                if touch(one, other) && one.place != other.place {
                    found.push([one.place.min(other.place), one.place.max(other.place)]);
                }
            }
        }
    }

    /// Sorts the rectangles into their buckets, keeping their order in each.
    fn sort(&mut self) {
        let total: usize = self.prints.iter().map(Vec::len).sum();
        let count = (2 * total).next_power_of_two().max(4);
        self.starts.clear();
        self.starts.resize(count + 2, 0);
        for print in self.prints.iter().flatten() {
            let number = self.number(print.cell.0, print.cell.1);
            self.starts[number + 2] += 1;
        }
        for i in 2..count + 2 {
            self.starts[i] += self.starts[i - 1];
        }
        let Some(&any) = self.prints.iter().flatten().next() else { return self.sorted.clear() };
        self.sorted.resize(total, any);
        // Each bucket grows from its beginning to its end, which is where the next one begins.
        for print in self.prints.iter().flatten() {
            let number = self.number(print.cell.0, print.cell.1);
            self.sorted[self.starts[number + 1] as usize] = *print;
            self.starts[number + 1] += 1;
        }
    }

    /// The bucket of a cell; cells side by side lie in buckets side by side.
    fn number(&self, x: i32, y: i32) -> usize {
        /// 2^32 over the golden ratio: neighbouring rows of cells lie far apart, however many buckets there are.
        const STRIDE: i32 = 0x9E37_79B1_u32.cast_signed();
        x.wrapping_add(y.wrapping_mul(STRIDE)) as u32 as usize & (self.buckets() - 1)
    }

    fn buckets(&self) -> usize {
        self.starts.len() - 2
    }

    /// The rectangles in a run of cells from west to east, and those of other cells in the same buckets; in two pieces where
    /// the run goes on in the first bucket.
    fn run(&self, x: i32, y: i32, cells: usize) -> (&[Print], &[Print]) {
        let (first, count) = (self.number(x, y), self.buckets());
        let over = (first + cells).saturating_sub(count);
        let [begin, end, rest] = [first, first + cells - over, over].map(|bucket| self.starts[bucket] as usize);
        (&self.sorted[begin..end], &self.sorted[..rest])
    }
}

/// Takes down the rectangles of the rows on a track.
fn look(roads: &Roads, fleet: &Fleet, traffic: &Traffic, track: Track, prints: &mut Vec<Print>) {
    for (i, row) in (0..).zip(traffic.queue(track)) {
        let parts = if row.length > LONGEST { (row.length / LONGEST).ceil() } else { 1.0 };
        let length = if parts > 1.0 { row.length / parts } else { row.length };
        let width = fleet.types[row.kind].width.get();
        let (mut rear, mut end) = (place_on(roads, row, track, row.rear()), row.rear());
        for _ in 0..parts as u32 {
            end += length;
            let front = place_on(roads, row, track, end);
            let axis = (front.x - rear.x, front.y - rear.y);
            let centre = Point::new(0.5 * (front.x + rear.x), 0.5 * (front.y + rear.y));
            prints.push(Print { place: (track, i), centre, axis, length, width, cell: cell(centre) });
            rear = front;
        }
    }
}

fn cell(p: Point) -> (i32, i32) {
    let floor = |v: f64| v as i32 - i32::from(v < f64::from(v as i32));
    (floor(p.x * (1.0 / CELL)), floor(p.y * (1.0 / CELL)))
}

fn touch(a: &Print, b: &Print) -> bool {
    let (x, y) = (b.centre.x - a.centre.x, b.centre.y - a.centre.y);
    let reach = 0.5 * (a.length + b.length + a.width + b.width);
    x * x + y * y <= reach * reach && near_ones_touch(a, b, x, y)
}

/// Whether rectangles touch whose centres lie `(x, y)` apart.
fn near_ones_touch(a: &Print, b: &Print, x: f64, y: f64) -> bool {
    let (a_heading, b_heading) = (a.heading(), b.heading());
    if lies_beside((a, a_heading), (b, b_heading), x, y) || lies_beside((b, b_heading), (a, a_heading), x, y) {
        return false;
    }
    let shape = |p: &Print| Cuboid::new(Vector::new((0.5 * p.length - MARGIN) as f32, (0.5 * p.width - MARGIN) as f32));
    let rotation = |(cos, sin): (f64, f64)| Rotation::from_cos_sin_unchecked(cos as f32, sin as f32);
    // Coordinates relative to one of the two: single precision is ample over a few metres.
    let place = Placement::from_parts(Vector::new(x as f32, y as f32), rotation(b_heading));
    let origin = Placement::from_parts(Vector::ZERO, rotation(a_heading));
    intersection_test(&origin, &shape(a), &place, &shape(b)).is_ok_and(|hit| hit.intersecting)
}

/// Whether a rectangle whose centre is `(x, y)` away lies wholly beside the way of another, as in the next lane.
fn lies_beside((one, (c, s)): (&Print, (f64, f64)), (other, (oc, os)): (&Print, (f64, f64)), x: f64, y: f64) -> bool {
    let (along, turned) = ((c * oc + s * os).abs(), (c * os - s * oc).abs());
    (c * y - s * x).abs() > 0.5 * (one.width + other.width * along + other.length * turned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(x: f64, y: f64, angle: f64) -> Print {
        let (centre, axis) = (Point::new(x, y), (4.5 * model::maths::cos(angle), 4.5 * model::maths::sin(angle)));
        Print { place: (Track(0), 0), centre, axis, length: 4.5, width: 1.8, cell: cell(centre) }
    }

    #[test]
    fn rectangles_touch_only_where_they_do() {
        let one = print(0.0, 0.0, 0.0);
        for (x, y, angle, touches) in [
            (4.6, 0.0, 0.0, false),
            (4.3, 0.0, 0.0, true),
            (0.0, 1.9, 0.0, false),
            (0.0, 1.6, 0.0, true),
            (0.0, 3.3, 1.57, false),
            (0.0, 2.9, 1.57, true),
            (3.4, 2.9, 0.785, false),
            (2.6, 1.6, 0.785, true),
        ] {
            let (other, back) = (print(x, y, angle), print(x, y, angle + std::f64::consts::PI));
            assert!([touch(&one, &other), touch(&other, &one), touch(&one, &back)] == [touches; 3], "{x} {y} {angle}");
        }
    }

    #[test]
    fn every_touching_pair_is_found_wherever_the_cells_meet() {
        // Pairs 4 m apart in a row, far between, on both sides of the origin and across borders of cells.
        let mut prints = Vec::new();
        for i in 0..200 {
            let (x, y) = (f64::from(i % 20) * 13.7 - 130.0, f64::from(i / 20) * 11.3 - 55.0);
            for (k, shift) in [(0, 0.0), (1, 4.0)] {
                prints.push(Print { place: (Track(i as u32), k), ..print(x + shift, y, 0.0) });
            }
        }
        let mut monitor = Monitor { prints: vec![prints], ..Monitor::default() };
        monitor.sort();
        let found = monitor.pairs(None);
        assert_eq!(found.len(), 200);
        assert!(found.iter().enumerate().all(|(i, pair)| *pair == [(Track(i as u32), 0), (Track(i as u32), 1)]));
    }
}
