//! Two crossroads on one street, written as a scenario folder: two lanes each way along, one lane across.

use model::demand::{Arrivals, DepartLane, DepartSpeed};
use model::geometry::Point;
use model::network::{Control, Origin, Turn};
use model::scenario::Files;
use model::scenario::file::{
    ConflictFile, CrossingFile, DemandFile, DetectorFile, FlowFile, GreenFile, GroupFile, IntersectionFile, LaneFile, LinkFile,
    MovementFile, NetworkFile, PlanFile, RoadworksFile, ScenarioFile, ShareFile, SignalFile, SignalPlanFile, SignalsFile,
    StageFile, VehicleTypeFile, reference,
};
use model::signal::{Grade, GroupKind};
use model::vehicle::VehicleClass;
use std::path::Path;

const LANE: f64 = 3.25;
const STOP: f64 = 16.0;
const BEGIN: u32 = 25_200;
const CORRIDORS: &str = r#"schema = 1

[[corridor]]
name = "Königswall"
directions = ["eastbound", "westbound"]
signals = ["west", "east"]
"#;

/// One arm of a crossroads: where it points, the links that arrive and leave, and its signal group.
struct Arm {
    direction: (f64, f64),
    arriving: &'static str,
    leaving: &'static str,
    lanes: u32,
    group: &'static str,
}

struct Crossroads {
    name: &'static str,
    centre: (f64, f64),
    /// East, north, west, south.
    arms: [Arm; 4],
}

/// The scenario as it is loaded.
pub(crate) fn scenario() -> model::scenario::Scenario {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    model::scenario::load(folder.path()).unwrap_or_else(|faults| panic!("{faults}"))
}

/// Writes the scenario into an existing folder.
pub(crate) fn write(folder: &Path) {
    let crossroads = crossroads();
    let files = Files::new(
        frame(),
        network(&crossroads),
        signals(),
        vec![plan()],
        demand(),
        RoadworksFile { schema: 1, roadworks: Vec::new() },
    );
    files.write(folder).unwrap();
    std::fs::write(folder.join("corridors.toml"), CORRIDORS).unwrap();
}

fn crossroads() -> [Crossroads; 2] {
    let arm = |direction, arriving, leaving, lanes, group| Arm { direction, arriving, leaving, lanes, group };
    [
        Crossroads {
            name: "west",
            centre: (0.0, 0.0),
            arms: [
                arm((1.0, 0.0), "east-west", "west-east", 2, "K1"),
                arm((0.0, 1.0), "north1-in", "north1-out", 1, "K2"),
                arm((-1.0, 0.0), "far-west-in", "far-west-out", 2, "K1"),
                arm((0.0, -1.0), "south1-in", "south1-out", 1, "K2"),
            ],
        },
        Crossroads {
            name: "east",
            centre: (180.0, 0.0),
            arms: [
                arm((1.0, 0.0), "far-east-in", "far-east-out", 2, "K1"),
                arm((0.0, 1.0), "north2-in", "north2-out", 1, "K2"),
                arm((-1.0, 0.0), "west-east", "east-west", 2, "K1"),
                arm((0.0, -1.0), "south2-in", "south2-out", 1, "K2"),
            ],
        },
    ]
}

fn frame() -> ScenarioFile {
    ScenarioFile {
        period_name: None,
        periods: Vec::new(),
        schema: 1,
        name: "toy".into(),
        title: "Two crossroads on a wall".into(),
        begin_s: BEGIN,
        end_s: BEGIN + 600,
        warm_up_s: 0,
        step_s: 0.5,
        default_plan: Some(reference("fixed")),
        attribution: "made up for a test".into(),
        transition: None,
        day_plan: Vec::new(),
        faults: Vec::new(),
        assumptions: vec!["everything".into()],
    }
}

fn network(crossroads: &[Crossroads]) -> NetworkFile {
    let ends = [
        ("far-west", (-180.0, 0.0)),
        ("far-east", (360.0, 0.0)),
        ("north1", (0.0, 130.0)),
        ("south1", (0.0, -130.0)),
        ("north2", (180.0, 130.0)),
        ("south2", (180.0, -130.0)),
    ];
    let mut intersections: Vec<IntersectionFile> =
        crossroads.iter().map(|c| intersection(c.name, c.centre, Control::Signal)).collect();
    intersections.extend(ends.iter().map(|&(name, at)| intersection(name, at, Control::Joint)));
    let mut links = Vec::new();
    for c in crossroads {
        for arm in &c.arms {
            links.extend(arm_links(c, arm, &ends));
        }
    }
    NetworkFile {
        intersections,
        movements: crossroads.iter().flat_map(|c| movements(c, &links)).collect(),
        crossings: crossroads.iter().map(crossing).collect(),
        links,
        detectors: vec![DetectorFile {
            name: reference("D1"),
            kind: model::detector::DetectorKind::default(),
            link: reference("far-west-in"),
            lane: 0,
            position_m: 130.0,
            length_m: 2.0,
        }],
        ..NetworkFile::empty(Origin { epsg: 0, east_m: 0.0, north_m: 0.0 })
    }
}

