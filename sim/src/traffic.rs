//! The moving state: one row per vehicle, in the queue of its track, front to back.

use crate::claims::SLOW_INSIDE;
use crate::fleet::Onward;
use crate::roads::{Kind, Roads, Track};
use bevy_ecs::resource::Resource;
use model::id::{MovementId, RouteId, VehicleId, VehicleTypeId};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::ops::Range;

/// What a driver has decided or met; bits of [`Row::flags`].
pub(crate) mod flag {
    /// It may cross the stop line.
    pub(crate) const GRANTED: u8 = 1;
    /// It may leave its waiting place inside the intersection.
    pub(crate) const RELEASED: u8 = 2;
    /// It stands, or brakes, because of other traffic at a place where it must give way or keep clear.
    pub(crate) const BLOCKED: u8 = 4;
    /// It needs another lane soon and asks to be let in.
    pub(crate) const ASKS_LEFT: u8 = 8;
    /// The same, to the right.
    pub(crate) const ASKS_RIGHT: u8 = 16;
    /// It has moved faster than 5 km/h since it last stood.
    pub(crate) const ROLLED: u8 = 32;
    /// It counts in the measures: it was due after the warm-up.
    pub(crate) const COUNTED: u8 = 64;
    /// It has stood in a circle of vehicles that wait for each other, and goes first.
    pub(crate) const INSISTS: u8 = 128;
}

/// A moving vehicle. Plain SI numbers: the formulas run over these.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// Front bumper, from the start of the track.
    pub(crate) position: f64,
    pub(crate) speed: f64,
    /// Over the last step.
    pub(crate) acceleration: f64,
    pub(crate) length: f64,
    pub(crate) speed_factor: f64,
    pub(crate) vehicle: VehicleId,
    pub(crate) route: RouteId,
    /// Index in the route of the link it is on, or last was on.
    pub(crate) leg: u32,
    /// On a lane: the movement it will take.
    pub(crate) next: Option<MovementId>,
    /// What its driver knows about the way after that.
    pub(crate) onward: Onward,
    /// The tracks it came over.
    pub(crate) behind: Behind,
    pub(crate) kind: VehicleTypeId,
    /// Seconds since its last change of lane; saturates.
    pub(crate) since_change: u8,
    pub(crate) flags: u8,
    /// Seconds it has stood at the end of a lane that does not lead on, or because it must give way or keep clear;
    /// saturates.
    pub(crate) waited: u8,
}

impl Row {
    /// One that stands at the start of a track, for tests.
    #[cfg(test)]
    pub(crate) fn standing() -> Self {
        Self {
            position: 0.0,
            speed: 0.0,
            acceleration: 0.0,
            length: 4.5,
            speed_factor: 1.0,
            vehicle: VehicleId(0),
            route: RouteId(0),
            leg: 0,
            next: None,
            onward: Onward::default(),
            behind: Behind::NOTHING,
            kind: VehicleTypeId(0),
            since_change: 0,
            flags: 0,
            waited: 0,
        }
    }

    /// Rear bumper, from the start of the track; negative while it reaches back.
    pub(crate) fn rear(&self) -> f64 {
        self.position - self.length
    }

    /// Whether its driver has waited long enough at the end of a lane that does not lead on to take another way.
    pub(crate) fn is_stranded(&self) -> bool {
        self.next.is_none() && self.waited >= PATIENCE
    }

    /// Whether a flag is set.
    pub(crate) fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// The last tracks that a vehicle came over, as many as the longest vehicle may reach back over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Behind([Track; 4]);

impl Behind {
    const NO_TRACK: Track = Track(u32::MAX);

    /// None at all: the vehicle has just entered.
    pub(crate) const NOTHING: Self = Self([Self::NO_TRACK; 4]);

    /// The tracks, latest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Track> {
        self.0.iter().copied().take_while(|&t| t != Self::NO_TRACK)
    }

    /// The same when the vehicle has left another track.
    pub(crate) fn after(self, left: Track) -> Self {
        let Self([a, b, c, _]) = self;
        Self([left, a, b, c])
    }
}

