//! From stages and their durations to a plan: interstages, early and late greens.
//!
//! The rules, chosen to be simple and safe:
//!
//! * A stage of duration d is a stretch of the cycle in which all its groups show green, pedestrians that end early
//!   excepted. A group that is in consecutive stages stays green between them.
//! * The interstage into a stage is as long as the largest intergreen from a group that has ended to one that begins,
//!   and no longer. It is computed for the shortest stages, so that it does not depend on the splits.
//! * Pedestrians clear for long; they do not lengthen an interstage in which other groups end as well, but end so much
//!   earlier. Where only pedestrians end, they do.
//! * Within an interstage every group then begins as early, and after that ends as late, as the intergreens allow, but
//!   never inside the stage before or after.
//!
//! Source: RiLSA, Phasenübergänge; the reading of conditional pairs is that of the plan check.

use model::id::{GroupId, IdVec};
use model::signal::{Grade, Green, GroupKind, Signal, SignalPlan};
use model::time::Seconds;
use thiserror::Error;

/// Why stages do not make a plan.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StageError {
    /// The signal has no stages.
    #[error("signal {signal} has no stages")]
    NoStages {
        /// The signal.
        signal: String,
    },
    /// A stage holds incompatible groups.
    #[error("stage {stage} holds {first} and {second}, which are incompatible")]
    Incompatible {
        /// The stage.
        stage: String,
        /// One group.
        first: String,
        /// The other.
        second: String,
    },
    /// A group that must show green is in no stage.
    #[error("{group} is in no stage")]
    NeverGreen {
        /// The group.
        group: String,
    },
    /// The durations are not one for each stage.
    #[error("there are {actual} durations, but {required} stages")]
    WrongCount {
        /// Durations given.
        actual: usize,
        /// Stages of the signal.
        required: usize,
    },
    /// A stage is too short for its groups.
    #[error("stage {stage} lasts {actual}, but its groups need {required}")]
    StageTooShort {
        /// The stage.
        stage: String,
        /// Its duration.
        actual: Seconds,
        /// What minimum greens and early ends need.
        required: Seconds,
    },
    /// A group would have more green than it may have.
    #[error("{group} would be green for {actual} of the cycle of {cycle}, but {allowed} are allowed")]
    GreenTooLong {
        /// The group.
        group: String,
        /// All its green in a cycle.
        actual: Seconds,
        /// The cycle.
        cycle: Seconds,
        /// Green that is allowed.
        allowed: Seconds,
    },
    /// Stages and interstages do not fit into the longest cycle allowed.
    #[error("stages and interstages need a cycle of {needed} s, but the longest allowed is {longest}")]
    CycleTooShort {
        /// Shortest cycle that holds them.
        needed: u32,
        /// Longest cycle allowed.
        longest: Seconds,
    },
    /// The cycle is out of the range of plans.
    #[error("the cycle range {shortest} to {longest} does not lie within 10 s to 600 s")]
    CycleRange {
        /// Shortest cycle.
        shortest: Seconds,
        /// Longest cycle.
        longest: Seconds,
    },
    /// A flow is negative, or a saturation flow is not above 0.
    #[error("the flows of {group} must be finite, at least 0, and above 0 in saturation")]
    Flow {
        /// The group.
        group: String,
    },
    /// There are flows for other groups.
    #[error("there are flows for {actual} groups, but the signal has {required}")]
    WrongGroups {
        /// Rows of flows.
        actual: usize,
        /// Groups of the signal.
        required: usize,
    },
}

/// One green of a group: from its first to its last stage, which may lie round the end of the sequence.
#[derive(Debug, Clone, Copy)]
struct Run {
    group: GroupId,
    first: usize,
    /// Stages that it lasts.
    count: usize,
    /// How much before the end of its last stage it ends at the latest, while stages are at their shortest.
    early: i32,
}

impl Run {
    /// Its last stage.
    fn last(&self, stages: usize) -> usize {
        (self.first + self.count - 1) % stages
    }
}

/// The entering run begins at least `time` after the clearing one has ended.
#[derive(Debug, Clone, Copy)]
struct Rule {
    clearing: usize,
    entering: usize,
    time: i32,
    /// Whether the clearing run may end early rather than lengthen the interstage.
    gives_way: bool,
}

