//! Both ends of SNMP against each other, without a network.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use deploy::Secret;
use deploy::clock::Millis;
use deploy::snmp::{
    Access, Agent, Auth, Binds, Client, Community, Credentials, Heard, Kind, Objects, Oid, Pdu, Principal, Refusal, Status, User,
    Value, names,
};
use std::collections::BTreeMap;
use std::ops::Bound;

/// Numbers, which can be set up to 100.
struct Numbers(BTreeMap<Oid, Value>);

impl Objects for Numbers {
    fn get(&self, name: &Oid) -> Value {
        self.0.get(name).cloned().unwrap_or(Value::NoSuchObject)
    }

    fn next(&self, name: &Oid) -> Option<(&Oid, &Value)> {
        self.0.range::<Oid, _>((Bound::Excluded(name), Bound::Unbounded)).next()
    }

    fn set(&mut self, _: &Principal, binds: &Binds) -> Result<(), Refusal> {
        let wrong = binds.iter().position(|b| b.1.number().is_none_or(|n| n > 100));
        if let Some(place) = wrong {
            return Err(Refusal { status: Status::WrongValue, index: place + 1 });
        }
        self.0.extend(binds.iter().cloned());
        Ok(())
    }
}

fn oid(last: u32) -> Oid {
    Oid(vec![1, 3, 6, 1, 4, 1, 1206, last])
}

fn numbers() -> Numbers {
    Numbers((1..200).map(|i| (oid(i), Value::Integer(i64::from(i)))).collect())
}

fn user(name: &str, auth: Auth, password: &str, privacy: Option<&str>) -> User {
    User::new(name, auth, &Secret::new(password), privacy.map(Secret::new).as_ref()).unwrap()
}

fn community(name: &str, is_v1: bool) -> Client {
    Client::new(Credentials::Community { name: Secret::new(name), is_v1 }, 7)
}

fn agent(users: Vec<(User, bool)>) -> Agent {
    let communities = [("public", false), ("private", true)];
    let community = |(name, may_write): (&str, bool)| Community { name: Secret::new(name), may_write };
    let access = Access { communities: communities.map(community).to_vec(), users };
    Agent::new(b"\x80\0\x04\xb6\x05engine".to_vec(), 3, access, 99, Millis(0))
}

/// Asks and answers until there is an answer, or nothing comes any more.
fn talk(client: &mut Client, agent: &mut Agent, objects: &mut Numbers, kind: Kind, binds: Binds, now: Millis) -> Heard {
    let mut datagram = client.ask(kind, binds, now);
    for _ in 0..5 {
        let Some(answer) = agent.answer(&datagram, now, objects) else { return Heard::Nothing };
        match client.hear(&answer, now) {
            Heard::Send(next) => datagram = next,
            other => return other,
        }
    }
    Heard::Nothing
}

fn asked(client: &mut Client, agent: &mut Agent, kind: Kind, binds: Binds) -> Heard {
    talk(client, agent, &mut numbers(), kind, binds, Millis(5000))
}

fn answer(heard: Heard) -> Pdu {
    if let Heard::Answer(pdu) = heard { pdu } else { panic!("{heard:?}") }
}

#[test]
fn communities_read_and_write_as_far_as_they_may() {
    let mut agent = agent(Vec::new());
    let set = || vec![(oid(3), Value::Integer(7))];
    for is_v1 in [true, false] {
        let got = answer(asked(&mut community("public", is_v1), &mut agent, Kind::Get, names(&[oid(3), oid(5)])));
        assert_eq!((got.status, got.binds[1].1.number()), (0, Some(5)));
        let refused = answer(asked(&mut community("public", is_v1), &mut agent, Kind::Set, set()));
        assert_eq!((refused.status, refused.index), (if is_v1 { 2 } else { 6 }, 1));
        assert_eq!(answer(asked(&mut community("private", is_v1), &mut agent, Kind::Set, set())).status, 0);
        assert_eq!(asked(&mut community("wrong", is_v1), &mut agent, Kind::Get, names(&[oid(3)])), Heard::Nothing);
    }
}

