//! Roadworks as data: which lanes and links are closed when.

mod findings;

pub use findings::{Finding, findings};

use crate::id::{LaneId, LinkId};
use crate::network::Network;
use crate::quantity::{Span, Speed};
use crate::scenario::file::{ClosureFile, RoadworkFile, reference};
use std::collections::{BTreeMap, BTreeSet};

/// One construction site (Baustelle).
#[derive(Debug, Clone, PartialEq)]
pub struct Roadwork {
    /// Name in the scenario.
    pub name: String,
    /// Where the record comes from.
    pub source: String,
    /// What it closes, and when.
    pub closures: Vec<Closure>,
}

/// What a site closes during one window of time.
#[derive(Debug, Clone, PartialEq)]
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

impl Roadwork {
    /// The site as it stands in `roadworks.toml`.
    pub fn to_file(&self, network: &Network) -> RoadworkFile {
        let closure = |c: &Closure| {
            let link = c.link(network)?;
            let index = |l: &LaneId| network.lanes[*l].index;
            let lanes = if let Closed::Lanes(lanes) = &c.what { Some(lanes.iter().map(index).collect()) } else { None };
            Some(ClosureFile {
                link: reference(network.links[link].name.clone()),
                lanes,
                begin_s: c.begin.get(),
                end_s: c.end.get(),
                // Speeds are kept in m/s; on the way back rounding must not show.
                speed_limit_kmh: c.speed_limit.map(|l| (l.in_kmh() * 1e6).round() / 1e6),
            })
        };
        let closures = self.closures.iter().filter_map(closure).collect();
        RoadworkFile { name: self.name.clone(), source: self.source.clone(), closures }
    }
}

impl Closure {
    /// Whether it is in force at a second of the day.
    pub fn active(&self, at: Span) -> bool {
        self.begin <= at && at < self.end
    }

    /// The link that it closes, or on which it closes lanes.
    pub fn link(&self, network: &Network) -> Option<LinkId> {
        match &self.what {
            Closed::Link(link) => Some(*link),
            Closed::Lanes(lanes) => lanes.first().map(|&l| network.lanes[l].link),
        }
    }

    /// The lanes that it closes, from the right.
    pub fn lanes(&self, network: &Network) -> Vec<LaneId> {
        match &self.what {
            Closed::Link(link) => network.links[*link].lanes().collect(),
            Closed::Lanes(lanes) => lanes.clone(),
        }
    }
}

/// What is closed at one moment, and how fast one may go beside it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InForce {
    lanes: BTreeSet<LaneId>,
    limits: BTreeMap<LinkId, Speed>,
}

impl InForce {
    /// Everything that sites close at a second of the day. Where several limit the speed on a link the lowest holds.
    pub fn at(roadworks: &[Roadwork], network: &Network, at: Span) -> Self {
        let mut now = Self::default();
        for closure in roadworks.iter().flat_map(|r| &r.closures).filter(|c| c.active(at)) {
            now.add(closure, network);
        }
        now
    }

    /// What one closure closes, whatever the time.
    pub fn of(closure: &Closure, network: &Network) -> Self {
        let mut now = Self::default();
        now.add(closure, network);
        now
    }

    fn add(&mut self, closure: &Closure, network: &Network) {
        self.lanes.extend(closure.lanes(network));
        if let (Some(limit), Some(link)) = (closure.speed_limit, closure.link(network)) {
            let lowest = self.limits.entry(link).or_insert(limit);
            *lowest = if limit < *lowest { limit } else { *lowest };
        }
    }

    /// Whether nothing is closed and no speed limited.
    pub fn is_empty(&self) -> bool {
        self.lanes.is_empty() && self.limits.is_empty()
    }

    /// Whether a lane is closed.
    pub fn is_closed(&self, lane: LaneId) -> bool {
        !self.lanes.is_empty() && self.lanes.contains(&lane)
    }

    /// The closed lanes, in id order.
    pub fn lanes(&self) -> impl Iterator<Item = LaneId> {
        self.lanes.iter().copied()
    }

    /// The links on which works limit the speed, in id order.
    pub fn limits(&self) -> impl Iterator<Item = (LinkId, Speed)> {
        self.limits.iter().map(|(&link, &limit)| (link, limit))
    }

    /// The speed limit of a link beside works, where they have one.
    pub fn limit(&self, link: LinkId) -> Option<Speed> {
        self.limits.get(&link).copied()
    }
}

/// The seconds of the day at which something begins or ends to be closed, in order.
pub fn changes(roadworks: &[Roadwork]) -> Vec<Span> {
    let ends = roadworks.iter().flat_map(|r| &r.closures).flat_map(|c| [c.begin, c.end]);
    let mut all: Vec<Span> = ends.collect();
    all.sort_by(|a, b| a.get().total_cmp(&b.get()));
    all.dedup();
    all
}
