//! The panel of the roadworks: every site with what it closes and when, and the lanes that are chosen for a new one.

use super::{Seen, soft, strong};
use crate::desk::Action;
use crate::edit::WorksEdit;
use crate::edit::works::{place, told};
use crate::obey::works::latest;
use crate::palette;
use crate::words;
use bevy_egui::egui::{Align2, CornerRadius, CursorIcon, Id, Rect, RichText, Sense, Stroke, StrokeKind, Ui, pos2, vec2};
use model::quantity::Span;
use model::roadworks::{Closed, Closure, Roadwork};
use model::time::DaySecond;

/// Ends of a bar stop at whole minutes.
const SNAP: f64 = 60.0;
/// Height of the bar of a site.
const BAR: f32 = 16.0;

pub(super) fn show(ui: &mut Ui, seen: &Seen<'_>, asked: &mut Vec<Action>) {
    let (language, sites) = (seen.language(), latest(seen.scene, seen.history));
    strong(ui, words::WORKS.of(language), 15.0);
    soft(ui, seen.theme, words::WORKS_HINT.of(language), 11.0);
    ui.add_space(4.0);
    chosen(ui, seen, asked);
    if sites.is_empty() {
        soft(ui, seen.theme, words::WORKS_NONE.of(language), 12.0);
    }
    for (at, site) in sites.iter().enumerate() {
        ui.add_space(4.0);
        let is_chosen = seen.desk.site == Some(at);
        if ui.selectable_label(is_chosen, RichText::new(&site.name).font(crate::letters::font(13.0, true))).clicked() {
            asked.push(Action::Site(if is_chosen { None } else { Some(at) }));
        }
        bar(ui, seen, (at, site), asked);
        if is_chosen {
            details(ui, seen, (at, site), asked);
        }
    }
}

/// The lanes that are chosen, and the button that closes them.
fn chosen(ui: &mut Ui, seen: &Seen<'_>, asked: &mut Vec<Action>) {
    let (language, network) = (seen.language(), &seen.scene.scenario.network);
    if seen.desk.lanes.is_empty() {
        return;
    }
    let now = Span::seconds_f64(seen.player.now());
    for closure in crate::edit::works::closures(network, &seen.desk.lanes, (now, now), None) {
        soft(ui, seen.theme, place(language, network, &closure).unwrap_or_default(), 12.0);
    }
    if ui.button(words::WORKS_CLOSE.of(language)).clicked() {
        asked.push(Action::TypeSite(None));
    }
    ui.add_space(4.0);
}

fn details(ui: &mut Ui, seen: &Seen<'_>, (at, site): (usize, &Roadwork), asked: &mut Vec<Action>) {
    let (language, scenario) = (seen.language(), &seen.scene.scenario);
    for closure in &site.closures {
        let what = place(language, &scenario.network, closure).unwrap_or_default();
        let clock = |s: Span| DaySecond(s.get().max(0.0) as u32);
        soft(ui, seen.theme, format!("{what}, {} – {}", clock(closure.begin), clock(closure.end)), 11.5);
        if let Some(limit) = closure.speed_limit {
            soft(ui, seen.theme, words::WORKS_LIMIT.with(language, &[&words::number(language, limit.in_kmh(), 0)]), 11.5);
        }
    }
    soft(ui, seen.theme, words::WORKS_SOURCE.with(language, &[&site.source]), 10.5);
    for finding in &seen.desk.findings {
        let text = RichText::new(format!("⚠ {}", told(language, scenario, finding))).size(11.5);
        ui.label(text.color(seen.ink(palette::DIFFERENCES[4])));
    }
    ui.horizontal(|ui| {
        if ui.button(words::WORKS_TYPE.of(language)).clicked() {
            asked.push(Action::TypeSite(Some(at)));
        }
        if ui.button(words::WORKS_REMOVE.of(language)).clicked() {
            asked.push(Action::EditWorks(WorksEdit::Remove(at)));
        }
    });
}

