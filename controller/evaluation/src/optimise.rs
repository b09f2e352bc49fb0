//! From a scenario to a proven green wave: splits, bands, refinement in the simulation, comparison.
//!
//! 1. Webster's cycle and splits for each signal by itself: the baseline without coordination.
//! 2. A common cycle, splits for it, and the widest green bands along each corridor (MAXBAND): the second baseline.
//! 3. Offsets and splits changed one at a time, kept when the simulation says so, the same vehicles before and after.
//! 4. All three, and the plan that the scenario itself runs, with seeds that the search has never seen.

use crate::bands::{longest, stop_at};
use crate::corridor::Route;
use crate::flows::group_flows;
use crate::runs::{RunResult, Runs, Setup, run_all};
use crate::statistics::{Interval, Measure, compare};
use crate::waves::{CorridorWave, Greens, in_words, offsets, sections};
use controller::{CycleRange, GroupFlows, StageSequence, plan_from_stage_times, webster};
use model::id::{IdVec, SignalId};
use model::scenario::{PlanSet, Scenario};
use model::signal::{SafePlan, Signal, SignalPlan};
use model::time::{DaySecond, Seconds};
use std::collections::BTreeSet;

/// How much a stop counts beside a second of delay, in seconds. Assumed; the usual weight of a stop lies around 10 s.
const STOP_WEIGHT: f64 = 10.0;

/// How far the search goes.
#[derive(Debug, Clone)]
pub struct Effort {
    /// Common cycles that are tried.
    pub cycles: Vec<Seconds>,
    /// Seeds of the search; none of the comparison's.
    pub search_seeds: Vec<u64>,
    /// Seeds of the comparison.
    pub comparison_seeds: Vec<u64>,
    /// Length of a run in the search.
    pub search_period: Seconds,
    /// Changes of offsets that are tried, largest first.
    pub offset_steps: Vec<i32>,
    /// Changes of splits that are tried.
    pub split_steps: Vec<i32>,
}

impl Effort {
    /// The usual effort, compared over these seeds; the search takes two others, the first ones from 1001 on.
    pub fn compared_over(comparison_seeds: Vec<u64>) -> Self {
        let taken: BTreeSet<u64> = comparison_seeds.iter().copied().collect();
        Self {
            cycles: vec![Seconds(60), Seconds(75), Seconds(90), Seconds(105), Seconds(120)],
            search_seeds: (1001..).filter(|seed| !taken.contains(seed)).take(2).collect(),
            comparison_seeds,
            search_period: Seconds(1500),
            offset_steps: vec![20, 10, 5],
            split_steps: vec![3],
        }
    }
}

impl Default for Effort {
    fn default() -> Self {
        Self::compared_over((1..=10).collect())
    }
}

/// Why nothing can be optimised.
#[derive(Debug, thiserror::Error)]
pub enum OptimiseError {
    /// There are no signals.
    #[error("the scenario has no signals to coordinate")]
    NoSignals,
    /// The comparison would flatter what was found.
    #[error("seed {0} is used both in the search and in the comparison")]
    SharedSeed(u64),
    /// No cycle suits every signal.
    #[error("no common cycle suits every signal: their stages need more than ten minutes")]
    NoCommonCycle,
    /// A signal cannot be given a plan.
    #[error("signal {signal} cannot be given a plan: {reason}")]
    Unplannable {
        /// The signal.
        signal: String,
        /// Why.
        reason: String,
    },
}

/// A plan with its runs.
#[derive(Debug, Clone)]
pub struct Evaluated {
    /// What it is, for people.
    pub title: String,
    /// The plan.
    pub plan: PlanSet,
    /// Its runs with the seeds of the comparison.
    pub runs: Runs,
}

/// What came out.
#[derive(Debug, Clone)]
pub struct Optimised {
    /// Each signal by itself.
    pub uncoordinated: Evaluated,
    /// A common cycle with the widest bands alone, or without bands where no corridor has any.
    pub banded: Evaluated,
    /// The plan that the scenario runs when none is named, if it has one.
    pub scenarios_own: Option<Evaluated>,
    /// After refinement in the simulation.
    pub refined: Evaluated,
    /// Bands of the second plan.
    pub waves: Vec<CorridorWave>,
    /// What was done, in sentences.
    pub findings: Vec<String>,
}

