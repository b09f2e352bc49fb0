//! The streets of a town: where intersections lie, which streets there are, and how one gets from lane to lane.

use super::draw::{Case, Feature};
use model::detector::DetectorKind;
use model::geometry::Point;
use model::maths;
use model::network::{Control, Origin, Turn};
use model::scenario::file::{
    CrossingFile, DetectorFile, IntersectionFile, LaneFile, LinkFile, MovementFile, NetworkFile, PushButtonFile, reference,
};
use model::vehicle::VehicleClass;

/// Angles that differ by less than this from straight on are straight on, in radians.
const STRAIGHT: f64 = 0.6;
/// Width of a crossing for people on foot, in metres.
const CROSSING: f64 = 3.0;

/// A place where streets meet or end.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) at: Point,
    pub(crate) control: Control,
    /// Its arms, anticlockwise from east.
    pub(crate) arms: Vec<Arm>,
    /// Whether people cross the arms.
    pub(crate) people: bool,
}

/// A street as a node sees it.
#[derive(Debug, Clone)]
pub(crate) struct Arm {
    pub(crate) street: usize,
    /// Which end of the street the node is.
    pub(crate) end: usize,
    /// Direction away from the node, in radians, 0 to 2π.
    pub(crate) angle: f64,
    /// Where the stop line lies, in metres from the node.
    pub(crate) reach: f64,
}

/// A street between two nodes.
#[derive(Debug, Clone)]
pub(crate) struct Street {
    pub(crate) ends: [usize; 2],
    /// Lanes of the direction that leaves each end; 0 when there is no such direction.
    pub(crate) lanes: [usize; 2],
    pub(crate) limit_kmh: f64,
    pub(crate) lane_width: f64,
    /// How far the middle lies aside, as a share of the length.
    pub(crate) bend: f64,
}

/// A turn of the streets: from the lanes of one arm to those of another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    pub(crate) node: usize,
    pub(crate) from: usize,
    pub(crate) from_lane: usize,
    pub(crate) to: usize,
    pub(crate) to_lane: usize,
    pub(crate) turn: Turn,
    /// Whether only this turn leaves the lane.
    pub(crate) alone: bool,
}

/// The town of a case.
pub(crate) struct Town {
    pub(crate) case: Case,
    pub(crate) nodes: Vec<Node>,
    pub(crate) streets: Vec<Street>,
    pub(crate) ways: Vec<Way>,
}

impl Town {
    pub(crate) fn new(case: Case) -> Self {
        let mut town = Self { case, nodes: Vec::new(), streets: Vec::new(), ways: Vec::new() };
        town.lay_out();
        town.divide_streets();
        town.find_arms();
        town.set_controls();
        town.set_reaches();
        town.spread();
        for node in 0..town.nodes.len() {
            town.find_ways(node);
        }
        town
    }

    /// The grid, moved and thinned out.
    fn lay_out(&mut self) {
        let case = self.case;
        let mut shape = case.draw(10);
        let (columns, rows) = (shape.whole(1, 3), shape.whole(1, 2));
        let moved = if case.has(Feature::Angles, 0.6) { shape.between(0.0, 0.25) } else { 0.0 };
        let mut place = |c: f64, r: f64| {
            let (x, y) = (shape.unit() - 0.5, shape.unit() - 0.5);
            Point::new(100.0 * (c + moved * x), 100.0 * (r + moved * y))
        };
        let mut at = vec![Point::new(0.0, 0.0); (columns + 2) * (rows + 2)];
        for (i, at) in at.iter_mut().enumerate() {
            *at = place((i % (columns + 2)) as f64, (i / (columns + 2)) as f64);
        }
        let corner = |c: usize, r: usize| (c == 0 || c == columns + 1) && (r == 0 || r == rows + 1);
        self.nodes = at.into_iter().map(|at| Node { at, control: Control::Joint, arms: Vec::new(), people: false }).collect();
        let index = |c: usize, r: usize| r * (columns + 2) + c;
        for r in 0..rows + 2 {
            for c in 0..columns + 2 {
                for (c2, r2) in [(c + 1, r), (c, r + 1)] {
                    let inside = (1..=columns).contains(&c) && (1..=rows).contains(&r);
                    let inside2 = (1..=columns).contains(&c2) && (1..=rows).contains(&r2);
                    if c2 < columns + 2 && r2 < rows + 2 && (inside || inside2) && !corner(c, r) && !corner(c2, r2) {
                        self.build(index(c, r), index(c2, r2));
                    }
                }
            }
        }
    }