/// The rear end of a vehicle whose front is on a later track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tail {
    /// Rear bumper, from the start of the track it reaches back to.
    pub(crate) rear: f64,
    pub(crate) speed: f64,
    /// Over the last step.
    pub(crate) acceleration: f64,
    /// Of the whole vehicle.
    pub(crate) length: f64,
    pub(crate) vehicle: VehicleId,
}

/// All vehicles that move.
#[derive(Debug, Default, Resource, Serialize, Deserialize)]
pub(crate) struct Traffic {
    /// The queue of each track, front to back.
    pub(crate) queues: Vec<Vec<Row>>,
    /// Tracks with vehicles, in order, as [`Self::refresh_active`] has found them.
    pub(crate) active: Vec<Track>,
    /// Tracks that have been empty and have vehicles since then.
    #[serde(skip)]
    filled: Vec<Track>,
    /// Whether a track that had vehicles may have none since then.
    #[serde(skip)]
    emptied: bool,
    /// Movements on which somebody stood, or nearly so, when the step began.
    #[serde(skip)]
    pub(crate) slow_inside: Vec<Track>,
    /// Tracks on which somebody has waited long at the end of a lane that does not lead on, when the second began.
    #[serde(skip)]
    pub(crate) stranded: Vec<Track>,
}

/// How long a driver waits to be let into the right lane before taking another way, in seconds.
const PATIENCE: u8 = 12;

impl Traffic {
    pub(crate) fn new(roads: &Roads) -> Self {
        Self { queues: vec![Vec::new(); roads.count()], ..Self::default() }
    }

    /// The queue of a track.
    pub(crate) fn queue(&self, track: Track) -> &[Row] {
        &self.queues[track.0 as usize]
    }

    /// The vehicle at the back of a track.
    pub(crate) fn last(&self, track: Track) -> Option<&Row> {
        self.queues[track.0 as usize].last()
    }

    /// How many vehicles move.
    pub(crate) fn count(&self) -> usize {
        self.active.iter().map(|&t| self.queue(t).len()).sum()
    }

    /// How many of them count in the measures.
    pub(crate) fn counted(&self) -> u32 {
        self.active.iter().flat_map(|&t| self.queue(t)).filter(|r| r.is(flag::COUNTED)).count() as u32
    }

    /// Puts a row into the queue of a track, at its place from front to back.
    pub(crate) fn insert(&mut self, track: Track, row: Row) {
        let queue = &mut self.queues[track.0 as usize];
        if queue.is_empty() {
            self.filled.push(track);
        }
        let before = |r: &Row| (r.position, Reverse(r.vehicle)) > (row.position, Reverse(row.vehicle));
        let place = queue.partition_point(before);
        queue.insert(place, row);
    }

    /// Takes a row out of the queue of a track.
    pub(crate) fn remove(&mut self, track: Track, i: usize) -> Row {
        let queue = &mut self.queues[track.0 as usize];
        let row = queue.remove(i);
        self.emptied |= queue.is_empty();
        row
    }

    /// Takes the foremost rows of a track off.
    pub(crate) fn remove_foremost(&mut self, track: Track, count: usize) {
        let queue = &mut self.queues[track.0 as usize];
        queue.drain(..count);
        self.emptied |= queue.is_empty();
    }

    /// Notes which tracks have vehicles; costs nothing for those that had none and have none.
    pub(crate) fn refresh_active(&mut self) {
        /// Fewer are put in their places one by one.
        const MANY: usize = 8;
        if std::mem::take(&mut self.emptied) {
            self.active.retain(|t| !self.queues[t.0 as usize].is_empty());
        }
        self.filled.retain(|t| !self.queues[t.0 as usize].is_empty());
        if self.filled.len() < MANY {
            for track in self.filled.drain(..) {
                if let Err(place) = self.active.binary_search(&track) {
                    self.active.insert(place, track);
                }
            }
        } else {
            self.active.append(&mut self.filled);
            self.active.sort();
            self.active.dedup();
        }
    }

