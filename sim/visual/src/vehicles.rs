//! Vehicles and people on foot: all of them in one mesh, made anew for every frame.

use crate::desk::Desk;
use crate::map::height;
use crate::paint::Paint;
use crate::palette::{self, Theme};
use crate::player::Player;
use crate::run::Playing;
use crate::scene::{Part, Scene, Side};
use crate::sheet;
use crate::view::View;
use crate::world::World;
use bevy::prelude::*;
use model::id::VehicleId;
use model::network::Turn;
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

/// Hardly anybody is faster than this, in m/s.
const FAST: f64 = 20.0;
/// A way that is too short to be seen, in pixels.
const UNSEEN: f64 = 0.5;
/// A driver who turns off shows it this near to the end of the lane, in metres.
const TURNS: f64 = 35.0;

/// The mesh of all vehicles of a side.
#[derive(Component, Default)]
struct VehicleMesh;

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Startup, sheet::lay_on_both::<VehicleMesh>(height::VEHICLES)).add_systems(Update, draw.in_set(Part::Draw));
}

fn draw(
    (scene, view, theme, desk): (Res<'_, Scene>, Res<'_, View>, Res<'_, Theme>, Res<'_, Desk>),
    playing: NonSend<'_, Playing>,
    mut meshes: ResMut<'_, Assets<Mesh>>,
    targets: Query<'_, '_, (&Mesh2d, &Side), With<VehicleMesh>>,
    (mut paint, mut last): (Local<'_, Paint>, Local<'_, Option<(f64, bool)>>),
) {
    let other = view.is_changed() || theme.is_changed() || desk.is_changed();
    let (now, original) = (playing.0.now(), playing.0.shows_original());
    let moved = last.is_none_or(|at| at.1 != original || (now - at.0).abs() * FAST > UNSEEN * f64::from(view.scale));
    if !other && !(playing.is_changed() && (moved || !playing.0.is_running())) {
        return;
    }
    *last = Some((now, original));
    for (target, side) in &targets {
        paint.clear();
        paint.theme = *theme;
        if let Some(world) = side.world(&playing.0, desk.split).filter(|_| view.scale < COARSEST) {
            traffic(&mut paint, &scene, &view, (&playing.0, world), desk.vehicle);
        }
        if let Some(mut mesh) = meshes.get_mut(&target.0) {
            paint.pour(&mut mesh);
        }
    }
}

fn traffic(paint: &mut Paint, scene: &Scene, view: &View, (player, world): (&Player, &World), chosen: Option<VehicleId>) {
    for vehicle in player.vehicles(world) {
        let at = scene.ground.at(vehicle.centre);
        if view.sees(at, 30.0) {
            if chosen == Some(vehicle.vehicle) {
                ring(paint, at, vehicle.length as f32 * 0.7 + 6.0 * view.scale, 2.5 * view.scale);
            }
            body(paint, &vehicle, at, view.scale);
            if view.scale < FINE {
                indicator(paint, scene, &vehicle, at, player.now());
            }
        }
    }
    let people = world.after.people.iter().map(|p| scene.ground.at(p.at)).filter(|&at| view.sees(at, 1.0));
    people.for_each(|at| dot(paint, at, view.scale));
}

/// Around the vehicle that is followed.
fn ring(paint: &mut Paint, at: Vec2, radius: f32, width: f32) {
    let corner = |k: u8| at + radius * Vec2::from_angle(f32::from(k) * std::f32::consts::TAU / 24.0);
    paint.line(&std::array::from_fn::<Vec2, 25, _>(|k| corner(k as u8)), width, palette::CHOSEN);
}

/// The direction of travel on the sheet, also between two steps of which the one turns a little against the other.
pub(crate) fn ahead(vehicle: &DrawnVehicle) -> Vec2 {
    Vec2::new(vehicle.heading.0 as f32, vehicle.heading.1 as f32).normalize_or(Vec2::X)
}

/// Lights at the corners on the side to which a driver turns off; on for half of every second.
fn indicator(paint: &mut Paint, scene: &Scene, vehicle: &DrawnVehicle, at: Vec2, now: f64) {
    let network = &scene.scenario.network;
    let Some(movement) = vehicle.movement.map(|m| &network.movements[m]) else { return };
    let side = match movement.turn {
        Turn::Left | Turn::UTurn => 1.0,
        Turn::Right => -1.0,
        Turn::Straight => return,
    };
    let left = network.links[vehicle.link].length.get() - vehicle.position;
    if left > TURNS || now.rem_euclid(1.0) >= 0.5 {
        return;
    }
    let ahead = ahead(vehicle);
    let half = Vec2::new(vehicle.length as f32, vehicle.width as f32) / 2.0;
    for end in [0.86, -0.86] {
        let lamp = at + ahead * half.x * end + ahead.perp() * half.y * side;
        paint.bar(lamp, ahead, Vec2::new(0.28, 0.2), palette::INDICATOR);
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
    let ahead = ahead(vehicle);
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
    if vehicle.class == VehicleClass::Tram {
        joints(paint, at, ahead, half);
    }
    if brakes {
        for side in [0.62, -0.62] {
            let lamp = place(0.16 - half.x, side * half.y);
            paint.bar(lamp, ahead, Vec2::new(0.2, half.y * 0.3), palette::BRAKE);
        }
    }
}

/// A tram has joints between its sections, each about nine metres long.
fn joints(paint: &mut Paint, at: Vec2, ahead: Vec2, half: Vec2) {
    let sections = (half.x * 2.0 / 9.0).round().max(1.0);
    for k in 1..sections as u32 {
        let along = half.x * (2.0 * k as f32 / sections - 1.0);
        paint.bar(at + ahead * along, ahead, Vec2::new(0.22, half.y * 0.92), palette::HOUSING);
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
