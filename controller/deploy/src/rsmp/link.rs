//! One connection, either end: handshake, acknowledgements, watchdogs. Bytes and times come in, bytes and events go out;
//! there is no socket and no clock in here.

use super::frame::Frames;
use super::ids::MessageIds;
use super::message::{Ack, CoreEntry, Message, NotAck, SiteEntry, Version, Watchdog};
use super::versions::{self, Core};
use crate::clock::{Millis, Now};
use std::collections::VecDeque;
use thiserror::Error;

/// Which end of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The controller, which dials.
    Site,
    /// The control centre, which listens.
    Supervisor,
}

/// What an end is like.
#[derive(Debug, Clone)]
pub struct LinkSetup {
    /// Which end.
    pub role: Role,
    /// Own site id; a supervisor shows it as its own.
    pub site: String,
    /// Core versions that it speaks, ascending.
    pub cores: Vec<Core>,
    /// Version of the signal exchange list.
    pub sxl: String,
    /// Longest time to an acknowledgement, in ms. The usual is 30 s.
    pub ack_timeout_ms: u64,
    /// Time between watchdogs, in ms; twice as long without a sign of life ends the connection. The usual is 60 s.
    pub watchdog_ms: u64,
    /// Seed of the message ids; another one in every session.
    pub seed: u64,
}

/// Why a connection has ended.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Down {
    /// What came cannot be read on.
    #[error("{0}")]
    Broken(String),
    /// No version in common, or a list that is not spoken.
    #[error("no agreement on versions: {0}")]
    Version(String),
    /// A message was never acknowledged.
    #[error("no acknowledgement of a {0} in time")]
    NoAck(&'static str),
    /// The other end is silent.
    #[error("no sign of life in time")]
    Silent,
    /// More is waiting to be sent or to be acknowledged than is kept.
    #[error("the other end does not keep up")]
    Behind,
}

/// What has happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The handshake is complete.
    Up {
        /// Id of the site at the other end, or of the supervisor.
        peer: String,
        /// The version that both speak.
        core: Core,
        /// Version of the signal exchange list at the other end.
        sxl: String,
    },
    /// A message that has to be answered with [`Link::acknowledge`] or [`Link::refuse`].
    Message(Box<Message>),
    /// A message of this end was taken.
    Taken(String),
    /// A message of this end was refused.
    Refused {
        /// Its id.
        id: String,
        /// Why.
        reason: String,
    },
    /// The connection has to be closed.
    Down(Down),
}

/// Messages that may wait for their acknowledgement.
const MOST_WAITING: usize = 10_000;
/// Bytes that may wait to be sent.
const MOST_BYTES: usize = 16 << 20;
/// Ids that are remembered, so that what comes twice is taken once.
const REMEMBERED: usize = 256;

#[derive(Debug)]
struct Waiting {
    id: String,
    kind: &'static str,
    since: Millis,
}

/// One connection, from its beginning to its end.
#[derive(Debug)]
pub struct Link {
    setup: LinkSetup,
    ids: MessageIds,
    frames: Frames,
    out: Vec<u8>,
    events: VecDeque<Event>,
    waiting: VecDeque<Waiting>,
    seen: VecDeque<String>,
    /// The version that both speak, once it is known.
    core: Option<Core>,
    peer: Option<(String, String)>,
    watchdog_seen: bool,
    is_up: bool,
    is_down: bool,
    last_in: Millis,
    last_watchdog: Option<Millis>,
}

impl Link {
    /// A new connection; a site begins with its versions.
    pub fn new(setup: LinkSetup, now: Now) -> Self {
        let ids = MessageIds::new(setup.seed);
        let mut link = Self {
            setup,
            ids,
            frames: Frames::default(),
            out: Vec::new(),
            events: VecDeque::new(),
            waiting: VecDeque::new(),
            seen: VecDeque::new(),
            core: None,
            peer: None,
            watchdog_seen: false,
            is_up: false,
            is_down: false,
            last_in: now.link,
            last_watchdog: None,
        };
        if link.setup.role == Role::Site {
            link.send_version(now, &link.setup.cores.clone());
        }
        link
    }

