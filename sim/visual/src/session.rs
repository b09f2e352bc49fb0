//! A window without a screen: the same application on an image, driven by keys and a mouse that a program moves. For pictures
//! and for tests that do what a user does.

use crate::app::{OpenError, Opening, headless};
use crate::desk::Desk;
use crate::edit::History;
use crate::player::Player;
use crate::run::Playing;
use crate::view::{Canvas, MapArea, View};
use bevy::app::PluginsState;
use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::input::mouse::{MouseButtonInput, MouseScrollUnit, MouseWheel};
use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::window::{CursorMoved, PrimaryWindow, WindowEvent};
use bevy_egui::input::{EguiContextPointerPosition, FocusedNonWindowEguiContext, HoveredNonWindowEguiContext};
use bevy_egui::{EguiRenderOutput, PrimaryEguiContext};
use model::geometry::Point;

/// Frames within which a picture that is asked for has come.
const FRAMES_LIMIT: usize = 600;

/// A picture, row by row from the upper left corner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Red, green and blue.
    pub rows: Vec<[u8; 3]>,
}

#[derive(Resource, Default)]
struct Taken(Option<Image>);

/// How many shapes the panels draw; they are gone once they are handed to the renderer.
#[derive(Resource, Default)]
struct Shapes(usize);

fn count_shapes(panels: Query<'_, '_, &EguiRenderOutput>, mut shapes: ResMut<'_, Shapes>) {
    shapes.0 = panels.iter().map(|p| p.paint_jobs.len()).sum();
}

/// The window on an image.
pub struct Session {
    app: App,
    cursor: Vec2,
}

impl Session {
    /// Opens it; each frame lasts 40 ms of its own time.
    ///
    /// # Errors
    /// When there is no graphics device.
    pub fn new(opening: Opening) -> Result<Self, OpenError> {
        let mut app = headless(opening)?;
        while app.plugins_state() == PluginsState::Adding {
            bevy::tasks::tick_global_task_pools_on_main_thread();
        }
        app.finish();
        app.cleanup();
        app.init_resource::<Taken>().init_resource::<Shapes>().add_systems(Last, count_shapes);
        let mut session = Self { app, cursor: Vec2::ZERO };
        session.frame();
        session.direct_input();
        // Panels are laid out, fonts and meshes arrive.
        session.frames(3);
        Ok(session)
    }

    /// Input belongs to a window; here it goes to the panels that are drawn on the image.
    fn direct_input(&mut self) {
        let world = self.app.world_mut();
        let mut found = world.query_filtered::<Entity, With<PrimaryEguiContext>>();
        if let Some(context) = found.iter(world).next() {
            world.insert_resource(HoveredNonWindowEguiContext(context));
            world.insert_resource(FocusedNonWindowEguiContext(context));
        }
    }

    /// Lets a frame go by.
    pub fn frame(&mut self) {
        self.app.update();
    }

    /// Lets frames go by.
    pub fn frames(&mut self, count: usize) {
        (0..count).for_each(|_| self.frame());
    }

    /// Lets frames go by until the run is where it was to go; says whether it has come there.
    pub fn settle(&mut self) -> bool {
        for _ in 0..10_000 {
            self.frame();
            if self.player().is_none_or(|p| p.progress().is_none()) {
                self.frames(3);
                return true;
            }
        }
        false
    }

    /// What lies on the desk.
    pub fn desk(&self) -> &Desk {
        self.app.world().resource::<Desk>()
    }

    /// The changes of plans.
    pub fn history(&self) -> &History {
        self.app.world().resource::<History>()
    }

    /// The run; `None` while no scenario is open.
    pub fn player(&self) -> Option<&Player> {
        self.app.world().get_non_send::<Playing>().map(|p| &p.0)
    }

    /// Whether the window has been left.
    pub fn has_left(&self) -> bool {
        self.app.should_exit().is_some()
    }

    /// Where a point of the scenario is in the window, in pixels from its upper left corner; `None` where no scenario is open.
    pub fn place_of(&self, point: Point) -> Option<(f32, f32)> {
        let world = self.app.world();
        let scene = world.get_resource::<crate::scene::Scene>()?;
        let at = world.resource::<View>().place(scene.ground.at(point)) + world.resource::<MapArea>().min;
        Some((at.x, at.y))
    }

    /// Metres per pixel of the map.
    pub fn scale(&self) -> f32 {
        self.app.world().resource::<View>().scale
    }

    /// How much is drawn: meshes of the map, names on it (drawn together where they share a typeface), and shapes of panels. Each
    /// mesh and shape is a draw call.
    pub fn draws(&mut self) -> (usize, usize, usize) {
        let world = self.app.world_mut();
        let mut meshes = world.query_filtered::<&ViewVisibility, With<Mesh2d>>();
        let mut names = world.query_filtered::<&ViewVisibility, With<Text2d>>();
        let seen = |v: &&ViewVisibility| v.get();
        let meshes = meshes.iter(world).filter(seen).count();
        (meshes, names.iter(world).filter(seen).count(), world.resource::<Shapes>().0)
    }

    fn window(&mut self) -> Option<Entity> {
        let world = self.app.world_mut();
        let mut found = world.query_filtered::<Entity, With<PrimaryWindow>>();
        found.iter(world).next()
    }

    fn key(&mut self, code: KeyCode, key: Key, state: ButtonState) {
        let Some(window) = self.window() else { return };
        let text = if let Key::Character(c) = &key { Some(c.clone()) } else { None };
        let message = KeyboardInput { key_code: code, logical_key: key, state, text, repeat: false, window };
        self.app.world_mut().write_message(message);
    }

