//! `against-sumo`: ampel and Eclipse SUMO side by side on the same networks, demand, signal programs and step.
//!
//! Runs alternate, each in a process of its own with one thread, so that what else the machine does hits both alike.
//! What counts is the ratio within a pair; figures of either alone say little about another machine. Both count a
//! vehicle update for each vehicle and step, over the stepping alone, loading excluded.

mod config;
mod memory;
mod ours;
mod sumo;

use clap::{Parser, ValueEnum};
use config::Config;
use model::vehicle::FollowingModel;
use std::path::PathBuf;
use std::process::ExitCode;

/// Vehicle updates per second and delay of ampel and SUMO, side by side.
#[derive(Debug, Parser)]
struct Args {
    /// Folders with a SUMO network each, named by its one .sumocfg.
    #[arg(required = true)]
    folders: Vec<PathBuf>,
    /// The binary of SUMO; made for 1.28.0.
    #[arg(long, default_value = "sumo")]
    sumo: PathBuf,
    /// Pairs of runs for each network; pair N has seed N.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pairs: u64,
    /// Step in seconds, of both.
    #[arg(long, default_value_t = 1.0)]
    step: f64,
    /// Following model of both: the Intelligent Driver Model, or those that the network was shipped with.
    #[arg(long, value_enum, default_value = "idm")]
    model: Following,
    /// A plan of ampel that both play instead of the shipped programs; for one network.
    #[arg(long)]
    plan: Option<PathBuf>,
    /// Threads of ampel inside a step; SUMO has one.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=256))]
    threads: u64,
    /// Leave out the second run of SUMO, which the delay of its vehicles comes from.
    #[arg(long)]
    speed_only: bool,
    /// Leave ampel's monitor of overlapping vehicles off; it is on in `ampel run`.
    #[arg(long)]
    no_monitor: bool,
    /// Carry out one run of ampel and print it as JSON: what this program calls itself for.
    #[arg(long, hide = true)]
    seed: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Following {
    Idm,
    Shipped,
}

impl Following {
    fn name(self) -> &'static str {
        if self == Self::Idm { "idm" } else { "shipped" }
    }

    /// What ampel takes; the networks that SUMO ships state no model, which means that of Krauss.
    fn ours(self) -> FollowingModel {
        if self == Self::Idm { FollowingModel::Idm } else { FollowingModel::Krauss }
    }
}

/// One run of either.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
struct Outcome {
    updates_per_s: f64,
    /// Not known after a run for speed only.
    delay_s: Option<f64>,
    due: u32,
    arrived: u32,
    /// Most memory that the process has held, in MiB; 0 where the system does not say.
    memory_mib: f64,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match compare(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

fn compare(args: &Args) -> Result<(), String> {
    if let (Some(seed), [folder]) = (args.seed, args.folders.as_slice()) {
        let outcome = ours::run(&Config::read(folder)?, seed, args)?;
        return say(&serde_json::to_string(&outcome).map_err(|e| e.to_string())?);
    }
    if args.plan.is_some() && args.folders.len() > 1 {
        return Err("a plan belongs to one network\n  mend: name one folder with --plan".into());
    }
    let Some(version) = sumo::version(&args.sumo) else {
        eprintln!("SKIPPED: {} does not start, so nothing was compared", args.sumo.display());
        return Ok(());
    };
    say(&format!(
        "{version}; following model {}; step {} s; SUMO on one thread, ampel on {}; ampel's overlap monitor {}\n",
        if args.model == Following::Idm { "IDM in both" } else { "Krauss in both, as shipped" },
        args.step,
        args.threads,
        if args.no_monitor { "off" } else { "on" },
    ))?;
    for folder in &args.folders {
        if folder.is_dir() {
            network(args, folder)?;
        } else {
            eprintln!("SKIPPED: there is no folder {}", folder.display());
        }
    }
    Ok(())
}

/// All pairs of one network.
fn network(args: &Args, folder: &std::path::Path) -> Result<(), String> {
    let config = Config::read(folder)?;
    say(&format!("{}, {} s to {} s", config.name, config.begin, config.end))?;
    say("| pair | ampel, updates/s | SUMO, updates/s | ratio | ampel, delay s | SUMO, delay s | due | arrived | MiB |")?;
    say("|---|---|---|---|---|---|---|---|---|")?;
    let (mut ratios, mut delays) = (Vec::new(), [0.0; 2]);
    for pair in 1..=args.pairs {
        // Who goes first changes, so that neither has the warmer machine.
        let (own, sumo) = if pair % 2 == 1 {
            let own = ours::in_a_process(args, folder, pair)?;
            (own, sumo::run(args, &config, pair)?)
        } else {
            let sumo = sumo::run(args, &config, pair)?;
            (ours::in_a_process(args, folder, pair)?, sumo)
        };
        let ratio = own.updates_per_s / sumo.updates_per_s;
        let [own_delay, sumo_delay] = [own, sumo].map(|o| o.delay_s.map_or_else(|| "-".into(), |d| format!("{d:.1}")));
        say(&format!(
            "| {pair} | {:.0} | {:.0} | {ratio:.2} | {own_delay} | {sumo_delay} | {} / {} | {} / {} | {:.0} / {:.0} |",
            own.updates_per_s, sumo.updates_per_s, own.due, sumo.due, own.arrived, sumo.arrived, own.memory_mib, sumo.memory_mib
        ))?;
        ratios.push(ratio);
        delays = [delays[0] + own.delay_s.unwrap_or(f64::NAN), delays[1] + sumo.delay_s.unwrap_or(f64::NAN)];
    }
    ratios.sort_by(f64::total_cmp);
    let count = args.pairs as f64;
    let speed = format!("ratio: min {:.2}, median {:.2}, max {:.2}", ratios[0], median(&ratios), ratios[ratios.len() - 1]);
    if args.speed_only {
        return say(&format!("{speed}\n"));
    }
    let more = 100.0 * (delays[0] / delays[1] - 1.0);
    let [own, sumo] = delays.map(|d| d / count);
    say(&format!("{speed}; mean delay: ampel {own:.1} s, SUMO {sumo:.1} s ({more:+.0} %)\n"))
}

fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}

/// Prints a line as soon as it is known.
fn say(text: &str) -> Result<(), String> {
    use std::io::Write;
    writeln!(std::io::stdout(), "{text}").map_err(|e| format!("standard output cannot be written: {e}"))
}
