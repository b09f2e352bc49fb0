//! Emergency vehicles on duty: they pass red lights and queues make room, and nobody is hit for it.

use model::control::FixedTime;
use model::demand::{DepartLane, Trip};
use model::id::IdVec;
use model::quantity::{Span, Speed};
use model::scenario::Scenario;
use model::time::DaySecond;
use model::toy::{Grid, Road};
use model::vehicle::{FollowingModel, VehicleClass, VehicleType};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use sim::{Measures, Options, Simulation};
use std::collections::BTreeMap;
use std::path::Path;

fn start(scenario: &Scenario, seed: u64) -> Simulation {
    driven(scenario, Options { seed, ..Options::default() })
}

fn driven(scenario: &Scenario, options: Options) -> Simulation {
    let plan = scenario.plan(None).expect("a toy has a plan");
    Simulation::new(scenario, Box::new(FixedTime::new(plan.plans.clone())), Some(plan), options)
}

/// One vehicle of a class from west to east every five minutes, at another second of the cycle each, with cross traffic.
fn every_five_minutes(class: VehicleClass, lanes: usize, flow: f64, cross_flow: f64) -> Scenario {
    let grid =
        Grid { lanes, flow_veh_per_h: flow, cross_flow_veh_per_h: cross_flow, turning: 0.1, duration_s: 3600, ..Grid::default() };
    let mut scenario = grid.scenario();
    let demand = &mut scenario.demand;
    let kind = demand.types.push(VehicleType::usual(class));
    let stream = demand.flows.iter().find(|f| f.name.ends_with("East East")).expect("a flow").clone();
    for i in 0..11 {
        let depart = Span::seconds_f64(3650.0 + 307.0 * f64::from(i));
        let (itinerary, departure) = (stream.itinerary.clone(), stream.departure);
        let name = format!("trip {i}");
        demand.trips.push(Trip { name, vehicle: kind, depart, itinerary, departure, calls: Vec::new() });
    }
    scenario.end = DaySecond(scenario.end.0 + 600);
    scenario
}

/// Mean time on the road of the vehicles of a class, and the measures.
fn journeys(scenario: &Scenario, class: VehicleClass, count: usize) -> (f64, Measures) {
    let (mut run, mut steps) = (start(scenario, 3), BTreeMap::new());
    while !run.is_over() {
        run.step();
        for v in run.frame().vehicles.iter().filter(|v| v.class == class) {
            *steps.entry(v.vehicle).or_insert(0) += 1;
        }
    }
    let m = run.measures();
    assert_eq!((m.overlaps, m.red_runs, m.lost, run.vehicles()), (0, 0, 0, (0, 0)), "{m:?}");
    assert!(count == 0 || steps.len() == count, "{} of {count}", steps.len());
    (0.5 * f64::from(steps.values().sum::<i32>()) / steps.len() as f64, m)
}

#[test]
fn an_emergency_vehicle_passes_red_and_arrives_sooner_than_others_on_its_way() {
    for (lanes, flow) in [(1, 0.1), (1, 200.0), (2, 200.0)] {
        let [(on_duty, m), (other, others)] = [VehicleClass::Emergency, VehicleClass::Motorcycle]
            .map(|class| journeys(&every_five_minutes(class, lanes, flow, 250.0 * lanes as f64), class, 11));
        eprintln!("{lanes} lanes, {flow} veh/h: {on_duty:.1} s on duty, {other:.1} s else; {} passages at red", m.red_passages);
        assert!(on_duty + 8.0 < other, "{lanes} lanes, {flow} veh/h: {on_duty} s on duty, {other} s else");
        assert!(m.red_passages >= 1 && others.red_passages == 0, "{m:?}");
    }
}

#[test]
fn it_slows_down_before_a_line_at_red() {
    let scenario = every_five_minutes(VehicleClass::Emergency, 1, 0.1, 300.0);
    let (mut run, mut passages, mut fastest) = (start(&scenario, 1), 0, 0.0_f64);
    while !run.is_over() {
        let before = run.frame();
        run.step();
        if run.measures().red_passages > passages {
            passages = run.measures().red_passages;
            let v = before.vehicles.iter().find(|v| v.class == VehicleClass::Emergency).expect("one passes");
            fastest = fastest.max(v.speed);
        }
    }
    assert!(passages >= 4 && fastest < 25.0 / 3.6, "{passages} passages, at most at {fastest} m/s");
}

#[test]
fn a_vehicle_ahead_moves_to_the_other_lane() {
    let aside = |class: VehicleClass| {
        let mut scenario = Road { lanes: 2, persons_per_h: 0.0, ..Road::default() }.scenario();
        let demand = &mut scenario.demand;
        let stream = demand.flows[0].clone();
        demand.flows.clear();
        let mut lorry = VehicleType::usual(VehicleClass::Lorry);
        lorry.max_speed = Speed::kmh(20.0);
        for (i, kind) in [lorry, VehicleType::usual(class)].into_iter().enumerate() {
            let (vehicle, depart) = (demand.types.push(kind), Span::seconds_f64(3600.0 + 5.0 * i as f64));
            let (itinerary, mut departure) = (stream.itinerary.clone(), stream.departure);
            departure.lane = DepartLane::First;
            demand.trips.push(Trip { name: i.to_string(), vehicle, depart, itinerary, departure, calls: Vec::new() });
        }
        let mut run = Simulation::new(&scenario, Box::new(FixedTime::new(IdVec::default())), None, Options::default());
        let mut places: Vec<f64> = Vec::new();
        while !run.is_over() {
            run.step();
            places.extend(run.frame().vehicles.iter().filter(|v| v.class == VehicleClass::Lorry).map(|v| v.front.y));
        }
        assert_eq!((run.measures().overlaps, run.measures().arrived), (0, 2));
        places.iter().any(|y| (y - places[0]).abs() > 2.0)
    };
    assert!(aside(VehicleClass::Emergency) && !aside(VehicleClass::Car));
}

