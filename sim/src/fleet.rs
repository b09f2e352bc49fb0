//! Who is going to travel: every vehicle of a run with its route and driver, known before the first step.

use crate::arrivals::Arriving;
use crate::emissions::Engine;
use crate::following::Driver;
use crate::perceive::FORESEEN_DECELERATION;
use crate::random::{Draws, Stream, draws};
use crate::roads::Track;
use crate::traffic::Row;
use bevy_ecs::resource::Resource;
use model::demand::{Call, Departure, Itinerary};
use model::id::{IdVec, LaneId, LinkId, MovementId, RouteId, StopId, VehicleId, VehicleTypeId};
use model::network::Network;
use model::roadworks::InForce;
use model::routing::{self, LinkTimes};
use model::scenario::Scenario;
use model::vehicle::{FollowingModel, VehicleClass, VehicleType};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far ahead a driver minds which lane leads on, in metres.
const LANE_HORIZON: f32 = 800.0;

/// The same for those who cannot change lanes, in metres: farther than any way.
const RAILS_HORIZON: f32 = 1e6;

/// How much earlier or later than the trip itself a repetition departs at most, in seconds. Assumed: a third of a quarter of
/// an hour, so that counts by the quarter hardly change their shape.
const SPREAD: f64 = 300.0;

/// A vehicle before it departs.
#[derive(Debug, Clone)]
pub(crate) struct Vehicle {
    pub(crate) kind: VehicleTypeId,
    pub(crate) route: RouteId,
    /// When it is due, in seconds of the day.
    pub(crate) due: f64,
    /// Its desired speed over the limit.
    pub(crate) speed_factor: f64,
    pub(crate) departure: Departure,
    /// Whether its way is the fastest, and not given link by link.
    pub(crate) chooses: bool,
    /// Its calls, in the table of timetables; the first of them is empty.
    pub(crate) timetable: u32,
}

/// A route with what a driver knows about its lanes.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) links: Box<[LinkId]>,
    pub(crate) class: VehicleClass,
    /// The lanes of its links, one link after the other, from the right.
    lanes: Box<[LaneOutlook]>,
    /// Where the lanes of each link begin in that list, and where the last ones end.
    starts: Box<[u32]>,
    /// The stop at which it has to call next.
    pub(crate) halt: Option<Halt>,
}

impl Route {
    pub(crate) fn new(network: &Network, links: &[LinkId], class: VehicleClass, halt: Option<Halt>, works: &InForce) -> Self {
        let legs = outlook(network, links, class, halt.as_ref(), works);
        let starts = legs.iter().scan(0, |end, leg| Some(std::mem::replace(end, *end + leg.len() as u32)));
        let end = legs.iter().map(|leg| leg.len() as u32).sum();
        let starts = starts.chain([end]).collect();
        Self { links: links.into(), class, lanes: legs.concat().into(), starts, halt }
    }

    /// The lanes of a link of the route, from the right.
    pub(crate) fn leg(&self, leg: usize) -> &[LaneOutlook] {
        &self.lanes[self.starts[leg] as usize..self.starts[leg + 1] as usize]
    }

    /// The movement to take at the end of a lane of a link of the route, and what there is to know beyond it.
    fn onward(&self, leg: usize, lane: u32) -> (Option<MovementId>, Onward) {
        let lanes = self.leg(leg);
        let own = lanes[lane as usize];
        let reach = |index: Option<u32>| {
            let beside = index.and_then(|i| lanes.get(i as usize)).filter(|o| o.admits());
            beside.map_or(f32::NEG_INFINITY, |o| o.reach)
        };
        // Nobody changes lanes across works.
        let here = lane.cast_signed();
        let shut = lanes.iter().zip(0..).filter(|(o, _)| o.shut).map(|(_, i)| i);
        let across = |i: i32| shut.clone().any(|s| (here < s && s < i) || (i < s && s < here));
        let usable = |&(o, i): &(&LaneOutlook, i32)| o.admits() && !across(i);
        let farthest = lanes.iter().zip(0..).filter(usable).map(|(o, _)| o.reach).fold(0.0, f32::max);
        let good = lanes.iter().zip(0..).filter(usable).filter(|(o, _)| o.reach + 1.0 >= farthest);
        let nearest = good.map(|(_, i)| i - here).min_by_key(|shift| shift.abs()).unwrap_or(0);
        let after = own.next.and_then(|_| self.leg(leg + 1)[own.to_index as usize].next);
        let onward = Onward {
            after,
            reach: own.reach,
            left: reach(lane.checked_add(1)),
            right: reach(lane.checked_sub(1)),
            shift: if own.reach + 1.0 < farthest { nearest as i8 } else { 0 },
            links: (self.links.len() - 1 - leg) as u32,
        };
        (own.next, onward)
    }
}

