//! Meshes that lie over the map and are painted anew whenever what they show changes.

use crate::paint::Paint;
use crate::scene::Side;
use bevy::camera::visibility::{NoFrustumCulling, RenderLayers};
use bevy::prelude::*;

/// A system that lays an empty mesh marked with a component at a height.
pub(crate) fn lay<M: Component + Default>(
    height: f32,
) -> impl Fn(Commands<'_, '_>, ResMut<'_, Assets<Mesh>>, ResMut<'_, Assets<ColorMaterial>>) {
    move |mut commands, mut meshes, mut materials| {
        commands.spawn((M::default(), empty(&mut meshes, &mut materials, height)));
    }
}

/// The same with a mesh for each side of the window.
pub(crate) fn lay_on_both<M: Component + Default>(
    height: f32,
) -> impl Fn(Commands<'_, '_>, ResMut<'_, Assets<Mesh>>, ResMut<'_, Assets<ColorMaterial>>) {
    move |mut commands, mut meshes, mut materials| {
        for side in Side::BOTH {
            let seen_there = (side, RenderLayers::layer(side.layer()));
            commands.spawn((M::default(), seen_there, empty(&mut meshes, &mut materials, height)));
        }
    }
}

fn empty(meshes: &mut Assets<Mesh>, materials: &mut Assets<ColorMaterial>, height: f32) -> impl Bundle {
    (
        Mesh2d(meshes.add(Paint::dynamic_mesh())),
        MeshMaterial2d(materials.add(ColorMaterial::default())),
        Transform::from_xyz(0.0, 0.0, height),
        NoFrustumCulling,
    )
}
