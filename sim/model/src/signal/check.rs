//! The check that alone makes a [`SafePlan`].

use super::{Aspect, Grade, Green, Guard, Signal, SignalGroup, SignalPlan};
use crate::control::Wish;
use crate::id::{GroupId, Id, IdVec};
use crate::time::{DaySecond, Seconds};
use thiserror::Error;

/// A rule that a plan breaks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlanFault {
    /// The plan is for other groups.
    #[error("the plan has greens for {actual} groups, but signal {signal} has {required}")]
    WrongGroups {
        /// The signal.
        signal: String,
        /// Groups in the plan.
        actual: usize,
        /// Groups of the signal.
        required: usize,
    },
    /// The cycle is empty or absurd.
    #[error("the cycle is {actual}, allowed are 10 s to 600 s")]
    Cycle {
        /// The cycle.
        actual: Seconds,
    },
    /// The offset lies outside the cycle.
    #[error("the offset is {offset}, but must be below the cycle of {cycle}")]
    Offset {
        /// The offset.
        offset: Seconds,
        /// The cycle.
        cycle: Seconds,
    },
    /// A green does not fit into the cycle.
    #[error("a green of {group} from second {start} for {duration} does not fit into the cycle of {cycle}")]
    OutsideCycle {
        /// The group.
        group: String,
        /// First second.
        start: u16,
        /// Length.
        duration: Seconds,
        /// The cycle.
        cycle: Seconds,
    },
    /// A group never shows green.
    #[error("{group} never shows green")]
    NeverGreen {
        /// The group.
        group: String,
    },
    /// A green is too short.
    #[error("{group} shows green for {actual} from second {start}, but its minimum green is {required}")]
    GreenTooShort {
        /// The group.
        group: String,
        /// First second.
        start: u16,
        /// Length.
        actual: Seconds,
        /// Minimum green.
        required: Seconds,
    },
    /// A group has more green than it may have.
    #[error("{group} shows green for {actual} of the cycle of {cycle}, but at most {percent} % of it, {allowed}, are allowed")]
    GreenTooLong {
        /// The group.
        group: String,
        /// All its green in a cycle.
        actual: Seconds,
        /// The cycle.
        cycle: Seconds,
        /// The share of the cycle that is allowed.
        percent: u16,
        /// Green that is allowed.
        allowed: Seconds,
    },
    /// Two greens of a group leave no room for amber, red and red-amber.
    #[error("{group} is red for {actual} before second {start}, transitions included, but needs {required}")]
    RedTooShort {
        /// The group.
        group: String,
        /// First second of the later green.
        start: u16,
        /// Time between the greens.
        actual: Seconds,
        /// Amber, minimum red and red-amber.
        required: Seconds,
    },
    /// Incompatible groups show green together.
    #[error("{first} and {second} are incompatible, but both show green at second {at}")]
    GreenTogether {
        /// One group.
        first: String,
        /// The other.
        second: String,
        /// A second of the cycle.
        at: u16,
    },
    /// An intergreen is too short.
    #[error("{entering} turns green {actual} after {clearing} ends, but the intergreen is {required}")]
    IntergreenTooShort {
        /// The group whose green has ended.
        clearing: String,
        /// The group whose green begins.
        entering: String,
        /// Time between.
        actual: Seconds,
        /// Intergreen.
        required: Seconds,
    },
    /// The switch to another plan is not complete after three cycles.
    #[error("a switch at second {at} does not reach the other plan within three of its cycles")]
    SwitchNeverEnds {
        /// Second of the cycle of the plan that is left.
        at: u16,
    },
}

/// A plan that keeps every rule of its signal. Only [`SignalPlan::check`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafePlan {
    plan: SignalPlan,
    /// What every group shows in every second of the cycle: seconds by groups.
    images: Vec<Image>,
}

/// What a group shows in a second of the cycle, and what a controller asks for to get there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Image {
    aspect: Aspect,
    wish: Wish,
}

