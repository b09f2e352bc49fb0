//! `ampel optimise`.

use crate::compare::table;
use crate::failure::{Failure, input};
use crate::output::{print, refuse_existing, write_file, write_folder};
use crate::progress::{bar, clock};
use crate::run::{step, valid};
use crate::select::{Seeds, scenario};
use evaluation::report::{Manifest, Report, Variant, render};
use evaluation::{Effort, Optimised, Paired, Progress, RunResult, Setup, compare, space_time};
use indicatif::ProgressBar;
use model::scenario::Scenario;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What to optimise.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the scenario.
    scenario: PathBuf,
    /// Folder to write.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Replace the folder if it exists.
    #[arg(long)]
    force: bool,
    /// Step in seconds.
    #[arg(long, value_name = "S")]
    step: Option<f64>,
    #[command(flatten)]
    seeds: Seeds,
}

/// Shows each stage of the work as a bar of its own.
struct Bars {
    quiet: bool,
    current: Mutex<ProgressBar>,
}

impl Progress for Bars {
    fn begin(&self, what: &str, runs: u64) {
        if let Ok(mut current) = self.current.lock() {
            current.finish_and_clear();
            *current = bar(what, runs, self.quiet);
        }
    }

    fn tick(&self) {
        if let Ok(current) = self.current.lock() {
            current.inc(1);
        }
    }
}

/// Optimises, compares and writes plans, result, manifest and report.
pub(crate) fn optimise(args: &Args, quiet: bool) -> Result<(), Failure> {
    refuse_existing(&args.output, args.force)?;
    let scenario = scenario(&args.scenario)?;
    let setup = Setup {
        jobs: args.seeds.jobs,
        threads: args.seeds.threads(),
        step: step(args.step)?,
        following: None,
        monitor: true,
        clock,
    };
    let effort = Effort { comparison_seeds: args.seeds.list((1, 10)), ..Effort::default() };
    let bars = Bars { quiet, current: Mutex::new(ProgressBar::hidden()) };
    let found = evaluation::optimise(&scenario, &effort, &setup, &bars).map_err(input)?;
    if let Ok(current) = bars.current.lock() {
        current.finish_and_clear();
    }
    let manifest = manifest(args, &scenario, &effort)?;
    let report = report(&scenario, &found, &manifest, &setup);
    write_folder(&args.output, args.force, |folder| write(folder, &scenario, &found, &manifest, &report))?;
    for before in [&found.uncoordinated, &found.banded] {
        print(&table(&before.plan.name, &found.refined.plan.name, &compare(&before.runs, &found.refined.runs)))?;
    }
    print(&found.findings.join("\n"))?;
    print(&format!("\n{}: plans, result.json, manifest.json, report.html", args.output.display()))?;
    found.plans().into_iter().try_for_each(|e| valid(&e.runs))
}

fn write(folder: &Path, scenario: &Scenario, found: &Optimised, manifest: &Manifest, report: &str) -> Result<(), Failure> {
    let plans = folder.join("plans");
    fs::create_dir_all(&plans).map_err(|e| input(format!("{} cannot be written: {e}", plans.display())))?;
    for e in found.plans() {
        let text = toml::to_string(&e.plan.to_file(&scenario.signals)).map_err(input)?;
        write_file(&plans.join(format!("{}.toml", e.plan.name)), &text)?;
    }
    write_file(&folder.join("result.json"), &format!("{:#}\n", result(scenario, found)))?;
    let facts: serde_json::Map<String, Value> = manifest.facts.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
    let value = json!({ "schema": 1, "version": manifest.version, "command": manifest.command, "inputs": facts,
        "scenario_hash": manifest.scenario_hash, "seeds": manifest.seeds, "assumptions": scenario.assumptions });
    write_file(&folder.join("manifest.json"), &format!("{value:#}\n"))?;
    write_file(&folder.join("report.html"), report)
}

fn result(scenario: &Scenario, found: &Optimised) -> Value {
    let plans = found.plans().map(|e| {
        json!({ "plan": e.plan.name, "source": e.plan.source, "runs": e.runs.iter().map(RunResult::record).collect::<Vec<_>>() })
    });
    let against = |e: &evaluation::Evaluated| -> Vec<Paired> { compare(&e.runs, &found.refined.runs) };
    json!({ "schema": 1, "scenario": scenario.name, "plans": plans,
        "comparisons": [
            { "before": found.uncoordinated.plan.name, "after": found.refined.plan.name, "measures": against(&found.uncoordinated) },
            { "before": found.banded.plan.name, "after": found.refined.plan.name, "measures": against(&found.banded) },
        ],
        "findings": found.findings, "assumptions": scenario.assumptions })
}

/// What was put in: files with their hashes, options and seeds.
fn manifest(args: &Args, scenario: &Scenario, effort: &Effort) -> Result<Manifest, Failure> {
    let mut facts = Vec::new();
    let mut all = blake3::Hasher::new();
    for file in input_files(&args.scenario)? {
        let bytes = fs::read(&file).map_err(|e| input(format!("{} cannot be read: {e}", file.display())))?;
        let name = file.strip_prefix(&args.scenario).unwrap_or(&file).display().to_string();
        all.update(name.as_bytes()).update(&bytes);
        facts.push((name, blake3::hash(&bytes).to_hex().to_string()));
    }
    facts.push(("search seeds".into(), format!("{:?}", effort.search_seeds)));
    facts.push(("step".into(), format!("{} s", args.step.unwrap_or(scenario.step.span().get()))));
    Ok(Manifest {
        version: env!("CARGO_PKG_VERSION").into(),
        command: format!("ampel optimise {} -o {}", args.scenario.display(), args.output.display()),
        scenario_hash: all.finalize().to_hex().to_string(),
        seeds: effort.comparison_seeds.clone(),
        facts,
    })
}

fn input_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let cannot = |e: std::io::Error| input(format!("{} cannot be read: {e}", folder.display()));
    let mut files = Vec::new();
    for place in [folder.to_path_buf(), folder.join("plans")] {
        let Ok(entries) = fs::read_dir(&place) else { continue };
        for entry in entries {
            let path = entry.map_err(cannot)?.path();
            if path.extension().is_some_and(|x| x == "toml") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn report(scenario: &Scenario, found: &Optimised, manifest: &Manifest, setup: &Setup) -> String {
    let titles = ["each signal by itself (Webster)", "green bands alone (MAXBAND)", "bands, refined in the simulation"];
    let variants = found.plans().into_iter().zip(titles).map(|(e, title)| Variant {
        name: e.plan.name.clone(),
        title: title.into(),
        plans: &e.plan,
        runs: e.runs.clone(),
    });
    let seed = manifest.seeds.first().copied().unwrap_or(1);
    let corridors = found
        .waves
        .iter()
        .flat_map(|w| [&found.banded, &found.refined].map(|e| space_time::draw(scenario, &w.route, &e.plan, seed, setup)));
    render(&Report {
        scenario,
        variants: variants.collect(),
        chosen: 2,
        baselines: vec![0, 1],
        corridors: corridors.collect(),
        findings: found.findings.clone(),
        assumptions: scenario.assumptions.clone(),
        manifest: manifest.clone(),
    })
}
