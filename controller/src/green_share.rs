//! A green as a share of the cycle.

use model::signal::Green;
use model::time::Seconds;

/// A green of a signal, in shares of the cycle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GreenShare {
    /// Its start, counted from second 0 of the signal's plan; any multiple of the cycle may be added.
    pub start: f64,
    /// Its length, above 0 and at most 1.
    pub length: f64,
}

impl GreenShare {
    /// The green of a plan.
    pub fn of(green: Green, cycle: Seconds) -> Self {
        let cycle = f64::from(cycle.0.max(1));
        Self { start: f64::from(green.start.0) / cycle, length: f64::from(green.duration.0) / cycle }
    }

    /// Whether both shares are in their ranges.
    pub(crate) fn makes_sense(self) -> bool {
        self.start.is_finite() && self.length > 0.0 && self.length <= 1.0
    }
}
