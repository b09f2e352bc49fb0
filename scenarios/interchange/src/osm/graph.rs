//! Roads as a graph in metres: vertices where something happens, edges between them.

use super::map::{Map, MapWay};
use super::patch::Region;
use super::tags::{Road, RoadClass, Side};
use super::{ImportError, Options, Remarks};
use model::geometry::{Point, Polyline};
use model::network::Origin;
use model::quantity::Length;
use proj4rs::Proj;
use std::collections::{BTreeMap, BTreeSet};

/// A crossing on the road.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CrossingKind {
    /// For people on foot, with signals.
    Signalised,
    /// For people on foot, without.
    Plain,
}

/// Which direction of the way a sign or signal stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Facing {
    Both,
    Forward,
    Backward,
}

/// A place where ways meet, end, or where a signal, a sign or a crossing is.
#[derive(Debug, Clone)]
pub(super) struct Vertex {
    /// OSM id; negative where a way was cut.
    pub(super) osm: i64,
    pub(super) at: Point,
    pub(super) signal: Option<Facing>,
    pub(super) crossing: Option<CrossingKind>,
    pub(super) gives_way: Option<Facing>,
    /// Edges that end here, in order; a loop stands twice.
    pub(super) edges: Vec<usize>,
}

/// A piece of a way between two vertices.
#[derive(Debug, Clone)]
pub(super) struct Edge {
    pub(super) way: i64,
    pub(super) street: String,
    pub(super) class: RoadClass,
    pub(super) roundabout: bool,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) line: Polyline,
    pub(super) forward: Option<Side>,
    pub(super) backward: Option<Side>,
}

impl Edge {
    /// The vertex at the other end.
    pub(super) fn other(&self, vertex: usize) -> usize {
        if self.from == vertex { self.to } else { self.from }
    }

    /// Lanes when driven away from a vertex, if that is allowed.
    pub(super) fn side_from(&self, vertex: usize) -> Option<&Side> {
        if self.from == vertex { self.forward.as_ref() } else { self.backward.as_ref() }
    }

    /// The line seen from one of its ends.
    pub(super) fn line_from(&self, vertex: usize) -> Polyline {
        if self.from == vertex { self.line.clone() } else { reversed(&self.line) }
    }

    pub(super) fn length(&self) -> f64 {
        self.line.length().get()
    }

    pub(super) fn two_way(&self) -> bool {
        self.forward.is_some() && self.backward.is_some()
    }
}

/// A line in the other direction.
pub(super) fn reversed(line: &Polyline) -> Polyline {
    Polyline::new(line.points().iter().rev().copied()).unwrap_or_else(|| line.clone())
}

/// The roads as a graph.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) origin: Origin,
    pub(super) vertices: Vec<Vertex>,
    pub(super) edges: Vec<Edge>,
}

/// Metres per grid step that the origin is rounded to.
const ORIGIN_GRID: f64 = 100.0;

/// How far roads are drawn back from an end that they share, in metres.
const END_GAP: f64 = 12.0;

/// The longest straight of a way that is believed, in metres.
const LONGEST_STEP: f64 = 10_000.0;

/// Projects and splits the ways.
pub(super) fn build(map: &Map, options: &Options, remarks: &mut Remarks) -> Result<Graph, ImportError> {
    let (origin, points) = project(map)?;
    let region = options.patch.as_ref().and_then(|p| p.region.as_ref());
    let keep = region.map(|r| Keep::new(r, map, &points));
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    for way in &map.ways {
        let known = split_at_missing(way, &points, remarks);
        for nodes in known {
            match &keep {
                None => pieces.push(Piece { way, nodes }),
                Some(keep) => pieces.extend(keep.cut(way, nodes).into_iter().map(|nodes| Piece { way, nodes })),
            }
        }
    }
    let mut graph = Graph { origin, vertices: Vec::new(), edges: Vec::new() };
    if let Some(region) = region {
        pieces = cut_at_ends(pieces, &region.ends);
    }
    graph.assemble(map, &pieces, remarks);
    graph.keep_largest_part(remarks);
    super::fork::part_roads(&mut graph);
    if graph.edges.is_empty() {
        return Err(ImportError::NoRoads);
    }
    Ok(graph)
}

