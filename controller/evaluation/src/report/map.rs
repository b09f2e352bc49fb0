//! Delay on the map: before, after, and where the difference is significant.

use super::map_frame::{Frame, Road, link_name, roads};
use super::markup::{Markup, Px, points};
use super::words::catalogue as text;
use super::words::{Language, Verdict, anchor, signal_label, signal_title, signals_in_order};
use super::{Report, Variant};
use crate::{Interval, RunResult, interval};
use model::id::LinkId;

/// Upper ends of the classes of delay, in seconds per vehicle; above the last there is one more class.
///
/// 20, 35, 50 and 70 s are the limits of the levels of service A to D of the German HBS 2015 for cars at signals.
const CLASSES: [f64; 6] = [5.0, 10.0, 20.0, 35.0, 50.0, 70.0];
/// Changes below this are drawn as no change even when they are significant, in seconds per vehicle.
const NOTICEABLE: f64 = 1.0;

/// The section.
pub(super) fn section(m: &mut Markup, report: &Report<'_>) {
    let roads = roads(&report.scenario.network);
    let lang = report.language;
    m.paragraph(lang.of(text::MAP_INTRO));
    let before = report.baselines.first().map(|&b| &report.variants[b]);
    let titled =
        before.map(|v| (v, text::MAP_BEFORE, "map-before")).into_iter().chain([(report.chosen(), text::MAP_AFTER, "map-after")]);
    for (variant, when, id) in titled {
        let when = if before.is_some() { lang.of(when) } else { "" };
        m.within("figure", &[], |m| {
            delay_map(m, report, &roads, variant, id);
            m.element("figcaption", &[], lang.fill(text::MAP_CAPTION, &[&lang.title(&variant.title), &when]));
            delay_legend(m, lang, id);
        });
    }
    if let Some(before) = before {
        m.within("figure", &[], |m| {
            change_map(m, report, &roads, before);
            let text = lang.fill(text::MAP_CHANGE_CAPTION, &[&report.before_title(), &report.chosen_title()]);
            m.element("figcaption", &[], text);
            change_legend(m, lang);
        });
    }
    key(m, report);
}

/// The class of a delay.
fn class_of(delay_s: f64) -> usize {
    CLASSES.iter().filter(|&&limit| delay_s > limit).count()
}

/// Width of the line of a class.
fn width_of(class: usize) -> f64 {
    2.2 + 0.5 * class as f64
}

/// Delay per vehicle on a link, over all runs; `None` where nobody drove.
fn link_delay(variant: &Variant<'_>, link: LinkId) -> Option<f64> {
    let delay: f64 = variant.runs.iter().filter_map(|r| r.link_delay.get(link)).sum();
    let flow: f64 = variant.runs.iter().filter_map(|r| r.link_flow.get(link)).map(|&f| f64::from(f)).sum();
    (flow > 0.0 || delay > 0.0).then(|| delay / flow.max(1.0))
}

/// The paired difference of the delay per vehicle on a link; `None` where nobody drove.
///
/// The delay of each run is spread over the mean flow of its variant, so that the mean is the difference of the maps and
/// a run with few vehicles does not count for more than it is.
fn link_change(before: &Variant<'_>, after: &Variant<'_>, link: LinkId) -> Option<Interval> {
    let flow = |v: &Variant<'_>| {
        let flow: u32 = v.runs.iter().filter_map(|r| r.link_flow.get(link)).sum();
        (flow > 0).then(|| f64::from(flow) / v.runs.len() as f64)
    };
    let (b_flow, a_flow) = (flow(before)?, flow(after)?);
    let of = |r: &RunResult, flow: f64| r.link_delay.get(link).map(|d| d / flow);
    let pairs = before.runs.iter().zip(&after.runs);
    let differences: Option<Vec<f64>> = pairs.map(|(b, a)| Some(of(a, a_flow)? - of(b, b_flow)?)).collect();
    differences.map(|d| interval(&d))
}

