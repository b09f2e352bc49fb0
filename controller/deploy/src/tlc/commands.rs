//! What a virtual controller does when told to. Source of codes and forms: TLC 1.2.1.

use super::answers::Component;
use super::program::Mode;
use super::{Tlc, TlcSetup};
use crate::clock::{Now, Utc};
use crate::rsmp::message::Argument;
use crate::secret::Secret;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What commands change, beside signals and plans.
#[derive(Debug)]
pub(super) struct State {
    pub(super) codes: [Secret; 2],
    pub(super) situation: u8,
    pub(super) fixed_time: bool,
    pub(super) band_timeout: u16,
    pub(super) week_table: String,
    pub(super) time_tables: String,
    pub(super) sensitivity: String,
    pub(super) routes: Vec<u8>,
    inputs: Vec<bool>,
    pub(super) forced: Vec<Option<bool>>,
    pub(super) outputs: Vec<bool>,
    pub(super) detectors: Vec<bool>,
    pub(super) forced_detectors: Vec<bool>,
    pub(super) priorities: Vec<Priority>,
    /// What was set of the clock, in ms.
    pub(super) clock_shift: i64,
    /// When functional position goes back to normal.
    pub(super) back_at: Option<Utc>,
}

/// A request for signal priority.
#[derive(Debug, Clone)]
pub(super) struct Priority {
    id: String,
    state: &'static str,
    since: Utc,
}

/// Priorities that are kept at a time.
const MOST_PRIORITIES: usize = 64;

impl Priority {
    pub(super) fn json(&self) -> Value {
        json!({ "r": self.id, "s": self.state, "t": self.since.to_string() })
    }
}

impl State {
    pub(super) fn new(setup: &TlcSetup) -> Self {
        let (inputs, detectors) = (setup.inputs, setup.detectors.len());
        Self {
            codes: setup.codes.clone(),
            situation: 1,
            fixed_time: false,
            band_timeout: 0,
            week_table: "0-1".into(),
            time_tables: String::new(),
            sensitivity: String::new(),
            routes: Vec::new(),
            inputs: vec![false; inputs],
            forced: vec![None; inputs],
            outputs: vec![false; inputs],
            detectors: vec![false; detectors],
            forced_detectors: vec![false; detectors],
            priorities: Vec::new(),
            clock_shift: 0,
            back_at: None,
        }
    }

    /// Inputs as they count: forced ones as they are forced.
    pub(super) fn inputs(&self) -> Vec<bool> {
        self.inputs.iter().zip(&self.forced).map(|(i, f)| f.unwrap_or(*i)).collect()
    }
}

/// The arguments of one command.
struct Arguments<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Arguments<'a> {
    fn text(&self, name: &str) -> Result<&'a str, String> {
        self.0.get(name).copied().ok_or_else(|| format!("argument {name} is missing"))
    }

    fn number<T: TryFrom<u64>>(&self, name: &str, least: u64, most: u64) -> Result<T, String> {
        let text = self.text(name)?;
        let digits = !text.is_empty() && text.len() <= 10 && text.bytes().all(|b| b.is_ascii_digit());
        let number = if digits { text.parse::<u64>().ok() } else { None };
        let number = number.filter(|n| (least..=most).contains(n)).and_then(|n| T::try_from(n).ok());
        number.ok_or_else(|| format!("argument {name} is \"{text}\", allowed are {least} to {most}"))
    }

    fn flag(&self, name: &str) -> Result<bool, String> {
        match self.text(name)? {
            "True" | "true" => Ok(true),
            "False" | "false" => Ok(false),
            other => Err(format!("argument {name} is \"{other}\", allowed are True and False")),
        }
    }
}

/// The commands, their operations, the level of their security code and their arguments.
const COMMANDS: [(&str, &str, usize, &[&str]); 24] = [
    ("M0001", "setValue", 2, &["status", "timeout", "intersection"]),
    ("M0002", "setPlan", 2, &["status", "timeplan"]),
    ("M0003", "setTrafficSituation", 2, &["status", "traficsituation"]),
    ("M0004", "setRestart", 2, &["status"]),
    ("M0005", "setEmergency", 2, &["status", "emergencyroute"]),
    ("M0006", "setInput", 2, &["status", "input"]),
    ("M0007", "setFixedTime", 2, &["status"]),
    ("M0008", "setForceDetectorLogic", 2, &["status", "mode"]),
    ("M0010", "setStart", 2, &["status"]),
    ("M0011", "setStop", 2, &["status"]),
    ("M0012", "setStart", 2, &["status"]),
    ("M0013", "setInput", 2, &["status"]),
    ("M0014", "setCommands", 2, &["plan", "status"]),
    ("M0015", "setOffset", 2, &["plan", "status"]),
    ("M0016", "setWeekTable", 2, &["status"]),
    ("M0017", "setTimeTable", 2, &["status"]),
    ("M0018", "setCycleTime", 2, &["plan", "status"]),
    ("M0019", "setInput", 2, &["status", "input", "inputValue"]),
    ("M0020", "setOutput", 2, &["status", "output", "outputValue"]),
    ("M0021", "setLevel", 2, &["status"]),
    ("M0022", "requestPriority", 0, &["requestId", "type"]),
    ("M0023", "setTimeout", 2, &["status"]),
    ("M0103", "setSecurityCode", 0, &["status", "oldSecurityCode", "newSecurityCode"]),
    ("M0104", "setDate", 1, &["year", "month", "day", "hour", "minute", "second"]),
];

