//! Which part of the sheet is seen: pan, zoom and fit.

use crate::desk::{Action, Actions, Desk};
use crate::palette::{self, Theme};
use crate::run::Playing;
use crate::scene::{Part, Scene, Side};
use bevy::camera::visibility::RenderLayers;
use bevy::camera::{RenderTarget, Viewport};
use bevy::input::mouse::{AccumulatedMouseScroll, MouseScrollUnit};
use bevy::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;
use bevy_egui::input::EguiWantsInput;
use bevy_egui::{EguiGlobalSettings, PrimaryEguiContext};

/// Finest and coarsest zoom, in metres per pixel.
const FINEST: f32 = 0.01;
const COARSEST: f32 = 60.0;

/// The kind of adapter that is no graphics card but the processor, among those that wgpu counts.
const SOFTWARE: u8 = 4;

/// Which part of the sheet is seen.
#[derive(Resource, Debug, Clone, Copy, PartialEq)]
pub(crate) struct View {
    /// What is in the middle, in metres on the sheet.
    pub(crate) centre: Vec2,
    /// Metres per pixel.
    pub(crate) scale: f32,
    /// Size of what is drawn on, in pixels.
    pub(crate) size: Vec2,
}

impl View {
    /// The whole network with some room around it.
    pub(crate) fn fit(half: Vec2, size: Vec2) -> Self {
        let room = (size - Vec2::splat(56.0)).max(Vec2::splat(50.0));
        Self { centre: Vec2::ZERO, scale: (2.0 * half / room).max_element().clamp(FINEST, COARSEST), size }
    }

    /// A place of the map area, in pixels from its upper left corner, on the sheet.
    pub(crate) fn at(&self, place: Vec2) -> Vec2 {
        self.centre + Vec2::new(place.x - self.size.x / 2.0, self.size.y / 2.0 - place.y) * self.scale
    }

    /// Where a point of the sheet is in the map area, in pixels from its upper left corner.
    pub(crate) fn place(&self, at: Vec2) -> Vec2 {
        let off = (at - self.centre) / self.scale;
        Vec2::new(self.size.x / 2.0 + off.x, self.size.y / 2.0 - off.y)
    }

    /// Zooms by a factor, keeping the point under the cursor where it is.
    fn zoom(&mut self, factor: f32, cursor: Vec2) {
        let from_middle = Vec2::new(cursor.x - self.size.x / 2.0, self.size.y / 2.0 - cursor.y);
        let scale = (self.scale * factor).clamp(FINEST, COARSEST);
        self.centre += from_middle * (self.scale - scale);
        self.scale = scale;
    }

    /// Whether something of a radius around a point is seen.
    pub(crate) fn sees(&self, at: Vec2, radius: f32) -> bool {
        let off = (at - self.centre).abs() - Vec2::splat(radius);
        let half = self.size * self.scale / 2.0;
        off.x < half.x && off.y < half.y
    }
}

/// Where the map is in the window, in logical pixels: what panels leave.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct MapArea {
    pub(crate) min: Vec2,
    pub(crate) size: Vec2,
    /// Whether it has been told already.
    pub(crate) known: bool,
}

impl MapArea {
    /// A place of the window within the map that it is over, and on which side of two; `None` beside the map.
    pub(crate) fn within(&self, cursor: Vec2, split: bool) -> Option<Vec2> {
        let place = cursor - self.min;
        let inside = place.x >= 0.0 && place.y >= 0.0 && place.x < self.size.x && place.y < self.size.y;
        let half = self.size.x / 2.0;
        let x = if split && place.x >= half { place.x - half } else { place.x };
        inside.then_some(Vec2::new(x, place.y))
    }
}

/// Draws on this in place of the window.
#[derive(Resource, Clone)]
pub(crate) struct Canvas(pub(crate) Handle<Image>);

/// Shown only between these scales, in metres per pixel.
#[derive(Component, Clone, Copy)]
pub(crate) struct Detail {
    pub(crate) finest: f32,
    pub(crate) coarsest: f32,
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<MapArea>()
        .add_systems(PreStartup, raise_cameras)
        .add_systems(
            Update,
            (pan_by_mouse, zoom_by_wheel, steer_by_keys).chain().in_set(Part::Input).run_if(resource_exists::<Scene>),
        )
        .add_systems(Update, (follow, look, show_details, smooth).chain().in_set(Part::Draw));
}

