//! The shared nouns of ampel: units, identities, geometry, network, signals, plans, demand, roadworks and scenarios.
//!
//! Every other crate speaks in these types; this one knows none of them. It neither draws, nor simulates, nor
//! optimises: it says what a road network and a signal plan *are*, and which of them are acceptable.
//!
//! ```
//! use model::quantity::{Length, Speed};
//!
//! let clearing = Length::metres(20.0) / Speed::metres_per_second(10.0);
//! assert_eq!(clearing.seconds(), 2.0);
//! ```
//!
//! * [`scenario::load`] reads a scenario folder and returns a checked [`scenario::Scenario`], or every fault at once.
//! * [`signal::SignalPlan::check`] is the only way to a [`signal::SafePlan`].
//! * [`control::Controller`] is what a signal controller sees and what it may ask for.
//!
//! # Conventions
//!
//! Metres east and north of the scenario's origin. A position on a lane is that of the front bumper, measured along
//! the lane from its start. Lanes count from the right, 0 first. Second 0 of a plan is second 0 of the cycle; green
//! at second k means the interval [k, k+1). Traffic keeps right. Times are seconds of the local day.
//!
//! # Accuracy
//!
//! Everything is `f64` in SI units and never rounded. Elementary functions go through [`maths`], so that the same
//! input gives the same bits on every machine.

pub mod control;
pub mod demand;
pub mod detector;
pub mod emission;
pub mod geometry;
pub mod id;
pub mod maths;
pub mod network;
pub mod quantity;
pub mod roadworks;
pub mod routing;
pub mod scenario;
pub mod signal;
pub mod time;
pub mod toy;
pub mod vehicle;
