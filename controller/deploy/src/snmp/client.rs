//! A manager's end of a conversation with one agent: discovery, clocks of the engine, questions and answers.

use super::LARGEST;
use super::message::{Binds, Kind, Oid, Open, Pdu, Value, version};
use super::usm::{Local, User};
use super::v3::{AUTH, Cover, PRIVATE, REPORTABLE, Scoped, Sealed, write};
use crate::clock::Millis;
use crate::secret::Secret;

/// By what a manager makes itself known.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// Version 1 or 2c, in open text.
    Community {
        /// The name.
        name: Secret,
        /// Version 1 instead of 2c.
        is_v1: bool,
    },
    /// Version 3.
    User(User),
}

/// What came of a datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Nothing that belongs to the question: go on waiting.
    Nothing,
    /// The question has to be put again, so.
    Send(Vec<u8>),
    /// The answer.
    Answer(Pdu),
    /// The agent will not hear us, and why. Nobody has signed that: it may be worth asking again.
    Unheard(String),
}

/// An engine that has been discovered.
#[derive(Debug)]
struct Peer {
    engine: Vec<u8>,
    boots: u32,
    time: u32,
    /// When it was so.
    at: Millis,
    local: Option<Local>,
}

/// The question that waits for its answer.
#[derive(Debug)]
struct Asked {
    id: i32,
    pdu: Pdu,
    /// How often it may still be put again because of what the agent reports.
    again: u32,
}

/// A conversation.
#[derive(Debug)]
pub struct Client {
    credentials: Credentials,
    peer: Option<Peer>,
    asked: Option<Asked>,
    id: i32,
    salt: u64,
}

/// Seconds by which an answer may be late. Source: RFC 3414, section 2.2.3.
const WINDOW_S: u32 = 150;

/// How often a question is put again because of what an agent reports.
const MOST_AGAIN: u32 = 8;

/// Why an agent does not hear a user. Source: RFC 3414, section 5.
const REASONS: [(u32, &str); 6] = [
    (1, "it does not support this level of security for the user"),
    (2, "the clock of its engine cannot be agreed on"),
    (3, "it does not know the user"),
    (4, "its engine id has changed"),
    (5, "the password is wrong"),
    (6, "the password for privacy is wrong"),
];

impl Client {
    /// A conversation; `salt` is a number that differs from start to start.
    pub fn new(credentials: Credentials, salt: u64) -> Self {
        Self { credentials, peer: None, asked: None, id: (salt >> 33) as i32, salt }
    }

    /// Whether this is version 1, which has neither many values at a time nor exceptions.
    pub fn is_v1(&self) -> bool {
        matches!(self.credentials, Credentials::Community { is_v1: true, .. })
    }

    /// Puts a question; the one before is forgotten.
    pub fn ask(&mut self, kind: Kind, binds: Binds, now: Millis) -> Vec<u8> {
        self.id = self.id.wrapping_add(1) & 0x7FFF_FFFF;
        let pdu = Pdu { kind, request: self.id, status: 0, index: 0, binds };
        self.asked = Some(Asked { id: self.id, pdu, again: MOST_AGAIN });
        self.repeat(now)
    }

    /// The question once more, for nothing has come.
    pub fn repeat(&mut self, now: Millis) -> Vec<u8> {
        let Some(asked) = &self.asked else { return Vec::new() };
        let user = match &self.credentials {
            Credentials::Community { name, is_v1 } => {
                let community = name.reveal().as_bytes().to_vec();
                return Open { version: i64::from(!is_v1), community, pdu: asked.pdu.clone() }.write();
            }
            Credentials::User(user) => user,
        };
        self.salt = self.salt.wrapping_add(1);
        let Some(peer) = &self.peer else { return discovery(asked.id) };
        let privacy = if user.is_private() { PRIVATE } else { 0 };
        let cover = Cover {
            id: asked.id,
            max_size: LARGEST as u32,
            flags: AUTH | REPORTABLE | privacy,
            engine: peer.engine.clone(),
            boots: peer.boots,
            time: peer.now(now),
            user: user.name.clone().into_bytes(),
        };
        let scoped = Scoped { engine: peer.engine.clone(), context: Vec::new(), pdu: asked.pdu.clone() };
        write(&cover, &scoped, peer.local.as_ref(), self.salt)
    }

    /// Takes a datagram.
    pub fn hear(&mut self, datagram: &[u8], now: Millis) -> Heard {
        if datagram.len() > LARGEST {
            return Heard::Nothing;
        }
        let heard = match (&self.credentials, version(datagram)) {
            (Credentials::Community { name, is_v1 }, Ok(version)) if version == i64::from(!is_v1) => {
                Open::read(datagram).ok().filter(|m| name.is_same(&m.community)).map(|m| self.judge(m.pdu))
            }
            (Credentials::User(_), Ok(3)) => self.hear_sealed(datagram, now),
            _ => None,
        };
        heard.unwrap_or(Heard::Nothing)
    }

