//! Saved states: what changes, what a run is, and the way back.

use super::{Clock, Simulation};
use crate::choice::{Choice, Known};
use crate::depart::Gate;
use crate::detect::Loops;
use crate::emergency::Duty;
use crate::fleet::Fleet;
use crate::gridlock::Gridlocks;
use crate::ground::SharedRoads;
use crate::lights::{Desk, Lights};
use crate::measure::Tally;
use crate::quality::{Observed, Observer};
use crate::roads::Roads;
use crate::sensors::{self, Sensors};
use crate::service::{Service, State};
use crate::traffic::{Tails, Traffic};
use crate::walking::{Comers, Walkers};
use crate::works::{Toll, WentThrough, Works};
use bevy_ecs::prelude::*;
use model::demand::Call;
use model::id::{IdVec, LinkId, SignalId, VehicleId};
use model::network::Crossing;
use model::quantity::{Acceleration, Length, Span};
use model::scenario::Scenario;
use model::signal::Guard;
use model::time::Tick;
use model::vehicle::{FollowingModel, VehicleClass, VehicleType};
use serde::{Deserialize, Serialize};

/// What a run hashes and saves: everything that changes, and nothing that can be derived.
#[derive(Serialize, Deserialize)]
struct Snapshot {
    tick: Tick,
    traffic: Traffic,
    gate: Gate,
    guards: IdVec<SignalId, Guard>,
    loops: Loops,
    gridlocks: Gridlocks,
    tally: Tally,
    detours: Vec<(Vec<LinkId>, VehicleClass)>,
    controller: Vec<u8>,
}

/// Why a saved state cannot be restored.
#[derive(Debug, thiserror::Error)]
#[error("the saved state belongs to another scenario, seed, step or following model, or is damaged")]
pub struct RestoreError;

impl Simulation {
    /// Everything that changes, as bytes; the same state gives the same bytes. They end with what the run is and with
    /// their own hash, so that a mistake or damage is noticed.
    pub fn save(&self) -> Vec<u8> {
        let mut bytes = self.state();
        if let Some(observer) = &self.get::<Observed>().0 {
            bytes.extend(postcard::to_stdvec(&Some(observer)).expect("plain data can be written"));
        }
        bytes.push(u8::from(self.get::<Works>().is_kept()));
        bytes.extend_from_slice(&self.identity);
        let hash = blake3::hash(&bytes);
        bytes.extend_from_slice(hash.as_bytes());
        bytes
    }

    fn state(&self) -> Vec<u8> {
        let snapshot = (
            self.clock().tick,
            self.get::<Traffic>(),
            self.get::<Gate>(),
            &self.get::<Lights>().guards,
            self.get::<Loops>(),
            self.get::<Gridlocks>(),
            self.get::<Tally>(),
            self.get::<Fleet>().found(),
            self.get::<Desk>().controller.save(),
        );
        let mut state = postcard::to_stdvec(&snapshot).expect("plain data can be written");
        let choice = self.get::<Choice>();
        if !choice.is_off() {
            state.extend(postcard::to_stdvec(&choice.known).expect("plain data can be written"));
        }
        let walkers = self.get::<Walkers>();
        if !walkers.is_off() {
            state.extend(postcard::to_stdvec(&Some(walkers)).expect("plain data can be written"));
        }
        let service = self.get::<Service>();
        if !service.is_off() {
            state.extend(postcard::to_stdvec(&service.state).expect("plain data can be written"));
        }
        let sensors = self.get::<Sensors>();
        if !sensors.is_off() {
            state.extend(postcard::to_stdvec(&sensors.state).expect("plain data can be written"));
        }
        if self.get::<Fleet>().on_duty {
            state.extend(postcard::to_stdvec(self.get::<Duty>()).expect("plain data can be written"));
        }
        let works = self.get::<Works>();
        if works.is_kept() {
            let through = self.get::<WentThrough>().0;
            state.extend(postcard::to_stdvec(&(&works.toll, through)).expect("plain data can be written"));
        }
        state
    }

