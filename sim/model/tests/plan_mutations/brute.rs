//! What a plan shows, second by second, and what is wrong with that. Written from the rules; it calls no check.

use model::id::{GroupId, Id};
use model::signal::{Aspect, Grade, Green, Signal, SignalPlan};
use std::collections::BTreeSet;

/// A rule that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wrong {
    /// The plan has greens for more or fewer groups than there are.
    Groups,
    /// The cycle is shorter than 10 s or longer than 600 s.
    Cycle,
    /// The offset is not within the cycle.
    Offset,
    /// A green begins outside the cycle, is empty, or is longer than the cycle.
    OutsideCycle,
    /// A group that has to be served never shows green.
    NeverGreen,
    /// A green is shorter than the minimum green.
    GreenTooShort,
    /// Between two greens there is no room for amber, minimum red and red-amber.
    RedTooShort,
    /// A transition is not shown as it has to be.
    Transition,
    /// Incompatible groups show green in the same second.
    GreenTogether,
    /// A green begins too soon after another has ended.
    IntergreenTooShort,
}

pub(crate) const EVERY_FAULT_OF_A_PLAN: [Wrong; 9] = [
    Wrong::Groups,
    Wrong::Cycle,
    Wrong::Offset,
    Wrong::OutsideCycle,
    Wrong::NeverGreen,
    Wrong::GreenTooShort,
    Wrong::RedTooShort,
    Wrong::GreenTogether,
    Wrong::IntergreenTooShort,
];

/// What every group has shown: groups by seconds.
pub(crate) type Film = Vec<Vec<Aspect>>;

/// How many cycles are painted: what one leaves behind, the next two meet.
const CYCLES: usize = 3;

/// Everything that is wrong with a plan.
pub(crate) fn wrongs_of_plan(signal: &Signal, plan: &SignalPlan) -> BTreeSet<Wrong> {
    let mut wrong = BTreeSet::new();
    let cycle = plan.cycle.0;
    if plan.greens.len() != signal.groups.len() {
        wrong.insert(Wrong::Groups);
    }
    if !(10..=600).contains(&cycle) {
        wrong.insert(Wrong::Cycle);
    }
    if plan.offset.0 >= cycle {
        wrong.insert(Wrong::Offset);
    }
    let odd = |g: &Green| g.start.0 >= cycle || g.duration.0 == 0 || g.duration.0 > cycle;
    if plan.greens.iter().flatten().any(odd) {
        wrong.insert(Wrong::OutsideCycle);
    }
    if !wrong.is_empty() {
        return wrong;
    }
    for (id, group) in signal.groups.enumerate() {
        let greens = &plan.greens[id];
        if greens.is_empty() && !group.may_stay_red {
            wrong.insert(Wrong::NeverGreen);
        }
        if greens.iter().any(|g| g.duration < group.min_green) {
            wrong.insert(Wrong::GreenTooShort);
        }
        if greens_touch(greens, usize::from(cycle)) {
            wrong.insert(Wrong::RedTooShort);
        }
    }
    wrong.extend(wrongs_of_film(signal, &paint(signal, plan)));
    wrong
}

/// Whether two greens of a group overlap or follow each other without a second between.
fn greens_touch(greens: &[Green], cycle: usize) -> bool {
    let mut layers = vec![0; cycle];
    for green in greens {
        // The second after the end counts too, but not when a single green lasts for ever.
        let for_ever = greens.len() == 1 && usize::from(green.duration.0) == cycle;
        for s in 0..usize::from(green.duration.0) + usize::from(!for_ever) {
            layers[(usize::from(green.start.0) + s) % cycle] += 1;
        }
    }
    layers.iter().any(|&n| n > 1)
}

