//! Two full lanes that become one: vehicles alternate just before the end of the lane that does not lead on.

use model::control::FixedTime;
use model::id::IdVec;
use model::network::{Control, Origin, Turn};
use model::scenario::file::{
    ClosureFile, DemandFile, FlowFile, IntersectionFile, LaneFile, LinkFile, MovementFile, NetworkFile, RoadworkFile,
    RoadworksFile, ScenarioFile, ShareFile, SignalsFile, VehicleTypeFile, reference,
};
use model::scenario::{Files, Scenario};
use model::vehicle::{FollowingModel, VehicleClass, VehicleType};
use sim::{Options, Simulation};
use std::collections::BTreeMap;

/// Where two roads of one lane become one of two, in metres.
const WIDE: f64 = 200.0;

/// Where the road narrows, in metres.
const DROP: f64 = 500.0;

/// Half the length of the places between, in metres.
const LENGTH: f64 = 10.0;

/// How fast slow lorries are, in km/h: so slow that they merge in turn, while cars are far away.
const SLOW_KMH: f64 = 29.0;

/// A road of two lanes that goes on with one.
#[derive(Clone, Copy, Debug)]
enum Drop {
    /// The right lane ends.
    Right,
    /// The left lane ends.
    Left,
    /// The right lane is led over to the left, and gives way if so.
    Taper(bool),
    /// Roadworks close a lane of a road that goes on with two.
    Works(u32),
}

fn lane(y: f64, from: f64, to: f64) -> LaneFile {
    LaneFile {
        length_m: None,
        width_m: 3.2,
        speed_limit_kmh: None,
        classes: None,
        cycle_area_m: None,
        shape_m: vec![[from, y], [to, y]],
    }
}

fn network(drop: Drop, limit: f64) -> NetworkFile {
    let place = |name: &str, x: f64| IntersectionFile {
        name: reference(name),
        title: String::new(),
        position_m: [x, 0.0],
        control: Control::Joint,
        signal: None,
    };
    let link = |name: &str, from: &str, to: &str, lanes: Vec<LaneFile>| LinkFile {
        name: reference(name),
        street: String::new(),
        from: reference(from),
        to: reference(to),
        speed_limit_kmh: limit,
        rank: 0,
        lanes,
    };
    let (through, y) = match drop {
        Drop::Right | Drop::Taper(_) | Drop::Works(_) => (1, -1.6),
        Drop::Left => (0, -4.8),
    };
    let movement = |from, to, x, y| MovementFile { speed_limit_kmh: limit, ..movement(from, to, x, y) };
    let mut movements = vec![
        movement(("right", 0), ("wide", 0), WIDE, -4.8),
        movement(("left", 0), ("wide", 1), WIDE, -1.6),
        movement(("wide", through), ("narrow", 0), DROP, y),
    ];
    if let Drop::Taper(gives_way) = drop {
        let mut taper = movement(("wide", 0), ("narrow", 0), DROP, -4.8);
        taper.shape_m[1][1] = y;
        taper.yields_to = if gives_way { vec![reference("wide_1>narrow_0")] } else { Vec::new() };
        movements.push(taper);
    }
    let mut beyond = vec![lane(y, DROP + LENGTH, 900.0)];
    if let Drop::Works(_) = drop {
        beyond.insert(0, lane(-4.8, DROP + LENGTH, 900.0));
        movements[2].to_lane = 1;
        movements.push(movement(("wide", 0), ("narrow", 0), DROP, -4.8));
    }
    NetworkFile {
        intersections: vec![place("A", 0.0), place("B", 0.0), place("W", WIDE), place("M", DROP), place("E", 900.0)],
        links: vec![
            link("right", "A", "W", vec![lane(-4.8, 0.0, WIDE - LENGTH)]),
            link("left", "B", "W", vec![lane(-1.6, 0.0, WIDE - LENGTH)]),
            link("wide", "W", "M", vec![lane(-4.8, WIDE + LENGTH, DROP - LENGTH), lane(-1.6, WIDE + LENGTH, DROP - LENGTH)]),
            link("narrow", "M", "E", beyond),
        ],
        movements,
        ..NetworkFile::empty(Origin { epsg: 0, east_m: 0.0, north_m: 0.0 })
    }
}

fn movement(from: (&str, u32), to: (&str, u32), x: f64, y: f64) -> MovementFile {
    MovementFile {
        from: reference(from.0),
        from_lane: from.1,
        to: reference(to.0),
        to_lane: to.1,
        turn: Turn::Straight,
        length_m: None,
        speed_limit_kmh: 50.0,
        shape_m: vec![[x - LENGTH, y], [x + LENGTH, y]],
        group: None,
        link_index: None,
        waiting_m: None,
        yields_to: Vec::new(),
    }
}

