//! Quality of service (Verkehrsqualität) of traffic streams at signals, from runs in which it was observed.

use crate::runs::RunResult;
use crate::saturation::LaneDegree;
use model::id::{GroupId, LinkId, MovementId, SignalId};
use model::network::{Network, Turn};
use model::scenario::Scenario;
use model::signal::SafePlan;
use sim::{MovementQuality, Quality};
use std::collections::BTreeMap;

/// A traffic stream (Verkehrsstrom) of vehicles at a signal: from one link to another under one group.
#[derive(Debug, Clone, PartialEq)]
pub struct TrafficStream {
    /// The signal.
    pub signal: SignalId,
    /// The group that it waits for.
    pub group: GroupId,
    /// The link that it comes from.
    pub link: LinkId,
    /// The link that it goes to.
    pub target: LinkId,
    /// Where it turns.
    pub turn: Turn,
    /// The movements of its lanes.
    pub movements: Vec<MovementId>,
}

/// Every stream at a signal, by signal, group and link.
pub fn traffic_streams(network: &Network) -> Vec<TrafficStream> {
    let mut found: BTreeMap<(SignalId, GroupId, LinkId, LinkId), TrafficStream> = BTreeMap::new();
    for (id, movement) in network.movements.enumerate() {
        let Some(head) = movement.head else { continue };
        let (link, target) = (network.origin_link(id), network.target_link(id));
        let new =
            TrafficStream { signal: head.signal, group: head.group, link, target, turn: movement.turn, movements: Vec::new() };
        found.entry((head.signal, head.group, link, target)).or_insert(new).movements.push(id);
    }
    found.into_values().collect()
}

/// What a stream met in some runs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Served {
    /// Motor vehicles that have passed, over all runs.
    pub vehicles: u32,
    /// Bicycles that have passed, over all runs.
    pub cyclists: u32,
    /// Time lost of the motor vehicles, in seconds.
    delay_s: f64,
    /// The longest wait of a cyclist, in seconds.
    pub longest_cyclist_wait_s: f64,
    arrivals: u32,
    on_green: u32,
}

impl Served {
    /// Mean delay (mittlere Wartezeit) of a motor vehicle, in seconds; `None` where none has passed.
    pub fn mean_delay_s(&self) -> Option<f64> {
        (self.vehicles > 0).then(|| self.delay_s / f64::from(self.vehicles))
    }

    /// The share of vehicles that came while the signal showed green; `None` where none came.
    pub fn share_on_green(&self) -> Option<f64> {
        (self.arrivals > 0).then(|| f64::from(self.on_green) / f64::from(self.arrivals))
    }

    fn add(&mut self, m: &MovementQuality) {
        self.vehicles += m.vehicles;
        self.cyclists += m.cyclists;
        self.delay_s += m.delay_s;
        self.longest_cyclist_wait_s = self.longest_cyclist_wait_s.max(m.longest_cyclist_wait_s);
        self.arrivals += m.arrivals;
        self.on_green += m.arrivals_on_green;
    }
}

/// What those who take some movements met in some runs; `None` where a run was not observed.
pub fn served<'a>(runs: &[RunResult], movements: impl IntoIterator<Item = &'a MovementId>) -> Option<Served> {
    let qualities: Vec<&Quality> = runs.iter().map(|r| r.quality.as_ref()).collect::<Option<_>>()?;
    let mut sum = Served::default();
    for movement in movements {
        for quality in &qualities {
            sum.add(&quality.movements[*movement]);
        }
    }
    Some(sum)
}

/// The queue before a stop line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Queue {
    /// Its length (Rückstaulänge) that 95 % of all cycles of all runs do not exceed, in metres.
    pub p95_m: f64,
    /// Room for it, in metres.
    pub storage_m: f64,
}

/// A queue whose end is this near to the end of its room fills it, in metres: no further car has room.
const NO_ROOM: f64 = 8.0;

impl Queue {
    /// Whether it reaches the intersection before, or the edge of the network.
    pub fn is_full(&self) -> bool {
        self.p95_m > self.storage_m - NO_ROOM
    }
}

/// The queue on an approach; `None` where a run was not observed or the link ends at no signal.
pub fn queue(runs: &[RunResult], link: LinkId) -> Option<Queue> {
    let mut lengths: Vec<f64> = Vec::new();
    let mut storage_m = 0.0;
    for run in runs {
        let approach = run.quality.as_ref()?.approaches.iter().find(|a| a.link == link)?;
        lengths.extend(&approach.queues_m);
        storage_m = approach.storage_m;
    }
    Some(Queue { p95_m: percentile(&mut lengths, 0.95)?, storage_m })
}

/// The smallest value that a share of the values does not exceed (nearest rank).
fn percentile(values: &mut [f64], share: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let rank = (share * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied()
}

/// A level of service (Qualitätsstufe des Verkehrsablaufs, QSV).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Hardly any wait.
    A,
    /// Short waits.
    B,
    /// Noticeable waits.
    C,
    /// Considerable waits.
    D,
    /// At the limit.
    E,
    /// Over capacity, or longer than anybody is to wait.
    F,
}

