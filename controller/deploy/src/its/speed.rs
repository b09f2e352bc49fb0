//! Speeds with which to come through on green.
//!
//! Two kinds are advised. *Along a zone* before the stop line, the highest speed with which a vehicle arrives in the green, wherever in
//! the zone it is: no faster than the limit, no faster than from the near end of the zone to the beginning of the green, no slower than
//! from its far end to the end of the green; where nothing is left, nothing is advised. *On a corridor*, the speed of its green wave:
//! of those between 85 % of the limit and the limit, which MAXBAND may choose from as well, the one with which the longest part of the
//! green of the signal before arrives in the green here.
//!
//! Source of the first: Katsaros, Kernchen, Dianati, Rieck, "Performance study of a Green Light Optimized Speed Advisory (GLOSA)
//! application using an integrated cooperative ITS simulation platform", IWCMC 2011. Deviates: acceleration is not looked at, and
//! neither is the queue before the stop line.

use super::spatem::{AdviceKind, SpeedAdvice};
use model::id::{GroupId, SignalId};
use model::network::{Control, Network};
use model::quantity::{Length, Speed};
use model::scenario::Scenario;
use model::signal::{Aspect, GroupKind, SafePlan};
use model::time::DaySecond;

/// A piece of a corridor between two signals that follow each other, with their plans.
#[derive(Debug, Clone, Copy)]
pub struct Stretch<'a> {
    /// The plan of the signal before, and its group on the corridor.
    pub from: (&'a SafePlan, GroupId),
    /// The signal to which it leads, its plan and its group.
    pub to: (SignalId, &'a SafePlan, GroupId),
    /// From stop line to stop line.
    pub length: Length,
    /// Speed limit; where it changes, the mean over the time.
    pub limit: Speed,
}

/// The way to the stop line of a group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Approach {
    /// Its length in metres; of several the longest.
    length_m: f64,
    /// Its speed limit in m/s; of several the lowest.
    limit: f64,
    /// Speed of the green wave in 0.1 m/s.
    wave: Option<u16>,
}

/// A green, from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) begin_ms: u64,
    pub(super) end_ms: u64,
}

/// Length of a zone in metres.
const ZONE_M: u16 = 50;
/// The most zones: 16 speeds have room, one of them is that of the green wave.
const MOST_ZONES: u16 = 15;
/// The slowest speed that is advised, in m/s: 25 km/h. Assumed: slower is in the way of others.
const SLOWEST: f64 = 25.0 / 3.6;
/// The slowest of a green wave as a share of the limit.
const SLOWEST_WAVE: f64 = 0.85;
/// By how much, in 0.1 m/s, the green waves of two approaches of a group may differ to be told as one.
const SAME_WAVE: u16 = 5;