    fn build(&mut self, a: usize, b: usize) {
        let case = self.case;
        let mut draw = case.draw(2000 + 64 * a as u64 + b as u64);
        if draw.chance(0.15) && case.has(Feature::Gaps, 0.6) {
            return;
        }
        let usual = case.draw(11).whole(1, 3);
        let mut lanes = [usual, usual];
        let other = [draw.whole(1, 4), draw.whole(1, 4)];
        if case.has(Feature::Lanes, 0.7) {
            lanes = other;
        }
        let fastest = if case.has(Feature::Short, 0.3) { 30.0 } else { 100.0 };
        let shut = draw.whole(0, 1);
        if draw.chance(0.2) && case.has(Feature::OneWays, 0.6) {
            lanes[shut] = 0;
        }
        let limit_kmh = draw.pick(&[10.0, 30.0, 30.0, 50.0, 50.0, 70.0, 100.0_f64]).min(fastest);
        let lane_width = draw.between(2.8, 3.6);
        let wide = case.has(Feature::Bicycles, 0.3) && case.has(Feature::WideLanes, 0.3);
        let lane_width = if wide { lane_width + 1.7 } else { lane_width };
        let bend = if case.has(Feature::Angles, 0.6) { draw.pick(&[0.0, 0.0, 0.05, -0.05, 0.1, -0.1]) } else { 0.0 };
        self.streets.push(Street { ends: [a, b], lanes, limit_kmh, lane_width, bend });
    }

    /// Some streets change their number of lanes half way.
    fn divide_streets(&mut self) {
        for s in 0..self.streets.len() {
            let mut draw = self.case.draw(6000 + s as u64);
            if !(draw.chance(0.2) && self.case.has(Feature::Lanes, 0.7)) {
                continue;
            }
            let street = self.streets[s].clone();
            let [a, b] = street.ends.map(|e| self.nodes[e].at);
            let middle = self.nodes.len();
            self.nodes.push(Node { at: a.lerp(b, 0.5), control: Control::Joint, arms: Vec::new(), people: false });
            let lanes = street.lanes.map(|l| if l == 0 { 0 } else { draw.whole(1, 4) });
            self.streets[s] = Street { ends: [street.ends[0], middle], bend: 0.0, ..street.clone() };
            self.streets.push(Street { ends: [middle, street.ends[1]], lanes, bend: 0.0, ..street });
        }
    }

    fn find_arms(&mut self) {
        for (s, street) in self.streets.iter().enumerate() {
            let [a, b] = street.ends.map(|e| self.nodes[e].at);
            // The chord turned by what the bend adds at its ends.
            let (dx, dy) = (b.x - a.x, b.y - a.y);
            for (end, sign) in [(0, 1.0), (1, -1.0)] {
                let (x, y) = (sign * dx - 2.0 * street.bend * dy, sign * dy + 2.0 * street.bend * dx);
                let angle = maths::atan2(y, x).rem_euclid(std::f64::consts::TAU);
                self.nodes[street.ends[end]].arms.push(Arm { street: s, end, angle, reach: 0.0 });
            }
        }
        for node in &mut self.nodes {
            node.arms.sort_by(|a, b| a.angle.total_cmp(&b.angle));
        }
    }

