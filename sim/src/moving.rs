//! Carrying out what was decided: along the lane, over the stop line, to another lane, into and out of the network.

use crate::claims::SLOW_INSIDE;
use crate::decide::{Decision, Decisions, Part};
use crate::emergency::is_on_duty;
use crate::fleet::Fleet;
use crate::following::advance;
use crate::lanes::{Change, LEAST_GAP, can_change};
use crate::lights::Lights;
use crate::measure::{ROLLING, STANDING};
use crate::on_foot::{OnFoot, bars_change};
use crate::perceive::Scene;
use crate::random::Chance;
use crate::roads::{Kind, Roads, Track, Way};
use crate::traffic::{Queues, Row, Tails, Traffic, flag};
use bevy_ecs::resource::Resource;
use model::id::{LaneId, LinkId, VehicleId};
use model::signal::Aspect;
use rayon::ThreadPool;
use rayon::prelude::*;

/// What happened in a step, for detectors and measures.
#[derive(Debug, Default, Resource)]
pub(crate) struct Events {
    /// Vehicles that reached the end of their route, and whether they count.
    pub(crate) arrived: Vec<(VehicleId, bool)>,
    /// Stop lines crossed on red.
    pub(crate) red_runs: u32,
    /// The same by emergency vehicles on duty, which may.
    pub(crate) red_passages: u32,
    /// Links left by vehicles that count.
    pub(crate) left: Vec<LinkId>,
    /// Stops that began, of vehicles that count.
    pub(crate) stops: u32,
    /// Vehicles that have come on to closed lanes.
    pub(crate) went_through: u32,
    /// Vehicle updates.
    pub(crate) updates: u64,
    /// What it brought to move the rows, by part of the network.
    advanced: Vec<Advanced>,
}

impl Events {
    /// For a step that has brought nothing yet.
    fn clear(&mut self) {
        let mut kept = std::mem::take(self);
        kept.arrived.clear();
        kept.left.clear();
        *self = Self { arrived: kept.arrived, left: kept.left, advanced: kept.advanced, ..Self::default() };
    }
}

/// A vehicle stands at the end of its lane when it is this close, in metres.
const STRANDED_WITHIN: f64 = 3.0;

/// Flags that live through a step; the others are decided anew.
const LASTING: u8 = flag::ROLLED | flag::COUNTED | flag::INSISTS;

/// The pass.
pub(crate) struct Mover<'a> {
    pub(crate) roads: &'a Roads,
    pub(crate) fleet: &'a Fleet,
    pub(crate) lights: &'a Lights,
    pub(crate) on_foot: &'a OnFoot,
    pub(crate) traffic: &'a mut Traffic,
    pub(crate) tails: &'a mut Tails,
    pub(crate) events: &'a mut Events,
    pub(crate) dt: f64,
    /// Whether a second begins.
    pub(crate) second: bool,
    pub(crate) chance: Chance,
}

/// A wish to change lanes: who, from where, to which side, and whether it is urgent.
type Wish = (Track, VehicleId, Change, bool);

/// What it has brought to move the rows of some tracks.
#[derive(Debug, Default)]
struct Advanced {
    wishes: Vec<Wish>,
    /// Tracks whose foremost rows have passed the end.
    over: Vec<Track>,
    /// Tracks with somebody who is stranded.
    stranded: Vec<Track>,
    /// Tracks whose last row reaches back over their start.
    reaching: Vec<Track>,
    /// Movements with somebody who stands, or nearly so.
    slow_inside: Vec<Track>,
    stops: u32,
    updates: u64,
}

impl Advanced {
    /// For a step, its memory kept.
    fn clear(&mut self) {
        let Self { wishes, over, stranded, reaching, slow_inside, stops, updates } = self;
        wishes.clear();
        for tracks in [over, stranded, reaching, slow_inside] {
            tracks.clear();
        }
        (*stops, *updates) = (0, 0);
    }
}

