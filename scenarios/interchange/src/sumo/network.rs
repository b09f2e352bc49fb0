//! From the raw network to links, intersections and movements.

use super::bends::tighten;
use super::classes::common;
use super::notes::{Complaints, Notes};
use super::raw::{Edge, Lane, Net};
use super::rights::{self, Rights};
use super::unruled;
use model::geometry::{Point, Polyline};
use model::network::{Control, Origin};
use model::quantity::Length;
use model::scenario::Faults;
use model::scenario::file::{CrossingFile, IntersectionFile, LaneFile, LinkFile, MovementFile, NetworkFile, reference};
use model::vehicle::ClassSet;
use std::collections::{BTreeMap, BTreeSet};

/// The shortest lane or movement that the model takes.
const SHORTEST: f64 = 0.1;

/// The network as far as it is known before its signals are.
#[derive(Debug)]
pub(super) struct Built {
    pub(super) origin: Origin,
    pub(super) links: Vec<LinkFile>,
    pub(super) movements: Vec<Way>,
    /// Crossings; where parts of an intersection are counted, they follow the movements.
    pub(super) crossings: Vec<Walk>,
    intersections: Vec<IntersectionFile>,
}

/// A movement with what its signal, its demand and its neighbours need to know.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) file: MovementFile,
    /// Its signal and link index.
    pub(super) signal: Option<(String, u16)>,
    /// The parts that it meets, as indices.
    pub(super) foes: Vec<usize>,
    /// Row of the link it comes from, and of the one it leads to.
    pub(super) links: (usize, usize),
    /// Who may use it.
    pub(super) classes: ClassSet,
    /// Line of its connection.
    pub(super) line: usize,
    /// Row of its junction.
    pub(super) junction: usize,
}

/// A crossing for people on foot.
#[derive(Debug)]
pub(super) struct Walk {
    pub(super) file: CrossingFile,
    /// Its signal and link index.
    pub(super) signal: Option<(String, u16)>,
    /// The parts that it meets, as indices.
    pub(super) foes: Vec<usize>,
    /// Line of its edge.
    pub(super) line: usize,
}

/// What obeys a signal: a movement or a crossing.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'a> {
    Way(&'a Way),
    Walk(&'a Walk),
}

impl Part<'_> {
    pub(super) fn signal(&self) -> Option<&(String, u16)> {
        match self {
            Self::Way(way) => way.signal.as_ref(),
            Self::Walk(walk) => walk.signal.as_ref(),
        }
    }

    pub(super) fn foes(&self) -> &[usize] {
        match self {
            Self::Way(way) => &way.foes,
            Self::Walk(walk) => &walk.foes,
        }
    }

    pub(super) fn line(&self) -> usize {
        match self {
            Self::Way(way) => way.line,
            Self::Walk(walk) => walk.line,
        }
    }
}

impl Built {
    /// Every part, movements first.
    pub(super) fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        self.movements.iter().map(Part::Way).chain(self.crossings.iter().map(Part::Walk))
    }

    /// A part by its index.
    pub(super) fn part(&self, index: usize) -> Part<'_> {
        match self.movements.get(index) {
            Some(way) => Part::Way(way),
            None => Part::Walk(&self.crossings[index - self.movements.len()]),
        }
    }

    /// The finished file; `groups` are the groups of the parts.
    pub(super) fn finish(self, groups: &[Option<String>]) -> NetworkFile {
        let movement = |(way, group): (Way, &Option<String>)| MovementFile { group: group.clone().map(reference), ..way.file };
        let crossing = |(walk, group): (Walk, &Option<String>)| CrossingFile { group: group.clone().map(reference), ..walk.file };
        let (of_movements, of_crossings) = groups.split_at(self.movements.len());
        NetworkFile {
            intersections: self.intersections,
            links: self.links,
            movements: self.movements.into_iter().zip(of_movements).map(movement).collect(),
            crossings: self.crossings.into_iter().zip(of_crossings).map(crossing).collect(),
            ..NetworkFile::empty(self.origin)
        }
    }
}

