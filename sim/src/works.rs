//! Roadworks that are in force: nobody enters a closed lane, and whoever meant to drive over one takes another way.
//!
//! What is closed is a function of the time alone. When it changes, what drivers know of the lanes of their routes is worked
//! out anew (`fleet::outlook`): a lane that leads into a closed one ends there, so that those on it change lanes as they do
//! before any lane that ends, and are let in one by one at its end (`perceive`, `zip`). Between two changes nothing of this
//! is looked at.
//!
//! Whoever departs goes round links and turns that are closed at that moment, by the way that is fastest on empty roads, and
//! stays outside where there is none. Whoever is on the road then takes another way from the next stop line on; those who
//! cannot stop before it any more, or have no other way, go through, and are counted. So do trams that are on the road; those
//! that are due do not depart, since nobody leads them over other rails. A bus that takes another way leaves out its stops.
//!
//! Source of the merging before a closed lane: StVO § 7 (4).

use crate::choice::SETTLED_WITHIN;
use crate::depart::{Entries, Gate};
use crate::fleet::{Fleet, Route, Vehicle};
use crate::following::Driver;
use crate::perceive::{LINE_MARGIN, Scene};
use crate::roads::{Kind, Roads, Track};
use crate::traffic::{Row, Traffic, flag};
use crate::zip::SLOW;
use bevy_ecs::resource::Resource;
use model::id::{Id, LaneId, LinkId, RouteId, VehicleId};
use model::network::Network;
use model::quantity::{Length, Span};
use model::roadworks::{InForce, Roadwork, changes};
use model::routing::{self, LinkTimes};
use model::vehicle::VehicleClass;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Whoever could stop at the line of a lane only by braking harder than this share of what they can goes on.
const FIRMLY: f64 = 0.5;

/// How far before the barrier those on the lane that ends begin to change lanes in slow traffic, in metres. Assumed: where one
/// sees who is next, and has room to fit in while rolling.
const ZIP: f64 = 50.0;

/// What roadworks have done to the traffic so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Toll {
    /// Those that did not depart: their way was closed, and there was no other.
    pub(crate) barred: Vec<VehicleId>,
    /// How many departed on another way than planned.
    pub(crate) diverted: u32,
    /// How many took another way on the road.
    pub(crate) rerouted: u32,
    /// How much longer their ways were than those planned, in metres.
    pub(crate) longer: f64,
}

/// The roadworks of a run. Written by Depart.
#[derive(Debug, Default, Resource)]
pub(crate) struct Works {
    sites: Vec<Roadwork>,
    /// When something changes, in order.
    changes: Vec<Span>,
    /// How many of them have come.
    epoch: usize,
    pub(crate) toll: Toll,
}

/// How often somebody has come on to a lane that was closed. Written by Move.
#[derive(Debug, Default, Resource)]
pub(crate) struct WentThrough(pub(crate) u32);

/// What a change of roadworks touches.
pub(crate) struct Streets<'a> {
    pub(crate) roads: &'a Roads,
    pub(crate) fleet: &'a mut Fleet,
    pub(crate) traffic: &'a mut Traffic,
    pub(crate) gate: &'a mut Gate,
    pub(crate) dt: f64,
}

impl Works {
    pub(crate) fn new(sites: &[Roadwork]) -> Self {
        Self { sites: sites.to_vec(), changes: changes(sites), ..Self::default() }
    }

    /// Whether there are none: then there is nothing to do.
    pub(crate) fn is_off(&self) -> bool {
        self.sites.is_empty()
    }

    /// Whether what they have done to the traffic is part of the state.
    pub(crate) fn is_kept(&self) -> bool {
        !self.is_off() || self.toll != Toll::default()
    }

    /// Other roadworks, which differ from those there are after `second` only, the last second that has begun.
    pub(crate) fn change(&mut self, sites: &[Roadwork], second: f64) {
        (self.sites, self.changes) = (sites.to_vec(), changes(sites));
        self.epoch = self.epoch_at(second);
    }

    fn epoch_at(&self, second: f64) -> usize {
        self.changes.partition_point(|c| c.get() <= second)
    }

    /// Closes and opens what is to be closed and opened at a second of the day.
    pub(crate) fn keep(&mut self, second: f64, streets: &mut Streets<'_>) {
        let epoch = self.epoch_at(second);
        if std::mem::replace(&mut self.epoch, epoch) == epoch {
            return;
        }
        let now = InForce::at(&self.sites, &streets.roads.network, Span::seconds_f64(second));
        streets.fleet.set_works(streets.roads, now);
        self.turn_away(streets);
        streets.tell_drivers(&mut self.toll);
    }

