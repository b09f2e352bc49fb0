//! `ampel deploy push` killed at random points, with real processes on loopback: journal, `status` and `rollback` always bring
//! back a known state.
//!
//! `AMPEL_KILLS=50 AMPEL_SEED=1 cargo test -p ampel --test killed -- --nocapture` tries as many points as are asked for; without, five.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod process;

use model::toy::Grid;
use process::Process;
use serde_json::Value;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Two crossroads as virtual controllers, thirty times as fast as the clock on the wall; they end with the test.
struct Street {
    _tlc: Process,
    address: String,
    folder: TempDir,
}

const TARGETS: &str = r#"
schema = 1
scenario = "town"
watch_cycles = 1
clock_tolerance_s = 60.0
min_interval_s = 0
speed = 30
held = [{ number = 1, plan = "plain" }, { number = 2, plan = "plain" }]
"#;

impl Street {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let town = folder.path().join("town");
        fs::create_dir(&town).unwrap();
        Grid { columns: 2, ..Grid::default() }.files().write(&town).unwrap();
        let plan = fs::read_to_string(town.join("plans/plain.toml")).unwrap();
        let other = plan.replace("name = \"plain\"", "name = \"other\"").replace("offset_s = 0", "offset_s = 23");
        assert_ne!(plan, other);
        fs::write(folder.path().join("other.toml"), other).unwrap();
        fs::write(folder.path().join("targets.toml"), TARGETS).unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let mut command = Self::ampel(&folder);
        command.args(["tlc", "town", "--plan", "plain", "--plan", "plain", "--speed", "30", "--for", "3000"]);
        Self { _tlc: Process::spawn(command.args(["--connect", &address])), address, folder }
    }

    fn ampel(folder: &TempDir) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ampel"));
        command.current_dir(folder.path()).env("AMPEL_RSMP_CODE", "2222").arg("-q");
        command
    }

    fn command(&self, action: &str) -> Command {
        let mut command = Self::ampel(&self.folder);
        command.args(["deploy", action, "--targets", "targets.toml", "--journal", "journal", "--listen", &self.address]);
        if matches!(action, "push" | "diff") {
            command.args(["--plan", "other.toml"]);
        }
        command
    }

    fn run(&self, action: &str) -> Output {
        self.command(action).args(["--format", "json"]).output().unwrap()
    }

    fn journal(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    fn lines(&self) -> usize {
        fs::read_to_string(self.journal()).unwrap_or_default().lines().count()
    }

    /// What every controller runs and has set.
    fn state(&self) -> Vec<Value> {
        let status: Value = serde_json::from_slice(&self.run("status").stdout).unwrap();
        assert_eq!(status["faults"], serde_json::json!([]));
        let keys = ["site", "plan", "cycle_s", "offset_s", "bands_s", "in_control", "checksum_approved"];
        let row = |c: &Value| keys.iter().map(|k| c[*k].clone()).collect();
        let mut state: Vec<Value> = status["controllers"].as_array().unwrap().iter().map(row).collect();
        // And what is set of the number that does not run.
        let diff: Value = serde_json::from_slice(&self.run("diff").stdout).unwrap();
        state.extend(diff["differences"].as_array().unwrap().iter().map(|d| d["change"]["setting"].clone()));
        state.iter_mut().for_each(without_zeros);
        state
    }
}

/// Bands of 0 say nothing.
fn without_zeros(value: &mut Value) {
    match value {
        Value::Array(list) if list.iter().all(|n| *n == 0) => list.clear(),
        Value::Array(list) => list.iter_mut().for_each(without_zeros),
        Value::Object(entries) => entries.values_mut().for_each(without_zeros),
        _ => {}
    }
}

fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

#[test]
fn a_push_that_is_killed_anywhere_can_be_brought_back() {
    let street = Street::new();
    while !street.run("diff").status.success() {}
    let before = street.state();
    assert_eq!(before.len(), 4);
    let pushed = street.run("push");
    assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));
    let whole = street.lines();
    assert!(street.run("rollback").status.success());
    assert_eq!(street.state(), before);

    let (kills, mut seed) = (number("AMPEL_KILLS", 5), number("AMPEL_SEED", 1));
    let (mut unfinished, mut confirmed, mut nothing) = (0, 0, 0);
    for kill in 0..kills {
        // Source: Knuth, MMIX.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (lines, ms) = ((seed >> 33) as usize % (whole + 1), (seed >> 20) % 200);
        let begin = street.lines();
        let mut push = street.command("push").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while street.lines() < begin + lines && push.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        // Somewhere behind that line.
        std::thread::sleep(Duration::from_millis(ms));
        push.kill().unwrap();
        push.wait().unwrap();

        let written = fs::read_to_string(street.journal()).unwrap();
        let is_ended = written.lines().skip(begin).any(|l| l.contains("\"end\""));
        let what = format!("kill {kill}, {ms} ms behind line {lines} of {whole}");
        let rollback = street.run("rollback");
        match rollback.status.code() {
            Some(0) if is_ended => confirmed += 1,
            Some(0) => unfinished += 1,
            // Nothing had begun, so there is nothing to bring back.
            Some(2) if !is_ended => nothing += 1,
            other => panic!("{what}: {other:?} {}", String::from_utf8_lossy(&rollback.stderr)),
        }
        assert_eq!(street.state(), before, "{what}");
    }
    println!(
        "{kills} kills: {nothing} before the beginning, {unfinished} on the way, {confirmed} behind the end; all brought back"
    );
    assert!(unfinished > 0);
    // And after all of them a push goes through.
    let pushed = street.run("push");
    assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));
    assert!(street.run("rollback").status.success());
    assert_eq!(street.state(), before);
}
