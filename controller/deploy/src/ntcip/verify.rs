//! Whether a pattern can be run, and as which plan. Source: NTCIP 1202 v02, localFreeStatus, splitTime; consistency checks.

use super::database::View;
use super::names::{
    ACTION_PATTERN, MAX_ACTIONS, MAX_PATTERNS, OPERATIONAL_MODE, PATTERN_CYCLE, PATTERN_OFFSET, SPLIT_COORD, SPLIT_MODE,
    SPLIT_TIME,
};
use super::ring::{Pattern, Ring};
use super::tables::RECALLS;
use model::signal::SafePlan;

/// Pattern number: free, without coordination.
pub(super) const FREE: u8 = 254;
/// Pattern number: all vehicles see flashing amber.
pub(super) const FLASH: u8 = 255;

/// Why a controller runs free, or that it does not: the numbers of localFreeStatus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum FreeStatus {
    Other = 1,
    NotFree = 2,
    CommandFree = 3,
    TransitionFree = 4,
    CoordFree = 6,
    BadPlan = 7,
    BadCycleTime = 8,
    SplitOverrun = 9,
    InvalidOffset = 10,
}

/// What is wrong with a pattern: the status of a controller that runs free because of it, and in words.
pub(super) type Wrong = (FreeStatus, String);

/// The plan of a pattern, by its offset from second 0 of the system. Where splits leave some of the cycle, phase 1 has it.
pub(super) fn plan(ring: &Ring, view: View<'_>, number: u8) -> Result<SafePlan, Wrong> {
    let row = u32::from(number);
    if number == 0 || i64::from(number) > view.number(MAX_PATTERNS, &[0]) {
        return Err((FreeStatus::BadPlan, format!("there is no pattern {number}")));
    }
    let (cycle, offset) = (view.number(PATTERN_CYCLE, &[row]), view.number(PATTERN_OFFSET, &[row]));
    if cycle == 0 {
        return Err((FreeStatus::CoordFree, format!("pattern {number} has no cycle")));
    }
    if offset >= cycle {
        return Err((FreeStatus::InvalidOffset, format!("pattern {number}: offset {offset} s, but the cycle is {cycle} s")));
    }
    let splits = splits(ring, view, number)?;
    let (sum, least) = (splits.iter().sum::<i64>(), ring.timings().iter().map(|t| i64::from(t.least_split_s())).sum::<i64>());
    if cycle < least {
        return Err((FreeStatus::BadCycleTime, format!("pattern {number}: cycle {cycle} s, its phases need {least} s")));
    }
    if sum > cycle {
        return Err((FreeStatus::SplitOverrun, format!("pattern {number}: splits of {sum} s, but the cycle is {cycle} s")));
    }
    let splits_s = splits.into_iter().map(|s| s as u8).collect();
    let pattern = Pattern { cycle_s: cycle as u8, offset_s: offset as u8, splits_s };
    ring.plan(&pattern).map_err(|e| (FreeStatus::BadPlan, format!("pattern {number}: {e}")))
}

/// The splits of a pattern, each long enough for its phase.
fn splits(ring: &Ring, view: View<'_>, number: u8) -> Result<Vec<i64>, Wrong> {
    let split = |(stage, timing): (usize, &super::Timing)| {
        let (row, at) = ([u32::from(number), stage as u32 + 1], format!("split {number} of phase {}", stage + 1));
        let (seconds, mode) = (view.number(SPLIT_TIME, &row), view.number(SPLIT_MODE, &row));
        let least = i64::from(timing.least_split_s());
        let fault = if seconds < least {
            format!("{at}: {seconds} s, its minimum green, yellow and red clearance take {least} s")
        } else if !RECALLS.contains(&mode) {
            format!("{at}: splitMode {mode}, but plans are fixed-time, which is 4 or 6")
        } else if (view.number(SPLIT_COORD, &row) == 1) != (stage == 0) {
            format!("{at}: phase 1 is the coordinated one, and no other")
        } else {
            return Ok(seconds);
        };
        Err((FreeStatus::BadPlan, fault))
    };
    ring.timings().iter().enumerate().map(split).collect()
}

/// Whether a configuration is fit to run: every pattern with a cycle can be run and its splits fill the cycle, and every
/// number of a pattern is one.
pub(super) fn check(ring: &Ring, view: View<'_>) -> Result<(), String> {
    let most = view.number(MAX_PATTERNS, &[0]);
    for number in (1..=most).map(|n| n as u8).filter(|n| view.number(PATTERN_CYCLE, &[u32::from(*n)]) != 0) {
        plan(ring, view, number).map_err(|(_, why)| why)?;
        let sum: i64 = (1..=ring.stages() as u32).map(|stage| view.number(SPLIT_TIME, &[u32::from(number), stage])).sum();
        let cycle = view.number(PATTERN_CYCLE, &[u32::from(number)]);
        if sum != cycle {
            return Err(format!("pattern {number}: splits of {sum} s do not fill the cycle of {cycle} s"));
        }
    }
    let is_pattern = |n: i64| n <= most || n == i64::from(FREE) || n == i64::from(FLASH);
    let mode = view.number(OPERATIONAL_MODE, &[0]);
    if !is_pattern(mode) {
        return Err(format!("coordOperationalMode {mode} is no pattern"));
    }
    let actions = 1..=view.number(MAX_ACTIONS, &[0]) as u32;
    let wrong = actions.map(|n| (n, view.number(ACTION_PATTERN, &[n]))).find(|(_, pattern)| !is_pattern(*pattern));
    wrong.map_or(Ok(()), |(n, pattern)| Err(format!("action {n}: {pattern} is no pattern")))
}
