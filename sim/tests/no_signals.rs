//! Junctions without signals: drivers slow down to see whom to give way to, circles of drivers who each give way to the next come
//! undone by themselves, and short lanes hold nobody up.

use model::control::FixedTime;
use model::id::IdVec;
use model::network::{Control, Origin, Turn};
use model::scenario::file::{
    DemandFile, FlowFile, IntersectionFile, LaneFile, LinkFile, MovementFile, NetworkFile, RoadworksFile, ScenarioFile,
    ShareFile, SignalsFile, VehicleTypeFile, reference,
};
use model::scenario::{Files, Scenario};
use model::time::Step;
use model::vehicle::{FollowingModel, VehicleClass};
use sim::{Measures, Options, Simulation};

/// Length of each arm, in metres.
const ARM: f64 = 200.0;
/// From the centre of a junction to its stop lines, in metres.
const REACH: f64 = 8.0;
/// From the middle of a road to that of its lane, in metres.
const ASIDE: f64 = 1.75;
/// Directions of travel; the one after each comes from its right.
const WAYS: [(&str, [f64; 2]); 4] = [("n", [0.0, 1.0]), ("w", [-1.0, 0.0]), ("s", [0.0, -1.0]), ("e", [1.0, 0.0])];

fn place(name: &str, position_m: [f64; 2], control: Control) -> IntersectionFile {
    IntersectionFile { name: reference(name), title: String::new(), position_m, control, signal: None }
}

/// A link of one lane.
fn link(name: &str, [from, to]: [&str; 2], shape_m: Vec<[f64; 2]>) -> LinkFile {
    let lane = LaneFile { length_m: None, width_m: 3.2, speed_limit_kmh: None, classes: None, cycle_area_m: None, shape_m };
    LinkFile {
        name: reference(name),
        street: String::new(),
        from: reference(from),
        to: reference(to),
        speed_limit_kmh: 50.0,
        rank: 0,
        lanes: vec![lane],
    }
}

fn straight_on([from, to]: [&str; 2], shape_m: Vec<[f64; 2]>, yields_to: &[String]) -> MovementFile {
    MovementFile {
        from: reference(from),
        from_lane: 0,
        to: reference(to),
        to_lane: 0,
        turn: Turn::Straight,
        length_m: None,
        speed_limit_kmh: 50.0,
        shape_m,
        group: None,
        link_index: None,
        waiting_m: None,
        yields_to: yields_to.iter().map(|y| reference(y.clone())).collect(),
    }
}

/// A flow of cars along some links.
fn flow(route: &[&str], veh_per_h: f64) -> FlowFile {
    FlowFile {
        mix: vec![ShareFile { vehicle_type: reference("car"), share: 1.0 }],
        route: Some(route.iter().map(|l| reference(*l)).collect()),
        ..FlowFile::steady(route.join(">"), (0.0, 900.0), veh_per_h)
    }
}

