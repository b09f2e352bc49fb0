//! Where lanes and movements cut the crossings for people on foot, from their shapes.

use super::{Crossing, Cut, Network, Road};
use crate::geometry::{Point, Polyline};
use crate::id::{IntersectionId, LinkId};
use crate::quantity::Length;

/// Half the width of a vehicle, in metres: that of a bus.
const HALF_VEHICLE: f64 = 1.25;

/// Half the room of a person with a hand's breadth beside it, in metres.
const HALF_PERSON: f64 = 0.3;

/// Length over which a long vehicle cuts the inside of a bend, in metres: that of a bus.
const LONG_VEHICLE: f64 = 12.0;

/// Length of a part of a body that does not bend, in metres: a car or half a bus, whose driver swings out.
const RIGID: f64 = 6.0;

/// Sampling distance along a centre line, in metres.
const SAMPLE: f64 = 0.25;

/// Every cut of a crossing by the roads around its intersection, lanes first, each in id order.
///
/// Looked at are the lanes of the links that begin or end there, and the movements over it and over the intersections at
/// the other ends of those links: a crossing under a bridge is not cut by the road above.
pub(crate) fn cuts(network: &Network, crossing: &Crossing) -> Vec<Cut> {
    let links: Vec<LinkId> = touching(network, crossing.intersection);
    let lanes = links.iter().flat_map(|&l| network.links[l].lanes());
    let mut cuts: Vec<Cut> = lanes
        .filter_map(|id| {
            let lane = &network.lanes[id];
            cut(Road::Lane(id), &lane.shape, lane.length, crossing)
        })
        .collect();
    let mut around: Vec<IntersectionId> =
        links.iter().flat_map(|&l| [network.links[l].from, network.links[l].to]).chain([crossing.intersection]).collect();
    around.sort_unstable();
    around.dedup();
    let movements = around.iter().flat_map(|&i| &network.intersections[i].movements);
    cuts.extend(movements.filter_map(|&id| {
        let m = &network.movements[id];
        cut(Road::Movement(id), &m.shape, m.length, crossing)
    }));
    cuts
}

fn touching(network: &Network, intersection: IntersectionId) -> Vec<LinkId> {
    let at = &network.intersections[intersection];
    let mut links: Vec<LinkId> = at.arriving.iter().chain(&at.leaving).copied().collect();
    links.sort_unstable();
    links.dedup();
    links
}

/// Where bodies that follow a centre line sweep over a crossing; `None` when they do not.
fn cut(road: Road, line: &Polyline, length: Length, crossing: &Crossing) -> Option<Cut> {
    let band = Band::of(crossing);
    if !band.is_near(line) {
        return None;
    }
    let drawn = line.length().get();
    let count = (drawn / SAMPLE).ceil() as usize;
    let mut found: Option<Sweep> = None;
    for s in (0..=count).map(|i| (i as f64 * SAMPLE).min(drawn)) {
        let pose = line.pose(Length::metres(s));
        let front = [pose.at, pose.offset(0.0, HALF_VEHICLE), pose.offset(0.0, -HALF_VEHICLE)];
        for c in front.into_iter().filter_map(|p| band.place(p)) {
            let here = Sweep { from: s, to: s, near: c, far: c };
            found = Some(found.map_or(here, |f| Sweep { to: s, ..f }.wider(c)));
        }
        // The middle of a long vehicle goes nearer to the inside of a bend than its ends, and its corners further out.
        let chord = |length: f64| (line.pose(Length::metres(s - length)).at, pose.at);
        let (rear, front) = chord(LONG_VEHICLE);
        let middle = (1..12).map(|k| rear.lerp(front, f64::from(k) / 12.0));
        let (rear, front) = chord(RIGID);
        let sides = (0..=6).flat_map(|k| beside(rear, front, f64::from(k) / 6.0));
        found = found.map(|f| middle.chain(sides).filter_map(|p| band.place(p)).fold(f, Sweep::wider));
    }
    // The length that counts may differ from the drawn one. Half a sample: the true edge lies between two.
    let scale = length.get() / drawn;
    let along = |s: f64| Length::metres(s.clamp(0.0, drawn) * scale);
    found.map(|f| Cut {
        road,
        from: along(f.from - SAMPLE),
        to: along(f.to + SAMPLE),
        near: Length::metres(f.near - HALF_PERSON),
        far: Length::metres(f.far + HALF_PERSON),
    })
}

