//! Drawing: the time-space diagram (Zeit-Weg-Diagramm), time to the right and distance upwards.

use super::aspects::{Row, hatch, stretches};
use super::markup::{Markup, Px, fitting, number, points};
use super::words::catalogue as text;
use super::words::{Language, clock, signal_label, signal_title};
use super::{Band, Corridor, Report, Station, band_table, quality};
use model::id::GroupId;
use model::signal::SafePlan;
use model::time::DaySecond;
use std::fmt::Display;

const WIDTH: f64 = 688.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 44.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 34.0;
/// Height of a strip; the two directions lie above and below the line of the junction.
const STRIP: f64 = 5.0;
/// Least distance between two labels at the margin.
const LABEL: f64 = 23.0;

/// The section.
pub(super) fn section(m: &mut Markup, report: &Report<'_>) {
    let lang = report.language;
    if report.corridors.is_empty() {
        m.paragraph(lang.of(text::NO_ROADS));
        return;
    }
    m.paragraph(lang.of(text::DIAGRAMS));
    for (index, corridor) in report.corridors.iter().enumerate() {
        m.element("h3", &[], format!("{}: {}", corridor.title, lang.title(&corridor.plan_title)));
        m.within("figure", &[], |m| {
            key(m, lang, corridor, index);
            Diagram::new(report, corridor).draw(m, index);
            m.element("figcaption", &[], caption(lang, corridor));
        });
        band_table::table(m, report, corridor);
        let last = report.corridors.get(index + 1).is_none_or(|next| next.title != corridor.title);
        if last {
            quality::arrivals(m, report, corridor);
        }
    }
}

fn caption(lang: Language, corridor: &Corridor<'_>) -> String {
    let mut sentences =
        vec![lang.fill(text::CORRIDOR_CAPTION, &[&corridor.title, &lang.title(&corridor.plan_title), &clock(corridor.from)])];
    let bands = corridor.sections.iter().flat_map(|s| &s.bands).flatten().count();
    sentences.push(match bands {
        0 => lang.of(text::NO_BAND).into(),
        1 => lang.of(text::ONE_BAND).into(),
        _ => lang.fill(text::MANY_BANDS, &[&bands]),
    });
    let mut cycles: Vec<u16> = corridor.stations.iter().map(|s| corridor.plan(s).cycle().get()).collect();
    cycles.sort_unstable();
    cycles.dedup();
    if cycles.len() > 1 {
        sentences.push(lang.of(text::CYCLES_DIFFER).into());
    }
    sentences.join(" ")
}

impl Corridor<'_> {
    /// The plan of a station.
    pub(super) fn plan(&self, station: &Station) -> &SafePlan {
        &self.plans.plans[station.signal]
    }
}

fn key(m: &mut Markup, lang: Language, corridor: &Corridor<'_>, index: usize) {
    let id = format!("time-space-key-{index}");
    m.drawing(&id, (WIDTH, 20.0), (lang.of(text::TIME_SPACE_KEY), lang.of(text::TIME_SPACE_KEY_DESCRIPTION)), |m| {
        for (i, direction) in corridor.directions.iter().enumerate() {
            let x = LEFT + 265.0 * i as f64;
            let arrow = if i == 0 { "↗" } else { "↘" };
            m.shape("rect", &[("x", &x), ("y", &4), ("width", &26), ("height", &12), ("class", &format!("band band-{i}"))]);
            let line: [(&str, &dyn Display); 2] =
                [("points", &points([(x + 30.0, 10.0), (x + 56.0, 10.0)])), ("class", &format!("way way-{i}"))];
            m.shape("polyline", &line);
            let text = fitting(&lang.fill(text::KEY_DIRECTION, &[&arrow, &lang.title(&direction.title)]), 200.0, 9.5);
            m.element("text", &[("x", &(x + 62.0)), ("y", &14), ("class", &"small")], text);
        }
    });
}