/// The stages of a signal in their order, with the interstages between them and the shortest time of each.
#[derive(Debug, Clone)]
pub struct StageSequence<'a> {
    signal: &'a Signal,
    /// Indices of the signal's stages, in the order in which they are shown.
    order: Vec<usize>,
    runs: Vec<Run>,
    rules: Vec<Rule>,
    permanent: Vec<GroupId>,
    /// Number k leads from stage k to the next one.
    interstages: Vec<i32>,
    shortest: Vec<i32>,
}

impl<'a> StageSequence<'a> {
    /// The sequence of all stages of a signal, in their usual order.
    ///
    /// # Errors
    /// The first reason for which the stages allow no plan.
    pub fn of(signal: &'a Signal) -> Result<Self, StageError> {
        if signal.stages.is_empty() {
            return Err(StageError::NoStages { signal: signal.name.clone() });
        }
        check_stages(signal)?;
        Self::in_order(signal, (0..signal.stages.len()).collect())
    }

    /// The usual sequence of a signal, and those in other orders (Phasenfolgen) that show every group as often and lose no more
    /// than 10 s more: those that lose least, six in all at most.
    ///
    /// The first stage comes first in all of them: a sequence goes round. Signals with more than five stages keep their order.
    ///
    /// # Errors
    /// As for [`StageSequence::of`].
    pub fn orders(signal: &'a Signal) -> Result<Vec<Self>, StageError> {
        let usual = Self::of(signal)?;
        let mut others: Vec<Self> = Vec::new();
        if signal.stages.len() <= MOST_STAGES {
            for order in permutations(usual.order.clone(), 1).into_iter().skip(1) {
                others.extend(Self::in_order(signal, order));
            }
        }
        others.retain(|o| o.runs.len() == usual.runs.len() && o.lost_time() <= usual.lost_time() + MORE_LOST);
        others.sort_by_key(Self::lost_time);
        others.truncate(MOST_ORDERS - 1);
        Ok(std::iter::once(usual).chain(others).collect())
    }

    /// The sequence of stages in an order.
    fn in_order(signal: &'a Signal, order: Vec<usize>) -> Result<Self, StageError> {
        let count = order.len();
        let mut sequence = Self {
            signal,
            order,
            runs: Vec::new(),
            rules: Vec::new(),
            permanent: Vec::new(),
            interstages: vec![0; count],
            shortest: vec![0; count],
        };
        sequence.find_runs()?;
        sequence.find_rules();
        sequence.find_shortest_by_minimum_green();
        sequence.find_interstages();
        sequence.find_early_ends();
        Ok(sequence)
    }

    /// The order in which the signal's stages are shown: their indices.
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// The stages' signal.
    pub fn signal(&self) -> &Signal {
        self.signal
    }

    /// The interstage after each stage.
    pub fn interstages(&self) -> Vec<Seconds> {
        self.interstages.iter().map(|&s| seconds(s)).collect()
    }

    /// The shortest duration of each stage.
    pub fn shortest_stages(&self) -> Vec<Seconds> {
        self.shortest.iter().map(|&s| seconds(s)).collect()
    }

    /// Time of the cycle that belongs to no stage: the sum of the interstages.
    pub fn lost_time(&self) -> u32 {
        self.interstages.iter().sum::<i32>() as u32
    }

    /// The shortest cycle.
    pub fn shortest_cycle(&self) -> u32 {
        self.lost_time() + self.shortest.iter().sum::<i32>() as u32
    }

