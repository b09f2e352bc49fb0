//! Week and time tables: which plan runs when, as M0016, M0017, S0026 and S0027 write them.

use crate::clock::Utc;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Which time table holds on each day of the week; Monday is the first. 0 is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WeekTable(pub [u8; 7]);

/// A change of plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Switch {
    /// The time table that it belongs to, 1 to 12.
    pub table: u8,
    /// Minute of the day, local time.
    pub minute: u16,
    /// The plan, 1 to 16; 0 is none.
    pub plan: u8,
}

/// Every change of plan of every time table, in order of table and time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TimeTables(Vec<Switch>);

/// The most changes of plan that are kept.
pub const MOST_SWITCHES: usize = 512;

/// Why a text is no table.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TableFault {
    /// A part is not of the form.
    #[error("\"{part}\" is not {form}")]
    Form {
        /// The part.
        part: String,
        /// What it has to look like.
        form: &'static str,
    },
    /// More than is kept.
    #[error("more than {MOST_SWITCHES} changes of plan")]
    TooMany,
}

/// The numbers of a part, each within its limits.
fn numbers<const N: usize>(part: &str, most: [u8; N], form: &'static str) -> Result<[u8; N], TableFault> {
    let fault = || TableFault::Form { part: part.chars().take(40).collect(), form };
    let found: Vec<u8> = part.split('-').map_while(|n| n.trim().parse().ok()).collect();
    let is_whole = part.split('-').count() == N;
    let found: [u8; N] = found.try_into().map_err(|_| fault())?;
    if is_whole && found.iter().zip(most).all(|(n, m)| *n <= m) { Ok(found) } else { Err(fault()) }
}

impl FromStr for WeekTable {
    type Err = TableFault;

    fn from_str(text: &str) -> Result<Self, TableFault> {
        let mut days = [0; 7];
        for part in text.split(',').filter(|_| !text.trim().is_empty()) {
            let [day, table] = numbers(part, [6, 12], "day-table, such as 0-1: 0 is Monday, tables are 1 to 12")?;
            days[usize::from(day)] = table;
        }
        Ok(Self(days))
    }
}

impl fmt::Display for WeekTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days: Vec<String> = self.0.iter().enumerate().map(|(day, table)| format!("{day}-{table}")).collect();
        f.write_str(&days.join(","))
    }
}

impl FromStr for TimeTables {
    type Err = TableFault;

    fn from_str(text: &str) -> Result<Self, TableFault> {
        const FORM: &str = "table-plan-hour-minute, such as 1-2-6-30: tables are 1 to 12, plans 0 to 16";
        let mut switches = Vec::new();
        for part in text.split(',').filter(|_| !text.trim().is_empty()) {
            let [table, plan, hour, minute] = numbers(part, [12, 16, 23, 59], FORM)?;
            if table == 0 {
                return Err(TableFault::Form { part: part.to_owned(), form: FORM });
            }
            switches.push(Switch { table, minute: u16::from(hour) * 60 + u16::from(minute), plan });
            if switches.len() > MOST_SWITCHES {
                return Err(TableFault::TooMany);
            }
        }
        switches.sort_unstable();
        Ok(Self(switches))
    }
}

impl fmt::Display for TimeTables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = |s: &Switch| format!("{}-{}-{}-{}", s.table, s.plan, s.minute / 60, s.minute % 60);
        f.write_str(&self.0.iter().map(entry).collect::<Vec<_>>().join(","))
    }
}

impl TimeTables {
    /// The plan that these tables call for at a moment: the last change of that day, or of the days before; `None` where
    /// there is none.
    pub fn plan(&self, week: &WeekTable, at: Utc) -> Option<u8> {
        let local = at.local();
        let minute = (local.0 / 60_000 % 1440) as u16;
        (0..=7_u64).find_map(|back| {
            let day = (local.0 / 86_400_000).checked_sub(back)?;
            let table = week.0[Utc(day * 86_400_000).weekday()];
            let latest = if back == 0 { minute } else { u16::MAX };
            let of_day = |s: &&Switch| s.table == table && s.minute <= latest;
            self.0.iter().rfind(of_day).map(|s| s.plan)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_as_they_are_written() {
        let week: WeekTable = "0-1,6-2".parse().unwrap();
        assert_eq!(week.to_string(), "0-1,1-0,2-0,3-0,4-0,5-0,6-2");
        assert_eq!(week.to_string().parse(), Ok(week));
        let times: TimeTables = "12-1-12-59,1-0-23-12".parse().unwrap();
        assert_eq!(times.to_string(), "1-0-23-12,12-1-12-59");
        assert_eq!(times.to_string().parse(), Ok(times));
        for bad in ["7-1", "0-13", "0", "0-1-2", "x-1", "0-1,,1-1"] {
            assert!(bad.parse::<WeekTable>().is_err(), "{bad}");
        }
        for bad in ["0-1-1-1", "1-17-1-1", "1-1-24-0", "1-1-1-60", "1-1-1"] {
            assert!(bad.parse::<TimeTables>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_plan_holds_until_the_next_change_and_over_midnight() {
        let week: WeekTable = "0-1,1-1,2-1,3-1,4-1,5-2,6-0".parse().unwrap();
        let times: TimeTables = "1-2-6-0,1-3-9-30,1-1-19-0,2-4-8-0".parse().unwrap();
        let plan = |text: &str| times.plan(&week, text.parse().unwrap());
        // Winter: one hour ahead of UTC. 2026-11-27 is a Friday.
        assert_eq!(plan("2026-11-27T04:59:59.999Z"), Some(1));
        assert_eq!(plan("2026-11-27T05:00:00.000Z"), Some(2));
        assert_eq!(plan("2026-11-27T08:30:00.000Z"), Some(3));
        assert_eq!(plan("2026-11-28T06:59:00.000Z"), Some(1));
        assert_eq!(plan("2026-11-28T07:00:00.000Z"), Some(4));
        // Sunday has no table: Saturday's plan goes on.
        assert_eq!(plan("2026-11-29T20:00:00.000Z"), Some(4));
        // Summer: two hours.
        assert_eq!(plan("2026-07-03T04:00:00.000Z"), Some(2));
        assert_eq!(TimeTables::default().plan(&week, Utc(0)), None);
    }
}
