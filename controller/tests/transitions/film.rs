//! What a transition shows, second by second, and what is wrong with that. It asks the transition only for its plans and
//! when they run; it calls no check and no guard.

use crate::brute::{Film, Wrong, wrongs_of_film};
use controller::Transition;
use model::id::{GroupId, Id};
use model::signal::{Aspect, Signal, SignalPlan};
use model::time::DaySecond;
use std::collections::BTreeSet;

/// A plan and the seconds in which it runs; in the first of them it is at `second` of its cycle.
pub(crate) struct Run<'a> {
    pub(crate) plan: &'a SignalPlan,
    pub(crate) second: usize,
    pub(crate) seconds: usize,
}

/// The old plan for two cycles and the wait, each cycle in between, and the new plan for two cycles.
pub(crate) fn runs(transition: &Transition) -> Vec<Run<'_>> {
    let (from, to) = (transition.from().plan(), transition.to().plan());
    let at = |plan: &SignalPlan, now: DaySecond| {
        let (cycle, offset) = (i64::from(plan.cycle.0), i64::from(plan.offset.0));
        (i64::from(now.0) - offset).rem_euclid(cycle) as usize
    };
    let wait = (transition.leave().0 - transition.start().0) as usize;
    let mut runs = vec![Run { plan: from, second: at(from, transition.start()), seconds: 2 * usize::from(from.cycle.0) + wait }];
    for cycle in transition.cycles() {
        runs.push(Run { plan: cycle.plan.plan(), second: 0, seconds: cycle.plan.cycle().index() });
    }
    runs.push(Run { plan: to, second: at(to, transition.in_step()), seconds: 2 * usize::from(to.cycle.0) });
    runs
}

/// What every group shows: greens as the plans have them, each with its amber after it and its red-amber before it.
pub(crate) fn expand(signal: &Signal, runs: &[Run<'_>]) -> Film {
    let group = |id: GroupId| {
        let green = |run: &Run<'_>, s: usize| {
            let cycle = usize::from(run.plan.cycle.0);
            let inside = |g: &model::signal::Green| (s + cycle - usize::from(g.start.0)) % cycle < usize::from(g.duration.0);
            run.plan.greens[id].iter().any(inside)
        };
        let seconds =
            |run: &Run<'_>| (0..run.seconds).map(|i| green(run, (run.second + i) % usize::from(run.plan.cycle.0))).collect();
        let greens: Vec<bool> = runs.iter().flat_map(|run| -> Vec<bool> { seconds(run) }).collect();
        let (amber, red_amber) = (usize::from(signal.groups[id].amber.0), usize::from(signal.groups[id].red_amber.0));
        let shown = |s: usize| match greens[s] {
            true => Aspect::Green,
            false if greens[s.saturating_sub(amber)..s].contains(&true) => Aspect::Amber,
            false if greens[s..greens.len().min(s + red_amber + 1)].contains(&true) => Aspect::RedAmber,
            false => Aspect::Red,
        };
        (0..greens.len()).map(shown).collect()
    };
    signal.groups.ids().map(group).collect()
}

/// Everything that is wrong with a transition, and whether what it says it shows is what its plans show.
pub(crate) fn wrongs(signal: &Signal, transition: &Transition) -> BTreeSet<Wrong> {
    let film = expand(signal, &runs(transition));
    let before = 2 * u32::from(transition.from().cycle().0);
    let last = transition.to().cycle().0;
    for id in signal.groups.ids() {
        let strip = &film[id.index()];
        // What follows the last second is not in the film: red-amber before it is not known.
        for (s, &painted) in strip.iter().enumerate().take(strip.len() - usize::from(last)).skip(before as usize) {
            let now = DaySecond(transition.start().0 + s as u32 - before);
            assert_eq!(transition.aspect_at(id, now), painted, "{id:?} at {now}: {transition:?}");
        }
    }
    wrongs_of_film(signal, &film)
}

/// Whether the end of the film is the new plan by the common clock.
pub(crate) fn is_in_step(signal: &Signal, transition: &Transition) -> bool {
    let (to, from) = (transition.to(), transition.in_step().0);
    let same = |s: u32, g| transition.aspect_at(g, DaySecond(s)) == to.aspect_at(g, DaySecond(s));
    (from..from + u32::from(to.cycle().0)).all(|s| signal.groups.ids().all(|g| same(s, g)))
}
