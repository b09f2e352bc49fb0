//! Who may go: what keeps a vehicle at its stop line or at its waiting place inside an intersection.
//!
//! Whoever crosses a stop line should be able to leave the intersection again, or to wait in it where nobody needs the
//! room; whoever gives way needs a gap at every area at once.

use crate::claims::{Claims, LONG, STANDING_INSIDE, take_claims};
use crate::decide::tracks_ahead;
use crate::emergency::{goes_first, lets_pass, lets_pass_inside};
use crate::following::{Driver, EMERGENCY_DECELERATION, Leader, SUBSTEP, advance, stopping_distance, travel_time};
use crate::keep_clear::stays_for_crossing;
use crate::measure::STARTING;
use crate::on_foot::keeps_back;
use crate::perceive::{Crosser, FORESEEN_DECELERATION, Hindrance, LINE_MARGIN, Scene, stops_for_amber};
use crate::roads::{Clash, Track, Way};
use crate::sides::rearmost;
use crate::traffic::{Row, flag};
use crate::zip::goes_in_turn;
use model::id::{MovementId, VehicleId};
use model::network::Meeting;
use model::signal::Aspect;
use model::vehicle::FollowingModel;

/// Time that a vehicle which gives way leaves between itself and the other, in seconds, less the step: so little that the one
/// who comes has to ease off at times. With the time to clear the area from standstill this makes critical gaps of about 4 s
/// for left turns (HBS, HCM: 4.1 to 4.5 s). Chosen so that left turns have the capacity of HCM (`ampel validate`, V13).
const GAP_MARGIN: f64 = 0.15;

/// The same with the model of Krauss. SUMO's drivers look ahead 1 s from movement to movement, ours from area to area. Of five
/// values this one agreed best with SUMO 1.28.0 on three German networks.
const SUMO_MARGIN: f64 = 1.5;

/// The margin of a driver who looks once in a step, or in each [`SUBSTEP`] of it: up to so much goes by between the gap and the
/// start, and the start itself is seen by others half a step later on average. So delays depend on the step as little as possible.
fn gap_margin(driver: &Driver, dt: f64) -> f64 {
    match driver.model {
        FollowingModel::Idm => GAP_MARGIN - dt.min(SUBSTEP) - half_a_step_late(driver, dt),
        FollowingModel::Krauss => SUMO_MARGIN,
    }
}

/// After so long a vehicle that has to give way takes any gap for which the others need only brake gently, in seconds.
/// Assumed; SUMO's drivers grow impatient over 180 s.
const IMPATIENCE: u8 = 90;

/// From how far before the stop line drivers who give way where no signal stands see those who come, in metres: until then
/// they are ready to stop.
///
/// Source: SUMO 1.28.0, `visibility` of a connection, 4.5 m where the network states nothing. German streets are built for
/// nearly the same, sight from 3 m before the edge of the road with the right of way (`RASt 06`, Anfahrsicht).
const SIGHT: f64 = 4.5;

/// Whether a driver, `to_line` from the stop line, cannot see yet to whom to give way, and can still stop.
pub(crate) fn sees_nobody_yet(scene: &Scene<'_>, crosser: &Crosser<'_>, to_line: f64) -> bool {
    let late = half_a_step_late(&crosser.driver, scene.dt) * crosser.row.speed;
    crosser.way.sees_late && to_line - late > SIGHT && !crosser.row.is(flag::INSISTS) && !has_come_too_far(scene, crosser)
}