impl SignalPlan {
    /// Holds the plan against its signal.
    ///
    /// Cycle closure is part of every rule: greens, reds and intergreens are taken around the cycle.
    ///
    /// # Errors
    /// Every fault, not only the first.
    pub fn check(self, signal: &Signal) -> Result<SafePlan, Vec<PlanFault>> {
        let faults = self.faults(signal);
        if !faults.is_empty() {
            return Err(faults);
        }
        let images = (0..self.cycle.0)
            .flat_map(|s| signal.groups.enumerate().map(move |(id, g)| (id, g, Seconds(s))))
            .map(|(id, g, s)| self.image(id, g, s))
            .collect();
        Ok(SafePlan { plan: self, images })
    }

    fn image(&self, group: GroupId, of: &SignalGroup, second: Seconds) -> Image {
        let aspect = self.aspect(group, of, second);
        let green = matches!(aspect, Aspect::Green | Aspect::RedAmber);
        Image { aspect, wish: Wish { green, remaining: if green { self.until_end(group, second) } else { Seconds(0) } } }
    }

    /// Seconds until the green that shows or comes next ends; a permanent green lasts for ever.
    fn until_end(&self, group: GroupId, second: Seconds) -> Seconds {
        let cycle = self.cycle;
        let to_end = |g: &Green| {
            let left = (u32::from(g.end(cycle).0) + u32::from(cycle.0) - u32::from(second.0)) % u32::from(cycle.0);
            Seconds(if left == 0 { cycle.0 } else { left as u16 })
        };
        let greens = &self.greens[group];
        if greens.iter().any(|g| g.duration == cycle) {
            return Seconds(u16::MAX);
        }
        greens.iter().map(to_end).min().unwrap_or(Seconds(0))
    }

    /// Every rule of the signal that the plan breaks.
    pub fn faults(&self, signal: &Signal) -> Vec<PlanFault> {
        let mut faults = self.shape_faults(signal);
        if faults.is_empty() {
            for group in signal.groups.ids() {
                self.group_faults(signal, group, &mut faults);
            }
        }
        // Pairs are judged only once every green is well formed: distances mean nothing before.
        if faults.is_empty() {
            for entering in signal.groups.ids() {
                for clearing in signal.groups.ids() {
                    self.pair_faults(signal, clearing, entering, &mut faults);
                }
            }
        }
        faults
    }

    fn shape_faults(&self, signal: &Signal) -> Vec<PlanFault> {
        let mut faults = Vec::new();
        if self.greens.len() != signal.groups.len() {
            faults.push(PlanFault::WrongGroups {
                signal: signal.name.clone(),
                actual: self.greens.len(),
                required: signal.groups.len(),
            });
        }
        if !(10..=600).contains(&self.cycle.0) {
            faults.push(PlanFault::Cycle { actual: self.cycle });
        } else if self.offset >= self.cycle {
            faults.push(PlanFault::Offset { offset: self.offset, cycle: self.cycle });
        }
        faults
    }

    fn group_faults(&self, signal: &Signal, id: GroupId, faults: &mut Vec<PlanFault>) {
        let (group, greens) = (&signal.groups[id], &self.greens[id]);
        let name = || group.name.clone();
        if greens.is_empty() && !group.may_stay_red {
            faults.push(PlanFault::NeverGreen { group: name() });
        }
        for green in greens {
            let (start, duration) = (green.start.0, green.duration);
            if green.start >= self.cycle || duration > self.cycle || duration.0 == 0 {
                faults.push(PlanFault::OutsideCycle { group: name(), start, duration, cycle: self.cycle });
            } else if duration < group.min_green {
                faults.push(PlanFault::GreenTooShort { group: name(), start, actual: duration, required: group.min_green });
            }
        }
        if !faults.is_empty() {
            return;
        }
        let actual = Seconds(greens.iter().fold(0, |sum: u16, g| sum.saturating_add(g.duration.0)));
        let allowed = group.longest_green(self.cycle);
        if let Some(percent) = group.max_green_percent
            && actual > allowed
        {
            faults.push(PlanFault::GreenTooLong { group: name(), actual, cycle: self.cycle, percent, allowed });
        }
        // Greens that touch are one green, and have to be written so.
        let required = Seconds((group.amber.0 + group.min_red.0 + group.red_amber.0).max(1));
        for (i, green) in greens.iter().enumerate().filter(|(_, g)| g.duration < self.cycle || greens.len() > 1) {
            let actual = self.gap_before(greens, i);
            if actual < required {
                faults.push(PlanFault::RedTooShort { group: name(), start: green.start.0, actual, required });
            }
        }
    }