    /// Goes back to a saved state, of which the last second that began is given.
    pub(crate) fn restore(&mut self, toll: Toll, second: f64, roads: &Roads, fleet: &mut Fleet) {
        (self.toll, self.epoch) = (toll, self.epoch_at(second));
        fleet.set_works(roads, InForce::at(&self.sites, &roads.network, Span::seconds_f64(second)));
    }

    /// Sends those away who wait outside and have no way any more.
    fn turn_away(&mut self, streets: &mut Streets<'_>) {
        let Streets { roads, fleet, gate, .. } = streets;
        let waiting: Vec<VehicleId> = gate.waiting.values().flatten().copied().collect();
        fleet.plan_departures(&roads.network, &waiting);
        for queue in gate.waiting.values_mut() {
            let (stay, go): (Vec<_>, Vec<_>) = queue.iter().partition(|&&id| fleet.departs_on(&fleet.vehicles[id]).is_some());
            *queue = stay;
            self.toll.barred.extend::<Vec<VehicleId>>(go);
        }
        gate.waiting.retain(|_, queue| !queue.is_empty());
    }

    /// Notes who has entered on another way than planned, and who could not depart.
    pub(crate) fn note(&mut self, roads: &Roads, fleet: &Fleet, entries: &Entries) {
        self.toll.barred.extend(&entries.barred);
        for entry in &entries.all {
            let planned = fleet.vehicles[entry.vehicle].route;
            if planned != entry.route {
                let length = |route| fleet.route_length(&roads.network, route);
                self.toll.diverted += 1;
                self.toll.longer += length(entry.route) - length(planned);
            }
        }
    }
}

impl Streets<'_> {
    /// Tells everyone on the road what the lanes lead to now, and gives those another way whose way is closed.
    fn tell_drivers(&mut self, toll: &mut Toll) {
        for i in 0..self.traffic.active.len() {
            let track = self.traffic.active[i];
            for k in 0..self.traffic.queue(track).len() {
                let mut row = self.traffic.queue(track)[k];
                let before = row.route;
                match self.roads.kind(track) {
                    Kind::Lane(lane) => self.tell_on_lane(&mut row, track, lane),
                    Kind::Movement(_) => self.tell_on_movement(&mut row, track),
                }
                if row.route != before {
                    let length = |route| self.fleet.route_length(&self.roads.network, route);
                    toll.rerouted += 1;
                    toll.longer += length(row.route) - length(before);
                }
                self.traffic.queues[track.0 as usize][k] = row;
            }
        }
    }

    fn tell_on_lane(&mut self, row: &mut Row, track: Track, lane: LaneId) {
        let (network, to_line) = (&self.roads.network, self.roads.length(track) - row.position);
        let driver = Driver { v0: row.speed, ..self.fleet.drivers[row.kind] };
        let stops = driver.can_stop(row.speed, to_line - LINE_MARGIN, FIRMLY * driver.hardest, self.dt);
        let mut told = *row;
        let calls = self.fleet.routes[row.route].halt.is_some_and(|h| h.leg == row.leg);
        if stops && !calls && self.fleet.is_blocked_beyond(network, row.route, row.leg as usize) {
            let near = (to_line < SETTLED_WITHIN).then_some(lane);
            told.route = self.fleet.way_round(network, row.route, row.leg as usize, near).unwrap_or(row.route);
        }
        self.fleet.orient(network, &mut told, lane);
        if told.next != row.next {
            if !stops {
                return;
            }
            told.flags &= !flag::GRANTED;
        }
        *row = told;
    }

    fn tell_on_movement(&mut self, row: &mut Row, track: Track) {
        let Kind::Movement(m) = self.roads.kind(track) else { return };
        let (network, leg) = (&self.roads.network, row.leg as usize + 1);
        if self.fleet.is_blocked_beyond(network, row.route, leg) {
            row.route = self.fleet.way_round(network, row.route, leg, None).unwrap_or(row.route);
        }
        row.onward.after = self.fleet.outlook(row.route, leg, self.roads.way(m).to_index).next;
    }
}

