//! One run with its past: the simulation a step ahead of what is shown, and the two states between which it is drawn.

use crate::past::{Past, Sums};
use crate::programme::Programme;
use model::id::{Id, IdVec, LinkId};
use model::roadworks::Roadwork;
use sim::{DrawnVehicle, Frame, Simulation};
use std::collections::VecDeque;

/// How far back vehicles along roads are kept, in seconds.
pub(crate) const TRACKED: u32 = 300;

/// Which links are meant.
pub(crate) type Links = IdVec<LinkId, bool>;

/// Stands for a vehicle that was not there.
const NO_ROW: u32 = u32::MAX;

/// A run and its past.
pub struct World {
    simulation: Simulation,
    programme: Programme,
    past: Past,
    /// The state that is shown while a step begins.
    pub(crate) before: Frame,
    /// The state that is shown when the step is over.
    pub(crate) after: Frame,
    /// The row of `before` by vehicle; [`NO_ROW`] where it was not there.
    rows: Vec<u32>,
    /// Whether `after` is what the simulation is at.
    seen: bool,
    tracks: Option<Tracks>,
}

/// Where vehicles were on some links, second by second.
struct Tracks {
    links: Links,
    seconds: VecDeque<(f64, Vec<DrawnVehicle>)>,
}

impl World {
    /// A run at its first second, and the programme that its controller plays.
    pub fn new(simulation: Simulation, programme: Programme) -> Self {
        let start = simulation.frame();
        let mut past = Past::new(&simulation);
        past.note(&simulation);
        Self { simulation, programme, past, before: start.clone(), after: start, rows: Vec::new(), seen: false, tracks: None }
    }

    /// Observes the quality of service from the first second on, to which the run goes back: saved states without it are of no
    /// more use.
    pub(crate) fn observe(&mut self) {
        let start = f64::from(self.past.start());
        if let Some((_, state)) = self.past.state_before(start) {
            self.seen = false;
            self.simulation.restore(state).expect("a saved state belongs to its run");
        }
        self.simulation.observe_quality();
        self.past = Past::new(&self.simulation);
        self.past.note(&self.simulation);
        if let Some(tracks) = &mut self.tracks {
            tracks.seconds.clear();
        }
    }

    /// This run at its first second, which knows the past of another one of the same scenario.
    pub(crate) fn with_past_of(self, other: &Self) -> Self {
        let tracks = other.tracks.as_ref().map(|t| Tracks { links: t.links.clone(), seconds: VecDeque::new() });
        Self { past: other.past.clone(), before: other.before.clone(), tracks, ..self }
    }

    /// The simulation, one step ahead of what is shown.
    pub fn simulation(&self) -> &Simulation {
        &self.simulation
    }

    /// The plans that it plays.
    pub fn programme(&self) -> &Programme {
        &self.programme
    }

    /// What is known of it up to the latest second that it has reached.
    pub fn past(&self) -> &Past {
        &self.past
    }

    /// The sums now.
    pub fn sums(&self) -> Sums {
        Sums::of(&self.simulation)
    }

    /// Makes a step.
    pub(crate) fn step(&mut self) {
        self.seen = false;
        self.simulation.step();
        if !self.simulation.step_size().begins_second(self.simulation.tick()) {
            return;
        }
        self.past.note(&self.simulation);
        if let Some(tracks) = &mut self.tracks {
            tracks.note(&self.simulation);
        }
    }

    /// Makes some steps and looks at the states before and after them: at the vehicles of some links, or at all.
    pub(crate) fn step_and_look(&mut self, steps: u32, links: Option<&Links>) {
        if self.seen {
            // What was after the last step is before this one.
            std::mem::swap(&mut self.before, &mut self.after);
        } else {
            self.simulation.look(&mut self.before, links);
        }
        for _ in 0..steps {
            if !self.simulation.is_over() {
                self.step();
            }
        }
        self.look(links);
    }