/// What keeps a vehicle at its stop line although the signal lets it go.
pub(crate) fn keeps_out(
    scene: &Scene<'_>,
    claims: &Claims<'_>,
    crosser: &mut Crosser<'_>,
    ahead_of_me: f64,
) -> Option<Hindrance> {
    if crosser.row.is(flag::INSISTS) || has_come_too_far(scene, crosser) {
        return None;
    }
    stands_across(scene, claims, crosser)
        .or_else(|| lacks_room(scene, crosser, ahead_of_me))
        .or_else(|| lacks_place_inside(scene, crosser))
        .or_else(|| would_be_caught(scene, claims, crosser))
        .or_else(|| must_let_clear(scene, crosser))
        .or_else(|| takes_its_turn(scene, crosser))
        .or_else(|| lets_long_turn(scene, crosser))
        .or_else(|| must_give_way(scene, claims, crosser))
        .or_else(|| keeps_back(scene, crosser, 0.0))
        .or_else(|| stays_for_crossing(scene, crosser, 0.0))
        .or_else(|| lets_pass(scene, claims, crosser))
}

/// Whether a vehicle can no longer stop at the line, however hard it brakes: no rule can make it.
fn has_come_too_far(scene: &Scene<'_>, crosser: &Crosser<'_>) -> bool {
    !crosser.can_stop_before(-0.5 * LINE_MARGIN, scene.dt)
}

/// Who stands across the way, so that whoever enters would stand in the intersection too; where no signal stands, also who is
/// slow there and may have to stand yet. Whoever can no longer stop before it goes on.
fn stands_across(scene: &Scene<'_>, claims: &Claims<'_>, crosser: &Crosser<'_>) -> Option<Hindrance> {
    if !claims.foresight.is_barred(scene.roads.movement(crosser.movement)) {
        return None;
    }
    let can_stop = stopping_distance(crosser.row.speed, crosser.driver.firm()) <= -crosser.position;
    let slow = crosser.way.head.is_none();
    crosser.way.clashes.iter().filter(|_| can_stop).find_map(|c| claims.blocker(c, slow))
}

/// Behind whom there is no room beyond the intersection, so that the vehicle would have to stand on it.
fn lacks_room(scene: &Scene<'_>, crosser: &Crosser<'_>, ahead_of_me: f64) -> Option<Hindrance> {
    if !crosser.way.crossed {
        return None;
    }
    let target = scene.roads.lane(crosser.way.to);
    let (queue, length) = (scene.traffic.queue(target), scene.roads.length(target));
    let taken = |r: &Row| r.length + scene.fleet.drivers[r.kind].s0;
    let entering = scene.roads.network.lanes[crosser.way.to].entering.iter();
    let on_the_way = || entering.clone().flat_map(|&m| scene.traffic.queue(scene.roads.movement(m)));
    let tail = scene.tails.on(target).map(|t| (t.vehicle, t.rear, t.speed, t.acceleration));
    let last = rearmost(scene.fleet, queue).map(|r| (r.vehicle, r.rear(), r.speed, r.acceleration));
    let (last, rear, speed, acceleration) = last.or(tail)?;
    // Whoever decides once in a step does so half a step late, and looks so far ahead.
    let late = half_a_step_late(&crosser.driver, scene.dt);
    let soon = |speed: f64, acceleration: f64| advance(FollowingModel::Idm, speed, acceleration, late);
    let (moved, speed) = soon(speed, acceleration);
    let rear = rear + moved;
    let needed = on_the_way().map(taken).sum::<f64>() + ahead_of_me + taken(crosser.row);
    // Those ahead go on at the pace of the slowest until the crosser arrives, unless all have to stop before that.
    let pace = on_the_way().map(|r| soon(r.speed, r.acceleration).1).fold(speed, f64::min);
    let way_over = scene.roads.length(scene.roads.movement(crosser.movement)) - crosser.position;
    let free = rear.min(length) + pace * travel_time(way_over, crosser.row.speed, &crosser.driver);
    let flows = queue.first().is_none_or(|r| r.is(flag::GRANTED) || r.speed > STANDING_INSIDE);
    let stored = || length - queue.iter().map(taken).sum::<f64>();
    (free < needed || (!flows && stored() < needed)).then_some(Hindrance::Room(last))
}

