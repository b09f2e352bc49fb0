//! From `network.toml` to a [`Network`]: names resolved, conflicts found.

mod stops;

use super::Fault;
use super::file::{LinkFile, MovementFile, NetworkFile, Reference};
use super::folder::Sourced;
use crate::geometry::{Point, Polyline};
use crate::id::{ConflictId, CrossingId, IdVec, IntersectionId, LaneId, LinkId, MovementId, SignalId, StopId};
use crate::network::{
    CORRIDOR_WIDTH, Conflict, Control, Crossing, Detector, Intersection, LONG_VEHICLE_WIDTH, Lane, Link, Meeting, Movement,
    Network, PushButton, RightOfWay, SignalHead, Stretch, Turn, cuts, stretches_within,
};
use crate::quantity::{Length, Speed};
use crate::signal::Signal;
use crate::vehicle::{ClassSet, VehicleClass};
use std::collections::BTreeMap;
use std::ops::Range;

/// Crossings by name; `None` where several have the same, which is harmless as long as nobody refers to them.
type Crossings = BTreeMap<String, Option<CrossingId>>;

/// The crossing of a name, or what is wrong with it and how to mend that.
fn find_crossing(crossings: &Crossings, name: &str) -> Result<CrossingId, (String, &'static str)> {
    match crossings.get(name) {
        Some(Some(id)) => Ok(*id),
        Some(None) => Err((format!("several crossings are named \"{name}\""), "rename all but one of them in network.toml")),
        None => Err((format!("crossing \"{name}\" does not exist"), "name a [[crossing]] of network.toml")),
    }
}

/// The names of `network.toml`, for the files that refer to them.
#[derive(Debug, Default)]
pub(super) struct NetworkNames {
    links: BTreeMap<String, LinkId>,
    crossings: Crossings,
    stops: BTreeMap<String, StopId>,
}

impl NetworkNames {
    /// The link of a name; a fault when there is none.
    pub(super) fn link<T>(&self, source: &Sourced<T>, name: &Reference, faults: &mut Vec<Fault>) -> Option<LinkId> {
        let found = self.links.get(name.get_ref()).copied();
        if found.is_none() {
            let what = format!("link \"{}\" does not exist", name.get_ref());
            faults.push(source.fault(name.span(), what, "name a link of network.toml"));
        }
        found
    }

    /// The crossing of a name; a fault when there is none.
    pub(super) fn crossing<T>(&self, source: &Sourced<T>, name: &Reference, faults: &mut Vec<Fault>) -> Option<CrossingId> {
        let found = find_crossing(&self.crossings, name.get_ref());
        found.map_err(|(what, mend)| faults.push(source.fault(name.span(), what, mend))).ok()
    }
}

/// Checks `network.toml`; what is returned is sound only when no fault was added.
pub(super) fn check_network(
    source: &Sourced<NetworkFile>,
    signals: &IdVec<SignalId, Signal>,
    faults: &mut Vec<Fault>,
) -> (Network, NetworkNames) {
    let before = faults.len();
    let mut check = Check::new(source, signals, faults);
    check.intersections();
    check.links();
    check.movements();
    check.crossings();
    check.detectors();
    check.push_buttons();
    let stops = check.stops();
    let sound = check.faults.len() == before;
    let Check { mut network, links, crossings, yields, .. } = check;
    if sound {
        find_conflicts(&mut network, &yields);
        let found = network.crossings.iter().map(|c| cuts(&network, c)).collect::<Vec<_>>();
        for (crossing, cuts) in network.crossings.iter_mut().zip(found) {
            crossing.cuts = cuts;
        }
    }
    (network, NetworkNames { links, crossings, stops })
}

struct Check<'a> {
    source: &'a Sourced<NetworkFile>,
    signals: &'a IdVec<SignalId, Signal>,
    faults: &'a mut Vec<Fault>,
    network: Network,
    intersections: BTreeMap<String, IntersectionId>,
    links: BTreeMap<String, LinkId>,
    crossings: Crossings,
    /// Which movement yields to which others.
    yields: IdVec<MovementId, Vec<MovementId>>,
}

impl<'a> Check<'a> {
    fn new(source: &'a Sourced<NetworkFile>, signals: &'a IdVec<SignalId, Signal>, faults: &'a mut Vec<Fault>) -> Self {
        let network = Network {
            origin: source.content.origin,
            intersections: IdVec::default(),
            links: IdVec::default(),
            lanes: IdVec::default(),
            movements: IdVec::default(),
            conflicts: IdVec::default(),
            crossings: IdVec::default(),
            detectors: IdVec::default(),
            push_buttons: IdVec::default(),
            stops: IdVec::default(),
        };
        let (intersections, links, crossings) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { source, signals, faults, network, intersections, links, crossings, yields: IdVec::default() }
    }

