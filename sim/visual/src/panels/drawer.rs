//! The drawer with the diagrams, and the strip of tabs that opens it.

use super::{Seen, soft, strong};
use crate::desk::{Action, Diagram, Series, Trial, Tried};
use crate::diagrams::{self, Subject, series, stages};
use crate::edit::{Edit, cores, stage_name};
use crate::figure::{Figure, Grip, Touch, edit_of, show as show_figure};
use crate::icons::{Icon, choice};
use crate::obey::tried;
use crate::palette;
use crate::words::{self, Text};
use bevy_egui::egui::{Align, Layout, RichText, ScrollArea, Ui};
use egui_plot::{Legend, Plot, PlotPoints};
use model::time::{DaySecond, Seconds};

/// The drawing that was made last, and of what.
#[derive(Default)]
pub(super) struct Cache {
    key: String,
    figure: Figure,
}

const fn name(diagram: Diagram) -> Text {
    match diagram {
        Diagram::Live => words::LIVE,
        Diagram::Plan => words::PLAN,
        Diagram::TimeSpace => words::TIME_SPACE,
        Diagram::Stages => words::STAGES,
        Diagram::Matrix => words::MATRIX,
        Diagram::Series => words::SERIES,
    }
}

/// How high the drawer is until it is made larger or smaller: as high as its drawing, where there is room.
pub(super) fn height(seen: &Seen<'_>, diagram: Diagram) -> f32 {
    let groups = seen.desk.signal.and_then(|id| seen.scene.scenario.signals.get(id)).map_or(4, |s| s.groups.len()) as f32;
    let stations = seen.scene.routes().get(seen.desk.corridor).map_or(4, |r| r.corridor.signals.len()) as f32;
    match diagram {
        Diagram::Live => 78.0 + 19.0 * groups,
        Diagram::Plan => 96.0 + 19.0 * groups,
        Diagram::TimeSpace => 120.0 + 40.0 * stations,
        Diagram::Stages => 236.0,
        Diagram::Matrix => 104.0 + 20.0 * groups,
        Diagram::Series => 280.0,
    }
}

/// The strip of tabs.
pub(super) fn tabs(ui: &mut Ui, seen: &Seen<'_>, asked: &mut Vec<Action>) {
    let language = seen.language();
    ui.horizontal(|ui| {
        soft(ui, seen.theme, words::DIAGRAMS.of(language), 12.0);
        for (k, diagram) in Diagram::ALL.into_iter().enumerate() {
            let tip = format!("Shift {}", k + 1);
            if choice(ui, seen.desk.diagram == Some(diagram), name(diagram).of(language), &tip).clicked() {
                asked.push(Action::Diagram(diagram));
            }
        }
        if ui.available_width() > 330.0 {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                soft(ui, seen.theme, &seen.scene.scenario.attribution, 10.5);
            });
        }
    });
}

/// The diagram that is open.
pub(super) fn show(
    ui: &mut Ui,
    seen: &Seen<'_>,
    diagram: Diagram,
    trial: &mut Trial,
    cache: &mut Cache,
    asked: &mut Vec<Action>,
) {
    head(ui, seen, diagram, trial, cache, asked);
    if diagram == Diagram::Series {
        return plot(ui, seen);
    }
    let (width, height) = (ui.available_width() - 14.0, ui.available_height() - 6.0);
    let subject = subject(seen, width, height);
    let key = format!(
        "{diagram:?} {:?} {} {:?} {} {width} {height} {} {} {:?} {}",
        seen.desk.signal,
        seen.desk.corridor,
        seen.desk.language,
        (seen.player.now() * 2.0) as u64,
        seen.player.shows_original(),
        seen.tried,
        seen.plans.as_ref().map(std::sync::Arc::as_ptr),
        // What was run again on the way to this moment is drawn once it is there.
        seen.player.progress().is_some()
    );
    if cache.key != key {
        *cache = Cache { key, figure: diagrams::figure(diagram, &subject) };
    }
    ScrollArea::both().auto_shrink([false, false]).show(ui, |ui| {
        if let Some(touch) = show_figure(ui, &cache.figure, seen.theme) {
            obey_touch(ui, seen, touch, trial, asked);
        }
    });
}

