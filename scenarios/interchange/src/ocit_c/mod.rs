//! OCIT-C supply files of one intersection (Versorgungsdaten LSA, "VD LSA"): the shape, **unvalidated**.
//!
//! Neither schema nor checksums of these files are public. What is known of their shape comes from two files that the city of
//! Hamburg has published (nodes 2349 and 2394, written by LISA 8.1.3). [`write()`] writes that shape without checksums, so that a
//! supply tool may ask for confirmation; that any tool takes it has not been tried. [`read`] reads what [`write()`] writes and the
//! parts of the published shape that a plan needs, and says what it passed over.
//!
//! | in the file | here |
//! |---|---|
//! | `SignalgruppeListe` | groups: kind, minimum green and red, transitions to green and to red |
//! | `Unvertraeglichkeitsmatrix`, `SicherheitsrelevanteZwischenzeitenmatrix` | incompatible groups, intergreens |
//! | `PhaseListe` | stages |
//! | `SignalprogrammListe` | programs: `TU` is the cycle, `SignalzeitenVersatz` the offset, `SPZeile` the switching times |
//!
//! A switching time is when the change *begins*: of a change to green the beginning of red-amber (Anwurf), so green begins as
//! much later as that lasts; of a change to red the end of green. Nothing says so but the published files themselves: their
//! intergreens are kept with it and broken by a second without it.
//!
//! # What the file cannot carry
//!
//! Groups that are compatible under conditions and need no intergreens are written as compatible. Limits to the green of a group (Pförtneranlage) are
//! left out. Checksums, times of change, detectors, public transport and the control logic are not written.

mod read;
mod write;

pub use read::{ReadError, read};
pub use write::write;

use model::signal::{GroupKind, Signal, SignalPlan};

/// What a supply file says of an intersection.
#[derive(Debug, Clone)]
pub struct Supply {
    /// Groups, intergreens, stages.
    pub signal: Signal,
    /// Signal programs by name, unchecked: [`SignalPlan::check`] tells whether they keep the rules of the signal.
    pub programs: Vec<(String, SignalPlan)>,
}

/// Codes of aspects (Signalbilder), as the published files have them.
mod image {
    pub(super) const RED: &str = "03";
    pub(super) const GREEN: &str = "30";
    pub(super) const AMBER: &str = "0C";
    pub(super) const RED_AMBER: &str = "0F";
}

/// Kinds of traffic by their names in the file; of several for one kind the first is written.
const KINDS: [(&str, GroupKind); 6] = [
    ("Kfz", GroupKind::Vehicles),
    ("Fussgaenger", GroupKind::Pedestrians),
    ("Rad", GroupKind::Cyclists),
    ("Bus", GroupKind::PublicTransport),
    ("Strassenbahn", GroupKind::PublicTransport),
    ("Blinde", GroupKind::Pedestrians),
];

#[cfg(test)]
mod tests;
