//! Who travels: vehicle types, trips and flows.

use crate::id::{IdVec, LinkId, VehicleTypeId};
use crate::quantity::{Flow, Span};
use crate::vehicle::VehicleType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Everything that wants to travel.
#[derive(Debug, Clone, Default)]
pub struct Demand {
    /// Vehicle types.
    pub types: IdVec<VehicleTypeId, VehicleType>,
    /// Single trips, sorted by departure.
    pub trips: Vec<Trip>,
    /// Flows, in file order.
    pub flows: Vec<Stream>,
    /// Where the numbers come from, `"assumed: …"` where nobody counted.
    pub source: String,
}

/// Which way to go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Itinerary {
    /// From a link to a link by the way that is fastest when the roads are empty.
    Fastest {
        /// First link.
        from: LinkId,
        /// Last link.
        to: LinkId,
    },
    /// Along these links, each connected to the next.
    Links(Vec<LinkId>),
}

impl Itinerary {
    /// First link.
    pub fn origin(&self) -> LinkId {
        match self {
            Self::Fastest { from, .. } => *from,
            Self::Links(links) => links[0],
        }
    }

    /// Last link.
    pub fn destination(&self) -> LinkId {
        match self {
            Self::Fastest { to, .. } => *to,
            Self::Links(links) => links[links.len() - 1],
        }
    }
}

/// Which lane a vehicle enters on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DepartLane {
    /// The rightmost that admits the class.
    First,
    /// The emptiest of those from which the route goes on.
    #[default]
    Best,
}

/// How fast a vehicle enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DepartSpeed {
    /// From standstill.
    Zero,
    /// As fast as it would like and safely can.
    #[default]
    Desired,
}

/// How a vehicle enters the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Departure {
    /// On which lane.
    pub lane: DepartLane,
    /// How fast.
    pub speed: DepartSpeed,
}

/// One vehicle's trip.
#[derive(Debug, Clone)]
pub struct Trip {
    /// Name in the demand file; for messages and export only.
    pub name: String,
    /// Vehicle type.
    pub vehicle: VehicleTypeId,
    /// When it is due to enter, in seconds of the day.
    pub depart: Span,
    /// Which way.
    pub itinerary: Itinerary,
    /// How it enters.
    pub departure: Departure,
}

/// When the vehicles of a flow arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Arrivals {
    /// At random: exponential gaps.
    #[default]
    Poisson,
    /// At equal gaps.
    Even,
}

/// A flow of like trips.
#[derive(Debug, Clone)]
pub struct Stream {
    /// Name in the demand file.
    pub name: String,
    /// Vehicle types with their shares, which sum to 1.
    pub mix: Vec<(VehicleTypeId, f64)>,
    /// Which way.
    pub itinerary: Itinerary,
    /// First second of the day.
    pub begin: Span,
    /// Second of the day when it ends.
    pub end: Span,
    /// How many.
    pub flow: Flow,
    /// When within the interval.
    pub arrivals: Arrivals,
    /// How they enter.
    pub departure: Departure,
}
