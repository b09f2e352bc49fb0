//! What a virtual controller does when told to. Source of codes and meanings: TLC 1.2.1 and 1.3.0.

use super::answers::Component;
use super::arguments::{Arguments, short};
use super::io::{Bits, Detectors, blocks};
use super::priority::{Asked, Moment, Priorities};
use super::program::Position;
use super::{Tlc, TlcSetup};
use crate::clock::{Now, Utc};
use crate::rsmp::message::Argument;
use crate::rsmp::tables::{TimeTables, WeekTable};
use crate::secret::Secret;
use model::id::GroupId;

/// What commands change, beside signals and plans.
#[derive(Debug)]
pub(super) struct State {
    pub(super) codes: [Secret; 2],
    /// The traffic situation, and who ordered it.
    pub(super) situation: (u8, &'static str),
    /// Who ordered the functional position, and when it goes back to normal.
    pub(super) position_source: &'static str,
    pub(super) back_at: Option<Utc>,
    /// Whether fixed time is ordered, and by whom.
    pub(super) fixed_time: (bool, &'static str),
    /// Minutes without a supervisor until bands are dropped; 0 is never.
    pub(super) band_timeout: u16,
    pub(super) week: WeekTable,
    pub(super) times: TimeTables,
    pub(super) sensitivity: String,
    /// Emergency routes in the order in which they were ordered.
    pub(super) routes: Vec<u8>,
    pub(super) inputs: Bits,
    pub(super) outputs: Bits,
    pub(super) detectors: Detectors,
    pub(super) priorities: Priorities,
    /// Groups that are ordered to green or to red.
    pub(super) groups: Vec<Option<bool>>,
    /// What was set of the clock, in ms.
    pub(super) clock_shift: i64,
}

impl State {
    pub(super) fn new(setup: &TlcSetup, now: Utc) -> Self {
        Self {
            codes: setup.codes.clone(),
            situation: (1, "startup"),
            position_source: "startup",
            back_at: None,
            fixed_time: (false, "startup"),
            band_timeout: 0,
            week: WeekTable::default(),
            times: TimeTables::default(),
            sensitivity: String::new(),
            routes: Vec::new(),
            inputs: Bits::new(setup.inputs),
            outputs: Bits::new(setup.inputs),
            detectors: Detectors::new(setup.detectors.len(), now),
            priorities: Priorities::default(),
            groups: vec![None; setup.groups.len()],
            clock_shift: 0,
        }
    }
}

impl Tlc {
    /// Carries out a command; the error is why it is refused. What is well formed and cannot be had changes nothing: the
    /// answer repeats what was asked, and reading back tells the truth.
    pub(super) fn command(&mut self, component: Component, arguments: &[Argument], now: Now) -> Result<(), String> {
        let a = Arguments::read(self.setup.list, arguments)?;
        if let Some((level, code)) = a.security()?
            && code != self.state.codes[level - 1].reveal()
        {
            return Err("the security code is wrong".into());
        }
        match (component, a.code()) {
            (Component::Group(group), "M0010") => {
                let order = a.flag("status")?.then_some(true);
                self.order_groups(&[(group, order)]);
                Ok(())
            }
            (Component::Group(group), "M0011") => {
                let order = a.flag("status")?.then_some(false);
                self.order_groups(&[(group, order)]);
                Ok(())
            }
            (Component::Detector(place), "M0008") => {
                let forced = if a.flag("status")? { Some(a.flag("mode")?) } else { None };
                let for_ms = a.optional("duration", 0, 86_400_000)?.unwrap_or(0);
                self.state.detectors.force(place, forced, for_ms, now.utc);
                Ok(())
            }
            (Component::Main, code) if !matches!(code, "M0008" | "M0010" | "M0011") => self.main_command(&a, now),
            (_, code) => Err(format!("{code} is no command of this component")),
        }
    }

    fn main_command(&mut self, a: &Arguments<'_>, now: Now) -> Result<(), String> {
        match a.code() {
            "M0001" => self.set_position(a, now),
            "M0002" => self.set_plan(a, now),
            "M0003" => self.set_situation(a),
            "M0004" => {
                if a.flag("status")? {
                    self.restart(now);
                }
                Ok(())
            }
            "M0005" => self.set_route(a),
            "M0007" => a.flag("status").map(|on| self.state.fixed_time = (on, "forced")),
            "M0012" => self.set_groups(a),
            "M0014" | "M0015" | "M0018" => self.set_plan_value(a),
            "M0016" | "M0017" => self.set_tables(a),
            "M0021" => a.text("status").map(|t| self.state.sensitivity = t.chars().take(1024).collect()),
            "M0022" => self.set_priority(a, now),
            "M0023" => a.number("status", 0, 65_535).map(|s| self.state.band_timeout = s),
            "M0024" => {
                if a.flag("status")? {
                    self.clear_alarms(now);
                }
                Ok(())
            }
            "M0103" => self.set_code(a),
            "M0104" => self.set_clock(a, now),
            _ => self.set_io(a),
        }
    }

    fn set_position(&mut self, a: &Arguments<'_>, now: Now) -> Result<(), String> {
        let minutes: u64 = a.optional("timeout", 0, 1440)?.unwrap_or(0);
        let _: Option<u8> = a.optional("intersection", 0, 255)?;
        let position = match a.text("status")? {
            "NormalControl" => Position::Normal,
            "YellowFlash" => Position::YellowFlash,
            "Dark" => Position::Dark,
            other => return Err(format!("functional position \"{}\" is not known", short(other))),
        };
        self.program.set_position(position);
        self.state.position_source = "forced";
        let back_at = Utc(now.utc.0 + 60_000 * minutes);
        self.state.back_at = (minutes > 0 && position != Position::Normal).then_some(back_at);
        Ok(())
    }

    fn set_plan(&mut self, a: &Arguments<'_>, now: Now) -> Result<(), String> {
        let (forced, wanted): (bool, u8) = (a.flag("status")?, a.number("timeplan", 1, 255)?);
        if !forced {
            self.follow_calendar(now);
            return Ok(());
        }
        if !self.program.holds(wanted) {
            return Err(format!("plan {wanted} is not held here"));
        }
        self.program.select(wanted, "forced");
        Ok(())
    }

    fn set_situation(&mut self, a: &Arguments<'_>) -> Result<(), String> {
        let situation = a.number("traficsituation", 1, 255)?;
        if situation > self.setup.situations {
            return Err(format!("traffic situation {situation}, there are {}", self.setup.situations));
        }
        self.state.situation = if a.flag("status")? { (situation, "forced") } else { (1, "calendar_clock") };
        Ok(())
    }

    fn set_plan_value(&mut self, a: &Arguments<'_>) -> Result<(), String> {
        let number = self.program.number(a.number("plan", 0, 255)?);
        if !self.program.holds(number) {
            return Err(format!("plan {number} is not held here"));
        }
        match a.code() {
            "M0015" => {
                let offset: u16 = a.number("status", 0, 255)?;
                self.program.set(number, |s| s.offset_s = offset % s.cycle_s.max(1));
            }
            "M0018" => {
                let cycle: u16 = a.number("status", 1, 255)?;
                self.program.set(number, |s| {
                    s.cycle_s = cycle;
                    s.offset_s %= cycle;
                });
            }
            _ => {
                let bands = bands(a.text("status")?)?;
                self.program.set(number, |s| {
                    for (band, seconds) in bands {
                        s.bands_s.resize(s.bands_s.len().max(band), 0);
                        s.bands_s[band - 1] = seconds;
                    }
                });
            }
        }
        Ok(())
    }

    fn set_tables(&mut self, a: &Arguments<'_>) -> Result<(), String> {
        let text = a.text("status")?;
        if text.len() > 16_384 {
            return Err("a table of more than 16384 characters".into());
        }
        if a.code() == "M0016" {
            self.state.week = text.parse().map_err(|e: crate::rsmp::tables::TableFault| e.to_string())?;
        } else {
            self.state.times = text.parse().map_err(|e: crate::rsmp::tables::TableFault| e.to_string())?;
        }
        self.calendar_looked_at = None;
        Ok(())
    }

    fn set_route(&mut self, a: &Arguments<'_>) -> Result<(), String> {
        let (on, route): (bool, u8) = (a.flag("status")?, a.number("emergencyroute", 1, 255)?);
        if !self.setup.emergency_routes.contains_key(&route) {
            return Err(format!("emergency route {route} is not known here"));
        }
        if !on {
            self.state.routes.retain(|r| *r != route);
        } else if !self.state.routes.contains(&route) {
            self.state.routes.push(route);
        }
        Ok(())
    }

    fn set_groups(&mut self, a: &Arguments<'_>) -> Result<(), String> {
        let changes = blocks(a.text("status")?, self.setup.groups.len())?;
        let ids: Vec<GroupId> = self.program.signal.groups.ids().collect();
        let orders: Vec<(GroupId, Option<bool>)> = changes.into_iter().map(|(place, on)| (ids[place], Some(on))).collect();
        self.order_groups(&orders);
        Ok(())
    }

    fn order_groups(&mut self, orders: &[(GroupId, Option<bool>)]) {
        for (group, order) in orders {
            self.state.groups[group.0 as usize] = *order;
        }
    }

    fn set_io(&mut self, a: &Arguments<'_>) -> Result<(), String> {
        let state = &mut self.state;
        let count = state.inputs.len();
        let place = |name: &str| -> Result<usize, String> {
            let number: usize = a.number(name, 1, 255)?;
            Some(number - 1).filter(|place| *place < count).ok_or_else(|| format!("{name} {number}, there are {count}"))
        };
        match a.code() {
            "M0006" => state.inputs.set(place("input")?, a.flag("status")?),
            "M0013" => {
                for (place, on) in blocks(a.text("status")?, count)? {
                    state.inputs.set(place, on);
                }
            }
            "M0019" => {
                let (place, value) = (place("input")?, a.flag("inputValue")?);
                state.inputs.force(place, a.flag("status")?.then_some(value));
            }
            _ => {
                let (place, value) = (place("output")?, a.flag("outputValue")?);
                state.outputs.force(place, a.flag("status")?.then_some(value));
            }
        }
        Ok(())
    }

    fn set_priority(&mut self, a: &Arguments<'_>, now: Now) -> Result<(), String> {
        let (id, level) = (a.text("requestId")?, a.optional("level", 0, 14)?);
        let _: Option<u8> = a.optional("eta", 0, 255)?;
        if id.is_empty() || id.len() > 256 {
            return Err("argument requestId is empty or longer than 256 characters".into());
        }
        let moment: Moment = (self.utc(now), now.utc.0);
        let referring = ["signalGroupId", "inputId", "connectionId", "approachId", "laneInId", "laneOutId", "priorityId"];
        match a.text("type")? {
            "new" => {
                // Only groups lead to greens here; what refers to anything else is received, and then rejected.
                let name = if a.has("signalGroupId") { Some(a.text("signalGroupId")?) } else { None };
                let group = name.and_then(|name| match self.setup.component(name) {
                    Some(Component::Group(group)) => Some(group),
                    _ => None,
                });
                self.state.priorities.ask(&Asked { id, group, level }, moment)
            }
            kind if referring.iter().any(|name| a.has(name)) => {
                Err(format!("priority request {id}: {} refers to nothing", short(kind)))
            }
            "update" => self.state.priorities.update(id, level),
            "cancel" => self.state.priorities.cancel(id, moment),
            other => Err(format!("priority request {id} cannot be \"{}\"", short(other))),
        }
    }

    fn set_code(&mut self, a: &Arguments<'_>) -> Result<(), String> {
        let level = match a.text("status")? {
            "Level1" => 0,
            "Level2" => 1,
            other => return Err(format!("level \"{}\" is not known", short(other))),
        };
        if a.text("oldSecurityCode")? != self.state.codes[level].reveal() {
            return Err("the security code is wrong".into());
        }
        self.state.codes[level] = Secret::new(a.text("newSecurityCode")?);
        Ok(())
    }

    fn set_clock(&mut self, a: &Arguments<'_>, now: Now) -> Result<(), String> {
        let mut fields = [0; 6];
        for (field, name) in fields.iter_mut().zip(["year", "month", "day", "hour", "minute", "second"]) {
            *field = a.number(name, 0, 9999)?;
        }
        // Until then seconds are counted in 32 bits.
        let set = Utc::of_fields(fields).filter(|_| fields[0] < 2100).ok_or("no such moment, or one after 2099")?;
        self.state.clock_shift = (set.0.cast_signed()).saturating_sub(now.utc.0.cast_signed());
        Ok(())
    }
}

/// Bands and their seconds, from `dd-ee,dd-ee`.
fn bands(text: &str) -> Result<Vec<(usize, u16)>, String> {
    let fault = || format!("argument status is \"{}\", not bands such as 1-12,2-5", short(text));
    let band = |entry: &str| {
        let (band, seconds) = entry.split_once('-').ok_or_else(fault)?;
        let (band, seconds): (usize, u16) = (band.parse().map_err(|_| fault())?, seconds.parse().map_err(|_| fault())?);
        ((1..=crate::setting::MOST_BANDS).contains(&band) && seconds <= 99).then_some((band, seconds)).ok_or_else(fault)
    };
    text.split(',').map(band).collect()
}
