//! Signal control decisions, pure: from stages, flows and distances to cycles, splits and green waves.
//!
//! Every function takes plain values and returns plain values. No file, clock, detector or vehicle is seen here.
//!
//! ```
//! use controller::{Arterial, BandLink, BandSignal, SpeedRange, green_wave};
//! use model::quantity::{Length, Span, Speed};
//!
//! let link = BandLink::symmetric(Length::metres(250.0), SpeedRange::fixed(Speed::kmh(50.0)));
//! let cycle = (Span::seconds_f64(60.0), Span::seconds_f64(90.0));
//! let wave = green_wave(&Arterial::open(vec![BandSignal::together(0.5); 3], vec![link; 2], cycle))?;
//! assert!(wave.proof.is_optimal() && wave.band.outbound > 0.24);
//! # Ok::<(), controller::BandError>(())
//! ```
//!
//! * [`webster`] gives a signal its cycle and splits; [`StageSequence`] turns stage durations into a plan that passes the
//!   check, for whoever changes the splits.
//! * [`green_wave`] finds the widest pair of bands along an [`Arterial`] or around a ring, with a proof;
//!   [`geometric_band`] judges given offsets, [`efficiency`] and [`attainability`] put figures to them.
//! * [`path_bands`] makes bands for every important path through a [`PathNetwork`]: streets, corners, trams, bicycles.
//! * [`HarmonicNetwork`] finds offsets for any network from the first harmonic of what arrives over its [`PlatoonLink`]s.
//! * [`PlanChange`] finds the [`Transition`] from one plan of a signal to another, safe in every second and three cycles
//!   long at most; [`TimeOfDay`] is the controller that plays plans by the time of the day.
//! * [`PlatoonModel`] foresees delay and stops of a whole network under a plan in a millisecond; [`Dispersion`] carries its
//!   platoons from signal to signal; [`webster_delay`] and [`control_delay`] are closed forms.
//! * [`Evolution`] searches where there is nothing but costs.
//!
//! # Conventions
//!
//! Outbound is the order in which signals are listed, inbound the opposite one. In the program of a green wave reds,
//! bands and interference are shares of the cycle, and so are the greens and widths of path bands and the offsets of
//! harmonics; everywhere else times are spans or whole seconds. A start is the first second of green.
//!
//! # Accuracy
//!
//! Bands are optimal to a millionth of a cycle, unless the proof says otherwise; optima are unique, the offsets that
//! reach them are not. Those of many paths through a network have a proof with a gap. Offsets from harmonics are a local optimum.
//! Offsets are rounded to whole seconds only by [`GreenWave::plan_offset`], which costs up to a
//! second of band. Bands know no queues, no turning traffic and no dispersion: a wide band is not yet a short delay.
//! Splits take the green shown as the effective green. A transition is measured by how far its greens are from those of the
//! new plan, not by the delay of anybody: each signal finds its own, and neighbours are not in step with it on the way.
//!
//! # Sources
//!
//! Webster (1958), Road Research Technical Paper 39; Robertson (1969), RRL LR 253; Little (1966), Oper. Res. 14; Little,
//! Kelson, Gartner (1981), MIT WP 1185-81; Coogan et al. (2017), Transp. Res. B 100; Highway Capacity Manual (2000), ch. 16; RiLSA for stages and interstages.

mod branching;
mod delay;
mod dispersion;
mod evolution;
mod green_share;
mod harmonic;
mod maxband;
mod metrics;
mod path_bands;
mod platoons;
mod stages;
mod time_of_day;
mod transition;
mod webster;

pub use delay::{ControlDelay, LaneService, control_delay, webster_delay};
pub use dispersion::Dispersion;
pub use evolution::{Candidate, Evolution};
pub use green_share::GreenShare;
pub use harmonic::{Discharge, HarmonicError, HarmonicLink, HarmonicNetwork, HarmonicOffsets, PlatoonLink};
pub use maxband::{
    Arterial, BandError, BandLink, BandSignal, Both, GreenWave, GreenWindow, LeftOrder, LeftTurn, Preference, Proof, Shape,
    SpeedRange, geometric_band, green_wave,
};
pub use metrics::{AttainabilityClass, EfficiencyClass, attainability, efficiency};
pub use path_bands::{BandAim, BandPath, PathBand, PathBands, PathNetwork, PathSignal, Station, path_bands};
pub use platoons::{Foreseen, Gaps, LaneGroup, ModelError, Part, PlatoonModel, Recording, Scratch, Service, Stream};
pub use stages::{StageError, StageSequence};
pub use time_of_day::{SwitchError, TimeOfDay};
pub use transition::{PlanChange, Transition, TransitionCycle, TransitionDraft, TransitionError, TransitionFault};
pub use webster::{CycleRange, GroupFlow, GroupFlows, Splits, plan_from_stage_times, webster, webster_cycle};
