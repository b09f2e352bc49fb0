//! Drivers who know how long the links take now: they choose their way when they enter, and some choose anew on the road.
//!
//! Travel times are measured once a minute from all vehicles on a link, as its length over their mean speed, total distance
//! over total time. Source: Edie, Discussion of traffic stream measurements and definitions, 2nd Int. Symp. on the Theory of
//! Road Traffic Flow (1963). They are smoothed exponentially. Nobody chooses whose way is given link by link, nor buses and
//! trams.

use crate::depart::Entries;
use crate::fleet::Fleet;
use crate::random::{Stream, draws};
use crate::roads::{Kind, Roads};
use crate::service::Service;
use crate::traffic::{Row, Traffic};
use bevy_ecs::resource::Resource;
use model::demand::RouteChoice;
use model::id::{IdVec, LinkId, RouteId, VehicleId};
use model::quantity::Span;
use model::vehicle::VehicleClass;
use serde::{Deserialize, Serialize};

/// Seconds between two measurements.
const INTERVAL_S: u32 = 60;
/// Weight of the latest minute. Assumed: half of a time is forgotten after two minutes.
const WEIGHT: f64 = 0.3;
/// The slowest mean speed that a driver reckons with, in m/s; assumed.
const CRAWL: f64 = 0.5;
/// Whoever is closer than this to the end of a lane stays on its way, in metres; assumed, room for a change of lanes.
pub(crate) const SETTLED_WITHIN: f64 = 120.0;

/// What drivers know about the links; empty when nobody chooses.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Known {
    /// Seconds in excess of the time on an empty link, smoothed.
    excess: IdVec<LinkId, f64>,
    /// Vehicle seconds since the last measurement.
    seconds: IdVec<LinkId, f64>,
    /// Vehicle metres since the last measurement.
    metres: IdVec<LinkId, f64>,
}

/// Who chooses, and by what.
#[derive(Debug, Resource)]
pub(crate) struct Choice {
    rules: RouteChoice,
    seed: u64,
    pub(crate) known: Known,
}

impl Choice {
    /// That of a run at its start: the roads are empty.
    pub(crate) fn new(rules: RouteChoice, seed: u64, roads: &Roads) -> Self {
        let zeros = || IdVec::from_fn(if rules.is_off() { 0 } else { roads.network.links.len() }, |_| 0.0);
        Self { rules, seed, known: Known { excess: zeros(), seconds: zeros(), metres: zeros() } }
    }

    /// Whether nobody chooses.
    pub(crate) fn is_off(&self) -> bool {
        self.rules.is_off()
    }

    /// Once a second: watches the links, and once a minute lets drivers on the road choose.
    ///
    /// Whoever stands at a stop for its passengers says nothing about the link.
    pub(crate) fn watch(&mut self, roads: &Roads, fleet: &mut Fleet, traffic: &mut Traffic, service: &Service, second: u32) {
        for &track in &traffic.active {
            let link = roads.link(track);
            for row in traffic.queue(track).iter().filter(|r| service.is_off() || !service.dwells(r.vehicle)) {
                self.known.seconds[link] += 1.0;
                self.known.metres[link] += row.speed;
            }
        }
        if second.is_multiple_of(INTERVAL_S) {
            self.known.learn(roads);
            if self.rules.rerouting_share > 0.0 {
                self.reroute(roads, fleet, traffic);
            }
        }
    }

    /// Gives those who have just entered, and are informed, the way that is fastest now.
    pub(crate) fn entered(&self, roads: &Roads, fleet: &mut Fleet, traffic: &mut Traffic, entries: &Entries) {
        for entry in &entries.all {
            if self.draw(entry.vehicle).0 >= self.rules.informed_share {
                continue;
            }
            let queue = &mut traffic.queues[roads.lane(entry.lane).0 as usize];
            if let Some(row) = queue.iter_mut().rev().find(|r| r.vehicle == entry.vehicle)
                && let Some(route) = self.better(roads, fleet, row, 0.0)
            {
                take(roads, fleet, row, route, entry.lane);
            }
        }
    }

    fn reroute(&self, roads: &Roads, fleet: &mut Fleet, traffic: &mut Traffic) {
        for i in 0..traffic.active.len() {
            let track = traffic.active[i];
            let Kind::Lane(lane) = roads.kind(track) else { continue };
            for row in &mut traffic.queues[track.0 as usize] {
                let free = roads.length(track) - row.position > SETTLED_WITHIN;
                if !free || self.draw(row.vehicle).1 >= self.rules.rerouting_share {
                    continue;
                }
                if let Some(route) = self.better(roads, fleet, row, self.rules.min_gain.get()) {
                    take(roads, fleet, row, route, lane);
                }
            }
        }
    }

    /// Two draws of a driver: whether it is informed at its departure, and whether on the road.
    fn draw(&self, vehicle: VehicleId) -> (f64, f64) {
        let mut draw = draws(self.seed, Stream::Choice, u64::from(vehicle.0));
        (draw.uniform(), draw.uniform())
    }

