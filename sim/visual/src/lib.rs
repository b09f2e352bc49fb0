//! The engineer's window: a scenario on a map, run, paused, stepped and looked at.
//!
//! ```no_run
//! use visual::{Opening, window};
//!
//! let scenario = model::scenario::load("scenarios/dortmund-wall".as_ref())?;
//! let plan = scenario.plan(None).cloned();
//! window(Opening { scenario, plan, seed: 1, size: (1280, 800), look: None, at: None }).expect("there is a display");
//! # Ok::<(), model::scenario::Faults>(())
//! ```
//!
//! The simulation lives in a world of its own, inside the [`Player`]; the window reads what there is to draw and adds
//! nothing. A run with the window has the hash of one without.
//!
//! One plugin function a concern: `run` (time), `view` (pan and zoom), `map`, `works`, `signals`, `vehicles`, `status`,
//! `legend`, `help`, `picture`. The map is a few meshes made once; signals and vehicles are one mesh each.
//!
//! # Accuracy
//!
//! Vehicles glide between the steps of the simulation, for the eye only. The area of an intersection is drawn as the
//! ring of its lane ends, kerb curves are not known. Far away vehicles and signals are drawn larger than they are.

#![expect(clippy::needless_pass_by_value, reason = "systems take their parameters by value")]

mod app;
mod help;
mod keys;
mod legend;
mod letters;
mod map;
mod paint;
pub mod palette;
mod picture;
mod player;
mod run;
mod scene;
mod signals;
mod status;
#[cfg(test)]
#[path = "../tests/toy/mod.rs"]
mod toy;
mod vehicles;
mod view;
mod works;

pub use app::{Look, OpenError, Opening, picture, window};
pub use player::{Moment, Player, Rate};
