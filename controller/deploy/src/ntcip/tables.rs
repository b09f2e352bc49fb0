//! The objects of a virtual controller as it leaves the workshop.

use super::database::{Database, Form, Rule};
use super::names::{
    ACTION_AUXILIARY, ACTION_NUMBER, ACTION_PATTERN, ACTION_SPECIAL, ACTION_STATUS, ALARM_STATUS_1, BACKUP_TIME, CHANNEL_GREENS,
    CHANNEL_GROUP, CHANNEL_NUMBER, CHANNEL_REDS, CHANNEL_SOURCE, CHANNEL_TYPE, CHANNEL_YELLOWS, CONTROL_STATUS, CORRECTION_MODE,
    CYCLE_STATUS, DAY_PLAN_NUMBER, DAY_PLAN_STATUS, DAYLIGHT_SAVING, EVENT_ACTION, EVENT_HOUR, EVENT_MINUTE, EVENT_NUMBER,
    FLASH_STATUS, FORCE_MODE, FREE_STATUS, GLOBAL_TIME, LOCAL_TIME, MAX_ACTIONS, MAX_CHANNEL_GROUPS, MAX_CHANNELS, MAX_DAY_PLANS,
    MAX_EVENTS, MAX_OVERLAPS, MAX_PATTERNS, MAX_PHASE_GROUPS, MAX_PHASES, MAX_RINGS, MAX_SCHEDULES, MAX_SEQUENCES, MAX_SPLITS,
    MAXIMUM_MODE, OPERATIONAL_MODE, OVERLAP_NUMBER, OVERLAP_PHASES, OVERLAP_TYPE, PATTERN_CYCLE, PATTERN_NUMBER, PATTERN_OFFSET,
    PATTERN_SEQUENCE, PATTERN_SPLIT, PATTERN_STATUS, PATTERN_SYNC, PATTERN_TABLE_TYPE, PHASE_CONCURRENCY, PHASE_MIN_GREEN,
    PHASE_NUMBER, PHASE_OPTIONS, PHASE_PED_CLEAR, PHASE_RED_CLEAR, PHASE_RING, PHASE_WALK, PHASE_YELLOW, SCHEDULE_DATE,
    SCHEDULE_DAY, SCHEDULE_MONTH, SCHEDULE_NUMBER, SCHEDULE_PLAN, SCHEDULE_STATUS, SEQUENCE_DATA, SEQUENCE_NUMBER, SEQUENCE_RING,
    SHORT_ALARM, SPLIT_COORD, SPLIT_MODE, SPLIT_NUMBER, SPLIT_PHASE, SPLIT_TIME, STATUS_DONT_WALKS, STATUS_GREENS, STATUS_NEXTS,
    STATUS_NUMBER, STATUS_ONS, STATUS_PED_CLEARS, STATUS_REDS, STATUS_WALKS, STATUS_YELLOWS, SYNC_STATUS, SYS_DESCR, SYS_NAME,
    SYSTEM_PATTERN, SYSTEM_SYNC, TIME_ZONE,
};
use super::ring::Ring;
use crate::safety::Held;
use crate::snmp::{Oid, Value};
use model::id::Id;

/// Rows of the tables of actions, calendar, day plans and their events.
const ACTIONS: u32 = 16;
const SCHEDULES: u32 = 16;
const DAY_PLANS: u32 = 8;
const EVENTS: u32 = 8;
/// Patterns that there are at least.
const PATTERNS: u8 = 16;

/// How a fixed-time phase goes: maximumVehicleRecall, or that with people on foot.
pub(super) const RECALLS: [i64; 2] = [4, 6];

fn number(n: impl Into<i64>) -> Value {
    Value::Integer(n.into())
}

/// All objects of the controller of a ring; its lowest plan is what the calendar calls for all day.
pub(super) fn database(site: &str, ring: &Ring, held: &Held) -> Database {
    let mut database = Database::new();
    database.put_text(&SYS_DESCR, concat!("ampel ", env!("CARGO_PKG_VERSION"), ", a virtual controller, NTCIP 1202 v02"));
    database.put_text(&SYS_NAME, site);
    let most = held.keys().next_back().copied().unwrap_or(1).max(PATTERNS);
    stages(&mut database, ring);
    channels(&mut database, ring);
    patterns(&mut database, ring, held, most);
    modes(&mut database);
    calendar(&mut database, u32::from(held.keys().next().copied().unwrap_or(1)));
    database
}

