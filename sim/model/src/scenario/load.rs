//! From parsed files to a checked scenario: the frame, the demand and the roadworks.

use super::file::{FlowFile, Reference, TripFile, VehicleTypeFile};
use super::folder::{Files, Sourced};
use super::network::{NetworkNames, check_network};
use super::signals::{check_plans, check_signals};
use super::{Corridor, Fault, Faults, Scenario};
use crate::demand::{Demand, Departure, Itinerary, Stream, Trip};
use crate::id::{IdVec, LinkId, SignalId, VehicleTypeId};
use crate::network::Network;
use crate::quantity::{Acceleration, Flow, Length, Span, Speed};
use crate::roadworks::{Closed, Closure, Roadwork};
use crate::routing;
use crate::signal::Signal;
use crate::time::{DaySecond, Seconds, Step};
use crate::vehicle::{VehicleClass, VehicleType};
use std::collections::BTreeMap;

/// The longest run: three days.
const LAST_SECOND: u32 = 3 * 86_400;

impl Files {
    /// Checks the files and resolves every name.
    ///
    /// # Errors
    /// Every fault that can be told from the files.
    pub fn check(&self) -> Result<Scenario, Faults> {
        let mut faults = Vec::new();
        self.check_frame(&mut faults);
        let signals = check_signals(&self.signals, &mut faults);
        let plans = if faults.is_empty() { check_plans(&self.plans, &signals, &mut faults) } else { BTreeMap::new() };
        let (network, names) = check_network(&self.network, &signals, &mut faults);
        let demand = DemandCheck { files: self, network: &network, names: &names, faults: &mut faults }.check();
        let roadworks = self.check_roadworks(&network, &names, &mut faults);
        let corridors = self.check_corridors(&signals, &mut faults);
        let frame = &self.scenario.content;
        let default_plan = frame.default_plan.as_ref().map(|p| p.get_ref().clone());
        let default_plan = default_plan.or_else(|| (plans.len() == 1).then(|| plans.keys().next().cloned()).flatten());
        self.check_default_plan(default_plan.as_deref(), signals.is_empty(), &plans, &mut faults);
        if !faults.is_empty() {
            faults.sort();
            faults.dedup();
            return Err(Faults(faults));
        }
        Ok(Scenario {
            name: frame.name.clone(),
            title: frame.title.clone(),
            begin: DaySecond(frame.begin_s),
            end: DaySecond(frame.end_s),
            warm_up: Seconds(frame.warm_up_s as u16),
            step: Step::of_seconds(frame.step_s).expect("checked with the frame"),
            attribution: frame.attribution.clone(),
            assumptions: frame.assumptions.clone(),
            network,
            signals,
            plans,
            default_plan,
            demand,
            roadworks,
            corridors,
        })
    }

    fn check_frame(&self, faults: &mut Vec<Fault>) {
        let frame = &self.scenario.content;
        let mut say = |key: &str, what: String, mend: &str| faults.push(self.scenario.fault(self.scenario.key(key), what, mend));
        if frame.begin_s >= frame.end_s || frame.end_s > LAST_SECOND {
            let what = format!("the run from {} s to {} s is empty or too long", frame.begin_s, frame.end_s);
            say("end_s", what, "set end_s above begin_s, within three days");
        }
        if frame.warm_up_s > frame.begin_s || frame.warm_up_s > 43_200 {
            say(
                "warm_up_s",
                format!("the warm-up of {} s begins before the day", frame.warm_up_s),
                "set warm_up_s to at most begin_s and 12 h",
            );
        }
        if Step::of_seconds(frame.step_s).is_none() {
            say(
                "step_s",
                format!("a step of {} s does not divide a second", frame.step_s),
                "set step_s to 1, 0.5, 0.25, 0.2 or 0.1",
            );
        }
    }

    fn check_default_plan(
        &self,
        name: Option<&str>,
        unsignalised: bool,
        plans: &BTreeMap<String, super::PlanSet>,
        faults: &mut Vec<Fault>,
    ) {
        let span = self.scenario.content.default_plan.as_ref().map_or(0..0, toml::Spanned::span);
        let known = || plans.keys().cloned().collect::<Vec<_>>().join(", ");
        match name {
            // Whether a plan is missing can only be told once the plans themselves are sound.
            _ if !faults.is_empty() => {}
            Some(name) if !plans.contains_key(name) => {
                let mend = format!("name one of: {}", known());
                faults.push(self.scenario.fault(span, format!("the default plan \"{name}\" does not exist"), mend));
            }
            None if !unsignalised => {
                let mend = "add plans/NAME.toml and default_plan = \"NAME\"";
                faults.push(self.scenario.fault(span, "the scenario has signals, but no default plan", mend));
            }
            _ => {}
        }
    }

