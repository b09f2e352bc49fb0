//! The manager's end against a virtual controller with something bad in between: what is lost, doubled, late or a lie.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use deploy::clock::{Millis, Now, Utc};
use deploy::ntcip::{Asc, Datagrams, NtcipPort, Ring};
use deploy::rollout::{Demands, Ended, Journal, Outcome, Rolling, Station};
use deploy::safety::Held;
use deploy::snmp::{Access, Auth, Community, Credentials, User};
use deploy::tlc::TlcSetup;
use deploy::{Port, PortError, Secret, Setting};
use model::signal::{SafePlan, Signal};
use model::toy::Grid;
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
    let (signal, plan) = signal_and_plan();
    Setting { cycle_s: 90, offset_s: 33, bands_s: vec![12, -2] }.apply(&plan, &signal).unwrap()
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
        assert!(device.settings[&2].is_same(&read) && read.bands_s.contains(&-2), "{read:?}");
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
            Setting::held(&plan)
        });
        station.port.select(1).unwrap();
        station.port.restore(2, &held).unwrap();
        let device = station.port.read().unwrap();
        assert!(device.plan == 1 && device.settings[&2].is_same(&device.settings[&1]), "{after}: {device:?}");
    }
}

/// Sets an object of a controller as somebody else, and pushes.
fn pushed_after(name: &[u32], value: u8) -> Outcome {
    let (lane, station) = station(private(false));
    let mut client = deploy::snmp::Client::new(private(false), 3);
    let oid = deploy::snmp::Oid([&[1, 3, 6, 1, 4, 1, 1206, 4, 2], name].concat());
    let now = lane.now();
    let bytes = client.ask(deploy::snmp::Kind::Set, vec![(oid, deploy::snmp::Value::Integer(value.into()))], now.link);
    let answer = lane.0.lock().unwrap().asc.answer(&bytes, now).unwrap();
    let deploy::snmp::Heard::Answer(pdu) = client.hear(&answer, now.link) else { panic!("no answer") };
    assert_eq!(pdu.status, 0);
    push(station, &lane).0
}

#[test]
fn what_forbids_a_push_is_found_before_anything_is_set() {
    let cases: [(&[u32], u8, &str); 5] = [
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
    let (signal, plan) = signal_and_plan();
    let (_, mut station) = station(private(false));
    station.port.read().unwrap();
    let odd = Setting { cycle_s: 91, offset_s: 0, bands_s: vec![1] }.apply(&plan, &signal).unwrap();
    let error = station.port.fit(2, &odd).unwrap_err();
    assert!(matches!(&error, PortError::Setting(_)) && error.to_string().contains("midnight"), "{error}");
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
    let mut client = deploy::snmp::Client::new(private(false), 3);
    let oid = deploy::snmp::Oid(vec![1, 3, 6, 1, 4, 1, 1206, 4, 2, 1, 3, 3, 0]);
    let now = lane.now();
    let bytes = client.ask(deploy::snmp::Kind::Set, vec![(oid, deploy::snmp::Value::Integer(30))], now.link);
    let mut street = lane.0.lock().unwrap();
    street.asc.answer(&bytes, now).unwrap();
    street.pass(20_000);
    drop(street);
    assert_eq!(station.port.read().unwrap().source, "systemPatternControl");
    lane.0.lock().unwrap().pass(20_000);
    let device = station.port.read().unwrap();
    assert_eq!((device.plan, device.source.as_str()), (1, "time base"));
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
            let second = model::time::DaySecond(picture.at.second());
            let of = |g: usize| plan.aspect_at(model::id::Id::from_index(g), second) == model::signal::Aspect::Green;
            assert!(picture.greens.iter().enumerate().all(|(g, green)| of(g) == *green), "at {}", picture.at);
            seen += 1;
            seen > 200
        })
        .unwrap();
}
