//! The stages of a signal as the phases of one ring: what NTCIP can set of a plan, and what it means.
//!
//! NTCIP speaks of phases in rings with splits; plans here are fixed-time and speak of signal groups. The mapping is the
//! simplest that is true of both:
//!
//! * There is one ring. Phase *p* is the *p*-th stage that the plan shows from second 0 on.
//! * The split of a phase goes from the beginning of its stage to the beginning of the next one, so it holds the stage and
//!   what lies between (yellow change and red clearance together).
//! * Each signal group is an overlap of the phases in whose stages it is green, on the channel of the same number. That it
//!   begins or ends a little before or after is in the controller and cannot be said in NTCIP.
//! * Local zero is second 0 of the plan; phase 1 is the coordinated one, and has what the cycle has beyond the splits.

use crate::safety::Held;
use crate::setting::{Film, Setting, SettingFault, StageRun, film, rsmp_offset, stages};
use model::id::{GroupId, Id};
use model::signal::{GroupKind, SafePlan, Signal};
use model::time::Seconds;
use std::fmt::Write;

/// The most phases in a ring. Source: NTCIP 1202 v02 asks for 8 at least; 16 is what virtual controllers have.
pub const MOST_STAGES: usize = 16;

/// What is fixed of a phase: safety data, which is read and compared, never written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    /// Minimum green in seconds: of the vehicles that are green in this stage only.
    pub min_green_s: u8,
    /// Walk in seconds: the shortest green on foot of those who walk in this stage only.
    pub walk_s: u8,
    /// Pedestrian clearance in seconds: 0 here, for people on foot clear after their green, under red.
    pub ped_clear_s: u8,
    /// Yellow change in tenths of a second.
    pub yellow_ds: u8,
    /// Red clearance in tenths of a second: what is left until the next stage begins.
    pub red_clear_ds: u8,
}

impl Timing {
    /// Seconds that a split has to have at least.
    pub fn least_split_s(&self) -> u16 {
        let clearance = u16::from(self.yellow_ds) + u16::from(self.red_clear_ds);
        u16::from(self.min_green_s).max(u16::from(self.walk_s) + u16::from(self.ped_clear_s)) + clearance.div_ceil(10)
    }
}

/// A row of the pattern table and its row of the split table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Cycle in seconds.
    pub cycle_s: u8,
    /// By how much the local zero lags that of the system, in seconds.
    pub offset_s: u8,
    /// The split of each phase in seconds.
    pub splits_s: Vec<u8>,
}

/// The stages of a signal as phases of a ring.
#[derive(Debug, Clone)]
pub struct Ring {
    base: SafePlan,
    signal: Signal,
    splits_s: Vec<u16>,
    timings: Vec<Timing>,
    /// Which groups are green in each stage.
    greens: Vec<Vec<bool>>,
}

impl Ring {
    /// The ring of a signal that holds these plans.
    ///
    /// # Errors
    /// When the plans go through different stages, or through more than a ring has, or one cannot be written as a pattern.
    pub fn of(signal: &Signal, held: &Held) -> Result<Self, String> {
        let base = held.values().next().ok_or("it holds no plan")?.clone();
        let shown = film(&base);
        let runs = stages(&shown);
        if runs.len() > MOST_STAGES {
            return Err(format!("it has {} stages, a ring has up to {MOST_STAGES} phases", runs.len()));
        }
        let gap = |i: usize| (runs[(i + 1) % runs.len()].begin + shown.len() - runs[i].begin - 1) % shown.len() + 1;
        let splits_s: Vec<u16> = (0..runs.len()).map(|i| gap(i) as u16).collect();
        let timings = (0..runs.len()).map(|i| timing(signal, &shown, &runs, i)).collect::<Result<_, _>>()?;
        let greens = runs.iter().map(|run| shown[run.begin].clone()).collect();
        let ring = Self { base, signal: signal.clone(), splits_s, timings, greens };
        for (number, plan) in held {
            ring.pattern(plan).map_err(|e| format!("plan {number} is no pattern beside the others: {e}"))?;
        }
        Ok(ring)
    }

    /// How many phases there are; never none.
    pub fn stages(&self) -> usize {
        self.timings.len()
    }

    /// What is fixed of each phase.
    pub fn timings(&self) -> &[Timing] {
        &self.timings
    }

