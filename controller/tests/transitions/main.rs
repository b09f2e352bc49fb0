//! Transitions from plan to plan against an independent second opinion: what they show, painted second by second.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "../../../sim/model/tests/plan_mutations/brute.rs"]
#[expect(dead_code, reason = "only what judges films is needed here")]
mod brute;
mod chains;
mod film;
#[path = "../../../sim/model/tests/plan_mutations/make.rs"]
mod make;
mod mutants;

use controller::{PlanChange, StageSequence, Transition, TransitionError};
use film::{is_in_step, wrongs};
use make::{Draw, crossroads, random_signal, safe_plan, wandered};
use model::id::IdVec;
use model::scenario::Scenario;
use model::signal::{SafePlan, Signal, SignalPlan, TransitionMethod};
use model::time::{DaySecond, Seconds};
use model::toy::Grid;
use std::collections::BTreeMap;
use std::path::Path;

fn wall() -> Scenario {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/dortmund-wall");
    model::scenario::load(&folder).unwrap_or_else(|faults| panic!("{faults}"))
}

fn safe(signal: &Signal, plan: SignalPlan) -> SafePlan {
    plan.check(signal).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// A plan through the stages of a signal, with random durations and a random offset.
fn staged_plan(signal: &Signal, draw: &mut Draw) -> SafePlan {
    let sequence = StageSequence::of(signal).unwrap();
    let longer = draw.between(2, 30);
    let durations: Vec<Seconds> = sequence.shortest_stages().iter().map(|s| Seconds(s.0 + draw.between(0, longer))).collect();
    let plan = sequence.plan(&durations).unwrap();
    let offset = Seconds(draw.below(plan.cycle.0.into()) as u16);
    safe(signal, plan.with_offset(offset))
}

/// What was found over many transitions of one method.
#[derive(Debug, Default)]
struct Count {
    transitions: u32,
    failed: u32,
    cycles: usize,
    green_deviation: u64,
    squared_deviation: f64,
    seconds: u64,
    longest_cycle: f64,
}

impl Count {
    fn add(&mut self, transition: &Transition) {
        self.transitions += 1;
        self.cycles += transition.cycles().len();
        self.green_deviation += u64::from(transition.green_deviation());
        self.squared_deviation += transition.squared_deviation();
        self.seconds += u64::from(transition.in_step().0 - transition.start().0);
        self.longest_cycle = self.longest_cycle.max(transition.longest_cycle());
    }

    fn row(&self, method: TransitionMethod) -> String {
        let n = f64::from(self.transitions);
        let (name, cycles, greens) = (method.name(), self.cycles as f64 / n, self.green_deviation as f64 / n);
        let (cost, seconds, longest) = (self.squared_deviation / n, self.seconds as f64 / n, self.longest_cycle);
        format!("//! | {name} | {cycles:.2} | {greens:.0} | {cost:.3} | {seconds:.0} | {longest:.2} |")
    }
}

type Counts = BTreeMap<TransitionMethod, Count>;

/// Every method from one plan to another at a second of the day.
fn try_all(signal: &Signal, from: &SafePlan, to: &SafePlan, start: DaySecond, counts: &mut Counts) {
    let change = PlanChange::new(signal, from, to);
    let mut costs = BTreeMap::new();
    for method in TransitionMethod::ALL {
        let count = counts.entry(method).or_default();
        let transition = match change.transition(method, start) {
            Ok(transition) => transition,
            Err(TransitionError::NothingFits | TransitionError::NoSeam { .. }) => {
                count.failed += 1;
                continue;
            }
            Err(error) => panic!("{error}"),
        };
        holds(signal, from, to, &transition);
        costs.insert(method, transition.squared_deviation());
        count.add(&transition);
    }
    if let (Some(own), Some(shortway)) = (costs.get(&TransitionMethod::Quadratic), costs.get(&TransitionMethod::Shortway)) {
        assert!(*own <= shortway + 1e-9, "quadratic {own}, shortway {shortway}: from {from:?} to {to:?} at {start}");
    }
}

fn holds(signal: &Signal, from: &SafePlan, to: &SafePlan, transition: &Transition) {
    let wrong = wrongs(signal, transition);
    assert!(wrong.is_empty(), "{wrong:?} in {transition:?} for {signal:?}");
    assert!(transition.from() == from && transition.to() == to);
    assert!(transition.leave().0 - transition.start().0 < u32::from(from.cycle().0), "it is left within a cycle");
    assert!(transition.cycles().len() <= 3 && is_in_step(signal, transition), "{transition:?}");
    let length: u32 = transition.cycles().iter().map(|c| u32::from(c.plan.cycle().0)).sum();
    assert_eq!(transition.leave().0 + length, transition.in_step().0);
}

#[test]
fn every_transition_between_plans_of_the_toys_is_safe_and_ends_in_step() {
    let (mut draw, mut counts) = (Draw(1), Counts::new());
    let scenario = Grid::default().scenario();
    let signal = scenario.signals.iter().next().unwrap();
    for _ in 0..150 {
        let (from, to) = (staged_plan(signal, &mut draw), staged_plan(signal, &mut draw));
        try_all(signal, &from, &to, DaySecond(draw.below(86_400) as u32), &mut counts);
    }
    assert!(counts.values().all(|c| c.failed == 0 && c.transitions == 150), "{counts:#?}");
}

/// How many pairs of plans are tried for each signal of the Wall; more with `AMPEL_CASES`.
fn cases() -> usize {
    std::env::var("AMPEL_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(12)
}

#[test]
fn every_transition_between_plans_of_the_wall_is_safe_and_ends_in_step() {
    let (mut draw, mut counts) = (Draw(2), Counts::new());
    let scenario = wall();
    let plans: Vec<&IdVec<_, SafePlan>> = scenario.plans.values().map(|set| &set.plans).collect();
    for (id, signal) in scenario.signals.enumerate() {
        for i in 0..cases() {
            let (one, other) = (staged_plan(signal, &mut draw), staged_plan(signal, &mut draw));
            // A third leads from the plan of the scenario, which was not made from stages, and a third to it.
            let own = &plans[i % plans.len()][id];
            let (from, to) = [(&one, &other), (own, &other), (&one, own)][i % 3];
            try_all(signal, from, to, DaySecond(draw.below(86_400) as u32), &mut counts);
        }
    }
    eprintln!("{}", counts.iter().map(|(method, count)| count.row(*method)).collect::<Vec<_>>().join("\n"));
    assert!(counts.values().all(|c| c.failed == 0), "{counts:#?}");
}

/// Signals with any matrix, plans that know no stages and lie close to the rules.
#[test]
fn transitions_between_plans_without_stages_are_safe_where_there_is_one() {
    let (mut draw, mut counts) = (Draw(3), Counts::new());
    for i in 0..100 {
        let signal = if i % 10 == 0 { crossroads() } else { random_signal(&mut draw) };
        let from = safe_plan(&signal, &mut draw);
        let to = match i % 3 {
            0 => from.with_offset(Seconds(draw.below(from.cycle.0.into()) as u16)),
            1 => wandered(&signal, from.clone(), &mut draw),
            _ => safe_plan(&signal, &mut draw),
        };
        let (from, to) = (safe(&signal, from), safe(&signal, to));
        try_all(&signal, &from, &to, DaySecond(draw.below(86_400) as u32), &mut counts);
    }
    eprintln!("{counts:#?}");
    assert!(counts.values().all(|c| c.failed <= 10), "{counts:#?}");
}
