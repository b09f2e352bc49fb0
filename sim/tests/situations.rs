//! The simulation in small situations, each with the laws checked at every step.

use model::control::FixedTime;
use model::demand::{DepartLane, DepartSpeed, Departure, Trip};
use model::quantity::Span;
use model::scenario::Scenario;
use model::time::Step;
use model::toy::Grid;
use model::vehicle::FollowingModel;
use sim::{Measures, Options, Simulation};

fn start(scenario: &Scenario, options: Options) -> Simulation {
    let plan = scenario.plan(None).expect("a toy has a plan");
    Simulation::new(scenario, Box::new(FixedTime::new(plan.plans.clone())), Some(plan), options)
}

fn run(grid: &Grid) -> Measures {
    let scenario = grid.scenario();
    let mut run = start(&scenario, Options::default());
    run.run();
    let measures = run.measures();
    assert_eq!(measures.overlaps, 0, "{measures:?}");
    assert_eq!(measures.red_runs, 0, "{measures:?}");
    let (moving, waiting) = run.vehicles();
    assert_eq!(measures.due as usize, measures.arrived as usize + moving + waiting, "nobody is lost: {measures:?}");
    measures
}

#[test]
fn light_traffic_gets_through_a_crossroads() {
    let m = run(&Grid { flow_veh_per_h: 200.0, cross_flow_veh_per_h: 100.0, ..Grid::default() });
    eprintln!("{m:?}");
    assert!(m.delay_s < 40.0);
}

#[test]
fn dense_traffic_gets_through_a_crossroads() {
    let m = run(&Grid::default());
    eprintln!("{m:?}");
    assert!(m.delay_s < 60.0);
}

#[test]
fn a_corridor_with_turning_traffic_flows() {
    let m = run(&Grid { columns: 4, ..Grid::default() });
    eprintln!("{m:?}");
    assert!(m.delay_s < 120.0);
}

/// What one vehicle every half minute loses at a gate and a signal, due at any moment of a second.
fn lone_vehicles(speed: DepartSpeed, step: f64, following: FollowingModel) -> Measures {
    let mut scenario = Grid { duration_s: 1800, ..Grid::default() }.scenario();
    let flow = scenario.demand.flows[0].clone();
    let due = |i: u32| f64::from(scenario.begin.0) + 30.0 * f64::from(i) + f64::from(i * 37 % 100) / 100.0;
    let trip = |i: u32| Trip {
        name: String::new(),
        vehicle: flow.mix[0].0,
        depart: Span::seconds_f64(due(i)),
        itinerary: flow.itinerary.clone(),
        departure: Departure { lane: DepartLane::Best, speed },
        calls: Vec::new(),
    };
    scenario.demand.trips = (1..50).map(trip).collect();
    scenario.demand.flows.clear();
    let options = Options { step: Step::of_seconds(step), following: Some(following), ..Options::default() };
    let mut run = start(&scenario, options);
    run.run();
    run.measures()
}

#[test]
fn what_is_lost_at_the_gate_does_not_depend_on_the_step() {
    for speed in [DepartSpeed::Desired, DepartSpeed::Zero] {
        let [fine, coarse] = [0.1, 1.0].map(|step| lone_vehicles(speed, step, FollowingModel::Idm));
        assert_eq!((fine.arrived, coarse.arrived), (49, 49));
        let apart = (fine.delay_s - coarse.delay_s).abs();
        assert!(apart < 0.15, "{speed:?}: {} s and {} s", fine.delay_s, coarse.delay_s);
        // With Krauss, as in SUMO, everyone enters at a step: half a second late on average.
        let [fine, coarse] = [0.1, 1.0].map(|step| lone_vehicles(speed, step, FollowingModel::Krauss));
        assert!(coarse.delay_s > fine.delay_s + 0.3, "{speed:?}: {} s and {} s", fine.delay_s, coarse.delay_s);
    }
}
