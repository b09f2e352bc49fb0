//! What the groups of a signal show and will show: by a plan, or by what its controller reports.

use super::spatem::{Event, FAR, GroupState, IntersectionRef, IntersectionState, Shown, Spatem, TimeMark, Timing, status};
use super::speed::{Approach, Stretch, Window, advice, approach};
use super::{ItsError, Sender, group_number, text};
use crate::clock::Utc;
use crate::rsmp::Forecast;
use model::id::{GroupId, IdVec, SignalId};
use model::network::Road;
use model::scenario::Scenario;
use model::signal::{Aspect, Grade, SafePlan, Signal, SignalGroup};
use model::time::DaySecond;

/// What a controller reports of its groups: what each shows, and when that changes, where it says so.
#[derive(Debug, Clone)]
pub struct Report {
    /// What each group shows (S0001); `None` where it is dark, flashes or starts up, of which vehicles are told nothing.
    pub aspects: IdVec<GroupId, Option<Aspect>>,
    /// When each turns green and red (S0025).
    pub forecasts: IdVec<GroupId, Option<Forecast>>,
}

/// Tells what a signal shows.
#[derive(Debug)]
pub struct Spat<'a> {
    signal: &'a Signal,
    id: IntersectionRef,
    revision: u8,
    groups: IdVec<GroupId, Told>,
}

/// What does not change of a group.
#[derive(Debug)]
struct Told {
    number: u8,
    is_permissive: bool,
    approach: Option<Approach>,
}

/// An aspect that is shown for a while, and when it ends as far as that is known.
#[derive(Debug, Clone, Copy)]
struct Interval {
    aspect: Aspect,
    start: Option<Utc>,
    end: Option<End>,
}

/// When something ends.
#[derive(Debug, Clone, Copy)]
struct End {
    earliest: Utc,
    likely: Utc,
    latest: Utc,
    confidence: Option<u8>,
}

/// The message of some intersections at a moment.
pub fn spatem(sender: &Sender, at: Utc, intersections: Vec<IntersectionState>) -> Spatem {
    Spatem { version: 2, station: sender.station, minute: Some(minute(at)), name: None, intersections }
}

/// Minute of the year, UTC.
fn minute(at: Utc) -> u32 {
    let [year, ..] = at.fields();
    let begin = Utc::of_fields([year, 1, 1, 0, 0, 0]).map_or(0, |b| b.0);
    (at.0.saturating_sub(begin) / 60_000) as u32
}

/// A moment as tenths of a second of its hour, seen from another; those in less than an hour are clear without ambiguity.
fn mark(moment: Utc, at: Utc) -> TimeMark {
    if moment.0 >= at.0 + 3_600_000 { FAR } else { (moment.0 / 100 % 36_000) as TimeMark }
}

impl<'a> Spat<'a> {
    /// Of a signal of a scenario; `stretches` are those of its corridors, for the speed of the green wave.
    ///
    /// # Errors
    /// A signal with more groups than a message can have.
    pub fn new(scenario: &'a Scenario, id: SignalId, sender: &Sender, stretches: &[Stretch<'_>]) -> Result<Self, ItsError> {
        let signal = &scenario.signals[id];
        let told = |group: GroupId| {
            Ok(Told {
                number: group_number(&signal.name, group)?,
                is_permissive: is_permissive(scenario, id, group),
                approach: approach(scenario, id, group, stretches),
            })
        };
        let groups = signal.groups.ids().map(told).collect::<Result<IdVec<_, _>, ItsError>>()?;
        let id = IntersectionRef { region: sender.region, id: sender.intersection(id) };
        Ok(Self { signal, id, revision: sender.revision, groups })
    }

    /// What a plan shows at a moment; second 0 of 1970 is second 0 of all plans.
    pub fn planned(&self, plan: &SafePlan, at: Utc) -> IntersectionState {
        self.state(at, status::FIXED_TIME, |group| planned(plan, group, at))
    }

    /// What its controller has reported.
    pub fn reported(&self, report: &Report, at: Utc) -> IntersectionState {
        self.state(at, 0, |group| {
            let forecast = report.forecasts.iter().nth(group.0 as usize).copied().flatten();
            let shown = report.aspects.iter().nth(group.0 as usize).copied().flatten();
            shown.map_or_else(Vec::new, |shown| reported(&self.signal.groups[group], shown, forecast, at))
        })
    }

    /// That nobody knows what it shows.
    pub fn unknown(&self, at: Utc) -> IntersectionState {
        self.state(at, status::NO_SPAT, |_| Vec::new())
    }

    fn state(&self, at: Utc, status: u16, intervals: impl Fn(GroupId) -> Vec<Interval>) -> IntersectionState {
        let group = |(id, told): (GroupId, &Told)| {
            let mut events = told.events(&intervals(id), at);
            if events.is_empty() {
                events.push(Event { shown: Shown::Unavailable, timing: None, speeds: None });
            }
            GroupState { name: text(&self.signal.groups[id].name), group: told.number, events }
        };
        IntersectionState {
            name: text(&self.signal.name),
            id: self.id,
            revision: self.revision,
            status,
            minute: Some(minute(at)),
            ms: Some((at.0 % 60_000) as u16),
            groups: self.groups.enumerate().map(group).collect(),
        }
    }
}