fn intersection(name: &str, at: (f64, f64), control: Control) -> IntersectionFile {
    let signal = (control == Control::Signal).then(|| reference(name));
    IntersectionFile { name: reference(name), title: String::new(), position_m: [at.0, at.1], control, signal }
}

/// Both links of an arm; those between the crossroads only once, from the one where they begin.
fn arm_links(c: &Crossroads, arm: &Arm, ends: &[(&str, (f64, f64))]) -> Vec<LinkFile> {
    let street = if arm.direction.1 == 0.0 { "Königswall" } else { "Brückstraße" };
    if arm.leaving == "west-east" || arm.leaving == "east-west" {
        let (to, x) = if c.name == "west" { ("east", 180.0 - STOP) } else { ("west", STOP) };
        let from = c.centre.0 + arm.direction.0 * STOP;
        return vec![link(arm.leaving, street, (c.name, (from, 0.0)), (to, (x, 0.0)), arm.lanes)];
    }
    let near = (c.centre.0 + arm.direction.0 * STOP, c.centre.1 + arm.direction.1 * STOP);
    let (end, far) = *ends.iter().find(|(n, _)| arm.leaving.starts_with(n)).unwrap();
    vec![
        link(arm.leaving, street, (c.name, near), (end, far), arm.lanes),
        link(arm.arriving, street, (end, far), (c.name, near), arm.lanes),
    ]
}

fn link(name: &str, street: &str, from: (&str, (f64, f64)), to: (&str, (f64, f64)), lanes: u32) -> LinkFile {
    let (a, b) = (from.1, to.1);
    let length = Point::new(a.0, a.1).distance(Point::new(b.0, b.1)).get();
    let right = ((b.1 - a.1) / length, -(b.0 - a.0) / length);
    let lane = |index: u32| {
        let off = LANE * (f64::from(lanes - index) - 0.5);
        let shift = |p: (f64, f64)| [p.0 + right.0 * off, p.1 + right.1 * off];
        LaneFile {
            length_m: None,
            width_m: LANE,
            speed_limit_kmh: None,
            classes: None,
            cycle_area_m: None,
            shape_m: vec![shift(a), shift(b)],
        }
    };
    LinkFile {
        name: reference(name),
        street: street.into(),
        from: reference(from.0),
        to: reference(to.0),
        speed_limit_kmh: 50.0,
        rank: 3,
        lanes: (0..lanes).map(lane).collect(),
    }
}

/// The movements over a crossroads: right from the right lane, left from the left one, straight from each.
fn movements(c: &Crossroads, links: &[LinkFile]) -> Vec<MovementFile> {
    let mut made = Vec::new();
    for (i, arm) in c.arms.iter().enumerate() {
        let [left, straight, right] = [3, 2, 1].map(|k| &c.arms[(i + k) % 4]);
        let across: Vec<String> = {
            let opposite = straight;
            let over = (0..opposite.lanes).map(|l| format!("{}_{l}>{}_{l}", opposite.arriving, arm.leaving));
            // The right turn of the opposite arm ends on the arm that this left turn ends on.
            over.chain([format!("{}_0>{}_0", opposite.arriving, left.leaving)]).collect()
        };
        made.push(movement(links, arm, 0, right, 0, Turn::Right, &[]));
        for lane in 0..arm.lanes {
            made.push(movement(links, arm, lane, straight, lane, Turn::Straight, &[]));
        }
        made.push(movement(links, arm, arm.lanes - 1, left, left.lanes - 1, Turn::Left, &across));
    }
    made
}

