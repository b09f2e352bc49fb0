//! What all runs of a scenario have in common, worked out once.

use crate::quiet::{Surroundings, surroundings};
use crate::roads::Roads;
use bevy_ecs::prelude::Resource;
use model::scenario::Scenario;
use model::vehicle::VehicleClass;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// The network as the step reads it. It depends neither on plans and seeds nor on how many travel: all runs of a scenario can
/// stand on one, side by side, and begin sooner.
#[derive(Debug, Clone)]
pub struct Ground {
    roads: SharedRoads,
    around: Arc<OnceLock<Arc<[Surroundings]>>>,
    /// Whether there may be cyclists.
    cycles: bool,
    /// Width of the widest vehicle, in metres.
    widest: f64,
}

impl Ground {
    /// The ground of a scenario.
    pub fn new(scenario: &Scenario) -> Self {
        let types = &scenario.demand.types;
        Self {
            roads: SharedRoads(Arc::new(Roads::new(scenario))),
            around: Arc::default(),
            cycles: types.iter().any(|t| t.class == VehicleClass::Bicycle),
            widest: types.iter().map(|t| t.width.get()).fold(0.0, f64::max),
        }
    }

    /// Whether a scenario has the network and the types of vehicles that this was made of, as far as can be told at a glance.
    pub(crate) fn bears(&self, scenario: &Scenario) -> bool {
        let (own, network) = (&self.roads.network, &scenario.network);
        let sizes = |n: &model::network::Network| [n.lanes.len(), n.movements.len(), n.conflicts.len(), n.crossings.len()];
        let fits =
            |t: &model::vehicle::VehicleType| t.width.get() <= self.widest && (self.cycles || t.class != VehicleClass::Bicycle);
        sizes(own) == sizes(network) && scenario.demand.types.iter().all(fits)
    }

    pub(crate) fn roads(&self) -> &SharedRoads {
        &self.roads
    }

    /// What lies about each track, for runs that look for overlaps.
    pub(crate) fn around(&self) -> Arc<[Surroundings]> {
        self.around.get_or_init(|| surroundings(&self.roads, self.cycles, self.widest).into()).clone()
    }
}

/// The roads, which no run changes.
#[derive(Debug, Clone, Resource)]
pub(crate) struct SharedRoads(Arc<Roads>);

impl Deref for SharedRoads {
    type Target = Roads;

    fn deref(&self) -> &Roads {
        &self.0
    }
}
