//! The MAPEM of a signal: lanes, their lines, and the signal group of every way from one to another.

use super::mapem::{Connection, Geometry, LaneKind, Limit, MapLane, Mapem, Node, Reference, maneuver, sharing};
use super::place::{GeoReference, Place};
use super::spatem::IntersectionRef;
use super::{ItsError, Sender, group_number, text};
use model::geometry::{Point, Polyline};
use model::id::{CrossingId, LaneId, LinkId, MovementId, SignalId};
use model::network::{Movement, Network, Turn};
use model::quantity::Length;
use model::scenario::Scenario;
use model::vehicle::{ClassSet, VehicleClass};

/// How far a lane that leads to the intersection is described, in metres; longer ones begin there.
const INGRESS_M: f64 = 500.0;
/// The same of a lane that leads away.
const EGRESS_M: f64 = 50.0;
/// The most nodes of a line.
const MOST_NODES: usize = 63;
/// The most approaches that have a number.
const MOST_APPROACHES: usize = 15;

/// The MAPEM of a signal: all lanes that lead to and from the intersections it governs, and the crossings over them.
///
/// The reference is the mean of the centres of the intersections. Lines begin at the intersection: those of lanes that lead to it at
/// their stop line. A crossing connects to itself, so that its group can be told.
///
/// # Errors
/// A scenario without a place on the Earth, or a signal with more lanes, groups or ways than a message can have.
pub fn mapem(scenario: &Scenario, signal: SignalId, sender: &Sender) -> Result<Mapem, ItsError> {
    let network = &scenario.network;
    let earth = GeoReference::of(network.origin)?;
    let own: Vec<_> = network.intersections.iter().filter(|i| i.signal == Some(signal)).collect();
    let name = &scenario.signals[signal].name;
    if own.is_empty() {
        return Err(ItsError::Signal { signal: name.clone(), what: "it governs no intersection".into() });
    }
    let mean = |axis: fn(&Point) -> f64| own.iter().map(|i| axis(&i.position)).sum::<f64>() / own.len() as f64;
    let middle = earth.place(Point::new(mean(|p| p.x), mean(|p| p.y)))?;
    let drawing = Drawing { network, signal, name, earth: &earth, middle };
    let movements: Vec<MovementId> = own.iter().flat_map(|i| i.movements.iter().copied()).collect();
    let crossings: Vec<CrossingId> = own.iter().flat_map(|i| i.crossings.iter().copied()).collect();
    let (lanes, limits) = (drawing.lanes(&movements, &crossings)?, drawing.limits(&own));
    let tenths = |angle: f64| (angle.to_degrees() * 1e7).round() as i32;
    let geometry = Geometry {
        name: text(name),
        id: IntersectionRef { region: sender.region, id: sender.intersection(signal) },
        revision: sender.revision,
        reference: Reference { latitude: tenths(middle.latitude), longitude: tenths(middle.longitude), elevation: None },
        lane_width_cm: None,
        limits,
        lanes,
    };
    Ok(Mapem {
        version: 2,
        station: sender.station,
        minute: None,
        revision: sender.revision,
        layer: Some(3),
        layer_id: None,
        intersections: Some(vec![geometry]),
    })
}

/// What is needed to draw the lanes of a signal.
struct Drawing<'a> {
    network: &'a Network,
    signal: SignalId,
    name: &'a str,
    earth: &'a GeoReference,
    middle: Place,
}

