//! Accelerations and wishes to change lanes. Reads the traffic, writes decisions: lanes can be worked on side by side.

use crate::claims::ClaimTable;
use crate::emergency::{red_speed, shuts};
use crate::following::{APART, Driver, Leader, stopping_distance};
use crate::lanes::{Change, wish};
use crate::perceive::{Ahead, Hindrance, Perception, Perceptions, Reader, Scene, closed_by_signal};
use crate::roads::{Kind, Track};
use crate::traffic::{Row, Traffic, flag};
use bevy_ecs::resource::Resource;
use model::id::{LaneId, MovementId, VehicleId};
use model::network::Meeting;
use model::vehicle::FollowingModel;
use rayon::ThreadPool;
use rayon::prelude::*;
use std::ops::Range;

/// Hardest braking out of courtesy, in m/s².
const COURTESY_DECELERATION: f64 = 2.0;

/// What a vehicle does in a step.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Decision {
    pub(crate) acceleration: f64,
    pub(crate) change: Change,
    /// What holds it up most, if anything does.
    pub(crate) held_by: Option<Hindrance>,
    /// What it has decided at the stop line, and [`flag::ASKS_LEFT`] or [`flag::ASKS_RIGHT`] when it needs to be let in.
    pub(crate) flags: u8,
    /// Whether it needs to be let in.
    pub(crate) urgent: bool,
}

/// What the vehicles on some tracks do, in the order of the tracks and of their rows.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// Which of the active tracks.
    pub(crate) tracks: Range<usize>,
    pub(crate) rows: Vec<Decision>,
}

/// What every vehicle does, one part of the network after the other.
#[derive(Debug, Default, Resource)]
pub(crate) struct Decisions {
    pub(crate) parts: Vec<Part>,
}

impl Decisions {
    /// The decisions on each active track, with the place of the track among them.
    pub(crate) fn by_track<'a>(&'a self, traffic: &'a Traffic) -> impl Iterator<Item = (usize, &'a [Decision])> {
        self.parts.iter().flat_map(move |part| {
            let mut rest = part.rows.as_slice();
            part.tracks.clone().map(move |place| {
                let (own, after) = rest.split_at(traffic.queue(traffic.active[place]).len());
                rest = after;
                (place, own)
            })
        })
    }
}

/// The pass, over `pool` if there is one.
pub(crate) fn decide(
    scene: &Scene<'_>,
    seen: &Perceptions,
    claims: &ClaimTable,
    decisions: &mut Decisions,
    second: bool,
    pool: Option<&ThreadPool>,
) {
    decisions.parts.resize_with(seen.parts.len(), Part::default);
    let work = |(part, perception): (&mut Part, &Perception)| {
        part.tracks = perception.tracks.clone();
        part.rows.clear();
        let mut reader = perception.read();
        for &track in &scene.traffic.active[part.tracks.clone()] {
            decide_track(scene, &mut reader, claims, track, &mut part.rows, second);
        }
    };
    match pool {
        None => decisions.parts.iter_mut().zip(&seen.parts).for_each(work),
        Some(pool) => pool.install(|| decisions.parts.par_iter_mut().zip(&seen.parts).with_max_len(1).for_each(work)),
    }
}

fn decide_track(
    scene: &Scene<'_>,
    seen: &mut Reader<'_>,
    claims: &ClaimTable,
    track: Track,
    out: &mut Vec<Decision>,
    second: bool,
) {
    let queue = scene.traffic.queue(track);
    let kind = scene.roads.kind(track);
    let mut pace = 0.0;
    for (i, row) in queue.iter().enumerate() {
        let (flags, ahead) = seen.next(track, i as u32);
        let mut driver = scene.driver(row, scene.roads.limit(track));
        driver.v0 = driver.v0.min(approach_speed(scene, track, kind, row, &driver));
        let leader = match i.checked_sub(1).map(|before| &queue[before]) {
            Some(before) => {
                let leader = Leader { gap: before.rear() - row.position, speed: before.speed };
                Some((leader, Hindrance::Body(before.vehicle)))
            }
            None => beyond(scene, track, row, &driver, flags & flag::GRANTED != 0 || matches!(kind, Kind::Movement(_))),
        };
        // Whoever waits at the line keeps off those who have just crossed it.
        let across = if i == 0 && leader.is_none() { just_across(scene, kind, track, row) } else { None };
        let line = line_ahead(scene, claims, track, row, &driver);
        // Who stands in the same queue has decided already: a queue starts as one, however long the step is.
        let stops = line.into_iter().chain(across.map(Leader::apart));
        let (wanted, held_by) = follow(&driver, row.speed, (leader, pace), ahead, line, scene.dt);
        let held = stops.fold(wanted, |acceleration, stop| driver.hold(acceleration, row.speed, stop, scene.dt));
        let mut acceleration = held.max(-driver.hardest);
        if driver.model == FollowingModel::Krauss {
            acceleration = driver.dawdle(row.speed, acceleration, scene.chance.uniform(row.vehicle), scene.dt);
        }
        let (change, asks) = match kind {
            Kind::Lane(lane) => wish(scene, lane, i, row, &driver, acceleration, second),
            Kind::Movement(_) => (Change::None, 0),
        };
        pace = acceleration;
        out.push(Decision { acceleration, change, held_by, flags: flags | asks, urgent: asks != 0 });
    }
}