    /// A way from where a vehicle is that is faster by more than `gain` seconds.
    fn better(&self, roads: &Roads, fleet: &mut Fleet, row: &Row, gain: f64) -> Option<RouteId> {
        let class = fleet.types[row.kind].class;
        let bound = matches!(class, VehicleClass::Bus | VehicleClass::Tram) || !fleet.vehicles[row.vehicle].chooses;
        let links = &fleet.routes[row.route].links;
        let (driven, rest) = links.split_at(row.leg as usize);
        if bound || rest.len() < 2 {
            return None;
        }
        let times = fleet.free_times(class).enumerate().map(|(l, &t)| t + Span::seconds_f64(self.known.excess[l])).collect();
        let way = fleet.fastest(&roads.network, class, &times, (rest[0], rest[rest.len() - 1]))?;
        let time = |links: &[LinkId]| links.iter().map(|&l| times[l].get()).sum::<f64>();
        if time(&way) + gain >= time(rest) {
            return None;
        }
        let whole = [driven, &way[..]].concat();
        Some(fleet.adopt(&roads.network, whole, class))
    }
}

impl Known {
    /// Ends a minute.
    fn learn(&mut self, roads: &Roads) {
        for (id, link) in roads.network.links.enumerate() {
            let (seconds, metres) = (self.seconds[id], self.metres[id]);
            let now = if seconds > 0.0 { link.length.get() / (metres / seconds).max(CRAWL) } else { 0.0 };
            let over = (now - (link.length / link.speed_limit).get()).max(0.0);
            self.excess[id] += WEIGHT * (over - self.excess[id]);
            (self.seconds[id], self.metres[id]) = (0.0, 0.0);
        }
    }

    /// Whether it is of a network with so many links.
    pub(crate) fn fits(&self, other: &Self) -> bool {
        let sizes = |k: &Self| [k.excess.len(), k.seconds.len(), k.metres.len()];
        sizes(self) == sizes(other)
    }
}

fn take(roads: &Roads, fleet: &Fleet, row: &mut Row, route: RouteId, lane: model::id::LaneId) {
    row.route = route;
    fleet.orient(&roads.network, row, lane);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::Onward;
    use model::demand::{Itinerary, Trip};
    use model::scenario::Scenario;
    use model::toy::Grid;

    /// Four crossroads, and one trip across that may turn north first or last.
    fn square() -> (Scenario, Roads, Fleet) {
        let mut scenario = Grid { columns: 2, rows: 2, ..Grid::default() }.scenario();
        let demand = &mut scenario.demand;
        let link = |name: &str| scenario.network.links.enumerate().find(|(_, l)| l.name == name).expect("a link").0;
        demand.trips = vec![Trip {
            name: "across".into(),
            vehicle: demand.flows[0].mix[0].0,
            depart: Span::seconds_f64(3700.0),
            itinerary: Itinerary::Fastest { from: link("X0.0<East"), to: link("X1.1>North") },
            departure: demand.flows[0].departure,
            calls: Vec::new(),
        }];
        demand.flows.clear();
        let roads = Roads::new(&scenario);
        let fleet = Fleet::new(&scenario, 1, None);
        (scenario, roads, fleet)
    }

    fn row(fleet: &Fleet) -> Row {
        let vehicle = &fleet.vehicles[VehicleId(0)];
        Row {
            position: 10.0,
            speed: 5.0,
            acceleration: 0.0,
            length: 4.5,
            speed_factor: 1.0,
            vehicle: VehicleId(0),
            route: vehicle.route,
            leg: 0,
            next: None,
            onward: Onward::default(),
            behind: crate::traffic::Behind::NOTHING,
            kind: vehicle.kind,
            since_change: 0,
            flags: 0,
            waited: 0,
        }
    }

    #[test]
    fn a_slow_link_is_left_aside_when_the_other_way_gains_enough() {
        let (_, roads, mut fleet) = square();
        let row = row(&fleet);
        let planned = fleet.routes[row.route].links.clone();
        let rules = RouteChoice { informed_share: 1.0, ..RouteChoice::default() };
        let mut choice = Choice::new(rules, 1, &roads);
        assert_eq!(choice.better(&roads, &mut fleet, &row, 0.0), None, "nothing is faster on empty roads");
        choice.known.excess[planned[1]] = 100.0;
        assert_eq!(choice.better(&roads, &mut fleet, &row, 150.0), None, "not by so much");
        let other = choice.better(&roads, &mut fleet, &row, 50.0).expect("the other way is faster");
        let links = &fleet.routes[other].links;
        assert!(!links.contains(&planned[1]) && links[0] == planned[0] && links.last() == planned.last());
        fleet.vehicles[VehicleId(0)].chooses = false;
        assert_eq!(choice.better(&roads, &mut fleet, &row, 50.0), None, "its way is given");
    }

    #[test]
    fn times_are_length_over_mean_speed_and_are_smoothed() {
        let (scenario, roads, _) = square();
        let mut known = Choice::new(RouteChoice { informed_share: 1.0, ..RouteChoice::default() }, 1, &roads).known;
        let id = LinkId(0);
        let link = &scenario.network.links[id];
        let over = link.length.get() / 2.0 - (link.length / link.speed_limit).get();
        // Three vehicles for a minute, 2 m/s on average.
        (known.seconds[id], known.metres[id]) = (180.0, 360.0);
        known.learn(&roads);
        assert!((known.excess[id] - WEIGHT * over).abs() < 1e-9 && known.seconds[id] == 0.0);
        known.learn(&roads);
        assert!((known.excess[id] - WEIGHT * (1.0 - WEIGHT) * over).abs() < 1e-9, "an empty link is forgotten");
    }
}
