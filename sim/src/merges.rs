//! Where ways merge: whom a vehicle follows there, and who goes first.

use crate::claims::STANDING_INSIDE;
use crate::following::{Driver, Leader, stopping_distance};
use crate::perceive::{Crosser, Hindrance, Scene};
use crate::right_of_way::is_held_up;
use crate::roads::{Clash, Track};
use crate::traffic::{Row, flag};
use crate::zip::{goes_in_turn, is_taper};
use model::id::VehicleId;

/// How far into a merging area a vehicle that gives way may stand without being in it, in metres.
const EDGE: f64 = 1.0;

/// Nobody starts into a merging area before one that will be there so soon, in seconds.
const PASSING_TIME: f64 = 1.5;

/// The vehicle to follow where ways merge, of those nearer to the end the last, and whether that is courtesy only.
pub(crate) fn merging(scene: &Scene<'_>, crosser: &Crosser<'_>, clash: &Clash) -> Option<(Leader, Hindrance, f64, bool)> {
    let merge = Merge::new(scene, crosser, clash);
    let first = merge.first()?;
    let hindrance = if first.is_in { Hindrance::Body(first.vehicle) } else { Hindrance::Rule(first.vehicle) };
    let beside = Leader { gap: merge.to_end - (merge.other_length - first.rear) - clash.swing, speed: first.speed };
    let (leader, courtesy) = merge.place(beside);
    let pace = if leader == beside { first.pace } else { 0.0 };
    Some((leader, hindrance, pace, courtesy))
}

/// The rear end of a vehicle whose front has gone on from the other movement to the lane where both end.
pub(crate) fn merged(scene: &Scene<'_>, crosser: &Crosser<'_>, clash: &Clash) -> Option<((Leader, Hindrance), f64)> {
    let other_track = clash.other_track;
    let tail = scene.tails.on(other_track)?;
    let to_end = scene.roads.length(scene.roads.movement(crosser.movement)) - crosser.position;
    let gap = to_end - (scene.roads.length(other_track) - tail.rear) - clash.swing;
    let leader = Leader { gap: gap.max(clash.from - crosser.position).max(0.0), speed: if gap < 0.0 { 0.0 } else { tail.speed } };
    Some(((leader, Hindrance::Body(tail.vehicle)), tail.acceleration))
}

/// Two ways that merge, seen from one of them.
struct Merge<'a> {
    scene: &'a Scene<'a>,
    crosser: &'a Crosser<'a>,
    clash: &'a Clash,
    /// Front bumper from the end of its movement.
    to_end: f64,
    other: Track,
    other_length: f64,
}

/// The vehicle on the other way behind which the crosser goes.
struct First {
    /// Rear bumper, from the stop line of its movement.
    rear: f64,
    speed: f64,
    /// Its acceleration over the last step.
    pace: f64,
    vehicle: VehicleId,
    /// Whether it is in the area.
    is_in: bool,
}

impl<'a> Merge<'a> {
    fn new(scene: &'a Scene<'a>, crosser: &'a Crosser<'a>, clash: &'a Clash) -> Self {
        let to_end = scene.roads.length(scene.roads.movement(crosser.movement)) - crosser.position;
        let other = clash.other_track;
        Self { scene, crosser, clash, to_end, other, other_length: scene.roads.length(other) }
    }

    fn is_in(&self, other: &Row) -> bool {
        other.position >= self.clash.other_from + EDGE
    }

    fn crosser_is_in(&self) -> bool {
        self.crosser.position >= self.clash.from + EDGE
    }

    /// Behind whom the crosser goes, if behind anybody.
    fn first(&self) -> Option<First> {
        let on_it = || self.scene.traffic.queue(self.other).iter().rev().find(|o| self.goes_first(o)).map(|o| (o, o.position));
        let (row, position) = self.about_to_merge().or_else(on_it)?;
        let is_in = position >= 0.0 && self.is_in(row);
        Some(First { rear: position - row.length, speed: row.speed, pace: row.acceleration, vehicle: row.vehicle, is_in })
    }

    /// However the rule is: whoever can no longer fall back goes first, where the other still can.
    fn goes_first(&self, other: &Row) -> bool {
        if self.is_in(other) || self.crosser_is_in() {
            return self.is_ahead(other);
        }
        let Self { scene, crosser, clash, .. } = *self;
        let me = Merger { row: crosser.row, driver: &crosser.driver, rest: self.to_end, edge: clash.from - crosser.position };
        let driver = scene.driver(other, scene.limit(self.other));
        let (rest, edge) = (self.other_length - other.position, clash.other_from - other.position);
        let it = Merger { row: other, driver: &driver, rest, edge };
        let (i_can, it_can) = (me.falls_back_behind(&it, scene.dt), it.falls_back_behind(&me, scene.dt));
        if i_can == it_can { self.is_ahead(other) } else { i_can }
    }

