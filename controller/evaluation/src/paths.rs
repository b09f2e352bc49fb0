//! The important paths through a network: which sequences of signals most people pass in one go.

use crate::bands::{SLOWEST, stop_at, stretch};
use crate::corridor::{Route, movement_between};
use crate::flows::Through;
use model::id::{LinkId, SignalId};
use model::network::{Network, SignalHead};
use model::quantity::{Flow, Length, Span, Speed};
use model::vehicle::VehicleClass;
use std::collections::{BTreeMap, BTreeSet};

/// Who takes a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Traveller {
    /// Motor vehicles that go on without a stop.
    Motor,
    /// Bicycles.
    Bicycle,
    /// Buses and trams that call at stops.
    Calling,
}

impl Traveller {
    fn of(way: &Through) -> Self {
        match way.class {
            VehicleClass::Bicycle => Self::Bicycle,
            _ if way.dwell.is_empty() => Self::Motor,
            _ => Self::Calling,
        }
    }

    /// Shortest and longest time over a length. Motor vehicles drive at 85 to 100 % of the limit, as along corridors; cyclists
    /// are given waves of 18 to 20 km/h, as is usual.
    fn time(self, length: Length, limit: Speed) -> (Span, Span) {
        let (slow, fast) = match self {
            Self::Bicycle => (Speed::kmh(18.0).min(limit), Speed::kmh(20.0).min(limit)),
            Self::Motor | Self::Calling => (limit * SLOWEST, limit),
        };
        (length / fast, length / slow)
    }
}

/// A signal on a path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PathStop {
    /// The signal group to obey.
    pub(crate) head: SignalHead,
    /// Shortest and longest time from the stop line before, or from the start of the way.
    pub(crate) travel: (Span, Span),
    /// Mean time at stops on the way from the stop line before.
    pub(crate) dwell: Span,
}

/// A path over signals.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Path {
    /// Who takes it.
    pub(crate) traveller: Traveller,
    /// The signals in driving order.
    pub(crate) stops: Vec<PathStop>,
    /// How many, on average over the measured period.
    pub(crate) flow: Flow,
}

impl Path {
    /// The signal groups that it obeys.
    pub(crate) fn heads(&self) -> Vec<SignalHead> {
        self.stops.iter().map(|s| s.head).collect()
    }
}

/// Fewest and most signals of a path that is found in the demand. A longer one is passed in parts: hardly any band goes further.
const LENGTHS: (usize, usize) = (3, 6);

type Hop = (SignalHead, SignalHead);

/// How many paths are taken at most of each kind of traveller: few of those who are few, or none would be of theirs.
const MOST: [(Traveller, usize); 3] = [(Traveller::Motor, 16), (Traveller::Bicycle, 4), (Traveller::Calling, 4)];

/// The heaviest sequences of three to six signals in the demand: of motor vehicles, of bicycles, of those who call at stops.
///
/// Of each kind the one comes first whose flow times the number of its hops that no path before it covers is the largest.
pub(crate) fn heaviest(network: &Network, ways: &[Through]) -> Vec<Path> {
    MOST.iter().flat_map(|&(traveller, most)| heaviest_of(traveller, network, ways, most)).collect()
}

fn heaviest_of(traveller: Traveller, network: &Network, ways: &[Through], most: usize) -> Vec<Path> {
    let mut candidates = candidates(traveller, network, ways);
    let mut covered: BTreeSet<Hop> = BTreeSet::new();
    let mut found = Vec::new();
    while found.len() < most {
        let fresh = |path: &Path| hops(path).filter(|hop| !covered.contains(hop)).count() as f64;
        let scored = candidates.iter().enumerate().map(|(i, path)| (i, path.flow.get() * fresh(path)));
        let best = scored.reduce(|best, other| if other.1 > best.1 { other } else { best });
        let Some((index, _)) = best.filter(|b| b.1 > 0.0) else { break };
        let path = candidates.remove(index);
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
        let mut path = Path { traveller: Traveller::Motor, stops: Vec::new(), flow: Flow::ZERO };
        let mut before = None;
        for signal in order {
            let Some(stop) = stop_at(route, way, signal) else { continue };
            let time = before.map_or(Some(Span::ZERO), |b| stretch(route, way, b, signal).map(|s| s.1))?;
            let head = SignalHead { signal, group: stop.group };
            path.stops.push(PathStop { head, travel: (time, time / SLOWEST), dwell: Span::ZERO });
            before = Some(signal);
        }
        let driven: Flow = hops(&path).map(|hop| flows.get(&hop).copied().unwrap_or(Flow::ZERO)).sum();
        path.flow = driven / path.stops.len().saturating_sub(1).max(1) as f64;
        (path.stops.len() > 1).then_some(path)
    };
    [0, 1].into_iter().filter_map(direction).collect()
}

