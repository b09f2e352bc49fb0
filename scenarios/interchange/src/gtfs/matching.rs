//! At which links stops lie, and by which way a run goes from stop to stop.

use super::feed::{Feed, Run};
use crate::sumo::Notes;
use model::geometry::{Point, side};
use model::id::{LaneId, LinkId};
use model::network::{Network, Origin};
use model::quantity::Length;
use model::routing::{self, LinkTimes};
use model::vehicle::VehicleClass;
use proj4rs::Proj;
use std::collections::{BTreeMap, BTreeSet};

/// How many links a stop may lie at.
const CANDIDATES: usize = 6;
/// Metres that a stop on the left counts farther; stops of buses lie on the right.
const WRONG_SIDE: f64 = 20.0;
/// A way from stop to stop is at most this many times as long as the line between them …
const DETOUR: f64 = 3.0;
/// … and this many metres; assumed, enough for a turn round a block.
const DETOUR_M: f64 = 400.0;
/// How far around the network stops are of interest, in metres.
const MARGIN: f64 = 100.0;

/// The part of a run within the network.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Matched {
    /// The call at which it begins.
    pub(super) first: usize,
    pub(super) links: Vec<LinkId>,
    /// The leg of each call, from the first on.
    pub(super) legs: Vec<usize>,
}

/// Where a stop may lie: the link, and how far the stop is from it in metres.
type Candidates = Vec<(LinkId, f64)>;

/// A way with its time in seconds.
type Way = Option<(Vec<LinkId>, f64)>;

/// Matches runs, each sequence of stops once.
pub(super) struct Matcher<'a> {
    network: &'a Network,
    within: f64,
    projection: (Proj, Proj),
    bounds: [f64; 4],
    times: BTreeMap<VehicleClass, LinkTimes>,
    candidates: BTreeMap<(VehicleClass, usize), Option<(Point, Candidates)>>,
    ways: BTreeMap<(VehicleClass, LinkId, LinkId), Way>,
    patterns: BTreeMap<(VehicleClass, Vec<usize>), Option<Matched>>,
    alone: BTreeSet<usize>,
}

impl<'a> Matcher<'a> {
    /// For stops so near to the lanes of a network; `None` when nobody knows where on the Earth it lies.
    pub(super) fn new(network: &'a Network, within: Length) -> Option<Self> {
        let geographic = Proj::from_proj_string("+proj=longlat +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +no_defs").ok()?;
        let utm = Proj::from_proj_string("+proj=utm +zone=32 +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +units=m +no_defs").ok()?;
        let mut bounds = [f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY];
        for p in network.lanes.iter().flat_map(|l| l.shape.points()) {
            bounds = [bounds[0].min(p.x), bounds[1].max(p.x), bounds[2].min(p.y), bounds[3].max(p.y)];
        }
        (network.origin.epsg == 25832).then(|| Self {
            network,
            within: within.get(),
            projection: (geographic, utm),
            bounds,
            times: BTreeMap::new(),
            candidates: BTreeMap::new(),
            ways: BTreeMap::new(),
            patterns: BTreeMap::new(),
            alone: BTreeSet::new(),
        })
    }

    /// The longest part of a run within the network; `None` when there are fewer than two stops of it.
    pub(super) fn matched(&mut self, run: &Run, feed: &Feed, notes: &mut Notes) -> Option<Matched> {
        let key = (run.class, run.calls.iter().map(|c| c.stop).collect::<Vec<_>>());
        if !self.patterns.contains_key(&key) {
            let parts = self.parts(run.class, &key.1, feed);
            if parts.iter().filter(|p| p.legs.len() > 1).count() > 1 {
                notes.add("Runs that leave the network and come back have their longest part only", format!("line {}", run.line));
            }
            let longest = parts.into_iter().rev().max_by_key(|p| p.legs.len()).filter(|p| p.legs.len() > 1);
            self.patterns.insert(key.clone(), longest);
        }
        let found = self.patterns[&key].clone();
        let inside = key.1.iter().any(|&s| self.near(run.class, s, feed).is_some_and(|(_, c)| !c.is_empty()));
        if found.is_none() && inside {
            notes.add("Runs with fewer than two connected stops at roads are left out", format!("line {}", run.line));
        }
        found
    }

    /// The lane of a link at which a stop lies, and how far along; the nearest that admits the class.
    pub(super) fn place(&mut self, class: VehicleClass, stop: usize, link: LinkId, feed: &Feed) -> Option<(LaneId, Length)> {
        let (p, _) = self.near(class, stop, feed)?;
        let network = self.network;
        let open = network.links[link].lanes().filter(|&l| network.lanes[l].classes.contains(class));
        let nearest = open.map(|l| (l, network.lanes[l].shape.nearest(p))).min_by(|a, b| a.1.1.get().total_cmp(&b.1.1.get()));
        nearest.map(|(l, (along, _))| {
            let lane = &network.lanes[l];
            // The length that counts may differ from the drawn one.
            (l, along * (lane.length / lane.shape.length()))
        })
    }

    /// Names the stops that lie in the network, but at none of its links.
    pub(super) fn tell(&self, feed: &Feed, notes: &mut Notes) {
        for &stop in &self.alone {
            notes.add("Stops within the network lie too far from any lane of their vehicles", feed.stops[stop].name.clone());
        }
    }

