//! The road network as the step reads it: lanes and movements are both tracks, numbered together.
//!
//! Numbers go by intersection: the lanes that lead to it, then the movements over it. What a driver has to know lies close
//! together in memory, and any run of intersections can be worked on beside any other.

use crate::crossings::Crossings;
use model::geometry::{Point, Pose};
use model::id::{Id, IdVec, IntersectionId, LaneId, LinkId, MovementId};
use model::network::{Intersection, Meeting, Movement, Network, SignalHead};
use model::quantity::Length;
use model::scenario::Scenario;
use std::ops::Range;

/// A stretch of road with one queue of vehicles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Track(pub(crate) u32);

/// What a track is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A lane of a link.
    Lane(LaneId),
    /// A movement over an intersection.
    Movement(MovementId),
}

/// A conflict as one of its two movements sees it, in metres from the stop line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clash {
    pub(crate) meeting: Meeting,
    /// Row in the table of claims, the side of this movement: `2 * conflict + side`.
    pub(crate) own: u32,
    /// The other side's row.
    pub(crate) others: u32,
    /// The other movement, and its track.
    pub(crate) other: MovementId,
    pub(crate) other_track: Track,
    /// Where a front bumper enters the area.
    pub(crate) from: f64,
    /// Where a rear bumper has left it.
    pub(crate) to: f64,
    /// The same along the other movement.
    pub(crate) other_from: f64,
    pub(crate) other_to: f64,
    /// How much further apart than bumper to bumper bodies have to be where ways part or merge, in metres: they stand at an
    /// angle to each other.
    pub(crate) swing: f64,
    /// Whether this movement gives way to the other.
    pub(crate) yields: bool,
    /// Whether the other gives way to this one.
    pub(crate) precedes: bool,
}

impl Clash {
    /// Whether vehicles on the two movements may have to wait for each other to leave the area.
    pub(crate) fn is_exclusive(&self) -> bool {
        matches!(self.meeting, Meeting::Cross | Meeting::Abreast)
    }

    /// The same conflict as the other movement sees it, `movement` being the one that sees it now.
    pub(crate) fn seen_by_other(&self, movement: MovementId, track: Track) -> Self {
        Self {
            own: self.others,
            others: self.own,
            other: movement,
            other_track: track,
            from: self.other_from,
            to: self.other_to,
            other_from: self.from,
            other_to: self.to,
            yields: self.precedes,
            precedes: self.yields,
            ..*self
        }
    }
}

/// The lanes of a link beside one of them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Neighbours {
    pub(crate) left: Option<LaneId>,
    pub(crate) right: Option<LaneId>,
}

/// A movement as the step reads it.
#[derive(Debug, Clone)]
#[expect(clippy::struct_field_names, reason = "to give way is the term")]
pub(crate) struct Way {
    pub(crate) from: LaneId,
    pub(crate) to: LaneId,
    pub(crate) head: Option<SignalHead>,
    /// In the order they are met.
    pub(crate) clashes: Vec<Clash>,
    /// Index of the lane that it leads to, from the right.
    pub(crate) to_index: u32,
    /// Where a yielding vehicle waits inside the intersection.
    pub(crate) waiting: Option<f64>,
    /// Whether another movement crosses it: then it must not be blocked.
    pub(crate) crossed: bool,
    /// Whether it gives way to any other.
    pub(crate) gives_way: bool,
    /// Whether it gives way at its stop line and no signal stands there: whom to, drivers see only when they are near.
    pub(crate) sees_late: bool,
    /// From its stop line to the next one on the way, in metres.
    pub(crate) to_next_line: f64,
    /// The ways that part from it after the same stop line.
    pub(crate) partings: Box<[Parting]>,
}

/// A way that parts from another after the same stop line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parting {
    pub(crate) track: Track,
    /// Up to where along it a body is in the way of those on the other.
    pub(crate) until: f64,
}

