//! Three networks of others under their shipped programs: twenty minutes in which nobody is lost or stuck.

use model::control::FixedTime;
use model::id::VehicleId;
use model::scenario::Scenario;
use model::time::{DaySecond, Step};
use sim::{Options, Simulation};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Networks and their first second, as their README says.
const NETWORKS: [(&str, u32); 3] = [("cologne1", 25_200), ("cologne3", 25_200), ("ingolstadt1", 57_600)];

/// A file of the shared networks; `None`, loudly, where they are not at hand.
fn shared(name: &str, ending: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/resco");
    let file = root.join(name).join(format!("{name}.{ending}"));
    if file.exists() {
        return Some(file);
    }
    // Straight to the handle: what a test prints otherwise is kept back when it passes.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {} is not at hand, so nothing was tested with it", file.display());
    None
}

/// The first twenty minutes of a network.
fn scenario(name: &str, begin: u32) -> Option<Scenario> {
    let (net, routes) = (shared(name, "net.xml")?, shared(name, "rou.xml")?);
    let imported = interchange::sumo::import(&net, &routes, DaySecond(begin), DaySecond(begin + 1200));
    let (files, _) = imported.unwrap_or_else(|e| panic!("{name}: {e}"));
    Some(files.check().unwrap_or_else(|e| panic!("{name}: {e}")))
}

#[test]
fn nobody_is_lost_or_stuck_on_the_networks_of_others() {
    for (name, begin) in NETWORKS {
        let Some(scenario) = scenario(name, begin) else { continue };
        for seed in 1..=2 {
            nobody_is_lost_or_stuck(&scenario, seed);
        }
    }
}

fn nobody_is_lost_or_stuck(scenario: &Scenario, seed: u64) {
    let at = format!("{}, seed {seed}", scenario.name);
    let plan = scenario.plan(None).expect("the shipped programs");
    let options = Options { seed, step: Some(Step::ONE_SECOND), ..Options::default() };
    let mut run = Simulation::new(scenario, Box::new(FixedTime::new(plan.plans.clone())), Some(plan), options);
    let mut early: BTreeMap<VehicleId, f64> = BTreeMap::new();
    while !run.is_over() {
        run.step();
        let now = run.now();
        if now <= f64::from(scenario.begin.0 + 300) {
            for vehicle in run.frame().vehicles {
                early.entry(vehicle.vehicle).or_insert(now);
            }
        }
        let (measures, (moving, waiting)) = (run.measures(), run.vehicles());
        assert_eq!(measures.due as usize, measures.arrived as usize + moving + waiting, "{at}: a vehicle is lost at {now} s");
        assert_eq!(measures.lost, 0, "{at}");
    }
    assert_eq!((run.measures().red_runs, run.measures().overlaps), (0, 0), "{at}");
    assert!(early.len() > 50, "{at}: only {} vehicles depart in the first five minutes", early.len());
    let stuck = run.frame().vehicles.into_iter().filter(|v| early.contains_key(&v.vehicle));
    let stuck: Vec<String> = stuck.map(|v| run.describe(v.vehicle)).collect();
    assert!(stuck.is_empty(), "{at}: still on the way after a quarter of an hour:\n{}", stuck.join("\n"));
}
