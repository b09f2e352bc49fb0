//! The file of one virtual controller: where it dials, and what it is like.

use super::alarms::kind_of;
use super::priority::PriorityTimes;
use super::setup::{AlarmInput, LinkTimes, TlcSetup};
use crate::rsmp::{Core, TlcList};
use crate::safety::Held;
use crate::secret::Secret;
use model::id::{GroupId, IdVec};
use model::signal::{Grade, Green, GroupKind, Signal, SignalGroup, SignalPlan, Square};
use model::time::Seconds;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use thiserror::Error;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TlcFile {
    schema: u32,
    supervisor: SocketAddr,
    site: String,
    main: String,
    #[serde(default)]
    detectors: Vec<String>,
    #[serde(default = "efg")]
    startup: String,
    #[serde(default)]
    inputs: u8,
    #[serde(default = "one")]
    traffic_situations: u8,
    sxl: Option<String>,
    cores: Option<Vec<String>>,
    ack_timeout_s: Option<f64>,
    watchdog_s: Option<f64>,
    reconnect_s: Option<f64>,
    #[serde(default)]
    clock_from_watchdog: bool,
    secrets: Option<PathBuf>,
    priority: Option<PriorityTimes>,
    #[serde(default)]
    emergency_route: Vec<RouteFile>,
    #[serde(default)]
    alarm_input: Vec<AlarmInputFile>,
    group: Vec<GroupFile>,
    #[serde(default)]
    intergreen: Vec<IntergreenFile>,
    plan: Vec<PlanEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteFile {
    number: u8,
    groups: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AlarmInputFile {
    input: usize,
    alarm: String,
    component: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupFile {
    name: String,
    kind: GroupKind,
    amber_s: u16,
    red_amber_s: u16,
    min_green_s: u16,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IntergreenFile {
    clearing: String,
    entering: String,
    intergreen_s: u16,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanEntry {
    number: u8,
    cycle_s: u16,
    offset_s: u16,
    green: Vec<GreenEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GreenEntry {
    group: String,
    from_s: u16,
    to_s: u16,
}

fn one() -> u8 {
    1
}

fn efg() -> String {
    "efg".into()
}

/// Codes that anybody may know: those of a controller that is only a sample.
const SAMPLE_CODES: [&str; 2] = ["1111", "2222"];

/// Security codes 1 and 2 from a file of secrets, `level1` and `level2`; those of a sample without one.
///
/// # Errors
/// When the file cannot be used.
pub fn codes(secrets: Option<&Path>) -> Result<[Secret; 2], String> {
    let Some(file) = secrets else { return Ok(SAMPLE_CODES.map(Secret::new)) };
    let known = crate::secret::read_secrets(file)?;
    let code = |level: &str| known.get(level).cloned().ok_or_else(|| format!("{}: no code {level}", file.display()));
    Ok([code("level1")?, code("level2")?])
}

/// Why the file of a controller cannot be used.
#[derive(Debug, Error)]
pub enum TlcFileError {
    /// Something is wrong with it; with the file and how to mend it.
    #[error("{0}")]
    Form(String),
    /// A plan in it would break a safety rule.
    #[error("{0}")]
    Unsafe(String),
}

impl From<String> for TlcFileError {
    fn from(what: String) -> Self {
        Self::Form(what)
    }
}

impl TlcFileError {
    /// The same, with the file in front.
    fn of(self, file: &Path) -> Self {
        let with = |what| format!("{}: {what}", file.display());
        match self {
            Self::Form(what) => Self::Form(with(what)),
            Self::Unsafe(what) => Self::Unsafe(with(what)),
        }
    }
}

/// Reads the file of one controller: where it dials, and what it is like.
///
/// # Errors
/// What is wrong with it, with the file and how to mend it.
pub fn read_tlc(file: &Path) -> Result<(SocketAddr, TlcSetup), TlcFileError> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|e| format!("{name}: {e}"))?;
    let parsed: TlcFile = toml::from_str(&text).map_err(|e| format!("{name}: {e}"))?;
    if parsed.schema != 1 {
        return Err(format!("{name}: schema {} is not known\n  mend: schema = 1", parsed.schema).into());
    }
    let secrets = parsed.secrets.as_ref().map(|s| file.parent().unwrap_or(Path::new(".")).join(s));
    let codes = codes(secrets.as_deref())?;
    let supervisor = parsed.supervisor;
    parsed.checked(codes).map(|setup| (supervisor, setup)).map_err(|e| e.of(file))
}

impl TlcFile {
    fn checked(self, codes: [Secret; 2]) -> Result<TlcSetup, TlcFileError> {
        let signal = self.signal()?;
        let mut held = Held::new();
        for plan in &self.plan {
            let safe = plan.read(&signal)?.check(&signal).map_err(|faults| {
                let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
                TlcFileError::Unsafe(format!("plan {} is unsafe: {}", plan.number, faults.join(", ")))
            })?;
            if plan.number == 0 || held.insert(plan.number, safe).is_some() {
                let mend = "give each plan its own number from 1 to 255";
                return Err(format!("plan number {}\n  mend: {mend}", plan.number).into());
            }
        }
        if held.is_empty() {
            return Err("no plan\n  mend: add a [[plan]]".to_owned().into());
        }
        let (cores, list) = self.versions()?;
        let mut setup = TlcSetup {
            emergency_routes: self.routes(&signal)?,
            times: self.times()?,
            follows_watchdog: self.clock_from_watchdog,
            site: self.site,
            main: self.main,
            groups: self.group.into_iter().map(|g| g.name).collect(),
            detectors: self.detectors,
            signal,
            held,
            codes,
            startup: self.startup,
            inputs: self.inputs.into(),
            alarm_inputs: Vec::new(),
            situations: self.traffic_situations.max(1),
            priority: self.priority.unwrap_or_default(),
            cores,
            list,
        };
        setup.alarm_inputs = self.alarm_input.into_iter().map(|a| a.checked(&setup)).collect::<Result<_, String>>()?;
        Ok(setup)
    }

    fn versions(&self) -> Result<(Vec<Core>, TlcList), String> {
        let list = self.sxl.as_deref().map_or(Ok(TlcList::default()), |name| {
            TlcList::of(name).ok_or_else(|| format!("sxl {name} is not known\n  mend: sxl = \"1.2.1\" or \"1.3.0\""))
        })?;
        // TLC 1.3.0 asks for core 3.3.0.
        let usual = if list == TlcList::V1_3_0 { vec![Core::V3_3_0] } else { Core::ALL.to_vec() };
        let known = |name: &String| Core::of(name).ok_or_else(|| format!("core {name} is not known\n  mend: 3.1.2 to 3.3.0"));
        let mut cores = self.cores.as_ref().map_or(Ok(usual), |names| names.iter().map(known).collect())?;
        cores.sort_unstable();
        if cores.is_empty() || (list == TlcList::V1_3_0 && cores[0] < Core::V3_3_0) {
            return Err("cores do not go with the list\n  mend: name at least one; sxl 1.3.0 asks for 3.3.0 alone".into());
        }
        Ok((cores, list))
    }

    fn times(&self) -> Result<LinkTimes, String> {
        let usual = LinkTimes::default();
        let ms = |key: &str, seconds: Option<f64>, usual: u64| match seconds {
            None => Ok(usual),
            Some(s) if (0.05..=3600.0).contains(&s) => Ok((s * 1000.0) as u64),
            Some(s) => Err(format!("{key} = {s}, allowed are 0.05 to 3600")),
        };
        Ok(LinkTimes {
            ack_ms: ms("ack_timeout_s", self.ack_timeout_s, usual.ack_ms)?,
            watchdog_ms: ms("watchdog_s", self.watchdog_s, usual.watchdog_ms)?,
            redial_ms: ms("reconnect_s", self.reconnect_s, usual.redial_ms)?,
        })
    }

    fn routes(&self, signal: &Signal) -> Result<BTreeMap<u8, Vec<GroupId>>, String> {
        let group = |name: &String| signal.group(name).ok_or_else(|| unknown_group(name));
        let route = |r: &RouteFile| Ok((r.number, r.groups.iter().map(group).collect::<Result<_, String>>()?));
        self.emergency_route.iter().map(route).collect()
    }

    fn signal(&self) -> Result<Signal, String> {
        let group = |g: &GroupFile| SignalGroup {
            name: g.name.clone(),
            kind: g.kind,
            amber: Seconds(g.amber_s),
            red_amber: Seconds(g.red_amber_s),
            min_green: Seconds(g.min_green_s),
            min_red: Seconds(1),
            may_stay_red: false,
            max_green_percent: None,
        };
        let groups: IdVec<GroupId, SignalGroup> = self.group.iter().map(group).collect();
        let (grades, intergreens) = (Square::new(groups.len()), Square::new(groups.len()));
        let source = "the controller's own file".into();
        let mut signal = Signal { name: self.site.clone(), source, groups, grades, intergreens, stages: Vec::new() };
        for entry in &self.intergreen {
            let id = |name: &str| signal.group(name).ok_or_else(|| unknown_group(name));
            let (clearing, entering) = (id(&entry.clearing)?, id(&entry.entering)?);
            signal.intergreens[(clearing, entering)] = Some(Seconds(entry.intergreen_s));
            signal.grades[(clearing, entering)] = Grade::Incompatible;
            signal.grades[(entering, clearing)] = Grade::Incompatible;
        }
        Ok(signal)
    }
}

impl AlarmInputFile {
    fn checked(self, setup: &TlcSetup) -> Result<AlarmInput, String> {
        if !(1..=setup.inputs).contains(&self.input) {
            return Err(format!("input {} of an [[alarm_input]], there are {}", self.input, setup.inputs));
        }
        let component = setup.component(&self.component);
        let component = component.ok_or_else(|| format!("component \"{}\" does not exist", self.component))?;
        if kind_of(&self.alarm, component).is_none() {
            return Err(format!("{} is no alarm of {}\n  mend: see the signal exchange list", self.alarm, self.component));
        }
        Ok(AlarmInput { input: self.input, alarm: self.alarm, component: self.component })
    }
}

fn unknown_group(name: &str) -> String {
    format!("group \"{name}\" does not exist\n  mend: name a [[group]]")
}

impl PlanEntry {
    fn read(&self, signal: &Signal) -> Result<SignalPlan, String> {
        let mut greens: IdVec<GroupId, Vec<Green>> = IdVec::from_fn(signal.groups.len(), |_| Vec::new());
        let cycle = Seconds(self.cycle_s);
        for green in &self.green {
            let id = signal.group(&green.group).ok_or_else(|| unknown_group(&green.group))?;
            if green.from_s >= cycle.0 || green.to_s > cycle.0 {
                return Err(format!("plan {}: a green of {} outside the cycle of {cycle}", self.number, green.group));
            }
            greens[id].push(Green::between(Seconds(green.from_s), Seconds(green.to_s), cycle));
        }
        Ok(SignalPlan { cycle, offset: Seconds(self.offset_s), greens })
    }
}
