//! Demand where nobody counted: every way in to every way out, in proportion to what the roads are.

use super::Remarks;
use super::draft::{Draft, PlaceKind};
use super::patch::{DemandFrame, Gate, Patch, PeriodFrame};
use model::maths;
use std::collections::{BTreeMap, BTreeSet};

/// Flows below this are not worth a line, in vehicles per hour.
const LEAST: f64 = 3.0;

/// Ends of one street nearer to each other than this are the same end, in metres.
const SAME_END: f64 = 60.0;

/// The most ways in that demand is made for; the busiest are kept.
const MOST_GATES: usize = 40;

/// A flow from a link to a link.
#[derive(Debug, Clone)]
pub(super) struct Flow {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) veh_per_h: f64,
}

/// The demand of an imported network.
#[derive(Debug)]
pub(super) struct Assumed {
    pub(super) frame: DemandFrame,
    pub(super) flows: Vec<Flow>,
}

/// The demand of every period.
#[derive(Debug)]
pub(super) struct Demands {
    /// That of the scenario itself.
    pub(super) own: Assumed,
    /// Those of the other periods.
    pub(super) periods: Vec<(PeriodFrame, Assumed)>,
}

/// Assumes the demand of every period.
pub(super) fn assume(draft: &Draft, patch: Option<&Patch>, remarks: &mut Remarks) -> Demands {
    let usual = || DemandFrame {
        period: None,
        source: "assumed: volumes from road class and lanes, destinations in proportion".into(),
        begin_s: 25_200,
        end_s: 28_800,
        warm_up_s: 600,
    };
    let frame = patch.and_then(|p| p.demand.clone()).unwrap_or_else(usual);
    let own = assume_one(draft, frame, patch.map_or(&[], |p| &p.gates), remarks);
    let periods = patch.map_or(&[][..], |p| &p.periods);
    let periods = periods.iter().map(|p| (p.clone(), assume_one(draft, p.demand(), &p.gates, remarks))).collect();
    Demands { own, periods }
}

fn assume_one(draft: &Draft, frame: DemandFrame, known: &[Gate], remarks: &mut Remarks) -> Assumed {
    let entries = gates(draft, known, true, remarks);
    let exits = gates(draft, known, false, remarks);
    let total: f64 = exits.values().sum();
    let next = successors(draft);
    let mut flows = Vec::new();
    for (&from, &volume) in &entries {
        let reached = reached(&next, from);
        let origin = draft.links[from].from;
        // Nobody drives in to drive out by the same road.
        let own = |to: usize| {
            let (a, b) = (&draft.links[from], &draft.links[to]);
            let apart = draft.places[origin].at.distance(draft.places[b.to].at).get();
            b.to == origin || (!a.street.is_empty() && a.street == b.street && apart < SAME_END)
        };
        let open: Vec<(usize, f64)> =
            exits.iter().filter(|&(to, _)| reached.contains(to) && !own(*to)).map(|(&to, &v)| (to, v)).collect();
        let sum: f64 = open.iter().map(|o| o.1).sum();
        if sum <= 0.0 || total <= 0.0 {
            continue;
        }
        flows.extend(open.into_iter().map(|(to, v)| Flow { from, to, veh_per_h: (volume * v / sum).round() }));
    }
    flows.retain(|f| f.veh_per_h >= LEAST);
    Assumed { frame, flows }
}

/// Links by which traffic enters or leaves, with their volumes.
fn gates(draft: &Draft, known: &[Gate], entering: bool, remarks: &mut Remarks) -> BTreeMap<usize, f64> {
    let end = |place: usize| draft.places[place].kind == PlaceKind::End;
    let at_edge = |l: &&(usize, &super::draft::Link)| if entering { end(l.1.from) } else { end(l.1.to) };
    let links: Vec<(usize, &super::draft::Link)> = draft.links.iter().enumerate().collect();
    let found: Vec<(usize, &super::draft::Link)> = links.iter().filter(at_edge).copied().collect();
    let mut volumes = BTreeMap::new();
    for gate in known {
        let volume = if entering { gate.in_veh_per_h } else { gate.out_veh_per_h };
        if volume <= 0.0 {
            continue;
        }
        let of_name = |(id, l): &&(usize, &super::draft::Link)| l.street == gate.street && leads(draft, *id, entering, &gate.at);
        let off = |l: &super::draft::Link| gate.bearing_deg.map_or(0.0, |b| off_bearing(draft, l, entering, &gate.at, b));
        let link = found.iter().filter(of_name).min_by(|a, b| off(a.1).total_cmp(&off(b.1)));
        if let Some(&(id, _)) = link {
            volumes.insert(id, volume);
        } else {
            let way = if entering { "in" } else { "out" };
            remarks.repair(format!("gate {} at {}", gate.street, gate.at), format!("no way {way} of that name is there"));
        }
    }
    if known.is_empty() {
        volumes.extend(found.iter().map(|&(id, l)| (id, usual(l.rank) * l.lanes.len() as f64)));
        let mut busiest: Vec<(usize, f64)> = volumes.iter().map(|(&id, &v)| (id, v)).collect();
        busiest.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        volumes = busiest.into_iter().take(MOST_GATES).collect();
    }
    volumes
}

/// How far an end of the network lies from a bearing, seen from an intersection: in degrees.
fn off_bearing(draft: &Draft, link: &super::draft::Link, entering: bool, name: &str, bearing_deg: f64) -> f64 {
    let Some(place) = draft.places.iter().find(|p| p.name == name) else { return 180.0 };
    let end = draft.places[if entering { link.from } else { link.to }].at;
    let seen = maths::atan2(end.x - place.at.x, end.y - place.at.y).to_degrees();
    let apart = (seen - bearing_deg).rem_euclid(360.0);
    apart.min(360.0 - apart)
}

/// Whether a link at the edge leads to an intersection, or comes from it, over joints only.
fn leads(draft: &Draft, mut link: usize, entering: bool, name: &str) -> bool {
    loop {
        let place = if entering { draft.links[link].to } else { draft.links[link].from };
        if draft.places[place].name == name {
            return true;
        }
        if draft.places[place].kind == PlaceKind::Signalised || draft.places[place].kind == PlaceKind::End {
            return false;
        }
        // Straight on over what has no signal.
        let beyond = draft.movements.iter().filter(|m| if entering { m.from.0 == link } else { m.to.0 == link });
        let street = &draft.links[link].street;
        let ahead = beyond.map(|m| if entering { m.to.0 } else { m.from.0 }).find(|&l| draft.links[l].street == *street);
        match ahead {
            Some(next) if next != link => link = next,
            _ => return false,
        }
    }
}

/// Vehicles per hour and lane that a road of a rank usually brings in at a busy hour.
const fn usual(rank: u8) -> f64 {
    match rank {
        7.. => 350.0,
        6 => 300.0,
        5 => 200.0,
        4 => 80.0,
        _ => 25.0,
    }
}

fn successors(draft: &Draft) -> Vec<BTreeSet<usize>> {
    let mut next = vec![BTreeSet::new(); draft.links.len()];
    for m in &draft.movements {
        next[m.from.0].insert(m.to.0);
    }
    next
}

fn reached(next: &[BTreeSet<usize>], from: usize) -> BTreeSet<usize> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(link) = open.pop() {
        if seen.insert(link) {
            open.extend(&next[link]);
        }
    }
    seen.remove(&from);
    seen
}
