//! What several commands select: a scenario, its period, a plan, seeds.

use crate::failure::{Failure, input};
use crate::progress::clock;
use clap::builder::RangedU64ValueParser;
use evaluation::Setup;
use evaluation::report::Language;
use model::scenario::{Faults, PlanSet, Scenario, load, load_plan};
use model::time::Step;
use model::vehicle::FollowingModel;
use std::path::{Path, PathBuf};

/// Which scenario, and which period of it.
#[derive(Debug, clap::Args)]
pub(crate) struct Chosen {
    /// Folder of the scenario.
    #[arg(value_name = "SCENARIO")]
    pub(crate) folder: PathBuf,
    /// Period of the scenario, such as midday; its own times and demand.toml when absent.
    #[arg(long, value_name = "NAME")]
    pub(crate) period: Option<String>,
}

impl Chosen {
    /// Loads the scenario in that period.
    pub(crate) fn scenario(&self) -> Result<Scenario, Failure> {
        let scenario = scenario(&self.folder)?;
        let Some(name) = &self.period else { return Ok(scenario) };
        let list = format!("ampel check {}", self.folder.display());
        scenario.in_period(name).map_err(|e| input(format!("{e}\n  mend: name one of them; `{list}` lists all")))
    }
}

/// The language of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Lang {
    /// English.
    En,
    /// German.
    De,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::English,
            Lang::De => Self::German,
        }
    }
}

/// How to run: step, seeds, and how many runs at once.
#[derive(Debug, clap::Args)]
pub(crate) struct Runs {
    /// Step in seconds: 1, 0.5, 0.25, 0.2 or 0.1.
    #[arg(long, value_name = "S")]
    step: Option<f64>,
    /// One seed.
    #[arg(long, value_name = "N", conflicts_with = "seeds")]
    seed: Option<u64>,
    /// Several seeds, the last included.
    #[arg(long, value_name = "FIRST..LAST", value_parser = range)]
    seeds: Option<(u64, u64)>,
    /// Runs side by side; all cores when absent.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, value_parser = RangedU64ValueParser::<usize>::new().range(0..=256))]
    jobs: usize,
    /// How many times the demand of the scenario travels, such as 1.2: flows are multiplied, trips repeated or left out by
    /// chance.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, hide_default_value = true)]
    demand: f64,
    /// Threads inside a run.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
}

impl Runs {
    /// The seeds, `default` when none are given.
    pub(crate) fn seeds(&self, default: (u64, u64)) -> Vec<u64> {
        let (first, last) = self.seed.map(|s| (s, s)).or(self.seeds).unwrap_or(default);
        (first..=last).collect()
    }

    /// Loads a scenario, its demand multiplied.
    pub(crate) fn scenario(&self, chosen: &Chosen) -> Result<Scenario, Failure> {
        let mut scenario = chosen.scenario()?;
        let mend = "give --demand a number such as 0.8 or 1.2";
        scenario.demand.scale(self.demand).map_err(|e| input(format!("{e}\n  mend: {mend}")))?;
        Ok(scenario)
    }

    /// What every run has in common.
    pub(crate) fn setup(&self, following: Option<FollowingModel>) -> Result<Setup, Failure> {
        let checked =
            |s: f64| Step::of_seconds(s).ok_or_else(|| input(format!("a step of {s} s\n  mend: give 1, 0.5, 0.25, 0.2 or 0.1")));
        let step = self.step.map(checked).transpose()?;
        Ok(Setup { jobs: self.jobs, threads: usize::from(self.threads), step, following, monitor: true, quality: false, clock })
    }
}

fn range(text: &str) -> Result<(u64, u64), String> {
    let parts = text.split_once("..").and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    match parts {
        Some((a, b)) if a <= b && b - a < 100_000 => Ok((a, b)),
        _ => Err("give seeds as FIRST..LAST, such as 1..10".into()),
    }
}

/// Loads a scenario.
pub(crate) fn scenario(folder: &Path) -> Result<Scenario, Failure> {
    if !folder.is_dir() {
        let mend = "give a folder with scenario.toml, such as scenarios/dortmund-wall";
        return Err(input(format!("{} is not a folder\n  mend: {mend}", folder.display())));
    }
    Ok(load(folder)?)
}

/// The plan of a name or a file, or the default plan; `None` where there are no signals.
pub(crate) fn plan(scenario: &Scenario, wanted: Option<&str>) -> Result<Option<PlanSet>, Failure> {
    find_plan(scenario, wanted, Failure::from)
}

/// The same for the street, where a plan that breaks a rule is more than bad input.
pub(crate) fn street_plan(scenario: &Scenario, wanted: Option<&str>) -> Result<Option<PlanSet>, Failure> {
    find_plan(scenario, wanted, |faults| Failure::of_street(&faults))
}

fn find_plan(
    scenario: &Scenario,
    wanted: Option<&str>,
    judged: impl FnOnce(Faults) -> Failure,
) -> Result<Option<PlanSet>, Failure> {
    if let Some(found) = scenario.plan(wanted) {
        return Ok(Some(found.clone()));
    }
    let Some(wanted) = wanted else { return Ok(None) };
    let file = PathBuf::from(wanted);
    if file.extension().is_some_and(|x| x == "toml") {
        return load_plan(scenario, &file).map(Some).map_err(judged);
    }
    let known: Vec<&str> = scenario.plans.keys().map(String::as_str).collect();
    Err(input(format!("plan \"{wanted}\" does not exist\n  mend: name one of {}, or a plan file", known.join(", "))))
}
