//! `platoons-against-simulation`: how well the platoon model orders plans, and what it takes.
//!
//! Random plans with a common cycle: splits after Webster with a few seconds exchanged between stages, offsets at random; or, with
//! `--near`, the offsets of a plan changed at random, the more so the further down the list. Delay and stops of each are foreseen by the model and measured in the simulation; what counts is whether both put the plans in the
//! same order (Spearman's rank correlation), and what the model takes for a plan. With `--streams PLAN` instead: where on the network
//! the two differ most under one plan.

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
    /// Instead of ordering plans: the streams whose delay under this plan the model and the simulation see most differently.
    #[arg(long, value_name = "FILE")]
    streams: Option<PathBuf>,
}

/// Streams that are listed.
const LISTED: usize = 25;

/// Vehicle-hours of delay per hour by stream, foreseen and measured, those that differ most first.
fn by_stream(scenario: &Scenario, set: &PlanSet, args: &Args) -> String {
    let known = platoon_model(scenario);
    let bare = set.plans.iter().map(|p| p.plan().clone()).collect::<IdVec<SignalId, SignalPlan>>();
    let foreseen = known.model.foresee(&bare, &mut Scratch::default());
    let setup = Setup { clock, jobs: 0, threads: 1, step: None, following: None, monitor: false, quality: true };
    let seeds: Vec<u64> = (1..=args.seeds).collect();
    let runs = run_all(scenario, &[set], &seeds, &setup, &|| ()).remove(0);
    let seconds = f64::from(scenario.end.0 - scenario.begin.0);
    let qualities: Vec<_> = runs.iter().filter_map(|r| r.quality.as_ref()).collect();
    let row = |stream: usize| {
        let movements = &known.movements[stream];
        let sum = |of: fn(&sim::MovementQuality) -> f64| {
            let all = qualities.iter().flat_map(|q| movements.iter().map(|&m| of(&q.movements[m])));
            all.sum::<f64>() / qualities.len() as f64 / seconds
        };
        let (waits, flow) = (sum(|m| m.delay_s), sum(|m| f64::from(m.vehicles)));
        (stream, foreseen.streams[stream], waits, flow)
    };
    let mut rows: Vec<_> = (0..known.movements.len()).map(row).collect();
    rows.sort_by(|a, b| (b.1.waiting - b.2).abs().total_cmp(&(a.1.waiting - a.2).abs()));
    let all = rows.iter().fold((0.0, 0.0), |sum, r| (sum.0 + r.1.waiting, sum.1 + r.2));
    let mut table = format!("{}: foreseen {:.1}, measured {:.1} vehicles that lose time\n", scenario.name, all.0, all.1);
    table.push_str("from, to                                   group    waiting        delay [s]   saturation  flow [veh/h]\n");
    for (stream, foreseen, waits, flow) in rows.into_iter().take(LISTED) {
        let own = &known.model.streams()[stream];
        let network = &scenario.network;
        let movement = known.movements[stream][0];
        let name = |link| &network.links[link].name;
        let ends = format!("{} > {}", name(network.origin_link(movement)), name(network.target_link(movement)));
        let group = own.head.map_or(String::from("-"), |h| scenario.signals[h.signal].groups[h.group].name.clone());
        let each = |waiting: f64, flow: f64| if flow > 0.0 { waiting / flow } else { 0.0 };
        let row = format!(
            "{ends:<42.42} {group:<5} {:>6.2} {waits:>6.2}  {:>7.1} {:>7.1}  {:>9.2}  {:>6.0} {:>6.0}\n",
            foreseen.waiting,
            each(foreseen.waiting, own.flow.get()),
            each(waits, flow),
            foreseen.saturation,
            own.flow.in_veh_per_h(),
            flow * 3600.0,
        );
        table += &row;
    }
    table
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
                let shown = args.streams.as_deref().map(|file| load_plan(&scenario, file)).transpose();
                let text = match shown {
                    Ok(Some(plan)) => by_stream(&scenario, &plan, &args),
                    Ok(None) => compare(&scenario, &sets, &args),
                    Err(faults) => faults.to_string(),
                };
                if write!(std::io::stdout(), "{text}").is_err() {
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
