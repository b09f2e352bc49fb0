//! Accelerations and wishes to change lanes. Reads the traffic, writes decisions and claims on conflict areas, one
//! intersection after the other: any run of intersections can be worked on beside any other.

use crate::abreast::Shared;
use crate::claims::{ClaimTable, Claims, Foresight};
use crate::emergency::{red_speed, shuts};
use crate::following::{APART, Driver, Leader, SUBSTEP, stopping_distance};
use crate::lanes::{Change, wish};
use crate::measure::{STANDING, STARTING};
use crate::perceive::{Ahead, Hindrance, Perception, Reader, STOP_BEFORE_LINE, Scene, closed_by_signal, part_count};
use crate::roads::{Kind, Track};
use crate::sides::rearmost;
use crate::stops::Stops;
use crate::traffic::{Row, flag};
use bevy_ecs::resource::Resource;
use model::id::{LaneId, MovementId, VehicleId};
use model::maths::Bound;
use model::vehicle::FollowingModel;
use rayon::ThreadPool;
use rayon::prelude::*;
use std::ops::Range;

/// Hardest braking out of courtesy, in m/s².
pub(crate) const COURTESY_DECELERATION: f64 = 2.0;

/// What a vehicle does in a step.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Decision {
    pub(crate) acceleration: f64,
    pub(crate) change: Change,
    /// What it has decided at the stop line, and [`flag::ASKS_LEFT`] or [`flag::ASKS_RIGHT`] when it needs to be let in.
    pub(crate) flags: u8,
    /// Whether it needs to be let in.
    pub(crate) urgent: bool,
}

/// A vehicle that stands and does not start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stuck {
    pub(crate) track: Track,
    /// Place in the queue.
    pub(crate) row: u32,
    pub(crate) vehicle: VehicleId,
    /// What holds it up most.
    pub(crate) by: Hindrance,
}

/// What the vehicles on some tracks do, in the order of the tracks and of their rows.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// Which of the active tracks.
    pub(crate) tracks: Range<usize>,
    pub(crate) rows: Vec<Decision>,
    /// Those who stand, when a second begins.
    pub(crate) stuck: Vec<Stuck>,
    /// At the intersection that is looked at.
    perception: Perception,
    /// What the last vehicle on each of its movements does.
    latest: Vec<(Track, f64)>,
}

/// What every vehicle does, one part of the network after the other.
#[derive(Debug, Default, Resource)]
pub(crate) struct Decisions {
    pub(crate) parts: Vec<Part>,
}

