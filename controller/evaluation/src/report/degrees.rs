//! Degrees of saturation (Auslastungsgrade) under the proposed plan.

use super::Report;
use super::markup::Markup;
use super::words::catalogue as text;
use super::words::{Language, signal_label};
use crate::ApproachSaturation;
use model::id::SignalId;

/// Above this a degree of saturation is marked: hardly a queue is served within its cycle.
pub(super) const NEAR: f64 = 0.95;

/// How many approaches are over capacity, and which is the fullest; nothing when none is known.
pub(super) fn summary(m: &mut Markup, report: &Report<'_>) {
    let lang = report.language;
    let Some(fullest) = highest(report.approaches.iter()) else { return };
    let over = report.approaches.iter().filter(|a| a.degree > 1.0).count();
    let near = report.approaches.iter().filter(|a| a.degree > NEAR && a.degree <= 1.0).count();
    let all = report.approaches.len();
    let verb = lang.of(if over == 1 { text::IS } else { text::ARE });
    let means = lang.of(if over > 0 { text::DEGREES_OVER } else { text::DEGREES_UNDER });
    let place = place(report, fullest);
    m.paragraph(lang.fill(text::DEGREES, &[&over, &all, &verb, &near, &lang.number(NEAR, 2), &place, &means]));
}

/// The approach with the highest degree.
fn highest<'a>(approaches: impl Iterator<Item = &'a ApproachSaturation>) -> Option<&'a ApproachSaturation> {
    approaches.max_by(|a, b| a.degree.total_cmp(&b.degree))
}

/// The fullest approach of a signal.
fn of_signal<'a>(report: &'a Report<'_>, signal: SignalId) -> Option<&'a ApproachSaturation> {
    highest(report.approaches.iter().filter(|a| a.signal == signal))
}

/// `W07, group K1, with 1.08`.
fn place(report: &Report<'_>, a: &ApproachSaturation) -> String {
    let (lang, label) = (report.language, signal_label(report.scenario, a.signal));
    lang.fill(text::PLACE, &[&label, &group(report, a), &degree(lang, a.degree)])
}

fn group<'a>(report: &'a Report<'_>, a: &ApproachSaturation) -> &'a str {
    &report.scenario.signals[a.signal].groups[a.group].name
}

/// A degree of saturation for people.
pub(super) fn degree(lang: Language, degree: f64) -> String {
    if degree.is_finite() { lang.number(degree, 2) } else { lang.of(text::NO_GREEN).into() }
}

/// The cell of a signal in the overview: the highest degree with its group, and how many approaches are over capacity.
pub(super) fn cell(m: &mut Markup, report: &Report<'_>, signal: SignalId) {
    let Some(a) = of_signal(report, signal) else {
        m.element("td", &[("class", &"number")], "–");
        return;
    };
    let mark = if a.degree > NEAR { "▲ " } else { "" };
    let class = if a.degree > NEAR { "number worse" } else { "number" };
    m.element("td", &[("class", &class)], format!("{mark}{} ({})", degree(report.language, a.degree), group(report, a)));
}

/// What the overview's column says of a signal, as part of a sentence; empty when nothing is known.
pub(super) fn in_words(report: &Report<'_>, signal: SignalId) -> String {
    let lang = report.language;
    let over = report.approaches.iter().filter(|a| a.signal == signal && a.degree > 1.0).count();
    let many = if over == 0 { String::new() } else { lang.fill(text::OVER_CAPACITY, &[&over]) };
    of_signal(report, signal)
        .map_or_else(String::new, |a| lang.fill(text::HIGHEST_DEGREE, &[&degree(lang, a.degree), &group(report, a)]) + &many)
}
