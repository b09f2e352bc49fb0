//! The search in the simulation: small changes of a timing, kept when the simulation is sure that they are better.
//!
//! Everything is compared with the same seeds. Several changes at a time are run with two seeds each; the best goes on with two
//! more at a time, until the 95 % interval of the difference is clear of zero or half of the seeds are used up; then it is kept when
//! it is better by more than the standard error. In a large network there is no time for that: there changes are tried in the order
//! of what the platoon model foresees, and kept when they are better with each of a few seeds. Chance is among what is kept, so at
//! the end the outcome is held against what the search began with over all seeds. The effort is a number of vehicle updates, so
//! that the outcome does not depend on the machine.

use super::foresight::Foresight;
use super::moves::{Move, pairs};
use super::objective::Objective;
use super::timing::{Sequences, Timing};
use super::{Effort, OptimiseError, Progress, mean};
use crate::runs::{RunResult, Setup, run_on, side_by_side};
use crate::statistics::{Interval, interval, signed_rank_interval};
use model::scenario::{PlanSet, Scenario};
use model::time::{DaySecond, Seconds, Step};
use sim::Ground;

/// Changes that are run beside each other: so many on every machine, for what comes out depends on it.
const ABREAST: usize = 4;

/// Seeds that a change is run with at a time.
const FEW: usize = 2;

/// Where there are several signals, no more than this is handed from one stage to another at once, in seconds.
const MUCH: i32 = 4;

/// The least that a hasty search changes, in seconds: less is not seen with a few seeds.
const LITTLE: i32 = 4;

/// With so many seeds a change has to be better in a hasty search, one by one: by chance one in sixteen is.
const HASTY_SEEDS: usize = 2 * FEW;

/// From how many of the ranked timings the search goes on.
const BEGINNINGS: usize = 2;

/// Runs for each signal below which there is no time to be sure of every change.
const LEISURE: u64 = 60;

/// What part of the effort a hasty search uses: it finds little that the platoon model has not found, and takes long for it.
const HASTE: u64 = 6;

/// Runs that the effort ought to be enough for; the measured period is cut short where it is not.
const RUNS: u64 = 600;

/// How many times the demand of the scenario travels, seed by seed in turn: a plan has to stand more of it, for counts are never
/// exact, and queues that just fit lock a network in the next simulation. What stands more stands less. Assumed.
const DEMAND: [f64; 4] = [1.0, 1.15, 1.0, 1.3];

/// The shortest measured period of a run, in seconds.
const SHORTEST_PERIOD: u64 = 1500;

/// A search that goes on until its effort is used up.
pub(super) struct Search<'a> {
    /// The scenario with the period that is run and each of [`DEMAND`].
    short: [Scenario; DEMAND.len()],
    ground: Ground,
    sequences: &'a Sequences<'a>,
    effort: &'a Effort,
    setup: Setup,
    progress: &'a dyn Progress,
    /// Vehicle updates that are left.
    left: u64,
    /// Whether the effort is not enough to be sure of every change.
    hasty: bool,
}

/// A timing and what it costs, by seed of the search as far as known.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    /// Of those that were ranked, the one from which it comes.
    pub(super) start: usize,
    pub(super) timing: Timing,
    pub(super) costs: Vec<f64>,
}

/// What a search has done.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Done {
    pub(super) tried: usize,
    pub(super) kept: usize,
}

impl<'a> Search<'a> {
    /// A search for a scenario.
    pub(super) fn new(
        scenario: &Scenario,
        sequences: &'a Sequences<'a>,
        effort: &'a Effort,
        setup: &Setup,
        progress: &'a dyn Progress,
    ) -> Self {
        let setup = Setup { monitor: false, quality: false, ..*setup };
        let short = DEMAND.map(|factor| {
            let mut short = scenario.clone();
            // Platoons may leave no room for more: then it stays as it is.
            if short.demand.scale(scenario.demand.factor * factor).is_err() {
                short.demand = scenario.demand.clone();
            }
            short
        });
        Self { short, ground: Ground::new(scenario), sequences, effort, setup, progress, left: effort.updates, hasty: false }
    }

