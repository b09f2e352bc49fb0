//! The platoon model of a scenario: its demand as streams over lane groups.

use crate::flows::{Through, link_pair_flows, movement_flows, ways};
use controller::{Dispersion, Gaps, LaneGroup, PlatoonModel, Stream};
use model::id::{IdVec, LaneId, LinkId, MovementId};
use model::network::{Meeting, Network, SignalHead};
use model::quantity::{Flow, Length, Span, Speed};
use model::scenario::Scenario;
use model::signal::Grade;
use std::collections::BTreeMap;

/// Room that a standing vehicle takes, its gap included. Assumed: mostly cars.
const ROOM: Length = Length::metres(7.2);

/// Time between the rear of a vehicle and the front of the next as they leave a queue, beyond the way that a standing vehicle takes
/// up. So that saturation flows are those of the simulation: 1,930 vehicles per hour at 50 km/h, 1,500 at 25 and 1,400 at 20
/// (rows V1, V6 and V13 of `ampel validate`).
const FOLLOWING: Span = Span::seconds_f64(1.5);
/// Length of a car and its gap while it stands; see before.
const STANDING: Length = Length::metres(6.5);

/// Nobody who comes from a queue is faster at the stop line.
const FASTEST: Speed = Speed::kmh(50.0);

/// Vehicles that wait inside an intersection to turn left. Source: Highway Capacity Manual (2000), ch. 16: two sneakers.
const WAITING_INSIDE: f64 = 2.0;

/// Flows below this are left out, in vehicles per hour.
const LEAST: f64 = 0.5;

/// The model of a scenario's network and demand.
///
/// Drivers take their fastest ways and spread evenly over the lanes that lead there; lanes from which the same ways go on are one
/// lane group. People on foot are left out.
pub fn platoon_model(scenario: &Scenario) -> StreamModel {
    let ways = ways(scenario);
    let movements = movement_flows(&scenario.network, &link_pair_flows(&ways));
    let mut draft = Draft::new(scenario, &movements);
    draft.add_inflows(&ways);
    draft.add_quarters(&ways);
    draft.add_onward(&ways);
    draft.add_right_of_way();
    let period = Span::seconds_f64(f64::from(scenario.end.0 - scenario.begin.0));
    let occupancy = draft.occupancy(&ways);
    let model = PlatoonModel::new(draft.groups, draft.streams, Dispersion::default(), period);
    StreamModel { model: model.expect("a checked network makes sense"), movements: draft.members, occupancy }
}

/// The platoon model of a scenario, and where its streams are.
#[derive(Debug, Clone)]
pub struct StreamModel {
    /// The model.
    pub model: PlatoonModel,
    /// The movements of each of its streams.
    pub movements: Vec<Vec<MovementId>>,
    /// Persons per vehicle of each of its streams.
    pub occupancy: Vec<f64>,
}

/// What goes on from a lane: to which link, under which signal group.
type Exits = Vec<(LinkId, Option<SignalHead>)>;

/// A model that is being put together.
struct Draft<'a> {
    scenario: &'a Scenario,
    movements: &'a IdVec<MovementId, Flow>,
    groups: Vec<LaneGroup>,
    streams: Vec<Stream>,
    /// The movements of each stream.
    members: Vec<Vec<MovementId>>,
    /// The stream of each movement that somebody makes.
    stream_of: BTreeMap<MovementId, usize>,
    /// The streams between each pair of links, with their shares.
    between: BTreeMap<(LinkId, LinkId), Vec<(usize, f64)>>,
}

impl<'a> Draft<'a> {
    fn new(scenario: &'a Scenario, movements: &'a IdVec<MovementId, Flow>) -> Self {
        let mut draft = Self {
            scenario,
            movements,
            groups: Vec::new(),
            streams: Vec::new(),
            members: Vec::new(),
            stream_of: BTreeMap::new(),
            between: BTreeMap::new(),
        };
        for link in scenario.network.links.ids() {
            draft.add_link(link);
        }
        for streams in draft.between.values_mut() {
            let whole: f64 = streams.iter().map(|(s, _)| draft.streams[*s].flow.get()).sum();
            for (stream, share) in streams {
                *share = draft.streams[*stream].flow.get() / whole;
            }
        }
        draft
    }

