//! What lies over the map: north arrow, scale, letters of the level of service, sides, and what was told.

use super::Seen;
use crate::layers::Layer;
use crate::letters::font;
use crate::palette;
use crate::view::MapArea;
use crate::words;
use bevy::math::Vec2;
use bevy_egui::egui::{
    Align2, Color32, Context, CornerRadius, Id, LayerId, Order, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2,
};
use evaluation::Level;
use model::quantity::Length;

/// Largest length of the scale bar, in pixels.
const SCALE_BAR: f32 = 130.0;

pub(super) fn show(context: &Context, seen: &Seen<'_>, area: &MapArea) {
    let whole = Rect::from_min_size(pos2(area.min.x, area.min.y), vec2(area.size.x, area.size.y));
    let layer = LayerId::new(Order::Background, Id::new("over the map"));
    let painter = Painter::new(context.clone(), layer, whole);
    letters(&painter, seen, whole);
    chosen(&painter, seen, whole);
    north(&painter, seen, whole);
    scale(&painter, seen, whole);
    sides(&painter, seen, whole);
    told(&painter, seen, whole);
}

fn label(painter: &Painter, seen: &Seen<'_>, at: Pos2, anchor: Align2, size: f32, text: &str) -> Rect {
    let galley = painter.layout_no_wrap(text.to_owned(), font(size, true), seen.ink(palette::INK));
    let area = anchor.anchor_size(at, galley.size());
    painter.rect_filled(area.expand2(vec2(5.0, 2.0)), CornerRadius::same(3), seen.ink(palette::PANEL.thin(0.86)));
    painter.galley(area.min, galley, Color32::PLACEHOLDER);
    area
}

/// North is up on every sheet; the arrow says so.
fn north(painter: &Painter, seen: &Seen<'_>, whole: Rect) {
    let tip = pos2(whole.max.x - 22.0, whole.min.y + 14.0);
    let ink = seen.ink(palette::INK);
    let half = |side: f32| vec![tip, tip + vec2(side * 7.0, 20.0), tip + vec2(0.0, 15.0)];
    painter.add(Shape::convex_polygon(half(1.0), ink, Stroke::NONE));
    painter.add(Shape::closed_line(half(-1.0), Stroke::new(1.0, ink)));
    painter.text(tip + vec2(0.0, 22.0), Align2::CENTER_TOP, "N", font(13.0, true), ink);
}

/// The longest round length that fits.
fn scale(painter: &Painter, seen: &Seen<'_>, whole: Rect) {
    let metres = round_length(SCALE_BAR * seen.view.scale);
    let length = metres / seen.view.scale;
    let decimals = if metres < 0.1 { 2 } else { usize::from(metres < 1.0) };
    let text = if metres >= 1000.0 { format!("{:.0} km", metres / 1000.0) } else { format!("{metres:.decimals$} m") };
    let right = pos2(whole.max.x - 16.0, whole.max.y - 14.0);
    let (stroke, left) = (Stroke::new(1.6, seen.ink(palette::INK)), right - vec2(length, 0.0));
    painter.add(Shape::line(vec![left - vec2(0.0, 6.0), left, right, right - vec2(0.0, 6.0)], stroke));
    painter.text(right - vec2(length / 2.0, 3.0), Align2::CENTER_BOTTOM, text, font(11.0, false), seen.ink(palette::INK));
}

/// The largest of 1, 2, 5, 10, 20, … that is not above a length.
fn round_length(most: f32) -> f32 {
    const POWERS: [f32; 8] = [1e5, 1e4, 1e3, 100.0, 10.0, 1.0, 0.1, 0.01];
    let steps = POWERS.into_iter().flat_map(|power| [5.0, 2.0, 1.0].map(|digit| digit * power));
    steps.into_iter().find(|&length| length <= most).unwrap_or(0.01)
}

