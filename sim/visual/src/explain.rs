//! Why a signal shows what it shows in this second: until when, what it waits for, and which rule decided.

use crate::player::Player;
use crate::scene::Scene;
use crate::words;
use evaluation::report::Language;
use model::id::{GroupId, SignalId};
use model::scenario::PlanSet;
use model::signal::{Aspect, Grade, SafePlan, Signal};
use model::time::{DaySecond, Seconds};

/// What is said of a group.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Explained {
    pub(crate) group: GroupId,
    pub(crate) aspect: Aspect,
    /// Sentences: what it shows, until when, what it waits for, which rule decided.
    pub(crate) lines: Vec<String>,
}

/// What each group of a signal shows in the second that is seen, and why.
pub(crate) fn explain(
    language: Language,
    scene: &Scene,
    player: &Player,
    plans: Option<&PlanSet>,
    id: SignalId,
) -> Vec<Explained> {
    let signal = &scene.scenario.signals[id];
    let case = Case {
        language,
        player,
        id,
        signal,
        plan: plans.map(|p| &p.plans[id]),
        plan_name: plans.map_or("", |p| p.name.as_str()),
        now: DaySecond((player.now() + 1e-6) as u32),
    };
    signal.groups.ids().map(|group| case.explain(group)).collect()
}

struct Case<'a> {
    language: Language,
    player: &'a Player,
    id: SignalId,
    signal: &'a Signal,
    plan: Option<&'a SafePlan>,
    plan_name: &'a str,
    now: DaySecond,
}

/// Every aspect in words.
pub(crate) const fn aspect_word(aspect: Aspect) -> words::Text {
    match aspect {
        Aspect::Red => words::RED,
        Aspect::RedAmber => words::RED_AMBER,
        Aspect::Green => words::GREEN,
        Aspect::Amber => words::AMBER,
    }
}

impl Case<'_> {
    fn explain(&self, group: GroupId) -> Explained {
        let aspect = self.player.aspects()[self.id][group];
        let name = &self.signal.groups[group].name;
        let word = aspect_word(aspect).of(self.language);
        let shows = words::SHOWS.with(self.language, &[name, &word, &self.since(group, aspect)]);
        let mut lines = vec![shows];
        if let Some(plan) = self.plan {
            lines.push(self.until(plan, group, aspect));
            if aspect == Aspect::Red {
                lines.extend(self.waits(group));
            }
            lines.extend(self.rule(plan, group, aspect));
        }
        Explained { group, aspect, lines }
    }

    /// Seconds for which it has shown this, as far as is known.
    fn since(&self, group: GroupId, aspect: Aspect) -> u32 {
        let past = self.player.world().past();
        let same = |s: &u32| past.aspect(self.id, group, *s) == Some(aspect);
        (past.start()..self.now.0).rev().take_while(same).count() as u32
    }

    /// When what the plan shows changes next.
    fn until(&self, plan: &SafePlan, group: GroupId, aspect: Aspect) -> String {
        let cycle = plan.cycle();
        let at = |later: u32| DaySecond(self.now.0 + later).in_cycle(cycle, plan.offset());
        let green = |later: &u32| plan.aspect(group, at(*later)) == Aspect::Green;
        let mut ahead = 1..=u32::from(cycle.get());
        let (text, change) = if aspect == Aspect::Green {
            (words::UNTIL_GREEN_ENDS, ahead.find(|k| !green(k)))
        } else {
            (words::UNTIL_GREEN, ahead.find(green))
        };
        let Some(change) = change else { return words::ALWAYS.of(self.language).into() };
        text.with(self.language, &[&change, &at(change).get()])
    }

    /// Incompatible groups whose intergreen is not over.
    fn waits(&self, group: GroupId) -> Vec<String> {
        let past = self.player.world().past();
        let mut found = Vec::new();
        for (other, of) in self.signal.groups.enumerate() {
            if self.signal.grades[(other, group)] != Grade::Incompatible {
                continue;
            }
            let Some(needed) = self.signal.least_gap(other, group) else { continue };
            let green = |s: &u32| past.aspect(self.id, other, *s) == Some(Aspect::Green);
            let state = if self.player.aspects()[self.id][other] == Aspect::Green {
                words::STILL_GREEN.of(self.language).to_owned()
            } else {
                let begin = self.now.0.saturating_sub(u32::from(needed.get()));
                let Some(last) = (begin..self.now.0).rev().find(green) else { continue };
                words::SINCE_END.with(self.language, &[&(self.now.0 - last - 1)])
            };
            found.push(words::WAITS_FOR.with(self.language, &[&of.name, &needed.get(), &state]));
        }
        if found.is_empty() {
            found.push(words::WAITS_FOR_PLAN.of(self.language).into());
        }
        found
    }

    fn rule(&self, plan: &SafePlan, group: GroupId, aspect: Aspect) -> Vec<String> {
        let of = &self.signal.groups[group];
        let wanted = plan.aspect_at(group, self.now);
        let second = self.now.in_cycle(plan.cycle(), plan.offset());
        let mut lines = vec![match aspect {
            Aspect::Amber => words::RULE_AMBER.with(self.language, &[&of.amber.get()]),
            Aspect::RedAmber => words::RULE_RED_AMBER.with(self.language, &[&of.red_amber.get()]),
            _ => words::RULE_PLAN.with(self.language, &[&self.plan_name, &second.get(), &plan.cycle().get()]),
        }];
        if wanted != aspect && second != Seconds(0) {
            lines.push(words::GUARD_HOLDS.with(self.language, &[&aspect_word(wanted).of(self.language)]));
        }
        lines
    }
}

/// What detectors before a signal report, and whether they take part.
pub(crate) fn detectors(language: Language, scene: &Scene, player: &Player, id: SignalId) -> Vec<String> {
    let network = &scene.scenario.network;
    let readings = player.simulation().detector_readings();
    let mut lines = Vec::new();
    for (detector, placed) in network.detectors.enumerate() {
        let leaving = &network.lanes[placed.lane].leaving;
        if leaving.iter().any(|&m| network.movements[m].head.is_some_and(|h| h.signal == id)) {
            let reading = &readings[detector];
            let occupied = format!("{:.0}", 100.0 * reading.occupancy);
            lines.push(words::DETECTOR_NOW.with(language, &[&placed.name, &reading.count, &occupied]));
        }
    }
    if lines.is_empty() {
        lines.push(words::DETECTORS_NONE.of(language).into());
    }
    lines
}
