//! The search in the platoon model: thousands of timings in seconds.
//!
//! A hill-climb as TRANSYT has it: one signal after the other, its offset, splits and order of stages, and the common cycle; steps
//! from large to small and large again, each as long as it finds anything better. From the best of some climbs an evolution
//! strategy changes everything at once; then neighbouring signals are moved together, as no single step can, and climbed from
//! again. What comes out is a place to begin for the search in the simulation, and a plan of its own in the comparison.

use super::moves::{Move, pairs};
use super::objective::{Aboard, Objective};
use super::timing::{Sequences, Timing};
use super::{Effort, OptimiseError};
use crate::streams::platoon_model;
use controller::{Candidate, Evolution, Foreseen, Part, PlatoonModel, Recording, Scratch};
use model::id::{IdVec, SignalId};
use model::maths;
use model::scenario::Scenario;
use model::signal::SignalPlan;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many times the demand of the scenario is foreseen, most first: a plan has to stand more than the count. Assumed.
const DEMAND: [f64; 2] = [1.15, 1.0];

/// Steps of the hill-climb, in seconds.
const STEPS: [i32; 9] = [20, 8, 4, 2, 1, 20, 8, 2, 1];

/// Stages change their order, and signals go through them twice, in steps of this size and above, in seconds.
const REORDERING: i32 = 8;

/// From how many timings the model climbs.
const CLIMBS: usize = 6;

/// Climbs that are made side by side: so many on every machine, for what comes out depends on it where the effort ends.
const ABREAST: usize = 2;

/// Step of the evolution at the beginning and at the end, in seconds.
const FIRST_STEP: f64 = 15.0;
const LAST_STEP: f64 = 0.4;

/// How far signals are moved together, in seconds: the standard deviation.
const KICK: f64 = 25.0;

/// Of the effort the evolution may use this part.
const OF_EVOLUTION: u64 = 6;

/// Kicks without success after which there are no more.
const IN_VAIN: usize = 8;

/// How many of the changes of a signal that look better near it are looked at with the whole network.
const PROMISING: usize = 2;

/// From so many of the timings that were climbed to the search in the simulation may go on.
const RIVALS: usize = 6;

/// Offsets at random are drawn from so many seconds: any cycle fits into them.
const LONGEST_CYCLE: u64 = 600;

/// Whether a climb may change the cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cycle {
    Free,
    Kept,
}

/// A timing and what the model foresees for it.
#[derive(Debug, Clone)]
pub(super) struct Promise {
    pub(super) timing: Timing,
    /// With each of [`DEMAND`].
    costs: [f64; DEMAND.len()],
}

impl Promise {
    /// Over all of [`DEMAND`].
    pub(super) fn cost(&self) -> f64 {
        super::mean(&self.costs)
    }

    fn better(self, other: Self) -> Self {
        if other.cost() < self.cost() { other } else { self }
    }
}

/// What the platoon model says of timings.
pub(super) struct Foresight<'a> {
    sequences: &'a Sequences<'a>,
    models: [PlatoonModel; DEMAND.len()],
    aboard: [Aboard; DEMAND.len()],
    /// What is to be little.
    pub(super) objective: Objective,
    /// What matters of the first of the models where a signal changes.
    parts: IdVec<SignalId, Part>,
    /// Threads for what is looked at side by side; none where there are none to be had.
    threads: Option<rayon::ThreadPool>,
    /// Timings that were looked at, and the streams that were run for it.
    looked_at: AtomicU64,
    run: AtomicU64,
    /// Streams that may be run.
    effort: u64,
    /// What climbs have come to, the best few, best first.
    rivals: Vec<Promise>,
    /// What the best of the hill-climbs alone came to.
    pub(super) climbed: f64,
}

impl<'a> Foresight<'a> {
    /// The model of a scenario with each of [`DEMAND`]; so many threads, 0 for one per core.
    pub(super) fn new(scenario: &Scenario, sequences: &'a Sequences<'a>, effort: &Effort, jobs: usize) -> Self {
        let stream_model = platoon_model(scenario);
        let (model, aboard) = (&stream_model.model, Aboard::of(&stream_model));
        let threads = rayon::ThreadPoolBuilder::new().num_threads(jobs).build().ok();
        let models = DEMAND.map(|factor| model.scaled(factor));
        let aboard = DEMAND.map(|factor| aboard.scaled(factor));
        let parts = sequences.ids().map(|id| models[0].part_around(id)).collect();
        Self {
            sequences,
            models,
            aboard,
            objective: effort.objective,
            parts,
            threads,
            looked_at: AtomicU64::new(0),
            run: AtomicU64::new(0),
            effort: effort.streams,
            rivals: Vec::new(),
            climbed: f64::INFINITY,
        }
    }

