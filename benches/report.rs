//! The report of a comparison, as `ampel optimise` writes it, from runs that are already made.

use benches::scenario_folder;
use criterion::{Criterion, criterion_group, criterion_main};
use evaluation::report::{Language, Manifest, Report, Variant, render};
use evaluation::space_time::{Sections, Shown};
use evaluation::{Route, Setup, run_one, saturation, space_time};
use model::scenario::{Scenario, load};
use model::time::DaySecond;

/// The first quarter of an hour of the Wall ring, so that the runs stay short.
fn scenario() -> Scenario {
    let mut scenario = load(&scenario_folder("dortmund-wall")).expect("a scenario");
    scenario.end = DaySecond(scenario.begin.0 + 900);
    scenario
}

fn report(criterion: &mut Criterion) {
    let scenario = scenario();
    let (plan, setup) = (scenario.plan(None).expect("a plan"), Setup { quality: true, ..Setup::default() });
    let runs: Vec<_> = (1..=2).map(|seed| run_one(&scenario, Some(plan), seed, &setup)).collect();
    let variant = |name: &str| Variant { name: name.into(), title: name.into(), plans: plan, runs: runs.clone() };
    let routes: Vec<Route> = scenario.corridors.iter().map(|c| Route::new(&scenario, c)).collect();
    let draw = |route| {
        let shown = Shown { route, sections: Sections::OfPlan, plan, title: "after" };
        space_time::draw(&scenario, &shown, 1, &setup)
    };
    let report = Report {
        language: Language::English,
        scenario: &scenario,
        variants: vec![variant("before"), variant("after")],
        chosen: 1,
        baselines: vec![0],
        corridors: routes.iter().map(draw).collect(),
        approaches: saturation(&scenario, plan),
        warnings: Vec::new(),
        findings: Vec::new(),
        assumptions: scenario.assumptions.clone(),
        manifest: Manifest::default(),
    };
    let mut group = criterion.benchmark_group("report");
    group.sample_size(10);
    group.bench_function("dortmund-wall", |b| b.iter(|| render(&report)));
    group.finish();
}

criterion_group!(benches, report);
criterion_main!(benches);
