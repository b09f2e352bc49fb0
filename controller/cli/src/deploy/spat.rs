//! `ampel deploy spat`: what signals show and will show, to vehicles, over UDP.

use super::board;
use super::reached::Reached;
use crate::failure::{Failure, input};
use crate::its::{SenderArgs, named, stretches};
use crate::output::{note, print};
use crate::select::{plan, scenario};
use deploy::clock::Millis;
use deploy::its::{ItsError, Report, Sender, Spat, spatem};
use deploy::net::{Switchboard, WallClock};
use deploy::rollout::{Fallback, Reach, Targets};
use model::id::SignalId;
use model::scenario::{PlanSet, Scenario};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the scenario: what its plan shows is sent.
    #[arg(value_name = "SCENARIO", required_unless_present = "targets", conflicts_with = "targets")]
    scenario: Option<PathBuf>,
    /// File of targets instead: what the controllers report is sent.
    #[arg(long, value_name = "FILE", requires = "listen")]
    targets: Option<PathBuf>,
    /// Where to listen for the controllers, which dial.
    #[arg(long, value_name = "ADDRESS:PORT", requires = "targets")]
    listen: Option<SocketAddr>,
    /// File with the certificates of TLS; in the clear when absent.
    #[arg(long, value_name = "FILE", requires = "targets")]
    tls: Option<PathBuf>,
    /// Plan of the scenario, or a plan file; the default plan when absent. Of controllers that report, for the green wave only.
    #[arg(long, value_name = "PLAN")]
    plan: Option<String>,
    /// An intersection, by the name of its signal; all when absent. May be given several times.
    #[arg(long = "intersection", value_name = "NAME")]
    intersections: Vec<String>,
    #[command(flatten)]
    sender: SenderArgs,
    /// Where to send: a datagram for each intersection.
    #[arg(long, value_name = "ADDRESS:PORT")]
    to: SocketAddr,
    /// How often a second, 1 to 10.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=10))]
    per_second: u64,
    /// Leave after so many seconds; stays when absent.
    #[arg(long = "for", value_name = "S", value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    for_s: Option<u64>,
}

/// A report counts for so long, in ms of the link.
const FRESH_MS: u64 = 3000;
/// How long a reader rests between two looks.
const REST: Duration = Duration::from_millis(100);

/// An intersection, and where what it shows is known from.
struct Source<'a> {
    id: SignalId,
    site: String,
    spat: Spat<'a>,
    /// The latest report and when it came; `None` where the plan is sent.
    heard: Option<Mutex<Option<(Report, Millis)>>>,
}

/// Sends until the time is over.
pub(super) fn spat(args: &Args, quiet: bool) -> Result<(), Failure> {
    let targets = args.targets.as_deref().map(|file| {
        let fallback = Fallback::of(|variable| std::env::var(variable).ok());
        Targets::read(file, &fallback).map_err(input)
    });
    let targets = targets.transpose()?;
    let loaded = args.scenario.as_deref().map(scenario).transpose()?;
    let scenario = targets.as_ref().map(|t| &t.scenario).or(loaded.as_ref()).ok_or_else(|| input("there is no scenario"))?;
    let ordered = plan(scenario, args.plan.as_deref())?.ok_or_else(|| input("the scenario has no signals"))?;
    let clock = WallClock::new(targets.as_ref().map_or(1, |t| t.speed));
    let sender = args.sender.sender();
    let stretches = stretches(scenario, &ordered);
    let source = |(id, site, is_live): (SignalId, String, bool)| {
        let spat = Spat::new(scenario, id, &sender, &stretches)?;
        Ok(Source { id, site, spat, heard: is_live.then(Mutex::default) })
    };
    let wanted = wanted(args, scenario, targets.as_ref())?;
    let sources: Vec<Source<'_>> = wanted.into_iter().map(source).collect::<Result<_, ItsError>>().map_err(input)?;
    let out = Out { socket: socket(args.to)?, to: args.to, sender, ordered: &ordered, clock };
    let (_board, readers) = match (&targets, args.listen) {
        (Some(targets), Some(listen)) => readers(args, targets, listen, &sources, clock)?,
        _ => (None, Vec::new()),
    };
    let sent = run(&out, &sources, readers, scenario, args, quiet)?;
    print(&format!("{sent} datagrams to {}", args.to))
}

/// Sends, while each controller that reports is looked at in a thread of its own.
fn run(
    out: &Out<'_>,
    sources: &[Source<'_>],
    readers: Vec<(&Source<'_>, Reached)>,
    scenario: &Scenario,
    args: &Args,
    quiet: bool,
) -> Result<u64, Failure> {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for (source, mut port) in readers {
            let stop = &stop;
            scope.spawn(move || {
                let names: Vec<String> = scenario.signals[source.id].groups.iter().map(|g| g.name.clone()).collect();
                read(source, &mut port, &names, out.clock, stop, quiet);
            });
        }
        let sent = out.send(sources, args);
        stop.store(true, Ordering::Relaxed);
        sent
    })
}

