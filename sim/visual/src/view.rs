//! Which part of the sheet is seen: pan, zoom and fit.

use crate::palette;
use crate::scene::{Part, Scene};
use bevy::camera::RenderTarget;
use bevy::input::mouse::{AccumulatedMouseScroll, MouseScrollUnit};
use bevy::prelude::*;

/// Room for the bars at the top and at the bottom, in pixels.
pub(crate) const BAR: f32 = 34.0;
/// Finest and coarsest zoom, in metres per pixel.
const FINEST: f32 = 0.01;
const COARSEST: f32 = 60.0;

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
    /// The whole network between the bars.
    pub(crate) fn fit(half: Vec2, size: Vec2) -> Self {
        let room = (size - Vec2::new(48.0, 2.0 * BAR + 40.0)).max(Vec2::splat(50.0));
        Self { centre: Vec2::ZERO, scale: (2.0 * half / room).max_element().clamp(FINEST, COARSEST), size }
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

/// The camera over the sheet.
#[derive(Component)]
pub(crate) struct Overhead;

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
    app.add_systems(PreStartup, raise_camera)
        .add_systems(Update, (pan_by_mouse, zoom_by_wheel, steer_by_keys).chain().in_set(Part::Input))
        .add_systems(Update, (look, show_details).chain().in_set(Part::Draw));
}

fn raise_camera(mut commands: Commands<'_, '_>, canvas: Option<Res<'_, Canvas>>, view: Res<'_, View>) {
    let mut camera = commands.spawn((
        Overhead,
        Camera2d,
        Camera { clear_color: ClearColorConfig::Custom(palette::PAPER), ..default() },
        IsDefaultUiCamera,
        Projection::from(OrthographicProjection { scale: view.scale, ..OrthographicProjection::default_2d() }),
        Transform::from_translation(view.centre.extend(0.0)),
    ));
    if let Some(canvas) = canvas {
        camera.insert(RenderTarget::Image(canvas.0.clone().into()));
    }
}

/// The point that was taken hold of stays under the cursor.
fn pan_by_mouse(
    mut view: ResMut<'_, View>,
    buttons: Res<'_, ButtonInput<MouseButton>>,
    windows: Query<'_, '_, &Window>,
    mut last: Local<'_, Option<Vec2>>,
) {
    let held = buttons.any_pressed([MouseButton::Left, MouseButton::Middle]);
    let cursor = windows.iter().find_map(Window::cursor_position).filter(|_| held);
    if let (Some(from), Some(to)) = (*last, cursor)
        && from != to
    {
        let scale = view.scale;
        view.centre += Vec2::new(from.x - to.x, to.y - from.y) * scale;
    }
    *last = cursor;
}

fn zoom_by_wheel(mut view: ResMut<'_, View>, wheel: Res<'_, AccumulatedMouseScroll>, windows: Query<'_, '_, &Window>) {
    let notches = match wheel.unit {
        MouseScrollUnit::Line => wheel.delta.y,
        MouseScrollUnit::Pixel => wheel.delta.y / 50.0,
    };
    if notches != 0.0 {
        let middle = view.size / 2.0;
        let cursor = windows.iter().find_map(Window::cursor_position).unwrap_or(middle);
        view.zoom(0.85_f32.powf(notches), cursor);
    }
}

fn steer_by_keys(mut view: ResMut<'_, View>, keys: Res<'_, ButtonInput<KeyCode>>, time: Res<'_, Time>, scene: Res<'_, Scene>) {
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

fn look(mut view: ResMut<'_, View>, cameras: Single<'_, '_, (&Camera, &mut Transform, &mut Projection), With<Overhead>>) {
    let (camera, mut transform, mut projection) = cameras.into_inner();
    if let Some(size) = camera.logical_viewport_size()
        && size != view.size
    {
        view.size = size;
    }
    if view.is_changed() {
        transform.translation = view.centre.extend(transform.translation.z);
        if let Projection::Orthographic(orthographic) = &mut *projection {
            orthographic.scale = view.scale;
        }
    }
}

fn show_details(view: Res<'_, View>, mut layers: Query<'_, '_, (&Detail, &mut Visibility)>) {
    if !view.is_changed() {
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
    fn a_drag_moves_what_was_taken_hold_of() {
        let mut app = App::new();
        let mut window = Window::default();
        window.resolution.set(800.0, 600.0);
        window.set_cursor_position(Some(Vec2::new(100.0, 100.0)));
        let window = app.world_mut().spawn(window).id();
        app.insert_resource(View { centre: Vec2::ZERO, scale: 0.5, size: Vec2::new(800.0, 600.0) })
            .init_resource::<ButtonInput<MouseButton>>()
            .add_systems(Update, pan_by_mouse);
        app.update();
        app.world_mut().resource_mut::<ButtonInput<MouseButton>>().press(MouseButton::Left);
        app.update();
        let moved = Some(Vec2::new(140.0, 90.0));
        app.world_mut().get_mut::<Window>(window).unwrap().set_cursor_position(moved);
        app.update();
        assert_eq!(app.world().resource::<View>().centre, Vec2::new(-20.0, -5.0));
        app.world_mut().resource_mut::<ButtonInput<MouseButton>>().release(MouseButton::Left);
        app.world_mut().get_mut::<Window>(window).unwrap().set_cursor_position(Some(Vec2::ZERO));
        app.update();
        assert_eq!(app.world().resource::<View>().centre, Vec2::new(-20.0, -5.0));
    }

    #[test]
    fn the_whole_network_fits_between_the_bars() {
        let view = View::fit(Vec2::new(1000.0, 300.0), Vec2::new(1280.0, 800.0));
        assert!(2000.0 / view.scale < 1280.0 && 600.0 / view.scale < 800.0 - 2.0 * BAR);
        assert!(view.sees(Vec2::new(999.0, -299.0), 0.0) && !view.sees(Vec2::new(5000.0, 0.0), 10.0));
    }
}