/// The next stop on a route, and how the route goes on from there: a vehicle that has called has another route.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Halt {
    pub(crate) stop: StopId,
    /// The leg of the route at which it lies.
    pub(crate) leg: u32,
    pub(crate) lane: LaneId,
    /// Its head, from the start of the lane.
    pub(crate) position: f64,
    pub(crate) length: f64,
    pub(crate) bay: bool,
    /// How many calls are left, this one included.
    pub(crate) left: usize,
    /// The same links with one call less.
    pub(crate) after: RouteId,
}

/// Where a lane leads on a route.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LaneOutlook {
    /// Movement to take at its end; `None` at the end of the route, or where the lane does not lead on.
    pub(crate) next: Option<MovementId>,
    /// Index of the lane to which that leads, from the right.
    to_index: u16,
    /// How far one can go from the start of the lane without changing lanes, up to [`LANE_HORIZON`] past its end.
    pub(crate) reach: f32,
    /// Whether the vehicle class may use the lane.
    pub(crate) open: bool,
    /// Whether roadworks close it now, and not the whole link.
    shut: bool,
}

impl LaneOutlook {
    /// Whether a vehicle may come on to the lane.
    pub(crate) fn admits(&self) -> bool {
        self.open && !self.shut
    }
}

/// What a driver on a lane knows about the way on, beyond the movement at its end: looked up in the route once, when the
/// vehicle comes on to the lane.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Onward {
    /// The movement to take at the end of the lane to which the next movement leads.
    pub(crate) after: Option<MovementId>,
    /// How far one can go from the start of the lane without changing lanes.
    pub(crate) reach: f32,
    /// The same on the lane to the left, and to the right; minus infinity where there is none to use.
    pub(crate) left: f32,
    pub(crate) right: f32,
    /// How many lanes to cross, positive to the left, to the nearest of those that lead on farthest.
    pub(crate) shift: i8,
    /// How many links of the route follow this one.
    pub(crate) links: u32,
}

/// Every vehicle of a run, by due departure.
#[derive(Debug, Resource)]
pub(crate) struct Fleet {
    pub(crate) types: IdVec<VehicleTypeId, VehicleType>,
    /// The driver of each type, at the technical top speed.
    pub(crate) drivers: IdVec<VehicleTypeId, Driver>,
    /// What drives the vehicles of each type.
    pub(crate) engines: IdVec<VehicleTypeId, Engine>,
    pub(crate) routes: IdVec<RouteId, Route>,
    pub(crate) vehicles: IdVec<VehicleId, Vehicle>,
    /// Whether any of them is an emergency vehicle on duty.
    pub(crate) on_duty: bool,
    /// Whether any of them is a bicycle.
    pub(crate) cycles: bool,
    /// The calls of vehicles with a timetable, by [`Vehicle::timetable`].
    pub(crate) timetables: Vec<Vec<Call>>,
    /// The technical top speed of the fastest type, and a little, in m/s.
    fastest: f64,
    /// The length of the longest type, in metres.
    longest: f64,
    /// Deceleration with which drivers foresee a stop: that of all but trams, whose service brake does less.
    foreseen: IdVec<VehicleTypeId, f64>,
    /// Ways that were found on the road; they follow the routes of the demand in the table.
    detours: BTreeMap<(Vec<LinkId>, VehicleClass), RouteId>,
    pub(crate) times: BTreeMap<VehicleClass, LinkTimes>,
    /// Roadworks as they are now.
    pub(crate) works: InForce,
    /// The tracks on which they limit the speed, in order, and the limit in m/s.
    pub(crate) slowed: Vec<(Track, f64)>,
    /// Of the routes that roadworks block now, which to take from the departure on; `None` where there is none.
    pub(crate) diversions: BTreeMap<RouteId, Option<RouteId>>,
}

