//! Laws that hold on every road, whatever the traffic: random toy grids under random traffic.

mod judge;

use judge::Judge;
use model::control::FixedTime;
use model::demand::DepartLane;
use model::id::{IdVec, SignalId};
use model::scenario::Scenario;
use model::signal::{Green, SafePlan, SignalPlan};
use model::time::{DaySecond, Seconds};
use model::toy::Grid;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use sim::{Options, Simulation};

/// The scenario of a grid. On the rightmost lane at first, or on the one that suits.
fn scenario(grid: &Grid, lane: DepartLane) -> Scenario {
    let mut scenario = grid.scenario();
    for flow in &mut scenario.demand.flows {
        flow.departure.lane = lane;
    }
    scenario
}

fn start(scenario: &Scenario, seed: u64) -> Simulation {
    let plan = scenario.plan(None).expect("a toy has a plan");
    playing(scenario, plan.plans.clone(), seed)
}

fn playing(scenario: &Scenario, plans: IdVec<SignalId, SafePlan>, seed: u64) -> Simulation {
    let initial = model::scenario::PlanSet { name: "played".into(), source: "assumed: a test".into(), plans: plans.clone() };
    // The laws look for overlaps themselves, and can say who it was.
    let options = Options { seed, monitor: false, ..Options::default() };
    Simulation::new(scenario, Box::new(FixedTime::new(plans)), Some(&initial), options)
}

/// The same cases every time, and as many as the time allows.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(2),
        failure_persistence: None,
        max_shrink_iters: 400,
        ..ProptestConfig::default()
    }
}

fn grids(flow: std::ops::Range<f64>) -> impl Strategy<Value = Grid> {
    let shape = (1..=3_usize, 1..=2_usize, 1..=4_usize, 60.0..300.0_f64);
    let signals = (40..120_u16, 0.0..1.0_f64, 0..120_u16);
    let traffic = (flow.clone(), flow, 0.0..0.5_f64);
    let step = prop_oneof![Just(1.0), Just(0.5), Just(0.25)];
    (shape, signals, traffic, step).prop_map(|(shape, (cycle_s, share, offset_s), traffic, step_s)| Grid {
        columns: shape.0,
        rows: shape.1,
        lanes: shape.2,
        spacing_m: shape.3.round(),
        pull_in_m: 0.0,
        cycle_s,
        // Both streets keep their minimum green and their intergreens.
        green_s: 5 + (share * f64::from(cycle_s - 22)) as u16,
        offset_s,
        flow_veh_per_h: traffic.0.round(),
        cross_flow_veh_per_h: traffic.1.round(),
        turning: (traffic.2 * 100.0).round() / 100.0,
        duration_s: 240,
        step_s,
    })
}

fn lanes() -> impl Strategy<Value = DepartLane> {
    prop_oneof![Just(DepartLane::Best), Just(DepartLane::First)]
}

/// Runs a grid to its end and holds every law against every step.
fn keeps_the_laws(scenario: &Scenario, seed: u64) -> Result<(), TestCaseError> {
    let mut run = start(scenario, seed);
    let mut judge = Judge::new(scenario);
    while !run.is_over() {
        run.step();
        let wrong = judge.wrongs(&run);
        prop_assert!(wrong.is_empty(), "at {} s of seed {seed}: {}", run.now() - 3600.0, judge::words(&wrong));
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn traffic_on_any_grid_keeps_the_laws(grid in grids(50.0..2000.0), lane in lanes(), seed in 0..1000_u64) {
        keeps_the_laws(&scenario(&grid, lane), seed)?;
    }
}

proptest! {
    #![proptest_config(cases(40))]

    /// Nobody is stuck for ever: when the flow has ended, light traffic leaves the network.
    #[test]
    fn everyone_arrives_once_the_flow_has_ended(grid in grids(50.0..300.0), lane in lanes(), seed in 0..1000_u64) {
        let green_s = (grid.cycle_s - 12) / 2;
        let mut scenario = scenario(&Grid { green_s, ..grid }, lane);
        // The flows end where the run ended.
        scenario.end = DaySecond(scenario.end.0 + 1200);
        let mut run = start(&scenario, seed);
        run.run();
        let (moving, waiting) = run.vehicles();
        let stuck: Vec<String> = run.frame().vehicles.iter().map(|v| run.describe(v.vehicle)).collect();
        prop_assert_eq!((moving, waiting), (0, 0), "{}", stuck.join("\n"));
        prop_assert_eq!(run.measures().due, run.measures().arrived);
    }

    #[test]
    fn offsets_shifted_by_whole_cycles_change_nothing(grid in grids(300.0..900.0), seed in 0..1000_u64, cycles in 1..4_u16) {
        let scenario = grid.scenario();
        let plans = &scenario.plan(None).expect("a toy has a plan").plans;
        let shifted = plans.iter().map(|p| p.with_offset(Seconds(p.offset().0 + cycles * p.cycle().0))).collect();
        prop_assert_eq!(end(playing(&scenario, plans.clone(), seed)), end(playing(&scenario, shifted, seed)));
    }

    /// Two cycles written as one of twice the length are the same plan.
    #[test]
    fn a_plan_written_twice_over_changes_nothing(grid in grids(300.0..900.0), seed in 0..1000_u64) {
        let scenario = grid.scenario();
        let plans = &scenario.plan(None).expect("a toy has a plan").plans;
        let doubled = plans.enumerate().map(|(id, plan)| {
            twice(plan).check(&scenario.signals[id]).expect("a safe plan written twice over is safe")
        });
        prop_assert_eq!(end(playing(&scenario, plans.clone(), seed)), end(playing(&scenario, doubled.collect(), seed)));
    }
}

/// A car that has turned right may stand with its rear still in the turn.
#[test]
fn whoever_goes_straight_on_sees_the_rear_of_one_that_has_turned_off() {
    let grid = Grid {
        columns: 2,
        spacing_m: 63.0,
        lanes: 4,
        cycle_s: 82,
        green_s: 5,
        flow_veh_per_h: 50.0,
        cross_flow_veh_per_h: 1952.0,
        turning: 0.29,
        duration_s: 240,
        step_s: 1.0,
        ..Grid::default()
    };
    keeps_the_laws(&scenario(&grid, DepartLane::First), 9).unwrap_or_else(|wrong| panic!("{wrong}"));
}

fn end(mut run: Simulation) -> String {
    run.run();
    run.hash()
}

/// The same plan with a cycle of twice the length. The offset may move by a whole old cycle: it is the same second.
fn twice(plan: &SafePlan) -> SignalPlan {
    let cycle = plan.cycle().0;
    let again = |greens: &Vec<Green>| {
        let copies =
            [0, cycle].into_iter().flat_map(|by| greens.iter().map(move |g| Green { start: Seconds(g.start.0 + by), ..*g }));
        copies.collect()
    };
    SignalPlan { cycle: Seconds(2 * cycle), offset: plan.offset(), greens: plan.plan().greens.iter().map(again).collect() }
}
