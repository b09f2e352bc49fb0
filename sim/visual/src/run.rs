//! Time goes by.

use crate::player::{Player, Rate};
use crate::scene::Part;
use bevy::prelude::*;
use bevy::winit::{UpdateMode, WinitSettings};
use std::time::{Duration, Instant};

/// The player of the run. Its worlds stay on the main thread.
pub(crate) struct Playing(pub(crate) Player);

/// While paused the window draws only what input changes, and once in this time.
const IDLE: Duration = Duration::from_secs(2);
/// Longest time spent on steps in one frame, so that the window stays alive.
const BUDGET: Duration = Duration::from_millis(25);
/// The same where speed is what is wanted: so many times as long as all the rest of a frame takes, so that drawing takes an eighth
/// of the time at most; and the least and the most of it.
const TIMES_THE_REST: u32 = 7;
const BUDGET_AT_MAX: [Duration; 2] = [Duration::from_millis(60), Duration::from_secs(1)];
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
fn go_on(
    time: Res<'_, Time<Real>>,
    mut playing: NonSendMut<'_, Playing>,
    (mut stepped, mut usual): (Local<'_, Option<Instant>>, Local<'_, Duration>),
) {
    if !playing.0.is_running() && playing.0.progress().is_none() {
        *stepped = None;
        return;
    }
    let begun = Instant::now();
    // A picture may be drawn beside the steps, and then the rest of the frame seems short: what it was before counts too.
    let rest = stepped.map_or(Duration::ZERO, |end| begun.duration_since(end)).max(*usual * 4 / 5);
    *usual = rest;
    let hurries = playing.0.rate() == Rate::Max || playing.0.progress().is_some();
    let [least, most] = BUDGET_AT_MAX;
    let budget = if hurries { (rest * TIMES_THE_REST).clamp(least, most) } else { BUDGET };
    playing.0.advance(time.delta_secs_f64().min(LONGEST_FRAME), || begun.elapsed() < budget);
    *stepped = Some(Instant::now());
}
