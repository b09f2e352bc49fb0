//! Buses and trams at stops: they brake to them, stand as long as was ordered, and let others pass or not.

use model::control::FixedTime;
use model::demand::{DepartLane, DepartSpeed, Departure};
use model::id::{StopId, VehicleId};
use model::network::Network;
use model::network::{Control, Origin, Turn};
use model::scenario::Files;
use model::scenario::Scenario;
use model::scenario::file::{
    CallFile, DemandFile, FlowFile, IntersectionFile, LaneFile, LinkFile, MovementFile, NetworkFile, RoadworksFile, ScenarioFile,
    ShareFile, SignalsFile, StopFile, TripFile, VehicleTypeFile, reference,
};
use model::time::Step;
use model::vehicle::VehicleClass;
use sim::{DrawnVehicle, Options, Simulation};
use std::collections::{BTreeMap, BTreeSet};

/// Second of the day at which everything begins.
const START: f64 = 3600.0;
/// Length of each of the links, in metres.
const LINK: f64 = 400.0;

/// A straight street of two links with so many lanes, and what happens on it.
struct Street {
    lanes: u32,
    tram: bool,
    stops: Vec<StopFile>,
    trips: Vec<TripFile>,
    flows: Vec<FlowFile>,
    duration_s: u32,
}

fn stop(name: &str, lane: u32, position_m: f64, length_m: f64, bay: bool) -> StopFile {
    StopFile { name: reference(name), link: reference("a"), lane, position_m, length_m, bay }
}

fn call(stop: &str, mean: f64, deviation: f64) -> CallFile {
    let (dwell_mean_s, dwell_deviation_s) = (Some(mean), Some(deviation));
    CallFile { stop: reference(stop), dwell_mean_s, dwell_deviation_s, not_before_s: None }
}

fn trip(kind: &str, after_s: f64, stops: Vec<CallFile>) -> TripFile {
    TripFile {
        name: format!("{kind} {after_s}"),
        vehicle_type: reference(kind),
        depart_s: START + after_s,
        from: Some(reference("a")),
        to: Some(reference("b")),
        route: None,
        depart_lane: DepartLane::Best,
        depart_speed: DepartSpeed::Desired,
        dwell_mean_s: None,
        dwell_deviation_s: None,
        stops,
    }
}

fn flow(kind: &str, veh_per_h: f64, stops: Vec<CallFile>) -> FlowFile {
    FlowFile {
        mix: vec![ShareFile { vehicle_type: reference(kind), share: 1.0 }],
        from: Some(reference("a")),
        to: Some(reference("b")),
        arrivals: model::demand::Arrivals::Poisson,
        stops,
        ..FlowFile::steady(kind, (START, START + 40_000.0), veh_per_h)
    }
}

impl Default for Street {
    fn default() -> Self {
        let stops = vec![stop("halt", 0, 250.0, 26.0, false)];
        Self { lanes: 1, tram: false, stops, trips: Vec::new(), flows: Vec::new(), duration_s: 300 }
    }
}

impl Street {
    fn scenario(&self) -> Scenario {
        self.files().check().unwrap_or_else(|faults| panic!("{faults}"))
    }

