//! The help: every key, over the map.

use crate::keys::KEYS;
use crate::letters::text;
use crate::palette;
use crate::scene::Part;
use bevy::input::keyboard::Key;
use bevy::prelude::*;

#[derive(Component)]
struct Help;

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Startup, set_up).add_systems(Update, obey_keys.in_set(Part::Input));
}

fn set_up(mut commands: Commands<'_, '_>) {
    let backdrop = Node {
        position_type: PositionType::Absolute,
        width: percent(100),
        height: percent(100),
        align_items: AlignItems::Center,
        justify_content: JustifyContent::Center,
        ..default()
    };
    let sheet = Node {
        flex_direction: FlexDirection::Column,
        row_gap: px(7),
        padding: UiRect::axes(px(28), px(22)),
        border: UiRect::all(px(1)),
        ..default()
    };
    commands.spawn((Help, backdrop, GlobalZIndex(10), Visibility::Hidden)).with_children(|over| {
        over.spawn((sheet, BackgroundColor(palette::PANEL), BorderColor::all(palette::RIM))).with_children(|column| {
            column.spawn(text("Keys", 17.0, true, palette::INK));
            for (key, meaning) in KEYS {
                column.spawn(Node { column_gap: px(16), ..default() }).with_children(|row| {
                    row.spawn(Node { width: px(230), ..default() }).with_child(text(key, 13.0, true, palette::INK));
                    row.spawn(text(meaning, 13.0, false, palette::INK));
                });
            }
        });
    });
}

fn obey_keys(
    keys: Res<'_, ButtonInput<KeyCode>>,
    letters: Res<'_, ButtonInput<Key>>,
    mut help: Single<'_, '_, &mut Visibility, With<Help>>,
    mut exit: MessageWriter<'_, AppExit>,
) {
    let shown = **help != Visibility::Hidden;
    let asked = keys.just_pressed(KeyCode::F1) || letters.just_pressed(Key::Character("?".into()));
    let escaped = keys.just_pressed(KeyCode::Escape);
    if asked || (escaped && shown) {
        **help = if shown { Visibility::Hidden } else { Visibility::Inherited };
    } else if escaped || keys.just_pressed(KeyCode::KeyQ) {
        exit.write(AppExit::Success);
    }
}
