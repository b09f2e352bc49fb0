//! Time goes by.

use crate::player::{Player, Rate};
use crate::scene::Part;
use crate::view::in_software;
use bevy::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;
use bevy::winit::{UpdateMode, WinitSettings};
use std::time::{Duration, Instant};

/// The player of the run. Its worlds stay on the main thread.
pub(crate) struct Playing(pub(crate) Player);

/// While paused the window draws only what input changes, and once in this time.
const IDLE: Duration = Duration::from_secs(2);
/// Longest time spent on steps in one frame, so that the window stays alive.
const BUDGET: Duration = Duration::from_millis(25);
/// The same where speed is what is wanted.
const BUDGET_AT_MAX: Duration = Duration::from_millis(100);
/// The same where the processor draws too: a picture is drawn beside the next steps and takes their time.
const BUDGET_AT_MAX_IN_SOFTWARE: Duration = Duration::from_millis(1500);
/// A longer frame than this, in seconds, was an interruption; the run does not catch up.
const LONGEST_FRAME: f64 = 0.25;

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Update, go_on.in_set(Part::Time));
}

/// A window that stands still leaves the machine alone.
pub(crate) fn window_plugin(app: &mut App) {
    app.add_systems(Update, rest.in_set(Part::Time));
}

fn rest(playing: NonSend<'_, Playing>, keys: Res<'_, ButtonInput<KeyCode>>, mut pace: ResMut<'_, WinitSettings>) {
    // A key that is held may be panning.
    let busy = playing.0.is_running() || playing.0.progress().is_some() || keys.get_pressed().next().is_some();
    let mode = if busy { UpdateMode::Continuous } else { UpdateMode::reactive(IDLE) };
    *pace = WinitSettings { focused_mode: mode, unfocused_mode: mode };
}

#[expect(clippy::disallowed_methods, reason = "the window may look at the clock: it limits the time between two pictures")]
pub(crate) fn go_on(
    time: Res<'_, Time<Real>>,
    adapter: Option<Res<'_, RenderAdapterInfo>>,
    mut playing: NonSendMut<'_, Playing>,
) {
    let on_the_way = playing.0.progress().is_some();
    if !playing.0.is_running() && !on_the_way {
        return;
    }
    let begun = Instant::now();
    let budget = match playing.0.rate() {
        _ if on_the_way => BUDGET_AT_MAX,
        Rate::Max if in_software(adapter.as_deref()) => BUDGET_AT_MAX_IN_SOFTWARE,
        Rate::Max => BUDGET_AT_MAX,
        _ => BUDGET,
    };
    playing.0.advance(time.delta_secs_f64().min(LONGEST_FRAME), || begun.elapsed() < budget);
}