/// One camera for each side, and one over both for the panels.
fn raise_cameras(
    mut commands: Commands<'_, '_>,
    canvas: Option<Res<'_, Canvas>>,
    view: Res<'_, View>,
    mut settings: ResMut<'_, EguiGlobalSettings>,
) {
    settings.auto_create_primary_context = false;
    let target = canvas.map(|c| RenderTarget::Image(c.0.clone().into()));
    let mut cameras = Vec::new();
    for side in Side::BOTH {
        let left = side == Side::Left;
        let clear = if left { ClearColorConfig::Custom(palette::PAPER.light) } else { ClearColorConfig::None };
        let camera = Camera { order: if left { 1 } else { 2 }, is_active: left, clear_color: clear, ..default() };
        let projection = OrthographicProjection { scale: view.scale, ..OrthographicProjection::default_2d() };
        let layers = RenderLayers::from_layers(&[0, side.layer()]);
        cameras.push(commands.spawn((side, Camera2d, camera, Msaa::Sample4, layers, Projection::from(projection))).id());
    }
    let camera = Camera { order: 9, clear_color: ClearColorConfig::None, ..default() };
    cameras.push(commands.spawn((PrimaryEguiContext, Camera2d, camera, Msaa::Sample4, RenderLayers::none())).id());
    for camera in cameras.into_iter().filter(|_| target.is_some()) {
        if let Some(target) = &target {
            commands.entity(camera).insert(target.clone());
        }
    }
}

/// Whether there is no graphics card and the processor draws.
pub(crate) fn in_software(adapter: Option<&RenderAdapterInfo>) -> bool {
    adapter.is_some_and(|a| a.device_type as u8 == SOFTWARE)
}

/// Edges are smoothed, but not while vehicles move and a processor draws: there it takes twice as long as all the rest.
fn smooth(playing: NonSend<'_, Playing>, adapter: Option<Res<'_, RenderAdapterInfo>>, mut cameras: Query<'_, '_, &mut Msaa>) {
    let wanted = if in_software(adapter.as_deref()) && playing.0.is_running() { Msaa::Off } else { Msaa::Sample4 };
    for mut msaa in &mut cameras {
        msaa.set_if_neq(wanted);
    }
}

/// The cursor within the map, unless a panel has it.
fn cursor(windows: &Query<'_, '_, &Window>, wants: &EguiWantsInput, area: &MapArea, split: bool) -> Option<Vec2> {
    let over = windows.iter().find_map(Window::cursor_position)?;
    area.within(over, split).filter(|_| !wants.is_using_pointer() && !wants.is_popup_open())
}

/// What the mouse has done since it was pressed on the map.
#[derive(Default)]
struct Held {
    last: Option<Vec2>,
    /// Pixels that it has been moved.
    moved: f32,
}

