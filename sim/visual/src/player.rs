//! A simulation that is played: run, paused, stepped, at a chosen rate.
//!
//! The player is told how much time has gone by and never reads a clock. How frames fall decides only when a step is
//! made, never what it does: after as many steps the run is bit for bit the headless one.

use model::id::{GroupId, IdVec, SignalId, VehicleId};
use model::signal::Aspect;
use sim::{DrawnPerson, DrawnVehicle, Frame, Simulation};
use std::f64::consts::{PI, TAU};

/// How fast simulated time goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Rate {
    /// As in the street.
    #[default]
    Real,
    /// Twice as fast.
    Twice,
    /// Five times as fast.
    Five,
    /// Ten times as fast.
    Ten,
    /// A minute a second.
    Sixty,
    /// As fast as the machine goes.
    Max,
}

impl Rate {
    /// Every rate, slowest first.
    pub const ALL: [Self; 6] = [Self::Real, Self::Twice, Self::Five, Self::Ten, Self::Sixty, Self::Max];

    /// Simulated seconds per second; `None` for as many as possible.
    pub const fn factor(self) -> Option<f64> {
        match self {
            Self::Real => Some(1.0),
            Self::Twice => Some(2.0),
            Self::Five => Some(5.0),
            Self::Ten => Some(10.0),
            Self::Sixty => Some(60.0),
            Self::Max => None,
        }
    }

    /// For people: `5×`, `max`.
    pub fn label(self) -> String {
        self.factor().map_or_else(|| "max".into(), |f| format!("{f:.0}×"))
    }

    fn neighbour(self, towards: isize) -> Self {
        let at = Self::ALL.iter().position(|&r| r == self).unwrap_or(0);
        Self::ALL[at.saturating_add_signed(towards).min(Self::ALL.len() - 1)]
    }
}

/// Plays a simulation.
///
/// It runs one step ahead of what it shows, so that there is always a step to interpolate in. The interpolation is for
/// drawing only and never enters the simulation.
pub struct Player {
    simulation: Simulation,
    rate: Rate,
    running: bool,
    /// Simulated seconds that have been earned and not yet been stepped.
    owed: f64,
    before: Frame,
    after: Frame,
    /// Rows of `before` by vehicle.
    rows: Vec<(VehicleId, usize)>,
}

/// What is seen at one moment.
#[derive(Debug, Clone)]
pub struct Moment<'a> {
    /// Seconds of the day.
    pub now: f64,
    /// Every moving vehicle, where it is at this moment.
    pub vehicles: Vec<DrawnVehicle>,
    /// Everyone on foot, where the step leaves them.
    pub people: &'a [DrawnPerson],
    /// What every signal group shows.
    pub shown: &'a IdVec<SignalId, IdVec<GroupId, Aspect>>,
}

impl Player {
    /// A paused player at the first second of a simulation.
    pub fn new(simulation: Simulation) -> Self {
        let start = simulation.frame();
        let mut player = Self {
            simulation,
            rate: Rate::default(),
            running: false,
            owed: 0.0,
            before: start.clone(),
            after: start,
            rows: Vec::new(),
        };
        player.step();
        player
    }

    /// The simulation, one step ahead of what is shown.
    pub fn simulation(&self) -> &Simulation {
        &self.simulation
    }

    /// Whether time goes by.
    pub fn is_running(&self) -> bool {
        self.running
    }

    /// Runs or pauses.
    pub fn set_running(&mut self, running: bool) {
        self.running = running && !self.is_over();
    }

    /// How fast it runs.
    pub fn rate(&self) -> Rate {
        self.rate
    }

    /// Changes how fast it runs.
    pub fn set_rate(&mut self, rate: Rate) {
        self.rate = rate;
    }

    /// The next faster rate.
    pub fn faster(&mut self) {
        self.rate = self.rate.neighbour(1);
    }

