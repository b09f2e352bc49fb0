//! The manager's end against a virtual controller with something bad in between: what is lost, doubled, late or a lie.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use deploy::clock::{Millis, Now, Utc};
use deploy::ntcip::{Asc, Datagrams, NtcipPort, Pattern, Ring};
use deploy::rollout::{Demands, Ended, Journal, Outcome, Rolling, Station};
use deploy::safety::Held;
use deploy::snmp::{Access, Auth, Client, Community, Credentials, Heard, Kind, Oid, User, Value};
use deploy::tlc::TlcSetup;
use deploy::{Port, PortError, Secret};
use model::id::Id;
use model::signal::{Aspect, SafePlan, Signal};
use model::time::{DaySecond, Seconds};
use model::toy::Grid;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

/// A Friday morning, which is no multiple of the cycle after midnight.
const BEGIN: Utc = Utc(1_795_766_437_000);

/// What becomes of a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Passes,
    IsLost,
    ComesTwice,
    Breaks,
}

type Proxy = Box<dyn FnMut(usize, &[u8]) -> Fate + Send>;

/// The controller, the time and what goes over the wire.
struct Street {
    asc: Asc,
    now: Now,
    datagrams: usize,
    proxy: Proxy,
    inbox: Vec<Vec<u8>>,
}

#[derive(Clone)]
struct Lane(Arc<Mutex<Street>>);

impl Street {
    fn pass(&mut self, ms: u64) {
        for _ in 0..ms.div_ceil(100) {
            (self.now.link.0, self.now.utc.0) = (self.now.link.0 + 100, self.now.utc.0 + 100);
            self.asc.pass(self.now);
        }
    }

    fn fate(&mut self, datagram: &[u8]) -> (usize, Vec<u8>) {
        self.datagrams += 1;
        let mut bytes = datagram.to_vec();
        let copies = match (self.proxy)(self.datagrams, datagram) {
            Fate::Passes => 1,
            Fate::IsLost => 0,
            Fate::ComesTwice => 2,
            Fate::Breaks => {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 0x55;
                1
            }
        };
        (copies, bytes)
    }
}

impl Datagrams for Lane {
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        let mut street = self.0.lock().unwrap();
        let (copies, bytes) = street.fate(datagram);
        for _ in 0..copies {
            let now = street.now;
            if let Some(answer) = street.asc.answer(&bytes, now) {
                let (copies, answer) = street.fate(&answer);
                (0..copies).for_each(|_| street.inbox.push(answer.clone()));
            }
        }
        Ok(())
    }

    fn receive(&mut self, wait_ms: u64) -> io::Result<Option<Vec<u8>>> {
        let mut street = self.0.lock().unwrap();
        if street.inbox.is_empty() {
            street.pass(wait_ms);
            return Ok(None);
        }
        Ok(Some(street.inbox.remove(0)))
    }

    fn now(&self) -> Now {
        self.0.lock().unwrap().now
    }

    fn rest(&mut self, utc_ms: u64) {
        self.0.lock().unwrap().pass(utc_ms);
    }
}

fn signal_and_plan() -> (Signal, SafePlan) {
    let scenario = Grid::default().scenario();
    let plan = scenario.plan(None).unwrap().plans.iter().next().unwrap().clone();
    (scenario.signals.iter().next().unwrap().clone(), plan)
}

/// A plan of 90 s with another offset and a shorter second stage.
fn wanted() -> SafePlan {
    let (ring, own) = ring();
    let splits_s = vec![90 - own.splits_s[1] + 2, own.splits_s[1] - 2];
    ring.plan(&Pattern { cycle_s: 90, offset_s: 57, splits_s }).unwrap()
}

/// The ring of the controller, and the pattern that it holds.
fn ring() -> (Ring, Pattern) {
    let (signal, plan) = signal_and_plan();
    let ring = Ring::of(&signal, &Held::from([(1, plan.clone()), (2, plan.clone())])).unwrap();
    let own = ring.pattern(&plan).unwrap();
    (ring, own)
}

fn user() -> User {
    let [password, privacy] = ["a long password", "another password"].map(Secret::new);
    User::new("ampel", Auth::Sha1, &password, Some(&privacy)).unwrap()
}