fn subject<'a>(seen: &'a Seen<'_>, width: f32, height: f32) -> Subject<'a> {
    let plans = seen.plans.as_deref();
    Subject { desk: seen.desk, scene: seen.scene, player: seen.player, plans, tried: seen.tried, width, height }
}

/// Title, what can be chosen, what a change that is held would do, and the export.
fn head(ui: &mut Ui, seen: &Seen<'_>, diagram: Diagram, trial: &Trial, cache: &Cache, asked: &mut Vec<Action>) {
    let language = seen.language();
    ui.horizontal(|ui| {
        if diagram == Diagram::Series {
            for one in Series::ALL {
                if choice(ui, seen.desk.series == one, series::name(one).of(language), "").clicked() {
                    asked.push(Action::Series(one));
                }
            }
        } else {
            strong(ui, cache.figure.title.clone(), 13.0);
        }
        if diagram == Diagram::TimeSpace && seen.scene.routes().len() > 1 {
            for (k, route) in seen.scene.routes().iter().enumerate() {
                if choice(ui, seen.desk.corridor == k, &route.corridor.name, "").clicked() {
                    asked.push(Action::Corridor(k));
                }
            }
        }
        if diagram == Diagram::Plan {
            cycle_buttons(ui, seen, asked);
        }
        match trial.0.as_ref().map(|t| (&t.edit, &t.result)) {
            Some((_, Err(reason))) => {
                ui.label(RichText::new(reason).color(seen.ink(palette::BRAKE)));
            }
            Some((edit, Ok(_))) => {
                let plans = crate::obey::latest(seen.scene, seen.history);
                let title = plans.map_or_else(String::new, |p| edit.title(language, &seen.scene.scenario, &p));
                ui.label(RichText::new(title).color(seen.ink(palette::CHOSEN)));
            }
            None if diagram == Diagram::Plan => soft(ui, seen.theme, words::DRAG_PLAN.of(language), 11.0),
            None if diagram == Diagram::TimeSpace => soft(ui, seen.theme, words::DRAG_STRIP.of(language), 11.0),
            None if diagram == Diagram::Live => soft(ui, seen.theme, words::DRAG_RULER.of(language), 11.0),
            None => {}
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if seen.icons.button(ui, seen.theme, Icon::Close, true, words::CLOSE.of(language)) {
                asked.push(Action::CloseDiagram);
            }
            if seen.icons.button(ui, seen.theme, Icon::Export, true, words::EXPORT.of(language)) {
                asked.push(Action::Export);
            }
        });
    });
}

fn cycle_buttons(ui: &mut Ui, seen: &Seen<'_>, asked: &mut Vec<Action>) {
    let (Some(signal), Some(plans)) = (seen.desk.signal, &seen.plans) else { return };
    let cycle = plans.plans[signal].cycle().get();
    for (text, by) in [("−5", -5_i32), ("−1", -1), ("+1", 1), ("+5", 5)] {
        if ui.small_button(text).clicked() {
            let cycle = Seconds((i32::from(cycle) + by).max(1) as u16);
            asked.push(Action::Edit(Edit::Cycle { signal, cycle }));
        }
    }
}

