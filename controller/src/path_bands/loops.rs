//! Which integers there are: those of loops, of bands that are or are not, of patterns, of greens shown twice.

use super::problem::PathNetwork;
use crate::branching::Ranges;
use model::quantity::Span;

/// From one station of a path to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hop {
    /// The path.
    pub(super) path: usize,
    /// The station that it begins at.
    pub(super) station: usize,
}

/// Which integer stands where.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Integers {
    /// Root bounds.
    pub(super) bounds: Ranges,
    /// How much each counts when one has to be chosen to branch on: the weight that hangs on it.
    pub(super) weights: Vec<f64>,
    /// The path that each belongs to; patterns belong to none.
    pub(super) owners: Vec<Option<usize>>,
    /// By path: whether it has a band, where that is open.
    pub(super) has_band: Vec<Option<usize>>,
    /// By signal: the patterns but the first.
    pub(super) patterns: Vec<Vec<usize>>,
    /// By path and station: the second green, where there are two to choose from.
    pub(super) second: Vec<Vec<Option<usize>>>,
    /// By path and hop: the integer of the loop that it closes.
    pub(super) loops: Vec<Vec<Option<usize>>>,
    /// By signal: the hop of the tree that leads to it, and whether it is driven that way; none at a root.
    pub(super) parents: Vec<Option<(Hop, bool)>>,
    /// Signals, each after the one that its hop of the tree comes from.
    pub(super) order: Vec<usize>,
}

impl Integers {
    pub(super) fn of(network: &PathNetwork) -> Self {
        let hops = |p: usize| 0..network.paths[p].stations.len() - 1;
        let mut integers = Self {
            bounds: Vec::new(),
            weights: Vec::new(),
            owners: Vec::new(),
            has_band: Vec::new(),
            patterns: vec![Vec::new(); network.signals.len()],
            second: Vec::new(),
            loops: (0..network.paths.len()).map(|p| hops(p).map(|_| None).collect()).collect(),
            parents: vec![None; network.signals.len()],
            order: Vec::new(),
        };
        let tree = integers.grow_tree(network);
        integers.add_bands(network);
        integers.add_patterns(network);
        integers.add_second_greens(network);
        for (p, path) in network.paths.iter().enumerate() {
            for station in hops(p) {
                if !tree[p][station] {
                    let bounds = integers.loop_bounds(network, Hop { path: p, station });
                    integers.loops[p][station] = Some(integers.add(bounds, path.weight, Some(p)));
                }
            }
        }
        integers
    }

    fn add(&mut self, bounds: (i32, i32), weight: f64, owner: Option<usize>) -> usize {
        self.bounds.push(bounds);
        self.weights.push(weight);
        self.owners.push(owner);
        self.bounds.len() - 1
    }

    fn add_bands(&mut self, network: &PathNetwork) {
        for (p, path) in network.paths.iter().enumerate() {
            let open = !network.requires(p);
            let index = open.then(|| self.add((0, 1), path.weight, None));
            self.has_band.push(index);
        }
    }

    fn add_patterns(&mut self, network: &PathNetwork) {
        for (s, signal) in network.signals.iter().enumerate() {
            let passes = |p: &&super::BandPath| p.stations.iter().any(|st| st.signal == s);
            let weight = network.paths.iter().filter(passes).map(|p| p.weight).sum();
            self.patterns[s] = (1..signal.patterns).map(|_| self.add((0, 1), weight, None)).collect();
        }
    }

    /// The first station at a signal takes the first of its two greens: its offset may be later by half a cycle.
    fn add_second_greens(&mut self, network: &PathNetwork) {
        let mut met = vec![false; network.signals.len()];
        for (p, path) in network.paths.iter().enumerate() {
            let mut own = Vec::new();
            for station in &path.stations {
                let again = std::mem::replace(&mut met[station.signal], true);
                let open = again && network.signals[station.signal].twice;
                own.push(open.then(|| self.add((0, 1), path.weight, Some(p))));
            }
            self.second.push(own);
        }
    }

    /// A spanning tree of the signals, hops of the heaviest paths first. Returns which hops belong to it.
    fn grow_tree(&mut self, network: &PathNetwork) -> Vec<Vec<bool>> {
        let mut by_weight: Vec<usize> = (0..network.paths.len()).collect();
        by_weight.sort_by(|&a, &b| network.paths[b].weight.total_cmp(&network.paths[a].weight));
        let mut part: Vec<usize> = (0..network.signals.len()).collect();
        let mut in_tree: Vec<Vec<bool>> = network.paths.iter().map(|p| vec![false; p.stations.len() - 1]).collect();
        let mut neighbours: Vec<Vec<(usize, Hop, bool)>> = vec![Vec::new(); network.signals.len()];
        for path in by_weight {
            for station in 0..in_tree[path].len() {
                let hop = Hop { path, station };
                let (from, to) = ends(network, hop);
                let (joins, joined) = (part[from], part[to]);
                if joins == joined {
                    continue;
                }
                part.iter_mut().filter(|p| **p == joined).for_each(|p| *p = joins);
                in_tree[path][station] = true;
                neighbours[from].push((to, hop, true));
                neighbours[to].push((from, hop, false));
            }
        }
        self.hang_up(&neighbours);
        in_tree
    }