    /// Goes back, or on, to a saved state of the same scenario, seed, step and controller. Roadworks may be others from that
    /// moment on ([`Simulation::set_roadworks`]).
    ///
    /// # Errors
    /// When the bytes are not such a state; the run is left as it was.
    pub fn restore(&mut self, state: &[u8]) -> Result<(), RestoreError> {
        let (state, hash) = state.split_last_chunk::<{ blake3::OUT_LEN }>().ok_or(RestoreError)?;
        let (content, identity) = state.split_last_chunk::<{ blake3::OUT_LEN }>().ok_or(RestoreError)?;
        if blake3::hash(state) != *hash || *identity != self.identity {
            return Err(RestoreError);
        }
        let saved = self.read(content)?;
        put(self.app.world_mut(), saved);
        Ok(())
    }

    /// What a saved state of this run says.
    fn read(&self, content: &[u8]) -> Result<Saved, RestoreError> {
        let (&has_toll, content) = content.split_last().ok_or(RestoreError)?;
        let (shot, rest) = postcard::take_from_bytes::<Snapshot>(content).map_err(|_| RestoreError)?;
        let (choice, walkers) = (self.get::<Choice>(), self.get::<Walkers>());
        let (known, rest) = take(rest, choice.is_off())?;
        let (on_foot, rest): (Option<Walkers>, &[u8]) = take(rest, walkers.is_off())?;
        let on_foot = on_foot.unwrap_or_else(|| walkers.clone());
        let (stops, rest) = take(rest, self.get::<Service>().is_off())?;
        let (detectors, rest) = take(rest, self.get::<Sensors>().is_off())?;
        let (duty, rest) = take(rest, !self.get::<Fleet>().on_duty)?;
        let (works, rest) = take(rest, has_toll == 0)?;
        let (observer, rest) = take(rest, self.get::<Observed>().0.is_none())?;
        let saved = Saved { shot, known, on_foot, stops, detectors, duty, works, observer };
        if rest.is_empty() && self.takes(&saved) { Ok(saved) } else { Err(RestoreError) }
    }

    /// Whether a saved state is of such roads, vehicles, people and signals.
    fn takes(&self, saved: &Saved) -> bool {
        let (roads, shot) = (self.roads(), &saved.shot);
        saved.observer.as_ref().is_none_or(|o| o.fits(roads, self.get()))
            && saved.known.fits(&self.get::<Choice>().known)
            && Works::fits(&saved.works.0, self.get())
            && saved.on_foot.fits(self.get(), self.get())
            && shot.traffic.queues.len() == roads.count()
            && shot.tally.fits(roads)
            && shot.guards.len() == self.get::<Lights>().guards.len()
            && shot.gate.next as usize <= self.get::<Fleet>().vehicles.len()
    }

    /// A hash of everything that changes: equal when and only when two runs are bit for bit the same.
    pub fn hash(&self) -> String {
        blake3::hash(&self.state()).to_hex().to_string()
    }
}

/// A saved state, part by part; what the run does not use is as it begins.
struct Saved {
    shot: Snapshot,
    known: Known,
    on_foot: Walkers,
    stops: State,
    detectors: sensors::State,
    duty: Duty,
    /// What roadworks have done, and how often somebody came on to a closed lane.
    works: (Toll, u32),
    observer: Option<Observer>,
}

/// Puts a saved state in the place of what there is, and derives the rest from it.
fn put(world: &mut World, saved: Saved) {
    let Saved { shot: s, known, on_foot, stops, detectors, duty, works: (toll, through), observer } = saved;
    world.resource_mut::<Clock>().tick = s.tick;
    let mut traffic = s.traffic;
    traffic.refresh_lists(world.resource::<SharedRoads>());
    world.insert_resource(traffic);
    world.insert_resource(s.gate);
    world.insert_resource(s.loops);
    world.insert_resource(s.gridlocks);
    world.insert_resource(s.tally);
    world.insert_resource(on_foot);
    world.insert_resource(duty);
    world.insert_resource(Observed(observer));
    world.insert_resource(WentThrough(through));
    world.resource_mut::<Choice>().known = known;
    let mut sensors = world.resource_mut::<Sensors>();
    if !sensors.is_off() && sensors.restore(detectors) {
        let readings = sensors.state.readings.clone();
        world.resource_mut::<Loops>().readings = readings;
    }
    let mut service = world.resource_mut::<Service>();
    if !service.is_off() {
        service.restore(stops, s.tick);
    }
    put_routes(world, toll, s.detours);
    world.resource_mut::<Desk>().controller.restore(&s.controller);
    let mut lights = world.resource_mut::<Lights>();
    lights.guards = s.guards;
    lights.refresh();
    world.resource_scope(|world, mut tails: Mut<'_, Tails>| {
        let traffic = world.resource::<Traffic>();
        tails.refresh(world.resource::<SharedRoads>(), traffic, &traffic.active);
    });
}

