//! Quality of service: what those who come to each movement, crossing and approach meet there.
//!
//! Observed only where it is asked for ([`crate::Simulation::observe_quality`]). Nothing of it enters the traffic or the
//! hash of a run; a saved state has it.

use crate::crossings::Crossings;
use crate::depart::Entries;
use crate::fleet::Fleet;
use crate::lights::Lights;
use crate::measure::{ROLLING, STANDING, Seen};
use crate::roads::{Kind, Roads, Track};
use crate::traffic::{Row, Traffic, flag};
use crate::walking::{Comers, Walkers};
use bevy_ecs::resource::Resource;
use model::id::{CrossingId, Id, IdVec, LinkId, MovementId};
use model::network::{Network, SignalHead};
use model::signal::Aspect;
use model::vehicle::VehicleClass;
use serde::{Deserialize, Serialize};

/// A queue that comes this near to the start of a link goes on before it, in metres: no further car has room.
const NO_ROOM: f64 = 8.0;

/// What drivers meet who take a movement, since the measured period began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct MovementQuality {
    /// Motor vehicles that have taken it to its end.
    pub vehicles: u32,
    /// Time that these have lost on the link before it and on it, in vehicle seconds; that of waiting to enter the network
    /// there included.
    pub delay_s: f64,
    /// Vehicles that have come to its queue or, where there was none, to its stop line.
    pub arrivals: u32,
    /// Of these, those that came while its signal showed green.
    pub arrivals_on_green: u32,
    /// Bicycles that have taken it to its end.
    pub cyclists: u32,
    /// The longest time that a cyclist has stood on the link before it and on it, in seconds; those who still wait included.
    pub longest_cyclist_wait_s: f64,
}

/// What people on foot meet at a crossing, since the measured period began.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CrossingQuality {
    /// People who came.
    pub came: u32,
    /// The longest time from coming to the kerb to the first step, and standing on the way across, in seconds; those who
    /// still wait included.
    pub longest_wait_s: f64,
}

/// The queues before a signal, on one link and those that lead to nothing but it.
#[derive(Debug, Clone, PartialEq)]
pub struct ApproachQuality {
    /// The link that ends at the stop line.
    pub link: LinkId,
    /// Room for the queue: from the stop line back to the intersection before, or to the edge of the network, in metres.
    pub storage_m: f64,
    /// The longest queue between the ends of two greens, one after the other: from the stop line to the rear of the last
    /// vehicle below 5 km/h, in metres.
    pub queues_m: Vec<f64>,
}

/// What has been observed up to a moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Quality {
    /// By movement.
    pub movements: IdVec<MovementId, MovementQuality>,
    /// By crossing.
    pub crossings: IdVec<CrossingId, CrossingQuality>,
    /// The links that end at a signal, in order.
    pub approaches: Vec<ApproachQuality>,
}

/// A vehicle on a link and the movement that leaves it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Visit {
    link: Option<LinkId>,
    /// Which it takes, or is going to take.
    movement: Option<MovementId>,
    /// In seconds.
    lost: f64,
    /// In seconds.
    stood: f64,
    cyclist: bool,
    /// Whether it has moved faster than 5 km/h here.
    rolled: bool,
    /// Whether it has come to the queue or the stop line.
    arrived: bool,
}

/// A link that ends at a signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Approach {
    /// The link, and those before it from which there is no other way.
    links: Vec<LinkId>,
    /// The signal head that tells one cycle from the next.
    head: SignalHead,
    green: bool,
    /// The longest queue since the last end of green, in metres.
    longest: f64,
    queues: Vec<f64>,
}

/// What is observed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Observer {
    visits: Vec<Visit>,
    movements: IdVec<MovementId, MovementQuality>,
    /// The longest wait at each crossing, in seconds.
    crossings: IdVec<CrossingId, f64>,
    approaches: Vec<Approach>,
}

/// The observer, where there is one.
#[derive(Debug, Default, Resource)]
pub(crate) struct Observed(pub(crate) Option<Observer>);