    fn is_ahead(&self, other: &Row) -> bool {
        let Self { crosser, clash, .. } = *self;
        if self.is_in(other) != self.crosser_is_in() {
            return self.is_in(other);
        }
        // Whoever gives way and stands at the edge of the area lets those pass who have the right of way, to the end.
        let passes_me = clash.yields && is_held_up(crosser.row) && !is_held_up(other);
        if passes_me && other.position > clash.other_from - PASSING_TIME * other.speed {
            return true;
        }
        let insists = crosser.row.is(flag::INSISTS);
        if other.is(flag::INSISTS) && !insists {
            return true;
        }
        let lets_pass = (clash.precedes && is_held_up(other)) || insists;
        (!lets_pass || self.is_in(other)) && self.is_nearer(other, self.other_length - other.position)
    }

    fn is_nearer(&self, other: &Row, rest: f64) -> bool {
        rest < self.to_end || (rest == self.to_end && other.vehicle < self.crosser.row.vehicle)
    }

    /// Where nobody has to give way, or lanes of one link become one: of those who have been let go before the stop line of
    /// the other movement and are nearer to the end, the last, with its position from that line. It is too late to fall back
    /// once both are on their way.
    fn about_to_merge(&self) -> Option<(&'a Row, f64)> {
        let Self { scene, crosser, clash, .. } = *self;
        // At a taper both are fast: whoever has the right of way, too, has to see who has found a gap before it.
        let sees = !clash.yields && (!clash.precedes || is_taper(scene, crosser, clash));
        let settled = !sees && !goes_in_turn(scene, crosser, clash);
        if settled || crosser.row.is(flag::INSISTS) || self.crosser_is_in() {
            return None;
        }
        let lane = scene.roads.lane(scene.roads.way(clash.other).from);
        let length = scene.roads.length(lane);
        let let_go = scene.traffic.queue(lane).iter().take_while(|o| o.is(flag::GRANTED));
        let comes = |o: &&Row| {
            let nearer = self.is_nearer(o, self.other_length + length - o.position);
            o.next == Some(clash.other) && nearer && !is_held_up(o)
        };
        let_go.filter(comes).last().map(|o| (o, o.position - length))
    }

    /// What the crosser follows, the other beside it or the edge of the area, and whether out of courtesy only.
    fn place(&self, beside: Leader) -> (Leader, bool) {
        let Self { scene, crosser, clash, .. } = *self;
        let edge = Leader { gap: clash.from - crosser.position, speed: 0.0 };
        // As long as there is room to stop firmly before the area nobody brakes hard for a gap, or stands for it further away.
        let (v, driver) = (crosser.row.speed, &crosser.driver);
        let next = v + driver.a * scene.dt;
        if edge.gap > stopping_distance(next, driver.firm()) + next * scene.dt {
            let rolls = v > STANDING_INSIDE;
            let freer = rolls || driver.follow(v, Some(beside), scene.dt) > driver.follow(v, Some(edge), scene.dt);
            return (if freer { beside } else { edge }, rolls);
        }
        let behind = |leader: Leader| driver.can_stay_behind(v, leader, scene.dt);
        let fits = beside.gap >= 0.0 && (behind(beside.apart()) || !behind(edge));
        (if fits { beside } else { Leader { gap: edge.gap.max(0.0), speed: 0.0 } }, false)
    }
}

/// A vehicle on its way to where ways merge.
struct Merger<'a> {
    row: &'a Row,
    driver: &'a Driver,
    /// Front bumper from the end of the movement, and from the area.
    rest: f64,
    edge: f64,
}

impl Merger<'_> {
    /// Whether it can still let another go first: behind it, or before the area.
    fn falls_back_behind(&self, other: &Self, dt: f64) -> bool {
        let stays = |leader: Leader| self.driver.can_stay_behind(self.row.speed, leader, dt);
        let beside = Leader { gap: self.rest - other.rest - other.row.length, speed: other.row.speed };
        stays(Leader { gap: self.edge, speed: 0.0 }) || (beside.gap >= 0.0 && stays(beside.apart()))
    }
}
