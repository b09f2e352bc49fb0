//! What is looked at: the scenario, and where its ground lies on the sheet.

use crate::programme::Programme;
use crate::world::World;
use bevy::prelude::*;
use evaluation::Route;
use model::geometry::{Point, Polyline};
use model::network::Network;
use model::scenario::{PlanSet, Scenario};
use sim::{Options, Simulation};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// The scenario that is shown.
#[derive(Resource)]
pub(crate) struct Scene {
    pub(crate) scenario: Scenario,
    pub(crate) ground: Ground,
    /// The plan without any changes; `None` without signals.
    pub(crate) plan: Option<Arc<PlanSet>>,
    pub(crate) seed: u64,
    /// Where plans are saved; `None` when it was made by a program.
    pub(crate) folder: Option<PathBuf>,
    routes: OnceLock<Vec<Route>>,
}

impl Scene {
    pub(crate) fn new(scenario: Scenario, plan: Option<PlanSet>, seed: u64, folder: Option<PathBuf>) -> Self {
        let ground = Ground::of(&scenario.network);
        Self { scenario, ground, plan: plan.map(Arc::new), seed, folder, routes: OnceLock::new() }
    }

    /// The ways along the corridors, found when they are first asked for.
    pub(crate) fn routes(&self) -> &[Route] {
        self.routes.get_or_init(|| self.scenario.corridors.iter().map(|c| Route::new(&self.scenario, c)).collect())
    }

    /// A run of it at its first second, with the plan without changes.
    pub(crate) fn world(&self) -> World {
        let plan = self.plan.as_deref();
        let programme = Programme::new(plan);
        let options = Options { seed: self.seed, ..Options::default() };
        World::new(Simulation::new(&self.scenario, programme.controller(), plan, options), programme)
    }
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

/// Which of two worlds something is drawn of.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The world that is shown; of two beside each other the one without changes, on the left.
    Left,
    /// The world with changes, on the right, while both are shown.
    Right,
}

impl Side {
    pub(crate) const BOTH: [Self; 2] = [Self::Left, Self::Right];

    /// The layer that its camera sees besides the map.
    pub(crate) const fn layer(self) -> usize {
        match self {
            Self::Left => 1,
            Self::Right => 2,
        }
    }

    /// The world that is drawn on this side; `None` where there is nothing to draw.
    pub(crate) fn world(self, player: &crate::player::Player, split: bool) -> Option<&World> {
        match (self, split && player.is_comparing()) {
            (Self::Left, false) => Some(player.world()),
            (Self::Left, true) => Some(player.original()),
            (Self::Right, true) => Some(player.edited()),
            (Self::Right, false) => None,
        }
    }
}

/// The order of the systems of a frame.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// Keys and mouse.
    Input,
    /// What they ask for is done.
    Obey,
    /// Time goes by.
    Time,
    /// The sheet is drawn.
    Draw,
}

pub(crate) fn plugin(app: &mut App) {
    app.configure_sets(Update, (Part::Input, Part::Obey, Part::Time, Part::Draw).chain());
    // Without a scenario there is the welcome and nothing else.
    app.configure_sets(Update, (Part::Time, Part::Draw).run_if(resource_exists::<Scene>));
}
