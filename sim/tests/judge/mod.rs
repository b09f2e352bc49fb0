//! The laws that traffic keeps on every road, held against each step of a run.

use model::id::{GroupId, IdVec, LaneId, SignalId, VehicleId};
use model::quantity::{Length, Span};
use model::roadworks::Closure;
use model::scenario::Scenario;
use model::signal::{Aspect, Grade};
use model::vehicle::VehicleClass;
use sim::{DrawnVehicle, Frame, Simulation};
use std::collections::{BTreeMap, BTreeSet};

/// A vehicle goes aside at once when it changes lanes or leaves a bay; it may do both in one step. In metres.
const ASIDE: f64 = 7.0;

/// Lanes wider than this are further apart, in metres.
const USUAL_WIDTH: f64 = 3.6;

/// How far one rolls at most in the step at whose end it changes places with another, in metres.
const ROLLED: f64 = 1.0;

/// What rounding leaves open in distances, in metres.
const ROUNDING: f64 = 1e-6;

/// The curve of a lane or movement is drawn in pieces, and lanes side by side differ in length: so much a front may be off.
const DRAWN: f64 = 0.02;

/// Where there are cyclists vehicles drive aside of the middle of a lane and come back to it on intersections: so much
/// further they move in a step, and so far they may be off, in metres.
const SIDES: f64 = 1.0;

/// What must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Law {
    /// Nobody on foot on the road is touched by a vehicle.
    NobodyHit,
    /// Footprints of vehicles do not touch.
    NoOverlap,
    /// Nobody crosses a stop line on red.
    NoRedRun,
    /// Speeds are not negative, and places are numbers.
    Sound,
    /// Nobody speeds up harder than the vehicle can, or jumps.
    Physics,
    /// Nobody brakes harder than the vehicle can.
    Braking,
    /// Vehicles neither vanish nor double.
    Conservation,
    /// Followers stay behind their leaders.
    Order,
    /// Incompatible groups keep their intergreens.
    SafeGreens,
    /// Nobody comes on to a closed lane who departed after it was closed, nor from the lane beside it.
    ClosedLanes,
}

/// A law that is broken, and how.
pub(crate) type Wrong = (Law, String);

