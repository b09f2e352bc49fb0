//! The important paths through a network: which sequences of signals most people pass in one go.

use crate::corridor::{Route, movement_between};
use crate::flows::Through;
use model::id::SignalId;
use model::network::{Network, SignalHead};
use model::quantity::{Flow, Span};
use std::collections::{BTreeMap, BTreeSet};

/// A path over signals.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Path {
    /// The signal groups that it obeys, in driving order.
    pub(crate) heads: Vec<SignalHead>,
    /// Time at the speed limit from the stop line before; zero at the first.
    pub(crate) times: Vec<Span>,
    /// How many drive it, on average over the measured period.
    pub(crate) flow: Flow,
}

/// Fewest and most signals of a path that is found in the demand. A longer one is passed in parts: hardly any band goes further.
const LENGTHS: (usize, usize) = (3, 6);

type Hop = (SignalHead, SignalHead);

/// The heaviest sequences of three to six signals in the demand, so many at most.
///
/// The one comes first whose flow times the number of its hops that no path before it covers is the largest.
pub(crate) fn heaviest(network: &Network, ways: &[Through], most: usize) -> Vec<Path> {
    let mut candidates = candidates(network, ways);
    let mut covered: BTreeSet<Hop> = BTreeSet::new();
    let mut found = Vec::new();
    while found.len() < most {
        let fresh = |path: &Path| hops(path).filter(|hop| !covered.contains(hop)).count() as f64;
        let scored = candidates.iter().enumerate().map(|(i, path)| (i, path.flow.get() * fresh(path)));
        let best = scored.reduce(|best, other| if other.1 > best.1 { other } else { best });
        let Some((index, _)) = best.filter(|b| b.1 > 0.0) else { break };
        let path = candidates.swap_remove(index);
        covered.extend(hops(&path));
        found.push(path);
    }
    found
}

/// The two directions of a part of a corridor; one that passes fewer than two signals is left out.
pub(crate) fn along(route: &Route, (from, to): (usize, usize), network: &Network, ways: &[Through]) -> Vec<Path> {
    let flows = hop_flows(network, ways);
    let signals = &route.corridor.signals;
    let places: Vec<SignalId> = (from..=to).map(|place| signals[place % signals.len()]).collect();
    let direction = |way: usize| {
        let order: Vec<SignalId> = if way == 0 { places.clone() } else { places.iter().rev().copied().collect() };
        let mut path = Path { heads: Vec::new(), times: Vec::new(), flow: Flow::ZERO };
        let mut before = None;
        for signal in order {
            let Some(stop) = crate::bands::stop_at(route, way, signal) else { continue };
            let time = before.map_or(Some(Span::ZERO), |b| crate::bands::stretch(route, way, b, signal).map(|s| s.1));
            path.heads.push(SignalHead { signal, group: stop.group });
            path.times.push(time?);
            before = Some(signal);
        }
        let driven: Flow = hops(&path).map(|hop| flows.get(&hop).copied().unwrap_or(Flow::ZERO)).sum();
        path.flow = driven / path.heads.len().saturating_sub(1).max(1) as f64;
        (path.heads.len() > 1).then_some(path)
    };
    [0, 1].into_iter().filter_map(direction).collect()
}

fn hops(path: &Path) -> impl Iterator<Item = Hop> + '_ {
    path.heads.windows(2).map(|pair| (pair[0], pair[1]))
}

/// Every sequence of signals that somebody passes, in the order of their signal groups.
fn candidates(network: &Network, ways: &[Through]) -> Vec<Path> {
    let mut found: BTreeMap<Vec<SignalHead>, Path> = BTreeMap::new();
    for way in ways {
        let stops = stops(network, way);
        for length in LENGTHS.0..=LENGTHS.1 {
            for part in stops.windows(length) {
                let heads: Vec<SignalHead> = part.iter().map(|s| s.0).collect();
                let later = part.windows(2).map(|pair| pair[1].1 - pair[0].1);
                let times = || std::iter::once(Span::ZERO).chain(later).collect();
                let path = found.entry(heads).or_insert_with_key(|heads| Path {
                    heads: heads.clone(),
                    times: times(),
                    flow: Flow::ZERO,
                });
                path.flow += way.flow;
            }
        }
    }
    found.into_values().collect()
}

/// How many go from one signal to the next.
fn hop_flows(network: &Network, ways: &[Through]) -> BTreeMap<Hop, Flow> {
    let mut flows: BTreeMap<Hop, Flow> = BTreeMap::new();
    for way in ways {
        for pair in stops(network, way).windows(2) {
            *flows.entry((pair[0].0, pair[1].0)).or_default() += way.flow;
        }
    }
    flows
}

/// The signals on a way, with the time at the speed limit to their stop lines. Of several stop lines of the same signal one
/// after the other, the first.
fn stops(network: &Network, way: &Through) -> Vec<(SignalHead, Span)> {
    let mut time = Span::ZERO;
    let mut stops: Vec<(SignalHead, Span)> = Vec::new();
    for pair in way.links.windows(2) {
        let limit = network.links[pair[0]].speed_limit;
        time += network.links[pair[0]].length / limit;
        let Some(id) = movement_between(network, pair[0], pair[1]) else { break };
        let movement = &network.movements[id];
        if let Some(head) = movement.head
            && stops.last().is_none_or(|s| s.0.signal != head.signal)
        {
            stops.push((head, time));
        }
        time += movement.length / limit;
    }
    stops
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flows::ways;
    use model::toy::Grid;

    #[test]
    fn the_heaviest_paths_of_a_street_are_the_street_both_ways() {
        let scenario = Grid { columns: 4, turning: 0.0, ..Grid::default() }.scenario();
        let found = heaviest(&scenario.network, &ways(&scenario), 5);
        let signals: Vec<Vec<u32>> = found.iter().map(|p| p.heads.iter().map(|h| h.signal.0).collect()).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(signals.contains(&vec![0, 1, 2, 3]) && signals.contains(&vec![3, 2, 1, 0]), "{signals:?}");
        assert!(found.iter().all(|p| p.times[0] == Span::ZERO && p.times[1..].iter().all(|&t| t > Span::ZERO)));
    }

    #[test]
    fn no_more_paths_are_found_than_asked_for_and_the_heaviest_first() {
        let scenario = Grid { columns: 4, rows: 4, ..Grid::default() }.scenario();
        let found = heaviest(&scenario.network, &ways(&scenario), 5);
        assert_eq!(found.len(), 5);
        assert!(found.iter().all(|p| (3..=6).contains(&p.heads.len()) && p.flow > Flow::ZERO));
    }
}
