//! Live control: a controller behind `model::control` takes signals over, and they go back by themselves.

use crate::common::{Lane, Street, Toy, signal_and_plans, station};
use deploy::live::{LiveStation, Sizes, control};
use deploy::rsmp::RsmpPort;
use deploy::{Port, PortError};
use model::control::{Controller, FixedTime, View, Wish};
use model::id::{DetectorId, GroupId, Id, IdVec, SignalId};
use model::signal::{Aspect, SafePlan};
use model::time::{DaySecond, Seconds};
use std::sync::{Arc, Mutex};

const SIZES: Sizes = Sizes { signals: 1, detectors: 2, push_buttons: 0 };

fn live() -> (LiveStation<RsmpPort<Lane>>, Arc<Mutex<Street>>) {
    let (Toy { port, .. }, street) = station("K1", 13);
    let (signal, held, _) = signal_and_plans(0);
    let detectors = vec![DetectorId::from_index(0), DetectorId::from_index(1)];
    (LiveStation { port, id: SignalId::from_index(0), signal, plan: held[&1].clone(), detectors }, street)
}

/// In how many of the seconds to come the street shows the greens of a plan.
fn in_step(street: &Mutex<Street>, plan: &SafePlan, seconds: u32) -> u32 {
    let mut street = street.lock().unwrap();
    let mut same = 0;
    for _ in 0..seconds {
        street.live(1000);
        let now = DaySecond(street.now.utc.second());
        let shown = street.tlc.picture();
        let is_same = |(i, c): (usize, u8)| (c == b'1') == (plan.aspect_at(GroupId::from_index(i), now) == Aspect::Green);
        same += u32::from(shown.bytes().enumerate().all(is_same));
    }
    same
}

#[test]
fn a_controller_takes_a_signal_over_and_gives_it_back() {
    let (mut station, street) = live();
    let (own, other) = (station.plan.clone(), station.plan.with_offset(Seconds(31)));
    assert!(in_step(&street, &own, 100) > 95);
    let mut controller = FixedTime::new([other.clone()].into_iter().collect());
    let end = street.lock().unwrap().now.utc.0 + 400_000;
    let begin = end - 200_000;
    let mut same = (0_u32, 0_u32);
    let decided = control(std::slice::from_mut(&mut station), SIZES, &mut controller, &mut || {
        let street = street.lock().unwrap();
        if street.now.utc.0 > begin {
            let now = DaySecond(street.now.utc.second());
            let near = |c: u8, g: usize| {
                (0..3).any(|d| (c == b'1') == (other.aspect_at(GroupId::from_index(g), DaySecond(now.0 - d)) == Aspect::Green))
            };
            let is_near = street.tlc.picture().bytes().enumerate().all(|(g, c)| near(c, g));
            same = (same.0 + u32::from(is_near), same.1 + 1);
        }
        street.now.utc.0 < end
    });
    // It was looked at twice a second or so, and orders take up to two seconds.
    assert!(decided.unwrap() > 150, "{same:?}");
    assert!(same.1 > 100 && same.0 * 100 >= same.1 * 95, "{same:?}");
    in_step(&street, &own, 120);
    assert!(in_step(&street, &own, 100) > 95);
    // Nobody has been at this end of the connection for minutes, so the site has hung up.
    assert!(station.port.read().is_err());
    assert_eq!(station.port.read().unwrap().plan, 1);
}

#[test]
fn a_signal_that_loses_touch_goes_back_to_its_own_plan() {
    let (mut station, street) = live();
    let own = station.plan.clone();
    let mut controller = FixedTime::new([own.with_offset(Seconds(31))].into_iter().collect());
    let cut_at = street.lock().unwrap().now.utc.0 + 150_000;
    let lost = control(std::slice::from_mut(&mut station), SIZES, &mut controller, &mut || {
        let mut street = street.lock().unwrap();
        if street.now.utc.0 > cut_at {
            street.is_there = false;
            street.cut();
        }
        true
    });
    assert!(matches!(lost, Err((site, PortError::Link(_))) if site == "K1"));
    in_step(&street, &own, 120);
    assert!(in_step(&street, &own, 100) > 95);
}

/// Wishes everything green at once, and looks at what detectors say.
struct Mad {
    seen: u32,
}

impl Controller for Mad {
    fn name(&self) -> &'static str {
        "mad"
    }

    fn decide(&mut self, _: SignalId, view: &View<'_>, wishes: &mut IdVec<GroupId, Wish>) {
        self.seen += view.readings.iter().map(|r| r.count).sum::<u32>();
        wishes.iter_mut().for_each(|w| *w = Wish { green: true, remaining: Seconds(99) });
    }
}

#[test]
fn whatever_a_controller_wishes_the_guard_orders_what_is_safe() {
    let (mut station, street) = live();
    let signal = station.signal.clone();
    let mut controller = Mad { seen: 0 };
    let end = street.lock().unwrap().now.utc.0 + 200_000;
    let decided = control(std::slice::from_mut(&mut station), SIZES, &mut controller, &mut || {
        let street = street.lock().unwrap();
        assert!(!crate::any_bytes::is_unsafe(&signal, &street.tlc.picture()));
        street.now.utc.0 < end
    });
    assert!(decided.unwrap() > 60);
    assert_eq!(controller.seen, 0, "nobody drives there");
}
