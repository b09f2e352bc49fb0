//! What is looked at: the scenario, and where its ground lies on the sheet.

use bevy::prelude::*;
use model::geometry::{Point, Polyline};
use model::network::Network;
use model::scenario::Scenario;

/// The scenario that is shown.
#[derive(Resource)]
pub(crate) struct Scene {
    pub(crate) scenario: Scenario,
    pub(crate) ground: Ground,
    /// Name of the plan that runs; `None` without signals.
    pub(crate) plan: Option<String>,
    pub(crate) seed: u64,
}

/// Drawing uses `f32`: points are drawn relative to the middle of the network, where it is precise to a millimetre.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ground {
    middle: Point,
    /// Half the extent of the network, in metres.
    pub(crate) half: Vec2,
}

impl Ground {
    pub(crate) fn of(network: &Network) -> Self {
        let shapes = network.lanes.iter().map(|l| &l.shape).chain(network.movements.iter().map(|m| &m.shape));
        let mut corners: Option<(Point, Point)> = None;
        for &p in shapes.flat_map(Polyline::points) {
            let (low, high) = corners.unwrap_or((p, p));
            corners = Some((Point::new(low.x.min(p.x), low.y.min(p.y)), Point::new(high.x.max(p.x), high.y.max(p.y))));
        }
        let (low, high) = corners.unwrap_or_default();
        let half = Vec2::new((high.x - low.x) as f32, (high.y - low.y) as f32) / 2.0;
        Self { middle: low.lerp(high, 0.5), half: half.max(Vec2::splat(20.0)) }
    }

    /// A point of the scenario on the sheet.
    pub(crate) fn at(&self, p: Point) -> Vec2 {
        Vec2::new((p.x - self.middle.x) as f32, (p.y - self.middle.y) as f32)
    }

    /// A line of the scenario on the sheet.
    pub(crate) fn line(&self, line: &Polyline) -> Vec<Vec2> {
        line.points().iter().map(|&p| self.at(p)).collect()
    }
}

/// The order of the systems of a frame.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// Keys and mouse.
    Input,
    /// Time goes by.
    Time,
    /// The sheet is drawn.
    Draw,
}

pub(crate) fn plugin(app: &mut App) {
    app.configure_sets(Update, (Part::Input, Part::Time, Part::Draw).chain());
}
