//! One second of the simulation, with 100 to 100,000 vehicles: detectors, control, signals, departures, sight,
//! decisions, motion and measures, with and without the monitor that looks for overlaps.

use benches::{crowded, fill, simulation};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use sim::{Options, Simulation};

const VEHICLES: [usize; 4] = [100, 1_000, 10_000, 100_000];

/// Goes on by one second.
fn second(run: &mut Simulation) {
    for _ in 0..run.step_size().per_second() {
        run.step();
    }
}

/// Vehicle updates that a second from a saved state makes.
fn updates(run: &mut Simulation, state: &[u8]) -> u64 {
    run.restore(state).expect("its own state");
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
            // Each second begins in the same state; going back to it is not timed.
            group.bench_function(format!("{vehicles} vehicles, {name}"), |b| {
                let run = std::cell::RefCell::new(&mut run);
                b.iter_batched(
                    || run.borrow_mut().restore(&state).expect("its own state"),
                    |()| second(&mut run.borrow_mut()),
                    BatchSize::PerIteration,
                );
            });
        }
    }
    group.finish();
}

criterion_group!(benches, step);
criterion_main!(benches);