/// The way to a group of motor traffic; `None` for all others, and where no lane leads to it.
pub(super) fn approach(scenario: &Scenario, signal: SignalId, group: GroupId, stretches: &[Stretch<'_>]) -> Option<Approach> {
    if scenario.signals[signal].groups[group].kind != GroupKind::Vehicles {
        return None;
    }
    let network = &scenario.network;
    let governed = network.movements.iter().filter(|m| m.head.is_some_and(|h| h.signal == signal && h.group == group));
    let links: Vec<_> = governed.map(|m| network.lanes[m.from].link).collect();
    let length_m = links.iter().map(|&l| way_to(network, l)).max_by(f64::total_cmp)?;
    let limit = links.iter().map(|&l| network.links[l].speed_limit.get()).min_by(f64::total_cmp)?;
    let leads_here = |s: &&Stretch<'_>| (s.to.0, s.to.2) == (signal, group);
    let waves: Option<Vec<u16>> = stretches.iter().filter(leads_here).map(wave).collect();
    let (lowest, highest) = waves.as_ref().map_or((None, None), |w| (w.iter().min(), w.iter().max()));
    let wave = lowest.zip(highest).filter(|(low, high)| *high - *low <= SAME_WAVE).map(|(low, _)| *low);
    Some(Approach { length_m, limit, wave })
}

/// From the last place where a vehicle may come from elsewhere to the end of a link, in metres, as far as zones reach.
fn way_to(network: &Network, mut link: model::id::LinkId) -> f64 {
    let mut length = 0.0;
    while length < f64::from(ZONE_M * MOST_ZONES) {
        length += network.links[link].length.get();
        let from = &network.intersections[network.links[link].from];
        match from.arriving[..] {
            [only] if from.control == Control::Joint => link = only,
            _ => break,
        }
    }
    length
}

/// Speeds that bring a vehicle to the stop line in a green.
pub(super) fn advice(approach: &Approach, window: Window) -> Vec<SpeedAdvice> {
    let of_wave = approach.wave.map(|speed| (AdviceKind::GreenWave, speed, approach.length_m.min(10_000.0) as u16));
    let zones = (0..MOST_ZONES).map(|zone| (zone * ZONE_M, (zone + 1) * ZONE_M));
    let reached = zones.take_while(|zone| f64::from(zone.0) < approach.length_m);
    let in_zones = reached.filter_map(|zone| Some((AdviceKind::EcoDrive, in_zone(approach.limit, zone, window)?, zone.1)));
    let told = |(kind, speed, distance)| SpeedAdvice {
        kind,
        speed: Some(speed),
        confidence: None,
        distance: Some(distance),
        class: None,
    };
    of_wave.into_iter().chain(in_zones).map(told).collect()
}

/// The highest speed, in 0.1 m/s, with which vehicles anywhere between two distances arrive in a green.
fn in_zone(limit: f64, (near, far): (u16, u16), window: Window) -> Option<u16> {
    let [begin, end] = [window.begin_ms, window.end_ms].map(|ms| ms as f64 / 1000.0);
    let highest = if begin > 0.0 { limit.min(f64::from(near) / begin) } else { limit };
    let lowest = SLOWEST.max(f64::from(far) / end);
    let speed = (highest * 10.0).floor() / 10.0;
    (end > begin && speed >= lowest).then_some((speed * 10.0).round().min(500.0) as u16)
}

/// The speed of the green wave over a stretch, in 0.1 m/s; `None` where no green arrives in the green, or the cycles do not fit.
fn wave(stretch: &Stretch<'_>) -> Option<u16> {
    let (from, to) = (stretch.from.0, stretch.to.1);
    let cycles = [from.cycle().0, to.cycle().0].map(u32::from);
    let cycle = cycles.into_iter().max()?;
    if cycles.into_iter().any(|c| c == 0 || !cycle.is_multiple_of(c)) {
        return None;
    }
    let is_green = |plan: &SafePlan, group, second| plan.aspect_at(group, DaySecond(second)) == Aspect::Green;
    let through = |tenths: u16| {
        let takes_s = (stretch.length.get() / (f64::from(tenths) / 10.0)).round() as u32;
        (0..cycle).filter(|&s| is_green(from, stretch.from.1, s) && is_green(to, stretch.to.2, s + takes_s)).count()
    };
    let limit = stretch.limit.get() * 10.0;
    let speeds = ((SLOWEST_WAVE * limit).ceil() as u16)..=(limit.floor().min(500.0) as u16);
    // Of speeds that are as good the highest.
    speeds.map(|speed| (through(speed), speed)).max().filter(|best| best.0 > 0).map(|best| best.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::time::Seconds;
    use model::toy::Grid;

    const APPROACH: Approach = Approach { length_m: 300.0, limit: 50.0 / 3.6, wave: None };

    #[test]
    fn whoever_keeps_the_speed_arrives_in_the_green_wherever_in_the_zone() {
        let mut told = 0;
        for begin in 0..60 {
            let window = Window { begin_ms: begin * 1000, end_ms: begin * 1000 + 20_000 };
            for advice in advice(&APPROACH, window) {
                let (speed, far) = (f64::from(advice.speed.unwrap()) / 10.0, advice.distance.unwrap());
                assert!((SLOWEST..=APPROACH.limit).contains(&speed) && advice.kind == AdviceKind::EcoDrive);
                for distance in far - ZONE_M..=far {
                    let arrival = f64::from(distance) / speed;
                    let begin = window.begin_ms as f64 / 1000.0;
                    assert!(arrival >= begin - 1e-9 && arrival <= begin + 20.0, "{distance} m at {speed} m/s, {window:?}");
                    told += 1;
                }
            }
        }
        assert!(told > 1000, "{told}");
    }

    #[test]
    fn nothing_is_advised_where_no_speed_arrives() {
        // Green begins in 100 s: from 300 m at 25 km/h one would arrive before it.
        assert_eq!(advice(&APPROACH, Window { begin_ms: 100_000, end_ms: 120_000 }), []);
        // It ends in 2 s: from 27 m on nobody arrives.
        assert_eq!(advice(&APPROACH, Window { begin_ms: 0, end_ms: 2000 }), []);
    }

    #[test]
    fn the_wave_has_the_speed_that_the_offsets_were_made_for() {
        let scenario = Grid::default().scenario();
        let plan = scenario.plan(None).unwrap().plans.iter().next().unwrap();
        let stretch = |later: u16| {
            let to = plan.with_offset(Seconds(plan.offset().0 + later));
            let limit = Speed::kmh(50.0);
            wave(&Stretch { from: (plan, GroupId(0)), to: (SignalId(1), &to, GroupId(0)), length: Length::metres(500.0), limit })
        };
        // 500 m in 40 s are 12.5 m/s; the time is rounded to seconds, so up to 500 m in 39.5 s.
        assert_eq!(stretch(40), Some(126));
        // In 20 s nobody drives them; the highest speed catches most of the green that is left.
        assert_eq!(stretch(20), Some(138));
    }
}