/// Cuts ways at the nodes where the network is said to end: each gets an end of its own.
fn cut_at_ends<'a>(pieces: Vec<Piece<'a>>, ends: &[i64]) -> Vec<Piece<'a>> {
    let mut fresh = 0;
    let mut own = |(id, p): (i64, Point)| {
        let is_end = ends.contains(&id);
        fresh += i64::from(is_end);
        (if is_end { id.wrapping_mul(100).wrapping_add(fresh).wrapping_neg() } else { id }, p)
    };
    let mut cut = Vec::new();
    for Piece { way, nodes } in pieces {
        let mut part: Vec<(i64, Point)> = Vec::new();
        let last = nodes.len() - 1;
        for (i, node) in nodes.into_iter().enumerate() {
            part.push(own(node));
            if ends.contains(&node.0) && i > 0 && i < last {
                let rest = vec![own(node)];
                cut.push(Piece { way, nodes: std::mem::replace(&mut part, rest) });
            }
        }
        cut.push(Piece { way, nodes: part });
    }
    for piece in &mut cut {
        shorten_ends(&mut piece.nodes, &ends.iter().copied().collect());
    }
    cut
}

/// Draws roads back from an end that they share with others, so that they do not lie on each other there.
fn shorten_ends(nodes: &mut [(i64, Point)], ends: &BTreeSet<i64>) {
    let shared = |id: i64| id < 0 && ends.contains(&(id.wrapping_neg() / 100));
    let last = nodes.len() - 1;
    for (end, next) in [(0, 1), (last, last.saturating_sub(1))] {
        if shared(nodes[end].0) && end != next {
            let length = nodes[end].1.distance(nodes[next].1).get().max(0.1);
            nodes[end].1 = nodes[end].1.lerp(nodes[next].1, (END_GAP / length).min(0.8));
        }
    }
}

/// A run of nodes of one way, with their points.
struct Piece<'a> {
    way: &'a MapWay,
    nodes: Vec<(i64, Point)>,
}

type Points = BTreeMap<i64, Point>;

fn project(map: &Map) -> Result<(Origin, Points), ImportError> {
    let failed = |e: proj4rs::errors::Error| ImportError::Projection { what: e.to_string() };
    let geographic = Proj::from_proj_string("+proj=longlat +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +no_defs").map_err(failed)?;
    let utm =
        Proj::from_proj_string("+proj=utm +zone=32 +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +units=m +no_defs").map_err(failed)?;
    let mut points = Points::new();
    let mut bounds = [f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY];
    for (&id, node) in &map.nodes {
        let mut p = (node.lon.to_radians(), node.lat.to_radians(), 0.0);
        proj4rs::transform::transform(&geographic, &utm, &mut p).map_err(failed)?;
        if !(p.0.is_finite() && p.1.is_finite() && p.0.abs() < 4e6) {
            return Err(ImportError::Projection { what: format!("node {id} lies far outside UTM zone 32") });
        }
        bounds = [bounds[0].min(p.0), bounds[1].max(p.0), bounds[2].min(p.1), bounds[3].max(p.1)];
        points.insert(id, Point::new(p.0, p.1));
    }
    if points.is_empty() {
        return Err(ImportError::NoRoads);
    }
    let round = |a: f64, b: f64| (f64::midpoint(a, b) / ORIGIN_GRID).round() * ORIGIN_GRID;
    let origin = Origin { epsg: 25832, east_m: round(bounds[0], bounds[1]), north_m: round(bounds[2], bounds[3]) };
    for p in points.values_mut() {
        *p = Point::new(p.x - origin.east_m, p.y - origin.north_m);
    }
    Ok((origin, points))
}

/// The point of a place on the Earth, in metres from an origin.
pub(super) fn project_one(origin: &Origin, lat: f64, lon: f64) -> Option<Point> {
    let geographic = Proj::from_proj_string("+proj=longlat +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +no_defs").ok()?;
    let utm = Proj::from_proj_string("+proj=utm +zone=32 +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +units=m +no_defs").ok()?;
    let mut p = (lon.to_radians(), lat.to_radians(), 0.0);
    proj4rs::transform::transform(&geographic, &utm, &mut p).ok()?;
    Some(Point::new(p.0 - origin.east_m, p.1 - origin.north_m))
}

fn split_at_missing(way: &MapWay, points: &Points, remarks: &mut Remarks) -> Vec<Vec<(i64, Point)>> {
    let mut runs: Vec<Vec<(i64, Point)>> = vec![Vec::new()];
    let (mut missing, mut leaps) = (0, 0);
    for id in &way.nodes {
        let Some(&p) = points.get(id) else {
            missing += 1;
            runs.push(Vec::new());
            continue;
        };
        let leap = runs.last().and_then(|r| r.last()).is_some_and(|&(_, q)| q.distance(p).get() > LONGEST_STEP);
        if leap {
            leaps += 1;
            runs.push(Vec::new());
        }
        let run = runs.last_mut().expect("at least one run");
        // A node that repeats its place adds nothing.
        if run.last().is_none_or(|&(last, q)| last != *id && q.distance(p).get() > 0.01) {
            run.push((*id, p));
        }
    }
    if missing > 0 {
        remarks.repair(format!("way {}", way.id), format!("{missing} of its nodes are not in the file: it is cut there"));
    }
    if leaps > 0 {
        let what =
            format!("{leaps} of its nodes lie more than {} km from the one before: it is cut there", LONGEST_STEP / 1000.0);
        remarks.repair(format!("way {}", way.id), what);
    }
    runs.retain(|r| r.len() >= 2);
    if runs.is_empty() {
        remarks.repair(format!("way {}", way.id), "it has no length and is left out".into());
    }
    runs
}

