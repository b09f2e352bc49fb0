//! Quiet stretches of lanes: where nobody comes near but those in the same queue, so that nobody else need be looked at.
//!
//! What is quiet follows from the drawing of the network alone: no other track comes so near that the widest vehicle on it
//! could touch the widest one here, however its rectangles cut the bends of its way.

use crate::overlap::LONGEST;
use crate::roads::{Kind, Roads, Segment, Track};
use crate::sides::reach;
use model::geometry::Point;
use std::collections::{BTreeMap, BTreeSet};

/// Side of a cell of the search grid, in metres.
const CELL: f64 = 25.0;

/// Added to every reach against rounding, in metres.
const SPARE: f64 = 0.05;

/// A stretch of a track, in metres from its start; empty where it ends before it begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stretch {
    pub(crate) from: f64,
    pub(crate) to: f64,
}

impl Stretch {
    /// Nothing of a track.
    pub(crate) const NONE: Self = Self { from: 0.0, to: -1.0 };

    /// The shortest stretch that holds this and another.
    fn with(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), to: self.to.max(other.to) }
    }

    /// Whether a body lies within it.
    pub(crate) fn holds(&self, rear: f64, front: f64) -> bool {
        rear >= self.from && front <= self.to
    }
}

/// What lies about a track.
#[derive(Debug, Clone)]
pub(crate) struct Surroundings {
    /// Its longest quiet stretch; none on a movement.
    pub(crate) quiet: Stretch,
    /// The other tracks on which vehicles may touch those on this one, and between which positions there.
    pub(crate) near: Box<[(Track, Stretch)]>,
    /// Whether people on foot cross it.
    pub(crate) crossed: bool,
}

/// The surroundings of each track, where no vehicle is wider than `widest` and there may be cyclists or not.
pub(crate) fn surroundings(roads: &Roads, cycles: bool, widest: f64) -> Vec<Surroundings> {
    let map = Map::new(roads);
    let side = |track| if cycles { reach(roads, track).max(0.5 * widest) } else { 0.5 * widest };
    let sides: Vec<f64> = roads.all().map(side).collect();
    roads.all().map(|track| map.around_track(roads, track, &sides)).collect()
}

/// A straight piece of a track, and how far from it a rectangle may lie whose ends are on the track.
#[derive(Debug, Clone, Copy)]
struct Strip {
    segment: Segment,
    slack: f64,
}

/// All tracks in pieces, to be found by place.
struct Map {
    /// By track.
    strips: Vec<Strip>,
    cells: BTreeMap<(i32, i32), Vec<u32>>,
}

impl Map {
    fn new(roads: &Roads) -> Self {
        let bends = bends(roads);
        let strips: Vec<_> = roads.all().flat_map(|t| strips(roads, t, &bends[t.0 as usize])).collect();
        let mut cells: BTreeMap<_, Vec<u32>> = BTreeMap::new();
        for (i, strip) in (0..).zip(&strips) {
            for cell in cells_of(&strip.segment, 0.0) {
                cells.entry(cell).or_default().push(i);
            }
        }
        Self { strips, cells }
    }

    /// Which other tracks come near a track, and the longest stretch of it that none of them and no crossing does.
    fn around_track(&self, roads: &Roads, track: Track, sides: &[f64]) -> Surroundings {
        let side = |track: Track| sides[track.0 as usize];
        let widest = 2.0 * sides.iter().copied().fold(0.0, f64::max);
        let (mut disturbed, mut near): (Vec<Stretch>, BTreeMap<Track, Stretch>) = Default::default();
        let first = self.strips.partition_point(|s| s.segment.track < track);
        for strip in self.strips[first..].iter().take_while(|s| s.segment.track == track) {
            for i in self.around(&strip.segment, 2.0 * widest) {
                let other = &self.strips[i as usize];
                let reach = side(track) + side(other.segment.track) + strip.slack + other.slack + SPARE;
                let next = other.segment.track == track && other.segment.is_within(&strip.segment, 2.0 * LONGEST + reach);
                if next {
                    continue;
                }
                disturbed.extend(within(&strip.segment, &other.segment, reach));
                if let Some(there) = within(&other.segment, &strip.segment, reach) {
                    near.entry(other.segment.track).and_modify(|all| *all = all.with(there)).or_insert(there);
                }
            }
        }
        let cuts = roads.crossings.on(track).iter().map(|&c| &roads.crossings.cuts[c as usize]);
        disturbed.extend(cuts.map(|c| Stretch { from: c.from - widest, to: c.to + widest }));
        let quiet = match roads.kind(track) {
            Kind::Lane(_) => longest_between(disturbed, roads.length(track)),
            Kind::Movement(_) => Stretch::NONE,
        };
        Surroundings { quiet, near: near.into_iter().collect(), crossed: !roads.crossings.on(track).is_empty() }
    }

