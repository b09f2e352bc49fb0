//! Changes of plans: each is checked as it is made, refused with a reason, and can be taken back.

mod history;
mod reasons;
mod stages;
pub(crate) mod works;

pub use history::{History, Made};
pub(crate) use stages::{Core, cores, stage_name};
pub use works::{SiteForm, WorksEdit, WorksRefusal};

use crate::words;
use controller::{StageError, StageSequence};
use evaluation::report::Language;
use model::id::{GroupId, SignalId};
use model::scenario::{PlanSet, Scenario};
use model::signal::{Green, PlanFault, SafePlan, Signal, SignalPlan};
use model::time::Seconds;

/// A change of the plan of one signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Another offset (Versatzzeit).
    Offset {
        /// The signal.
        signal: SignalId,
        /// The offset, below the cycle.
        offset: Seconds,
    },
    /// The change from a stage to the next comes later by so many seconds: one stage becomes longer, the next shorter.
    Split {
        /// The signal.
        signal: SignalId,
        /// Which stage becomes longer, in the order in which the plan shows them.
        stage: usize,
        /// Seconds, below 0 for earlier.
        by: i32,
    },
    /// A single beginning or end of a green is moved, and nothing else.
    Edge {
        /// The signal.
        signal: SignalId,
        /// The group.
        group: GroupId,
        /// Which of its greens.
        green: usize,
        /// Whether its end is moved, not its beginning.
        end: bool,
        /// Seconds, below 0 for earlier.
        by: i32,
    },
    /// Another cycle (Umlaufzeit); all stages become longer or shorter in the same proportion.
    Cycle {
        /// The signal.
        signal: SignalId,
        /// The cycle.
        cycle: Seconds,
    },
    /// Another order of the stages (Phasenfolge).
    Order {
        /// The signal.
        signal: SignalId,
        /// Indices of the signal's stages, in their new order.
        order: Vec<usize>,
    },
}

/// Why a change is not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The plan would break rules of its signal.
    Unsafe(Vec<PlanFault>),
    /// A stage would vanish.
    NoStageLeft {
        /// Its name.
        stage: String,
        /// What would be left of it, in seconds.
        seconds: i32,
    },
    /// No safe sequence of stages has this order.
    NoSuchOrder,
    /// The stages allow no plan.
    Stages(StageError),
}

impl Refusal {
    /// In a sentence.
    pub fn reason(&self, language: Language) -> String {
        match self {
            Self::Unsafe(faults) => faults.iter().take(3).map(|f| reasons::plan(f, language)).collect::<Vec<_>>().join("; "),
            Self::NoStageLeft { stage, seconds } => words::NO_STAGE_LEFT.with(language, &[stage, seconds]),
            Self::NoSuchOrder => words::NO_SUCH_ORDER.of(language).into(),
            Self::Stages(error) => reasons::stages(error, language),
        }
    }
}

impl Edit {
    /// The signal whose plan it changes.
    pub const fn signal(&self) -> SignalId {
        match self {
            Self::Offset { signal, .. }
            | Self::Split { signal, .. }
            | Self::Edge { signal, .. }
            | Self::Cycle { signal, .. }
            | Self::Order { signal, .. } => *signal,
        }
    }

    /// The plans with the change, checked by the rules of the signal.
    ///
    /// # Errors
    /// The reason why the change is not made.
    pub fn apply(&self, scenario: &Scenario, plans: &PlanSet) -> Result<PlanSet, Refusal> {
        let id = self.signal();
        let (signal, old) = (&scenario.signals[id], &plans.plans[id]);
        let plan = match self {
            Self::Offset { offset, .. } => old.plan().with_offset(*offset),
            Self::Split { stage, by, .. } => split(signal, old, *stage, *by)?,
            Self::Edge { group, green, end, by, .. } => edge(old, *group, *green, *end, *by),
            Self::Cycle { cycle, .. } => with_cycle(signal, old, *cycle)?,
            Self::Order { order, .. } => in_order(signal, old, order)?,
        };
        let safe = plan.check(signal).map_err(Refusal::Unsafe)?;
        let mut changed = plans.clone();
        changed.plans[id] = safe;
        Ok(changed)
    }

