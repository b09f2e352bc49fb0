//! `roadworks.toml` and `corridors.toml`.

use super::{Reference, exactly, zero_is_default};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `roadworks.toml`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoadworksFile {
    /// Number of the format.
    pub schema: u32,
    /// Sites.
    #[serde(default, rename = "roadwork")]
    pub roadworks: Vec<RoadworkFile>,
}

/// One construction site.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoadworkFile {
    /// Name.
    pub name: String,
    /// Where the record comes from.
    pub source: String,
    /// What it closes, and when.
    #[serde(rename = "closure")]
    pub closures: Vec<ClosureFile>,
}

/// A closure of a link, or of some of its lanes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosureFile {
    /// The link.
    #[schemars(with = "String")]
    pub link: Reference,
    /// Its closed lanes, from the right; the whole link when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lanes: Option<Vec<u32>>,
    /// First second of the day.
    pub begin_s: f64,
    /// Second of the day when it reopens.
    pub end_s: f64,
    /// Speed limit beside the works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_limit_kmh: Option<f64>,
}

/// `corridors.toml`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CorridorsFile {
    /// Number of the format.
    pub schema: u32,
    /// Corridors, the most important first.
    #[serde(default, rename = "corridor")]
    pub corridors: Vec<CorridorFile>,
}

/// A road along which signals are coordinated.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CorridorFile {
    /// Name for people.
    pub name: String,
    /// Names of its two directions for people: the order of the signals, then the opposite.
    #[serde(deserialize_with = "exactly")]
    pub directions: [String; 2],
    /// Whether the last signal leads back to the first.
    #[serde(default, skip_serializing_if = "zero_is_default")]
    pub ring: bool,
    /// Its signals in order.
    #[schemars(with = "Vec<String>")]
    pub signals: Vec<Reference>,
}