/// What is being done, for a progress bar.
pub trait Progress: Sync {
    /// Another stage of the work begins.
    fn begin(&self, what: &str, runs: u64);
    /// A run is done.
    fn tick(&self);
}

/// Optimises the signals of a scenario.
///
/// # Errors
/// When there is nothing to optimise, or a signal has no stages from which a plan can be made.
pub fn optimise(
    scenario: &Scenario,
    effort: &Effort,
    setup: &Setup,
    progress: &dyn Progress,
) -> Result<Optimised, OptimiseError> {
    if scenario.signals.is_empty() {
        return Err(OptimiseError::NoSignals);
    }
    if let Some(&seed) = effort.comparison_seeds.iter().find(|s| effort.search_seeds.contains(s)) {
        return Err(OptimiseError::SharedSeed(seed));
    }
    let flows = group_flows(scenario);
    let search = Search { scenario, short: shortened(scenario, effort.search_period), effort, setup, progress };
    let uncoordinated = each_by_itself(scenario, &flows)?;
    let routes: Vec<Route> = scenario.corridors.iter().map(|c| Route::new(scenario, c)).collect();
    let mut findings = Vec::new();
    let (mut plan, waves) = search.best_common_cycle(&routes, &flows, &mut findings)?;
    let words = if waves.iter().any(|w| !w.sections.is_empty()) { &WITH_BANDS } else { &WITHOUT_BANDS };
    let banded = plan.set(words.name, words.source.into(), scenario)?;
    search.refine(&mut plan, &mut findings)?;
    let refined = plan.set("optimised", words.refined_source.into(), scenario)?;
    let own = scenarios_own(scenario, [&uncoordinated, &banded, &refined]);
    let own_title = own.as_ref().map(|own| format!("the scenario’s own plan ({})", own.name));
    let plans: Vec<&PlanSet> = [&uncoordinated, &banded, &refined].into_iter().chain(&own).collect();
    progress.begin("comparing", (plans.len() * effort.comparison_seeds.len()) as u64);
    let runs = run_all(scenario, &plans, &effort.comparison_seeds, setup, &|| progress.tick());
    let titles = [UNCOORDINATED, words.title, words.refined_title].map(String::from).into_iter().chain(own_title);
    let plans = plans.into_iter().cloned();
    let mut evaluated = plans.zip(runs).zip(titles).map(|((plan, runs), title)| Evaluated { title, plan, runs });
    let mut next = || evaluated.next().expect("three plans, three runs");
    let (uncoordinated, banded, refined) = (next(), next(), next());
    Ok(Optimised { uncoordinated, banded, refined, scenarios_own: evaluated.next(), waves, findings })
}

/// Title of the plan of each signal by itself.
const UNCOORDINATED: &str = "each signal by itself (Webster)";

/// How the plans with a common cycle are called.
struct Words {
    name: &'static str,
    title: &'static str,
    source: &'static str,
    refined_title: &'static str,
    refined_source: &'static str,
}

const WITH_BANDS: Words = Words {
    name: "maxband",
    title: "green bands alone (MAXBAND)",
    source: "computed: widest green bands along the corridors, splits after Webster",
    refined_title: "bands, refined in the simulation",
    refined_source: "computed: widest green bands, then refined in the simulation",
};

/// Where no corridor has bands.
const WITHOUT_BANDS: Words = Words {
    name: "common-cycle",
    title: "common cycle (Webster), no bands",
    source: "computed: splits after Webster for a common cycle, no green bands",
    refined_title: "common cycle, refined in the simulation",
    refined_source: "computed: splits after Webster for a common cycle, then refined in the simulation",
};

/// The plan that the scenario runs when none is named, under a name that none of the computed ones has.
fn scenarios_own(scenario: &Scenario, computed: [&PlanSet; 3]) -> Option<PlanSet> {
    let mut own = scenario.plan(None)?.clone();
    if computed.iter().any(|c| c.name == own.name) {
        own.name = format!("scenario-{}", own.name);
    }
    Some(own)
}