fn hops(path: &Path) -> impl Iterator<Item = Hop> + '_ {
    path.stops.windows(2).map(|pair| (pair[0].head, pair[1].head))
}

/// Every sequence of signals that somebody of a kind passes, in the order of their signal groups. Where times at stops differ,
/// those of the first way count.
fn candidates(traveller: Traveller, network: &Network, ways: &[Through]) -> Vec<Path> {
    let mut found: BTreeMap<Vec<SignalHead>, Path> = BTreeMap::new();
    for way in ways.iter().filter(|w| Traveller::of(w) == traveller) {
        let stops = stops(network, way);
        for length in LENGTHS.0..=LENGTHS.1 {
            for part in stops.windows(length) {
                let path = || Path { traveller, stops: part.to_vec(), flow: Flow::ZERO };
                found.entry(part.iter().map(|s| s.head).collect()).or_insert_with(path).flow += way.flow;
            }
        }
    }
    found.into_values().collect()
}

/// How many motor vehicles go from one signal to the next.
fn hop_flows(network: &Network, ways: &[Through]) -> BTreeMap<Hop, Flow> {
    let mut flows: BTreeMap<Hop, Flow> = BTreeMap::new();
    for way in ways.iter().filter(|w| Traveller::of(w) != Traveller::Bicycle) {
        for pair in stops(network, way).windows(2) {
            *flows.entry((pair[0].head, pair[1].head)).or_default() += way.flow;
        }
    }
    flows
}

/// Which share of the motor vehicles on a link before a stop line have come from elsewhere than the stop line before, by both.
///
/// They stand there when a platoon comes, so that its green has to begin earlier.
pub(crate) fn gathered(network: &Network, ways: &[Through]) -> BTreeMap<(SignalHead, SignalHead), f64> {
    let mut all: BTreeMap<LinkId, Flow> = BTreeMap::new();
    let mut from_before: BTreeMap<(SignalHead, SignalHead), (LinkId, Flow)> = BTreeMap::new();
    for way in ways.iter().filter(|w| Traveller::of(w) != Traveller::Bicycle) {
        let stops = stops_behind_links(network, way);
        for (link, _) in &stops {
            *all.entry(*link).or_default() += way.flow;
        }
        for pair in stops.windows(2) {
            let hop = (pair[0].1.head, pair[1].1.head);
            from_before.entry(hop).or_insert((pair[1].0, Flow::ZERO)).1 += way.flow;
        }
    }
    let share = |(hop, (link, flow)): ((SignalHead, SignalHead), (LinkId, Flow))| {
        let whole = all.get(&link).copied().filter(|all| *all > Flow::ZERO)?;
        Some((hop, (1.0 - flow / whole).clamp(0.0, 1.0)))
    };
    from_before.into_iter().filter_map(share).collect()
}

/// The signals on a way. Of several stop lines of the same signal one after the other, the first.
fn stops(network: &Network, way: &Through) -> Vec<PathStop> {
    stops_behind_links(network, way).into_iter().map(|(_, stop)| stop).collect()
}

/// The same, each behind the link that ends there.
fn stops_behind_links(network: &Network, way: &Through) -> Vec<(LinkId, PathStop)> {
    let traveller = Traveller::of(way);
    let (mut travel, mut dwell) = ((Span::ZERO, Span::ZERO), Span::ZERO);
    let mut stops: Vec<(LinkId, PathStop)> = Vec::new();
    for (leg, pair) in way.links.windows(2).enumerate() {
        let limit = network.links[pair[0]].speed_limit;
        travel = plus(travel, traveller.time(network.links[pair[0]].length, limit));
        dwell += way.dwell.iter().filter(|d| d.0 == leg).map(|d| d.1).sum();
        let Some(id) = movement_between(network, pair[0], pair[1]) else { break };
        let movement = &network.movements[id];
        if let Some(head) = movement.head
            && stops.last().is_none_or(|s| s.1.head.signal != head.signal)
        {
            stops.push((pair[0], PathStop { head, travel, dwell }));
            (travel, dwell) = ((Span::ZERO, Span::ZERO), Span::ZERO);
        }
        travel = plus(travel, traveller.time(movement.length, limit));
    }
    stops
}

