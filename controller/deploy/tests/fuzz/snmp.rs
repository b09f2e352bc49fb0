//! Datagrams at a virtual controller that speaks NTCIP over SNMP 1, 2c and 3, and at those who ask it.

use crate::ber;
use crate::dice::Dice;
use crate::trial::{Trial, cases, corpus};
use deploy::Secret;
use deploy::clock::{Millis, Now, Utc};
use deploy::ntcip::Asc;
use deploy::safety::Held;
use deploy::snmp::{Access, Auth, Client, Community, Credentials, Heard, Kind, LARGEST, Oid, User, Value};
use deploy::tlc::TlcSetup;
use model::id::GroupId;
use model::signal::{Grade, Signal};
use model::toy::Grid;

const BEGIN: Utc = Utc(1_795_766_400_000);
const CORPUS: &str = include_str!("../corpus/snmp.txt");
/// Datagrams that are kept to be spoilt, beside the corpus.
const POOL: usize = 64;
/// After so many datagrams everything begins anew.
const LIFE: u64 = 20_000;

/// A controller, those who ask it, and what they have said lately.
struct Talk {
    street: Asc,
    signal: Signal,
    clients: [Client; 3],
    pool: Vec<Vec<u8>>,
}

fn at(ms: u64) -> Now {
    Now { link: Millis(ms), utc: Utc(BEGIN.0 + ms) }
}

fn asc(arcs: &[u32]) -> Oid {
    Oid([&[1, 3, 6, 1, 4, 1, 1206, 4, 2], arcs].concat())
}

impl Talk {
    fn new(user: &User) -> Self {
        let scenario = Grid::default().scenario();
        let plan = scenario.plan(None).unwrap().plans.iter().next().unwrap().clone();
        let signal = scenario.signals.iter().next().unwrap().clone();
        let held = Held::from([(1, plan.clone()), (2, plan)]);
        let setup = TlcSetup::of_signal(&signal, held, ["1111", "2222"].map(Secret::new));
        let communities = vec![Community { name: Secret::new("private"), may_write: true }];
        let access = Access { communities, users: vec![(user.clone(), true)] };
        let open = |is_v1| Client::new(Credentials::Community { name: Secret::new("private"), is_v1 }, 7);
        let clients = [open(true), open(false), Client::new(Credentials::User(user.clone()), 7)];
        Self { street: Asc::new(&setup, access, 5, at(0)).unwrap(), signal, clients, pool: corpus(CORPUS) }
    }

    /// A question of one of those who ask, its answer spoilt on the way, and then as it was.
    fn converse(&mut self, dice: &mut Dice, now: Now) -> bool {
        let (who, mut rounds) = (dice.below(3), 0);
        let mut datagram = self.clients[who].ask(*dice.one_of(&KINDS), binds(dice), now.link);
        loop {
            self.keep(&datagram, dice);
            let Some(answer) = self.answer(&datagram, now) else { return false };
            self.keep(&answer, dice);
            let mut spoilt = answer.clone();
            spoil(&mut spoilt, &self.pool, dice);
            let heard = [self.clients[who].hear(&spoilt, now.link), self.clients[who].hear(&answer, now.link)];
            rounds += 1;
            match heard.into_iter().find_map(|h| if let Heard::Send(next) = h { Some(next) } else { None }) {
                Some(next) if rounds < 10 => datagram = next,
                _ => return true,
            }
        }
    }

    fn answer(&mut self, datagram: &[u8], now: Now) -> Option<Vec<u8>> {
        let answer = self.street.answer(datagram, now);
        assert!(answer.as_ref().is_none_or(|a| a.len() <= LARGEST));
        answer
    }

    fn keep(&mut self, datagram: &[u8], dice: &mut Dice) {
        if self.pool.len() < POOL {
            self.pool.push(datagram.to_vec());
        } else if datagram.len() < 1500 {
            let place = dice.below(POOL);
            self.pool[place] = datagram.to_vec();
        }
    }

    /// Whether two groups that must not show green together do.
    fn is_unsafe(&self) -> bool {
        let green: Vec<bool> = self.street.picture().bytes().map(|c| c == b'1').collect();
        let pairs = || self.signal.groups.ids().flat_map(|a| self.signal.groups.ids().map(move |b| (a, b)));
        let both = |(a, b): (GroupId, GroupId)| green[a.0 as usize] && green[b.0 as usize];
        pairs().any(|pair| self.signal.grades[pair] == Grade::Incompatible && both(pair))
    }
}

