//! What a virtual controller says to its supervisor: answers, reports and alarms, and what it keeps until somebody listens.

use super::alarms::kind_of;
use super::{MOST_IN_FLIGHT, Tlc};
use crate::clock::Now;
use crate::rsmp::message::{
    Alarm, CommandRequest, CommandResponse, Message, Returned, StatusReport, StatusRequest, StatusSubscribe, StatusValue,
};
use crate::rsmp::{Core, Link};
use serde_json::Value;

impl Tlc {
    /// Sends what follows the handshake: the aggregated status and how all alarms stand. What was kept comes behind it.
    pub(super) fn come_up(&mut self, wants_alarms: bool, now: Now) {
        self.wants_alarms = wants_alarms;
        let status = self.aggregated(now);
        self.tell_now(Message::AggregatedStatus(status), now);
        if wants_alarms {
            let all = self.alarms.all();
            self.buffer.forget_said(&all);
            for alarm in all {
                self.tell_now(Message::Alarm(alarm), now);
            }
        }
    }

    /// Tells the supervisor something that it did not ask for; without a connection it is kept.
    pub(super) fn tell(&mut self, message: Message, now: Now) {
        if matches!(message, Message::Alarm(_)) && !self.wants_alarms {
            return;
        }
        if !self.link.as_ref().is_some_and(Link::is_up) {
            self.buffer.keep(message);
        } else if self.buffer.is_empty() {
            self.tell_now(message, now);
        } else {
            self.buffer.append(message);
        }
    }

    fn tell_now(&mut self, message: Message, now: Now) {
        let message = self.send(message, now);
        self.in_flight.push_back(message);
    }

    /// Sends what was kept, as fast as it is acknowledged.
    pub(super) fn flush(&mut self, now: Now) {
        while self.link.as_ref().is_some_and(|l| l.is_up() && l.unacknowledged() < MOST_IN_FLIGHT)
            && let Some(message) = self.buffer.pop()
        {
            self.tell_now(message, now);
        }
    }

    /// Sends a message under a new id.
    fn send(&mut self, mut message: Message, now: Now) -> Message {
        let own = self.own(now);
        if let Some(link) = &mut self.link {
            message.set_id(link.make_id());
            link.send(&message, own);
        }
        message
    }

    pub(super) fn take(&mut self, message: Message, now: Now) {
        let Some(id) = message.id().map(str::to_owned) else { return };
        let answer = self.answer(message, now);
        if let Some(link) = &mut self.link {
            match &answer {
                Ok(_) => link.acknowledge(&id),
                Err(reason) => link.refuse(&id, reason),
            }
        }
        match answer {
            Ok(Some(answer @ (Message::Alarm(_) | Message::AggregatedStatus(_)))) => self.tell(answer, now),
            Ok(Some(answer)) => drop(self.send(answer, now)),
            Ok(None) | Err(_) => {}
        }
    }

    /// Carries out a message; the error is why it is refused.
    fn answer(&mut self, message: Message, now: Now) -> Result<Option<Message>, String> {
        match message {
            Message::CommandRequest(request) => self.obey(request, now).map(Some),
            Message::StatusRequest(request) => self.tell_status(&request, now).map(Some),
            Message::StatusSubscribe(request) => self.subscribe(&request, now),
            Message::StatusUnsubscribe(request) => {
                self.subscriptions.remove(&request);
                Ok(None)
            }
            Message::AggregatedStatusRequest(request) if request.component == self.setup.main => {
                Ok(Some(Message::AggregatedStatus(self.aggregated(now))))
            }
            Message::AggregatedStatusRequest(request) => Err(format!("{} has no aggregated status", request.component)),
            Message::Alarm(alarm) => self.answer_alarm(&alarm, now),
            _ => Err("this message is not for a site".into()),
        }
    }

    fn obey(&mut self, request: CommandRequest, now: Now) -> Result<Message, String> {
        let component = self.setup.component(&request.component);
        if let Some(component) = component {
            self.command(component, &request.arguments, now)?;
        }
        let (age, is_known) = (if component.is_some() { "recent" } else { "undefined" }, component.is_some());
        let returned = |a: crate::rsmp::message::Argument| Returned {
            code: a.code,
            name: a.name,
            value: if is_known { a.value } else { Value::Null },
            age: age.into(),
        };
        Ok(Message::CommandResponse(CommandResponse {
            id: String::new(),
            component: request.component,
            at: self.utc(now).to_string(),
            returned: request.arguments.into_iter().map(returned).collect(),
        }))
    }