/// Makes links, movements and intersections.
pub(super) fn build(net: &Net, notes: &mut Notes) -> Result<Built, Faults> {
    let mut complaints = Complaints::about(&net.file);
    let shift = shift(net);
    let origin = origin(net, shift, notes);
    let junctions = index(net.junctions.iter().map(|j| (j.id.as_str(), j.line)), "junction", &mut complaints);
    let edges = index(net.edges.iter().map(|e| (e.id.as_str(), e.line)), "edge", &mut complaints);
    let roads = Roads::new(net, shift, &junctions, &mut complaints, notes);
    let at = connections_of(net, &edges, &junctions);
    let rights = rights::read(net, &at, &mut complaints, notes);
    let mut maker = Ways { net, shift, edges: &edges, junctions: &junctions, roads: &roads, complaints, notes };
    let (mut movements, mut parts) = maker.make();
    let complaints = maker.complaints;
    complaints.settle()?;
    let signals = signals(net, &movements)?;
    let mut crossings = crossings(net, shift, &signals, movements.len(), &mut parts, notes);
    apply(&rights, &parts, &mut movements, &mut crossings);
    unruled::settle(net, &roads.links, &mut movements, notes);
    tighten(&mut movements, notes);
    let mut meets = vec![false; net.junctions.len()];
    for way in &movements {
        meets[way.junction] |= !way.foes.is_empty();
    }
    let intersections = intersections(net, shift, &roads.links, &meets, &signals, notes);
    Ok(Built { origin, links: roads.links, movements, crossings, intersections })
}

/// The point of the network that becomes the origin: the middle of its boundary, in whole metres.
fn shift(net: &Net) -> [f64; 2] {
    net.location.boundary.map_or([0.0; 2], |[w, s, e, n]| [f64::midpoint(w, e).round(), f64::midpoint(s, n).round()])
}

fn origin(net: &Net, shift: [f64; 2], notes: &mut Notes) -> Origin {
    let projection = &net.location.projection;
    let epsg = if projection.contains("+proj=utm") && projection.split_whitespace().any(|p| p == "+zone=32") {
        25832
    } else {
        notes.add("The projection is not UTM zone 32; the origin is in a system of no name", projection.clone());
        0
    };
    let [x, y] = net.location.offset;
    Origin { epsg, east_m: shift[0] - x, north_m: shift[1] - y }
}

fn index<'a>(items: impl Iterator<Item = (&'a str, usize)>, what: &str, complaints: &mut Complaints) -> BTreeMap<&'a str, usize> {
    let mut index = BTreeMap::new();
    for (i, (id, line)) in items.enumerate() {
        if index.insert(id, i).is_some() {
            complaints.say(line, format!("{what} \"{id}\" stands twice"), "rename one of them");
        }
    }
    index
}

/// The connections of each junction, in file order; those that lead to ways on foot left out.
fn connections_of(net: &Net, edges: &BTreeMap<&str, usize>, junctions: &BTreeMap<&str, usize>) -> Vec<Vec<usize>> {
    let mut at = vec![Vec::new(); net.junctions.len()];
    for (c, connection) in net.connections.iter().enumerate().filter(|(_, c)| !c.to.starts_with(':')) {
        let from = edges.get(connection.from.as_str()).map(|&e| net.edges[e].to.as_str());
        if let Some(&junction) = from.and_then(|j| junctions.get(j)) {
            at[junction].push(c);
        }
    }
    at
}

/// The links, and where the edges and lanes went.
struct Roads {
    links: Vec<LinkFile>,
    /// Link of an edge, when it is kept.
    link_of: Vec<Option<usize>>,
    /// Raw lanes that are kept, by link.
    lanes: Vec<Vec<u32>>,
}

impl Roads {
    fn new(
        net: &Net,
        shift: [f64; 2],
        junctions: &BTreeMap<&str, usize>,
        complaints: &mut Complaints,
        notes: &mut Notes,
    ) -> Self {
        let mut roads = Self { links: Vec::new(), link_of: vec![None; net.edges.len()], lanes: Vec::new() };
        for (e, edge) in net.edges.iter().enumerate() {
            for end in [&edge.from, &edge.to] {
                if !junctions.contains_key(end.as_str()) {
                    let what = format!("edge \"{}\" names junction \"{end}\", which does not exist", edge.id);
                    complaints.say(edge.line, what, "add the junction, or take the edge out");
                }
            }
            if edge.lanes.is_empty() {
                complaints.say(edge.line, format!("edge \"{}\" has no lane", edge.id), "give it at least one <lane>");
            }
            if edge.lanes.iter().enumerate().any(|(i, l)| l.index as usize != i) {
                let what = format!("the lanes of edge \"{}\" are not numbered from 0", edge.id);
                complaints.say(edge.line, what, "number the lanes from the right: 0, 1, 2, …");
            }
            let kept: Vec<&Lane> = edge.lanes.iter().filter(|l| !l.classes.is_empty()).collect();
            if kept.is_empty() {
                notes.add("Left out, because nobody who is simulated may use it: edge", edge.id.clone());
                continue;
            }
            if kept.len() < edge.lanes.len() {
                notes.add(
                    "Lanes left out, because nobody who is simulated may use them, and the others renumbered: edge",
                    &*edge.id,
                );
            }
            roads.link_of[e] = Some(roads.links.len());
            roads.lanes.push(kept.iter().map(|l| l.index).collect());
            roads.links.push(link(edge, &kept, shift, complaints, notes));
        }
        roads
    }

