//! A run over switches of the day plan: the guard has nothing to refuse, and each plan runs in step.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use controller::{StageSequence, TimeOfDay};
use evaluation::{Setup, day_plan, run_day};
use model::control::{Controller, View, Wish};
use model::id::{GroupId, IdVec, SignalId};
use model::scenario::{PlanSet, Scenario, Switch};
use model::signal::{Aspect, Signal, TransitionMethod};
use model::time::{DaySecond, Seconds, Step};
use model::toy::Grid;
use sim::{Options, Simulation};
use std::path::Path;
use std::sync::{Arc, Mutex};

const BEGIN: u32 = 3600;
/// The two switches, in seconds of the day.
const TO_NIGHT: u32 = BEGIN + 200;
const BACK: u32 = BEGIN + 700;
const END: u32 = BEGIN + 1200;

/// Three crossroads with a plan for the day and one for the night: other cycles, splits and offsets.
fn street(transition: TransitionMethod) -> Scenario {
    let day = Grid { columns: 3, offset_s: 20, duration_s: END - BEGIN, ..Grid::default() };
    let night = Grid { cycle_s: 63, green_s: 20, offset_s: 11, ..day.clone() };
    let mut scenario = day.scenario();
    for (name, grid) in [("day", &day), ("night", &night)] {
        let mut set = grid.scenario().plans.remove("plain").unwrap();
        set.name = name.into();
        scenario.plans.insert(name.into(), set);
    }
    let switch = |(from, plan): (u32, &str)| Switch { from: DaySecond(from), plan: plan.into() };
    scenario.day_plan = [(0, "day"), (TO_NIGHT, "night"), (BACK, "day")].map(switch).into();
    scenario.transition = transition;
    scenario
}

/// Seconds in which a signal showed something else than its controller meant, and what was shown in every second.
#[derive(Debug, Default)]
struct Seen {
    refused: Vec<(DaySecond, SignalId, GroupId)>,
    shown: Vec<(DaySecond, SignalId, GroupId, Aspect)>,
}

/// Looks over the shoulder of a controller.
struct Witness {
    control: TimeOfDay,
    begin: DaySecond,
    seen: Arc<Mutex<Seen>>,
}

impl Controller for Witness {
    fn name(&self) -> &'static str {
        "witness"
    }

    fn decide(&mut self, signal: SignalId, view: &View<'_>, wishes: &mut IdVec<GroupId, Wish>) {
        // What is shown is that of the second that has ended; in the first one it has only begun.
        let ended = DaySecond(view.now.0 - u32::from(view.now > self.begin));
        let mut seen = self.seen.lock().unwrap();
        for (group, &aspect) in view.shown[signal].enumerate() {
            seen.shown.push((ended, signal, group, aspect));
            if aspect != self.control.aspect_at(signal, group, ended) {
                seen.refused.push((ended, signal, group));
            }
        }
        self.control.decide(signal, view, wishes);
    }
}

fn watch(scenario: &Scenario) -> Seen {
    let (control, first) = day_plan(scenario).unwrap().unwrap();
    let seen = Arc::new(Mutex::new(Seen::default()));
    let witness = Witness { control, begin: scenario.start(), seen: Arc::clone(&seen) };
    Simulation::new(scenario, Box::new(witness), Some(first), Options::default()).run();
    std::mem::take(&mut *seen.lock().unwrap())
}

#[test]
fn over_two_switches_the_guard_refuses_nothing_and_each_plan_comes_into_step() {
    for transition in TransitionMethod::ALL {
        let scenario = street(transition);
        let seen = watch(&scenario);
        assert_eq!(seen.refused, [], "{transition:?}");
        let in_plan = |plan: &str, from: u32, to: u32| {
            let set = &scenario.plans[plan];
            let of_time = seen.shown.iter().filter(move |s| (from..to).contains(&s.0.0));
            let (mut greens, mut same) = (0, true);
            for &(now, signal, group, aspect) in of_time {
                same &= aspect == set.plans[signal].aspect_at(group, now);
                greens += u32::from(aspect == Aspect::Green);
            }
            same && greens > 100
        };
        assert!(in_plan("day", BEGIN, TO_NIGHT), "{transition:?}: the old plan runs up to the switch");
        // It is left within a cycle of 80 s, and the new one reached three cycles of at most 126 s later.
        assert!(in_plan("night", BACK - 63, BACK) && in_plan("day", END - 80, END - 1), "{transition:?}");
        assert!(!in_plan("day", BACK - 63, BACK) && !in_plan("day", TO_NIGHT, BACK), "{transition:?}: it does switch");
    }
}

