//! The signal timing plan (Signalzeitenplan): a row for each group over one cycle, with edges that can be dragged.

use super::{AXIS, BAR, NAMES, OfSignal, ROW, Subject, fitting, stretches};
use crate::edit::{Core, cores};
use crate::figure::{Figure, Grip};
use crate::palette::{self, Ink};
use crate::words;
use bevy_egui::egui::{Align2, Rect, pos2, vec2};
use model::id::GroupId;
use model::signal::{Aspect, SafePlan};
use model::time::Seconds;

/// Room for the seconds of green at the right.
const RIGHT: f32 = 52.0;
/// Half the width of what an edge can be taken hold of with.
const HOLD: f32 = 5.0;

pub(crate) fn draw(subject: &Subject<'_>, of: OfSignal<'_>) -> Option<Figure> {
    let (plan, language) = (of.plan?, subject.language());
    let bottom = AXIS + ROW * of.signal.groups.len() as f32;
    let name = subject.plans.map_or("", |p| p.name.as_str());
    let title = words::PLAN_TITLE.with(language, &[&of.signal.name, &name, &plan.cycle().get(), &plan.offset().get()]);
    let mut figure = Figure::new(subject.width, bottom + 20.0, title);
    let second = (subject.width - NAMES - RIGHT) / f32::from(plan.cycle().get());
    let sheet = Sheet { of, plan, second, bottom, cores: cores(of.signal, plan) };
    sheet.axis(&mut figure, subject);
    for (row, group) in of.signal.groups.ids().enumerate() {
        sheet.row(&mut figure, group, AXIS + ROW * (row as f32 + 0.5), subject.tried);
    }
    let now = subject.second().in_cycle(plan.cycle(), plan.offset());
    let x = sheet.x(f32::from(now.get()) + 0.5);
    figure.line(vec![pos2(x, AXIS - 4.0), pos2(x, bottom)], 1.5, palette::CHOSEN);
    let ruler = Rect::from_min_max(pos2(NAMES, 0.0), pos2(subject.width - RIGHT, AXIS - 2.0));
    figure.grip(ruler, Grip::Offset { signal: of.id, offset: plan.offset().get(), cycle: plan.cycle().get() }, second);
    Some(figure)
}

struct Sheet<'a> {
    of: OfSignal<'a>,
    plan: &'a SafePlan,
    /// Width of a second.
    second: f32,
    bottom: f32,
    cores: Vec<Core>,
}

impl Sheet<'_> {
    fn x(&self, second: f32) -> f32 {
        NAMES + second * self.second
    }

    fn axis(&self, figure: &mut Figure, subject: &Subject<'_>) {
        let cycle = self.plan.cycle().get();
        for second in (0..=cycle).filter(|s| s.is_multiple_of(5) || *s == cycle) {
            let x = self.x(f32::from(second));
            let labelled = second == cycle || (second.is_multiple_of(10) && f32::from(cycle - second) * self.second > 18.0);
            figure.line(
                vec![pos2(x, AXIS - 4.0), pos2(x, self.bottom)],
                1.0,
                palette::RIM.thin(if labelled { 1.0 } else { 0.5 }),
            );
            if labelled {
                figure.text(pos2(x, AXIS - 6.0), Align2::CENTER_BOTTOM, 10.0, palette::INK_SOFT, second.to_string());
            }
        }
        let language = subject.language();
        let middle = self.x(f32::from(cycle) / 2.0);
        let below = pos2(middle, self.bottom + 4.0);
        figure.text(below, Align2::CENTER_TOP, 10.0, palette::INK_SOFT, words::SECONDS_OF_CYCLE.of(language));
        figure.text(pos2(0.0, AXIS - 6.0), Align2::LEFT_BOTTOM, 10.0, palette::INK_SOFT, words::GROUP.of(language));
        let right = pos2(figure.size.x, AXIS - 6.0);
        figure.text(right, Align2::RIGHT_BOTTOM, 10.0, palette::INK_SOFT, words::GREEN_TIME.of(language));
    }

    fn row(&self, figure: &mut Figure, group: GroupId, middle: f32, tried: bool) {
        let name = fitting(&self.of.signal.groups[group].name, NAMES - 6.0, 11.5);
        figure.strong(pos2(0.0, middle), Align2::LEFT_CENTER, 11.5, palette::INK, name);
        let cycle = i64::from(self.plan.cycle().get());
        for (aspect, from, to) in stretches(0..cycle, |s| Some(self.plan.aspect(group, Seconds(s as u16)))) {
            figure.aspect(aspect, (self.x(from as f32), self.x(to as f32)), middle, BAR);
            let inside = aspect == Aspect::Green && (to - from) as f32 * self.second > 36.0;
            if inside {
                let white = Ink::always(palette::MARKING.light);
                if from > 0 {
                    figure.text(pos2(self.x(from as f32) + 3.0, middle), Align2::LEFT_CENTER, 10.0, white, from.to_string());
                }
                if to < cycle {
                    figure.text(pos2(self.x(to as f32) - 3.0, middle), Align2::RIGHT_CENTER, 10.0, white, to.to_string());
                }
            }
        }
        let green = self.plan.plan().green_time(group).get();
        let ink = if tried { palette::CHOSEN } else { palette::INK };
        figure.text(pos2(figure.size.x, middle), Align2::RIGHT_CENTER, 10.5, ink, format!("{green} s"));
        self.grips(figure, group, middle);
    }

    fn grips(&self, figure: &mut Figure, group: GroupId, middle: f32) {
        let cycle = self.plan.cycle();
        let greens = &self.plan.plan().greens[group];
        for (k, green) in greens.iter().enumerate().filter(|(_, g)| g.duration < cycle) {
            for (end, at) in [(false, green.start), (true, green.end(cycle))] {
                // An end at second 0 is drawn where the cycle ends.
                let second = if end && at == Seconds(0) { cycle } else { at };
                let place = pos2(self.x(f32::from(second.get())), middle);
                let grip = Grip::Edge { signal: self.of.id, group, green: k, end, stage: self.stage_before(at) };
                figure.grip(Rect::from_center_size(place, vec2(2.0 * HOLD, ROW)), grip, self.second);
            }
        }
    }

    /// The stage after which a second of the cycle lies: dragging it makes that stage longer.
    fn stage_before(&self, at: Seconds) -> Option<usize> {
        if self.cores.len() < 2 {
            return None;
        }
        let cycle = i32::from(self.plan.cycle().get());
        let since_end = |c: &Core| (i32::from(at.get()) - c.from - c.seconds).rem_euclid(cycle);
        (0..self.cores.len()).min_by_key(|&k| since_end(&self.cores[k]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy;
    use model::id::SignalId;

    #[test]
    fn every_edge_belongs_to_the_change_after_the_stage_before_it() {
        let scenario = toy::scenario();
        let plans = scenario.plan(None).unwrap();
        let id = SignalId(0);
        let (signal, plan) = (&scenario.signals[id], &plans.plans[id]);
        let of = OfSignal { id, signal, plan: Some(plan) };
        let sheet = Sheet { of, plan, second: 5.0, bottom: 100.0, cores: cores(signal, plan) };
        // Along is green from 0 to 30, on foot to 28, across from 36 to 54.
        let stages = [0, 28, 30, 36, 54].map(|s| sheet.stage_before(Seconds(s)));
        assert_eq!(stages, [Some(1), Some(0), Some(0), Some(0), Some(1)]);
    }
}
