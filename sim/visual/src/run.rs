//! Time goes by: the player, and the keys that run, pause, step and set the rate.

use crate::player::Player;
use crate::scene::Part;
use bevy::input::keyboard::Key;
use bevy::prelude::*;
use std::time::{Duration, Instant};

/// The player of the run. It holds a world of its own and stays on the main thread.
pub(crate) struct Playing(pub(crate) Player);

/// Longest time spent on steps in one frame, so that the window stays alive at any rate.
const BUDGET: Duration = Duration::from_millis(25);
/// A longer frame than this, in seconds, was an interruption; the run does not catch up.
const LONGEST_FRAME: f64 = 0.25;

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Update, obey_keys.in_set(Part::Input)).add_systems(Update, go_on.in_set(Part::Time));
}

fn obey_keys(keys: Res<'_, ButtonInput<KeyCode>>, letters: Res<'_, ButtonInput<Key>>, mut playing: NonSendMut<'_, Playing>) {
    let pressed = |key| keys.just_pressed(key);
    // By what is printed on the key, whatever the layout; a German keyboard has brackets beside AltGr only.
    let typed = |letter: &str| letters.just_pressed(Key::Character(letter.into()));
    let shift = keys.any_pressed([KeyCode::ShiftLeft, KeyCode::ShiftRight]);
    if pressed(KeyCode::Space) {
        let running = playing.0.is_running();
        playing.0.set_running(!running);
    }
    if pressed(KeyCode::Period) || pressed(KeyCode::NumpadDecimal) {
        playing.0.set_running(false);
        let steps = if shift { playing.0.simulation().step_size().per_second() } else { 1 };
        (0..steps).for_each(|_| playing.0.step());
    }
    if typed("[") || pressed(KeyCode::PageDown) {
        playing.0.slower();
    }
    if typed("]") || pressed(KeyCode::PageUp) {
        playing.0.faster();
    }
}

#[expect(clippy::disallowed_methods, reason = "the window may look at the clock: it limits the time between two pictures")]
fn go_on(time: Res<'_, Time<Real>>, mut playing: NonSendMut<'_, Playing>) {
    if !playing.0.is_running() {
        return;
    }
    let begun = Instant::now();
    playing.0.advance(time.delta_secs_f64().min(LONGEST_FRAME), || begun.elapsed() < BUDGET);
}
