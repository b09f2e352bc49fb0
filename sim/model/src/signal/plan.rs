//! Signal plans as people and optimisers write them.

use super::{Aspect, SignalGroup};
use crate::id::{GroupId, IdVec};
use crate::time::Seconds;

/// One green of a group within the cycle: seconds `[start, start + duration)`, past the end of the cycle round again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Green {
    /// First second of green.
    pub start: Seconds,
    /// How long it lasts; the whole cycle for a permanent green.
    pub duration: Seconds,
}

impl Green {
    /// Green from one second of the cycle to another, exclusive; when they are equal, all the time.
    pub fn between(from: Seconds, to: Seconds, cycle: Seconds) -> Self {
        let span = (u32::from(to.0) + u32::from(cycle.0) - u32::from(from.0)) % u32::from(cycle.0).max(1);
        Self { start: from, duration: if span == 0 { cycle } else { Seconds(span as u16) } }
    }

    /// The second of the cycle at which it ends.
    pub fn end(self, cycle: Seconds) -> Seconds {
        Seconds(((u32::from(self.start.0) + u32::from(self.duration.0)) % u32::from(cycle.0).max(1)) as u16)
    }

    /// Whether it shows at a second of the cycle.
    pub fn covers(self, second: Seconds, cycle: Seconds) -> bool {
        self.since_start(second, cycle) < u32::from(self.duration.0)
    }

    /// Seconds since its latest start at a second of the cycle.
    pub(super) fn since_start(self, second: Seconds, cycle: Seconds) -> u32 {
        let cycle = u32::from(cycle.0);
        (u32::from(second.0) + cycle - u32::from(self.start.0) % cycle) % cycle
    }
}

/// A signal plan (Signalprogramm) for one signal, unchecked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalPlan {
    /// Cycle time (Umlaufzeit).
    pub cycle: Seconds,
    /// Offset (Versatzzeit): how much later than the common zero this plan passes its own second 0.
    pub offset: Seconds,
    /// The greens of every group; second 0 is second 0 of the cycle, the offset not yet applied.
    pub greens: IdVec<GroupId, Vec<Green>>,
}

impl SignalPlan {
    /// What a group shows at a second of the cycle, transitions included.
    pub fn aspect(&self, group: GroupId, of: &SignalGroup, second: Seconds) -> Aspect {
        let cycle = u32::from(self.cycle.0);
        let greens = &self.greens[group];
        if greens.iter().any(|g| g.covers(second, self.cycle)) {
            return Aspect::Green;
        }
        let after_end = |g: &Green| g.since_start(second, self.cycle) - u32::from(g.duration.0);
        let before_start = |g: &Green| cycle - g.since_start(second, self.cycle);
        if greens.iter().any(|g| after_end(g) < u32::from(of.amber.0)) {
            Aspect::Amber
        } else if greens.iter().any(|g| before_start(g) <= u32::from(of.red_amber.0)) {
            Aspect::RedAmber
        } else {
            Aspect::Red
        }
    }

    /// Seconds of green of a group in one cycle.
    pub fn green_time(&self, group: GroupId) -> Seconds {
        Seconds(self.greens[group].iter().map(|g| g.duration.0).sum())
    }

    /// The same plan with another offset, taken modulo the cycle.
    #[must_use]
    pub fn with_offset(&self, offset: Seconds) -> Self {
        Self { offset: Seconds(offset.0 % self.cycle.0.max(1)), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::toy;
    use super::*;

    #[test]
    fn a_green_over_the_end_of_the_cycle_goes_round() {
        let signal = toy::crossroads();
        let mut greens: IdVec<GroupId, Vec<Green>> = IdVec::from_fn(4, |_| Vec::new());
        greens[GroupId(0)].push(Green::between(Seconds(50), Seconds(10), Seconds(60)));
        let plan = SignalPlan { cycle: Seconds(60), offset: Seconds(0), greens };
        let shown = |s| plan.aspect(GroupId(0), &signal.groups[GroupId(0)], Seconds(s));
        assert_eq!((shown(55), shown(9), shown(10), shown(12)), (Aspect::Green, Aspect::Green, Aspect::Amber, Aspect::Amber));
        assert_eq!((shown(13), shown(48), shown(49)), (Aspect::Red, Aspect::Red, Aspect::RedAmber));
    }
}
