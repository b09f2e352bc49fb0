//! What drivers see besides the vehicle ahead: stop lines, conflict areas, vehicles that merge, and who may go.
//!
//! A conflict area where ways cross is claimed by one of its two movements at a time. A vehicle that has to give way
//! claims what it needs all at once, when it leaves the stop line or its waiting place; a vehicle that need not give way
//! claims an area when it could no longer stop before it: where nobody has the right of way, first come, first served. Where ways merge, the vehicle further from the end follows
//! the other. Tracks are gone through in id order, so the outcome depends on nothing else.

use crate::fleet::Fleet;
use crate::following::{Driver, EMERGENCY_DECELERATION, Leader, stopping_distance, travel_time};
use crate::lanes::LEAST_GAP;
use crate::lights::Lights;
use crate::roads::{Clash, Kind, Roads, Track, Way};
use crate::traffic::{Row, Tails, Traffic, flag};
use bevy_ecs::resource::Resource;
use model::id::{LaneId, MovementId};
use model::network::Meeting;
use model::signal::Aspect;

/// A driver stops for amber when this deceleration is enough, in m/s²; with a second of reaction this is the distance
/// for which RiLSA's amber times are made.
const AMBER_DECELERATION: f64 = 3.5;

/// Deceleration with which drivers foresee a stop, in m/s².
const FORESEEN_DECELERATION: f64 = 2.0;

/// Where a vehicle stops before a line, in metres.
const STOP_BEFORE_LINE: f64 = 1.0;

/// Time that a vehicle which gives way leaves before and after the other, in seconds. With the time to clear the area
/// from standstill this makes critical gaps of 4 to 5 s for left turns (HBS, HCM: 4.1 to 4.5 s).
const GAP_MARGIN: f64 = 1.0;

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
}

/// What drivers see and decide at stop lines, by track.
#[derive(Debug, Default, Resource)]
pub(crate) struct Perception {
    ahead: Vec<Vec<Ahead>>,
    flags: Vec<Vec<u8>>,
    touched: Vec<Track>,
}

impl Perception {
    pub(crate) fn new(roads: &Roads) -> Self {
        Self { ahead: vec![Vec::new(); roads.count()], flags: vec![Vec::new(); roads.count()], touched: Vec::new() }
    }

    /// Things ahead of rows of a track, besides the row before.
    pub(crate) fn ahead(&self, track: Track) -> &[Ahead] {
        &self.ahead[track.0 as usize]
    }

    /// What the foremost rows of a track have decided; those behind have not come so far.
    pub(crate) fn flags(&self, track: Track) -> &[u8] {
        &self.flags[track.0 as usize]
    }

    fn clear(&mut self) {
        for t in self.touched.drain(..) {
            self.ahead[t.0 as usize].clear();
            self.flags[t.0 as usize].clear();
        }
    }

    fn see(&mut self, track: Track, ahead: Ahead) {
        self.touched.push(track);
        self.ahead[track.0 as usize].push(ahead);
    }

    fn decide(&mut self, track: Track, flags: u8) {
        self.touched.push(track);
        self.flags[track.0 as usize].push(flags);
    }
}

/// Slower than this a vehicle inside the intersection blocks it, in m/s.
const STANDING_INSIDE: f64 = 0.5;

/// How far into a merging area a vehicle that gives way may stand without being in it, in metres.
const EDGE: f64 = 1.0;

/// A vehicle longer than this needs the room of two lanes in a turn, in metres.
const LONG: f64 = 10.0;

/// Who holds each side of each conflict in this step.
#[derive(Debug, Default, Resource)]
pub(crate) struct Claims {
    held: Vec<u16>,
    /// How many of them are long.
    long: Vec<u16>,
    /// How many of them are in the area.
    inside: Vec<u16>,
    /// How many of them stand in it.
    standing: Vec<u16>,
    touched: Vec<u32>,
}

impl Claims {
    pub(crate) fn new(roads: &Roads) -> Self {
        let sides = 2 * roads.network.conflicts.len();
        Self { held: vec![0; sides], long: vec![0; sides], inside: vec![0; sides], standing: vec![0; sides], touched: Vec::new() }
    }

    fn clear(&mut self) {
        for i in self.touched.drain(..) {
            self.held[i as usize] = 0;
            self.long[i as usize] = 0;
            self.inside[i as usize] = 0;
            self.standing[i as usize] = 0;
        }
    }

