//! What a virtual controller answers when asked for a status. Source of codes and forms: TLC 1.2.1.

use super::Tlc;
use super::program::Mode;
use crate::clock::Utc;
use model::id::GroupId;
use model::signal::Aspect;
use model::time::DaySecond;
use serde_json::{Value, json};

/// Which kind of component is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Component {
    /// The controller.
    Main,
    /// A signal group.
    Group(GroupId),
    /// A detector logic.
    Detector(usize),
}

impl Tlc {
    /// The value of a status, text or a list; `None` when there is no such value of this component.
    pub(super) fn status(&self, component: Component, code: &str, name: &str, utc: Utc) -> Option<Value> {
        match component {
            Component::Main => {
                self.signals(code, name).or_else(|| self.state(code, name)).or_else(|| self.device(code, name, utc))
            }
            Component::Group(group) => self.forecast(group, code, name, utc),
            Component::Detector(_) => counts(code, name, utc),
        }
    }

    /// Signals and plans.
    fn signals(&self, code: &str, name: &str) -> Option<Value> {
        let program = &self.program;
        let (cycle_counter, base_counter) = program.counters();
        let list = |item: &dyn Fn(u8, &crate::Setting) -> Vec<String>| -> Value {
            program.settings().flat_map(|(n, s)| item(n, s)).collect::<Vec<_>>().join(",").into()
        };
        Some(match (code, name) {
            ("S0001", "signalgroupstatus") => program.picture().into(),
            ("S0001", "cyclecounter") => text(cycle_counter.into()),
            ("S0001", "basecyclecounter") => text(base_counter.into()),
            ("S0001", "stage") => text(0),
            ("S0014", "status") => text(program.current().into()),
            ("S0014" | "S0015", "source") => program.source.into(),
            ("S0015", "status") => text(self.state.situation.into()),
            ("S0017", "number") => text(program.signal.groups.len()),
            ("S0022", "status") => list(&|n, _| vec![n.to_string()]),
            ("S0023", "status") => {
                list(&|n, s| s.bands_s.iter().enumerate().map(|(i, e)| format!("{n}-{}-{e}", i + 1)).collect())
            }
            ("S0024", "status") => list(&|n, s| vec![format!("{n}-{}", s.offset_s)]),
            ("S0026", "status") => self.state.week_table.clone().into(),
            ("S0027", "status") => self.state.time_tables.clone().into(),
            ("S0028", "status") => list(&|n, s| vec![format!("{n:02}-{:02}", s.cycle_s)]),
            ("S0034", "status") => text(self.state.band_timeout.into()),
            ("S0097", "checksum") | ("S0098", "version") => program.checksum().into(),
            ("S0097" | "S0098", "timestamp") => self.started.to_string().into(),
            ("S0098", "config") => super::base64(program.checksum().as_bytes()).into(),
            _ => return None,
        })
    }

    /// Modes, in lists with one intersection: 0, which is all.
    fn state(&self, code: &str, name: &str) -> Option<Value> {
        let mode = self.program.mode;
        let starting = matches!(mode, Mode::Starting { .. });
        let on = |is: bool| flag(is);
        let whether = match code {
            "S0007" => mode != Mode::Dark,
            "S0009" => self.state.fixed_time,
            "S0011" => mode == Mode::YellowFlash,
            "S0008" | "S0010" | "S0012" => false,
            "S0005" => {
                return match name {
                    "status" => Some(on(starting)),
                    "statusByIntersection" => Some(json!([{ "intersection": "0", "startup": on(starting) }])),
                    _ => None,
                };
            }
            "S0013" => return matches!(name, "intersection" | "status").then(|| text(0)),
            "S0020" => {
                let shown = match mode {
                    Mode::Starting { .. } => "startup",
                    Mode::Normal => "control",
                    Mode::YellowFlash | Mode::Dark => "standby",
                };
                return match name {
                    "intersection" => Some(text(0)),
                    "controlmode" => Some(shown.into()),
                    _ => None,
                };
            }
            "S0032" => {
                return match name {
                    "intersection" => Some(text(0)),
                    "status" => Some("local".into()),
                    "source" => Some("other".into()),
                    _ => None,
                };
            }
            _ => return None,
        };
        match name {
            "intersection" => Some(text(0)),
            "status" => Some(on(whether)),
            "source" => Some(if starting { "startup" } else { "other" }.into()),
            _ => None,
        }
    }

