//! One clock and the worlds that keep to it: run, paused, stepped, taken back, at a chosen rate.
//!
//! The player is told how much time has gone by and never reads a clock. How frames fall decides only when a step is
//! made, never what it does: after as many steps the run is bit for bit the headless one, whichever way it came there.

use crate::programme::{Change, Programme};
use crate::world::World;
use model::id::{GroupId, IdVec, LinkId, SignalId};
use model::roadworks::Roadwork;
use model::signal::Aspect;
use sim::{DrawnPerson, DrawnVehicle, Simulation};

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

/// Plays one world, or two that keep to one clock.
///
/// A world runs a step ahead of what it shows, or a second where it is seen from afar, so that there is always a step to interpolate in. The interpolation is for
/// drawing only and never enters the simulation.
pub struct Player {
    /// The world with the edits, and beside it the one without, once they differ.
    worlds: Vec<World>,
    /// Which of them is shown.
    shown: usize,
    rate: Rate,
    running: bool,
    /// Simulated seconds that have been earned and not yet been stepped.
    owed: f64,
    /// The second of the day that all worlds are on their way to, and the one at which they set out.
    goal: Option<(f64, f64)>,
    /// Whether the quality of service is observed.
    observes: bool,
    /// The links whose vehicles are looked at while it runs; all of them with `None`.
    sight: Option<IdVec<LinkId, bool>>,
    /// Whether vehicles are looked at once a second only.
    from_afar: bool,
}

/// What is seen at one moment.
#[derive(Debug, Clone)]
pub struct Moment<'a> {
    /// Seconds of the day.
    pub now: f64,
    /// Every moving vehicle that is looked at, where it is at this moment.
    pub vehicles: Vec<DrawnVehicle>,
    /// Everyone on foot, where the step leaves them.
    pub people: &'a [DrawnPerson],
    /// What every signal group shows.
    pub shown: &'a IdVec<SignalId, IdVec<GroupId, Aspect>>,
}

impl Player {
    /// A paused player at the first second of a simulation whose plans stay what they are.
    pub fn new(simulation: Simulation) -> Self {
        Self::of(World::new(simulation, Programme::default()))
    }

    /// A paused player of a world.
    pub fn of(world: World) -> Self {
        let worlds = vec![world];
        let mut player = Self {
            worlds,
            shown: 0,
            rate: Rate::default(),
            running: false,
            owed: 0.0,
            goal: None,
            observes: false,
            sight: None,
            from_afar: false,
        };
        player.step();
        player
    }

    /// The world that is shown.
    pub fn world(&self) -> &World {
        &self.worlds[self.shown]
    }

    /// The world with the edits.
    pub fn edited(&self) -> &World {
        &self.worlds[0]
    }

    /// The world without the edits; the only one where there are none.
    pub fn original(&self) -> &World {
        &self.worlds[self.worlds.len() - 1]
    }

    /// Whether there are two worlds.
    pub fn is_comparing(&self) -> bool {
        self.worlds.len() > 1
    }

    /// Whether the world without the edits is shown while there is another one.
    pub fn shows_original(&self) -> bool {
        self.shown > 0
    }

    /// Shows the other world.
    pub fn swap(&mut self) {
        self.shown = (self.shown + 1) % self.worlds.len();
    }

    /// The simulation that is shown, one step ahead.
    pub fn simulation(&self) -> &Simulation {
        self.world().simulation()
    }

    /// Adds a world beside the one there is, made of a run of the same scenario: the same up to now, with plans of its own to come.
    pub fn branch(&mut self, fresh: World) {
        if !self.is_comparing() {
            let mut fresh = fresh;
            if self.observes {
                fresh.observe();
            }
            let mut edited = fresh.with_past_of(&self.worlds[0]);
            edited.approach(self.worlds[0].simulation().now());
            self.worlds.insert(0, edited);
            self.shown = 0;
        }
    }

    /// Gives up the world with the edits.
    pub fn merge(&mut self) {
        if self.is_comparing() {
            self.worlds.remove(0);
            self.shown = 0;
        }
    }

    /// Plays other plans in the world with the edits, and has other roadworks there; they differ from what there was from a second
    /// of the day on.
    pub fn replan(&mut self, from: u32, changes: Vec<Change>, works: &[Roadwork]) {
        let now = self.now();
        self.worlds[0].replan(from, changes, works);
        self.seek(now);
    }