impl Mover<'_> {
    pub(crate) fn step(&mut self, decisions: &Decisions, pool: Option<&ThreadPool>) {
        self.events.clear();
        let mut advanced = std::mem::take(&mut self.events.advanced);
        self.advance(decisions, &mut advanced, pool);
        self.events.stops = advanced.iter().map(|a| a.stops).sum();
        self.events.updates = advanced.iter().map(|a| a.updates).sum();
        if self.second {
            self.traffic.stranded.clear();
            self.traffic.stranded.extend(advanced.iter().flat_map(|a| &a.stranded));
        }
        self.traffic.slow_inside.clear();
        self.traffic.slow_inside.extend(advanced.iter().flat_map(|a| &a.slow_inside));
        let mut reaching: Vec<Track> = advanced.iter().flat_map(|a| &a.reaching).copied().collect();
        for &track in advanced.iter().flat_map(|a| &a.over) {
            self.pass_on(track, &mut reaching);
        }
        reaching.sort_unstable();
        reaching.dedup();
        self.traffic.refresh_active();
        self.tails.refresh(self.roads, self.traffic, &reaching);
        self.change_lanes(advanced.iter().flat_map(|a| &a.wishes), &reaching);
        self.events.advanced = advanced;
    }

    /// Moves every row along its track, one part of the network beside the other.
    fn advance(&mut self, decisions: &Decisions, done: &mut Vec<Advanced>, pool: Option<&ThreadPool>) {
        let ends = Ends { roads: self.roads, lights: self.lights };
        let (dt, second, fleet) = (self.dt, self.second, self.fleet);
        let advance = |((part, done), mut queues): ((&Part, &mut Advanced), Queues<'_>)| {
            done.clear();
            let mut decided = part.rows.iter();
            for &track in queues.tracks {
                advance_rows(track, queues.queue(track), &mut decided, fleet, &ends, (dt, second), done);
            }
        };
        done.resize_with(decisions.parts.len(), Advanced::default);
        let queues = self.traffic.split(decisions.parts.iter().map(|p| p.tracks.clone()));
        let work = decisions.parts.iter().zip(done).zip(queues);
        match pool {
            None => work.for_each(advance),
            Some(pool) => {
                let work: Vec<_> = work.collect();
                pool.install(|| work.into_par_iter().with_max_len(1).for_each(advance));
            }
        }
    }

    /// Hands vehicles whose front has passed the end of a track on to the next, and notes to which.
    fn pass_on(&mut self, track: Track, reached: &mut Vec<Track>) {
        let length = self.roads.length(track);
        let over = self.traffic.queue(track).partition_point(|r| r.position >= length);
        for i in 0..over {
            let row = self.traffic.queue(track)[i];
            reached.extend(self.hand_over(track, row));
        }
        self.traffic.remove_foremost(track, over);
    }

    /// The track to which a vehicle has been handed on; `None` at the end of its way.
    fn hand_over(&mut self, from: Track, mut row: Row) -> Option<Track> {
        let mut track = from;
        while row.position >= self.roads.length(track) {
            let next = match self.roads.kind(track) {
                Kind::Lane(lane) => {
                    if row.is(flag::COUNTED) {
                        self.events.left.push(self.roads.network.lanes[lane].link);
                    }
                    let Some(movement) = row.next else {
                        self.events.arrived.push((row.vehicle, row.is(flag::COUNTED)));
                        return None;
                    };
                    let head = self.roads.way(movement).head;
                    if matches!(self.lights.aspect(head), Aspect::Red | Aspect::RedAmber) {
                        let on_duty = is_on_duty(self.fleet, &row);
                        self.events.red_runs += u32::from(!on_duty);
                        self.events.red_passages += u32::from(on_duty);
                    }
                    self.roads.movement(movement)
                }
                Kind::Movement(m) => {
                    let Way { to, to_index, .. } = *self.roads.way(m);
                    row.leg += 1;
                    self.fleet.orient_on(&mut row, to_index);
                    self.events.went_through += u32::from(self.fleet.is_closed(to));
                    row.flags &= !(flag::GRANTED | flag::RELEASED | flag::BLOCKED | flag::INSISTS);
                    self.roads.lane(to)
                }
            };
            row.position -= self.roads.length(track);
            row.behind = row.behind.after(track);
            track = next;
        }
        if row.speed < SLOW_INSIDE && matches!(self.roads.kind(track), Kind::Movement(_)) {
            self.traffic.slow_inside.push(track);
        }
        self.traffic.insert(track, row);
        Some(track)
    }

    /// Changes lanes one by one, each against the traffic as the ones before have left it.
    fn change_lanes<'w>(&mut self, wishes: impl Iterator<Item = &'w Wish>, reaching: &[Track]) {
        let mut changed = false;
        for &(track, vehicle, change, urgent) in wishes {
            let Some(i) = self.traffic.queue(track).iter().position(|r| r.vehicle == vehicle) else { continue };
            let Some(target) = self.neighbour(track, change) else { continue };
            let to = self.roads.lane(target);
            let mut row = self.traffic.queue(track)[i];
            row.position = self.roads.beside(track, to, row.position);
            let to_line = self.roads.length(to) - row.position;
            let scene = Scene {
                roads: self.roads,
                fleet: self.fleet,
                traffic: self.traffic,
                tails: self.tails,
                lights: self.lights,
                on_foot: self.on_foot,
                dt: self.dt,
                chance: self.chance,
            };
            let driver = scene.driver(&row, scene.limit(track));
            let barred = bars_change(&scene, target, &row);
            if !barred && can_change(&scene, target, &row, &driver, to_line, urgent) {
                self.move_over(track, i, target);
                changed = true;
            } else if !barred && urgent && row.speed < STANDING && self.change_places(track, i, to) {
                changed = true;
            }
        }
        if changed {
            self.traffic.refresh_active();
            self.tails.refresh(self.roads, self.traffic, reaching);
        }
    }

    fn neighbour(&self, track: Track, change: Change) -> Option<LaneId> {
        match change {
            Change::None => None,
            Change::Left => self.roads.neighbours(track).left,
            Change::Right => self.roads.neighbours(track).right,
        }
    }

    /// Two vehicles that stand side by side, each asking for the lane of the other, change places.
    ///
    /// In the street one of them would have let the other go ahead before both stood; lanes cannot be changed so finely
    /// here, and the two would stand for ever.
    fn change_places(&mut self, one: Track, i: usize, other: Track) -> bool {
        let a = self.traffic.queue(one)[i];
        let wants_back = if other > one { flag::ASKS_RIGHT } else { flag::ASKS_LEFT };
        let place = self.roads.beside(one, other, a.position);
        let near = |b: &Row| (b.position - place).abs() < 0.5 * (a.length + b.length) && b.is(wants_back) && b.speed < STANDING;
        let Some(j) = self.traffic.queue(other).iter().position(near) else { return false };
        let b = self.traffic.queue(other)[j];
        // Each must fit into the gap that the other leaves.
        let fits = |queue: &[Row], k: usize, position: f64, length: f64| {
            let behind = queue.get(k + 1).is_none_or(|r| position - length - r.position > LEAST_GAP);
            let beside = |(j, r): (usize, &Row)| j != k && r.position > position - length && r.rear() < position;
            let alone = !self.fleet.cycles || !queue.iter().enumerate().any(beside);
            behind && alone && position - length >= 0.0
        };
        if !fits(self.traffic.queue(other), j, b.position, a.length) || !fits(self.traffic.queue(one), i, a.position, b.length) {
            return false;
        }
        self.place(one, i, Row { position: a.position, behind: a.behind, ..b });
        self.place(other, j, Row { position: b.position, behind: b.behind, ..a });
        true
    }

    /// Puts a vehicle in the place of another that has left it.
    fn place(&mut self, track: Track, i: usize, mut row: Row) {
        let Kind::Lane(lane) = self.roads.kind(track) else { return };
        self.fleet.orient(&self.roads.network, &mut row, lane);
        row.since_change = 0;
        row.waited = 0;
        row.flags &= LASTING;
        self.traffic.queues[track.0 as usize][i] = row;
    }

    fn move_over(&mut self, from: Track, i: usize, target: LaneId) {
        let mut row = self.traffic.remove(from, i);
        let to = self.roads.lane(target);
        row.position = self.roads.beside(from, to, row.position);
        self.fleet.orient(&self.roads.network, &mut row, target);
        row.since_change = 0;
        row.flags &= LASTING;
        self.traffic.insert(to, row);
    }
}

