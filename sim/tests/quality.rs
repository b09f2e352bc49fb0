//! Quality of service: waits by movement and crossing, arrivals on green, queues.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use model::control::FixedTime;
use model::id::MovementId;
use model::network::Turn;
use model::quantity::Flow;
use model::scenario::Scenario;
use model::toy::Grid;
use model::vehicle::{VehicleClass, VehicleType};
use sim::{MovementQuality, Options, Quality, Simulation};

fn start(scenario: &Scenario) -> Simulation {
    let initial = scenario.plan(None);
    let plans = initial.map(|p| p.plans.clone()).unwrap_or_default();
    Simulation::new(scenario, Box::new(FixedTime::new(plans)), initial, Options { monitor: false, ..Options::default() })
}

/// The quality of a whole run.
fn observed(scenario: &Scenario) -> Quality {
    let mut run = start(scenario);
    run.observe_quality();
    run.run();
    run.quality().unwrap()
}

/// The sum over the straight movements from a link.
fn straight_on(scenario: &Scenario, quality: &Quality, link: &str) -> MovementQuality {
    let network = &scenario.network;
    let from = |m: MovementId| network.links[network.origin_link(m)].name == link;
    let ids = network.movements.enumerate().filter(|(id, m)| m.turn == Turn::Straight && from(*id)).map(|(id, _)| id);
    let sum = |a: MovementQuality, id: MovementId| {
        let b = quality.movements[id];
        MovementQuality {
            vehicles: a.vehicles + b.vehicles,
            delay_s: a.delay_s + b.delay_s,
            arrivals: a.arrivals + b.arrivals,
            arrivals_on_green: a.arrivals_on_green + b.arrivals_on_green,
            ..a
        }
    };
    ids.fold(MovementQuality::default(), sum)
}

fn share_on_green(m: &MovementQuality) -> f64 {
    f64::from(m.arrivals_on_green) / f64::from(m.arrivals)
}

#[test]
fn to_observe_changes_neither_traffic_nor_hash() {
    let scenario = Grid { columns: 2, ..Grid::default() }.with_people(300.0);
    let (mut seen, mut unseen) = (start(&scenario), start(&scenario));
    seen.observe_quality();
    seen.run();
    unseen.run();
    assert_eq!(seen.hash(), unseen.hash());
    assert_eq!(seen.measures(), unseen.measures());
    assert!(unseen.quality().is_none());
}

#[test]
fn a_saved_run_goes_on_observing() {
    let scenario = Grid { duration_s: 400, ..Grid::default() }.with_people(300.0);
    let mut run = start(&scenario);
    run.observe_quality();
    for _ in 0..500 {
        run.step();
    }
    let saved = run.save();
    run.run();
    let mut again = start(&scenario);
    assert!(again.restore(&saved).is_err(), "who does not observe has no place for what was observed");
    again.observe_quality();
    again.restore(&saved).unwrap();
    again.run();
    assert_eq!(run.quality(), again.quality());
    assert_eq!(run.save(), again.save());
}

#[test]
fn random_arrivals_come_on_green_as_often_as_it_is_green_and_wait_as_webster_says() {
    let scenario = Grid { lanes: 1, turning: 0.0, flow_veh_per_h: 250.0, duration_s: 7200, ..Grid::default() }.scenario();
    let found = straight_on(&scenario, &observed(&scenario), "X0.0<West");
    assert!(found.vehicles > 400, "{found:?}");
    // 36 of 80 s are green.
    assert!((share_on_green(&found) - 0.45).abs() < 0.05, "{found:?}");
    // Webster: uniform delay 44 * 44 / (2 * 80 * (1 - 250 / 1900)) = 13.9 s, random delay 0.5 s; what braking and starting cost
    // beyond standing is in it.
    let wait = found.delay_s / f64::from(found.vehicles);
    assert!((12.0..19.0).contains(&wait), "{wait}");
}

