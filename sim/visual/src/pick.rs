//! What is under the cursor: a signal at a stop line or in the middle of its intersection, or a vehicle.

use crate::desk::Action;
use crate::player::Player;
use crate::scene::Scene;
use crate::vehicles::ahead;
use crate::view::View;
use bevy::math::Vec2;
use model::id::{LaneId, SignalId, VehicleId};
use model::network::Lane;
use model::quantity::Length;

/// How far from a stop line a click still means its signal, in pixels.
const NEAR: f32 = 14.0;

/// What a click at a point of the sheet asks for.
pub(crate) fn at(point: Vec2, view: &View, scene: &Scene, player: &Player) -> Option<Action> {
    vehicle(point, view, scene, player)
        .map(|v| Action::Follow(Some(v)))
        .or_else(|| signal(point, view, scene).map(|s| Action::Signal(Some(s))))
}

/// The lane at a point of the sheet, or near to it where lanes are thin.
pub(crate) fn lane(point: Vec2, view: &View, scene: &Scene) -> Option<LaneId> {
    let off = |lane: &Lane| {
        let points = lane.shape.points().windows(2);
        let off = points.map(|ends| from_segment(point, scene.ground.at(ends[0]), scene.ground.at(ends[1])));
        off.fold(f32::INFINITY, f32::min) - lane.width.get() as f32 / 2.0
    };
    let lanes = scene.scenario.network.lanes.enumerate().map(|(id, lane)| (off(lane), id));
    let near = lanes.filter(|(off, _)| *off < NEAR / 2.0 * view.scale);
    near.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, id)| id)
}

fn from_segment(point: Vec2, start: Vec2, end: Vec2) -> f32 {
    let along = end - start;
    let share = ((point - start).dot(along) / along.length_squared().max(1e-9)).clamp(0.0, 1.0);
    point.distance(start + along * share)
}

fn vehicle(point: Vec2, view: &View, scene: &Scene, player: &Player) -> Option<VehicleId> {
    let moment = player.shown();
    let within = |v: &&sim::DrawnVehicle| {
        let off = point - scene.ground.at(v.centre);
        let ahead = ahead(v);
        let (along, aside) = (off.dot(ahead).abs(), off.perp_dot(ahead).abs());
        along < (v.length as f32 / 2.0).max(2.0 * view.scale) && aside < (v.width as f32 / 2.0).max(2.0 * view.scale)
    };
    moment.vehicles.iter().find(within).map(|v| v.vehicle)
}

fn signal(point: Vec2, view: &View, scene: &Scene) -> Option<SignalId> {
    let network = &scene.scenario.network;
    let reach = NEAR * view.scale;
    let mut best: Option<(f32, SignalId)> = None;
    let mut offer = |at: Vec2, slack: f32, signal: SignalId| {
        let off = (at.distance(point) - slack).max(0.0);
        if off < reach && best.is_none_or(|(least, _)| off < least) {
            best = Some((off, signal));
        }
    };
    for movement in &network.movements {
        if let Some(head) = movement.head {
            let lane = &network.lanes[movement.from];
            offer(scene.ground.at(lane.shape.pose(lane.shape.length()).at), lane.width.get() as f32 / 2.0, head.signal);
            offer(scene.ground.at(movement.shape.pose(Length::metres(movement.shape.length().get() / 2.0)).at), 3.0, head.signal);
        }
    }
    for intersection in &network.intersections {
        if let Some(signal) = intersection.signal {
            offer(scene.ground.at(intersection.position), 6.0, signal);
        }
    }
    best.map(|(_, signal)| signal)
}

/// The vehicle nearest to the middle of the view.
pub(crate) fn nearest_vehicle(view: &View, scene: &Scene, player: &Player) -> Option<VehicleId> {
    // It may be out of sight.
    let frame = player.simulation().frame();
    let off = |v: &sim::DrawnVehicle| scene.ground.at(v.centre).distance(view.centre);
    frame.vehicles.iter().min_by(|a, b| off(a).total_cmp(&off(b))).map(|v| v.vehicle)
}