#[test]
fn errors_are_those_of_the_version() {
    let mut agent = agent(Vec::new());
    let too_large = || vec![(oid(1), Value::Integer(5)), (oid(2), Value::Integer(101))];
    let (mut v1, mut v2) = (community("private", true), community("private", false));
    let refused = answer(asked(&mut v1, &mut agent, Kind::Set, too_large()));
    assert_eq!((refused.status, refused.index), (3, 2));
    let refused = answer(asked(&mut v2, &mut agent, Kind::Set, too_large()));
    assert_eq!((refused.status, refused.index), (10, 2));
    let unknown = || names(&[oid(1), oid(500)]);
    let refused = answer(asked(&mut v1, &mut agent, Kind::Get, unknown()));
    assert_eq!((refused.status, refused.index), (2, 2));
    let found = answer(asked(&mut v2, &mut agent, Kind::Get, unknown()));
    assert_eq!((found.status, &found.binds[1].1), (0, &Value::NoSuchObject));
    let last = || names(&[oid(199)]);
    assert_eq!(answer(asked(&mut v1, &mut agent, Kind::GetNext, last())).status, 2);
    assert_eq!(answer(asked(&mut v2, &mut agent, Kind::GetNext, last())).binds[0].1, Value::EndOfView);
    // All of these do not fit into a message.
    let many: Vec<Oid> = (0..300).map(|_| oid(1)).collect();
    let refused = answer(asked(&mut v2, &mut agent, Kind::Get, names(&many)));
    assert_eq!(refused.status, 0);
    let mut objects = Numbers((1..100).map(|i| (oid(i), Value::Octets(vec![7; 200]))).collect());
    let all = names(&(1..100).map(oid).collect::<Vec<_>>());
    let refused = answer(talk(&mut v2, &mut agent, &mut objects, Kind::Get, all, Millis(0)));
    assert_eq!((refused.status, refused.binds.len()), (1, 0));
}

#[test]
fn what_could_not_be_answered_is_not_set() {
    let (mut agent, mut client, mut too_big) = (agent(Vec::new()), community("private", false), 0);
    for count in 480..540 {
        let (mut objects, all) = (numbers(), vec![(oid(1), Value::Integer(77)); count]);
        if let Heard::Answer(pdu) = talk(&mut client, &mut agent, &mut objects, Kind::Set, all, Millis(0)) {
            assert_eq!(pdu.status == 0, objects.get(&oid(1)) == Value::Integer(77), "{count}");
            too_big += u32::from(pdu.status == Status::TooBig as i32);
        }
    }
    assert!(too_big > 0);
}

#[test]
fn users_are_heard_at_their_own_level_and_no_other() {
    let secret = "a long password";
    for auth in [Auth::Sha1, Auth::Sha224, Auth::Sha256, Auth::Sha384, Auth::Sha512] {
        let own = || user("ampel", auth, secret, Some("another password"));
        let mut agent = agent(vec![(own(), true), (user("reader", auth, secret, None), false)]);
        let mut ask = |user: User| asked(&mut Client::new(Credentials::User(user), 11), &mut agent, Kind::Get, names(&[oid(9)]));
        assert_eq!(answer(ask(own())).binds[0].1.number(), Some(9));
        assert_eq!(answer(ask(user("reader", auth, secret, None))).status, 0);
        // Authenticated and not hidden, which is not enough for this user.
        assert_eq!(answer(ask(user("ampel", auth, secret, None))).status, Status::AuthorizationError as i32);
        let reason = |heard: Heard| if let Heard::Unheard(reason) = heard { reason } else { panic!("{heard:?}") };
        assert_eq!(reason(ask(user("ampel", auth, "wrong password", Some("another password")))), "the password is wrong");
        assert_eq!(reason(ask(user("ampel", auth, secret, Some("wrong password")))), "the password for privacy is wrong");
        assert_eq!(reason(ask(user("nobody", auth, secret, None))), "it does not know the user");
        assert!(reason(ask(user("reader", auth, secret, Some(secret)))).contains("level of security"));
    }
    let mut agent = agent(vec![(user("reader", Auth::Sha256, secret, None), false)]);
    let mut reader = Client::new(Credentials::User(user("reader", Auth::Sha256, secret, None)), 11);
    let refused = answer(asked(&mut reader, &mut agent, Kind::Set, vec![(oid(1), Value::Integer(1))]));
    assert_eq!(refused.status, Status::NoAccess as i32);
}

