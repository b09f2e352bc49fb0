//! Periods: other times of the day for the same streets, signals and plans, each with its own demand.

use super::file::PeriodFile;
use super::folder::Files;
use super::load::Times;
use super::{Fault, PlanSet, Scenario};
use crate::demand::Demand;
use crate::time::{DaySecond, Seconds};
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// What is of its own in a period of the day; all else is that of the scenario.
#[derive(Debug, Clone)]
pub struct Period {
    /// Short name.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// First second that is measured.
    pub begin: DaySecond,
    /// End of the run.
    pub end: DaySecond,
    /// Time before `begin` in which the network fills.
    pub warm_up: Seconds,
    /// Name of the plan that runs when none is named.
    pub default_plan: Option<String>,
    /// Who travels.
    pub demand: Demand,
    /// What is assumed, that of the demand among it.
    pub assumptions: Vec<String>,
}

/// There is no period of that name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("period \"{name}\" does not exist; {}", if known.is_empty() { "the scenario names none".into() } else { format!("there are {}", known.join(", ")) })]
pub struct UnknownPeriod {
    /// The name.
    pub name: String,
    /// Those that there are.
    pub known: Vec<String>,
}

impl Scenario {
    /// The scenario in the period of a name: the same streets, signals, plans, corridors and roadworks, with the times, demand
    /// and assumptions of the period. A factor of the demand does not go over to it.
    ///
    /// # Errors
    /// When no period has that name.
    pub fn in_period(&self, name: &str) -> Result<Self, UnknownPeriod> {
        let Some(period) = self.periods.iter().find(|p| p.name == name) else {
            let known = self.periods.iter().map(|p| p.name.clone()).collect();
            return Err(UnknownPeriod { name: name.into(), known });
        };
        let own = period.clone();
        Ok(Self {
            period: Some(own.name),
            title: own.title,
            begin: own.begin,
            end: own.end,
            warm_up: own.warm_up,
            default_plan: own.default_plan,
            demand: own.demand,
            assumptions: own.assumptions,
            ..self.clone()
        })
    }
}

impl Files {
    /// Checks names, times and plans of the periods.
    pub(super) fn check_periods(&self, plans: &BTreeMap<String, PlanSet>, faults: &mut Vec<Fault>) {
        // Whether a plan is missing can only be told once the plans themselves are sound.
        let are_plans_sound = faults.is_empty();
        let frame = &self.scenario.content;
        let mut names: BTreeSet<&str> = BTreeSet::new();
        let all = frame.period_name.iter().chain(frame.periods.iter().map(|p| &p.name));
        for name in all {
            let mut say = |what: String, mend: &str| faults.push(self.scenario.fault(name.span(), what, mend));
            if name.get_ref().is_empty() {
                say("a period has an empty name".into(), "give it a name such as midday");
            } else if !names.insert(name.get_ref()) {
                say(format!("period \"{}\" stands twice", name.get_ref()), "rename one of them");
            }
        }
        for period in &frame.periods {
            self.check_period(period, faults);
            let Some(plan) = period.default_plan.as_ref().filter(|p| are_plans_sound && !plans.contains_key(p.get_ref())) else {
                continue;
            };
            let mend = format!("name one of: {}", plans.keys().cloned().collect::<Vec<_>>().join(", "));
            let what = format!("plan \"{}\" of period \"{}\" does not exist", plan.get_ref(), period.name.get_ref());
            faults.push(self.scenario.fault(plan.span(), what, mend));
        }
    }

    fn check_period(&self, period: &PeriodFile, faults: &mut Vec<Fault>) {
        let name = period.name.get_ref();
        let warm_up = period.warm_up_s.as_ref();
        let warm_up_s = warm_up.map_or(0, |s| *s.get_ref());
        let times = Times {
            run: format!("period \"{name}\""),
            begin_s: period.begin_s,
            end_s: (*period.end_s.get_ref(), period.end_s.span()),
            warm_up_s: (warm_up_s, warm_up.map_or(0..0, toml::Spanned::span)),
        };
        times.check(&self.scenario, faults);
        let start = period.begin_s.saturating_sub(warm_up_s);
        if let Some(first) = self.first_switch_after(start) {
            let what = format!("period \"{name}\" begins at {start} s, warm-up included, before the first switch at {first} s");
            let mend = "begin [[day_plan]] with the plan that runs then, such as from from_s = 0";
            faults.push(self.scenario.fault(period.name.span(), what, mend));
        }
    }

    /// The periods that have names, once everything is known to be sound: that of the scenario itself, then the others with
    /// their demands.
    pub(super) fn resolved_periods(&self, scenario: &Scenario, demands: Vec<Demand>) -> Vec<Period> {
        let itself = scenario.period.as_ref().map(|name| Period {
            name: name.clone(),
            title: scenario.title.clone(),
            begin: scenario.begin,
            end: scenario.end,
            warm_up: scenario.warm_up,
            default_plan: scenario.default_plan.clone(),
            demand: scenario.demand.clone(),
            assumptions: scenario.assumptions.clone(),
        });
        let others = self.scenario.content.periods.iter().zip(demands).map(|(p, demand)| Period {
            name: p.name.get_ref().clone(),
            title: p.title.clone(),
            begin: DaySecond(p.begin_s),
            end: DaySecond(*p.end_s.get_ref()),
            warm_up: Seconds(p.warm_up_s.as_ref().map_or(0, |s| *s.get_ref() as u16)),
            default_plan: p.default_plan.as_ref().map(|p| p.get_ref().clone()).or_else(|| scenario.default_plan.clone()),
            assumptions: self.assumptions(&demand),
            demand,
        });
        itself.into_iter().chain(others).collect()
    }
}
