//! The engineer's window: a scenario on a map, run, taken back, changed and compared.
//!
//! ```no_run
//! use visual::{Opening, window};
//!
//! let scenario = model::scenario::load("scenarios/dortmund-wall".as_ref())?;
//! window(Opening::of(scenario)).expect("there is a display");
//! # Ok::<(), model::scenario::Faults>(())
//! ```
//!
//! The simulation lives in a world of its own, inside the [`Player`]; the window reads what there is to draw and adds
//! nothing. A run with the window has the hash of one without, whatever is paused, rewound or looked at.
//!
//! What is asked for by keys, clicks and drags is an [`Action`]; all of them are carried out in one place (`obey`). Panels are
//! functions of what lies on the [`Desk`] and of the run. Diagrams are drawn once, as plain data (`figure`), for the window,
//! for SVG and for PNG. A change of a plan is an [`Edit`], checked as any plan is; what it brings is run again from a saved
//! state of a few minutes ago, in a world beside the one without changes.
//!
//! One plugin function a concern: `run` (time), `keys`, `obey`, `view` (pan and zoom), `map`, `works`, `signals`, `vehicles`,
//! `panels`, `picture`. The map is a few meshes made once; signals, vehicles and layers are one mesh each for a side.
//!
//! # Accuracy
//!
//! Vehicles glide between the steps of the simulation, for the eye only. The area of an intersection is drawn as the
//! ring of its lane ends, kerb curves are not known. Far away vehicles and signals are drawn larger than they are. Trams are
//! drawn straight. Layers that are sums look back five minutes from saved states a minute apart, so that they look back up to a
//! minute more. Differences are tested over the minutes of one pair of runs, which are not independent of each other.

#![expect(clippy::needless_pass_by_value, reason = "systems take their parameters by value")]

mod app;
mod desk;
mod diagrams;
mod edit;
mod explain;
mod export;
mod figure;
mod icons;
mod keys;
mod layers;
mod letters;
mod map;
mod memory;
mod obey;
mod open;
mod paint;
pub mod palette;
mod panels;
mod past;
mod pick;
mod picture;
mod player;
mod programme;
mod run;
mod save;
mod save_works;
mod scene;
mod session;
mod sheet;
mod sight;
mod signals;
#[cfg(test)]
#[path = "../tests/toy/mod.rs"]
mod toy;
mod vehicles;
mod view;
mod words;
mod works;
mod world;

pub use app::{Look, OpenError, Opening, picture, window};
pub use desk::{Action, Desk, Diagram, Dialog, Notice, Series};
pub use edit::{Edit, History, Made, Refusal, SiteForm, WorksEdit, WorksRefusal};
pub use layers::Layer;
pub use past::{Past, Sums};
pub use player::{Moment, Player, Rate};
pub use programme::{Change, Programme};
pub use session::{Pixels, Session};
pub use world::World;
