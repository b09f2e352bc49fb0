//! The bar of time: run, step, rate, and a slider to any moment.

use super::{Seen, soft};
use crate::desk::Action;
use crate::icons::Icon;
use crate::palette;
use crate::words;
use bevy_egui::egui::{Align2, CornerRadius, Rect, Sense, Stroke, Ui, pos2, vec2};
use model::time::DaySecond;

pub(super) fn show(ui: &mut Ui, seen: &Seen<'_>, asked: &mut Vec<Action>) {
    let language = seen.language();
    ui.horizontal(|ui| {
        let start = f64::from(seen.scene.scenario.start().0);
        let (icon, tip) = if seen.player.is_running() { (Icon::Pause, words::PAUSE) } else { (Icon::Play, words::RUN) };
        let cycle = seen.plans.as_ref().and_then(|p| p.plans.as_slice().first()).map_or(60.0, |p| f64::from(p.cycle().get()));
        let buttons = [
            (Icon::Start, words::TO_START, Action::GoTo(start)),
            (icon, tip, Action::RunOrPause),
            (Icon::Step, words::STEP, Action::Forward(0.0)),
            (Icon::Second, words::SECOND, Action::Forward(1.0)),
            (Icon::Cycle, words::CYCLE, Action::Forward(cycle)),
            (Icon::Slower, words::SLOWER, Action::Slower),
            (Icon::Faster, words::FASTER, Action::Faster),
        ];
        for (icon, tip, action) in buttons {
            if seen.icons.button(ui, seen.theme, icon, true, tip.of(language)) {
                asked.push(action);
            }
        }
        if let Some(progress) = seen.player.progress() {
            let percent = format!("{:.0}", progress * 100.0);
            soft(ui, seen.theme, words::ON_THE_WAY.with(language, &[&percent]), 12.0);
            if ui.button(words::CANCEL.of(language)).clicked() {
                asked.push(Action::GiveUp);
            }
        }
        slider(ui, seen, asked);
    });
}

/// The whole period; what has been simulated already is darker, since going there takes no time.
fn slider(ui: &mut Ui, seen: &Seen<'_>, asked: &mut Vec<Action>) {
    let scenario = &seen.scene.scenario;
    let (start, end) = (f64::from(scenario.start().0), f64::from(scenario.end.0));
    let size = vec2(ui.available_width() - 6.0, 24.0);
    let (area, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let response = response.on_hover_text(words::TIME_SLIDER.of(seen.language()));
    let (left, right) = (area.min.x + 54.0, area.max.x - 54.0);
    let x = |second: f64| left + ((second - start) / (end - start).max(1.0)) as f32 * (right - left);
    let middle = area.center().y;
    let line = |from: f32, to: f32, half: f32| Rect::from_min_max(pos2(from, middle - half), pos2(to, middle + half));
    let painter = ui.painter();
    painter.rect_filled(line(left, right, 2.0), CornerRadius::same(2), seen.ink(palette::RIM));
    let known = seen.player.world().past().sums_until(f64::INFINITY).last().map_or(start, |s| s.now);
    painter.rect_filled(line(left, x(known.max(seen.player.now())), 2.0), CornerRadius::same(2), seen.ink(palette::INK_SOFT));
    if let Some(from) = seen.history.differs_from() {
        painter.rect_filled(line(x(f64::from(from)), right, 4.0), CornerRadius::same(2), seen.ink(palette::CHOSEN.thin(0.35)));
    }
    let begin = x(f64::from(scenario.begin.0));
    painter.line_segment([pos2(begin, middle - 7.0), pos2(begin, middle + 7.0)], Stroke::new(1.0, seen.ink(palette::INK_SOFT)));
    for (at, anchor, second) in [(left - 6.0, Align2::RIGHT_CENTER, start), (right + 6.0, Align2::LEFT_CENTER, end)] {
        let text = DaySecond(second as u32).to_string();
        painter.text(pos2(at, middle), anchor, text, crate::letters::font(10.5, false), seen.ink(palette::INK_SOFT));
    }
    painter.circle_filled(pos2(x(seen.player.now()), middle), 7.0, seen.ink(palette::CHOSEN));
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.clicked() || response.dragged()) {
        let second = start + f64::from((pointer.x - left) / (right - left)) * (end - start);
        let second = second.clamp(start, end).round();
        if (second - seen.player.now()).abs() >= 1.0 {
            asked.push(Action::GoTo(second));
        }
    }
}
