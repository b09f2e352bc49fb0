//! Which links follow which, and the fastest ways through the empty network.

use super::network::Built;
use model::vehicle::{ClassSet, VehicleClass};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap};

/// The links as the demand sees them.
#[derive(Debug)]
pub(super) struct Roads {
    rows: BTreeMap<String, usize>,
    names: Vec<String>,
    links: Vec<Road>,
}

#[derive(Debug)]
struct Road {
    classes: ClassSet,
    seconds: f64,
    next: Vec<(usize, ClassSet)>,
}

/// A link that waits to be visited; the heap gives the nearest first.
struct Visit(f64, usize);

impl PartialEq for Visit {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Visit {}
impl PartialOrd for Visit {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Visit {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.total_cmp(&self.0).then(other.1.cmp(&self.1))
    }
}

impl Roads {
    pub(super) fn new(built: &Built) -> Self {
        let names: Vec<String> = built.links.iter().map(|l| l.name.get_ref().clone()).collect();
        let rows = names.iter().enumerate().map(|(i, name)| (name.clone(), i)).collect();
        let road = |l: &model::scenario::file::LinkFile| {
            let sets = l.lanes.iter().map(|l| l.classes.as_ref().map_or(ClassSet::ROAD, |c| c.iter().copied().collect()));
            let classes = sets.reduce(|a, b| b.iter().fold(a, ClassSet::with)).unwrap_or(ClassSet::NONE);
            let length = l.lanes.iter().filter_map(|l| l.length_m).fold(0.0, f64::max);
            Road { classes, seconds: length * 3.6 / l.speed_limit_kmh, next: Vec::new() }
        };
        let mut links: Vec<Road> = built.links.iter().map(road).collect();
        for way in &built.movements {
            let next = &mut links[way.links.0].next;
            match next.iter_mut().find(|n| n.0 == way.links.1) {
                Some(known) => known.1 = way.classes.iter().fold(known.1, ClassSet::with),
                None => next.push((way.links.1, way.classes)),
            }
        }
        Self { rows, names, links }
    }

    /// The row of a link.
    pub(super) fn row(&self, name: &str) -> Option<usize> {
        self.rows.get(name).copied()
    }

    /// The name of a link.
    pub(super) fn name(&self, row: usize) -> &str {
        &self.names[row]
    }

    /// Whether a class may use a link.
    pub(super) fn admits(&self, row: usize, class: VehicleClass) -> bool {
        self.links[row].classes.contains(class)
    }

    /// Whether a movement leads from a link to another for a class.
    pub(super) fn follows(&self, from: usize, to: usize, class: VehicleClass) -> bool {
        self.links[from].next.iter().any(|n| n.0 == to && n.1.contains(class))
    }

    /// For every link the one before it on the fastest way from a link; `None` where no way leads.
    pub(super) fn ways_from(&self, from: usize, class: VehicleClass) -> Vec<Option<usize>> {
        let mut before = vec![None; self.links.len()];
        if !self.admits(from, class) {
            return before;
        }
        let mut best = vec![f64::INFINITY; self.links.len()];
        (best[from], before[from]) = (0.0, Some(from));
        let mut heap = BinaryHeap::from([Visit(0.0, from)]);
        while let Some(Visit(time, link)) = heap.pop() {
            if time > best[link] {
                continue;
            }
            for &(next, classes) in &self.links[link].next {
                let arrival = time + self.links[next].seconds;
                if classes.contains(class) && arrival < best[next] {
                    (best[next], before[next]) = (arrival, Some(link));
                    heap.push(Visit(arrival, next));
                }
            }
        }
        before
    }

    /// The links from `from` to `to` by a result of [`Roads::ways_from`].
    pub(super) fn way(before: &[Option<usize>], from: usize, to: usize) -> Option<Vec<usize>> {
        let mut way = vec![to];
        while way[way.len() - 1] != from {
            way.push(before[way[way.len() - 1]]?);
        }
        before[from]?;
        way.reverse();
        Some(way)
    }
}