    fn set_controls(&mut self) {
        let case = self.case;
        for (i, node) in self.nodes.iter_mut().enumerate() {
            let mut draw = case.draw(3000 + i as u64);
            let signal = draw.chance(0.6) && case.has(Feature::Signals, 0.7);
            let signs = draw.pick(&[Control::Priority, Control::Priority, Control::RightBeforeLeft]);
            node.control = match node.arms.len() {
                0..=2 if !(signal && node.arms.len() == 2) => Control::Joint,
                _ if signal => Control::Signal,
                _ => signs,
            };
            if node.control == Control::Signal {
                // Signals stand where no more than 70 km/h is allowed (RiLSA).
                for arm in &node.arms {
                    let limit = &mut self.streets[arm.street].limit_kmh;
                    *limit = limit.min(70.0);
                }
            }
            node.people = node.control != Control::Joint && draw.chance(0.5) && case.has(Feature::People, 0.5);
        }
    }

    /// How far the street reaches to the left and to the right, seen from the node.
    fn halves(&self, arm: &Arm) -> [f64; 2] {
        let street = &self.streets[arm.street];
        let half = |lanes: usize| self.median() + lanes as f64 * street.lane_width;
        [half(street.lanes[1 - arm.end]), half(street.lanes[arm.end])]
    }

    /// Stop lines lie where the arms are clear of each other.
    fn set_reaches(&mut self) {
        for n in 0..self.nodes.len() {
            let (arms, people) = (self.nodes[n].arms.clone(), self.nodes[n].people);
            let mut draw = self.case.draw(4000 + n as u64);
            for (i, arm) in arms.iter().enumerate() {
                let mut reach: f64 = 1.5;
                for other in arms.iter().filter(|other| (other.street, other.end) != (arm.street, arm.end)) {
                    let left = (other.angle - arm.angle).rem_euclid(std::f64::consts::TAU);
                    let (between, mine, theirs) = if left < std::f64::consts::PI {
                        (left, self.halves(arm)[0], self.halves(other)[1])
                    } else {
                        (std::f64::consts::TAU - left, self.halves(arm)[1], self.halves(other)[0])
                    };
                    let clear = if between < 2.6 {
                        (theirs + mine * maths::cos(between)) / maths::sin(between)
                    } else {
                        let half = 0.5 * (std::f64::consts::PI - between);
                        mine.max(theirs) * maths::sin(half) / maths::cos(half)
                    };
                    reach = reach.max(clear + 2.0);
                }
                // Where lanes end or begin, vehicles go aside slowly.
                let room = if arms.len() > 2 { draw.between(1.0, 6.0) } else { draw.between(6.0, 12.0) };
                self.nodes[n].arms[i].reach = reach + room + if people { CROSSING + 2.5 } else { 0.0 };
            }
        }
    }

    /// Pulls everything apart until the shortest street has its length.
    fn spread(&mut self) {
        let least = if self.case.has(Feature::Short, 0.3) { 10.0 } else { self.case.draw(12).between(40.0, 150.0) };
        let needed = |s: &Street| {
            let [a, b] = s.ends.map(|e| self.nodes[e].at);
            let reach = |n: usize, end: usize| {
                let id = self.streets.iter().position(|x| x.ends == s.ends).expect("the street is there");
                self.nodes[n].arms.iter().find(|a| a.street == id && a.end == end).map_or(0.0, |a| a.reach)
            };
            (reach(s.ends[0], 0) + reach(s.ends[1], 1) + least) / a.distance(b).get()
        };
        let scale = self.streets.iter().map(needed).fold(0.1, f64::max);
        for node in &mut self.nodes {
            node.at = Point::new(node.at.x * scale, node.at.y * scale);
        }
    }

    fn lanes(&self, arm: &Arm, leaving: bool) -> usize {
        self.streets[arm.street].lanes[if leaving { arm.end } else { 1 - arm.end }]
    }

