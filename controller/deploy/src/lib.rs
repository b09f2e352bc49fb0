//! From a safe plan to the street: field protocols, rollout with a way back, journal, virtual controllers.
//!
//! ```
//! use deploy::Setting;
//! use model::{time::Seconds, toy::Grid};
//!
//! let scenario = Grid::default().scenario();
//! let held = scenario.plan(None).and_then(|p| p.plans.iter().next()).expect("the toy has a plan");
//! let later = held.with_offset(Seconds(10));
//! // RSMP counts offsets the other way round.
//! assert_eq!(Setting::of(held, &later)?.offset_s, 70);
//! # Ok::<(), deploy::SettingFault>(())
//! ```
//!
//! * [`Port`] is what a rollout asks of a controller, whatever protocol it speaks; plans come in as safe plans only.
//! * [`rollout`] brings a plan to all controllers of a corridor or to none, with a [`rollout::Journal`].
//! * [`live`] lets any controller decide for signals in the street, second by second.
//! * [`rsmp`] speaks RSMP, both ends, without sockets and clocks; [`Setting`] says what it can set of a plan.
//! * [`ntcip`] speaks NTCIP 1202 over [`snmp`], both ends, in the same way; [`ntcip::Ring`] says what it can set.
//! * [`its`] tells vehicles what signals show and how intersections are shaped.
//! * [`tlc`] has virtual traffic light controllers; [`net`] and [`udp`] the sockets and the clock on the wall.
//!
//! # Conventions
//!
//! Second 0 of all plans is second 0 of 1970, UTC. Times are handed in: one of the link, one of the day.
//!
//! # Accuracy
//!
//! Whether a controller runs a plan is judged from what it reports once a second, to one second. No conformity with any
//! standard of signal safety is claimed; the README of the crate has the threat model and what is missing.
//!
//! # Sources
//!
//! rsmp-nordic: RSMP core 3.2.2 and 3.3.0, signal exchange list for traffic light controllers 1.2.1 and 1.3.0. NTCIP 1202 v02
//! and 1201 v02; RFC 3411 to 3418 and 7860.

pub mod clock;
pub mod its;
pub mod live;
pub mod net;
pub mod ntcip;
mod port;
pub mod rollout;
pub mod rsmp;
pub mod safety;
mod secret;
mod setting;
pub mod snmp;
pub mod tlc;
pub mod tls;
#[cfg(test)]
mod toy;
pub mod udp;

pub use port::{Device, Picture, Port, PortError};
pub use secret::{Secret, read_secrets};
pub use setting::{MOST_BANDS, Setting, SettingFault, base};
