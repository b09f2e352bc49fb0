//! Which vehicles can be driven, and along which links.

use super::{Found, Intake, Itinerary};
use crate::sumo::roads::Roads;
use model::vehicle::VehicleClass;
use std::collections::{BTreeMap, BTreeSet};

impl Intake<'_> {
    /// The way of every vehicle that can be driven. Vehicles with one origin share one search.
    pub(super) fn ways(&self, found: &[Found]) -> Vec<Option<Itinerary>> {
        let mut ways: Vec<Option<Itinerary>> = vec![None; found.len()];
        let mut by_origin: BTreeMap<(VehicleClass, usize), Vec<usize>> = BTreeMap::new();
        for (i, vehicle) in found.iter().enumerate() {
            let classes = self.classes(vehicle);
            match &vehicle.itinerary {
                Itinerary::Links(links) => {
                    let drives = |c: &VehicleClass| {
                        self.roads.admits(links[0], *c) && links.windows(2).all(|p| self.roads.follows(p[0], p[1], *c))
                    };
                    ways[i] = classes.iter().all(drives).then(|| vehicle.itinerary.clone());
                }
                Itinerary::Ends { from, .. } => {
                    ways[i] = Some(vehicle.itinerary.clone());
                    for class in classes {
                        by_origin.entry((class, *from)).or_default().push(i);
                    }
                }
            }
        }
        for ((class, from), vehicles) in by_origin {
            let before = self.roads.ways_from(from, class);
            for i in vehicles {
                if let Itinerary::Ends { to, through, .. } = &found[i].itinerary {
                    ways[i] = ways[i].take().and_then(|known| self.resolve(known, &before, (class, from, *to), through));
                }
            }
        }
        ways
    }

    /// The itinerary when the class can drive it; with intermediate edges, every link of it.
    fn resolve(
        &self,
        known: Itinerary,
        before: &[Option<usize>],
        (class, from, to): (VehicleClass, usize, usize),
        through: &[usize],
    ) -> Option<Itinerary> {
        let Some((&first, rest)) = through.split_first() else {
            return before[to].map(|_| known);
        };
        let mut links = Roads::way(before, from, first)?;
        for pair in std::iter::once(&first).chain(rest).zip(rest.iter().chain([&to])) {
            let onward = Roads::way(&self.roads.ways_from(*pair.0, class), *pair.0, *pair.1)?;
            links.extend(&onward[1..]);
        }
        Some(Itinerary::Links(links))
    }

    fn classes(&self, vehicle: &Found) -> BTreeSet<VehicleClass> {
        vehicle.mix.iter().filter_map(|m| self.types.get(&m.0)?.as_ref()).map(|t| t.class).collect()
    }
}
