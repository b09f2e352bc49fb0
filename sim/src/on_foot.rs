//! How drivers and people on foot see each other at crossings.
//!
//! A cut is where a track leads over a crossing. Somebody who walks holds the cuts of a part of the crossing from just
//! before stepping into it until out of each; only when every vehicle can stop before them. Vehicles stop before what
//! is held, and also give way to those who will be there before they have passed, as long as they can stop.
//!
//! Source: StVO § 9 (3) for those who turn, § 26 for crossings without a signal; § 1 and § 11 for whoever is still
//! crossing when a driver has been given green.

use crate::crossings::Cut;
use crate::decide::tracks_ahead;
use crate::following::{Driver, Leader, stopping_distance, travel_time};
use crate::perceive::{AMBER_DECELERATION, Ahead, Crosser, Hindrance, LINE_MARGIN, Perception, Scene};
use crate::roads::Track;
use crate::traffic::Row;
use bevy_ecs::resource::Resource;
use model::id::LaneId;
use model::network::Meeting;

/// Where a vehicle stops before a crossing, in metres; assumed.
pub(crate) const STOP_BEFORE: f64 = 0.5;

/// Time that a driver leaves before and after people on foot, in seconds; assumed.
const MARGIN: f64 = 0.5;

/// Added to the distance of what a driver need not slow down for, in metres.
const UNCONCERNED: f64 = 1000.0;

/// For people on foot nearer than this behind the stop line a driver waits at the line, in metres; assumed.
const NEAR_LINE: f64 = 3.0;

/// Who is on the road at a cut, or comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Approach {
    /// Nobody who could not stop.
    Clear,
    /// Somebody too fast and too near to stop.
    Rushing,
    /// A vehicle covers it.
    Covered,
}

/// What drivers know of people on foot at a cut, in seconds from now.
#[derive(Debug, Clone, Copy, PartialEq)]
struct People {
    /// Until when somebody holds it; 0 when nobody does.
    held: f64,
    /// When the first who wants it gets there; infinite when nobody wants it.
    soon: f64,
    /// When the last of those has left it.
    late: f64,
}

impl People {
    /// Whether everyone has left the cut some seconds from now.
    fn are_gone(self, then: f64) -> bool {
        then >= self.held.max(self.late) + MARGIN
    }
}

const NOBODY: People = People { held: 0.0, soon: f64::INFINITY, late: 0.0 };

/// What drivers know of people on foot in this step.
#[derive(Debug, Default, Resource)]
pub(crate) struct OnFoot {
    cuts: Vec<People>,
    active: Vec<u32>,
}

impl OnFoot {
    /// Forgets the last step.
    pub(crate) fn clear(&mut self, count: usize) {
        for cut in self.active.drain(..) {
            self.cuts[cut as usize] = NOBODY;
        }
        self.cuts.resize(count, NOBODY);
    }

    /// Somebody holds a cut for so many seconds.
    pub(crate) fn hold(&mut self, cut: u32, until: f64) {
        let people = self.note(cut);
        people.held = people.held.max(until);
    }

    /// Somebody wants to be on a cut from one time to another.
    pub(crate) fn want(&mut self, cut: u32, from: f64, to: f64) {
        let people = self.note(cut);
        people.soon = people.soon.min(from);
        people.late = people.late.max(to);
    }

    fn note(&mut self, cut: u32) -> &mut People {
        let people = &mut self.cuts[cut as usize];
        if *people == NOBODY {
            self.active.push(cut);
        }
        people
    }

    fn at(&self, cut: u32) -> People {
        self.cuts.get(cut as usize).copied().unwrap_or(NOBODY)
    }
}

/// How far a vehicle has to go to a cut; negative on it, `None` when it has passed it or does not come by.
pub(crate) fn gap_to(scene: &Scene<'_>, track: Track, row: &Row, cut: &Cut) -> Option<f64> {
    if track == cut.track {
        return (row.rear() < cut.to).then_some(cut.from - row.position);
    }
    tracks_ahead(scene, track, row).take(cut.before.len()).find(|t| t.1 == cut.track).map(|t| t.0 + cut.from)
}

/// Whether a vehicle is too fast and too near to stop without braking hard, a step of delay included.
fn rushes(scene: &Scene<'_>, row: &Row, driver: &Driver, gap: f64) -> bool {
    let room = gap - LINE_MARGIN - row.speed * scene.dt;
    let brakes = AMBER_DECELERATION.min(0.9 * driver.hardest);
    row.speed > 0.1 && !driver.can_stop(row.speed, room, brakes, scene.dt)
}

/// What people on foot see of the traffic at a cut.
pub(crate) fn traffic_at(scene: &Scene<'_>, cut: &Cut) -> Approach {
    if scene.tails.on(cut.track).is_some_and(|t| t.rear < cut.to) {
        return Approach::Covered;
    }
    let mut worst = Approach::Clear;
    for (&track, &beyond) in &cut.before {
        for row in scene.traffic.queue(track) {
            let driver = scene.driver(row, scene.limit(track));
            // Where it goes need not be known of a vehicle that could stop even on the shortest way.
            let shortest = scene.roads.length(track) - row.position + beyond;
            if shortest >= 0.0 && !rushes(scene, row, &driver, shortest) {
                continue;
            }
            match gap_to(scene, track, row, cut) {
                Some(gap) if gap < 0.0 => return Approach::Covered,
                Some(gap) if rushes(scene, row, &driver, gap) => worst = Approach::Rushing,
                _ => {}
            }
        }
    }
    worst
}