/// Seconds by which a driver who decides at the beginning of a step only is late on average, beyond what one is who looks in
/// each [`SUBSTEP`]; with Krauss the step is part of the model.
fn half_a_step_late(driver: &Driver, dt: f64) -> f64 {
    match driver.model {
        FollowingModel::Idm => 0.5 * (dt - SUBSTEP).max(0.0),
        FollowingModel::Krauss => 0.0,
    }
}

/// Seconds for which somebody must have waited to be let in where the way beyond is jammed.
const TURN_AFTER: u8 = 60;

/// Seconds for which somebody is let in, at most.
const TURN_LASTS: u8 = 2;

/// Below this speed drivers take turns, in m/s.
const SLOW: f64 = 3.0;

/// Whom a slow vehicle lets in first where the way beyond is nearly full: whoever has waited there for longer.
///
/// Source: StVO § 7 (4), § 11 (3): in a jam ways merge in turn, and the right of way is waived where need be.
fn takes_its_turn(scene: &Scene<'_>, crosser: &Crosser<'_>) -> Option<Hindrance> {
    if crosser.row.speed > SLOW || crosser.row.waited >= TURN_LASTS {
        return None;
    }
    let target = scene.roads.lane(crosser.way.to);
    let taken = |r: &Row| r.length + scene.fleet.drivers[r.kind].s0;
    let rest = scene.roads.length(target) - scene.traffic.queue(target).iter().map(taken).sum::<f64>();
    if rest > 2.0 * taken(crosser.row) {
        return None;
    }
    let others = scene.roads.network.lanes[crosser.way.to].entering.iter().filter(|&&m| m != crosser.movement);
    let waits = |r: &&Row, m: MovementId| r.next == Some(m) && r.is(flag::BLOCKED) && r.waited >= TURN_AFTER;
    let head = |&m: &MovementId| {
        let from = scene.roads.way(m).from;
        scene.traffic.queue(scene.roads.lane(from)).first().filter(|r| waits(r, m))
    };
    others.filter_map(head).find(|r| r.waited > crosser.row.waited).map(|r| Hindrance::Rule(r.vehicle))
}

/// How far before its stop line a vehicle may stand to be the one that goes next, in metres.
const AT_LINE: f64 = 2.0;

/// The long vehicle that stands beside and needs both lanes for its turn: cars of the other lane hold back until it has turned,
/// or it would wait for as long as any of them come.
fn lets_long_turn(scene: &Scene<'_>, crosser: &Crosser<'_>) -> Option<Hindrance> {
    if crosser.row.length > LONG {
        return None;
    }
    let beside = crosser.way.clashes.iter().filter(|c| c.meeting == Meeting::Abreast);
    beside.into_iter().find_map(|c| waits_to_turn(scene, c)).map(Hindrance::Rule)
}

/// The long vehicle that stands before an area that it may go through.
fn waits_to_turn(scene: &Scene<'_>, clash: &Clash) -> Option<VehicleId> {
    let stands_there = |row: &Row, position: f64| {
        row.length > LONG && row.speed < STANDING_INSIDE && position > -AT_LINE && position < clash.other_from + 0.5
    };
    let inside = scene.traffic.queue(clash.other_track).iter().find(|r| stands_there(r, r.position));
    let way = scene.roads.way(clash.other);
    let lane = scene.roads.lane(way.from);
    let first = || {
        let row = scene.traffic.queue(lane).first().filter(|r| r.next == Some(clash.other))?;
        let may_go = scene.lights.aspect(way.head) == Aspect::Green;
        (may_go && stands_there(row, row.position - scene.roads.length(lane))).then_some(row)
    };
    inside.or_else(first).map(|r| r.vehicle)
}

