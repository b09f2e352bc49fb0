//! A session with one site: connects when first used, asks, and waits for answers.

use super::Wire;
use crate::clock::Utc;
use crate::port::PortError;
use crate::rsmp::link::{Event, Link, LinkSetup, Role};
use crate::rsmp::message::{Argument, CommandRequest, Message, MessageId, StatusName, StatusReport, StatusRequest};
use crate::rsmp::versions::Core;
use crate::secret::Secret;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Longest time to an answer, in ms of the link.
pub(super) const ANSWER_MS: u64 = 10_000;
/// Longest time for a site to dial and shake hands, in ms of the link.
const OPEN_MS: u64 = 20_000;
/// How long a single look at the wire waits, in ms.
const LOOK_MS: u64 = 200;
/// Reports that are kept until somebody looks at them.
const MOST_REPORTS: usize = 10_000;
/// Alarms and aggregated statuses that are kept until somebody looks at them; the oldest are lost first.
const MOST_NOTICES: usize = 1000;

/// Values of statuses by code and name, and the controller's clock when it gave them with its distance from ours in ms.
pub(super) struct Answer {
    pub(super) values: BTreeMap<String, String>,
    pub(super) clock: Utc,
    pub(super) skew_ms: u64,
}

/// A session with the site at the other end of a [`Wire`].
#[derive(Debug)]
pub(super) struct Session<W> {
    pub(super) wire: W,
    pub(super) site: String,
    code: Secret,
    link: Option<Link>,
    sessions: u64,
    seed: u64,
    answers: VecDeque<Message>,
    pub(super) reports: VecDeque<StatusReport>,
    /// Alarms and aggregated statuses.
    pub(super) notices: VecDeque<Message>,
    taken: Vec<MessageId>,
    refused: Vec<(MessageId, String)>,
    /// Alarms that are active and not suspended.
    alarms: BTreeSet<String>,
}

impl<W: Wire> Session<W> {
    pub(super) fn new(wire: W, site: &str, code: Secret, seed: u64) -> Self {
        Self {
            wire,
            site: site.into(),
            code,
            link: None,
            sessions: 0,
            seed,
            answers: VecDeque::new(),
            reports: VecDeque::new(),
            notices: VecDeque::new(),
            taken: Vec::new(),
            refused: Vec::new(),
            alarms: BTreeSet::new(),
        }
    }

    pub(super) fn closed(&mut self, why: &dyn ToString) -> PortError {
        self.link = None;
        PortError::Link(why.to_string())
    }

    /// An alarm that is active.
    pub(super) fn alarm(&self) -> Option<&String> {
        self.alarms.first()
    }

    /// The version of the core that is spoken, once there is a connection.
    pub(super) fn core(&self) -> Option<Core> {
        self.link.as_ref().and_then(Link::core)
    }

    /// Connects and shakes hands, unless that has been done.
    pub(super) fn connect(&mut self) -> Result<(), PortError> {
        self.connect_within(OPEN_MS)
    }

    /// Connects, when the site dials within so many ms of the link, and shakes hands.
    pub(super) fn connect_within(&mut self, wait_ms: u64) -> Result<(), PortError> {
        if self.link.as_ref().is_some_and(Link::is_up) {
            return Ok(());
        }
        self.link = None;
        self.wire.open(wait_ms).map_err(|e| PortError::Link(e.to_string()))?;
        self.sessions += 1;
        let setup = LinkSetup {
            role: Role::Supervisor,
            id: "ampel".into(),
            cores: Core::ALL.to_vec(),
            list: String::new(),
            components: Vec::new(),
            ack_timeout_ms: 30_000,
            watchdog_ms: 60_000,
            seed: self.seed.wrapping_add(self.sessions << 32),
        };
        let now = self.wire.now();
        self.link = Some(Link::new(setup, now));
        (self.answers, self.reports, self.alarms) = (VecDeque::new(), VecDeque::new(), BTreeSet::new());
        (self.taken, self.refused) = (Vec::new(), Vec::new());
        while !self.link.as_ref().is_some_and(Link::is_up) {
            if self.wire.now().link.since(now.link) > OPEN_MS {
                return Err(self.closed(&"no handshake in time"));
            }
            self.pump()?;
        }
        Ok(())
    }