/// Adds to what the drivers on a track see the crossings before which they have to stop.
pub(crate) fn see_people(scene: &Scene<'_>, perception: &mut Perception, track: Track) {
    if scene.on_foot.active.is_empty() {
        return;
    }
    for &(i, beyond) in scene.roads.crossings.after(track) {
        let (cut, people) = (&scene.roads.crossings.cuts[i as usize], scene.on_foot.at(i));
        for (row_index, row) in scene.traffic.queue(track).iter().enumerate().filter(|_| people != NOBODY) {
            let driver = scene.driver(row, scene.limit(track));
            let shortest = scene.roads.length(track) - row.position + beyond;
            if people.are_gone(travel_time(shortest, row.speed, &driver)) && !rushes(scene, row, &driver, shortest) {
                continue;
            }
            let Some(gap) = gap_to(scene, track, row, cut).filter(|gap| *gap >= 0.0) else { continue };
            let stops = gives_way(scene, row, &driver, gap, cut, people);
            if !stops && people.held <= 0.0 {
                continue;
            }
            // Who comes late enough need not slow down, but must be able to.
            let slack = if stops { scene.fleet.drivers[row.kind].s0 - STOP_BEFORE + LINE_MARGIN } else { UNCONCERNED };
            let leader = Leader { gap: gap - LINE_MARGIN, speed: 0.0 };
            let seen = Ahead { row: row_index as u32, leader, slack, courtesy: false, pace: 0.0, hindrance: Hindrance::OnFoot };
            perception.see(track, seen);
        }
    }
}

/// Whether a driver prepares to stop for people on foot.
fn gives_way(scene: &Scene<'_>, row: &Row, driver: &Driver, gap: f64, cut: &Cut, people: People) -> bool {
    let arrives = travel_time(gap, row.speed, driver);
    if arrives < people.held + MARGIN && people.held > 0.0 {
        return true;
    }
    let leaves = || travel_time(gap + cut.to - cut.from + row.length, row.speed, driver);
    arrives < people.late + MARGIN && people.soon < leaves() + MARGIN && !rushes(scene, row, driver, gap)
}

/// Whether a driver stays back, at the stop line or at the waiting place, for people on foot: because the crossing
/// follows at once, or because the vehicle would stand in the way of others before it.
pub(crate) fn keeps_back(scene: &Scene<'_>, crosser: &Crosser<'_>, from: f64) -> Option<Hindrance> {
    if scene.on_foot.active.is_empty() {
        return None;
    }
    let can_stop = stopping_distance(crosser.row.speed, crosser.driver.firm()) <= from - crosser.position;
    let held_up = cuts_to_stay_for(scene, crosser, from).any(|(i, gap)| {
        let cut = &scene.roads.crossings.cuts[i as usize];
        gives_way(scene, crosser.row, &crosser.driver, gap, cut, scene.on_foot.at(i))
    });
    (can_stop && held_up).then_some(Hindrance::OnFoot)
}

/// The cuts on a movement and on the lane after it that are waited for `from` behind the stop line, and how far each is
/// ahead: because the crossing follows at once, or because the vehicle would stand in the way of others before it.
pub(crate) fn cuts_to_stay_for<'a>(
    scene: &'a Scene<'_>,
    crosser: &'a Crosser<'_>,
    from: f64,
) -> impl Iterator<Item = (u32, f64)> + 'a {
    let track = scene.roads.movement(crosser.movement);
    let beyond = scene.roads.lane(crosser.way.to);
    let own = scene.roads.crossings.on(track).iter().map(|&i| (i, 0.0));
    let next = scene.roads.crossings.on(beyond).iter().map(move |&i| (i, scene.roads.length(track)));
    own.chain(next).filter_map(move |(i, before)| {
        let cut = &scene.roads.crossings.cuts[i as usize];
        let stand = before + cut.from - STOP_BEFORE;
        let rear = stand - crosser.row.length;
        let crossed = crosser.way.clashes.iter().filter(|c| c.meeting == Meeting::Cross && c.from >= from);
        let in_the_way = || crossed.into_iter().any(|c| c.from < stand && c.to > rear);
        let stays = before + cut.to > from && (stand < from + NEAR_LINE || in_the_way());
        stays.then_some((i, before + cut.from - crosser.position))
    })
}

/// Whether a vehicle beside a lane could not stop there for people on foot, or would be upon them.
pub(crate) fn bars_change(scene: &Scene<'_>, target: LaneId, row: &Row) -> bool {
    let track = scene.roads.lane(target);
    let mut held = scene.roads.crossings.after(track).iter().filter(|(i, _)| scene.on_foot.at(*i).held > 0.0).peekable();
    if held.peek().is_none() {
        return false;
    }
    let mut moved = *row;
    scene.fleet.orient(&scene.roads.network, &mut moved, target);
    let driver = scene.driver(row, scene.limit(track));
    held.any(|&(i, _)| {
        let gap = gap_to(scene, track, &moved, &scene.roads.crossings.cuts[i as usize]);
        gap.is_some_and(|gap| gap < 0.0 || rushes(scene, row, &driver, gap))
    })
}

/// How far a vehicle that enters a lane with its front at `position` may count on going, in metres; `None` when it would
/// enter upon people on foot.
pub(crate) fn room_to_enter(scene: &Scene<'_>, track: Track, position: f64) -> Option<f64> {
    let mut room = f64::INFINITY;
    for &i in scene.roads.crossings.on(track) {
        let cut = &scene.roads.crossings.cuts[i as usize];
        if cut.from > position {
            return Some(room.min(cut.from - position));
        }
        if cut.to > 0.0 && scene.on_foot.at(i).held > 0.0 {
            return None;
        }
        room = f64::INFINITY;
    }
    Some(room)
}
