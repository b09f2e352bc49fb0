//! `ampel optimise`.

use crate::compare::table;
use crate::failure::{Failure, input};
use crate::output::{print, refuse_existing, write_file, write_folder};
use crate::progress::bar;
use crate::report::{loaded, manifest};
use crate::run::valid;
use crate::select::{Chosen, Lang, Runs};
use evaluation::report::{Manifest, Report, RunOption, Variant, render, worse_warning};
use evaluation::space_time::{self, Sections, Shown};
use evaluation::{Effort, Evaluated, Objective, Optimised, Progress, RunResult, Setup, compare, front, saturation};
use indicatif::ProgressBar;
use model::scenario::Scenario;
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What to optimise.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    chosen: Chosen,
    /// Folder to write.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Replace the folder if it exists.
    #[arg(long)]
    force: bool,
    /// What is to be little: a weighted sum of delay (s per vehicle), stops (per vehicle), person-delay (s per person) and
    /// co2 (g per vehicle), such as delay+5*stops, or one of them.
    #[arg(long, value_name = "SUM", default_value_t = Objective::default(), allow_hyphen_values = true)]
    objective: Objective,
    /// So many times the usual effort of the search: for a plan that has a night, not a minute.
    #[arg(long, value_name = "TIMES", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1000))]
    effort: u64,
    /// Try other weights of stops in the platoon model too, and say which plans are not beaten in both delay and stops.
    #[arg(long)]
    pareto: bool,
    /// Language of the report.
    #[arg(long, value_enum, default_value = "en")]
    lang: Lang,
    #[command(flatten)]
    runs: Runs,
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
    let (scenario, inputs) = loaded(&args.chosen, &args.runs)?;
    let setup = Setup { quality: true, ..args.runs.setup(None)? };
    let usual = Effort::compared_over(args.runs.seeds((1, 10))).times(args.effort);
    let effort = Effort { objective: args.objective, front: args.pareto, ..usual };
    let bars = Bars { quiet, current: Mutex::new(ProgressBar::hidden()) };
    let found = evaluation::optimise(&scenario, &effort, &setup, &bars).map_err(input)?;
    if let Ok(current) = bars.current.lock() {
        current.finish_and_clear();
    }
    let manifest = manifest(inputs, effort.comparison_seeds.clone(), run_options(&scenario, &effort, &setup));
    let options = options(&scenario, &effort, &setup);
    let report = report(&scenario, &found, &manifest, (&setup, args.lang));
    let written = Written { scenario: &scenario, found: &found, manifest: &manifest, options, report };
    write_folder(&args.output, args.force, |folder| written.write(folder))?;
    for before in found.references() {
        print(&table(&before.plan.name, &found.refined.plan.name, &compare(&before.runs, &found.refined.runs)))?;
    }
    if args.pareto {
        print(&front_table(&found))?;
    }
    print(&found.findings.join("\n"))?;
    for warning in found.warnings() {
        print(&format!("\nwarning: {warning}"))?;
    }
    print(&format!("\n{}: plans, result.json, manifest.json, report.html", args.output.display()))?;
    every_plan(&found).into_iter().try_for_each(|e| valid(&e.runs))
}

/// Every plan that was run.
fn every_plan(found: &Optimised) -> Vec<&Evaluated> {
    found.references().into_iter().chain([&found.refined]).chain(&found.others).collect()
}

/// Delay and stops of every plan; those that are not beaten in both are marked.
fn front_table(found: &Optimised) -> String {
    let plans = every_plan(found);
    let row = |(e, p): (&&Evaluated, evaluation::FrontPoint)| {
        let mark = if p.best { "  not beaten" } else { "" };
        format!("{:<16} {:>12.3} {:>12.3} {:>12.1}{mark}", e.plan.name, p.delay_s, p.stops, p.co2_kg)
    };
    let rows = plans.iter().zip(front(&plans)).map(row).collect::<Vec<_>>();
    let head = format!("{:<16} {:>12} {:>12} {:>12}", "Pareto front", "delay [s]", "stops", "CO2 [kg]");
    format!(
        "{head}\n{}\nMeans over the seeds of the comparison; plans stops-N come from the platoon model alone.\n",
        rows.join("\n")
    )
}

/// What goes into the folder.
struct Written<'a> {
    scenario: &'a Scenario,
    found: &'a Optimised,
    manifest: &'a Manifest,
    options: Value,
    report: String,
}

impl Written<'_> {
    fn write(&self, folder: &Path) -> Result<(), Failure> {
        let plans = folder.join("plans");
        fs::create_dir_all(&plans).map_err(|e| input(format!("{} cannot be written: {e}", plans.display())))?;
        for e in self.found.computed().into_iter().chain(&self.found.others) {
            let text = toml::to_string(&e.plan.to_file(&self.scenario.signals)).map_err(input)?;
            write_file(&plans.join(format!("{}.toml", e.plan.name)), &text)?;
        }
        write_file(&folder.join("result.json"), &format!("{:#}\n", result(self.scenario, self.found)))?;
        write_file(&folder.join("manifest.json"), &format!("{:#}\n", self.manifest()))?;
        write_file(&folder.join("report.html"), &self.report)
    }

    fn manifest(&self) -> Value {
        let Manifest { version, command, scenario_hash, seeds, inputs, .. } = self.manifest;
        let inputs: Map<String, Value> = inputs.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
        json!({ "schema": 1, "version": version, "command": command, "inputs": inputs, "scenario_hash": scenario_hash,
            "seeds": seeds, "options": self.options, "assumptions": self.scenario.assumptions })
    }
}

