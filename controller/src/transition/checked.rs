//! The check that alone makes a [`Transition`].

use super::shares::{MOST_CYCLES, squared_deviation};
use super::staged::Staged;
use model::control::Wish;
use model::id::{GroupId, Id, IdVec};
use model::signal::{Aspect, Guard, PlanFault, SafePlan, Signal, SignalGroup, SignalPlan, TransitionMethod};
use model::time::{DaySecond, Seconds};
use thiserror::Error;

/// Cycles that are to lead from one plan to another, unchecked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitionDraft {
    /// The method that they follow.
    pub method: TransitionMethod,
    /// From when on the signal may leave the old plan.
    pub start: DaySecond,
    /// How long it goes on with the old plan until the first cycle begins.
    pub wait: Seconds,
    /// Plans of which each runs for one cycle, from its second 0; their offsets say nothing. The new plan follows, wherever
    /// it is then by the common clock.
    pub cycles: Vec<SignalPlan>,
}

/// Why cycles do not lead from one plan to another.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TransitionFault {
    /// There are more than three.
    #[error("the transition takes {actual} cycles, allowed are {MOST_CYCLES}")]
    TooManyCycles {
        /// Cycles.
        actual: usize,
    },
    /// The new plan is none of this signal.
    #[error("the new plan is not safe for the signal: {fault}")]
    UnsafePlan {
        /// The first rule that it breaks.
        fault: PlanFault,
    },
    /// One of them breaks a rule by itself.
    #[error("cycle {cycle} of the transition is unsafe: {fault}")]
    UnsafeCycle {
        /// Counted from 1.
        cycle: usize,
        /// The first rule that it breaks.
        fault: PlanFault,
    },
    /// One of them does not go through the stages of the new plan.
    #[error("cycle {cycle} of the transition shows {actual} stages, but the new plan {required}")]
    OtherStages {
        /// Counted from 1.
        cycle: usize,
        /// Stages of the cycle.
        actual: usize,
        /// Stages of the new plan.
        required: usize,
    },
    /// Where two cycles meet, or one and a plan, a rule is broken.
    #[error("at {at} {group} would show {wanted:?}, but by the rules of its signal it shows {shown:?}")]
    Refused {
        /// The second of the day.
        at: DaySecond,
        /// The group.
        group: String,
        /// What the cycles say.
        wanted: Aspect,
        /// What the guard shows.
        shown: Aspect,
    },
}

/// One cycle between two plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitionCycle {
    /// What it shows; by the clock it passes its second 0 at `begin`.
    pub plan: SafePlan,
    /// Its first second.
    pub begin: DaySecond,
    /// How long each stage lasts, in the order of the cycle.
    pub durations: Vec<Seconds>,
}

/// The way of a signal from one plan to another, second by second, safe in each of them. Only
/// [`TransitionDraft::check`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    method: TransitionMethod,
    start: DaySecond,
    leave: DaySecond,
    in_step: DaySecond,
    cycles: Vec<TransitionCycle>,
    /// How long the stages of the new plan last, in the order of the cycles.
    targets: Vec<Seconds>,
    from: SafePlan,
    to: SafePlan,
    /// From `start` to `in_step`: seconds by groups.
    film: Vec<(Aspect, Wish)>,
}

impl TransitionDraft {
    /// Holds the cycles against every rule of the signal, from the old plan to a whole cycle of the new one.
    ///
    /// Each cycle is checked as a plan of its own. Then all of it is played through the guard of the signal, which knows
    /// what the old plan has shown: where it would show anything else in any second, a rule is broken.
    ///
    /// # Errors
    /// The first fault.
    pub fn check(self, signal: &Signal, from: &SafePlan, to: &SafePlan) -> Result<Transition, TransitionFault> {
        if self.cycles.len() > usize::from(MOST_CYCLES) {
            return Err(TransitionFault::TooManyCycles { actual: self.cycles.len() });
        }
        let leave = DaySecond(self.start.0 + u32::from(self.wait.0));
        let length: u32 = self.cycles.iter().map(|c| u32::from(c.cycle.0)).sum();
        let in_step = DaySecond(leave.0 + length);
        let unsafe_plan = |mut faults: Vec<PlanFault>| TransitionFault::UnsafePlan { fault: faults.swap_remove(0) };
        let targets = durations(&turned(to, in_step).check(signal).map_err(unsafe_plan)?);
        let mut transition = Transition {
            method: self.method,
            start: self.start,
            leave,
            in_step,
            cycles: checked_cycles(self.cycles, signal, leave, &targets)?,
            targets,
            from: from.clone(),
            to: to.clone(),
            film: Vec::new(),
        };
        transition.film = transition.expose(signal);
        transition.play(signal)?;
        Ok(transition)
    }
}

