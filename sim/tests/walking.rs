//! People on foot at crossings: when they go, who waits for them, and that nobody is ever hit.

use model::control::FixedTime;
use model::id::CrossingId;
use model::network::SignalHead;
use model::quantity::{Flow, Length, Span};
use model::scenario::Scenario;
use model::signal::Aspect;
use model::toy::{Grid, Road};
use model::vehicle::{FollowingModel, VehicleClass};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use sim::{DrawnPerson, DrawnVehicle, Frame, Options, Simulation};

fn start(scenario: &Scenario, options: Options) -> Simulation {
    let initial = scenario.plan(None);
    let plans = initial.map(|p| p.plans.clone()).unwrap_or_default();
    Simulation::new(scenario, Box::new(FixedTime::new(plans)), initial, options)
}

fn seeded(seed: u64) -> Options {
    Options { seed, ..Options::default() }
}

/// The crossing of a name, and the group it obeys.
fn crossing(scenario: &Scenario, name: &str) -> (CrossingId, Option<SignalHead>) {
    let found = scenario.network.crossings.enumerate().find(|(_, c)| c.name == name).expect("a crossing");
    (found.0, found.1.head)
}

fn shows_green(frame: &Frame, head: Option<SignalHead>) -> bool {
    head.is_none_or(|h| frame.shown[h.signal][h.group] == Aspect::Green)
}

/// How far a person is from a vehicle, less the room of the person; negative when they touch.
fn room(person: &DrawnPerson, vehicle: &DrawnVehicle) -> f64 {
    let (sin, cos) = vehicle.angle.sin_cos();
    let (x, y) = (person.at.x - vehicle.centre.x, person.at.y - vehicle.centre.y);
    let ahead = ((x * cos + y * sin).abs() - 0.5 * vehicle.length).max(0.0);
    let aside = ((y * cos - x * sin).abs() - 0.5 * vehicle.width).max(0.0);
    ahead.hypot(aside) - 0.2
}

/// How far from the first kerb a person is, in metres.
fn along(scenario: &Scenario, person: &DrawnPerson) -> f64 {
    scenario.network.crossings[person.crossing].shape.nearest(person.at).0.get()
}

fn on_road(scenario: &Scenario, person: &DrawnPerson) -> bool {
    let length = scenario.network.crossings[person.crossing].shape.length().get();
    !person.waits && (1e-6..length - 1e-6).contains(&along(scenario, person))
}

/// Whoever is touched at this moment, in words.
fn hits(scenario: &Scenario, frame: &Frame) -> Vec<String> {
    let walking = frame.people.iter().filter(|p| on_road(scenario, p));
    walking
        .flat_map(|p| frame.vehicles.iter().filter(move |v| room(p, v) < 0.0).map(move |v| format!("{p:?} by {v:?}")))
        .collect()
}

/// Only people at this crossing, and only these vehicles: flows whose name ends with one of the ends given.
fn only(scenario: &mut Scenario, crossings: &[&str], ends: &[&str]) {
    let named: Vec<CrossingId> = crossings.iter().map(|c| crossing(scenario, c).0).collect();
    for walking in &mut scenario.demand.walking {
        if !named.contains(&walking.crossing) {
            walking.flows = [Flow::ZERO; 2];
        }
    }
    scenario.demand.flows.retain(|f| ends.iter().any(|e| f.name.ends_with(e)));
}

#[test]
fn people_wait_at_red_start_at_green_and_finish_whatever_it_shows() {
    let mut scenario = Grid { lanes: 2, ..Grid::default() }.with_people(400.0);
    only(&mut scenario, &["X0.0-North"], &[]);
    let (_, head) = crossing(&scenario, "X0.0-North");
    let mut run = start(&scenario, seeded(1));
    let (mut waiting_at_red, mut walking_at_red, mut before) = (0, 0, run.frame());
    while !run.is_over() {
        run.step();
        let frame = run.frame();
        let steps_off = |p: &DrawnPerson| !p.waits && along(&scenario, p).min(14.2 - along(&scenario, p)) <= 0.0;
        if shows_green(&frame, head) || shows_green(&before, head) {
            before = frame;
            continue;
        }
        let fresh = frame.people.iter().filter(|p| steps_off(p)).count();
        let about = before.people.iter().filter(|p| steps_off(p)).count();
        let starts = frame.people.iter().filter(|p| p.waits).count() + 1 < before.people.iter().filter(|p| p.waits).count();
        assert!(!starts, "at {} s {fresh} leave the kerb at red, {about} before", run.now());
        waiting_at_red += frame.people.iter().filter(|p| p.waits).count();
        walking_at_red += frame.people.iter().filter(|p| on_road(&scenario, p)).count();
        before = frame;
    }
    let m = run.measures();
    assert!(waiting_at_red > 1000 && walking_at_red > 50, "{waiting_at_red} {walking_at_red}");
    // Red lasts 50 s of 80 s: mean 15.6 s with the reaction, never more than red, reaction and the row's turn.
    assert!((13.0..20.0).contains(&m.wait_on_foot_s) && m.longest_wait_on_foot_s < 58.0, "{m:?}");
    assert!(m.came_on_foot > 150 && m.crossed_on_foot + 20 > m.came_on_foot, "{m:?}");
}

