//! Streams: what a signal group lets go, and where two of them meet.

use super::GroupKind;
use super::intergreen::{Clearing, Entering};
use crate::geometry::Polyline;
use crate::id::{CrossingId, Id, MovementId};
use crate::network::{CORRIDOR_WIDTH, Network, Turn, stretch_along};
use crate::quantity::Length;
use crate::vehicle::{ClassSet, VehicleClass};

/// The room beside a crossing that a vehicle leaves free before people may come, in metres. Assumed.
const BESIDE_CROSSING: f64 = 0.6;

/// How far a stream is followed on the lane that it leads to. Assumed: a crossing further away has a stop line of its own.
const ONWARD: Length = Length::metres(30.0);

/// Where a movement begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// The intersection.
    pub place: usize,
    /// Link and lane it comes from.
    pub from: (usize, usize),
    /// Link and lane it leads to.
    pub to: (usize, usize),
}

/// A stream (Verkehrsstrom) that a signal group lets go: a movement, or people on a crossing.
#[derive(Debug, Clone)]
pub struct Stream {
    /// Its way from the stop line, or from kerb to kerb.
    pub shape: Polyline,
    /// The same and the beginning of the lane that it leads to; `None` where nothing is known of it.
    pub onward: Option<Polyline>,
    /// The length of the way that counts; the drawn one may differ a little.
    pub length: Length,
    /// Where it begins and ends; `None` for a crossing, which people use both ways.
    pub ends: Option<Ends>,
    /// How close to its centre line another one is in its way.
    pub reach: Length,
    /// How it clears and enters; `None` when nobody uses it whose figures are known.
    pub traffic: Option<(Clearing, Entering)>,
    /// Whether somebody uses it whose figures are not known: trams, and buses on signals of their own.
    pub lacking: bool,
}

impl Stream {
    /// Motor vehicles on a movement.
    pub fn driving(shape: Polyline, turn: Turn, ends: Ends) -> Self {
        let clearing = if turn == Turn::Straight { Clearing::Straight } else { Clearing::Turning };
        let (length, traffic) = (shape.length(), Some((clearing, Entering::Vehicles)));
        Self { shape, onward: None, length, ends: Some(ends), reach: CORRIDOR_WIDTH, traffic, lacking: false }
    }

    /// People on foot on a crossing of a width.
    pub fn on_foot(shape: Polyline, width: Length) -> Self {
        let (length, traffic) = (shape.length(), Some((Clearing::OnFoot, Entering::OnFoot)));
        let reach = CORRIDOR_WIDTH.max(width / 2.0 + Length::metres(BESIDE_CROSSING));
        Self { shape, onward: None, length, ends: None, reach, traffic, lacking: false }
    }

    /// A movement of a network under a group of a kind.
    ///
    /// On a lane that motor vehicles and cyclists share, the figures of motor vehicles hold: nothing that was accessible
    /// says whether RiLSA asks for those of cyclists there.
    pub fn of_movement(network: &Network, id: MovementId, kind: GroupKind) -> Self {
        let m = &network.movements[id];
        let end = |lane| {
            let l = &network.lanes[lane];
            (l.link.index(), Id::index(lane))
        };
        let ends = Ends { place: m.intersection.index(), from: end(m.from), to: end(m.to) };
        let lane = network.lanes[m.to].shape.part(Length::ZERO, ONWARD);
        let onward = lane.and_then(|l| Polyline::new(m.shape.points().iter().chain(l.points()).copied()));
        let mut stream = Self { onward, length: m.length, ..Self::driving(m.shape.clone(), m.turn, ends) };
        let classes = network.lanes[m.from].classes;
        let motor = classes.without(VehicleClass::Bicycle).without(VehicleClass::Tram);
        if kind == GroupKind::Cyclists || classes == ClassSet::NONE.with(VehicleClass::Bicycle) {
            stream.traffic = Some((Clearing::Cyclists, Entering::Cyclists));
        } else if kind == GroupKind::PublicTransport || motor.is_empty() {
            stream.traffic = None;
        }
        stream.lacking = stream.traffic.is_none() || classes.contains(VehicleClass::Tram);
        stream
    }