    fn files(&self) -> Files {
        let node = |name: &str, x: f64| IntersectionFile {
            name: reference(name),
            title: String::new(),
            position_m: [x, 0.0],
            control: Control::Joint,
            signal: None,
        };
        let classes = self.tram.then(|| VehicleClass::ALL.to_vec());
        let lane = |from: f64, to: f64, i: u32| {
            let y = 3.2 * f64::from(i);
            LaneFile {
                length_m: None,
                width_m: 3.2,
                speed_limit_kmh: None,
                classes: classes.clone(),
                cycle_area_m: None,
                shape_m: vec![[from, y], [to, y]],
            }
        };
        let link = |name: &str, from: &str, to: &str, start: f64| LinkFile {
            name: reference(name),
            street: String::new(),
            from: reference(from),
            to: reference(to),
            speed_limit_kmh: 50.0,
            rank: 0,
            lanes: (0..self.lanes).map(|i| lane(start, start + LINK, i)).collect(),
        };
        let movement = |i: u32| MovementFile {
            from: reference("a"),
            from_lane: i,
            to: reference("b"),
            to_lane: i,
            turn: Turn::Straight,
            length_m: None,
            speed_limit_kmh: 50.0,
            shape_m: vec![[LINK, 3.2 * f64::from(i)], [LINK + 10.0, 3.2 * f64::from(i)]],
            group: None,
            link_index: None,
            waiting_m: None,
            yields_to: Vec::new(),
        };
        let network = NetworkFile {
            intersections: vec![node("w", 0.0), node("m", LINK + 5.0), node("e", 2.0 * LINK + 10.0)],
            links: vec![link("a", "w", "m", 0.0), link("b", "m", "e", LINK + 10.0)],
            movements: (0..self.lanes).map(movement).collect(),
            stops: self.stops.clone(),
            ..NetworkFile::empty(Origin { epsg: 0, east_m: 0.0, north_m: 0.0 })
        };
        let steady =
            |name: &str, class| VehicleTypeFile { speed_factor_deviation: Some(0.0), ..VehicleTypeFile::usual(name, class) };
        let demand = DemandFile {
            types: vec![steady("car", VehicleClass::Car), steady("bus", VehicleClass::Bus), steady("tram", VehicleClass::Tram)],
            flows: self.flows.clone(),
            trips: self.trips.clone(),
            ..DemandFile::empty("assumed: a test")
        };
        let frame = ScenarioFile {
            schema: 1,
            period_name: None,
            periods: Vec::new(),
            name: "street".into(),
            title: "A street with a stop".into(),
            begin_s: START as u32,
            end_s: START as u32 + self.duration_s,
            warm_up_s: 0,
            step_s: 0.5,
            default_plan: None,
            transition: None,
            day_plan: Vec::new(),
            attribution: String::new(),
            faults: Vec::new(),
            assumptions: Vec::new(),
        };
        let signals = SignalsFile { schema: 1, signals: Vec::new() };
        Files::new(frame, network, signals, Vec::new(), demand, RoadworksFile { schema: 1, roadworks: Vec::new() })
    }
}

fn start(scenario: &Scenario, options: Options) -> Simulation {
    Simulation::new(scenario, Box::new(FixedTime::new(model::id::IdVec::default())), None, options)
}

/// A run whose laws are checked at every step, with where everyone was at each second.
struct Watched {
    run: Simulation,
    /// Seconds from the start at which each vehicle was last seen.
    seen: BTreeMap<VehicleId, [f64; 2]>,
}

fn watch(scenario: &Scenario, options: Options, mut look: impl FnMut(f64, &[DrawnVehicle])) -> Watched {
    let mut run = start(scenario, options);
    let mut seen: BTreeMap<VehicleId, [f64; 2]> = BTreeMap::new();
    let mut before: BTreeMap<VehicleId, DrawnVehicle> = BTreeMap::new();
    let dt = 1.0 / f64::from(run.step_size().per_second());
    while !run.is_over() {
        run.step();
        let frame = run.frame();
        holds(&run, &frame.vehicles, &before, dt);
        let now = run.now() - START;
        for v in &frame.vehicles {
            seen.entry(v.vehicle).or_insert([now, now])[1] = now;
        }
        look(now, &frame.vehicles);
        before = frame.vehicles.iter().map(|v| (v.vehicle, *v)).collect();
    }
    Watched { run, seen }
}

/// Nobody is lost, touches anybody or jumps, and nobody on rails brakes harder than rails allow.
fn holds(run: &Simulation, vehicles: &[DrawnVehicle], before: &BTreeMap<VehicleId, DrawnVehicle>, dt: f64) {
    let m = run.measures();
    let (moving, waiting) = run.vehicles();
    assert_eq!(m.due as usize, m.arrived as usize + moving + waiting, "at {}", run.now());
    assert_eq!((m.lost, m.overlaps, vehicles.len()), (0, 0, moving), "at {}", run.now());
    let distinct: BTreeSet<VehicleId> = vehicles.iter().map(|v| v.vehicle).collect();
    assert_eq!(distinct.len(), vehicles.len());
    for v in vehicles {
        if let Some(old) = before.get(&v.vehicle) {
            let moved = old.front.distance(v.front).get();
            assert!(moved <= old.speed.max(v.speed) * dt + 3.5, "moved {moved}: {old:?} {v:?}");
        }
        let hardest = v.class.emergency_deceleration().get();
        assert!(v.acceleration >= -hardest - 1e-6, "{v:?}");
    }
}

fn arrival(watched: &Watched, vehicle: u32) -> f64 {
    watched.seen[&VehicleId(vehicle)][1]
}

/// How long a vehicle stood, in seconds.
fn stood(scenario: &Scenario, options: Options, vehicle: u32) -> f64 {
    let (mut total, dt) = (0.0, options.step.unwrap_or(scenario.step).span().get());
    watch(scenario, options, |_, vehicles| {
        total += vehicles.iter().filter(|v| v.vehicle == VehicleId(vehicle) && v.speed < 1e-9).count() as f64 * dt;
    });
    total
}

