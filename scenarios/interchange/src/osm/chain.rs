//! Roads from intersection to intersection: chains of edges, their two directions cut into sections of equal lanes.

use super::cluster::Clusters;
use super::graph::{CrossingKind, Facing, Graph};
use super::tags::{RoadClass, Side};
use model::geometry::{Point, Polyline};
use model::quantity::Length;

/// Sections shorter than this are merged with a neighbour, in metres.
const SHORTEST_SECTION: f64 = 25.0;

/// Something on a road, measured from the beginning of the chain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) at: f64,
    pub(super) vertex: usize,
    pub(super) signal: Option<Facing>,
    pub(super) crossing: Option<CrossingKind>,
    pub(super) gives_way: Option<Facing>,
}

/// A road between two clusters.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    /// Where it begins and ends: clusters.
    pub(super) clusters: [usize; 2],
    /// The vertices at its ends.
    pub(super) ends: [usize; 2],
    /// Its edges, each with whether it is passed from its beginning.
    pub(super) edges: Vec<(usize, bool)>,
    pub(super) line: Polyline,
    pub(super) marks: Vec<Mark>,
    pub(super) street: String,
    pub(super) class: RoadClass,
}

/// A part of one direction of a chain with the same lanes all along.
#[derive(Debug, Clone)]
pub(super) struct Section {
    /// From and to, measured along the chain in driving direction.
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) side: Side,
    /// Whether the road carries both directions, lanes to the right of its line.
    pub(super) two_way: bool,
    pub(super) way: i64,
    /// Where it ends: a vertex.
    pub(super) end: usize,
}

impl Section {
    fn length(&self) -> f64 {
        self.to - self.from
    }
}

impl Chain {
    pub(super) fn length(&self) -> f64 {
        self.line.length().get()
    }

    /// The line in driving direction.
    pub(super) fn line_in(&self, forward: bool) -> Polyline {
        if forward { self.line.clone() } else { super::graph::reversed(&self.line) }
    }

    /// The edges in driving direction.
    pub(super) fn edges_in(&self, forward: bool) -> Vec<(usize, bool)> {
        if forward { self.edges.clone() } else { self.edges.iter().rev().map(|&(e, f)| (e, !f)).collect() }
    }

    /// One direction as sections; `None` when it may not be driven all along.
    ///
    /// What lies within `begin` of the beginning or `stop` of the end belongs to the intersections.
    pub(super) fn sections(&self, graph: &Graph, forward: bool, begin: f64, stop: f64) -> Option<Vec<Section>> {
        let mut sections: Vec<Section> = Vec::new();
        let mut at = 0.0;
        for (e, with) in self.edges_in(forward) {
            let edge = &graph.edges[e];
            let side = if with { edge.forward.as_ref() } else { edge.backward.as_ref() }?.clone();
            let end = if with { edge.to } else { edge.from };
            let to = at + edge.length();
            match sections.last_mut() {
                Some(last) if last.side.lanes == side.lanes && last.two_way == edge.two_way() => {
                    if side.arrows.is_empty() && to - at > 60.0 {
                        last.side.arrows.clear();
                    } else if !side.arrows.is_empty() {
                        last.side.arrows.clone_from(&side.arrows);
                    }
                    if to - at > last.length() {
                        last.side.speed_kmh = side.speed_kmh;
                        last.way = edge.way;
                    }
                    (last.to, last.end) = (to, end);
                }
                _ => sections.push(Section { from: at, to, side, two_way: edge.two_way(), way: edge.way, end }),
            }
            at = to;
        }
        let end = self.length() - stop;
        sections.retain(|s| s.to > begin + 0.5 && s.from < end - 0.5);
        if let (Some(first), true) = (sections.first_mut(), end > begin) {
            first.from = begin;
        }
        if let Some(last) = sections.last_mut() {
            last.to = end;
        }
        merge_short(&mut sections);
        Some(sections)
    }
}