/// What every group shows over some cycles.
pub(crate) fn paint(signal: &Signal, plan: &SignalPlan) -> Film {
    let cycle = usize::from(plan.cycle.0);
    let group = |id: GroupId| {
        let (amber, red_amber) = (signal.groups[id].amber.0, signal.groups[id].red_amber.0);
        // Seconds are counted from one cycle before the film begins, so that what reaches into it is there.
        let mut shown = vec![Aspect::Red; (CYCLES + 2) * cycle];
        let mut lay = |from: usize, seconds: usize, aspect: Aspect| {
            for k in 0..CYCLES + 2 {
                let begin = from + k * cycle;
                for s in begin..begin + seconds {
                    // Green covers amber, amber covers red-amber.
                    if let Some(lamp) = s.checked_sub(cycle).and_then(|s| shown.get_mut(s))
                        && *lamp != Aspect::Green
                    {
                        *lamp = aspect;
                    }
                }
            }
        };
        for green in &plan.greens[id] {
            lay(usize::from(green.start.0), usize::from(green.duration.0), Aspect::Green);
        }
        for green in &plan.greens[id] {
            let end = usize::from(green.start.0 + green.duration.0);
            lay(usize::from(green.start.0) + cycle - usize::from(red_amber).min(cycle), red_amber.into(), Aspect::RedAmber);
            lay(end, amber.into(), Aspect::Amber);
        }
        shown.truncate(CYCLES * cycle);
        shown
    };
    signal.groups.ids().map(group).collect()
}

/// Everything that is wrong with what was shown.
pub(crate) fn wrongs_of_film(signal: &Signal, film: &Film) -> BTreeSet<Wrong> {
    let mut wrong = BTreeSet::new();
    for id in signal.groups.ids() {
        wrongs_of_group(signal, id, &film[id.index()], &mut wrong);
    }
    for clearing in signal.groups.ids() {
        for entering in signal.groups.ids() {
            wrongs_of_pair(signal, clearing, entering, film, &mut wrong);
        }
    }
    wrong
}

fn wrongs_of_group(signal: &Signal, id: GroupId, shown: &[Aspect], wrong: &mut BTreeSet<Wrong>) {
    let group = &signal.groups[id];
    let (amber, red_amber) = (usize::from(group.amber.0), usize::from(group.red_amber.0));
    let mut last_end: Option<usize> = None;
    for start in starts(shown) {
        let end = (start..shown.len()).find(|&s| shown[s] != Aspect::Green);
        if end.is_some_and(|end| end - start < usize::from(group.min_green.0)) {
            wrong.insert(Wrong::GreenTooShort);
        }
        if start >= red_amber && shown[start - red_amber..start].iter().any(|&a| a != Aspect::RedAmber) {
            wrong.insert(Wrong::Transition);
        }
        if let Some(from) = last_end {
            let between = &shown[from..start];
            if between.len() < amber + usize::from(group.min_red.0) + red_amber {
                wrong.insert(Wrong::RedTooShort);
            } else {
                let must = |i: usize| match i {
                    _ if i < amber => Aspect::Amber,
                    _ if i >= between.len() - red_amber => Aspect::RedAmber,
                    _ => Aspect::Red,
                };
                if between.iter().enumerate().any(|(i, &a)| a != must(i)) {
                    wrong.insert(Wrong::Transition);
                }
            }
        }
        last_end = end;
    }
}

/// The seconds in which a green begins.
fn starts(shown: &[Aspect]) -> impl Iterator<Item = usize> {
    (1..shown.len()).filter(|&s| shown[s] == Aspect::Green && shown[s - 1] != Aspect::Green)
}

fn wrongs_of_pair(signal: &Signal, clearing: GroupId, entering: GroupId, film: &Film, wrong: &mut BTreeSet<Wrong>) {
    let (clears, enters) = (&film[clearing.index()], &film[entering.index()]);
    let grade = signal.grades[(clearing, entering)];
    let both_green = || clears.iter().zip(enters).any(|(a, b)| *a == Aspect::Green && *b == Aspect::Green);
    if grade == Grade::Incompatible && both_green() {
        wrong.insert(Wrong::GreenTogether);
    }
    let (Some(required), true) = (signal.intergreens[(clearing, entering)], grade != Grade::Compatible) else { return };
    let red_amber = usize::from(signal.groups[entering].red_amber.0);
    for start in starts(enters) {
        // One that gives way may join a green that goes on.
        let goes_on = clears[start.saturating_sub(red_amber.max(1))..=start].iter().all(|&a| a == Aspect::Green);
        if grade == Grade::Conditional && goes_on {
            continue;
        }
        let ended = (1..=start).rev().find(|&s| clears[s] != Aspect::Green && clears[s - 1] == Aspect::Green);
        // Red-amber is not shown beside a green that is about to end either.
        if ended.is_some_and(|end| start - end < red_amber.max(required.0.into())) {
            wrong.insert(Wrong::IntergreenTooShort);
        }
    }
}
