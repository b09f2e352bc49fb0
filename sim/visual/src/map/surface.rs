//! Road surfaces: lanes, the areas of intersections, and the kerbs around them.

use crate::paint::{Paint, sides};
use crate::palette;
use crate::scene::Ground;
use bevy::prelude::*;
use model::network::{Intersection, Lane, Network, Turn};

/// Width of the drawn kerb.
const KERB: f32 = 0.35;
/// Neighbouring surfaces overlap by this, so that no gap shows between them.
const OVERLAP: f32 = 0.05;

/// Every surface; the kerbs beneath all of them, so that they show only at the rim.
pub(super) fn roads(network: &Network, ground: &Ground) -> Paint {
    let mut paint = Paint::default();
    surfaces(&mut paint, network, ground, KERB, palette::KERB, palette::KERB);
    surfaces(&mut paint, network, ground, OVERLAP, palette::ASPHALT, palette::JUNCTION);
    paint
}

fn surfaces(paint: &mut Paint, network: &Network, ground: &Ground, rim: f32, lane_colour: Color, area_colour: Color) {
    for lane in network.lanes.iter() {
        let width = lane.width.get() as f32 + 2.0 * rim;
        paint.line(&ground.line(&lane.shape), width, lane_colour);
    }
    for intersection in network.intersections.iter() {
        if let Some((centre, ring)) = area(network, ground, intersection) {
            let ring: Vec<Vec2> = ring.iter().map(|&p| p + (p - centre).normalize_or_zero() * rim).collect();
            paint.star(centre, &ring, area_colour);
        }
    }
    for movement in network.movements.iter().filter(|m| m.turn != Turn::UTurn) {
        let width = network.lanes[movement.from].width.min(network.lanes[movement.to].width).get() as f32;
        paint.line(&ground.line(&movement.shape), width + 2.0 * rim, area_colour);
    }
}

/// The area of an intersection: the ends of its lanes, in order around their middle.
fn area(network: &Network, ground: &Ground, intersection: &Intersection) -> Option<(Vec2, Vec<Vec2>)> {
    let ends = |lane: &Lane, at_end: bool| {
        let half = lane.width.get() as f32 / 2.0;
        let (left, right) = sides(&ground.line(&lane.shape), half, half);
        let k = if at_end { left.len() - 1 } else { 0 };
        [left[k], right[k]]
    };
    let lanes = |links: &[model::id::LinkId], at_end: bool| -> Vec<Vec2> {
        links.iter().flat_map(|&l| network.links[l].lanes()).flat_map(|l| ends(&network.lanes[l], at_end)).collect()
    };
    let mut ring = lanes(&intersection.arriving, true);
    ring.extend(lanes(&intersection.leaving, false));
    if ring.len() < 4 || intersection.movements.is_empty() {
        return None;
    }
    let centre = ring.iter().sum::<Vec2>() / ring.len() as f32;
    ring.sort_by(|a, b| (*a - centre).to_angle().total_cmp(&(*b - centre).to_angle()));
    Some((centre, ring))
}

/// Links and movements as lines of at least a width, for the map from far away.
pub(super) fn overview(network: &Network, ground: &Ground, width: f32) -> Paint {
    let mut paint = Paint::default();
    for lane in network.lanes.iter() {
        paint.line(&ground.line(&lane.shape), width.max(lane.width.get() as f32), palette::KERB);
    }
    for movement in network.movements.iter() {
        paint.line(&ground.line(&movement.shape), width, palette::KERB);
    }
    paint
}
