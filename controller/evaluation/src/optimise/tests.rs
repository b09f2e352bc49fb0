//! Seeds, names and warnings, and bands that are really there.

use super::*;
use crate::bands::widest;
use crate::runs::run_one;
use model::scenario::{Corridor, load};
use model::toy::Grid;
use std::path::Path;

struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &str, _: u64) {}
    fn tick(&self) {}
}

/// A street with four signals, as a corridor.
fn street() -> Scenario {
    let mut scenario = Grid { columns: 4, duration_s: 120, ..Grid::default() }.scenario();
    let signals = scenario.signals.ids().collect();
    let directions = ["eastbound", "westbound"].map(String::from);
    scenario.corridors.push(Corridor { name: "street".into(), directions, ring: false, signals });
    scenario
}

/// Next to no effort.
fn little() -> Effort {
    Effort { cycles: vec![Seconds(80)], updates: 50_000, steps: vec![10], ..Effort::compared_over(vec![1, 2]) }
}

#[test]
fn the_search_never_uses_a_seed_of_the_comparison() {
    assert_eq!(Effort::default().search_seeds, (1001..=1016).collect::<Vec<_>>());
    assert_eq!(Effort::compared_over(vec![1001]).search_seeds[..2], [1002, 1003]);
    assert_eq!(Effort::compared_over((1..=2000).collect()).search_seeds[..2], [2001, 2002]);
    let effort = Effort { search_seeds: vec![2], ..little() };
    let refused = optimise(&street(), &effort, &Setup::default(), &Silent);
    assert!(matches!(refused, Err(OptimiseError::SharedSeed(2))));
}

#[test]
fn without_corridors_no_plan_and_no_finding_speaks_of_bands() {
    let scenario = Scenario { corridors: Vec::new(), ..street() };
    let found = optimise(&scenario, &little(), &Setup::default(), &Silent).unwrap();
    for e in found.computed() {
        let words = format!("{} {} {}", e.title, e.plan.name, e.plan.source).to_lowercase();
        assert!(
            !words.contains("maxband") && !words.replace("no bands", "").replace("no green bands", "").contains("band"),
            "{words}"
        );
    }
    // Paths need no corridor.
    assert!(found.findings.iter().all(|f| !f.contains("band") || f.starts_with("Path bands")), "{:?}", found.findings);
}

#[test]
fn the_findings_name_the_bands_of_the_chosen_cycle_alone() {
    let effort = Effort { cycles: vec![Seconds(60), Seconds(80), Seconds(100)], ..little() };
    let found = optimise(&street(), &effort, &Setup::default(), &Silent).unwrap();
    let bands: Vec<&String> = found.findings.iter().filter(|f| f.contains("widest green bands")).collect();
    let cycle = format!("street, cycle {} s, widest green bands, ", found.banded.plan.plans[SignalId(0)].cycle().0);
    assert!(bands.len() == 1 && bands[0].starts_with(&cycle) && bands[0].contains("proven optimal"), "{bands:?}");
}

#[test]
fn the_scenarios_own_plan_is_the_last_reference_under_a_name_of_its_own() {
    let mut scenario = street();
    let found = optimise(&scenario, &little(), &Setup::default(), &Silent).unwrap();
    let names = |found: &Optimised| found.references().iter().map(|e| e.plan.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&found), ["webster", "maxband", "platoons", "plain"]);
    let mut own = scenario.plans.remove("plain").unwrap();
    own.name = "optimised".into();
    scenario.plans.insert(own.name.clone(), own);
    scenario.default_plan = Some("optimised".into());
    let found = optimise(&scenario, &little(), &Setup::default(), &Silent).unwrap();
    assert_eq!(names(&found), ["webster", "maxband", "platoons", "scenario-optimised"]);
    scenario.default_plan = None;
    let found = optimise(&scenario, &little(), &Setup::default(), &Silent).unwrap();
    assert_eq!(names(&found), ["webster", "maxband", "platoons"]);
}

