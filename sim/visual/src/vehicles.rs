//! Vehicles: all of them in one mesh, made anew for every frame.

use crate::map::height;
use crate::paint::Paint;
use crate::palette;
use crate::run::Playing;
use crate::scene::{Part, Scene};
use crate::view::View;
use bevy::camera::visibility::NoFrustumCulling;
use bevy::prelude::*;
use model::vehicle::VehicleClass;
use sim::DrawnVehicle;

/// Least length and width on the sheet, in pixels.
const LEAST: Vec2 = Vec2::new(5.0, 2.6);
/// Coarsest scale at which windscreens and lights are drawn, in metres per pixel.
const FINE: f32 = 0.3;
/// A driver who brakes harder than this, in m/s², shows it.
const BRAKES: f64 = -0.5;
/// Below this speed, in m/s, a driver holds the vehicle with the brake.
const STANDS: f64 = 0.3;

/// The mesh of all vehicles.
#[derive(Component)]
struct VehicleMesh;

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Startup, set_up).add_systems(Update, draw.in_set(Part::Draw));
}

fn set_up(
    mut commands: Commands<'_, '_>,
    mut meshes: ResMut<'_, Assets<Mesh>>,
    mut materials: ResMut<'_, Assets<ColorMaterial>>,
) {
    commands.spawn((
        VehicleMesh,
        Mesh2d(meshes.add(Paint::dynamic_mesh())),
        MeshMaterial2d(materials.add(ColorMaterial::default())),
        Transform::from_xyz(0.0, 0.0, height::VEHICLES),
        NoFrustumCulling,
    ));
}

fn draw(
    scene: Res<'_, Scene>,
    view: Res<'_, View>,
    playing: NonSend<'_, Playing>,
    mut meshes: ResMut<'_, Assets<Mesh>>,
    target: Single<'_, '_, &Mesh2d, With<VehicleMesh>>,
    mut paint: Local<'_, Paint>,
) {
    if !view.is_changed() && !playing.is_changed() {
        return;
    }
    paint.clear();
    for vehicle in playing.0.shown().vehicles {
        let at = scene.ground.at(vehicle.centre);
        if view.sees(at, 30.0) {
            body(&mut paint, &vehicle, at, view.scale);
        }
    }
    if let Some(mut mesh) = meshes.get_mut(&target.0) {
        paint.pour(&mut mesh);
    }
}

fn body(paint: &mut Paint, vehicle: &DrawnVehicle, at: Vec2, scale: f32) {
    let size = Vec2::new(vehicle.length as f32, vehicle.width as f32).max(LEAST * scale);
    let half = size / 2.0;
    let ahead = Vec2::from_angle(vehicle.angle as f32);
    let left = ahead.perp();
    let place = |x: f32, y: f32| at + ahead * x + left * y;
    let colour = palette::class(vehicle.class);
    if scale >= FINE {
        paint.bar(at, ahead, half, colour);
        return;
    }
    // The front corners are cut, so that the way it faces is seen.
    let (cut, trim) = (0.45_f32.min(half.x * 0.3), half.y * 0.3);
    let nose = [place(half.x, half.y - trim), place(half.x - cut, half.y)];
    let tail = [place(-half.x, half.y * 0.92), place(-half.x, -half.y * 0.92)];
    let other = [place(half.x - cut, -half.y), place(half.x, trim - half.y)];
    paint.fan(&[nose[0], nose[1], tail[0], tail[1], other[0], other[1]], colour);
    windscreen(paint, vehicle.class, half, place);
    if vehicle.acceleration < BRAKES || vehicle.speed < STANDS {
        for side in [0.62, -0.62] {
            let lamp = place(0.16 - half.x, side * half.y);
            paint.bar(lamp, ahead, Vec2::new(0.2, half.y * 0.3), palette::BRAKE);
        }
    }
}

/// The glass over the driver; two-wheelers have none.
fn windscreen(paint: &mut Paint, class: VehicleClass, half: Vec2, place: impl Fn(f32, f32) -> Vec2) {
    let (front, depth) = match class {
        VehicleClass::Motorcycle | VehicleClass::Bicycle => return,
        VehicleClass::Car | VehicleClass::Emergency => (half.x * 0.45, 0.55),
        _ => (half.x - 0.35, 0.45),
    };
    let (wide, narrow) = (half.y * 0.78, half.y * 0.66);
    let glass = [place(front, wide), place(front - depth, narrow), place(front - depth, -narrow), place(front, -wide)];
    paint.fan(&glass, palette::GLASS);
}
