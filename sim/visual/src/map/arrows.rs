//! Arrows on the lanes before an intersection, one branch for each way a lane leads.

use crate::paint::Paint;
use crate::palette::{self, Theme};
use crate::scene::Ground;
use bevy::prelude::*;
use model::network::{Control, Lane, Network, Turn};
use model::quantity::Length;

const SHAFT: f32 = 0.22;
/// Middle of the arrow before the stop line; a second one where the lane is long enough.
const BEFORE_STOP: [f64; 2] = [7.0, 32.0];

/// The arrows of every lane that leads to a signal or a yield line.
pub(super) fn arrows(network: &Network, ground: &Ground, theme: Theme) -> Paint {
    let mut paint = Paint::new(theme);
    for lane in &network.lanes {
        let to = network.links[lane.link].to;
        if matches!(network.intersections[to].control, Control::Signal | Control::Priority) {
            lane_arrows(&mut paint, network, ground, lane);
        }
    }
    paint
}

fn lane_arrows(paint: &mut Paint, network: &Network, ground: &Ground, lane: &Lane) {
    let mut turns: Vec<Turn> = lane.leaving.iter().map(|&m| network.movements[m].turn).collect();
    turns.sort_unstable();
    turns.dedup();
    // A way back is seldom marked.
    if turns.len() > 1 {
        turns.retain(|&t| t != Turn::UTurn);
    }
    let length = lane.shape.length().get();
    for before in BEFORE_STOP.into_iter().filter(|b| !turns.is_empty() && length > b + 8.0) {
        let pose = lane.shape.pose(Length::metres(length - before));
        let frame = |ahead: f32, left: f32| ground.at(pose.offset(f64::from(ahead), f64::from(left)));
        arrow(paint, &turns, frame);
    }
}

/// An arrow of five metres; `at` gives the place of a point ahead and to the left of its middle.
fn arrow(paint: &mut Paint, turns: &[Turn], at: impl Fn(f32, f32) -> Vec2) {
    let mut stroke = |points: &[(f32, f32)]| {
        let line: Vec<Vec2> = points.iter().map(|&(x, y)| at(x, y)).collect();
        paint.line(&line, SHAFT, palette::MARKING);
    };
    stroke(&[(-2.5, 0.0), (0.0, 0.0)]);
    for &turn in turns {
        match turn {
            Turn::Straight => stroke(&[(0.0, 0.0), (1.4, 0.0)]),
            Turn::Left => stroke(&[(-0.4, 0.0), (0.35, 0.12), (0.65, 0.5)]),
            Turn::Right => stroke(&[(-0.4, 0.0), (0.35, -0.12), (0.65, -0.5)]),
            Turn::UTurn => stroke(&[(-0.2, 0.0), (0.5, 0.15), (0.5, 0.65), (-0.3, 0.75)]),
        }
    }
    for &turn in turns {
        let head = match turn {
            Turn::Straight => [(2.5, 0.0), (1.2, 0.42), (1.2, -0.42)],
            Turn::Left => [(0.85, 1.15), (0.15, 0.62), (1.2, 0.32)],
            Turn::Right => [(0.85, -1.15), (0.15, -0.62), (1.2, -0.32)],
            Turn::UTurn => [(-1.3, 0.8), (-0.25, 0.35), (-0.25, 1.2)],
        };
        paint.fan(&head.map(|(x, y)| at(x, y)), palette::MARKING);
    }
}