    /// Time from the end of the green before to the start of the `i`-th one; 0 when another covers that start.
    fn gap_before(&self, greens: &[Green], i: usize) -> Seconds {
        let cycle = u32::from(self.cycle.0);
        let gap = |(j, g): (usize, &Green)| {
            let since = g.since_start(greens[i].start, self.cycle);
            let since = if i == j { cycle } else { since };
            since.saturating_sub(u32::from(g.duration.0))
        };
        Seconds(greens.iter().enumerate().map(gap).min().unwrap_or(0) as u16)
    }

    fn pair_faults(&self, signal: &Signal, clearing: GroupId, entering: GroupId, faults: &mut Vec<PlanFault>) {
        let pair = (clearing, entering);
        let grade = signal.grades[pair];
        if grade == Grade::Compatible {
            return;
        }
        let name = |id: GroupId| signal.groups[id].name.clone();
        let shows = |id: GroupId, second: u32| {
            let second = Seconds((second % u32::from(self.cycle.0)) as u16);
            self.greens[id].iter().any(|g| g.covers(second, self.cycle))
        };
        if grade == Grade::Incompatible && clearing < entering {
            let both = (0..u32::from(self.cycle.0)).find(|&s| shows(clearing, s) && shows(entering, s));
            if let Some(at) = both {
                let (first, second, at) = (name(clearing), name(entering), at as u16);
                faults.push(PlanFault::GreenTogether { first, second, at });
                return;
            }
        }
        let Some(required) = signal.least_gap(clearing, entering) else { return };
        let red_amber = u32::from(signal.groups[entering].red_amber.0);
        for start in &self.greens[entering] {
            if start.duration == self.cycle {
                continue;
            }
            let at = u32::from(start.start.0) + u32::from(self.cycle.0);
            // It goes on when it was there before: through red-amber, or in the second before where there is none.
            let goes_on = (at - red_amber.max(1)..=at).all(|s| shows(clearing, s));
            if grade == Grade::Conditional && goes_on {
                continue;
            }
            if let Some(actual) = self.since_end(clearing, start.start)
                && actual < required
            {
                faults.push(PlanFault::IntergreenTooShort {
                    clearing: name(clearing),
                    entering: name(entering),
                    actual,
                    required,
                });
            }
        }
    }

    /// Time from the latest end of a green of the group to a second of the cycle; `None` without a green that ends.
    pub fn since_end(&self, group: GroupId, second: Seconds) -> Option<Seconds> {
        let cycle = u32::from(self.cycle.0);
        let ending = self.greens[group].iter().filter(|g| g.duration < self.cycle);
        ending.map(|g| (u32::from(second.0) + cycle - u32::from(g.end(self.cycle).0)) % cycle).min().map(|s| Seconds(s as u16))
    }
}

impl SafePlan {
    /// The plan as it was written.
    pub fn plan(&self) -> &SignalPlan {
        &self.plan
    }

    /// Cycle time.
    pub fn cycle(&self) -> Seconds {
        self.plan.cycle
    }

    /// Offset.
    pub fn offset(&self) -> Seconds {
        self.plan.offset
    }

    /// The same plan at another offset: a shift keeps every rule.
    #[must_use]
    pub fn with_offset(&self, offset: Seconds) -> Self {
        Self { plan: self.plan.with_offset(offset), images: self.images.clone() }
    }