    fn claim(&mut self, clash: &Clash, length: f64) {
        self.held[clash.own as usize] += 1;
        self.long[clash.own as usize] += u16::from(length > LONG);
        self.touched.push(clash.own);
    }

    /// A claim of a vehicle that is in the area.
    fn occupy(&mut self, clash: &Clash, length: f64, speed: f64) {
        self.claim(clash, length);
        self.inside[clash.own as usize] += 1;
        self.standing[clash.own as usize] += u16::from(speed < STANDING_INSIDE);
    }

    /// Whether a vehicle of the other movement stands where the ways cross.
    fn is_blocked(&self, clash: &Clash) -> bool {
        clash.meeting == Meeting::Cross && self.standing[clash.others as usize] > 0
    }

    /// Whether a vehicle of the other movement is in the area.
    fn is_occupied(&self, clash: &Clash) -> bool {
        self.inside[clash.others as usize] > 0
    }

    /// Whether the other movement of a conflict has taken the area from a vehicle of this length.
    fn shuts(&self, clash: &Clash, length: f64) -> bool {
        let other = clash.others as usize;
        match clash.meeting {
            Meeting::Cross => self.held[other] > 0,
            Meeting::Abreast => self.long[other] > 0 || (length > LONG && self.held[other] > 0),
            Meeting::Diverge | Meeting::Merge => false,
        }
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
    pub(crate) dt: f64,
}

/// A vehicle on its way over an intersection, seen from the stop line.
#[derive(Clone, Copy)]
struct Crosser<'a> {
    row: &'a Row,
    movement: MovementId,
    way: &'a Way,
    driver: Driver,
    /// Front bumper from the stop line; negative before it.
    position: f64,
    flags: u8,
}

impl Crosser<'_> {
    /// Whether the vehicle has passed an area, rear bumper included.
    fn has_passed(&self, clash: &Clash) -> bool {
        self.position - self.row.length >= clash.to
    }

    /// Whether the vehicle is in an area.
    fn is_in(&self, clash: &Clash) -> bool {
        !self.has_passed(clash) && self.position > clash.from
    }

    /// Whether the vehicle is in an area, or gives way there and has been let go and moves. Who stands has to ask again:
    /// nobody keeps an area free for a vehicle that is held up elsewhere.
    fn has_taken(&self, clash: &Clash) -> bool {
        let bit = if self.way.waiting.is_some_and(|w| clash.from >= w) { flag::RELEASED } else { flag::GRANTED };
        let moves = self.row.speed > 0.1 || self.row.acceleration > 0.0;
        let let_go = clash.yields && moves && self.flags & bit != 0;
        self.is_in(clash) || (let_go && !self.has_passed(clash))
    }

    /// Whether the vehicle need not give way at an area and will soon be unable to stop before it.
    fn is_bound_for(&self, clash: &Clash, dt: f64) -> bool {
        let v = self.row.speed;
        let no_return = 1.3 * stopping_distance(v + self.driver.a * dt, EMERGENCY_DECELERATION) + 2.0 * v * dt + 0.5;
        !clash.yields && self.flags & flag::GRANTED != 0 && clash.from - self.position < no_return
    }
}

impl<'a> Scene<'a> {
    /// The driver of a row where the limit is `limit`.
    pub(crate) fn driver(&self, row: &Row, limit: f64) -> Driver {
        let kind = &self.fleet.types[row.kind];
        Driver::of(kind, (limit * row.speed_factor).min(kind.max_speed.get()).max(0.5))
    }

