//! The green bands that a plan really has along a section of a corridor, whoever made the plan.

use crate::corridor::{Route, Stop};
use model::id::{GroupId, SignalId};
use model::quantity::{Length, Span, Speed};
use model::scenario::PlanSet;
use model::signal::{Green, SafePlan};

/// Slowest progression speed as a share of the limit, which is the fastest: the range that MAXBAND is given too.
pub(crate) const SLOWEST: f64 = 0.85;

/// A band narrower than this is none, in seconds.
const LEAST: f64 = 1.0;

/// At which speeds a band may be driven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Between 85 and 100 % of the limit.
    Cars,
    /// At 18 to 20 km/h; assumed, what cyclists ride in town.
    Cyclists,
}

impl Pace {
    /// Shortest and longest time over a stretch of a length that takes a time at the limit, in seconds.
    fn times(self, (length, at_limit): (Length, Span)) -> (f64, f64) {
        match self {
            Self::Cars => (at_limit.get(), at_limit.get() / SLOWEST),
            Self::Cyclists => ((length / Speed::kmh(20.0)).get(), (length / Speed::kmh(18.0)).get()),
        }
    }
}

/// A green that a band passes.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Gate {
    /// Place in the corridor.
    place: usize,
    /// Start of the green, at any multiple of its cycle, in seconds.
    start: f64,
    /// Length of the green; the whole cycle where there is no red.
    length: f64,
    /// The signal's cycle: the common one, or that divided by a whole number.
    cycle: f64,
    /// Shortest and longest time from the gate before, in seconds; zeros at the first.
    travel: (f64, f64),
}

/// A band: when it begins at the places of a corridor that it passes, in driving order, and its width, in seconds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    /// Places and beginnings, in seconds after the common zero of all plans, not reduced by the cycle.
    pub(crate) begins_s: Vec<(usize, f64)>,
    /// Width in seconds.
    pub(crate) width_s: f64,
}

/// The widest band of cars in one direction from place `from` to place `to` of a corridor under a plan; `None` when none as
/// wide as a second passes, or the cycles differ.
#[cfg(test)]
pub(crate) fn widest(route: &Route, way: usize, plan: &PlanSet, places: (usize, usize)) -> Option<Found> {
    widest_at(Pace::Cars, route, way, plan, places)
}

/// The same at a pace.
pub(crate) fn widest_at(pace: Pace, route: &Route, way: usize, plan: &PlanSet, (from, to): (usize, usize)) -> Option<Found> {
    let gates = gates(route, way, plan, (from, to), pace)?;
    let cycle = common_cycle(route, plan, (from, to))?;
    let (begins, width_s) = widest_through(cycle, &gates)?;
    (width_s >= LEAST).then(|| Found { begins_s: gates.iter().map(|g| g.place).zip(begins).collect(), width_s })
}

fn common_cycle(route: &Route, plan: &PlanSet, (from, to): (usize, usize)) -> Option<f64> {
    let signals = &route.corridor.signals;
    let cycles = || (from..=to).map(|place| plan.plans[signals[place % signals.len()]].cycle().0);
    let longest = cycles().max()?;
    cycles().all(|cycle| longest.is_multiple_of(cycle)).then(|| f64::from(longest))
}

/// The greens in driving order; `None` when fewer than two are passed, one has no green, or the way does not lead on.
fn gates(route: &Route, way: usize, plan: &PlanSet, (from, to): (usize, usize), pace: Pace) -> Option<Vec<Gate>> {
    let signals = &route.corridor.signals;
    let mut places: Vec<usize> = (from..=to).collect();
    if way == 1 {
        places.reverse();
    }
    let mut gates = Vec::new();
    let mut before: Option<SignalId> = None;
    for place in places {
        let signal = signals[place % signals.len()];
        let Some(stop) = stop_at(route, way, signal) else { continue };
        let safe = &plan.plans[signal];
        let green = longest(safe, stop)?;
        let travel = match before {
            Some(before) => pace.times(stretch(route, way, before, signal)?),
            None => (0.0, 0.0),
        };
        let start = f64::from(safe.offset().0) + f64::from(green.start.0);
        gates.push(Gate { place, start, length: f64::from(green.duration.0), cycle: f64::from(safe.cycle().0), travel });
        before = Some(signal);
    }
    (gates.len() > 1).then_some(gates)
}

