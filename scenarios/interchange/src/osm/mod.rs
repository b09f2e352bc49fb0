//! OpenStreetMap to a scenario.
//!
//! Ways become directed links with lanes, signals and the crossings near them become intersections, and what the map
//! does not say is guessed; every guess and every repair is a [`Remark`].
//!
//! | step | module |
//! |---|---|
//! | read XML or PBF, in two passes, roads only | `xml_reader`, `pbf_reader`, `map` |
//! | ways that the map does not have, from the patch | `additions` |
//! | lanes, arrows, speeds from tags | `tags` |
//! | metres, vertices, edges | `graph` |
//! | vertices to intersections | `cluster` |
//! | roads between intersections, sections of equal lanes | `chain` |
//! | stop lines | `arm` |
//! | links and lanes | `links` |
//! | who may turn where, from which lane | `turns`, `curve` |
//! | right of way | `priority` |
//! | signal groups, intergreens, stages and a first plan | `crate::engineering` |
//! | demand | `demand` |
//!
//! # Accuracy
//! Lanes are 3.25 m wide and lie beside the line of the way; kerbs, islands and markings are not known. Stop lines
//! stand where the map has a signal, before a crossing, or where the carriageways have parted.

mod additions;
mod arm;
mod chain;
mod cluster;
mod curve;
mod demand;
mod draft;
mod element;
mod fork;
mod graph;
mod links;
mod map;
mod movements;
mod patch;
mod pbf_reader;
mod priority;
mod signals;
mod tags;
mod turns;
mod write;
mod xml_reader;

pub use patch::{
    AddedNode, AddedWay, DemandFrame, Gate, Gating, NamedIntersection, NodeChange, Patch, PeriodFrame, Region, WayChange,
};

use model::scenario::Files;
use std::fmt;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What the importer is told beside the file.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Name of the scenario, unless the patch has one.
    pub name: String,
    /// Whether service roads are kept.
    pub services: bool,
    /// What is known better than the map.
    pub patch: Option<Patch>,
    /// How to make the scenario again; stands in its assumptions.
    pub command: String,
}

/// Why a remark was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemarkKind {
    /// The map does not say it: it was guessed.
    Guess,
    /// The map contradicts itself or the rules of the network: it was changed.
    Repair,
}

/// A guess or a repair, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// Guess or repair.
    pub kind: RemarkKind,
    /// The OSM element or the intersection.
    pub place: String,
    /// What was guessed or changed.
    pub what: String,
}

impl Remark {
    /// Whether it says that traffic which the patch gives was left out.
    pub fn is_lost_traffic(&self) -> bool {
        self.place.starts_with("gate ")
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            RemarkKind::Guess => "guess",
            RemarkKind::Repair => "repair",
        };
        write!(f, "{kind}: {}: {}", self.place, self.what)
    }
}

/// Remarks as they come.
#[derive(Debug, Default)]
struct Remarks(Vec<Remark>);

impl Remarks {
    fn guess(&mut self, place: String, what: String) {
        self.0.push(Remark { kind: RemarkKind::Guess, place, what });
    }

    fn repair(&mut self, place: String, what: String) {
        self.0.push(Remark { kind: RemarkKind::Repair, place, what });
    }
}

/// Why a file could not be imported.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The file cannot be opened or read.
    #[error("{}: cannot be read: {what}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        what: String,
    },
    /// The file is not what it should be.
    #[error("{}{}: {what}", file.display(), line.map(|l| format!(":{l}")).unwrap_or_default())]
    Broken {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1, where the format has lines.
        line: Option<usize>,
        /// What is wrong.
        what: String,
    },
    /// The file holds no road for motor traffic.
    #[error("{}: holds no road for motor traffic", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
    },
    /// No road is left of what the file holds.
    #[error("no road is left: its nodes are missing, or the patch keeps none")]
    NoRoads,
    /// The places cannot be projected.
    #[error("cannot be projected to ETRS89 / UTM 32N: {what}")]
    Projection {
        /// What is wrong.
        what: String,
    },
}

impl ImportError {
    fn unreadable(file: &Path, error: &std::io::Error) -> Self {
        Self::Unreadable { file: file.into(), what: error.to_string() }
    }
}

/// Imports an OpenStreetMap file, XML or PBF.
///
/// # Errors
/// When the file cannot be read, is broken, or holds no road. What is merely incomplete is repaired and remarked.
pub fn import(file: &Path, options: &Options) -> Result<(Files, Vec<Remark>), ImportError> {
    let mut remarks = Remarks::default();
    let map = map::read(file, options)?;
    let graph = graph::build(&map, options, &mut remarks)?;
    let layout = links::lay_out(&graph, options.patch.as_ref(), &mut remarks);
    let mut draft = draft::Draft::new(&graph, &layout, &mut remarks);
    movements::connect(&map, &graph, &layout, &mut draft, &mut remarks);
    priority::settle(&mut draft);
    let signals = signals::equip(&mut draft, options.patch.as_ref(), &mut remarks);
    let demands = demand::assume(&draft, options.patch.as_ref(), &mut remarks);
    remarks.0.sort();
    remarks.0.dedup();
    let files = write::files(options, graph.origin, &draft, &signals, &demands, &remarks.0);
    Ok((files, remarks.0))
}
