//! What drivers see besides the vehicle ahead: stop lines, conflict areas, and vehicles that merge or part.
//!
//! Who may go stands in `right_of_way`, who holds which conflict area in `claims`. Where ways merge, the vehicle further
//! from the end follows the other. Nothing reaches from one intersection to another, so parts of the network can be worked
//! on side by side; within an intersection tracks are gone through in order, so the outcome depends on nothing else.

use crate::claims::{Claims, claim_areas, claim_own, find_crossers, take_claims};
use crate::emergency::stays_at_red;
use crate::fleet::Fleet;
use crate::following::{APART, Driver, Leader, SUBSTEP, advance, stopping_distance, travel_time};
use crate::keep_clear::see_crossings;
use crate::lanes::LEAST_GAP;
use crate::lights::Lights;
use crate::measure::{STANDING, STARTING};
use crate::merges::{merged, merging};
use crate::on_foot::{OnFoot, see_people};
use crate::random::Chance;
use crate::right_of_way::{Leaving, is_clear_in_time, keeps_out, parts_of_step, sees_nobody_yet, stays_at_waiting_place};
use crate::roads::{Clash, Kind, Roads, Track, Way};
use crate::sides::is_bicycle;
use crate::stops::{Stops, halts_before_line};
use crate::traffic::{Row, Tails, Traffic, flag};
use model::id::{MovementId, VehicleId};
use model::maths::Bound;
use model::network::{Meeting, SignalHead};
use model::signal::Aspect;
use model::vehicle::FollowingModel;
use rayon::ThreadPool;

/// A driver stops for amber when this deceleration is enough, in m/s²; with a second of reaction this is the distance
/// for which RiLSA's amber times are made.
pub(crate) const AMBER_DECELERATION: f64 = 3.5;

/// Whole seconds after which the first driver who stands at a stop line reacts to green. With it the first four vehicles lose
/// 2.2 s, for which the Highway Capacity Manual (2000), ch. 16, has about 2 s. With the model of Krauss there is none, as in
/// SUMO.
const START_REACTION: u16 = 1;

/// Deceleration with which drivers foresee a stop, in m/s².
pub(crate) const FORESEEN_DECELERATION: f64 = 2.0;

/// Where a vehicle stops before a line, in metres.
pub(crate) const STOP_BEFORE_LINE: f64 = 1.0;

/// Added to a gap that is not to be followed, in metres: further than anyone looks.
const FAR: f64 = 1e4;

/// However hard it brakes, a vehicle stops this far before a line, in metres: less than a hand, more than rounding.
pub(crate) const LINE_MARGIN: f64 = 0.05;

/// What keeps a vehicle from going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hindrance {
    /// A signal, or the end of a lane that does not lead on.
    Line,
    /// A vehicle in its way.
    Body(VehicleId),
    /// A vehicle that has the right of way.
    Rule(VehicleId),
    /// A vehicle behind which there is no room where it would be in nobody's way.
    Room(VehicleId),
    /// People on foot, on a crossing or about to step on it.
    OnFoot,
    /// Others with the right of way, for so many parts of [`SUBSTEP`] of the step; then the driver goes.
    Gap(u8),
}

/// A thing ahead that is not the vehicle before in the same queue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ahead {
    /// The row it concerns.
    pub(crate) row: u32,
    /// How far, and how fast.
    pub(crate) leader: Leader,
    /// Added to the gap for following only: a stop line may be approached more closely than a bumper.
    pub(crate) slack: f64,
    /// Courtesy: at most a comfortable deceleration.
    pub(crate) courtesy: bool,
    /// How it accelerates over the step, as far as that is known.
    pub(crate) pace: f64,
    /// What it is.
    pub(crate) hindrance: Hindrance,
}

impl Ahead {
    /// Behind what the vehicle must be able to stop, come what may.
    pub(crate) fn bound(&self) -> Leader {
        if let Hindrance::Body(_) = self.hindrance { self.leader.apart() } else { self.leader }
    }
}

/// What the drivers at an intersection see and decide at stop lines, track by track.
#[derive(Debug, Default)]
pub(crate) struct Perception {
    /// Things ahead, by track and row, besides the row before.
    ahead: Vec<(Track, Ahead)>,
    /// One for each row of the tracks: what it has decided at the stop line, 0 if it has not come so far.
    flags: Vec<u8>,
}

