//! What each pass of a step costs, and each following model: a crowded town in a run that is going.

use benches::{crowded, fill, simulation};
use criterion::measurement::{Measurement, WallTime};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use model::vehicle::FollowingModel;
use sim::{Options, Pass, Simulation};
use std::time::Duration;

const VEHICLES: [usize; 2] = [1_000, 10_000];

/// Seconds of the day after which a run begins anew, before the town empties.
const SPAN: f64 = 60.0;

/// A run of a crowded town that goes round and round.
struct Round {
    run: Simulation,
    state: Vec<u8>,
    since: f64,
}

impl Round {
    fn new(vehicles: usize, options: Options) -> Self {
        let mut run = simulation(&crowded(vehicles), options);
        fill(&mut run, vehicles);
        Self { state: run.save(), since: run.now(), run }
    }

    /// Goes back to the beginning when it is time, and on by one step so that nothing is as restoring has left it.
    fn refresh(&mut self) {
        if self.run.now() >= self.since + SPAN {
            self.run.restore(&self.state).expect("its own state");
            self.run.step();
        }
    }

    /// The time that one pass takes in so many steps, or all of them.
    fn time(&mut self, steps: u64, timed: Option<&Pass>) -> Duration {
        let mut total = Duration::ZERO;
        for _ in 0..steps {
            self.refresh();
            for pass in &Pass::ALL {
                let start = WallTime.start();
                self.run.pass(pass);
                if timed.is_none_or(|t| t == pass) {
                    total += WallTime.end(start);
                }
            }
        }
        total
    }
}

fn passes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pass");
    group.sample_size(20);
    for vehicles in VEHICLES {
        let mut round = Round::new(vehicles, Options::default());
        group.throughput(Throughput::Elements(vehicles as u64));
        for pass in &Pass::ALL {
            group.bench_function(format!("{pass:?}, {vehicles} vehicles"), |b| {
                b.iter_custom(|steps| round.time(steps, Some(pass)));
            });
        }
    }
    group.finish();
}

fn models(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("model");
    group.sample_size(20);
    for (model, name) in [(FollowingModel::Idm, "IDM"), (FollowingModel::Krauss, "Krauss")] {
        let mut round = Round::new(1_000, Options { following: Some(model), ..Options::default() });
        group.throughput(Throughput::Elements(1_000));
        group.bench_function(format!("{name}, 1000 vehicles"), |b| b.iter_custom(|steps| round.time(steps, None)));
    }
    group.finish();
}

criterion_group!(benches, passes, models);
criterion_main!(benches);
