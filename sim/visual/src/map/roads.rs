//! The layer that colours the roads: one mesh, made anew when the simulated second or the view changes.

use super::height;
use crate::desk::Desk;
use crate::layers::{Layer, Values, values};
use crate::paint::Paint;
use crate::palette::{self, Theme};
use crate::run::Playing;
use crate::scene::{Part, Scene, Side};
use crate::sheet;
use crate::view::View;
use bevy::prelude::*;
use model::id::LinkId;

/// Least width of a coloured road, in pixels.
const LEAST: f32 = 3.5;

/// The values that are shown, for the legend and the letters on the map.
#[derive(Resource, Default)]
pub(crate) struct Shown {
    pub(crate) layer: Option<Layer>,
    /// Of the left side, which is the only one unless two worlds are shown.
    pub(crate) values: Values,
    right: Values,
    /// The simulated second and the worlds that they are of.
    key: Option<(u64, bool, bool, Layer)>,
}

/// The mesh of the layer of a side.
#[derive(Component, Default)]
struct LayerMesh;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Shown>()
        .add_systems(Startup, sheet::lay_on_both::<LayerMesh>(height::LAYER))
        .add_systems(Update, (measure, draw).chain().in_set(Part::Draw));
}

fn measure(desk: Res<'_, Desk>, scene: Res<'_, Scene>, playing: NonSend<'_, Playing>, mut shown: ResMut<'_, Shown>) {
    let player = &playing.0;
    let key = desk.layer.map(|layer| {
        let run = player.simulation();
        (u64::from(run.step_size().whole_seconds(run.tick())), player.shows_original(), desk.split, layer)
    });
    if shown.key == key && !scene.is_changed() {
        return;
    }
    shown.key = key;
    shown.layer = desk.layer;
    let original = player.is_comparing().then(|| player.original());
    let of = |side: Side| match (desk.layer, side.world(player, desk.split)) {
        (Some(Layer::Difference), Some(_)) => values(Layer::Difference, &scene.scenario.network, player.edited(), original),
        (Some(layer), Some(world)) => values(layer, &scene.scenario.network, world, original),
        _ => Values::default(),
    };
    (shown.values, shown.right) = (of(Side::Left), of(Side::Right));
}

fn draw(
    scene: Res<'_, Scene>,
    view: Res<'_, View>,
    theme: Res<'_, Theme>,
    shown: Res<'_, Shown>,
    mut meshes: ResMut<'_, Assets<Mesh>>,
    targets: Query<'_, '_, (&Mesh2d, &Side), With<LayerMesh>>,
) {
    let other_width = view.is_changed() && shown.layer.is_some();
    if !(other_width || shown.is_changed() || theme.is_changed()) {
        return;
    }
    for (target, side) in &targets {
        let mut paint = Paint::new(*theme);
        let values = if *side == Side::Left { &shown.values } else { &shown.right };
        for (layer, (id, value)) in shown.layer.iter().flat_map(|l| values.enumerate().map(move |v| (l, v))) {
            let scale = layer.scale();
            let ink = value.map_or(palette::NOTHING, |v| scale.inks[scale.grade(v)]);
            link(&mut paint, &scene, id, ink.thin(if value.is_some() { 0.86 } else { 0.35 }), view.scale);
        }
        if let Some(mut mesh) = meshes.get_mut(&target.0) {
            paint.pour(&mut mesh);
        }
    }
}

/// Far away the lanes of a link lie over each other; then it is one line, beside that of the other direction.
fn link(paint: &mut Paint, scene: &Scene, id: LinkId, ink: palette::Ink, scale: f32) {
    let network = &scene.scenario.network;
    let lanes: Vec<_> = network.links[id].lanes().map(|l| &network.lanes[l]).collect();
    let width = lanes.iter().map(|l| l.width.get() as f32).sum::<f32>();
    let least = LEAST * scale;
    if width >= least {
        for lane in lanes {
            paint.line(&scene.ground.line(&lane.shape), lane.width.get() as f32 * 0.94, ink);
        }
        return;
    }
    let middle = &lanes[lanes.len() / 2].shape;
    let aside = f64::from(least - width) / 2.0;
    paint.line(&scene.ground.line(&middle.shifted(-aside)), least, ink);
}