    /// Sends what is to be sent, waits a little for what comes, and takes it.
    pub(super) fn pump(&mut self) -> Result<(), PortError> {
        self.write()?;
        let bytes = match self.wire.receive(LOOK_MS) {
            Ok(bytes) => bytes,
            Err(error) => return Err(self.closed(&error)),
        };
        let now = self.wire.now();
        let Some(link) = &mut self.link else { return Err(PortError::Link("closed".into())) };
        link.receive(&bytes, now);
        link.pass(now);
        while let Some(event) = self.link.as_mut().and_then(Link::next_event) {
            match event {
                Event::Up(peer) if peer.id != self.site => {
                    return Err(self.closed(&format!("site {} answers instead of {}", peer.id, self.site)));
                }
                Event::Up(_) | Event::Watchdog(_) => {}
                Event::Message(message) => self.take(*message),
                Event::Taken(id) => self.taken.push(id),
                Event::Refused { id, reason } => self.refused.push((id, reason)),
                Event::Down(why) => {
                    // The other end is told why, if it still listens.
                    let _ = self.write();
                    return Err(self.closed(&why));
                }
            }
        }
        self.write()
    }

    fn write(&mut self) -> Result<(), PortError> {
        let out = self.link.as_mut().map(Link::take_output).unwrap_or_default();
        if out.is_empty() {
            return Ok(());
        }
        self.wire.send(&out).map_err(|e| self.closed(&e))
    }

    fn take(&mut self, message: Message) {
        let (Some(link), Some(id)) = (&mut self.link, message.id()) else { return };
        if matches!(message, Message::AggregatedStatus(_) | Message::Alarm(_)) {
            self.notices.push_back(message.clone());
            if self.notices.len() > MOST_NOTICES {
                self.notices.pop_front();
            }
        }
        match message {
            Message::AggregatedStatus(_) => link.acknowledge(id),
            Message::Alarm(ref alarm) => {
                link.acknowledge(id);
                let (name, suspended) = (format!("{} of {}", alarm.code, alarm.component), alarm.suspended.as_deref());
                let is_suspended = suspended.is_some_and(|s| s.eq_ignore_ascii_case("suspended"));
                match alarm.active.as_deref() {
                    Some("Active") if !is_suspended && self.alarms.len() < MOST_NOTICES => drop(self.alarms.insert(name)),
                    Some(_) => drop(self.alarms.remove(&name)),
                    None => {}
                }
            }
            Message::StatusResponse(_) | Message::CommandResponse(_) => {
                link.acknowledge(id);
                self.answers.push_back(message);
            }
            Message::StatusUpdate(report) => {
                link.acknowledge(&report.id);
                if self.reports.len() < MOST_REPORTS {
                    self.reports.push_back(report);
                }
            }
            _ => link.refuse(id, "this message is not for a supervisor"),
        }
    }

    /// Sends a message and waits until it is taken and `found` has found an answer, `None` where none is to come.
    pub(super) fn ask(
        &mut self,
        message: &Message,
        found: Option<&dyn Fn(&Message) -> bool>,
    ) -> Result<Option<Message>, PortError> {
        let id = message.id().unwrap_or_default().to_owned();
        let since = self.wire.now();
        if let Some(link) = &mut self.link {
            link.send(message, since);
        }
        loop {
            self.pump()?;
            if let Some((_, reason)) = self.refused.iter().find(|r| r.0 == id) {
                return Err(PortError::Refused(reason.clone()));
            }
            let answer = found.map(|f| self.answers.iter().position(f));
            if self.taken.contains(&id) {
                match answer {
                    None => return Ok(None),
                    Some(Some(place)) => return Ok(self.answers.remove(place)),
                    Some(None) => {}
                }
            }
            if self.wire.now().link.since(since.link) > ANSWER_MS {
                return Err(self.closed(&"no answer in time"));
            }
        }
    }