/// A moment, for those on foot and for queues.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// In seconds of the day.
    pub(crate) now: f64,
    /// When the measured period began.
    pub(crate) counted_from: f64,
}

impl Observer {
    pub(crate) fn new(roads: &Roads, fleet: &Fleet) -> Self {
        let network = &roads.network;
        Self {
            visits: vec![Visit::default(); fleet.vehicles.len()],
            movements: IdVec::from_fn(network.movements.len(), |_| MovementQuality::default()),
            crossings: IdVec::from_fn(network.crossings.len(), |_| 0.0),
            approaches: network.links.ids().filter_map(|link| approach(network, link)).collect(),
        }
    }

    /// Whether it is of a run with as much to observe.
    pub(crate) fn fits(&self, roads: &Roads, fleet: &Fleet) -> bool {
        let sizes = |o: &Self| (o.visits.len(), o.movements.len(), o.crossings.len(), o.approaches.len());
        sizes(self) == sizes(&Self::new(roads, fleet))
    }

    /// Observes vehicles in a step.
    pub(crate) fn watch(&mut self, seen: &Seen<'_>, lights: &Lights, entries: &Entries) {
        for entry in entries.all.iter().filter(|e| e.counted) {
            let link = seen.roads.network.lanes[entry.lane].link;
            self.visits[entry.vehicle.index()] = Visit { link: Some(link), lost: entry.lost, ..Visit::default() };
        }
        for &track in &seen.traffic.active {
            for row in seen.traffic.queue(track).iter().filter(|r| r.is(flag::COUNTED)) {
                self.follow(seen, lights, track, row);
            }
        }
    }

    /// A step of a vehicle.
    fn follow(&mut self, seen: &Seen<'_>, lights: &Lights, track: Track, row: &Row) {
        let (link, kind) = (seen.roads.link(track), seen.roads.kind(track));
        let visit = &mut self.visits[row.vehicle.index()];
        if visit.link != Some(link) {
            let left = std::mem::replace(visit, Visit { link: Some(link), ..Visit::default() });
            if let Some(movement) = left.movement {
                self.movements[movement].add(&left);
            }
        }
        visit.cyclist = seen.fleet.types[row.kind].class == VehicleClass::Bicycle;
        let over = matches!(kind, Kind::Movement(_));
        visit.movement = match kind {
            Kind::Movement(movement) => Some(movement),
            Kind::Lane(_) => row.next,
        };
        if seen.service.is_some_and(|s| s.dwells(row.vehicle)) {
            return;
        }
        visit.lost += seen.lost(row, seen.roads.limit(track));
        if row.speed < STANDING {
            visit.stood += seen.dt;
        }
        let queues = row.speed < STANDING || (visit.rolled && row.speed < ROLLING);
        visit.rolled |= row.speed > ROLLING;
        if let Some(movement) = visit.movement.filter(|_| !visit.arrived && (queues || over)) {
            visit.arrived = true;
            let green = lights.aspect(seen.roads.way(movement).head) == Aspect::Green;
            self.movements[movement].arrivals += 1;
            self.movements[movement].arrivals_on_green += u32::from(green);
        }
    }

    /// Observes people on foot in a step.
    pub(crate) fn watch_walkers(&mut self, walkers: &Walkers, comers: &Comers, crossings: &Crossings, at: Moment) {
        for (crossing, wait) in walkers.waits(comers, at.now, at.counted_from) {
            let longest = &mut self.crossings[crossings.all[crossing].id];
            *longest = longest.max(wait);
        }
    }

    /// Observes queues in a second of the measured period.
    pub(crate) fn watch_queues(&mut self, roads: &Roads, traffic: &Traffic, lights: &Lights) {
        for approach in &mut self.approaches {
            let green = lights.aspect(Some(approach.head)) == Aspect::Green;
            if approach.green && !green {
                approach.queues.push(std::mem::take(&mut approach.longest));
            }
            approach.green = green;
            approach.longest = approach.longest.max(queue(roads, traffic, &approach.links));
        }
    }

