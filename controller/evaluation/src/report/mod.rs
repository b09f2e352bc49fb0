//! The report of a comparison of signal plans: one HTML page that needs nothing else, on screen and on A4 paper.
//!
//! [`Report`] holds everything it says; [`render`] is a pure function of it. The page loads nothing, runs no script,
//! carries no date, and reads in black and white. Drawings follow German practice: in signal timing plans green is a
//! wide bar and red a thin line, in time-space diagrams distance goes upwards and time to the right.

mod aspects;
mod band_table;
mod changes;
mod degrees;
mod difference;
mod intergreens;
mod intersection;
mod map;
mod map_frame;
mod markup;
mod method;
mod quality;
mod signal_plan;
mod stages;
mod summary;
mod time_space;
pub mod trajectories;
mod words;

pub use trajectories::Trajectory;
pub use words::Language;

use crate::{ApproachSaturation, Interval, Measure, Paired, Runs, compare, interval};
use markup::Markup;
use model::id::{GroupId, LinkId, SignalId};
use model::scenario::{PlanSet, Scenario};
use model::time::DaySecond;
use words::catalogue::{self as text, Text};

/// Everything that a report says.
#[derive(Debug)]
pub struct Report<'a> {
    /// The language that it is written in. What comes from the scenario stays as it is.
    pub language: Language,
    /// What was simulated.
    pub scenario: &'a Scenario,
    /// The plans that were compared, each over the same seeds.
    pub variants: Vec<Variant<'a>>,
    /// Index of the variant that is proposed.
    pub chosen: usize,
    /// Indices of the variants it is held against; maps and timings show the first as `before`.
    pub baselines: Vec<usize>,
    /// Coordinated roads, for time-space diagrams, each under one plan.
    pub corridors: Vec<Corridor<'a>>,
    /// Degrees of saturation of the approaches under the proposed plan.
    pub approaches: Vec<ApproachSaturation>,
    /// What whoever takes over the proposed plan has to know, before everything else.
    pub warnings: Vec<String>,
    /// What this run did, in sentences: proofs, bandwidths, how long the refinement went on.
    pub findings: Vec<String>,
    /// What is assumed, not measured.
    pub assumptions: Vec<String>,
    /// How to make it again.
    pub manifest: Manifest,
}

/// A plan for the whole network and what the simulation says of it.
#[derive(Debug)]
pub struct Variant<'a> {
    /// Short name, as on the command line.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Its plans.
    pub plans: &'a PlanSet,
    /// One run per seed, the same seeds in the same order in every variant, with the overlap monitor on.
    pub runs: Runs,
}

/// A coordinated road in a time-space diagram, under the plan that its vehicles were simulated with.
#[derive(Debug, Clone)]
pub struct Corridor<'a> {
    /// Name of the road, for people.
    pub title: String,
    /// Name of the plan, for people.
    pub plan_title: String,
    /// The plan.
    pub plans: &'a PlanSet,
    /// First second on the time axis; two cycles are drawn.
    pub from: DaySecond,
    /// Its signals, by rising position; a ring has its first one again at the end.
    pub stations: Vec<Station>,
    /// Its parts with green bands of their own, in order.
    pub sections: Vec<BandSection>,
    /// The direction of rising positions, then that of falling ones; a direction without traffic has no groups.
    pub directions: [Direction; 2],
}

/// A part of a corridor with green bands of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct BandSection {
    /// Indices of its first and last station.
    pub stations: (usize, usize),
    /// The bands of cars that the plan has, by direction; `None` where none passes.
    pub bands: [Option<Band>; 2],
    /// The same for cyclists, in the greens of the vehicles.
    pub cyclists: [Option<Band>; 2],
    /// Widths that were proven before offsets were rounded to seconds, by direction; `None` when another plan is drawn.
    pub proven_s: Option<[f64; 2]>,
}

/// A signal along a corridor.
#[derive(Debug, Clone)]
pub struct Station {
    /// The signal.
    pub signal: SignalId,
    /// Its stop line along the corridor, in metres.
    pub position_m: f64,
    /// The group of the through movement in each direction.
    pub groups: [Option<GroupId>; 2],
    /// The link on which each direction comes to it.
    pub links: [Option<LinkId>; 2],
}

/// One direction of a corridor.
#[derive(Debug, Clone, Default)]
pub struct Direction {
    /// Name for people, such as `clockwise`.
    pub title: String,
    /// Simulated vehicles.
    pub trajectories: Vec<Trajectory>,
}

/// A green band (Grünband): the same width everywhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// When it begins at each station, in the order of the stations, in seconds after the common zero of all plans;
    /// not reduced by the cycle, so that neighbours are joined by a straight line. `None` where it does not pass.
    pub begins_s: Vec<Option<f64>>,
    /// Width in seconds.
    pub width_s: f64,
    /// Mean progression speed (Progressionsgeschwindigkeit) along the way of its direction, in metres per second; `None` where
    /// it takes no time.
    pub speed_m_per_s: Option<f64>,
}

