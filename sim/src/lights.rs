//! What the signals show: every wish of the controller goes through the guard of its signal.

use bevy_ecs::resource::Resource;
use model::control::{Controller, Reading, View, Wish};
use model::id::{DetectorId, GroupId, IdVec, PushButtonId, SignalId};
use model::network::SignalHead;
use model::scenario::{PlanSet, Scenario};
use model::signal::{Aspect, Guard, Signal};
use model::time::DaySecond;

/// The controller of the run and what it last asked for.
#[derive(Resource)]
pub(crate) struct Desk {
    pub(crate) controller: Box<dyn Controller>,
    pub(crate) wishes: IdVec<SignalId, IdVec<GroupId, Wish>>,
}

/// The signals and what they show.
#[derive(Resource)]
pub(crate) struct Lights {
    pub(crate) signals: IdVec<SignalId, Signal>,
    pub(crate) guards: IdVec<SignalId, Guard>,
    pub(crate) shown: IdVec<SignalId, IdVec<GroupId, Aspect>>,
}

impl Lights {
    /// Signals that have been playing a plan.
    pub(crate) fn new(scenario: &Scenario, initial: Option<&PlanSet>) -> Self {
        let guards: IdVec<SignalId, Guard> = scenario
            .signals
            .enumerate()
            .map(|(id, s)| initial.map_or_else(|| Guard::all_red(s), |p| Guard::playing(s, &p.plans[id], scenario.start())))
            .collect();
        let shown = scenario.signals.enumerate().map(|(id, s)| IdVec::from_fn(s.groups.len(), |g| guards[id].aspect(g)));
        Self { shown: shown.collect(), signals: scenario.signals.clone(), guards }
    }

    /// What a movement's signal shows; green where there is none.
    pub(crate) fn aspect(&self, head: Option<SignalHead>) -> Aspect {
        head.map_or(Aspect::Green, |h| self.shown[h.signal][h.group])
    }

    /// Whether a movement's signal has shown what it shows for less than so many seconds.
    pub(crate) fn is_new(&self, head: Option<SignalHead>, seconds: u16) -> bool {
        head.is_some_and(|h| self.guards[h.signal].age(h.group) < seconds)
    }

    /// Goes on to the next second.
    pub(crate) fn step(&mut self, wishes: &IdVec<SignalId, IdVec<GroupId, Wish>>) {
        for (id, signal) in self.signals.enumerate() {
            self.guards[id].step(signal, &wishes[id]);
            for (group, shown) in self.shown[id].iter_mut().enumerate() {
                *shown = self.guards[id].aspect(GroupId(group as u32));
            }
        }
    }

    /// Reads off again what the guards show, after a restore.
    pub(crate) fn refresh(&mut self) {
        for (id, signal) in self.signals.enumerate() {
            self.shown[id] = signal.groups.ids().map(|g| self.guards[id].aspect(g)).collect();
        }
    }
}

impl Desk {
    pub(crate) fn new(scenario: &Scenario, controller: Box<dyn Controller>) -> Self {
        let none = |s: &Signal| IdVec::from_fn(s.groups.len(), |_| Wish::default());
        Self { controller, wishes: scenario.signals.iter().map(none).collect() }
    }

    /// Asks the controller what it wants in the second that begins.
    pub(crate) fn decide(
        &mut self,
        now: DaySecond,
        readings: &IdVec<DetectorId, Reading>,
        requests: &IdVec<PushButtonId, Option<DaySecond>>,
        lights: &Lights,
    ) {
        let view = View { now, readings, requests, shown: &lights.shown };
        for id in lights.signals.ids() {
            self.controller.decide(id, &view, &mut self.wishes[id]);
        }
    }
}