impl Fleet {
    /// A new way for a vehicle that cannot leave its lane in time: over the lane's own movements, the fastest to where
    /// it was going. `None` when there is none.
    pub(crate) fn detour(
        &mut self,
        network: &Network,
        route: RouteId,
        leg: usize,
        lane: LaneId,
        class: VehicleClass,
    ) -> Option<RouteId> {
        let links = &self.routes[route].links;
        let goal = links[links.len() - 1];
        let times = &self.times[&class];
        let open = |m: &&MovementId| self.leads_on(network, **m, class);
        let mut ways: Vec<Vec<LinkId>> = network.lanes[lane]
            .leaving
            .iter()
            .filter(open)
            .filter_map(|&m| self.fastest(network, class, times, (network.target_link(m), goal)))
            .collect();
        let time = |way: &Vec<LinkId>| way.iter().map(|&l| times[l].get()).sum::<f64>();
        ways.sort_by(|a, b| time(a).total_cmp(&time(b)));
        let way = ways.into_iter().next().or_else(|| self.way_out(network, lane, class))?;
        let whole = [&links[..=leg], &way[..]].concat();
        Some(self.adopt(network, whole, class))
    }

    /// The fastest way out of the network over a lane's own movements, for those who cannot get back to their way: they
    /// would turn round somewhere outside.
    fn way_out(&self, network: &Network, lane: LaneId, class: VehicleClass) -> Option<Vec<LinkId>> {
        let times = &self.times[&class];
        let ends: Vec<LinkId> = network.links.ids().filter(|&l| network.successors(l, class).is_empty()).collect();
        let open = |m: &&MovementId| self.leads_on(network, **m, class);
        let starts = network.lanes[lane].leaving.iter().filter(open).map(|&m| network.target_link(m));
        let ways = starts.flat_map(|from| ends.iter().filter_map(move |&to| self.fastest(network, class, times, (from, to))));
        let time = |way: &Vec<LinkId>| way.iter().map(|&l| times[l].get()).sum::<f64>();
        ways.min_by(|a, b| time(a).total_cmp(&time(b)))
    }

    /// The time to drive each link when the roads are empty, past the roadworks of the moment.
    pub(crate) fn free_times(&self, class: VehicleClass) -> &LinkTimes {
        &self.times[&class]
    }

    /// The id of a way found on the road.
    pub(crate) fn adopt(&mut self, network: &Network, links: Vec<LinkId>, class: VehicleClass) -> RouteId {
        let key = (links, class);
        if let Some(&id) = self.detours.get(&key) {
            return id;
        }
        let id = self.routes.push(Route::new(network, &key.0, class, None, &self.works));
        self.detours.insert(key, id);
        id
    }

    /// The ways found on the road, in the order in which they were found.
    pub(crate) fn found(&self) -> Vec<(Vec<LinkId>, VehicleClass)> {
        let mut found: Vec<_> = self.detours.iter().map(|(key, &id)| (id, key.clone())).collect();
        found.sort_by_key(|f| f.0);
        found.into_iter().map(|f| f.1).collect()
    }

    /// Takes back ways found on the road, after a restore.
    pub(crate) fn restore_found(&mut self, network: &Network, found: Vec<(Vec<LinkId>, VehicleClass)>) {
        let own = self.routes.len() - self.detours.len();
        self.routes = self.routes.as_slice()[..own].to_vec().into();
        self.detours.clear();
        for (links, class) in found {
            self.adopt(network, links, class);
        }
    }

    /// The vehicles of a scenario under a seed. Two controllers compared meet the same vehicles at the same times.
    pub(crate) fn new(scenario: &Scenario, seed: u64, following: Option<FollowingModel>) -> Self {
        let (routes, times) = (BTreeMap::new(), BTreeMap::new());
        let mut made = Maker { scenario, routes, table: IdVec::default(), times, timetables: vec![Vec::new()] };
        let mut vehicles = made.trips(seed);
        vehicles.extend(made.flows(seed));
        // A stable sort: trips before flows, in file order, at equal times.
        vehicles.sort_by(|a, b| a.due.total_cmp(&b.due));
        let mut types = scenario.demand.types.clone();
        for (i, vehicle) in vehicles.iter_mut().enumerate() {
            let kind = &types[vehicle.kind];
            let z = draws(seed, Stream::Driver, i as u64).normal_within_two();
            vehicle.speed_factor = (kind.speed_factor + kind.speed_factor_deviation * z).max(0.2);
        }
        for kind in &mut types {
            kind.following.model = following.unwrap_or(kind.following.model);
        }
        Self::of(scenario, types, vehicles.into(), made.table, made.timetables)
    }