    fn check_corridors(&self, signals: &IdVec<SignalId, Signal>, faults: &mut Vec<Fault>) -> Vec<Corridor> {
        let source = &self.corridors;
        let checked = source.content.corridors.iter().map(|c| {
            let mut found: Vec<SignalId> = Vec::new();
            for name in &c.signals {
                match signals.enumerate().find(|(_, s)| s.name == *name.get_ref()) {
                    Some((id, _)) if found.contains(&id) => {
                        let what = format!("signal \"{}\" stands twice in corridor \"{}\"", name.get_ref(), c.name);
                        faults.push(source.fault(name.span(), what, "name each signal once; a ring closes by itself"));
                    }
                    Some((id, _)) => found.push(id),
                    None => {
                        let what = format!("signal \"{}\" does not exist", name.get_ref());
                        faults.push(source.fault(name.span(), what, "name signals of signals.toml"));
                    }
                }
            }
            if c.signals.len() < 2 {
                let at = c.signals.first().map_or(0..0, toml::Spanned::span);
                faults.push(source.fault(at, format!("corridor \"{}\" has fewer than two signals", c.name), "name two or more"));
            }
            Corridor { name: c.name.clone(), directions: c.directions.clone(), ring: c.ring, signals: found }
        });
        checked.collect()
    }

    fn check_roadworks(&self, network: &Network, names: &NetworkNames, faults: &mut Vec<Fault>) -> Vec<Roadwork> {
        let source = &self.roadworks;
        let mut checked = Vec::new();
        for site in &source.content.roadworks {
            let mut closures = Vec::new();
            for c in &site.closures {
                let Some(link) = names.link(source, &c.link, faults) else { continue };
                let span = c.link.span();
                if !(c.begin_s.is_finite() && c.end_s.is_finite() && c.begin_s < c.end_s) {
                    let what = format!("the closure of \"{}\" ends before it begins", c.link.get_ref());
                    faults.push(source.fault(span.clone(), what, "set begin_s below end_s"));
                }
                let lanes: Option<Vec<_>> = c.lanes.as_ref().map(|l| l.iter().map(|&i| network.links[link].lane(i)).collect());
                if lanes.as_ref().is_some_and(|l| l.iter().any(Option::is_none) || l.is_empty()) {
                    let what = format!("link \"{}\" has lanes 0 to {}", c.link.get_ref(), network.links[link].lane_count - 1);
                    faults.push(source.fault(span.clone(), what, "name closed lanes by their index from the right"));
                }
                let speed_limit = c.speed_limit_kmh.map(|v| checked_speed(source, &span, v, faults));
                let what = lanes.map_or(Closed::Link(link), |l| Closed::Lanes(l.into_iter().flatten().collect()));
                let (begin, end) = (Span::seconds_f64(c.begin_s), Span::seconds_f64(c.end_s));
                closures.push(Closure { what, begin, end, speed_limit });
            }
            checked.push(Roadwork { name: site.name.clone(), source: site.source.clone(), closures });
        }
        checked
    }
}

fn checked_speed<T>(source: &Sourced<T>, span: &std::ops::Range<usize>, kmh: f64, faults: &mut Vec<Fault>) -> Speed {
    if !(1.0..=300.0).contains(&kmh) {
        faults.push(source.fault(span.clone(), format!("a speed of {kmh} km/h"), "give a speed between 1 and 300 km/h"));
    }
    Speed::kmh(kmh)
}

