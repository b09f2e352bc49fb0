//! Durations of stages and an offset for every signal: what the search moves in.

use super::{OptimiseError, safe, unplannable};
use controller::{CycleRange, GroupFlows, StageSequence, webster};
use model::id::{GroupId, IdVec, SignalId};
use model::scenario::{PlanSet, Scenario};
use model::signal::{GroupKind, SafePlan, SignalPlan};
use model::time::Seconds;

/// The stages of every signal, in every order that may be shown.
#[derive(Debug)]
pub(super) struct Sequences<'a>(IdVec<SignalId, Vec<StageSequence<'a>>>);

impl<'a> Sequences<'a> {
    /// The stages of every signal of a scenario.
    pub(super) fn of(scenario: &'a Scenario) -> Result<Self, OptimiseError> {
        let orders = scenario.signals.iter().map(|signal| StageSequence::orders(signal).map_err(|e| unplannable(signal, e)));
        Ok(Self(orders.collect::<Result<_, _>>()?))
    }

    /// How many signals there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Every signal.
    pub(super) fn ids(&self) -> impl Iterator<Item = SignalId> + use<'a> {
        self.0.ids()
    }

    /// The orders of a signal's stages, the usual one first.
    pub(super) fn orders(&self, id: SignalId) -> &[StageSequence<'a>] {
        &self.0[id]
    }

    /// The shortest cycle that suits every signal in its usual order.
    pub(super) fn shortest_cycle(&self) -> Option<u32> {
        self.0.iter().map(|orders| orders[0].shortest_cycle()).max()
    }
}

/// Order and durations of stages and an offset for every signal. Signals may have different cycles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Timing {
    /// Which of the orders of [`Sequences`].
    pub(super) orders: IdVec<SignalId, usize>,
    /// In that order.
    pub(super) durations: IdVec<SignalId, Vec<Seconds>>,
    pub(super) offsets: IdVec<SignalId, Seconds>,
}

impl Timing {
    /// Splits after Webster, offsets 0; `None` where a signal cannot have a cycle in the range.
    pub(super) fn webster(scenario: &Scenario, flows: &IdVec<SignalId, GroupFlows>, range: CycleRange) -> Option<Self> {
        let splits = scenario.signals.enumerate().map(|(id, signal)| {
            let splits = webster(signal, &flows[id], range).ok()?;
            (range.shortest..=range.longest).contains(&splits.plan.cycle).then_some(splits.durations)
        });
        let count = scenario.signals.len();
        let (orders, offsets) = (IdVec::from_fn(count, |_| 0), IdVec::from_fn(count, |_| Seconds(0)));
        Some(Self { orders, durations: splits.collect::<Option<_>>()?, offsets })
    }

    /// What comes nearest to a plan: each stage lasts as long as its groups, and no others, are green. `None` where the plan does not go through the stages in their order.
    pub(super) fn like(sequences: &Sequences<'_>, set: &PlanSet) -> Option<Self> {
        let shown = |id: SignalId| {
            let plan = &set.plans[id];
            let orders = sequences.orders(id).iter().enumerate();
            orders.into_iter().find_map(|(order, sequence)| Some((order, stages_shown(sequence, plan)?)))
        };
        let each = sequences.ids().map(shown).collect::<Option<Vec<_>>>()?;
        Some(Self {
            orders: each.iter().map(|(order, _)| *order).collect(),
            durations: each.iter().map(|(_, (durations, _))| durations.clone()).collect(),
            offsets: each.iter().map(|(_, (_, offset))| *offset).collect(),
        })
    }

    /// The stages of a signal in the order in which they are shown.
    pub(super) fn sequence<'s, 'a>(&self, sequences: &'s Sequences<'a>, id: SignalId) -> &'s StageSequence<'a> {
        &sequences.orders(id)[self.orders[id]]
    }

