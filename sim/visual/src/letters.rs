//! The typeface of the window, compiled in: bevy's own has no umlauts.

use bevy::prelude::*;
use bevy::text::{FontFeatureTag, FontFeatures};

/// The heavier weight of Inter; the medium one is the default typeface.
const BOLD: Handle<Font> = bevy::asset::uuid_handle!("6a1c1a6e-5b0e-4a53-9a55-6d6f54b6a1f0");

pub(crate) fn plugin(app: &mut App) {
    let faces: [(AssetId<Font>, &[u8]); 2] = [
        (AssetId::default(), include_bytes!("../../../assets/fonts/Inter-Medium.otf")),
        (BOLD.id(), include_bytes!("../../../assets/fonts/Inter-SemiBold.otf")),
    ];
    let mut fonts = app.world_mut().resource_mut::<Assets<Font>>();
    for (id, bytes) in faces {
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

/// A line of text in a bar or box.
pub(crate) fn text(content: impl Into<String>, size: f32, bold: bool, colour: Color) -> impl Bundle {
    (Text::new(content), face(size, bold), TextColor(colour), TextLayout::no_wrap())
}
