//! Drawing: the signal timing plan (Signalzeitenplan) of one signal.

use super::aspects::{Row, Stretch, hatch, stretches};
use super::markup::{Markup, Px, fitting};
use super::words::Language;
use super::words::catalogue as text;
use model::id::GroupId;
use model::signal::{Aspect, SafePlan, Signal};
use model::time::Seconds;
use std::fmt::Display;

const WIDTH: f64 = 688.0;
const LEFT: f64 = 64.0;
/// Columns of figures to the right of the plan.
const RIGHT: f64 = 88.0;
const TOP: f64 = 24.0;
const ROW: f64 = 19.0;
const BAR: f64 = 13.0;
/// What two digits need beside a switch point.
const DIGITS: f64 = 15.0;

/// One plan to draw, and the plan that it replaces.
pub(super) struct Drawing<'a> {
    /// Unique in the document.
    pub(super) id: String,
    /// Name for those who cannot see it.
    pub(super) name: String,
    pub(super) signal: &'a Signal,
    pub(super) plan: &'a SafePlan,
    pub(super) before: Option<&'a SafePlan>,
    pub(super) language: Language,
}

impl Drawing<'_> {
    fn second(&self) -> f64 {
        (WIDTH - LEFT - RIGHT) / f64::from(self.plan.cycle().get())
    }

    fn bottom(&self) -> f64 {
        TOP + ROW * self.signal.groups.len() as f64
    }

    /// Draws it.
    pub(super) fn draw(&self, m: &mut Markup) {
        let greens = self.signal.groups.enumerate().map(|(id, g)| format!("{}: {}", g.name, self.greens_in_words(id)));
        let description = self.language.fill(text::PLAN_DESCRIPTION, &[&greens.collect::<Vec<_>>().join("; ")]);
        m.drawing(&self.id, (WIDTH, self.bottom() + 20.0), (&self.name, &description), |m| {
            let pattern = format!("{}-hatch", self.id);
            hatch(m, &pattern);
            self.axis(m);
            for (index, group) in self.signal.groups.ids().enumerate() {
                let middle = TOP + ROW * (index as f64 + 0.5);
                self.row(m, group, &Row { left: LEFT, second: self.second(), middle, height: BAR }, &pattern);
            }
        });
    }

    fn greens_in_words(&self, group: GroupId) -> String {
        let cycle = self.plan.cycle();
        let greens = &self.plan.plan().greens[group];
        if greens.is_empty() {
            return self.language.of(text::RED_THROUGHOUT).into();
        }
        let lang = self.language;
        let span = |g: &model::signal::Green| lang.fill(text::SECONDS_SPAN, &[&g.start.get(), &g.end(cycle).get()]);
        lang.listed(&greens.iter().map(span).collect::<Vec<_>>())
    }

    fn axis(&self, m: &mut Markup) {
        let cycle = u32::from(self.plan.cycle().get());
        let x = |second: u32| LEFT + self.second() * f64::from(second);
        for second in (0..=cycle).filter(|s| s.is_multiple_of(5) || *s == cycle) {
            let labelled =
                second == cycle || (second.is_multiple_of(10) && f64::from(cycle - second) * self.second() > DIGITS * 1.2);
            let class = if labelled { "grid" } else { "grid fine" };
            let (x, top) = (x(second), if labelled { TOP - 5.0 } else { TOP });
            m.shape("line", &[("x1", &Px(x)), ("x2", &Px(x)), ("y1", &Px(top)), ("y2", &Px(self.bottom())), ("class", &class)]);
            if labelled {
                m.element("text", &[("x", &Px(x)), ("y", &Px(TOP - 9.0)), ("class", &"middle small")], second);
            }
        }
        let heads = [
            (0.0, "start", text::PLAN_HEAD_GROUP),
            (WIDTH - 44.0, "end", text::PLAN_HEAD_GREEN),
            (WIDTH, "end", text::PLAN_HEAD_CHANGE),
            (LEFT + (WIDTH - LEFT - RIGHT) / 2.0, "middle", text::PLAN_HEAD_SECOND),
        ];
        for (i, (x, anchor, text)) in heads.into_iter().enumerate() {
            let y = if i == 3 { self.bottom() + 14.0 } else { TOP - 9.0 };
            m.element(
                "text",
                &[("x", &Px(x)), ("y", &Px(y)), ("text-anchor", &anchor), ("class", &"small muted")],
                self.language.of(text),
            );
        }
    }

    fn row(&self, m: &mut Markup, group: GroupId, row: &Row, pattern: &str) {
        let base = row.middle + 4.0;
        let cycle = u32::from(self.plan.cycle().get());
        let runs = stretches(cycle, |s| self.plan.aspect(group, Seconds(s as u16)));
        m.within("g", &[("class", &"group")], |m| {
            let name = fitting(&self.signal.groups[group].name, LEFT - 6.0, 10.5);
            m.element("text", &[("x", &0), ("y", &Px(base)), ("class", &"strong")], name);
            for run in &runs {
                row.draw(m, run, pattern);
            }
            for label in switch_points(&runs, row) {
                let place: [(&str, &dyn Display); 4] =
                    [("x", &Px(label.x)), ("y", &Px(row.middle + 3.3)), ("text-anchor", &label.anchor), ("class", &label.class)];
                m.element("text", &place, label.second % cycle);
            }
            let green = self.plan.plan().green_time(group).get();
            m.element("text", &[("x", &Px(WIDTH - 44.0)), ("y", &Px(base)), ("class", &"end small")], format!("{green} s"));
            let (class, change) = self.change(group, green);
            m.element("text", &[("x", &Px(WIDTH)), ("y", &Px(base)), ("class", &class)], change);
        });
    }

    /// Seconds of green more or less than before.
    fn change(&self, group: GroupId, green: u16) -> (&'static str, String) {
        let Some(before) = self.before else { return ("end small muted", "–".into()) };
        match i32::from(green) - i32::from(before.plan().green_time(group).get()) {
            0 => ("end small muted", "0".into()),
            change if change < 0 => ("end small", format!("\u{2212}{}", -change)),
            change => ("end small", format!("+{change}")),
        }
    }
}