/// Who waits inside the intersection ahead of the vehicle without leaving it a place to wait behind that is in nobody's
/// way.
fn lacks_place_inside(scene: &Scene<'_>, crosser: &Crosser<'_>) -> Option<Hindrance> {
    let last_on = |m: MovementId| scene.traffic.last(scene.roads.movement(m));
    let own = last_on(crosser.movement).map(|r| (r, f64::INFINITY));
    let parting = crosser.way.clashes.iter().filter(|c| c.meeting == Meeting::Diverge);
    let ahead = own.into_iter().chain(parting.filter_map(|c| Some((last_on(c.other)?, c.other_to))));
    let mut waiting = ahead.filter(|(r, shared)| r.rear() < *shared && (r.is(flag::BLOCKED) || r.speed < STANDING_INSIDE));
    waiting.find(|(r, _)| is_in_the_way(crosser, r.rear() - crosser.driver.s0)).map(|(r, _)| Hindrance::Room(r.vehicle))
}

/// Whether a vehicle that stands with its front bumper at a place inside the intersection is in anybody's way.
fn is_in_the_way(crosser: &Crosser<'_>, front: f64) -> bool {
    let mut areas = crosser.way.clashes.iter().filter(|c| matches!(c.meeting, Meeting::Cross | Meeting::Merge));
    areas.any(|c| c.from < front && c.to > front - crosser.row.length)
}

/// Who, where no signal stands, has taken an area at which the vehicle has the right of way and may not be gone in time, so
/// that the vehicle would have to stand before it in the way of others: right of way is no leave to be caught inside, and
/// three who each wait for the next would never get out.
fn would_be_caught(scene: &Scene<'_>, claims: &Claims<'_>, crosser: &Crosser<'_>) -> Option<Hindrance> {
    if crosser.way.head.is_some() || stopping_distance(crosser.row.speed, crosser.driver.firm()) > -crosser.position {
        return None;
    }
    let met = |c: &&Clash| c.meeting == Meeting::Cross && !c.yields && claims.is_live(c.other_track);
    crosser.way.clashes.iter().filter(met).find_map(|clash| {
        let taker = claims.taker(clash, crosser.row.length)?;
        let caught = is_in_the_way(crosser, clash.from) && !is_clear_in_time(scene, crosser, clash, taker, Leaving::Likely);
        caught.then_some(taker)
    })
}

/// Who is still clearing the intersection across the way of a vehicle at the stop line, its own signal being shut by now.
///
/// Source: StVO § 11: whoever has green must not enter while others have to clear the intersection.
fn must_let_clear(scene: &Scene<'_>, crosser: &Crosser<'_>) -> Option<Hindrance> {
    if stopping_distance(crosser.row.speed, crosser.driver.firm()) > -crosser.position {
        return None;
    }
    let crossing = |c: &&Clash| {
        let shut = || matches!(scene.lights.aspect(scene.roads.way(c.other).head), Aspect::Red | Aspect::RedAmber);
        c.meeting == Meeting::Cross && !scene.traffic.queue(c.other_track).is_empty() && shut()
    };
    crosser.way.clashes.iter().filter(crossing).find_map(|clash| {
        let gap = Gap::of(scene, crosser, clash);
        let clearing = |o: &&Row| gap.verdict(scene, o, o.position) == Verdict::Blocked;
        scene.traffic.queue(clash.other_track).iter().find(clearing).map(|o| Hindrance::Rule(o.vehicle))
    })
}

/// To whom a vehicle at the stop line has to give way at the areas that it has to claim there.
fn must_give_way(scene: &Scene<'_>, claims: &Claims<'_>, crosser: &mut Crosser<'_>) -> Option<Hindrance> {
    let distance = -crosser.position;
    let committed = crosser.row.is(flag::GRANTED) && stopping_distance(crosser.row.speed, crosser.driver.firm()) > distance;
    if !crosser.way.gives_way || committed {
        return None;
    }
    gives_way_first(scene, claims, crosser, |way, c| way.waiting.is_none_or(|w| c.from < w))
}