    /// Cuts the measured period short where a run of the whole takes so long that too few could be made.
    pub(super) fn fit_period(&mut self, plan: &PlanSet) {
        let whole = u64::from(self.period());
        let first = self.run_seeds(&[plan], (0, 1));
        let updates = first[0][0].measures.vehicle_updates.max(1);
        let affordable = (whole * self.effort.updates / (updates * RUNS)).max(SHORTEST_PERIOD).min(whole);
        for short in &mut self.short {
            short.end = DaySecond(short.begin.0 + affordable as u32);
            short.warm_up = Seconds(short.warm_up.0.min(600));
        }
        let runs = self.effort.updates * whole / (updates * affordable);
        self.hasty = runs < LEISURE * self.sequences.len() as u64;
        if self.hasty {
            self.left /= HASTE;
        }
    }

    /// What is to be little.
    pub(super) fn objective(&self) -> Objective {
        self.effort.objective
    }

    /// The measured period of a run, in seconds.
    pub(super) fn period(&self) -> u32 {
        self.short[0].end.0 - self.short[0].begin.0
    }

    /// The timings with their costs over the first few seeds, best first. The better half is run with twice as many seeds, and the
    /// better half of those again (sequential halving).
    pub(super) fn rank(&mut self, timings: Vec<Timing>) -> Result<Vec<Judged>, OptimiseError> {
        self.progress.begin("comparing where to begin", (timings.len() * FEW) as u64);
        let costs = self.costs(&timings, (0, FEW))?;
        let each = timings.into_iter().zip(costs).enumerate();
        let mut judged: Vec<Judged> = each.map(|(start, (timing, costs))| Judged { start, timing, costs }).collect();
        let (mut left, mut seeds) = (judged.len(), FEW);
        loop {
            judged[..left].sort_by(|a, b| mean(&a.costs).total_cmp(&mean(&b.costs)));
            (left, seeds) = (left.div_ceil(2), 2 * seeds);
            if left < 2 || seeds > self.most_seeds() {
                return Ok(judged);
            }
            for one in &mut judged[..left] {
                self.know(one, seeds)?;
            }
        }
    }

    /// Goes from the best of some timings to better ones, and from the best of these further, until the effort is used up.
    pub(super) fn best_of(
        &mut self,
        starts: Vec<Judged>,
        foresight: &mut Foresight<'_>,
    ) -> Result<(Judged, Done), OptimiseError> {
        let mut done = Done::default();
        self.progress.begin("refining", 0);
        let count = if self.hasty { 1 } else { BEGINNINGS };
        let share = if self.hasty { self.left } else { self.left / (count as u64 + 1) };
        let mut best: Option<Judged> = None;
        for start in starts.into_iter().take(count) {
            let floor = self.left.saturating_sub(share);
            let found = self.improve(start, (&self.effort.steps, floor), foresight, &mut done)?;
            best = Some(match best {
                Some(best) => self.better_of(best, found)?,
                None => found,
            });
        }
        let best = best.ok_or(OptimiseError::NoCommonCycle)?;
        Ok((self.go_astray(best, foresight, &mut done)?, done))
    }

    /// Leaves a timing that no small change makes better by large ones, one after the other, and comes down from there again.
    fn go_astray(&mut self, mut best: Judged, foresight: &mut Foresight<'_>, done: &mut Done) -> Result<Judged, OptimiseError> {
        let effort = self.effort;
        let Some(&largest) = effort.steps.first() else { return Ok(best) };
        let mut moves = self.moves(&best.timing, largest).into_iter();
        while self.left > 0 {
            let Some(by) = moves.next() else { break };
            let Some(timing) = by.changed(self.sequences, &best.timing) else { continue };
            let mut astray = Judged { start: best.start, timing, costs: Vec::new() };
            self.know(&mut astray, FEW)?;
            let found = self.improve(astray, (&effort.steps[1..], 0), foresight, done)?;
            let before = self.over_all(&mut best)?;
            best = self.better_of(best, found)?;
            if mean(&best.costs) < before {
                moves = self.moves(&best.timing, largest).into_iter();
            }
        }
        Ok(best)
    }

    /// The one that costs less over all seeds.
    fn better_of(&mut self, mut a: Judged, mut b: Judged) -> Result<Judged, OptimiseError> {
        Ok(if self.over_all(&mut b)? < self.over_all(&mut a)? { b } else { a })
    }