/// The letters of the level of service, for those who cannot tell colours.
fn letters(painter: &Painter, seen: &Seen<'_>, whole: Rect) {
    if seen.desk.layer != Some(Layer::Level) || seen.view.scale > 3.0 || seen.desk.split {
        return;
    }
    let scale = Layer::Level.scale();
    let network = &seen.scene.scenario.network;
    for (link, value) in seen.shown.values.enumerate() {
        let Some(value) = *value else { continue };
        let lane = &network.lanes[network.links[link].first_lane];
        let back = Length::metres((lane.shape.length().get() - 26.0 * f64::from(seen.view.scale)).max(0.0));
        let at = seen.view.place(seen.scene.ground.at(lane.shape.pose(back).at));
        let place = whole.min + vec2(at.x, at.y);
        if whole.contains(place) && f64::from(seen.view.scale) * 18.0 < network.links[link].length.get() {
            let grade = scale.grade(value);
            painter.circle_filled(place, 7.5, seen.ink(scale.inks[grade]));
            painter.text(place, Align2::CENTER_CENTER, Level::ALL[grade].letter(), font(10.0, true), Color32::WHITE);
        }
    }
}

/// A ring around the signal that is looked at.
fn chosen(painter: &Painter, seen: &Seen<'_>, whole: Rect) {
    let Some(signal) = seen.desk.signal else { return };
    let own = seen.scene.scenario.network.intersections.iter().filter(|i| i.signal == Some(signal));
    let places: Vec<Vec2> = own.map(|i| seen.scene.ground.at(i.position)).collect();
    if places.is_empty() {
        return;
    }
    let middle = places.iter().sum::<Vec2>() / places.len() as f32;
    let reach = places.iter().map(|p| p.distance(middle)).fold(0.0, f32::max) + 16.0;
    let at = seen.view.place(middle);
    let radius = (reach / seen.view.scale).max(12.0);
    // From near it would only be in the way.
    if radius > 90.0 {
        return;
    }
    let stroke = Stroke::new(2.0, seen.ink(palette::CHOSEN));
    for right in [false, true].into_iter().take(if seen.desk.split { 2 } else { 1 }) {
        let shift = if right { whole.width() / 2.0 } else { 0.0 };
        painter.circle_stroke(whole.min + vec2(at.x + shift, at.y), radius, stroke);
    }
}

/// Which side is which, while two worlds are shown.
fn sides(painter: &Painter, seen: &Seen<'_>, whole: Rect) {
    if !seen.player.is_comparing() {
        return;
    }
    let language = seen.language();
    if seen.desk.split {
        let middle = whole.center().x;
        painter.vline(middle, whole.y_range(), Stroke::new(2.0, seen.ink(palette::INK_SOFT)));
        label(painter, seen, whole.min + vec2(12.0, 10.0), Align2::LEFT_TOP, 13.0, words::BEFORE.of(language));
        label(painter, seen, pos2(middle + 12.0, whole.min.y + 10.0), Align2::LEFT_TOP, 13.0, words::AFTER.of(language));
    } else {
        let side = if seen.player.shows_original() { words::BEFORE } else { words::AFTER };
        label(painter, seen, whole.min + vec2(12.0, 10.0), Align2::LEFT_TOP, 13.0, side.of(language));
    }
}

fn told(painter: &Painter, seen: &Seen<'_>, whole: Rect) {
    let Some(notice) = &seen.desk.notice else { return };
    let ink = if notice.bad { palette::BRAKE } else { palette::INK };
    let galley = painter.layout(notice.text.clone(), font(13.0, false), seen.ink(ink), (whole.width() - 60.0).min(620.0));
    let area = Align2::CENTER_TOP.anchor_size(pos2(whole.center().x, whole.min.y + 14.0), galley.size());
    let rim = area.expand2(vec2(12.0, 7.0));
    painter.rect_filled(rim, CornerRadius::same(5), seen.ink(palette::PANEL));
    painter.rect_stroke(rim, CornerRadius::same(5), Stroke::new(1.0, seen.ink(ink)), bevy_egui::egui::StrokeKind::Inside);
    painter.galley(area.min, galley, Color32::PLACEHOLDER);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_bar_has_a_round_length() {
        assert_eq!([round_length(130.0), round_length(49.0), round_length(7.0)], [100.0, 20.0, 5.0]);
    }
}