    pub(super) fn make_id(&mut self) -> MessageId {
        // What belongs to older requests is of no use any more.
        (self.taken, self.refused) = (Vec::new(), Vec::new());
        self.answers.clear();
        self.link.as_mut().map(Link::make_id).unwrap_or_default()
    }

    /// Gives a command with the security code.
    pub(super) fn command(
        &mut self,
        component: &str,
        code: &str,
        operation: &str,
        values: &[(&str, String)],
    ) -> Result<(), PortError> {
        let own = self.code.reveal().to_owned();
        let values: Vec<(&str, String)> = values.iter().cloned().chain([("securityCode", own)]).collect();
        self.command_without_code(component, code, operation, &values)
    }

    /// Gives a command.
    pub(super) fn command_without_code(
        &mut self,
        component: &str,
        code: &str,
        operation: &str,
        values: &[(&str, String)],
    ) -> Result<(), PortError> {
        self.connect()?;
        let argument = |(name, value): &(&str, String)| Argument {
            code: code.into(),
            name: (*name).into(),
            operation: operation.into(),
            value: value.as_str().into(),
        };
        let arguments = values.iter().map(argument).collect();
        let request = CommandRequest { id: self.make_id(), component: component.to_owned(), arguments };
        let is_answer = |m: &Message| matches!(m, Message::CommandResponse(r) if r.returned.iter().any(|v| v.code == code));
        let answer = self.ask(&Message::CommandRequest(request), Some(&is_answer))?;
        let Some(Message::CommandResponse(response)) = answer else { return Err(PortError::Answer("is missing".into())) };
        match response.returned.iter().find(|v| v.age != "recent") {
            Some(value) => Err(PortError::Refused(format!("{code} {} is {}", value.name, value.age))),
            None => Ok(()),
        }
    }

    /// Values of statuses.
    pub(super) fn statuses(&mut self, component: &str, names: &[(&str, &str)]) -> Result<Answer, PortError> {
        self.connect()?;
        let wanted: Vec<StatusName> = names.iter().map(|(c, n)| StatusName { code: (*c).into(), name: (*n).into() }).collect();
        let request = StatusRequest { id: self.make_id(), component: component.to_owned(), names: wanted.clone() };
        let same = |report: &StatusReport| {
            let is_wanted = |code: &str, name: &str| wanted.iter().any(|w| w.code == code && w.name == name);
            report.values.len() == wanted.len() && report.values.iter().all(|v| is_wanted(&v.code, &v.name))
        };
        let is_answer = |m: &Message| matches!(m, Message::StatusResponse(r) if same(r));
        let answer = self.ask(&Message::StatusRequest(request), Some(&is_answer))?;
        let Some(Message::StatusResponse(report)) = answer else { return Err(PortError::Answer("is missing".into())) };
        let clock: Utc = report.at.parse().map_err(|e| PortError::Answer(format!("has the time \"{}\", {e}", report.at)))?;
        let skew_ms = clock.apart(self.wire.now().utc);
        let value = |v: crate::rsmp::message::StatusValue| {
            let fault = || PortError::Answer(format!("has no {} {}", v.code, v.name));
            let text = match &v.value {
                serde_json::Value::String(text) if v.quality == "recent" => text.clone(),
                list @ serde_json::Value::Array(_) if v.quality == "recent" => list.to_string(),
                _ => return Err(fault()),
            };
            Ok((format!("{} {}", v.code, v.name), text))
        };
        let values = report.values.into_iter().map(value).collect::<Result<_, _>>()?;
        Ok(Answer { values, clock, skew_ms })
    }
}
