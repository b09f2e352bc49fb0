//! Roadworks in a run: who goes where while lanes, turns and links are closed, and how fast.

use model::control::FixedTime;
use model::id::{LaneId, LinkId, VehicleId};
use model::network::Network;
use model::quantity::{Length, Span, Speed};
use model::roadworks::{Closed, Closure, Roadwork};
use model::scenario::Scenario;
use model::toy::Grid;
use model::vehicle::FollowingModel;
use sim::{DrawnVehicle, Options, Simulation};
use std::collections::{BTreeMap, BTreeSet};

/// First second of the toys.
const BEGIN: f64 = 3600.0;

/// Four crossroads with two lanes everywhere, so that there is a way round every link between them.
fn square() -> Grid {
    Grid { columns: 2, rows: 2, duration_s: 1200, flow_veh_per_h: 500.0, cross_flow_veh_per_h: 300.0, ..Grid::default() }
}

fn link(network: &Network, name: &str) -> LinkId {
    network.links.enumerate().find(|(_, l)| l.name == name).unwrap_or_else(|| panic!("no link {name}")).0
}

/// A site that closes something from a second of the run to another.
fn site(what: Closed, (from, to): (f64, f64), limit_kmh: Option<f64>) -> Roadwork {
    let (begin, end) = (Span::seconds_f64(BEGIN + from), Span::seconds_f64(BEGIN + to));
    let closure = Closure { what, begin, end, speed_limit: limit_kmh.map(Speed::kmh) };
    Roadwork { name: "site".into(), source: "assumed: a test".into(), closures: vec![closure] }
}

fn start(scenario: &Scenario, options: Options) -> Simulation {
    let plan = scenario.plan(None).expect("the toy has a plan");
    Simulation::new(scenario, Box::new(FixedTime::new(plan.plans.clone())), Some(plan), options)
}

/// The lane on which a vehicle is by the drawing; `None` on an intersection.
fn lane_of(network: &Network, v: &DrawnVehicle) -> Option<LaneId> {
    let off = |l: LaneId| network.lanes[l].shape.pose(Length::metres(v.position)).at.distance(v.front).get();
    let lane = network.links[v.link].lanes().min_by(|&a, &b| off(a).total_cmp(&off(b)))?;
    (v.position <= network.lanes[lane].length.get()).then_some(lane)
}

/// Runs to the end; who has come on to each of the lanes, by the second of the run, and the sound run.
fn visits(scenario: &Scenario, lanes: &[LaneId]) -> (Vec<(f64, VehicleId)>, Simulation) {
    let mut run = start(scenario, Options::default());
    let (mut visits, mut there) = (Vec::new(), BTreeSet::new());
    while !run.is_over() {
        run.step();
        let on = |v: &&DrawnVehicle| lane_of(&scenario.network, v).is_some_and(|l| lanes.contains(&l));
        let now: BTreeSet<VehicleId> = run.frame().vehicles.iter().filter(on).map(|v| v.vehicle).collect();
        visits.extend(now.difference(&there).map(|&v| (run.now() - BEGIN, v)));
        there = now;
    }
    let m = run.measures();
    assert_eq!((m.overlaps, m.red_runs, m.lost, m.gridlocks), (0, 0, 0, 0), "{m:?}");
    (visits, run)
}

#[test]
fn nobody_comes_on_to_a_closed_lane_and_the_other_is_used() {
    for index in [0, 1] {
        let mut scenario = square().scenario();
        let closed = scenario.network.links[link(&scenario.network, "X1.0<East")].lane(index).expect("two lanes");
        scenario.roadworks = vec![site(Closed::Lanes(vec![closed]), (0.0, 1200.0), None)];
        let (visits, run) = visits(&scenario, &[closed]);
        assert_eq!(visits, [], "lane {index}");
        let link = scenario.network.lanes[closed].link;
        assert!(run.link_flow()[link] > 60, "lane {index}: {} passed", run.link_flow()[link]);
        let toll = run.roadworks_toll().expect("there are roadworks");
        assert_eq!((toll.went_through, toll.barred.len()), (0, 0), "{toll:?}");
    }
}

