//! The supervisor's end of RSMP as a [`Port`].

use super::link::{Event, Link, LinkSetup, Role};
use super::message::{
    Argument, CommandRequest, Message, MessageId, StatusName, StatusReport, StatusRequest, StatusSubscribe, Subscribed,
};
use super::versions::{Core, TLC_LIST};
use crate::clock::{Now, Utc};
use crate::port::{Device, Picture, Port, PortError};
use crate::safety::Held;
use crate::secret::Secret;
use crate::setting::{MOST_BANDS, Setting};
use model::signal::{SafePlan, Signal};
use std::collections::{BTreeMap, VecDeque};
use std::io;

/// A connection that a site has made, and the clocks to go with it. A silent one is no error; a closed one is.
pub trait Wire: Send {
    /// Waits for the site to dial, so many ms of the link's clock at most.
    ///
    /// # Errors
    /// When it did not.
    fn open(&mut self, wait_ms: u64) -> io::Result<()>;

    /// Sends bytes.
    ///
    /// # Errors
    /// When the connection is closed.
    fn send(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Bytes that have come; none when nothing came within so many ms of the link's clock.
    ///
    /// # Errors
    /// When the connection is closed.
    fn receive(&mut self, wait_ms: u64) -> io::Result<Vec<u8>>;

    /// Both clocks.
    fn now(&self) -> Now;
}

/// Longest time to an answer, in ms of the link.
const ANSWER_MS: u64 = 10_000;
/// Longest time for a site to dial and shake hands, in ms of the link.
const OPEN_MS: u64 = 20_000;
/// How long a single look at the wire waits, in ms.
const LOOK_MS: u64 = 200;
/// Reports that are kept until somebody looks at them.
const MOST_REPORTS: usize = 10_000;

/// A controller at the other end of a [`Wire`].
#[derive(Debug)]
pub struct RsmpPort<W> {
    wire: W,
    site: String,
    main: String,
    code: Secret,
    signal: Signal,
    held: Held,
    link: Option<Link>,
    sessions: u64,
    seed: u64,
    answers: VecDeque<Message>,
    reports: VecDeque<StatusReport>,
    taken: Vec<MessageId>,
    refused: Vec<(MessageId, String)>,
    alarm: Option<String>,
}

impl<W: Wire> RsmpPort<W> {
    /// A port to the controller of a signal that holds these plans; it connects when first used.
    pub fn new(wire: W, site: &str, main: &str, code: Secret, signal: Signal, held: Held, seed: u64) -> Self {
        Self {
            wire,
            site: site.into(),
            main: main.into(),
            code,
            signal,
            held,
            link: None,
            sessions: 0,
            seed,
            answers: VecDeque::new(),
            reports: VecDeque::new(),
            taken: Vec::new(),
            refused: Vec::new(),
            alarm: None,
        }
    }

    fn closed(&mut self, why: &dyn ToString) -> PortError {
        self.link = None;
        PortError::Link(why.to_string())
    }

    /// Connects and shakes hands, unless that has been done.
    fn connect(&mut self) -> Result<(), PortError> {
        if self.link.as_ref().is_some_and(Link::is_up) {
            return Ok(());
        }
        self.link = None;
        self.wire.open(OPEN_MS).map_err(|e| PortError::Link(e.to_string()))?;
        self.sessions += 1;
        let setup = LinkSetup {
            role: Role::Supervisor,
            site: "ampel".into(),
            cores: Core::ALL.to_vec(),
            sxl: TLC_LIST.into(),
            ack_timeout_ms: 30_000,
            watchdog_ms: 60_000,
            seed: self.seed.wrapping_add(self.sessions << 32),
        };
        let now = self.wire.now();
        self.link = Some(Link::new(setup, now));
        (self.answers, self.reports, self.alarm) = (VecDeque::new(), VecDeque::new(), None);
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
    fn pump(&mut self) -> Result<(), PortError> {
        self.flush()?;
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
                Event::Up { peer, .. } if peer != self.site => {
                    return Err(self.closed(&format!("site {peer} answers instead of {}", self.site)));
                }
                Event::Up { .. } => {}
                Event::Taken(id) => self.taken.push(id),
                Event::Refused { id, reason } => self.refused.push((id, reason)),
                Event::Message(message) => self.take(*message),
                Event::Down(why) => {
                    let _ = self.flush();
                    return Err(self.closed(&why));
                }
            }
        }
        self.flush()
    }

