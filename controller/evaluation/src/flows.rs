//! What each signal group has to serve: the demand of the scenario on its fastest ways, lane by lane.

use controller::{GroupFlow, GroupFlows};
use model::demand::{Call, Itinerary, QUARTER_HOUR};
use model::id::{GroupId, IdVec, LaneId, LinkId, MovementId, SignalId};
use model::network::{Meeting, Movement, Network, SignalHead, Turn};
use model::quantity::{Flow, Span};
use model::routing;
use model::scenario::Scenario;
use model::signal::Stage;
use model::vehicle::VehicleClass;
use std::collections::BTreeMap;

/// Saturation flow of a lane straight on, in vehicles per hour. HBS: 2,000 for cars alone; assumed here: 5 % less for
/// lorries and buses.
const STRAIGHT: f64 = 1900.0;
/// The same for a lane that turns with a green of its own; assumed.
const TURNING: f64 = 1700.0;
/// The same for a lane that waits for gaps in oncoming traffic; assumed, a value between those for light and heavy
/// oncoming traffic.
const PERMISSIVE: f64 = 700.0;

/// Vehicles that go the same way, on average over the measured period.
#[derive(Debug, Clone)]
pub(crate) struct Through {
    /// What drives it.
    pub(crate) class: VehicleClass,
    /// Mean time at stops, by place in `links`; empty for those who call at none.
    pub(crate) dwell: Vec<(usize, Span)>,
    /// Every link of the way.
    pub(crate) links: Vec<LinkId>,
    /// How many.
    pub(crate) flow: Flow,
    /// How many in each quarter of an hour.
    pub(crate) quarters: Vec<Flow>,
}

/// Which way, with which calls at stops.
type Course<'a> = (&'a Itinerary, &'a [Call]);

/// Vehicles with the same belong to one way: itinerary, class, and milliseconds at stops by their place.
type WayKey = (Itinerary, VehicleClass, Vec<(usize, u64)>);

/// All demand of a scenario, way by way; whoever is free to choose takes the fastest.
pub(crate) fn ways(scenario: &Scenario) -> Vec<Through> {
    let (begin, end) = (f64::from(scenario.begin.0), f64::from(scenario.end.0));
    let quarters = quarters(begin, end);
    let demand = &scenario.demand;
    let times: BTreeMap<VehicleClass, _> =
        demand.types.iter().map(|t| (t.class, routing::free_flow_times(&scenario.network, t.class))).collect();
    let mut ways: BTreeMap<WayKey, Through> = BTreeMap::new();
    let mut add = |(itinerary, calls): Course<'_>, class: VehicleClass, flow: Flow, of_quarter: &dyn Fn(f64, f64) -> Flow| {
        let milliseconds = |c: &Call| (c.leg, (c.dwell.mean.seconds() * 1000.0) as u64);
        let key = (itinerary.clone(), class, calls.iter().map(milliseconds).collect());
        let way = ways.entry(key).or_insert_with(|| {
            let links = match itinerary {
                Itinerary::Links(links) => links.clone(),
                Itinerary::Fastest { from, to } => {
                    routing::fastest(&scenario.network, class, &times[&class], *from, *to).unwrap_or_default()
                }
            };
            let dwell = calls.iter().map(|c| (c.leg, c.dwell.mean)).collect();
            Through { class, dwell, links, flow: Flow::ZERO, quarters: vec![Flow::ZERO; quarters.len()] }
        });
        way.flow += flow;
        way.quarters.iter_mut().zip(&quarters).for_each(|(own, &(from, to))| *own += of_quarter(from, to));
    };
    for stream in &demand.flows {
        for &(kind, part) in &stream.mix {
            let mean = |from: f64, to: f64| stream.flow * (stream.relative_flow(from, to) * part * demand.factor);
            add((&stream.itinerary, &stream.calls), demand.types[kind].class, mean(begin, end), &mean);
        }
    }
    for trip in &demand.trips {
        let at = trip.depart.get();
        let within =
            |from: f64, to: f64| if (from..to).contains(&at) { Flow::si(demand.factor / (to - from)) } else { Flow::ZERO };
        if (begin..end).contains(&at) {
            add((&trip.itinerary, &trip.calls), demand.types[trip.vehicle].class, within(begin, end), &within);
        }
    }
    ways.into_values().collect()
}

/// The quarters of an hour of a period, the last one perhaps shorter.
fn quarters(begin: f64, end: f64) -> Vec<(f64, f64)> {
    let count = ((end - begin) / QUARTER_HOUR).ceil() as usize;
    let at = |i: usize| (begin + i as f64 * QUARTER_HOUR).min(end);
    (0..count).map(|i| (at(i), at(i + 1))).collect()
}

/// Mean flow of every pair of consecutive links over the measured period.
pub(crate) fn link_pair_flows(ways: &[Through]) -> BTreeMap<(LinkId, LinkId), Flow> {
    let mut flows: BTreeMap<(LinkId, LinkId), Flow> = BTreeMap::new();
    for way in ways {
        for pair in way.links.windows(2) {
            *flows.entry((pair[0], pair[1])).or_default() += way.flow;
        }
    }
    flows
}

