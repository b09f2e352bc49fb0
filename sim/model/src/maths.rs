//! Elementary functions with the same bits on every machine.
//!
//! The standard library leaves the precision of these to the platform; `libm` is one implementation everywhere.

/// Sine of an angle in radians.
pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// Cosine of an angle in radians.
pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// Angle of the vector `(x, y)` in radians, in (-pi, pi].
pub fn atan2(y: f64, x: f64) -> f64 {
    libm::atan2(y, x)
}

/// Natural exponential.
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// Natural logarithm.
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// `x` to the power of `y`.
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// Bounds for numbers that are never NaN: one instruction each, where `f64::max` and `f64::min` take five to look for it.
pub trait Bound {
    /// The number, or `least` where it is less.
    #[must_use]
    fn at_least(self, least: Self) -> Self;
    /// The number, or `most` where it is more.
    #[must_use]
    fn at_most(self, most: Self) -> Self;
}

impl Bound for f64 {
    #[inline]
    fn at_least(self, least: Self) -> Self {
        if self > least { self } else { least }
    }

    #[inline]
    fn at_most(self, most: Self) -> Self {
        if self < most { self } else { most }
    }
}

/// Length of the vector `(x, y)`; plain, without guard against overflow: coordinates are metres.
pub fn hypot(x: f64, y: f64) -> f64 {
    (x * x + y * y).sqrt()
}