    fn flush(&mut self) -> Result<(), PortError> {
        let out = self.link.as_mut().map(Link::take_output).unwrap_or_default();
        if out.is_empty() {
            return Ok(());
        }
        self.wire.send(&out).map_err(|e| self.closed(&e))
    }

    fn take(&mut self, message: Message) {
        let (Some(link), Some(id)) = (&mut self.link, message.id()) else { return };
        match message {
            Message::AggregatedStatus(_) => link.acknowledge(id),
            Message::Alarm(ref alarm) => {
                link.acknowledge(id);
                let is_active = alarm.aSp == "Issue" && alarm.aS.as_deref() == Some("Active");
                if is_active && alarm.sS.as_deref() != Some("suspended") {
                    self.alarm = Some(format!("{} of {}", alarm.aCId, alarm.cId));
                }
            }
            Message::StatusResponse(_) | Message::CommandResponse(_) => {
                link.acknowledge(id);
                self.answers.push_back(message);
            }
            Message::StatusUpdate(report) => {
                link.acknowledge(&report.mId);
                if self.reports.len() < MOST_REPORTS {
                    self.reports.push_back(report);
                }
            }
            _ => link.refuse(id, "this message is not for a supervisor"),
        }
    }

    /// Sends a message and waits until it is taken and `found` has found an answer, `None` where none is to come.
    fn ask(&mut self, message: &Message, found: Option<&dyn Fn(&Message) -> bool>) -> Result<Option<Message>, PortError> {
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

    fn make_id(&mut self) -> MessageId {
        // What belongs to older requests is of no use any more.
        (self.taken, self.refused) = (Vec::new(), Vec::new());
        self.answers.clear();
        self.link.as_mut().map(Link::make_id).unwrap_or_default()
    }

    fn command(&mut self, code: &str, operation: &str, values: &[(&str, String)]) -> Result<(), PortError> {
        self.connect()?;
        let argument = |(n, v): (&str, &str)| Argument { cCI: code.into(), n: n.into(), cO: operation.into(), v: v.into() };
        let values = values.iter().map(|(n, v)| (*n, v.as_str())).chain([("securityCode", self.code.reveal())]);
        let arg = values.map(argument).collect();
        let (m_id, component) = (self.make_id(), self.main.clone());
        let request = CommandRequest { mId: m_id, ntsOId: String::new(), xNId: String::new(), cId: component, arg };
        let is_answer = |m: &Message| matches!(m, Message::CommandResponse(r) if r.rvs.iter().any(|v| v.cCI == code));
        let answer = self.ask(&Message::CommandRequest(request), Some(&is_answer))?;
        let Some(Message::CommandResponse(response)) = answer else { return Err(PortError::Answer("is missing".into())) };
        match response.rvs.iter().find(|v| v.age != "recent") {
            Some(value) => Err(PortError::Refused(format!("{code} {} is {}", value.n, value.age))),
            None => Ok(()),
        }
    }

    /// Values of statuses, and the controller's clock when it gave them.
    fn statuses(&mut self, names: &[(&str, &str)]) -> Result<(BTreeMap<String, String>, Utc, u64), PortError> {
        self.connect()?;
        let wanted: Vec<StatusName> = names.iter().map(|(s, n)| StatusName { sCI: (*s).into(), n: (*n).into() }).collect();
        let (m_id, component) = (self.make_id(), self.main.clone());
        let request = StatusRequest { mId: m_id, ntsOId: String::new(), xNId: String::new(), cId: component, sS: wanted.clone() };
        let same = |report: &StatusReport| {
            report.sS.len() == wanted.len() && report.sS.iter().all(|s| wanted.iter().any(|w| w.sCI == s.sCI && w.n == s.n))
        };
        let is_answer = |m: &Message| matches!(m, Message::StatusResponse(r) if same(r));
        let answer = self.ask(&Message::StatusRequest(request), Some(&is_answer))?;
        let Some(Message::StatusResponse(report)) = answer else { return Err(PortError::Answer("is missing".into())) };
        let clock: Utc = report.sTs.parse().map_err(|e| PortError::Answer(format!("has the time \"{}\", {e}", report.sTs)))?;
        let skew = clock.apart(self.wire.now().utc);
        let value = |s: super::message::StatusValue| {
            let text = s.s.as_str().filter(|_| s.q == "recent").map(str::to_owned);
            text.map(|t| (s.sCI.clone() + " " + &s.n, t)).ok_or_else(|| PortError::Answer(format!("has no {} {}", s.sCI, s.n)))
        };
        Ok((report.sS.into_iter().map(value).collect::<Result<_, _>>()?, clock, skew))
    }

    fn settings(&mut self) -> Result<BTreeMap<u8, Setting>, PortError> {
        let names = [("S0022", "status"), ("S0023", "status"), ("S0024", "status"), ("S0028", "status")];
        let (values, ..) = self.statuses(&names)?;
        read_settings(&values)
    }

    /// Sets a plan number, in an order in which every step has room, and reads it back.
    fn set(&mut self, number: u8, wanted: &Setting) -> Result<(), PortError> {
        let now = self.settings()?;
        let before = now.get(&number).ok_or_else(|| PortError::Answer(format!("does not know plan {number}")))?;
        let plan = || ("plan", number.to_string());
        let bands: Vec<u16> = (0..before.bands_s.len().max(wanted.bands_s.len()).min(MOST_BANDS))
            .map(|i| wanted.bands_s.get(i).copied().unwrap_or(0))
            .collect();
        let bands = bands.iter().enumerate().map(|(i, e)| format!("{}-{e}", i + 1)).collect::<Vec<_>>().join(",");
        let cycle = ("M0018", "setCycleTime", wanted.cycle_s.to_string());
        let bands = ("M0014", "setCommands", bands);
        let steps = if wanted.cycle_s >= before.cycle_s { [cycle, bands] } else { [bands, cycle] };
        for (code, operation, value) in steps.into_iter().chain([("M0015", "setOffset", wanted.offset_s.to_string())]) {
            if !value.is_empty() {
                self.command(code, operation, &[("status", value), plan()])?;
            }
        }
        let read = self.settings()?;
        match read.get(&number) {
            Some(setting) if setting.is_same(wanted) => Ok(()),
            other => Err(PortError::ReadBack { wanted: format!("{wanted:?}"), read: format!("{other:?}") }),
        }
    }
}

impl<W: Wire> Port for RsmpPort<W> {
    fn site(&self) -> &str {
        &self.site
    }

