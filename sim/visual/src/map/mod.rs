//! The map: roads, markings and street names, in a handful of meshes that are made once.

mod arrows;
mod loops;
mod markings;
mod names;
pub(crate) mod roads;
mod surface;

use crate::paint::Paint;
use crate::palette::Theme;
use crate::scene::{Part, Scene};
use crate::view::{Detail, View};
use bevy::prelude::*;

/// Heights of the layers of the sheet.
pub(crate) mod height {
    pub(crate) const ROADS: f32 = 0.0;
    pub(crate) const MARKINGS: f32 = 1.0;
    pub(crate) const LAYER: f32 = 1.9;
    pub(crate) const WORKS: f32 = 1.92;
    pub(crate) const LOOPS: f32 = 1.95;
    pub(crate) const SIGNALS: f32 = 2.0;
    pub(crate) const VEHICLES: f32 = 3.0;
    pub(crate) const NAMES: f32 = 4.0;
}

/// A mesh of the map, to be taken away when another map is drawn.
#[derive(Component)]
struct Sheet;

pub(crate) fn plugin(app: &mut App) {
    let another = resource_exists_and_changed::<Scene>.or_eager(resource_changed::<Theme>);
    app.add_systems(Update, draw_map.run_if(another).in_set(Part::Draw)).add_plugins((
        names::plugin,
        loops::plugin,
        roads::plugin,
    ));
}

fn draw_map(
    mut commands: Commands<'_, '_>,
    scene: Res<'_, Scene>,
    theme: Res<'_, Theme>,
    mut meshes: ResMut<'_, Assets<Mesh>>,
    mut materials: ResMut<'_, Assets<ColorMaterial>>,
    mut view: ResMut<'_, View>,
    old: Query<'_, '_, Entity, With<Sheet>>,
) {
    for entity in &old {
        commands.entity(entity).despawn();
    }
    // What is shown at which scale is settled when the view changes.
    view.set_changed();
    let (network, ground, theme) = (&scene.scenario.network, &scene.ground, *theme);
    let material = materials.add(ColorMaterial::default());
    let mut layer = |paint: Paint, height: f32, finest: f32, coarsest: f32| {
        commands.spawn((
            Sheet,
            Mesh2d(meshes.add(paint.into_mesh())),
            MeshMaterial2d(material.clone()),
            Transform::from_xyz(0.0, 0.0, height),
            Detail { finest, coarsest },
        ));
    };
    // Far away a road is drawn wider than it is, so that it stays a line.
    for (finest, coarsest, width) in [(2.5, 6.0, 11.0), (6.0, 15.0, 26.0), (15.0, f32::INFINITY, 65.0)] {
        layer(surface::overview(network, ground, theme, width), height::ROADS - 0.5, finest, coarsest);
    }
    layer(surface::roads(network, ground, theme), height::ROADS, 0.0, 6.0);
    layer(markings::lines(network, ground, theme), height::MARKINGS, 0.0, 0.5);
    layer(arrows::arrows(network, ground, theme), height::MARKINGS + 0.5, 0.0, 0.4);
}