    /// Observes the quality of service from now on: everything is run again with it up to the moment that is shown. It makes a
    /// step a third slower, so it is done only where it is asked for.
    pub fn observe(&mut self) {
        if self.observes {
            return;
        }
        self.observes = true;
        let now = self.now();
        self.worlds.iter_mut().for_each(World::observe);
        self.seek(now);
    }

    /// Keeps where vehicles are on some links, for time-space diagrams; no longer with `None`.
    pub fn track(&mut self, links: Option<&IdVec<LinkId, bool>>) {
        if self.worlds.iter().all(|w| w.tracks(links)) {
            return;
        }
        for world in &mut self.worlds {
            world.track(links.cloned());
            // What came before is run again, so that there are lines at once.
            if links.is_some() && self.goal.is_none() {
                let now = world.simulation().now();
                world.approach(now - 1.0);
            }
        }
        if links.is_some() && self.goal.is_none() {
            self.goal = Some((self.now(), self.slowest()));
        }
    }

    /// From now on, while it runs, looks only at the vehicles of some links and of the movements that leave them; at all with
    /// `None`. A moment that is gone to is always seen whole. What comes into sight in the middle of a step is where it will be at
    /// its end.
    pub fn see(&mut self, links: Option<IdVec<LinkId, bool>>) {
        self.sight = links;
        let links = self.sight.as_ref();
        self.worlds.iter_mut().for_each(|w| w.look_again(links));
    }

    /// From now on, while it runs, looks at vehicles once every whole second and draws what is between: from far away nobody sees
    /// more. What signals show is still that of the second.
    pub fn see_from_afar(&mut self, from_afar: bool) {
        self.from_afar = from_afar;
    }

    /// Whether vehicles are looked at once a second only.
    pub fn sees_from_afar(&self) -> bool {
        self.from_afar
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
        self.worlds.iter().all(|w| w.simulation().is_over())
    }

    /// Lets a span of time go by, in seconds, if running or on the way to a moment.
    ///
    /// `may_step` is asked before each further step and may say no, so that a picture is drawn in time; what is owed
    /// then is forgotten, and the run is slower than its rate. At least one step is made whenever one is owed.
    pub fn advance(&mut self, elapsed_s: f64, mut may_step: impl FnMut() -> bool) {
        if self.goal.is_some() {
            return self.hurry(may_step);
        }
        if !self.running || !elapsed_s.is_finite() || elapsed_s < 0.0 {
            return;
        }
        // What is owed beyond what is shown.
        let mut beyond = match self.rate.factor() {
            Some(factor) => {
                self.owed += elapsed_s * factor;
                self.owed - self.shown_s()
            }
            None => f64::INFINITY,
        };
        while beyond >= 0.0 && !self.is_over() {
            let stride = self.stride();
            let next = f64::from(stride) * self.step_s();
            if beyond < next || !may_step() {
                let links = self.sight.as_ref();
                self.worlds.iter_mut().for_each(|w| w.step_and_look(stride, links));
                self.owed = if beyond.is_finite() { beyond.min(next) } else { 0.0 };
                break;
            }
            (0..stride).for_each(|_| self.worlds.iter_mut().for_each(World::step));
            beyond -= next;
        }
        if self.is_over() {
            self.stop();
        }
    }

    /// How many steps are made from one look to the next while it runs; from afar those that are left of the second.
    fn stride(&self) -> u32 {
        let (simulation, seldom) = (self.worlds[0].simulation(), self.from_afar && self.rate != Rate::Max);
        let in_a_second = simulation.step_size().per_second();
        if seldom { in_a_second - (simulation.tick().0 % u64::from(in_a_second)) as u32 } else { 1 }
    }

    /// Steps every world that is behind the goal, the last one first, until all are there or time is up.
    fn hurry(&mut self, mut may_step: impl FnMut() -> bool) {
        let Some((goal, _)) = self.goal else { return };
        loop {
            let behind = self.worlds.iter_mut().filter(|w| w.simulation().now() < goal && !w.simulation().is_over());
            match behind.min_by(|a, b| a.simulation().now().total_cmp(&b.simulation().now())) {
                Some(world) => world.step(),
                None => break,
            }
            if !may_step() {
                return;
            }
        }
        self.arrive();
    }