/// When a site closes something within the hours of the scenario, with ends that can be dragged.
fn bar(ui: &mut Ui, seen: &Seen<'_>, (at, site): (usize, &Roadwork), asked: &mut Vec<Action>) {
    let scenario = &seen.scene.scenario;
    let (start, end) = (f64::from(scenario.start().0), f64::from(scenario.end.0));
    let (area, response) = ui.allocate_exact_size(vec2(ui.available_width(), BAR + 12.0), Sense::click());
    let strip = Rect::from_min_size(area.min, vec2(area.width(), BAR));
    let x = |second: f64| strip.left() + ((second - start) / (end - start)).clamp(0.0, 1.0) as f32 * strip.width();
    ui.painter().rect_filled(strip, CornerRadius::same(3), seen.ink(palette::RIM.thin(0.5)));
    let held = held(ui, (at, site), strip, (start, end), asked);
    for (k, closure) in site.closures.iter().enumerate() {
        let (begin, end) = held.filter(|_| same_time(site, k)).unwrap_or((closure.begin.get(), closure.end.get()));
        let bar = Rect::from_min_max(pos2(x(begin), strip.top() + 2.0), pos2(x(end).max(x(begin) + 2.0), strip.bottom() - 2.0));
        let fill = if matches!(closure.what, Closed::Link(_)) { palette::BRAKE } else { palette::WORKS };
        ui.painter().rect_filled(bar, CornerRadius::same(2), seen.ink(fill));
    }
    if seen.desk.site == Some(at) {
        ui.painter().rect_stroke(strip, CornerRadius::same(3), Stroke::new(1.0, seen.ink(palette::CHOSEN)), StrokeKind::Inside);
    }
    let now = x(seen.player.now());
    ui.painter().vline(now, strip.y_range(), Stroke::new(1.0, seen.ink(palette::INK)));
    let (first, last) = held.unwrap_or_else(|| times(site));
    let font = crate::letters::font(10.0, false);
    let (soft, y) = (seen.ink(palette::INK_SOFT), strip.bottom() + 1.0);
    let text = |second: f64| DaySecond(second.max(0.0) as u32).to_string();
    ui.painter().text(pos2(strip.left(), y), Align2::LEFT_TOP, text(first), font.clone(), soft);
    ui.painter().text(pos2(strip.right(), y), Align2::RIGHT_TOP, text(last), font, soft);
    if response.clicked() {
        asked.push(Action::Site(Some(at)));
    }
}

/// The times of the first closure of a site.
fn times(site: &Roadwork) -> (f64, f64) {
    site.closures.first().map_or((0.0, 0.0), |c| (c.begin.get(), c.end.get()))
}

/// Whether a closure has the times of the first one, and is moved with it.
fn same_time(site: &Roadwork, k: usize) -> bool {
    let time = |c: &Closure| (c.begin, c.end);
    site.closures.first().map(time) == site.closures.get(k).map(time)
}

/// The ends of a bar that can be taken hold of; the times while one is held. Letting go makes the change.
fn held(
    ui: &Ui,
    (at, site): (usize, &Roadwork),
    strip: Rect,
    (start, end): (f64, f64),
    asked: &mut Vec<Action>,
) -> Option<(f64, f64)> {
    let (begin_s, end_s) = times(site);
    let x = |second: f64| strip.left() + ((second - start) / (end - start)).clamp(0.0, 1.0) as f32 * strip.width();
    let mut held = None;
    for (k, second) in [begin_s, end_s].into_iter().enumerate() {
        // The grip lies inside the bar, so that both ends of a short bar can be told apart.
        let middle = x(second) + if k == 0 { 3.0 } else { -3.0 };
        let grip = Rect::from_center_size(pos2(middle, strip.center().y), vec2(8.0, strip.height()));
        let response = ui.interact(grip, Id::new(("site", at, k)), Sense::drag()).on_hover_cursor(CursorIcon::ResizeHorizontal);
        let Some(pointer) = response.interact_pointer_pos() else { continue };
        let share = f64::from((pointer.x - strip.left()) / strip.width()).clamp(0.0, 1.0);
        let to = ((start + share * (end - start)) / SNAP).round() * SNAP;
        let moved = if k == 0 { (to, end_s) } else { (begin_s, to) };
        if response.drag_stopped() {
            let mut changed = site.clone();
            for (_, closure) in changed.closures.iter_mut().enumerate().filter(|(k, _)| same_time(site, *k)) {
                (closure.begin, closure.end) = (Span::seconds_f64(moved.0), Span::seconds_f64(moved.1));
            }
            asked.push(Action::EditWorks(WorksEdit::Change(at, changed)));
        } else if response.dragged() {
            held = Some(moved);
        }
    }
    held
}