impl Perception {
    pub(crate) fn see(&mut self, track: Track, ahead: Ahead) {
        self.ahead.push((track, ahead));
    }

    fn decide(&mut self, flags: u8) {
        self.flags.push(flags);
    }

    /// Looks around on the active tracks of an intersection, lanes that lead to it and movements over it.
    ///
    /// `crossers` is memory for those who cross it.
    pub(crate) fn look_around<'a>(
        &mut self,
        scene: &Scene<'a>,
        tracks: &[Track],
        claims: &mut Claims<'_>,
        stops: Option<&Stops<'_>>,
        crossers: &mut Vec<Crosser<'a>>,
    ) {
        self.ahead.clear();
        self.flags.clear();
        find_crossers(scene, tracks, claims, crossers);
        claim_areas(crossers, claims, scene.dt);
        // Movements come after the lanes, and all of the rows on them cross.
        let before = crossers.iter().take_while(|c| c.position < 0.0).count();
        let mut inside = &mut crossers[before..];
        let mut rows = 0;
        for &track in tracks {
            match scene.roads.kind(track) {
                Kind::Lane(_) => {
                    approach(scene, self, claims, track);
                    ask_neighbours(scene, self, track);
                }
                Kind::Movement(_) => {
                    let (own, rest) = std::mem::take(&mut inside).split_at_mut(scene.traffic.queue(track).len());
                    inside = rest;
                    cross(scene, self, claims, track, own);
                }
            }
            see_people(scene, self, track);
            see_crossings(scene, self, track);
            rows += scene.traffic.queue(track).len();
            self.flags.resize(rows, 0);
        }
        if let Some(stops) = stops {
            for &track in tracks {
                stops.see(scene, self, track);
            }
        }
        self.ahead.sort_by_key(|(track, ahead)| (*track, ahead.row));
    }

    /// The flags and the things ahead, to be read row by row.
    pub(crate) fn read(&self) -> Reader<'_> {
        Reader { ahead: &self.ahead, flags: &self.flags }
    }
}

/// What is left to be read of a [`Perception`].
pub(crate) struct Reader<'a> {
    ahead: &'a [(Track, Ahead)],
    flags: &'a [u8],
}

impl<'a> Reader<'a> {
    /// What there is to be read of tracks before one, with so many rows, and from it on.
    pub(crate) fn split(self, from: Option<Track>, rows: usize) -> (Self, Self) {
        let count = from.map_or(self.ahead.len(), |from| self.ahead.partition_point(|a| a.0 < from));
        let ((ahead, ahead_after), (flags, flags_after)) = (self.ahead.split_at(count), self.flags.split_at(rows));
        (Self { ahead, flags }, Self { ahead: ahead_after, flags: flags_after })
    }

    /// The flags of the next row, and what is ahead of it.
    pub(crate) fn next(&mut self, track: Track, row: u32) -> (u8, &'a [(Track, Ahead)]) {
        let count = self.ahead.iter().take_while(|(t, a)| *t == track && a.row == row).count();
        let (ahead, rest) = self.ahead.split_at(count);
        self.ahead = rest;
        let (&flags, left) = self.flags.split_first().unwrap_or((&0, &[]));
        self.flags = left;
        (flags, ahead)
    }
}

/// What the pass reads.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) roads: &'a Roads,
    pub(crate) fleet: &'a Fleet,
    pub(crate) traffic: &'a Traffic,
    pub(crate) tails: &'a Tails,
    pub(crate) lights: &'a Lights,
    pub(crate) on_foot: &'a OnFoot,
    pub(crate) dt: f64,
    pub(crate) chance: Chance,
}

/// A vehicle on its way over an intersection, seen from the stop line.
#[derive(Clone, Copy)]
pub(crate) struct Crosser<'a> {
    pub(crate) row: &'a Row,
    pub(crate) movement: MovementId,
    pub(crate) way: &'a Way,
    pub(crate) driver: Driver,
    /// Front bumper from the stop line; negative before it.
    pub(crate) position: f64,
    pub(crate) flags: u8,
    /// For how many parts of [`SUBSTEP`] it still waits before it goes, less than a step.
    pub(crate) parts: u8,
}

