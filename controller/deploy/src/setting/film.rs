//! The film of a plan: which groups are green, second by second, and its stages.

use model::id::{GroupId, IdVec};
use model::signal::{Green, SafePlan};
use model::time::Seconds;

/// Which groups are green, second by second.
pub(crate) type Film = Vec<Vec<bool>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StageRun {
    pub(crate) begin: usize,
    pub(crate) seconds: usize,
}

pub(crate) fn film(plan: &SafePlan) -> Film {
    let (cycle, greens) = (plan.cycle(), &plan.plan().greens);
    let picture = |s| greens.iter().map(|g| g.iter().any(|g| g.covers(Seconds(s), cycle))).collect();
    (0..cycle.0).map(picture).collect()
}

/// The stages of a film: runs of the same greens beside which neither before nor after all of these and more show.
pub(crate) fn stages(film: &Film) -> Vec<StageRun> {
    let cycle = film.len();
    let changes: Vec<usize> = (0..cycle).filter(|&s| film[s] != film[(s + cycle - 1) % cycle]).collect();
    let within = |part: &[bool], whole: &[bool]| part.iter().zip(whole).all(|(p, w)| !p || *w);
    let run = |i: usize| {
        let (begin, next) = (changes[i], changes[(i + 1) % changes.len()]);
        let before = &film[(begin + cycle - 1) % cycle];
        let is_stage = !within(&film[begin], before) && !within(&film[begin], &film[next]);
        is_stage.then_some(StageRun { begin, seconds: (next + cycle - begin - 1) % cycle + 1 })
    };
    let runs: Vec<StageRun> = (0..changes.len()).filter_map(run).collect();
    if changes.is_empty() { vec![StageRun { begin: 0, seconds: cycle }] } else { runs }
}

/// The stage that a plan shows in a second of its cycle, counted from 1; 0 between stages.
pub(crate) fn stage_at(plan: &SafePlan, second: Seconds) -> usize {
    let (film, second) = (film(plan), usize::from(second.0));
    let is_in = |run: &StageRun| (second + film.len() - run.begin) % film.len().max(1) < run.seconds;
    stages(&film).iter().position(is_in).map_or(0, |place| place + 1)
}

/// The film with the last second of each stage shown for longer. A stage that goes over second 0 is lengthened at its end.
pub(super) fn lengthened(own: &Film, runs: &[StageRun], extra: &[u16]) -> Film {
    let cycle = own.len();
    let last = |run: &StageRun| (run.begin + run.seconds - 1) % cycle;
    let times = |s: usize| 1 + runs.iter().zip(extra).find(|(run, _)| last(run) == s).map_or(0, |(_, e)| usize::from(*e));
    (0..cycle).flat_map(|s| std::iter::repeat_n(own[s].clone(), times(s))).collect()
}

pub(crate) fn greens(film: &Film) -> IdVec<GroupId, Vec<Green>> {
    let cycle = film.len();
    let of = |group: usize| -> Vec<Green> {
        let shown = |s: usize| film[s % cycle][group];
        if (0..cycle).all(shown) {
            return vec![Green { start: Seconds(0), duration: Seconds(cycle as u16) }];
        }
        let starts = (0..cycle).filter(|&s| shown(s) && !shown(s + cycle - 1));
        let green = |s: usize| Green {
            start: Seconds(s as u16),
            duration: Seconds((s..s + cycle).take_while(|&i| shown(i)).count() as u16),
        };
        starts.map(green).collect()
    };
    (0..film.first().map_or(0, Vec::len)).map(of).collect()
}
