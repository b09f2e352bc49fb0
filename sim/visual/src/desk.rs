//! What lies on the engineer's desk: everything about the window that is not the run itself, as plain data.

use crate::edit::{SiteForm, WorksEdit};
use crate::layers::Layer;
use bevy::prelude::*;
use evaluation::report::Language;
use model::id::{LaneId, SignalId, VehicleId};
use model::roadworks::Finding;
use std::path::PathBuf;

/// The state of the window.
#[expect(clippy::struct_excessive_bools, reason = "each is switched by itself")]
#[derive(Debug, Clone, PartialEq, Resource)]
pub struct Desk {
    /// The language of the window.
    pub language: Language,
    /// What colours the roads.
    pub layer: Option<Layer>,
    /// Which diagram is open.
    pub diagram: Option<Diagram>,
    /// The signal that is looked at.
    pub signal: Option<SignalId>,
    /// The vehicle that the map follows.
    pub vehicle: Option<VehicleId>,
    /// Whether roadworks are worked on: a click on the map chooses lanes.
    pub works: bool,
    /// The lanes that are chosen for a site, in the order in which they were.
    pub lanes: Vec<LaneId>,
    /// The site that is looked at, by its place in the list.
    pub site: Option<usize>,
    /// What that site does to traffic besides what it closes.
    pub findings: Vec<Finding>,
    /// The corridor of the time-space diagram, by its place in the scenario.
    pub corridor: usize,
    /// What the time series shows.
    pub series: Series,
    /// Whether both worlds are shown beside each other.
    pub split: bool,
    /// Whether the legend is shown.
    pub legend: bool,
    /// Whether panels are shown; without them there is the map alone, as for print.
    pub panels: bool,
    /// What is asked in the middle of the window.
    pub dialog: Dialog,
    /// What was last told, such as why an edit was refused.
    pub notice: Option<Notice>,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            language: Language::default(),
            layer: None,
            diagram: None,
            signal: None,
            vehicle: None,
            works: false,
            lanes: Vec::new(),
            site: None,
            findings: Vec::new(),
            corridor: 0,
            series: Series::default(),
            split: false,
            legend: true,
            panels: true,
            dialog: Dialog::None,
            notice: None,
        }
    }
}

/// Something told, for a while.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// Whether something was refused or failed.
    pub bad: bool,
    /// Seconds for which it is still shown.
    pub left_s: f32,
}

impl Notice {
    pub(crate) fn good(text: String) -> Self {
        Self { text, bad: false, left_s: 6.0 }
    }

    pub(crate) fn bad(text: String) -> Self {
        Self { text, bad: true, left_s: 12.0 }
    }
}

/// What is asked in the middle of the window.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Dialog {
    /// Nothing.
    #[default]
    None,
    /// All keys.
    Help,
    /// What to look for.
    Find(String),
    /// Which time to jump to.
    Jump(String),
    /// Under which name to save.
    Save(String),
    /// Which scenario to open; the text is a path that is being typed.
    Open(String),
    /// What a site of roadworks is called, when it closes, and how fast one goes beside it.
    Site(SiteForm),
}

/// A diagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Diagram {
    /// What a signal showed, now at the right edge.
    Live,
    /// The signal timing plan (Signalzeitenplan).
    Plan,
    /// The time-space diagram (Zeit-Weg-Diagramm).
    TimeSpace,
    /// The stage sequence (Phasenfolgeplan).
    Stages,
    /// The intergreen matrix (Zwischenzeitenmatrix).
    Matrix,
    /// A measure over time (Ganglinie).
    Series,
}

impl Diagram {
    /// Every diagram, in the order of the tabs.
    pub const ALL: [Self; 6] = [Self::Live, Self::Plan, Self::TimeSpace, Self::Stages, Self::Matrix, Self::Series];

    /// Its name in files and on the command line.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Plan => "plan",
            Self::TimeSpace => "time-space",
            Self::Stages => "stages",
            Self::Matrix => "matrix",
            Self::Series => "series",
        }
    }
}

