//! Messages to vehicles as files: `ampel export mapem` and `ampel export spatem`.

use crate::failure::{Failure, input};
use crate::folder::Target;
use crate::manifest::{Made, hashes, scenario_files};
use crate::output::{print, write_file};
use crate::select::{Chosen, plan};
use deploy::clock::Utc;
use deploy::its::{ItsError, Sender, Spat, Stretch, mapem, spatem};
use evaluation::Route;
use model::id::{Id, SignalId};
use model::scenario::{PlanSet, Scenario};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// `ampel export mapem`.
#[derive(Debug, clap::Args)]
pub(crate) struct MapArgs {
    #[command(flatten)]
    common: Common,
}

/// `ampel export spatem`.
#[derive(Debug, clap::Args)]
pub(crate) struct SpatArgs {
    #[command(flatten)]
    common: Common,
    /// Plan of the scenario, or a plan file; the default plan when absent.
    #[arg(long, value_name = "PLAN")]
    plan: Option<String>,
    /// The moment: seconds since 1970, or such as 2026-11-27T07:30:00.000Z; second 0 of 1970 is second 0 of all plans.
    #[arg(long, value_name = "SECOND", value_parser = moment)]
    at: Utc,
    /// So many seconds from then on, a message for each.
    #[arg(long = "for", value_name = "S", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=3600))]
    for_s: u32,
}

#[derive(Debug, clap::Args)]
struct Common {
    #[command(flatten)]
    chosen: Chosen,
    /// The intersection, by the name of its signal.
    #[arg(value_name = "INTERSECTION", required_unless_present = "all")]
    intersection: Option<String>,
    /// All of them.
    #[arg(long, conflicts_with = "intersection")]
    all: bool,
    #[command(flatten)]
    sender: SenderArgs,
    /// Folder to write: each message a file of its bytes (UPER). In hexadecimal on standard output when absent, a line each.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Replace the folder if it exists.
    #[arg(long, requires = "output")]
    force: bool,
}

/// Who sends.
#[derive(Debug, clap::Args)]
pub(crate) struct SenderArgs {
    /// Number of the sending station.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    station: u32,
    /// Number of the road authority, if it has one.
    #[arg(long, value_name = "N")]
    region: Option<u16>,
    /// Revision of the maps, 0 to 127; the same in MAPEM and SPATEM.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u8).range(0..=127))]
    revision: u8,
}

impl SenderArgs {
    /// As the library has it.
    pub(crate) fn sender(&self) -> Sender {
        Sender { station: self.station, region: self.region, revision: self.revision }
    }
}

/// A message, and the name of its file.
type Named = (String, Vec<u8>);

/// Writes the MAPEM of intersections.
pub(crate) fn export_mapem(args: &MapArgs) -> Result<(), Failure> {
    let common = &args.common;
    common.refuse()?;
    let scenario = common.chosen.scenario()?;
    let sender = common.sender.sender();
    let one = |id: SignalId| -> Result<Named, Failure> {
        let bytes = mapem(&scenario, id, &sender).and_then(|m| Ok(m.write()?)).map_err(|e| common.fault(&e))?;
        Ok((format!("{}.mapem", file_name(&scenario, id)), bytes))
    };
    let messages = common.signals(&scenario)?.into_iter().map(one).collect::<Result<Vec<_>, _>>()?;
    common.write(&scenario, "mapem", None, &json!({ "sender": told(&sender) }), &messages)
}

/// Writes the SPATEM of intersections, second by second.
pub(crate) fn export_spatem(args: &SpatArgs) -> Result<(), Failure> {
    let common = &args.common;
    common.refuse()?;
    let scenario = common.chosen.scenario()?;
    let ordered = plan(&scenario, args.plan.as_deref())?.ok_or_else(|| input("the scenario has no signals"))?;
    let (sender, stretches) = (common.sender.sender(), stretches(&scenario, &ordered));
    let mut messages = Vec::new();
    for id in common.signals(&scenario)? {
        let spat = Spat::new(&scenario, id, &sender, &stretches).map_err(|e| common.fault(&e))?;
        for second in 0..u64::from(args.for_s) {
            let at = Utc(args.at.0 + 1000 * second);
            let state = spat.planned(&ordered.plans[id], at);
            let bytes = spatem(&sender, at, vec![state]).write().map_err(|e| common.fault(&e.into()))?;
            messages.push((format!("{}-{}.spatem", file_name(&scenario, id), at.second()), bytes));
        }
    }
    let options = json!({ "plan": ordered.name, "at": args.at.to_string(), "for_s": args.for_s, "sender": told(&sender) });
    common.write(&scenario, "spatem", args.plan.as_deref(), &options, &messages)
}

