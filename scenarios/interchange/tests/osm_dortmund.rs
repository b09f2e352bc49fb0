//! The two extracts of Dortmund, when the shared data lie beside the project, and the scenario made from one.

#![expect(clippy::unwrap_used, reason = "in helpers of tests")]

use interchange::osm::{Options, Patch, import};
use model::id::{Id, LinkId};
use model::network::{Control, Network};
use model::scenario::{self, Scenario};
use model::vehicle::VehicleClass;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of the shared data; says so when it is missing.
fn shared(name: &str) -> Option<PathBuf> {
    let file = root().join("../shared/data/dortmund").join(name);
    if !file.exists() {
        // Straight to the handle: what a test prints otherwise is kept back when it passes.
        let _ = writeln!(std::io::stderr(), "SKIPPED: {} is missing, so nothing was tested with it", file.display());
        return None;
    }
    Some(file)
}

fn imported(file: &Path, patch: Option<Patch>) -> Scenario {
    let options = Options { name: "city".into(), patch, ..Options::default() };
    let (files, remarks) = import(file, &options).unwrap();
    assert!(!remarks.is_empty());
    files.check().unwrap_or_else(|e| panic!("{e}"))
}

/// The named junctions of the reference: a patch that only gives names.
fn named() -> Option<Patch> {
    let text = std::fs::read_to_string(shared("city_junction_approaches.csv")?).unwrap();
    let mut seen = BTreeSet::new();
    let mut patch = String::from("schema = 1\n");
    for line in text.lines().skip(1) {
        let fields = csv_fields(line);
        if seen.insert(fields[0].clone()) {
            writeln!(patch, "[[intersection]]\nname = \"{}\"\nlat = {}\nlon = {}", fields[0], fields[2], fields[3]).unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("names.toml");
    std::fs::write(&file, patch).unwrap();
    Some(Patch::read(&file).unwrap())
}

fn csv_fields(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            c => fields.last_mut().unwrap().push(c),
        }
    }
    fields
}

fn reached(network: &Network, from: LinkId, backwards: bool) -> BTreeSet<LinkId> {
    let mut edges = vec![Vec::new(); network.links.len()];
    for link in network.links.ids() {
        for next in network.successors(link, VehicleClass::Car) {
            let (a, b) = if backwards { (next, link) } else { (link, next) };
            edges[a.index()].push(b);
        }
    }
    let (mut seen, mut open) = (BTreeSet::from([from]), vec![from]);
    while let Some(link) = open.pop() {
        open.extend(edges[link.index()].iter().copied().filter(|&l| seen.insert(l)));
    }
    seen
}

/// Signalised intersections of a name that can be reached from the first of them, and lead back to it.
fn connected(s: &Scenario, names: &BTreeSet<String>) -> BTreeSet<String> {
    let n = &s.network;
    let start = n.links.ids().find(|&l| n.intersections[n.links[l].to].name == "W01").unwrap();
    let both: BTreeSet<LinkId> = reached(n, start, false).intersection(&reached(n, start, true)).copied().collect();
    both.iter().map(|&l| n.intersections[n.links[l].to].name.clone()).filter(|x| names.contains(x)).collect()
}

fn signals(s: &Scenario) -> BTreeSet<String> {
    let n = &s.network;
    n.intersections.iter().filter(|i| i.control == Control::Signal).map(|i| i.name.clone()).collect()
}

#[test]
fn the_inner_city_has_its_named_junctions_signalised_once_each() {
    let (Some(file), Some(patch)) = (shared("inner-city-2017.osm"), named()) else { return };
    let names: BTreeSet<String> = patch.intersections.iter().map(|i| i.name.clone()).collect();
    let s = imported(&file, Some(patch));
    // Neither two intersections of one name nor two signals in one: a junction that was split shows up here.
    let n = &s.network;
    let mut found: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for i in n.intersections.iter().filter(|i| i.control == Control::Signal && names.contains(&i.name)) {
        found.entry(&i.name).or_default().extend(i.signal.map(Id::index));
        assert_eq!(n.intersections.iter().filter(|other| other.name == i.name).count(), 1, "{} is there twice", i.name);
    }
    let split: Vec<_> = found.iter().filter(|(_, signals)| signals.len() != 1).collect();
    assert!(split.is_empty(), "not one signal: {split:?}");
    assert!((1..=19).all(|i| found.contains_key(format!("W{i:02}").as_str())), "{found:?}");
    assert!(found.len() >= 40, "{} of {}", found.len(), names.len());
    // A junction at the edge of the map is driven to by one link and left by another.
    let start = n.links.ids().find(|&l| n.intersections[n.links[l].to].name == "W01").unwrap();
    let (there, back) = (reached(n, start, false), reached(n, start, true));
    let leads = |links: &[LinkId], way: &BTreeSet<LinkId>| links.iter().any(|l| way.contains(l));
    let within_reach = |name: &str| {
        let at = n.intersections.iter().find(|i| i.name == name).unwrap();
        leads(&at.arriving, &there) && leads(&at.leaving, &back)
    };
    let apart: Vec<_> = found.keys().filter(|name| !within_reach(name)).collect();
    assert!(apart.is_empty(), "out of reach: {apart:?}");
    // Within reach of the reference: 1,172 directed edges between nodes, of which 74.8 km remain as lanes' links.
    let km: f64 = s.network.links.iter().map(|l| l.length.get()).sum::<f64>() / 1000.0;
    assert!((50.0..80.0).contains(&km), "{km} km of links");
}