    /// Which lane leads where at a node.
    fn find_ways(&mut self, n: usize) {
        let node = self.nodes[n].clone();
        if node.arms.len() < 2 {
            return;
        }
        for (from, arm) in node.arms.iter().enumerate() {
            let lanes = self.lanes(arm, false);
            let mut targets: Vec<(f64, usize)> = (0..node.arms.len())
                .filter(|&to| to != from && self.lanes(&node.arms[to], true) > 0)
                .map(|to| (turned(arm.angle, node.arms[to].angle), to))
                .collect();
            targets.sort_by(|a, b| a.0.total_cmp(&b.0));
            if lanes == 0 || targets.is_empty() {
                continue;
            }
            self.share_lanes(n, from, lanes, &targets);
            let back = self.case.draw(5500 + 8 * n as u64 + from as u64).chance(0.3) && self.lanes(arm, true) > 0;
            if back && node.arms.len() > 2 && self.has_u_turns() {
                let to_lane = self.lanes(arm, true) - 1;
                let way = Way { node: n, from, from_lane: lanes - 1, to: from, to_lane, turn: Turn::UTurn, alone: false };
                self.ways.push(way);
            }
        }
    }

    /// Shares the lanes of an arm among its targets from right to left, some of them shared.
    fn share_lanes(&mut self, n: usize, from: usize, lanes: usize, targets: &[(f64, usize)]) {
        let mut draw = self.case.draw(5000 + 8 * n as u64 + from as u64);
        let mut low = 0;
        let joint = self.nodes[n].arms.len() == 2;
        for (t, &(angle, to)) in targets.iter().enumerate() {
            let rest = targets.len() - 1 - t;
            let high = if rest == 0 { lanes - 1 } else { draw.whole(low, low.max((lanes - 1).saturating_sub(rest))) };
            let there = self.lanes(&self.nodes[n].arms[to], true);
            let turn = if joint || angle.abs() < STRAIGHT {
                Turn::Straight
            } else if angle > 0.0 {
                Turn::Left
            } else {
                Turn::Right
            };
            // More lanes than there are beyond merge, or all but as many end.
            let merge = draw.chance(0.5);
            // Straight on, the leftmost lanes face each other.
            let kept = match turn {
                _ if merge => low..=high,
                Turn::Left => (high + 1).saturating_sub(there).max(low)..=high,
                Turn::Straight => lanes.saturating_sub(there).clamp(low, high)..=high,
                _ => low..=high.min(low + there - 1),
            };
            for lane in kept {
                let to_lane = match turn {
                    Turn::Left => (there - 1).saturating_sub(high - lane),
                    Turn::Straight => (there + lane).saturating_sub(lanes).min(there - 1),
                    _ => (lane - low).min(there - 1),
                };
                self.ways.push(Way { node: n, from, from_lane: lane, to, to_lane, turn, alone: true });
            }
            low = if high + 1 < lanes && draw.chance(0.6) { high + 1 } else { high };
        }
        let ways = self.ways.clone();
        for way in self.ways.iter_mut().filter(|w| w.node == n && w.from == from) {
            let same = |w: &&Way| w.node == n && w.from == from && w.from_lane == way.from_lane;
            way.alone = ways.iter().filter(same).all(|w| w.to == way.to);
        }
    }

    /// Half the room between the two directions of a street, in metres; more where cars turn back, which takes 10 m.
    fn median(&self) -> f64 {
        if self.has_u_turns() { 3.6 } else { 0.3 }
    }

    /// Whether cars turn back at intersections. Nothing longer can do that between two lanes.
    pub(crate) fn has_u_turns(&self) -> bool {
        self.case.has(Feature::UTurns, 0.2)
    }

    /// Whether trams drive in the streets.
    pub(crate) fn has_trams(&self) -> bool {
        self.case.has(Feature::Trams, 0.25) && !self.has_u_turns()
    }

    /// Whether an end of the town lies there.
    pub(crate) fn is_end(&self, n: usize) -> bool {
        self.nodes[n].arms.len() == 1
    }

    pub(crate) fn node_name(n: usize) -> String {
        format!("N{n}")
    }

    /// The link that leaves an end of a street.
    pub(crate) fn link_name(street: usize, end: usize) -> String {
        format!("S{street}{}", ["f", "b"][end])
    }

