//! The files of a scenario folder as they are written: mirrors of the TOML, names not yet resolved.
//!
//! | file | mirror |
//! |---|---|
//! | `scenario.toml` | [`ScenarioFile`] |
//! | `network.toml` | [`NetworkFile`] |
//! | `signals.toml` | [`SignalsFile`]; absent when nothing is signalised |
//! | `plans/*.toml` | [`PlanFile`], one plan for all signals each |
//! | `demand.toml` | [`DemandFile`] |
//! | `roadworks.toml` | [`RoadworksFile`]; absent when there are none |
//! | `corridors.toml` | [`CorridorsFile`]; absent when nothing is to be coordinated along a road |
//!
//! Every file begins with `schema = 1`. Keys carry their unit at the end.

mod counts;
mod matrix;
mod walking;

pub use counts::{CountsFile, EntryFile, TurnFile};
pub use matrix::{MatrixFile, ZoneFile, ZoneLinkFile};
pub use walking::{PushButtonFile, WalkingFile};

use crate::demand::{Arrivals, DepartLane, DepartSpeed};
use crate::detector::{DetectorKind, FaultKind};
use crate::emission::EmissionClass;
use crate::network::{Control, Origin, Turn};
use crate::signal::{Grade, GroupKind};
use crate::vehicle::{FollowingModel, VehicleClass};
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
    /// Detectors that are broken for a time.
    #[serde(default, rename = "fault", skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<DetectorFaultFile>,
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

/// A call at a stop.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallFile {
    /// The stop.
    #[schemars(with = "String")]
    pub stop: Reference,
    /// Mean dwell, 0 to 3600; that of the trip or flow when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dwell_mean_s: Option<f64>,
    /// Standard deviation of the dwell, 0 to 3600; that of the trip or flow when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dwell_deviation_s: Option<f64>,
    /// Earliest departure, second of the day; in trips only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before_s: Option<f64>,
}

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

/// `demand.toml`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DemandFile {
    /// Number of the format.
    pub schema: u32,
    /// Where the numbers come from.
    pub source: String,
    /// Vehicle types.
    #[serde(default, rename = "vehicle_type")]
    pub types: Vec<VehicleTypeFile>,
    /// Flows.
    #[serde(default, rename = "flow", skip_serializing_if = "Vec::is_empty")]
    pub flows: Vec<FlowFile>,
    /// Single trips.
    #[serde(default, rename = "trip", skip_serializing_if = "Vec::is_empty")]
    pub trips: Vec<TripFile>,
    /// Zones, for the matrices.
    #[serde(default, rename = "zone", skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<ZoneFile>,
    /// Origin-destination matrices.
    #[serde(default, rename = "matrix", skip_serializing_if = "Vec::is_empty")]
    pub matrices: Vec<MatrixFile>,
    /// Turning counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<CountsFile>,
    /// People on foot at crossings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub walking: Vec<WalkingFile>,
    /// Who goes by the travel times of the moment; nobody when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route_choice: Option<RouteChoiceFile>,
}

impl DemandFile {
    /// A demand in which nobody travels, with where its numbers come from.
    pub fn empty(source: impl Into<String>) -> Self {
        Self {
            schema: SCHEMA,
            source: source.into(),
            types: Vec::new(),
            flows: Vec::new(),
            trips: Vec::new(),
            zones: Vec::new(),
            matrices: Vec::new(),
            counts: Vec::new(),
            walking: Vec::new(),
            route_choice: None,
        }
    }
}

/// Drivers who know how long the links take now; of those with `from` and `to`, but no buses and trams.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteChoiceFile {
    /// Share of drivers who choose their way by the times at their departure; 0 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub informed_share: Option<Spanned<f64>>,
    /// Share of drivers who choose anew on the road, once a minute; 0 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub rerouting_share: Option<Spanned<f64>>,
    /// What another way has to gain on the road; 60 when absent, which is assumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub min_gain_s: Option<Spanned<f64>>,
}

/// A vehicle type; what is absent is as usual for the class.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VehicleTypeFile {
    /// Name, unique among vehicle types.
    #[schemars(with = "String")]
    pub name: Reference,
    /// Class.
    pub class: VehicleClass,
    /// Bumper to bumper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_m: Option<f64>,
    /// Across.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width_m: Option<f64>,
    /// Net gap at standstill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_gap_m: Option<f64>,
    /// Top speed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_speed_kmh: Option<f64>,
    /// Following model; the Intelligent Driver Model when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub following: Option<FollowingModel>,
    /// Acceleration from standstill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acceleration_m_per_s2: Option<f64>,
    /// Comfortable deceleration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deceleration_m_per_s2: Option<f64>,
    /// Hardest deceleration, 0.5 to 12, not less than the comfortable one; when absent 8 on tyres and 2.73 of a tram, or the
    /// comfortable one where that is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency_deceleration_m_per_s2: Option<f64>,
    /// Net time gap kept to the leader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_gap_s: Option<f64>,
    /// Share of the acceleration that a driver of Krauss loses by chance in a step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imperfection: Option<f64>,
    /// Desired speed over the limit, mean over drivers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_factor: Option<f64>,
    /// Desired speed over the limit, standard deviation over drivers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_factor_deviation: Option<f64>,
    /// What drives it; when absent, as usual for the class: a petrol car of Euro 4, diesel lorries and buses of Euro VI, a
    /// diesel van for emergency vehicles, nothing for trams and bicycles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emission_class: Option<EmissionClass>,
}

