//! Trams among cars at signals: they brake less than cars can, and neither run red lights nor into anybody.

use model::control::FixedTime;
use model::scenario::Scenario;
use model::time::{DaySecond, Step};
use model::toy::Grid;
use model::vehicle::{VehicleClass, VehicleType};
use sim::{Options, Simulation};

/// A grid whose lanes carry tracks as well, with a share of trams in every flow.
fn shared_tracks(grid: &Grid, share: f64) -> Scenario {
    let mut scenario = grid.scenario();
    for lane in scenario.network.lanes.ids().collect::<Vec<_>>() {
        let lane = &mut scenario.network.lanes[lane];
        lane.classes = lane.classes.with(VehicleClass::Tram);
    }
    let demand = &mut scenario.demand;
    let tram = demand.types.push(VehicleType::usual(VehicleClass::Tram));
    for flow in &mut demand.flows {
        let car = flow.mix[0].0;
        flow.mix = vec![(car, 1.0 - share), (tram, share)];
    }
    // The flows end where the run ended.
    scenario.end = DaySecond(scenario.end.0 + 900);
    scenario
}

#[test]
fn trams_at_signals_brake_within_their_limits_and_everyone_arrives() {
    let mut hardest: f64 = 0.0;
    for (seed, step, turning) in [(1, 0.5, 0.0), (2, 1.0, 0.15), (3, 0.25, 0.15), (4, 0.1, 0.1), (5, 0.5, 0.2)] {
        let grid = Grid {
            columns: 2,
            rows: 1,
            lanes: 1,
            flow_veh_per_h: 350.0,
            cross_flow_veh_per_h: 250.0,
            turning,
            ..Grid::default()
        };
        let scenario = shared_tracks(&grid, 0.15);
        let plan = scenario.plan(None).expect("a toy has a plan");
        let options = Options { seed, step: Step::of_seconds(step), ..Options::default() };
        let mut run = Simulation::new(&scenario, Box::new(FixedTime::new(plan.plans.clone())), Some(plan), options);
        while !run.is_over() {
            run.step();
            for v in run.frame().vehicles.iter().filter(|v| v.class == VehicleClass::Tram) {
                // The last step before standing is cut short at a place, at walking pace.
                if v.speed == 0.0 {
                    continue;
                }
                hardest = hardest.max(-v.acceleration);
                let most = v.class.emergency_deceleration().get();
                assert!(v.acceleration >= -most - 1e-6, "seed {seed}, step {step} at {}: {}", run.now(), run.describe(v.vehicle));
            }
        }
        let m = run.measures();
        eprintln!("{step} s: {m:?}");
        assert_eq!((m.overlaps, m.red_runs, m.lost), (0, 0, 0), "seed {seed}, step {step}: {m:?}");
        assert_eq!((m.arrived, run.vehicles()), (m.due, (0, 0)), "seed {seed}, step {step}: {m:?}");
    }
    assert!(hardest > 1.3, "no tram ever had to brake: {hardest}");
}