    /// The stages in which a group is green.
    pub fn stages_of(&self, group: GroupId) -> impl Iterator<Item = usize> + '_ {
        (0..self.interstages.len()).filter(move |&k| self.holds(k, group))
    }

    /// Green of a group in a cycle with the given stage durations, early and late seconds not counted.
    pub(crate) fn green_of(&self, group: GroupId, durations: &[i32]) -> i32 {
        let next = |k: usize| (k + 1) % durations.len();
        let through = |k: usize| if self.holds(next(k), group) { self.interstages[k] } else { 0 };
        self.stages_of(group).map(|k| durations[k] + through(k)).sum()
    }

    /// Durations that keep the most green of every group ([`SignalGroup::max_green_percent`]), in the same cycle: what a group
    /// has too much goes from its longest stages to the longest ones without it, second by second. `None` where no stage can
    /// take it.
    ///
    /// [`SignalGroup::max_green_percent`]: model::signal::SignalGroup::max_green_percent
    pub fn within_most_green(&self, mut durations: Vec<Seconds>) -> Option<Vec<Seconds>> {
        loop {
            let Some((group, ..)) = self.too_green(&durations) else { return Some(durations) };
            // Of stages of one length the first.
            let longest = |with: bool, spare: u16| {
                let stages = (0..durations.len()).filter(|&k| self.holds(k, group) == with);
                let able = stages.filter(|&k| durations[k].0 >= self.shortest[k] as u16 + spare);
                able.max_by_key(|&k| (durations[k], std::cmp::Reverse(k)))
            };
            let (from, to) = (longest(true, 1)?, longest(false, 0)?);
            durations[from].0 -= 1;
            durations[to].0 += 1;
            let others = self.too_green(&durations).filter(|(other, ..)| self.holds(to, *other));
            if others.is_some() {
                return None;
            }
        }
    }

    /// Whether every group keeps the most green that it may have.
    pub fn keeps_most_green(&self, durations: &[Seconds]) -> bool {
        self.too_green(durations).is_none()
    }

    /// The first group that has more green than it may have, its green, and what is allowed.
    fn too_green(&self, durations: &[Seconds]) -> Option<(GroupId, Seconds, Seconds)> {
        // Hardly any signal limits a group, and this is asked very often.
        if self.signal.groups.iter().all(|g| g.max_green_percent.is_none()) {
            return None;
        }
        let durations: Vec<i32> = durations.iter().map(|d| i32::from(d.0)).collect();
        let cycle = seconds(self.interstages.iter().chain(&durations).sum());
        let timing = self.timing(&durations);
        let green = |group: GroupId| {
            let runs = self.runs.iter().zip(&timing).filter(|(run, _)| run.group == group);
            let whole = if self.permanent.contains(&group) { cycle.0.into() } else { 0 };
            seconds(whole + runs.map(|(_, (start, end))| end - start).sum::<i32>())
        };
        let limited = self.signal.groups.enumerate().filter(|(_, g)| g.max_green_percent.is_some());
        limited.map(|(id, g)| (id, green(id), g.longest_green(cycle))).find(|(_, actual, allowed)| actual > allowed)
    }

    /// The plan in which the stages last as long as given; the first stage begins at second 0.
    ///
    /// The cycle is the sum of the durations and interstages. The plan passes the check of its signal.
    ///
    /// # Errors
    /// When a stage is shorter than its shortest, a group has more green than it may, or the cycle is out of the range of plans.
    pub fn plan(&self, durations: &[Seconds]) -> Result<SignalPlan, StageError> {
        let count = self.interstages.len();
        if durations.len() != count {
            return Err(StageError::WrongCount { actual: durations.len(), required: count });
        }
        for (k, (&actual, &required)) in durations.iter().zip(&self.shortest).enumerate() {
            if i32::from(actual.0) < required {
                let stage = self.signal.stages[self.order[k]].name.clone();
                return Err(StageError::StageTooShort { stage, actual, required: seconds(required) });
            }
        }
        let needed = self.lost_time() + durations.iter().map(|d| u32::from(d.0)).sum::<u32>();
        let cycle = Seconds(needed.min(u32::from(u16::MAX)) as u16);
        if needed > 600 {
            return Err(StageError::CycleTooShort { needed, longest: Seconds(600) });
        }
        if needed < 10 {
            return Err(StageError::CycleRange { shortest: cycle, longest: cycle });
        }
        if let Some((group, actual, allowed)) = self.too_green(durations) {
            return Err(StageError::GreenTooLong { group: self.signal.groups[group].name.clone(), actual, cycle, allowed });
        }
        let durations: Vec<i32> = durations.iter().map(|d| i32::from(d.0)).collect();
        let timing = self.timing(&durations);
        let mut greens = IdVec::from_fn(self.signal.groups.len(), |_| Vec::new());
        for &group in &self.permanent {
            greens[group].push(Green { start: Seconds(0), duration: cycle });
        }
        for (run, &(start, end)) in self.runs.iter().zip(&timing) {
            let start_second = seconds(start.rem_euclid(i32::from(cycle.0)));
            greens[run.group].push(Green { start: start_second, duration: seconds(end - start) });
        }
        greens.iter_mut().for_each(|g| g.sort_unstable());
        Ok(SignalPlan { cycle, offset: Seconds(0), greens })
    }

    fn holds(&self, stage: usize, group: GroupId) -> bool {
        self.signal.stages[self.order[stage]].greens.contains(&group)
    }

    fn find_runs(&mut self) -> Result<(), StageError> {
        let count = self.interstages.len();
        for (group, properties) in self.signal.groups.enumerate() {
            let stages = self.stages_of(group).count();
            if stages == count {
                self.permanent.push(group);
            } else if stages == 0 && !properties.may_stay_red {
                return Err(StageError::NeverGreen { group: properties.name.clone() });
            }
            for first in 0..count {
                let begins = self.holds(first, group) && !self.holds((first + count - 1) % count, group);
                if begins {
                    let length = (1..count).find(|n| !self.holds((first + n) % count, group)).unwrap_or(count);
                    self.runs.push(Run { group, first, count: length, early: 0 });
                }
            }
        }
        Ok(())
    }

    /// The run of a group that ends last before a stage begins.
    fn last_ended(&self, group: GroupId, stage: usize) -> Option<usize> {
        let count = self.interstages.len();
        let back = |run: &Run| (stage + 2 * count - run.first - run.count) % count;
        let runs = self.runs.iter().enumerate().filter(|(_, run)| run.group == group);
        runs.min_by_key(|(_, run)| back(run)).map(|(index, _)| index)
    }

    fn find_rules(&mut self) {
        let count = self.interstages.len();
        for entering in 0..self.runs.len() {
            let Run { group: entrant, first, .. } = self.runs[entering];
            let before = (first + count - 1) % count;
            for clearer in self.signal.groups.ids() {
                let Some(time) = self.required_time(clearer, entrant) else { continue };
                let goes_on = self.holds(before, clearer) && self.holds(first, clearer);
                let Some(clearing) = self.last_ended(clearer, first) else { continue };
                if goes_on {
                    continue;
                }
                let others_end = self.signal.stages[self.order[before]]
                    .greens
                    .iter()
                    .any(|&g| !self.holds(first, g) && self.signal.groups[g].kind != GroupKind::Pedestrians);
                let on_foot = self.signal.groups[clearer].kind == GroupKind::Pedestrians;
                let gives_way = on_foot && others_end && clearer != entrant;
                self.rules.push(Rule { clearing, entering, time, gives_way });
            }
        }
    }

    /// The time that must lie between the end of one group and the beginning of another, or of the same again.
    fn required_time(&self, clearing: GroupId, entering: GroupId) -> Option<i32> {
        let pair = (clearing, entering);
        if clearing == entering {
            let group = &self.signal.groups[entering];
            return Some(i32::from(group.amber.0) + i32::from(group.min_red.0) + i32::from(group.red_amber.0));
        }
        let intergreen = self.signal.least_gap(pair.0, pair.1).map(|z| i32::from(z.0));
        match self.signal.grades[pair] {
            Grade::Compatible => None,
            Grade::Conditional => intergreen,
            Grade::Incompatible => Some(intergreen.unwrap_or(0)),
        }
    }

    /// A second at least, and the red-amber of whoever begins next: a conditional group counts on greens that go on.
    fn find_shortest_by_minimum_green(&mut self) {
        let red_amber = self.signal.groups.iter().map(|g| i32::from(g.red_amber.0)).max().unwrap_or(0).max(1);
        for (shortest, &stage) in self.shortest.iter_mut().zip(&self.order) {
            let greens = self.signal.stages[stage].greens.iter().map(|&g| i32::from(self.signal.groups[g].min_green.0));
            *shortest = greens.max().unwrap_or(0).max(red_amber);
        }
    }

    /// Lengthens interstages until every rule that does not give way is kept with the shortest stages; rules between
    /// neighbouring stages first, for they leave no choice.
    fn find_interstages(&mut self) {
        let count = self.interstages.len();
        let mut rules: Vec<Rule> = self.rules.iter().copied().filter(|r| !r.gives_way).collect();
        rules.sort_by_key(|r| self.stages_between(r));
        for rule in rules {
            let before = (self.runs[rule.entering].first + count - 1) % count;
            self.interstages[before] += (rule.time - self.distance(&rule, &self.shortest)).max(0);
        }
    }

    /// Stages that lie between the end of the clearing and the beginning of the entering run.
    fn stages_between(&self, rule: &Rule) -> usize {
        let count = self.interstages.len();
        let clearing = self.runs[rule.clearing];
        (self.runs[rule.entering].first + 2 * count - clearing.first - clearing.count) % count
    }

    /// From the end of the last stage of the clearing run to the beginning of the first stage of the entering one.
    fn distance(&self, rule: &Rule, durations: &[i32]) -> i32 {
        let count = durations.len();
        let last = self.runs[rule.clearing].last(count);
        let between =
            (1..=self.stages_between(rule)).map(|n| durations[(last + n) % count] + self.interstages[(last + n) % count]);
        self.interstages[last] + between.sum::<i32>()
    }

    /// Pedestrians end early enough for every rule; their last stage still gives them their minimum green.
    fn find_early_ends(&mut self) {
        let count = self.interstages.len();
        for rule in self.rules.clone() {
            let missing = rule.time - self.distance(&rule, &self.shortest);
            let run = &mut self.runs[rule.clearing];
            run.early = run.early.max(missing);
        }
        for run in &self.runs {
            let min_green = i32::from(self.signal.groups[run.group].min_green.0.max(1));
            let last = &mut self.shortest[run.last(count)];
            *last = (*last).max(min_green + run.early);
        }
    }

    /// Start and end of every run; starts may lie before second 0, ends after the cycle.
    fn timing(&self, durations: &[i32]) -> Vec<(i32, i32)> {
        let count = durations.len();
        let mut begins = vec![0; count];
        for k in 1..count {
            begins[k] = begins[k - 1] + durations[k - 1] + self.interstages[k - 1];
        }
        let core = |run: &Run| {
            let stages = (0..run.count).map(|n| (run.first + n) % count);
            let length = stages.map(|k| durations[k] + self.interstages[k]).sum::<i32>() - self.interstages[run.last(count)];
            (begins[run.first], begins[run.first] + length)
        };
        let cores: Vec<(i32, i32)> = self.runs.iter().map(core).collect();
        let mut times: Vec<(i32, i32)> = cores.iter().zip(&self.runs).map(|(c, run)| (c.0, c.1 - run.early)).collect();
        let slack = |rule: &Rule, times: &[(i32, i32)]| {
            let ends_early = cores[rule.clearing].1 - times[rule.clearing].1;
            let begins_early = cores[rule.entering].0 - times[rule.entering].0;
            self.distance(rule, durations) + ends_early - begins_early - rule.time
        };
        for (index, run) in self.runs.iter().enumerate() {
            let interstage = self.interstages[(run.first + count - 1) % count];
            let rules = self.rules.iter().filter(|r| r.entering == index);
            times[index].0 -= rules.map(|r| slack(r, &times)).fold(interstage, i32::min);
        }
        for (index, run) in self.runs.iter().enumerate() {
            let room = run.early + self.interstages[run.last(count)];
            let rules = self.rules.iter().filter(|r| r.clearing == index);
            times[index].1 += rules.map(|r| slack(r, &times)).fold(room, i32::min);
        }
        times
    }
}