    /// The cycle of a signal, in seconds.
    pub(super) fn cycle(&self, sequences: &Sequences<'_>, id: SignalId) -> i32 {
        cycle(self.sequence(sequences, id), &self.durations[id])
    }

    /// The cycle that all signals have, in seconds, or that they go through twice in it (doppelter Umlauf); `None` where they
    /// have others.
    pub(super) fn common_cycle(&self, sequences: &Sequences<'_>) -> Option<i32> {
        let cycles = || sequences.ids().map(|id| self.cycle(sequences, id));
        let longest = cycles().max()?;
        cycles().all(|c| c == longest || 2 * c == longest).then_some(longest)
    }

    /// The same with a signal that goes through its stages twice in the common cycle if it did once, and the other way round; `None`
    /// where they do not fit in twice.
    pub(super) fn twice_or_once(&self, sequences: &Sequences<'_>, id: SignalId) -> Option<Self> {
        let (common, own) = (self.common_cycle(sequences)?, self.cycle(sequences, id));
        let other = if own == common { (common % 2 == 0).then_some(common / 2)? } else { common };
        let mut changed = self.clone();
        changed.durations[id] = shared_out(self.sequence(sequences, id), &self.durations[id], other)?;
        changed.offsets[id] = Seconds((i32::from(self.offsets[id].0) % other) as u16);
        CYCLES.contains(&other).then_some(changed)
    }

    /// The cycle of a signal when the common one is another; `None` where it does not go into that twice.
    fn own_cycle(&self, sequences: &Sequences<'_>, id: SignalId, (old, new): (i32, i32)) -> Option<i32> {
        match old / self.cycle(sequences, id).max(1) {
            1 => Some(new),
            times => (new % times == 0).then_some(new / times),
        }
    }

    /// The plan of one signal.
    pub(super) fn plan(&self, sequences: &Sequences<'_>, id: SignalId) -> Result<SafePlan, OptimiseError> {
        safe(self.sequence(sequences, id).signal(), self.bare_plan(sequences, id)?)
    }

    /// The plan of one signal, for those who only reckon with it: not checked, so it can be shown nowhere.
    pub(super) fn bare_plan(&self, sequences: &Sequences<'_>, id: SignalId) -> Result<SignalPlan, OptimiseError> {
        let sequence = self.sequence(sequences, id);
        let plan = sequence.plan(&self.durations[id]).map_err(|e| unplannable(sequence.signal(), e))?;
        Ok(plan.with_offset(self.offsets[id]))
    }

    /// Every plan.
    pub(super) fn set(&self, name: &str, source: String, sequences: &Sequences<'_>) -> Result<PlanSet, OptimiseError> {
        let plans = sequences.ids().map(|id| self.plan(sequences, id));
        Ok(PlanSet { name: name.into(), source, plans: plans.collect::<Result<IdVec<_, _>, _>>()? })
    }

    /// The same with one signal later by some seconds.
    pub(super) fn shifted(&self, sequences: &Sequences<'_>, id: SignalId, by: i32) -> Self {
        let mut moved = self.clone();
        moved.offsets[id] = Seconds((i32::from(self.offsets[id].0) + by).rem_euclid(self.cycle(sequences, id)) as u16);
        moved
    }

    /// The same with some seconds handed from one stage to another; `None` where it would become too short.
    pub(super) fn exchanged(&self, sequences: &Sequences<'_>, id: SignalId, stages: [usize; 2], by: i32) -> Option<Self> {
        self.longer(sequences, id, stages[0], -by)?.longer(sequences, id, stages[1], by)?.with_most_green(sequences, id)
    }

    /// The same with one stage longer, and with it the cycle of the signal; `None` where the stage would become too short.
    pub(super) fn lengthened(&self, sequences: &Sequences<'_>, id: SignalId, stage: usize, by: i32) -> Option<Self> {
        self.longer(sequences, id, stage, by)?.with_most_green(sequences, id)
    }

