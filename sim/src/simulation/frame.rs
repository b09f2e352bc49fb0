//! What there is to draw.

use super::Simulation;
use crate::fleet::Fleet;
use crate::lights::Lights;
use crate::overlap::{footprint, place_on};
use crate::roads::{Kind, Roads, Track};
use crate::service::Service;
use crate::sides;
use crate::traffic::{Row, Traffic};
use crate::walking::Walkers;
use model::geometry::{Point, Pose};
use model::id::{CrossingId, GroupId, IdVec, LinkId, MovementId, SignalId, VehicleId};
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
    /// Direction of travel, of length 1: east and north.
    pub heading: (f64, f64),
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
        let mut frame = Frame::default();
        self.look(&mut frame, None);
        frame
    }

    /// The same into a frame that is there already, whose room is used again. With a table of links, only the vehicles on these
    /// and on the movements that leave them.
    pub fn look(&self, frame: &mut Frame, links: Option<&IdVec<LinkId, bool>>) {
        let (roads, fleet, traffic) = (self.roads(), self.get::<Fleet>(), self.get::<Traffic>());
        let seen = |track: Track| links.is_none_or(|l| l.get(roads.link(track)).is_some_and(|&seen| seen));
        frame.now = self.now();
        frame.vehicles.clear();
        for &track in traffic.active.iter().filter(|&&t| seen(t)) {
            let on = On::track(roads, track);
            frame.vehicles.extend(traffic.queue(track).iter().map(|row| on.drawn(roads, fleet, row, 0.0)));
        }
        let bays = self.get::<Service>().in_bays(roads).map(|(lane, row)| (roads.lane(lane), row)).filter(|&(t, _)| seen(t));
        // To the right of the direction of travel; a bay lies where it lies, whoever stands in it.
        let parked = |(track, row): (Track, &Row)| {
            let aside = BAY_OFFSET + sides::aside(roads, fleet, row.kind, track, row.position);
            On::track(roads, track).drawn(roads, fleet, row, aside)
        };
        frame.vehicles.extend(bays.map(parked));
        frame.people.clear();
        let people = self.get::<Walkers>().seen(&roads.network, self.get(), &roads.crossings);
        frame.people.extend(people.map(|s| DrawnPerson {
            at: s.at,
            crossing: roads.crossings.all[s.crossing].id,
            waits: s.waits,
        }));
        let shown = &self.get::<Lights>().shown;
        if frame.shown != *shown {
            frame.shown.clone_from(shown);
        }
    }
}

/// What the vehicles of a track have in common.
struct On {
    track: Track,
    link: LinkId,
    /// The movement where it is one, and how far its stop line is from the start of the link.
    movement: Option<(MovementId, f64)>,
}

impl On {
    fn track(roads: &Roads, track: Track) -> Self {
        let movement = match roads.kind(track) {
            Kind::Lane(_) => None,
            Kind::Movement(m) => Some((m, roads.length(roads.lane(roads.way(m).from)))),
        };
        Self { track, link: roads.link(track), movement }
    }

    /// A row of the track, so far to the right of where it drives.
    fn drawn(&self, roads: &Roads, fleet: &Fleet, row: &Row, aside: f64) -> DrawnVehicle {
        let front = place_on(roads, fleet, row, self.track, row.position);
        let print = footprint(roads, fleet, row, self.track, front);
        let shifted = |p: Point| match aside {
            0.0 => p,
            _ => Pose { at: p, heading: print.heading }.offset(0.0, -aside),
        };
        DrawnVehicle {
            vehicle: row.vehicle,
            class: fleet.types[row.kind].class,
            centre: shifted(print.centre),
            front: shifted(front),
            heading: print.heading,
            length: print.length,
            width: print.width,
            speed: row.speed,
            acceleration: row.acceleration,
            link: self.link,
            position: self.movement.map_or(row.position, |(_, line)| line + row.position),
            movement: self.movement.map_or(row.next, |(m, _)| Some(m)),
        }
    }
}
