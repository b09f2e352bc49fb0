//! Intergreen times from distances: the German method.
//!
//! Source: RiLSA, Zwischenzeitenberechnung; the figures and where they were found are with [`Clearing`] and
//! [`Entering`].

use crate::quantity::{Length, Speed};
use crate::time::Seconds;

/// How a stream clears: what drives, and how it passes its stop line last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clearing {
    /// Motor vehicles straight on: crossing time 3 s, clearing speed 10 m/s, length 6 m.
    Straight,
    /// Motor vehicles that turn: crossing time 2 s, clearing speed 7 m/s, length 6 m.
    Turning,
    /// Cyclists: crossing time 1 s, clearing speed 4 m/s, no length.
    Cyclists,
    /// People on foot: no crossing time, clearing speed 1.2 m/s, no length.
    OnFoot,
}

/// How a stream enters: what drives in first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entering {
    /// Motor vehicles: 40 km/h past the stop line, whatever the limit. RiLSA 2015 section 2.5.3, quoted second hand.
    Vehicles,
    /// Cyclists: 5 m/s.
    Cyclists,
    /// People on foot: they step on to the road at once.
    OnFoot,
}

impl Clearing {
    /// Crossing time (Überfahrzeit) in seconds, clearing speed and vehicle length.
    const fn figures(self) -> (f64, Speed, Length) {
        match self {
            Self::Straight => (3.0, Speed::metres_per_second(10.0), Length::metres(6.0)),
            Self::Turning => (2.0, Speed::metres_per_second(7.0), Length::metres(6.0)),
            Self::Cyclists => (1.0, Speed::metres_per_second(4.0), Length::ZERO),
            Self::OnFoot => (0.0, Speed::metres_per_second(1.2), Length::ZERO),
        }
    }
}

/// The intergreen between two streams: crossing time plus clearing time less entering time, rounded up, at least 1 s.
///
/// `clearing_distance` runs from the clearing stream's stop line to the far edge of the conflict area,
/// `entering_distance` from the entering stream's stop line to its near edge.
pub fn intergreen(clearing: Clearing, clearing_distance: Length, entering: Entering, entering_distance: Length) -> Seconds {
    let (crossing_time, v_r, l) = clearing.figures();
    let clearing_time = ((clearing_distance + l) / v_r).seconds();
    let entering_time = match entering {
        Entering::Vehicles => (entering_distance / Speed::kmh(40.0)).seconds(),
        Entering::Cyclists => (entering_distance / Speed::metres_per_second(5.0)).seconds(),
        Entering::OnFoot => 0.0,
    };
    let time = crossing_time + clearing_time - entering_time;
    // A hair below a whole second is that second, not the next one.
    Seconds((time - 1e-9).ceil().clamp(1.0, 120.0) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_car_clears_twenty_metres_before_one_enters_ten() {
        // 3 + (20 + 6) / 10 - 10 / 11.11 = 4.7, rounded up.
        let z = intergreen(Clearing::Straight, Length::metres(20.0), Entering::Vehicles, Length::metres(10.0));
        assert_eq!(z, Seconds(5));
    }

    #[test]
    fn people_on_foot_need_the_whole_crossing() {
        // 12 / 1.2 - 5 / 11.11 = 9.55, rounded up.
        let z = intergreen(Clearing::OnFoot, Length::metres(12.0), Entering::Vehicles, Length::metres(5.0));
        assert_eq!(z, Seconds(10));
    }
}