    /// The strips that lie less than `reach` from a segment, and others near it.
    fn around(&self, segment: &Segment, reach: f64) -> BTreeSet<u32> {
        cells_of(segment, reach).filter_map(|cell| self.cells.get(&cell)).flatten().copied().collect()
    }
}

/// The longest stretch between others, of so many metres.
fn longest_between(mut others: Vec<Stretch>, length: f64) -> Stretch {
    others.push(Stretch { from: length, to: length });
    others.sort_by(|a, b| a.from.total_cmp(&b.from));
    let (mut longest, mut from) = (Stretch::NONE, 0.0);
    for other in others {
        if other.from - from > longest.to - longest.from {
            longest = Stretch { from, to: other.from };
        }
        from = f64::max(from, other.to);
    }
    longest
}

/// Where each track bends, in metres from its start, and by how much, in radians; the bends at the stop lines and exits
/// of movements count on both sides.
fn bends(roads: &Roads) -> Vec<Vec<(f64, f64)>> {
    let segments = |track| -> Vec<Segment> { roads.segments(track).collect() };
    let turn = |a: &Segment, b: &Segment| {
        let (sin, cos) =
            (a.heading.0 * b.heading.1 - a.heading.1 * b.heading.0, a.heading.0 * b.heading.0 + a.heading.1 * b.heading.1);
        model::maths::atan2(sin, cos).abs()
    };
    let own = |track| segments(track).windows(2).map(|w| (w[1].from, turn(&w[0], &w[1]))).collect();
    let mut bends: Vec<Vec<_>> = roads.all().map(own).collect();
    for (id, way) in roads.network.movements.ids().zip(&roads.ways) {
        let tracks = [roads.lane(way.from), roads.movement(id), roads.lane(way.to)];
        for pair in tracks.windows(2) {
            let (before, after) = (segments(pair[0]), segments(pair[1]));
            let (Some(last), Some(first)) = (before.last(), after.first()) else { continue };
            let angle = turn(last, first);
            bends[pair[0].0 as usize].push((last.to, angle));
            bends[pair[1].0 as usize].push((0.0, angle));
        }
    }
    bends
}

/// The pieces of a track. Long ones are cut near their ends, for only there bends matter.
fn strips(roads: &Roads, track: Track, bends: &[(f64, f64)]) -> Vec<Strip> {
    let slack = |s: &Segment| {
        let near = bends.iter().filter(|b| b.0 > s.from - LONGEST && b.0 < s.to + LONGEST);
        // Bends at one and the same place are those of several ways of which a vehicle takes one.
        let mut by_place: BTreeMap<u64, f64> = BTreeMap::new();
        for &(at, angle) in near {
            let most = by_place.entry(at.to_bits()).or_default();
            *most = most.max(angle);
        }
        // Between the ends of a piece of way of length L that turns by an angle, nothing is further off than L / 4 times it.
        0.25 * LONGEST * by_place.values().sum::<f64>()
    };
    let cut = |s: Segment| {
        let ends =
            if s.to - s.from > 3.0 * LONGEST { vec![s.from, s.from + LONGEST, s.to - LONGEST, s.to] } else { vec![s.from, s.to] };
        ends.windows(2).map(|e| s.part(e[0], e[1])).collect::<Vec<_>>()
    };
    roads.segments(track).flat_map(cut).map(|segment| Strip { segment, slack: slack(&segment) }).collect()
}

