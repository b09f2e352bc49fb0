//! The agent: whom it hears, and at which level of security. Source: RFC 3412, section 7.2; RFC 3414, section 3.

use super::access::{Access, Community};
use super::asker::{Asker, Objects, Principal};
use super::ber::Malformed;
use super::message::{Kind, Oid, Open, Pdu, Value, version};
use super::usm::Local;
use super::v3::{AUTH, Cover, PRIVATE, REPORTABLE, Scoped, Sealed, write};
use super::{LARGEST, Status};
use crate::clock::Millis;

/// The counters in reports. Source: RFC 3414, section 5; RFC 3412, section 5.
#[derive(Debug, Clone, Copy)]
enum Count {
    UnsupportedLevels = 0,
    NotInTime = 1,
    UnknownUsers = 2,
    UnknownEngines = 3,
    WrongDigests = 4,
    Undecipherable = 5,
    UnknownContexts = 6,
}

const USM_STATS: [u32; 9] = [1, 3, 6, 1, 6, 3, 15, 1, 1];
const UNKNOWN_CONTEXTS: [u32; 10] = [1, 3, 6, 1, 6, 3, 12, 1, 5, 0];

impl Count {
    fn name(self) -> Oid {
        match self {
            Self::UnknownContexts => Oid(UNKNOWN_CONTEXTS.to_vec()),
            other => Oid(USM_STATS.to_vec()).with(&[other as u32 + 1, 0]),
        }
    }
}

/// Seconds by which a message may be late. Source: RFC 3414, section 2.2.3.
pub(crate) const WINDOW_S: u32 = 150;
/// Every engine takes messages of this size. Source: RFC 3412, section 6.2.
const LEAST_SIZE: usize = 484;

/// An agent.
#[derive(Debug)]
pub struct Agent {
    engine: Vec<u8>,
    boots: u32,
    started: Millis,
    access: Access,
    locals: Vec<Local>,
    salt: u64,
    counts: [u32; 7],
}

/// What a report is about: what is counted, the user whose keys sign it, and the request where it is known.
type Reported = (Count, Option<usize>, i32);

impl Agent {
    /// An agent with an engine id, which has started so many times; `salt` is a number that differs from start to start.
    pub fn new(engine: Vec<u8>, boots: u32, access: Access, salt: u64, now: Millis) -> Self {
        let locals = access.users.iter().map(|(user, _)| user.at(&engine)).collect();
        Self { engine, boots: boots & 0x7FFF_FFFF, started: now, access, locals, salt, counts: [0; 7] }
    }

    /// Answers a message, or stays silent.
    pub fn answer(&mut self, message: &[u8], now: Millis, objects: &mut dyn Objects) -> Option<Vec<u8>> {
        if message.len() > LARGEST {
            return None;
        }
        match version(message).ok()? {
            0 | 1 => self.answer_open(&Open::read(message).ok()?, objects),
            3 => self.answer_sealed(message, now, objects).ok().flatten(),
            _ => None,
        }
    }

    fn answer_open(&self, asked: &Open, objects: &mut dyn Objects) -> Option<Vec<u8>> {
        let is_theirs = |c: &&Community| c.name.is_same(&asked.community);
        let community = self.access.communities.iter().find(is_theirs)?;
        let who = Principal::Community(community.name.clone());
        let asker = Asker { who, may_write: community.may_write, is_v1: asked.version == 0, room: LARGEST };
        let pdu = asker.answer(&asked.pdu, objects)?;
        let answer = Open { version: asked.version, community: asked.community.clone(), pdu };
        Some(answer.write()).filter(|bytes| bytes.len() <= LARGEST)
    }

