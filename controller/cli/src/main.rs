//! `ampel`: simulates, coordinates and compares traffic signals. The headless binary; every subcommand is thin.

mod check;
mod compare;
mod deploy;
mod export;
mod failure;
mod folder;
mod import;
mod its;
mod manifest;
mod optimise;
mod output;
mod progress;
mod report;
mod run;
mod select;
mod signals;
mod supply;
mod tlc;
mod validate;
mod view;
mod works;

use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;

/// Simulates, coordinates and compares traffic signals and roadworks.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    after_help = "Exit codes: 0 well, 1 a finding, 2 bad input or usage, 3 the simulation is invalid, \
    4 a safety rule would be broken, 5 a fault at the edge, 130 interrupted."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Say less: no progress.
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Colour in messages.
    #[arg(long, global = true, value_enum, default_value = "auto")]
    color: clap::ColorChoice,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Load a scenario, check everything: every plan, every switch from plan to plan and every transition.
    Check(check::Args),
    /// Print signal groups and intergreen matrices, held against the geometry.
    Signals(signals::Args),
    /// Turn foreign files into a scenario.
    Import(import::Args),
    /// Turn a scenario or a plan into foreign files.
    Export(export::Args),
    /// Simulate a scenario and print its measures.
    Run(run::Args),
    /// Run several plans with the same vehicles and print paired differences.
    Compare(compare::Args),
    /// Find the best green waves, prove them, and report before and after.
    Optimise(optimise::Args),
    /// Measure the simulation against published figures: the acceptance table.
    Validate(validate::Args),
    /// Bring plans to intersection controllers, over RSMP or NTCIP, with a way back.
    Deploy(deploy::Args),
    /// Let virtual intersection controllers live, which speak RSMP or NTCIP.
    Tlc(tlc::Args),
    /// Open the window of a scenario, or draw one picture of it.
    View(view::Args),
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let quiet = cli.quiet;
    let done = match cli.command {
        Command::Check(args) => check::check(&args),
        Command::Signals(args) => signals::signals(&args),
        Command::Import(args) => import::import(&args),
        Command::Export(args) => export::export(&args),
        Command::Run(args) => run::run(&args, quiet),
        Command::Compare(args) => compare::compare(&args, quiet),
        Command::Optimise(args) => optimise::optimise(&args, quiet),
        Command::Validate(args) => validate::validate(&args, quiet),
        Command::Deploy(args) => deploy::deploy(&args, quiet),
        Command::Tlc(args) => tlc::tlc(&args, quiet),
        Command::View(args) => view::view(&args),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "ampel", &mut text);
            output::print(String::from_utf8_lossy(&text).trim_end())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::note(&failure.to_string());
            ExitCode::from(failure.exit_code())
        }
    }
}