/// A plan in whose second 0 that second stands which it passes at `now`.
fn turned(plan: &SafePlan, now: DaySecond) -> SignalPlan {
    let (second, cycle) = (u32::from(now.in_cycle(plan.cycle(), plan.offset()).0), u32::from(plan.cycle().0));
    let mut turned = plan.plan().clone();
    turned.greens.iter_mut().flatten().for_each(|g| g.start = Seconds(((u32::from(g.start.0) + cycle - second) % cycle) as u16));
    turned
}

/// How long each stage of a plan lasts.
fn durations(plan: &SafePlan) -> Vec<Seconds> {
    Staged::of(plan).durations.into_iter().map(Seconds).collect()
}

fn checked_cycles(
    plans: Vec<SignalPlan>,
    signal: &Signal,
    leave: DaySecond,
    targets: &[Seconds],
) -> Result<Vec<TransitionCycle>, TransitionFault> {
    let mut begin = leave;
    let mut cycles = Vec::new();
    for (i, plan) in plans.into_iter().enumerate() {
        let (cycle, number) = (plan.cycle, i + 1);
        let offset = Seconds((begin.0 % u32::from(cycle.0.max(1))) as u16);
        let unsafe_cycle =
            |mut faults: Vec<PlanFault>| TransitionFault::UnsafeCycle { cycle: number, fault: faults.swap_remove(0) };
        let plan = plan.with_offset(offset).check(signal).map_err(unsafe_cycle)?;
        let durations = durations(&plan);
        if durations.len() != targets.len() {
            let (actual, required) = (durations.len(), targets.len());
            return Err(TransitionFault::OtherStages { cycle: number, actual, required });
        }
        cycles.push(TransitionCycle { plan, begin, durations });
        begin = DaySecond(begin.0 + u32::from(cycle.0));
    }
    Ok(cycles)
}

impl Transition {
    /// The method that it follows.
    pub fn method(&self) -> TransitionMethod {
        self.method
    }

    /// The same, as found by another method.
    pub(super) fn named(self, method: TransitionMethod) -> Self {
        Self { method, ..self }
    }

    /// From when on the signal was free to leave the old plan.
    pub fn start(&self) -> DaySecond {
        self.start
    }

    /// When the first cycle in between begins; up to here the old plan runs.
    pub fn leave(&self) -> DaySecond {
        self.leave
    }

    /// The moment from which the new plan runs in step.
    pub fn in_step(&self) -> DaySecond {
        self.in_step
    }

    /// The cycles in between, at most three; none where the new plan follows at once.
    pub fn cycles(&self) -> &[TransitionCycle] {
        &self.cycles
    }

    /// How long the stages of the new plan last, in the order of the cycles.
    pub fn targets(&self) -> &[Seconds] {
        &self.targets
    }

    /// The plan that is left.
    pub fn from(&self) -> &SafePlan {
        &self.from
    }

    /// The plan that is reached.
    pub fn to(&self) -> &SafePlan {
        &self.to
    }

    /// Seconds by which greens are longer or shorter than in the new plan, over all groups and cycles in between.
    pub fn green_deviation(&self) -> u32 {
        let of = |plan: &SafePlan, group| plan.plan().green_time(group).0;
        let groups = || self.to.plan().greens.ids();
        let deviation = |c: &TransitionCycle| groups().map(|g| u32::from(of(&c.plan, g).abs_diff(of(&self.to, g)))).sum::<u32>();
        self.cycles.iter().map(deviation).sum()
    }

    /// Sum of squared relative deviations of the stages from those of the new plan, over the cycles in between.
    pub fn squared_deviation(&self) -> f64 {
        let plain = |durations: &[Seconds]| durations.iter().map(|d| d.0).collect::<Vec<u16>>();
        let targets = plain(&self.targets);
        self.cycles.iter().map(|c| squared_deviation(&plain(&c.durations), &targets)).sum()
    }

    /// The longest cycle in between as a share of the new plan's cycle; 1 where there is none.
    pub fn longest_cycle(&self) -> f64 {
        let longest = self.cycles.iter().map(|c| c.plan.cycle().0).max().unwrap_or(self.to.cycle().0);
        f64::from(longest) / f64::from(self.to.cycle().0)
    }

    /// What a group shows at a second of the day: before the transition by the old plan, after it by the new one.
    pub fn aspect_at(&self, group: GroupId, now: DaySecond) -> Aspect {
        match self.image(now) {
            Some(first) => self.film[first + group.index()].0,
            None => self.plan_at(now).aspect_at(group, now),
        }
    }

