//! Ways that a patch adds to the map: they meet its roads, and each other, where their nodes lie at the same place.

use super::ImportError;
use super::map::{Map, MapNode, MapWay, NODE_KEYS};
use super::patch::{Patch, apply};
use super::tags::RoadClass;
use model::maths;
use std::collections::{BTreeMap, BTreeSet};

/// Nodes nearer to each other than this are one, in metres: places come rounded to a tenth of a metre.
const SAME_PLACE: f64 = 0.5;

/// Metres of a degree along a meridian, about: enough for places so near to each other.
const METRES_PER_DEGREE: f64 = 111_200.0;

/// Adds the ways and nodes of a patch.
///
/// # Errors
/// When a way is there already, is no road or no line, or when no way leads to where tags are given.
pub(super) fn add(patch: &Patch, services: bool, map: &mut Map) -> Result<(), ImportError> {
    let known: BTreeSet<i64> = map.ways.iter().map(|w| w.id).collect();
    let mut added = BTreeSet::new();
    // Nodes that ways name need not be in the file: they are somebody's all the same.
    let taken: BTreeSet<i64> = map.ways.iter().flat_map(|w| w.nodes.iter().copied()).collect();
    for way in &patch.added_ways {
        let id = *way.id.get_ref();
        let wrong = |what: &str| patch.wrong(way.file_line, format!("added way {id} {what}"));
        if known.contains(&id) || !added.insert(id) {
            return Err(wrong("is there already: take it out, or change the way by [[way]]"));
        }
        let mut tags = way.tags.clone();
        patch.change_way(id, &mut tags);
        let Some(class) = RoadClass::of(&tags, services) else {
            return Err(wrong("is no road for motor traffic: give it a highway tag"));
        };
        if way.line.len() < 2 {
            return Err(wrong("has fewer than two nodes: give its line"));
        }
        if let Some([lat, lon]) = way.line.iter().find(|at| !is_on_earth(**at)) {
            return Err(wrong(&format!("has a node at {lat}, {lon}, which is not on the Earth: degrees north come first")));
        }
        let nodes = way.line.iter().map(|&at| map.node_at(at, &taken)).collect();
        map.ways.push(MapWay { id, class, nodes, tags });
    }
    for node in &patch.added_nodes {
        for &at in node.at.get_ref() {
            let Some(found) = map.nearest(at).and_then(|id| map.nodes.get_mut(&id)) else {
                let what = format!("no node of a road lies at {}, {}: correct the place, or add the way", at[0], at[1]);
                return Err(patch.wrong(node.file_line, what));
            };
            apply(&node.tags, false, &mut found.tags);
            found.tags.retain(|k, _| NODE_KEYS.contains(&k.as_str()));
        }
    }
    Ok(())
}

fn is_on_earth([lat, lon]: [f64; 2]) -> bool {
    (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)
}

impl Map {
    /// The node at a place; a new one, with the lowest id that is free, where there is none.
    fn node_at(&mut self, at: [f64; 2], taken: &BTreeSet<i64>) -> i64 {
        self.nearest(at).unwrap_or_else(|| {
            let is_free = |id: &i64| !self.nodes.contains_key(id) && !taken.contains(id);
            let free = (1..=i64::MAX).find(is_free).expect("there are more ids than nodes");
            self.nodes.insert(free, MapNode { lat: at[0], lon: at[1], tags: BTreeMap::new() });
            free
        })
    }

    /// The nearest node at a place, if there is one.
    fn nearest(&self, [lat, lon]: [f64; 2]) -> Option<i64> {
        let east = METRES_PER_DEGREE * maths::cos(lat.to_radians());
        let square = |n: &MapNode| {
            let (x, y) = ((n.lon - lon) * east, (n.lat - lat) * METRES_PER_DEGREE);
            x * x + y * y
        };
        let near = self.nodes.iter().map(|(&id, n)| (id, square(n))).filter(|n| n.1 <= SAME_PLACE * SAME_PLACE);
        near.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(id, _)| id)
    }
}