/// A corridor with its scales.
struct Diagram<'a> {
    report: &'a Report<'a>,
    corridor: &'a Corridor<'a>,
    /// Longest cycle along the corridor.
    cycle: u32,
    /// Lowest and highest position shown.
    reach: (f64, f64),
    height: f64,
}

impl<'a> Diagram<'a> {
    fn new(report: &'a Report<'a>, corridor: &'a Corridor<'a>) -> Self {
        let cycle = corridor.stations.iter().map(|s| u32::from(corridor.plan(s).cycle().get())).max().unwrap_or(60);
        let positions = || corridor.stations.iter().map(|s| s.position_m);
        let (low, high) = (positions().fold(f64::INFINITY, f64::min), positions().fold(f64::NEG_INFINITY, f64::max));
        let (low, high) = if low < high { (low, high) } else { (0.0, 1.0) };
        let beyond = ((high - low) * 0.04).max(30.0);
        let height = (corridor.stations.len() as f64 * 40.0 + 60.0).clamp(260.0, 610.0);
        Self { report, corridor, cycle, reach: (low - beyond, high + beyond), height }
    }

    fn seconds(&self) -> u32 {
        2 * self.cycle
    }

    fn per_second(&self) -> f64 {
        (WIDTH - LEFT - RIGHT) / f64::from(self.seconds())
    }

    fn x(&self, second: f64) -> f64 {
        LEFT + second * self.per_second()
    }

    fn y(&self, metres: f64) -> f64 {
        TOP + (self.reach.1 - metres) / (self.reach.1 - self.reach.0) * self.height
    }

    fn draw(&self, m: &mut Markup, index: usize) {
        let id = format!("time-space-{index}");
        let (hatched, window) = (format!("{id}-hatch"), format!("{id}-window"));
        let lang = self.report.language;
        let name = lang.fill(text::TIME_SPACE_NAME, &[&self.corridor.title, &lang.title(&self.corridor.plan_title)]);
        let description = lang.fill(text::TIME_SPACE_DESCRIPTION, &[&self.corridor.stations.len(), &self.cycle]);
        m.drawing(&id, (WIDTH, TOP + self.height + BOTTOM), (&name, &description), |m| {
            hatch(m, &hatched);
            m.within("clipPath", &[("id", &window)], |m| {
                let size = (Px(WIDTH - LEFT - RIGHT), Px(self.height));
                m.shape("rect", &[("x", &LEFT), ("y", &TOP), ("width", &size.0), ("height", &size.1)]);
            });
            self.time_axis(m);
            m.within("g", &[("clip-path", &format!("url(#{window})"))], |m| {
                self.bands(m);
                self.trajectories(m);
            });
            self.strips(m, &hatched);
            self.margin(m);
        });
    }

    fn time_axis(&self, m: &mut Markup) {
        let bottom = TOP + self.height;
        for second in (0..=self.seconds()).step_by(10) {
            let (x, whole) = (self.x(f64::from(second)), second.is_multiple_of(20));
            let class = if whole { "grid" } else { "grid fine" };
            m.shape("line", &[("x1", &Px(x)), ("x2", &Px(x)), ("y1", &TOP), ("y2", &Px(bottom)), ("class", &class)]);
            if whole {
                m.element("text", &[("x", &Px(x)), ("y", &Px(bottom + 13.0)), ("class", &"middle small")], second);
            }
        }
        for cycle in 0..=2 {
            let x = self.x(f64::from(cycle * self.cycle));
            m.shape("line", &[("x1", &Px(x)), ("x2", &Px(x)), ("y1", &(TOP - 6.0)), ("y2", &Px(bottom)), ("class", &"axis")]);
        }
        let lang = self.report.language;
        let text = lang.fill(text::TIME_AXIS, &[&self.corridor.from, &self.cycle]);
        let x = self.x(f64::from(self.cycle));
        m.element("text", &[("x", &Px(x)), ("y", &Px(bottom + 28.0)), ("class", &"middle small muted")], text);
        let heads = [(0.0, "start", lang.of(text::JUNCTION_OFFSET)), (WIDTH, "end", lang.of(text::METRES))];
        for (x, anchor, text) in heads {
            m.element("text", &[("x", &Px(x)), ("y", &(TOP - 10.0)), ("text-anchor", &anchor), ("class", &"small muted")], text);
        }
    }