#[test]
fn a_saved_state_keeps_what_emergency_vehicles_have_done() {
    let scenario = every_five_minutes(VehicleClass::Emergency, 1, 0.1, 300.0);
    let mut run = start(&scenario, 1);
    while run.measures().red_passages < 2 && !run.is_over() {
        run.step();
    }
    let (saved, mut other) = (run.save(), start(&scenario, 1));
    other.restore(&saved).expect("the same run");
    for _ in 0..400 {
        run.step();
        other.step();
    }
    assert_eq!((run.hash(), run.measures()), (other.hash(), other.measures()));
}

/// A grid with a share of emergency vehicles in every flow.
fn mixed(grid: &Grid, share: f64) -> Scenario {
    let mut scenario = grid.scenario();
    let demand = &mut scenario.demand;
    let on_duty = demand.types.push(VehicleType::usual(VehicleClass::Emergency));
    for flow in &mut demand.flows {
        let car = flow.mix[0].0;
        flow.mix = vec![(car, 1.0 - share), (on_duty, share)];
    }
    scenario
}

#[test]
fn nobody_is_hit_on_a_real_network_where_every_tenth_is_on_duty() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/dortmund-wall");
    let mut scenario = model::scenario::load(&folder).unwrap_or_else(|faults| panic!("{faults}"));
    scenario.end = DaySecond(scenario.start().0 + 1200);
    let demand = &mut scenario.demand;
    let on_duty = demand.types.push(VehicleType::usual(VehicleClass::Emergency));
    for flow in &mut demand.flows {
        flow.mix.iter_mut().for_each(|(_, share)| *share *= 0.9);
        flow.mix.push((on_duty, 0.1));
    }
    for (i, trip) in demand.trips.iter_mut().enumerate() {
        trip.vehicle = if i % 10 == 0 { on_duty } else { trip.vehicle };
    }
    let mut run = start(&scenario, 1);
    run.run();
    let m = run.measures();
    eprintln!("{m:?}");
    assert_eq!((m.overlaps, m.red_runs, m.lost), (0, 0, 0), "{m:?}");
    assert!(m.red_passages > 20, "{m:?}");
}

fn grids() -> impl Strategy<Value = (Grid, f64, u64)> {
    let shape = (1..=3_usize, 1..=2_usize, 1..=3_usize, 60.0..250.0_f64);
    let traffic = (100.0..900.0_f64, 100.0..900.0_f64, 0.0..0.45_f64, 0.02..0.5_f64);
    let step = prop_oneof![Just(1.0), Just(0.5), Just(0.25)];
    (shape, 50..110_u16, traffic, step, 0..1000_u64).prop_map(|(shape, cycle_s, traffic, step_s, seed)| {
        let grid = Grid {
            columns: shape.0,
            rows: shape.1,
            lanes: shape.2,
            spacing_m: shape.3.round(),
            cycle_s,
            green_s: 5 + (cycle_s - 22) / 2,
            flow_veh_per_h: traffic.0.round() * shape.2 as f64,
            cross_flow_veh_per_h: traffic.1.round() * shape.2 as f64,
            turning: (traffic.2 * 100.0).round() / 100.0,
            duration_s: 300,
            step_s,
            ..Grid::default()
        };
        (grid, (traffic.3 * 100.0).round() / 100.0, seed)
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 150, rng_seed: RngSeed::Fixed(5), failure_persistence: None, max_shrink_iters: 60, ..ProptestConfig::default()
    })]

    #[test]
    fn nobody_is_hit_however_many_are_on_duty((grid, share, seed) in grids(), krauss in any::<bool>()) {
        let scenario = mixed(&grid, share);
        let following = krauss.then_some(FollowingModel::Krauss);
        let mut run = driven(&scenario, Options { seed, following, ..Options::default() });
        while !run.is_over() {
            run.step();
            let touching: Vec<String> =
                run.overlapping().into_iter().map(|[a, b]| format!("{} / {}", run.describe(a), run.describe(b))).collect();
            prop_assert!(touching.is_empty(), "at {} s: {}", run.now() - 3600.0, touching.join("\n"));
        }
        let m = run.measures();
        prop_assert_eq!((m.red_runs, m.lost, m.gridlocks), (0, 0, 0), "{:?}", m);
    }

    #[test]
    fn everyone_arrives_once_the_flow_has_ended((mut grid, share, seed) in grids()) {
        (grid.flow_veh_per_h, grid.cross_flow_veh_per_h) = (250.0, 250.0);
        let mut scenario = mixed(&grid, share);
        scenario.end = DaySecond(scenario.end.0 + 900);
        let mut run = start(&scenario, seed);
        run.run();
        let left: Vec<String> = run.frame().vehicles.iter().map(|v| run.describe(v.vehicle)).collect();
        prop_assert!(left.is_empty() && run.vehicles().1 == 0, "{}", left.join("\n"));
    }
}
