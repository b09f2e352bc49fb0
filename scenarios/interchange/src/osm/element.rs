//! What an OpenStreetMap file consists of, whatever its encoding.

use std::collections::BTreeMap;

/// Keys and values of an element.
pub(super) type Tags = BTreeMap<String, String>;

/// One element of the file.
#[derive(Debug)]
pub(super) enum Element {
    /// A point.
    Node {
        /// OSM id.
        id: i64,
        /// Degrees north.
        lat: f64,
        /// Degrees east.
        lon: f64,
        /// Keys and values.
        tags: Tags,
    },
    /// A line of nodes.
    Way {
        /// OSM id.
        id: i64,
        /// Ids of its nodes.
        nodes: Vec<i64>,
        /// Keys and values.
        tags: Tags,
    },
    /// A relation between elements.
    Relation {
        /// OSM id.
        id: i64,
        /// Its members.
        members: Vec<Member>,
        /// Keys and values.
        tags: Tags,
    },
}

/// What a member of a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MemberKind {
    /// A node.
    Node,
    /// A way.
    Way,
    /// Another relation.
    Relation,
}

/// A member of a relation.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// What it is.
    pub(super) kind: MemberKind,
    /// Its OSM id.
    pub(super) id: i64,
    /// Its role.
    pub(super) role: String,
}

/// The most nodes that a way may have; OSM itself allows 2,000.
const LONGEST_WAY: usize = 20_000;

/// The most members that a relation may have; OSM itself allows 32,000.
const LARGEST_RELATION: usize = 100_000;

/// The most tags that an element may have.
const MOST_TAGS: usize = 2_000;

impl Element {
    /// Whether it has more parts than any honest element.
    pub(super) fn too_large(&self) -> bool {
        let (parts, tags) = match self {
            Self::Node { tags, .. } => (0, tags),
            Self::Way { nodes, tags, .. } => (nodes.len(), tags),
            Self::Relation { members, tags, .. } => (members.len(), tags),
        };
        parts > LARGEST_RELATION || tags.len() > MOST_TAGS
    }

    /// What is wrong with the element by itself, if anything.
    pub(super) fn fault(&self) -> Option<String> {
        let (kind, id, tags) = match self {
            Self::Node { id, tags, .. } => ("node", id, tags),
            Self::Way { id, tags, .. } => ("way", id, tags),
            Self::Relation { id, tags, .. } => ("relation", id, tags),
        };
        if tags.len() > MOST_TAGS {
            return Some(format!("{kind} {id} has {} tags, {MOST_TAGS} are allowed", tags.len()));
        }
        match self {
            Self::Node { lat, lon, .. } if !(-90.0..=90.0).contains(lat) || !(-180.0..=180.0).contains(lon) => {
                Some(format!("node {id} lies at {lat}, {lon}, which is not on the Earth"))
            }
            Self::Way { nodes, .. } if nodes.len() > LONGEST_WAY => {
                Some(format!("way {id} has {} nodes, {LONGEST_WAY} are allowed", nodes.len()))
            }
            Self::Relation { members, .. } if members.len() > LARGEST_RELATION => {
                Some(format!("relation {id} has {} members, {LARGEST_RELATION} are allowed", members.len()))
            }
            _ => None,
        }
    }
}