fn delay_map(m: &mut Markup, report: &Report<'_>, roads: &[Road], variant: &Variant<'_>, id: &str) {
    let frame = Frame::around(report.scenario, 372.0);
    let lang = report.language;
    let name = lang.fill(text::MAP_NAME, &[&lang.title(&variant.title)]);
    m.drawing(id, frame.size(), (&name, lang.of(text::MAP_DESCRIPTION)), |m| {
        frame.ground(m, report.scenario);
        // The worst last, so that nothing hides them.
        let mut drawn: Vec<(Option<f64>, &Road)> = roads.iter().map(|r| (link_delay(variant, r.link), r)).collect();
        drawn.sort_by(|a, b| a.0.unwrap_or(-1.0).total_cmp(&b.0.unwrap_or(-1.0)));
        for (delay, road) in drawn {
            match delay {
                None => line(m, &frame, road, "unused", 1.0, lang.of(text::NO_VEHICLES)),
                Some(delay) => {
                    let class = class_of(delay);
                    let words = lang.fill(text::S_PER_VEHICLE, &[&lang.number(delay, 1)]);
                    line(m, &frame, road, &format!("delay-{class}"), width_of(class), &words);
                }
            }
        }
        frame.furniture(m, report.scenario);
    });
}

fn change_map(m: &mut Markup, report: &Report<'_>, roads: &[Road], before: &Variant<'_>) {
    let frame = Frame::around(report.scenario, 540.0);
    let lang = report.language;
    let name = lang.fill(text::MAP_CHANGE_NAME, &[&report.before_title(), &report.chosen_title()]);
    m.drawing("map-change", frame.size(), (&name, lang.of(text::MAP_CHANGE_DESCRIPTION)), |m| {
        frame.ground(m, report.scenario);
        for road in roads {
            match link_change(before, report.chosen(), road.link) {
                None => line(m, &frame, road, "unused", 1.0, lang.of(text::NO_VEHICLES)),
                Some(change) => {
                    let verdict = if change.mean.abs() < NOTICEABLE { Verdict::Open } else { Verdict::of(&change) };
                    let figures: [&dyn std::fmt::Display; 2] = [&lang.signed(change.mean, 1), &lang.of(verdict.word())];
                    let words = lang.fill(text::S_PER_VEHICLE_VERDICT, &figures);
                    let width = if verdict == Verdict::Open { 1.8 } else { (2.0 + change.mean.abs() / 6.0).min(6.0) };
                    line(m, &frame, road, &format!("change-{}", verdict.class()), width, &words);
                }
            }
        }
        frame.furniture(m, report.scenario);
    });
}

/// A road as a line with a dark edge, its name and value as a tooltip.
fn line(m: &mut Markup, frame: &Frame, road: &Road, class: &str, width: f64, value: &str) {
    let way = points(road.line.iter().map(|&p| frame.place(p)));
    m.within("g", &[], |m| {
        m.element("title", &[], format!("{}: {value}", road.name));
        if class != "unused" {
            m.shape("polyline", &[("points", &way), ("class", &"casing"), ("stroke-width", &Px(width + 1.2))]);
        }
        m.shape("polyline", &[("points", &way), ("class", &class), ("stroke-width", &Px(width))]);
    });
}

fn delay_legend(m: &mut Markup, lang: Language, id: &str) {
    let words = (lang.of(text::LEGEND), lang.of(text::LEGEND_DELAY));
    m.drawing(&format!("{id}-legend"), (688.0, 34.0), words, |m| {
        m.element("text", &[("x", &1), ("y", &13), ("class", &"small")], lang.of(text::PER_VEHICLE));
        for class in 0..=CLASSES.len() {
            let x = 84.0 + 78.0 * class as f64;
            let label = match (class.checked_sub(1).map(|i| CLASSES[i]), CLASSES.get(class)) {
                (None, Some(to)) => lang.fill(text::UP_TO, &[to]),
                (Some(from), Some(to)) => lang.fill(text::FROM_TO, &[&from, to]),
                (from, None) => lang.fill(text::ABOVE, &[&from.unwrap_or_default()]),
            };
            sample(m, x, &format!("delay-{class}"), width_of(class), &label);
        }
        let x = 84.0 + 78.0 * 7.0;
        m.shape(
            "line",
            &[("x1", &Px(x)), ("x2", &Px(x + 44.0)), ("y1", &9), ("y2", &9), ("class", &"unused"), ("stroke-width", &1)],
        );
        m.element("text", &[("x", &688), ("y", &28), ("class", &"end small")], lang.of(text::NO_VEHICLES));
    });
}

