//! Questions and answers of a manager: what is lost is asked again, what is refused is said.

use super::names::Name;
use crate::clock::Now;
use crate::port::PortError;
use crate::snmp::{Binds, Client, Credentials, Heard, Kind, Oid, Pdu, Status, Value, names};
use std::io;

/// The way of datagrams to one controller and back, and the clocks to go with it.
pub trait Datagrams: Send {
    /// Sends one.
    ///
    /// # Errors
    /// When there is no way to the controller.
    fn send(&mut self, datagram: &[u8]) -> io::Result<()>;

    /// One that has come; `None` when none came within so many ms of the link's clock.
    ///
    /// # Errors
    /// When there is no way to the controller.
    fn receive(&mut self, wait_ms: u64) -> io::Result<Option<Vec<u8>>>;

    /// Both clocks.
    fn now(&self) -> Now;

    /// Lets so many ms of the time of day pass.
    fn rest(&mut self, utc_ms: u64);
}

/// How often a question is put.
const TRIES: u32 = 4;
/// How long an answer is waited for before the question is put again, in ms of the link.
const WAIT_MS: u64 = 1500;
/// How long a single look at the wire waits, in ms.
const LOOK_MS: u64 = 100;
/// Names in a question: answers then stay below the 1472 bytes that go over Ethernet in one piece.
const MOST_NAMES: usize = 24;

/// A conversation with one controller.
#[derive(Debug)]
pub(super) struct Session<W> {
    pub(super) wire: W,
    client: Client,
}

impl<W: Datagrams> Session<W> {
    pub(super) fn new(wire: W, credentials: Credentials, seed: u64) -> Self {
        Self { wire, client: Client::new(credentials, seed) }
    }

    fn exchange(&mut self, kind: Kind, binds: Binds) -> Result<Pdu, PortError> {
        let link = |e: io::Error| PortError::Link(e.to_string());
        let mut datagram = self.client.ask(kind, binds, self.wire.now().link);
        let mut reason = None;
        for _ in 0..TRIES {
            let since = self.wire.now().link;
            self.wire.send(&datagram).map_err(link)?;
            while self.wire.now().link.since(since) < WAIT_MS {
                let Some(bytes) = self.wire.receive(LOOK_MS).map_err(link)? else { continue };
                match self.client.hear(&bytes, self.wire.now().link) {
                    Heard::Nothing => {}
                    Heard::Send(next) => self.wire.send(&next).map_err(link)?,
                    Heard::Answer(pdu) => return Ok(pdu),
                    Heard::Unheard(why) => {
                        reason = Some(why);
                        break;
                    }
                }
            }
            datagram = self.client.repeat(self.wire.now().link);
        }
        let silent = || PortError::Link("no answer, which is also what a wrong community gets".into());
        Err(reason.map_or_else(silent, PortError::Refused))
    }

    /// The values of names, in their order; `None` where there is none.
    pub(super) fn find(&mut self, wanted: &[Oid]) -> Result<Vec<Option<Value>>, PortError> {
        let mut found = Vec::new();
        for part in wanted.chunks(MOST_NAMES) {
            let pdu = self.exchange(Kind::Get, names(part))?;
            if let Some(why) = refusal(&pdu) {
                return Err(PortError::Refused(why));
            }
            if !pdu.binds.iter().map(|b| &b.0).eq(part) {
                return Err(PortError::Answer("is about other objects".into()));
            }
            let is_there = |v: &Value| !matches!(v, Value::NoSuchObject | Value::NoSuchInstance | Value::EndOfView | Value::Null);
            found.extend(pdu.binds.into_iter().map(|b| Some(b.1).filter(is_there)));
        }
        Ok(found)
    }

    /// The numbers of rows of objects, in their order.
    pub(super) fn numbers(&mut self, wanted: &[(Name, &[u32])]) -> Result<Vec<i64>, PortError> {
        let oids: Vec<Oid> = wanted.iter().map(|(name, row)| name.at(row)).collect();
        let number = |(value, (name, row)): (Option<Value>, &(Name, &[u32]))| {
            let number = value.as_ref().and_then(Value::number);
            number.ok_or_else(|| PortError::Answer(format!("has no number for {}.{}", name.text, Oid(row.to_vec()))))
        };
        self.find(&oids)?.into_iter().zip(wanted).map(number).collect()
    }

    /// Sets all of these or none.
    pub(super) fn set(&mut self, wanted: &[(Name, &[u32], i64)]) -> Result<(), PortError> {
        let binds = wanted.iter().map(|(name, row, n)| (name.at(row), Value::Integer(*n))).collect();
        let pdu = self.exchange(Kind::Set, binds)?;
        let Some(why) = refusal(&pdu) else { return Ok(()) };
        let place = usize::try_from(pdu.index).ok().and_then(|i| wanted.get(i.checked_sub(1)?));
        let what = place.map_or_else(String::new, |(name, row, n)| format!(" for {}.{} = {n}", name.text, Oid(row.to_vec())));
        Err(PortError::Refused(why + &what))
    }
}

fn refusal(pdu: &Pdu) -> Option<String> {
    (pdu.status != 0).then(|| Status::name(pdu.status).to_owned())
}
