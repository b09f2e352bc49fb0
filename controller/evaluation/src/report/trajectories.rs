//! Simulated vehicles along a road, for time-space diagrams.
//!
//! ```no_run
//! # fn lines(simulation: &mut sim::Simulation, path: &evaluation::report::trajectories::Path) {
//! use evaluation::report::trajectories::collect;
//!
//! let lines = collect(simulation, &[path], 25_200.0, 25_380.0);
//! # }
//! ```

use model::id::{IdVec, LinkId, VehicleId};
use model::network::Network;
use sim::{DrawnVehicle, Simulation};
use std::collections::BTreeMap;

/// A vehicle's way along a corridor: points of (second of the day, metres along the corridor), in order of time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trajectory {
    /// The points, straight lines between them.
    pub points: Vec<(f64, f64)>,
}

/// A link of a corridor and where it lies along it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PathLink {
    /// The link.
    pub link: LinkId,
    /// Where the link begins along the corridor, in metres.
    pub from_m: f64,
    /// Where it ends; below `from_m` in the direction of falling positions.
    pub to_m: f64,
}

/// One direction of a corridor: its links in driving order, each at most once.
#[derive(Debug, Clone)]
pub struct Path {
    links: Vec<PathLink>,
    /// Length of each link, in metres.
    lengths: Vec<f64>,
    /// Where each link of the network stands in the path.
    index: IdVec<LinkId, Option<usize>>,
}

impl Path {
    /// A path over these links, in driving order. A link that comes twice is kept where it comes first.
    pub fn new(network: &Network, links: Vec<PathLink>) -> Self {
        let mut index = IdVec::from_fn(network.links.len(), |_| None);
        for (i, link) in links.iter().enumerate() {
            index[link.link].get_or_insert(i);
        }
        let lengths = links.iter().map(|l| network.links[l.link].length.get().max(1e-3)).collect();
        Self { links, lengths, index }
    }

    /// A path over these links, measured from 0 along the links and the gaps between them, the way of the intersections
    /// taken as the distance from end to start.
    pub fn along(network: &Network, links: &[LinkId]) -> Self {
        let mut at = 0.0;
        let mut placed = Vec::new();
        let shape = |l: LinkId| &network.lanes[network.links[l].first_lane].shape;
        for (i, &link) in links.iter().enumerate() {
            if let Some(&before) = i.checked_sub(1).and_then(|i| links.get(i)) {
                at += shape(before).end().distance(shape(link).start()).get();
            }
            let to_m = at + network.links[link].length.get();
            placed.push(PathLink { link, from_m: at, to_m });
            at = to_m;
        }
        Self::new(network, placed)
    }

    /// The links.
    pub fn links(&self) -> &[PathLink] {
        &self.links
    }

    /// Where a vehicle is: which link of the path, and metres along the corridor; `None` when it is elsewhere.
    ///
    /// Past the end of a link, on an intersection, it goes on up to the beginning of the next link of the path.
    fn place(&self, vehicle: &DrawnVehicle) -> Option<(usize, f64)> {
        let i = (*self.index.get(vehicle.link)?)?;
        let PathLink { from_m, to_m, .. } = self.links[i];
        let forwards = if to_m >= from_m { 1.0 } else { -1.0 };
        let share = vehicle.position / self.lengths[i];
        let metres = if share <= 1.0 {
            from_m + (to_m - from_m) * share
        } else {
            let beyond = vehicle.position - self.lengths[i];
            let gap = self.links.get(i + 1).map_or(0.0, |next| (next.from_m - to_m) * forwards);
            to_m + forwards * beyond.min(gap.max(0.0))
        };
        Some((i, metres))
    }
}

/// Nobody drives this far between two samples, in metres: whoever seems to has passed the ends of a ring.
const LEAP: f64 = 100.0;

/// A line that still grows.
struct Open {
    link: usize,
    second: f64,
    line: Vec<(f64, f64)>,
}

/// Lines of one path, from what is seen once a second.
pub struct Collector<'a> {
    path: &'a Path,
    open: BTreeMap<VehicleId, Open>,
    done: Vec<Trajectory>,
}

