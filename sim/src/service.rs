//! Who stands at stops: dwell times, bays, and what has been served and missed.
//!
//! A vehicle serves a stop when it stands with its front at the head, or with its whole body within the stop; so a second
//! one serves behind the first where the stop is long enough. The dwell is drawn when it begins. In a bay the vehicle is no
//! longer in the queue of its lane and merges back by the rules of a change of lanes.

use crate::fleet::{Fleet, Halt};
use crate::lanes::can_change;
use crate::lights::Lights;
use crate::measure::STANDING;
use crate::on_foot::{OnFoot, bars_change};
use crate::perceive::Scene;
use crate::random::{Chance, Stream, draws};
use crate::roads::{Kind, Roads, Track};
use crate::stops::{PAST_HEAD, head_on};
use crate::traffic::{Row, Tails, Traffic, flag};
use bevy_ecs::resource::Resource;
use model::id::{IdVec, LaneId, StopId, VehicleId};
use model::time::Tick;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A vehicle whose front is so near to the head stands at it, in metres.
const AT_HEAD: f64 = 2.0;

/// Gap to the vehicle ahead in a bay, in metres; assumed, as in a queue.
const BAY_GAP: f64 = 1.5;

/// How long a vehicle waits beside a stop to be let into its lane before it goes on without, in seconds; as long as at the
/// end of a lane.
const PATIENCE: f64 = 12.0;

/// What has happened at a stop since the measured period began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct StopMeasures {
    /// Calls that have ended.
    pub served: u32,
    /// Calls left out because the vehicle could not get to the stop in its lane.
    pub missed: u32,
    /// Time that vehicles stood for their calls, waiting for their timetable included, in seconds.
    pub dwell_s: f64,
    /// Time that vehicles in the bay waited for a gap, in seconds.
    pub gap_wait_s: f64,
}

/// A call under way.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Visit {
    since: Tick,
    /// When the vehicle is ready to go on.
    until: Tick,
}

/// What is saved of the stops.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct State {
    visits: BTreeMap<VehicleId, Visit>,
    /// Since when vehicles have stood beside their stop in another lane.
    beside: BTreeMap<VehicleId, Tick>,
    /// Vehicles in bays, front to back.
    bays: BTreeMap<StopId, Vec<Row>>,
    measures: IdVec<StopId, StopMeasures>,
}

/// The stops of a run. Written by Move, at its end.
#[derive(Debug, Resource)]
pub(crate) struct Service {
    seed: u64,
    off: bool,
    now: Tick,
    pub(crate) state: State,
}

/// The moment after the step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) tick: Tick,
    pub(crate) dt: f64,
    /// Seconds of the day at tick 0.
    pub(crate) start: f64,
    /// Whether the measured period has begun.
    pub(crate) measured: bool,
    pub(crate) chance: Chance,
}

/// What the pass works on.
pub(crate) struct Street<'a> {
    pub(crate) roads: &'a Roads,
    pub(crate) fleet: &'a Fleet,
    pub(crate) lights: &'a Lights,
    pub(crate) on_foot: &'a OnFoot,
    pub(crate) traffic: &'a mut Traffic,
    pub(crate) tails: &'a mut Tails,
}

/// What a vehicle with a call ahead does at the end of a step.
#[derive(PartialEq, Eq)]
enum Turn {
    GoesOn,
    IntoBay,
}

impl Service {
    pub(crate) fn new(roads: &Roads, fleet: &Fleet, seed: u64) -> Self {
        let measures = IdVec::from_fn(roads.network.stops.len(), |_| StopMeasures::default());
        Self { seed, off: !fleet.has_timetables(), now: Tick(0), state: State { measures, ..State::default() } }
    }

    /// Whether nobody calls anywhere: then there is nothing to do, and nothing to save.
    pub(crate) fn is_off(&self) -> bool {
        self.off
    }

    pub(crate) fn measures(&self) -> &IdVec<StopId, StopMeasures> {
        &self.state.measures
    }

    /// Takes back a state after a restore; false when it is of other stops.
    pub(crate) fn restore(&mut self, state: State, now: Tick) -> bool {
        let fits = state.measures.len() == self.state.measures.len();
        if fits {
            (self.state, self.now) = (state, now);
        }
        fits
    }

    /// Whether a vehicle stands at its stop, on the lane or in a bay.
    pub(crate) fn stands(&self, vehicle: VehicleId) -> bool {
        self.state.visits.contains_key(&vehicle)
    }

    /// Whether a vehicle stands for its call, and is not held up by others.
    pub(crate) fn dwells(&self, vehicle: VehicleId) -> bool {
        self.state.visits.get(&vehicle).is_some_and(|v| self.now < v.until)
    }