    /// A crossing of a network under a group of a kind.
    pub fn of_crossing(network: &Network, id: CrossingId, kind: GroupKind) -> Self {
        let c = &network.crossings[id];
        let mut stream = Self::on_foot(c.shape.clone(), c.width);
        if kind == GroupKind::Cyclists {
            stream.traffic = Some((Clearing::Cyclists, Entering::Cyclists));
        }
        stream
    }

    /// Whether two streams never conflict although they may come near: they begin on the same lane, run side by side from
    /// one link to another, lead over different intersections, or are both crossings.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        match (self.ends, other.ends) {
            (Some(a), Some(b)) => {
                let abreast = a.from.0 == b.from.0 && a.to.0 == b.to.0 && a.to != b.to;
                a.place != b.place || a.from == b.from || abreast
            }
            (None, None) => true,
            _ => false,
        }
    }

    /// Where two streams are in each other's way: `(from, to)` along each. `None` when they are not.
    ///
    /// The conflict area (Konfliktfläche) is where their centre lines come closer than [`CORRIDOR_WIDTH`], a crossing where
    /// a vehicle comes closer than half its width and a little. It ends with the movement, unless that ends before it is
    /// over a crossing: where it is over but ends within that little, some of the 0.6 m are missing. Two movements that end
    /// on the same lane are in each other's way until the first of them ends. What a long vehicle sweeps beyond the
    /// corridor in a turn is not in it; [`Derivation::tight`](super::derivation::Derivation::tight) says where that matters.
    pub fn meeting(&self, other: &Self) -> Option<[(Length, Length); 2]> {
        if self.is_beside(other) {
            return None;
        }
        let (own, others) = (self.way_over(other), other.way_over(self));
        let scaled = |stream: &Self, (from, to): (Length, Length)| {
            let scale = stream.length / stream.shape.length();
            (from * scale, to * scale)
        };
        let along = scaled(self, stretch((own, self.reach), (others, other.reach))?);
        Some([along, scaled(other, stretch((others, other.reach), (own, self.reach))?)])
    }

    /// The way on which it meets another one: on to the lane that it leads to when it is not over a crossing before.
    fn way_over(&self, other: &Self) -> &Polyline {
        let is_over = || {
            let half = other.reach.get() - BESIDE_CROSSING;
            other.shape.nearest(self.shape.end()).1.get() >= half
                && stretch_along(&self.shape, &other.shape, other.reach).is_some()
        };
        match &self.onward {
            Some(onward) if other.ends.is_none() && !is_over() => onward,
            _ => &self.shape,
        }
    }
}

/// The stretch along one way on which it is in the way of another, each with its reach.
fn stretch((way, own): (&Polyline, Length), (other, reach): (&Polyline, Length)) -> Option<(Length, Length)> {
    // Whoever only touches the side of a wide crossing is in the way of people there, too.
    stretch_along(way, other, reach).or_else(|| stretch_along(way, other, own))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Point;

    fn line(points: &[(f64, f64)]) -> Polyline {
        Polyline::new(points.iter().map(|&(x, y)| Point::new(x, y))).unwrap()
    }

    /// A movement of 20 m straight on, and the lane behind it.
    fn east() -> Stream {
        let ends = Ends { place: 0, from: (0, 0), to: (1, 0) };
        let onward = Some(line(&[(0.0, 0.0), (20.0, 0.0), (50.0, 0.0)]));
        Stream { onward, ..Stream::driving(line(&[(0.0, 0.0), (20.0, 0.0)]), Turn::Straight, ends) }
    }

    /// Where the movement clears a crossing of 4 m.
    fn cleared(x: f64) -> Option<f64> {
        let crossing = Stream::on_foot(line(&[(x, -5.0), (x, 5.0)]), Length::metres(4.0));
        east().meeting(&crossing).map(|[along, _]| along.1.get())
    }

    #[test]
    fn a_crossing_is_cleared_on_the_lane_behind_where_the_movement_ends_before() {
        let near = |x: f64, at: f64| cleared(x).is_some_and(|to| (to - at).abs() < 0.3);
        assert!(near(10.0, 12.6) && near(19.0, 21.6) && near(25.0, 27.6));
        // It ends 2.3 m behind the middle of the crossing, and so behind its edge.
        assert!(near(17.7, 20.0));
        assert_eq!(cleared(60.0), None);
    }
}
