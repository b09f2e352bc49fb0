//! What a virtual controller is like, and the file that says so.

use crate::safety::Held;
use crate::secret::Secret;
use model::id::{GroupId, IdVec};
use model::signal::{Grade, Green, GroupKind, Signal, SignalGroup, SignalPlan, Square};
use model::time::Seconds;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A virtual controller before it starts.
#[derive(Debug, Clone)]
pub struct TlcSetup {
    /// Site id.
    pub site: String,
    /// Component of the controller itself.
    pub main: String,
    /// Components of its signal groups, in the order of the groups.
    pub groups: Vec<String>,
    /// Components of its detector logics.
    pub detectors: Vec<String>,
    /// Groups, conflicts and intergreens.
    pub signal: Signal,
    /// The plans that it holds, by number.
    pub held: Held,
    /// Security codes 1 and 2.
    pub codes: [Secret; 2],
    /// What is shown in the first seconds, one character each.
    pub startup: String,
    /// Numbers of the emergency routes that it knows.
    pub emergency_routes: Vec<u8>,
    /// Inputs.
    pub inputs: usize,
}

impl TlcSetup {
    /// A controller of a signal, with the usual names: `TC`, and the groups by their own.
    pub fn of_signal(signal: &Signal, held: Held, codes: [Secret; 2]) -> Self {
        Self {
            site: signal.name.clone(),
            main: "TC".into(),
            groups: signal.groups.iter().map(|g| g.name.clone()).collect(),
            detectors: Vec::new(),
            signal: signal.clone(),
            held,
            codes,
            startup: "efg".into(),
            emergency_routes: vec![1],
            inputs: 8,
        }
    }
}

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
    emergency_routes: Vec<u8>,
    #[serde(default)]
    inputs: u8,
    secrets: Option<PathBuf>,
    group: Vec<GroupFile>,
    #[serde(default)]
    intergreen: Vec<IntergreenFile>,
    plan: Vec<PlanEntry>,
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

/// Reads the file of one controller: where it dials, and what it is like.
///
/// # Errors
/// What is wrong with it, with the file and how to mend it.
pub fn read_tlc(file: &Path) -> Result<(SocketAddr, TlcSetup), String> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|e| format!("{name}: {e}"))?;
    let parsed: TlcFile = toml::from_str(&text).map_err(|e| format!("{name}: {e}"))?;
    if parsed.schema != 1 {
        return Err(format!("{name}: schema {} is not known\n  mend: schema = 1", parsed.schema));
    }
    let secrets = parsed.secrets.as_ref().map(|s| file.parent().unwrap_or(Path::new(".")).join(s));
    let codes = codes(secrets.as_deref())?;
    let supervisor = parsed.supervisor;
    parsed.checked(codes).map(|setup| (supervisor, setup)).map_err(|e| format!("{name}: {e}"))
}

impl TlcFile {
    fn checked(self, codes: [Secret; 2]) -> Result<TlcSetup, String> {
        let signal = self.signal()?;
        let mut held = Held::new();
        for plan in &self.plan {
            let safe = plan.read(&signal)?.check(&signal).map_err(|faults| {
                let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
                format!("plan {} is unsafe: {}", plan.number, faults.join(", "))
            })?;
            if plan.number == 0 || held.insert(plan.number, safe).is_some() {
                return Err(format!("plan number {}\n  mend: give each plan its own number from 1 to 255", plan.number));
            }
        }
        if held.is_empty() {
            return Err("no plan\n  mend: add a [[plan]]".into());
        }
        Ok(TlcSetup {
            site: self.site,
            main: self.main,
            groups: self.group.into_iter().map(|g| g.name).collect(),
            detectors: self.detectors,
            signal,
            held,
            codes,
            startup: self.startup,
            emergency_routes: self.emergency_routes,
            inputs: self.inputs.into(),
        })
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
