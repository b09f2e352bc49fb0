//! Who holds which conflict area.
//!
//! An area where ways cross is claimed by one of its two movements at a time. A vehicle that has to give way claims what
//! it needs all at once, when it leaves the stop line or its waiting place; a vehicle that need not give way claims an
//! area when it could no longer stop before it: where nobody has the right of way, first come, first served.

use crate::emergency::Advance;
use crate::perceive::{Crosser, Hindrance, Scene};
use crate::roads::{Clash, Kind, Roads, Track, Way};
use crate::traffic::{Row, flag};
use bevy_ecs::resource::Resource;
use model::id::{IntersectionId, MovementId, VehicleId};
use model::network::Meeting;

/// Slower than this a vehicle inside the intersection blocks it, in m/s.
pub(crate) const STANDING_INSIDE: f64 = 0.5;

/// Slower than this a vehicle may not be gone when others come that are still before another intersection, in m/s; assumed.
pub(crate) const SLOW_INSIDE: f64 = 3.0;

/// A vehicle longer than this needs the room of two lanes in a turn, in metres.
pub(crate) const LONG: f64 = 8.0;

/// Who holds one side of a conflict.
#[derive(Debug, Clone, Copy)]
struct Side {
    /// The step in which it was last claimed, as [`ClaimTable::epoch`] counts; in any other nobody holds it.
    epoch: u32,
    held: u8,
    /// How many of them are long.
    long: u8,
    /// How many of them are in the area.
    inside: u8,
    /// How many of them can no longer stop before it.
    bound: u8,
    /// How many of them stand in it.
    standing: u8,
    /// How many of them are slow in it, or stand.
    slow: u8,
    /// The last of them.
    holder: VehicleId,
    /// The last of those in the area.
    occupant: VehicleId,
}

impl Side {
    const FREE: Self = Self {
        epoch: 0,
        held: 0,
        long: 0,
        inside: 0,
        bound: 0,
        standing: 0,
        slow: 0,
        holder: VehicleId(u32::MAX),
        occupant: VehicleId(u32::MAX),
    };

    fn in_step(self, epoch: u32) -> Self {
        if self.epoch == epoch { self } else { Self { epoch, ..Self::FREE } }
    }

    fn blocker(self, clash: &Clash, slow: bool) -> Option<Hindrance> {
        let blocked = clash.meeting == Meeting::Cross && if slow { self.slow > 0 } else { self.standing > 0 };
        blocked.then_some(Hindrance::Room(self.occupant))
    }
}

/// The claims of the whole network: one row for each side of each conflict, by intersection.
#[derive(Debug, Default, Resource)]
pub(crate) struct ClaimTable {
    sides: Vec<Side>,
    /// By track: the last step in which somebody stood, or nearly so, where another way crosses it.
    barred: Vec<u32>,
    /// By track: the last step in which somebody was on a movement, reached back over it, or was let go on to it.
    live: Vec<u32>,
    epoch: u32,
    /// Claims of emergency vehicles before they come.
    advance: Advance,
}

/// What is known of every intersection before anybody decides in a step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Foresight<'a> {
    barred: &'a [u32],
    epoch: u32,
    pub(crate) advance: &'a Advance,
}

impl Foresight<'_> {
    /// Whether somebody stands, or nearly so, where another way crosses a movement.
    pub(crate) fn is_barred(&self, movement: Track) -> bool {
        self.barred[movement.0 as usize] == self.epoch
    }
}

impl ClaimTable {
    pub(crate) fn new(roads: &Roads) -> Self {
        let (sides, by_track) = (vec![Side::FREE; roads.claim_count()], vec![0; roads.count()]);
        Self { sides, barred: by_track.clone(), live: by_track, epoch: 0, advance: Advance::default() }
    }

