//! `search-against-climb`: what the search in the platoon model finds, beside a hill-climb alone.
//!
//! Both look at the same model, begin with the same timings and may run as many streams. The climb is TRANSYT's: signal after
//! signal, offset, splits and order of stages, and the common cycle, with steps from large to small; when nothing is better, it
//! begins anew, with the next timing and then with offsets at random. The search goes on from the best few climbs with an evolution
//! strategy and with neighbouring signals moved together.

use clap::Parser;
use evaluation::{Effort, search_and_climb_in_model};
use model::scenario::Scenario;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// The search in the platoon model beside a hill-climb with the same effort.
#[derive(Debug, Parser)]
struct Args {
    /// Folders of scenarios; each is searched in every period.
    #[arg(required = true)]
    scenarios: Vec<PathBuf>,
    /// Threads; 0 for one per core.
    #[arg(long, default_value_t = 0)]
    jobs: usize,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let mut table = String::from("scenario                        period          search     climb   change\n");
    for folder in &args.scenarios {
        let rows = model::scenario::load(folder).map_err(|faults| faults.to_string()).and_then(|s| rows(&s, args.jobs));
        match rows {
            Ok(rows) => table.push_str(&rows),
            Err(message) => {
                eprintln!("{message}");
                return ExitCode::from(2);
            }
        }
    }
    if write!(std::io::stdout(), "{table}").is_err() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// One row for each period.
fn rows(scenario: &Scenario, jobs: usize) -> Result<String, String> {
    let row = |scenario: &Scenario, period: &str| {
        let [search, climb] = search_and_climb_in_model(scenario, &Effort::default(), jobs).map_err(|e| e.to_string())?;
        let change = 100.0 * (search / climb - 1.0);
        Ok(format!("{:<30}  {period:<12}  {search:>8.2}  {climb:>8.2}  {change:>+6.1} %\n", scenario.name))
    };
    if scenario.periods.is_empty() {
        return row(scenario, "-");
    }
    scenario.periods.iter().map(|p| row(&scenario.in_period(&p.name).map_err(|e| e.to_string())?, &p.name)).collect()
}
