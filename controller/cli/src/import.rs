//! `ampel import`.

use crate::failure::{Failure, input};
use crate::output::{print, refuse_existing, write_file, write_folder};
use interchange::osm;
use model::scenario::Files;
use model::time::DaySecond;
use std::path::{Path, PathBuf};

/// What to import.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    from: From,
}

#[derive(Debug, clap::Subcommand)]
enum From {
    /// OpenStreetMap, XML or PBF.
    Osm {
        /// The map, `.osm` or `.osm.pbf`.
        file: PathBuf,
        /// What is known better than the map, and which part of it is kept.
        #[arg(long, value_name = "FILE")]
        patch: Option<PathBuf>,
        /// Name of the scenario; that of the folder when absent. A patch may give its own.
        #[arg(long)]
        name: Option<String>,
        /// Keep service roads.
        #[arg(long)]
        services: bool,
        #[command(flatten)]
        output: Output,
    },
    /// A SUMO network with its signal programs and demand.
    Sumo {
        /// The network, `.net.xml`.
        net: PathBuf,
        /// The demand, `.rou.xml`.
        #[arg(long)]
        routes: PathBuf,
        /// First second of the day.
        #[arg(long, value_name = "S", default_value_t = 0)]
        begin: u32,
        /// Second of the day when the run ends.
        #[arg(long, value_name = "S", default_value_t = 3600)]
        end: u32,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, clap::Args)]
struct Output {
    /// Folder to write.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Replace the folder if it exists.
    #[arg(long)]
    force: bool,
}

/// Imports, checks what came out, and writes it whole or not at all.
pub(crate) fn import(args: &Args) -> Result<(), Failure> {
    match &args.from {
        From::Osm { file, patch, name, services, output } => {
            refuse_existing(&output.output, output.force)?;
            let options = osm::Options {
                name: name.clone().unwrap_or_else(|| folder_name(&output.output)),
                services: *services,
                patch: patch.as_deref().map(osm::Patch::read).transpose().map_err(input)?,
                command: osm_command(file, patch.as_deref(), *services),
            };
            let (files, remarks) = osm::import(file, &options).map_err(input)?;
            write(&files, &remarks.iter().map(ToString::to_string).collect::<Vec<_>>(), output)
        }
        From::Sumo { net, routes, begin, end, output } => {
            refuse_existing(&output.output, output.force)?;
            let imported = interchange::sumo::import(net, routes, DaySecond(*begin), DaySecond(*end));
            let (files, remarks) = imported.map_err(input)?;
            write(&files, &remarks, output)
        }
    }
}

fn folder_name(folder: &Path) -> String {
    folder.file_name().map_or_else(|| "imported".to_owned(), |n| n.to_string_lossy().into_owned())
}

/// How to make the scenario again; the folder does not matter.
fn osm_command(file: &Path, patch: Option<&Path>, services: bool) -> String {
    let patch = patch.map_or_else(String::new, |p| format!(" --patch {}", p.display()));
    let services = if services { " --services" } else { "" };
    format!("ampel import osm {}{patch}{services} -o DIR", file.display())
}

fn write(files: &Files, remarks: &[String], output: &Output) -> Result<(), Failure> {
    let scenario = files.check()?;
    write_folder(&output.output, output.force, |folder: &Path| {
        files.write(folder).map_err(|e| input(format!("{} cannot be written: {e}", folder.display())))?;
        write_file(&folder.join("import.txt"), &(remarks.join("\n") + "\n"))
    })?;
    for remark in remarks.iter().take(20) {
        eprintln!("{remark}");
    }
    if remarks.len() > 20 {
        eprintln!("and {} more", remarks.len() - 20);
    }
    let n = &scenario.network;
    print(&format!(
        "{}: {} links, {} movements, {} signals, {} trips, {} flows; {} repairs and guesses, listed in import.txt",
        output.output.display(),
        n.links.len(),
        n.movements.len(),
        scenario.signals.len(),
        scenario.demand.trips.len(),
        scenario.demand.flows.len(),
        remarks.len()
    ))
}
