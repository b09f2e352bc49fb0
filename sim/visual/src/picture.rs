//! F12: a picture of the window into the current folder.

use crate::desk::{Action, Actions, Desk, Notice};
use crate::export::{Outbox, free_name};
use crate::words;
use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use std::path::Path;

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Update, obey_key);
}

/// Writes an image as PNG.
pub(crate) fn save(image: &Image, file: &Path) -> Result<(), String> {
    let picture = image.clone().try_into_dynamic().map_err(|e| e.to_string())?;
    picture.to_rgb8().save(file).map_err(|e| format!("{}: {e}", file.display()))
}

fn obey_key(
    mut commands: Commands<'_, '_>,
    keys: Res<'_, ButtonInput<KeyCode>>,
    outbox: Res<'_, Outbox>,
    canvas: Option<Res<'_, crate::view::Canvas>>,
) {
    if !keys.just_pressed(KeyCode::F12) {
        return;
    }
    let file = free_name(&outbox.0, "ampel", "png");
    let shot = canvas.map_or_else(Screenshot::primary_window, |c| Screenshot::image(c.0.clone()));
    commands.spawn(shot).observe(
        move |taken: On<'_, '_, ScreenshotCaptured>, desk: Res<'_, Desk>, mut actions: ResMut<'_, Actions>| {
            let shown = file.display().to_string();
            let told = match save(&taken.image, &file) {
                Ok(()) => Notice::good(words::SAVED.with(desk.language, &[&shown])),
                Err(error) => Notice::bad(error),
            };
            actions.push(Action::Tell(told));
        },
    );
}
