//! Which vertices form one intersection, and which intersections have signals.

use super::Remarks;
use super::graph::{CrossingKind, Facing, Graph, project_one};
use super::patch::Patch;
use model::geometry::Point;
use std::collections::{BTreeMap, BTreeSet};

/// How far before an intersection its signal may stand, in metres.
const SIGNAL_REACH: f64 = 50.0;

/// How far two signalised vertices of one intersection may lie apart along the road, in metres.
const UNION_REACH: f64 = 45.0;

/// How far apart the carriageways of a mid-block crossing may lie, in metres.
const MIDBLOCK_REACH: f64 = 30.0;

/// How far apart the signals of two carriageways of one street may lie, in metres.
const CARRIAGEWAY_REACH: f64 = 35.0;

/// How far a named intersection may lie from the place in the patch, in metres.
const NAME_REACH: f64 = 45.0;

/// Vertices that form one intersection, one joint or one end.
#[derive(Debug, Clone, Default)]
pub(super) struct Cluster {
    pub(super) vertices: Vec<usize>,
    pub(super) signalised: bool,
    pub(super) name: Option<String>,
    pub(super) title: String,
}

/// Every vertex that is not simply passed belongs to one cluster.
#[derive(Debug, Clone)]
pub(super) struct Clusters {
    pub(super) list: Vec<Cluster>,
    pub(super) of: Vec<Option<usize>>,
}

/// Finds the intersections.
pub(super) fn find(graph: &Graph, patch: Option<&Patch>, remarks: &mut Remarks) -> Clusters {
    let mut finder = Finder::new(graph);
    finder.signals();
    finder.unite_signalised();
    finder.midblock();
    finder.unite_carriageways();
    let mut clusters = finder.clusters();
    if let Some(patch) = patch {
        clusters.name(graph, patch, remarks);
    }
    clusters
}

struct Finder<'a> {
    graph: &'a Graph,
    /// Union of vertices.
    parent: Vec<usize>,
    /// Junction vertices that signals belong to.
    signalised: BTreeSet<usize>,
    /// Signals and signalised crossings away from any intersection.
    lone: BTreeSet<usize>,
}

impl<'a> Finder<'a> {
    fn new(graph: &'a Graph) -> Self {
        let parent = (0..graph.vertices.len()).collect();
        Self { graph, parent, signalised: BTreeSet::new(), lone: BTreeSet::new() }
    }

    fn root(&self, mut v: usize) -> usize {
        while self.parent[v] != v {
            v = self.parent[v];
        }
        v
    }

