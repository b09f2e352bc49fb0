//! Signal engineering from geometry: who conflicts with whom, intergreens, stages, and a first plan.
//!
//! Reusable by every importer: it knows streams with centre lines, not formats. Figures follow RiLSA as
//! [`model::signal::intergreen`] has them.

mod plan;
mod stages;

pub use plan::first_plan;
pub use stages::choose as choose_stages;

use model::geometry::Polyline;
use model::id::{GroupId, IdVec};
use model::network::conflict_stretches;
use model::quantity::{Length, Speed};
use model::signal::intergreen::{Clearing, Entering, intergreen};
use model::signal::{Grade, GroupKind, Intergreens, SignalGroup, Square};
use model::time::Seconds;
use std::collections::BTreeSet;

/// A stream that a signal group lets go: a movement, or people on a crossing.
#[derive(Debug, Clone)]
pub struct Stream {
    /// Its way from the stop line, or from kerb to kerb.
    pub shape: Polyline,
    /// How it clears.
    pub clearing: Clearing,
    /// How it enters.
    pub entering: Entering,
    /// Streams it never conflicts with although they come near: those that begin on the same lane or run beside it.
    pub beside: BTreeSet<usize>,
    /// Streams to which it may yield while both are green.
    pub permissive: BTreeSet<usize>,
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
pub fn relate(streams: &[Stream], groups: &[GroupDraft]) -> Relations {
    let n = groups.len();
    let mut relations = Relations { grades: Square::new(n), intergreens: Square::new(n) };
    for a in 0..n {
        for b in a + 1..n {
            relate_pair(streams, groups, (a, b), &mut relations);
        }
    }
    relations
}

fn relate_pair(streams: &[Stream], groups: &[GroupDraft], (a, b): (usize, usize), relations: &mut Relations) {
    let mut grade = Grade::Compatible;
    let mut times: [Option<Seconds>; 2] = [None, None];
    for &s in &groups[a].streams {
        for &t in &groups[b].streams {
            if streams[s].beside.contains(&t) || streams[t].beside.contains(&s) {
                continue;
            }
            let Some([of_s, of_t]) = conflict_stretches(&streams[s].shape, &streams[t].shape) else { continue };
            let permissive = streams[s].permissive.contains(&t) || streams[t].permissive.contains(&s);
            grade = match (grade, permissive) {
                (Grade::Compatible | Grade::Conditional, true) => Grade::Conditional,
                _ => Grade::Incompatible,
            };
            let needed = [between(&streams[s], of_s, &streams[t], of_t), between(&streams[t], of_t, &streams[s], of_s)];
            for (time, needed) in times.iter_mut().zip(needed) {
                *time = Some(time.map_or(needed, |t| t.max(needed)));
            }
        }
    }
    let (a, b) = (GroupId(a as u32), GroupId(b as u32));
    for (pair, time) in [((a, b), times[0]), ((b, a), times[1])] {
        relations.grades[pair] = grade;
        relations.intergreens[pair] = time;
    }
}

type Span = (Length, Length);

/// The intergreen when one stream clears and another enters.
fn between(clearing: &Stream, c: Span, entering: &Stream, e: Span) -> Seconds {
    let length = clearing.shape.length();
    // People walk both ways: the far edge may be at either end.
    let far = if clearing.clearing == Clearing::OnFoot { c.1.max(length - c.0) } else { c.1 };
    intergreen(clearing.clearing, far, entering.entering, e.0)
}

/// The groups of drafts.
pub fn groups(drafts: &[GroupDraft]) -> IdVec<GroupId, SignalGroup> {
    drafts.iter().map(GroupDraft::group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::geometry::Point;

    fn stream(points: &[(f64, f64)], clearing: Clearing, entering: Entering) -> Stream {
        let shape = Polyline::new(points.iter().map(|&(x, y)| Point::new(x, y))).unwrap();
        Stream { shape, clearing, entering, beside: BTreeSet::new(), permissive: BTreeSet::new() }
    }

    fn group(name: &str, kind: GroupKind, stream: usize) -> GroupDraft {
        let crossing = Length::metres(12.0);
        GroupDraft { name: name.into(), kind, speed_limit: Speed::kmh(50.0), crossing, streams: vec![stream], lanes: 1.0 }
    }

    #[test]
    fn crossing_streams_get_intergreens_both_ways() {
        let streams = [
            stream(&[(-20.0, 0.0), (20.0, 0.0)], Clearing::Straight, Entering::Vehicles),
            stream(&[(0.0, -20.0), (0.0, 20.0)], Clearing::Straight, Entering::Vehicles),
            stream(&[(-16.0, -6.0), (-16.0, 6.0)], Clearing::OnFoot, Entering::OnFoot),
        ];
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
