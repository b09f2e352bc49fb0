//! Entering the network: whoever is due waits outside until there is room.
//!
//! Whoever comes due within a step and finds room has been driving since then, so that what is lost at the gate does not
//! depend on the step. Drivers of Krauss enter when a step begins, as in SUMO.

use crate::fleet::{Fleet, LaneOutlook, Onward, Vehicle};
use crate::following::{Driver, Leader, advance, stopping_distance};
use crate::on_foot::room_to_enter;
use crate::perceive::{STOP_BEFORE_LINE, Scene};
use crate::roads::{Kind, Roads};
use crate::sides::rearmost;
use crate::stops::way_to_halt;
use crate::traffic::{Behind, Row, Traffic, flag};
use bevy_ecs::resource::Resource;
use model::demand::{DepartLane, DepartSpeed};
use model::id::{LaneId, LinkId, RouteId, VehicleId};
use model::vehicle::FollowingModel;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who waits to enter, and who has come due.
#[derive(Debug, Default, Resource, Serialize, Deserialize)]
pub(crate) struct Gate {
    /// Vehicles before this one have come due.
    pub(crate) next: u32,
    /// Those that wait, by link, in order of their due time.
    pub(crate) waiting: BTreeMap<LinkId, Vec<VehicleId>>,
    /// Those who have entered in the last step, and how far they had driven before it, in metres.
    pub(crate) entered: Vec<(VehicleId, f64)>,
    /// Vehicles that took another way because they could not change lanes in time.
    pub(crate) detours: u32,
}

/// A vehicle that enters in this step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) vehicle: VehicleId,
    pub(crate) route: RouteId,
    pub(crate) lane: LaneId,
    pub(crate) position: f64,
    pub(crate) speed: f64,
    /// Whether it counts in the measures.
    pub(crate) counted: bool,
    /// Since it was due: time lost, and time and way that it has driven already, in seconds and metres.
    pub(crate) lost: f64,
    pub(crate) driven: (f64, f64),
}

/// Those who enter in this step.
#[derive(Debug, Default, Resource)]
pub(crate) struct Entries {
    pub(crate) all: Vec<Entry>,
    /// Those who have come due and have no way past roadworks.
    pub(crate) barred: Vec<VehicleId>,
}

impl Gate {
    /// How many wait outside.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.values().map(Vec::len).sum()
    }

    /// Takes in who is due at `now` and finds out whom there is room for, at most one per lane.
    pub(crate) fn open(&mut self, scene: &Scene<'_>, now: f64, counted_from: f64, entries: &mut Entries) {
        entries.all.clear();
        entries.barred.clear();
        while let Some(vehicle) = scene.fleet.vehicles.get(VehicleId(self.next)).filter(|v| v.due <= now + 1e-9) {
            let link = scene.fleet.routes[vehicle.route].links[0];
            match scene.fleet.departs_on(vehicle) {
                Some(_) => self.waiting.entry(link).or_default().push(VehicleId(self.next)),
                None => entries.barred.push(VehicleId(self.next)),
            }
            self.next += 1;
        }
        for (&link, queue) in &mut self.waiting {
            let mut used: Vec<LaneId> = Vec::new();
            // Nobody overtakes at the gate: whoever finds no room holds up the link, as in a queue upstream of it.
            let mut entered = 0;
            for &id in queue.iter() {
                let vehicle = &scene.fleet.vehicles[id];
                let Some(route) = scene.fleet.departs_on(vehicle) else { break };
                let Some(lane) = choose_lane(scene, (vehicle, route), link, &used) else { break };
                let Some(entry) = enter(scene, (id, vehicle, route), lane, (now, counted_from)) else { break };
                used.push(lane);
                entries.all.push(entry);
                entered += 1;
                if used.len() == scene.roads.network.links[link].lane_count as usize {
                    break;
                }
            }
            queue.drain(..entered);
        }
        self.waiting.retain(|_, queue| !queue.is_empty());
        self.entered.clear();
        self.entered.extend(entries.all.iter().map(|e| (e.vehicle, e.driven.1)));
    }
}

/// The lane to enter on; `None` when it was taken in this step.
fn choose_lane(scene: &Scene<'_>, (vehicle, route): (&Vehicle, RouteId), link: LinkId, used: &[LaneId]) -> Option<LaneId> {
    let outlooks = scene.fleet.routes[route].leg(0);
    let lanes: Vec<LaneId> = scene.roads.network.links[link].lanes().filter(|l| open(scene.roads, outlooks, *l)).collect();
    let lane = match vehicle.departure.lane {
        DepartLane::First if !scene.fleet.types[vehicle.kind].class.is_on_rails() => *lanes.first()?,
        DepartLane::First | DepartLane::Best => {
            let reach = |l: LaneId| outlooks[scene.roads.network.lanes[l].index as usize].reach;
            let farthest = lanes.iter().map(|&l| reach(l)).fold(0.0, f32::max);
            let good = lanes.iter().copied().filter(|&l| reach(l) + 1.0 >= farthest && !used.contains(&l));
            // The emptiest, by the last vehicle on it; the rightmost among equals.
            let back = |l: LaneId| scene.traffic.last(scene.roads.lane(l)).map_or(f64::INFINITY, |r| r.rear() + 4.0 * r.speed);
            good.reduce(|a, b| if back(b) > back(a) { b } else { a })?
        }
    };
    (!used.contains(&lane)).then_some(lane)
}