    /// Hangs the trees up at their lowest signals.
    fn hang_up(&mut self, neighbours: &[Vec<(usize, Hop, bool)>]) {
        let mut reached = vec![false; neighbours.len()];
        for root in 0..neighbours.len() {
            if std::mem::replace(&mut reached[root], true) {
                continue;
            }
            let mut next = self.order.len();
            self.order.push(root);
            while let Some(&signal) = self.order.get(next) {
                next += 1;
                for &(other, hop, forward) in &neighbours[signal] {
                    if !std::mem::replace(&mut reached[other], true) {
                        self.parents[other] = Some((hop, forward));
                        self.order.push(other);
                    }
                }
            }
        }
    }

    /// The root of the tree of each signal.
    pub(super) fn roots(&self, network: &PathNetwork) -> Vec<usize> {
        let mut roots: Vec<usize> = (0..network.signals.len()).collect();
        for &signal in &self.order {
            if let Some((hop, forward)) = self.parents[signal] {
                let (from, to) = ends(network, hop);
                roots[signal] = roots[if forward { from } else { to }];
            }
        }
        roots
    }

    /// Bounds of a loop integer that follow from the ranges of everything else; they cut no solution off.
    fn loop_bounds(&self, network: &PathNetwork, hop: Hop) -> (i32, i32) {
        let (from, to) = ends(network, hop);
        let (mut low, mut high) = hop_range(network, hop);
        // θ_from - θ_to: up from both to where they meet.
        let (a, b) = (self.to_root(network, from), self.to_root(network, to));
        let shared = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x.0 == y.0).count();
        for &(_, (l, h)) in &a[..a.len() - shared] {
            (low, high) = (low + l, high + h);
        }
        for &(_, (l, h)) in &b[..b.len() - shared] {
            (low, high) = (low - h, high - l);
        }
        ((low - 1e-6).ceil() as i32, (high + 1e-6).floor() as i32)
    }

    /// The signals from one up to below its root, each with the range of its offset less that of its parent.
    fn to_root(&self, network: &PathNetwork, mut signal: usize) -> Vec<(usize, (f64, f64))> {
        let mut way = Vec::new();
        while let Some((hop, forward)) = self.parents[signal] {
            let (low, high) = hop_range(network, hop);
            // On a hop of the tree θ_from + range = θ_to.
            let (from, to) = ends(network, hop);
            way.push((signal, if forward { (low, high) } else { (-high, -low) }));
            signal = if forward { from } else { to };
        }
        way
    }
}

/// The signals of a hop.
pub(super) fn ends(network: &PathNetwork, Hop { path, station }: Hop) -> (usize, usize) {
    let stations = &network.paths[path].stations;
    (stations[station].signal, stations[station + 1].signal)
}

/// The range of `σ_i + w_i + h_i/2 + t_ij - τ_j z - σ_j - w_j - h_j/2`.
fn hop_range(network: &PathNetwork, Hop { path, station }: Hop) -> (f64, f64) {
    let stations = &network.paths[path].stations;
    let (from, to) = (position(network, path, station), position(network, path, station + 1));
    let rates = [1.0 / network.cycle.0.seconds(), 1.0 / network.cycle.1.seconds()];
    let (short, long) = stations[station + 1].later();
    let least = rates.map(|z| (short * z).seconds()).into_iter().fold(f64::INFINITY, f64::min);
    let most = rates.map(|z| (long * z).seconds()).into_iter().fold(f64::NEG_INFINITY, f64::max);
    (from.0 + least - to.1, from.1 + most - to.0)
}

/// The range of `σ + w + h/2`.
fn position(network: &PathNetwork, path: usize, station: usize) -> (f64, f64) {
    let own = &network.paths[path].stations[station];
    let starts = || own.greens.iter().map(|g| g.start);
    let room = if network.requires(path) { own.longest_green() } else { 1.0 };
    let half = if network.signals[own.signal].twice { 0.5 } else { 0.0 };
    (starts().fold(f64::INFINITY, f64::min), starts().fold(f64::NEG_INFINITY, f64::max) + room + half)
}

/// A time as a share of a cycle, at the fraction `pace` of the way from the shortest to the longest.
pub(super) fn share(later: (Span, Span), pace: f64, cycle: Span) -> f64 {
    (later.0 + (later.1 - later.0) * pace) / cycle
}
