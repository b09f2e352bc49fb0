//! How far the rear of a long vehicle leaves the way of its front in a bend.

use crate::geometry::{Point, Polyline};
use crate::quantity::Length;

/// Step along the way of the front, in metres.
const STEP: f64 = 0.05;

/// How far the middle of the rear axle comes away from the line that the middle of the front axle follows, at most.
///
/// The rear axle is drawn after the front like a stick on a string (Schleppkurve, tractrix): it moves towards the front
/// axle and keeps its distance, the `wheelbase`. On a long bend of radius `R` it comes to `R - sqrt(R² - wheelbase²)`. The
/// vehicle comes in straight. Drivers swing out before a tight turn, so the line itself is a cautious assumption.
/// A standard bus of 12 m has a wheelbase of 5.98 m (the maker's figure, quoted by Lagemann, Vorrang für Busse und
/// Straßenbahnen an Kreisverkehren, thesis, Kaiserslautern).
///
/// # Complexity
/// Steps of 5 cm along the line times its points.
pub fn off_tracking(line: &Polyline, wheelbase: Length) -> Length {
    let mut rear = line.pose(-wheelbase).at;
    let length = line.length().get();
    let behind = |rear: Point| {
        // What has not entered the line yet is on its straight continuation.
        let start = line.pose(Length::ZERO);
        let ahead = (rear.x - start.at.x) * start.heading.0 + (rear.y - start.at.y) * start.heading.1;
        if ahead < 0.0 { Length::ZERO } else { line.nearest(rear).1 }
    };
    let mut most = Length::ZERO;
    for i in 0..=(length / STEP) as usize {
        let front = line.pose(Length::metres(i as f64 * STEP)).at;
        let apart = front.distance(rear);
        if apart > wheelbase {
            rear = front.lerp(rear, wheelbase / apart);
        }
        most = most.max(behind(rear));
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths;

    /// A bend to the left of a radius, over an angle in radians, after 20 m straight on.
    fn bend(radius: f64, angle: f64) -> Polyline {
        let turn = (0..=200).map(|i| f64::from(i) / 200.0 * angle);
        let arc = turn.map(|a| Point::new(radius * maths::sin(a), radius * (1.0 - maths::cos(a))));
        Polyline::new([Point::new(-20.0, 0.0)].into_iter().chain(arc)).unwrap()
    }

    #[test]
    fn a_bus_on_a_long_bend_comes_to_the_circle_of_its_rear_axle() {
        let cut = off_tracking(&bend(12.0, 6.0), Length::metres(6.0)).get();
        let circle = 12.0 - (12.0_f64 * 12.0 - 36.0).sqrt();
        assert!((cut - circle).abs() < 0.05, "{cut} m instead of {circle} m");
    }

    #[test]
    fn a_quarter_turn_is_too_short_for_all_of_it_and_a_straight_way_has_none() {
        let quarter = off_tracking(&bend(12.0, std::f64::consts::FRAC_PI_2), Length::metres(6.0)).get();
        assert!((1.0..1.6).contains(&quarter), "{quarter} m");
        let straight = Polyline::new([Point::new(0.0, 0.0), Point::new(30.0, 0.0)]).unwrap();
        assert!(off_tracking(&straight, Length::metres(6.0)).get() < 1e-9);
    }

    #[test]
    fn a_longer_wheelbase_cuts_more() {
        let line = bend(15.0, std::f64::consts::FRAC_PI_2);
        let cuts = [2.7, 5.0, 6.0].map(|l| off_tracking(&line, Length::metres(l)));
        assert!(cuts[0] < cuts[1] && cuts[1] < cuts[2], "{cuts:?}");
    }
}
