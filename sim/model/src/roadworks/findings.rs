//! What an engineer has to know of roadworks before they are set up: turns and stops that are lost, lines that leave their
//! way, and trips that cannot be made.

use super::{Closed, Closure, InForce, Roadwork};
use crate::demand::{Call, Itinerary};
use crate::id::{GroupId, LinkId, SignalId, StopId, VehicleTypeId};
use crate::network::Network;
use crate::routing;
use crate::scenario::Scenario;
use crate::vehicle::VehicleClass;
use std::collections::{BTreeMap, BTreeSet};

/// Something that a site does to traffic, besides what it closes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// It closes nothing while the scenario runs.
    OutOfTime,
    /// Nobody can go from a link to another, since the lanes to which the turn leads are closed.
    LostTurn {
        /// Where it leaves.
        from: LinkId,
        /// Where it would lead.
        to: LinkId,
    },
    /// A group of a signal has green for nobody: all its movements lead from or to closed lanes.
    GreenForNobody {
        /// The signal.
        signal: SignalId,
        /// The group.
        group: GroupId,
    },
    /// A stop lies at a closed lane: vehicles pass without a call.
    LostStop(StopId),
    /// A line with stops cannot go its way: buses take another and leave out their stops, trams do not depart.
    Line {
        /// Name of the trip or flow.
        name: String,
        /// Whether it runs on rails.
        rails: bool,
    },
    /// Trips and flows that have no way while it is closed: their vehicles do not depart.
    NoWay {
        /// How many trips and flows.
        count: usize,
        /// One of them: where it begins.
        from: LinkId,
        /// Where it would end.
        to: LinkId,
    },
}

impl Finding {
    /// In English, for the place it is about by name.
    pub fn words(&self, scenario: &Scenario) -> String {
        let link = |l: &LinkId| &scenario.network.links[*l].name;
        match self {
            Self::OutOfTime => "closes nothing while the scenario runs".into(),
            Self::LostTurn { from, to } => {
                format!("nobody can turn from {} into {}: its lanes there are closed", link(from), link(to))
            }
            Self::GreenForNobody { signal, group } => {
                let signal = &scenario.signals[*signal];
                format!("signal {}: group {} has green for nobody", signal.name, signal.groups[*group].name)
            }
            Self::LostStop(stop) => format!("stop {} cannot be called at", scenario.network.stops[*stop].name),
            Self::Line { name, rails: false } => format!("buses of {name} leave their way and the stops on it"),
            Self::Line { name, rails: true } => format!("trams of {name} do not run"),
            Self::NoWay { count, from, to } => {
                format!("{count} trips and flows have no way, such as from {} to {}: they do not depart", link(from), link(to))
            }
        }
    }
}

/// What a site does to the traffic of a scenario, together with the other sites; each finding once.
///
/// # Complexity
/// A search of the network for each closure of the site, origin and vehicle class.
pub fn findings(scenario: &Scenario, sites: &[Roadwork], site: &Roadwork) -> Vec<Finding> {
    let network = &scenario.network;
    let (start, end) = (f64::from(scenario.start().0), f64::from(scenario.end.0));
    let in_time = |c: &&Closure| c.begin.get() < end && c.end.get() > start;
    let mut found = BTreeSet::new();
    let mut closures = site.closures.iter().filter(in_time).peekable();
    if closures.peek().is_none() {
        found.insert(Finding::OutOfTime);
    }
    for closure in closures {
        let mut works = InForce::at(sites, network, closure.begin);
        site.closures.iter().filter(|c| c.active(closure.begin)).for_each(|c| works.add(c, network));
        lost_turns(network, closure, &works, &mut found);
        let lanes = closure.lanes(network);
        found.extend(network.stops.enumerate().filter(|(_, s)| lanes.contains(&s.lane)).map(|(id, _)| Finding::LostStop(id)));
        green_for_nobody(scenario, closure, &works, &mut found);
        demand(scenario, closure, &works, &mut found);
    }
    found.into_iter().collect()
}

/// Turns into the link of a closure that are lost though the link itself is not closed.
fn lost_turns(network: &Network, closure: &Closure, works: &InForce, found: &mut BTreeSet<Finding>) {
    let Closed::Lanes(lanes) = &closure.what else { return };
    let Some(to) = closure.link(network).filter(|&l| network.links[l].lanes().any(|lane| !works.is_closed(lane))) else { return };
    let from = lanes.iter().flat_map(|&l| &network.lanes[l].entering).map(|&m| network.lanes[network.movements[m].from].link);
    for from in from.collect::<BTreeSet<_>>() {
        let mut ways = network.links[from].lanes().flat_map(|l| &network.lanes[l].leaving).map(|&m| &network.movements[m]);
        let leads =
            |m: &crate::network::Movement| network.lanes[m.to].link == to && !works.is_closed(m.to) && !works.is_closed(m.from);
        if !ways.any(leads) {
            found.insert(Finding::LostTurn { from, to });
        }
    }
}