/// The cells that a segment and what is less than `reach` from it may lie in.
fn cells_of(segment: &Segment, reach: f64) -> impl Iterator<Item = (i32, i32)> {
    let [a, b] = [segment.at(segment.from), segment.at(segment.to)];
    let cell = |v: f64| (v / CELL).floor() as i32;
    let range = |a: f64, b: f64| cell(a.min(b) - reach)..=cell(a.max(b) + reach);
    let (columns, rows) = (range(a.x, b.x), range(a.y, b.y));
    columns.flat_map(move |x| rows.clone().map(move |y| (x, y)))
}

/// A stretch of the track of a segment that holds whatever of it lies less than `reach` from another segment.
fn within(one: &Segment, other: &Segment, reach: f64) -> Option<Stretch> {
    let seen = |p: Point| {
        let (x, y) = (p.x - one.start.x, p.y - one.start.y);
        (x * one.heading.0 + y * one.heading.1, y * one.heading.0 - x * one.heading.1)
    };
    let [(x, y), (x_end, y_end)] = [other.from, other.to].map(|at| seen(other.at(at)));
    // The part of the other less than `reach` to the left or to the right of the line through this one.
    let cross = |aside: f64| if y_end == y { 0.0 } else { ((aside - y) / (y_end - y)).clamp(0.0, 1.0) };
    let [a, b] = [cross(-reach), cross(reach)];
    let (begin, end) = if y_end == y { (0.0, 1.0) } else { (a.min(b), a.max(b)) };
    let beside = (y.abs() < reach) || (y_end.abs() < reach) || (y < 0.0) != (y_end < 0.0);
    let along = [begin, end].map(|t| x + t * (x_end - x));
    let from = one.from + (along[0].min(along[1]) - reach) / one.scale;
    let to = one.from + (along[0].max(along[1]) + reach) / one.scale;
    (beside && from < one.to && to > one.from).then_some(Stretch { from, to })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(track: u32, from: (f64, f64), to: (f64, f64)) -> Segment {
        let long = Point::new(from.0, from.1).distance(Point::new(to.0, to.1)).get();
        let heading = ((to.0 - from.0) / long, (to.1 - from.1) / long);
        Segment { track: Track(track), from: 0.0, to: long, start: Point::new(from.0, from.1), heading, scale: 1.0 }
    }

    #[test]
    fn parallel_ways_disturb_each_other_where_they_are_near() {
        let one = segment(0, (0.0, 0.0), (100.0, 0.0));
        assert_eq!(within(&one, &segment(1, (0.0, 3.2), (100.0, 3.2)), 3.0), None);
        let near = within(&one, &segment(1, (40.0, -2.0), (60.0, -2.0)), 3.0);
        assert_eq!(near, Some(Stretch { from: 37.0, to: 63.0 }));
    }

    #[test]
    fn ways_across_disturb_where_they_cross() {
        let one = segment(0, (0.0, 0.0), (100.0, 0.0));
        let across = within(&one, &segment(1, (50.0, 40.0), (50.0, -40.0)), 3.0);
        assert_eq!(across, Some(Stretch { from: 47.0, to: 53.0 }));
        assert_eq!(within(&one, &segment(1, (50.0, 40.0), (50.0, 4.0)), 3.0), None);
        let slanting = within(&one, &segment(1, (50.0, -10.0), (70.0, 10.0)), 3.0);
        assert_eq!(slanting, Some(Stretch { from: 54.0, to: 66.0 }));
    }

    #[test]
    fn the_longest_stretch_between_others_is_quiet() {
        let stretch = |from, to| Stretch { from, to };
        assert_eq!(
            longest_between(vec![stretch(-3.0, 5.0), stretch(90.0, 105.0), stretch(20.0, 22.0)], 100.0),
            stretch(22.0, 90.0)
        );
        assert_eq!(longest_between(vec![], 100.0), stretch(0.0, 100.0));
        assert!(longest_between(vec![stretch(-1.0, 101.0)], 100.0).to < 0.0);
    }
}
