//! A street with four signals and side streets, built in code: small, but everything a report shows happens on it.

use super::{Band, Comparison, Corridor, Direction, Manifest, Measure, Report, Run, Station, Variant, trajectories};
use model::control::FixedTime;
use model::demand::{Arrivals, DepartLane, DepartSpeed};
use model::id::{GroupId, Id, LinkId, SignalId};
use model::network::{Control, Origin, Turn};
use model::scenario::file::{
    ConflictFile, DemandFile, FlowFile, GreenFile, GroupFile, IntersectionFile, LaneFile, LinkFile, MovementFile, NetworkFile,
    PlanFile, RoadworksFile, ScenarioFile, ShareFile, SignalFile, SignalPlanFile, SignalsFile, VehicleTypeFile, reference,
};
use model::scenario::{Files, Scenario};
use model::signal::{Grade, GroupKind};
use model::time::DaySecond;
use model::vehicle::VehicleClass;
use sim::{Options, Simulation};
use trajectories::{Path, PathLink, collect};

/// Where the signals stand along the street, in metres.
pub(super) const POSITIONS: [f64; 4] = [0.0, 320.0, 540.0, 900.0];
/// A title that must not become markup.
pub(super) const TITLE: &str = "Betenstraße & <script>alert(\"Wall\")</script>";
const BEGIN: u32 = 25_200;
const CYCLE: u16 = 80;
/// Seconds by which the greens of each signal are turned round the cycle.
const TURNED: [u16; 4] = [0, 0, 55, 0];

/// The folder's files.
pub(super) fn files() -> Files {
    let scenario = ScenarioFile {
        schema: 1,
        name: "toy".into(),
        title: "A toy street with four signals".into(),
        begin_s: BEGIN,
        end_s: BEGIN + 600,
        warm_up_s: 160,
        step_s: 0.5,
        default_plan: Some(reference("together")),
        attribution: "© Nobody in particular, https://example.org/licence".into(),
        assumptions: vec!["assumed: all of it".into(), "assumed: a < b & \"c\"".into()],
    };
    let plans = vec![plan("together", [0; 4]), plan("wave", [0, 26, 44, 72])];
    let roadworks = RoadworksFile { schema: 1, roadworks: Vec::new() };
    Files::new(scenario, network(), signals(), plans, demand(), roadworks)
}

/// The checked scenario.
pub(super) fn scenario() -> Scenario {
    files().check().unwrap_or_else(|faults| panic!("{faults}"))
}

fn network() -> NetworkFile {
    let mut intersections = Vec::new();
    let place = |name: String, title: &str, at: [f64; 2], signal: Option<String>| IntersectionFile {
        name: reference(name),
        title: title.into(),
        position_m: at,
        control: if signal.is_some() { Control::Signal } else { Control::Joint },
        signal: signal.map(reference),
    };
    for (i, &x) in POSITIONS.iter().enumerate() {
        let title = ["Hansastraße", TITLE, "Kleppingstraße", "Ostwall / Südwall"][i];
        intersections.push(place(format!("J{i}"), title, [x, 0.0], Some(format!("K{i}"))));
        intersections.push(place(format!("N{i}"), "", [x, 150.0], None));
        intersections.push(place(format!("S{i}"), "", [x, -150.0], None));
    }
    intersections.push(place("W".into(), "", [-250.0, 0.0], None));
    intersections.push(place("E".into(), "", [1150.0, 0.0], None));
    let mut links = Vec::new();
    let along = [("W", "J0"), ("J0", "J1"), ("J1", "J2"), ("J2", "J3"), ("J3", "E")];
    for (a, b) in along {
        links.push(link(a, b, "Südwall"));
        links.push(link(b, a, "Südwall"));
    }
    for i in 0..4 {
        for side in ["N", "S"] {
            links.push(link(&format!("{side}{i}"), &format!("J{i}"), "Side street"));
            links.push(link(&format!("J{i}"), &format!("{side}{i}"), "Side street"));
        }
    }
    NetworkFile {
        schema: 1,
        origin: Origin { epsg: 25_832, east_m: 393_000.0, north_m: 5_707_000.0 },
        intersections,
        links,
        movements: (0..4).flat_map(movements).collect(),
        crossings: Vec::new(),
        detectors: Vec::new(),
    }
}

