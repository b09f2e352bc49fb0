//! What a time-space diagram of a corridor shows under a plan: stations, bands, simulated vehicles.

use crate::bands::{Found, Pace, stop_at, stretch, widest_at};
use crate::corridor::Route;
use crate::report::trajectories::{Path, PathLink, collect};
use crate::report::{Band, BandSection, Corridor, Direction, Station};
use crate::runs::Setup;
use crate::waves::{NARROWEST, Section};
use model::control::FixedTime;
use model::id::{LinkId, MovementId, SignalId};
use model::scenario::{PlanSet, Scenario};
use model::time::DaySecond;
use sim::{Options, Simulation};

/// What stands for a distance between stations that no direction drives, in metres.
const APART: f64 = 100.0;

/// A corridor under a plan.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The corridor and its ways.
    pub route: &'a Route,
    /// Its sections with bands.
    pub sections: Sections<'a>,
    /// The plan.
    pub plan: &'a PlanSet,
    /// Name of the plan, for people.
    pub title: &'a str,
}

/// The sections of a corridor whose bands are shown.
#[derive(Debug, Clone, Copy)]
pub enum Sections<'a> {
    /// Those that bands were computed for.
    Computed {
        /// The sections.
        sections: &'a [Section],
        /// Whether the plan is the one that they were computed for: their proven widths are shown beside those it has.
        proven: bool,
    },
    /// Those in which the plan itself has bands in every direction.
    OfPlan,
}

/// A section: places of its first and last signal, and the widths that were proven for it.
type Stretch = ((usize, usize), Option<[f64; 2]>);

/// The drawing of a corridor under a plan, with the vehicles of one seed from the middle of the measured period on.
pub fn draw<'a>(scenario: &Scenario, shown: &Shown<'a>, seed: u64, setup: &Setup) -> Corridor<'a> {
    let Shown { route, plan, .. } = *shown;
    let cycle = route.corridor.signals.iter().map(|&s| u32::from(plan.plans[s].cycle().0)).max().unwrap_or(90);
    let middle = u32::midpoint(scenario.begin.0, scenario.end.0);
    // The axis begins at a common zero of all plans.
    let from = DaySecond(middle.next_multiple_of(cycle));
    let mut corridor = without_vehicles(scenario, shown, from);
    let paths = paths(scenario, route, &corridor.stations);
    let options = Options { seed, threads: setup.threads, step: setup.step, following: setup.following, monitor: false };
    let mut run = Simulation::new(scenario, Box::new(FixedTime::new(plan.plans.clone())), Some(plan), options);
    let until = f64::from(from.0 + 2 * cycle);
    let lines = collect(&mut run, &[&paths[0], &paths[1]], f64::from(from.0), until);
    for (direction, lines) in corridor.directions.iter_mut().zip(lines) {
        direction.trajectories = lines;
    }
    corridor
}

/// The drawing of a corridor under a plan from a second of the day on, without any vehicles.
pub fn without_vehicles<'a>(scenario: &Scenario, shown: &Shown<'a>, from: DaySecond) -> Corridor<'a> {
    let Shown { route, plan, .. } = *shown;
    let stations = stations(scenario, route);
    let directions = [0, 1].map(|way| Direction { title: route.corridor.directions[way].clone(), trajectories: Vec::new() });
    Corridor {
        title: route.corridor.name.clone(),
        plan_title: shown.title.into(),
        plans: plan,
        from,
        sections: stretches(shown).into_iter().map(|s| band_section(shown, s, stations.len())).collect(),
        stations,
        directions,
    }
}

/// The links of both directions of a corridor with their places along it, for whoever watches vehicles on them.
pub fn paths(scenario: &Scenario, route: &Route, stations: &[Station]) -> [Path; 2] {
    [0, 1].map(|way| path(scenario, route, way, stations))
}

fn stretches(shown: &Shown<'_>) -> Vec<Stretch> {
    match shown.sections {
        Sections::Computed { sections, proven } => {
            let width = |s: &Section| [s.wave.width().outbound.get(), s.wave.width().inbound.get()];
            sections.iter().map(|s| ((s.from, s.to), proven.then(|| width(s)))).collect()
        }
        Sections::OfPlan => with_bands(shown.route, shown.plan).into_iter().map(|places| (places, None)).collect(),
    }
}

/// The longest sections, one after the other, in which a plan has bands of [`NARROWEST`] seconds in every direction.
fn with_bands(route: &Route, plan: &PlanSet) -> Vec<(usize, usize)> {
    let count = route.corridor.signals.len();
    let last = if route.corridor.ring { count } else { count.saturating_sub(1) };
    let wide = |way: usize, places| widest_at(Pace::Cars, route, way, plan, places).is_some_and(|f| f.width_s >= NARROWEST);
    let both = |places| [0, 1].into_iter().filter(|&way| route.ways[way].stops.len() > 1).all(|way| wide(way, places));
    let (mut found, mut from) = (Vec::new(), 0);
    while from < last {
        match (from + 1..=last).take_while(|&to| both((from, to))).last() {
            Some(to) => {
                found.push((from, to));
                from = to;
            }
            None => from += 1,
        }
    }
    found
}

/// The bands that the plan has along a section. A place of the corridor is the index of its station.
fn band_section(shown: &Shown<'_>, (places, proven_s): Stretch, stations: usize) -> BandSection {
    let band = |way: usize, pace: Pace| {
        let Found { begins_s: found, width_s } = widest_at(pace, shown.route, way, shown.plan, places)?;
        let speed_m_per_s = speed(shown.route, way, &found);
        let mut begins_s = vec![None; stations];
        for (place, begin) in found {
            *begins_s.get_mut(place)? = Some(begin);
        }
        Some(Band { begins_s, width_s, speed_m_per_s })
    };
    let [bands, cyclists] = [Pace::Cars, Pace::Cyclists].map(|pace| [0, 1].map(|way| band(way, pace)));
    BandSection { stations: places, bands, cyclists, proven_s }
}