    /// What has been observed.
    pub(crate) fn read(&self, roads: &Roads, walkers: &Walkers, comers: &Comers, counted_from: f64) -> Quality {
        let mut movements = self.movements.clone();
        for visit in self.visits.iter().filter(|v| v.cyclist) {
            if let Some(movement) = visit.movement {
                let longest = &mut movements[movement].longest_cyclist_wait_s;
                *longest = longest.max(visit.stood);
            }
        }
        let mut crossings: IdVec<CrossingId, CrossingQuality> =
            self.crossings.iter().map(|&longest_wait_s| CrossingQuality { came: 0, longest_wait_s }).collect();
        for comer in walkers.come(comers).iter().filter(|c| c.due >= counted_from) {
            crossings[roads.crossings.all[comer.crossing].id].came += 1;
        }
        Quality { movements, crossings, approaches: self.approaches.iter().map(|a| a.read(&roads.network)).collect() }
    }
}

impl MovementQuality {
    fn add(&mut self, visit: &Visit) {
        if visit.cyclist {
            self.cyclists += 1;
            self.longest_cyclist_wait_s = self.longest_cyclist_wait_s.max(visit.stood);
        } else {
            self.vehicles += 1;
            self.delay_s += visit.lost;
        }
    }
}

impl Approach {
    /// A cycle that has not ended counts only where none has.
    fn read(&self, network: &Network) -> ApproachQuality {
        let queues_m = if self.queues.is_empty() { vec![self.longest] } else { self.queues.clone() };
        let storage_m = self.links.iter().map(|&l| network.links[l].length.get()).sum();
        ApproachQuality { link: self.links[0], storage_m, queues_m }
    }
}

/// The approach that ends with a link; `None` where no movement from it has a signal.
fn approach(network: &Network, link: LinkId) -> Option<Approach> {
    let leaving = network.links[link].lanes().flat_map(|l| &network.lanes[l].leaving);
    let head = leaving.filter_map(|&m| network.movements[m].head).min()?;
    let mut links = vec![link];
    while let Some(before) = only_before(network, links[links.len() - 1]).filter(|b| !links.contains(b)) {
        links.push(before);
    }
    Some(Approach { links, head, green: false, longest: 0.0, queues: Vec::new() })
}

/// The link before another where the two are one road: nobody comes from or goes anywhere else, and there is no signal.
fn only_before(network: &Network, link: LinkId) -> Option<LinkId> {
    let one = |mut links: Vec<LinkId>| {
        links.sort_unstable();
        links.dedup();
        (links.len() == 1).then(|| links[0])
    };
    let entering = network.links[link].lanes().flat_map(|l| &network.lanes[l].entering);
    let before = one(entering.map(|&m| network.origin_link(m)).collect())?;
    let leaving = || network.links[before].lanes().flat_map(|l| &network.lanes[l].leaving);
    let onward = one(leaving().map(|&m| network.target_link(m)).collect())?;
    (onward == link && leaving().all(|&m| network.movements[m].head.is_none())).then_some(before)
}

/// How far the queue reaches back over the links of an approach, in metres.
fn queue(roads: &Roads, traffic: &Traffic, links: &[LinkId]) -> f64 {
    let mut behind = 0.0;
    let mut reach = 0.0_f64;
    for &link in links {
        let length = roads.network.links[link].length.get();
        let here = on_link(roads, traffic, link);
        if here > 0.0 {
            reach = behind + here.min(length);
        }
        if here < length - NO_ROOM {
            break;
        }
        behind += length;
    }
    reach
}

/// From the end of a link to the rear of the last vehicle below 5 km/h on it, in metres.
fn on_link(roads: &Roads, traffic: &Traffic, link: LinkId) -> f64 {
    let backs = roads.network.links[link].lanes().map(|lane| {
        let track = roads.lane(lane);
        let last = traffic.queue(track).iter().rev().find(|r| r.speed < ROLLING);
        last.map_or(0.0, |r| roads.length(track) - r.rear())
    });
    backs.fold(0.0, f64::max)
}
