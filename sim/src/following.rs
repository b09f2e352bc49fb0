//! Car following: the Intelligent Driver Model and the model of Krauss, and the bound that keeps both free of collisions.
//!
//! The first moves on with the mean speed of a step (ballistic); the second, as in SUMO, with the speed at its end
//! (Euler), which is why results with it depend on the step.

use model::maths::Bound;
use model::vehicle::{Following, FollowingModel, VehicleType};

/// Hardest deceleration that anyone ahead is reckoned to be able of, in m/s². Dry asphalt allows about 8; drivers seldom
/// use it, and trams cannot.
pub(crate) const EMERGENCY_DECELERATION: f64 = 8.0;

/// Hardest braking for something that can be waived, in m/s²: twice what drivers foresee.
const FIRM_DECELERATION: f64 = 4.0;

/// Smallest gap that enters the formula, in metres: touching bumpers brake hard but finitely.
const GAP_FLOOR: f64 = 0.1;

/// Longest time over which an acceleration is taken as constant inside the model, in seconds.
pub(crate) const SUBSTEP: f64 = 0.25;

/// What a driver brings along, in SI units: the symbols of the model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Driver {
    /// Desired speed.
    pub(crate) v0: f64,
    /// Acceleration from standstill.
    pub(crate) a: f64,
    /// Comfortable deceleration.
    pub(crate) b: f64,
    /// Net time gap.
    pub(crate) t: f64,
    /// Net gap at standstill.
    pub(crate) s0: f64,
    /// Hardest deceleration.
    pub(crate) hardest: f64,
    /// Which model, and for that of Krauss the share of the acceleration that is lost by chance.
    pub(crate) model: FollowingModel,
    pub(crate) sigma: f64,
    /// Whether others follow the model of Krauss: they stop within less, for a step that they brake in counts in full.
    pub(crate) among_krauss: bool,
}

impl Driver {
    /// A driver of a vehicle type who would like to go at `v0`.
    pub(crate) fn of(kind: &VehicleType, v0: f64) -> Self {
        let Following { model, acceleration, deceleration, time_gap, imperfection } = kind.following;
        let (a, b) = (acceleration.get(), deceleration.get());
        let hardest = kind.emergency_deceleration.get();
        let (t, s0) = (time_gap.get(), kind.min_gap.get());
        Self { v0, a, b, t, s0, hardest, model, sigma: imperfection, among_krauss: false }
    }

    /// Deceleration for something that can be waived when it would take more.
    pub(crate) fn firm(&self) -> f64 {
        FIRM_DECELERATION.at_most(0.8 * self.hardest)
    }

    /// Mean acceleration over a step that the model asks for, behind a leader that keeps its speed.
    pub(crate) fn follow(&self, speed: f64, leader: Option<Leader>, dt: f64) -> f64 {
        self.follow_as(speed, leader, 0.0, dt)
    }

    /// The same, behind a leader that accelerates by `pace` over the step; Krauss does not look so far.
    pub(crate) fn follow_as(&self, speed: f64, leader: Option<Leader>, pace: f64, dt: f64) -> f64 {
        match self.model {
            FollowingModel::Idm => idm_over(self, speed, leader, pace, dt),
            FollowingModel::Krauss => krauss(self, speed, leader, dt),
        }
    }

    /// The acceleration that the model asks for at this moment; with Krauss, over the step.
    pub(crate) fn incentive(&self, speed: f64, leader: Option<Leader>, dt: f64) -> f64 {
        match self.model {
            FollowingModel::Idm => Idm::of(self).acceleration(speed, leader),
            FollowingModel::Krauss => krauss(self, speed, leader, dt),
        }
    }

