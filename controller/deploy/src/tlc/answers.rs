//! What a virtual controller answers when asked for a status. Source of codes and forms: TLC 1.2.1 and 1.3.0.

use super::Tlc;
use super::program::Mode;
use crate::clock::Utc;
use crate::rsmp::TlcList;
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
            Component::Main => self
                .signals(code, name)
                .or_else(|| self.plans(code, name))
                .or_else(|| self.state(code, name))
                .or_else(|| self.device(code, name, utc)),
            Component::Group(group) => self.forecast(group, code, name, utc),
            Component::Detector(place) => self.count(place, code, name),
        }
    }

    /// Signals.
    fn signals(&self, code: &str, name: &str) -> Option<Value> {
        let program = &self.program;
        let (cycle_counter, base_counter) = program.counters();
        Some(match (code, name) {
            ("S0001", "signalgroupstatus") => program.picture().into(),
            ("S0001", "cyclecounter") => text(cycle_counter.into()),
            ("S0001", "basecyclecounter") => text(base_counter.into()),
            ("S0001", "stage") => text(program.stage()),
            ("S0001", "millisecond") if self.setup.list >= TlcList::V1_3_0 => text(program.changed_ms as usize),
            ("S0014", "status") => text(program.current().into()),
            ("S0014", "source") => program.source.into(),
            ("S0015", "status") => text(self.state.situation.0.into()),
            ("S0015", "source") => self.state.situation.1.into(),
            ("S0017", "number") => text(program.signal.groups.len()),
            ("S0019", "number") => text(self.setup.situations.into()),
            _ => return None,
        })
    }

    /// Plans, what is set of them, and when they run.
    fn plans(&self, code: &str, name: &str) -> Option<Value> {
        let program = &self.program;
        let list = |item: &dyn Fn(u8, &crate::Setting) -> Vec<String>| -> Value {
            program.settings().flat_map(|(n, s)| item(n, s)).collect::<Vec<_>>().join(",").into()
        };
        Some(match (code, name) {
            ("S0022", "status") => list(&|n, _| vec![n.to_string()]),
            ("S0023", "status") => {
                list(&|n, s| s.bands_s.iter().enumerate().map(|(i, e)| format!("{n}-{}-{e}", i + 1)).collect())
            }
            ("S0024", "status") => list(&|n, s| vec![format!("{n}-{}", s.offset_s)]),
            ("S0026", "status") => self.state.week.to_string().into(),
            ("S0027", "status") => self.state.times.to_string().into(),
            ("S0028", "status") => list(&|n, s| vec![format!("{n:02}-{:02}", s.cycle_s)]),
            ("S0034", "status") => text(self.state.band_timeout.into()),
            ("S0097", "checksum") | ("S0098", "version") => program.checksum().into(),
            ("S0097" | "S0098", "timestamp") => self.started.to_string().into(),
            ("S0098", "config") => super::base64(program.configuration().as_bytes()).into(),
            _ => return None,
        })
    }

    /// Modes, in lists with one intersection: 0, which is all.
    fn state(&self, code: &str, name: &str) -> Option<Value> {
        let mode = self.program.mode;
        let is_booting = matches!(mode, Mode::Starting { is_boot: true, .. });
        let position = self.state.position_source;
        let (status, source): (Value, &str) = match code {
            "S0005" => {
                return match name {
                    "status" => Some(flag(is_booting)),
                    "statusByIntersection" => Some(json!([{ "intersection": "0", "startup": flag(is_booting) }])),
                    _ => None,
                };
            }
            "S0007" => (flag(mode != Mode::Dark), position),
            "S0008" | "S0012" => (flag(false), "other"),
            "S0009" => (flag(self.state.fixed_time.0), self.state.fixed_time.1),
            // All plans follow the common clock, so whoever plays one is in step with its neighbours.
            "S0010" => (flag(false), "calendar_clock"),
            "S0032" => (if mode == Mode::Normal { "centralized" } else { "off" }.into(), self.program.source),
            "S0011" => (flag(mode == Mode::YellowFlash), position),
            "S0013" => return matches!(name, "intersection" | "status").then(|| text(0)),
            "S0020" => {
                return match name {
                    "intersection" => Some(text(0)),
                    "controlmode" => Some(self.control_mode().into()),
                    _ => None,
                };
            }
            _ => return None,
        };
        match name {
            "intersection" => Some(text(0)),
            "status" => Some(status),
            "source" => Some(source.into()),
            _ => None,
        }
    }

    /// S0020. The sequence that leads out of flashing or dark is part of normal control; only being switched on is a startup.
    fn control_mode(&self) -> &'static str {
        match self.program.mode {
            _ if self.program.is_failed => "failure",
            Mode::Starting { is_boot: true, .. } => "startup",
            Mode::Normal | Mode::Starting { .. } => "control",
            Mode::YellowFlash | Mode::Dark => "standby",
        }
    }

    /// Inputs, outputs, detectors, routes and the clock.
    fn device(&self, code: &str, name: &str, utc: Utc) -> Option<Value> {
        let state = &self.state;
        let detectors = &state.detectors;
        Some(match (code, name) {
            ("S0002", "detectorlogicstatus") => detectors.bits.text().into(),
            ("S0003", "inputstatus") => state.inputs.text().into(),
            ("S0004", "outputstatus") => state.outputs.text().into(),
            ("S0006", "status") => flag(!state.routes.is_empty()),
            ("S0006", "emergencystage") => text(state.routes.last().copied().unwrap_or(0).into()),
            ("S0016", "number") => text(detectors.bits.len()),
            ("S0021", "detectorlogics") => detectors.bits.forced_text().into(),
            ("S0029", "status") => state.inputs.forced_text().into(),
            ("S0030", "status") => state.outputs.forced_text().into(),
            ("S0031", "status") => state.sensitivity.clone().into(),
            ("S0033", "status") => state.priorities.json(),
            ("S0035", "emergencyroutes") => {
                let mut routes = state.routes.clone();
                routes.sort_unstable();
                routes.iter().map(|r| json!({ "id": r.to_string() })).collect()
            }
            ("S0091" | "S0092", "user") => text(0),
            ("S0095", "status") => concat!("ampel ", env!("CARGO_PKG_VERSION")).into(),
            ("S0096", field) => {
                let place = ["year", "month", "day", "hour", "minute", "second"].iter().position(|f| *f == field)?;
                text(utc.fields()[place] as usize)
            }
            ("S0205" | "S0206" | "S0207" | "S0208", "start") => self.counted_since(),
            ("S0205" | "S0206" | "S0207" | "S0208", name) => {
                let each: Option<Vec<String>> = (0..detectors.bits.len()).map(|i| self.counted(i, code, name)).collect();
                // Without detectors there is one that has measured nothing, so that the list is not empty.
                each.map(|each| if each.is_empty() { "-1".into() } else { each.join(",") })?.into()
            }
            _ => return None,
        })
    }

    /// S0201 to S0204.
    fn count(&self, place: usize, code: &str, name: &str) -> Option<Value> {
        match (code, name) {
            ("S0201" | "S0202" | "S0203" | "S0204", "starttime") => Some(self.counted_since()),
            // Where lists say -1 for what is not measured, a single value is 0.
            ("S0201" | "S0202" | "S0203" | "S0204", name) => {
                self.counted(place, code, name).map(|n| if n == "-1" { "0".into() } else { n.into() })
            }
            _ => None,
        }
    }

    fn counted_since(&self) -> Value {
        Utc(u64::from(self.state.detectors.began()) * 1000).to_string().into()
    }

    /// What a detector has counted of something: vehicles and occupancy. Speeds and classes it does not see.
    fn counted(&self, place: usize, code: &str, name: &str) -> Option<String> {
        const CLASSES: [&str; 9] = ["P", "PS", "L", "LS", "B", "SP", "MC", "C", "F"];
        let count = self.state.detectors.count(place);
        match (code.as_bytes().last(), name) {
            (Some(b'1' | b'5'), "vehicles") => Some(count.vehicles.to_string()),
            (Some(b'2' | b'6'), "speed") => Some("-1".into()),
            (Some(b'3' | b'7'), "occupancy") => Some(count.occupancy().to_string()),
            (Some(b'4' | b'8'), name) if CLASSES.contains(&name) => Some("-1".into()),
            _ => None,
        }
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
        let is_sure = self.program.mode == Mode::Normal && !self.program.is_ordered();
        match name {
            "minToGEstimate" | "maxToGEstimate" | "likelyToGEstimate" => Some(begins(true)),
            "minToREstimate" | "maxToREstimate" | "likelyToREstimate" => Some(begins(false)),
            "ToGConfidence" | "ToRConfidence" => Some(text(if is_sure { 100 } else { 0 })),
            _ => None,
        }
    }
}

pub(super) fn text(number: usize) -> Value {
    number.to_string().into()
}

pub(super) fn flag(is: bool) -> Value {
    if is { "True".into() } else { "False".into() }
}
