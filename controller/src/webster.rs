//! Cycle and splits for given flows, after Webster.
//!
//! The cycle is `C = (1.5 L + 5) / (1 - Y)`, with the lost time L, here the sum of the interstages, and Y, the sum of
//! the stages' critical flow ratios. The splits make the degrees of saturation of the critical groups as equal as whole
//! seconds and minimum greens allow: greens in proportion to critical flow ratios.
//!
//! Source: Webster, Traffic signal settings, Road Research Technical Paper 39 (1958). Deviates: the effective green is
//! the green shown: the seconds of amber that are used are taken to make up for those lost at the start.

use crate::stages::{StageError, StageSequence};
use model::id::{GroupId, IdVec};
use model::quantity::Flow;
use model::signal::{Signal, SignalPlan};
use model::time::Seconds;

/// What a signal group has to serve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupFlow {
    /// Flow of its busiest lane.
    pub flow: Flow,
    /// Saturation flow of that lane.
    pub saturation_flow: Flow,
}

/// The flows of every group; `None` for groups that only need their minimum green, such as pedestrians.
pub type GroupFlows = IdVec<GroupId, Option<GroupFlow>>;

/// The cycles allowed, within 10 s to 600 s; equal for a given cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CycleRange {
    /// Shortest cycle.
    pub shortest: Seconds,
    /// Longest cycle.
    pub longest: Seconds,
}

impl CycleRange {
    /// Exactly one cycle.
    pub fn fixed(cycle: Seconds) -> Self {
        Self { shortest: cycle, longest: cycle }
    }
}

/// A plan for given flows.
#[derive(Debug, Clone, PartialEq)]
pub struct Splits {
    /// The plan, offset 0; second 0 is the beginning of the first stage.
    pub plan: SignalPlan,
    /// Duration of each stage.
    pub durations: Vec<Seconds>,
    /// Y: the sum of the critical flow ratios of the stages. At 1 and above no cycle is long enough.
    pub flow_ratio: f64,
}

impl Splits {
    /// The degree of saturation of a group: its flow over what its green lets through.
    pub fn degree_of_saturation(&self, group: GroupId, flow: GroupFlow) -> f64 {
        let green = f64::from(self.plan.green_time(group).0);
        flow.flow / flow.saturation_flow * f64::from(self.plan.cycle.0) / green
    }
}

/// The plan of a signal whose stages last as long as given, one duration for each stage.
///
/// What [`StageSequence::plan`] does, for a single plan; keep the sequence for many.
///
/// # Errors
/// See [`StageSequence::of`] and [`StageSequence::plan`].
pub fn plan_from_stage_times(signal: &Signal, durations: &[Seconds]) -> Result<SignalPlan, StageError> {
    StageSequence::of(signal)?.plan(durations)
}

/// The cycle after Webster, unrounded: infinite when the flow ratios add up to 1 or more.
pub fn webster_cycle(lost_time: Seconds, flow_ratio: f64) -> f64 {
    if flow_ratio < 1.0 { (1.5 * f64::from(lost_time.0) + 5.0) / (1.0 - flow_ratio) } else { f64::INFINITY }
}

/// Cycle and splits of a signal.
///
/// The cycle is rounded to whole seconds and held within the range; where minimum greens and interstages need more, it
/// is enlarged, but not above the longest allowed. Every second that is left over goes to the most saturated group: to
/// that of its stages which is itself the most saturated. What a group then has above the most green that it may have goes to
/// stages without it.
///
/// # Errors
/// When the stages allow no plan, the cycle range is empty or too short, or a flow makes no sense.
pub fn webster(signal: &Signal, flows: &GroupFlows, cycle: CycleRange) -> Result<Splits, StageError> {
    let CycleRange { shortest, longest } = cycle;
    if shortest > longest || shortest.0 < 10 || longest.0 > 600 {
        return Err(StageError::CycleRange { shortest, longest });
    }
    let sequence = StageSequence::of(signal)?;
    let ratios = flow_ratios(signal, flows)?;
    let critical = critical_ratios(&sequence, &ratios);
    let flow_ratio: f64 = critical.iter().sum();
    let needed = sequence.shortest_cycle();
    if needed > u32::from(longest.0) {
        return Err(StageError::CycleTooShort { needed, longest });
    }
    let lost = Seconds(sequence.lost_time() as u16);
    let wished = webster_cycle(lost, flow_ratio).round().clamp(f64::from(shortest.0), f64::from(longest.0)) as u32;
    let durations = split(&sequence, &ratios, &critical, wished.max(needed));
    // Where no stage can take it, the plan says which group has too much.
    let durations = sequence.within_most_green(durations.clone()).unwrap_or(durations);
    Ok(Splits { plan: sequence.plan(&durations)?, durations, flow_ratio })
}

