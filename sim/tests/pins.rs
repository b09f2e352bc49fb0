//! One hash for each scenario, after its warm-up and five minutes, and for some random towns. It must be the same in every build and on every machine.
//!
//! It says only that the simulation, or the scenario, has changed, not that it is wrong. After a change that is meant to do
//! so, `AMPEL_UPDATE=1 cargo test -p sim --test pins` writes `pins.txt` anew.

#[expect(dead_code, reason = "the towns are made for laws, too")]
mod town;

use model::control::FixedTime;
use model::scenario::Scenario;
use model::time::DaySecond;
use sim::{Options, Simulation};
use std::path::{Path, PathBuf};
use town::Case;

/// How many towns are pinned.
const TOWNS: usize = 5;

/// The scenario folders, by name.
fn folders() -> Vec<PathBuf> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let entries = std::fs::read_dir(all).expect("the scenarios are there").map(|e| e.expect("a folder can be read").path());
    let mut folders: Vec<_> = entries.filter(|p| p.join("scenario.toml").is_file()).collect();
    folders.sort();
    folders
}

/// The line of a scenario: its name, and the hash of its run.
fn line(name: &str, mut scenario: Scenario) -> String {
    scenario.end = DaySecond(scenario.end.0.min(scenario.begin.0 + 300));
    let plan = scenario.plan(None);
    let controller = FixedTime::new(plan.map(|p| p.plans.clone()).unwrap_or_default());
    let mut run = Simulation::new(&scenario, Box::new(controller), plan, Options::default());
    run.run();
    assert!(run.measures().departed > 0, "{name}: nobody drives");
    format!("{name} {}\n", run.hash())
}

/// That of a scenario folder.
fn line_of(folder: &Path) -> String {
    let name = folder.file_name().expect("folders have names").display().to_string();
    line(&name, model::scenario::load(folder).unwrap_or_else(|faults| panic!("{faults}")))
}

/// Random towns in which stops, trams, people on foot, emergency vehicles and broken detectors are there all at once.
fn towns() -> impl Iterator<Item = String> {
    Case::with_everything().take(TOWNS).map(|case| line(&format!("town-{}", case.seed), case.scenario()))
}

#[test]
fn every_scenario_has_the_hash_it_had() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pins.txt");
    let now: String = folders().iter().map(|f| line_of(f)).chain(towns()).collect();
    if std::env::var_os("AMPEL_UPDATE").is_some() {
        std::fs::write(&file, &now).expect("the pins can be written");
    }
    let pinned = std::fs::read_to_string(&file).expect("the pins can be read");
    assert!(pinned == now, "if the change is meant: AMPEL_UPDATE=1 cargo test -p sim --test pins\nwas:\n{pinned}is:\n{now}");
}