    /// The next slower rate.
    pub fn slower(&mut self) {
        self.rate = self.rate.neighbour(-1);
    }

    /// Whether the end of the scenario is reached.
    pub fn is_over(&self) -> bool {
        self.simulation.is_over()
    }

    /// Lets a span of time go by, in seconds, if running.
    ///
    /// `may_step` is asked before each further step and may say no, so that a picture is drawn in time; what is owed
    /// then is forgotten, and the run is slower than its rate. At least one step is made whenever one is owed.
    pub fn advance(&mut self, elapsed_s: f64, mut may_step: impl FnMut() -> bool) {
        if !self.running || !elapsed_s.is_finite() || elapsed_s < 0.0 {
            return;
        }
        let step = self.step_s();
        let due = match self.rate.factor() {
            Some(factor) => {
                self.owed += elapsed_s * factor;
                (self.owed / step).floor().max(0.0)
            }
            None => f64::INFINITY,
        };
        let mut made = 0.0;
        while made < due && !self.is_over() {
            let last = made + 1.0 >= due || !may_step();
            if last {
                self.before = self.simulation.frame();
            }
            self.simulation.step();
            made += 1.0;
            if last {
                break;
            }
        }
        self.owed = if self.rate == Rate::Max { 0.0 } else { (self.owed - made * step).clamp(0.0, step) };
        if made > 0.0 {
            self.look();
        }
        if self.is_over() {
            self.stop();
        }
    }

    /// Goes on by one step, shown whole.
    pub fn step(&mut self) {
        if self.is_over() {
            return self.stop();
        }
        self.before = self.simulation.frame();
        self.simulation.step();
        self.owed = 0.0;
        self.look();
    }

    /// Goes on by steps until a second of the day is what is shown, or to the end. Never goes back.
    pub fn run_to(&mut self, second: f64) {
        while self.before.now < second && !self.is_over() {
            self.step();
        }
        if self.before.now < second {
            self.stop();
        }
    }

    /// What every signal group shows now.
    pub fn aspects(&self) -> &IdVec<SignalId, IdVec<GroupId, Aspect>> {
        &self.after.shown
    }

    /// The moment that is seen now, in seconds of the day.
    pub fn now(&self) -> f64 {
        self.before.now + (self.after.now - self.before.now) * self.share()
    }

    /// What is seen now.
    pub fn shown(&self) -> Moment<'_> {
        let share = self.share();
        Moment {
            now: self.now(),
            vehicles: self.after.vehicles.iter().map(|v| self.between(v, share)).collect(),
            people: &self.after.people,
            shown: &self.after.shown,
        }
    }

    /// How much of the step from `before` to `after` has gone by.
    fn share(&self) -> f64 {
        (self.owed / self.step_s()).clamp(0.0, 1.0)
    }

    fn step_s(&self) -> f64 {
        self.simulation.step_size().span().get()
    }

    /// At the end the last state is shown whole.
    fn stop(&mut self) {
        self.running = false;
        self.owed = self.step_s();
    }

    fn look(&mut self) {
        self.after = self.simulation.frame();
        self.rows.clear();
        self.rows.extend(self.before.vehicles.iter().enumerate().map(|(row, v)| (v.vehicle, row)));
        self.rows.sort_unstable();
    }

    /// A vehicle a share of the step on from where it was; where it is, when it has only just entered.
    fn between(&self, vehicle: &DrawnVehicle, share: f64) -> DrawnVehicle {
        let Ok(found) = self.rows.binary_search_by_key(&vehicle.vehicle, |&(v, _)| v) else { return *vehicle };
        let old = &self.before.vehicles[self.rows[found].1];
        let turned = (vehicle.angle - old.angle + PI).rem_euclid(TAU) - PI;
        DrawnVehicle {
            centre: old.centre.lerp(vehicle.centre, share),
            front: old.front.lerp(vehicle.front, share),
            angle: old.angle + turned * share,
            ..*vehicle
        }
    }
}
