//! A patch: what is known better than the map, and which part of the map is wanted.

use super::ImportError;
use super::element::Tags;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// A patch file, `schema = 1`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    /// Number of the format.
    pub schema: u32,
    /// Name of the scenario.
    #[serde(default)]
    pub name: Option<String>,
    /// Title of the scenario.
    #[serde(default)]
    pub title: Option<String>,
    /// Which part of the map is kept; everything when absent.
    #[serde(default)]
    pub region: Option<Region>,
    /// Intersections that have names.
    #[serde(default, rename = "intersection")]
    pub intersections: Vec<NamedIntersection>,
    /// Changes of ways.
    #[serde(default, rename = "way")]
    pub ways: Vec<WayChange>,
    /// Changes of nodes.
    #[serde(default, rename = "node")]
    pub nodes: Vec<NodeChange>,
    /// Ways that the map does not have.
    #[serde(default, rename = "added_way")]
    pub added_ways: Vec<AddedWay>,
    /// Tags of nodes of those ways.
    #[serde(default, rename = "added_node")]
    pub added_nodes: Vec<AddedNode>,
    /// Where traffic enters and leaves.
    #[serde(default, rename = "gate")]
    pub gates: Vec<Gate>,
    /// The hour that the demand stands for.
    #[serde(default)]
    pub demand: Option<DemandFrame>,
    /// Other periods of the day, each with a demand of its own.
    #[serde(default, rename = "period")]
    pub periods: Vec<PeriodFrame>,
    /// Where it was read from, for messages.
    #[serde(skip)]
    file: PathBuf,
}

/// The streets that are kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Streets that are kept as far as the map goes.
    pub streets: Vec<String>,
    /// Streets that are kept near those.
    #[serde(default)]
    pub arms: Vec<String>,
    /// Ways that are kept near those, by OSM id, whatever they are called.
    #[serde(default)]
    pub ways: Vec<i64>,
    /// Ways that are left out, by OSM id.
    #[serde(default)]
    pub without: Vec<i64>,
    /// Nodes where the network ends, by OSM id: roads that meet there do not.
    #[serde(default)]
    pub ends: Vec<i64>,
    /// How near, as the crow flies.
    pub reach_m: f64,
    /// Whether only the named intersections keep their signals.
    #[serde(default)]
    pub only_named_signals: bool,
}

/// A name for the intersection that lies nearest to a place.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedIntersection {
    /// Name.
    pub name: String,
    /// Name for people.
    #[serde(default)]
    pub title: String,
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// An approach that gets less green than it could have.
    #[serde(default)]
    pub gating: Option<Gating>,
}

/// An approach that a signal holds back (Pförtnerampel): the most green of its groups, which no plan exceeds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gating {
    /// Where the approach comes from, in degrees clockwise from north, seen from the intersection.
    pub bearing_deg: f64,
    /// The most green, in percent of the cycle: 1 to 99.
    pub max_green_percent: Spanned<u16>,
    /// Why; stands in the assumptions of the scenario.
    pub why: String,
}

/// A way that the map does not have.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddedWay {
    /// Its OSM id, which no way of the map has.
    pub id: Spanned<i64>,
    /// Its nodes in order, degrees north and east. One that lies within half a metre of a node of the map's roads, or of an
    /// added way, is that node.
    pub line: Vec<[f64; 2]>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Why it is added.
    pub why: String,
    /// Where line and tags come from.
    pub source: String,
    #[serde(skip)]
    pub(super) file_line: usize,
}

/// Tags of nodes of added ways, which are known by their places.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddedNode {
    /// The nodes, degrees north and east.
    pub at: Spanned<Vec<[f64; 2]>>,
    /// New tags; an empty value takes a tag out.
    pub tags: BTreeMap<String, String>,
    /// Why.
    pub why: String,
    /// Where places and tags come from.
    pub source: String,
    #[serde(skip)]
    pub(super) file_line: usize,
}

/// A change of the tags of ways.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WayChange {
    /// The ways, by OSM id.
    #[serde(default)]
    pub ids: Vec<i64>,
    /// The ways, by street name.
    #[serde(default)]
    pub street: Option<String>,
    /// Only ways of this `highway`.
    #[serde(default)]
    pub highway: Option<String>,
    /// Whether tags that are present stay as they are.
    #[serde(default)]
    pub where_missing: bool,
    /// New tags; an empty value takes a tag out.
    pub tags: BTreeMap<String, String>,
    /// Why.
    pub why: String,
}

/// A change of the tags of nodes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeChange {
    /// The nodes, by OSM id.
    pub ids: Vec<i64>,
    /// New tags; an empty value takes a tag out.
    pub tags: BTreeMap<String, String>,
    /// Why.
    pub why: String,
}

