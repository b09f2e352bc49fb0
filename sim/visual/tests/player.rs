//! A played run is the headless run, whatever the frames.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod toy;

use model::control::FixedTime;
use model::scenario::Scenario;
use sim::{Options, Simulation};
use std::collections::BTreeMap;
use toy::scenario;
use visual::{Player, Rate};

fn simulation(scenario: &Scenario) -> Simulation {
    let plan = scenario.plan(None).unwrap();
    Simulation::new(scenario, Box::new(FixedTime::new(plan.plans.clone())), Some(plan), Options::default())
}

fn headless_hash(scenario: &Scenario) -> String {
    let mut run = simulation(scenario);
    run.run();
    assert!(run.measures().arrived > 50, "the toy has to be busy");
    run.hash()
}

fn played_hash(scenario: &Scenario, mut frame: impl FnMut(&mut Player, usize)) -> String {
    let mut player = Player::new(simulation(scenario));
    player.set_running(true);
    for k in 0.. {
        if player.is_over() {
            break;
        }
        frame(&mut player, k);
        // Looking at the run must not change it.
        assert!(player.shown().now.is_finite());
    }
    player.simulation().hash()
}

#[test]
fn a_played_run_has_the_hash_of_the_headless_one_whatever_the_frames() {
    let scenario = scenario();
    let headless = headless_hash(&scenario);
    let smooth = played_hash(&scenario, |p, _| {
        p.set_rate(Rate::Ten);
        p.advance(1.0 / 60.0, || true);
    });
    let jerky = played_hash(&scenario, |p, k| {
        p.set_rate(Rate::ALL[k % Rate::ALL.len()]);
        p.set_running(k % 7 != 3);
        if k % 11 == 5 {
            p.step();
        }
        let mut left = k % 5;
        p.advance([0.001, 0.4, 0.0, 2.7][k % 4], || {
            left = left.saturating_sub(1);
            left > 0
        });
    });
    let stepped = played_hash(&scenario, |p, _| p.step());
    assert_eq!([&smooth, &jerky, &stepped], [&headless; 3]);
}

#[test]
fn a_played_run_is_the_headless_one_in_the_middle_too() {
    let scenario = scenario();
    let mut player = Player::new(simulation(&scenario));
    player.set_running(true);
    player.set_rate(Rate::Sixty);
    player.advance(2.013, || true);
    let mut headless = simulation(&scenario);
    while headless.tick() < player.simulation().tick() {
        headless.step();
    }
    assert_eq!(player.simulation().hash(), headless.hash());
    assert!(headless.tick().0 > 200);
}

#[test]
fn at_ten_times_ten_seconds_go_by_in_one() {
    let scenario = scenario();
    let mut player = Player::new(simulation(&scenario));
    player.set_running(true);
    player.set_rate(Rate::Ten);
    let begin = player.shown().now;
    for _ in 0..50 {
        player.advance(0.02, || true);
    }
    assert!((player.shown().now - begin - 10.0).abs() < 1e-6);
}

#[test]
fn a_paused_player_stands_still_and_a_step_is_one_step() {
    let scenario = scenario();
    let mut player = Player::new(simulation(&scenario));
    let begin = player.shown().now;
    player.advance(5.0, || true);
    assert_eq!(player.shown().now, begin);
    player.step();
    assert!((player.shown().now - begin - 0.5).abs() < 1e-9);
}

#[test]
fn a_slow_machine_forgets_what_it_owes() {
    let scenario = scenario();
    let mut player = Player::new(simulation(&scenario));
    player.set_running(true);
    player.set_rate(Rate::Sixty);
    let before = player.simulation().tick().0;
    player.advance(10.0, || false);
    player.advance(0.0, || false);
    assert!(player.simulation().tick().0 - before <= 2);
}

#[test]
fn vehicles_glide_between_steps_and_never_jump() {
    let scenario = scenario();
    let mut player = Player::new(simulation(&scenario));
    player.run_to(f64::from(scenario.begin.0) + 60.0);
    player.set_running(true);
    let mut last = player.shown().vehicles;
    for _ in 0..400 {
        player.advance(0.05, || true);
        let now = player.shown().vehicles;
        for vehicle in &now {
            if let Some(old) = last.iter().find(|v| v.vehicle == vehicle.vehicle) {
                // 20 m/s for 0.05 s, and a change of lane spread over the step.
                assert!(old.centre.distance(vehicle.centre).get() < 1.6);
            }
        }
        last = now;
    }
}

#[test]
fn running_to_a_second_shows_that_second() {
    let scenario = scenario();
    let mut player = Player::new(simulation(&scenario));
    player.run_to(f64::from(scenario.begin.0) + 42.0);
    assert_eq!(player.shown().now, f64::from(scenario.begin.0) + 42.0);
    player.run_to(f64::from(scenario.end.0) + 99.0);
    assert!(player.is_over());
    assert_eq!(player.shown().now, f64::from(scenario.end.0));
}

#[test]
fn vehicles_out_of_sight_are_not_looked_at_and_drive_on() {
    let scenario = scenario();
    let [mut whole, mut part] = [(); 2].map(|()| Player::new(simulation(&scenario)));
    let links = &scenario.network.links;
    part.see(Some(links.ids().map(|link| link.0 % 2 == 0).collect()));
    for player in [&mut whole, &mut part] {
        player.set_running(true);
        player.set_rate(Rate::Ten);
        (0..250).for_each(|_| player.advance(0.04, || true));
    }
    let places = |player: &Player| player.shown().vehicles.iter().map(|v| (v.link.0, v.centre)).collect::<Vec<_>>();
    let (mut all, seen) = (places(&whole), places(&part));
    assert!(!seen.is_empty() && seen.len() < all.len());
    all.retain(|&(link, _)| link % 2 == 0);
    assert_eq!(seen.len(), all.len());
    assert_eq!(part.simulation().hash(), whole.simulation().hash());
    part.see(None);
    assert_eq!(places(&part).len(), places(&whole).len());
}

#[test]
fn from_afar_time_goes_by_as_it_does_and_signals_show_their_second() {
    let scenario = scenario();
    let [mut near, mut afar] = [(); 2].map(|()| Player::new(simulation(&scenario)));
    afar.see_from_afar(true);
    for player in [&mut near, &mut afar] {
        player.set_running(true);
    }
    let mut since = BTreeMap::new();
    for frame in 0..960 {
        // A sixteenth of a second has no rounding: both come to a new second in the same frame.
        near.advance(0.0625, || true);
        afar.advance(0.0625, || true);
        assert!((near.now() - afar.now()).abs() < 1e-9, "frame {frame}: {} and {}", near.now(), afar.now());
        assert_eq!(near.aspects(), afar.aspects(), "frame {frame}");
        let [shown, seldom] = [&near, &afar].map(|p| p.shown().vehicles);
        for vehicle in &shown {
            // Whoever has just come is shown where they will be.
            let long_there = *since.entry(vehicle.vehicle).or_insert(frame) + 20 < frame;
            if let Some(same) = seldom.iter().find(|v| v.vehicle == vehicle.vehicle && long_there) {
                // Half a change of lane, which takes two steps instead of one, and an eighth of what a second changes at 8 m/s².
                assert!(same.centre.distance(vehicle.centre).get() < 2.7, "frame {frame}");
            }
        }
    }
    for player in [&mut near, &mut afar] {
        player.set_rate(Rate::Sixty);
        while !player.is_over() {
            player.advance(0.1, || true);
        }
    }
    assert_eq!(near.simulation().hash(), afar.simulation().hash());
}
