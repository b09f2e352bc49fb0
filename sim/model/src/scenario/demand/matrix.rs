//! From origin-destination matrices to flows between links.

use super::super::file::{MatrixFile, ZoneLinkFile};
use super::flow::{Checked, MOST_VEH_PER_H, Terms};
use super::{DemandCheck, Types};
use crate::demand::{Itinerary, Stream};
use crate::id::LinkId;
use crate::quantity::Flow;
use crate::routing;
use crate::vehicle::VehicleClass;
use std::collections::{BTreeMap, BTreeSet};

/// A zone: its links with their weights.
#[derive(Default)]
pub(super) struct Zone {
    from: Vec<(LinkId, f64)>,
    to: Vec<(LinkId, f64)>,
}

/// Zones by name.
pub(super) type Zones<'a> = BTreeMap<&'a str, Zone>;

/// What each link leads to, by class.
type Reachable = BTreeMap<(VehicleClass, LinkId), BTreeSet<LinkId>>;

impl<'a> DemandCheck<'a> {
    /// Every zone of the file.
    pub(super) fn zones(&mut self) -> Zones<'a> {
        let mut zones = Zones::new();
        for z in &self.source.content.zones {
            let zone = Zone { from: self.zone_links(&z.from), to: self.zone_links(&z.to) };
            if zones.insert(z.name.get_ref(), zone).is_some() {
                self.say(z.name.span(), format!("zone \"{}\" stands twice", z.name.get_ref()), "rename one");
            }
        }
        zones
    }

    fn zone_links(&mut self, links: &[ZoneLinkFile]) -> Vec<(LinkId, f64)> {
        let mut found = Vec::new();
        for l in links {
            if !(l.weight.is_finite() && l.weight >= 0.0) {
                let what = format!("link \"{}\" has the weight {}", l.link.get_ref(), l.weight);
                self.say(l.link.span(), what, "give a weight of 0 or more");
            }
            found.extend(self.names.link(self.source, &l.link, self.faults).map(|id| (id, l.weight)));
        }
        found
    }

    /// A matrix as flows: each cell is spread over the pairs of links between which there is a way, by weight.
    pub(super) fn matrix(&mut self, m: &MatrixFile, types: &Types<'_>, zones: &Zones<'_>) -> Vec<Stream> {
        let Some(terms) = self.terms(&Terms::of_matrix(m), types) else { return Vec::new() };
        let mut named = Vec::new();
        for name in &m.zones {
            match zones.get(name.get_ref().as_str()) {
                Some(zone) => named.push(zone),
                None => self.say(name.span(), format!("zone \"{}\" does not exist", name.get_ref()), "add it as [[zone]]"),
            }
        }
        let size = m.zones.len();
        if named.len() < size || !self.is_square(m) {
            return Vec::new();
        }
        let (mut reachable, mut flows) = (Reachable::new(), Vec::new());
        for (i, row) in m.flow_veh_per_h.iter().enumerate() {
            for (j, &veh_per_h) in row.get_ref().iter().enumerate() {
                let cell = format!("{} > {}", m.zones[i].get_ref(), m.zones[j].get_ref());
                if !(0.0..=MOST_VEH_PER_H).contains(&veh_per_h) {
                    self.say(row.span(), format!("{cell} has {veh_per_h} veh/h"), "give 0 to 20000 veh/h");
                } else if veh_per_h > 0.0 {
                    let pairs = self.pairs(named[i], named[j], &terms.classes, &mut reachable);
                    if pairs.is_empty() {
                        let what = format!("{veh_per_h} veh/h cannot get from zone {cell}: no link leads to any other");
                        self.say(row.span(), what, "check the links of both zones, or set the cell to 0");
                    }
                    let name = format!("{}: {cell}", m.name.get_ref());
                    flows.extend(pairs.iter().map(|pair| self.pair_flow(&terms, &name, pair, veh_per_h)));
                }
            }
        }
        flows
    }

    fn is_square(&mut self, m: &MatrixFile) -> bool {
        let size = m.zones.len();
        let (name, rows) = (m.name.get_ref(), m.flow_veh_per_h.len());
        if rows != size {
            let what = format!("matrix \"{name}\" has {rows} rows for {size} zones");
            self.say(m.name.span(), what, "give a row for each zone");
        }
        let wrong: Vec<_> = m.flow_veh_per_h.iter().filter(|r| r.get_ref().len() != size).collect();
        for row in &wrong {
            let what = format!("a row of matrix \"{name}\" has {} columns for {size} zones", row.get_ref().len());
            self.say(row.span(), what, "give a column for each zone");
        }
        rows == size && wrong.is_empty()
    }

    /// Pairs of links with a way between them for every class, and their shares, which sum to 1.
    fn pairs(&self, from: &Zone, to: &Zone, classes: &[VehicleClass], reachable: &mut Reachable) -> Vec<(LinkId, LinkId, f64)> {
        let mut pairs = Vec::new();
        for &(a, weight) in &from.from {
            for &(b, other) in &to.to {
                let leads = |&class: &VehicleClass| {
                    let ends = reachable.entry((class, a)).or_insert_with(|| routing::reachable(self.network, class, a));
                    ends.contains(&b)
                };
                if a != b && weight * other > 0.0 && classes.iter().all(leads) {
                    pairs.push((a, b, weight * other));
                }
            }
        }
        let total: f64 = pairs.iter().map(|p| p.2).sum();
        pairs.iter().map(|&(a, b, weight)| (a, b, weight / total)).collect()
    }

    fn pair_flow(&self, terms: &Checked, cell: &str, &(from, to, share): &(LinkId, LinkId, f64), veh_per_h: f64) -> Stream {
        let links = &self.network.links;
        let name = format!("{cell}, {} to {}", links[from].name, links[to].name);
        terms.stream(name, Itinerary::Fastest { from, to }, Flow::veh_per_h(veh_per_h * share), Vec::new())
    }
}