/// Checks `demand.toml` against the network.
struct DemandCheck<'a> {
    files: &'a Files,
    network: &'a Network,
    names: &'a NetworkNames,
    faults: &'a mut Vec<Fault>,
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
        self.faults.push(self.files.demand.fault(span, what, mend));
    }

    fn check(mut self) -> Demand {
        let content = &self.files.demand.content;
        let mut names = BTreeMap::new();
        let mut types = IdVec::default();
        for t in &content.types {
            let made = self.vehicle_type(t);
            let id = types.push(made);
            if names.insert(t.name.get_ref().as_str(), id).is_some() {
                self.say(t.name.span(), format!("vehicle type \"{}\" stands twice", t.name.get_ref()), "rename one");
            }
        }
        let mut reached = BTreeMap::new();
        let mut flows = Vec::new();
        for f in &content.flows {
            flows.extend(self.flow(f, &names, &types, &mut reached));
        }
        let mut trips = Vec::new();
        for t in &content.trips {
            trips.extend(self.trip(t, &names, &types, &mut reached));
        }
        trips.sort_by(|a, b| a.depart.get().total_cmp(&b.depart.get()));
        Demand { types, trips, flows, source: content.source.clone() }
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
        set(t.time_gap_s, 0.1..=10.0, "time_gap_s", &mut |v| made.following.time_gap = Span::seconds_f64(v));
        set(t.imperfection, 0.0..=1.0, "imperfection", &mut |v| made.following.imperfection = v);
        set(t.speed_factor, 0.1..=3.0, "speed_factor", &mut |v| made.speed_factor = v);
        set(t.speed_factor_deviation, 0.0..=0.5, "speed_factor_deviation", &mut |v| made.speed_factor_deviation = v);
        made
    }

    fn type_id(&mut self, name: &Reference, names: &BTreeMap<&str, VehicleTypeId>) -> Option<VehicleTypeId> {
        let found = names.get(name.get_ref().as_str()).copied();
        if found.is_none() {
            self.say(name.span(), format!("vehicle type \"{}\" does not exist", name.get_ref()), "add it as [[vehicle_type]]");
        }
        found
    }

    fn flow(
        &mut self,
        f: &FlowFile,
        names: &BTreeMap<&str, VehicleTypeId>,
        types: &IdVec<VehicleTypeId, VehicleType>,
        reached: &mut Reached,
    ) -> Option<Stream> {
        let mix: Option<Vec<_>> = f.mix.iter().map(|s| self.type_id(&s.vehicle_type, names).map(|t| (t, s.share))).collect();
        let mix = mix?;
        let span = f.mix.first().map_or(0..0, |s| s.vehicle_type.span());
        let total: f64 = mix.iter().map(|m| m.1).sum();
        if (total - 1.0).abs() > 1e-6 || mix.iter().any(|m| !(0.0..=1.0).contains(&m.1)) {
            self.say(span.clone(), format!("the shares of flow \"{}\" sum to {total}", f.name), "make them sum to 1");
        }
        if !(f.begin_s.is_finite() && f.end_s.is_finite() && 0.0 <= f.begin_s && f.begin_s < f.end_s) {
            self.say(span.clone(), format!("flow \"{}\" ends before it begins", f.name), "set begin_s below end_s");
        }
        if !(0.0..=20_000.0).contains(&f.flow_veh_per_h) {
            self.say(span.clone(), format!("flow \"{}\" has {} veh/h", f.name, f.flow_veh_per_h), "give 0 to 20000 veh/h");
        }
        let classes = mix.iter().map(|&(t, _)| types[t].class).collect();
        let way = Way { name: &f.name, from: f.from.as_ref(), to: f.to.as_ref(), route: f.route.as_deref(), classes };
        Some(Stream {
            name: f.name.clone(),
            itinerary: self.itinerary(&way, span, reached)?,
            mix,
            begin: Span::seconds_f64(f.begin_s),
            end: Span::seconds_f64(f.end_s),
            flow: Flow::veh_per_h(f.flow_veh_per_h),
            arrivals: f.arrivals,
            departure: Departure { lane: f.depart_lane, speed: f.depart_speed },
        })
    }

    fn trip(
        &mut self,
        t: &TripFile,
        names: &BTreeMap<&str, VehicleTypeId>,
        types: &IdVec<VehicleTypeId, VehicleType>,
        reached: &mut Reached,
    ) -> Option<Trip> {
        let vehicle = self.type_id(&t.vehicle_type, names)?;
        let span = t.vehicle_type.span();
        if !(0.0..=f64::from(LAST_SECOND)).contains(&t.depart_s) {
            self.say(span.clone(), format!("trip \"{}\" departs at {} s", t.name, t.depart_s), "give a second of the day");
        }
        let classes = vec![types[vehicle].class];
        let way = Way { name: &t.name, from: t.from.as_ref(), to: t.to.as_ref(), route: t.route.as_deref(), classes };
        Some(Trip {
            name: t.name.clone(),
            vehicle,
            depart: Span::seconds_f64(t.depart_s),
            itinerary: self.itinerary(&way, span, reached)?,
            departure: Departure { lane: t.depart_lane, speed: t.depart_speed },
        })
    }

    fn itinerary(&mut self, way: &Way<'_>, span: std::ops::Range<usize>, reached: &mut Reached) -> Option<Itinerary> {
        let source = &self.files.demand;
        match (way.from, way.to, way.route) {
            (Some(from), Some(to), None) => {
                let ends = (self.names.link(source, from, self.faults), self.names.link(source, to, self.faults));
                let (Some(from), Some(to)) = ends else { return None };
                self.reaches(way, span, (from, to), reached);
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

    fn reaches(&mut self, way: &Way<'_>, span: std::ops::Range<usize>, (from, to): (LinkId, LinkId), reached: &mut Reached) {
        for &class in &way.classes {
            let network = self.network;
            let found = *reached.entry((class, from, to)).or_insert_with(|| {
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
type Reached = BTreeMap<(VehicleClass, LinkId, LinkId), bool>;
