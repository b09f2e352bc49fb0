//! Kinds of detectors, and the ways in which they break.

use crate::id::DetectorId;
use crate::quantity::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a detector is and reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DetectorKind {
    /// Loop in the lane (Induktionsschleife): counts fronts and tells whether it is covered.
    #[default]
    Loop,
    /// Stretch of a lane (Staudetektor, Kamera): how many are on it, and how far they are jammed.
    Area,
    /// Reporting point of buses and trams (Meldepunkt): a passage, with the class and nothing else.
    ReportingPoint,
}

/// How a detector is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// It reports nothing.
    Dead,
    /// It reports that it is covered, all the time.
    StuckOn,
    /// It reports at random (Flattern): each second up to five fronts, and any occupancy.
    Chattering,
}

/// A detector that is broken for a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectorFault {
    /// The detector.
    pub detector: DetectorId,
    /// How it is broken.
    pub kind: FaultKind,
    /// First second of the day at which it is.
    pub from: Span,
    /// Second of the day at which it works again.
    pub to: Span,
}

impl DetectorFault {
    /// Whether it lasts at a second of the day.
    pub fn lasts(&self, second: f64) -> bool {
        self.from.get() <= second && second < self.to.get()
    }
}
