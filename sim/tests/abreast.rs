//! Cyclists on the lanes of others: who passes whom within a lane, and how near.

use model::control::FixedTime;
use model::demand::{DepartLane, DepartSpeed, Departure, Itinerary, Trip};
use model::id::VehicleTypeId;
use model::quantity::{Flow, Length, Span};
use model::scenario::Scenario;
use model::scenario::file::LinkFile;
use model::toy::{Grid, Road};
use model::vehicle::{VehicleClass, VehicleType};
use sim::{DrawnVehicle, Measures, Options, Simulation};
use std::collections::{BTreeMap, BTreeSet};

fn start(scenario: &Scenario, seed: u64) -> Simulation {
    let initial = scenario.plan(None);
    let plans = initial.map(|p| p.plans.clone()).unwrap_or_default();
    Simulation::new(scenario, Box::new(FixedTime::new(plans)), initial, Options { seed, ..Options::default() })
}

fn set_widths(scenario: &mut Scenario, metres: f64) {
    for lane in &mut scenario.network.lanes {
        lane.width = Length::metres(metres);
    }
}

/// A road of one lane of this width, and on it vehicles of these classes, so many seconds apart.
fn road(width: f64, classes: &[(VehicleClass, f64)]) -> Scenario {
    let mut scenario = Road { persons_per_h: 0.0, duration_s: 300, ..Road::default() }.scenario();
    set_widths(&mut scenario, width);
    scenario.demand.walking.clear();
    let demand = &mut scenario.demand;
    let link = scenario.network.links.enumerate().find(|(_, l)| l.name == "east").expect("a link").0;
    demand.flows.clear();
    for (i, &(class, after)) in classes.iter().enumerate() {
        let vehicle = demand.types.push(VehicleType::usual(class));
        demand.trips.push(Trip {
            name: i.to_string(),
            vehicle,
            depart: Span::seconds_f64(3600.0 + after),
            itinerary: Itinerary::Links(vec![link]),
            departure: Departure { lane: DepartLane::First, speed: DepartSpeed::Desired },
            calls: Vec::new(),
        });
    }
    scenario
}

/// Least room between a bicycle and another vehicle while they are beside each other; infinite when they never are.
fn least_room(run: &mut Simulation) -> f64 {
    let mut least = f64::INFINITY;
    while !run.is_over() {
        run.step();
        let frame = run.frame();
        let bicycles = frame.vehicles.iter().filter(|v| v.class == VehicleClass::Bicycle);
        for b in bicycles {
            for v in frame.vehicles.iter().filter(|v| v.class != VehicleClass::Bicycle) {
                let (x, y) = ((v.centre.x - b.centre.x).abs(), (v.centre.y - b.centre.y).abs());
                if x < 0.5 * (v.length + b.length) {
                    least = least.min(y - 0.5 * (v.width + b.width));
                }
            }
        }
    }
    assert_eq!((run.measures().overlaps, run.vehicles()), (0, (0, 0)));
    least
}

/// Seconds that each vehicle is on the road, by number.
fn seconds_on_road(scenario: &Scenario, seed: u64) -> (BTreeMap<u32, (VehicleClass, f64)>, Measures) {
    let (mut run, mut on_road) = (start(scenario, seed), BTreeMap::new());
    while !run.is_over() {
        run.step();
        for v in run.frame().vehicles {
            on_road.entry(v.vehicle.0).or_insert((v.class, 0.0)).1 += run.step_size().span().get();
        }
    }
    let m = run.measures();
    assert_eq!((m.overlaps, m.red_runs, m.lost), (0, 0, 0), "{m:?}");
    (on_road, m)
}

