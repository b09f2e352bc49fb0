//! The colours of the window: a light, calm sheet that also prints.

use bevy::color::{Color, ColorToComponents, LinearRgba, Srgba};
use model::signal::Aspect;
use model::vehicle::VehicleClass;

const fn rgb(red: u8, green: u8, blue: u8) -> Color {
    Color::Srgba(Srgba::new(red as f32 / 255.0, green as f32 / 255.0, blue as f32 / 255.0, 1.0))
}

/// The sheet the map is drawn on.
pub const PAPER: Color = rgb(243, 241, 236);
/// Kerbs: the rim of every road surface.
pub const KERB: Color = rgb(147, 152, 158);
/// Road surface.
pub const ASPHALT: Color = rgb(195, 199, 204);
/// Road surface within intersections.
pub const JUNCTION: Color = rgb(186, 191, 197);
/// Lane lines, stop lines, arrows, crossings.
pub const MARKING: Color = rgb(255, 255, 255);
/// Detector loops.
pub const DETECTOR: Color = rgb(108, 122, 137);
/// Housing of the signal heads.
pub const HOUSING: Color = rgb(36, 40, 46);
/// People on foot.
pub const PERSON: Color = rgb(106, 58, 120);
/// Brake lights.
pub const BRAKE: Color = rgb(232, 28, 35);
/// Hatching of closed lanes.
pub const WORKS: Color = rgb(224, 142, 32);
/// Windscreens.
pub const GLASS: Color = rgb(207, 219, 230);
/// Text.
pub const INK: Color = rgb(38, 43, 49);
/// Text of lesser weight.
pub const INK_SOFT: Color = rgb(86, 94, 104);
/// Bars and boxes that hold text.
pub const PANEL: Color = Color::Srgba(Srgba::new(1.0, 1.0, 1.0, 0.96));
/// Rims of bars and boxes.
pub const RIM: Color = rgb(201, 204, 208);

/// Red of a signal.
pub const RED: Color = rgb(229, 57, 53);
/// Amber of a signal.
pub const AMBER: Color = rgb(255, 179, 0);
/// Green of a signal.
pub const GREEN: Color = rgb(18, 183, 106);

/// The colours of an aspect, two for red-amber.
pub const fn aspect(aspect: Aspect) -> [Color; 2] {
    match aspect {
        Aspect::Red => [RED, RED],
        Aspect::RedAmber => [RED, AMBER],
        Aspect::Green => [GREEN, GREEN],
        Aspect::Amber => [AMBER, AMBER],
    }
}

/// The colour of a vehicle class.
pub const fn class(class: VehicleClass) -> Color {
    match class {
        VehicleClass::Car => rgb(47, 74, 109),
        VehicleClass::Motorcycle => rgb(118, 75, 162),
        VehicleClass::Lorry => rgb(149, 96, 43),
        VehicleClass::ArticulatedLorry => rgb(104, 63, 22),
        VehicleClass::Bus => rgb(0, 128, 138),
        VehicleClass::Tram => rgb(162, 59, 114),
        VehicleClass::Bicycle => rgb(63, 125, 32),
        VehicleClass::Emergency => rgb(19, 86, 214),
    }
}

/// A vehicle class, for people.
pub const fn class_label(class: VehicleClass) -> &'static str {
    match class {
        VehicleClass::Car => "car",
        VehicleClass::Motorcycle => "motorcycle",
        VehicleClass::Lorry => "lorry",
        VehicleClass::ArticulatedLorry => "articulated lorry",
        VehicleClass::Bus => "bus",
        VehicleClass::Tram => "tram",
        VehicleClass::Bicycle => "bicycle",
        VehicleClass::Emergency => "emergency",
    }
}

/// A colour as a mesh stores it.
pub fn vertex(colour: Color) -> [f32; 4] {
    LinearRgba::from(colour).to_f32_array()
}
