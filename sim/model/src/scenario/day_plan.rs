//! Which plan runs at which time of the day.

use super::folder::Files;
use super::{Fault, PlanSet, Scenario};
use crate::time::DaySecond;
use std::collections::BTreeMap;

/// Seconds of a day.
const DAY: u32 = 86_400;

/// A switch of plans at a time of the day (zeitplanabhängige Signalprogrammauswahl).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    /// From when on the plan runs, below 24 h; the way to it begins then.
    pub from: DaySecond,
    /// Name of the plan.
    pub plan: String,
}

impl Scenario {
    /// The plan with which a run begins, and every other one that it switches to, each with its time, in order. `None`
    /// where the scenario has no day plan.
    ///
    /// The day plan is that of every day; before its first switch the last one of the day before holds.
    pub fn plan_switches(&self) -> Option<(&PlanSet, Vec<(DaySecond, &PlanSet)>)> {
        let last = self.day_plan.last()?;
        let start = self.start();
        let before = self.day_plan.iter().rev().find(|s| s.from.0 <= start.0 % DAY).unwrap_or(last);
        let days = start.0 / DAY..=self.end.0 / DAY;
        let every = days.flat_map(|day| self.day_plan.iter().map(move |s| (DaySecond(day * DAY + s.from.0), s)));
        let mut running = &before.plan;
        let mut switches = Vec::new();
        for (at, switch) in every.filter(|(at, _)| start < *at && *at < self.end) {
            if switch.plan != *running {
                switches.push((at, &self.plans[&switch.plan]));
            }
            running = &switch.plan;
        }
        Some((&self.plans[&before.plan], switches))
    }
}

impl Files {
    /// The time of the first switch of the day, where it is later than a run begins.
    pub(super) fn first_switch_after(&self, start_s: u32) -> Option<u32> {
        let first = self.scenario.content.day_plan.first().map(|s| *s.from_s.get_ref());
        first.filter(|&from| from > start_s % DAY)
    }

    /// Checks the switches; what is returned is sound only when no fault was added.
    pub(super) fn check_day_plan(&self, plans: &BTreeMap<String, PlanSet>, faults: &mut Vec<Fault>) -> Vec<Switch> {
        let frame = &self.scenario.content;
        // Whether a plan is missing can only be told once the plans themselves are sound.
        let are_plans_sound = faults.is_empty();
        let start = frame.begin_s.saturating_sub(frame.warm_up_s);
        let late = self.first_switch_after(start);
        let mut before: Option<u32> = None;
        for s in &frame.day_plan {
            let (at, name) = (*s.from_s.get_ref(), s.plan.get_ref());
            let mut say = |what: String, mend: &str| faults.push(self.scenario.fault(s.from_s.span(), what, mend));
            if at >= DAY {
                say(format!("a switch at {at} s is not within a day"), "set from_s below 86400");
            }
            match before {
                None if late.is_some() => say(
                    format!(
                        "the run begins at {} s of the day, warm-up included, before the first switch at {at} s",
                        start % DAY
                    ),
                    "begin [[day_plan]] with the plan that runs then, such as from from_s = 0",
                ),
                Some(before) if before == at => say(format!("two switches at {at} s"), "take one of them out"),
                Some(before) if before > at => {
                    say(format!("the switch at {at} s stands after that at {before} s"), "sort [[day_plan]] by from_s");
                }
                _ => {}
            }
            before = Some(at);
            if are_plans_sound && !plans.contains_key(name) {
                let mend = format!("name one of: {}", plans.keys().cloned().collect::<Vec<_>>().join(", "));
                faults.push(self.scenario.fault(s.plan.span(), format!("plan \"{name}\" of the day plan does not exist"), mend));
            }
        }
        let switch =
            |s: &super::file::SwitchFile| Switch { from: DaySecond(*s.from_s.get_ref()), plan: s.plan.get_ref().clone() };
        frame.day_plan.iter().map(switch).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::Grid;

    fn scenario(begin: u32, end: u32, switches: &[(u32, &str)]) -> Scenario {
        let mut scenario = Grid::default().scenario();
        let plan = scenario.plans["plain"].clone();
        scenario.plans = ["day", "night"].map(|n| (n.into(), PlanSet { name: n.into(), ..plan.clone() })).into();
        (scenario.begin, scenario.end) = (DaySecond(begin), DaySecond(end));
        scenario.day_plan = switches.iter().map(|&(at, plan)| Switch { from: DaySecond(at), plan: plan.into() }).collect();
        scenario
    }

    fn switches(scenario: &Scenario) -> (&str, Vec<(u32, &str)>) {
        let (first, later) = scenario.plan_switches().unwrap();
        (&first.name, later.into_iter().map(|(at, set)| (at.0, set.name.as_str())).collect())
    }

    #[test]
    fn a_run_over_midnight_follows_the_day_plan_of_each_day() {
        let scenario = scenario(72_000, 2 * DAY + 30_000, &[(21_600, "day"), (79_200, "night")]);
        let later = [(79_200, "night"), (DAY + 21_600, "day"), (DAY + 79_200, "night"), (2 * DAY + 21_600, "day")];
        assert_eq!(switches(&scenario), ("day", later.to_vec()));
    }

    #[test]
    fn a_switch_to_the_plan_that_runs_is_none_and_the_night_lasts_over_midnight() {
        let scenario = scenario(3600, 30_000, &[(21_600, "day"), (25_000, "day"), (79_200, "night")]);
        assert_eq!(switches(&scenario), ("night", vec![(21_600, "day")]));
    }
}