    /// All of it for a new step: held by those whose rear ends reach back over movements, and by nobody else yet.
    pub(crate) fn begin(&mut self, scene: &Scene<'_>) -> Claims<'_> {
        self.epoch += 1;
        self.advance.refresh(scene);
        let tail = |&track: &Track| match scene.roads.kind(track) {
            Kind::Movement(m) => Some((m, scene.tails.on(track)?)),
            Kind::Lane(_) => None,
        };
        let tails = || scene.tails.tracks().iter().filter_map(tail);
        for (m, tail) in tails().filter(|(_, tail)| tail.speed < SLOW_INSIDE) {
            self.bar(scene, m, |c| tail.rear < c.to);
        }
        self.bar_by_bodies(scene);
        let Self { sides, barred, live, epoch, advance } = self;
        let foresight = Foresight { barred, epoch: *epoch, advance };
        let started = Vec::new();
        let mut claims = Claims { first: 0, sides, first_track: 0, live, started, epoch: *epoch, foresight };
        for (m, tail) in tails() {
            claims.enliven(scene.roads.movement(m));
            for clash in scene.roads.way(m).clashes.iter().filter(|c| c.is_exclusive() && tail.rear < c.to) {
                claims.occupy(clash, tail.vehicle, tail.length, tail.speed);
            }
        }
        claims
    }

    /// Takes down which movements are barred by those who stand on others, or nearly so.
    fn bar_by_bodies(&mut self, scene: &Scene<'_>) {
        for &track in &scene.traffic.slow_inside {
            let Kind::Movement(m) = scene.roads.kind(track) else { continue };
            for row in scene.traffic.queue(track).iter().filter(|r| r.speed < SLOW_INSIDE) {
                let crosser = scene.crosser(row, m, row.position, row.flags);
                self.bar(scene, m, |c| crosser.is_in(c));
            }
        }
    }

    /// Takes down that somebody stands where other ways cross a movement.
    fn bar(&mut self, scene: &Scene<'_>, movement: MovementId, stands_in: impl Fn(&Clash) -> bool) {
        for clash in scene.roads.way(movement).clashes.iter().filter(|c| c.meeting == Meeting::Cross && stands_in(c)) {
            self.barred[clash.other_track.0 as usize] = self.epoch;
        }
    }
}

/// The claims of a run of intersections in a step.
#[derive(Debug)]
pub(crate) struct Claims<'a> {
    first: usize,
    sides: &'a mut [Side],
    first_track: usize,
    live: &'a mut [u32],
    /// Who, at the intersection that is looked at, was held up at its stop line before and has been let go in this step.
    started: Vec<VehicleId>,
    epoch: u32,
    pub(crate) foresight: Foresight<'a>,
}

impl Claims<'_> {
    /// The claims before an intersection, and those from it on.
    pub(crate) fn split(self, roads: &Roads, intersection: Option<IntersectionId>) -> (Self, Self) {
        let row = intersection.map_or(roads.claim_count(), |i| roads.claims_from(i));
        let track = intersection.map_or(roads.count(), |i| roads.first_track(i).0 as usize);
        let (before, after) = self.sides.split_at_mut(row - self.first);
        let (live_before, live_after) = self.live.split_at_mut(track - self.first_track);
        let Self { first, first_track, started, epoch, foresight, .. } = self;
        let own = Self { first, sides: before, first_track, live: live_before, started: Vec::new(), epoch, foresight };
        (own, Self { first: row, sides: after, first_track: track, live: live_after, started, epoch, foresight })
    }

    /// Takes down that a vehicle is let go in this step that was held up before: those who look after it must not go because it
    /// is not coming. In a circle of drivers of whom each gives way to the next, all would start at once and stand in each
    /// other's way for ever.
    pub(crate) fn start(&mut self, row: &Row) {
        if row.is(flag::BLOCKED) {
            self.started.push(row.vehicle);
        }
    }

    /// Whether a vehicle that was held up before has been let go in this step.
    pub(crate) fn has_started(&self, vehicle: VehicleId) -> bool {
        self.started.contains(&vehicle)
    }

    /// Takes down that somebody is on a movement, reaches back over it or is let go on to it.
    pub(crate) fn enliven(&mut self, movement: Track) {
        self.live[movement.0 as usize - self.first_track] = self.epoch;
    }

    /// Whether anybody on a movement, or let go on to it, may matter to those who meet it.
    pub(crate) fn is_live(&self, movement: Track) -> bool {
        self.live[movement.0 as usize - self.first_track] == self.epoch
    }

    fn others(&self, clash: &Clash) -> Side {
        self.sides[clash.others as usize - self.first].in_step(self.epoch)
    }

    fn claim(&mut self, clash: &Clash, vehicle: VehicleId, length: f64) -> &mut Side {
        let side = &mut self.sides[clash.own as usize - self.first];
        *side = side.in_step(self.epoch);
        side.held = side.held.saturating_add(1);
        side.long = side.long.saturating_add(u8::from(length > LONG));
        side.holder = vehicle;
        side
    }

    /// A claim of a vehicle that is in the area.
    fn occupy(&mut self, clash: &Clash, vehicle: VehicleId, length: f64, speed: f64) {
        let side = self.claim(clash, vehicle, length);
        side.inside = side.inside.saturating_add(1);
        side.standing = side.standing.saturating_add(u8::from(speed < STANDING_INSIDE));
        side.slow = side.slow.saturating_add(u8::from(speed < SLOW_INSIDE));
        side.occupant = vehicle;
    }

    /// A vehicle of the other movement that stands where the ways cross, or that is `slow` there.
    pub(crate) fn blocker(&self, clash: &Clash, slow: bool) -> Option<Hindrance> {
        self.others(clash).blocker(clash, slow)
    }

    /// Whether a vehicle of the other movement that excludes one of this length is in the area, or can no longer stop before
    /// it.
    pub(crate) fn is_lost(&self, clash: &Clash, length: f64) -> bool {
        let other = self.others(clash);
        (other.inside > 0 || other.bound > 0) && self.taker(clash, length).is_some()
    }

    /// Who of the other movement has taken the area from a vehicle of this length.
    pub(crate) fn taker(&self, clash: &Clash, length: f64) -> Option<Hindrance> {
        let other = self.others(clash);
        let taken = match clash.meeting {
            Meeting::Cross => other.held > 0,
            Meeting::Abreast => other.long > 0 || (length > LONG && other.held > 0),
            Meeting::Diverge | Meeting::Merge => false,
        };
        let who = if other.inside > 0 { Hindrance::Body(other.occupant) } else { Hindrance::Rule(other.holder) };
        taken.then_some(who)
    }
}

