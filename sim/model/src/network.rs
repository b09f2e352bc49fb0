//! The lane-level directed road network.
//!
//! Links run from intersection to intersection and carry lanes; movements lead from a lane over an intersection to a
//! lane of the next link. Where two movements come too close, there is a [`Conflict`]: found from the geometry, with
//! the right of way that the scenario states.

mod conflict;
mod crossing;
mod sweep;

pub use conflict::{CORRIDOR_WIDTH, conflict_stretches};
pub(crate) use conflict::{LONG_VEHICLE_WIDTH, stretch_along, stretches_within};
pub(crate) use crossing::cuts;
pub use sweep::LongVehicle;

use crate::detector::DetectorKind;
use crate::geometry::{Point, Polyline};
use crate::id::{
    ConflictId, CrossingId, DetectorId, GroupId, IdVec, IntersectionId, LaneId, LinkId, MovementId, PushButtonId, SignalId,
    StopId,
};
use crate::quantity::{Length, Speed};
use crate::roadworks::InForce;
use crate::vehicle::ClassSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the scenario's origin lies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// EPSG code of the projected system the metres belong to; 25832 is ETRS89 / UTM 32N, 0 a system of no name.
    pub epsg: u32,
    /// Easting of the origin in that system, in metres.
    pub east_m: f64,
    /// Northing of the origin in that system, in metres.
    pub north_m: f64,
}

/// Every part of the road network, each table in id order.
#[derive(Debug, Clone)]
pub struct Network {
    /// Where the origin lies.
    pub origin: Origin,
    /// Intersections, joints and ends of roads.
    pub intersections: IdVec<IntersectionId, Intersection>,
    /// Directed links.
    pub links: IdVec<LinkId, Link>,
    /// Lanes, those of a link together, from right to left.
    pub lanes: IdVec<LaneId, Lane>,
    /// Movements over intersections.
    pub movements: IdVec<MovementId, Movement>,
    /// Conflicts between movements.
    pub conflicts: IdVec<ConflictId, Conflict>,
    /// Crossings for people on foot.
    pub crossings: IdVec<CrossingId, Crossing>,
    /// Detectors in lanes.
    pub detectors: IdVec<DetectorId, Detector>,
    /// Push buttons at crossings.
    pub push_buttons: IdVec<PushButtonId, PushButton>,
    /// Stops of buses and trams.
    pub stops: IdVec<StopId, Stop>,
}

/// How right of way is settled at an intersection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Control {
    /// By signs: the movements say to whom they yield.
    Priority,
    /// By signals; while both show green, the movements say who yields.
    Signal,
    /// Right before left; the movements say to whom they yield.
    RightBeforeLeft,
    /// A bend, a change of lanes or the end of a road: nothing to settle.
    Joint,
}

/// An intersection (Knotenpunkt), or a plain joint or end of links.
#[derive(Debug, Clone)]
pub struct Intersection {
    /// Name in the scenario.
    pub name: String,
    /// Name for people, such as the crossing streets; may be empty.
    pub title: String,
    /// Centre.
    pub position: Point,
    /// How right of way is settled.
    pub control: Control,
    /// Links that end here, in id order.
    pub arriving: Vec<LinkId>,
    /// Links that begin here, in id order.
    pub leaving: Vec<LinkId>,
    /// Movements over it, in id order.
    pub movements: Vec<MovementId>,
    /// Crossings over its arms, in id order.
    pub crossings: Vec<CrossingId>,
    /// Its signal, if [`Control::Signal`]; several intersections may share one.
    pub signal: Option<SignalId>,
}

/// A directed link (Strecke) between two intersections.
#[derive(Debug, Clone)]
pub struct Link {
    /// Name in the scenario.
    pub name: String,
    /// Street name; may be empty.
    pub street: String,
    /// Where it begins.
    pub from: IntersectionId,
    /// Where it ends.
    pub to: IntersectionId,
    /// Its rightmost lane; the others follow.
    pub first_lane: LaneId,
    /// How many lanes it has, at least one.
    pub lane_count: u32,
    /// Length of its shortest lane.
    pub length: Length,
    /// Speed limit.
    pub speed_limit: Speed,
    /// Rank of the road, larger is more important; 0 when unknown.
    pub rank: u8,
}