fn movement(links: &[LinkFile], from: &Arm, lane: u32, to: &Arm, to_lane: u32, turn: Turn, yields: &[String]) -> MovementFile {
    let shape = |name: &str, lane: u32| &links.iter().find(|l| *l.name.get_ref() == name).unwrap().lanes[lane as usize].shape_m;
    let (a, b) = (shape(from.arriving, lane)[1], shape(to.leaving, to_lane)[0]);
    // The corner where the two lanes, drawn on, would meet.
    let corner = if turn == Turn::Straight {
        [f64::midpoint(a[0], b[0]), f64::midpoint(a[1], b[1])]
    } else if from.direction.0 == 0.0 {
        [a[0], b[1]]
    } else {
        [b[0], a[1]]
    };
    let bezier = |t: f64| {
        let at = |k: usize| (1.0 - t) * (1.0 - t) * a[k] + 2.0 * t * (1.0 - t) * corner[k] + t * t * b[k];
        [at(0), at(1)]
    };
    MovementFile {
        from: reference(from.arriving),
        from_lane: lane,
        to: reference(to.leaving),
        to_lane,
        turn,
        length_m: None,
        speed_limit_kmh: if turn == Turn::Straight { 50.0 } else { 25.0 },
        shape_m: (0..=10).map(|k| bezier(f64::from(k) / 10.0)).collect(),
        group: Some(reference(from.group)),
        link_index: None,
        waiting_m: None,
        yields_to: yields.iter().map(|name| reference(name.as_str())).collect(),
    }
}

/// Across the northern arm, on foot.
fn crossing(c: &Crossroads) -> CrossingFile {
    let y = c.centre.1 + STOP - 3.0;
    CrossingFile {
        name: reference(format!("{}-foot", c.name)),
        intersection: reference(c.name),
        shape_m: vec![[c.centre.0 - LANE, y], [c.centre.0 + LANE, y]],
        width_m: 4.0,
        group: Some(reference("F1")),
        link_index: None,
    }
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
        max_green_percent: None,
    };
    let against = |a: &str, b: &str| ConflictFile {
        groups: [reference(a), reference(b)],
        grade: Grade::Incompatible,
        intergreen_s: Some([6, 6]),
    };
    let stage =
        |name: &str, greens: &[&str]| StageFile { name: name.into(), greens: greens.iter().map(|g| reference(*g)).collect() };
    let signal = |name: &str| SignalFile {
        name: reference(name),
        source: "assumed: a test".into(),
        groups: vec![
            group("K1", GroupKind::Vehicles, 3, 1),
            group("K2", GroupKind::Vehicles, 3, 1),
            group("F1", GroupKind::Pedestrians, 0, 0),
        ],
        conflicts: vec![
            against("K1", "K2"),
            against("K2", "F1"),
            ConflictFile { groups: [reference("K1"), reference("F1")], grade: Grade::Conditional, intergreen_s: Some([4, 4]) },
        ],
        stages: vec![stage("along", &["K1", "F1"]), stage("across", &["K2"])],
    };
    SignalsFile { schema: 1, signals: vec![signal("west"), signal("east")] }
}

fn plan() -> PlanFile {
    let green = |group: &str, from_s, to_s| GreenFile { group: reference(group), from_s, to_s };
    let plan = |name: &str, offset_s| SignalPlanFile {
        name: reference(name),
        cycle_s: 60,
        offset_s,
        greens: vec![green("K1", 0, 30), green("K2", 36, 54), green("F1", 0, 28)],
    };
    PlanFile {
        schema: 1,
        name: "fixed".into(),
        source: "assumed: a test".into(),
        signals: vec![plan("west", 0), plan("east", 15)],
    }
}

fn demand() -> DemandFile {
    let share = |name: &str, share| ShareFile { vehicle_type: reference(name), share };
    let flow = |from: &str, to: &str, flow_veh_per_h| FlowFile {
        mix: vec![share("car", 0.84), share("lorry", 0.08), share("bus", 0.05), share("motorcycle", 0.03)],
        from: Some(reference(from)),
        to: Some(reference(to)),
        arrivals: Arrivals::default(),
        depart_lane: DepartLane::default(),
        depart_speed: DepartSpeed::default(),
        ..FlowFile::steady(format!("{from} to {to}"), (f64::from(BEGIN), f64::from(BEGIN) + 600.0), flow_veh_per_h)
    };
    DemandFile {
        types: vec![
            VehicleTypeFile::usual("car", VehicleClass::Car),
            VehicleTypeFile::usual("lorry", VehicleClass::Lorry),
            VehicleTypeFile::usual("bus", VehicleClass::Bus),
            VehicleTypeFile::usual("motorcycle", VehicleClass::Motorcycle),
        ],
        flows: vec![
            flow("far-west-in", "far-east-out", 700.0),
            flow("far-east-in", "far-west-out", 600.0),
            flow("north1-in", "south1-out", 180.0),
            flow("south1-in", "far-east-out", 150.0),
            flow("far-west-in", "north1-out", 120.0),
            flow("north2-in", "far-west-out", 120.0),
            flow("far-east-in", "south2-out", 100.0),
            flow("south2-in", "north2-out", 180.0),
        ],
        ..DemandFile::empty("assumed: a test")
    }
}