#[test]
fn those_on_a_lane_that_closes_leave_it_and_it_is_used_again_when_it_opens() {
    let mut scenario = square().scenario();
    let closed = scenario.network.links[link(&scenario.network, "X1.0<East")].lane(1).expect("two lanes");
    scenario.roadworks = vec![site(Closed::Lanes(vec![closed]), (400.0, 800.0), None)];
    let (visits, run) = visits(&scenario, &[closed]);
    let during = |from: f64, to: f64| visits.iter().filter(|v| (from..to).contains(&v.0)).count();
    assert!(during(0.0, 400.0) > 5 && during(800.0, 1200.0) > 5, "{visits:?}");
    // Those who could not stop any more are across the intersection after a few seconds.
    assert_eq!(during(415.0, 800.0), 0, "{visits:?}");
    let went_through = run.roadworks_toll().expect("there are roadworks").went_through;
    assert!(during(400.0, 415.0) as u32 <= went_through && went_through < 5, "{went_through}");
}

#[test]
fn a_closed_link_is_gone_round_by_all_who_can() {
    let mut scenario = square().scenario();
    let closed = link(&scenario.network, "X1.0<East");
    scenario.roadworks = vec![site(Closed::Link(closed), (300.0, 900.0), None)];
    let lanes: Vec<LaneId> = scenario.network.links[closed].lanes().collect();
    let (visits, run) = visits(&scenario, &lanes);
    let during = |from: f64, to: f64| visits.iter().filter(|v| (from..to).contains(&v.0)).count();
    assert!(during(0.0, 300.0) > 10 && during(1000.0, 1200.0) > 10, "{visits:?}");
    assert_eq!(during(315.0, 900.0), 0, "{visits:?}");
    let toll = run.roadworks_toll().expect("there are roadworks");
    assert!(toll.diverted > 40 && toll.rerouted > 0 && toll.barred.is_empty(), "{toll:?}");
    assert!(
        toll.detour_km > 0.4 * f64::from(toll.diverted) && toll.detour_km < 0.7 * f64::from(toll.diverted + toll.rerouted),
        "{toll:?}"
    );
    assert!(toll.went_through < 4, "{toll:?}");
    let open = {
        scenario.roadworks.clear();
        start(&scenario, Options::default())
    };
    assert_eq!(open.roadworks_toll(), None);
}

#[test]
fn those_without_another_way_stay_at_home_and_are_named() {
    let mut scenario = Grid { duration_s: 600, ..Grid::default() }.scenario();
    let closed = link(&scenario.network, "X0.0>East");
    let due = |run: &Simulation| run.measures().due;
    let mut open = start(&scenario, Options::default());
    open.run();
    scenario.roadworks = vec![site(Closed::Link(closed), (0.0, 600.0), None)];
    let (visits, run) = visits(&scenario, &scenario.network.links[closed].lanes().collect::<Vec<_>>());
    let toll = run.roadworks_toll().expect("there are roadworks");
    assert_eq!((visits.len(), toll.went_through, toll.diverted), (0, 0, 0), "{toll:?}");
    assert!(!toll.barred.is_empty() && toll.barred.iter().all(|b| b.to == closed), "{toll:?}");
    let barred: u32 = toll.barred.iter().map(|b| b.vehicles).sum();
    assert!(barred > 30 && due(&run) + barred == due(&open), "{barred} of {} barred, {} due", due(&open), due(&run));
}

#[test]
fn whoever_waits_outside_a_link_that_closes_does_not_depart() {
    let mut scenario = Grid { duration_s: 600, flow_veh_per_h: 4000.0, ..Grid::default() }.scenario();
    let closed = link(&scenario.network, "X0.0<East");
    scenario.roadworks = vec![site(Closed::Link(closed), (300.0, 600.0), None)];
    let mut run = start(&scenario, Options::default());
    while run.now() < BEGIN + 300.0 {
        run.step();
    }
    assert!(run.waiting_outside().iter().any(|w| w.0 == closed && w.1 > 10), "{:?}", run.waiting_outside());
    run.run();
    assert!(run.waiting_outside().iter().all(|w| w.0 != closed), "{:?}", run.waiting_outside());
    let (m, toll) = (run.measures(), run.roadworks_toll().expect("there are roadworks"));
    assert!(m.lost == 0 && toll.barred.iter().map(|b| b.vehicles).sum::<u32>() > 200, "{m:?} {toll:?}");
}