/// The acceleration behind everything that is ahead, and what holds a vehicle up most: the leader, which itself
/// accelerates by `pace`, what else the driver sees, and a stop line.
fn follow(
    driver: &Driver,
    speed: f64,
    (leader, pace): (Option<(Leader, Hindrance)>, f64),
    ahead: &[(Track, Ahead)],
    line: Option<Leader>,
    dt: f64,
) -> (f64, Option<Hindrance>) {
    let (leader, mut held_by) = leader.unzip();
    let mut acceleration = driver.follow_as(speed, leader, pace, dt);
    for (_, ahead) in ahead {
        let seen = Leader { gap: ahead.leader.gap + ahead.slack, ..ahead.leader };
        let wanted = driver.follow(speed, Some(seen), dt);
        if ahead.courtesy {
            acceleration = acceleration.min(wanted.max(-COURTESY_DECELERATION));
        } else if wanted < acceleration {
            (acceleration, held_by) = (wanted, Some(ahead.hindrance));
        }
    }
    if let Some(line) = line {
        let wanted = driver.follow(speed, Some(line), dt);
        if wanted < acceleration {
            (acceleration, held_by) = (wanted, Some(Hindrance::Line));
        }
    }
    // Comfort gives way to safety only: the model may ask for more than a vehicle can do.
    let others = ahead.iter().filter(|(_, a)| !a.courtesy).map(|(_, a)| a.bound());
    let all = leader.map(Leader::apart).into_iter().chain(others);
    let wanted = acceleration.max(-driver.hardest);
    (all.fold(wanted, |acceleration, leader| driver.hold(acceleration, speed, leader, dt)), held_by)
}

/// The speed from which a driver can still slow down comfortably to what the turn ahead allows.
fn approach_speed(scene: &Scene<'_>, track: Track, kind: Kind, row: &Row, driver: &Driver) -> f64 {
    let (Kind::Lane(_), Some(next)) = (kind, row.next) else { return f64::INFINITY };
    let turn = (scene.roads.limit(scene.roads.movement(next)) * row.speed_factor).min(red_speed(scene, row, next));
    if turn >= driver.v0 {
        return f64::INFINITY;
    }
    let distance = (scene.roads.length(track) - row.position).max(0.0);
    (turn * turn + 2.0 * driver.b * distance).sqrt()
}

/// How far ahead a driver looks, in metres.
pub(crate) fn horizon(row: &Row, driver: &Driver) -> f64 {
    stopping_distance(row.speed, driver.b) + 3.0 * row.speed + 20.0
}

/// The tracks that a vehicle will come over, each with the distance from its front bumper to the track's start and, on
/// the way into a lane, the leg of its route.
pub(crate) fn tracks_ahead<'a>(
    scene: &'a Scene<'_>,
    track: Track,
    row: &'a Row,
) -> impl Iterator<Item = (f64, Track, usize)> + 'a {
    let roads = scene.roads;
    let after = move |&(distance, here, leg): &(f64, Track, usize)| {
        let (on, leg) = match roads.kind(here) {
            Kind::Lane(lane) => (roads.movement(movement_after(scene, row, leg, lane)?), leg),
            Kind::Movement(m) => (roads.lane(roads.way(m).to), leg + 1),
        };
        Some((distance + roads.length(here), on, leg))
    };
    std::iter::successors(Some((-row.position, track, row.leg as usize)), after).skip(1)
}

