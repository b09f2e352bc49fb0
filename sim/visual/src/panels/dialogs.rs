//! What is asked in the middle of the window: help, find, jump, save, and the welcome with the scenarios.

use super::{Seen, soft, strong};
use crate::desk::{Action, Desk, Dialog, Notice};
use crate::edit::SiteForm;
use crate::keys::KEYS;
use crate::open::{Faulty, Shelf};
use crate::palette::{self, Theme};
use crate::words;
use bevy_egui::egui::{Align2, Context, Frame, Grid, Key, RichText, ScrollArea, TextEdit, Ui, Window};
use model::id::{Id, VehicleId};
use model::time::DaySecond;
use std::path::PathBuf;

/// A box over the window.
fn boxed(context: &Context, theme: Theme, name: &str, width: f32, inside: impl FnOnce(&mut Ui)) {
    let frame = Frame::window(&context.global_style()).fill(palette::PANEL.egui(theme)).inner_margin(16);
    Window::new(name)
        .title_bar(false)
        .resizable(false)
        .collapsible(false)
        .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
        .frame(frame)
        .show(context, |ui| {
            ui.set_width(width);
            inside(ui);
        });
}

pub(super) fn show(context: &Context, seen: &Seen<'_>, asked: &mut Vec<Action>) {
    match &seen.desk.dialog {
        Dialog::None | Dialog::Open(_) => {}
        Dialog::Help => boxed(context, seen.theme, "help", 560.0, |ui| help(ui, seen.desk, seen.theme)),
        Dialog::Find(text) => boxed(context, seen.theme, "find", 380.0, |ui| find(ui, seen, text, asked)),
        Dialog::Jump(text) => boxed(context, seen.theme, "jump", 340.0, |ui| jump(ui, seen, text, asked)),
        Dialog::Site(form) => boxed(context, seen.theme, "site", 360.0, |ui| site(ui, seen, form, asked)),
        Dialog::Save(text) => boxed(context, seen.theme, "save", 360.0, |ui| save(ui, seen, text, asked)),
    }
}

fn help(ui: &mut Ui, desk: &Desk, theme: Theme) {
    strong(ui, words::KEYS.of(desk.language), 17.0);
    ui.add_space(4.0);
    let room = ui.ctx().viewport_rect().height() - 120.0;
    ScrollArea::vertical().max_height(room).show(ui, |ui| {
        Grid::new("keys").num_columns(2).spacing([18.0, 3.0]).show(ui, |ui| {
            for (key, meaning) in KEYS {
                strong(ui, key, 12.5);
                soft(ui, theme, meaning.of(desk.language), 12.5);
                ui.end_row();
            }
        });
    });
}

/// A line to type in that has the keyboard; says whether Enter was pressed. What is typed goes back to the desk.
fn line(ui: &mut Ui, text: &str, hint: &str, back: impl FnOnce(String) -> Dialog, asked: &mut Vec<Action>) -> bool {
    let mut typed = text.to_owned();
    let response = ui.add(TextEdit::singleline(&mut typed).hint_text(hint).desired_width(f32::INFINITY));
    let entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    if !response.has_focus() && !entered {
        response.request_focus();
    }
    if typed != text {
        asked.push(Action::Dialog(back(typed)));
    }
    entered
}

fn find(ui: &mut Ui, seen: &Seen<'_>, text: &str, asked: &mut Vec<Action>) {
    let language = seen.language();
    let entered = line(ui, text, words::FIND_HINT.of(language), Dialog::Find, asked);
    let found = found(seen, text);
    if text.len() > 1 && found.is_empty() {
        soft(ui, seen.theme, words::FOUND_NOTHING.of(language), 12.0);
    }
    for (k, (name, actions)) in found.into_iter().enumerate() {
        if ui.selectable_label(k == 0, name).clicked() || (entered && k == 0) {
            asked.extend(actions);
            asked.push(Action::Dialog(Dialog::None));
        }
    }
}

