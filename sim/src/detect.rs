//! Loops: they count fronts and the time that bodies cover them, and report nobody by name.
//!
//! Within a step a vehicle is taken to go evenly from where it was to where it is. A vehicle that enters the network over
//! a loop has crossed it; one whose way ends in the very step in which it reaches the loop has not.

use crate::fleet::Fleet;
use crate::roads::{Kind, Roads, Track};
use crate::traffic::{Behind, Row, Traffic};
use bevy_ecs::resource::Resource;
use model::control::Reading;
use model::detector::DetectorKind;
use model::id::{DetectorId, IdVec, LaneId, VehicleId};
use model::network::Detector;
use model::vehicle::{FollowingModel, VehicleClass};
use serde::{Deserialize, Serialize};

/// How exactly it is known where a vehicle was a step ago, in metres: as it comes to rest it may have crept a little.
const ROUNDING: f64 = 6e-4;

/// What the detectors have seen.
#[derive(Debug, Default, Resource, Serialize, Deserialize)]
pub(crate) struct Loops {
    /// Of the whole second that has ended.
    #[serde(with = "brief")]
    pub(crate) readings: IdVec<DetectorId, Reading>,
    /// Of the second that is running.
    #[serde(with = "brief")]
    running: IdVec<DetectorId, Reading>,
    /// Since the start of the measured period: vehicles counted.
    pub(crate) counted: IdVec<DetectorId, u64>,
    /// Who was counted last, as long as it is near: nobody is counted twice.
    pub(crate) last: IdVec<DetectorId, Option<VehicleId>>,
}

/// What detectors see of the traffic.
#[derive(Clone, Copy)]
pub(crate) struct Street<'a> {
    pub(crate) roads: &'a Roads,
    pub(crate) fleet: &'a Fleet,
    pub(crate) traffic: &'a Traffic,
    /// Those who have entered the network in the step, and how far they had come when it began, in metres.
    pub(crate) entered: &'a [(VehicleId, f64)],
}

/// The step that has ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    /// Its length in seconds.
    pub(crate) dt: f64,
    /// Whether a whole second has ended with it.
    pub(crate) second: bool,
    /// Whether it belongs to the measured period.
    pub(crate) measured: bool,
}

/// How a vehicle has moved in a step, as its front goes along the lane of a loop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Passage {
    vehicle: VehicleId,
    pub(crate) class: VehicleClass,
    pub(crate) speed: f64,
    from: f64,
    pub(crate) to: f64,
    pub(crate) length: f64,
    /// Whether it has entered the network here in the step.
    entered: bool,
}

impl Loops {
    pub(crate) fn new(roads: &Roads) -> Self {
        let n = roads.network.detectors.len();
        Self {
            readings: IdVec::from_fn(n, |_| Reading::default()),
            running: IdVec::from_fn(n, |_| Reading::default()),
            counted: IdVec::from_fn(n, |_| 0),
            last: IdVec::from_fn(n, |_| None),
        }
    }

    /// The pass: looks at how the last step has moved everyone. At a whole second the readings are handed over.
    pub(crate) fn detect(&mut self, street: Street<'_>, ended: Ended) {
        let mut passages = Vec::new();
        let loops = street.roads.network.detectors.enumerate().filter(|(_, d)| d.kind == DetectorKind::Loop);
        for (id, loop_) in loops {
            let stretch = stretch_of(loop_);
            find_passages(street, (loop_.lane, stretch), ended.dt, &mut passages);
            let count = fronts(&passages, stretch.0, &mut self.last[id]).count() as u32;
            self.running[id].count += count;
            self.running[id].occupancy += covered(&passages, stretch, ended.dt);
            self.counted[id] += if ended.measured { u64::from(count) } else { 0 };
        }
        if ended.second {
            for (reading, running) in self.readings.iter_mut().zip(self.running.iter_mut()) {
                *reading = std::mem::take(running);
            }
        }
    }
}

/// Where a detector lies on its lane, from its start to its end.
pub(crate) fn stretch_of(detector: &Detector) -> (f64, f64) {
    ((detector.position.get() - detector.length.get()).max(0.0), detector.position.get())
}

/// Those whose fronts have come past a place; nobody twice, as `last` tells.
pub(crate) fn fronts<'a>(
    passages: &'a [Passage],
    place: f64,
    last: &mut Option<VehicleId>,
) -> impl Iterator<Item = &'a Passage> + use<'a> {
    let before = last.filter(|&l| passages.iter().any(|p| p.vehicle == l));
    let crossed = passages.iter().filter(move |p| p.crosses(place) && before != Some(p.vehicle));
    *last = crossed.clone().next_back().map(|p| p.vehicle).or(before);
    crossed
}

