//! The stages that a plan shows, and the same plan with stages of other lengths.

use model::id::{GroupId, Id, IdVec};
use model::signal::{Green, SafePlan, Signal, SignalPlan};
use model::time::Seconds;

/// What shows green in a second, by group.
type Picture = Vec<bool>;

/// A plan taken apart into the stages that it shows and what lies between them.
///
/// A stage is a run of seconds in which the same groups show green, and neither just before nor just after do all of
/// these and more. Every plan shows one at least, whether its signal names stages or not. What lies between, the greens
/// that end late or begin early among it, is never changed: a plan whose stages are only lengthened keeps every rule
/// that it kept before.
#[derive(Debug, Clone)]
pub(super) struct Staged {
    /// By second of the cycle.
    pictures: Vec<Picture>,
    /// The stage of each second of the cycle and how far it is into it; `None` between stages.
    places: Vec<Option<(usize, usize)>>,
    /// First second of each stage, ascending.
    pub(super) begins: Vec<usize>,
    /// How long each stage lasts, in seconds.
    pub(super) durations: Vec<u16>,
}

impl Staged {
    /// The stages of a plan, second 0 of its cycle first.
    pub(super) fn of(plan: &SafePlan) -> Self {
        let (cycle, greens) = (plan.cycle(), &plan.plan().greens);
        let picture = |s| greens.iter().map(|g| g.iter().any(|g| g.covers(Seconds(s), cycle))).collect();
        let pictures: Vec<Picture> = (0..cycle.0).map(picture).collect();
        let cycle = pictures.len();
        let changes: Vec<usize> = (0..cycle).filter(|&s| pictures[s] != pictures[(s + cycle - 1) % cycle]).collect();
        let mut staged = Self { pictures, places: vec![None; cycle], begins: Vec::new(), durations: Vec::new() };
        for (i, &begin) in changes.iter().enumerate() {
            let next = changes[(i + 1) % changes.len()];
            let before = &staged.pictures[(begin + cycle - 1) % cycle];
            let shown = &staged.pictures[begin];
            if !is_within(shown, before) && !is_within(shown, &staged.pictures[next]) {
                staged.add_stage(begin, (next + cycle - begin - 1) % cycle + 1);
            }
        }
        if changes.is_empty() {
            staged.add_stage(0, cycle);
        }
        staged
    }

    fn add_stage(&mut self, begin: usize, duration: usize) {
        let (stage, cycle) = (self.begins.len(), self.pictures.len());
        (0..duration).for_each(|i| self.places[(begin + i) % cycle] = Some((stage, i)));
        self.begins.push(begin);
        self.durations.push(duration as u16);
    }

    /// The cycle, in seconds.
    pub(super) fn cycle(&self) -> usize {
        self.pictures.len()
    }

    /// Last second of a stage.
    pub(super) fn last(&self, stage: usize) -> usize {
        (self.begins[stage] + usize::from(self.durations[stage]) - 1) % self.cycle()
    }

    /// Whether a stage shows the same greens as one of another plan.
    pub(super) fn shows(&self, stage: usize, other: &Self, others: usize) -> bool {
        self.pictures[self.begins[stage]] == other.pictures[other.begins[others]]
    }

    /// The stage that shows most of these groups, the longest of several; the longest of all when none are given.
    pub(super) fn most_like(&self, greens: &[GroupId]) -> usize {
        let shared = |k: usize| greens.iter().filter(|g| self.pictures[self.begins[k]][g.index()]).count();
        (0..self.begins.len()).rev().max_by_key(|&k| (shared(k), self.durations[k])).unwrap_or(0)
    }