impl Drawing<'_> {
    fn fault(&self, what: impl Into<String>) -> ItsError {
        ItsError::Signal { signal: self.name.to_owned(), what: what.into() }
    }

    /// Lanes that lead in, then those that lead out, then crossings, numbered from 1 on.
    fn lanes(&self, movements: &[MovementId], crossings: &[CrossingId]) -> Result<Vec<MapLane>, ItsError> {
        let ends = |end: fn(&Movement) -> LaneId| {
            let mut lanes: Vec<LaneId> = movements.iter().map(|&m| end(&self.network.movements[m])).collect();
            lanes.sort_unstable();
            lanes.dedup();
            lanes
        };
        let (ingress, egress) = (ends(|m| m.from), ends(|m| m.to));
        if ingress.len() + egress.len() + crossings.len() > 255 {
            return Err(self.fault("it has more than 255 lanes"));
        }
        let [ingress_links, egress_links] = [&ingress, &egress].map(|lanes| links(self.network, lanes));
        let mut all = Vec::new();
        for &lane in &ingress {
            let approach = approach(&ingress_links, self.network.lanes[lane].link);
            let lane = MapLane { ingress: approach, direction: 2, ..self.lane(all.len(), lane, Way::In)? };
            all.push(lane);
        }
        for (place, &id) in ingress.iter().enumerate() {
            let number = |to: LaneId| egress.binary_search(&to).map_or(0, |i| (ingress.len() + i + 1) as u8);
            let connections = self.connections(id, movements, number)?;
            all[place].maneuvers = Some(connections.iter().filter_map(|c| c.maneuver).fold(0, |all, one| all | one));
            all[place].connections = Some(connections);
        }
        for &lane in &egress {
            let approach = approach(&egress_links, self.network.lanes[lane].link);
            let lane = MapLane { egress: approach, direction: 1, ..self.lane(all.len(), lane, Way::Out)? };
            all.push(lane);
        }
        for &crossing in crossings {
            let lane = self.crossing(all.len(), crossing)?;
            all.push(lane);
        }
        Ok(all)
    }

    fn lane(&self, before: usize, id: LaneId, way: Way) -> Result<MapLane, ItsError> {
        let lane = &self.network.lanes[id];
        let length = lane.shape.length();
        let kept = |from: f64, to: f64| lane.shape.part(Length::metres(from), Length::metres(to));
        let line = match way {
            Way::In => kept((length.get() - INGRESS_M).max(0.0), length.get()),
            Way::Out => kept(0.0, EGRESS_M.min(length.get())),
        };
        let mut points = line.as_ref().unwrap_or(&lane.shape).thinned(Length::metres(1.0)).points().to_vec();
        if way == Way::In {
            points.reverse();
        }
        Ok(MapLane {
            id: (before + 1) as u8,
            name: None,
            ingress: None,
            egress: None,
            direction: 0,
            sharing: shared(lane.classes),
            kind: kind(lane.classes),
            maneuvers: None,
            nodes: self.nodes(&points)?,
            connections: None,
        })
    }

    fn crossing(&self, before: usize, id: CrossingId) -> Result<MapLane, ItsError> {
        let crossing = &self.network.crossings[id];
        let number = (before + 1) as u8;
        let head = crossing.head.filter(|h| h.signal == self.signal);
        let group = head.map(|h| group_number(self.name, h.group)).transpose()?;
        let connection = Connection { lane: number, maneuver: None, remote: None, group, class: None, id: None };
        Ok(MapLane {
            id: number,
            name: text(&crossing.name),
            ingress: None,
            egress: None,
            direction: 3,
            sharing: sharing::ON_FOOT,
            kind: LaneKind::CROSSING,
            maneuvers: None,
            nodes: self.nodes(crossing.shape.points())?,
            connections: group.map(|_| vec![connection]),
        })
    }

    /// The ways that begin on a lane.
    fn connections(
        &self,
        from: LaneId,
        movements: &[MovementId],
        number: impl Fn(LaneId) -> u8,
    ) -> Result<Vec<Connection>, ItsError> {
        let mut all = Vec::new();
        for movement in movements.iter().map(|&m| &self.network.movements[m]).filter(|m| m.from == from) {
            let head = movement.head.filter(|h| h.signal == self.signal);
            all.push(Connection {
                lane: number(movement.to),
                maneuver: Some(manoeuvre(movement.turn)),
                remote: None,
                group: head.map(|h| group_number(self.name, h.group)).transpose()?,
                class: None,
                id: None,
            });
        }
        if all.len() > 16 {
            return Err(self.fault(format!("lane {} leads to more than 16 lanes", self.network.lane_name(from))));
        }
        Ok(all)
    }

    /// A line as nodes, the first from the reference and each other from the one before, to the centimetre; errors do not add up.
    fn nodes(&self, points: &[Point]) -> Result<Vec<Node>, ItsError> {
        let cm = |point: &Point| {
            let (east, north) = self.middle.offset_to(self.earth.place(*point)?);
            Ok([east, north].map(|m| (m * 100.0).round() as i64))
        };
        let places = points.iter().map(cm).collect::<Result<Vec<_>, ItsError>>()?;
        let (mut nodes, mut before) = (Vec::new(), [0, 0]);
        for place in few(places) {
            // What is longer than a node can be is cut into equal parts.
            let far = (0..2).map(|axis| (place[axis] - before[axis]).abs()).max().unwrap_or(0);
            let parts = 1 + far / 32_768;
            for part in 1..=parts {
                let next = [0, 1].map(|axis| before[axis] + (place[axis] - before[axis]) * part / parts);
                let last = [0, 1].map(|axis| before[axis] + (place[axis] - before[axis]) * (part - 1) / parts);
                let [east_cm, north_cm] = [0, 1].map(|axis| i16::try_from(next[axis] - last[axis]).unwrap_or(i16::MAX));
                nodes.push(Node { east_cm, north_cm });
            }
            before = place;
        }
        if nodes.len() > MOST_NODES || nodes.len() < 2 {
            return Err(self.fault("a line has no room in a message: it lies too far from the intersection"));
        }
        Ok(nodes)
    }

    /// The speed limit, where all lanes that lead in have the same.
    fn limits(&self, own: &[&model::network::Intersection]) -> Option<Vec<Limit>> {
        let arriving = own.iter().flat_map(|i| i.arriving.iter().copied());
        let mut speeds = arriving.map(|l| (self.network.links[l].speed_limit.get() / 0.02).round() as u16);
        let first = speeds.next()?;
        speeds.all(|s| s == first).then(|| vec![Limit { kind: 5, speed: first.min(8190) }])
    }
}