/// Claims of the vehicles under way over an intersection: first those that nothing stops, then those that have been let go,
/// then those that have the right of way and find the area free.
///
/// Whoever can no longer stop goes before those who have been let go: a vehicle that stood in the intersection and starts
/// again must not take an area away from one that is upon it.
pub(crate) fn claim_areas(crossers: &[Crosser<'_>], claims: &mut Claims<'_>, dt: f64) {
    for crosser in crossers {
        let row = crosser.row;
        // Whoever can stop before an area can do so before those that follow.
        let mut rushes = true;
        for clash in crosser.way.clashes.iter().filter(|c| c.is_exclusive() && !crosser.has_passed(c)) {
            if crosser.is_in(clash) {
                claims.occupy(clash, row.vehicle, row.length, row.speed);
                continue;
            }
            rushes = rushes && crosser.cannot_stop_before(clash, dt);
            if rushes && !claims.is_lost(clash, row.length) {
                let side = claims.claim(clash, row.vehicle, row.length);
                side.bound = side.bound.saturating_add(1);
            }
        }
    }
    for crosser in crossers {
        let let_go = |c: &&Clash| c.is_exclusive() && crosser.has_taken(c) && !crosser.is_in(c);
        for clash in crosser.way.clashes.iter().filter(let_go) {
            if !claims.is_lost(clash, crosser.row.length) {
                claims.claim(clash, crosser.row.vehicle, crosser.row.length);
            }
        }
    }
    for crosser in crossers {
        claim_own(claims, crosser, dt);
    }
}

/// Claims the free areas ahead at which a vehicle need not give way and before which it will soon be unable to stop.
pub(crate) fn claim_own(claims: &mut Claims<'_>, crosser: &Crosser<'_>, dt: f64) {
    if crosser.flags & flag::GRANTED == 0 {
        return;
    }
    let bound = crosser.no_return(dt);
    let ahead = |c: &&Clash| c.is_exclusive() && !c.yields && c.from < bound && !crosser.has_passed(c);
    for clash in crosser.way.clashes.iter().filter(ahead) {
        if claims.taker(clash, crosser.row.length).is_none() {
            claims.claim(clash, crosser.row.vehicle, crosser.row.length);
        }
    }
}

/// Takes down every vehicle that has been allowed to cross its stop line, and every one on a movement, track by track.
pub(crate) fn find_crossers<'a>(scene: &Scene<'a>, tracks: &[Track], claims: &mut Claims<'_>, found: &mut Vec<Crosser<'a>>) {
    found.clear();
    claims.started.clear();
    for &track in tracks {
        let queue = scene.traffic.queue(track);
        match scene.roads.kind(track) {
            Kind::Movement(m) => {
                claims.enliven(track);
                found.extend(queue.iter().map(|row| scene.crosser(row, m, row.position, row.flags | flag::GRANTED)));
            }
            Kind::Lane(_) => {
                let length = scene.roads.length(track);
                let let_go = queue.iter().take_while(|r| r.is(flag::GRANTED));
                for (row, m) in let_go.filter_map(|row| Some((row, row.next?))) {
                    claims.enliven(scene.roads.movement(m));
                    found.push(scene.crosser(row, m, row.position - length, row.flags));
                }
            }
        }
    }
}

/// Claims the areas that a vehicle gives way at and has just been allowed to take.
pub(crate) fn take_claims(claims: &mut Claims<'_>, crosser: &Crosser<'_>, which: impl Fn(&Way, &Clash) -> bool) {
    let newly = |c: &&Clash| c.meeting == Meeting::Cross && c.yields && which(crosser.way, c);
    for clash in crosser.way.clashes.iter().filter(newly).filter(|c| !crosser.has_passed(c)) {
        claims.claim(clash, crosser.row.vehicle, crosser.row.length);
    }
}
