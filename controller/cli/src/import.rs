//! `ampel import`.

use crate::failure::{Failure, input};
use crate::folder::Target;
use crate::manifest::{Made, hashes, scenario_files};
use crate::output::{print, write_file};
use crate::supply;
use interchange::{gtfs, osm};
use model::quantity::Length;
use model::scenario::{Files, Scenario};
use model::time::DaySecond;
use serde_json::json;
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
    /// A GTFS timetable: the buses and trams of a day as trips of a scenario that is there already.
    Gtfs {
        /// Folder of the unpacked feed.
        feed: PathBuf,
        /// The scenario whose network they run on; it is copied.
        #[arg(long, value_name = "DIR")]
        scenario: PathBuf,
        /// The day, such as 2026-06-16.
        #[arg(long, value_name = "DAY")]
        date: gtfs::Date,
        /// How far a stop may lie from the middle of a lane, in metres.
        #[arg(long, value_name = "M", default_value_t = 25.0)]
        within: f64,
        #[command(flatten)]
        output: Output,
    },
    /// A program of OCIT-C supply files (VD LSA) as a plan of a scenario, checked by the rules of its signals.
    OcitC(supply::Import),
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
        From::OcitC(args) => supply::import(args),
        From::Osm { map, patch, services, output } => import_osm(map, patch.as_deref(), *services, output),
        From::Gtfs { feed, scenario, date, within, output } => import_gtfs(feed, scenario, *date, *within, output),
        From::Sumo { net, routes, begin, end, output } => {
            let inputs = [net.as_path(), routes.as_path()];
            let target = output.target(&inputs)?;
            let imported = interchange::sumo::import(net, routes, DaySecond(*begin), DaySecond(*end));
            let (files, remarks) = imported.map_err(input)?;
            let made = Made {
                command: format!("ampel import sumo {} --routes {} --begin {begin} --end {end}", net.display(), routes.display()),
                inputs: hashes(Path::new(""), inputs)?,
                options: json!({ "begin_s": begin, "end_s": end }),
                assumptions: &[],
            };
            let dropped: Vec<String> = remarks.iter().filter(|r| interchange::sumo::is_lost_traffic(r)).cloned().collect();
            write(&files, &Remarks { all: &remarks, lost: &dropped }, &target, made)
        }
    }
}

fn import_osm(map: &Path, patch: Option<&Path>, services: bool, output: &Output) -> Result<(), Failure> {
    let inputs: Vec<&Path> = [Some(map), patch].into_iter().flatten().collect();
    let target = output.target(&inputs)?;
    let folder_name = output.output.file_name().map(|n| n.to_string_lossy().into_owned());
    let command = command(map, patch, services);
    let options = osm::Options {
        name: folder_name.unwrap_or_else(|| "imported".into()),
        services,
        patch: patch.map(osm::Patch::read).transpose().map_err(input)?,
        command: command.clone(),
    };
    let (files, remarks) = osm::import(map, &options).map_err(input)?;
    let lost: Vec<String> = remarks.iter().filter(|r| r.is_lost_traffic()).map(ToString::to_string).collect();
    let remarks: Vec<String> = remarks.iter().map(ToString::to_string).collect();
    let made = Made {
        command,
        inputs: hashes(Path::new(""), inputs.iter().copied())?,
        options: json!({ "services": services }),
        assumptions: &[],
    };
    write(&files, &Remarks { all: &remarks, lost: &lost }, &target, made)
}

fn import_gtfs(feed: &Path, scenario: &Path, date: gtfs::Date, within: f64, output: &Output) -> Result<(), Failure> {
    if !(0.0..=500.0).contains(&within) {
        return Err(input(format!("stops within {within} m\n  mend: give 0 to 500, such as 25")));
    }
    let needed = [feed, scenario];
    let target = output.target(&needed)?;
    let options = gtfs::Options { date, within: Length::metres(within) };
    let (files, remarks) = gtfs::import(feed, Files::read(scenario)?, &options)?;
    let mut inputs = scenario_files(scenario);
    inputs.extend(gtfs::TABLES.map(|t| feed.join(t)).into_iter().filter(|f| f.is_file()));
    let (feed, scenario) = (feed.display(), scenario.display());
    let made = Made {
        command: format!("ampel import gtfs {feed} --scenario {scenario} --date {date} --within {within}"),
        inputs: hashes(Path::new(""), inputs.iter().map(PathBuf::as_path))?,
        options: json!({ "date": date.to_string(), "within_m": within }),
        assumptions: &[],
    };
    write(&files, &Remarks { all: &remarks, lost: &[] }, &target, made)
}

/// The command without the folder it writes.
fn command(map: &Path, patch: Option<&Path>, services: bool) -> String {
    let patch = patch.map_or_else(String::new, |p| format!(" --patch {}", p.display()));
    let services = if services { " --services" } else { "" };
    format!("ampel import osm {}{patch}{services}", map.display())
}

impl Output {
    /// The folder to write, once it is known that it may be written.
    fn target<'a>(&'a self, inputs: &'a [&'a Path]) -> Result<Target<'a>, Failure> {
        let target = Target { folder: &self.output, force: self.force, scenario: true, inputs };
        target.refuse().map(|()| target)
    }
}

/// What an import has to say.
struct Remarks<'a> {
    all: &'a [String],
    /// Those about traffic that was left out.
    lost: &'a [String],
}

fn write(files: &Files, remarks: &Remarks<'_>, target: &Target<'_>, made: Made<'_>) -> Result<(), Failure> {
    let scenario = files.check()?;
    let made = Made { assumptions: &scenario.assumptions, ..made };
    target.write(|folder: &Path| {
        files.write(folder).map_err(|e| input(format!("{} cannot be written: {e}", folder.display())))?;
        write_file(&folder.join("import.txt"), &(remarks.all.join("\n") + "\n"))?;
        made.write(folder)
    })?;
    say(remarks);
    print(&summary(&scenario, target.folder, remarks.all.len()))?;
    if remarks.lost.is_empty() || !scenario.demand.trips.is_empty() || !scenario.demand.flows.is_empty() {
        return Ok(());
    }
    Err(Failure::Finding(format!(
        "no traffic is left\n{}\n  mend: another period, or files that belong together",
        remarks.lost.join("\n")
    )))
}

/// Tells what was repaired and guessed, and first what traffic was lost.
fn say(remarks: &Remarks<'_>) {
    for lost in remarks.lost {
        crate::output::note(&format!("warning: {lost}"));
    }
    let others: Vec<&String> = remarks.all.iter().filter(|r| !remarks.lost.contains(r)).collect();
    for remark in others.iter().take(20) {
        crate::output::note(remark);
    }
    if others.len() > 20 {
        crate::output::note(&format!("and {} more", others.len() - 20));
    }
}

fn summary(scenario: &Scenario, folder: &Path, remarks: usize) -> String {
    let n = &scenario.network;
    format!(
        "{}: {} links, {} movements, {} signals, {} trips, {} flows; {remarks} repairs and guesses, listed in import.txt",
        folder.display(),
        n.links.len(),
        n.movements.len(),
        scenario.signals.len(),
        scenario.demand.trips.len(),
        scenario.demand.flows.len(),
    )
}
