//! What a pair of green bands is worth.
//!
//! The classes are guidelines after PASSER II, quoted second hand: fit for words in a report, not for decisions. Widths
//! say nothing about delay.

use crate::maxband::Both;
use model::quantity::Span;

/// How much of the cycle the bands use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EfficiencyClass {
    /// Below 0.13.
    Poor,
    /// From 0.13 on.
    Fair,
    /// From 0.25 on.
    Good,
    /// From 0.37 on.
    Great,
}

/// What could make the bands wider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AttainabilityClass {
    /// Below 0.7: a major change of cycle, speeds or stage order.
    MajorChange,
    /// From 0.7 on: fine tuning.
    FineTuning,
    /// 1: only more green at the bottleneck.
    MoreGreen,
}

/// Band efficiency: the mean share of the cycle in the bands, `(B + B̄) / 2C`.
pub fn efficiency(width: Both<Span>, cycle: Span) -> f64 {
    (width.outbound + width.inbound) / (cycle * 2.0)
}

/// Attainability: the bands over the shortest green of each direction, `(B + B̄) / (g_min + ḡ_min)`; 1 is the most.
pub fn attainability(width: Both<Span>, least_green: Both<Span>) -> f64 {
    (width.outbound + width.inbound) / (least_green.outbound + least_green.inbound)
}

impl EfficiencyClass {
    /// The class of an efficiency.
    pub fn of(efficiency: f64) -> Self {
        match efficiency {
            e if e >= 0.37 => Self::Great,
            e if e >= 0.25 => Self::Good,
            e if e >= 0.13 => Self::Fair,
            _ => Self::Poor,
        }
    }
}

impl AttainabilityClass {
    /// The class of an attainability; within a thousandth of 1 it is 1.
    pub fn of(attainability: f64) -> Self {
        match attainability {
            a if a >= 0.999 => Self::MoreGreen,
            a if a >= 0.7 => Self::FineTuning,
            _ => Self::MajorChange,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_as_wide_as_the_shortest_greens_are_all_that_can_be_had() {
        let s = Span::seconds_f64;
        let width = Both { outbound: s(30.0), inbound: s(26.0) };
        assert!((efficiency(width, s(80.0)) - 0.35).abs() < 1e-12);
        assert!((attainability(width, width) - 1.0).abs() < 1e-12);
        assert_eq!(AttainabilityClass::of(attainability(width, Both::same(s(40.0)))), AttainabilityClass::FineTuning);
        assert_eq!(EfficiencyClass::of(0.35), EfficiencyClass::Good);
    }

    #[test]
    fn classes_begin_at_their_lower_bound() {
        use EfficiencyClass::{Fair, Good, Great, Poor};
        assert_eq!([0.129, 0.13, 0.25, 0.37].map(EfficiencyClass::of), [Poor, Fair, Good, Great]);
        assert_eq!([0.69, 0.7, 1.0].map(AttainabilityClass::of).map(|c| c as u8), [0, 1, 2]);
    }
}