    /// Which groups are green in each stage.
    pub fn greens(&self) -> &[Vec<bool>] {
        &self.greens
    }

    /// The signal.
    pub fn signal(&self) -> &Signal {
        &self.signal
    }

    /// The plan that all patterns are made of.
    pub fn base(&self) -> &SafePlan {
        &self.base
    }

    /// The setting that makes a plan of the one that all patterns are made of.
    ///
    /// # Errors
    /// When it goes through other stages, or its cycle or a split is longer than 255 s.
    pub fn setting(&self, plan: &SafePlan) -> Result<Setting, SettingFault> {
        let setting = Setting::between(&self.base, plan)?;
        self.written(&setting).map(|_| setting)
    }

    /// The pattern of a plan; the offset is the plan's, counted from the common zero.
    ///
    /// # Errors
    /// As [`Ring::setting`].
    pub fn pattern(&self, plan: &SafePlan) -> Result<Pattern, SettingFault> {
        self.written(&Setting::between(&self.base, plan)?)
    }

    /// A setting as a pattern: cycle, our offset, and splits that fill the cycle.
    ///
    /// # Errors
    /// When the cycle or a split is longer than 255 s or nothing would be left of a split.
    pub fn written(&self, setting: &Setting) -> Result<Pattern, SettingFault> {
        let cycle = Seconds(setting.cycle_s);
        let band = |i: usize| setting.bands_s.get(i).copied().unwrap_or(0);
        let mut splits: Vec<u16> = self.splits_s.iter().enumerate().map(|(i, s)| s.saturating_add_signed(band(i))).collect();
        let needed = splits.iter().fold(0, |sum: u16, s| sum.saturating_add(*s));
        let rest = cycle.0.checked_sub(needed).ok_or(SettingFault::NoRoom { cycle, needed: Seconds(needed) })?;
        splits[0] = splits[0].saturating_add(rest);
        let fault = |_| SettingFault::Cycle { cycle };
        let splits_s = splits.into_iter().map(u8::try_from).collect::<Result<_, _>>().map_err(fault)?;
        let offset = rsmp_offset(Seconds(setting.offset_s), cycle);
        // An offset is below its cycle.
        Ok(Pattern { cycle_s: u8::try_from(cycle.0).map_err(fault)?, offset_s: offset as u8, splits_s })
    }

    /// A pattern as a setting; what the cycle has beyond the splits is phase 1's.
    pub fn read(&self, pattern: &Pattern) -> Setting {
        let cycle = u16::from(pattern.cycle_s);
        let band = |(own, wanted): (&u16, &u8)| i16::from(*wanted) - own.cast_signed();
        let mut bands_s: Vec<i16> = self.splits_s.iter().zip(&pattern.splits_s).map(band).collect();
        let splits = pattern.splits_s.iter().fold(0, |sum: u16, s| sum + u16::from(*s));
        bands_s[0] += cycle.saturating_sub(splits).cast_signed();
        Setting { cycle_s: cycle, offset_s: rsmp_offset(Seconds(u16::from(pattern.offset_s)), Seconds(cycle)), bands_s }
    }

    /// The plan that a controller shows which runs a pattern.
    ///
    /// # Errors
    /// When there is no such plan, or it breaks a rule of the signal.
    pub fn plan(&self, pattern: &Pattern) -> Result<SafePlan, SettingFault> {
        self.read(pattern).apply(&self.base, &self.signal)
    }

    /// The checksum of what is fixed: the timings of all phases and what drives the channels.
    pub fn checksum(&self) -> String {
        checksum(self.timings.iter(), self.signal.groups.len())
    }
}

/// The checksum of phases and channels: 16 hexadecimal digits of BLAKE3.
pub(super) fn checksum<'a>(timings: impl Iterator<Item = &'a Timing>, channels: usize) -> String {
    let mut text = format!("{channels} channels\n");
    for t in timings {
        let _ = writeln!(text, "{} {} {} {} {}", t.min_green_s, t.walk_s, t.ped_clear_s, t.yellow_ds, t.red_clear_ds);
    }
    blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
}

