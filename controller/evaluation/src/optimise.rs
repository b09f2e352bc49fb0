//! From a scenario to a proven green wave: splits, bands, refinement in the simulation, comparison.
//!
//! 1. Webster's cycle and splits for each signal by itself: the baseline without coordination.
//! 2. A common cycle, splits for it, and the widest green bands along each corridor (MAXBAND): the second baseline.
//! 3. A hill-climb and an evolution over cycle, splits, offsets and orders of stages in the platoon model, from the best of these,
//!    of offsets that keep platoons in step (first harmonic) and of bands of the important paths, for each common cycle: the third.
//! 4. From the best of all and of the plan that the scenario itself runs: offsets, splits and cycles changed step by step in the
//!    simulation, the same vehicles before and after. What comes out is proposed when the 95 % interval of the difference to
//!    what it began with is clear of zero over all seeds of the search; otherwise that is.
//! 5. All of them with seeds that the search has never seen.

mod banded;
mod foresight;
mod front;
mod harmonic;
mod moves;
mod objective;
mod paths;
mod search;
mod timing;

use crate::corridor::Route;
use crate::flows::group_flows;
use crate::runs::{Runs, Setup, run_all};
use crate::saturation::fullest_lanes;
use crate::statistics::{Interval, Measure, compare};
use crate::waves::CorridorWave;
use banded::Waves;
use controller::{CycleRange, GroupFlows, webster};
use foresight::Foresight;
pub use front::{FrontPoint, front};
use model::id::{IdVec, SignalId};
use model::scenario::{PlanSet, Scenario};
use model::signal::{SafePlan, Signal, SignalPlan};
use model::time::Seconds;
pub use objective::{NoObjective, Objective};
use paths::{PathTiming, PathWaves};
use search::{Done, Search};
use std::collections::BTreeSet;
use timing::{Sequences, Timing};

/// How far the search goes.
#[derive(Debug, Clone)]
pub struct Effort {
    /// Common cycles that are tried.
    pub cycles: Vec<Seconds>,
    /// Seeds of the search; none of the comparison's.
    pub search_seeds: Vec<u64>,
    /// Seeds of the comparison.
    pub comparison_seeds: Vec<u64>,
    /// Vehicle updates that the search in the simulation may make.
    pub updates: u64,
    /// Streams that the search in the platoon model may run, about: then no other climb begins.
    pub streams: u64,
    /// Changes in seconds that are tried, largest first.
    pub steps: Vec<i32>,
    /// What is to be little.
    pub objective: Objective,
    /// Whether other weights of delay and stops are tried too, for the Pareto front of both.
    pub front: bool,
}

impl Effort {
    /// The usual effort, compared over these seeds; the search takes others, the first ones from 1001 on.
    pub fn compared_over(comparison_seeds: Vec<u64>) -> Self {
        let taken: BTreeSet<u64> = comparison_seeds.iter().copied().collect();
        Self {
            cycles: vec![Seconds(60), Seconds(75), Seconds(90), Seconds(105), Seconds(120)],
            search_seeds: (1001..).filter(|seed| !taken.contains(seed)).take(16).collect(),
            comparison_seeds,
            updates: 500_000_000,
            streams: 2_400_000,
            steps: vec![16, 8, 4, 2, 1],
            objective: Objective::default(),
            front: false,
        }
    }
}

