//! Pictures: F12 in the window, and one frame without any window.

use crate::letters::text;
use crate::view::Canvas;
use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use std::path::{Path, PathBuf};

/// Frames drawn before the picture is taken: fonts, layout and meshes have arrived by then.
const FRAMES_BEFORE: u32 = 4;
/// Frames after which a picture that has not come will not come.
const FRAMES_LIMIT: u32 = 600;

/// The picture that the run without a window is for.
#[derive(Resource)]
pub(crate) struct Order {
    pub(crate) file: PathBuf,
}

/// What became of the picture.
#[derive(Resource, Default)]
pub(crate) struct Outcome(pub(crate) Option<Result<(), String>>);

/// For the window: F12.
pub(crate) fn window_plugin(app: &mut App) {
    app.add_systems(Update, obey_key);
}

/// For the run without a window: one picture, then the end.
pub(crate) fn headless_plugin(app: &mut App) {
    app.init_resource::<Outcome>().add_systems(Last, take_ordered);
}

fn save(image: &Image, file: &Path) -> Result<(), String> {
    let picture = image.clone().try_into_dynamic().map_err(|e| e.to_string())?;
    picture.to_rgb8().save(file).map_err(|e| format!("{}: {e}", file.display()))
}

fn take_ordered(
    mut commands: Commands<'_, '_>,
    canvas: Res<'_, Canvas>,
    order: Res<'_, Order>,
    outcome: Res<'_, Outcome>,
    mut frames: Local<'_, u32>,
    mut exit: MessageWriter<'_, AppExit>,
) {
    *frames += 1;
    if outcome.0.is_some() || *frames > FRAMES_LIMIT {
        exit.write(AppExit::Success);
    }
    if *frames == FRAMES_BEFORE {
        let file = order.file.clone();
        commands.spawn(Screenshot::image(canvas.0.clone())).observe(
            move |taken: On<'_, '_, ScreenshotCaptured>, mut outcome: ResMut<'_, Outcome>| {
                outcome.0 = Some(save(&taken.image, &file));
            },
        );
    }
}

/// Tells where the picture went, for a while.
#[derive(Component)]
struct Notice(Timer);

fn obey_key(
    mut commands: Commands<'_, '_>,
    keys: Res<'_, ButtonInput<KeyCode>>,
    time: Res<'_, Time<Real>>,
    mut notices: Query<'_, '_, (Entity, &mut Notice)>,
) {
    let asked = keys.just_pressed(KeyCode::F12);
    for (entity, mut notice) in &mut notices {
        if notice.0.tick(time.delta()).is_finished() || asked {
            commands.entity(entity).despawn();
        }
    }
    if asked {
        let file = free_name(Path::new("."));
        commands.spawn(Screenshot::primary_window()).observe(
            move |taken: On<'_, '_, ScreenshotCaptured>, mut commands: Commands<'_, '_>| {
                let said = save(&taken.image, &file).map_or_else(|e| e, |()| format!("picture saved: {}", file.display()));
                commands.spawn(notice(said));
            },
        );
    }
}

fn notice(said: String) -> impl Bundle {
    let place =
        Node { position_type: PositionType::Absolute, bottom: px(44), right: px(14), padding: UiRect::all(px(8)), ..default() };
    let look = (BackgroundColor(crate::palette::PANEL), GlobalZIndex(20));
    (Notice(Timer::from_seconds(4.0, TimerMode::Once)), place, look, text(said, 12.0, false, crate::palette::INK))
}

/// The first name that is not taken: a picture never overwrites one.
fn free_name(folder: &Path) -> PathBuf {
    let mut number = 1;
    loop {
        let file = folder.join(format!("ampel-{number:03}.png"));
        if !file.exists() {
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
        assert_eq!(free_name(folder.path()), folder.path().join("ampel-002.png"));
    }
}
