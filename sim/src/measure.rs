//! Measures of a run, as the command line prints them.

use crate::depart::{Entries, Gate};
use crate::detect::moved;
use crate::emissions::{Emissions, emissions};
use crate::fleet::Fleet;
use crate::gridlock::Gridlocks;
use crate::moving::Events;
use crate::roads::{Kind, Roads};
use crate::service::Service;
use crate::traffic::{Row, Traffic, flag};
use bevy_ecs::resource::Resource;
use model::id::{IdVec, LinkId, MovementId};
use serde::{Deserialize, Serialize};

/// Below this speed a vehicle stands, in m/s.
/// Whoever stands and accelerates less than this stays where it is, in m/s².
pub(crate) const STARTING: f64 = 0.01;

/// Whoever is slower than this stands, in m/s.
pub(crate) const STANDING: f64 = 0.1;
/// A stop counts after a vehicle has moved faster than this, in m/s (5 km/h).
pub(crate) const ROLLING: f64 = 5.0 / 3.6;

/// Sums over the vehicles that count, since the measured period began.
#[derive(Debug, Clone, Default, PartialEq, Resource, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) departed: u32,
    pub(crate) arrived: u32,
    /// Time lost against the desired speed, in seconds.
    pub(crate) loss: f64,
    /// The same, weighted by persons aboard.
    pub(crate) person_loss: f64,
    /// Time between due and actual departure of those departed, in seconds.
    pub(crate) departure_delay: f64,
    pub(crate) person_departure_delay: f64,
    /// Time in the network, in seconds.
    pub(crate) duration: f64,
    /// Time below 0.1 m/s, in seconds.
    pub(crate) wait: f64,
    pub(crate) stops: u64,
    /// In metres.
    pub(crate) distance: f64,
    pub(crate) emitted: Emissions,
    pub(crate) overlaps: u64,
    pub(crate) red_runs: u64,
    pub(crate) updates: u64,
    /// Time lost on each link and the movements that leave it, in seconds.
    pub(crate) link_loss: IdVec<LinkId, f64>,
    /// Vehicles that have left each link.
    pub(crate) link_flow: IdVec<LinkId, u32>,
    /// Time lost of those who take each movement, on it and in the queue before it, in seconds.
    pub(crate) movement_loss: IdVec<MovementId, f64>,
}

/// What the step has brought besides new positions.
pub(crate) struct Happened<'a> {
    pub(crate) events: &'a Events,
    pub(crate) entries: &'a Entries,
    /// The stops, where anybody calls at any.
    pub(crate) service: Option<&'a Service>,
}

/// A moment of a run.
pub(crate) struct Now<'a> {
    pub(crate) fleet: &'a Fleet,
    pub(crate) gate: &'a Gate,
    pub(crate) traffic: &'a Traffic,
    pub(crate) gridlocks: &'a Gridlocks,
    /// In seconds of the day.
    pub(crate) time: f64,
    /// Vehicles in bays that count.
    pub(crate) in_bays: u32,
    /// When the measured period began.
    pub(crate) counted_from: f64,
}

impl Tally {
    pub(crate) fn new(roads: &Roads) -> Self {
        Self {
            link_loss: IdVec::from_fn(roads.network.links.len(), |_| 0.0),
            link_flow: IdVec::from_fn(roads.network.links.len(), |_| 0),
            movement_loss: IdVec::from_fn(roads.network.movements.len(), |_| 0.0),
            ..Self::default()
        }
    }

    /// The pass: adds up what the step has brought.
    pub(crate) fn measure(&mut self, roads: &Roads, fleet: &Fleet, traffic: &Traffic, step: &Happened<'_>, now: f64, dt: f64) {
        let Happened { events, entries, service } = *step;
        self.updates += events.updates;
        self.red_runs += u64::from(events.red_runs);
        self.stops += u64::from(events.stops);
        for &link in &events.left {
            self.link_flow[link] += 1;
        }
        self.arrived += events.arrived.iter().filter(|a| a.1).count() as u32;
        for entry in &entries.0 {
            if entry.counted {
                let vehicle = &fleet.vehicles[entry.vehicle];
                let late = now - vehicle.due;
                self.departed += 1;
                self.departure_delay += late;
                self.person_departure_delay += late * fleet.types[vehicle.kind].class.occupancy();
            }
        }
        for &track in &traffic.active {
            let limit = roads.limit(track);
            let mut lost = 0.0;
            for row in traffic.queue(track) {
                if service.is_some_and(|s| s.dwells(row.vehicle)) {
                    self.measure_dwell(fleet, row, dt);
                    continue;
                }
                lost += self.measure_row(fleet, row, limit, roads.kind(track), dt);
            }
            let link = match roads.kind(track) {
                Kind::Lane(lane) => roads.network.lanes[lane].link,
                Kind::Movement(m) => roads.network.lanes[roads.way(m).from].link,
            };
            self.link_loss[link] += lost;
        }
        for (lane, row) in service.iter().flat_map(|s| s.in_bays(roads)) {
            if service.is_some_and(|s| s.dwells(row.vehicle)) {
                self.measure_dwell(fleet, row, dt);
            } else {
                let lost = self.measure_row(fleet, row, roads.limit(roads.lane(lane)), Kind::Lane(lane), dt);
                self.link_loss[roads.network.lanes[lane].link] += lost;
            }
        }
    }

