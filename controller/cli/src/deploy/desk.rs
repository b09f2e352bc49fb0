//! What a desk does beside rollouts: bases of plans, calendars, and listening to sites.

use super::{Common, Desk, board};
use crate::failure::{Failure, input};
use crate::output::{Format, note, print, write_file};
use crate::select::{scenario, street_plan};
use deploy::net::{WallClock, seed};
use deploy::rollout::Journal;
use deploy::rsmp::message::Message;
use deploy::rsmp::{Heard, Listener};
use model::scenario::PlanSet;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(crate) struct Based {
    /// Folder of the scenario.
    scenario: PathBuf,
    /// The plan, by name or file.
    #[arg(long, value_name = "PLAN")]
    plan: String,
    /// The plan file to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace the file if it exists.
    #[arg(long)]
    force: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Listened {
    /// A site, by its id. May be given several times.
    #[arg(long = "site", value_name = "SITE", required = true)]
    sites: Vec<String>,
    /// Where to listen for the sites, which dial.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// File with the certificates of TLS; in the clear when absent.
    #[arg(long, value_name = "FILE")]
    tls: Option<PathBuf>,
    /// Leave after so many seconds; stays when absent.
    #[arg(long = "for", value_name = "S")]
    for_s: Option<u64>,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// Writes the base of a plan.
pub(super) fn base(args: &Based) -> Result<(), Failure> {
    let scenario = scenario(&args.scenario)?;
    let plan = street_plan(&scenario, Some(&args.plan))?.ok_or_else(|| input("the scenario has no signals"))?;
    if args.output.exists() && !args.force {
        return Err(input(format!("{} exists\n  mend: --force replaces it", args.output.display())));
    }
    let plans = scenario.signals.enumerate().map(|(id, signal)| deploy::base(&plan.plans[id], signal)).collect();
    let name = format!("{}-base", plan.name);
    let source = format!("the stages of {}, each as short as is safe; {}", plan.name, plan.source);
    let base = PlanSet { name, source, plans };
    write_file(&args.output, &toml::to_string(&base.to_file(&scenario.signals)).map_err(input)?)?;
    print(&format!("{}: {} signals", args.output.display(), scenario.signals.len()))
}

/// Sets the calendar of the file of targets at all controllers; when one does not take it, the others get theirs back.
pub(super) fn calendar(args: &Common, quiet: bool) -> Result<(), Failure> {
    let mut desk = Desk::open(args, None, Journal::open, quiet)?;
    let missing = || input("the file of targets names no calendar\n  mend: week = \"0-1,1-1\" and times = \"1-2-6-30\"");
    let mut rows = Vec::new();
    for (station, target) in desk.stations.iter_mut().zip(&desk.targets.targets) {
        let site = &target.site;
        let other = || input(format!("{site} does not speak RSMP: its calendar cannot be set"));
        let port = station.port.rsmp().ok_or_else(other)?;
        let wanted = target.calendar.as_ref().ok_or_else(missing)?;
        let before = port.calendar().map_err(|e| Failure::Edge(format!("{site}: {e}; nothing was sent")))?;
        rows.push((site, port, wanted, before));
    }
    for place in 0..rows.len() {
        let (site, port, (week, times), _) = &mut rows[place];
        let Err(error) = port.set_calendar(week, times) else { continue };
        let (why, mut left) = (format!("{site}: {error}"), Vec::new());
        for (site, port, _, (week, times)) in &mut rows[..=place] {
            if let Err(error) = port.set_calendar(week, times) {
                left.push(format!("{site}: {error}"));
            }
        }
        return Err(Failure::Edge(if left.is_empty() {
            format!("every controller has the calendar that it had before: {why}")
        } else {
            format!("THE CALENDARS ARE MIXED, somebody has to look: {why}; and not brought back: {}", left.join("; "))
        }));
    }
    print(&format!("{} controllers have the calendar", rows.len()))
}

/// Keeps the connections of sites, and prints what they say of themselves.
pub(super) fn listen(args: &Listened, quiet: bool) -> Result<(), Failure> {
    let clock = WallClock::new(1);
    let board = board(args.listen, args.sites.iter().cloned().collect(), args.tls.as_deref())?;
    if !quiet {
        note(&format!("listening to {} sites at {}", args.sites.len(), board.address()));
    }
    let goes_on = || args.for_s.is_none_or(|s| clock.now().link.0 < s * 1000);
    std::thread::scope(|scope| {
        for site in &args.sites {
            let mut listener = Listener::new(board.wire(site, clock), site, seed());
            scope.spawn(move || {
                listener.listen(&mut |heard| {
                    let printed = heard.map_or(Ok(()), |heard| print(&said(site, &heard, args.format)));
                    printed.is_ok() && goes_on()
                });
            });
        }
    });
    Ok(())
}

/// A line about what was heard of a site.
fn said(site: &str, heard: &Heard, format: Format) -> String {
    let (what, text) = match heard {
        Heard::Up(core) => ("up", format!("connected, core {}", core.name())),
        Heard::Down(error) => ("down", error.to_string()),
        Heard::Said(message) => match &**message {
            Message::Alarm(a) => {
                let word = |w: &Option<String>| w.clone().unwrap_or_default();
                let standing = [word(&a.active), word(&a.acknowledged), word(&a.suspended), word(&a.at)].join(" ");
                ("alarm", format!("{} of {}: {} {standing}", a.code, a.component, a.kind))
            }
            Message::AggregatedStatus(s) => ("state", format!("{} {}", s.at, Value::Array(s.states.clone()))),
            other => ("message", other.kind().to_owned()),
        },
    };
    match format {
        Format::Table => format!("{site}: {what}: {text}"),
        Format::Json => json!({ "site": site, "heard": what, "text": text }).to_string(),
    }
}
