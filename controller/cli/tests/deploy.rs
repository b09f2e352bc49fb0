//! `ampel deploy` and `ampel tlc` as processes: a push that is killed at some line of its journal, and the way back.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod process;

use model::toy::Grid;
use process::Process;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// The wall as virtual controllers; they end with the test.
struct Street {
    _tlc: Process,
    address: String,
    folder: TempDir,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn ampel() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ampel"));
    command.current_dir(root()).env("AMPEL_RSMP_CODE", "2222").arg("-q");
    command
}

impl Street {
    fn new() -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let mut command = ampel();
        command.args(["tlc", "--scenario", "scenarios/dortmund-wall", "--plan", "importer", "--plan", "importer"]);
        command.args(["--speed", "30", "--for", "600", "--connect", &address]);
        Self { _tlc: Process::spawn(&mut command), address, folder: tempfile::tempdir().unwrap() }
    }

    fn journal(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    fn command(&self, action: &str) -> Command {
        let mut command = ampel();
        command.args(["deploy", action, "--targets", "controller/deploy/samples/wall.toml", "--listen", &self.address]);
        command.arg("--journal").arg(self.journal());
        if action == "push" {
            command.args(["--plan", "importer"]);
        }
        command
    }

    fn run(&self, action: &str) -> Output {
        self.command(action).output().unwrap()
    }

    fn lines(&self) -> usize {
        fs::read_to_string(self.journal()).unwrap_or_default().lines().count()
    }

    /// How many controllers run a plan.
    fn running(&self, plan: u8) -> usize {
        let output = self.run("status");
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().filter(|l| l.contains(&format!("plan {plan} "))).count()
    }

    /// Waits until signals have come out of their startup sequence.
    fn wait(&self) {
        while !self.command("diff").args(["--plan", "importer"]).output().unwrap().status.success() {}
    }
}

#[test]
fn a_push_that_is_killed_anywhere_is_known_and_brought_back() {
    let street = Street::new();
    street.wait();
    assert!(!street.journal().exists(), "whoever only asks leaves no journal");
    // In the midst of staging, of selecting, and of watching.
    for lines in [7, 45, 90] {
        let begin = street.lines();
        let mut push = street.command("push").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while street.lines() < begin + lines && push.try_wait().unwrap().is_none() {}
        push.kill().unwrap();
        push.wait().unwrap();
        let refused = street.run("push");
        assert_eq!(refused.status.code(), Some(5));
        assert!(String::from_utf8_lossy(&refused.stderr).contains("ampel deploy rollback"));
        assert!(street.run("rollback").status.success());
        assert_eq!(street.running(1), 19);
    }
    assert!(street.run("push").status.success());
    assert_eq!(street.running(2), 19);
    assert!(street.run("rollback").status.success());
    assert_eq!(street.running(1), 19);
}

/// A journal that has room for the beginning and a few steps, and for nothing after that.
#[cfg(unix)]
#[test]
fn a_journal_that_breaks_in_the_midst_of_a_push_leaves_the_corridor_mixed_and_the_way_back_open() {
    let street = Street::new();
    street.wait();
    let push = street.command("push");
    let words = push.get_args().map(|a| format!("'{}'", a.to_str().unwrap()));
    let words: Vec<String> = std::iter::once(format!("'{}'", push.get_program().to_str().unwrap())).chain(words).collect();
    // What the limit, in KiB, has no room for is an error instead of the end.
    let script = format!("trap '' XFSZ; ulimit -f 8; exec {}", words.join(" "));
    let output = Command::new("bash").args(["-c", &script]).current_dir(root()).env("AMPEL_RSMP_CODE", "2222").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(said.contains("THE CORRIDOR IS MIXED") && said.contains("nothing more was sent"), "{said}");
    assert!((1..60).contains(&street.lines()), "{}", street.lines());
    let refused = street.run("push");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("ampel deploy rollback"));
    assert!(street.run("rollback").status.success());
    assert_eq!(street.running(1), 19);
    // Its times are those of the wall, however fast the controllers live.
    let journal = fs::read_to_string(street.journal()).unwrap();
    let last: serde_json::Value = serde_json::from_str(journal.lines().last().unwrap()).unwrap();
    let at: deploy::clock::Utc = last["at"].as_str().unwrap().parse().unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64;
    assert!(now.abs_diff(at.0) < 60_000, "{at}");
}

