//! From `demand.toml` to trips and flows that the network can carry.

mod calls;
mod counts;
mod flow;
mod matrix;
mod walking;

use super::Fault;
use super::file::{DemandFile, FlowFile, Reference, TripFile, VehicleTypeFile};
use super::folder::Sourced;
use super::load::LAST_SECOND;
use super::network::NetworkNames;
use crate::demand::{Demand, Departure, Itinerary, RouteChoice, Stream, Trip};
use crate::id::{IdVec, LinkId, VehicleTypeId};
use crate::network::Network;
use crate::quantity::{Acceleration, Length, Span, Speed};
use crate::routing;
use crate::vehicle::{VehicleClass, VehicleType};
use calls::Timetable;
use flow::Terms;
use std::collections::BTreeMap;
use toml::Spanned;

/// Checks `demand.toml`, or the demand of a period, against the network.
pub(super) struct DemandCheck<'a> {
    pub(super) source: &'a Sourced<DemandFile>,
    pub(super) network: &'a Network,
    pub(super) names: &'a NetworkNames,
    pub(super) reached: &'a mut Reached,
    pub(super) faults: &'a mut Vec<Fault>,
}

/// The vehicle types of the file.
struct Types<'a> {
    names: BTreeMap<&'a str, VehicleTypeId>,
    all: IdVec<VehicleTypeId, VehicleType>,
}

/// The parts that a flow and a trip share: which way, and for which vehicle classes.
struct Way<'a> {
    name: &'a str,
    from: Option<&'a Reference>,
    to: Option<&'a Reference>,
    route: Option<&'a [Reference]>,
    classes: Vec<VehicleClass>,
}

