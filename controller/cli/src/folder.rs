//! Folders and files that are written whole or not at all, and replace only what this program has made.

use crate::failure::{Failure, input};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A folder to be written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    /// Where.
    pub(crate) folder: &'a Path,
    /// Whether a folder that is there already may be replaced.
    pub(crate) force: bool,
    /// Whether that may be a scenario; other folders hold results, with a manifest.
    pub(crate) scenario: bool,
    /// What is read: neither it nor a folder that holds it is replaced.
    pub(crate) inputs: &'a [&'a Path],
}

impl Target<'_> {
    /// Refuses before long work begins: what must not be replaced, and where nothing can be written.
    pub(crate) fn refuse(&self) -> Result<(), Failure> {
        let refuse = |what: &str, mend: &str| Err(input(format!("{} {what}\n  mend: {mend}", self.folder.display())));
        if self.folder.file_name().is_none() {
            return refuse("is no name for a new folder", "name the folder itself, such as out");
        }
        match fs::symlink_metadata(self.folder) {
            Err(_) => return can_hold(existing(parent(self.folder)), self.folder),
            Ok(found) if !found.is_dir() => return refuse("exists and is no folder", "give another name"),
            Ok(_) => {}
        }
        let full = !is_empty(self.folder);
        if full && !self.force {
            return refuse("exists", "give --force to replace it");
        }
        if let Some(what) = self.holds_something_needed() {
            return refuse(&format!("cannot be replaced: {what}"), "give another folder");
        }
        if full && !self.is_ours() {
            let what = if self.scenario { "neither a scenario nor results" } else { "no results" };
            return refuse(
                &format!("cannot be replaced: it holds {what} of this program"),
                "give another folder, or move it away",
            );
        }
        can_hold(parent(self.folder), self.folder)
    }

    /// Writes it: `fill` fills a new folder beside it, which takes its name once it is complete. What was there before
    /// goes last, and comes back when anything fails.
    pub(crate) fn write(&self, fill: impl FnOnce(&Path) -> Result<(), Failure>) -> Result<(), Failure> {
        self.refuse()?;
        let cannot = |e: io::Error| unwritable(self.folder, &e);
        let parent = parent(self.folder);
        fs::create_dir_all(parent).map_err(cannot)?;
        let made = beside(parent).map_err(cannot)?;
        fill(made.path())?;
        open_permissions(made.path(), 0o755).map_err(cannot)?;
        if self.folder.exists() {
            self.swap(made.path(), parent)?;
        } else {
            fs::rename(made.path(), self.folder).map_err(cannot)?;
        }
        // It has moved away: nothing is left to be removed.
        let _ = made.keep();
        Ok(())
    }

    fn swap(&self, made: &Path, parent: &Path) -> Result<(), Failure> {
        let cannot = |e: io::Error| unwritable(self.folder, &e);
        let aside = beside(parent).map_err(cannot)?;
        let old = aside.path().join("old");
        fs::rename(self.folder, &old).map_err(cannot)?;
        let Err(error) = fs::rename(made, self.folder) else { return Ok(()) };
        if fs::rename(&old, self.folder).is_err() {
            let kept = aside.keep().join("old");
            return Err(input(format!(
                "{} cannot be written: {error}\n  what was there is {}",
                self.folder.display(),
                kept.display()
            )));
        }
        Err(cannot(error))
    }

    /// Why the folder must stay, when it must: it is, or holds, something that is needed.
    fn holds_something_needed(&self) -> Option<String> {
        let own = fs::canonicalize(self.folder).ok()?;
        let here = std::env::current_dir().ok().map(|p| (p, "the working folder".to_owned()));
        let home = std::env::home_dir().map(|p| (p, "a home folder".to_owned()));
        let inputs = self.inputs.iter().map(|p| (p.to_path_buf(), format!("{}, which is read", p.display())));
        let mut needed = here.into_iter().chain(home).chain(inputs);
        let inside = |path: &Path| fs::canonicalize(path).is_ok_and(|p| p.starts_with(&own));
        if let Some((_, what)) = needed.find(|(path, _)| inside(path)) {
            return Some(format!("it is or holds {what}"));
        }
        scenario_below(&own).map(|p| format!("it holds the scenario {}", p.display()))
    }

    /// Whether this program has written what is there.
    fn is_ours(&self) -> bool {
        let scenario = self.folder.join("scenario.toml").is_file();
        if scenario { self.scenario } else { has_manifest(self.folder) }
    }
}

