//! The time-space diagram (Zeit-Weg-Diagramm): time to the right, distance upwards, now as a line.
//!
//! What has been is drawn as it was shown, what comes as the plan has it; a strip can be dragged to change the offset of its
//! signal, and bands follow while it is held.

use super::{Subject, fitting, stretches};
use crate::figure::{Figure, Grip};
use crate::palette;
use crate::words::{self, number};
use bevy_egui::egui::{Align2, Pos2, Rect, pos2};
use evaluation::report::trajectories::Collector;
use evaluation::report::{Band, Corridor, Station};
use evaluation::space_time::{Sections, Shown, paths, without_vehicles};
use model::id::GroupId;
use model::scenario::PlanSet;
use model::signal::Aspect;
use model::time::DaySecond;

const LEFT: f32 = 132.0;
const RIGHT: f32 = 40.0;
const TOP: f32 = 8.0;
const BOTTOM: f32 = 34.0;
/// Height of the strip of a direction.
const STRIP: f32 = 4.0;
/// Least distance between two names at the margin.
const NAME: f32 = 13.0;
/// Seconds before now and after it.
const SPAN: (i64, i64) = (150, 60);

pub(crate) fn draw(subject: &Subject<'_>) -> Option<Figure> {
    let route = subject.scene.routes().get(subject.desk.corridor)?;
    let plan = subject.plans?;
    let shown = Shown { route, sections: Sections::OfPlan, plan, title: &plan.name };
    let corridor = without_vehicles(&subject.scene.scenario, &shown, subject.second());
    let title = words::TIME_SPACE_TITLE.with(subject.language(), &[&corridor.title]);
    let diagram = Diagram::new(subject, plan, &corridor)?;
    let mut figure = Figure::new(subject.width, diagram.bottom + BOTTOM, title);
    diagram.axes(&mut figure);
    let first = figure.marks.len();
    diagram.bands(&mut figure);
    diagram.vehicles(&mut figure, route);
    diagram.strips(&mut figure);
    let area = Rect::from_min_max(pos2(LEFT, 0.0), pos2(subject.width - RIGHT, diagram.bottom));
    figure.cut = Some((area, first..figure.marks.len()));
    diagram.margin(&mut figure);
    diagram.key(&mut figure);
    Some(figure)
}

struct Diagram<'a> {
    subject: &'a Subject<'a>,
    plan: &'a PlanSet,
    corridor: &'a Corridor<'a>,
    now: i64,
    /// Lowest and highest position, in metres.
    reach: (f64, f64),
    /// Points for a second.
    second: f32,
    bottom: f32,
}

impl<'a> Diagram<'a> {
    fn new(subject: &'a Subject<'a>, plan: &'a PlanSet, corridor: &'a Corridor<'a>) -> Option<Self> {
        let (first, last) = (corridor.stations.first()?, corridor.stations.last()?);
        let beyond = ((last.position_m - first.position_m) * 0.04).max(30.0);
        let bottom = (subject.height - BOTTOM).max(corridor.stations.len() as f32 * 18.0);
        Some(Self {
            subject,
            plan,
            corridor,
            now: i64::from(subject.second().0),
            reach: (first.position_m - beyond, last.position_m + beyond),
            second: (subject.width - LEFT - RIGHT) / (SPAN.0 + SPAN.1) as f32,
            bottom,
        })
    }

    fn x(&self, second: f64) -> f32 {
        LEFT + (second - (self.now - SPAN.0) as f64) as f32 * self.second
    }

    fn y(&self, metres: f64) -> f32 {
        let share = (self.reach.1 - metres) / (self.reach.1 - self.reach.0);
        TOP + share as f32 * (self.bottom - TOP)
    }

    fn seconds(&self) -> std::ops::Range<i64> {
        (self.now - SPAN.0).max(0)..self.now + SPAN.1
    }

    fn axes(&self, figure: &mut Figure) {
        for second in self.seconds().filter(|s| s % 10 == 0) {
            let x = self.x(second as f64);
            let ink = palette::RIM.thin(if second % 30 == 0 { 1.0 } else { 0.45 });
            figure.line(vec![pos2(x, TOP), pos2(x, self.bottom)], 1.0, ink);
            if second % 30 == 0 && x > LEFT + 20.0 && x < figure.size.x - RIGHT - 20.0 {
                let text = DaySecond(second as u32).to_string();
                figure.text(pos2(x, self.bottom + 3.0), Align2::CENTER_TOP, 10.0, palette::INK_SOFT, text);
            }
        }
        let x = self.x(self.subject.player.now());
        figure.line(vec![pos2(x, 0.0), pos2(x, self.bottom)], 1.5, palette::CHOSEN);
    }