/// Groups of which no movement is left, where the closure takes one of them.
fn green_for_nobody(scenario: &Scenario, closure: &Closure, works: &InForce, found: &mut BTreeSet<Finding>) {
    let network = &scenario.network;
    let lanes = closure.lanes(network);
    let touched = lanes.iter().flat_map(|&l| network.lanes[l].entering.iter().chain(&network.lanes[l].leaving));
    for head in touched.filter_map(|&m| network.movements[m].head) {
        let of_group = |m: &&crate::network::Movement| m.head.is_some_and(|h| (h.signal, h.group) == (head.signal, head.group));
        if network.movements.iter().filter(of_group).all(|m| works.is_closed(m.from) || works.is_closed(m.to)) {
            found.insert(Finding::GreenForNobody { signal: head.signal, group: head.group });
        }
    }
}

/// Somebody who travels, as far as a closure concerns them.
struct Traveller<'a> {
    name: &'a str,
    types: Vec<VehicleTypeId>,
    itinerary: &'a Itinerary,
    calls: &'a [Call],
}

/// Who has no way, and lines that leave theirs.
fn demand(scenario: &Scenario, closure: &Closure, works: &InForce, found: &mut BTreeSet<Finding>) {
    let (network, demand) = (&scenario.network, &scenario.demand);
    let trips = demand.trips.iter().filter(|t| closure.active(t.depart)).map(|t| Traveller {
        name: &t.name,
        types: vec![t.vehicle],
        itinerary: &t.itinerary,
        calls: &t.calls,
    });
    let flows = demand.flows.iter().filter(|f| f.begin < closure.end && f.end > closure.begin).map(|f| Traveller {
        name: &f.name,
        types: f.mix.iter().filter(|m| m.1 > 0.0).map(|m| m.0).collect(),
        itinerary: &f.itinerary,
        calls: &f.calls,
    });
    let mut reached: BTreeMap<(VehicleClass, LinkId), BTreeSet<LinkId>> = BTreeMap::new();
    let (mut count, mut first) = (0, None);
    for traveller in trips.chain(flows) {
        let (from, to) = (traveller.itinerary.origin(), traveller.itinerary.destination());
        let classes: BTreeSet<VehicleClass> = traveller.types.iter().map(|&t| demand.types[t].class).collect();
        let mut has_no_way = false;
        for class in classes {
            let blocked = matches!(traveller.itinerary, Itinerary::Links(links)
                if routing::blocked_at(network, class, links, works, false).is_some());
            let rails = class.is_on_rails();
            if blocked && (rails || !traveller.calls.is_empty()) {
                found.insert(Finding::Line { name: traveller.name.to_owned(), rails });
                continue;
            }
            let ends = reached.entry((class, from)).or_insert_with(|| routing::reachable_past(network, class, from, works));
            has_no_way |= !ends.contains(&to);
        }
        if has_no_way {
            count += 1;
            first.get_or_insert((from, to));
        }
    }
    found.extend(first.map(|(from, to)| Finding::NoWay { count, from, to }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Span;
    use crate::toy::Grid;

    fn site(what: Closed, begin: f64, end: f64) -> Roadwork {
        let closure = Closure { what, begin: Span::seconds_f64(begin), end: Span::seconds_f64(end), speed_limit: None };
        Roadwork { name: "site".into(), source: "assumed: a test".into(), closures: vec![closure] }
    }

    fn link(scenario: &Scenario, name: &str) -> LinkId {
        scenario.network.links.enumerate().find(|(_, l)| l.name == name).expect("a link").0
    }

    #[test]
    fn a_closed_way_out_takes_trips_and_the_wrong_lane_takes_turns() {
        let scenario = Grid::default().scenario();
        let out = link(&scenario, "X0.0>East");
        let found = findings(&scenario, &[], &site(Closed::Link(out), 3600.0, 4000.0));
        assert!(found.iter().any(|f| matches!(f, Finding::NoWay { count: 3, to, .. } if *to == out)), "{found:?}");
        // Those who turn right come on to the right lane, those who turn left on to the left one.
        let lane = |i| Closed::Lanes(vec![scenario.network.links[out].lane(i).expect("two lanes")]);
        for (lane, from) in [(lane(0), "X0.0<North"), (lane(1), "X0.0<South")] {
            let found = findings(&scenario, &[], &site(lane, 3600.0, 4000.0));
            let lost = Finding::LostTurn { from: link(&scenario, from), to: out };
            assert!(found.contains(&lost) && !found.contains(&Finding::OutOfTime), "{found:?}");
            assert!(found[0].words(&scenario).starts_with(&format!("nobody can turn from {from} into X0.0>East")));
        }
    }

    #[test]
    fn a_closed_approach_has_green_for_nobody_only_where_its_group_has_no_other() {
        let scenario = Grid::default().scenario();
        let close = |name: &str| site(Closed::Link(link(&scenario, name)), 3600.0, 4000.0);
        let is_green = |f: &Finding| matches!(f, Finding::GreenForNobody { .. });
        let one = findings(&scenario, &[], &close("X0.0<East"));
        assert!(!one.iter().any(is_green), "{one:?}");
        let mut both = close("X0.0<East");
        both.closures.extend(close("X0.0<West").closures);
        let found = findings(&scenario, &[], &both);
        assert_eq!(found.iter().filter(|f| is_green(f)).count(), 1, "{found:?}");
    }

    #[test]
    fn a_site_of_another_time_is_told_so_and_nothing_else() {
        let scenario = Grid::default().scenario();
        let out = link(&scenario, "X0.0>East");
        assert_eq!(findings(&scenario, &[], &site(Closed::Link(out), 100.0, 3600.0)), [Finding::OutOfTime]);
    }
}
