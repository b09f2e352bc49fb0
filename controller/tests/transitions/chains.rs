//! One switch after the other, some before the transition before has ended.

use crate::brute::wrongs_of_film;
use crate::make::{Draw, random_signal, safe_plan};
use crate::{safe, staged_plan, wall};
use controller::TimeOfDay;
use model::control::{Controller, View, Wish};
use model::id::{Id, IdVec, SignalId};
use model::scenario::PlanSet;
use model::signal::{Guard, SafePlan, Signal, TransitionMethod};
use model::time::DaySecond;

/// Plays random switches through the guard; returns how many there were. Where no transition leads from a plan to the next,
/// there is nothing to play.
fn play(signal: &Signal, plans: [SafePlan; 4], draw: &mut Draw) -> usize {
    let one = SignalId(0);
    let set = |(i, plan): (usize, SafePlan)| PlanSet { name: i.to_string(), source: String::new(), plans: vec![plan].into() };
    let sets: Vec<PlanSet> = plans.into_iter().enumerate().map(set).collect();
    let begin = draw.below(86_400) as u32;
    let mut at = begin + 10;
    let mut switches = Vec::new();
    for to in &sets[1..] {
        switches.push((DaySecond(at), to));
        at += u32::from(draw.between(1, 400));
    }
    let method = TransitionMethod::ALL[draw.below(4)];
    let signals: IdVec<SignalId, Signal> = vec![signal.clone()].into();
    let Ok(mut control) = TimeOfDay::new(&signals, &sets[0], &switches, method) else { return 0 };
    let (readings, requests, shown) = (IdVec::default(), IdVec::default(), IdVec::default());
    let mut guard = Guard::playing(signal, &sets[0].plans[one], DaySecond(begin));
    let mut film: Vec<Vec<_>> = signal.groups.ids().map(|g| vec![guard.aspect(g)]).collect();
    let mut wishes = IdVec::from_fn(signal.groups.len(), |_| Wish::default());
    let end = control.transitions(one).last().unwrap().in_step().0 + 600;
    for now in (begin + 1..end).map(DaySecond) {
        control.decide(one, &View { now, readings: &readings, requests: &requests, shown: &shown }, &mut wishes);
        guard.step(signal, &wishes);
        for id in signal.groups.ids() {
            assert_eq!(guard.aspect(id), control.aspect_at(one, id, now), "{id:?} at {now}: {control:?} for {signal:?}");
            film[id.index()].push(guard.aspect(id));
        }
    }
    assert_eq!(wrongs_of_film(signal, &film), [].into(), "{control:?} for {signal:?}");
    let last = &sets[3].plans[one];
    let in_step = |now: u32| signal.groups.ids().all(|g| guard.aspect(g) == last.aspect_at(g, DaySecond(now)));
    assert!(in_step(end - 1));
    switches.len()
}

#[test]
fn the_guard_refuses_nothing_of_a_day_however_close_its_switches() {
    let (mut draw, mut switches) = (Draw(6), 0);
    for signal in &wall().signals {
        for _ in 0..4 {
            let plans = [0; 4].map(|_| staged_plan(signal, &mut draw));
            switches += play(signal, plans, &mut draw);
        }
    }
    for _ in 0..60 {
        let signal = random_signal(&mut draw);
        let plans = [0; 4].map(|_| safe(&signal, safe_plan(&signal, &mut draw)));
        switches += play(&signal, plans, &mut draw);
    }
    assert!(switches > 3 * 19 * 4 + 100, "{switches}");
}
