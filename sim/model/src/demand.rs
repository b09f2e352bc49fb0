//! Who travels: vehicle types, trips and flows.

mod walking;

pub use walking::Walking;

use crate::id::{IdVec, LinkId, StopId, VehicleTypeId};
use crate::quantity::{Flow, Span};
use crate::vehicle::VehicleType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A quarter of an hour, in seconds: the interval of traffic counts.
pub const QUARTER_HOUR: f64 = 900.0;

/// Everything that wants to travel.
#[derive(Debug, Clone)]
pub struct Demand {
    /// Vehicle types.
    pub types: IdVec<VehicleTypeId, VehicleType>,
    /// Single trips, sorted by departure.
    pub trips: Vec<Trip>,
    /// Flows, in file order.
    pub flows: Vec<Stream>,
    /// People on foot, in file order.
    pub walking: Vec<Walking>,
    /// Where the numbers come from, `"assumed: …"` where nobody counted.
    pub source: String,
    /// How many times the demand of the files travels; 1 when loaded.
    pub factor: f64,
    /// Who goes by the travel times of the moment.
    pub choice: RouteChoice,
}

/// Drivers who know how long the links take now (Routenwahl); off by default. Only those choose whose way is the fastest,
/// and not given link by link, and neither buses nor trams.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RouteChoice {
    /// Share of drivers who choose by the times at their departure, 0 to 1.
    pub informed_share: f64,
    /// Share of drivers who choose anew on the road, once a minute, 0 to 1.
    pub rerouting_share: f64,
    /// What another way has to gain on the road. Assumed: 60 s.
    pub min_gain: Span,
}

impl Default for RouteChoice {
    fn default() -> Self {
        Self { informed_share: 0.0, rerouting_share: 0.0, min_gain: Span::seconds_f64(60.0) }
    }
}

impl RouteChoice {
    /// Whether nobody chooses.
    pub fn is_off(&self) -> bool {
        self.informed_share <= 0.0 && self.rerouting_share <= 0.0
    }
}

/// Why demand cannot be multiplied.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScaleError {
    /// No number of vehicles.
    #[error("{0} times the demand is not between 0 and 10 times")]
    Factor(f64),
    /// Platoons that overlap.
    #[error("{factor} times flow \"{name}\" has a vehicle every {spacing:.2} s, closer than its platoons")]
    Platoons {
        /// The factor.
        factor: f64,
        /// The flow.
        name: String,
        /// Mean spacing at its peak, in seconds.
        spacing: f64,
    },
}

impl Demand {
    /// Lets the demand of the files travel `factor` times: flows, those on foot too, are multiplied, trips repeated or left
    /// out by chance.
    ///
    /// # Errors
    /// A factor outside 0 to 10, or platoons that would overlap.
    pub fn scale(&mut self, factor: f64) -> Result<(), ScaleError> {
        if !(0.0..=10.0).contains(&factor) {
            return Err(ScaleError::Factor(factor));
        }
        if let Some((flow, spacing)) = self.flows.iter().find_map(|f| f.too_dense(factor).map(|s| (f, s))) {
            return Err(ScaleError::Platoons { factor, name: flow.name.clone(), spacing });
        }
        self.factor = factor;
        Ok(())
    }
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
    /// Whether a driver may choose the way.
    pub fn is_free(&self) -> bool {
        matches!(self, Self::Fastest { .. })
    }

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
    /// At which stops it calls, in the order of its way; then that is [`Itinerary::Links`].
    pub calls: Vec<Call>,
}

/// A call of a vehicle at a stop (Halt).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Call {
    /// The stop.
    pub stop: StopId,
    /// Index in the way of the link at which the stop lies.
    pub leg: usize,
    /// How long the vehicle stands.
    pub dwell: Dwell,
    /// Earliest departure, in seconds of the day.
    pub not_before: Option<Span>,
}

/// How long a vehicle stands at a stop (Fahrgastwechselzeit), doors and passengers included.
///
/// Log-normal, which is assumed: times are positive and now and then long. Published coefficients of variation are 0.4 to
/// 0.8. Source of these: Transit Capacity and Quality of Service Manual, 3rd ed., TCRP Report 165 (2013), ch. 6.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dwell {
    /// Mean.
    pub mean: Span,
    /// Standard deviation.
    pub deviation: Span,
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
    /// In platoons, as they come from a signal upstream; see [`Platoon`].
    Platoon,
}

/// Platoons of a flow: so many vehicles on average, so far apart, and the platoons at random.
///
/// Sizes are geometric; the pause between two platoons is the spacing and an exponential time, so that the mean flow holds.
/// Source: Cowan, "Useful headway models", Transportation Research 9 (1975) 371-375, model M3: the share of vehicles that do
/// not follow another is one over the mean size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Platoon {
    /// Mean number of vehicles, 1 or more.
    pub size: f64,
    /// From one vehicle's front to the next within a platoon.
    pub spacing: Span,
}

