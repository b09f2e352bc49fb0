//! The icons of the window, drawn from `assets/icons` once.

use crate::palette::{self, Theme};
use bevy_egui::egui::{
    Color32, ColorImage, Context, CornerRadius, Rect, Response, Sense, TextureHandle, TextureOptions, Ui, pos2, vec2,
};
use resvg::{tiny_skia, usvg};
use std::collections::BTreeMap;

/// An icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Icon {
    Play,
    Pause,
    Step,
    Second,
    Cycle,
    Start,
    Slower,
    Faster,
    Undo,
    Redo,
    Save,
    Swap,
    Split,
    Theme,
    Help,
    Open,
    Find,
    Export,
    Close,
}

/// Every icon with its drawing.
const DRAWINGS: [(Icon, &str); 19] = [
    (Icon::Play, include_str!("../../../assets/icons/play.svg")),
    (Icon::Pause, include_str!("../../../assets/icons/pause.svg")),
    (Icon::Step, include_str!("../../../assets/icons/step.svg")),
    (Icon::Second, include_str!("../../../assets/icons/second.svg")),
    (Icon::Cycle, include_str!("../../../assets/icons/cycle.svg")),
    (Icon::Start, include_str!("../../../assets/icons/start.svg")),
    (Icon::Slower, include_str!("../../../assets/icons/slower.svg")),
    (Icon::Faster, include_str!("../../../assets/icons/faster.svg")),
    (Icon::Undo, include_str!("../../../assets/icons/undo.svg")),
    (Icon::Redo, include_str!("../../../assets/icons/redo.svg")),
    (Icon::Save, include_str!("../../../assets/icons/save.svg")),
    (Icon::Swap, include_str!("../../../assets/icons/swap.svg")),
    (Icon::Split, include_str!("../../../assets/icons/split.svg")),
    (Icon::Theme, include_str!("../../../assets/icons/theme.svg")),
    (Icon::Help, include_str!("../../../assets/icons/help.svg")),
    (Icon::Open, include_str!("../../../assets/icons/open.svg")),
    (Icon::Find, include_str!("../../../assets/icons/find.svg")),
    (Icon::Export, include_str!("../../../assets/icons/export.svg")),
    (Icon::Close, include_str!("../../../assets/icons/close.svg")),
];

/// Pixels of a side: twice what is shown, for sharp screens.
const SIDE: u32 = 36;

/// The icons as the panels draw them.
#[derive(Default)]
pub(crate) struct Icons(BTreeMap<Icon, TextureHandle>);

impl Icons {
    pub(crate) fn new(context: &Context) -> Self {
        let image = |drawing: &str| {
            let tree = usvg::Tree::from_str(drawing, &usvg::Options::default()).ok()?;
            let mut pixels = tiny_skia::Pixmap::new(SIDE, SIDE)?;
            let scale = SIDE as f32 / tree.size().width();
            resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut pixels.as_mut());
            Some(ColorImage::from_rgba_premultiplied([SIDE as usize; 2], pixels.data()))
        };
        let load = |(icon, drawing): (Icon, &str)| {
            Some((icon, context.load_texture(format!("{icon:?}"), image(drawing)?, TextureOptions::LINEAR)))
        };
        Self(DRAWINGS.into_iter().filter_map(load).collect())
    }

    /// A button with an icon; its tooltip says what it does and which key does the same.
    pub(crate) fn button(&self, ui: &mut Ui, theme: Theme, icon: Icon, able: bool, tip: &str) -> bool {
        let (area, response) = ui.allocate_exact_size(vec2(26.0, 24.0), if able { Sense::click() } else { Sense::hover() });
        if able && response.hovered() {
            ui.painter().rect_filled(area, CornerRadius::same(4), palette::RIM.egui(theme));
        }
        let ink = if able { palette::INK } else { palette::NOTHING };
        self.draw(ui, icon, Rect::from_center_size(area.center(), vec2(18.0, 18.0)), ink.egui(theme));
        response.on_hover_text(tip).clicked()
    }

    fn draw(&self, ui: &Ui, icon: Icon, area: Rect, tint: Color32) {
        if let Some(texture) = self.0.get(&icon) {
            let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            ui.painter().image(texture.id(), area, whole, tint);
        }
    }
}

/// A word that can be clicked, marked while it is chosen.
pub(crate) fn choice(ui: &mut Ui, chosen: bool, text: &str, tip: &str) -> Response {
    ui.selectable_label(chosen, text).on_hover_text(tip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_can_be_drawn() {
        let context = Context::default();
        assert_eq!(Icons::new(&context).0.len(), DRAWINGS.len());
    }
}
