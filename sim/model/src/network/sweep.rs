//! What a long vehicle sweeps in a bend (Schleppkurve): its rear leaves the way of its front.

use crate::geometry::{Point, Polyline, Pose};
use crate::quantity::Length;

/// Step along the way of the front axle, in metres.
const STEP: f64 = 0.1;

/// Bodies are looked at in every how many steps.
const EVERY: usize = 5;

/// Distance between the points of a side of a body, in metres, at most.
const SIDE: f64 = 1.0;

/// A vehicle that does not bend, with one axle that steers and one that follows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LongVehicle {
    /// From axle to axle.
    pub wheelbase: Length,
    /// From the front bumper to the front axle.
    pub front_overhang: Length,
    /// From the rear axle to the rear bumper.
    pub rear_overhang: Length,
    /// Across.
    pub width: Length,
}

impl LongVehicle {
    /// A standard bus of 12 m. Source: the maker's figures, quoted by Lagemann, Vorrang für Busse und Straßenbahnen an
    /// Kreisverkehren, thesis, Kaiserslautern.
    pub const BUS: Self = Self {
        wheelbase: Length::metres(5.98),
        front_overhang: Length::metres(2.645),
        rear_overhang: Length::metres(3.375),
        width: Length::metres(2.5),
    };

    /// How far the middle of the rear axle comes away from the line that the middle of the front axle follows, at most.
    ///
    /// On a long bend of radius `R` it comes to `R - sqrt(R² - wheelbase²)`.
    pub fn off_tracking(&self, line: &Polyline) -> Length {
        let start = line.pose(Length::ZERO);
        // What has not come to the line yet is on its straight continuation.
        let has_come = |p: &Point| (p.x - start.at.x) * start.heading.0 + (p.y - start.at.y) * start.heading.1 >= 0.0;
        let rears = self.poses(line).into_iter().map(|rear| rear.at).filter(has_come);
        rears.map(|rear| line.nearest(rear).1).fold(Length::ZERO, Length::max)
    }

    /// How near its sides come to another line while its front axle follows a line; 0 when they come over it.
    ///
    /// # Complexity
    /// Bodies every half metre of the line, points every metre along their sides, points of the other line: multiplied.
    pub fn distance(&self, line: &Polyline, other: &Polyline) -> Length {
        let points = self.poses(line).into_iter().step_by(EVERY).flat_map(|rear| self.outline(rear));
        points.map(|p| other.nearest(p).1).fold(Length::metres(f64::INFINITY), Length::min)
    }

    /// Places of the rear axle, with the direction of the body, while the front axle goes along the line.
    ///
    /// The rear axle is drawn after the front like a stick on a string (tractrix): it moves towards the front axle and
    /// keeps its distance. The vehicle comes in straight. Drivers swing out before a tight turn, so that the line itself
    /// is a cautious assumption.
    fn poses(&self, line: &Polyline) -> Vec<Pose> {
        let mut rear = line.pose(-self.wheelbase).at;
        let steps = (line.length().get() / STEP) as usize;
        let along = (0..=steps).map(|i| line.pose(Length::metres(i as f64 * STEP)).at);
        let drawn = along.map(|front| {
            rear = front.lerp(rear, self.wheelbase / front.distance(rear));
            let apart = front.distance(rear).get();
            Pose { at: rear, heading: ((front.x - rear.x) / apart, (front.y - rear.y) / apart) }
        });
        drawn.collect()
    }

    /// Points along both sides of the body, from the rear bumper to the front one, and along its middle.
    fn outline(&self, rear: Pose) -> impl Iterator<Item = Point> {
        let (from, to) = (-self.rear_overhang.get(), (self.wheelbase + self.front_overhang).get());
        let count = ((to - from) / SIDE).ceil() as usize;
        let half = self.width.get() / 2.0;
        let ahead = move |k: usize| from + (to - from) * k as f64 / count as f64;
        (0..=count).flat_map(move |k| [half, 0.0, -half].map(|left| rear.offset(ahead(k), left)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths;
    use std::f64::consts::FRAC_PI_2;

    const BUS: LongVehicle = LongVehicle::BUS;

    /// A bend to the left of a radius, over an angle in radians, after 20 m straight on.
    fn bend(radius: f64, angle: f64) -> Polyline {
        let turn = (0..=200).map(|i| f64::from(i) / 200.0 * angle);
        let arc = turn.map(|a| Point::new(radius * maths::sin(a), radius * (1.0 - maths::cos(a))));
        Polyline::new([Point::new(-20.0, 0.0)].into_iter().chain(arc)).unwrap()
    }

    fn line(points: [(f64, f64); 2]) -> Polyline {
        Polyline::new(points.map(|(x, y)| Point::new(x, y))).unwrap()
    }

    #[test]
    fn a_bus_on_a_long_bend_comes_to_the_circle_of_its_rear_axle() {
        let cut = BUS.off_tracking(&bend(12.0, 6.0)).get();
        let circle = 12.0 - (12.0 * 12.0 - 5.98 * 5.98_f64).sqrt();
        assert!((cut - circle).abs() < 0.05, "{cut} m instead of {circle} m");
    }

    #[test]
    fn a_quarter_turn_is_too_short_for_all_of_it_and_a_straight_way_has_none() {
        let quarter = BUS.off_tracking(&bend(12.0, FRAC_PI_2)).get();
        assert!((1.0..1.6).contains(&quarter), "{quarter} m");
        assert!(BUS.off_tracking(&line([(0.0, 0.0), (30.0, 0.0)])).get() < 1e-9);
    }

    #[test]
    fn a_longer_wheelbase_cuts_more() {
        let way = bend(15.0, FRAC_PI_2);
        let cuts = [2.7, 5.0, 6.0].map(|l| LongVehicle { wheelbase: Length::metres(l), ..BUS }.off_tracking(&way));
        assert!(cuts[0] < cuts[1] && cuts[1] < cuts[2], "{cuts:?}");
    }

    #[test]
    fn a_bus_straight_on_needs_its_width_and_one_that_turns_swings_over_the_corner() {
        let beside = line([(-20.0, 4.0), (30.0, 4.0)]);
        let straight = BUS.distance(&line([(-20.0, 0.0), (30.0, 0.0)]), &beside).get();
        assert!((straight - 2.75).abs() < 1e-9, "{straight} m");
        // 4 m inside of the bend a car would have room; the bus leaves less than a third of it.
        let inside = bend(12.0, FRAC_PI_2).shifted(4.0);
        let turning = BUS.distance(&bend(12.0, FRAC_PI_2), &inside).get();
        assert!(turning < 1.5, "{turning} m");
        assert_eq!(BUS.distance(&bend(12.0, FRAC_PI_2), &line([(5.0, -20.0), (5.0, 20.0)])).get().round(), 0.0);
    }
}