/// A controller that has come up, the way to it and a station for it.
fn station(credentials: Credentials) -> (Lane, Station<NtcipPort<Lane>>) {
    let (signal, plan) = signal_and_plan();
    let held = Held::from([(1, plan.clone()), (2, plan)]);
    let setup = TlcSetup::of_signal(&signal, held.clone(), ["1111", "2222"].map(Secret::new));
    let communities = vec![Community { name: Secret::new("private"), may_write: true }];
    let access = Access { communities, users: vec![(user(), true)] };
    let now = Now { link: Millis(0), utc: BEGIN };
    let asc = Asc::new(&setup, access, 5, now).unwrap();
    let mut street = Street { asc, now, datagrams: 0, proxy: Box::new(|_, _| Fate::Passes), inbox: Vec::new() };
    street.pass(400_000);
    let lane = Lane(Arc::new(Mutex::new(street)));
    let ring = Ring::of(&signal, &held).unwrap();
    let checksum = ring.checksum();
    let port = NtcipPort::new(lane.clone(), &signal.name, credentials, ring, vec![1, 2], 77);
    (lane, Station { port, plan: wanted(), numbers: vec![1, 2], checksum })
}

fn private(is_v1: bool) -> Credentials {
    Credentials::Community { name: Secret::new("private"), is_v1 }
}

fn demands() -> Demands {
    Demands { cycles: 1, skew_ms: 2000, interval_s: 0, tries: 3 }
}

/// A push, how it ended by the journal, and the station afterwards.
fn push(station: Station<NtcipPort<Lane>>, lane: &Lane) -> (Outcome, Option<Ended>, Station<NtcipPort<Lane>>) {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(&folder.path().join("journal"), "test").unwrap();
    let (mut stations, lane) = ([station], lane.clone());
    let utc = move || lane.now().utc;
    let outcome = Rolling::new(&mut stations, &mut journal, demands(), &utc).push("wanted").unwrap();
    let ended = journal.rollouts().first().and_then(|r| r.ended);
    let [station] = stations;
    (outcome, ended, station)
}

#[test]
fn a_plan_with_a_shorter_stage_is_pushed_in_every_version_and_brought_back() {
    for credentials in [private(true), private(false), Credentials::User(user())] {
        let (lane, station) = station(credentials);
        let (outcome, _, mut station) = push(station, &lane);
        let Outcome::Confirmed { worst_s, greens } = outcome else { panic!("{outcome:?}") };
        assert!(worst_s <= 1 && greens > 0, "{worst_s} {greens}");
        let device = station.port.read().unwrap();
        assert_eq!((device.plan, device.source.as_str(), device.in_control), (2, "systemPatternControl", true));
        let read = station.port.fit(2, &wanted()).unwrap();
        let held = u16::from(ring().1.splits_s[1]);
        assert!(device.settings[&2].is_same(&read) && read.bands_s[1] == held - 2, "{read:?}");
        station.port.select(1).unwrap();
        assert_eq!(station.port.read().unwrap().plan, 1);
    }
}

#[test]
fn whichever_datagram_is_lost_doubled_or_broken_the_push_comes_through() {
    let (lane, ready) = station(Credentials::User(user()));
    push(ready, &lane);
    // Those of reading, staging and selecting; while watching there are thousands more of one kind.
    let all = lane.0.lock().unwrap().datagrams.min(110);
    for fate in [Fate::IsLost, Fate::ComesTwice, Fate::Breaks] {
        for which in (1..all).step_by(7) {
            let (lane, station) = station(Credentials::User(user()));
            lane.0.lock().unwrap().proxy = Box::new(move |number, _| if number == which { fate } else { Fate::Passes });
            let (outcome, ended, _) = push(station, &lane);
            assert!(matches!(outcome, Outcome::Confirmed { .. }), "{fate:?} {which}: {outcome:?}");
            assert_eq!(ended, Some(Ended::Confirmed));
        }
    }
}

#[test]
fn a_controller_that_falls_silent_is_brought_back_or_said_to_be_mixed() {
    for after in [40, 60, 80] {
        let (lane, station) = station(private(false));
        lane.0.lock().unwrap().proxy = Box::new(move |number, _| if number > after { Fate::IsLost } else { Fate::Passes });
        let (outcome, ended, mut station) = push(station, &lane);
        assert!(matches!(outcome, Outcome::Mixed(_)), "{after}: {outcome:?}");
        assert_eq!(ended, Some(Ended::Mixed));
        // It is heard again: whatever was left in its transaction is thrown away.
        lane.0.lock().unwrap().proxy = Box::new(|_, _| Fate::Passes);
        let (_, plan) = signal_and_plan();
        let held = station.port.fit(2, &plan).unwrap_or_else(|_| {
            station.port.read().unwrap();
            station.port.fit(2, &plan).unwrap()
        });
        station.port.select(1).unwrap();
        station.port.restore(2, &held).unwrap();
        let device = station.port.read().unwrap();
        assert!(device.plan == 1 && device.settings[&2].is_same(&device.settings[&1]), "{after}: {device:?}");
    }
}