/// Where a link begins or ends: the point, and how far an intersection reaches.
fn node(name: &str) -> ([f64; 2], f64) {
    let index = || name[1..].parse::<usize>().expect("names end in a number");
    match &name[..1] {
        "W" => ([-250.0, 0.0], 0.0),
        "E" => ([1150.0, 0.0], 0.0),
        "N" => ([POSITIONS[index()], 150.0], 0.0),
        "S" => ([POSITIONS[index()], -150.0], 0.0),
        _ => ([POSITIONS[index()], 0.0], 12.0),
    }
}

/// Ends of the lane from one node to another: to the right of the line between them.
fn ends(a: &str, b: &str) -> [[f64; 2]; 2] {
    let ((p, p_reach), (q, q_reach)) = (node(a), node(b));
    let (dx, dy) = (q[0] - p[0], q[1] - p[1]);
    let length = model::maths::hypot(dx, dy);
    let (ux, uy) = (dx / length, dy / length);
    let right = [uy * 1.75, -ux * 1.75];
    let at = |s: f64| [p[0] + ux * s + right[0], p[1] + uy * s + right[1]];
    [at(p_reach), at(length - q_reach)]
}

fn link(a: &str, b: &str, street: &str) -> LinkFile {
    let shape_m = ends(a, b).to_vec();
    LinkFile {
        name: reference(format!("{a}-{b}")),
        street: street.into(),
        from: reference(a),
        to: reference(b),
        speed_limit_kmh: 50.0,
        rank: 0,
        lanes: vec![LaneFile { length_m: None, width_m: 3.25, speed_limit_kmh: None, classes: None, shape_m }],
    }
}

/// Movements over an intersection: straight on and right from everywhere, left from the side streets.
fn movements(i: usize) -> Vec<MovementFile> {
    let here = format!("J{i}");
    let west = if i == 0 { "W".into() } else { format!("J{}", i - 1) };
    let east = if i == 3 { "E".into() } else { format!("J{}", i + 1) };
    let arms = [west, format!("S{i}"), east, format!("N{i}")];
    let mut all = Vec::new();
    for a in 0..4 {
        for (turn, b) in [(Turn::Right, (a + 1) % 4), (Turn::Straight, (a + 2) % 4), (Turn::Left, (a + 3) % 4)] {
            if turn == Turn::Left && a % 2 == 0 {
                continue;
            }
            let (from, to) = (ends(&arms[a], &here)[1], ends(&here, &arms[b])[0]);
            let opposite = format!("{}-{here}_0", arms[(a + 2) % 4]);
            let yields_to = match turn {
                Turn::Left => [(a + 3) % 4, a].iter().map(|&c| reference(format!("{opposite}>{here}-{}_0", arms[c]))).collect(),
                _ => Vec::new(),
            };
            all.push(MovementFile {
                from: reference(format!("{}-{here}", arms[a])),
                from_lane: 0,
                to: reference(format!("{here}-{}", arms[b])),
                to_lane: 0,
                turn,
                length_m: None,
                speed_limit_kmh: if turn == Turn::Straight { 50.0 } else { 25.0 },
                shape_m: vec![from, to],
                group: Some(reference(["K1", "K3", "K2", "K3"][a])),
                link_index: None,
                waiting_m: None,
                yields_to,
            });
        }
    }
    all
}