    /// Every band once a cycle, as often as it can be seen.
    fn bands(&self, m: &mut Markup) {
        let bands = self.corridor.sections.iter().flat_map(|s| s.bands.iter().enumerate());
        for (index, band) in bands.filter_map(|(index, band)| Some((index, band.as_ref()?))) {
            for outline in band_outlines(band, &self.corridor.stations, self.corridor.from, (self.cycle, self.seconds())) {
                let outline = points(outline.into_iter().map(|(t, metres)| (self.x(t), self.y(metres))));
                m.shape("polygon", &[("points", &outline), ("class", &format!("band band-{index}"))]);
            }
        }
    }

    fn trajectories(&self, m: &mut Markup) {
        let from = f64::from(self.corridor.from.0);
        for (index, direction) in self.corridor.directions.iter().enumerate() {
            m.within("g", &[("class", &format!("way way-{index}"))], |m| {
                for trajectory in &direction.trajectories {
                    let way = trajectory.points.iter().map(|p| (self.x(p.0 - from), self.y(p.1)));
                    m.shape("polyline", &[("points", &points(way))]);
                }
            });
        }
    }

    fn strips(&self, m: &mut Markup, hatched: &str) {
        for station in &self.corridor.stations {
            let y = self.y(station.position_m);
            for (direction, group) in station.groups.iter().enumerate() {
                let Some(group) = *group else { continue };
                let middle = if direction == 0 { y - STRIP / 2.0 - 0.3 } else { y + STRIP / 2.0 + 0.3 };
                self.strip(m, station, group, &Row { left: LEFT, second: self.per_second(), middle, height: STRIP }, hatched);
            }
        }
    }

    fn strip(&self, m: &mut Markup, station: &Station, group: GroupId, row: &Row, hatched: &str) {
        let plan = self.corridor.plan(station);
        let from = self.corridor.from.0;
        m.within("g", &[("class", &"strip")], |m| {
            for stretch in stretches(self.seconds(), |s| plan.aspect_at(group, DaySecond(from + s))) {
                row.draw(m, &stretch, hatched);
            }
        });
    }

    fn margin(&self, m: &mut Markup) {
        let lines: Vec<f64> = self.corridor.stations.iter().map(|s| self.y(s.position_m)).collect();
        let labels = spread(&lines, LABEL, (TOP + 4.0, TOP + self.height - 4.0));
        for ((station, &line), label) in self.corridor.stations.iter().zip(&lines).zip(labels) {
            let title = signal_title(self.report.scenario, station.signal);
            let plan = self.corridor.plan(station);
            let short = signal_label(self.report.scenario, station.signal);
            let name = self.report.language.fill(text::STATION, &[&short, &plan.offset()]);
            m.within("g", &[("class", &"station")], |m| {
                m.element("text", &[("x", &0), ("y", &Px(label)), ("class", &"name strong")], name);
                let title = fitting(title, LEFT - 12.0, 8.5);
                m.element("text", &[("x", &0), ("y", &Px(label + 10.0)), ("class", &"tiny")], title);
                let leader = points([(LEFT - 12.0, label + 1.0), (LEFT - 3.0, line)]);
                m.shape("polyline", &[("points", &leader), ("class", &"leader")]);
                let metres = number(station.position_m, 0);
                m.element("text", &[("x", &WIDTH), ("y", &Px(label + 4.0)), ("class", &"end small")], metres);
                let leader = points([(WIDTH - RIGHT + 3.0, line), (WIDTH - RIGHT + 10.0, label + 1.0)]);
                m.shape("polyline", &[("points", &leader), ("class", &"leader")]);
            });
        }
    }
}

