//! The colours of the window: a light, calm sheet that also prints, and a dark one for long evenings.

use bevy::color::{Alpha, Color, ColorToComponents, ColorToPacked, LinearRgba, Srgba};
use bevy::ecs::resource::Resource;
use model::signal::Aspect;
use model::vehicle::VehicleClass;

/// Whether the sheet is light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Resource, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// Dark lines on light paper; what prints.
    #[default]
    Light,
    /// Light lines on dark paper.
    Dark,
}

impl Theme {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Light => Self::Dark,
            Self::Dark => Self::Light,
        }
    }
}

/// What something is drawn with: a colour for each theme.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ink {
    /// On light paper.
    pub light: Color,
    /// On dark paper.
    pub dark: Color,
}

impl Ink {
    /// The same on any paper.
    pub const fn always(colour: Color) -> Self {
        Self { light: colour, dark: colour }
    }

    /// The colour in a theme.
    pub const fn colour(self, theme: Theme) -> Color {
        match theme {
            Theme::Light => self.light,
            Theme::Dark => self.dark,
        }
    }

    /// As a mesh stores it.
    pub fn vertex(self, theme: Theme) -> [f32; 4] {
        LinearRgba::from(self.colour(theme)).to_f32_array()
    }

    /// As egui wants it: what is thin is multiplied as light is, for that is how it is mixed with what lies beneath.
    pub fn egui(self, theme: Theme) -> bevy_egui::egui::Color32 {
        let light = LinearRgba::from(self.colour(theme));
        let thinned = LinearRgba {
            red: light.red * light.alpha,
            green: light.green * light.alpha,
            blue: light.blue * light.alpha,
            ..light
        };
        let [r, g, b, a] = Srgba::from(thinned).to_u8_array();
        bevy_egui::egui::Color32::from_rgba_premultiplied(r, g, b, a)
    }

    /// Red, green and blue on light paper, as SVG writes them.
    pub fn hex(self) -> String {
        let [r, g, b, _] = Srgba::from(self.light).to_u8_array();
        format!("#{r:02x}{g:02x}{b:02x}")
    }

    /// The share of what lies beneath that it hides, 0 to 1.
    pub fn opacity(self) -> f32 {
        self.light.alpha()
    }

    /// The same, as thin as that.
    #[must_use]
    pub fn thin(self, opacity: f32) -> Self {
        Self { light: self.light.with_alpha(opacity), dark: self.dark.with_alpha(opacity) }
    }
}

const fn rgb(red: u8, green: u8, blue: u8) -> Color {
    Color::Srgba(Srgba::new(red as f32 / 255.0, green as f32 / 255.0, blue as f32 / 255.0, 1.0))
}

const fn ink(light: Color, dark: Color) -> Ink {
    Ink { light, dark }
}

/// The sheet the map is drawn on.
pub const PAPER: Ink = ink(rgb(243, 241, 236), rgb(24, 27, 31));
/// Kerbs: the rim of every road surface.
pub const KERB: Ink = ink(rgb(147, 152, 158), rgb(96, 103, 112));
/// Road surface.
pub const ASPHALT: Ink = ink(rgb(195, 199, 204), rgb(54, 60, 67));
/// Road surface within intersections.
pub const JUNCTION: Ink = ink(rgb(186, 191, 197), rgb(60, 66, 74));
/// Lanes for bicycles alone.
pub const CYCLEWAY: Ink = ink(rgb(206, 178, 170), rgb(84, 60, 58));
/// Lanes for trams alone.
pub const TRAMWAY: Ink = ink(rgb(188, 201, 180), rgb(52, 66, 54));
/// Rails.
pub const RAIL: Ink = ink(rgb(108, 112, 118), rgb(128, 134, 142));
/// Lane lines, stop lines, arrows, crossings.
pub const MARKING: Ink = ink(rgb(255, 255, 255), rgb(196, 201, 207));
/// Detectors.
pub const DETECTOR: Ink = ink(rgb(108, 122, 137), rgb(118, 134, 152));
/// Detectors that somebody is on.
pub const OCCUPIED: Ink = ink(rgb(20, 108, 196), rgb(90, 178, 255));
/// Stops of buses and trams.
pub const STOP: Ink = ink(rgb(0, 106, 116), rgb(64, 190, 200));
/// Housing of the signal heads.
pub const HOUSING: Ink = ink(rgb(36, 40, 46), rgb(10, 12, 14));
/// People on foot.
pub const PERSON: Ink = ink(rgb(106, 58, 120), rgb(202, 150, 216));
/// Brake lights.
pub const BRAKE: Ink = Ink::always(rgb(232, 28, 35));
/// Indicators.
pub const INDICATOR: Ink = ink(rgb(255, 150, 0), rgb(255, 176, 46));
/// Hatching of closed lanes.
pub const WORKS: Ink = Ink::always(rgb(224, 142, 32));
/// Windscreens.
pub const GLASS: Ink = ink(rgb(207, 219, 230), rgb(30, 38, 46));
/// Text.
pub const INK: Ink = ink(rgb(38, 43, 49), rgb(226, 229, 233));
/// Text of lesser weight.
pub const INK_SOFT: Ink = ink(rgb(86, 94, 104), rgb(158, 167, 177));
/// Bars and boxes that hold text.
pub const PANEL: Ink = ink(rgb(252, 252, 251), rgb(33, 37, 42));
/// Rims of bars and boxes.
pub const RIM: Ink = ink(rgb(201, 204, 208), rgb(66, 72, 79));
/// What is chosen.
pub const CHOSEN: Ink = ink(rgb(24, 90, 169), rgb(110, 176, 250));

