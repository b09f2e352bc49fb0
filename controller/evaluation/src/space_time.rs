//! What a time-space diagram of a corridor shows under a plan: stations, bands, simulated vehicles.

use crate::corridor::{Route, Stop};
use crate::report::trajectories::{Path, PathLink, collect};
use crate::report::{Band, Corridor, Direction, Station};
use crate::runs::Setup;
use controller::{GreenWindow, geometric_band};
use model::control::FixedTime;
use model::id::SignalId;
use model::quantity::Span;
use model::scenario::{PlanSet, Scenario};
use model::signal::Green;
use model::time::DaySecond;
use sim::{Options, Simulation};

/// Where and when bands are looked for, in seconds.
const BAND_STEP: f64 = 0.5;

/// The drawing of a corridor under a plan, with the vehicles of one seed from the middle of the measured period on.
pub fn draw(scenario: &Scenario, route: &Route, plan: &PlanSet, seed: u64, setup: &Setup) -> Corridor {
    let cycle = u32::from(route.corridor.signals.first().map_or(90, |&s| plan.plans[s].cycle().0));
    let middle = u32::midpoint(scenario.begin.0, scenario.end.0);
    // The axis begins at a common zero of all plans.
    let from = DaySecond(middle.next_multiple_of(cycle));
    let stations = stations(route);
    let paths = [0, 1].map(|way| path(scenario, route, way, &stations));
    let options = Options { seed, threads: setup.threads, step: setup.step, following: setup.following, monitor: false };
    let mut run = Simulation::new(scenario, Box::new(FixedTime::new(plan.plans.clone())), Some(plan), options);
    let until = f64::from(from.0 + 2 * cycle);
    let mut lines = collect(&mut run, &[&paths[0], &paths[1]], f64::from(from.0), until).into_iter();
    let directions = [0, 1].map(|way| Direction {
        title: route.corridor.directions[way].clone(),
        speed_kmh: mean_speed(route, way),
        band: band(route, way, plan, &stations),
        trajectories: lines.next().unwrap_or_default(),
    });
    let title = format!("{}, plan {}", route.corridor.name, plan.name);
    Corridor { title, from, stations, directions }
}

/// The first stop of each signal on a way; a ring passes its first signal again at the end.
fn stop(route: &Route, way: usize, signal: SignalId) -> Option<&Stop> {
    route.ways[way].stops.iter().find(|s| s.signal == signal)
}

/// The signals by position along the first direction. One that it does not pass lies where the other direction has it.
fn stations(route: &Route) -> Vec<Station> {
    let start = route.ways[0].stops.first().map_or(0.0, |s| s.position.get());
    let mut position = 0.0;
    let mut stations: Vec<Station> = Vec::new();
    for (i, &signal) in route.corridor.signals.iter().enumerate() {
        let outbound = stop(route, 0, signal).map(|s| s.position.get() - start);
        let before = i.checked_sub(1).and_then(|i| stop(route, 1, route.corridor.signals[i]));
        let apart = stop(route, 1, signal).zip(before).map(|(s, b)| (b.position - s.position).abs().get());
        position = outbound.unwrap_or(position + apart.unwrap_or(100.0)).max(position);
        let groups = [0, 1].map(|way| stop(route, way, signal).map(|s| s.group));
        stations.push(Station { signal, position_m: position, groups });
    }
    stations
}

/// Where a position of a way lies along the corridor: straight between stations.
fn along(route: &Route, way: usize, stations: &[Station], position: f64) -> f64 {
    let known = route.ways[way].stops.iter().filter_map(|s| {
        let station = stations.iter().find(|t| t.signal == s.signal)?;
        Some((s.position.get(), station.position_m))
    });
    // Around a ring the first signal comes again: its station is where the way began.
    let mut known: Vec<(f64, f64)> = known.collect();
    if route.corridor.ring && known.len() > 2 && known[known.len() - 1].1 == known[0].1 {
        known.pop();
    }
    let Some(after) = known.iter().position(|k| k.0 >= position) else {
        return known.last().map_or(0.0, |k| k.1 + if way == 0 { position - k.0 } else { k.0 - position });
    };
    let (b, a) = (known[after], known[after.saturating_sub(1)]);
    if after == 0 {
        return b.1 + if way == 0 { position - b.0 } else { b.0 - position };
    }
    a.1 + (b.1 - a.1) * (position - a.0) / (b.0 - a.0).max(1e-9)
}

