//! Toys with people on foot: crossings over the arms of a grid, and a road with one crossing.

use super::{Grid, LANE, REACH, WAYS, Way};
use crate::network::{Control, Origin};
use crate::scenario::file::{
    ConflictFile, CrossingFile, DemandFile, FlowFile, GreenFile, GroupFile, IntersectionFile, LaneFile, LinkFile, NetworkFile,
    PlanFile, PushButtonFile, RoadworksFile, ScenarioFile, ShareFile, SignalFile, SignalsFile, StageFile, VehicleTypeFile,
    WalkingFile, reference,
};
use crate::scenario::{Files, Scenario};
use crate::signal::{Grade, GroupKind};
use crate::vehicle::VehicleClass;

/// Width of a crossing, in metres.
const WIDTH: f64 = 3.0;
/// Room between the outer lane and the kerb, in metres.
const GUTTER: f64 = 0.4;

fn scenario_file(duration_s: u32, step_s: f64, plan: Option<&str>) -> ScenarioFile {
    ScenarioFile {
        period_name: None,
        periods: Vec::new(),
        schema: 1,
        name: "toy".into(),
        title: "A toy with people on foot".into(),
        begin_s: 3600,
        end_s: 3600 + duration_s,
        warm_up_s: 0,
        step_s,
        default_plan: plan.map(reference),
        attribution: String::new(),
        assumptions: vec!["assumed: everything; this is a toy".into()],
        transition: None,
        day_plan: Vec::new(),
        faults: Vec::new(),
    }
}

fn walking(crossing: &str, duration_s: u32, persons_per_h: f64) -> WalkingFile {
    WalkingFile {
        crossing: reference(crossing),
        begin_s: 3600.0,
        end_s: 3600.0 + f64::from(duration_s),
        forward_persons_per_h: Some(persons_per_h),
        backward_persons_per_h: Some(persons_per_h),
        group_mean_persons: None,
        speed_m_per_s: None,
        speed_deviation_m_per_s: None,
    }
}

impl Grid {
    /// The scenario with crossings and push buttons over every arm, and so many people on each in each direction.
    ///
    /// # Panics
    /// When the numbers make no scenario, as with more than three lanes or greens too short for the crossings.
    pub fn with_people(&self, persons_per_h: f64) -> Scenario {
        match self.files_with_people(persons_per_h).check() {
            Ok(scenario) => scenario,
            Err(faults) => panic!("the toy scenario is broken: {faults}"),
        }
    }

    /// Its files. Crossings are called after crossroads and arm, as `X0.0-East`.
    pub fn files_with_people(&self, persons_per_h: f64) -> Files {
        let mut network = self.network();
        for (at, way) in self.crossroads().flat_map(|at| WAYS.map(|way| (at, way))) {
            network.crossings.push(self.crossing(at, way));
            network
                .push_buttons
                .push(PushButtonFile { name: reference(Self::end_name(at, way)), crossing: reference(Self::end_name(at, way)) });
        }
        let crossings = network.crossings.iter().map(|c| c.name.get_ref().clone());
        let mut demand = self.demand();
        demand.walking = crossings.map(|c| walking(&c, self.duration_s, persons_per_h)).collect();
        let roadworks = RoadworksFile { schema: 1, roadworks: Vec::new() };
        let scenario = scenario_file(self.duration_s, self.step_s, Some("plain"));
        Files::new(scenario, network, self.signals_on_foot(), vec![self.plan_on_foot()], demand, roadworks)
    }

    /// Half the way from kerb to kerb.
    fn half_street(&self) -> f64 {
        self.lanes as f64 * LANE + 0.3 + GUTTER
    }

    /// Time to clear a crossing at 1.2 m/s (RiLSA).
    fn clearing_s(&self) -> u16 {
        (2.0 * self.half_street() / 1.2).ceil() as u16
    }

    /// The crossing over the arm towards `way`, just inside the stop line.
    fn crossing(&self, at: (usize, usize), way: Way) -> CrossingFile {
        let (p, (hx, hy)) = (self.centre(at), way.heading());
        let along = REACH - 1.0 - 0.5 * WIDTH;
        let kerb = |left: f64| [p.x + hx * along - hy * left, p.y + hy * along + hx * left];
        CrossingFile {
            name: reference(Self::end_name(at, way)),
            intersection: reference(Self::name(at)),
            shape_m: vec![kerb(-self.half_street()), kerb(self.half_street())],
            width_m: WIDTH,
            group: Some(reference(if matches!(way, Way::East | Way::West) { "F2" } else { "F1" })),
            link_index: None,
        }
    }

    /// Signals with groups for people on foot: F1 beside the east-west street goes with K1, F2 with K2.
    fn signals_on_foot(&self) -> SignalsFile {
        let mut file = self.signals();
        for signal in &mut file.signals {
            add_people(signal, self.clearing_s());
        }
        file
    }

    fn plan_on_foot(&self) -> PlanFile {
        let mut plan = self.plan();
        let (c, g, clearing) = (self.cycle_s, self.green_s, self.clearing_s());
        for signal in &mut plan.signals {
            let green = |group: &str, from_s: u16, to_s: u16| GreenFile { group: reference(group), from_s, to_s };
            signal.greens.extend([green("F1", 0, g + 6 - clearing), green("F2", g + 6, c - clearing)]);
        }
        plan
    }
}

