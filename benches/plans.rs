//! Signal plans: the check, the switch from plan to plan, and the widest green bands.

use benches::scenario_folder;
use controller::{Arterial, BandLink, BandSignal, SpeedRange, green_wave};
use criterion::{Criterion, criterion_group, criterion_main};
use model::quantity::{Length, Span, Speed};
use model::scenario::load;
use model::signal::check_switch;
use model::time::Seconds;
use std::hint::black_box;

fn check(criterion: &mut Criterion) {
    let scenario = load(&scenario_folder("dortmund-wall")).expect("a scenario");
    let plan = scenario.plan(None).expect("a plan");
    let mut group = criterion.benchmark_group("check, all signals of dortmund-wall");
    group.bench_function("plan", |b| {
        b.iter(|| {
            for (id, signal) in scenario.signals.enumerate() {
                black_box(plan.plans[id].plan().clone().check(signal).expect("a safe plan"));
            }
        });
    });
    // Against itself, turned by half a cycle: the switch may well be unsafe, which takes as long to find.
    group.bench_function("switch", |b| {
        b.iter(|| {
            for (id, signal) in scenario.signals.enumerate() {
                let turned = plan.plans[id].with_offset(Seconds(plan.plans[id].cycle().0 / 2));
                let _ = black_box(check_switch(signal, &plan.plans[id], &turned));
            }
        });
    });
    group.finish();
}

/// AT-MB10, the ten signals of the regression instance in `controller/tests/validation.rs`.
fn ten_signals(cycle: (f64, f64), speed: (f64, f64)) -> Arterial {
    let reds = [0.47, 0.40, 0.40, 0.47, 0.48, 0.42, 0.40, 0.40, 0.42, 0.45];
    let metres = [170.0, 215.0, 335.0, 215.0, 140.0, 230.0, 275.0, 110.0, 185.0];
    let speed = SpeedRange { slowest: Speed::metres_per_second(speed.0), fastest: Speed::metres_per_second(speed.1) };
    Arterial::open(
        reds.map(BandSignal::together).to_vec(),
        metres.map(|d| BandLink::symmetric(Length::metres(d), speed)).to_vec(),
        (Span::seconds_f64(cycle.0), Span::seconds_f64(cycle.1)),
    )
}

fn bands(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bands of AT-MB10");
    group.sample_size(10);
    let fixed = ten_signals((80.0, 80.0), (13.89, 13.89));
    group.bench_function("cycle 80 s", |b| b.iter(|| green_wave(black_box(&fixed)).expect("a wave")));
    let free = ten_signals((60.0, 110.0), (12.5, 15.0));
    group.bench_function("free cycle, free speeds", |b| b.iter(|| green_wave(black_box(&free)).expect("a wave")));
    group.finish();
}

criterion_group!(benches, check, bands);
criterion_main!(benches);
