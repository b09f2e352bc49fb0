//! A virtual traffic light controller: plays plans through the guard of its signal, and speaks RSMP as a site.
//!
//! Bytes and times come in, bytes go out; sockets and clocks are those of [`crate::net`].

mod answers;
mod commands;
mod program;
mod setup;
mod subscriptions;

pub use setup::{TlcSetup, codes, read_tlc};

use crate::clock::{Now, Utc};
use crate::rsmp::message::{
    AggregatedStatus, Alarm, CommandRequest, CommandResponse, Message, Returned, StatusReport, StatusValue,
};
use crate::rsmp::{Core, Down, Event, Link, LinkSetup, Role, TLC_LIST};
use answers::Component;
use commands::State;
use model::id::{GroupId, Id};
pub(crate) use program::{Mode, Program};
use serde_json::Value;
use std::collections::VecDeque;
use subscriptions::Subscriptions;

/// Messages that are kept while there is no connection. Source: RSMP core, at least 10,000.
const MOST_KEPT: usize = 10_000;

/// A virtual traffic light controller.
#[derive(Debug)]
pub struct Tlc {
    setup: TlcSetup,
    program: Program,
    state: State,
    link: Option<Link>,
    subscriptions: Subscriptions,
    /// Reports of the time without a connection, in order.
    kept: VecDeque<StatusReport>,
    started: Utc,
    wants_restart: bool,
    connections: u64,
    seed: u64,
    /// Times of the link, in ms: for an acknowledgement, and between watchdogs.
    times: (u64, u64),
}

impl Tlc {
    /// A controller that has just been switched on; `None` without a plan. The seed makes its message ids differ from those
    /// of others.
    pub fn new(setup: TlcSetup, seed: u64, now: Now) -> Option<Self> {
        let program = Program::new(setup.signal.clone(), &setup.held, &setup.startup, now.utc.second())?;
        let state = State::new(&setup);
        let (subscriptions, kept, started) = (Subscriptions::default(), VecDeque::new(), now.utc);
        let times = (30_000, 60_000);
        Some(Self {
            setup,
            program,
            state,
            link: None,
            subscriptions,
            kept,
            started,
            wants_restart: false,
            connections: 0,
            seed,
            times,
        })
    }

    /// The site id.
    pub fn site(&self) -> &str {
        &self.setup.site
    }

    /// Begins a session: the connection has just been made.
    pub fn connected(&mut self, now: Now) {
        self.connections += 1;
        let setup = LinkSetup {
            role: Role::Site,
            site: self.setup.site.clone(),
            cores: Core::ALL.to_vec(),
            sxl: TLC_LIST.into(),
            ack_timeout_ms: self.times.0,
            watchdog_ms: self.times.1,
            seed: self.seed.wrapping_add(self.connections << 32),
        };
        self.link = Some(Link::new(setup, now));
    }

    /// Ends the session: the connection is lost. Subscriptions go on into the buffer.
    pub fn disconnected(&mut self) {
        self.link = None;
    }

    /// Takes bytes of the supervisor, and lets time pass. Returns why the connection has to be closed, if it has to.
    pub fn drive(&mut self, bytes: &[u8], now: Now) -> Option<Down> {
        let utc = self.utc(now);
        if self.state.back_at.is_some_and(|at| at <= utc) {
            self.state.back_at = None;
            self.program.set_mode(Mode::Normal);
        }
        self.program.advance(utc);
        if let Some(link) = &mut self.link {
            link.receive(bytes, now);
            link.pass(now);
        }
        while let Some(event) = self.link.as_mut().and_then(Link::next_event) {
            match event {
                Event::Up { .. } => self.come_up(now),
                Event::Message(message) => self.take(*message, now),
                Event::Taken(_) | Event::Refused { .. } => {}
                Event::Down(why) => return Some(why),
            }
        }
        self.report(now);
        None
    }

    /// What is to be sent to the supervisor.
    pub fn take_output(&mut self) -> Vec<u8> {
        self.link.as_mut().map(Link::take_output).unwrap_or_default()
    }

    /// Whether it has been told to restart: the connection is closed once what is to be sent has gone. Asking forgets it.
    pub fn take_restart(&mut self) -> bool {
        std::mem::take(&mut self.wants_restart)
    }

    /// What every group shows, a character each, as S0001 has it.
    pub fn picture(&self) -> String {
        self.program.picture()
    }

    /// Number of the plan that runs or is on its way.
    pub fn plan(&self) -> u8 {
        self.program.current()
    }

    /// Lets the controller's clock go wrong, by so many ms.
    pub fn drift(&mut self, ms: i64) {
        self.state.clock_shift = ms;
    }

    /// The controller's own clock.
    fn utc(&self, now: Now) -> Utc {
        Utc(now.utc.0.saturating_add_signed(self.state.clock_shift))
    }

    fn send(&mut self, message: &Message, now: Now) {
        if let Some(link) = &mut self.link {
            link.send(message, now);
        }
    }

    fn make_id(&mut self) -> String {
        self.link.as_mut().map(Link::make_id).unwrap_or_default()
    }

    /// Sends what follows the handshake: the aggregated status, then what was kept. No alarm is active in a virtual street.
    fn come_up(&mut self, now: Now) {
        self.send_aggregated(now);
        for mut report in std::mem::take(&mut self.kept) {
            report.mId = self.make_id();
            report.sS.iter_mut().for_each(|s| s.q = "old".into());
            self.send(&Message::StatusUpdate(report), now);
        }
        self.subscriptions = Subscriptions::default();
    }