/// To whom the vehicle gives way for the whole step. Where its gap opens within the step it goes then, and not a step late:
/// how long the step is must not be felt in the gaps that drivers need.
fn gives_way_first(
    scene: &Scene<'_>,
    claims: &Claims<'_>,
    crosser: &mut Crosser<'_>,
    which: impl Fn(&Way, &Clash) -> bool,
) -> Option<Hindrance> {
    let hindrance = gives_way_to(scene, claims, crosser, &which)?;
    let opens = |&parts: &u8| gives_way_to(scene, claims, &Crosser { parts, ..*crosser }, &which).is_none();
    let Some(parts) = (1..parts_of_step(&crosser.driver, scene.dt)).find(opens) else { return Some(hindrance) };
    crosser.parts = parts;
    None
}

/// In how many parts of [`SUBSTEP`] a driver may go within a step; with Krauss the step is part of the model, and they go when
/// it begins.
pub(crate) fn parts_of_step(driver: &Driver, dt: f64) -> u8 {
    match driver.model {
        FollowingModel::Idm => (dt / SUBSTEP) as u8,
        FollowingModel::Krauss => 0,
    }
}

/// For whom a vehicle stays at its waiting place; if for nobody, it takes the areas behind it.
pub(crate) fn stays_at_waiting_place(
    scene: &Scene<'_>,
    claims: &mut Claims<'_>,
    crosser: &mut Crosser<'_>,
    waiting: f64,
) -> Option<Hindrance> {
    let released = crosser.flags & flag::RELEASED != 0;
    let committed = released && stopping_distance(crosser.row.speed, crosser.driver.hardest) > waiting - crosser.position - 0.5;
    let behind = |_: &Way, c: &Clash| c.from >= waiting;
    if !committed && !crosser.row.is(flag::INSISTS) {
        let others = gives_way_first(scene, claims, crosser, behind).or_else(|| keeps_back(scene, crosser, waiting));
        let others = others.or_else(|| stays_for_crossing(scene, crosser, waiting));
        let hindrance = others.or_else(|| lets_pass_inside(scene, claims, crosser, waiting));
        if hindrance.is_some() {
            return hindrance;
        }
    }
    crosser.flags |= flag::RELEASED;
    take_claims(claims, crosser, behind);
    None
}

/// To whom the vehicle gives way, of all the areas at which it has to.
fn gives_way_to(
    scene: &Scene<'_>,
    claims: &Claims<'_>,
    crosser: &Crosser<'_>,
    which: impl Fn(&Way, &Clash) -> bool,
) -> Option<Hindrance> {
    if goes_first(scene, claims, crosser) {
        return None;
    }
    let rear = crosser.position - crosser.row.length;
    let relevant = |c: &&Clash| c.meeting != Meeting::Diverge && c.yields && rear < c.to && which(crosser.way, c);
    let waits = |c: &&Clash| !goes_in_turn(scene, crosser, c);
    crosser.way.clashes.iter().filter(relevant).filter(waits).find_map(|clash| {
        let taker = claims.taker(clash, crosser.row.length).filter(|&taker| !is_left_in_time(scene, crosser, clash, taker));
        taker.or_else(|| gap_is_cut_by(scene, claims, crosser, clash).map(Hindrance::Rule))
    })
}

/// How surely those who hold an area leave it in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// As they drive now.
    Likely,
    /// Even if they brake as hard as anyone can.
    Surely,
}

/// Whether everyone of the other movement who holds an area, `taker` among them, has left it when the crosser, which goes now,
/// comes to it. Drivers start while the last one before their gap passes.
pub(crate) fn is_clear_in_time(scene: &Scene<'_>, crosser: &Crosser<'_>, clash: &Clash, taker: Hindrance, how: Leaving) -> bool {
    are_gone(scene, crosser, clash, (taker, how), |other, seen| other.has_taken(seen) || other.is_bound_for(seen, scene.dt))
}

