//! Movements: from every lane that arrives to the links that may be reached.

use super::Remarks;
use super::arm::LANE;
use super::curve::{self, end_pose, start_pose};
use super::draft::{Draft, Movement, PlaceKind};
use super::graph::Graph;
use super::links::Layout;
use super::map::{Map, Restriction};
use super::turns::{self, Assignment, Exit, Use};
use model::geometry::turn_angle;
use model::network::Turn;
use std::collections::{BTreeMap, BTreeSet};

/// The longest way inside an intersection, in metres.
const LONGEST_INSIDE: f64 = 160.0;

/// Turns sharper than this go back, in radians.
const BACK: f64 = 2.65;

/// What bends less than this may be straight on, in radians.
const STRAIGHT: f64 = 0.87;

/// A link that leaves, as an approach sees it.
#[derive(Debug, Clone)]
struct Candidate {
    link: usize,
    angle: f64,
    turn: Turn,
}

/// Makes every movement.
pub(super) fn connect(map: &Map, graph: &Graph, layout: &Layout, draft: &mut Draft, remarks: &mut Remarks) {
    let inside = Inside::new(map, graph, layout);
    let options: BTreeMap<usize, Vec<Candidate>> =
        (0..draft.links.len()).filter(|&l| draft.links[l].last).map(|l| (l, candidates(draft, layout, &inside, l))).collect();
    widen(draft, &options, remarks);
    for (&link, candidates) in &options {
        approach(draft, link, candidates, remarks);
    }
    joints(draft);
    serve_all(draft, &options, remarks);
}

/// The links that may be reached from the end of a link, from the leftmost to the rightmost.
fn candidates(draft: &Draft, layout: &Layout, inside: &Inside<'_>, link: usize) -> Vec<Candidate> {
    let from = &draft.links[link];
    if draft.places[from.to].kind == PlaceKind::End {
        return Vec::new();
    }
    let heading = end_pose(from.middle()).heading;
    let reached = inside.reached(layout, from.chain, from.forward);
    let mut found: Vec<Candidate> = Vec::new();
    for (id, to) in draft.links.iter().enumerate() {
        if to.from != from.to || !to.first || !reached.contains(&(to.chain, to.forward)) {
            continue;
        }
        let angle = turn_angle(heading, start_pose(to.middle()).heading);
        let back = to.chain == from.chain || angle.abs() > BACK;
        found.push(Candidate { link: id, angle, turn: if back { Turn::UTurn } else { Turn::Straight } });
    }
    if found.iter().any(|c| c.turn != Turn::UTurn) {
        found.retain(|c| c.turn != Turn::UTurn);
    }
    found.sort_by(|a, b| b.angle.total_cmp(&a.angle).then(a.link.cmp(&b.link)));
    classify(draft, link, &mut found);
    found
}

/// Says which candidate is straight on; the others lie to its left or right.
fn classify(draft: &Draft, link: usize, found: &mut [Candidate]) {
    // The same street goes straight on even where it bends a little more than another.
    let bend = |c: &Candidate| {
        let same = !draft.links[link].street.is_empty() && draft.links[c.link].street == draft.links[link].street;
        c.angle.abs() - if same { 0.35 } else { 0.0 }
    };
    let ahead = found.iter().enumerate().filter(|(_, c)| c.turn != Turn::UTurn && c.angle.abs() < STRAIGHT);
    let straight = ahead.min_by(|a, b| bend(a.1).total_cmp(&bend(b.1))).map(|(i, _)| i);
    for (i, c) in found.iter_mut().enumerate() {
        if c.turn == Turn::UTurn {
            continue;
        }
        c.turn = match straight {
            Some(s) if i == s => Turn::Straight,
            Some(s) if i < s => Turn::Left,
            None if c.angle > 0.0 => Turn::Left,
            _ => Turn::Right,
        };
    }
}

fn assignment(draft: &Draft, link: usize, candidates: &[Candidate]) -> Assignment {
    let exits: Vec<Exit> = candidates.iter().map(|c| Exit { turn: c.turn, lanes: draft.links[c.link].lanes.len() }).collect();
    let from = &draft.links[link];
    let mut made = turns::assign(from.lanes.len(), &from.arrows, &exits);
    // A lane that leads nowhere goes where its neighbour goes.
    for lane in 0..from.lanes.len() {
        if made.uses.is_empty() || made.uses.iter().any(|u| u.lane == lane) {
            continue;
        }
        let below = made.uses.iter().filter(|u| u.lane < lane).map(|u| (lane - u.lane, u.exit)).min();
        let above =
            made.uses.iter().filter(|u| u.lane > lane).map(|u| (u.lane - lane, u.exit)).max_by_key(|u| (usize::MAX - u.0, u.1));
        if let Some((_, exit)) = below.or(above) {
            made.uses.push(Use { lane, exit });
        }
    }
    made.uses.sort_unstable();
    made
}