fn stages(database: &mut Database, ring: &Ring) {
    let mut show = |name, row: &[u32], value| database.put(name, row, value, Rule::Shown);
    let count = ring.stages() as u32;
    show(MAX_PHASES, &[0], number(count));
    for (stage, timing) in (1..).zip(ring.timings()) {
        let row = [stage];
        show(PHASE_NUMBER, &row, number(stage));
        show(PHASE_WALK, &row, number(timing.walk_s));
        show(PHASE_PED_CLEAR, &row, number(timing.ped_clear_s));
        show(PHASE_MIN_GREEN, &row, number(timing.min_green_s));
        show(PHASE_YELLOW, &row, number(timing.yellow_ds));
        show(PHASE_RED_CLEAR, &row, number(timing.red_clear_ds));
        // Enabled, with vehicle recall to the maximum.
        show(PHASE_OPTIONS, &row, number(0x81));
        show(PHASE_RING, &row, number(1));
        show(PHASE_CONCURRENCY, &row, Value::Octets(Vec::new()));
    }
    show(MAX_PHASE_GROUPS, &[0], number(count.div_ceil(8)));
    let masks = [
        STATUS_REDS,
        STATUS_YELLOWS,
        STATUS_GREENS,
        STATUS_DONT_WALKS,
        STATUS_PED_CLEARS,
        STATUS_WALKS,
        STATUS_ONS,
        STATUS_NEXTS,
    ];
    for group in 1..=count.div_ceil(8) {
        show(STATUS_NUMBER, &[group], number(group));
        for name in masks {
            show(name, &[group], number(0));
        }
    }
    show(MAX_RINGS, &[0], number(1));
    show(MAX_SEQUENCES, &[0], number(1));
    show(SEQUENCE_NUMBER, &[1, 1], number(1));
    show(SEQUENCE_RING, &[1, 1], number(1));
    show(SEQUENCE_DATA, &[1, 1], Value::Octets((1..=count as u8).collect()));
}

/// A channel and an overlap for each signal group.
fn channels(database: &mut Database, ring: &Ring) {
    let mut show = |name, row: &[u32], value| database.put(name, row, value, Rule::Shown);
    let count = ring.signal().groups.len() as u32;
    show(MAX_CHANNELS, &[0], number(count));
    show(MAX_OVERLAPS, &[0], number(count));
    for (channel, group) in (1..).zip(ring.signal().groups.ids()) {
        let row = [channel];
        show(CHANNEL_NUMBER, &row, number(channel));
        show(CHANNEL_SOURCE, &row, number(channel));
        show(CHANNEL_TYPE, &row, number(4));
        show(OVERLAP_NUMBER, &row, number(channel));
        show(OVERLAP_TYPE, &row, number(1));
        let included = (1..).zip(ring.greens()).filter(|(_, g)| g[group.index()]).map(|(p, _)| p).collect();
        show(OVERLAP_PHASES, &row, Value::Octets(included));
    }
    show(MAX_CHANNEL_GROUPS, &[0], number(count.div_ceil(8)));
    for group in 1..=count.div_ceil(8) {
        show(CHANNEL_GROUP, &[group], number(group));
        for name in [CHANNEL_REDS, CHANNEL_YELLOWS, CHANNEL_GREENS] {
            show(name, &[group], number(0));
        }
    }
}

/// A row for each pattern, and the split of the same number; those that hold no plan have a cycle of 0.
fn patterns(database: &mut Database, ring: &Ring, held: &Held, most: u8) {
    let kept = |least, most| Rule::Kept(Form::Number(least, most));
    database.put(MAX_PATTERNS, &[0], number(most), Rule::Shown);
    database.put(PATTERN_TABLE_TYPE, &[0], number(2), Rule::Shown);
    database.put(MAX_SPLITS, &[0], number(most), Rule::Shown);
    for n in 1..=most {
        let row = [u32::from(n)];
        let pattern = held.get(&n).and_then(|plan| ring.pattern(plan).ok());
        let of = |f: &dyn Fn(&super::Pattern) -> u8| number(pattern.as_ref().map_or(0, f));
        database.put(PATTERN_NUMBER, &row, number(n), Rule::Shown);
        database.put(PATTERN_CYCLE, &row, of(&|p| p.cycle_s), kept(0, 255));
        database.put(PATTERN_OFFSET, &row, of(&|p| p.offset_s), kept(0, 255));
        database.put(PATTERN_SPLIT, &row, number(n), Rule::Shown);
        database.put(PATTERN_SEQUENCE, &row, number(1), kept(1, 1));
        for stage in 0..ring.stages() {
            let row = [u32::from(n), stage as u32 + 1];
            database.put(SPLIT_NUMBER, &row, number(n), Rule::Shown);
            database.put(SPLIT_PHASE, &row, number(row[1]), Rule::Shown);
            database.put(SPLIT_TIME, &row, of(&|p| p.splits_s[stage]), kept(0, 255));
            database.put(SPLIT_MODE, &row, number(RECALLS[0]), kept(1, 7));
            database.put(SPLIT_COORD, &row, number(i64::from(stage == 0)), kept(0, 1));
        }
    }
}