impl Crosser<'_> {
    /// Seconds until the vehicle has gone a distance, if it brakes comfortably while it waits, and then goes as fast as it
    /// can.
    pub(crate) fn time_to(&self, distance: f64) -> f64 {
        let speed = self.row.speed;
        if self.parts == 0 {
            return travel_time(distance, speed, &self.driver);
        }
        let wait = self.wait();
        let (moved, next) = advance(FollowingModel::Idm, speed, -self.driver.b, wait);
        wait + travel_time(distance - moved, next, &self.driver)
    }

    /// Seconds for which it still waits before it goes, less than a step.
    pub(crate) fn wait(&self) -> f64 {
        f64::from(self.parts) * SUBSTEP
    }

    /// The place where it waits, `gap` ahead, for the part of the step before it goes.
    fn until_it_goes(&self, row: u32, gap: f64, slack: f64) -> Ahead {
        let (leader, hindrance) = (Leader { gap, speed: 0.0 }, Hindrance::Gap(self.parts));
        Ahead { row, leader, slack, courtesy: false, pace: 0.0, hindrance }
    }

    /// Whether the vehicle has passed an area, rear bumper included.
    pub(crate) fn has_passed(&self, clash: &Clash) -> bool {
        self.position - self.row.length >= clash.to
    }

    /// Whether the vehicle is in an area; not yet when it has stopped at its edge as exactly as braking hard can.
    pub(crate) fn is_in(&self, clash: &Clash) -> bool {
        !self.has_passed(clash) && self.position > clash.from + LINE_MARGIN
    }

    /// Whether the vehicle is in an area, or gives way there and has been let go and moves. Who stands has to ask again:
    /// nobody keeps an area free for a vehicle that is held up elsewhere.
    pub(crate) fn has_taken(&self, clash: &Clash) -> bool {
        let bit = if self.way.waiting.is_some_and(|w| clash.from >= w) { flag::RELEASED } else { flag::GRANTED };
        let moves = self.row.speed > 0.1 || self.row.acceleration >= STARTING;
        let let_go = (clash.yields || self.row.is(flag::INSISTS)) && moves && self.flags & bit != 0;
        self.is_in(clash) || (let_go && !self.has_passed(clash))
    }

    /// The place from the stop line before which the vehicle will soon be unable to stop.
    pub(crate) fn no_return(&self, dt: f64) -> f64 {
        let v = self.row.speed;
        let next = v + self.driver.a * dt;
        self.position + 1.3 * stopping_distance(next, self.driver.hardest) + (2.0 * v).at_least(next) * dt + 0.5
    }

    /// Whether the vehicle can stop before a place, in metres from the stop line, braking as hard as it can.
    pub(crate) fn can_stop_before(&self, place: f64, dt: f64) -> bool {
        let stop = Leader { gap: place - self.position, speed: 0.0 };
        self.row.speed <= 0.0 || self.driver.can_stay_behind(self.row.speed, stop, dt)
    }

    /// Whether the vehicle is let go and too fast and too near to stop before an area.
    pub(crate) fn cannot_stop_before(&self, clash: &Clash, dt: f64) -> bool {
        self.flags & flag::GRANTED != 0 && !self.can_stop_before(clash.from + 0.5 * LINE_MARGIN, dt)
    }

    /// Whether the vehicle need not give way at an area and will soon be unable to stop before it.
    pub(crate) fn is_bound_for(&self, clash: &Clash, dt: f64) -> bool {
        let goes = !clash.yields && self.flags & flag::GRANTED != 0;
        goes && clash.from < self.no_return(dt) && !self.has_passed(clash)
    }

    /// Whether the vehicle has found its gap at an area in this very step: it gives way there and has been let go, and has
    /// not passed the place where it asks.
    pub(crate) fn is_let_go(&self, clash: &Clash) -> bool {
        let waiting = self.way.waiting.filter(|w| clash.from >= *w);
        let bit = if waiting.is_some() { flag::RELEASED } else { flag::GRANTED };
        clash.yields && self.flags & bit != 0 && self.position < waiting.unwrap_or(0.0)
    }
}

impl<'a> Scene<'a> {
    /// Speed limit of a track now: that of roadworks where they lower it.
    pub(crate) fn limit(&self, track: Track) -> f64 {
        self.fleet.beside_works(track, self.roads.limit(track))
    }

    /// The driver of a row where the limit is `limit`.
    pub(crate) fn driver(&self, row: &Row, limit: f64) -> Driver {
        let driver = self.fleet.drivers[row.kind];
        Driver { v0: (limit * row.speed_factor).at_most(driver.v0).at_least(0.5), ..driver }
    }