/// The pass, over `pool` if there is one.
pub(crate) fn decide(
    scene: &Scene<'_>,
    stops: Option<&Stops<'_>>,
    claims: &mut ClaimTable,
    decisions: &mut Decisions,
    second: bool,
    pool: Option<&ThreadPool>,
) {
    let mut rest = claims.begin(scene);
    decisions.parts.resize_with(part_count(pool), Part::default);
    let mut work = Vec::with_capacity(decisions.parts.len());
    for (part, tracks) in decisions.parts.iter_mut().zip(scene.traffic.parts(scene.roads, part_count(pool))) {
        let next = scene.traffic.active.get(tracks.end).map(|&t| scene.roads.intersection(t));
        let (own, after) = rest.split(scene.roads, next);
        part.tracks = tracks;
        rest = after;
        work.push((part, own));
    }
    let work_on = |(part, mut claims): (&mut Part, Claims<'_>)| decide_part(scene, stops, part, &mut claims, second);
    match pool {
        None => work.into_iter().for_each(work_on),
        Some(pool) => pool.install(|| work.into_par_iter().with_max_len(1).for_each(work_on)),
    }
}

/// Room for those who cross a usual intersection at once.
const USUAL_CROSSERS: usize = 32;

/// Intersection by intersection, everyone looks around and then decides, so that what they look at is at hand.
fn decide_part(scene: &Scene<'_>, stops: Option<&Stops<'_>>, part: &mut Part, claims: &mut Claims<'_>, second: bool) {
    part.rows.clear();
    part.stuck.clear();
    let active = &scene.traffic.active[part.tracks.clone()];
    let mut crossers = Vec::with_capacity(USUAL_CROSSERS);
    for tracks in active.chunk_by(|a, b| scene.roads.intersection(*a) == scene.roads.intersection(*b)) {
        part.perception.look_around(scene, tracks, claims, stops, &mut crossers);
        let lanes = tracks.partition_point(|&t| matches!(scene.roads.kind(t), Kind::Lane(_)));
        let (lanes, movements) = tracks.split_at(lanes);
        let on_lanes = lanes.iter().map(|&t| scene.traffic.queue(t).len()).sum();
        let (mut before, mut inside) = part.perception.read().split(movements.first().copied(), on_lanes);
        let first = part.rows.len();
        part.latest.clear();
        for &track in movements {
            decide_track(scene, &mut inside, claims.foresight, track, (&mut part.rows, &mut part.stuck), second, &part.latest);
            if let Some(last) = part.rows.last().filter(|_| !scene.traffic.queue(track).is_empty()) {
                part.latest.push((track, last.acceleration));
            }
        }
        let crossing = part.rows.len() - first;
        for &track in lanes {
            decide_track(scene, &mut before, claims.foresight, track, (&mut part.rows, &mut part.stuck), second, &part.latest);
        }
        part.rows[first..].rotate_left(crossing);
    }
}

fn decide_track(
    scene: &Scene<'_>,
    seen: &mut Reader<'_>,
    foresight: Foresight<'_>,
    track: Track,
    (out, stuck): (&mut Vec<Decision>, &mut Vec<Stuck>),
    second: bool,
    latest: &[(Track, f64)],
) {
    let queue = scene.traffic.queue(track);
    let (kind, length, limit) = (scene.roads.kind(track), scene.roads.length(track), scene.limit(track));
    let shared = Shared::of(scene, track);
    let (first, mut decided) = (out.len(), 0.0);
    let mut before: Option<&Row> = None;
    for (i, row) in queue.iter().enumerate() {
        let (flags, ahead) = seen.next(track, i as u32);
        // Who stands in the same queue has decided already: a queue starts as one, however long the step is.
        let mut driver = scene.driver(row, limit);
        let beside = shared.as_ref().map(|lane| lane.look(i, &driver));
        let behind = match &beside {
            None => before.map(|o| Next::behind(o, row, decided)),
            Some(beside) => beside.leader.map(|j| Next::behind(&queue[j], row, out[first + j].acceleration)),
        };
        let stands = behind.filter(|n| driver.goes_on_standing(row.speed, n.leader, n.pace));
        let (acceleration, held_by) = if let Some(before) = stands {
            (0.0, Some(before.hindrance))
        } else {
            driver.v0 = driver.v0.at_most(approach_speed(scene, kind, length - row.position, row, &driver));
            if let Some(beside) = &beside {
                driver.v0 = driver.v0.at_most(beside.top(&driver));
            }
            let granted = flags & flag::GRANTED != 0 || matches!(kind, Kind::Movement(_));
            let next = behind.or_else(|| beside.as_ref()?.after_tail(length - row.position));
            let next = next.or_else(|| beyond(scene, latest, track, row, &driver, granted));
            let driven = drive(scene, foresight, (track, kind), (row, &driver), (next, ahead));
            match (&shared, &beside) {
                (Some(lane), Some(beside)) => lane.heed(beside, (i, &driver), driven, &out[first..]),
                _ => driven,
            }
        };
        let (change, asks) = match kind {
            Kind::Lane(_) => wish(scene, track, i, row, &driver, acceleration, second),
            Kind::Movement(_) => (Change::None, 0),
        };
        (decided, before) = (acceleration, Some(row));
        out.push(Decision { acceleration, change, flags: flags | asks, urgent: asks != 0 });
        if let Some(by) = held_by.filter(|_| second && row.speed < STANDING && acceleration < STARTING) {
            stuck.push(Stuck { track, row: i as u32, vehicle: row.vehicle, by });
        }
    }
}

/// The next vehicle on the way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Next {
    pub(crate) leader: Leader,
    pub(crate) hindrance: Hindrance,
    /// How it accelerates.
    pub(crate) pace: f64,
}

impl Next {
    /// The vehicle before in the same queue, which accelerates by `pace`.
    fn behind(before: &Row, row: &Row, pace: f64) -> Self {
        let leader = Leader { gap: before.rear() - row.position, speed: before.speed };
        Self { leader, hindrance: Hindrance::Body(before.vehicle), pace }
    }
}

/// The acceleration of a vehicle behind all that it sees, and what holds it up most.
fn drive(
    scene: &Scene<'_>,
    foresight: Foresight<'_>,
    (track, kind): (Track, Kind),
    (row, driver): (&Row, &Driver),
    (next, ahead): (Option<Next>, &[(Track, Ahead)]),
) -> (f64, Option<Hindrance>) {
    let line = line_ahead(scene, foresight, (track, kind), row, driver);
    let (mut acceleration, held_by) = follow(driver, row.speed, next, ahead, line, scene.dt);
    if let Some((line, _)) = line {
        acceleration = driver.hold(acceleration, row.speed, line, scene.dt);
    }
    // Whoever waits at the line keeps off those who have just crossed it.
    if next.is_none()
        && let Some(across) = just_across(scene, kind, track, row)
    {
        acceleration = driver.hold(acceleration, row.speed, across.apart(), scene.dt);
    }
    (dawdle(scene, driver, row, acceleration.at_least(-driver.hardest)), held_by)
}