    /// What a group shows at a second of the cycle.
    pub fn aspect(&self, group: GroupId, second: Seconds) -> Aspect {
        self.images[self.first_image(second) + group.index()].aspect
    }

    /// What a group shows at a second of the day.
    pub fn aspect_at(&self, group: GroupId, now: DaySecond) -> Aspect {
        self.aspect(group, now.in_cycle(self.plan.cycle, self.plan.offset))
    }

    /// What a controller that plays this plan asks for in the second that begins.
    pub fn wishes(&self, now: DaySecond, wishes: &mut IdVec<GroupId, Wish>) {
        let first = self.first_image(now.in_cycle(self.plan.cycle, self.plan.offset));
        for (wish, image) in wishes.iter_mut().zip(&self.images[first..]) {
            *wish = image.wish;
        }
    }

    /// Where the images of a second of the cycle begin.
    fn first_image(&self, second: Seconds) -> usize {
        second.index() * self.plan.greens.len()
    }
}

/// Holds the way from one plan to another against the rules, begun at every second of the cycle.
///
/// The guard plays the switch; this says whether it ends. That what the guard shows is safe is its own promise.
///
/// # Errors
/// The seconds of the cycle from which the other plan is not reached within three of its cycles.
pub fn check_switch(signal: &Signal, from: &SafePlan, to: &SafePlan) -> Result<(), Vec<PlanFault>> {
    let (a, b) = (u32::from(from.cycle().0), u32::from(to.cycle().0));
    let faults: Vec<PlanFault> = (0..a * b / gcd(a, b))
        .filter(|&begin| !switch_ends(signal, from, to, DaySecond(begin + 3600)))
        .map(|begin| PlanFault::SwitchNeverEnds { at: DaySecond(begin + 3600).in_cycle(from.cycle(), from.offset()).0 })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn switch_ends(signal: &Signal, from: &SafePlan, to: &SafePlan, begin: DaySecond) -> bool {
    let mut guard = Guard::playing(signal, from, begin);
    let mut wishes: IdVec<GroupId, Wish> = IdVec::from_fn(signal.groups.len(), |_| Wish::default());
    let cycle = u32::from(to.cycle().0);
    let mut in_step = 0;
    for second in 1..=4 * cycle {
        let now = DaySecond(begin.0 + second);
        to.wishes(now, &mut wishes);
        guard.step(signal, &wishes);
        let same = signal.groups.ids().all(|g| guard.aspect(g) == to.aspect_at(g, now));
        in_step = if same { in_step + 1 } else { 0 };
        // A whole cycle in step has the other plan's ages too: it stays in step for ever.
        if in_step >= cycle {
            return true;
        }
    }
    false
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::super::toy;
    use super::*;

    fn plan(greens: [&[(u16, u16)]; 4]) -> SignalPlan {
        let cycle = Seconds(60);
        let greens = greens.iter().map(|g| g.iter().map(|&(a, b)| Green::between(Seconds(a), Seconds(b), cycle)).collect());
        SignalPlan { cycle, offset: Seconds(0), greens: greens.collect() }
    }

    /// K1 and K3 go together, F1 too; K2 goes alone.
    fn good() -> SignalPlan {
        plan([&[(0, 25)], &[(34, 54)], &[(0, 25)], &[(0, 25)]])
    }

    #[test]
    fn a_plan_that_keeps_every_rule_is_safe() {
        let signal = toy::crossroads();
        let safe = good().check(&signal).unwrap();
        assert_eq!(safe.aspect(GroupId(0), Seconds(59)), Aspect::RedAmber);
        assert_eq!(safe.aspect(GroupId(2), Seconds(59)), Aspect::Red);
    }

    #[test]
    fn a_short_intergreen_is_named_with_its_groups() {
        let faults = plan([&[(0, 25)], &[(29, 54)], &[(0, 20)], &[(0, 23)]]).check(&toy::crossroads()).unwrap_err();
        assert_eq!(faults[0].to_string(), "K2 turns green 4 s after K1 ends, but the intergreen is 5 s");
    }

    #[test]
    fn the_intergreen_is_taken_around_the_cycle() {
        let faults = plan([&[(0, 25)], &[(34, 55)], &[(0, 25)], &[(0, 25)]]).check(&toy::crossroads()).unwrap_err();
        let short = |entering: &str| PlanFault::IntergreenTooShort {
            clearing: "K2".into(),
            entering: entering.into(),
            actual: Seconds(5),
            required: Seconds(6),
        };
        assert_eq!(faults, [short("K1"), short("K3")]);
    }

    #[test]
    fn incompatible_groups_never_show_green_together() {
        let faults = plan([&[(0, 40)], &[(34, 54)], &[(0, 25)], &[(0, 25)]]).check(&toy::crossroads()).unwrap_err();
        assert!(faults.iter().any(|f| matches!(f, PlanFault::GreenTogether { at: 34, .. })), "{faults:?}");
    }

    #[test]
    fn a_conditional_group_may_join_a_green_but_not_follow_it_at_once() {
        let signal = toy::crossroads();
        assert!(plan([&[(0, 25)], &[(34, 54)], &[(0, 25)], &[(10, 25)]]).check(&signal).is_ok());
        let late = plan([&[(0, 12)], &[(34, 54)], &[(0, 25)], &[(14, 25)]]).check(&signal).unwrap_err();
        assert!(matches!(late[0], PlanFault::IntergreenTooShort { actual: Seconds(2), required: Seconds(4), .. }), "{late:?}");
    }

    #[test]
    fn overlapping_and_missing_greens_are_refused() {
        let signal = toy::crossroads();
        let twice = plan([&[(0, 25), (20, 30)], &[(34, 54)], &[(0, 25)], &[(0, 25)]]).check(&signal).unwrap_err();
        assert!(matches!(twice[0], PlanFault::RedTooShort { .. }), "{twice:?}");
        let nested = plan([&[(0, 25), (0, 10)], &[(34, 54)], &[(0, 25)], &[(0, 25)]]).check(&signal).unwrap_err();
        assert!(matches!(nested[0], PlanFault::RedTooShort { .. }), "{nested:?}");
        let never = plan([&[(0, 25)], &[], &[(0, 25)], &[(0, 25)]]).check(&signal).unwrap_err();
        assert_eq!(never, [PlanFault::NeverGreen { group: "K2".into() }]);
    }

    #[test]
    fn a_limited_group_gets_its_share_of_the_cycle_and_no_more() {
        let mut signal = toy::crossroads();
        signal.groups[GroupId(1)].max_green_percent = Some(33);
        assert_eq!(signal.groups[GroupId(1)].longest_green(Seconds(60)), Seconds(19));
        let faults = good().check(&signal).unwrap_err();
        assert_eq!(
            faults[0].to_string(),
            "K2 shows green for 20 s of the cycle of 60 s, but at most 33 % of it, 19 s, are allowed"
        );
        // All its greens count together.
        assert!(plan([&[(0, 25)], &[(34, 53)], &[(0, 25)], &[(0, 25)]]).check(&signal).is_ok());
        let twice = plan([&[(0, 15)], &[(20, 30), (36, 48)], &[(0, 11)], &[(0, 14)]]).check(&signal).unwrap_err();
        assert!(matches!(twice[0], PlanFault::GreenTooLong { actual: Seconds(22), .. }), "{twice:?}");
    }

    #[test]
    fn a_switch_ends_from_every_second() {
        let signal = toy::crossroads();
        let one = good().check(&signal).unwrap();
        let other = good().with_offset(Seconds(31)).check(&signal).unwrap();
        assert_eq!(check_switch(&signal, &one, &other), Ok(()));
        assert_eq!(check_switch(&signal, &one, &one), Ok(()));
    }
}
