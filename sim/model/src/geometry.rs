//! Plane geometry in metres east and north of the scenario's origin.

use crate::maths;
use crate::quantity::Length;
use serde::{Deserialize, Serialize};

/// A point, metres east and north of the origin.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Point {
    /// Metres east.
    pub x: f64,
    /// Metres north.
    pub y: f64,
}

impl Point {
    /// The point at these coordinates.
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// Distance to another point.
    pub fn distance(self, other: Self) -> Length {
        Length::metres(maths::hypot(other.x - self.x, other.y - self.y))
    }

    /// The point a share `t` of the way to `other`.
    #[must_use]
    pub fn lerp(self, other: Self, t: f64) -> Self {
        Self::new(self.x + (other.x - self.x) * t, self.y + (other.y - self.y) * t)
    }
}

/// A position and direction on a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pose {
    /// Where.
    pub at: Point,
    /// Unit vector of the direction of travel, `(east, north)`.
    pub heading: (f64, f64),
}

impl Pose {
    /// Direction of travel in radians, anticlockwise from east.
    pub fn angle(self) -> f64 {
        maths::atan2(self.heading.1, self.heading.0)
    }

    /// The point `left` metres to the left of the direction of travel and `ahead` metres along it.
    pub fn offset(self, ahead: f64, left: f64) -> Point {
        let (c, s) = self.heading;
        Point::new(self.at.x + c * ahead - s * left, self.at.y + s * ahead + c * left)
    }
}

/// A line of at least two distinct points with its running length.
#[derive(Debug, Clone, PartialEq)]
pub struct Polyline {
    points: Vec<Point>,
    /// Length from the start to each point.
    running: Vec<f64>,
}

impl Polyline {
    /// A line through the points; consecutive repetitions are dropped. `None` with fewer than two distinct points.
    pub fn new(points: impl IntoIterator<Item = Point>) -> Option<Self> {
        let mut line = Self { points: Vec::new(), running: Vec::new() };
        for p in points {
            match line.points.last() {
                None => line.running.push(0.0),
                Some(&last) => {
                    let step = last.distance(p).get();
                    if step < 1e-6 {
                        continue;
                    }
                    line.running.push(line.running[line.running.len() - 1] + step);
                }
            }
            line.points.push(p);
        }
        (line.points.len() >= 2).then_some(line)
    }

    /// The points.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// First point.
    pub fn start(&self) -> Point {
        self.points[0]
    }

    /// Last point.
    pub fn end(&self) -> Point {
        self.points[self.points.len() - 1]
    }

    /// Length of the line.
    pub fn length(&self) -> Length {
        Length::metres(self.running[self.running.len() - 1])
    }

    /// Position and direction at a length from the start; beyond the ends the end segments go on straight.
    pub fn pose(&self, along: Length) -> Pose {
        let s = along.get();
        let last = self.points.len() - 2;
        let i = self.running.partition_point(|&r| r <= s).saturating_sub(1).min(last);
        let (a, b) = (self.points[i], self.points[i + 1]);
        let step = self.running[i + 1] - self.running[i];
        let heading = ((b.x - a.x) / step, (b.y - a.y) / step);
        let t = s - self.running[i];
        Pose { at: Point::new(a.x + heading.0 * t, a.y + heading.1 * t), heading }
    }

    /// The part between two lengths from the start, clamped to the line; `None` when it has no length.
    pub fn part(&self, from: Length, to: Length) -> Option<Self> {
        let (from, to) = (from.get().max(0.0), to.get().min(self.length().get()));
        let inner = self.points.iter().zip(&self.running).filter(|&(_, &r)| r > from && r < to).map(|(&p, _)| p);
        let start = self.pose(Length::metres(from)).at;
        let end = self.pose(Length::metres(to)).at;
        (to > from).then(|| Self::new(std::iter::once(start).chain(inner).chain([end]))).flatten()
    }