/// The acceleration after what a driver of Krauss loses by chance.
fn dawdle(scene: &Scene<'_>, driver: &Driver, row: &Row, acceleration: f64) -> f64 {
    match driver.model {
        FollowingModel::Krauss => driver.dawdle(row.speed, acceleration, scene.chance.uniform(row.vehicle), scene.dt),
        FollowingModel::Idm => acceleration,
    }
}

/// The acceleration behind everything that is ahead, and what holds a vehicle up most: the next vehicle, what else the driver
/// sees, and a stop line.
fn follow(
    driver: &Driver,
    speed: f64,
    next: Option<Next>,
    ahead: &[(Track, Ahead)],
    line: Option<(Leader, f64)>,
    dt: f64,
) -> (f64, Option<Hindrance>) {
    let (leader, mut held_by) = (next.map(|n| n.leader), next.map(|n| n.hindrance));
    let mut acceleration = driver.follow_as(speed, leader, next.map_or(0.0, |n| n.pace), dt);
    let mut delayed = None;
    for (_, ahead) in ahead {
        let seen = Leader { gap: ahead.leader.gap + ahead.slack, ..ahead.leader };
        let wanted = driver.follow_as(speed, Some(seen), ahead.pace, dt);
        if let Hindrance::Gap(parts) = ahead.hindrance {
            delayed = Some((wanted, f64::from(parts) * SUBSTEP / dt));
        } else if ahead.courtesy {
            acceleration = acceleration.at_most(wanted.at_least(-COURTESY_DECELERATION));
        } else if wanted < acceleration {
            (acceleration, held_by) = (wanted, Some(ahead.hindrance));
        }
    }
    if let Some((line, slack)) = line {
        let seen = Leader { gap: line.gap + slack, ..line };
        let wanted = driver.follow(speed, Some(seen), dt);
        if wanted < acceleration {
            (acceleration, held_by) = (wanted, Some(Hindrance::Line));
        }
    }
    // Whoever finds the gap within the step stays behind its line until then.
    if let Some((wanted, share)) = delayed.filter(|d| d.0 < acceleration) {
        acceleration = acceleration * (1.0 - share) + wanted.max(-speed / dt) * share;
    }
    // Comfort gives way to safety only: the model may ask for more than a vehicle can do.
    acceleration = acceleration.at_least(-driver.hardest);
    if let Some(leader) = leader {
        acceleration = driver.hold(acceleration, speed, leader.apart(), dt);
    }
    for (_, ahead) in ahead.iter().filter(|(_, a)| !a.courtesy && !matches!(a.hindrance, Hindrance::Gap(_))) {
        acceleration = driver.hold(acceleration, speed, ahead.bound(), dt);
    }
    (acceleration, held_by)
}

