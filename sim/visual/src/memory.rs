//! What the window remembers from one day to the next: theme, language and what was open.

use crate::desk::{Desk, Diagram};
use crate::layers::Layer;
use crate::palette::Theme;
use bevy::prelude::*;
use evaluation::report::Language;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// The file in which it is kept.
#[derive(Resource, Debug, Clone)]
pub(crate) struct Memory(pub(crate) PathBuf);

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Kept {
    theme: Theme,
    german: bool,
    layer: Option<Layer>,
    diagram: Option<Diagram>,
    no_legend: bool,
}

impl Kept {
    /// What is kept in a file; the usual where there is none or it cannot be read.
    pub(crate) fn read(file: &Path) -> Self {
        fs::read_to_string(file).ok().and_then(|text| toml::from_str(&text).ok()).unwrap_or_default()
    }

    fn of(desk: &Desk, theme: Theme) -> Self {
        Self {
            theme,
            german: desk.language == Language::German,
            layer: desk.layer,
            diagram: desk.diagram,
            no_legend: !desk.legend,
        }
    }

    /// Lays it on the desk.
    pub(crate) fn lay(self, desk: &mut Desk) -> Theme {
        desk.language = if self.german { Language::German } else { Language::English };
        (desk.layer, desk.diagram, desk.legend) = (self.layer, self.diagram, !self.no_legend);
        self.theme
    }
}

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Last, keep.run_if(resource_exists::<Memory>));
}

fn keep(memory: Res<'_, Memory>, desk: Res<'_, Desk>, theme: Res<'_, Theme>, mut last: Local<'_, Option<Kept>>) {
    if !desk.is_changed() && !theme.is_changed() {
        return;
    }
    let now = Kept::of(&desk, *theme);
    if last.replace(now) == Some(now) {
        return;
    }
    let written = toml::to_string(&now).map_err(|e| e.to_string()).and_then(|text| {
        let folder = memory.0.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).and_then(|()| fs::write(&memory.0, text)).map_err(|e| e.to_string())
    });
    if let Err(error) = written {
        // Nothing is lost but the layout.
        debug!("the layout is not remembered: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ampel/window.toml");
        let mut app = App::new();
        let desk = Desk { language: Language::German, layer: Some(Layer::Delay), legend: false, ..Desk::default() };
        app.insert_resource(Memory(file.clone())).insert_resource(desk.clone()).insert_resource(Theme::Dark).add_plugins(plugin);
        app.update();
        let mut again = Desk::default();
        assert_eq!(Kept::read(&file).lay(&mut again), Theme::Dark);
        assert_eq!(again, desk);
        fs::write(&file, "no toml at all [").unwrap();
        assert_eq!(Kept::read(&file), Kept::default());
    }
}
