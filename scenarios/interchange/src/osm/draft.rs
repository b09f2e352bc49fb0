//! The network while it is being made: places, links with lanes, movements, crossings.

use super::Remarks;
use super::arm::{Arm, LANE};
use super::chain::part;
use super::graph::{CrossingKind, Graph};
use super::links::Layout;
use super::tags::Arrows;
use model::geometry::{Point, Polyline};
use model::network::Turn;
use model::quantity::Length;
use std::collections::{BTreeMap, BTreeSet};

/// How far before and after a change of lanes links end and begin, in metres.
const TRANSITION: f64 = 7.0;

/// The least distance between the middles of lanes of opposite directions, in metres.
const APART: f64 = 3.0;

/// The farthest that a carriageway is moved aside, in metres.
const FARTHEST_ASIDE: f64 = 1.5;
/// Points of a road closer together than this are one bend, in metres.
const SHORTEST_SEGMENT: Length = Length::metres(2.0);

/// What a place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlaceKind {
    /// An intersection with signals.
    Signalised,
    /// An intersection without.
    Plain,
    /// A change of lanes.
    Joint,
    /// The end of a road.
    End,
}

/// An intersection, a joint or an end.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) at: Point,
    pub(super) kind: PlaceKind,
    pub(super) right_before_left: bool,
}

/// A directed link.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts")]
pub(super) struct Link {
    pub(super) name: String,
    pub(super) street: String,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) speed_kmh: f64,
    pub(super) rank: u8,
    /// Centre lines from right to left.
    pub(super) lanes: Vec<Polyline>,
    /// The line of the way, and whether its road carries both directions.
    base: Polyline,
    two_way: bool,
    /// From right to left; empty when nothing is tagged.
    pub(super) arrows: Vec<Arrows>,
    pub(super) guessed: bool,
    pub(super) way: i64,
    pub(super) chain: usize,
    pub(super) forward: bool,
    /// Whether a sign at its end tells to give way.
    pub(super) gives_way: bool,
    /// Whether it runs to the end of its chain, and from its beginning.
    pub(super) last: bool,
    pub(super) first: bool,
}

impl Link {
    /// Gives the link another number of lanes.
    pub(super) fn set_lanes(&mut self, count: usize) {
        let base = self.base.thinned(SHORTEST_SEGMENT);
        self.lanes = (0..count).map(|lane| base.shifted(offset(self.two_way, lane, count))).collect();
        self.arrows.clear();
    }

    /// The lane in the middle.
    pub(super) fn middle(&self) -> &Polyline {
        &self.lanes[self.lanes.len() / 2]
    }
}

/// A movement.
#[derive(Debug, Clone)]
pub(super) struct Movement {
    pub(super) place: usize,
    pub(super) from: (usize, usize),
    pub(super) to: (usize, usize),
    pub(super) turn: Turn,
    pub(super) shape: Polyline,
    pub(super) speed_kmh: f64,
    pub(super) yields_to: Vec<usize>,
    pub(super) waiting: Option<f64>,
    pub(super) group: Option<usize>,
}

/// A crossing for people on foot.
#[derive(Debug, Clone)]
pub(super) struct Crossing {
    pub(super) name: String,
    pub(super) place: usize,
    pub(super) shape: Polyline,
    pub(super) group: Option<usize>,
    /// The chain it crosses; none where it lies in the middle of an intersection.
    pub(super) chain: Option<usize>,
}

/// The network while it is being made.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) places: Vec<Place>,
    pub(super) links: Vec<Link>,
    pub(super) movements: Vec<Movement>,
    pub(super) crossings: Vec<Crossing>,
    /// The place of each cluster.
    pub(super) place_of: Vec<Option<usize>>,
}

impl Draft {
    /// Places and links; movements are still to come.
    pub(super) fn new(graph: &Graph, layout: &Layout, remarks: &mut Remarks) -> Self {
        let mut draft = Self { place_of: vec![None; layout.clusters.list.len()], ..Self::default() };
        draft.add_places(graph, layout);
        let mut joints = BTreeMap::new();
        for chain in 0..layout.chains.len() {
            for forward in [true, false] {
                draft.add_links(graph, layout, (chain, forward), &mut joints, remarks);
            }
        }
        draft.keep_apart(remarks);
        draft.name_links();
        draft.add_crossings(graph, layout);
        draft
    }