const KINDS: [Kind; 8] = [Kind::Get, Kind::GetNext, Kind::GetBulk, Kind::Set, Kind::Set, Kind::Set, Kind::Response, Kind::Report];

/// Objects that can be set, and one that cannot. Source: NTCIP 1202 v02.
const NAMES: [&[u32]; 14] = [
    &[1, 4, 7, 1, 2],
    &[1, 4, 7, 1, 3],
    &[1, 4, 9, 1, 3, 2],
    &[1, 4, 9, 1, 4, 1],
    &[1, 4, 14],
    &[1, 4, 15],
    &[1, 4, 1],
    &[1, 4, 2],
    &[1, 5, 1],
    &[1, 5, 3, 1, 2],
    &[6, 2, 1],
    &[6, 3, 5],
    &[1, 3, 3],
    &[1, 1, 2, 1],
];

/// Names and values, a few of them, rarely many.
fn binds(dice: &mut Dice) -> Vec<(Oid, Value)> {
    let count = if dice.below(50) == 0 { dice.below(60) } else { 1 + dice.below(4) };
    let bind = |dice: &mut Dice| {
        let name = asc(NAMES[dice.below(NAMES.len())]).with(&[*dice.one_of(&[0, 0, 0, 1, 1, 2, 3, 255, u32::MAX])]);
        let value = match dice.below(12) {
            0 => Value::Null,
            1 => Value::Octets(vec![7; dice.below(100)]),
            2 => Value::Name(asc(&[1, 4])),
            3 => Value::Counter(dice.throw() as u32),
            4 => Value::Integer(*dice.one_of(&[-1, 0, 255, 256, i64::from(i32::MIN), i64::from(u32::MAX)])),
            _ => Value::Integer(i64::from(dice.below(100) as u32)),
        };
        (name, value)
    };
    (0..count).map(|_| bind(dice)).collect()
}

/// A few changes, of the shape or of bytes.
fn spoil(datagram: &mut Vec<u8>, pool: &[Vec<u8>], dice: &mut Dice) {
    for _ in 0..dice.below(4) {
        let place = dice.below(datagram.len());
        match dice.below(10) {
            0 if !datagram.is_empty() => datagram[place] = dice.throw() as u8,
            1 if !datagram.is_empty() => datagram[place] ^= 1 << dice.below(8),
            2 if dice.below(4) == 0 => datagram.truncate(place),
            3 if dice.below(4) == 0 => drop(datagram.splice(place..place, (0..dice.below(9)).map(|_| 0x84).collect::<Vec<_>>())),
            _ => {
                let other = dice.one_of(pool);
                ber::spoil(datagram, other, dice);
            }
        }
    }
    datagram.truncate(LARGEST + 1);
}

#[test]
fn spoilt_datagrams_do_no_harm() {
    let [password, privacy] = ["a long password", "another password"].map(Secret::new);
    let user = User::new("ampel", Auth::Sha256, &password, Some(&privacy)).unwrap();
    let mut talk = Talk::new(&user);
    let known = corpus(CORPUS).iter().filter(|datagram| talk.answer(datagram, at(0)).is_some()).count();
    assert!(known > 20, "{known}");
    let (mut dice, mut answered, mut spoken, mut trial) = (Dice(4), 0_u64, 0_u64, Trial::new());
    for number in 0..cases() {
        if number % LIFE == LIFE - 1 {
            talk = Talk::new(&user);
        }
        // Twenty datagrams a second.
        let now = at(number % LIFE * 50);
        if number % 5 == 0 {
            let begin = dice.0;
            spoken += u64::from(trial.try_one(number, &begin.to_be_bytes(), || talk.converse(&mut dice, now)));
        } else {
            let mut datagram = dice.one_of(&talk.pool).clone();
            spoil(&mut datagram, &talk.pool, &mut dice);
            answered += u64::from(trial.try_one(number, &datagram, || talk.answer(&datagram, now)).is_some());
            if number % 5 == 1 {
                let client = &mut talk.clients[dice.below(3)];
                trial.try_one(number, &datagram, || client.hear(&datagram, now.link));
            }
        }
        talk.street.pass(now);
        assert!(!talk.is_unsafe(), "case {number}");
    }
    println!("{} datagrams {}: {answered} answered, {spoken} conversations", cases(), trial.end());
    assert!(answered > cases() / 20 && spoken > cases() / 20);
}
