//! Three networks of others: what SUMO's files say is what the scenario does.

use interchange::sumo;
use model::id::SignalId;
use model::scenario::{Files, Scenario};
use model::signal::Aspect;
use model::time::DaySecond;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Network, period and vehicles due, as their README says.
const NETWORKS: [(&str, u32, u32, usize); 3] =
    [("cologne1", 25_200, 28_800, 2015), ("cologne3", 25_200, 28_800, 2856), ("ingolstadt1", 57_600, 61_200, 1716)];

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

fn import(name: &str, begin: u32, end: u32) -> Option<(Scenario, Files, Vec<String>)> {
    let (net, routes) = (shared(name, "net.xml")?, shared(name, "rou.xml")?);
    let (files, notes) = sumo::import(&net, &routes, DaySecond(begin), DaySecond(end)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let scenario = files.check().unwrap_or_else(|e| panic!("{name}: {e}"));
    Some((scenario, files, notes))
}

/// A signal program, read without the importer: offset and one state string a second.
struct Program {
    offset: u32,
    states: Vec<String>,
}

/// The programs of a file that names every attribute on one line.
fn programs(text: &str) -> BTreeMap<String, Program> {
    let value = |line: &str, key: &str| {
        let from = line.find(&format!(" {key}=\"")).expect("the attribute") + key.len() + 3;
        line[from..].split('"').next().expect("its value").to_owned()
    };
    let mut found: BTreeMap<String, Program> = BTreeMap::new();
    let mut id = String::new();
    for line in text.lines() {
        if line.contains("<tlLogic ") {
            id = value(line, "id");
            let offset = value(line, "offset").parse().expect("whole seconds");
            found.insert(id.clone(), Program { offset, states: Vec::new() });
        } else if line.contains("<phase ") {
            let (state, seconds) = (value(line, "state"), value(line, "duration").parse().expect("whole seconds"));
            found.get_mut(&id).expect("its tlLogic").states.extend(std::iter::repeat_n(state, seconds));
        }
    }
    found
}

/// Every second of two cycles, every movement: the plan's aspect against the letter of the file.
fn assert_same_aspects(scenario: &Scenario, shown: &BTreeMap<String, Program>) -> usize {
    let plan = scenario.plan(Some("shipped")).expect("the shipped plan");
    let mut compared = 0;
    for movement in &scenario.network.movements {
        let (Some(head), Some(index)) = (movement.head, movement.link_index) else { continue };
        let program = &shown[&scenario.signals[head.signal].name];
        let cycle = program.states.len() as u32;
        for now in 3600..3600 + 2 * cycle {
            let letter = program.states[((now + cycle - program.offset % cycle) % cycle) as usize].as_bytes()[usize::from(index)];
            let aspect = match letter {
                b'G' | b'g' => Aspect::Green,
                b'y' => Aspect::Amber,
                b'u' => Aspect::RedAmber,
                _ => Aspect::Red,
            };
            assert_eq!(plan.plans[head.signal].aspect_at(head.group, DaySecond(now)), aspect, "link {index} at {now}");
            compared += 1;
        }
    }
    compared
}

#[test]
fn shared_networks_import_with_every_vehicle_and_their_own_programs_pass_the_check() {
    for (name, begin, end, due) in NETWORKS {
        let Some((scenario, _, notes)) = import(name, begin, end) else { return };
        println!("{name}: {}", notes.join("\n  "));
        assert_eq!(scenario.demand.trips.len(), due, "{name}");
        assert!(scenario.demand.flows.is_empty());
        assert_eq!(scenario.default_plan.as_deref(), Some("shipped"));
        let signalised = scenario.network.intersections.iter().filter(|i| i.signal.is_some()).count();
        assert_eq!(signalised, if name == "cologne3" { 3 } else { 1 });
    }
}

#[test]
fn every_second_shows_what_sumos_states_say() {
    for (name, begin, end, _) in NETWORKS {
        let Some((scenario, ..)) = import(name, begin, end) else { return };
        let text = std::fs::read_to_string(shared(name, "net.xml").unwrap()).unwrap();
        assert!(assert_same_aspects(&scenario, &programs(&text)) > 1000, "{name}");
    }
}

#[test]
fn an_exported_plan_shows_the_same_every_second_and_keeps_the_permissive_greens() {
    for (name, begin, end, _) in NETWORKS {
        let Some((scenario, ..)) = import(name, begin, end) else { return };
        let exported = programs(&sumo::export_plan(&scenario, scenario.plan(None).unwrap()).unwrap());
        assert_eq!(exported.len(), scenario.signals.len());
        assert_same_aspects(&scenario, &exported);
        let text = std::fs::read_to_string(shared(name, "net.xml").unwrap()).unwrap();
        for (id, own) in programs(&text) {
            assert_eq!(own.states, exported[&id].states, "{name} {id}: also which greens are permissive");
            assert_eq!(own.offset, exported[&id].offset);
        }
    }
}

#[test]
fn what_was_imported_survives_being_written_and_read_again() {
    for (name, begin, end, due) in NETWORKS {
        let Some((scenario, files, _)) = import(name, begin, end) else { return };
        let folder = tempfile::tempdir().unwrap();
        files.write(folder.path()).unwrap();
        let again = model::scenario::load(folder.path()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(again.demand.trips.len(), due);
        assert_eq!(again.network.conflicts.len(), scenario.network.conflicts.len());
        assert_eq!(again.plans, scenario.plans);
        assert_eq!(again.signals[SignalId(0)].intergreens, scenario.signals[SignalId(0)].intergreens);
    }
}

#[test]
fn opposite_left_turns_pass_in_front_of_each_other() {
    let Some((scenario, ..)) = import("cologne1", 25_200, 25_800) else { return };
    let network = &scenario.network;
    let turns = ["23429231#1_1>-28198821#4_1", "27115123#3_1>32038056#0_1"];
    let [a, b] = turns.map(|name| network.movements.ids().find(|&m| network.movement_name(m) == name).expect("a movement"));
    let meets = network.movements[a].conflicts.iter().any(|&c| network.conflicts[c].seen_from(a).1.movement == b);
    assert!(!meets, "SUMO draws them through each other, but nobody waits there for the other");
}
