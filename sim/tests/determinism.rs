//! A run is a function of scenario, controller and seed: threads, saved states and the way it is driven do not enter.

#[expect(dead_code, reason = "the towns are made for laws, too")]
mod town;

use model::control::{Controller, FixedTime, View, Wish};
use model::demand::{DepartLane, RouteChoice};
use model::id::{GroupId, Id, IdVec, SignalId};
use model::quantity::Span;
use model::scenario::Scenario;
use model::signal::Aspect;
use model::time::{DaySecond, Seconds, Step};
use model::toy::Grid;
use model::vehicle::{FollowingModel, VehicleClass};
use sim::{Ground, Options, Pass, Simulation};
use std::collections::BTreeSet;
use std::path::Path;
use town::Case;

fn start(scenario: &Scenario, options: Options) -> Simulation {
    let plan = scenario.plan(None).expect("the scenario has a plan");
    Simulation::new(scenario, Box::new(FixedTime::new(plan.plans.clone())), Some(plan), options)
}

fn seeded(seed: u64) -> Options {
    Options { seed, ..Options::default() }
}

/// Dense traffic that enters on the right and turns left from the third lane: everything happens that a snapshot has to
/// keep, other ways found on the road included.
fn busy_grid() -> Scenario {
    let grid = Grid {
        columns: 3,
        rows: 2,
        lanes: 3,
        spacing_m: 75.0,
        offset_s: 17,
        flow_veh_per_h: 1600.0,
        cross_flow_veh_per_h: 1300.0,
        turning: 0.45,
        duration_s: 600,
        ..Grid::default()
    };
    let mut scenario = grid.scenario();
    for flow in &mut scenario.demand.flows {
        flow.departure.lane = DepartLane::First;
    }
    scenario
}

/// The Wall ring for ten minutes, five of them measured.
fn wall() -> Scenario {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/dortmund-wall");
    let mut scenario = model::scenario::load(&folder).unwrap_or_else(|faults| panic!("{faults}"));
    scenario.warm_up = Seconds(300);
    scenario.end = DaySecond(scenario.begin.0 + 300);
    scenario
}

#[test]
fn runs_on_one_ground_are_what_they_are_on_their_own() {
    let scenario = busy_grid();
    let (ground, plan) = (Ground::new(&scenario), scenario.plan(None).expect("the scenario has a plan"));
    for (seed, demand) in [(1, 1.0), (2, 1.0), (2, 1.3)] {
        let mut scenario = scenario.clone();
        scenario.demand.scale(demand).expect("flows can be scaled");
        let controller = || Box::new(FixedTime::new(plan.plans.clone()));
        let mut shared = Simulation::on(&ground, &scenario, controller(), Some(plan), seeded(seed));
        let mut own = Simulation::new(&scenario, controller(), Some(plan), seeded(seed));
        shared.run();
        own.run();
        assert_eq!(shared.hash(), own.hash(), "seed {seed}, demand {demand}");
        assert_eq!(shared.measures(), own.measures(), "seed {seed}, demand {demand}");
    }
}

#[test]
#[should_panic(expected = "the ground is that of another network")]
fn the_ground_of_another_network_is_not_stood_on() {
    let scenario = busy_grid();
    let _ = Simulation::on(&Ground::new(&wall()), &scenario, Box::new(FixedTime::new(IdVec::default())), None, seeded(1));
}

/// The hash after every simulated minute, and at the end.
fn trace(mut run: Simulation) -> Vec<String> {
    let begin = run.now();
    let mut hashes = Vec::new();
    while !run.is_over() {
        run.step();
        if (run.now() - begin) % 60.0 == 0.0 {
            hashes.push(run.hash());
        }
    }
    hashes.push(run.hash());
    hashes
}

#[test]
fn the_same_seed_gives_the_same_hash_and_another_seed_another() {
    for scenario in [busy_grid(), wall()] {
        let first = trace(start(&scenario, seeded(1)));
        assert_eq!(first, trace(start(&scenario, seeded(1))), "{}", scenario.name);
        assert_eq!(first.len(), 11, "{}", scenario.name);
        let other = trace(start(&scenario, seeded(2)));
        assert!(first.iter().zip(&other).all(|(a, b)| a != b), "{}: seeds 1 and 2 agree", scenario.name);
    }
}

