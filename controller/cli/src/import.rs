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
    /// OpenStreetMap, XML or PBF: lanes, turn lanes, signals grouped into intersections, crossings.
    Osm {
        /// The map, `.osm` or `.osm.pbf`.
        map: PathBuf,
        /// What is known better than the map, and which part of it is kept.
        #[arg(long, value_name = "FILE")]
        patch: Option<PathBuf>,
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
        From::Osm { map, patch, services, output } => {
            refuse_existing(&output.output, output.force)?;
            let folder_name = output.output.file_name().map(|n| n.to_string_lossy().into_owned());
            let options = osm::Options {
                name: folder_name.unwrap_or_else(|| "imported".into()),
                services: *services,
                patch: patch.as_deref().map(osm::Patch::read).transpose().map_err(input)?,
                command: command(map, patch.as_deref(), *services),
            };
            let (files, remarks) = osm::import(map, &options).map_err(input)?;
            let remarks: Vec<String> = remarks.iter().map(ToString::to_string).collect();
            write(&files, &remarks, output)
        }
        From::Sumo { net, routes, begin, end, output } => {
            refuse_existing(&output.output, output.force)?;
            let imported = interchange::sumo::import(net, routes, DaySecond(*begin), DaySecond(*end));
            let (files, remarks) = imported.map_err(input)?;
            write(&files, &remarks, output)
        }
    }
}

/// The command without the folder it writes.
fn command(map: &Path, patch: Option<&Path>, services: bool) -> String {
    let patch = patch.map_or_else(String::new, |p| format!(" --patch {}", p.display()));
    let services = if services { " --services" } else { "" };
    format!("ampel import osm {}{patch}{services}", map.display())
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
