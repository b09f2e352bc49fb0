//! Circles of vehicles that wait for each other: found, settled where a rule can be waived, named where none can.
//!
//! Every vehicle that stands is held up by one thing most. Where that is another vehicle there is an arrow to it, so a
//! walk along the arrows ends at something that will move, or comes back: then all in the circle would stand for ever.
//! In the street somebody waves somebody on. Here, too: one vehicle that is held up by a rule only, not by a body in its
//! way, insists and goes first. A circle of bodies cannot be settled by anyone; it is a gridlock.

use crate::decide::{Decisions, Stuck};
use crate::perceive::Hindrance;
use crate::traffic::{Traffic, flag};
use bevy_ecs::resource::Resource;
use model::id::{Id, VehicleId};
use model::time::DaySecond;
use serde::{Deserialize, Serialize};

/// How long a circle stands before somebody insists, in seconds.
const PATIENCE: u32 = 5;

/// A circle that stands this long is a gridlock, in seconds.
const GRIDLOCK: f64 = 60.0;

/// Vehicles that stand in each other's way and cannot dissolve it: each waits for the next, the last for the first.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Gridlock {
    /// Since when they have stood, in seconds of the day.
    pub since: DaySecond,
    /// Who they are.
    pub vehicles: Vec<VehicleId>,
    /// The lanes and movements they stand on, in the same order.
    pub places: Vec<String>,
}

/// Vehicles that wait for each other, each for the next and the last for the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Circle {
    /// The lowest number first.
    pub(crate) members: Vec<VehicleId>,
    /// In seconds of the day.
    pub(crate) since: u32,
}

/// The circles there are now.
#[derive(Debug, Default, Resource, Serialize, Deserialize)]
pub(crate) struct Gridlocks {
    pub(crate) circles: Vec<Circle>,
    /// How often somebody has insisted.
    pub(crate) settled: u32,
}

/// A vehicle that stands: where its row is, and what holds it up.
struct Wait {
    stuck: Stuck,
    /// Number of the walk that has come by; 0 for none.
    walk: u32,
}

/// Who stands, to be found by vehicle. Kept from second to second for its memory only.
#[derive(Default, Resource)]
pub(crate) struct Standing {
    waits: Vec<Wait>,
    /// By vehicle: one more than its place among the waits, or 0.
    place: Vec<u32>,
}

impl Standing {
    fn clear(&mut self) {
        for wait in self.waits.drain(..) {
            self.place[wait.stuck.vehicle.index()] = 0;
        }
    }

    fn note(&mut self, stuck: Stuck) {
        self.waits.push(Wait { stuck, walk: 0 });
        let vehicle = stuck.vehicle.index();
        if self.place.len() <= vehicle {
            self.place.resize(vehicle + 1, 0);
        }
        self.place[vehicle] = self.waits.len() as u32;
    }

    fn refresh(&mut self, decisions: &Decisions) {
        self.clear();
        for &stuck in decisions.parts.iter().flat_map(|p| &p.stuck) {
            self.note(stuck);
        }
    }

    /// What holds a vehicle up that stands.
    pub(crate) fn reason(&self, vehicle: VehicleId) -> Option<Hindrance> {
        let place = self.place.get(vehicle.index()).and_then(|&p| p.checked_sub(1))?;
        Some(self.waits[place as usize].stuck.by)
    }

    /// The one that a waiting vehicle waits for, if that one waits too.
    fn next(&self, wait: usize) -> Option<usize> {
        let (Hindrance::Body(v) | Hindrance::Rule(v) | Hindrance::Room(v)) = self.waits[wait].stuck.by else { return None };
        self.place.get(v.index()).and_then(|&p| p.checked_sub(1)).map(|p| p as usize)
    }

    /// Every circle, as places among the waits, the lowest vehicle first.
    fn circles(&mut self) -> Vec<Vec<usize>> {
        let mut found = Vec::new();
        for start in 0..self.waits.len() {
            let walk = start as u32 + 1;
            let mut here = start;
            while self.waits[here].walk == 0 {
                self.waits[here].walk = walk;
                let Some(next) = self.next(here) else { break };
                here = next;
                if self.waits[here].walk == walk {
                    found.push(self.circle_through(here));
                }
            }
        }
        found
    }