#[test]
fn a_bus_stands_at_the_head_as_long_as_was_ordered_and_goes_on() {
    for step in [0.1, 0.5, 1.0] {
        let options = Options { step: Step::of_seconds(step), ..Options::default() };
        let street = Street { trips: vec![trip("bus", 0.0, vec![call("halt", 20.0, 0.0)])], ..Street::default() };
        let scenario = street.scenario();
        let mut place = 0.0;
        let calls = watch(&scenario, options, |_, v| {
            if let Some(v) = v.iter().find(|v| v.speed < 1e-9) {
                place = v.position;
            }
        });
        assert!((249.0..=250.5).contains(&place), "stood at {place}");
        let held = stood(&scenario, options, 0);
        assert!((held - 20.0).abs() < 2.0 * step + 0.01, "stood {held} s with step {step}");
        let passes = watch(&Street { trips: vec![trip("bus", 0.0, Vec::new())], ..street }.scenario(), options, |_, _| {});
        // What stopping costs: v / 2b to brake and v / 2a to speed up, the model's gentle ends added.
        let cost = arrival(&calls, 0) - arrival(&passes, 0) - 20.0;
        let v = 50.0 / 3.6;
        let least = v / (2.0 * 2.0) + v / (2.0 * 1.2);
        assert!((least - 1.0..least + 12.0).contains(&cost), "{cost} s, at least {least}");
        let served = calls.run.stop_measures()[StopId(0)];
        assert_eq!((served.served, served.missed, served.dwell_s), (1, 0, 20.0));
    }
}

#[test]
fn a_timetable_holds_a_bus_that_is_early() {
    let mut held = call("halt", 10.0, 0.0);
    held.not_before_s = Some(START + 90.0);
    let street = Street { trips: vec![trip("bus", 0.0, vec![held])], ..Street::default() };
    let mut left = 0.0;
    watch(&street.scenario(), Options::default(), |now, v| {
        if v.iter().any(|v| v.speed < 1e-9) {
            left = now;
        }
    });
    assert!((left - 90.0).abs() <= 0.5, "left at {left}");
}

#[test]
fn the_mean_dwell_and_the_trip_time_are_those_that_were_ordered() {
    for bay in [false, true] {
        let flows = vec![flow("bus", 60.0, vec![call("halt", 18.0, 7.0)])];
        let stops = vec![stop("halt", 0, 250.0, 40.0, bay)];
        let street = Street { stops, flows, duration_s: 36_000, ..Street::default() };
        let run = |street: &Street| {
            let mut run = start(&street.scenario(), Options { monitor: false, ..Options::default() });
            run.run();
            run
        };
        let calls = run(&street);
        let m = calls.stop_measures()[StopId(0)];
        let mean = m.dwell_s / f64::from(m.served);
        // Standard error of the mean of 600: 0.29 s.
        assert!(m.served > 500 && m.missed == 0 && (mean - 18.0).abs() < 0.9, "{m:?}: {mean}");
        let none = run(&Street { flows: vec![flow("bus", 60.0, Vec::new())], stops: street.stops.clone(), ..street });
        let cost = calls.measures().duration_s - none.measures().duration_s - mean;
        eprintln!("bay {bay}: dwell {mean:.2} s, stopping costs {cost:.2} s, {m:?}");
        assert!((8.0..25.0).contains(&cost), "stopping costs {cost} s besides the dwell");
        // Standing for passengers is no delay.
        assert!(calls.measures().delay_s < cost + 3.0, "{:?}", calls.measures());
    }
}

#[test]
fn a_second_bus_serves_behind_the_first_where_the_stop_is_long_enough() {
    let ends = [26.0, 16.0].map(|length| {
        let bus = |after| trip("bus", after, vec![call("halt", 30.0, 0.0)]);
        let stops = vec![stop("halt", 0, 250.0, length, false)];
        let street = Street { stops, trips: vec![bus(0.0), bus(6.0)], ..Street::default() };
        let mut together = 0.0;
        let run = watch(&street.scenario(), Options::default(), |_, v| {
            together += if v.len() == 2 && v.iter().all(|v| v.speed < 1e-9 && v.position < 260.0) { 0.5 } else { 0.0 };
        });
        assert_eq!(run.run.stop_measures()[StopId(0)].served, 2);
        (together, arrival(&run, 1))
    });
    // With room for one, the second serves when the first has gone.
    assert!(ends[0].0 > 15.0 && ends[1].1 > ends[0].1 + 15.0, "{ends:?}");
}