    /// Whoever stands at a stop for its passengers loses no time.
    fn measure_dwell(&mut self, fleet: &Fleet, row: &Row, dt: f64) {
        if row.is(flag::COUNTED) {
            self.duration += dt;
            self.emitted.add(emissions(&fleet.engines[row.kind], 0.0, 0.0), dt);
        }
    }

    fn measure_row(&mut self, fleet: &Fleet, row: &Row, limit: f64, kind: Kind, dt: f64) -> f64 {
        if !row.is(flag::COUNTED) {
            return 0.0;
        }
        let vehicle = &fleet.types[row.kind];
        let free = (limit * row.speed_factor).min(vehicle.max_speed.get());
        let loss = (dt * (1.0 - row.speed / free)).max(0.0);
        self.loss += loss;
        self.person_loss += loss * vehicle.class.occupancy();
        self.duration += dt;
        self.distance += moved(row, vehicle.following.model, dt);
        self.emitted.add(emissions(&fleet.engines[row.kind], row.speed, row.acceleration), dt);
        if row.speed < STANDING {
            self.wait += dt;
        }
        match kind {
            Kind::Movement(m) => self.movement_loss[m] += loss,
            Kind::Lane(_) => {
                if let Some(m) = row.next {
                    self.movement_loss[m] += loss;
                }
            }
        }
        loss
    }

    /// The measures at this moment, with those who still wait outside.
    pub(crate) fn read(&self, now: &Now<'_>) -> Measures {
        let Now { fleet, gate, gridlocks, .. } = *now;
        let outside = fleet.waiting_time(gate, now.time, now.counted_from);
        let (vehicles_due, persons) = fleet.due(gate, now.counted_from);
        let there = self.arrived + now.traffic.counted() + now.in_bays + fleet.waiting(gate, now.counted_from);
        let due = f64::from(vehicles_due.max(1));
        let departed = f64::from(self.departed.max(1));
        Measures {
            due: vehicles_due,
            departed: self.departed,
            arrived: self.arrived,
            delay_s: (self.loss + self.departure_delay + outside) / due,
            duration_s: self.duration / departed,
            wait_s: self.wait / departed,
            stops_per_vehicle: self.stops as f64 / departed,
            person_delay_s: (self.person_loss + self.person_departure_delay + outside) / persons.max(1.0),
            distance_km: self.distance / 1000.0,
            co2_kg: self.emitted.co2 / 1e6,
            nox_g: self.emitted.nox / 1e3,
            pm_g: self.emitted.pm / 1e3,
            fuel_kg: self.emitted.fuel / 1e6,
            electricity_kwh: self.emitted.electricity / 1e3,
            overlaps: self.overlaps,
            red_runs: self.red_runs,
            lost: vehicles_due.abs_diff(there),
            detours: gate.detours,
            insisted: gridlocks.settled,
            gridlocks: gridlocks.lasting(now.time).count() as u32,
            vehicle_updates: self.updates,
        }
    }
}

/// Measures of a run. Field names and meanings are those of `ampel run --format json`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Vehicles due in the measured period.
    pub due: u32,
    /// Of these, those that entered the network.
    pub departed: u32,
    /// Of these, those that reached the end of their route.
    pub arrived: u32,
    /// Time lost and departure delay per vehicle due, in seconds; unfinished and never departed ones included.
    pub delay_s: f64,
    /// Time in the network per departed vehicle, in seconds.
    pub duration_s: f64,
    /// Time below 0.1 m/s per departed vehicle, in seconds.
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
    /// Stop lines crossed on red, the warm-up included; must be 0.
    pub red_runs: u64,
    /// Vehicles due that have not arrived and neither move nor wait outside, or are there twice; must be 0.
    pub lost: u32,
    /// Vehicles that took another way because they could not change lanes in time, the warm-up included.
    pub detours: u32,
    /// How often a vehicle went first out of a circle of vehicles that waited for each other, the warm-up included.
    pub insisted: u32,
    /// Circles of waiting vehicles that nobody can dissolve and that have stood for a minute or more now.
    pub gridlocks: u32,
    /// One per vehicle per step.
    pub vehicle_updates: u64,
}