#[test]
fn threads_do_not_enter() {
    for scenario in [busy_grid(), wall()] {
        let one = trace(start(&scenario, Options { threads: 1, ..seeded(3) }));
        for threads in [2, 5] {
            assert_eq!(one, trace(start(&scenario, Options { threads, ..seeded(3) })), "{}: {threads} threads", scenario.name);
        }
    }
}

#[test]
fn threads_do_not_enter_on_a_large_grid() {
    let grid = Grid { columns: 6, rows: 6, turning: 0.25, offset_s: 11, duration_s: 300, ..Grid::default() };
    let scenario = grid.scenario();
    let of = |threads| trace(start(&scenario, Options { threads, ..seeded(4) }));
    assert_eq!(of(1), of(2));
}

#[test]
fn stepping_and_looking_on_equals_running() {
    let scenario = busy_grid();
    let mut whole = start(&scenario, seeded(5));
    whole.run();
    let mut stepped = start(&scenario, seeded(5));
    let mut steps = 0;
    while !stepped.is_over() {
        stepped.step();
        steps += 1;
        let seen = stepped.frame();
        assert_eq!(seen.vehicles.len(), stepped.vehicles().0);
        assert!(stepped.measures().delay_s >= 0.0);
    }
    assert_eq!(steps, 1200);
    assert_eq!(whole.hash(), stepped.hash());
    assert_eq!(whole.measures(), stepped.measures());
}

#[test]
fn pass_by_pass_is_step_by_step() {
    let scenario = Grid { duration_s: 120, ..Grid::default() }.scenario();
    let (mut steps, mut passes) = (start(&scenario, seeded(1)), start(&scenario, seeded(1)));
    while !steps.is_over() {
        steps.step();
        for pass in &Pass::ALL {
            passes.pass(pass);
        }
    }
    assert!(steps.vehicles().0 > 5 && steps.hash() == passes.hash());
}

#[test]
fn the_monitor_does_not_enter() {
    let scenario = busy_grid();
    let unwatched = trace(start(&scenario, Options { monitor: false, ..seeded(6) }));
    assert_eq!(trace(start(&scenario, seeded(6))), unwatched);
}

/// A thing that is hard to keep, met at a moment at which a run was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hard {
    OnIntersections,
    WaitingOutside,
    OtherWays,
    HalfSecond,
}

fn met(scenario: &Scenario, run: &Simulation) -> impl Iterator<Item = Hard> {
    let network = &scenario.network;
    let length = |v: &sim::DrawnVehicle| network.lanes[network.links[v.link].first_lane].length.get();
    let cases = [
        (Hard::OnIntersections, run.frame().vehicles.iter().any(|v| v.position > length(v) + 1.0)),
        (Hard::WaitingOutside, run.vehicles().1 > 0),
        (Hard::OtherWays, run.measures().detours > 0),
        (Hard::HalfSecond, !run.step_size().begins_second(run.tick())),
    ];
    cases.into_iter().filter(|c| c.1).map(|c| c.0)
}

/// Saves a run at ticks, restores each state into a fresh run and into one that is somewhere else, and compares.
fn restored_runs_go_on_alike(scenario: &Scenario, make: &dyn Fn(u64) -> Simulation, ticks: &[u64]) -> BTreeSet<Hard> {
    let mut hard = BTreeSet::new();
    let mut run = make(7);
    let mut saved = Vec::new();
    while !run.is_over() {
        if ticks.contains(&run.tick().0) {
            hard.extend(met(scenario, &run));
            saved.push((run.tick(), run.save()));
        }
        run.step();
    }
    assert_eq!(saved.len(), ticks.len(), "every moment lies in the run");
    let (end, last) = (run.hash(), run.measures());
    for (tick, state) in &saved {
        let mut fresh = make(7);
        fresh.restore(state).expect("the state is of this scenario");
        assert_eq!(fresh.tick(), *tick);
        assert_eq!(&fresh.save(), state, "what is restored is what was saved, at {tick:?}");
        fresh.run();
        assert_eq!(fresh.hash(), end, "restored at {tick:?} into a fresh run");
        assert_eq!(fresh.measures(), last);
    }
    // Back and forth in the same run, which is at its end now.
    for (tick, state) in saved.iter().rev().step_by(2) {
        run.restore(state).expect("the state is of this scenario");
        assert_eq!(&run.save(), state);
        run.run();
        assert_eq!(run.hash(), end, "the same run taken back to {tick:?}");
    }
    hard
}

