//! Emergency vehicles on duty: they announce themselves, the others let them pass, and they go on at red once all do.
//!
//! Whoever is the next to reach a stop line, or on an intersection, makes an advance claim on every movement that its own
//! meets. Nobody who can still stop crosses the line of such a movement, or leaves the waiting place before the emergency
//! vehicle's way. At red the emergency vehicle slows down to [`RED_SPEED`] and goes on only when everybody on the movements
//! that it meets has passed, and everybody before them stays: what it counts on is what holds the others in the same step.
//! Vehicles ahead of it in its lane move aside where another lane leads on.
//!
//! Source: StVO § 35 (1), (8): the rules are waived, due regard to public safety is not; § 38 (1): everybody else makes
//! room at once. People on foot walk on, and the emergency vehicle stops for them.

use crate::claims::{Claims, Foresight};
use crate::decide::horizon;
use crate::fleet::Fleet;
use crate::following::stopping_distance;
use crate::lanes::Change;
use crate::perceive::{Crosser, Hindrance, Scene, closed_by_signal};
use crate::right_of_way::anybody_upstream;
use crate::roads::{Clash, Kind, Track};
use crate::traffic::{Row, flag};
use bevy_ecs::resource::Resource;
use model::id::{Id, MovementId, VehicleId};
use model::network::{Meeting, SignalHead};
use model::signal::Aspect;
use model::vehicle::VehicleClass;
use serde::{Deserialize, Serialize};

/// Speed at which a stop line is crossed at red, in m/s: 20 km/h, from which a car stops within 4 m. Assumed.
const RED_SPEED: f64 = 20.0 / 3.6;

/// It is let go at red once it is no faster than this, in m/s.
const SLOWED: f64 = RED_SPEED + 0.5;

/// From how far ahead an emergency vehicle others leave its lane, in metres. Assumed: where the horn is heard.
const HEARD: f64 = 80.0;

/// After standing so long at a place where it might go, an emergency vehicle lets the others go on, in seconds: the way
/// beyond is full, and they may be what fills it.
const GIVES_UP: u8 = 10;

/// What emergency vehicles have done; saved only where there are any.
#[derive(Debug, Clone, Copy, Default, Resource, Serialize, Deserialize)]
pub(crate) struct Duty {
    /// Stop lines that they crossed on red.
    pub(crate) red_passages: u64,
}

/// Who of several goes first: who has come farthest, then who is nearest.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
struct Rank {
    /// 0 on the intersection, 1 let go, 2 on the way to it.
    stage: u8,
    distance: f64,
    vehicle: VehicleId,
}

/// An emergency vehicle's claim in advance.
#[derive(Debug, Clone, Copy)]
struct Notice {
    rank: Rank,
    /// Where it goes.
    movement: MovementId,
}

/// The claims in advance of a step.
#[derive(Debug, Default)]
pub(crate) struct Advance {
    notices: Vec<Notice>,
    /// By movement: the first of those that come across; empty where there are none on duty.
    against: Vec<Option<Notice>>,
    /// The movements of which there is one.
    crossed: Vec<MovementId>,
}

impl Advance {
    /// Takes down who comes.
    pub(crate) fn refresh(&mut self, scene: &Scene<'_>) {
        if !scene.fleet.on_duty {
            return;
        }
        self.notices.clear();
        for movement in self.crossed.drain(..) {
            self.against[movement.index()] = None;
        }
        self.against.resize(scene.roads.ways.len(), None);
        for &track in &scene.traffic.active {
            match scene.roads.kind(track) {
                Kind::Movement(m) => {
                    for row in scene.traffic.queue(track) {
                        self.announce(scene, row, m, row.position);
                    }
                }
                Kind::Lane(_) => {
                    let queue = scene.traffic.queue(track);
                    let free = queue.iter().take_while(|r| r.is(flag::GRANTED)).count();
                    for row in &queue[..queue.len().min(free + 1)] {
                        let Some(m) = row.next else { break };
                        self.announce(scene, row, m, row.position - scene.roads.length(track));
                    }
                }
            }
        }
    }

