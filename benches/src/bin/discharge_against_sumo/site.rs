//! The small networks: plain files, made into a network by SUMO's `netconvert`.

use model::maths;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Cycle of the queue in seconds; it is green for half of it.
pub(crate) const QUEUE_CYCLE: u32 = 120;
/// Cycles before counting begins, and counted ones.
pub(crate) const SETTLE_CYCLES: u32 = 3;
pub(crate) const CYCLES: u32 = 12;
/// Seconds before left turns are counted, for an hour.
pub(crate) const SETTLE: u32 = 360;

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Case {
    /// A lane straight over a signal, before which a queue never ends.
    Queue,
    /// A lane from which everyone turns left across an oncoming lane with the same green, 60 s of 90 s.
    Left {
        /// In vehicles per hour, at random.
        oncoming: f64,
    },
}

/// A network, its demand, and how long to run.
#[derive(Debug)]
pub(crate) struct Site {
    folder: TempDir,
    /// In seconds from 0.
    pub(crate) end: u32,
}

/// The link whose stop line is watched.
pub(crate) const WATCHED: &str = "in";

const NODES: &str = r#"<nodes>
    <node id="W" x="-600" y="0"/>
    <node id="X" x="0" y="0" type="traffic_light"/>
    <node id="E" x="600" y="0"/>
    <node id="N" x="0" y="300"/>
</nodes>
"#;

impl Site {
    /// Writes the plain files, makes the network and draws who comes when.
    pub(crate) fn build(sumo: &Path, case: Case, attributes: &str, seed: u64) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let end = match case {
            Case::Queue => (SETTLE_CYCLES + CYCLES) * QUEUE_CYCLE,
            Case::Left { .. } => SETTLE + 3600,
        };
        let site = Self { folder, end };
        let (links, phases) = plan(case);
        site.write("plain.nod.xml", NODES)?;
        site.write("plain.edg.xml", &edges(links))?;
        site.write("plain.con.xml", &connections("connections", links, ""))?;
        site.write("plain.tll.xml", &programs(links, phases))?;
        site.write("demand.rou.xml", &demand(case, links, attributes, end, seed))?;
        let mut command = Command::new(sumo.with_file_name("netconvert"));
        for (option, file) in [("-n", "plain.nod.xml"), ("-e", "plain.edg.xml"), ("-x", "plain.con.xml"), ("-i", "plain.tll.xml")]
        {
            command.arg(option).arg(site.file(file));
        }
        let made = command.args(["--no-turnarounds", "true", "-o"]).arg(site.net()).output();
        let made = made.map_err(|e| format!("netconvert does not start: {e}\n  mend: it has to lie beside sumo"))?;
        let told = String::from_utf8_lossy(&made.stderr);
        if made.status.success() { Ok(site) } else { Err(format!("netconvert failed: {}", told.trim())) }
    }

    /// A file beside the others.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn net(&self) -> PathBuf {
        self.file("site.net.xml")
    }

    pub(crate) fn routes(&self) -> PathBuf {
        self.file("demand.rou.xml")
    }

    /// Writes a file beside the others.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<(), String> {
        std::fs::write(self.file(name), text).map_err(|e| format!("{name} cannot be written: {e}"))
    }
}

/// A link that leads to the signal, the one that leads away, and their ends.
type Way = [&'static str; 4];

/// The ways over the signal, and its phases in seconds.
fn plan(case: Case) -> (&'static [Way], &'static [(u32, &'static str)]) {
    match case {
        Case::Queue => (&[[WATCHED, "out", "W", "E"]], &[(60, "G"), (3, "y"), (57, "r")]),
        Case::Left { .. } => (&[[WATCHED, "north", "W", "N"], ["on", "west", "E", "W"]], &[(60, "gG"), (3, "yy"), (27, "rr")]),
    }
}

fn edges(ways: &[Way]) -> String {
    let edge =
        |id: &str, from: &str, to: &str| format!(r#"    <edge id="{id}" from="{from}" to="{to}" numLanes="1" speed="13.89"/>"#);
    let lines = ways.iter().flat_map(|[id, after, from, to]| [edge(id, from, "X"), edge(after, "X", to)]);
    format!("<edges>\n{}\n</edges>\n", lines.collect::<Vec<_>>().join("\n"))
}

/// The connections, each with its place in the program where `signal` is not empty.
fn connections(element: &str, ways: &[Way], signal: &str) -> String {
    let mut text = String::new();
    for (i, [from, to, ..]) in ways.iter().enumerate() {
        let controlled = if signal.is_empty() { String::new() } else { format!(r#" tl="{signal}" linkIndex="{i}""#) };
        let _ = writeln!(text, r#"    <connection from="{from}" to="{to}" fromLane="0" toLane="0"{controlled}/>"#);
    }
    if signal.is_empty() { format!("<{element}>\n{text}</{element}>\n") } else { text }
}

fn programs(ways: &[Way], phases: &[(u32, &str)]) -> String {
    let phases = phases.iter().map(|(s, state)| format!("        <phase duration=\"{s}\" state=\"{state}\"/>\n"));
    let program = r#"<tlLogic id="X" type="static" programID="0" offset="0">"#;
    let (phases, connections) = (phases.collect::<String>(), connections("", ways, "X"));
    format!("<tlLogics>\n    {program}\n{phases}    </tlLogic>\n{connections}</tlLogics>\n")
}

/// A queue that never ends on the watched link, and others at random.
fn demand(case: Case, ways: &[Way], attributes: &str, end: u32, seed: u64) -> String {
    let mut text = format!("<routes>\n    <vType id=\"car\" vClass=\"passenger\" {attributes}/>\n");
    let mut due: Vec<(f64, &Way)> = (0..end / 2).map(|i| (2.0 * f64::from(i), &ways[0])).collect();
    if let (Case::Left { oncoming }, Some(way)) = (case, ways.get(1)) {
        due.extend(random_times(oncoming, f64::from(end), seed).into_iter().map(|t| (t, way)));
    }
    due.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (i, (at, [from, to, ..])) in due.iter().enumerate() {
        let start = format!(r#"id="{i}" type="car" depart="{at:.2}" departLane="best" departSpeed="max""#);
        let _ = writeln!(text, "    <vehicle {start}><route edges=\"{from} {to}\"/></vehicle>");
    }
    text + "</routes>\n"
}

/// Times at random, so many in an hour. The numbers are those of `SplitMix64` (Steele, Lea, Flood 2014).
fn random_times(per_hour: f64, end: f64, seed: u64) -> Vec<f64> {
    let (mut state, mut now, mut times) = (seed, 0.0, Vec::new());
    loop {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let uniform = ((z ^ (z >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0;
        now -= maths::ln(1.0 - uniform) * 3600.0 / per_hour;
        if now >= end {
            return times;
        }
        times.push(now);
    }
}
