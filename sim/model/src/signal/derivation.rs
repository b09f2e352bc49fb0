//! How the intergreens of a signal follow from the network: which two streams govern each of them, with every figure.
//!
//! For two groups each pair of their streams that conflicts asks for an intergreen ([`intergreen`](super::intergreen));
//! the longest of them governs. People clear from either kerb to the far edge of the conflict area, whichever is longer.
//! Vehicles clear a crossing behind the intersection until their rear has left it, and enter one before it as soon as
//! they have come to it.
//!
//! # Accuracy
//!
//! Conflict areas are those of [`Stream::meeting`]: corridors about centre lines, sampled every 0.25 m and up to one
//! sample too long at either end, which is on the safe side.

use super::intergreen::{Calculation, Clearing, Entering};
use super::{Signal, Square, Stream};
use crate::id::{CrossingId, GroupId, IdVec, MovementId, SignalId};
use crate::network::{LongVehicle, Network};
use crate::quantity::Length;
use crate::time::Seconds;

/// Half the width of a car.
const HALF_CAR: Length = Length::metres(0.9);

type Span = (Length, Length);

/// Two streams, numbers of a list, that are in each other's way, and the stretch of each on which they are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Meeting {
    /// The streams.
    pub streams: [usize; 2],
    /// From where to where, along each of them.
    pub stretches: [Span; 2],
}

/// The two streams that govern an intergreen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Governing {
    /// The stream that clears.
    pub clearing: usize,
    /// The stream that enters.
    pub entering: usize,
    /// What the formula makes of them.
    pub calculation: Calculation,
}

/// What the geometry asks of two groups that conflict, in one direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Need {
    /// The longest intergreen that any two of their streams ask for; `None` when no figure of any of them is known.
    pub governing: Option<Governing>,
    /// Whether somebody uses the streams whose figures are not known, so that more may be needed.
    pub lacking: bool,
}

impl Need {
    /// The intergreen, as far as it can be derived.
    pub fn intergreen(&self) -> Option<Seconds> {
        self.governing.map(|g| g.calculation.intergreen())
    }
}

/// Every meeting of a stream of one group with one of another.
pub fn meetings(streams: &[Stream], one: &[usize], other: &[usize]) -> Vec<Meeting> {
    let pairs = one.iter().flat_map(|&a| other.iter().map(move |&b| [a, b]));
    let meet = |[a, b]: [usize; 2]| Some(Meeting { streams: [a, b], stretches: streams[a].meeting(&streams[b])? });
    pairs.filter_map(meet).collect()
}

/// What the meetings of two groups ask for when the group on one side, 0 or 1, clears; `None` without any.
pub fn need(streams: &[Stream], meetings: &[Meeting], clears: usize) -> Option<Need> {
    let mut need = Need { governing: None, lacking: false };
    for meeting in meetings {
        let [clearing, entering] = [clears, 1 - clears].map(|side| (meeting.streams[side], meeting.stretches[side]));
        need.lacking |= streams[clearing.0].lacking || streams[entering.0].lacking;
        let Some(calculation) = calculate((&streams[clearing.0], clearing.1), (&streams[entering.0], entering.1)) else {
            continue;
        };
        if need.governing.is_none_or(|g| calculation.exact() > g.calculation.exact()) {
            need.governing = Some(Governing { clearing: clearing.0, entering: entering.0, calculation });
        }
    }
    (!meetings.is_empty()).then_some(need)
}

/// The intergreen between two streams with their stretches; `None` when the figures of one are not known.
fn calculate((clearing, c): (&Stream, Span), (entering, e): (&Stream, Span)) -> Option<Calculation> {
    let way = |stream: &Stream, at: Length| stream.length - at;
    // People come from both kerbs: the far edge may be at either end, and so may the near one.
    let far = if clearing.ends.is_none() { c.1.max(way(clearing, c.0)) } else { c.1 };
    let near = if entering.ends.is_none() { e.0.min(way(entering, e.1)) } else { e.0 };
    let (clears, enters): (Clearing, Entering) = (clearing.traffic?.0, entering.traffic?.1);
    Some(Calculation { clearing: clears, clearing_distance: far, entering: enters, entering_distance: near })
}

/// A movement or crossing that obeys a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// A movement.
    Movement(MovementId),
    /// A crossing.
    Crossing(CrossingId),
}

/// The intergreens that the geometry of a network asks of a signal.
#[derive(Debug, Clone)]
pub struct Derivation {
    /// What obeys the signal: the streams that [`Governing`] names, movements first, each in id order.
    pub ways: Vec<Way>,
    /// How each of them clears and enters.
    pub streams: Vec<Stream>,
    /// The streams of the groups, numbers of `ways`.
    pub groups: IdVec<GroupId, Vec<usize>>,
    /// Row clears, column enters; `None` where the groups do not meet.
    pub needs: Square<Option<Need>>,
}