    fn network(&self) -> &'a Network {
        &self.scenario.network
    }

    /// Movements from a lane that somebody makes.
    fn used(&self, lane: LaneId) -> impl Iterator<Item = MovementId> + '_ {
        let leaving = self.network().lanes[lane].leaving.iter().copied();
        leaving.filter(|&m| self.movements[m].in_veh_per_h() > LEAST)
    }

    fn add_link(&mut self, link: LinkId) {
        let network = self.network();
        let mut groups: BTreeMap<Exits, Vec<LaneId>> = BTreeMap::new();
        for lane in network.links[link].lanes() {
            let mut exits: Exits = self.used(lane).map(|m| (network.target_link(m), network.movements[m].head)).collect();
            exits.sort_unstable();
            exits.dedup();
            if !exits.is_empty() {
                groups.entry(exits).or_default().push(lane);
            }
        }
        for (exits, lanes) in groups {
            let room: f64 = lanes.iter().map(|&l| network.lanes[l].length / ROOM).sum();
            let group = self.groups.len();
            self.groups.push(LaneGroup { lanes: lanes.len() as u32, storage: room.max(1.0) });
            for (to, head) in exits {
                let own = |m: &MovementId| (network.target_link(*m), network.movements[*m].head) == (to, head);
                let members: Vec<MovementId> = lanes.iter().flat_map(|&l| self.used(l).filter(own).collect::<Vec<_>>()).collect();
                self.add_stream(group, (link, to), head, members);
            }
        }
    }

    fn add_stream(&mut self, group: usize, (from, to): (LinkId, LinkId), head: Option<SignalHead>, members: Vec<MovementId>) {
        let index = self.streams.len();
        let flow: Flow = members.iter().map(|&m| self.movements[m]).sum();
        self.stream_of.extend(members.iter().map(|&m| (m, index)));
        self.between.entry((from, to)).or_default().push((index, 0.0));
        self.streams.push(Stream {
            group,
            flow,
            inflow: Flow::ZERO,
            quarters: Vec::new(),
            travel: self.travel(from),
            saturation_flow: self.saturation_flow(&members, flow),
            head,
            gives_way_to: Vec::new(),
            waiting_inside: 0.0,
            gaps: if head.is_some() { Gaps::LEFT_TURN } else { Gaps::MINOR_ROAD },
            onward: Vec::new(),
        });
        self.members.push(members);
    }

    /// Vehicles that follow one another over a stop line at the speed of the movement that they make.
    fn saturation_flow(&self, members: &[MovementId], flow: Flow) -> Flow {
        let network = self.network();
        let headway = |&m: &MovementId| {
            let movement = &network.movements[m];
            let speed = movement.speed_limit.min(network.links[network.lanes[movement.from].link].speed_limit).min(FASTEST);
            (FOLLOWING + STANDING / speed).seconds() * self.movements[m].get()
        };
        Flow::si(flow.get() / members.iter().map(headway).sum::<f64>())
    }

    /// Mean time over a link and the movements that lead to it.
    fn travel(&self, link: LinkId) -> Span {
        let network = self.network();
        let entering = network.links[link].lanes().flat_map(|l| &network.lanes[l].entering).copied();
        let (time, flow) = entering.fold((0.0, 0.0), |(time, flow), m| {
            let movement = &network.movements[m];
            let own = self.movements[m].get();
            (time + own * (movement.length / movement.speed_limit).seconds(), flow + own)
        });
        network.links[link].length / network.links[link].speed_limit
            + Span::seconds_f64(if flow > 0.0 { time / flow } else { 0.0 })
    }

    /// Who enters the network, over the streams of the first two links.
    fn add_inflows(&mut self, ways: &[Through]) {
        for way in ways {
            let [first, second, ..] = way.links[..] else { continue };
            for &(stream, share) in self.between.get(&(first, second)).into_iter().flatten() {
                self.streams[stream].inflow += way.flow * share;
            }
        }
    }

    /// How much flows in each quarter of an hour.
    fn add_quarters(&mut self, ways: &[Through]) {
        for way in ways {
            for pair in way.links.windows(2) {
                for &(stream, share) in self.between.get(&(pair[0], pair[1])).into_iter().flatten() {
                    let quarters = &mut self.streams[stream].quarters;
                    quarters.resize(way.quarters.len(), Flow::ZERO);
                    quarters.iter_mut().zip(&way.quarters).for_each(|(own, flow)| *own += *flow * share);
                }
            }
        }
    }

    /// Where streams go on, after the ways that their vehicles take.
    fn add_onward(&mut self, ways: &[Through]) {
        let mut triples: BTreeMap<[LinkId; 3], f64> = BTreeMap::new();
        let mut pairs: BTreeMap<(LinkId, LinkId), f64> = BTreeMap::new();
        for way in ways {
            for pair in way.links.windows(2) {
                *pairs.entry((pair[0], pair[1])).or_default() += way.flow.get();
            }
            for triple in way.links.windows(3) {
                *triples.entry([triple[0], triple[1], triple[2]]).or_default() += way.flow.get();
            }
        }
        for ([from, over, to], flow) in triples {
            let share = flow / pairs[&(from, over)];
            let (Some(here), Some(there)) = (self.between.get(&(from, over)), self.between.get(&(over, to))) else { continue };
            for &(stream, _) in here {
                self.streams[stream].onward.extend(there.iter().map(|&(next, part)| (next, share * part)));
            }
        }
    }

    /// Persons per vehicle, by stream.
    fn occupancy(&self, ways: &[Through]) -> Vec<f64> {
        let mut sums = vec![(0.0, 0.0); self.streams.len()];
        for way in ways {
            for pair in way.links.windows(2) {
                for &(stream, share) in self.between.get(&(pair[0], pair[1])).into_iter().flatten() {
                    let flow = way.flow.get() * share;
                    sums[stream].0 += flow * way.class.occupancy();
                    sums[stream].1 += flow;
                }
            }
        }
        sums.into_iter().map(|(persons, flow)| if flow > 0.0 { persons / flow } else { 1.0 }).collect()
    }

    /// To whom streams give way while both may go.
    fn add_right_of_way(&mut self) {
        for (index, members) in self.members.iter().enumerate() {
            let mut others: Vec<usize> = members.iter().flat_map(|&m| self.before(m)).filter(|&o| o != index).collect();
            others.sort_unstable();
            others.dedup();
            let inside = members.iter().any(|&m| self.scenario.network.movements[m].waiting.is_some());
            let stream = &mut self.streams[index];
            (stream.gives_way_to, stream.waiting_inside) = (others, if inside { WAITING_INSIDE } else { 0.0 });
        }
    }

    /// The streams to which a movement gives way.
    fn before(&self, movement: MovementId) -> Vec<usize> {
        let network = self.network();
        let head = network.movements[movement].head;
        let meets = network.movements[movement].conflicts.iter().map(|&c| &network.conflicts[c]);
        let first = meets.filter(|c| matches!(c.meeting, Meeting::Cross | Meeting::Merge) && c.yields(movement));
        let others = first.map(|c| c.seen_from(movement).1.movement);
        let at_once = |other: &MovementId| match (head, network.movements[*other].head) {
            (Some(own), Some(other)) if own.signal == other.signal => {
                self.scenario.signals[own.signal].grades[(own.group, other.group)] != Grade::Incompatible
            }
            _ => true,
        };
        others.filter(at_once).filter_map(|other| self.stream_of.get(&other).copied()).collect()
    }
}
