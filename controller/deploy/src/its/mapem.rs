//! MAPEM: the lanes of an intersection, and which signal group governs the way from one to another (map extended message).
//! Source: ETSI TS 103 301, payload ISO/TS 19091; shape and ranges as the module `ITS_IS` of pycrate 0.8.1 has them.

use super::spatem::{IntersectionRef, MINUTES, header};
use super::uper::{Coder, Least, UperFault, least, read, write};

/// Number of the message in the header.
const MAPEM: u8 = 5;

/// What is sent about the shape of intersections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapem {
    /// Version of the protocol, 0 to 255; 2 here.
    pub version: u8,
    /// Who sends.
    pub station: u32,
    /// Minute of the year, UTC, 0 to 527,040.
    pub minute: Option<u32>,
    /// Changes with what is said, 0 to 127.
    pub revision: u8,
    /// What kind of map, 0 to 7; 3 for intersections.
    pub layer: Option<u8>,
    /// Which part of a map in several, 0 to 100.
    pub layer_id: Option<u8>,
    /// Intersections, 1 to 32.
    pub intersections: Option<Vec<Geometry>>,
}

/// The shape of an intersection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Geometry {
    /// Name, 1 to 63 characters of ASCII.
    pub name: Option<String>,
    /// Which.
    pub id: IntersectionRef,
    /// Changes with its shape, 0 to 127.
    pub revision: u8,
    /// From where its nodes are measured.
    pub reference: Reference,
    /// Width of its lanes in cm, 0 to 32,767.
    pub lane_width_cm: Option<u16>,
    /// Speed limits, 1 to 9.
    pub limits: Option<Vec<Limit>>,
    /// Lanes, 1 to 255.
    pub lanes: Vec<MapLane>,
}

/// A place on the Earth, WGS84.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// Latitude in 10⁻⁷ degrees; 900,000,001 where it is not known.
    pub latitude: i32,
    /// Longitude in 10⁻⁷ degrees; 1,800,000,001 where it is not known.
    pub longitude: i32,
    /// Height over the ellipsoid in 0.1 m, -4096 to 61,439.
    pub elevation: Option<i32>,
}

/// A speed limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Which kind, 0 to 12; 5 is the most for vehicles.
    pub kind: u8,
    /// Speed in 0.02 m/s, 0 to 8191.
    pub speed: u16,
}

/// A lane, a crossing or a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapLane {
    /// Its number within the intersection.
    pub id: u8,
    /// Name, 1 to 63 characters of ASCII.
    pub name: Option<String>,
    /// The approach over which it comes, 0 to 15.
    pub ingress: Option<u8>,
    /// The approach over which it leaves, 0 to 15.
    pub egress: Option<u8>,
    /// Whether it leads in (2), out (1) or both ways (3).
    pub direction: u8,
    /// Who uses it, in ten bits: [`sharing`].
    pub sharing: u16,
    /// What it is.
    pub kind: LaneKind,
    /// What may be done at its end: [`maneuver`].
    pub maneuvers: Option<u16>,
    /// Its line, 2 to 63 nodes, beginning at the intersection: the first from the reference, the others from the one before.
    pub nodes: Vec<Node>,
    /// Where it leads, 1 to 16.
    pub connections: Option<Vec<Connection>>,
}

/// Bits of [`MapLane::sharing`], the first the highest of ten.
pub mod sharing {
    /// Cars, lorries and motorcycles.
    pub const MOTOR: u16 = 1 << (9 - 3);
    /// Buses.
    pub const BUS: u16 = 1 << (9 - 4);
    /// People on foot.
    pub const ON_FOOT: u16 = 1 << (9 - 6);
    /// Cyclists.
    pub const CYCLISTS: u16 = 1 << (9 - 7);
    /// Trams.
    pub const TRACKED: u16 = 1 << (9 - 8);
}

/// Bits of [`MapLane::maneuvers`] and [`Connection::maneuver`], the first the highest of twelve.
pub mod maneuver {
    /// Straight on.
    pub const STRAIGHT: u16 = 1 << 11;
    /// To the left.
    pub const LEFT: u16 = 1 << 10;
    /// To the right.
    pub const RIGHT: u16 = 1 << 9;
    /// Back.
    pub const U_TURN: u16 = 1 << 8;
}

/// What a lane is, and its properties in bits, the first the highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneKind {
    /// 0 for vehicles, 1 a crossing, 2 for cyclists, 3 a pavement, 4 a median, 5 markings, 6 a track, 7 for parking.
    pub which: u8,
    /// Eight bits for vehicles, 16 for others.
    pub bits: u16,
}

impl LaneKind {
    /// For vehicles.
    pub const VEHICLES: Self = Self { which: 0, bits: 0 };
    /// For buses alone.
    pub const BUSES: Self = Self { which: 0, bits: 1 << (7 - 3) };
    /// A crossing.
    pub const CROSSING: Self = Self { which: 1, bits: 0 };
    /// For cyclists.
    pub const CYCLISTS: Self = Self { which: 2, bits: 0 };
    /// A track.
    pub const TRACK: Self = Self { which: 6, bits: 0 };
}

