//! What a virtual controller shows of itself.

use super::asc::Cabinet;
use super::names::{
    ACTION_STATUS, ALARM_STATUS_1, CHANNEL_GREENS, CHANNEL_REDS, CHANNEL_YELLOWS, CONTROL_STATUS, CYCLE_STATUS, DAY_PLAN_STATUS,
    FLASH_STATUS, FREE_STATUS, GLOBAL_TIME, LOCAL_TIME, Name, PATTERN_STATUS, SCHEDULE_STATUS, SHORT_ALARM, STATUS_DONT_WALKS,
    STATUS_GREENS, STATUS_NEXTS, STATUS_ONS, STATUS_REDS, STATUS_WALKS, STATUS_YELLOWS, SYNC_STATUS,
};
use super::timebase::local;
use super::verify::{FLASH, FREE, FreeStatus};
use crate::snmp::Value;
use crate::tlc::Mode;
use model::signal::GroupKind;
use model::time::DaySecond;

/// What a row of characters of S0001 says of each channel: red, yellow and green.
type Lights = [Vec<bool>; 3];

/// Brings all objects up to what is the case.
pub(super) fn refresh(cabinet: &mut Cabinet) {
    let picture: Vec<char> = cabinet.program.picture().chars().collect();
    let of = |lit: &[char]| picture.iter().map(|c| lit.contains(c)).collect::<Vec<bool>>();
    // Red and amber together are red-amber, before green.
    let lights: Lights = [of(&['B', '0']), of(&['N', '0']), of(&['1'])];
    for (name, lit) in [CHANNEL_REDS, CHANNEL_YELLOWS, CHANNEL_GREENS].into_iter().zip(&lights) {
        masks(cabinet, name, lit);
    }
    stages(cabinet, &lights);
    coordination(cabinet);
    clocks(cabinet);
}

/// Eight to a group, the first one in bit 0.
fn masks(cabinet: &mut Cabinet, name: Name, lit: &[bool]) {
    for (group, part) in (1..).zip(lit.chunks(8)) {
        let mask = part.iter().enumerate().map(|(bit, on)| i64::from(*on) << bit).sum();
        cabinet.database.show(name, &[group], Value::Integer(mask));
    }
}

/// A phase is on from the beginning of its stage to that of the next; it is green while its stage shows.
fn stages(cabinet: &mut Cabinet, [_, yellow, green]: &Lights) {
    let count = cabinet.ring.stages();
    let is_normal = cabinet.program.mode == Mode::Normal;
    // The same greens may show twice in a cycle: then it is the next such phase in the ring.
    let from = cabinet.stage.unwrap_or(0);
    let shown = (0..count).map(|i| (from + i) % count).find(|&s| cabinet.ring.greens()[s] == *green).filter(|_| is_normal);
    cabinet.stage = if is_normal { shown.or(cabinet.stage) } else { None };
    let (ring, stage) = (&cabinet.ring, cabinet.stage);
    let only = |on: bool, which: Option<usize>| (0..count).map(|s| on && which == Some(s)).collect::<Vec<bool>>();
    let is_green = shown.is_some();
    let ends = stage.is_some_and(|s| ring.greens()[s].iter().zip(yellow).any(|(g, y)| *g && *y));
    let next = stage.map(|s| (s + 1) % count);
    let on_foot: Vec<bool> = ring.signal().groups.iter().map(|g| g.kind == GroupKind::Pedestrians).collect();
    let walks = |s: usize| (0..green.len()).any(|g| on_foot[g] && green[g] && ring.greens()[s][g]);
    let walking: Vec<bool> = (0..count).map(|s| stage == Some(s) && walks(s)).collect();
    let not: Vec<bool> = walking.iter().map(|w| !w).collect();
    let reds = (0..count).map(|s| !((is_green || ends) && stage == Some(s))).collect::<Vec<bool>>();
    let all = [
        (STATUS_REDS, reds),
        (STATUS_YELLOWS, only(!is_green && ends, stage)),
        (STATUS_GREENS, only(is_green, stage)),
        (STATUS_WALKS, walking),
        (STATUS_DONT_WALKS, not),
        (STATUS_ONS, only(true, stage)),
        (STATUS_NEXTS, only(!is_green, next)),
    ];
    for (name, lit) in all {
        masks(cabinet, name, &lit);
    }
}

fn coordination(cabinet: &mut Cabinet) {
    let program = &cabinet.program;
    let (mode, number) = (program.mode, program.current());
    let (pattern, free) = match mode {
        Mode::Normal if program.comes_from(FREE) => (number, FreeStatus::TransitionFree),
        Mode::Normal => (number, cabinet.status),
        Mode::Starting { .. } => (FREE, FreeStatus::TransitionFree),
        Mode::YellowFlash | Mode::Dark => (FLASH, FreeStatus::Other),
    };
    let plan = program.shown();
    let (cycle, now) = (plan.cycle(), DaySecond(cabinet.utc.second()));
    let left = cycle.0 - now.in_cycle(cycle, plan.offset()).0;
    let since = (i64::from(cabinet.utc.second()) - cabinet.reference).rem_euclid(i64::from(cycle.0));
    let is_coordinated = free == FreeStatus::NotFree;
    let is_failed = cabinet.status as u8 > FreeStatus::CoordFree as u8;
    let is_flashing = pattern == FLASH;
    // Bits as the lists have them: coordActive, local free, local flash; and coordination alarm, local override, local flash.
    let alarms = i64::from(is_coordinated) << 7 | i64::from(!is_coordinated && !is_flashing) << 6 | i64::from(is_flashing) << 5;
    let short = i64::from(is_failed) << 4 | i64::from(is_failed) << 3 | i64::from(is_flashing) << 1;
    let flash = match mode {
        Mode::YellowFlash | Mode::Dark => 3,
        Mode::Starting { .. } => 7,
        Mode::Normal => 2,
    };
    let values = [
        (PATTERN_STATUS, i64::from(pattern)),
        (FREE_STATUS, free as i64),
        (CYCLE_STATUS, i64::from(left)),
        (SYNC_STATUS, since),
        (CONTROL_STATUS, cabinet.source as i64),
        (FLASH_STATUS, flash),
        (ALARM_STATUS_1, alarms),
        (SHORT_ALARM, short),
    ];
    for (name, value) in values {
        cabinet.database.show(name, &[0], Value::Integer(value));
    }
}

fn clocks(cabinet: &mut Cabinet) {
    let (utc, called) = (cabinet.utc, cabinet.called);
    let local = local(cabinet.database.view(), utc);
    cabinet.database.show(GLOBAL_TIME, &[0], Value::Counter(utc.second()));
    cabinet.database.show(LOCAL_TIME, &[0], Value::Counter(local as u32));
    for (name, number) in [(ACTION_STATUS, called.action), (DAY_PLAN_STATUS, called.day_plan), (SCHEDULE_STATUS, called.schedule)]
    {
        cabinet.database.show(name, &[0], Value::Integer(i64::from(number)));
    }
}
