//! Output folders and files: whole or not at all, and never in the place of anything that is not this program's own.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use model::toy::Grid;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// The lines that give the toy another period, whose demand is that of the scenario with more of it.
const PERIOD: &str =
    "\n[[period]]\nname = \"noon\"\ntitle = \"A toy at noon\"\nbegin_s = 43200\nend_s = 43260\ndemand = \"more/noon.toml\"\n";

/// A folder to work in, with a small scenario in `toy` and a foreign network beside it.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(desk.at("toy")).unwrap();
        Grid { duration_s: 60, ..Grid::default() }.files().write(&desk.at("toy")).unwrap();
        let good = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/interchange/tests/good");
        for name in ["tee.net.xml", "tee.rou.xml"] {
            fs::copy(good.join(name), desk.at(name)).unwrap();
        }
        desk
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Runs a command in the folder; its exit code and what it says on standard error.
    fn ampel(&self, arguments: &[&str]) -> (Option<i32>, String) {
        self.ampel_in("", arguments)
    }

    fn ampel_in(&self, place: &str, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ampel"));
        let done: Output = command.args(arguments).current_dir(self.at(place)).env("HOME", self.at("home")).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!said.contains("panicked"), "{said}");
        (done.status.code(), said)
    }

    fn import(&self, to: &str, more: &[&str]) -> (Option<i32>, String) {
        self.ampel(&[&["import", "sumo", "tee.net.xml", "--routes", "tee.rou.xml", "-o", to], more].concat())
    }

    /// Every file and folder with its content.
    fn content(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fn walk(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, found);
                }
                found.push((path.clone(), fs::read(&path).unwrap_or_default()));
            }
        }
        let mut found = Vec::new();
        walk(self.folder.path(), &mut found);
        found.sort();
        found
    }

    /// Runs a command that has to be refused and must not touch anything.
    fn is_refused(&self, place: &str, arguments: &[&str], says: &str) {
        let before = self.content();
        let (code, said) = self.ampel_in(place, arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {said}");
        assert!(said.contains(says) && said.contains("mend: "), "{arguments:?}: \"{says}\" does not stand in {said}");
        assert!(self.content() == before, "{arguments:?} has changed something");
    }
}

