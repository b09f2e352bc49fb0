//! Measures of a run, as the command line prints them.

use crate::depart::{Entries, Gate};
use crate::detect::moved;
use crate::emissions::{Emissions, emissions};
use crate::fleet::Fleet;
use crate::gridlock::Gridlocks;
use crate::moving::Events;
use crate::roads::{Kind, Roads, Track};
use crate::service::Service;
use crate::traffic::{Row, Traffic, flag};
use crate::walking::CrossedSums;
use bevy_ecs::resource::Resource;
use model::id::{IdVec, LinkId, MovementId, VehicleId};
use model::maths::Bound;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Whoever stands and accelerates less than this stays where it is, in m/s².
pub(crate) const STARTING: f64 = 0.01;

/// Whoever is slower than this stands, in m/s.
pub(crate) const STANDING: f64 = 0.1;
/// A stop counts after a vehicle has moved faster than this, in m/s (5 km/h).
pub(crate) const ROLLING: f64 = 5.0 / 3.6;

/// Sums over the vehicles that count, while they are on one track.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sums {
    /// Time lost against the desired speed, in seconds.
    loss: f64,
    /// The same, weighted by persons aboard.
    person_loss: f64,
    /// Time on the track, in seconds.
    duration: f64,
    /// Time below 0.1 m/s, in seconds.
    wait: f64,
    /// In metres.
    distance: f64,
    emitted: Emissions,
}

impl Sums {
    /// Adds a step of a vehicle where the limit is `limit`; returns the time that it has lost, in seconds.
    fn add(&mut self, seen: &Seen<'_>, row: &Row, limit: f64) -> f64 {
        let (vehicle, dt) = (&seen.fleet.types[row.kind], seen.dt);
        self.duration += dt;
        let engine = &seen.fleet.engines[row.kind];
        if seen.service.is_some_and(|s| s.dwells(row.vehicle)) {
            // Whoever stands at a stop for its passengers loses no time.
            self.emitted.add(engine.idle(), dt);
            return 0.0;
        }
        let way = moved(row, vehicle.following.model, dt);
        let loss = seen.lost(row, limit);
        self.loss += loss;
        self.person_loss += loss * vehicle.class.occupancy();
        self.distance += way;
        let stands = row.speed == 0.0 && row.acceleration == 0.0;
        self.emitted.add(if stands { engine.idle() } else { emissions(engine, row.speed, row.acceleration) }, dt);
        if row.speed < STANDING {
            self.wait += dt;
        }
        loss
    }

    /// Adds the sums of another track.
    fn plus(mut self, other: &Self) -> Self {
        self.loss += other.loss;
        self.person_loss += other.person_loss;
        self.duration += other.duration;
        self.wait += other.wait;
        self.distance += other.distance;
        self.emitted.add(other.emitted, 1.0);
        self
    }
}

/// Sums over the vehicles that count, since the measured period began.
#[derive(Debug, Clone, Default, PartialEq, Resource, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) departed: u32,
    pub(crate) arrived: u32,
    /// Time lost between due and actual departure of those departed, in seconds.
    pub(crate) departure_delay: f64,
    pub(crate) person_departure_delay: f64,
    /// Time and way driven by those departed before the step in which they departed, in seconds and metres.
    driven: (f64, f64),
    pub(crate) stops: u64,
    pub(crate) overlaps: u64,
    pub(crate) people_hit: u64,
    pub(crate) red_runs: u64,
    pub(crate) updates: u64,
    /// Vehicles that have left each link.
    pub(crate) link_flow: IdVec<LinkId, u32>,
    /// By track: what the network as a whole adds up to does not depend on how it is shared out over threads.
    tracks: Vec<Sums>,
    /// By track: time lost of those who take the movement, on it and on the lane before it, in seconds.
    bound: Vec<f64>,
}

/// What the step has brought besides new positions.
pub(crate) struct Happened<'a> {
    pub(crate) events: &'a Events,
    pub(crate) entries: &'a Entries,
}