fn signals() -> SignalsFile {
    let group = |name: &str, kind, amber_s, red_amber_s| GroupFile {
        name: reference(name),
        kind,
        amber_s,
        red_amber_s,
        min_green_s: 5,
        min_red_s: 1,
        may_stay_red: false,
    };
    let conflict =
        |a: &str, b: &str, grade, intergreen_s| ConflictFile { groups: [reference(a), reference(b)], grade, intergreen_s };
    let signal = |i: usize| SignalFile {
        name: reference(format!("K{i}")),
        source: "assumed: a toy".into(),
        groups: vec![
            group("K1", GroupKind::Vehicles, 3, 1),
            group("K2", GroupKind::Vehicles, 3, 1),
            group("K3", GroupKind::Vehicles, 3, 1),
            group("F1", GroupKind::Pedestrians, 0, 0),
            group("F2", GroupKind::Pedestrians, 0, 0),
        ],
        conflicts: vec![
            conflict("K1", "K3", Grade::Incompatible, Some([5, 6])),
            conflict("K2", "K3", Grade::Incompatible, Some([5, 6])),
            conflict("F1", "K3", Grade::Incompatible, Some([11, 4])),
            conflict("F2", "K1", Grade::Incompatible, Some([12, 4])),
            conflict("F2", "K2", Grade::Incompatible, Some([12, 4])),
            conflict("F1", "K1", Grade::Conditional, None),
            conflict("F2", "K3", Grade::Conditional, Some([9, 2])),
        ],
        stages: Vec::new(),
    };
    SignalsFile { schema: 1, signals: (0..4).map(signal).collect() }
}

fn plan(name: &str, offsets: [u16; 4]) -> PlanFile {
    // The wave gives the street two seconds more.
    let more = u16::from(name == "wave") * 2;
    let signal = |i: usize| {
        let green = |group: &str, from_s: u16, to_s: u16| GreenFile {
            group: reference(group),
            from_s: (from_s + TURNED[i]) % CYCLE,
            to_s: (to_s + TURNED[i]) % CYCLE,
        };
        SignalPlanFile {
            name: reference(format!("K{i}")),
            cycle_s: CYCLE,
            offset_s: offsets[i],
            greens: vec![
                green("K1", 0, 40 + more),
                green("K2", 4, 45 + more),
                green("K3", 50 + more, 73),
                green("F1", 0, 33),
                green("F2", 51 + more, 58 + more),
            ],
        }
    };
    PlanFile { schema: 1, name: name.into(), source: "assumed: by hand".into(), signals: (0..4).map(signal).collect() }
}

fn demand() -> DemandFile {
    let flow = |from: &str, to: &str, flow_veh_per_h: f64| FlowFile {
        name: format!("{from} to {to}"),
        mix: vec![ShareFile { vehicle_type: reference("car"), share: 1.0 }],
        from: Some(reference(from)),
        to: Some(reference(to)),
        route: None,
        begin_s: f64::from(BEGIN - 160),
        end_s: f64::from(BEGIN + 600),
        flow_veh_per_h,
        arrivals: Arrivals::Poisson,
        depart_lane: DepartLane::Best,
        depart_speed: DepartSpeed::Desired,
    };
    let mut flows = vec![flow("W-J0", "J3-E", 480.0), flow("E-J3", "J0-W", 420.0)];
    for i in 0..4 {
        flows.push(flow(&format!("N{i}-J{i}"), &format!("J{i}-S{i}"), 110.0));
        flows.push(flow(&format!("S{i}-J{i}"), if i < 3 { "J3-E" } else { "J3-N3" }, 70.0));
    }
    let car = VehicleTypeFile {
        name: reference("car"),
        class: VehicleClass::Car,
        length_m: None,
        width_m: None,
        min_gap_m: None,
        max_speed_kmh: None,
        acceleration_m_per_s2: None,
        deceleration_m_per_s2: None,
        time_gap_s: None,
        speed_factor: None,
        speed_factor_deviation: None,
    };
    DemandFile { schema: 1, source: "assumed: round numbers".into(), types: vec![car], flows, trips: Vec::new() }
}