    /// Presses and releases a key, with others held; `letter` is what is printed on it.
    pub fn press(&mut self, code: KeyCode, letter: &str, held: &[KeyCode]) {
        for &other in held {
            self.key(other, named(other, letter), ButtonState::Pressed);
        }
        self.key(code, named(code, letter), ButtonState::Pressed);
        self.frame();
        self.key(code, named(code, letter), ButtonState::Released);
        for &other in held {
            self.key(other, named(other, letter), ButtonState::Released);
        }
        self.frame();
    }

    /// Types a text into whatever has the keyboard.
    pub fn type_in(&mut self, text: &str) {
        for letter in text.chars() {
            self.press(KeyCode::F24, &letter.to_string(), &[]);
        }
    }

    /// Moves the cursor to a place of the window, in pixels from its upper left corner.
    pub fn move_to(&mut self, (x, y): (f32, f32)) {
        let Some(entity) = self.window() else { return };
        let to = Vec2::new(x, y);
        let delta = Some(to - self.cursor);
        self.cursor = to;
        let world = self.app.world_mut();
        if let Some(mut window) = world.get_mut::<Window>(entity) {
            window.set_cursor_position(Some(to));
        }
        let mut positions = world.query::<&mut EguiContextPointerPosition>();
        for mut position in positions.iter_mut(world) {
            position.position = bevy_egui::egui::pos2(x, y);
        }
        let message = CursorMoved { window: entity, position: to, delta };
        world.write_message(WindowEvent::CursorMoved(message.clone()));
        world.write_message(message);
        self.frame();
    }

    fn button(&mut self, state: ButtonState) {
        let Some(window) = self.window() else { return };
        let message = MouseButtonInput { button: MouseButton::Left, state, window };
        let world = self.app.world_mut();
        world.write_message(WindowEvent::MouseButtonInput(message));
        world.write_message(message);
        self.frame();
    }

    /// Clicks at a place of the window.
    pub fn click(&mut self, at: (f32, f32)) {
        self.move_to(at);
        self.button(ButtonState::Pressed);
        self.button(ButtonState::Released);
        self.frames(2);
    }

    /// Clicks with a key held.
    pub fn click_with(&mut self, held: KeyCode, at: (f32, f32)) {
        self.key(held, named(held, ""), ButtonState::Pressed);
        self.click(at);
        self.key(held, named(held, ""), ButtonState::Released);
        self.frame();
    }

    /// Takes hold at a place, and leads the cursor to another in several steps without letting go.
    pub fn hold(&mut self, from: (f32, f32), to: (f32, f32)) {
        self.move_to(from);
        self.button(ButtonState::Pressed);
        for k in 1..=6 {
            let share = k as f32 / 6.0;
            self.move_to((from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share));
        }
        self.frame();
    }

    /// Lets go.
    pub fn let_go(&mut self) {
        self.button(ButtonState::Released);
        self.frames(2);
    }

    /// Drags from a place to another with a key held.
    pub fn drag_with(&mut self, held: KeyCode, from: (f32, f32), to: (f32, f32)) {
        self.key(held, named(held, ""), ButtonState::Pressed);
        self.drag(from, to);
        self.key(held, named(held, ""), ButtonState::Released);
        self.frame();
    }

    /// Drags from a place to another.
    pub fn drag(&mut self, from: (f32, f32), to: (f32, f32)) {
        self.hold(from, to);
        self.let_go();
    }

    /// Turns the wheel at a place, by notches away from the user.
    pub fn wheel(&mut self, at: (f32, f32), notches: f32) {
        self.move_to(at);
        let Some(window) = self.window() else { return };
        let message =
            MouseWheel { unit: MouseScrollUnit::Line, x: 0.0, y: notches, window, phase: bevy::input::touch::TouchPhase::Moved };
        self.app.world_mut().write_message(message);
        self.frames(2);
    }

    /// A picture of the window as it is now.
    ///
    /// # Errors
    /// In words, when none comes.
    pub fn picture(&mut self) -> Result<Pixels, String> {
        let image = self.image()?;
        let (width, height) = (image.width(), image.height());
        let picture = image.try_into_dynamic().map_err(|e| e.to_string())?.to_rgb8();
        Ok(Pixels { width, height, rows: picture.pixels().map(|p| p.0).collect() })
    }

    /// Writes a picture of the window as it is now into a PNG file.
    ///
    /// # Errors
    /// In words, when none comes or it cannot be written.
    pub fn save(&mut self, file: &std::path::Path) -> Result<(), String> {
        let image = self.image()?;
        crate::picture::save(&image, file)
    }

    pub(crate) fn image(&mut self) -> Result<Image, String> {
        let canvas = self.app.world().resource::<Canvas>().0.clone();
        self.app.world_mut().resource_mut::<Taken>().0 = None;
        self.app
            .world_mut()
            .commands()
            .spawn(Screenshot::image(canvas))
            .observe(|taken: On<'_, '_, ScreenshotCaptured>, mut kept: ResMut<'_, Taken>| kept.0 = Some(taken.image.clone()));
        for _ in 0..FRAMES_LIMIT {
            self.frame();
            if let Some(image) = self.app.world_mut().resource_mut::<Taken>().0.take() {
                return Ok(image);
            }
        }
        Err("no picture came".into())
    }
}

/// What a key means, by its place and what is printed on it.
fn named(code: KeyCode, letter: &str) -> Key {
    match code {
        KeyCode::ShiftLeft => Key::Shift,
        KeyCode::ControlLeft => Key::Control,
        KeyCode::AltLeft => Key::Alt,
        KeyCode::Enter => Key::Enter,
        KeyCode::Escape => Key::Escape,
        KeyCode::Tab => Key::Tab,
        KeyCode::Space => Key::Space,
        _ => Key::Character(letter.into()),
    }
}
