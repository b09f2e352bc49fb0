//! Turning counts as they are written in `demand.toml`.

use super::{Reference, ShareFile};
use crate::demand::{DepartLane, DepartSpeed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Counts of who enters and who turns where (Knotenstromzählung), from which the flows of whole ways are estimated. All
/// arrivals are at random.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountsFile {
    /// Name.
    #[schemars(with = "String")]
    pub name: Reference,
    /// Vehicle types with their shares, which sum to 1.
    pub mix: Vec<ShareFile>,
    /// First second of the day.
    pub begin_s: f64,
    /// Second of the day when it ends.
    pub end_s: f64,
    /// How far the estimate may be from a count: the GEH statistic, 5 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_geh: Option<f64>,
    /// Links where they leave the network although the road goes on; they leave at the ends of roads anyway.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub exits: Vec<Reference>,
    /// Lane they enter on.
    #[serde(default)]
    pub depart_lane: DepartLane,
    /// Speed they enter with.
    #[serde(default)]
    pub depart_speed: DepartSpeed,
    /// Where they enter.
    #[serde(default, rename = "entry")]
    pub entries: Vec<EntryFile>,
    /// How they turn.
    #[serde(default, rename = "turn")]
    pub turns: Vec<TurnFile>,
}

/// An entry of counted traffic.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryFile {
    /// The link.
    #[schemars(with = "String")]
    pub link: Reference,
    /// How many; as many as turn from the link when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow_veh_per_h: Option<f64>,
}

/// A counted turn: `flow_veh_per_h`, or its `share` of the link; alike for all turns of a link.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TurnFile {
    /// Link they come from.
    #[schemars(with = "String")]
    pub from: Reference,
    /// Link they turn to.
    #[schemars(with = "String")]
    pub to: Reference,
    /// How many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow_veh_per_h: Option<f64>,
    /// Which part of those on the link; the parts of a link sum to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
}