    /// Each band again in every cycle that is in sight.
    fn bands(&self, figure: &mut Figure) {
        for section in &self.corridor.sections {
            let cycle = self.corridor.stations.get(section.stations.0).map_or(90, |s| self.plan.plans[s.signal].cycle().get());
            for (direction, band) in section.bands.iter().enumerate() {
                if let Some(band) = band {
                    self.band(figure, band, f64::from(cycle), palette::BANDS[direction].thin(0.26));
                }
            }
            for (direction, band) in section.cyclists.iter().enumerate() {
                if let Some(band) = band {
                    self.edges(figure, band, f64::from(cycle), palette::BANDS[direction].thin(0.8));
                }
            }
        }
    }

    fn repeats(&self, begins: &[(f64, f64)], cycle: f64) -> Vec<f64> {
        let first = begins.iter().map(|b| b.0).fold(f64::INFINITY, f64::min);
        let from = ((self.seconds().start as f64 - first) / cycle).floor() as i64 - 3;
        (from..from + 8).map(|k| k as f64 * cycle).collect()
    }

    /// When a band begins at each station that it passes, and where that is.
    fn places(&self, band: &Band) -> Vec<(f64, f64)> {
        let with = band.begins_s.iter().zip(&self.corridor.stations);
        with.filter_map(|(begin, station)| Some(((*begin)?, station.position_m))).collect()
    }

    fn band(&self, figure: &mut Figure, band: &Band, cycle: f64, ink: palette::Ink) {
        let begins = self.places(band);
        for later in self.repeats(&begins, cycle) {
            for pair in begins.windows(2) {
                let corner = |(begin, metres): (f64, f64), width: f64| pos2(self.x(begin + later + width), self.y(metres));
                let quad = vec![
                    corner(pair[0], 0.0),
                    corner(pair[1], 0.0),
                    corner(pair[1], band.width_s),
                    corner(pair[0], band.width_s),
                ];
                if quad.iter().any(|p| p.x > LEFT) && quad.iter().any(|p| p.x < figure.size.x - RIGHT) {
                    figure.area(quad, ink);
                }
            }
        }
    }

    /// The band of cyclists by its edges, so that both are told apart.
    fn edges(&self, figure: &mut Figure, band: &Band, cycle: f64, ink: palette::Ink) {
        let begins = self.places(band);
        for later in self.repeats(&begins, cycle) {
            for width in [0.0, band.width_s] {
                let line: Vec<Pos2> = begins.iter().map(|&(b, m)| pos2(self.x(b + later + width), self.y(m))).collect();
                if line.iter().any(|p| p.x > LEFT) && line.iter().any(|p| p.x < figure.size.x - RIGHT) {
                    figure.dashed(line, 1.0, ink);
                }
            }
        }
    }

    /// The simulated vehicles of the last minutes.
    fn vehicles(&self, figure: &mut Figure, route: &evaluation::Route) {
        let paths = paths(&self.subject.scene.scenario, route, &self.corridor.stations);
        for (direction, path) in paths.iter().enumerate() {
            let mut collector = Collector::new(path);
            for (second, vehicles) in self.subject.player.world().tracked() {
                collector.sample(*second, vehicles);
            }
            for line in collector.finish() {
                let points: Vec<Pos2> = line.points.iter().map(|&(s, m)| pos2(self.x(s), self.y(m))).collect();
                if points.iter().any(|p| p.x > LEFT) {
                    figure.line(points, 0.9, palette::BANDS[direction].thin(0.85));
                }
            }
        }
    }

    /// What was shown is drawn as it was, but while a change is tried, as it would be.
    fn aspect(&self, station: &Station, group: GroupId, second: i64) -> Option<Aspect> {
        let at = u32::try_from(second).ok()?;
        let past = self.subject.player.world().past();
        let was = (second < self.now && !self.subject.tried).then(|| past.aspect(station.signal, group, at)).flatten();
        Some(was.unwrap_or_else(|| self.plan.plans[station.signal].aspect_at(group, DaySecond(at))))
    }

