//! The plans that a run plays, which may change while it runs: the controller of the window.

use model::control::{Controller, View, Wish};
use model::id::{GroupId, IdVec, SignalId};
use model::scenario::PlanSet;
use model::time::DaySecond;
use std::sync::{Arc, PoisonError, RwLock};

/// From a second of the day on, these plans are played.
#[derive(Debug, Clone)]
pub struct Change {
    /// The first second at which they decide.
    pub from: DaySecond,
    /// The plans.
    pub plans: Arc<PlanSet>,
}

/// Plans in the order of the times from which they are played.
///
/// Two handles to one programme share it: the window keeps one, the controller of the simulation the other. What is asked for at
/// a second depends on the second alone, so a run that goes back plays the same plans again. Whatever changes, the guards of
/// the signals stand between the wish and the street.
#[derive(Debug, Clone, Default)]
pub struct Programme(Arc<RwLock<Vec<Change>>>);

impl Programme {
    /// Plays one plan all the time; nothing without one.
    pub fn new(plan: Option<&PlanSet>) -> Self {
        let first = plan.map(|p| Change { from: DaySecond(0), plans: Arc::new(p.clone()) });
        Self(Arc::new(RwLock::new(first.into_iter().collect())))
    }

    /// A controller that plays it.
    pub fn controller(&self) -> Box<dyn Controller> {
        Box::new(Plays(self.clone()))
    }

    /// The plans that are played at a second of the day.
    pub fn at(&self, second: DaySecond) -> Option<Arc<PlanSet>> {
        let changes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        changes.iter().rev().find(|c| c.from <= second).map(|c| Arc::clone(&c.plans))
    }

    /// Its changes.
    pub fn changes(&self) -> Vec<Change> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Plays other changes from now on.
    pub fn set(&self, changes: Vec<Change>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = changes;
    }
}

/// The controller of a programme.
struct Plays(Programme);

impl Controller for Plays {
    fn name(&self) -> &'static str {
        "fixed"
    }

    fn decide(&mut self, signal: SignalId, view: &View<'_>, wishes: &mut IdVec<GroupId, Wish>) {
        if let Some(plans) = self.0.at(view.now) {
            plans.plans[signal].wishes(view.now, wishes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy;

    #[test]
    fn the_latest_change_that_has_come_is_played() {
        let scenario = toy::scenario();
        let first = scenario.plan(None).unwrap();
        let programme = Programme::new(Some(first));
        let mut changes = programme.changes();
        let later = PlanSet { name: "later".into(), ..first.clone() };
        changes.push(Change { from: DaySecond(500), plans: Arc::new(later) });
        programme.clone().set(changes);
        let name = |second| programme.at(DaySecond(second)).unwrap().name.clone();
        assert_eq!([name(0), name(499), name(500), name(90_000)], ["fixed", "fixed", "later", "later"]);
        assert!(Programme::new(None).at(DaySecond(5)).is_none());
    }
}