    /// Inputs, outputs, detectors, routes and the clock.
    fn device(&self, code: &str, name: &str, utc: Utc) -> Option<Value> {
        let state = &self.state;
        let bits = |bits: &[bool]| -> Value { bits.iter().map(|b| if *b { '1' } else { '0' }).collect::<String>().into() };
        let none = |count: usize| bits(&vec![false; count]);
        let detectors = self.setup.detectors.len();
        Some(match (code, name) {
            ("S0002", "detectorlogicstatus") => bits(&state.detectors),
            ("S0003", "inputstatus") => bits(&state.inputs()),
            ("S0004", "outputstatus") => bits(&state.outputs),
            ("S0006", "status") => flag(!state.routes.is_empty()),
            ("S0006", "emergencystage") => text(state.routes.last().copied().unwrap_or(0).into()),
            ("S0016", "number") => text(detectors),
            ("S0019", "number") => text(1),
            ("S0021", "detectorlogics") => bits(&state.forced_detectors),
            ("S0029", "status") => bits(&state.forced.iter().map(Option::is_some).collect::<Vec<_>>()),
            ("S0030", "status") => none(state.outputs.len()),
            ("S0031", "status") => state.sensitivity.clone().into(),
            ("S0033", "status") => state.priorities.iter().map(super::commands::Priority::json).collect(),
            ("S0035", "emergencyroutes") => state.routes.iter().map(|r| json!({ "id": r.to_string() })).collect(),
            ("S0091" | "S0092", "user") => text(0),
            ("S0095", "status") => concat!("ampel ", env!("CARGO_PKG_VERSION")).into(),
            ("S0096", field) => {
                let place = ["year", "month", "day", "hour", "minute", "second"].iter().position(|f| *f == field)?;
                text(utc.fields()[place] as usize)
            }
            ("S0205" | "S0206" | "S0207" | "S0208", "start") => utc.to_string().into(),
            ("S0205" | "S0206" | "S0207" | "S0208", _) if is_counted(code, name) => unmeasured(detectors),
            _ => return None,
        })
    }

    /// S0025: when a group turns green and red by the plan that runs.
    fn forecast(&self, group: GroupId, code: &str, name: &str, utc: Utc) -> Option<Value> {
        if code != "S0025" {
            return None;
        }
        let plan = self.program.shown();
        let shows = |s: u32| plan.aspect_at(group, DaySecond(s)) == Aspect::Green;
        let begins = |green: bool| {
            let now = utc.second();
            let found = (now + 1..=now + 2 * u32::from(plan.cycle().0)).find(|&s| shows(s) == green && shows(s - 1) != green);
            Utc(u64::from(found.unwrap_or(now)) * 1000).to_string().into()
        };
        match name {
            "minToGEstimate" | "maxToGEstimate" | "likelyToGEstimate" => Some(begins(true)),
            "minToREstimate" | "maxToREstimate" | "likelyToREstimate" => Some(begins(false)),
            "ToGConfidence" | "ToRConfidence" => Some(text(if self.program.mode == Mode::Normal { 100 } else { 0 })),
            _ => None,
        }
    }
}

/// Detectors that nobody passes: a virtual street is empty.
fn counts(code: &str, name: &str, utc: Utc) -> Option<Value> {
    match (code, name) {
        ("S0201" | "S0202" | "S0203" | "S0204", "starttime") => Some(utc.to_string().into()),
        ("S0201" | "S0202" | "S0203" | "S0204", _) if is_counted(code, name) => Some(text(0)),
        _ => None,
    }
}

/// Whether a status counts something of that name: vehicles, speed, occupancy, or vehicles of a class.
fn is_counted(code: &str, name: &str) -> bool {
    const CLASSES: [&str; 9] = ["P", "PS", "L", "LS", "B", "SP", "MC", "C", "F"];
    match code.as_bytes().last() {
        Some(b'1' | b'5') => name == "vehicles",
        Some(b'2' | b'6') => name == "speed",
        Some(b'3' | b'7') => name == "occupancy",
        _ => CLASSES.contains(&name),
    }
}

fn unmeasured(detectors: usize) -> Value {
    vec!["0"; detectors.max(1)].join(",").into()
}

pub(super) fn text(number: usize) -> Value {
    number.to_string().into()
}

pub(super) fn flag(is: bool) -> Value {
    if is { "True".into() } else { "False".into() }
}