impl Common {
    fn refuse(&self) -> Result<(), Failure> {
        self.output.as_deref().map_or(Ok(()), |folder| self.target(folder, &[&self.chosen.folder]).refuse())
    }

    fn target<'a>(&self, folder: &'a Path, inputs: &'a [&'a Path]) -> Target<'a> {
        Target { folder, force: self.force, scenario: false, inputs }
    }

    fn fault(&self, error: &ItsError) -> Failure {
        input(format!("{}: {error}", self.chosen.folder.display()))
    }

    fn signals(&self, scenario: &Scenario) -> Result<Vec<SignalId>, Failure> {
        match &self.intersection {
            Some(name) => named(scenario, name).map(|id| vec![id]),
            None if scenario.signals.is_empty() => Err(input("the scenario has no signals")),
            None => Ok(scenario.signals.ids().collect()),
        }
    }

    fn write(
        &self,
        scenario: &Scenario,
        kind: &str,
        plan: Option<&str>,
        options: &Value,
        messages: &[Named],
    ) -> Result<(), Failure> {
        let Some(folder) = &self.output else {
            return messages.iter().try_for_each(|(_, bytes)| print(&hex(bytes)));
        };
        let from = &self.chosen.folder;
        let files = scenario_files(from);
        let plan_file = plan.map(Path::new).filter(|p| p.is_file());
        let made = Made {
            command: format!("ampel export {kind} {}", from.display()),
            inputs: hashes(from, files.iter().map(PathBuf::as_path).chain(plan_file))?,
            options: json!({ "period": scenario.period, "intersection": self.intersection, kind: options }),
            assumptions: &scenario.assumptions,
        };
        self.target(folder, &[from]).write(|folder| {
            messages.iter().try_for_each(|(name, bytes)| write_file(&folder.join(name), bytes))?;
            made.write(folder)
        })?;
        print(&format!("{}: {} messages, {} bytes at most", folder.display(), messages.len(), longest(messages)))
    }
}

/// The signal of a name.
pub(crate) fn named(scenario: &Scenario, name: &str) -> Result<SignalId, Failure> {
    let found = scenario.signals.enumerate().find(|(_, s)| s.name == name).map(|(id, _)| id);
    found.ok_or_else(|| {
        let names: Vec<&str> = scenario.signals.iter().map(|s| s.name.as_str()).collect();
        input(format!("the scenario has no signal {name}\n  mend: name one of {}", names.join(", ")))
    })
}

/// The pieces of the corridors between signals that follow each other, under a plan.
pub(crate) fn stretches<'a>(scenario: &Scenario, plan: &'a PlanSet) -> Vec<Stretch<'a>> {
    let mut all = Vec::new();
    for way in scenario.corridors.iter().flat_map(|c| Route::new(scenario, c).ways) {
        for pair in way.stops.windows(2) {
            let ([from, to], length) = ([pair[0], pair[1]], pair[1].position - pair[0].position);
            let time = to.time - from.time;
            if length.get() > 0.0 && time.get() > 0.0 {
                let (from, to) = ((&plan.plans[from.signal], from.group), (to.signal, &plan.plans[to.signal], to.group));
                all.push(Stretch { from, to, length, limit: length / time });
            }
        }
    }
    all
}

/// The file of a signal: its name where that can be one, else its number.
fn file_name(scenario: &Scenario, id: SignalId) -> String {
    let name = &scenario.signals[id].name;
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if is_plain { name.clone() } else { format!("signal-{}", id.index() + 1) }
}

fn told(sender: &Sender) -> Value {
    json!({ "station": sender.station, "region": sender.region, "revision": sender.revision })
}

fn longest(messages: &[Named]) -> usize {
    messages.iter().map(|m| m.1.len()).max().unwrap_or(0)
}

fn hex(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from_digit(u32::from(n), 16).unwrap_or('0');
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

/// A moment in UTC, as seconds since 1970 or written out; plans count seconds up to the year 2106.
fn moment(text: &str) -> Result<Utc, String> {
    let seconds = text.parse::<u64>().ok().map(|s| Utc(s.saturating_mul(1000)));
    let moment = seconds.or_else(|| text.parse().ok()).filter(|m| m.0 / 1000 + 3600 < u64::from(u32::MAX));
    moment.ok_or_else(|| "give seconds since 1970, or a moment such as 2026-11-27T07:30:00.000Z, before 2106".into())
}