impl Effort {
    /// So many times the effort, for those who have the time.
    #[must_use]
    pub fn times(self, factor: u64) -> Self {
        Self { updates: self.updates.saturating_mul(factor), streams: self.streams.saturating_mul(factor), ..self }
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
    /// What the platoon model foresees to be best.
    pub foreseen: Evaluated,
    /// The plan that the scenario runs when none is named, if it has one.
    pub scenarios_own: Option<Evaluated>,
    /// After refinement in the simulation.
    pub refined: Evaluated,
    /// For other weights of stops, where [`Effort::front`] asks for them.
    pub others: Vec<Evaluated>,
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
    let sequences = Sequences::of(scenario)?;
    let uncoordinated = each_by_itself(scenario, &group_flows(scenario))?;
    let mut search = Search::new(scenario, &sequences, effort, setup, progress);
    search.fit_period(&uncoordinated);
    let routes: Vec<Route> = scenario.corridors.iter().map(|c| Route::new(scenario, c)).collect();
    let mut findings = vec![format!("The search ran {} s of the scenario.", search.period())];
    let waves = Waves { scenario, sequences: &sequences, routes: &routes };
    let begin = Beginnings::of(&waves, effort, setup.jobs, &mut findings)?;
    let mut foresight = Foresight::new(scenario, &sequences, effort, setup.jobs);
    let foreseen = foresee(&mut foresight, begin.all(), progress, &mut findings)?;
    let Beginnings { coordinated, each, own, short, .. } = begin;
    let by_cycle = foresight.best_by_cycle(short.into_iter().chain(coordinated.iter().cloned()).collect())?;
    let (common, waves) = waves.best(&mut search, coordinated, &mut findings)?;
    let words = if waves.iter().any(|w| !w.sections.is_empty()) { &WITH_BANDS } else { &WITHOUT_BANDS };
    let banded = common.set(words.name, words.source.into(), &sequences)?;
    let in_model = foreseen.set("platoons", IN_MODEL.into(), &sequences)?;
    let baselines = [(Start::Common, Some(common)), (Start::Each, each), (Start::Own, own)];
    let baselines = baselines.into_iter().filter_map(|(start, timing)| Some((start, timing?)));
    let rivals = foresight.rivals().filter(|r| !by_cycle.contains(r)).cloned().collect::<Vec<_>>();
    let starts =
        baselines.chain(by_cycle.into_iter().chain([foreseen.clone()]).chain(rivals).map(|timing| (Start::Foreseen, timing)));
    let (start, refined) = refine(&mut search, &mut foresight, &starts.collect::<Vec<_>>(), &mut findings)?;
    let beside = if effort.front { vec![foreseen, refined.clone()] } else { Vec::new() };
    let others = front::with_other_weights(&mut foresight, &sequences, &beside)?;
    let (title, source) = start.words(words);
    let refined = refined.set("optimised", source, &sequences)?;
    findings.extend(fullest(scenario, &refined));
    let own = scenarios_own(scenario, [&uncoordinated, &banded, &in_model, &refined]);
    let own = own.map(|own| (format!("the scenario’s own plan ({})", own.name), own));
    let computed =
        [(UNCOORDINATED.into(), uncoordinated), (words.title.into(), banded), (FORESEEN.into(), in_model), (title, refined)];
    let has_own = own.is_some();
    let plans: Vec<(String, PlanSet)> = computed.into_iter().chain(own).chain(others).collect();
    progress.begin("comparing", (plans.len() * effort.comparison_seeds.len()) as u64);
    let mut evaluated = evaluate(scenario, plans, effort, setup, progress).into_iter();
    let mut next = || evaluated.next().expect("four plans, four runs");
    let (uncoordinated, banded, foreseen, refined) = (next(), next(), next(), next());
    let scenarios_own = if has_own { evaluated.next() } else { None };
    Ok(Optimised { uncoordinated, banded, foreseen, refined, scenarios_own, others: evaluated.collect(), waves, findings })
}

/// Runs plans, each with its title, with the seeds of the comparison.
fn evaluate(
    scenario: &Scenario,
    plans: Vec<(String, PlanSet)>,
    effort: &Effort,
    setup: &Setup,
    progress: &dyn Progress,
) -> Vec<Evaluated> {
    let sets: Vec<&PlanSet> = plans.iter().map(|(_, plan)| plan).collect();
    let runs = run_all(scenario, &sets, &effort.comparison_seeds, setup, &|| progress.tick());
    plans.into_iter().zip(runs).map(|((title, plan), runs)| Evaluated { title, plan, runs }).collect()
}

/// Timings that a search may begin with.
struct Beginnings {
    /// Splits after Webster for each common cycle that is tried, with the widest bands along corridors.
    coordinated: Vec<Timing>,
    /// The same with offsets that keep platoons in step.
    in_step: Vec<Timing>,
    /// The same with the widest bands of the important paths.
    over_paths: Vec<PathTiming>,
    /// Each signal by itself.
    each: Option<Timing>,
    /// The scenario's own plan.
    own: Option<Timing>,
    /// Short common cycles, as suit lone signals.
    short: Vec<Timing>,
}

impl Beginnings {
    fn of(waves: &Waves<'_>, effort: &Effort, jobs: usize, findings: &mut Vec<String>) -> Result<Self, OptimiseError> {
        let Waves { scenario, sequences, routes } = *waves;
        let flows = group_flows(scenario);
        let webster = |range: CycleRange| Timing::webster(scenario, &flows, range);
        let coordinated = waves.timings(&flows, effort, findings)?;
        let in_step = harmonic::in_step(scenario, sequences, &coordinated)?;
        let over_paths = PathWaves::new(scenario, sequences, routes).timings(&coordinated, &in_step, jobs, findings)?;
        Ok(Self {
            each: webster(OWN_CYCLES),
            own: scenario.plan(None).and_then(|own| Timing::like(sequences, own)),
            short: SHORT_CYCLES.iter().filter_map(|&cycle| webster(CycleRange::fixed(cycle))).collect(),
            coordinated,
            in_step,
            over_paths,
        })
    }

