//! Signal engineering from geometry: who conflicts with whom, intergreens, stages, and a first plan.
//!
//! Reusable by every importer: it knows streams with centre lines, not formats. Intergreens are those of
//! [`model::signal::derivation`], by which a scenario is held against its own geometry, too.

mod plan;
mod stages;

pub use plan::first_plan;
pub use stages::{choose as choose_stages, hold_back};

use model::id::{GroupId, IdVec};
use model::quantity::{Length, Speed};
use model::signal::derivation::{Meeting, meetings, need};
use model::signal::{Grade, GroupKind, Intergreens, SignalGroup, Square, Stream};
use model::time::Seconds;
use std::collections::BTreeSet;

/// The streams of a signal to be, and which of them yield.
#[derive(Debug, Clone, Default)]
pub struct Streams {
    /// The streams.
    pub all: Vec<Stream>,
    /// For each of them those to which it may yield while both are green.
    pub permissive: Vec<BTreeSet<usize>>,
}

impl Streams {
    /// Adds one.
    pub fn push(&mut self, stream: Stream, permissive: BTreeSet<usize>) {
        self.all.push(stream);
        self.permissive.push(permissive);
    }
}

/// A signal group to be.
#[derive(Debug, Clone)]
pub struct GroupDraft {
    /// Name within the signal.
    pub name: String,
    /// For whom.
    pub kind: GroupKind,
    /// Speed limit of what arrives.
    pub speed_limit: Speed,
    /// Length of the crossing, for people on foot.
    pub crossing: Length,
    /// Its streams.
    pub streams: Vec<usize>,
    /// Lanes that it serves: how much green it deserves.
    pub lanes: f64,
}

impl GroupDraft {
    /// The group with the transition times of RiLSA.
    pub fn group(&self) -> SignalGroup {
        let on_foot = self.kind == GroupKind::Pedestrians;
        let half = self.crossing.get() / 2.0 / 1.2;
        SignalGroup {
            name: self.name.clone(),
            kind: self.kind,
            amber: Seconds(if on_foot { 0 } else { amber(self.speed_limit) }),
            red_amber: Seconds(u16::from(!on_foot)),
            min_green: Seconds(if on_foot { half.ceil().clamp(5.0, 60.0) as u16 } else { 5 }),
            min_red: Seconds(1),
            may_stay_red: false,
            max_green_percent: None,
        }
    }
}

/// Amber in seconds: 3 at 50 km/h, 4 at 60, 5 at 70. Source: VwV-StVO zu § 37.
fn amber(limit: Speed) -> u16 {
    match limit.in_kmh() {
        v if v <= 50.5 => 3,
        v if v <= 60.5 => 4,
        _ => 5,
    }
}

/// How the groups bear each other, and their intergreens.
#[derive(Debug, Clone)]
pub struct Relations {
    /// Compatible, conditional or incompatible; symmetric.
    pub grades: Square<Grade>,
    /// Row clears, column enters.
    pub intergreens: Intergreens,
}

/// Finds the relations of groups from the closeness of their streams.
///
/// For every pair of groups the intergreen is the longest that any pair of their streams needs.
pub fn relate(streams: &Streams, groups: &[GroupDraft]) -> Relations {
    let n = groups.len();
    let mut relations = Relations { grades: Square::new(n), intergreens: Square::new(n) };
    for a in 0..n {
        for b in a + 1..n {
            let meetings = meetings(&streams.all, &groups[a].streams, &groups[b].streams);
            let grade = grade(streams, &meetings);
            let (a, b) = (GroupId(a as u32), GroupId(b as u32));
            for (pair, clears) in [((a, b), 0), ((b, a), 1)] {
                relations.grades[pair] = grade;
                relations.intergreens[pair] = need(&streams.all, &meetings, clears).and_then(|n| n.intergreen());
            }
        }
    }
    relations
}

/// How two groups bear each other whose streams meet so: conditionally when one of two may yield wherever they do.
fn grade(streams: &Streams, meetings: &[Meeting]) -> Grade {
    let yields = |m: &Meeting| {
        let [s, t] = m.streams;
        streams.permissive[s].contains(&t) || streams.permissive[t].contains(&s)
    };
    match meetings {
        [] => Grade::Compatible,
        _ if meetings.iter().all(yields) => Grade::Conditional,
        _ => Grade::Incompatible,
    }
}

/// The groups of drafts.
pub fn groups(drafts: &[GroupDraft]) -> IdVec<GroupId, SignalGroup> {
    drafts.iter().map(GroupDraft::group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::geometry::{Point, Polyline};
    use model::network::Turn;
    use model::signal::Ends;

    fn line(points: &[(f64, f64)]) -> Polyline {
        Polyline::new(points.iter().map(|&(x, y)| Point::new(x, y))).unwrap()
    }

    /// A stream of vehicles straight on, from a link of a number.
    fn driving(points: &[(f64, f64)], link: usize) -> Stream {
        Stream::driving(line(points), Turn::Straight, Ends { place: 0, from: (link, 0), to: (link + 10, 0) })
    }

    fn group(name: &str, kind: GroupKind, stream: usize) -> GroupDraft {
        let crossing = Length::metres(12.0);
        GroupDraft { name: name.into(), kind, speed_limit: Speed::kmh(50.0), crossing, streams: vec![stream], lanes: 1.0 }
    }

    #[test]
    fn crossing_streams_get_intergreens_both_ways() {
        let mut streams = Streams::default();
        streams.push(driving(&[(-20.0, 0.0), (20.0, 0.0)], 0), BTreeSet::new());
        streams.push(driving(&[(0.0, -20.0), (0.0, 20.0)], 1), BTreeSet::new());
        streams.push(Stream::on_foot(line(&[(-16.0, -6.0), (-16.0, 6.0)]), Length::metres(4.0)), BTreeSet::new());
        let groups =
            [group("K1", GroupKind::Vehicles, 0), group("K2", GroupKind::Vehicles, 1), group("F1", GroupKind::Pedestrians, 2)];
        let r = relate(&streams, &groups);
        let (k1, k2, f1) = (GroupId(0), GroupId(1), GroupId(2));
        // 3 + (22.6 + 6) / 10 - 17.4 / 11.1 = 4.3, rounded up.
        assert_eq!((r.grades[(k1, k2)], r.intergreens[(k1, k2)]), (Grade::Incompatible, Some(Seconds(5))));
        // The far lane edge is 8.6 m away on foot: 8.6 / 1.2 - 1.4 / 11.1 = 7.1, rounded up.
        assert_eq!(r.intergreens[(f1, k1)], Some(Seconds(8)));
        assert_eq!(r.grades[(k2, f1)], Grade::Compatible);
        assert_eq!(groups[2].group().min_green, Seconds(5));
    }

    #[test]
    fn amber_follows_the_speed_limit() {
        assert_eq!([30.0, 50.0, 60.0, 70.0].map(|v| amber(Speed::kmh(v))), [3, 3, 4, 5]);
    }
}
