//! Bicycles and others beside each other on one lane: who passes whom, and whom one follows.
//!
//! A queue stays sorted by front bumpers: whoever passes another within the lane changes places with it as its front goes by
//! (`moving`). A motor vehicle passes a bicycle where it keeps 1.5 m from it; else it stays behind, or changes lanes. A
//! bicycle passes on the right what stands or rolls in a queue, at moderate speed, if there is room. On an intersection
//! everybody is in single file again: stop lines are crossed in the order of the queue, each when the rear of the one before
//! has crossed, and nobody is passed who could then not wait at the line.
//!
//! Source: StVO § 5 (4): at least 1.5 m of clearance in town; § 5 (8): cyclists may pass those who wait, with moderate
//! speed and care, if there is room.

use crate::decide::{COURTESY_DECELERATION, Decision, Next};
use crate::following::{APART, Driver, Leader, stopping_distance};
use crate::measure::STANDING;
use crate::perceive::{Hindrance, LINE_MARGIN, STOP_BEFORE_LINE, Scene};
use crate::roads::Track;
use crate::sides::{NARROW, RAMP, is_bicycle, room_between, width};
use crate::traffic::Row;
use model::id::VehicleId;
use model::vehicle::VehicleClass;

/// Room that a motor vehicle keeps from a bicycle that it passes, in metres.
const CLEARANCE: f64 = 1.5;

/// Cyclists pass what is no faster than this, in m/s: what waits, or rolls in a queue. Assumed.
const ROLLS: f64 = 1.5;

/// How fast cyclists pass a queue, in m/s: 10 km/h, assumed for a moderate speed.
const MODERATE: f64 = 10.0 / 3.6;

/// Deceleration with which anyone who has been passed can wait at the stop line, in m/s², and the time in which it is noticed,
/// in seconds; assumed.
const EASY: (f64, f64) = (2.0, 2.0);

/// A lane with sides, and who is on it.
pub(crate) struct Shared<'a> {
    scene: &'a Scene<'a>,
    track: Track,
    queue: &'a [Row],
    length: f64,
    width: f64,
}

/// What those on the other side of the lane mean to a driver.
#[derive(Debug)]
pub(crate) struct Beside {
    /// Place in the queue of the vehicle ahead on the same side.
    pub(crate) leader: Option<usize>,
    /// Of one that ought to be on the other side but has no room there, and is followed as if on the same.
    single: Option<usize>,
    /// Of the vehicle on the other side that is followed all the same.
    aside: Option<usize>,
    /// Of one alongside that goes first.
    waits_for: Option<usize>,
    /// Of one alongside whose front must not be passed any more.
    level: Option<usize>,
    /// Who crosses the stop line first, and whether that is near.
    turn: Option<(VehicleId, bool)>,
    /// How far away it begins that somebody is passed at moderate speed; infinite where nobody is.
    moderate: f64,
    /// Whether the rear of one that has just crossed the stop line is alongside.
    tail: bool,
}

impl Beside {
    /// Of a driver with nobody on the other side.
    const NOBODY: Self = Self {
        leader: None,
        single: None,
        aside: None,
        waits_for: None,
        level: None,
        turn: None,
        moderate: f64::INFINITY,
        tail: false,
    };
}

impl<'a> Shared<'a> {
    /// A track as a lane with sides; `None` where it has none, or nobody cycles.
    pub(crate) fn of(scene: &'a Scene<'a>, track: Track) -> Option<Self> {
        if !scene.fleet.cycles {
            return None;
        }
        let width = width(scene.roads, track)?;
        Some(Self { scene, track, queue: scene.traffic.queue(track), length: scene.roads.length(track), width })
    }

    /// What a driver, the row with the index `i`, makes of those ahead.
    pub(crate) fn look(&self, i: usize, driver: &Driver) -> Beside {
        let (row, mut seen) = (&self.queue[i], Beside::NOBODY);
        let cycles = is_bicycle(self.scene.fleet, row);
        for (j, other) in self.queue[..i].iter().enumerate().rev() {
            let room = room_between(self.scene.fleet, row, other, self.width);
            if is_bicycle(self.scene.fleet, other) == cycles {
                seen.leader = Some(j);
                break;
            }
            // Where there is no room beside it, and behind an intersection, it is ahead like any other.
            if room < NARROW || other.rear() < RAMP {
                seen.single = seen.single.filter(|&l| self.queue[l].rear() < other.rear()).or(Some(j));
                continue;
            }
            self.note(&mut seen, (row, driver, cycles), (j, other), room >= CLEARANCE);
            // Everybody else is further ahead.
            if cycles && seen.aside.is_some() {
                break;
            }
        }
        // Of one that has just crossed the line the rear may be alongside.
        if let Some(tail) = self.scene.tails.on(self.track).filter(|t| t.rear < row.position) {
            (seen.tail, seen.turn) = (true, Some((tail.vehicle, true)));
        }
        seen
    }