/// What is fixed of the stage of a film.
fn timing(signal: &Signal, shown: &Film, runs: &[StageRun], stage: usize) -> Result<Timing, String> {
    let cycle = shown.len();
    let (run, next) = (runs[stage], runs[(stage + 1) % runs.len()]);
    let between = if runs.len() == 1 { cycle - run.seconds } else { (next.begin + 2 * cycle - run.begin - run.seconds) % cycle };
    let is_green = |group: usize, second: usize| shown[second % cycle][group];
    let ids = || signal.groups.ids().map(Id::index).filter(|g| is_green(*g, run.begin));
    // The seconds of green around the stage, and whether another stage lies in them.
    let around = |group: usize| {
        let before = (1..cycle).take_while(|s| is_green(group, run.begin + cycle - s)).count();
        let after = (0..cycle).take_while(|s| is_green(group, run.begin + s)).count();
        let reaches =
            |r: &StageRun| (r.begin + cycle - run.begin) % cycle < after || (run.begin + cycle - r.begin) % cycle <= before;
        let is_alone = runs.iter().filter(|r| r.begin != run.begin).all(|r| !reaches(r));
        (before + after, is_alone)
    };
    let least = |on_foot: bool| {
        let of_kind = |g: &usize| (signal.groups[GroupId::from_index(*g)].kind == GroupKind::Pedestrians) == on_foot;
        let need = |g: usize| {
            let (green, is_alone) = around(g);
            let spare = green.saturating_sub(run.seconds) as u16;
            is_alone.then(|| signal.groups[GroupId::from_index(g)].min_green.0.saturating_sub(spare))
        };
        ids().filter(of_kind).filter_map(need).max().unwrap_or(0)
    };
    let ends = |g: &usize| !is_green(*g, next.begin);
    let amber = ids().filter(ends).map(|g| signal.groups[GroupId::from_index(g)].amber.0).max().unwrap_or(0);
    let yellow = amber.min(between as u16);
    let byte = |what: &str, n: u16| {
        u8::try_from(n).map_err(|_| format!("the {what} of phase {} would be {n}, NTCIP can say up to 255", stage + 1))
    };
    Ok(Timing {
        min_green_s: byte("minimum green", least(false).max(1))?,
        walk_s: byte("walk", least(true))?,
        ped_clear_s: 0,
        yellow_ds: byte("yellow change", yellow * 10)?,
        red_clear_ds: byte("red clearance", (between as u16 - yellow) * 10)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::time::DaySecond;
    use model::toy::Grid;

    fn held() -> (Signal, SafePlan) {
        let scenario = Grid::default().scenario();
        let plan = scenario.plan(None).unwrap().plans.iter().next().unwrap().clone();
        (scenario.signals.iter().next().unwrap().clone(), plan)
    }

    #[test]
    fn a_plan_is_the_plan_of_its_pattern() {
        let (signal, plan) = held();
        let ring = Ring::of(&signal, &Held::from([(1, plan.clone())])).unwrap();
        for (cycle_s, offset_s, bands_s) in [(90, 20, vec![4]), (75, 3, vec![-5]), (100, 0, vec![0, 7])] {
            let wanted = Setting { cycle_s, offset_s, bands_s }.apply(&plan, &signal).unwrap();
            let pattern = ring.pattern(&wanted).unwrap();
            assert_eq!(pattern.splits_s.iter().map(|s| u16::from(*s)).sum::<u16>(), cycle_s);
            let shown = ring.plan(&pattern).unwrap();
            for second in (0..400).map(DaySecond) {
                for group in signal.groups.ids() {
                    assert_eq!(shown.aspect_at(group, second), wanted.aspect_at(group, second), "{pattern:?}");
                }
            }
        }
    }

    #[test]
    fn splits_of_the_least_length_can_be_had_and_shorter_ones_cannot() {
        let (signal, plan) = held();
        let ring = Ring::of(&signal, &Held::from([(1, plan.clone())])).unwrap();
        let own = ring.pattern(&plan).unwrap();
        for stage in 0..ring.stages() {
            let with = |seconds: u16| {
                let mut pattern = own.clone();
                pattern.splits_s[stage] = seconds as u8;
                pattern.cycle_s = pattern.splits_s.iter().sum();
                pattern.offset_s = 0;
                ring.plan(&pattern)
            };
            let least = ring.timings()[stage].least_split_s();
            assert!(with(least).is_ok(), "stage {stage}: {least} s");
            assert!(with(least - 1).is_err(), "stage {stage}: {least} s");
        }
    }
}
