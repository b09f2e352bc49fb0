//! The search in the platoon model: thousands of timings in seconds.
//!
//! A hill-climb as TRANSYT has it: one signal after the other, its offset and its splits, and the common cycle; steps from
//! large to small and large again, each as long as it finds anything better. What it finds is a place to begin for the search in
//! the simulation, and a plan of its own in the comparison.

use super::moves::{Move, pairs};
use super::paths::PathTiming;
use super::timing::{Sequences, Timing};
use super::{OptimiseError, STOP_WEIGHT};
use crate::streams::platoon_model;
use controller::{PlatoonModel, Scratch};
use model::id::{IdVec, SignalId};
use model::scenario::Scenario;
use model::signal::SignalPlan;
use rayon::prelude::*;

/// How many times the demand of the scenario is foreseen: a plan has to stand more than the count. Assumed.
const DEMAND: [f64; 2] = [1.0, 1.15];

/// Steps of the hill-climb, in seconds.
const STEPS: [i32; 9] = [20, 8, 4, 2, 1, 20, 8, 2, 1];

/// From how many timings the model climbs.
const CLIMBS: usize = 3;

/// A timing and what the model foresees for it: delay and weighted stops in seconds.
#[derive(Debug, Clone)]
pub(super) struct Promise {
    pub(super) timing: Timing,
    pub(super) cost: f64,
}

/// What the platoon model says of timings.
pub(super) struct Foresight<'a> {
    sequences: &'a Sequences<'a>,
    models: Vec<PlatoonModel>,
    /// Timings that were looked at.
    pub(super) looked_at: usize,
}

impl<'a> Foresight<'a> {
    /// The model of a scenario with each of [`DEMAND`].
    pub(super) fn new(scenario: &Scenario, sequences: &'a Sequences<'a>) -> Self {
        let model = platoon_model(scenario).model;
        Self { sequences, models: DEMAND.map(|factor| model.scaled(factor)).into(), looked_at: 0 }
    }

    /// What is foreseen for each of some timings, in their order.
    pub(super) fn promises(&mut self, timings: Vec<Timing>) -> Result<Vec<Promise>, OptimiseError> {
        self.looked_at += timings.len();
        let plans = timings.iter().map(|t| self.plans(t)).collect::<Result<Vec<_>, _>>()?;
        let costs: Vec<f64> = plans.par_iter().map_init(Scratch::default, |scratch, plans| self.cost(plans, scratch)).collect();
        Ok(timings.into_iter().zip(costs).map(|(timing, cost)| Promise { timing, cost }).collect())
    }

    /// The path bands for which the least is foreseen.
    pub(super) fn most_promising<'p>(&mut self, timings: &'p [PathTiming]) -> Result<Option<&'p PathTiming>, OptimiseError> {
        let promises = self.promises(timings.iter().map(|t| t.timing.clone()).collect())?;
        let best = timings.iter().zip(promises).min_by(|a, b| a.1.cost.total_cmp(&b.1.cost));
        Ok(best.map(|(timing, _)| timing))
    }

    /// The best that climbs from the most promising of some timings reach.
    pub(super) fn best_from(&mut self, timings: Vec<Timing>) -> Result<Promise, OptimiseError> {
        let mut promises = self.promises(timings)?;
        promises.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        promises.truncate(CLIMBS);
        let climbs = promises.into_iter().map(|p| self.climb(p.timing)).collect::<Result<Vec<_>, _>>()?;
        climbs.into_iter().min_by(|a, b| a.cost.total_cmp(&b.cost)).ok_or(OptimiseError::NoCommonCycle)
    }

    /// Climbs from a timing to one that no step makes better.
    pub(super) fn climb(&mut self, from: Timing) -> Result<Promise, OptimiseError> {
        let mut best = self.promises(vec![from])?.remove(0);
        for step in STEPS {
            loop {
                let before = best.cost;
                for id in self.sequences.ids() {
                    let moves = self.moves_at(&best.timing, id, step);
                    self.step(&mut best, &moves)?;
                }
                self.step(&mut best, &[Move::Stretch(step), Move::Stretch(-step)])?;
                // Less than a thousandth is not worth another round.
                if best.cost > before * (1.0 - 1e-3) {
                    break;
                }
            }
        }
        Ok(best)
    }

    /// Makes the best of some changes if it is better.
    fn step(&mut self, best: &mut Promise, moves: &[Move]) -> Result<(), OptimiseError> {
        let candidates = moves.iter().filter_map(|m| m.changed(self.sequences, &best.timing)).collect();
        let found = self.promises(candidates)?.into_iter().min_by(|a, b| a.cost.total_cmp(&b.cost));
        if let Some(found) = found.filter(|f| f.cost < best.cost) {
            *best = found;
        }
        Ok(())
    }

    /// The changes of a size at a signal.
    fn moves_at(&self, timing: &Timing, id: SignalId, step: i32) -> Vec<Move> {
        let stages = timing.durations[id].len();
        let shifts = [step, -step].map(|by| Move::Shift(id, by));
        let alone = timing.common_cycle(self.sequences).is_none() || self.sequences.len() == 1;
        let lengthened = (0..stages).filter(|_| alone).flat_map(|stage| [step, -step].map(|by| Move::Lengthen(id, stage, by)));
        let exchanged = pairs(stages).map(|pair| Move::Exchange(id, pair, step));
        shifts.into_iter().filter(|_| self.sequences.len() > 1).chain(exchanged).chain(lengthened).collect()
    }

    fn plans(&self, timing: &Timing) -> Result<IdVec<SignalId, SignalPlan>, OptimiseError> {
        self.sequences.ids().map(|id| timing.bare_plan(self.sequences, id)).collect()
    }

    fn cost(&self, plans: &IdVec<SignalId, SignalPlan>, scratch: &mut Scratch) -> f64 {
        let cost = |model: &PlatoonModel, scratch: &mut Scratch| {
            let foreseen = model.foresee(plans, scratch);
            foreseen.delay.seconds() + STOP_WEIGHT * foreseen.stops
        };
        self.models.iter().map(|model| cost(model, scratch)).sum::<f64>() / self.models.len() as f64
    }
}
