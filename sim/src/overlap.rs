//! The overlap monitor: footprints of all vehicles, tested against each other where they are near.
//!
//! It shares nothing with car following but the positions: an independent eye. Footprints are rectangles from rear to
//! front bumper along the way driven, shrunk a little against rounding. A long vehicle is several rectangles in a row: its
//! driver swings out, or its body bends, so that it keeps to the lane, where a straight line from bumper to bumper would
//! cut the inside of a bend.

use crate::fleet::Fleet;
use crate::quiet::{Stretch, Surroundings};
use crate::roads::{Kind, Roads, Spot, Track};
use crate::sides::{are_apart, aside, rearmost};
use crate::traffic::{Row, Tails, Traffic};
use crate::walking;
use bevy_ecs::resource::Resource;
use model::geometry::Point;
use rapier2d::math::{Pose as Placement, Rotation, Vector};
use rapier2d::parry::query::intersection_test;
use rapier2d::parry::shape::Cuboid;
use rayon::ThreadPool;
use rayon::prelude::*;
use std::sync::Arc;

/// Side of a cell of the search grid, in metres: no two rectangles touch whose centres lie further apart.
const CELL: f64 = 10.0;
/// No rectangle is longer than this, in metres: a car is one.
pub(crate) const LONGEST: f64 = 6.0;
/// Taken off each side of a footprint, in metres.
const MARGIN: f64 = 0.05;
/// Half the room of somebody on foot, less such a margin, in metres.
const PERSON: f64 = 0.2;

/// A vehicle's rectangle on the ground.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Footprint {
    pub(crate) centre: Point,
    /// Direction of travel, of length 1.
    pub(crate) heading: (f64, f64),
    pub(crate) length: f64,
    pub(crate) width: f64,
}

/// Where a point at a position on a track lies; negative positions reach back over the tracks behind.
pub(crate) fn place_on(roads: &Roads, fleet: &Fleet, row: &Row, track: Track, position: f64) -> Point {
    spot_on(roads, fleet, row, track, position).at
}

/// The same, with the direction there.
fn spot_on(roads: &Roads, fleet: &Fleet, row: &Row, track: Track, position: f64) -> Spot {
    let (mut track, mut position) = (track, position);
    for back in row.behind.iter() {
        if position >= 0.0 {
            break;
        }
        position += roads.length(back);
        track = back;
    }
    let spot = roads.spot(track, position);
    if !fleet.cycles {
        return spot;
    }
    let left = aside(roads, fleet, row.kind, track, position);
    let ((x, y), at) = (spot.heading, spot.at);
    Spot { at: Point::new(at.x - y * left, at.y + x * left), ..spot }
}

/// The footprint of a row, given the middle of its front bumper.
pub(crate) fn footprint(roads: &Roads, fleet: &Fleet, row: &Row, track: Track, front: Point) -> Footprint {
    let rear = spot_on(roads, fleet, row, track, row.rear());
    let (x, y) = (front.x - rear.at.x, front.y - rear.at.y);
    let long = (x * x + y * y).sqrt();
    let heading = if long > 0.0 { (x / long, y / long) } else { rear.heading };
    Footprint { centre: front.lerp(rear.at, 0.5), heading, length: row.length, width: fleet.types[row.kind].width.get() }
}

/// What the monitor looks at.
pub(crate) struct Seen<'a> {
    pub(crate) roads: &'a Roads,
    pub(crate) fleet: &'a Fleet,
    pub(crate) traffic: &'a Traffic,
    pub(crate) tails: &'a Tails,
}