#[test]
fn cars_wait_behind_a_bus_on_the_lane_and_pass_one_in_a_bay() {
    let passed = [false, true].map(|bay| {
        let trips =
            vec![trip("bus", 0.0, vec![call("halt", 60.0, 0.0)]), trip("car", 12.0, Vec::new()), trip("car", 15.0, Vec::new())];
        let street = Street { stops: vec![stop("halt", 0, 250.0, 26.0, bay)], trips, ..Street::default() };
        let run = watch(&street.scenario(), Options::default(), |_, _| {});
        assert_eq!(run.run.stop_measures()[StopId(0)].served, 1);
        [0, 1, 2].map(|v| arrival(&run, v))
    });
    let [lane, bay] = passed;
    assert!(lane[1] > lane[0] && lane[2] > lane[1], "nobody passes on the lane: {lane:?}");
    assert!(bay[1] < bay[0] - 20.0 && bay[2] < bay[0] - 20.0, "the bay lets them pass: {bay:?}");
}

#[test]
fn buses_get_out_of_their_bay_into_dense_traffic() {
    let street = |class: &str| Street {
        stops: vec![stop("halt", 0, 250.0, 40.0, true)],
        flows: vec![flow("car", 1100.0, Vec::new()), flow(class, 60.0, vec![call("halt", 20.0, 5.0)])],
        duration_s: 1800,
        ..Street::default()
    };
    let [bus, other] = ["bus", "car"].map(|class| {
        let run = watch(&street(class).scenario(), Options::default(), |_, _| {});
        let m = run.run.stop_measures()[StopId(0)];
        eprintln!("{class}: {m:?} {:?}", run.run.measures());
        assert!(m.served > 15 && m.missed == 0, "{m:?}");
        m.gap_wait_s / f64::from(m.served)
    });
    // Only buses are let leave.
    assert!(bus < 15.0 && bus < other, "buses wait {bus} s, others {other} s");
}

#[test]
fn a_bus_changes_to_the_lane_of_its_stop_and_cars_pass_on_the_other() {
    let street = Street {
        lanes: 3,
        flows: vec![flow("car", 1500.0, Vec::new()), flow("bus", 60.0, vec![call("halt", 20.0, 5.0)])],
        trips: vec![trip("car", 0.0, vec![call("halt", 5.0, 0.0)])],
        duration_s: 1200,
        ..Street::default()
    };
    let run = watch(&street.scenario(), Options::default(), |_, _| {});
    let m = run.run.stop_measures()[StopId(0)];
    eprintln!("{m:?} {:?}", run.run.measures());
    assert!(m.served > 10 && m.missed * 20 <= m.served, "{m:?}");
}

#[test]
fn trams_keep_to_their_lane_and_cars_queue_behind_them() {
    let street = Street {
        lanes: 2,
        tram: true,
        stops: vec![stop("halt", 1, 250.0, 40.0, false)],
        flows: vec![flow("car", 900.0, Vec::new()), flow("tram", 60.0, vec![call("halt", 25.0, 8.0)])],
        duration_s: 1800,
        ..Street::default()
    };
    let scenario = street.scenario();
    let mut queued = 0;
    let run = watch(&scenario, Options::default(), |_, vehicles| {
        for tram in vehicles.iter().filter(|v| v.class == VehicleClass::Tram) {
            assert!((tram.front.y - 3.2).abs() < 0.01, "off its rails: {tram:?}");
            let behind = |v: &&DrawnVehicle| v.class == VehicleClass::Car && (v.front.y - 3.2).abs() < 0.1 && v.speed < 0.1;
            queued += usize::from(tram.speed < 0.01 && vehicles.iter().any(|v| behind(&v)));
        }
    });
    let m = run.run.stop_measures()[StopId(0)];
    assert!(m.served > 15 && m.missed == 0 && queued > 20, "{m:?}, {queued} steps with a queue");
}

/// Everything at once: bays and stops, on two lanes, with cars, buses and trams.
fn everything(seed: u64) -> Street {
    let x = |k: u64| (seed * 37 + k * 101) % 97;
    Street {
        lanes: 1 + (seed % 3) as u32,
        tram: true,
        stops: vec![
            stop("bay", 0, 90.0 + x(1) as f64, 16.0 + x(2) as f64 * 0.3, true),
            stop("kerb", 0, 260.0 + x(3) as f64, 14.0 + x(4) as f64 * 0.3, false),
            stop("end", (seed % 3) as u32, 395.0, 30.0, false),
        ],
        flows: vec![
            flow("car", 200.0 + 15.0 * x(5) as f64, Vec::new()),
            flow("bus", 150.0, vec![call("bay", 15.0, 8.0), call("kerb", 12.0, 9.0), call("end", 10.0, 0.0)]),
            flow("tram", 50.0, vec![call("end", 20.0, 10.0)]),
            flow("car", 60.0, vec![call("bay", 10.0, 3.0)]),
        ],
        trips: Vec::new(),
        duration_s: 600,
    }
}