fn result(scenario: &Scenario, found: &Optimised) -> Value {
    let plan = |e: &Evaluated| {
        json!({ "plan": e.plan.name, "title": e.title, "source": e.plan.source,
            "runs": e.runs.iter().map(RunResult::record).collect::<Vec<_>>() })
    };
    let refined = &found.refined;
    let comparison = |e: &Evaluated| {
        let measures = compare(&e.runs, &refined.runs);
        json!({ "before": e.plan.name, "after": refined.plan.name, "measures": measures })
    };
    json!({ "schema": 1, "scenario": scenario.name, "period": scenario.period, "demand_factor": scenario.demand.factor,
        "plans": every_plan(found).into_iter().map(plan).collect::<Vec<_>>(),
        "front": front_record(found),
        "comparisons": found.references().into_iter().map(comparison).collect::<Vec<_>>(),
        "approaches": approaches(scenario, found),
        "warnings": found.warnings(), "findings": found.findings, "assumptions": scenario.assumptions })
}

/// Plans that are not beaten in both delay and stops.
fn front_record(found: &Optimised) -> Vec<Value> {
    let plans = every_plan(found);
    let best = plans.iter().zip(front(&plans)).filter(|(_, p)| p.best);
    best.map(|(e, p)| json!({ "plan": e.plan.name, "delay_s": p.delay_s, "stops": p.stops, "co2_kg": p.co2_kg })).collect()
}

/// Degrees of saturation under the refined plan; `null` where there is no green.
fn approaches(scenario: &Scenario, found: &Optimised) -> Vec<Value> {
    let row = |a: evaluation::ApproachSaturation| {
        let signal = &scenario.signals[a.signal];
        json!({ "signal": signal.name, "link": scenario.network.links[a.link].name, "group": signal.groups[a.group].name,
            "degree_of_saturation": a.degree })
    };
    saturation(scenario, &found.refined.plan).into_iter().map(row).collect()
}

/// What decides on the report besides scenario and plans.
fn run_options(scenario: &Scenario, effort: &Effort, setup: &Setup) -> Vec<RunOption> {
    vec![
        RunOption::SearchSeeds(effort.search_seeds.clone()),
        RunOption::Updates(effort.updates),
        RunOption::Objective(effort.objective.to_string()),
        RunOption::Step(step_s(scenario, setup)),
        RunOption::Demand(scenario.demand.factor),
    ]
}

fn step_s(scenario: &Scenario, setup: &Setup) -> f64 {
    setup.step.unwrap_or(scenario.step).span().get()
}

/// What decides on the result besides the scenario and the seeds of the comparison.
fn options(scenario: &Scenario, effort: &Effort, setup: &Setup) -> Value {
    let cycles: Vec<u16> = effort.cycles.iter().map(|c| c.0).collect();
    json!({ "search_seeds": effort.search_seeds, "search_updates": effort.updates, "search_streams": effort.streams, "cycles_s": cycles,
        "objective": effort.objective.to_string(), "pareto": effort.front,
        "steps_s": effort.steps, "step_s": step_s(scenario, setup), "period": scenario.period, "demand_factor": scenario.demand.factor })
}

fn variant(e: &Evaluated) -> Variant<'_> {
    Variant { name: e.plan.name.clone(), title: e.title.clone(), plans: &e.plan, runs: e.runs.clone() }
}

fn report(scenario: &Scenario, found: &Optimised, manifest: &Manifest, (setup, lang): (&Setup, Lang)) -> String {
    let variants: Vec<Variant<'_>> = found.references().into_iter().chain([&found.refined]).map(variant).collect();
    let seed = manifest.seeds.first().copied().unwrap_or(1);
    let drawn = found.waves.iter().flat_map(|w| [(w, &found.banded, true), (w, &found.refined, false)]);
    let corridors = drawn.map(|(wave, e, proven)| {
        let sections = Sections::Computed { sections: &wave.sections, proven };
        let shown = Shown { route: &wave.route, sections, plan: &e.plan, title: &e.title };
        space_time::draw(scenario, &shown, seed, setup)
    });
    let chosen = variants.len() - 1;
    let better = found.doing_better().into_iter().map(variant);
    let warnings = better.filter_map(|other| worse_warning(lang.into(), [&other, &variants[chosen]])).collect();
    render(&Report {
        language: lang.into(),
        scenario,
        variants,
        chosen,
        baselines: (0..chosen).collect(),
        corridors: corridors.collect(),
        approaches: saturation(scenario, &found.refined.plan),
        warnings,
        findings: found.findings.clone(),
        assumptions: scenario.assumptions.clone(),
        manifest: manifest.clone(),
    })
}
