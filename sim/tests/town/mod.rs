//! Random towns: small networks of streets with all that a scenario may have, under random traffic and signals.
//!
//! A town is a grid of intersections from which streets are taken out, moved and turned. It is a scenario that any file
//! could hold: it passes the same check as those in `scenarios`.

mod draw;
pub(crate) mod signals;
mod streets;
mod traffic;

pub(crate) use draw::{Case, Feature};
use streets::Town;

use model::demand::RouteChoice;
use model::id::{LaneId, LinkId};
use model::quantity::{Span, Speed};
use model::roadworks::{Closed, Closure, Roadwork};
use model::scenario::file::{RoadworksFile, ScenarioFile, reference};
use model::scenario::{Files, Scenario};
use model::vehicle::VehicleClass;

/// First second of every case.
const BEGIN: u32 = 3600;

impl Case {
    /// The scenario of the case.
    ///
    /// # Panics
    /// When the town is not a scenario: the fault is in here.
    pub(crate) fn scenario(self) -> Scenario {
        // Trams must never have to change lanes: where streets do not allow it, there are none.
        let made = self.files().check().or_else(|_| self.less(Feature::Trams).files().check());
        let mut scenario = made.unwrap_or_else(|faults| panic!("the town of {self:?} is broken: {faults}"));
        if self.has(Feature::Choice, 0.2) {
            let min_gain = Span::seconds_f64(10.0);
            scenario.demand.choice = RouteChoice { informed_share: 0.5, rerouting_share: 0.5, min_gain };
        }
        scenario
    }

    /// The scenario of the case, where it has the feature with roadworks: up to three lanes or links that are closed for a time.
    pub(crate) fn with_works(self, chance: f64) -> Scenario {
        let mut scenario = self.scenario();
        if !self.has(Feature::Works, chance) {
            return scenario;
        }
        let (mut draw, network) = (self.draw(3), &scenario.network);
        let length = self.duration_s() as usize;
        let mut closure = || {
            let link = LinkId(draw.whole(0, network.links.len() - 1) as u32);
            let lanes: Vec<LaneId> = network.links[link].lanes().collect();
            let some: Vec<LaneId> = lanes.iter().copied().filter(|_| draw.chance(0.5)).collect();
            let what = if some.is_empty() || some.len() == lanes.len() { Closed::Link(link) } else { Closed::Lanes(some) };
            let from = draw.whole(0, length);
            let [begin, end] = [from, draw.whole(from + 1, length + 1)].map(|s| Span::seconds_f64(f64::from(BEGIN) + s as f64));
            let speed_limit = draw.chance(0.5).then(|| Speed::kmh(draw.pick(&[10.0, 30.0, 50.0])));
            Closure { what, begin, end, speed_limit }
        };
        let closures = vec![closure(), closure(), closure()];
        scenario.roadworks = vec![Roadwork { name: "works".into(), source: "assumed: a toy".into(), closures }];
        scenario
    }

    /// Towns with all at once that a saved state has to keep: stops with buses, trams, people on foot, emergency vehicles,
    /// signals and broken detectors.
    pub(crate) fn with_everything() -> impl Iterator<Item = Self> {
        let all = [
            (Feature::Stops, 0.4),
            (Feature::Long, 0.5),
            (Feature::Trams, 0.25),
            (Feature::People, 0.5),
            (Feature::Bicycles, 0.3),
            (Feature::Signals, 0.7),
            (Feature::Faults, 0.15),
        ];
        (0..).map(Self::of).filter(move |case| all.iter().all(|&(feature, chance)| case.has(feature, chance))).filter(|case| {
            let scenario = case.scenario();
            let demand = &scenario.demand;
            let drives = |class| demand.flows.iter().any(|f| f.mix.iter().any(|m| m.1 > 0.0 && demand.types[m.0].class == class));
            let calls = demand.flows.iter().any(|f| !f.calls.is_empty());
            let people = !scenario.network.crossings.is_empty() && !scenario.signals.is_empty();
            calls
                && people
                && drives(VehicleClass::Tram)
                && drives(VehicleClass::Emergency)
                && !scenario.detector_faults.is_empty()
        })
    }

    fn step_s(self) -> f64 {
        if self.has(Feature::Steps, 0.7) { self.draw(1).pick(&[0.1, 0.25, 1.0, 1.0]) } else { 0.5 }
    }

    /// Length of the run: a few hundred steps, or less.
    fn duration_s(self) -> u32 {
        let steps = self.draw(2).whole(80, 400) as f64;
        (steps * self.step_s()).ceil().max(30.0) as u32
    }

    fn files(self) -> Files {
        let town = Town::new(self);
        let (signals, plan) = town.signals();
        let (mut network, demand) = (town.network(), town.demand());
        network.stops = town.stops();
        let scenario = ScenarioFile {
            schema: 1,
            period_name: None,
            periods: Vec::new(),
            name: "town".into(),
            title: "A random town".into(),
            begin_s: BEGIN,
            end_s: BEGIN + self.duration_s(),
            warm_up_s: 0,
            step_s: self.step_s(),
            default_plan: (!signals.signals.is_empty()).then(|| reference("plain")),
            transition: None,
            day_plan: Vec::new(),
            attribution: String::new(),
            assumptions: vec!["assumed: everything; this is a toy".into()],
            faults: town.detector_faults(&network.detectors),
        };
        let plans = if signals.signals.is_empty() { Vec::new() } else { vec![plan] };
        Files::new(scenario, network, signals, plans, demand, RoadworksFile { schema: 1, roadworks: Vec::new() })
    }
}