    /// All that the search in the platoon model may begin with.
    fn all(&self) -> Vec<Timing> {
        let over_paths = self.over_paths.iter().map(|p| &p.timing);
        self.coordinated.iter().chain(&self.in_step).chain(&self.each).chain(&self.own).chain(over_paths).cloned().collect()
    }
}

/// What the platoon model foresees of the objective, for what the whole search in it finds and for what a hill-climb alone finds
/// that may do as much and begins with the same timings: one after the other, then from offsets at random, again and again.
///
/// # Errors
/// As [`optimise`].
pub fn search_and_climb_in_model(scenario: &Scenario, effort: &Effort, jobs: usize) -> Result<[f64; 2], OptimiseError> {
    if scenario.signals.is_empty() {
        return Err(OptimiseError::NoSignals);
    }
    let sequences = Sequences::of(scenario)?;
    let routes: Vec<Route> = scenario.corridors.iter().map(|c| Route::new(scenario, c)).collect();
    let waves = Waves { scenario, sequences: &sequences, routes: &routes };
    let begin = Beginnings::of(&waves, effort, jobs, &mut Vec::new())?.all();
    let foresight = || Foresight::new(scenario, &sequences, effort, jobs);
    Ok([foresight().best_from(begin.clone())?.cost(), foresight().best_of_climbs(begin)?.cost()])
}

/// Climbs in the platoon model from the most promising of some timings.
fn foresee(
    foresight: &mut Foresight<'_>,
    beginnings: Vec<Timing>,
    progress: &dyn Progress,
    findings: &mut Vec<String>,
) -> Result<Timing, OptimiseError> {
    progress.begin("searching in the platoon model", 0);
    let found = foresight.best_from(beginnings)?;
    findings.push(format!(
        "The platoon model looked at {} timings; for the best of them it foresees {} of {:.1}, by hill-climbs alone {:.1}.",
        foresight.looked_at(),
        foresight.objective,
        found.cost(),
        foresight.climbed
    ));
    Ok(found.timing)
}

/// Where the search begins.
#[derive(Debug, Clone, Copy)]
enum Start {
    /// With the best common cycle.
    Common,
    /// With each signal by itself.
    Each,
    /// With the scenario's own plan.
    Own,
    /// With what the platoon model foresees to be best.
    Foreseen,
}

impl Start {
    /// What the refined plan is called, and where it comes from.
    fn words(self, common: &Words) -> (String, String) {
        let (begins, how) = match self {
            Self::Common => (common.refined_title, common.refined_source),
            Self::Each => ("each signal by itself", "each signal by itself after Webster"),
            Self::Own => ("the scenario’s own plan", "the scenario’s own plan"),
            Self::Foreseen => ("platoon model", "hill-climb and evolution in the platoon model"),
        };
        (format!("{begins}, refined in the simulation"), format!("computed: {how}, then refined in the simulation"))
    }
}

/// Goes from the best of some timings to better ones.
fn refine(
    search: &mut Search<'_>,
    foresight: &mut Foresight<'_>,
    starts: &[(Start, Timing)],
    findings: &mut Vec<String>,
) -> Result<(Start, Timing), OptimiseError> {
    let ranked = search.rank(starts.iter().map(|s| s.1.clone()).collect())?;
    let mut first = ranked[0].clone();
    let (mut best, Done { tried, kept }) = search.best_of(ranked, foresight)?;
    let between = search.difference(&mut first, &mut best)?;
    let (before, after, objective) = (mean(&first.costs), mean(&best.costs), search.objective());
    let sure = between.high < 0.0 && between.mean < 0.0;
    let verdict = if sure { "surely better" } else { "not surely better, so that the first is proposed" };
    findings.push(format!(
        "Refinement tried {tried} changes and kept {kept}; over all {} seeds of the search {objective} went from {before:.1} to {after:.1}, {verdict} (95 % interval of the difference {:.1} to {:.1}).",
        first.costs.len(),
        between.low,
        between.high
    ));
    let proposed = if sure { best } else { first };
    Ok((starts[proposed.start].0, proposed.timing))
}

/// Where the proposed plan is nearest to its capacity.
fn fullest(scenario: &Scenario, plan: &PlanSet) -> Option<String> {
    let (link, degree) = fullest_lanes(scenario, plan)?;
    let link = &scenario.network.links[link].name;
    Some(format!("Fullest under the proposed plan, as the platoon model sees it: link {link}, degree of saturation {degree:.2}."))
}

/// Title of the plan of each signal by itself.
const UNCOORDINATED: &str = "each signal by itself (Webster)";

/// Title of the plan that the platoon model finds.
const FORESEEN: &str = "platoon model alone";

/// Source of that plan.
const IN_MODEL: &str = "computed: hill-climb and evolution over cycle, splits, offsets and orders of stages in the platoon model";

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
    refined_title: "bands",
    refined_source: "widest green bands",
};