/// Gives links whose lanes are a guess as many lanes as turn into them.
fn widen(draft: &mut Draft, options: &BTreeMap<usize, Vec<Candidate>>, remarks: &mut Remarks) {
    let mut wanted: BTreeMap<usize, usize> = BTreeMap::new();
    for (&link, candidates) in options {
        if draft.links[link].arrows.is_empty() {
            continue;
        }
        let made = assignment(draft, link, candidates);
        for (exit, candidate) in candidates.iter().enumerate() {
            let count = made.uses.iter().filter(|u| u.exit == exit).count();
            let target = &draft.links[candidate.link];
            if target.guessed && count > target.lanes.len() {
                let most = wanted.entry(candidate.link).or_default();
                *most = count.max(*most);
            }
        }
    }
    for (link, count) in wanted {
        draft.links[link].set_lanes(count);
        let way = draft.links[link].way;
        remarks.guess(format!("way {way}"), format!("{count} lanes, because as many turn into it"));
    }
}

/// Makes the movements of one approach.
fn approach(draft: &mut Draft, link: usize, candidates: &[Candidate], remarks: &mut Remarks) {
    let made = assignment(draft, link, candidates);
    for note in &made.notes {
        remarks.guess(format!("way {}, link {}", draft.links[link].way, draft.links[link].name), note.clone());
    }
    for (exit, candidate) in candidates.iter().enumerate() {
        let lanes: Vec<usize> = made.uses.iter().filter(|u| u.exit == exit).map(|u| u.lane).collect();
        let Some(&first) = lanes.first() else { continue };
        let (from, to) = (&draft.links[link], &draft.links[candidate.link]);
        let pose = end_pose(&from.lanes[first]);
        let p = start_pose(&to.lanes[0]).at;
        let lateral = (pose.heading.0 * (p.y - pose.at.y) - pose.heading.1 * (p.x - pose.at.x)) / LANE;
        let width = to.lanes.len();
        let target = |(rank, &lane): (usize, &usize)| (lane, turns::target(candidate.turn, rank, lanes.len(), width, lateral));
        let mut pairs: BTreeSet<(usize, usize)> = lanes.iter().enumerate().map(target).collect();
        if candidates.len() == 1 {
            spread(&mut pairs, width);
        }
        for (lane, target) in pairs {
            add(draft, (link, lane), (candidate.link, target), candidate.turn);
        }
    }
}

fn add(draft: &mut Draft, from: (usize, usize), to: (usize, usize), turn: Turn) {
    let (a, b) = (&draft.links[from.0], &draft.links[to.0]);
    let Some(shape) = curve::between(end_pose(&a.lanes[from.1]), start_pose(&b.lanes[to.1])) else { return };
    let speed_kmh = curve::speed_kmh(&shape, a.speed_kmh.min(b.speed_kmh));
    let place = a.to;
    draft.movements.push(Movement { place, from, to, turn, shape, speed_kmh, yields_to: Vec::new(), waiting: None, group: None });
}

/// Connects the sections of a road: lanes go on, begin or end.
fn joints(draft: &mut Draft) {
    for link in 0..draft.links.len() {
        let from = &draft.links[link];
        if from.last {
            continue;
        }
        // The sections of one direction of a chain stand together.
        let to = link + 1;
        let (n, m) = (from.lanes.len(), draft.links[to].lanes.len());
        let pose = end_pose(&from.lanes[0]);
        let p = start_pose(&draft.links[to].lanes[0]).at;
        let lateral = (pose.heading.0 * (p.y - pose.at.y) - pose.heading.1 * (p.x - pose.at.x)) / LANE;
        let mut pairs: BTreeSet<(usize, usize)> =
            (0..n).map(|lane| (lane, turns::target(Turn::Straight, lane, n, m, lateral))).collect();
        spread(&mut pairs, m);
        for (lane, target) in pairs {
            add(draft, (link, lane), (to, target), Turn::Straight);
        }
    }
}

/// Lets the outer lanes also lead to lanes that begin beside them.
fn spread(pairs: &mut BTreeSet<(usize, usize)>, width: usize) {
    let (Some(&(right, _)), Some(&(left, _))) = (pairs.first(), pairs.last()) else { return };
    let (lowest, highest) = pairs.iter().fold((width, 0), |(low, high), p| (low.min(p.1), high.max(p.1)));
    pairs.extend((0..lowest).map(|target| (right, target)));
    pairs.extend((highest + 1..width).map(|target| (left, target)));
}