/// The second of a switch point, beside it.
#[derive(Debug, PartialEq)]
struct Label {
    second: u32,
    x: f64,
    anchor: &'static str,
    class: &'static str,
}

/// Labels at the beginning and end of every green: inside the bar where there is room, otherwise outside.
fn switch_points(runs: &[Stretch], row: &Row) -> Vec<Label> {
    let green = |r: &&Stretch| r.aspect == Aspect::Green;
    let (first, last) = (runs.first().filter(green), runs.last().filter(green));
    let goes_round = first.is_some() && last.is_some() && runs.len() > 1;
    let mut labels = Vec::new();
    for (i, run) in runs.iter().enumerate().filter(|(_, r)| r.aspect == Aspect::Green) {
        let begins = !(goes_round && i == 0) && runs.len() > 1;
        let ends = !(goes_round && i + 1 == runs.len()) && runs.len() > 1;
        let room =
            f64::from(run.to - run.from) * row.second >= DIGITS * (f64::from(u8::from(begins)) + f64::from(u8::from(ends)));
        let (from, to) = (row.x(f64::from(run.from)), row.x(f64::from(run.to)));
        let class = if room { "switch inside" } else { "switch" };
        if begins {
            let (x, anchor) = if room { (from + 2.0, "start") } else { (from - row.second - 2.0, "end") };
            labels.push(Label { second: run.from, x, anchor, class });
        }
        if ends {
            let (x, anchor) = if room { (to - 2.0, "end") } else { (to + 3.0 * row.second + 2.0, "start") };
            labels.push(Label { second: run.to, x, anchor, class });
        }
    }
    labels
}

/// The key to the drawings, once for all.
pub(super) fn key(m: &mut Markup, lang: Language) {
    let entries = [
        (Aspect::Green, text::KEY_GREEN),
        (Aspect::Amber, text::KEY_AMBER),
        (Aspect::Red, text::KEY_RED),
        (Aspect::RedAmber, text::KEY_RED_AMBER),
    ];
    let words = (lang.of(text::PLAN_KEY), lang.of(text::PLAN_KEY_DESCRIPTION));
    m.drawing("signal-plan-key", (WIDTH, 22.0), words, |m| {
        hatch(m, "signal-plan-key-hatch");
        for (i, (aspect, name)) in entries.into_iter().enumerate() {
            let left = i as f64 * 172.0;
            let row = Row { left, second: 3.0, middle: 11.0, height: BAR };
            let seconds = if aspect == Aspect::RedAmber { 2 } else { 8 };
            row.draw(m, &Stretch { aspect, from: 0, to: seconds }, "signal-plan-key-hatch");
            m.element("text", &[("x", &Px(left + 30.0)), ("y", &15), ("class", &"small")], lang.of(name));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW_OF_TEST: Row = Row { left: 100.0, second: 5.0, middle: 20.0, height: 12.0 };

    fn runs(green: impl Fn(u32) -> bool) -> Vec<Stretch> {
        stretches(60, |s| if green(s) { Aspect::Green } else { Aspect::Red })
    }

    fn seconds(labels: &[Label]) -> Vec<u32> {
        labels.iter().map(|l| l.second).collect()
    }

    #[test]
    fn switch_points_stand_inside_the_bar() {
        let labels = switch_points(&runs(|s| (10..30).contains(&s)), &ROW_OF_TEST);
        assert_eq!(seconds(&labels), [10, 30]);
        assert_eq!((labels[0].x, labels[1].x), (152.0, 248.0));
    }

    #[test]
    fn a_green_over_the_end_of_the_cycle_is_labelled_once_at_each_end() {
        let labels = switch_points(&runs(|s| !(12..50).contains(&s)), &ROW_OF_TEST);
        assert_eq!(seconds(&labels), [12, 50]);
    }

    #[test]
    fn a_short_green_is_labelled_outside() {
        let labels = switch_points(&runs(|s| (10..15).contains(&s)), &ROW_OF_TEST);
        assert!(labels[0].x < 150.0 && labels[1].x > 175.0);
    }

    #[test]
    fn a_permanent_green_has_no_switch_points() {
        assert!(switch_points(&runs(|_| true), &ROW_OF_TEST).is_empty());
    }
}
