//! Broken scenarios: each gives an error that names file, line and mend; none panics.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "broken/cases.rs"]
mod cases;

use cases::{CASES, Case, GOOD_CORRIDORS, GOOD_ROADWORKS};
use model::scenario::{Fault, Faults, load, load_plan};
use model::toy::Grid;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A good scenario with a file of every kind: two crossroads with people on foot, a roadwork and a corridor.
fn good() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    Grid { columns: 2, lanes: 1, ..Grid::default() }.files_with_people(50.0).write(folder.path()).unwrap();
    fs::write(folder.path().join("roadworks.toml"), GOOD_ROADWORKS).unwrap();
    fs::write(folder.path().join("corridors.toml"), GOOD_CORRIDORS).unwrap();
    folder
}

fn faults(folder: &Path) -> Faults {
    load(folder).expect_err("the scenario is broken")
}

/// What every fault has: a file of the folder, words, and a way to mend it.
fn are_helpful(folder: &Path, faults: &[Fault]) {
    assert!(!faults.is_empty());
    for fault in faults {
        assert!(fault.file.starts_with(folder), "{fault}");
        assert!(!fault.what.is_empty() && !fault.mend.is_empty(), "no mend: {fault}");
        let shown = fault.to_string();
        let place = fault.line.map_or(format!("{}: ", fault.file.display()), |l| format!("{}:{l}: ", fault.file.display()));
        assert!(shown.starts_with(&place) && shown.contains("\n  mend: "), "{shown}");
    }
}

fn check(case: &Case) {
    let folder = good();
    let file = folder.path().join(case.file);
    let before = fs::read_to_string(&file).unwrap();
    assert!(before.contains(case.find), "{}: \"{}\" does not stand in {}", case.name, case.find, case.file);
    let after = before.replacen(case.find, case.replace, 1);
    fs::write(&file, &after).unwrap();
    let Faults(found) = faults(folder.path());
    are_helpful(folder.path(), &found);
    let fits = |f: &&Fault| {
        let named = f.line.and_then(|l| after.lines().nth(l - 1)).unwrap_or("");
        let line_fits = if case.line.is_empty() { true } else { f.line.is_some() && named.contains(case.line) };
        f.file == file && f.what.contains(case.says) && line_fits
    };
    let told: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(
        found.iter().any(|f| fits(&f)),
        "{}: expected \"{}\" at \"{}\", but it says\n{}",
        case.name,
        case.says,
        case.line,
        told.join("\n")
    );
}

#[test]
fn the_good_scenario_loads() {
    let scenario = load(good().path()).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!((scenario.signals.len(), scenario.roadworks.len(), scenario.corridors.len()), (2, 1, 1));
}

#[test]
fn every_broken_scenario_names_file_line_and_mend() {
    assert!(CASES.len() >= 60);
    let names: BTreeSet<&str> = CASES.iter().map(|c| c.name).collect();
    assert_eq!(names.len(), CASES.len(), "each case has its own name");
    let wrong: Vec<String> =
        CASES.iter().filter_map(|c| std::panic::catch_unwind(|| check(c)).err().map(|_| c.name.to_owned())).collect();
    assert!(wrong.is_empty(), "{} of {} cases: {wrong:?}", wrong.len(), CASES.len());
}

#[test]
fn all_faults_come_at_once() {
    let folder = good();
    for (file, find, replace) in
        [("scenario.toml", "0.5", "0.3"), ("network.toml", "kmh = 50.0", "kmh = 0"), ("demand.toml", "560.0", "-5")]
    {
        let file = folder.path().join(file);
        let text = fs::read_to_string(&file).unwrap().replacen(find, replace, 1);
        fs::write(file, text).unwrap();
    }
    let files: BTreeSet<_> = faults(folder.path()).0.into_iter().map(|f| f.file).collect();
    assert_eq!(files.len(), 3, "{files:?}");
}

/// The files that a folder needs are missing, or cannot be what they should.
#[test]
fn missing_files_are_named() {
    for file in ["scenario.toml", "network.toml", "demand.toml"] {
        let folder = good();
        fs::remove_file(folder.path().join(file)).unwrap();
        let Faults(found) = faults(folder.path());
        assert_eq!((found.len(), found[0].what.as_str()), (1, "the file is missing"), "{found:?}");
        are_helpful(folder.path(), &found);
        assert!(found[0].file.ends_with(file));
    }
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(faults(empty.path()).0.len(), 3);
    assert_eq!(faults(&empty.path().join("not there")).0.len(), 3);
}

/// The fault lies in the network, but only where people walk does it matter.
#[test]
fn people_cannot_cross_where_queues_stand() {
    let folder = good();
    let file = folder.path().join("network.toml");
    let text = fs::read_to_string(&file).unwrap();
    let (end, on_the_crossing) = ("[-14.0, -1.9000000000000001]]", "[-11.0, -1.9000000000000001]]");
    assert!(text.contains(end));
    fs::write(&file, text.replacen(end, on_the_crossing, 1)).unwrap();
    let Faults(found) = faults(folder.path());
    are_helpful(folder.path(), &found);
    assert!(found[0].file.ends_with("demand.toml") && found[0].what.contains("over the crossing to its stop line"), "{found:?}");
    let demand = folder.path().join("demand.toml");
    let text = fs::read_to_string(&demand).unwrap();
    let nobody = text.split("[[walking]]").next().unwrap();
    fs::write(&demand, nobody).unwrap();
    load(folder.path()).unwrap_or_else(|faults| panic!("{faults}"));
}