/// The road with a flow of cars on each of its lanes.
fn scenario(drop: Drop, flow: f64, duration_s: u32) -> Scenario {
    scenario_of(drop, flow, duration_s, ("car", 50.0))
}

/// The road with as many vehicles an hour on each of its lanes, on the right one of a kind, and a limit in km/h.
fn scenario_of(drop: Drop, flow: f64, duration_s: u32, (right, limit): (&str, f64)) -> Scenario {
    let stream = |link: &str| FlowFile {
        mix: vec![ShareFile { vehicle_type: reference(if link == "right" { right } else { "car" }), share: 1.0 }],
        route: Some([link, "wide", "narrow"].map(reference).to_vec()),
        ..FlowFile::steady(link, (0.0, f64::from(duration_s)), flow)
    };
    let slow = VehicleTypeFile { max_speed_kmh: Some(SLOW_KMH), ..VehicleTypeFile::usual("slow", VehicleClass::Lorry) };
    let demand = DemandFile {
        types: vec![VehicleTypeFile::usual("car", VehicleClass::Car), slow],
        flows: vec![stream("right"), stream("left")],
        ..DemandFile::empty("assumed: a test")
    };
    let file = ScenarioFile {
        schema: 1,
        period_name: None,
        periods: Vec::new(),
        name: "drop".into(),
        title: "Two lanes become one".into(),
        begin_s: 0,
        end_s: duration_s,
        warm_up_s: 0,
        step_s: 0.5,
        default_plan: None,
        attribution: String::new(),
        assumptions: vec!["assumed: everything; this is a test".into()],
        transition: None,
        day_plan: Vec::new(),
        faults: Vec::new(),
    };
    let signals = SignalsFile { schema: 1, signals: Vec::new() };
    let closed = if let Drop::Works(lane) = drop { Some(lane) } else { None };
    let site = |lane| RoadworkFile {
        name: "works".into(),
        source: "assumed: a test".into(),
        closures: vec![ClosureFile {
            link: reference("narrow"),
            lanes: Some(vec![lane]),
            begin_s: 0.0,
            end_s: f64::from(duration_s),
            speed_limit_kmh: None,
        }],
    };
    let roadworks = RoadworksFile { schema: 1, roadworks: closed.map(site).into_iter().collect() };
    let files = Files::new(file, network(drop, limit), signals, Vec::new(), demand, roadworks);
    files.check().unwrap_or_else(|faults| panic!("{faults}"))
}

/// How many vehicles have come over the drop in half an hour, from the right lane and from the left; nobody is stranded.
fn passed(drop: Drop, flow: f64, following: FollowingModel, seed: u64) -> [u32; 2] {
    let (begin, end) = (600.0, 2400.0);
    let scenario = scenario(drop, flow, 2400);
    let link = |name: &str| scenario.network.links.enumerate().find(|(_, l)| l.name == name).expect("a link").0;
    let (sources, narrow) = ([link("right"), link("left")], link("narrow"));
    let options = Options { seed, following: Some(following), ..Options::default() };
    let mut run = Simulation::new(&scenario, Box::new(FixedTime::new(IdVec::default())), None, options);
    let (mut origin, mut count) = (BTreeMap::new(), [0, 0]);
    while run.now() < end {
        run.step();
        for v in &run.frame().vehicles {
            if let Some(lane) = sources.iter().position(|s| *s == v.link) {
                origin.insert(v.vehicle, lane);
            }
            if v.link == narrow
                && let Some(lane) = origin.remove(&v.vehicle)
            {
                count[lane] += u32::from(run.now() > begin);
            }
        }
    }
    let m = run.measures();
    assert_eq!((m.overlaps, m.lost, m.gridlocks, m.detours), (0, 0, 0, 0), "{m:?}");
    count
}

/// Published flows over such a place, in vehicles per hour: 1200 in the country and 1500 in town at heavy work (Dixon, Hummer,
/// Lorscheider, TRR 1529, 1996), 1400 on average (HCM 2010, exhibit 10-14, two lanes to one), 1600 as a base (HCM 2000).
const PUBLISHED: std::ops::RangeInclusive<f64> = 1200.0..=1600.0;

/// What a lane carries with the model of Krauss at 50 km/h: a vehicle, its least gap and a time gap of 1 s, in vehicles per
/// hour.
fn krauss_capacity() -> f64 {
    let (speed, car) = (50.0 / 3.6, VehicleType::usual(VehicleClass::Car));
    3600.0 * speed / (speed * car.following.time_gap.get() + car.length.get() + car.min_gap.get())
}

