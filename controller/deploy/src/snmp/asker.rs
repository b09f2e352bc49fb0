//! What is asked of an agent, once it is known by whom. Source: RFC 3416, section 4.2; RFC 1157, section 4.1; RFC 3584.

use super::Status;
use super::message::{Binds, Kind, Oid, Pdu, Value, encoded};
use crate::secret::Secret;

/// On whose behalf something is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A community.
    Community(Secret),
    /// A user.
    User(String),
}

/// Why something is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The error.
    pub status: Status,
    /// The place of the name at fault, counted from 1, or 0.
    pub index: usize,
}

/// What an agent has to show.
pub trait Objects {
    /// The value of an instance, or why there is none.
    fn get(&self, name: &Oid) -> Value;

    /// The next instance in the order of names.
    fn next(&self, name: &Oid) -> Option<(&Oid, &Value)>;

    /// Sets all or nothing.
    ///
    /// # Errors
    /// Why nothing was set.
    fn set(&mut self, who: &Principal, binds: &Binds) -> Result<(), Refusal>;
}

/// Bytes of a message beside its names and values, at most.
const FRAME: usize = 256;

/// Somebody who is known.
#[derive(Debug)]
pub(super) struct Asker {
    pub(super) who: Principal,
    pub(super) may_write: bool,
    pub(super) is_v1: bool,
    /// Bytes that the answer may have.
    pub(super) room: usize,
}

impl Asker {
    /// The answer; none to what is no question.
    pub(super) fn answer(&self, asked: &Pdu, objects: &mut dyn Objects) -> Option<Pdu> {
        let found = match asked.kind {
            Kind::Get => self.each(asked, &|name| match objects.get(name) {
                Value::NoSuchObject | Value::NoSuchInstance if self.is_v1 => None,
                value => Some((name.clone(), value)),
            }),
            Kind::GetNext => self.each(asked, &|name| next(objects, name, self.is_v1)),
            Kind::GetBulk if !self.is_v1 => Ok(self.many(asked, objects)),
            Kind::Set if !self.may_write => Err(Refusal { status: Status::NoAccess, index: 1 }),
            // What could not be answered is not done.
            Kind::Set if size(&asked.binds) + FRAME > self.room => Ok(asked.binds.clone()),
            Kind::Set => objects.set(&self.who, &asked.binds).map(|()| asked.binds.clone()),
            _ => return None,
        };
        Some(match found {
            Ok(binds) if size(&binds) + FRAME <= self.room => asked.answer(0, 0, binds),
            // Version 2 says nothing but that it is too big; version 1 repeats the question.
            Ok(_) => {
                let repeated = if self.is_v1 { asked.binds.clone() } else { Binds::new() };
                asked.answer(Status::TooBig.code(self.is_v1), 0, repeated)
            }
            Err(Refusal { status, index }) => {
                asked.answer(status.code(self.is_v1), i32::try_from(index).unwrap_or(0), asked.binds.clone())
            }
        })
    }

    /// One value for each name; the error names the first without one.
    fn each(&self, asked: &Pdu, find: &dyn Fn(&Oid) -> Option<(Oid, Value)>) -> Result<Binds, Refusal> {
        let (mut found, mut bytes) = (Binds::new(), 0);
        for (place, (name, _)) in asked.binds.iter().enumerate() {
            let bind = find(name).ok_or(Refusal { status: Status::NoSuchName, index: place + 1 })?;
            bytes += encoded(&bind).len();
            found.push(bind);
            // What is too big already does not get better.
            if bytes > self.room {
                break;
            }
        }
        Ok(found)
    }

    /// As many values as were asked for and fit.
    fn many(&self, asked: &Pdu, objects: &dyn Objects) -> Binds {
        let once = usize::try_from(asked.status).unwrap_or(0).min(asked.binds.len());
        let times = usize::try_from(asked.index).unwrap_or(0);
        let (mut found, mut bytes) = (Binds::new(), FRAME);
        let mut names: Vec<Oid> = asked.binds[once..].iter().map(|b| b.0.clone()).collect();
        let mut add = |name: &Oid| {
            let bind = next(objects, name, false)?;
            bytes += encoded(&bind).len();
            let added = (bind.0.clone(), bind.1 == Value::EndOfView);
            (bytes <= self.room).then(|| found.push(bind)).map(|()| added)
        };
        if !asked.binds[..once].iter().all(|(name, _)| add(name).is_some()) {
            return found;
        }
        for _ in 0..times {
            let mut all_end = true;
            for name in &mut names {
                let Some((next, is_end)) = add(name) else { return found };
                all_end &= is_end;
                *name = next;
            }
            if all_end {
                break;
            }
        }
        found
    }
}

fn next(objects: &dyn Objects, name: &Oid, is_v1: bool) -> Option<(Oid, Value)> {
    let found = objects.next(name).map(|(name, value)| (name.clone(), value.clone()));
    found.or_else(|| (!is_v1).then(|| (name.clone(), Value::EndOfView)))
}

fn size(binds: &Binds) -> usize {
    binds.iter().map(|bind| encoded(bind).len()).sum()
}
