//! Changing lanes: because the way demands it, or because it is faster there.
//!
//! Source: Kesting, Treiber, Helbing, "General lane-changing model MOBIL", TRR 1999 (2007) 86. Mandatory changes have
//! a bias that grows as the place where the lane must be left comes nearer.

use crate::emergency::{comes_behind, makes_room};
use crate::following::{Driver, Leader};
use crate::measure::STANDING;
use crate::perceive::Scene;
use crate::roads::{Neighbours, Track};
use crate::sides::{on_other_side, rearmost};
use crate::traffic::{Row, flag};
use crate::works::goes_to_barrier;
use model::id::LaneId;

/// Politeness: how much the disadvantage of others counts. MOBIL: 0.1 to 0.3.
const POLITENESS: f64 = 0.2;
/// A change must gain this much, in m/s². MOBIL: 0.1 to 0.2.
const THRESHOLD: f64 = 0.2;
/// Nobody behind may be made to brake harder, in m/s². MOBIL: 4.
const SAFE_DECELERATION: f64 = 4.0;
/// Distance from the place where a lane must be left at which a driver begins to ask, in metres and seconds.
const URGENT_DISTANCE: f64 = 40.0;
const URGENT_TIME: f64 = 8.0;
/// Distance from there at which a driver begins to look for a gap, in metres, per lane to cross.
const LOOK_DISTANCE: f64 = 250.0;
/// Least gap ahead and behind after a change, in metres.
pub(crate) const LEAST_GAP: f64 = 0.5;
/// Added to the gap behind a vehicle whose front has left the lane: its rear may lie askew, as it turns. In metres.
const SWING: f64 = 1.0;
/// Shortest time between two changes for speed, in seconds.
const REST: u8 = 5;

/// A wish to change lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Change {
    /// Stay.
    #[default]
    None,
    /// To the left.
    Left,
    /// To the right.
    Right,
}

/// What a driver wishes, and whether they ask to be let in.
pub(crate) fn wish(
    scene: &Scene<'_>,
    track: Track,
    row_index: usize,
    row: &Row,
    driver: &Driver,
    acceleration: f64,
    second: bool,
) -> (Change, u8) {
    let Neighbours { left, right } = scene.roads.neighbours(track);
    if (left.is_none() && right.is_none()) || scene.fleet.types[row.kind].class.is_on_rails() {
        return (Change::None, 0);
    }
    let (own, farther) = (f64::from(row.onward.reach), row.onward.shift);
    let rest = own - row.position;
    if farther != 0 {
        let lanes_to_cross = f64::from(farther.abs());
        if rest < LOOK_DISTANCE * lanes_to_cross {
            if goes_to_barrier(scene, track, row) {
                return (Change::None, 0);
            }
            let (change, asks) = if farther > 0 { (Change::Left, flag::ASKS_LEFT) } else { (Change::Right, flag::ASKS_RIGHT) };
            let urgent = rest < (URGENT_DISTANCE + URGENT_TIME * row.speed) * lanes_to_cross;
            return (change, if urgent { asks } else { 0 });
        }
    }
    if let Some(change) = makes_room(scene, track, row, LOOK_DISTANCE) {
        return (change, 0);
    }
    // Changes for speed are weighed once a second, and neither close to a stop line nor by those who stand.
    let weighs = second && row.since_change >= REST && row_index > 0 && row.speed >= STANDING;
    if !weighs || rest < 30.0 {
        return (Change::None, 0);
    }
    // Nobody gains more than with nobody ahead.
    if driver.incentive(row.speed, None, scene.dt) - acceleration <= THRESHOLD {
        return (Change::None, 0);
    }
    let gain = |reach: f32, target: LaneId| {
        if f64::from(reach) + 1.0 < own.min(row.position + LOOK_DISTANCE) {
            return None;
        }
        let to = scene.roads.lane(target);
        if comes_behind(scene, to, row.position) {
            return None;
        }
        let moved = Row { position: scene.roads.beside(track, to, row.position), ..*row };
        let place = Place::beside(scene, target, &moved, row_index);
        incentive(scene, (target, &place), &moved, driver, acceleration)
    };
    let left = left.and_then(|target| gain(row.onward.left, target));
    let right = right.and_then(|target| gain(row.onward.right, target));
    match (left, right) {
        (Some(l), r) if l > THRESHOLD && r.is_none_or(|r| l >= r) => (Change::Left, 0),
        (_, Some(r)) if r > THRESHOLD => (Change::Right, 0),
        _ => (Change::None, 0),
    }
}