impl<'a> Collector<'a> {
    /// Nothing seen yet.
    pub fn new(path: &'a Path) -> Self {
        Self { path, open: BTreeMap::new(), done: Vec::new() }
    }

    /// Takes the vehicles of one moment, in seconds of the day; those that were there a moment before go on with their line.
    pub fn sample(&mut self, now: f64, vehicles: &[DrawnVehicle]) {
        for vehicle in vehicles {
            let Some((link, metres)) = self.path.place(vehicle) else { continue };
            let near = |o: &Open| o.line.last().is_none_or(|last| (last.1 - metres).abs() < LEAP);
            let goes_on = self.open.get(&vehicle.vehicle).is_some_and(|o| o.second >= now - 1.5 && o.link <= link && near(o));
            if !goes_on && let Some(left) = self.open.remove(&vehicle.vehicle) {
                self.done.push(finished(&left));
            }
            let open = self.open.entry(vehicle.vehicle).or_insert_with(|| Open { link, second: now, line: Vec::new() });
            (open.link, open.second) = (link, now);
            open.line.push((now, metres));
        }
    }

    /// The lines in order of their beginning.
    pub fn finish(mut self) -> Vec<Trajectory> {
        self.done.extend(self.open.values().map(finished));
        self.done.retain(|t| t.points.len() > 1);
        self.done.sort_by(|a, b| a.points[0].0.total_cmp(&b.points[0].0).then(a.points[0].1.total_cmp(&b.points[0].1)));
        self.done
    }
}

fn finished(open: &Open) -> Trajectory {
    Trajectory { points: simplified(&open.line, 0.4) }
}

/// Steps a simulation from where it is to a second of the day, and collects from `from` on the vehicles on each path,
/// once a second.
///
/// A line ends where its vehicle leaves the path. The lists come in the order of the paths, the lines in order of their
/// beginning.
pub fn collect(simulation: &mut Simulation, paths: &[&Path], from: f64, until: f64) -> Vec<Vec<Trajectory>> {
    let mut collectors: Vec<Collector<'_>> = paths.iter().map(|&path| Collector::new(path)).collect();
    while simulation.now() <= until {
        if simulation.now() >= from && simulation.step_size().begins_second(simulation.tick()) {
            let frame = simulation.frame();
            for collector in &mut collectors {
                collector.sample(frame.now, &frame.vehicles);
            }
        }
        simulation.step();
    }
    collectors.into_iter().map(Collector::finish).collect()
}

