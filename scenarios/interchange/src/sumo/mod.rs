//! Eclipse SUMO: networks with their signal programs and demand in, signal programs out.
//!
//! [`import`] reads a `.net.xml` and a `.rou.xml` and makes the files of a scenario. Identities are kept: links,
//! intersections and signals bear SUMO's ids, movements remember their link index, so that [`export_plan`] can write a
//! program for the very network the scenario came from. [`export_network`] writes any scenario as input for `netconvert`.
//!
//! Second 0 of the day is SUMO's second 0, and both count a program's offset the same way: at time `t` the program is
//! in second `(t - offset) mod cycle`, whenever the run begins (tried with SUMO 1.28.0).
//!
//! # Accuracy
//!
//! What an import leaves out or guesses comes back as a list of sentences, one for each kind of repair. Not imported:
//! people on foot, though their crossings and signal groups are, railways other than trams, stops, containers, rerouters, and the detection
//! logic of actuated programs, of which only the static durations are used.

mod bends;
mod classes;
mod demand;
mod export;
mod logic;
mod network;
mod notes;
mod plain;
mod programs;
mod raw;
mod rights;
mod roads;
mod signals;
mod types;
mod unruled;

pub use demand::is_lost_traffic;
pub use export::{ExportError, PROGRAM, export_plan};
pub use plain::{NetworkFiles, export_network};

use crate::xml::XmlError;
use model::scenario::file::{RoadworksFile, SCHEMA, ScenarioFile, reference};
use model::scenario::{Faults, Files};
use model::time::DaySecond;
pub(crate) use notes::Notes;
use std::path::Path;
use thiserror::Error;

/// Why a network cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImportError {
    /// A file is not readable XML, or an element lacks what it needs.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// The files contradict themselves: every such fault, with file and line.
    #[error(transparent)]
    Faults(#[from] Faults),
}

/// What an import may be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Name of the scenario; that of the network file when `None`.
    pub name: Option<String>,
    /// Attribution that has to be shown with everything made from the network.
    pub attribution: String,
    /// First second of the day; midnight when `None`.
    pub begin: Option<DaySecond>,
    /// Second of the day when the run ends; an hour after the last departure when `None`.
    pub end: Option<DaySecond>,
}

/// Imports a network, its signal programs and its demand between two seconds of the day.
///
/// Returns the files of the scenario, and one sentence for every kind of repair and guess.
///
/// # Errors
/// The first thing that is not readable XML, or else every contradiction in the files.
pub fn import(net: &Path, routes: &Path, begin: DaySecond, end: DaySecond) -> Result<(Files, Vec<String>), ImportError> {
    import_with(net, routes, &Options { begin: Some(begin), end: Some(end), ..Options::default() })
}

/// Imports a network as [`import`] does, with every option.
///
/// # Errors
/// As [`import`].
pub fn import_with(net: &Path, routes: &Path, options: &Options) -> Result<(Files, Vec<String>), ImportError> {
    let mut notes = Notes::default();
    let raw = raw::read(net, &mut notes)?;
    let built = network::build(&raw, &mut notes)?;
    let signals = signals::build(&raw, &built, &mut notes)?;
    let roads = roads::Roads::new(&built);
    let demand = demand::read(routes, &roads, options, &mut notes)?;
    let begin_s = options.begin.map_or(0, |b| b.0);
    let frame = ScenarioFile {
        schema: SCHEMA,
        period_name: None,
        periods: Vec::new(),
        name: options.name.clone().unwrap_or_else(|| stem(net)),
        title: format!("{}, imported from SUMO", stem(net)),
        begin_s,
        end_s: options.end.map_or(demand.last_departure + 3600, |e| e.0),
        warm_up_s: 0,
        step_s: 1.0,
        default_plan: (!signals.file.signals.is_empty()).then(|| reference(programs::SHIPPED)),
        transition: None,
        day_plan: Vec::new(),
        attribution: options.attribution.clone(),
        faults: Vec::new(),
        assumptions: assumptions(!signals.file.signals.is_empty()),
    };
    let network = built.finish(&signals.groups);
    let roadworks = RoadworksFile { schema: SCHEMA, roadworks: Vec::new() };
    let files = Files::new(frame, network, signals.file, signals.plans, demand.file, roadworks);
    Ok((files, notes.sentences()))
}

fn stem(file: &Path) -> String {
    let name = file.file_name().map_or_else(|| "imported".into(), |n| n.to_string_lossy().into_owned());
    name.split('.').next().filter(|n| !n.is_empty()).unwrap_or("imported").to_owned()
}

fn assumptions(signalised: bool) -> Vec<String> {
    let mut all = vec![
        "Lengths, speeds and right of way are those of the SUMO network; nobody surveyed them for this scenario.".to_owned(),
        "Vehicle types take SUMO's usual values wherever the demand states none, the following model of Krauss among them."
            .to_owned(),
        "Vehicles that state nothing else enter on the best lane and as fast as is safe, which is nearest to SUMO 1.28.0."
            .to_owned(),
    ];
    if signalised {
        all.push(
            "Intergreens, ambers and minimum greens are the least that the shipped signal programs show, and where a stage lies \
             between two greens, the longest intergreen of a direct change into the same group; they were not computed from the \
             intersections' geometry."
                .to_owned(),
        );
    }
    all
}