#[test]
fn a_car_passes_a_bicycle_on_a_wide_lane_only_and_keeps_its_distance() {
    let both = [(VehicleClass::Bicycle, 0.0), (VehicleClass::Car, 6.0)];
    let passed = |width: f64| least_room(&mut start(&road(width, &both), 1));
    let [wide, narrow] = [passed(5.0), passed(4.3)];
    eprintln!("{wide} m, {narrow} m");
    assert!((1.5 - 1e-6..2.5).contains(&wide), "{wide} m");
    assert_eq!(narrow, f64::INFINITY);
    let seconds = |width: f64| seconds_on_road(&road(width, &both), 1).0[&1].1;
    // 300 m at 50 km/h and at 20 km/h.
    assert!(seconds(5.0) < 26.0 && seconds(4.3) > 40.0, "{} {}", seconds(5.0), seconds(4.3));
}

#[test]
fn a_lorry_needs_a_wider_lane_than_a_car() {
    let passes = |class, width: f64| least_room(&mut start(&road(width, &[(VehicleClass::Bicycle, 0.0), (class, 6.0)]), 1)) < 9.0;
    assert!(passes(VehicleClass::Car, 4.7) && !passes(VehicleClass::Lorry, 4.7) && passes(VehicleClass::Lorry, 5.4));
}

/// A crossroads with lanes of this width, more cars of a class than can pass, and cyclists straight on.
fn full(width: f64, class: VehicleClass) -> Scenario {
    let grid =
        Grid { lanes: 1, flow_veh_per_h: 700.0, cross_flow_veh_per_h: 300.0, turning: 0.0, duration_s: 1800, ..Grid::default() };
    let mut scenario = grid.scenario();
    set_widths(&mut scenario, width);
    let demand = &mut scenario.demand;
    for kind in &mut demand.types {
        *kind = VehicleType { name: kind.name.clone(), ..VehicleType::usual(class) };
    }
    add_cyclists(&mut scenario, 60.0);
    scenario
}

/// So many cyclists an hour from west to east.
fn add_cyclists(scenario: &mut Scenario, per_h: f64) {
    let demand = &mut scenario.demand;
    let bicycle: VehicleTypeId = demand.types.push(VehicleType::usual(VehicleClass::Bicycle));
    let mut flow = demand.flows.iter().find(|f| f.name.ends_with("East East")).expect("a flow").clone();
    (flow.mix, flow.flow) = (vec![(bicycle, 1.0)], Flow::veh_per_h(per_h));
    demand.flows.push(flow);
}

fn mean_seconds(scenario: &Scenario, class: VehicleClass) -> f64 {
    let (on_road, m) = seconds_on_road(scenario, 1);
    let times: Vec<f64> = on_road.values().filter(|v| v.0 == class).map(|v| v.1).collect();
    eprintln!("{class:?}: {} vehicles, {} arrived", times.len(), m.arrived);
    times.iter().sum::<f64>() / times.len() as f64
}

#[test]
fn cyclists_ride_past_a_queue_to_the_stop_line() {
    let [past, behind] = [3.25, 3.0].map(|width| mean_seconds(&full(width, VehicleClass::Car), VehicleClass::Bicycle));
    let lorries = mean_seconds(&full(3.25, VehicleClass::Lorry), VehicleClass::Bicycle);
    eprintln!("{past:.0} s past cars, {behind:.0} s behind them, {lorries:.0} s behind lorries");
    assert!(past + 25.0 < behind && past + 40.0 < lorries, "{past} s past cars, {behind} s behind, {lorries} s behind lorries");
}

#[test]
fn cyclists_pass_what_waits_and_no_faster_than_moderately() {
    let scenario = full(3.25, VehicleClass::Car);
    let network = &scenario.network;
    let line = |v: &DrawnVehicle| network.lanes[network.links[v.link].first_lane].length.get();
    let (mut run, mut passing, mut fast) = (start(&scenario, 2), 0, 0);
    while !run.is_over() {
        let before: BTreeMap<_, DrawnVehicle> = run.frame().vehicles.into_iter().map(|v| (v.vehicle, v)).collect();
        run.step();
        let frame = run.frame();
        for b in frame.vehicles.iter().filter(|v| v.class == VehicleClass::Bicycle) {
            let alongside = |v: &&DrawnVehicle| {
                let on_lane = v.class == VehicleClass::Car && v.link == b.link && v.position < line(v);
                on_lane && v.position > b.position && v.position - v.length < b.position - 0.5
            };
            // Gaining on one alongside, before and after the step.
            for v in frame.vehicles.iter().filter(alongside) {
                let (Some(b0), Some(v0)) = (before.get(&b.vehicle), before.get(&v.vehicle)) else { continue };
                if b.position - b0.position > v.position - v0.position + 0.3 && v.speed < 0.1 {
                    passing += 1;
                    fast += i32::from(b.speed > 3.2);
                }
            }
        }
    }
    eprintln!("{fast} of {passing} moments faster than 3.2 m/s");
    // Whoever comes up to a car that has just stopped still slows down.
    assert!(passing > 200 && 15 * fast < passing, "{fast} of {passing} moments faster than 3.2 m/s");
}

