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
use crate::measure::STARTING;
use crate::random::Chance;
use crate::roads::{Clash, Kind, Roads, Track, Way};
use crate::traffic::{Row, Tails, Traffic, flag};
use bevy_ecs::resource::Resource;
use model::id::{LaneId, MovementId, VehicleId};
use model::network::{Meeting, SignalHead};
use model::signal::Aspect;

/// A driver stops for amber when this deceleration is enough, in m/s²; with a second of reaction this is the distance
/// for which RiLSA's amber times are made.
const AMBER_DECELERATION: f64 = 3.5;

/// Deceleration with which drivers foresee a stop, in m/s².
const FORESEEN_DECELERATION: f64 = 2.0;

/// Where a vehicle stops before a line, in metres.
const STOP_BEFORE_LINE: f64 = 1.0;

/// However hard it brakes, a vehicle stops this far before a line, in metres: less than a hand, more than rounding.
const LINE_MARGIN: f64 = 0.05;

/// Time that a vehicle which gives way leaves before and after the other, in seconds. With the time to clear the area
/// from standstill this makes critical gaps of 4 to 5 s for left turns (HBS, HCM: 4.1 to 4.5 s).
const GAP_MARGIN: f64 = 1.0;

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
}

/// After so long a vehicle that has to give way takes any gap for which the others need only brake gently, in seconds.
/// Assumed; SUMO's drivers grow impatient over 180 s.
const IMPATIENCE: u8 = 90;

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
    /// What it is.
    pub(crate) hindrance: Hindrance,
}

impl Ahead {
    /// Behind what the vehicle must be able to stop, come what may.
    pub(crate) fn bound(&self) -> Leader {
        if let Hindrance::Body(_) = self.hindrance { self.leader.apart() } else { self.leader }
    }
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
    /// The last of them.
    holder: Vec<VehicleId>,
    /// The last of those in the area.
    occupant: Vec<VehicleId>,
    touched: Vec<u32>,
}

impl Claims {
    pub(crate) fn new(roads: &Roads) -> Self {
        let sides = 2 * roads.network.conflicts.len();
        let (none, nobody) = (vec![0; sides], vec![VehicleId(u32::MAX); sides]);
        Self {
            held: none.clone(),
            long: none.clone(),
            inside: none.clone(),
            standing: none,
            holder: nobody.clone(),
            occupant: nobody,
            touched: Vec::new(),
        }
    }

    fn clear(&mut self) {
        for i in self.touched.drain(..) {
            self.held[i as usize] = 0;
            self.long[i as usize] = 0;
            self.inside[i as usize] = 0;
            self.standing[i as usize] = 0;
        }
    }

    fn claim(&mut self, clash: &Clash, vehicle: VehicleId, length: f64) {
        self.held[clash.own as usize] += 1;
        self.holder[clash.own as usize] = vehicle;
        self.long[clash.own as usize] += u16::from(length > LONG);
        self.touched.push(clash.own);
    }

    /// A claim of a vehicle that is in the area.
    fn occupy(&mut self, clash: &Clash, vehicle: VehicleId, length: f64, speed: f64) {
        self.claim(clash, vehicle, length);
        self.inside[clash.own as usize] += 1;
        self.occupant[clash.own as usize] = vehicle;
        self.standing[clash.own as usize] += u16::from(speed < STANDING_INSIDE);
    }

    /// A vehicle of the other movement that stands where the ways cross.
    pub(crate) fn blocker(&self, clash: &Clash) -> Option<Hindrance> {
        let blocked = clash.meeting == Meeting::Cross && self.standing[clash.others as usize] > 0;
        blocked.then(|| Hindrance::Room(self.occupant[clash.others as usize]))
    }

    /// Whether a vehicle of the other movement is in the area.
    fn is_occupied(&self, clash: &Clash) -> bool {
        self.inside[clash.others as usize] > 0
    }