    /// Everyone in a bay, with the lane beside it.
    pub(crate) fn in_bays<'a>(&'a self, roads: &'a Roads) -> impl Iterator<Item = (LaneId, &'a Row)> {
        self.state.bays.iter().flat_map(move |(&stop, rows)| rows.iter().map(move |r| (roads.network.stops[stop].lane, r)))
    }

    /// How many are in bays, and how many of them count in the measures.
    pub(crate) fn count(&self) -> (usize, u32) {
        let rows = || self.state.bays.values().flatten();
        (rows().count(), rows().filter(|r| r.is(flag::COUNTED)).count() as u32)
    }

    /// Vehicles that are ready to leave their bays, with the lanes beside them.
    pub(crate) fn ready<'a>(&'a self, fleet: &'a Fleet) -> impl Iterator<Item = (LaneId, &'a Row)> {
        let rows = self.state.bays.values().flatten();
        rows.filter(|r| !self.dwells(r.vehicle)).filter_map(|r| Some((fleet.routes[r.route].halt?.lane, r)))
    }

    /// Whether a vehicle leaves the lane while it stands: long ones that the bay cannot take stay on it, and all on rails.
    fn uses_bay(fleet: &Fleet, halt: &Halt, row: &Row) -> bool {
        halt.bay && row.length <= halt.length && !fleet.types[row.kind].class.is_on_rails()
    }

    /// Where a vehicle has to stand with its front: at the head, behind those in the bay, or before a bay that is full.
    pub(crate) fn place(&self, fleet: &Fleet, halt: &Halt, row: &Row) -> f64 {
        let last = self.state.bays.get(&halt.stop).and_then(|rows| rows.last());
        let (Some(last), true) = (last, Self::uses_bay(fleet, halt, row)) else { return halt.position };
        let (place, start) = (last.rear() - BAY_GAP, halt.position - halt.length);
        if place - row.length >= start - PAST_HEAD { place } else { start }
    }

    /// The end of the pass: calls begin and end, vehicles leave the lane for bays and come back.
    pub(crate) fn serve(&mut self, street: &mut Street<'_>, moment: Moment) {
        if self.off {
            return;
        }
        self.now = moment.tick;
        let left = self.leave_bays(street, moment);
        let entered = self.call(street, moment);
        if left || entered {
            street.traffic.refresh_active();
            street.tails.refresh(street.roads, street.traffic, &street.traffic.active);
        }
    }

    /// Calls on lanes; true when somebody has left a lane for a bay.
    fn call(&mut self, street: &mut Street<'_>, moment: Moment) -> bool {
        let (roads, fleet) = (street.roads, street.fleet);
        let mut entered = false;
        for active in 0..street.traffic.active.len() {
            let track = street.traffic.active[active];
            let mut i = 0;
            while let Some(row) = street.traffic.queues[track.0 as usize].get_mut(i) {
                let turn = match &fleet.routes[row.route].halt {
                    Some(halt) => self.turn(roads, fleet, track, row, halt, moment),
                    None => Turn::GoesOn,
                };
                if turn == Turn::IntoBay {
                    let mut row = street.traffic.remove(track, i);
                    (row.speed, row.acceleration) = (0.0, 0.0);
                    let stop = fleet.routes[row.route].halt.expect("it has just come to its stop").stop;
                    self.state.bays.entry(stop).or_default().push(row);
                    entered = true;
                } else {
                    i += 1;
                }
            }
        }
        entered
    }

    fn turn(&mut self, roads: &Roads, fleet: &Fleet, track: Track, row: &mut Row, halt: &Halt, moment: Moment) -> Turn {
        if let Some(visit) = self.state.visits.get(&row.vehicle).copied() {
            if visit.until <= moment.tick {
                self.end(row, halt, visit, moment);
                follow(roads, fleet, track, row, halt);
            }
            return Turn::GoesOn;
        }
        let on_link = match roads.kind(track) {
            Kind::Lane(lane) if row.leg == halt.leg => Some(lane),
            _ => None,
        };
        let passed = on_link.is_some_and(|lane| row.position > head_on(roads, halt, lane) + PAST_HEAD);
        let gone = on_link.is_none() && row.leg >= halt.leg;
        if gone || passed || (on_link.is_some_and(|l| l != halt.lane) && self.gives_up(row, moment)) {
            self.state.beside.remove(&row.vehicle);
            self.state.measures[halt.stop].missed += u32::from(moment.measured);
            follow(roads, fleet, track, row, halt);
            return Turn::GoesOn;
        }
        if on_link != Some(halt.lane) || row.speed >= STANDING || !self.is_in_place(fleet, halt, row) {
            return Turn::GoesOn;
        }
        self.state.beside.remove(&row.vehicle);
        let until = moment.tick.0 + self.draw(fleet, row.vehicle, halt, moment);
        self.state.visits.insert(row.vehicle, Visit { since: moment.tick, until: Tick(until) });
        if Self::uses_bay(fleet, halt, row) { Turn::IntoBay } else { Turn::GoesOn }
    }

    /// Whether a vehicle in the wrong lane has stood beside its stop for too long.
    fn gives_up(&mut self, row: &Row, moment: Moment) -> bool {
        if row.speed >= STANDING {
            self.state.beside.remove(&row.vehicle);
            return false;
        }
        let since = *self.state.beside.entry(row.vehicle).or_insert(moment.tick);
        (moment.tick.0 - since.0) as f64 * moment.dt >= PATIENCE
    }

    fn is_in_place(&self, fleet: &Fleet, halt: &Halt, row: &Row) -> bool {
        let (place, start) = (self.place(fleet, halt, row), halt.position - halt.length);
        let within = row.rear() >= start - PAST_HEAD;
        // In a bay everyone stands wholly, and beside nothing but their own lane.
        let whole = !Self::uses_bay(fleet, halt, row) || (within && row.rear() >= 0.0);
        row.position <= place + PAST_HEAD && whole && (within || row.position >= halt.position - AT_HEAD)
    }

    /// Steps that a call lasts: the dwell, to the nearest step, and the time until the timetable lets the vehicle go.
    fn draw(&self, fleet: &Fleet, vehicle: VehicleId, halt: &Halt, moment: Moment) -> u64 {
        let calls = &fleet.timetables[fleet.vehicles[vehicle].timetable as usize];
        let number = calls.len() - halt.left;
        let call = &calls[number];
        let mut draw = draws(self.seed, Stream::Dwell, u64::from(vehicle.0) << 16 | number as u64);
        let dwell = draw.log_normal(call.dwell.mean.get(), call.dwell.deviation.get());
        let held = call.not_before.map_or(0.0, |t| (t.get() - moment.start) / moment.dt - moment.tick.0 as f64);
        (dwell / moment.dt).round().max(held.ceil()).max(0.0) as u64
    }

    fn end(&mut self, row: &Row, halt: &Halt, visit: Visit, moment: Moment) {
        self.state.visits.remove(&row.vehicle);
        if moment.measured {
            let measures = &mut self.state.measures[halt.stop];
            measures.served += 1;
            measures.dwell_s += (visit.until.0 - visit.since.0) as f64 * moment.dt;
            measures.gap_wait_s += (moment.tick.0 - visit.until.0) as f64 * moment.dt;
        }
    }

    /// Those in bays whose call is over merge back where there is a gap; true when somebody has.
    fn leave_bays(&mut self, street: &mut Street<'_>, moment: Moment) -> bool {
        let mut left = false;
        let stops: Vec<StopId> = self.state.bays.keys().copied().collect();
        for stop in stops {
            let rows = self.state.bays.remove(&stop).unwrap_or_default();
            let mut stay = Vec::new();
            for row in rows {
                let visit = self.state.visits[&row.vehicle];
                let halt = street.fleet.routes[row.route].halt.expect("who stands in a bay is at a stop");
                if visit.until > moment.tick || !has_gap(street, moment, &row, &halt) {
                    stay.push(row);
                    continue;
                }
                self.end(&row, &halt, visit, moment);
                merge(street, row, &halt);
                left = true;
            }
            if !stay.is_empty() {
                self.state.bays.insert(stop, stay);
            }
        }
        left
    }
}