/// A movement that turns beside another of a group that it does not meet, so near that a bus needs the other's room.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tight {
    /// The stream that turns.
    pub turning: usize,
    /// The stream beside it.
    pub beside: usize,
    /// What the body of the bus leaves to the centre line of the other.
    pub room: Length,
}

/// Two groups for which the scenario has another intergreen than the geometry asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// The group that clears.
    pub clearing: GroupId,
    /// The group that enters.
    pub entering: GroupId,
    /// What the scenario has.
    pub has: Option<Seconds>,
    /// What the geometry asks for; `None` where it sees no conflict.
    pub needs: Option<Seconds>,
}

impl Difference {
    /// Whether the scenario has less than the geometry asks for.
    pub fn is_short(&self) -> bool {
        self.has < self.needs
    }
}

impl Derivation {
    /// Derives the intergreens of a signal of a network.
    pub fn of(network: &Network, id: SignalId, signal: &Signal) -> Self {
        let mut derived = Self {
            ways: Vec::new(),
            streams: Vec::new(),
            groups: IdVec::from_fn(signal.groups.len(), |_| Vec::new()),
            needs: Square::new(signal.groups.len()),
        };
        let movements = network.movements.enumerate().map(|(m, movement)| (Way::Movement(m), movement.head));
        let crossings = network.crossings.enumerate().map(|(c, crossing)| (Way::Crossing(c), crossing.head));
        for (way, head) in movements.chain(crossings) {
            let Some(head) = head.filter(|h| h.signal == id) else { continue };
            let kind = signal.groups[head.group].kind;
            derived.groups[head.group].push(derived.ways.len());
            derived.ways.push(way);
            derived.streams.push(match way {
                Way::Movement(m) => Stream::of_movement(network, m, kind),
                Way::Crossing(c) => Stream::of_crossing(network, c, kind),
            });
        }
        derived.relate();
        derived
    }

    fn relate(&mut self) {
        let streams = &self.streams;
        for a in self.groups.ids() {
            for b in self.groups.ids().filter(|&b| b > a) {
                let meetings = meetings(streams, &self.groups[a], &self.groups[b]);
                self.needs[(a, b)] = need(streams, &meetings, 0);
                self.needs[(b, a)] = need(streams, &meetings, 1);
            }
        }
    }

    /// Every ordered pair of groups for which the signal has another intergreen than the geometry asks for.
    ///
    /// Groups that may go together although their streams meet are compared like any other. Where nothing can be derived
    /// nothing differs.
    pub fn differences(&self, signal: &Signal) -> Vec<Difference> {
        let pairs = signal.groups.ids().flat_map(|a| signal.groups.ids().map(move |b| (a, b))).filter(|(a, b)| a != b);
        let compare = |pair: (GroupId, GroupId)| {
            let need = self.needs[pair];
            let needs = need.and_then(|n| n.intergreen());
            let known = need.is_none() || needs.is_some();
            let has = signal.intergreens[pair];
            (known && has != needs).then_some(Difference { clearing: pair.0, entering: pair.1, has, needs })
        };
        pairs.filter_map(compare).collect()
    }

    /// How many ordered pairs of groups meet, and of how many of these nothing can be derived.
    pub fn count(&self) -> (usize, usize) {
        let needs = || self.groups.ids().flat_map(|a| self.groups.ids().filter_map(move |b| self.needs[(a, b)]));
        (needs().count(), needs().filter(|n| n.governing.is_none()).count())
    }

    /// Where a standard bus ([`LongVehicle::BUS`]) that turns leaves no room for a car of a group with which the geometry
    /// sees no conflict: less than half a car, 0.9 m, from its sides to the other's centre line.
    ///
    /// The corridors of conflict areas do not contain this. Whether such groups may go together is for people to say: the
    /// bus may wait, swing out or not come at all.
    pub fn tight(&self) -> Vec<Tight> {
        let pairs = self.groups.ids().flat_map(|a| self.groups.ids().map(move |b| (a, b)));
        let apart = pairs.filter(|&(a, b)| a != b && self.needs[(a, b)].is_none());
        let both = |(a, b): (GroupId, GroupId)| {
            self.groups[a].iter().flat_map(move |&turning| self.groups[b].iter().map(move |&beside| (turning, beside)))
        };
        apart.flat_map(both).filter_map(|(turning, beside)| self.room(turning, beside)).collect()
    }

    fn room(&self, turning: usize, beside: usize) -> Option<Tight> {
        let [bus, car] = [turning, beside].map(|stream| &self.streams[stream]);
        let turns = bus.traffic.is_some_and(|(clearing, _)| clearing == Clearing::Turning);
        if !turns || car.ends.is_none() || bus.is_beside(car) {
            return None;
        }
        let room = LongVehicle::BUS.distance(&bus.shape, &car.shape);
        (room < HALF_CAR).then_some(Tight { turning, beside, room })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Point, Polyline};
    use crate::network::Turn;
    use crate::signal::Ends;
    use crate::toy::Grid;