    /// The same, where no group of the signal has more green than it may have.
    fn with_most_green(self, sequences: &Sequences<'_>, id: SignalId) -> Option<Self> {
        self.sequence(sequences, id).keeps_most_green(&self.durations[id]).then_some(self)
    }

    fn longer(&self, sequences: &Sequences<'_>, id: SignalId, stage: usize, by: i32) -> Option<Self> {
        let mut moved = self.clone();
        let duration = i32::from(self.durations[id][stage].0) + by;
        if duration < i32::from(self.sequence(sequences, id).shortest_stages()[stage].0) || duration > LONGEST {
            return None;
        }
        moved.durations[id][stage] = Seconds(duration as u16);
        let cycle = moved.cycle(sequences, id);
        moved.offsets[id] = Seconds((i32::from(self.offsets[id].0) % cycle.max(1)) as u16);
        CYCLES.contains(&cycle).then_some(moved)
    }

    /// The same in another common cycle with stages longer and offsets later by some seconds, by signal; stages are as near to
    /// that as their shortest and the cycle allow. `None` where they do not fit into it.
    pub(super) fn varied(&self, sequences: &Sequences<'_>, cycle: i32, by: &[(Vec<f64>, f64)]) -> Option<Self> {
        let mut varied = self.scaled(sequences, cycle)?;
        for (id, (stages, later)) in sequences.ids().zip(by) {
            let (sequence, own) = (varied.sequence(sequences, id), varied.cycle(sequences, id));
            let longer = |((d, s), by): ((&Seconds, Seconds), &f64)| {
                let wished = (f64::from(d.0) + by).round().clamp(f64::from(s.0), f64::from(LONGEST));
                Seconds(wished as u16)
            };
            let wished: Vec<Seconds> =
                varied.durations[id].iter().zip(sequence.shortest_stages()).zip(stages).map(longer).collect();
            let durations = shared_out(sequence, &wished, own)?;
            varied.durations[id] = durations;
            let offset = (f64::from(varied.offsets[id].0) + later).round() as i64;
            varied.offsets[id] = Seconds(offset.rem_euclid(i64::from(own)) as u16);
        }
        Some(varied)
    }

    /// The same with the stages of a signal in another order, in the same cycle and each as long as before, or nearly so; `None`
    /// where they do not fit into it.
    pub(super) fn reordered(&self, sequences: &Sequences<'_>, id: SignalId, order: usize) -> Option<Self> {
        let (old, new) = (self.sequence(sequences, id), sequences.orders(id).get(order)?);
        let of_stage = |stage: &usize| old.order().iter().position(|s| s == stage).map(|k| self.durations[id][k]);
        let durations = new.order().iter().map(of_stage).collect::<Option<Vec<_>>>()?;
        let longest = durations.iter().zip(new.shortest_stages()).map(|(&d, s)| d.max(s)).collect::<Vec<_>>();
        let mut moved = self.clone();
        moved.durations[id] = shared_out(new, &longest, self.cycle(sequences, id))?;
        moved.orders[id] = order;
        Some(moved)
    }

    /// The same with another cycle for all signals, splits and offsets in proportion; `None` where stages would be too short.
    pub(super) fn scaled(&self, sequences: &Sequences<'_>, cycle: i32) -> Option<Self> {
        let old = self.common_cycle(sequences).filter(|_| CYCLES.contains(&cycle))?;
        let mut scaled = self.clone();
        for id in sequences.ids() {
            let (before, own) = (self.cycle(sequences, id), self.own_cycle(sequences, id, (old, cycle))?);
            scaled.durations[id] = shared_out(self.sequence(sequences, id), &self.durations[id], own)?;
            let offset = (i32::from(self.offsets[id].0) * own + before / 2) / before;
            scaled.offsets[id] = Seconds(offset.rem_euclid(own) as u16);
        }
        Some(scaled)
    }
}

