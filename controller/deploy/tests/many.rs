//! Many controllers at one supervisor, a status a second each: how many come, and how late.
//!
//! `AMPEL_CONTROLLERS=650 AMPEL_SPEED=1 cargo test -p deploy --test many -- --nocapture` measures; without, 40 live ten
//! times as fast.

use deploy::net::{Switchboard, WallClock, run_sites, seed};
use deploy::rsmp::RsmpPort;
use deploy::safety::Held;
use deploy::tlc::{Tlc, TlcSetup};
use deploy::{Port, Secret};
use model::toy::Grid;
use std::sync::atomic::{AtomicBool, Ordering};

/// Seconds of the controllers for which everybody is watched.
const SECONDS: u32 = 20;

fn number(variable: &str, usual: u32) -> u32 {
    std::env::var(variable).ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

#[test]
fn one_supervisor_hears_every_controller_every_second() {
    let (count, clock) = (number("AMPEL_CONTROLLERS", 40), WallClock::new(number("AMPEL_SPEED", 10)));
    let scenario = Grid::default().scenario();
    let signal = scenario.signals.iter().next().unwrap();
    let held = Held::from([(1, scenario.plan(None).unwrap().plans.iter().next().unwrap().clone())]);
    let codes = ["1111", "2222"].map(Secret::new);
    let names: Vec<String> = (0..count).map(|i| format!("K{i}")).collect();
    let board = Switchboard::listen("127.0.0.1:0".parse().unwrap(), names.iter().cloned().collect()).unwrap();
    let tlc = |name: &String| {
        let setup = TlcSetup { site: name.clone(), ..TlcSetup::of_signal(signal, held.clone(), codes.clone()) };
        Tlc::new(setup, seed(), clock.now()).unwrap()
    };
    let tlcs: Vec<Tlc> = names.iter().map(tlc).collect();
    let (stop, address) = (AtomicBool::new(false), board.address());
    let watch = |name: &String| {
        let wire = board.wire(name, clock);
        let mut port = RsmpPort::new(wire, name, "TC", codes[1].clone(), signal.clone(), held.clone(), seed());
        let (mut late, mut begin) = (Vec::new(), None);
        port.watch(&mut |picture| {
            late.push(clock.now().utc.0.saturating_sub(picture.at.0));
            picture.at.second() - *begin.get_or_insert(picture.at.second()) >= SECONDS
        })
        .map(|()| late)
    };
    let mut late: Vec<u64> = std::thread::scope(|scope| {
        scope.spawn(|| run_sites(tlcs, address, clock, &stop));
        let watches: Vec<_> = names.iter().map(|name| scope.spawn(|| watch(name))).collect();
        let late = watches.into_iter().flat_map(|w| w.join().unwrap().unwrap()).collect();
        stop.store(true, Ordering::Relaxed);
        late
    });
    late.sort_unstable();
    let share = late.len() as f64 / f64::from(count * (SECONDS + 1));
    let at = |percent: usize| late[(late.len() - 1) * percent / 100];
    println!(
        "{count} controllers: {share:.3} of the reports; late by {} ms median, {} ms 99 %, {} ms most",
        at(50),
        at(99),
        at(100)
    );
    assert!(share > 0.5, "{share}");
}
