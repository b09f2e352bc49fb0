//! Whatever datagrams come and whatever is set: no panic, no answer beyond its bounds, and signals that keep their rules.
//!
//! `AMPEL_CASES=20000 cargo test -p deploy --test any_bytes_snmp` tries so many of each.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use deploy::Secret;
use deploy::clock::{Millis, Now, Utc};
use deploy::ntcip::Asc;
use deploy::safety::Held;
use deploy::snmp::{Access, Auth, Client, Community, Credentials, Heard, Kind, LARGEST, Oid, User, Value};
use deploy::tlc::TlcSetup;
use model::id::GroupId;
use model::signal::{Grade, Signal};
use model::toy::Grid;
use proptest::prelude::*;
use std::sync::LazyLock;

const BEGIN: Utc = Utc(1_795_766_400_000);

fn cases(usual: u32) -> ProptestConfig {
    let cases = std::env::var("AMPEL_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(usual);
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

/// Keys take long to be made, and are always the same.
static USER: LazyLock<User> = LazyLock::new(|| {
    let [password, privacy] = ["a long password", "another password"].map(Secret::new);
    User::new("ampel", Auth::Sha256, &password, Some(&privacy)).unwrap()
});

fn controller() -> (Asc, Signal) {
    let scenario = Grid::default().scenario();
    let plan = scenario.plan(None).unwrap().plans.iter().next().unwrap().clone();
    let signal = scenario.signals.iter().next().unwrap().clone();
    let held = Held::from([(1, plan.clone()), (2, plan)]);
    let setup = TlcSetup::of_signal(&signal, held, ["1111", "2222"].map(Secret::new));
    let communities = vec![Community { name: Secret::new("private"), may_write: true }];
    let access = Access { communities, users: vec![(USER.clone(), true)] };
    (Asc::new(&setup, access, 5, at(0)).unwrap(), signal)
}

fn at(seconds: u64) -> Now {
    Now { link: Millis(1000 * seconds), utc: Utc(BEGIN.0 + 1000 * seconds) }
}

fn open(is_v1: bool) -> Client {
    Client::new(Credentials::Community { name: Secret::new("private"), is_v1 }, 7)
}

fn asc(arcs: &[u32]) -> Oid {
    Oid([&[1, 3, 6, 1, 4, 1, 1206, 4, 2], arcs].concat())
}

/// Datagrams of real conversations, both ways, as a quarry.
fn quarry() -> Vec<Vec<u8>> {
    let (mut street, _) = controller();
    let mut all = Vec::new();
    for mut client in [open(true), open(false), Client::new(Credentials::User(USER.clone()), 7)] {
        for kind in [Kind::Get, Kind::GetNext, Kind::GetBulk, Kind::Set] {
            let binds = vec![(asc(&[1, 4, 7, 1, 2, 2]), Value::Integer(90)), (asc(&[1, 4, 14, 0]), Value::Integer(2))];
            let mut datagram = client.ask(kind, binds, Millis(0));
            while let Some(answer) = street.answer(&datagram, at(0)) {
                all.extend([datagram.clone(), answer.clone()]);
                let Heard::Send(next) = client.hear(&answer, Millis(0)) else { break };
                datagram = next;
            }
        }
    }
    all
}

static QUARRY: LazyLock<Vec<Vec<u8>>> = LazyLock::new(quarry);

/// Both ends take it; what comes back is bounded.
fn survive(street: &mut Asc, clients: &mut [Client], datagram: &[u8], seconds: u64) -> Result<(), TestCaseError> {
    if let Some(answer) = street.answer(datagram, at(seconds)) {
        prop_assert!(answer.len() <= LARGEST, "{}", answer.len());
    }
    for client in clients {
        client.ask(Kind::Get, vec![(asc(&[1, 4, 10, 0]), Value::Null)], Millis(1000 * seconds));
        if let Heard::Send(next) = client.hear(datagram, Millis(1000 * seconds)) {
            prop_assert!(next.len() <= LARGEST);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(256))]
    #[test]
    fn random_bytes_are_survived_by_both_ends(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 1..8)) {
        let (mut street, _) = controller();
        let mut clients = [open(true), open(false), Client::new(Credentials::User(USER.clone()), 7)];
        for (i, part) in parts.iter().enumerate() {
            survive(&mut street, &mut clients, part, i as u64)?;
        }
    }

    #[test]
    fn spoilt_datagrams_are_survived_by_both_ends(
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), any::<bool>()),
            1..40
        )
    ) {
        let (mut street, _) = controller();
        let mut clients = [open(true), open(false), Client::new(Credentials::User(USER.clone()), 7)];
        for (i, (which, bytes, cut)) in changes.into_iter().enumerate() {
            let mut datagram = which.get(&QUARRY).clone();
            for (place, byte) in bytes {
                let place = place.index(datagram.len());
                datagram[place] = byte;
                if cut {
                    datagram.truncate(place + 1);
                }
            }
            survive(&mut street, &mut clients, &datagram, i as u64)?;
        }
    }

    #[test]
    fn whatever_is_asked_of_whatever_name_is_answered_within_bounds(
        kind in prop::sample::select(vec![Kind::Get, Kind::GetNext, Kind::GetBulk, Kind::Set, Kind::Response, Kind::Report]),
        names in prop::collection::vec((prop::collection::vec(0_u32..20, 0..9), any::<u32>(), any::<i32>()), 0..60),
        is_v1 in any::<bool>(),
    ) {
        let (mut street, _) = controller();
        let value = |n: i32| match n.rem_euclid(5) {
            0 => Value::Null,
            1 => Value::Octets(vec![7; n.unsigned_abs() as usize % 100]),
            2 => Value::Name(Oid(vec![n.unsigned_abs(), 1, n.unsigned_abs()])),
            3 => Value::Counter(n.unsigned_abs()),
            _ => Value::Integer(i64::from(n)),
        };
        let bind = |(arcs, last, n): (Vec<u32>, u32, i32)| {
            let last: &[u32] = if last % 3 == 0 { &[last] } else { &[] };
            (asc(&[&arcs, last].concat()), value(n))
        };
        let datagram = open(is_v1).ask(kind, names.into_iter().map(bind).collect(), Millis(0));
        survive(&mut street, &mut [], &datagram, 1)?;
    }
}

