//! One run of Eclipse SUMO, and what it says of itself.

use crate::config::Config;
use crate::{Args, Following, Outcome, memory, ours};
use interchange::xml::{Reader, Step};
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// The first line of `sumo --version`, when it starts at all.
pub(crate) fn version(sumo: &Path) -> Option<String> {
    let output = Command::new(sumo).arg("--version").output().ok().filter(|o| o.status.success())?;
    String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned)
}

/// Runs twice: once for its speed, writing nothing but its own statistics, and once for the delay of every vehicle.
pub(crate) fn run(args: &Args, config: &Config, seed: u64) -> Result<Outcome, String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let (statistics, trips) = (folder.path().join("statistics.xml"), folder.path().join("trips.xml"));
    let programs = folder.path().join("programs.add.xml");
    let mut play = Vec::new();
    if let Some(plan) = &args.plan {
        std::fs::write(&programs, ours::programs(config, plan)?).map_err(|e| e.to_string())?;
        play = vec![OsStr::new("-a"), programs.as_os_str()];
    }
    let memory_mib = carry_out(command(args, config, seed).args(&play).arg("--statistic-output").arg(&statistics))?;
    let updates_per_s = updates_per_s(&statistics)?;
    if args.speed_only {
        let (due, arrived) = counts(&statistics)?;
        return Ok(Outcome { updates_per_s, delay_s: None, due, arrived, memory_mib });
    }
    let trip_options = ["--tripinfo-output.write-unfinished", "--tripinfo-output.write-undeparted"];
    carry_out(command(args, config, seed).args(&play).arg("--tripinfo-output").arg(&trips).args(trip_options))?;
    let (due, arrived, delay_s) = delay(&trips)?;
    Ok(Outcome { updates_per_s, delay_s: Some(delay_s), due, arrived, memory_mib })
}

fn command(args: &Args, config: &Config, seed: u64) -> Command {
    let mut command = Command::new(&args.sumo);
    command.arg("-n").arg(&config.net).arg("-r").arg(&config.routes);
    command.args(["-b", &config.begin.to_string(), "-e", &config.end.to_string()]);
    command.args(["--seed", &seed.to_string(), "--step-length", &args.step.to_string()]);
    command.args(["--time-to-teleport", "-1", "--no-step-log", "--no-warnings", "--duration-log.statistics"]);
    if args.model == Following::Idm {
        command.args(["--default.carfollowmodel", "IDM"]);
    }
    command
}

/// Runs to the end; returns the most memory it has held, in MiB.
fn carry_out(command: &mut Command) -> Result<f64, String> {
    let (output, memory) = memory::watched(command).map_err(|e| format!("SUMO does not start: {e}"))?;
    if output.status.success() {
        return Ok(memory);
    }
    Err(format!("SUMO failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

/// SUMO's own vehicle updates per second.
fn updates_per_s(statistics: &Path) -> Result<f64, String> {
    let mut xml = Reader::open(statistics).map_err(|e| e.to_string())?;
    while let Some(step) = xml.advance().map_err(|e| e.to_string())? {
        if step == Step::Open && xml.element().name() == "performance" {
            return xml.element().need_number("vehicleUpdatesPerSecond").map_err(|e| e.to_string());
        }
    }
    Err("SUMO's statistics have no <performance>".into())
}

/// Vehicles due and vehicles arrived, by SUMO's statistics.
fn counts(statistics: &Path) -> Result<(u32, u32), String> {
    let mut xml = Reader::open(statistics).map_err(|e| e.to_string())?;
    while let Some(step) = xml.advance().map_err(|e| e.to_string())? {
        if step == Step::Open && xml.element().name() == "vehicles" {
            let number = |key| xml.element().need_number(key).map(|n| n as u32).map_err(|e| e.to_string());
            let (inserted, running, waiting) = (number("inserted")?, number("running")?, number("waiting")?);
            return Ok((inserted + waiting, inserted - running));
        }
    }
    Err("SUMO's statistics have no <vehicles>".into())
}

/// Vehicles due, vehicles arrived, and time loss plus departure delay per vehicle due.
fn delay(trips: &Path) -> Result<(u32, u32, f64), String> {
    let mut xml = Reader::open(trips).map_err(|e| e.to_string())?;
    let (mut due, mut arrived, mut delay) = (0, 0, 0.0);
    while let Some(step) = xml.advance().map_err(|e| e.to_string())? {
        let trip = xml.element();
        if step != Step::Open || trip.name() != "tripinfo" {
            continue;
        }
        let number = |key| trip.need_number(key).map_err(|e| e.to_string());
        due += 1;
        delay += number("departDelay")?.max(0.0);
        if number("depart")? >= 0.0 {
            delay += number("timeLoss")?;
            arrived += u32::from(number("arrival")? >= 0.0);
        }
    }
    Ok((due, arrived, delay / f64::from(due.max(1))))
}