/// The Wall with the plan of the scenario, and another one made of its stages: each signal has a cycle of its own.
fn wall(transition: TransitionMethod) -> Scenario {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/dortmund-wall");
    let mut scenario = model::scenario::load(&folder).unwrap();
    let of_stages = |(id, signal): (SignalId, &Signal)| {
        let sequence = StageSequence::of(signal).unwrap();
        let longer = |(k, s): (usize, &Seconds)| Seconds(s.0 + 4 + (7 * k as u16 + 3 * id.0 as u16) % 11);
        let durations: Vec<Seconds> = sequence.shortest_stages().iter().enumerate().map(longer).collect();
        let plan = sequence.plan(&durations).unwrap();
        plan.with_offset(Seconds(17 * id.0 as u16)).check(signal).unwrap()
    };
    let plans = scenario.signals.enumerate().map(of_stages).collect();
    scenario.plans.insert("stages".into(), PlanSet { name: "stages".into(), source: "assumed: a test".into(), plans });
    let begin = scenario.begin.0;
    (scenario.warm_up, scenario.end, scenario.step) = (Seconds(0), DaySecond(begin + 1300), Step::ONE_SECOND);
    let switch = |(from, plan): (u32, &str)| Switch { from: DaySecond(from), plan: plan.into() };
    scenario.day_plan = [(0, "importer"), (begin + 60, "stages"), (begin + 660, "importer")].map(switch).into();
    scenario.transition = transition;
    scenario
}

#[test]
fn on_the_wall_the_guard_refuses_nothing_either_and_the_last_plan_is_in_step() {
    for transition in [TransitionMethod::Shortway, TransitionMethod::Quadratic] {
        let scenario = wall(transition);
        let seen = watch(&scenario);
        assert_eq!(seen.refused, [], "{transition:?}");
        let own = &scenario.plans["importer"].plans;
        let last = seen.shown.iter().filter(|s| s.0.0 + 90 >= scenario.end.0);
        assert!(last.clone().count() > 19 * 90 && last.clone().all(|s| s.3 == own[s.1].aspect_at(s.2, s.0)), "{transition:?}");
    }
}

#[test]
fn in_step_each_signal_turns_green_as_its_plan_says() {
    let scenario = street(TransitionMethod::Quadratic);
    let (control, _) = day_plan(&scenario).unwrap().unwrap();
    let seen = watch(&scenario);
    for signal in scenario.signals.ids() {
        let last = control.transitions(signal).last().unwrap();
        assert!(last.start() == DaySecond(BACK) && last.cycles().len() <= 3 && last.in_step() < DaySecond(END - 80));
        let plan = &scenario.plans["day"].plans[signal];
        let of_first = seen.shown.iter().filter(|s| (s.1, s.2) == (signal, GroupId(0)) && s.0 >= last.in_step());
        let strip: Vec<(DaySecond, Aspect)> = of_first.map(|s| (s.0, s.3)).collect();
        let begins = strip.windows(2).find(|w| w[0].1 != Aspect::Green && w[1].1 == Aspect::Green).unwrap()[1].0;
        assert_eq!(begins.in_cycle(plan.cycle(), plan.offset()), plan.plan().greens[GroupId(0)][0].start);
    }
}

#[test]
fn a_day_with_the_same_seed_ends_alike_however_it_is_run() {
    let scenario = street(TransitionMethod::Quadratic);
    let (control, first) = day_plan(&scenario).unwrap().unwrap();
    let run = |jobs| run_day(&scenario, (&control, first), &[7, 7, 8], &Setup { jobs, ..Setup::default() }, &|| ());
    let (one, two) = (run(1), run(2));
    assert_eq!(one[0].hash, one[1].hash);
    assert_ne!(one[0].hash, one[2].hash);
    for (a, b) in one.iter().zip(&two) {
        assert_eq!((&a.hash, a.measures.red_runs, a.measures.overlaps), (&b.hash, 0, 0));
    }
}

#[test]
fn a_run_saved_amid_a_transition_goes_on_as_if_nothing_had_happened() {
    let scenario = street(TransitionMethod::Quadratic);
    let start = || {
        let (control, first) = day_plan(&scenario).unwrap().unwrap();
        Simulation::new(&scenario, Box::new(control), Some(first), Options::default())
    };
    let mut run = start();
    while run.now() < f64::from(TO_NIGHT + 120) {
        run.step();
    }
    let mut other = start();
    other.restore(&run.save()).unwrap();
    run.run();
    other.run();
    assert_eq!(run.hash(), other.hash());
}