/// The same scenario with a shorter measured period.
fn shortened(scenario: &Scenario, period: Seconds) -> Scenario {
    let end = DaySecond(scenario.end.0.min(scenario.begin.0 + u32::from(period.0)));
    Scenario { end, warm_up: Seconds(scenario.warm_up.0.min(600)), ..scenario.clone() }
}

#[expect(clippy::needless_pass_by_value, reason = "takes what `map_err` hands over")]
fn unplannable(signal: &Signal, reason: impl ToString) -> OptimiseError {
    OptimiseError::Unplannable { signal: signal.name.clone(), reason: reason.to_string() }
}

fn safe(signal: &Signal, plan: SignalPlan) -> Result<SafePlan, OptimiseError> {
    plan.check(signal).map_err(|faults| unplannable(signal, &faults[0]))
}

/// Webster's own cycle and splits for every signal, offsets 0.
fn each_by_itself(scenario: &Scenario, flows: &IdVec<SignalId, GroupFlows>) -> Result<PlanSet, OptimiseError> {
    let range = CycleRange { shortest: Seconds(50), longest: Seconds(120) };
    let plans = scenario.signals.enumerate().map(|(id, signal)| {
        let splits = webster(signal, &flows[id], range).map_err(|e| unplannable(signal, e))?;
        safe(signal, splits.plan)
    });
    Ok(PlanSet {
        name: "webster".into(),
        source: "computed: cycle and splits of each signal by itself after Webster, offsets 0".into(),
        plans: plans.collect::<Result<IdVec<_, _>, _>>()?,
    })
}

/// Durations of stages and an offset for every signal, with a common cycle: what the search moves in.
#[derive(Debug, Clone)]
struct Timing {
    cycle: Seconds,
    durations: IdVec<SignalId, Vec<Seconds>>,
    offsets: IdVec<SignalId, Seconds>,
}

impl Timing {
    /// Splits after Webster for a common cycle, offsets 0; `None` when a signal needs a longer one.
    fn webster(scenario: &Scenario, flows: &IdVec<SignalId, GroupFlows>, cycle: Seconds) -> Option<Self> {
        let splits = scenario.signals.enumerate().map(|(id, signal)| {
            let splits = webster(signal, &flows[id], CycleRange::fixed(cycle)).ok()?;
            (splits.plan.cycle == cycle).then_some(splits.durations)
        });
        let offsets = IdVec::from_fn(scenario.signals.len(), |_| Seconds(0));
        Some(Self { cycle, durations: splits.collect::<Option<_>>()?, offsets })
    }

    /// The plan of one signal.
    fn plan(&self, signal: &Signal, id: SignalId) -> Result<SafePlan, OptimiseError> {
        let plan = plan_from_stage_times(signal, &self.durations[id]).map_err(|e| unplannable(signal, e))?;
        safe(signal, plan.with_offset(self.offsets[id]))
    }

    /// Every plan.
    fn set(&self, name: &str, source: String, scenario: &Scenario) -> Result<PlanSet, OptimiseError> {
        let plans = scenario.signals.enumerate().map(|(id, signal)| self.plan(signal, id));
        Ok(PlanSet { name: name.into(), source, plans: plans.collect::<Result<IdVec<_, _>, _>>()? })
    }

    fn shifted(&self, id: SignalId, by: i32) -> Self {
        let mut moved = self.clone();
        moved.offsets[id] = Seconds((i32::from(self.offsets[id].0) + by).rem_euclid(i32::from(self.cycle.0)) as u16);
        moved
    }

    /// Some seconds from one stage to another; `None` where it would become too short.
    fn exchanged(&self, signal: &Signal, id: SignalId, (from, to): (usize, usize), by: i32) -> Option<Self> {
        let mut moved = self.clone();
        let shortest = StageSequence::of(signal).ok()?.shortest_stages();
        let rest = i32::from(self.durations[id][from].0) - by;
        if rest < i32::from(shortest[from].0) {
            return None;
        }
        moved.durations[id][from] = Seconds(rest as u16);
        moved.durations[id][to].0 += by as u16;
        Some(moved)
    }
}

