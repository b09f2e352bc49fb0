//! The simulation in small situations, each with the laws checked at every step.

use model::control::FixedTime;
use model::scenario::Scenario;
use model::toy::Grid;
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