/// Sees to it that every link that leaves an intersection can be reached.
fn serve_all(draft: &mut Draft, options: &BTreeMap<usize, Vec<Candidate>>, remarks: &mut Remarks) {
    let served: BTreeSet<usize> = draft.movements.iter().map(|m| m.to.0).collect();
    for id in 0..draft.links.len() {
        if served.contains(&id) || draft.places[draft.links[id].from].kind == PlaceKind::End {
            continue;
        }
        let from = options.iter().filter_map(|(&l, c)| c.iter().find(|c| c.link == id).map(|c| (l, c.turn)));
        // The approach with the most lanes can best spare one.
        let Some((link, turn)) = from.max_by_key(|&(l, _)| (draft.links[l].lanes.len(), std::cmp::Reverse(l))) else { continue };
        let lane = if matches!(turn, Turn::Left | Turn::UTurn) { draft.links[link].lanes.len() - 1 } else { 0 };
        let width = draft.links[id].lanes.len();
        add(draft, (link, lane), (id, turns::target(turn, 0, 1, width, 0.0)), turn);
        let what = format!("no turn into it is allowed by arrows: {turn:?} from {} is added", draft.links[link].name);
        remarks.repair(format!("way {}", draft.links[id].way), what);
    }
}

/// The ways inside the intersections.
struct Inside<'a> {
    graph: &'a Graph,
    layout: &'a Layout,
    restrictions: BTreeMap<i64, Vec<&'a Restriction>>,
    ways: BTreeSet<i64>,
}

impl<'a> Inside<'a> {
    fn new(map: &'a Map, graph: &'a Graph, layout: &'a Layout) -> Self {
        let mut restrictions: BTreeMap<i64, Vec<&Restriction>> = BTreeMap::new();
        for r in &map.restrictions {
            restrictions.entry(r.via).or_default().push(r);
        }
        Self { graph, layout, restrictions, ways: graph.edges.iter().map(|e| e.way).collect() }
    }

    /// Whether restrictions allow to go from a way to another at a vertex.
    fn allowed(&self, from: i64, vertex: usize, to: i64) -> bool {
        let via = self.graph.vertices[vertex].osm;
        let Some(list) = self.restrictions.get(&via) else { return true };
        let of = |r: &&&Restriction| r.from == from && self.ways.contains(&r.to);
        let forbidden = list.iter().filter(of).any(|r| !r.only && r.to == to);
        let mut only = list.iter().filter(of).filter(|r| r.only).peekable();
        let other = only.peek().is_some() && !only.any(|r| r.to == to);
        !forbidden && !other
    }

    /// The directions of chains that can be reached from the end of a direction of a chain.
    fn reached(&self, layout: &Layout, chain: usize, forward: bool) -> BTreeSet<(usize, bool)> {
        let c = &layout.chains[chain];
        let end = usize::from(forward);
        let cluster = c.clusters[end];
        let last = if forward { c.edges[c.edges.len() - 1] } else { c.edges[0] };
        let mut found = BTreeSet::new();
        let mut best: BTreeMap<(usize, i64), f64> = BTreeMap::new();
        let mut open = vec![(c.ends[end], self.graph.edges[last.0].way, 0.0_f64)];
        while let Some((vertex, way, length)) = open.pop() {
            if best.get(&(vertex, way)).is_some_and(|&b| b <= length) {
                continue;
            }
            best.insert((vertex, way), length);
            for &e in &self.graph.vertices[vertex].edges {
                let edge = &self.graph.edges[e];
                let next = edge.other(vertex);
                let on = length + edge.length();
                let inner = self.layout.clusters.of[next] == Some(cluster);
                if inner && edge.side_from(vertex).is_some() && on < LONGEST_INSIDE && self.allowed(way, vertex, edge.way) {
                    open.push((next, edge.way, on));
                }
            }
            self.leave(cluster, vertex, way, &mut found);
        }
        found
    }

    /// The chains that begin at a vertex of a cluster and may be entered from a way.
    fn leave(&self, cluster: usize, vertex: usize, way: i64, found: &mut BTreeSet<(usize, bool)>) {
        for (id, chain) in self.layout.chains.iter().enumerate() {
            for end in [0, 1] {
                let edge = if end == 0 { chain.edges[0] } else { chain.edges[chain.edges.len() - 1] };
                let here = chain.ends[end] == vertex && chain.clusters[end] == cluster;
                if here && self.allowed(way, vertex, self.graph.edges[edge.0].way) {
                    found.insert((id, end == 0));
                }
            }
        }
    }
}