    /// What it changes, for people.
    pub fn title(&self, language: Language, scenario: &Scenario, plans: &PlanSet) -> String {
        let (signal, old) = (&scenario.signals[self.signal()], &plans.plans[self.signal()]);
        let by = |by: &i32| if *by > 0 { format!("+{by}") } else { by.to_string().replace('-', "\u{2212}") };
        match self {
            Self::Offset { offset, .. } => words::EDIT_OFFSET.with(language, &[&signal.name, &old.offset().get(), &offset.get()]),
            Self::Split { by: seconds, .. } => words::EDIT_SPLIT.with(language, &[&signal.name, &by(seconds)]),
            Self::Edge { group, by: seconds, .. } => {
                words::EDIT_EDGE.with(language, &[&signal.name, &signal.groups[*group].name, &by(seconds)])
            }
            Self::Cycle { cycle, .. } => words::EDIT_CYCLE.with(language, &[&signal.name, &old.cycle().get(), &cycle.get()]),
            Self::Order { order, .. } => {
                let names: Vec<&str> = order.iter().filter_map(|&k| signal.stages.get(k)).map(|s| s.name.as_str()).collect();
                words::EDIT_ORDER.with(language, &[&signal.name, &names.join(" – ")])
            }
        }
    }
}

fn split(signal: &Signal, old: &SafePlan, stage: usize, by: i32) -> Result<SignalPlan, Refusal> {
    let cores = cores(signal, old);
    if cores.len() < 2 {
        return Err(Refusal::NoSuchOrder);
    }
    let mut more = vec![0; cores.len()];
    more[stage % cores.len()] += by;
    more[(stage + 1) % cores.len()] -= by;
    stages::stretched(signal, old.plan(), &cores, &more)
}

fn with_cycle(signal: &Signal, old: &SafePlan, cycle: Seconds) -> Result<SignalPlan, Refusal> {
    let cores = cores(signal, old);
    if cores.len() < 2 || !(10..=600).contains(&cycle.0) {
        return Err(Refusal::Unsafe(vec![PlanFault::Cycle { actual: cycle }]));
    }
    let more = i32::from(cycle.0) - i32::from(old.cycle().0);
    let shares = stages::shared_out(more, &cores.iter().map(|c| c.seconds).collect::<Vec<_>>());
    stages::stretched(signal, old.plan(), &cores, &shares)
}

fn edge(old: &SafePlan, group: GroupId, green: usize, end: bool, by: i32) -> SignalPlan {
    let mut plan = old.plan().clone();
    let cycle = i32::from(plan.cycle.0);
    let second = |s: i32| Seconds(s.rem_euclid(cycle) as u16);
    if let Some(green) = plan.greens[group].get_mut(green) {
        let (start, length) = (i32::from(green.start.0), i32::from(green.duration.0));
        let (start, length) = if end { (start, length + by) } else { (start + by, length - by) };
        *green = Green { start: second(start), duration: Seconds(length.clamp(0, cycle) as u16) };
    }
    plan
}