    /// The largest acceleration over a step after which the vehicle can still stop behind its leader, were the leader to
    /// brake as hard as anyone can from now on, and the vehicle as hard as it can itself.
    ///
    /// The leader is reckoned to brake at [`EMERGENCY_DECELERATION`], or as the follower where that can do more: while the
    /// follower brakes no harder than the leader, the gap is least at the end, so that it is enough to compare where both
    /// come to rest. A tram thus keeps the distance at which it stops behind a car that brakes harder than it can.
    pub(crate) fn bound(&self, speed: f64, leader: Leader, dt: f64) -> f64 {
        match self.model {
            FollowingModel::Idm => {
                let ahead = EMERGENCY_DECELERATION.at_least(self.hardest);
                let way = stopping_distance(leader.speed, ahead);
                let in_steps = || braking_distance_in_steps(leader.speed, ahead, dt);
                let room = leader.gap + if self.among_krauss { way.at_most(in_steps()) } else { way };
                safe_acceleration(speed, room, self.hardest, dt)
            }
            FollowingModel::Krauss => {
                let ahead = EMERGENCY_DECELERATION.at_least(self.hardest);
                let room = leader.gap + braking_distance_in_steps(leader.speed, ahead, dt);
                (stopping_speed_in_steps(room, self.hardest, dt, dt) - speed) / dt
            }
        }
    }

    /// An acceleration, or [`Self::bound`] where that is less: worked out only where a rough reckoning leaves it open.
    pub(crate) fn hold(&self, acceleration: f64, speed: f64, leader: Leader, dt: f64) -> f64 {
        let next = (speed + acceleration * dt).at_least(0.0);
        let rest = speed.at_least(next) * dt + ROUGHLY;
        if stops_within(next, rest, leader, self.hardest, EMERGENCY_DECELERATION.at_least(self.hardest), dt) {
            return acceleration;
        }
        acceleration.at_most(self.bound(speed, leader, dt))
    }

    /// Whether a vehicle can stay behind something ahead without braking harder than it can.
    pub(crate) fn can_stay_behind(&self, speed: f64, leader: Leader, dt: f64) -> bool {
        self.bound(speed, leader, dt) >= -self.hardest - ROUNDING
    }

    /// Whether a vehicle can stop within a distance at a deceleration.
    pub(crate) fn can_stop(&self, speed: f64, distance: f64, deceleration: f64, dt: f64) -> bool {
        match self.model {
            FollowingModel::Idm => stopping_distance(speed, deceleration) <= distance,
            FollowingModel::Krauss => braking_distance_in_steps(speed, deceleration, dt) <= distance,
        }
    }

    /// Whether a vehicle that stands behind another that stands surely does so for another step, whatever else it sees.
    ///
    /// Drivers of the Intelligent Driver Model may start with the one ahead, within the step: `pace` is its acceleration.
    pub(crate) fn goes_on_standing(&self, speed: f64, leader: Leader, pace: f64) -> bool {
        let stands = speed == 0.0 && leader.speed == 0.0 && leader.gap - self.s0 < STOPPED_BEFORE;
        stands && (pace <= 0.0 || self.model == FollowingModel::Krauss)
    }

    /// The time for which a driver keeps an acceleration when weighing whether a place is safe: the same however long the
    /// step is. With Krauss the step is part of the model.
    pub(crate) fn moment(&self, dt: f64) -> f64 {
        match self.model {
            FollowingModel::Idm => dt.at_most(SUBSTEP),
            FollowingModel::Krauss => dt,
        }
    }

    /// The acceleration after what a driver of Krauss loses by chance; `draw` is uniform in [0, 1).
    ///
    /// Source: SUMO 1.28.0, model Krauss, as its documentation describes it. Whoever starts loses a share of the speed
    /// instead, and nobody brakes harder for it than comfortably.
    pub(crate) fn dawdle(&self, speed: f64, acceleration: f64, draw: f64, dt: f64) -> f64 {
        let next = speed + acceleration * dt;
        let lost = self.sigma * draw * if next < self.a { next } else { self.a };
        let least = next.at_most((speed - self.b * dt).at_least(0.0));
        ((next - lost * dt).at_least(least).at_least(0.0) - speed) / dt
    }
}

/// Something ahead: another vehicle, or a place to stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Leader {
    /// Net gap to it.
    pub(crate) gap: f64,
    /// Its speed; 0 for a place to stop.
    pub(crate) speed: f64,
}

/// However hard it brakes, a vehicle stays this far behind another, in metres.
pub(crate) const APART: f64 = 0.5;