fn add_people(signal: &mut SignalFile, clearing_s: u16) {
    let group = |name: &str| GroupFile {
        name: reference(name),
        kind: GroupKind::Pedestrians,
        amber_s: 0,
        red_amber_s: 0,
        min_green_s: 5,
        min_red_s: 1,
        may_stay_red: true,
        max_green_percent: None,
    };
    signal.groups.extend([group("F1"), group("F2")]);
    let conflict =
        |a: &str, b: &str, grade, intergreen_s| ConflictFile { groups: [reference(a), reference(b)], grade, intergreen_s };
    signal.conflicts.extend([
        conflict("K2", "F1", Grade::Incompatible, Some([6, clearing_s])),
        conflict("K1", "F2", Grade::Incompatible, Some([6, clearing_s])),
        conflict("K1", "F1", Grade::Conditional, None),
        conflict("K2", "F2", Grade::Conditional, None),
    ]);
    let stage = |name: &str, greens: [&str; 2]| StageFile { name: name.into(), greens: greens.map(reference).to_vec() };
    signal.stages = vec![stage("1", ["K1", "F1"]), stage("2", ["K2", "F2"])];
}

/// A road of 300 m from west to east with a crossing without a signal in its middle, called `Z`.
#[derive(Debug, Clone)]
pub struct Road {
    /// Lanes of each direction.
    pub lanes: usize,
    /// Flow of each direction, in vehicles per hour.
    pub flow_veh_per_h: f64,
    /// People on foot in each direction.
    pub persons_per_h: f64,
    /// Class of the vehicles.
    pub class: VehicleClass,
    /// Length of the run.
    pub duration_s: u32,
    /// Step of the simulation.
    pub step_s: f64,
}

impl Default for Road {
    fn default() -> Self {
        Self { lanes: 1, flow_veh_per_h: 400.0, persons_per_h: 100.0, class: VehicleClass::Car, duration_s: 900, step_s: 0.5 }
    }
}

impl Road {
    /// The scenario.
    ///
    /// # Panics
    /// When the numbers make no scenario: this is for tests.
    pub fn scenario(&self) -> Scenario {
        let signals = SignalsFile { schema: 1, signals: Vec::new() };
        let roadworks = RoadworksFile { schema: 1, roadworks: Vec::new() };
        let scenario = scenario_file(self.duration_s, self.step_s, None);
        match Files::new(scenario, self.network(), signals, Vec::new(), self.demand(), roadworks).check() {
            Ok(scenario) => scenario,
            Err(faults) => panic!("the toy scenario is broken: {faults}"),
        }
    }

    fn network(&self) -> NetworkFile {
        let end = |name: &str, x: f64| IntersectionFile {
            name: reference(name),
            title: String::new(),
            position_m: [x, 0.0],
            control: Control::Joint,
            signal: None,
        };
        let half = self.lanes as f64 * LANE + GUTTER;
        NetworkFile {
            intersections: vec![end("W", 0.0), end("E", 300.0)],
            links: vec![self.link("east", "W", "E"), self.link("west", "E", "W")],
            crossings: vec![CrossingFile {
                name: reference("Z"),
                intersection: reference("E"),
                shape_m: vec![[150.0, -half], [150.0, half]],
                width_m: WIDTH,
                group: None,
                link_index: None,
            }],
            ..NetworkFile::empty(Origin { epsg: 0, east_m: 0.0, north_m: 0.0 })
        }
    }

    fn link(&self, name: &str, from: &str, to: &str) -> LinkFile {
        let lane = |i: usize| {
            let right = (self.lanes as f64 - i as f64 - 0.5) * LANE;
            let shape_m = if from == "W" { vec![[0.0, -right], [300.0, -right]] } else { vec![[300.0, right], [0.0, right]] };
            LaneFile { length_m: None, width_m: LANE, speed_limit_kmh: None, classes: None, cycle_area_m: None, shape_m }
        };
        LinkFile {
            name: reference(name),
            street: String::new(),
            from: reference(from),
            to: reference(to),
            speed_limit_kmh: 50.0,
            rank: 0,
            lanes: (0..self.lanes).map(lane).collect(),
        }
    }

    fn demand(&self) -> DemandFile {
        let flow = |link: &str| FlowFile {
            mix: vec![ShareFile { vehicle_type: reference("vehicle"), share: 1.0 }],
            route: Some(vec![reference(link)]),
            ..FlowFile::steady(link, (3600.0, 3600.0 + f64::from(self.duration_s)), self.flow_veh_per_h)
        };
        DemandFile {
            types: vec![VehicleTypeFile::usual("vehicle", self.class)],
            flows: vec![flow("east"), flow("west")],
            walking: vec![walking("Z", self.duration_s, self.persons_per_h)],
            ..DemandFile::empty("assumed: a toy")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Road as Way;

    #[test]
    fn every_arm_of_a_crossroads_is_crossed_by_what_leads_over_it() {
        let scenario = Grid { lanes: 2, ..Grid::default() }.with_people(100.0);
        assert_eq!((scenario.network.crossings.len(), scenario.network.push_buttons.len()), (4, 4));
        for crossing in &scenario.network.crossings {
            // Straight on, right and left from the arm and into it: four movements each.
            assert_eq!(crossing.cuts.len(), 8, "{}: {:?}", crossing.name, crossing.cuts);
            assert!(crossing.cuts.iter().all(|c| matches!(c.road, Way::Movement(_))));
        }
    }

    #[test]
    fn a_road_has_a_crossing_over_its_lanes() {
        let scenario = Road { lanes: 2, ..Road::default() }.scenario();
        let cuts = &scenario.network.crossings.iter().next().unwrap().cuts;
        assert_eq!(cuts.len(), 4);
        assert!(cuts.iter().all(|c| c.from.get() > 145.0 && c.to.get() < 155.0), "{cuts:?}");
    }
}