/// The same for one who gives way: those that are still to come count by their time only (see [`gap_is_cut_by`]), as long
/// as they move and their signal lets them.
fn is_left_in_time(scene: &Scene<'_>, crosser: &Crosser<'_>, clash: &Clash, taker: Hindrance) -> bool {
    let green = scene.lights.aspect(scene.roads.way(clash.other).head) == Aspect::Green;
    let holds = |other: &Crosser<'_>, seen: &Clash| {
        let inside = other.has_taken(seen) || other.position > seen.from;
        inside || ((!green || is_held_up(other.row)) && other.is_bound_for(seen, scene.dt))
    };
    are_gone(scene, crosser, clash, (taker, Leaving::Likely), holds)
}

/// Whether those of the other movement who hold an area have left it when the crosser comes to it. Of a taker that has been let
/// go in this very step nobody can tell.
fn are_gone(
    scene: &Scene<'_>,
    crosser: &Crosser<'_>,
    clash: &Clash,
    (taker, how): (Hindrance, Leaving),
    holds: impl Fn(&Crosser<'_>, &Clash) -> bool,
) -> bool {
    if clash.meeting != Meeting::Cross {
        return false;
    }
    let enter = crosser.time_to(clash.from - crosser.position);
    let (movement, track) = (clash.other, clash.other_track);
    let seen = clash.seen_by_other(crosser.movement, scene.roads.movement(crosser.movement));
    let rolls_out = |way: f64, speed: f64| match how {
        Leaving::Likely => way < enter * speed,
        Leaving::Surely => leaves_braking(way, speed, enter),
    };
    if scene.tails.on(track).is_some_and(|t| t.rear < seen.to && !rolls_out(seen.to - t.rear, t.speed)) {
        return false;
    }
    let lane = scene.roads.lane(scene.roads.way(movement).from);
    let length = scene.roads.length(lane);
    let let_go = scene.traffic.queue(lane).iter().take_while(|r| r.is(flag::GRANTED)).filter(|r| r.next == Some(movement));
    let coming = let_go.map(|r| scene.crosser(r, movement, r.position - length, r.flags));
    let on_it = scene.traffic.queue(track).iter().map(|r| scene.crosser(r, movement, r.position, r.flags | flag::GRANTED));
    let others = || on_it.clone().chain(coming.clone());
    let is_taker = |vehicle: VehicleId| matches!(taker, Hindrance::Body(v) | Hindrance::Rule(v) if v == vehicle);
    let is_known = || others().any(|o| is_taker(o.row.vehicle)) || scene.tails.on(track).is_some_and(|t| is_taker(t.vehicle));
    is_known()
        && others().filter(|o| !o.has_passed(&seen) && holds(o, &seen)).all(|other| {
            let way = seen.to - other.position + other.row.length;
            let steady = how == Leaving::Surely || other.row.acceleration < 0.0 || other.row.is(flag::BLOCKED);
            if steady { rolls_out(way, other.row.speed) } else { travel_time(way, other.row.speed, &other.driver) < enter }
        })
}

/// Whether a vehicle that brakes as hard as anyone can still covers a way within a time.
fn leaves_braking(way: f64, speed: f64, time: f64) -> bool {
    let t = time.min(speed / EMERGENCY_DECELERATION);
    way < (speed - 0.5 * EMERGENCY_DECELERATION * t) * t
}

/// Who with the right of way comes while the crosser would be in the area.
fn gap_is_cut_by(scene: &Scene<'_>, claims: &Claims<'_>, crosser: &Crosser<'_>, clash: &Clash) -> Option<VehicleId> {
    let gap = Gap::of(scene, crosser, clash);
    let other_way = scene.roads.way(clash.other);
    for other in scene.traffic.queue(clash.other_track) {
        let waits = is_held_up(other) && other.position < clash.other_from;
        if !waits && gap.verdict(scene, other, other.position) == Verdict::Blocked {
            return Some(other.vehicle);
        }
    }
    let aspect = scene.lights.aspect(other_way.head);
    if matches!(aspect, Aspect::Red | Aspect::RedAmber) {
        return None;
    }
    let lane = scene.roads.lane(other_way.from);
    let length = scene.roads.length(lane);
    for other in scene.traffic.queue(lane) {
        let held_up = is_held_up(other) && !claims.has_started(other.vehicle);
        if held_up && !scene.fleet.cycles {
            // Nobody behind it comes before it does.
            return None;
        }
        if held_up || other.next != Some(clash.other) {
            continue;
        }
        let distance = length - other.position;
        let driver = scene.driver(other, scene.limit(lane));
        if aspect == Aspect::Amber && stops_for_amber(scene, distance, other, &driver) {
            return None;
        }
        match gap.verdict(scene, other, -distance) {
            Verdict::Blocked => return Some(other.vehicle),
            Verdict::ClearFromHere => return None,
            Verdict::Clear => {}
        }
    }
    cut_from_upstream(scene, &gap)
}

/// How far upstream of a stop line a driver who gives way looks, in metres, where the lane before it is shorter.
const FORESIGHT: f64 = 60.0;

/// Who of those that have not reached the lane before the other movement yet comes too soon.
fn cut_from_upstream(scene: &Scene<'_>, gap: &Gap<'_>) -> Option<VehicleId> {
    let gap = Gap { unseeing: true, ..*gap };
    anybody_upstream(scene, gap.clash.other, |row, distance| gap.verdict(scene, row, -distance) == Verdict::Blocked)
}

/// Who of those on the way to a movement that have not reached the lane before it yet matters, by row and distance from
/// its stop line.
pub(crate) fn anybody_upstream(scene: &Scene<'_>, goal: MovementId, matters: impl Fn(&Row, f64) -> bool) -> Option<VehicleId> {
    let comes = |track: Track, row: &Row| {
        let mut way = tracks_ahead(scene, track, row).take_while(|t| t.0 < 2.0 * FORESIGHT);
        let distance = way.find(|t| t.1 == scene.roads.movement(goal))?.0;
        matters(row, distance).then_some(row.vehicle)
    };
    let first = scene.roads.way(goal).from;
    if scene.roads.length(scene.roads.lane(first)) > FORESIGHT {
        return None;
    }
    let mut seen = vec![(first, 0.0)];
    while let Some((lane, before)) = seen.pop() {
        let distance = before + scene.roads.length(scene.roads.lane(lane));
        if distance > FORESIGHT {
            continue;
        }
        for &m in &scene.roads.network.lanes[lane].entering {
            let (track, way) = (scene.roads.movement(m), scene.roads.way(m));
            let shut = matches!(scene.lights.aspect(way.head), Aspect::Red | Aspect::RedAmber);
            let from = scene.roads.lane(way.from);
            let waiting = scene.traffic.queue(from).iter().filter(|r| !shut && r.next == Some(m) && r.speed > SLOW);
            let mut coming = scene.traffic.queue(track).iter().map(|r| (track, r)).chain(waiting.map(|r| (from, r)));
            if let Some(vehicle) = coming.find_map(|(track, row)| comes(track, row)) {
                return Some(vehicle);
            }
            if !shut {
                seen.push((way.from, distance + scene.roads.length(track)));
            }
        }
    }
    None
}

/// Least margin before those who come over another intersection first, in seconds: until then they see nothing of this one
/// and cannot be counted on to ease off. Assumed.
const UNSEEING_MARGIN: f64 = 1.0;

/// The gap that a vehicle needs at an area where it gives way.
#[derive(Clone, Copy)]
struct Gap<'a> {
    clash: &'a Clash,
    crosser: &'a Crosser<'a>,
    /// Seconds until it enters the area and until it has left it.
    enter: f64,
    leave: f64,
    /// Speed limit of the other movement.
    limit: f64,
    /// Whether the others come over another intersection first.
    unseeing: bool,
}