impl Tlc {
    /// Carries out a command; the error is why it is refused. What is well formed and cannot be had changes nothing: the
    /// answer repeats what was asked, and reading back tells the truth.
    pub(super) fn command(&mut self, component: Component, arguments: &[Argument], now: Now) -> Result<(), String> {
        let code = arguments.first().map(|a| a.cCI.as_str()).ok_or("no argument")?;
        let known = COMMANDS.iter().find(|c| c.0 == code).ok_or_else(|| format!("command {code} is not known here"))?;
        let mut values = BTreeMap::new();
        for argument in arguments {
            let value = argument.v.as_str().ok_or_else(|| format!("argument {} is no text", argument.n))?;
            if argument.cCI != code || argument.cO != known.1 {
                return Err(format!("{} {} beside {code} {}", argument.cCI, argument.cO, known.1));
            }
            values.insert(argument.n.as_str(), value);
        }
        let arguments = Arguments(values);
        known.3.iter().try_for_each(|name| arguments.text(name).map(drop))?;
        if known.2 > 0 && arguments.text("securityCode")? != self.state.codes[known.2 - 1].reveal() {
            return Err("the security code is wrong".into());
        }
        match component {
            Component::Main => self.main_command(code, &arguments, now),
            Component::Group(_) if matches!(code, "M0010" | "M0011") => arguments.flag("status").map(drop),
            Component::Detector(i) if code == "M0008" => {
                let (forced, mode) = (arguments.flag("status")?, arguments.flag("mode")?);
                self.state.forced_detectors[i] = forced;
                self.state.detectors[i] = forced && mode;
                Ok(())
            }
            _ => Err(format!("{code} is no command of this component")),
        }
    }

    fn main_command(&mut self, code: &str, a: &Arguments<'_>, now: Now) -> Result<(), String> {
        match code {
            "M0001" => self.set_position(a, now),
            "M0002" => self.set_plan(a),
            "M0003" => {
                let situation = a.number("traficsituation", 1, 255)?;
                self.state.situation = if a.flag("status")? { situation } else { 1 };
                Ok(())
            }
            "M0004" => {
                if a.flag("status")? {
                    self.program.restart(self.utc(now).second());
                    self.wants_restart = true;
                }
                Ok(())
            }
            "M0005" => self.set_route(a),
            "M0007" => a.flag("status").map(|on| self.state.fixed_time = on),
            "M0014" | "M0015" | "M0018" => self.set_plan_value(code, a),
            "M0016" => table(a, 2).map(|t| self.state.week_table = t),
            "M0017" => table(a, 4).map(|t| self.state.time_tables = t),
            "M0021" => a.text("status").map(|t| t.clone_into(&mut self.state.sensitivity)),
            "M0022" => self.set_priority(a, now),
            "M0023" => a.number("status", 0, 65_535).map(|s| self.state.band_timeout = s),
            "M0103" => self.set_code(a),
            "M0104" => self.set_clock(a, now),
            "M0012" => a.text("status").map(drop),
            "M0006" | "M0013" | "M0019" | "M0020" => self.set_input(code, a),
            _ => Err(format!("{code} is no command of this component")),
        }
    }

    fn set_position(&mut self, a: &Arguments<'_>, now: Now) -> Result<(), String> {
        let minutes: u64 = a.number("timeout", 0, 1440)?;
        let _: u8 = a.number("intersection", 0, 255)?;
        let mode = match a.text("status")? {
            "NormalControl" => Mode::Normal,
            "YellowFlash" => Mode::YellowFlash,
            "Dark" => Mode::Dark,
            other => return Err(format!("functional position \"{other}\" is not known")),
        };
        self.program.set_mode(mode);
        let back_at = Utc(self.utc(now).0 + 60_000 * minutes);
        self.state.back_at = (minutes > 0 && mode != Mode::Normal).then_some(back_at);
        Ok(())
    }