#[test]
fn the_campus_is_imported_with_its_signals() {
    let Some(file) = shared("campus-2018.osm") else { return };
    let s = imported(&file, None);
    assert!(s.signals.len() >= 3 && s.network.links.len() > 50, "{} signals, {} links", s.signals.len(), s.network.links.len());
}

#[test]
fn the_wall_is_what_its_map_and_patch_make() {
    is_what_its_map_and_patch_make("dortmund-wall");
}

#[test]
fn ruhrallee_is_what_its_map_and_patch_make() {
    is_what_its_map_and_patch_make("dortmund-ruhrallee");
}

#[test]
fn the_inner_city_is_what_its_map_and_patch_make() {
    is_what_its_map_and_patch_make("dortmund-inner-city");
}

fn is_what_its_map_and_patch_make(name: &str) {
    let Some(file) = shared("inner-city-2017.osm") else { return };
    let folder = root().join("scenarios").join(name);
    let made = imported(&file, Some(Patch::read(&folder.join("patch.toml")).unwrap()));
    let kept = scenario::load(&folder).unwrap_or_else(|e| panic!("{e}"));
    let again = "make the scenario again, as its SOURCES.md says";
    let shape = |s: &Scenario| (s.network.links.len(), s.network.movements.len(), s.network.conflicts.len());
    assert_eq!(shape(&made), shape(&kept), "{again}");
    let periods = |s: &Scenario| -> Vec<_> {
        s.periods.iter().map(|p| (p.name.clone(), p.title.clone(), p.begin, p.end, format!("{:?}", p.demand))).collect()
    };
    assert_eq!(periods(&kept).len(), 4);
    assert!(periods(&made) == periods(&kept), "{again}");
}

#[test]
fn the_wall_loads_with_nineteen_signals_and_no_dead_movement() {
    let s = scenario::load(&root().join("scenarios/dortmund-wall")).unwrap_or_else(|e| panic!("{e}"));
    let names: BTreeSet<String> = (1..=19).map(|i| format!("W{i:02}")).collect();
    assert_eq!(signals(&s), names);
    assert_eq!(connected(&s, &names), names);
    let n = &s.network;
    let entries = n.links.ids().filter(|&l| n.links[l].lanes().all(|x| n.lanes[x].entering.is_empty()));
    let mut reachable = BTreeSet::new();
    for entry in entries {
        reachable.extend(reached(n, entry, false));
    }
    for m in n.movements.ids() {
        assert!(reachable.contains(&n.origin_link(m)), "{} is never reached", n.movement_name(m));
    }
    let size = std::fs::metadata(root().join("scenarios/dortmund-wall/network.toml")).unwrap().len();
    assert!(size < 1_500_000, "{size} bytes");
}

#[test]
fn ruhrallee_loads_with_eight_signals_of_which_one_holds_inbound_traffic_back() {
    let s = scenario::load(&root().join("scenarios/dortmund-ruhrallee")).unwrap_or_else(|e| panic!("{e}"));
    let names: Vec<&str> = s.corridors[0].signals.iter().map(|&id| s.signals[id].name.as_str()).collect();
    assert_eq!(names, ["A07", "A06", "A05", "A04", "A03", "A02", "A01", "W15"]);
    assert_eq!(signals(&s), names.iter().map(|&n| n.to_owned()).collect());
    let n = &s.network;
    // Whoever comes in from B 1 meets the limit, and nobody else.
    let mut held = BTreeSet::new();
    for m in n.movements.ids() {
        let Some(head) = n.movements[m].head else { continue };
        if s.signals[head.signal].groups[head.group].max_green_percent.is_some() {
            held.insert((s.signals[head.signal].name.clone(), n.links[n.target_link(m)].name.clone()));
        }
    }
    assert_eq!(held, BTreeSet::from([("A07".to_owned(), "A07-A06".to_owned())]));
    assert!(n.links.iter().filter(|l| l.street == "Ruhrallee").all(|l| (l.speed_limit.in_kmh() - 30.0).abs() < 1e-9));
}

#[test]
fn intergreens_of_the_wall_are_plausible() {
    let s = scenario::load(&root().join("scenarios/dortmund-wall")).unwrap_or_else(|e| panic!("{e}"));
    for signal in &s.signals {
        for a in signal.groups.ids() {
            for b in signal.groups.ids() {
                let Some(z) = signal.intergreens[(a, b)] else { continue };
                assert!(
                    (1..=25).contains(&z.0),
                    "{}: {} to {} is {z}",
                    signal.name,
                    signal.groups[a].name,
                    signal.groups[b].name
                );
            }
        }
    }
}