#[test]
fn cars_stop_before_the_area_for_cyclists_and_cyclists_in_it() {
    let grid =
        Grid { lanes: 1, flow_veh_per_h: 500.0, cross_flow_veh_per_h: 300.0, turning: 0.0, duration_s: 1800, ..Grid::default() };
    let stand = |depth: Option<f64>| {
        let files = grid.files().with_network(|network| {
            let links = network.links.iter_mut().filter(|l| l.to.get_ref() == "X0.0");
            links.flat_map(|l| &mut l.lanes).for_each(|lane| (lane.width_m, lane.cycle_area_m) = (3.25, depth));
        });
        let mut scenario = files.check().unwrap_or_else(|faults| panic!("{faults}"));
        add_cyclists(&mut scenario, 60.0);
        let (mut run, mut cyclists) = (start(&scenario, 1), f64::INFINITY);
        let (mut near, mut back) = (BTreeSet::new(), BTreeSet::new());
        while !run.is_over() {
            run.step();
            let network = &scenario.network;
            let line = |v: &DrawnVehicle| network.lanes[network.links[v.link].first_lane].length.get();
            let frame = run.frame();
            for v in frame.vehicles.iter().filter(|v| v.speed < 0.1 && v.position < line(v)) {
                let at = line(v) - v.position;
                match v.class {
                    VehicleClass::Bicycle => cyclists = cyclists.min(at),
                    _ if at < 4.5 => _ = near.insert(v.vehicle),
                    _ if at < 6.0 => _ = back.insert(v.vehicle),
                    _ => {}
                }
            }
        }
        let m = run.measures();
        assert_eq!((m.overlaps, m.red_runs, m.lost), (0, 0, 0), "{m:?}");
        (near.len(), back.len(), cyclists, m.arrived)
    };
    let (near, back, cyclists, arrived) = stand(Some(4.0));
    let (usual, _, _, others) = stand(None);
    eprintln!(
        "{back} cars stand before the area, {near} in it, {usual} at the line where there is none; cyclists {cyclists:.2} m"
    );
    // Who comes to the first line too late for it stands in the area.
    assert!(back > 40 && 10 * near < back && usual > 40 && cyclists < 1.5, "{near} {back} {usual}, {cyclists} m");
    assert!(arrived + 20 > others, "{arrived} {others}");
}

#[test]
fn an_area_for_cyclists_needs_a_signal_and_somebody_to_use_it() {
    let refuses = |change: fn(&mut LinkFile)| {
        let files = Grid::default().files().with_network(|network| network.links.iter_mut().for_each(change));
        files.check().expect_err("it makes no sense").to_string()
    };
    let text = refuses(|link| link.lanes[0].cycle_area_m = Some(4.0));
    assert!(text.contains("has an area for cyclists, and \"") && text.contains("has no signal"), "{text}");
    let text = refuses(|link| (link.lanes[0].cycle_area_m, link.lanes[0].classes) = (Some(4.0), Some(vec![VehicleClass::Car])));
    assert!(text.contains("is not for them and others"), "{text}");
    let text = refuses(|link| link.lanes[0].cycle_area_m = Some(20.0));
    assert!(text.contains("an area for cyclists of 20 m"), "{text}");
}
