//! Fastest ways through the empty network.

use crate::id::{IdVec, LaneId, LinkId};
use crate::network::Network;
use crate::quantity::{Length, Span};
use crate::roadworks::InForce;
use crate::vehicle::VehicleClass;
use std::cmp::Ordering;
use std::collections::{BTreeSet, BinaryHeap};

/// Travel time of each link, infinite where it is closed to the class.
pub type LinkTimes = IdVec<LinkId, Span>;

/// The time to drive each link at its limit, and its cheapest movement to come, for a class.
pub fn free_flow_times(network: &Network, class: VehicleClass) -> LinkTimes {
    times_beside(network, class, &InForce::default())
}

/// The same while roadworks are in force: links without a lane that is left are closed, and beside works their limit holds.
pub fn times_beside(network: &Network, class: VehicleClass, works: &InForce) -> LinkTimes {
    let admits = |l: LaneId| network.lanes[l].classes.contains(class) && !works.is_closed(l);
    network
        .links
        .enumerate()
        .map(|(id, link)| {
            let crossing: Length = network.links[network.lanes[link.first_lane].link]
                .lanes()
                .flat_map(|l| &network.lanes[l].leaving)
                .map(|&m| network.movements[m].length)
                .reduce(Length::min)
                .unwrap_or(Length::ZERO);
            let limit = works.limit(id).filter(|l| *l < link.speed_limit).unwrap_or(link.speed_limit);
            if link.lanes().any(admits) { (link.length + crossing) / limit } else { Span::si(f64::INFINITY) }
        })
        .collect()
}

/// A link that waits to be visited; the heap gives the nearest first, the lowest id among equals.
struct Visit {
    time: Span,
    link: LinkId,
}

impl PartialEq for Visit {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Visit {}
impl PartialOrd for Visit {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Visit {
    fn cmp(&self, other: &Self) -> Ordering {
        other.time.get().total_cmp(&self.time.get()).then(other.link.cmp(&self.link))
    }
}

/// The fastest links from one link to another, both included; `None` when there is no way.
///
/// # Complexity
/// Dijkstra's algorithm on links: movements times the logarithm of links.
pub fn fastest(network: &Network, class: VehicleClass, times: &LinkTimes, from: LinkId, to: LinkId) -> Option<Vec<LinkId>> {
    fastest_past(network, class, times, &InForce::default(), (from, to))
}

/// The same while roadworks are in force: nobody enters a closed lane.
pub fn fastest_past(
    network: &Network,
    class: VehicleClass,
    times: &LinkTimes,
    works: &InForce,
    (from, to): (LinkId, LinkId),
) -> Option<Vec<LinkId>> {
    let far = Span::si(f64::INFINITY);
    let mut best: IdVec<LinkId, (Span, Option<LinkId>)> = IdVec::from_fn(network.links.len(), |_| (far, None));
    if times[from] >= far || times[to] >= far {
        return None;
    }
    best[from].0 = times[from];
    let mut heap = BinaryHeap::from([Visit { time: times[from], link: from }]);
    while let Some(Visit { time, link }) = heap.pop() {
        if link == to {
            break;
        }
        if time > best[link].0 {
            continue;
        }
        for next in network.successors_past(link, class, works) {
            let arrival = time + times[next];
            if arrival < best[next].0 {
                best[next] = (arrival, Some(link));
                heap.push(Visit { time: arrival, link: next });
            }
        }
    }
    (best[to].0 < far).then(|| {
        let mut way = vec![to];
        while let Some(previous) = best[way[way.len() - 1]].1 {
            way.push(previous);
        }
        way.reverse();
        way
    })
}

/// The first leg of a way that cannot be entered while roadworks are in force: all lanes that admit the class are closed, or
/// no movement from an open lane of the leg before leads into one that is.
///
/// The lanes of the first leg count as open where somebody is on it already (`on_the_way`).
pub fn blocked_at(network: &Network, class: VehicleClass, links: &[LinkId], works: &InForce, on_the_way: bool) -> Option<usize> {
    let open = |l: LaneId| network.lanes[l].classes.contains(class) && !works.is_closed(l);
    let shut = links.first().is_some_and(|&l| !network.links[l].lanes().any(open));
    if shut && !on_the_way {
        return Some(0);
    }
    let leads = |(leg, pair): (usize, &[LinkId])| {
        let from = network.links[pair[0]].lanes().filter(|&l| open(l) || (leg == 0 && on_the_way));
        let mut ways = from.flat_map(|l| &network.lanes[l].leaving).map(|&m| network.movements[m].to);
        (!ways.any(|to| network.lanes[to].link == pair[1] && open(to))).then_some(leg + 1)
    };
    links.windows(2).enumerate().find_map(leads)
}

/// The links to which there is a way for a class from a link, itself included; none when it is closed to the class.
pub fn reachable(network: &Network, class: VehicleClass, from: LinkId) -> BTreeSet<LinkId> {
    reachable_past(network, class, from, &InForce::default())
}

/// The same while roadworks are in force.
pub fn reachable_past(network: &Network, class: VehicleClass, from: LinkId, works: &InForce) -> BTreeSet<LinkId> {
    if !network.links[from].lanes().any(|l| network.lanes[l].classes.contains(class) && !works.is_closed(l)) {
        return BTreeSet::new();
    }
    let (mut found, mut open) = (BTreeSet::from([from]), vec![from]);
    while let Some(link) = open.pop() {
        open.extend(network.successors_past(link, class, works).into_iter().filter(|&next| found.insert(next)));
    }
    found
}

/// Whether a vehicle of a class can follow links without ever changing lanes, and come over the lanes that `by` demands of
/// each leg.
///
/// # Errors
/// The first leg that cannot be reached so.
pub fn without_lane_changes(
    network: &Network,
    class: VehicleClass,
    links: &[LinkId],
    by: impl Fn(usize) -> Vec<LaneId>,
) -> Result<(), usize> {
    let open = |lane: &LaneId| network.lanes[*lane].classes.contains(class);
    let mut lanes: BTreeSet<LaneId> =
        links.first().map_or_else(BTreeSet::new, |&l| network.links[l].lanes().filter(open).collect());
    for (leg, &link) in links.iter().enumerate() {
        if leg > 0 {
            let ways = lanes.iter().flat_map(|&l| &network.lanes[l].leaving).map(|&m| network.movements[m].to);
            lanes = ways.filter(|&l| network.lanes[l].link == link).filter(open).collect();
        }
        for demanded in by(leg) {
            lanes.retain(|&l| l == demanded);
        }
        if lanes.is_empty() {
            return Err(leg);
        }
    }
    Ok(())
}