fn plus(a: (Span, Span), b: (Span, Span)) -> (Span, Span) {
    (a.0 + b.0, a.1 + b.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flows::ways;
    use model::toy::Grid;

    fn street(columns: usize) -> (model::scenario::Scenario, Vec<Through>) {
        let scenario = Grid { columns, turning: 0.0, ..Grid::default() }.scenario();
        let ways = ways(&scenario);
        (scenario, ways)
    }

    #[test]
    fn the_heaviest_paths_of_a_street_are_the_street_both_ways() {
        let (scenario, ways) = street(4);
        let found = heaviest(&scenario.network, &ways);
        let signals: Vec<Vec<u32>> = found.iter().map(|p| p.stops.iter().map(|s| s.head.signal.0).collect()).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(signals.contains(&vec![0, 1, 2, 3]) && signals.contains(&vec![3, 2, 1, 0]), "{signals:?}");
    }

    #[test]
    fn a_street_of_many_signals_is_passed_in_parts() {
        let (scenario, ways) = street(9);
        let found = heaviest(&scenario.network, &ways);
        assert!(found.iter().all(|p| (3..=6).contains(&p.stops.len()) && p.flow > Flow::ZERO));
        let covered: BTreeSet<Hop> = found.iter().flat_map(hops).collect();
        assert_eq!(covered.len(), 16, "each of eight hops both ways");
    }

    #[test]
    fn cyclists_have_paths_of_their_own_at_18_to_20_kmh() {
        let (scenario, mut ways) = street(4);
        let mut cyclists = ways.clone();
        for way in &mut cyclists {
            (way.class, way.flow) = (VehicleClass::Bicycle, Flow::veh_per_h(60.0));
        }
        ways.extend(cyclists);
        let found = heaviest(&scenario.network, &ways);
        let of = |traveller| found.iter().find(|p| p.traveller == traveller && p.stops[0].head.signal.0 == 0).unwrap();
        let limit = scenario.network.links.iter().next().unwrap().speed_limit;
        let (bicycle, motor) = (of(Traveller::Bicycle).stops[1].travel, of(Traveller::Motor).stops[1].travel);
        assert_eq!(found.len(), 4);
        assert!((bicycle.0 / motor.0 - limit / Speed::kmh(20.0)).abs() < 1e-9);
        assert!((bicycle.1 / motor.0 - limit / Speed::kmh(18.0)).abs() < 1e-9);
    }

    #[test]
    fn whoever_turns_into_a_street_stands_before_those_who_come_along_it() {
        let scenario = Grid { columns: 3, turning: 0.2, ..Grid::default() }.scenario();
        let gathered = gathered(&scenario.network, &ways(&scenario));
        assert!(!gathered.is_empty() && gathered.values().all(|share| (0.0..1.0).contains(share)), "{gathered:?}");
        assert!(gathered.values().any(|share| (0.05..0.5).contains(share)), "{gathered:?}");
        let (straight, ways) = street(3);
        assert!(super::gathered(&straight.network, &ways).values().all(|share| *share < 1e-9));
    }

    #[test]
    fn who_calls_at_a_stop_stands_there_before_the_next_signal() {
        let (scenario, mut ways) = street(4);
        let mut tram = ways.iter().max_by_key(|w| w.links.len()).unwrap().clone();
        (tram.class, tram.dwell) = (VehicleClass::Tram, vec![(2, Span::seconds_f64(25.0))]);
        ways.push(tram);
        let found = heaviest(&scenario.network, &ways);
        let tram = found.iter().find(|p| p.traveller == Traveller::Calling).unwrap();
        let dwell: Vec<f64> = tram.stops.iter().map(|s| s.dwell.seconds()).collect();
        assert_eq!(dwell, [0.0, 0.0, 25.0, 0.0]);
    }
}