    fn line(points: &[(f64, f64)]) -> Polyline {
        Polyline::new(points.iter().map(|&(x, y)| Point::new(x, y))).unwrap()
    }

    /// A stream of motor vehicles from a link of its own.
    fn driving(points: &[(f64, f64)], turn: Turn, link: usize) -> Stream {
        Stream::driving(line(points), turn, Ends { place: 0, from: (link, 0), to: (link + 100, 0) })
    }

    fn east() -> Stream {
        driving(&[(-20.0, 0.0), (20.0, 0.0)], Turn::Straight, 0)
    }

    fn governing(streams: &[Stream], clears: usize) -> Governing {
        need(streams, &meetings(streams, &[0], &[1]), clears).and_then(|n| n.governing).unwrap()
    }

    #[test]
    fn people_clear_from_the_kerb_that_is_further_away() {
        // The lane lies 2 m from one kerb and 10 m from the other.
        let crossing = Stream::on_foot(line(&[(-15.0, -2.0), (-15.0, 10.0)]), Length::metres(4.0));
        let clearing = governing(&[crossing, east()], 0).calculation;
        assert!((clearing.clearing_distance.get() - 12.0).abs() < 0.6, "{clearing:?}");
    }

    #[test]
    fn a_wide_crossing_takes_longer_to_clear() {
        let crossing = |width| Stream::on_foot(line(&[(-15.0, -6.0), (-15.0, 6.0)]), Length::metres(width));
        let distance = |width| governing(&[east(), crossing(width)], 0).calculation.clearing_distance.get();
        assert!((distance(4.0) - 7.6).abs() < 0.3 && (distance(10.0) - 10.6).abs() < 0.3);
    }

    #[test]
    fn nothing_is_reckoned_for_trams_and_said_where_they_share_a_lane() {
        let north = driving(&[(0.0, -20.0), (0.0, 20.0)], Turn::Straight, 1);
        let tram = Stream { traffic: None, lacking: true, ..east() };
        let streams = [tram, north.clone()];
        let alone = need(&streams, &meetings(&streams, &[0], &[1]), 0).unwrap();
        assert!(alone.governing.is_none() && alone.lacking && alone.intergreen().is_none());
        let streams = [Stream { lacking: true, ..east() }, north];
        let shared = need(&streams, &meetings(&streams, &[0], &[1]), 0).unwrap();
        assert!(shared.governing.is_some() && shared.lacking);
    }

    #[test]
    fn streams_that_begin_together_or_keep_apart_need_nothing() {
        let beside = driving(&[(-20.0, 3.0), (20.0, 3.0)], Turn::Straight, 1);
        assert!(meetings(&[east(), beside], &[0], &[1]).is_empty());
        assert!(meetings(&[east(), driving(&[(-20.0, 0.0), (0.0, 8.0)], Turn::Left, 0)], &[0], &[1]).is_empty());
    }

    #[test]
    fn what_a_signal_lacks_is_short_and_what_it_has_beyond_is_not() {
        let scenario = Grid::default().scenario();
        let (id, signal) = scenario.signals.enumerate().next().unwrap();
        let derived = Derivation::of(&scenario.network, id, signal);
        let ids = || signal.groups.ids();
        let (a, b) = ids().flat_map(|a| ids().map(move |b| (a, b))).find(|&p| derived.needs[p].is_some()).unwrap();
        let mut changed = signal.clone();
        let mut difference = |time| {
            changed.intergreens[(a, b)] = time;
            derived.differences(&changed).into_iter().find(|d| (d.clearing, d.entering) == (a, b))
        };
        assert!(difference(None).unwrap().is_short());
        assert!(!difference(Some(Seconds(100))).unwrap().is_short());
        assert_eq!(difference(derived.needs[(a, b)].unwrap().intergreen()), None);
    }

    #[test]
    fn a_bus_that_turns_leaves_no_room_on_the_inside_of_its_bend() {
        let bend = |radius: f64, kind, link| {
            let turn = (0..=90).map(|degrees| f64::from(degrees).to_radians());
            let points: Vec<(f64, f64)> =
                turn.map(|a| (radius * crate::maths::sin(a), 12.0 - radius * crate::maths::cos(a))).collect();
            driving(&points, kind, link)
        };
        let streams = vec![bend(12.0, Turn::Left, 0), bend(9.2, Turn::Straight, 1)];
        let groups: IdVec<GroupId, Vec<usize>> = vec![vec![0], vec![1]].into();
        let derived = Derivation { ways: Vec::new(), streams, groups, needs: Square::new(2) };
        let tight = derived.tight();
        assert_eq!((tight.len(), tight[0].turning, tight[0].beside), (1, 0, 1), "{tight:?}");
    }
}