#[test]
fn a_group_starts_row_after_row_and_sooner_where_there_is_room() {
    let start_times = |width: f64| {
        let mut scenario = Grid { lanes: 2, ..Grid::default() }.with_people(0.0);
        only(&mut scenario, &["X0.0-North"], &[]);
        let (id, head) = crossing(&scenario, "X0.0-North");
        scenario.network.crossings[id].width = Length::metres(width);
        // A school class comes during the first red.
        let walking = scenario.demand.walking.iter_mut().find(|w| w.crossing == id).expect("people");
        (walking.flows[0], walking.group) = (Flow::veh_per_h(3600.0 * 4.0), 1.0);
        (walking.begin, walking.end) = (Span::seconds_f64(3640.0), Span::seconds_f64(3648.0));
        let mut run = start(&scenario, seeded(3));
        let (mut times, mut green, mut waited) = (Vec::new(), None, 0);
        while run.now() < 3720.0 {
            run.step();
            let frame = run.frame();
            if run.now() > 3660.0 && green.is_none() && shows_green(&frame, head) {
                green = Some(run.now());
            }
            let waits = frame.people.iter().filter(|p| p.waits).count();
            if let Some(green) = green {
                times.extend(std::iter::repeat_n(run.now() - green, waited.max(waits) - waits));
            }
            waited = waits;
        }
        times
    };
    let (narrow, wide) = (start_times(3.0), start_times(6.0));
    assert!(narrow.len() > 20 && narrow.len() == wide.len(), "{} {}", narrow.len(), wide.len());
    let last = |t: &[f64]| *t.last().expect("somebody starts");
    // 0.81 s m for each: HCM.
    let expected = |width: f64| 1.0 + 0.81 / width * (narrow.len() - 1) as f64;
    assert!((last(&narrow) - expected(3.0)).abs() < 1.5, "{} {narrow:?}", expected(3.0));
    assert!((last(&wide) - expected(6.0)).abs() < 1.5, "{} {wide:?}", expected(6.0));
    assert!(narrow[0] >= 0.5 && narrow[0] <= 2.0, "{narrow:?}");
}

#[test]
fn a_car_that_turns_right_waits_for_people_with_parallel_green_and_then_goes() {
    let mut scenario = Grid { lanes: 1, turning: 0.3, ..Grid::default() }.with_people(500.0);
    only(&mut scenario, &["X0.0-South"], &["East South"]);
    let (_, head) = crossing(&scenario, "X0.0-South");
    let mut run = start(&scenario, seeded(2));
    let (mut waits, mut least) = (0, f64::INFINITY);
    while !run.is_over() {
        run.step();
        let frame = run.frame();
        assert_eq!(hits(&scenario, &frame), Vec::<String>::new(), "at {} s", run.now());
        // Inside the intersection, before the crossing over the southern arm, with green for both.
        let waiting = frame.vehicles.iter().filter(|v| v.speed < 0.1 && v.front.y < -2.0 && v.front.x > -14.0);
        for vehicle in waiting.filter(|_| shows_green(&frame, head)) {
            waits += 1;
            least = least.min(vehicle.front.y + 10.0);
        }
    }
    let m = run.measures();
    assert!(waits > 20 && least > 0.0, "{waits} steps of waiting, {least} m before the crossing");
    assert!(m.arrived > 30 && u32::abs_diff(m.due, m.arrived) < 12 && m.crossed_on_foot > 100, "{m:?}");
}

