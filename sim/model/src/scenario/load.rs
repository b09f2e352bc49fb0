//! From parsed files to a checked scenario: the frame, the corridors and the roadworks.

use super::demand::DemandCheck;
use super::file::ScenarioFile;
use super::folder::{Files, Sourced};
use super::network::{NetworkNames, check_network};
use super::signals::{check_plans, check_signals};
use super::{Corridor, Fault, Faults, Scenario};
use crate::demand::Demand;
use crate::detector::DetectorFault;
use crate::id::{IdVec, SignalId};
use crate::network::Network;
use crate::quantity::{Span, Speed};
use crate::roadworks::{Closed, Closure, Roadwork};
use crate::signal::Signal;
use crate::time::{DaySecond, Seconds, Step};
use std::collections::BTreeMap;
use std::ops::Range;

/// The longest run: three days.
pub(super) const LAST_SECOND: u32 = 3 * 86_400;

/// When a run begins and ends, with the places of the keys for messages.
pub(super) struct Times {
    /// What begins and ends, in words.
    pub(super) run: String,
    pub(super) begin_s: u32,
    pub(super) end_s: (u32, Range<usize>),
    pub(super) warm_up_s: (u32, Range<usize>),
}

impl Times {
    pub(super) fn check(self, source: &Sourced<ScenarioFile>, faults: &mut Vec<Fault>) {
        let (begin, (end, end_at), (warm_up, warm_up_at)) = (self.begin_s, self.end_s, self.warm_up_s);
        if begin >= end || end > LAST_SECOND {
            let what = format!("{} from {begin} s to {end} s is empty or too long", self.run);
            faults.push(source.fault(end_at, what, "set end_s above begin_s, within three days"));
        }
        if warm_up > begin || warm_up > 43_200 {
            let what = format!("the warm-up of {warm_up} s begins before the day");
            faults.push(source.fault(warm_up_at, what, "set warm_up_s to at most begin_s and 12 h"));
        }
    }
}

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
        let mut reached = BTreeMap::new();
        let mut demand_of = |source, faults: &mut _| {
            DemandCheck { source, network: &network, names: &names, reached: &mut reached, faults }.check()
        };
        let demand = demand_of(&self.demand, &mut faults);
        let demands = self.periods.iter().map(|source| demand_of(source, &mut faults)).collect();
        let roadworks = self.check_roadworks(&network, &names, &mut faults);
        let corridors = self.check_corridors(&signals, &mut faults);
        let detector_faults = self.check_detector_faults(&network, &mut faults);
        let frame = &self.scenario.content;
        let default_plan = frame.default_plan.as_ref().map(|p| p.get_ref().clone());
        let default_plan = default_plan.or_else(|| (plans.len() == 1).then(|| plans.keys().next().cloned()).flatten());
        self.check_default_plan(default_plan.as_deref(), signals.is_empty(), &plans, &mut faults);
        let day_plan = self.check_day_plan(&plans, &mut faults);
        self.check_periods(&plans, &mut faults);
        if !faults.is_empty() {
            faults.sort();
            faults.dedup();
            return Err(Faults(faults));
        }
        let mut scenario = Scenario {
            name: frame.name.clone(),
            period: frame.period_name.as_ref().map(|p| p.get_ref().clone()),
            title: frame.title.clone(),
            begin: DaySecond(frame.begin_s),
            end: DaySecond(frame.end_s),
            warm_up: Seconds(frame.warm_up_s as u16),
            step: Step::of_seconds(frame.step_s).expect("checked with the frame"),
            attribution: frame.attribution.clone(),
            assumptions: self.assumptions(&demand),
            network,
            signals,
            plans,
            default_plan,
            day_plan,
            transition: frame.transition.unwrap_or_default(),
            demand,
            roadworks,
            detector_faults,
            corridors,
            periods: Vec::new(),
        };
        scenario.periods = self.resolved_periods(&scenario, demands);
        Ok(scenario)
    }

    fn check_detector_faults(&self, network: &Network, faults: &mut Vec<Fault>) -> Vec<DetectorFault> {
        let mut checked = Vec::new();
        for f in &self.scenario.content.faults {
            let (name, span) = (f.detector.get_ref(), f.detector.span());
            if !(f.from_s.is_finite() && f.to_s.is_finite() && 0.0 <= f.from_s && f.from_s < f.to_s) {
                let what = format!("the fault of detector \"{name}\" ends before it begins");
                faults.push(self.scenario.fault(span.clone(), what, "set from_s below to_s"));
            }
            let mut found = network.detectors.enumerate().filter(|(_, d)| d.name == *name);
            let Some((detector, _)) = found.next() else {
                let what = format!("detector \"{name}\" does not exist");
                faults.push(self.scenario.fault(span, what, "name a detector of network.toml"));
                continue;
            };
            if found.next().is_some() {
                let what = format!("several detectors are named \"{name}\"");
                faults.push(self.scenario.fault(span, what, "rename all but one of them in network.toml"));
            }
            let (from, to) = (Span::seconds_f64(f.from_s), Span::seconds_f64(f.to_s));
            checked.push(DetectorFault { detector, kind: f.kind, from, to });
        }
        checked
    }

    fn check_frame(&self, faults: &mut Vec<Fault>) {
        let frame = &self.scenario.content;
        let times = Times {
            run: "the run".into(),
            begin_s: frame.begin_s,
            end_s: (frame.end_s, self.scenario.key("end_s")),
            warm_up_s: (frame.warm_up_s, self.scenario.key("warm_up_s")),
        };
        times.check(&self.scenario, faults);
        if Step::of_seconds(frame.step_s).is_none() {
            let what = format!("a step of {} s does not divide a second", frame.step_s);
            faults.push(self.scenario.fault(self.scenario.key("step_s"), what, "set step_s to 1, 0.5, 0.25, 0.2 or 0.1"));
        }
    }

    /// What is assumed for a run: what the frame says, and the demand where its numbers are assumed.
    pub(super) fn assumptions(&self, demand: &Demand) -> Vec<String> {
        let mut all = self.scenario.content.assumptions.clone();
        let of_demand = format!("demand: {}", demand.source);
        if demand.source.starts_with("assumed") && !all.contains(&of_demand) {
            all.push(of_demand);
        }
        all
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

fn checked_speed<T>(source: &Sourced<T>, span: &Range<usize>, kmh: f64, faults: &mut Vec<Fault>) -> Speed {
    if !(1.0..=300.0).contains(&kmh) {
        faults.push(source.fault(span.clone(), format!("a speed of {kmh} km/h"), "give a speed between 1 and 300 km/h"));
    }
    Speed::kmh(kmh)
}
