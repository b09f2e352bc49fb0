//! The guard: whatever is asked of a signal, what it shows is safe.

use super::{Aspect, Grade, SafePlan, Signal};
use crate::control::Wish;
use crate::id::{GroupId, IdVec};
use crate::time::{DaySecond, Seconds};
use serde::{Deserialize, Serialize};

/// What one group shows and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Shown {
    aspect: Aspect,
    /// Seconds for which the aspect has been shown, the current one not included.
    age: u16,
    /// Seconds since the last green ended; saturates.
    since_green: u16,
}

/// Turns wishes into aspects, second by second, within the rules of the signal.
///
/// A green ends only after its minimum; a green begins only when every intergreen has passed and when it can last its
/// minimum. A plan that passed the check goes through unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    shown: IdVec<GroupId, Shown>,
}

impl Guard {
    /// A guard in the state of a plan that has been running for at least a cycle, in the second `now`.
    pub fn playing(signal: &Signal, plan: &SafePlan, now: DaySecond) -> Self {
        let second = now.in_cycle(plan.cycle(), plan.offset());
        let before = |n: u16| Seconds((second.0 + plan.cycle().0 - n % plan.cycle().0) % plan.cycle().0);
        let shown = signal.groups.ids().map(|g| {
            let aspect = plan.aspect(g, second);
            let run = (1..=plan.cycle().0).find(|&n| plan.aspect(g, before(n)) != aspect);
            let since = (0..=plan.cycle().0).find(|&n| plan.aspect(g, before(n)) == Aspect::Green);
            let since_green = since.map_or(u16::MAX, |n| n.saturating_sub(1));
            Shown { aspect, age: run.map_or(u16::MAX, |n| n - 1), since_green }
        });
        Self { shown: shown.collect() }
    }

    /// A guard that has shown red everywhere for long.
    pub fn all_red(signal: &Signal) -> Self {
        let red = Shown { aspect: Aspect::Red, age: u16::MAX, since_green: u16::MAX };
        Self { shown: IdVec::from_fn(signal.groups.len(), |_| red) }
    }

    /// What a group shows in the current second.
    pub fn aspect(&self, group: GroupId) -> Aspect {
        self.shown[group].aspect
    }

    /// Whole seconds for which a group has shown what it shows: 0 in the first one.
    pub fn age(&self, group: GroupId) -> u16 {
        self.shown[group].age
    }

    /// Goes on to the next second: first transitions run out and greens end, then greens begin in id order.
    pub fn step(&mut self, signal: &Signal, wishes: &IdVec<GroupId, Wish>) {
        for s in &mut self.shown {
            s.age = s.age.saturating_add(1);
            s.since_green = if s.aspect == Aspect::Green { 0 } else { s.since_green.saturating_add(1) };
        }
        for (id, group) in signal.groups.enumerate() {
            let Shown { aspect, age, .. } = self.shown[id];
            let next = match aspect {
                Aspect::RedAmber if age >= group.red_amber.0 => Aspect::Green,
                Aspect::Amber if age >= group.amber.0 => Aspect::Red,
                _ => continue,
            };
            self.show(id, next);
        }
        for (id, group) in signal.groups.enumerate() {
            let Shown { aspect, age, .. } = self.shown[id];
            if aspect == Aspect::Green && !wishes[id].green && age >= group.min_green.0 && !self.is_awaited(signal, id) {
                self.show(id, if group.amber.0 > 0 { Aspect::Amber } else { Aspect::Red });
            }
        }
        for (id, group) in signal.groups.enumerate() {
            let (wish, Shown { aspect, age, .. }) = (wishes[id], self.shown[id]);
            let lasts = || wish.remaining.0 >= group.min_green.0.saturating_add(group.red_amber.0);
            if aspect == Aspect::Red && wish.green && lasts() && age >= group.min_red.0 && self.may_begin(signal, id) {
                self.show(id, if group.red_amber.0 > 0 { Aspect::RedAmber } else { Aspect::Green });
            }
        }
    }

    fn show(&mut self, group: GroupId, aspect: Aspect) {
        let shown = &mut self.shown[group];
        shown.aspect = aspect;
        shown.age = 0;
    }

    /// Whether a conditional group counts on this green to go on: it shows red-amber beside it, or its first green.
    fn is_awaited(&self, signal: &Signal, group: GroupId) -> bool {
        signal.groups.ids().any(|other| {
            let Shown { aspect, age, .. } = self.shown[other];
            let begins = aspect == Aspect::RedAmber || (aspect == Aspect::Green && age == 0);
            begins && signal.grades[(group, other)] == Grade::Conditional && signal.intergreens[(group, other)].is_some()
        })
    }

    /// Whether every other group is far enough from its green for this one to begin its red-amber now.
    fn may_begin(&self, signal: &Signal, entering: GroupId) -> bool {
        let red_amber = signal.groups[entering].red_amber.0;
        signal.groups.ids().all(|clearing| {
            let pair = (clearing, entering);
            let other = self.shown[clearing];
            let shines = matches!(other.aspect, Aspect::Green | Aspect::RedAmber);
            let cleared = signal.intergreens[pair].is_none_or(|z| other.since_green.saturating_add(red_amber) >= z.0);
            match signal.grades[pair] {
                Grade::Compatible => true,
                // A green that begins in this very second is not yet one to join.
                Grade::Conditional => (other.aspect == Aspect::Green && (red_amber > 0 || other.age > 0)) || cleared,
                Grade::Incompatible => !shines && cleared,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Green, SignalPlan, toy};
    use super::*;

    #[test]
    fn a_safe_plan_goes_through_unchanged() {
        let signal = toy::crossroads();
        let cycle = Seconds(60);
        let green = |a, b| vec![Green::between(Seconds(a), Seconds(b), cycle)];
        let greens = vec![green(0, 25), green(34, 54), green(0, 25), green(8, 25)].into();
        let safe = SignalPlan { cycle, offset: Seconds(7), greens }.check(&signal).unwrap();
        for begin in 0..60 {
            let mut guard = Guard::playing(&signal, &safe, DaySecond(begin));
            let mut wishes = IdVec::from_fn(4, |_| Wish::default());
            for now in begin + 1..begin + 200 {
                safe.wishes(DaySecond(now), &mut wishes);
                guard.step(&signal, &wishes);
                for g in signal.groups.ids() {
                    assert_eq!(guard.aspect(g), safe.aspect_at(g, DaySecond(now)), "group {g:?} at {now}");
                }
            }
        }
    }
}