/// The cycles that a plan may have, in seconds.
const CYCLES: std::ops::RangeInclusive<i32> = 10..=600;

/// No stage lasts longer, in seconds: longer cycles than 180 s are not usual, and the whole of one is a stage at most.
const LONGEST: i32 = 180;

fn cycle(sequence: &StageSequence<'_>, durations: &[Seconds]) -> i32 {
    sequence.lost_time().cast_signed() + durations.iter().map(|d| i32::from(d.0)).sum::<i32>()
}

/// Durations for another cycle: what stages have above their shortest is shared out in proportion.
fn shared_out(sequence: &StageSequence<'_>, durations: &[Seconds], cycle: i32) -> Option<Vec<Seconds>> {
    let shortest: Vec<i32> = sequence.shortest_stages().iter().map(|s| i32::from(s.0)).collect();
    let spare = cycle - sequence.shortest_cycle().cast_signed();
    if spare < 0 {
        return None;
    }
    let above: Vec<i32> = durations.iter().zip(&shortest).map(|(d, s)| i32::from(d.0) - s).collect();
    // Where all are at their shortest, everyone gets the same.
    let weights = if above.iter().sum::<i32>() > 0 { above } else { vec![1; shortest.len()] };
    let all: i32 = weights.iter().sum();
    let mut handed_out = 0;
    let mut weight = 0;
    let share = |(s, w): (&i32, &i32)| {
        weight += w;
        let up_to_here = (spare * weight + all / 2) / all;
        let own = up_to_here - handed_out;
        handed_out = up_to_here;
        Seconds((s + own) as u16)
    };
    sequence.within_most_green(shortest.iter().zip(&weights).map(share).collect())
}

