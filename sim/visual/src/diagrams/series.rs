//! A measure over time (Ganglinie), minute by minute, of one world or of both.

use super::Subject;
use crate::desk::Series;
use crate::figure::Figure;
use crate::palette::{self, Ink};
use crate::past::Sums;
use crate::words::{self, Text, number};
use crate::world::World;
use bevy_egui::egui::{Align2, Pos2, pos2};
use model::time::DaySecond;

const LEFT: f32 = 54.0;
const RIGHT: f32 = 18.0;
const TOP: f32 = 14.0;
const BOTTOM: f32 = 26.0;

/// A line of the diagram: what it is of, its colour, and points of second of the day and value.
pub(crate) struct Line {
    pub(crate) name: Text,
    pub(crate) ink: Ink,
    pub(crate) points: Vec<(f64, f64)>,
}

/// The name of a measure with its unit.
pub(crate) const fn name(series: Series) -> Text {
    match series {
        Series::Delay => words::SERIES_DELAY,
        Series::Flow => words::SERIES_FLOW,
        Series::Stops => words::SERIES_STOPS,
        Series::Co2 => words::SERIES_CO2,
        Series::Speed => words::SERIES_SPEED,
    }
}

/// The lines up to the moment that is shown.
pub(crate) fn lines(subject: &Subject<'_>) -> Vec<Line> {
    let (player, series) = (subject.player, subject.desk.series);
    let line = |name, ink, world: &World| Line { name, ink, points: points(series, world, player.now()) };
    if player.is_comparing() {
        let before = line(words::BEFORE, palette::INK_SOFT, player.original());
        return vec![before, line(words::AFTER, palette::CHOSEN, player.edited())];
    }
    vec![line(name(series), palette::CHOSEN, player.world())]
}

/// The value of each minute, at its end.
fn points(series: Series, world: &World, until: f64) -> Vec<(f64, f64)> {
    let sums: Vec<&Sums> = world.past().sums_until(until).collect();
    sums.windows(2).filter_map(|pair| Some((pair[1].now, value(series, pair[0], pair[1])?))).collect()
}

fn value(series: Series, then: &Sums, now: &Sums) -> Option<f64> {
    let (a, b) = (&then.measures, &now.measures);
    let hours = (now.now - then.now) / 3600.0;
    let (departed, hours) = (f64::from(b.departed) - f64::from(a.departed), Some(hours).filter(|h| *h > 0.0)?);
    let sum = |x: f64, y: f64, of: u32, and: u32| y * f64::from(and) - x * f64::from(of);
    let vehicles = departed.max(1.0);
    match series {
        Series::Delay | Series::Stops if departed < 1.0 => None,
        Series::Delay => Some(now.link_delay.iter().sum::<f64>() - then.link_delay.iter().sum::<f64>()).map(|s| s / vehicles),
        Series::Flow => Some((f64::from(b.arrived) - f64::from(a.arrived)) / hours),
        Series::Stops => Some(sum(a.stops_per_vehicle, b.stops_per_vehicle, a.departed, b.departed) / vehicles),
        Series::Co2 => Some((b.co2_kg - a.co2_kg) / hours),
        Series::Speed => {
            let driven = sum(a.duration_s, b.duration_s, a.departed, b.departed) / 3600.0;
            (driven > 0.0).then(|| (b.distance_km - a.distance_km) / driven)
        }
    }
}

/// The drawing, for files.
pub(crate) fn draw(subject: &Subject<'_>) -> Figure {
    let language = subject.language();
    let lines = lines(subject);
    let title = format!("{}: {}", words::SERIES.of(language), name(subject.desk.series).of(language));
    let mut figure = Figure::new(subject.width, subject.height.max(160.0), title);
    let all = || lines.iter().flat_map(|l| &l.points);
    let (Some(first), Some(last)) = (all().map(|p| p.0).reduce(f64::min), all().map(|p| p.0).reduce(f64::max)) else {
        figure.text(pos2(4.0, 26.0), Align2::LEFT_CENTER, 13.0, palette::INK_SOFT, words::SERIES_NONE.of(language));
        return figure;
    };
    let (top, step) = nice(all().map(|p| p.1).fold(0.0, f64::max));
    let (right, bottom) = (figure.size.x - RIGHT, figure.size.y - BOTTOM);
    let place = |(second, value): (f64, f64)| -> Pos2 {
        let along = ((second - first) / (last - first).max(60.0)) as f32;
        pos2(LEFT + along * (right - LEFT), bottom - (value / top) as f32 * (bottom - TOP))
    };
    let mut value = 0.0;
    while value <= top + 1e-9 {
        let y = place((first, value)).y;
        figure.line(vec![pos2(LEFT, y), pos2(right, y)], 0.8, palette::RIM);
        let text = number(language, value, usize::from(step < 1.0));
        figure.text(pos2(LEFT - 6.0, y), Align2::RIGHT_CENTER, 10.0, palette::INK_SOFT, text);
        value += step;
    }
    for second in [first, f64::midpoint(first, last), last] {
        let at = pos2(place((second, 0.0)).x, bottom + 4.0);
        figure.text(at, Align2::CENTER_TOP, 10.0, palette::INK_SOFT, DaySecond(second as u32).to_string());
    }
    for (k, line) in lines.iter().enumerate() {
        figure.line(line.points.iter().copied().map(place).collect(), 1.8, line.ink);
        let at = pos2(LEFT + 8.0 + 180.0 * k as f32, TOP);
        figure.line(vec![at, pos2(at.x + 18.0, at.y)], 2.0, line.ink);
        figure.text(pos2(at.x + 24.0, at.y), Align2::LEFT_CENTER, 10.5, palette::INK, line.name.of(language));
    }
    figure
}

/// A round value at or above a greatest one, and a round step to it.
fn nice(most: f64) -> (f64, f64) {
    let mut step = 0.1;
    for factor in [2.0, 2.5, 2.0].into_iter().cycle().take(24) {
        if most / step <= 5.0 {
            break;
        }
        step *= factor;
    }
    ((most / step).ceil().max(1.0) * step, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_values() {
        assert_eq!(nice(0.0).0, 0.1);
        let (top, step) = nice(37.0);
        assert!((top - 40.0).abs() < 1e-9 && (step - 10.0).abs() < 1e-9, "{top} {step}");
    }
}