    fn announce(&mut self, scene: &Scene<'_>, row: &Row, movement: MovementId, position: f64) {
        if !is_on_duty(scene.fleet, row) || row.waited >= GIVES_UP {
            return;
        }
        let crosser = scene.crosser(row, movement, position, row.flags);
        if position < -horizon(row, &crosser.driver) {
            return;
        }
        let stage = if position >= 0.0 { 0 } else { 2 - u8::from(row.is(flag::GRANTED)) };
        let notice = Notice { rank: Rank { stage, distance: position.abs(), vehicle: row.vehicle }, movement };
        self.notices.push(notice);
        for clash in crosser.way.clashes.iter().filter(|c| c.meeting != Meeting::Diverge && !crosser.has_passed(c)) {
            let first = &mut self.against[clash.other.index()];
            if first.is_none_or(|f| notice.rank < f.rank) {
                *first = Some(notice);
                self.crossed.push(clash.other);
            }
        }
    }

    fn own(&self, vehicle: VehicleId) -> Option<Notice> {
        self.notices.iter().find(|n| n.rank.vehicle == vehicle).copied()
    }

    /// Who comes across a movement and goes before a vehicle on the way to it.
    fn before(&self, movement: MovementId, row: &Row) -> Option<Notice> {
        let notice = self.against.get(movement.index()).copied().flatten()?;
        let goes_first = self.own(row.vehicle).is_some_and(|own| own.rank < notice.rank);
        (!goes_first && !row.is(flag::INSISTS)).then_some(notice)
    }
}

/// Whether a row is an emergency vehicle on duty.
pub(crate) fn is_on_duty(fleet: &Fleet, row: &Row) -> bool {
    fleet.on_duty && fleet.types[row.kind].class == VehicleClass::Emergency
}

/// For whom a vehicle on a lane has to be ready to stop at the line of a movement.
pub(crate) fn shuts(foresight: Foresight<'_>, movement: MovementId, row: &Row) -> bool {
    foresight.advance.before(movement, row).is_some()
}

/// Whether a vehicle stops within a distance: firmly when it has been let go, as hard as it can when it has been stopping
/// anyway. Being held back once, it is held back from then on.
fn can_stay(scene: &Scene<'_>, row: &Row, distance: f64, let_go: u8) -> bool {
    let driver = scene.driver(row, f64::INFINITY);
    let limit = if row.is(let_go) { driver.firm() } else { driver.hardest };
    driver.can_stop(row.speed, distance + 1e-9, limit, scene.dt)
}

/// Whom a vehicle before its stop line lets pass.
fn held_before_line(scene: &Scene<'_>, advance: &Advance, movement: MovementId, row: &Row, distance: f64) -> Option<VehicleId> {
    let notice = advance.before(movement, row)?;
    can_stay(scene, row, distance, flag::GRANTED).then_some(notice.rank.vehicle)
}

/// The emergency vehicle that a vehicle lets pass at its stop line.
pub(crate) fn lets_pass(scene: &Scene<'_>, claims: &Claims<'_>, crosser: &Crosser<'_>) -> Option<Hindrance> {
    held_before_line(scene, claims.foresight.advance, crosser.movement, crosser.row, -crosser.position).map(Hindrance::Rule)
}

/// The emergency vehicle that a vehicle lets pass at its waiting place.
pub(crate) fn lets_pass_inside(scene: &Scene<'_>, claims: &Claims<'_>, crosser: &Crosser<'_>, waiting: f64) -> Option<Hindrance> {
    let notice = claims.foresight.advance.before(crosser.movement, crosser.row)?;
    let is_behind = crosser.way.clashes.iter().any(|c| c.other == notice.movement && c.from >= waiting);
    let stays = is_behind && can_stay(scene, crosser.row, waiting - crosser.position, flag::RELEASED);
    stays.then_some(Hindrance::Rule(notice.rank.vehicle))
}

/// What keeps a vehicle at a stop line that its signal closes, and what it has decided there; `None` for an emergency
/// vehicle that everybody lets pass.
pub(crate) fn stays_at_red(scene: &Scene<'_>, claims: &Claims<'_>, crosser: &Crosser<'_>) -> Option<(Hindrance, u8)> {
    if !is_on_duty(scene.fleet, crosser.row) || claims.foresight.advance.own(crosser.row.vehicle).is_none() {
        return Some((Hindrance::Line, 0));
    }
    let committed = stopping_distance(crosser.row.speed, crosser.driver.firm()) > -crosser.position;
    if crosser.row.is(flag::GRANTED) && committed {
        return None;
    }
    if crosser.row.speed > SLOWED {
        return Some((Hindrance::Line, 0));
    }
    in_the_way(scene, claims, crosser).map(|who| (Hindrance::Rule(who), flag::BLOCKED))
}

