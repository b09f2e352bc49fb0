//! `.net.xml` as it is written: ids not yet resolved, every item with its line.

use super::classes::admitted;
use super::notes::Notes;
use crate::xml::{Element, Reader, XmlError};
use model::network::Turn;
use model::vehicle::ClassSet;
use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// A network file.
#[derive(Debug, Default)]
pub(super) struct Net {
    pub(super) file: PathBuf,
    pub(super) location: Location,
    pub(super) edges: Vec<Edge>,
    pub(super) junctions: Vec<Junction>,
    pub(super) connections: Vec<Connection>,
    pub(super) logics: Vec<Logic>,
    pub(super) crossings: Vec<Crossing>,
    /// Signal and link index of crossings, by their edges.
    pub(super) crossing_signals: BTreeMap<String, (String, u16)>,
    /// Internal lanes by id.
    pub(super) inside: BTreeMap<String, Lane>,
    /// Internal lane, target edge and target lane: the internal lane that follows.
    pub(super) onward: BTreeMap<(String, String, u32), String>,
}

/// Where the network lies.
#[derive(Debug, Default)]
pub(super) struct Location {
    pub(super) offset: [f64; 2],
    /// West, south, east, north.
    pub(super) boundary: Option<[f64; 4]>,
    pub(super) projection: String,
}

/// An edge of the road, with its lanes from the right.
#[derive(Debug)]
pub(super) struct Edge {
    pub(super) id: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) name: String,
    pub(super) priority: i32,
    pub(super) lanes: Vec<Lane>,
    pub(super) line: usize,
}

/// A lane, inside a junction or not.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) index: u32,
    pub(super) length: f64,
    pub(super) speed: f64,
    pub(super) width: f64,
    pub(super) classes: ClassSet,
    pub(super) shape: Vec<[f64; 2]>,
    pub(super) line: usize,
}

/// A crossing for people on foot.
#[derive(Debug)]
pub(super) struct Crossing {
    pub(super) edge: String,
    /// Its lane, as right-of-way tables name it.
    pub(super) id: String,
    pub(super) lane: Lane,
}

/// A junction with its right-of-way table.
#[derive(Debug)]
pub(super) struct Junction {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) at: [f64; 2],
    pub(super) arriving: Vec<String>,
    pub(super) inside: Vec<String>,
    pub(super) requests: Vec<Request>,
    pub(super) line: usize,
}

/// A row of a right-of-way table; its bits count from the right.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) index: usize,
    pub(super) response: String,
    pub(super) foes: String,
    pub(super) line: usize,
}

/// A connection between two lanes.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) from_lane: u32,
    pub(super) to_lane: u32,
    pub(super) via: Option<String>,
    /// The program and the index within its states.
    pub(super) signal: Option<(String, u16)>,
    pub(super) turn: Turn,
    pub(super) line: usize,
}

/// A signal program.
#[derive(Debug)]
pub(super) struct Logic {
    pub(super) id: String,
    pub(super) program: String,
    pub(super) kind: String,
    pub(super) offset: f64,
    pub(super) steps: Vec<LogicStep>,
    pub(super) line: usize,
}

/// A step of a signal program.
#[derive(Debug)]
pub(super) struct LogicStep {
    pub(super) duration: f64,
    pub(super) state: String,
    /// Whether it names another successor than the next one.
    pub(super) jumps: bool,
    pub(super) line: usize,
}

/// Reads a network file.
pub(super) fn read(file: &Path, notes: &mut Notes) -> Result<Net, XmlError> {
    let mut reader = Reader::open(file)?;
    read_from(&mut reader, notes)
}

/// Reads a network from a source.
pub(super) fn read_from<R: BufRead>(reader: &mut Reader<R>, notes: &mut Notes) -> Result<Net, XmlError> {
    reader.root("net")?;
    let mut net = Net { file: reader.file().into(), ..Net::default() };
    let mut located = false;
    while reader.child_of(1)? {
        match reader.element().name() {
            "location" => {
                net.location = location(reader.element())?;
                located = true;
            }
            "edge" => edge(reader, &mut net, notes)?,
            "tlLogic" => net.logics.push(logic(reader)?),
            "junction" => net.junctions.extend(junction(reader)?),
            "connection" => connection(reader.element(), &mut net)?,
            _ => {}
        }
    }
    if !located {
        notes.add("The network does not say where it lies; its coordinates are kept in a system of no name", "");
    }
    Ok(net)
}