    /// What a timing costs over all seeds on which changes are decided.
    fn over_all(&mut self, judged: &mut Judged) -> Result<f64, OptimiseError> {
        self.know(judged, self.most_seeds())?;
        Ok(mean(&judged.costs))
    }

    /// Half of the seeds: the others have seen none of the changes.
    fn most_seeds(&self) -> usize {
        self.effort.search_seeds.len().div_ceil(2)
    }

    /// What a timing costs more than another over all seeds of the search, seed by seed: Student's interval, or where that is not
    /// clear of zero because traffic locks with one of the seeds, that of the signed ranks.
    pub(super) fn difference(&mut self, from: &mut Judged, to: &mut Judged) -> Result<Interval, OptimiseError> {
        for judged in [&mut *from, &mut *to] {
            self.know(judged, self.effort.search_seeds.len())?;
        }
        let differences: Vec<f64> = to.costs.iter().zip(&from.costs).map(|(to, from)| to - from).collect();
        let by_student = interval(&differences);
        Ok(if by_student.is_clear_of_zero() { by_student } else { signed_rank_interval(&differences) })
    }

    /// Goes from a timing to better ones, with smaller and smaller changes, until there are none or no more than `floor` of the
    /// effort is left.
    fn improve(
        &mut self,
        mut best: Judged,
        (steps, floor): (&[i32], u64),
        foresight: &mut Foresight<'_>,
        done: &mut Done,
    ) -> Result<Judged, OptimiseError> {
        if self.hasty {
            let sizes = steps.iter().filter(|s| **s >= LITTLE);
            let moves = sizes.flat_map(|&step| self.moves(&best.timing, step)).collect();
            let moves = foresight.ranked(&best.timing, moves)?;
            self.sweep(&mut best, &moves, floor, done)?;
            return Ok(best);
        }
        for &step in steps {
            // The same changes again as long as any of them is better.
            while self.left > floor && self.sweep_all(&mut best, step, floor, done)? {}
        }
        Ok(best)
    }

    /// Tries the changes of a size; whether any was kept.
    fn sweep_all(&mut self, best: &mut Judged, step: i32, floor: u64, done: &mut Done) -> Result<bool, OptimiseError> {
        let moves = self.moves(&best.timing, step);
        self.sweep(best, &moves, floor, done)
    }

    /// Tries some changes, a few at a time; whether any was kept.
    fn sweep(&mut self, best: &mut Judged, moves: &[Move], floor: u64, done: &mut Done) -> Result<bool, OptimiseError> {
        let (kept, abreast) = (done.kept, if self.hasty { FEW } else { ABREAST });
        for moves in moves.chunks(abreast) {
            if self.left <= floor {
                break;
            }
            let candidates: Vec<Timing> = moves.iter().filter_map(|m| m.changed(self.sequences, &best.timing)).collect();
            done.tried += candidates.len();
            if let Some(better) = self.better(best, candidates)? {
                *best = better;
                done.kept += 1;
            }
        }
        Ok(done.kept > kept)
    }

    /// The changes of a size: when greens begin, then how long they last.
    fn moves(&self, timing: &Timing, step: i32) -> Vec<Move> {
        let (several, both) = (self.sequences.len() > 1, [step, -step]);
        let together = several && timing.common_cycle(self.sequences).is_some();
        let shifts = self.sequences.ids().filter(|_| several).flat_map(|id| both.map(|by| Move::Shift(id, by)));
        let stretches = both.into_iter().filter(|_| together).map(Move::Stretch);
        let splits = timing.durations.enumerate().flat_map(|(id, durations)| {
            let pairs = pairs(durations.len()).filter(|_| !several || step <= MUCH);
            let exchanges = pairs.map(move |pair| Move::Exchange(id, pair, step));
            let stages = (0..durations.len()).filter(|_| !together);
            let lengthened = stages.flat_map(move |stage| both.map(|by| Move::Lengthen(id, stage, by)));
            exchanges.chain(lengthened).collect::<Vec<_>>()
        });
        shifts.chain(stretches).chain(splits).collect()
    }

