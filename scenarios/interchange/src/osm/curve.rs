//! The way of a movement over an intersection: a smooth curve, and how fast it can be driven.

use model::geometry::{Point, Polyline, Pose, turn_angle};
use model::quantity::Length;

/// Lateral acceleration in turns, in m/s²; drivers in cities take 1.5 to 3.
const LATERAL: f64 = 2.0;

/// The slowest speed that a turn is given, in km/h.
const SLOWEST: f64 = 15.0;

/// Metres between the points of a curve.
const STEP: f64 = 1.0;

/// The pose at the end of a line.
pub(super) fn end_pose(line: &Polyline) -> Pose {
    line.pose(line.length())
}

/// The pose at the start of a line.
pub(super) fn start_pose(line: &Polyline) -> Pose {
    line.pose(Length::ZERO)
}

/// A cubic from one pose to another.
///
/// Where the two straights meet ahead, its handles reach 0.55 of the way there, which makes a quarter circle of equal
/// legs; otherwise it is the gentle S between them.
pub(super) fn between(from: Pose, to: Pose) -> Option<Polyline> {
    let distance = from.at.distance(to.at).get();
    cubic(from, to, handles(from, to, distance))
}

/// A cubic that turns at once, so that it stays near the straight from start to end.
pub(super) fn at_once(from: Pose, to: Pose) -> Option<Polyline> {
    let short = from.at.distance(to.at).get() * 0.2;
    cubic(from, to, (short, short))
}

/// A cubic with handles of given lengths.
fn cubic(from: Pose, to: Pose, (a, b): (f64, f64)) -> Option<Polyline> {
    let distance = from.at.distance(to.at).get();
    let (p0, p3) = (from.at, to.at);
    let (p1, p2) = (from.offset(a, 0.0), to.offset(-b, 0.0));
    let count = ((distance * 1.2 / STEP) as usize).clamp(2, 120);
    let straight = turn_angle(from.heading, to.heading).abs() < 1e-3 && lateral(from, to.at).abs() < 0.02;
    let count = if straight { 1 } else { count };
    Polyline::new((0..=count).map(|i| bezier(p0, p1, p2, p3, i as f64 / count as f64)))
}

fn lateral(from: Pose, p: Point) -> f64 {
    from.heading.0 * (p.y - from.at.y) - from.heading.1 * (p.x - from.at.x)
}

fn handles(from: Pose, to: Pose, distance: f64) -> (f64, f64) {
    let (u, v) = (from.heading, to.heading);
    let cross = u.0 * v.1 - u.1 * v.0;
    let (dx, dy) = (to.at.x - from.at.x, to.at.y - from.at.y);
    let plain = distance * 0.4;
    if cross.abs() < 0.25 {
        return (plain, plain);
    }
    // from + a u = to - b v
    let a = (dx * v.1 - dy * v.0) / cross;
    let b = (u.0 * dy - u.1 * dx) / cross;
    let (low, high) = (0.25 * distance, 1.2 * distance);
    if a <= 0.0 || b <= 0.0 { (plain, plain) } else { ((0.55 * a).clamp(low, high), (0.55 * b).clamp(low, high)) }
}

fn bezier(p0: Point, p1: Point, p2: Point, p3: Point, t: f64) -> Point {
    let (a, b, c) = (p0.lerp(p1, t), p1.lerp(p2, t), p2.lerp(p3, t));
    a.lerp(b, t).lerp(b.lerp(c, t), t)
}

/// The speed in km/h at which a curve can be driven, at most `limit_kmh`.
///
/// The radius is that of a circle of the same length and turn: drivers even out what is tight for a moment.
pub(super) fn speed_kmh(shape: &Polyline, limit_kmh: f64) -> f64 {
    let angle = turn_angle(start_pose(shape).heading, end_pose(shape).heading).abs();
    if angle < 0.2 {
        return limit_kmh;
    }
    let radius = 0.9 * shape.length().get() / angle;
    ((LATERAL * radius).sqrt() * 3.6).clamp(SLOWEST.min(limit_kmh), limit_kmh).round()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pose(x: f64, y: f64, heading: (f64, f64)) -> Pose {
        Pose { at: Point::new(x, y), heading }
    }

    #[test]
    fn a_quarter_turn_is_nearly_a_circle() {
        let curve = between(pose(0.0, 0.0, (1.0, 0.0)), pose(10.0, 10.0, (0.0, 1.0))).unwrap();
        let centre = Point::new(0.0, 10.0);
        assert!(curve.points().iter().all(|p| (p.distance(centre).get() - 10.0).abs() < 0.1));
        assert_eq!((curve.start(), curve.end()), (Point::new(0.0, 0.0), Point::new(10.0, 10.0)));
        // The root of 0.9 x 10 m x 2 m/s², 4.2 m/s, is 15 km/h; the cubic is a little longer, the rounded angle smaller.
        assert_eq!(speed_kmh(&curve, 50.0), 16.0);
    }

    #[test]
    fn straight_on_keeps_the_limit() {
        let curve = between(pose(0.0, 0.0, (1.0, 0.0)), pose(25.0, 1.0, (1.0, 0.0))).unwrap();
        assert!(curve.length().get() < 25.2);
        assert_eq!(speed_kmh(&curve, 50.0), 50.0);
    }
}
