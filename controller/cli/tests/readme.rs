//! The README says nothing that the program does not do, and points nowhere that does not exist.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Lines of the blocks of shell commands.
fn commands(text: &str) -> Vec<&str> {
    let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.flat_map(str::lines).collect()
}

/// The arguments of `ampel` in a command, when it is one.
fn arguments(command: &str) -> Option<Vec<&str>> {
    let rest = command.strip_prefix("ampel ").or_else(|| command.strip_prefix("cargo run --release -- "))?;
    Some(rest.split_whitespace().collect())
}

/// Words that name the subcommand: two where a format or an action follows.
fn subcommand<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    let words = if ["import", "export", "deploy"].contains(&arguments[0]) { 2 } else { 1 };
    arguments[..words].to_vec()
}

fn help(words: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ampel")).args(words).arg("--help").output().expect("ampel starts");
    assert!(output.status.success(), "there is no `ampel {}`", words.join(" "));
    String::from_utf8(output.stdout).expect("help is text")
}

/// Commands of a page that sets them off by four spaces, without the variables of the environment before them.
fn indented(text: &str) -> Vec<&str> {
    let lines = text.lines().filter_map(|l| l.strip_prefix("    "));
    lines.map(|l| if l.starts_with("AMPEL_") { l.split_once(' ').map_or(l, |(_, rest)| rest) } else { l }).collect()
}

#[test]
fn every_command_and_option_exists() {
    let (text, street) = (read("README.md"), read("controller/deploy/README.md"));
    let own: Vec<_> = commands(&text).into_iter().filter_map(arguments).collect();
    let street: Vec<_> = indented(&street).into_iter().filter_map(arguments).collect();
    assert!(own.len() >= 10 && street.len() >= 12, "{own:?} {street:?}");
    for arguments in own.into_iter().chain(street) {
        let words = subcommand(&arguments);
        let help = help(&words);
        // What follows is handed to the window, whose options these are.
        let own = if words == ["view"] { &arguments[..2] } else { &arguments[..] };
        for option in own.iter().filter(|a| a.starts_with('-')) {
            let known = help.split_whitespace().any(|word| word.trim_end_matches(',') == *option);
            assert!(known, "`ampel {}` has no option {option}", words.join(" "));
        }
    }
}

#[test]
fn every_subcommand_is_explained() {
    let (text, help) = (read("README.md"), help(&[]));
    let list = help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("a list of commands");
    let names = list.lines().filter(|l| l.starts_with("  ") && !l.starts_with("   ")).filter_map(|l| l.split_whitespace().next());
    for name in names.filter(|n| *n != "help") {
        assert!(text.contains(&format!("`ampel {name}")), "the README does not mention `ampel {name}`");
    }
}

#[test]
fn every_exit_code_is_explained() {
    let (text, help) = (read("README.md"), help(&[]));
    let codes = help.split("Exit codes: ").nth(1).expect("a list of exit codes");
    for code in codes.split(|c: char| !c.is_ascii_digit()).filter(|c| !c.is_empty()) {
        assert!(text.contains(&format!("\n| {code} |")), "exit code {code} is not in the README");
    }
}

#[test]
fn every_link_leads_somewhere() {
    for file in ["README.md", "ARCHITECTURE.md", "benches/README.md", "controller/deploy/README.md"] {
        let text = read(file);
        let folder = root().join(file).parent().expect("a folder").to_path_buf();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|l| !l.starts_with("https://")) {
            assert!(folder.join(link).exists(), "{file} points to {link}");
        }
    }
}

#[test]
fn what_is_run_before_a_change_is_what_the_readme_says() {
    let script = read(".ci/run");
    for command in ["cargo test", "optimise scenarios/dortmund-wall -o"] {
        assert!(read("README.md").contains(command) && script.contains(command), "{command}");
    }
}

#[test]
fn the_picture_is_small() {
    let size = fs::metadata(root().join("docs/dortmund-wall.png")).expect("the picture").len();
    assert!((10_000..300_000).contains(&size), "{size} bytes");
}