impl VehicleTypeFile {
    /// A type in which everything is as usual for its class.
    pub fn usual(name: impl Into<String>, class: VehicleClass) -> Self {
        Self {
            name: reference(name),
            class,
            length_m: None,
            width_m: None,
            min_gap_m: None,
            max_speed_kmh: None,
            following: None,
            acceleration_m_per_s2: None,
            deceleration_m_per_s2: None,
            emergency_deceleration_m_per_s2: None,
            time_gap_s: None,
            imperfection: None,
            speed_factor: None,
            speed_factor_deviation: None,
            emission_class: None,
        }
    }
}

/// A flow: `from` and `to`, or `route`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowFile {
    /// Name.
    pub name: String,
    /// Vehicle types with their shares, which sum to 1.
    pub mix: Vec<ShareFile>,
    /// First link; the rest of the way is the fastest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub from: Option<Reference>,
    /// Last link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub to: Option<Reference>,
    /// Every link of the way, in place of `from` and `to`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<String>>")]
    pub route: Option<Vec<Reference>>,
    /// First second of the day.
    pub begin_s: f64,
    /// Second of the day when it ends.
    pub end_s: f64,
    /// How many, when steadily.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow_veh_per_h: Option<f64>,
    /// How many in each quarter of an hour from `begin_s` to `end_s`, in place of `flow_veh_per_h`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub veh_per_quarter_h: Vec<f64>,
    /// When within the interval.
    #[serde(default)]
    pub arrivals: Arrivals,
    /// Mean number of vehicles of a platoon, with `arrivals = "platoon"`; 4 when absent, which is assumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platoon_mean_veh: Option<f64>,
    /// From front to front within a platoon; 2 when absent, which is assumed: a lane that leaves a queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platoon_spacing_s: Option<f64>,
    /// Lane it enters on.
    #[serde(default)]
    pub depart_lane: DepartLane,
    /// Speed it enters with.
    #[serde(default)]
    pub depart_speed: DepartSpeed,
    /// Mean dwell at each of its stops that has none of its own, 0 to 3600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dwell_mean_s: Option<f64>,
    /// Standard deviation of the dwell at each of its stops that has none of its own, 0 to 3600; 0 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dwell_deviation_s: Option<f64>,
    /// Stops at which it calls, in the order of its way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<CallFile>,
}

impl FlowFile {
    /// A flow that says no more than it must: at random, on the best lane, as fast as is safe, without stops, and without
    /// vehicle types and a way yet.
    pub fn steady(name: impl Into<String>, (begin_s, end_s): (f64, f64), veh_per_h: f64) -> Self {
        Self {
            name: name.into(),
            mix: Vec::new(),
            from: None,
            to: None,
            route: None,
            begin_s,
            end_s,
            flow_veh_per_h: Some(veh_per_h),
            veh_per_quarter_h: Vec::new(),
            arrivals: Arrivals::Poisson,
            platoon_mean_veh: None,
            platoon_spacing_s: None,
            depart_lane: DepartLane::Best,
            depart_speed: DepartSpeed::Desired,
            dwell_mean_s: None,
            dwell_deviation_s: None,
            stops: Vec::new(),
        }
    }
}

/// A vehicle type's share of a flow.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareFile {
    /// The vehicle type.
    #[serde(rename = "type")]
    #[schemars(with = "String")]
    pub vehicle_type: Reference,
    /// Its share, 0 to 1.
    pub share: f64,
}

/// A trip: `from` and `to`, or `route`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TripFile {
    /// Name.
    pub name: String,
    /// Vehicle type.
    #[serde(rename = "type")]
    #[schemars(with = "String")]
    pub vehicle_type: Reference,
    /// When it is due, second of the day.
    pub depart_s: f64,
    /// First link; the rest of the way is the fastest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub from: Option<Reference>,
    /// Last link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub to: Option<Reference>,
    /// Every link of the way, in place of `from` and `to`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<String>>")]
    pub route: Option<Vec<Reference>>,
    /// Lane it enters on.
    #[serde(default)]
    pub depart_lane: DepartLane,
    /// Speed it enters with.
    #[serde(default)]
    pub depart_speed: DepartSpeed,
    /// Mean dwell at each of its stops that has none of its own, 0 to 3600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dwell_mean_s: Option<f64>,
    /// Standard deviation of the dwell at each of its stops that has none of its own, 0 to 3600; 0 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dwell_deviation_s: Option<f64>,
    /// Stops at which it calls, in the order of its way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<CallFile>,
}

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
