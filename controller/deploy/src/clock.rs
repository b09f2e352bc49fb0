//! Two clocks, both handed in: the time of the link, which only goes on, and the time of day that plans follow.

use std::fmt;
use std::str::FromStr;

/// A time of the link, in milliseconds since any beginning: acknowledgements and watchdogs count in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub u64);

/// A moment in UTC, in milliseconds since 1970, up to the year 9999. Written as RSMP does: `2026-11-22T09:24:38.877Z`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Utc(pub u64);

/// What both clocks show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Now {
    /// The clock of the link.
    pub link: Millis,
    /// The time of day; faster than the link where time is accelerated.
    pub utc: Utc,
}

impl Millis {
    /// Milliseconds since an earlier time; 0 when that is later.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl Utc {
    /// The last moment that can be written.
    const LAST: u64 = 253_402_300_799_999;

    /// Whole seconds since 1970. Second 0 is the common zero of all plans (gemeinsamer Nullpunkt).
    pub const fn second(self) -> u32 {
        (self.0 / 1000) as u32
    }

    /// Milliseconds between two moments.
    pub const fn apart(self, other: Self) -> u64 {
        self.0.abs_diff(other.0)
    }

    /// Year, month, day, hour, minute and second.
    pub const fn fields(self) -> [u64; 6] {
        let [year, month, day] = date(self.0 / 86_400_000);
        let second = self.0 / 1000 % 86_400;
        [year, month, day, second / 3600, second / 60 % 60, second % 60]
    }

    /// Day of the week, 0 is Monday.
    pub const fn weekday(self) -> usize {
        // 1970 began on a Thursday.
        ((self.0 / 86_400_000 + 3) % 7) as usize
    }

    /// What a clock on the wall in Dortmund (Europe/Berlin) shows, written as if it were UTC: one hour ahead, two from the last
    /// Sunday of March to that of October, 1:00 UTC. Source: directive 2000/84/EC.
    #[must_use]
    pub fn local(self) -> Self {
        const HOUR: u64 = 3_600_000;
        let year = Self(self.0.min(Self::LAST)).fields()[0];
        let change = |month: u64| {
            let last = Self(days(year, month, 31) * 86_400_000);
            Self(last.0 - (last.weekday() as u64 + 1) % 7 * 86_400_000 + HOUR)
        };
        let is_summer = (change(3)..change(10)).contains(&self);
        Self(self.0.saturating_add(if is_summer { 2 * HOUR } else { HOUR }))
    }

    /// The moment of year, month, day, hour, minute and second; `None` where there is no such moment.
    pub fn of_fields(fields: [u64; 6]) -> Option<Self> {
        let [year, month, day, hour, minute, second] = fields;
        let in_range = (1970..=9999).contains(&year) && hour < 24 && minute < 60 && second < 60;
        let in_month = (1..=12).contains(&month) && (1..=31).contains(&day);
        if !in_range || !in_month {
            return None;
        }
        let days = days(year, month, day);
        (date(days) == [year, month, day]).then_some(Self((days * 86_400 + hour * 3600 + minute * 60 + second) * 1000))
    }
}

/// The date of a day since 1970. Source: Hinnant, chrono-compatible low-level date algorithms, `civil_from_days`.
const fn date(days: u64) -> [u64; 3] {
    let z = days + 719_468;
    let (era, doe) = (z / 146_097, z % 146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + if month <= 2 { 1 } else { 0 };
    [year, month, doy - (153 * mp + 2) / 5 + 1]
}

/// The day since 1970 of a date. Source: as above, `days_from_civil`.
const fn days(year: u64, month: u64, day: u64) -> u64 {
    let y = if month <= 2 { year - 1 } else { year };
    let (era, yoe) = (y / 400, y % 400);
    let mp = if month > 2 { month - 3 } else { month + 9 };
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + (153 * mp + 2) / 5 + day - 1;
    era * 146_097 + doe - 719_468
}

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = Self(self.0.min(Self::LAST));
        let [year, month, day, hour, minute, second] = moment.fields();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", moment.0 % 1000)
    }
}

impl FromStr for Utc {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FAULT: &str = "not a moment such as 2026-11-22T09:24:38.877Z";
        const PATTERN: &[u8] = b"0000-00-00T00:00:00.000Z";
        let fits = |(&c, &p): (&u8, &u8)| if p == b'0' { c.is_ascii_digit() } else { c == p };
        let bytes = text.as_bytes();
        if bytes.len() != PATTERN.len() || !bytes.iter().zip(PATTERN).all(fits) {
            return Err(FAULT);
        }
        let number = |from: usize, to: usize| bytes[from..to].iter().fold(0, |n, c| n * 10 + u64::from(c - b'0'));
        let fields = [number(0, 4), number(5, 7), number(8, 10), number(11, 13), number(14, 16), number(17, 19)];
        Self::of_fields(fields).map(|whole| Self(whole.0 + number(20, 23))).ok_or(FAULT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_they_are_read() {
        for text in ["1970-01-01T00:00:00.000Z", "2026-11-22T09:24:38.877Z", "2028-02-29T23:59:59.999Z"] {
            assert_eq!(text.parse::<Utc>().unwrap().to_string(), text);
        }
        for bad in ["2026-02-29T00:00:00.000Z", "2026-11-22T09:24:38Z", "2026-11-22T24:00:00.000Z", ""] {
            assert!(bad.parse::<Utc>().is_err(), "{bad}");
        }
        assert_eq!("2026-11-22T09:24:38.877Z".parse(), Ok(Utc(1_795_339_478_877)));
        assert_eq!(Utc(u64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
    }
}
