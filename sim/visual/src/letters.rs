//! The typeface of the window, compiled in: bevy's own has no umlauts, and egui's has another look.

use bevy::prelude::*;
use bevy::text::{FontFeatureTag, FontFeatures};
use bevy_egui::egui::{self, FontData, FontDefinitions, FontFamily, FontId};
use std::sync::Arc;

/// The heavier weight of Inter; the medium one is the default typeface.
const BOLD: Handle<Font> = bevy::asset::uuid_handle!("6a1c1a6e-5b0e-4a53-9a55-6d6f54b6a1f0");
/// Its name in egui.
const BOLD_FAMILY: &str = "bold";

/// The faces: medium and semi-bold.
pub(crate) const FACES: [&[u8]; 2] =
    [include_bytes!("../../../assets/fonts/Inter-Medium.otf"), include_bytes!("../../../assets/fonts/Inter-SemiBold.otf")];

pub(crate) fn plugin(app: &mut App) {
    let mut fonts = app.world_mut().resource_mut::<Assets<Font>>();
    for (id, bytes) in [AssetId::default(), BOLD.id()].into_iter().zip(FACES) {
        if let Err(error) = fonts.insert(id, Font::from_bytes(bytes.to_vec())) {
            warn!("a typeface was not taken: {error}");
        }
    }
}

/// A face of a size; figures all of one width, so that counting does not make the text jump.
pub(crate) fn face(size: f32, bold: bool) -> TextFont {
    TextFont {
        font: if bold { BOLD.into() } else { Handle::default().into() },
        font_size: FontSize::Px(size),
        font_features: FontFeatures::builder().enable(FontFeatureTag::TABULAR_FIGURES).build(),
        ..default()
    }
}

/// The same for panels and diagrams.
pub(crate) fn font(size: f32, bold: bool) -> FontId {
    FontId::new(size, if bold { FontFamily::Name(BOLD_FAMILY.into()) } else { FontFamily::Proportional })
}

/// Teaches the typeface to egui; what it lacks comes from egui's own.
pub(crate) fn teach(context: &egui::Context) {
    let mut fonts = FontDefinitions::default();
    let fallback = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    for (name, bytes) in ["medium", BOLD_FAMILY].into_iter().zip(FACES) {
        fonts.font_data.insert(name.into(), Arc::new(FontData::from_static(bytes)));
        let family = if name == BOLD_FAMILY { FontFamily::Name(BOLD_FAMILY.into()) } else { FontFamily::Proportional };
        fonts.families.insert(family, std::iter::once(name.to_owned()).chain(fallback.iter().cloned()).collect());
    }
    context.set_fonts(fonts);
}
