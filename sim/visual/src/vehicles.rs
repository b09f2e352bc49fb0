//! Vehicles and people on foot: all of them in one mesh, made anew for every frame.

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
const LEAST: Vec2 = Vec2::new(3.2, 2.2);
/// Radius of somebody on foot, in metres.
const PERSON: f32 = 0.25;
/// Coarsest scale at which windscreens and lights are drawn, in metres per pixel.
const FINE: f32 = 0.3;
/// Coarsest scale at which it is seen who brakes.
const LIGHTS: f32 = 1.0;
/// Beyond this scale vehicles drawn large enough to be seen would hide the roads.
pub(crate) const COARSEST: f32 = 8.0;
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
    if view.scale < COARSEST {
        let shown = playing.0.shown();
        for vehicle in shown.vehicles {
            let at = scene.ground.at(vehicle.centre);
            if view.sees(at, 30.0) {
                body(&mut paint, &vehicle, at, view.scale);
            }
        }
        let people = shown.people.iter().map(|p| scene.ground.at(p.at)).filter(|&at| view.sees(at, 1.0));
        people.for_each(|at| dot(&mut paint, at, view.scale));
    }
    if let Some(mut mesh) = meshes.get_mut(&target.0) {
        paint.pour(&mut mesh);
    }
}

/// Somebody on foot, seen from above.
fn dot(paint: &mut Paint, at: Vec2, scale: f32) {
    let radius = PERSON.max(1.2 * scale);
    let corner = |k: u8| at + radius * Vec2::from_angle(f32::from(k) * std::f32::consts::FRAC_PI_4);
    paint.fan(&[0, 1, 2, 3, 4, 5, 6, 7].map(corner), palette::PERSON);
}

fn body(paint: &mut Paint, vehicle: &DrawnVehicle, at: Vec2, scale: f32) {
    let size = Vec2::new(vehicle.length as f32, vehicle.width as f32).max(LEAST * scale);
    let half = size / 2.0;
    let ahead = Vec2::from_angle(vehicle.angle as f32);
    let left = ahead.perp();
    let place = |x: f32, y: f32| at + ahead * x + left * y;
    let colour = palette::class(vehicle.class);
    let brakes = vehicle.acceleration < BRAKES || vehicle.speed < STANDS;
    if scale >= FINE {
        paint.bar(at, ahead, half, colour);
        if brakes && scale < LIGHTS {
            let rear = 0.45_f32.max(0.6 * scale);
            paint.bar(at - ahead * (half.x - rear), ahead, Vec2::new(rear, half.y), palette::BRAKE);
        }
        return;
    }
    // The corners are cut, more at the front, so that the way it faces is seen.
    let (cut, trim) = (0.5_f32.min(half.x * 0.3), half.y * 0.32);
    let (back, side) = (0.15_f32.min(half.x * 0.1), half.y * 0.12);
    let outline = [
        (half.x, half.y - trim),
        (half.x - cut, half.y),
        (back - half.x, half.y),
        (-half.x, half.y - side),
        (-half.x, side - half.y),
        (back - half.x, -half.y),
        (half.x - cut, -half.y),
        (half.x, trim - half.y),
    ];
    paint.fan(&outline.map(|(x, y)| place(x, y)), colour);
    windows(paint, vehicle.class, half, place);
    if brakes {
        for side in [0.62, -0.62] {
            let lamp = place(0.16 - half.x, side * half.y);
            paint.bar(lamp, ahead, Vec2::new(0.2, half.y * 0.3), palette::BRAKE);
        }
    }
}

/// The windscreen, for cars the rear window too; two-wheelers have none.
fn windows(paint: &mut Paint, class: VehicleClass, half: Vec2, place: impl Fn(f32, f32) -> Vec2) {
    let mut pane = |front: f32, front_half: f32, back: f32, back_half: f32| {
        let corners = [(front, front_half), (back, back_half), (back, -back_half), (front, -front_half)];
        paint.fan(&corners.map(|(x, y)| place(x, y * half.y)), palette::GLASS);
    };
    match class {
        VehicleClass::Motorcycle | VehicleClass::Bicycle => {}
        VehicleClass::Car | VehicleClass::Emergency => {
            let (front, back) = (half.x * 0.42, -half.x * 0.62);
            pane(front, 0.8, front - 0.55, 0.68);
            pane(back + 0.35, 0.66, back, 0.74);
        }
        _ => pane(half.x - 0.35, 0.8, half.x - 0.8, 0.72),
    }
}
