//! The check of a plan against an independent second opinion: its signal images, painted second by second.
//!
//! Mutants of safe plans must be refused when and only when brute force finds something wrong with what they show; and
//! what a guard shows must be free of faults whatever is asked of it.

mod brute;
mod guard;
mod make;

use brute::{EVERY_FAULT_OF_A_PLAN, Wrong, paint, wrongs_of_plan};
use make::{Draw, crossroads, mutate, random_signal, safe_plan, wandered};
use model::id::Id;
use model::signal::{Signal, SignalPlan};
use model::time::Seconds;
use std::collections::BTreeMap;
use std::path::Path;

/// What became of the mutants.
#[derive(Debug, Default)]
struct Count {
    safe: usize,
    wrong: BTreeMap<Wrong, usize>,
}

impl Count {
    fn refused(&self) -> usize {
        self.wrong.values().sum()
    }
}

/// Holds one plan against both opinions.
fn compare(signal: &Signal, plan: &SignalPlan, count: &mut Count) {
    let wrong = wrongs_of_plan(signal, plan);
    let checked = plan.clone().check(signal);
    match (&checked, wrong.iter().next()) {
        (Ok(safe), None) => {
            count.safe += 1;
            let film = paint(signal, plan);
            for id in signal.groups.ids() {
                for second in 0..plan.cycle.0 {
                    let painted = film[id.index()][usize::from(second)];
                    assert_eq!(safe.aspect(id, Seconds(second)), painted, "{id:?} at {second} of {plan:?} for {signal:?}");
                }
            }
        }
        (Err(_), Some(&first)) => *count.wrong.entry(first).or_default() += 1,
        (Ok(_), Some(_)) => panic!("the check lets a plan pass in which {wrong:?}: {plan:?} for {signal:?}"),
        (Err(faults), None) => {
            panic!("the check refuses a plan in which nothing is wrong: {faults:?} in {plan:?} for {signal:?}")
        }
    }
}

/// Mutates a safe plan, or its signal, in one to three ways.
fn mutants(signal: &Signal, plan: &SignalPlan, number: usize, draw: &mut Draw, count: &mut Count) {
    assert_eq!(wrongs_of_plan(signal, plan), [].into(), "mutants are made of safe plans");
    for _ in 0..number {
        let (mut signal, mut plan) = (signal.clone(), plan.clone());
        for _ in 0..draw.between(1, 3) {
            mutate(&mut signal, &mut plan, draw);
        }
        compare(&signal, &plan, count);
    }
}

#[test]
fn mutants_of_random_plans_are_refused_when_and_only_when_their_images_are_wrong() {
    let (mut draw, mut count) = (Draw(1), Count::default());
    for i in 0..200 {
        let signal = if i % 10 == 0 { crossroads() } else { random_signal(&mut draw) };
        let plan = safe_plan(&signal, &mut draw);
        mutants(&signal, &plan, 100, &mut draw, &mut count);
    }
    eprintln!("{count:?}");
    assert_eq!(count.safe + count.refused(), 20_000);
    assert!(count.safe > 4000 && count.refused() > 4000, "{count:?}");
    for rule in EVERY_FAULT_OF_A_PLAN {
        assert!(count.wrong.get(&rule).is_some_and(|&n| n > 20), "hardly any mutant breaks {rule:?}: {count:?}");
    }
}

#[test]
fn mutants_of_the_plans_of_the_wall_are_refused_when_and_only_when_their_images_are_wrong() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/dortmund-wall");
    let scenario = model::scenario::load(&folder).unwrap_or_else(|faults| panic!("{faults}"));
    assert!(scenario.signals.len() >= 19, "the ring has 19 signals and more");
    let (mut draw, mut count) = (Draw(2), Count::default());
    let each = 10_000_usize.div_ceil(2 * scenario.plans.len() * scenario.signals.len());
    for set in scenario.plans.values() {
        for (id, signal) in scenario.signals.enumerate() {
            let plan = set.plans[id].plan().clone();
            mutants(signal, &plan, each, &mut draw, &mut count);
            let other = wandered(signal, plan, &mut draw);
            mutants(signal, &other, each, &mut draw, &mut count);
        }
    }
    eprintln!("{count:?}");
    assert!(count.safe > 2000 && count.refused() > 2000 && count.safe + count.refused() >= 10_000, "{count:?}");
}
