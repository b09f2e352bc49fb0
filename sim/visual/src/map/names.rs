//! Names of signals and streets, as many as fit at the zoom without touching each other.

use super::height;
use super::surface::area;
use crate::letters::face;
use crate::palette::{self, Theme};
use crate::scene::{Part, Scene};
use crate::view::View;
use bevy::prelude::*;
use model::id::LinkId;
use model::network::{Intersection, Link, Network};
use model::quantity::Length;
use std::collections::BTreeMap;
use std::f32::consts::{FRAC_PI_2, PI, TAU};

/// Height of the letters, in pixels.
const SIZE: f32 = 12.5;
/// Mean width of a letter over the height.
const LETTER: f32 = 0.58;
/// Between two labels of the same street, in pixels.
const APART: f32 = 420.0;
/// Beyond this scale, in metres per pixel, names would hide the map.
const COARSEST: f32 = 4.0;

/// A signal's name longer than this is a machine's and not shown.
const LONGEST_SIGNAL: usize = 8;

/// A place where a name may stand.
#[derive(Component, Debug, Clone, Copy)]
struct Label {
    /// The kerb beside which it stands.
    kerb: Vec2,
    /// Away from the road.
    out: Vec2,
    /// The way the letters run.
    along: Vec2,
    /// Length of the road there, in metres.
    room: f32,
    rank: u16,
    letters: usize,
    /// Which street; the same for all labels of a name. `None` for a signal.
    street: Option<usize>,
}

impl Label {
    /// The middle of the text: beside the road, so that no vehicle drives through it.
    fn at(&self, scale: f32) -> Vec2 {
        let across = self.out.dot(self.along).abs() * self.width(scale) / 2.0;
        self.kerb + self.out * (SIZE * 0.8 * scale + across)
    }

    /// Width of the text in metres.
    fn width(&self, scale: f32) -> f32 {
        self.letters as f32 * LETTER * SIZE * scale
    }
}

pub(super) fn plugin(app: &mut App) {
    let another = resource_exists_and_changed::<Scene>.or_eager(resource_changed::<Theme>);
    app.add_systems(Update, (write_names.run_if(another), place_names).chain().in_set(Part::Draw));
}

fn write_names(
    mut commands: Commands<'_, '_>,
    scene: Res<'_, Scene>,
    theme: Res<'_, Theme>,
    old: Query<'_, '_, Entity, With<Label>>,
) {
    for entity in &old {
        commands.entity(entity).despawn();
    }
    for (label, name) in signal_labels(&scene).into_iter().chain(street_labels(&scene)) {
        let signal = label.street.is_none();
        commands.spawn((
            label,
            Text2d::new(name),
            face(SIZE, signal),
            TextColor(if signal { palette::INK } else { palette::INK_SOFT }.colour(*theme)),
            Transform::from_rotation(Quat::from_rotation_z(upright(label.along.to_angle()))),
            Visibility::Hidden,
        ));
    }
}

/// One place a signal: in the widest gap between the arms of its largest intersection.
fn signal_labels(scene: &Scene) -> Vec<(Label, String)> {
    let network = &scene.scenario.network;
    let named = scene.scenario.signals.enumerate().filter(|(_, s)| s.name.chars().count() <= LONGEST_SIGNAL);
    let labels = named.filter_map(|(id, signal)| {
        let own = network.intersections.iter().filter(|i| i.signal == Some(id));
        let intersection = own.max_by_key(|i| i.movements.len())?;
        let (centre, ring) = area(network, &scene.ground, intersection)?;
        let out = widest_gap(network, intersection);
        let reach = ring.iter().map(|p| (p - centre).dot(out)).fold(0.0, f32::max);
        let kerb = centre + out * reach;
        let letters = signal.name.chars().count();
        let label = Label { kerb, out, along: Vec2::X, room: f32::INFINITY, rank: u16::MAX, letters, street: None };
        Some((label, signal.name.clone()))
    });
    labels.collect()
}

/// The direction in the middle of the widest gap between the arms of an intersection.
fn widest_gap(network: &Network, intersection: &Intersection) -> Vec2 {
    let lane = |link: LinkId| &network.lanes[network.links[link].first_lane].shape;
    let arriving = intersection.arriving.iter().map(|&l| lane(l).pose(lane(l).length()).heading).map(|(x, y)| (-x, -y));
    let leaving = intersection.leaving.iter().map(|&l| lane(l).pose(Length::metres(0.0)).heading);
    let mut angles: Vec<f32> = arriving.chain(leaving).map(|(x, y)| Vec2::new(x as f32, y as f32).to_angle()).collect();
    angles.sort_by(f32::total_cmp);
    let Some(&first) = angles.first() else { return Vec2::Y };
    let next = angles.iter().copied().skip(1).chain([first + TAU]);
    let widest = angles.iter().zip(next).max_by(|(a, b), (c, d)| (b - *a).total_cmp(&(d - *c)));
    widest.map_or(Vec2::Y, |(a, b)| Vec2::from_angle(f32::midpoint(*a, b)))
}

