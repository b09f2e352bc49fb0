//! The map: roads, markings and street names, in a handful of meshes that are made once.

mod arrows;
mod markings;
mod names;
mod surface;

use crate::paint::Paint;
use crate::scene::Scene;
use crate::view::Detail;
use bevy::prelude::*;

/// Heights of the layers of the sheet.
pub(crate) mod height {
    pub(crate) const ROADS: f32 = 0.0;
    pub(crate) const MARKINGS: f32 = 1.0;
    pub(crate) const WORKS: f32 = 1.8;
    pub(crate) const SIGNALS: f32 = 2.0;
    pub(crate) const VEHICLES: f32 = 3.0;
    pub(crate) const NAMES: f32 = 4.0;
}

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Startup, draw_map).add_plugins(names::plugin);
}

fn draw_map(
    mut commands: Commands<'_, '_>,
    scene: Res<'_, Scene>,
    mut meshes: ResMut<'_, Assets<Mesh>>,
    mut materials: ResMut<'_, Assets<ColorMaterial>>,
) {
    let (network, ground) = (&scene.scenario.network, &scene.ground);
    let material = materials.add(ColorMaterial::default());
    let mut layer = |paint: Paint, height: f32, finest: f32, coarsest: f32| {
        commands.spawn((
            Mesh2d(meshes.add(paint.into_mesh())),
            MeshMaterial2d(material.clone()),
            Transform::from_xyz(0.0, 0.0, height),
            Detail { finest, coarsest },
        ));
    };
    // Far away a road is drawn wider than it is, so that it stays a line.
    for (finest, coarsest, width) in [(2.5, 6.0, 11.0), (6.0, 15.0, 26.0), (15.0, f32::INFINITY, 65.0)] {
        layer(surface::overview(network, ground, width), height::ROADS - 0.5, finest, coarsest);
    }
    layer(surface::roads(network, ground), height::ROADS, 0.0, 6.0);
    layer(markings::lines(network, ground), height::MARKINGS, 0.0, 0.5);
    layer(arrows::arrows(network, ground), height::MARKINGS + 0.5, 0.0, 0.4);
}
