//! From files to a checked scenario, and from there to the first second of a run.

use benches::{scenario_folder, simulation};
use criterion::{Criterion, criterion_group, criterion_main};
use model::scenario::{Files, load};
use sim::Options;

fn loading(criterion: &mut Criterion) {
    let folder = scenario_folder("dortmund-wall");
    let mut group = criterion.benchmark_group("loading");
    group.sample_size(10);
    group.bench_function("dortmund-wall, read and check", |b| b.iter(|| load(&folder).expect("a scenario")));
    let files = Files::read(&folder).expect("files");
    group.bench_function("dortmund-wall, check alone", |b| b.iter(|| files.check().expect("a scenario")));
    let scenario = load(&folder).expect("a scenario");
    group.bench_function("dortmund-wall, to the first second", |b| b.iter(|| simulation(&scenario, Options::default())));
    group.finish();
}

criterion_group!(benches, loading);
criterion_main!(benches);
