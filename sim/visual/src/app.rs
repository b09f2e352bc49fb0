//! The application, with a window or without one.

use crate::picture::{Order, Outcome};
use crate::player::Player;
use crate::run::Playing;
use crate::scene::{Ground, Scene};
use crate::view::{Canvas, View};
use crate::{help, legend, letters, map, picture as pictures, run, scene, signals, status, vehicles, view, works};
use bevy::app::ScheduleRunnerPlugin;
use bevy::log::{Level, LogPlugin};
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::render_resource::{TextureFormat, TextureUsages};
use bevy::render::settings::{Backends, RenderCreation, WgpuSettings};
use bevy::window::{ExitCondition, PresentMode};
use bevy::winit::WinitPlugin;
use model::control::FixedTime;
use model::geometry::Point;
use model::scenario::{PlanSet, Scenario};
use sim::{Options, Simulation};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What to open, and how.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The scenario.
    pub scenario: Scenario,
    /// The plan that runs; `None` without signals.
    pub plan: Option<PlanSet>,
    /// Seed of the run.
    pub seed: u64,
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// Where to look; the whole network when absent.
    pub look: Option<Look>,
    /// The second of the day to begin at; that of the scenario when absent.
    pub at: Option<f64>,
}

/// Where to look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// What is in the middle, metres east and north of the scenario's origin.
    pub centre: Point,
    /// Metres per pixel.
    pub metres_per_pixel: f64,
}

/// Why nothing was drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenError {
    /// There is no graphics device, or no display.
    NoDevice(String),
    /// The picture could not be made or written.
    Picture(String),
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoDevice(why) => write!(
                f,
                "no graphics device or display: {why}\n  mend: install a Vulkan driver (in software: mesa-vulkan-drivers); \
                 a window needs a display, --screenshot needs none"
            ),
            Self::Picture(why) => write!(f, "the picture could not be made: {why}"),
        }
    }
}

impl std::error::Error for OpenError {}

/// Opens the window and returns when it is closed.
///
/// # Errors
/// When there is no display or no graphics device.
pub fn window(opening: Opening) -> Result<(), OpenError> {
    let primary = Window {
        title: format!("ampel: {}", opening.scenario.title),
        resolution: opening.size.into(),
        present_mode: PresentMode::AutoVsync,
        ..default()
    };
    guarded(move || {
        let mut app = App::new();
        app.add_plugins(DefaultPlugins.set(WindowPlugin { primary_window: Some(primary), ..default() }).set(log()));
        fill(&mut app, opening);
        app.add_plugins((pictures::window_plugin, run::window_plugin));
        app.run();
    })
}

/// Draws one moment into a PNG file, without any window.
///
/// # Errors
/// When there is no graphics device, or the file cannot be written.
pub fn picture(opening: Opening, file: &Path) -> Result<(), OpenError> {
    let file = file.to_path_buf();
    let mut outcome = None;
    guarded(|| outcome = draw_once(opening, file))?;
    outcome.unwrap_or_else(|| Err("no frame came".into())).map_err(OpenError::Picture)
}

fn draw_once(opening: Opening, file: std::path::PathBuf) -> Option<Result<(), String>> {
    let (width, height) = opening.size;
    let mut app = App::new();
    let no_window = WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() };
    // Shaders are compiled before the first frame, not beside it: the picture is whole.
    let settings = WgpuSettings { backends: Some(Backends::PRIMARY), ..default() };
    let renderer = RenderPlugin {
        render_creation: RenderCreation::Automatic(Box::new(settings)),
        synchronous_pipeline_compilation: true,
        ..default()
    };
    app.add_plugins(DefaultPlugins.set(no_window).set(renderer).set(log()).disable::<WinitPlugin>())
        .add_plugins(ScheduleRunnerPlugin::run_loop(Duration::ZERO));
    let mut image = Image::new_target_texture(width, height, TextureFormat::Rgba8UnormSrgb, None);
    image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
    let canvas = app.world_mut().resource_mut::<Assets<Image>>().add(image);
    app.insert_resource(Canvas(canvas)).insert_resource(Order { file });
    fill(&mut app, opening);
    app.add_plugins(pictures::headless_plugin);
    app.finish();
    app.cleanup();
    loop {
        app.update();
        if app.should_exit().is_some() {
            return app.world_mut().remove_resource::<Outcome>().and_then(|o| o.0);
        }
    }
}

/// Everything that is the same with and without a window.
fn fill(app: &mut App, opening: Opening) {
    let Opening { scenario, plan, seed, size, look, at } = opening;
    let controller = FixedTime::new(plan.as_ref().map(|p| p.plans.clone()).unwrap_or_default());
    let options = Options { seed, ..Options::default() };
    let mut player = Player::new(Simulation::new(&scenario, Box::new(controller), plan.as_ref(), options));
    if let Some(second) = at {
        player.run_to(second);
    }
    let ground = Ground::of(&scenario.network);
    let size = Vec2::new(size.0 as f32, size.1 as f32);
    let view = look.map_or_else(
        || View::fit(ground.half, size),
        |look| View { centre: ground.at(look.centre), scale: look.metres_per_pixel as f32, size },
    );
    app.insert_non_send(Playing(player))
        .insert_resource(view)
        .insert_resource(Scene { scenario, ground, plan: plan.map(|p| p.name), seed })
        .add_plugins((
            scene::plugin,
            letters::plugin,
            view::plugin,
            run::plugin,
            map::plugin,
            works::plugin,
            signals::plugin,
            vehicles::plugin,
        ))
        .add_plugins((status::plugin, legend::plugin, help::plugin));
}

fn log() -> LogPlugin {
    LogPlugin { level: Level::WARN, filter: "wgpu=error,naga=error,winit=error,bevy_render::renderer=error".into(), ..default() }
}

/// The windowing and graphics libraries panic where there is no display or device; here that is an answer.
///
/// Any other panic is a fault of the program: it is told and goes on.
fn guarded(open: impl FnOnce()) -> Result<(), OpenError> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&told);
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if let Ok(mut told) = listener.lock() {
            told.push(panic.to_string());
        }
    }));
    let outcome = catch_unwind(AssertUnwindSafe(open));
    std::panic::set_hook(hook);
    let Err(payload) = outcome else { return Ok(()) };
    let said = told.lock().map(|t| t.join("\n")).unwrap_or_default();
    if said.contains("event loop") {
        Err(OpenError::NoDevice("there is no display".into()))
    } else if said.contains("Unable to find a GPU") {
        Err(OpenError::NoDevice("no Vulkan driver answers".into()))
    } else {
        eprintln!("{said}");
        resume_unwind(payload)
    }
}
