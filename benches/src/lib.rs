//! What the benches share: where the scenarios lie, and runs that have settled.

use model::control::FixedTime;
use model::demand::{Itinerary, Trip};
use model::id::LinkId;
use model::network::Network;
use model::quantity::Span;
use model::scenario::Scenario;
use model::toy::Grid;
use model::vehicle::VehicleClass;
use sim::{Options, Simulation};
use std::path::{Path, PathBuf};

/// A folder of the project's scenarios.
pub fn scenario_folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios").join(name)
}

/// A run of a scenario under its default plan, at its first second.
///
/// # Panics
/// When the scenario has no plan.
pub fn simulation(scenario: &Scenario, options: Options) -> Simulation {
    let plan = scenario.plan(None).expect("a plan");
    Simulation::new(scenario, Box::new(FixedTime::new(plan.plans.clone())), Some(plan), options)
}

/// A square of toy crossroads that so many vehicles enter in the first seconds, on all links at once; each goes straight on
/// over twelve links, or to the edge.
///
/// # Panics
/// Never: a toy has flows and some square is large enough.
pub fn crowded(vehicles: usize) -> Scenario {
    let side = (1..=1000).find(|side| side * side * PER_CROSSROADS >= vehicles).expect("some square is large enough");
    let mut scenario = Grid { columns: side, rows: side, duration_s: 3600, ..Grid::default() }.scenario();
    let (network, flow) = (&scenario.network, scenario.demand.flows[0].clone());
    let ways: Vec<Vec<LinkId>> = network.links.ids().map(|link| straight_on(network, link)).collect();
    let rounds = PER_CROSSROADS.div_ceil(4) + 1;
    let trip = |(round, way): (usize, &Vec<LinkId>)| Trip {
        name: String::new(),
        vehicle: flow.mix[0].0,
        depart: Span::seconds_f64(f64::from(scenario.begin.0) + 3.0 * round as f64),
        itinerary: Itinerary::Links(way.clone()),
        departure: flow.departure,
        calls: Vec::new(),
    };
    scenario.demand.trips = (0..rounds).flat_map(|round| ways.iter().map(move |way| (round, way))).map(trip).collect();
    scenario.demand.flows.clear();
    scenario
}

/// Up to twelve links in a row, each the straightest after the one before.
fn straight_on(network: &Network, first: LinkId) -> Vec<LinkId> {
    let heading = |link: LinkId| {
        let ends = [network.links[link].from, network.links[link].to].map(|i| network.intersections[i].position);
        (ends[1].x - ends[0].x, ends[1].y - ends[0].y)
    };
    let after = |&link: &LinkId| {
        let (x, y) = heading(link);
        let ahead = |next: &LinkId| x * heading(*next).0 + y * heading(*next).1;
        network.successors(link, VehicleClass::Car).into_iter().max_by(|a, b| ahead(a).total_cmp(&ahead(b)))
    };
    std::iter::successors(Some(first), after).take(12).collect()
}

/// Vehicles per crossroads of a crowded toy.
const PER_CROSSROADS: usize = 20;

/// Goes on until so many vehicles move.
///
/// # Panics
/// When the run is over before.
pub fn fill(run: &mut Simulation, vehicles: usize) {
    while run.vehicles().0 < vehicles {
        assert!(!run.is_over(), "only {} of {vehicles} vehicles move at the end", run.vehicles().0);
        run.step();
    }
}
