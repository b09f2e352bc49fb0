//! What `ampel optimise` writes says truthfully how it came about.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use model::toy::Grid;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Optimises a crossroads without corridors, compared over seed 1001 alone; what is printed, and the folder written.
fn optimised(desk: &Path) -> (String, std::path::PathBuf) {
    let (good, out) = (desk.join("good town"), desk.join("out"));
    fs::create_dir(&good).unwrap();
    Grid { duration_s: 60, ..Grid::default() }.files().write(&good).unwrap();
    let arguments = ["--seed", "1001", "--step=1", "--demand", "1.2", "--jobs", "2", "-q"];
    let done = Command::new(env!("CARGO_BIN_EXE_ampel"))
        .args(["optimise", "good town", "-o", "out"])
        .args(arguments)
        .current_dir(desk)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    (String::from_utf8(done.stdout).unwrap(), out)
}

fn read(folder: &Path, file: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join(file)).unwrap()).unwrap()
}

#[test]
fn command_options_hashes_and_references_are_those_of_the_run() {
    let desk = tempfile::tempdir().unwrap();
    let (said, out) = optimised(desk.path());
    let (manifest, result) = (read(&out, "manifest.json"), read(&out, "result.json"));
    let page = fs::read_to_string(out.join("report.html")).unwrap();

    assert_eq!(manifest["command"], "ampel optimise 'good town' -o out --seed 1001 --step=1 --demand 1.2 --jobs 2 -q");
    assert_eq!(manifest["options"]["search_seeds"], json!((1002..=1017).collect::<Vec<_>>()), "none of the comparison's");
    assert_eq!((&manifest["options"]["step_s"], &manifest["seeds"]), (&json!(1.0), &json!([1001])));
    assert_eq!((&manifest["options"]["demand_factor"], &result["demand_factor"]), (&json!(1.2), &json!(1.2)));
    let inputs = manifest["inputs"].as_object().unwrap();
    assert!(inputs.contains_key("plans/plain.toml") && !inputs.contains_key("search seeds"), "{inputs:?}");
    let network = blake3::hash(&fs::read(desk.path().join("good town/network.toml")).unwrap()).to_hex().to_string();
    assert_eq!(inputs["network.toml"], network.as_str());

    let before: Vec<&Value> = result["comparisons"].as_array().unwrap().iter().map(|c| &c["before"]).collect();
    assert_eq!(before, ["webster", "common-cycle", "platoons", "plain"]);
    assert!(!page.contains("Green waves (MAXBAND)") && !page.contains("green bands alone"));
    assert!(page.contains("the scenario’s own plan (plain)"));

    assert!(said.contains("one seed, no verdict") && said.contains("One seed gives no interval"), "{said}");
    assert!(!said.contains("inf") && !said.contains("not significant"), "{said}");
}

#[test]
fn a_comparison_writes_its_report_in_german() {
    let desk = tempfile::tempdir().unwrap();
    fs::create_dir(desk.path().join("town")).unwrap();
    let scenario = Grid { columns: 2, duration_s: 120, ..Grid::default() }.files();
    scenario.write(&desk.path().join("town")).unwrap();
    let plan = fs::read_to_string(desk.path().join("town/plans/plain.toml")).unwrap().replace("\"plain\"", "\"other\"");
    fs::write(desk.path().join("other.toml"), plan).unwrap();
    let run = |more: &[&str]| {
        let arguments = ["compare", "town", "--plans", "plain,other.toml", "--seeds", "1..2", "-q", "--report", "report.html"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_ampel"));
        command.args(arguments).args(more).current_dir(desk.path()).output().unwrap()
    };
    let done = run(&["--lang", "de"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let page = fs::read_to_string(desk.path().join("report.html")).unwrap();
    assert!(page.contains("<html lang=\"de\">") && page.contains("Verkehrsqualität") && page.contains("Phasenfolgeplan"));
    assert!(page.contains("other.toml, BLAKE3") && page.contains("Nichts ändert sich."));
    // Nothing was searched.
    assert!(!page.contains("Pulkmodell") && !page.contains("Webster)"), "what was not done is not told");
    let again = run(&[]);
    assert_eq!(again.status.code(), Some(2), "a report is not overwritten");
    assert!(run(&["--force"]).status.success());
}