impl Link {
    /// The lanes from right to left.
    pub fn lanes(&self) -> impl DoubleEndedIterator<Item = LaneId> + ExactSizeIterator + use<> {
        let first = self.first_lane.0;
        (first..first + self.lane_count).map(LaneId)
    }

    /// The lane at an index from the right.
    pub fn lane(&self, index: u32) -> Option<LaneId> {
        (index < self.lane_count).then_some(LaneId(self.first_lane.0 + index))
    }
}

/// A lane (Fahrstreifen) of a link.
#[derive(Debug, Clone)]
pub struct Lane {
    /// The link it belongs to.
    pub link: LinkId,
    /// Index from the right, 0 first.
    pub index: u32,
    /// Length from the link's start to the stop line.
    pub length: Length,
    /// Width.
    pub width: Length,
    /// Speed limit.
    pub speed_limit: Speed,
    /// Who may use it.
    pub classes: ClassSet,
    /// Depth of the area for cyclists before the stop line (aufgeweiteter Radaufstellstreifen); 0 where there is none.
    pub cycle_area: Length,
    /// Centre line; its geometric length may differ a little from `length`, which counts.
    pub shape: Polyline,
    /// Movements that begin at its end, in id order.
    pub leaving: Vec<MovementId>,
    /// Movements that end at its start, in id order.
    pub entering: Vec<MovementId>,
}

/// Where a movement turns to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// To the right.
    Right,
    /// Straight on.
    Straight,
    /// To the left.
    Left,
    /// Back where it came from.
    UTurn,
}

/// The signal group that a movement or crossing obeys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SignalHead {
    /// The signal.
    pub signal: SignalId,
    /// The group within it.
    pub group: GroupId,
}

/// A movement (Fahrbeziehung): the way from a lane over an intersection to a lane of the next link.
#[derive(Debug, Clone)]
pub struct Movement {
    /// The intersection it leads over.
    pub intersection: IntersectionId,
    /// Where it comes from.
    pub from: LaneId,
    /// Where it leads to.
    pub to: LaneId,
    /// Where it turns to.
    pub turn: Turn,
    /// Length from the stop line to the start of the lane it leads to.
    pub length: Length,
    /// Speed limit, for tight turns below that of the links.
    pub speed_limit: Speed,
    /// Centre line.
    pub shape: Polyline,
    /// The signal group it obeys.
    pub head: Option<SignalHead>,
    /// Index of its link in a SUMO program, kept for export.
    pub link_index: Option<u16>,
    /// Where a yielding vehicle may wait inside the intersection, measured from the stop line.
    pub waiting: Option<Length>,
    /// Its conflicts, in the order it meets them.
    pub conflicts: Vec<ConflictId>,
}

/// The stretch of a movement within a conflict, measured from the stop line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// The movement.
    pub movement: MovementId,
    /// Where a front bumper enters the conflict area.
    pub from: Length,
    /// Where a rear bumper has left it.
    pub to: Length,
}

/// How two movements meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meeting {
    /// They begin on the same lane and part.
    Diverge,
    /// Their ways cross.
    Cross,
    /// They end on the same lane.
    Merge,
    /// They turn side by side from one link to another: too close only when one of two vehicles is long.
    Abreast,
}

/// Who gives way in a conflict while both may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RightOfWay {
    /// The first movement has the right of way.
    First,
    /// The second movement has the right of way.
    Second,
    /// Neither: first come, first served.
    None,
}

/// Two movements of one intersection that come too close to be driven at once.
#[derive(Debug, Clone)]
pub struct Conflict {
    /// How they meet.
    pub meeting: Meeting,
    /// The stretch of the movement with the lower id.
    pub first: Stretch,
    /// The stretch of the movement with the higher id.
    pub second: Stretch,
    /// Who has the right of way.
    pub right_of_way: RightOfWay,
}

impl Conflict {
    /// The stretch of one of the two movements and that of the other.
    pub fn seen_from(&self, movement: MovementId) -> (&Stretch, &Stretch) {
        if self.first.movement == movement { (&self.first, &self.second) } else { (&self.second, &self.first) }
    }

    /// Whether a movement has to give way to the other.
    pub fn yields(&self, movement: MovementId) -> bool {
        match self.right_of_way {
            RightOfWay::First => movement == self.second.movement,
            RightOfWay::Second => movement == self.first.movement,
            RightOfWay::None => false,
        }
    }
}

