//! Small scenarios made in code, for tests, benches and examples: a grid of signalised crossroads.
//!
//! One row and one column is a crossroads, one row a corridor. Streets run east-west and north-south, two-way, with
//! right-hand traffic; left turns are permissive. Nothing here is measured anywhere.

mod people;

pub use people::Road;

use crate::detector::DetectorKind;
use crate::geometry::Point;
use crate::network::{Control, Origin, Turn};
use crate::scenario::file::{
    ConflictFile, DemandFile, DetectorFile, FlowFile, GreenFile, GroupFile, IntersectionFile, LaneFile, LinkFile, MovementFile,
    NetworkFile, PlanFile, RoadworksFile, ScenarioFile, ShareFile, SignalFile, SignalPlanFile, SignalsFile, StageFile,
    VehicleTypeFile, reference,
};
use crate::scenario::{Files, Scenario};
use crate::signal::{Grade, GroupKind};
use crate::vehicle::VehicleClass;

/// Half the side of an intersection, in metres: where stop lines lie.
const REACH: f64 = 14.0;
/// Width of a lane, in metres.
const LANE: f64 = 3.2;

/// What the grid is like.
#[derive(Debug, Clone)]
pub struct Grid {
    /// Crossroads from west to east.
    pub columns: usize,
    /// Crossroads from south to north.
    pub rows: usize,
    /// Distance between the centres of neighbours, in metres.
    pub spacing_m: f64,
    /// Lanes of each link.
    pub lanes: usize,
    /// Cycle time of every signal.
    pub cycle_s: u16,
    /// Green of the east-west street.
    pub green_s: u16,
    /// Offset of each signal after its western neighbour.
    pub offset_s: u16,
    /// Flow from each end of an east-west street, in vehicles per hour.
    pub flow_veh_per_h: f64,
    /// Flow from each end of a north-south street, in vehicles per hour.
    pub cross_flow_veh_per_h: f64,
    /// Share of vehicles that turn left at the first crossroads, and as many right.
    pub turning: f64,
    /// How far those who turn left drive straight on before and after their bend.
    pub pull_in_m: f64,
    /// Length of the run.
    pub duration_s: u32,
    /// Step of the simulation.
    pub step_s: f64,
}

impl Default for Grid {
    fn default() -> Self {
        Self {
            columns: 1,
            rows: 1,
            spacing_m: 250.0,
            lanes: 2,
            cycle_s: 80,
            green_s: 36,
            offset_s: 0,
            flow_veh_per_h: 700.0,
            cross_flow_veh_per_h: 500.0,
            turning: 0.1,
            pull_in_m: 0.0,
            duration_s: 900,
            step_s: 0.5,
        }
    }
}

/// One of the four directions of travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    East,
    North,
    West,
    South,
}

const WAYS: [Way; 4] = [Way::East, Way::North, Way::West, Way::South];

impl Way {
    const fn heading(self) -> (f64, f64) {
        match self {
            Self::East => (1.0, 0.0),
            Self::North => (0.0, 1.0),
            Self::West => (-1.0, 0.0),
            Self::South => (0.0, -1.0),
        }
    }

    /// The way after a turn to the left, that many quarter turns.
    fn left(self, quarters: usize) -> Self {
        WAYS[(self as usize + quarters) % 4]
    }
}

impl Grid {
    /// The scenario.
    ///
    /// # Panics
    /// When the numbers make no scenario: this is for tests.
    pub fn scenario(&self) -> Scenario {
        match self.files().check() {
            Ok(scenario) => scenario,
            Err(faults) => panic!("the toy scenario is broken: {faults}"),
        }
    }

    /// The files of the scenario.
    pub fn files(&self) -> Files {
        let scenario = ScenarioFile {
            schema: 1,
            period_name: None,
            periods: Vec::new(),
            name: "toy".into(),
            title: format!("A toy grid of {} by {} crossroads", self.columns, self.rows),
            begin_s: 3600,
            end_s: 3600 + self.duration_s,
            warm_up_s: 0,
            step_s: self.step_s,
            default_plan: Some(reference("plain")),
            attribution: String::new(),
            assumptions: vec!["assumed: everything; this is a toy".into()],
            transition: None,
            day_plan: Vec::new(),
            faults: Vec::new(),
        };
        let roadworks = RoadworksFile { schema: 1, roadworks: Vec::new() };
        Files::new(scenario, self.network(), self.signals(), vec![self.plan()], self.demand(), roadworks)
    }