/// Whether a driver in slow traffic stays on a lane that ends at the barrier of works for now: lanes are used up to there.
///
/// Source: StVO § 7 (4): those on the lane that ends change immediately before the narrowing.
pub(crate) fn goes_to_barrier(scene: &Scene<'_>, track: Track, row: &Row) -> bool {
    if scene.fleet.works.is_empty() || row.next.is_some() || row.speed > SLOW || row.onward.shift.abs() != 1 {
        return false;
    }
    let Kind::Lane(lane) = scene.roads.kind(track) else { return false };
    let leaving = &scene.roads.network.lanes[lane].leaving;
    let ends_there = leaving.iter().any(|&m| scene.fleet.is_closed(scene.roads.network.movements[m].to));
    ends_there && scene.roads.length(track) - row.position > ZIP
}

impl Fleet {
    /// Lets other roadworks be in force, and works out anew what depends on them.
    fn set_works(&mut self, roads: &Roads, works: InForce) {
        let network = &roads.network;
        let closed = |w: &InForce| w.lanes().collect::<BTreeSet<_>>();
        let changed: BTreeSet<LinkId> =
            closed(&self.works).symmetric_difference(&closed(&works)).map(|&l| network.lanes[l].link).collect();
        for route in self.routes.iter_mut().filter(|r| r.links.iter().any(|l| changed.contains(l))) {
            *route = Route::new(network, &route.links, route.class, route.halt, &works);
        }
        for (&class, times) in &mut self.times {
            *times = routing::times_beside(network, class, &works);
        }
        self.slowed = slowed(roads, &works);
        self.diversions.clear();
        self.works = works;
    }

    /// The speed limit of a track beside works, where theirs is lower than `limit`, in m/s.
    pub(crate) fn beside_works(&self, track: Track, limit: f64) -> f64 {
        if self.slowed.is_empty() {
            return limit;
        }
        self.slowed.binary_search_by_key(&track, |s| s.0).map_or(limit, |i| limit.min(self.slowed[i].1))
    }

    /// Whether roadworks close a lane now.
    pub(crate) fn is_closed(&self, lane: LaneId) -> bool {
        self.works.is_closed(lane)
    }

    /// The fastest way past the roadworks of the moment.
    pub(crate) fn fastest(
        &self,
        network: &Network,
        class: VehicleClass,
        times: &LinkTimes,
        ends: (LinkId, LinkId),
    ) -> Option<Vec<LinkId>> {
        routing::fastest_past(network, class, times, &self.works, ends)
    }

    /// The route on which a vehicle departs now; `None` where its own is closed and there is no other.
    pub(crate) fn departs_on(&self, vehicle: &Vehicle) -> Option<RouteId> {
        self.diversions.get(&vehicle.route).copied().unwrap_or(Some(vehicle.route))
    }

    /// Finds out how vehicles go that are to depart now.
    pub(crate) fn plan_departures(&mut self, network: &Network, vehicles: &[VehicleId]) {
        for &id in vehicles {
            self.plan_departure(network, self.vehicles[id].route);
        }
    }

    /// The same of those who come due until `now`.
    pub(crate) fn plan_due(&mut self, network: &Network, gate: &Gate, now: f64) {
        if self.works.is_empty() {
            return;
        }
        let is_due = |&id: &VehicleId| self.vehicles[id].due <= now + 1e-9;
        let later = (gate.next..self.vehicles.len() as u32).map(VehicleId);
        let due: Vec<VehicleId> = later.take_while(is_due).collect();
        self.plan_departures(network, &due);
    }

    /// The same of those with a route.
    fn plan_departure(&mut self, network: &Network, route: RouteId) {
        if self.works.is_empty() || self.diversions.contains_key(&route) {
            return;
        }
        let Route { links, class, .. } = &self.routes[route];
        let (class, ends) = (*class, (links[0], links[links.len() - 1]));
        let open = routing::blocked_at(network, class, links, &self.works, false).is_none();
        let way = if open {
            Some(route)
        } else if class.is_on_rails() {
            None
        } else {
            let way = self.fastest(network, class, &self.times[&class], ends);
            way.map(|links| self.adopt(network, links, class))
        };
        self.diversions.insert(route, way);
    }

    /// Whether roadworks block a route beyond one of its legs, on which somebody is.
    fn is_blocked_beyond(&self, network: &Network, route: RouteId, leg: usize) -> bool {
        let Route { links, class, .. } = &self.routes[route];
        !self.works.is_empty() && routing::blocked_at(network, *class, &links[leg..], &self.works, true).is_some()
    }