    /// The plan with stages of other lengths, at least a second each, in whose second 0 the `first` second of this plan
    /// stands; its offset is 0.
    pub(super) fn stretched(&self, durations: &[u16], first: usize) -> SignalPlan {
        let from_first = (0..self.cycle()).map(|i| (first + i) % self.cycle());
        let seconds: Vec<usize> = from_first.flat_map(|s| std::iter::repeat_n(s, self.times(s, durations))).collect();
        let shown = |group: GroupId| {
            let green = |i: usize| self.pictures[seconds[i % seconds.len()]][group.index()];
            greens(seconds.len(), &green)
        };
        SignalPlan {
            cycle: Seconds(seconds.len() as u16),
            offset: Seconds(0),
            greens: IdVec::from_fn(self.pictures[0].len(), shown),
        }
    }

    /// How often a second is shown: the first of a stage again and again where it is lengthened, the first ones not at
    /// all where it is shortened.
    fn times(&self, second: usize, durations: &[u16]) -> usize {
        let Some((stage, place)) = self.places[second] else { return 1 };
        let (own, wanted) = (usize::from(self.durations[stage]), usize::from(durations[stage]));
        match place {
            0 if wanted >= own => 1 + wanted - own,
            _ => usize::from(place + wanted >= own),
        }
    }

    /// Durations with which the plan keeps every rule, and with all longer ones too: shortened second by second, always
    /// where most is left, until none can be shortened any more.
    pub(super) fn shortest(&self, signal: &Signal) -> Vec<u16> {
        let mut shortest = self.durations.clone();
        let mut open: Vec<usize> = (0..shortest.len()).collect();
        let left = |k: usize, x: &[u16]| u64::from(x[k]) * 1_000_000 / u64::from(self.durations[k]);
        while let Some(&stage) = open.iter().max_by_key(|&&k| (left(k, &shortest), std::cmp::Reverse(k))) {
            shortest[stage] -= 1;
            if shortest[stage] == 0 || !self.stretched(&shortest, 0).faults(signal).is_empty() {
                shortest[stage] += 1;
                open.retain(|&k| k != stage);
            }
        }
        shortest
    }
}

/// Whether everything that the one shows is shown by the other too.
fn is_within(one: &Picture, other: &Picture) -> bool {
    one.iter().zip(other).all(|(a, b)| !a || *b)
}

/// The greens of a group over a cycle.
fn greens(cycle: usize, green: &dyn Fn(usize) -> bool) -> Vec<Green> {
    if (0..cycle).all(green) {
        return vec![Green { start: Seconds(0), duration: Seconds(cycle as u16) }];
    }
    let begins = (0..cycle).filter(|&s| green(s) && !green(s + cycle - 1));
    let lasts = |s: usize| (0..cycle).take_while(|i| green(s + i)).count();
    begins.map(|s| Green { start: Seconds(s as u16), duration: Seconds(lasts(s) as u16) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::id::SignalId;
    use model::toy::Grid;

    /// K1 is green from 0 to 36, K2 from 42 to 74, of 80.
    fn staged() -> (Signal, SafePlan, Staged) {
        let scenario = Grid::default().scenario();
        let plan = scenario.plan(None).unwrap().plans[SignalId(0)].clone();
        let staged = Staged::of(&plan);
        (scenario.signals[SignalId(0)].clone(), plan, staged)
    }

    #[test]
    fn a_plan_shows_its_stages_in_their_order() {
        let (signal, _, staged) = staged();
        assert_eq!((&staged.begins[..], &staged.durations[..]), (&[0, 42][..], &[36, 32][..]));
        assert_eq!(staged.shortest(&signal), [5, 5]);
        assert_eq!(staged.most_like(&[GroupId(1)]), 1);
    }

    #[test]
    fn stretched_by_nothing_it_is_the_same_plan_and_longer_stages_lengthen_their_greens() {
        let (signal, plan, staged) = staged();
        assert_eq!(staged.stretched(&staged.durations, 0), *plan.plan());
        let other = staged.stretched(&[40, 20], 42);
        assert_eq!((other.cycle, other.greens[GroupId(1)][0].start), (Seconds(72), Seconds(0)));
        assert_eq!((other.green_time(GroupId(0)), other.green_time(GroupId(1))), (Seconds(40), Seconds(20)));
        assert_eq!(other.faults(&signal), []);
    }
}
