//! Saving what is changed in the scenario: plans as a plan of a new name, roadworks where they are. Whole files or nothing.

use crate::edit::History;
use crate::obey::latest;
use crate::save_works;
use crate::scene::Scene;
use crate::words;
use bevy::prelude::*;
use evaluation::report::Language;
use model::scenario::PlanSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Saves the roadworks, where any are changed, and the plans under a name, where any are; says where.
pub(crate) fn changes(world: &mut World, language: Language, name: &str) -> Result<String, String> {
    let history = world.resource::<History>();
    let (works, plans) = (history.works().is_some(), history.changes_plans());
    let mut saved = Vec::new();
    // The plan first: it may be refused for its name.
    if plans || !works {
        saved.push(plan(world, language, name)?);
    }
    if works {
        let file = save_works::roadworks(world.resource::<Scene>(), world.resource::<History>(), language)?;
        saved.push(words::SAVED.with(language, &[&file.display()]));
    }
    Ok(saved.join("; "))
}

/// Saves the plans with every change under a name; says where.
pub(crate) fn plan(world: &mut World, language: Language, name: &str) -> Result<String, String> {
    let (scene, history) = (world.resource::<Scene>(), world.resource::<History>());
    let changed =
        history.done().iter().rfind(|m| m.works.is_none()).ok_or_else(|| words::NOTHING_TO_SAVE.of(language).to_owned())?;
    let plans = latest(scene, history).ok_or_else(|| words::NO_SIGNALS.of(language).to_owned())?;
    let folder = scene.folder.clone().ok_or_else(|| words::NO_FOLDER.of(language).to_owned())?;
    let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 60 || !name.chars().all(good) {
        return Err(words::NAME_BAD.of(language).into());
    }
    let titles: Vec<&str> = history.done().iter().filter(|m| m.works.is_none()).map(|m| m.title.as_str()).collect();
    let source = format!("changed by hand from {}: {}", scene.plan.as_ref().map_or("", |p| &p.name), titles.join("; "));
    let named = PlanSet { name: name.into(), source, ..(*plans).clone() };
    let text = toml::to_string(&named.to_file(&scene.scenario.signals)).map_err(|e| e.to_string())?;
    let file = folder.join("plans").join(format!("{name}.toml"));
    let _ = changed;
    match write_new(&file, text.as_bytes()) {
        Ok(()) => {
            let shown = file.display().to_string();
            world.resource_mut::<Scene>().scenario.plans.insert(name.into(), named);
            Ok(words::SAVED.with(language, &[&shown]))
        }
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(words::NAME_TAKEN.with(language, &[&name])),
        Err(e) => Err(format!("{}: {e}", file.display())),
    }
}

/// Writes a file that does not exist yet: first under another name, then renamed, so that nobody sees half of it.
pub(crate) fn write_new(file: &Path, bytes: &[u8]) -> io::Result<()> {
    if file.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    write(file, bytes)
}

/// Writes a file, or writes it anew, in the same way.
pub(crate) fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut name = std::ffi::OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(".part");
    let part: PathBuf = folder.join(name);
    let written = (|| {
        let mut to = fs::File::create(&part)?;
        to.write_all(bytes)?;
        to.sync_all()?;
        fs::rename(&part, file)
    })();
    if written.is_err() {
        // What is left of a file that could not be written is of no use.
        let _ = fs::remove_file(&part);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_whole_and_never_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("plans/mine.toml");
        write_new(&file, b"schema = 1").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"schema = 1");
        assert_eq!(write_new(&file, b"other").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_dir(folder.path().join("plans")).unwrap().count(), 1);
    }
}
