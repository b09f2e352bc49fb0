//! What a signal showed: history scrolls to the left, now is at the right edge.

use super::{AXIS, BAR, NAMES, OfSignal, ROW, Subject, fitting, stretches};
use crate::figure::{Figure, Grip};
use crate::palette;
use crate::words;
use bevy_egui::egui::{Align2, Rect, pos2};
use model::id::{DetectorId, GroupId, Id};
use model::signal::{Aspect, Grade};
use model::time::DaySecond;

/// Room to the right of now.
const RIGHT: f32 = 34.0;
/// Points for a second.
const SECOND: f32 = 6.0;
/// Height of the line of a detector.
const LOOP: f32 = 11.0;

pub(crate) fn draw(subject: &Subject<'_>, of: OfSignal<'_>) -> Figure {
    let language = subject.language();
    let loops = detectors(subject, of);
    let rows = of.signal.groups.len() as f32;
    let bottom = AXIS + ROW * rows + LOOP * loops.len() as f32;
    let title = words::LIVE_TITLE.with(language, &[&of.signal.name]);
    let mut figure = Figure::new(subject.width, bottom + 8.0, title);
    let live = Live { subject, of, now: subject.second().0, right: subject.width - RIGHT };
    live.axis(&mut figure, bottom);
    for (row, group) in of.signal.groups.ids().enumerate() {
        live.row(&mut figure, group, AXIS + ROW * (row as f32 + 0.5));
    }
    for (row, detector) in loops.into_iter().enumerate() {
        live.detector(&mut figure, detector, AXIS + ROW * rows + LOOP * (row as f32 + 0.5));
    }
    live.violations(&mut figure);
    let area = Rect::from_min_max(pos2(NAMES, 0.0), pos2(live.right, bottom));
    figure.grip(area, Grip::Ruler, SECOND);
    figure
}

/// The detectors on lanes that lead to the signal.
fn detectors(subject: &Subject<'_>, of: OfSignal<'_>) -> Vec<DetectorId> {
    let network = &subject.scene.scenario.network;
    let leads = |id: &DetectorId| {
        let leaving = &network.lanes[network.detectors[*id].lane].leaving;
        leaving.iter().any(|&m| network.movements[m].head.is_some_and(|h| h.signal == of.id))
    };
    network.detectors.ids().filter(leads).take(12).collect()
}

struct Live<'a> {
    subject: &'a Subject<'a>,
    of: OfSignal<'a>,
    /// The second that is shown.
    now: u32,
    /// Where now is.
    right: f32,
}