/// A straight piece of a track, as others see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment {
    pub(crate) track: Track,
    /// Where it begins and ends, from the start of the track.
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) start: Point,
    /// Direction of travel, of length 1.
    pub(crate) heading: (f64, f64),
    /// Metres on the ground for each metre of the track.
    pub(crate) scale: f64,
}

impl Segment {
    /// The point at a position on the track.
    pub(crate) fn at(&self, position: f64) -> Point {
        let along = (position - self.from) * self.scale;
        Point::new(self.start.x + self.heading.0 * along, self.start.y + self.heading.1 * along)
    }

    /// Whether it lies so near to another piece of the same track, along it.
    pub(crate) fn is_within(&self, other: &Self, distance: f64) -> bool {
        self.from < other.to + distance && other.from < self.to + distance
    }

    /// The part of it between two positions.
    pub(crate) fn part(&self, from: f64, to: f64) -> Self {
        Self { from, to, start: self.at(from), ..*self }
    }
}

/// A straight piece of a track, on the ground.
#[derive(Debug, Clone, Copy)]
struct Piece {
    /// Where it begins, from the start of the track.
    from: f64,
    start: Point,
    /// How far east and north for each metre on the ground.
    heading: (f64, f64),
    /// Metres on the ground for each metre of the track, which may be longer or shorter than it is drawn.
    scale: f64,
}

/// A point on a track.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    pub(crate) at: Point,
    /// Direction of travel, of length 1.
    pub(crate) heading: (f64, f64),
    /// Which straight piece of the network it is on.
    pub(crate) piece: usize,
}

/// What is most often asked of a track, in one line of the cache.
#[derive(Debug)]
#[repr(align(64))]
struct Plain {
    kind: Kind,
    /// The intersection that it leads to, or over.
    intersection: IntersectionId,
    /// In metres.
    length: f64,
    /// Speed limit in m/s.
    limit: f64,
    neighbours: Neighbours,
    /// The first of its pieces, and how many there are.
    pieces: [u32; 2],
}

/// Everything about the roads that does not change during a run.
#[derive(Debug)]
pub(crate) struct Roads {
    tracks: Vec<Plain>,
    lanes: IdVec<LaneId, Track>,
    movements: IdVec<MovementId, Track>,
    leaving: IdVec<LaneId, Box<[Track]>>,
    /// The first row of each intersection in the table of claims, and the number of all rows.
    claims: Vec<u32>,
    /// The first track of each intersection.
    firsts: Vec<Track>,
    /// The straight pieces of all tracks, one track after the other.
    pieces: Vec<Piece>,
    /// Movements, by id.
    pub(crate) ways: Vec<Way>,
    /// Lanes with an area for cyclists before the stop line, in order, and its depth in metres.
    cycle_areas: Vec<(Track, f64)>,
    /// Crossings at which people walk.
    pub(crate) crossings: Crossings,
    /// The network it was made of.
    pub(crate) network: Network,
}