impl Seen<'_> {
    /// Where it is quiet on a track: all along it as long as nobody is near it on any other. On movements, which bend, that
    /// holds for one alone.
    fn quiet_now(&self, track: Track, here: &Surroundings) -> Stretch {
        let own = self.traffic.queue(track);
        let (front, rear) = (own.first().map_or(0.0, |r| r.position), rearmost(self.fleet, own).map_or(0.0, Row::rear));
        if here.quiet.holds(rear, front) {
            return here.quiet;
        }
        let is_empty = |&(near, there): &(Track, Stretch)| {
            let queue = self.traffic.queue(near);
            let beyond = || {
                queue.first().is_none_or(|r| r.position < there.from)
                    || rearmost(self.fleet, queue).is_none_or(|r| r.rear() > there.to)
            };
            self.tails.on(near).is_none_or(|t| t.rear > there.to) && beyond()
        };
        let straight = own.len() == 1 || matches!(self.roads.kind(track), Kind::Lane(_));
        let alone = straight && !here.crossed && here.near.iter().all(is_empty);
        if alone { Stretch { from: 0.0, to: self.roads.length(track) } } else { here.quiet }
    }
}

/// A row: its track and its index in the queue.
pub(crate) type Place = (Track, u32);

/// A rectangle of a row.
#[derive(Debug, Clone, Copy)]
struct Print {
    place: Place,
    centre: Point,
    /// Direction of travel, of length 1.
    heading: (f64, f64),
    length: f64,
    width: f64,
    cell: (i32, i32),
}

impl Print {
    /// Whether somebody on foot at a place touches it.
    fn is_touched(&self, at: Point) -> bool {
        let (x, y) = (at.x - self.centre.x, at.y - self.centre.y);
        let (cos, sin) = self.heading;
        let along = ((x * cos + y * sin).abs() - 0.5 * self.length).max(0.0);
        let aside = ((y * cos - x * sin).abs() - 0.5 * self.width).max(0.0);
        along * along + aside * aside < PERSON * PERSON
    }
}

/// What a part of the network shows.
#[derive(Debug, Default)]
pub(crate) struct Sight {
    prints: Vec<Print>,
    /// Pairs in a queue of which one runs into the other where it is quiet.
    met: Vec<[Place; 2]>,
}

/// The monitor. It keeps nothing from one look to the next but its memory.
#[derive(Debug, Default, Resource)]
pub(crate) struct Monitor {
    /// What lies about each track; empty when everybody is to be compared with everybody.
    around: Arc<[Surroundings]>,
    /// By part of the network.
    sights: Vec<Sight>,
    /// The rectangles by bucket, and where each bucket begins; a bucket is one cell or, by chance, several.
    sorted: Vec<Print>,
    starts: Vec<u32>,
}

impl Monitor {
    /// One that takes the rectangles of those only who may be near others than those of their own queue.
    pub(crate) fn new(around: Arc<[Surroundings]>) -> Self {
        Self { around, ..Self::default() }
    }

    /// What the parts of the network will show, to be looked at anew.
    pub(crate) fn sights(&mut self, parts: usize) -> (&[Surroundings], &mut [Sight]) {
        self.sights.resize_with(parts, Sight::default);
        for sight in &mut self.sights {
            sight.prints.clear();
            sight.met.clear();
        }
        (&self.around, &mut self.sights)
    }

    /// The pairs of rows whose footprints touch in what the parts show, each pair once and in order.
    pub(crate) fn touching(&mut self, pool: Option<&ThreadPool>) -> Vec<[Place; 2]> {
        self.sort();
        self.pairs(pool)
    }

    /// The pairs of rows whose footprints touch now.
    pub(crate) fn overlapping(&mut self, view: &Seen<'_>) -> Vec<[Place; 2]> {
        let (around, sights) = self.sights(1);
        for &track in &view.traffic.active {
            sights[0].look(view, track, around);
        }
        self.touching(None)
    }

