//! Opening a scenario while the window is there: its faults are shown, and another one can be opened.

use crate::desk::{Desk, Dialog, Trial};
use crate::edit::History;
use crate::player::Player;
use crate::run::Playing;
use crate::scene::Scene;
use crate::view::View;
use bevy::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};

/// The faults of the scenario that could not be opened.
#[derive(Resource, Debug, Clone)]
pub(crate) struct Faulty {
    pub(crate) folder: PathBuf,
    /// One sentence a fault, with file, line and mend.
    pub(crate) faults: Vec<String>,
}

/// Where scenarios are looked for, for the welcome.
#[derive(Resource, Debug, Clone)]
pub(crate) struct Shelf(pub(crate) PathBuf);

impl Default for Shelf {
    fn default() -> Self {
        Self(PathBuf::from("scenarios"))
    }
}

impl Shelf {
    /// The folders with a scenario, each with its title, in order.
    pub(crate) fn scenarios(&self) -> Vec<(PathBuf, String)> {
        let folders = fs::read_dir(&self.0).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut found: Vec<(PathBuf, String)> = folders.filter_map(|f| title(&f).map(|t| (f, t))).collect();
        found.sort();
        found
    }
}

/// The title of the scenario in a folder; `None` where there is none.
fn title(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join("scenario.toml")).ok()?;
    let table: toml::Table = text.parse().ok()?;
    table.get("title")?.as_str().map(str::to_owned)
}

/// Opens the scenario of a folder in place of what is there; where it has faults, they are shown.
pub(crate) fn folder(world: &mut World, folder: &Path) {
    match model::scenario::load(folder) {
        Ok(scenario) => {
            let plan = scenario.plan(None).cloned();
            scene(world, Scene::new(scenario, plan, 1, Some(folder.to_path_buf())), None);
        }
        Err(faults) => {
            let faults = faults.0.iter().map(ToString::to_string).collect();
            world.insert_resource(Faulty { folder: folder.to_path_buf(), faults });
            world.resource_mut::<Desk>().dialog = Dialog::Open(String::new());
        }
    }
}

/// Puts a scene in place of the one that is there, at its first second or at one of the day.
pub(crate) fn scene(world: &mut World, scene: Scene, at: Option<f64>) {
    let mut player = Player::of(scene.world());
    if let Some(second) = at {
        player.run_to(second);
    }
    world.insert_non_send(Playing(player));
    world.remove_resource::<Faulty>();
    world.insert_resource(History::default());
    world.insert_resource(Trial::default());
    if let Some(mut view) = world.get_resource_mut::<View>() {
        *view = View::fit(scene.ground.half, view.size);
    }
    world.insert_resource(scene);
    let mut desk = world.resource_mut::<Desk>();
    let kept = desk.clone();
    *desk = Desk { language: kept.language, legend: kept.legend, panels: kept.panels, diagram: kept.diagram, ..Desk::default() };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy;

    #[test]
    fn the_shelf_lists_folders_with_a_scenario() {
        let folder = tempfile::tempdir().unwrap();
        let toy = folder.path().join("toy");
        fs::create_dir_all(&toy).unwrap();
        fs::create_dir_all(folder.path().join("empty")).unwrap();
        toy::write(&toy);
        assert_eq!(Shelf(folder.path().into()).scenarios(), [(toy, "Two crossroads on a wall".to_owned())]);
        assert!(Shelf(folder.path().join("nowhere")).scenarios().is_empty());
    }
}