/// The speed from which a driver can still slow down comfortably to what the turn ahead allows.
fn approach_speed(scene: &Scene<'_>, kind: Kind, distance: f64, row: &Row, driver: &Driver) -> f64 {
    let (Kind::Lane(_), Some(next)) = (kind, row.next) else { return f64::INFINITY };
    // From far enough away there is time to slow down to a standstill.
    let slowed = 2.0 * driver.b * distance.at_least(0.0);
    if slowed >= driver.v0 * driver.v0 {
        return f64::INFINITY;
    }
    let turn = (scene.limit(scene.roads.movement(next)) * row.speed_factor).at_most(red_speed(scene, row, next));
    if turn >= driver.v0 { f64::INFINITY } else { (turn * turn + slowed).sqrt() }
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

/// What the foremost vehicle of a track follows: the next vehicle on its way, and its acceleration over the last step, which
/// is taken to go on; 0 where only its rear end is known.
fn beyond(scene: &Scene<'_>, latest: &[(Track, f64)], track: Track, row: &Row, driver: &Driver, granted: bool) -> Option<Next> {
    if let Some(tail) = scene.tails.on(track).filter(|t| t.rear > row.position - row.length) {
        let leader = Leader { gap: tail.rear - row.position, speed: tail.speed };
        return Some(Next { leader, hindrance: Hindrance::Body(tail.vehicle), pace: tail.acceleration });
    }
    let horizon = horizon(row, driver);
    let mut way = tracks_ahead(scene, track, row).take_while(|t| granted && t.0 < horizon);
    way.find_map(|(distance, on, _)| {
        let decided = || latest.iter().find(|l| l.0 == on).map(|l| l.1);
        let last = rearmost(scene.fleet, scene.traffic.queue(on));
        let last = last.map(|r| (r.rear(), r.speed, r.vehicle, decided().unwrap_or(r.acceleration)));
        let tail = || scene.tails.on(on).map(|t| (t.rear, t.speed, t.vehicle, t.acceleration));
        let parting = if distance > 0.0 { last_of_parting(scene, on) } else { None };
        let tail = if last.is_none() || scene.fleet.cycles { tail() } else { None };
        let nearest = last.into_iter().chain(tail).chain(parting).min_by(|a, b| a.0.total_cmp(&b.0));
        let (rear, speed, vehicle, pace) = nearest?;
        Some(Next { leader: Leader { gap: distance + rear, speed }, hindrance: Hindrance::Body(vehicle), pace })
    })
}

/// How far whoever ends its way at the end of a lane keeps off the rear of one that has just left it and may stand across
/// the line while it turns, in metres: half a lorry's width and a little.
const SWINGING: f64 = 1.5;

/// The rear bumper right behind the stop line of whoever has left the lane last, whichever way.
fn just_across(scene: &Scene<'_>, kind: Kind, track: Track, row: &Row) -> Option<Leader> {
    let Kind::Lane(lane) = kind else { return None };
    let apart = if row.next.is_none() { SWINGING } else { APART };
    let rear_on = |&track: &Track| {
        let on_it = scene.traffic.last(track).map(|r| (r.rear(), r.speed));
        on_it.or_else(|| scene.tails.on(track).map(|t| (t.rear, t.speed)))
    };
    let near = scene.roads.leaving(lane).iter().filter_map(rear_on).filter(|(rear, _)| *rear < apart);
    let (rear, speed) = near.min_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(Leader { gap: scene.roads.length(track) + rear - row.position - (apart - APART), speed })
}

/// Of those that have left the same lane for another movement and still share the way, the last: rear bumper from the
/// stop line, speed, number and acceleration.
fn last_of_parting(scene: &Scene<'_>, track: Track) -> Option<(f64, f64, VehicleId, f64)> {
    let Kind::Movement(m) = scene.roads.kind(track) else { return None };
    let last = scene.roads.way(m).partings.iter().filter_map(|p| {
        let on_it = scene.traffic.last(p.track).map(|r| (r.rear(), r.speed, r.vehicle, r.acceleration));
        let tail = || scene.tails.on(p.track).map(|t| (t.rear, t.speed, t.vehicle, t.acceleration));
        on_it.or_else(tail).filter(|last| last.0 < p.until)
    });
    last.min_by(|a, b| a.0.total_cmp(&b.0))
}

/// The stop line of a later lane at which the vehicle has to be ready to stop, however it follows those before it, and what is
/// added to the gap for following only: it stops as near to the line as on the lane itself, and never before a short lane,
/// from which alone it can ask whether it may go.
fn line_ahead(
    scene: &Scene<'_>,
    foresight: Foresight<'_>,
    (track, kind): (Track, Kind),
    row: &Row,
    driver: &Driver,
) -> Option<(Leader, f64)> {
    let horizon = horizon(row, driver);
    let beyond = match kind {
        Kind::Lane(_) => scene.roads.way(row.next?).to_next_line,
        Kind::Movement(m) => scene.roads.length(scene.roads.lane(scene.roads.way(m).to)),
    };
    if scene.roads.length(track) - row.position + beyond >= horizon {
        return None;
    }
    let mut way = tracks_ahead(scene, track, row).take_while(|t| t.0 < horizon);
    way.find_map(|(distance, on, leg)| {
        let Kind::Lane(lane) = scene.roads.kind(on) else { return None };
        let to_line = distance + scene.roads.length(on);
        let goes_on = row.onward.links as usize > leg - row.leg as usize;
        let next = movement_after(scene, row, leg, lane);
        let shut = goes_on && to_line < horizon && next.is_none_or(|m| is_shut(scene, foresight, m, to_line, row, driver));
        let before_line = STOP_BEFORE_LINE.at_most(0.5 * scene.roads.length(on));
        shut.then_some((Leader { gap: to_line, speed: 0.0 }, driver.s0 - before_line))
    })
}

/// Whether a driver at this distance and speed has to be ready to stop at a stop line.
fn is_shut(scene: &Scene<'_>, foresight: Foresight<'_>, movement: MovementId, distance: f64, row: &Row, driver: &Driver) -> bool {
    let way = scene.roads.way(movement);
    way.gives_way
        || closed_by_signal(scene, way.head, distance, row, driver)
        || foresight.is_barred(scene.roads.movement(movement))
        || shuts(foresight, movement, row)
}
