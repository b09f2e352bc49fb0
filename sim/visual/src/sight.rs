//! Which links are in sight: while time goes by, vehicles elsewhere are not looked at.

use crate::desk::{Desk, Dialog};
use crate::layers::Layer;
use crate::player::Player;
use crate::run::Playing;
use crate::scene::{Part, Scene};
use crate::vehicles::COARSEST;
use crate::view::View;
use crate::world::Links;
use bevy::math::Rect;
use bevy::prelude::*;
use model::geometry::Polyline;
use model::id::{IdVec, LinkId};

/// Vehicles reach this far beyond their link, in metres: the longest tram backwards, bays aside.
const BEYOND: f32 = 60.0;

/// Coarsest scale at which every step is looked at, in metres per pixel: beyond it the way of a second, drawn straight, is off by
/// less than two pixels, whoever brakes, starts or changes lanes.
const AFAR: f32 = 1.5;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
enum Sight {
    /// Everything.
    #[default]
    All,
    /// A part of the sheet.
    Part(Rect),
}

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Update, look_around.in_set(Part::Time).before(crate::run::go_on));
}

fn look_around(
    (scene, view, desk): (Res<'_, Scene>, Res<'_, View>, Res<'_, Desk>),
    mut playing: NonSendMut<'_, Playing>,
    (mut places, mut sight): (Local<'_, IdVec<LinkId, Rect>>, Local<'_, Sight>),
) {
    if scene.is_changed() {
        // Another scenario comes with another player.
        (*places, *sight) = (rectangles(&scene), Sight::All);
    }
    let next = after(*sight, needed(&view, &desk, &playing.0), playing.0.is_running());
    let from_afar = view.scale > AFAR && desk.vehicle.is_none() && desk.signal.is_none();
    if playing.0.sees_from_afar() != from_afar {
        playing.0.see_from_afar(from_afar);
    }
    if next == *sight {
        return;
    }
    *sight = next;
    playing.0.see(match next {
        Sight::All => None,
        Sight::Part(part) => Some(within(&places, part)),
    });
}

/// What has to be looked at now.
fn needed(view: &View, desk: &Desk, player: &Player) -> Sight {
    let lost = desk.vehicle.is_some_and(|v| player.world().after.vehicles.iter().all(|seen| seen.vehicle != v));
    let counted = matches!(desk.layer, Some(Layer::Speed | Layer::Queue | Layer::Spillback));
    if lost || counted || matches!(desk.dialog, Dialog::Find(_)) {
        return Sight::All;
    }
    let size = if view.scale < COARSEST { view.size * view.scale + Vec2::splat(2.0 * BEYOND) } else { Vec2::ZERO };
    Sight::Part(Rect::from_center_size(view.centre, size))
}

/// What is looked at from now on. There is room around what is needed, so that it need not change with every pan, and while time
/// stands still it never becomes less.
fn after(now: Sight, needed: Sight, running: bool) -> Sight {
    let Sight::Part(part) = needed else { return Sight::All };
    let roomy = Sight::Part(part.inflate(part.size().max_element() / 4.0));
    match now {
        Sight::All if running => roomy,
        Sight::All => Sight::All,
        Sight::Part(old) if !(old.contains(part.min) && old.contains(part.max)) => roomy,
        Sight::Part(old) if running && old.width() > 3.0 * part.width() => roomy,
        Sight::Part(_) => now,
    }
}

/// The rectangle around the lanes of every link and the movements that leave them, on the sheet.
fn rectangles(scene: &Scene) -> IdVec<LinkId, Rect> {
    let network = &scene.scenario.network;
    let around = |link: LinkId| {
        let lanes = || network.links[link].lanes().map(|l| &network.lanes[l]);
        let movements = lanes().flat_map(|l| &l.leaving).map(|&m| &network.movements[m].shape);
        let points = lanes().map(|l| &l.shape).chain(movements).flat_map(Polyline::points);
        points.fold(Rect::EMPTY, |all, &p| all.union_point(scene.ground.at(p)))
    };
    network.links.ids().map(around).collect()
}

fn within(places: &IdVec<LinkId, Rect>, part: Rect) -> Links {
    // The rectangle of a straight link has no area.
    let meets = |place: &Rect| place.min.cmple(part.max).all() && place.max.cmpge(part.min).all();
    places.iter().map(meets).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn part(x: f32, size: f32) -> Sight {
        Sight::Part(Rect { min: Vec2::new(x, 0.0), max: Vec2::new(x + size, size) })
    }

    #[test]
    fn a_short_pan_changes_nothing_and_a_long_one_does() {
        let first = after(Sight::All, part(0.0, 100.0), true);
        assert_eq!(after(first, part(20.0, 100.0), true), first);
        let far = after(first, part(200.0, 100.0), true);
        assert_ne!(far, first);
        assert_ne!(after(far, part(200.0, 10.0), true), far, "what is out of sight is given up");
    }

    #[test]
    fn while_time_stands_still_nothing_goes_out_of_sight() {
        assert_eq!(after(Sight::All, part(0.0, 100.0), false), Sight::All);
        assert_eq!(after(part(0.0, 1000.0), part(0.0, 10.0), false), part(0.0, 1000.0));
    }

    #[test]
    fn a_straight_link_through_the_view_is_in_sight() {
        let street = Rect { min: Vec2::new(-500.0, 1.0), max: Vec2::new(500.0, 1.0) };
        let seen = within(&[street].into_iter().collect(), Rect::from_center_size(Vec2::ZERO, Vec2::splat(50.0)));
        assert!(seen[LinkId(0)]);
    }
}