impl Level {
    /// Every level, best first.
    pub const ALL: [Self; 6] = [Self::A, Self::B, Self::C, Self::D, Self::E, Self::F];

    /// Upper limits of A to D of the mean delay of motor vehicles, in seconds; E is above, F over capacity.
    ///
    /// Source: HBS 2015, part S4, as commonly quoted; not verified against the text, which is sold.
    pub const MEAN_DELAY_S: [f64; 4] = [20.0, 35.0, 50.0, 70.0];

    /// Upper limits of A to E of the longest wait of people on foot and cyclists, in seconds. Source: the same.
    pub const LONGEST_WAIT_S: [f64; 5] = [30.0, 40.0, 55.0, 70.0, 85.0];

    /// The level of motor vehicles.
    pub fn of_mean_delay(seconds: f64, over_capacity: bool) -> Self {
        if over_capacity { Self::F } else { Self::above(&Self::MEAN_DELAY_S, seconds) }
    }

    /// The level of people on foot and cyclists.
    pub fn of_longest_wait(seconds: f64) -> Self {
        Self::above(&Self::LONGEST_WAIT_S, seconds)
    }

    fn above(limits: &[f64], seconds: f64) -> Self {
        Self::ALL[limits.iter().filter(|&&limit| seconds > limit).count()]
    }

    /// Its letter.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
            Self::F => "F",
        }
    }
}

/// The longest red of a group in a cycle, in seconds: the longest that anybody has to wait who comes on foot.
pub fn longest_red_s(plan: &SafePlan, group: GroupId) -> f64 {
    let cycle = plan.cycle();
    let mut greens = plan.plan().greens[group].clone();
    greens.sort_by_key(|g| g.start);
    let red = |i: usize| {
        let next = greens[(i + 1) % greens.len()].start.get();
        let end = greens[i].end(cycle).get();
        let red = (u32::from(next) + u32::from(cycle.get()) - u32::from(end)) % u32::from(cycle.get());
        if greens.len() == 1 && greens[i].duration < cycle && red == 0 { u32::from(cycle.get()) } else { red }
    };
    (0..greens.len()).map(red).max().map_or(f64::from(cycle.get()), f64::from)
}

/// The degree of saturation of the fullest lane of some movements; `None` where nobody drives.
pub fn highest_degree(degrees: &[LaneDegree], scenario: &Scenario, stream: &TrafficStream) -> Option<f64> {
    let lanes: Vec<_> = stream.movements.iter().map(|&m| scenario.network.movements[m].from).collect();
    let own = degrees.iter().filter(|d| d.group == stream.group && d.signal == stream.signal && lanes.contains(&d.lane));
    own.map(|d| d.degree).max_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Setup, run_one};
    use model::toy::Grid;

    #[test]
    fn a_limit_belongs_to_the_better_level() {
        let motor = [0.0, 20.0, 20.1, 35.0, 50.0, 70.0, 70.1, 500.0].map(|s| Level::of_mean_delay(s, false).letter());
        assert_eq!(motor, ["A", "A", "B", "B", "C", "D", "E", "E"]);
        assert_eq!(Level::of_mean_delay(3.0, true), Level::F);
        let on_foot = [30.0, 40.0, 55.0, 70.0, 85.0, 85.5].map(|s| Level::of_longest_wait(s).letter());
        assert_eq!(on_foot, ["A", "B", "C", "D", "E", "F"]);
    }

    #[test]
    fn the_percentile_is_the_nearest_rank() {
        let mut values: Vec<f64> = (1..=20).rev().map(f64::from).collect();
        assert_eq!((percentile(&mut values, 0.95), percentile(&mut values, 1.0)), (Some(19.0), Some(20.0)));
        assert_eq!((percentile(&mut [7.0], 0.95), percentile(&mut [], 0.95)), (Some(7.0), None));
    }

    #[test]
    fn the_longest_red_is_what_green_leaves_of_the_cycle() {
        let scenario = Grid::default().scenario();
        let plan = &scenario.plan(None).unwrap().plans[SignalId(0)];
        // 36 of 80 s are green for the street.
        assert_eq!(longest_red_s(plan, GroupId(0)), 44.0);
    }

    #[test]
    fn streams_of_a_crossroads_are_three_from_each_side_and_count_everybody_once() {
        let scenario = Grid { turning: 0.2, ..Grid::default() }.scenario();
        let streams = traffic_streams(&scenario.network);
        assert_eq!(streams.len(), 12);
        let setup = Setup { quality: true, ..Setup::default() };
        let runs = vec![run_one(&scenario, scenario.plan(None), 1, &setup)];
        let passed: u32 = streams.iter().map(|s| served(&runs, &s.movements).unwrap().vehicles).sum();
        let measures = &runs[0].measures;
        assert!(passed <= measures.departed && passed + 60 > measures.departed, "{passed} of {}", measures.departed);
        assert!(streams.iter().all(|s| queue(&runs, s.link).is_some_and(|q| q.p95_m > 5.0 && q.storage_m > 200.0)));
        assert!(served(&[run_one(&scenario, scenario.plan(None), 1, &Setup::default())], &streams[0].movements).is_none());
    }
}