    fn read(&mut self) -> Result<Device, PortError> {
        let names = [
            ("S0014", "status"),
            ("S0014", "source"),
            ("S0020", "controlmode"),
            ("S0022", "status"),
            ("S0023", "status"),
            ("S0024", "status"),
            ("S0028", "status"),
            ("S0097", "checksum"),
        ];
        let (mut values, clock, skew_ms) = self.statuses(&names)?;
        if let Some(alarm) = &self.alarm {
            return Err(PortError::Alarm(alarm.clone()));
        }
        let mut take = |name: &str| values.remove(name).unwrap_or_default();
        let plan = take("S0014 status");
        let plan = plan.parse().map_err(|_| PortError::Answer(format!("names plan \"{plan}\"")))?;
        let (source, checksum) = (take("S0014 source"), take("S0097 checksum"));
        let in_control = take("S0020 controlmode").split(',').all(|mode| mode == "control");
        let settings = read_settings(&values)?;
        Ok(Device { clock, skew_ms, checksum, plan, source, settings, in_control })
    }

    fn fit(&self, number: u8, plan: &SafePlan) -> Result<Setting, PortError> {
        let held = self.held.get(&number).ok_or_else(|| PortError::Answer(format!("does not know plan {number}")))?;
        Ok(Setting::of(held, plan)?)
    }

    fn stage(&mut self, number: u8, plan: &SafePlan) -> Result<(), PortError> {
        let setting = self.fit(number, plan)?;
        self.set(number, &setting)
    }

    fn restore(&mut self, number: u8, before: &Setting) -> Result<(), PortError> {
        let held = self.held.get(&number).ok_or_else(|| PortError::Answer(format!("does not know plan {number}")))?;
        before.apply(held, &self.signal)?;
        self.set(number, before)
    }

    fn select(&mut self, number: u8) -> Result<(), PortError> {
        self.command("M0002", "setPlan", &[("status", "True".into()), ("timeplan", number.to_string())])?;
        let (values, ..) = self.statuses(&[("S0014", "status")])?;
        let read = values.into_values().next().unwrap_or_default();
        let wanted = number.to_string();
        if read == wanted { Ok(()) } else { Err(PortError::ReadBack { wanted, read }) }
    }

