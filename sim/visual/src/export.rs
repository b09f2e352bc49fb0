//! Diagrams as files: SVG and PNG under a name that is not taken.

use crate::desk::{Desk, Trial};
use crate::diagrams::{self, Subject};
use crate::edit::History;
use crate::figure::{png, svg};
use crate::obey::shown_plans;
use crate::run::Playing;
use crate::save::write_new;
use crate::scene::Scene;
use crate::words;
use bevy::prelude::*;
use evaluation::report::Language;
use std::path::{Path, PathBuf};

/// Width and height of a diagram on paper, in points.
const PAPER: (f32, f32) = (900.0, 420.0);

/// Where pictures and drawings go.
#[derive(Resource, Debug, Clone)]
pub(crate) struct Outbox(pub(crate) PathBuf);

impl Default for Outbox {
    fn default() -> Self {
        Self(PathBuf::from("."))
    }
}

/// Saves the diagram that is open; says where.
pub(crate) fn diagram(world: &mut World, language: Language) -> Result<String, String> {
    let desk = world.resource::<Desk>();
    let Some(open) = desk.diagram else { return Err(words::CHOOSE_SIGNAL.of(language).into()) };
    let (scene, player) = (world.resource::<Scene>(), &world.non_send::<Playing>().0);
    let (plans, tried) = shown_plans(scene, world.resource::<History>(), world.resource::<Trial>(), player);
    let subject = Subject { desk, scene, player, plans: plans.as_deref(), tried, width: PAPER.0, height: PAPER.1 };
    let drawing = svg(&diagrams::figure(open, &subject));
    let pixels = png(&drawing)?;
    let file = free_name(&world.resource::<Outbox>().0, &format!("ampel-{}", open.key()), "svg");
    for (path, bytes) in [(file.clone(), drawing.as_bytes()), (file.with_extension("png"), &pixels)] {
        write_new(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(words::SAVED.with(language, &[&format!("{}, .png", file.display())]))
}

/// The first name that is not taken, nor with `png`: nothing is ever written over.
pub(crate) fn free_name(folder: &Path, stem: &str, ending: &str) -> PathBuf {
    let mut number = 1;
    loop {
        let file = folder.join(format!("{stem}-{number:03}.{ending}"));
        if !file.exists() && !file.with_extension("png").exists() {
            return file;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_never_overwrites_one() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ampel-001.png"), b"").unwrap();
        assert_eq!(free_name(folder.path(), "ampel", "png"), folder.path().join("ampel-002.png"));
    }
}