impl Roads {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let network = &scenario.network;
        let kinds: Vec<_> = numbered(network).collect();
        let mut lanes = IdVec::from_fn(network.lanes.len(), |_| Track(0));
        let mut movements = IdVec::from_fn(network.movements.len(), |_| Track(0));
        for (&(kind, _), track) in kinds.iter().zip((0..).map(Track)) {
            match kind {
                Kind::Lane(lane) => lanes[lane] = track,
                Kind::Movement(movement) => movements[movement] = track,
            }
        }
        let mut pieces = Vec::new();
        let tracks = kinds.iter().map(|&(kind, intersection)| plain(network, kind, intersection, &mut pieces)).collect();
        let ways = network.movements.ids().map(|id| way(network, &movements, id)).collect();
        let leaving = network.lanes.iter().map(|lane| lane.leaving.iter().map(|&m| movements[m]).collect()).collect();
        let claims = first_claims(network);
        let first = |id| Track(kinds.partition_point(|k| k.1 < id) as u32);
        let firsts = network.intersections.ids().map(first).collect();
        let (crossings, network) = (Crossings::default(), network.clone());
        let areas = network.lanes.enumerate().filter(|(_, lane)| lane.cycle_area.get() > 0.0);
        let mut cycle_areas: Vec<_> = areas.map(|(id, lane)| (lanes[id], lane.cycle_area.get())).collect();
        cycle_areas.sort_by_key(|area| area.0);
        let mut roads = Self { tracks, lanes, movements, leaving, claims, firsts, pieces, ways, cycle_areas, crossings, network };
        roads.crossings = Crossings::new(scenario, &roads);
        roads
    }

    /// The link of a lane, or the one that a movement leaves.
    pub(crate) fn link(&self, track: Track) -> LinkId {
        match self.kind(track) {
            Kind::Lane(lane) => self.network.lanes[lane].link,
            Kind::Movement(m) => self.network.lanes[self.way(m).from].link,
        }
    }

    /// The intersection that a track leads to, or over.
    pub(crate) fn intersection(&self, track: Track) -> IntersectionId {
        self.tracks[track.0 as usize].intersection
    }

    /// The rows in the table of claims of an intersection and of all that follow it.
    pub(crate) fn claims_from(&self, intersection: IntersectionId) -> usize {
        self.claims[intersection.index()] as usize
    }

    /// The first track of an intersection; those of all that follow it come after.
    pub(crate) fn first_track(&self, intersection: IntersectionId) -> Track {
        self.firsts[intersection.index()]
    }

    /// The lanes beside a lane; none beside a movement.
    pub(crate) fn neighbours(&self, track: Track) -> Neighbours {
        self.tracks[track.0 as usize].neighbours
    }

    /// How many rows the table of claims has.
    pub(crate) fn claim_count(&self) -> usize {
        2 * self.network.conflicts.len()
    }

    /// Every track.
    pub(crate) fn all(&self) -> impl Iterator<Item = Track> + use<> {
        (0..self.tracks.len() as u32).map(Track)
    }

    /// How many tracks there are.
    pub(crate) fn count(&self) -> usize {
        self.tracks.len()
    }

    /// The track of a lane.
    pub(crate) fn lane(&self, lane: LaneId) -> Track {
        self.lanes[lane]
    }

    /// The track of a movement.
    pub(crate) fn movement(&self, movement: MovementId) -> Track {
        self.movements[movement]
    }

    /// The tracks of the movements that leave a lane.
    pub(crate) fn leaving(&self, lane: LaneId) -> &[Track] {
        &self.leaving[lane]
    }

    /// The position on a lane beside one on a neighbouring lane: lanes of a link may differ in length, as in a bend.
    pub(crate) fn beside(&self, from: Track, to: Track, position: f64) -> f64 {
        position * self.length(to) / self.length(from)
    }

    fn pieces_of(&self, track: Track) -> Range<usize> {
        let [first, count] = self.tracks[track.0 as usize].pieces;
        first as usize..(first + count) as usize
    }

    /// Where a position on a track lies; beyond the ends the end pieces go on straight.
    pub(crate) fn spot(&self, track: Track, position: f64) -> Spot {
        let Range { start, end } = self.pieces_of(track);
        let mut last = start;
        while last + 1 < end && self.pieces[last + 1].from <= position {
            last += 1;
        }
        let Piece { from, start, heading, scale } = self.pieces[last];
        let along = (position - from) * scale;
        Spot { at: Point::new(start.x + heading.0 * along, start.y + heading.1 * along), heading, piece: last }
    }

    /// The straight pieces of a track.
    pub(crate) fn segments(&self, track: Track) -> impl Iterator<Item = Segment> {
        let pieces = &self.pieces[self.pieces_of(track)];
        let ends = pieces.iter().skip(1).map(|p| p.from).chain([self.length(track)]);
        let segment = move |(piece, to): (&Piece, f64)| {
            let Piece { from, start, heading, scale } = *piece;
            Segment { track, from, to, start, heading, scale }
        };
        pieces.iter().zip(ends).map(segment)
    }

    /// How much before the end of a lane all but cyclists stop, in metres.
    pub(crate) fn cycle_area(&self, track: Track) -> f64 {
        if self.cycle_areas.is_empty() {
            return 0.0;
        }
        self.cycle_areas.binary_search_by_key(&track, |a| a.0).map_or(0.0, |i| self.cycle_areas[i].1)
    }

    /// What a track is.
    pub(crate) fn kind(&self, track: Track) -> Kind {
        self.tracks[track.0 as usize].kind
    }

    /// Length of a track.
    pub(crate) fn length(&self, track: Track) -> f64 {
        self.tracks[track.0 as usize].length
    }

    /// Speed limit of a track.
    pub(crate) fn limit(&self, track: Track) -> f64 {
        self.tracks[track.0 as usize].limit
    }

    /// A movement.
    pub(crate) fn way(&self, movement: MovementId) -> &Way {
        &self.ways[movement.index()]
    }
}