#[test]
fn nothing_listens_without_an_address_and_codes_have_to_be_had() {
    let folder = tempfile::tempdir().unwrap();
    let status = || {
        let mut command = ampel();
        command.args(["deploy", "status", "--targets", "controller/deploy/samples/wall.toml"]);
        command.arg("--journal").arg(folder.path().join("journal"));
        command
    };
    let output = status().output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let output = status().env_remove("AMPEL_RSMP_CODE").args(["--listen", "127.0.0.1:0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("AMPEL_RSMP_CODE"));
}

#[test]
fn targets_that_are_two_things_in_one_or_nothing_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (file, scenario) = (folder.path().join("targets.toml"), root().join("scenarios/dortmund-wall"));
    let said = |more: &str| {
        fs::write(&file, format!("schema = 1\nscenario = {:?}\n{more}", scenario.canonicalize().unwrap())).unwrap();
        let output = ampel().args(["deploy", "status", "--targets"]).arg(&file).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let held = "[[held]]\nnumber = 1\nplan = \"importer\"\n";
    let target = "[[target]]\nsite = \"W09\"\nsignal = \"W09\"\n";
    assert!(said("held = []\n").contains("no plan is held"));
    assert!(said(&format!("speed = 0\n{held}")).contains("speed is not between 1 and 60"));
    assert!(said(&held.replace('1', "0")).contains("number 0 of [[held]]"));
    assert!(said(&held.repeat(2)).contains("number 1 of [[held]]"));
    assert!(said(&format!("{held}{target}{target}")).contains("site W09 or its address stands there twice"));
}

#[test]
fn a_plan_that_breaks_a_rule_goes_nowhere_and_is_told_from_bad_input() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, town) = (folder.path(), folder.path().join("town"));
    fs::create_dir(&town).unwrap();
    Grid { columns: 2, duration_s: 60, ..Grid::default() }.files().write(&town).unwrap();
    let plain = fs::read_to_string(town.join("plans/plain.toml")).unwrap();
    fs::write(desk.join("unsafe.toml"), plain.replacen("to_s = 36", "to_s = 40", 1)).unwrap();
    fs::write(desk.join("malformed.toml"), plain.replacen("to_s = 36", "to_s = \"?\"", 1)).unwrap();
    let sample = fs::read_to_string(root().join("controller/deploy/samples/tlc.toml")).unwrap();
    fs::write(desk.join("tlc.toml"), sample.replacen("from_s = 36", "from_s = 31", 1)).unwrap();
    let run = |arguments: &[&str]| {
        let output = ampel().current_dir(desk).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let targets = |held: &str| {
        let text = format!("schema = 1\nscenario = \"town\"\n[[held]]\nnumber = 1\nplan = \"{held}\"\n");
        fs::write(desk.join("targets.toml"), text).unwrap();
    };
    let desks = ["--targets", "targets.toml", "--listen", "127.0.0.1:0"];
    for (plan, code) in [("unsafe.toml", 4), ("malformed.toml", 2), ("missing.toml", 2)] {
        targets("plain");
        let push = [&["deploy", "push", "--plan", plan][..], &desks].concat();
        let base = ["deploy", "base", "town", "--plan", plan, "-o", "base.toml"];
        for arguments in [&["tlc", "town", "--plan", plan][..], &base, &push] {
            let (found, said) = run(arguments);
            assert_eq!(found, Some(code), "{arguments:?}: {said}");
        }
        targets(plan);
        let (found, said) = run(&[&["deploy", "status"][..], &desks].concat());
        assert_eq!(found, Some(code), "{plan} is held: {said}");
    }
    let (found, said) = run(&["tlc", "--config", "tlc.toml"]);
    assert!(found == Some(4) && said.starts_with("unsafe: tlc.toml: plan 1 is unsafe"), "{found:?} {said}");
    assert!(!desk.join("base.toml").exists() && !desk.join("targets.journal").exists());
}

/// The whole way of a plan: optimised, its base supplied, pushed, seen, and taken back.
#[test]
fn a_plan_of_the_optimiser_reaches_the_controllers_that_hold_its_base() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, town) = (folder.path(), folder.path().join("town"));
    fs::create_dir(&town).unwrap();
    Grid { columns: 2, duration_s: 60, ..Grid::default() }.files().write(&town).unwrap();
    let run = |arguments: &[&str]| {
        let output = ampel().current_dir(desk).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
    };
    let optimised = run(&["optimise", "town", "-o", "out", "--seed", "1001", "--step=1", "--jobs", "2"]);
    assert_eq!(optimised.0, Some(0), "{}", optimised.1);
    let base = ["deploy", "base", "town", "--plan", "out/plans/optimised.toml", "-o", "base.toml"];
    let written = run(&base);
    assert_eq!(written.0, Some(0), "{}", written.1);
    assert_eq!(run(&base).0, Some(2), "a file is not overwritten");
    let targets = "schema = 1\nscenario = \"town\"\nwatch_cycles = 1\nclock_tolerance_s = 60.0\nmin_interval_s = 0\nspeed = 60\n\
        week = \"0-1,1-1\"\ntimes = \"1-2-6-30\"\n\
        held = [{ number = 1, plan = \"plain\" }, { number = 2, plan = \"base.toml\" }]\n";
    fs::write(desk.join("targets.toml"), targets).unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let life = ["tlc", "town", "--plan", "plain", "--plan", "base.toml", "--speed", "60", "--for", "600", "--connect", &address];
    let _tlc = Process::spawn(ampel().current_dir(desk).args(life));
    let deploy = |action: &str, more: &[&str]| {
        let common = ["deploy", action, "--targets", "targets.toml", "--journal", "journal", "--listen", address.as_str()];
        run(&[&common[..], more].concat())
    };
    let plan = ["--plan", "out/plans/optimised.toml"];
    while deploy("diff", &plan).0 != Some(0) {}
    let pushed = deploy("push", &plan);
    assert_eq!(pushed.0, Some(0), "{}", pushed.1);
    let status = deploy("status", &[]);
    assert!(status.1.matches("plan 2 ").count() == 2 && status.1.contains("another calendar"), "{}", status.1);
    assert_eq!(deploy("rollback", &[]).0, Some(0));
    let calendar = deploy("calendar", &[]);
    assert_eq!(calendar.0, Some(0), "{}", calendar.1);
    let status = deploy("status", &[]);
    assert!(status.0 == Some(0) && status.1.matches("plan 1 ").count() == 2, "{}", status.1);
}

#[test]
fn a_virtual_controller_is_named_by_scenario_and_intersection() {
    let folder = tempfile::tempdir().unwrap();
    let town = folder.path().join("town");
    fs::create_dir(&town).unwrap();
    Grid { columns: 2, ..Grid::default() }.files().write(&town).unwrap();
    let tlc = |arguments: &[&str]| ampel().current_dir(folder.path()).args(arguments).output().unwrap();
    let unknown = tlc(&["tlc", "town", "nowhere", "--for", "1"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("X0.0, X1.0"));
    assert_eq!(tlc(&["tlc"]).status.code(), Some(2));
    // A desk that listens to both hears the one.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let life = ["tlc", "town", "X1.0", "--for", "60", "--connect", &address];
    let _tlc = Process::spawn(ampel().current_dir(folder.path()).args(life));
    let heard = tlc(&["deploy", "listen", "--site", "X0.0", "--site", "X1.0", "--listen", &address, "--for", "6"]);
    let text = String::from_utf8_lossy(&heard.stdout).into_owned();
    assert!(text.contains("X1.0: up: connected, core 3.3.0") && text.contains("X1.0: state: "), "{text}");
    assert!(!text.contains("X0.0: up"), "{text}");
}