/// Signals, streets and vehicles that a text may mean, the best first, and what shows them.
fn found(seen: &Seen<'_>, text: &str) -> Vec<(String, Vec<Action>)> {
    let wanted = text.trim().to_lowercase();
    if wanted.is_empty() {
        return Vec::new();
    }
    let (network, ground) = (&seen.scene.scenario.network, &seen.scene.ground);
    let mut all = Vec::new();
    for (id, signal) in seen.scene.scenario.signals.enumerate() {
        let own = network.intersections.iter().find(|i| i.signal == Some(id));
        let title = own.map_or("", |i| i.title.as_str());
        if signal.name.to_lowercase().contains(&wanted) || title.to_lowercase().contains(&wanted) {
            let look = own.map(|i| Action::LookAt(ground.at(i.position)));
            let name = format!("{}  {title}", signal.name);
            all.push((name, look.into_iter().chain([Action::Signal(Some(id))]).collect()));
        }
    }
    let mut streets: Vec<&str> = Vec::new();
    for link in network.links.iter().filter(|l| l.street.to_lowercase().contains(&wanted)) {
        if !streets.contains(&link.street.as_str()) {
            streets.push(&link.street);
            let shape = &network.lanes[link.first_lane].shape;
            let middle = shape.pose(shape.length() * 0.5).at;
            all.push((link.street.clone(), vec![Action::LookAt(ground.at(middle))]));
        }
    }
    if let Ok(number) = wanted.parse::<usize>()
        && seen.player.shown().vehicles.iter().any(|v| v.vehicle.index() == number)
    {
        let vehicle = VehicleId::from_index(number);
        all.push((words::VEHICLE.with(seen.language(), &[&number]), vec![Action::Follow(Some(vehicle))]));
    }
    all.truncate(9);
    all
}

fn jump(ui: &mut Ui, seen: &Seen<'_>, text: &str, asked: &mut Vec<Action>) {
    let (language, scenario) = (seen.language(), &seen.scene.scenario);
    strong(ui, words::JUMP.of(language), 14.0);
    let hint = words::JUMP_HINT.with(language, &[&scenario.start(), &scenario.end]);
    let entered = line(ui, text, &hint, Dialog::Jump, asked);
    soft(ui, seen.theme, hint, 11.0);
    if entered {
        let within = |s: &f64| (f64::from(scenario.start().0)..=f64::from(scenario.end.0)).contains(s);
        match moment(text).filter(within) {
            Some(second) => asked.push(Action::GoTo(second)),
            None => asked.push(Action::Tell(Notice::bad(words::JUMP_BAD.with(language, &[&text])))),
        }
        asked.push(Action::Dialog(Dialog::None));
    }
}

/// A time of day: `7:30`, `07:30:15`, `0730`, or seconds since midnight.
pub(crate) fn moment(text: &str) -> Option<f64> {
    let text = text.trim();
    let parts: Vec<f64> = text.split(':').map(|p| p.parse::<f64>().ok().filter(|v| *v >= 0.0)).collect::<Option<_>>()?;
    match parts.as_slice() {
        [whole] if text.len() == 4 => Some((whole / 100.0).floor() * 3600.0 + (whole % 100.0) * 60.0),
        [seconds] => Some(*seconds),
        [h, m] if *m < 60.0 => Some(h * 3600.0 + m * 60.0),
        [h, m, s] if *m < 60.0 && *s < 60.0 => Some(h * 3600.0 + m * 60.0 + s),
        _ => None,
    }
}

/// The form of a site of roadworks.
fn site(ui: &mut Ui, seen: &Seen<'_>, form: &SiteForm, asked: &mut Vec<Action>) {
    let language = seen.language();
    let mut typed = form.clone();
    strong(ui, if form.at.is_some() { words::WORKS_CHANGE } else { words::WORKS_NEW }.of(language), 14.0);
    let fields = [
        (words::WORKS_FIELD_NAME, &mut typed.name),
        (words::WORKS_FIELD_BEGIN, &mut typed.begin),
        (words::WORKS_FIELD_END, &mut typed.end),
        (words::WORKS_FIELD_LIMIT, &mut typed.limit),
    ];
    let mut entered = false;
    Grid::new("site").num_columns(2).spacing([12.0, 6.0]).show(ui, |ui| {
        for (k, (name, text)) in fields.into_iter().enumerate() {
            soft(ui, seen.theme, name.of(language), 12.5);
            let response = ui.add(TextEdit::singleline(text).desired_width(190.0));
            entered |= response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
            if k == 0 && ui.memory(|m| m.focused().is_none()) && !entered {
                response.request_focus();
            }
            ui.end_row();
        }
    });
    soft(ui, seen.theme, words::WORKS_HOURS.of(language), 11.0);
    if let Some(reason) = &form.refused {
        ui.label(RichText::new(reason).size(12.0).color(palette::BRAKE.egui(seen.theme)));
    }
    let done = ui.button(words::WORKS_DONE.of(language)).clicked();
    if done || entered {
        asked.push(Action::PutSite(typed));
    } else if typed != *form {
        asked.push(Action::Dialog(Dialog::Site(typed)));
    }
}

