//! Degrees of saturation (Auslastungsgrade) under the proposed plan.

use super::Report;
use super::markup::{Markup, number};
use super::words::signal_label;
use crate::ApproachSaturation;
use model::id::SignalId;

/// Above this a degree of saturation is marked: hardly a queue is served within its cycle.
const NEAR: f64 = 0.95;

/// How many approaches are over capacity, and which is the fullest; nothing when none is known.
pub(super) fn summary(m: &mut Markup, report: &Report<'_>) {
    let Some(fullest) = highest(report.approaches.iter()) else { return };
    let over = report.approaches.iter().filter(|a| a.degree > 1.0).count();
    let near = report.approaches.iter().filter(|a| a.degree > NEAR && a.degree <= 1.0).count();
    let all = report.approaches.len();
    let verb = if over == 1 { "is" } else { "are" };
    let means = if over > 0 {
        "There queues grow all through the period, whatever the offsets."
    } else {
        "By this reckoning every approach serves its demand; it knows nothing of queues that reach back over turning lanes and \
         junctions, or of vehicles that change lanes, and the simulation does: delay and arrivals below are what counts."
    };
    let text = format!(
        "Under the proposed plan {over} of {all} approaches to signals {verb} over capacity (degree of saturation, Auslastungsgrad, \
         above 1) and {near} more lie above {NEAR}. The highest degree is that of {}. {means} Flows are those of the demand on its \
         fastest ways, saturation flows are assumed.",
        place(report, fullest),
    );
    m.paragraph(text);
}

/// The approach with the highest degree.
fn highest<'a>(approaches: impl Iterator<Item = &'a ApproachSaturation>) -> Option<&'a ApproachSaturation> {
    approaches.max_by(|a, b| a.degree.total_cmp(&b.degree))
}

/// The fullest approach of a signal.
pub(super) fn of_signal<'a>(report: &'a Report<'_>, signal: SignalId) -> Option<&'a ApproachSaturation> {
    highest(report.approaches.iter().filter(|a| a.signal == signal))
}

/// `W07, group K1, with 1.08`.
fn place(report: &Report<'_>, a: &ApproachSaturation) -> String {
    format!("{}, group {}, with {}", signal_label(report.scenario, a.signal), group(report, a), degree(a))
}

fn group<'a>(report: &'a Report<'_>, a: &ApproachSaturation) -> &'a str {
    &report.scenario.signals[a.signal].groups[a.group].name
}

fn degree(a: &ApproachSaturation) -> String {
    if a.degree.is_finite() { number(a.degree, 2) } else { "no green".into() }
}

/// The cell of a signal in the overview: the highest degree with its group, and how many approaches are over capacity.
pub(super) fn cell(m: &mut Markup, report: &Report<'_>, signal: SignalId) {
    let Some(a) = of_signal(report, signal) else {
        m.element("td", &[("class", &"number")], "–");
        return;
    };
    let mark = if a.degree > NEAR { "▲ " } else { "" };
    let class = if a.degree > NEAR { "number worse" } else { "number" };
    m.element("td", &[("class", &class)], format!("{mark}{} ({})", degree(a), group(report, a)));
}

/// What the overview's column says of a signal, as part of a sentence; empty when nothing is known.
pub(super) fn in_words(report: &Report<'_>, signal: SignalId) -> String {
    let over = report.approaches.iter().filter(|a| a.signal == signal && a.degree > 1.0).count();
    let many = if over == 0 { String::new() } else { format!(", {over} over capacity") };
    of_signal(report, signal).map_or_else(String::new, |a| {
        format!(" · highest degree of saturation (Auslastungsgrad) {} (group {}){many}", degree(a), group(report, a))
    })
}