    fn unite(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b);
    }

    fn degree(&self, v: usize) -> usize {
        self.graph.vertices[v].edges.len()
    }

    /// Gives every signal to the intersection that it stands before.
    fn signals(&mut self) {
        for v in 0..self.graph.vertices.len() {
            let Some(facing) = self.graph.vertices[v].signal else { continue };
            if self.degree(v) >= 3 {
                self.signalised.insert(v);
                continue;
            }
            let found = self.graph.vertices[v].edges.iter().filter_map(|&e| self.downstream(v, e, facing));
            match found.min_by(|a, b| a.1.total_cmp(&b.1)) {
                Some((junction, _)) => _ = self.signalised.insert(junction),
                None => _ = self.lone.insert(v),
            }
        }
    }

    /// The next junction that traffic reaches from a vertex by an edge, and how far it is.
    fn downstream(&self, v: usize, edge: usize, facing: Facing) -> Option<(usize, f64)> {
        let e = &self.graph.edges[edge];
        e.side_from(v)?;
        let against = if e.from == v { Facing::Backward } else { Facing::Forward };
        if e.two_way() && facing == against {
            return None;
        }
        self.walk(v, edge, SIGNAL_REACH)
    }

    /// The next junction along a road, and how far it is.
    fn walk(&self, v: usize, edge: usize, reach: f64) -> Option<(usize, f64)> {
        let (mut at, mut by, mut length) = (v, edge, 0.0);
        loop {
            length += self.graph.edges[by].length();
            at = self.graph.edges[by].other(at);
            if length > reach {
                return None;
            }
            match self.degree(at) {
                2 => by = *self.graph.vertices[at].edges.iter().find(|&&e| e != by)?,
                1 => return None,
                _ => return Some((at, length)),
            }
        }
    }

    /// Unites signalised junctions that short ways connect, with everything on those ways.
    fn unite_signalised(&mut self) {
        for start in self.signalised.clone() {
            let mut best: BTreeMap<usize, (f64, usize)> = BTreeMap::from([(start, (0.0, start))]);
            let mut open = vec![start];
            while let Some(v) = open.pop() {
                for &e in &self.graph.vertices[v].edges {
                    let (edge, length) = (&self.graph.edges[e], best[&v].0 + self.graph.edges[e].length());
                    let next = edge.other(v);
                    if length <= UNION_REACH && best.get(&next).is_none_or(|b| length < b.0) {
                        best.insert(next, (length, v));
                        open.push(next);
                    }
                }
            }
            let reached: Vec<usize> = best.keys().copied().filter(|v| *v != start && self.signalised.contains(v)).collect();
            for mut v in reached {
                while v != start {
                    let before = best[&v].1;
                    self.unite(v, before);
                    v = before;
                }
            }
        }
    }

    /// Finds signalised crossings away from intersections, and unites those of two carriageways.
    fn midblock(&mut self) {
        for v in 0..self.graph.vertices.len() {
            let vertex = &self.graph.vertices[v];
            if vertex.crossing != Some(CrossingKind::Signalised) || vertex.signal.is_some() || self.degree(v) != 2 {
                continue;
            }
            let near = vertex.edges.iter().filter_map(|&e| self.walk(v, e, SIGNAL_REACH));
            if near.into_iter().all(|(junction, _)| !self.belongs_to_signal(junction)) {
                self.lone.insert(v);
            }
        }
        let lone: Vec<usize> = self.lone.iter().copied().collect();
        for (i, &a) in lone.iter().enumerate() {
            for &b in &lone[i + 1..] {
                let (p, q) = (self.graph.vertices[a].at, self.graph.vertices[b].at);
                if p.distance(q).get() <= MIDBLOCK_REACH {
                    self.unite(a, b);
                }
            }
        }
    }

    /// Unites signals on the carriageways of one street that stand side by side, connected or not.
    fn unite_carriageways(&mut self) {
        let all: Vec<usize> = self.signalised.union(&self.lone).copied().collect();
        let streets = |v: usize| -> BTreeSet<&str> {
            let edges = self.graph.vertices[v].edges.iter();
            edges.map(|&e| self.graph.edges[e].street.as_str()).filter(|s| !s.is_empty()).collect()
        };
        let mut pairs = Vec::new();
        for (i, &a) in all.iter().enumerate() {
            let (p, of_a) = (self.graph.vertices[a].at, streets(a));
            for &b in &all[i + 1..] {
                let near = p.distance(self.graph.vertices[b].at).get() <= CARRIAGEWAY_REACH;
                if near && streets(b).intersection(&of_a).next().is_some() {
                    pairs.push((a, b));
                }
            }
        }
        for (a, b) in pairs {
            self.unite(a, b);
        }
    }

    fn belongs_to_signal(&self, v: usize) -> bool {
        let root = self.root(v);
        self.signalised.iter().any(|&s| self.root(s) == root)
    }

    fn clusters(self) -> Clusters {
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for v in 0..self.graph.vertices.len() {
            groups.entry(self.root(v)).or_default().push(v);
        }
        let mut clusters = Clusters { list: Vec::new(), of: vec![None; self.graph.vertices.len()] };
        for vertices in groups.into_values() {
            let stops = |v: &usize| self.signalised.contains(v) || self.lone.contains(v);
            let signalised = vertices.iter().any(stops);
            let passed = vertices.len() == 1 && matches!(self.degree(vertices[0]), 0 | 2);
            if signalised || !passed {
                clusters.push(Cluster { vertices, signalised, ..Cluster::default() });
            }
        }
        clusters.absorb_passages(self.graph);
        clusters
    }
}