    fn send_aggregated(&mut self, now: Now) {
        let is_normal = matches!(self.program.mode, Mode::Normal | Mode::Starting { .. });
        let se = [false, false, false, false, false, is_normal, !is_normal, false];
        let (m_id, component) = (self.make_id(), self.setup.main.clone());
        let status = AggregatedStatus {
            mId: m_id,
            ntsOId: String::new(),
            xNId: String::new(),
            cId: component,
            aSTS: self.utc(now).to_string(),
            fP: None,
            fS: None,
            se,
        };
        self.send(&Message::AggregatedStatus(status), now);
    }

    fn component(&self, name: &str) -> Option<Component> {
        let place = |names: &[String]| names.iter().position(|n| n == name);
        if name == self.setup.main {
            return Some(Component::Main);
        }
        let group = place(&self.setup.groups).map(|i| Component::Group(GroupId::from_index(i)));
        group.or_else(|| place(&self.setup.detectors).map(Component::Detector))
    }

    fn take(&mut self, message: Message, now: Now) {
        let Some(id) = message.id().map(str::to_owned) else { return };
        match self.answer(message, now) {
            Ok(answer) => {
                if let Some(link) = &mut self.link {
                    link.acknowledge(&id);
                }
                if let Some(answer) = answer {
                    self.send(&answer, now);
                }
            }
            Err(reason) => {
                if let Some(link) = &mut self.link {
                    link.refuse(&id, &reason);
                }
            }
        }
    }

    /// Carries out a message; the error is why it is refused.
    fn answer(&mut self, message: Message, now: Now) -> Result<Option<Message>, String> {
        let known = |tlc: &Self, name: &str| tlc.component(name).ok_or_else(|| format!("component {name} is not known here"));
        match message {
            Message::CommandRequest(request) => {
                let component = known(self, &request.cId)?;
                self.command(component, &request.arg, now)?;
                Ok(Some(self.response(request, now)))
            }
            Message::StatusRequest(request) => {
                known(self, &request.cId)?;
                let names = request.sS.into_iter().map(|s| (s.sCI, s.n)).collect::<Vec<_>>();
                Ok(Some(Message::StatusResponse(self.status_report(&request.cId, &names, now))))
            }
            Message::StatusSubscribe(request) => {
                known(self, &request.cId)?;
                self.subscriptions.add(&request, now)?;
                Ok(None)
            }
            Message::StatusUnsubscribe(request) => {
                known(self, &request.cId)?;
                self.subscriptions.remove(&request);
                Ok(None)
            }
            Message::AggregatedStatusRequest(request) => {
                known(self, &request.cId)?;
                self.send_aggregated(now);
                Ok(None)
            }
            Message::Alarm(alarm) => self.alarm(&alarm).map(|()| None),
            _ => Err("this message is not for a site".into()),
        }
    }

    /// No alarm is ever active here, so there is nothing to acknowledge, suspend or resume.
    fn alarm(&self, alarm: &Alarm) -> Result<(), String> {
        match (self.component(&alarm.cId), alarm.aSp.as_str()) {
            (Some(_), "Request") => Ok(()),
            (Some(_), _) => Err(format!("alarm {} is not active", alarm.aCId)),
            (None, _) => Err(format!("component {} is not known here", alarm.cId)),
        }
    }

    fn response(&mut self, request: CommandRequest, now: Now) -> Message {
        let returned = |a: crate::rsmp::message::Argument| Returned { cCI: a.cCI, n: a.n, v: a.v, age: "recent".into() };
        Message::CommandResponse(CommandResponse {
            mId: self.make_id(),
            ntsOId: String::new(),
            xNId: String::new(),
            cId: request.cId,
            cTS: self.utc(now).to_string(),
            rvs: request.arg.into_iter().map(returned).collect(),
        })
    }

    fn status_report(&mut self, component: &str, names: &[(String, String)], now: Now) -> StatusReport {
        let (m_id, utc) = (self.make_id(), self.utc(now));
        let kind = self.component(component);
        let value = |(code, name): &(String, String)| {
            let found = kind.and_then(|c| self.status(c, code, name, utc));
            let q = if found.is_some() { "recent" } else { "undefined" };
            StatusValue { sCI: code.clone(), n: name.clone(), s: found.unwrap_or(Value::Null), q: q.into() }
        };
        StatusReport {
            mId: m_id,
            ntsOId: String::new(),
            xNId: String::new(),
            cId: component.to_owned(),
            sTs: utc.to_string(),
            sS: names.iter().map(value).collect(),
        }
    }

    /// Reports what is subscribed to and due; without a connection it is kept, the oldest lost first.
    fn report(&mut self, now: Now) {
        let utc = self.utc(now);
        let mut subscriptions = std::mem::take(&mut self.subscriptions);
        let due = subscriptions.due(now, |component, code, name| {
            self.component(component).and_then(|c| self.status(c, code, name, utc)).unwrap_or(Value::Null)
        });
        self.subscriptions = subscriptions;
        for (component, names) in due {
            let report = self.status_report(&component, &names, now);
            if self.link.as_ref().is_some_and(Link::is_up) {
                self.send(&Message::StatusUpdate(report), now);
            } else {
                if self.kept.len() >= MOST_KEPT {
                    self.kept.pop_front();
                }
                self.kept.push_back(report);
            }
        }
    }
}

/// Base64 with padding. Source: RFC 4648.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let word = part.iter().fold(0_u32, |w, b| w << 8 | u32::from(*b)) << (8 * (3 - part.len()));
        for i in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * i) & 63) as usize] as char;
            text.push(if i <= part.len() { digit } else { '=' });
        }
    }
    text
}