/// The point that was taken hold of stays under the cursor; a click without moving chooses what is there.
fn pan_by_mouse(
    mut view: ResMut<'_, View>,
    (buttons, keys): (Res<'_, ButtonInput<MouseButton>>, Res<'_, ButtonInput<KeyCode>>),
    windows: Query<'_, '_, &Window>,
    (wants, area, desk): (Res<'_, EguiWantsInput>, Res<'_, MapArea>, Res<'_, Desk>),
    (scene, playing, mut actions): (Res<'_, Scene>, NonSend<'_, Playing>, ResMut<'_, Actions>),
    mut held: Local<'_, Held>,
) {
    let over = cursor(&windows, &wants, &area, desk.split);
    if buttons.any_just_pressed([MouseButton::Left, MouseButton::Middle]) {
        let free = !wants.is_pointer_over_area() && desk.dialog == crate::desk::Dialog::None;
        *held = Held { last: over.filter(|_| free), moved: 0.0 };
    }
    let Some(from) = held.last else { return };
    if let Some(to) = over.filter(|to| *to != from) {
        let scale = view.scale;
        view.centre += Vec2::new(from.x - to.x, to.y - from.y) * scale;
        held.moved += from.distance(to);
        held.last = Some(to);
    }
    if buttons.just_released(MouseButton::Left) && held.moved < 4.0 {
        let point = view.at(from);
        let picked = if desk.works {
            let more = keys.any_pressed([KeyCode::ShiftLeft, KeyCode::ShiftRight]);
            let link = keys.any_pressed([KeyCode::ControlLeft, KeyCode::ControlRight]);
            crate::pick::lane(point, &view, &scene).map(|lane| Action::Choose { lane, more, link })
        } else {
            crate::pick::at(point, &view, &scene, &playing.0)
        };
        actions.0.extend(picked);
    }
    if !buttons.any_pressed([MouseButton::Left, MouseButton::Middle]) {
        held.last = None;
    }
}

fn zoom_by_wheel(
    mut view: ResMut<'_, View>,
    wheel: Res<'_, AccumulatedMouseScroll>,
    windows: Query<'_, '_, &Window>,
    (wants, area, desk): (Res<'_, EguiWantsInput>, Res<'_, MapArea>, Res<'_, Desk>),
) {
    let notches = match wheel.unit {
        MouseScrollUnit::Line => wheel.delta.y,
        MouseScrollUnit::Pixel => wheel.delta.y / 50.0,
    };
    if notches != 0.0
        && !wants.is_pointer_over_area()
        && let Some(cursor) = cursor(&windows, &wants, &area, desk.split)
    {
        view.zoom(0.85_f32.powf(notches), cursor);
    }
}

fn steer_by_keys(
    mut view: ResMut<'_, View>,
    keys: Res<'_, ButtonInput<KeyCode>>,
    time: Res<'_, Time>,
    scene: Res<'_, Scene>,
    wants: Res<'_, EguiWantsInput>,
) {
    let modified = [KeyCode::ControlLeft, KeyCode::ControlRight, KeyCode::AltLeft, KeyCode::SuperLeft];
    if wants.wants_any_keyboard_input() || keys.any_pressed(modified) {
        return;
    }
    let held = |a, b| f32::from(u8::from(keys.any_pressed([a, b])));
    let east = held(KeyCode::ArrowRight, KeyCode::KeyD) - held(KeyCode::ArrowLeft, KeyCode::KeyA);
    let north = held(KeyCode::ArrowUp, KeyCode::KeyW) - held(KeyCode::ArrowDown, KeyCode::KeyS);
    // A frame after a pause may be long; a pan is never more than a tenth of a second's.
    let frame = time.delta_secs().min(0.1);
    if (east, north) != (0.0, 0.0) {
        let scale = view.scale;
        view.centre += Vec2::new(east, north) * 700.0 * scale * frame;
    }
    let closer = held(KeyCode::NumpadAdd, KeyCode::Equal) - held(KeyCode::NumpadSubtract, KeyCode::Minus);
    if closer != 0.0 {
        let middle = view.size / 2.0;
        view.zoom(0.2_f32.powf(closer * frame), middle);
    }
    if keys.just_pressed(KeyCode::Home) {
        *view = View::fit(scene.ground.half, view.size);
    }
}

/// The vehicle that is followed stays in the middle.
fn follow(desk: Res<'_, Desk>, scene: Res<'_, Scene>, playing: NonSend<'_, Playing>, mut view: ResMut<'_, View>) {
    let Some(vehicle) = desk.vehicle else { return };
    if let Some(seen) = playing.0.vehicles(playing.0.world()).find(|v| v.vehicle == vehicle) {
        let at = scene.ground.at(seen.centre);
        if at != view.centre {
            view.centre = at;
        }
    }
}

fn look(
    mut view: ResMut<'_, View>,
    (area, desk, theme, scene): (Res<'_, MapArea>, Res<'_, Desk>, Res<'_, Theme>, Res<'_, Scene>),
    playing: NonSend<'_, Playing>,
    windows: Query<'_, '_, &Window>,
    mut cameras: Query<'_, '_, (&Side, &mut Camera, &mut Transform, &mut Projection)>,
    mut fitted: Local<'_, bool>,
) {
    let split = desk.split && playing.0.is_comparing();
    let size = if split { Vec2::new(area.size.x / 2.0, area.size.y) } else { area.size };
    if area.known && size != view.size {
        // What filled the map goes on to fill it.
        let whole = *view == View::fit(scene.ground.half, view.size);
        if whole || !*fitted && view.centre == Vec2::ZERO {
            *view = View::fit(scene.ground.half, size);
        } else {
            view.size = size;
        }
        *fitted = true;
    }
    let factor = windows.iter().next().map_or(1.0, Window::scale_factor);
    for (side, mut camera, mut transform, mut projection) in &mut cameras {
        let shown = *side == Side::Left || split;
        if camera.is_active != shown {
            camera.is_active = shown;
        }
        let left = if *side == Side::Right { area.size.x / 2.0 } else { 0.0 };
        let viewport = Viewport {
            physical_position: ((area.min + Vec2::new(left, 0.0)) * factor).as_uvec2(),
            physical_size: (size * factor).as_uvec2().max(UVec2::ONE),
            ..default()
        };
        let changed = camera
            .viewport
            .as_ref()
            .is_none_or(|v| (v.physical_position, v.physical_size) != (viewport.physical_position, viewport.physical_size));
        if area.known && changed {
            camera.viewport = Some(viewport);
        }
        if theme.is_changed() && *side == Side::Left {
            camera.clear_color = ClearColorConfig::Custom(palette::PAPER.colour(*theme));
        }
        transform.translation = view.centre.extend(transform.translation.z);
        if let Projection::Orthographic(orthographic) = &mut *projection {
            orthographic.scale = view.scale;
        }
    }
}

fn show_details(
    view: Res<'_, View>,
    mut layers: Query<'_, '_, (&Detail, &mut Visibility)>,
    fresh: Query<'_, '_, (), Added<Detail>>,
) {
    if !view.is_changed() && fresh.is_empty() {
        return;
    }
    for (detail, mut visibility) in &mut layers {
        let shown = (detail.finest..detail.coarsest).contains(&view.scale);
        visibility.set_if_neq(if shown { Visibility::Inherited } else { Visibility::Hidden });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_under_the_cursor_stays_there() {
        let mut view = View { centre: Vec2::new(100.0, 50.0), scale: 0.5, size: Vec2::new(800.0, 600.0) };
        let cursor = Vec2::new(100.0, 200.0);
        let under = |v: &View| v.centre + Vec2::new(cursor.x - 400.0, 300.0 - cursor.y) * v.scale;
        let before = under(&view);
        view.zoom(0.3, cursor);
        assert!(under(&view).distance(before) < 1e-3);
        view.zoom(1e9, cursor);
        assert_eq!(view.scale, COARSEST);
    }

    #[test]
    fn a_place_on_the_sheet_and_in_the_window_are_each_other_s_opposite() {
        let view = View { centre: Vec2::new(10.0, -5.0), scale: 0.25, size: Vec2::new(800.0, 600.0) };
        let place = Vec2::new(123.0, 456.0);
        assert!(view.place(view.at(place)).distance(place) < 1e-3);
    }

    #[test]
    fn a_cursor_over_the_right_of_two_maps_is_where_it_would_be_in_the_left_one() {
        let area = MapArea { min: Vec2::new(100.0, 50.0), size: Vec2::new(400.0, 300.0), known: true };
        assert_eq!(area.within(Vec2::new(350.0, 60.0), true), Some(Vec2::new(50.0, 10.0)));
        assert_eq!(area.within(Vec2::new(350.0, 60.0), false), Some(Vec2::new(250.0, 10.0)));
        assert_eq!(area.within(Vec2::new(50.0, 60.0), false), None);
    }

    #[test]
    fn the_whole_network_fits() {
        let view = View::fit(Vec2::new(1000.0, 300.0), Vec2::new(1280.0, 800.0));
        assert!(2000.0 / view.scale < 1280.0 && 600.0 / view.scale < 800.0);
        assert!(view.sees(Vec2::new(999.0, -299.0), 0.0) && !view.sees(Vec2::new(5000.0, 0.0), 10.0));
    }
}
