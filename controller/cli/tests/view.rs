//! `ampel view` hands over to the window that lies beside it, and says so when there is none.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

/// Run with a path that leads nowhere else.
fn view(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(folder.join("ampel")).arg("view").args(arguments).env("PATH", folder).output().expect("the program starts")
}

// One test: a file cannot be run while another thread's new process still has it open for writing.
#[test]
fn the_window_beside_the_program_gets_every_option_and_keeps_its_exit_code() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::copy(env!("CARGO_BIN_EXE_ampel"), folder.path().join("ampel")).expect("a copy of the program");

    let alone = view(folder.path(), &["town"]);
    let said = String::from_utf8_lossy(&alone.stderr);
    assert!(said.contains("ampel-view") && said.contains("cargo build --release -p visual"), "{said}");
    assert_eq!(alone.status.code(), Some(2));

    let window = folder.path().join("ampel-view");
    fs::write(&window, "#!/bin/sh\necho \"$@\"\nexit 7\n").expect("a script");
    fs::set_permissions(&window, fs::Permissions::from_mode(0o755)).expect("it can be run");
    let output = view(folder.path(), &["town", "--plan", "wave", "--at", "07:30:00"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "town --plan wave --at 07:30:00");
    assert_eq!(output.status.code(), Some(7));
}
