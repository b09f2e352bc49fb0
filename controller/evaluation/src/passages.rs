//! Watching vehicles pass a line across a road.

use model::id::{Id, LinkId, VehicleId};
use model::scenario::Scenario;
use model::vehicle::FollowingModel;
use sim::{DrawnVehicle, Simulation};

/// A vehicle's front passes a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Passage {
    /// Whose.
    pub vehicle: VehicleId,
    /// When, in seconds of the day.
    pub at: f64,
    /// How fast, in m/s.
    pub speed: f64,
}

/// A line across a link.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// The link.
    pub link: LinkId,
    /// Distance from the start of the link, in metres; at most the length of the link.
    pub at: f64,
}

impl Line {
    /// The stop line of the link of a name, if there is such a link.
    pub fn stop_line(scenario: &Scenario, link: &str) -> Option<Self> {
        let (link, found) = scenario.network.links.enumerate().find(|(_, l)| l.name == link)?;
        Some(Self { link, at: found.length.get() })
    }
}

/// Goes on to the end of a run and notes who passes which line; one list per line, in the order of time. How vehicles move
/// within a step is that of the model which all of them follow.
pub fn passages(mut run: Simulation, model: FollowingModel, lines: &[Line]) -> Vec<Vec<Passage>> {
    let mut before: Vec<Option<DrawnVehicle>> = Vec::new();
    let mut found = vec![Vec::new(); lines.len()];
    while !run.is_over() {
        let then = run.now();
        run.step();
        for v in run.frame().vehicles {
            let place = v.vehicle.index();
            if before.len() <= place {
                before.resize(place + 1, None);
            }
            if let Some(old) = before[place].replace(v) {
                let passed = lines.iter().zip(&mut found).filter(|(line, _)| passes(line, &old, &v));
                passed.for_each(|(line, list)| list.push(passage(line, &old, &v, model, then)));
            }
        }
    }
    for list in &mut found {
        list.sort_by(|a, b| a.at.total_cmp(&b.at));
    }
    found
}

fn passes(line: &Line, old: &DrawnVehicle, new: &DrawnVehicle) -> bool {
    old.link == line.link && old.position < line.at && (new.link != line.link || new.position >= line.at)
}

/// The moment within the step: at constant acceleration from the old position; with Krauss at the new speed.
fn passage(line: &Line, old: &DrawnVehicle, new: &DrawnVehicle, model: FollowingModel, then: f64) -> Passage {
    let (v, a, way) = (old.speed, new.acceleration, line.at - old.position);
    let (mean, speed) = match model {
        FollowingModel::Idm => {
            let speed = (v * v + 2.0 * a * way).max(0.0).sqrt();
            (0.5 * (v + speed), speed)
        }
        FollowingModel::Krauss => (new.speed, new.speed),
    };
    let after = if mean > 0.0 { way / mean } else { 0.0 };
    Passage { vehicle: new.vehicle, at: then + after, speed }
}