    fn say(&mut self, span: Range<usize>, what: impl Into<String>, mend: impl Into<String>) {
        self.faults.push(self.source.fault(span, what, mend));
    }

    fn intersections(&mut self) {
        for f in &self.source.content.intersections {
            let name = f.name.get_ref();
            if !f.position_m.iter().all(|x| x.is_finite() && x.abs() < 1e7) {
                self.say(f.name.span(), format!("intersection \"{name}\" has no finite position"), "give metres from the origin");
            }
            let signal = f.signal.as_ref().and_then(|s| {
                let found = self.signals.enumerate().find(|(_, x)| x.name == *s.get_ref()).map(|(id, _)| id);
                if found.is_none() {
                    self.say(s.span(), format!("signal \"{}\" does not exist", s.get_ref()), "add it to signals.toml");
                }
                found
            });
            if (f.control == Control::Signal) != f.signal.is_some() {
                let what = format!("intersection \"{name}\" has control = {:?}, which does not go with its signal", f.control);
                self.say(f.name.span(), what, "give `control = \"signal\"` and `signal = …` together, or neither");
            }
            let id = self.network.intersections.push(Intersection {
                name: name.clone(),
                title: f.title.clone(),
                position: Point::new(f.position_m[0], f.position_m[1]),
                control: f.control,
                arriving: Vec::new(),
                leaving: Vec::new(),
                movements: Vec::new(),
                crossings: Vec::new(),
                signal,
            });
            if self.intersections.insert(name.clone(), id).is_some() {
                self.say(f.name.span(), format!("intersection \"{name}\" stands twice"), "rename one of them");
            }
        }
    }

    fn intersection(&mut self, name: &Reference) -> Option<IntersectionId> {
        let found = self.intersections.get(name.get_ref()).copied();
        if found.is_none() {
            self.say(name.span(), format!("intersection \"{}\" does not exist", name.get_ref()), "add it as [[intersection]]");
        }
        found
    }

    fn links(&mut self) {
        for f in &self.source.content.links {
            let (Some(from), Some(to)) = (self.intersection(&f.from), self.intersection(&f.to)) else { continue };
            let name = f.name.get_ref();
            if f.lanes.is_empty() {
                self.say(f.name.span(), format!("link \"{name}\" has no lane"), "give it at least one [[link.lane]]");
                continue;
            }
            let first_lane = LaneId(self.network.lanes.len() as u32);
            let id = LinkId(self.network.links.len() as u32);
            let speed_limit = self.speed(&f.name, f.speed_limit_kmh);
            let lanes: Option<Vec<Lane>> = (0..f.lanes.len()).map(|i| self.lane(f, id, i, speed_limit)).collect();
            let Some(lanes) = lanes else { continue };
            let length = lanes.iter().map(|l| l.length).reduce(Length::min).expect("at least one lane");
            for lane in lanes {
                self.network.lanes.push(lane);
            }
            self.network.intersections[from].leaving.push(id);
            self.network.intersections[to].arriving.push(id);
            let lane_count = f.lanes.len() as u32;
            let (street, rank) = (f.street.clone(), f.rank);
            self.network.links.push(Link {
                name: name.clone(),
                street,
                from,
                to,
                first_lane,
                lane_count,
                length,
                speed_limit,
                rank,
            });
            if self.links.insert(name.clone(), id).is_some() {
                self.say(f.name.span(), format!("link \"{name}\" stands twice"), "rename one of them");
            }
        }
    }

    fn lane(&mut self, f: &LinkFile, link: LinkId, index: usize, limit: Speed) -> Option<Lane> {
        let lane = &f.lanes[index];
        let what = format!("lane {index} of link \"{}\"", f.name.get_ref());
        let shape = self.shape(&f.name, &what, &lane.shape_m)?;
        let length = self.length(&f.name, &what, lane.length_m, &shape);
        if !(1.0..=12.0).contains(&lane.width_m) {
            self.say(f.name.span(), format!("{what} is {} m wide", lane.width_m), "give a width between 1 and 12 m");
        }
        let speed_limit = lane.speed_limit_kmh.map_or(limit, |v| self.speed(&f.name, v));
        let classes = lane.classes.as_ref().map_or(ClassSet::ROAD, |c| c.iter().copied().collect());
        let width = Length::metres(lane.width_m);
        let cycle_area = self.cycle_area(f, &what, lane.cycle_area_m, length, classes);
        let (leaving, entering) = (Vec::new(), Vec::new());
        Some(Lane { link, index: index as u32, length, width, speed_limit, classes, cycle_area, shape, leaving, entering })
    }