    /// Vehicles with what follows from their types.
    fn of(
        scenario: &Scenario,
        types: IdVec<VehicleTypeId, VehicleType>,
        vehicles: IdVec<VehicleId, Vehicle>,
        routes: IdVec<RouteId, Route>,
        timetables: Vec<Vec<Call>>,
    ) -> Self {
        let krauss = |v: &Vehicle| types[v.kind].following.model == FollowingModel::Krauss;
        let mixed = vehicles.iter().any(krauss) && !vehicles.iter().all(krauss);
        let driver = |t: &VehicleType| Driver { among_krauss: mixed, ..Driver::of(t, t.max_speed.get()) };
        let brakes = |t: &VehicleType| if t.class.is_on_rails() { t.following.deceleration.get() } else { f64::INFINITY };
        let foreseen = |t: &VehicleType| FORESEEN_DECELERATION.min(brakes(t));
        let any = |class| vehicles.iter().any(|v| types[v.kind].class == class);
        let most = |of: fn(&VehicleType) -> f64| types.iter().map(of).fold(0.0, f64::max);
        Self {
            drivers: types.iter().map(driver).collect(),
            engines: types.iter().map(Engine::of).collect(),
            foreseen: types.iter().map(foreseen).collect(),
            on_duty: any(VehicleClass::Emergency),
            cycles: any(VehicleClass::Bicycle),
            fastest: 1.01 * most(|t| t.max_speed.get()),
            longest: most(|t| t.length.get()),
            times: types.iter().map(|t| (t.class, routing::free_flow_times(&scenario.network, t.class))).collect(),
            detours: BTreeMap::new(),
            works: InForce::default(),
            slowed: Vec::new(),
            diversions: BTreeMap::new(),
            routes,
            timetables,
            vehicles,
            types,
        }
    }

    /// Whether anybody calls at stops.
    pub(crate) fn has_timetables(&self) -> bool {
        self.timetables.len() > 1
    }

    /// No body moves farther than this in a step, in metres: the fastest type at its technical top speed.
    pub(crate) fn farthest_in(&self, dt: f64) -> f64 {
        self.fastest * dt
    }

    /// Length of the longest type, in metres.
    pub(crate) fn longest(&self) -> f64 {
        self.longest
    }

    /// Deceleration with which drivers of a type foresee a stop, in m/s².
    pub(crate) fn foreseen(&self, kind: VehicleTypeId) -> f64 {
        self.foreseen[kind]
    }
}

/// When the vehicles of a trip depart: the trip as often as the factor has whole parts, and once more by chance for the rest.
fn departures(depart: f64, factor: f64, draw: &mut Draws) -> impl Iterator<Item = f64> {
    let copies = factor.floor() as u32 + u32::from(draw.uniform() < factor.fract());
    // The first keeps its time, so that a factor of 1 changes nothing.
    (0..copies).map(move |i| if i == 0 { depart } else { depart + SPREAD * (2.0 * draw.uniform() - 1.0) })
}

fn pick(mix: &[(VehicleTypeId, f64)], draw: f64) -> VehicleTypeId {
    let mut sum = 0.0;
    for &(kind, share) in mix {
        sum += share;
        if draw < sum {
            return kind;
        }
    }
    mix[mix.len() - 1].0
}

/// Makes each route once.
struct Maker<'a> {
    scenario: &'a Scenario,
    routes: BTreeMap<RouteKey, RouteId>,
    table: IdVec<RouteId, Route>,
    times: BTreeMap<VehicleClass, LinkTimes>,
    timetables: Vec<Vec<Call>>,
}

/// What makes a route: its way, the stops that are left with their legs, and the class that drives it.
type RouteKey = (Itinerary, Vec<(StopId, usize)>, VehicleClass);

