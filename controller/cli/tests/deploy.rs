//! `ampel deploy` and `ampel tlc` as processes: a push that is killed at some line of its journal, and the way back.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// The wall as virtual controllers; they end with the test.
struct Street {
    tlc: Child,
    address: String,
    folder: TempDir,
}

impl Drop for Street {
    fn drop(&mut self) {
        let _ = self.tlc.kill();
        let _ = self.tlc.wait();
    }
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
        Self { tlc: command.spawn().unwrap(), address, folder: tempfile::tempdir().unwrap() }
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
        std::fs::read_to_string(self.journal()).unwrap_or_default().lines().count()
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

#[test]
fn nothing_listens_without_an_address_and_codes_have_to_be_had() {
    let targets = "controller/deploy/samples/wall.toml";
    let output = ampel().args(["deploy", "status", "--targets", targets]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let mut command = ampel();
    command.env_remove("AMPEL_RSMP_CODE").args(["deploy", "status", "--targets", targets, "--listen", "127.0.0.1:0"]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("AMPEL_RSMP_CODE"));
}
