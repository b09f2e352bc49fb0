//! The panel at the right: what a signal shows and why, a followed vehicle, and what the changes have brought.

use super::{Seen, soft, strong};
use crate::desk::Action;
use crate::explain::{aspect_word, detectors, explain};
use crate::palette;
use crate::words::{self, Text, number};
use bevy_egui::egui::{CornerRadius, Frame, Grid, Margin, RichText, ScrollArea, Sense, Ui, vec2};
use model::id::SignalId;
use model::signal::Aspect;
use model::time::DaySecond;
use sim::Measures;

pub(super) fn show(ui: &mut Ui, seen: &Seen<'_>, asked: &mut Vec<Action>) {
    ScrollArea::vertical().show(ui, |ui| {
        if seen.desk.works {
            super::works::show(ui, seen, asked);
            ui.separator();
        }
        if seen.player.is_comparing() {
            differences(ui, seen, asked);
            ui.separator();
        }
        if seen.desk.vehicle.is_some() {
            vehicle(ui, seen);
            ui.separator();
        }
        if let Some(id) = seen.desk.signal {
            signal(ui, seen, id);
        }
    });
}

fn signal(ui: &mut Ui, seen: &Seen<'_>, id: SignalId) {
    let language = seen.language();
    strong(ui, words::SIGNAL.with(language, &[&seen.scene.scenario.signals[id].name]), 15.0);
    let titles = seen.scene.scenario.network.intersections.iter().filter(|i| i.signal == Some(id) && !i.title.is_empty());
    if let Some(intersection) = titles.max_by_key(|i| i.movements.len()) {
        soft(ui, seen.theme, &intersection.title, 11.5);
    }
    ui.add_space(4.0);
    let now = DaySecond(seen.player.now() as u32);
    let plans = seen.player.world().programme().at(now);
    for explained in explain(language, seen.scene, seen.player, plans.as_deref(), id) {
        let [first, second] = palette::aspect(explained.aspect);
        Frame::new().inner_margin(Margin::symmetric(0, 2)).show(ui, |ui| {
            ui.horizontal(|ui| {
                let (area, response) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
                ui.painter().rect_filled(area, CornerRadius::same(2), seen.ink(first));
                if explained.aspect == Aspect::RedAmber {
                    ui.painter().rect_filled(area.split_top_bottom_at_fraction(0.5).1, CornerRadius::ZERO, seen.ink(second));
                }
                response.on_hover_text(aspect_word(explained.aspect).of(language));
                strong(ui, explained.lines[0].clone(), 12.0);
            });
            for line in &explained.lines[1..] {
                soft(ui, seen.theme, line, 11.0);
            }
        });
    }
    ui.add_space(4.0);
    for line in detectors(language, seen.scene, seen.player, id) {
        soft(ui, seen.theme, line, 11.0);
    }
}

fn vehicle(ui: &mut Ui, seen: &Seen<'_>) {
    let (language, Some(id)) = (seen.language(), seen.desk.vehicle) else { return };
    let Some(found) = seen.player.vehicles(seen.player.world()).find(|v| v.vehicle == id) else {
        soft(ui, seen.theme, words::VEHICLE_GONE.with(language, &[&id.0]), 12.0);
        return;
    };
    strong(ui, words::VEHICLE.with(language, &[&id.0]), 15.0);
    ui.label(words::class(found.class).of(language));
    let link = &seen.scene.scenario.network.links[found.link];
    let place = if link.street.is_empty() { &link.name } else { &link.street };
    ui.label(format!("{place}, {} km/h", number(language, found.speed * 3.6, 0)));
    soft(ui, seen.theme, words::FOLLOWING.with(language, &[&id.0]), 11.0);
}

/// Sums of both worlds since they differ.
fn differences(ui: &mut Ui, seen: &Seen<'_>, asked: &mut Vec<Action>) {
    let language = seen.language();
    strong(ui, format!("{} → {}", words::BEFORE.of(language), words::AFTER.of(language)), 15.0);
    if let Some(from) = seen.history.differs_from() {
        soft(ui, seen.theme, words::DIFFER_SINCE.with(language, &[&DaySecond(from)]), 11.5);
    }
    let of = |world: &crate::world::World| world.simulation().measures();
    let (before, after) = (of(seen.player.original()), of(seen.player.edited()));
    Grid::new("sums").num_columns(3).spacing([14.0, 1.0]).show(ui, |ui| {
        type Row = (Text, fn(&Measures) -> f64, &'static str, usize, bool);
        let rows: [Row; 4] = [
            (words::SUM_DELAY, |m| m.delay_s, "s", 1, true),
            (words::SUM_STOPS, |m| m.stops_per_vehicle, "", 2, true),
            (words::SUM_CO2, |m| m.co2_kg, "kg", 0, true),
            (words::SUM_ARRIVED, |m| f64::from(m.arrived), "", 0, false),
        ];
        for (name, value, unit, decimals, less_is_better) in rows {
            let (a, b) = (value(&before), value(&after));
            soft(ui, seen.theme, name.of(language), 11.5);
            ui.end_row();
            ui.label(RichText::new(number(language, a, decimals)).size(12.0));
            ui.label(RichText::new(format!("{} {unit}", number(language, b, decimals))).size(12.0));
            let change = b - a;
            let told = number(language, change, decimals);
            let zero = told.trim_start_matches('\u{2212}').chars().all(|c| matches!(c, '0' | '.' | ','));
            let good = (change < 0.0) == less_is_better;
            let ink = match (zero, good) {
                (true, _) => palette::INK_SOFT,
                (_, true) => palette::DIFFERENCES[0],
                (_, false) => palette::DIFFERENCES[4],
            };
            let sign = if change > 0.0 && !zero { "+" } else { "" };
            ui.label(RichText::new(format!("{sign}{told}")).size(12.0).color(seen.ink(ink)));
            ui.end_row();
        }
    });
    soft(ui, seen.theme, words::ONE_RUN.of(language), 10.5);
    for made in seen.history.done() {
        soft(ui, seen.theme, format!("{}  {}", DaySecond(made.from), made.title), 11.0);
    }
    if ui.button(words::FROM_START.of(language)).clicked() {
        asked.push(Action::FromStart);
    }
}
