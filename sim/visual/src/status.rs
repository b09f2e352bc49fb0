//! The bars: what runs, when, how fast, with how many vehicles; attribution, scale bar and north arrow.

use crate::letters::text;
use crate::palette;
use crate::run::Playing;
use crate::scene::{Part, Scene};
use crate::view::{BAR, View};
use bevy::prelude::*;
use model::time::DaySecond;

/// Largest length of the scale bar, in pixels.
const SCALE_BAR: f32 = 130.0;

#[derive(Component)]
struct ClockText;
#[derive(Component)]
struct StateText;
#[derive(Component)]
struct ScaleText;
#[derive(Component)]
struct ScaleLine;
#[derive(Component)]
struct Title;

/// Narrower than this, in pixels, the upper bar has no room for the title; the window has it too.
const ROOM_FOR_TITLE: f32 = 900.0;

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Startup, (top_bar, bottom_bar, north_arrow))
        .add_systems(Update, (tell_time, tell_state, measure, make_room).in_set(Part::Draw));
}

fn bar(top: bool) -> impl Bundle {
    let edge = if top { UiRect::bottom(px(1)) } else { UiRect::top(px(1)) };
    let node = Node {
        position_type: PositionType::Absolute,
        top: if top { px(0) } else { auto() },
        bottom: if top { auto() } else { px(0) },
        width: percent(100),
        height: px(if top { BAR } else { BAR - 8.0 }),
        padding: UiRect::horizontal(px(12)),
        column_gap: px(18),
        align_items: AlignItems::Center,
        overflow: Overflow::clip(),
        border: edge,
        ..default()
    };
    (node, BackgroundColor(palette::PANEL), BorderColor::all(palette::RIM))
}

fn spring() -> impl Bundle {
    Node { flex_grow: 1.0, ..default() }
}

fn top_bar(mut commands: Commands<'_, '_>, scene: Res<'_, Scene>) {
    commands.spawn(bar(true)).with_children(|row| {
        row.spawn((ClockText, text("", 19.0, true, palette::INK)));
        row.spawn((StateText, text("", 13.0, false, palette::INK)));
        row.spawn(spring());
        row.spawn((Title, text(&scene.scenario.title, 13.0, true, palette::INK)));
    });
}

fn bottom_bar(mut commands: Commands<'_, '_>, scene: Res<'_, Scene>) {
    commands.spawn(bar(false)).with_children(|row| {
        row.spawn(text(&scene.scenario.attribution, 11.0, false, palette::INK_SOFT));
        row.spawn(spring());
        row.spawn(text("? all keys", 11.0, false, palette::INK_SOFT));
        row.spawn((ScaleText, text("", 11.0, false, palette::INK)));
        let line =
            Node { height: px(6), border: UiRect { left: px(1.5), right: px(1.5), bottom: px(1.5), ..default() }, ..default() };
        row.spawn((ScaleLine, line, BorderColor::all(palette::INK)));
    });
}

/// North is up on every sheet; the arrow says so.
fn north_arrow(mut commands: Commands<'_, '_>) {
    let corner = Node {
        position_type: PositionType::Absolute,
        top: px(BAR + 12.0),
        right: px(14),
        flex_direction: FlexDirection::Column,
        align_items: AlignItems::Center,
        ..default()
    };
    commands.spawn(corner).with_children(|column| {
        column.spawn(text("▲", 17.0, false, palette::INK));
        column.spawn(text("N", 13.0, true, palette::INK));
    });
}

fn set(text: &mut Mut<'_, Text>, content: String) {
    text.set_if_neq(Text(content));
}

fn tell_time(playing: NonSend<'_, Playing>, mut clock: Single<'_, '_, &mut Text, With<ClockText>>) {
    // Rounding errors must not show a second as the one before.
    let now = DaySecond((playing.0.now() + 1e-6) as u32);
    set(&mut clock, now.to_string());
}

fn tell_state(playing: NonSend<'_, Playing>, scene: Res<'_, Scene>, mut state: Single<'_, '_, &mut Text, With<StateText>>) {
    let player = &playing.0;
    let what = match (player.is_over(), player.is_running()) {
        (true, _) => "ended",
        (_, true) => "running",
        (_, false) => "paused",
    };
    let (moving, waiting) = player.simulation().vehicles();
    let plan = scene.plan.as_ref().map_or_else(|| "no signals".into(), |p| format!("plan {p}"));
    let rate = player.rate().label();
    set(&mut state, format!("{what}  {rate}    {moving} moving, {waiting} waiting outside    {plan}, seed {}", scene.seed));
}

/// The scale bar: the longest round length that fits.
fn measure(
    view: Res<'_, View>,
    mut label: Single<'_, '_, &mut Text, With<ScaleText>>,
    mut line: Single<'_, '_, &mut Node, With<ScaleLine>>,
) {
    if !view.is_changed() {
        return;
    }
    let metres = round_length(SCALE_BAR * view.scale);
    line.width = px(metres / view.scale);
    set(&mut label, if metres >= 1000.0 { format!("{} km", metres / 1000.0) } else { format!("{metres} m") });
}

fn make_room(view: Res<'_, View>, mut title: Single<'_, '_, &mut Visibility, With<Title>>) {
    title.set_if_neq(if view.size.x < ROOM_FOR_TITLE { Visibility::Hidden } else { Visibility::Inherited });
}

/// The largest of 1, 2, 5, 10, 20, … that is not above a length.
fn round_length(most: f32) -> f32 {
    let steps = (-2..6).rev().flat_map(|power| [5.0, 2.0, 1.0].map(|digit| digit * 10.0_f32.powi(power)));
    steps.into_iter().find(|&s| s <= most).unwrap_or(0.01)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_bar_has_a_round_length() {
        assert_eq!([round_length(130.0), round_length(49.0), round_length(7.0)], [100.0, 20.0, 5.0]);
    }
}