/// Which way a lane leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    In,
    Out,
}

/// So few points that a line of them, with some in between, has room: those that are nearest to others go first.
fn few(mut points: Vec<[i64; 2]>) -> Vec<[i64; 2]> {
    let apart = |a: [i64; 2], b: [i64; 2]| (a[0] - b[0]).abs().max((a[1] - b[1]).abs());
    while points.len() > MOST_NODES - 6 {
        let inner = 1..points.len() - 1;
        let nearest = inner.min_by_key(|&i| apart(points[i - 1], points[i]).min(apart(points[i], points[i + 1])));
        points.remove(nearest.unwrap_or(1));
    }
    points
}

fn links(network: &Network, lanes: &[LaneId]) -> Vec<LinkId> {
    let mut links: Vec<LinkId> = lanes.iter().map(|&l| network.lanes[l].link).collect();
    links.dedup();
    links
}

/// The number of an approach, from 1 on; the last that have no number are not told apart.
fn approach(links: &[LinkId], link: LinkId) -> Option<u8> {
    links.iter().position(|&l| l == link).filter(|&i| i < MOST_APPROACHES).map(|i| (i + 1) as u8)
}

const fn manoeuvre(turn: Turn) -> u16 {
    match turn {
        Turn::Right => maneuver::RIGHT,
        Turn::Straight => maneuver::STRAIGHT,
        Turn::Left => maneuver::LEFT,
        Turn::UTurn => maneuver::U_TURN,
    }
}

/// Classes of vehicles that drive themselves on the carriageway.
const MOTOR: [VehicleClass; 4] =
    [VehicleClass::Car, VehicleClass::Motorcycle, VehicleClass::Lorry, VehicleClass::ArticulatedLorry];

fn shared(classes: ClassSet) -> u16 {
    let bit = |is: bool, bit: u16| if is { bit } else { 0 };
    bit(MOTOR.iter().any(|&c| classes.contains(c)), sharing::MOTOR)
        | bit(classes.contains(VehicleClass::Bus), sharing::BUS)
        | bit(classes.contains(VehicleClass::Bicycle), sharing::CYCLISTS)
        | bit(classes.contains(VehicleClass::Tram), sharing::TRACKED)
}

fn kind(classes: ClassSet) -> LaneKind {
    let is_for = |class| classes.contains(class);
    if MOTOR.into_iter().any(is_for) {
        LaneKind::VEHICLES
    } else if is_for(VehicleClass::Tram) {
        LaneKind::TRACK
    } else if is_for(VehicleClass::Bus) {
        LaneKind::BUSES
    } else {
        LaneKind::CYCLISTS
    }
}

/// The line of a lane again, in metres east and north of the reference: what a receiver makes of its nodes.
pub fn line_of(lane: &MapLane) -> Option<Polyline> {
    let sum = |at: &mut (i64, i64), node: &Node| {
        *at = (at.0 + i64::from(node.east_cm), at.1 + i64::from(node.north_cm));
        Some(Point::new(at.0 as f64 / 100.0, at.1 as f64 / 100.0))
    };
    Polyline::new(lane.nodes.iter().scan((0, 0), sum))
}

/// Groups of a signal that are named in a map, in order.
pub fn groups_of(map: &Mapem) -> Vec<u8> {
    let lanes = map.intersections.iter().flatten().flat_map(|g| &g.lanes);
    let mut groups: Vec<u8> = lanes.flat_map(|l| l.connections.iter().flatten()).filter_map(|c| c.group).collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}