    /// Whether the handshake is complete and the connection not at its end.
    pub fn is_up(&self) -> bool {
        self.is_up && !self.is_down
    }

    /// The version that both speak.
    pub fn core(&self) -> Option<Core> {
        self.core
    }

    /// Whether everything that was sent has been acknowledged.
    pub fn is_settled(&self) -> bool {
        self.waiting.is_empty()
    }

    /// A new message id.
    pub fn make_id(&mut self) -> String {
        self.ids.make()
    }

    /// Takes bytes as they come.
    pub fn receive(&mut self, bytes: &[u8], now: Now) {
        if self.is_down {
            return;
        }
        if let Err(fault) = self.frames.push(bytes) {
            return self.end(Down::Broken(fault.to_string()));
        }
        while let Some(frame) = self.frames.next_frame()
            && !self.is_down
        {
            match Message::parse(&frame) {
                Ok(message) => self.take(message, now),
                Err(fault) => match fault.id {
                    Some(id) => self.refuse(&id, &fault.what),
                    None => self.end(Down::Broken(fault.what)),
                },
            }
        }
    }

    /// Lets time pass: watchdogs are sent, and what is overdue ends the connection.
    pub fn pass(&mut self, now: Now) {
        if self.is_down {
            return;
        }
        if let Some(first) = self.waiting.front()
            && now.link.since(first.since) > self.setup.ack_timeout_ms
        {
            return self.end(Down::NoAck(first.kind));
        }
        if now.link.since(self.last_in) > 2 * self.setup.watchdog_ms {
            return self.end(Down::Silent);
        }
        if self.last_watchdog.is_some_and(|last| now.link.since(last) >= self.setup.watchdog_ms) {
            self.send_watchdog(now);
        }
    }

    /// Sends a message, which has to be acknowledged.
    pub fn send(&mut self, message: &Message, now: Now) {
        let Some(id) = message.id().filter(|_| !self.is_down) else { return };
        self.waiting.push_back(Waiting { id: id.to_owned(), kind: kind(message), since: now.link });
        self.write(message);
        if self.waiting.len() > MOST_WAITING {
            self.end(Down::Behind);
        }
    }

    /// Says that a message has been taken.
    pub fn acknowledge(&mut self, id: &str) {
        self.write(&Message::MessageAck(Ack { oMId: id.to_owned() }));
    }

    /// Says that a message has been refused.
    pub fn refuse(&mut self, id: &str, reason: &str) {
        self.write(&Message::MessageNotAck(NotAck { oMId: id.to_owned(), rea: reason.to_owned() }));
    }

