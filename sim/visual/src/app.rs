//! The application, with a window or without one.

use crate::desk::Desk;
use crate::edit::{History, Made};
use crate::export::Outbox;
use crate::memory::{Kept, Memory};
use crate::open::{self, Faulty, Shelf};
use crate::palette::Theme;
use crate::scene::Scene;
use crate::session::Session;
use crate::view::{Canvas, View};
use crate::{
    diagrams, keys, letters, map, memory, obey, panels, picture as pictures, run, scene, sight, signals, vehicles, view, works,
};
use bevy::app::PluginGroupBuilder;
use bevy::log::{Level, LogPlugin};
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::render_resource::{TextureFormat, TextureUsages};
use bevy::render::settings::{Backends, RenderCreation, WgpuSettings};
use bevy::time::TimeUpdateStrategy;
use bevy::window::{ExitCondition, PresentMode};
use bevy::winit::WinitPlugin;
use model::geometry::Point;
use model::scenario::{Faults, PlanSet, Scenario};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What to open, and how.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The scenario; without one there is the welcome.
    pub scenario: Option<Scenario>,
    /// Where it was read from, for plans that are saved.
    pub folder: Option<PathBuf>,
    /// Why it could not be opened.
    pub faults: Option<Faults>,
    /// The plan that runs; `None` without signals.
    pub plan: Option<PlanSet>,
    /// Another plan, to be held against it.
    pub compared: Option<PlanSet>,
    /// Seed of the run.
    pub seed: u64,
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// Where to look; the whole network when absent.
    pub look: Option<Look>,
    /// The second of the day to begin at; that of the scenario when absent.
    pub at: Option<f64>,
    /// What lies on the desk.
    pub desk: Desk,
    /// Light or dark.
    pub theme: Theme,
    /// The file in which the layout is remembered; it is not without one.
    pub memory: Option<PathBuf>,
    /// Where pictures and drawings go.
    pub outbox: PathBuf,
    /// Where scenarios are looked for.
    pub shelf: PathBuf,
}

impl Default for Opening {
    fn default() -> Self {
        Self {
            scenario: None,
            folder: None,
            faults: None,
            plan: None,
            compared: None,
            seed: 1,
            size: (1280, 800),
            look: None,
            at: None,
            desk: Desk::default(),
            theme: Theme::default(),
            memory: None,
            outbox: Outbox::default().0,
            shelf: Shelf::default().0,
        }
    }
}

impl Opening {
    /// A scenario with its default plan.
    pub fn of(scenario: Scenario) -> Self {
        let plan = scenario.plan(None).cloned();
        Self { scenario: Some(scenario), plan, ..Self::default() }
    }

    /// With the layout that was remembered in a file, and is to be remembered there.
    #[must_use]
    pub fn remembering(mut self, file: PathBuf) -> Self {
        self.theme = Kept::read(&file).lay(&mut self.desk);
        self.memory = Some(file);
        self
    }
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
    let title = opening.scenario.as_ref().map_or_else(|| "ampel".into(), |s| format!("ampel: {}", s.title));
    let primary = Window { title, resolution: opening.size.into(), present_mode: PresentMode::AutoVsync, ..default() };
    guarded(move || {
        let mut app = App::new();
        app.add_plugins(plugins(WindowPlugin { primary_window: Some(primary), ..default() }));
        fill(&mut app, opening);
        app.add_plugins(run::window_plugin);
        app.run();
    })
}

/// Draws one moment into a PNG file, without any window.
///
/// # Errors
/// When there is no graphics device, or the file cannot be written.
pub fn picture(opening: Opening, file: &Path) -> Result<(), OpenError> {
    let mut session = Session::new(opening)?;
    session.settle();
    let image = session.image().map_err(OpenError::Picture)?;
    pictures::save(&image, file).map_err(OpenError::Picture)
}

/// The application on an image, with a window that nobody sees.
pub(crate) fn headless(opening: Opening) -> Result<App, OpenError> {
    let mut made = None;
    guarded(|| made = Some(on_image(opening)))?;
    made.ok_or_else(|| OpenError::Picture("the application was not made".into()))
}

