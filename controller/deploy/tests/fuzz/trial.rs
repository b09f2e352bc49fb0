//! What a long trial tries, and measures of itself.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, SystemTime};

/// How many are tried.
pub(crate) fn cases() -> u64 {
    std::env::var("AMPEL_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000)
}

/// Bytes from the lines of a corpus in hexadecimal; lines that begin with `#` say what follows.
pub(crate) fn corpus(text: &str) -> Vec<Vec<u8>> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let lines = text.lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
    lines.map(|l| l.as_bytes().chunks(2).map(byte).collect()).collect()
}

/// As a line of a corpus.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from_digit(u32::from(n), 16).unwrap();
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

/// The longest time that an input of a few thousand bytes may take, on a machine that does other things as well.
const LONGEST: Duration = Duration::from_secs(5);
/// The most by which the memory of the process may grow, in KiB.
const MOST_KIB: u64 = 64 << 10;

/// Watches over a trial: every input by itself, and the memory of all.
pub(crate) struct Trial {
    begin: SystemTime,
    peak_kib: Option<u64>,
    longest: Duration,
}

impl Trial {
    pub(crate) fn new() -> Self {
        Self { begin: SystemTime::now(), peak_kib: peak_kib(), longest: Duration::ZERO }
    }

    /// Tries an input; one that does harm is shown, to be added to the corpus.
    pub(crate) fn try_one<T>(&mut self, number: u64, input: &[u8], act: impl FnOnce() -> T) -> T {
        let at = SystemTime::now();
        let done = catch_unwind(AssertUnwindSafe(act));
        self.longest = self.longest.max(at.elapsed().unwrap_or_default());
        assert!(self.longest < LONGEST, "case {number} took {:?}: {}", self.longest, hex(input));
        done.unwrap_or_else(|_| panic!("case {number} did harm: {}", hex(input)))
    }

    /// What was measured; fails when memory has grown beyond its bound.
    pub(crate) fn end(&self) -> String {
        let s = self.begin.elapsed().unwrap_or_default().as_secs_f64();
        let grown = peak_kib().zip(self.peak_kib).map(|(after, before)| after - before);
        assert!(grown.is_none_or(|kib| kib < MOST_KIB), "memory grew by {grown:?} KiB");
        let grown = grown.map_or_else(|| "an unknown number of".into(), |kib| kib.to_string());
        format!("in {s:.1} s, {:.1} ms at most, memory grew by {grown} KiB", self.longest.as_secs_f64() * 1000.0)
    }
}

/// The most memory that the process has had, in KiB; `None` where the system does not say.
fn peak_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|l| l.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok())
}