fn path(scenario: &Scenario, route: &Route, way: usize, stations: &[Station]) -> Path {
    let network = &scenario.network;
    let mut position = 0.0;
    let mut links = Vec::new();
    let list = &route.ways[way].links;
    for (i, &link) in list.iter().enumerate() {
        let end = position + network.links[link].length.get();
        let [from_m, to_m] = [position, end].map(|p| along(route, way, stations, p));
        links.push(PathLink { link, from_m, to_m });
        let leaving = network.links[link].lanes().flat_map(|l| &network.lanes[l].leaving);
        let next = leaving.copied().find(|&m| Some(&network.target_link(m)) == list.get(i + 1));
        position = end + next.map_or(0.0, |m| network.movements[m].length.get());
    }
    Path::new(network, links)
}

fn mean_speed(route: &Route, way: usize) -> Option<f64> {
    let stops = &route.ways[way].stops;
    let (first, last) = (stops.first()?, stops.last()?);
    (last.time > first.time).then(|| ((last.position - first.position) / (last.time - first.time)).in_kmh())
}

/// The widest band through every green of a direction at the speed limit, if any is left.
fn band(route: &Route, way: usize, plan: &PlanSet, stations: &[Station]) -> Option<Band> {
    let mut stops = route.ways[way].stops.clone();
    if route.corridor.ring {
        stops.dedup_by_key(|s| s.signal);
        if stops.len() > 2 && stops[stops.len() - 1].signal == stops[0].signal {
            stops.pop();
        }
    }
    let first = stops.first()?;
    let cycle = f64::from(plan.plans[first.signal].cycle().0);
    let green = |s: &Stop| -> Option<(f64, Green)> {
        let safe = &plan.plans[s.signal];
        let green = safe.plan().greens[s.group].iter().copied().max_by_key(|g| g.duration)?;
        Some((f64::from(green.start.0) + f64::from(safe.offset().0), green))
    };
    let greens: Vec<(f64, Green)> = stops.iter().map(green).collect::<Option<_>>()?;
    let mut before = first.time;
    let windows: Vec<GreenWindow> = stops
        .iter()
        .zip(&greens)
        .map(|(s, &(start, green))| {
            let travel = s.time - before;
            before = s.time;
            let (start, length) = (Span::seconds_f64(start), Span::seconds_f64(f64::from(green.duration.0)));
            GreenWindow { start, length, travel }
        })
        .collect();
    let width = geometric_band(Span::seconds_f64(cycle), &windows).get();
    if width < 1.0 {
        return None;
    }
    // The beginning is the moment from which most of the width is left at every station.
    let left = |t: f64| {
        let at = |(s, (start, green)): (&Stop, &(f64, Green))| {
            let into = (t + (s.time - first.time).get() - start).rem_euclid(cycle);
            (f64::from(green.duration.0) - into).max(0.0)
        };
        stops.iter().zip(&greens).map(at).fold(f64::INFINITY, f64::min)
    };
    let steps = (cycle / BAND_STEP) as usize;
    let begin = (0..steps).map(|k| k as f64 * BAND_STEP).max_by(|a, b| left(*a).total_cmp(&left(*b)).then(b.total_cmp(a)))?;
    let begins = stations.iter().map(|t| {
        let s = stops.iter().find(|s| s.signal == t.signal)?;
        Some(begin + (s.time - first.time).get())
    });
    Some(Band { begins_s: begins.collect(), width_s: left(begin) })
}