/// A drag is tried while it is held, and made when it is let go.
fn obey_touch(ui: &Ui, seen: &Seen<'_>, touch: Touch, trial: &mut Trial, asked: &mut Vec<Action>) {
    let language = seen.language();
    if seen.player.shows_original() && !matches!(touch, Touch::Clicked(_) | Touch::Held { grip: Grip::Ruler, .. }) {
        // Changes are made in the other world: it is shown before anything in it is moved.
        return asked.push(Action::Swap);
    }
    match touch {
        Touch::Clicked(Grip::Signal(signal) | Grip::Offset { signal, .. }) => asked.push(Action::Signal(Some(signal))),
        Touch::Held { grip: Grip::Ruler, from, to, .. } => {
            let seconds = format!("{:.0} s", ((to.x - from.x) / 6.0).abs());
            bevy_egui::egui::Tooltip::always_open(
                ui.ctx().clone(),
                ui.layer_id(),
                ui.id().with("ruler"),
                bevy_egui::egui::PopupAnchor::Pointer,
            )
            .show(|ui| ui.label(seconds));
        }
        Touch::Held { grip, by, alone, .. } => {
            trial.0 = held_edit(seen, trial, grip, by, alone)
                .map(|edit| Tried { result: tried(language, seen.scene, seen.history, &edit), edit });
        }
        Touch::Dropped { grip: Grip::Stage { signal, place }, to, .. } => {
            trial.0 = None;
            if let Some(order) = order(seen, signal, place, stages::place_of(to.x)) {
                asked.push(Action::Edit(Edit::Order { signal, order }));
            }
        }
        Touch::Dropped { grip, by, alone, .. } => {
            let edit = held_edit(seen, trial, grip, by, alone);
            trial.0 = None;
            asked.extend(edit.map(Action::Edit));
        }
        Touch::Clicked(_) => {}
    }
}

/// The edit of a drag. While it is tried the drawing shows what it would do, so an offset counts from what it was before.
fn held_edit(seen: &Seen<'_>, trial: &Trial, grip: Grip, by: i32, alone: bool) -> Option<Edit> {
    let grip = match grip {
        Grip::Offset { signal, cycle, .. } if trial.0.is_some() => {
            let plans = crate::obey::latest(seen.scene, seen.history)?;
            Grip::Offset { signal, offset: plans.plans[signal].offset().get(), cycle }
        }
        other => other,
    };
    edit_of(grip, by, alone)
}

/// The order of the signal's stages when one is put elsewhere; `None` where nothing changes or stages have no names.
fn order(seen: &Seen<'_>, id: model::id::SignalId, from: usize, to: usize) -> Option<Vec<usize>> {
    let (signal, plans) = (&seen.scene.scenario.signals[id], seen.plans.as_ref()?);
    let shown = cores(signal, &plans.plans[id]);
    let mut order: Vec<usize> = shown.iter().map(|c| stage_name(signal, &c.greens)).collect::<Option<_>>()?;
    let to = to.min(order.len().checked_sub(1)?);
    if from == to || from >= order.len() {
        return None;
    }
    let moved = order.remove(from);
    order.insert(to, moved);
    Some(order)
}

fn plot(ui: &mut Ui, seen: &Seen<'_>) {
    let language = seen.language();
    let subject = subject(seen, ui.available_width(), ui.available_height());
    let lines = series::lines(&subject);
    if lines.iter().all(|l| l.points.is_empty()) {
        soft(ui, seen.theme, words::SERIES_NONE.of(language), 13.0);
        return;
    }
    Plot::new("series")
        .legend(Legend::default())
        .x_axis_label(words::TIME_OF_DAY.of(language))
        .y_axis_label(series::name(seen.desk.series).of(language))
        .x_grid_spacer(egui_plot::uniform_grid_spacer(|_| [60.0, 300.0, 1800.0]))
        .x_axis_formatter(|mark, _| DaySecond(mark.value.max(0.0) as u32).to_string())
        .include_y(0.0)
        .allow_scroll(false)
        .show(ui, |plot| {
            for line in lines {
                let points: PlotPoints<'_> = line.points.iter().map(|&(x, y)| [x, y]).collect();
                plot.line(egui_plot::Line::new(line.name.of(language), points).color(line.ink.egui(seen.theme)).width(2.0));
            }
        });
}