impl Told {
    /// The most events of a group in a message.
    const MOST: usize = 16;

    fn events(&self, intervals: &[Interval], at: Utc) -> Vec<Event> {
        let mut before: Option<End> = None;
        let mut events = Vec::new();
        for interval in intervals.iter().take(Self::MOST) {
            let shown = self.shown(interval.aspect);
            let timing = interval.end.map(|end| Timing {
                start: interval.start.map(|s| mark(s, at)),
                min_end: mark(end.earliest, at),
                max_end: Some(mark(end.latest, at)),
                likely: Some(mark(end.likely, at)),
                confidence: end.confidence,
                next: None,
            });
            // Who relies on the speed arrives after the latest beginning and before the earliest end.
            let begin = before.map_or(0, |b| b.latest.0.saturating_sub(at.0));
            let window = interval.end.map(|end| Window { begin_ms: begin, end_ms: end.earliest.0.saturating_sub(at.0) });
            let speeds = match (&self.approach, window) {
                (Some(approach), Some(window)) if shown.is_green() => advice(approach, window),
                _ => Vec::new(),
            };
            events.push(Event { shown, timing, speeds: (!speeds.is_empty()).then_some(speeds) });
            before = interval.end;
        }
        events
    }

    const fn shown(&self, aspect: Aspect) -> Shown {
        match (aspect, self.is_permissive) {
            (Aspect::Red, _) => Shown::StopAndRemain,
            (Aspect::RedAmber, _) => Shown::PreMovement,
            (Aspect::Green, true) => Shown::PermissiveMovement,
            (Aspect::Green, false) => Shown::ProtectedMovement,
            (Aspect::Amber, true) => Shown::PermissiveClearance,
            (Aspect::Amber, false) => Shown::ProtectedClearance,
        }
    }
}

/// From now to the end of the next green that has not begun.
fn planned(plan: &SafePlan, group: GroupId, at: Utc) -> Vec<Interval> {
    let (now, cycle) = (at.second(), u32::from(plan.cycle().0));
    // The common zero lies far enough back for every second to have one before it, but in its first cycle.
    let shows = |second: u32| plan.aspect_at(group, DaySecond(second));
    let moment = |second: u32| Utc(u64::from(second) * 1000);
    let change = |from: u32| (from + 1..=from + cycle).find(|&s| shows(s) != shows(from));
    let begun = (now.saturating_sub(cycle)..now).rev().find(|&s| shows(s) != shows(now)).map(|s| moment(s + 1));
    let (mut intervals, mut start, mut second) = (Vec::new(), begun, now);
    while intervals.len() < Told::MOST {
        let Some(next) = change(second) else {
            // It shows the same for ever.
            let far = Utc(at.0 + 3_600_000);
            let end = End { earliest: far, likely: far, latest: far, confidence: certain() };
            intervals.push(Interval { aspect: shows(second), start: None, end: Some(end) });
            break;
        };
        let end = moment(next);
        let end = End { earliest: end, likely: end, latest: end, confidence: certain() };
        intervals.push(Interval { aspect: shows(second), start, end: Some(end) });
        if shows(second) == Aspect::Green && second > now {
            break;
        }
        (start, second) = (Some(moment(next)), next);
    }
    intervals
}