    /// Row of the link and new index of a lane; `None` when it was left out.
    fn lane(&self, edge: usize, index: u32) -> Option<(usize, u32)> {
        let link = self.link_of[edge]?;
        let lane = self.lanes[link].iter().position(|&l| l == index)?;
        Some((link, lane as u32))
    }
}

fn link(edge: &Edge, kept: &[&Lane], shift: [f64; 2], complaints: &mut Complaints, notes: &mut Notes) -> LinkFile {
    let limit = kept.iter().map(|l| kmh(l.speed, &edge.id, notes)).fold(0.0, f64::max);
    let lanes = kept.iter().map(|lane| {
        let shape = moved(&lane.shape, shift);
        if line(&shape).is_none() {
            let what = format!("lane {} of edge \"{}\" has no extent", lane.index, edge.id);
            complaints.say(lane.line, what, "give its shape at least two different points");
        }
        if !(1.0..=12.0).contains(&lane.width) {
            notes.add("Width brought between 1 and 12 m: a lane of edge", edge.id.clone());
        }
        if lane.length < SHORTEST {
            notes.add("Length raised to 0.1 m: a lane of edge", edge.id.clone());
        }
        let speed = kmh(lane.speed, &edge.id, notes);
        LaneFile {
            length_m: Some(lane.length.max(SHORTEST)),
            width_m: lane.width.clamp(1.0, 12.0),
            speed_limit_kmh: (speed != limit).then_some(speed),
            classes: (lane.classes != ClassSet::ROAD).then(|| lane.classes.iter().collect()),
            cycle_area_m: None,
            shape_m: shape,
        }
    });
    LinkFile {
        name: reference(edge.id.clone()),
        street: edge.name.clone(),
        from: reference(edge.from.clone()),
        to: reference(edge.to.clone()),
        lanes: lanes.collect(),
        speed_limit_kmh: limit,
        rank: edge.priority.clamp(0, 255) as u8,
    }
}

/// A speed in m/s as km/h; noise of the multiplication cut off.
fn kmh(speed: f64, edge: &str, notes: &mut Notes) -> f64 {
    let kmh = round(speed * 3.6);
    if !(1.0..=300.0).contains(&kmh) {
        notes.add("Speed limit brought between 1 and 300 km/h: edge", edge);
    }
    kmh.clamp(1.0, 300.0)
}

/// To the micrometre or microsecond: what the shift adds beyond is noise.
pub(super) fn round(x: f64) -> f64 {
    (x * 1e6).round() / 1e6
}

fn moved(shape: &[[f64; 2]], shift: [f64; 2]) -> Vec<[f64; 2]> {
    shape.iter().map(|p| [round(p[0] - shift[0]), round(p[1] - shift[1])]).collect()
}

fn line(shape: &[[f64; 2]]) -> Option<Polyline> {
    Polyline::new(shape.iter().map(|p| Point::new(p[0], p[1])))
}

/// Makes the movements.
struct Ways<'a> {
    net: &'a Net,
    shift: [f64; 2],
    edges: &'a BTreeMap<&'a str, usize>,
    junctions: &'a BTreeMap<&'a str, usize>,
    roads: &'a Roads,
    complaints: Complaints,
    notes: &'a mut Notes,
}

/// The way of a movement over its intersection.
struct Course {
    length: f64,
    speed: Option<f64>,
    waiting: Option<f64>,
    classes: Option<ClassSet>,
    shape: Vec<[f64; 2]>,
}

