//! Road surfaces: lanes, the areas of intersections, and the kerbs around them.

use crate::paint::{Paint, sides};
use crate::palette::{self, Ink, Theme};
use crate::scene::Ground;
use bevy::prelude::*;
use model::id::LinkId;
use model::network::{Control, Intersection, Lane, Network, Turn};
use model::vehicle::VehicleClass;

/// Width of the drawn kerb.
const KERB: f32 = 0.35;
/// Neighbouring surfaces overlap by this, so that no gap shows between them.
const OVERLAP: f32 = 0.05;
/// Where the kerb leaves the straight before a corner, in metres.
const RADIUS: f32 = 9.0;
/// Half the distance between two rails (Normalspur), in metres.
const GAUGE: f64 = 1.435 / 2.0;
/// Sides that would meet farther away than this, in metres, have no corner.
const REACH: f32 = 60.0;

/// Every surface; the kerbs beneath all of them, so that they show only at the rim.
pub(super) fn roads(network: &Network, ground: &Ground, theme: Theme) -> Paint {
    let mut paint = Paint::new(theme);
    surfaces(&mut paint, network, ground, KERB, |_| palette::KERB, palette::KERB);
    surfaces(&mut paint, network, ground, OVERLAP, surface_of, palette::JUNCTION);
    rails(&mut paint, network, ground);
    paint
}

/// What a lane is made of: lanes for bicycles alone are red in Dortmund, those for trams alone are lawn.
fn surface_of(lane: &Lane) -> Ink {
    match () {
        () if is_only_for(lane, VehicleClass::Bicycle) => palette::CYCLEWAY,
        () if is_only_for(lane, VehicleClass::Tram) => palette::TRAMWAY,
        () => palette::ASPHALT,
    }
}

fn is_only_for(lane: &Lane, class: VehicleClass) -> bool {
    lane.classes.iter().eq([class])
}

/// Two rails wherever trams alone run, 1.435 m apart.
fn rails(paint: &mut Paint, network: &Network, ground: &Ground) {
    let track = |lane: &Lane| is_only_for(lane, VehicleClass::Tram);
    let lanes = network.lanes.iter().filter(|l| track(l)).map(|l| &l.shape);
    let between = network.movements.iter().filter(|m| track(&network.lanes[m.from])).map(|m| &m.shape);
    for shape in lanes.chain(between) {
        for side in [GAUGE, -GAUGE] {
            paint.line(&ground.line(&shape.shifted(side)), 0.12, palette::RAIL);
        }
    }
}

fn surfaces(paint: &mut Paint, network: &Network, ground: &Ground, rim: f32, lane_ink: impl Fn(&Lane) -> Ink, area_ink: Ink) {
    for lane in &network.lanes {
        let width = lane.width.get() as f32 + 2.0 * rim;
        paint.line(&ground.line(&lane.shape), width, lane_ink(lane));
    }
    for intersection in &network.intersections {
        if let Some((centre, ring)) = area(network, ground, intersection) {
            let ring: Vec<Vec2> = ring.iter().map(|&p| p + (p - centre).normalize_or_zero() * rim).collect();
            // A joint is road like any other.
            let joint = intersection.control == Control::Joint;
            paint.star(centre, &ring, if joint && area_ink == palette::JUNCTION { palette::ASPHALT } else { area_ink });
        }
    }
    for movement in network.movements.iter().filter(|m| m.turn != Turn::UTurn) {
        let width = network.lanes[movement.from].width.min(network.lanes[movement.to].width).get() as f32;
        let joint = network.intersections[movement.intersection].control == Control::Joint;
        let ink = if joint { lane_ink(&network.lanes[movement.from]) } else { area_ink };
        paint.line(&ground.line(&movement.shape), width + 2.0 * rim, ink);
    }
}

/// Where the side of a lane meets an intersection.
#[derive(Debug, Clone, Copy)]
struct Mouth {
    at: Vec2,
    /// Into the intersection.
    inward: Vec2,
}