/// From now to the end of the next green, as far as a controller says.
fn reported(group: &SignalGroup, shown: Aspect, forecast: Option<Forecast>, at: Utc) -> Vec<Interval> {
    let Some(forecast) = forecast.filter(|f| f.green_confidence > 0 && f.red_confidence > 0) else {
        return vec![Interval { aspect: shown, start: None, end: None }];
    };
    let lasts = |aspect: Aspect| match aspect {
        Aspect::Amber => group.amber.0 > 0,
        Aspect::RedAmber => group.red_amber.0 > 0,
        _ => true,
    };
    // What is shown now, and what comes after it, up to the green.
    let order = ends(group, shown, &forecast, at);
    let first = order.iter().position(|o| o.0 == shown).unwrap_or(0);
    let mut intervals: Vec<Interval> = Vec::new();
    for (aspect, end) in order.into_iter().skip(first).filter(|o| o.0 == shown || lasts(o.0)) {
        let start = intervals.last().and_then(|i| i.end).map(|e| e.likely);
        if start.is_some_and(|start| end.likely < start) {
            // A forecast that is not about what comes next says nothing of it.
            return intervals;
        }
        intervals.push(Interval { aspect, start, end: Some(end) });
    }
    // How long the green after that lasts is known where the red after it is meant.
    let start = intervals.last().and_then(|i| i.end).map(|e| e.likely);
    let is_meant = shown != Aspect::Green && forecast.red[0] > forecast.green[2];
    intervals.push(Interval { aspect: Aspect::Green, start, end: is_meant.then_some(order[0].1) });
    intervals
}

/// When each aspect ends by a forecast, in the order in which they follow each other from green on.
fn ends(group: &SignalGroup, shown: Aspect, forecast: &Forecast, at: Utc) -> [(Aspect, End); 4] {
    let end = |times: [Utc; 3], percent: u8, earlier_s: u16, later_s: u16| {
        let ms = |seconds: u16| 1000 * u64::from(seconds);
        let [earliest, likely, latest] = times.map(|t| Utc((t.0 + ms(later_s)).saturating_sub(ms(earlier_s)).max(at.0)));
        End { earliest, likely, latest, confidence: confidence(percent) }
    };
    let (green, red) = ((forecast.green, forecast.green_confidence), (forecast.red, forecast.red_confidence));
    let of_amber = if shown == Aspect::Amber {
        // Since when it has been shown is not known.
        let latest = Utc(at.0 + 1000 * u64::from(group.amber.0));
        End { earliest: at, likely: latest, latest, confidence: None }
    } else {
        end(red.0, red.1, 0, group.amber.0)
    };
    [
        (Aspect::Green, end(red.0, red.1, 0, 0)),
        (Aspect::Amber, of_amber),
        (Aspect::Red, end(green.0, green.1, group.red_amber.0, 0)),
        (Aspect::RedAmber, end(green.0, green.1, 0, 0)),
    ]
}

/// Shares in percent of which confidences 0 to 15 are sure. Source: SAE J2735, `TimeIntervalConfidence`.
const SHARES: [u8; 16] = [21, 36, 47, 56, 62, 68, 73, 77, 81, 85, 88, 91, 94, 96, 98, 100];

/// The highest confidence that a share in percent is enough for; `None` where it is not enough for any.
fn confidence(percent: u8) -> Option<u8> {
    SHARES.iter().rposition(|&share| share <= percent).map(|place| place as u8)
}

fn certain() -> Option<u8> {
    confidence(100)
}