    fn crossroads(&self) -> impl Iterator<Item = (usize, usize)> {
        let columns = self.columns;
        (0..self.rows).flat_map(move |r| (0..columns).map(move |c| (c, r)))
    }

    fn centre(&self, (c, r): (usize, usize)) -> Point {
        Point::new(c as f64 * self.spacing_m, r as f64 * self.spacing_m)
    }

    /// The place that a vehicle reaches from a crossroads: the next one, or an end of the street.
    fn next(&self, (c, r): (usize, usize), way: Way) -> Option<(usize, usize)> {
        match way {
            Way::East => (c + 1 < self.columns).then_some((c + 1, r)),
            Way::North => (r + 1 < self.rows).then_some((c, r + 1)),
            Way::West => c.checked_sub(1).map(|c| (c, r)),
            Way::South => r.checked_sub(1).map(|r| (c, r)),
        }
    }

    fn name((c, r): (usize, usize)) -> String {
        format!("X{c}.{r}")
    }

    fn end_name(at: (usize, usize), way: Way) -> String {
        format!("{}-{way:?}", Self::name(at))
    }

    /// The link by which one arrives at a crossroads travelling in a direction.
    fn arriving(at: (usize, usize), way: Way) -> String {
        format!("{}<{way:?}", Self::name(at))
    }

    /// The link by which one leaves it: the next crossroads' arriving link, or one to the end.
    fn leaving(&self, at: (usize, usize), way: Way) -> String {
        self.next(at, way).map_or_else(|| format!("{}>{way:?}", Self::name(at)), |next| Self::arriving(next, way))
    }

    fn network(&self) -> NetworkFile {
        let mut file = NetworkFile::empty(Origin { epsg: 0, east_m: 0.0, north_m: 0.0 });
        for at in self.crossroads() {
            let p = self.centre(at);
            let signal = Some(reference(Self::name(at)));
            file.intersections.push(IntersectionFile {
                name: reference(Self::name(at)),
                title: String::new(),
                position_m: [p.x, p.y],
                control: Control::Signal,
                signal,
            });
            for way in WAYS {
                self.arm(at, way, &mut file);
                self.movements(at, way, &mut file.movements);
            }
        }
        file
    }

    /// The link that arrives travelling `way`, and the one that leaves towards an end of the street.
    fn arm(&self, at: (usize, usize), way: Way, file: &mut NetworkFile) {
        let (p, (hx, hy)) = (self.centre(at), way.heading());
        let point = |along: f64| Point::new(p.x + hx * along, p.y + hy * along);
        let from = self.next(at, way.left(2)).map_or_else(|| Self::end_name(at, way.left(2)), Self::name);
        let start = if self.next(at, way.left(2)).is_some() { REACH - self.spacing_m } else { -self.spacing_m };
        file.links.push(self.link(Self::arriving(at, way), from, Self::name(at), point(start), point(-REACH)));
        for lane in 0..self.lanes {
            file.detectors.push(DetectorFile {
                name: reference(format!("{}_{lane}", Self::arriving(at, way))),
                kind: DetectorKind::Loop,
                link: reference(Self::arriving(at, way)),
                lane: lane as u32,
                position_m: -REACH - start - 30.0,
                length_m: 2.0,
            });
        }
        if self.next(at, way).is_none() {
            let end = Self::end_name(at, way);
            let outside = point(self.spacing_m);
            file.intersections.push(IntersectionFile {
                name: reference(end.clone()),
                title: String::new(),
                position_m: [outside.x, outside.y],
                control: Control::Joint,
                signal: None,
            });
            file.links.push(self.link(self.leaving(at, way), Self::name(at), end, point(REACH), outside));
        }
    }

