//! Right of way, and where those who yield wait.

use super::curve::{at_once, end_pose, speed_kmh, start_pose};
use super::draft::{Draft, Movement, PlaceKind};
use model::geometry::{Pose, turn_angle};
use model::network::{Turn, conflict_stretches};
use std::collections::BTreeMap;

/// Approaches that face each other by more than this are opposite, in radians.
const OPPOSITE: f64 = 2.2;

/// The least distance inside an intersection that is worth waiting at, in metres.
const WORTH_WAITING: f64 = 5.0;

/// Where a waiting vehicle stands before the conflict, in metres.
const BEFORE_CONFLICT: f64 = 1.0;

/// Settles every pair of movements that come too close.
pub(super) fn settle(draft: &mut Draft) {
    let mut at: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (id, m) in draft.movements.iter().enumerate() {
        at.entry(m.place).or_default().push(id);
    }
    for (place, movements) in at {
        let ranks = ranks(draft, place);
        let equal = ranks.values().collect::<std::collections::BTreeSet<_>>().len() <= 1;
        draft.places[place].right_before_left =
            draft.places[place].kind == PlaceKind::Plain && equal && ranks.values().all(|&r| r <= 4);
        turn_before_each_other(draft, &movements);
        let mut waits: BTreeMap<usize, f64> = BTreeMap::new();
        for (i, &a) in movements.iter().enumerate() {
            for &b in &movements[i + 1..] {
                let (ma, mb) = (&draft.movements[a], &draft.movements[b]);
                if ma.from == mb.from || (ma.from.0 == mb.from.0 && ma.to.0 == mb.to.0 && ma.to != mb.to) {
                    continue;
                }
                let Some([sa, sb]) = conflict_stretches(&ma.shape, &mb.shape) else { continue };
                match yields(draft, &ranks, ma, mb) {
                    Some(true) => give(draft, &mut waits, a, b, sa.0.get()),
                    Some(false) => give(draft, &mut waits, b, a, sb.0.get()),
                    None => {}
                }
            }
        }
        for (id, from) in waits {
            let m = &mut draft.movements[id];
            let wait = from - BEFORE_CONFLICT;
            let turns = matches!(m.turn, Turn::Left | Turn::UTurn);
            m.waiting = (turns && wait >= WORTH_WAITING && wait < m.shape.length().get() - 0.5).then_some(wait);
        }
    }
}

/// Where left turns from opposite approaches cross each other, but would not if both turned at once, they do: on wide
/// intersections, as between carriageways that lie far apart. Source: StVO § 9 (4).
fn turn_before_each_other(draft: &mut Draft, movements: &[usize]) {
    let lefts: Vec<usize> = movements.iter().copied().filter(|&m| draft.movements[m].turn == Turn::Left).collect();
    for (i, &a) in lefts.iter().enumerate() {
        for &b in &lefts[i + 1..] {
            let (ma, mb) = (&draft.movements[a], &draft.movements[b]);
            let between = turn_angle(arrival(draft, ma).heading, arrival(draft, mb).heading);
            if between.abs() <= OPPOSITE || conflict_stretches(&ma.shape, &mb.shape).is_none() {
                continue;
            }
            let departure = |m: &Movement| start_pose(&draft.links[m.to.0].lanes[m.to.1]);
            let (Some(sa), Some(sb)) = (at_once(arrival(draft, ma), departure(ma)), at_once(arrival(draft, mb), departure(mb)))
            else {
                continue;
            };
            if conflict_stretches(&sa, &sb).is_some() {
                continue;
            }
            for (m, shape) in [(a, sa), (b, sb)] {
                let movement = &draft.movements[m];
                let limit = draft.links[movement.from.0].speed_kmh.min(draft.links[movement.to.0].speed_kmh);
                draft.movements[m].speed_kmh = speed_kmh(&shape, limit);
                draft.movements[m].shape = shape;
            }
        }
    }
}

/// Where a movement begins.
fn arrival(draft: &Draft, m: &Movement) -> Pose {
    end_pose(&draft.links[m.from.0].lanes[m.from.1])
}

fn give(draft: &mut Draft, waits: &mut BTreeMap<usize, f64>, yielding: usize, other: usize, from: f64) {
    draft.movements[yielding].yields_to.push(other);
    let first = waits.entry(yielding).or_insert(f64::INFINITY);
    *first = first.min(from);
}

/// The rank of each link that arrives at a place; a sign to give way lowers it.
fn ranks(draft: &Draft, place: usize) -> BTreeMap<usize, u8> {
    let arriving = draft.links.iter().enumerate().filter(|(_, l)| l.to == place);
    arriving.map(|(id, l)| (id, if l.gives_way { 0 } else { l.rank })).collect()
}

/// Whether the first movement yields to the second (`true`), the second to the first, or neither.
fn yields(draft: &Draft, ranks: &BTreeMap<usize, u8>, a: &Movement, b: &Movement) -> Option<bool> {
    let kind = draft.places[a.place].kind;
    if a.from.0 == b.from.0 {
        // Lanes of one link that merge: the one that is pushed aside yields.
        return (a.to == b.to).then(|| sideways(draft, a) > sideways(draft, b));
    }
    let heading = |m: &Movement| arrival(draft, m).heading;
    let (ha, hb) = (heading(a), heading(b));
    let between = turn_angle(ha, hb);
    let opposite = between.abs() > OPPOSITE;
    if kind != PlaceKind::Signalised {
        let (ra, rb) = (ranks.get(&a.from.0)?, ranks.get(&b.from.0)?);
        if ra != rb {
            return Some(ra < rb);
        }
    }
    let order = |m: &Movement| match m.turn {
        Turn::Straight => 0,
        Turn::Right => 1,
        Turn::Left => 2,
        Turn::UTurn => 3,
    };
    let by_turn = (order(a) != order(b)).then(|| order(a) > order(b));
    let major = ranks.get(&a.from.0).is_some_and(|&r| r >= 5);
    if opposite || kind == PlaceKind::Signalised || major {
        if by_turn.is_some() {
            return by_turn;
        }
        if opposite {
            return None;
        }
    }
    // Right before left: who sees the other come from the right yields.
    Some(between > 0.0)
}

/// How far aside a movement ends, in metres.
fn sideways(draft: &Draft, m: &Movement) -> f64 {
    let pose = end_pose(&draft.links[m.from.0].lanes[m.from.1]);
    let p = start_pose(&draft.links[m.to.0].lanes[m.to.1]).at;
    (pose.heading.0 * (p.y - pose.at.y) - pose.heading.1 * (p.x - pose.at.x)).abs()
}
