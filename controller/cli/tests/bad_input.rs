//! Bad input at the command line: exit code 2, place and mend on standard error, nothing on standard output, nothing
//! written.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use model::toy::Grid;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

fn ampel(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ampel")).args(arguments).output().unwrap()
}

/// A folder with a small scenario in `good`, a broken one in `broken`, and nothing else.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        for name in ["good", "broken"] {
            fs::create_dir(desk.at(name)).unwrap();
            Grid { duration_s: 60, ..Grid::default() }.files().write(&desk.at(name)).unwrap();
        }
        edit(&desk.at("broken/network.toml"), "speed_limit_kmh = 50.0", "speed_limit_kmh = -50.0");
        edit(&desk.at("broken/demand.toml"), "type = \"car\"", "type = \"cart\"");
        desk
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn text(&self, path: &str) -> String {
        self.at(path).display().to_string()
    }

    /// Every file and folder, to see that nothing was written.
    fn files(&self) -> Vec<PathBuf> {
        fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, found);
                }
                found.push(path);
            }
        }
        let mut found = Vec::new();
        walk(self.folder.path(), &mut found);
        found.sort();
        found
    }

    /// Runs a command that has to be refused, with all these words in what it says.
    fn is_refused(&self, arguments: &[&str], says: &[&str]) {
        let before = self.files();
        let done = ampel(arguments);
        let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert_eq!(done.status.code(), Some(2), "{arguments:?}\n{out}\n{err}");
        assert!(out.is_empty(), "{arguments:?} prints {out}");
        for word in says {
            assert!(err.contains(word), "{arguments:?}: \"{word}\" does not stand in\n{err}");
        }
        assert!(!err.contains("panicked"), "{err}");
        assert_eq!(self.files(), before, "{arguments:?} has written something");
    }
}

fn edit(file: &Path, find: &str, replace: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(find), "\"{find}\" does not stand in {}", file.display());
    fs::write(file, text.replacen(find, replace, 1)).unwrap();
}

/// The line of a file in which a text stands first, as faults name it.
fn place(file: &Path, text: &str) -> String {
    let content = fs::read_to_string(file).unwrap();
    let line = content.lines().position(|l| l.contains(text)).unwrap() + 1;
    format!("{}:{line}: ", file.display())
}

#[test]
fn every_command_refuses_a_broken_scenario_with_every_fault_and_its_place() {
    let desk = Desk::new();
    let (broken, out, plan) = (desk.text("broken"), desk.text("out"), desk.text("out.add.xml"));
    let cart = place(&desk.at("broken/demand.toml"), "\"cart\"");
    let link = place(&desk.at("broken/network.toml"), "name = \"X0.0<East\"");
    let says = [cart.as_str(), &link, "mend: ", "vehicle type \"cart\" does not exist", "2 faults"];
    for arguments in [
        &["check", &broken][..],
        &["run", &broken, "--format", "json"],
        &["compare", &broken, "--plans", "plain,plain"],
        &["optimise", &broken, "-o", &out],
        &["export", "sumo", &broken, "-o", &plan],
    ] {
        desk.is_refused(arguments, &says);
    }
}

#[test]
fn a_folder_that_is_no_scenario_is_named() {
    let desk = Desk::new();
    let (nowhere, file, empty) = (desk.text("nowhere"), desk.text("good/scenario.toml"), desk.text("good/plans"));
    desk.is_refused(&["check", &nowhere], &[&nowhere, "is not a folder", "mend: "]);
    desk.is_refused(&["run", &file], &[&file, "is not a folder", "mend: "]);
    desk.is_refused(&["run", &empty], &["scenario.toml: the file is missing", "network.toml: the file is missing", "mend: "]);
}

#[test]
fn demand_that_cannot_be_multiplied_is_refused() {
    let desk = Desk::new();
    let good = desk.text("good");
    for factor in ["--demand=-1", "--demand=nan", "--demand=11"] {
        desk.is_refused(&["run", &good, factor], &["times the demand is not between 0 and 10 times", "mend: "]);
    }
    desk.is_refused(&["compare", &good, "--plans", "plain,plain", "--demand=-1"], &["not between", "mend: "]);
}

#[test]
fn unknown_and_unsafe_plans_are_refused() {
    let desk = Desk::new();
    let good = desk.text("good");
    desk.is_refused(&["run", &good, "--plan", "fancy"], &["\"fancy\" does not exist", "mend: ", "plain"]);
    desk.is_refused(&["compare", &good, "--plans", "plain,fancy"], &["\"fancy\" does not exist", "mend: "]);
    desk.is_refused(&["compare", &good, "--plans", "plain"], &["one plan cannot be compared", "mend: "]);
    let file = desk.at("unsafe.toml");
    fs::copy(desk.at("good/plans/plain.toml"), &file).unwrap();
    edit(&file, "to_s = 36", "to_s = 40");
    let at = place(&file, "name = \"X0.0\"");
    for command in [
        &["run", &good, "--plan", &desk.text("unsafe.toml")][..],
        &["export", "sumo", &good, "--plan", &desk.text("unsafe.toml")],
    ] {
        desk.is_refused(command, &[&at, "unsafe", "the intergreen is 6 s", "mend: "]);
    }
    desk.is_refused(&["run", &good, "--plan", &desk.text("none.toml")], &["none.toml: the file is missing"]);
}