    /// All worlds are where they were to go.
    fn arrive(&mut self) {
        self.goal = None;
        self.owed = 0.0;
        if self.is_over() {
            self.worlds.iter_mut().for_each(World::stand);
            self.stop();
        } else {
            self.worlds.iter_mut().for_each(|w| w.step_and_look(1, None));
        }
    }

    /// Goes on by one step, shown whole.
    pub fn step(&mut self) {
        if self.is_over() {
            return self.stop();
        }
        self.worlds.iter_mut().for_each(|w| w.step_and_look(1, None));
        self.owed = 0.0;
    }

    /// Sets out for a second of the day, later or earlier than what is shown: from the nearest saved state, so that what is seen
    /// there is what was, or would have been, seen on the way. [`Player::advance`] goes there.
    pub fn seek(&mut self, second: f64) {
        let simulation = self.worlds[0].simulation();
        let step = self.step_s();
        let start = f64::from(self.worlds[0].past().start());
        let steps = ((second - start) / step - 1e-9).ceil().max(0.0);
        let goal = (start + steps * step).min(simulation.end_s());
        self.worlds.iter_mut().for_each(|w| w.approach(goal));
        self.goal = Some((goal, self.slowest()));
    }

    fn slowest(&self) -> f64 {
        self.worlds.iter().map(|w| w.simulation().now()).fold(f64::INFINITY, f64::min)
    }

    /// How much of the way to a moment lies behind, 0 to 1; `None` when it is on the way to none.
    pub fn progress(&self) -> Option<f64> {
        let (goal, from) = self.goal?;
        Some(if goal > from { ((self.slowest() - from) / (goal - from)).clamp(0.0, 1.0) } else { 1.0 })
    }

    /// Gives up the way to a moment and stays at the moment that the slowest world has reached.
    pub fn give_up(&mut self) {
        if self.goal.is_some() {
            self.running = false;
            self.seek(self.slowest());
            self.hurry(|| true);
        }
    }

    /// Goes to a second of the day, later or earlier, at once.
    pub fn go_to(&mut self, second: f64) {
        self.seek(second);
        self.arrive_at_once();
    }

    /// Goes the rest of the way to where it is going.
    pub fn arrive_at_once(&mut self) {
        self.hurry(|| true);
    }

    /// Goes on until a second of the day is what is shown, or to the end. Never goes back.
    pub fn run_to(&mut self, second: f64) {
        if second > self.now() {
            self.go_to(second);
        }
    }

    /// What every signal group shows now.
    pub fn aspects(&self) -> &IdVec<SignalId, IdVec<GroupId, Aspect>> {
        &self.world().after.shown
    }

    /// The moment that is seen now, in seconds of the day.
    pub fn now(&self) -> f64 {
        let world = self.world();
        world.before.now + (world.after.now - world.before.now) * self.share()
    }

    /// What is seen now.
    pub fn shown(&self) -> Moment<'_> {
        self.moment(self.world())
    }

    /// What is seen now in one of the worlds.
    pub fn moment<'a>(&self, world: &'a World) -> Moment<'a> {
        let (people, shown) = (&world.after.people, &world.after.shown);
        Moment { now: self.now(), vehicles: self.vehicles(world).collect(), people, shown }
    }

    /// The vehicles of a world that are looked at, where they are at this moment.
    pub(crate) fn vehicles<'a>(&self, world: &'a World) -> impl Iterator<Item = DrawnVehicle> + use<'a> {
        let share = self.share();
        world.after.vehicles.iter().map(move |v| world.between(v, share))
    }

    /// How much of what is shown has gone by.
    fn share(&self) -> f64 {
        (self.owed / self.shown_s()).clamp(0.0, 1.0)
    }

    /// How long what is shown lasts, in seconds: a step, or what was looked at from afar.
    fn shown_s(&self) -> f64 {
        let world = &self.worlds[0];
        (world.after.now - world.before.now).max(self.step_s())
    }

    fn step_s(&self) -> f64 {
        self.worlds[0].simulation().step_size().span().get()
    }

    /// At the end the last state is shown whole.
    fn stop(&mut self) {
        self.running = false;
        self.owed = self.shown_s();
    }
}
