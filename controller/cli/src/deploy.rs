//! `ampel deploy`.

mod desk;
mod reached;
mod spat;

use crate::failure::{Failure, input};
use crate::output::{Format, note, print};
use crate::select::street_plan;
use deploy::net::{Switchboard, WallClock};
use deploy::rollout::{
    Difference, Ended, Entry, Fallback, Journal, JournalError, Outcome, Reach, Refusal, Rolling, Station, Target, Targets,
    TargetsError, compare, side_by_side,
};
use deploy::rsmp::Coordination;
use deploy::tls::TlsFile;
use deploy::{Port, PortError};
use reached::Reached;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// What to do with the controllers in the street.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Print what a push would change, and what forbids it; sends nothing but questions.
    Diff(Pushed),
    /// Bring a plan to all controllers or to none.
    Push {
        #[command(flatten)]
        pushed: Pushed,
        /// Compare only, as `diff` does.
        #[arg(long)]
        dry_run: bool,
    },
    /// Print what every controller runs, and how the last rollout ended.
    Status(Common),
    /// Bring every controller back to what it ran before the last rollout, confirmed or interrupted.
    Rollback(Common),
    /// Give every controller the week table and the time tables of the file of targets, or none of them.
    Calendar(Common),
    /// Keep the connections of sites, and print their alarms and how they are.
    Listen(desk::Listened),
    /// Write the base of a plan: the same stages, each as short as is safe, to be supplied to controllers once.
    Base(desk::Based),
    /// Send SPATEM over UDP: what signals show under a plan, or as their controllers report it.
    Spat(spat::Args),
}

#[derive(Debug, clap::Args)]
struct Pushed {
    #[command(flatten)]
    common: Common,
    /// The plan, by name or file.
    #[arg(long, value_name = "PLAN")]
    plan: String,
}

