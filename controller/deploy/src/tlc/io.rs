//! Inputs, outputs and detector logics: what they are, what they are forced to, and what detectors count.

use crate::clock::Utc;

/// A row of inputs, outputs or detector logics.
#[derive(Debug, Clone, Default)]
pub(super) struct Bits {
    actual: Vec<bool>,
    forced: Vec<Option<bool>>,
}

impl Bits {
    pub(super) fn new(count: usize) -> Self {
        Self { actual: vec![false; count], forced: vec![None; count] }
    }

    pub(super) fn len(&self) -> usize {
        self.actual.len()
    }

    pub(super) fn set(&mut self, place: usize, value: bool) {
        self.actual[place] = value;
    }

    /// Forces one, or lets it go.
    pub(super) fn force(&mut self, place: usize, value: Option<bool>) {
        self.forced[place] = value;
    }

    pub(super) fn forced(&self, place: usize) -> Option<bool> {
        self.forced[place]
    }

    /// Whether one is on: forced ones as they are forced.
    pub(super) fn is_on(&self, place: usize) -> bool {
        self.forced[place].unwrap_or(self.actual[place])
    }

    /// A character each, as statuses write them.
    pub(super) fn text(&self) -> String {
        digits((0..self.len()).map(|i| self.is_on(i)))
    }

    /// Which are forced, a character each.
    pub(super) fn forced_text(&self) -> String {
        digits(self.forced.iter().map(Option::is_some))
    }
}

fn digits(bits: impl Iterator<Item = bool>) -> String {
    bits.map(|b| if b { '1' } else { '0' }).collect()
}

/// Seconds over which detectors count. Assumed.
const INTERVAL_S: u32 = 60;

/// What a detector has counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// How often it came on.
    pub(super) vehicles: u16,
    /// Seconds for which it was on.
    seconds: u16,
}

impl Count {
    /// Share of the time for which it was on, in percent.
    pub(super) fn occupancy(self) -> u32 {
        (u32::from(self.seconds) * 100 / INTERVAL_S).min(100)
    }
}

/// Detector logics, and what they count: each time one comes on is a vehicle.
#[derive(Debug, Default)]
pub(super) struct Detectors {
    pub(super) bits: Bits,
    /// When a forced one is let go, in ms of the time of day.
    release_at: Vec<Option<u64>>,
    was_on: Vec<bool>,
    open: Vec<Count>,
    complete: Vec<Count>,
    /// The second in which the interval began that is not complete, and that of the one before.
    began: [u32; 2],
    last: u32,
}

impl Detectors {
    pub(super) fn new(count: usize, now: Utc) -> Self {
        let none = vec![Count::default(); count];
        Self {
            bits: Bits::new(count),
            release_at: vec![None; count],
            was_on: vec![false; count],
            open: none.clone(),
            complete: none,
            began: [now.second(), now.second()],
            last: now.second(),
        }
    }

    /// Forces one for so many ms, 0 for good, or lets it go.
    pub(super) fn force(&mut self, place: usize, value: Option<bool>, for_ms: u64, now: Utc) {
        self.bits.force(place, value);
        self.release_at[place] = (value.is_some() && for_ms > 0).then(|| now.0.saturating_add(for_ms));
        self.notice(place);
    }

    /// What one counted in the last complete interval.
    pub(super) fn count(&self, place: usize) -> Count {
        self.complete[place]
    }

    /// The second in which the last complete interval began.
    pub(super) fn began(&self) -> u32 {
        self.began[1]
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, now: Utc) {
        for place in 0..self.bits.len() {
            if self.release_at[place].is_some_and(|at| at <= now.0) {
                self.force(place, None, 0, now);
            }
        }
        // A clock that was set counts afresh; more than an interval is not made up for.
        let second = now.second();
        if second < self.last || second - self.last > INTERVAL_S {
            self.began = [second, second];
            self.last = second;
            self.open.fill(Count::default());
        }
        while self.last < second {
            self.last += 1;
            for place in 0..self.bits.len() {
                self.open[place].seconds += u16::from(self.bits.is_on(place));
            }
            if self.last - self.began[0] >= INTERVAL_S {
                self.began = [self.last, self.began[0]];
                self.complete.clone_from(&self.open);
                self.open.fill(Count::default());
            }
        }
    }

    /// A detector that comes on has a vehicle on it.
    fn notice(&mut self, place: usize) {
        let is_on = self.bits.is_on(place);
        if is_on && !self.was_on[place] {
            self.open[place].vehicles = self.open[place].vehicles.saturating_add(1);
        }
        self.was_on[place] = is_on;
    }
}

/// Blocks of sixteen: `first,bits to set,bits to clear`, one after the other behind semicolons. Numbers count from 1, and those
/// to be cleared come last. The error is why it is refused. Source: TLC 1.2.1, M0012 and M0013.
pub(super) fn blocks(text: &str, count: usize) -> Result<Vec<(usize, bool)>, String> {
    let (mut set, mut clear) = (Vec::new(), Vec::new());
    for part in text.split([';', ':']) {
        let fields: Vec<Option<u16>> = part.split(',').map(|f| f.trim().parse().ok()).collect();
        let [Some(first), Some(on), Some(off)] = fields[..] else {
            return Err(format!("\"{}\" is not first, bits to set, bits to clear", part.chars().take(40).collect::<String>()));
        };
        for bit in 0..16 {
            let number = usize::from(first) + bit;
            for (bits, list) in [(on, &mut set), (off, &mut clear)] {
                if bits >> bit & 1 == 0 {
                    continue;
                }
                let place = number.checked_sub(1).filter(|place| *place < count);
                list.push(place.ok_or_else(|| format!("number {number}, allowed are 1 to {count}"))?);
            }
        }
    }
    let on = set.into_iter().map(|place| (place, true));
    Ok(on.chain(clear.into_iter().map(|place| (place, false))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_counted_as_the_list_does() {
        let changes = blocks("3,4134,65;12,1,4", 16).unwrap();
        let on: Vec<usize> = changes.iter().filter(|c| c.1).map(|c| c.0 + 1).collect();
        let off: Vec<usize> = changes.iter().filter(|c| !c.1).map(|c| c.0 + 1).collect();
        assert_eq!((on, off), (vec![4, 5, 8, 15, 12], vec![3, 9, 14]));
        for bad in ["", "1", "1,2", "x,1,0", "0,1,0", "9,256,0"] {
            assert!(blocks(bad, 16).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_detector_that_is_forced_counts_one_vehicle_and_is_let_go_in_time() {
        let at = |s: u64| Utc(1_000_000_000 + s * 1000);
        let mut detectors = Detectors::new(1, at(0));
        detectors.pass(at(1));
        detectors.force(0, Some(true), 6000, at(1));
        (2..=60).for_each(|s| detectors.pass(at(s)));
        assert!(!detectors.bits.is_on(0) && detectors.bits.forced(0).is_none());
        assert_eq!((detectors.count(0).vehicles, detectors.count(0).occupancy()), (1, 8));
        assert_eq!(detectors.began(), at(0).second());
    }
}
