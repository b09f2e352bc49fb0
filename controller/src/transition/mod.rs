//! From one plan of a signal to another: cycles in between that bring it into step.
//!
//! A signal leaves the old plan where both plans show the same stage. From there it plays the new plan with stages of
//! other lengths, cycle after cycle, until it is where the new plan is by the common clock. Only the lengths of stages
//! change; what lies between them, late and early greens among it, is that of the new plan.
//!
//! | method | cycles in between |
//! |---|---|
//! | dwell | the first stage lasts until the offset fits: one long cycle |
//! | add | longer ones, seconds shared in proportion to the stages, by a fifth of the cycle at most in each |
//! | shortway | longer or shorter ones, whichever is less to change, by a fifth at most |
//! | quadratic | up to three whose stages deviate least, as the sum of squared relative deviations |
//!
//! All take three at most. Where a fifth in each does not suffice, which lengthening by more than three fifths of a cycle
//! needs, the cycles are lengthened by a third at most. The fifth is assumed; usual figures are 10 to 25 %.
//!
//! Source: NTCIP 1202 v02, coordCorrectionMode, for dwell, shortway and add (there addOnly), and shortAlarmStatus for the
//! three cycles after which a signal has to be in step.
//!
//! What each costs, means over 2280 transitions of the signals of `scenarios/dortmund-wall`, between random plans of their
//! stages and the scenario's own, at random seconds:
//!
//! | method | cycles | greens longer or shorter, s | squared deviation | until in step, s | longest cycle, new ones |
//! |---|---|---|---|---|---|
//! | dwell | 0.99 | 159 | 10.809 | 122 | 1.99 |
//! | add | 2.37 | 173 | 1.149 | 224 | 1.34 |
//! | shortway | 1.77 | 86 | 0.365 | 144 | 1.26 |
//! | quadratic | 2.65 | 58 | 0.135 | 232 | 1.22 |
//!
//! Seconds of green are summed over groups and cycles; the squared deviation over stages and cycles; until in step counts
//! from the switching time, so the wait for the moment to leave is in it; the longest cycle is the longest of all. Quadratic
//! disturbs least, shortway is in step sooner. Made by
//! `AMPEL_CASES=120 cargo test -p controller --test transitions wall -- --nocapture`.

mod checked;
mod shares;
mod staged;

pub use checked::{Transition, TransitionCycle, TransitionDraft, TransitionFault};

use model::control::Wish;
use model::id::{GroupId, IdVec};
use model::signal::{Aspect, Guard, SafePlan, Signal, TransitionMethod};
use model::time::{DaySecond, Seconds};
use shares::{Cycles, Stages};
use staged::Staged;
use thiserror::Error;

/// Why a signal does not get from one plan to another.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TransitionError {
    /// The cycles in between would be longer than plans may be.
    #[error("with a cycle of {cycle} the new plan cannot be reached in three cycles of at most 600 s")]
    NoRoom {
        /// The new plan's cycle.
        cycle: Seconds,
    },
    /// Wherever the old plan is left, a rule is broken.
    #[error("no second of the old plan leads to the new one without breaking a rule; of the last one tried: {fault}")]
    NoSeam {
        /// What the last one tried breaks.
        fault: TransitionFault,
    },
    /// No second of the old plan can be followed by any of the new one.
    #[error("no second of the old plan can be followed by one of the new plan without breaking a rule")]
    NothingFits,
}

/// Two plans of a signal, and what has to be known of them to get from one to the other at any time.
#[derive(Debug, Clone)]
pub struct PlanChange<'a> {
    signal: &'a Signal,
    from: &'a SafePlan,
    to: &'a SafePlan,
    old: Staged,
    new: Staged,
    /// Durations below which no stage of the new plan may go.
    shortest: Vec<u16>,
}

/// Where the old plan is left and the new one entered.
#[derive(Debug, Clone, Copy)]
struct Seam {
    /// Seconds for which the old plan goes on.
    wait: usize,
    /// Second of the new plan that follows.
    enter: usize,
}

impl<'a> PlanChange<'a> {
    /// Looks at both plans.
    pub fn new(signal: &'a Signal, from: &'a SafePlan, to: &'a SafePlan) -> Self {
        let (old, new) = (Staged::of(from), Staged::of(to));
        let shortest = new.shortest(signal);
        Self { signal, from, to, old, new, shortest }
    }

    /// The way from the old plan, which may be left from `start` on, to the new one.
    ///
    /// The old plan is left within one of its cycles, and the new one runs in step at most three cycles later. It is left
    /// where the first stage that both show begins, or ends where that does not do; the quadratic method takes the
    /// stage from which it deviates least. Where the plans share no stage, any second of one is taken that any of the
    /// other can follow.
    ///
    /// # Errors
    /// When nothing leads from one to the other within the rules.
    pub fn transition(&self, method: TransitionMethod, start: DaySecond) -> Result<Transition, TransitionError> {
        let own = self.search(method, start);
        if method != TransitionMethod::Quadratic {
            return own;
        }
        // What shortway finds is a point of the programme too, and may be kept where the optimum breaks a rule at a seam.
        let shortway = self.search(TransitionMethod::Shortway, start).map(|t| t.named(method));
        match (own, shortway) {
            (Ok(own), Ok(other)) if other.squared_deviation() < own.squared_deviation() => Ok(other),
            (Err(_), other @ Ok(_)) => other,
            (own, _) => own,
        }
    }

