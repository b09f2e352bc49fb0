//! The `.sumocfg` of a network: which files, and from when to when.

use interchange::xml::{Reader, Step};
use std::path::{Path, PathBuf};

/// What a folder holds.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) name: String,
    pub(crate) net: PathBuf,
    pub(crate) routes: PathBuf,
    pub(crate) begin: u32,
    pub(crate) end: u32,
}

impl Config {
    /// Reads the one configuration of a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let unreadable = |e: std::io::Error| format!("{} cannot be read: {e}", folder.display());
        let entries = std::fs::read_dir(folder).map_err(unreadable)?.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
        let files: Vec<PathBuf> =
            entries.iter().map(std::fs::DirEntry::path).filter(|p| p.extension().is_some_and(|x| x == "sumocfg")).collect();
        let [file] = files.as_slice() else {
            return Err(format!("{} has {} files .sumocfg, one is needed", folder.display(), files.len()));
        };
        let lacks = |what: &str| format!("{}: there is no <{what} value=\"...\"/>", file.display());
        let name = file.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
        let mut values: [Option<String>; 4] = Default::default();
        let mut xml = Reader::open(file).map_err(|e| e.to_string())?;
        while let Some(step) = xml.advance().map_err(|e| e.to_string())? {
            let at = KEYS.iter().position(|k| *k == xml.element().name());
            if let (Step::Open, Some(at)) = (step, at) {
                values[at] = xml.element().get("value").map(str::to_owned);
            }
        }
        let get = |i: usize| values[i].as_deref().ok_or_else(|| lacks(KEYS[i]));
        let second = |i: usize| get(i)?.parse::<f64>().map(|s| s as u32).map_err(|e| format!("{}: {e}", KEYS[i]));
        Ok(Self { name, net: folder.join(get(0)?), routes: folder.join(get(1)?), begin: second(2)?, end: second(3)? })
    }
}

const KEYS: [&str; 4] = ["net-file", "route-files", "begin", "end"];