impl Ways<'_> {
    /// The movements, and which of them every connection became.
    fn make(&mut self) -> (Vec<Way>, Vec<Option<usize>>) {
        let mut of_connection = vec![None; self.net.connections.len()];
        let mut names = BTreeSet::new();
        let mut ways: Vec<Way> = Vec::new();
        for (c, slot) in of_connection.iter_mut().enumerate() {
            let Some(way) = self.way(c) else { continue };
            let name = (way.links, way.file.from_lane, way.file.to_lane);
            if !names.insert(name) {
                self.notes.add("Left out, because it stands twice: a connection from edge", way.file.from.get_ref().clone());
                continue;
            }
            *slot = Some(ways.len());
            ways.push(way);
        }
        (ways, of_connection)
    }

    fn way(&mut self, c: usize) -> Option<Way> {
        let net = self.net;
        let connection = &net.connections[c];
        if connection.to.starts_with(':') {
            return None;
        }
        let from = self.end(&connection.from, connection.from_lane, connection.line);
        let to = self.end(&connection.to, connection.to_lane, connection.line);
        let (from, to) = (from?, to?);
        let junction = &net.edges[from].to;
        if *junction != net.edges[to].from {
            let what =
                format!("the connection from \"{}\" to \"{}\" joins edges that do not meet", connection.from, connection.to);
            self.complaints.say(connection.line, what, "connect edges that end and begin at one junction");
            return None;
        }
        let start = self.roads.lane(from, connection.from_lane)?;
        let end = self.roads.lane(to, connection.to_lane)?;
        let (a, b) = (&net.edges[from].lanes[connection.from_lane as usize], &net.edges[to].lanes[connection.to_lane as usize]);
        let course = self.course(c, a, b)?;
        let both = common(a.classes, b.classes);
        let classes = course.classes.map_or(both, |inside| common(both, inside));
        if classes.is_empty() {
            self.notes
                .add("Left out, because nobody who is simulated may use it: a connection from edge", connection.from.clone());
            return None;
        }
        if classes != both {
            self.notes
                .add("Open to more classes than in SUMO, namely those of both lanes: a movement from edge", &*connection.from);
        }
        let speed = course.speed.unwrap_or_else(|| a.speed.min(b.speed));
        let file = MovementFile {
            from: reference(connection.from.clone()),
            from_lane: start.1,
            to: reference(connection.to.clone()),
            to_lane: end.1,
            turn: connection.turn,
            length_m: Some(round(course.length)),
            speed_limit_kmh: kmh(speed, &connection.from, self.notes),
            shape_m: course.shape,
            group: None,
            link_index: connection.signal.as_ref().map(|s| s.1),
            waiting_m: course.waiting.filter(|&w| w > 0.0 && w < round(course.length)),
            yields_to: Vec::new(),
        };
        let junction = *self.junctions.get(junction.as_str())?;
        let (signal, links, line) = (connection.signal.clone(), (start.0, end.0), connection.line);
        Some(Way { file, signal, foes: Vec::new(), links, classes: both, line, junction })
    }

    fn end(&mut self, edge: &str, lane: u32, line: usize) -> Option<usize> {
        let Some(&e) = self.edges.get(edge) else {
            self.complaints.say(line, format!("edge \"{edge}\" does not exist"), "add it, or take the connection out");
            return None;
        };
        let count = self.net.edges[e].lanes.len();
        if lane as usize >= count {
            self.complaints.say(line, format!("edge \"{edge}\" has no lane {lane}, but {count}"), "name one of its lanes");
            return None;
        }
        Some(e)
    }

    /// The inner lanes strung together, or a straight line where there are none.
    fn course(&mut self, c: usize, a: &Lane, b: &Lane) -> Option<Course> {
        let connection = &self.net.connections[c];
        let mut inside = Vec::new();
        for id in rights::chain(self.net, connection) {
            let Some(lane) = self.net.inside.get(id) else {
                self.complaints.say(connection.line, format!("inner lane \"{id}\" does not exist"), "add it, or take via out");
                return None;
            };
            inside.push(lane);
        }
        let ends = [*a.shape.last()?, *b.shape.first()?];
        let mut points: Vec<[f64; 2]> = inside.iter().flat_map(|l| l.shape.iter().copied()).collect();
        if points.is_empty() {
            points = ends.to_vec();
        }
        let mut shape = moved(&points, self.shift);
        if line(&shape).is_none() {
            shape = moved(&ends, self.shift);
        }
        if line(&shape).is_none() {
            shape = stub(&moved(&a.shape, self.shift))?;
        }
        let drawn = line(&shape)?.length().get();
        let length: f64 = if inside.is_empty() { drawn } else { inside.iter().map(|l| l.length).sum() };
        Some(Course {
            length: length.max(SHORTEST),
            speed: inside.iter().map(|l| l.speed).reduce(f64::min),
            waiting: (inside.len() > 1).then(|| inside[0].length),
            classes: inside.iter().map(|l| l.classes).reduce(common),
            shape,
        })
    }
}

/// The shortest line that goes on from a lane, for lanes that touch.
fn stub(lane: &[[f64; 2]]) -> Option<Vec<[f64; 2]>> {
    let lane = line(lane)?;
    let end = lane.end();
    let on = lane.pose(lane.length() + Length::metres(SHORTEST)).at;
    Some(vec![[end.x, end.y], [on.x, on.y]])
}