    fn look(&mut self, links: Option<&Links>) {
        self.simulation.look(&mut self.after, links);
        self.seen = true;
        self.rows.fill(NO_ROW);
        for (row, vehicle) in self.before.vehicles.iter().enumerate() {
            let place = vehicle.vehicle.index();
            if place >= self.rows.len() {
                self.rows.resize(place + 1, NO_ROW);
            }
            self.rows[place] = row as u32;
        }
    }

    /// Looks again at the state after the step, at the vehicles of other links.
    pub(crate) fn look_again(&mut self, links: Option<&Links>) {
        if self.seen {
            self.simulation.look(&mut self.after, links);
        }
    }

    /// Shows the state it is in, whole.
    pub(crate) fn stand(&mut self) {
        self.simulation.look(&mut self.before, None);
        self.look(None);
    }

    /// Goes to the saved state from which a second of the day is reached soonest; nowhere when the run is nearer already.
    pub(crate) fn approach(&mut self, second: f64) {
        let now = self.simulation.now();
        let back = if self.tracks.is_some() && (second < now || second > now + 30.0) { f64::from(TRACKED) } else { 0.0 };
        let aim = (second - back).max(f64::from(self.past.start()));
        let Some((at, state)) = self.past.state_before(aim) else { return };
        if now <= second && f64::from(at) <= now {
            return;
        }
        self.seen = false;
        self.simulation.restore(state).expect("a saved state belongs to its run");
        if let Some(tracks) = &mut self.tracks {
            tracks.seconds.clear();
        }
    }

    /// Plays other plans, and has other roadworks, where that makes a difference from a second of the day on; what was after it
    /// is forgotten.
    pub(crate) fn replan(&mut self, from: u32, changes: Vec<crate::programme::Change>, works: &[Roadwork]) {
        self.programme.set(changes);
        self.simulation.set_roadworks(works);
        self.past.forget_from(from);
        if self.simulation.now() > f64::from(from)
            && let Some((_, state)) = self.past.state_before(f64::from(from))
        {
            self.seen = false;
            self.simulation.restore(state).expect("a saved state belongs to its run");
            if let Some(tracks) = &mut self.tracks {
                tracks.seconds.retain(|(at, _)| *at <= self.simulation.now());
            }
        }
    }

    /// From now on keeps where vehicles are on some links; no longer with `None`.
    pub(crate) fn track(&mut self, links: Option<Links>) {
        self.tracks = links.map(|links| Tracks { links, seconds: VecDeque::new() });
    }

    /// Whether these links are tracked.
    pub(crate) fn tracks(&self, links: Option<&Links>) -> bool {
        self.tracks.as_ref().map(|t| &t.links) == links
    }

    /// Where vehicles were on the tracked links, second by second.
    pub(crate) fn tracked(&self) -> impl Iterator<Item = &(f64, Vec<DrawnVehicle>)> {
        self.tracks.iter().flat_map(|t| &t.seconds)
    }

    /// A vehicle a share of the step on from where it was; where it will be, when it was not there or not looked at.
    pub(crate) fn between(&self, vehicle: &DrawnVehicle, share: f64) -> DrawnVehicle {
        let row = self.rows.get(vehicle.vehicle.index()).copied().unwrap_or(NO_ROW);
        let Some(old) = self.before.vehicles.get(row as usize) else { return *vehicle };
        let part = |from: f64, to: f64| from + (to - from) * share;
        DrawnVehicle {
            centre: old.centre.lerp(vehicle.centre, share),
            front: old.front.lerp(vehicle.front, share),
            heading: (part(old.heading.0, vehicle.heading.0), part(old.heading.1, vehicle.heading.1)),
            ..*vehicle
        }
    }
}

impl Tracks {
    fn note(&mut self, run: &Simulation) {
        let mut frame = Frame::default();
        run.look(&mut frame, Some(&self.links));
        self.seconds.retain(|(at, _)| *at < run.now());
        self.seconds.push_back((run.now(), frame.vehicles));
        while self.seconds.len() > TRACKED as usize {
            self.seconds.pop_front();
        }
    }
}
