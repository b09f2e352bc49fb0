//! Which changes of plans and roadworks were made, and from when each holds: undo and redo.

use crate::programme::Change;
use bevy::ecs::resource::Resource;
use model::roadworks::Roadwork;
use model::scenario::PlanSet;
use model::time::DaySecond;
use std::sync::Arc;

/// A change that was made.
#[derive(Debug, Clone)]
pub struct Made {
    /// What it changes, for people.
    pub title: String,
    /// From which second of the day on its plans are played.
    pub from: u32,
    /// All plans with it; those before where it changes roadworks.
    pub plans: Arc<PlanSet>,
    /// All roadworks with it, where it changes any.
    pub works: Option<Arc<[Roadwork]>>,
}

/// The changes of a run, made and taken back.
#[derive(Debug, Clone, Default, Resource)]
pub struct History {
    made: Vec<Made>,
    /// How many of them hold.
    done: usize,
    /// How many of them held when the plan was last saved; 0 before, more than there are when that is no more to be had.
    saved: usize,
}

impl History {
    /// The changes that hold, in the order in which they were made.
    pub fn done(&self) -> &[Made] {
        &self.made[..self.done]
    }

    /// The change that would be taken back next.
    pub fn last(&self) -> Option<&Made> {
        self.done().last()
    }

    /// Whether changes hold that no file has.
    pub fn is_unsaved(&self) -> bool {
        self.done > 0 && self.done != self.saved
    }

    /// What holds now is in a file.
    pub(crate) fn note_saved(&mut self) {
        self.saved = self.done;
    }

    /// The change that would be made again next.
    pub fn next(&self) -> Option<&Made> {
        self.made.get(self.done)
    }

    /// The first second of the day at which any change that holds makes a difference.
    pub fn differs_from(&self) -> Option<u32> {
        self.done().iter().map(|m| m.from).min()
    }

    /// Adds a change; those that were taken back are forgotten.
    pub fn make(&mut self, made: Made) {
        if self.saved > self.done {
            self.saved = usize::MAX;
        }
        self.made.truncate(self.done);
        self.made.push(made);
        self.done += 1;
    }

    /// Takes the last change back; returns the second from which it held.
    pub fn undo(&mut self) -> Option<u32> {
        self.done = self.done.checked_sub(1)?;
        Some(self.made[self.done].from)
    }

    /// Makes a change again that was taken back; returns the second from which it holds.
    pub fn redo(&mut self) -> Option<u32> {
        let from = self.made.get(self.done)?.from;
        self.done += 1;
        Some(from)
    }

    /// Lets the last change of a plan hold from a second of the day on. Roadworks have times of their own.
    pub fn begin_at(&mut self, second: u32) {
        if let Some(last) = self.made[..self.done].iter_mut().rev().find(|m| m.works.is_none()) {
            last.from = second;
        }
    }

    /// The roadworks with every change that holds; `None` where none changes any.
    pub fn works(&self) -> Option<&Arc<[Roadwork]>> {
        self.done().iter().rev().find_map(|m| m.works.as_ref())
    }

    /// Whether any change that holds is one of a plan.
    pub fn changes_plans(&self) -> bool {
        self.done().iter().any(|m| m.works.is_none())
    }

    /// What is played: the plans without any change, then those of each change from its second on.
    pub fn changes(&self, original: &Arc<PlanSet>) -> Vec<Change> {
        let first = Change { from: DaySecond(0), plans: Arc::clone(original) };
        let plans = self.done().iter().filter(|m| m.works.is_none());
        let made = plans.map(|m| Change { from: DaySecond(m.from), plans: Arc::clone(&m.plans) });
        std::iter::once(first).chain(made).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy;

    #[test]
    fn what_is_undone_can_be_redone_until_something_else_is_made() {
        let scenario = toy::scenario();
        let original = Arc::new(scenario.plan(None).unwrap().clone());
        let made = |from| Made { title: String::new(), from, plans: Arc::clone(&original), works: None };
        let mut history = History::default();
        assert_eq!((history.undo(), history.redo()), (None, None));
        history.make(made(100));
        history.make(made(50));
        assert_eq!((history.differs_from(), history.changes(&original).len()), (Some(50), 3));
        assert_eq!((history.undo(), history.undo(), history.undo()), (Some(50), Some(100), None));
        assert_eq!(history.redo(), Some(100));
        history.make(made(70));
        assert_eq!((history.redo(), history.done().len()), (None, 2));
    }

    #[test]
    fn what_is_saved_is_unsaved_again_when_anything_changes() {
        let scenario = toy::scenario();
        let made = |title: &str| Made {
            title: title.into(),
            from: 0,
            plans: Arc::new(scenario.plan(None).unwrap().clone()),
            works: None,
        };
        let mut history = History::default();
        assert!(!history.is_unsaved());
        history.make(made("one"));
        history.make(made("two"));
        assert!(history.is_unsaved());
        history.note_saved();
        assert!(!history.is_unsaved());
        history.undo();
        assert!(history.is_unsaved());
        history.make(made("another"));
        assert!(history.is_unsaved(), "as many changes as were saved, but others");
    }
}
