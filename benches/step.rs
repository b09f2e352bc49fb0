//! One second of the simulation, with 100 to 100,000 vehicles: detectors, control, signals, departures, sight,
//! decisions, motion and measures, with and without the monitor that looks for overlaps.

use benches::{crowded, fill, simulation};
use criterion::measurement::{Measurement, WallTime};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sim::{Options, Simulation};
use std::time::Duration;

const VEHICLES: [usize; 4] = [100, 1_000, 10_000, 100_000];

/// Goes on by one second.
fn second(run: &mut Simulation) {
    for _ in 0..run.step_size().per_second() {
        run.step();
    }
}

/// The time that the second after the one that follows a saved state takes.
fn time_of_a_second(run: &mut Simulation, state: &[u8]) -> Duration {
    run.restore(state).expect("its own state");
    second(run);
    let start = WallTime.start();
    second(run);
    WallTime.end(start)
}

/// Vehicle updates in it.
fn updates(run: &mut Simulation, state: &[u8]) -> u64 {
    run.restore(state).expect("its own state");
    second(run);
    let before = run.measures().vehicle_updates;
    second(run);
    run.measures().vehicle_updates - before
}

fn step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("second");
    group.sample_size(20);
    for vehicles in VEHICLES {
        let scenario = crowded(vehicles);
        let mut run = simulation(&scenario, Options { monitor: false, ..Options::default() });
        fill(&mut run, vehicles);
        let state = run.save();
        for (monitor, threads, name) in [(false, 1, "plain"), (true, 1, "monitored"), (false, 2, "two threads")] {
            let mut run = simulation(&scenario, Options { monitor, threads, ..Options::default() });
            group.throughput(Throughput::Elements(updates(&mut run, &state)));
            // Each second begins in the same state. Going back to a second before it is not timed: a run that is going has
            // its memory where it needs it.
            group.bench_function(format!("{vehicles} vehicles, {name}"), |b| {
                b.iter_custom(|times| (0..times).map(|_| time_of_a_second(&mut run, &state)).sum());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, step);
criterion_main!(benches);