/// Merges sections that are too short to change lanes in; the one before an intersection keeps its lanes.
fn merge_short(sections: &mut Vec<Section>) {
    while sections.len() > 1 {
        let last = sections.len() - 1;
        let Some(short) = (0..=last)
            .filter(|&i| sections[i].length() < SHORTEST_SECTION)
            .min_by(|&a, &b| sections[a].length().total_cmp(&sections[b].length()))
        else {
            return;
        };
        // The later of the two keeps its lanes: arrows stand before the intersection.
        if short == last {
            let before = sections.remove(last - 1);
            if before.length() > 2.0 * SHORTEST_SECTION {
                let boundary = sections[last - 1].to - SHORTEST_SECTION - 0.5;
                let end = before.end;
                sections.insert(last - 1, Section { to: boundary, end, ..before });
                sections[last].from = boundary;
            } else {
                sections[last - 1].from = before.from;
            }
        } else {
            let gone = sections.remove(short);
            sections[short].from = gone.from;
        }
        unify(sections);
    }
}

fn unify(sections: &mut Vec<Section>) {
    let mut i = 1;
    while i < sections.len() {
        if sections[i].side.lanes == sections[i - 1].side.lanes && sections[i].two_way == sections[i - 1].two_way {
            sections[i].from = sections[i - 1].from;
            sections.remove(i - 1);
        } else {
            i += 1;
        }
    }
}

/// Every road between clusters.
pub(super) fn find(graph: &Graph, clusters: &Clusters) -> Vec<Chain> {
    let mut taken = vec![false; graph.edges.len()];
    let mut chains = Vec::new();
    for start in 0..graph.vertices.len() {
        let Some(cluster) = clusters.of[start] else { continue };
        for &first in &graph.vertices[start].edges {
            if taken[first] || clusters.of[graph.edges[first].other(start)] == Some(cluster) {
                continue;
            }
            chains.extend(follow(graph, clusters, start, first, &mut taken));
        }
    }
    chains
}

fn follow(graph: &Graph, clusters: &Clusters, start: usize, first: usize, taken: &mut [bool]) -> Option<Chain> {
    let (mut at, mut by) = (start, first);
    let (mut edges, mut points, mut marks): (_, Vec<Point>, _) = (Vec::new(), Vec::new(), Vec::new());
    let mut length = 0.0;
    let end = loop {
        taken[by] = true;
        let edge = &graph.edges[by];
        edges.push((by, edge.from == at));
        points.extend(edge.line_from(at).points());
        length += edge.length();
        at = edge.other(at);
        if let Some(cluster) = clusters.of[at] {
            break cluster;
        }
        let v = &graph.vertices[at];
        if v.signal.is_some() || v.crossing.is_some() || v.gives_way.is_some() {
            // Seen along the chain: what faces along an edge that is passed backwards faces the other way.
            let turned = |f: Facing| match (f, edge.to == at) {
                (f, true) | (f @ Facing::Both, _) => f,
                (Facing::Forward, false) => Facing::Backward,
                (Facing::Backward, false) => Facing::Forward,
            };
            let (signal, gives_way) = (v.signal.map(turned), v.gives_way.map(turned));
            marks.push(Mark { at: length, vertex: at, signal, crossing: v.crossing, gives_way });
        }
        by = *v.edges.iter().find(|&&e| e != by && !taken[e])?;
    };
    let line = Polyline::new(points)?;
    let longest = edges.iter().max_by(|a, b| graph.edges[a.0].length().total_cmp(&graph.edges[b.0].length()))?.0;
    let class = edges.iter().map(|&(e, _)| graph.edges[e].class).min()?;
    let street = graph.edges[longest].street.clone();
    let clusters = [clusters.of[start]?, end];
    Some(Chain { clusters, ends: [start, at], edges, line, marks, street, class })
}

/// The part of a line between two lengths.
pub(super) fn part(line: &Polyline, from: f64, to: f64) -> Option<Polyline> {
    line.part(Length::metres(from), Length::metres(to))
}
