//! Settles clusters, chains and arms: intersections that leave no room for a link between them become one.

use super::Remarks;
use super::arm::{self, Arm, Fit};
use super::chain::{self, Chain};
use super::cluster::{self, Clusters};
use super::graph::Graph;
use super::patch::Patch;
use std::collections::BTreeSet;

/// Intersections and the roads between them.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) clusters: Clusters,
    pub(super) chains: Vec<Chain>,
    /// Two per chain: at its beginning and at its end.
    pub(super) arms: Vec<Arm>,
}

/// Finds intersections and roads; merges intersections until every road has room.
pub(super) fn lay_out(graph: &Graph, patch: Option<&Patch>, remarks: &mut Remarks) -> Layout {
    let mut clusters = cluster::find(graph, patch, remarks);
    loop {
        let mut chains = chain::find(graph, &clusters);
        drop_stubs(graph, &clusters, &mut chains, remarks);
        let mut arms = arm::find(graph, &clusters, &chains);
        let short: Vec<usize> =
            (0..chains.len()).filter(|&i| matches!(arm::fit(&chains[i], &mut arms[2 * i..2 * i + 2]), Fit::TooShort)).collect();
        let mut touched = BTreeSet::new();
        for &i in &short {
            let [a, b] = chains[i].clusters;
            if a == b || touched.contains(&a) || touched.contains(&b) {
                continue;
            }
            let place = |c: usize| clusters.list[c].vertices.first().map_or(0, |&v| graph.vertices[v].osm);
            let what = format!("no room for a link to node {}: they are one intersection", place(b));
            remarks.repair(format!("node {}", place(a)), what);
            clusters.merge(graph, a, b);
            touched.extend([a, b]);
        }
        if touched.is_empty() {
            return Layout { clusters, chains, arms };
        }
    }
}

/// Leaves out dead ends and loops that are too short to be driven.
fn drop_stubs(graph: &Graph, clusters: &Clusters, chains: &mut Vec<Chain>, remarks: &mut Remarks) {
    loop {
        let mut degree = vec![0_usize; clusters.list.len()];
        for chain in chains.iter() {
            for c in chain.clusters {
                degree[c] += 1;
            }
        }
        let before = chains.len();
        chains.retain(|chain| {
            let [a, b] = chain.clusters;
            let stub = (degree[a] == 1 || degree[b] == 1) && chain.length() < 30.0;
            let small_loop = a == b && chain.length() < 150.0;
            let dead = !chain.edges_in(true).iter().all(|&(e, w)| drivable(graph, e, w))
                && !chain.edges_in(false).iter().all(|&(e, w)| drivable(graph, e, w));
            let gone = stub || small_loop || dead;
            if gone {
                let way = chain.edges.first().map_or(0, |&(e, _)| graph.edges[e].way);
                let why = if dead { "its one-way parts contradict each other" } else { "it is too short to be driven" };
                remarks.repair(format!("way {way}"), format!("{why} and is left out"));
            }
            !gone
        });
        if chains.len() == before {
            return;
        }
    }
}

fn drivable(graph: &Graph, edge: usize, with: bool) -> bool {
    let edge = &graph.edges[edge];
    if with { edge.forward.is_some() } else { edge.backward.is_some() }
}
