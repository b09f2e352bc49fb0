//! GTFS timetables: the buses and trams of a day as trips of a scenario.
//!
//! [`import`] reads an unpacked feed, finds the links at which its stops lie, and adds a trip for each run of a bus or tram
//! that calls at two stops or more within the network. A trip begins at the link of the first such stop, at the time of the
//! timetable, and takes the fastest way from stop to stop.
//!
//! The few tables that are needed are read here, since a feed has nothing but text separated by commas.
//!
//! # Accuracy
//!
//! A stop is 20 m long for buses and 40 m for trams, which is assumed, and lies at the nearest lane, its head where the feed has it; nothing
//! in a feed tells of bays, so vehicles stand on the lane. At the first stop of the part within the network the vehicle only
//! begins. At each further one it dwells as long as the timetable lets it, but no less than an assumed minimum, and does
//! not leave before its time. Not imported: railways, ferries, lines by frequency (`frequencies.txt` makes
//! one trip each), and runs of the day before that last past midnight. What could not be matched comes back as sentences.
//!
//! Source: General Transit Feed Specification, schedule reference, gtfs.org.

mod date;
mod feed;
mod matching;
mod stops;
mod table;

pub use date::Date;

use crate::sumo::Notes;
use feed::{Feed, Run};
use matching::{Matched, Matcher};
use model::demand::{DepartLane, DepartSpeed};
use model::quantity::Length;
use model::routing::without_lane_changes;
use model::scenario::file::{DemandFile, Reference, TripFile, VehicleTypeFile, reference};
use model::scenario::{Fault, Faults, Files};
use model::vehicle::VehicleClass;
use std::path::Path;
use stops::Stops;

/// The tables of a feed that are read.
pub const TABLES: [&str; 8] = [
    "agency.txt",
    "stops.txt",
    "routes.txt",
    "trips.txt",
    "stop_times.txt",
    "calendar.txt",
    "calendar_dates.txt",
    "frequencies.txt",
];

/// Which day, and how near a stop has to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// The day of service.
    pub date: Date,
    /// How far a stop may lie from the middle of a lane.
    pub within: Length,
}

/// Adds the buses and trams of a day to the files of a scenario, whose network has to be in ETRS89 / UTM 32N.
///
/// Returns the files, and one sentence for everything that was left out or guessed.
///
/// # Errors
/// What is wrong with the scenario, and the first thing that is wrong with the feed.
pub fn import(folder: &Path, files: Files, options: &Options) -> Result<(Files, Vec<String>), Faults> {
    let scenario = files.check()?;
    let mut notes = Notes::default();
    let feed = Feed::read(folder, options.date, &mut notes)?;
    let Some(mut matcher) = Matcher::new(&scenario.network, options.within) else {
        return Err(fault(folder, "the network has no place on the Earth", "import into a scenario with epsg = 25832"));
    };
    let mut stops = Stops::new(&scenario.network);
    let mut trips = Vec::new();
    for run in &feed.runs {
        if let Some(matched) = matcher.matched(run, &feed, &mut notes) {
            if without_lane_changes(&scenario.network, run.class, &matched.links, |_| Vec::new()).is_err()
                && run.class.is_on_rails()
            {
                notes.add("Trams that would have to change lanes are left out", format!("line {}", run.line));
                continue;
            }
            let calls = stops.calls(run, &matched, &mut matcher, &feed, &mut notes);
            let links = matched.links.iter().map(|&l| reference(scenario.network.links[l].name.clone()));
            trips.push((run, matched.clone(), links.collect::<Vec<_>>(), calls));
        }
    }
    matcher.tell(&feed, &mut notes);
    let agency = feed.agency.clone();
    let files = files.changed(|frame, _| {
        let day = options.date;
        frame.assumptions.push(format!("assumed: buses and trams run as the timetable of {agency} says for {day}"));
        frame.assumptions.push(stops::ASSUMPTION.into());
        let joint = if frame.attribution.is_empty() { "" } else { "; " };
        frame.attribution += joint;
        frame.attribution += "timetable: ";
        frame.attribution += &agency;
    });
    let files = files.with_demands(|demand| {
        for (run, matched, links, calls) in &trips {
            let vehicle_type = reference(type_of(demand, run.class));
            demand.trips.push(TripFile { stops: calls.clone(), ..trip(run, matched, links.clone(), vehicle_type) });
        }
    });
    Ok((files.with_network(|network| network.stops.extend(stops.made)), notes.sentences()))
}

fn fault(file: &Path, what: impl Into<String>, mend: impl Into<String>) -> Faults {
    Faults(vec![Fault { file: file.into(), line: None, what: what.into(), mend: mend.into(), is_unsafe: false }])
}

fn trip(run: &Run, matched: &Matched, links: Vec<Reference>, vehicle_type: Reference) -> TripFile {
    TripFile {
        name: format!("line {}, run {}", run.line, run.name),
        vehicle_type,
        depart_s: run.time(matched.first),
        from: None,
        to: None,
        route: Some(links),
        depart_lane: DepartLane::default(),
        depart_speed: DepartSpeed::default(),
        dwell_mean_s: None,
        dwell_deviation_s: None,
        stops: Vec::new(),
    }
}

/// The vehicle type of a class: the first of the demand, or a usual one that is added.
fn type_of(demand: &mut DemandFile, class: VehicleClass) -> String {
    if let Some(known) = demand.types.iter().find(|t| t.class == class) {
        return known.name.get_ref().clone();
    }
    let name = format!("timetable-{class:?}").to_lowercase();
    demand.types.push(VehicleTypeFile::usual(name.clone(), class));
    name
}
