//! What a transition shows, second by second, and what is wrong with that. It asks the transition only for its plans and
//! when they run; it calls no check and no guard.

use crate::brute::{Film, Wrong, wrongs_of_film, wrongs_of_plan};
use controller::Transition;
use model::id::{GroupId, Id};
use model::signal::{Aspect, Signal, SignalPlan};
use model::time::{DaySecond, Seconds};
use std::collections::BTreeSet;

/// A plan and the seconds in which it runs; in the first of them it is at `second` of its cycle.
struct Run<'a> {
    plan: &'a SignalPlan,
    second: usize,
    seconds: usize,
}

/// The way from one plan to another: when it begins, how long the old plan goes on, and the cycles in between.
pub(crate) struct Way<'a> {
    pub(crate) from: &'a SignalPlan,
    pub(crate) to: &'a SignalPlan,
    pub(crate) start: u32,
    pub(crate) wait: u32,
    pub(crate) cycles: Vec<&'a SignalPlan>,
}

impl<'a> Way<'a> {
    pub(crate) fn of(transition: &'a Transition) -> Self {
        Self {
            from: transition.from().plan(),
            to: transition.to().plan(),
            start: transition.start().0,
            wait: transition.leave().0 - transition.start().0,
            cycles: transition.cycles().iter().map(|c| c.plan.plan()).collect(),
        }
    }

    /// The old plan for two cycles and the wait, each cycle in between, and the new plan for two cycles.
    fn runs(&self) -> Vec<Run<'a>> {
        let at = |plan: &SignalPlan, now: u32| {
            (i64::from(now) - i64::from(plan.offset.0)).rem_euclid(i64::from(plan.cycle.0)) as usize
        };
        let cycles = |plan: &SignalPlan, n: usize| n * usize::from(plan.cycle.0);
        let before =
            Run { plan: self.from, second: at(self.from, self.start), seconds: cycles(self.from, 2) + self.wait as usize };
        let between = self.cycles.iter().map(|&plan| Run { plan, second: 0, seconds: cycles(plan, 1) });
        let in_step = self.start + self.wait + self.cycles.iter().map(|c| u32::from(c.cycle.0)).sum::<u32>();
        let after = Run { plan: self.to, second: at(self.to, in_step), seconds: cycles(self.to, 2) };
        [before].into_iter().chain(between).chain([after]).collect()
    }

    /// Whether after the last cycle everything shows what the new plan would, had it been running for long: no amber is
    /// missing because its green was not shown.
    pub(crate) fn ends_in_step(&self, signal: &Signal) -> bool {
        let runs = self.runs();
        let film = expand(signal, &runs);
        let (last, cycle) = (&runs[runs.len() - 1], usize::from(self.to.cycle.0));
        let long = expand(signal, &[Run { plan: self.to, second: last.second, seconds: 3 * cycle }]);
        let end = |strip: &[Aspect], from: usize| strip[from..from + cycle].to_vec();
        let same = |(a, b): (&Vec<Aspect>, &Vec<Aspect>)| end(a, a.len() - 2 * cycle) == end(b, cycle);
        film.iter().zip(&long).all(same)
    }

    /// Whether up to the start everything shows what the old plan shows: a red-amber cannot be added to what has been.
    fn keeps_the_past(&self, signal: &Signal, film: &Film) -> bool {
        let before = 2 * usize::from(self.from.cycle.0);
        let second = self.runs()[0].second;
        let old = expand(signal, &[Run { plan: self.from, second, seconds: 2 * before }]);
        film.iter().zip(&old).all(|(a, b)| a[..before] == b[..before])
    }

    /// Everything that is wrong with the cycles by themselves and with what is shown on the whole way.
    pub(crate) fn wrongs(&self, signal: &Signal) -> BTreeSet<Wrong> {
        let alone: BTreeSet<Wrong> =
            self.cycles.iter().flat_map(|c| wrongs_of_plan(signal, &c.with_offset(Seconds(0)))).collect();
        if !alone.is_empty() {
            return alone;
        }
        let film = expand(signal, &self.runs());
        let mut wrong = wrongs_of_film(signal, &film);
        if !self.keeps_the_past(signal, &film) {
            wrong.insert(Wrong::Transition);
        }
        if signal.groups.ids().any(|id| leaves_no_room(signal, id, &film[id.index()])) {
            wrong.insert(Wrong::RedTooShort);
        }
        wrong
    }
}

/// What every group shows: greens as the plans have them, each with its amber after it and its red-amber before it.
fn expand(signal: &Signal, runs: &[Run<'_>]) -> Film {
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
    let way = Way::of(transition);
    let film = expand(signal, &way.runs());
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
    way.wrongs(signal)
}

/// Whether a green that has lasted since before the film ends too shortly before the next one: what judges films counts from
/// the first green that begins.
fn leaves_no_room(signal: &Signal, id: GroupId, strip: &[Aspect]) -> bool {
    let group = &signal.groups[id];
    let lasts = strip.iter().take_while(|&&a| a == Aspect::Green).count();
    let gap = strip[lasts..].iter().position(|&a| a == Aspect::Green);
    let required = (group.amber.0 + group.min_red.0 + group.red_amber.0).max(1);
    lasts > 0 && gap.is_some_and(|gap| gap < usize::from(required))
}

/// Whether the end of the film is the new plan by the common clock.
pub(crate) fn is_in_step(signal: &Signal, transition: &Transition) -> bool {
    let (to, from) = (transition.to(), transition.in_step().0);
    let same = |s: u32, g| transition.aspect_at(g, DaySecond(s)) == to.aspect_at(g, DaySecond(s));
    (from..from + u32::from(to.cycle().0)).all(|s| signal.groups.ids().all(|g| same(s, g)))
}
