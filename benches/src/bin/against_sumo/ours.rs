//! One run of ampel, in this process or in one of its own.

use crate::config::Config;
use crate::{Args, Outcome, memory};
use evaluation::{Setup, run_one};
use model::scenario::{PlanSet, Scenario, load_plan};
use model::time::{DaySecond, Step};
use std::path::Path;
use std::process::Command;

/// Imports the network and plays its shipped programs.
pub(crate) fn run(config: &Config, seed: u64, args: &Args) -> Result<Outcome, String> {
    let step = Step::of_seconds(args.step).ok_or_else(|| format!("a step of {} s", args.step))?;
    let scenario = import(config)?;
    let plan = plan(&scenario, args.plan.as_deref())?;
    let (threads, following) = (args.threads as usize, Some(args.model.ours()));
    let setup = Setup { jobs: 1, threads, step: Some(step), following, monitor: !args.no_monitor, quality: false, clock };
    let run = run_one(&scenario, Some(&plan), seed, &setup);
    let m = &run.measures;
    Ok(Outcome { updates_per_s: run.updates_per_s(), delay_s: Some(m.delay_s), due: m.due, arrived: m.arrived, memory_mib: 0.0 })
}

fn import(config: &Config) -> Result<Scenario, String> {
    let imported = interchange::sumo::import(&config.net, &config.routes, DaySecond(config.begin), DaySecond(config.end));
    let (files, _) = imported.map_err(|e| e.to_string())?;
    files.check().map_err(|e| e.to_string())
}

/// The plan of a file, or the shipped programs.
fn plan(scenario: &Scenario, file: Option<&Path>) -> Result<PlanSet, String> {
    match file {
        Some(file) => load_plan(scenario, file).map_err(|e| e.to_string()),
        None => scenario.plan(None).cloned().ok_or_else(|| "the network has no signal programs".to_owned()),
    }
}

/// A plan of ampel as SUMO reads it.
pub(crate) fn programs(config: &Config, file: &Path) -> Result<String, String> {
    let scenario = import(config)?;
    interchange::sumo::export_plan(&scenario, &plan(&scenario, Some(file))?).map_err(|e| e.to_string())
}

/// Calls this program again for one run.
pub(crate) fn in_a_process(args: &Args, folder: &Path, seed: u64) -> Result<Outcome, String> {
    let own = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut command = Command::new(own);
    command.arg(folder).args(["--seed", &seed.to_string(), "--step", &args.step.to_string(), "--model", args.model.name()]);
    if let Some(plan) = &args.plan {
        command.arg("--plan").arg(plan);
    }
    if args.no_monitor {
        command.arg("--no-monitor");
    }
    command.args(["--threads", &args.threads.to_string()]);
    let (output, memory_mib) = memory::watched(&mut command).map_err(|e| format!("this program does not start again: {e}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    let outcome: Outcome = serde_json::from_slice(&output.stdout).map_err(|e| e.to_string())?;
    Ok(Outcome { memory_mib, ..outcome })
}

/// Seconds of a clock that only goes forward.
#[expect(clippy::disallowed_methods, reason = "the wall clock belongs to the binary")]
fn clock() -> f64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed().as_secs_f64()
}