/// The bands that can be seen, as outlines of (seconds after `from`, metres).
fn band_outlines(band: &Band, stations: &[Station], from: DaySecond, (cycle, seconds): (u32, u32)) -> Vec<Vec<(f64, f64)>> {
    let knots: Vec<(f64, f64)> =
        stations.iter().zip(&band.begins_s).filter_map(|(s, begin)| begin.map(|b| (b, s.position_m))).collect();
    let (cycle, seconds) = (f64::from(cycle), f64::from(seconds));
    let (first, last) = knots.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |r, k| (r.0.min(k.0), r.1.max(k.0)));
    if knots.len() < 2 || !(first.is_finite() && last.is_finite() && band.width_s > 0.0) {
        return Vec::new();
    }
    // The first repetition ends just after the window begins.
    let from = f64::from(from.0);
    let mut shift = ((from - last - band.width_s) / cycle).ceil() * cycle - from;
    let mut outlines = Vec::new();
    while first + shift < seconds {
        let there = knots.iter().map(|k| (k.0 + shift, k.1));
        let back = knots.iter().rev().map(|k| (k.0 + shift + band.width_s, k.1));
        outlines.push(there.chain(back).collect());
        shift += cycle;
    }
    outlines
}

/// Places for labels near their lines, from bottom to top of a page, none closer than `apart` and all within the limits
/// as far as there is room. The lines come by falling page position.
fn spread(lines: &[f64], apart: f64, limits: (f64, f64)) -> Vec<f64> {
    let room = if lines.len() > 1 { (limits.1 - limits.0) / (lines.len() - 1) as f64 } else { apart };
    let apart = apart.min(room);
    let mut places: Vec<f64> = lines.to_vec();
    // Push upwards from the bottom, then downwards from the top, so that both limits hold.
    let mut limit = limits.1;
    for place in &mut places {
        *place = place.min(limit);
        limit = *place - apart;
    }
    let mut limit = limits.0;
    for place in places.iter_mut().rev() {
        *place = place.max(limit);
        limit = *place + apart;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::id::SignalId;

    fn stations() -> Vec<Station> {
        let station =
            |i: u32| Station { signal: SignalId(i), position_m: 300.0 * f64::from(i), groups: [None; 2], links: [None; 2] };
        (0..3).map(station).collect()
    }

    #[test]
    fn a_band_repeats_every_cycle_and_keeps_its_slope() {
        let band = Band::at_speed(&stations(), 0, 10.0, 20.0, 15.0);
        assert_eq!(band.begins_s, [Some(10.0), Some(30.0), Some(50.0)]);
        let outlines = band_outlines(&band, &stations(), DaySecond(900), (90, 180));
        let starts: Vec<f64> = outlines.iter().map(|o| o[0].0).collect();
        assert_eq!(starts, [10.0, 100.0]);
        assert_eq!(outlines[0][..4], [(10.0, 0.0), (30.0, 300.0), (50.0, 600.0), (70.0, 600.0)]);
    }

    #[test]
    fn a_band_that_reaches_into_the_window_from_before_is_drawn() {
        let band = Band::at_speed(&stations(), 1, 80.0, 20.0, 15.0);
        assert_eq!(band.begins_s, [Some(120.0), Some(100.0), Some(80.0)]);
        let outlines = band_outlines(&band, &stations(), DaySecond(0), (90, 180));
        assert_eq!(outlines.iter().map(|o| o[0].0).collect::<Vec<_>>(), [30.0, 120.0, 210.0]);
    }

    #[test]
    fn labels_keep_apart_and_stay_on_the_page() {
        let places = spread(&[300.0, 295.0, 290.0, 100.0], 23.0, (50.0, 300.0));
        assert_eq!(places, [300.0, 277.0, 254.0, 100.0]);
        assert!(spread(&[60.0, 58.0, 55.0], 23.0, (50.0, 300.0)).windows(2).all(|w| w[0] - w[1] >= 23.0));
    }
}