#[test]
fn what_this_program_has_not_made_is_not_replaced_even_with_force() {
    let desk = Desk::new();
    for folder in ["precious", "home", "results"] {
        fs::create_dir(desk.at(folder)).unwrap();
        fs::write(desk.at(folder).join("mine.txt"), "mine").unwrap();
    }
    fs::write(desk.at("results/manifest.json"), r#"{ "schema": 1, "command": "another tool" }"#).unwrap();
    fs::write(desk.at("file"), "mine").unwrap();
    for to in ["precious", "home", "results", "file"] {
        desk.is_refused("", &["import", "sumo", "tee.net.xml", "--routes", "tee.rou.xml", "-o", to, "--force"], to);
        desk.is_refused("", &["export", "sumo", "toy", "--network", "-o", to, "--force"], to);
        desk.is_refused("", &["optimise", "toy", "-o", to, "--force"], to);
    }
}

#[test]
fn what_is_read_and_where_one_works_are_not_replaced_even_with_force() {
    let desk = Desk::new();
    let import = |to| ["import", "sumo", "../tee.net.xml", "--routes", "../tee.rou.xml", "-o", to, "--force"];
    desk.is_refused("toy", &import("."), "is no name");
    desk.is_refused("toy", &import("../toy"), "the working folder");
    desk.is_refused("toy/plans", &import("../../toy"), "the working folder");
    desk.is_refused("toy", &import(".."), "is no name");
    let whole = desk.folder.path().display().to_string();
    fs::copy(desk.at("toy/scenario.toml"), desk.at("scenario.toml")).unwrap();
    desk.is_refused("toy", &["import", "sumo", "../tee.net.xml", "--routes", "../tee.rou.xml", "-o", &whole, "--force"], &whole);
    fs::rename(desk.at("tee.net.xml"), desk.at("toy/tee.net.xml")).unwrap();
    desk.is_refused(
        "",
        &["import", "sumo", "toy/tee.net.xml", "--routes", "tee.rou.xml", "-o", "toy", "--force"],
        "toy/tee.net.xml, which is read",
    );
    // Results never take the place of a scenario, nor of a folder that holds one.
    desk.is_refused("", &["export", "sumo", "toy", "--network", "-o", "toy", "--force"], "cannot be replaced");
    desk.is_refused("", &["optimise", "toy", "-o", "toy", "--force"], "cannot be replaced");
    let manifest = r#"{ "schema": 1, "command": "ampel optimise toy" }"#;
    fs::create_dir_all(desk.at("results")).unwrap();
    fs::write(desk.at("results/manifest.json"), manifest).unwrap();
    fs::rename(desk.at("toy"), desk.at("results/toy")).unwrap();
    desk.is_refused("", &["optimise", "results/toy", "-o", "results", "--force"], "it holds the scenario");
}

#[test]
fn what_this_program_has_made_is_replaced_with_force_and_nothing_is_left_lying_about() {
    let desk = Desk::new();
    for more in [&["--end", "1800"][..], &["--end", "3600", "--force"]] {
        let (code, said) = desk.import("out", more);
        assert_eq!(code, Some(0), "{said}");
    }
    assert!(fs::read_to_string(desk.at("out/manifest.json")).unwrap().contains("3600"));
    for force in [&[][..], &["--force"]] {
        let (code, said) = desk.ampel(&[&["export", "sumo", "out", "--network", "-o", "exported"], force].concat());
        assert_eq!(code, Some(0), "{said}");
    }
    let names = |place: &Path| {
        let mut names: Vec<_> = fs::read_dir(place).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names(desk.folder.path()), ["exported", "out", "tee.net.xml", "tee.rou.xml", "toy"]);
}

#[test]
fn every_written_folder_says_what_it_was_made_of() {
    let desk = Desk::new();
    assert_eq!(desk.import("out", &[]).0, Some(0));
    assert_eq!(desk.ampel(&["export", "sumo", "out", "--network", "-o", "exported"]).0, Some(0));
    let read = |folder: &str| -> serde_json::Value {
        serde_json::from_slice(&fs::read(desk.at(folder).join("manifest.json")).unwrap()).unwrap()
    };
    let hash = |file: &str| blake3::hash(&fs::read(desk.at(file)).unwrap()).to_hex().to_string();
    let import = read("out");
    assert_eq!(import["schema"], 1);
    assert_eq!(import["inputs"]["tee.net.xml"], hash("tee.net.xml"));
    assert_eq!(import["inputs"]["tee.rou.xml"], hash("tee.rou.xml"));
    assert_eq!(import["options"]["end_s"], 3600);
    assert!(import["assumptions"].as_array().is_some_and(|a| !a.is_empty()));
    assert_eq!(read("exported")["inputs"]["network.toml"], hash("out/network.toml"));
}

#[test]
fn a_period_is_run_by_its_name_and_told_and_hashed_with_everything_made_from_it() {
    let desk = Desk::new();
    let frame = fs::read_to_string(desk.at("toy/scenario.toml")).unwrap();
    fs::write(desk.at("toy/scenario.toml"), frame + PERIOD).unwrap();
    fs::create_dir(desk.at("toy/more")).unwrap();
    let demand = fs::read_to_string(desk.at("toy/demand.toml")).unwrap();
    fs::write(
        desk.at("toy/more/noon.toml"),
        demand.replace("begin_s = 3600.0", "begin_s = 43200.0").replace("= 3660.0", "= 43260.0"),
    )
    .unwrap();
    let json = |arguments: &[&str]| -> serde_json::Value {
        let done = Command::new(env!("CARGO_BIN_EXE_ampel")).args(arguments).current_dir(desk.at("")).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        serde_json::from_slice(&done.stdout).unwrap()
    };
    let (own, noon) = (json(&["run", "toy", "--format", "json"]), json(&["run", "toy", "--period", "noon", "--format", "json"]));
    assert_eq!((&own["period"], &own["begin_s"]), (&serde_json::Value::Null, &3600.into()));
    assert_eq!((&noon["period"], &noon["begin_s"]), (&"noon".into(), &43_200.into()));
    assert!(noon["runs"][0]["due"].as_u64().unwrap() > 0);
    desk.is_refused("", &["run", "toy", "--period", "night"], "period \"night\" does not exist; there are noon");

    assert_eq!(desk.ampel(&["export", "sumo", "toy", "--period", "noon", "--network", "-o", "exported"]).0, Some(0));
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(desk.at("exported/manifest.json")).unwrap()).unwrap();
    let hash = blake3::hash(&fs::read(desk.at("toy/more/noon.toml")).unwrap()).to_hex().to_string();
    assert_eq!(manifest["inputs"]["more/noon.toml"], hash);
    assert!(manifest["command"].as_str().unwrap().contains("--period noon"), "{manifest}");
}