    /// The depth of the area for cyclists at the end of a lane.
    fn cycle_area(&mut self, f: &LinkFile, what: &str, depth: Option<f64>, length: Length, classes: ClassSet) -> Length {
        let Some(depth) = depth else { return Length::metres(0.0) };
        if !(2.0..=8.0).contains(&depth) || depth + 2.0 > length.get() {
            let what = format!("{what} has an area for cyclists of {depth} m, and is {:.1} m long", length.get());
            self.say(f.name.span(), what, "give a depth between 2 and 8 m, on a lane that is 2 m longer");
        }
        if !classes.contains(VehicleClass::Bicycle) || classes.without(VehicleClass::Bicycle).is_empty() {
            let what = format!("{what} has an area for cyclists, and is not for them and others");
            self.say(f.name.span(), what, "leave `cycle_area_m` out, or let bicycles and others use the lane");
        }
        let end = self.intersections.get(f.to.get_ref()).map(|&i| self.network.intersections[i].control);
        if end.is_some_and(|control| control != Control::Signal) {
            let what = format!("{what} has an area for cyclists, and \"{}\" has no signal", f.to.get_ref());
            self.say(f.to.span(), what, "leave `cycle_area_m` out where nobody waits for green");
        }
        Length::metres(depth)
    }

    fn speed(&mut self, at: &Reference, kmh: f64) -> Speed {
        if !(1.0..=300.0).contains(&kmh) {
            self.say(at.span(), format!("a speed limit of {kmh} km/h"), "give a speed between 1 and 300 km/h");
        }
        Speed::kmh(kmh)
    }

    fn shape(&mut self, at: &Reference, what: &str, points: &[[f64; 2]]) -> Option<Polyline> {
        let finite = points.iter().flatten().all(|x| x.is_finite() && x.abs() < 1e7);
        let shape = finite.then(|| Polyline::new(points.iter().map(|p| Point::new(p[0], p[1])))).flatten();
        if shape.is_none() {
            self.say(at.span(), format!("{what} has no shape"), "give at least two different points, metres from the origin");
        }
        shape
    }

    fn length(&mut self, at: &Reference, what: &str, given: Option<f64>, shape: &Polyline) -> Length {
        let length = given.unwrap_or(shape.length().get());
        if !(0.1..=100_000.0).contains(&length) {
            self.say(at.span(), format!("{what} is {length} m long"), "give a length between 0.1 m and 100 km");
        }
        Length::metres(length)
    }

    fn lane_of(&mut self, link: &Reference, index: u32) -> Option<LaneId> {
        let Some(&id) = self.links.get(link.get_ref()) else {
            self.say(link.span(), format!("link \"{}\" does not exist", link.get_ref()), "add it as [[link]]");
            return None;
        };
        let lane = self.network.links[id].lane(index);
        if lane.is_none() {
            let what = format!("link \"{}\" has no lane {index}", link.get_ref());
            let count = self.network.links[id].lane_count;
            self.say(link.span(), what, format!("its lanes are 0 to {}, from the right", count - 1));
        }
        lane
    }

    fn movements(&mut self) {
        let mut names = BTreeMap::new();
        let files = &self.source.content.movements;
        let mut kept: Vec<&MovementFile> = Vec::new();
        for f in files {
            let Some(movement) = self.movement(f) else { continue };
            let (from, to, at) = (movement.from, movement.to, movement.intersection);
            let id = self.network.movements.push(movement);
            self.network.lanes[from].leaving.push(id);
            self.network.lanes[to].entering.push(id);
            self.network.intersections[at].movements.push(id);
            let name = self.network.movement_name(id);
            if names.insert(name.clone(), id).is_some() {
                self.say(f.from.span(), format!("movement \"{name}\" stands twice"), "take one of them out");
            }
            kept.push(f);
        }
        for (i, f) in kept.iter().enumerate() {
            let at = self.network.movements[MovementId(i as u32)].intersection;
            let mut found = Vec::new();
            for y in &f.yields_to {
                match names.get(y.get_ref()) {
                    Some(&m) if self.network.movements[m].intersection == at => found.push(m),
                    _ => self.say(
                        y.span(),
                        format!("movement \"{}\" does not exist at this intersection", y.get_ref()),
                        "name it as \"link_lane>link_lane\"",
                    ),
                }
            }
            self.yields.push(found);
        }
    }

