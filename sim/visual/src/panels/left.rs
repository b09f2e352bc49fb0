//! The panel at the left: layers with their legend, and the classes of vehicles.

use super::{Seen, soft, strong};
use crate::desk::Action;
use crate::icons::choice;
use crate::layers::Layer;
use crate::palette::{self, Ink};
use crate::words;
use bevy_egui::egui::{CornerRadius, ScrollArea, Sense, Ui, vec2};
use model::vehicle::VehicleClass;

pub(super) fn show(ui: &mut Ui, seen: &Seen<'_>, asked: &mut Vec<Action>) {
    ScrollArea::vertical().show(ui, |ui| {
        layers(ui, seen, asked);
        if seen.desk.legend {
            ui.add_space(8.0);
            ui.separator();
            legend(ui, seen);
        }
    });
}

fn layers(ui: &mut Ui, seen: &Seen<'_>, asked: &mut Vec<Action>) {
    let language = seen.language();
    strong(ui, words::LAYERS.of(language), 13.5);
    let tip = words::LAYER_KEYS.of(language);
    let none = choice(ui, seen.desk.layer.is_none(), words::NO_LAYER.of(language), tip);
    if none.clicked() {
        asked.push(Action::Layer(None));
    }
    for (k, layer) in Layer::ALL.into_iter().enumerate() {
        let text = format!("{}  {}", k + 1, layer.scale().name.of(language));
        if choice(ui, seen.desk.layer == Some(layer), &text, tip).clicked() {
            asked.push(Action::Layer(Some(layer)));
        }
    }
}

fn legend(ui: &mut Ui, seen: &Seen<'_>) {
    let language = seen.language();
    if let Some(layer) = seen.desk.layer {
        let scale = layer.scale();
        strong(ui, scale.name.of(language), 13.0);
        soft(ui, seen.theme, scale.unit.of(language), 11.0);
        for (ink, label) in scale.inks.iter().zip(scale.labels(layer, language)) {
            entry(ui, seen, *ink, &label);
        }
        let (nothing, is_sum) = match layer {
            Layer::Speed => (words::NONE_SEEN, false),
            Layer::Queue | Layer::Spillback => (words::NO_QUEUE, false),
            _ => (words::NO_DATA, true),
        };
        entry(ui, seen, palette::NOTHING.thin(0.5), nothing.of(language));
        if is_sum {
            soft(ui, seen.theme, words::COUNTED_FROM.with(language, &[&seen.scene.scenario.begin]), 11.0);
        }
        ui.add_space(6.0);
    }
    strong(ui, words::LEGEND.of(language), 13.0);
    let types = &seen.scene.scenario.demand.types;
    for class in VehicleClass::ALL.into_iter().filter(|&c| types.iter().any(|t| t.class == c)) {
        entry(ui, seen, palette::class(class), words::class(class).of(language));
    }
    if !seen.scene.scenario.demand.walking.is_empty() {
        entry(ui, seen, palette::PERSON, words::ON_FOOT.of(language));
    }
    entry(ui, seen, palette::BRAKE, words::BRAKING.of(language));
    entry(ui, seen, palette::INDICATOR, words::INDICATING.of(language));
}

fn entry(ui: &mut Ui, seen: &Seen<'_>, ink: Ink, label: &str) {
    ui.horizontal(|ui| {
        let (area, _) = ui.allocate_exact_size(vec2(16.0, 9.0), Sense::hover());
        ui.painter().rect_filled(area, CornerRadius::same(1), seen.ink(ink));
        soft(ui, seen.theme, label, 11.5);
    });
}
