//! `ampel compare`.

use crate::failure::{Failure, input};
use crate::manifest::hashes;
use crate::output::{Format, print, write_file};
use crate::progress::bar;
use crate::report::{loaded, manifest};
use crate::run::valid;
use crate::select::{Chosen, Lang, Runs, plan};
use evaluation::report::{Manifest, Report, RunOption, Variant, render, worse_warning};
use evaluation::space_time::{self, Sections, Shown};
use evaluation::{Paired, Route, Setup, run_all, saturation};
use model::scenario::{PlanSet, Scenario};
use serde_json::json;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// What to compare.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    chosen: Chosen,
    /// Plans, or plan files, by commas; each is compared with the first.
    #[arg(long, value_delimiter = ',', required = true, num_args = 1..)]
    plans: Vec<String>,
    #[command(flatten)]
    runs: Runs,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Write a report to this file as well: the last plan is held against the others.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Replace the report if it exists.
    #[arg(long, requires = "report")]
    force: bool,
    /// Language of the report.
    #[arg(long, value_enum, default_value = "en", requires = "report")]
    lang: Lang,
}

/// Runs the plans with the same vehicles and prints the differences.
pub(crate) fn compare(args: &Args, quiet: bool) -> Result<(), Failure> {
    if args.plans.len() < 2 {
        return Err(input("one plan cannot be compared\n  mend: give --plans A,B"));
    }
    if let Some(file) = &args.report {
        may_write(file, args.force)?;
    }
    let (scenario, mut inputs) = loaded(&args.chosen, &args.runs)?;
    let found = args.plans.iter().map(|name| plan(&scenario, Some(name)));
    let plans: Vec<PlanSet> = found.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    let seeds = args.runs.seeds((1, 10));
    let setup = Setup { quality: args.report.is_some(), ..args.runs.setup(None)? };
    let bar = bar("comparing", (plans.len() * seeds.len()) as u64, quiet);
    let runs = run_all(&scenario, &plans.iter().collect::<Vec<_>>(), &seeds, &setup, &|| bar.inc(1));
    bar.finish_and_clear();
    let others: Vec<(&PlanSet, Vec<Paired>)> =
        plans.iter().zip(&runs).skip(1).map(|(p, r)| (p, evaluation::compare(&runs[0], r))).collect();
    match args.format {
        Format::Json => {
            let rows: Vec<_> = others.iter().map(|(p, rows)| json!({ "plan": p.name, "measures": rows })).collect();
            let value = json!({ "schema": 1, "scenario": scenario.name, "period": scenario.period, "first": plans[0].name, "seeds": seeds,
                "demand_factor": scenario.demand.factor, "others": rows,
                "assumptions": scenario.assumptions });
            print(&format!("{value:#}"))?;
        }
        Format::Table => {
            for (p, rows) in &others {
                print(&table(&plans[0].name, &p.name, rows))?;
            }
            // They are the same for every plan, but for those who meet the change of a closure on the road.
            let works = crate::works::table(&runs[0]);
            if !works.is_empty() {
                print(works.trim_end())?;
            }
        }
    }
    if let Some(file) = &args.report {
        let step = setup.step.unwrap_or(scenario.step).span().get();
        let options = vec![RunOption::Step(step), RunOption::Demand(scenario.demand.factor)];
        let files = args.plans.iter().map(Path::new).filter(|p| p.is_file());
        inputs.extend(hashes(&args.chosen.folder, files)?);
        let made = manifest(inputs, seeds, options);
        write_file(file, &report(&scenario, &plans, &runs, (&setup, args.lang), made))?;
    }
    runs.iter().try_for_each(|r| valid(r))
}

/// Says at once what would only come out after the runs.
fn may_write(file: &Path, force: bool) -> Result<(), Failure> {
    if file.exists() && !force {
        return Err(input("the report exists already\n  mend: give another file, or --force"));
    }
    match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) if !folder.is_dir() => {
            Err(input(format!("{} is no folder\n  mend: make it, or give another file", folder.display())))
        }
        _ => Ok(()),
    }
}

/// The report of the last plan, held against the others.
fn report(
    scenario: &Scenario,
    plans: &[PlanSet],
    runs: &[evaluation::Runs],
    (setup, lang): (&Setup, Lang),
    manifest: Manifest,
) -> String {
    let variant = |(plans, runs): (_, &evaluation::Runs)| {
        let plans: &PlanSet = plans;
        Variant { name: plans.name.clone(), title: plans.name.clone(), plans, runs: runs.clone() }
    };
    let variants: Vec<Variant<'_>> = plans.iter().zip(runs).map(variant).collect();
    let chosen = variants.len() - 1;
    let routes: Vec<Route> = scenario.corridors.iter().map(|c| Route::new(scenario, c)).collect();
    let seed = manifest.seeds.first().copied().unwrap_or(1);
    let drawn = routes.iter().flat_map(|route| [&plans[0], &plans[chosen]].map(|plan| (route, plan)));
    let corridors = drawn.map(|(route, plan)| {
        let shown = Shown { route, sections: Sections::OfPlan, plan, title: &plan.name };
        space_time::draw(scenario, &shown, seed, setup)
    });
    let corridors = corridors.collect();
    let warnings = variants[..chosen].iter().filter_map(|v| worse_warning(lang.into(), [v, &variants[chosen]])).collect();
    render(&Report {
        language: lang.into(),
        scenario,
        variants,
        chosen,
        baselines: (0..chosen).collect(),
        corridors,
        approaches: saturation(scenario, &plans[chosen]),
        warnings,
        findings: Vec::new(),
        assumptions: scenario.assumptions.clone(),
        manifest,
    })
}

/// Before, after and difference with its interval, a line per measure.
pub(crate) fn table(before: &str, after: &str, rows: &[Paired]) -> String {
    let head = [before, after, "difference", "95 % from", "to", "change"].map(|h| format!("{h:>14}")).join("");
    let mut text = format!("{:<20}{head}\n", "");
    for r in rows {
        let d = &r.difference;
        let relative = if r.before.mean == 0.0 { 0.0 } else { 100.0 * d.mean / r.before.mean };
        let known = d.low.is_finite() && d.high.is_finite();
        let verdict = match (known, d.is_clear_of_zero(), d.mean < 0.0) {
            (false, ..) => "one seed, no verdict",
            (true, false, _) => "not significant",
            (true, true, true) => "better",
            (true, true, false) => "worse",
        };
        let [low, high] = [d.low, d.high].map(|end| if known { format!("{end:.3}") } else { "none".into() });
        let _ = writeln!(
            text,
            "{:<20}{:>14.3}{:>14.3}{:>14.3}{low:>14}{high:>14}{relative:>13.1}%  {verdict}",
            r.measure.title(),
            r.before.mean,
            r.after.mean,
            d.mean,
        );
    }
    if rows.iter().any(|r| !r.difference.low.is_finite()) {
        text += "One seed gives no interval; give several, such as --seeds 1..10.\n";
    }
    text
}