    /// The best that is found from the most promising of some timings.
    pub(super) fn best_from(&mut self, timings: Vec<Timing>) -> Result<Promise, OptimiseError> {
        let mut promises = self.promises(timings)?;
        promises.sort_by(|a, b| a.cost().total_cmp(&b.cost()));
        promises.truncate(CLIMBS);
        let mut climbed = Vec::new();
        for few in promises.chunks(ABREAST) {
            if climbed.is_empty() || !self.is_used_up() {
                climbed.extend(self.climb_each(few, Cycle::Free)?);
            }
        }
        let best = climbed.into_iter().reduce(Promise::better).ok_or(OptimiseError::NoCommonCycle)?;
        self.climbed = best.cost();
        let evolved = self.evolve(best)?;
        self.kick(evolved)
    }

    /// The best that hill-climbs alone find: from the most promising timings, then from the best with offsets at random, as long
    /// as there is effort left for another.
    pub(super) fn best_of_climbs(&mut self, timings: Vec<Timing>) -> Result<Promise, OptimiseError> {
        let mut promises = self.promises(timings)?;
        promises.sort_by(|a, b| a.cost().total_cmp(&b.cost()));
        let mut waiting = promises.into_iter();
        let first = waiting.next().ok_or(OptimiseError::NoCommonCycle)?;
        let (mut best, mut rng) = (self.climb(&first, Cycle::Free)?, ChaCha8Rng::seed_from_u64(1));
        while !self.is_used_up() {
            let next = if let Some(promise) = waiting.next() {
                promise
            } else {
                let mut offset = || (rng.next_u64() % LONGEST_CYCLE) as i32;
                let anywhere = |timing: Timing, id| timing.shifted(self.sequences, id, offset());
                let timing = self.sequences.ids().fold(best.timing.clone(), anywhere);
                self.promises(vec![timing])?.remove(0)
            };
            best = best.clone().better(self.climb(&next, Cycle::Free)?);
        }
        Ok(best)
    }

    /// What climbs from some timings come to, each by itself, however much effort is left.
    pub(super) fn best_of_each(&mut self, timings: Vec<Timing>) -> Result<Timing, OptimiseError> {
        let promises = self.promises(timings)?;
        let climbed = self.climb_each(&promises, Cycle::Free)?;
        Ok(climbed.into_iter().reduce(Promise::better).ok_or(OptimiseError::NoCommonCycle)?.timing)
    }

    /// The number of timings that were looked at.
    pub(super) fn looked_at(&self) -> u64 {
        self.looked_at.load(Ordering::Relaxed)
    }

    fn has_run(&self, streams: usize) {
        self.run.fetch_add(streams as u64, Ordering::Relaxed);
    }

    /// Whether the effort is used up.
    fn is_used_up(&self) -> bool {
        self.run.load(Ordering::Relaxed) > self.effort
    }

    /// The best that climbs from timings reach which keep their cycles, as long as there is effort left for another.
    pub(super) fn best_by_cycle(&mut self, timings: Vec<Timing>) -> Result<Vec<Timing>, OptimiseError> {
        let mut found = Vec::new();
        for few in self.promises(timings)?.chunks(ABREAST) {
            if !self.is_used_up() {
                found.extend(self.climb_each(few, Cycle::Kept)?.into_iter().map(|climbed| climbed.timing));
            }
        }
        Ok(found)
    }

    /// Climbs from each of some timings, side by side, and remembers what they come to.
    fn climb_each(&mut self, from: &[Promise], cycle: Cycle) -> Result<Vec<Promise>, OptimiseError> {
        let climb = |promise: &Promise| self.climb(promise, cycle);
        let climbed: Vec<Promise> = match &self.threads {
            Some(threads) => threads.install(|| from.par_iter().map(climb).collect::<Result<_, _>>()),
            None => from.iter().map(climb).collect(),
        }?;
        for promise in &climbed {
            self.remember(promise);
        }
        Ok(climbed)
    }