/// Where no corridor has bands.
const WITHOUT_BANDS: Words = Words {
    name: "common-cycle",
    title: "common cycle (Webster), no bands",
    source: "computed: splits after Webster for a common cycle, no green bands",
    refined_title: "common cycle",
    refined_source: "splits after Webster for a common cycle",
};

/// The plan that the scenario runs when none is named, under a name that none of the computed ones has.
fn scenarios_own(scenario: &Scenario, computed: [&PlanSet; 4]) -> Option<PlanSet> {
    let mut own = scenario.plan(None)?.clone();
    if computed.iter().any(|c| c.name == own.name) {
        own.name = format!("scenario-{}", own.name);
    }
    Some(own)
}

#[expect(clippy::needless_pass_by_value, reason = "takes what `map_err` hands over")]
fn unplannable(signal: &Signal, reason: impl ToString) -> OptimiseError {
    OptimiseError::Unplannable { signal: signal.name.clone(), reason: reason.to_string() }
}

fn safe(signal: &Signal, plan: SignalPlan) -> Result<SafePlan, OptimiseError> {
    plan.check(signal).map_err(|faults| unplannable(signal, &faults[0]))
}

/// Cycles for which the platoon model looks for a plan beside the common cycles that are tried: short ones suit lone signals.
const SHORT_CYCLES: [Seconds; 4] = [Seconds(30), Seconds(36), Seconds(43), Seconds(51)];

/// Cycles of signals that are not coordinated.
const OWN_CYCLES: CycleRange = CycleRange { shortest: Seconds(50), longest: Seconds(120) };

/// Webster's own cycle and splits for every signal, offsets 0.
fn each_by_itself(scenario: &Scenario, flows: &IdVec<SignalId, GroupFlows>) -> Result<PlanSet, OptimiseError> {
    let plans = scenario.signals.enumerate().map(|(id, signal)| {
        let splits = webster(signal, &flows[id], OWN_CYCLES).map_err(|e| unplannable(signal, e))?;
        safe(signal, splits.plan)
    });
    Ok(PlanSet {
        name: "webster".into(),
        source: "computed: cycle and splits of each signal by itself after Webster, offsets 0".into(),
        plans: plans.collect::<Result<IdVec<_, _>, _>>()?,
    })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

impl Optimised {
    /// What the refined plan is held against: each signal by itself, common cycle and bands, what the platoon
    /// model finds, the scenario's own plan.
    pub fn references(&self) -> Vec<&Evaluated> {
        [&self.uncoordinated, &self.banded, &self.foreseen].into_iter().chain(&self.scenarios_own).collect()
    }

    /// The plans that were computed; the scenario's own is not among them.
    pub fn computed(&self) -> [&Evaluated; 4] {
        [&self.uncoordinated, &self.banded, &self.foreseen, &self.refined]
    }

    /// The others that do better in delay than the refined plan: the scenario's own on average, those computed surely.
    pub fn doing_better(&self) -> Vec<&Evaluated> {
        let own = |e: &Evaluated| self.scenarios_own.as_ref().is_some_and(|own| own.plan.name == e.plan.name);
        let better = |e: &&Evaluated| {
            let delay = compare(&e.runs, &self.refined.runs).into_iter().find(|p| p.measure == Measure::Delay);
            delay.is_some_and(|d| if own(e) { d.difference.mean > 0.0 } else { d.difference.low > 0.0 })
        };
        self.references().into_iter().filter(better).collect()
    }

    /// What whoever takes over the refined plan has to know: which of the others do better.
    pub fn warnings(&self) -> Vec<String> {
        self.doing_better().into_iter().filter_map(|other| worse(other, &self.refined)).collect()
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