/// The crossings of the intersections that are kept; adds where each of them went to `parts`.
fn crossings(
    net: &Net,
    shift: [f64; 2],
    signals: &[Option<String>],
    movements: usize,
    parts: &mut Vec<Option<usize>>,
    notes: &mut Notes,
) -> Vec<Walk> {
    let inside = net.junctions.iter().enumerate().flat_map(|(j, junction)| junction.inside.iter().map(move |l| (l.as_str(), j)));
    let at: BTreeMap<&str, usize> = inside.collect();
    let mut walks = Vec::new();
    for crossing in &net.crossings {
        let shape = moved(&crossing.lane.shape, shift);
        let (Some(&junction), Some(_)) = (at.get(crossing.id.as_str()), line(&shape)) else {
            notes.add("Left out, because it has no place at a junction: crossing", crossing.edge.clone());
            parts.push(None);
            continue;
        };
        let signal = net.crossing_signals.get(&crossing.edge);
        let signal = signal.filter(|s| signals[junction].as_ref() == Some(&s.0)).cloned();
        parts.push(Some(movements + walks.len()));
        let file = CrossingFile {
            name: reference(crossing.edge.clone()),
            intersection: reference(net.junctions[junction].id.clone()),
            shape_m: shape,
            width_m: crossing.lane.width.clamp(0.5, 30.0),
            group: None,
            link_index: signal.as_ref().map(|s| s.1),
        };
        walks.push(Walk { file, signal, foes: Vec::new(), line: crossing.lane.line });
    }
    walks
}

/// Writes right of way into the movements, and who meets whom into every part.
fn apply(rights: &Rights, parts: &[Option<usize>], movements: &mut [Way], crossings: &mut [Walk]) {
    let names: Vec<String> = movements.iter().map(|w| name(&w.file)).collect();
    for (c, part) in parts.iter().enumerate() {
        let Some(part) = *part else { continue };
        let kept = |others: &[usize]| -> Vec<usize> { others.iter().filter_map(|&o| parts[o]).collect() };
        let foes = kept(&rights.foes[c]);
        let Some(way) = movements.get_mut(part) else {
            crossings[part - names.len()].foes = foes;
            continue;
        };
        way.foes = foes;
        way.file.yields_to = kept(&rights.yields[c]).iter().filter_map(|&o| names.get(o)).map(|n| reference(n.clone())).collect();
    }
}

/// The name of a movement in the scenario.
pub(super) fn name(m: &MovementFile) -> String {
    format!("{}_{}>{}_{}", m.from.get_ref(), m.from_lane, m.to.get_ref(), m.to_lane)
}

/// The signal of every junction.
fn signals(net: &Net, movements: &[Way]) -> Result<Vec<Option<String>>, Faults> {
    let mut complaints = Complaints::about(&net.file);
    let mut signals: Vec<Option<String>> = vec![None; net.junctions.len()];
    for way in movements {
        let Some((signal, _)) = &way.signal else { continue };
        let known = signals[way.junction].get_or_insert_with(|| signal.clone());
        if known != signal {
            let what = format!("junction \"{}\" obeys two signals, \"{known}\" and \"{signal}\"", net.junctions[way.junction].id);
            complaints.say(way.line, what, "join the two tlLogics into one");
        }
    }
    complaints.settle()?;
    Ok(signals)
}

fn intersections(
    net: &Net,
    shift: [f64; 2],
    links: &[LinkFile],
    meets: &[bool],
    signals: &[Option<String>],
    notes: &mut Notes,
) -> Vec<IntersectionFile> {
    let used: BTreeSet<&str> = links.iter().flat_map(|l| [l.from.get_ref().as_str(), l.to.get_ref()]).collect();
    let kept = net.junctions.iter().enumerate().filter(|(_, j)| used.contains(j.id.as_str()));
    let found = kept.map(|(i, junction)| IntersectionFile {
        name: reference(junction.id.clone()),
        title: junction.name.clone(),
        position_m: [round(junction.at[0] - shift[0]), round(junction.at[1] - shift[1])],
        control: control(&junction.kind, signals[i].is_some(), meets[i], &junction.id, notes),
        signal: signals[i].clone().map(reference),
    });
    found.collect()
}

fn control(kind: &str, signal: bool, meets: bool, id: &str, notes: &mut Notes) -> Control {
    match kind {
        _ if signal => Control::Signal,
        _ if !meets => Control::Joint,
        "right_before_left" | "unregulated" => Control::RightBeforeLeft,
        "priority" | "dead_end" => Control::Priority,
        other => {
            notes.add(format!("Taken for a junction with signs, which it is not, but {other}: junction"), id);
            Control::Priority
        }
    }
}