/// Mean speed of a band over the way that its direction drives, in metres per second; `None` where it takes no time.
fn speed(route: &Route, way: usize, begins: &[(usize, f64)]) -> Option<f64> {
    let signals = &route.corridor.signals;
    let signal = |place: usize| signals[place % signals.len()];
    let lengths = begins.windows(2).map(|b| Some(stretch(route, way, signal(b[0].0), signal(b[1].0))?.0.get()));
    let metres: f64 = lengths.sum::<Option<f64>>()?;
    let seconds = begins.last()?.1 - begins.first()?.1;
    (seconds > 0.0).then(|| metres / seconds)
}

/// The signals by position along the first direction. One that it does not pass lies where the other direction has it;
/// a ring comes to its first signal again.
fn stations(scenario: &Scenario, route: &Route) -> Vec<Station> {
    let signals = &route.corridor.signals;
    let start = route.ways[0].stops.first().map_or(0.0, |s| s.position.get());
    let mut position = 0.0;
    let mut stations: Vec<Station> = Vec::new();
    for (i, &signal) in signals.iter().enumerate() {
        let outbound = stop_at(route, 0, signal).map(|s| s.position.get() - start);
        let before = i.checked_sub(1).and_then(|i| stop_at(route, 1, signals[i]));
        let apart = stop_at(route, 1, signal).zip(before).map(|(s, b)| (b.position - s.position).abs().get());
        position = outbound.unwrap_or(position + apart.unwrap_or(APART)).max(position);
        let groups = [0, 1].map(|way| stop_at(route, way, signal).map(|s| s.group));
        let links = [0, 1].map(|way| approach(scenario, route, way, signal));
        stations.push(Station { signal, position_m: position, groups, links });
    }
    if let (true, Some(first), Some(&last)) = (route.corridor.ring, stations.first().cloned(), signals.last()) {
        let there = stretch(route, 0, last, first.signal).or_else(|| stretch(route, 1, first.signal, last));
        stations.push(Station { position_m: position + there.map_or(APART, |t| t.0.get()), ..first });
    }
    stations
}

/// The link on which a way comes to a signal.
fn approach(scenario: &Scenario, route: &Route, way: usize, signal: SignalId) -> Option<LinkId> {
    let (network, group) = (&scenario.network, stop_at(route, way, signal)?.group);
    let head = |m: &MovementId| network.movements[*m].head.is_some_and(|h| h.signal == signal && h.group == group);
    let waits = |l: &LinkId| network.links[*l].lanes().any(|lane| network.lanes[lane].leaving.iter().any(head));
    route.ways[way].links.iter().copied().find(waits)
}

/// Positions on a way and along the corridor of every stop, in driving order. Around a ring the first signal lies at both
/// ends: the way against the order leaves it at the upper one.
fn knots(route: &Route, way: usize, stations: &[Station]) -> Vec<(f64, f64)> {
    let stops = &route.ways[way].stops;
    let (ring, first) = (route.corridor.ring, stations.first().map(|s| s.signal));
    let closing = stations.last().map_or(0.0, |s| s.position_m);
    let mut knots = Vec::new();
    for (i, stop) in stops.iter().enumerate() {
        let Some(station) = stations.iter().find(|t| t.signal == stop.signal) else { continue };
        let (at, seam) = (stop.position.get(), ring && Some(stop.signal) == first);
        let metres = if seam && way == 0 && i > 0 { closing } else { station.position_m };
        knots.push((at, metres));
        if seam && way == 1 && i + 1 < stops.len() {
            knots.push((at, closing));
        }
    }
    knots
}

/// Where a position of a way lies along the corridor: straight between stops, beyond them on with the way.
fn along(knots: &[(f64, f64)], way: usize, position: f64) -> f64 {
    let beyond = |k: &(f64, f64)| k.1 + if way == 0 { position - k.0 } else { k.0 - position };
    match knots.iter().position(|k| k.0 >= position) {
        None => knots.last().map_or(0.0, beyond),
        Some(0) => beyond(&knots[0]),
        Some(after) => {
            let (a, b) = (knots[after - 1], knots[after]);
            a.1 + (b.1 - a.1) * (position - a.0) / (b.0 - a.0).max(1e-9)
        }
    }
}

/// The links of a way with their places along the corridor. A ring drives its first link again at the end: it is kept there.
fn path(scenario: &Scenario, route: &Route, way: usize, stations: &[Station]) -> Path {
    let network = &scenario.network;
    let knots = knots(route, way, stations);
    let mut position = 0.0;
    let mut links = Vec::new();
    let list = &route.ways[way].links;
    for (i, &link) in list.iter().enumerate() {
        let end = position + network.links[link].length.get();
        let [from_m, to_m] = [position, end].map(|p| along(&knots, way, p));
        if i > 0 || !list[1..].contains(&link) {
            links.push(PathLink { link, from_m, to_m });
        }
        let leaving = network.links[link].lanes().flat_map(|l| &network.lanes[l].leaving);
        let next = leaving.copied().find(|&m| Some(&network.target_link(m)) == list.get(i + 1));
        position = end + next.map_or(0.0, |m| network.movements[m].length.get());
    }
    Path::new(network, links)
}