    fn answer_sealed(&mut self, bytes: &[u8], now: Millis, objects: &mut dyn Objects) -> Result<Option<Vec<u8>>, Malformed> {
        let sealed = Sealed::read(bytes)?;
        let (place, scoped) = match self.admit(bytes, &sealed, now) {
            Ok(admitted) => admitted?,
            Err(why) => return Ok(self.report(&sealed.cover, why, now)),
        };
        let room = (sealed.cover.max_size as usize).clamp(LEAST_SIZE, LARGEST);
        let (user, may_write) = &self.access.users[place];
        let who = Principal::User(user.name.clone());
        let asker = Asker { who, may_write: *may_write, is_v1: false, room };
        let level = AUTH | if user.is_private() { PRIVATE } else { 0 };
        let pdu = if sealed.cover.flags & (AUTH | PRIVATE) == level {
            asker.answer(&scoped.pdu, objects)
        } else {
            let refused = || scoped.pdu.answer(Status::AuthorizationError.code(false), 0, scoped.pdu.binds.clone());
            (!matches!(scoped.pdu.kind, Kind::Response | Kind::Report)).then(refused)
        };
        let local = self.locals[place].clone();
        let answer = pdu.map(|pdu| self.seal(&sealed.cover, sealed.cover.flags, pdu, Some(&local), now));
        Ok(answer.filter(|bytes| bytes.len() <= room))
    }

    /// The user that a message is of and what is inside, or why it is not heard. Source: RFC 3414, section 3.2.
    fn admit(&self, bytes: &[u8], sealed: &Sealed<'_>, now: Millis) -> Result<Result<(usize, Scoped), Malformed>, Reported> {
        let Cover { flags, engine, boots, time, user, .. } = &sealed.cover;
        if *engine != self.engine {
            return Err((Count::UnknownEngines, None, 0));
        }
        let place = self.access.users.iter().position(|(u, _)| u.name.as_bytes() == user);
        let place = place.ok_or((Count::UnknownUsers, None, 0))?;
        let local = &self.locals[place];
        if flags & PRIVATE != 0 && !local.is_private() {
            return Err((Count::UnsupportedLevels, None, 0));
        }
        let signer = (flags & AUTH != 0).then_some(place);
        if signer.is_some() && !local.is_genuine(bytes, sealed.digest.0, sealed.digest.1) {
            return Err((Count::WrongDigests, None, 0));
        }
        if signer.is_some() && (*boots != self.boots || self.time(now).abs_diff(*time) > WINDOW_S) {
            return Err((Count::NotInTime, signer, 0));
        }
        match sealed.open(Some(local)) {
            // What is signed right and makes no sense was hidden with another key.
            Err(_) if flags & PRIVATE != 0 => Err((Count::Undecipherable, signer, 0)),
            Ok(scoped) if scoped.engine != self.engine || !scoped.context.is_empty() => {
                Err((Count::UnknownContexts, signer, scoped.pdu.request))
            }
            opened => Ok(opened.map(|scoped| (place, scoped))),
        }
    }

    fn time(&self, now: Millis) -> u32 {
        (now.since(self.started) / 1000) as u32 & 0x7FFF_FFFF
    }

    /// Says why a message is not heard, signed where its sender can check that, and never about a report or an answer.
    fn report(&mut self, asked: &Cover, (count, signer, request): Reported, now: Millis) -> Option<Vec<u8>> {
        let counted = &mut self.counts[count as usize];
        *counted = counted.wrapping_add(1);
        let binds = vec![(count.name(), Value::Counter(*counted))];
        let pdu = Pdu { kind: Kind::Report, request, status: 0, index: 0, binds };
        let local = signer.map(|place| self.locals[place].clone());
        let flags = if local.is_some() { AUTH } else { 0 };
        (asked.flags & REPORTABLE != 0).then(|| self.seal(asked, flags, pdu, local.as_ref(), now))
    }

    fn seal(&mut self, asked: &Cover, flags: u8, pdu: Pdu, local: Option<&Local>, now: Millis) -> Vec<u8> {
        self.salt = self.salt.wrapping_add(1);
        let cover = Cover {
            id: asked.id,
            max_size: LARGEST as u32,
            flags: flags & (AUTH | PRIVATE),
            engine: self.engine.clone(),
            boots: self.boots,
            time: self.time(now),
            user: asked.user.clone(),
        };
        let scoped = Scoped { engine: self.engine.clone(), context: Vec::new(), pdu };
        write(&cover, &scoped, local, self.salt)
    }
}