/// A street by which traffic enters and leaves.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Street name at the edge of the network.
    pub street: String,
    /// The intersection that it leads to or comes from first.
    pub at: String,
    /// Where the street leads, in degrees clockwise from north, seen from that intersection: tells two arms of one name apart.
    #[serde(default)]
    pub bearing_deg: Option<f64>,
    /// Vehicles that enter in the hour.
    #[serde(default)]
    pub in_veh_per_h: f64,
    /// Vehicles that leave in the hour, before balancing.
    #[serde(default)]
    pub out_veh_per_h: f64,
}

/// The hour of the demand.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemandFrame {
    /// Name of the period; without one when absent.
    #[serde(default)]
    pub period: Option<String>,
    /// Where the numbers come from.
    pub source: String,
    /// First second of the day.
    pub begin_s: u32,
    /// Second of the day when it ends.
    pub end_s: u32,
    /// Seconds before that in which the network fills.
    pub warm_up_s: u32,
}

/// Another period of the day: its demand goes to `demand/NAME.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodFrame {
    /// Short name: letters, digits, `-` and `_`.
    pub name: Spanned<String>,
    /// One line for people.
    pub title: String,
    /// Where the numbers come from.
    pub source: String,
    /// First second of the day.
    pub begin_s: u32,
    /// Second of the day when it ends.
    pub end_s: u32,
    /// Seconds before that in which the network fills.
    pub warm_up_s: u32,
    /// Where traffic enters and leaves.
    #[serde(default, rename = "gate")]
    pub gates: Vec<Gate>,
}

impl PeriodFrame {
    /// The hour of its demand.
    pub(super) fn demand(&self) -> DemandFrame {
        DemandFrame {
            period: Some(self.name.get_ref().clone()),
            source: self.source.clone(),
            begin_s: self.begin_s,
            end_s: self.end_s,
            warm_up_s: self.warm_up_s,
        }
    }

    /// Whether the name is fit for that of a file.
    fn has_plain_name(&self) -> bool {
        let name = self.name.get_ref();
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    }
}

impl Patch {
    /// Reads a patch file.
    ///
    /// # Errors
    /// When it cannot be read or is not a patch.
    pub fn read(path: &Path) -> Result<Self, ImportError> {
        let text = std::fs::read_to_string(path).map_err(|e| ImportError::unreadable(path, &e))?;
        let broken = |line, what: String| ImportError::Broken { file: path.into(), line, what };
        let line_of = |at: Range<usize>| text.as_bytes().iter().take(at.start).filter(|&&b| b == b'\n').count() + 1;
        let mut patch: Self =
            toml::from_str(&text).map_err(|e| broken(e.span().map(line_of), e.message().trim().replace('\n', ", ")))?;
        if patch.schema != 1 {
            return Err(broken(Some(1), format!("schema = {} is not known", patch.schema)));
        }
        if let Some(period) = patch.periods.iter().find(|p| !p.has_plain_name()) {
            let what = format!("period \"{}\" cannot name a file: use letters, digits, - and _", period.name.get_ref());
            return Err(broken(Some(line_of(period.name.span())), what));
        }
        for gating in patch.intersections.iter().filter_map(|i| i.gating.as_ref()) {
            let percent = &gating.max_green_percent;
            if !(1..100).contains(percent.get_ref()) {
                let what = format!("a green of {} % of the cycle limits nothing: give 1 to 99", percent.get_ref());
                return Err(broken(Some(line_of(percent.span())), what));
            }
        }
        patch.file = path.into();
        patch.added_ways.iter_mut().for_each(|w| w.file_line = line_of(w.id.span()));
        patch.added_nodes.iter_mut().for_each(|n| n.file_line = line_of(n.at.span()));
        Ok(patch)
    }

    /// An error at a line of the patch.
    pub(super) fn wrong(&self, line: usize, what: String) -> ImportError {
        ImportError::Broken { file: self.file.clone(), line: Some(line), what }
    }

    /// Applies the changes of a way.
    pub(super) fn change_way(&self, id: i64, tags: &mut Tags) {
        for change in &self.ways {
            let named = change.street.as_ref().is_some_and(|s| tags.get("name") == Some(s));
            let classed = change.highway.as_ref().is_none_or(|h| tags.get("highway") == Some(h));
            if change.ids.contains(&id) || (named && classed) {
                apply(&change.tags, change.where_missing, tags);
            }
        }
    }

    /// Applies the changes of a node.
    pub(super) fn change_node(&self, id: i64, tags: &mut Tags) {
        for change in self.nodes.iter().filter(|c| c.ids.contains(&id)) {
            apply(&change.tags, false, tags);
        }
    }
}

pub(super) fn apply(new: &BTreeMap<String, String>, where_missing: bool, tags: &mut Tags) {
    for (key, value) in new {
        if value.is_empty() {
            tags.remove(key);
        } else if !(where_missing && tags.contains_key(key)) {
            tags.insert(key.clone(), value.clone());
        }
    }
}
