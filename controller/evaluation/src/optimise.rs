//! From a scenario to a proven green wave: splits, bands, refinement in the simulation, comparison.
//!
//! 1. Webster's cycle and splits for each signal by itself: the baseline without coordination.
//! 2. A common cycle, splits for it, and the widest green bands along each corridor (MAXBAND): the second baseline.
//! 3. Offsets and splits changed one at a time, kept when the simulation says so, the same vehicles before and after.
//! 4. All three run with seeds that the search has never seen.

use crate::corridor::{Route, Stop};
use crate::flows::group_flows;
use crate::runs::{RunResult, Runs, Setup, run_all};
use controller::{
    Arterial, BandLink, BandSignal, Both, CycleRange, GreenWave, GroupFlows, SpeedRange, StageSequence, green_wave,
    plan_from_stage_times, webster,
};
use model::id::{Id, IdVec, SignalId};
use model::quantity::{Length, Span, Speed};
use model::scenario::{PlanSet, Scenario};
use model::signal::{Green, SafePlan, Signal, SignalPlan};
use model::time::{DaySecond, Seconds};
use std::collections::BTreeMap;

/// How much a stop counts beside a second of delay, in seconds. Assumed; the usual weight of a stop lies around 10 s.
const STOP_WEIGHT: f64 = 10.0;

/// How far the search goes.
#[derive(Debug, Clone)]
pub struct Effort {
    /// Common cycles that are tried.
    pub cycles: Vec<Seconds>,
    /// Seeds of the search.
    pub search_seeds: Vec<u64>,
    /// Seeds of the comparison; none of the search's.
    pub comparison_seeds: Vec<u64>,
    /// Length of a run in the search.
    pub search_period: Seconds,
    /// Changes of offsets that are tried, largest first.
    pub offset_steps: Vec<i32>,
    /// Changes of splits that are tried.
    pub split_steps: Vec<i32>,
}

impl Default for Effort {
    fn default() -> Self {
        Self {
            cycles: vec![Seconds(60), Seconds(75), Seconds(90), Seconds(105), Seconds(120)],
            search_seeds: vec![1001, 1002],
            comparison_seeds: (1..=10).collect(),
            search_period: Seconds(1500),
            offset_steps: vec![20, 10, 5],
            split_steps: vec![3],
        }
    }
}

/// Why nothing can be optimised.
#[derive(Debug, thiserror::Error)]
pub enum OptimiseError {
    /// There are no signals.
    #[error("the scenario has no signals to coordinate")]
    NoSignals,
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
    /// The plan.
    pub plan: PlanSet,
    /// Its runs with the seeds of the comparison.
    pub runs: Runs,
}

/// The widest bands along a corridor.
#[derive(Debug, Clone)]
pub struct CorridorWave {
    /// The corridor and its ways.
    pub route: Route,
    /// Its sections in order: one where bands reach all along it.
    pub sections: Vec<Section>,
}

/// A part of a corridor with bands of its own; neighbouring sections share a signal.
#[derive(Debug, Clone)]
pub struct Section {
    /// Places of its first and last signal in the corridor; the first once more at the end of a ring.
    pub from: usize,
    /// See `from`.
    pub to: usize,
    /// Its bands and their proof.
    pub wave: GreenWave,
}