    /// Another way from a leg of a route on, the fastest: over the movements of a lane where one is given and leads on, else
    /// over those of any lane of the link. `None` where there is none, and for trams.
    fn way_round(&mut self, network: &Network, route: RouteId, leg: usize, near: Option<LaneId>) -> Option<RouteId> {
        let Route { links, class, .. } = &self.routes[route];
        let (class, goal) = (*class, links[links.len() - 1]);
        if class.is_on_rails() || leg + 1 == links.len() {
            return None;
        }
        let times = &self.times[&class];
        let from = |lane: LaneId| network.lanes[lane].leaving.iter().copied().filter(|&m| self.leads_on(network, m, class));
        let best = |lanes: Vec<LaneId>| {
            let starts: BTreeSet<LinkId> = lanes.into_iter().flat_map(from).map(|m| network.target_link(m)).collect();
            let ways = starts.into_iter().filter_map(|start| self.fastest(network, class, times, (start, goal)));
            let time = |way: &[LinkId]| way.iter().map(|&l| times[l].get()).sum::<f64>();
            ways.min_by(|a, b| time(a).total_cmp(&time(b)))
        };
        let all = || network.links[links[leg]].lanes().filter(|&l| network.lanes[l].classes.contains(class)).collect();
        let way = near.and_then(|lane| best(vec![lane])).or_else(|| best(all()))?;
        let whole = [&links[..=leg], &way[..]].concat();
        Some(self.adopt(network, whole, class))
    }

    /// Whether a movement leads to a lane that admits a class and is not closed.
    pub(crate) fn leads_on(&self, network: &Network, movement: model::id::MovementId, class: VehicleClass) -> bool {
        let to = network.movements[movement].to;
        network.lanes[to].classes.contains(class) && !self.works.is_closed(to)
    }

    /// The length of the links of a route, in metres.
    fn route_length(&self, network: &Network, route: RouteId) -> f64 {
        self.routes[route].links.iter().map(|&l| network.links[l].length).sum::<Length>().get()
    }
}

/// The tracks on which works limit the speed, in order: the lanes of the link, and the movements that lead to it, since one is
/// slow when one comes to the sign.
fn slowed(roads: &Roads, works: &InForce) -> Vec<(Track, f64)> {
    let network = &roads.network;
    let of = |(link, limit): (LinkId, model::quantity::Speed)| {
        let lanes = network.links[link].lanes();
        let tracks = lanes.flat_map(|l| network.lanes[l].entering.iter().map(|&m| roads.movement(m)).chain([roads.lane(l)]));
        tracks.map(move |t| (t, limit.get())).collect::<Vec<_>>()
    };
    let mut slowed: Vec<_> = works.limits().flat_map(of).collect();
    slowed.sort_by_key(|s| s.0);
    slowed
}

/// Who did not depart, by where they meant to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Barred {
    /// First link of their way.
    pub from: LinkId,
    /// Last link of their way.
    pub to: LinkId,
    /// How many.
    pub vehicles: u32,
}

/// What roadworks have done to the traffic of a run so far, the warm-up included.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RoadworksToll {
    /// Vehicles that did not depart since their way was closed and there was no other; they do not count as due.
    pub barred: Vec<Barred>,
    /// Vehicles that departed on another way than planned.
    pub diverted: u32,
    /// Vehicles that took another way on the road.
    pub rerouted: u32,
    /// How much longer the ways of both were than those planned, in kilometres.
    pub detour_km: f64,
    /// How often a vehicle came on to a closed lane: it was on the road when the lane was closed, and could not stop before it
    /// any more or had no other way.
    pub went_through: u32,
}

impl Works {
    /// What there is to tell.
    pub(crate) fn read(&self, fleet: &Fleet, through: &WentThrough) -> RoadworksToll {
        let mut barred: BTreeMap<(LinkId, LinkId), u32> = BTreeMap::new();
        for &id in &self.toll.barred {
            let links = &fleet.routes[fleet.vehicles[id].route].links;
            *barred.entry((links[0], links[links.len() - 1])).or_default() += 1;
        }
        RoadworksToll {
            barred: barred.into_iter().map(|((from, to), vehicles)| Barred { from, to, vehicles }).collect(),
            diverted: self.toll.diverted,
            rerouted: self.toll.rerouted,
            detour_km: self.toll.longer / 1000.0,
            went_through: through.0,
        }
    }

    /// Whether saved state is of such a fleet.
    pub(crate) fn fits(toll: &Toll, fleet: &Fleet) -> bool {
        toll.barred.iter().all(|id| id.index() < fleet.vehicles.len())
    }
}
