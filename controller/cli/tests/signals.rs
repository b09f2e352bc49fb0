//! `ampel signals`: every matrix of the ring, for people and for programs, and its exit codes.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn wall() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/dortmund-wall")
}

/// Exit code, standard output and standard error of `ampel signals`.
fn signals(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ampel"));
    let done = command.arg("signals").arg(folder).args(arguments).output().expect("ampel starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (done.status.code(), text(&done.stdout), text(&done.stderr))
}

/// A copy of the ring whose `signals.toml` is changed.
fn changed(change: impl Fn(&str) -> String) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for part in ["", "plans", "demand"] {
        fs::create_dir_all(copy.path().join(part)).expect("a folder");
        for entry in fs::read_dir(wall().join(part)).expect("the ring") {
            let from = entry.expect("an entry").path();
            if from.is_file() {
                fs::copy(&from, copy.path().join(part).join(from.file_name().expect("a name"))).expect("a copy");
            }
        }
    }
    let file = copy.path().join("signals.toml");
    let text = fs::read_to_string(&file).expect("signals");
    fs::write(&file, change(&text)).expect("a change");
    copy
}

#[test]
fn all_matrices_of_the_ring_appear_and_fit_a_terminal() {
    let (code, table, said) = signals(&wall(), &["--derive"]);
    assert_eq!(code, Some(0), "{said}");
    for n in 1..=19 {
        let name = format!("W{n:02}  ");
        assert_eq!(table.lines().filter(|l| l.starts_with(&name)).count(), 1, "{name}");
    }
    assert_eq!(table.matches("clears ↓").count(), 19);
    assert_eq!(table.matches("The geometry asks for the same").count(), 19);
    let widest = table.lines().max_by_key(|l| l.chars().count()).expect("lines");
    assert!(widest.chars().count() <= 100, "{widest}");
}

#[test]
fn grades_are_symmetric_and_every_figure_of_a_derivation_adds_up() {
    let (code, json, said) = signals(&wall(), &["--derive", "--format", "json"]);
    assert_eq!(code, Some(0), "{said}");
    let value: Value = serde_json::from_str(&json).expect("JSON");
    let all = value["signals"].as_array().expect("signals");
    assert_eq!(all.len(), 19);
    for signal in all {
        let pairs = signal["pairs"].as_array().expect("pairs");
        let groups = signal["groups"].as_array().expect("groups").len();
        assert_eq!(pairs.len(), groups * (groups - 1), "{}", signal["name"]);
        for pair in pairs {
            let back = |p: &&Value| p["clearing"] == pair["entering"] && p["entering"] == pair["clearing"];
            assert_eq!(pairs.iter().find(back).expect("the way back")["grade"], pair["grade"]);
            assert_eq!(pair["intergreen_s"], pair["derived_s"]);
            if pair["derivation"].is_object() {
                adds_up(&pair["derivation"]);
            }
        }
    }
}

fn adds_up(derivation: &Value) {
    let number = |key: &str| derivation[key].as_f64().unwrap_or_else(|| panic!("no {key} in {derivation}"));
    let cleared = (number("clearing_distance_m") + number("vehicle_length_m")) / number("clearing_speed_m_per_s");
    let entered = derivation["entering_speed_m_per_s"].as_f64().map_or(0.0, |v| number("entering_distance_m") / v);
    let exact = number("crossing_time_s") + cleared - entered;
    assert!((exact - number("exact_s")).abs() < 1e-9, "{derivation}");
    assert_eq!(exact.ceil().max(1.0), number("intergreen_s"), "{derivation}");
}

#[test]
fn an_intergreen_that_is_too_short_is_a_finding_unless_it_is_shipped() {
    let conflict = |z| format!("groups = [\"K1\", \"K2\"]\ngrade = \"incompatible\"\nintergreen_s = {z}");
    let shorter = |text: &str| text.replacen(&conflict("[4, 7]"), &conflict("[4, 6]"), 1);
    let (code, table, said) = signals(changed(shorter).path(), &["--signal", "W09"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(table.contains("6!") && table.contains("7 s needed: too short"), "{table}");
    assert!(said.contains("signal W09: K2 to K1 has 6 s, but needs 7 s"), "{said}");
    let shipped = |text: &str| shorter(text).replace("source = \"derived", "source = \"shipped: not derived");
    let (code, table, said) = signals(changed(shipped).path(), &["--signal", "W09"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(table.contains("7 s needed: too short") && table.contains("no finding"), "{table}");
}

#[test]
fn a_signal_that_is_not_there_is_bad_input() {
    let (code, printed, said) = signals(&wall(), &["--signal", "W01", "--signal", "W99"]);
    assert_eq!((code, printed.as_str()), (Some(2), ""), "{said}");
    assert!(said.contains("signal \"W99\" does not exist") && said.contains("mend: name some of "), "{said}");
}