    fn crosser(self, row: &'a Row, movement: MovementId, position: f64, flags: u8) -> Crosser<'a> {
        let limit = self.roads.limit(self.roads.movement(movement));
        Crosser { row, movement, way: self.roads.way(movement), driver: self.driver(row, limit), position, flags }
    }
}

/// The pass.
pub(crate) fn perceive(scene: &Scene<'_>, perception: &mut Perception, claims: &mut Claims) {
    perception.clear();
    claims.clear();
    claim_areas(scene, claims);
    for &track in &scene.traffic.active {
        match scene.roads.kind(track) {
            Kind::Lane(lane) => {
                approach(scene, perception, claims, track);
                ask_neighbours(scene, perception, track, lane);
            }
            Kind::Movement(movement) => cross(scene, perception, claims, track, movement),
        }
    }
}

/// Claims of the vehicles under way: first those that nothing stops, then those that have the right of way and find
/// the area free.
fn claim_areas(scene: &Scene<'_>, claims: &mut Claims) {
    for &track in scene.tails.tracks() {
        let (Kind::Movement(m), Some(tail)) = (scene.roads.kind(track), scene.tails.on(track)) else { continue };
        for clash in scene.roads.way(m).clashes.iter().filter(|c| c.is_exclusive() && tail.rear < c.to) {
            claims.occupy(clash, tail.length, tail.speed);
        }
    }
    for_each_crosser(scene, |crosser| {
        for clash in crosser.way.clashes.iter().filter(|c| c.is_exclusive() && crosser.has_taken(c)) {
            if crosser.is_in(clash) {
                claims.occupy(clash, crosser.row.length, crosser.row.speed);
            } else {
                claims.claim(clash, crosser.row.length);
            }
        }
    });
    for_each_crosser(scene, |crosser| {
        for clash in crosser.way.clashes.iter().filter(|c| c.is_exclusive() && crosser.is_bound_for(c, scene.dt)) {
            if !claims.shuts(clash, crosser.row.length) {
                claims.claim(clash, crosser.row.length);
            }
        }
    });
}

/// Every vehicle on a movement, and every one that has been allowed to cross its stop line.
fn for_each_crosser<'a>(scene: &Scene<'a>, mut visit: impl FnMut(&Crosser<'a>)) {
    for &track in &scene.traffic.active {
        let queue = scene.traffic.queue(track);
        match scene.roads.kind(track) {
            Kind::Movement(m) => {
                for row in queue {
                    visit(&scene.crosser(row, m, row.position, row.flags | flag::GRANTED));
                }
            }
            Kind::Lane(_) => {
                for row in queue.iter().take_while(|r| r.is(flag::GRANTED)) {
                    let Some(m) = row.next else { continue };
                    visit(&scene.crosser(row, m, row.position - scene.roads.length(track), row.flags));
                }
            }
        }
    }
}

/// The foremost vehicles of a lane decide whether to cross the stop line.
fn approach(scene: &Scene<'_>, perception: &mut Perception, claims: &mut Claims, track: Track) {
    let length = scene.roads.length(track);
    let mut ahead_of_me = 0.0;
    for (i, row) in scene.traffic.queue(track).iter().enumerate() {
        let distance = length - row.position;
        if distance > stopping_distance(row.speed, FORESEEN_DECELERATION) + 2.0 * row.speed * scene.dt + 10.0 {
            break;
        }
        let stop = |perception: &mut Perception, flags| {
            let slack = scene.fleet.types[row.kind].min_gap.get() - STOP_BEFORE_LINE;
            let leader = Leader { gap: distance, speed: 0.0 };
            perception.see(track, Ahead { row: i as u32, leader, slack, courtesy: false });
            perception.decide(track, flags);
        };
        let Some(movement) = row.next else {
            if scene.fleet.routes[row.route].links.len() == row.leg as usize + 1 {
                perception.decide(track, flag::GRANTED);
                continue;
            }
            // The lane does not lead on: wait to be let into another.
            stop(perception, 0);
            break;
        };
        let mut crosser = scene.crosser(row, movement, -distance, row.flags);
        let verdict = if closed_by_signal(scene, &crosser) {
            Err(0)
        } else if is_blocked_inside(claims, &crosser)
            || !has_room(scene, &crosser, ahead_of_me)
            || !may_enter(scene, claims, &crosser)
        {
            Err(flag::BLOCKED)
        } else {
            Ok(())
        };
        if let Err(flags) = verdict {
            stop(perception, flags);
            break;
        }
        crosser.flags = flag::GRANTED | (row.flags & flag::RELEASED);
        take_claims(claims, &crosser, |way, c| way.waiting.is_none_or(|w| c.from < w));
        let flags = look_inside(scene, perception, claims, track, i, &mut crosser);
        perception.decide(track, flags);
        ahead_of_me += row.length + scene.fleet.types[row.kind].min_gap.get();
    }
}

/// Vehicles on a movement mind conflict areas, waiting places and merging vehicles.
fn cross(scene: &Scene<'_>, perception: &mut Perception, claims: &mut Claims, track: Track, movement: MovementId) {
    for (i, row) in scene.traffic.queue(track).iter().enumerate() {
        let mut crosser = scene.crosser(row, movement, row.position, row.flags | flag::GRANTED);
        let flags = look_inside(scene, perception, claims, track, i, &mut crosser);
        perception.decide(track, flags);
    }
}

/// What a vehicle that may cross the stop line, or has crossed it, minds inside the intersection.
fn look_inside(
    scene: &Scene<'_>,
    perception: &mut Perception,
    claims: &mut Claims,
    track: Track,
    row: usize,
    crosser: &mut Crosser<'_>,
) -> u8 {
    let row = row as u32;
    let mut blocked = 0;
    if let Some(waiting) = crosser.way.waiting
        && crosser.position < waiting
        && !may_leave_waiting_place(scene, claims, crosser, waiting)
    {
        let slack = scene.fleet.types[crosser.row.kind].min_gap.get() - 0.5;
        let leader = Leader { gap: waiting - crosser.position, speed: 0.0 };
        perception.see(track, Ahead { row, leader, slack, courtesy: false });
        crosser.flags &= !flag::RELEASED;
        blocked = flag::BLOCKED;
    }
    let rear = crosser.position - crosser.row.length;
    for clash in crosser.way.clashes.iter().filter(|c| rear < c.to) {
        let leader = match clash.meeting {
            Meeting::Diverge => parting(scene, crosser, clash),
            Meeting::Merge => merging(scene, crosser, clash),
            Meeting::Cross | Meeting::Abreast => {
                // Being let go is no right to drive into whoever has got in since.
                let mine = crosser.is_in(clash) || (crosser.has_taken(clash) && !claims.is_occupied(clash));
                let shut = claims.shuts(clash, crosser.row.length) && !mine;
                shut.then_some(Leader { gap: clash.from - crosser.position, speed: 0.0 })
            }
        };
        if let Some(leader) = leader {
            perception.see(track, Ahead { row, leader, slack: 0.0, courtesy: false });
        }
    }
    crosser.flags | blocked
}

/// Whether the signal makes the vehicle stop at its line.
fn closed_by_signal(scene: &Scene<'_>, crosser: &Crosser<'_>) -> bool {
    let (distance, v) = (-crosser.position, crosser.row.speed);
    match scene.lights.aspect(crosser.way.head) {
        Aspect::Green => false,
        Aspect::Amber => stopping_distance(v, AMBER_DECELERATION) <= distance,
        // Amber lasts long enough that nobody is caught by red; should it not, physics wins and the run counts it.
        Aspect::Red | Aspect::RedAmber => stopping_distance(v, EMERGENCY_DECELERATION) <= distance + 1e-9,
    }
}

/// Whether somebody stands across the way, so that whoever enters would stand in the intersection too. Whoever can no
/// longer stop before it goes on.
fn is_blocked_inside(claims: &Claims, crosser: &Crosser<'_>) -> bool {
    let can_stop = stopping_distance(crosser.row.speed, FORESEEN_DECELERATION * 2.0) <= -crosser.position;
    can_stop && crosser.way.clashes.iter().any(|c| claims.is_blocked(c))
}

/// Whether there is room behind the intersection, so that nobody stands on it.
fn has_room(scene: &Scene<'_>, crosser: &Crosser<'_>, ahead_of_me: f64) -> bool {
    if !crosser.way.crossed {
        return true;
    }
    let target = scene.roads.lane(crosser.way.to);
    let Some(last) = scene.traffic.last(target) else { return true };
    let taken = |r: &Row| r.length + scene.fleet.types[r.kind].min_gap.get();
    let entering = &scene.roads.network.lanes[crosser.way.to].entering;
    let on_the_way: f64 = entering.iter().flat_map(|&m| scene.traffic.queue(scene.roads.movement(m))).map(taken).sum();
    // The last vehicle there goes on at its speed until the crosser arrives.
    let way_over = scene.roads.length(scene.roads.movement(crosser.movement)) - crosser.position;
    let free = last.rear() + last.speed * travel_time(way_over, crosser.row.speed, &crosser.driver);
    free >= on_the_way + ahead_of_me + taken(crosser.row)
}

/// Whether a vehicle at the stop line may take every area that it has to claim there.
fn may_enter(scene: &Scene<'_>, claims: &Claims, crosser: &Crosser<'_>) -> bool {
    if !crosser.way.gives_way {
        return true;
    }
    let distance = -crosser.position;
    let committed = crosser.row.is(flag::GRANTED) && stopping_distance(crosser.row.speed, FORESEEN_DECELERATION * 2.0) > distance;
    committed || accepts(scene, claims, crosser, |way, c| way.waiting.is_none_or(|w| c.from < w))
}

/// Whether a vehicle may go on from its waiting place; if so, it takes the areas behind it.
fn may_leave_waiting_place(scene: &Scene<'_>, claims: &mut Claims, crosser: &mut Crosser<'_>, waiting: f64) -> bool {
    let released = crosser.flags & flag::RELEASED != 0;
    let committed = released && stopping_distance(crosser.row.speed, EMERGENCY_DECELERATION) > waiting - crosser.position - 0.5;
    let behind = |_: &Way, c: &Clash| c.from >= waiting;
    if !committed && !accepts(scene, claims, crosser, behind) {
        return false;
    }
    crosser.flags |= flag::RELEASED;
    take_claims(claims, crosser, behind);
    true
}

/// Claims the areas that a vehicle gives way at and has just been allowed to take.
fn take_claims(claims: &mut Claims, crosser: &Crosser<'_>, which: impl Fn(&Way, &Clash) -> bool) {
    let newly = |c: &&Clash| c.meeting == Meeting::Cross && c.yields && which(crosser.way, c);
    for clash in crosser.way.clashes.iter().filter(newly).filter(|c| !crosser.has_passed(c)) {
        claims.claim(clash, crosser.row.length);
    }
}

/// Whether every gap at which the vehicle gives way is long enough.
fn accepts(scene: &Scene<'_>, claims: &Claims, crosser: &Crosser<'_>, which: impl Fn(&Way, &Clash) -> bool) -> bool {
    let rear = crosser.position - crosser.row.length;
    let relevant = |c: &&Clash| c.meeting != Meeting::Diverge && c.yields && rear < c.to && which(crosser.way, c);
    crosser.way.clashes.iter().filter(relevant).all(|clash| {
        let free = !claims.shuts(clash, crosser.row.length);
        free && gap_is_long_enough(scene, crosser, clash)
    })
}

/// Whether no vehicle with the right of way comes while the crosser is in the area.
fn gap_is_long_enough(scene: &Scene<'_>, crosser: &Crosser<'_>, clash: &Clash) -> bool {
    let v = crosser.row.speed;
    let enter = travel_time(clash.from - crosser.position, v, &crosser.driver);
    let merges = clash.meeting == Meeting::Merge;
    let leave_at = clash.to - crosser.position + if merges { 0.0 } else { crosser.row.length };
    let leave = travel_time(leave_at, v, &crosser.driver);
    let other_way = scene.roads.way(clash.other);
    let other_track = scene.roads.movement(clash.other);
    let limit = scene.roads.limit(other_track);
    // `position` is that of the other's front bumper, from its stop line.
    let clear_of = |other: &Row, position: f64| -> Verdict {
        if position - other.length >= clash.other_to {
            return Verdict::Clear;
        }
        let driver = scene.driver(other, limit.max(other.speed));
        let arrives = travel_time(clash.other_from - position, other.speed, &driver);
        let gone = travel_time(clash.other_to - position + other.length, other.speed, &driver);
        // After a merge the other must not have to brake hard for a vehicle that is still slow.
        let catch_up =
            if merges { ((other.speed - crosser.driver.v0) / (2.0 * driver.b)).max(0.0) + 0.5 * driver.t } else { 0.0 };
        if arrives > leave + GAP_MARGIN + catch_up {
            Verdict::ClearFromHere
        } else if gone + GAP_MARGIN < enter {
            Verdict::Clear
        } else {
            Verdict::Blocked
        }
    };
    for other in scene.traffic.queue(other_track) {
        let waits = is_held_up(other) && other.position < clash.other_from;
        if !waits && clear_of(other, other.position) == Verdict::Blocked {
            return false;
        }
    }
    let aspect = scene.lights.aspect(other_way.head);
    if matches!(aspect, Aspect::Red | Aspect::RedAmber) {
        return true;
    }
    let lane = scene.roads.lane(other_way.from);
    let length = scene.roads.length(lane);
    for other in scene.traffic.queue(lane) {
        if other.next != Some(clash.other) || is_held_up(other) {
            continue;
        }
        let distance = length - other.position;
        if aspect == Aspect::Amber && stopping_distance(other.speed, AMBER_DECELERATION) <= distance {
            return true;
        }
        match clear_of(other, -distance) {
            Verdict::Blocked => return false,
            Verdict::ClearFromHere => return true,
            Verdict::Clear => {}
        }
    }
    // On a short lane those who are about to enter it count as well.
    let entering = &scene.roads.network.lanes[other_way.from].entering;
    entering.iter().all(|&m| {
        let track = scene.roads.movement(m);
        scene.traffic.queue(track).iter().all(|other| {
            let outlook = scene.fleet.routes[other.route].legs.get(other.leg as usize + 1);
            let index = scene.roads.network.lanes[other_way.from].index as usize;
            let comes = outlook.is_some_and(|lanes| lanes[index].next == Some(clash.other));
            let position = other.position - scene.roads.length(track) - length;
            !comes || clear_of(other, position) != Verdict::Blocked
        })
    })
}

/// Whether a vehicle that might go does not: it must wait itself, or stands behind something else. A queue that has just
/// been given green is not held up.
fn is_held_up(other: &Row) -> bool {
    let stands = other.is(flag::GRANTED) && other.speed < 0.1 && other.acceleration <= 0.0;
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

/// The vehicle ahead that has left the same lane for another movement, while it is still close.
fn parting(scene: &Scene<'_>, crosser: &Crosser<'_>, clash: &Clash) -> Option<Leader> {
    if crosser.position >= clash.to {
        return None;
    }
    let track = scene.roads.movement(clash.other);
    let on_it = scene.traffic.queue(track).iter().rev().find(|o| o.position > crosser.position).map(|o| (o.rear(), o.speed));
    // The front may have gone on to the next lane, and the rear still be here.
    let tail = || scene.tails.on(track).map(|t| (t.rear, t.speed)).filter(|t| t.0 > crosser.position - crosser.row.length);
    let (rear, speed) = on_it.or_else(tail)?;
    (rear < clash.other_to).then_some(Leader { gap: rear - crosser.position, speed })
}

/// The vehicle to follow where ways merge: of those nearer to the end, the last.
fn merging(scene: &Scene<'_>, crosser: &Crosser<'_>, clash: &Clash) -> Option<Leader> {
    let to_end = scene.roads.length(scene.roads.movement(crosser.movement)) - crosser.position;
    let other_track = scene.roads.movement(clash.other);
    let other_length = scene.roads.length(other_track);
    let is_ahead = |o: &&Row| {
        // Whoever gives way and stands at the edge of the area lets those pass who have the right of way.
        if clash.precedes && is_held_up(o) && o.position < clash.other_from + EDGE {
            return false;
        }
        let rest = other_length - o.position;
        rest < to_end || (rest == to_end && o.vehicle < crosser.row.vehicle)
    };
    let last = scene.traffic.queue(other_track).iter().rev().find(is_ahead)?;
    let gap = to_end - (other_length - last.position) - last.length;
    if gap >= 0.0 {
        Some(Leader { gap, speed: last.speed })
    } else {
        Some(Leader { gap: (clash.from - crosser.position).max(0.0), speed: 0.0 })
    }
}

/// A vehicle that has to change lanes soon is let in by the next one behind it on that lane.
fn ask_neighbours(scene: &Scene<'_>, perception: &mut Perception, track: Track, lane: LaneId) {
    let network = &scene.roads.network;
    let index = network.lanes[lane].index;
    for row in scene.traffic.queue(track) {
        let target = match (row.is(flag::ASKS_LEFT), row.is(flag::ASKS_RIGHT)) {
            (true, _) => Some(index + 1),
            (_, true) => index.checked_sub(1),
            _ => None,
        };
        let Some(target) = target.and_then(|i| network.links[network.lanes[lane].link].lane(i)) else { continue };
        let target = scene.roads.lane(target);
        let queue = scene.traffic.queue(target);
        let rear = scene.roads.beside(track, target, row.position) - row.length;
        // Whoever is beside it goes on; the first one far enough behind its rear bumper makes room.
        let behind = queue.partition_point(|o| o.position >= rear - 1.2 * LEAST_GAP);
        if let Some(other) = queue.get(behind) {
            let leader = Leader { gap: rear - other.position, speed: row.speed };
            perception.see(target, Ahead { row: behind as u32, leader, slack: 0.0, courtesy: true });
        }
    }
}
