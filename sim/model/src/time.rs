//! The two clocks: ticks of the simulation and whole seconds of the signal engineer.

use crate::quantity::Span;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A whole number of seconds: cycle times, offsets, greens, intergreens, and seconds of the local day (below 18 h) are
/// counted so. Seconds of the day are [`DaySecond`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Seconds(pub u16);

impl Seconds {
    /// The number of seconds.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The number of seconds as an index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0)
    }
}

/// A whole second of the local day (Europe/Berlin), counted from midnight; may pass 86,400 in a run over midnight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DaySecond(pub u32);

impl DaySecond {
    /// The second of the cycle at this second of the day: all programs of a coordination pass zero together.
    ///
    /// The offset (Versatzzeit) is how much later than the common zero this program passes its own.
    pub const fn in_cycle(self, cycle: Seconds, offset: Seconds) -> Seconds {
        let cycle = cycle.0 as u32;
        Seconds(((self.0 % cycle + cycle - offset.0 as u32 % cycle) % cycle) as u16)
    }
}

impl fmt::Display for DaySecond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}:{:02}", self.0 / 3600, self.0 / 60 % 60, self.0 % 60)
    }
}

/// The integer clock of the simulation: the number of steps since its beginning. Never a running sum of floats.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tick(pub u64);

/// The step of the simulation: a whole number of steps makes a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    per_second: u32,
}

impl Step {
    /// One step a second.
    pub const ONE_SECOND: Self = Self { per_second: 1 };
    /// Two steps a second, the default of our own scenarios.
    pub const HALF_SECOND: Self = Self { per_second: 2 };

    /// The step of that many seconds: 1, 0.5, 0.25, 0.2 or 0.1; `None` for any other.
    pub fn of_seconds(seconds: f64) -> Option<Self> {
        [1, 2, 4, 5, 10].into_iter().find(|&n| (seconds * f64::from(n) - 1.0).abs() < 1e-9).map(|n| Self { per_second: n })
    }

    /// How many steps make a second.
    pub const fn per_second(self) -> u32 {
        self.per_second
    }

    /// The length of a step.
    pub fn span(self) -> Span {
        Span::seconds_f64(1.0 / f64::from(self.per_second))
    }

    /// The whole seconds that have passed at a tick.
    pub const fn whole_seconds(self, tick: Tick) -> u32 {
        (tick.0 / self.per_second as u64) as u32
    }

    /// Whether a whole second begins at this tick.
    pub const fn begins_second(self, tick: Tick) -> bool {
        tick.0.is_multiple_of(self.per_second as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_delays_the_zero_of_the_program() {
        let (cycle, offset) = (Seconds(90), Seconds(10));
        assert_eq!(DaySecond(900).in_cycle(cycle, Seconds(0)), Seconds(0));
        assert_eq!(DaySecond(910).in_cycle(cycle, offset), Seconds(0));
        assert_eq!(DaySecond(900).in_cycle(cycle, offset), Seconds(80));
    }

    #[test]
    fn only_steps_that_divide_a_second_exist() {
        assert_eq!(Step::of_seconds(0.5), Some(Step::HALF_SECOND));
        assert_eq!(Step::of_seconds(0.3), None);
        assert_eq!(Step::HALF_SECOND.whole_seconds(Tick(5)), 2);
    }
}