/// The stages in another order, each as long as it was, begun where the first one began.
fn in_order(signal: &Signal, old: &SafePlan, order: &[usize]) -> Result<SignalPlan, Refusal> {
    let cores = cores(signal, old);
    let core_of = |k: usize| cores.iter().find(|c| stage_name(signal, &c.greens) == Some(k));
    let first = order.iter().position(|&k| k == 0).ok_or(Refusal::NoSuchOrder)?;
    let turned: Vec<usize> = order[first..].iter().chain(&order[..first]).copied().collect();
    let orders = StageSequence::orders(signal).map_err(Refusal::Stages)?;
    let sequence = orders.iter().find(|o| o.order() == turned).ok_or(Refusal::NoSuchOrder)?;
    let shortest = sequence.shortest_stages();
    let wanted = turned.iter().zip(&shortest).map(|(&k, least)| core_of(k).map_or(least.0, |c| c.seconds as u16).max(least.0));
    let mut durations: Vec<Seconds> = wanted.map(Seconds).collect();
    stages::fill(&mut durations, &shortest, i64::from(old.cycle().0) - i64::from(sequence.lost_time()));
    let plan = sequence.plan(&durations).map_err(Refusal::Stages)?;
    let began = core_of(0).map_or(0, |c| c.from);
    Ok(stages::turned(&plan, began).with_offset(old.offset()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy;

    const WEST: SignalId = SignalId(0);

    fn greens(plans: &PlanSet, group: u32) -> (u16, u16) {
        let plan = &plans.plans[WEST];
        let green = plan.plan().greens[GroupId(group)][0];
        (green.start.0, green.end(plan.cycle()).0)
    }

    #[test]
    fn a_split_moves_everything_between_two_stages_and_nothing_else() {
        let scenario = toy::scenario();
        let plans = scenario.plan(None).unwrap();
        assert_eq!([0, 1, 2].map(|g| greens(plans, g)), [(0, 30), (36, 54), (0, 28)]);
        let later = Edit::Split { signal: WEST, stage: 0, by: 4 }.apply(&scenario, plans).unwrap();
        assert_eq!([0, 1, 2].map(|g| greens(&later, g)), [(0, 34), (40, 54), (0, 32)]);
        let back = Edit::Split { signal: WEST, stage: 0, by: -4 }.apply(&scenario, &later).unwrap();
        assert_eq!(back, *plans);
    }

    #[test]
    fn a_change_that_breaks_a_rule_is_refused_with_the_rule() {
        let scenario = toy::scenario();
        let plans = scenario.plan(None).unwrap();
        let edge = Edit::Edge { signal: WEST, group: GroupId(0), green: 0, end: true, by: 1 };
        let refusal = edge.apply(&scenario, plans).unwrap_err();
        assert!(matches!(&refusal, Refusal::Unsafe(f) if matches!(f[0], PlanFault::IntergreenTooShort { .. })), "{refusal:?}");
        assert!(refusal.reason(Language::English).contains("intergreen is 6 s"), "{}", refusal.reason(Language::English));
        assert!(refusal.reason(Language::German).contains("Zwischenzeit ist aber 6 s"), "{}", refusal.reason(Language::German));
        let short = Edit::Split { signal: WEST, stage: 0, by: 14 }.apply(&scenario, plans).unwrap_err();
        assert!(matches!(&short, Refusal::Unsafe(f) if matches!(f[0], PlanFault::GreenTooShort { .. })), "{short:?}");
        let gone = Edit::Split { signal: WEST, stage: 0, by: 18 }.apply(&scenario, plans).unwrap_err();
        assert!(matches!(gone, Refusal::NoStageLeft { .. }), "{gone:?}");
    }

    #[test]
    fn another_cycle_keeps_every_interstage() {
        let scenario = toy::scenario();
        let plans = scenario.plan(None).unwrap();
        let longer = Edit::Cycle { signal: WEST, cycle: Seconds(80) }.apply(&scenario, plans).unwrap();
        assert_eq!(longer.plans[WEST].cycle(), Seconds(80));
        let ((_, end), (start, _)) = (greens(&longer, 0), greens(&longer, 1));
        assert_eq!(start - end, 6);
        let same = Edit::Cycle { signal: WEST, cycle: Seconds(60) }.apply(&scenario, &longer).unwrap();
        assert_eq!(same.plans[WEST].cycle(), Seconds(60));
    }

    #[test]
    fn an_offset_is_taken_round_the_cycle() {
        let scenario = toy::scenario();
        let plans = scenario.plan(None).unwrap();
        let moved = Edit::Offset { signal: WEST, offset: Seconds(70) }.apply(&scenario, plans).unwrap();
        assert_eq!(moved.plans[WEST].offset(), Seconds(10));
    }
}
