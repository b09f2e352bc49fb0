//! The part of an OpenStreetMap file that matters to motor traffic, in memory.

use super::element::{Element, Member, MemberKind, Tags};
use super::patch::Patch;
use super::tags::RoadClass;
use super::{ImportError, Options, pbf_reader, xml_reader};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// The most nodes of roads that are kept: several large cities.
const MOST_NODES: usize = 8_000_000;

/// A node of a road.
#[derive(Debug, Clone)]
pub(super) struct MapNode {
    pub(super) lat: f64,
    pub(super) lon: f64,
    pub(super) tags: Tags,
}

/// A road.
#[derive(Debug, Clone)]
pub(super) struct MapWay {
    pub(super) id: i64,
    pub(super) class: RoadClass,
    pub(super) nodes: Vec<i64>,
    pub(super) tags: Tags,
}

/// A turn that is forbidden, or the only one that is allowed.
#[derive(Debug, Clone)]
pub(super) struct Restriction {
    pub(super) only: bool,
    pub(super) from: i64,
    pub(super) via: i64,
    pub(super) to: i64,
}

/// The roads of a file.
#[derive(Debug, Default)]
pub(super) struct Map {
    pub(super) nodes: BTreeMap<i64, MapNode>,
    pub(super) ways: Vec<MapWay>,
    pub(super) restrictions: Vec<Restriction>,
}

/// Reads the roads of a file in two passes: ways and relations first, then the nodes that they need.
pub(super) fn read(path: &Path, options: &Options) -> Result<Map, ImportError> {
    let mut file = File::open(path).map_err(|e| ImportError::unreadable(path, &e))?;
    let pbf = is_pbf(&mut file).map_err(|e| ImportError::unreadable(path, &e))?;
    let patch = options.patch.as_ref();
    let mut map = Map::default();
    let mut needed = BTreeSet::new();
    let mut seen = BTreeSet::new();
    scan(path, &mut file, pbf, &mut |element| match element {
        Element::Way { id, nodes, mut tags } => {
            if let Some(patch) = patch {
                patch.change_way(id, &mut tags);
            }
            let Some(class) = RoadClass::of(&tags, options.services) else { return Ok(()) };
            if !seen.insert(id) {
                return Err(format!("way {id} stands twice"));
            }
            needed.extend(nodes.iter().copied());
            if needed.len() > MOST_NODES {
                return Err(format!("the roads have more than {MOST_NODES} nodes: cut the file to the region you need"));
            }
            map.ways.push(MapWay { id, class, nodes, tags });
            Ok(())
        }
        Element::Relation { members, tags, .. } => {
            map.restrictions.extend(restriction(&members, &tags));
            Ok(())
        }
        Element::Node { .. } => Ok(()),
    })?;
    if map.ways.is_empty() {
        return Err(ImportError::Empty { file: path.into() });
    }
    scan(path, &mut file, pbf, &mut |element| {
        let Element::Node { id, lat, lon, mut tags } = element else { return Ok(()) };
        if !needed.contains(&id) {
            return Ok(());
        }
        if let Some(patch) = patch {
            Patch::change_node(patch, id, &mut tags);
        }
        tags.retain(|k, _| NODE_KEYS.contains(&k.as_str()));
        if map.nodes.insert(id, MapNode { lat, lon, tags }).is_some() {
            return Err(format!("node {id} stands twice"));
        }
        Ok(())
    })?;
    if let Some(patch) = patch {
        super::additions::add(patch, options.services, &mut map)?;
    }
    map.ways.sort_by_key(|w| w.id);
    Ok(map)
}

/// The tags of nodes that are looked at.
pub(super) const NODE_KEYS: [&str; 5] = ["highway", "crossing", "crossing:signals", "traffic_signals:direction", "direction"];

fn is_pbf(file: &mut File) -> std::io::Result<bool> {
    // A PBF file begins with the length of its header, four bytes, the first of which is zero; XML never does.
    let mut first = [0_u8; 1];
    let count = file.read(&mut first)?;
    Ok(count == 1 && first[0] == 0)
}

fn scan(path: &Path, file: &mut File, pbf: bool, sink: &mut dyn FnMut(Element) -> Result<(), String>) -> Result<(), ImportError> {
    file.seek(SeekFrom::Start(0)).map_err(|e| ImportError::unreadable(path, &e))?;
    let input = BufReader::with_capacity(1 << 16, &mut *file);
    if pbf {
        pbf_reader::read(input, sink).map_err(|what| ImportError::Broken { file: path.into(), line: None, what })
    } else {
        xml_reader::read(input, path, sink).map_err(|fault| ImportError::Broken {
            file: path.into(),
            line: Some(fault.line),
            what: fault.what,
        })
    }
}

fn restriction(members: &[Member], tags: &Tags) -> Option<Restriction> {
    if tags.get("type").map(String::as_str) != Some("restriction") {
        return None;
    }
    let kind = tags.get("restriction").or_else(|| tags.get("restriction:motor_vehicle"))?;
    let only = kind.starts_with("only_");
    if !only && !kind.starts_with("no_") {
        return None;
    }
    let member = |role: &str, kind: MemberKind| members.iter().find(|m| m.role == role && m.kind == kind).map(|m| m.id);
    let (from, to) = (member("from", MemberKind::Way)?, member("to", MemberKind::Way)?);
    Some(Restriction { only, from, via: member("via", MemberKind::Node)?, to })
}