    fn tell_status(&self, request: &StatusRequest, now: Now) -> Result<Message, String> {
        let names: Vec<(String, String)> = request.names.iter().map(|s| (s.code.clone(), s.name.clone())).collect();
        self.check_names(&request.component, &names, now)?;
        Ok(Message::StatusResponse(self.status_report(&request.component, &names, now)))
    }

    fn subscribe(&mut self, request: &StatusSubscribe, now: Now) -> Result<Option<Message>, String> {
        let names: Vec<(String, String)> = request.wanted.iter().map(|s| (s.code.clone(), s.name.clone())).collect();
        self.check_names(&request.component, &names, now)?;
        if self.setup.component(&request.component).is_none() {
            return Ok(Some(Message::StatusUpdate(self.status_report(&request.component, &names, now))));
        }
        let has_on_change = self.link.as_ref().and_then(Link::core).is_some_and(Core::has_on_change);
        if has_on_change && request.wanted.iter().any(|w| w.on_change == Some(false) && w.every_s == "0") {
            return Err("update rate 0 and not on change: no update would ever be sent".into());
        }
        self.subscriptions.add(request, now)?;
        Ok(None)
    }

    /// Whether a component that is known has all of these values. One that is not known is answered as such.
    fn check_names(&self, component: &str, names: &[(String, String)], now: Now) -> Result<(), String> {
        let Some(found) = self.setup.component(component) else { return Ok(()) };
        let utc = self.utc(now);
        let unknown = names.iter().find(|(code, name)| self.status(found, code, name, utc).is_none());
        unknown.map_or(Ok(()), |(code, name)| Err(format!("status {code} {name} of {component} is not known here")))
    }

    fn answer_alarm(&mut self, alarm: &Alarm, now: Now) -> Result<Option<Message>, String> {
        let component = self.setup.component(&alarm.component);
        let component = component.ok_or_else(|| format!("component {} is not known here", alarm.component))?;
        let kind = kind_of(&alarm.code, component);
        let kind = kind.ok_or_else(|| format!("{} has no alarm {}", alarm.component, alarm.code))?;
        let (name, utc) = (&alarm.component, self.utc(now));
        let said = match alarm.kind.to_ascii_lowercase().as_str() {
            "request" => Some(self.alarms.one(name, kind, utc)),
            "acknowledge" => self.alarms.acknowledge(name, kind, utc),
            "suspend" => self.alarms.suspend(name, kind, true, utc),
            "resume" => self.alarms.suspend(name, kind, false, utc),
            other => return Err(format!("alarms cannot be asked to \"{other}\"")),
        };
        Ok(said.map(Message::Alarm))
    }

    fn status_report(&self, component: &str, names: &[(String, String)], now: Now) -> StatusReport {
        let (utc, found) = (self.utc(now), self.setup.component(component));
        let value = |(code, name): &(String, String)| {
            let value = found.and_then(|c| self.status(c, code, name, utc));
            let quality = if value.is_some() { "recent" } else { "undefined" };
            StatusValue { code: code.clone(), name: name.clone(), value: value.unwrap_or(Value::Null), quality: quality.into() }
        };
        StatusReport {
            id: String::new(),
            component: component.to_owned(),
            at: utc.to_string(),
            values: names.iter().map(value).collect(),
        }
    }

    /// Reports what is subscribed to and due; without a connection it is kept.
    pub(super) fn report(&mut self, now: Now) {
        let utc = self.utc(now);
        let mut subscriptions = std::mem::take(&mut self.subscriptions);
        let due = subscriptions.due(now, |component, code, name| {
            self.setup.component(component).and_then(|c| self.status(c, code, name, utc)).unwrap_or(Value::Null)
        });
        self.subscriptions = subscriptions;
        for (component, names) in due {
            let report = self.status_report(&component, &names, now);
            self.tell(Message::StatusUpdate(report), now);
            if names.iter().any(|(code, _)| code == "S0033") {
                self.state.priorities.forget_ended();
            }
        }
    }
}
