//! What the reports of several commands have in common.

use crate::failure::{Failure, input};
use crate::manifest::{hashes, scenario_files};
use crate::select::{Chosen, Runs};
use evaluation::report::{Manifest, RunOption};
use model::scenario::Scenario;
use serde_json::{Map, Value};
use std::path::PathBuf;

/// The scenario and the hashes of the very files that it was loaded from.
pub(crate) fn loaded(chosen: &Chosen, runs: &Runs) -> Result<(Scenario, Map<String, Value>), Failure> {
    let folder = &chosen.folder;
    let inputs = || hashes(folder, scenario_files(folder).iter().map(PathBuf::as_path));
    let before = inputs()?;
    let scenario = runs.scenario(chosen)?;
    if inputs()? == before {
        Ok((scenario, before))
    } else {
        Err(input(format!("{} changed while it was read\n  mend: try again when nothing writes to it", folder.display())))
    }
}

/// What was put in: files with their hashes, options, seeds, and the command as it was given.
pub(crate) fn manifest(inputs: Map<String, Value>, seeds: Vec<u64>, options: Vec<RunOption>) -> Manifest {
    let inputs: Vec<(String, String)> =
        inputs.into_iter().filter_map(|(name, hash)| Some((name, hash.as_str()?.to_owned()))).collect();
    let mut all = blake3::Hasher::new();
    for (name, hash) in &inputs {
        all.update(name.as_bytes()).update(hash.as_bytes());
    }
    let arguments: Vec<String> = std::env::args_os().skip(1).map(|a| a.to_string_lossy().into_owned()).collect();
    Manifest {
        version: env!("CARGO_PKG_VERSION").into(),
        command: command(&arguments),
        scenario_hash: all.finalize().to_hex().to_string(),
        seeds,
        inputs,
        options,
    }
}

/// A command line that a shell reads as these arguments.
fn command(arguments: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    let quoted = arguments.iter().map(|a| match a {
        a if !a.is_empty() && a.chars().all(plain) => a.clone(),
        a => format!("'{}'", a.replace('\'', "'\\''")),
    });
    std::iter::once("ampel".to_owned()).chain(quoted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_can_be_pasted_into_a_shell() {
        let given = ["optimise", "my town", "-o", "out", "--seeds", "1..3", "--step=0.25", "it's"].map(String::from);
        assert_eq!(command(&given), r"ampel optimise 'my town' -o out --seeds 1..3 --step=0.25 'it'\''s'");
    }
}
