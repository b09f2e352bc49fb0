//! `ampel export`.

use crate::failure::{Failure, input};
use crate::folder::{Target, refuse_file, write_whole};
use crate::its;
use crate::manifest::{Made, hashes, scenario_files};
use crate::output::{print, write_file};
use crate::select::{Chosen, plan};
use crate::supply;
use model::scenario::{PlanSet, Scenario};
use serde_json::json;
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
    Sumo(Sumo),
    /// Supply files for controllers, one for each signal: OCIT-C-shaped (VD LSA), unvalidated, without checksums.
    OcitC(supply::Export),
    /// MAPEM for vehicles: the lanes of intersections, and which signal group governs which way.
    Mapem(its::MapArgs),
    /// SPATEM for vehicles: what signals show under a plan and when that changes, with speeds to come through on green.
    Spatem(its::SpatArgs),
}

#[derive(Debug, clap::Args)]
struct Sumo {
    #[command(flatten)]
    chosen: Chosen,
    /// Plan of the scenario, or a plan file; the default plan when absent.
    #[arg(long)]
    plan: Option<String>,
    /// Write nodes, edges, connections, signals, routes and configurations into a folder.
    #[arg(long, requires = "output")]
    network: bool,
    /// File to write, or with `--network` the folder; standard output when absent.
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Replace the file or folder if it exists.
    #[arg(long, requires = "output")]
    force: bool,
}

/// Exports.
pub(crate) fn export(args: &Args) -> Result<(), Failure> {
    match &args.to {
        To::Sumo(args) => export_sumo(args),
        To::OcitC(args) => supply::export(args),
        To::Mapem(args) => its::export_mapem(args),
        To::Spatem(args) => its::export_spatem(args),
    }
}

fn export_sumo(args: &Sumo) -> Result<(), Failure> {
    let Sumo { chosen, plan: wanted, network, output, force } = args;
    let inputs = [Some(chosen.folder.as_path()), plan_file(wanted.as_deref())];
    let inputs: Vec<&Path> = inputs.into_iter().flatten().collect();
    let target = output.as_deref().map(|folder| Target { folder, force: *force, scenario: false, inputs: &inputs });
    match target {
        Some(target) if *network => target.refuse()?,
        Some(target) => refuse_file(target.folder, *force)?,
        None => {}
    }
    let scenario = chosen.scenario()?;
    let plan = plan(&scenario, wanted.as_deref())?;
    if let (true, Some(target)) = (network, target) {
        return export_network(&scenario, plan.as_ref(), &target, wanted.as_deref());
    }
    let plan = plan.ok_or_else(|| input("the scenario has no signals to export"))?;
    let text = interchange::sumo::export_plan(&scenario, &plan).map_err(input)?;
    match output {
        Some(file) => write_whole(file, *force, &text),
        None => print(text.trim_end()),
    }
}

/// The plan where it is a file, not a name.
fn plan_file(wanted: Option<&str>) -> Option<&Path> {
    wanted.map(Path::new).filter(|p| p.is_file())
}

fn export_network(scenario: &Scenario, plan: Option<&PlanSet>, target: &Target<'_>, wanted: Option<&str>) -> Result<(), Failure> {
    let exported = interchange::sumo::export_network(scenario, plan).map_err(input)?;
    let from = target.inputs[0];
    let files = scenario_files(from);
    let made = Made {
        command: format!(
            "ampel export sumo {}{} --network{}",
            from.display(),
            scenario.period.as_ref().map_or_else(String::new, |p| format!(" --period {p}")),
            wanted.map_or_else(String::new, |p| format!(" --plan {p}"))
        ),
        inputs: hashes(from, files.iter().map(PathBuf::as_path).chain(plan_file(wanted)))?,
        options: json!({ "period": scenario.period, "plan": plan.map(|p| &p.name) }),
        assumptions: &scenario.assumptions,
    };
    target.write(|folder| {
        exported.files.iter().try_for_each(|(name, text)| write_file(&folder.join(name), text))?;
        made.write(folder)
    })?;
    for note in &exported.notes {
        crate::output::note(note);
    }
    let names = exported.files.iter().map(|f| f.0.as_str()).chain(["manifest.json"]).collect::<Vec<_>>();
    print(&format!("{}: {}", target.folder.display(), names.join(", ")))
}
