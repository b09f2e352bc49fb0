//! Transitions that are changed: the check refuses all in which brute force finds something wrong, and hardly any other.

use crate::film::Way;
use crate::make::{Draw, crossroads, mutate, random_signal, safe_plan};
use crate::{safe, staged_plan, wall};
use controller::{PlanChange, TransitionDraft, TransitionFault};
use model::signal::{SafePlan, Signal, TransitionMethod};
use model::time::{DaySecond, Seconds};

/// What became of the mutants.
#[derive(Debug, Default)]
struct Count {
    safe: u32,
    refused: u32,
    /// Refused because two cycles, or a cycle and a plan, do not fit together.
    at_a_seam: u32,
    /// Safe, but no longer the stages of the new plan.
    other_stages: u32,
    /// Safe, but when the last cycle ends the new plan is not shown as if it had been running for long.
    out_of_step: u32,
    /// Safe, but refused by the guard: greens begin in id order there, so a group does not yet see one that turns green in the
    /// second in which its own red-amber begins, which by the rules it may join.
    stricter: u32,
}

/// Changes the wait, the cycles or their order in one way.
fn change(signal: &Signal, draft: &mut TransitionDraft, draw: &mut Draw) {
    let count = draft.cycles.len();
    if count == 0 || draw.once_in(4) {
        let by = draw.between(1, 9);
        draft.wait = Seconds(if draw.once_in(2) { draft.wait.0 + by } else { draft.wait.0.saturating_sub(by) });
        return;
    }
    let i = draw.below(count);
    match draw.below(6) {
        // The same plan, begun at another of its seconds.
        0 | 1 => {
            let (cycle, by) = (draft.cycles[i].cycle.0, draw.between(1, 30));
            draft.cycles[i]
                .greens
                .iter_mut()
                .flatten()
                .for_each(|g| g.start = Seconds(g.start.0.saturating_add(by) % cycle.max(1)));
        }
        2 => drop(draft.cycles.remove(i)),
        _ => mutate(&mut signal.clone(), &mut draft.cycles[i], draw),
    }
}

fn compare(signal: &Signal, from: &SafePlan, to: &SafePlan, draft: &TransitionDraft, count: &mut Count) {
    let cycles = draft.cycles.iter().collect();
    let way = Way { from: from.plan(), to: to.plan(), start: draft.start.0, wait: draft.wait.0.into(), cycles };
    let wrong = way.wrongs(signal);
    match (draft.clone().check(signal, from, to), wrong.is_empty()) {
        (Ok(_), true) => count.safe += 1,
        (Err(TransitionFault::OtherStages { .. }), true) => count.other_stages += 1,
        (Err(TransitionFault::Refused { .. }), true) if !way.ends_in_step(signal) => count.out_of_step += 1,
        (Err(TransitionFault::Refused { .. }), true) => count.stricter += 1,
        (Err(fault), false) => {
            count.refused += 1;
            count.at_a_seam += u32::from(matches!(fault, TransitionFault::Refused { .. }));
        }
        (Ok(_), false) => panic!("the check lets pass what shows {wrong:?}: {draft:?} from {from:?} to {to:?} for {signal:?}"),
        (Err(fault), true) => {
            panic!("nothing is wrong, but the check says {fault}: {draft:?} from {from:?} to {to:?} for {signal:?}")
        }
    }
}

fn mutants(signal: &Signal, from: &SafePlan, to: &SafePlan, draw: &mut Draw, count: &mut Count) {
    let start = DaySecond(draw.below(86_400) as u32);
    for method in TransitionMethod::ALL {
        let Ok(transition) = PlanChange::new(signal, from, to).transition(method, start) else { continue };
        let wait = Seconds((transition.leave().0 - start.0) as u16);
        let cycles = transition.cycles().iter().map(|c| c.plan.plan().clone()).collect();
        let draft = TransitionDraft { method, start, wait, cycles };
        assert_eq!(draft.clone().check(signal, from, to).as_ref(), Ok(&transition), "a transition made again is the same");
        for _ in 0..25 {
            let mut mutant = draft.clone();
            (0..draw.between(1, 2)).for_each(|_| change(signal, &mut mutant, draw));
            compare(signal, from, to, &mutant, count);
        }
    }
}

#[test]
fn mutants_of_transitions_are_refused_when_what_they_show_is_wrong_and_hardly_ever_else() {
    let (mut draw, mut count) = (Draw(4), Count::default());
    for i in 0..60 {
        let signal = if i % 10 == 0 { crossroads() } else { random_signal(&mut draw) };
        let plans = [safe_plan(&signal, &mut draw), safe_plan(&signal, &mut draw)];
        let [from, to] = plans.map(|plan| safe(&signal, plan));
        mutants(&signal, &from, &to, &mut draw, &mut count);
    }
    for signal in &wall().signals {
        let (from, to) = (staged_plan(signal, &mut draw), staged_plan(signal, &mut draw));
        mutants(signal, &from, &to, &mut draw, &mut count);
    }
    eprintln!("{count:?}");
    assert!(count.stricter * 1000 <= count.safe, "{count:?}");
    assert!(count.safe > 500 && count.refused > 2000 && count.at_a_seam > 500, "{count:?}");
}

#[test]
fn a_transition_that_gains_by_a_short_intergreen_is_refused() {
    let (signal, mut draw) = (crossroads(), Draw(5));
    let [from, to] = [0, 1].map(|_| safe(&signal, safe_plan(&signal, &mut draw)));
    let transition = PlanChange::new(&signal, &from, &to).transition(TransitionMethod::Quadratic, DaySecond(25_000)).unwrap();
    let mut cycles: Vec<_> = transition.cycles().iter().map(|c| c.plan.plan().clone()).collect();
    let first = cycles.first_mut().unwrap();
    // Every green a second longer, at the cost of what lies between them.
    first.greens.iter_mut().flatten().for_each(|g| g.duration = Seconds(g.duration.0 + 1));
    let wait = Seconds((transition.leave().0 - transition.start().0) as u16);
    let draft = TransitionDraft { method: TransitionMethod::Quadratic, start: transition.start(), wait, cycles };
    let way = Way {
        from: from.plan(),
        to: to.plan(),
        start: draft.start.0,
        wait: wait.0.into(),
        cycles: draft.cycles.iter().collect(),
    };
    assert!(!way.wrongs(&signal).is_empty());
    assert!(matches!(draft.check(&signal, &from, &to), Err(TransitionFault::UnsafeCycle { cycle: 1, .. })));
}
