//! Two lanes that turn side by side, and long vehicles that need both of them.

use model::control::FixedTime;
use model::id::{IdVec, VehicleId};
use model::network::{Control, Origin, Turn};
use model::scenario::file::{
    DemandFile, FlowFile, IntersectionFile, LaneFile, LinkFile, MovementFile, NetworkFile, RoadworksFile, ScenarioFile,
    ShareFile, SignalsFile, VehicleTypeFile, reference,
};
use model::scenario::{Files, Scenario};
use model::vehicle::VehicleClass;
use sim::{Options, Simulation};
use std::collections::BTreeMap;

/// Centre of the bend, and the radii of its lanes from right to left, in metres.
const CENTRE: [f64; 2] = [-10.0, -16.0];
const RADII: [f64; 2] = [11.2, 14.4];

/// Length of the road before the bend and after it, in metres.
const ARM: f64 = 200.0;

fn lane(shape_m: Vec<[f64; 2]>) -> LaneFile {
    LaneFile { length_m: None, width_m: 3.2, speed_limit_kmh: None, classes: None, cycle_area_m: None, shape_m }
}

/// A quarter turn to the right.
fn bend(radius: f64) -> Vec<[f64; 2]> {
    let point = |i: i32| {
        let angle = f64::from(i) * std::f64::consts::FRAC_PI_2 / 12.0;
        [CENTRE[0] + radius * model::maths::sin(angle), CENTRE[1] + radius * model::maths::cos(angle)]
    };
    (0..=12).map(point).collect()
}

fn network() -> NetworkFile {
    let place = |name: &str, position_m: [f64; 2]| IntersectionFile {
        name: reference(name),
        title: String::new(),
        position_m,
        control: Control::Joint,
        signal: None,
    };
    let link = |name: &str, from: &str, to: &str, lanes: Vec<LaneFile>| LinkFile {
        name: reference(name),
        street: String::new(),
        from: reference(from),
        to: reference(to),
        speed_limit_kmh: 50.0,
        rank: 0,
        lanes,
    };
    let turn = |lane: u32| MovementFile {
        from: reference("in"),
        from_lane: lane,
        to: reference("out"),
        to_lane: lane,
        turn: Turn::Right,
        length_m: None,
        speed_limit_kmh: 20.0,
        shape_m: bend(RADII[lane as usize]),
        group: None,
        link_index: None,
        waiting_m: None,
        yields_to: Vec::new(),
    };
    let before = |r: f64| lane(vec![[CENTRE[0] - ARM, CENTRE[1] + r], [CENTRE[0], CENTRE[1] + r]]);
    let after = |r: f64| lane(vec![[CENTRE[0] + r, CENTRE[1]], [CENTRE[0] + r, CENTRE[1] - ARM]]);
    NetworkFile {
        intersections: vec![place("W", [-ARM, 0.0]), place("bend", [0.0, 0.0]), place("S", [0.0, -ARM])],
        links: vec![link("in", "W", "bend", RADII.map(before).into()), link("out", "bend", "S", RADII.map(after).into())],
        movements: vec![turn(0), turn(1)],
        ..NetworkFile::empty(Origin { epsg: 0, east_m: 0.0, north_m: 0.0 })
    }
}

/// The bend with as many cars as its lanes carry, or nearly so, and some buses.
fn scenario() -> Scenario {
    let stream = |name: &str, kind: &str, flow: f64| FlowFile {
        mix: vec![ShareFile { vehicle_type: reference(kind), share: 1.0 }],
        route: Some(["in", "out"].map(reference).to_vec()),
        ..FlowFile::steady(name, (0.0, 1800.0), flow)
    };
    let types = [("car", VehicleClass::Car), ("bus", VehicleClass::Bus)];
    let demand = DemandFile {
        types: types.map(|(name, class)| VehicleTypeFile::usual(name, class)).into(),
        flows: vec![stream("cars", "car", 1800.0), stream("buses", "bus", 40.0)],
        ..DemandFile::empty("assumed: a test")
    };
    let file = ScenarioFile {
        schema: 1,
        period_name: None,
        periods: Vec::new(),
        name: "bend".into(),
        title: "Two lanes turn side by side".into(),
        begin_s: 0,
        end_s: 1800,
        warm_up_s: 0,
        step_s: 0.5,
        default_plan: None,
        attribution: String::new(),
        assumptions: vec!["assumed: everything; this is a test".into()],
        faults: Vec::new(),
        day_plan: Vec::new(),
        transition: None,
    };
    let signals = SignalsFile { schema: 1, signals: Vec::new() };
    let roadworks = RoadworksFile { schema: 1, roadworks: Vec::new() };
    let files = Files::new(file, network(), signals, Vec::new(), demand, roadworks);
    files.check().unwrap_or_else(|faults| panic!("{faults}"))
}

#[test]
fn a_bus_that_needs_both_lanes_gets_its_turn() {
    let scenario = scenario();
    let mut run = Simulation::new(&scenario, Box::new(FixedTime::new(IdVec::default())), None, Options::default());
    let mut standing: BTreeMap<VehicleId, f64> = BTreeMap::new();
    while run.now() < 1800.0 {
        run.step();
        for v in run.frame().vehicles.iter().filter(|v| v.class == VehicleClass::Bus && v.speed < 0.1) {
            *standing.entry(v.vehicle).or_default() += 0.5;
        }
    }
    let m = run.measures();
    assert_eq!((m.overlaps, m.lost, m.gridlocks), (0, 0, 0), "{m:?}");
    // Those beside it clear the bend in a few seconds; nobody else comes before it.
    let longest = standing.values().copied().fold(0.0, f64::max);
    assert!(longest < 30.0, "a bus stands for {longest} s");
}
