//! Where two movements come too close, from their centre lines.

use crate::geometry::Polyline;
use crate::quantity::Length;

/// How close two centre lines may come before vehicles on them could touch.
///
/// Two cars of 1.8 m need 1.8 m, two buses on straight ways 2.5 m; the rest is for bodies that cut the inside of a bend.
/// Lanes side by side are 2.75 m apart or more and do not conflict. It does not cover all that a long vehicle sweeps in a
/// tight turn: a bus whose front axle follows a radius of 12 m cuts 1.6 m off the inside
/// ([`LongVehicle::off_tracking`](super::LongVehicle::off_tracking)), where half a bus and half a car leave 0.45 m.
pub const CORRIDOR_WIDTH: Length = Length::metres(2.6);

/// How close two centre lines of turns side by side may come before a long vehicle on one of them needs both.
pub(crate) const LONG_VEHICLE_WIDTH: Length = Length::metres(4.5);

/// Sampling distance along a centre line.
const SAMPLE: f64 = 0.25;

/// The stretches of two centre lines that lie closer together than [`CORRIDOR_WIDTH`]: `(from, to)` along each.
///
/// Where the lines meet more than once the stretch spans all of it. `None` when they stay apart.
///
/// # Complexity
/// Samples of both lines, multiplied; movements are a few dozen metres long.
pub fn conflict_stretches(a: &Polyline, b: &Polyline) -> Option<[(Length, Length); 2]> {
    stretches_within(a, b, CORRIDOR_WIDTH)
}

/// The stretches of two centre lines that lie closer together than `width`.
pub(crate) fn stretches_within(a: &Polyline, b: &Polyline, width: Length) -> Option<[(Length, Length); 2]> {
    Some([stretch_along(a, b, width)?, stretch_along(b, a, width)?])
}

/// The stretch of a centre line that lies closer to another than `width`; `None` when all of it stays apart.
pub(crate) fn stretch_along(line: &Polyline, other: &Polyline, width: Length) -> Option<(Length, Length)> {
    let length = line.length().get();
    let count = (length / SAMPLE) as usize + 1;
    let mut found: Option<(f64, f64)> = None;
    for i in 0..=count {
        let s = (i as f64 * SAMPLE).min(length);
        let (_, distance) = other.nearest(line.pose(Length::metres(s)).at);
        if distance < width {
            found = Some(found.map_or((s, s), |(from, _)| (from, s)));
        }
    }
    // Half a sample on each side: the true edge lies between two samples.
    found.map(|(from, to)| (Length::metres((from - SAMPLE).max(0.0)), Length::metres((to + SAMPLE).min(length))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Point;

    fn line(points: &[(f64, f64)]) -> Polyline {
        Polyline::new(points.iter().map(|&(x, y)| Point::new(x, y))).unwrap()
    }

    #[test]
    fn ways_that_cross_conflict_around_the_crossing_point() {
        let east = line(&[(-20.0, 0.0), (20.0, 0.0)]);
        let north = line(&[(5.0, -10.0), (5.0, 30.0)]);
        let [e, n] = conflict_stretches(&east, &north).unwrap();
        assert!((e.0.get() - 22.4).abs() < 0.5 && (e.1.get() - 27.6).abs() < 0.5, "{e:?}");
        assert!((n.0.get() - 7.4).abs() < 0.5 && (n.1.get() - 12.6).abs() < 0.5, "{n:?}");
    }

    #[test]
    fn lanes_side_by_side_do_not_conflict() {
        assert!(conflict_stretches(&line(&[(0.0, 0.0), (30.0, 0.0)]), &line(&[(0.0, 2.75), (30.0, 2.75)])).is_none());
    }
}