#[test]
fn a_restored_run_goes_on_as_if_nothing_had_happened() {
    let scenario = busy_grid();
    let met =
        restored_runs_go_on_alike(&scenario, &|seed| start(&scenario, seeded(seed)), &[0, 1, 99, 300, 601, 900, 1133, 1199]);
    assert_eq!(
        met.into_iter().collect::<Vec<_>>(),
        [Hard::OnIntersections, Hard::WaitingOutside, Hard::OtherWays, Hard::HalfSecond]
    );
}

#[test]
fn a_restored_run_of_the_wall_goes_on_as_if_nothing_had_happened() {
    let scenario = wall();
    let met = restored_runs_go_on_alike(&scenario, &|seed| start(&scenario, seeded(seed)), &[37, 600, 1001]);
    assert!(met.contains(&Hard::OnIntersections) && met.contains(&Hard::HalfSecond), "too easy: {met:?}");
}

/// Saves a run at every tenth step. Each state is put into a fresh run of that many threads, which must be the same as the
/// first when both come to the next state. Returns the states.
fn is_the_same_from_every_tenth_step(make: &dyn Fn(usize) -> Simulation, threads: usize) -> Vec<Vec<u8>> {
    let on = |run: &mut Simulation| {
        let end = run.tick().0 + 10;
        while run.tick().0 < end && !run.is_over() {
            run.step();
        }
    };
    let mut run = make(1);
    let mut states = vec![run.save()];
    while !run.is_over() {
        let (tick, state) = (run.tick(), &states[states.len() - 1]);
        let mut fresh = make(threads);
        fresh.restore(state).expect("the state is of this scenario");
        on(&mut run);
        on(&mut fresh);
        assert_eq!(fresh.hash(), run.hash(), "restored at {tick:?} with {threads} threads");
        states.push(run.save());
        assert_eq!(&fresh.save(), &states[states.len() - 1]);
    }
    states
}

#[test]
fn every_tenth_step_can_be_saved_and_restored() {
    let grid = Grid { columns: 2, lanes: 2, spacing_m: 80.0, turning: 0.3, duration_s: 300, ..Grid::default() };
    let (plain, with_people) = (grid.scenario(), Grid { lanes: 1, cycle_s: 100, ..grid }.with_people(200.0));
    for scenario in [busy_grid(), plain, with_people, choosing_grid()] {
        let make = |threads| start(&scenario, Options { threads, ..seeded(9) });
        let states = is_the_same_from_every_tenth_step(&make, 1);
        assert!(states.len() >= 60, "{} states", states.len());
        // From the beginning to the end, too, and not only from state to state.
        let end = states.last().expect("a run has an end");
        for state in states.iter().step_by(15) {
            let mut fresh = make(1);
            fresh.restore(state).expect("the state is of this scenario");
            fresh.run();
            assert_eq!(&fresh.save(), end);
        }
    }
}

/// What a town with everything has had: calls at stops, people on foot, trams and emergency vehicles.
fn has_had_everything(scenario: &Scenario) -> [bool; 4] {
    let mut run = start(scenario, seeded(9));
    let (mut trams, mut on_duty) = (false, false);
    while !run.is_over() {
        run.step();
        let frame = run.frame();
        trams |= frame.vehicles.iter().any(|v| v.class == VehicleClass::Tram);
        on_duty |= frame.vehicles.iter().any(|v| v.class == VehicleClass::Emergency);
    }
    let served = run.stop_measures().iter().any(|m| m.served > 0);
    [served, run.measures().crossed_on_foot > 0, trams, on_duty]
}

