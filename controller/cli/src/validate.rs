//! `ampel validate`.

use crate::failure::{Failure, input};
use crate::output::{Format, print};
use crate::progress::bar;
use clap::builder::RangedU64ValueParser;
use evaluation::validation::{Row, Trial, Verdict, numbers, validate as measure};
use model::scenario::Scenario;
use model::time::{DaySecond, Step};
use serde_json::json;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// What to validate.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Rows of these numbers only, by commas, such as V1,V13.
    #[arg(long, value_delimiter = ',', value_name = "NUMBERS")]
    only: Vec<String>,
    /// Folder of the RESCO networks, each in a folder of its name; without it the rows that need them are not run.
    #[arg(long, value_name = "DIR")]
    resco: Option<PathBuf>,
    /// Step in seconds: 1, 0.5, 0.25, 0.2 or 0.1.
    #[arg(long, value_name = "S", default_value_t = 0.5)]
    step: f64,
    /// Runs side by side; all cores when absent.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, value_parser = RangedU64ValueParser::<usize>::new().range(0..=256))]
    jobs: usize,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// Networks with their first and last second of the day, as their README says.
const NETWORKS: [(&str, u32, u32); 3] =
    [("cologne1", 25_200, 28_800), ("cologne3", 25_200, 28_800), ("ingolstadt1", 57_600, 61_200)];

/// Measures the rows and prints them; a row that misses without a cause is a finding.
pub(crate) fn validate(args: &Args, quiet: bool) -> Result<(), Failure> {
    let wanted = wanted(&args.only)?;
    let wrong = || input(format!("a step of {} s\n  mend: give 1, 0.5, 0.25, 0.2 or 0.1", args.step));
    let step = Step::of_seconds(args.step).ok_or_else(wrong)?;
    let networks = args.resco.as_deref().map_or_else(|| Ok(Vec::new()), networks)?;
    let trial = Trial { step, jobs: args.jobs, networks: &networks, ..Trial::default() };
    let bar = bar("validating", wanted.len() as u64, quiet);
    let rows = measure(&wanted, &trial, &|| bar.inc(1));
    bar.finish_and_clear();
    match args.format {
        Format::Json => print(&format!("{:#}", json!({ "schema": 1, "step_s": args.step, "rows": rows })))?,
        Format::Table => print(&table(&rows))?,
    }
    judge(&rows)
}

/// The numbers asked for as the table knows them, all when none is.
fn wanted(only: &[String]) -> Result<Vec<&'static str>, Failure> {
    let known = numbers();
    if only.is_empty() {
        return Ok(known);
    }
    let find = |name: &String| known.iter().copied().find(|k| k.eq_ignore_ascii_case(name));
    let unknown = |name: &String| input(format!("there is no row {name}\n  mend: name some of {}", known.join(", ")));
    only.iter().map(|name| find(name).ok_or_else(|| unknown(name))).collect()
}

fn networks(folder: &Path) -> Result<Vec<Scenario>, Failure> {
    NETWORKS.iter().map(|&(name, begin, end)| network(folder, name, (begin, end))).collect()
}

fn network(folder: &Path, name: &str, (begin, end): (u32, u32)) -> Result<Scenario, Failure> {
    let file = |ending: &str| folder.join(name).join(format!("{name}.{ending}"));
    let (net, routes) = (file("net.xml"), file("rou.xml"));
    if let Some(missing) = [&net, &routes].into_iter().find(|f| !f.is_file()) {
        let mend = "give the folder that holds cologne1, cologne3 and ingolstadt1 of the RESCO benchmark";
        return Err(input(format!("{} is not there\n  mend: {mend}", missing.display())));
    }
    let (files, _) = interchange::sumo::import(&net, &routes, DaySecond(begin), DaySecond(end)).map_err(input)?;
    Ok(Scenario { name: name.into(), ..files.check()? })
}

/// A broken law makes every run worthless; any other row that misses without a cause is a finding.
fn judge(rows: &[Row]) -> Result<(), Failure> {
    let missed: Vec<&Row> = rows.iter().filter(|r| r.verdict == Verdict::Missed).collect();
    let list = |rows: &[&Row]| rows.iter().map(|r| format!("{} {}", r.id, r.what)).collect::<Vec<_>>().join("\n  ");
    let laws: Vec<&Row> = missed.iter().copied().filter(|r| r.is_law()).collect();
    if !laws.is_empty() {
        return Err(Failure::Invalid(format!("laws are broken\n  {}", list(&laws))));
    }
    if missed.is_empty() {
        return Ok(());
    }
    let count = format!("{} of {} rows miss, and nobody has said why", missed.len(), rows.len());
    Err(Failure::Finding(format!("{count}\n  {}", list(&missed))))
}

fn table(rows: &[Row]) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{:<5}{:<11}{:>18} {:<8}{:>18}{:>9}  what", "row", "verdict", "actual", "unit", "target", "tol.");
    for row in rows {
        let digits = row.digits;
        let half = row.half_width.map_or_else(String::new, |h| format!(" ±{h:.digits$}"));
        let actual = row.actual.map_or_else(|| "-".into(), |a| format!("{a:.digits$}{half}"));
        let (target, tolerance) = (row.target.figure(digits), row.target.tolerance(digits));
        let (id, verdict, unit, what) = (row.id, row.verdict.word(), row.unit, &row.what);
        let _ = writeln!(text, "{id:<5}{verdict:<11}{actual:>18} {unit:<8}{target:>18}{tolerance:>9}  {what}");
        for (label, note) in [("", row.figures.as_str()), ("because ", &row.explanation), ("source: ", row.source)] {
            if !note.is_empty() {
                let _ = writeln!(text, "{:16}{label}{note}", "");
            }
        }
    }
    let count = |v: Verdict| rows.iter().filter(|r| r.verdict == v).count();
    let all = [Verdict::Met, Verdict::Explained, Verdict::Missed, Verdict::Reported, Verdict::NotRun];
    let _ = write!(text, "\n{}", all.map(|v| format!("{} {}", count(v), v.word())).join(", "));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use evaluation::validation::Target;

    fn row(id: &'static str, verdict: Verdict) -> Row {
        Row {
            id,
            what: "headway".into(),
            unit: "s",
            target: Target::about(1.8, 0.09),
            actual: (verdict != Verdict::NotRun).then_some(1.875),
            half_width: Some(0.02),
            digits: 2,
            verdict,
            source: "HBS",
            figures: String::new(),
            explanation: String::new(),
        }
    }

    #[test]
    fn a_row_that_misses_is_a_finding_and_a_broken_law_makes_the_simulation_invalid() {
        let code = |rows: &[Row]| judge(rows).err().map(|f| f.exit_code());
        let fine = [row("V1", Verdict::Met), row("V2", Verdict::Explained), row("V12", Verdict::NotRun)];
        assert_eq!(code(&fine), None);
        assert_eq!(code(&[row("V1", Verdict::Met), row("V2", Verdict::Missed)]), Some(1));
        assert_eq!(code(&[row("V2", Verdict::Missed), row("V11", Verdict::Missed)]), Some(3));
    }

    #[test]
    fn the_table_says_target_actual_and_tolerance() {
        let text = table(&[row("V1", Verdict::Met), row("V12", Verdict::NotRun)]);
        let line = text.lines().find(|l| l.starts_with("V1 ")).unwrap_or_default();
        for word in ["met", "1.88 ±0.02", "1.80", "±0.09", "headway"] {
            assert!(line.contains(word), "no {word} in {line}");
        }
        assert!(text.ends_with("1 met, 0 explained, 0 missed, 0 reported, 1 not run"), "{text}");
    }
}