/// The two sides of a body from a rear bumper to a front bumper, at a share of its length.
fn beside(rear: Point, front: Point, share: f64) -> [Point; 2] {
    let (x, y, at) = (front.x - rear.x, front.y - rear.y, rear.lerp(front, share));
    let scale = HALF_VEHICLE / rear.distance(front).get().max(1e-9);
    [1.0, -1.0].map(|side| Point::new(at.x - side * y * scale, at.y + side * x * scale))
}

/// A stretch of road and the stretch of the crossing that is swept there.
#[derive(Clone, Copy)]
struct Sweep {
    from: f64,
    to: f64,
    near: f64,
    far: f64,
}

impl Sweep {
    fn wider(self, c: f64) -> Self {
        Self { near: self.near.min(c), far: self.far.max(c), ..self }
    }
}

/// The ground on which people cross, with the room that they need beside it and at the kerbs.
struct Band {
    line: Polyline,
    half: f64,
    beyond: f64,
}

impl Band {
    fn of(crossing: &Crossing) -> Self {
        let beyond = HALF_VEHICLE + HALF_PERSON;
        let shape = &crossing.shape;
        let ends = (shape.pose(Length::metres(-beyond)).at, shape.pose(shape.length() + Length::metres(beyond)).at);
        let points = [ends.0].into_iter().chain(shape.points().iter().copied()).chain([ends.1]);
        let line = Polyline::new(points).unwrap_or_else(|| shape.clone());
        Self { line, half: 0.5 * crossing.width.get() + HALF_PERSON, beyond }
    }

    /// How far across a point lies, in metres from the first kerb; `None` beside the crossing and off the road.
    fn place(&self, point: Point) -> Option<f64> {
        let (along, away) = self.line.nearest(point);
        let inside = along.get() > 0.0 && along < self.line.length() && away.get() < self.half;
        inside.then(|| along.get() - self.beyond)
    }

    /// Whether a line may come so near: a cheap look before the careful one.
    fn is_near(&self, line: &Polyline) -> bool {
        let reach = self.half + LONG_VEHICLE;
        let range = |l: &Polyline, pick: fn(&Point) -> f64| {
            l.points().iter().map(pick).fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)))
        };
        [|p: &Point| p.x, |p: &Point| p.y].into_iter().all(|pick| {
            let (own, other) = (range(&self.line, pick), range(line, pick));
            own.0 - reach < other.1 && other.0 < own.1 + reach
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::LaneId;

    fn line(points: &[(f64, f64)]) -> Polyline {
        Polyline::new(points.iter().map(|&(x, y)| Point::new(x, y))).unwrap()
    }

    fn crossing(points: &[(f64, f64)]) -> Crossing {
        Crossing {
            name: "F1".into(),
            intersection: IntersectionId(0),
            shape: line(points),
            width: Length::metres(4.0),
            head: None,
            link_index: None,
            cuts: Vec::new(),
        }
    }

    fn cut_by(points: &[(f64, f64)]) -> Option<Cut> {
        let shape = line(points);
        cut(Road::Lane(LaneId(0)), &shape, shape.length(), &crossing(&[(50.0, -4.0), (50.0, 4.0)]))
    }

    #[test]
    fn a_lane_is_cut_over_the_width_of_the_crossing_and_cuts_out_its_own() {
        let cut = cut_by(&[(0.0, -2.0), (100.0, -2.0)]).unwrap();
        assert!((cut.from.get() - 47.7).abs() < 0.6 && (cut.to.get() - 52.3).abs() < 0.6, "{cut:?}");
        assert!((cut.near.get() - 0.45).abs() < 0.01 && (cut.far.get() - 3.55).abs() < 0.01, "{cut:?}");
    }

    #[test]
    fn a_turn_is_cut_where_its_corners_are() {
        let straight = cut_by(&[(0.0, 0.0), (100.0, 0.0)]).unwrap();
        let slanted = cut_by(&[(40.0, -10.0), (60.0, 10.0)]).unwrap();
        assert!(slanted.far - slanted.near > straight.far - straight.near);
        assert!(slanted.to - slanted.from > straight.to - straight.from);
    }

    #[test]
    fn roads_beside_the_crossing_and_beyond_its_kerbs_are_not_cut() {
        assert!(cut_by(&[(0.0, -7.0), (100.0, -7.0)]).is_none());
        assert!(cut_by(&[(45.0, -100.0), (45.0, 100.0)]).is_none());
        assert!(cut_by(&[(0.0, 0.0), (46.0, 0.0)]).is_none());
    }
}
