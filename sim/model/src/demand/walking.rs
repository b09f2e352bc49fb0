//! People on foot who want to cross.

use crate::id::CrossingId;
use crate::quantity::{Flow, Span, Speed};

/// People on foot who want to cross at one crossing (Fußgängerverkehr): so many on average, at random times.
#[derive(Debug, Clone, PartialEq)]
pub struct Walking {
    /// The crossing.
    pub crossing: CrossingId,
    /// First second of the day.
    pub begin: Span,
    /// Second of the day when it ends.
    pub end: Span,
    /// How many persons from the first kerb of the crossing to the last, and the other way.
    pub flows: [Flow; 2],
    /// Mean number of people who arrive together and walk at one pace, 1 or more; sizes are geometric.
    pub group: f64,
    /// Walking speed, mean over people. Assumed: 1.3 m/s, after Weidmann, "Transporttechnik der Fussgänger", IVT 90, ETH
    /// Zürich (1993), with 1.34 m/s on the level. RiLSA takes 1.2 m/s for the clearing time, which not everyone keeps.
    pub speed: Speed,
    /// Standard deviation of it; nobody differs by more than two. Assumed: 0.2 m/s. Weidmann: 0.26 m/s.
    pub deviation: Speed,
}

impl Walking {
    /// Nobody at all, with the walking speeds that are usual.
    pub fn usual(crossing: CrossingId) -> Self {
        Self {
            crossing,
            begin: Span::ZERO,
            end: Span::ZERO,
            flows: [Flow::ZERO; 2],
            group: 1.0,
            speed: Speed::metres_per_second(1.3),
            deviation: Speed::metres_per_second(0.2),
        }
    }
}
