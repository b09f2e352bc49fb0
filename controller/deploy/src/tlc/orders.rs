//! What goes before the plan of a virtual controller: groups that are ordered to green or to red.

use super::program::Program;
use model::control::Wish;
use model::id::{GroupId, Id, IdVec};
use model::signal::Grade;
use model::time::Seconds;

impl Program {
    /// Orders greens, the more important first, and reds. A green that cannot be had beside one before it is left out; what
    /// conflicts with a green has to be red. The guard sees to how signals get there.
    pub(crate) fn order(&mut self, greens: impl Iterator<Item = GroupId>, reds: impl Iterator<Item = GroupId>) {
        let mut orders: IdVec<GroupId, Option<bool>> = IdVec::from_fn(self.signal.groups.len(), |_| None);
        for group in greens.filter(|g| g.index() < self.signal.groups.len()) {
            if orders[group] == Some(false) {
                continue;
            }
            orders[group] = Some(true);
            self.signal.groups.ids().filter(|&other| self.conflict(group, other)).for_each(|other| orders[other] = Some(false));
        }
        for group in reds {
            orders[group] = orders[group].or(Some(false));
        }
        self.orders = orders;
    }

    /// Whether two groups cannot be green together.
    pub(crate) fn conflict(&self, one: GroupId, other: GroupId) -> bool {
        self.signal.grades[(one, other)] == Grade::Incompatible
    }

    /// Whether anything goes before the plan.
    pub(crate) fn is_ordered(&self) -> bool {
        self.orders.iter().any(Option::is_some)
    }

    /// Puts what is ordered in the place of what the plan wishes.
    pub(super) fn put_orders(&self, wishes: &mut IdVec<GroupId, Wish>) {
        for (id, group) in self.signal.groups.enumerate() {
            match self.orders[id] {
                // An ordered green is meant to last at least as long as it has to.
                Some(true) => {
                    let least = group.min_green.0.saturating_add(group.red_amber.0);
                    wishes[id] = Wish { green: true, remaining: Seconds(wishes[id].remaining.0.max(least)) };
                }
                Some(false) => wishes[id] = Wish::default(),
                None => {}
            }
        }
    }
}
