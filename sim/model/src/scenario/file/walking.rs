//! People on foot: how many cross where, and the buttons they press.

use super::Reference;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// People who cross at one crossing, counted and not told apart.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WalkingFile {
    /// The crossing.
    #[schemars(with = "String")]
    pub crossing: Reference,
    /// First second of the day.
    pub begin_s: f64,
    /// Second of the day when it ends.
    pub end_s: f64,
    /// How many cross from the first point of the crossing to the last, 0 to 20000; at random times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forward_persons_per_h: Option<f64>,
    /// How many cross the other way, 0 to 20000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backward_persons_per_h: Option<f64>,
    /// Mean number of people who arrive together and walk at one pace, 1 to 50; 1 when absent: everyone for themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_mean_persons: Option<f64>,
    /// Walking speed, mean, 0.3 to 3; 1.3 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_m_per_s: Option<f64>,
    /// Walking speed, standard deviation, 0 to 0.4; 0.2 when absent. Nobody differs by more than two deviations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_deviation_m_per_s: Option<f64>,
}

/// A push button with which people on foot ask for green.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PushButtonFile {
    /// Name, unique among push buttons.
    #[schemars(with = "String")]
    pub name: Reference,
    /// The crossing at which it stands, one with a signal group; it stands for both kerbs.
    #[schemars(with = "String")]
    pub crossing: Reference,
}
