//! Physical quantities: an `f64` in SI units behind a type that knows its dimension.
//!
//! Signatures carry these types; formulas unwrap them to literature symbols. Operations do not round.

use serde::{Deserialize, Serialize};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

macro_rules! quantity {
    ($($(#[$doc:meta])* $name:ident { $unit:ident })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(f64);

        impl $name {
            /// Zero.
            pub const ZERO: Self = Self(0.0);

            #[doc = concat!("From a number of ", stringify!($unit), ".")]
            pub const fn $unit(value: f64) -> Self {
                Self(value)
            }

            /// From a number in SI units.
            pub const fn si(value: f64) -> Self {
                Self(value)
            }

            /// The number in SI units.
            pub const fn get(self) -> f64 {
                self.0
            }

            /// The smaller of the two.
            #[must_use]
            pub const fn min(self, other: Self) -> Self {
                Self(self.0.min(other.0))
            }

            /// The larger of the two.
            #[must_use]
            pub const fn max(self, other: Self) -> Self {
                Self(self.0.max(other.0))
            }

            /// Magnitude.
            #[must_use]
            pub const fn abs(self) -> Self {
                Self(self.0.abs())
            }
        }

        impl Add for $name { type Output = Self; fn add(self, o: Self) -> Self { Self(self.0 + o.0) } }
        impl Sub for $name { type Output = Self; fn sub(self, o: Self) -> Self { Self(self.0 - o.0) } }
        impl Neg for $name { type Output = Self; fn neg(self) -> Self { Self(-self.0) } }
        impl Mul<f64> for $name { type Output = Self; fn mul(self, k: f64) -> Self { Self(self.0 * k) } }
        impl Div<f64> for $name { type Output = Self; fn div(self, k: f64) -> Self { Self(self.0 / k) } }
        impl Div for $name { type Output = f64; fn div(self, o: Self) -> f64 { self.0 / o.0 } }
        impl AddAssign for $name { fn add_assign(&mut self, o: Self) { self.0 += o.0; } }
        impl SubAssign for $name { fn sub_assign(&mut self, o: Self) { self.0 -= o.0; } }
        impl Sum for $name { fn sum<I: Iterator<Item = Self>>(i: I) -> Self { Self(i.map(|x| x.0).sum()) } }
    )*};
}

macro_rules! relate {
    ($($a:ident / $b:ident = $c:ident;)*) => {$(
        impl Div<$b> for $a { type Output = $c; fn div(self, o: $b) -> $c { $c(self.0 / o.0) } }
        impl Div<$c> for $a { type Output = $b; fn div(self, o: $c) -> $b { $b(self.0 / o.0) } }
        impl Mul<$b> for $c { type Output = $a; fn mul(self, o: $b) -> $a { $a(self.0 * o.0) } }
        impl Mul<$c> for $b { type Output = $a; fn mul(self, o: $c) -> $a { $a(self.0 * o.0) } }
    )*};
}

quantity! {
    /// A length along the road, in metres. Negative values are relative positions.
    Length { metres }
    /// A speed along the lane, in metres per second.
    Speed { metres_per_second }
    /// An acceleration along the lane, in metres per second squared.
    Acceleration { metres_per_second_squared }
    /// A continuous span of time, in seconds. Whole seconds of a signal plan are [`crate::time::Seconds`].
    Span { seconds_f64 }
    /// A flow of vehicles or persons (Verkehrsstärke), in vehicles or persons per second.
    Flow { veh_per_second }
}

relate! {
    Length / Speed = Span;
    Speed / Acceleration = Span;
}

impl Length {
    /// The number of metres.
    pub const fn in_metres(self) -> f64 {
        self.0
    }
}

impl Speed {
    /// From kilometres per hour, as speed limits are posted.
    pub const fn kmh(value: f64) -> Self {
        Self(value / 3.6)
    }

    /// The number of kilometres per hour.
    pub const fn in_kmh(self) -> f64 {
        self.0 * 3.6
    }
}

impl Span {
    /// The number of seconds.
    pub const fn seconds(self) -> f64 {
        self.0
    }
}

impl Flow {
    /// From vehicles per hour, as counts are reported.
    pub const fn veh_per_h(value: f64) -> Self {
        Self(value / 3600.0)
    }

    /// The number of vehicles per hour.
    pub const fn in_veh_per_h(self) -> f64 {
        self.0 * 3600.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_over_a_speed_is_a_time() {
        assert_eq!((Length::metres(50.0) / Speed::kmh(36.0)).seconds(), 5.0);
        assert_eq!((Speed::kmh(36.0) * Span::seconds_f64(5.0)).in_metres(), 50.0);
    }

    #[test]
    fn posted_speeds_and_counts_convert_both_ways() {
        assert!((Speed::kmh(50.0).in_kmh() - 50.0).abs() < 1e-12);
        assert!((Flow::veh_per_h(1800.0).get() - 0.5).abs() < 1e-12);
    }
}