/// A point of a line, from the one before, in cm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// To the east.
    pub east_cm: i16,
    /// To the north.
    pub north_cm: i16,
}

/// Where a lane leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    /// To which lane.
    pub lane: u8,
    /// By which manoeuvre: [`maneuver`].
    pub maneuver: Option<u16>,
    /// Of which other intersection that is.
    pub remote: Option<IntersectionRef>,
    /// Which signal group governs it.
    pub group: Option<u8>,
    /// For whom.
    pub class: Option<u8>,
    /// Its number.
    pub id: Option<u8>,
}

least! {
    Mapem: Self { version: 2, station: 0, minute: None, revision: 0, layer: None, layer_id: None, intersections: None },
    Geometry: Self {
        name: None,
        id: IntersectionRef::LEAST,
        revision: 0,
        reference: Reference { latitude: 0, longitude: 0, elevation: None },
        lane_width_cm: None,
        limits: None,
        lanes: Vec::new(),
    },
    Limit: Self { kind: 0, speed: 0 },
    MapLane: Self {
        id: 0,
        name: None,
        ingress: None,
        egress: None,
        direction: 0,
        sharing: 0,
        kind: LaneKind::VEHICLES,
        maneuvers: None,
        nodes: Vec::new(),
        connections: None,
    },
    Node: Self { east_cm: 0, north_cm: 0 },
    Connection: Self { lane: 0, maneuver: None, remote: None, group: None, class: None, id: None },
}

impl Mapem {
    /// As bytes.
    ///
    /// # Errors
    /// A value that the standard does not allow.
    pub fn write(&self) -> Result<Vec<u8>, UperFault> {
        write(self, Self::code)
    }

    /// From bytes.
    ///
    /// # Errors
    /// Bytes that are no MAPEM, or parts of one that are not read here.
    pub fn read(bytes: &[u8]) -> Result<Self, UperFault> {
        read(bytes, Self::code)
    }

    fn code<C: Coder>(&mut self, c: &mut C) -> Result<(), UperFault> {
        header(c, &mut self.version, MAPEM, &mut self.station)?;
        let is_extended = c.flag(false, "MapData")?;
        c.presence(&mut self.minute, "timeStamp")?;
        c.presence(&mut self.layer, "layerType")?;
        c.presence(&mut self.layer_id, "layerID")?;
        c.presence(&mut self.intersections, "intersections")?;
        ["roadSegments", "dataParameters", "restrictionList", "a regional extension"]
            .into_iter()
            .try_for_each(|w| c.absent(w))?;
        c.number_if(&mut self.minute, MINUTES, "timeStamp")?;
        c.number(&mut self.revision, (0, 127), "msgIssueRevision")?;
        if let Some(layer) = &mut self.layer {
            c.alternative(layer, 7, "layerType")?;
        }
        c.number_if(&mut self.layer_id, (0, 100), "layerID")?;
        if let Some(all) = &mut self.intersections {
            c.list(all, (1, 32), "intersections", |c, g| g.code(c))?;
        }
        c.additions(is_extended)
    }
}

impl Geometry {
    fn code<C: Coder>(&mut self, c: &mut C) -> Result<(), UperFault> {
        let is_extended = c.flag(false, "IntersectionGeometry")?;
        c.presence(&mut self.name, "name")?;
        c.presence(&mut self.lane_width_cm, "laneWidth")?;
        c.presence(&mut self.limits, "speedLimits")?;
        c.absent("preemptPriorityData")?;
        c.absent("a regional extension")?;
        c.text_if(&mut self.name, "name")?;
        self.id.code(c)?;
        c.number(&mut self.revision, (0, 127), "revision")?;
        self.reference.code(c)?;
        c.number_if(&mut self.lane_width_cm, (0, 32_767), "laneWidth")?;
        if let Some(limits) = &mut self.limits {
            c.list(limits, (1, 9), "speedLimits", |c, limit| {
                c.alternative(&mut limit.kind, 12, "type")?;
                c.number(&mut limit.speed, (0, 8191), "speed")
            })?;
        }
        c.list(&mut self.lanes, (1, 255), "laneSet", |c, lane| lane.code(c))?;
        c.additions(is_extended)
    }
}

impl Reference {
    fn code<C: Coder>(&mut self, c: &mut C) -> Result<(), UperFault> {
        let is_extended = c.flag(false, "refPoint")?;
        c.presence(&mut self.elevation, "elevation")?;
        c.absent("a regional extension")?;
        c.number(&mut self.latitude, (-900_000_000, 900_000_001), "lat")?;
        c.number(&mut self.longitude, (-1_800_000_000, 1_800_000_001), "long")?;
        c.number_if(&mut self.elevation, (-4096, 61_439), "elevation")?;
        c.additions(is_extended)
    }
}

