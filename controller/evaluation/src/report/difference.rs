//! Drawing: relative differences with their intervals around zero.

use super::Report;
use super::markup::{Markup, Px, fitting, number};
use super::words::catalogue as text;
use super::words::{Language, Verdict};
use crate::{Measure, Paired};

const WIDTH: f64 = 688.0;
const LEFT: f64 = 200.0;
const RIGHT: f64 = 24.0;
const ROW: f64 = 20.0;
const GROUP: f64 = 24.0;

/// A difference in per cent of the baseline: mean, low, high.
struct Bar {
    measure: Measure,
    verdict: Verdict,
    mean: f64,
    low: f64,
    high: f64,
}

impl Bar {
    fn new(c: &Paired) -> Option<Self> {
        let share = |value: f64| 100.0 * value / c.before.mean;
        let bar = Self {
            measure: c.measure,
            verdict: Verdict::of(&c.difference),
            mean: share(c.difference.mean),
            low: share(c.difference.low),
            high: share(c.difference.high),
        };
        [bar.mean, bar.low, bar.high].iter().all(|x| x.is_finite()).then_some(bar)
    }
}

/// The drawing with its caption; nothing when there are no intervals.
pub(super) fn figure(m: &mut Markup, report: &Report<'_>) {
    let lang = report.language;
    let groups: Vec<(String, Vec<Bar>)> = report
        .baselines
        .iter()
        .map(|&b| (report.title(b), report.compared(b).iter().filter_map(Bar::new).collect()))
        .filter(|(_, bars): &(String, Vec<Bar>)| !bars.is_empty())
        .collect();
    if groups.is_empty() {
        return;
    }
    m.within("figure", &[], |m| {
        draw(m, lang, &groups);
        m.element("figcaption", &[], lang.of(text::CHART));
    });
}

fn draw(m: &mut Markup, lang: Language, groups: &[(String, Vec<Bar>)]) {
    let rows: usize = groups.iter().map(|g| g.1.len()).sum();
    let height = groups.len() as f64 * GROUP + rows as f64 * ROW + 34.0;
    let bars = || groups.iter().flat_map(|g| &g.1);
    let reach = bars().fold(1.0_f64, |r, b| r.max(b.low.abs()).max(b.high.abs()));
    let step = round_step(reach / 4.0);
    let reach = (reach / step).ceil() * step;
    let x = move |per_cent: f64| LEFT + (per_cent + reach) / (2.0 * reach) * (WIDTH - LEFT - RIGHT);
    let words = (lang.of(text::CHART_NAME), lang.of(text::CHART_DESCRIPTION));
    m.drawing("difference-chart", (WIDTH, height), words, |m| {
        let bottom = height - 26.0;
        axis(m, lang, (reach, step), bottom, &x);
        let mut y = 0.0;
        for (title, bars) in groups {
            let place: [(&str, &dyn std::fmt::Display); 3] = [("x", &0), ("y", &Px(y + 15.0)), ("class", &"strong")];
            m.element("text", &place, fitting(&lang.fill(text::AGAINST_PLAN, &[title]), LEFT + 150.0, 11.0));
            y += GROUP;
            for bar in bars {
                draw_bar(m, lang, bar, y + ROW / 2.0, &x);
                y += ROW;
            }
        }
    });
}

fn axis(m: &mut Markup, lang: Language, (reach, step): (f64, f64), bottom: f64, x: &dyn Fn(f64) -> f64) {
    let ticks = (2.0 * reach / step).round() as i64;
    for i in 0..=ticks {
        let value = i as f64 * step - reach;
        let class = if value.abs() < 1e-9 { "axis" } else { "grid" };
        m.shape("line", &[("x1", &Px(x(value))), ("x2", &Px(x(value))), ("y1", &18), ("y2", &Px(bottom)), ("class", &class)]);
        let decimals = usize::from(step < 1.0);
        let label = if value.abs() < 1e-9 { "0".into() } else { format!("{} %", lang.signed(value, decimals)) };
        m.element("text", &[("x", &Px(x(value))), ("y", &Px(bottom + 16.0)), ("class", &"middle small")], label);
    }
}

fn draw_bar(m: &mut Markup, lang: Language, bar: &Bar, y: f64, x: &dyn Fn(f64) -> f64) {
    let class = bar.verdict.class();
    m.within("g", &[("class", &format!("mark {class}"))], |m| {
        m.element("text", &[("x", &12), ("y", &Px(y + 4.0)), ("class", &"label")], lang.of(bar.measure.label().title));
        let (low, mean, high) = (x(bar.low), x(bar.mean), x(bar.high));
        m.shape("line", &[("x1", &Px(low)), ("x2", &Px(high)), ("y1", &Px(y)), ("y2", &Px(y))]);
        for end in [low, high] {
            m.shape("line", &[("x1", &Px(end)), ("x2", &Px(end)), ("y1", &Px(y - 4.0)), ("y2", &Px(y + 4.0))]);
        }
        match bar.verdict {
            Verdict::Open => m.shape("circle", &[("cx", &Px(mean)), ("cy", &Px(y)), ("r", &4.5), ("class", &"hollow")]),
            Verdict::Better | Verdict::Worse | Verdict::None => {
                m.shape("circle", &[("cx", &Px(mean)), ("cy", &Px(y)), ("r", &4.5)]);
            }
        }
        let (at, anchor) = if bar.mean < 0.0 { (high + 8.0, "start") } else { (low - 8.0, "end") };
        let text = format!("{} %", lang.signed(bar.mean, 1));
        m.element("text", &[("x", &Px(at)), ("y", &Px(y + 4.0)), ("text-anchor", &anchor), ("class", &"small halo")], text);
    });
}

/// The round number (1, 2 or 5 times a power of ten) at or above a value.
pub(super) fn round_step(at_least: f64) -> f64 {
    let mut power = 0.01;
    loop {
        for factor in [1.0, 2.0, 5.0] {
            if factor * power >= at_least || power > 1e9 {
                return factor * power;
            }
        }
        power *= 10.0;
    }
}

/// A length for people: metres, or kilometres from 1000 m.
pub(super) fn length(metres: f64) -> String {
    if metres >= 1000.0 {
        format!("{} km", number(metres / 1000.0, usize::from(metres % 1000.0 > 1.0)))
    } else {
        format!("{} m", number(metres, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(near(round_step(3.1), 5.0) && near(round_step(0.15), 0.2) && near(round_step(120.0), 200.0));
        assert_eq!((length(200.0), length(1000.0), length(1500.0)), ("200 m".into(), "1 km".into(), "1.5 km".into()));
    }
}