/// The movement that a vehicle will take from a lane of a later leg of its route.
fn movement_after(scene: &Scene<'_>, row: &Row, leg: usize, lane: LaneId) -> Option<MovementId> {
    match leg - row.leg as usize {
        0 => row.next,
        1 => row.onward.after,
        _ => scene.fleet.outlook(row.route, leg, scene.roads.network.lanes[lane].index).next,
    }
}

/// What the foremost vehicle of a track follows: the next vehicle on its way.
fn beyond(scene: &Scene<'_>, track: Track, row: &Row, driver: &Driver, granted: bool) -> Option<(Leader, Hindrance)> {
    if let Some(tail) = scene.tails.on(track).filter(|t| t.rear > row.position - row.length) {
        return Some((Leader { gap: tail.rear - row.position, speed: tail.speed }, Hindrance::Body(tail.vehicle)));
    }
    let horizon = horizon(row, driver);
    let mut way = tracks_ahead(scene, track, row).take_while(|t| granted && t.0 < horizon);
    way.find_map(|(distance, on, _)| {
        let last = scene.traffic.last(on).map(|r| (r.rear(), r.speed, r.vehicle));
        let tail = || scene.tails.on(on).map(|t| (t.rear, t.speed, t.vehicle));
        let parting = if distance > 0.0 { last_of_parting(scene, on) } else { None };
        let nearest = last.or_else(tail).into_iter().chain(parting).min_by(|a, b| a.0.total_cmp(&b.0));
        let (rear, speed, vehicle) = nearest?;
        Some((Leader { gap: distance + rear, speed }, Hindrance::Body(vehicle)))
    })
}

/// The rear bumper right behind the stop line of whoever has left the lane last, whichever way.
fn just_across(scene: &Scene<'_>, kind: Kind, track: Track, row: &Row) -> Option<Leader> {
    let Kind::Lane(lane) = kind else { return None };
    let leaving = scene.roads.network.lanes[lane].leaving.iter();
    let last = leaving.filter_map(|&m| scene.traffic.last(scene.roads.movement(m))).filter(|last| last.rear() < APART);
    let last = last.min_by(|a, b| a.rear().total_cmp(&b.rear()))?;
    Some(Leader { gap: scene.roads.length(track) + last.rear() - row.position, speed: last.speed })
}

/// Of those that have left the same lane for another movement and still share the way, the last: rear bumper from the
/// stop line, speed and number.
fn last_of_parting(scene: &Scene<'_>, track: Track) -> Option<(f64, f64, VehicleId)> {
    let Kind::Movement(m) = scene.roads.kind(track) else { return None };
    let parting = scene.roads.way(m).clashes.iter().filter(|c| c.meeting == Meeting::Diverge);
    let last = parting.filter_map(|c| scene.traffic.last(scene.roads.movement(c.other)).filter(|r| r.rear() < c.other_to));
    last.map(|r| (r.rear(), r.speed, r.vehicle)).min_by(|a, b| a.0.total_cmp(&b.0))
}

/// The stop line of a later lane at which the vehicle has to be ready to stop, however it follows those before it.
fn line_ahead(scene: &Scene<'_>, claims: &ClaimTable, track: Track, row: &Row, driver: &Driver) -> Option<Leader> {
    let horizon = horizon(row, driver);
    let mut way = tracks_ahead(scene, track, row).take_while(|t| t.0 < horizon);
    way.find_map(|(distance, on, leg)| {
        let Kind::Lane(lane) = scene.roads.kind(on) else { return None };
        let to_line = distance + scene.roads.length(on);
        let goes_on = row.onward.links as usize > leg - row.leg as usize;
        let next = movement_after(scene, row, leg, lane);
        let shut = goes_on && to_line < horizon && next.is_none_or(|m| is_shut(scene, claims, m, to_line, row, driver));
        shut.then_some(Leader { gap: to_line, speed: 0.0 })
    })
}

/// Whether a driver at this distance and speed has to be ready to stop at a stop line.
fn is_shut(scene: &Scene<'_>, claims: &ClaimTable, movement: MovementId, distance: f64, row: &Row, driver: &Driver) -> bool {
    let way = scene.roads.way(movement);
    way.gives_way
        || closed_by_signal(scene, way.head, distance, row, driver)
        || way.clashes.iter().any(|c| claims.blocker(c).is_some())
        || shuts(claims, movement, row)
}
