//! Stops as drivers see them: where they lie ahead, braking to them, and letting buses leave their bays.
//!
//! A vehicle calls at one stop after the other: its route names the next, and once it has called there it follows a route
//! with one call less ([`crate::fleet::Halt`]). Who stands and for how long is in [`crate::service`].

use crate::decide::{horizon, tracks_ahead};
use crate::fleet::{Fleet, Halt};
use crate::following::{Driver, Leader, stopping_distance};
use crate::lanes::LEAST_GAP;
use crate::perceive::{Ahead, FORESEEN_DECELERATION, Hindrance, Perception, Scene};
use crate::roads::{Kind, Roads, Track};
use crate::service::Service;
use crate::traffic::Row;
use model::id::{LaneId, RouteId};
use model::vehicle::VehicleClass;

/// Where a vehicle comes to stand before the head of a stop, in metres.
const SHORT_OF_HEAD: f64 = 0.3;

/// Whoever has passed the head of a stop by more than this has missed it, in metres.
pub(crate) const PAST_HEAD: f64 = 0.5;

/// The head of a stop, as a position on a lane of its link.
pub(crate) fn head_on(roads: &Roads, halt: &Halt, lane: LaneId) -> f64 {
    roads.beside(roads.lane(halt.lane), roads.lane(lane), halt.position)
}

/// The head of the stop at which a route calls on its first link, as a position on a lane of that link.
pub(crate) fn way_to_halt(roads: &Roads, fleet: &Fleet, route: RouteId, track: Track) -> Option<f64> {
    let Kind::Lane(lane) = roads.kind(track) else { return None };
    fleet.routes[route].halt.as_ref().filter(|h| h.leg == 0).map(|h| head_on(roads, h, lane))
}

/// Whether a vehicle calls at a stop before it comes to the stop line of its lane.
pub(crate) fn halts_before_line(scene: &Scene<'_>, row: &Row, track: Track) -> bool {
    if !scene.fleet.has_timetables() {
        return false;
    }
    let (Some(halt), Kind::Lane(lane)) = (scene.fleet.routes[row.route].halt.as_ref(), scene.roads.kind(track)) else {
        return false;
    };
    halt.leg == row.leg && can_call(row, &driver(scene, row, track), head_on(scene.roads, halt, lane) - row.position)
}

fn driver(scene: &Scene<'_>, row: &Row, track: Track) -> Driver {
    scene.driver(row, scene.limit(track))
}

/// Whether a vehicle can still stop at a place without braking hard.
fn can_call(row: &Row, driver: &Driver, distance: f64) -> bool {
    stopping_distance(row.speed, driver.firm()) <= distance + PAST_HEAD
}

/// The stops as drivers see them in a step.
pub(crate) struct Stops<'a> {
    service: &'a Service,
    /// Who lets a bus leave its bay, by track.
    letting: Vec<(Track, Ahead)>,
}

impl<'a> Stops<'a> {
    pub(crate) fn new(scene: &Scene<'_>, service: &'a Service) -> Self {
        let mut letting: Vec<_> = service.ready(scene.fleet).filter_map(|(lane, bus)| let_leave(scene, lane, bus)).collect();
        letting.sort_by_key(|(track, ahead)| (*track, ahead.row));
        Self { service, letting }
    }

    /// Shows stops to those on a track who have to call at them, and buses that leave their bays to those behind.
    pub(crate) fn see(&self, scene: &Scene<'_>, seen: &mut Perception, track: Track) {
        for (i, row) in scene.traffic.queue(track).iter().enumerate() {
            let Some(halt) = &scene.fleet.routes[row.route].halt else { continue };
            let Some((gap, slack)) = place_to_stand(scene, self.service, track, row, halt) else { continue };
            let leader = Leader { gap, speed: 0.0 };
            seen.see(track, Ahead { row: i as u32, leader, slack, courtesy: false, pace: 0.0, hindrance: Hindrance::Line });
        }
        let first = self.letting.partition_point(|(t, _)| *t < track);
        for &(_, ahead) in self.letting[first..].iter().take_while(|(t, _)| *t == track) {
            seen.see(track, ahead);
        }
    }
}

/// How far it is to where a vehicle has to stand, and what is added to that for following.
fn place_to_stand(scene: &Scene<'_>, service: &Service, track: Track, row: &Row, halt: &Halt) -> Option<(f64, f64)> {
    if service.stands(row.vehicle) {
        return Some((0.0, 0.0));
    }
    let driver = driver(scene, row, track);
    let place = |lane: LaneId| {
        let own = service.place(scene.fleet, halt, row);
        if lane == halt.lane { own } else { scene.roads.beside(scene.roads.lane(halt.lane), scene.roads.lane(lane), own) }
    };
    let distance = match scene.roads.kind(track) {
        Kind::Lane(lane) if row.leg == halt.leg => place(lane) - row.position,
        _ => {
            let horizon = horizon(row, &driver);
            let mut way = tracks_ahead(scene, track, row).take_while(|t| t.0 < horizon);
            way.find_map(|(distance, on, leg)| match scene.roads.kind(on) {
                Kind::Lane(lane) if leg as u32 == halt.leg => Some(distance + place(lane)),
                _ => None,
            })?
        }
    };
    let slack = scene.fleet.drivers[row.kind].s0 - SHORT_OF_HEAD;
    can_call(row, &driver, distance).then_some((distance.max(0.0), slack))
}

/// Asks the first vehicle that can do so comfortably to let a bus leave its bay.
///
/// Source: StVO § 20 (5): buses of regular lines and school buses have to be let leave their stops; others must wait where
/// need be.
fn let_leave(scene: &Scene<'_>, lane: LaneId, bus: &Row) -> Option<(Track, Ahead)> {
    if scene.fleet.types[bus.kind].class != VehicleClass::Bus {
        return None;
    }
    let track = scene.roads.lane(lane);
    let rear = bus.rear();
    let can_wait = |o: &Row| rear - o.position > LEAST_GAP + stopping_distance(o.speed, FORESEEN_DECELERATION);
    let (i, other) = scene.traffic.queue(track).iter().enumerate().find(|(_, o)| can_wait(o))?;
    let leader = Leader { gap: rear - other.position, speed: bus.speed };
    let hindrance = Hindrance::Rule(bus.vehicle);
    Some((track, Ahead { row: i as u32, leader, slack: 0.0, courtesy: true, pace: 0.0, hindrance }))
}