fn save(ui: &mut Ui, seen: &Seen<'_>, text: &str, asked: &mut Vec<Action>) {
    let language = seen.language();
    let mut entered = false;
    if seen.history.works().is_some() {
        strong(ui, words::SAVE_WORKS.of(language), 14.0);
        entered = ui.input(|i| i.key_pressed(Key::Enter));
    }
    if seen.history.changes_plans() {
        strong(ui, words::PLAN_NAME.of(language), 14.0);
        entered = line(ui, text, "edited-1", Dialog::Save, asked);
    }
    for made in seen.history.done() {
        soft(ui, seen.theme, format!("{}  {}", DaySecond(made.from), made.title), 11.0);
    }
    if ui.button(words::SAVE_BUTTON.of(language)).clicked() || entered {
        asked.push(Action::Save(text.to_owned()));
        asked.push(Action::Dialog(Dialog::None));
    }
}

/// What the welcome shows.
pub(super) struct Welcome<'a> {
    pub(super) desk: &'a Desk,
    pub(super) theme: Theme,
    pub(super) faulty: Option<&'a Faulty>,
    pub(super) shelf: &'a Shelf,
    /// Whether no scenario is open yet.
    pub(super) first: bool,
}

/// Faults of the scenario that could not be opened, and the scenarios that can be.
pub(super) fn open(context: &Context, welcome: &Welcome<'_>, asked: &mut Vec<Action>) {
    let language = welcome.desk.language;
    boxed(context, welcome.theme, "open", 560.0, |ui| {
        if welcome.desk.dialog == Dialog::Help {
            help(ui, welcome.desk, welcome.theme);
            return;
        }
        if let Some(faulty) = welcome.faulty {
            faults(ui, welcome, faulty);
        }
        let head = if welcome.first && welcome.faulty.is_none() { words::WELCOME } else { words::ANOTHER };
        strong(ui, head.of(language), 17.0);
        soft(ui, welcome.theme, words::WELCOME_HINT.of(language), 12.0);
        ui.add_space(4.0);
        for (folder, title) in welcome.shelf.scenarios() {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if ui.selectable_label(false, RichText::new(format!("{title}   ({name})"))).clicked() {
                asked.push(Action::Dialog(Dialog::None));
                asked.push(Action::Open(folder));
            }
        }
        let text = if let Dialog::Open(text) = &welcome.desk.dialog { text.clone() } else { String::new() };
        let entered = line(ui, &text, words::FOLDER.of(language), Dialog::Open, asked);
        ui.horizontal(|ui| {
            if (ui.button(words::OPEN_BUTTON.of(language)).clicked() || entered) && !text.is_empty() {
                asked.push(Action::Dialog(Dialog::None));
                asked.push(Action::Open(PathBuf::from(&text)));
            }
            if !welcome.first && ui.button(words::CLOSE.of(language)).clicked() {
                asked.push(Action::Dialog(Dialog::None));
            }
        });
    });
}

fn faults(ui: &mut Ui, welcome: &Welcome<'_>, faulty: &Faulty) {
    let title = words::FAULTS.with(welcome.desk.language, &[&faulty.faults.len()]);
    ui.label(RichText::new(title).color(palette::BRAKE.egui(welcome.theme)).font(crate::letters::font(15.0, true)));
    soft(ui, welcome.theme, faulty.folder.display().to_string(), 11.5);
    ScrollArea::vertical().max_height(220.0).show(ui, |ui| {
        for fault in &faulty.faults {
            soft(ui, welcome.theme, fault, 12.0);
        }
    });
    ui.add_space(8.0);
    ui.separator();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let read = ["07:30", "7:30:15", "0730", "27000", "7:75", "soon", "-5"].map(moment);
        assert_eq!(read, [Some(27_000.0), Some(27_015.0), Some(27_000.0), Some(27_000.0), None, None, None]);
    }
}