    fn link(&self, name: String, from: String, to: String, a: Point, b: Point) -> LinkFile {
        let length = a.distance(b).get();
        let (hx, hy) = ((b.x - a.x) / length, (b.y - a.y) / length);
        let lanes = (0..self.lanes).map(|i| {
            let right = self.lane_offset(i);
            let shift = |p: Point| [p.x + hy * right, p.y - hx * right];
            LaneFile {
                length_m: None,
                width_m: LANE,
                speed_limit_kmh: None,
                classes: None,
                cycle_area_m: None,
                shape_m: vec![shift(a), shift(b)],
            }
        });
        LinkFile {
            name: reference(name),
            street: String::new(),
            from: reference(from),
            to: reference(to),
            speed_limit_kmh: 50.0,
            rank: 0,
            lanes: lanes.collect(),
        }
    }

    /// Distance of a lane's centre to the right of the middle of the street.
    fn lane_offset(&self, lane: usize) -> f64 {
        (self.lanes as f64 - lane as f64 - 0.5) * LANE + 0.3
    }

    fn movements(&self, at: (usize, usize), way: Way, out: &mut Vec<MovementFile>) {
        let last = self.lanes - 1;
        let mut push = |lane: usize, to: Way, to_lane: usize, turn: Turn, yields: Vec<String>| {
            let group = if matches!(way, Way::East | Way::West) { "K1" } else { "K2" };
            out.push(MovementFile {
                from: reference(Self::arriving(at, way)),
                from_lane: lane as u32,
                to: reference(self.leaving(at, to)),
                to_lane: to_lane as u32,
                turn,
                length_m: None,
                speed_limit_kmh: if turn == Turn::Straight { 50.0 } else { 25.0 },
                shape_m: self.curve(at, way, lane, to, to_lane),
                group: Some(reference(group)),
                link_index: None,
                waiting_m: (turn == Turn::Left).then_some(REACH - 3.0),
                yields_to: yields.into_iter().map(reference).collect(),
            });
        };
        push(0, way.left(3), 0, Turn::Right, Vec::new());
        for lane in 0..self.lanes {
            push(lane, way, lane, Turn::Straight, Vec::new());
        }
        // A left turn gives way to the oncoming straight and right movements.
        let oncoming = way.left(2);
        let from = Self::arriving(at, oncoming);
        let straight = (0..self.lanes).map(|l| format!("{from}_{l}>{}_{l}", self.leaving(at, oncoming)));
        let right = format!("{from}_0>{}_0", self.leaving(at, oncoming.left(3)));
        push(last, way.left(1), last, Turn::Left, straight.chain([right]).collect());
    }

    fn curve(&self, at: (usize, usize), way: Way, lane: usize, to: Way, to_lane: usize) -> Vec<[f64; 2]> {
        let p = self.centre(at);
        let place = |w: Way, along: f64, lane: usize| {
            let ((hx, hy), right) = (w.heading(), self.lane_offset(lane));
            Point::new(p.x + hx * along + hy * right, p.y + hy * along - hx * right)
        };
        let pulled = if to == way.left(1) { self.pull_in_m } else { 0.0 };
        let (a, d) = (place(way, pulled - REACH, lane), place(to, REACH - pulled, to_lane));
        let ((ax, ay), (dx, dy)) = (way.heading(), to.heading());
        let pull = 0.55 * a.distance(d).get() / std::f64::consts::SQRT_2;
        let (b, c) = (Point::new(a.x + ax * pull, a.y + ay * pull), Point::new(d.x - dx * pull, d.y - dy * pull));
        let bezier = |t: f64| {
            let (ab, bc, cd) = (a.lerp(b, t), b.lerp(c, t), c.lerp(d, t));
            ab.lerp(bc, t).lerp(bc.lerp(cd, t), t)
        };
        let parts = if way == to { 1 } else { 12 };
        let bend = (0..=parts).map(|i| bezier(f64::from(i) / f64::from(parts)));
        let ends = (pulled > 0.0).then(|| (place(way, -REACH, lane), place(to, REACH, to_lane)));
        let (first, last) = ends.unzip();
        first.into_iter().chain(bend).chain(last).map(|q| [q.x, q.y]).collect()
    }