impl Passage {
    /// Whether the front has come past a place in this step.
    fn crosses(&self, place: f64) -> bool {
        self.to >= place && (self.entered || self.from < place + ROUNDING)
    }

    /// When in the step the body begins and ends to cover a stretch, as shares of the step.
    fn covers(&self, (start, end): (f64, f64)) -> (f64, f64) {
        let moved = self.to - self.from;
        if moved < ROUNDING {
            let there = self.to >= start && self.to - self.length <= end;
            return (0.0, if there { 1.0 } else { 0.0 });
        }
        let share = |front: f64| ((front - self.from) / moved).clamp(0.0, 1.0);
        (share(start), share(end + self.length))
    }
}

/// How long a stretch was covered in a step by one body or another, in seconds; the passages come from front to back.
fn covered(passages: &[Passage], stretch: (f64, f64), dt: f64) -> f64 {
    let (mut total, mut until) = (0.0, 0.0_f64);
    for (begins, ends) in passages.iter().map(|p| p.covers(stretch)) {
        total += (ends - begins.max(until)).max(0.0);
        until = until.max(ends);
    }
    total * dt
}

/// Everyone whose body has been on a stretch of a lane in this step, from front to back; they may have left the lane.
pub(crate) fn find_passages(street: Street<'_>, (lane, (start, end)): (LaneId, (f64, f64)), dt: f64, found: &mut Vec<Passage>) {
    found.clear();
    let Street { roads, fleet, traffic, .. } = street;
    let (track, length) = (roads.lane(lane), roads.length(roads.lane(lane)));
    let mut note = |row: &Row, before: f64, new: bool| {
        let kind = &fleet.types[row.kind];
        let to = row.position + before;
        let driven = street.entered.iter().find(|e| new && e.0 == row.vehicle).map(|e| e.1);
        let entered = driven.is_some();
        let from = to - moved(row, kind.following.model, dt) - driven.unwrap_or(0.0);
        if to < start - ROUNDING || from - row.length > end + ROUNDING {
            return;
        }
        found.push(Passage { vehicle: row.vehicle, class: kind.class, speed: row.speed, from, to, length: row.length, entered });
    };
    // The queue goes from front to back: most of it has not come so far.
    for row in traffic.queue(track).iter().take_while(|r| r.position >= start - ROUNDING) {
        note(row, 0.0, row.behind == Behind::NOTHING);
    }
    // Of those that have left the lane only the last can be so near.
    let rest = fleet.farthest_in(dt) - (length - end);
    let near = |track: Track, before: f64| traffic.queue(track).iter().rev().take_while(move |r| r.rear() + before < rest);
    for &movement in roads.leaving(lane).iter().filter(|_| rest > -fleet.longest()) {
        for row in near(movement, 0.0).filter(|r| r.behind.iter().next() == Some(track)) {
            note(row, length, false);
        }
        let Kind::Movement(m) = roads.kind(movement) else { continue };
        let over = roads.length(movement);
        for row in near(roads.lane(roads.way(m).to), over).filter(|r| r.behind.iter().take(2).eq([movement, track])) {
            note(row, length + over, false);
        }
    }
    found.sort_by(|a, b| b.to.total_cmp(&a.to));
}

/// How far a vehicle has moved in the last step, in metres. One that has stopped in the step may have moved less.
pub(crate) fn moved(row: &Row, model: FollowingModel, dt: f64) -> f64 {
    match model {
        FollowingModel::Krauss => row.speed * dt,
        FollowingModel::Idm => (row.speed - 0.5 * row.acceleration * dt) * dt,
    }
}

/// Readings as they are saved: what loops report. The rest is saved with the other kinds.
mod brief {
    use super::{DetectorId, IdVec, Reading};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(readings: &IdVec<DetectorId, Reading>, to: S) -> Result<S::Ok, S::Error> {
        readings.iter().map(|r| (r.count, r.occupancy)).collect::<Vec<_>>().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<IdVec<DetectorId, Reading>, D::Error> {
        let all = Vec::<(u32, f64)>::deserialize(from)?;
        Ok(all.into_iter().map(|(count, occupancy)| Reading { count, occupancy, ..Reading::default() }).collect())
    }
}