/// What there was before, and what must not be.
pub(crate) struct Judge<'a> {
    scenario: &'a Scenario,
    before: BTreeMap<VehicleId, DrawnVehicle>,
    /// When each group was green last, in seconds of the day.
    green: IdVec<SignalId, IdVec<GroupId, Option<f64>>>,
    /// The highest acceleration and deceleration of each class, in m/s².
    limits: Vec<(f64, f64)>,
    /// Whether there are bicycles.
    cycles: bool,
    /// When each vehicle was seen first.
    since: BTreeMap<VehicleId, f64>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(scenario: &'a Scenario) -> Self {
        let green = scenario.signals.iter().map(|s| s.groups.iter().map(|_| None).collect()).collect();
        let mut limits = vec![(0.0_f64, 0.0_f64); VehicleClass::ALL.len()];
        for kind in &scenario.demand.types {
            let (speeds_up, brakes) = &mut limits[kind.class as usize];
            *speeds_up = speeds_up.max(kind.following.acceleration.get());
            *brakes = brakes.max(kind.emergency_deceleration.get());
        }
        let cycles = scenario.demand.types.iter().any(|t| t.class == VehicleClass::Bicycle);
        Self { scenario, before: BTreeMap::new(), green, limits, cycles, since: BTreeMap::new() }
    }

    /// What is wrong after the last step, in words; empty when nothing is.
    pub(crate) fn wrongs(&mut self, run: &Simulation) -> Vec<Wrong> {
        let frame = run.frame();
        let mut wrong = Vec::new();
        let mut seen = BTreeSet::new();
        let dt = run.step_size().span().get();
        for v in &frame.vehicles {
            if !seen.insert(v.vehicle) {
                wrong.push((Law::Conservation, format!("there twice: {v:?}")));
            }
            wrong.extend(self.moves_wrongly(v, dt));
            wrong.extend(self.brakes_too_hard(v, run));
            self.since.entry(v.vehicle).or_insert(frame.now - dt);
            wrong.extend(self.is_where_it_is_closed(v, frame.now - dt, run));
        }
        wrong.extend(self.out_of_order(&frame, run));
        wrong.extend(run.overlapping().into_iter().map(|pair| {
            let [a, b] = pair.map(|v| run.describe(v));
            (Law::NoOverlap, format!("overlap: {a} / {b}"))
        }));
        wrong.extend(run.hit_on_foot().into_iter().map(|(crossing, vehicle)| {
            let name = &self.scenario.network.crossings[crossing].name;
            (Law::NobodyHit, format!("somebody on foot at {name} is hit by {}", run.describe(vehicle)))
        }));
        wrong.extend(self.unsafe_greens(&frame));
        wrong.extend(wrong_sums(run));
        if wrong.iter().any(|(law, _)| *law == Law::NoRedRun) {
            wrong.extend(frame.vehicles.iter().filter_map(|v| self.crossed_line(v, run)));
        }
        self.before = frame.vehicles.into_iter().map(|v| (v.vehicle, v)).collect();
        wrong.sort();
        wrong
    }

    /// Whether a vehicle moves as none can.
    fn moves_wrongly(&self, v: &DrawnVehicle, dt: f64) -> Option<Wrong> {
        let finite = [v.speed, v.acceleration, v.position, v.front.x, v.front.y].iter().all(|x| x.is_finite());
        if !finite || v.speed < 0.0 {
            return Some((Law::Sound, format!("unsound: {v:?}")));
        }
        let most = self.limits[v.class as usize].0;
        if v.acceleration > most + 1e-6 {
            return Some((Law::Physics, format!("speeds up by {} m/s², and can by {most}: {v:?}", v.acceleration)));
        }
        let old = self.before.get(&v.vehicle)?;
        let aside = if self.changes_lanes(old, v) { ASIDE } else { DRAWN };
        let wider = self.scenario.network.lanes[self.nearest_lane(v)].width.get() - USUAL_WIDTH;
        let aside = if self.cycles { aside + SIDES + wider.max(0.0) } else { aside };
        let (moved, most) = (old.front.distance(v.front).get(), old.speed.max(v.speed) * dt + aside);
        let wrong = moved > most && !self.changes_places(old, v, dt);
        wrong.then(|| (Law::Physics, format!("moved {moved} m, which is more than {most} m: {old:?} {v:?}")))
    }

    /// Whether a vehicle is on another lane of its link than it was, a bay counted as one.
    fn changes_lanes(&self, old: &DrawnVehicle, v: &DrawnVehicle) -> bool {
        let on_lanes = |d: &DrawnVehicle| d.position <= self.scenario.network.lanes[self.nearest_lane(d)].length.get();
        old.link == v.link && on_lanes(old) && on_lanes(v) && self.lane_of(old) != self.lane_of(v)
    }

    /// Whether two that stood beside each other and held each other up have changed places: the other stood there.
    fn changes_places(&self, old: &DrawnVehicle, v: &DrawnVehicle, dt: f64) -> bool {
        let stood_there = |o: &DrawnVehicle| o.front.distance(v.front).get() < ROLLED + o.speed * dt && o.vehicle != v.vehicle;
        v.speed < 0.1 && old.link == v.link && self.before.values().any(stood_there)
    }

    /// What is closed at a second of the day.
    fn closed(&self, second: Span) -> impl Iterator<Item = &Closure> {
        self.scenario.roadworks.iter().flat_map(|r| &r.closures).filter(move |c| c.active(second))
    }

    /// Whether a vehicle has come on to a closed lane that it had no business on.
    fn is_where_it_is_closed(&self, v: &DrawnVehicle, now: f64, run: &Simulation) -> Option<Wrong> {
        let second = Span::seconds_f64(now.floor());
        self.closed(second).next()?;
        let shut = |l: LaneId| self.closed(second).any(|c| c.lanes(&self.scenario.network).contains(&l));
        let lane = self.lane_of(v).filter(|&l| shut(l))?;
        let beside = self.before.get(&v.vehicle).filter(|o| o.link == v.link).and_then(|o| self.lane_of(o));
        // Whoever is on its way through a closed link may change lanes there.
        if beside.is_some_and(shut) {
            return None;
        }
        // Whoever departed under all that is closed now has found a way past it.
        let knew = self.closed(second).all(|c| self.since[&v.vehicle] >= c.begin.get());
        let wrong = beside.is_some() || knew;
        wrong.then(|| (Law::ClosedLanes, format!("came from {beside:?} to {lane:?}: {}", run.describe(v.vehicle))))
    }

    /// Whether a vehicle brakes harder than its tyres and brakes allow.
    fn brakes_too_hard(&self, v: &DrawnVehicle, run: &Simulation) -> Option<Wrong> {
        let most = self.limits[v.class as usize].1;
        (v.acceleration < -most - ROUNDING).then(|| {
            let what = run.describe(v.vehicle);
            (Law::Braking, format!("brakes at {:.2} m/s², and can at {most}: {what}", -v.acceleration))
        })
    }

    /// Who has crossed a stop line in the last step, and how it came there.
    fn crossed_line(&self, v: &DrawnVehicle, run: &Simulation) -> Option<Wrong> {
        let network = &self.scenario.network;
        let old = self.before.get(&v.vehicle)?;
        let line = network.lanes[network.links[old.link].first_lane].length.get();
        let crossed = old.position < line && (v.link != old.link || v.position > line);
        crossed.then(|| {
            let what = format!("from {:.2} m at {:.2} m/s: {}", line - old.position, old.speed, run.describe(v.vehicle));
            (Law::NoRedRun, what)
        })
    }

    /// Followers that reach into their leaders.
    fn out_of_order(&self, frame: &Frame, run: &Simulation) -> Vec<Wrong> {
        let mut lanes: BTreeMap<LaneId, Vec<&DrawnVehicle>> = BTreeMap::new();
        for v in &frame.vehicles {
            if let Some(lane) = self.lane_of(v) {
                lanes.entry(lane).or_default().push(v);
            }
        }
        let mut wrong = Vec::new();
        for queue in lanes.values_mut() {
            queue.sort_by(|a, b| b.position.total_cmp(&a.position));
            let reaches = |p: &&[&DrawnVehicle]| p[0].position - p[0].length < p[1].position - ROUNDING;
            // Whether bicycles and others are beside each other is for the footprints to say.
            let alike = |p: &&[&DrawnVehicle]| (p[0].class == VehicleClass::Bicycle) == (p[1].class == VehicleClass::Bicycle);
            for pair in queue.windows(2).filter(reaches).filter(alike) {
                let [a, b] = [pair[0], pair[1]].map(|v| run.describe(v.vehicle));
                wrong.push((Law::Order, format!("a follower reaches into its leader: {a} / {b}")));
            }
        }
        wrong
    }

    /// The lane a vehicle drives on, by where its front is; `None` on an intersection.
    fn lane_of(&self, v: &DrawnVehicle) -> Option<LaneId> {
        let lane = self.nearest_lane(v);
        let width = self.scenario.network.lanes[lane].width.get();
        let off = if self.cycles { 0.5 * width } else { 0.5 };
        (v.position <= self.scenario.network.lanes[lane].length.get() && self.off(v, lane) < off).then_some(lane)
    }

    /// The lane of its link that a vehicle is nearest to.
    fn nearest_lane(&self, v: &DrawnVehicle) -> LaneId {
        let lanes = self.scenario.network.links[v.link].lanes();
        lanes.min_by(|&a, &b| self.off(v, a).total_cmp(&self.off(v, b))).expect("links have lanes")
    }

    /// How far a vehicle is from where it would be on a lane, in metres.
    fn off(&self, v: &DrawnVehicle, lane: LaneId) -> f64 {
        self.scenario.network.lanes[lane].shape.pose(Length::metres(v.position)).at.distance(v.front).get()
    }

    /// Groups that are green together, or too soon one after the other.
    fn unsafe_greens(&mut self, frame: &Frame) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        for (id, signal) in self.scenario.signals.enumerate() {
            let (shown, last) = (&frame.shown[id], &mut self.green[id]);
            for group in (0..signal.groups.len()).map(|g| GroupId(g as u32)).filter(|&g| shown[g] == Aspect::Green) {
                for other in (0..signal.groups.len()).map(|g| GroupId(g as u32)) {
                    if signal.grades[(other, group)] != Grade::Incompatible {
                        continue;
                    }
                    let needed = signal.intergreens[(other, group)].map_or(0.0, |z| f64::from(z.0));
                    // What is shown at the end of a step lasts to the next second.
                    let since = last[other].map_or(f64::INFINITY, |then| frame.now - then);
                    let begins = last[group].is_none_or(|then| frame.now - then > 1.5);
                    if shown[other] == Aspect::Green || (begins && since < needed) {
                        let names = [other, group].map(|g| signal.groups[g].name.clone());
                        let what = format!("{}: {} green {since} s after {}", signal.name, names[1], names[0]);
                        wrong.push((Law::SafeGreens, what));
                    }
                }
            }
            for group in (0..signal.groups.len()).map(|g| GroupId(g as u32)).filter(|&g| shown[g] == Aspect::Green) {
                last[group] = Some(frame.now);
            }
        }
        wrong
    }
}

/// Vehicles that are lost, lines crossed on red, and what the monitor has seen.
fn wrong_sums(run: &Simulation) -> Vec<Wrong> {
    let (m, (moving, waiting)) = (run.measures(), run.vehicles());
    let mut wrong = Vec::new();
    let sums = [
        (Law::NoRedRun, "stop lines crossed on red", m.red_runs as usize, 0),
        (Law::Conservation, "vehicles lost", m.lost as usize, 0),
        (Law::NoOverlap, "overlaps counted", m.overlaps as usize, 0),
        (Law::NobodyHit, "the people hit", m.people_hit as usize, 0),
        (Law::Conservation, "vehicles due", m.due as usize, m.arrived as usize + moving + waiting),
        (Law::Conservation, "vehicles departed", m.departed as usize, m.arrived as usize + moving),
    ];
    for (law, what, is, ought) in sums.into_iter().filter(|s| s.2 != s.3) {
        wrong.push((law, format!("{what}: {is}, and ought to be {ought}")));
    }
    wrong
}

/// What is wrong, line by line.
pub(crate) fn words(wrong: &[Wrong]) -> String {
    wrong.iter().map(|(law, what)| format!("{law:?}: {what}")).collect::<Vec<_>>().join("\n")
}