/// The ends of lanes, and whether others could go there now.
struct Ends<'a> {
    roads: &'a Roads,
    lights: &'a Lights,
}

impl Ends<'_> {
    /// Whether somebody who stands at the end of a lane that does not lead on holds others up.
    fn is_open(&self, track: Track) -> bool {
        let Kind::Lane(lane) = self.roads.kind(track) else { return false };
        let leaving = &self.roads.network.lanes[lane].leaving;
        leaving.iter().any(|&m| self.lights.aspect(self.roads.way(m).head) == Aspect::Green)
    }
}

/// Moves the rows of a track.
fn advance_rows<'d>(
    track: Track,
    rows: &mut [Row],
    decided: &mut impl Iterator<Item = &'d Decision>,
    fleet: &Fleet,
    ends: &Ends<'_>,
    (dt, second): (f64, bool),
    done: &mut Advanced,
) {
    let length = ends.roads.length(track);
    done.updates += rows.len() as u64;
    for (row, decision) in rows.iter_mut().zip(decided) {
        let (moved, speed) = advance(fleet.types[row.kind].following.model, row.speed, decision.acceleration, dt);
        row.position += moved;
        row.acceleration = (speed - row.speed) / dt;
        row.speed = speed;
        row.flags = (row.flags & LASTING) | decision.flags;
        done.stops += u32::from(note_stop(row));
        if second {
            row.since_change = row.since_change.saturating_add(1);
            let stranded = || row.next.is_none() && row.onward.links > 0 && length - row.position < STRANDED_WITHIN;
            let waits = row.speed < STANDING && (row.is(flag::BLOCKED) || (stranded() && ends.is_open(track)));
            row.waited = if waits { row.waited.saturating_add(1) } else { 0 };
            if row.is_stranded() {
                done.stranded.push(track);
            }
        }
        debug_assert!(row.position.is_finite() && row.speed >= 0.0, "{row:?}");
        if decision.change != Change::None {
            done.wishes.push((track, row.vehicle, decision.change, decision.urgent));
        }
    }
    if fleet.cycles {
        // Whoever has passed another within the lane goes before it.
        rows.sort_by(|a, b| b.position.total_cmp(&a.position).then(a.vehicle.cmp(&b.vehicle)));
    }
    if rows.first().is_some_and(|r| r.position >= length) {
        done.over.push(track);
    }
    if rows.last().is_some_and(|r| r.rear() < 0.0) {
        done.reaching.push(track);
    }
    if matches!(ends.roads.kind(track), Kind::Movement(_)) && rows.iter().any(|r| r.speed < SLOW_INSIDE) {
        done.slow_inside.push(track);
    }
}

/// Notes whether the vehicle rolls or stands; true when a stop that counts has begun.
fn note_stop(row: &mut Row) -> bool {
    if row.speed > ROLLING {
        row.flags |= flag::ROLLED;
    }
    let stops = row.speed < STANDING && row.is(flag::ROLLED);
    if stops {
        row.flags &= !flag::ROLLED;
    }
    stops && row.is(flag::COUNTED)
}