    fn watch(&mut self, look: &mut dyn FnMut(&Picture) -> bool) -> Result<(), PortError> {
        self.connect()?;
        let (m_id, component) = (self.make_id(), self.main.clone());
        let wanted = Subscribed { sCI: "S0001".into(), n: "signalgroupstatus".into(), uRt: "1".into(), sOc: false };
        let (ntso, xn) = (String::new(), String::new());
        let request = StatusSubscribe { mId: m_id, ntsOId: ntso, xNId: xn, cId: component.clone(), sS: vec![wanted] };
        self.reports.clear();
        self.ask(&Message::StatusSubscribe(request), None)?;
        let mut heard = self.wire.now();
        loop {
            while let Some(report) = self.reports.pop_front() {
                heard = self.wire.now();
                if let Some(picture) = read_picture(&report, self.signal.groups.len())?
                    && look(&picture)
                {
                    return self.unsubscribe(component);
                }
            }
            if let Some(alarm) = &self.alarm {
                return Err(PortError::Alarm(alarm.clone()));
            }
            if self.wire.now().link.since(heard.link) > ANSWER_MS {
                return Err(self.closed(&"no status in time"));
            }
            self.pump()?;
        }
    }
}

impl<W: Wire> RsmpPort<W> {
    fn unsubscribe(&mut self, component: String) -> Result<(), PortError> {
        let name = StatusName { sCI: "S0001".into(), n: "signalgroupstatus".into() };
        let (m_id, ntso, xn) = (self.make_id(), String::new(), String::new());
        let request = StatusRequest { mId: m_id, ntsOId: ntso, xNId: xn, cId: component, sS: vec![name] };
        self.ask(&Message::StatusUnsubscribe(request), None).map(drop)
    }
}

/// What a report of S0001 shows; `None` when it is about something else, or from a time without a connection.
fn read_picture(report: &StatusReport, groups: usize) -> Result<Option<Picture>, PortError> {
    let found = report.sS.iter().find(|s| s.sCI == "S0001" && s.n == "signalgroupstatus" && s.q == "recent");
    let Some(text) = found.and_then(|s| s.s.as_str()) else { return Ok(None) };
    let at = report.sTs.parse().map_err(|e| PortError::Answer(format!("has the time \"{}\", {e}", report.sTs)))?;
    // Source: TLC 1.2.1, S0001: 1 to 9 are kinds of green, 0 is red-amber.
    let greens: Vec<bool> = text.bytes().map(|c| matches!(c, b'1'..=b'9')).collect();
    if greens.len() != groups {
        return Err(PortError::Answer(format!("shows {} groups, the signal has {groups}", greens.len())));
    }
    Ok(Some(Picture { at, greens }))
}

/// What is set of each plan, from lists of plans, bands, offsets and cycles.
fn read_settings(values: &BTreeMap<String, String>) -> Result<BTreeMap<u8, Setting>, PortError> {
    let numbers = |name: &str, count: usize| -> Result<Vec<Vec<u16>>, PortError> {
        let text = values.get(name).map_or("", String::as_str);
        let fault = || PortError::Answer(format!("has \"{text}\" as {name}"));
        let entry = |entry: &str| {
            let parts: Option<Vec<u16>> = entry.split('-').map(|n| n.parse().ok()).collect();
            parts.filter(|p| p.len() == count).ok_or_else(fault)
        };
        text.split(',').filter(|e| !e.is_empty()).map(entry).collect()
    };
    let mut settings: BTreeMap<u8, Setting> = BTreeMap::new();
    for plan in numbers("S0022 status", 1)? {
        let number = u8::try_from(plan[0]).map_err(|_| PortError::Answer(format!("names plan {}", plan[0])))?;
        settings.insert(number, Setting { cycle_s: 0, offset_s: 0, bands_s: Vec::new() });
    }
    let mut at = |number: u16, change: &dyn Fn(&mut Setting)| {
        if let Some(setting) = u8::try_from(number).ok().and_then(|n| settings.get_mut(&n)) {
            change(setting);
        }
    };
    for cycle in numbers("S0028 status", 2)? {
        at(cycle[0], &|s| s.cycle_s = cycle[1]);
    }
    for offset in numbers("S0024 status", 2)? {
        at(offset[0], &|s| s.offset_s = offset[1]);
    }
    for band in numbers("S0023 status", 3)? {
        let place = usize::from(band[1]);
        if !(1..=MOST_BANDS).contains(&place) {
            return Err(PortError::Answer(format!("names band {place}")));
        }
        at(band[0], &|s| {
            s.bands_s.resize(s.bands_s.len().max(place), 0);
            s.bands_s[place - 1] = band[2];
        });
    }
    Ok(settings)
}
