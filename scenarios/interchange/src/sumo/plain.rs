//! A scenario of our own as SUMO's plain XML, so that SUMO can simulate it again.
//!
//! Nodes, edges, connections and signals are input for `netconvert`, which makes the network; lanes, movements and
//! their lengths are given to it in full, so that it has little left to decide. Right of way is stated as prohibitions.

mod routes;
mod signals;

use super::classes::key;
use super::export::{ExportError, escape};
use model::geometry::Polyline;
use model::id::{IdVec, IntersectionId, LaneId, LinkId, SignalId};
use model::network::{Control, Network};
use model::scenario::{PlanSet, Scenario};
use model::vehicle::ClassSet;
use std::collections::BTreeSet;
use std::fmt::Write;

/// The files of an exported network, and what they leave out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkFiles {
    /// Name and text of every file. `netconvert -c NAME.netccfg` makes the network, `sumo -c NAME.sumocfg` runs it.
    pub files: Vec<(String, String)>,
    /// What was left out, one sentence each.
    pub notes: Vec<String>,
}

/// Writes a scenario as nodes, edges, connections, signals, routes and the two configurations that use them.
///
/// The signals play `plan`. Names that SUMO does not take are changed as little as possible.
///
/// # Errors
/// When the plan is for another scenario.
pub fn export_network(scenario: &Scenario, plan: Option<&PlanSet>) -> Result<NetworkFiles, ExportError> {
    let ids = Ids::new(scenario);
    let name = clean(&scenario.name);
    let files = vec![
        (format!("{name}.nod.xml"), nodes(scenario, &ids)),
        (format!("{name}.edg.xml"), edges(&scenario.network, &ids)),
        (format!("{name}.con.xml"), connections(&scenario.network, &ids)),
        (format!("{name}.tll.xml"), signals::programs(scenario, plan, &ids)?),
        (format!("{name}.rou.xml"), routes::routes(scenario, &ids)),
        (format!("{name}.netccfg"), network_configuration(&name)),
        (format!("{name}.sumocfg"), run_configuration(&name, scenario)),
    ];
    Ok(NetworkFiles { files, notes: notes(scenario) })
}

fn notes(scenario: &Scenario) -> Vec<String> {
    let mut notes = Vec::new();
    if !scenario.network.crossings.is_empty() {
        notes.push(format!("Crossings for people on foot are not exported ({})", scenario.network.crossings.len()));
    }
    if !scenario.network.detectors.is_empty() {
        notes.push(format!("Detectors are not exported ({})", scenario.network.detectors.len()));
    }
    if !scenario.roadworks.is_empty() {
        notes.push(format!("Roadworks are not exported: SUMO simulates the open roads ({})", scenario.roadworks.len()));
    }
    notes
}

/// The ids that things bear in SUMO.
struct Ids {
    intersections: IdVec<IntersectionId, String>,
    links: IdVec<LinkId, String>,
    signals: IdVec<SignalId, String>,
}

impl Ids {
    fn new(scenario: &Scenario) -> Self {
        let network = &scenario.network;
        Self {
            intersections: unique(network.intersections.iter().map(|i| i.name.as_str())).into(),
            links: unique(network.links.iter().map(|l| l.name.as_str())).into(),
            signals: unique(scenario.signals.iter().map(|s| s.name.as_str())).into(),
        }
    }
}

/// Names that SUMO takes, no two of them alike.
fn unique<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let free = |name: &str| {
        let clean = clean(name);
        let mut free = clean.clone();
        let mut count = 1;
        while !taken.insert(free.clone()) {
            count += 1;
            free = format!("{clean}_{count}");
        }
        free
    };
    names.map(free).collect()
}

/// A name without the letters that SUMO refuses in ids.
fn clean(name: &str) -> String {
    let refused = |c: char| c.is_whitespace() || c.is_control() || "|\\'\";,<>&/*?!:".contains(c);
    let clean: String = name.chars().map(|c| if refused(c) { '_' } else { c }).collect();
    if clean.is_empty() { "_".into() } else { clean }
}

fn nodes(scenario: &Scenario, ids: &Ids) -> String {
    let mut text = begin("nodes");
    for (id, node) in scenario.network.intersections.enumerate() {
        let kind = match node.control {
            Control::Signal => "traffic_light",
            Control::RightBeforeLeft => "right_before_left",
            Control::Priority | Control::Joint => "priority",
        };
        let signal = node.signal.map_or_else(String::new, |s| format!(" tl=\"{}\"", ids.signals[s]));
        let (id, x, y, title) = (&ids.intersections[id], node.position.x, node.position.y, named(&node.title));
        let _ = writeln!(text, "    <node id=\"{id}\" x=\"{x:.3}\" y=\"{y:.3}\" type=\"{kind}\"{signal}{title}/>");
    }
    text + "</nodes>\n"
}

