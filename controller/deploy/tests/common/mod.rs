//! A controller at the end of a wire without a network, with a proxy in between that spoils what it is told to.

#![allow(dead_code, reason = "each test uses its part of it")]
#![allow(missing_docs, unreachable_pub, reason = "helpers of tests")]

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
pub const BEGIN: Utc = Utc(1_795_766_400_000);

/// Which way a frame goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    ToSite,
    ToSupervisor,
}

/// What becomes of a frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
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
pub struct Street {
    pub tlc: Tlc,
    pub now: Now,
    pub frames: Vec<(Way, Vec<u8>)>,
    pub proxy: Proxy,
    /// Whether the site may dial.
    pub is_there: bool,
    is_open: bool,
    is_deaf: bool,
    waiting: Vec<u8>,
    to_site: Vec<u8>,
    to_supervisor: Vec<u8>,
}

impl Street {
    pub fn new(setup: TlcSetup, seed: u64) -> Self {
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

    /// Time passes without anybody at the other end.
    pub fn live(&mut self, ms: u64) {
        for _ in 0..ms / 200 {
            self.pass(200);
        }
    }

    fn pass(&mut self, ms: u64) {
        self.now.link.0 += ms;
        self.now.utc.0 += ms;
        let bytes = std::mem::take(&mut self.to_site);
        if self.tlc.drive(&bytes, self.now).is_some() || self.tlc.take_restart() {
            self.close();
        }
        let out = self.tlc.take_output();
        self.carry(Way::ToSupervisor, &out);
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
pub struct Lane(pub Arc<Mutex<Street>>);

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
        if !street.is_open {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(std::mem::take(&mut street.to_supervisor))
    }

    fn now(&self) -> Now {
        self.0.lock().unwrap().now
    }
}

/// A signal, what its controller holds, and a plan that can be made of it.
pub fn signal_and_plans(offset_s: u16) -> (Signal, Held, SafePlan) {
    let scenario = Grid::default().scenario();
    let signal = scenario.signals.iter().next().unwrap().clone();
    let plan = scenario.plan(None).unwrap().plans.iter().next().unwrap().clone();
    let held = Held::from([(1, plan.clone()), (2, plan.clone())]);
    let setting = Setting { cycle_s: plan.cycle().0 + 9, offset_s, bands_s: vec![4, 5] };
    (signal.clone(), held, setting.apply(&plan, &signal).unwrap())
}

pub type Toy = Station<RsmpPort<Lane>>;

/// A controller that has been running for five minutes, and what it is to run.
pub fn station(name: &str, offset_s: u16) -> (Toy, Arc<Mutex<Street>>) {
    station_like(name, offset_s, |_| {})
}

/// One that differs in something.
pub fn station_like(name: &str, offset_s: u16, change: impl FnOnce(&mut TlcSetup)) -> (Toy, Arc<Mutex<Street>>) {
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
pub fn demands() -> Demands {
    Demands { interval_s: 0, cycles: 1, ..Demands::default() }
}

pub fn clock() -> Utc {
    BEGIN
}

/// A supervisor that speaks by hand.
pub struct Session {
    lane: Lane,
    link: Link,
}

impl Session {
    pub fn new(street: Arc<Mutex<Street>>) -> Self {
        Self::speaking(street, Core::ALL.to_vec())
    }

    /// With these versions of the core.
    pub fn speaking(street: Arc<Mutex<Street>>, cores: Vec<Core>) -> Self {
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
        let mut session = Self { lane, link };
        while !session.link.is_up() {
            session.pump();
        }
        session
    }

    fn pump(&mut self) -> Vec<Event> {
        let out = self.link.take_output();
        self.lane.send(&out).unwrap();
        let bytes = self.lane.receive(200).unwrap();
        let now = self.lane.now();
        self.link.receive(&bytes, now);
        self.link.pass(now);
        let events: Vec<Event> = std::iter::from_fn(|| self.link.next_event()).collect();
        for event in &events {
            if let Event::Message(message) = event {
                self.link.acknowledge(message.id().unwrap());
            }
        }
        events
    }

    /// What all signals show, second by second, while the connection is kept.
    pub fn live(&mut self, seconds: u32) -> Vec<String> {
        let second = |session: &mut Self| {
            (0..5).for_each(|_| drop(session.pump()));
            session.lane.0.lock().unwrap().tlc.picture()
        };
        (0..seconds).map(|_| second(self)).collect()
    }

    pub fn core(&self) -> Option<Core> {
        self.link.core()
    }

    pub fn frames(&self) -> Vec<(Way, Vec<u8>)> {
        self.lane.0.lock().unwrap().frames.clone()
    }

    /// Asks for a message, and waits for the answer or the reason of a refusal.
    pub fn ask(&mut self, mut body: Value) -> Result<Value, String> {
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

    pub fn status(&mut self, component: &str, code: &str, names: &[String]) -> Value {
        let list: Vec<Value> = names.iter().map(|n| json!({ "sCI": code, "n": n })).collect();
        self.ask(json!({ "type": "StatusRequest", "cId": component, "sS": list })).unwrap()
    }

    pub fn command(&mut self, component: &str, code: &str, operation: &str, values: &[(&str, &str)]) -> Result<Value, String> {
        let values: Vec<(&str, Value)> = values.iter().map(|(n, v)| (*n, (*v).into())).collect();
        self.command_of(component, code, operation, &values)
    }

    pub fn command_of(
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
pub fn first_group() -> String {
    signal_and_plans(0).0.groups.iter().next().unwrap().name.clone()
}