#[test]
fn cars_give_way_at_a_crossing_without_a_signal() {
    let road = Road { persons_per_h: 300.0, ..Road::default() };
    let scenario = road.scenario();
    let mut run = start(&scenario, seeded(1));
    while !run.is_over() {
        run.step();
        assert_eq!(hits(&scenario, &run.frame()), Vec::<String>::new(), "at {} s", run.now());
    }
    let m = run.measures();
    assert!(m.wait_on_foot_s < 3.0 && m.longest_wait_on_foot_s < 12.0 && m.came_on_foot > 120, "{m:?}");
    let alone = Road { persons_per_h: 0.0, ..road };
    let mut run = start(&alone.scenario(), seeded(1));
    run.run();
    let free = run.measures();
    assert!(m.delay_s > free.delay_s + 2.0 && m.wait_s > 0.3 && free.wait_s < 0.01, "cars wait: {m:?} {free:?}");
}

/// Vehicles and people on a small network with crossings, at random.
#[derive(Debug, Clone)]
struct Streets {
    grid: Grid,
    road: Option<Road>,
    persons_per_h: f64,
    class: VehicleClass,
    following: FollowingModel,
    group: f64,
}

impl Streets {
    fn scenario(&self) -> Scenario {
        let mut scenario = match &self.road {
            Some(road) => road.scenario(),
            None => self.grid.with_people(self.persons_per_h),
        };
        for walking in &mut scenario.demand.walking {
            walking.group = self.group;
        }
        for kind in &mut scenario.demand.types {
            *kind = model::vehicle::VehicleType { name: kind.name.clone(), ..model::vehicle::VehicleType::usual(self.class) };
        }
        scenario
    }
}

fn streets() -> impl Strategy<Value = Streets> {
    let shape = (1..=2_usize, 1..=3_usize, 70.0..200.0_f64, 50..100_u16, 0.0..1.0_f64, any::<bool>());
    let traffic = (50.0..1200.0_f64, 50.0..1200.0_f64, 0.0..0.5_f64, 10.0..1500.0_f64, 1.0..6.0_f64);
    let step = prop_oneof![Just(1.0), Just(0.5), Just(0.25), Just(0.1)];
    let class = prop_oneof![3 => Just(VehicleClass::Car), 1 => Just(VehicleClass::Lorry), 1 => Just(VehicleClass::Bus)];
    let following = prop_oneof![Just(FollowingModel::Idm), Just(FollowingModel::Krauss)];
    (shape, traffic, step, class, following).prop_map(|(shape, traffic, step_s, class, following)| {
        let (columns, lanes, spacing_m, extra, share, is_road) = shape;
        let (flow_veh_per_h, cross_flow_veh_per_h, turning, persons_per_h, group) = traffic;
        // Every green lasts its minimum.
        let clearing = (2.0 * (lanes as f64 * 3.2 + 0.7) / 1.2_f64).ceil() as u16;
        let cycle_s = 2 * clearing + extra;
        let green_s = clearing + (share * f64::from(extra - 12)) as u16;
        let grid = Grid {
            columns,
            lanes,
            spacing_m,
            cycle_s,
            green_s,
            flow_veh_per_h,
            cross_flow_veh_per_h,
            turning,
            duration_s: 400,
            step_s,
            ..Grid::default()
        };
        let road = Road { lanes, flow_veh_per_h, persons_per_h, class, duration_s: 400, step_s };
        Streets { grid, road: is_road.then_some(road), persons_per_h, class, following, group }
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 60,
        rng_seed: RngSeed::Fixed(5),
        failure_persistence: None,
        max_shrink_iters: 300,
        ..ProptestConfig::default()
    })]

    #[test]
    fn nobody_on_foot_is_ever_hit(streets in streets(), seed in 0..1000_u64) {
        let scenario = streets.scenario();
        let options = Options { following: Some(streets.following), ..seeded(seed) };
        let mut run = start(&scenario, options);
        while !run.is_over() {
            run.step();
            let hits = hits(&scenario, &run.frame());
            prop_assert!(hits.is_empty(), "at {} s: {}", run.now() - 3600.0, hits.join("\n"));
        }
        let m = run.measures();
        prop_assert_eq!((m.overlaps, m.red_runs, m.lost), (0, 0, 0));
    }
}
