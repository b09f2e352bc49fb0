//! Which side of its lane a vehicle drives on where there are cyclists.
//!
//! On a lane that is wide enough for a bicycle beside a car, bicycles keep to the right edge (StVO § 2 (2)) and all others to
//! the left one, so that either can be passed within the lane; on any other lane, and on intersections, everybody keeps to the
//! middle. Which side is a matter of the lane and of the type of vehicle alone, so nothing of it is stored.

use crate::fleet::Fleet;
use crate::roads::{Kind, Roads, Track};
use crate::traffic::Row;
use model::id::VehicleTypeId;
use model::vehicle::VehicleClass;

/// Room between a body and the edge of its lane, in metres; assumed.
const EDGE: f64 = 0.2;

/// Room between a cyclist and a vehicle that stands or rolls, in metres, at least; assumed: less than an arm.
pub(crate) const NARROW: f64 = 0.3 - 1e-9;

/// Lanes narrower than this have no sides, in metres: a car of 1.8 m, a bicycle of 0.7 m, and the room beside and between.
const LEAST_WIDTH: f64 = 1.8 + BICYCLE + 2.0 * EDGE + NARROW;

/// Width of a bicycle for which room is left, in metres.
const BICYCLE: f64 = 0.7;

/// Length over which vehicles come to their side of a lane behind an intersection, and back to the middle on one, in metres;
/// assumed.
pub(crate) const RAMP: f64 = 6.0;

/// The width of a lane that has sides.
pub(crate) fn width(roads: &Roads, track: Track) -> Option<f64> {
    let Kind::Lane(lane) = roads.kind(track) else { return None };
    let lane = &roads.network.lanes[lane];
    let shared = lane.classes.contains(VehicleClass::Bicycle) && !lane.classes.without(VehicleClass::Bicycle).is_empty();
    Some(lane.width.get()).filter(|w| shared && *w >= LEAST_WIDTH)
}

/// Whether a row is a bicycle.
pub(crate) fn is_bicycle(fleet: &Fleet, row: &Row) -> bool {
    fleet.types[row.kind].class == VehicleClass::Bicycle
}

/// How far to the left of the middle a vehicle drives on a lane of this width, in metres.
fn aside_on(fleet: &Fleet, kind: VehicleTypeId, width: f64) -> f64 {
    let kind = &fleet.types[kind];
    let room = (0.5 * (width - kind.width.get()) - EDGE).max(0.0);
    match kind.class {
        VehicleClass::Bicycle => -room,
        class if class.is_on_rails() => 0.0,
        // Whoever leaves no room for a bicycle anyway keeps to the middle.
        _ if 2.0 * room < BICYCLE + NARROW => 0.0,
        _ => room,
    }
}

/// Room between two vehicles that are beside each other on a lane of this width, in metres; less than 0 if there is none.
pub(crate) fn room_between(fleet: &Fleet, a: &Row, b: &Row, width: f64) -> f64 {
    let apart = (aside_on(fleet, a.kind, width) - aside_on(fleet, b.kind, width)).abs();
    apart - 0.5 * (fleet.types[a.kind].width.get() + fleet.types[b.kind].width.get())
}

/// How far to the left of the middle of a track a vehicle is at a position on it, in metres.
pub(crate) fn aside(roads: &Roads, fleet: &Fleet, kind: VehicleTypeId, track: Track, position: f64) -> f64 {
    if !fleet.cycles {
        return 0.0;
    }
    let (lane, share) = match roads.kind(track) {
        Kind::Lane(lane) if roads.network.lanes[lane].entering.is_empty() => (track, 1.0),
        Kind::Lane(_) => (track, position / RAMP),
        Kind::Movement(m) => (roads.lane(roads.way(m).from), 1.0 - position / RAMP.min(roads.length(track))),
    };
    width(roads, lane).map_or(0.0, |width| share.clamp(0.0, 1.0) * aside_on(fleet, kind, width))
}

/// Whether two rows of a lane are on different sides of it wherever they are beside each other.
pub(crate) fn are_apart(roads: &Roads, fleet: &Fleet, track: Track, a: &Row, b: &Row) -> bool {
    let full = |width: f64| room_between(fleet, a, b, width) > 0.0;
    fleet.cycles && a.rear().max(b.rear()) >= RAMP && width(roads, track).is_some_and(full)
}

/// How far from the middle of a track the sides of bodies are at most because lanes have sides, in metres.
pub(crate) fn reach(roads: &Roads, track: Track) -> f64 {
    let lane = match roads.kind(track) {
        Kind::Lane(_) => track,
        Kind::Movement(m) => roads.lane(roads.way(m).from),
    };
    width(roads, lane).map_or(0.0, |width| 0.5 * width - EDGE)
}

/// The vehicle whose rear bumper is furthest back, of those at the end of a queue or of its beginning: where there are
/// cyclists it need not be the last.
pub(crate) fn rearmost<'a>(fleet: &Fleet, rows: &'a [Row]) -> Option<&'a Row> {
    let last = rows.last()?;
    if !fleet.cycles {
        return Some(last);
    }
    // Of each kind the last is the one whose rear is furthest back.
    let other = rows.iter().rev().find(|r| is_bicycle(fleet, r) != is_bicycle(fleet, last));
    Some(other.filter(|o| o.rear() < last.rear()).unwrap_or(last))
}

/// The first of a queue, from front to back, that is a bicycle where a row is none, or the other way round; nobody where
/// there are no cyclists.
pub(crate) fn on_other_side<'a>(fleet: &Fleet, rows: &'a [Row], row: &Row) -> Option<&'a Row> {
    let mut others = rows.iter().filter(|r| is_bicycle(fleet, r) != is_bicycle(fleet, row));
    if fleet.cycles { others.next() } else { None }
}