#[test]
fn a_plan_that_is_worse_than_the_scenarios_own_is_warned_of() {
    let scenario = street();
    let plan = scenario.plan(None).unwrap();
    let runs: Runs = [1, 2, 3].iter().map(|&seed| run_one(&scenario, Some(plan), seed, &Setup::default())).collect();
    let own = Evaluated { title: "the scenario’s own plan".into(), plan: plan.clone(), runs };
    let slower = |by: &[f64]| {
        let mut after = own.clone();
        after.runs.truncate(by.len());
        after.runs.iter_mut().zip(by).for_each(|(run, by)| run.measures.delay_s += by);
        worse(&Evaluated { runs: own.runs[..by.len()].to_vec(), ..own.clone() }, &after)
    };
    assert_eq!(slower(&[-1.0, -1.0, -1.0]), None);
    assert!(slower(&[5.0, 5.1, 4.9]).unwrap().contains("is worse than the scenario’s own plan"));
    assert!(slower(&[5.0, -4.0, 1.0]).unwrap().contains("not significant"));
    assert!(slower(&[5.0]).unwrap().contains("one seed gives no interval"));
}

/// Every band that is stated for a section is there in the plan, but for the rounding of offsets to seconds.
fn assert_realised(scenario: &Scenario, cycle: Seconds) -> usize {
    let sequences = Sequences::of(scenario).unwrap();
    let mut timing = Timing::webster(scenario, &group_flows(scenario), CycleRange::fixed(cycle)).unwrap();
    let routes: Vec<Route> = scenario.corridors.iter().map(|c| Route::new(scenario, c)).collect();
    let waves = Waves { scenario, sequences: &sequences, routes: &routes }.coordinate(&mut timing).unwrap();
    let plan = timing.set("trial", String::new(), &sequences).unwrap();
    for (wave, s) in waves.iter().flat_map(|w| w.sections.iter().map(move |s| (w, s))) {
        let proven = [s.wave.width().outbound.get(), s.wave.width().inbound.get()];
        for (way, proven) in proven.into_iter().enumerate() {
            let found = widest(&wave.route, way, &plan, (s.from, s.to)).map_or(0.0, |f| f.width_s);
            assert!(found >= proven - 1.01, "places {} to {}, way {way}: {found} s instead of {proven} s", s.from, s.to);
        }
    }
    waves.iter().map(|w| w.sections.len()).sum()
}

#[test]
fn bands_that_are_stated_are_there() {
    assert_eq!(assert_realised(&street(), Seconds(80)), 1);
}

#[test]
fn bands_that_are_stated_around_a_ring_are_there_where_it_closes_too() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/dortmund-wall");
    let mut scenario = load(&folder).unwrap();
    // Begun at every third signal, so that sections lie in many ways about the seam.
    for turn in 0..6 {
        assert!(assert_realised(&scenario, Seconds(90)) > 1, "turn {turn}");
        scenario.corridors[0].signals.rotate_left(3);
    }
}

#[test]
fn offsets_in_step_and_path_bands_are_foreseen_to_be_better_than_no_offsets() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/dortmund-wall");
    let scenario = load(&folder).unwrap();
    let sequences = Sequences::of(&scenario).unwrap();
    let routes: Vec<Route> = scenario.corridors.iter().map(|c| Route::new(&scenario, c)).collect();
    let plain = Timing::webster(&scenario, &group_flows(&scenario), CycleRange::fixed(Seconds(90))).unwrap();
    let in_step = harmonic::in_step(&scenario, &sequences, std::slice::from_ref(&plain)).unwrap().remove(0);
    let over_paths = PathWaves::new(&scenario, &sequences, &routes);
    let over_paths =
        over_paths.timings(std::slice::from_ref(&plain), std::slice::from_ref(&in_step), 1, &mut Vec::new()).unwrap().remove(0);
    let words = over_paths.in_words();
    assert!(words.contains("have a band") && words.contains("better, after"), "{words}");
    let timings = vec![plain, in_step, over_paths.timing];
    let costs: Vec<f64> = Foresight::new(&scenario, &sequences, &Effort::default(), 0)
        .promises(timings)
        .unwrap()
        .iter()
        .map(foresight::Promise::cost)
        .collect();
    assert!(costs[1] < costs[0] - 5.0 && costs[2] < costs[0] - 5.0, "{costs:?}");
}
