//! `platoons-against-simulation`: how well the platoon model orders plans, and what it takes.
//!
//! Random plans with a common cycle: splits after Webster with a few seconds exchanged between stages, offsets at random; or, with
//! `--near`, the offsets of a plan changed at random, the more so the further down the list. Delay and stops of each are foreseen by the model and measured in the simulation; what counts is whether both put the plans in the
//! same order (Spearman's rank correlation), and what the model takes for a plan.

use clap::Parser;
use controller::{CycleRange, Scratch, StageSequence, webster};
use evaluation::{RunResult, Setup, group_flows, platoon_model, run_all};
use model::id::{IdVec, SignalId};
use model::scenario::{PlanSet, Scenario, load_plan};
use model::signal::SignalPlan;
use model::time::Seconds;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// The platoon model beside the simulation.
#[derive(Debug, Parser)]
struct Args {
    /// Folders of scenarios.
    #[arg(required = true)]
    scenarios: Vec<PathBuf>,
    /// Random plans of each.
    #[arg(long, default_value_t = 40)]
    plans: u64,
    /// Runs of each plan in the simulation.
    #[arg(long, default_value_t = 2)]
    seeds: u64,
    /// Plan file whose offsets are changed at random, by up to 4, 8, 12 and 16 s in turn.
    #[arg(long, value_name = "FILE")]
    near: Option<PathBuf>,
    /// Print every plan.
    #[arg(long)]
    each: bool,
}

/// What a stop counts beside a second of delay, as in `ampel optimise`.
const STOP: f64 = 5.0;

fn main() -> ExitCode {
    let args = Args::parse();
    for folder in &args.scenarios {
        match model::scenario::load(folder) {
            Ok(scenario) => {
                let sets: Vec<PlanSet> = match args.near.as_deref().map(|file| load_plan(&scenario, file)).transpose() {
                    Ok(Some(plan)) => (0..args.plans).filter_map(|seed| near(&scenario, &plan, seed)).collect(),
                    Ok(None) => (0..args.plans).filter_map(|seed| random(&scenario, seed)).collect(),
                    Err(faults) => {
                        eprintln!("{faults}");
                        return ExitCode::from(2);
                    }
                };
                if write!(std::io::stdout(), "{}", compare(&scenario, &sets, &args)).is_err() {
                    return ExitCode::FAILURE;
                }
            }
            Err(faults) => {
                eprintln!("{faults}");
                return ExitCode::from(2);
            }
        }
    }
    ExitCode::SUCCESS
}

/// Seconds of a clock that only goes forward.
#[expect(clippy::disallowed_methods, reason = "the wall clock belongs to the binary")]
fn clock() -> f64 {
    use std::sync::OnceLock;
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed().as_secs_f64()
}

fn compare(scenario: &Scenario, sets: &[PlanSet], args: &Args) -> String {
    let model = platoon_model(scenario).model;
    let bare = |set: &PlanSet| set.plans.iter().map(|p| p.plan().clone()).collect::<IdVec<SignalId, SignalPlan>>();
    let plans: Vec<_> = sets.iter().map(bare).collect();
    let mut scratch = Scratch::default();
    let began = clock();
    let foreseen: Vec<_> = plans.iter().map(|plan| model.foresee(plan, &mut scratch)).collect();
    let each = (clock() - began) / sets.len() as f64;
    let setup = Setup { clock, jobs: 0, threads: 1, step: None, following: None, monitor: false, quality: false };
    let seeds: Vec<u64> = (1..=args.seeds).collect();
    let runs = run_all(scenario, &sets.iter().collect::<Vec<_>>(), &seeds, &setup, &|| ());
    let mean = |runs: &[RunResult], of: fn(&RunResult) -> f64| runs.iter().map(of).sum::<f64>() / runs.len() as f64;
    let measured = runs.iter().map(|r| [mean(r, |r| r.measures.delay_s), mean(r, |r| r.measures.stops_per_vehicle)]);
    let measured: Vec<[f64; 2]> = measured.collect();
    let foreseen: Vec<[f64; 2]> = foreseen.iter().map(|f| [f.delay.seconds(), f.stops]).collect();
    let correlation = |of: fn(&[f64; 2]) -> f64| {
        let column = |values: &[[f64; 2]]| values.iter().map(of).collect::<Vec<f64>>();
        spearman(&column(&foreseen), &column(&measured))
    };
    let plan = |(set, (f, m)): (&PlanSet, (&[f64; 2], &[f64; 2]))| {
        let cycle = set.plans[SignalId(0)].cycle();
        format!("  cycle {cycle}: foreseen {:6.1} s {:.2} stops, measured {:6.1} s {:.2} stops\n", f[0], f[1], m[0], m[1])
    };
    let listed: String = sets.iter().zip(foreseen.iter().zip(&measured)).filter(|_| args.each).map(plan).collect();
    format!(
        "{}: {} streams, {:.3} ms a plan; rank correlation of delay {:.2}, stops {:.2}, both {:.2}\n{listed}",
        scenario.name,
        model.streams().len(),
        1e3 * each,
        correlation(|v| v[0]),
        correlation(|v| v[1]),
        correlation(|v| v[0] + STOP * v[1]),
    )
}

/// A plan at random.
fn random(scenario: &Scenario, seed: u64) -> Option<PlanSet> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let cycle = Seconds([60, 75, 90, 105, 120][rng.random_range(0..5_usize)]);
    let flows = group_flows(scenario);
    let plans = scenario.signals.enumerate().map(|(id, signal)| {
        let sequence = StageSequence::of(signal).ok()?;
        let mut durations = webster(signal, &flows[id], CycleRange::fixed(cycle)).ok()?.durations;
        let shortest = sequence.shortest_stages();
        for _ in 0..2 {
            let (from, to) = (rng.random_range(0..durations.len()), rng.random_range(0..durations.len()));
            let most = durations[from].0 - shortest[from].0;
            let by = rng.random_range(0..=most.min(8));
            durations[from].0 -= by;
            durations[to].0 += by;
        }
        let plan = sequence.plan(&durations).ok()?;
        let offset = Seconds(rng.random_range(0..plan.cycle.0));
        plan.with_offset(offset).check(signal).ok()
    });
    Some(PlanSet { name: format!("random {seed}"), source: String::new(), plans: plans.collect::<Option<_>>()? })
}

/// A plan with other offsets at random.
fn near(scenario: &Scenario, base: &PlanSet, seed: u64) -> Option<PlanSet> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let most = 4 * (1 + (seed % 4) as i32);
    let plans = base.plans.enumerate().map(|(id, plan)| {
        let offset = i32::from(plan.offset().0) + rng.random_range(-most..=most);
        let offset = Seconds(offset.rem_euclid(i32::from(plan.cycle().0)) as u16);
        plan.plan().clone().with_offset(offset).check(&scenario.signals[id]).ok()
    });
    Some(PlanSet { name: format!("near {seed}"), source: String::new(), plans: plans.collect::<Option<_>>()? })
}

/// Spearman's rank correlation; ties are as good as absent in measures.
fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let ranks = |values: &[f64]| {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
        let mut ranks = vec![0.0; values.len()];
        order.into_iter().enumerate().for_each(|(rank, i)| ranks[i] = rank as f64);
        ranks
    };
    let n = a.len() as f64;
    let squares: f64 = ranks(a).iter().zip(ranks(b)).map(|(x, y)| (x - y) * (x - y)).sum();
    1.0 - 6.0 * squares / (n * (n * n - 1.0))
}
