//! Plans by the time of the day on the command line.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use model::toy::Grid;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A small scenario with two plans, `plain` and `night`, and what is said to follow in `scenario.toml`.
fn toy(day_plan: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let grid = Grid { columns: 2, duration_s: 600, ..Grid::default() };
    grid.files().write(folder.path()).unwrap();
    let night = Grid { cycle_s: 60, green_s: 20, offset_s: 9, ..grid }.scenario();
    let mut file = night.plans["plain"].to_file(&night.signals);
    file.name = "night".into();
    fs::write(folder.path().join("plans/night.toml"), toml::to_string(&file).unwrap()).unwrap();
    let frame = folder.path().join("scenario.toml");
    let text = fs::read_to_string(&frame).unwrap() + day_plan;
    fs::write(frame, text).unwrap();
    folder
}

const DAY: &str = "transition = \"shortway\"\n\
    [[day_plan]]\nfrom_s = 0\nplan = \"night\"\n[[day_plan]]\nfrom_s = 3800\nplan = \"plain\"\n";

fn ampel(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let arguments = [&arguments[..1], &[folder.to_str().unwrap()], &arguments[1..]].concat();
    let done = Command::new(env!("CARGO_BIN_EXE_ampel")).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (done.status.code(), text(done.stdout), text(done.stderr))
}

#[test]
fn a_run_follows_the_day_plan_unless_told_otherwise() {
    let folder = toy(DAY);
    let run = |more: &[&str]| -> Value {
        let (code, out, said) = ampel(folder.path(), &[&["run", "--format", "json"], more].concat());
        assert_eq!(code, Some(0), "{said}");
        serde_json::from_str(&out).unwrap()
    };
    let (day, again, plain) = (run(&[]), run(&["--controller", "day-plan"]), run(&["--plan", "plain"]));
    assert_eq!((&day["controller"], &day["transition"]), (&"day-plan".into(), &"shortway".into()));
    assert_eq!(day["day_plan"][1]["from_s"], 3800);
    assert_eq!((&plain["controller"], &plain["plan"], plain.get("day_plan")), (&"fixed".into(), &"plain".into(), None));
    let hash = |value: &Value| value["runs"][0]["hash"].clone();
    assert!(hash(&day) == hash(&again) && hash(&day) != hash(&plain));
    let (_, table, _) = ampel(folder.path(), &["run"]);
    let title = "plan of the day (night from 00:00:00, plain from 01:03:20; transitions: shortway), 01:00:00 to 01:10:00";
    assert!(table.contains(title), "{table}");
}

#[test]
fn a_day_plan_that_is_asked_for_has_to_be_there_and_goes_with_no_other_plan() {
    let (with, without) = (toy(DAY), toy(""));
    let refused = |folder: &TempDir, arguments: &[&str], says: &str| {
        let (code, _, said) = ampel(folder.path(), arguments);
        assert!(code == Some(2) && said.contains(says) && said.contains("mend: "), "{code:?} {said}");
    };
    refused(&without, &["run", "--controller", "day-plan"], "has no day plan");
    refused(&with, &["run", "--controller", "day-plan", "--plan", "plain"], "not one plan");
}

#[test]
fn the_check_tries_every_transition() {
    let (code, out, said) = ampel(toy(DAY).path(), &["check"]);
    assert!(code == Some(0) && out.contains("every transition is safe"), "{out}{said}");
    // Two signals, and in the 24 h from 1 o'clock on a switch to each plan.
    assert!(out.contains("day plan: 4 transitions of signals (shortway), each in step within "), "{out}");
    let night = "[[day_plan]]\nfrom_s = 3601\nplan = \"night\"\n";
    let (code, _, said) = ampel(toy(night).path(), &["check"]);
    assert!(code == Some(2) && said.contains("before the first switch at 3601 s"), "{said}");
}