/// What the pass reads.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) roads: &'a Roads,
    pub(crate) fleet: &'a Fleet,
    pub(crate) traffic: &'a Traffic,
    /// The stops, where anybody calls at any.
    pub(crate) service: Option<&'a Service>,
    pub(crate) dt: f64,
}

impl Seen<'_> {
    /// Time that a vehicle has lost in the step against its desired speed where the limit is `limit`, in seconds.
    pub(crate) fn lost(&self, row: &Row, limit: f64) -> f64 {
        let vehicle = &self.fleet.types[row.kind];
        let free = (limit * row.speed_factor).at_most(vehicle.max_speed.get());
        (self.dt - moved(row, vehicle.following.model, self.dt) / free).at_least(0.0)
    }
}

/// The sums of some of the active tracks, and of those between them.
pub(crate) struct Part<'a> {
    pub(crate) tracks: &'a [Track],
    /// Which track the first sums are of.
    first: usize,
    sums: &'a mut [Sums],
    bound: &'a mut [f64],
}

impl<'a> Part<'a> {
    /// Takes the sums of a part of the active tracks off the front.
    fn take(&mut self, active: &'a [Track], part: Range<usize>) -> Self {
        let end = active.get(part.end).map_or(self.first + self.sums.len(), |t| t.0 as usize);
        let (sums, later_sums) = std::mem::take(&mut self.sums).split_at_mut(end - self.first);
        let (bound, later_bound) = std::mem::take(&mut self.bound).split_at_mut(end - self.first);
        (self.sums, self.bound) = (later_sums, later_bound);
        Self { tracks: &active[part], first: std::mem::replace(&mut self.first, end), sums, bound }
    }

    /// Adds up a step of those on one of the tracks.
    pub(crate) fn measure(&mut self, seen: &Seen<'_>, track: Track) {
        let here = track.0 as usize - self.first;
        let (limit, kind) = (seen.roads.limit(track), seen.roads.kind(track));
        for row in seen.traffic.queue(track).iter().filter(|r| r.is(flag::COUNTED)) {
            let loss = self.sums[here].add(seen, row, limit);
            match (kind, row.next) {
                (Kind::Movement(_), _) => self.bound[here] += loss,
                (Kind::Lane(_), Some(m)) => self.bound[seen.roads.movement(m).0 as usize - self.first] += loss,
                (Kind::Lane(_), None) => {}
            }
        }
    }
}

/// A moment of a run.
pub(crate) struct Now<'a> {
    pub(crate) fleet: &'a Fleet,
    pub(crate) gate: &'a Gate,
    pub(crate) traffic: &'a Traffic,
    pub(crate) gridlocks: &'a Gridlocks,
    pub(crate) on_foot: CrossedSums,
    /// In seconds of the day.
    pub(crate) time: f64,
    /// Stop lines that emergency vehicles on duty have crossed on red.
    pub(crate) red_passages: u64,
    /// Vehicles in bays that count.
    pub(crate) in_bays: u32,
    /// When the measured period began.
    pub(crate) counted_from: f64,
    /// Those that did not depart since roadworks left them no way.
    pub(crate) barred: &'a [VehicleId],
}

impl Tally {
    pub(crate) fn new(roads: &Roads) -> Self {
        Self {
            link_flow: IdVec::from_fn(roads.network.links.len(), |_| 0),
            tracks: vec![Sums::default(); roads.count()],
            bound: vec![0.0; roads.count()],
            ..Self::default()
        }
    }