fn location(element: Element<'_>) -> Result<Location, XmlError> {
    let offset = list::<2>(element, "netOffset")?.unwrap_or_default();
    let boundary = list::<4>(element, "convBoundary")?;
    Ok(Location { offset, boundary, projection: element.get("projParameter").unwrap_or_default().to_owned() })
}

fn list<const N: usize>(element: Element<'_>, attribute: &'static str) -> Result<Option<[f64; N]>, XmlError> {
    let Some(text) = element.get(attribute) else { return Ok(None) };
    let mut numbers = text.split(',').map(finite);
    let mut found = [0.0; N];
    for slot in &mut found {
        *slot = numbers.next().flatten().ok_or_else(|| element.bad(attribute, "finite numbers, separated by commas"))?;
    }
    Ok(Some(found))
}

fn finite(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|x: &f64| x.is_finite() && x.abs() < 1e9)
}

fn edge<R: BufRead>(reader: &mut Reader<R>, net: &mut Net, notes: &mut Notes) -> Result<(), XmlError> {
    let element = reader.element();
    let (id, line) = (element.need("id")?.to_owned(), element.line());
    let function = element.get("function").unwrap_or("normal").to_owned();
    if !["normal", "internal", "connector", "crossing", "walkingarea"].contains(&function.as_str()) {
        return Err(element.bad("function", "normal, internal, connector, crossing or walkingarea"));
    }
    let road = function == "normal" || function == "connector";
    let ends = if road { (element.need("from")?.to_owned(), element.need("to")?.to_owned()) } else { Default::default() };
    let name = element.get("name").unwrap_or_default().to_owned();
    let priority = element.parse("priority", "a whole number")?.unwrap_or(0);
    let (depth, mut lanes) = (reader.depth(), Vec::new());
    while reader.child_of(depth)? {
        if reader.element().name() == "lane" {
            let lane = lane(reader.element())?;
            let lane_id = reader.element().need("id")?;
            if function == "internal" {
                net.inside.insert(lane_id.to_owned(), lane);
            } else if function == "crossing" {
                net.crossings.push(Crossing { edge: id.clone(), id: lane_id.to_owned(), lane });
            } else {
                lanes.push(lane);
            }
        }
    }
    if road {
        lanes.sort_by_key(|l: &Lane| l.index);
        net.edges.push(Edge { id, from: ends.0, to: ends.1, name, priority, lanes, line });
    } else if function == "walkingarea" {
        notes.add("Left out, because ways on foot are not imported: edge", id);
    }
    Ok(())
}

fn lane(element: Element<'_>) -> Result<Lane, XmlError> {
    element.need("id")?;
    let index = element.need_parse("index", "a whole number")?;
    let length = element.need_number("length")?;
    if !(0.0..=100_000.0).contains(&length) {
        return Err(element.bad("length", "a length between 0 m and 100 km"));
    }
    let speed = element.need_number("speed")?;
    if !(0.0..=1000.0).contains(&speed) {
        return Err(element.bad("speed", "a speed in m/s, not negative"));
    }
    let width = element.number("width")?.unwrap_or(3.2);
    if !(0.0..=100.0).contains(&width) {
        return Err(element.bad("width", "a width in metres"));
    }
    let classes = admitted(element.get("allow"), element.get("disallow"));
    Ok(Lane { index, length, speed, width, classes, shape: shape(element)?, line: element.line() })
}

fn shape(element: Element<'_>) -> Result<Vec<[f64; 2]>, XmlError> {
    let point = |text: &str| {
        let mut numbers = text.split(',').map(finite);
        let point = [numbers.next()??, numbers.next()??];
        numbers.all(|z| z.is_some()).then_some(point)
    };
    let points: Option<Vec<_>> = element.need("shape")?.split_whitespace().map(point).collect();
    points.filter(|p| p.len() >= 2).ok_or_else(|| element.bad("shape", "at least two points, as x,y x,y"))
}