    /// A parallel line `left` metres to the left (negative: right), mitred at the bends.
    #[must_use]
    pub fn shifted(&self, left: f64) -> Self {
        let n = self.points.len();
        let direction = |i: usize| {
            let (a, b) = (self.points[i], self.points[i + 1]);
            let d = self.running[i + 1] - self.running[i];
            ((b.x - a.x) / d, (b.y - a.y) / d)
        };
        let moved = (0..n).map(|i| {
            let before = direction(i.saturating_sub(1).min(n - 2));
            let after = direction(i.min(n - 2));
            let normal = (-(before.1 + after.1), before.0 + after.0);
            let size = maths::hypot(normal.0, normal.1);
            let (nx, ny) = if size < 1e-9 { (-before.1, before.0) } else { (normal.0 / size, normal.1 / size) };
            // A mitre is as long as the bend is sharp; beyond 60 degrees it is cut.
            let mitre = 1.0 / (nx * -before.1 + ny * before.0).max(0.5);
            Point::new(self.points[i].x + nx * left * mitre, self.points[i].y + ny * left * mitre)
        });
        Self::new(moved).unwrap_or_else(|| self.clone())
    }

    /// The line without inner points that lie closer than `least` to the one before or to the end: short segments turn
    /// round when a line is shifted.
    #[must_use]
    pub fn thinned(&self, least: Length) -> Self {
        let (last, total) = (self.points.len() - 1, self.length().get());
        let mut kept = vec![0];
        for i in 1..last {
            let from_kept = self.running[i] - self.running[kept[kept.len() - 1]];
            if from_kept >= least.get() && total - self.running[i] >= least.get() {
                kept.push(i);
            }
        }
        kept.push(last);
        Self::new(kept.into_iter().map(|i| self.points[i])).unwrap_or_else(|| self.clone())
    }

    /// The length from the start of the point on the line that is nearest to `p`, and the distance to it.
    pub fn nearest(&self, p: Point) -> (Length, Length) {
        let mut best = (0.0, f64::INFINITY);
        for i in 0..self.points.len() - 1 {
            let (a, b) = (self.points[i], self.points[i + 1]);
            let step = self.running[i + 1] - self.running[i];
            let t = (((p.x - a.x) * (b.x - a.x) + (p.y - a.y) * (b.y - a.y)) / (step * step)).clamp(0.0, 1.0);
            let d = a.lerp(b, t).distance(p).get();
            if d < best.1 {
                best = (self.running[i] + t * step, d);
            }
        }
        (Length::metres(best.0), Length::metres(best.1))
    }
}

/// Twice the signed area of the triangle: positive when `c` lies left of the line from `a` to `b`.
pub fn side(a: Point, b: Point, c: Point) -> f64 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

/// The turn from one heading to another, in radians in (-pi, pi]; positive to the left.
pub fn turn_angle(from: (f64, f64), to: (f64, f64)) -> f64 {
    maths::atan2(from.0 * to.1 - from.1 * to.0, from.0 * to.0 + from.1 * to.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corner() -> Polyline {
        Polyline::new([Point::new(0.0, 0.0), Point::new(10.0, 0.0), Point::new(10.0, 10.0)]).unwrap()
    }

    #[test]
    fn a_pose_runs_along_the_line_and_beyond_its_ends() {
        let line = corner();
        assert_eq!(line.pose(Length::metres(15.0)).at, Point::new(10.0, 5.0));
        assert_eq!(line.pose(Length::metres(22.0)).at, Point::new(10.0, 12.0));
        assert_eq!(line.pose(Length::metres(-2.0)).at, Point::new(-2.0, 0.0));
    }

    #[test]
    fn a_shifted_corner_keeps_its_distance() {
        let inner = corner().shifted(2.0);
        assert!((inner.points()[1].x - 8.0).abs() < 1e-9 && (inner.points()[1].y - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_thinned_line_keeps_its_direction_when_shifted() {
        let points = [(0.0, 0.0), (10.0, 0.0), (10.1, 0.1)].map(|(x, y)| Point::new(x, y));
        let line = Polyline::new(points).unwrap().thinned(Length::metres(1.0)).shifted(6.0);
        assert_eq!(line.points().len(), 2);
        assert!(line.pose(line.length()).heading.0 > 0.9);
    }

    #[test]
    fn a_part_has_the_length_asked_for() {
        let part = corner().part(Length::metres(5.0), Length::metres(12.0)).unwrap();
        assert!((part.length().get() - 7.0).abs() < 1e-9);
        assert!(corner().part(Length::metres(5.0), Length::metres(5.0)).is_none());
    }

    #[test]
    fn a_left_turn_is_positive() {
        assert!(turn_angle((1.0, 0.0), (0.0, 1.0)) > 1.5);
        assert!(side(Point::new(0.0, 0.0), Point::new(1.0, 0.0), Point::new(0.5, 1.0)) > 0.0);
    }
}