#[test]
fn every_tenth_step_of_towns_with_everything_can_be_saved_and_restored() {
    let mut had = [false; 4];
    for case in Case::with_everything().take(6) {
        let scenario = case.scenario();
        for threads in [1, 2] {
            let make = |threads| start(&scenario, Options { threads, ..seeded(9) });
            is_the_same_from_every_tenth_step(&make, threads);
        }
        let here = has_had_everything(&scenario);
        had = std::array::from_fn(|i| had[i] || here[i]);
    }
    assert_eq!(had, [true; 4], "calls at stops, people, trams, emergency vehicles");
}

#[test]
fn every_tenth_step_of_the_wall_can_be_saved_and_restored() {
    let mut scenario = wall();
    scenario.end = DaySecond(scenario.begin.0 + 60);
    let make = |threads| start(&scenario, Options { threads, ..seeded(9) });
    let states = is_the_same_from_every_tenth_step(&make, 2);
    assert_eq!(states.len(), 73);
}

#[test]
fn two_threads_are_at_the_same_place_as_one_at_every_tenth_step() {
    for scenario in [busy_grid(), wall()] {
        let mut runs = [1, 2].map(|threads| start(&scenario, Options { threads, ..seeded(10) }));
        while !runs[0].is_over() {
            runs.iter_mut().for_each(Simulation::step);
            if runs[0].tick().0.is_multiple_of(10) {
                assert_eq!(runs[0].hash(), runs[1].hash(), "{} at {:?}", scenario.name, runs[0].tick());
            }
        }
    }
}

/// Drivers who choose their way by what the roads are like now, on a grid that has several ways.
fn choosing_grid() -> Scenario {
    let grid = Grid { columns: 3, rows: 3, spacing_m: 75.0, lanes: 1, turning: 0.45, duration_s: 900, ..Grid::default() };
    let mut scenario = grid.scenario();
    scenario.demand.choice = RouteChoice { informed_share: 0.5, rerouting_share: 0.5, min_gain: Span::seconds_f64(10.0) };
    scenario
}

#[test]
fn what_drivers_know_is_restored_with_the_run() {
    let scenario = choosing_grid();
    restored_runs_go_on_alike(&scenario, &|seed| start(&scenario, seeded(seed)), &[0, 61, 700, 1201, 1500]);
}

#[test]
fn drivers_who_know_the_times_make_another_run_and_are_told_apart() {
    let scenario = choosing_grid();
    let with = |choice| {
        let mut scenario = scenario.clone();
        scenario.demand.choice = choice;
        start(&scenario, seeded(7))
    };
    let off = RouteChoice::default();
    let informed = RouteChoice { informed_share: 1.0, ..off };
    let rerouting = RouteChoice { rerouting_share: 1.0, min_gain: Span::seconds_f64(10.0), ..off };
    let ends = [off, informed, rerouting].map(|choice| {
        let mut run = with(choice);
        run.run();
        assert_eq!((run.measures().overlaps, run.measures().red_runs, run.measures().lost), (0, 0, 0));
        run.hash()
    });
    assert!(ends[0] != ends[1] && ends[0] != ends[2] && ends[1] != ends[2]);
    assert!(with(off).restore(&with(informed).save()).is_err() && with(informed).restore(&with(off).save()).is_err());
}

#[test]
fn a_run_restored_with_more_threads_goes_on_alike() {
    let scenario = busy_grid();
    let mut run = start(&scenario, seeded(8));
    for _ in 0..700 {
        run.step();
    }
    let mut other = start(&scenario, Options { threads: 2, ..seeded(8) });
    other.restore(&run.save()).expect("the state is of this scenario");
    assert_eq!(trace(run), trace(other));
}

/// Changes its stage when nobody has passed the detectors for three seconds, or after thirty: it has a state of its own.
struct Actuated {
    stage: Vec<(u32, u16, u16)>,
}

impl Actuated {
    fn new(scenario: &Scenario) -> Self {
        Self { stage: vec![(0, 0, 0); scenario.signals.len()] }
    }
}