/// Every track and the intersection that it leads to, in order.
fn numbered(network: &Network) -> impl Iterator<Item = (Kind, IntersectionId)> {
    network.intersections.enumerate().flat_map(|(id, intersection)| {
        let lanes = intersection.arriving.iter().flat_map(|&l| network.links[l].lanes()).map(Kind::Lane);
        let movements = intersection.movements.iter().copied().map(Kind::Movement);
        lanes.chain(movements).map(move |kind| (kind, id))
    })
}

fn neighbours(network: &Network, kind: Kind) -> Neighbours {
    let Kind::Lane(lane) = kind else { return Neighbours::default() };
    let here = &network.lanes[lane];
    let beside = |index: Option<u32>| index.and_then(|i| network.links[here.link].lane(i));
    Neighbours { left: beside(here.index.checked_add(1)), right: beside(here.index.checked_sub(1)) }
}

/// Takes a track down, its pieces at the end of those of all.
fn plain(network: &Network, kind: Kind, intersection: IntersectionId, pieces: &mut Vec<Piece>) -> Plain {
    let (length, limit, shape) = match kind {
        Kind::Lane(l) => (network.lanes[l].length, network.lanes[l].speed_limit, &network.lanes[l].shape),
        Kind::Movement(m) => (network.movements[m].length, network.movements[m].speed_limit, &network.movements[m].shape),
    };
    let first = pieces.len();
    let stretch = length.get() / shape.length().get();
    let mut from = 0.0;
    for ends in shape.points().windows(2) {
        let (start, end) = (ends[0], ends[1]);
        let drawn = start.distance(end).get();
        let heading = ((end.x - start.x) / drawn, (end.y - start.y) / drawn);
        pieces.push(Piece { from, start, heading, scale: 1.0 / stretch });
        from += drawn * stretch;
    }
    let pieces = [first as u32, (pieces.len() - first) as u32];
    Plain { kind, intersection, length: length.get(), limit: limit.get(), neighbours: neighbours(network, kind), pieces }
}

/// The first row of each intersection in the table of claims; conflicts are numbered by intersection.
fn first_claims(network: &Network) -> Vec<u32> {
    let mut next = 0;
    let mut first = |intersection: &Intersection| {
        let conflicts = intersection.movements.iter().flat_map(|&m| &network.movements[m].conflicts);
        let before = next;
        next = conflicts.map(|c| 2 * c.0 + 2).max().unwrap_or(next);
        debug_assert!(next >= before, "conflicts are numbered by intersection");
        before
    };
    network.intersections.iter().map(&mut first).collect()
}