    /// Climbs from a timing to one that no step makes better.
    fn climb(&self, from: &Promise, cycle: Cycle) -> Result<Promise, OptimiseError> {
        let mut best = from.clone();
        let mut recording = self.record(&best.timing)?;
        for step in STEPS {
            loop {
                let before = best.cost();
                for id in self.sequences.ids() {
                    let timings = self.changed(&best.timing, &self.moves_at(&best.timing, id, step, cycle));
                    let costs = self.costs_near(id, (&best, recording.as_ref()), &timings)?;
                    if self.step(&mut best, timings.into_iter().zip(costs))? {
                        recording = self.record(&best.timing)?;
                    }
                }
                if cycle == Cycle::Free {
                    let timings = self.changed(&best.timing, &[Move::Stretch(step), Move::Stretch(-step)]);
                    let costs = self.costs(0, &timings)?;
                    if self.step(&mut best, timings.into_iter().zip(costs))? {
                        recording = self.record(&best.timing)?;
                    }
                }
                // Less than a thousandth is not worth another round.
                if best.cost() > before * (1.0 - 1e-3) {
                    break;
                }
            }
        }
        Ok(best)
    }

    fn remember(&mut self, climbed: &Promise) {
        let place = self.rivals.partition_point(|r| r.cost() <= climbed.cost());
        if self.rivals.iter().all(|r| r.timing != climbed.timing) {
            self.rivals.insert(place, climbed.clone());
            self.rivals.truncate(RIVALS);
        }
    }

    /// The best few timings that were climbed to, but for the best.
    pub(super) fn rivals(&self) -> impl Iterator<Item = &Timing> {
        self.rivals.iter().skip(1).map(|r| &r.timing)
    }

    /// A timing with each of some changes that are possible.
    fn changed(&self, timing: &Timing, moves: &[Move]) -> Vec<Timing> {
        moves.iter().filter_map(|m| m.changed(self.sequences, timing)).collect()
    }

    /// Takes the best of some timings, given with what they cost with the most demand, if it is better with all of it; whether it
    /// is. The most promising few of those that are better with the most are looked at.
    fn step(&self, best: &mut Promise, timings: impl Iterator<Item = (Timing, f64)>) -> Result<bool, OptimiseError> {
        let mut better: Vec<(Timing, f64)> = timings.filter(|(_, cost)| *cost < best.costs[0]).collect();
        better.sort_by(|a, b| a.1.total_cmp(&b.1));
        better.truncate(PROMISING);
        let found = self.promises(better.into_iter().map(|(timing, _)| timing).collect())?;
        let found = found.into_iter().min_by(|a, b| a.cost().total_cmp(&b.cost())).filter(|f| f.cost() < best.cost());
        let is_better = found.is_some();
        *best = found.unwrap_or_else(|| best.clone());
        Ok(is_better)
    }

    /// The changes of a size at a signal.
    fn moves_at(&self, timing: &Timing, id: SignalId, step: i32, cycle: Cycle) -> Vec<Move> {
        let stages = timing.durations[id].len();
        let shifts = [step, -step].map(|by| Move::Shift(id, by));
        let alone = timing.common_cycle(self.sequences).is_none() || self.sequences.len() == 1;
        let lengthened = (0..stages)
            .filter(|_| alone && cycle == Cycle::Free)
            .flat_map(|stage| [step, -step].map(|by| Move::Lengthen(id, stage, by)));
        let exchanged = pairs(stages).map(|pair| Move::Exchange(id, pair, step));
        let orders = (0..self.sequences.orders(id).len()).filter(|o| *o != timing.orders[id] && step >= REORDERING);
        let reordered = orders.map(|order| Move::Reorder(id, order));
        let several = self.sequences.len() > 1;
        let twice = (several && step >= REORDERING).then_some(Move::TwiceOrOnce(id));
        let together = shifts.into_iter().filter(|_| several).chain(twice);
        together.chain(reordered).chain(exchanged).chain(lengthened).collect()
    }