    /// What a controller asks for in the second that begins.
    pub fn wishes(&self, now: DaySecond, wishes: &mut IdVec<GroupId, Wish>) {
        match self.image(now) {
            Some(first) => wishes.iter_mut().zip(&self.film[first..]).for_each(|(wish, image)| *wish = image.1),
            None => self.plan_at(now).wishes(now, wishes),
        }
    }

    /// Where the images of a second begin in the film.
    fn image(&self, now: DaySecond) -> Option<usize> {
        (self.start <= now && now < self.in_step).then(|| (now.0 - self.start.0) as usize * self.to.plan().greens.len())
    }

    /// The plan or cycle that runs at a second.
    fn plan_at(&self, now: DaySecond) -> &SafePlan {
        if now < self.leave {
            return &self.from;
        }
        let running = self.cycles.iter().rev().find(|c| c.begin <= now);
        running.filter(|_| now < self.in_step).map_or(&self.to, |c| &c.plan)
    }

    /// What every group shows from `start` to `in_step`. Only greens are taken from the plans; ambers, red-ambers and how
    /// long a green lasts follow from those of all plans together.
    fn expose(&self, signal: &Signal) -> Vec<(Aspect, Wish)> {
        let seconds = (self.in_step.0 - self.start.0) as usize;
        let count = signal.groups.len();
        let mut film = vec![(Aspect::Red, Wish::default()); seconds * count];
        for (id, group) in signal.groups.enumerate() {
            // Whole cycles of the old plan before the start, so that no amber is forgotten.
            let cycle = u32::from(self.from.cycle().0);
            let before = (u32::from(group.amber.0) / cycle + 1) * cycle;
            let strip = images(&self.greens(id, before), group);
            for (second, &image) in strip.iter().skip(before as usize).take(seconds).enumerate() {
                film[second * count + id.index()] = image;
            }
        }
        film
    }

    /// In which seconds a group is green, from so many seconds of the old plan before `start` to two cycles after `in_step`.
    fn greens(&self, group: GroupId, before: u32) -> Vec<bool> {
        let end = self.in_step.0 + 2 * u32::from(self.to.cycle().0);
        let past = (0..before).map(|s| self.from.aspect_at(group, DaySecond(self.start.0 + s)));
        let coming = (self.start.0..end).map(|s| self.plan_at(DaySecond(s)).aspect_at(group, DaySecond(s)));
        past.chain(coming).map(|aspect| aspect == Aspect::Green).collect()
    }

    /// Plays all of it through the guard, up to a whole cycle of the new plan: from there on it is in step for ever.
    fn play(&self, signal: &Signal) -> Result<(), TransitionFault> {
        // The second before the start, a cycle later: midnight has none before it.
        let before = DaySecond(self.start.0 + u32::from(self.from.cycle().0) - 1);
        let mut guard = Guard::playing(signal, &self.from, before);
        let mut wishes = IdVec::from_fn(signal.groups.len(), |_: GroupId| Wish::default());
        for now in (self.start.0..self.in_step.0 + u32::from(self.to.cycle().0)).map(DaySecond) {
            self.wishes(now, &mut wishes);
            guard.step(signal, &wishes);
            for (id, group) in signal.groups.enumerate() {
                let (wanted, shown) = (self.aspect_at(id, now), guard.aspect(id));
                if wanted != shown {
                    return Err(TransitionFault::Refused { at: now, group: group.name.clone(), wanted, shown });
                }
            }
        }
        Ok(())
    }
}

/// What a group shows with these greens, and what is asked of it; one that lasts to the end lasts for ever.
fn images(greens: &[bool], group: &SignalGroup) -> Vec<(Aspect, Wish)> {
    let mut images = vec![(Aspect::Red, Wish::default()); greens.len()];
    // From behind: how far the next green is away, and its end.
    let (mut to_green, mut to_end): (u32, Option<u32>) = (u32::MAX, None);
    for (second, image) in images.iter_mut().enumerate().rev() {
        let is_last = greens[second] && to_green != 0;
        to_end = if is_last { (second + 1 < greens.len()).then_some(1) } else { to_end.map(|n| n + 1) };
        to_green = if greens[second] { 0 } else { to_green.saturating_add(1) };
        if to_green <= u32::from(group.red_amber.0) {
            let remaining = Seconds(to_end.map_or(u16::MAX, |n| n.min(u32::from(u16::MAX)) as u16));
            let aspect = if to_green == 0 { Aspect::Green } else { Aspect::RedAmber };
            *image = (aspect, Wish { green: true, remaining });
        }
    }
    // From the front: amber covers red-amber.
    let mut since_end = u32::MAX;
    for (image, &green) in images.iter_mut().zip(greens) {
        since_end = if green { 0 } else { since_end.saturating_add(1) };
        if (1..=u32::from(group.amber.0)).contains(&since_end) {
            *image = (Aspect::Amber, Wish::default());
        }
    }
    images
}