/// Whether a folder has a manifest of this program.
fn has_manifest(folder: &Path) -> bool {
    let read = fs::read(folder.join("manifest.json")).ok();
    let value = read.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    value.is_some_and(|v| v["schema"].is_u64() && v["command"].as_str().is_some_and(|c| c.starts_with("ampel ")))
}

/// A scenario in a folder below this one, as far as anybody would keep one there.
fn scenario_below(folder: &Path) -> Option<PathBuf> {
    let below = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        entries.filter(|e| e.file_type().is_ok_and(|t| t.is_dir())).map(|e| e.path()).collect()
    };
    let mut level = below(folder);
    for _ in 0..4 {
        if let Some(found) = level.iter().find(|p| p.join("scenario.toml").is_file()) {
            return Some(found.clone());
        }
        level = level.iter().flat_map(|p| below(p)).collect();
    }
    None
}

/// Writes a file whole or not at all: a new file beside it takes its name.
pub(crate) fn write_whole(file: &Path, force: bool, content: &str) -> Result<(), Failure> {
    let cannot = |e: io::Error| unwritable(file, &e);
    refuse_file(file, force)?;
    if fs::metadata(file).is_ok_and(|m| !m.is_file()) {
        // A pipe or a terminal: it takes what it is given, and has no old content.
        return fs::write(file, content).map_err(cannot);
    }
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_path_buf());
    let mut made = tempfile::Builder::new().prefix(".ampel-").tempfile_in(parent(&file)).map_err(cannot)?;
    made.write_all(content.as_bytes()).map_err(cannot)?;
    open_permissions(made.path(), 0o644).map_err(cannot)?;
    let placed = if force { made.persist(&file) } else { made.persist_noclobber(&file) };
    placed.map(|_| ()).map_err(|e| cannot(e.error))
}

/// Refuses a file that exists, or cannot be written, before long work begins.
pub(crate) fn refuse_file(file: &Path, force: bool) -> Result<(), Failure> {
    let refuse = |what: &str, mend: &str| Err(input(format!("{} {what}\n  mend: {mend}", file.display())));
    match fs::metadata(file) {
        Ok(found) if found.is_dir() => refuse("is a folder", "give the name of a file"),
        Ok(found) if found.is_file() && !force => refuse("exists", "give --force to replace it"),
        Ok(found) if !found.is_file() => Ok(()),
        _ => can_hold(parent(file), file),
    }
}

/// Whether a folder can take something new; tried, because permissions do not tell the whole.
fn can_hold(folder: &Path, target: &Path) -> Result<(), Failure> {
    beside(folder).map(|_| ()).map_err(|e| unwritable(target, &e))
}

/// A new folder of a name that nobody has; it goes when it is dropped.
fn beside(parent: &Path) -> io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix(".ampel-").tempdir_in(parent)
}

fn unwritable(target: &Path, error: &io::Error) -> Failure {
    input(format!("{} cannot be written: {error}\n  mend: give a place that can be written", target.display()))
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The nearest folder above that exists.
fn existing(folder: &Path) -> &Path {
    folder.ancestors().find(|p| p.exists()).unwrap_or(Path::new("."))
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

/// A temporary file or folder is private; the finished one is like any other.
#[cfg(unix)]
fn open_permissions(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn open_permissions(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}
