//! The ring of Dortmund on loopback, in accelerated time: nineteen virtual controllers get a plan, run its wave, and go back, over
//! RSMP, over NTCIP with privacy, and over both.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test stops at the first surprise, and says what it measured")]

use deploy::net::{Switchboard, WallClock, run_sites, seed};
use deploy::ntcip::{Asc, NtcipPort, Ring};
use deploy::rollout::{Demands, Journal, Outcome, Rolling, Station};
use deploy::rsmp::RsmpPort;
use deploy::safety::{Held, checksum};
use deploy::snmp::{Access, Auth, Credentials, User};
use deploy::tlc::{Tlc, TlcSetup};
use deploy::udp::{Listener, UdpWire, run_controllers};
use deploy::{Port, Secret, Setting};
use model::scenario::load;
use model::signal::{SafePlan, Signal};
use model::time::Seconds;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// How much faster than the wall everybody lives.
const SPEED: u32 = 30;

/// A plan with another cycle, other splits and another offset; over NTCIP with one of them shorter, where that can be.
fn other(signal: &Signal, plan: &SafePlan, number: usize, ring: Option<&Ring>) -> SafePlan {
    let cycle_s = plan.cycle().0 + 6;
    let offset_s = (17 * number as u16) % cycle_s;
    let shorter = ring.and_then(|ring| {
        let mut pattern = ring.pattern(plan).ok()?;
        let last = pattern.splits_s.len() - 1;
        (pattern.cycle_s, pattern.offset_s) = (cycle_s as u8, offset_s as u8);
        pattern.splits_s[0] += 7;
        pattern.splits_s[last] -= 1;
        ring.plan(&pattern).ok()
    });
    let longer = || Setting { cycle_s, offset_s, bands_s: vec![1, 3] }.apply(plan, signal).ok();
    shorter.or_else(longer).unwrap_or_else(|| plan.with_offset(Seconds(number as u16)))
}

fn user() -> User {
    let [password, privacy] = ["a long password", "another password"].map(Secret::new);
    User::new("ampel", Auth::Sha256, &password, Some(&privacy)).unwrap()
}

fn controller(setup: &TlcSetup, user: &User, clock: WallClock) -> Listener {
    let access = Access { communities: Vec::new(), users: vec![(user.clone(), true)] };
    let asc = Asc::new(setup, access, seed(), clock.now()).unwrap();
    Listener::bind(asc, "127.0.0.1:0".parse().unwrap()).unwrap()
}

/// Rolls out to all signals of the ring; `over_ntcip` says which of them speak NTCIP, the others speak RSMP.
fn rolls_out(name: &str, over_ntcip: impl Fn(usize) -> bool) {
    let scenario = load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/dortmund-wall")).unwrap();
    let plans = scenario.plan(None).unwrap();
    let (clock, user) = (WallClock::new(SPEED), user());
    let sites = scenario.signals.iter().map(|s| s.name.clone()).collect();
    let board = Switchboard::listen("127.0.0.1:0".parse().unwrap(), sites).unwrap();
    let (mut tlcs, mut listeners, mut stations) = (Vec::new(), Vec::new(), Vec::new());
    for (number, (id, signal)) in scenario.signals.enumerate().enumerate() {
        let plan = &plans.plans[id];
        let held = Held::from([(1, plan.clone()), (2, plan.clone())]);
        let codes = ["1111", "2222"].map(Secret::new);
        let setup = TlcSetup::of_signal(signal, held.clone(), codes.clone());
        let ring = over_ntcip(number).then(|| Ring::of(signal, &held).unwrap());
        let plan = other(signal, plan, number, ring.as_ref());
        let (port, checksum): (Box<dyn Port>, String) = if let Some(ring) = ring {
            let listener = controller(&setup, &user, clock);
            let wire = UdpWire::to(listener.address().unwrap(), clock).unwrap();
            listeners.push(listener);
            let (credentials, checksum) = (Credentials::User(user.clone()), ring.checksum());
            (Box::new(NtcipPort::new(wire, &signal.name, credentials, ring, vec![1, 2], seed())), checksum)
        } else {
            tlcs.push(Tlc::new(setup, seed(), clock.now()).unwrap());
            let (wire, checksum, [_, code]) = (board.wire(&signal.name, clock), checksum(signal, &held), codes);
            (Box::new(RsmpPort::new(wire, &signal.name, "TC", code, signal.clone(), held, seed())), checksum)
        };
        stations.push(Station { port, plan, numbers: vec![1, 2], checksum });
    }
    assert_eq!(stations.len(), 19);
    let (stop, address) = (AtomicBool::new(false), board.address());
    std::thread::scope(|scope| {
        scope.spawn(|| run_sites(tlcs, address, clock, &stop));
        scope.spawn(|| run_controllers(listeners, clock, &stop));
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| roll(name, &mut stations, clock)));
        stop.store(true, Ordering::Relaxed);
        done.unwrap();
    });
}

fn roll(name: &str, stations: &mut [Station<Box<dyn Port>>], clock: WallClock) {
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
    assert!(stations.iter_mut().all(|s| s.port.read().unwrap().plan == 1));
    let back = clock.now().link;
    println!("{name}: push {} ms, {greens} greens, at most {worst_s} s off; back {} ms", pushed.since(begin), back.since(pushed));
    assert!(pushed.since(begin) < 60_000);
}

#[test]
fn nineteen_controllers_get_a_plan_over_rsmp_run_its_wave_and_go_back() {
    rolls_out("RSMP", |_| false);
}

#[test]
fn nineteen_controllers_get_a_plan_over_ntcip_run_its_wave_and_go_back() {
    rolls_out("NTCIP", |_| true);
}

#[test]
fn a_corridor_of_both_protocols_runs_one_wave() {
    rolls_out("mixed", |number| number % 2 == 0);
}