    /// Those on foot on the road who touch a vehicle, where the last look has found it: the crossing and the row.
    pub(crate) fn touched<'a>(
        &'a self,
        people: impl Iterator<Item = walking::Seen> + 'a,
    ) -> impl Iterator<Item = (usize, Place)> + 'a {
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
        found.extend(self.sights.iter().flat_map(|s| &s.met));
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
        let total: usize = self.sights.iter().map(|s| s.prints.len()).sum();
        let count = (2 * total).next_power_of_two().max(4);
        self.starts.clear();
        self.starts.resize(count + 2, 0);
        for print in self.sights.iter().flat_map(|s| &s.prints) {
            let number = self.number(print.cell.0, print.cell.1);
            self.starts[number + 2] += 1;
        }
        for i in 2..count + 2 {
            self.starts[i] += self.starts[i - 1];
        }
        let Some(&any) = self.sights.iter().flat_map(|s| &s.prints).next() else { return self.sorted.clear() };
        self.sorted.resize(total, any);
        // Each bucket grows from its beginning to its end, which is where the next one begins.
        for print in self.sights.iter().flat_map(|s| &s.prints) {
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

impl Sight {
    /// Takes down the rectangles of the rows on a track, but for those where it is quiet: of these it is enough to know
    /// that nobody runs into the one before.
    pub(crate) fn look(&mut self, view: &Seen<'_>, track: Track, around: &[Surroundings]) {
        let queue = view.traffic.queue(track);
        let quiet = around.get(track.0 as usize).map_or(Stretch::NONE, |here| view.quiet_now(track, here));
        // A rear that reaches back from a later track is not in the queue.
        let tail = view.tails.on(track).map_or(f64::INFINITY, |t| t.rear);
        let is_quiet = |row: &Row| quiet.holds(row.rear(), row.position) && row.position <= tail;
        for (i, row) in queue.iter().enumerate() {
            if !is_quiet(row) {
                take_down(view, track, (i as u32, row), &mut self.prints);
            }
            let rear = row.rear() + 2.0 * MARGIN;
            let run_into = |(_, other): &(usize, &Row)| other.position > rear;
            for (k, other) in queue.iter().enumerate().skip(i + 1).take_while(run_into) {
                if (is_quiet(row) || is_quiet(other)) && !are_apart(view.roads, view.fleet, track, row, other) {
                    self.met.push([(track, i as u32), (track, k as u32)]);
                }
            }
        }
    }
}

/// Takes down the rectangles of a row.
fn take_down(view: &Seen<'_>, track: Track, (i, row): (u32, &Row), prints: &mut Vec<Print>) {
    let parts = if row.length > LONGEST { (row.length / LONGEST).ceil() } else { 1.0 };
    let length = if parts > 1.0 { row.length / parts } else { row.length };
    let width = view.fleet.types[row.kind].width.get();
    let mut end = row.rear();
    let mut rear = spot_on(view.roads, view.fleet, row, track, end);
    for _ in 0..parts as u32 {
        end += length;
        let front = spot_on(view.roads, view.fleet, row, track, end);
        let heading = if front.piece == rear.piece && !view.fleet.cycles { front.heading } else { direction(rear.at, front.at) };
        let centre = Point::new(0.5 * (front.at.x + rear.at.x), 0.5 * (front.at.y + rear.at.y));
        prints.push(Print { place: (track, i), centre, heading, length, width, cell: cell(centre) });
        rear = front;
    }
}

/// The direction from one point to another, of length 1.
fn direction(from: Point, to: Point) -> (f64, f64) {
    let (x, y) = (to.x - from.x, to.y - from.y);
    let scale = 1.0 / (x * x + y * y).sqrt().max(1e-9);
    (x * scale, y * scale)
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
    if lies_beside(a, b, x, y) || lies_beside(b, a, x, y) {
        return false;
    }
    let shape = |p: &Print| Cuboid::new(Vector::new((0.5 * p.length - MARGIN) as f32, (0.5 * p.width - MARGIN) as f32));
    let rotation = |(cos, sin): (f64, f64)| Rotation::from_cos_sin_unchecked(cos as f32, sin as f32);
    // Coordinates relative to one of the two: single precision is ample over a few metres.
    let place = Placement::from_parts(Vector::new(x as f32, y as f32), rotation(b.heading));
    let origin = Placement::from_parts(Vector::ZERO, rotation(a.heading));
    intersection_test(&origin, &shape(a), &place, &shape(b)).is_ok_and(|hit| hit.intersecting)
}

/// Whether a rectangle whose centre is `(x, y)` away lies wholly beside the way of another, as in the next lane.
fn lies_beside(one: &Print, other: &Print, x: f64, y: f64) -> bool {
    let ((c, s), (oc, os)) = (one.heading, other.heading);
    let (along, turned) = ((c * oc + s * os).abs(), (c * os - s * oc).abs());
    (c * y - s * x).abs() > 0.5 * (one.width + other.width * along + other.length * turned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::Ground;
    use crate::random::{Stream, draws};
    use crate::traffic::Behind;
    use model::id::VehicleId;
    use model::toy::Grid;

    fn print(x: f64, y: f64, angle: f64) -> Print {
        let (centre, heading) = (Point::new(x, y), (model::maths::cos(angle), model::maths::sin(angle)));
        Print { place: (Track(0), 0), centre, heading, length: 4.5, width: 1.8, cell: cell(centre) }
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
        let mut monitor = Monitor { sights: vec![Sight { prints, ..Sight::default() }], ..Monitor::default() };
        monitor.sort();
        let found = monitor.pairs(None);
        assert_eq!(found.len(), 200);
        assert!(found.iter().enumerate().all(|(i, pair)| *pair == [(Track(i as u32), 0), (Track(i as u32), 1)]));
    }

    /// Vehicles strewn over a town by chance, on top of each other and across the ends of tracks.
    fn strewn(roads: &Roads, seed: u64) -> Traffic {
        let mut traffic = Traffic::new(roads);
        let mut draw = draws(seed, Stream::Arrivals, 0);
        for vehicle in 0..100 {
            let track = Track((draw.uniform() * roads.count() as f64) as u32);
            let behind = match roads.kind(track) {
                Kind::Movement(m) => Behind::NOTHING.after(roads.lane(roads.way(m).from)),
                Kind::Lane(lane) => roads.network.lanes[lane]
                    .entering
                    .first()
                    .map_or(Behind::NOTHING, |&m| Behind::NOTHING.after(roads.lane(roads.way(m).from)).after(roads.movement(m))),
            };
            let row = Row {
                position: draw.uniform() * roads.length(track),
                length: 3.0 + 15.0 * draw.uniform() * draw.uniform(),
                vehicle: VehicleId(vehicle),
                behind,
                ..Row::standing()
            };
            // Whoever is ahead is so with front and rear.
            let in_line = |o: &Row| (o.position > row.position) == (o.rear() > row.rear());
            if (behind != Behind::NOTHING || row.rear() >= 0.0) && traffic.queue(track).iter().all(in_line) {
                traffic.insert(track, row);
            }
        }
        traffic.refresh_active();
        traffic
    }

    #[test]
    fn looking_at_quiet_stretches_less_closely_misses_nobody() {
        let scenario = Grid { columns: 3, rows: 2, lanes: 2, ..Grid::default() }.scenario();
        let (roads, fleet) = (Roads::new(&scenario), Fleet::new(&scenario, 1, None));
        let mut some = Monitor::new(Ground::new(&scenario).around());
        let (mut touching, mut taken, mut all) = (0, 0, 0);
        for seed in 0..200 {
            let traffic = strewn(&roads, seed);
            let mut tails = Tails::new(&roads);
            tails.refresh(&roads, &traffic, &traffic.active);
            let view = Seen { roads: &roads, fleet: &fleet, traffic: &traffic, tails: &tails };
            let mut everyone = Monitor::default();
            let expected = everyone.overlapping(&view);
            assert_eq!(some.overlapping(&view), expected, "seed {seed}");
            (touching, taken, all) = (touching + expected.len(), taken + some.sorted.len(), all + everyone.sorted.len());
        }
        assert!(touching > 1000 && 4 * taken < 3 * all, "{touching} touch, {taken} of {all} rectangles taken");
    }
}