    /// Adds up what has happened in the step.
    pub(crate) fn count(&mut self, seen: &Seen<'_>, step: &Happened<'_>) {
        let Happened { events, entries } = *step;
        self.updates += events.updates;
        self.red_runs += u64::from(events.red_runs);
        self.stops += u64::from(events.stops);
        for &link in &events.left {
            self.link_flow[link] += 1;
        }
        self.arrived += events.arrived.iter().filter(|a| a.1).count() as u32;
        for entry in &entries.all {
            if entry.counted {
                let vehicle = &seen.fleet.vehicles[entry.vehicle];
                self.departed += 1;
                self.departure_delay += entry.lost;
                self.person_departure_delay += entry.lost * seen.fleet.types[vehicle.kind].class.occupancy();
                self.driven.0 += entry.driven.0;
                self.driven.1 += entry.driven.1;
            }
        }
    }

    /// The sums of each part of the active tracks.
    pub(crate) fn parts<'a>(
        &'a mut self,
        traffic: &'a Traffic,
        parts: impl Iterator<Item = Range<usize>>,
    ) -> impl Iterator<Item = Part<'a>> {
        let mut rest = Part { tracks: &[], first: 0, sums: &mut self.tracks, bound: &mut self.bound };
        parts.map(move |part| rest.take(&traffic.active, part))
    }

    /// Adds those in bays.
    pub(crate) fn add_bays(&mut self, seen: &Seen<'_>) {
        for (lane, row) in seen.service.iter().flat_map(|s| s.in_bays(seen.roads)).filter(|(_, r)| r.is(flag::COUNTED)) {
            let track = seen.roads.lane(lane);
            let loss = self.tracks[track.0 as usize].add(seen, row, seen.roads.limit(track));
            if let Some(m) = row.next {
                self.bound[seen.roads.movement(m).0 as usize] += loss;
            }
        }
    }

    /// Time lost on each link and the movements that leave it, in seconds.
    pub(crate) fn link_loss(&self, roads: &Roads) -> IdVec<LinkId, f64> {
        let mut lost = IdVec::from_fn(roads.network.links.len(), |_| 0.0);
        for (track, sums) in (0..).map(Track).zip(&self.tracks) {
            lost[roads.link(track)] += sums.loss;
        }
        lost
    }

    /// Carbon dioxide emitted on each link and the movements that leave it, in grams.
    pub(crate) fn link_co2(&self, roads: &Roads) -> IdVec<LinkId, f64> {
        let mut emitted = IdVec::from_fn(roads.network.links.len(), |_| 0.0);
        for (track, sums) in (0..).map(Track).zip(&self.tracks) {
            emitted[roads.link(track)] += sums.emitted.co2 / 1e3;
        }
        emitted
    }

    /// Time lost of those who take each movement, on it and on the lane before it, in seconds.
    pub(crate) fn movement_loss(&self, roads: &Roads) -> IdVec<MovementId, f64> {
        roads.network.movements.ids().map(|m| self.bound[roads.movement(m).0 as usize]).collect()
    }

    /// Whether it is of a network with so many tracks.
    pub(crate) fn fits(&self, roads: &Roads) -> bool {
        self.tracks.len() == roads.count() && self.bound.len() == roads.count()
    }

    /// The measures at this moment, with those who still wait outside.
    pub(crate) fn read(&self, now: &Now<'_>) -> Measures {
        let Now { fleet, gate, gridlocks, on_foot, .. } = *now;
        let outside = fleet.waiting_time(gate, now.time, now.counted_from);
        let (vehicles_due, persons) = fleet.due(gate, now.barred, now.counted_from);
        let there = self.arrived + now.traffic.counted() + now.in_bays + fleet.waiting(gate, now.counted_from);
        let due = f64::from(vehicles_due.max(1));
        let departed = f64::from(self.departed.max(1));
        let sums = self.tracks.iter().fold(Sums::default(), Sums::plus);
        Measures {
            due: vehicles_due,
            departed: self.departed,
            arrived: self.arrived,
            delay_s: (sums.loss + self.departure_delay + outside) / due,
            duration_s: (sums.duration + self.driven.0) / departed,
            wait_s: sums.wait / departed,
            stops_per_vehicle: self.stops as f64 / departed,
            person_delay_s: (sums.person_loss + self.person_departure_delay + outside) / persons.at_least(1.0),
            distance_km: (sums.distance + self.driven.1) / 1000.0,
            co2_kg: sums.emitted.co2 / 1e6,
            nox_g: sums.emitted.nox / 1e3,
            pm_g: sums.emitted.pm / 1e3,
            fuel_kg: sums.emitted.fuel / 1e6,
            electricity_kwh: sums.emitted.electricity / 1e3,
            overlaps: self.overlaps,
            people_hit: self.people_hit,
            red_runs: self.red_runs,
            red_passages: now.red_passages,
            lost: vehicles_due.abs_diff(there),
            detours: gate.detours,
            insisted: gridlocks.settled,
            gridlocks: gridlocks.lasting(now.time).count() as u32,
            came_on_foot: on_foot.came,
            crossed_on_foot: on_foot.crossed,
            wait_on_foot_s: on_foot.wait / f64::from(on_foot.came.max(1)),
            longest_wait_on_foot_s: on_foot.longest,
            vehicle_updates: self.updates,
        }
    }
}

