//! Changes of a timing.

use super::timing::{Sequences, Timing};
use model::id::SignalId;

/// A change of a timing.
#[derive(Debug, Clone, Copy)]
pub(super) enum Move {
    /// A signal later.
    Shift(SignalId, i32),
    /// Seconds from one stage to another.
    Exchange(SignalId, [usize; 2], i32),
    /// A stage longer, and the cycle of its signal.
    Lengthen(SignalId, usize, i32),
    /// The common cycle longer.
    Stretch(i32),
    /// The stages of a signal in another order.
    Reorder(SignalId, usize),
    /// A signal that goes through its stages twice in the common cycle, or once again.
    TwiceOrOnce(SignalId),
}

impl Move {
    /// The only signal that changes; `None` where all do.
    pub(super) fn signal(self) -> Option<SignalId> {
        match self {
            Self::Shift(id, _)
            | Self::Exchange(id, ..)
            | Self::Lengthen(id, ..)
            | Self::Reorder(id, _)
            | Self::TwiceOrOnce(id) => Some(id),
            Self::Stretch(_) => None,
        }
    }

    /// A timing with this change; `None` where stages would be too short.
    pub(super) fn changed(self, sequences: &Sequences<'_>, timing: &Timing) -> Option<Timing> {
        match self {
            Self::Shift(id, by) => Some(timing.shifted(sequences, id, by)),
            Self::Exchange(id, pair, by) => timing.exchanged(sequences, id, pair, by),
            Self::Lengthen(id, stage, by) => timing.lengthened(sequences, id, stage, by),
            Self::Reorder(id, order) => timing.reordered(sequences, id, order),
            Self::TwiceOrOnce(id) => timing.twice_or_once(sequences, id),
            Self::Stretch(by) => timing.scaled(sequences, timing.common_cycle(sequences)? + by),
        }
    }
}

/// Every pair of different stages, from one to another.
pub(super) fn pairs(stages: usize) -> impl Iterator<Item = [usize; 2]> {
    (0..stages).flat_map(move |from| (0..stages).map(move |to| [from, to])).filter(|[from, to]| from != to)
}