impl Default for Platoon {
    /// Four vehicles two seconds apart. Both assumed: a short queue that leaves a signal with 1,800 vehicles an hour.
    fn default() -> Self {
        Self { size: 4.0, spacing: Span::seconds_f64(2.0) }
    }
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
    /// How many, on average over the interval.
    pub flow: Flow,
    /// Flow of each quarter of an hour from `begin` on, over `flow`; empty where it is steady.
    pub profile: Vec<f64>,
    /// When within the interval.
    pub arrivals: Arrivals,
    /// Its platoons, where it arrives in such.
    pub platoon: Platoon,
    /// How they enter.
    pub departure: Departure,
    /// At which stops they call, in the order of their way; then that is [`Itinerary::Links`].
    pub calls: Vec<Call>,
}

impl Stream {
    /// Mean flow between two seconds of the day, over `flow`.
    pub fn relative_flow(&self, begin: f64, end: f64) -> f64 {
        let within = |from: f64, to: f64| (to.min(end) - from.max(begin)).max(0.0) / (end - begin);
        if self.profile.is_empty() {
            return within(self.begin.get(), self.end.get());
        }
        self.quarters().map(|(from, to, relative)| relative * within(from, to)).sum()
    }

    /// Quarters of an hour as (begin, end, flow over `flow`), in seconds of the day; none where the flow is steady.
    pub fn quarters(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        let begin = |i: usize| self.begin.get() + i as f64 * QUARTER_HOUR;
        self.profile.iter().enumerate().map(move |(i, &relative)| (begin(i), begin(i + 1), relative))
    }

    /// The largest flow within the interval.
    pub fn peak(&self) -> Flow {
        let highest = self.profile.iter().copied().reduce(f64::max);
        self.flow * highest.unwrap_or(1.0)
    }

    /// Mean spacing at the peak of `factor` times the flow, in seconds, when it is too short for its platoons.
    pub fn too_dense(&self, factor: f64) -> Option<f64> {
        let spacing = 1.0 / (self.peak().get() * factor);
        (self.arrivals == Arrivals::Platoon && spacing <= self.platoon.spacing.get()).then_some(spacing)
    }

    /// The same flow in parts that are steady.
    pub fn steady_parts(&self) -> Vec<Self> {
        if self.profile.is_empty() {
            return vec![self.clone()];
        }
        let part = |(begin, end, relative)| Self {
            begin: Span::seconds_f64(begin),
            end: Span::seconds_f64(end),
            flow: self.flow * relative,
            profile: Vec::new(),
            ..self.clone()
        };
        self.quarters().map(part).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted() -> Stream {
        Stream {
            name: "counted".into(),
            mix: Vec::new(),
            itinerary: Itinerary::Links(Vec::new()),
            begin: Span::seconds_f64(3600.0),
            end: Span::seconds_f64(5400.0),
            flow: Flow::veh_per_h(200.0),
            profile: vec![0.5, 1.5],
            arrivals: Arrivals::Poisson,
            platoon: Platoon::default(),
            departure: Departure::default(),
            calls: Vec::new(),
        }
    }

    #[test]
    fn a_counted_flow_has_the_mean_of_the_quarters_that_are_asked_for() {
        let stream = counted();
        let mean = |begin, end| stream.relative_flow(begin, end);
        assert_eq!([mean(3600.0, 5400.0), mean(3600.0, 4500.0), mean(4500.0, 6300.0), mean(0.0, 3600.0)], [1.0, 0.5, 0.75, 0.0]);
        assert_eq!(stream.peak(), Flow::veh_per_h(300.0));
    }

    #[test]
    fn demand_is_multiplied_as_far_as_its_platoons_have_room() {
        let bunched = Stream { arrivals: Arrivals::Platoon, flow: Flow::veh_per_h(800.0), ..counted() };
        let mut demand = Demand {
            types: IdVec::default(),
            trips: Vec::new(),
            flows: vec![bunched],
            walking: Vec::new(),
            source: String::new(),
            factor: 1.0,
            choice: RouteChoice::default(),
        };
        assert_eq!((demand.scale(1.2), demand.factor), (Ok(()), 1.2));
        // 1,200 veh/h at the peak, two seconds apart.
        assert!(matches!(demand.scale(1.5), Err(ScaleError::Platoons { .. })));
        assert!([-1.0, f64::NAN, 11.0].map(|f| demand.scale(f).is_err()).iter().all(|e| *e));
        assert_eq!(demand.factor, 1.2);
    }

    #[test]
    fn the_steady_parts_carry_as_many_vehicles() {
        let count = |s: &Stream| s.flow.get() * (s.end.get() - s.begin.get());
        let parts = counted().steady_parts();
        assert_eq!(parts.iter().map(count).map(f64::round).collect::<Vec<_>>(), [25.0, 75.0]);
        assert!(parts.iter().all(|p| p.profile.is_empty()));
    }
}