/// Whether two groups that must not show green together do.
fn is_unsafe(signal: &Signal, picture: &str) -> bool {
    let green: Vec<bool> = picture.bytes().map(|c| c == b'1').collect();
    let pairs = || signal.groups.ids().flat_map(|a| signal.groups.ids().map(move |b| (a, b)));
    let both = |(a, b): (GroupId, GroupId)| green[a.0 as usize] && green[b.0 as usize];
    pairs().any(|pair| signal.grades[pair] == Grade::Incompatible && both(pair))
}

proptest! {
    #![proptest_config(cases(24))]
    #[test]
    fn whatever_is_set_the_signals_keep_their_rules(
        orders in prop::collection::vec(
            (0..14_usize, 1..4_u32, 1..4_u32, prop_oneof![0..256_i64, 20..60_i64, 0..4_i64], 1..150_u64),
            1..16
        )
    ) {
        let (mut street, signal) = controller();
        let (mut client, mut seconds) = (open(false), 1);
        for (which, pattern, stage, value, rest) in orders {
            let (name, value) = match which {
                0 => (asc(&[1, 4, 7, 1, 2, pattern]), value),
                1 => (asc(&[1, 4, 7, 1, 3, pattern]), value),
                2 | 3 => (asc(&[1, 4, 9, 1, 3, pattern, stage]), value),
                4 => (asc(&[1, 4, 9, 1, 4, pattern, stage]), value),
                5 => (asc(&[1, 4, 14, 0]), [0, 1, 2, 254, 255][value as usize % 5]),
                6 => (asc(&[1, 4, 15, 0]), value),
                7 => (asc(&[1, 4, 1, 0]), [0, 0, 1, 2, 254, 255][value as usize % 6]),
                8 => (asc(&[1, 4, 2, 0]), 2 + value % 3),
                9 => (asc(&[1, 5, 1, 0]), value),
                10 => (asc(&[6, 3, 5, 0]), 60 * value),
                11 => (asc(&[1, 5, 3, 1, 2, 1]), [1, 2, 254, 255][value as usize % 4]),
                12 => (asc(&[6, 2, 1, 0]), 1 + value % 3),
                _ => (asc(&[1, 3, 3, 0]), value),
            };
            let datagram = client.ask(Kind::Set, vec![(name, Value::Integer(value))], at(seconds).link);
            prop_assert!(street.answer(&datagram, at(seconds)).is_some());
            for _ in 0..rest {
                seconds += 1;
                street.pass(at(seconds));
                prop_assert!(!is_unsafe(&signal, &street.picture()), "at {seconds}");
            }
        }
    }
}
