//! Green waves: the loop-integer MAXBAND program, solved to a proven optimum.
//!
//! Two bands of green, one each way, are made as wide as they can be along an arterial or around a ring. All times of
//! the program are shares of the cycle; `z = 1/C` is a variable, so that the cycle is chosen with the offsets. With a
//! bar for inbound, for each link from signal i to i+1:
//!
//! ```text
//! w_i + b <= 1 - r_i,   w̄_i + b̄ <= 1 - r̄_i                                  the bands lie within the greens
//! (w_i + w̄_i) - (w_{i+1} + w̄_{i+1}) + t_i + t̄_i + σ_{i+1} - σ_i - m_i
//!     = (r_{i+1} + r̄_{i+1} - r_i - r̄_i) / 2 + τ̄_i + τ_{i+1}                 out and back is a whole number m_i
//! d z / fastest <= t <= d z / slowest                                        speeds
//! |t_{i+1} / d_{i+1} - t_i / d_i| <= p z                                     change of pace
//! ```
//!
//! `w` runs from the end of red to the front of the outbound band, `w̄` from the rear of the inbound band to the next
//! red; `σ` is the shift between the two red centres, to which an outbound left turn of green ℓ adds +ℓ/2 when it leads
//! and -ℓ/2 when it lags, an inbound one the opposite. A ring passes its first signal twice and adds
//! `w_0 - w_n + Σ (t_i - τ_{i+1}) = M`: the offsets around it are a whole number of cycles.
//!
//! The integers are searched by branch and bound of our own, because a limit has to be a count of nodes: a limit in
//! seconds would make the result depend on the machine.
//!
//! Sources: Little, Oper. Res. 14 (1966) 568; Little, Kelson, Gartner, MAXBAND, MIT WP 1185-81 (1981); rings as in
//! Chaudhary, Pinnoi, Messer, MAXBAND-86, TRR 1324 (1991). Deviates: the reds of the two directions are free of each
//! other, queue clearance is in seconds, a ring need not carry its band across its first signal unbroken.

mod geometry;
mod problem;
mod program;
mod search;
mod wave;

pub use geometry::{GreenWindow, geometric_band};
pub use problem::{Arterial, BandLink, BandSignal, Both, LeftOrder, LeftTurn, Preference, Shape, SpeedRange};
pub use wave::{GreenWave, Proof};

use thiserror::Error;

/// Why there is no green wave.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BandError {
    /// A field of the problem is out of its range.
    #[error("{field}: {rule}")]
    BadInput {
        /// The field, with its row.
        field: String,
        /// What it must be.
        rule: &'static str,
    },
    /// No cycle, speeds and offsets satisfy every row, not even with bands of no width.
    #[error("no offsets connect all signals within the cycle and speed ranges")]
    Infeasible,
    /// The search stopped before it found a wave.
    #[error("no wave found within {nodes} linear programs")]
    NodeLimit {
        /// Linear programs solved.
        nodes: usize,
    },
    /// The linear solver failed, or its answer does not satisfy the rows.
    #[error("the linear solver failed: {0}")]
    Solver(String),
}

/// The best green wave of an arterial or ring.
///
/// # Errors
/// [`BandError::BadInput`] names the first field out of range; the other errors are those of the search.
pub fn green_wave(arterial: &Arterial) -> Result<GreenWave, BandError> {
    arterial.check()?;
    let integers = program::Integers::of(arterial);
    let outcome = search::search(arterial, &integers)?;
    wave::read(arterial, &integers, outcome)
}
