//! `ampel export`.

use crate::failure::{Failure, input};
use crate::output::{print, write_file, write_folder};
use crate::select::{plan, scenario};
use model::scenario::{PlanSet, Scenario};
use std::path::{Path, PathBuf};

/// What to export.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    to: To,
}

#[derive(Debug, clap::Subcommand)]
enum To {
    /// A SUMO additional file with one program per signal, for the network the scenario was imported from; or, with
    /// `--network`, everything that `netconvert` and SUMO need to simulate the scenario again.
    Sumo {
        /// Folder of the scenario.
        scenario: PathBuf,
        /// Plan of the scenario, or a plan file; the default plan when absent.
        #[arg(long)]
        plan: Option<String>,
        /// Write nodes, edges, connections, signals, routes and configurations into a folder.
        #[arg(long, requires = "output")]
        network: bool,
        /// File to write, or with `--network` the folder; standard output when absent.
        #[arg(short, long, value_name = "PATH")]
        output: Option<PathBuf>,
        /// Replace the folder if it exists.
        #[arg(long, requires = "network")]
        force: bool,
    },
}

/// Exports.
pub(crate) fn export(args: &Args) -> Result<(), Failure> {
    let To::Sumo { scenario: folder, plan: wanted, network, output, force } = &args.to;
    let scenario = scenario(folder)?;
    let plan = plan(&scenario, wanted.as_deref())?;
    if let (true, Some(target)) = (network, output) {
        return export_network(&scenario, plan.as_ref(), target, *force);
    }
    let plan = plan.ok_or_else(|| input("the scenario has no signals to export"))?;
    let text = interchange::sumo::export_plan(&scenario, &plan).map_err(input)?;
    match output {
        Some(file) => write_file(file, &text),
        None => print(text.trim_end()),
    }
}

fn export_network(scenario: &Scenario, plan: Option<&PlanSet>, target: &Path, force: bool) -> Result<(), Failure> {
    let exported = interchange::sumo::export_network(scenario, plan).map_err(input)?;
    write_folder(target, force, |folder| {
        exported.files.iter().try_for_each(|(name, text)| write_file(&folder.join(name), text))
    })?;
    for note in &exported.notes {
        eprintln!("{note}");
    }
    let names = exported.files.iter().map(|f| f.0.as_str()).collect::<Vec<_>>();
    print(&format!("{}: {}", target.display(), names.join(", ")))
}
