//! The files of a scenario folder as they are written: mirrors of the TOML, names not yet resolved.
//!
//! | file | mirror |
//! |---|---|
//! | `scenario.toml` | [`ScenarioFile`] |
//! | `network.toml` | [`NetworkFile`] |
//! | `signals.toml` | [`SignalsFile`]; absent when nothing is signalised |
//! | `plans/*.toml` | [`PlanFile`], one plan for all signals each |
//! | `demand.toml`, and those of [`PeriodFile`] | [`DemandFile`] |
//! | `roadworks.toml` | [`RoadworksFile`]; absent when there are none |
//! | `corridors.toml` | [`CorridorsFile`]; absent when nothing is to be coordinated along a road |
//!
//! Every file begins with `schema = 1`. Keys carry their unit at the end.

mod counts;
mod demand;
mod matrix;
mod network;
mod signals;
mod walking;
mod works;

pub use counts::{CountsFile, EntryFile, TurnFile};
pub use demand::{CallFile, DemandFile, FlowFile, RouteChoiceFile, ShareFile, TripFile, VehicleTypeFile};
pub use matrix::{MatrixFile, ZoneFile, ZoneLinkFile};
pub use network::{CrossingFile, DetectorFile, IntersectionFile, LaneFile, LinkFile, MovementFile, NetworkFile, StopFile};
pub use signals::{ConflictFile, GreenFile, GroupFile, PlanFile, SignalFile, SignalPlanFile, SignalsFile, StageFile};
pub use walking::{PushButtonFile, WalkingFile};
pub use works::{ClosureFile, CorridorFile, CorridorsFile, RoadworkFile, RoadworksFile};

use crate::detector::FaultKind;
use crate::signal::TransitionMethod;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use toml::Spanned;

/// The number of the format that this program writes.
pub const SCHEMA: u32 = 1;

/// A name that refers to something elsewhere; keeps its place in the file for messages.
pub type Reference = Spanned<String>;

/// A reference that was made by a program and has no place in a file.
pub fn reference(name: impl Into<String>) -> Reference {
    Spanned::new(0..0, name.into())
}

/// An array of a fixed length: TOML arrays that are longer are faults too, not cut.
fn exactly<'de, D: Deserializer<'de>, T: Deserialize<'de>, const N: usize>(from: D) -> Result<[T; N], D::Error> {
    fixed(Vec::deserialize(from)?)
}

fn exactly_if_any<'de, D: Deserializer<'de>, T: Deserialize<'de>, const N: usize>(from: D) -> Result<Option<[T; N]>, D::Error> {
    Option::<Vec<T>>::deserialize(from)?.map(fixed).transpose()
}

fn each_exactly<'de, D: Deserializer<'de>, T: Deserialize<'de>, const N: usize>(from: D) -> Result<Vec<[T; N]>, D::Error> {
    Vec::<Vec<T>>::deserialize(from)?.into_iter().map(fixed).collect()
}

fn fixed<T, E: serde::de::Error, const N: usize>(values: Vec<T>) -> Result<[T; N], E> {
    let count = values.len();
    values.try_into().map_err(|_| E::custom(format_args!("{count} values where {N} belong")))
}

fn zero_is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// `scenario.toml`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// Number of the format.
    pub schema: u32,
    /// Short name, as in the folder's name.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// Name of the period that these times and `demand.toml` are, such as `morning`; without a name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub period_name: Option<Reference>,
    /// First second of the local day.
    pub begin_s: u32,
    /// Second of the local day when the run ends.
    pub end_s: u32,
    /// Seconds before `begin_s` in which the network fills and nothing is measured; 0 when absent.
    #[serde(default, skip_serializing_if = "zero_is_default")]
    pub warm_up_s: u32,
    /// Step of the simulation: 1, 0.5, 0.25, 0.2 or 0.1.
    pub step_s: f64,
    /// The plan that runs when none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub default_plan: Option<Reference>,
    /// Attribution that has to be shown with everything made from the scenario.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub attribution: String,
    /// What is assumed, not measured; every report repeats it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assumptions: Vec<String>,
    /// How signals go from one plan of the day to the next: `dwell`, `add`, `shortway` or `quadratic`, which it is when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transition: Option<TransitionMethod>,
    /// Which plan runs from when on, in order of time; the same every day. The default plan runs all the time when absent.
    #[serde(default, rename = "day_plan", skip_serializing_if = "Vec::is_empty")]
    pub day_plan: Vec<SwitchFile>,
    /// Detectors that are broken for a time.
    #[serde(default, rename = "fault", skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<DetectorFaultFile>,
    /// Other periods of the day, each with its own demand.
    #[serde(default, rename = "period", skip_serializing_if = "Vec::is_empty")]
    pub periods: Vec<PeriodFile>,
}

/// Another period of the day: the same streets, signals and plans with other times and another demand.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodFile {
    /// Short name, such as `midday`.
    #[schemars(with = "String")]
    pub name: Reference,
    /// One line for people, in the place of that of the scenario.
    pub title: String,
    /// First second of the local day.
    pub begin_s: u32,
    /// Second of the local day when the run ends.
    #[schemars(with = "u32")]
    pub end_s: Spanned<u32>,
    /// Seconds before `begin_s` in which the network fills and nothing is measured; 0 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u32>")]
    pub warm_up_s: Option<Spanned<u32>>,
    /// Who travels: a file of the folder with the format of `demand.toml`, such as `demand/midday.toml`.
    #[schemars(with = "String")]
    pub demand: Reference,
    /// The plan that runs when none is named; that of the scenario when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub default_plan: Option<Reference>,
}

/// A switch of plans at a time of the day.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchFile {
    /// Second of the local day from which on the plan runs, below 86,400.
    #[schemars(with = "u32")]
    pub from_s: Spanned<u32>,
    /// The plan.
    #[schemars(with = "String")]
    pub plan: Reference,
}

/// A detector that is broken for a time.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DetectorFaultFile {
    /// The detector.
    #[schemars(with = "String")]
    pub detector: Reference,
    /// How it is broken.
    pub kind: FaultKind,
    /// First second of the day at which it is.
    pub from_s: f64,
    /// Second of the day at which it works again.
    pub to_s: f64,
}