fn open(roads: &Roads, outlooks: &[LaneOutlook], lane: LaneId) -> bool {
    outlooks[roads.network.lanes[lane].index as usize].admits()
}

impl Entries {
    /// Puts those who enter at the back of their lanes.
    pub(crate) fn let_in(&self, roads: &Roads, fleet: &Fleet, traffic: &mut Traffic) {
        for entry in &self.all {
            let vehicle = &fleet.vehicles[entry.vehicle];
            let mut row = Row {
                position: entry.position,
                speed: entry.speed,
                acceleration: 0.0,
                length: fleet.types[vehicle.kind].length.get(),
                speed_factor: vehicle.speed_factor,
                vehicle: entry.vehicle,
                route: entry.route,
                leg: 0,
                next: None,
                onward: Onward::default(),
                behind: Behind::NOTHING,
                kind: vehicle.kind,
                since_change: 0,
                flags: if entry.counted { flag::COUNTED } else { 0 },
                waited: 0,
            };
            fleet.orient(&roads.network, &mut row, entry.lane);
            traffic.insert(roads.lane(entry.lane), row);
        }
        if !self.all.is_empty() {
            traffic.refresh_active();
        }
    }
}

/// Gives a new way to whoever has stood too long at the end of a lane that does not lead on; returns how many.
///
/// Two vehicles that each need the lane of the other would otherwise stand side by side for ever.
pub(crate) fn take_other_ways(roads: &Roads, fleet: &mut Fleet, traffic: &mut Traffic) -> u32 {
    let mut count = 0;
    for i in 0..traffic.stranded.len() {
        let track = traffic.stranded[i];
        let Kind::Lane(lane) = roads.kind(track) else { continue };
        // Whoever has a stop on this very link waits for its passengers, or gives the stop up first.
        let calls = |r: &Row| fleet.routes[r.route].halt.is_some_and(|h| h.leg == r.leg);
        let stranded = |r: &&mut Row| r.is_stranded() && !calls(r);
        let Some(row) = traffic.queues[track.0 as usize].first_mut().filter(stranded) else { continue };
        let class = fleet.types[row.kind].class;
        let leg = row.leg as usize;
        if let Some(route) = fleet.detour(&roads.network, row.route, leg, lane, class) {
            row.route = route;
            fleet.orient(&roads.network, row, lane);
            count += 1;
        }
        row.waited = 0;
    }
    count
}

/// How a vehicle enters a lane at `now`; `None` when there is no room.
fn enter(
    scene: &Scene<'_>,
    (id, vehicle, route): (VehicleId, &Vehicle, RouteId),
    lane: LaneId,
    (now, counted_from): (f64, f64),
) -> Option<Entry> {
    let length = scene.fleet.types[vehicle.kind].length.get();
    let position = length.min(scene.roads.length(scene.roads.lane(lane)) - STOP_BEFORE_LINE).max(0.0);
    let room = room(scene, (vehicle, route), lane, position)?;
    let speed = if vehicle.departure.speed == DepartSpeed::Zero { 0.0 } else { room.fastest };
    let (late, counted) = (now - vehicle.due, vehicle.due >= counted_from);
    let entry = Entry { vehicle: id, route, lane, position, speed, counted, lost: late, driven: (0.0, 0.0) };
    Some(driving_since(scene, vehicle, entry, &room, late).unwrap_or(entry))
}

/// The same of one that came due so many seconds ago, within the step, and has been driving since; `None` where it cannot have.
fn driving_since(scene: &Scene<'_>, vehicle: &Vehicle, entry: Entry, room: &Room, late: f64) -> Option<Entry> {
    let kind = &scene.fleet.types[vehicle.kind];
    if late <= 0.0 || late >= scene.dt || kind.following.model == FollowingModel::Krauss {
        return None;
    }
    let driver = Driver::of(kind, room.desired);
    let (moved, speed) = advance(driver.model, entry.speed, driver.follow(entry.speed, room.leader, late), late);
    let position = entry.position + moved;
    if position > scene.roads.length(scene.roads.lane(entry.lane)) - STOP_BEFORE_LINE {
        return None;
    }
    // Where it is now it may have to be slower, for which it has braked.
    let there =
        self::room(scene, (vehicle, entry.route), entry.lane, position).filter(|r| r.fastest >= speed - driver.b * late)?;
    let lost = (late - moved / room.desired).max(0.0);
    Some(Entry { position, speed: speed.min(there.fastest), lost, driven: (late, moved), ..entry })
}

/// What there is for a vehicle at a place where it may enter.
struct Room {
    /// How fast it can be there at most, and would be if it were alone.
    fastest: f64,
    desired: f64,
    leader: Option<Leader>,
}