/// The line without the points that lie within `tolerance` metres of the straight lines that are left.
///
/// Source: Douglas & Peucker (1973), with the distance taken along the road only.
fn simplified(line: &[(f64, f64)], tolerance: f64) -> Vec<(f64, f64)> {
    let mut keep = vec![false; line.len()];
    let mut parts = vec![(0, line.len().saturating_sub(1))];
    for end in [0, line.len().saturating_sub(1)] {
        if let Some(k) = keep.get_mut(end) {
            *k = true;
        }
    }
    while let Some((a, b)) = parts.pop() {
        let off = |i: usize| {
            let share = (line[i].0 - line[a].0) / (line[b].0 - line[a].0);
            (line[i].1 - line[a].1 - share * (line[b].1 - line[a].1)).abs()
        };
        let farthest = (a + 1..b).map(|i| (i, off(i))).max_by(|x, y| x.1.total_cmp(&y.1));
        if let Some((i, distance)) = farthest
            && distance > tolerance
        {
            keep[i] = true;
            parts.extend([(a, i), (i, b)]);
        }
    }
    line.iter().zip(keep).filter(|(_, k)| *k).map(|(p, _)| *p).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::geometry::Point;
    use model::vehicle::VehicleClass;

    fn path(links: &[(u32, f64, f64)], length: f64) -> Path {
        let links: Vec<PathLink> = links.iter().map(|&(l, from_m, to_m)| PathLink { link: LinkId(l), from_m, to_m }).collect();
        let mut index = IdVec::from_fn(9, |_| None);
        for (i, l) in links.iter().enumerate() {
            index[l.link] = Some(i);
        }
        Path { lengths: vec![length; links.len()], links, index }
    }

    fn at(vehicle: u32, link: u32, position: f64) -> DrawnVehicle {
        DrawnVehicle {
            vehicle: VehicleId(vehicle),
            class: VehicleClass::Car,
            centre: Point::default(),
            front: Point::default(),
            heading: (1.0, 0.0),
            length: 4.5,
            width: 1.8,
            speed: 10.0,
            acceleration: 0.0,
            link: LinkId(link),
            position,
            movement: None,
        }
    }

    fn lines(path: &Path, samples: &[&[DrawnVehicle]]) -> Vec<Vec<(f64, f64)>> {
        let mut c = Collector::new(path);
        for (second, vehicles) in samples.iter().enumerate() {
            c.sample(second as f64, vehicles);
        }
        c.finish().into_iter().map(|t| t.points).collect()
    }

    #[test]
    fn on_the_intersection_a_vehicle_goes_on_to_the_next_link() {
        let p = path(&[(0, 0.0, 100.0), (1, 120.0, 220.0)], 100.0);
        let places = [at(0, 0, 50.0), at(0, 0, 110.0), at(0, 0, 140.0), at(0, 1, 0.0)].map(|v| p.place(&v).map(|x| x.1));
        assert_eq!(places, [Some(50.0), Some(110.0), Some(120.0), Some(120.0)]);
    }

    #[test]
    fn against_the_direction_positions_fall() {
        let p = path(&[(2, 220.0, 120.0), (3, 100.0, 0.0)], 50.0);
        let places = [at(0, 2, 25.0), at(0, 2, 60.0), at(0, 3, 50.0), at(0, 7, 5.0)].map(|v| p.place(&v).map(|x| x.1));
        assert_eq!(places, [Some(170.0), Some(110.0), Some(0.0), None]);
    }

    #[test]
    fn a_line_is_split_when_its_vehicle_leaves_the_corridor() {
        let p = path(&[(0, 0.0, 100.0), (1, 120.0, 220.0)], 100.0);
        let away = [at(0, 5, 0.0)];
        let samples: [&[DrawnVehicle]; 6] =
            [&[at(0, 0, 80.0)], &[at(0, 0, 90.0)], &away, &away, &[at(0, 1, 0.0)], &[at(0, 1, 10.0)]];
        assert_eq!(lines(&p, &samples), [vec![(0.0, 80.0), (1.0, 90.0)], vec![(4.0, 120.0), (5.0, 130.0)]]);
    }

    #[test]
    fn round_a_ring_a_new_line_begins() {
        let p = path(&[(0, 0.0, 100.0), (1, 100.0, 200.0)], 100.0);
        let samples: [&[DrawnVehicle]; 4] = [&[at(0, 1, 80.0)], &[at(0, 1, 90.0)], &[at(0, 0, 0.0)], &[at(0, 0, 10.0)]];
        assert_eq!(lines(&p, &samples).len(), 2);
    }

    #[test]
    fn past_the_seam_of_a_ring_a_new_line_begins_at_its_other_end() {
        let p = path(&[(0, 50.0, 0.0), (1, 900.0, 800.0)], 100.0);
        let samples: [&[DrawnVehicle]; 4] = [&[at(0, 0, 80.0)], &[at(0, 0, 99.0)], &[at(0, 1, 5.0)], &[at(0, 1, 20.0)]];
        assert_eq!(lines(&p, &samples), [vec![(0.0, 10.0), (1.0, 0.5)], vec![(2.0, 895.0), (3.0, 880.0)]]);
    }

    #[test]
    fn standing_and_even_driving_need_two_points_each() {
        let line: Vec<(f64, f64)> = (0..20).map(|s| (f64::from(s), 10.0 * f64::from(s.min(10)))).collect();
        assert_eq!(simplified(&line, 0.4), [(0.0, 0.0), (10.0, 100.0), (19.0, 100.0)]);
        assert_eq!(simplified(&[], 0.4), []);
    }
}