/// Runs a road that narrows with several seeds: the shares of the right lane with their scatter, and the flow.
fn shares(drop: Drop, following: FollowingModel) -> (f64, f64, f64) {
    let runs: Vec<[u32; 2]> = (1..=5).map(|seed| passed(drop, 1500.0, following, seed)).collect();
    let shares: Vec<f64> = runs.iter().map(|[r, l]| f64::from(*r) / f64::from(r + l)).collect();
    let count = runs.len() as f64;
    let mean = shares.iter().sum::<f64>() / count;
    let deviation = (shares.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>() / (count - 1.0)).sqrt();
    let flow = runs.iter().map(|[r, l]| f64::from(r + l)).sum::<f64>() / count * 2.0;
    eprintln!("{drop:?}, {following:?}: {mean:.3} +- {deviation:.3}, {flow:.0} veh/h");
    (mean, deviation, flow)
}

#[test]
fn full_lanes_alternate_where_one_ends_or_is_led_over() {
    for drop in [Drop::Right, Drop::Left, Drop::Taper(false), Drop::Taper(true), Drop::Works(0), Drop::Works(1)] {
        let (mean, deviation, flow) = shares(drop, FollowingModel::Idm);
        assert!(mean - 2.0 * deviation > 0.4 && mean + 2.0 * deviation < 0.6, "{drop:?}: {mean} +- {deviation}");
        assert!(PUBLISHED.contains(&flow), "{drop:?}: {flow} veh/h");
        // With the model of Krauss a lane carries more than that everywhere.
        let (mean, deviation, flow) = shares(drop, FollowingModel::Krauss);
        assert!(mean - 2.0 * deviation > 0.4 && mean + 2.0 * deviation < 0.6, "{drop:?}: {mean} +- {deviation}");
        assert!(flow > *PUBLISHED.start() && flow < krauss_capacity(), "{drop:?}: {flow} veh/h");
    }
}

#[test]
fn both_lanes_are_used_up_to_the_barrier_of_works() {
    for closed in [0_usize, 1] {
        let scenario = scenario(Drop::Works(closed as u32), 1500.0, 1200);
        let wide = scenario.network.links.enumerate().find(|(_, l)| l.name == "wide").expect("a link").0;
        let lanes: Vec<_> = scenario.network.links[wide].lanes().map(|l| &scenario.network.lanes[l]).collect();
        let (end, y) = (lanes[0].length.get(), lanes[closed].shape.points()[0].y);
        let mut run = Simulation::new(&scenario, Box::new(FixedTime::new(IdVec::default())), None, Options::default());
        // Where each vehicle was seen last on the lane that ends, once the queue stands, before it was on the other one.
        let (mut last, mut changes) = (BTreeMap::new(), Vec::new());
        while run.now() < 1200.0 {
            run.step();
            for v in run.frame().vehicles.iter().filter(|v| v.link == wide && v.position < end) {
                if (v.front.y - y).abs() < 0.5 {
                    last.insert(v.vehicle, end - v.position);
                } else if let Some(before) = last.remove(&v.vehicle).filter(|_| run.now() > 600.0) {
                    changes.push(before);
                }
            }
        }
        changes.sort_by(f64::total_cmp);
        let (near, median) = (changes.iter().filter(|&&c| c < 60.0).count(), changes[changes.len() / 2]);
        eprintln!(
            "lane {closed} closed: {near} of {} change in the last 60 m, half of them in the last {median:.0} m",
            changes.len()
        );
        assert!(changes.len() > 80 && 10 * near > 9 * changes.len(), "lane {closed} closed: {near} of {}", changes.len());
        assert_eq!((run.measures().overlaps, run.measures().detours), (0, 0));
    }
}

#[test]
fn whoever_is_led_over_gives_way_while_traffic_is_light() {
    let scenario = scenario(Drop::Taper(true), 250.0, 1200);
    let mut run = Simulation::new(&scenario, Box::new(FixedTime::new(IdVec::default())), None, Options::default());
    run.run();
    let m = run.measures();
    assert!(m.delay_s < 6.0 && (m.overlaps, m.lost, m.detours) == (0, 0, 0), "{m:?}");
}

#[test]
fn fast_cars_see_who_has_found_a_gap_before_them() {
    let scenario = scenario_of(Drop::Taper(true), 400.0, 1800, ("slow", 70.0));
    for seed in 1..=10 {
        let options = Options { seed, ..Options::default() };
        let mut run = Simulation::new(&scenario, Box::new(FixedTime::new(IdVec::default())), None, options);
        run.run();
        let m = run.measures();
        assert_eq!((m.overlaps, m.lost, m.gridlocks, m.detours), (0, 0, 0, 0), "seed {seed}: {m:?}");
    }
}