impl Maker<'_> {
    /// The vehicles of trips, in file order.
    fn trips(&mut self, seed: u64) -> Vec<Vehicle> {
        let (demand, mut vehicles) = (&self.scenario.demand, Vec::new());
        let (start, end) = self.period();
        for (index, trip) in demand.trips.iter().enumerate() {
            let mut draw = draws(seed, Stream::Factor, index as u64);
            let timetable = self.timetable(&trip.calls);
            for due in departures(trip.depart.get(), demand.factor, &mut draw).filter(|d| (start..end).contains(d)) {
                let route = self.route(&trip.itinerary, &trip.calls, demand.types[trip.vehicle].class);
                let (kind, departure, chooses) = (trip.vehicle, trip.departure, trip.itinerary.is_free());
                vehicles.push(Vehicle { kind, route, due, speed_factor: 1.0, departure, chooses, timetable });
            }
        }
        vehicles
    }

    /// The vehicles of flows, flow by flow.
    fn flows(&mut self, seed: u64) -> Vec<Vehicle> {
        let (demand, mut vehicles) = (&self.scenario.demand, Vec::new());
        let (start, end) = self.period();
        for (index, stream) in demand.flows.iter().enumerate() {
            let mut draw = draws(seed, Stream::Arrivals, index as u64);
            let timetable = self.timetable(&stream.calls);
            let mut arriving = Arriving::new(stream, demand.factor);
            let mut due = arriving.next(&mut draw);
            while due < stream.end.get().min(end) {
                let kind = pick(&stream.mix, draw.uniform());
                if due >= start {
                    let route = self.route(&stream.itinerary, &stream.calls, demand.types[kind].class);
                    let (departure, chooses) = (stream.departure, stream.itinerary.is_free());
                    vehicles.push(Vehicle { kind, route, due, speed_factor: 1.0, departure, chooses, timetable });
                }
                due = arriving.next(&mut draw);
            }
        }
        vehicles
    }

    /// From when to when vehicles may come due, in seconds of the day.
    fn period(&self) -> (f64, f64) {
        (f64::from(self.scenario.start().0), f64::from(self.scenario.end.0))
    }

    /// Its place in the table of timetables.
    fn timetable(&mut self, calls: &[Call]) -> u32 {
        if calls.is_empty() {
            return 0;
        }
        self.timetables.push(calls.to_vec());
        self.timetables.len() as u32 - 1
    }

    fn route(&mut self, itinerary: &Itinerary, calls: &[Call], class: VehicleClass) -> RouteId {
        let key = (itinerary.clone(), calls.iter().map(|c| (c.stop, c.leg)).collect(), class);
        if let Some(&id) = self.routes.get(&key) {
            return id;
        }
        // From the last call back to the first: each route knows the one that follows it.
        let after = calls.split_first().map(|(call, rest)| (*call, self.route(itinerary, rest, class)));
        let network = &self.scenario.network;
        let times = self.times.entry(class).or_insert_with(|| routing::free_flow_times(network, class));
        let links = match itinerary {
            Itinerary::Links(links) => links.clone(),
            Itinerary::Fastest { from, to } => {
                routing::fastest(network, class, times, *from, *to).expect("loading checked that there is a way")
            }
        };
        let halt = after.map(|(call, after)| {
            let stop = &network.stops[call.stop];
            Halt {
                stop: call.stop,
                leg: call.leg as u32,
                lane: stop.lane,
                position: stop.position.get(),
                length: stop.length.get(),
                bay: stop.bay,
                left: calls.len(),
                after,
            }
        });
        let id = self.table.push(Route::new(network, &links, class, halt, &InForce::default()));
        self.routes.insert(key, id);
        id
    }
}

/// What each lane of a route leads to, worked out from its end.
///
/// Whoever has to call at a stop has to leave the lanes beside it before it begins. Trams look to the end, since they cannot
/// change lanes later. Nobody is led into a lane that roadworks close, but where the way has no other: whoever must not drive
/// there has another way (`works`).
fn outlook(
    network: &Network,
    links: &[LinkId],
    class: VehicleClass,
    halt: Option<&Halt>,
    works: &InForce,
) -> Vec<Vec<LaneOutlook>> {
    let horizon = if class.is_on_rails() { RAILS_HORIZON } else { LANE_HORIZON };
    let halt = halt.filter(|h| !works.is_closed(h.lane));
    let mut legs: Vec<Vec<LaneOutlook>> = Vec::with_capacity(links.len());
    for (i, &link) in links.iter().enumerate().rev() {
        let open = |&l: &LaneId| network.lanes[l].classes.contains(class);
        let partly = !works.is_empty() && network.links[link].lanes().filter(open).any(|l| !works.is_closed(l));
        let after = legs.last().map(|after| (links[i + 1], &after[..]));
        let leads_on = |past: bool| {
            let lanes = network.links[link].lanes().map(move |id| {
                let (open, shut) = (open(&id), partly && works.is_closed(id));
                let length = network.lanes[id].length.get() as f32;
                let dead_end = LaneOutlook { next: None, to_index: 0, reach: length, open, shut };
                let Some((next, after)) = after else {
                    return LaneOutlook { reach: beside_stop(halt, i, id).unwrap_or(length + horizon), ..dead_end };
                };
                let Some((reach, m)) = best_way(network, id, (next, after), past).filter(|_| open) else { return dead_end };
                let reach = beside_stop(halt, i, id).unwrap_or(length + reach.min(horizon));
                let to_index = network.lanes[network.movements[m].to].index as u16;
                LaneOutlook { next: Some(m), to_index, reach, ..dead_end }
            });
            lanes.collect::<Vec<_>>()
        };
        let mut lanes = leads_on(true);
        if after.is_some() && !lanes.iter().any(|o| o.admits() && o.next.is_some()) {
            lanes = leads_on(false);
        }
        for lane in lanes.iter_mut().filter(|o| o.shut) {
            lane.reach = 0.0;
        }
        legs.push(lanes);
    }
    legs.reverse();
    legs
}