/// What a signalised movement has to serve: the load of the lane that it leaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Served {
    /// The lane.
    pub(crate) lane: LaneId,
    /// Its signal and group.
    pub(crate) head: SignalHead,
    /// Flow and saturation flow of the lane.
    pub(crate) flow: GroupFlow,
}

/// What every signalised movement has to serve.
pub(crate) fn served(scenario: &Scenario) -> Vec<Served> {
    let network = &scenario.network;
    let movements = movement_flows(network, &link_pair_flows(&ways(scenario)));
    let serve = |(id, movement): (MovementId, &Movement)| {
        let head = movement.head?;
        let load = Load::of(network, movement.from, &movements);
        let left = if waits_for_gaps(scenario, id, head) { PERMISSIVE } else { TURNING };
        let saturation = load.saturation(movement.turn, left);
        let flow = GroupFlow { flow: load.flow, saturation_flow: Flow::veh_per_h(saturation) };
        Some(Served { lane: movement.from, head, flow })
    };
    network.movements.enumerate().filter_map(serve).collect()
}

/// What each group of each signal has to serve: its lane with the largest flow ratio. Groups without vehicles have none.
pub fn group_flows(scenario: &Scenario) -> IdVec<SignalId, GroupFlows> {
    let mut found: IdVec<SignalId, GroupFlows> =
        scenario.signals.iter().map(|s| IdVec::from_fn(s.groups.len(), |_: GroupId| None)).collect();
    for Served { head, flow, .. } in served(scenario) {
        let slot = &mut found[head.signal][head.group];
        let ratio = |g: &GroupFlow| g.flow / g.saturation_flow;
        if slot.as_ref().is_none_or(|old| ratio(old) < ratio(&flow)) {
            *slot = Some(flow);
        }
    }
    found
}

/// Whether a movement gives way to another whose group shows green in the same stage.
fn waits_for_gaps(scenario: &Scenario, movement: MovementId, head: SignalHead) -> bool {
    let (network, signal) = (&scenario.network, &scenario.signals[head.signal]);
    let together = |other: GroupId| {
        let both = |s: &Stage| s.greens.contains(&head.group) && s.greens.contains(&other);
        other == head.group || signal.stages.iter().any(both)
    };
    network.movements[movement].conflicts.iter().map(|&c| &network.conflicts[c]).any(|c| {
        let other = network.movements[c.seen_from(movement).1.movement].head;
        c.meeting == Meeting::Cross && c.yields(movement) && other.is_some_and(|o| o.signal == head.signal && together(o.group))
    })
}

/// What a lane carries.
#[derive(Debug, Clone, Copy, Default)]
struct Load {
    flow: Flow,
    straight: Flow,
    left: Flow,
}

impl Load {
    /// What a lane carries when its movements carry this.
    fn of(network: &Network, lane: LaneId, movements: &IdVec<MovementId, Flow>) -> Self {
        let mut load = Self::default();
        for &m in &network.lanes[lane].leaving {
            load.flow += movements[m];
            match network.movements[m].turn {
                Turn::Straight => load.straight += movements[m],
                Turn::Left | Turn::UTurn => load.left += movements[m],
                Turn::Right => {}
            }
        }
        load
    }

    /// Saturation flow of the lane by what it carries, in vehicles per hour; `left` is that of left turns.
    fn saturation(self, turn: Turn, left: f64) -> f64 {
        if self.flow == Flow::ZERO {
            return if turn == Turn::Straight { STRAIGHT } else { left };
        }
        let right = self.flow - self.straight - self.left;
        // Times that each kind takes add up.
        self.flow.get() / (self.straight.get() / STRAIGHT + self.left.get() / left + right.get() / TURNING)
    }
}

/// Spreads the flow of each pair of links over the movements that lead from one to the other, fullest lanes last.
pub(crate) fn movement_flows(network: &Network, pairs: &BTreeMap<(LinkId, LinkId), Flow>) -> IdVec<MovementId, Flow> {
    let mut flows: IdVec<MovementId, Flow> = IdVec::from_fn(network.movements.len(), |_| Flow::ZERO);
    let mut lanes: IdVec<LaneId, Flow> = IdVec::from_fn(network.lanes.len(), |_| Flow::ZERO);
    // Pairs with fewer lanes to choose from come first.
    let mut ordered: Vec<(Vec<MovementId>, Flow)> = pairs
        .iter()
        .map(|(&(from, to), &flow)| {
            let lanes = network.links[from].lanes().flat_map(|l| &network.lanes[l].leaving);
            (lanes.copied().filter(|&m| network.target_link(m) == to).collect(), flow)
        })
        .collect();
    ordered.sort_by_key(|(movements, _)| movements.len());
    for (movements, flow) in ordered {
        const PORTIONS: u32 = 40;
        for _ in 0..PORTIONS {
            let emptiest = movements.iter().min_by(|a, b| {
                let flow = |m: MovementId| lanes[network.movements[m].from].get();
                flow(**a).total_cmp(&flow(**b)).then(a.cmp(b))
            });
            let Some(&m) = emptiest else { break };
            let part = flow / f64::from(PORTIONS);
            lanes[network.movements[m].from] += part;
            flows[m] += part;
        }
    }
    flows
}