/// What came out.
#[derive(Debug, Clone)]
pub struct Optimised {
    /// Each signal by itself.
    pub uncoordinated: Evaluated,
    /// The widest bands alone.
    pub banded: Evaluated,
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
    let flows = group_flows(scenario);
    let search = Search { scenario, short: shortened(scenario, effort.search_period), effort, setup, progress };
    let uncoordinated = each_by_itself(scenario, &flows)?;
    let routes: Vec<Route> = scenario.corridors.iter().map(|c| Route::new(scenario, c)).collect();
    let mut findings = Vec::new();
    let (mut plan, waves) = search.best_common_cycle(&routes, &flows, &mut findings)?;
    let banded =
        plan.set("maxband", "computed: widest green bands along the corridors, splits after Webster".into(), scenario)?;
    search.refine(&mut plan, &mut findings)?;
    let refined = plan.set("optimised", "computed: widest green bands, then refined in the simulation".into(), scenario)?;
    let plans = [&uncoordinated, &banded, &refined];
    progress.begin("comparing", (plans.len() * effort.comparison_seeds.len()) as u64);
    let runs = run_all(scenario, &plans, &effort.comparison_seeds, setup, &|| progress.tick());
    let mut evaluated = plans.into_iter().cloned().zip(runs).map(|(plan, runs)| Evaluated { plan, runs });
    let mut next = || evaluated.next().expect("three plans, three runs");
    Ok(Optimised { uncoordinated: next(), banded: next(), refined: next(), waves, findings })
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
            let waves = self.coordinate(&mut timing, routes, findings)?;
            candidates.push((timing, waves));
        }
        if candidates.is_empty() {
            // No listed cycle is long enough for every signal: take the shortest that is.
            let need = self.scenario.signals.iter().filter_map(|s| StageSequence::of(s).ok().map(|q| q.shortest_cycle())).max();
            let cycle = Seconds(need.unwrap_or(90).div_ceil(5) as u16 * 5);
            let mut timing = Timing::webster(self.scenario, flows, cycle).ok_or(OptimiseError::NoCommonCycle)?;
            let waves = self.coordinate(&mut timing, routes, findings)?;
            return Ok((timing, waves));
        }
        self.progress.begin("common cycle", (candidates.len() * self.effort.search_seeds.len()) as u64);
        let judged = self.judge(&candidates.iter().map(|c| c.0.clone()).collect::<Vec<_>>())?;
        let best = (0..candidates.len()).min_by(|&a, &b| mean(&judged[a]).total_cmp(&mean(&judged[b]))).unwrap_or(0);
        let tried = candidates.iter().zip(&judged).map(|((t, _), c)| format!("{} s: {:.1}", t.cycle.0, mean(c)));
        findings.push(format!(
            "Common cycles with bands alone, delay plus {STOP_WEIGHT} s per stop in the search: {}.",
            tried.collect::<Vec<_>>().join(", ")
        ));
        Ok(candidates.swap_remove(best))
    }

    /// Sets the offsets along every corridor to the widest bands.
    fn coordinate(
        &self,
        timing: &mut Timing,
        routes: &[Route],
        findings: &mut Vec<String>,
    ) -> Result<Vec<CorridorWave>, OptimiseError> {
        let mut waves = Vec::new();
        for route in routes {
            let greens = self.greens(timing, route)?;
            let sections = sections(route, &greens, timing.cycle);
            for section in &sections {
                findings.push(in_words(self.scenario, route, section, timing.cycle));
            }
            set_offsets(timing, route, &greens, &sections);
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

fn stop_at(route: &Route, way: usize, signal: SignalId) -> Option<&Stop> {
    route.ways[way].stops.iter().find(|s| s.signal == signal)
}

fn longest(plan: &SafePlan, stop: &Stop) -> Option<Green> {
    plan.plan().greens[stop.group].iter().copied().max_by_key(|g| g.duration)
}

/// The green of the through movement in each direction; `None` where a direction does not pass the signal.
type Greens = [Option<Green>; 2];

/// A band narrower than this is no band to drive on, in seconds: the corridor is parted instead.
const NARROWEST: f64 = 5.0;

/// The bands of a corridor: of all of it if they are wide enough, else of its halves, and so on.
fn sections(route: &Route, greens: &[Greens], cycle: Seconds) -> Vec<Section> {
    let last = if route.corridor.ring { greens.len() } else { greens.len() - 1 };
    if route.corridor.ring
        && let Some(wave) = wide_enough(&ring(route, greens, cycle))
    {
        return vec![Section { from: 0, to: last, wave }];
    }
    parted(route, greens, cycle, (0, last))
}

fn parted(route: &Route, greens: &[Greens], cycle: Seconds, (from, to): (usize, usize)) -> Vec<Section> {
    if from >= to {
        return Vec::new();
    }
    if let Some(wave) = wide_enough(&open(route, greens, cycle, (from, to))) {
        return vec![Section { from, to, wave }];
    }
    if to - from == 1 {
        return Vec::new();
    }
    let middle = usize::midpoint(from, to);
    [parted(route, greens, cycle, (from, middle)), parted(route, greens, cycle, (middle, to))].concat()
}

fn wide_enough(arterial: &Arterial) -> Option<GreenWave> {
    let wave = green_wave(arterial).ok()?;
    let width = wave.width();
    (width.outbound.get().min(width.inbound.get()) >= NARROWEST).then_some(wave)
}

/// Offsets along the sections, one after the other: each begins where the one before has put their common signal. Where
/// a ring closes, the first signal keeps the offset it was given first.
fn set_offsets(timing: &mut Timing, route: &Route, greens: &[Greens], sections: &[Section]) {
    let (signals, cycle) = (&route.corridor.signals, f64::from(timing.cycle.0));
    let mut set: BTreeMap<usize, f64> = BTreeMap::new();
    for section in sections {
        let wanted = |place: usize| {
            let (i, green) = (place - section.from, greens[place % signals.len()]);
            let wave = &section.wave;
            match green {
                [Some(outbound), _] => wave.starts.outbound[i % wave.starts.outbound.len()].get() - f64::from(outbound.start.0),
                [None, Some(inbound)] => wave.starts.inbound[i % wave.starts.inbound.len()].get() - f64::from(inbound.start.0),
                [None, None] => 0.0,
            }
        };
        let shift = set.get(&section.from).map_or(0.0, |before| before - wanted(section.from));
        for place in section.from..=section.to {
            set.entry(place % signals.len()).or_insert_with(|| wanted(place) + shift);
        }
    }
    for (place, offset) in set {
        timing.offsets[signals[place]] = Seconds(offset.round().rem_euclid(cycle) as u16);
    }
}

fn in_words(scenario: &Scenario, route: &Route, section: &Section, cycle: Seconds) -> String {
    let (corridor, width, proof) = (&route.corridor, section.wave.width(), section.wave.proof);
    let name = |place: usize| &scenario.signals[corridor.signals[place % corridor.signals.len()]].name;
    let how = if proof.is_optimal() { "proven optimal".into() } else { format!("gap {:.4} cycles", proof.gap()) };
    format!(
        "{}, {} to {}, cycle {} s: bands of {:.1} s {} and {:.1} s {}, {how} after {} linear programs.",
        corridor.name,
        name(section.from),
        name(section.to),
        cycle.0,
        width.outbound.get(),
        corridor.directions[0],
        width.inbound.get(),
        corridor.directions[1],
        proof.nodes
    )
}

/// A whole ring as the band program wants it.
fn ring(route: &Route, greens: &[Greens], cycle: Seconds) -> Arterial {
    let links = (0..greens.len()).map(|i| band_link(route, i)).collect();
    let span = Span::seconds_f64(f64::from(cycle.0));
    Arterial::ring(greens.iter().map(|&g| band_signal(g, cycle)).collect(), links, (span, span))
}

/// A part of a corridor as the band program wants it.
fn open(route: &Route, greens: &[Greens], cycle: Seconds, (from, to): (usize, usize)) -> Arterial {
    let signals = (from..=to).map(|i| band_signal(greens[i % greens.len()], cycle)).collect();
    let span = Span::seconds_f64(f64::from(cycle.0));
    Arterial::open(signals, (from..to).map(|i| band_link(route, i)).collect(), (span, span))
}

/// A direction that does not pass a signal has no red there.
fn band_signal([outbound, inbound]: Greens, cycle: Seconds) -> BandSignal {
    let whole = Green { start: Seconds(0), duration: cycle };
    match (outbound, inbound) {
        (Some(a), Some(b)) => BandSignal::of_greens(a, b, cycle),
        (a, b) => BandSignal { internal_offset: 0.0, ..BandSignal::of_greens(a.unwrap_or(whole), b.unwrap_or(whole), cycle) },
    }
}

/// The link from a place of a corridor to the next. Progression speeds are 85 to 100 % of the limit, as is usual.
fn band_link(route: &Route, place: usize) -> BandLink {
    let ids = &route.corridor.signals;
    let (a, b) = (ids[place % ids.len()], ids[(place + 1) % ids.len()]);
    let (out, inward) = (stretch(route, 0, a, b), stretch(route, 1, b, a));
    let (out, inward) = (out.or(inward).unwrap_or(FALLBACK), inward.or(out).unwrap_or(FALLBACK));
    let speed = |(length, time): (Length, Span)| SpeedRange { slowest: length / time * 0.85, fastest: length / time };
    BandLink { length: Both { outbound: out.0, inbound: inward.0 }, speed: Both { outbound: speed(out), inbound: speed(inward) } }
}

/// What stands for a stretch that neither direction drives: 100 m at 50 km/h.
const FALLBACK: (Length, Span) = (Length::metres(100.0), Span::seconds_f64(100.0 / (50.0 / 3.6)));

/// Length and time from one signal to another along a way; around the ring where the way ends between them. A signal
/// that the way does not pass shares the stretch over it with its neighbour.
fn stretch(route: &Route, way: usize, from: SignalId, to: SignalId) -> Option<(Length, Span)> {
    let stops = &route.ways[way].stops;
    let at = stops.iter().position(|s| s.signal == from)?;
    let next = stops[at + 1..].iter().find(|s| s.signal == to)?;
    let (length, time) = (next.position - stops[at].position, next.time - stops[at].time);
    (length > Length::ZERO && length / time > Speed::kmh(5.0)).then_some((length, time))
}

impl Optimised {
    /// Names of the plans, as they are written.
    pub fn plans(&self) -> [&Evaluated; 3] {
        [&self.uncoordinated, &self.banded, &self.refined]
    }

    /// Offsets of the refined plan less those of the bands alone, by signal, in seconds.
    pub fn moved(&self) -> Vec<(SignalId, i32)> {
        let (a, b) = (&self.banded.plan.plans, &self.refined.plan.plans);
        let change = |i: usize| {
            let id = SignalId::from_index(i);
            (id, i32::from(b[id].offset().0) - i32::from(a[id].offset().0))
        };
        (0..a.len()).map(change).filter(|c| c.1 != 0).collect()
    }
}