/// The gain of a change: the own acceleration, less what it costs the new follower. `None` when it is not safe.
fn incentive(
    scene: &Scene<'_>,
    (target, place): (LaneId, &Place<'_>),
    row: &Row,
    driver: &Driver,
    acceleration: f64,
) -> Option<f64> {
    if !place.is_safe(scene, row, driver, SAFE_DECELERATION) {
        return None;
    }
    let own = driver.incentive(row.speed, place.leader, scene.dt);
    let cost = place.follower.map_or(0.0, |(f, gap)| {
        let other = scene.driver(f, scene.limit(scene.roads.lane(target)));
        let before = place.leader.map(|l| Leader { gap: l.gap + gap + row.length, ..l });
        other.incentive(f.speed, before, scene.dt) - other.incentive(f.speed, Some(Leader { gap, speed: row.speed }), scene.dt)
    });
    Some(own - acceleration - POLITENESS * cost.max(0.0))
}

/// The place beside a vehicle on another lane.
struct Place<'a> {
    leader: Option<Leader>,
    /// The follower, and the gap behind.
    follower: Option<(&'a Row, f64)>,
    /// The first on the other side of the lane behind that.
    beside: Option<(&'a Row, f64)>,
    free: bool,
}

/// The rear of whoever has just left a lane, right behind its stop line.
fn just_left(scene: &Scene<'_>, lane: LaneId, row: &Row) -> Option<Leader> {
    let last = scene.roads.leaving(lane).iter().filter_map(|&track| scene.traffic.last(track)).filter(|r| r.rear() < SWING);
    let last = last.min_by(|a, b| a.rear().total_cmp(&b.rear()))?;
    let line = scene.roads.length(scene.roads.lane(lane));
    Some(Leader { gap: line + last.rear() - SWING - row.position, speed: last.speed })
}

impl<'a> Place<'a> {
    /// The place is looked for from the row on with the index `near`.
    fn beside(scene: &Scene<'a>, target: LaneId, row: &Row, near: usize) -> Self {
        let track = scene.roads.lane(target);
        let queue = scene.traffic.queue(track);
        let (front, back) = queue.split_at(near.min(queue.len()));
        let nearer = front.iter().rev().take_while(|o| o.position <= row.position).count();
        let farther = || back.iter().take_while(|o| o.position > row.position).count();
        let behind = if nearer > 0 { front.len() - nearer } else { front.len() + farther() };
        let ahead = rearmost(scene.fleet, &queue[..behind]).map(|o| Leader { gap: o.rear() - row.position, speed: o.speed });
        let tail = || scene.tails.on(track).map(|t| Leader { gap: t.rear - SWING - row.position, speed: t.speed });
        let tail = || tail().or_else(|| just_left(scene, target, row));
        let follower = queue.get(behind).map(|f| (f, row.rear() - f.position));
        let beside = follower.and_then(|(f, _)| on_other_side(scene.fleet, &queue[behind..], f));
        let beside = beside.map(|f| (f, row.rear() - f.position));
        // Vehicles about to enter the lane follow too.
        let entering = || {
            let m = scene.roads.network.lanes[target].entering.iter();
            m.filter_map(|&m| {
                let track = scene.roads.movement(m);
                let first = scene.traffic.queue(track).first()?;
                Some((first, row.rear() + scene.roads.length(track) - first.position))
            })
            .min_by(|a, b| a.1.total_cmp(&b.1))
        };
        // Where there are cyclists the rear of one that has crossed the line may be beside whoever has not.
        let nearer = |a: Leader, t: Leader| if t.gap < a.gap { t } else { a };
        let both = || Some(nearer(ahead?, tail()?));
        let leader = if scene.fleet.cycles { both() } else { None }.or(ahead).or_else(tail);
        let follower = follower.or_else(entering);
        let is_behind = |f: (&Row, f64)| f.1 > LEAST_GAP;
        let free = leader.is_none_or(|l| l.gap > LEAST_GAP) && follower.is_none_or(is_behind) && row.rear() >= 0.0;
        let free = free && beside.is_none_or(is_behind);
        Self { leader, follower, beside, free }
    }

    /// Whether neither the vehicle nor its new follower has to brake harder than `limit`, and both could still stop.
    fn is_safe(&self, scene: &Scene<'_>, row: &Row, driver: &Driver, limit: f64) -> bool {
        let bearable = |d: &Driver, v: f64, l: Leader| {
            // Whoever stands need not brake, however small the gap.
            d.incentive(v, Some(l), scene.dt).max(-v) >= -limit.min(0.75 * d.hardest)
                && d.bound(v, l.apart(), d.moment(scene.dt)) >= -0.6 * d.hardest
        };
        self.free
            && self.leader.is_none_or(|l| bearable(driver, row.speed, l))
            && self.follower.into_iter().chain(self.beside).all(|(f, gap)| {
                let other = scene.driver(f, driver.v0);
                bearable(&other, f.speed, Leader { gap, speed: row.speed })
            })
    }
}

/// Whether a change can be carried out now, where the traffic stands after the step.
pub(crate) fn can_change(scene: &Scene<'_>, target: LaneId, row: &Row, driver: &Driver, to_line: f64, urgent: bool) -> bool {
    // Whoever can no longer stop at the line of the new lane stays where they are.
    if !driver.can_stop(row.speed, to_line - 1.0, driver.hardest / 2.0, scene.dt) && row.speed > 0.5 {
        return false;
    }
    let limit = if urgent { 6.0 } else { SAFE_DECELERATION };
    let near = scene.traffic.queue(scene.roads.lane(target)).partition_point(|o| o.position > row.position);
    Place::beside(scene, target, row, near).is_safe(scene, row, driver, limit)
}