fn edges(network: &Network, ids: &Ids) -> String {
    let mut text = begin("edges");
    for (id, link) in network.links.enumerate() {
        let (from, to) = (&ids.intersections[link.from], &ids.intersections[link.to]);
        let middle: Vec<LaneId> = link.lanes().collect();
        let middle = &network.lanes[middle[middle.len() / 2]].shape;
        let _ = writeln!(
            text,
            "    <edge id=\"{}\" from=\"{from}\" to=\"{to}\" priority=\"{}\" numLanes=\"{}\" speed=\"{:.3}\" length=\"{:.3}\" \
             spreadType=\"center\"{} shape=\"{}\">",
            ids.links[id],
            link.rank,
            link.lane_count,
            link.speed_limit.get(),
            link.length.get(),
            named(&link.street),
            shape(middle),
        );
        for lane in link.lanes().map(|l| &network.lanes[l]) {
            let _ = writeln!(
                text,
                "        <lane index=\"{}\" allow=\"{}\" speed=\"{:.3}\" width=\"{:.2}\" shape=\"{}\"/>",
                lane.index,
                allowed(lane.classes),
                lane.speed_limit.get(),
                lane.width.get(),
                shape(&lane.shape),
            );
        }
        text.push_str("    </edge>\n");
    }
    text + "</edges>\n"
}

/// A name for people as an attribute; SUMO refuses an empty one.
fn named(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!(" name=\"{}\"", escape(name)) }
}

/// What SUMO has to admit, so that it admits our classes.
fn allowed(classes: ClassSet) -> String {
    classes.iter().map(key).collect::<Vec<_>>().join(" ")
}

fn shape(line: &Polyline) -> String {
    line.points().iter().map(|p| format!("{:.3},{:.3}", p.x, p.y)).collect::<Vec<_>>().join(" ")
}

fn connections(network: &Network, ids: &Ids) -> String {
    let mut text = begin("connections");
    for movement in &network.movements {
        let _ = writeln!(
            text,
            "    <connection {} speed=\"{:.3}\" length=\"{:.3}\" shape=\"{}\"/>",
            ends(network, ids, (movement.from, movement.to)),
            movement.speed_limit.get(),
            movement.length.get(),
            shape(&movement.shape),
        );
    }
    // Without this netconvert would make up movements for links that end at the edge of the network.
    for (id, _) in network.links.enumerate().filter(|(_, l)| l.lanes().all(|lane| network.lanes[lane].leaving.is_empty())) {
        let _ = writeln!(text, "    <connection from=\"{}\"/>", ids.links[id]);
    }
    for (first, second) in prohibitions(network) {
        let way = |(from, to): (LinkId, LinkId)| format!("{}-&gt;{}", ids.links[from], ids.links[to]);
        let _ = writeln!(text, "    <prohibition prohibitor=\"{}\" prohibited=\"{}\"/>", way(first), way(second));
    }
    text + "</connections>\n"
}

/// The ends of a movement as attributes.
fn ends(network: &Network, ids: &Ids, (from, to): (LaneId, LaneId)) -> String {
    let (a, b) = (&network.lanes[from], &network.lanes[to]);
    let (from, to) = (&ids.links[a.link], &ids.links[b.link]);
    format!("from=\"{from}\" to=\"{to}\" fromLane=\"{}\" toLane=\"{}\"", a.index, b.index)
}

/// A way from link to link.
type Way = (LinkId, LinkId);

/// Who has the right of way over whom, from link to link, where the lanes agree on it.
fn prohibitions(network: &Network) -> BTreeSet<(Way, Way)> {
    let way = |m| (network.origin_link(m), network.target_link(m));
    let pairs = network.conflicts.iter().flat_map(|c| {
        let (a, b) = (c.first.movement, c.second.movement);
        [(c.yields(b), a, b), (c.yields(a), b, a)]
    });
    let yields: BTreeSet<(Way, Way)> = pairs.filter(|p| p.0 && way(p.1) != way(p.2)).map(|p| (way(p.1), way(p.2))).collect();
    yields.iter().filter(|&&(a, b)| a.0 != b.0 && !yields.contains(&(b, a))).copied().collect()
}

fn network_configuration(name: &str) -> String {
    format!(
        "{}    <node-files value=\"{name}.nod.xml\"/>\n    <edge-files value=\"{name}.edg.xml\"/>\n    \
         <connection-files value=\"{name}.con.xml\"/>\n    <tllogic-files value=\"{name}.tll.xml\"/>\n    \
         <output-file value=\"{name}.net.xml\"/>\n    <no-turnarounds value=\"true\"/>\n    \
         <offset.disable-normalization value=\"true\"/>\n    <tls.discard-simple value=\"false\"/>\n</configuration>\n",
        begin("configuration")
    )
}

fn run_configuration(name: &str, scenario: &Scenario) -> String {
    format!(
        "{}    <net-file value=\"{name}.net.xml\"/>\n    <route-files value=\"{name}.rou.xml\"/>\n    <begin value=\"{}\"/>\n    \
         <end value=\"{}\"/>\n    <step-length value=\"{}\"/>\n    <time-to-teleport value=\"-1\"/>\n</configuration>\n",
        begin("configuration"),
        scenario.start().0,
        scenario.end.0,
        scenario.step.span().seconds(),
    )
}

/// The first lines of a file.
fn begin(root: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root}>\n")
}
