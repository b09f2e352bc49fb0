//! One connection, either end: handshake, acknowledgements, watchdogs. Bytes and times come in, bytes and events go out;
//! there is no socket and no clock in here.
//!
//! Nothing closes a connection but what the core names: versions that do not match, and a message that is not acknowledged
//! in time. A frame that cannot be read is refused where it has an id, and passed over where it has none.

mod handshake;

use super::frame::Frames;
use super::ids::MessageIds;
use super::message::{Ack, ComponentEntry, Message, NotAck, Watchdog};
use super::versions::Core;
use crate::clock::{Millis, Now};
use handshake::Handshake;
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
    /// Own id.
    pub id: String,
    /// Core versions that it speaks, ascending.
    pub cores: Vec<Core>,
    /// Version of the signal exchange list of a site; a supervisor takes several.
    pub list: String,
    /// Components of a site.
    pub components: Vec<ComponentEntry>,
    /// Longest time to an acknowledgement, in ms. The usual is 30 s.
    pub ack_timeout_ms: u64,
    /// Time between watchdogs, in ms. The usual is 60 s.
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
    /// No version in common, a list that is not spoken, or somebody else.
    #[error("no agreement on versions: {0}")]
    Version(String),
    /// A message was never acknowledged.
    #[error("no acknowledgement of a {0} in time")]
    NoAck(&'static str),
    /// The other end never completed the handshake.
    #[error("no handshake in time")]
    NoHandshake,
    /// More is waiting to be sent or to be acknowledged than is kept.
    #[error("the other end does not keep up")]
    Behind,
}

/// What has happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The handshake is complete.
    Up(Peer),
    /// A message that has to be answered with [`Link::acknowledge`] or [`Link::refuse`].
    Message(Box<Message>),
    /// A watchdog has come, with the clock of the other end.
    Watchdog(String),
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

/// Who is at the other end.
#[derive(Debug, Clone, PartialEq)]
pub struct Peer {
    /// Id of the site at the other end, or of the supervisor.
    pub id: String,
    /// The version of the core that both speak.
    pub core: Core,
    /// Version of the signal exchange list.
    pub list: String,
    /// Components of a site, from core 3.3.0 on.
    pub components: Vec<ComponentEntry>,
    /// Whether a supervisor wants alarms.
    pub wants_alarms: bool,
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
    handshake: Handshake,
    is_down: bool,
    begun: Millis,
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
            handshake: Handshake::default(),
            is_down: false,
            begun: now.link,
            last_watchdog: None,
        };
        if link.setup.role == Role::Site {
            link.offer_versions(now);
        }
        link
    }

    /// Whether the handshake is complete and the connection not at its end.
    pub fn is_up(&self) -> bool {
        self.handshake.is_complete && !self.is_down
    }

    /// The version that both speak.
    pub fn core(&self) -> Option<Core> {
        self.handshake.peer.as_ref().map(|peer| peer.core)
    }

    /// How many messages have not been acknowledged yet.
    pub fn unacknowledged(&self) -> usize {
        self.waiting.len()
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
                Err(fault) => self.take_spoilt(fault.id.as_deref(), fault.is_version, &fault.what),
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
        if !self.handshake.is_complete && now.link.since(self.begun) > 2 * self.setup.ack_timeout_ms {
            return self.end(Down::NoHandshake);
        }
        if self.last_watchdog.is_some_and(|last| now.link.since(last) >= self.setup.watchdog_ms) {
            self.send_watchdog(now);
        }
    }

    /// Sends a message, which has to be acknowledged.
    pub fn send(&mut self, message: &Message, now: Now) {
        let Some(id) = message.id().filter(|_| !self.is_down) else { return };
        self.waiting.push_back(Waiting { id: id.to_owned(), kind: message.kind(), since: now.link });
        self.write(message);
        if self.waiting.len() > MOST_WAITING {
            self.end(Down::Behind);
        }
    }

    /// Says that a message has been taken.
    pub fn acknowledge(&mut self, id: &str) {
        self.write(&Message::MessageAck(Ack { of: id.to_owned() }));
    }

    /// Says that a message has been refused.
    pub fn refuse(&mut self, id: &str, reason: &str) {
        self.write(&Message::MessageNotAck(NotAck { of: id.to_owned(), reason: reason.to_owned() }));
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
        match message {
            Message::MessageAck(ack) => {
                if self.settle(&ack.of) {
                    self.components_taken(&ack.of);
                    self.events.push_back(Event::Taken(ack.of));
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
        if !self.settle(&no.of) {
            return;
        }
        if self.handshake.is_complete {
            self.events.push_back(Event::Refused { id: no.of, reason: no.reason });
        } else {
            self.end(Down::Version(no.reason));
        }
    }

    fn take_numbered(&mut self, message: Message, now: Now) {
        let Some(id) = message.id().map(str::to_owned) else { return };
        if self.seen.contains(&id) {
            return self.acknowledge(&id);
        }
        // Before versions are agreed on, and watchdogs have gone over, nothing else is answered: whoever goes on regardless
        // runs into its own time-out, and begins again.
        let is_due = match message {
            Message::Version(_) => true,
            Message::Watchdog(_) => self.handshake.peer.is_some(),
            _ => self.handshake.has_watchdog,
        };
        if !is_due {
            return;
        }
        self.seen.push_back(id.clone());
        if self.seen.len() > REMEMBERED {
            self.seen.pop_front();
        }
        match message {
            Message::Version(version) => self.take_version(&version, now),
            Message::Watchdog(watchdog) => {
                self.events.push_back(Event::Watchdog(watchdog.at));
                self.take_watchdog(&id, now);
            }
            Message::ComponentList(list) => self.take_components(list),
            other => self.events.push_back(Event::Message(Box::new(other))),
        }
    }

    /// A frame that is no message.
    fn take_spoilt(&mut self, id: Option<&str>, is_version: bool, what: &str) {
        match id {
            Some(id) if is_version && self.handshake.peer.is_none() => self.refuse_and_end(id, what),
            Some(id) if self.handshake.peer.is_some() => self.refuse(id, what),
            _ => {}
        }
    }

    fn refuse_and_end(&mut self, id: &str, reason: &str) {
        self.refuse(id, reason);
        self.end(Down::Version(reason.to_owned()));
    }

    fn send_watchdog(&mut self, now: Now) {
        self.last_watchdog = Some(now.link);
        let watchdog = Watchdog { id: self.make_id(), at: now.utc.to_string() };
        self.send(&Message::Watchdog(watchdog), now);
    }
}