#[derive(Debug, clap::Args)]
struct Common {
    /// File of targets: the controllers, what they hold, and what is asked of them.
    #[arg(long, value_name = "FILE")]
    targets: PathBuf,
    /// Where to listen for the controllers that speak RSMP, which dial; needed where there are any.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The journal; beside the file of targets, with the ending `journal`, when absent.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// File with the certificates of TLS; in the clear when absent.
    #[arg(long, value_name = "FILE")]
    tls: Option<PathBuf>,
    /// Who does it, for the journal; the user's name when absent.
    #[arg(long, value_name = "NAME")]
    who: Option<String>,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

type Controller = Station<Reached>;

/// Everything that an action needs; `J` is the journal, to be written or looked at.
struct Desk<J> {
    targets: Targets,
    stations: Vec<Controller>,
    journal: J,
    clock: WallClock,
    // Connections are taken as long as this lives.
    _board: Option<Switchboard>,
}

/// Carries out one of the actions.
pub(crate) fn deploy(args: &Args, quiet: bool) -> Result<(), Failure> {
    match &args.action {
        Action::Diff(pushed) | Action::Push { pushed, dry_run: true } => diff(pushed, quiet),
        Action::Push { pushed, dry_run: false } => push(pushed, quiet),
        Action::Status(common) => status(common, quiet),
        Action::Rollback(common) => rollback(common, quiet),
        Action::Calendar(common) => desk::calendar(common, quiet),
        Action::Listen(listened) => desk::listen(listened, quiet),
        Action::Base(based) => desk::base(based),
        Action::Spat(args) => spat::spat(args, quiet),
    }
}

/// Takes connections of these sites.
fn board(listen: SocketAddr, sites: BTreeSet<String>, tls: Option<&Path>) -> Result<Switchboard, Failure> {
    let tls = tls.map(|file| TlsFile::read(file).and_then(|f| f.desk())).transpose().map_err(input)?;
    Switchboard::listen_with(listen, sites, tls).map_err(|e| Failure::Edge(format!("nobody can listen at {listen}: {e}")))
}

impl<J> Desk<J> {
    /// Reads the targets, takes the journal of that path and person, and listens. With a plan, that is what the controllers are
    /// to run.
    fn open(
        common: &Common,
        wanted: Option<&str>,
        journal: impl FnOnce(&Path, &str) -> Result<J, JournalError>,
        quiet: bool,
    ) -> Result<Self, Failure> {
        let fallback = Fallback::of(|variable| std::env::var(variable).ok());
        let targets = Targets::read(&common.targets, &fallback).map_err(|error| match error {
            TargetsError::Faults(faults) => Failure::of_street(&faults),
            error @ TargetsError::File { .. } => input(error),
        })?;
        let ordered = street_plan(&targets.scenario, wanted)?.ok_or_else(|| input("the scenario has no signals"))?;
        let path = common.journal.clone().unwrap_or_else(|| common.targets.with_extension("journal"));
        let who = common.who.clone().or_else(|| std::env::var("USER").ok()).unwrap_or_else(|| "unknown".into());
        let journal = journal(&path, &who).map_err(input)?;
        let clock = WallClock::new(targets.speed);
        let board = listen(common, &targets, quiet)?;
        let station = |t: &Target| {
            Ok(Station {
                port: Reached::over(t, &targets, board.as_ref(), clock)?,
                plan: ordered.plans[t.signal].clone(),
                numbers: t.held.keys().copied().collect(),
                checksum: t.checksum.clone(),
            })
        };
        let stations = targets.targets.iter().map(station).collect::<Result<_, Failure>>()?;
        Ok(Self { stations, journal, clock, _board: board, targets })
    }
}

/// Listens for the controllers that dial, where there are any.
fn listen(common: &Common, targets: &Targets, quiet: bool) -> Result<Option<Switchboard>, Failure> {
    let dials = |t: &&Target| matches!(t.reach, Reach::Rsmp { .. });
    let sites: BTreeSet<String> = targets.targets.iter().filter(dials).map(|t| t.site.clone()).collect();
    let (count, Some(site)) = (sites.len(), sites.first()) else {
        let is_for_nobody = common.tls.is_some() || common.listen.is_some();
        let nobody =
            || input("no target speaks RSMP: nothing dials, and TLS is not spoken\n  mend: leave out --listen and --tls");
        return if is_for_nobody { Err(nobody()) } else { Ok(None) };
    };
    let address = common.listen.ok_or_else(|| input(format!("{site} dials to speak RSMP\n  mend: --listen ADDRESS:PORT")))?;
    let board = board(address, sites, common.tls.as_deref())?;
    if !quiet {
        note(&format!("waiting for {count} controllers at {}", board.address()));
    }
    Ok(Some(board))
}

fn diff(args: &Pushed, quiet: bool) -> Result<(), Failure> {
    let mut desk = Desk::open(&args.common, Some(&args.plan), |_, _| Ok(()), quiet)?;
    let (differences, refusals) = compare(&mut desk.stations, &desk.targets.demands);
    match args.common.format {
        Format::Table => differences.iter().try_for_each(|d| print(&d.to_string()))?,
        Format::Json => {
            let change = |d: &Difference| json!({ "site": d.site, "change": d.before });
            let refusal = |r: &Refusal| json!({ "site": r.site, "why": r.why });
            let differences: Vec<Value> = differences.iter().map(change).collect();
            let refusals: Vec<Value> = refusals.iter().map(refusal).collect();
            print(&format!("{:#}", json!({ "schema": 1, "differences": differences, "refusals": refusals })))?;
        }
    }
    if refusals.is_empty() { Ok(()) } else { Err(refused(&refusals)) }
}

fn refused(refusals: &[Refusal]) -> Failure {
    let lines: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    Failure::Edge(format!("refused, and nothing was sent\n  {}", lines.join("\n  ")))
}

fn push(args: &Pushed, quiet: bool) -> Result<(), Failure> {
    let mut desk = Desk::open(&args.common, Some(&args.plan), Journal::open, quiet)?;
    let clock = desk.clock;
    let utc = wall();
    let begin = clock.now().link;
    let demands = desk.targets.demands;
    let outcome = Rolling::new(&mut desk.stations, &mut desk.journal, demands, &utc).push(&args.plan).map_err(|e| broken(&e))?;
    report(&outcome, desk.stations.len(), clock.now().link.since(begin), args.common.format)
}

fn rollback(args: &Common, quiet: bool) -> Result<(), Failure> {
    let mut desk = Desk::open(args, None, Journal::open, quiet)?;
    // A push that went back by itself does not take away the way back of the one before.
    let last = desk.journal.rollouts().into_iter().rev().find(|r| r.ended != Some(Ended::Back));
    let last = last.ok_or_else(|| input("the journal has no rollout to bring back"))?;
    let clock = desk.clock;
    let utc = wall();
    let begin = clock.now().link;
    let demands = desk.targets.demands;
    let ordered = Rolling::new(&mut desk.stations, &mut desk.journal, demands, &utc).back(&last.before, "ordered");
    match ordered.map_err(|e| broken(&e))? {
        Outcome::Back(_) if args.format == Format::Table => {
            print(&format!("every controller runs what it ran before {}, begun {}", last.plan, last.at))
        }
        Outcome::Back(_) => print(&format!("{:#}", json!({ "schema": 1, "outcome": "back", "plan": last.plan }))),
        other => report(&other, desk.stations.len(), clock.now().link.since(begin), args.format),
    }
}

/// The clock of the journal: that on the wall, however fast the controllers live.
fn wall() -> impl Fn() -> deploy::clock::Utc + Sync {
    let wall = WallClock::new(1);
    move || wall.now().utc
}

fn broken(error: &JournalError) -> Failure {
    Failure::Edge(format!("{error}\n  nothing more was sent; mend: ampel deploy rollback once the journal can be written"))
}

/// Says how a rollout ended.
fn report(outcome: &Outcome, controllers: usize, ms: u64, format: Format) -> Result<(), Failure> {
    let s = ms as f64 / 1000.0;
    let (name, text) = match outcome {
        Outcome::Confirmed { worst_s, greens } => (
            "confirmed",
            format!("{controllers} controllers run the plan after {s:.1} s; {greens} greens began within {worst_s} s of it"),
        ),
        Outcome::Refused(refusals) => return Err(refused(refusals)),
        Outcome::Back(why) => return Err(Failure::Edge(format!("every controller runs what it ran before: {why}"))),
        Outcome::Mixed(why) => {
            return Err(Failure::Edge(format!(
                "THE CORRIDOR IS MIXED, somebody has to look: {why}\n  mend: ampel deploy status, then ampel deploy rollback"
            )));
        }
    };
    match (format, outcome) {
        (Format::Json, Outcome::Confirmed { worst_s, greens }) => print(&format!(
            "{:#}",
            json!({ "schema": 1, "outcome": name, "controllers": controllers, "duration_s": s, "worst_s": worst_s, "greens": greens })
        )),
        _ => print(&text),
    }
}

/// What is said of one controller, and what is wrong with it.
fn row(station: &mut Controller, target: &Target) -> Result<(Value, Vec<String>), PortError> {
    let site = station.port.site().to_owned();
    let device = station.port.read()?;
    let (setting, approved) = (device.settings.get(&device.plan), device.checksum == station.checksum);
    // A list of before 1.1 has no coordination, and NTCIP has another calendar; what is not to be had is left open.
    let coordination = station.port.rsmp().and_then(|port| port.coordination().ok()).map(|c| match c {
        Coordination::Local => "local",
        Coordination::Centralized => "centralized",
        Coordination::Off => "off",
    });
    let calendar = station.port.rsmp().and_then(|port| port.calendar().ok());
    let row = json!({ "site": site, "plan": device.plan, "source": device.source, "in_control": device.in_control,
        "cycle_s": setting.map(|s| s.cycle_s), "offset_s": setting.map(|s| s.offset_s), "bands_s": setting.map(|s| &s.bands_s),
        "clock_off_ms": device.skew_ms, "checksum_approved": approved, "coordination": coordination,
        "week": calendar.as_ref().map(|c| c.0.to_string()), "times": calendar.as_ref().map(|c| c.1.to_string()) });
    let mut faults = Vec::new();
    if !approved {
        faults.push(format!("{site}: checksum {} instead of {}", device.checksum, station.checksum));
    }
    if target.calendar.as_ref().is_some_and(|wanted| calendar.as_ref() != Some(wanted)) {
        faults.push(format!("{site}: another calendar than that of the file of targets"));
    }
    Ok((row, faults))
}

fn status(args: &Common, quiet: bool) -> Result<(), Failure> {
    let mut desk = Desk::open(args, None, |path, _| Journal::look(path), quiet)?;
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    let targets: BTreeMap<&str, &Target> = desk.targets.targets.iter().map(|t| (t.site.as_str(), t)).collect();
    let told = side_by_side(&mut desk.stations, |station| row(station, targets[station.port.site()]));
    for (target, told) in desk.targets.targets.iter().zip(told) {
        match told.unwrap_or_else(|| Err(PortError::Link("a thread was lost".into()))) {
            Ok((row, found)) => {
                rows.push(row);
                faults.extend(found);
            }
            Err(error) => faults.push(format!("{}: {error}", target.site)),
        }
    }
    let last = desk.journal.iter().rev().find(|r| matches!(r.what, Entry::End { .. }));
    match args.format {
        Format::Json => print(&format!("{:#}", json!({ "schema": 1, "controllers": rows, "last": last, "faults": faults })))?,
        Format::Table => {
            for row in &rows {
                let row = row.as_object().into_iter().flatten().map(|(k, v)| format!("{k} {v}")).collect::<Vec<_>>();
                print(&row.join("  "))?;
            }
            if let Some(Entry::End { ended, why }) = last.map(|r| &r.what) {
                print(&format!("last rollout: {ended:?}, {why}"))?;
            }
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Failure::Edge(faults.join("\n  "))) }
}
