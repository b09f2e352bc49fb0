//! Green bands for every important path through a network: one mixed-integer program.
//!
//! A path is a sequence of signals that somebody passes in one go: cars along a street or round a corner, a tram with its dwell at
//! stops, cyclists, people on foot across a wide road with two signals. All times are shares of the cycle; `z = 1/C` is a
//! variable, so that the cycle may be chosen with the offsets. With `i` and `j` two stations of a path p that follow each other:
//!
//! ```text
//! 0 <= w_i,   w_i + b_p <= γ_i + (1 - γ_i)(1 - y_p)                the band lies within the green, or there is none
//! least_p y_p <= b_p <= min(γ, enough_p) y_p                       y_p is 1 where the path has a band
//! θ_i + σ_i + w_i + h_i/2 + t_ij - τ_j z = θ_j + σ_j + w_j + h_j/2 + n_ij
//! (shortest + dwell) z <= t_ij <= (longest + dwell) z              travel times
//! ```
//!
//! θ are the offsets of the signals, σ and γ the start and the length of the green that the path finds, `w` runs from the start
//! of the green to the front of the band, τ is the queue clearance. Where a signal has several patterns (a left turn that leads
//! or lags), σ and γ are sums over binaries of which one is 1. `h` is a binary of stations at signals that show their greens
//! twice in the cycle (doppelter Umlauf): the band takes the first or the second. An offset may be later by whole cycles, so
//! `n` is 0 on the hops of a spanning tree of the signals, and an integer, that of the loop that it closes, on the others.
//! Maximised is `Σ weight_p b_p` or the narrowest band.
//!
//! The integers are searched by a branch and bound of our own, the best bound first, because a limit has to be a count of nodes.
//! It begins with offsets that a climb over bands found by geometry; each relaxation gives offsets too, whose bands and whole
//! numbers are found in the same way and made the most of by one more linear program. So there is a result from the first node on.
//!
//! Sources: Little, Oper. Res. 14 (1966) 568, for bands; Gartner, Stamatiadis, Arterial-based control of traffic flow in urban
//! grid networks, Math. Comput. Modelling 35 (2002) 657, for loops of a network; paths that may go without band are ours.
//!
//! # Accuracy
//!
//! Greens are shares of the cycle whatever the cycle, as in MAXBAND. Half a band on part of a path is none: give the part as a
//! path of its own. Bands know no queues but the clearance they are given, and no dispersion.

mod bands;
mod geometry;
mod loops;
mod problem;
mod program;
mod search;

pub use bands::{PathBand, PathBands};
pub use problem::{BandAim, BandPath, PathNetwork, PathSignal, Station};

use crate::maxband::BandError;

/// The widest bands of the paths through a network.
///
/// # Errors
/// [`BandError::BadInput`] names the first field out of range, [`BandError::Infeasible`] says that paths that must have a band
/// cannot all have one, [`BandError::NodeLimit`] that none was found within the limit.
pub fn path_bands(network: &PathNetwork) -> Result<PathBands, BandError> {
    network.check()?;
    let integers = loops::Integers::of(network);
    let outcome = search::search(network, &integers)?;
    bands::read(network, &integers, outcome)
}