/// One place a link, most important roads first; of two directions only one.
fn street_labels(scene: &Scene) -> Vec<(Label, String)> {
    let network = &scene.scenario.network;
    let mut streets: BTreeMap<&str, usize> = BTreeMap::new();
    let named = network.links.enumerate().filter(|(id, l)| !l.street.is_empty() && !has_twin(scene, *id, l));
    let mut labels: Vec<(Label, String)> = named
        .map(|(_, link)| {
            let count = streets.len();
            let street = *streets.entry(&link.street).or_insert(count);
            (label(scene, link, street), link.street.clone())
        })
        .collect();
    labels.sort_by(|(a, _), (b, _)| b.rank.cmp(&a.rank).then(b.room.total_cmp(&a.room)));
    labels
}

fn label(scene: &Scene, link: &Link, street: usize) -> Label {
    let lane = &scene.scenario.network.lanes[link.first_lane];
    let middle = lane.shape.pose(lane.shape.length() * 0.5);
    let along = Vec2::new(middle.heading.0 as f32, middle.heading.1 as f32);
    Label {
        kerb: scene.ground.at(middle.offset(0.0, -lane.width.get() / 2.0)),
        out: -along.perp(),
        along,
        room: link.length.get() as f32,
        rank: u16::from(link.rank),
        letters: link.street.chars().count(),
        street: Some(street),
    }
}

/// Whether the link of the other direction stands for both.
fn has_twin(scene: &Scene, id: LinkId, link: &Link) -> bool {
    let network = &scene.scenario.network;
    network.intersections[link.to]
        .leaving
        .iter()
        .any(|&other| other < id && network.links[other].to == link.from && network.links[other].street == link.street)
}

/// An angle at which letters do not stand on their head.
fn upright(angle: f32) -> f32 {
    if angle > FRAC_PI_2 {
        angle - PI
    } else if angle < -FRAC_PI_2 {
        angle + PI
    } else {
        angle
    }
}

fn place_names(
    view: Res<'_, View>,
    mut last: Local<'_, f32>,
    mut names: Query<'_, '_, (&Label, &mut Transform, &mut Visibility)>,
    fresh: Query<'_, '_, (), Added<Label>>,
) {
    if *last == view.scale && fresh.is_empty() {
        return;
    }
    *last = view.scale;
    let mut placed: Vec<Label> = Vec::new();
    let mut sorted: Vec<_> = names.iter_mut().collect();
    sorted.sort_by(|(a, ..), (b, ..)| b.rank.cmp(&a.rank).then(b.room.total_cmp(&a.room)).then(a.street.cmp(&b.street)));
    for (label, mut transform, mut visibility) in sorted {
        let fits = view.scale < COARSEST && fits(label, &placed, view.scale);
        if fits {
            placed.push(*label);
        }
        visibility.set_if_neq(if fits { Visibility::Inherited } else { Visibility::Hidden });
        transform.scale = Vec3::splat(view.scale);
        transform.translation = label.at(view.scale).extend(height::NAMES);
    }
}

fn fits(label: &Label, placed: &[Label], scale: f32) -> bool {
    label.width(scale) < label.room * 1.25
        && placed.iter().all(|other| {
            let same = label.street.is_some() && other.street == label.street;
            let far = if same { APART * scale } else { 0.0 };
            label.at(scale).distance(other.at(scale)) > far && !touch(label, other, scale)
        })
}

/// Whether two labels come closer than a line's height: points along one against the axis of the other.
fn touch(a: &Label, b: &Label, scale: f32) -> bool {
    let ends = |l: &Label| {
        let half = l.along * l.width(scale) / 2.0;
        (l.at(scale) - half, l.at(scale) + half)
    };
    let ((start, end), (from, to)) = (ends(a), ends(b));
    (0..=8).map(|k| start.lerp(end, k as f32 / 8.0)).any(|p| {
        let t = ((p - from).dot(to - from) / (to - from).length_squared().max(1e-6)).clamp(0.0, 1.0);
        p.distance(from.lerp(to, t)) < SIZE * 1.4 * scale
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn street(x: f32, y: f32, street: usize) -> Label {
        let room = 200.0;
        Label { kerb: Vec2::new(x, y), out: Vec2::NEG_Y, along: Vec2::X, room, rank: 1, letters: 10, street: Some(street) }
    }

    #[test]
    fn names_that_would_touch_are_not_shown_together() {
        let first = street(0.0, 0.0, 0);
        assert!(!fits(&street(30.0, 5.0, 1), &[first], 1.0));
        assert!(fits(&street(30.0, 60.0, 1), &[first], 1.0));
    }

    #[test]
    fn a_street_has_its_name_again_only_far_away() {
        let first = street(0.0, 0.0, 0);
        assert!(!fits(&street(300.0, 0.0, 0), &[first], 1.0));
        assert!(fits(&street(300.0, 0.0, 0), &[first], 0.5));
    }

    #[test]
    fn a_name_longer_than_its_road_is_not_shown() {
        assert!(!fits(&Label { room: 20.0, ..street(0.0, 0.0, 0) }, &[], 1.0));
        assert!(fits(&Label { room: 20.0, ..street(0.0, 0.0, 0) }, &[], 0.2));
    }

    #[test]
    fn letters_never_stand_on_their_head() {
        assert!((upright(3.0) - (3.0 - PI)).abs() < 1e-6 && upright(-1.0) == -1.0);
    }
}
