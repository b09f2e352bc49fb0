//! The bar at the top: the time, what runs, and what concerns the window as a whole.

use super::{Seen, soft, strong};
use crate::desk::{Action, Dialog};
use crate::icons::Icon;
use crate::palette;
use crate::words;
use bevy_egui::egui::{Align, Layout, RichText, Ui};
use evaluation::report::Language;
use model::time::DaySecond;

pub(super) fn show(ui: &mut Ui, seen: &Seen<'_>, asked: &mut Vec<Action>) {
    let language = seen.language();
    ui.horizontal(|ui| {
        // Rounding errors must not show a second as the one before.
        strong(ui, DaySecond((seen.player.now() + 1e-6) as u32).to_string(), 20.0);
        let state = match (seen.player.is_over(), seen.player.is_running()) {
            (true, _) => words::ENDED,
            (_, true) => words::RUNNING,
            (_, false) => words::PAUSED,
        };
        soft(ui, seen.theme, state.of(language), 13.0);
        ui.label(seen.player.rate().label());
        if ui.available_width() > 420.0 {
            counts(ui, seen);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| buttons(ui, seen, asked));
    });
}

fn counts(ui: &mut Ui, seen: &Seen<'_>) {
    let language = seen.language();
    let (moving, waiting) = seen.player.simulation().vehicles();
    ui.separator();
    ui.label(words::MOVING.with(language, &[&moving, &waiting]));
    let plan = match &seen.plans {
        Some(plan) => words::PLAN_SEED.with(language, &[&plan.name, &seen.scene.seed]),
        None => words::NO_SIGNALS.of(language).into(),
    };
    if ui.available_width() > 420.0 {
        ui.separator();
        ui.label(plan);
    }
    if seen.player.is_comparing() && ui.available_width() > 420.0 {
        let side = if seen.player.shows_original() { words::BEFORE } else { words::AFTER };
        let text = if seen.desk.split {
            format!("{} | {}", words::BEFORE.of(language), words::AFTER.of(language))
        } else {
            side.of(language).into()
        };
        ui.label(RichText::new(text).color(seen.ink(palette::CHOSEN)).strong());
        soft(ui, seen.theme, words::TENTATIVE.of(language), 11.0);
    }
}

/// From right to left.
fn buttons(ui: &mut Ui, seen: &Seen<'_>, asked: &mut Vec<Action>) {
    let (language, compares) = (seen.language(), seen.player.is_comparing());
    let mut button = |ui: &mut Ui, icon, able, tip: &str, action: Action| {
        if seen.icons.button(ui, seen.theme, icon, able, tip) {
            asked.push(action);
        }
    };
    button(ui, Icon::Help, true, words::HELP.of(language), Action::Dialog(Dialog::Help));
    if ui
        .small_button(if language == Language::English { "DE" } else { "EN" })
        .on_hover_text(words::LANGUAGE.of(language))
        .clicked()
    {
        asked.push(Action::Language);
    }
    let mut button = |ui: &mut Ui, icon, able, tip: &str, action: Action| {
        if seen.icons.button(ui, seen.theme, icon, able, tip) {
            asked.push(action);
        }
    };
    button(ui, Icon::Theme, true, words::THEME.of(language), Action::Theme);
    button(ui, Icon::Open, true, words::OPEN.of(language), Action::Dialog(Dialog::Open(String::new())));
    button(ui, Icon::Find, true, words::FIND.of(language), Action::Dialog(Dialog::Find(String::new())));
    ui.separator();
    button(ui, Icon::Split, compares, words::SPLIT.of(language), Action::Split);
    button(ui, Icon::Swap, compares, words::SWAP.of(language), Action::Swap);
    button(ui, Icon::Save, seen.history.last().is_some(), words::SAVE.of(language), Action::Dialog(Dialog::Save(String::new())));
    button(ui, Icon::Redo, seen.history.next().is_some(), words::REDO.of(language), Action::Redo);
    let last = seen.history.last();
    let tip = last.map_or_else(|| words::UNDO.of(language).to_owned(), |m| words::UNDO_WHAT.with(language, &[&m.title]));
    button(ui, Icon::Undo, last.is_some(), &tip, Action::Undo);
    if ui.available_width() > 160.0 {
        ui.separator();
        let period = seen.scene.scenario.period.as_ref().map_or_else(String::new, |p| format!(" · {p}"));
        let title = crate::diagrams::fitting(&format!("{}{period}", seen.scene.scenario.title), ui.available_width() - 8.0, 13.0);
        strong(ui, title, 13.0);
    }
}