/// Red of a signal.
pub const RED: Ink = Ink::always(rgb(229, 57, 53));
/// Amber of a signal.
pub const AMBER: Ink = Ink::always(rgb(255, 179, 0));
/// Green of a signal.
pub const GREEN: Ink = Ink::always(rgb(18, 183, 106));

/// The bands of a time-space diagram, by direction.
pub const BANDS: [Ink; 2] = [ink(rgb(46, 125, 200), rgb(94, 164, 232)), ink(rgb(214, 126, 30), rgb(240, 164, 84))];

/// Where there is nothing to say.
pub const NOTHING: Ink = ink(rgb(170, 174, 179), rgb(84, 90, 97));

/// From good to bad, in six steps; the letters of the level of service stand beside them.
pub const GRADES: [Ink; 6] = [
    ink(rgb(0, 128, 96), rgb(28, 160, 122)),
    ink(rgb(110, 170, 60), rgb(136, 192, 82)),
    ink(rgb(226, 190, 32), rgb(236, 204, 66)),
    ink(rgb(240, 138, 30), rgb(246, 156, 62)),
    ink(rgb(212, 56, 44), rgb(232, 90, 78)),
    ink(rgb(122, 30, 92), rgb(182, 84, 152)),
];

/// From little to much where neither is good or bad, in six steps.
pub const AMOUNTS: [Ink; 6] = [
    ink(rgb(186, 206, 228), rgb(46, 66, 92)),
    ink(rgb(140, 178, 216), rgb(56, 92, 138)),
    ink(rgb(94, 148, 202), rgb(70, 122, 184)),
    ink(rgb(52, 116, 182), rgb(96, 154, 220)),
    ink(rgb(26, 82, 148), rgb(140, 188, 240)),
    ink(rgb(12, 48, 100), rgb(196, 222, 250)),
];

/// From much better to much worse, in five steps; the middle one is no difference.
pub const DIFFERENCES: [Ink; 5] = [
    ink(rgb(16, 96, 160), rgb(70, 160, 232)),
    ink(rgb(112, 168, 214), rgb(66, 110, 154)),
    ink(rgb(170, 174, 179), rgb(84, 90, 97)),
    ink(rgb(240, 164, 90), rgb(178, 116, 58)),
    ink(rgb(200, 70, 20), rgb(244, 120, 62)),
];

/// The colours of an aspect, two for red-amber.
pub const fn aspect(aspect: Aspect) -> [Ink; 2] {
    match aspect {
        Aspect::Red => [RED, RED],
        Aspect::RedAmber => [RED, AMBER],
        Aspect::Green => [GREEN, GREEN],
        Aspect::Amber => [AMBER, AMBER],
    }
}

/// The colour of a vehicle class.
pub const fn class(class: VehicleClass) -> Ink {
    match class {
        VehicleClass::Car => ink(rgb(47, 74, 109), rgb(132, 166, 206)),
        VehicleClass::Motorcycle => ink(rgb(118, 75, 162), rgb(176, 136, 220)),
        VehicleClass::Lorry => ink(rgb(149, 96, 43), rgb(206, 152, 96)),
        VehicleClass::ArticulatedLorry => ink(rgb(104, 63, 22), rgb(180, 128, 74)),
        VehicleClass::Bus => ink(rgb(0, 128, 138), rgb(56, 190, 200)),
        VehicleClass::Tram => ink(rgb(162, 59, 114), rgb(222, 120, 174)),
        VehicleClass::Bicycle => ink(rgb(63, 125, 32), rgb(136, 196, 100)),
        VehicleClass::Emergency => ink(rgb(19, 86, 214), rgb(90, 146, 255)),
    }
}
