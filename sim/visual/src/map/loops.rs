//! Detectors light up while somebody is on them.

use super::height;
use crate::paint::Paint;
use crate::palette::{self, Theme};
use crate::run::Playing;
use crate::scene::{Ground, Part, Scene};
use crate::sheet;
use crate::view::View;
use bevy::prelude::*;
use model::network::{Detector, Network};

/// Coarsest scale at which a detector is seen, in metres per pixel.
const COARSEST: f32 = 0.5;

/// The mesh of all detectors that somebody is on.
#[derive(Component, Default)]
struct LoopMesh;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Startup, sheet::lay::<LoopMesh>(height::LOOPS)).add_systems(Update, draw.in_set(Part::Draw));
}

fn draw(
    scene: Res<'_, Scene>,
    view: Res<'_, View>,
    theme: Res<'_, Theme>,
    playing: NonSend<'_, Playing>,
    mut meshes: ResMut<'_, Assets<Mesh>>,
    target: Single<'_, '_, &Mesh2d, With<LoopMesh>>,
) {
    let network = &scene.scenario.network;
    if network.detectors.is_empty() || !(view.is_changed() || playing.is_changed() || theme.is_changed()) {
        return;
    }
    let mut paint = Paint::new(*theme);
    if view.scale < COARSEST {
        let readings = playing.0.simulation().detector_readings();
        let seen = network.detectors.enumerate().filter(|(id, _)| readings[*id].count > 0 || readings[*id].occupancy > 0.0);
        for (_, detector) in seen {
            light(&mut paint, network, &scene.ground, detector);
        }
    }
    if let Some(mut mesh) = meshes.get_mut(&target.0) {
        paint.pour(&mut mesh);
    }
}

fn light(paint: &mut Paint, network: &Network, ground: &Ground, detector: &Detector) {
    let lane = &network.lanes[detector.lane];
    let half = (lane.width.get() / 2.0 - 0.6).max(0.4);
    let (near, far) = (lane.shape.pose(detector.position - detector.length), lane.shape.pose(detector.position));
    let rim = [near.offset(0.0, half), far.offset(0.0, half), far.offset(0.0, -half), near.offset(0.0, -half)];
    paint.fan(&rim.map(|p| ground.at(p)), palette::OCCUPIED.thin(0.75));
}