impl<'a> Gap<'a> {
    fn of(scene: &Scene<'_>, crosser: &'a Crosser<'a>, clash: &'a Clash) -> Self {
        let enter = crosser.time_to(clash.from - crosser.position);
        let body = if clash.meeting == Meeting::Merge { 0.0 } else { crosser.row.length };
        let leave = crosser.time_to(clash.to - crosser.position + body);
        Self { clash, crosser, enter, leave, limit: scene.limit(clash.other_track), unseeing: false }
    }

    /// What a vehicle means whose front bumper is at `position` from its stop line.
    fn verdict(&self, scene: &Scene<'_>, other: &Row, position: f64) -> Verdict {
        let Self { clash, crosser, .. } = *self;
        if position - other.length >= clash.other_to {
            return Verdict::Clear;
        }
        let driver = scene.driver(other, self.limit);
        let arrives = travel_time(clash.other_from - position, other.speed, &driver);
        let gone = travel_time(clash.other_to - position + other.length, other.speed, &driver);
        // After a merge the other must not have to brake hard for a vehicle that is still slow.
        let merges = clash.meeting == Meeting::Merge;
        let catch_up =
            if merges { ((other.speed - crosser.driver.v0) / (2.0 * driver.b)).max(0.0) + 0.5 * driver.t } else { 0.0 };
        let comfortable = stopping_distance(other.speed, FORESEEN_DECELERATION) < clash.other_from - position;
        let margin = gap_margin(&crosser.driver, scene.dt);
        // The other may be made to ease off only while it could still stop, and not where it has to follow from then on.
        let eases = stopping_distance(other.speed, driver.firm()) + other.speed * scene.dt < clash.other_from - position;
        let starts = || if crosser.row.speed < SLOW { -half_a_step_late(&crosser.driver, scene.dt) } else { 0.0 };
        let least = if self.unseeing { UNSEEING_MARGIN } else { starts() };
        let margin = if eases && !merges && !self.unseeing { margin } else { margin.max(least) };
        if !eases && driver.hardest < EMERGENCY_DECELERATION && position < clash.other_from {
            // Nobody goes in front of a tram that could not stop.
            return Verdict::Blocked;
        }
        if arrives > self.leave + margin + catch_up || (crosser.row.waited >= IMPATIENCE && comfortable && !self.unseeing) {
            Verdict::ClearFromHere
        } else if gone < self.enter && self.is_in_by_then(scene, other, position, &driver) {
            Verdict::Clear
        } else {
            Verdict::Blocked
        }
    }

    /// Whether a vehicle with the right of way is in the area, or will be when the crosser goes and can no longer stop before
    /// it.
    fn is_in_by_then(&self, scene: &Scene<'_>, other: &Row, position: f64, driver: &Driver) -> bool {
        let edge = Leader { gap: self.clash.other_from - position, speed: 0.0 };
        let bound = || !driver.can_stay_behind(other.speed, edge, scene.dt);
        edge.gap < 0.0 || (other.speed * self.crosser.wait() > edge.gap && bound())
    }
}

/// Whether a vehicle that might go does not: it must wait itself, or stands behind something else. A queue that has just
/// been given green is not held up.
pub(crate) fn is_held_up(other: &Row) -> bool {
    let stands = other.is(flag::GRANTED) && other.speed < 0.1 && other.acceleration < STARTING;
    stands || (other.is(flag::BLOCKED) && other.speed < 1.0)
}

/// What one vehicle with the right of way means to one that gives way.
#[derive(PartialEq, Eq)]
enum Verdict {
    /// It does not matter; those behind it may.
    Clear,
    /// It comes late enough, and so does everyone behind it.
    ClearFromHere,
    /// It comes too soon.
    Blocked,
}
