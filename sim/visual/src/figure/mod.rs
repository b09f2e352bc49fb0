//! A drawing as plain data: drawn once, shown in the window, and written as SVG or PNG.

mod file;
mod show;

pub(crate) use file::{png, svg};
pub(crate) use show::{Touch, show};

use crate::edit::Edit;
use crate::palette::{self, Ink};
use bevy_egui::egui::{Align2, Pos2, Rect, Vec2, pos2, vec2};
use model::id::{GroupId, SignalId};
use model::signal::Aspect;

/// Something drawn; later marks cover earlier ones.
#[derive(Debug, Clone)]
pub(crate) enum Mark {
    /// A filled rectangle.
    Rect { area: Rect, ink: Ink },
    /// The rim of a rectangle.
    Rim { area: Rect, width: f32, ink: Ink },
    /// A convex area.
    Area { points: Vec<Pos2>, ink: Ink },
    /// A line.
    Line { points: Vec<Pos2>, width: f32, ink: Ink, dashed: bool },
    /// A text; `turned` reads upwards.
    Text { at: Pos2, anchor: Align2, size: f32, bold: bool, ink: Ink, text: String },
}

/// What can be taken hold of, and what dragging it changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Grip {
    /// The beginning or end of a green: the change from a stage to the next.
    Edge { signal: SignalId, group: GroupId, green: usize, end: bool, stage: Option<usize> },
    /// The whole plan of a signal: its offset.
    Offset { signal: SignalId, offset: u16, cycle: u16 },
    /// A stage: its place among the others.
    Stage { signal: SignalId, place: usize },
    /// Seconds between two places.
    Ruler,
    /// A group in a list: look at its signal.
    Signal(SignalId),
}

/// A drawing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figure {
    /// Width and height.
    pub(crate) size: Vec2,
    /// What it shows, for people and file names.
    pub(crate) title: String,
    pub(crate) marks: Vec<Mark>,
    /// Where it can be taken hold of, and how many points a second is wide there.
    pub(crate) grips: Vec<(Rect, Grip, f32)>,
    /// Everything in this part of the drawing is cut off at its edges: the rectangle, and the marks in it.
    pub(crate) cut: Option<(Rect, std::ops::Range<usize>)>,
}

impl Figure {
    pub(crate) fn new(width: f32, height: f32, title: impl Into<String>) -> Self {
        Self { size: vec2(width, height), title: title.into(), ..Self::default() }
    }

    pub(crate) fn rect(&mut self, area: Rect, ink: Ink) {
        self.marks.push(Mark::Rect { area, ink });
    }

    pub(crate) fn rim(&mut self, area: Rect, width: f32, ink: Ink) {
        self.marks.push(Mark::Rim { area, width, ink });
    }

    pub(crate) fn area(&mut self, points: Vec<Pos2>, ink: Ink) {
        self.marks.push(Mark::Area { points, ink });
    }

    pub(crate) fn line(&mut self, points: Vec<Pos2>, width: f32, ink: Ink) {
        self.marks.push(Mark::Line { points, width, ink, dashed: false });
    }

    pub(crate) fn dashed(&mut self, points: Vec<Pos2>, width: f32, ink: Ink) {
        self.marks.push(Mark::Line { points, width, ink, dashed: true });
    }

    /// A text of usual weight.
    pub(crate) fn text(&mut self, at: Pos2, anchor: Align2, size: f32, ink: Ink, text: impl Into<String>) {
        self.marks.push(Mark::Text { at, anchor, size, bold: false, ink, text: text.into() });
    }

    /// A text of more weight.
    pub(crate) fn strong(&mut self, at: Pos2, anchor: Align2, size: f32, ink: Ink, text: impl Into<String>) {
        self.marks.push(Mark::Text { at, anchor, size, bold: true, ink, text: text.into() });
    }

    pub(crate) fn grip(&mut self, area: Rect, grip: Grip, per_second: f32) {
        self.grips.push((area, grip, per_second));
    }

    /// What a group shows in a stretch of time, as German drawings have it: green a wide bar, red a thin line, amber hatched,
    /// red-amber a mixed field. It reads in black and white.
    pub(crate) fn aspect(&mut self, aspect: Aspect, (from, to): (f32, f32), middle: f32, height: f32) {
        let half = height / 2.0;
        let field = |half: f32| Rect::from_min_max(pos2(from, middle - half), pos2(to, middle + half));
        match aspect {
            Aspect::Green => self.rect(field(half), palette::GREEN),
            Aspect::Red => self.rect(field(0.9), palette::RED),
            Aspect::Amber => {
                self.rect(field(half), palette::AMBER.thin(0.45));
                self.hatch(field(half), palette::INK);
            }
            Aspect::RedAmber => {
                self.rect(Rect::from_min_max(pos2(from, middle - half), pos2(to, middle)), palette::RED);
                self.rect(Rect::from_min_max(pos2(from, middle), pos2(to, middle + half)), palette::AMBER);
            }
        }
    }

    /// Diagonal lines over a rectangle.
    pub(crate) fn hatch(&mut self, area: Rect, ink: Ink) {
        const PITCH: f32 = 3.5;
        let (width, height) = (area.width(), area.height());
        let mut start = -height + PITCH / 2.0;
        while start < width {
            let (low, high) = (start.max(0.0), (start + height).min(width));
            if high > low {
                let place = |x: f32| pos2(area.min.x + x, area.max.y - (x - start));
                self.line(vec![place(low), place(high)], 0.7, ink);
            }
            start += PITCH;
        }
    }
}

/// The edit that a grip makes when it is dragged by so many seconds; `None` where it changes nothing.
pub(crate) fn edit_of(grip: Grip, by: i32, alone: bool) -> Option<Edit> {
    match grip {
        _ if by == 0 => None,
        Grip::Edge { signal, stage: Some(stage), .. } if !alone => Some(Edit::Split { signal, stage, by }),
        Grip::Edge { signal, group, green, end, .. } => Some(Edit::Edge { signal, group, green, end, by }),
        Grip::Offset { signal, offset, cycle } => {
            let moved = (i32::from(offset) + by).rem_euclid(i32::from(cycle.max(1)));
            Some(Edit::Offset { signal, offset: model::time::Seconds(moved as u16) })
        }
        Grip::Stage { .. } | Grip::Ruler | Grip::Signal(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::time::Seconds;

    #[test]
    fn a_drag_of_a_strip_is_an_offset_round_the_cycle() {
        let grip = Grip::Offset { signal: SignalId(3), offset: 55, cycle: 60 };
        assert_eq!(edit_of(grip, 10, false), Some(Edit::Offset { signal: SignalId(3), offset: Seconds(5) }));
        assert_eq!(edit_of(grip, 0, false), None);
    }

    #[test]
    fn a_drag_of_an_edge_moves_the_stage_and_with_alt_the_edge_alone() {
        let signal = SignalId(0);
        let grip = Grip::Edge { signal, group: GroupId(1), green: 0, end: true, stage: Some(2) };
        assert_eq!(edit_of(grip, -3, false), Some(Edit::Split { signal, stage: 2, by: -3 }));
        assert!(matches!(edit_of(grip, -3, true), Some(Edit::Edge { by: -3, end: true, .. })));
    }
}