    fn set_plan(&mut self, a: &Arguments<'_>) -> Result<(), String> {
        let (forced, wanted): (bool, u8) = (a.flag("status")?, a.number("timeplan", 1, 255)?);
        // Without an order the controller follows its own calendar, which always has its first plan.
        let first = self.program.settings().next().map_or(1, |(n, _)| n);
        let (number, source) = if forced { (wanted, "forced") } else { (first, "calendar_clock") };
        if !self.program.holds(number) {
            return Err(format!("plan {number} is not held here"));
        }
        self.program.select(number, source);
        Ok(())
    }

    fn set_plan_value(&mut self, code: &str, a: &Arguments<'_>) -> Result<(), String> {
        let number = self.program.number(a.number("plan", 0, 255)?);
        match code {
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

    fn set_route(&mut self, a: &Arguments<'_>) -> Result<(), String> {
        let (on, route): (bool, u8) = (a.flag("status")?, a.number("emergencyroute", 1, 255)?);
        if !self.setup.emergency_routes.contains(&route) {
            return Err(format!("emergency route {route} is not known here"));
        }
        self.state.routes.retain(|r| *r != route);
        if on {
            self.state.routes.push(route);
        }
        Ok(())
    }

    fn set_input(&mut self, code: &str, a: &Arguments<'_>) -> Result<(), String> {
        let state = &mut self.state;
        let place = |name: &str, count: usize| -> Result<usize, String> {
            a.number::<usize>(name, 1, 255)?.checked_sub(1).filter(|i| *i < count).ok_or_else(|| format!("no such {name}"))
        };
        match code {
            "M0006" => {
                let input = place("input", state.inputs.len())?;
                state.inputs[input] = a.flag("status")?;
            }
            "M0013" => {
                for part in a.text("status")?.split(';') {
                    let fields: Vec<Option<u16>> = part.split(',').map(|f| f.trim().parse().ok()).collect();
                    let [Some(first), Some(set), Some(clear)] = fields[..] else {
                        return Err(format!("\"{part}\" is not input, bits to set, bits to clear"));
                    };
                    for bit in 0..16 {
                        let Some(input) = state.inputs.get_mut(usize::from(first) + bit) else { break };
                        *input = (*input || set >> bit & 1 == 1) && clear >> bit & 1 == 0;
                    }
                }
            }
            "M0019" => {
                let input = place("input", state.inputs.len())?;
                let value = a.flag("inputValue")?;
                state.forced[input] = a.flag("status")?.then_some(value);
            }
            _ => {
                let output = place("output", state.outputs.len())?;
                state.outputs[output] = a.flag("status")? && a.flag("outputValue")?;
            }
        }
        Ok(())
    }

    fn set_priority(&mut self, a: &Arguments<'_>, now: Now) -> Result<(), String> {
        let (id, since) = (a.text("requestId")?.to_owned(), self.utc(now));
        let list = &mut self.state.priorities;
        list.retain(|p| p.state != "completed" && p.state != "rejected");
        let has_room = list.len() < MOST_PRIORITIES;
        let place = list.iter().position(|p| p.id == id);
        match (a.text("type")?, place) {
            ("new", None) if has_room => {
                // One at a time; the signals themselves do not react to it yet.
                let state = if list.iter().any(|p| p.state == "activated") { "queued" } else { "activated" };
                list.push(Priority { id, state, since });
                Ok(())
            }
            ("update", Some(_)) => Ok(()),
            ("cancel", Some(place)) => {
                (list[place].state, list[place].since) = ("completed", since);
                Ok(())
            }
            (kind, _) => Err(format!("priority request {id} cannot be {kind}")),
        }
    }

    fn set_code(&mut self, a: &Arguments<'_>) -> Result<(), String> {
        let level = match a.text("status")? {
            "Level1" => 0,
            "Level2" => 1,
            other => return Err(format!("level \"{other}\" is not known")),
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

/// A table of entries, each of so many numbers, as it was given.
fn table(a: &Arguments<'_>, numbers: usize) -> Result<String, String> {
    let text = a.text("status")?;
    let is_entry = |entry: &str| entry.split('-').count() == numbers && entry.split('-').all(|n| n.parse::<u8>().is_ok());
    if text.len() > 4096 || !text.split(',').all(is_entry) {
        return Err(format!("argument status is not a list of entries of {numbers} numbers"));
    }
    Ok(text.to_owned())
}

/// Bands and their seconds, from `dd-ee,dd-ee`.
fn bands(text: &str) -> Result<Vec<(usize, u16)>, String> {
    let fault = || format!("argument status is \"{text}\", not bands such as 1-12,2-5");
    let band = |entry: &str| {
        let (band, seconds) = entry.split_once('-').ok_or_else(fault)?;
        let (band, seconds): (usize, u16) = (band.parse().map_err(|_| fault())?, seconds.parse().map_err(|_| fault())?);
        ((1..=crate::setting::MOST_BANDS).contains(&band) && seconds <= 99).then_some((band, seconds)).ok_or_else(fault)
    };
    text.split(',').map(band).collect()
}
