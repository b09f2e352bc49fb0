//! Where roads end at an intersection: stop lines, and where the roads that leave begin.

use super::chain::Chain;
use super::cluster::Clusters;
use super::graph::{CrossingKind, Facing, Graph};
use model::geometry::{Point, Polyline, side};
use model::quantity::Length;

/// Width of a lane, in metres.
pub(super) const LANE: f64 = 3.25;

/// The least that must remain of a road between two intersections, in metres.
pub(super) const SHORTEST_LINK: f64 = 8.0;

/// How far along an arm other arms are looked for, in metres.
const SIGHT: f64 = 45.0;

/// An arm that has kept clear of another for so long does not meet it again, in metres.
const CLEAR: f64 = 10.0;

/// Where links begin behind a crossing away from intersections, in metres.
const BEHIND_CROSSING: f64 = 8.0;

/// Beyond this, arms that still overlap run side by side for good, in metres.
const FOR_GOOD: f64 = 30.0;

/// The end of a chain at an intersection.
#[derive(Debug, Clone)]
pub(super) struct Arm {
    pub(super) chain: usize,
    pub(super) cluster: usize,
    /// The way out of the intersection.
    pub(super) line: Polyline,
    /// Extent of the carriageway to the left and right of the line, seen outwards.
    pub(super) left: f64,
    pub(super) right: f64,
    /// The least distance of a stop line.
    least: f64,
    /// Distance of the stop line of what arrives.
    pub(super) stop: f64,
    /// Distance at which what leaves begins.
    pub(super) begin: f64,
    /// A crossing over the arm.
    pub(super) crossing: Option<(f64, CrossingKind, usize)>,
    /// Whether a sign tells what arrives to give way.
    pub(super) gives_way: bool,
}

/// A strip of road.
struct Corridor {
    line: Polyline,
    left: f64,
    right: f64,
}

/// The arms of every chain: two each, in chain order.
pub(super) fn find(graph: &Graph, clusters: &Clusters, chains: &[Chain]) -> Vec<Arm> {
    let mut arms: Vec<Arm> = Vec::new();
    for (id, chain) in chains.iter().enumerate() {
        for end in [0, 1] {
            arms.push(raw(graph, chain, id, end));
        }
    }
    let mut of: Vec<Vec<usize>> = vec![Vec::new(); clusters.list.len()];
    for (i, arm) in arms.iter().enumerate() {
        of[arm.cluster].push(i);
    }
    let corridors: Vec<Corridor> = arms.iter().map(|a| Corridor { line: a.line.clone(), left: a.left, right: a.right }).collect();
    for (cluster, members) in of.iter().enumerate() {
        let inner = inner_corridors(graph, clusters, cluster);
        for &i in members {
            let others = members.iter().filter(|&&j| j != i).map(|&j| &corridors[j]).chain(&inner);
            let others: Vec<&Corridor> = others.collect();
            let list = &clusters.list[cluster];
            let meets = list.vertices.iter().any(|&v| graph.vertices[v].edges.len() >= 3);
            place(&mut arms[i], list.signalised, members.len(), &others);
            if !meets && members.len() > 1 {
                // Nothing but a crossing: room for the lanes to shift on its far side.
                arms[i].begin = arms[i].begin.max(BEHIND_CROSSING);
            }
        }
    }
    arms
}

fn raw(graph: &Graph, chain: &Chain, id: usize, end: usize) -> Arm {
    let (edge, with) = if end == 0 { chain.edges[0] } else { chain.edges[chain.edges.len() - 1] };
    let edge = &graph.edges[edge];
    let width = |side: Option<&super::tags::Side>| side.map_or(0.0, |s| f64::from(s.lanes) * LANE);
    // Away from this end: with the chain at its beginning, against it at its end.
    let outward = with == (end == 0);
    let (out, inn) = if outward { (&edge.forward, &edge.backward) } else { (&edge.backward, &edge.forward) };
    let (out, inn) = (width(out.as_ref()), width(inn.as_ref()));
    let (left, right) = if edge.two_way() { (inn, out) } else { (f64::midpoint(inn, out), f64::midpoint(inn, out)) };
    let whole = chain.line_in(end == 0);
    let line = super::chain::part(&whole, 0.0, 2.0 * SIGHT).unwrap_or(whole);
    let drivable = |forward: bool| {
        chain.edges_in(forward).iter().all(|&(e, w)| {
            let edge = &graph.edges[e];
            if w { edge.forward.is_some() } else { edge.backward.is_some() }
        })
    };
    let length = chain.length();
    let marks = chain.marks.iter().map(|m| (if end == 0 { m.at } else { length - m.at }, m));
    let crossing = marks.clone().filter(|(_, m)| m.crossing.is_some()).min_by(|a, b| a.0.total_cmp(&b.0));
    // What faces the traffic that arrives here.
    let arriving = if end == 0 { Facing::Backward } else { Facing::Forward };
    let both = drivable(true) && drivable(false);
    let faces = |f: Option<Facing>| f.is_some_and(|f| f == arriving || f == Facing::Both || !both);
    let signal = marks.clone().filter(|(_, m)| faces(m.signal)).map(|(d, _)| d).min_by(f64::total_cmp);
    Arm {
        chain: id,
        cluster: chain.clusters[end],
        line,
        left,
        right,
        least: 0.0,
        // Until the arm is placed: where the signal stands.
        stop: signal.unwrap_or(f64::NAN),
        begin: 0.0,
        crossing: crossing.and_then(|(d, m)| m.crossing.map(|c| (d, c, m.vertex))),
        gives_way: marks.clone().any(|(d, m)| d < 30.0 && faces(m.gives_way)),
    }
}