    pub(crate) fn crosser(self, row: &'a Row, movement: MovementId, position: f64, flags: u8) -> Crosser<'a> {
        let limit = self.limit(self.roads.movement(movement));
        Crosser { row, movement, way: self.roads.way(movement), driver: self.driver(row, limit), position, flags, parts: 0 }
    }
}

/// How many parts the network is worked on in: so many for each thread that one which has got the emptier ones finds more
/// to do.
pub(crate) fn part_count(pool: Option<&ThreadPool>) -> usize {
    pool.map_or(1, |p| 8 * p.current_num_threads())
}

/// The foremost vehicles of a lane decide whether to cross the stop line.
fn approach(scene: &Scene<'_>, perception: &mut Perception, claims: &mut Claims<'_>, track: Track) {
    let length = scene.roads.length(track);
    let (mut ahead_of_me, area) = (0.0, scene.roads.cycle_area(track));
    for (i, row) in scene.traffic.queue(track).iter().enumerate() {
        let distance = length - row.position;
        if distance > stopping_distance(row.speed, scene.fleet.foreseen(row.kind)) + 2.0 * row.speed * scene.dt + 10.0 {
            break;
        }
        let to_line = if area > 0.0 { to_own_line(scene, row, distance, area) } else { distance };
        let stop = |perception: &mut Perception, hindrance, flags| {
            let slack = scene.fleet.drivers[row.kind].s0 - STOP_BEFORE_LINE + LINE_MARGIN;
            let leader = Leader { gap: to_line - LINE_MARGIN, speed: 0.0 };
            perception.see(track, Ahead { row: i as u32, leader, slack, courtesy: false, pace: 0.0, hindrance });
            perception.decide(flags);
        };
        if halts_before_line(scene, row, track) {
            stop(perception, Hindrance::Line, 0);
            break;
        }
        let Some(movement) = row.next else {
            if row.onward.links == 0 {
                perception.decide(flag::GRANTED);
                continue;
            }
            // The lane does not lead on: wait to be let into another.
            stop(perception, Hindrance::Line, 0);
            break;
        };
        let mut crosser = scene.crosser(row, movement, -distance, row.flags);
        if closed_by_signal(scene, crosser.way.head, to_line, row, &crosser.driver)
            && let Some((hindrance, flags)) = stays_at_red(scene, claims, &crosser)
        {
            stop(perception, hindrance, flags);
            // Behind cyclists in their area others have a line of their own.
            if area > 0.0 && is_bicycle(scene.fleet, row) {
                continue;
            }
            break;
        }
        if sees_nobody_yet(scene, &crosser, to_line) {
            stop(perception, Hindrance::Line, 0);
            break;
        }
        if let Some(hindrance) = keeps_out(scene, claims, &mut crosser, ahead_of_me) {
            stop(perception, hindrance, flag::BLOCKED);
            break;
        }
        if crosser.parts > 0 {
            let slack = scene.fleet.types[row.kind].min_gap.get() - STOP_BEFORE_LINE + LINE_MARGIN;
            perception.see(track, crosser.until_it_goes(i as u32, to_line - LINE_MARGIN, slack));
        }
        crosser.flags = flag::GRANTED | (row.flags & flag::RELEASED);
        claims.enliven(scene.roads.movement(movement));
        claims.start(row);
        take_claims(claims, &crosser, |way, c| way.waiting.is_none_or(|w| c.from < w));
        if !row.is(flag::GRANTED) {
            claim_own(claims, &crosser, scene.dt);
        }
        let flags = look_inside(scene, perception, claims, track, i, &mut crosser);
        perception.decide(flags);
        ahead_of_me += row.length + scene.fleet.drivers[row.kind].s0;
    }
}

/// How far it is to the line at which a vehicle stops, on a lane that ends with an area for cyclists.
///
/// Source: ERA 2010: cyclists wait ahead of all others, which have a stop line of their own before the area. Whoever can no
/// longer stop at that line stops in the area.
fn to_own_line(scene: &Scene<'_>, row: &Row, distance: f64, area: f64) -> f64 {
    let driver = scene.driver(row, f64::INFINITY);
    let stops = distance > area && driver.can_stop(row.speed, distance - area, driver.hardest, scene.dt);
    if stops && !is_bicycle(scene.fleet, row) { distance - area } else { distance }
}

/// Vehicles on a movement mind conflict areas, waiting places and merging vehicles.
fn cross(scene: &Scene<'_>, perception: &mut Perception, claims: &mut Claims<'_>, track: Track, crossers: &mut [Crosser<'_>]) {
    for (i, crosser) in crossers.iter_mut().enumerate() {
        // Whether anything holds it up is found out anew.
        crosser.flags &= !flag::BLOCKED;
        let flags = look_inside(scene, perception, claims, track, i, crosser);
        perception.decide(flags);
    }
}

/// What a vehicle that may cross the stop line, or has crossed it, minds inside the intersection.
fn look_inside(
    scene: &Scene<'_>,
    perception: &mut Perception,
    claims: &mut Claims<'_>,
    track: Track,
    row: usize,
    crosser: &mut Crosser<'_>,
) -> u8 {
    let row = row as u32;
    let mut blocked = 0;
    if let Some(waiting) = crosser.way.waiting
        && crosser.position < waiting
    {
        let (gap, slack) = (waiting - crosser.position, crosser.driver.s0 - 0.5);
        if let Some(hindrance) = stays_at_waiting_place(scene, claims, crosser, waiting) {
            let leader = Leader { gap, speed: 0.0 };
            perception.see(track, Ahead { row, leader, slack, courtesy: false, pace: 0.0, hindrance });
            crosser.flags &= !flag::RELEASED;
            blocked = flag::BLOCKED;
        } else if crosser.parts > 0 {
            perception.see(track, crosser.until_it_goes(row, gap, slack));
        }
    }
    let rear = crosser.position - crosser.row.length;
    for clash in crosser.way.clashes.iter().filter(|c| rear < c.to) {
        if !claims.is_live(clash.other_track) {
            continue;
        }
        let mut see = |(leader, hindrance), pace, slack, courtesy| {
            perception.see(track, Ahead { row, leader, slack, courtesy, pace, hindrance });
        };
        match clash.meeting {
            Meeting::Diverge => {
                if let Some((last, pace)) = parting(scene, crosser, clash) {
                    see(last, pace, clash.swing, false);
                }
            }
            Meeting::Merge => {
                if let Some((rear, pace)) = merged(scene, crosser, clash) {
                    see(rear, pace, clash.swing, false);
                }
                if let Some((leader, by, pace, courtesy)) = merging(scene, crosser, clash) {
                    see((leader, by), pace, clash.swing, courtesy);
                }
            }
            Meeting::Cross | Meeting::Abreast => {
                if let Some((edge, by, slack)) = crossing(scene, claims, crosser, clash) {
                    see((edge, by), 0.0, slack, false);
                }
            }
        }
    }
    crosser.flags | blocked
}

/// The edge of an area that is another's, who that is, and what is added to the distance for following: an edge may be
/// approached more closely than a bumper.
fn crossing(scene: &Scene<'_>, claims: &Claims<'_>, crosser: &Crosser<'_>, clash: &Clash) -> Option<(Leader, Hindrance, f64)> {
    // Being let go is no right to drive into whoever has got in since.
    let let_go = || crosser.has_taken(clash) || crosser.is_let_go(clash) || crosser.cannot_stop_before(clash, scene.dt);
    let insists = || crosser.row.is(flag::INSISTS) || let_go();
    let mine = || crosser.is_in(clash) || (!claims.is_lost(clash, crosser.row.length) && insists());
    let taker = claims.taker(clash, crosser.row.length).filter(|_| !mine())?;
    let in_time = |how| is_clear_in_time(scene, crosser, clash, taker, how);
    let leader = Leader { gap: clash.from - crosser.position, speed: 0.0 };
    match taker {
        // Nobody slows down for one that is gone in time; the edge of the area binds until that is sure.
        Hindrance::Body(v) | Hindrance::Rule(v) if in_time(Leaving::Likely) => {
            (!in_time(Leaving::Surely)).then_some((leader, Hindrance::Rule(v), FAR))
        }
        _ => {
            let until = parts_until_clear(scene, crosser, clash, taker).map(Hindrance::Gap);
            Some((leader, until.unwrap_or(taker), crosser.driver.s0 - APART))
        }
    }
}

/// For how many parts of [`SUBSTEP`] of the step a vehicle has to stay before an area so that everyone who holds it has surely
/// left it when the vehicle comes; `None` where that takes the whole step or longer.
fn parts_until_clear(scene: &Scene<'_>, crosser: &Crosser<'_>, clash: &Clash, taker: Hindrance) -> Option<u8> {
    (crosser.parts + 1..parts_of_step(&crosser.driver, scene.dt)).find(|&parts| {
        let later = Crosser { parts, ..*crosser };
        [Leaving::Likely, Leaving::Surely].into_iter().all(|how| is_clear_in_time(scene, &later, clash, taker, how))
    })
}

/// Whether the signal makes a vehicle stop that is `distance` before its line.
pub(crate) fn closed_by_signal(scene: &Scene<'_>, head: Option<SignalHead>, distance: f64, row: &Row, driver: &Driver) -> bool {
    match scene.lights.aspect(head) {
        Aspect::Green => {
            let reacts = driver.model == FollowingModel::Krauss || row.speed >= STANDING;
            !reacts && scene.lights.is_new(head, START_REACTION)
        }
        Aspect::Amber => stops_for_amber(scene, distance, row, driver),
        // Amber lasts long enough that nobody is caught by red; should it not, physics wins and the run counts it.
        Aspect::Red | Aspect::RedAmber => driver.can_stop(row.speed, distance + 1e-9, driver.hardest, scene.dt),
    }
}

/// Whether a driver stops for amber: when it is possible without braking hard.
pub(crate) fn stops_for_amber(scene: &Scene<'_>, distance: f64, row: &Row, driver: &Driver) -> bool {
    driver.can_stop(row.speed, distance, AMBER_DECELERATION.max(driver.b).min(0.9 * driver.hardest), scene.dt)
}

/// The vehicle ahead that has left the same lane for another movement, while it is still close.
fn parting(scene: &Scene<'_>, crosser: &Crosser<'_>, clash: &Clash) -> Option<((Leader, Hindrance), f64)> {
    if crosser.position >= clash.to {
        return None;
    }
    let track = clash.other_track;
    let on_it = scene.traffic.queue(track).iter().rev().find(|o| o.position > crosser.position);
    let on_it = on_it.map(|o| (o.rear(), o.speed, o.vehicle, o.acceleration));
    // The front may have gone on to the next lane, and the rear still be here.
    let tail = || scene.tails.on(track).filter(|t| t.rear > crosser.position - crosser.row.length);
    let tail = || tail().map(|t| (t.rear, t.speed, t.vehicle, t.acceleration));
    let (rear, speed, vehicle, pace) = on_it.or_else(tail)?;
    let leader = Leader { gap: rear - crosser.position - clash.swing, speed };
    (rear < clash.other_to).then_some(((leader, Hindrance::Body(vehicle)), pace))
}

/// A vehicle that has to change lanes soon makes for the gap behind the next one on that lane, and is let in by the one
/// after it.
fn ask_neighbours(scene: &Scene<'_>, perception: &mut Perception, track: Track) {
    let neighbours = scene.roads.neighbours(track);
    for (i, row) in scene.traffic.queue(track).iter().enumerate() {
        let target = match (row.is(flag::ASKS_LEFT), row.is(flag::ASKS_RIGHT)) {
            (true, _) => neighbours.left,
            (_, true) => neighbours.right,
            _ => None,
        };
        let Some(target) = target else { continue };
        let target = scene.roads.lane(target);
        let queue = scene.traffic.queue(target);
        let front = scene.roads.beside(track, target, row.position);
        let rear = front - row.length;
        let ahead = queue.partition_point(|o| o.position > front);
        if let Some(other) = ahead.checked_sub(1).map(|before| &queue[before]) {
            let leader = Leader { gap: other.rear() - front, speed: other.speed };
            let hindrance = Hindrance::Rule(other.vehicle);
            perception.see(track, Ahead { row: i as u32, leader, slack: 0.0, courtesy: true, pace: 0.0, hindrance });
        }
        // Whoever is beside it goes on; the first one far enough behind its rear bumper makes room.
        let behind = queue.partition_point(|o| o.position >= rear - 1.2 * LEAST_GAP);
        if let Some(other) = queue.get(behind) {
            let leader = Leader { gap: rear - other.position, speed: row.speed };
            let hindrance = Hindrance::Rule(row.vehicle);
            perception.see(target, Ahead { row: behind as u32, leader, slack: 0.0, courtesy: true, pace: 0.0, hindrance });
        }
    }
}