#[test]
fn an_exported_file_is_not_overwritten_without_force() {
    let desk = Desk::new();
    assert_eq!(desk.import("out", &[]).0, Some(0));
    fs::write(desk.at("plan.add.xml"), "mine").unwrap();
    let export = ["export", "sumo", "out", "-o", "plan.add.xml"];
    desk.is_refused("", &export, "exists");
    desk.is_refused("", &["export", "sumo", "out", "-o", "out"], "is a folder");
    desk.is_refused("", &["export", "sumo", "out", "-o", "nowhere/plan.add.xml"], "nowhere");
    let (code, said) = desk.ampel(&[&export[..], &["--force"]].concat());
    assert_eq!(code, Some(0), "{said}");
    assert!(fs::read_to_string(desk.at("plan.add.xml")).unwrap().contains("tlLogic"));
}

#[test]
fn a_place_that_cannot_be_written_is_refused_before_the_work() {
    let desk = Desk::new();
    // The scenario is broken, too: whoever worked first would say so.
    fs::write(desk.at("toy/network.toml"), "schema = 1\n").unwrap();
    for to in ["tee.net.xml/out", "tee.net.xml/deep/out"] {
        desk.is_refused("", &["optimise", "toy", "-o", to], to);
        desk.is_refused("", &["export", "sumo", "toy", "--network", "-o", to], to);
        desk.is_refused("", &["export", "sumo", "toy", "-o", to], to);
    }
}

#[test]
fn an_import_that_loses_all_traffic_is_a_finding_and_says_how_much() {
    let desk = Desk::new();
    let (code, said) = desk.import("out", &["--begin", "80000", "--end", "80100"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("no traffic is left") && said.contains("not due within the period"), "{said}");
    assert!(said.contains(" times)"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_ends_with_a_message() {
    for arguments in [&["completions", "bash"][..], &["check", "toy"]] {
        let desk = Desk::new();
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let done =
            Command::new(env!("CARGO_BIN_EXE_ampel")).args(arguments).current_dir(desk.at("")).stdout(full).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(2), "{said}");
        assert!(said.contains("standard output cannot be written") && !said.contains("panicked"), "{said}");
    }
}

#[test]
fn the_demand_of_a_run_is_multiplied_and_the_factor_is_told() {
    let desk = Desk::new();
    let run = |more: &[&str]| {
        let command = [&["run", "toy", "--format", "json"], more].concat();
        let done = Command::new(env!("CARGO_BIN_EXE_ampel")).args(command).current_dir(desk.at("")).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let told: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
        (told["demand_factor"].as_f64().unwrap(), told["runs"][0]["due"].as_f64().unwrap())
    };
    let ((one, plain), (three, multiplied)) = (run(&[]), run(&["--demand", "3"]));
    assert_eq!((one, three), (1.0, 3.0));
    assert!(multiplied > 2.0 * plain, "{plain} and {multiplied}");
}

#[test]
fn supply_files_come_back_as_the_plan_that_they_were_made_of_or_not_at_all() {
    let desk = Desk::new();
    assert_eq!(desk.ampel(&["export", "ocit-c", "toy", "-o", "supply"]).0, Some(0));
    assert!(desk.ampel(&["export", "ocit-c", "toy", "-o", "supply"]).1.contains("--force"));
    let scenario = model::scenario::load(&desk.at("toy")).unwrap();
    let own = scenario.plan(None).unwrap();
    let files: Vec<String> = scenario.signals.iter().map(|s| format!("supply/{}.xml", s.name)).collect();
    let import = |to: &str| {
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        desk.ampel(&[&["import", "ocit-c", "--scenario", "toy", "--program", &own.name, "-o", to], &files[..]].concat())
    };
    assert_eq!(import("back.toml"), (Some(0), String::new()));
    let back = model::scenario::load_plan(&scenario, &desk.at("back.toml")).unwrap();
    assert_eq!(back.plans, own.plans);
    // The last group never turns red again: it is green beside those that it must not meet.
    let first = desk.at(&files[0]);
    let text = fs::read_to_string(&first).unwrap();
    let (before, after) = text.rsplit_once("<Signalbild>03</Signalbild>\n          </Schaltzeit>").unwrap();
    fs::write(&first, format!("{before}<Signalbild>30</Signalbild>\n          </Schaltzeit>{after}")).unwrap();
    let (code, said) = import("unsafe.toml");
    assert_eq!(code, Some(4), "{said}");
    assert!(said.starts_with("unsafe: supply/") && !desk.at("unsafe.toml").exists(), "{said}");
}