    fn movement(&mut self, f: &MovementFile) -> Option<Movement> {
        let (from, to) = (self.lane_of(&f.from, f.from_lane), self.lane_of(&f.to, f.to_lane));
        let (from, to) = (from?, to?);
        let what = format!("the movement from \"{}\" to \"{}\"", f.from.get_ref(), f.to.get_ref());
        let (a, b) = (&self.network.links[self.network.lanes[from].link], &self.network.links[self.network.lanes[to].link]);
        let (intersection, goes_on) = (a.to, a.to == b.from);
        if !goes_on {
            self.say(f.from.span(), format!("{what} leaves its intersection"), "connect links that meet at one intersection");
        }
        let shape = self.shape(&f.from, &what, &f.shape_m)?;
        let length = self.length(&f.from, &what, f.length_m, &shape);
        let signal = self.network.intersections[intersection].signal;
        let head = f.group.as_ref().and_then(|g| self.head(g, signal));
        if f.waiting_m.is_some_and(|w| !(w > 0.0 && w < length.get())) {
            self.say(f.from.span(), format!("{what} waits outside its length of {length:?}"), "set waiting_m below the length");
        }
        Some(Movement {
            intersection,
            from,
            to,
            turn: f.turn,
            length,
            speed_limit: self.speed(&f.from, f.speed_limit_kmh),
            shape,
            head,
            link_index: f.link_index,
            waiting: f.waiting_m.map(Length::metres),
            conflicts: Vec::new(),
        })
    }

    fn head(&mut self, group: &Reference, signal: Option<SignalId>) -> Option<SignalHead> {
        let Some(signal) = signal else {
            self.say(group.span(), "a signal group where no signal stands", "give the intersection a signal, or take it out");
            return None;
        };
        let found = self.signals[signal].group(group.get_ref());
        if found.is_none() {
            let what = format!("signal \"{}\" has no group \"{}\"", self.signals[signal].name, group.get_ref());
            self.say(group.span(), what, "add it to signals.toml");
        }
        found.map(|group| SignalHead { signal, group })
    }

    fn crossings(&mut self) {
        for f in &self.source.content.crossings {
            let Some(intersection) = self.intersection(&f.intersection) else { continue };
            let what = format!("crossing \"{}\"", f.name.get_ref());
            let Some(shape) = self.shape(&f.name, &what, &f.shape_m) else { continue };
            if !(0.5..=30.0).contains(&f.width_m) {
                self.say(f.name.span(), format!("{what} is {} m wide", f.width_m), "give a width between 0.5 and 30 m");
            }
            let signal = self.network.intersections[intersection].signal;
            let head = f.group.as_ref().and_then(|g| self.head(g, signal));
            let (name, width, link_index) = (f.name.get_ref().clone(), Length::metres(f.width_m), f.link_index);
            let cuts = Vec::new();
            let id = self.network.crossings.push(Crossing { name, intersection, shape, width, head, link_index, cuts });
            self.network.intersections[intersection].crossings.push(id);
            self.crossings.entry(f.name.get_ref().clone()).and_modify(|named| *named = None).or_insert(Some(id));
        }
    }

    fn detectors(&mut self) {
        for f in &self.source.content.detectors {
            let Some(lane) = self.lane_of(&f.link, f.lane) else { continue };
            let end = self.network.lanes[lane].length.get();
            if !(f.length_m > 0.0 && f.position_m >= f.length_m && f.position_m <= end) {
                let what = format!("detector \"{}\" does not lie on its lane of {end} m", f.name.get_ref());
                self.say(f.name.span(), what, "set position_m between length_m and the length of the lane");
            }
            let (position, length) = (Length::metres(f.position_m), Length::metres(f.length_m));
            self.network.detectors.push(Detector { name: f.name.get_ref().clone(), kind: f.kind, lane, position, length });
        }
    }
}

impl Check<'_> {
    fn push_buttons(&mut self) {
        let mut names = BTreeMap::new();
        for f in &self.source.content.push_buttons {
            let crossing = match find_crossing(&self.crossings, f.crossing.get_ref()) {
                Ok(crossing) => crossing,
                Err((what, mend)) => {
                    self.say(f.crossing.span(), what, mend);
                    continue;
                }
            };
            let name = f.name.get_ref();
            if self.network.crossings[crossing].head.is_none() {
                let what = format!("push button \"{name}\" stands at a crossing without a signal");
                self.say(f.name.span(), what, "give the crossing a signal group, or take the button out");
            }
            let id = self.network.push_buttons.push(PushButton { name: name.clone(), crossing });
            if names.insert(name, id).is_some() {
                self.say(f.name.span(), format!("push button \"{name}\" stands twice"), "rename one of them");
            }
        }
    }
}

