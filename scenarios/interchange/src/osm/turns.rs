//! Which lane of an approach leads where: arrows where the map has them, custom where it has not.
//!
//! Lanes are kept in order: what turns further left comes from further left. So no two movements of one approach
//! cross each other.

use super::tags::Arrows;
use model::network::Turn;

/// A link that leaves the intersection, seen from an approach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Exit {
    /// Where it turns to.
    pub(super) turn: Turn,
    /// How many lanes it has.
    pub(super) lanes: usize,
}

/// A lane of the approach and the exit it leads to, lanes from the right, exits as in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Use {
    pub(super) lane: usize,
    pub(super) exit: usize,
}

/// What the lanes of an approach are used for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) uses: Vec<Use>,
    /// What was guessed or changed.
    pub(super) notes: Vec<String>,
}

/// Assigns lanes to exits.
///
/// `arrows` from right to left, empty when nothing is tagged; `exits` from the leftmost to the rightmost.
pub(super) fn assign(lanes: usize, arrows: &[Arrows], exits: &[Exit]) -> Assignment {
    let mut result = Assignment::default();
    if exits.is_empty() || lanes == 0 {
        return result;
    }
    let offer = Offer::of(exits);
    let marked = arrows.len() == lanes && arrows.iter().any(|a| !a.none());
    let wanted = if marked { filled(arrows, &offer, &mut result.notes) } else { guessed(lanes, &offer, exits) };
    if !marked && lanes > 1 && exits.len() > 1 {
        result.notes.push(format!("no turn lanes are tagged: {}", described(&wanted)));
    }
    result.uses = uses(&wanted, &offer);
    put_in_order(&mut result, lanes, exits.len());
    result
}

/// The exits of each kind, as indices from left to right.
struct Offer {
    left: Vec<usize>,
    straight: Vec<usize>,
    right: Vec<usize>,
}

impl Offer {
    fn of(exits: &[Exit]) -> Self {
        let of = |turns: &[Turn]| (0..exits.len()).filter(|&i| turns.contains(&exits[i].turn)).collect();
        Self { left: of(&[Turn::Left, Turn::UTurn]), straight: of(&[Turn::Straight]), right: of(&[Turn::Right]) }
    }
}

fn described(wanted: &[Arrows]) -> String {
    let one = |a: &Arrows| {
        let parts = [(a.left, "left"), (a.through, "through"), (a.right, "right")];
        parts.iter().filter(|p| p.0).map(|p| p.1).collect::<Vec<_>>().join(";")
    };
    wanted.iter().rev().map(one).collect::<Vec<_>>().join("|")
}

/// Arrows that the intersection can serve: lanes without arrows and arrows without exits are mended.
fn filled(arrows: &[Arrows], offer: &Offer, notes: &mut Vec<String>) -> Vec<Arrows> {
    let lanes = arrows.len();
    let (has_left, has_straight, has_right) = (!offer.left.is_empty(), !offer.straight.is_empty(), !offer.right.is_empty());
    let mut wanted = arrows.to_vec();
    for (i, a) in wanted.iter_mut().enumerate() {
        if a.none() {
            a.through = has_straight;
            a.left = has_left && i + 1 == lanes || !has_straight && !has_right;
            a.right = has_right && i == 0 || !has_straight && !a.left;
            continue;
        }
        let before = *a;
        a.left &= has_left;
        a.right &= has_right;
        a.through &= has_straight;
        if before.through && !has_straight && a.none() {
            (a.left, a.right) = if has_left && has_right { (i >= lanes / 2, i < lanes / 2) } else { (has_left, has_right) };
        }
        if a.none() {
            a.through = has_straight;
            a.left = !has_straight && has_left;
            a.right = !has_straight && !has_left;
        }
        if before != *a {
            notes.push(format!("the arrow of lane {i} leads nowhere: {} is taken", described(&[*a])));
        }
    }
    wanted
}

/// The custom where nothing is tagged.
fn guessed(lanes: usize, offer: &Offer, exits: &[Exit]) -> Vec<Arrows> {
    let (l, s, r) = (!offer.left.is_empty(), !offer.straight.is_empty(), !offer.right.is_empty());
    let mut wanted = vec![Arrows::default(); lanes];
    let (first, last) = (0, lanes - 1);
    if s {
        for a in &mut wanted {
            a.through = true;
        }
        wanted[last].left |= l;
        wanted[first].right |= r;
        // A lane of its own for the left turn where enough lanes go straight on.
        let width: usize = offer.straight.iter().map(|&i| exits[i].lanes).max().unwrap_or(1);
        let own_left = l && (lanes >= 3 || lanes == 2 && width == 1);
        if own_left {
            wanted[last].through = false;
        }
        let through = |w: &[Arrows]| w.iter().filter(|a| a.through).count();
        if r && through(&wanted) > width && lanes >= 3 {
            wanted[first].through = false;
        }
    } else if l && r {
        for (i, a) in wanted.iter_mut().enumerate() {
            (a.left, a.right) = (2 * i + 1 >= lanes, 2 * i < lanes - 1 || lanes == 1);
        }
    } else {
        for a in &mut wanted {
            (a.left, a.right) = (l, r);
        }
    }
    wanted
}

/// Exits of one kind, and whether a lane's arrows point there.
type Kind<'a> = (&'a [usize], fn(&Arrows) -> bool);

