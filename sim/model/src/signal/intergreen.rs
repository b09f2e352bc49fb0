//! Intergreen times from distances: the German method.
//!
//! `t_z = t_ü + t_r - t_e` with the clearing time `t_r = (s_0 + l) / v_r` and the entering time `t_e = s_e / v_e`, rounded
//! up to whole seconds. Source: RiLSA, Zwischenzeitenberechnung, as quoted in theses, by the German Wikipedia
//! (Zwischenzeit) and by info-lsa.de; the guideline itself was not seen. The figures and where they were found are with
//! [`Clearing`] and [`Entering`].
//!
//! # What is not known
//!
//! Of trams only the length of 15 m was found, of buses on signals of their own nothing beyond the length of motor
//! vehicles: their crossing times and speeds are in no text that was accessible. Nothing is reckoned for them. Whether a
//! lower clearing speed holds for turns on a small radius could not be verified either; 7 m/s is taken for every turn.

use crate::quantity::{Length, Span, Speed};
use crate::time::Seconds;

/// The shortest intergreen of streams that conflict. Assumed: what enters far from what clears may need none at all.
const SHORTEST: f64 = 1.0;

/// The longest intergreen: as long as any that a street could have. Assumed.
const LONGEST: f64 = 120.0;

/// How a stream clears: what drives, and how it passes its stop line last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Clearing {
    /// Motor vehicles straight on: crossing time 3 s, clearing speed 10 m/s, length 6 m whatever its real one. The speed
    /// and the length are from the German Wikipedia, the time from a planning program, whose edition is not named.
    Straight,
    /// Motor vehicles that turn: crossing time 2 s, clearing speed 7 m/s, length 6 m. Time and speed from the same
    /// program.
    Turning,
    /// Cyclists where no motor vehicle goes: crossing time 1 s, clearing speed 4 m/s, no length. Speed and length from
    /// Wikipedia, time from the program.
    Cyclists,
    /// People on foot: no crossing time, clearing speed 1.2 m/s, no length.
    OnFoot,
}

/// How a stream enters: what drives in first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entering {
    /// Motor vehicles: 40 km/h past the stop line, whatever the limit and wherever they turn. RiLSA 2015 section 2.5.3,
    /// quoted second hand.
    Vehicles,
    /// Cyclists: 5 m/s. From a planning program.
    Cyclists,
    /// People on foot: they step on to the road at once.
    OnFoot,
}

impl Clearing {
    /// Crossing time (Überfahrzeit) `t_ü`: how long after its green ends the last one passes the stop line.
    pub const fn crossing_time(self) -> Span {
        Span::seconds_f64(match self {
            Self::Straight => 3.0,
            Self::Turning => 2.0,
            Self::Cyclists => 1.0,
            Self::OnFoot => 0.0,
        })
    }

    /// Clearing speed (Räumgeschwindigkeit) `v_r`.
    pub const fn speed(self) -> Speed {
        Speed::metres_per_second(match self {
            Self::Straight => 10.0,
            Self::Turning => 7.0,
            Self::Cyclists => 4.0,
            Self::OnFoot => 1.2,
        })
    }

    /// Length `l` (Fahrzeuglänge) that has to clear behind the front bumper.
    pub const fn length(self) -> Length {
        Length::metres(match self {
            Self::Straight | Self::Turning => 6.0,
            Self::Cyclists | Self::OnFoot => 0.0,
        })
    }
}

impl Entering {
    /// Entering speed (Einfahrgeschwindigkeit) `v_e`; `None` for whoever is in the way as soon as its green begins.
    pub const fn speed(self) -> Option<Speed> {
        match self {
            Self::Vehicles => Some(Speed::kmh(40.0)),
            Self::Cyclists => Some(Speed::metres_per_second(5.0)),
            Self::OnFoot => None,
        }
    }
}

/// The intergreen between two streams: all that goes into it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calculation {
    /// How the one clears.
    pub clearing: Clearing,
    /// Clearing distance (Grundräumweg) `s_0`: from the stop line of what clears to the far edge of the conflict area.
    pub clearing_distance: Length,
    /// How the other enters.
    pub entering: Entering,
    /// Entering distance (Einfahrweg) `s_e`: from the stop line of what enters to the near edge of the conflict area.
    pub entering_distance: Length,
}

impl Calculation {
    /// Clearing time (Räumzeit) `t_r`, from the stop line until the rear has left the conflict area.
    pub fn clearing_time(&self) -> Span {
        (self.clearing_distance + self.clearing.length()) / self.clearing.speed()
    }

    /// Entering time (Einfahrzeit) `t_e`, from the begin of green to the conflict area.
    pub fn entering_time(&self) -> Span {
        self.entering.speed().map_or(Span::ZERO, |v_e| self.entering_distance / v_e)
    }

    /// What the formula gives, `t_z`; below zero where what enters has a long way.
    pub fn exact(&self) -> Span {
        self.clearing.crossing_time() + self.clearing_time() - self.entering_time()
    }

    /// The intergreen (Zwischenzeit): rounded up to a whole second, at least 1 s.
    pub fn intergreen(&self) -> Seconds {
        // A hair below a whole second is that second, not the next one.
        Seconds((self.exact().seconds() - 1e-9).ceil().clamp(SHORTEST, LONGEST) as u16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calculation(clearing: Clearing, s_0: f64, entering: Entering, s_e: f64) -> Calculation {
        Calculation { clearing, clearing_distance: Length::metres(s_0), entering, entering_distance: Length::metres(s_e) }
    }

    #[test]
    fn a_car_clears_twenty_metres_before_one_enters_ten() {
        // 3 + (20 + 6) / 10 - 10 / 11.11 = 4.7, rounded up.
        let z = calculation(Clearing::Straight, 20.0, Entering::Vehicles, 10.0);
        assert!((z.exact().seconds() - 4.7).abs() < 1e-9, "{z:?}");
        assert_eq!(z.intergreen(), Seconds(5));
    }

    #[test]
    fn a_turn_passes_its_stop_line_earlier_and_clears_slower() {
        // 2 + (15 + 6) / 7 - 0 = 5, a whole second as it is.
        assert_eq!(calculation(Clearing::Turning, 15.0, Entering::OnFoot, 3.0).intergreen(), Seconds(5));
    }

    #[test]
    fn cyclists_have_no_length_and_enter_at_five_metres_a_second() {
        // 1 + 14 / 4 - 10 / 5 = 2.5, rounded up.
        assert_eq!(calculation(Clearing::Cyclists, 14.0, Entering::Cyclists, 10.0).intergreen(), Seconds(3));
    }

    #[test]
    fn people_on_foot_need_the_whole_crossing() {
        // 12 / 1.2 - 5 / 11.11 = 9.55, rounded up.
        assert_eq!(calculation(Clearing::OnFoot, 12.0, Entering::Vehicles, 5.0).intergreen(), Seconds(10));
    }

    #[test]
    fn what_enters_from_afar_still_waits_a_second() {
        // 4.8 / 1.2 - 60 / 11.11 = -1.4.
        assert_eq!(calculation(Clearing::OnFoot, 4.8, Entering::Vehicles, 60.0).intergreen(), Seconds(1));
    }
}
