//! Accelerations and wishes to change lanes. Reads the traffic, writes decisions: lanes can be worked on side by side.

use crate::following::{Driver, EMERGENCY_DECELERATION, Leader, follow, safe_acceleration, stopping_distance};
use crate::lanes::{Change, wish};
use crate::perceive::{Perception, Scene};
use crate::roads::{Kind, Track};
use crate::traffic::{Row, flag};
use bevy_ecs::resource::Resource;
use model::signal::Aspect;
use rayon::prelude::*;

/// Hardest braking out of courtesy, in m/s².
const COURTESY_DECELERATION: f64 = 2.0;

/// What a vehicle does in a step.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Decision {
    pub(crate) acceleration: f64,
    pub(crate) change: Change,
    /// [`flag::ASKS_LEFT`] or [`flag::ASKS_RIGHT`], when it needs to be let in.
    pub(crate) asks: u8,
}

/// Decisions of every row, by place in the list of active tracks.
#[derive(Debug, Default, Resource)]
pub(crate) struct Decisions {
    pub(crate) rows: Vec<Vec<Decision>>,
}

/// The pass, over `pool` if there is one.
pub(crate) fn decide(
    scene: &Scene<'_>,
    perception: &Perception,
    decisions: &mut Decisions,
    second: bool,
    pool: Option<&rayon::ThreadPool>,
) {
    let active = &scene.traffic.active;
    if decisions.rows.len() < active.len() {
        decisions.rows.resize_with(active.len(), Vec::new);
    }
    let work = |(rows, &track): (&mut Vec<Decision>, &Track)| decide_track(scene, perception, track, rows, second);
    match pool {
        None => decisions.rows.iter_mut().zip(active).for_each(work),
        Some(pool) => pool.install(|| decisions.rows[..active.len()].par_iter_mut().zip(active).with_min_len(16).for_each(work)),
    }
}

fn decide_track(scene: &Scene<'_>, perception: &Perception, track: Track, out: &mut Vec<Decision>, second: bool) {
    out.clear();
    let queue = scene.traffic.queue(track);
    let kind = scene.roads.kind(track);
    let flags = perception.flags(track);
    for (i, row) in queue.iter().enumerate() {
        let granted = flags.get(i).is_some_and(|f| f & flag::GRANTED != 0) || matches!(kind, Kind::Movement(_));
        let mut driver = scene.driver(row, scene.roads.limit(track));
        driver.v0 = driver.v0.min(approach_speed(scene, track, kind, row, &driver));
        let leader = match i.checked_sub(1) {
            Some(before) => Some(Leader { gap: queue[before].rear() - row.position, speed: queue[before].speed }),
            None => beyond(scene, track, row, &driver, granted),
        };
        let mut acceleration = follow(&driver, row.speed, leader, scene.dt);
        let mut bound = leader.map_or(f64::INFINITY, |l| safe_acceleration(row.speed, l, scene.dt));
        for ahead in perception.ahead(track).iter().filter(|a| a.row == i as u32) {
            let seen = Leader { gap: ahead.leader.gap + ahead.slack, ..ahead.leader };
            let wanted = follow(&driver, row.speed, Some(seen), scene.dt);
            if ahead.courtesy {
                acceleration = acceleration.min(wanted.max(-COURTESY_DECELERATION));
            } else {
                acceleration = acceleration.min(wanted);
                bound = bound.min(safe_acceleration(row.speed, ahead.leader, scene.dt));
            }
        }
        // Comfort gives way to safety only: the model may ask for more than a vehicle can do.
        let acceleration = acceleration.max(-EMERGENCY_DECELERATION).min(bound);
        let (change, asks) = match kind {
            Kind::Lane(lane) => wish(scene, lane, i, row, &driver, acceleration, second),
            Kind::Movement(_) => (Change::None, 0),
        };
        out.push(Decision { acceleration, change, asks });
    }
}

/// The speed from which a driver can still slow down comfortably to what the turn ahead allows.
fn approach_speed(scene: &Scene<'_>, track: Track, kind: Kind, row: &Row, driver: &Driver) -> f64 {
    let (Kind::Lane(_), Some(next)) = (kind, row.next) else { return f64::INFINITY };
    let turn = scene.roads.limit(scene.roads.movement(next)) * row.speed_factor;
    if turn >= driver.v0 {
        return f64::INFINITY;
    }
    let distance = (scene.roads.length(track) - row.position).max(0.0);
    (turn * turn + 2.0 * driver.b * distance).sqrt()
}

/// What the foremost vehicle of a track follows: the next vehicle on its way, or a stop line that it may not cross.
fn beyond(scene: &Scene<'_>, track: Track, row: &Row, driver: &Driver, granted: bool) -> Option<Leader> {
    let roads = scene.roads;
    let to_end = roads.length(track) - row.position;
    if let Some(tail) = scene.tails.on(track).filter(|t| t.rear > row.position - row.length) {
        return Some(Leader { gap: tail.rear - row.position, speed: tail.speed });
    }
    if !granted {
        return None;
    }
    let horizon = stopping_distance(row.speed, driver.b) + 3.0 * row.speed + 20.0;
    let mut distance = to_end;
    let mut leg = row.leg as usize;
    let mut here = track;
    let mut next = row.next;
    while distance < horizon {
        let on = match roads.kind(here) {
            Kind::Lane(_) => roads.movement(next?),
            Kind::Movement(m) => {
                let lane = roads.way(m).to;
                leg += 1;
                next = scene.fleet.outlook(row.route, leg, roads.network.lanes[lane].index).next;
                roads.lane(lane)
            }
        };
        let last = scene.traffic.last(on).map(|r| (r.rear(), r.speed));
        let tail = scene.tails.on(on).map(|t| (t.rear, t.speed));
        if let Some((rear, speed)) = last.or(tail) {
            return Some(Leader { gap: distance + rear, speed });
        }
        distance += roads.length(on);
        if let Kind::Lane(_) = roads.kind(on) {
            let ends = scene.fleet.routes[row.route].links.len() == leg + 1;
            let open = next.is_some_and(|m| {
                let way = roads.way(m);
                !way.gives_way && scene.lights.aspect(way.head) == Aspect::Green
            });
            if !ends && !open {
                return (distance < horizon).then_some(Leader { gap: distance, speed: 0.0 });
            }
        }
        here = on;
    }
    None
}
