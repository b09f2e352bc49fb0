//! The layers: which crate may import which. The manifests are read as they are, so a forbidden import is found
//! before it is used.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// What a crate may import, and what it must not.
struct Layer {
    name: &'static str,
    /// Crates of ours.
    may: &'static [&'static str],
    /// Crates of others; a name that ends in `_` stands for all that begin with it.
    never: &'static [&'static str],
}

const BEVY: &str = "bevy_";

/// The table of `ARCHITECTURE.md`.
const LAYERS: [Layer; 9] = [
    Layer { name: "model", may: &[], never: &["bevy", BEVY, "rapier2d", "parry2d", "rand", "rand_", "rayon"] },
    Layer { name: "interchange", may: &["model"], never: &["bevy", BEVY, "rapier2d", "rand", "rand_"] },
    Layer {
        name: "sim",
        may: &["model"],
        never: &["bevy", "bevy_render", "bevy_winit", "bevy_window", "bevy_egui", "good_lp", "clap"],
    },
    Layer { name: "visual", may: &["model", "sim", "controller", "evaluation"], never: &["good_lp"] },
    Layer {
        name: "controller",
        may: &["model"],
        never: &["bevy", BEVY, "rapier2d", "parry2d", "rand", "rand_", "rayon", "tempfile"],
    },
    Layer { name: "evaluation", may: &["model", "sim", "controller"], never: &["bevy", BEVY, "clap"] },
    Layer {
        name: "deploy",
        may: &["model", "controller"],
        never: &["bevy", BEVY, "rapier2d", "parry2d", "rand", "rayon", "clap"],
    },
    Layer { name: "ampel", may: &["model", "interchange", "sim", "controller", "evaluation", "deploy"], never: &["bevy", BEVY] },
    Layer { name: "benches", may: &["model", "interchange", "sim", "controller", "evaluation"], never: &["bevy", BEVY] },
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn manifest(folder: &Path) -> Table {
    let file = folder.join("Cargo.toml");
    let text = fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    text.parse().unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

/// Every crate of the workspace, by name.
fn crates() -> BTreeMap<String, Table> {
    let workspace = manifest(&root());
    let members = workspace["workspace"]["members"].as_array().expect("members");
    let named = members.iter().map(|m| {
        let manifest = manifest(&root().join(m.as_str().expect("a folder")));
        (manifest["package"]["name"].as_str().expect("a name").to_owned(), manifest)
    });
    named.collect()
}

/// Every table of dependencies in a manifest, those of targets included.
fn dependencies(manifest: &Table) -> BTreeSet<String> {
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(|t| t.values());
    let tables = targets.filter_map(Value::as_table).chain([manifest]);
    let kinds = tables.flat_map(|t| ["dependencies", "dev-dependencies", "build-dependencies"].map(|k| t.get(k)));
    let entries = kinds.flatten().filter_map(Value::as_table).flatten();
    // A renamed dependency counts by its true name.
    entries.map(|(key, value)| value.get("package").and_then(Value::as_str).unwrap_or(key).to_owned()).collect()
}

/// What one manifest breaks.
fn broken(layer: &Layer, manifest: &Table, ours: &BTreeSet<String>) -> Vec<String> {
    let meant = |pattern: &&str, name: &str| pattern.strip_suffix('_').map_or(*pattern == name, |_| name.starts_with(pattern));
    let found = dependencies(manifest);
    let faults = found.iter().filter_map(|name| {
        let stranger = ours.contains(name) && !layer.may.contains(&name.as_str());
        let forbidden = !ours.contains(name) && layer.never.iter().any(|p| meant(p, name));
        (stranger || forbidden).then(|| format!("{} must not import {name}", layer.name))
    });
    faults.collect()
}

#[test]
fn no_crate_imports_what_its_layer_forbids() {
    let crates = crates();
    let ours = crates.keys().cloned().collect();
    let faults: Vec<String> = LAYERS.iter().flat_map(|l| broken(l, &crates[l.name], &ours)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_table_in_the_text_is_the_table() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    for layer in &LAYERS {
        let may = if layer.may.is_empty() { "-".to_owned() } else { layer.may.join(", ") };
        let row = format!("| {} | {may} |", layer.name);
        assert!(text.contains(&row), "ARCHITECTURE.md lacks the row: {row}");
    }
}

#[test]
fn every_crate_has_a_layer() {
    let listed: BTreeSet<String> = LAYERS.iter().map(|l| l.name.to_owned()).collect();
    assert_eq!(crates().into_keys().collect::<BTreeSet<_>>(), listed);
}

#[test]
fn a_broken_table_is_noticed() {
    let manifest = "
        [dependencies]
        sim.workspace = true
        model.workspace = true
        [dev-dependencies]
        bevy_ecs.workspace = true
        [target.'cfg(unix)'.dependencies]
        die = { package = 'rand', version = '1' }
    ";
    let ours = ["model", "sim"].map(str::to_owned).into();
    let layer = LAYERS.iter().find(|l| l.name == "controller").expect("a layer");
    let faults = broken(layer, &manifest.parse().expect("a manifest"), &ours);
    let expected = ["bevy_ecs", "rand", "sim"].map(|name| format!("controller must not import {name}"));
    assert_eq!(faults, expected);
}

#[test]
fn nothing_but_the_window_needs_a_graphics_stack() {
    let workspace = manifest(&root());
    let list = |key: &str| -> BTreeSet<String> {
        let folders = workspace["workspace"][key].as_array().expect("folders");
        folders.iter().map(|f| f.as_str().expect("a folder").to_owned()).collect()
    };
    let only_on_demand: Vec<String> = list("members").difference(&list("default-members")).cloned().collect();
    assert_eq!(only_on_demand, ["sim/visual"]);
}

/// Rust files below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|x| x == "rs") {
            found.push(path);
        }
    }
}

/// No wall clock, variable of the environment, file, network or process where results are made.
#[test]
fn no_result_depends_on_the_world_outside() {
    let outside = ["std::fs", "fs::", "std::env", "std::net", "std::process", "std::time", "Instant", "SystemTime"];
    let folders = ["sim/src", "sim/model/src", "controller/src", "controller/evaluation/src"];
    let mut files = Vec::new();
    for folder in folders {
        sources(&root().join(folder), &mut files);
    }
    assert!(files.len() > 50, "only {} files were found", files.len());
    // Scenarios are read and written here, and nowhere else.
    files.retain(|f| !f.ends_with("scenario/folder.rs"));
    for file in files {
        let text = fs::read_to_string(&file).expect("a source");
        let code = text.lines().filter(|l| !l.trim_start().starts_with("//"));
        for (number, line) in code.enumerate() {
            let word = outside.iter().find(|w| line.contains(**w));
            assert!(word.is_none(), "{}: code line {}: {}", file.display(), number + 1, line.trim());
        }
    }
}