    /// What is to be sent to the other end.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// What has happened, in order.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn end(&mut self, why: Down) {
        self.is_down = true;
        self.events.push_back(Event::Down(why));
    }

    fn write(&mut self, message: &Message) {
        if self.is_down {
            return;
        }
        self.out.extend(message.frame());
        if self.out.len() > MOST_BYTES {
            self.end(Down::Behind);
        }
    }

    fn take(&mut self, message: Message, now: Now) {
        self.last_in = now.link;
        match message {
            Message::MessageAck(ack) => {
                if self.settle(&ack.oMId) {
                    self.events.push_back(Event::Taken(ack.oMId));
                }
            }
            Message::MessageNotAck(no) => self.take_refusal(no),
            other => self.take_numbered(other, now),
        }
    }

    /// Whether an acknowledgement belongs to something; one that does not, or comes twice, says nothing.
    fn settle(&mut self, id: &str) -> bool {
        let place = self.waiting.iter().position(|w| w.id == id);
        place.is_some_and(|place| self.waiting.remove(place).is_some())
    }

    fn take_refusal(&mut self, no: NotAck) {
        if !self.settle(&no.oMId) {
            return;
        }
        if self.is_up {
            self.events.push_back(Event::Refused { id: no.oMId, reason: no.rea });
        } else {
            self.end(Down::Version(no.rea));
        }
    }

    fn take_numbered(&mut self, message: Message, now: Now) {
        let Some(id) = message.id().map(str::to_owned) else { return };
        if self.seen.contains(&id) {
            return self.acknowledge(&id);
        }
        self.seen.push_back(id.clone());
        if self.seen.len() > REMEMBERED {
            self.seen.pop_front();
        }
        match message {
            Message::Version(version) => self.take_version(&id, &version, now),
            _ if self.core.is_none() => self.refuse_and_end(&id, "the version has to come first"),
            Message::Watchdog(_) => {
                self.acknowledge(&id);
                self.watchdog_seen = true;
                if self.last_watchdog.is_none() {
                    self.send_watchdog(now);
                }
                self.come_up();
            }
            _ if !self.is_up => self.refuse(&id, "the handshake is not complete"),
            other => self.events.push_back(Event::Message(Box::new(other))),
        }
    }

    fn take_version(&mut self, id: &str, version: &Version, now: Now) {
        if self.core.is_some() {
            return self.refuse(id, "the version has been agreed on");
        }
        let offered = version.RSMP.iter().map(|v| v.vers.as_str());
        let Some(core) = versions::common(&self.setup.cores, offered) else {
            return self.refuse_and_end(id, "no RSMP version in common");
        };
        if !versions::is_list_known(&version.SXL) {
            return self.refuse_and_end(id, &format!("signal exchange list {} is not known here", version.SXL));
        }
        let Some(site) = version.siteId.first().filter(|s| !s.sId.is_empty()) else {
            return self.refuse_and_end(id, "no site id");
        };
        self.acknowledge(id);
        self.core = Some(core);
        self.peer = Some((site.sId.clone(), version.SXL.clone()));
        match self.setup.role {
            // The list at both ends is the site's: a supervisor reads several.
            Role::Supervisor => {
                self.setup.sxl.clone_from(&version.SXL);
                self.send_version(now, &[core]);
            }
            Role::Site => self.send_watchdog(now),
        }
    }

    fn refuse_and_end(&mut self, id: &str, reason: &str) {
        self.refuse(id, reason);
        self.end(Down::Version(reason.to_owned()));
    }

    /// The handshake is complete when the watchdogs of both ends have gone over.
    fn come_up(&mut self) {
        let (Some(core), Some((peer, sxl))) = (self.core, self.peer.clone()) else { return };
        if !self.is_up && self.watchdog_seen && self.last_watchdog.is_some() {
            self.is_up = true;
            self.events.push_back(Event::Up { peer, core, sxl });
        }
    }

    fn send_version(&mut self, now: Now, cores: &[Core]) {
        let version = Version {
            mId: self.make_id(),
            RSMP: cores.iter().map(|c| CoreEntry { vers: c.name().to_owned() }).collect(),
            siteId: vec![SiteEntry { sId: self.setup.site.clone() }],
            SXL: self.setup.sxl.clone(),
        };
        self.send(&Message::Version(version), now);
    }

    fn send_watchdog(&mut self, now: Now) {
        self.last_watchdog = Some(now.link);
        let watchdog = Watchdog { mId: self.make_id(), wTs: now.utc.to_string() };
        self.send(&Message::Watchdog(watchdog), now);
    }
}

const fn kind(message: &Message) -> &'static str {
    match message {
        Message::MessageAck(_) | Message::MessageNotAck(_) => "acknowledgement",
        Message::Version(_) => "Version",
        Message::Watchdog(_) => "Watchdog",
        Message::AggregatedStatus(_) => "AggregatedStatus",
        Message::AggregatedStatusRequest(_) => "AggregatedStatusRequest",
        Message::Alarm(_) => "Alarm",
        Message::CommandRequest(_) => "CommandRequest",
        Message::CommandResponse(_) => "CommandResponse",
        Message::StatusRequest(_) => "StatusRequest",
        Message::StatusResponse(_) => "StatusResponse",
        Message::StatusSubscribe(_) => "StatusSubscribe",
        Message::StatusUnsubscribe(_) => "StatusUnsubscribe",
        Message::StatusUpdate(_) => "StatusUpdate",
    }
}
