//! Signal heads: at each stop line a housing for every group, with what it shows as colour and as shape.
//!
//! Red closes the housing with a bar, green is an arrow that points where the way leads, amber is a bar broken in two,
//! red-amber a red and an amber bar behind each other: they read in black and white too.

use crate::desk::Desk;
use crate::map::height;
use crate::paint::Paint;
use crate::palette::{self, Theme};
use crate::run::Playing;
use crate::scene::{Ground, Part, Scene, Side};
use crate::sheet;
use crate::vehicles::COARSEST;
use crate::view::View;
use bevy::prelude::*;
use model::id::{GroupId, IdVec, SignalId};
use model::network::{Lane, Network, SignalHead, Turn};
use model::signal::Aspect;

/// Least depth of a housing, in pixels.
const LEAST_DEPTH: f32 = 4.5;
/// Depth of a housing in metres.
const DEPTH: f32 = 1.5;
/// Coarsest scale at which shapes can be told apart, in metres per pixel.
const SHAPES: f32 = 0.16;
/// Coarsest scale at which signals for people on foot are drawn.
const ON_FOOT: f32 = 0.5;

/// Where a signal is drawn: its middle at the stop line, the way it faces, its half width.
#[derive(Debug, Clone, Copy)]
struct Place {
    head: SignalHead,
    at: Vec2,
    ahead: Vec2,
    half: f32,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Lane(Turn),
    OnFoot,
}

/// Every place where a signal is drawn.
#[derive(Resource, Default)]
struct Places(Vec<Place>);

/// The mesh of all signals.
#[derive(Component, Default)]
struct SignalMesh;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Places>()
        .add_systems(Startup, sheet::lay_on_both::<SignalMesh>(height::SIGNALS))
        .add_systems(Update, (find_places.run_if(resource_exists_and_changed::<Scene>), draw).chain().in_set(Part::Draw));
}

fn find_places(mut places_of: ResMut<'_, Places>, scene: Res<'_, Scene>) {
    places_of.0 = places(&scene.scenario.network, &scene.ground);
}

fn places(network: &Network, ground: &Ground) -> Vec<Place> {
    let mut places = Vec::new();
    for lane in &network.lanes {
        lane_places(network, ground, lane, &mut places);
    }
    for crossing in &network.crossings {
        let Some(head) = crossing.head else { continue };
        let length = crossing.shape.length();
        for (end, sign) in [(length * 0.0, 1.0), (length, -1.0)] {
            let pose = crossing.shape.pose(end);
            let ahead = Vec2::new(pose.heading.0 as f32, pose.heading.1 as f32) * sign;
            places.push(Place { head, at: ground.at(pose.at) - ahead * DEPTH, ahead, half: 0.6, kind: Kind::OnFoot });
        }
    }
    places
}

/// The groups of a lane's movements share the width of the lane, leftmost way first.
fn lane_places(network: &Network, ground: &Ground, lane: &Lane, places: &mut Vec<Place>) {
    let mut heads: Vec<(Turn, SignalHead)> = Vec::new();
    let mut ways: Vec<_> = lane.leaving.iter().map(|&m| &network.movements[m]).collect();
    // Where a group serves several ways, straight on stands for it.
    ways.sort_by_key(|m| (m.turn != Turn::Straight, m.turn));
    for movement in ways {
        if let Some(head) = movement.head
            && heads.iter().all(|&(_, h)| h != head)
        {
            heads.push((movement.turn, head));
        }
    }
    heads.sort_by_key(|&(turn, _)| std::cmp::Reverse(turn));
    let end = lane.shape.pose(lane.shape.length());
    let ahead = Vec2::new(end.heading.0 as f32, end.heading.1 as f32);
    let width = lane.width.get() as f32 / heads.len().max(1) as f32;
    for (k, (turn, head)) in heads.into_iter().enumerate() {
        let left = lane.width.get() as f32 / 2.0 - (k as f32 + 0.5) * width;
        let at = ground.at(end.at) + ahead.perp() * left;
        places.push(Place { head, at, ahead, half: width / 2.0 - 0.12, kind: Kind::Lane(turn) });
    }
}

/// What each side showed when it was last drawn.
type Last = [Option<IdVec<SignalId, IdVec<GroupId, Aspect>>>; 2];

