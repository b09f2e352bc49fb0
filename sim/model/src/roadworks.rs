//! Roadworks as data: which lanes and links are closed when.

use crate::id::{LaneId, LinkId};
use crate::quantity::{Span, Speed};

/// One construction site (Baustelle).
#[derive(Debug, Clone)]
pub struct Roadwork {
    /// Name in the scenario.
    pub name: String,
    /// Where the record comes from.
    pub source: String,
    /// What it closes, and when.
    pub closures: Vec<Closure>,
}

/// What a site closes during one window of time.
#[derive(Debug, Clone)]
pub struct Closure {
    /// What is closed.
    pub what: Closed,
    /// First second of the scenario's day.
    pub begin: Span,
    /// Second of the scenario's day when it reopens.
    pub end: Span,
    /// Speed limit beside the works, if lowered.
    pub speed_limit: Option<Speed>,
}

/// What a closure takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// A whole link (Vollsperrung of a direction).
    Link(LinkId),
    /// Single lanes of one link.
    Lanes(Vec<LaneId>),
}

impl Closure {
    /// Whether it is in force at a second of the day.
    pub fn active(&self, at: Span) -> bool {
        self.begin <= at && at < self.end
    }
}
