//! The base of a plan: the same stages, each as short as the rules of the signal allow.
//!
//! Bands only lengthen. A controller that holds the base of a plan can be given that plan, and every other one that goes through
//! the same stages, however long they are and wherever they begin, without being supplied again.

use super::Setting;
use super::film::{Film, film, greens, stages};
use model::signal::{SafePlan, Signal, SignalPlan};
use model::time::Seconds;

/// The base of a plan, from which the plan itself can be set; the plan, where there is nothing to shorten.
pub fn base(plan: &SafePlan, signal: &Signal) -> SafePlan {
    let mut best = plan.clone();
    let runs = stages(&film(plan)).len();
    for stage in 0..runs {
        // Seconds are taken away one by one: what is too short for a rule stays so.
        while let Some(shorter) = shortened(&best, stage, signal).filter(|s| Setting::of(s, plan).is_ok()) {
            best = shorter;
        }
    }
    best
}

/// The plan with one stage a second shorter, if that is safe.
fn shortened(plan: &SafePlan, stage: usize, signal: &Signal) -> Option<SafePlan> {
    let own = film(plan);
    let run = *stages(&own).get(stage)?;
    if run.seconds <= 1 || own.len() <= 1 {
        return None;
    }
    let last = (run.begin + run.seconds - 1) % own.len();
    let shorter: Film = own.iter().enumerate().filter(|(s, _)| *s != last).map(|(_, picture)| picture.clone()).collect();
    let cycle = Seconds(shorter.len() as u16);
    let offset = Seconds(plan.offset().0 % cycle.0);
    SignalPlan { cycle, offset, greens: greens(&shorter) }.check(signal).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::toy::Grid;

    #[test]
    fn every_split_of_the_same_stages_can_be_had_from_the_base() {
        let scenario = Grid::default().scenario();
        let plan = scenario.plan(None).unwrap().plans.iter().next().unwrap().clone();
        let signal = scenario.signals.iter().next().unwrap();
        let base = base(&plan, signal);
        let [shorter, longer] = [&base, &plan].map(|p| p.cycle().0);
        assert!(shorter < longer);
        assert!(Setting::of(&base, &plan).is_ok());
        // The green of the street that had most of it is now short; in the plan itself it cannot be.
        let other = Grid { green_s: 20, ..Grid::default() }.scenario();
        let other = other.plan(None).unwrap().plans.iter().next().unwrap();
        assert!(Setting::of(&plan, other).is_err());
        let setting = Setting::of(&base, other).unwrap();
        assert_eq!(setting.apply(&base, signal).unwrap().cycle(), other.cycle());
    }
}