    fn add_places(&mut self, graph: &Graph, layout: &Layout) {
        for (id, cluster) in layout.clusters.list.iter().enumerate() {
            let chains: Vec<_> = layout.chains.iter().filter(|c| c.clusters.contains(&id)).collect();
            let Some(&v) = cluster.vertices.iter().min_by_key(|&&v| graph.vertices[v].osm.unsigned_abs()) else { continue };
            if chains.is_empty() {
                continue;
            }
            let kind = match (cluster.signalised, chains.len()) {
                (true, 2..) => PlaceKind::Signalised,
                (_, 1) => PlaceKind::End,
                _ => PlaceKind::Plain,
            };
            let mut streets: Vec<&str> = Vec::new();
            for chain in chains {
                if !chain.street.is_empty() && !streets.contains(&chain.street.as_str()) {
                    streets.push(&chain.street);
                }
            }
            let osm = graph.vertices[v].osm;
            let name = cluster
                .name
                .clone()
                .unwrap_or_else(|| if osm < 0 { format!("x{}", osm.unsigned_abs()) } else { format!("n{osm}") });
            let title = if cluster.title.is_empty() { streets.join(" × ") } else { cluster.title.clone() };
            self.place_of[id] = Some(self.places.len());
            let at = layout.clusters.centre(graph, id);
            self.places.push(Place { name, title, at, kind, right_before_left: false });
        }
        let mut seen = BTreeSet::new();
        for place in &mut self.places {
            while !seen.insert(place.name.clone()) {
                place.name.push('\'');
            }
        }
    }

    fn add_links(
        &mut self,
        graph: &Graph,
        layout: &Layout,
        (id, forward): (usize, bool),
        joints: &mut BTreeMap<usize, usize>,
        remarks: &mut Remarks,
    ) {
        let chain = &layout.chains[id];
        let (first, last) = arms(layout, id, forward);
        let Some(sections) = chain.sections(graph, forward, first.begin, last.stop) else { return };
        let (Some(mut from), Some(end)) = (self.place_of[first.cluster], self.place_of[last.cluster]) else { return };
        let line = chain.line_in(forward);
        let count = sections.len();
        for (i, section) in sections.iter().enumerate() {
            let to = if i + 1 == count { end } else { self.joint(graph, section.end, joints) };
            let gap = TRANSITION.min((section.to - section.from) / 4.0);
            let a = if i == 0 { section.from } else { section.from + gap };
            let b = if i + 1 == count { section.to } else { section.to - gap };
            let Some(base) = part(&line, a, b) else { continue };
            let n = section.side.lanes as usize;
            if section.side.guessed {
                let what = format!("{n} lane{} from its class, none tagged", if n == 1 { "" } else { "s" });
                remarks.guess(format!("way {}", section.way), what);
            }
            let arrows =
                if section.side.arrows.len() == n { section.side.arrows.iter().rev().copied().collect() } else { Vec::new() };
            let mut link = Link {
                name: String::new(),
                street: chain.street.clone(),
                from,
                to,
                speed_kmh: section.side.speed_kmh,
                rank: chain.class.rank(),
                lanes: Vec::new(),
                base,
                two_way: section.two_way,
                arrows: Vec::new(),
                guessed: section.side.guessed,
                way: section.way,
                chain: id,
                forward,
                gives_way: last.gives_way,
                last: i + 1 == count,
                first: i == 0,
            };
            link.set_lanes(n);
            link.arrows = arrows;
            self.links.push(link);
            from = to;
        }
    }

    fn joint(&mut self, graph: &Graph, vertex: usize, joints: &mut BTreeMap<usize, usize>) -> usize {
        *joints.entry(vertex).or_insert_with(|| {
            let v = &graph.vertices[vertex];
            let (name, at) = (format!("j{}", v.osm.unsigned_abs()), v.at);
            self.places.push(Place { name, title: String::new(), at, kind: PlaceKind::Joint, right_before_left: false });
            self.places.len() - 1
        })
    }

    /// Moves carriageways of opposite directions apart where their lanes would lie on each other.
    fn keep_apart(&mut self, remarks: &mut Remarks) {
        let mut aside: BTreeMap<usize, f64> = BTreeMap::new();
        for a in 0..self.links.len() {
            for b in a + 1..self.links.len() {
                let (one, other) = (&self.links[a], &self.links[b]);
                let missing = if one.chain == other.chain { 0.0 } else { APART - facing_distance(one, other) };
                for link in [a, b].into_iter().filter(|_| missing > 0.0) {
                    let most = aside.entry(link).or_default();
                    *most = most.max((missing / 2.0).min(FARTHEST_ASIDE));
                }
            }
        }
        for (id, by) in aside {
            let link = &mut self.links[id];
            let (count, arrows) = (link.lanes.len(), std::mem::take(&mut link.arrows));
            link.base = link.base.shifted(-by);
            link.set_lanes(count);
            link.arrows = arrows;
            let what = format!("moved {by:.1} m to the right, clear of the other carriageway");
            remarks.repair(format!("way {}", link.way), what);
        }
    }

