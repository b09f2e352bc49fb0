//! What there is to draw.

use super::Simulation;
use crate::fleet::Fleet;
use crate::lights::Lights;
use crate::overlap::{footprint, place_on};
use crate::roads::{Kind, Roads};
use crate::service::Service;
use crate::sides;
use crate::traffic::Traffic;
use crate::walking::Walkers;
use model::geometry::{Point, Pose};
use model::id::{CrossingId, GroupId, IdVec, LinkId, MovementId, SignalId, VehicleId};
use model::maths;
use model::signal::Aspect;
use model::vehicle::VehicleClass;

/// How far to the right of the lane vehicles in a bay are drawn, in metres.
const BAY_OFFSET: f64 = 3.0;

/// What there is to draw at one moment.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// Seconds of the day.
    pub now: f64,
    /// Every moving vehicle, by track and from front to back.
    pub vehicles: Vec<DrawnVehicle>,
    /// Everyone on foot at crossings with walking demand, crossing by crossing.
    pub people: Vec<DrawnPerson>,
    /// What every signal group shows.
    pub shown: IdVec<SignalId, IdVec<GroupId, Aspect>>,
}

/// Somebody on foot to draw. Nobody is told apart: the order says nothing from one moment to the next.
#[derive(Debug, Clone, Copy)]
pub struct DrawnPerson {
    /// Where they are.
    pub at: Point,
    /// The crossing they are at.
    pub crossing: CrossingId,
    /// Whether they wait at the kerb.
    pub waits: bool,
}

/// A vehicle to draw.
#[derive(Debug, Clone, Copy)]
pub struct DrawnVehicle {
    /// Which vehicle of the run.
    pub vehicle: VehicleId,
    /// Its class.
    pub class: VehicleClass,
    /// Centre of its footprint.
    pub centre: Point,
    /// Middle of its front bumper.
    pub front: Point,
    /// Direction in radians, anticlockwise from east.
    pub angle: f64,
    /// In metres.
    pub length: f64,
    /// In metres.
    pub width: f64,
    /// In m/s.
    pub speed: f64,
    /// In m/s².
    pub acceleration: f64,
    /// The link it is on, or came from when it is on an intersection.
    pub link: LinkId,
    /// Front bumper from the start of that link, in metres; beyond its end on an intersection.
    pub position: f64,
    /// The movement it is on or is going to take at the end of its lane; `None` where its way ends.
    pub movement: Option<MovementId>,
}

impl Simulation {
    /// Everything there is to draw now.
    pub fn frame(&self) -> Frame {
        let (roads, fleet, traffic) = (self.get::<Roads>(), self.get::<Fleet>(), self.get::<Traffic>());
        let rows = traffic.active.iter().flat_map(|&t| traffic.queue(t).iter().map(move |r| (t, r, 0.0)));
        let bays = self.get::<Service>().in_bays(roads).map(|(lane, r)| (roads.lane(lane), r, BAY_OFFSET));
        let vehicles = rows.chain(bays).map(|(track, row, aside)| {
            let print = footprint(roads, fleet, row, track);
            // To the right of the direction of travel; a bay lies where it lies, whoever stands in it.
            let aside = if aside > 0.0 { aside + sides::aside(roads, fleet, row.kind, track, row.position) } else { aside };
            let shifted = |p: Point| match aside {
                0.0 => p,
                _ => Pose { at: p, heading: (maths::cos(print.angle), maths::sin(print.angle)) }.offset(0.0, -aside),
            };
            DrawnVehicle {
                vehicle: row.vehicle,
                class: fleet.types[row.kind].class,
                centre: shifted(print.centre),
                front: shifted(place_on(roads, fleet, row, track, row.position)),
                angle: print.angle,
                length: print.length,
                width: print.width,
                speed: row.speed,
                acceleration: row.acceleration,
                link: match roads.kind(track) {
                    Kind::Lane(l) => roads.network.lanes[l].link,
                    Kind::Movement(m) => roads.network.lanes[roads.way(m).from].link,
                },
                position: match roads.kind(track) {
                    Kind::Lane(_) => row.position,
                    Kind::Movement(m) => roads.length(roads.lane(roads.way(m).from)) + row.position,
                },
                movement: match roads.kind(track) {
                    Kind::Lane(_) => row.next,
                    Kind::Movement(m) => Some(m),
                },
            }
        });
        let people = self.get::<Walkers>().seen(&roads.network, self.get(), &roads.crossings).map(|s| DrawnPerson {
            at: s.at,
            crossing: roads.crossings.all[s.crossing].id,
            waits: s.waits,
        });
        let shown = self.get::<Lights>().shown.clone();
        Frame { now: self.now(), vehicles: vehicles.collect(), people: people.collect(), shown }
    }
}
