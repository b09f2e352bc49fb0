//! The pictures of the window in `docs`, all of them anew.
//!
//! ```sh
//! cargo run --release -p visual --example pictures -- docs
//! ```

use bevy::input::keyboard::KeyCode;
use model::geometry::Point;
use model::id::SignalId;
use model::scenario::{PlanSet, Scenario};
use model::time::Seconds;
use std::error::Error;
use std::path::{Path, PathBuf};
use visual::palette::Theme;
use visual::{Desk, Diagram, Layer, Look, Opening, Session, picture};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("name the folder for the pictures")?);
    let scenario = model::scenario::load(Path::new("scenarios/dortmund-wall"))?;
    for (name, opening) in views(&scenario) {
        picture(opening, &folder.join(format!("{name}.png")))?;
    }
    works(&scenario, &folder.join("window-works.png"))
}

/// A lane that is closed on the map, with the mouse and keys of a user, and what that costs.
fn works(scenario: &Scenario, file: &Path) -> Result<(), Box<dyn Error>> {
    let lane = CLOSED.0;
    let link = scenario.network.links.iter().find(|l| l.name == lane).ok_or("the link is there")?;
    let shape = &scenario.network.lanes[link.lane(CLOSED.1).ok_or("the lane is there")?].shape;
    let middle = shape.pose(shape.length() * 0.5).at;
    let look = Some(Look { centre: middle, metres_per_pixel: 0.35 });
    let mut session = Session::new(Opening { size: (1200, 750), at: Some(26_400.0), look, ..Opening::of(scenario.clone()) })?;
    session.press(KeyCode::KeyB, "b", &[]);
    session.click(session.place_of(middle).ok_or("the map is shown")?);
    session.press(KeyCode::Enter, "", &[]);
    session.frames(3);
    session.press(KeyCode::Enter, "", &[]);
    session.settle();
    session.press(KeyCode::KeyT, "t", &[]);
    session.type_in("07:30");
    session.press(KeyCode::Enter, "", &[]);
    session.settle();
    session.press(KeyCode::Digit9, "9", &[]);
    session.settle();
    Ok(session.save(file)?)
}

/// The lane that is closed in the picture of roadworks: its link, and its index from the right.
const CLOSED: (&str, u32) = ("W08-W07", 2);

/// What is shown, by the name of its file.
fn views(scenario: &Scenario) -> Vec<(&'static str, Opening)> {
    let signal = |name: &str| scenario.signals.enumerate().find(|(_, s)| s.name == name).map(|(id, _)| id);
    let at = |desk: Desk| Opening { size: (1200, 750), at: Some(26_400.0), desk, ..Opening::of(scenario.clone()) };
    let with = |diagram: Diagram| Desk { signal: signal("W09"), diagram: Some(diagram), ..Desk::default() };
    let near = Look { centre: Point::new(272.0, 337.0), metres_per_pixel: 0.1 };
    let worlds = Desk { split: true, ..Desk::default() };
    vec![
        ("dortmund-wall", at(Desk::default())),
        ("window-intersection", Opening { look: Some(near), ..at(Desk { signal: signal("W09"), ..Desk::default() }) }),
        ("window-level", Opening { theme: Theme::Dark, ..at(Desk { layer: Some(Layer::Level), ..Desk::default() }) }),
        ("window-plan", at(with(Diagram::Plan))),
        ("window-live", at(with(Diagram::Live))),
        ("window-stages", at(with(Diagram::Stages))),
        ("window-time-space", at(with(Diagram::TimeSpace))),
        ("window-two-worlds", Opening { compared: shifted(scenario), ..at(worlds) }),
        (
            "window-difference",
            Opening { compared: shifted(scenario), ..at(Desk { layer: Some(Layer::Difference), ..Desk::default() }) },
        ),
    ]
}

/// The default plan with offsets that grow by 9 s from signal to signal, to have something to compare.
fn shifted(scenario: &Scenario) -> Option<PlanSet> {
    let mut plans = scenario.plan(None)?.clone();
    plans.name = "shifted".into();
    let ids: Vec<SignalId> = plans.plans.ids().collect();
    for (k, id) in ids.into_iter().enumerate() {
        plans.plans[id] = plans.plans[id].with_offset(Seconds((9 * k % 90) as u16));
    }
    Some(plans)
}
