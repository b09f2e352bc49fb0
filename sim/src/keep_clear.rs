//! Keeping crossings clear: where traffic is held up ahead, whoever would have to stand on a crossing waits before it.
//!
//! What counts is whether the vehicle fits between the crossing and whatever holds traffic up beyond it, together with
//! everybody who moves in between. Whoever can no longer stop firmly goes on, and so does whoever insists (`gridlock`).
//!
//! Source: StVO § 26 (2) for zebra crossings; StVO § 11 (1), which forbids to wait on an intersection, is taken to hold for
//! the crossings of its arms. Only crossings on which people walk in the scenario are kept clear.

use crate::claims::STANDING_INSIDE;
use crate::crossings::Cut;
use crate::decide::tracks_ahead;
use crate::following::{Driver, Leader, stopping_distance};
use crate::measure::STARTING;
use crate::on_foot::{STOP_BEFORE, cuts_to_stay_for, gap_to};
use crate::perceive::{Ahead, Crosser, Hindrance, LINE_MARGIN, Perception, Scene};
use crate::roads::{Kind, Track};
use crate::traffic::{Row, flag};
use model::signal::Aspect;

/// How far beyond a crossing a driver looks for what holds traffic up, in metres; assumed.
const LOOK: f64 = 80.0;

/// Whoever brakes harder than this is taken to stop, in m/s²; assumed.
const BRAKING: f64 = 0.5;

/// Adds to what the drivers on a track see the crossings on which they would have to stand.
pub(crate) fn see_crossings(scene: &Scene<'_>, perception: &mut Perception, track: Track) {
    for &(i, beyond) in scene.roads.crossings.after(track) {
        let cut = &scene.roads.crossings.cuts[i as usize];
        let length = scene.roads.length(track);
        for (k, row) in scene.traffic.queue(track).iter().enumerate() {
            let driver = scene.driver(row, scene.limit(track));
            // Nobody slows down for what is farther away.
            if length - row.position + beyond > stopping_distance(row.speed, driver.b) + 2.0 * row.speed + 10.0 {
                break;
            }
            let Some(gap) = gap_to(scene, track, row, cut).filter(|gap| *gap >= 0.0) else { continue };
            if row.is(flag::INSISTS) || !can_wait(row, &driver, gap, scene.dt) {
                continue;
            }
            let Some(hindrance) = lacks_room(scene, (track, k), row, cut, gap) else { continue };
            let leader = Leader { gap: gap - LINE_MARGIN, speed: 0.0 };
            let slack = driver.s0 - STOP_BEFORE + LINE_MARGIN;
            perception.see(track, Ahead { row: k as u32, leader, slack, courtesy: false, pace: 0.0, hindrance });
        }
    }
}

/// Why a vehicle stays at its stop line, or at its waiting place, which lies `from` behind the line: it would have to stand
/// on a crossing beyond, and there is no room to wait before it.
pub(crate) fn stays_for_crossing(scene: &Scene<'_>, crosser: &Crosser<'_>, from: f64) -> Option<Hindrance> {
    if scene.roads.crossings.cuts.is_empty() || !can_wait(crosser.row, &crosser.driver, from - crosser.position, scene.dt) {
        return None;
    }
    let on_lane = crosser.position < 0.0;
    let track = if on_lane { scene.roads.lane(crosser.way.from) } else { scene.roads.movement(crosser.movement) };
    cuts_to_stay_for(scene, crosser, from).find_map(|(i, gap)| {
        let place = scene.traffic.queue(track).iter().position(|r| r.vehicle == crosser.row.vehicle)?;
        lacks_room(scene, (track, place), crosser.row, &scene.roads.crossings.cuts[i as usize], gap)
    })
}

/// Whether a vehicle can still wait before a place without braking hard.
fn can_wait(row: &Row, driver: &Driver, gap: f64, dt: f64) -> bool {
    row.speed <= 0.0 || stopping_distance(row.speed, driver.firm()) + row.speed * dt <= gap - LINE_MARGIN
}

/// What traffic is held up by beyond a cut that is `gap` ahead, so near that the vehicle, which is the row with the index
/// `place` of its track, would have to stand on the crossing.
fn lacks_room(scene: &Scene<'_>, (track, place): (Track, usize), row: &Row, cut: &Cut, gap: f64) -> Option<Hindrance> {
    let clear = gap + cut.to - cut.from;
    let taken = |r: &Row| r.length + scene.fleet.types[r.kind].min_gap.get();
    let mut needed = clear + taken(row);
    let own = scene.traffic.queue(track)[..place].iter().rev().map(|o| (o.rear() - row.position, o));
    for (rear, other) in own {
        match look_at(rear, other, gap, needed) {
            Look::Held(found) => return found,
            Look::Free => needed += taken(other),
        }
    }
    let mut here = track;
    for (distance, on, _) in tracks_ahead(scene, track, row).take_while(|t| t.0 < clear + LOOK) {
        if let (Kind::Lane(_), Kind::Movement(m)) = (scene.roads.kind(here), scene.roads.kind(on))
            && matches!(scene.lights.aspect(scene.roads.way(m).head), Aspect::Red | Aspect::Amber)
        {
            // Whoever stops at a line before the crossing does not come on to it.
            let own_gap = scene.fleet.types[row.kind].min_gap.get();
            return (distance > gap && distance < needed - own_gap).then_some(Hindrance::Line);
        }
        for other in scene.traffic.queue(on).iter().rev() {
            match look_at(distance + other.rear(), other, gap, needed) {
                Look::Held(found) => return found,
                Look::Free => needed += taken(other),
            }
        }
        here = on;
    }
    None
}

/// What a vehicle ahead means.
enum Look {
    /// Traffic is held up there: what by, if there is no room before it.
    Held(Option<Hindrance>),
    /// It goes on.
    Free,
}

/// What a vehicle means whose rear bumper is `rear` ahead, where the crossing is `gap` ahead and room is `needed`.
fn look_at(rear: f64, other: &Row, gap: f64, needed: f64) -> Look {
    let stands = other.speed < STANDING_INSIDE && other.acceleration < STARTING;
    if !stands && other.acceleration > -BRAKING {
        return Look::Free;
    }
    let rear = if stands { rear } else { rear + stopping_distance(other.speed, -other.acceleration) };
    // Whoever stands behind one that waits before the crossing does not come on to it.
    let beyond = rear + other.length > gap;
    Look::Held((beyond && rear < needed).then_some(Hindrance::Room(other.vehicle)))
}