/// Whether a vehicle can come back into its lane so that nobody has to brake hard.
fn has_gap(street: &Street<'_>, moment: Moment, row: &Row, halt: &Halt) -> bool {
    let Street { roads, fleet, lights, .. } = *street;
    let (traffic, tails) = (&*street.traffic, &*street.tails);
    let on_foot = street.on_foot;
    let scene = Scene { roads, fleet, traffic, tails, lights, on_foot, dt: moment.dt, chance: moment.chance };
    let track = roads.lane(halt.lane);
    let driver = scene.driver(row, scene.limit(track));
    !bars_change(&scene, halt.lane, row) && can_change(&scene, halt.lane, row, &driver, roads.length(track) - row.position, false)
}

/// Puts a vehicle back into the queue of its lane, at its place.
fn merge(street: &mut Street<'_>, mut row: Row, halt: &Halt) {
    let track = street.roads.lane(halt.lane);
    follow(street.roads, street.fleet, track, &mut row, halt);
    row.flags &= flag::ROLLED | flag::COUNTED;
    (row.speed, row.acceleration, row.since_change, row.waited) = (0.0, 0.0, 0, 0);
    street.traffic.insert(track, row);
}

/// A vehicle that has called, or has not been able to, goes on by the route with one call less.
fn follow(roads: &Roads, fleet: &Fleet, track: Track, row: &mut Row, halt: &Halt) {
    row.route = halt.after;
    if let Kind::Lane(lane) = roads.kind(track) {
        fleet.orient(&roads.network, row, lane);
    }
}
