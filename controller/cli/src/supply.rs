//! Supply files of intersections: `ampel export ocit-c` and `ampel import ocit-c`.

use crate::failure::{Failure, input};
use crate::folder::{Target, refuse_file, write_whole};
use crate::manifest::{Made, hashes, scenario_files};
use crate::output::{note, print, write_file};
use crate::select::{Chosen, plan, scenario};
use interchange::ocit_c::{self, Supply};
use model::id::{GroupId, IdVec, SignalId};
use model::scenario::{PlanSet, Scenario};
use model::signal::{SafePlan, Signal, SignalPlan};
use serde_json::json;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// `ampel export ocit-c`.
#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    #[command(flatten)]
    chosen: Chosen,
    /// Plan of the scenario, or a plan file; may be given several times; all plans of the scenario when absent.
    #[arg(long, value_name = "PLAN")]
    plan: Vec<String>,
    /// Folder to write: a file for each signal.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Replace the folder if it exists.
    #[arg(long)]
    force: bool,
}

/// `ampel import ocit-c`.
#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    /// Supply files, one for each signal that is to have its program from there.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The scenario with these signals, under the names of the files.
    #[arg(long, value_name = "DIR")]
    scenario: PathBuf,
    /// Name of the program.
    #[arg(long, value_name = "NAME")]
    program: String,
    /// Plan file to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace the file if it exists.
    #[arg(long)]
    force: bool,
}

/// Writes a supply file for each signal of a scenario.
pub(crate) fn export(args: &Export) -> Result<(), Failure> {
    let named = args.plan.iter().map(Path::new).filter(|p| p.is_file());
    let inputs: Vec<&Path> = std::iter::once(args.chosen.folder.as_path()).chain(named.clone()).collect();
    let target = Target { folder: &args.output, force: args.force, scenario: false, inputs: &inputs };
    target.refuse()?;
    let scenario = args.chosen.scenario()?;
    let plans: Vec<PlanSet> = if args.plan.is_empty() {
        scenario.plans.values().cloned().collect()
    } else {
        let wanted = args.plan.iter().map(|p| plan(&scenario, Some(p)));
        wanted.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect()
    };
    if scenario.signals.is_empty() || plans.is_empty() {
        return Err(input("the scenario has no signals with plans to export"));
    }
    let files = scenario_files(&args.chosen.folder);
    let made = Made {
        command: format!("ampel export ocit-c {}", args.chosen.folder.display()),
        inputs: hashes(&args.chosen.folder, files.iter().map(PathBuf::as_path).chain(named))?,
        options: json!({ "period": scenario.period, "plans": plans.iter().map(|p| &p.name).collect::<Vec<_>>() }),
        assumptions: &scenario.assumptions,
    };
    target.write(|folder| {
        for (id, signal) in scenario.signals.enumerate() {
            let programs: Vec<(&str, &SafePlan)> = plans.iter().map(|p| (p.name.as_str(), &p.plans[id])).collect();
            write_file(&folder.join(file_name(&scenario, id)), &ocit_c::write(signal, &programs))?;
        }
        made.write(folder)
    })?;
    note("OCIT-C-shaped and unvalidated: no schema is public, and there are no checksums");
    print(&format!("{}: {} files with {} programs each", args.output.display(), scenario.signals.len(), plans.len()))
}

/// The file of a signal: its name where that can be one, else its number.
fn file_name(scenario: &Scenario, id: SignalId) -> String {
    let plain = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    let name = &scenario.signals[id].name;
    if plain(name) { format!("{name}.xml") } else { format!("signal-{}.xml", id.0 + 1) }
}