    /// The link that arrives at a node by an arm.
    pub(crate) fn arriving(arm: &Arm) -> String {
        Self::link_name(arm.street, 1 - arm.end)
    }

    pub(crate) fn leaving(arm: &Arm) -> String {
        Self::link_name(arm.street, arm.end)
    }

    pub(crate) fn way_name(&self, way: &Way) -> String {
        let arms = &self.nodes[way.node].arms;
        format!("{}_{}>{}_{}", Self::arriving(&arms[way.from]), way.from_lane, Self::leaving(&arms[way.to]), way.to_lane)
    }

    pub(crate) fn network(&self) -> NetworkFile {
        let signal = |n: usize| (self.nodes[n].control == Control::Signal).then(|| reference(Self::node_name(n)));
        let used = (0..self.nodes.len()).filter(|&n| !self.nodes[n].arms.is_empty());
        let intersections = used.map(|n| IntersectionFile {
            name: reference(Self::node_name(n)),
            title: String::new(),
            position_m: [self.nodes[n].at.x, self.nodes[n].at.y],
            control: self.nodes[n].control,
            signal: signal(n),
        });
        let links: Vec<LinkFile> = (0..self.streets.len()).flat_map(|s| [0, 1].map(|end| self.link(s, end))).flatten().collect();
        NetworkFile {
            intersections: intersections.collect(),
            detectors: links.iter().flat_map(detectors).collect(),
            links,
            movements: self.ways.iter().map(|w| self.movement(w)).collect(),
            crossings: self.crossings(),
            push_buttons: self.push_buttons(),
            ..NetworkFile::empty(Origin { epsg: 0, east_m: 0.0, north_m: 0.0 })
        }
    }

    /// The arm of a street at one of its ends.
    pub(crate) fn arm(&self, street: usize, end: usize) -> &Arm {
        let node = &self.nodes[self.streets[street].ends[end]];
        node.arms.iter().find(|a| a.street == street && a.end == end).expect("streets have arms at both ends")
    }

    /// The middle of an arm at its stop line, and its direction away from the node.
    fn mouth(&self, street: usize, end: usize) -> (Point, (f64, f64)) {
        let (arm, at) = (self.arm(street, end), self.nodes[self.streets[street].ends[end]].at);
        let (x, y) = heading(arm.angle);
        (Point::new(at.x + arm.reach * x, at.y + arm.reach * y), (x, y))
    }

    /// The link that leaves an end of a street; `None` where it is one-way against it.
    fn link(&self, s: usize, end: usize) -> Option<LinkFile> {
        let street = &self.streets[s];
        let count = street.lanes[end];
        let classes = self.has_trams().then(|| VehicleClass::ALL.to_vec());
        let lane = |i: usize| LaneFile {
            length_m: None,
            width_m: street.lane_width,
            speed_limit_kmh: None,
            classes: classes.clone(),
            cycle_area_m: None,
            shape_m: self.lane_shape(s, end, i).into_iter().map(|p| [p.x, p.y]).collect(),
        };
        (count > 0).then(|| LinkFile {
            name: reference(Self::link_name(s, end)),
            street: String::new(),
            from: reference(Self::node_name(street.ends[end])),
            to: reference(Self::node_name(street.ends[1 - end])),
            speed_limit_kmh: street.limit_kmh,
            rank: 0,
            lanes: (0..count).map(lane).collect(),
        })
    }

    /// A lane's distance to the right of the middle of its street.
    fn aside(&self, s: usize, end: usize, lane: usize) -> f64 {
        let street = &self.streets[s];
        self.median() + (street.lanes[end] as f64 - lane as f64 - 0.5) * street.lane_width
    }

    fn lane_shape(&self, s: usize, end: usize, lane: usize) -> Vec<Point> {
        let ((a, out), (b, back)) = (self.mouth(s, end), self.mouth(s, 1 - end));
        let aside = self.aside(s, end, lane);
        let (a, d) = (right_of(a, out, aside), right_of(b, (-back.0, -back.1), aside));
        curve(a, out, d, (-back.0, -back.1), 0.35, if self.streets[s].bend == 0.0 { 1 } else { 10 })
    }

