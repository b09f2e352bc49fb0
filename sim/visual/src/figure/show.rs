//! Drawings in the window.

use super::{Figure, Grip, Mark};
use crate::letters::font;
use crate::palette::Theme;
use bevy_egui::egui::{Color32, CursorIcon, Id, Painter, Pos2, Rect, Sense, Shape, Stroke, Ui, pos2};

/// What is done to a drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Touch {
    /// A grip has been dragged so far, in seconds, and is still held.
    Held { grip: Grip, by: i32, alone: bool, from: Pos2, to: Pos2 },
    /// It has been let go.
    Dropped { grip: Grip, by: i32, alone: bool, to: Pos2 },
    /// It was clicked.
    Clicked(Grip),
}

/// Draws a drawing at the cursor of an ui, and says what is done to it.
pub(crate) fn show(ui: &mut Ui, figure: &Figure, theme: Theme) -> Option<Touch> {
    let (response, painter) = ui.allocate_painter(figure.size, Sense::hover());
    let origin = response.rect.min.to_vec2();
    for (k, mark) in figure.marks.iter().enumerate() {
        let cut = figure.cut.as_ref().filter(|(_, marks)| marks.contains(&k)).map(|(area, _)| area.translate(origin));
        let seen = painter.clip_rect();
        paint(&painter.with_clip_rect(cut.map_or(seen, |cut| cut.intersect(seen))), mark, origin, theme);
    }
    let mut touch = None;
    for (k, (area, grip, per_second)) in figure.grips.iter().enumerate() {
        let response = ui.interact(area.translate(origin), ui.id().with(("grip", k)), Sense::click_and_drag());
        if response.clicked() {
            touch = Some(Touch::Clicked(*grip));
        }
        if response.hovered() || response.dragged() {
            ui.ctx().set_cursor_icon(match grip {
                Grip::Edge { .. } | Grip::Offset { .. } => CursorIcon::ResizeHorizontal,
                Grip::Stage { .. } => CursorIcon::Grab,
                Grip::Ruler => CursorIcon::Crosshair,
                Grip::Signal(_) => CursorIcon::PointingHand,
            });
        }
        if response.dragged() || response.drag_stopped() {
            let held = drag(ui, &response, ui.id().with(("begin", k)), *grip, *per_second, origin);
            touch = held.or(touch);
        }
    }
    touch
}

fn drag(
    ui: &Ui,
    response: &bevy_egui::egui::Response,
    key: Id,
    grip: Grip,
    per_second: f32,
    origin: bevy_egui::egui::Vec2,
) -> Option<Touch> {
    let pointer = response.interact_pointer_pos()?;
    if response.drag_started() {
        let pressed = ui.input(|i| i.pointer.press_origin()).unwrap_or(pointer);
        ui.data_mut(|d| d.insert_temp(key, pressed));
    }
    let from: Pos2 = ui.data(|d| d.get_temp(key)).unwrap_or(pointer);
    let by = ((pointer.x - from.x) / per_second.max(1e-3)).round() as i32;
    let alone = ui.input(|i| i.modifiers.alt);
    let to = pointer - origin;
    if response.drag_stopped() {
        return Some(Touch::Dropped { grip, by, alone, to });
    }
    Some(Touch::Held { grip, by, alone, from: from - origin, to })
}

fn paint(painter: &Painter, mark: &Mark, origin: bevy_egui::egui::Vec2, theme: Theme) {
    let place = |p: &Pos2| *p + origin;
    match mark {
        Mark::Rect { area, ink } => {
            painter.rect_filled(area.translate(origin), 0.0, ink.egui(theme));
        }
        Mark::Rim { area, width, ink } => {
            let Rect { min, max } = area.translate(origin);
            let corners = vec![min, pos2(max.x, min.y), max, pos2(min.x, max.y)];
            painter.add(Shape::closed_line(corners, Stroke::new(*width, ink.egui(theme))));
        }
        Mark::Area { points, ink } => {
            let points = points.iter().map(place).collect();
            painter.add(Shape::convex_polygon(points, ink.egui(theme), Stroke::new(0.0, Color32::TRANSPARENT)));
        }
        Mark::Line { points, width, ink, dashed } => {
            let points: Vec<Pos2> = points.iter().map(place).collect();
            let stroke = Stroke::new(*width, ink.egui(theme));
            if *dashed {
                painter.extend(Shape::dashed_line(&points, stroke, 4.0, 3.0));
            } else {
                painter.add(Shape::line(points, stroke));
            }
        }
        Mark::Text { at, anchor, size, bold, ink, text } => {
            painter.text(place(at), *anchor, text, font(*size, *bold), ink.egui(theme));
        }
    }
}