#[test]
fn a_scenario_with_signals_needs_plans() {
    let folder = good();
    fs::remove_file(folder.path().join("plans/plain.toml")).unwrap();
    let Faults(found) = faults(folder.path());
    assert!(found[0].what.contains("does not exist"), "{found:?}");
    are_helpful(folder.path(), &found);
}

#[test]
fn a_plan_of_every_signal_is_needed() {
    let folder = good();
    let file = folder.path().join("plans/plain.toml");
    let text = fs::read_to_string(&file).unwrap();
    let second = text.rfind("[[signal]]").unwrap();
    fs::write(&file, &text[..second]).unwrap();
    let Faults(found) = faults(folder.path());
    assert!(found.iter().any(|f| f.file == file && f.what == "signal \"X1.0\" has no plan"), "{found:?}");
    are_helpful(folder.path(), &found);
}

#[test]
fn plans_of_the_same_name_are_refused() {
    let folder = good();
    fs::copy(folder.path().join("plans/plain.toml"), folder.path().join("plans/second.toml")).unwrap();
    let Faults(found) = faults(folder.path());
    assert!(
        found[0].what.contains("stands in two files") && found[0].file.ends_with("plans/second.toml") && found[0].line == Some(2),
        "{found:?}"
    );
    are_helpful(folder.path(), &found);
}

/// Bytes that are no text, text that is no TOML: kept as files.
#[test]
fn files_that_are_not_what_they_should_be_are_named_with_their_line() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    for (sample, line) in [("not-utf-8.toml", 3), ("cut-off.toml", 4), ("binary.toml", 1), ("twice.toml", 4), ("bare.toml", 2)] {
        for target in ["scenario.toml", "network.toml", "signals.toml", "demand.toml", "plans/plain.toml", "roadworks.toml"] {
            let folder = good();
            let file = folder.path().join(target);
            fs::copy(kept.join(sample), &file).unwrap();
            let Faults(found) = faults(folder.path());
            assert_eq!((found.len(), found[0].line), (1, Some(line)), "{sample} as {target}: {found:?}");
            assert_eq!(found[0].file, file);
            are_helpful(folder.path(), &found);
        }
    }
}

#[test]
fn a_folder_in_the_place_of_a_file_is_named() {
    let folder = good();
    let file = folder.path().join("demand.toml");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let Faults(found) = faults(folder.path());
    assert_eq!(found[0].file, file);
    are_helpful(folder.path(), &found);
}

#[test]
fn an_unsafe_plan_file_outside_the_scenario_is_refused() {
    let folder = good();
    let scenario = load(folder.path()).unwrap();
    let file = folder.path().join("other.toml");
    let text = fs::read_to_string(folder.path().join("plans/plain.toml")).unwrap();
    fs::write(&file, &text).unwrap();
    assert!(load_plan(&scenario, &file).is_ok());
    fs::write(&file, text.replacen("to_s = 36", "to_s = 38", 1)).unwrap();
    let Faults(found) = load_plan(&scenario, &file).unwrap_err();
    assert!(found[0].what.contains("unsafe") && found[0].is_unsafe, "{found:?}");
    are_helpful(folder.path(), &found);
    assert!(!load_plan(&scenario, &folder.path().join("none.toml")).unwrap_err().is_unsafe());
}

/// Random bytes in good files: whatever comes of it, loading ends, and every fault helps.
#[test]
fn random_damage_never_panics() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % n as u64) as usize
    };
    let folder = good();
    let files =
        ["scenario.toml", "network.toml", "signals.toml", "plans/plain.toml", "demand.toml", "roadworks.toml", "corridors.toml"];
    let mut refused = 0;
    for _ in 0..2000 {
        let file = folder.path().join(files[draw(files.len())]);
        let good = fs::read(&file).unwrap();
        let mut bytes = good.clone();
        for _ in 0..=draw(3) {
            let at = draw(bytes.len());
            match draw(6) {
                0 => bytes[at] = draw(256) as u8,
                1 => bytes.insert(at, b"0123456789-.\"[]=#\n"[draw(18)]),
                2 => drop(bytes.remove(at)),
                3 => bytes.truncate(at.max(1)),
                // A digit becomes another: numbers change, and the file stays well formed.
                _ => {
                    if let Some(digit) = bytes[at..].iter().position(u8::is_ascii_digit) {
                        bytes[at + digit] = b'0' + draw(10) as u8;
                    }
                }
            }
        }
        fs::write(&file, &bytes).unwrap();
        if let Err(Faults(found)) = load(folder.path()) {
            refused += 1;
            are_helpful(folder.path(), &found);
        }
        fs::write(&file, good).unwrap();
    }
    assert!((600..2000).contains(&refused), "{refused} of 2000 were refused");
}
