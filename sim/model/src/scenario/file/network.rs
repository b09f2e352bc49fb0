//! `network.toml`: intersections, links, movements, crossings, detectors and stops.

use super::{PushButtonFile, Reference, SCHEMA, each_exactly, exactly, zero_is_default};
use crate::detector::DetectorKind;
use crate::network::{Control, Origin, Turn};
use crate::vehicle::VehicleClass;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `network.toml`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkFile {
    /// Number of the format.
    pub schema: u32,
    /// Where the origin lies.
    pub origin: Origin,
    /// Intersections, joints and ends of roads.
    #[serde(default, rename = "intersection")]
    pub intersections: Vec<IntersectionFile>,
    /// Links.
    #[serde(default, rename = "link")]
    pub links: Vec<LinkFile>,
    /// Movements.
    #[serde(default, rename = "movement")]
    pub movements: Vec<MovementFile>,
    /// Crossings.
    #[serde(default, rename = "crossing", skip_serializing_if = "Vec::is_empty")]
    pub crossings: Vec<CrossingFile>,
    /// Detectors.
    #[serde(default, rename = "detector", skip_serializing_if = "Vec::is_empty")]
    pub detectors: Vec<DetectorFile>,
    /// Push buttons at crossings.
    #[serde(default, rename = "push_button", skip_serializing_if = "Vec::is_empty")]
    pub push_buttons: Vec<PushButtonFile>,
    /// Stops of buses and trams.
    #[serde(default, rename = "stop", skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<StopFile>,
}

impl NetworkFile {
    /// A network with nothing in it.
    pub fn empty(origin: Origin) -> Self {
        Self {
            schema: SCHEMA,
            origin,
            intersections: Vec::new(),
            links: Vec::new(),
            movements: Vec::new(),
            crossings: Vec::new(),
            detectors: Vec::new(),
            push_buttons: Vec::new(),
            stops: Vec::new(),
        }
    }
}

/// An intersection.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntersectionFile {
    /// Name, unique among intersections.
    #[schemars(with = "String")]
    pub name: Reference,
    /// Name for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Centre, metres east and north of the origin.
    #[serde(deserialize_with = "exactly")]
    pub position_m: [f64; 2],
    /// How right of way is settled.
    pub control: Control,
    /// Its signal, when `control = "signal"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub signal: Option<Reference>,
}

/// A link with its lanes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkFile {
    /// Name, unique among links.
    #[schemars(with = "String")]
    pub name: Reference,
    /// Street name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub street: String,
    /// Intersection where it begins.
    #[schemars(with = "String")]
    pub from: Reference,
    /// Intersection where it ends.
    #[schemars(with = "String")]
    pub to: Reference,
    /// Speed limit.
    pub speed_limit_kmh: f64,
    /// Rank of the road, larger is more important.
    #[serde(default, skip_serializing_if = "zero_is_default")]
    pub rank: u8,
    /// Lanes from right to left.
    #[serde(rename = "lane")]
    pub lanes: Vec<LaneFile>,
}

/// A lane.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LaneFile {
    /// Length that counts; that of the shape when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_m: Option<f64>,
    /// Width.
    pub width_m: f64,
    /// Speed limit where it differs from the link's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_limit_kmh: Option<f64>,
    /// Who may use it; every class but trams when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<VehicleClass>>,
    /// Depth of the area for cyclists before the stop line, 2 to 8 (aufgeweiteter Radaufstellstreifen): all others stop that
    /// much earlier. Only before a signal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cycle_area_m: Option<f64>,
    /// Centre line in driving direction.
    #[serde(deserialize_with = "each_exactly")]
    pub shape_m: Vec<[f64; 2]>,
}

/// A movement.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MovementFile {
    /// Link it comes from.
    #[schemars(with = "String")]
    pub from: Reference,
    /// Lane of that link, from the right.
    pub from_lane: u32,
    /// Link it leads to.
    #[schemars(with = "String")]
    pub to: Reference,
    /// Lane of that link, from the right.
    pub to_lane: u32,
    /// Where it turns to.
    pub turn: Turn,
    /// Length that counts; that of the shape when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_m: Option<f64>,
    /// Speed limit.
    pub speed_limit_kmh: f64,
    /// Centre line in driving direction, from the stop line to the start of the next lane.
    #[serde(deserialize_with = "each_exactly")]
    pub shape_m: Vec<[f64; 2]>,
    /// Signal group it obeys, a group of its intersection's signal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub group: Option<Reference>,
    /// Index of its link in a SUMO program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_index: Option<u16>,
    /// Where a yielding vehicle may wait inside the intersection, from the stop line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_m: Option<f64>,
    /// Movements it yields to, as `link_lane>link_lane`. Whoever turns off across a lane for bicycles alone beside its own
    /// yields to those who go straight on there, unless said otherwise (StVO § 9 (3)).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub yields_to: Vec<Reference>,
}

/// A crossing for people on foot.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrossingFile {
    /// Name, unique among crossings.
    #[schemars(with = "String")]
    pub name: Reference,
    /// Intersection whose arm it crosses.
    #[schemars(with = "String")]
    pub intersection: Reference,
    /// The way across, kerb to kerb.
    #[serde(deserialize_with = "each_exactly")]
    pub shape_m: Vec<[f64; 2]>,
    /// Width.
    pub width_m: f64,
    /// Signal group it obeys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub group: Option<Reference>,
    /// Index of its link in a SUMO program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_index: Option<u16>,
}

/// A detector.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DetectorFile {
    /// Name, unique among detectors.
    #[schemars(with = "String")]
    pub name: Reference,
    /// What it is; a loop when absent.
    #[serde(default, skip_serializing_if = "zero_is_default")]
    pub kind: DetectorKind,
    /// Link.
    #[schemars(with = "String")]
    pub link: Reference,
    /// Lane of the link, from the right.
    pub lane: u32,
    /// Downstream edge, from the start of the lane.
    pub position_m: f64,
    /// Length along the lane.
    pub length_m: f64,
}

/// A stop of buses or trams.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StopFile {
    /// Name, unique among stops.
    #[schemars(with = "String")]
    pub name: Reference,
    /// Link.
    #[schemars(with = "String")]
    pub link: Reference,
    /// Lane of the link, from the right.
    pub lane: u32,
    /// Its head, where the foremost vehicle stands, from the start of the lane.
    pub position_m: f64,
    /// Length from the head backwards, 5 to 200.
    pub length_m: f64,
    /// Whether vehicles leave the lane while they stand, so that others pass.
    #[serde(default, skip_serializing_if = "zero_is_default")]
    pub bay: bool,
}