fn way(network: &Network, tracks: &IdVec<MovementId, Track>, id: MovementId) -> Way {
    let m = &network.movements[id];
    let clashes: Vec<Clash> = m
        .conflicts
        .iter()
        .map(|&c| {
            let conflict = &network.conflicts[c];
            let (own, other) = conflict.seen_from(id);
            let side = u32::from(conflict.second.movement == id);
            Clash {
                meeting: conflict.meeting,
                own: 2 * c.0 + side,
                others: 2 * c.0 + 1 - side,
                other: other.movement,
                other_track: tracks[other.movement],
                from: own.from.get(),
                to: own.to.get(),
                other_from: other.from.get(),
                other_to: other.to.get(),
                swing: swing(m, &network.movements[other.movement], conflict.meeting, other.from.get(), other.to.get()),
                yields: conflict.yields(id),
                precedes: conflict.yields(other.movement),
            }
        })
        .collect();
    let waiting = m.waiting.and_then(|w| waiting_place(w.get(), &clashes));
    let gives_way = clashes.iter().any(|c| c.meeting != Meeting::Diverge && c.yields);
    Way {
        from: m.from,
        to: m.to,
        to_index: network.lanes[m.to].index,
        head: m.head,
        waiting,
        crossed: clashes.iter().any(|c| c.meeting == Meeting::Cross),
        gives_way,
        sees_late: gives_way && m.head.is_none() && waiting.is_none(),
        to_next_line: m.length.get() + network.lanes[m.to].length.get(),
        partings: partings(&clashes),
        clashes,
    }
}

fn partings(clashes: &[Clash]) -> Box<[Parting]> {
    let parting = clashes.iter().filter(|c| c.meeting == Meeting::Diverge);
    parting.map(|c| Parting { track: c.other_track, until: c.other_to }).collect()
}

/// Width of the bodies that turn beside each other, in metres: that of a bus or lorry.
const WIDE: f64 = 2.5;

/// How much further behind than by its own way a front has to stay of a rear bumper on another way, in metres, where the two
/// part or merge; `from` and `to` are where on the other way.
fn swing(own: &Movement, other: &Movement, meeting: Meeting, from: f64, to: f64) -> f64 {
    const STEP: f64 = 0.5;
    const MOST: f64 = 3.0;
    // Where ways part they count from the stop line, where they merge from the end.
    let shift = match meeting {
        Meeting::Diverge => 0.0,
        Meeting::Merge => own.length.get() - other.length.get(),
        Meeting::Cross | Meeting::Abreast => return 0.0,
    };
    let mut most: f64 = 0.0;
    let mut rear = from.max(-shift);
    while rear < to {
        let ahead = other.shape.pose(Length::metres(rear));
        while most < MOST && rear + shift > most && fronts_touch(own.shape.pose(Length::metres(rear + shift - most)), ahead) {
            most += 0.25;
        }
        rear += STEP;
    }
    most
}

/// Whether a front bumper and a rear bumper ahead of it touch.
fn fronts_touch(front: Pose, rear: Pose) -> bool {
    let half = 0.5 * WIDE;
    let reaches = |p: Pose, to: Point, sign: f64| {
        let (x, y) = (to.x - p.at.x, to.y - p.at.y);
        let (c, s) = p.heading;
        sign * (c * x + s * y) > 1e-6 && (c * y - s * x).abs() < half
    };
    [half, -half]
        .into_iter()
        .any(|side| reaches(rear, front.offset(0.0, side), 1.0) || reaches(front, rear.offset(0.0, side), -1.0))
}

/// Where a vehicle waits for its gap: at the place that the network gives, or just before the first area at which it
/// gives way, if that comes earlier. `None` when there is no room for that behind the stop line.
fn waiting_place(given: f64, clashes: &[Clash]) -> Option<f64> {
    let crossing = clashes.iter().filter(|c| c.meeting == Meeting::Cross && c.yields);
    let place = crossing.map(|c| c.from - 0.1).fold(given, f64::min);
    (place >= 1.0).then_some(place)
}