    /// Above the line of a signal the direction of rising positions, below it the other.
    fn strips(&self, figure: &mut Figure) {
        for station in &self.corridor.stations {
            let y = self.y(station.position_m);
            for (direction, group) in station.groups.iter().enumerate() {
                let Some(group) = *group else { continue };
                let middle = if direction == 0 { y - STRIP / 2.0 - 0.5 } else { y + STRIP / 2.0 + 0.5 };
                for (aspect, from, to) in stretches(self.seconds(), |s| self.aspect(station, group, s)) {
                    figure.aspect(aspect, (self.x(from as f64), self.x(to as f64)), middle, STRIP);
                }
            }
            let plan = &self.plan.plans[station.signal];
            let area = Rect::from_min_max(pos2(LEFT, y - STRIP - 2.0), pos2(figure.size.x - RIGHT, y + STRIP + 2.0));
            let grip = Grip::Offset { signal: station.signal, offset: plan.offset().get(), cycle: plan.cycle().get() };
            figure.grip(area, grip, self.second);
        }
    }

    /// Names, offsets and cycles at the left, metres at the right; names that would touch are left out.
    fn margin(&self, figure: &mut Figure) {
        let mut last = f32::INFINITY;
        for station in &self.corridor.stations {
            let y = self.y(station.position_m);
            if last - y < NAME {
                continue;
            }
            last = y;
            let plan = &self.plan.plans[station.signal];
            let name = &self.subject.scene.scenario.signals[station.signal].name;
            let chosen = self.subject.desk.signal == Some(station.signal);
            let ink = if chosen { palette::CHOSEN } else { palette::INK };
            figure.strong(pos2(0.0, y), Align2::LEFT_CENTER, 11.0, ink, fitting(name, 58.0, 11.0));
            let timing = format!("{} / {} s", plan.offset().get(), plan.cycle().get());
            figure.text(pos2(LEFT - 6.0, y), Align2::RIGHT_CENTER, 10.0, palette::INK_SOFT, timing);
            let metres = format!("{:.0}", station.position_m);
            figure.text(pos2(figure.size.x, y), Align2::RIGHT_CENTER, 10.0, palette::INK_SOFT, metres);
            figure.grip(Rect::from_min_max(pos2(0.0, y - 6.0), pos2(LEFT - 8.0, y + 6.0)), Grip::Signal(station.signal), 1.0);
        }
        let unit = pos2(figure.size.x, self.bottom + 3.0);
        figure.text(unit, Align2::RIGHT_TOP, 10.0, palette::INK_SOFT, "m");
        let offset = pos2(LEFT - 6.0, self.bottom + 3.0);
        let timing = words::OFFSET_AND_CYCLE.of(self.subject.language());
        figure.text(offset, Align2::RIGHT_TOP, 10.0, palette::INK_SOFT, timing);
    }

    /// Both directions with the widths of their bands.
    fn key(&self, figure: &mut Figure) {
        let (language, y) = (self.subject.language(), self.bottom + 24.0);
        let mut x = LEFT;
        for (direction, named) in self.corridor.directions.iter().enumerate() {
            let ink = palette::BANDS[direction];
            let swatch = Rect::from_min_max(pos2(x, y - 5.0), pos2(x + 18.0, y + 5.0));
            figure.rect(swatch, ink.thin(0.3));
            figure.line(vec![pos2(x + 2.0, y + 4.0), pos2(x + 16.0, y - 4.0)], 1.2, ink);
            let widths = self.corridor.sections.iter().filter_map(|s| s.bands[direction].as_ref()).map(|b| b.width_s);
            let widest = widths.map(|w| number(language, w, 0)).collect::<Vec<_>>().join(", ");
            let widths = if widest.is_empty() { "–".to_owned() } else { widest };
            let text = words::BAND_WIDTH.with(language, &[&named.title, &widths]);
            let text = fitting(&text, 300.0, 10.5);
            x += 26.0 + text.chars().count() as f32 * 6.2 + 20.0;
            figure.text(pos2(swatch.max.x + 6.0, y), Align2::LEFT_CENTER, 10.5, palette::INK, text);
        }
        if self.corridor.sections.iter().any(|s| s.cyclists.iter().any(Option::is_some)) {
            figure.text(pos2(x, y), Align2::LEFT_CENTER, 10.5, palette::INK_SOFT, words::CYCLISTS.of(language));
        }
        if self.corridor.sections.is_empty() {
            let none = self.no_bands().of(language);
            figure.text(pos2(figure.size.x - RIGHT, y), Align2::RIGHT_CENTER, 10.5, palette::INK_SOFT, none);
        }
    }

    fn no_bands(&self) -> words::Text {
        let cycles = self.corridor.stations.iter().map(|s| self.plan.plans[s.signal].cycle());
        let mut cycles: Vec<_> = cycles.collect();
        cycles.dedup();
        if cycles.len() > 1 { words::CYCLES_DIFFER } else { words::NO_BANDS }
    }
}