/// Finds every pair of movements of an intersection that come too close, and who yields.
fn find_conflicts(network: &mut Network, yields: &IdVec<MovementId, Vec<MovementId>>) {
    let mut found: IdVec<ConflictId, Conflict> = IdVec::default();
    for intersection in &network.intersections {
        for (i, &a) in intersection.movements.iter().enumerate() {
            for &b in &intersection.movements[i + 1..] {
                if let Some((meeting, first, second)) = meet(network, a, b) {
                    let right_of_way = match (yields[a].contains(&b), yields[b].contains(&a)) {
                        (true, false) => RightOfWay::Second,
                        (false, true) => RightOfWay::First,
                        (false, false) if cuts_cyclists(network, a, b) => RightOfWay::Second,
                        (false, false) if cuts_cyclists(network, b, a) => RightOfWay::First,
                        _ => RightOfWay::None,
                    };
                    found.push(Conflict { meeting, first, second, right_of_way });
                }
            }
        }
    }
    for (id, conflict) in found.enumerate() {
        network.movements[conflict.first.movement].conflicts.push(id);
        network.movements[conflict.second.movement].conflicts.push(id);
    }
    for m in network.movements.ids().collect::<Vec<_>>() {
        let start = |c: &ConflictId| found[*c].seen_from(m).0.from.get();
        network.movements[m].conflicts.sort_by(|a, b| start(a).total_cmp(&start(b)).then(a.cmp(b)));
    }
    network.conflicts = found;
}

/// Whether a movement turns off across a lane for bicycles alone beside its own, on which one goes straight on.
///
/// Source: StVO § 9 (3): whoever turns off lets cyclists pass who go in the same direction, on the carriageway or beside it.
fn cuts_cyclists(network: &Network, turning: MovementId, straight: MovementId) -> bool {
    let of_bicycles = |m: MovementId| {
        let mut classes = network.lanes[network.movements[m].from].classes.iter();
        classes.next() == Some(VehicleClass::Bicycle) && classes.next().is_none()
    };
    let turn = |m: MovementId| network.movements[m].turn;
    network.origin_link(turning) == network.origin_link(straight)
        && turn(turning) != Turn::Straight
        && turn(straight) == Turn::Straight
        && of_bicycles(straight)
        && !of_bicycles(turning)
}

/// Whether a bus of 12 m cuts the inside of the bend by more than lanes side by side leave between vehicles.
fn is_tight(line: &Polyline) -> bool {
    const BUS: f64 = 12.0;
    const ROOM: f64 = 0.9;
    let length = line.length().get();
    let bus = BUS.min(length);
    let steps = ((length - bus) / 2.0) as usize;
    (0..=steps).any(|i| {
        let rear = i as f64 * 2.0;
        let at = |s: f64| line.pose(Length::metres(s)).at;
        at(rear).lerp(at(rear + bus), 0.5).distance(at(rear + bus / 2.0)).get() > ROOM
    })
}

fn meet(network: &Network, a: MovementId, b: MovementId) -> Option<(Meeting, Stretch, Stretch)> {
    let (ma, mb) = (&network.movements[a], &network.movements[b]);
    let side_by_side = network.origin_link(a) == network.origin_link(b) && network.target_link(a) == network.target_link(b);
    let meeting = match (ma.from == mb.from, ma.to == mb.to) {
        (true, true) => return None,
        (true, false) => Meeting::Diverge,
        (false, true) => Meeting::Merge,
        // Lanes that run side by side may be narrow; they do not cross.
        (false, false) if side_by_side && !(is_tight(&ma.shape) || is_tight(&mb.shape)) => return None,
        (false, false) if side_by_side => Meeting::Abreast,
        (false, false) => Meeting::Cross,
    };
    let width = if meeting == Meeting::Abreast { LONG_VEHICLE_WIDTH } else { CORRIDOR_WIDTH };
    let [sa, sb] = stretches_within(&ma.shape, &mb.shape, width)?;
    let stretch = |id: MovementId, m: &Movement, (from, to): (Length, Length)| {
        // The length that counts may differ from the drawn one.
        let scale = m.length / m.shape.length();
        Stretch { movement: id, from: from * scale, to: to * scale }
    };
    Some((meeting, stretch(a, ma, sa), stretch(b, mb, sb)))
}
