//! The stage sequence (Phasenfolgeplan): a box for each stage of the plan, with the ways that are green in it.

use super::{OfSignal, Subject, fitting};
use crate::edit::{Core, cores, stage_name};
use crate::figure::{Figure, Grip};
use crate::palette::{self, Ink};
use crate::words;
use bevy_egui::egui::{Align2, Pos2, Rect, Vec2, pos2, vec2};
use model::geometry::{Point, Polyline};
use model::id::{GroupId, SignalId};
use model::network::Network;
use model::quantity::Length;

const BOX: Vec2 = vec2(132.0, 118.0);
/// Between boxes, for the interstage.
const GAP: f32 = 46.0;
/// Above a box, for its name.
const HEAD: f32 = 20.0;
/// Below a box, for groups and seconds.
const FOOT: f32 = 36.0;
/// How far ways are drawn before and behind the intersection, in metres.
const LEAD: f64 = 14.0;

/// Where the box of a stage begins.
pub(crate) fn place_of(x: f32) -> usize {
    ((x + GAP / 2.0) / (BOX.x + GAP)).max(0.0) as usize
}

pub(crate) fn draw(subject: &Subject<'_>, of: OfSignal<'_>) -> Option<Figure> {
    let plan = of.plan?;
    let stages = cores(of.signal, plan);
    let ways = Ways::new(&subject.scene.scenario.network, of.id);
    let count = stages.len().max(1) as f32;
    let title = words::STAGES_TITLE.with(subject.language(), &[&of.signal.name]);
    let mut figure = Figure::new(count * (BOX.x + GAP), HEAD + BOX.y + FOOT, title);
    let cycle = i32::from(plan.cycle().get());
    for (k, stage) in stages.iter().enumerate() {
        let corner = pos2(1.0 + k as f32 * (BOX.x + GAP), HEAD);
        let next = &stages[(k + 1) % stages.len()];
        let between = (next.from - stage.from - stage.seconds).rem_euclid(cycle);
        one(&mut figure, of, (k, stage), &ways, corner);
        interstage(&mut figure, corner, between, k + 1 == stages.len());
    }
    Some(figure)
}

fn one(figure: &mut Figure, of: OfSignal<'_>, (place, stage): (usize, &Core), ways: &Ways, corner: Pos2) {
    let area = Rect::from_min_size(corner, BOX);
    let name = stage_name(of.signal, &stage.greens).map_or_else(|| (place + 1).to_string(), |k| of.signal.stages[k].name.clone());
    let above = pos2(area.center().x, area.min.y - 5.0);
    figure.strong(above, Align2::CENTER_BOTTOM, 12.0, palette::INK, fitting(&name, BOX.x, 12.0));
    figure.rect(area, palette::PAPER);
    ways.draw(figure, area, &stage.greens);
    figure.rim(area, 1.2, palette::INK_SOFT);
    let names: Vec<&str> = stage.greens.iter().map(|&g| of.signal.groups[g].name.as_str()).collect();
    let below = pos2(area.center().x, area.max.y + 4.0);
    figure.text(below, Align2::CENTER_TOP, 10.0, palette::INK, fitting(&names.join(", "), BOX.x + GAP - 6.0, 10.0));
    let seconds = pos2(area.center().x, area.max.y + 18.0);
    figure.strong(seconds, Align2::CENTER_TOP, 11.5, palette::INK, format!("{} s", stage.seconds));
    figure.grip(area, Grip::Stage { signal: of.id, place }, BOX.x + GAP);
}

/// The arrow to the next stage with the seconds between; the last one leads back to the first.
fn interstage(figure: &mut Figure, corner: Pos2, seconds: i32, last: bool) {
    let (from, to, y) = (corner.x + BOX.x + 8.0, corner.x + BOX.x + GAP - 8.0, corner.y + BOX.y / 2.0);
    let head = |tip: Pos2, back: f32| vec![tip, pos2(tip.x - back, tip.y - 4.0), pos2(tip.x - back, tip.y + 4.0)];
    if last {
        figure.line(vec![pos2(from, y), pos2(to, y), pos2(to, y + 14.0), pos2(from + 6.0, y + 14.0)], 1.4, palette::INK_SOFT);
        figure.area(head(pos2(from, y + 14.0), -8.0), palette::INK_SOFT);
    } else {
        figure.line(vec![pos2(from, y), pos2(to - 6.0, y)], 1.4, palette::INK_SOFT);
        figure.area(head(pos2(to, y), 8.0), palette::INK_SOFT);
    }
    let above = pos2(f32::midpoint(from, to), y - 6.0);
    figure.text(above, Align2::CENTER_BOTTOM, 10.5, palette::INK, format!("{seconds} s"));
}

