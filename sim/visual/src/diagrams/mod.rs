//! The diagrams: pure functions from run and plans to a drawing.

pub(crate) mod live;
pub(crate) mod matrix;
pub(crate) mod plan;
pub(crate) mod series;
pub(crate) mod stages;
pub(crate) mod time_space;

use crate::desk::{Desk, Diagram};
use crate::figure::Figure;
use crate::layers::{Layer, marked};
use crate::palette;
use crate::player::Player;
use crate::run::Playing;
use crate::scene::Part;
use crate::scene::Scene;
use crate::words;
use bevy::prelude::*;
use bevy_egui::egui::{Align2, pos2};
use evaluation::report::Language;
use model::id::SignalId;
use model::scenario::PlanSet;
use model::signal::{SafePlan, Signal};
use model::time::DaySecond;

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Update, (watch_arrivals, watch_corridor).chain().in_set(Part::Time));
}

/// Who comes while it is green is observed only once the layer of it has been looked at.
fn watch_arrivals(desk: Res<'_, Desk>, mut playing: NonSendMut<'_, Playing>) {
    if desk.is_changed() && desk.layer == Some(Layer::Arrivals) {
        playing.0.observe();
    }
}

/// Vehicles are watched along the corridor whose time-space diagram is open, and along no other road.
fn watch_corridor(
    desk: Res<'_, Desk>,
    scene: Res<'_, Scene>,
    mut playing: NonSendMut<'_, Playing>,
    mut last: Local<'_, Option<(Option<usize>, bool)>>,
) {
    let wanted = (desk.diagram == Some(Diagram::TimeSpace)).then_some(desk.corridor);
    let key = (wanted, playing.0.is_comparing());
    if *last == Some(key) && !scene.is_changed() {
        return;
    }
    *last = Some(key);
    let route = wanted.and_then(|k| scene.routes().get(k));
    let links = route.map(|r| marked(&scene.scenario.network, r.ways.iter().flat_map(|w| w.links.iter().copied())));
    playing.0.track(links.as_ref());
}

/// Width of the column with names.
const NAMES: f32 = 64.0;
/// Height of a row.
const ROW: f32 = 19.0;
/// Height of a green bar.
const BAR: f32 = 13.0;
/// Height of the axis above the rows.
const AXIS: f32 = 22.0;

/// What a diagram shows.
pub(crate) struct Subject<'a> {
    pub(crate) desk: &'a Desk,
    pub(crate) scene: &'a Scene,
    pub(crate) player: &'a Player,
    /// The plans that are shown: with the change that is being tried, where one is.
    pub(crate) plans: Option<&'a PlanSet>,
    /// Whether they are being tried.
    pub(crate) tried: bool,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

/// A signal and its plan.
#[derive(Clone, Copy)]
pub(crate) struct OfSignal<'a> {
    pub(crate) id: SignalId,
    pub(crate) signal: &'a Signal,
    pub(crate) plan: Option<&'a SafePlan>,
}

impl<'a> Subject<'a> {
    pub(crate) fn language(&self) -> Language {
        self.desk.language
    }

    /// The whole second that is shown.
    pub(crate) fn second(&self) -> DaySecond {
        DaySecond((self.player.now() + 1e-6) as u32)
    }

    /// The signal that is looked at.
    pub(crate) fn of_signal(&self) -> Option<OfSignal<'a>> {
        let id = self.desk.signal?;
        let signal = self.scene.scenario.signals.get(id)?;
        Some(OfSignal { id, signal, plan: self.plans.and_then(|p| p.plans.get(id)) })
    }
}

/// The drawing of the diagram that is open; a sentence where there is nothing to draw.
pub(crate) fn figure(diagram: Diagram, subject: &Subject<'_>) -> Figure {
    let drawn = match diagram {
        Diagram::Live => subject.of_signal().map(|s| live::draw(subject, s)),
        Diagram::Plan => subject.of_signal().and_then(|s| plan::draw(subject, s)),
        Diagram::Stages => subject.of_signal().and_then(|s| stages::draw(subject, s)),
        Diagram::Matrix => subject.of_signal().map(|s| matrix::draw(subject, s)),
        Diagram::TimeSpace => time_space::draw(subject),
        Diagram::Series => Some(series::draw(subject)),
    };
    drawn.unwrap_or_else(|| {
        let why = if diagram == Diagram::TimeSpace { words::NO_CORRIDOR } else { words::CHOOSE_SIGNAL };
        let mut figure = Figure::new(subject.width, 60.0, why.of(subject.language()));
        figure.text(pos2(4.0, 26.0), Align2::LEFT_CENTER, 13.0, palette::INK_SOFT, why.of(subject.language()));
        figure
    })
}

/// A text cut to a width, with an ellipsis; by the mean width of letters.
pub(crate) fn fitting(text: &str, width: f32, size: f32) -> String {
    let room = (width / (size * 0.56)).floor().max(1.0) as usize;
    if text.chars().count() <= room {
        return text.into();
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Stretches of equal seconds: what, from which second, up to which.
pub(crate) fn stretches<T: PartialEq + Copy>(seconds: std::ops::Range<i64>, of: impl Fn(i64) -> Option<T>) -> Vec<(T, i64, i64)> {
    let mut all: Vec<(T, i64, i64)> = Vec::new();
    for second in seconds {
        let Some(what) = of(second) else { continue };
        match all.last_mut() {
            Some(last) if last.0 == what && last.2 == second => last.2 = second + 1,
            _ => all.push((what, second, second + 1)),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seconds_make_one_stretch_and_gaps_part_them() {
        let of = |s: i64| (s != 4).then_some(s < 2);
        assert_eq!(stretches(0..7, of), [(true, 0, 2), (false, 2, 4), (false, 5, 7)]);
    }

    #[test]
    fn a_long_name_is_cut() {
        assert_eq!(fitting("Hiltropwall / Rheinische Straße", 60.0, 10.0), "Hiltropwa…");
    }
}