impl Controller for Actuated {
    fn name(&self) -> &'static str {
        "actuated"
    }

    fn decide(&mut self, signal: SignalId, view: &View<'_>, wishes: &mut IdVec<GroupId, Wish>) {
        let (stage, age, idle) = &mut self.stage[signal.index()];
        let passed: u32 = view.readings.iter().skip(signal.index() * 4).take(24).map(|r| r.count).sum();
        *idle = if passed > 0 { 0 } else { *idle + 1 };
        let shines = view.shown[signal][GroupId(*stage)] == Aspect::Green;
        *age = if shines { *age + 1 } else { 0 };
        if *age >= 30 || (*age >= 8 && *idle >= 3) {
            (*stage, *age, *idle) = (1 - *stage, 0, 0);
        }
        for (i, wish) in wishes.iter_mut().enumerate() {
            let green = i as u32 == *stage;
            *wish = Wish { green, remaining: Seconds(if green { 10 } else { 0 }) };
        }
    }

    fn save(&self) -> Vec<u8> {
        self.stage.iter().flat_map(|s| [s.0 as u16, s.1, s.2]).flat_map(u16::to_le_bytes).collect()
    }

    fn restore(&mut self, state: &[u8]) {
        let numbers: Vec<u16> = state.as_chunks().0.iter().map(|b| u16::from_le_bytes(*b)).collect();
        self.stage = numbers.as_chunks().0.iter().map(|&[stage, age, idle]| (u32::from(stage), age, idle)).collect();
    }
}

#[test]
fn a_run_under_a_controller_with_a_memory_is_restored_with_it() {
    let scenario = Grid { columns: 3, rows: 2, turning: 0.2, duration_s: 400, ..Grid::default() }.scenario();
    let make = |seed| Simulation::new(&scenario, Box::new(Actuated::new(&scenario)), None, seeded(seed));
    restored_runs_go_on_alike(&scenario, &make, &[3, 150, 333, 500]);
}

#[test]
fn a_state_of_another_run_is_refused_and_changes_nothing() {
    let scenario = busy_grid();
    let mut run = start(&scenario, seeded(1));
    for _ in 0..200 {
        run.step();
    }
    let (before, state) = (run.hash(), run.save());
    let other = start(&Grid::default().scenario(), seeded(1)).save();
    assert!(run.restore(&other).is_err());
    for options in [
        seeded(2),
        Options { step: Some(Step::ONE_SECOND), ..seeded(1) },
        Options { following: Some(FollowingModel::Krauss), ..seeded(1) },
    ] {
        assert!(run.restore(&start(&scenario, options).save()).is_err(), "{options:?}");
    }
    assert!(run.restore(&[]).is_err());
    assert!(run.restore(&state[..state.len() / 2]).is_err());
    for i in (0..state.len()).step_by(97) {
        let mut damaged = state.clone();
        damaged[i] ^= 1 << (i % 8);
        assert!(run.restore(&damaged).is_err(), "byte {i} of {}", state.len());
    }
    assert_eq!(run.hash(), before);
    assert!(run.restore(&state).is_ok());
    assert_eq!(run.hash(), before);
}

#[test]
fn other_steps_and_plans_are_other_runs() {
    let scenario = Grid { duration_s: 200, ..Grid::default() }.scenario();
    let end = |step| trace(start(&scenario, Options { step, ..seeded(1) })).pop();
    assert_eq!(end(None), end(Some(Step::HALF_SECOND)));
    assert_ne!(end(None), end(Some(Step::ONE_SECOND)));
    let shifted = Grid { duration_s: 200, green_s: 30, ..Grid::default() }.scenario();
    assert_ne!(end(None), trace(start(&shifted, seeded(1))).pop());
}

/// A pin: it says that the simulation has changed, not that it is wrong. It must be the same on every machine.
#[test]
fn the_toy_grid_has_the_hash_it_had() {
    let scenario = Grid { columns: 2, turning: 0.2, duration_s: 600, ..Grid::default() }.scenario();
    let mut run = start(&scenario, seeded(1));
    run.run();
    assert_eq!(run.hash(), "0eb1808adede9f1cd9dec07007dc764fa5febfe90330b4e38af9a1c8a768a282");
}
