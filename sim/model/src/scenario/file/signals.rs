//! `signals.toml` and `plans/*.toml`: signals with their groups, and signal plans.

use super::{Reference, exactly, exactly_if_any, zero_is_default};
use crate::signal::{Grade, GroupKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

/// `signals.toml`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalsFile {
    /// Number of the format.
    pub schema: u32,
    /// Signals.
    #[serde(default, rename = "signal")]
    pub signals: Vec<SignalFile>,
}

/// A signal with its safety data.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalFile {
    /// Name, unique among signals.
    #[schemars(with = "String")]
    pub name: Reference,
    /// Where groups and intergreens come from.
    pub source: String,
    /// Signal groups.
    #[serde(rename = "group")]
    pub groups: Vec<GroupFile>,
    /// Pairs of groups that are not simply compatible.
    #[serde(default, rename = "conflict", skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<ConflictFile>,
    /// Stages in their usual order.
    #[serde(default, rename = "stage", skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageFile>,
}

/// A signal group.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupFile {
    /// Name, unique within the signal.
    #[schemars(with = "String")]
    pub name: Reference,
    /// For whom.
    pub kind: GroupKind,
    /// Amber after green.
    pub amber_s: u16,
    /// Red-amber before green.
    pub red_amber_s: u16,
    /// Minimum green.
    pub min_green_s: u16,
    /// Minimum red between amber and red-amber.
    pub min_red_s: u16,
    /// Whether a plan may leave it red for ever.
    #[serde(default, skip_serializing_if = "zero_is_default")]
    pub may_stay_red: bool,
    /// The most green that plans may give it (Pförtnerampel), in percent of the cycle: 1 to 99. `optimise` keeps to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u16>")]
    pub max_green_percent: Option<Spanned<u16>>,
}

/// How two groups bear each other.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConflictFile {
    /// The two groups.
    #[schemars(with = "[String; 2]")]
    #[serde(deserialize_with = "exactly")]
    pub groups: [Reference; 2],
    /// `incompatible` or `conditional`.
    pub grade: Grade,
    /// Intergreens: the first group clears and the second enters, then the other way round.
    #[serde(default, deserialize_with = "exactly_if_any", skip_serializing_if = "Option::is_none")]
    pub intergreen_s: Option<[u16; 2]>,
}

/// A stage.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageFile {
    /// Name within the signal.
    pub name: String,
    /// Groups that show green.
    #[schemars(with = "Vec<String>")]
    pub greens: Vec<Reference>,
}

/// `plans/NAME.toml`: one plan for every signal.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    /// Number of the format.
    pub schema: u32,
    /// Name, as in the file's name.
    pub name: String,
    /// How it was made.
    pub source: String,
    /// One entry per signal.
    #[serde(default, rename = "signal")]
    pub signals: Vec<SignalPlanFile>,
}

/// The plan of one signal.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalPlanFile {
    /// The signal.
    #[schemars(with = "String")]
    pub name: Reference,
    /// Cycle time.
    pub cycle_s: u16,
    /// Offset.
    pub offset_s: u16,
    /// Greens.
    #[serde(rename = "green")]
    pub greens: Vec<GreenFile>,
}

/// A green of one group.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GreenFile {
    /// The group.
    #[schemars(with = "String")]
    pub group: Reference,
    /// First second of the cycle that is green.
    pub from_s: u16,
    /// First second that is not; equal to `from_s` for green all the time.
    pub to_s: u16,
}
