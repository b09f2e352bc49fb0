//! `manifest.json`: what an output folder was made of.

use crate::failure::{Failure, input};
use crate::output::write_file;
use model::scenario::period_files;
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// What went into an output folder.
#[derive(Debug)]
pub(crate) struct Made<'a> {
    /// The command, without the folder it writes.
    pub(crate) command: String,
    /// BLAKE3 hash of every input file, by name.
    pub(crate) inputs: Map<String, Value>,
    /// Options with their values.
    pub(crate) options: Value,
    /// Everything that is assumed.
    pub(crate) assumptions: &'a [String],
}

impl Made<'_> {
    /// Writes the manifest into a folder.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), Failure> {
        let value = json!({ "schema": 1, "version": env!("CARGO_PKG_VERSION"), "command": self.command, "inputs": self.inputs,
            "options": self.options, "assumptions": self.assumptions });
        write_file(&folder.join("manifest.json"), &format!("{value:#}\n"))
    }
}

/// The BLAKE3 hash of every file, by name: that inside `folder` where one is given, its path elsewhere.
pub(crate) fn hashes<'a>(folder: &Path, files: impl IntoIterator<Item = &'a Path>) -> Result<Map<String, Value>, Failure> {
    let one = |file: &Path| {
        let bytes = fs::read(file).map_err(|e| input(format!("{} cannot be read: {e}", file.display())))?;
        let name = file.strip_prefix(folder).unwrap_or(file).display().to_string();
        Ok((name, json!(blake3::hash(&bytes).to_hex().to_string())))
    };
    files.into_iter().map(one).collect()
}

/// The files of a scenario, in order, those of its periods among them.
pub(crate) fn scenario_files(folder: &Path) -> Vec<PathBuf> {
    let entries = |place: PathBuf| fs::read_dir(place).into_iter().flatten().filter_map(Result::ok).map(|e| e.path());
    let all = entries(folder.to_path_buf()).chain(entries(folder.join("plans")));
    let mut files: Vec<PathBuf> = all.filter(|p| p.extension().is_some_and(|x| x == "toml")).collect();
    files.extend(period_files(folder).into_iter().filter(|p| p.is_file()));
    files.sort();
    files.dedup();
    files
}