/// Asks the controller as somebody else would who is in the community; the error is the number of one.
fn ask(lane: &Lane, kind: Kind, name: &[u32], value: Value) -> Result<Value, i32> {
    let mut client = Client::new(private(false), 3);
    let oid = Oid([&[1, 3, 6, 1, 4, 1, 1206, 4, 2], name].concat());
    let now = lane.now();
    let bytes = client.ask(kind, vec![(oid, value)], now.link);
    let answer = lane.0.lock().unwrap().asc.answer(&bytes, now).unwrap();
    let Heard::Answer(mut pdu) = client.hear(&answer, now.link) else { panic!("no answer") };
    if pdu.status == 0 { Ok(pdu.binds.remove(0).1) } else { Err(pdu.status) }
}

fn set(lane: &Lane, name: &[u32], value: i64) {
    ask(lane, Kind::Set, name, Value::Integer(value)).unwrap();
}

fn get(lane: &Lane, name: &[u32]) -> i64 {
    ask(lane, Kind::Get, name, Value::Null).unwrap().number().unwrap()
}

/// Sets an object of a controller as somebody else, and pushes.
fn pushed_after(name: &[u32], value: i64) -> Outcome {
    let (lane, station) = station(private(false));
    set(&lane, name, value);
    push(station, &lane).0
}

#[test]
fn what_forbids_a_push_is_found_before_anything_is_set() {
    let cases: [(&[u32], i64, &str); 5] = [
        (&[1, 3, 3, 0], 60, "unitBackupTime 60 s"),
        (&[1, 4, 1, 0], 1, "coordOperationalMode 1"),
        (&[1, 4, 14, 0], 254, "does not play plans"),
        (&[1, 4, 9, 1, 4, 2, 1], 3, "plan 2 is not there"),
        (&[1, 4, 7, 1, 2, 2], 0, "plan 2 is not there"),
    ];
    for (name, value, why) in cases {
        let outcome = pushed_after(name, value);
        let Outcome::Refused(refusals) = outcome else { panic!("{outcome:?}") };
        assert!(refusals[0].why.contains(why), "{}", refusals[0]);
    }
    // An odd number of minutes is counted from.
    assert!(matches!(pushed_after(&[1, 5, 1, 0], 7), Outcome::Confirmed { .. }));
}

#[test]
fn a_cycle_that_does_not_go_into_a_day_is_refused() {
    let (_, mut station) = station(private(false));
    station.port.read().unwrap();
    let (ring, own) = ring();
    let odd = ring.plan(&Pattern { cycle_s: 91, offset_s: 0, ..own }).unwrap();
    let error = station.port.fit(2, &odd).unwrap_err();
    assert!(matches!(&error, PortError::Setting(_)) && error.to_string().contains("midnight"), "{error}");
}

/// Everything that the controller holds, but for what it shows from second to second.
fn walk(lane: &Lane) -> BTreeMap<Oid, Value> {
    let (mut client, mut all) = (Client::new(private(false), 3), BTreeMap::new());
    let mut name = Oid(vec![1]);
    loop {
        let now = lane.now();
        let bytes = client.ask(Kind::GetNext, vec![(name, Value::Null)], now.link);
        let answer = lane.0.lock().unwrap().asc.answer(&bytes, now).unwrap();
        let Heard::Answer(mut pdu) = client.hear(&answer, now.link) else { panic!("no answer") };
        let (found, value) = pdu.binds.remove(0);
        if value == Value::EndOfView {
            return all;
        }
        name = found.clone();
        all.insert(found, value);
    }
}