fn draw(
    places: Res<'_, Places>,
    (view, theme, desk): (Res<'_, View>, Res<'_, Theme>, Res<'_, Desk>),
    playing: NonSend<'_, Playing>,
    mut meshes: ResMut<'_, Assets<Mesh>>,
    targets: Query<'_, '_, (&Mesh2d, &Side), With<SignalMesh>>,
    (mut paint, mut last): (Local<'_, Paint>, Local<'_, Last>),
) {
    let other = view.is_changed() || theme.is_changed() || places.is_changed();
    for (target, side) in &targets {
        let shown = side.world(&playing.0, desk.split).map(|w| &w.after.shown);
        let before = &mut last[side.layer() - 1];
        if !other && before.as_ref() == shown {
            continue;
        }
        *before = shown.cloned();
        paint.clear();
        paint.theme = *theme;
        if let Some(shown) = shown {
            heads(&mut paint, &places.0, &view, shown);
        }
        if let Some(mut mesh) = meshes.get_mut(&target.0) {
            paint.pour(&mut mesh);
        }
    }
}

fn heads(paint: &mut Paint, places: &[Place], view: &View, shown: &IdVec<SignalId, IdVec<GroupId, Aspect>>) {
    let seen = |p: &&Place| {
        let coarsest = if p.kind == Kind::OnFoot { ON_FOOT } else { COARSEST };
        view.scale < coarsest && view.sees(p.at, 10.0)
    };
    for place in places.iter().filter(seen) {
        let aspect = shown[place.head.signal][place.head.group];
        head(paint, place, aspect, view.scale);
    }
}

fn head(paint: &mut Paint, place: &Place, aspect: Aspect, scale: f32) {
    let depth = DEPTH.max(LEAST_DEPTH * scale);
    let half = Vec2::new(depth / 2.0, place.half.max(1.2 * scale));
    let middle = place.at + place.ahead * (depth / 2.0 + 0.15);
    let inner = half - Vec2::splat((0.12_f32).min(half.min_element() * 0.3));
    let [first, second] = palette::aspect(aspect);
    if scale >= SHAPES {
        paint.bar(middle, place.ahead, half + Vec2::splat(0.6 * scale), palette::HOUSING);
        // What is nearer to the driver is lower on the pole: amber under red.
        paint.bar(middle, place.ahead, half, first);
        if first != second {
            paint.bar(middle - place.ahead * half.x / 2.0, place.ahead, Vec2::new(half.x / 2.0, half.y), second);
        }
        return;
    }
    paint.bar(middle, place.ahead, half, palette::HOUSING);
    let (ahead, across) = (place.ahead, place.ahead.perp());
    match aspect {
        Aspect::Red => paint.bar(middle, ahead, inner, first),
        Aspect::RedAmber => {
            let slim = Vec2::new(inner.x * 0.42, inner.y);
            paint.bar(middle + ahead * inner.x * 0.58, ahead, slim, first);
            paint.bar(middle - ahead * inner.x * 0.58, ahead, slim, second);
        }
        Aspect::Amber => {
            let short = Vec2::new(inner.x, inner.y * 0.38);
            paint.bar(middle + across * inner.y * 0.62, ahead, short, first);
            paint.bar(middle - across * inner.y * 0.62, ahead, short, first);
        }
        Aspect::Green => {
            let way = match place.kind {
                Kind::Lane(Turn::Left | Turn::UTurn) => across,
                Kind::Lane(Turn::Right) => -across,
                Kind::Lane(Turn::Straight) | Kind::OnFoot => ahead,
            };
            // An arrow that points along the housing has no room for another beside it.
            let reach = if way == ahead { inner.y } else { inner.x };
            green_arrows(paint, middle, way, inner.min_element() * 0.92, reach);
        }
    }
}

/// Arrows within a radius, as many as fit beside each other up to a reach to both sides.
fn green_arrows(paint: &mut Paint, middle: Vec2, way: Vec2, radius: f32, reach: f32) {
    let side = way.perp();
    let count = (reach / radius).floor().clamp(1.0, 3.0);
    for k in 0..count as u32 {
        let at = middle + side * (2.0 * k as f32 + 1.0 - count) * radius;
        paint.fan(&[at + way * radius, at - way * radius + side * radius, at - way * radius - side * radius], palette::GREEN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy;

    #[test]
    fn every_signalised_lane_has_a_head_and_every_crossing_two() {
        let folder = tempfile::tempdir().unwrap();
        toy::write(folder.path());
        let network = model::scenario::load(folder.path()).unwrap().network;
        let places = places(&network, &Ground::of(&network));
        let on_foot = places.iter().filter(|p| p.kind == Kind::OnFoot).count();
        // Two crossroads, each with two arms of two lanes and two of one, and one crossing.
        assert_eq!((places.len() - on_foot, on_foot), (12, 4));
        let straight = places.iter().filter(|p| p.kind == Kind::Lane(Turn::Straight)).count();
        assert_eq!(straight, 12, "where a group serves several ways, straight on stands for it");
        assert!(places.iter().all(|p| (p.ahead.length() - 1.0).abs() < 1e-5));
    }
}
