//! Messages to vehicles: what signals show and will show ([`Spatem`]), the shape of intersections ([`Mapem`]), and speeds to come
//! through on green.
//!
//! ```
//! use deploy::clock::Utc;
//! use deploy::its::{Sender, Spat, Spatem, spatem};
//! use model::toy::Grid;
//!
//! let scenario = Grid::default().scenario();
//! let (id, plan) = scenario.plan(None).and_then(|p| p.plans.enumerate().next()).expect("the toy has a plan");
//! let sender = Sender::default();
//! let state = Spat::new(&scenario, id, &sender, &[])?.planned(plan, Utc(28_800_000));
//! let bytes = spatem(&sender, Utc(28_800_000), vec![state]).write()?;
//! assert_eq!(Spatem::read(&bytes)?.intersections[0].groups.len(), scenario.signals[id].groups.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Accuracy
//!
//! A subset is written and read: no regional extensions, lanes that are switched on and off, queues, nodes with attributes, computed
//! lanes, priorities and restrictions. What a later version has added is skipped, what is left out here is refused. Nothing is signed.
//!
//! # Sources
//!
//! ETSI TS 103 301 (SPATEM, MAPEM), ISO/TS 19091, ITU-T X.691. Shapes and ranges are those of the module `ITS_IS` of pycrate 0.8.1.

mod map;
mod mapem;
mod place;
mod spat;
mod spatem;
mod speed;
mod uper;

pub use map::{groups_of, line_of, mapem};
pub use mapem::{Connection, Geometry, LaneKind, Limit, MapLane, Mapem, Node, Reference, maneuver, sharing};
pub use spat::{Report, Spat, spatem};
pub use spatem::{
    AdviceKind, Event, FAR, GroupState, IntersectionRef, IntersectionState, Shown, Spatem, SpeedAdvice, TimeMark, Timing, status,
};
pub use speed::Stretch;
pub use uper::{LARGEST, UperFault};

use model::id::{GroupId, Id, SignalId};
use thiserror::Error;

/// Who sends, and under which numbers intersections go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sender {
    /// The sending station.
    pub station: u32,
    /// The road authority, where it has a number.
    pub region: Option<u16>,
    /// Revision of the maps, 0 to 127; those who receive states look for the map of the same.
    pub revision: u8,
}

impl Sender {
    /// The number of an intersection: that of its signal in the scenario, from 1 on.
    pub fn intersection(&self, signal: SignalId) -> u16 {
        u16::try_from(signal.index() + 1).unwrap_or(u16::MAX)
    }
}

/// Why no message can be made.
#[derive(Debug, Error)]
pub enum ItsError {
    /// The scenario has no place on the Earth.
    #[error(
        "its origin has EPSG {epsg}, which is no zone of UTM: nobody can tell where on the Earth it lies\n  mend: give [origin] of network.toml an epsg such as 25832, with east_m and north_m"
    )]
    NoPlace {
        /// The code of its system.
        epsg: u32,
    },
    /// A point cannot be brought to the Earth.
    #[error("a point cannot be brought to the Earth: {0}")]
    Projection(String),
    /// The signal has no room in a message.
    #[error("signal {signal}: {what}")]
    Signal {
        /// The signal.
        signal: String,
        /// Why.
        what: String,
    },
    /// A value has no place in a message.
    #[error(transparent)]
    Uper(#[from] UperFault),
}

/// The number of a group in messages, from 1 on.
fn group_number(signal: &str, group: GroupId) -> Result<u8, ItsError> {
    let number = u8::try_from(group.index() + 1).ok().filter(|n| *n < 255);
    number.ok_or_else(|| ItsError::Signal { signal: signal.to_owned(), what: "it has more than 254 groups".into() })
}

/// A name as a message can have it: 63 characters of ASCII, German ones written out; `None` where nothing is left.
fn text(name: &str) -> Option<String> {
    let mut plain = String::new();
    for character in name.chars() {
        match character {
            'ä' => plain.push_str("ae"),
            'ö' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'Ä' => plain.push_str("Ae"),
            'Ö' => plain.push_str("Oe"),
            'Ü' => plain.push_str("Ue"),
            'ß' => plain.push_str("ss"),
            ' '..='~' => plain.push(character),
            _ => plain.push('?'),
        }
    }
    plain.truncate(63);
    (!plain.is_empty()).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_ascii() {
        assert_eq!(text("Märkische Straße").as_deref(), Some("Maerkische Strasse"));
        assert_eq!(text(""), None);
        assert_eq!(text(&"ö".repeat(60)).map(|t| t.len()), Some(63));
    }
}