#[test]
fn a_push_changes_its_own_pattern_and_split_and_nothing_else() {
    let (lane, ready) = station(private(false));
    let before = walk(&lane);
    assert!(before.len() > 700);
    let (_, _, mut station) = push(ready, &lane);
    let after = walk(&lane);
    let changed: Vec<String> =
        before.iter().filter(|(name, value)| after[*name] != **value).map(|(n, _)| n.to_string()).collect();
    let own = |name: &str| {
        let rest = name.strip_prefix("1.3.6.1.4.1.1206.4.2.").unwrap();
        let pattern = ["1.4.7.1.2.2", "1.4.7.1.3.2"].contains(&rest) || rest.starts_with("1.4.9.1.3.2.") || rest == "1.4.14.0";
        let shown = ["1.1.4.", "1.3.5.", "1.4.10.", "1.4.11.", "1.4.12.", "1.4.13.", "1.8.4.", "6.2.", "6.3.1.", "6.3.6."];
        pattern || shown.iter().any(|s| rest.starts_with(s))
    };
    assert!(changed.iter().all(|n| own(n)) && changed.iter().any(|n| n.ends_with("1.4.7.1.2.2")), "{changed:?}");
    station.port.select(1).unwrap();
}

#[test]
fn a_clock_that_is_wrong_forbids_a_push() {
    for ms in [-9000, 9000] {
        let (lane, station) = station(private(false));
        lane.0.lock().unwrap().asc.drift(ms);
        let (Outcome::Refused(refusals), ..) = push(station, &lane) else { panic!("not refused") };
        assert!(refusals[0].why.contains("its clock is"), "{}", refusals[0]);
    }
}

#[test]
fn the_calendar_calls_for_the_most_specific_entry_and_its_last_event() {
    let (lane, _) = station(private(false));
    let action = |n: u32| Value::Name(Oid(vec![1, 3, 6, 1, 4, 1, 1206, 4, 2, 1, 5, 3, 1, 1, n]));
    // Pattern 2 by action 2, on Fridays, the 27th of November, from 8:10 on.
    set(&lane, &[1, 5, 3, 1, 2, 2], 2);
    set(&lane, &[6, 3, 3, 5, 1, 3, 2, 1], 8);
    set(&lane, &[6, 3, 3, 5, 1, 4, 2, 1], 10);
    ask(&lane, Kind::Set, &[6, 3, 3, 5, 1, 5, 2, 1], action(2)).unwrap();
    assert_eq!(ask(&lane, Kind::Set, &[6, 3, 3, 5, 1, 5, 2, 2], action(99)), Err(5));
    for (column, mask) in [(2, 1 << 11), (3, 1 << 6), (4, 1 << 27), (5, 2)] {
        set(&lane, &[6, 3, 3, 2, 1, column, 2], mask);
    }
    let called = || [&[6, 3, 3, 7, 0][..], &[6, 3, 3, 6, 0], &[1, 5, 4, 0], &[1, 4, 10, 0]].map(|name| get(&lane, name));
    let minutes = |n: u64| lane.0.lock().unwrap().pass(60_000 * n);
    minutes(1);
    // Before the first event of the day it is the last one of the day before.
    assert_eq!(called(), [2, 2, 1, 1], "{}", lane.now().utc);
    minutes(3);
    assert_eq!(called(), [2, 2, 2, 2], "{}", lane.now().utc);
    minutes(16 * 60);
    assert_eq!(called(), [1, 1, 1, 1], "{}", lane.now().utc);
}

#[test]
fn second_0_of_the_system_can_be_ordered() {
    let (lane, _) = station(private(false));
    set(&lane, &[1, 4, 15, 0], 40);
    assert_eq!(get(&lane, &[1, 4, 13, 0]), 40);
    lane.0.lock().unwrap().pass(900_000);
    let left = get(&lane, &[1, 4, 12, 0]);
    let (since, cycle) = (get(&lane, &[1, 4, 13, 0]), get(&lane, &[1, 4, 7, 1, 2, 1]));
    assert_eq!(since, (40 + 900) % cycle);
    // Counts down from the cycle, the offset later than the system counts up.
    let offset = get(&lane, &[1, 4, 7, 1, 3, 1]);
    assert_eq!(left, cycle - (since - offset).rem_euclid(cycle));
}