/// How long a plan shows each stage, and when the first one begins.
fn stages_shown(sequence: &StageSequence<'_>, plan: &SafePlan) -> Option<(Vec<Seconds>, Seconds)> {
    let signal = sequence.signal();
    let cycle = plan.cycle().0;
    // Pedestrians may end before their stage does.
    let drives = |g: &GroupId| signal.groups[*g].kind != GroupKind::Pedestrians;
    let shown = |second: u16| {
        let green = |g: &GroupId| plan.plan().greens[*g].iter().any(|green| green.covers(Seconds(second), plan.cycle()));
        let has_all = |k: &usize| {
            let greens = &signal.stages[sequence.order()[*k]].greens;
            greens.iter().filter(|g| drives(g) || !greens.iter().any(drives)).all(green)
        };
        let has_no_other = |k: &usize| {
            signal.groups.ids().filter(|g| drives(g) && green(g)).all(|g| signal.stages[sequence.order()[*k]].greens.contains(&g))
        };
        (0..signal.stages.len()).find(|k| has_all(k) && has_no_other(k))
    };
    let seconds: Vec<Option<usize>> = (0..cycle).map(shown).collect();
    let count = signal.stages.len();
    let mut durations = vec![0_u16; count];
    seconds.iter().flatten().for_each(|&k| durations[k] += 1);
    let begins = (0..cycle).find(|&s| {
        let before = seconds[usize::from((s + cycle - 1) % cycle)];
        seconds[usize::from(s)] == Some(0) && before != Some(0)
    })?;
    // One stage after the other, in their order.
    let from_first = (0..cycle).filter_map(|s| seconds[usize::from((begins + s) % cycle)]);
    let mut order: Vec<usize> = from_first.collect();
    order.dedup();
    if order != (0..count).collect::<Vec<_>>() {
        return None;
    }
    let shortest = sequence.shortest_stages();
    let durations: Vec<Seconds> = durations.iter().zip(&shortest).map(|(d, s)| Seconds((*d).max(s.0))).collect();
    let durations = shared_out(sequence, &durations, i32::from(cycle).max(sequence.shortest_cycle().cast_signed()))?;
    let own = self::cycle(sequence, &durations);
    Some((durations, Seconds(((i32::from(plan.offset().0) + i32::from(begins)) % own) as u16)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::toy::Grid;

    fn street() -> Scenario {
        Grid { columns: 3, ..Grid::default() }.scenario()
    }

    fn timed(sequences: &Sequences<'_>, above: u16) -> Timing {
        let longer = |(k, s): (usize, &Seconds)| Seconds(s.0 + above + 3 * k as u16);
        let of = |id| sequences.orders(id)[0].shortest_stages().iter().enumerate().map(longer).collect();
        let durations = sequences.ids().map(of).collect();
        let offsets = IdVec::from_fn(sequences.len(), |id: SignalId| Seconds(7 * id.0 as u16));
        Timing { orders: IdVec::from_fn(sequences.len(), |_| 0), durations, offsets }
    }

    #[test]
    fn a_plan_made_of_a_timing_is_read_back_as_that_timing() {
        let scenario = street();
        let sequences = Sequences::of(&scenario).unwrap();
        let timing = timed(&sequences, 8);
        let set = timing.set("own", String::new(), &sequences).unwrap();
        assert_eq!(Timing::like(&sequences, &set), Some(timing));
    }

    #[test]
    fn every_change_leaves_a_safe_plan_with_the_cycle_it_says() {
        let scenario = street();
        let sequences = Sequences::of(&scenario).unwrap();
        let timing = timed(&sequences, 8);
        let (id, old) = (SignalId(1), timing.cycle(&sequences, SignalId(1)));
        let cycle = |t: &Timing| i32::from(t.plan(&sequences, id).unwrap().cycle().0);
        assert_eq!(cycle(&timing.shifted(&sequences, id, -50)), old);
        assert_eq!(cycle(&timing.exchanged(&sequences, id, [0, 1], 5).unwrap()), old);
        assert_eq!(cycle(&timing.lengthened(&sequences, id, 0, -3).unwrap()), old - 3);
        for other in [old - 10, old + 1, old + 25] {
            let scaled = timing.scaled(&sequences, other).unwrap();
            assert_eq!((cycle(&scaled), scaled.common_cycle(&sequences)), (other, Some(other)));
        }
    }

    #[test]
    fn another_order_of_stages_keeps_the_cycle_and_is_read_back() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/dortmund-wall");
        let scenario = model::scenario::load(&folder).unwrap();
        let sequences = Sequences::of(&scenario).unwrap();
        let timing = Timing::webster(&scenario, &crate::group_flows(&scenario), CycleRange::fixed(Seconds(120))).unwrap();
        let mut changed = 0;
        for id in sequences.ids() {
            for order in 1..sequences.orders(id).len() {
                let Some(other) = timing.reordered(&sequences, id, order) else { continue };
                assert_eq!(other.plan(&sequences, id).unwrap().cycle(), Seconds(120));
                let set = other.set("other", String::new(), &sequences).unwrap();
                assert_eq!(Timing::like(&sequences, &set).unwrap().orders, other.orders);
                changed += 1;
            }
        }
        assert!(changed > 5, "{changed}");
    }

    #[test]
    fn a_signal_may_go_through_its_stages_twice_in_the_common_cycle() {
        let scenario = street();
        let sequences = Sequences::of(&scenario).unwrap();
        let flows = crate::group_flows(&scenario);
        let timing = Timing::webster(&scenario, &flows, CycleRange::fixed(Seconds(120))).unwrap();
        let (id, cycle) = (SignalId(1), |t: &Timing, id| i32::from(t.plan(&sequences, id).unwrap().cycle().0));
        let twice = timing.shifted(&sequences, id, 90).twice_or_once(&sequences, id).unwrap();
        assert_eq!((cycle(&twice, id), cycle(&twice, SignalId(0))), (60, 120));
        assert_eq!((twice.offsets[id], twice.common_cycle(&sequences)), (Seconds(30), Some(120)));
        assert_eq!(cycle(&twice.shifted(&sequences, id, 40), id), 60);
        let shortest = sequences.shortest_cycle().unwrap().cast_signed();
        assert!(twice.scaled(&sequences, 121).is_none() && twice.scaled(&sequences, 2 * shortest - 2).is_none());
        let longer = twice.scaled(&sequences, 140).unwrap();
        assert_eq!((cycle(&longer, id), longer.offsets[id], longer.common_cycle(&sequences)), (70, Seconds(35), Some(140)));
        let once = twice.twice_or_once(&sequences, id).unwrap();
        assert_eq!((cycle(&once, id), once.common_cycle(&sequences)), (120, Some(120)));
    }

    #[test]
    fn no_change_leads_out_of_the_cycles_that_plans_may_have() {
        let mut scenario = street();
        for signal in &mut scenario.signals {
            signal.groups.iter_mut().for_each(|g| (g.min_green, g.amber, g.red_amber) = (Seconds(1), Seconds(0), Seconds(0)));
            let groups: Vec<GroupId> = signal.groups.ids().collect();
            for (&a, &b) in groups.iter().flat_map(|a| groups.iter().map(move |b| (a, b))) {
                signal.intergreens[(a, b)] = signal.intergreens[(a, b)].map(|_| Seconds(1));
            }
        }
        let sequences = Sequences::of(&scenario).unwrap();
        let timing = timed(&sequences, 4);
        assert!(sequences.shortest_cycle() < Some(10), "{:?}", sequences.shortest_cycle());
        assert!([-5, 0, 9, 601].iter().all(|&cycle| timing.scaled(&sequences, cycle).is_none()));
        assert!(timing.scaled(&sequences, 10).is_some());
        let shorter = (1..8).filter_map(|by| timing.lengthened(&sequences, SignalId(0), 1, -by));
        assert!(shorter.into_iter().all(|t| t.plan(&sequences, SignalId(0)).is_ok()));
    }

    #[test]
    fn no_change_gives_a_group_more_green_than_it_may_have() {
        let mut scenario = street();
        let (id, held) = (SignalId(1), scenario.signals[SignalId(1)].stages[0].greens[0]);
        scenario.signals[id].groups[held].max_green_percent = Some(40);
        let sequences = Sequences::of(&scenario).unwrap();
        let flows = crate::group_flows(&scenario);
        let timing = Timing::webster(&scenario, &flows, CycleRange::fixed(Seconds(80))).unwrap();
        let keeps = |t: &Timing| {
            let plan = t.plan(&sequences, id).unwrap();
            plan.plan().green_time(held) <= scenario.signals[id].groups[held].longest_green(plan.cycle())
        };
        let most = (0..80).rev().find_map(|by| timing.exchanged(&sequences, id, [1, 0], by)).unwrap();
        assert!(keeps(&timing) && keeps(&most) && most.exchanged(&sequences, id, [1, 0], 1).is_none());
        assert!(most.lengthened(&sequences, id, 0, 5).is_none() && most.lengthened(&sequences, id, 1, -5).is_none());
        assert_eq!(most.lengthened(&sequences, id, 1, 5).map(|t| keeps(&t)), Some(true));
        for cycle in [50, 79, 81, 120] {
            assert!(keeps(&most.scaled(&sequences, cycle).unwrap()), "{cycle}");
        }
    }

    #[test]
    fn no_stage_becomes_shorter_than_its_groups_need() {
        let scenario = street();
        let sequences = Sequences::of(&scenario).unwrap();
        let timing = timed(&sequences, 0);
        let shortest = sequences.orders(SignalId(0))[0].shortest_cycle().cast_signed();
        assert!(timing.exchanged(&sequences, SignalId(0), [0, 1], 1).is_none());
        assert!(timing.lengthened(&sequences, SignalId(0), 0, -1).is_none());
        assert!(timing.scaled(&sequences, shortest - 1).is_none());
    }
}