impl Clusters {
    fn push(&mut self, cluster: Cluster) {
        for &v in &cluster.vertices {
            self.of[v] = Some(self.list.len());
        }
        self.list.push(cluster);
    }

    /// Takes vertices that are passed on a short way from a cluster back to itself into the cluster.
    pub(super) fn absorb_passages(&mut self, graph: &Graph) {
        for id in 0..self.list.len() {
            for v in self.list[id].vertices.clone() {
                for &edge in &graph.vertices[v].edges {
                    let (mut at, mut by, mut length, mut passed) = (v, edge, 0.0, Vec::new());
                    loop {
                        length += graph.edges[by].length();
                        at = graph.edges[by].other(at);
                        if self.of[at].is_some() || length > 2.0 * UNION_REACH {
                            break;
                        }
                        passed.push(at);
                        let Some(&next) = graph.vertices[at].edges.iter().find(|&&e| e != by) else { break };
                        by = next;
                    }
                    if self.of[at] == Some(id) && !passed.is_empty() {
                        for p in passed {
                            self.of[p] = Some(id);
                            self.list[id].vertices.push(p);
                        }
                    }
                }
            }
            self.list[id].vertices.sort_unstable();
        }
    }

    /// Makes one cluster of two.
    pub(super) fn merge(&mut self, graph: &Graph, a: usize, b: usize) {
        let (keep, gone) = (a.min(b), a.max(b));
        let other = std::mem::take(&mut self.list[gone]);
        for &v in &other.vertices {
            self.of[v] = Some(keep);
        }
        let kept = &mut self.list[keep];
        kept.vertices.extend(other.vertices);
        kept.vertices.sort_unstable();
        kept.signalised |= other.signalised;
        if kept.name.is_none() {
            kept.name = other.name;
            kept.title = other.title;
        }
        self.absorb_passages(graph);
    }

    /// The middle of the vertices where roads meet, or of all.
    pub(super) fn centre(&self, graph: &Graph, id: usize) -> Point {
        let all = &self.list[id].vertices;
        let meeting: Vec<usize> = all.iter().copied().filter(|&v| graph.vertices[v].edges.len() >= 3).collect();
        let of = if meeting.is_empty() { all } else { &meeting };
        let n = of.len().max(1) as f64;
        let sum = of.iter().fold((0.0, 0.0), |s, &v| (s.0 + graph.vertices[v].at.x, s.1 + graph.vertices[v].at.y));
        Point::new(sum.0 / n, sum.1 / n)
    }

    /// Gives the names of the patch to the nearest signalised clusters.
    fn name(&mut self, graph: &Graph, patch: &Patch, remarks: &mut Remarks) {
        for named in &patch.intersections {
            let Some(at) = project_one(&graph.origin, named.lat, named.lon) else { continue };
            let free = (0..self.list.len()).filter(|&c| self.list[c].signalised && self.list[c].name.is_none());
            let distance = |c: usize| self.centre(graph, c).distance(at).get();
            let nearest = free.map(|c| (c, distance(c))).min_by(|a, b| a.1.total_cmp(&b.1));
            match nearest {
                Some((c, d)) if d <= NAME_REACH => {
                    self.list[c].name = Some(named.name.clone());
                    self.list[c].title.clone_from(&named.title);
                }
                _ => remarks.repair(format!("intersection {}", named.name), "no signal lies there".into()),
            }
        }
        if patch.region.as_ref().is_some_and(|r| r.only_named_signals) {
            self.demote_unnamed(graph, remarks);
        }
    }

    fn demote_unnamed(&mut self, graph: &Graph, remarks: &mut Remarks) {
        for id in 0..self.list.len() {
            if !self.list[id].signalised || self.list[id].name.is_some() {
                continue;
            }
            let vertices = self.list[id].vertices.clone();
            let place = vertices.first().map_or(0, |&v| graph.vertices[v].osm);
            remarks.repair(format!("node {place}"), "its signal is left out, as the patch says".into());
            self.list[id].signalised = false;
            if vertices.iter().all(|&v| graph.vertices[v].edges.len() == 2) {
                for v in vertices {
                    self.of[v] = None;
                }
                self.list[id].vertices.clear();
            }
        }
    }
}