    /// Who of the other movement has taken the area from a vehicle of this length.
    fn taker(&self, clash: &Clash, length: f64) -> Option<Hindrance> {
        let other = clash.others as usize;
        let taken = match clash.meeting {
            Meeting::Cross => self.held[other] > 0,
            Meeting::Abreast => self.long[other] > 0 || (length > LONG && self.held[other] > 0),
            Meeting::Diverge | Meeting::Merge => false,
        };
        let inside = self.is_occupied(clash);
        taken.then(|| if inside { Hindrance::Body(self.occupant[other]) } else { Hindrance::Rule(self.holder[other]) })
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
    pub(crate) chance: Chance,
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
        let moves = self.row.speed > 0.1 || self.row.acceleration >= STARTING;
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
            claims.occupy(clash, tail.vehicle, tail.length, tail.speed);
        }
    }
    for_each_crosser(scene, |crosser| {
        for clash in crosser.way.clashes.iter().filter(|c| c.is_exclusive() && crosser.has_taken(c)) {
            if crosser.is_in(clash) {
                claims.occupy(clash, crosser.row.vehicle, crosser.row.length, crosser.row.speed);
            } else {
                claims.claim(clash, crosser.row.vehicle, crosser.row.length);
            }
        }
    });
    for_each_crosser(scene, |crosser| {
        for clash in crosser.way.clashes.iter().filter(|c| c.is_exclusive() && crosser.is_bound_for(c, scene.dt)) {
            if claims.taker(clash, crosser.row.length).is_none() {
                claims.claim(clash, crosser.row.vehicle, crosser.row.length);
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
        let stop = |perception: &mut Perception, hindrance, flags| {
            let slack = scene.fleet.types[row.kind].min_gap.get() - STOP_BEFORE_LINE + LINE_MARGIN;
            let leader = Leader { gap: distance - LINE_MARGIN, speed: 0.0 };
            perception.see(track, Ahead { row: i as u32, leader, slack, courtesy: false, hindrance });
            perception.decide(track, flags);
        };
        let Some(movement) = row.next else {
            if scene.fleet.routes[row.route].links.len() == row.leg as usize + 1 {
                perception.decide(track, flag::GRANTED);
                continue;
            }
            // The lane does not lead on: wait to be let into another.
            stop(perception, Hindrance::Line, 0);
            break;
        };
        let mut crosser = scene.crosser(row, movement, -distance, row.flags);
        if closed_by_signal(scene, crosser.way.head, distance, row, &crosser.driver) {
            stop(perception, Hindrance::Line, 0);
            break;
        }
        if let Some(hindrance) = keeps_out(scene, claims, &crosser, ahead_of_me) {
            stop(perception, hindrance, flag::BLOCKED);
            break;
        }
        crosser.flags = flag::GRANTED | (row.flags & flag::RELEASED);
        take_claims(claims, &crosser, |way, c| way.waiting.is_none_or(|w| c.from < w));
        let flags = look_inside(scene, perception, claims, track, i, &mut crosser);
        perception.decide(track, flags);
        ahead_of_me += row.length + scene.fleet.types[row.kind].min_gap.get();
    }
}

/// What keeps a vehicle at its stop line although the signal lets it go.
fn keeps_out(scene: &Scene<'_>, claims: &Claims, crosser: &Crosser<'_>, ahead_of_me: f64) -> Option<Hindrance> {
    if crosser.row.is(flag::INSISTS) {
        return None;
    }
    stands_across(claims, crosser)
        .or_else(|| lacks_room(scene, crosser, ahead_of_me))
        .or_else(|| lacks_place_inside(scene, crosser))
        .or_else(|| must_let_clear(scene, crosser))
        .or_else(|| must_give_way(scene, claims, crosser))
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
        && let Some(hindrance) = stays_at_waiting_place(scene, claims, crosser, waiting)
    {
        let slack = scene.fleet.types[crosser.row.kind].min_gap.get() - 0.5;
        let leader = Leader { gap: waiting - crosser.position, speed: 0.0 };
        perception.see(track, Ahead { row, leader, slack, courtesy: false, hindrance });
        crosser.flags &= !flag::RELEASED;
        blocked = flag::BLOCKED;
    }
    let rear = crosser.position - crosser.row.length;
    for clash in crosser.way.clashes.iter().filter(|c| rear < c.to) {
        let seen = match clash.meeting {
            Meeting::Diverge => parting(scene, crosser, clash),
            Meeting::Merge => merging(scene, crosser, clash),
            Meeting::Cross | Meeting::Abreast => {
                // Being let go is no right to drive into whoever has got in since.
                let insists = crosser.row.is(flag::INSISTS) || crosser.has_taken(clash);
                let mine = crosser.is_in(clash) || (insists && !claims.is_occupied(clash));
                let taker = claims.taker(clash, crosser.row.length).filter(|_| !mine);
                taker.map(|t| (Leader { gap: clash.from - crosser.position, speed: 0.0 }, t))
            }
        };
        if let Some((leader, hindrance)) = seen {
            perception.see(track, Ahead { row, leader, slack: 0.0, courtesy: false, hindrance });
        }
    }
    crosser.flags | blocked
}

/// Whether the signal makes a vehicle stop that is `distance` before its line.
pub(crate) fn closed_by_signal(scene: &Scene<'_>, head: Option<SignalHead>, distance: f64, row: &Row, driver: &Driver) -> bool {
    match scene.lights.aspect(head) {
        Aspect::Green => false,
        Aspect::Amber => stops_for_amber(scene, distance, row, driver),
        // Amber lasts long enough that nobody is caught by red; should it not, physics wins and the run counts it.
        Aspect::Red | Aspect::RedAmber => driver.can_stop(row.speed, distance + 1e-9, EMERGENCY_DECELERATION, scene.dt),
    }
}

/// Whether a driver stops for amber: when it is possible without braking hard.
fn stops_for_amber(scene: &Scene<'_>, distance: f64, row: &Row, driver: &Driver) -> bool {
    driver.can_stop(row.speed, distance, AMBER_DECELERATION.max(driver.b), scene.dt)
}

/// Who stands across the way, so that whoever enters would stand in the intersection too. Whoever can no longer stop
/// before it goes on.
fn stands_across(claims: &Claims, crosser: &Crosser<'_>) -> Option<Hindrance> {
    let can_stop = stopping_distance(crosser.row.speed, FORESEEN_DECELERATION * 2.0) <= -crosser.position;
    crosser.way.clashes.iter().filter(|_| can_stop).find_map(|c| claims.blocker(c))
}

/// Behind whom there is no room beyond the intersection, so that the vehicle would have to stand on it.
fn lacks_room(scene: &Scene<'_>, crosser: &Crosser<'_>, ahead_of_me: f64) -> Option<Hindrance> {
    if !crosser.way.crossed {
        return None;
    }
    let target = scene.roads.lane(crosser.way.to);
    let last = scene.traffic.last(target)?;
    let taken = |r: &Row| r.length + scene.fleet.types[r.kind].min_gap.get();
    let entering = &scene.roads.network.lanes[crosser.way.to].entering;
    let on_the_way: f64 = entering.iter().flat_map(|&m| scene.traffic.queue(scene.roads.movement(m))).map(taken).sum();
    // The last vehicle there goes on at its speed until the crosser arrives.
    let way_over = scene.roads.length(scene.roads.movement(crosser.movement)) - crosser.position;
    let free = last.rear() + last.speed * travel_time(way_over, crosser.row.speed, &crosser.driver);
    (free < on_the_way + ahead_of_me + taken(crosser.row)).then_some(Hindrance::Room(last.vehicle))
}

/// Who waits inside the intersection ahead of the vehicle without leaving it a place to wait behind that is in nobody's
/// way.
fn lacks_place_inside(scene: &Scene<'_>, crosser: &Crosser<'_>) -> Option<Hindrance> {
    let last_on = |m: MovementId| scene.traffic.last(scene.roads.movement(m));
    let own = last_on(crosser.movement).map(|r| (r, f64::INFINITY));
    let parting = crosser.way.clashes.iter().filter(|c| c.meeting == Meeting::Diverge);
    let ahead = own.into_iter().chain(parting.filter_map(|c| Some((last_on(c.other)?, c.other_to))));
    let mut waiting = ahead.filter(|(r, shared)| r.rear() < *shared && (r.is(flag::BLOCKED) || r.speed < STANDING_INSIDE));
    let is_in_the_way = |front: f64| {
        let areas = crosser.way.clashes.iter().filter(|c| matches!(c.meeting, Meeting::Cross | Meeting::Merge));
        areas.into_iter().any(|c| c.from < front && c.to > front - crosser.row.length)
    };
    waiting
        .find(|(r, _)| is_in_the_way(r.rear() - scene.fleet.types[crosser.row.kind].min_gap.get()))
        .map(|(r, _)| Hindrance::Room(r.vehicle))
}

/// Who is still clearing the intersection across the way of a vehicle at the stop line, its own signal being shut by now.
///
/// Source: StVO § 11: whoever has green must not enter while others have to clear the intersection.
fn must_let_clear(scene: &Scene<'_>, crosser: &Crosser<'_>) -> Option<Hindrance> {
    let can_stop = stopping_distance(crosser.row.speed, FORESEEN_DECELERATION * 2.0) <= -crosser.position;
    let crossing = |c: &&Clash| {
        let shut = matches!(scene.lights.aspect(scene.roads.way(c.other).head), Aspect::Red | Aspect::RedAmber);
        c.meeting == Meeting::Cross && shut && can_stop
    };
    crosser.way.clashes.iter().filter(crossing).find_map(|clash| {
        let gap = Gap::of(scene, crosser, clash);
        let clearing = |o: &&Row| gap.verdict(scene, o, o.position) == Verdict::Blocked;
        scene.traffic.queue(scene.roads.movement(clash.other)).iter().find(clearing).map(|o| Hindrance::Rule(o.vehicle))
    })
}

/// To whom a vehicle at the stop line has to give way at the areas that it has to claim there.
fn must_give_way(scene: &Scene<'_>, claims: &Claims, crosser: &Crosser<'_>) -> Option<Hindrance> {
    let distance = -crosser.position;
    let committed = crosser.row.is(flag::GRANTED) && stopping_distance(crosser.row.speed, FORESEEN_DECELERATION * 2.0) > distance;
    if !crosser.way.gives_way || committed {
        return None;
    }
    gives_way_to(scene, claims, crosser, |way, c| way.waiting.is_none_or(|w| c.from < w))
}

/// For whom a vehicle stays at its waiting place; if for nobody, it takes the areas behind it.
fn stays_at_waiting_place(scene: &Scene<'_>, claims: &mut Claims, crosser: &mut Crosser<'_>, waiting: f64) -> Option<Hindrance> {
    let released = crosser.flags & flag::RELEASED != 0;
    let committed = released && stopping_distance(crosser.row.speed, EMERGENCY_DECELERATION) > waiting - crosser.position - 0.5;
    let behind = |_: &Way, c: &Clash| c.from >= waiting;
    if !committed
        && !crosser.row.is(flag::INSISTS)
        && let Some(hindrance) = gives_way_to(scene, claims, crosser, behind)
    {
        return Some(hindrance);
    }
    crosser.flags |= flag::RELEASED;
    take_claims(claims, crosser, behind);
    None
}

/// Claims the areas that a vehicle gives way at and has just been allowed to take.
fn take_claims(claims: &mut Claims, crosser: &Crosser<'_>, which: impl Fn(&Way, &Clash) -> bool) {
    let newly = |c: &&Clash| c.meeting == Meeting::Cross && c.yields && which(crosser.way, c);
    for clash in crosser.way.clashes.iter().filter(newly).filter(|c| !crosser.has_passed(c)) {
        claims.claim(clash, crosser.row.vehicle, crosser.row.length);
    }
}

/// To whom the vehicle gives way, of all the areas at which it has to.
fn gives_way_to(
    scene: &Scene<'_>,
    claims: &Claims,
    crosser: &Crosser<'_>,
    which: impl Fn(&Way, &Clash) -> bool,
) -> Option<Hindrance> {
    let rear = crosser.position - crosser.row.length;
    let relevant = |c: &&Clash| c.meeting != Meeting::Diverge && c.yields && rear < c.to && which(crosser.way, c);
    crosser.way.clashes.iter().filter(relevant).find_map(|clash| {
        claims.taker(clash, crosser.row.length).or_else(|| gap_is_cut_by(scene, crosser, clash).map(Hindrance::Rule))
    })
}

/// Who with the right of way comes while the crosser would be in the area.
fn gap_is_cut_by(scene: &Scene<'_>, crosser: &Crosser<'_>, clash: &Clash) -> Option<VehicleId> {
    let gap = Gap::of(scene, crosser, clash);
    let other_way = scene.roads.way(clash.other);
    for other in scene.traffic.queue(scene.roads.movement(clash.other)) {
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
        if other.next != Some(clash.other) || is_held_up(other) {
            continue;
        }
        let distance = length - other.position;
        let driver = scene.driver(other, scene.roads.limit(lane));
        if aspect == Aspect::Amber && stops_for_amber(scene, distance, other, &driver) {
            return None;
        }
        match gap.verdict(scene, other, -distance) {
            Verdict::Blocked => return Some(other.vehicle),
            Verdict::ClearFromHere => return None,
            Verdict::Clear => {}
        }
    }
    // On a short lane those who are about to enter it count as well.
    let entering = scene.roads.network.lanes[other_way.from].entering.iter().map(|&m| scene.roads.movement(m));
    let mut coming = entering.flat_map(|track| scene.traffic.queue(track).iter().map(move |other| (track, other)));
    let cuts = |&(track, other): &(Track, &Row)| {
        let outlook = scene.fleet.routes[other.route].legs.get(other.leg as usize + 1);
        let index = scene.roads.network.lanes[other_way.from].index as usize;
        let comes = outlook.is_some_and(|lanes| lanes[index].next == Some(clash.other));
        let position = other.position - scene.roads.length(track) - length;
        comes && gap.verdict(scene, other, position) == Verdict::Blocked
    };
    coming.find(cuts).map(|(_, other)| other.vehicle)
}

/// The gap that a vehicle needs at an area where it gives way.
struct Gap<'a> {
    clash: &'a Clash,
    crosser: &'a Crosser<'a>,
    /// Seconds until it enters the area and until it has left it.
    enter: f64,
    leave: f64,
    /// Speed limit of the other movement.
    limit: f64,
}

impl<'a> Gap<'a> {
    fn of(scene: &Scene<'_>, crosser: &'a Crosser<'a>, clash: &'a Clash) -> Self {
        let v = crosser.row.speed;
        let enter = travel_time(clash.from - crosser.position, v, &crosser.driver);
        let body = if clash.meeting == Meeting::Merge { 0.0 } else { crosser.row.length };
        let leave = travel_time(clash.to - crosser.position + body, v, &crosser.driver);
        Self { clash, crosser, enter, leave, limit: scene.roads.limit(scene.roads.movement(clash.other)) }
    }

    /// What a vehicle means whose front bumper is at `position` from its stop line.
    fn verdict(&self, scene: &Scene<'_>, other: &Row, position: f64) -> Verdict {
        let Self { clash, crosser, .. } = *self;
        if position - other.length >= clash.other_to {
            return Verdict::Clear;
        }
        let driver = scene.driver(other, self.limit.max(other.speed));
        let arrives = travel_time(clash.other_from - position, other.speed, &driver);
        let gone = travel_time(clash.other_to - position + other.length, other.speed, &driver);
        // After a merge the other must not have to brake hard for a vehicle that is still slow.
        let merges = clash.meeting == Meeting::Merge;
        let catch_up =
            if merges { ((other.speed - crosser.driver.v0) / (2.0 * driver.b)).max(0.0) + 0.5 * driver.t } else { 0.0 };
        let comfortable = stopping_distance(other.speed, FORESEEN_DECELERATION) < clash.other_from - position;
        if arrives > self.leave + GAP_MARGIN + catch_up || (crosser.row.waited >= IMPATIENCE && comfortable) {
            Verdict::ClearFromHere
        } else if position > clash.other_from && gone + GAP_MARGIN < self.enter {
            Verdict::Clear
        } else {
            Verdict::Blocked
        }
    }
}

/// Whether a vehicle that might go does not: it must wait itself, or stands behind something else. A queue that has just
/// been given green is not held up.
fn is_held_up(other: &Row) -> bool {
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

/// The vehicle ahead that has left the same lane for another movement, while it is still close.
fn parting(scene: &Scene<'_>, crosser: &Crosser<'_>, clash: &Clash) -> Option<(Leader, Hindrance)> {
    if crosser.position >= clash.to {
        return None;
    }
    let track = scene.roads.movement(clash.other);
    let on_it = scene.traffic.queue(track).iter().rev().find(|o| o.position > crosser.position);
    let on_it = on_it.map(|o| (o.rear(), o.speed, o.vehicle));
    // The front may have gone on to the next lane, and the rear still be here.
    let tail = || scene.tails.on(track).filter(|t| t.rear > crosser.position - crosser.row.length);
    let (rear, speed, vehicle) = on_it.or_else(|| tail().map(|t| (t.rear, t.speed, t.vehicle)))?;
    (rear < clash.other_to).then_some((Leader { gap: rear - crosser.position, speed }, Hindrance::Body(vehicle)))
}

/// The vehicle to follow where ways merge: of those nearer to the end, the last.
fn merging(scene: &Scene<'_>, crosser: &Crosser<'_>, clash: &Clash) -> Option<(Leader, Hindrance)> {
    let to_end = scene.roads.length(scene.roads.movement(crosser.movement)) - crosser.position;
    let other_track = scene.roads.movement(clash.other);
    let other_length = scene.roads.length(other_track);
    let is_in = |o: &Row| o.position >= clash.other_from + EDGE;
    let i_am_in = crosser.position >= clash.from + EDGE;
    let is_ahead = |o: &&Row| {
        if is_in(o) != i_am_in {
            return is_in(o);
        }
        // Whoever gives way and stands at the edge of the area lets those pass who have the right of way.
        let lets_pass = (clash.precedes && is_held_up(o)) || crosser.row.is(flag::INSISTS);
        let rest = other_length - o.position;
        (!lets_pass || is_in(o)) && (rest < to_end || (rest == to_end && o.vehicle < crosser.row.vehicle))
    };
    let last = scene.traffic.queue(other_track).iter().rev().find(is_ahead)?;
    let hindrance = if is_in(last) { Hindrance::Body(last.vehicle) } else { Hindrance::Rule(last.vehicle) };
    let gap = to_end - (other_length - last.position) - last.length;
    let leader = if gap >= 0.0 {
        Leader { gap, speed: last.speed }
    } else {
        Leader { gap: (clash.from - crosser.position).max(0.0), speed: 0.0 }
    };
    Some((leader, hindrance))
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
            let hindrance = Hindrance::Rule(row.vehicle);
            perception.see(target, Ahead { row: behind as u32, leader, slack: 0.0, courtesy: true, hindrance });
        }
    }
}