/// How to make the result again.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    /// Version of the program.
    pub version: String,
    /// The command line.
    pub command: String,
    /// BLAKE3 hash of the scenario.
    pub scenario_hash: String,
    /// Seeds of the comparison.
    pub seeds: Vec<u64>,
    /// Files of the scenario and their BLAKE3 hashes.
    pub inputs: Vec<(String, String)>,
    /// What else decides on the result.
    pub options: Vec<RunOption>,
}

/// An option of a run, as far as the result depends on it.
#[derive(Debug, Clone, PartialEq)]
pub enum RunOption {
    /// Seeds of the search.
    SearchSeeds(Vec<u64>),
    /// Vehicle updates that the search could make.
    Updates(u64),
    /// What was to be low, as it was given.
    Objective(String),
    /// Step of the simulation, in seconds.
    Step(f64),
    /// How many times the demand of the scenario.
    Demand(f64),
}

impl Band {
    /// A band at one speed: it begins at the first station of its direction (0 rising, 1 falling) at `begin_s`.
    pub fn at_speed(stations: &[Station], direction: usize, begin_s: f64, width_s: f64, metres_per_second: f64) -> Self {
        let first = if direction == 0 { stations.first() } else { stations.last() };
        let from = first.map_or(0.0, |s| s.position_m);
        let begin = |s: &Station| Some(begin_s + (s.position_m - from).abs() / metres_per_second);
        Self { begins_s: stations.iter().map(begin).collect(), width_s, speed_m_per_s: Some(metres_per_second) }
    }
}

impl Variant<'_> {
    /// Mean and interval of a measure over the seeds.
    fn interval(&self, measure: Measure) -> Interval {
        interval(&self.runs.iter().map(|r| measure.of(&r.measures)).collect::<Vec<_>>())
    }
}

impl Report<'_> {
    fn chosen(&self) -> &Variant<'_> {
        &self.variants[self.chosen]
    }

    /// The first baseline; the chosen variant itself when there is none.
    fn before(&self) -> &Variant<'_> {
        &self.variants[self.baselines.first().copied().unwrap_or(self.chosen)]
    }

    /// Every measure under a baseline and the chosen variant, in the order of the tables.
    fn compared(&self, baseline: usize) -> Vec<Paired> {
        compare(&self.variants[baseline].runs, &self.chosen().runs)
    }
}

/// That vehicles lose more time under the proposed plan than under another, in a sentence; `None` where they do not.
///
/// # Panics
/// When the two were run with different seeds.
pub fn worse_warning(language: Language, [before, after]: [&Variant<'_>; 2]) -> Option<String> {
    summary::worse_warning(language, before, after)
}

/// The report as one HTML page.
///
/// # Panics
/// When `chosen` or a baseline is no index of the variants, when a plan belongs to another scenario, or when variants were
/// run with different seeds.
pub fn render(report: &Report<'_>) -> String {
    let mut m = Markup::default();
    m.verbatim("<!doctype html>\n");
    m.within("html", &[("lang", &report.language.code())], |m| {
        head(m, report);
        m.within("body", &[], |m| {
            summary::header(m, report);
            m.within("main", &[], |m| body(m, report));
        });
    });
    m.into_string()
}

/// Sections of the page: their ids and headings.
const SECTIONS: [(&str, Text); 7] = [
    ("summary", text::SUMMARY),
    ("map", text::MAP),
    ("time-space", text::GREEN_WAVES),
    ("quality", text::QUALITY),
    ("signal-plans", text::SIGNAL_PLANS),
    ("method", text::METHOD),
    ("sources", text::SOURCES),
];

fn head(m: &mut Markup, report: &Report<'_>) {
    m.within("head", &[], |m| {
        m.void("meta", &[("charset", &"utf-8")]);
        m.void("meta", &[("name", &"viewport"), ("content", &"width=device-width, initial-scale=1")]);
        // The browser itself holds the page to its promise to load nothing.
        let policy = "default-src 'none'; style-src 'unsafe-inline'";
        m.void("meta", &[("http-equiv", &"Content-Security-Policy"), ("content", &policy)]);
        m.void("meta", &[("name", &"generator"), ("content", &format!("ampel {}", report.manifest.version))]);
        m.element("title", &[], format!("{}: {}", report.language.of(text::TITLE), report.scenario.title));
        m.within("style", &[], |m| m.verbatim(include_str!("report.css")));
    });
}

fn body(m: &mut Markup, report: &Report<'_>) {
    let write: [fn(&mut Markup, &Report<'_>); 7] = [
        summary::section,
        map::section,
        time_space::section,
        quality::section,
        intersection::section,
        method::section,
        method::sources,
    ];
    for (number, ((id, heading), write)) in SECTIONS.iter().zip(write).enumerate() {
        m.within("section", &[("id", id), ("aria-labelledby", &format!("{id}-heading"))], |m| {
            m.element("h2", &[("id", &format!("{id}-heading"))], format!("{} {}", number + 1, report.language.of(*heading)));
            write(m, report);
        });
    }
}

// What the toy takes from its surroundings, here and in the tests outside.
#[cfg(test)]
use crate::{RunResult, Setup, run_one, saturation};

#[cfg(test)]
#[path = "../../tests/toy/mod.rs"]
mod toy;

#[cfg(test)]
mod tests;
