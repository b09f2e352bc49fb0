//! `ampel compare`.

use crate::failure::{Failure, input};
use crate::output::{Format, print};
use crate::progress::bar;
use crate::run::valid;
use crate::select::{Chosen, Runs, plan};
use evaluation::{Paired, run_all};
use model::scenario::PlanSet;
use serde_json::json;
use std::fmt::Write;

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
}

/// Runs the plans with the same vehicles and prints the differences.
pub(crate) fn compare(args: &Args, quiet: bool) -> Result<(), Failure> {
    if args.plans.len() < 2 {
        return Err(input("one plan cannot be compared\n  mend: give --plans A,B"));
    }
    let scenario = args.runs.scenario(&args.chosen)?;
    let found = args.plans.iter().map(|name| plan(&scenario, Some(name)));
    let plans: Vec<PlanSet> = found.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    let seeds = args.runs.seeds((1, 10));
    let setup = args.runs.setup(None)?;
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
        }
    }
    runs.iter().try_for_each(|r| valid(r))
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