/// Decides which parts of the ways lie in the region.
struct Keep<'a> {
    region: &'a Region,
    core: Vec<Polyline>,
}

impl<'a> Keep<'a> {
    fn new(region: &'a Region, map: &Map, points: &Points) -> Self {
        let core = map
            .ways
            .iter()
            .filter(|w| is_core(region, w))
            .filter_map(|w| Polyline::new(w.nodes.iter().filter_map(|n| points.get(n).copied())))
            .collect();
        Self { region, core }
    }

    fn near(&self, p: Point) -> bool {
        self.core.iter().any(|line| line.nearest(p).1.get() <= self.region.reach_m)
    }

    /// The parts of a run of nodes that are kept; a cut way ends where the reach does.
    fn cut(&self, way: &MapWay, nodes: Vec<(i64, Point)>) -> Vec<Vec<(i64, Point)>> {
        if self.region.without.contains(&way.id) {
            return Vec::new();
        }
        if is_core(self.region, way) {
            return vec![nodes];
        }
        let named = way.tags.get("name").is_some_and(|n| self.region.arms.contains(n));
        if !named && !self.region.ways.contains(&way.id) {
            return Vec::new();
        }
        let mut parts: Vec<Vec<(i64, Point)>> = Vec::new();
        let mut inside = false;
        for (i, &(id, p)) in nodes.iter().enumerate() {
            let near = self.near(p);
            if near && !inside {
                parts.push(Vec::new());
                if let Some(&(_, q)) = i.checked_sub(1).and_then(|j| nodes.get(j)) {
                    parts.last_mut().expect("just pushed").push((cut_id(way, i), self.edge_of_reach(p, q)));
                }
            }
            if near {
                parts.last_mut().expect("inside a part").push((id, p));
            } else if inside && let Some(&(_, q)) = i.checked_sub(1).and_then(|j| nodes.get(j)) {
                parts.last_mut().expect("inside a part").push((cut_id(way, i), self.edge_of_reach(q, p)));
            }
            inside = near;
        }
        parts.retain(|p| p.len() >= 2);
        parts
    }

    /// The point between one within reach and one beyond where the reach ends.
    fn edge_of_reach(&self, near: Point, far: Point) -> Point {
        let (mut a, mut b) = (0.0, 1.0);
        for _ in 0..20 {
            let middle = f64::midpoint(a, b);
            if self.near(near.lerp(far, middle)) { a = middle } else { b = middle }
        }
        near.lerp(far, a.max(0.02))
    }
}

/// An id for the place where a way is cut, which no node and no other cut has.
fn cut_id(way: &MapWay, index: usize) -> i64 {
    way.id.wrapping_mul(100_000).wrapping_add(i64::try_from(index).unwrap_or(0)).wrapping_neg()
}

fn is_core(region: &Region, way: &MapWay) -> bool {
    let named = way.tags.get("name").is_some_and(|n| region.streets.contains(n));
    named && way.class <= RoadClass::Tertiary && !region.without.contains(&way.id)
}

