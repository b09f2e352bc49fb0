//! Names of objects of NTCIP 1202 v02 and 1201 v02, by their numbers below `devices`, 1.3.6.1.4.1.1206.4.2.
//!
//! Here, and in what people are told, the word phase is the standard's: it is a stage.

use crate::snmp::Oid;

/// An object: a scalar, or a column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name {
    /// Its name in the standard.
    pub(crate) text: &'static str,
    arcs: &'static [u32],
}

const DEVICES: [u32; 9] = [1, 3, 6, 1, 4, 1, 1206, 4, 2];

impl Name {
    /// The object itself.
    pub(crate) fn object(self) -> Oid {
        Oid([&DEVICES, self.arcs].concat())
    }

    /// An instance: of a scalar `[0]`, of a column the numbers of its row.
    pub(crate) fn at(self, row: &[u32]) -> Oid {
        self.object().with(row)
    }

    /// The instance of a scalar.
    pub(crate) fn scalar(self) -> Oid {
        self.at(&[0])
    }
}

/// `sysDescr` of RFC 3418.
pub(crate) const SYS_DESCR: [u32; 9] = [1, 3, 6, 1, 2, 1, 1, 1, 0];
/// `sysName` of RFC 3418: here the name of the site.
pub(crate) const SYS_NAME: [u32; 9] = [1, 3, 6, 1, 2, 1, 1, 5, 0];

macro_rules! names {
    ($($name:ident = $text:literal [$($arc:literal),+];)+) => {
        $(pub(crate) const $name: Name = Name { text: $text, arcs: &[$($arc),+] };)+

        #[cfg(test)]
        const ALL: &[Name] = &[$($name),+];
    };
}