/// Orders of stages that are kept, the usual one among them.
const MOST_ORDERS: usize = 6;

/// Signals with more stages keep their usual order: there are too many others.
const MOST_STAGES: usize = 5;

/// Seconds of the cycle that another order may lose more than the usual one.
const MORE_LOST: u32 = 10;

/// Every order of some items of which the first ones stay.
fn permutations(items: Vec<usize>, fixed: usize) -> Vec<Vec<usize>> {
    if fixed + 1 >= items.len() {
        return vec![items];
    }
    let with = |next: usize| {
        let mut swapped = items.clone();
        swapped[fixed..=next].rotate_right(1);
        permutations(swapped, fixed + 1)
    };
    (fixed..items.len()).flat_map(with).collect()
}

fn check_stages(signal: &Signal) -> Result<(), StageError> {
    for stage in &signal.stages {
        for (i, &first) in stage.greens.iter().enumerate() {
            let foe = stage.greens[..i].iter().find(|&&g| signal.grades[(first, g)] == Grade::Incompatible);
            if let Some(&second) = foe {
                let name = |g: GroupId| signal.groups[g].name.clone();
                return Err(StageError::Incompatible { stage: stage.name.clone(), first: name(second), second: name(first) });
            }
        }
    }
    Ok(())
}

/// Times of a sequence lie within 0 and the cycle.
fn seconds(value: i32) -> Seconds {
    Seconds(u16::try_from(value).expect("times of a sequence fit into a plan"))
}