/// Flow over saturation flow of every group; 0 where there is none.
fn flow_ratios(signal: &Signal, flows: &GroupFlows) -> Result<IdVec<GroupId, f64>, StageError> {
    if flows.len() != signal.groups.len() {
        return Err(StageError::WrongGroups { actual: flows.len(), required: signal.groups.len() });
    }
    let ratio = |(group, flow): (GroupId, &Option<GroupFlow>)| match flow {
        None => Ok(0.0),
        Some(GroupFlow { flow, saturation_flow }) => {
            let ratio = *flow / *saturation_flow;
            let makes_sense = *saturation_flow > Flow::ZERO && ratio.is_finite() && ratio >= 0.0;
            if makes_sense { Ok(ratio) } else { Err(StageError::Flow { group: signal.groups[group].name.clone() }) }
        }
    };
    flows.enumerate().map(ratio).collect()
}

/// The critical flow ratio of each stage: together, the stages of a group have at least the group's ratio.
///
/// Groups of one stage first; what a group of more stages then still lacks is spread evenly over its stages.
fn critical_ratios(sequence: &StageSequence, ratios: &IdVec<GroupId, f64>) -> Vec<f64> {
    let count = sequence.interstages().len();
    let mut critical = vec![0.0_f64; count];
    for stages in 1..=count {
        for (group, &ratio) in ratios.enumerate().filter(|(g, _)| sequence.stages_of(*g).count() == stages) {
            let has: f64 = sequence.stages_of(group).map(|k| critical[k]).sum();
            for k in sequence.stages_of(group) {
                critical[k] += (ratio - has).max(0.0) / stages as f64;
            }
        }
    }
    critical
}

/// Hands out the cycle to the stages, second by second.
fn split(sequence: &StageSequence, ratios: &IdVec<GroupId, f64>, critical: &[f64], cycle: u32) -> Vec<Seconds> {
    let mut durations: Vec<i32> = sequence.shortest_stages().iter().map(|s| i32::from(s.0)).collect();
    let count = durations.len();
    let splits: Vec<GroupId> = ratios.ids().filter(|&g| (1..count).contains(&sequence.stages_of(g).count())).collect();
    for _ in sequence.shortest_cycle()..cycle {
        let saturation = |g: GroupId| ratios[g] / f64::from(sequence.green_of(g, &durations));
        let stage_saturation = |k: usize| critical[k] / f64::from(durations[k]);
        let worst = splits.iter().copied().filter(|&g| ratios[g] > 0.0);
        let stage = match largest(worst, saturation) {
            Some(group) => largest(sequence.stages_of(group), stage_saturation),
            None => largest(0..count, |k| -f64::from(durations[k])),
        };
        durations[stage.expect("a signal has stages, and a group that is split has some")] += 1;
    }
    durations.into_iter().map(|d| Seconds(d as u16)).collect()
}

/// The first of those with the largest value.
fn largest<T: Copy>(items: impl Iterator<Item = T>, value: impl Fn(T) -> f64) -> Option<T> {
    let better = |best: Option<(T, f64)>, item: T| match best {
        Some((_, most)) if most >= value(item) => best,
        _ => Some((item, value(item))),
    };
    items.fold(None, better).map(|(item, _)| item)
}
