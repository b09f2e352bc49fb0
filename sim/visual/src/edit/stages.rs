//! Stages as a plan shows them, and plans in which they last longer or shorter.

use super::Refusal;
use model::id::{GroupId, IdVec};
use model::signal::{Aspect, Green, SafePlan, Signal, SignalPlan};
use model::time::Seconds;

/// A stage of a plan: seconds in which all its groups are green and nothing changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Core {
    /// First second of the cycle.
    pub(crate) from: i32,
    pub(crate) seconds: i32,
    /// Groups with green, in id order.
    pub(crate) greens: Vec<GroupId>,
}

/// The stages of a plan in their order. Between two of them lies the interstage: what is green there was green before or
/// will be green after.
pub(crate) fn cores(signal: &Signal, plan: &SafePlan) -> Vec<Core> {
    let runs = runs(signal, plan);
    let within = |a: &[GroupId], b: &[GroupId]| a.len() < b.len() && a.iter().all(|g| b.contains(g));
    let count = runs.len();
    let largest = |i: usize| {
        let beside = [&runs[(i + count - 1) % count], &runs[(i + 1) % count]];
        !runs[i].greens.is_empty() && !beside.iter().any(|b| within(&runs[i].greens, &b.greens))
    };
    (0..count).filter(|&i| largest(i)).map(|i| runs[i].clone()).collect()
}

/// Seconds in a row with the same greens, from second 0 of the cycle on; the last may go round.
fn runs(signal: &Signal, plan: &SafePlan) -> Vec<Core> {
    let cycle = plan.cycle().0;
    let green = |s: u16| signal.groups.ids().filter(|&g| plan.aspect(g, Seconds(s)) == Aspect::Green).collect::<Vec<_>>();
    let mut runs: Vec<Core> = Vec::new();
    for second in 0..cycle {
        let greens = green(second);
        match runs.last_mut() {
            Some(run) if run.greens == greens => run.seconds += 1,
            _ => runs.push(Core { from: i32::from(second), seconds: 1, greens }),
        }
    }
    if runs.len() > 1 && runs[0].greens == runs[runs.len() - 1].greens {
        let first = runs.remove(0);
        if let Some(last) = runs.last_mut() {
            last.seconds += first.seconds;
        }
    }
    runs
}

/// Which stage of the signal some greens are most like: at least half of all groups of both.
pub(crate) fn stage_name(signal: &Signal, greens: &[GroupId]) -> Option<usize> {
    let alike = |k: usize| {
        let own = &signal.stages[k].greens;
        let both = own.iter().filter(|g| greens.contains(g)).count();
        both as f64 / (own.len() + greens.len() - both).max(1) as f64
    };
    (0..signal.stages.len()).filter(|&k| alike(k) >= 0.5).max_by(|&a, &b| alike(a).total_cmp(&alike(b)))
}

/// The plan in which each stage lasts so many seconds more; interstages stay as they are.
pub(super) fn stretched(signal: &Signal, plan: &SignalPlan, cores: &[Core], more: &[i32]) -> Result<SignalPlan, Refusal> {
    for (core, more) in cores.iter().zip(more) {
        let seconds = core.seconds + more;
        if seconds < 1 {
            let stage = stage_name(signal, &core.greens).map_or_else(|| "?".into(), |k| signal.stages[k].name.clone());
            return Err(Refusal::NoStageLeft { stage, seconds });
        }
    }
    let (old, origin) = (i32::from(plan.cycle.0), cores[0].from);
    let cycle = old + more.iter().sum::<i32>();
    // Seconds are counted from the beginning of the first stage: what lies behind a stage moves by what it has become longer.
    let moved = |second: i32| {
        let along = (second - origin).rem_euclid(old);
        let ends = |c: &Core| (c.from - origin).rem_euclid(old) + c.seconds;
        along + cores.iter().zip(more).filter(|(c, _)| ends(c) <= along).map(|(_, m)| m).sum::<i32>()
    };
    let change = |green: &Green| {
        if i32::from(green.duration.0) == old {
            return Green { start: Seconds(green.start.0 % cycle as u16), duration: Seconds(cycle as u16) };
        }
        let start = moved(i32::from(green.start.0));
        let end = moved(i32::from(green.start.0) + i32::from(green.duration.0));
        let duration = (end - start).rem_euclid(cycle);
        Green { start: Seconds((start + origin).rem_euclid(cycle) as u16), duration: Seconds(duration as u16) }
    };
    let greens: IdVec<GroupId, Vec<Green>> = plan.greens.iter().map(|greens| greens.iter().map(change).collect()).collect();
    let offset = Seconds(plan.offset.0 % cycle as u16);
    Ok(SignalPlan { cycle: Seconds(cycle as u16), offset, greens })
}

/// A number shared out in the proportion of weights, in whole numbers that add up to it.
pub(super) fn shared_out(all: i32, weights: &[i32]) -> Vec<i32> {
    let sum = weights.iter().sum::<i32>().max(1);
    let (mut given, mut up_to) = (0, 0);
    let share = |&weight: &i32| {
        up_to += weight;
        let due = (f64::from(all) * f64::from(up_to) / f64::from(sum)).round() as i32;
        due - std::mem::replace(&mut given, due)
    };
    weights.iter().map(share).collect()
}

/// Makes durations add up: the longest gives or takes, never below the shortest that a stage may last.
pub(super) fn fill(durations: &mut [Seconds], shortest: &[Seconds], all: i64) {
    let sum = |d: &[Seconds]| d.iter().map(|s| i64::from(s.0)).sum::<i64>();
    while sum(durations) != all {
        let short = sum(durations) < all;
        let able = (0..durations.len()).filter(|&k| short || durations[k] > shortest[k]);
        let Some(k) = able.max_by_key(|&k| durations[k]) else { return };
        durations[k].0 = if short { durations[k].0 + 1 } else { durations[k].0 - 1 };
    }
}

/// The plan with every green so many seconds later in the cycle.
pub(super) fn turned(plan: &SignalPlan, by: i32) -> SignalPlan {
    let cycle = i32::from(plan.cycle.0).max(1);
    let later = |g: &Green| Green { start: Seconds((i32::from(g.start.0) + by).rem_euclid(cycle) as u16), duration: g.duration };
    SignalPlan { greens: plan.greens.iter().map(|greens| greens.iter().map(later).collect()).collect(), ..plan.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy;
    use model::id::SignalId;

    #[test]
    fn the_stages_of_a_plan_are_found_with_their_names() {
        let scenario = toy::scenario();
        let signal = &scenario.signals[SignalId(0)];
        let found = cores(signal, &scenario.plan(None).unwrap().plans[SignalId(0)]);
        let shown: Vec<_> = found.iter().map(|c| (c.from, c.seconds, stage_name(signal, &c.greens))).collect();
        assert_eq!(shown, [(0, 28, Some(0)), (36, 18, Some(1))]);
    }

    #[test]
    fn shares_add_up() {
        assert_eq!(shared_out(7, &[1, 1, 1]).iter().sum::<i32>(), 7);
        assert_eq!(shared_out(-10, &[30, 10]), [-8, -2]);
    }

    #[test]
    fn durations_are_filled_up_without_going_below_the_shortest() {
        let mut durations = [20, 6].map(Seconds);
        fill(&mut durations, &[5, 6].map(Seconds), 20);
        assert_eq!(durations, [14, 6].map(Seconds));
    }
}
