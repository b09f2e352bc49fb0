//! `optimise-by-size`: what `ampel optimise` takes for grids of 5 to 100 signals, part by part, and what it gains.
//!
//! Crossroads 250 m apart with permissive left turns, two lanes each way, a tenth turning either way; every street from west to
//! east is a corridor. Default effort.

use clap::Parser;
use evaluation::{Effort, Evaluated, Optimised, Progress, Setup, optimise};
use model::id::{Id, SignalId};
use model::scenario::{Corridor, Scenario};
use model::toy::Grid;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;

/// Time and gain of the whole optimisation by the number of signals.
#[derive(Debug, Parser)]
struct Args {
    /// Columns and rows of each grid.
    #[arg(long, value_delimiter = ',', default_value = "5x1,5x2,5x4,10x5,10x10")]
    grids: Vec<String>,
    /// Seeds of the comparison.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(2..=1000))]
    seeds: u64,
    /// Measured period of the scenario, in seconds.
    #[arg(long, default_value_t = 1800)]
    duration: u32,
    /// Print what was found, with the bound of every program of bands.
    #[arg(long)]
    findings: bool,
}

/// When each part of the work began.
#[derive(Default)]
struct Parts(Mutex<Vec<(String, f64)>>);

impl Progress for Parts {
    fn begin(&self, what: &str, _: u64) {
        if let Ok(mut parts) = self.0.lock() {
            parts.push((what.to_owned(), clock()));
        }
    }

    fn tick(&self) {}
}

fn main() -> ExitCode {
    let args = Args::parse();
    for grid in &args.grids {
        let Some((columns, rows)) = size(grid) else {
            eprintln!("{grid} is not a grid\n  mend: write columns and rows, such as 5x4");
            return ExitCode::from(2);
        };
        let text = match measure(&grid_of(columns, rows, args.duration), &args) {
            Ok(text) => text,
            Err(e) => {
                eprintln!("{grid}: {e}");
                return ExitCode::FAILURE;
            }
        };
        if write!(std::io::stdout(), "{text}").is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn size(grid: &str) -> Option<(usize, usize)> {
    let (columns, rows) = grid.split_once('x')?;
    let number = |n: &str| n.parse().ok().filter(|n| (1..=50).contains(n));
    Some((number(columns)?, number(rows)?))
}

/// A grid whose streets from west to east are corridors.
fn grid_of(columns: usize, rows: usize, duration_s: u32) -> Scenario {
    let grid = Grid { columns, rows, flow_veh_per_h: 600.0, cross_flow_veh_per_h: 450.0, duration_s, ..Grid::default() };
    let mut scenario = grid.scenario();
    if columns > 1 {
        let corridor = |row: usize| Corridor {
            name: format!("street {}", row + 1),
            directions: ["eastbound", "westbound"].map(String::from),
            ring: false,
            signals: (0..columns).map(|column| SignalId::from_index(row * columns + column)).collect(),
        };
        scenario.corridors = (0..rows).map(corridor).collect();
    }
    scenario
}

fn measure(scenario: &Scenario, args: &Args) -> Result<String, evaluation::OptimiseError> {
    let setup = Setup { clock, jobs: 0, threads: 1, step: None, following: None, monitor: true, quality: false };
    let effort = Effort::compared_over((1..=args.seeds).collect());
    let parts = Parts::default();
    let began = clock();
    let found = optimise(scenario, &effort, &setup, &parts)?;
    let whole = clock() - began;
    let parts = parts.0.into_inner().unwrap_or_default();
    let ends = parts.iter().skip(1).map(|p| p.1).chain([clock()]);
    let listed: Vec<String> = parts.iter().zip(ends).map(|((what, begin), end)| format!("{what} {:.1} s", end - begin)).collect();
    let findings = if args.findings { format!("{}\n", found.findings.join("\n")) } else { String::new() };
    Ok(format!("{} signals: {whole:.1} s; {}; {}\n{findings}", scenario.signals.len(), listed.join(", "), delays(&found)))
}

/// Mean delay under every plan.
fn delays(found: &Optimised) -> String {
    let delay = |e: &Evaluated| e.runs.iter().map(|r| r.measures.delay_s).sum::<f64>() / e.runs.len() as f64;
    let all = found.references().into_iter().chain([&found.refined]);
    all.map(|e| format!("{} {:.1} s", e.plan.name, delay(e))).collect::<Vec<_>>().join(", ")
}

/// Seconds of a clock that only goes forward.
#[expect(clippy::disallowed_methods, reason = "the wall clock belongs to the binary")]
fn clock() -> f64 {
    use std::sync::OnceLock;
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed().as_secs_f64()
}