#[test]
fn beside_works_their_speed_limit_holds_while_they_are_in_force() {
    let mut scenario = square().scenario();
    let beside = link(&scenario.network, "X1.0<East");
    let closed = scenario.network.links[beside].lane(1).expect("two lanes");
    scenario.roadworks = vec![site(Closed::Lanes(vec![closed]), (300.0, 900.0), Some(30.0))];
    let most = scenario.demand.types.iter().map(|t| t.speed_factor + 2.0 * t.speed_factor_deviation).fold(1.0, f64::max);
    let mut run = start(&scenario, Options::default());
    let mut fastest: BTreeMap<bool, f64> = BTreeMap::new();
    while !run.is_over() {
        run.step();
        let at = run.now() - BEGIN;
        // Those on the link when it begins slow down first.
        if (300.0..330.0).contains(&at) {
            continue;
        }
        for v in run.frame().vehicles.iter().filter(|v| v.link == beside && lane_of(&scenario.network, v).is_some()) {
            let top = fastest.entry((330.0..900.0).contains(&at)).or_default();
            *top = top.max(v.speed * 3.6);
        }
    }
    assert!(fastest[&true] > 25.0 && fastest[&true] <= 30.0 * most + 1.0, "{fastest:?}");
    assert!(fastest[&false] > 45.0, "{fastest:?}");
}

/// A square in which a lane, a link and, by another lane, a turn are closed and opened while it runs.
fn busy() -> Scenario {
    let grid = Grid { flow_veh_per_h: 900.0, cross_flow_veh_per_h: 700.0, turning: 0.25, duration_s: 700, ..square() };
    let mut scenario = grid.scenario();
    let network = &scenario.network;
    let lane = |name: &str, i| network.links[link(network, name)].lane(i).expect("two lanes");
    scenario.roadworks = vec![
        site(Closed::Lanes(vec![lane("X1.0<East", 0)]), (100.0, 400.0), Some(30.0)),
        site(Closed::Link(link(network, "X0.1<West")), (200.0, 500.0), None),
        site(Closed::Lanes(vec![lane("X0.0>West", 1)]), (50.0, 600.0), None),
    ];
    scenario
}

#[test]
fn threads_and_saved_states_do_not_enter() {
    let scenario = busy();
    for following in [FollowingModel::Idm, FollowingModel::Krauss] {
        let options = |threads| Options { seed: 5, threads, following: Some(following), ..Options::default() };
        let mut whole = start(&scenario, options(1));
        let mut states = vec![whole.save()];
        while !whole.is_over() {
            whole.step();
            if (whole.now() - BEGIN) % 87.5 == 0.0 {
                states.push(whole.save());
            }
        }
        let toll = whole.roadworks_toll().expect("there are roadworks");
        assert!(toll.diverted > 20 && toll.rerouted > 0, "{toll:?}");
        let mut threads = start(&scenario, options(3));
        threads.run();
        assert_eq!(threads.hash(), whole.hash());
        assert!(states.len() > 7);
        let mut again = start(&scenario, options(1));
        // Backwards, so that every state is restored from one in which other works are in force.
        for state in states.iter().rev() {
            again.restore(state).expect("a state of the same run");
            assert_eq!(&again.save(), state, "the state that was restored");
            again.run();
            assert_eq!((again.hash(), again.roadworks_toll()), (whole.hash(), Some(toll.clone())));
        }
    }
}

#[test]
fn a_run_whose_roadworks_change_on_the_way_is_the_run_that_had_them_all_along() {
    let (with, mut none) = (busy(), busy());
    none.roadworks.clear();
    let mut whole = start(&with, Options::default());
    whole.run();
    let mut run = start(&none, Options::default());
    let mut states = Vec::new();
    while !run.is_over() {
        if run.now().fract() == 0.0 {
            states.push((run.now() - BEGIN, run.save()));
        }
        run.step();
    }
    let open = run.hash();
    // Back to a moment before anything is closed, and on with roadworks; then back again, and on without.
    let before = |at: f64| &states.iter().rfind(|s| s.0 <= at).expect("a state").1;
    run.restore(before(50.0)).expect("a state of the same run");
    run.set_roadworks(&with.roadworks);
    run.run();
    assert_eq!((run.hash(), run.roadworks_toll()), (whole.hash(), whole.roadworks_toll()));
    run.restore(before(30.0)).expect("a state of the same run");
    run.set_roadworks(&[]);
    run.run();
    assert_eq!((run.hash(), run.roadworks_toll()), (open, None));
}

#[test]
fn roadworks_of_another_time_change_nothing() {
    let mut scenario = Grid { duration_s: 400, ..square() }.scenario();
    let mut without = start(&scenario, Options::default());
    without.run();
    let closed = link(&scenario.network, "X1.0<East");
    scenario.roadworks =
        vec![site(Closed::Link(closed), (500.0, 900.0), None), site(Closed::Link(closed), (-900.0, -100.0), None)];
    let mut with = start(&scenario, Options::default());
    with.run();
    assert_eq!(with.measures(), without.measures());
}
