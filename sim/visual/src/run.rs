//! Time goes by: the player, and the keys that run, pause, step and set the rate.

use crate::player::{Player, Rate};
use crate::scene::Part;
use bevy::input::keyboard::Key;
use bevy::prelude::*;
use bevy::winit::{UpdateMode, WinitSettings};
use std::time::{Duration, Instant};

/// The player of the run. It holds a world of its own and stays on the main thread.
pub(crate) struct Playing(pub(crate) Player);

/// While paused the window draws only what input changes, and once in this time.
const IDLE: Duration = Duration::from_secs(2);
/// Longest time spent on steps in one frame, so that the window stays alive.
const BUDGET: Duration = Duration::from_millis(25);
/// The same where speed is what is wanted.
const BUDGET_AT_MAX: Duration = Duration::from_millis(80);
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

/// A window that stands still leaves the machine alone.
pub(crate) fn window_plugin(app: &mut App) {
    app.add_systems(Update, rest.in_set(Part::Time));
}

fn rest(playing: NonSend<'_, Playing>, keys: Res<'_, ButtonInput<KeyCode>>, mut pace: ResMut<'_, WinitSettings>) {
    // A key that is held may be panning.
    let busy = playing.0.is_running() || keys.get_pressed().next().is_some();
    let mode = if busy { UpdateMode::Continuous } else { UpdateMode::reactive(IDLE) };
    *pace = WinitSettings { focused_mode: mode, unfocused_mode: mode };
}

#[expect(clippy::disallowed_methods, reason = "the window may look at the clock: it limits the time between two pictures")]
fn go_on(time: Res<'_, Time<Real>>, mut playing: NonSendMut<'_, Playing>) {
    if !playing.0.is_running() {
        return;
    }
    let begun = Instant::now();
    let budget = if playing.0.rate() == Rate::Max { BUDGET_AT_MAX } else { BUDGET };
    playing.0.advance(time.delta_secs_f64().min(LONGEST_FRAME), || begun.elapsed() < budget);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{scene, toy};
    use model::control::FixedTime;
    use sim::{Options, Simulation};

    fn simulation() -> Simulation {
        let folder = tempfile::tempdir().unwrap();
        toy::write(folder.path());
        let scenario = model::scenario::load(folder.path()).unwrap();
        let plan = scenario.plan(None).unwrap();
        let controller = Box::new(FixedTime::new(plan.plans.clone()));
        Simulation::new(&scenario, controller, Some(plan), Options::default())
    }

    fn app() -> App {
        let player = Player::new(simulation());
        let mut app = App::new();
        app.init_resource::<ButtonInput<KeyCode>>()
            .init_resource::<ButtonInput<Key>>()
            .init_resource::<Time<Real>>()
            .insert_non_send(Playing(player))
            .add_plugins((scene::plugin, plugin));
        app
    }

    /// Presses a key, and lets a frame of 40 ms go by.
    fn press(app: &mut App, key: KeyCode, letter: &str) {
        app.world_mut().resource_mut::<ButtonInput<KeyCode>>().press(key);
        app.world_mut().resource_mut::<ButtonInput<Key>>().press(Key::Character(letter.into()));
        frame(app);
        app.world_mut().resource_mut::<ButtonInput<KeyCode>>().reset_all();
        app.world_mut().resource_mut::<ButtonInput<Key>>().reset_all();
    }

    fn frame(app: &mut App) {
        app.world_mut().resource_mut::<Time<Real>>().update_with_duration(Duration::from_millis(40));
        app.update();
    }

    fn player(app: &App) -> &Player {
        &app.world().non_send::<Playing>().0
    }

    #[test]
    fn space_runs_and_pauses() {
        let mut app = app();
        let begin = player(&app).now();
        press(&mut app, KeyCode::Space, " ");
        (0..25).for_each(|_| frame(&mut app));
        let ran = player(&app).now() - begin;
        assert!((0.9..1.2).contains(&ran), "{ran}");
        press(&mut app, KeyCode::Space, " ");
        let stood = player(&app).now();
        (0..25).for_each(|_| frame(&mut app));
        assert!(!player(&app).is_running() && player(&app).now() == stood);
    }

    #[test]
    fn a_full_stop_is_a_step_and_with_shift_a_second() {
        let mut app = app();
        let begin = player(&app).now();
        press(&mut app, KeyCode::Period, ".");
        assert!((player(&app).now() - begin - 0.5).abs() < 1e-9);
        app.world_mut().resource_mut::<ButtonInput<KeyCode>>().press(KeyCode::ShiftLeft);
        press(&mut app, KeyCode::Period, ":");
        assert!((player(&app).now() - begin - 1.5).abs() < 1e-9);
    }

    #[test]
    fn brackets_change_the_rate_and_stop_at_its_ends() {
        let mut app = app();
        (0..9).for_each(|_| press(&mut app, KeyCode::Digit9, "]"));
        assert_eq!(player(&app).rate(), Rate::Max);
        (0..9).for_each(|_| press(&mut app, KeyCode::PageDown, ""));
        assert_eq!(player(&app).rate(), Rate::Real);
        press(&mut app, KeyCode::Digit8, "]");
        press(&mut app, KeyCode::Digit8, "[");
        assert_eq!(player(&app).rate(), Rate::Real);
    }

    #[test]
    fn a_run_driven_by_keys_has_the_hash_of_the_headless_one() {
        let mut app = app();
        press(&mut app, KeyCode::Period, ".");
        press(&mut app, KeyCode::Space, " ");
        for k in 0..10_000 {
            match k % 40 {
                7 => press(&mut app, KeyCode::PageUp, ""),
                19 => press(&mut app, KeyCode::Period, "."),
                20 => press(&mut app, KeyCode::Space, " "),
                _ => frame(&mut app),
            }
            if player(&app).is_over() {
                break;
            }
        }
        let mut headless = simulation();
        headless.run();
        assert_eq!(player(&app).simulation().hash(), headless.hash());
    }
}
