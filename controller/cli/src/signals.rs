//! `ampel signals`.

mod table;

use crate::check::is_shipped;
use crate::failure::{Failure, input};
use crate::output::{Format, print};
use crate::select::scenario;
use model::id::{GroupId, SignalId};
use model::network::Network;
use model::scenario::Scenario;
use model::signal::derivation::{Derivation, Difference, Governing, Way};
use model::signal::{Signal, SignalGroup};
use serde_json::{Value, json};
use std::path::PathBuf;

/// What to show.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the scenario.
    scenario: PathBuf,
    /// Signals of these names only; all when absent.
    #[arg(long, value_name = "NAME")]
    signal: Vec<String>,
    /// For each intergreen the movements or crossings that govern it, and every figure of its calculation.
    #[arg(long)]
    derive: bool,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// A signal, what the geometry asks of it, and where the two differ.
struct Sheet<'a> {
    network: &'a Network,
    signal: &'a Signal,
    /// Name for people of the first intersection under the signal; may be empty.
    title: &'a str,
    shipped: bool,
    derivation: Derivation,
    differences: Vec<Difference>,
}

/// Prints groups, intergreens and what the geometry asks for; a scenario that has less is a finding.
pub(crate) fn signals(args: &Args) -> Result<(), Failure> {
    let scenario = scenario(&args.scenario)?;
    let sheets: Vec<Sheet<'_>> = wanted(&scenario, &args.signal)?.into_iter().map(|id| Sheet::new(&scenario, id)).collect();
    match args.format {
        Format::Table => print(&table::pages(&sheets, args.derive))?,
        Format::Json => {
            let signals: Vec<Value> = sheets.iter().map(|s| s.json(args.derive)).collect();
            print(&format!("{:#}", json!({ "schema": 1, "scenario": scenario.name, "signals": signals })))?;
        }
    }
    judge(&sheets)
}

/// The signals of the names, in the order of the scenario; all without any.
fn wanted(scenario: &Scenario, names: &[String]) -> Result<Vec<SignalId>, Failure> {
    let known: Vec<&str> = scenario.signals.iter().map(|s| s.name.as_str()).collect();
    if let Some(unknown) = names.iter().find(|n| !known.contains(&n.as_str())) {
        return Err(input(format!("signal \"{unknown}\" does not exist\n  mend: name some of {}", known.join(", "))));
    }
    let mut ids: Vec<SignalId> = scenario.signals.ids().collect();
    ids.retain(|&id| names.is_empty() || names.contains(&scenario.signals[id].name));
    ids.sort_by_key(|&id| &scenario.signals[id].name);
    Ok(ids)
}

fn judge(sheets: &[Sheet<'_>]) -> Result<(), Failure> {
    let short: Vec<String> = sheets.iter().filter(|s| !s.shipped).flat_map(Sheet::short).collect();
    if short.is_empty() {
        return Ok(());
    }
    let count = if short.len() == 1 { "1 intergreen is".into() } else { format!("{} intergreens are", short.len()) };
    Err(Failure::Finding(format!("{count} shorter than the geometry asks for\n  {}", short.join("\n  "))))
}

impl<'a> Sheet<'a> {
    fn new(scenario: &'a Scenario, id: SignalId) -> Self {
        let (network, signal) = (&scenario.network, &scenario.signals[id]);
        let title = network.intersections.iter().find(|i| i.signal == Some(id)).map_or("", |i| i.title.as_str());
        let derivation = Derivation::of(network, id, signal);
        let differences = derivation.differences(signal);
        Self { network, signal, title, shipped: is_shipped(signal), derivation, differences }
    }

    fn group(&self, id: GroupId) -> &SignalGroup {
        &self.signal.groups[id]
    }

    fn difference(&self, clearing: GroupId, entering: GroupId) -> Option<&Difference> {
        self.differences.iter().find(|d| (d.clearing, d.entering) == (clearing, entering))
    }

    /// The intergreens that are too short, one line each.
    fn short(&self) -> Vec<String> {
        let short = self.differences.iter().filter(|d| d.is_short());
        let line = |d: &Difference| {
            let (clearing, entering) = (&self.group(d.clearing).name, &self.group(d.entering).name);
            let has = d.has.map_or("none".into(), |z| z.to_string());
            let needs = d.needs.map_or("none".into(), |z| z.to_string());
            format!("signal {}: {clearing} to {entering} has {has}, but needs {needs}", self.signal.name)
        };
        short.map(line).collect()
    }

    /// A movement or crossing as the scenario names it.
    fn way(&self, way: usize) -> String {
        match self.derivation.ways[way] {
            Way::Movement(m) => self.network.movement_name(m),
            Way::Crossing(c) => self.network.crossings[c].name.clone(),
        }
    }

    fn json(&self, derive: bool) -> Value {
        let group = |g: &SignalGroup| {
            json!({ "name": g.name, "kind": g.kind, "amber_s": g.amber, "red_amber_s": g.red_amber,
                    "min_green_s": g.min_green, "min_red_s": g.min_red, "max_green_percent": g.max_green_percent })
        };
        let ids = || self.signal.groups.ids();
        let pairs = ids().flat_map(|a| ids().map(move |b| (a, b))).filter(|(a, b)| a != b);
        json!({
            "name": self.signal.name, "title": self.title, "source": self.signal.source, "shipped": self.shipped,
            "groups": self.signal.groups.iter().map(group).collect::<Vec<_>>(),
            "pairs": pairs.map(|(a, b)| self.pair(a, b, derive)).collect::<Vec<_>>(),
        })
    }

    fn pair(&self, clearing: GroupId, entering: GroupId, derive: bool) -> Value {
        let need = self.derivation.needs[(clearing, entering)];
        let mut pair = json!({
            "clearing": self.group(clearing).name, "entering": self.group(entering).name,
            "grade": self.signal.grades[(clearing, entering)],
            "intergreen_s": self.signal.intergreens[(clearing, entering)],
            "derived_s": need.and_then(|n| n.intergreen()),
            "figures_lacking": need.is_some_and(|n| n.lacking),
            "short": self.difference(clearing, entering).is_some_and(Difference::is_short),
        });
        if derive {
            pair["derivation"] = need.and_then(|n| n.governing).map_or(Value::Null, |g| self.figures(&g));
        }
        pair
    }

    fn figures(&self, g: &Governing) -> Value {
        let c = g.calculation;
        json!({
            "clears": self.way(g.clearing), "enters": self.way(g.entering),
            "clearing_distance_m": c.clearing_distance, "vehicle_length_m": c.clearing.length(),
            "clearing_speed_m_per_s": c.clearing.speed(), "crossing_time_s": c.clearing.crossing_time(),
            "clearing_time_s": c.clearing_time(), "entering_distance_m": c.entering_distance,
            "entering_speed_m_per_s": c.entering.speed(), "entering_time_s": c.entering_time(),
            "exact_s": c.exact(), "intergreen_s": c.intergreen(),
        })
    }
}
