//! The time base: which action the calendar calls for. Source: NTCIP 1201 v02, timeBaseScheduleTable, timeBaseDayPlanTable.

use super::database::View;
use super::names::{
    EVENT_ACTION, EVENT_HOUR, EVENT_MINUTE, MAX_EVENTS, MAX_SCHEDULES, PATTERN_SYNC, SCHEDULE_DATE, SCHEDULE_DAY, SCHEDULE_MONTH,
    SCHEDULE_PLAN, TIME_ZONE,
};
use crate::clock::Utc;

const DAY_S: i64 = 86_400;

/// What the calendar calls for at a moment; 0 stands for none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Called {
    pub(super) schedule: u32,
    pub(super) day_plan: u32,
    pub(super) action: u32,
    /// The second of the local clock from which on the action is called for.
    since: i64,
}

/// The local clock in seconds since its 1970.
pub(super) fn local(view: View<'_>, utc: Utc) -> i64 {
    i64::from(utc.second()) + view.number(TIME_ZONE, &[0])
}

/// What the calendar calls for: the last event of today, or of yesterday where there has been none yet today.
pub(super) fn called(view: View<'_>, utc: Utc) -> Called {
    let now = local(view, utc);
    let today = now.div_euclid(DAY_S);
    let (schedule, day_plan) = planned(view, today);
    let last = last_event(view, today, day_plan, now).or_else(|| {
        let (_, yesterday) = planned(view, today - 1);
        last_event(view, today - 1, yesterday, now)
    });
    let (since, action) = last.unwrap_or_default();
    Called { schedule, day_plan, action, since }
}

/// Second 0 of the system in Unix time, by the time base. Source: NTCIP 1202, timebaseAscPatternSync.
pub(super) fn reference(view: View<'_>, utc: Utc, called: Called) -> i64 {
    let zone = view.number(TIME_ZONE, &[0]);
    match view.number(PATTERN_SYNC, &[0]) {
        65_535 => called.since - zone,
        minutes => local(view, utc).div_euclid(DAY_S) * DAY_S + 60 * minutes - zone,
    }
}

/// The entry of the calendar for a day, and its day plan: the most specific month, then date, then day of the week, then the
/// first.
fn planned(view: View<'_>, day: i64) -> (u32, u32) {
    let moment = Utc(u64::try_from(day * DAY_S * 1000).unwrap_or(0));
    let [_, month, date, ..] = moment.fields();
    // 1970 began on a Thursday, day 5 of a week that begins on Sunday with day 1.
    let weekday = (day + 4).rem_euclid(7) + 1;
    let entry = |number: u32| {
        let mask = |name| view.number(name, &[number]);
        let masks = [mask(SCHEDULE_MONTH), mask(SCHEDULE_DATE), mask(SCHEDULE_DAY)];
        let plan = mask(SCHEDULE_PLAN) as u32;
        let bits = [month.cast_signed(), date.cast_signed(), weekday];
        let holds = plan > 0 && masks.iter().zip(bits).all(|(mask, bit)| mask >> bit & 1 == 1);
        holds.then(|| (masks.map(i64::count_ones), number, plan))
    };
    let best = (1..=view.number(MAX_SCHEDULES, &[0]) as u32).filter_map(entry).min();
    best.map_or((0, 0), |(_, number, plan)| (number, plan))
}

/// The last event of a day plan that has come: since when, and its action.
fn last_event(view: View<'_>, day: i64, plan: u32, now: i64) -> Option<(i64, u32)> {
    let event = |number: u32| {
        let row = [plan, number];
        let at = day * DAY_S + 3600 * view.number(EVENT_HOUR, &row) + 60 * view.number(EVENT_MINUTE, &row);
        let action = view.row(EVENT_ACTION, &row);
        (action > 0 && at <= now).then_some((at, std::cmp::Reverse(number), action))
    };
    let events = 1..=view.number(MAX_EVENTS, &[0]) as u32;
    events.filter_map(event).max().map(|(at, _, action)| (at, action)).filter(|_| plan > 0)
}