struct Search<'a> {
    scenario: &'a Scenario,
    short: Scenario,
    effort: &'a Effort,
    setup: &'a Setup,
    progress: &'a dyn Progress,
}

/// What the search minimises, seed by seed.
fn costs(runs: &[RunResult]) -> Vec<f64> {
    runs.iter().map(|r| r.measures.delay_s + STOP_WEIGHT * r.measures.stops_per_vehicle).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

impl Search<'_> {
    /// Costs of several timings, by timing and seed.
    fn judge(&self, timings: &[Timing]) -> Result<Vec<Vec<f64>>, OptimiseError> {
        let sets = timings.iter().map(|t| t.set("trial", String::new(), self.scenario)).collect::<Result<Vec<_>, _>>()?;
        let setup = Setup { monitor: false, ..*self.setup };
        let runs =
            run_all(&self.short, &sets.iter().collect::<Vec<_>>(), &self.effort.search_seeds, &setup, &|| self.progress.tick());
        Ok(runs.iter().map(|r| costs(r)).collect())
    }

    /// The common cycle whose bands do best in the simulation.
    fn best_common_cycle(
        &self,
        routes: &[Route],
        flows: &IdVec<SignalId, GroupFlows>,
        findings: &mut Vec<String>,
    ) -> Result<(Timing, Vec<CorridorWave>), OptimiseError> {
        let mut candidates = Vec::new();
        for &cycle in &self.effort.cycles {
            let Some(mut timing) = Timing::webster(self.scenario, flows, cycle) else { continue };
            let waves = self.coordinate(&mut timing, routes)?;
            candidates.push((timing, waves));
        }
        if candidates.is_empty() {
            // No listed cycle is long enough for every signal: take the shortest that is.
            let need = self.scenario.signals.iter().filter_map(|s| StageSequence::of(s).ok().map(|q| q.shortest_cycle())).max();
            let cycle = Seconds(need.unwrap_or(90).div_ceil(5) as u16 * 5);
            let mut timing = Timing::webster(self.scenario, flows, cycle).ok_or(OptimiseError::NoCommonCycle)?;
            let waves = self.coordinate(&mut timing, routes)?;
            self.describe(&timing, &waves, findings);
            return Ok((timing, waves));
        }
        self.progress.begin("common cycle", (candidates.len() * self.effort.search_seeds.len()) as u64);
        let judged = self.judge(&candidates.iter().map(|c| c.0.clone()).collect::<Vec<_>>())?;
        let best = (0..candidates.len()).min_by(|&a, &b| mean(&judged[a]).total_cmp(&mean(&judged[b]))).unwrap_or(0);
        let tried = candidates.iter().zip(&judged).map(|((t, _), c)| format!("{} s: {:.1}", t.cycle.0, mean(c)));
        findings.push(format!(
            "Common cycles before refinement, delay plus {STOP_WEIGHT} s per stop in the search: {}.",
            tried.collect::<Vec<_>>().join(", ")
        ));
        let (timing, waves) = candidates.swap_remove(best);
        self.describe(&timing, &waves, findings);
        Ok((timing, waves))
    }

    /// Says which bands the chosen cycle has.
    fn describe(&self, timing: &Timing, waves: &[CorridorWave], findings: &mut Vec<String>) {
        findings.extend(waves.iter().map(|wave| in_words(self.scenario, wave, timing.cycle)));
    }

    /// Sets the offsets along every corridor to the widest bands.
    fn coordinate(&self, timing: &mut Timing, routes: &[Route]) -> Result<Vec<CorridorWave>, OptimiseError> {
        let mut waves = Vec::new();
        for route in routes {
            let greens = self.greens(timing, route)?;
            let sections = sections(route, &greens, timing.cycle);
            for (signal, offset) in offsets(route, &greens, &sections, timing.cycle) {
                timing.offsets[signal] = offset;
            }
            waves.push(CorridorWave { route: route.clone(), sections });
        }
        Ok(waves)
    }

    /// The through greens of every signal of a corridor, both ways.
    fn greens(&self, timing: &Timing, route: &Route) -> Result<Vec<Greens>, OptimiseError> {
        let through = |&id: &SignalId| {
            let plan = timing.plan(&self.scenario.signals[id], id)?;
            Ok([0, 1].map(|way| stop_at(route, way, id).and_then(|s| longest(&plan, s))))
        };
        route.corridor.signals.iter().map(through).collect()
    }

    /// Changes one signal at a time; keeps what is better with every seed of the search.
    fn refine(&self, timing: &mut Timing, findings: &mut Vec<String>) -> Result<(), OptimiseError> {
        let mut cost = self.judge(std::slice::from_ref(timing))?.remove(0);
        let first = mean(&cost);
        let (mut tried, mut kept) = (0, 0);
        let rounds = self.effort.offset_steps.len() + self.effort.split_steps.len();
        for round in 0..rounds {
            let trials = |t: &Timing, id: SignalId| self.trials(t, id, round);
            let runs: usize = self.scenario.signals.ids().map(|id| trials(timing, id).len()).sum();
            self.progress.begin("refining", (runs * self.effort.search_seeds.len()) as u64);
            for id in self.scenario.signals.ids() {
                let candidates = trials(timing, id);
                let judged = self.judge(&candidates)?;
                tried += candidates.len();
                let better = |c: &Vec<f64>| c.iter().zip(&cost).all(|(new, old)| new < old);
                let best = candidates.into_iter().zip(judged).filter(|(_, c)| better(c));
                if let Some((t, c)) = best.min_by(|a, b| mean(&a.1).total_cmp(&mean(&b.1))) {
                    (*timing, cost) = (t, c);
                    kept += 1;
                }
            }
        }
        findings.push(format!(
            "Refinement kept {kept} of {tried} changes; in the search, delay plus {STOP_WEIGHT} s per stop fell from {first:.1} to {:.1}.",
            mean(&cost)
        ));
        Ok(())
    }

    fn trials(&self, timing: &Timing, id: SignalId, round: usize) -> Vec<Timing> {
        if let Some(&step) = self.effort.offset_steps.get(round) {
            return [step, -step].map(|by| timing.shifted(id, by)).to_vec();
        }
        let step = self.effort.split_steps[round - self.effort.offset_steps.len()];
        let stages = timing.durations[id].len();
        let pairs = (0..stages).flat_map(|a| (0..stages).map(move |b| (a, b))).filter(|(a, b)| a != b);
        pairs.filter_map(|pair| timing.exchanged(&self.scenario.signals[id], id, pair, step)).take(6).collect()
    }
}