    /// Takes down what one on the other side means; `wide` says that there is all the room that is needed.
    fn note(&self, seen: &mut Beside, (row, driver, cycles): (&Row, &Driver, bool), (j, other): (usize, &Row), wide: bool) {
        let class = self.scene.fleet.types[other.kind].class;
        let waits = other.speed <= ROLLS && !matches!(class, VehicleClass::Bus | VehicleClass::Tram);
        let passes = wide || (cycles && waits);
        let alongside = row.position > other.rear();
        let can_pass = self.can_pass(row, driver, other, alongside);
        // Beside one that stands at the line cyclists come up as far as its front.
        let comes_up = can_pass || (cycles && other.speed < STANDING);
        let begins = passes && comes_up && other.rear() > row.length + 1.0;
        if !(alongside || begins) {
            seen.aside = Some(j);
            seen.turn = seen.turn.or(Some((other.vehicle, false)));
            return;
        }
        if alongside && !passes {
            seen.waits_for = Some(j);
        } else if alongside && !can_pass {
            seen.level = Some(j);
        }
        if cycles && !wide {
            seen.moderate = seen.moderate.min((other.rear() - row.position).max(0.0));
        }
        let near = cycles || seen.level.is_some() || seen.turn.is_some_and(|t| t.1);
        seen.turn = Some((other.vehicle, near));
    }

    /// Whether the front of a vehicle will have passed another while that can still wait at the stop line.
    fn can_pass(&self, row: &Row, driver: &Driver, other: &Row, alongside: bool) -> bool {
        let (easy, notice) = EASY;
        let rest = self.length - other.position - stopping_distance(other.speed, easy) - notice * other.speed - 2.0;
        // Whoever has yet to begin passes wholly, and needs time to speed up.
        let (closing, way) = if alongside {
            (row.speed - other.speed, other.position - row.position + 0.5)
        } else {
            (0.5 * (driver.v0 - other.speed), other.position - row.position + row.length + 2.0)
        };
        rest > other.speed * way / closing.max(0.5)
    }

    /// The acceleration of the row with the index `i` with regard to those on the other side, and what holds it up where that
    /// is one of them. `decided` is what those before it in the queue do.
    pub(crate) fn heed(
        &self,
        seen: &Beside,
        (i, driver): (usize, &Driver),
        (acceleration, held_by): (f64, Option<Hindrance>),
        decided: &[Decision],
    ) -> (f64, Option<Hindrance>) {
        let (row, dt) = (&self.queue[i], self.scene.dt);
        let mut slowest = (acceleration, held_by);
        let mut heed = |wanted: f64, who: VehicleId| {
            if wanted < slowest.0 {
                slowest = (wanted, Some(Hindrance::Body(who)));
            }
        };
        if let Some((other, j)) = seen.single.map(|j| (&self.queue[j], j)) {
            let leader = Leader { gap: other.rear() - row.position, speed: other.speed };
            let wanted = driver.follow_as(row.speed, Some(leader), decided[j].acceleration, dt);
            heed(driver.hold(wanted, row.speed, leader.apart(), dt), other.vehicle);
        }
        if let Some((other, j)) = seen.aside.map(|j| (&self.queue[j], j)) {
            let leader = Leader { gap: other.rear() - row.position, speed: other.speed };
            let wanted = driver.follow_as(row.speed, Some(leader), decided[j].acceleration, dt).max(-COURTESY_DECELERATION);
            // It drives at the other side of the lane: nobody brakes hard for having come near.
            heed(if leader.gap < APART { wanted } else { driver.hold(wanted, row.speed, leader.apart(), dt) }, other.vehicle);
        }
        if let Some(other) = seen.waits_for.map(|j| &self.queue[j]) {
            heed(-COURTESY_DECELERATION.min(row.speed / dt), other.vehicle);
        }
        if let Some(other) = seen.level.map(|j| &self.queue[j]) {
            let leader = Leader { gap: other.position - row.position, speed: other.speed };
            let wanted = driver.follow(row.speed, Some(Leader { gap: leader.gap + driver.s0, ..leader }), dt);
            heed(driver.hold(wanted, row.speed, leader, dt), other.vehicle);
        }
        if let Some((who, near)) = seen.turn {
            let line = Leader { gap: self.length - row.position - LINE_MARGIN, speed: 0.0 };
            let before = Leader { gap: line.gap + driver.s0 - STOP_BEFORE_LINE + LINE_MARGIN, ..line };
            let wanted = if near { driver.follow(row.speed, Some(before), dt) } else { acceleration };
            heed(driver.hold(wanted.min(acceleration), row.speed, line, dt), who);
        }
        (slowest.0.max(-driver.hardest), slowest.1)
    }
}

impl Beside {
    /// The stop line as what is next, when the rear of one that has just crossed it is alongside: nobody else can be ahead.
    pub(crate) fn after_tail(&self, to_line: f64) -> Option<Next> {
        let (who, _) = self.turn.filter(|_| self.tail)?;
        Some(Next { leader: Leader { gap: to_line + APART, speed: 0.0 }, hindrance: Hindrance::Body(who), pace: 0.0 })
    }

    /// The speed from which a driver can still slow down to pass a queue at moderate speed.
    pub(crate) fn top(&self, driver: &Driver) -> f64 {
        (MODERATE * MODERATE + 2.0 * driver.b * self.moderate).sqrt()
    }
}