    fn search(&self, method: TransitionMethod, start: DaySecond) -> Result<Transition, TransitionError> {
        let mut fault = None;
        for at_end in [false, true] {
            let mut seams = self.stage_seams(start, at_end);
            if method == TransitionMethod::Quadratic {
                let cost = |seam: &Seam| self.cycles(method, start, *seam).map_or(f64::INFINITY, |c| self.stages().cost(&c));
                seams.sort_by(|a, b| cost(a).total_cmp(&cost(b)));
            }
            for seam in seams {
                match self.attempt(method, start, seam)? {
                    Ok(transition) => return Ok(transition),
                    Err(broken) => fault = Some(broken),
                }
            }
        }
        for seam in self.other_seams(start) {
            match self.attempt(method, start, seam)? {
                Ok(transition) => return Ok(transition),
                Err(broken) => fault = Some(broken),
            }
        }
        Err(fault.map_or(TransitionError::NothingFits, |fault| TransitionError::NoSeam { fault }))
    }

    fn stages(&self) -> Stages<'_> {
        let first = self.signal.stages.first().map_or(&[][..], |s| &s.greens);
        Stages {
            durations: &self.new.durations,
            shortest: &self.shortest,
            cycle: self.to.cycle().0.into(),
            rest: self.new.most_like(first),
        }
    }

    /// The durations of the cycles in between, in the order of the plan's stages; `None` where there is no room for them.
    fn cycles(&self, method: TransitionMethod, start: DaySecond, seam: Seam) -> Option<Cycles> {
        let then = DaySecond(start.0 + seam.wait as u32).in_cycle(self.to.cycle(), self.to.offset());
        let late = (seam.enter + self.new.cycle() - then.index()) % self.new.cycle();
        self.stages().cycles(method, (late as u32).cast_signed())
    }

    fn attempt(
        &self,
        method: TransitionMethod,
        start: DaySecond,
        seam: Seam,
    ) -> Result<Result<Transition, TransitionFault>, TransitionError> {
        let cycles = self.cycles(method, start, seam).ok_or(TransitionError::NoRoom { cycle: self.to.cycle() })?;
        let cycles = cycles.iter().map(|x| self.new.stretched(x, seam.enter)).collect();
        let draft = TransitionDraft { method, start, wait: Seconds(seam.wait as u16), cycles };
        Ok(draft.check(self.signal, self.from, self.to))
    }

    /// How long it is from a second of the day to a second of the old plan's cycle.
    fn wait(&self, start: DaySecond, second: usize) -> usize {
        let cycle = self.old.cycle();
        (second + cycle - start.in_cycle(self.from.cycle(), self.from.offset()).index()) % cycle
    }

    /// Where both plans show the same stage, at its first or its last second, the earliest first.
    fn stage_seams(&self, start: DaySecond, at_end: bool) -> Vec<Seam> {
        let mut seams = Vec::new();
        for i in 0..self.old.begins.len() {
            for k in (0..self.new.begins.len()).filter(|&k| self.old.shows(i, &self.new, k)) {
                let second = |staged: &Staged, k: usize| if at_end { staged.last(k) } else { staged.begins[k] };
                seams.push(Seam { wait: self.wait(start, second(&self.old, i)), enter: second(&self.new, k) });
            }
        }
        seams.sort_by_key(|s| (s.wait, s.enter));
        seams
    }

    /// For each second of the old plan the first second of the new one that can follow it, the earliest first.
    fn other_seams(&self, start: DaySecond) -> impl Iterator<Item = Seam> {
        (0..self.old.cycle()).filter_map(move |wait| {
            let leave = DaySecond(start.0 + wait as u32);
            (0..self.new.cycle()).find(|&enter| self.follows(leave, enter)).map(|enter| Seam { wait, enter })
        })
    }

    /// Whether the old plan can be left for a second of the new one: the guard then shows the greens of a whole cycle.
    fn follows(&self, leave: DaySecond, enter: usize) -> bool {
        let before = DaySecond(leave.0 + self.old.cycle() as u32 - 1);
        let mut guard = Guard::playing(self.signal, self.from, before);
        let mut wishes = IdVec::from_fn(self.signal.groups.len(), |_: GroupId| Wish::default());
        let first = u32::from(self.to.offset().0) + enter as u32;
        (first..first + self.new.cycle() as u32).map(DaySecond).all(|second| {
            self.to.wishes(second, &mut wishes);
            guard.step(self.signal, &wishes);
            let is_green = |aspect| aspect == Aspect::Green;
            self.signal.groups.ids().all(|g| is_green(guard.aspect(g)) == is_green(self.to.aspect_at(g, second)))
        })
    }
}