impl MapLane {
    fn code<C: Coder>(&mut self, c: &mut C) -> Result<(), UperFault> {
        let is_extended = c.flag(false, "GenericLane")?;
        c.presence(&mut self.name, "name")?;
        c.presence(&mut self.ingress, "ingressApproach")?;
        c.presence(&mut self.egress, "egressApproach")?;
        c.presence(&mut self.maneuvers, "maneuvers")?;
        c.presence(&mut self.connections, "connectsTo")?;
        c.absent("overlays")?;
        c.absent("a regional extension")?;
        c.number(&mut self.id, (0, 255), "laneID")?;
        c.text_if(&mut self.name, "name")?;
        c.number_if(&mut self.ingress, (0, 15), "ingressApproach")?;
        c.number_if(&mut self.egress, (0, 15), "egressApproach")?;
        self.attributes(c)?;
        c.number_if(&mut self.maneuvers, (0, 4095), "maneuvers")?;
        // Of the two kinds of lists of nodes the first.
        c.absent("a nodeList of a later version")?;
        c.absent("computed")?;
        c.list(&mut self.nodes, (2, 63), "nodes", |c, node| node.code(c))?;
        if let Some(connections) = &mut self.connections {
            c.list(connections, (1, 16), "connectsTo", |c, connection| connection.code(c))?;
        }
        c.additions(is_extended)
    }

    fn attributes<C: Coder>(&mut self, c: &mut C) -> Result<(), UperFault> {
        c.absent("a regional extension")?;
        c.number(&mut self.direction, (0, 3), "directionalUse")?;
        c.number(&mut self.sharing, (0, 1023), "sharedWith")?;
        c.alternative(&mut self.kind.which, 7, "laneType")?;
        if self.kind.which > 0 {
            return c.number(&mut self.kind.bits, (0, 65_535), "laneType");
        }
        c.absent("a vehicle of more bits")?;
        c.number(&mut self.kind.bits, (0, 255), "vehicle")
    }
}

/// Bits of the coordinates of the six forms of a node, the shortest first.
const FORMS: [u32; 6] = [10, 11, 12, 13, 14, 16];

impl Node {
    /// The shortest form that holds both coordinates.
    fn form(self) -> usize {
        let holds = |bits: &u32| [self.east_cm, self.north_cm].iter().all(|n| i32::from(*n) >> (bits - 1) == i32::from(*n) >> 31);
        FORMS.iter().position(holds).unwrap_or(FORMS.len() - 1)
    }

    fn code<C: Coder>(&mut self, c: &mut C) -> Result<(), UperFault> {
        let is_extended = c.flag(false, "NodeXY")?;
        c.absent("attributes of a node")?;
        let mut form = self.form() as u8;
        c.number(&mut form, (0, 7), "delta")?;
        let bits = FORMS.get(usize::from(form)).ok_or(UperFault::NotRead("a node of another form"))?;
        let half = 1_i64 << (bits - 1);
        c.number(&mut self.east_cm, (-half, half - 1), "x")?;
        c.number(&mut self.north_cm, (-half, half - 1), "y")?;
        c.additions(is_extended)
    }
}

impl Connection {
    fn code<C: Coder>(&mut self, c: &mut C) -> Result<(), UperFault> {
        c.presence(&mut self.remote, "remoteIntersection")?;
        c.presence(&mut self.group, "signalGroup")?;
        c.presence(&mut self.class, "userClass")?;
        c.presence(&mut self.id, "connectionID")?;
        c.presence(&mut self.maneuver, "maneuver")?;
        c.number(&mut self.lane, (0, 255), "lane")?;
        c.number_if(&mut self.maneuver, (0, 4095), "maneuver")?;
        if let Some(remote) = &mut self.remote {
            remote.code(c)?;
        }
        c.number_if(&mut self.group, (0, 255), "signalGroup")?;
        c.number_if(&mut self.class, (0, 255), "userClass")?;
        c.number_if(&mut self.id, (0, 255), "connectionID")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_take_the_shortest_form() {
        let form = |east_cm, north_cm| Node { east_cm, north_cm }.form();
        assert_eq!(
            [form(511, -512), form(512, 0), form(0, -1025), form(2048, 0), form(-4097, 0), form(8191, 0)],
            [0, 1, 2, 3, 4, 4]
        );
        assert_eq!([form(8192, 0), form(i16::MIN, i16::MAX)], [5, 5]);
    }

    #[test]
    fn a_lane_comes_back_as_it_was() {
        let nodes = [(0, 0), (-700, 3), (32_767, -32_768)].map(|(east_cm, north_cm)| Node { east_cm, north_cm }).to_vec();
        let connection = Connection { lane: 2, maneuver: Some(maneuver::LEFT), group: Some(7), id: Some(1), ..Connection::LEAST };
        let lane =
            MapLane { id: 1, ingress: Some(1), direction: 2, nodes, connections: Some(vec![connection]), ..MapLane::LEAST };
        let geometry = Geometry { name: Some("K1".into()), lanes: vec![lane], ..Geometry::LEAST };
        let message = Mapem { layer: Some(3), intersections: Some(vec![geometry]), ..Mapem::LEAST };
        assert_eq!(Mapem::read(&message.write().unwrap()), Ok(message));
    }
}