fn simulation(scenario: &Scenario, plan: &str, seed: u64) -> Simulation {
    let plan = scenario.plan(Some(plan)).expect("a plan of the toy");
    let controller = Box::new(FixedTime::new(plan.plans.clone()));
    Simulation::new(scenario, controller, Some(plan), Options { seed, ..Options::default() })
}

fn variant<'a>(scenario: &'a Scenario, name: &str, title: &str, seeds: u64) -> Variant<'a> {
    let run = |seed| {
        let mut run = simulation(scenario, name, seed);
        run.run();
        Run { seed, measures: run.measures(), link_delay: run.link_delay().clone(), link_flow: run.link_flow().clone() }
    };
    let plans = scenario.plan(Some(name)).expect("a plan of the toy");
    Variant { name: name.into(), title: title.into(), plans, runs: (1..=seeds).map(run).collect() }
}

fn links(scenario: &Scenario, names: [&str; 5]) -> Vec<LinkId> {
    let find = |name: &str| scenario.network.links.enumerate().find(|(_, l)| l.name == name).expect("a link of the toy").0;
    names.into_iter().map(find).collect()
}

fn corridor(scenario: &Scenario) -> Corridor {
    let up = links(scenario, ["W-J0", "J0-J1", "J1-J2", "J2-J3", "J3-E"]);
    let down = links(scenario, ["E-J3", "J3-J2", "J2-J1", "J1-J0", "J0-W"]);
    let lane = |l: &LinkId| &scenario.network.lanes[scenario.network.links[*l].first_lane].shape;
    let placed = |links: &[LinkId]| {
        let place = |l: &LinkId| PathLink { link: *l, from_m: lane(l).start().x, to_m: lane(l).end().x };
        Path::new(&scenario.network, links.iter().map(place).collect())
    };
    let (up, down) = (placed(&up), placed(&down));
    let mut run = simulation(scenario, "wave", 1);
    let from = BEGIN;
    let lines = collect(&mut run, &[&up, &down], f64::from(from), f64::from(from + 2 * u32::from(CYCLE)));
    let station = |i: usize| Station {
        signal: SignalId::from_index(i),
        position_m: POSITIONS[i],
        groups: [Some(GroupId(0)), Some(GroupId(1))],
    };
    let stations: Vec<Station> = (0..4).map(station).collect();
    let mut directions = [0, 1].map(|d| Direction {
        title: ["eastbound", "westbound"][d].into(),
        speed_kmh: Some(45.0),
        band: Some(Band::at_speed(&stations, d, [4.0, 30.0][d], [20.0, 12.0][d], 12.5)),
        trajectories: Vec::new(),
    });
    for (direction, lines) in directions.iter_mut().zip(lines) {
        direction.trajectories = lines;
    }
    Corridor { title: "Südwall".into(), from: DaySecond(from), stations, directions }
}

/// A whole report from real runs.
pub(super) fn report(scenario: &Scenario, seeds: u64) -> Report<'_> {
    let variants = vec![variant(scenario, "together", "All together", seeds), variant(scenario, "wave", "Wave & more", seeds)];
    let comparisons = Measure::ALL.iter().map(|&m| Comparison::paired(m, &variants, 0, 1)).collect();
    Report {
        scenario,
        chosen: 1,
        baselines: vec![0],
        comparisons,
        corridors: vec![corridor(scenario)],
        findings: vec!["The offsets were set by hand.".into()],
        assumptions: scenario.assumptions.clone(),
        manifest: Manifest {
            version: "0.1.0".into(),
            command: "ampel optimise scenarios/toy -o out".into(),
            scenario_hash: "0".repeat(64),
            seeds: (1..=seeds).collect(),
            facts: vec![("Plan wave, BLAKE3".into(), "f".repeat(64))],
        },
        variants,
    }
}