impl Graph {
    fn assemble(&mut self, map: &Map, pieces: &[Piece<'_>], remarks: &mut Remarks) {
        let mut uses: BTreeMap<i64, u32> = BTreeMap::new();
        for piece in pieces {
            for (i, (id, _)) in piece.nodes.iter().enumerate() {
                let end = i == 0 || i + 1 == piece.nodes.len();
                *uses.entry(*id).or_default() += if end { 2 } else { 1 };
            }
        }
        let mut index: BTreeMap<i64, usize> = BTreeMap::new();
        for piece in pieces {
            let road = Road::of(piece.way.class, &piece.way.tags);
            for note in &road.notes {
                remarks.guess(format!("way {}", piece.way.id), note.clone());
            }
            let mut start = 0;
            for i in 1..piece.nodes.len() {
                let (id, _) = piece.nodes[i];
                let notable = map.nodes.get(&id).is_some_and(|n| !n.tags.is_empty());
                if uses[&id] >= 2 || notable {
                    self.add_edge(map, piece.way, &road, &piece.nodes[start..=i], &mut index);
                    start = i;
                }
            }
        }
    }

    fn add_edge(&mut self, map: &Map, way: &MapWay, road: &Road, nodes: &[(i64, Point)], index: &mut BTreeMap<i64, usize>) {
        let Some(line) = Polyline::new(nodes.iter().map(|n| n.1)) else { return };
        let mut vertex = |graph: &mut Self, (id, at): (i64, Point)| {
            *index.entry(id).or_insert_with(|| {
                graph.vertices.push(vertex(map, id, at));
                graph.vertices.len() - 1
            })
        };
        let (from, to) = (vertex(self, nodes[0]), vertex(self, nodes[nodes.len() - 1]));
        if from == to {
            // A loop that meets nothing on its way: traffic would only come back.
            return;
        }
        let id = self.edges.len();
        let roundabout = way.tags.get("junction").is_some_and(|j| j == "roundabout" || j == "circular");
        self.edges.push(Edge {
            way: way.id,
            street: way.tags.get("name").cloned().unwrap_or_default(),
            class: way.class,
            roundabout,
            from,
            to,
            line,
            forward: road.forward.clone(),
            backward: road.backward.clone(),
        });
        self.vertices[from].edges.push(id);
        self.vertices[to].edges.push(id);
    }

    /// Leaves out what is not connected with the largest part.
    fn keep_largest_part(&mut self, remarks: &mut Remarks) {
        let mut part: Vec<Option<usize>> = vec![None; self.vertices.len()];
        let mut sizes: Vec<f64> = Vec::new();
        for start in 0..self.vertices.len() {
            if part[start].is_some() {
                continue;
            }
            let number = sizes.len();
            sizes.push(0.0);
            let mut open = vec![start];
            while let Some(v) = open.pop() {
                if part[v].replace(number).is_some() {
                    continue;
                }
                for &e in &self.vertices[v].edges {
                    sizes[number] += self.edges[e].length();
                    let other = self.edges[e].other(v);
                    if part[other].is_none() {
                        open.push(other);
                    }
                }
            }
        }
        let largest = (0..sizes.len()).reduce(|a, b| if sizes[b] > sizes[a] { b } else { a });
        let dropped: BTreeSet<i64> = self.edges.iter().filter(|e| part[e.from] != largest).map(|e| e.way).collect();
        for way in dropped {
            remarks.repair(format!("way {way}"), "it is not connected with the rest and is left out".into());
        }
        self.edges.retain(|e| part[e.from] == largest);
        for vertex in &mut self.vertices {
            vertex.edges.clear();
        }
        for (id, edge) in self.edges.iter().enumerate() {
            self.vertices[edge.from].edges.push(id);
            self.vertices[edge.to].edges.push(id);
        }
    }

    /// Moves one end of an edge to another vertex, with a new line seen from there.
    pub(super) fn set_line(&mut self, edge: usize, end: usize, to: usize, outwards: &Polyline) {
        let e = &mut self.edges[edge];
        if e.from == end {
            (e.from, e.line) = (to, outwards.clone());
        } else {
            (e.to, e.line) = (to, reversed(outwards));
        }
    }

    /// The heading of an edge as it leaves a vertex.
    pub(super) fn heading_from(&self, edge: usize, vertex: usize) -> (f64, f64) {
        let line = self.edges[edge].line_from(vertex);
        let (a, b) = (line.start(), line.pose(Length::metres(line.length().get().min(12.0))).at);
        let d = a.distance(b).get().max(1e-9);
        ((b.x - a.x) / d, (b.y - a.y) / d)
    }
}

fn vertex(map: &Map, osm: i64, at: Point) -> Vertex {
    let tags = map.nodes.get(&osm).map(|n| &n.tags);
    let tag = |key: &str| tags.and_then(|t| t.get(key)).map_or("", String::as_str);
    let facing = |key: &str| match tag(key) {
        "forward" => Facing::Forward,
        "backward" => Facing::Backward,
        _ => Facing::Both,
    };
    let highway = tag("highway");
    let with_signals = tag("crossing").split(';').any(|v| v.trim() == "traffic_signals") || tag("crossing:signals") == "yes";
    let crossing = match (highway, with_signals) {
        ("crossing" | "traffic_signals", true) => Some(CrossingKind::Signalised),
        ("crossing", false) if !matches!(tag("crossing"), "no" | "informal") => Some(CrossingKind::Plain),
        _ => None,
    };
    Vertex {
        osm,
        at,
        signal: (highway == "traffic_signals").then(|| facing("traffic_signals:direction")),
        crossing,
        gives_way: matches!(highway, "give_way" | "stop").then(|| facing("direction")),
        edges: Vec::new(),
    }
}