/// A measure over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Series {
    /// Time lost per vehicle.
    #[default]
    Delay,
    /// Vehicles that arrived.
    Flow,
    /// Stops per vehicle.
    Stops,
    /// Carbon dioxide.
    Co2,
    /// Mean speed.
    Speed,
}

impl Series {
    /// Every measure.
    pub const ALL: [Self; 5] = [Self::Delay, Self::Flow, Self::Stops, Self::Co2, Self::Speed];
}

/// What the window is asked to do, by a key, a click or a drag. All of it is done in one place, `obey`.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Run or pause.
    RunOrPause,
    /// Go on by so many seconds; 0 for one step.
    Forward(f64),
    /// The next faster rate.
    Faster,
    /// The next slower rate.
    Slower,
    /// Go to a second of the day.
    GoTo(f64),
    /// Give up the way there.
    GiveUp,
    /// Colour the roads.
    Layer(Option<Layer>),
    /// Open a diagram, or close it when it is open.
    Diagram(Diagram),
    /// Close the diagram.
    CloseDiagram,
    /// The corridor of the time-space diagram.
    Corridor(usize),
    /// The measure of the time series.
    Series(Series),
    /// Look at a signal.
    Signal(Option<SignalId>),
    /// Bring a place into the middle of the map.
    LookAt(Vec2),
    /// Follow a vehicle, or none.
    Follow(Option<VehicleId>),
    /// Let the vehicle go that is followed, or follow the one nearest to the middle.
    FollowOrNot,
    /// Change a plan.
    Edit(crate::edit::Edit),
    /// Work on roadworks, or no longer.
    Works,
    /// Choose a lane for a site: besides those that are chosen, or with all lanes of its link.
    Choose {
        /// The lane.
        lane: LaneId,
        /// Whether those that are chosen stay so.
        more: bool,
        /// Whether the whole link is meant.
        link: bool,
    },
    /// Choose no lane any more.
    ChooseNone,
    /// Look at a site of the roadworks.
    Site(Option<usize>),
    /// Type a site: one that there is, or a new one on the lanes that are chosen.
    TypeSite(Option<usize>),
    /// Make or change the site that was typed.
    PutSite(SiteForm),
    /// Change the roadworks.
    EditWorks(WorksEdit),
    /// Take the last change back.
    Undo,
    /// Make the last change again that was taken back.
    Redo,
    /// Let every change hold from the first second on.
    FromStart,
    /// Save the plans as a plan of the scenario.
    Save(String),
    /// Save the diagram as SVG and PNG.
    Export,
    /// Show the other world.
    Swap,
    /// Show both worlds beside each other, or one.
    Split,
    /// Open a dialog, or close it.
    Dialog(Dialog),
    /// Show or hide the legend.
    Legend,
    /// Show or hide every panel.
    Panels,
    /// The other theme.
    Theme,
    /// The other language.
    Language,
    /// Open the scenario of a folder.
    Open(PathBuf),
    /// Tell something.
    Tell(Notice),
    /// Leave.
    Leave,
}

/// A change that is being tried while it is held with the mouse, and what comes of it.
#[derive(Debug, Clone, Default, Resource)]
pub(crate) struct Trial(pub(crate) Option<Tried>);

/// What a change would do.
#[derive(Debug, Clone)]
pub(crate) struct Tried {
    pub(crate) edit: crate::edit::Edit,
    /// The plans with it, or why it is refused.
    pub(crate) result: Result<std::sync::Arc<model::scenario::PlanSet>, String>,
}

/// What is still to be done, in order.
#[derive(Debug, Default, Resource)]
pub(crate) struct Actions(pub(crate) Vec<Action>);

impl Actions {
    /// Asks for something.
    pub(crate) fn push(&mut self, action: Action) {
        self.0.push(action);
    }
}