/// A crossing for people on foot (Furt, Zebrastreifen).
#[derive(Debug, Clone)]
pub struct Crossing {
    /// Name in the scenario.
    pub name: String,
    /// The intersection whose arm it crosses.
    pub intersection: IntersectionId,
    /// The way across, kerb to kerb.
    pub shape: Polyline,
    /// Width.
    pub width: Length,
    /// The signal group it obeys.
    pub head: Option<SignalHead>,
    /// Index of its link in a SUMO program, kept for export.
    pub link_index: Option<u16>,
    /// Where lanes and movements lead over it: lanes first, each in id order. Found from the shapes.
    pub cuts: Vec<Cut>,
}

/// A way of vehicles that a crossing can lie across.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Road {
    /// A lane.
    Lane(LaneId),
    /// A movement over an intersection.
    Movement(MovementId),
}

/// Where a lane or movement leads over a crossing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cut {
    /// The lane or movement.
    pub road: Road,
    /// Where a front bumper comes onto the crossing, from the start of the lane or from the stop line.
    pub from: Length,
    /// Where a rear bumper has left it.
    pub to: Length,
    /// From where on people would be in the way, from the first kerb; below zero when they would be at the kerb already.
    pub near: Length,
    /// From where on they no longer are.
    pub far: Length,
}

/// A detector in a lane: it counts, it does not identify.
#[derive(Debug, Clone)]
pub struct Detector {
    /// Name in the scenario.
    pub name: String,
    /// What it is.
    pub kind: DetectorKind,
    /// The lane.
    pub lane: LaneId,
    /// Its downstream edge, from the start of the lane.
    pub position: Length,
    /// Its length along the lane.
    pub length: Length,
}

/// A push button with which people on foot ask for green (Anforderungstaster): a detector that is not in a lane. It says
/// that somebody waits, not how many.
#[derive(Debug, Clone)]
pub struct PushButton {
    /// Name in the scenario.
    pub name: String,
    /// The crossing at which it stands; one stands for both kerbs.
    pub crossing: CrossingId,
}

/// A stop of buses or trams (Haltestelle).
#[derive(Debug, Clone)]
pub struct Stop {
    /// Name in the scenario.
    pub name: String,
    /// The lane it lies at.
    pub lane: LaneId,
    /// Its head, where the foremost vehicle stands, from the start of the lane.
    pub position: Length,
    /// Its length, from the head backwards.
    pub length: Length,
    /// Whether vehicles leave the lane while they stand (Haltebucht), so that others pass; else they stand on the lane.
    pub bay: bool,
}

impl Network {
    /// The name of a lane: its link's name and its index.
    pub fn lane_name(&self, lane: LaneId) -> String {
        let l = &self.lanes[lane];
        format!("{}_{}", self.links[l.link].name, l.index)
    }

    /// The name of a movement: `from-lane>to-lane`.
    pub fn movement_name(&self, movement: MovementId) -> String {
        let m = &self.movements[movement];
        format!("{}>{}", self.lane_name(m.from), self.lane_name(m.to))
    }

    /// The link a movement comes from.
    pub fn origin_link(&self, movement: MovementId) -> LinkId {
        self.lanes[self.movements[movement].from].link
    }

    /// The link a movement leads to.
    pub fn target_link(&self, movement: MovementId) -> LinkId {
        self.lanes[self.movements[movement].to].link
    }

    /// The links that can be reached from a link by one movement open to a class, in id order, without repetition.
    pub fn successors(&self, link: LinkId, class: crate::vehicle::VehicleClass) -> Vec<LinkId> {
        self.successors_past(link, class, &InForce::default())
    }

    /// The same while roadworks are in force: from and to lanes that are not closed.
    pub fn successors_past(&self, link: LinkId, class: crate::vehicle::VehicleClass, works: &InForce) -> Vec<LinkId> {
        let open = |l: LaneId| self.lanes[l].classes.contains(class) && !works.is_closed(l);
        let mut next: Vec<LinkId> = self.links[link]
            .lanes()
            .filter(|&l| open(l))
            .flat_map(|l| &self.lanes[l].leaving)
            .filter(|&&m| open(self.movements[m].to))
            .map(|&m| self.target_link(m))
            .collect();
        next.sort_unstable();
        next.dedup();
        next
    }
}
