//! The ways along a corridor: which links and movements lead from signal to signal, in both directions.

use model::id::{GroupId, LinkId, MovementId, SignalId};
use model::network::Network;
use model::quantity::{Length, Span};
use model::routing::{self, LinkTimes};
use model::scenario::{Corridor, Scenario};
use model::vehicle::VehicleClass;

/// A detour longer than this share of the straight line, and this many metres more, means that there is no way: the
/// direction does not pass the signal.
const DETOUR: (f64, f64) = (1.6, 60.0);

/// A corridor with its ways.
#[derive(Debug, Clone)]
pub struct Route {
    /// The corridor.
    pub corridor: Corridor,
    /// In the order of the signals, and in the opposite one.
    pub ways: [Way; 2],
}

/// One direction of a corridor.
#[derive(Debug, Clone, Default)]
pub struct Way {
    /// Every link, in driving order.
    pub links: Vec<LinkId>,
    /// The signals that it passes, in driving order.
    pub stops: Vec<Stop>,
}

/// A signal on a way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stop {
    /// The signal.
    pub signal: SignalId,
    /// The group of the through movement.
    pub group: GroupId,
    /// Its stop line, from the start of the first link.
    pub position: Length,
    /// Time to drive here from the start at the speed limit.
    pub time: Span,
}

impl Route {
    /// The ways of a corridor; a direction that no road leads along is empty.
    pub fn new(scenario: &Scenario, corridor: &Corridor) -> Self {
        let mut signals = corridor.signals.clone();
        let outbound = Finder::new(scenario, corridor.ring).way(&signals);
        signals.reverse();
        let inbound = Finder::new(scenario, corridor.ring).way(&signals);
        Self { corridor: corridor.clone(), ways: [outbound, inbound] }
    }
}

struct Finder<'a> {
    scenario: &'a Scenario,
    times: LinkTimes,
    ring: bool,
}

impl<'a> Finder<'a> {
    fn new(scenario: &'a Scenario, ring: bool) -> Self {
        Self { scenario, times: routing::free_flow_times(&scenario.network, VehicleClass::Car), ring }
    }

    fn network(&self) -> &'a Network {
        &self.scenario.network
    }

    /// Links that arrive at a signal.
    fn arriving(&self, signal: SignalId) -> impl Iterator<Item = LinkId> + 'a {
        let at = self.network().intersections.iter().filter(move |i| i.signal == Some(signal));
        at.flat_map(|i| i.arriving.iter().copied())
    }

    /// The way with the most signals, the shortest among those, over every first link.
    fn way(&self, signals: &[SignalId]) -> Way {
        let starts = self.arriving(signals[0]);
        let ways = starts.map(|start| self.follow(start, signals));
        let key = |w: &Way| (w.stops.len(), std::cmp::Reverse(w.stops.last().map_or(0, |s| (s.position.get() * 100.0) as u64)));
        ways.max_by_key(key).unwrap_or_default()
    }

    /// The way that begins on a link which arrives at the first signal.
    fn follow(&self, start: LinkId, signals: &[SignalId]) -> Way {
        let mut links = vec![start];
        let mut passed = vec![(signals[0], 0)];
        let goals = signals[1..].iter().copied().chain(self.ring.then_some(signals[0]));
        for goal in goals {
            let here = links[links.len() - 1];
            let Some(next) = self.next(here, goal) else { continue };
            links.extend(&next[1..]);
            passed.push((goal, links.len() - 1));
        }
        // Behind the last signal the way goes straight on, so that its movement is known.
        let beyond = self.straight_on(links[links.len() - 1]);
        links.extend(beyond);
        self.stops(links, &passed)
    }

    /// The fastest links from one that arrives at a signal to the next signal; `None` when that is a detour.
    fn next(&self, here: LinkId, goal: SignalId) -> Option<Vec<LinkId>> {
        let network = self.network();
        let found = self.arriving(goal).filter(|&l| l != here);
        let found = found.filter_map(|to| routing::fastest(network, VehicleClass::Car, &self.times, here, to));
        let length = |way: &Vec<LinkId>| way[1..].iter().map(|&l| network.links[l].length).sum::<Length>();
        let best = found.min_by(|a, b| length(a).get().total_cmp(&length(b).get()))?;
        let ends = [here, best[best.len() - 1]].map(|l| network.intersections[network.links[l].to].position);
        let direct = ends[0].distance(ends[1]).get();
        (length(&best).get() <= DETOUR.0 * direct + DETOUR.1).then_some(best)
    }

    fn straight_on(&self, link: LinkId) -> Option<LinkId> {
        let network = self.network();
        let leaving = network.links[link].lanes().flat_map(|l| network.lanes[l].leaving.iter().copied());
        let straightest = leaving.min_by_key(|&m| (network.movements[m].turn != model::network::Turn::Straight, m));
        straightest.map(|m| network.target_link(m))
    }

    fn stops(&self, links: Vec<LinkId>, passed: &[(SignalId, usize)]) -> Way {
        let network = self.network();
        let (mut position, mut time) = (Length::ZERO, Span::ZERO);
        let mut ends = Vec::new();
        for (i, &link) in links.iter().enumerate() {
            position += network.links[link].length;
            time += network.links[link].length / network.links[link].speed_limit;
            let movement = links.get(i + 1).and_then(|&to| movement_between(network, link, to));
            ends.push((position, time, movement));
            if let Some(m) = movement {
                position += network.movements[m].length;
                time += network.movements[m].length / network.links[link].speed_limit;
            }
        }
        let stops = passed.iter().filter_map(|&(signal, i)| {
            let (position, time, movement) = ends[i];
            let head = network.movements[movement?].head.filter(|h| h.signal == signal)?;
            Some(Stop { signal, group: head.group, position, time })
        });
        Way { stops: stops.collect(), links }
    }
}

/// The movement from a link to the next with the lowest id.
pub(crate) fn movement_between(network: &Network, from: LinkId, to: LinkId) -> Option<MovementId> {
    let leaving = network.links[from].lanes().flat_map(|l| &network.lanes[l].leaving);
    leaving.copied().find(|&m| network.target_link(m) == to)
}
