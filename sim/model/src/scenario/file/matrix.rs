//! Zones and origin-destination matrices as they are written in `demand.toml`.

use super::{Reference, ShareFile};
use crate::demand::{DepartLane, DepartSpeed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

/// A zone (Verkehrszelle): where trips begin and end.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ZoneFile {
    /// Name, unique among zones.
    #[schemars(with = "String")]
    pub name: Reference,
    /// Links where its trips begin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<ZoneLinkFile>,
    /// Links where trips to it end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<ZoneLinkFile>,
}

/// A link of a zone.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ZoneLinkFile {
    /// The link.
    #[schemars(with = "String")]
    pub link: Reference,
    /// Its part of the zone's trips, relative to the other links of the list.
    #[serde(default = "one")]
    pub weight: f64,
}

fn one() -> f64 {
    1.0
}

/// A matrix of flows between zones (Quelle-Ziel-Matrix). All arrivals are at random; every way is the fastest.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatrixFile {
    /// Name.
    #[schemars(with = "String")]
    pub name: Reference,
    /// Vehicle types with their shares, which sum to 1.
    pub mix: Vec<ShareFile>,
    /// First second of the day.
    pub begin_s: f64,
    /// Second of the day when it ends.
    pub end_s: f64,
    /// The zones, in the order of rows and columns.
    #[schemars(with = "Vec<String>")]
    pub zones: Vec<Reference>,
    /// A row for each zone of origin with a column for each of destination.
    #[schemars(with = "Vec<Vec<f64>>")]
    pub flow_veh_per_h: Vec<Spanned<Vec<f64>>>,
    /// Lane they enter on.
    #[serde(default)]
    pub depart_lane: DepartLane,
    /// Speed they enter with.
    #[serde(default)]
    pub depart_speed: DepartSpeed,
}