/// Whether whoever has green may have to give way to others who have green as well.
fn is_permissive(scenario: &Scenario, id: SignalId, group: GroupId) -> bool {
    let (network, signal) = (&scenario.network, &scenario.signals[id]);
    let is_own = |head: Option<model::network::SignalHead>| head.is_some_and(|h| h.signal == id && h.group == group);
    let goes_together = |head: Option<model::network::SignalHead>| {
        head.is_some_and(|h| h.signal == id && signal.grades[(group, h.group)] != Grade::Incompatible)
    };
    let gives_way = |(movement, m): (model::id::MovementId, &model::network::Movement)| {
        let to_vehicles = m.conflicts.iter().map(|&c| &network.conflicts[c]).any(|conflict| {
            conflict.yields(movement) && goes_together(network.movements[conflict.seen_from(movement).1.movement].head)
        });
        let crossings = network.intersections[m.intersection].crossings.iter().map(|&c| &network.crossings[c]);
        let mut crossed = crossings.filter(|c| c.cuts.iter().any(|cut| cut.road == Road::Movement(movement)));
        to_vehicles || crossed.any(|c| goes_together(c.head))
    };
    network.movements.enumerate().filter(|(_, m)| is_own(m.head)).any(gives_way)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::toy::Grid;

    /// Marks of the intervals of a group: what is shown, and the tenth of the hour at which it ends.
    fn marks(intervals: &[Interval], at: Utc) -> Vec<(Aspect, TimeMark)> {
        intervals.iter().map(|i| (i.aspect, i.end.map_or(36_001, |e| mark(e.likely, at)))).collect()
    }

    #[test]
    fn what_is_planned_is_what_the_plan_shows_second_by_second_past_the_hour() {
        let scenario = Grid::default().scenario();
        let (id, plan) = scenario.plan(None).unwrap().plans.enumerate().next().unwrap();
        for second in 3_599_900_u32..3_600_100 {
            let at = Utc(u64::from(second) * 1000 + 300);
            for group in scenario.signals[id].groups.ids() {
                let intervals = planned(plan, group, at);
                assert_eq!(intervals.iter().filter(|i| i.aspect == Aspect::Green && i.start > Some(at)).count(), 1);
                let mut begin = second;
                for interval in &intervals {
                    let end = interval.end.unwrap().likely.second();
                    assert!((begin..end).all(|s| plan.aspect_at(group, DaySecond(s)) == interval.aspect));
                    assert_ne!(plan.aspect_at(group, DaySecond(end)), interval.aspect);
                    begin = end;
                }
                let [first, ..] = marks(&intervals, at)[..] else { panic!() };
                assert_eq!(u32::from(first.1), intervals[0].end.unwrap().likely.second() % 3600 * 10);
            }
        }
    }

    #[test]
    fn moments_are_tenths_of_their_hour_and_far_ones_are_far() {
        let at = Utc::of_fields([2026, 11, 27, 7, 59, 50]).unwrap();
        assert_eq!(
            [0, 9_900, 10_000, 70_000, 3_599_900, 3_600_000].map(|ms| mark(Utc(at.0 + ms), at)),
            [35_900, 35_999, 0, 600, 35_899, FAR]
        );
        assert_eq!([20, 21, 50, 99, 100].map(confidence), [None, Some(0), Some(2), Some(14), Some(15)]);
        assert_eq!(minute(Utc::of_fields([2026, 1, 2, 0, 1, 30]).unwrap()), 1441);
    }

    #[test]
    fn what_a_controller_reports_says_when_it_changes() {
        let scenario = Grid::default().scenario();
        let group = scenario.signals.iter().next().unwrap().groups.iter().next().unwrap();
        let (at, s) = (Utc(1_795_766_400_000), |s: u64| Utc(1_795_766_400_000 + 1000 * s));
        let forecast = |green: u64, red: u64| Forecast {
            green: [s(green - 1), s(green), s(green + 2)],
            green_confidence: 95,
            red: [s(red); 3],
            red_confidence: 100,
        };
        assert_eq!((group.amber.0, group.red_amber.0), (3, 1));
        let red = reported(group, Aspect::Red, Some(forecast(20, 50)), at);
        assert_eq!(marks(&red, at), [(Aspect::Red, 190), (Aspect::RedAmber, 200), (Aspect::Green, 500)]);
        let end = red[0].end.unwrap();
        assert_eq!((end.earliest, end.latest, end.confidence), (s(18), s(21), Some(12)));
        let green = reported(group, Aspect::Green, Some(forecast(60, 10)), at);
        let expected =
            [(Aspect::Green, 100), (Aspect::Amber, 130), (Aspect::Red, 590), (Aspect::RedAmber, 600), (Aspect::Green, 36_001)];
        assert_eq!(marks(&green, at), expected);
        let past = reported(group, Aspect::Green, Some(forecast(1, 10)), at);
        assert_eq!(marks(&past, at), [(Aspect::Green, 100), (Aspect::Amber, 130)]);
        let unsure = Forecast { green_confidence: 0, ..forecast(20, 50) };
        assert_eq!(marks(&reported(group, Aspect::Red, Some(unsure), at), at), [(Aspect::Red, 36_001)]);
    }
}