/// Makes a plan of the scenario from a program of some supply files; signals without a file keep the scenario's own plan.
pub(crate) fn import(args: &Import) -> Result<(), Failure> {
    refuse_file(&args.output, args.force)?;
    let scenario = scenario(&args.scenario)?;
    let own = scenario.plan(None).ok_or_else(|| input("the scenario has no plan that the other signals could keep"))?;
    let mut plans = own.plans.clone();
    let mut given = Vec::new();
    for file in &args.files {
        let (id, plan) = program_of(file, args, &scenario)?;
        if given.contains(&id) {
            return Err(input(format!("{}: signal {} has another file already", file.display(), scenario.signals[id].name)));
        }
        given.push(id);
        plans[id] = plan;
    }
    let names: Vec<String> = args.files.iter().map(|f| f.display().to_string()).collect();
    let source = format!("OCIT-C supply: program {} of {}; the other signals as in {}", args.program, names.join(", "), own.name);
    let plan = PlanSet { name: args.program.clone(), source, plans };
    let text = toml::to_string(&plan.to_file(&scenario.signals)).map_err(input)?;
    write_whole(&args.output, args.force, &text)?;
    print(&format!("{}: {} of {} signals", args.output.display(), given.len(), scenario.signals.len()))
}

/// The signal of the scenario that a file is for, and its program, safe by the rules of the scenario.
fn program_of(file: &Path, args: &Import, scenario: &Scenario) -> Result<(SignalId, SafePlan), Failure> {
    let opened = File::open(file).map_err(|e| input(format!("{} cannot be read: {e}", file.display())))?;
    let (supply, notes) = ocit_c::read(BufReader::new(opened), file).map_err(input)?;
    for passed_over in &notes {
        note(&format!("{}: {passed_over}", file.display()));
    }
    let name = &supply.signal.name;
    let found = scenario.signals.enumerate().find(|(_, s)| s.name == *name);
    let (id, signal) = found.ok_or_else(|| {
        input(format!(
            "{}: the scenario has no signal {name}\n  mend: give Kurzbezeichnung the name that it has there",
            file.display()
        ))
    })?;
    let program = supply.programs.iter().find(|p| p.0 == args.program).map(|p| &p.1);
    let program = program.ok_or_else(|| {
        let names: Vec<&str> = supply.programs.iter().map(|p| p.0.as_str()).collect();
        input(format!("{}: there is no program {}\n  mend: name one of {}", file.display(), args.program, names.join(", ")))
    })?;
    for difference in differences(&supply, signal) {
        note(&format!("{}: {difference}", file.display()));
    }
    let plan = for_signal(&supply, program, signal).map_err(|what| input(format!("{}: {what}", file.display())))?;
    let safe = plan.check(signal).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Failure::Unsafe(format!("{}, program {}: {}", file.display(), args.program, faults.join("; ")))
    })?;
    Ok((id, safe))
}

/// A program of a file with the groups of a signal of the scenario.
fn for_signal(supply: &Supply, program: &SignalPlan, signal: &Signal) -> Result<SignalPlan, String> {
    if let Some(group) = supply.signal.groups.iter().find(|g| signal.group(&g.name).is_none()) {
        return Err(format!("signal {} of the scenario has no group {}", signal.name, group.name));
    }
    let greens = |group: &model::signal::SignalGroup| {
        let there = supply.signal.group(&group.name);
        there.map(|id: GroupId| program.greens[id].clone()).ok_or_else(|| format!("there is no group {} in the file", group.name))
    };
    let greens = signal.groups.iter().map(greens).collect::<Result<IdVec<_, _>, _>>()?;
    Ok(SignalPlan { greens, ..*program })
}

/// Intergreens and minimum greens that file and scenario know differently.
fn differences(supply: &Supply, signal: &Signal) -> Vec<String> {
    let file = &supply.signal;
    let mut found = Vec::new();
    for (a, one) in signal.groups.enumerate() {
        let Some(there) = file.group(&one.name) else { continue };
        if file.groups[there].min_green != one.min_green {
            let (theirs, ours) = (file.groups[there].min_green, one.min_green);
            found.push(format!("minimum green of {}: {theirs} in the file, {ours} in the scenario", one.name));
        }
        for (b, other) in signal.groups.enumerate() {
            let Some(then) = file.group(&other.name) else { continue };
            let (theirs, ours) = (file.intergreens[(there, then)], signal.intergreens[(a, b)]);
            let said = |z: Option<model::time::Seconds>| z.map_or_else(|| "none".into(), |z| z.to_string());
            if theirs != ours {
                let (theirs, ours) = (said(theirs), said(ours));
                found.push(format!("intergreen {} to {}: {theirs} in the file, {ours} in the scenario", one.name, other.name));
            }
        }
    }
    found
}