names! {
    MAX_PHASES = "maxPhases" [1, 1, 1];
    PHASE_NUMBER = "phaseNumber" [1, 1, 2, 1, 1];
    PHASE_WALK = "phaseWalk" [1, 1, 2, 1, 2];
    PHASE_PED_CLEAR = "phasePedestrianClear" [1, 1, 2, 1, 3];
    PHASE_MIN_GREEN = "phaseMinimumGreen" [1, 1, 2, 1, 4];
    PHASE_YELLOW = "phaseYellowChange" [1, 1, 2, 1, 8];
    PHASE_RED_CLEAR = "phaseRedClear" [1, 1, 2, 1, 9];
    PHASE_OPTIONS = "phaseOptions" [1, 1, 2, 1, 21];
    PHASE_RING = "phaseRing" [1, 1, 2, 1, 22];
    PHASE_CONCURRENCY = "phaseConcurrency" [1, 1, 2, 1, 23];
    MAX_PHASE_GROUPS = "maxPhaseGroups" [1, 1, 3];
    STATUS_NUMBER = "phaseStatusGroupNumber" [1, 1, 4, 1, 1];
    STATUS_REDS = "phaseStatusGroupReds" [1, 1, 4, 1, 2];
    STATUS_YELLOWS = "phaseStatusGroupYellows" [1, 1, 4, 1, 3];
    STATUS_GREENS = "phaseStatusGroupGreens" [1, 1, 4, 1, 4];
    STATUS_DONT_WALKS = "phaseStatusGroupDontWalks" [1, 1, 4, 1, 5];
    STATUS_PED_CLEARS = "phaseStatusGroupPedClears" [1, 1, 4, 1, 6];
    STATUS_WALKS = "phaseStatusGroupWalks" [1, 1, 4, 1, 7];
    STATUS_ONS = "phaseStatusGroupPhaseOns" [1, 1, 4, 1, 10];
    STATUS_NEXTS = "phaseStatusGroupPhaseNexts" [1, 1, 4, 1, 11];

    BACKUP_TIME = "unitBackupTime" [1, 3, 3];
    CONTROL_STATUS = "unitControlStatus" [1, 3, 5];
    FLASH_STATUS = "unitFlashStatus" [1, 3, 6];
    ALARM_STATUS_1 = "unitAlarmStatus1" [1, 3, 8];
    SHORT_ALARM = "shortAlarmStatus" [1, 3, 9];

    OPERATIONAL_MODE = "coordOperationalMode" [1, 4, 1];
    CORRECTION_MODE = "coordCorrectionMode" [1, 4, 2];
    MAXIMUM_MODE = "coordMaximumMode" [1, 4, 3];
    FORCE_MODE = "coordForceMode" [1, 4, 4];
    MAX_PATTERNS = "maxPatterns" [1, 4, 5];
    PATTERN_TABLE_TYPE = "patternTableType" [1, 4, 6];
    PATTERN_NUMBER = "patternNumber" [1, 4, 7, 1, 1];
    PATTERN_CYCLE = "patternCycleTime" [1, 4, 7, 1, 2];
    PATTERN_OFFSET = "patternOffsetTime" [1, 4, 7, 1, 3];
    PATTERN_SPLIT = "patternSplitNumber" [1, 4, 7, 1, 4];
    PATTERN_SEQUENCE = "patternSequenceNumber" [1, 4, 7, 1, 5];
    MAX_SPLITS = "maxSplits" [1, 4, 8];
    SPLIT_NUMBER = "splitNumber" [1, 4, 9, 1, 1];
    SPLIT_PHASE = "splitPhase" [1, 4, 9, 1, 2];
    SPLIT_TIME = "splitTime" [1, 4, 9, 1, 3];
    SPLIT_MODE = "splitMode" [1, 4, 9, 1, 4];
    SPLIT_COORD = "splitCoordPhase" [1, 4, 9, 1, 5];
    PATTERN_STATUS = "coordPatternStatus" [1, 4, 10];
    FREE_STATUS = "localFreeStatus" [1, 4, 11];
    CYCLE_STATUS = "coordCycleStatus" [1, 4, 12];
    SYNC_STATUS = "coordSyncStatus" [1, 4, 13];
    SYSTEM_PATTERN = "systemPatternControl" [1, 4, 14];
    SYSTEM_SYNC = "systemSyncControl" [1, 4, 15];

    PATTERN_SYNC = "timebaseAscPatternSync" [1, 5, 1];
    MAX_ACTIONS = "maxTimebaseAscActions" [1, 5, 2];
    ACTION_NUMBER = "timebaseAscActionNumber" [1, 5, 3, 1, 1];
    ACTION_PATTERN = "timebaseAscPattern" [1, 5, 3, 1, 2];
    ACTION_AUXILIARY = "timebaseAscAuxillaryFunction" [1, 5, 3, 1, 3];
    ACTION_SPECIAL = "timebaseAscSpecialFunction" [1, 5, 3, 1, 4];
    ACTION_STATUS = "timebaseAscActionStatus" [1, 5, 4];

    MAX_RINGS = "maxRings" [1, 7, 1];
    MAX_SEQUENCES = "maxSequences" [1, 7, 2];
    SEQUENCE_NUMBER = "sequenceNumber" [1, 7, 3, 1, 1];
    SEQUENCE_RING = "sequenceRingNumber" [1, 7, 3, 1, 2];
    SEQUENCE_DATA = "sequenceData" [1, 7, 3, 1, 3];

    MAX_CHANNELS = "maxChannels" [1, 8, 1];
    CHANNEL_NUMBER = "channelNumber" [1, 8, 2, 1, 1];
    CHANNEL_SOURCE = "channelControlSource" [1, 8, 2, 1, 2];
    CHANNEL_TYPE = "channelControlType" [1, 8, 2, 1, 3];
    MAX_CHANNEL_GROUPS = "maxChannelStatusGroups" [1, 8, 3];
    CHANNEL_GROUP = "channelStatusGroupNumber" [1, 8, 4, 1, 1];
    CHANNEL_REDS = "channelStatusGroupReds" [1, 8, 4, 1, 2];
    CHANNEL_YELLOWS = "channelStatusGroupYellows" [1, 8, 4, 1, 3];
    CHANNEL_GREENS = "channelStatusGroupGreens" [1, 8, 4, 1, 4];

    MAX_OVERLAPS = "maxOverlaps" [1, 9, 1];
    OVERLAP_NUMBER = "overlapNumber" [1, 9, 2, 1, 1];
    OVERLAP_TYPE = "overlapType" [1, 9, 2, 1, 2];
    OVERLAP_PHASES = "overlapIncludedPhases" [1, 9, 2, 1, 3];

    TRANSACTION = "dbCreateTransaction" [6, 2, 1];
    VERIFY_STATUS = "dbVerifyStatus" [6, 2, 6];
    VERIFY_ERROR = "dbVerifyError" [6, 2, 7];

    GLOBAL_TIME = "globalTime" [6, 3, 1];
    DAYLIGHT_SAVING = "globalDaylightSaving" [6, 3, 2];
    MAX_SCHEDULES = "maxTimeBaseScheduleEntries" [6, 3, 3, 1];
    SCHEDULE_NUMBER = "timeBaseScheduleNumber" [6, 3, 3, 2, 1, 1];
    SCHEDULE_MONTH = "timeBaseScheduleMonth" [6, 3, 3, 2, 1, 2];
    SCHEDULE_DAY = "timeBaseScheduleDay" [6, 3, 3, 2, 1, 3];
    SCHEDULE_DATE = "timeBaseScheduleDate" [6, 3, 3, 2, 1, 4];
    SCHEDULE_PLAN = "timeBaseScheduleDayPlan" [6, 3, 3, 2, 1, 5];
    MAX_DAY_PLANS = "maxDayPlans" [6, 3, 3, 3];
    MAX_EVENTS = "maxDayPlanEvents" [6, 3, 3, 4];
    DAY_PLAN_NUMBER = "dayPlanNumber" [6, 3, 3, 5, 1, 1];
    EVENT_NUMBER = "dayPlanEventNumber" [6, 3, 3, 5, 1, 2];
    EVENT_HOUR = "dayPlanHour" [6, 3, 3, 5, 1, 3];
    EVENT_MINUTE = "dayPlanMinute" [6, 3, 3, 5, 1, 4];
    EVENT_ACTION = "dayPlanActionNumberOID" [6, 3, 3, 5, 1, 5];
    DAY_PLAN_STATUS = "dayPlanStatus" [6, 3, 3, 6];
    SCHEDULE_STATUS = "timeBaseScheduleTable-status" [6, 3, 3, 7];
    TIME_ZONE = "controllerStandardTimeZone" [6, 3, 5];
    LOCAL_TIME = "controllerLocalTime" [6, 3, 6];
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::path::Path;

    /// Names and numbers of a list of objects, each below another one by its name.
    fn declared(text: &str, found: &mut BTreeMap<String, (String, u32)>) {
        let lines = text.lines().map(|l| l.split("--").next().unwrap_or(""));
        let words: Vec<String> =
            lines.flat_map(|l| l.replace(['{', '}'], " ").split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect();
        let mut name = None;
        for (i, word) in words.iter().enumerate() {
            let next = words.get(i + 1).map_or("", String::as_str);
            let is_name = next == "OBJECT-TYPE" || (next == "OBJECT" && words.get(i + 2).is_some_and(|w| w == "IDENTIFIER"));
            if is_name && word != "SYNTAX" && word != "," {
                name = Some(word.clone());
            }
            // Some have no blank after the sign.
            let parent = word.strip_prefix("::=").map(|rest| if rest.is_empty() { (next, i + 2) } else { (rest, i + 1) });
            let number = |at: usize| words.get(at).and_then(|n| n.parse().ok());
            if let (Some((parent, at)), Some(own)) = (parent, &name)
                && let Some(number) = number(at)
            {
                found.insert(own.clone(), (parent.to_owned(), number));
                name = None;
            }
        }
    }

    #[test]
    fn every_name_has_the_numbers_of_the_published_lists() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/ntcip");
        let mut found = BTreeMap::new();
        for file in ["1201v0227.mib", "1202v0218.mib"] {
            let Ok(bytes) = std::fs::read(folder.join(file)) else {
                println!("SKIPPED: {} is not there, so no name was held against it", folder.join(file).display());
                return;
            };
            declared(&String::from_utf8_lossy(&bytes), &mut found);
        }
        found.insert("asc".into(), ("devices".into(), 1));
        found.insert("global".into(), ("devices".into(), 6));
        let arcs = |text: &str| {
            let (mut arcs, mut at) = (Vec::new(), text.to_owned());
            while let Some((parent, number)) = found.get(&at).filter(|_| at != "devices") {
                arcs.insert(0, *number);
                at.clone_from(parent);
            }
            (at, arcs)
        };
        for name in ALL {
            assert_eq!(arcs(name.text), ("devices".to_owned(), name.arcs.to_vec()), "{}", name.text);
        }
    }
}