/// The movement from a lane to the lanes of the next link that leads farthest, or past works, and how far.
fn best_way(network: &Network, lane: LaneId, (next, after): (LinkId, &[LaneOutlook]), past: bool) -> Option<(f32, MovementId)> {
    let mut best: Option<(f32, i64, MovementId)> = None;
    for &m in &network.lanes[lane].leaving {
        let to = &network.lanes[network.movements[m].to];
        let target = after.get(to.index as usize).filter(|o| to.link == next && o.open && !(past && o.shut));
        let Some(target) = target else { continue };
        let reach = network.movements[m].length.get() as f32 + target.reach;
        let shift = -(i64::from(to.index) - i64::from(network.lanes[lane].index)).abs();
        if best.is_none_or(|(r, s, _)| (reach, shift) > (r, s)) {
            best = Some((reach, shift, m));
        }
    }
    best.map(|(reach, _, m)| (reach, m))
}

/// Where a lane has to be left because a stop on the same link lies at another lane.
fn beside_stop(halt: Option<&Halt>, leg: usize, lane: LaneId) -> Option<f32> {
    halt.filter(|h| h.leg as usize == leg && h.lane != lane).map(|h| (h.position - h.length) as f32)
}

impl Fleet {
    /// What a lane leads to for a vehicle on a leg of its route.
    pub(crate) fn outlook(&self, route: RouteId, leg: usize, lane_index: u32) -> LaneOutlook {
        self.routes[route].leg(leg)[lane_index as usize]
    }

    /// Tells the driver of a row what the lane that it is on leads to.
    pub(crate) fn orient(&self, network: &Network, row: &mut Row, lane: LaneId) {
        self.orient_on(row, network.lanes[lane].index);
    }

    /// The same, of the lane with an index on the link, from the right.
    pub(crate) fn orient_on(&self, row: &mut Row, index: u32) {
        (row.next, row.onward) = self.routes[row.route].onward(row.leg as usize, index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::demand::Trip;
    use model::quantity::Span;
    use model::toy::Grid;

    /// Due times of a toy with a trip every ten seconds beside its flows.
    fn due(factor: f64, flows: bool) -> Vec<f64> {
        let mut scenario = Grid { duration_s: 7200, ..Grid::default() }.scenario();
        let first = scenario.demand.flows[0].clone();
        let trip = |i: u32| Trip {
            name: i.to_string(),
            vehicle: first.mix[0].0,
            depart: Span::seconds_f64(4200.0 + f64::from(i) * 6.0),
            itinerary: first.itinerary.clone(),
            departure: first.departure,
            calls: Vec::new(),
        };
        scenario.demand.trips = (0..1000).map(trip).collect();
        if !flows {
            scenario.demand.flows.clear();
        }
        scenario.demand.factor = factor;
        Fleet::new(&scenario, 3, None).vehicles.iter().map(|v| v.due).collect()
    }

    #[test]
    fn a_factor_multiplies_flows_and_trips() {
        for (factor, tolerance) in [(0.5, 0.05), (1.2, 0.03), (2.0, 0.03)] {
            let (all, trips) = (due(factor, true).len() as f64, due(factor, false).len() as f64);
            assert!((all / due(1.0, true).len() as f64 / factor - 1.0).abs() < tolerance, "{factor}: {all}");
            assert!((trips / 1000.0 / factor - 1.0).abs() < 0.1, "{factor}: {trips} trips");
        }
        assert!(due(0.0, true).is_empty());
    }

    #[test]
    fn a_factor_of_one_changes_no_trip_and_more_keeps_all_of_them() {
        let (once, more, less) = (due(1.0, false), due(1.7, false), due(0.7, false));
        assert_eq!(once, (0..1000).map(|i| 4200.0 + f64::from(i) * 6.0).collect::<Vec<_>>());
        assert!(once.iter().all(|t| more.contains(t)) && less.iter().all(|t| once.contains(t)));
    }
}
