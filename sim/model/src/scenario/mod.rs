//! Scenarios: one folder of TOML files in, one checked [`Scenario`] out.
//!
//! Everything that can be wrong is found here, all of it at once, with file, line and mend; nothing can fail later.

mod day_plan;
mod demand;
pub mod file;
mod folder;
mod load;
mod network;
mod period;
mod signals;
mod upgrade;

pub use day_plan::Switch;
pub use folder::{Files, period_files};
pub use period::{Period, UnknownPeriod};

use crate::demand::Demand;
use crate::detector::DetectorFault;
use crate::id::{IdVec, SignalId};
use crate::network::Network;
use crate::quantity::Span;
use crate::roadworks::Roadwork;
use crate::signal::{SafePlan, Signal, TransitionMethod};
use crate::time::{DaySecond, Seconds, Step};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// A checked scenario: what a run needs, apart from controllers and a seed.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Short name.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// Name of the period whose times and demand these are; `None` where it has none.
    pub period: Option<String>,
    /// First second that is measured.
    pub begin: DaySecond,
    /// End of the run.
    pub end: DaySecond,
    /// Time before `begin` in which the network fills.
    pub warm_up: Seconds,
    /// Step of the simulation.
    pub step: Step,
    /// Attribution to be shown with everything made from it.
    pub attribution: String,
    /// What is assumed, not measured.
    pub assumptions: Vec<String>,
    /// The roads.
    pub network: Network,
    /// The signals.
    pub signals: IdVec<SignalId, Signal>,
    /// Safe plans for every signal, by name.
    pub plans: BTreeMap<String, PlanSet>,
    /// Name of the plan that runs when none is named; `None` without signals.
    pub default_plan: Option<String>,
    /// Which plan runs from when on, in order of time, the same every day; empty when the default plan runs all the time.
    pub day_plan: Vec<Switch>,
    /// How signals go from one plan of the day to the next.
    pub transition: TransitionMethod,
    /// Who travels.
    pub demand: Demand,
    /// Roadworks.
    pub roadworks: Vec<Roadwork>,
    /// Detectors that are broken for a time.
    pub detector_faults: Vec<DetectorFault>,
    /// Roads along which signals are coordinated, the most important first.
    pub corridors: Vec<Corridor>,
    /// Every period that has a name, in the order of the file, its own first; [`Scenario::in_period`] is the scenario in one
    /// of them.
    pub periods: Vec<Period>,
}

/// A road along which signals are coordinated (Koordinierungsstrecke).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corridor {
    /// Name for people.
    pub name: String,
    /// Names of its two directions: the order of the signals, then the opposite.
    pub directions: [String; 2],
    /// Whether the last signal leads back to the first.
    pub ring: bool,
    /// Its signals in order.
    pub signals: Vec<SignalId>,
}

/// A plan for the whole network: one safe plan per signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanSet {
    /// Name.
    pub name: String,
    /// How it was made.
    pub source: String,
    /// The plans.
    pub plans: IdVec<SignalId, SafePlan>,
}

impl Scenario {
    /// The plan of a name, or the default plan.
    pub fn plan(&self, name: Option<&str>) -> Option<&PlanSet> {
        name.or(self.default_plan.as_deref()).and_then(|n| self.plans.get(n))
    }

    /// Lets the scenario last for so many hours: flows that last to its end go on as they are, those on foot too. Trips, and
    /// flows with counts for each quarter of an hour, are not repeated.
    pub fn prolong(&mut self, hours: u32) {
        let (old, new) = (f64::from(self.end.0), self.begin.0 + 3600 * hours);
        self.end = DaySecond(new);
        let end = Span::seconds_f64(f64::from(new));
        let flows = self.demand.flows.iter_mut().filter(|f| f.profile.is_empty()).map(|f| &mut f.end);
        for lasts in flows.chain(self.demand.walking.iter_mut().map(|w| &mut w.end)).filter(|e| e.get() >= old) {
            *lasts = end;
        }
    }

    /// The first second that is simulated.
    pub fn start(&self) -> DaySecond {
        DaySecond(self.begin.0.saturating_sub(u32::from(self.warm_up.0)))
    }
}

/// One thing that is wrong with a scenario.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1; `None` when the whole file is meant.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// How to mend it; may be empty.
    pub mend: String,
    /// Whether a plan would break a safety rule of its signal; the others are of form.
    pub is_unsafe: bool,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.what)?;
        if self.mend.is_empty() { Ok(()) } else { write!(f, "\n  mend: {}", self.mend) }
    }
}

/// Everything that is wrong with a scenario; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in &self.0 {
            writeln!(f, "{fault}")?;
        }
        write!(f, "{} fault{}", self.0.len(), if self.0.len() == 1 { "" } else { "s" })
    }
}

impl std::error::Error for Faults {}

impl Faults {
    /// Whether a plan would break a safety rule of its signal.
    pub fn is_unsafe(&self) -> bool {
        self.0.iter().any(|fault| fault.is_unsafe)
    }
}

/// Reads and checks a scenario folder, all its periods at once.
///
/// # Errors
/// Every fault that can be told from the files.
pub fn load(folder: &Path) -> Result<Scenario, Faults> {
    Files::read(folder)?.check()
}

/// Reads and checks a plan file that lies outside the scenario.
///
/// # Errors
/// Every fault of the file, and every rule of a signal that a plan breaks.
pub fn load_plan(scenario: &Scenario, file: &Path) -> Result<PlanSet, Faults> {
    signals::load_plan(scenario, file)
}

/// The JSON schemas of the files, by file name, for editors that check while typing.
pub fn schemas() -> Vec<(&'static str, serde_json::Value)> {
    vec![
        ("scenario", schemars::schema_for!(file::ScenarioFile).to_value()),
        ("network", schemars::schema_for!(file::NetworkFile).to_value()),
        ("signals", schemars::schema_for!(file::SignalsFile).to_value()),
        ("plan", schemars::schema_for!(file::PlanFile).to_value()),
        ("demand", schemars::schema_for!(file::DemandFile).to_value()),
        ("roadworks", schemars::schema_for!(file::RoadworksFile).to_value()),
        ("corridors", schemars::schema_for!(file::CorridorsFile).to_value()),
    ]
}