/// Beginnings at each gate, and the width.
///
/// Whether a width passes is told by carrying the moments at which a band of it may begin from gate to gate; the greatest
/// width that passes is found by halving.
fn widest_through(cycle: f64, gates: &[Gate]) -> Option<(Vec<f64>, f64)> {
    let most = gates.iter().filter(|g| g.length < g.cycle).map(|g| g.length).fold(cycle, f64::min);
    if let Some(begins) = passing(cycle, gates, most) {
        return Some((begins, most));
    }
    let (mut low, mut high) = (0.0, most);
    let mut best = passing(cycle, gates, low)?;
    for _ in 0..30 {
        let middle = f64::midpoint(low, high);
        match passing(cycle, gates, middle) {
            Some(begins) => (best, low) = (begins, middle),
            None => high = middle,
        }
    }
    Some((best, low))
}

/// Beginnings of a band of a width at each gate, as fast as may be; `None` when none passes.
fn passing(cycle: f64, gates: &[Gate], width: f64) -> Option<Vec<f64>> {
    let first = gates.first()?;
    let starts = (0..(cycle / first.cycle).round() as u32).map(|k| first.start + f64::from(k) * first.cycle);
    let mut reached = vec![starts.map(|start| (start, start + (first.length - width).max(0.0))).collect::<Vec<_>>()];
    for gate in &gates[1..] {
        let moved = reached[reached.len() - 1].iter().map(|r| (r.0 + gate.travel.0, r.1 + gate.travel.1));
        let here: Vec<(f64, f64)> = moved.flat_map(|range| within_greens(gate, width, range)).collect();
        if here.is_empty() {
            return None;
        }
        reached.push(here);
    }
    let mut begin = reached.pop()?.first()?.0;
    let mut begins = vec![begin];
    for (ranges, after) in reached.iter().zip(&gates[1..]).rev() {
        let (from, to) = (begin - after.travel.1, begin - after.travel.0);
        let latest = ranges.iter().filter(|r| r.0 <= to + HAIR && r.1 >= from - HAIR).map(|r| r.1.min(to));
        begin = latest.max_by(f64::total_cmp)?;
        begins.push(begin);
    }
    begins.reverse();
    Some(begins)
}

/// What rounding may take away, in seconds.
const HAIR: f64 = 1e-9;

/// The parts of a range in which a band of a width finds the green of a gate.
fn within_greens(gate: &Gate, width: f64, (low, high): (f64, f64)) -> Vec<(f64, f64)> {
    let cycle = gate.cycle;
    if gate.length >= cycle {
        return vec![(low, high)];
    }
    let room = gate.length - width;
    let first = ((low - room - gate.start) / cycle - HAIR).ceil() as i64;
    let last = ((high - gate.start) / cycle + HAIR).floor() as i64;
    let part = |k: i64| {
        let start = gate.start + k as f64 * cycle;
        (low.max(start), high.min(start + room).max(low.max(start)))
    };
    (first..=last).map(part).collect()
}

/// The first stop of a way at a signal; a ring passes its first signal again at the end.
pub(crate) fn stop_at(route: &Route, way: usize, signal: SignalId) -> Option<&Stop> {
    route.ways[way].stops.iter().find(|s| s.signal == signal)
}

/// The longest green of the through movement at a stop.
pub(crate) fn longest(plan: &SafePlan, stop: &Stop) -> Option<Green> {
    longest_green(plan, stop.group)
}

/// The longest green of a group.
pub(crate) fn longest_green(plan: &SafePlan, group: GroupId) -> Option<Green> {
    plan.plan().greens[group].iter().copied().max_by_key(|g| g.duration)
}