impl Live<'_> {
    fn x(&self, second: i64) -> f32 {
        self.right - (i64::from(self.now) + 1 - second) as f32 * SECOND
    }

    fn seconds(&self) -> std::ops::Range<i64> {
        let now = i64::from(self.now);
        let room = ((self.right - NAMES) / SECOND).floor() as i64;
        (now + 1 - room).max(0)..now + 1
    }

    fn shown(&self, group: GroupId, second: i64) -> Option<Aspect> {
        if second == i64::from(self.now) {
            return Some(self.subject.player.aspects()[self.of.id][group]);
        }
        self.subject.player.world().past().aspect(self.of.id, group, u32::try_from(second).ok()?)
    }

    fn axis(&self, figure: &mut Figure, bottom: f32) {
        for second in self.seconds().filter(|s| s % 5 == 0) {
            let (x, tenth) = (self.x(second), second % 10 == 0);
            let ink = palette::RIM.thin(if tenth { 1.0 } else { 0.5 });
            figure.line(vec![pos2(x, AXIS - 4.0), pos2(x, bottom)], 1.0, ink);
            if second % 20 == 0 && x > NAMES + 24.0 && x < self.right - 26.0 {
                let text = DaySecond(second as u32).to_string();
                figure.text(pos2(x, AXIS - 6.0), Align2::CENTER_BOTTOM, 10.0, palette::INK_SOFT, text);
            }
        }
        figure.line(vec![pos2(self.right, 4.0), pos2(self.right, bottom)], 1.5, palette::CHOSEN);
        let cycle = self.of.plan.map(|p| DaySecond(self.now).in_cycle(p.cycle(), p.offset()).get());
        let text = cycle.map_or_else(String::new, |s| format!("{s} s"));
        figure.strong(pos2(self.right + 3.0, AXIS - 6.0), Align2::LEFT_BOTTOM, 10.5, palette::CHOSEN, text);
    }

    fn row(&self, figure: &mut Figure, group: GroupId, middle: f32) {
        let name = fitting(&self.of.signal.groups[group].name, NAMES - 6.0, 11.5);
        figure.strong(pos2(0.0, middle), Align2::LEFT_CENTER, 11.5, palette::INK, name);
        let runs = stretches(self.seconds(), |s| self.shown(group, s));
        for &(aspect, from, to) in &runs {
            figure.aspect(aspect, (self.x(from), self.x(to)), middle, BAR);
            let room = (to - from) as f32 * SECOND > 20.0;
            if room && matches!(aspect, Aspect::Green) {
                let at = pos2(f32::midpoint(self.x(from), self.x(to)), middle);
                figure.strong(
                    at,
                    Align2::CENTER_CENTER,
                    10.0,
                    palette::Ink::always(palette::MARKING.light),
                    (to - from).to_string(),
                );
            }
        }
        if let Some(&(_, from, to)) = runs.last() {
            figure.text(pos2(self.right + 4.0, middle), Align2::LEFT_CENTER, 10.5, palette::INK, format!("{} s", to - from));
        }
    }

    /// A thin line, a bar while somebody is on it.
    fn detector(&self, figure: &mut Figure, detector: DetectorId, middle: f32) {
        let name = &self.subject.scene.scenario.network.detectors[detector].name;
        figure.text(pos2(0.0, middle), Align2::LEFT_CENTER, 9.0, palette::INK_SOFT, fitting(name, NAMES - 6.0, 9.0));
        let past = self.subject.player.world().past();
        let seconds = self.seconds();
        figure.line(vec![pos2(self.x(seconds.start), middle), pos2(self.right, middle)], 0.8, palette::DETECTOR);
        for (on, from, to) in stretches(seconds, |s| Some(past.counted(detector.index(), s as u32))) {
            if on {
                let area = Rect::from_min_max(pos2(self.x(from), middle - 3.0), pos2(self.x(to), middle + 3.0));
                figure.rect(area, palette::OCCUPIED);
            }
        }
    }

    /// Where a green begins before the intergreen of one that has ended is over.
    fn violations(&self, figure: &mut Figure) {
        let groups: Vec<GroupId> = self.of.signal.groups.ids().collect();
        let greens: Vec<Vec<(i64, i64)>> = groups
            .iter()
            .map(|&g| stretches(self.seconds(), |s| self.shown(g, s)))
            .map(|runs| runs.into_iter().filter(|r| r.0 == Aspect::Green).map(|r| (r.1, r.2)).collect())
            .collect();
        for (row, &entering) in groups.iter().enumerate() {
            for (other, &clearing) in groups.iter().enumerate() {
                let needed = self.of.signal.intergreens[(clearing, entering)].map(|s| i64::from(s.get()));
                let grade = self.of.signal.grades[(clearing, entering)];
                let Some(needed) = needed.filter(|_| grade == Grade::Incompatible) else { continue };
                for &(from, _) in &greens[row] {
                    let short = greens[other].iter().any(|&(began, to)| began < from && from < to + needed);
                    if short {
                        let at = pos2(self.x(from), AXIS + ROW * (row as f32 + 0.5));
                        figure.rim(Rect::from_center_size(at, [9.0, BAR + 4.0].into()), 2.0, palette::BRAKE);
                    }
                }
            }
        }
    }
}