    fn movement(&self, way: &Way) -> MovementFile {
        let arms = &self.nodes[way.node].arms;
        let (from, to) = (&arms[way.from], &arms[way.to]);
        let a = *self.lane_shape(from.street, 1 - from.end, way.from_lane).last().expect("shapes have ends");
        let d = self.lane_shape(to.street, to.end, way.to_lane)[0];
        let (back, out) = (heading(from.angle), heading(to.angle));
        let ahead = (-back.0, -back.1);
        let straight = way.turn == Turn::Straight;
        let shape = curve(a, ahead, d, out, if way.turn == Turn::UTurn { 1.0 } else { 0.39 }, 12);
        let length: f64 = shape.windows(2).map(|p| p[0].distance(p[1]).get()).sum();
        let signal = self.nodes[way.node].control == Control::Signal;
        let waits = signal && way.turn == Turn::Left && length > 12.0 && self.case.has(Feature::Waiting, 0.5);
        let mut draw = self.case.draw(7000 + 8 * way.node as u64 + way.from as u64);
        MovementFile {
            from: reference(Self::arriving(from)),
            from_lane: way.from_lane as u32,
            to: reference(Self::leaving(to)),
            to_lane: way.to_lane as u32,
            turn: way.turn,
            length_m: None,
            speed_limit_kmh: if straight { self.streets[to.street].limit_kmh } else { draw.pick(&[15.0, 20.0, 25.0]) },
            shape_m: shape.iter().map(|p| [p.x, p.y]).collect(),
            group: signal.then(|| reference(self.group(way))),
            link_index: None,
            waiting_m: waits.then(|| (length * draw.between(0.2, 0.4)).round()),
            yields_to: self.yields(way).iter().map(|w| reference(self.way_name(w))).collect(),
        }
    }

    /// To whom a way gives way.
    fn yields(&self, way: &Way) -> Vec<Way> {
        let node = &self.nodes[way.node];
        if node.arms.len() < 3 {
            return Vec::new();
        }
        let odd = self.case.has(Feature::OddYields, 0.1);
        let unsigned = self.case.draw(7500 + way.node as u64).chance(0.2) && node.control != Control::Signal;
        let others = self.ways.iter().filter(|w| w.node == way.node && w.from != way.from);
        let yields = |w: &&Way| {
            if odd {
                let (a, b) = (Self::order(way), Self::order(w));
                let pair = self.case.draw(100_000 + 512 * a.min(b) + a.max(b)).chance(0.5);
                return pair == (a < b);
            }
            let opposite = turned(node.arms[way.from].angle, node.arms[w.from].angle).abs() < STRAIGHT;
            let left_before = opposite && way.turn == Turn::Left && w.turn != Turn::Left && w.turn != Turn::UTurn;
            let back = way.turn == Turn::UTurn && w.turn != Turn::UTurn;
            match node.control {
                _ if unsigned => false,
                Control::Priority => {
                    let (mine, theirs) = (self.is_major(way), self.is_major(w));
                    (!mine && theirs) || (mine == theirs && (left_before || back))
                }
                Control::RightBeforeLeft => {
                    let angle = turned(node.arms[way.from].angle, node.arms[w.from].angle);
                    (-2.6..=-STRAIGHT).contains(&angle) || left_before
                }
                Control::Signal | Control::Joint => left_before || back,
            }
        };
        others.filter(yields).copied().collect()
    }

    fn order(way: &Way) -> u64 {
        ((way.from * 8 + way.from_lane) * 8 + way.to) as u64
    }

    /// Whether the way comes by the street that has priority.
    fn is_major(&self, way: &Way) -> bool {
        let arms = &self.nodes[way.node].arms;
        let first = self.case.draw(7600 + way.node as u64).whole(0, arms.len() - 1);
        let from = &arms[way.from];
        way.from == first || turned(arms[first].angle, from.angle).abs() < STRAIGHT
    }

