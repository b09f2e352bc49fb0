//! Whether a controller shows what was ordered, from its own status messages.

use crate::port::Picture;
use model::id::{GroupId, Id};
use model::signal::{Aspect, SafePlan};
use model::time::DaySecond;

/// Seconds by which greens may begin and end beside the plan.
pub(super) const TOLERANCE_S: u32 = 1;

/// Looks on until a plan has been shown for long enough, or is not shown when it should be.
#[derive(Debug)]
pub(super) struct Watch<'a> {
    plan: &'a SafePlan,
    /// Seconds until when the way to the plan may last.
    settle_s: u32,
    /// Seconds in step that are asked for.
    needed_s: u32,
    first: Option<u32>,
    last: Option<(u32, Vec<bool>)>,
    in_step_s: u32,
    /// The largest distance of a green's first second from the plan's, while in step.
    pub(super) worst_s: u32,
    /// Greens that began, while in step.
    pub(super) greens: u32,
    pub(super) fault: Option<String>,
}

impl<'a> Watch<'a> {
    /// A plan that is to be shown for so many of its cycles, after a way of so many seconds at most.
    pub(super) fn new(plan: &'a SafePlan, settle_s: u32, cycles: u32) -> Self {
        let needed_s = cycles * u32::from(plan.cycle().0);
        Self { plan, settle_s, needed_s, first: None, last: None, in_step_s: 0, worst_s: 0, greens: 0, fault: None }
    }

    /// Takes a picture; `true` when it has seen enough, good or bad.
    pub(super) fn look(&mut self, picture: &Picture) -> bool {
        let second = picture.at.second();
        let first = *self.first.get_or_insert(second);
        let passed = self.last.as_ref().map_or(0, |(last, _)| second.saturating_sub(*last));
        // When a green began is known only where the second before was seen, and says something only in step.
        let begun = if self.in_step_s > 0 && passed == 1 { self.begun(picture, second) } else { Vec::new() };
        let late = begun.iter().find(|b| b.1 > TOLERANCE_S).map(|b| b.0);
        let wrong = late.or_else(|| (0..picture.greens.len()).find(|&g| !self.is_near(g, picture.greens[g], second)));
        self.last = Some((second, picture.greens.clone()));
        if let Some(group) = wrong {
            (self.in_step_s, self.worst_s, self.greens) = (0, 0, 0);
            if second.saturating_sub(first) > self.settle_s {
                let shown = if picture.greens[group] { "green" } else { "no green" };
                self.fault = Some(format!("at second {second} group {} shows {shown} against the plan", group + 1));
                return true;
            }
            return false;
        }
        // Reports that come once in a while say nothing of what lies between.
        self.in_step_s = if passed > 2 + TOLERANCE_S { 0 } else { self.in_step_s + passed };
        for (_, distance) in begun {
            self.worst_s = self.worst_s.max(distance);
            self.greens += 1;
        }
        if self.in_step_s < self.needed_s && second.saturating_sub(first) > self.settle_s + 2 * self.needed_s {
            self.fault = Some(format!("not in step for {} s on end", self.needed_s));
            return true;
        }
        self.in_step_s >= self.needed_s
    }

    fn is_green(&self, group: usize, second: u32) -> bool {
        self.plan.aspect_at(GroupId::from_index(group), DaySecond(second)) == Aspect::Green
    }

    fn is_near(&self, group: usize, green: bool, second: u32) -> bool {
        (second.saturating_sub(TOLERANCE_S)..=second.saturating_add(TOLERANCE_S)).any(|s| self.is_green(group, s) == green)
    }

    /// Each group whose green has just begun, and how far from that of the plan.
    fn begun(&self, picture: &Picture, second: u32) -> Vec<(usize, u32)> {
        let Some((_, before)) = &self.last else { return Vec::new() };
        let starts = |group: usize, s: u32| self.is_green(group, s) && !self.is_green(group, s.saturating_sub(1));
        let distance = |group: usize| {
            (0..=10).find(|&d| starts(group, second.saturating_sub(d)) || starts(group, second.saturating_add(d))).unwrap_or(10)
        };
        (0..picture.greens.len()).filter(|&g| picture.greens[g] && !before[g]).map(|g| (g, distance(g))).collect()
    }
}
