//! `ampel tlc`.

use crate::failure::{Failure, input};
use crate::output::note;
use crate::select::{scenario, street_plan};
use deploy::net::{Supervisor, WallClock, run_sites, seed};
use deploy::ntcip::Asc;
use deploy::safety::Held;
use deploy::snmp::{Access, read_access};
use deploy::tlc::{Tlc, TlcFileError, TlcSetup, codes, read_tlc};
use deploy::tls::TlsFile;
use deploy::udp::{Listener, run_controllers};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Which virtual controllers.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of a scenario with signals.
    #[arg(value_name = "SCENARIO", conflicts_with_all = ["config", "scenario"], required_unless_present_any = ["config", "scenario"])]
    folder: Option<PathBuf>,
    /// The signal whose controller this is, by name; all of them when absent.
    #[arg(value_name = "INTERSECTION")]
    intersection: Option<String>,
    /// File of a controller: its components, groups, plans, and where it dials. May be given several times.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["plan", "connect", "secrets"])]
    config: Vec<PathBuf>,
    /// Folder of a scenario: a controller for each of its signals, of the same name.
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    scenario: Option<PathBuf>,
    /// A plan that these controllers hold, by name or file; the first has number 1 and runs. The default plan when absent.
    #[arg(long, value_name = "PLAN")]
    plan: Vec<String>,
    /// Where these controllers dial, to speak RSMP; 127.0.0.1:12111 when absent.
    #[arg(long, value_name = "ADDRESS:PORT")]
    connect: Option<SocketAddr>,
    /// Where the first controller listens for SNMP, to speak NTCIP instead of RSMP; the others at the ports that follow.
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with_all = ["connect", "tls", "secrets"])]
    snmp: Option<SocketAddr>,
    /// File that says who may ask over SNMP and that nobody else can read; the community `public` for everything when absent.
    #[arg(long, value_name = "FILE", requires = "snmp")]
    snmp_access: Option<PathBuf>,
    /// File with their security codes, `level1` and `level2`, that nobody else can read; 1111 and 2222 when absent.
    #[arg(long, value_name = "FILE")]
    secrets: Option<PathBuf>,
    /// File with the certificates of TLS; in the clear when absent.
    #[arg(long, value_name = "FILE")]
    tls: Option<PathBuf>,
    /// How many times faster than the clock on the wall they live.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=60))]
    speed: u32,
    /// Leave after so many seconds; stays when absent.
    #[arg(long = "for", value_name = "S")]
    for_s: Option<u64>,
}

/// Lets virtual controllers live: they dial their supervisor and listen nowhere, or they listen where they are told.
pub(crate) fn tlc(args: &Args, quiet: bool) -> Result<(), Failure> {
    let clock = WallClock::new(args.speed);
    if let Some(first) = args.snmp {
        return listen(args, first, clock, quiet);
    }
    let mut by_supervisor: BTreeMap<SocketAddr, Vec<Tlc>> = BTreeMap::new();
    for (address, setup) in setups(args)? {
        let site = setup.site.clone();
        let tlc = Tlc::new(setup, seed(), clock.now()).ok_or_else(|| input(format!("{site} holds no plan")))?;
        by_supervisor.entry(address).or_default().push(tlc);
    }
    for (address, tlcs) in by_supervisor.iter().filter(|_| !quiet) {
        note(&format!("{} virtual controllers dial {address}", tlcs.len()));
    }
    let tls = args.tls.as_ref().map(|file| TlsFile::read(file).and_then(|f| f.site())).transpose().map_err(input)?;
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for (address, tlcs) in by_supervisor {
            let (stop, supervisor) = (&stop, Supervisor { address, tls: tls.clone() });
            scope.spawn(move || run_sites(tlcs, supervisor, clock, stop));
        }
        if let Some(seconds) = args.for_s {
            std::thread::sleep(Duration::from_secs(seconds));
            stop.store(true, Ordering::Relaxed);
        }
    });
    Ok(())
}

/// Lets virtual controllers answer over SNMP.
fn listen(args: &Args, first: SocketAddr, clock: WallClock, quiet: bool) -> Result<(), Failure> {
    let access = args.snmp_access.as_deref().map_or(Ok(Access::sample()), read_access).map_err(input)?;
    let (mut listeners, setups) = (Vec::new(), setups(args)?);
    if first.port() > 0 && usize::from(first.port()) + setups.len() > 1 << 16 {
        let most = (1 << 16) - setups.len();
        return Err(input(format!("{first} and the ports that follow are too few\n  mend: begin at a port of at most {most}")));
    }
    for (place, (_, setup)) in setups.into_iter().enumerate() {
        let asc = Asc::new(&setup, access.clone(), seed(), clock.now()).map_err(input)?;
        let port = u16::try_from(place).ok().and_then(|p| first.port().checked_add(p)).filter(|_| first.port() > 0);
        let address = SocketAddr::new(first.ip(), port.unwrap_or(0));
        let fault = |e| Failure::Edge(format!("nobody can listen at {address}: {e}"));
        let listener = Listener::bind(asc, address).map_err(fault)?;
        if !quiet {
            note(&format!("{} answers at {}", setup.site, listener.address().map_err(fault)?));
        }
        listeners.push(listener);
    }
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| run_controllers(listeners, clock, &stop));
        if let Some(seconds) = args.for_s {
            std::thread::sleep(Duration::from_secs(seconds));
            stop.store(true, Ordering::Relaxed);
        }
    });
    Ok(())
}

/// Where supervisors listen, unless told otherwise: the port of the reference tools of RSMP.
const SUPERVISOR: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 12_111);

fn refused(error: TlcFileError) -> Failure {
    match error {
        TlcFileError::Form(what) => input(what),
        TlcFileError::Unsafe(what) => Failure::Unsafe(what),
    }
}

fn setups(args: &Args) -> Result<Vec<(SocketAddr, TlcSetup)>, Failure> {
    let Some(folder) = args.folder.as_ref().or(args.scenario.as_ref()) else {
        return args.config.iter().map(|file| read_tlc(file).map_err(refused)).collect();
    };
    let connect = args.connect.unwrap_or(SUPERVISOR);
    let scenario = scenario(folder)?;
    if let Some(name) = args.intersection.as_ref().filter(|name| scenario.signals.iter().all(|s| s.name != **name)) {
        let names: Vec<&str> = scenario.signals.iter().map(|s| s.name.as_str()).collect();
        return Err(input(format!("signal \"{name}\" does not exist\n  mend: name one of {}", names.join(", "))));
    }
    let codes = codes(args.secrets.as_deref()).map_err(input)?;
    let names: Vec<Option<&str>> =
        if args.plan.is_empty() { vec![None] } else { args.plan.iter().map(|p| Some(p.as_str())).collect() };
    let mut plans = BTreeMap::new();
    for (number, name) in (1..=u8::MAX).zip(names) {
        let found = street_plan(&scenario, name)?.ok_or_else(|| input("the scenario has no signals"))?;
        plans.insert(number, found);
    }
    let setup = |(id, signal)| {
        let held: Held = plans.iter().map(|(n, p)| (*n, p.plans[id].clone())).collect();
        (connect, TlcSetup::of_signal(signal, held, codes.clone()))
    };
    let is_wanted = |name: &str| args.intersection.as_deref().is_none_or(|wanted| wanted == name);
    Ok(scenario.signals.enumerate().filter(|(_, s)| is_wanted(&s.name)).map(setup).collect())
}