#[test]
fn a_platoon_comes_on_green_when_the_offset_is_its_way() {
    let shares = [18, 58].map(|offset_s| {
        let grid =
            Grid { columns: 2, lanes: 1, turning: 0.0, flow_veh_per_h: 500.0, offset_s, duration_s: 3600, ..Grid::default() };
        let scenario = grid.scenario();
        share_on_green(&straight_on(&scenario, &observed(&scenario), "X1.0<East"))
    });
    assert!(shares[0] > 0.8 && shares[1] < 0.4, "{shares:?}");
}

#[test]
fn a_queue_over_capacity_fills_its_link_and_those_outside_wait_too() {
    let grid = Grid { lanes: 1, turning: 0.0, duration_s: 2400, ..Grid::default() };
    let quality = |flow_veh_per_h| {
        let scenario = Grid { flow_veh_per_h, ..grid.clone() }.scenario();
        let quality = observed(&scenario);
        let link = scenario.network.links.enumerate().find(|(_, l)| l.name == "X0.0<West").unwrap().0;
        let approach = quality.approaches.iter().find(|a| a.link == link).unwrap().clone();
        let m = straight_on(&scenario, &quality, "X0.0<West");
        (approach, m.delay_s / f64::from(m.vehicles))
    };
    let ((light, little), (heavy, long)) = (quality(200.0), quality(1200.0));
    // A cycle is 80 s long.
    assert!((29..=31).contains(&light.queues_m.len()), "{light:?}");
    let longest = |queues: &[f64]| queues.iter().copied().fold(0.0, f64::max);
    assert!(longest(&light.queues_m) < 0.4 * light.storage_m && longest(&light.queues_m) > 4.0, "{light:?}");
    assert!(longest(&heavy.queues_m) > heavy.storage_m - 8.0 && longest(&heavy.queues_m) <= heavy.storage_m, "{heavy:?}");
    assert!(little < 25.0 && long > 150.0, "{little} {long}");
}

#[test]
fn the_longest_wait_on_foot_is_that_of_the_measures() {
    let scenario = Grid::default().with_people(400.0);
    let mut run = start(&scenario);
    run.observe_quality();
    run.run();
    let (quality, measures) = (run.quality().unwrap(), run.measures());
    let longest = quality.crossings.iter().map(|c| c.longest_wait_s).fold(0.0, f64::max);
    assert!((longest - measures.longest_wait_on_foot_s).abs() < 0.6 && longest > 20.0, "{longest} {measures:?}");
    assert_eq!(quality.crossings.iter().map(|c| c.came).sum::<u32>(), measures.came_on_foot);
}

#[test]
fn cyclists_are_told_from_motor_vehicles_and_their_longest_wait_is_about_a_red() {
    let grid =
        Grid { lanes: 1, turning: 0.0, flow_veh_per_h: 100.0, cross_flow_veh_per_h: 0.0, duration_s: 3600, ..Grid::default() };
    let mut scenario = grid.scenario();
    let bicycle = scenario.demand.types.push(VehicleType::usual(VehicleClass::Bicycle));
    let cars = scenario.demand.flows.clone();
    scenario.demand.flows.extend(cars.into_iter().map(|mut flow| {
        (flow.mix, flow.flow) = (vec![(bicycle, 1.0)], Flow::veh_per_h(80.0));
        flow.name += " by bicycle";
        flow
    }));
    let quality = observed(&scenario);
    let used = quality.movements.iter().filter(|m| m.cyclists > 0);
    let (cyclists, vehicles) = used.clone().fold((0, 0), |sum, m| (sum.0 + m.cyclists, sum.1 + m.vehicles));
    assert!((100..=220).contains(&cyclists) && (140..=260).contains(&vehicles), "{cyclists} {vehicles}");
    // Red lasts 44 of 80 s, amber among them.
    let longest = used.map(|m| m.longest_cyclist_wait_s).fold(0.0, f64::max);
    assert!((30.0..55.0).contains(&longest), "{longest}");
}
