//! What a manager reads of a controller before it sets anything, and what of it forbids that.

use super::names::{
    BACKUP_TIME, DAYLIGHT_SAVING, FLASH_STATUS, FREE_STATUS, GLOBAL_TIME, LOCAL_TIME, MAX_CHANNELS, MAX_PATTERNS, MAX_PHASES,
    MAX_SPLITS, Name, OPERATIONAL_MODE, PATTERN_SPLIT, PATTERN_STATUS, PATTERN_SYNC, PATTERN_TABLE_TYPE, PHASE_MIN_GREEN,
    PHASE_PED_CLEAR, PHASE_RED_CLEAR, PHASE_WALK, PHASE_YELLOW, SEQUENCE_DATA, SYS_NAME, SYSTEM_PATTERN, SYSTEM_SYNC,
};
use super::ring::{Pattern, Ring, Timing, checksum};
use super::session::{Datagrams, Session};
use super::tables::RECALLS;
use crate::clock::Utc;
use crate::port::{Device, PortError};
use crate::setting::{Setting, SettingFault};
use crate::snmp::{Oid, Value};
use model::time::Seconds;
use std::collections::BTreeMap;

/// What is read once, in this order.
const SCALARS: [Name; 16] = [
    GLOBAL_TIME,
    LOCAL_TIME,
    PATTERN_SYNC,
    DAYLIGHT_SAVING,
    BACKUP_TIME,
    OPERATIONAL_MODE,
    SYSTEM_PATTERN,
    SYSTEM_SYNC,
    PATTERN_STATUS,
    FREE_STATUS,
    FLASH_STATUS,
    MAX_PHASES,
    MAX_PATTERNS,
    MAX_SPLITS,
    PATTERN_TABLE_TYPE,
    MAX_CHANNELS,
];

const DAY_S: i64 = 86_400;

/// What a controller says of itself.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    values: BTreeMap<&'static str, i64>,
    checksum: String,
    skew_ms: u64,
    /// The split of each pattern, where it is not the one of the same number.
    odd_splits: BTreeMap<i64, i64>,
}

/// Between offsets from the common zero and those from second 0 of the system, so many seconds of Unix time later.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offsets(i64);

impl Facts {
    /// Reads them.
    pub(super) fn read<W: Datagrams>(session: &mut Session<W>, site: &str, ring: &Ring) -> Result<Self, PortError> {
        let name = session.find(&[Oid(SYS_NAME.to_vec())])?.remove(0);
        if name != Some(Value::Octets(site.into())) {
            let name =
                if let Some(Value::Octets(text)) = name { String::from_utf8_lossy(&text).into_owned() } else { "nothing".into() };
            return Err(PortError::Answer(format!("comes from a controller that calls itself {name} (sysName), not {site}")));
        }
        let wanted: Vec<(Name, &[u32])> = SCALARS.iter().map(|name| (*name, &[0][..])).collect();
        let numbers = session.numbers(&wanted)?;
        let skew_ms = skew(numbers[0], session.wire.now().utc);
        let values: BTreeMap<_, _> = SCALARS.iter().map(|name| name.text).zip(numbers).collect();
        let (timings, channels) = (timings(session, values[MAX_PHASES.text])?, values[MAX_CHANNELS.text]);
        let sequence = session.find(&[SEQUENCE_DATA.at(&[1, 1])])?.remove(0);
        let in_order = Value::Octets((1..=ring.stages() as u8).collect());
        if timings.len() == ring.stages() && sequence.as_ref() != Some(&in_order) {
            return Err(PortError::Answer(format!("goes through phases in the order {sequence:?}, not one after the other")));
        }
        let checksum = checksum(timings.iter(), usize::try_from(channels).unwrap_or(0));
        let rows: Vec<[u32; 1]> = (1..=values[MAX_PATTERNS.text].clamp(0, 253) as u32).map(|n| [n]).collect();
        let wanted: Vec<(Name, &[u32])> = rows.iter().map(|row| (PATTERN_SPLIT, &row[..])).collect();
        let splits = (1..).zip(session.numbers(&wanted)?);
        let odd_splits = splits.filter(|(pattern, split)| pattern != split).collect();
        Ok(Self { values, checksum, skew_ms, odd_splits })
    }

    fn value(&self, name: Name) -> i64 {
        self.values.get(name.text).copied().unwrap_or(0)
    }

    /// How offsets are counted: from midnight of the controller's own clock, or some minutes after it.
    pub(super) fn offsets(&self) -> Offsets {
        let (global, local) = (self.value(GLOBAL_TIME), self.value(LOCAL_TIME));
        Offsets(global - local.rem_euclid(DAY_S) + 60 * self.value(PATTERN_SYNC))
    }

    pub(super) fn device(&self, settings: BTreeMap<u8, Setting>) -> Device {
        let plan = u8::try_from(self.value(PATTERN_STATUS)).unwrap_or(0);
        let source = match (self.value(OPERATIONAL_MODE), self.value(SYSTEM_PATTERN)) {
            (0, 0) => "time base",
            (0, _) => "systemPatternControl",
            _ => "coordOperationalMode",
        };
        let is_coordinated = (1..=253).contains(&plan) && self.value(FREE_STATUS) == 2 && self.value(FLASH_STATUS) == 2;
        Device {
            clock: Utc(1000 * u64::try_from(self.value(GLOBAL_TIME)).unwrap_or(0)),
            skew_ms: self.skew_ms,
            checksum: self.checksum.clone(),
            plan,
            source: source.into(),
            is_own_choice: source == "time base",
            settings,
            in_control: is_coordinated,
        }
    }