/// The room for a vehicle that enters a lane with its front at a position; `None` when there is none.
fn room(scene: &Scene<'_>, (vehicle, route): (&Vehicle, RouteId), lane: LaneId, position: f64) -> Option<Room> {
    let kind = &scene.fleet.types[vehicle.kind];
    let track = scene.roads.lane(lane);
    let length = scene.roads.length(track);
    let queue = scene.traffic.queue(track);
    let leader = rearmost(scene.fleet, queue).map(|r| Leader { gap: r.rear() - position, speed: r.speed });
    let tail = || scene.tails.on(track).map(|t| Leader { gap: t.rear - position, speed: t.speed });
    let tail = if leader.is_none() || scene.fleet.cycles { tail() } else { None };
    let leader = leader.into_iter().chain(tail).min_by(|a, b| a.gap.total_cmp(&b.gap));
    // Of those who have just left the lane, whichever way.
    let leaving = scene.roads.network.lanes[lane].leaving.iter();
    let mut across = leaving.filter_map(|&m| scene.traffic.last(scene.roads.movement(m)));
    let is_near = |gap: f64| gap < kind.min_gap.get();
    let touches = leader.is_some_and(|l| is_near(l.gap)) || across.any(|r| is_near(length + r.rear() - position));
    if touches || !upstream_is_far(scene, lane) {
        return None;
    }
    let desired = (scene.limit(track) * vehicle.speed_factor).min(kind.max_speed.get());
    let behind = leader.map_or(desired, |l| speed_behind(&Driver::of(kind, desired), l, scene.dt));
    // It must be able to stop at the end of the lane, and for people on foot or at a stop before that.
    let to_end = (scene.roads.length(track) - position).min(room_to_enter(scene, track, position)?);
    let to_stop = way_to_halt(scene.roads, scene.fleet, route, track)
        .filter(|place| *place >= position)
        .map_or(f64::INFINITY, |place| place - position);
    let limit = (2.0 * scene.fleet.foreseen(vehicle.kind) * (to_end.min(to_stop) - 2.0).max(0.0)).sqrt();
    Some(Room { fastest: behind.min(limit), desired, leader })
}

/// The speed at which a vehicle can follow at this gap from the start.
fn speed_behind(driver: &Driver, leader: Leader, dt: f64) -> f64 {
    let by_gap = (leader.gap - 2.0).max(0.0) / driver.t;
    let mut v = driver.v0.min(by_gap.max(leader.speed.min(by_gap + 1.0)));
    while v > 0.0 && driver.bound(v, leader, driver.moment(dt)) < 0.0 {
        v = (v - 0.5).max(0.0);
    }
    v
}

/// Whether nobody who comes from upstream would have to brake hard.
fn upstream_is_far(scene: &Scene<'_>, lane: LaneId) -> bool {
    let bearable = |r: &Row| 3.0_f64.min(0.8 * scene.fleet.types[r.kind].emergency_deceleration.get());
    let far = |r: &Row, distance: f64| distance > stopping_distance(r.speed, bearable(r)) + r.speed * 2.0 * scene.dt + 2.0;
    scene.roads.network.lanes[lane].entering.iter().all(|&m| {
        let track = scene.roads.movement(m);
        let on_it = scene.traffic.queue(track).first().is_none_or(|r| far(r, scene.roads.length(track) - r.position));
        let from = scene.roads.lane(scene.roads.way(m).from);
        let before = scene.traffic.queue(from).iter().find(|r| r.next == Some(m));
        let rest = |r: &Row| scene.roads.length(from) - r.position + scene.roads.length(track);
        on_it && before.is_none_or(|r| far(r, rest(r)))
    })
}

impl Fleet {
    /// Sum over vehicles that wait outside, in seconds, of the time since they were due.
    pub(crate) fn waiting_time(&self, gate: &Gate, now: f64, counted_from: f64) -> f64 {
        let waiting = gate.waiting.values().flatten().map(|&id| self.vehicles[id].due);
        let total: f64 = waiting.filter(|&due| due >= counted_from).map(|due| now - due).sum();
        total
    }

    /// How many of those that wait outside came due since `counted_from`.
    pub(crate) fn waiting(&self, gate: &Gate, counted_from: f64) -> u32 {
        gate.waiting.values().flatten().filter(|&&id| self.vehicles[id].due >= counted_from).count() as u32
    }

    /// Vehicles that have come due since `counted_from` but for those who are barred, and the persons aboard.
    pub(crate) fn due(&self, gate: &Gate, barred: &[VehicleId], counted_from: f64) -> (u32, f64) {
        let counts = |v: &&Vehicle| v.due >= counted_from;
        let persons = |v: &Vehicle| self.types[v.kind].class.occupancy();
        let due = self.vehicles.as_slice()[..gate.next as usize].iter().filter(counts);
        let due = due.fold((0, 0.0), |(n, sum), v| (n + 1, sum + persons(v)));
        let barred = barred.iter().map(|&id| &self.vehicles[id]).filter(counts);
        barred.fold(due, |(n, sum), v| (n - 1, sum - persons(v)))
    }
}