impl Leader {
    /// The same vehicle as far as safety is concerned: a little nearer.
    pub(crate) fn apart(self) -> Self {
        Self { gap: self.gap - APART, ..self }
    }
}

/// The Intelligent Driver Model of a driver: what its formula is made of, with the reciprocals worked out.
///
/// Source: Treiber, Hennecke, Helbing, Phys. Rev. E 62 (2000) 1805; Treiber and Kesting (2013), ch. 11.3.
/// Deviates: the gap is held at or above [`GAP_FLOOR`]; above its desired speed a vehicle brakes at most comfortably.
struct Idm {
    a: f64,
    b: f64,
    t: f64,
    s0: f64,
    /// 1 / v0.
    per_v0: f64,
    /// 1 / (2 √(a b)).
    per_root: f64,
}

impl Idm {
    fn of(driver: &Driver) -> Self {
        let Driver { v0, a, b, t, s0, .. } = *driver;
        Self { a, b, t, s0, per_v0: 1.0 / v0, per_root: 0.5 / (a * b).sqrt() }
    }

    /// Acceleration, free road included.
    fn acceleration(&self, speed: f64, leader: Option<Leader>) -> f64 {
        let ratio = speed * self.per_v0;
        let free = (self.a * (1.0 - ratio * ratio * ratio * ratio)).at_least(-self.b);
        let Some(Leader { gap, speed: v_leader }) = leader else { return free };
        let desired = self.s0 + (speed * (self.t + (speed - v_leader) * self.per_root)).at_least(0.0);
        // The division waits for the gap alone: how fast a queue is gone through depends on how long this chain is.
        let interaction = desired * (1.0 / gap.at_least(GAP_FLOOR));
        free - self.a * (interaction * interaction)
    }
}

/// Acceleration over a step under the model of Krauss: as fast as is safe, were the leader to brake as comfortably as
/// the driver would, after a reaction of the time gap.
///
/// Source: Krauss, "Microscopic Modeling of Traffic Flow" (1998), with the discrete steps that SUMO 1.28.0 documents.
fn krauss(driver: &Driver, speed: f64, leader: Option<Leader>, dt: f64) -> f64 {
    let Driver { v0, a, b, t, s0, .. } = *driver;
    let wanted = (speed + a * dt).at_most(v0.at_least(speed - b * dt));
    let Some(leader) = leader else { return (wanted - speed) / dt };
    let behind = Leader { gap: leader.gap - s0, ..leader };
    if stops_within(wanted, wanted * t + ROUGHLY, behind, b, b, dt) {
        return (wanted - speed) / dt;
    }
    let safe = stopping_speed_in_steps(behind.gap + braking_distance_in_steps(leader.speed, b, dt), b, t, dt);
    (wanted.at_most(safe) - speed) / dt
}

/// What rounding leaves open, in m/s².
const ROUNDING: f64 = 1e-6;

/// What rough reckonings of distances leave open, in metres: more than rounding and the millimetre of the model.
const ROUGHLY: f64 = 0.01;

/// Whether a vehicle surely stops behind its leader: from `speed` at `b`, after `way` more metres, while the leader brakes at
/// `ahead`. Takes the way in steps of `dt` for the follower at its longest and for the leader at its shortest, and needs
/// no roots; where it says no, it may still be so.
fn stops_within(speed: f64, way: f64, leader: Leader, b: f64, ahead: f64, dt: f64) -> bool {
    let (v, in_steps) = (leader.speed, 0.5 * ahead * dt);
    // In steps of dt the way is shorter by half a step's, and by what the last, shorter step leaves.
    let leaders = (v * v - 2.0 * in_steps * (v + 0.25 * ahead * dt)).at_least(0.0);
    (speed * speed * ahead + 2.0 * b * ahead * (way - leader.gap)) <= b * leaders
}

/// The whole part of a number that is not negative but for rounding; much faster than `floor` where that is a call.
fn whole(x: f64) -> f64 {
    f64::from(x as i32)
}

/// Slower than this a vehicle stands, in m/s: both models come to rest by ever smaller steps and never quite.
const CRAWLING: f64 = 5e-4;

/// A driver of Krauss stops so far before the place where it has to, in metres.
const STOPPED_BEFORE: f64 = 1e-3;

