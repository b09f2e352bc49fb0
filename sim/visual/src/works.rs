//! Roadworks: closed lanes hatched while they are closed, with a barrier where the closure begins. While one works on them,
//! lanes that are closed at another time are shown, too, and those that are chosen for a site.

use crate::desk::Desk;
use crate::edit::History;
use crate::map::height;
use crate::obey::works::of_side;
use crate::paint::Paint;
use crate::palette::{self, Ink, Theme};
use crate::run::Playing;
use crate::scene::{Ground, Part, Scene, Side};
use crate::sheet;
use bevy::prelude::*;
use model::id::LaneId;
use model::network::{Lane, Network};
use model::quantity::{Length, Span};
use model::roadworks::{InForce, Roadwork};

/// Between two stripes along the lane, in metres.
const PITCH: f64 = 2.5;
/// Thickness of a stripe.
const STRIPE: f32 = 0.55;

/// The mesh of all closed lanes on a side.
#[derive(Component, Default)]
struct WorksMesh;

/// What is drawn on a side.
#[derive(Debug, Clone, Default, PartialEq)]
struct Drawn {
    /// Lanes that are closed now.
    closed: Vec<LaneId>,
    /// Lanes that some site closes at another time.
    planned: Vec<LaneId>,
    /// Lanes that are chosen, and those of the site that is looked at.
    chosen: Vec<LaneId>,
}

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Startup, sheet::lay_on_both::<WorksMesh>(height::WORKS)).add_systems(Update, draw.in_set(Part::Draw));
}

fn draw(
    (scene, theme, desk, history): (Res<'_, Scene>, Res<'_, Theme>, Res<'_, Desk>, Res<'_, History>),
    playing: NonSend<'_, Playing>,
    mut meshes: ResMut<'_, Assets<Mesh>>,
    targets: Query<'_, '_, (&Side, &Mesh2d), With<WorksMesh>>,
    mut last: Local<'_, [Drawn; 2]>,
) {
    let (network, ground) = (&scene.scenario.network, &scene.ground);
    for (side, target) in &targets {
        let sites = of_side(*side, &scene, &history, &playing.0, desk.split);
        let drawn = seen(&sites, network, playing.0.now(), &desk);
        let last = &mut last[usize::from(*side == Side::Right)];
        if drawn == *last && !theme.is_changed() && !scene.is_changed() {
            continue;
        }
        let mut paint = Paint::new(*theme);
        for &lane in &drawn.chosen {
            outline(&mut paint, ground, &network.lanes[lane]);
        }
        for (lanes, ink) in [(&drawn.planned, palette::WORKS.thin(0.4)), (&drawn.closed, palette::WORKS)] {
            for &lane in lanes {
                hatch(&mut paint, ground, &network.lanes[lane], ink);
            }
        }
        for &lane in &drawn.closed {
            barrier(&mut paint, ground, &network.lanes[lane]);
        }
        if let Some(mut mesh) = meshes.get_mut(&target.0) {
            paint.pour(&mut mesh);
        }
        *last = drawn;
    }
}

/// What there is to draw of some sites at a second of the day.
fn seen(sites: &[Roadwork], network: &Network, now: f64, desk: &Desk) -> Drawn {
    let closed = closed_lanes(sites, network, now);
    let lanes = |site: &Roadwork| site.closures.iter().flat_map(|c| c.lanes(network)).collect::<Vec<_>>();
    let (mut planned, mut chosen) = (Vec::new(), Vec::new());
    if desk.works {
        planned = sites.iter().flat_map(lanes).filter(|l| !closed.contains(l)).collect();
        chosen.clone_from(&desk.lanes);
        chosen.extend(desk.site.and_then(|at| sites.get(at)).map(lanes).unwrap_or_default());
    }
    Drawn { closed, planned, chosen }
}

/// The lanes that are closed at a second of the day, in id order.
fn closed_lanes(sites: &[Roadwork], network: &Network, now: f64) -> Vec<LaneId> {
    InForce::at(sites, network, Span::seconds_f64(now)).lanes().collect()
}

/// A border of the whole lane.
fn outline(paint: &mut Paint, ground: &Ground, lane: &Lane) {
    let line = ground.line(&lane.shape);
    paint.line(&line, lane.width.get() as f32, palette::CHOSEN.thin(0.45));
}

fn hatch(paint: &mut Paint, ground: &Ground, lane: &Lane, ink: Ink) {
    let half = lane.width.get() / 2.0 - 0.25;
    let length = lane.shape.length().get();
    let place = |along: f64, left: f64| ground.at(lane.shape.pose(Length::metres(along)).offset(0.0, left));
    for k in 0..((length - 2.0 * half) / PITCH).max(0.0) as u32 {
        let from = f64::from(k) * PITCH + 1.0;
        paint.line(&[place(from, -half), place(from + 2.0 * half, half)], STRIPE, ink);
    }
}

/// The barrier (Absperrschranke) where the closure begins: red and white fields across the lane.
fn barrier(paint: &mut Paint, ground: &Ground, lane: &Lane) {
    let half = lane.width.get() / 2.0 - 0.25;
    let place = |along: f64, left: f64| ground.at(lane.shape.pose(Length::metres(along)).offset(0.0, left));
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
    use model::roadworks::{Closed, Closure};

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