#[test]
fn bad_numbers_are_refused() {
    let desk = Desk::new();
    let (good, out) = (desk.text("good"), desk.text("out"));
    for seeds in ["5..1", "1..", "1", "a..b", "-1..3", "0..99999999999"] {
        let seeds = format!("--seeds={seeds}");
        desk.is_refused(&["run", &good, &seeds], &["--seeds"]);
        desk.is_refused(&["optimise", &good, "-o", &out, &seeds], &["--seeds"]);
    }
    desk.is_refused(&["run", &good, "--seed", "1", "--seeds", "1..2"], &["cannot be used with"]);
    for step in ["0.3", "0", "-1", "NaN", "1e300"] {
        let step = format!("--step={step}");
        desk.is_refused(&["run", &good, &step], &["step"]);
        desk.is_refused(&["compare", &good, "--plans", "plain,plain", &step], &["step"]);
        desk.is_refused(&["optimise", &good, "-o", &out, &step], &["step"]);
    }
    desk.is_refused(&["run", &good, "--step", "0.3"], &["a step of 0.3 s", "mend: give 1, 0.5"]);
    desk.is_refused(&["run", &good, "--threads", "0"], &["--threads"]);
    desk.is_refused(&["run", &good, "--jobs", "100000"], &["--jobs"]);
    desk.is_refused(&["run", &good, "--controller", "magic"], &["magic"]);
    desk.is_refused(&["run", &good, "--format", "xml"], &["xml"]);
    desk.is_refused(&["run"], &["SCENARIO"]);
    desk.is_refused(&["fly", &good], &["fly"]);
}

#[test]
fn an_output_folder_that_exists_is_not_touched_without_force() {
    let desk = Desk::new();
    let (good, out) = (desk.text("good"), desk.text("out"));
    fs::create_dir(desk.at("out")).unwrap();
    fs::write(desk.at("out/precious.txt"), "mine").unwrap();
    fs::write(desk.at("map.osm"), "<osm version=\"0.6\"></osm>").unwrap();
    fs::write(desk.at("net.xml"), "<net></net>").unwrap();
    let (map, net) = (desk.text("map.osm"), desk.text("net.xml"));
    for arguments in [
        &["optimise", &good, "-o", &out][..],
        &["import", "osm", &map, "-o", &out],
        &["import", "sumo", &net, "--routes", &net, "-o", &out],
    ] {
        desk.is_refused(arguments, &[&out, "exists", "mend: give --force"]);
    }
    // With force, but broken: the old folder stays as it was.
    desk.is_refused(&["optimise", &desk.text("broken"), "-o", &out, "--force"], &["mend: "]);
    desk.is_refused(&["import", "osm", &map, "-o", &out, "--force"], &[]);
    assert_eq!(fs::read_to_string(desk.at("out/precious.txt")).unwrap(), "mine");
}

#[test]
fn broken_foreign_files_are_refused_with_their_place() {
    let desk = Desk::new();
    let out = desk.text("out");
    let samples: [(&str, &[u8]); 8] = [
        ("empty", b""),
        ("cut off", b"<osm version=\"0.6\">\n<node id=\"1\" lat=\"51.5\" lon=\"7.4\"/>\n<way id="),
        ("wrong end", b"<net>\n<edge id=\"a\">\n</net>\n</edge>"),
        ("no XML", b"schema = 1\n"),
        ("binary", b"\x00\x01\x02\xff\xfe"),
        ("bomb", b"<!DOCTYPE o [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>\n<osm>&b;</osm>"),
        ("other root", b"<html><body/></html>"),
        ("not a number", b"<osm version=\"0.6\">\n<node id=\"one\" lat=\"x\" lon=\"7.4\"/>\n</osm>"),
    ];
    for (name, content) in samples {
        for ending in ["osm", "osm.pbf", "net.xml"] {
            let file = format!("{name}.{ending}");
            fs::write(desk.at(&file), content).unwrap();
            let path = desk.text(&file);
            match ending {
                "net.xml" => desk.is_refused(&["import", "sumo", &path, "--routes", &path, "-o", &out], &[&path]),
                _ => desk.is_refused(&["import", "osm", &path, "-o", &out], &[&path]),
            }
        }
    }
    for path in [desk.text("nothing.osm"), desk.text("good")] {
        desk.is_refused(&["import", "osm", &path, "-o", &out], &[&path]);
        desk.is_refused(&["import", "sumo", &path, "--routes", &path, "-o", &out], &[&path]);
    }
}

#[test]
fn a_good_scenario_passes_so_that_the_others_fail_for_their_own_faults() {
    let desk = Desk::new();
    let (before, good) = (desk.files(), desk.text("good"));
    for arguments in
        [&["check"][..], &["run", "--plan", "plain", "--seeds", "1..2", "--step", "1"], &["compare", "--plans", "plain,plain"]]
    {
        let all: Vec<&str> = [&arguments[..1], &[good.as_str()], &arguments[1..]].concat();
        let done = ampel(&all);
        assert_eq!(done.status.code(), Some(0), "{all:?}: {}", String::from_utf8_lossy(&done.stderr));
        assert!(!done.stdout.is_empty());
    }
    assert_eq!(desk.files(), before, "they only print");
}
