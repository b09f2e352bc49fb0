//! Days of the calendar.

use std::fmt;
use std::str::FromStr;

/// A day, in order of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The day of the week, 0 for Monday. Source: Sakamoto's method for the Gregorian calendar.
    pub(super) fn weekday(self) -> usize {
        const SHIFTS: [usize; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
        let year = usize::from(self.year) - usize::from(self.month < 3);
        let sunday_first =
            year + year / 4 - year / 100 + year / 400 + SHIFTS[usize::from(self.month) - 1] + usize::from(self.day);
        (sunday_first + 6) % 7
    }
}

impl FromStr for Date {
    type Err = String;

    /// From `20260616` or `2026-06-16`.
    fn from_str(text: &str) -> Result<Self, String> {
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        let wrong = || format!("\"{text}\" is no day; write it as 2026-06-16");
        if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let part = |range: std::ops::Range<usize>| digits[range].parse::<u16>().map_err(|_| wrong());
        let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
        if year < 1900 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return Err(wrong());
        }
        Ok(Self { year, month: month as u8, day: day as u8 })
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_weekdays() {
        let weekday = |text: &str| text.parse::<Date>().map(Date::weekday);
        assert_eq!([weekday("20000101"), weekday("2026-06-16"), weekday("20240229")], [Ok(5), Ok(1), Ok(3)]);
        assert!(["2026-13-01", "2026-6-1", "heute", "20260600"].iter().all(|t| t.parse::<Date>().is_err()));
        assert_eq!("20260616".parse::<Date>().map(|d| d.to_string()), Ok("2026-06-16".into()));
    }
}
