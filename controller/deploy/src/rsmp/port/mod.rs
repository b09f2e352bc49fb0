//! The supervisor's end of RSMP as a [`Port`].

mod desk;
mod listener;
mod live;
mod reading;
mod report;
mod session;

pub use desk::{Coordination, Forecast, PriorityRequest};
pub use listener::{Heard, Listener};

use super::message::{Message, StatusName, StatusRequest, StatusSubscribe, Subscribed};
use super::versions::Core;
use crate::clock::Now;
use crate::port::{Device, Picture, Port, PortError};
use crate::safety::Held;
use crate::secret::Secret;
use crate::setting::{MOST_BANDS, Setting};
use model::signal::{SafePlan, Signal};
use reading::{read_picture, read_settings};
use session::{ANSWER_MS, Answer, Session};
use std::collections::BTreeMap;
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

/// A controller at the other end of a [`Wire`].
#[derive(Debug)]
pub struct RsmpPort<W> {
    session: Session<W>,
    main: String,
    signal: Signal,
    held: Held,
}

/// The statuses that hold what is set of plans.
const SETTINGS: [(&str, &str); 4] = [("S0022", "status"), ("S0023", "status"), ("S0024", "status"), ("S0028", "status")];

impl<W: Wire> RsmpPort<W> {
    /// A port to the controller of a signal that holds these plans; it connects when first used.
    pub fn new(wire: W, site: &str, main: &str, code: Secret, signal: Signal, held: Held, seed: u64) -> Self {
        Self { session: Session::new(wire, site, code, seed), main: main.into(), signal, held }
    }

    fn command(&mut self, code: &str, operation: &str, values: &[(&str, String)]) -> Result<(), PortError> {
        self.session.command(&self.main, code, operation, values)
    }

    fn statuses(&mut self, names: &[(&str, &str)]) -> Result<Answer, PortError> {
        self.session.statuses(&self.main, names)
    }

    fn held(&self, number: u8) -> Result<&SafePlan, PortError> {
        self.held.get(&number).ok_or_else(|| PortError::Answer(format!("does not know plan {number}")))
    }

    fn settings(&mut self) -> Result<BTreeMap<u8, Setting>, PortError> {
        read_settings(&self.statuses(&SETTINGS)?.values)
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

    fn subscribe(&mut self) -> Result<(), PortError> {
        self.session.connect()?;
        // Before core 3.1.5 nobody said whether a change counts.
        let on_change = self.session.core().is_none_or(Core::has_on_change).then_some(false);
        let wanted = Subscribed { code: "S0001".into(), name: "signalgroupstatus".into(), every_s: "1".into(), on_change };
        let request = StatusSubscribe { id: self.session.make_id(), component: self.main.clone(), wanted: vec![wanted] };
        self.session.reports.clear();
        self.session.ask(&Message::StatusSubscribe(request), None).map(drop)
    }

    fn unsubscribe(&mut self) -> Result<(), PortError> {
        let name = StatusName { code: "S0001".into(), name: "signalgroupstatus".into() };
        let request = StatusRequest { id: self.session.make_id(), component: self.main.clone(), names: vec![name] };
        self.session.ask(&Message::StatusUnsubscribe(request), None).map(drop)
    }
}

impl<W: Wire> Port for RsmpPort<W> {
    fn site(&self) -> &str {
        &self.session.site
    }

    fn read(&mut self) -> Result<Device, PortError> {
        let own = [("S0014", "status"), ("S0014", "source"), ("S0020", "controlmode"), ("S0097", "checksum")];
        let names: Vec<(&str, &str)> = own.into_iter().chain(SETTINGS).collect();
        let Answer { mut values, clock, skew_ms } = self.statuses(&names)?;
        if let Some(alarm) = self.session.alarm() {
            return Err(PortError::Alarm(alarm.clone()));
        }
        let mut take = |name: &str| values.remove(name).unwrap_or_default();
        let plan = take("S0014 status");
        let plan = plan.parse().map_err(|_| PortError::Answer(format!("names plan \"{plan}\"")))?;
        let (source, checksum) = (take("S0014 source"), take("S0097 checksum"));
        let in_control = take("S0020 controlmode").split(',').all(|mode| mode == "control");
        let settings = read_settings(&values)?;
        let is_own_choice = matches!(source.as_str(), "calendar_clock" | "startup");
        Ok(Device { clock, skew_ms, checksum, plan, source, is_own_choice, settings, in_control })
    }

    fn fit(&self, number: u8, plan: &SafePlan) -> Result<Setting, PortError> {
        Ok(Setting::of(self.held(number)?, plan)?)
    }

    fn stage(&mut self, number: u8, plan: &SafePlan) -> Result<(), PortError> {
        let setting = self.fit(number, plan)?;
        self.set(number, &setting)
    }

    fn restore(&mut self, number: u8, before: &Setting) -> Result<(), PortError> {
        before.apply(self.held(number)?, &self.signal)?;
        self.set(number, before)
    }

    fn select(&mut self, number: u8) -> Result<(), PortError> {
        self.command("M0002", "setPlan", &[("status", "True".into()), ("timeplan", number.to_string())])?;
        let answer = self.statuses(&[("S0014", "status")])?;
        let read = answer.values.into_values().next().unwrap_or_default();
        let wanted = number.to_string();
        if read == wanted { Ok(()) } else { Err(PortError::ReadBack { wanted, read }) }
    }

    fn unselect(&mut self, number: u8) -> Result<bool, PortError> {
        let (week, times) = self.calendar()?;
        let clock = self.statuses(&[("S0014", "status")])?.clock;
        if times.plan(&week, clock) != Some(number) {
            return Ok(false);
        }
        self.follow_calendar().map(|()| true)
    }

    fn watch(&mut self, look: &mut dyn FnMut(&Picture) -> bool) -> Result<(), PortError> {
        self.subscribe()?;
        let mut heard = self.session.wire.now();
        loop {
            while let Some(report) = self.session.reports.pop_front() {
                heard = self.session.wire.now();
                if let Some(picture) = read_picture(&report, self.signal.groups.len())?
                    && look(&picture)
                {
                    return self.unsubscribe();
                }
            }
            if let Some(alarm) = self.session.alarm() {
                return Err(PortError::Alarm(alarm.clone()));
            }
            if self.session.wire.now().link.since(heard.link) > ANSWER_MS {
                return Err(self.session.closed(&"no status in time"));
            }
            self.session.pump()?;
        }
    }
}