fn change_legend(m: &mut Markup, lang: Language) {
    m.drawing("map-change-legend", (688.0, 34.0), (lang.of(text::LEGEND), lang.of(text::LEGEND_CHANGE)), |m| {
        let entries = [
            (Verdict::Better, 4.0, text::CHANGE_BETTER),
            (Verdict::Worse, 4.0, text::CHANGE_WORSE),
            (Verdict::Open, 1.8, text::CHANGE_OPEN),
        ];
        for (i, (verdict, width, label)) in entries.into_iter().enumerate() {
            sample(m, 170.0 * i as f64, &format!("change-{}", verdict.class()), width, lang.of(label));
        }
        m.element("text", &[("x", &688), ("y", &28), ("class", &"end small muted")], lang.of(text::WIDER));
    });
}

fn sample(m: &mut Markup, x: f64, class: &str, width: f64, label: &str) {
    for (class, width) in [("casing", width + 1.2), (class, width)] {
        let (from, to) = (Px(x), Px(x + 44.0));
        m.shape("line", &[("x1", &from), ("x2", &to), ("y1", &9), ("y2", &9), ("class", &class), ("stroke-width", &Px(width))]);
    }
    m.element("text", &[("x", &Px(x)), ("y", &28), ("class", &"small")], label);
}

/// The labels of the signals, and what happens on the links with most delay.
fn key(m: &mut Markup, report: &Report<'_>) {
    if !report.scenario.signals.is_empty() {
        m.element("h3", &[], report.language.of(text::THE_SIGNALS));
    }
    m.within("ul", &[("class", &"signals")], |m| {
        for id in signals_in_order(report.scenario) {
            m.within("li", &[], |m| {
                let label = signal_label(report.scenario, id);
                m.element(
                    "a",
                    &[("href", &format!("#{}", anchor(id)))],
                    format!("{label} {}", signal_title(report.scenario, id)),
                );
            });
        }
    });
    if !report.baselines.is_empty() {
        worst(m, report);
    }
}

fn worst(m: &mut Markup, report: &Report<'_>) {
    let (network, lang) = (&report.scenario.network, report.language);
    let before = report.before();
    let total = |v: &Variant<'_>, l: LinkId| v.runs.iter().filter_map(|r| r.link_delay.get(l)).sum::<f64>();
    let mut links: Vec<LinkId> = network.links.ids().filter(|&l| total(before, l) > 0.0).collect();
    links.sort_by(|&a, &b| total(before, b).total_cmp(&total(before, a)).then(a.cmp(&b)));
    links.truncate(10);
    if links.is_empty() {
        return;
    }
    m.within("table", &[("class", &"worst")], |m| {
        m.element("caption", &[], lang.fill(text::WORST, &[&report.before_title()]));
        m.within("thead", &[], |m| {
            m.within("tr", &[], |m| {
                m.element("th", &[("scope", &"col")], lang.of(text::LINK_TOWARDS));
                let [change, interval] = [text::CHANGE, text::PER_CENT_INTERVAL].map(|t| lang.of(t).to_owned());
                for column in [report.before_title(), report.chosen_title(), change, interval] {
                    m.element("th", &[("scope", &"col"), ("class", &"number")], column);
                }
                m.element("th", &[("scope", &"col")], lang.of(text::VERDICT));
            });
        });
        m.within("tbody", &[], |m| {
            for link in links {
                worst_row(m, report, link);
            }
        });
    });
    m.element("p", &[("class", &"small")], lang.of(text::WORST_NOTE));
}

fn worst_row(m: &mut Markup, report: &Report<'_>, link: LinkId) {
    let lang = report.language;
    let delay = |v: &Variant<'_>| link_delay(v, link).map_or("–".into(), |d| lang.number(d, 1));
    m.within("tr", &[], |m| {
        m.element("th", &[("scope", &"row")], link_name(&report.scenario.network, link));
        m.element("td", &[("class", &"number")], delay(report.before()));
        m.element("td", &[("class", &"number")], delay(report.chosen()));
        if let Some(change) = link_change(report.before(), report.chosen(), link) {
            let verdict = Verdict::of(&change);
            m.element("td", &[("class", &"number")], lang.signed(change.mean, 1));
            m.element("td", &[("class", &"number")], lang.signed_interval(&change, 1));
            m.element("td", &[("class", &verdict.class())], format!("{} {}", verdict.sign(), lang.of(verdict.word())));
        } else {
            for text in ["–", "", ""] {
                m.element("td", &[("class", &"number")], text);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_at_the_limit_belongs_to_the_class_below() {
        assert_eq!((class_of(0.0), class_of(5.0), class_of(5.1), class_of(70.0), class_of(900.0)), (0, 0, 1, 5, 6));
    }
}