    /// Names every link after the places it runs between.
    fn name_links(&mut self) {
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        for link in &mut self.links {
            let base = format!("{}-{}", self.places[link.from].name, self.places[link.to].name);
            let count = seen.entry(base.clone()).or_default();
            *count += 1;
            link.name = if *count == 1 { base } else { format!("{base}.{count}") };
        }
    }

    fn add_crossings(&mut self, graph: &Graph, layout: &Layout) {
        let mut count: BTreeMap<usize, u32> = BTreeMap::new();
        let mut add = |draft: &mut Self, place: usize, shape: Option<Polyline>, chain: Option<usize>| {
            let Some(shape) = shape else { return };
            let number = count.entry(place).or_default();
            *number += 1;
            let name = format!("{}/F{number}", draft.places[place].name);
            draft.crossings.push(Crossing { name, place, shape, group: None, chain });
        };
        for arm in &layout.arms {
            let Some(place) = self.place_of[arm.cluster] else { continue };
            if let (Some((at, _, _)), true) = (arm.crossing, self.places[place].kind != PlaceKind::End) {
                // At an intersection with signals every crossing on its arms obeys them.
                add(self, place, across(&arm.line, at, arm.left, arm.right), Some(arm.chain));
            }
        }
        for (id, cluster) in layout.clusters.list.iter().enumerate() {
            let Some(place) = self.place_of[id] else { continue };
            for &v in &cluster.vertices {
                let vertex = &graph.vertices[v];
                if vertex.edges.len() == 2 && vertex.crossing == Some(CrossingKind::Signalised) {
                    let arm = layout.arms.iter().find(|a| a.cluster == id && a.line.start().distance(vertex.at).get() < 0.1);
                    let shape = arm.and_then(|a| across(&a.line, 0.0, a.left, a.right));
                    add(self, place, shape, None);
                }
            }
        }
    }
}

/// The least distance between the leftmost lanes of two links that run against each other; infinite when they do not.
fn facing_distance(a: &Link, b: &Link) -> f64 {
    let far = |link: &Link| link.base.length().get();
    let (Some(left_a), Some(left_b)) = (a.lanes.last(), b.lanes.last()) else { return f64::INFINITY };
    let (p, q) = (a.base.pose(Length::metres(far(a) / 2.0)).at, b.base.pose(Length::metres(far(b) / 2.0)).at);
    if p.distance(q).get() > f64::midpoint(far(a), far(b)) + 20.0 {
        return f64::INFINITY;
    }
    let count = (left_a.length().get() / 3.0) as usize + 1;
    let distance = |i: usize| {
        let pose = left_a.pose(left_a.length() * (i as f64 / count as f64));
        let (s, distance) = left_b.nearest(pose.at);
        let heading = left_b.pose(s).heading;
        let against = pose.heading.0 * heading.0 + pose.heading.1 * heading.1 < -0.9;
        let beside = s > Length::ZERO && s < left_b.length();
        if against && beside { distance.get() } else { f64::INFINITY }
    };
    (0..=count).map(distance).fold(f64::INFINITY, f64::min)
}

/// The arm where a direction of a chain begins, and the one where it ends.
pub(super) fn arms(layout: &Layout, chain: usize, forward: bool) -> (&Arm, &Arm) {
    let (a, b) = (&layout.arms[2 * chain], &layout.arms[2 * chain + 1]);
    if forward { (a, b) } else { (b, a) }
}

/// How far to the left of the line of the way a lane lies.
fn offset(two_way: bool, lane: usize, count: usize) -> f64 {
    let (lane, n) = (lane as f64, count as f64);
    if two_way { -(n - lane - 0.5) * LANE } else { (lane - (n - 1.0) / 2.0) * LANE }
}

fn across(line: &Polyline, at: f64, left: f64, right: f64) -> Option<Polyline> {
    let pose = line.pose(Length::metres(at));
    Polyline::new([pose.offset(0.0, left), pose.offset(0.0, -right)])
}