    fn signals(&self) -> SignalsFile {
        let group = |name: &str| GroupFile {
            name: reference(name),
            kind: GroupKind::Vehicles,
            amber_s: 3,
            red_amber_s: 1,
            min_green_s: 5,
            min_red_s: 1,
            may_stay_red: false,
            max_green_percent: None,
        };
        let stage = |name: &str, green: &str| StageFile { name: name.into(), greens: vec![reference(green)] };
        let signals = self.crossroads().map(|at| SignalFile {
            name: reference(Self::name(at)),
            source: "assumed: a toy".into(),
            groups: vec![group("K1"), group("K2")],
            conflicts: vec![ConflictFile {
                groups: [reference("K1"), reference("K2")],
                grade: Grade::Incompatible,
                intergreen_s: Some([6, 6]),
            }],
            stages: vec![stage("1", "K1"), stage("2", "K2")],
        });
        SignalsFile { schema: 1, signals: signals.collect() }
    }

    fn plan(&self) -> PlanFile {
        let (c, g) = (self.cycle_s, self.green_s);
        let signals = self.crossroads().map(|at| SignalPlanFile {
            name: reference(Self::name(at)),
            cycle_s: c,
            offset_s: (at.0 as u16).wrapping_mul(self.offset_s) % c,
            greens: vec![
                GreenFile { group: reference("K1"), from_s: 0, to_s: g },
                GreenFile { group: reference("K2"), from_s: g + 6, to_s: c - 6 },
            ],
        });
        PlanFile { schema: 1, name: "plain".into(), source: "assumed: a toy".into(), signals: signals.collect() }
    }

    fn demand(&self) -> DemandFile {
        let car = VehicleTypeFile::usual("car", VehicleClass::Car);
        let ends = self.crossroads().flat_map(|at| WAYS.map(|w| (at, w)));
        let entries = ends.filter(|&(at, way)| self.next(at, way.left(2)).is_none());
        let flows = entries.flat_map(|(at, way)| {
            let total = if matches!(way, Way::East | Way::West) { self.flow_veh_per_h } else { self.cross_flow_veh_per_h };
            let parts = [(0, 1.0 - 2.0 * self.turning), (1, self.turning), (3, self.turning)];
            parts.map(|(quarters, share)| self.flow(at, way, way.left(quarters), total * share))
        });
        let flows = flows.filter(|f| f.flow_veh_per_h > Some(0.0)).collect();
        DemandFile { types: vec![car], flows, ..DemandFile::empty("assumed: a toy") }
    }

    /// A flow that enters at a crossroads, turns there to `to` and goes on straight to the end.
    fn flow(&self, at: (usize, usize), way: Way, to: Way, veh_per_h: f64) -> FlowFile {
        let mut last = at;
        while let Some(next) = self.next(last, to) {
            last = next;
        }
        FlowFile {
            mix: vec![ShareFile { vehicle_type: reference("car"), share: 1.0 }],
            from: Some(reference(Self::arriving(at, way))),
            to: Some(reference(self.leaving(last, to))),
            ..FlowFile::steady(
                format!("{} {way:?} {to:?}", Self::name(at)),
                (3600.0, 3600.0 + f64::from(self.duration_s)),
                veh_per_h,
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Meeting;

    #[test]
    fn a_crossroads_has_the_conflicts_one_expects() {
        let scenario = Grid::default().scenario();
        let network = &scenario.network;
        assert_eq!((network.links.len(), network.movements.len()), (8, 16));
        let crossing = network.conflicts.iter().filter(|c| c.meeting == Meeting::Cross).count();
        assert!(crossing >= 24, "{crossing}");
        // No two movements of one approach cross.
        for c in network.conflicts.iter().filter(|c| c.meeting == Meeting::Cross) {
            assert_ne!(network.origin_link(c.first.movement), network.origin_link(c.second.movement));
        }
    }

    #[test]
    fn a_grid_connects_its_crossroads() {
        let scenario = Grid { columns: 3, rows: 2, ..Grid::default() }.scenario();
        assert_eq!(scenario.signals.len(), 6);
        assert_eq!(scenario.demand.flows.len(), 30);
    }
}