    /// Arms of a node that people cross: arm by arm, with the name of the crossing.
    pub(crate) fn crossed(&self, n: usize) -> impl Iterator<Item = (usize, String)> {
        let people = self.nodes[n].people;
        (0..self.nodes[n].arms.len()).filter(move |_| people).map(move |a| (a, format!("Z{n}.{a}")))
    }

    /// Half the way over an arm to each side.
    pub(crate) fn kerbs(&self, n: usize, arm: usize) -> [f64; 2] {
        self.halves(&self.nodes[n].arms[arm]).map(|half| half + 0.4)
    }

    fn crossings(&self) -> Vec<CrossingFile> {
        let all = (0..self.nodes.len()).flat_map(|n| self.crossed(n).map(move |(arm, name)| (n, arm, name)));
        let crossing = |(n, a, name): (usize, usize, String)| {
            let (node, arm) = (&self.nodes[n], &self.nodes[n].arms[a]);
            let out = heading(arm.angle);
            let along = arm.reach - 1.0 - 0.5 * CROSSING;
            let middle = Point::new(node.at.x + along * out.0, node.at.y + along * out.1);
            let [left, right] = self.kerbs(n, a);
            CrossingFile {
                name: reference(name),
                intersection: reference(Self::node_name(n)),
                shape_m: [-left, right].map(|aside| right_of(middle, out, aside)).map(|p| [p.x, p.y]).to_vec(),
                width_m: CROSSING,
                group: (node.control == Control::Signal).then(|| reference(format!("F{a}"))),
                link_index: None,
            }
        };
        all.map(crossing).collect()
    }

    fn push_buttons(&self) -> Vec<PushButtonFile> {
        let lit = (0..self.nodes.len()).filter(|&n| self.nodes[n].control == Control::Signal);
        let button = |(_, name): (usize, String)| PushButtonFile { name: reference(name.clone()), crossing: reference(name) };
        lit.flat_map(|n| self.crossed(n).map(button)).collect()
    }
}

/// How far one turns to the left from arm to arm, -π to π; 0 is straight on.
pub(crate) fn turned(from: f64, to: f64) -> f64 {
    (to - from).rem_euclid(std::f64::consts::TAU) - std::f64::consts::PI
}

fn heading(angle: f64) -> (f64, f64) {
    (maths::cos(angle), maths::sin(angle))
}

fn right_of(p: Point, (x, y): (f64, f64), aside: f64) -> Point {
    Point::new(p.x + y * aside, p.y - x * aside)
}

/// A curve from point to point that leaves and arrives in given directions.
fn curve(a: Point, (ax, ay): (f64, f64), d: Point, (dx, dy): (f64, f64), pull: f64, parts: u32) -> Vec<Point> {
    let pull = pull * a.distance(d).get();
    let (b, c) = (Point::new(a.x + ax * pull, a.y + ay * pull), Point::new(d.x - dx * pull, d.y - dy * pull));
    let bezier = |t: f64| {
        let (ab, bc, cd) = (a.lerp(b, t), b.lerp(c, t), c.lerp(d, t));
        ab.lerp(bc, t).lerp(bc.lerp(cd, t), t)
    };
    (0..=parts).map(|i| bezier(f64::from(i) / f64::from(parts))).collect()
}

fn detectors(link: &LinkFile) -> Vec<DetectorFile> {
    let [[ax, ay], [bx, by]] = [link.lanes[0].shape_m[0], *link.lanes[0].shape_m.last().expect("shapes have ends")];
    let chord = Point::new(ax, ay).distance(Point::new(bx, by)).get();
    let detector = |lane: usize| DetectorFile {
        name: reference(format!("{}_{lane}", link.name.get_ref())),
        kind: [DetectorKind::Loop, DetectorKind::Area][lane % 2],
        link: link.name.clone(),
        lane: lane as u32,
        position_m: 0.5 * chord,
        length_m: 2.0,
    };
    (0..link.lanes.len()).map(detector).collect()
}
