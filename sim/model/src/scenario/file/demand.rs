//! `demand.toml`: vehicle types, flows, trips and how drivers choose their way.

use super::{CountsFile, MatrixFile, Reference, SCHEMA, WalkingFile, ZoneFile, reference};
use crate::demand::{Arrivals, DepartLane, DepartSpeed};
use crate::emission::EmissionClass;
use crate::vehicle::{FollowingModel, VehicleClass};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

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
