//! Cyclists on lanes of their own: those who turn right beside them let them pass.

use model::control::FixedTime;
use model::network::{Meeting, Turn};
use model::scenario::Scenario;
use model::scenario::file::{NetworkFile, reference};
use model::time::DaySecond;
use model::toy::Grid;
use model::vehicle::{VehicleClass, VehicleType};
use sim::{Measures, Options, Simulation};

fn start(scenario: &Scenario, seed: u64) -> Simulation {
    let plan = scenario.plan(None).expect("a toy has a plan");
    Simulation::new(scenario, Box::new(FixedTime::new(plan.plans.clone())), Some(plan), Options { seed, ..Options::default() })
}

/// Keeps the rightmost lanes for bicycles; cars turn right from the lane beside, across them.
fn move_cars_over(network: &mut NetworkFile) {
    for link in &mut network.links {
        link.lanes[0].classes = Some(vec![VehicleClass::Bicycle]);
        link.lanes[1].classes = Some(vec![VehicleClass::Car]);
    }
    let straights: Vec<_> = network.movements.iter().filter(|m| m.turn == Turn::Straight && m.from_lane == 1).cloned().collect();
    for left in network.movements.iter_mut().filter(|m| m.turn == Turn::Left) {
        // The oncoming right turn comes last.
        let right = left.yields_to.pop().expect("a right turn").get_ref().replace("_0", "_1");
        left.yields_to.push(reference(right));
    }
    for right in network.movements.iter_mut().filter(|m| m.turn == Turn::Right) {
        (right.from_lane, right.to_lane) = (1, 1);
        let begin = straights.iter().find(|s| s.from == right.from).expect("a lane").shape_m[0];
        let end = *straights.iter().find(|s| s.to == right.to).expect("a lane").shape_m.last().expect("a point");
        // A corner between the two, cut by half.
        let along = [0, 1].map(|i| (right.shape_m[1][i] - right.shape_m[0][i]).abs());
        let corner = if along[0] > along[1] { [end[0], begin[1]] } else { [begin[0], end[1]] };
        let between = |a: [f64; 2], b: [f64; 2]| [0.5 * (a[0] + b[0]), 0.5 * (a[1] + b[1])];
        right.shape_m = vec![begin, between(begin, corner), between(corner, end), end];
    }
}

/// A crossroads whose rightmost lanes are for bicycles alone.
fn with_cycle_lanes(bicycles: f64) -> Scenario {
    let (flow, duration_s) = (200.0, 1800);
    let grid = Grid { lanes: 2, turning: 0.2, flow_veh_per_h: flow, cross_flow_veh_per_h: flow, duration_s, ..Grid::default() };
    let mut scenario = grid.files().with_network(move_cars_over).check().unwrap_or_else(|faults| panic!("{faults}"));
    let demand = &mut scenario.demand;
    let bicycle = demand.types.push(VehicleType::usual(VehicleClass::Bicycle));
    let straight: Vec<_> =
        demand.flows.iter().filter(|f| ["East East", "West West"].iter().any(|e| f.name.ends_with(e))).cloned().collect();
    for mut flow in straight {
        flow.mix = vec![(bicycle, 1.0)];
        flow.flow = model::quantity::Flow::veh_per_h(bicycles);
        demand.flows.push(flow);
    }
    scenario.end = DaySecond(scenario.end.0 + 600);
    scenario
}

#[test]
fn whoever_turns_right_across_a_cycle_lane_gives_way() {
    let scenario = with_cycle_lanes(100.0);
    let network = &scenario.network;
    let crossing = network.conflicts.iter().filter(|c| {
        let [a, b] = [&c.first, &c.second].map(|s| &network.movements[s.movement]);
        let same = network.lanes[a.from].link == network.lanes[b.from].link;
        same && c.meeting == Meeting::Cross && [a.turn, b.turn].contains(&Turn::Right)
    });
    let mut count = 0;
    for conflict in crossing {
        let turns = [&conflict.first, &conflict.second].into_iter().find(|s| network.movements[s.movement].turn == Turn::Right);
        assert!(turns.is_some_and(|s| conflict.yields(s.movement)), "{conflict:?}");
        count += 1;
    }
    assert_eq!(count, 4);
}

/// The measures of a run, and the time that vehicles of a class were slower than 1 m/s inside the intersection, in seconds.
fn run(bicycles: f64, seed: u64) -> (Measures, f64) {
    let scenario = with_cycle_lanes(bicycles);
    let (mut run, mut slow) = (start(&scenario, seed), 0);
    while !run.is_over() {
        run.step();
        let inside = |v: &&sim::DrawnVehicle| v.front.x.abs() < 12.0 && v.front.y.abs() < 12.0;
        let cyclists = |v: &&sim::DrawnVehicle| v.class == VehicleClass::Bicycle && v.speed < 1.0;
        slow += run.frame().vehicles.iter().filter(inside).filter(cyclists).count();
        assert!(run.overlapping().is_empty(), "at {} s", run.now());
    }
    let m = run.measures();
    assert_eq!((m.red_runs, m.lost, run.vehicles()), (0, 0, (0, 0)), "{m:?}");
    (m, 0.5 * slow as f64)
}

#[test]
fn cyclists_are_not_held_up_by_cars_that_turn_right() {
    let (few, slow) = run(20.0, 1);
    let (many, slow_many) = run(400.0, 1);
    eprintln!("{slow} {slow_many} {few:?} {many:?}");
    assert!(slow < 2.0 && slow_many < 5.0, "{slow} {slow_many} s");
}