#[test]
fn what_is_late_or_repeated_or_changed_on_the_way_is_not_heard() {
    let own = || user("ampel", Auth::Sha256, "a long password", Some("another password"));
    let mut agent = agent(vec![(own(), true)]);
    let mut client = Client::new(Credentials::User(own()), 11);
    assert_eq!(answer(asked(&mut client, &mut agent, Kind::Get, names(&[oid(9)]))).status, 0);
    let mut objects = numbers();
    let kept = client.ask(Kind::Set, vec![(oid(9), Value::Integer(90))], Millis(6000));
    // Hours later somebody plays it back: a report, and nothing is set.
    let report = agent.answer(&kept, Millis(7_200_000), &mut objects).unwrap();
    assert_eq!(objects.get(&oid(9)), Value::Integer(9));
    // The client agrees on the clock of the engine and asks again.
    let Heard::Send(again) = client.hear(&report, Millis(7_200_000)) else { panic!("no second try") };
    let answered = agent.answer(&again, Millis(7_200_000), &mut objects).unwrap();
    assert_eq!(answer(client.hear(&answered, Millis(7_200_000))).status, 0);
    assert_eq!(objects.get(&oid(9)), Value::Integer(90));
    for place in 0..again.len() {
        let mut spoilt = client.ask(Kind::Set, vec![(oid(9), Value::Integer(5))], Millis(7_200_000));
        let place = place % spoilt.len();
        spoilt[place] ^= 0x10;
        agent.answer(&spoilt, Millis(7_200_000), &mut objects);
        assert_eq!(objects.get(&oid(9)), Value::Integer(90), "byte {place}");
    }
    // An answer that was changed is no answer.
    let question = client.ask(Kind::Get, names(&[oid(9)]), Millis(7_200_000));
    let answered = agent.answer(&question, Millis(7_200_000), &mut objects).unwrap();
    for place in 0..answered.len() {
        let mut spoilt = answered.clone();
        spoilt[place] ^= 0x10;
        let heard = client.hear(&spoilt, Millis(7_200_000));
        assert!(!matches!(heard, Heard::Answer(_)), "byte {place}: {heard:?}");
    }
    assert_eq!(answer(client.hear(&answered, Millis(7_200_000))).status, 0);
}

#[test]
fn many_values_come_in_one_answer_and_no_more_than_fit() {
    let mut agent = agent(Vec::new());
    let mut objects = Numbers((1..2000).map(|i| (oid(i), Value::Octets(vec![7; 100]))).collect());
    let mut count = |once, times| {
        let mut client = community("public", false);
        let mut bytes = client.ask(Kind::Get, names(&[oid(0), oid(9)]), Millis(0));
        // The client has no use for many values at a time; the unit is made of one of its own.
        let kind = bytes.iter().position(|b| *b == 0xA0).unwrap();
        bytes[kind] = 0xA5;
        let status = kind + 4 + usize::from(bytes[kind + 3]);
        (bytes[status + 2], bytes[status + 5]) = (once, times);
        let bytes = agent.answer(&bytes, Millis(0), &mut objects).unwrap();
        assert!(bytes.len() <= deploy::snmp::LARGEST);
        answer(client.hear(&bytes, Millis(0))).binds.len()
    };
    assert_eq!((count(0, 3), count(1, 3), count(0, 0), count(2, 0)), (6, 4, 0, 2));
    assert!((50..80).contains(&count(0, 127)));
}