impl DemandCheck<'_> {
    fn say(&mut self, span: std::ops::Range<usize>, what: impl Into<String>, mend: impl Into<String>) {
        self.faults.push(self.source.fault(span, what, mend));
    }

    /// The demand, as far as it is sound.
    pub(super) fn check(mut self) -> Demand {
        let content = &self.source.content;
        let types = self.types(&content.types);
        let mut flows = Vec::new();
        for f in &content.flows {
            flows.extend(self.flow(f, &types));
        }
        let zones = self.zones();
        for m in &content.matrices {
            flows.extend(self.matrix(m, &types, &zones));
        }
        for c in &content.counts {
            flows.extend(self.counts(c, &types));
        }
        let mut trips = Vec::new();
        for t in &content.trips {
            trips.extend(self.trip(t, &types));
        }
        trips.sort_by(|a, b| a.depart.get().total_cmp(&b.depart.get()));
        let walking = content.walking.iter().filter_map(|w| self.walking(w)).collect();
        let choice = self.choice();
        Demand { types: types.all, trips, flows, walking, source: content.source.clone(), factor: 1.0, choice }
    }

    fn choice(&mut self) -> RouteChoice {
        let usual = RouteChoice::default();
        let Some(c) = &self.source.content.route_choice else { return usual };
        for (key, share) in [("informed_share", &c.informed_share), ("rerouting_share", &c.rerouting_share)] {
            if let Some(share) = share.as_ref().filter(|s| !(0.0..=1.0).contains(s.get_ref())) {
                self.say(share.span(), format!("{key} is {}", share.get_ref()), "give a share of 0 to 1");
            }
        }
        if let Some(gain) = c.min_gain_s.as_ref().filter(|s| !(0.0..=3600.0).contains(s.get_ref())) {
            self.say(gain.span(), format!("min_gain_s is {}", gain.get_ref()), "give 0 to 3600 s");
        }
        let share = |s: &Option<Spanned<f64>>| s.as_ref().map_or(0.0, |s| *s.get_ref());
        RouteChoice {
            informed_share: share(&c.informed_share),
            rerouting_share: share(&c.rerouting_share),
            min_gain: c.min_gain_s.as_ref().map_or(usual.min_gain, |s| Span::seconds_f64(*s.get_ref())),
        }
    }

    fn types<'f>(&mut self, files: &'f [VehicleTypeFile]) -> Types<'f> {
        let mut types = Types { names: BTreeMap::new(), all: IdVec::default() };
        for t in files {
            let id = types.all.push(self.vehicle_type(t));
            if types.names.insert(t.name.get_ref(), id).is_some() {
                self.say(t.name.span(), format!("vehicle type \"{}\" stands twice", t.name.get_ref()), "rename one");
            }
        }
        types
    }

    fn vehicle_type(&mut self, t: &VehicleTypeFile) -> VehicleType {
        let mut made = VehicleType { name: t.name.get_ref().clone(), ..VehicleType::usual(t.class) };
        made.following.model = t.following.unwrap_or_default();
        made.emission = t.emission_class.unwrap_or(made.emission);
        let mut set = |value: Option<f64>, range: std::ops::RangeInclusive<f64>, key: &str, store: &mut dyn FnMut(f64)| {
            let Some(value) = value else { return };
            if range.contains(&value) {
                store(value);
            } else {
                let what = format!("vehicle type \"{}\" has {key} = {value}", t.name.get_ref());
                self.say(t.name.span(), what, format!("give a value between {} and {}", range.start(), range.end()));
            }
        };
        set(t.length_m, 0.5..=60.0, "length_m", &mut |v| made.length = Length::metres(v));
        set(t.width_m, 0.3..=3.5, "width_m", &mut |v| made.width = Length::metres(v));
        set(t.min_gap_m, 0.1..=20.0, "min_gap_m", &mut |v| made.min_gap = Length::metres(v));
        set(t.max_speed_kmh, 1.0..=300.0, "max_speed_kmh", &mut |v| made.max_speed = Speed::kmh(v));
        set(t.acceleration_m_per_s2, 0.1..=10.0, "acceleration_m_per_s2", &mut |v| {
            made.following.acceleration = Acceleration::si(v);
        });
        set(t.deceleration_m_per_s2, 0.5..=10.0, "deceleration_m_per_s2", &mut |v| {
            made.following.deceleration = Acceleration::si(v);
        });
        set(t.emergency_deceleration_m_per_s2, 0.5..=12.0, "emergency_deceleration_m_per_s2", &mut |v| {
            made.emergency_deceleration = Acceleration::si(v);
        });
        set(t.time_gap_s, 0.1..=10.0, "time_gap_s", &mut |v| made.following.time_gap = Span::seconds_f64(v));
        set(t.imperfection, 0.0..=1.0, "imperfection", &mut |v| made.following.imperfection = v);
        set(t.speed_factor, 0.1..=3.0, "speed_factor", &mut |v| made.speed_factor = v);
        set(t.speed_factor_deviation, 0.0..=0.5, "speed_factor_deviation", &mut |v| made.speed_factor_deviation = v);
        let (usual, hardest) = (made.following.deceleration, made.emergency_deceleration);
        if usual > hardest && t.emergency_deceleration_m_per_s2.is_some() {
            let (name, usual, hardest) = (t.name.get_ref(), usual.get(), hardest.get());
            let what = format!("vehicle type \"{name}\" brakes at {usual} m/s² as a rule, and can at {hardest} m/s² only");
            self.say(t.name.span(), what, "give a lower deceleration_m_per_s2, or a higher emergency_deceleration_m_per_s2");
        }
        made.emergency_deceleration = hardest.max(usual);
        made
    }

    fn type_id(&mut self, name: &Reference, types: &Types<'_>) -> Option<VehicleTypeId> {
        let found = types.names.get(name.get_ref().as_str()).copied();
        if found.is_none() {
            self.say(name.span(), format!("vehicle type \"{}\" does not exist", name.get_ref()), "add it as [[vehicle_type]]");
        }
        found
    }

    fn flow(&mut self, f: &FlowFile, types: &Types<'_>) -> Option<Stream> {
        let span = f.mix.first().map_or(0..0, |s| s.vehicle_type.span());
        let terms = self.terms(&Terms::of_flow(f, span.clone()), types)?;
        let way = Way {
            name: &f.name,
            from: f.from.as_ref(),
            to: f.to.as_ref(),
            route: f.route.as_deref(),
            classes: terms.classes.clone(),
        };
        let itinerary = self.itinerary(&way, span.clone())?;
        let (itinerary, calls) = self.calls(&Timetable::of_flow(f, span.clone(), &terms.classes), itinerary)?;
        let (flow, profile) = self.volume(f, span.clone());
        let stream = Stream { calls, ..terms.stream(f.name.clone(), itinerary, flow, profile) };
        self.platoons_fit(&stream, span);
        Some(stream)
    }

    fn trip(&mut self, t: &TripFile, types: &Types<'_>) -> Option<Trip> {
        let vehicle = self.type_id(&t.vehicle_type, types)?;
        let span = t.vehicle_type.span();
        if !(0.0..=f64::from(LAST_SECOND)).contains(&t.depart_s) {
            self.say(span.clone(), format!("trip \"{}\" departs at {} s", t.name, t.depart_s), "give a second of the day");
        }
        let classes = vec![types.all[vehicle].class];
        let timetable = Timetable::of_trip(t, span.clone(), &classes);
        let way =
            Way { name: &t.name, from: t.from.as_ref(), to: t.to.as_ref(), route: t.route.as_deref(), classes: classes.clone() };
        let itinerary = self.itinerary(&way, span)?;
        let (itinerary, calls) = self.calls(&timetable, itinerary)?;
        Some(Trip {
            name: t.name.clone(),
            vehicle,
            depart: Span::seconds_f64(t.depart_s),
            itinerary,
            departure: Departure { lane: t.depart_lane, speed: t.depart_speed },
            calls,
        })
    }

    fn itinerary(&mut self, way: &Way<'_>, span: std::ops::Range<usize>) -> Option<Itinerary> {
        let source = self.source;
        match (way.from, way.to, way.route) {
            (Some(from), Some(to), None) => {
                let ends = (self.names.link(source, from, self.faults), self.names.link(source, to, self.faults));
                let (Some(from), Some(to)) = ends else { return None };
                self.reaches(way, span, (from, to));
                Some(Itinerary::Fastest { from, to })
            }
            (None, None, Some(route)) if !route.is_empty() => {
                let links: Vec<_> = route.iter().filter_map(|r| self.names.link(source, r, self.faults)).collect();
                if links.len() < route.len() {
                    return None;
                }
                self.follows(way, route, &links);
                Some(Itinerary::Links(links))
            }
            _ => {
                let what = format!("\"{}\" needs either from and to, or a route", way.name);
                self.say(span, what, "give both ends, or every link of the way, not both");
                None
            }
        }
    }

    fn reaches(&mut self, way: &Way<'_>, span: std::ops::Range<usize>, (from, to): (LinkId, LinkId)) {
        for &class in &way.classes {
            let network = self.network;
            let found = *self.reached.entry((class, from, to)).or_insert_with(|| {
                let times = routing::free_flow_times(network, class);
                routing::fastest(network, class, &times, from, to).is_some()
            });
            if !found {
                let (a, b) = (&self.network.links[from].name, &self.network.links[to].name);
                let what = format!("\"{}\" cannot get from \"{a}\" to \"{b}\" as {class:?}", way.name);
                self.say(span.clone(), what, "check one-ways, turns and lane classes between them, or take it out");
            }
        }
    }

    fn follows(&mut self, way: &Way<'_>, route: &[Reference], links: &[LinkId]) {
        for (i, pair) in links.windows(2).enumerate() {
            for &class in &way.classes {
                if !self.network.successors(pair[0], class).contains(&pair[1]) {
                    let (a, b) = (route[i].get_ref(), route[i + 1].get_ref());
                    let what = format!("the route of \"{}\" breaks: no movement from \"{a}\" to \"{b}\" for {class:?}", way.name);
                    self.say(route[i + 1].span(), what, "name connected links, or give from and to only");
                }
            }
        }
    }
}

/// Which pairs of links are known to be connected, by class.
pub(super) type Reached = BTreeMap<(VehicleClass, LinkId, LinkId), bool>;
