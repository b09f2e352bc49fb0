//! Roadworks: closed lanes hatched while they are closed, with a barrier where the closure begins.

use crate::map::height;
use crate::paint::Paint;
use crate::palette::{self, Theme};
use crate::run::Playing;
use crate::scene::{Ground, Part, Scene};
use crate::sheet;
use bevy::prelude::*;
use model::id::LaneId;
use model::network::{Lane, Network};
use model::quantity::{Length, Span};
use model::roadworks::{Closed, Roadwork};

/// Between two stripes along the lane, in metres.
const PITCH: f64 = 2.5;
/// Thickness of a stripe.
const STRIPE: f32 = 0.55;

/// The mesh of all closed lanes.
#[derive(Component, Default)]
struct WorksMesh;

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Startup, sheet::lay::<WorksMesh>(height::WORKS)).add_systems(Update, draw.in_set(Part::Draw));
}

fn draw(
    scene: Res<'_, Scene>,
    theme: Res<'_, Theme>,
    playing: NonSend<'_, Playing>,
    mut meshes: ResMut<'_, Assets<Mesh>>,
    target: Single<'_, '_, &Mesh2d, With<WorksMesh>>,
    mut last: Local<'_, Vec<LaneId>>,
) {
    let (network, ground) = (&scene.scenario.network, &scene.ground);
    let closed = closed_lanes(&scene.scenario.roadworks, network, playing.0.now());
    if closed == *last && !theme.is_changed() && !scene.is_changed() {
        return;
    }
    let mut paint = Paint::new(*theme);
    for &lane in &closed {
        hatch(&mut paint, ground, &network.lanes[lane]);
    }
    if let Some(mut mesh) = meshes.get_mut(&target.0) {
        paint.pour(&mut mesh);
    }
    *last = closed;
}

/// The lanes that are closed at a second of the day, in id order.
fn closed_lanes(roadworks: &[Roadwork], network: &Network, now: f64) -> Vec<LaneId> {
    let active = roadworks.iter().flat_map(|r| &r.closures).filter(|c| c.active(Span::seconds_f64(now)));
    let mut lanes: Vec<LaneId> = active
        .flat_map(|closure| match &closure.what {
            Closed::Link(link) => network.links[*link].lanes().collect(),
            Closed::Lanes(lanes) => lanes.clone(),
        })
        .collect();
    lanes.sort_unstable();
    lanes.dedup();
    lanes
}

fn hatch(paint: &mut Paint, ground: &Ground, lane: &Lane) {
    let half = lane.width.get() / 2.0 - 0.25;
    let length = lane.shape.length().get();
    let place = |along: f64, left: f64| ground.at(lane.shape.pose(Length::metres(along)).offset(0.0, left));
    for k in 0..((length - 2.0 * half) / PITCH).max(0.0) as u32 {
        let from = f64::from(k) * PITCH + 1.0;
        paint.line(&[place(from, -half), place(from + 2.0 * half, half)], STRIPE, palette::WORKS);
    }
    // The barrier (Absperrschranke): red and white fields across the lane.
    for field in 0..4 {
        let at = |share: f64| place(0.5, half * (share / 2.0 - 1.0));
        let colour = if field % 2 == 0 { palette::BRAKE } else { palette::MARKING };
        paint.line(&[at(f64::from(field)), at(f64::from(field) + 1.0)], 0.8, colour);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy;
    use model::id::LinkId;
    use model::roadworks::Closure;

    #[test]
    fn lanes_are_closed_in_their_hours_only() {
        let folder = tempfile::tempdir().unwrap();
        toy::write(folder.path());
        let network = model::scenario::load(folder.path()).unwrap().network;
        let link = LinkId(0);
        let lanes: Vec<LaneId> = network.links[link].lanes().collect();
        let closure =
            |what, begin, end| Closure { what, begin: Span::seconds_f64(begin), end: Span::seconds_f64(end), speed_limit: None };
        let closures = vec![closure(Closed::Link(link), 100.0, 200.0), closure(Closed::Lanes(vec![lanes[0]]), 150.0, 300.0)];
        let works = [Roadwork { name: "site".into(), source: "assumed: a test".into(), closures }];
        let at = |now| closed_lanes(&works, &network, now);
        assert_eq!(at(99.0), []);
        assert_eq!(at(160.0), lanes);
        assert_eq!(at(200.0), lanes[..1]);
        assert_eq!(at(300.0), []);
    }
}