/// How far a vehicle goes that brakes step by step, each step moved with the speed at its end.
fn braking_distance_in_steps(speed: f64, b: f64, dt: f64) -> f64 {
    let steps = whole(speed / (b * dt));
    dt * (steps * speed - 0.5 * b * dt * steps * (steps + 1.0))
}

/// The highest speed from which a vehicle stops within `gap`: it keeps the speed for `reaction`, then brakes step by
/// step, each step moved with the speed at its end.
///
/// With `n` whole steps of braking the way is `n (n - 1) b dt^2 / 2 + n b dt reaction`; what is left of the gap after the
/// largest such `n` is shared out over the steps.
fn stopping_speed_in_steps(gap: f64, b: f64, reaction: f64, dt: f64) -> f64 {
    let gap = gap - STOPPED_BEFORE;
    if gap < 0.0 {
        return 0.0;
    }
    let per_step = b * dt;
    let root = (dt * dt + 4.0 * (dt * (2.0 * gap / per_step - reaction) + reaction * reaction)).sqrt();
    let n = whole(0.5 - (reaction - 0.5 * root) / dt);
    let way = 0.5 * n * (n - 1.0) * per_step * dt + n * per_step * reaction;
    n * per_step + (gap - way) / (n * dt + reaction)
}

/// Mean acceleration over a step: the model is followed in substeps while the leader accelerates by `pace`.
///
/// A step as long as the reaction of the model would otherwise overshoot; with substeps the result hardly depends on
/// the step.
fn idm_over(driver: &Driver, speed: f64, leader: Option<Leader>, pace: f64, dt: f64) -> f64 {
    let parts = whole(dt / SUBSTEP + (1.0 - 1e-9)).at_least(1.0);
    let model = Idm::of(driver);
    if parts <= 1.0 {
        return model.acceleration(speed, leader);
    }
    let h = dt / parts;
    let (mut v, mut ahead) = (speed, leader);
    for _ in 0..parts as u32 {
        let next = (v + model.acceleration(v, ahead) * h).at_least(0.0);
        if let Some(l) = &mut ahead {
            let after = (l.speed + pace * h).at_least(0.0);
            l.gap += 0.5 * (l.speed + after - v - next) * h;
            l.speed = after;
        }
        v = next;
    }
    (v - speed) / dt
}

/// The largest acceleration over a step after which the vehicle can still stop behind its leader, were the leader to
/// brake as hard as it can from now on.
///
/// The follower brakes at `b`. With `room` the gap and the leader's stopping distance together, the speed `v'` at the end of
/// the step solves `(v + v') dt / 2 + v'^2 / (2 b) = room`.
fn safe_acceleration(speed: f64, room: f64, b: f64, dt: f64) -> f64 {
    let under_root = 0.25 * b * b * dt * dt + b * (2.0 * room - speed * dt);
    let v = if under_root > 0.0 { under_root.sqrt() - 0.5 * b * dt } else { -1.0 };
    if v >= 0.0 {
        return (v - speed) / dt;
    }
    // It has to stop within the step.
    if room > 1e-9 { -speed * speed / (2.0 * room) } else { -speed / dt - 2.0 * b }
}

/// How far a vehicle goes in a step and how fast it is then: constant acceleration, standing still once it has stopped;
/// with Krauss, the new speed for the whole step.
pub(crate) fn advance(model: FollowingModel, speed: f64, acceleration: f64, dt: f64) -> (f64, f64) {
    let next = speed + acceleration * dt;
    if model == FollowingModel::Krauss {
        return (next.at_least(0.0) * dt, at_rest(speed, next));
    }
    if next >= 0.0 {
        return (0.5 * (speed + next) * dt, at_rest(speed, next));
    }
    (if acceleration < 0.0 { -speed * speed / (2.0 * acceleration) } else { 0.0 }, 0.0)
}

/// The speed that follows on another, or 0 where both are [`CRAWLING`].
fn at_rest(speed: f64, next: f64) -> f64 {
    if next < CRAWLING && speed < 2.0 * CRAWLING { 0.0 } else { next.at_least(0.0) }
}