/// Who calls at a stop of [`everything`]: at the kerb the buses, at the end the trams too.
fn calls_at(stop: StopId, class: VehicleClass) -> bool {
    class == VehicleClass::Bus || (stop == StopId(2) && class == VehicleClass::Tram)
}

/// Every call of those who have left the network has ended, no other has, and whoever was served has stood there as long as
/// the stop says.
fn every_call_is_accounted_for(scenario: &Scenario, options: Options) -> u32 {
    let (mut classes, mut left) = (BTreeMap::new(), BTreeSet::new());
    let mut stood: BTreeMap<(StopId, VehicleId), f64> = BTreeMap::new();
    let dt = options.step.unwrap_or(scenario.step).span().get();
    let stops = [StopId(1), StopId(2)];
    let watched = watch(scenario, options, |_, vehicles| {
        left = classes.keys().copied().collect::<BTreeSet<VehicleId>>();
        for v in vehicles {
            left.remove(&v.vehicle);
            classes.insert(v.vehicle, v.class);
            for stop in stops {
                let (at, lane) = (&scenario.network.stops[stop], scenario.network.stops[stop].lane);
                let there = (at.position.get() - at.length.get() - 1.0..at.position.get() + 1.0).contains(&v.position);
                if there && v.link == scenario.network.lanes[lane].link && v.speed < 1e-9 && calls_at(stop, v.class) {
                    *stood.entry((stop, v.vehicle)).or_default() += dt;
                }
            }
        }
    });
    let mut served = 0;
    for stop in stops {
        let m = watched.run.stop_measures()[stop];
        let calling = |v: &&VehicleId| calls_at(stop, classes[*v]);
        let (gone, all) = (left.iter().filter(calling).count(), classes.keys().filter(calling).count());
        assert!((gone..=all).contains(&((m.served + m.missed) as usize)), "{stop:?}: {m:?}, {gone} of {all} have left");
        assert!(m.served > 0 && m.missed <= m.served, "{stop:?}: {m:?}");
        let there: Vec<f64> = stood.iter().filter(|((s, _), _)| *s == stop).map(|(_, time)| *time).collect();
        assert!(there.len() >= m.served as usize, "{stop:?}: {m:?}, {} have stood there", there.len());
        assert!(there.iter().sum::<f64>() + dt * f64::from(m.served) >= m.dwell_s, "{stop:?}: {m:?}, {there:?}");
        served += m.served;
    }
    served
}

#[test]
fn laws_hold_at_stops_of_all_kinds() {
    let mut served = 0;
    for seed in 0..12 {
        for step in [0.25, 0.5, 1.0] {
            let options = Options { seed, step: Step::of_seconds(step), ..Options::default() };
            served += every_call_is_accounted_for(&everything(seed).scenario(), options);
        }
    }
    assert!(served > 500, "{served}");
}

#[test]
fn saved_at_any_step_a_run_with_stops_goes_on_alike_with_any_threads() {
    let scenario = everything(5).scenario();
    let of = |threads| start(&scenario, Options { threads, monitor: false, ..Options::default() });
    let mut run = of(1);
    let mut saved = Vec::new();
    while !run.is_over() {
        if run.tick().0.is_multiple_of(53) {
            saved.push(run.save());
        }
        run.step();
    }
    for state in &saved {
        for threads in [1, 2] {
            let mut other = of(threads);
            other.restore(state).expect("the state is of this scenario");
            assert_eq!(&other.save(), state);
            other.run();
            assert_eq!((other.hash(), other.measures()), (run.hash(), run.measures()));
        }
    }
    let elsewhere = everything(4).scenario();
    assert!(start(&elsewhere, Options::default()).restore(&saved[3]).is_err());
}

/// The first lanes of a network and its stops, as they were asked for.
#[test]
fn stops_lie_where_the_file_says() {
    let scenario = everything(1).scenario();
    let Network { stops, lanes, .. } = &scenario.network;
    assert_eq!((stops[StopId(0)].name.as_str(), stops[StopId(0)].bay, lanes[stops[StopId(2)].lane].index), ("bay", true, 1));
    let calls = &scenario.demand.flows[1].calls;
    assert_eq!(calls.iter().map(|c| c.leg).collect::<Vec<_>>(), [0, 0, 0]);
    assert_eq!(scenario.demand.flows[1].departure, Departure::default());
}