/// Whether a vehicle is an emergency vehicle that everybody lets pass.
pub(crate) fn goes_first(scene: &Scene<'_>, claims: &Claims<'_>, crosser: &Crosser<'_>) -> bool {
    is_on_duty(scene.fleet, crosser.row)
        && claims.foresight.advance.own(crosser.row.vehicle).is_some()
        && in_the_way(scene, claims, crosser).is_none()
}

/// Who does not let an emergency vehicle pass: is on a movement that it meets, or will be.
fn in_the_way(scene: &Scene<'_>, claims: &Claims<'_>, crosser: &Crosser<'_>) -> Option<VehicleId> {
    let met = crosser.way.clashes.iter().filter(|c| c.meeting != Meeting::Diverge && !crosser.has_passed(c));
    met.into_iter().find_map(|clash| {
        on_it(scene, claims.foresight.advance, crosser, clash).or_else(|| before_it(scene, claims.foresight.advance, clash))
    })
}

/// Who is on a movement and has not passed the area yet, those aside that wait inside for the emergency vehicle.
fn on_it(scene: &Scene<'_>, advance: &Advance, crosser: &Crosser<'_>, clash: &Clash) -> Option<VehicleId> {
    let track = clash.other_track;
    let waiting = scene.roads.way(clash.other).waiting.filter(|w| clash.other_from >= *w);
    let waits = |o: &Row| {
        let notice = advance.before(clash.other, o).filter(|n| n.movement == crosser.movement);
        waiting.is_some_and(|w| notice.is_some() && o.position < w && can_stay(scene, o, w - o.position, flag::RELEASED))
    };
    let is_in = |o: &&Row| o.vehicle != crosser.row.vehicle && o.rear() < clash.other_to && !waits(o);
    let row = scene.traffic.queue(track).iter().find(is_in).map(|o| o.vehicle);
    row.or_else(|| scene.tails.on(track).filter(|t| t.rear < clash.other_to).map(|t| t.vehicle))
}

/// Who is going to enter a movement although an emergency vehicle comes.
fn before_it(scene: &Scene<'_>, advance: &Advance, clash: &Clash) -> Option<VehicleId> {
    let way = scene.roads.way(clash.other);
    let lane = scene.roads.lane(way.from);
    let length = scene.roads.length(lane);
    let stays = |o: &&Row| {
        let distance = length - o.position;
        let shut = || is_shut(scene, way.head, distance, o, lane);
        held_before_line(scene, advance, clash.other, o, distance).is_some() || shut()
    };
    let coming = scene.traffic.queue(lane).iter().filter(|o| o.next == Some(clash.other));
    let row = coming.into_iter().find(|o| !stays(o)).map(|o| o.vehicle);
    row.or_else(|| anybody_upstream(scene, clash.other, |o, distance| !can_stay(scene, o, distance, 0)))
}

fn is_shut(scene: &Scene<'_>, head: Option<SignalHead>, distance: f64, row: &Row, lane: Track) -> bool {
    let driver = scene.driver(row, scene.limit(lane));
    !is_on_duty(scene.fleet, row) && closed_by_signal(scene, head, distance, row, &driver)
}

/// The speed that an emergency vehicle slows down to before a stop line at red; infinite for everybody else.
pub(crate) fn red_speed(scene: &Scene<'_>, row: &Row, movement: MovementId) -> f64 {
    let is_red = || matches!(scene.lights.aspect(scene.roads.way(movement).head), Aspect::Red | Aspect::RedAmber);
    if is_on_duty(scene.fleet, row) && is_red() { RED_SPEED } else { f64::INFINITY }
}

/// Whether an emergency vehicle comes from behind a position on a lane and is heard there.
pub(crate) fn comes_behind(scene: &Scene<'_>, track: Track, position: f64) -> bool {
    let queue = || scene.traffic.queue(track).iter();
    let heard = |r: &&Row| r.position < position && position - r.position < HEARD;
    scene.fleet.on_duty && queue().filter(heard).any(|r| is_on_duty(scene.fleet, r))
}

/// How a driver makes room for an emergency vehicle behind: to the right where that lane leads on, else to the left.
pub(crate) fn makes_room(scene: &Scene<'_>, track: Track, row: &Row, look: f64) -> Option<Change> {
    if !comes_behind(scene, track, row.position) || is_on_duty(scene.fleet, row) {
        return None;
    }
    let needed = f64::from(row.onward.reach).min(row.position + look);
    let leads_on = |reach: f32| f64::from(reach) + 1.0 >= needed;
    match () {
        () if leads_on(row.onward.right) => Some(Change::Right),
        () if leads_on(row.onward.left) => Some(Change::Left),
        () => None,
    }
}