impl Optimised {
    /// What the refined plan is held against: each signal by itself, common cycle and bands, the scenario's own plan.
    pub fn references(&self) -> Vec<&Evaluated> {
        [&self.uncoordinated, &self.banded].into_iter().chain(&self.scenarios_own).collect()
    }

    /// The plans that were computed; the scenario's own is not among them.
    pub fn computed(&self) -> [&Evaluated; 3] {
        [&self.uncoordinated, &self.banded, &self.refined]
    }

    /// What whoever takes over the refined plan has to know: that the scenario's own does better.
    pub fn warnings(&self) -> Vec<String> {
        let own = self.scenarios_own.iter();
        own.filter_map(|own| worse(own, &self.refined)).collect()
    }
}

/// That the delay under a plan is greater than under another, in a sentence.
fn worse(before: &Evaluated, after: &Evaluated) -> Option<String> {
    let delay = compare(&before.runs, &after.runs).into_iter().find(|p| p.measure == Measure::Delay)?;
    let Interval { mean, low, high, .. } = delay.difference;
    let sure = match (low.is_finite() && high.is_finite(), low > 0.0) {
        (false, _) => "one seed gives no interval".into(),
        (true, true) => format!("95 % interval of the difference {low:.1} to {high:.1} s"),
        (true, false) => format!("not significant: 95 % interval of the difference {low:.1} to {high:.1} s"),
    };
    let (name, own, of) = (&after.plan.name, &before.title, delay.before.mean);
    (mean > 0.0).then(|| {
        format!(
            "The plan “{name}” is worse than {own}: {:.1} s delay per vehicle instead of {of:.1} s ({sure}).",
            delay.after.mean
        )
    })
}

#[cfg(test)]
mod tests;