/// Closes what roadworks close at the moment of a saved state, and finds the ways again that were found until then.
fn put_routes(world: &mut World, toll: Toll, detours: Vec<(Vec<LinkId>, VehicleClass)>) {
    world.resource_scope(|world, mut fleet: Mut<'_, Fleet>| {
        let roads = world.resource::<SharedRoads>().clone();
        let clock = *world.resource::<Clock>();
        world.resource_mut::<Works>().restore(toll, clock.last_second(), &roads, &mut fleet);
        fleet.restore_found(&roads.network, detours);
        // Those who wait outside go as they did.
        let waiting: Vec<VehicleId> = world.resource::<Gate>().waiting.values().flatten().copied().collect();
        fleet.plan_departures(&roads.network, &waiting);
    });
}

/// The next part of a saved state and what follows it; nothing is there of what is off.
fn take<'a, T: Default + Deserialize<'a>>(bytes: &'a [u8], off: bool) -> Result<(T, &'a [u8]), RestoreError> {
    if off { Ok((T::default(), bytes)) } else { postcard::take_from_bytes(bytes).map_err(|_| RestoreError) }
}

/// A hash of what makes a run the one it is, its controller and roadworks aside: seed, step and period, roads, vehicles and people.
pub(super) fn identity(
    clock: &Clock,
    roads: &Roads,
    fleet: &Fleet,
    comers: &Comers,
    scenario: &Scenario,
) -> [u8; blake3::OUT_LEN] {
    let routes: Vec<&[LinkId]> = fleet.routes.iter().map(|r| &*r.links).collect();
    let vehicles: Vec<_> = fleet.vehicles.iter().map(|v| (v.kind, v.route, v.due, v.speed_factor)).collect();
    let kind = |t: &VehicleType| {
        let f = &t.following;
        let numbers = [f.acceleration, f.deceleration].map(Acceleration::get);
        (t.class as u8, t.length.get(), t.width.get(), numbers, f.time_gap.get(), f.model == FollowingModel::Krauss)
    };
    let types: Vec<_> = fleet.types.iter().map(kind).collect();
    let period = (clock.seed, clock.step.per_second(), clock.start.0, clock.begin.0);
    let choice = scenario.demand.choice;
    let choice = (choice.informed_share, choice.rerouting_share, choice.min_gain.get());
    let people: Vec<_> = comers.0.iter().map(|c| (c.due, c.crossing, c.backward, c.speed)).collect();
    let crossing = |c: &Crossing| {
        let cuts = c.cuts.iter().map(|cut| [cut.from, cut.to, cut.near, cut.far].map(Length::get));
        (c.width.get(), cuts.collect::<Vec<_>>())
    };
    let people = (people, roads.network.crossings.iter().map(crossing).collect::<Vec<_>>());
    let stops: Vec<_> = roads.network.stops.iter().map(|s| (s.lane, s.position.get(), s.length.get(), s.bay)).collect();
    let halts: Vec<_> = fleet.routes.iter().filter_map(|r| r.halt).map(|h| (h.stop, h.leg, h.left)).collect();
    let call = |c: &Call| (c.dwell.mean.get(), c.dwell.deviation.get(), c.not_before.map(Span::get));
    let calls: Vec<Vec<_>> = fleet.timetables.iter().map(|t| t.iter().map(call).collect()).collect();
    let detectors: Vec<_> = roads.network.detectors.iter().map(|d| (d.kind, d.lane, d.position.get(), d.length.get())).collect();
    let faults: Vec<_> = scenario.detector_faults.iter().map(|f| (f.detector, f.kind, f.from.get(), f.to.get())).collect();
    let choice = (choice, people, stops, halts, calls, detectors, faults);
    let tracks: Vec<_> = roads.all().map(|t| (roads.length(t), roads.limit(t))).collect();
    let all = (period, tracks, routes, vehicles, types, choice);
    *blake3::hash(&postcard::to_stdvec(&all).expect("plain data can be written")).as_bytes()
}