/// Whether the controller shows a pattern whose second 0 of the system is midnight, for so many seconds.
fn counts_from_midnight(lane: &Lane, pattern: &Pattern, seconds: u32) -> bool {
    let (ring, _) = ring();
    let plan = ring.plan(pattern).unwrap();
    let cycle = u32::from(pattern.cycle_s);
    (0..seconds).all(|_| {
        let mut street = lane.0.lock().unwrap();
        street.pass(1000);
        let second = street.now.utc.second();
        let midnight = second / 86_400 * 86_400;
        let shifted = plan.with_offset(Seconds(((u32::from(pattern.offset_s) + midnight) % cycle) as u16));
        let green = |g: usize| shifted.aspect_at(Id::from_index(g), DaySecond(second)) == Aspect::Green;
        street.asc.picture().chars().enumerate().all(|(g, shown)| (shown == '1') == green(g))
    })
}

#[test]
fn a_cycle_that_does_not_go_into_a_day_is_counted_anew_at_midnight() {
    let (lane, _) = station(private(false));
    let (_, own) = ring();
    let splits_s = vec![91 - own.splits_s[1], own.splits_s[1]];
    let pattern = Pattern { cycle_s: 91, offset_s: 5, splits_s };
    set(&lane, &[1, 4, 9, 1, 3, 2, 1], pattern.splits_s[0].into());
    set(&lane, &[1, 4, 7, 1, 2, 2], 91);
    set(&lane, &[1, 4, 7, 1, 3, 2], 5);
    set(&lane, &[1, 4, 14, 0], 2);
    lane.0.lock().unwrap().pass(600_000);
    assert!(counts_from_midnight(&lane, &pattern, 200));
    // In the next day, after the way to the other offset.
    lane.0.lock().unwrap().pass(16 * 3_600_000);
    assert!(counts_from_midnight(&lane, &pattern, 200));
    assert_eq!((get(&lane, &[1, 4, 10, 0]), get(&lane, &[1, 4, 11, 0])), (2, 2));
}

#[test]
fn another_site_and_other_safety_data_are_told() {
    let (signal, plan) = signal_and_plan();
    let held = Held::from([(1, plan.clone()), (2, plan)]);
    let (lane, mut station) = station(private(false));
    let ring = Ring::of(&signal, &held).unwrap();
    let mut other = NtcipPort::new(lane, "K9", private(false), ring, vec![1, 2], 77);
    assert!(other.read().unwrap_err().to_string().contains("calls itself"));
    let mut longer = signal;
    longer.groups.iter_mut().for_each(|g| g.min_green.0 += 1);
    assert_ne!(Ring::of(&longer, &held).unwrap().checksum(), station.checksum);
    assert_eq!(station.port.read().unwrap().checksum, station.checksum);
}

#[test]
fn the_backup_time_ends_the_control_of_a_system_that_is_silent() {
    let (lane, mut station) = station(private(false));
    station.port.select(2).unwrap();
    assert_eq!(station.port.read().unwrap().plan, 2);
    // Set behind the port's back, as an engineer would at the controller.
    set(&lane, &[1, 3, 3, 0], 30);
    lane.0.lock().unwrap().pass(20_000);
    assert_eq!(station.port.read().unwrap().source, "systemPatternControl");
    lane.0.lock().unwrap().pass(20_000);
    let device = station.port.read().unwrap();
    assert_eq!((device.plan, device.source.as_str()), (1, "time base"));
    // backupMode, until the system is there again.
    assert_eq!((get(&lane, &[1, 3, 5, 0]), get(&lane, &[1, 4, 14, 0])), (4, 0));
    station.port.select(2).unwrap();
    assert_eq!(get(&lane, &[1, 3, 5, 0]), 2);
}

#[test]
fn offsets_are_kept_over_midnight_and_follow_the_reference() {
    let (lane, ready) = station(private(false));
    let (outcome, _, mut station) = push(ready, &lane);
    assert!(matches!(outcome, Outcome::Confirmed { .. }), "{outcome:?}");
    let before = station.port.read().unwrap().settings;
    // To the next day, in steps of an hour, as a controller that goes on all night.
    for _ in 0..26 * 60 {
        lane.0.lock().unwrap().pass(60_000);
    }
    let after = station.port.read().unwrap();
    assert!(after.settings[&2].is_same(&before[&2]), "{:?} {:?}", before[&2], after.settings[&2]);
    let (mut seen, plan) = (0, wanted());
    station
        .port
        .watch(&mut |picture| {
            let second = DaySecond(picture.at.second());
            let of = |g: usize| plan.aspect_at(Id::from_index(g), second) == Aspect::Green;
            assert!(picture.greens.iter().enumerate().all(|(g, green)| of(g) == *green), "at {}", picture.at);
            seen += 1;
            seen > 200
        })
        .unwrap();
}