/// The ways over the intersections of a signal.
struct Ways {
    lines: Vec<(GroupId, Vec<Point>, bool)>,
    low: Point,
    high: Point,
}

impl Ways {
    fn new(network: &Network, signal: SignalId) -> Self {
        let mut lines: Vec<(GroupId, Vec<Point>, bool)> = Vec::new();
        for movement in &network.movements {
            let Some(head) = movement.head.filter(|h| h.signal == signal) else { continue };
            let (before, behind) = (&network.lanes[movement.from].shape, &network.lanes[movement.to].shape);
            let mut line = part(before, -LEAD);
            line.extend(movement.shape.points());
            line.extend(part(behind, LEAD));
            lines.push((head.group, line, false));
        }
        for crossing in &network.crossings {
            if let Some(head) = crossing.head.filter(|h| h.signal == signal) {
                lines.push((head.group, crossing.shape.points().to_vec(), true));
            }
        }
        let all = || lines.iter().flat_map(|l| &l.1);
        let low = all().fold(Point::new(f64::MAX, f64::MAX), |a, p| Point::new(a.x.min(p.x), a.y.min(p.y)));
        let high = all().fold(Point::new(f64::MIN, f64::MIN), |a, p| Point::new(a.x.max(p.x), a.y.max(p.y)));
        Self { lines, low, high }
    }

    fn draw(&self, figure: &mut Figure, area: Rect, greens: &[GroupId]) {
        let inside = area.shrink(8.0);
        let (width, height) = ((self.high.x - self.low.x).max(1.0), (self.high.y - self.low.y).max(1.0));
        let scale = (f64::from(inside.width()) / width).min(f64::from(inside.height()) / height);
        let middle = self.low.lerp(self.high, 0.5);
        let at = |p: &Point| inside.center() + vec2(((p.x - middle.x) * scale) as f32, -((p.y - middle.y) * scale) as f32);
        let (closed, open): (Vec<_>, Vec<_>) = self.lines.iter().partition(|l| !greens.contains(&l.0));
        for (_, line, on_foot) in closed {
            stroke(figure, line.iter().map(at).collect(), palette::KERB.thin(0.55), 1.0, *on_foot);
        }
        for (_, line, on_foot) in open {
            let points: Vec<Pos2> = line.iter().map(at).collect();
            stroke(figure, points.clone(), palette::GRADES[0], 2.0, *on_foot);
            if !on_foot {
                arrowhead(figure, &points, palette::GRADES[0]);
            }
        }
    }
}

/// The last metres of a line, or with a positive length its first.
fn part(line: &Polyline, metres: f64) -> Vec<Point> {
    let length = line.length();
    let some = Length::metres(metres.abs().min(length.get() * 0.9));
    let cut = if metres < 0.0 { line.part(length - some, length) } else { line.part(Length::metres(0.0), some) };
    cut.map(|c| c.points().to_vec()).unwrap_or_default()
}

fn stroke(figure: &mut Figure, points: Vec<Pos2>, ink: Ink, width: f32, dashed: bool) {
    if dashed {
        figure.dashed(points, width, ink);
    } else {
        figure.line(points, width, ink);
    }
}

fn arrowhead(figure: &mut Figure, points: &[Pos2], ink: Ink) {
    let [.., before, tip] = points else { return };
    let along = (*tip - *before).normalized();
    if along.is_finite() && along != Vec2::ZERO {
        let (back, side) = (*tip - along * 6.0, vec2(-along.y, along.x) * 3.2);
        figure.area(vec![*tip, back + side, back - side], ink);
    }
}
