//! The green bands of a corridor as a table: width, speed, efficiency and attainability, by section, direction and mode.

use super::markup::Markup;
use super::words::catalogue as text;
use super::words::{Language, signal_label};
use super::{Band, BandSection, Corridor, Report, Station};
use crate::bands::longest_green;

/// The table; nothing where the corridor has no sections.
pub(super) fn table(m: &mut Markup, report: &Report<'_>, corridor: &Corridor<'_>) {
    if corridor.sections.is_empty() {
        return;
    }
    let lang = report.language;
    let proven = corridor.sections.iter().any(|s| s.proven_s.is_some());
    m.within("table", &[("class", &"bands")], |m| {
        m.element("caption", &[], lang.fill(text::BANDS, &[&lang.title(&corridor.plan_title)]));
        head(m, lang, proven);
        m.within("tbody", &[], |m| {
            for section in &corridor.sections {
                for direction in [0, 1] {
                    row(m, report, corridor, (section, direction), proven);
                }
            }
        });
    });
    let note = if proven { lang.of(text::PROVEN_NOTE) } else { "" };
    m.element("p", &[("class", &"small")], format!("{note}{}", lang.of(text::BANDS_NOTE)));
    if !report.scenario.network.stops.is_empty() {
        m.element("p", &[("class", &"small")], lang.of(text::NO_TRANSIT_BANDS));
    }
}

/// Section and direction, then the figures of both modes.
fn head(m: &mut Markup, lang: Language, proven: bool) {
    m.within("thead", &[], |m| {
        m.within("tr", &[], |m| {
            for column in [text::SECTION, text::DIRECTION] {
                m.element("th", &[("scope", &"col"), ("rowspan", &2)], lang.of(column));
            }
            m.element("th", &[("scope", &"colgroup"), ("colspan", &(4 + usize::from(proven)))], lang.of(text::CARS));
            m.element("th", &[("scope", &"colgroup"), ("colspan", &4)], lang.of(text::CYCLISTS));
        });
        m.within("tr", &[], |m| {
            let figures = [text::WIDTH_S, text::SPEED_KMH, text::EFFICIENCY, text::ATTAINABILITY];
            let proven = proven.then_some(text::PROVEN);
            for column in figures.into_iter().chain(proven).chain(figures) {
                m.element("th", &[("scope", &"col"), ("class", &"number")], lang.of(column));
            }
        });
    });
}

fn row(m: &mut Markup, report: &Report<'_>, corridor: &Corridor<'_>, (section, direction): (&BandSection, usize), proven: bool) {
    let lang = report.language;
    let name =
        |station: usize| corridor.stations.get(station).map_or_else(String::new, |s| signal_label(report.scenario, s.signal));
    let (from, to) = section.stations;
    let proven_s = section.proven_s.map_or_else(String::new, |s| lang.number(s[direction], 1));
    m.within("tr", &[], |m| {
        m.element("th", &[("scope", &"row")], lang.fill(text::RANGE, &[&name(from), &name(to)]));
        m.element("td", &[], lang.title(&corridor.directions[direction].title));
        let cars = figures(lang, corridor, direction, section.bands[direction].as_ref());
        let cyclists = figures(lang, corridor, direction, section.cyclists[direction].as_ref());
        for figure in cars.into_iter().chain(proven.then_some(proven_s)).chain(cyclists) {
            m.element("td", &[("class", &"number")], figure);
        }
    });
}

/// Width, speed, efficiency and attainability.
fn figures(lang: Language, corridor: &Corridor<'_>, direction: usize, band: Option<&Band>) -> [String; 4] {
    let dash = || "–".to_owned();
    let Some(band) = band else { return [lang.of(text::NONE).into(), dash(), dash(), dash()] };
    let passed: Vec<&Station> =
        corridor.stations.iter().zip(&band.begins_s).filter(|(_, begin)| begin.is_some()).map(|(s, _)| s).collect();
    let cycle = passed.iter().map(|s| f64::from(corridor.plan(s).cycle().get())).max_by(f64::total_cmp);
    let greens = passed.iter().filter_map(|s| longest_green(corridor.plan(s), s.groups[direction]?));
    let shortest = greens.map(|g| f64::from(g.duration.get())).min_by(f64::total_cmp);
    let share = |of: Option<f64>| of.map_or_else(dash, |of| format!("{}\u{a0}%", lang.number(100.0 * band.width_s / of, 0)));
    let speed = band.speed_m_per_s.map_or_else(dash, |v| lang.number(v * 3.6, 0));
    [lang.number(band.width_s, 1), speed, share(cycle), share(shortest)]
}
