//! Merging in turn where two lanes of a link become one (Reißverschlussverfahren).
//!
//! While traffic flows freely the lane that is led over to the other gives way, as the network says. Once both are slow
//! nobody has the right of way any more: whoever is nearer to the end of the taper goes first and the other follows, so
//! that vehicles alternate. Where a lane just ends, those on it are let in one by one at its end (`perceive`).
//!
//! Source: StVO § 7 (4): where a lane ends, vehicles on it have to be let change immediately before that, one after each
//! that goes on.

use crate::perceive::{Crosser, Scene};
use crate::roads::Clash;
use model::network::Meeting;

/// Below this speed lanes merge in turn, in m/s: 30 km/h. Assumed.
pub(crate) const SLOW: f64 = 30.0 / 3.6;

/// How far before its stop line traffic on the other lane counts, in metres. Assumed: where one sees who is next.
const NEAR: f64 = 30.0;

/// Whether a vehicle need not give way at an area because its lane and the other merge in turn.
pub(crate) fn goes_in_turn(scene: &Scene<'_>, crosser: &Crosser<'_>, clash: &Clash) -> bool {
    if crosser.row.speed > SLOW || !is_taper(scene, crosser, clash) {
        return false;
    }
    let (roads, other) = (scene.roads, clash.other_track);
    let lane = roads.lane(roads.way(clash.other).from);
    let length = roads.length(lane);
    let near = scene.traffic.queue(lane).iter().take_while(|r| length - r.position < NEAR);
    near.chain(scene.traffic.queue(other)).all(|r| r.speed <= SLOW)
}

/// Whether an area lies where two lanes of one link become one.
pub(crate) fn is_taper(scene: &Scene<'_>, crosser: &Crosser<'_>, clash: &Clash) -> bool {
    let roads = scene.roads;
    clash.meeting == Meeting::Merge && roads.link(clash.other_track) == roads.link(roads.lane(crosser.way.from))
}
