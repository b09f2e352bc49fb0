//! The laws of traffic in random towns: thousands of small networks, each with its own demand and signals.
//!
//! `AMPEL_CASES=10000 cargo test --release -p sim --test towns` runs so many of them. A case that breaks a law is made
//! smaller by leaving out features one by one; `AMPEL_CASE=seed:without` runs it alone. `AMPEL_FIRST_CASE` begins elsewhere
//! than at case 0.

mod judge;
mod town;

use judge::{Judge, Law};
use model::control::{Controller, FixedTime};
use rayon::prelude::*;
use sim::{Options, Simulation};
use std::collections::BTreeMap;
use town::signals::Wilful;
use town::{Case, Feature};

/// Cases of a plain test run.
const CASES: u64 = 300;

/// Of ten thousand towns so many have an overlap at most, and of fewer their share, rounded up; every other law holds in all of
/// them.
///
/// It ought to be 0. What is left, in 6 of them: mostly lorries and buses, where a vehicle insists beside a long one that waits
/// in the same turn, and where long ones turn within 12 m behind each other.
const OVERLAPS_PER_TEN_THOUSAND: u64 = 6;

/// So many towns with everything at once are looked at besides.
const WITH_EVERYTHING: usize = 10;

/// Cases that are described for each law that is broken.
const SHOWN: usize = 5;

/// Runs a case to its end; the laws that it breaks, and how and when for the first time.
fn broken_laws(case: Case) -> BTreeMap<Law, String> {
    let mut broken = BTreeMap::new();
    let scenario = case.with_works(0.5);
    let plan = scenario.plan(None);
    let fixed = FixedTime::new(plan.map(|p| p.plans.clone()).unwrap_or_default());
    let wilful = case.has(Feature::Wilful, 0.4);
    let controller: Box<dyn Controller> = if wilful { Box::new(Wilful(case)) } else { Box::new(fixed) };
    let mut run = Simulation::new(&scenario, controller, plan, Options { seed: case.seed, ..Options::default() });
    let mut judge = Judge::new(&scenario);
    while !run.is_over() {
        run.step();
        for (law, what) in judge.wrongs(&run) {
            broken.entry(law).or_insert_with(|| format!("after {:.2} s: {what}", run.now() - 3600.0));
        }
    }
    broken
}

/// The case without whatever it does not need to break the law, and what happens then.
fn smallest(mut case: Case, law: Law, mut wrong: String) -> (Case, String) {
    for feature in Feature::ALL {
        if let Some(found) = broken_laws(case.less(feature)).remove(&law) {
            (case, wrong) = (case.less(feature), found);
        }
    }
    (case, wrong)
}

fn describe((case, wrong): (Case, String)) -> String {
    let with: Vec<_> = Feature::ALL.into_iter().filter(|&f| case.without & (1 << f as u32) == 0).collect();
    format!("\nAMPEL_CASE={}:{} with {with:?}: {wrong}", case.seed, case.without)
}

fn number(key: &str) -> Option<u64> {
    std::env::var(key).ok().map(|v| v.parse().unwrap_or_else(|_| panic!("{key}={v} is no number")))
}

/// The one case that is asked for.
fn asked_for() -> Option<Case> {
    let text = std::env::var("AMPEL_CASE").ok()?;
    let (seed, without) = text.split_once(':').unwrap_or((&text, "0"));
    let number = |part: &str| part.parse::<u64>().unwrap_or_else(|_| panic!("AMPEL_CASE={text} is no case: give seed:without"));
    Some(Case { seed: number(seed), without: number(without) as u32 })
}

#[test]
fn traffic_in_any_town_keeps_the_laws() {
    if let Some(case) = asked_for() {
        let wrong = broken_laws(case);
        let all = judge::words(&wrong.clone().into_iter().collect::<Vec<_>>());
        assert!(wrong.is_empty(), "{}", describe((case, all)));
        return;
    }
    let of = number("AMPEL_CASES").unwrap_or(CASES);
    let first = number("AMPEL_FIRST_CASE").unwrap_or(0);
    let cases: Vec<Case> = (first..first + of).map(Case::of).chain(Case::with_everything().take(WITH_EVERYTHING)).collect();
    let broken: Vec<_> =
        cases.into_par_iter().flat_map_iter(|case| broken_laws(case).into_iter().map(move |broken| (case, broken))).collect();
    let mut by_law: BTreeMap<Law, Vec<(Case, String)>> = BTreeMap::new();
    for (case, (law, wrong)) in broken {
        by_law.entry(law).or_default().push((case, wrong));
    }
    let report = |(law, cases): (&Law, &Vec<(Case, String)>)| {
        let few = cases.iter().take(SHOWN).cloned().map(|(case, wrong)| describe(smallest(case, *law, wrong)));
        let seeds: Vec<u64> = cases.iter().map(|(case, _)| case.seed).collect();
        let last = first + of - 1;
        format!("{law:?} is broken in {} towns of {first} to {last}: {seeds:?}\n{}", cases.len(), few.collect::<String>())
    };
    let overlaps = by_law.get(&Law::NoOverlap).map_or(0, Vec::len) as u64;
    let others = by_law.keys().any(|law| *law != Law::NoOverlap);
    let fails = others || overlaps > (of * OVERLAPS_PER_TEN_THOUSAND).div_ceil(10_000);
    assert!(!fails, "{}", by_law.iter().map(report).collect::<Vec<_>>().join("\n"));
}
