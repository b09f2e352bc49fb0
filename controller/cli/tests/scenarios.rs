//! Every folder in `scenarios` that holds a scenario is one that passes every check, and says where it comes from.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn folders() -> Vec<PathBuf> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let entries = fs::read_dir(&all).expect("scenarios").map(|e| e.expect("an entry").path());
    let mut found: Vec<PathBuf> = entries.filter(|p| p.join("scenario.toml").is_file()).collect();
    found.sort();
    assert!(!found.is_empty(), "no scenario in {}", all.display());
    found
}

#[test]
fn every_scenario_passes_the_check() {
    for folder in folders() {
        let output = Command::new(env!("CARGO_BIN_EXE_ampel")).arg("check").arg(&folder).output().expect("ampel starts");
        let said = [output.stdout, output.stderr].map(|s| String::from_utf8_lossy(&s).into_owned()).concat();
        assert!(output.status.success(), "{}:\n{said}", folder.display());
    }
}

#[test]
fn every_scenario_says_where_it_comes_from_and_under_which_licence() {
    for folder in folders() {
        let sources = folder.join("SOURCES.md");
        let text = fs::read_to_string(&sources).unwrap_or_else(|e| panic!("{}: {e}", sources.display()));
        assert!(text.contains("\n## Licence\n"), "{} has no heading `Licence`", sources.display());
    }
}

#[test]
fn every_scenario_is_named_as_its_folder() {
    for folder in folders() {
        let scenario = model::scenario::load(&folder).unwrap_or_else(|faults| panic!("{}:\n{faults}", folder.display()));
        assert_eq!(Some(scenario.name.as_str()), folder.file_name().and_then(|n| n.to_str()));
    }
}