fn inner_corridors(graph: &Graph, clusters: &Clusters, cluster: usize) -> Vec<Corridor> {
    let inside = |v: usize| clusters.of[v] == Some(cluster);
    let edges = graph.edges.iter().filter(|e| inside(e.from) && inside(e.to));
    edges
        .map(|e| {
            let width = |s: &Option<super::tags::Side>| s.as_ref().map_or(0.0, |s| f64::from(s.lanes) * LANE);
            let (right, left) = (width(&e.forward), width(&e.backward));
            let half = f64::midpoint(left, right);
            let (left, right) = if e.two_way() { (left, right) } else { (half, half) };
            Corridor { line: e.line.clone(), left, right }
        })
        .collect()
}

/// Sets the stop line and the begin of an arm.
fn place(arm: &mut Arm, signalised: bool, arms: usize, others: &[&Corridor]) {
    let signal = arm.stop;
    if arms == 1 {
        // The end of a road.
        (arm.stop, arm.begin, arm.crossing) = (0.0, 0.0, None);
        return;
    }
    arm.least = 2.5_f64.max(cut(arm, others, 1.5));
    let cut = arm.least.max(cut(arm, others, if signalised { 6.0 } else { 4.0 }));
    (arm.stop, arm.begin) = (cut, cut);
    let reach = if signalised { 14.0 } else { 8.0 };
    arm.crossing = arm.crossing.filter(|c| c.0 <= cut + reach);
    if let Some((at, ..)) = arm.crossing {
        arm.stop = arm.stop.max(at + 3.0);
        arm.begin = arm.begin.max(at + 2.5);
    }
    if signal > arm.stop - 2.0 && signal < arm.stop + 12.0 {
        arm.stop = arm.stop.max(signal);
    }
}

/// How far along an arm its carriageway comes too near to others.
fn cut(arm: &Arm, others: &[&Corridor], kerb: f64) -> f64 {
    others.iter().map(|other| cut_by(arm, other, kerb)).fold(0.0, f64::max)
}

fn cut_by(arm: &Arm, other: &Corridor, kerb: f64) -> f64 {
    let far = SIGHT.min(arm.line.length().get());
    let (mut crossing, mut alongside) = (0.0, 0.0);
    let (mut connected, mut last) = (true, 0.0);
    let steps = (far * 2.0) as usize;
    for i in 0..=steps {
        let d = i as f64 / 2.0;
        let pose = arm.line.pose(Length::metres(d));
        let (_, distance) = other.line.nearest(pose.at);
        if distance.get() > 60.0 || d - last > CLEAR {
            break;
        }
        let offsets = [arm.left, arm.left / 2.0, 0.0, -arm.right / 2.0, -arm.right];
        let meets: Vec<bool> = offsets.iter().filter_map(|&o| meets(pose.offset(0.0, o), pose.heading, other, kerb)).collect();
        if meets.is_empty() {
            connected = false;
        } else if meets.iter().any(|&parallel| !parallel) {
            (crossing, last) = (d + 0.5, d);
        } else if connected {
            (alongside, last) = (d + 0.5, d);
        }
    }
    if alongside > FOR_GOOD { crossing } else { f64::max(crossing, alongside) }
}

/// Whether a point is too near to a corridor, and if so, whether that runs alongside.
fn meets(p: Point, heading: (f64, f64), other: &Corridor, kerb: f64) -> Option<bool> {
    let (s, distance) = other.line.nearest(p);
    let pose = other.line.pose(s);
    let sine = heading.0 * pose.heading.1 - heading.1 * pose.heading.0;
    let parallel = sine.abs() < 0.45;
    // Side by side they may touch.
    let gap = if parallel { -0.3 } else { kerb };
    let (d, s, length) = (distance.get(), s.get(), other.line.length().get());
    let beyond = s < 1e-3 || s > length - 1e-3;
    let on_left = side(pose.at, pose.offset(1.0, 0.0), p) > 0.0;
    let extent = if on_left { other.left } else { other.right };
    let near = if beyond { !parallel && d < kerb } else { d < extent + gap };
    near.then_some(parallel)
}

/// What a chain does to its two intersections.
pub(super) enum Fit {
    /// It has room for its links.
    Roomy,
    /// Its two intersections are one.
    TooShort,
}

/// Makes room for the links of a chain between its two arms, if there is any.
pub(super) fn fit(chain: &Chain, arms: &mut [Arm]) -> Fit {
    let length = chain.length();
    let [a, b] = arms else { return Fit::Roomy };
    let needed = |x: &Arm| x.stop.max(x.begin);
    let room = length - SHORTEST_LINK;
    if needed(a) + needed(b) <= room {
        return Fit::Roomy;
    }
    let least = a.least + b.least;
    if least > room {
        return Fit::TooShort;
    }
    // Both give up the same share of what they have beyond the least.
    let share = (room - least) / (needed(a) + needed(b) - least);
    for arm in [a, b] {
        arm.stop = arm.least + (arm.stop - arm.least) * share;
        arm.begin = arm.least + (arm.begin - arm.least) * share;
        arm.crossing = arm.crossing.filter(|c| c.0 + 2.0 <= arm.stop.max(arm.begin));
    }
    Fit::Roomy
}