    /// Changes everything of a timing with a common cycle at once, and climbs from the best that is found.
    fn evolve(&mut self, from: Promise) -> Result<Promise, OptimiseError> {
        let Some(cycle) = from.timing.common_cycle(self.sequences) else { return Ok(from) };
        let stages: Vec<usize> = from.timing.durations.iter().map(Vec::len).collect();
        let mut search = Evolution::new(vec![0.0; 1 + stages.iter().map(|s| s + 1).sum::<usize>()], FIRST_STEP);
        let (mut normal, base) = (normal_draws(), &from.timing);
        let run = || self.run.load(Ordering::Relaxed);
        let begun = run();
        let mut best: Option<(f64, Timing)> = None;
        while search.step() > LAST_STEP && run() - begun < self.effort / OF_EVOLUTION {
            let candidates = search.candidates(&mut normal);
            let decoded = |c: &Candidate| {
                base.varied(self.sequences, cycle + c.point[0].round() as i32, &by_signal(&c.point[1..], &stages))
            };
            let timings: Vec<Option<Timing>> = candidates.iter().map(decoded).collect();
            let possible: Vec<Timing> = timings.iter().flatten().cloned().collect();
            let mut found = self.costs(0, &possible)?.into_iter();
            let mut cost = |timing: &Option<Timing>| timing.as_ref().and_then(|_| found.next()).unwrap_or(f64::INFINITY);
            let costs: Vec<f64> = timings.iter().map(&mut cost).collect();
            search.learn(&candidates, &costs);
            let each = costs.into_iter().zip(timings).filter_map(|(cost, timing)| Some((cost, timing?)));
            best = each.chain(best).min_by(|a, b| a.0.total_cmp(&b.0));
        }
        let Some((_, timing)) = best else { return Ok(from) };
        let found = self.promises(vec![timing])?;
        Ok(self.climb_each(&found, Cycle::Free)?.into_iter().fold(from, Promise::better))
    }

    /// Moves neighbouring signals together and climbs from there, again and again.
    fn kick(&mut self, mut best: Promise) -> Result<Promise, OptimiseError> {
        let (signals, mut normal) = (self.sequences.ids().collect::<Vec<_>>(), normal_draws());
        let mut in_vain = 0;
        while signals.len() > 1 && in_vain < IN_VAIN && !self.is_used_up() {
            let mut kicked = |_| {
                let first = (normal().abs() * 1e6) as usize % signals.len();
                let by = (normal() * KICK) as i32;
                let together = (0..(signals.len() / 4).max(1)).map(|n| signals[(first + n) % signals.len()]);
                together.fold(best.timing.clone(), |timing, id| timing.shifted(self.sequences, id, by))
            };
            let found = self.promises((0..ABREAST).map(&mut kicked).collect())?;
            let before = best.cost();
            best = self.climb_each(&found, Cycle::Free)?.into_iter().fold(best, Promise::better);
            in_vain = if best.cost() < before { 0 } else { in_vain + ABREAST };
        }
        Ok(best)
    }

    /// Changes of a timing, the most promising first.
    pub(super) fn ranked(&self, timing: &Timing, moves: Vec<Move>) -> Result<Vec<Move>, OptimiseError> {
        let (from, recording) = (self.promises(vec![timing.clone()])?.remove(0), self.record(timing)?);
        let mut ranked = Vec::with_capacity(moves.len());
        let possible = |m: Move| Some((m, m.changed(self.sequences, timing)?));
        let mut possible: Vec<(Move, Timing)> = moves.into_iter().filter_map(possible).collect();
        possible.sort_by_key(|(change, _)| change.signal());
        for at_signal in possible.chunk_by(|a, b| a.0.signal() == b.0.signal()) {
            let timings: Vec<Timing> = at_signal.iter().map(|(_, timing)| timing.clone()).collect();
            let costs = match at_signal[0].0.signal() {
                Some(id) => self.costs_near(id, (&from, recording.as_ref()), &timings)?,
                None => self.costs(0, &timings)?,
            };
            ranked.extend(at_signal.iter().map(|(change, _)| *change).zip(costs));
        }
        ranked.sort_by(|a, b| a.1.total_cmp(&b.1));
        Ok(ranked.into_iter().map(|(change, _)| change).collect())
    }