fn on_image(opening: Opening) -> App {
    let (width, height) = opening.size;
    let mut app = App::new();
    let mut resolution = bevy::window::WindowResolution::from(opening.size);
    resolution.set_scale_factor_override(Some(1.0));
    let unseen = Window { resolution, ..default() };
    let no_window = WindowPlugin { primary_window: Some(unseen), exit_condition: ExitCondition::DontExit, ..default() };
    // Shaders are compiled before the first frame, not beside it: the picture is whole.
    let settings = WgpuSettings { backends: Some(Backends::PRIMARY), ..default() };
    let renderer = RenderPlugin {
        render_creation: RenderCreation::Automatic(Box::new(settings)),
        synchronous_pipeline_compilation: true,
        ..default()
    };
    app.add_plugins(plugins(no_window).set(renderer).disable::<WinitPlugin>());
    app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(40)));
    let mut image = Image::new_target_texture(width, height, TextureFormat::Rgba8UnormSrgb, None);
    image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
    let canvas = app.world_mut().resource_mut::<Assets<Image>>().add(image);
    app.insert_resource(Canvas(canvas));
    fill(&mut app, opening);
    app
}

/// Everything that is the same with and without a window.
fn fill(app: &mut App, opening: Opening) {
    let Opening { scenario, folder, faults, plan, compared, seed, size, look, at, desk, theme, memory, outbox, shelf } = opening;
    let size = Vec2::new(size.0 as f32, size.1 as f32);
    app.insert_resource(View { centre: Vec2::ZERO, scale: 1.0, size })
        .insert_resource(theme)
        .insert_resource(desk.clone())
        .insert_resource(Outbox(outbox))
        .insert_resource(Shelf(shelf))
        .add_plugins((scene::plugin, letters::plugin, view::plugin, keys::plugin, obey::plugin, run::plugin, sight::plugin))
        .add_plugins((diagrams::plugin, map::plugin, works::plugin, signals::plugin, vehicles::plugin, panels::plugin))
        .add_plugins((pictures::plugin, memory::plugin));
    if let Some(file) = memory {
        app.insert_resource(Memory(file));
    }
    let world = app.world_mut();
    if let Some(faults) = faults {
        let faults = faults.0.iter().map(ToString::to_string).collect();
        world.insert_resource(Faulty { folder: folder.unwrap_or_default(), faults });
    } else if let Some(scenario) = scenario {
        open::scene(world, Scene::new(scenario, plan, seed, folder), None);
        compare(world, compared);
        if let Some(second) = at {
            world.non_send_mut::<run::Playing>().0.run_to(second);
        }
        world.insert_resource(desk);
    }
    if let (Some(look), Some(scene)) = (look, world.get_resource::<Scene>()) {
        let centre = scene.ground.at(look.centre);
        world.insert_resource(View { centre, scale: look.metres_per_pixel as f32, size });
    }
}

/// Another plan, as one change from the first second on.
fn compare(world: &mut World, compared: Option<PlanSet>) {
    let (Some(plans), Some(scene)) = (compared, world.get_resource::<Scene>()) else { return };
    let from = scene.scenario.start().0;
    let title = plans.name.clone();
    let mut history = world.resource_mut::<History>();
    history.make(Made { title, from, plans: Arc::new(plans), works: None });
    history.note_saved();
    obey::replay(world, from);
    world.non_send_mut::<run::Playing>().0.arrive_at_once();
}

/// The plugins of bevy; the log is that of the whole process, so only the first application begins it.
fn plugins(window: WindowPlugin) -> PluginGroupBuilder {
    static BEGUN: AtomicBool = AtomicBool::new(false);
    let filter = "wgpu=error,naga=error,winit=error,bevy_render::renderer=error,bevy_egui=error".into();
    let plugins = DefaultPlugins.set(window);
    if BEGUN.swap(true, Ordering::Relaxed) {
        plugins.disable::<LogPlugin>()
    } else {
        plugins.set(LogPlugin { level: Level::WARN, filter, ..default() })
    }
}

/// The windowing and graphics libraries panic where there is no display or device; here that is an answer.
///
/// Any other panic is a fault of the program: it is told and goes on.
fn guarded(open: impl FnOnce()) -> Result<(), OpenError> {
    // There is one hook for the whole process.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&told);
    let usual = Arc::new(std::panic::take_hook());
    let (others, own) = (Arc::clone(&usual), std::thread::current().id());
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() != own {
            others(panic);
        } else if let Ok(mut told) = listener.lock() {
            told.push(panic.to_string());
        }
    }));
    let outcome = catch_unwind(AssertUnwindSafe(open));
    std::panic::set_hook(Box::new(move |panic| usual(panic)));
    let Err(payload) = outcome else { return Ok(()) };
    let said = told.lock().map(|t| t.join("\n")).unwrap_or_default();
    if said.contains("event loop") {
        Err(OpenError::NoDevice("there is no display".into()))
    } else if said.contains("Unable to find a GPU") {
        Err(OpenError::NoDevice("no Vulkan driver answers".into()))
    } else {
        error!("{said}");
        resume_unwind(payload)
    }
}
