//! `ampel export`.

use crate::failure::{Failure, input};
use crate::output::{print, write_file};
use crate::select::{plan, scenario};
use std::path::PathBuf;

/// What to export.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    to: To,
}

#[derive(Debug, clap::Subcommand)]
enum To {
    /// A SUMO additional file with one program per signal, for the network the scenario was imported from.
    Sumo {
        /// Folder of the scenario.
        scenario: PathBuf,
        /// Plan of the scenario, or a plan file; the default plan when absent.
        #[arg(long)]
        plan: Option<String>,
        /// File to write; standard output when absent.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// Exports.
pub(crate) fn export(args: &Args) -> Result<(), Failure> {
    let To::Sumo { scenario: folder, plan: wanted, output } = &args.to;
    let scenario = scenario(folder)?;
    let plan = plan(&scenario, wanted.as_deref())?.ok_or_else(|| input("the scenario has no signals to export"))?;
    let text = interchange::sumo::export_plan(&scenario, &plan).map_err(input)?;
    match output {
        Some(file) => write_file(file, &text),
        None => print(text.trim_end()),
    }
}