    /// An answer belongs to the question with its number.
    fn judge(&mut self, pdu: Pdu) -> Heard {
        let is_answer = self.asked.as_ref().is_some_and(|a| pdu.kind == Kind::Response && pdu.request == a.pdu.request);
        if !is_answer {
            return Heard::Nothing;
        }
        self.asked = None;
        Heard::Answer(pdu)
    }

    fn hear_sealed(&mut self, datagram: &[u8], now: Millis) -> Option<Heard> {
        let sealed = Sealed::read(datagram).ok()?;
        self.asked.as_ref().filter(|a| a.id == sealed.cover.id)?;
        let flags = sealed.cover.flags;
        if flags & AUTH == 0 {
            // Without a signature only reports are believed, and no more of them than that they were sent.
            let pdu = sealed.open(None).ok()?.pdu;
            return if pdu.kind == Kind::Report { self.hear_report(&sealed, &pdu, now) } else { None };
        }
        let peer = self.peer.as_mut().filter(|p| p.engine == sealed.cover.engine)?;
        let local = peer.local.as_ref()?;
        if !local.is_genuine(datagram, sealed.digest.0, sealed.digest.1) {
            return None;
        }
        let scoped = sealed.open(Some(local)).ok()?;
        let level = AUTH | if local.is_private() { PRIVATE } else { 0 };
        let is_report = scoped.pdu.kind == Kind::Report;
        if !is_report && (flags & (AUTH | PRIVATE) != level || scoped.engine != peer.engine) {
            return None;
        }
        let is_late = peer.is_late(&sealed.cover, now);
        peer.follow(&sealed.cover, now);
        if is_report {
            return self.hear_report(&sealed, &scoped.pdu, now);
        }
        (!is_late).then(|| self.judge(scoped.pdu))
    }

    /// A report: the engine shows itself or its clock, or it will not hear us.
    fn hear_report(&mut self, sealed: &Sealed<'_>, pdu: &Pdu, now: Millis) -> Option<Heard> {
        let (name, _) = pdu.binds.first()?;
        let number = number_of(name)?;
        let is_discovery = self.peer.is_none() && number == 4;
        if number == 4 && self.peer.as_ref().is_some_and(|p| p.engine == sealed.cover.engine) {
            // The answer to a discovery, come twice.
            return None;
        }
        let is_clock = number == 2 && sealed.cover.flags & AUTH != 0;
        let asked = self.asked.as_mut()?;
        if !(is_discovery || is_clock) || asked.again == 0 {
            // Whatever was believed of it so far is asked for again.
            self.peer = None;
            let reason = REASONS.iter().find(|r| r.0 == number).map_or("it reports something unknown", |r| r.1);
            return Some(Heard::Unheard(reason.into()));
        }
        asked.again -= 1;
        if is_discovery {
            let Cover { engine, boots, time, .. } = sealed.cover.clone();
            if !(5..=32).contains(&engine.len()) {
                return None;
            }
            let local = if let Credentials::User(user) = &self.credentials { Some(user.at(&engine)) } else { None };
            self.peer = Some(Peer { engine, boots, time, at: now, local });
        }
        Some(Heard::Send(self.repeat(now)))
    }
}

impl Peer {
    /// What the clock of the engine shows.
    fn now(&self, now: Millis) -> u32 {
        self.time.wrapping_add((now.since(self.at) / 1000) as u32) & 0x7FFF_FFFF
    }

    fn is_late(&self, cover: &Cover, now: Millis) -> bool {
        cover.boots < self.boots || (cover.boots == self.boots && cover.time.saturating_add(WINDOW_S) < self.now(now))
    }

    /// Follows the clock of the engine, which only goes on. Source: RFC 3414, section 3.2, 7b.
    fn follow(&mut self, cover: &Cover, now: Millis) {
        if (cover.boots, cover.time) > (self.boots, self.time) {
            (self.boots, self.time, self.at) = (cover.boots, cover.time, now);
        }
    }
}

/// Which of the counters of the User-based Security Model a report is about.
fn number_of(name: &Oid) -> Option<u32> {
    let arcs = name.0.strip_prefix(&[1, 3, 6, 1, 6, 3, 15, 1, 1])?;
    arcs.first().copied()
}

/// The message to which an engine answers with its id. Source: RFC 3414, section 4.
fn discovery(id: i32) -> Vec<u8> {
    let pdu = Pdu { kind: Kind::Get, request: id, status: 0, index: 0, binds: Vec::new() };
    let (engine, user) = (Vec::new(), Vec::new());
    let cover = Cover { id, max_size: LARGEST as u32, flags: REPORTABLE, engine, boots: 0, time: 0, user };
    write(&cover, &Scoped { engine: Vec::new(), context: Vec::new(), pdu }, None, 0)
}

/// Names without values, as questions have them.
pub fn names(names: &[Oid]) -> Binds {
    names.iter().map(|name| (name.clone(), Value::Null)).collect()
}
