//! The green bands of a corridor as a table: width, speed, efficiency and attainability, by section, direction and mode.

use super::markup::Markup;
use super::words::catalogue::{self as text, Text};
use super::words::{Language, signal_label};
use super::{Band, BandSection, Corridor, Report, Station};
use crate::bands::longest_green;

/// A row: a band of a section.
struct Entry<'a> {
    section: &'a BandSection,
    direction: usize,
    mode: Text,
    band: Option<&'a Band>,
    /// Width that was proven for both directions at once, of cars.
    proven_s: Option<f64>,
}

/// The table; nothing where the corridor has no sections.
pub(super) fn table(m: &mut Markup, report: &Report<'_>, corridor: &Corridor<'_>) {
    if corridor.sections.is_empty() {
        return;
    }
    let lang = report.language;
    let proven = corridor.sections.iter().any(|s| s.proven_s.is_some());
    m.within("table", &[("class", &"bands")], |m| {
        m.element("caption", &[], lang.fill(text::BANDS, &[&lang.title(&corridor.plan_title)]));
        m.within("thead", &[], |m| {
            m.within("tr", &[], |m| {
                for column in [text::SECTION, text::DIRECTION, text::MODE] {
                    m.element("th", &[("scope", &"col")], lang.of(column));
                }
                let figures = [text::WIDTH_S, text::SPEED_KMH, text::EFFICIENCY, text::ATTAINABILITY];
                for column in figures.into_iter().chain(proven.then_some(text::PROVEN)) {
                    m.element("th", &[("scope", &"col"), ("class", &"number")], lang.of(column));
                }
            });
        });
        m.within("tbody", &[], |m| {
            for section in &corridor.sections {
                for entry in entries(section) {
                    row(m, report, corridor, &entry, proven);
                }
            }
        });
    });
    let note = if proven { lang.of(text::PROVEN_NOTE) } else { "" };
    m.element("p", &[("class", &"small")], format!("{note}{}", lang.of(text::BANDS_NOTE)));
    if report.scenario.network.stops.iter().next().is_some() {
        m.element("p", &[("class", &"small")], lang.of(text::NO_TRANSIT_BANDS));
    }
}

fn entries(section: &BandSection) -> impl Iterator<Item = Entry<'_>> {
    [0, 1].into_iter().flat_map(move |direction| {
        let proven_s = section.proven_s.map(|p| p[direction]);
        let entry = |mode, band, proven_s| Entry { section, direction, mode, band, proven_s };
        [
            entry(text::CARS, section.bands[direction].as_ref(), proven_s),
            entry(text::CYCLISTS, section.cyclists[direction].as_ref(), None),
        ]
    })
}

fn row(m: &mut Markup, report: &Report<'_>, corridor: &Corridor<'_>, entry: &Entry<'_>, proven: bool) {
    let lang = report.language;
    let name =
        |station: usize| corridor.stations.get(station).map_or_else(String::new, |s| signal_label(report.scenario, s.signal));
    let (from, to) = entry.section.stations;
    m.within("tr", &[], |m| {
        m.element("th", &[("scope", &"row")], lang.fill(text::RANGE, &[&name(from), &name(to)]));
        m.element("td", &[], lang.title(&corridor.directions[entry.direction].title));
        m.element("td", &[], lang.of(entry.mode));
        for figure in figures(lang, corridor, entry) {
            m.element("td", &[("class", &"number")], figure);
        }
        if proven {
            m.element("td", &[("class", &"number")], entry.proven_s.map_or_else(String::new, |s| lang.number(s, 1)));
        }
    });
}

/// Width, speed, efficiency and attainability.
fn figures(lang: Language, corridor: &Corridor<'_>, entry: &Entry<'_>) -> [String; 4] {
    let dash = || "–".to_owned();
    let Some(band) = entry.band else { return [lang.of(text::NONE).into(), dash(), dash(), dash()] };
    let passed: Vec<&Station> =
        corridor.stations.iter().zip(&band.begins_s).filter(|(_, begin)| begin.is_some()).map(|(s, _)| s).collect();
    let cycle = passed.first().map(|s| f64::from(corridor.plan(s).cycle().get()));
    let greens = passed.iter().filter_map(|s| longest_green(corridor.plan(s), s.groups[entry.direction]?));
    let shortest = greens.map(|g| f64::from(g.duration.get())).min_by(f64::total_cmp);
    let share = |of: Option<f64>| of.map_or_else(dash, |of| format!("{}\u{a0}%", lang.number(100.0 * band.width_s / of, 0)));
    let speed = band.speed(&corridor.stations).map_or_else(dash, |v| lang.number(v * 3.6, 0));
    [lang.number(band.width_s, 1), speed, share(cycle), share(shortest)]
}