fn junction<R: BufRead>(reader: &mut Reader<R>) -> Result<Option<Junction>, XmlError> {
    let element = reader.element();
    let words = |name: &str| element.get(name).unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    let mut junction = Junction {
        id: element.need("id")?.to_owned(),
        kind: element.need("type")?.to_owned(),
        name: element.get("name").unwrap_or_default().to_owned(),
        at: [element.need_number("x")?, element.need_number("y")?],
        arriving: words("incLanes"),
        inside: words("intLanes"),
        requests: Vec::new(),
        line: element.line(),
    };
    let depth = reader.depth();
    while reader.child_of(depth)? {
        let element = reader.element();
        if element.name() == "request" {
            junction.requests.push(Request {
                index: element.need_parse("index", "a whole number")?,
                response: element.need("response")?.to_owned(),
                foes: element.need("foes")?.to_owned(),
                line: element.line(),
            });
        }
    }
    Ok((junction.kind != "internal").then_some(junction))
}

fn connection(element: Element<'_>, net: &mut Net) -> Result<(), XmlError> {
    let (from, to) = (element.need("from")?.to_owned(), element.need("to")?.to_owned());
    let from_lane: u32 = element.need_parse("fromLane", "the index of a lane")?;
    let to_lane: u32 = element.need_parse("toLane", "the index of a lane")?;
    let via = element.get("via").map(str::to_owned);
    let signal = match element.get("tl") {
        Some(tl) => Some((tl.to_owned(), element.need_parse("linkIndex", "an index into the program's states")?)),
        None => None,
    };
    if let (Some(signal), true) = (&signal, to.starts_with(':')) {
        net.crossing_signals.insert(to.clone(), signal.clone());
    }
    if from.starts_with(':') {
        if let Some(via) = via {
            net.onward.insert((format!("{from}_{from_lane}"), to, to_lane), via);
        }
        return Ok(());
    }
    // Connections from and to ways on foot have no direction that matters here.
    let turn = if to.starts_with(':') { Turn::Straight } else { turn(element)? };
    net.connections.push(Connection { from, to, from_lane, to_lane, via, signal, turn, line: element.line() });
    Ok(())
}

fn turn(element: Element<'_>) -> Result<Turn, XmlError> {
    Ok(match element.need("dir")? {
        "r" | "R" => Turn::Right,
        "s" | "invalid" => Turn::Straight,
        "l" | "L" => Turn::Left,
        "t" => Turn::UTurn,
        _ => return Err(element.bad("dir", "one of s, r, R, l, L, t")),
    })
}

fn logic<R: BufRead>(reader: &mut Reader<R>) -> Result<Logic, XmlError> {
    let element = reader.element();
    let mut logic = Logic {
        id: element.need("id")?.to_owned(),
        program: element.get("programID").unwrap_or("0").to_owned(),
        kind: element.get("type").unwrap_or("static").to_owned(),
        offset: time(element, "offset")?.unwrap_or(0.0),
        steps: Vec::new(),
        line: element.line(),
    };
    let depth = reader.depth();
    while reader.child_of(depth)? {
        let element = reader.element();
        if element.name() != "phase" {
            continue;
        }
        let duration = time(element, "duration")?.unwrap_or(-1.0);
        if !(0.0..=100_000.0).contains(&duration) {
            return Err(element.bad("duration", "a duration in seconds, not negative"));
        }
        let state = element.need("state")?;
        if state.is_empty() || !state.chars().all(|c| "GgyYurRsoO".contains(c)) {
            return Err(element.bad("state", "one of G, g, y, u, r, s, o, O for each link"));
        }
        let (state, jumps) = (state.to_owned(), element.get("next").is_some_and(|n| !n.trim().is_empty()));
        logic.steps.push(LogicStep { duration, state, jumps, line: element.line() });
    }
    Ok(logic)
}

/// A time as SUMO writes it: seconds, or `[d:]h:m:s`; `None` when the attribute is absent.
pub(super) fn time(element: Element<'_>, attribute: &'static str) -> Result<Option<f64>, XmlError> {
    let Some(text) = element.get(attribute) else { return Ok(None) };
    let parts: Option<Vec<f64>> = text.split(':').map(finite).collect();
    let seconds = parts.and_then(|p| match p[..] {
        [s] => Some(s),
        [h, m, s] => Some(h * 3600.0 + m * 60.0 + s),
        [d, h, m, s] => Some(d * 86_400.0 + h * 3600.0 + m * 60.0 + s),
        _ => None,
    });
    seconds.map(Some).ok_or_else(|| element.bad(attribute, "a time in seconds"))
}