    /// Finds those anew who are stranded, and those who stand inside intersections, after a restore.
    pub(crate) fn refresh_lists(&mut self, roads: &Roads) {
        let with = |is: &dyn Fn(&Row) -> bool| {
            let any = |t: &&Track| self.queues[t.0 as usize].iter().any(is);
            self.active.iter().filter(any).copied().collect::<Vec<_>>()
        };
        let (stranded, mut slow) = (with(&Row::is_stranded), with(&|r| r.speed < SLOW_INSIDE));
        slow.retain(|&t| matches!(roads.kind(t), Kind::Movement(_)));
        (self.stranded, self.slow_inside) = (stranded, slow);
    }

    /// The active tracks in so many parts of about the same size, each with all of an intersection or none of it.
    pub(crate) fn parts(&self, roads: &Roads, count: usize) -> impl Iterator<Item = Range<usize>> {
        let end = move |part: usize| {
            let near = self.active.len() * part / count;
            let Some(&track) = self.active.get(near) else { return self.active.len() };
            let here = roads.intersection(track);
            near - self.active[..near].iter().rev().take_while(|&&t| roads.intersection(t) == here).count()
        };
        (0..count).map(move |part| end(part)..if part + 1 == count { self.active.len() } else { end(part + 1) })
    }
}

/// The queues of a part of the active tracks, and of the empty ones between them.
pub(crate) struct Queues<'a> {
    pub(crate) tracks: &'a [Track],
    first: usize,
    rows: &'a mut [Vec<Row>],
}

impl Queues<'_> {
    /// The queue of one of the tracks.
    pub(crate) fn queue(&mut self, track: Track) -> &mut [Row] {
        &mut self.rows[track.0 as usize - self.first]
    }
}

impl Traffic {
    /// The queues of each of the parts of the active tracks, which lie one behind the other.
    pub(crate) fn split(&mut self, parts: impl Iterator<Item = Range<usize>>) -> impl Iterator<Item = Queues<'_>> {
        let (active, mut rest, mut first) = (&self.active, self.queues.as_mut_slice(), 0);
        parts.map(move |part| {
            let end = active.get(part.end).map_or(first + rest.len(), |t| t.0 as usize);
            let (rows, after) = std::mem::take(&mut rest).split_at_mut(end - first);
            rest = after;
            Queues { tracks: &active[part], first: std::mem::replace(&mut first, end), rows }
        })
    }
}

/// Rear ends that reach back over the end of a track, one per track: the one furthest back.
#[derive(Debug, Default, Resource)]
pub(crate) struct Tails {
    tails: Vec<Option<Tail>>,
    set: Vec<Track>,
}

impl Tails {
    pub(crate) fn new(roads: &Roads) -> Self {
        Self { tails: vec![None; roads.count()], set: Vec::new() }
    }

    /// The tail on a track.
    pub(crate) fn on(&self, track: Track) -> Option<Tail> {
        self.tails[track.0 as usize]
    }

    /// Tracks with a tail.
    pub(crate) fn tracks(&self) -> &[Track] {
        &self.set
    }

    /// Finds the tails anew, of vehicles on some tracks in order: on any other nobody reaches back.
    pub(crate) fn refresh(&mut self, roads: &Roads, traffic: &Traffic, reaching: &[Track]) {
        for &t in &self.set {
            self.tails[t.0 as usize] = None;
        }
        self.set.clear();
        for &track in reaching {
            for row in traffic.queue(track).iter().rev() {
                let mut rear = row.rear();
                if rear >= 0.0 {
                    break;
                }
                for back in row.behind.iter() {
                    rear += roads.length(back);
                    self.note(
                        back,
                        Tail { rear, speed: row.speed, acceleration: row.acceleration, length: row.length, vehicle: row.vehicle },
                    );
                    if rear >= 0.0 {
                        break;
                    }
                }
            }
        }
    }

    fn note(&mut self, track: Track, tail: Tail) {
        let old = &mut self.tails[track.0 as usize];
        match old {
            None => {
                *old = Some(tail);
                self.set.push(track);
            }
            Some(o) if tail.rear < o.rear => *old = Some(tail),
            Some(_) => {}
        }
    }
}
