//! The ring of Dortmund on loopback, in accelerated time: nineteen virtual controllers get a plan, run its wave, and go back.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test stops at the first surprise, and says what it measured")]

use deploy::net::{Switchboard, WallClock, run_sites, seed};
use deploy::rollout::{Demands, Journal, Outcome, Rolling, Station};
use deploy::rsmp::RsmpPort;
use deploy::safety::{Held, checksum};
use deploy::tlc::{Tlc, TlcSetup};
use deploy::{Port, Secret, Setting};
use model::scenario::load;
use model::signal::{SafePlan, Signal};
use model::time::Seconds;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// How much faster than the wall everybody lives.
const SPEED: u32 = 30;

fn codes() -> [Secret; 2] {
    ["1111", "2222"].map(Secret::new)
}

/// A plan with another cycle, other splits and another offset, as far as they can be set.
fn other(signal: &Signal, plan: &SafePlan, number: usize) -> SafePlan {
    let cycle_s = plan.cycle().0 + 6;
    let setting = Setting { cycle_s, offset_s: (17 * number as u16) % cycle_s, bands_s: vec![1, 3] };
    setting.apply(plan, signal).unwrap_or_else(|_| plan.with_offset(Seconds(number as u16)))
}

#[test]
fn nineteen_controllers_get_a_plan_run_its_wave_and_go_back() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/dortmund-wall");
    let scenario = load(&folder).unwrap();
    let plans = scenario.plan(None).unwrap();
    let clock = WallClock::new(SPEED);
    let sites = scenario.signals.iter().map(|s| s.name.clone()).collect();
    let board = Switchboard::listen("127.0.0.1:0".parse().unwrap(), sites).unwrap();
    let (mut tlcs, mut stations) = (Vec::new(), Vec::new());
    for (number, (id, signal)) in scenario.signals.enumerate().enumerate() {
        let plan = &plans.plans[id];
        let held = Held::from([(1, plan.clone()), (2, plan.clone())]);
        tlcs.push(Tlc::new(TlcSetup::of_signal(signal, held.clone(), codes()), seed(), clock.now()).unwrap());
        let [_, code] = codes();
        let (wire, checksum) = (board.wire(&signal.name, clock), checksum(signal, &held));
        let port = RsmpPort::new(wire, &signal.name, "TC", code, signal.clone(), held, seed());
        stations.push(Station { port, plan: other(signal, plan, number), numbers: vec![1, 2], checksum });
    }
    assert_eq!(stations.len(), 19);
    let (stop, address) = (AtomicBool::new(false), board.address());
    std::thread::scope(|scope| {
        scope.spawn(|| run_sites(tlcs, address, clock, &stop));
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| roll(&mut stations, clock)));
        stop.store(true, Ordering::Relaxed);
        done.unwrap();
    });
}

fn roll(stations: &mut [Station<RsmpPort<deploy::net::TcpWire>>], clock: WallClock) {
    // Until the signals have come out of their startup sequence.
    while !stations.iter_mut().all(|s| s.port.read().is_ok_and(|d| d.in_control)) {}
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(&folder.path().join("journal"), "test").unwrap();
    let demands = Demands { cycles: 1, skew_ms: 20_000, interval_s: 0, tries: 3 };
    let utc = move || clock.now().utc;
    let begin = clock.now().link;
    let outcome = Rolling::new(stations, &mut journal, demands, &utc).push("other").unwrap();
    let pushed = clock.now().link;
    let Outcome::Confirmed { worst_s, greens } = outcome else { panic!("{outcome:?}") };
    assert!(worst_s <= 1 && greens > 100, "{worst_s} {greens}");
    let before = journal.rollouts()[0].before.clone();
    let outcome = Rolling::new(stations, &mut journal, demands, &utc).back(&before, "ordered").unwrap();
    assert_eq!(outcome, Outcome::Back("ordered".into()));
    let back = clock.now().link;
    println!("push {} ms, {greens} greens, at most {worst_s} s off; back {} ms", pushed.since(begin), back.since(pushed));
    assert!(pushed.since(begin) < 60_000);
}