/// The signals that are told of, with the names of their controllers, and whether these report.
fn wanted(args: &Args, scenario: &Scenario, targets: Option<&Targets>) -> Result<Vec<(SignalId, String, bool)>, Failure> {
    let only = args.intersections.iter().map(|n| named(scenario, n)).collect::<Result<Vec<_>, _>>()?;
    let all: Vec<_> = match targets {
        Some(targets) => {
            let is_live = |r: &Reach| matches!(r, Reach::Rsmp { .. });
            targets.targets.iter().map(|t| (t.signal, t.site.clone(), is_live(&t.reach))).collect()
        }
        None => scenario.signals.enumerate().map(|(id, s)| (id, s.name.clone(), false)).collect(),
    };
    let all: Vec<_> = all.into_iter().filter(|(id, ..)| only.is_empty() || only.contains(id)).collect();
    if all.is_empty() { Err(input("none of the intersections is a target")) } else { Ok(all) }
}

fn socket(to: SocketAddr) -> Result<UdpSocket, Failure> {
    let from: SocketAddr = if to.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
    UdpSocket::bind(from).map_err(|e| Failure::Edge(format!("no way to {to}: {e}")))
}

type Readers<'a, 'b> = (Option<Switchboard>, Vec<(&'a Source<'b>, Reached)>);

/// The ports of the controllers that report.
fn readers<'a, 'b>(
    args: &Args,
    targets: &Targets,
    listen: SocketAddr,
    sources: &'a [Source<'b>],
    clock: WallClock,
) -> Result<Readers<'a, 'b>, Failure> {
    let live = || sources.iter().filter(|s| s.heard.is_some());
    let board = board(listen, live().map(|s| s.site.clone()).collect(), args.tls.as_deref())?;
    let mut all = Vec::new();
    for source in live() {
        let target = targets.targets.iter().find(|t| t.site == source.site);
        let target = target.ok_or_else(|| input(format!("{} is no target", source.site)))?;
        all.push((source, Reached::over(target, targets, Some(&board), clock)?));
    }
    Ok((Some(board), all))
}

/// Looks at a controller again and again.
fn read(source: &Source<'_>, port: &mut Reached, names: &[String], clock: WallClock, stop: &AtomicBool, quiet: bool) {
    let (Some(slot), Some(port)) = (&source.heard, port.rsmp()) else { return };
    let (mut last, mut is_silent) = (None, false);
    while !stop.load(Ordering::Relaxed) {
        match port.report(names, last.as_ref()) {
            Ok(report) => {
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some((report.clone(), clock.now().link));
                (last, is_silent) = (Some(report), false);
            }
            Err(error) => {
                if !quiet && !is_silent {
                    note(&format!("{}: {error}; sent as unknown", source.site));
                }
                (last, is_silent) = (None, true);
            }
        }
        thread::sleep(REST);
    }
}

/// The way out.
struct Out<'a> {
    socket: UdpSocket,
    to: SocketAddr,
    sender: Sender,
    ordered: &'a PlanSet,
    clock: WallClock,
}

impl Out<'_> {
    /// Sends at the rate that is asked for, and says how many datagrams there were.
    fn send(&self, sources: &[Source<'_>], args: &Args) -> Result<u64, Failure> {
        let (mut round, mut sent) = (0, 0);
        while args.for_s.is_none_or(|s| round < s * args.per_second) {
            let (before, mut failed) = (sent, None);
            for source in sources {
                let bytes = self.message(source)?;
                // Whoever is to hear may come and go: what nobody takes is lost.
                match self.socket.send_to(&bytes, self.to) {
                    Ok(_) => sent += 1,
                    Err(error) => failed = Some(error),
                }
            }
            if let (true, Some(error)) = (sent == before, failed) {
                let mend = "name an address and port that this machine has a way to";
                return Err(Failure::Edge(format!("nothing can be sent to {}: {error}\n  mend: {mend}", self.to)));
            }
            round += 1;
            let due = round * 1000 / args.per_second;
            thread::sleep(Duration::from_millis(due.saturating_sub(self.clock.now().link.0)));
        }
        Ok(sent)
    }

    fn message(&self, source: &Source<'_>) -> Result<Vec<u8>, Failure> {
        let now = self.clock.now();
        let state = match &source.heard {
            None => source.spat.planned(&self.ordered.plans[source.id], now.utc),
            Some(heard) => match &*heard.lock().unwrap_or_else(PoisonError::into_inner) {
                Some((report, when)) if now.link.since(*when) <= FRESH_MS => source.spat.reported(report, now.utc),
                _ => source.spat.unknown(now.utc),
            },
        };
        spatem(&self.sender, now.utc, vec![state]).write().map_err(|e| input(format!("{}: {e}", source.site)))
    }
}
