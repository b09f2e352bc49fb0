//! `ampel tlc --snmp` and `ampel deploy` over NTCIP as processes, with a user of SNMP 3 who hides what is said.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![cfg(unix)]

mod process;

use process::Process;
use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const PASSWORD: &str = "a long password";
const PRIVACY: &str = "another password";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn ampel() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ampel"));
    command.current_dir(root()).env("AMPEL_SNMP_PASSWORD", PASSWORD).env("AMPEL_SNMP_PRIVACY", PRIVACY);
    command
}

fn tlc(access: &Path) -> Command {
    let mut command = ampel();
    command.args(["tlc", "--scenario", "scenarios/dortmund-wall", "--plan", "importer", "--plan", "importer"]);
    command.args(["--speed", "30", "--for", "300", "--snmp", "127.0.0.1:0", "--snmp-access"]).arg(access);
    command
}

fn write(file: &Path, text: &str, mode: u32) {
    std::fs::write(file, text).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Starts the controllers, and writes a file of targets with where each answers.
fn street(folder: &Path) -> Process {
    let access = folder.join("access.toml");
    let user = format!(
        "[[user]]\nname = \"ampel\"\nauth = \"sha256\"\npassword = \"{PASSWORD}\"\nprivacy = \"{PRIVACY}\"\nmay_write = true\n"
    );
    write(&access, &user, 0o600);
    let mut street = Process::spawn(tlc(&access).stderr(Stdio::piped()));
    let mut targets = format!(
        "schema = 1\nscenario = \"{}\"\nwatch_cycles = 1\nclock_tolerance_s = 10.0\nmin_interval_s = 0\nspeed = 30\n",
        root().join("scenarios/dortmund-wall").display()
    );
    targets += "[[held]]\nnumber = 1\nplan = \"importer\"\n[[held]]\nnumber = 2\nplan = \"importer\"\n";
    for line in BufReader::new(street.0.stderr.take().unwrap()).lines().take(19) {
        let line = line.unwrap();
        let (site, address) = line.split_once(" answers at ").unwrap();
        writeln!(targets, "[[target]]\nsite = \"{site}\"\nsignal = \"{site}\"\nprotocol = \"ntcip\"").unwrap();
        writeln!(targets, "address = \"{address}\"\nuser = \"ampel\"\nauth = \"sha256\"").unwrap();
    }
    write(&folder.join("targets.toml"), &targets, 0o644);
    street
}

fn deploy(folder: &Path, action: &str) -> Output {
    let mut command = ampel();
    command.args(["-q", "deploy", action, "--targets"]).arg(folder.join("targets.toml"));
    command.arg("--journal").arg(folder.join("journal"));
    if matches!(action, "push" | "diff") {
        command.args(["--plan", "importer"]);
    }
    command.output().unwrap()
}

#[test]
fn a_corridor_is_pushed_and_brought_back_over_ntcip_and_secrets_stay_secret() {
    let folder = tempfile::tempdir().unwrap();
    let _street = street(folder.path());
    while !deploy(folder.path(), "diff").status.success() {}
    let mut said = String::new();
    for (action, plan) in [("push", 2), ("rollback", 1)] {
        let output = deploy(folder.path(), action);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let status = deploy(folder.path(), "status");
        let text = String::from_utf8(status.stdout).unwrap();
        assert_eq!(text.lines().filter(|l| l.contains(&format!("plan {plan} "))).count(), 19, "{text}");
        said += &(text + &String::from_utf8_lossy(&output.stdout) + &String::from_utf8_lossy(&output.stderr));
    }
    said += &std::fs::read_to_string(folder.path().join("journal")).unwrap();
    assert!(!said.contains(PASSWORD) && !said.contains(PRIVACY));
    // Another password is not heard, and not said.
    let mut command = ampel();
    command.env("AMPEL_SNMP_PASSWORD", "guessed password").args(["deploy", "status", "--targets"]);
    let output = command.arg(folder.path().join("targets.toml")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(5));
    assert!(text.contains("the password is wrong") && !text.contains("guessed"), "{text}");
}

#[test]
fn secrets_have_to_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let access = folder.path().join("access.toml");
    for (text, mode, why) in [
        ("[[community]]\nname = \"s3cret\"\n", 0o644, "chmod 600"),
        ("[[community]]\nname = \"s3cret\"\nport = 1\n", 0o600, "does not say who may ask"),
        ("[[user]]\nname = \"u\"\nauth = \"sha1\"\npassword = \"s3cret\"\n", 0o600, "shorter than 8"),
        ("", 0o600, "lets nobody ask"),
    ] {
        write(&access, text, mode);
        let output = tlc(&access).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(why) && !said.contains("s3cret"), "{said}");
    }
}