/// Measures of a run. Field names and meanings are those of `ampel run --format json`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Vehicles due in the measured period, without those whom roadworks leave no way.
    pub due: u32,
    /// Of these, those that entered the network.
    pub departed: u32,
    /// Of these, those that reached the end of their route.
    pub arrived: u32,
    /// Time lost and departure delay per vehicle due, in seconds; unfinished and never departed ones included.
    pub delay_s: f64,
    /// Time in the network per departed vehicle, in seconds.
    pub duration_s: f64,
    /// Time below 0.1 m/s per departed vehicle, in seconds; not while it stands at a stop for its passengers.
    pub wait_s: f64,
    /// Falls below 0.1 m/s after having moved faster than 5 km/h, per departed vehicle.
    pub stops_per_vehicle: f64,
    /// Delay per person, in seconds, with assumed occupancies.
    pub person_delay_s: f64,
    /// Distance driven, in kilometres.
    pub distance_km: f64,
    /// Carbon dioxide, in kilograms.
    pub co2_kg: f64,
    /// Nitrogen oxides, in grams.
    pub nox_g: f64,
    /// Particles, in grams; those of tyres, brakes and road included where the emission class of a vehicle counts them.
    pub pm_g: f64,
    /// Fuel burnt, in kilograms.
    pub fuel_kg: f64,
    /// Energy out of batteries less what braking gave back, in kilowatt hours.
    pub electricity_kwh: f64,
    /// Pairs of vehicles that touched, counted anew every second, the warm-up included; must be 0.
    pub overlaps: u64,
    /// People on foot on the road whom a vehicle touched, counted anew every second, the warm-up included; must be 0.
    pub people_hit: u64,
    /// Stop lines crossed on red, the warm-up included; must be 0.
    pub red_runs: u64,
    /// Stop lines crossed on red by emergency vehicles on duty, the warm-up included.
    pub red_passages: u64,
    /// Vehicles due that have not arrived and neither move nor wait outside, or are there twice; must be 0.
    pub lost: u32,
    /// Vehicles that took another way because they could not change lanes in time, the warm-up included.
    pub detours: u32,
    /// How often a vehicle went first out of a circle of vehicles that waited for each other, the warm-up included.
    pub insisted: u32,
    /// Circles of waiting vehicles that nobody can dissolve and that have stood for a minute or more now.
    pub gridlocks: u32,
    /// People who came to a crossing on foot in the measured period.
    pub came_on_foot: u32,
    /// Of these, those that have crossed.
    pub crossed_on_foot: u32,
    /// Time from coming to the kerb to the first step, and standing on the way across, per person who came, in seconds;
    /// those who still wait included.
    pub wait_on_foot_s: f64,
    /// The longest of these times, in seconds.
    pub longest_wait_on_foot_s: f64,
    /// One per vehicle per step.
    pub vehicle_updates: u64,
}