fn scenario(network: NetworkFile, flows: Vec<FlowFile>) -> Scenario {
    let types = vec![VehicleTypeFile::usual("car", VehicleClass::Car)];
    let demand = DemandFile { types, flows, ..DemandFile::empty("assumed: a test") };
    let file = ScenarioFile {
        schema: 1,
        period_name: None,
        periods: Vec::new(),
        name: "no-signals".into(),
        title: "A junction without signals".into(),
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
    let (signals, roadworks) =
        (SignalsFile { schema: 1, signals: Vec::new() }, RoadworksFile { schema: 1, roadworks: Vec::new() });
    let files = Files::new(file, network, signals, Vec::new(), demand, roadworks);
    files.check().unwrap_or_else(|faults| panic!("{faults}"))
}

/// A crossroads that everyone goes straight over; `yields` says to which directions each gives way.
fn crossroads(yields: impl Fn(usize) -> Vec<usize>) -> NetworkFile {
    let (mut places, mut links, mut movements) = (vec![place("X", [0.0, 0.0], Control::RightBeforeLeft)], Vec::new(), Vec::new());
    let names = |way: usize| [format!("{}-in", WAYS[way].0), format!("{}-out", WAYS[way].0)];
    for (i, &(_, [x, y])) in WAYS.iter().enumerate() {
        // The lane lies to the right of the middle of its road.
        let at = |along: f64| [along * x + ASIDE * y, along * y - ASIDE * x];
        let [from, to] = names(i);
        let ends = [format!("{from}-end"), format!("{to}-end")];
        places.extend([place(&ends[0], at(-ARM), Control::Joint), place(&ends[1], at(ARM), Control::Joint)]);
        links.push(link(&from, [&ends[0], "X"], vec![at(-ARM), at(-REACH)]));
        links.push(link(&to, ["X", &ends[1]], vec![at(REACH), at(ARM)]));
        let others = yields(i).into_iter().map(|o| names(o).map(|n| format!("{n}_0")).join(">"));
        movements.push(straight_on([&from, &to], vec![at(-REACH), at(REACH)], &others.collect::<Vec<_>>()));
    }
    NetworkFile { intersections: places, links, movements, ..NetworkFile::empty(Origin { epsg: 0, east_m: 0.0, north_m: 0.0 }) }
}

fn run(scenario: &Scenario, following: FollowingModel, step_s: f64) -> Measures {
    let options = Options { following: Some(following), step: Step::of_seconds(step_s), ..Options::default() };
    let mut run = Simulation::new(scenario, Box::new(FixedTime::new(IdVec::default())), None, options);
    run.run();
    let m = run.measures();
    assert_eq!((m.overlaps, m.arrived), (0, m.due), "{m:?}");
    m
}

const MODELS: [FollowingModel; 2] = [FollowingModel::Idm, FollowingModel::Krauss];

#[test]
fn whoever_gives_way_slows_down_to_see_and_goes_on() {
    let minor = || vec![flow(&["n-in", "n-out"], 60.0)];
    for model in MODELS {
        let lost = |step: f64| {
            let [gives_way, goes_first] = [vec![1, 3], Vec::new()].map(|yields| {
                let network = crossroads(|way| if way == 0 { yields.clone() } else { Vec::new() });
                run(&scenario(network, minor()), model, step)
            });
            assert!(gives_way.stops_per_vehicle < 0.01, "nobody has to stop where nobody comes: {gives_way:?}");
            gives_way.delay_s - goes_first.delay_s
        };
        let (fine, coarse) = (lost(0.25), lost(1.0));
        // From 50 km/h to about 15 km/h and back, at 1.5 to 3 m/s².
        assert!((1.5..7.0).contains(&fine) && (1.5..7.0).contains(&coarse), "{model:?}: {fine} s and {coarse} s");
        let step_is_part_of_it = model == FollowingModel::Krauss;
        assert!((fine - coarse).abs() < 0.3 || step_is_part_of_it, "{model:?}: {fine} s and {coarse} s");
    }
}

#[test]
fn four_queues_that_each_give_way_to_the_next_flow() {
    let flows = || WAYS.map(|(w, _)| flow(&[&format!("{w}-in"), &format!("{w}-out")], 250.0)).to_vec();
    let scenario = scenario(crossroads(|way| vec![(way + 1) % 4]), flows());
    for model in MODELS {
        let m = run(&scenario, model, 1.0);
        assert_eq!(m.insisted, 0, "nobody has to be waved on: {m:?}");
        assert!(m.delay_s < 40.0, "{m:?}");
    }
}

#[test]
fn a_lane_shorter_than_any_car_holds_nobody_up() {
    for short in [0.3, 1.2, 4.0] {
        let x = [-ARM, -REACH, REACH, REACH + short, 3.0 * REACH + short, ARM];
        let line = |i: usize| vec![[x[i], 0.0], [x[i + 1], 0.0]];
        let middle = REACH + short + REACH;
        let mut network = NetworkFile::empty(Origin { epsg: 0, east_m: 0.0, north_m: 0.0 });
        network.intersections = [("W", x[0]), ("A", 0.0), ("B", middle), ("E", ARM)]
            .map(|(name, at)| place(name, [at, 0.0], if name == "B" { Control::Priority } else { Control::Joint }))
            .to_vec();
        network.intersections.extend([place("S", [middle, -ARM], Control::Joint), place("N", [middle, ARM], Control::Joint)]);
        network.links = vec![
            link("in", ["W", "A"], line(0)),
            link("short", ["A", "B"], line(2)),
            link("out", ["B", "E"], line(4)),
            link("main", ["S", "B"], vec![[middle, -ARM], [middle, -REACH]]),
            link("on", ["B", "N"], vec![[middle, REACH], [middle, ARM]]),
        ];
        network.movements = vec![
            straight_on(["in", "short"], line(1), &[]),
            straight_on(["short", "out"], line(3), &["main_0>on_0".to_owned()]),
            straight_on(["main", "on"], vec![[middle, -REACH], [middle, REACH]], &[]),
        ];
        let flows = vec![flow(&["in", "short", "out"], 200.0), flow(&["main", "on"], 300.0)];
        let scenario = scenario(network, flows);
        for model in MODELS {
            let m = run(&scenario, model, 1.0);
            assert!(m.delay_s < 20.0, "{short} m, {model:?}: {m:?}");
        }
    }
}