    fn circle_through(&self, one: usize) -> Vec<usize> {
        let next = |&w: &usize| self.next(w).filter(|&n| n != one);
        let mut circle: Vec<usize> = std::iter::successors(Some(one), next).collect();
        let lowest = (0..circle.len()).min_by_key(|&i| self.waits[circle[i]].stuck.vehicle);
        circle.rotate_left(lowest.unwrap_or(0));
        circle
    }
}

impl Gridlocks {
    /// Looks at who waits for whom at a second of the day, and lets one vehicle go first in each circle that has stood
    /// too long.
    pub(crate) fn watch(&mut self, standing: &mut Standing, traffic: &mut Traffic, decisions: &Decisions, now: u32) {
        standing.refresh(decisions);
        let before = std::mem::take(&mut self.circles);
        for circle in standing.circles() {
            let members: Vec<VehicleId> = circle.iter().map(|&w| standing.waits[w].stuck.vehicle).collect();
            let since = before.iter().find(|c| c.members == members).map_or(now, |c| c.since);
            if now - since >= PATIENCE && settle(standing, &circle, traffic) {
                self.settled += 1;
            }
            self.circles.push(Circle { members, since });
        }
    }

    /// Circles that have stood so long that they will not dissolve by themselves.
    pub(crate) fn lasting(&self, now: f64) -> impl Iterator<Item = &Circle> {
        self.circles.iter().filter(move |c| now - f64::from(c.since) >= GRIDLOCK)
    }
}

/// Lets one vehicle of a circle insist: one that gives way, else one that keeps the intersection free. False when
/// everyone is held up by a body, or has insisted already.
fn settle(standing: &Standing, circle: &[usize], traffic: &mut Traffic) -> bool {
    let gives_way = |w: &&usize| matches!(standing.waits[**w].stuck.by, Hindrance::Rule(_));
    let keeps_clear = |w: &&usize| matches!(standing.waits[**w].stuck.by, Hindrance::Room(_));
    let mut candidates = circle.iter().filter(gives_way).chain(circle.iter().filter(keeps_clear));
    candidates.any(|&w| {
        let Stuck { track, row, .. } = standing.waits[w].stuck;
        let row = &mut traffic.queues[track.0 as usize][row as usize];
        let is_new = !row.is(flag::INSISTS);
        row.flags |= flag::INSISTS;
        is_new
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roads::Track;

    /// The circles among vehicles that each wait for another.
    fn circles(waits: &[(u32, Hindrance)]) -> Vec<Vec<u32>> {
        let mut standing = Standing::default();
        for (i, &(vehicle, by)) in waits.iter().enumerate() {
            standing.note(Stuck { track: Track(i as u32), row: 0, vehicle: VehicleId(vehicle), by });
        }
        let found = standing.circles();
        found.iter().map(|c| c.iter().map(|&w| standing.waits[w].stuck.vehicle.0).collect()).collect()
    }

    fn body(v: u32) -> Hindrance {
        Hindrance::Body(VehicleId(v))
    }

    #[test]
    fn a_queue_at_a_red_light_is_no_circle() {
        assert!(circles(&[(7, Hindrance::Line), (3, body(7)), (9, body(3))]).is_empty());
    }

    #[test]
    fn whoever_waits_for_one_that_moves_is_in_no_circle() {
        assert!(circles(&[(1, body(2)), (2, body(40))]).is_empty());
    }

    #[test]
    fn circles_are_found_once_and_without_their_tails() {
        let rule = Hindrance::Rule(VehicleId(4));
        let room = Hindrance::Room(VehicleId(12));
        let waits = [(20, body(9)), (9, rule), (4, body(5)), (5, body(9)), (11, room), (12, body(11)), (3, body(20))];
        assert_eq!(circles(&waits), [vec![4, 5, 9], vec![11, 12]]);
    }
}
