//! The same at all controllers at the same time: whoever is silent keeps nobody waiting but itself.

use super::Station;
use crate::port::Port;

/// What is said of a controller whose thread has ended without an answer.
pub(super) const LOST: &str = "a thread was lost";

/// Does the same at every controller, each in a thread of its own. What comes of it is in the order of the stations, whoever answers
/// first; `None` where a thread panicked.
pub fn side_by_side<P: Port, T: Send>(stations: &mut [Station<P>], act: impl Fn(&mut Station<P>) -> T + Sync) -> Vec<Option<T>> {
    let act = &act;
    std::thread::scope(|scope| {
        let started: Vec<_> = stations.iter_mut().map(|station| scope.spawn(move || act(station))).collect();
        started.into_iter().map(|thread| thread.join().ok()).collect()
    })
}
