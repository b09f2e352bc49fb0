//! A controller at the end of a wire without a network, with a proxy in between that spoils what it is told to.

use deploy::clock::{Millis, Now, Utc};
use deploy::rollout::{Demands, Station};
use deploy::rsmp::message::Message;
use deploy::rsmp::{Core, Event, Link, LinkSetup, Role, RsmpPort, Wire};
use deploy::safety::{Held, checksum};
use deploy::tlc::{Tlc, TlcSetup};
use deploy::{Secret, Setting};
use model::signal::{SafePlan, Signal};
use model::toy::Grid;
use serde_json::{Value, json};
use std::io;
use std::sync::{Arc, Mutex};

/// A Friday morning.
pub(crate) const BEGIN: Utc = Utc(1_795_766_400_000);

/// Which way a frame goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    ToSite,
    ToSupervisor,
}

/// What becomes of a frame.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fate {
    Passes,
    /// Nothing is said, and nothing comes.
    IsLost,
    /// It arrives, and then the connection is closed.
    CutsAfter,
    /// The connection is closed, and it does not arrive.
    CutsBefore,
    ComesTwice,
    /// It comes behind the next one.
    Waits,
    /// Something else comes.
    Becomes(Vec<u8>),
    /// Nothing passes any more, either way, and nobody is told.
    HalfOpens,
}

type Proxy = Box<dyn FnMut(Way, usize, &[u8]) -> Fate + Send>;

/// The controller and what goes over the wire, to be looked at from outside.
pub(crate) struct Street {
    pub(crate) tlc: Tlc,
    pub(crate) now: Now,
    pub(crate) frames: Vec<(Way, Vec<u8>)>,
    pub(crate) proxy: Proxy,
    /// Whether the site may dial.
    pub(crate) is_there: bool,
    is_open: bool,
    is_deaf: bool,
    waiting: Vec<u8>,
    to_site: Vec<u8>,
    to_supervisor: Vec<u8>,
}

impl Street {
    pub(crate) fn new(setup: TlcSetup, seed: u64) -> Self {
        let now = Now { link: Millis(0), utc: BEGIN };
        let mut street = Self {
            tlc: Tlc::new(setup, seed, now).unwrap(),
            now,
            frames: Vec::new(),
            proxy: Box::new(|_, _, _| Fate::Passes),
            is_there: true,
            is_open: false,
            is_deaf: false,
            waiting: Vec::new(),
            to_site: Vec::new(),
            to_supervisor: Vec::new(),
        };
        street.live(300_000);
        street
    }

    /// The connection is lost.
    pub(crate) fn cut(&mut self) {
        self.close();
    }

    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Time passes without anybody at the other end.
    pub(crate) fn live(&mut self, ms: u64) {
        for _ in 0..ms / 200 {
            self.pass(200);
        }
    }

    fn pass(&mut self, ms: u64) {
        self.now.link.0 += ms;
        self.now.utc.0 += ms;
        let bytes = std::mem::take(&mut self.to_site);
        if self.tlc.drive(&bytes, self.now).is_some() {
            self.close();
        }
        let out = self.tlc.take_output();
        self.carry(Way::ToSupervisor, &out);
        if self.tlc.take_restart() {
            // What was said before arrives.
            let said = std::mem::take(&mut self.to_supervisor);
            self.close();
            self.to_supervisor = said;
        }
    }

    fn close(&mut self) {
        self.is_open = false;
        (self.to_site, self.to_supervisor, self.waiting) = (Vec::new(), Vec::new(), Vec::new());
        self.tlc.disconnected();
    }

    fn carry(&mut self, way: Way, bytes: &[u8]) {
        for frame in bytes.split_inclusive(|&b| b == 0x0C) {
            if !self.is_open || self.is_deaf {
                return;
            }
            let fate = (self.proxy)(way, self.frames.len(), frame);
            self.frames.push((way, frame.to_vec()));
            let mut arrives = match &fate {
                Fate::Passes | Fate::CutsAfter => frame.to_vec(),
                Fate::ComesTwice => [frame, frame].concat(),
                Fate::Becomes(other) => other.clone(),
                Fate::IsLost | Fate::CutsBefore | Fate::HalfOpens => Vec::new(),
                Fate::Waits => {
                    self.waiting = frame.to_vec();
                    continue;
                }
            };
            arrives.extend(std::mem::take(&mut self.waiting));
            match way {
                Way::ToSite => self.to_site.extend(arrives),
                Way::ToSupervisor => self.to_supervisor.extend(arrives),
            }
            match fate {
                Fate::CutsAfter => {
                    let bytes = std::mem::take(&mut self.to_site);
                    self.tlc.drive(&bytes, self.now);
                    self.close();
                }
                Fate::CutsBefore => self.close(),
                Fate::HalfOpens => self.is_deaf = true,
                _ => {}
            }
        }
    }
}

