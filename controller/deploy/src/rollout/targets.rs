//! The file of targets: which controllers, which plans they hold, and what a rollout asks for.

use super::Demands;
use super::reach::{Fallback, Reach, TargetEntry};
use crate::rsmp::tables::{TimeTables, WeekTable};
use crate::safety::Held;
use crate::secret::read_secrets;
use model::id::SignalId;
use model::scenario::{Faults, PlanSet, Scenario, load, load_plan};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a file of targets cannot be used.
#[derive(Debug, Error)]
pub enum TargetsError {
    /// The file itself.
    #[error("{}: {what}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong and how to mend it.
        what: String,
    },
    /// A scenario or plan that it names.
    #[error(transparent)]
    Faults(#[from] Faults),
}

/// A controller of the corridor.
#[derive(Debug, Clone)]
pub struct Target {
    /// Site id.
    pub site: String,
    /// The signal that it drives.
    pub signal: SignalId,
    /// Plans that it holds.
    pub held: Held,
    /// Checksum that its safety data and plans have to have.
    pub checksum: String,
    /// In which protocol it is reached, where, and by what we make ourselves known.
    pub reach: Reach,
    /// The calendar that it is to have, where the file names one; RSMP only.
    pub calendar: Option<(WeekTable, TimeTables)>,
}

/// A corridor: its controllers, and what a rollout asks for.
#[derive(Debug)]
pub struct Targets {
    /// The scenario with their signals.
    pub scenario: Scenario,
    /// The controllers, in the order of the file, or of the scenario when it names none.
    pub targets: Vec<Target>,
    /// What a rollout asks for.
    pub demands: Demands,
    /// How many times faster than the clock on the wall the controllers live; 1 in the street.
    pub speed: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TargetsFile {
    schema: u32,
    scenario: PathBuf,
    secrets: Option<PathBuf>,
    watch_cycles: Option<u32>,
    clock_tolerance_s: Option<f64>,
    min_interval_s: Option<u64>,
    speed: Option<u32>,
    week: Option<String>,
    times: Option<String>,
    held: Vec<HeldEntry>,
    #[serde(default)]
    target: Vec<TargetEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeldEntry {
    number: u8,
    plan: String,
}

impl Targets {
    /// Reads a file of targets and everything that it names; `fallback` has the secrets of sites without any of their own.
    ///
    /// # Errors
    /// What is wrong, where, and how to mend it.
    pub fn read(file: &Path, fallback: &Fallback) -> Result<Self, TargetsError> {
        let fault = |what: String| TargetsError::File { file: file.into(), what };
        let text = std::fs::read_to_string(file).map_err(|e| fault(e.to_string()))?;
        let parsed: TargetsFile = toml::from_str(&text).map_err(|e| fault(e.to_string()))?;
        if parsed.schema != 1 {
            return Err(fault(format!("schema {} is not known\n  mend: schema = 1", parsed.schema)));
        }
        parsed.check().map_err(fault)?;
        let folder = file.parent().unwrap_or(Path::new("."));
        let scenario = load(&folder.join(&parsed.scenario))?;
        let plans = parsed.plans(&scenario, folder)?;
        let secrets = parsed.secrets.as_ref().map_or(Ok(BTreeMap::new()), |s| read_secrets(&folder.join(s))).map_err(fault)?;
        let calendar = parsed.calendar().map_err(fault)?;
        let mut targets = Vec::new();
        for entry in parsed.entries(&scenario) {
            let found = scenario.signals.enumerate().find(|(_, s)| s.name == entry.signal);
            let (id, signal) = found.ok_or_else(|| fault(format!("signal \"{}\" does not exist", entry.signal)))?;
            let held: Held = plans.iter().map(|(n, p)| (*n, p.plans[id].clone())).collect();
            let (reach, own) = entry.reach(signal, &held, &secrets, fallback).map_err(fault)?;
            let checksum = entry.checksum.unwrap_or(own);
            let calendar = calendar.clone().filter(|_| matches!(reach, Reach::Rsmp { .. }));
            targets.push(Target { site: entry.site, signal: id, held, checksum, reach, calendar });
        }
        let demands = parsed.demands().map_err(fault)?;
        Ok(Self { scenario, targets, demands, speed: parsed.speed.unwrap_or(1) })
    }
}

impl TargetsFile {
    /// What would be two things in one, or nothing.
    fn check(&self) -> Result<(), String> {
        if self.held.is_empty() {
            return Err("no plan is held\n  mend: add [[held]] with number and plan".into());
        }
        if !(1..=60).contains(&self.speed.unwrap_or(1)) {
            return Err("speed is not between 1 and 60\n  mend: 1 in the street; what ampel tlc was told elsewhere".into());
        }
        let mut numbers = BTreeSet::from([0]);
        if let Some(entry) = self.held.iter().find(|entry| !numbers.insert(entry.number)) {
            return Err(format!(
                "number {} of [[held]] is 0 or stands there twice\n  mend: give each its own, from 1",
                entry.number
            ));
        }
        let (mut sites, mut addresses) = (BTreeSet::new(), BTreeSet::new());
        let is_known = |t: &&TargetEntry| !sites.insert(t.site.clone()) || t.address.is_some_and(|a| !addresses.insert(a));
        match self.target.iter().find(is_known) {
            Some(t) => Err(format!("site {} or its address stands there twice\n  mend: name each controller once", t.site)),
            None => Ok(()),
        }
    }

    fn plans(&self, scenario: &Scenario, folder: &Path) -> Result<BTreeMap<u8, PlanSet>, TargetsError> {
        let plan = |entry: &HeldEntry| match scenario.plans.get(&entry.plan) {
            Some(plan) => Ok((entry.number, plan.clone())),
            None => Ok((entry.number, load_plan(scenario, &folder.join(&entry.plan))?)),
        };
        self.held.iter().map(plan).collect()
    }

    /// The calendar that all of them are to have: both tables or none.
    fn calendar(&self) -> Result<Option<(WeekTable, TimeTables)>, String> {
        match (&self.week, &self.times) {
            (None, None) => Ok(None),
            (Some(week), Some(times)) => {
                let week = week.parse().map_err(|e| format!("week: {e}"))?;
                Ok(Some((week, times.parse().map_err(|e| format!("times: {e}"))?)))
            }
            _ => Err("week without times, or times without week\n  mend: name both".into()),
        }
    }

    /// The controllers; without any in the file, one for each signal, of the same name.
    fn entries(&self, scenario: &Scenario) -> Vec<TargetEntry> {
        if self.target.is_empty() {
            return scenario.signals.iter().map(|s| TargetEntry::of_signal(&s.name)).collect();
        }
        self.target.clone()
    }

    fn demands(&self) -> Result<Demands, String> {
        let usual = Demands::default();
        let skew_ms = self.clock_tolerance_s.map_or(Ok(usual.skew_ms), |s| {
            let allowed = s.is_finite() && (0.1..=3600.0).contains(&s);
            if allowed { Ok((s * 1000.0) as u64) } else { Err("clock_tolerance_s is not between 0.1 and 3600".to_owned()) }
        })?;
        let cycles = self.watch_cycles.unwrap_or(usual.cycles);
        if !(1..=20).contains(&cycles) {
            return Err(format!("watch_cycles = {cycles}, allowed are 1 to 20"));
        }
        Ok(Demands { cycles, skew_ms, interval_s: self.min_interval_s.unwrap_or(usual.interval_s), tries: usual.tries })
    }
}