/// Length and time at the limit from one signal to another along a way; around the ring where the way ends between them.
pub(crate) fn stretch(route: &Route, way: usize, from: SignalId, to: SignalId) -> Option<(Length, Span)> {
    let stops = &route.ways[way].stops;
    let at = stops.iter().position(|s| s.signal == from)?;
    let next = stops[at + 1..].iter().find(|s| s.signal == to)?;
    let (length, time) = (next.position - stops[at].position, next.time - stops[at].time);
    (length > Length::ZERO && length / time > Speed::kmh(5.0)).then_some((length, time))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(place: usize, start: f64, length: f64, seconds: f64) -> Gate {
        Gate { place, start, length, cycle: 90.0, travel: (seconds, seconds / SLOWEST) }
    }

    fn in_cycle(cycle: f64, gates: [Gate; 2]) -> [Gate; 2] {
        gates.map(|gate| Gate { cycle, ..gate })
    }

    #[test]
    fn a_signal_that_is_green_twice_in_the_cycle_lets_bands_through_at_either_green() {
        // The second green of the half cycle begins 45 s after the first.
        let twice = |start| Gate { cycle: 45.0, ..gate(1, start, 20.0, 30.0) };
        for start in [30.0, 75.0, -15.0] {
            let (begins, width) = widest_through(90.0, &[gate(0, 0.0, 25.0, 0.0), twice(start)]).unwrap();
            assert!((width - 20.0).abs() < 1e-6 && begins[1] >= 30.0, "{begins:?} {width}");
        }
        let first = Gate { cycle: 45.0, ..gate(0, 0.0, 20.0, 0.0) };
        let (_, width) = widest_through(90.0, &[first, gate(1, 75.0, 30.0, 30.0)]).unwrap();
        assert!((width - 20.0).abs() < 1e-6, "{width}");
    }

    #[test]
    fn greens_that_follow_the_vehicles_let_the_shortest_green_through() {
        let gates = [gate(0, 10.0, 40.0, 0.0), gate(1, 30.0, 30.0, 20.0), gate(2, 50.0 - 90.0, 35.0, 20.0)];
        let (begins, width) = widest_through(90.0, &gates).unwrap();
        assert!((width - 30.0).abs() < 1e-6, "{width}");
        assert!((begins[1] - begins[0] - 20.0).abs() < 4.0 && (begins[2] - begins[1] - 20.0).abs() < 4.0, "{begins:?}");
    }

    #[test]
    fn a_slower_pace_is_used_where_it_makes_the_band_wider() {
        // 17 s at the limit, 20 s at 85 %: the second green begins 20 s after the first.
        let (begins, width) =
            widest_through(60.0, &in_cycle(60.0, [gate(0, 0.0, 20.0, 0.0), gate(1, 20.0, 20.0, 17.0)])).unwrap();
        assert!((width - 20.0).abs() < 1e-6 && (begins[1] - begins[0] - 20.0).abs() < 1e-6, "{begins:?} {width}");
        let (_, width) = widest_through(60.0, &in_cycle(60.0, [gate(0, 0.0, 20.0, 0.0), gate(1, 23.0, 20.0, 17.0)])).unwrap();
        assert!((width - 17.0).abs() < 1e-6, "{width}");
    }

    #[test]
    fn every_second_of_a_band_finds_green_everywhere() {
        let gates = [gate(0, 3.0, 31.0, 0.0), gate(1, 44.0, 26.0, 24.0), gate(2, 71.0, 40.0, 13.0), gate(3, 5.0, 35.0, 19.0)];
        let (begins, width) = widest_through(90.0, &gates).unwrap();
        assert!(width > 1.0, "{width}");
        for (gate, begin) in gates.iter().zip(&begins) {
            let into = (begin - gate.start + 1e-6).rem_euclid(90.0);
            assert!(into + width <= gate.length + 1e-5, "{gate:?} {begin} {width}");
        }
        for (pair, gate) in begins.windows(2).zip(&gates[1..]) {
            let time = pair[1] - pair[0];
            assert!((gate.travel.0 - 1e-6..gate.travel.1 + 1e-6).contains(&time), "{time} {gate:?}");
        }
    }

    #[test]
    fn cyclists_take_longer_than_cars() {
        // 500 m at 50 km/h.
        let stretch = (Length::metres(500.0), Span::seconds_f64(36.0));
        assert_eq!(Pace::Cars.times(stretch).0, 36.0);
        let (fast, slow) = Pace::Cyclists.times(stretch);
        assert!((fast - 90.0).abs() < 1e-9 && (slow - 100.0).abs() < 1e-9, "{fast} {slow}");
    }

    #[test]
    fn no_band_passes_two_greens_that_never_meet() {
        assert_eq!(widest_through(80.0, &in_cycle(80.0, [gate(0, 0.0, 20.0, 0.0), gate(1, 50.0, 20.0, 0.0)])), None);
    }
}
