//! `discharge-against-sumo`: how queues discharge and how left turns find gaps, in ampel and in Eclipse SUMO, measured alike.
//!
//! Both play the same small networks, which SUMO's own `netconvert` makes, with the same vehicles at the same times. What is
//! counted is when front bumpers pass a stop line, within the step.

mod ours;
mod site;
mod sumo;

use clap::Parser;
use model::vehicle::FollowingModel;
use site::{Case, Site};
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Saturation flow, start-up loss, and capacity of permissive left turns, of ampel and SUMO side by side.
#[derive(Debug, Parser)]
struct Args {
    /// The binary of SUMO; made for 1.28.0. `netconvert` has to lie beside it.
    #[arg(long, default_value = "sumo")]
    sumo: PathBuf,
    /// Steps in seconds, of both.
    #[arg(long, value_delimiter = ',', default_values_t = [1.0, 0.5])]
    steps: Vec<f64>,
    /// Runs of each.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=100))]
    seeds: u64,
}

/// A vehicle type as the networks state it; what it leaves out takes SUMO's usual value.
struct Kind {
    name: &'static str,
    attributes: &'static str,
}

const KINDS: [Kind; 2] = [
    Kind { name: "SUMO's usual car", attributes: "" },
    Kind { name: "car of the Cologne networks", attributes: r#"speedDev="0.1" length="4.3" minGap="1.5""# },
];

/// Oncoming flows against which left turns are counted, in vehicles per hour.
const ONCOMING: [f64; 3] = [200.0, 400.0, 600.0];

fn main() -> ExitCode {
    match measure(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

fn measure(args: &Args) -> Result<(), String> {
    let Some(version) = sumo::version(&args.sumo) else {
        eprintln!("SKIPPED: {} does not start, so nothing was measured", args.sumo.display());
        return Ok(());
    };
    say(&format!("{version}; {} runs of each; every figure: ampel / SUMO\n", args.seeds))?;
    let left = ONCOMING.map(|q| format!(" left turns against {q:.0} veh/h |")).concat();
    say(&format!("| vehicle | model | step s | saturation flow veh/h | headway s | start-up loss s |{left}"))?;
    say(&format!("|---|---|---|---|---|---|{}", "---|".repeat(ONCOMING.len())))?;
    for kind in &KINDS {
        for model in [FollowingModel::Krauss, FollowingModel::Idm] {
            for &step in &args.steps {
                say(&row(args, kind, model, step)?)?;
            }
        }
    }
    Ok(())
}

fn row(args: &Args, kind: &Kind, model: FollowingModel, step: f64) -> Result<String, String> {
    let both = |case: Case| -> Result<[Vec<Vec<f64>>; 2], String> {
        let (mut own, mut sumo) = (Vec::new(), Vec::new());
        for seed in 1..=args.seeds {
            let site = Site::build(&args.sumo, case, kind.attributes, seed)?;
            own.push(ours::passages(&site, model, step, seed)?);
            sumo.push(sumo::passages(&args.sumo, &site, model, step, seed)?);
        }
        Ok([own, sumo])
    };
    let [own, theirs] = both(Case::Queue)?.map(|runs| Discharge::of(&runs));
    let pair = |figure: fn(&Discharge) -> f64, digits: usize| format!("{:.digits$} / {:.digits$}", figure(&own), figure(&theirs));
    let name = if model == FollowingModel::Idm { "IDM" } else { "Krauss" };
    let mut text = format!("| {} | {name} | {step} |", kind.name);
    let _ = write!(text, " {} | {} | {} |", pair(|d| 3600.0 / d.headway, 0), pair(|d| d.headway, 2), pair(|d| d.loss, 2));
    for oncoming in ONCOMING {
        let [own, theirs] = both(Case::Left { oncoming })?.map(|runs| turned(&runs));
        let _ = write!(text, " {own:.0} / {theirs:.0} |");
    }
    Ok(text)
}

/// How a queue discharges.
struct Discharge {
    /// Of the fifth vehicle of a green and of those after it, in seconds.
    headway: f64,
    /// What the first four need beyond it, in seconds.
    loss: f64,
}

/// The first vehicle whose headway counts as saturated, and the last that surely stood when it turned green.
const SATURATED: [usize; 2] = [5, 24];

impl Discharge {
    /// From the times at which vehicles pass the stop line, run by run; cycles begin with the green.
    fn of(runs: &[Vec<f64>]) -> Self {
        let cycle = f64::from(site::QUEUE_CYCLE);
        let first = f64::from(site::SETTLE_CYCLES) * cycle;
        let cycles = runs.iter().flat_map(|run| {
            (0..site::CYCLES).map(move |i| {
                let begin = first + f64::from(i) * cycle;
                run.iter().map(|t| t - begin).filter(|t| (0.0..cycle).contains(t)).collect::<Vec<f64>>()
            })
        });
        let [from, to] = SATURATED;
        let cycles: Vec<Vec<f64>> = cycles.filter(|c| c.len() >= to).collect();
        let mean = |of: &dyn Fn(&Vec<f64>) -> f64| cycles.iter().map(of).sum::<f64>() / cycles.len() as f64;
        let headway = mean(&|c| (c[to - 1] - c[from - 2]) / (to + 1 - from) as f64);
        let loss = mean(&|c| c[from - 2]) - (from - 1) as f64 * headway;
        Self { headway, loss }
    }
}

/// Vehicles that turn left in an hour, mean of the runs.
fn turned(runs: &[Vec<f64>]) -> f64 {
    let counted = |run: &Vec<f64>| run.iter().filter(|t| **t >= f64::from(site::SETTLE)).count() as f64;
    runs.iter().map(counted).sum::<f64>() / runs.len() as f64
}

/// Prints a line as soon as it is known.
fn say(text: &str) -> Result<(), String> {
    use std::io::Write;
    writeln!(std::io::stdout(), "{text}").map_err(|e| format!("standard output cannot be written: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headway_and_loss_are_those_of_a_queue_that_starts_late() {
        // The first passes 3.5 s after the green, the others 2 s apart: 1.5 s are lost.
        let cycle = |i: u32| (0..25).map(move |n| f64::from(i * site::QUEUE_CYCLE) + 3.5 + 2.0 * f64::from(n));
        let run: Vec<f64> = (0..site::SETTLE_CYCLES + site::CYCLES).flat_map(cycle).collect();
        let found = Discharge::of(&[run]);
        assert!((found.headway - 2.0).abs() < 1e-9 && (found.loss - 1.5).abs() < 1e-9, "{} {}", found.headway, found.loss);
    }
}