    /// The best of some timings if it is surely better.
    fn better(&mut self, best: &mut Judged, candidates: Vec<Timing>) -> Result<Option<Judged>, OptimiseError> {
        if candidates.is_empty() {
            return Ok(None);
        }
        self.know(best, FEW)?;
        let costs = self.costs(&candidates, (0, FEW))?;
        let judged = candidates.into_iter().zip(costs).map(|(timing, costs)| Judged { start: best.start, timing, costs });
        let promising = judged.filter(|j| mean(&j.costs) < mean(&best.costs[..j.costs.len()]));
        let Some(mut found) = promising.min_by(|a, b| mean(&a.costs).total_cmp(&mean(&b.costs))) else { return Ok(None) };
        loop {
            let seeds = found.costs.len();
            self.know(best, seeds)?;
            let differences: Vec<f64> = found.costs.iter().zip(&best.costs).map(|(new, old)| new - old).collect();
            let between = interval(&differences);
            if between.high < 0.0 {
                return Ok(Some(found));
            }
            if between.mean >= 0.0 || self.left == 0 {
                return Ok(None);
            }
            if self.hasty && (seeds >= HASTY_SEEDS || differences.iter().any(|d| *d >= 0.0)) {
                return Ok(differences.iter().all(|d| *d < 0.0).then_some(found));
            }
            if seeds >= self.most_seeds() {
                let standard_error = between.sd / (seeds as f64).sqrt();
                return Ok((between.mean < -standard_error).then_some(found));
            }
            self.know(&mut found, seeds + FEW)?;
        }
    }

    /// Runs a timing with more seeds, until so many are known.
    fn know(&mut self, judged: &mut Judged, seeds: usize) -> Result<(), OptimiseError> {
        let seeds = seeds.min(self.effort.search_seeds.len());
        if judged.costs.len() < seeds {
            let more = self.costs(std::slice::from_ref(&judged.timing), (judged.costs.len(), seeds))?;
            judged.costs.extend(more.into_iter().flatten());
        }
        Ok(())
    }

    /// What timings cost, by timing and seed, of a range of the seeds.
    fn costs(&mut self, timings: &[Timing], (from, to): (usize, usize)) -> Result<Vec<Vec<f64>>, OptimiseError> {
        let plan = |t: &Timing| t.set("trial", String::new(), self.sequences);
        let plans = timings.iter().map(plan).collect::<Result<Vec<_>, _>>()?;
        let runs = self.run_seeds(&plans.iter().collect::<Vec<_>>(), (from, to));
        let cost = |run: &RunResult| self.effort.objective.of_run(run);
        Ok(runs.iter().map(|runs| runs.iter().map(cost).collect()).collect())
    }

    /// The step of the runs with a seed: where steps are of a second, every other seed has steps of half of one. Queues discharge
    /// a little differently then, and a plan should not depend on that. A hasty search has steps of a second.
    fn step_of(&self, seed: usize) -> Option<Step> {
        let usual = self.setup.step.unwrap_or(self.short[0].step);
        match (self.hasty, usual == Step::ONE_SECOND && seed % 2 == 1) {
            (true, _) => Some(Step::ONE_SECOND),
            (false, true) => Some(Step::HALF_SECOND),
            (false, false) => self.setup.step,
        }
    }

    /// Runs plans with a range of the seeds.
    fn run_seeds(&mut self, plans: &[&PlanSet], (from, to): (usize, usize)) -> Vec<Vec<RunResult>> {
        let seeds = &self.effort.search_seeds;
        let seeds: Vec<usize> = (from.min(seeds.len())..to.min(seeds.len())).collect();
        let runs: Vec<(usize, usize)> = (0..plans.len()).flat_map(|p| seeds.iter().map(move |&s| (p, s))).collect();
        let one = |&(plan, seed): &(usize, usize)| {
            let demand = if self.hasty { 0 } else { seed % DEMAND.len() };
            let setup = Setup { step: self.step_of(seed), ..self.setup };
            let run = run_on(&self.ground, &self.short[demand], Some(plans[plan]), self.effort.search_seeds[seed], &setup);
            self.progress.tick();
            run
        };
        let runs = side_by_side(self.setup.jobs, &runs, one);
        let used: u64 = runs.iter().map(|r| r.measures.vehicle_updates).sum();
        self.left = self.left.saturating_sub(used);
        let mut runs = runs.into_iter();
        plans.iter().map(|_| runs.by_ref().take(seeds.len()).collect()).collect()
    }
}