/// The area of an intersection: the sides of its lanes in order around their middle, with round corners between arms.
pub(super) fn area(network: &Network, ground: &Ground, intersection: &Intersection) -> Option<(Vec2, Vec<Vec2>)> {
    let lanes = |links: &[LinkId], at_end: bool| -> Vec<Mouth> {
        let lanes = links.iter().flat_map(|&l| network.links[l].lanes());
        lanes.flat_map(|l| mouths(ground, &network.lanes[l], at_end)).collect()
    };
    let mut ring = lanes(&intersection.arriving, true);
    ring.extend(lanes(&intersection.leaving, false));
    if ring.len() < 4 || intersection.movements.is_empty() {
        return None;
    }
    let centre = ring.iter().map(|m| m.at).sum::<Vec2>() / ring.len() as f32;
    ring.sort_by(|a, b| (a.at - centre).to_angle().total_cmp(&(b.at - centre).to_angle()));
    let next = ring.iter().cycle().skip(1);
    let points = ring.iter().zip(next).flat_map(|(a, b)| std::iter::once(a.at).chain(corner(*a, *b))).collect();
    Some((centre, points))
}

fn mouths(ground: &Ground, lane: &Lane, at_end: bool) -> [Mouth; 2] {
    let half = lane.width.get() as f32 / 2.0;
    let line = ground.line(&lane.shape);
    let (left, right) = sides(&line, half, half);
    let last = line.len() - 1;
    let (k, inward) = if at_end { (last, line[last] - line[last - 1]) } else { (0, line[0] - line[1]) };
    [left[k], right[k]].map(|at| Mouth { at, inward: inward.normalize_or_zero() })
}

/// The kerb from one arm to the next: both go on straight and meet in a curve; nothing where they do not meet.
fn corner(a: Mouth, b: Mouth) -> Vec<Vec2> {
    let cross = a.inward.perp_dot(b.inward);
    let gap = b.at - a.at;
    let (s, t) = (gap.perp_dot(b.inward) / cross, gap.perp_dot(a.inward) / cross);
    if cross.abs() < 0.3 || !(0.1..REACH).contains(&s) || !(0.1..REACH).contains(&t) {
        return Vec::new();
    }
    let tip = a.at + a.inward * s;
    let (from, to) = (tip - a.inward * s.min(RADIUS), tip - b.inward * t.min(RADIUS));
    (0..=14)
        .map(|k| {
            let u = k as f32 / 14.0;
            from.lerp(tip, u).lerp(tip.lerp(to, u), u)
        })
        .collect()
}

/// Links and movements as lines of at least a width, for the map from far away.
pub(super) fn overview(network: &Network, ground: &Ground, theme: Theme, width: f32) -> Paint {
    let mut paint = Paint::new(theme);
    for lane in &network.lanes {
        paint.line(&ground.line(&lane.shape), width.max(lane.width.get() as f32), palette::KERB);
    }
    for movement in &network.movements {
        paint.line(&ground.line(&movement.shape), width, palette::KERB);
    }
    paint
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mouth(at: (f32, f32), inward: (f32, f32)) -> Mouth {
        Mouth { at: at.into(), inward: inward.into() }
    }

    #[test]
    fn kerbs_of_two_arms_meet_in_a_curve_inside_their_corner() {
        let curve = corner(mouth((20.0, 5.0), (-1.0, 0.0)), mouth((5.0, 20.0), (0.0, -1.0)));
        assert!(curve.first().unwrap().distance(Vec2::new(5.0 + RADIUS, 5.0)) < 1e-4);
        assert!(curve.last().unwrap().distance(Vec2::new(5.0, 5.0 + RADIUS)) < 1e-4);
        assert!(curve.iter().all(|p| p.x >= 5.0 - 1e-4 && p.y >= 5.0 - 1e-4));
    }

    #[test]
    fn neighbouring_lanes_and_arms_that_face_each_other_have_no_corner() {
        let a = mouth((20.0, 5.0), (-1.0, 0.0));
        assert_eq!(corner(a, mouth((20.0, 1.75), (-1.0, 0.0))), []);
        assert_eq!(corner(a, mouth((-20.0, 5.0), (1.0, 0.0))), []);
        // They would meet behind the stop line.
        assert_eq!(corner(a, mouth((30.0, -20.0), (0.0, 1.0))), []);
    }
}
