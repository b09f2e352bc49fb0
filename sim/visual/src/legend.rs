//! The legend: classes of vehicles of this scenario with their colours; `L` shows and hides it.

use crate::letters::text;
use crate::palette;
use crate::scene::{Part, Scene};
use crate::view::BAR;
use bevy::prelude::*;
use model::vehicle::VehicleClass;

#[derive(Component)]
struct Legend;

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Startup, set_up).add_systems(Update, obey_key.in_set(Part::Input));
}

fn set_up(mut commands: Commands<'_, '_>, scene: Res<'_, Scene>) {
    let classes: Vec<VehicleClass> =
        VehicleClass::ALL.into_iter().filter(|&c| scene.scenario.demand.types.iter().any(|t| t.class == c)).collect();
    if classes.is_empty() {
        return;
    }
    let frame = Node {
        position_type: PositionType::Absolute,
        left: px(12),
        bottom: px(BAR + 4.0),
        flex_direction: FlexDirection::Column,
        row_gap: px(3),
        padding: UiRect::axes(px(10), px(8)),
        border: UiRect::all(px(1)),
        ..default()
    };
    commands.spawn((Legend, frame, BackgroundColor(palette::PANEL), BorderColor::all(palette::RIM))).with_children(|column| {
        for class in classes {
            entry(column, palette::class(class), palette::class_label(class));
        }
        entry(column, palette::BRAKE, "braking or standing");
    });
}

fn entry(column: &mut ChildSpawnerCommands<'_>, colour: Color, label: &str) {
    let row = Node { align_items: AlignItems::Center, column_gap: px(8), ..default() };
    column.spawn(row).with_children(|row| {
        row.spawn((Node { width: px(14), height: px(7), ..default() }, BackgroundColor(colour)));
        row.spawn(text(label, 11.0, false, palette::INK));
    });
}

fn obey_key(keys: Res<'_, ButtonInput<KeyCode>>, mut legend: Query<'_, '_, &mut Visibility, With<Legend>>) {
    if keys.just_pressed(KeyCode::KeyL) {
        for mut visibility in &mut legend {
            *visibility = if *visibility == Visibility::Hidden { Visibility::Inherited } else { Visibility::Hidden };
        }
    }
}