/// Distance to stop from a speed at a deceleration.
pub(crate) fn stopping_distance(speed: f64, deceleration: f64) -> f64 {
    speed * speed / (2.0 * deceleration)
}

/// Time to cover a distance, accelerating to the desired speed and then keeping it.
pub(crate) fn travel_time(distance: f64, speed: f64, driver: &Driver) -> f64 {
    let (a, top) = (driver.a, driver.v0.at_least(speed).at_least(0.1));
    let to_top = (top * top - speed * speed) / (2.0 * a);
    if distance <= to_top {
        ((speed * speed + 2.0 * a * distance.at_least(0.0)).sqrt() - speed) / a
    } else {
        (top - speed) / a + (distance - to_top) / top
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    const CAR: Driver = Driver {
        v0: 13.9,
        a: 2.0,
        b: 2.0,
        t: 1.0,
        s0: 2.0,
        hardest: 8.0,
        model: FollowingModel::Idm,
        sigma: 0.0,
        among_krauss: false,
    };
    const TRAM: Driver = Driver { a: 1.0, b: 1.2, hardest: 2.73, ..CAR };
    const KRAUSS_TRAM: Driver = Driver { hardest: 2.73, b: 1.2, ..KRAUSS };
    const KRAUSS: Driver = Driver { a: 2.6, b: 4.5, s0: 2.5, model: FollowingModel::Krauss, ..CAR };

    #[test]
    fn a_free_vehicle_reaches_its_desired_speed_and_keeps_it() {
        let mut v = 0.0;
        for _ in 0..200 {
            (_, v) = advance(CAR.model, v, CAR.follow(v, None, 0.5), 0.5);
        }
        assert!((v - 13.9).abs() < 0.05, "{v}");
    }

    #[test]
    fn a_fast_vehicle_stops_behind_a_standing_queue() {
        for dt in [0.1, 0.5, 1.0] {
            let (mut x, mut v) = (0.0, 13.9);
            for _ in 0..(60.0 / dt) as usize {
                let leader = Leader { gap: 100.0 - x, speed: 0.0 };
                let a = CAR.follow(v, Some(leader), dt).min(CAR.bound(v, leader, dt));
                assert!(a > -4.5, "brakes at {a} with dt {dt}");
                let (moved, next) = advance(CAR.model, v, a, dt);
                (x, v) = (x + moved, next);
            }
            assert!(x < 100.0 && x > 96.0 && v < 0.2, "{x} {v} with dt {dt}");
        }
    }

    /// A follower whose driver pushes as hard as the bound allows, behind a leader that brakes as hard as it can.
    fn pushes_behind_one_that_brakes(driver: &Driver, v_leader: f64, dt: f64) {
        let (mut x, mut v) = (0.0, 15.0);
        let (mut xl, mut vl): (f64, f64) = (14.2, v_leader);
        xl += stopping_distance(15.0, EMERGENCY_DECELERATION) + 15.0 * dt - stopping_distance(v_leader, EMERGENCY_DECELERATION);
        for _ in 0..100 {
            let leader = Leader { gap: xl - x, speed: vl };
            let a = driver.bound(v, leader, dt).min(2.0);
            let (moved, next) = advance(driver.model, v, a, dt);
            let (moved_l, next_l) = advance(driver.model, vl, -EMERGENCY_DECELERATION, dt);
            (x, v, xl, vl) = (x + moved, next, xl + moved_l, next_l);
            assert!(x <= xl + 1e-9, "{x} past {xl} with dt {dt}, leader {v_leader}, {driver:?}");
        }
    }

    #[test]
    fn no_leader_that_brakes_within_its_limit_is_hit() {
        for dt in [0.1, 0.5, 1.0] {
            for v_leader in [0.0, 3.0, 9.0, 15.0] {
                pushes_behind_one_that_brakes(&CAR, v_leader, dt);
                pushes_behind_one_that_brakes(&KRAUSS, v_leader, dt);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(3), failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

        /// Tram or car, behind a tram or a car that speeds up and brakes as it likes within its limits and then as hard as it
        /// can: nobody is hit, nobody brakes harder than its brakes allow, at any moment within a step.
        #[test]
        fn nobody_hits_one_that_brakes_as_hard_as_it_can(
            (follower, ahead) in (0..4_usize, prop_oneof![Just(8.0), Just(2.73), Just(5.0)]),
            (v, v_ahead) in (0.0..20.0_f64, 0.0..20.0_f64),
            spare in 0.0..30.0_f64,
            pedal in proptest::collection::vec(-1.0..1.0_f64, 0..60),
            dt in prop_oneof![Just(0.1), Just(0.25), Just(0.5), Just(1.0)],
        ) {
            let driver = [CAR, TRAM, KRAUSS, KRAUSS_TRAM][follower];
            let (mut x, mut v) = (0.0, v);
            // As near as the bound lets it be, and a little more.
            let stop = |v: f64| stopping_distance(v, driver.hardest) + v * dt;
            let (mut xl, mut vl) = ((stop(v) - stopping_distance(v_ahead, EMERGENCY_DECELERATION)).max(0.0) + spare, v_ahead);
            for i in 0..pedal.len() + 200 {
                let a = driver.bound(v, Leader { gap: xl - x, speed: vl }, dt).min(driver.a);
                prop_assert!(a >= -driver.hardest - 1e-6 || v + a * dt <= 1e-6, "brakes at {a} from {v}");
                let al = pedal.get(i).map_or(-ahead, |p| if *p < 0.0 { p * ahead } else { p * 2.0 });
                for part in 1..=4 {
                    let h = dt * f64::from(part) / 4.0;
                    let (here, there) = (x + advance(driver.model, v, a, h).0, xl + advance(FollowingModel::Idm, vl, al, h).0);
                    // With Krauss only the ends of steps are places.
                    prop_assert!(driver.model == FollowingModel::Krauss || here <= there + 1e-6, "{here} past {there}");
                }
                let (moved, next) = advance(driver.model, v, a, dt);
                let (moved_l, next_l) = advance(driver.model, vl, al, dt);
                (x, v, xl, vl) = (x + moved, next, xl + moved_l, next_l);
                prop_assert!(x <= xl + 1e-6, "{x} past {xl}");
            }
            prop_assert!(v < 0.1, "everyone has come to rest: {v}");
        }
    }

    #[test]
    fn krauss_follows_at_the_time_gap_and_stops_before_a_queue() {
        // Behind a leader at 10 m/s the net gap is the minimum gap and one time gap.
        let kept = (0..400).fold((60.0, 10.0), |(gap, v): (f64, f64), _| {
            let next = v + KRAUSS.follow(v, Some(Leader { gap, speed: 10.0 }), 1.0);
            (gap + 10.0 - next, next)
        });
        assert!((kept.0 - 12.5).abs() < 0.1 && (kept.1 - 10.0).abs() < 0.01, "{kept:?}");
        let (mut x, mut v) = (0.0, 13.9);
        for _ in 0..60 {
            let a = KRAUSS.follow(v, Some(Leader { gap: 80.0 - x, speed: 0.0 }), 1.0);
            assert!(a > -4.6, "{a}");
            let (moved, next) = advance(KRAUSS.model, v, a, 1.0);
            (x, v) = (x + moved, next);
        }
        assert!((x - 77.5).abs() < 0.1 && v < 0.1, "{x} {v}");
    }

    #[test]
    fn nobody_dawdles_backwards_or_brakes_hard_for_it() {
        for v in [0.0, 0.5, 2.0, 10.0] {
            for a in [-9.0, -3.0, 0.0, 2.6] {
                let lost = Driver { sigma: 0.5, ..KRAUSS }.dawdle(v, a, 0.999, 1.0);
                assert!(v + lost >= 0.0 && lost <= a.max(-v) + 1e-9 && lost >= a.min(-4.5).max(-v) - 1e-9, "{v} {a} {lost}");
            }
        }
    }

    #[test]
    fn travel_times_match_constant_acceleration() {
        assert!((travel_time(16.0, 0.0, &CAR) - 4.0).abs() < 1e-12);
        assert!((travel_time(139.0, 13.9, &CAR) - 10.0).abs() < 1e-9);
    }
}