    /// What is foreseen for each of some timings with all of [`DEMAND`], in their order.
    pub(super) fn promises(&self, timings: Vec<Timing>) -> Result<Vec<Promise>, OptimiseError> {
        let mut costs = [self.costs(0, &timings)?.into_iter(), self.costs(1, &timings)?.into_iter()];
        let mut next = |demand: usize| costs[demand].next().expect("a cost for each timing");
        Ok(timings.into_iter().map(|timing| Promise { timing, costs: [next(0), next(1)] }).collect())
    }

    /// What is foreseen for each of some timings with one of [`DEMAND`], in their order.
    fn costs(&self, demand: usize, timings: &[Timing]) -> Result<Vec<f64>, OptimiseError> {
        self.has_run(timings.len() * self.models[demand].streams().len());
        self.each(timings, |this, plans, scratch| this.cost(demand, &this.models[demand].foresee(plans, scratch)))
    }

    /// The same with the most demand for timings that differ at one signal from one that was recorded: roughly, where that is
    /// faster.
    fn costs_near(
        &self,
        id: SignalId,
        (from, recording): (&Promise, Option<&Recording>),
        timings: &[Timing],
    ) -> Result<Vec<f64>, OptimiseError> {
        let (part, all) = (self.parts[id].len(), self.models[0].streams().len());
        let Some(recording) = recording.filter(|_| 2 * part < all) else { return self.costs(0, timings) };
        // What the surroundings do before anything is counted was not recorded, so only differences are right.
        let each = [std::slice::from_ref(&from.timing), timings].concat();
        self.has_run(each.len() * part);
        let near = |this: &Self, plans: &_, scratch: &mut _| {
            this.cost(0, &this.models[0].foresee_part(&this.parts[id], recording, plans, scratch))
        };
        let costs = self.each(&each, near)?;
        Ok(costs[1..].iter().map(|cost| from.costs[0] + cost - costs[0]).collect())
    }

    /// What happens second by second with the most demand; `None` where signals have different cycles.
    fn record(&self, timing: &Timing) -> Result<Option<Recording>, OptimiseError> {
        self.has_run(self.models[0].streams().len());
        Ok(self.models[0].foresee_and_record(&self.plans(timing)?, &mut Scratch::default()).1)
    }

    fn cost(&self, demand: usize, foreseen: &Foreseen) -> f64 {
        self.objective.foreseen(foreseen, &self.aboard[demand])
    }

    fn plans(&self, timing: &Timing) -> Result<IdVec<SignalId, SignalPlan>, OptimiseError> {
        self.sequences.ids().map(|id| timing.bare_plan(self.sequences, id)).collect()
    }

    /// Looks at timings side by side.
    fn each(
        &self,
        timings: &[Timing],
        look: impl Fn(&Self, &IdVec<SignalId, SignalPlan>, &mut Scratch) -> f64 + Sync,
    ) -> Result<Vec<f64>, OptimiseError> {
        self.looked_at.fetch_add(timings.len() as u64, Ordering::Relaxed);
        let plans = timings.iter().map(|t| self.plans(t)).collect::<Result<Vec<_>, _>>()?;
        Ok(match &self.threads {
            Some(threads) => threads
                .install(|| plans.par_iter().map_init(Scratch::default, |scratch, plans| look(self, plans, scratch)).collect()),
            None => plans.iter().map(|plans| look(self, plans, &mut Scratch::default())).collect(),
        })
    }
}

/// Coordinates of the evolution as seconds by signal: longer stages, and a later beginning.
fn by_signal(point: &[f64], stages: &[usize]) -> Vec<(Vec<f64>, f64)> {
    let mut rest = point;
    let mut next = |stages: &usize| {
        let (own, others) = rest.split_at(stages + 1);
        rest = others;
        (own[..*stages].to_vec(), own[*stages])
    };
    stages.iter().map(&mut next).collect()
}

/// Standard normal draws, the same in every search. Source: Box, Muller, Ann. Math. Statist. 29 (1958).
fn normal_draws() -> impl FnMut() -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    move || {
        let mut uniform = || ((rng.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        let (length, angle) = (uniform(), uniform());
        (-2.0 * maths::ln(length)).sqrt() * maths::cos(std::f64::consts::TAU * angle)
    }
}