    /// Whether a pattern of this number can be set, and would run for good.
    pub(super) fn allow(&self, number: u8, cycle: Seconds) -> Result<(), PortError> {
        let number = i64::from(number);
        let most = self.value(MAX_PATTERNS).min(self.value(MAX_SPLITS));
        let has = |what: String| Err(PortError::Answer(format!("has {what}")));
        if !(1..=most).contains(&number) {
            return has(format!("room for {most} patterns, but none for pattern {number}"));
        }
        if let Some(split) = self.odd_splits.get(&number) {
            return has(format!("split {split} for pattern {number}, which has to have its own"));
        }
        match (self.value(PATTERN_TABLE_TYPE), self.value(OPERATIONAL_MODE), self.value(BACKUP_TIME), self.value(PATTERN_SYNC)) {
            (2, 0, 0, 0..=1440) => {}
            (2, 0, 0, sync) => {
                return has(format!("timebaseAscPatternSync {sync}; mend: count offsets from minutes past midnight"));
            }
            (2, 0, seconds, _) => {
                return has(format!("unitBackupTime {seconds} s, after which a pattern would be left again; mend: set it to 0"));
            }
            (2, mode, ..) => {
                return has(format!("coordOperationalMode {mode}, so somebody has set it by hand; mend: set it to 0"));
            }
            (kind, ..) => return has(format!("patternTableType {kind}, rows that depend on each other")),
        }
        let seconds = i64::from(cycle.0.max(1));
        if DAY_S % seconds != 0 {
            return Err(SettingFault::Midnight { cycle }.into());
        }
        if self.value(DAYLIGHT_SAVING) != 2 && 3600 % seconds != 0 {
            return has(format!(
                "daylight saving switched on, and a cycle of {cycle} does not go into an hour; mend: disableDST"
            ));
        }
        Ok(())
    }
}

/// By how much a clock of whole seconds is off, in ms.
fn skew(seconds: i64, now: Utc) -> u64 {
    let begin = 1000 * u64::try_from(seconds).unwrap_or(0);
    if now.0 < begin { begin - now.0 } else { (now.0 - begin).saturating_sub(999) }
}

/// What is fixed of each phase, as the controller says.
fn timings<W: Datagrams>(session: &mut Session<W>, stages: i64) -> Result<Vec<Timing>, PortError> {
    let rows: Vec<[u32; 1]> = (1..=stages.clamp(0, 255) as u32).map(|n| [n]).collect();
    let mut timings = Vec::new();
    for row in &rows {
        let names = [PHASE_MIN_GREEN, PHASE_WALK, PHASE_PED_CLEAR, PHASE_YELLOW, PHASE_RED_CLEAR];
        let values = session.numbers(&names.map(|name| (name, &row[..])))?;
        let byte = |i: usize| u8::try_from(values[i]).map_err(|_| PortError::Answer(format!("has {} s for a phase", values[i])));
        timings.push(Timing {
            min_green_s: byte(0)?,
            walk_s: byte(1)?,
            ped_clear_s: byte(2)?,
            yellow_ds: byte(3)?,
            red_clear_ds: byte(4)?,
        });
    }
    Ok(timings)
}

impl Offsets {
    /// The pattern as it is written, with the offset that the controller counts.
    pub(super) fn write_pattern(self, pattern: &Pattern) -> Pattern {
        Pattern { offset_s: shifted(pattern, -self.0), ..pattern.clone() }
    }

    /// The pattern that values are: cycle, offset, then times, modes and coordination of splits. `None` where it is no
    /// fixed-time pattern of the ring.
    pub(super) fn read_pattern(self, values: &[i64], stages: usize) -> Option<Pattern> {
        let (splits, rest) = values.get(2..)?.split_at_checked(stages)?;
        let (modes, coordinated) = rest.split_at_checked(stages)?;
        let byte = |n: i64| u8::try_from(n).ok();
        let pattern = Pattern {
            cycle_s: byte(values[0]).filter(|c| *c > 0)?,
            offset_s: byte(values[1]).filter(|o| i64::from(*o) < values[0])?,
            splits_s: splits.iter().map(|s| byte(*s)).collect::<Option<_>>()?,
        };
        let is_fixed =
            modes.iter().all(|m| RECALLS.contains(m)) && coordinated.iter().enumerate().all(|(i, c)| (*c == 1) == (i == 0));
        is_fixed.then(|| Pattern { offset_s: shifted(&pattern, self.0), ..pattern })
    }
}

/// The offset of a pattern, so many seconds later.
fn shifted(pattern: &Pattern, by: i64) -> u8 {
    (i64::from(pattern.offset_s) + by).rem_euclid(i64::from(pattern.cycle_s.max(1))) as u8
}