/// The supervisor's end of the wire.
#[derive(Clone)]
pub(crate) struct Lane(pub(crate) Arc<Mutex<Street>>);

impl Wire for Lane {
    fn open(&mut self, wait_ms: u64) -> io::Result<()> {
        let mut street = self.0.lock().unwrap();
        street.close();
        if !street.is_there {
            street.live(wait_ms);
            return Err(io::Error::new(io::ErrorKind::TimedOut, "nobody dials"));
        }
        (street.is_open, street.is_deaf) = (true, false);
        let now = street.now;
        street.tlc.connected(now);
        Ok(())
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut street = self.0.lock().unwrap();
        if !street.is_open {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        street.carry(Way::ToSite, bytes);
        Ok(())
    }

    fn receive(&mut self, wait_ms: u64) -> io::Result<Vec<u8>> {
        let mut street = self.0.lock().unwrap();
        street.pass(wait_ms.clamp(1, 200));
        if !street.is_open && street.to_supervisor.is_empty() {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(std::mem::take(&mut street.to_supervisor))
    }

    fn now(&self) -> Now {
        self.0.lock().unwrap().now
    }
}

/// A signal, what its controller holds, and a plan that can be made of it.
pub(crate) fn signal_and_plans(offset_s: u16) -> (Signal, Held, SafePlan) {
    let scenario = Grid::default().scenario();
    let signal = scenario.signals.iter().next().unwrap().clone();
    let plan = scenario.plan(None).unwrap().plans.iter().next().unwrap().clone();
    let held = Held::from([(1, plan.clone()), (2, plan.clone())]);
    let setting = Setting { cycle_s: plan.cycle().0 + 9, offset_s, bands_s: vec![4, 5] };
    (signal.clone(), held, setting.apply(&plan, &signal).unwrap())
}

pub(crate) type Toy = Station<RsmpPort<Lane>>;

/// A controller that has been running for five minutes, and what it is to run.
pub(crate) fn station(name: &str, offset_s: u16) -> (Toy, Arc<Mutex<Street>>) {
    station_like(name, offset_s, |_| {})
}

/// One that differs in something.
pub(crate) fn station_like(name: &str, offset_s: u16, change: impl FnOnce(&mut TlcSetup)) -> (Toy, Arc<Mutex<Street>>) {
    let (signal, held, plan) = signal_and_plans(offset_s);
    let mut setup = TlcSetup::of_signal(&signal, held.clone(), [Secret::new("1111"), Secret::new("2222")]);
    setup.site = name.into();
    setup.detectors = vec!["DL1".into(), "DL2".into()];
    change(&mut setup);
    let seed = u64::from(name.bytes().map(u32::from).sum::<u32>());
    let street = Arc::new(Mutex::new(Street::new(setup, seed)));
    let approved = checksum(&signal, &held);
    let port = RsmpPort::new(Lane(Arc::clone(&street)), name, "TC", Secret::new("2222"), signal, held, seed + 1000);
    (Station { port, plan, numbers: vec![1, 2], checksum: approved }, street)
}

/// What tests ask of a rollout: rollouts follow each other at once.
pub(crate) fn demands() -> Demands {
    Demands { interval_s: 0, cycles: 1, ..Demands::default() }
}

pub(crate) fn clock() -> Utc {
    BEGIN
}

/// A supervisor that speaks by hand.
pub(crate) struct Session {
    lane: Lane,
    link: Link,
    /// Everything that the site has said of itself, oldest first.
    pub(crate) heard: Vec<Value>,
}

impl Session {
    pub(crate) fn new(street: Arc<Mutex<Street>>) -> Self {
        Self::speaking(street, Core::ALL.to_vec())
    }

    /// With these versions of the core.
    pub(crate) fn speaking(street: Arc<Mutex<Street>>, cores: Vec<Core>) -> Self {
        let mut lane = Lane(street);
        lane.open(0).unwrap();
        let setup = LinkSetup {
            role: Role::Supervisor,
            id: "hand".into(),
            cores,
            list: String::new(),
            components: Vec::new(),
            ack_timeout_ms: 30_000,
            watchdog_ms: 60_000,
            seed: 77,
        };
        let link = Link::new(setup, lane.now());
        let mut session = Self { lane, link, heard: Vec::new() };
        while !session.link.is_up() {
            session.pump();
        }
        session
    }

    fn pump(&mut self) -> Vec<Event> {
        let out = self.link.take_output();
        // Without a connection nothing comes, which whoever waits for an answer notices.
        let _ = self.lane.send(&out);
        let bytes = self.lane.receive(200).unwrap_or_default();
        let now = self.lane.now();
        self.link.receive(&bytes, now);
        self.link.pass(now);
        let events: Vec<Event> = std::iter::from_fn(|| self.link.next_event()).collect();
        for event in &events {
            if let Event::Message(message) = event {
                self.link.acknowledge(message.id().unwrap());
                self.heard.push(serde_json::to_value(message).unwrap());
            }
        }
        events
    }

    /// What all signals show, second by second, while the connection is kept.
    pub(crate) fn live(&mut self, seconds: u32) -> Vec<String> {
        let second = |session: &mut Self| {
            (0..5).for_each(|_| drop(session.pump()));
            session.lane.0.lock().unwrap().tlc.picture()
        };
        (0..seconds).map(|_| second(self)).collect()
    }

    pub(crate) fn core(&self) -> Option<Core> {
        self.link.core()
    }

    pub(crate) fn frames(&self) -> Vec<(Way, Vec<u8>)> {
        self.lane.0.lock().unwrap().frames.clone()
    }

    /// Asks for a message, and waits for the answer or the reason of a refusal.
    pub(crate) fn ask(&mut self, mut body: Value) -> Result<Value, String> {
        body["mType"] = "rSMsg".into();
        body["mId"] = self.link.make_id().into();
        let message = Message::parse(body.to_string().as_bytes()).unwrap();
        let now = self.lane.now();
        self.link.send(&message, now);
        for _ in 0..100 {
            for event in self.pump() {
                match event {
                    Event::Refused { reason, .. } => return Err(reason),
                    Event::Message(m) if matches!(*m, Message::StatusResponse(_) | Message::CommandResponse(_)) => {
                        return Ok(serde_json::to_value(m).unwrap());
                    }
                    _ => {}
                }
            }
        }
        Err("no answer".into())
    }

    /// Tells something to which no answer comes, and waits until it is taken or refused.
    pub(crate) fn tell(&mut self, mut body: Value) -> Result<(), String> {
        let id = self.link.make_id();
        body["mType"] = "rSMsg".into();
        body["mId"] = id.clone().into();
        let message = Message::parse(body.to_string().as_bytes()).unwrap();
        self.link.send(&message, self.lane.now());
        for _ in 0..100 {
            for event in self.pump() {
                match event {
                    Event::Refused { id: of, reason } if of == id => return Err(reason),
                    Event::Taken(of) if of == id => return Ok(()),
                    _ => {}
                }
            }
        }
        Err("no answer".into())
    }

    /// Wants a status again and again.
    pub(crate) fn subscribe(&mut self, component: &str, code: &str, name: &str, every_s: &str) -> Result<(), String> {
        let wanted = json!([{ "sCI": code, "n": name, "uRt": every_s, "sOc": true }]);
        self.tell(json!({ "type": "StatusSubscribe", "cId": component, "sS": wanted }))
    }

    /// Says something about an alarm.
    pub(crate) fn alarm(&mut self, component: &str, code: &str, kind: &str) -> Result<(), String> {
        self.tell(json!({ "type": "Alarm", "cId": component, "aCId": code, "xACId": "", "aSp": kind }))
    }

    /// A value of the controller itself.
    pub(crate) fn value(&mut self, code: &str, name: &str) -> String {
        let answer = self.status("TC", code, &[name.to_owned()]);
        let value = &answer["sS"][0]["s"];
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    }

    /// Gives a command to the controller itself, with the code of level 2.
    pub(crate) fn order(&mut self, code: &str, operation: &str, values: &[(&str, &str)]) -> Result<Value, String> {
        self.command("TC", code, operation, &[values, &[("securityCode", "2222")]].concat())
    }

    /// What has been heard of a kind.
    pub(crate) fn heard_of(&self, kind: &str) -> Vec<Value> {
        self.heard.iter().filter(|m| m["type"] == kind).cloned().collect()
    }

    pub(crate) fn status(&mut self, component: &str, code: &str, names: &[String]) -> Value {
        let list: Vec<Value> = names.iter().map(|n| json!({ "sCI": code, "n": n })).collect();
        self.ask(json!({ "type": "StatusRequest", "cId": component, "sS": list })).unwrap()
    }

    pub(crate) fn command(
        &mut self,
        component: &str,
        code: &str,
        operation: &str,
        values: &[(&str, &str)],
    ) -> Result<Value, String> {
        let values: Vec<(&str, Value)> = values.iter().map(|(n, v)| (*n, (*v).into())).collect();
        self.command_of(component, code, operation, &values)
    }

    pub(crate) fn command_of(
        &mut self,
        component: &str,
        code: &str,
        operation: &str,
        values: &[(&str, Value)],
    ) -> Result<Value, String> {
        let argument = |(n, v): &(&str, Value)| json!({ "cCI": code, "cO": operation, "n": n, "v": v });
        let list: Vec<Value> = values.iter().map(argument).collect();
        self.ask(json!({ "type": "CommandRequest", "cId": component, "arg": list }))
    }
}

/// The name of the first signal group.
pub(crate) fn first_group() -> String {
    signal_and_plans(0).0.groups.iter().next().unwrap().name.clone()
}