fn modes(database: &mut Database) {
    let kept = |least, most| Rule::Kept(Form::Number(least, most));
    let order = |least, most| Rule::Order(Form::Number(least, most));
    database.put(BACKUP_TIME, &[0], number(0), kept(0, 65_535));
    database.put(OPERATIONAL_MODE, &[0], number(0), kept(0, 255));
    database.put(CORRECTION_MODE, &[0], number(3), kept(2, 4));
    database.put(MAXIMUM_MODE, &[0], number(4), Rule::Shown);
    database.put(FORCE_MODE, &[0], number(3), Rule::Shown);
    database.put(SYSTEM_PATTERN, &[0], number(0), order(0, 255));
    database.put(SYSTEM_SYNC, &[0], number(255), order(0, 255));
    database.put(GLOBAL_TIME, &[0], Value::Counter(0), order(0, LAST_SECOND));
    let shown = [
        PATTERN_STATUS,
        FREE_STATUS,
        CYCLE_STATUS,
        SYNC_STATUS,
        CONTROL_STATUS,
        FLASH_STATUS,
        ALARM_STATUS_1,
        SHORT_ALARM,
        ACTION_STATUS,
        DAY_PLAN_STATUS,
        SCHEDULE_STATUS,
    ];
    for name in shown {
        database.put(name, &[0], number(0), Rule::Shown);
    }
    database.put(LOCAL_TIME, &[0], Value::Counter(0), Rule::Shown);
}

/// The end of 2099: until then seconds are counted in 32 bits.
const LAST_SECOND: i64 = 4_102_444_799;

fn calendar(database: &mut Database, first: u32) {
    let kept = |least, most| Rule::Kept(Form::Number(least, most));
    database.put(PATTERN_SYNC, &[0], number(0), kept(0, 65_535));
    database.put(DAYLIGHT_SAVING, &[0], number(2), kept(2, 2));
    database.put(TIME_ZONE, &[0], number(0), kept(-43_200, 43_200));
    database.put(MAX_ACTIONS, &[0], number(ACTIONS), Rule::Shown);
    for n in 1..=ACTIONS {
        let pattern = if n == 1 { first } else { 0 };
        database.put(ACTION_NUMBER, &[n], number(n), Rule::Shown);
        database.put(ACTION_PATTERN, &[n], number(pattern), kept(0, 255));
        database.put(ACTION_AUXILIARY, &[n], number(0), kept(0, 255));
        database.put(ACTION_SPECIAL, &[n], number(0), kept(0, 255));
    }
    database.put(MAX_SCHEDULES, &[0], number(SCHEDULES), Rule::Shown);
    for n in 1..=SCHEDULES {
        let on = |mask: i64| number(if n == 1 { mask } else { 0 });
        database.put(SCHEDULE_NUMBER, &[n], number(n), Rule::Shown);
        database.put(SCHEDULE_MONTH, &[n], on(0x1FFE), kept(0, 65_535));
        database.put(SCHEDULE_DAY, &[n], on(0xFE), kept(0, 255));
        database.put(SCHEDULE_DATE, &[n], on(0xFFFF_FFFE), kept(0, 0xFFFF_FFFF));
        database.put(SCHEDULE_PLAN, &[n], on(1), kept(0, i64::from(DAY_PLANS)));
    }
    database.put(MAX_DAY_PLANS, &[0], number(DAY_PLANS), Rule::Shown);
    database.put(MAX_EVENTS, &[0], number(EVENTS), Rule::Shown);
    for (plan, event) in (1..=DAY_PLANS).flat_map(|p| (1..=EVENTS).map(move |e| (p, e))) {
        let row = [plan, event];
        let action = if row == [1, 1] { ACTION_NUMBER.at(&[1]) } else { Oid(vec![0, 0]) };
        database.put(DAY_PLAN_NUMBER, &row, number(plan), Rule::Shown);
        database.put(EVENT_NUMBER, &row, number(event), Rule::Shown);
        database.put(EVENT_HOUR, &row, number(0), kept(0, 23));
        database.put(EVENT_MINUTE, &row, number(0), kept(0, 59));
        database.put(EVENT_ACTION, &row, Value::Name(action), Rule::Kept(Form::Row(ACTION_NUMBER.object())));
    }
}