/// Lanes and exits from arrows.
fn uses(wanted: &[Arrows], offer: &Offer) -> Vec<Use> {
    let mut found = Vec::new();
    let kinds: [Kind<'_>; 3] = [(&offer.left, |a| a.left), (&offer.straight, |a| a.through), (&offer.right, |a| a.right)];
    for (exits, shows) in kinds {
        // From left to right, as the exits.
        let lanes: Vec<usize> = (0..wanted.len()).rev().filter(|&i| shows(&wanted[i])).collect();
        let (n, k) = (lanes.len(), exits.len());
        if n == 0 {
            continue;
        }
        for (j, &exit) in exits.iter().enumerate() {
            let (from, to) = (j * n / k, ((j + 1) * n).div_ceil(k).max(j * n / k + 1).min(n));
            found.extend(lanes[from.min(n - 1)..to].iter().map(|&lane| Use { lane, exit }));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Takes out what would cross: a lane further left must not lead further right.
fn put_in_order(result: &mut Assignment, lanes: usize, exits: usize) {
    for lane in (0..lanes).rev() {
        for exit in (0..exits).rev() {
            let here = Use { lane, exit };
            let crosses = |other: &Use| other.lane < lane && other.exit < exit;
            if !result.uses.contains(&here) || !result.uses.iter().any(crosses) {
                continue;
            }
            let own = result.uses.iter().filter(|u| u.lane == lane).count();
            if own > 1 {
                result.uses.retain(|u| *u != here);
                result.notes.push(format!("the arrows of lane {lane} cross those of a lane to its right: one is left out"));
            } else {
                let kept = result.uses.clone();
                result.uses.retain(|u| !(crosses(u) && kept.iter().filter(|k| k.lane == u.lane).count() > 1));
            }
        }
    }
}

/// The lane of an exit that each lane of an approach leads to, lanes from right to left, order kept.
///
/// Left turns end on the left, right turns on the right; straight on, the lanes that lie ahead are taken: `lateral` is
/// how far to the left of the approach's lane 0 the exit's lane 0 lies, in lanes.
pub(super) fn target(turn: Turn, rank: usize, count: usize, lanes: usize, lateral: f64) -> usize {
    let (rank, count, lanes) = (rank.cast_signed(), count.cast_signed(), lanes.cast_signed());
    let shift = match turn {
        Turn::Right => 0,
        Turn::Left | Turn::UTurn => lanes - count,
        Turn::Straight => (-lateral.round() as isize).clamp((lanes - count).min(0), (lanes - count).max(0)),
    };
    (rank + shift).clamp(0, lanes - 1) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exits(turns: &[(Turn, usize)]) -> Vec<Exit> {
        turns.iter().map(|&(turn, lanes)| Exit { turn, lanes }).collect()
    }

    fn arrow(text: &str) -> Arrows {
        Arrows { left: text.contains('L'), through: text.contains('T'), right: text.contains('R') }
    }

    fn pairs(a: &Assignment) -> Vec<(usize, usize)> {
        a.uses.iter().map(|u| (u.lane, u.exit)).collect()
    }

    #[test]
    fn a_single_lane_leads_everywhere() {
        let a = assign(1, &[], &exits(&[(Turn::Left, 1), (Turn::Straight, 1), (Turn::Right, 1)]));
        assert_eq!(pairs(&a), [(0, 0), (0, 1), (0, 2)]);
    }

    #[test]
    fn three_untagged_lanes_give_the_left_turn_its_own() {
        let a = assign(3, &[], &exits(&[(Turn::Left, 1), (Turn::Straight, 2), (Turn::Right, 1)]));
        assert_eq!(pairs(&a), [(0, 1), (0, 2), (1, 1), (2, 0)]);
        assert_eq!(a.notes, ["no turn lanes are tagged: left|through|through;right"]);
    }

    #[test]
    fn arrows_are_obeyed() {
        let arrows: Vec<Arrows> = ["R", "T", "LT", "L"].into_iter().map(arrow).collect();
        let a = assign(4, &arrows, &exits(&[(Turn::Left, 2), (Turn::Straight, 2), (Turn::Right, 1)]));
        assert_eq!(pairs(&a), [(0, 2), (1, 1), (2, 0), (2, 1), (3, 0)]);
    }

    #[test]
    fn an_arrow_without_an_exit_goes_straight_on() {
        let arrows: Vec<Arrows> = ["R", "T"].into_iter().map(arrow).collect();
        let a = assign(2, &arrows, &exits(&[(Turn::Straight, 2)]));
        assert_eq!(pairs(&a), [(0, 0), (1, 0)]);
        assert_eq!(a.notes.len(), 1);
    }

    #[test]
    fn movements_of_one_approach_do_not_cross() {
        let arrows: Vec<Arrows> = ["LT", "R"].into_iter().map(arrow).collect();
        let a = assign(2, &arrows, &exits(&[(Turn::Left, 1), (Turn::Straight, 1), (Turn::Right, 1)]));
        for u in &a.uses {
            assert!(
                !a.uses.iter().any(|o| o.lane < u.lane && o.exit < u.exit)
                    || a.uses.iter().filter(|o| o.lane == u.lane).count() == 1
            );
        }
    }

    #[test]
    fn the_end_of_a_street_splits_its_lanes() {
        let a = assign(2, &[], &exits(&[(Turn::Left, 1), (Turn::Right, 1)]));
        assert_eq!(pairs(&a), [(0, 1), (1, 0)]);
    }

    #[test]
    fn left_turns_end_on_the_left_and_right_turns_on_the_right() {
        assert_eq!(target(Turn::Left, 0, 2, 3, 0.0), 1);
        assert_eq!(target(Turn::Right, 1, 2, 3, 0.0), 1);
        assert_eq!(target(Turn::Straight, 0, 2, 3, -1.0), 1);
        assert_eq!(target(Turn::Straight, 2, 3, 2, 0.0), 1);
    }
}