    /// The place of a stop within the network and the links it may lie at, the nearest first.
    fn near(&mut self, class: VehicleClass, stop: usize, feed: &Feed) -> Option<(Point, Candidates)> {
        if let Some(known) = self.candidates.get(&(class, stop)) {
            return known.clone();
        }
        let (lat, lon) = (feed.stops[stop].lat, feed.stops[stop].lon);
        let [west, east, south, north] = self.bounds;
        let inside =
            |p: &Point| (west - MARGIN..=east + MARGIN).contains(&p.x) && (south - MARGIN..=north + MARGIN).contains(&p.y);
        let found = project(&self.projection, &self.network.origin, lat, lon).filter(inside).map(|p| (p, self.links(class, p)));
        if found.as_ref().is_some_and(|f| f.1.is_empty()) {
            self.alone.insert(stop);
        }
        self.candidates.insert((class, stop), found.clone());
        found
    }

    fn links(&self, class: VehicleClass, p: Point) -> Candidates {
        let mut found = Candidates::new();
        for (id, link) in self.network.links.enumerate() {
            let open = link.lanes().map(|l| &self.network.lanes[l]).filter(|l| l.classes.contains(class));
            let distance = |lane: &model::network::Lane| {
                let (along, distance) = lane.shape.nearest(p);
                let pose = lane.shape.pose(along);
                let ahead = pose.offset(1.0, 0.0);
                let left = class == VehicleClass::Bus && side(pose.at, ahead, p) > 0.0;
                (distance.get(), distance.get() + if left { WRONG_SIDE } else { 0.0 })
            };
            let nearest = open.map(distance).min_by(|a, b| a.1.total_cmp(&b.1));
            found.extend(nearest.filter(|d| d.0 <= self.within).map(|d| (id, d.1)));
        }
        found.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        found.truncate(CANDIDATES);
        found
    }

    /// Parts of a sequence of stops that are connected within the network.
    ///
    /// Each stop takes one of its links such that distances in metres and driving times in seconds sum to the least:
    /// dynamic programming from stop to stop.
    fn parts(&mut self, class: VehicleClass, stops: &[usize], feed: &Feed) -> Vec<Matched> {
        // Cost and way of the cheapest part that ends at each link of the last stop.
        let mut open: Vec<(f64, Matched)> = Vec::new();
        let (mut parts, mut last) = (Vec::new(), Point::new(0.0, 0.0));
        for (i, &stop) in stops.iter().enumerate() {
            let Some((at, links)) = self.near(class, stop, feed) else {
                parts.extend(cheapest(std::mem::take(&mut open)));
                continue;
            };
            let longest = DETOUR * at.distance(last).get() + DETOUR_M;
            let mut next = Vec::new();
            for &(to, distance) in &links {
                let longer = |(cost, part): &(f64, Matched)| {
                    let (time, part) = self.longer(class, part, to, longest)?;
                    Some((cost + time, part))
                };
                let best = open.iter().filter_map(longer).min_by(|a, b| a.0.total_cmp(&b.0));
                next.extend(best.map(|(cost, part)| (cost + distance, part)));
            }
            if next.is_empty() {
                parts.extend(cheapest(open));
                next = links.iter().map(|&(l, d)| (d, Matched { first: i, links: vec![l], legs: vec![0] })).collect();
            }
            (open, last) = (next, at);
        }
        parts.extend(cheapest(open));
        parts
    }

    /// A part that goes on to another link, with the seconds that takes; `None` when there is no way, or only a long one.
    fn longer(&mut self, class: VehicleClass, part: &Matched, to: LinkId, longest: f64) -> Option<(f64, Matched)> {
        let from = part.links[part.links.len() - 1];
        let (way, time) = self.way(class, from, to)?;
        let between: f64 = way.iter().skip(1).rev().skip(1).map(|&l| self.network.links[l].length.get()).sum();
        let links = [&part.links[..], &way[1..]].concat();
        let legs = [&part.legs[..], &[links.len() - 1]].concat();
        (between <= longest).then_some((time, Matched { first: part.first, links, legs }))
    }

    /// The fastest way between two links.
    fn way(&mut self, class: VehicleClass, from: LinkId, to: LinkId) -> Way {
        let network = self.network;
        let times = self.times.entry(class).or_insert_with(|| routing::free_flow_times(network, class));
        let find = || {
            let way = routing::fastest(network, class, times, from, to)?;
            let time = way.iter().skip(1).map(|&l| times[l].get()).sum();
            Some((way, time))
        };
        self.ways.entry((class, from, to)).or_insert_with(find).clone()
    }
}

fn cheapest(open: Vec<(f64, Matched)>) -> Option<Matched> {
    open.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).map(|o| o.1)
}

/// The point of a place on the Earth, in metres from an origin.
fn project((geographic, utm): &(Proj, Proj), origin: &Origin, lat: f64, lon: f64) -> Option<Point> {
    let mut p = (lon.to_radians(), lat.to_radians(), 0.0);
    proj4rs::transform::transform(geographic, utm, &mut p).ok()?;
    (p.0.is_finite() && p.1.is_finite()).then(|| Point::new(p.0 - origin.east_m, p.1 - origin.north_m))
}
