//! Signal control decisions, pure: from flows and distances to plans, cycles and green waves.
//!
//! Nothing here reads a file, a clock or a vehicle: every function takes plain values and returns plain values.
//!
//! ```
//! use controller::{Arterial, BandLink, BandSignal, SpeedRange, green_wave};
//! use model::quantity::{Length, Span, Speed};
//!
//! let signals = vec![BandSignal::together(0.5); 3];
//! let link = BandLink::symmetric(Length::metres(250.0), SpeedRange::fixed(Speed::kmh(50.0)));
//! let cycle = (Span::seconds_f64(60.0), Span::seconds_f64(90.0));
//! let wave = green_wave(&Arterial::open(signals, vec![link; 2], cycle))?;
//! assert!(wave.proof.is_optimal());
//! # Ok::<(), controller::BandError>(())
//! ```

mod maxband;

pub use maxband::{
    Arterial, BandError, BandLink, BandSignal, Both, GreenWave, GreenWindow, LeftOrder, LeftTurn, Preference, Proof, Shape,
    SpeedRange, geometric_band, green_wave,
};
