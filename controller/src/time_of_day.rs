//! Plans by the time of the day, with a transition from each to the next.

use crate::transition::{PlanChange, Transition, TransitionError};
use model::control::{Controller, View, Wish};
use model::id::{GroupId, IdVec, SignalId};
use model::scenario::PlanSet;
use model::signal::{Aspect, SafePlan, Signal, TransitionMethod};
use model::time::DaySecond;
use std::collections::BTreeMap;
use thiserror::Error;

/// Why a signal cannot follow a day plan.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("signal {signal}: from plan {from} to plan {to} at {at}: {error}")]
pub struct SwitchError {
    /// The signal.
    pub signal: String,
    /// The plan that runs.
    pub from: String,
    /// The plan that is to run.
    pub to: String,
    /// When.
    pub at: DaySecond,
    /// What stands in the way.
    pub error: TransitionError,
}

/// Plays plans by the time of the day (zeitplanabhängige Steuerung), and between two of them a [`Transition`] of each
/// signal.
///
/// All transitions are found and checked when it is made: in the run nothing can fail, and what it asks for follows from
/// the time alone, so there is no state to save.
#[derive(Debug, Clone)]
pub struct TimeOfDay {
    courses: IdVec<SignalId, Course>,
}

/// What one signal does.
#[derive(Debug, Clone)]
struct Course {
    first: SafePlan,
    /// In order of time; none begins before the one before has ended.
    transitions: Vec<Transition>,
}

impl TimeOfDay {
    /// Begins with a plan and switches to others, in order of time. A switch that comes while a transition still goes on
    /// begins a cycle after that has ended.
    ///
    /// # Errors
    /// Every switch that a signal cannot carry out within its rules.
    pub fn new(
        signals: &IdVec<SignalId, Signal>,
        first: &PlanSet,
        switches: &[(DaySecond, &PlanSet)],
        method: TransitionMethod,
    ) -> Result<Self, Vec<SwitchError>> {
        let mut errors = Vec::new();
        let courses = signals.enumerate().map(|(id, signal)| Course::new(signal, id, first, switches, method, &mut errors));
        let courses = courses.collect();
        if errors.is_empty() { Ok(Self { courses }) } else { Err(errors) }
    }

    /// The transitions of a signal, in order of time.
    pub fn transitions(&self, signal: SignalId) -> &[Transition] {
        &self.courses[signal].transitions
    }

    /// What a group of a signal shows at a second of the day.
    pub fn aspect_at(&self, signal: SignalId, group: GroupId, now: DaySecond) -> Aspect {
        let course = &self.courses[signal];
        course.running(now).map_or_else(|| course.first.aspect_at(group, now), |t| t.aspect_at(group, now))
    }
}

impl Course {
    fn new(
        signal: &Signal,
        id: SignalId,
        first: &PlanSet,
        switches: &[(DaySecond, &PlanSet)],
        method: TransitionMethod,
        errors: &mut Vec<SwitchError>,
    ) -> Self {
        let mut changes: BTreeMap<(&str, &str), PlanChange<'_>> = BTreeMap::new();
        let mut transitions: Vec<Transition> = Vec::new();
        let mut from = first;
        for &(at, to) in switches {
            let names = (from.name.as_str(), to.name.as_str());
            let change = changes.entry(names).or_insert_with(|| PlanChange::new(signal, &from.plans[id], &to.plans[id]));
            // A plan has to run for a cycle before it can be left: what it is held against is a plan that has been running.
            let settled = |t: &Transition| DaySecond(t.in_step().0 + u32::from(t.to().cycle().0));
            let start = transitions.last().map_or(at, |before| settled(before).max(at));
            match change.transition(method, start) {
                Ok(transition) => transitions.push(transition),
                Err(error) => {
                    let (from, to) = (from.name.clone(), to.name.clone());
                    errors.push(SwitchError { signal: signal.name.clone(), from, to, at, error });
                }
            }
            from = to;
        }
        Self { first: first.plans[id].clone(), transitions }
    }

    /// The latest transition that has begun.
    fn running(&self, now: DaySecond) -> Option<&Transition> {
        let begun = self.transitions.partition_point(|t| t.start() <= now);
        begun.checked_sub(1).map(|i| &self.transitions[i])
    }
}

impl Controller for TimeOfDay {
    fn name(&self) -> &'static str {
        "day-plan"
    }

    fn decide(&mut self, signal: SignalId, view: &View<'_>, wishes: &mut IdVec<GroupId, Wish>) {
        let course = &self.courses[signal];
        match course.running(view.now) {
            Some(transition) => transition.wishes(view.now, wishes),
            None => course.first.wishes(view.now, wishes),
        }
    }
}
