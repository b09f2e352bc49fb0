//! Car following: the Intelligent Driver Model, and the bound that keeps it free of collisions.

use model::vehicle::VehicleType;

/// Hardest deceleration of a vehicle, in m/s². Dry asphalt allows about 8; drivers seldom use it.
pub(crate) const EMERGENCY_DECELERATION: f64 = 8.0;

/// Smallest gap that enters the formula, in metres: touching bumpers brake hard but finitely.
const GAP_FLOOR: f64 = 0.1;

/// Longest time over which an acceleration is taken as constant inside the model, in seconds.
const SUBSTEP: f64 = 0.25;

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
}

impl Driver {
    /// A driver of a vehicle type who would like to go at `v0`.
    pub(crate) fn of(kind: &VehicleType, v0: f64) -> Self {
        let f = kind.following;
        Self { v0, a: f.acceleration.get(), b: f.deceleration.get(), t: f.time_gap.get(), s0: kind.min_gap.get() }
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

/// Acceleration under the Intelligent Driver Model, free road included.
///
/// Source: Treiber, Hennecke, Helbing, Phys. Rev. E 62 (2000) 1805; Treiber and Kesting (2013), ch. 11.3.
/// Deviates: the gap is held at or above [`GAP_FLOOR`]; above its desired speed a vehicle brakes at most comfortably.
pub(crate) fn idm(driver: &Driver, speed: f64, leader: Option<Leader>) -> f64 {
    let Driver { v0, a, b, t, s0 } = *driver;
    let ratio = speed / v0;
    let free = (a * (1.0 - ratio * ratio * ratio * ratio)).max(-b);
    let Some(Leader { gap, speed: v_leader }) = leader else { return free };
    let desired = s0 + (speed * t + speed * (speed - v_leader) / (2.0 * (a * b).sqrt())).max(0.0);
    let interaction = desired / gap.max(GAP_FLOOR);
    free - a * interaction * interaction
}

/// Mean acceleration over a step: the model is followed in substeps while the leader keeps its speed.
///
/// A step as long as the reaction of the model would otherwise overshoot; with substeps the result hardly depends on
/// the step.
pub(crate) fn follow(driver: &Driver, speed: f64, leader: Option<Leader>, dt: f64) -> f64 {
    let parts = (dt / SUBSTEP).ceil().max(1.0);
    if parts <= 1.0 {
        return idm(driver, speed, leader);
    }
    let h = dt / parts;
    let (mut v, mut ahead) = (speed, leader);
    for _ in 0..parts as u32 {
        let next = (v + idm(driver, v, ahead) * h).max(0.0);
        if let Some(l) = &mut ahead {
            l.gap += (l.speed - 0.5 * (v + next)) * h;
        }
        v = next;
    }
    (v - speed) / dt
}

/// The largest acceleration over a step after which the vehicle can still stop behind its leader, were the leader to
/// brake as hard as it can from now on.
///
/// Both brake at [`EMERGENCY_DECELERATION`]. With `G` the gap and the leader's stopping distance together, the speed
/// `v'` at the end of the step solves `(v + v') dt / 2 + v'^2 / (2 b) = G`.
pub(crate) fn safe_acceleration(speed: f64, leader: Leader, dt: f64) -> f64 {
    let b = EMERGENCY_DECELERATION;
    let room = leader.gap + leader.speed * leader.speed / (2.0 * b);
    let under_root = 0.25 * b * b * dt * dt + b * (2.0 * room - speed * dt);
    let v = if under_root > 0.0 { under_root.sqrt() - 0.5 * b * dt } else { -1.0 };
    if v >= 0.0 {
        return (v - speed) / dt;
    }
    // It has to stop within the step.
    if room > 1e-9 { -speed * speed / (2.0 * room) } else { -speed / dt - 2.0 * b }
}

/// How far a vehicle goes in a step and how fast it is then: constant acceleration, standing still once it has stopped.
pub(crate) fn advance(speed: f64, acceleration: f64, dt: f64) -> (f64, f64) {
    let next = speed + acceleration * dt;
    if next >= 0.0 {
        return (0.5 * (speed + next) * dt, next);
    }
    (if acceleration < 0.0 { -speed * speed / (2.0 * acceleration) } else { 0.0 }, 0.0)
}

/// Distance to stop from a speed at a deceleration.
pub(crate) fn stopping_distance(speed: f64, deceleration: f64) -> f64 {
    speed * speed / (2.0 * deceleration)
}

/// Time to cover a distance, accelerating to the desired speed and then keeping it.
pub(crate) fn travel_time(distance: f64, speed: f64, driver: &Driver) -> f64 {
    let (a, top) = (driver.a, driver.v0.max(speed).max(0.1));
    let to_top = (top * top - speed * speed) / (2.0 * a);
    if distance <= to_top {
        ((speed * speed + 2.0 * a * distance.max(0.0)).sqrt() - speed) / a
    } else {
        (top - speed) / a + (distance - to_top) / top
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAR: Driver = Driver { v0: 13.9, a: 2.0, b: 2.0, t: 1.0, s0: 2.0 };

    #[test]
    fn a_free_vehicle_reaches_its_desired_speed_and_keeps_it() {
        let mut v = 0.0;
        for _ in 0..200 {
            (_, v) = advance(v, follow(&CAR, v, None, 0.5), 0.5);
        }
        assert!((v - 13.9).abs() < 0.05, "{v}");
    }

    #[test]
    fn a_fast_vehicle_stops_behind_a_standing_queue() {
        for dt in [0.1, 0.5, 1.0] {
            let (mut x, mut v) = (0.0, 13.9);
            for _ in 0..(60.0 / dt) as usize {
                let leader = Leader { gap: 100.0 - x, speed: 0.0 };
                let a = follow(&CAR, v, Some(leader), dt).min(safe_acceleration(v, leader, dt));
                assert!(a > -4.5, "brakes at {a} with dt {dt}");
                let (moved, next) = advance(v, a, dt);
                (x, v) = (x + moved, next);
            }
            assert!(x < 100.0 && x > 96.0 && v < 0.2, "{x} {v} with dt {dt}");
        }
    }

    #[test]
    fn no_leader_that_brakes_within_its_limit_is_hit() {
        for dt in [0.1, 0.5, 1.0] {
            for v_leader in [0.0, 3.0, 9.0, 15.0] {
                let (mut x, mut v) = (0.0, 15.0);
                let (mut xl, mut vl): (f64, f64) = (14.2, v_leader);
                xl += stopping_distance(15.0, EMERGENCY_DECELERATION) + 15.0 * dt
                    - stopping_distance(v_leader, EMERGENCY_DECELERATION);
                for _ in 0..100 {
                    let leader = Leader { gap: xl - x, speed: vl };
                    let a = safe_acceleration(v, leader, dt).min(2.0);
                    let (moved, next) = advance(v, a, dt);
                    let (moved_l, next_l) = advance(vl, -EMERGENCY_DECELERATION, dt);
                    (x, v, xl, vl) = (x + moved, next, xl + moved_l, next_l);
                    assert!(x <= xl + 1e-9, "{x} past {xl} with dt {dt}, leader {v_leader}");
                }
            }
        }
    }

    #[test]
    fn travel_times_match_constant_acceleration() {
        assert!((travel_time(16.0, 0.0, &CAR) - 4.0).abs() < 1e-12);
        assert!((travel_time(139.0, 13.9, &CAR) - 10.0).abs() < 1e-9);
    }
}
