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
use crate::setting::{Film, Setting, SettingFault, StageRun, film, greens, rsmp_offset, stages};
use model::id::{GroupId, Id};
use model::signal::{GroupKind, SafePlan, Signal, SignalPlan};
use model::time::Seconds;
use std::fmt::Write;

/// The most phases in a ring. Assumed; maxPhases of a controller says how many it has.
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
    parts: Vec<Part>,
    timings: Vec<Timing>,
    /// Which groups are green in each stage.
    greens: Vec<Vec<bool>>,
    /// Seconds from the beginning of the last stage to second 0, in the plan that all patterns are made of.
    lead: usize,
}

/// The film of a stage and of what lies between it and the next.
#[derive(Debug, Clone)]
struct Part {
    /// Seconds of the stage in the plan that all patterns are made of.
    seconds: usize,
    between: Film,
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
        let timings = (0..runs.len()).map(|i| timing(signal, &shown, &runs, i)).collect::<Result<_, _>>()?;
        let greens = runs.iter().map(|run| shown[run.begin].clone()).collect();
        let (parts, lead) = (parts(&shown, &runs), runs.last().map_or(0, |run| shown.len() - run.begin));
        let ring = Self { base, signal: signal.clone(), parts, timings, greens, lead };
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

    /// The pattern of a plan; the offset is the plan's, counted from the common zero.
    ///
    /// # Errors
    /// When it goes through other stages, or its cycle is longer than 255 s.
    pub fn pattern(&self, plan: &SafePlan) -> Result<Pattern, SettingFault> {
        let goal = film(plan);
        let cycle = plan.cycle();
        let cycle_s = u8::try_from(cycle.0).map_err(|_| SettingFault::Cycle { cycle })?;
        let runs = stages(&goal);
        // Which of the other plan's stages is phase 1 here; where stages repeat, more than one may be tried.
        let tried = (0..runs.len()).filter(|_| runs.len() == self.stages()).find_map(|turn| {
            let turned: Vec<StageRun> = (0..runs.len()).map(|i| runs[(i + turn) % runs.len()]).collect();
            let splits: Vec<usize> = (0..turned.len()).map(|i| split(&turned, i, goal.len())).collect();
            let (made, zero) = self.film(&splits)?;
            let begin = turned[0].begin;
            let is_same = made.len() == goal.len() && (0..made.len()).all(|s| made[s] == goal[(begin + s) % goal.len()]);
            is_same.then_some((splits, (begin + zero) % goal.len()))
        });
        let (splits, shift) = tried.ok_or(SettingFault::OtherStages)?;
        let offset_s = ((usize::from(plan.offset().0) + shift) % goal.len()) as u8;
        Ok(Pattern { cycle_s, offset_s, splits_s: splits.into_iter().map(|s| s as u8).collect() })
    }

    /// The plan that a controller shows which runs a pattern. What the cycle has beyond the splits is phase 1's.
    ///
    /// # Errors
    /// When there is no such plan, or it breaks a rule of the signal.
    pub fn plan(&self, pattern: &Pattern) -> Result<SafePlan, SettingFault> {
        let cycle = Seconds(u16::from(pattern.cycle_s));
        let mut splits: Vec<usize> = pattern.splits_s.iter().map(|s| usize::from(*s)).collect();
        let needed: usize = splits.iter().sum();
        let no_room = || SettingFault::NoRoom { cycle, needed: Seconds(needed as u16) };
        splits[0] += usize::from(cycle.0).checked_sub(needed).ok_or_else(no_room)?;
        let (mut made, zero) = self.film(&splits).ok_or_else(no_room)?;
        let zero = zero % made.len();
        made.rotate_left(zero);
        let plan = SignalPlan { cycle, offset: Seconds(u16::from(pattern.offset_s)), greens: greens(&made) };
        plan.check(&self.signal)
            .map_err(|faults| SettingFault::Unsafe(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")))
    }

    /// A pattern as what a rollout compares: cycle, offset as RSMP counts it, splits.
    pub fn setting(&self, pattern: &Pattern) -> Setting {
        let cycle = Seconds(u16::from(pattern.cycle_s));
        let offset_s = rsmp_offset(Seconds(u16::from(pattern.offset_s)), cycle);
        Setting { cycle_s: cycle.0, offset_s, bands_s: pattern.splits_s.iter().map(|s| u16::from(*s)).collect() }
    }

    /// The pattern that a setting is.
    ///
    /// # Errors
    /// When a number in it is none of a pattern of this ring.
    pub fn written(&self, setting: &Setting) -> Result<Pattern, SettingFault> {
        let cycle = Seconds(setting.cycle_s);
        let byte = |n: u16| u8::try_from(n).map_err(|_| SettingFault::Cycle { cycle });
        if setting.bands_s.len() != self.stages() {
            return Err(SettingFault::OtherStages);
        }
        let splits_s = setting.bands_s.iter().map(|s| byte(*s)).collect::<Result<_, _>>()?;
        let offset_s = byte(rsmp_offset(Seconds(setting.offset_s), cycle))?;
        Ok(Pattern { cycle_s: byte(cycle.0)?, offset_s, splits_s })
    }

    /// What is shown with these splits, from the beginning of phase 1 on, and where in it second 0 lies; `None` where a split has
    /// no room for its stage.
    ///
    /// What changes is at the end of a stage. Second 0 is as long after the beginning of the stage before it as in the plan that
    /// all patterns are made of, or at the end of that stage where it has become shorter.
    fn film(&self, splits: &[usize]) -> Option<(Film, usize)> {
        let (mut made, mut last) = (Film::new(), (0, 0));
        for ((part, split), green) in self.parts.iter().zip(splits).zip(&self.greens) {
            let seconds = split.checked_sub(part.between.len()).filter(|s| *s > 0)?;
            last = (made.len(), seconds);
            made.extend(std::iter::repeat_n(green.clone(), seconds));
            made.extend(part.between.iter().cloned());
        }
        let own = self.parts.last().map_or(0, |p| p.seconds);
        let lead = if self.lead <= own { self.lead.min(last.1) } else { last.1 + self.lead - own };
        Some((made, last.0 + lead))
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

/// Seconds from the beginning of a stage to that of the next.
fn split(runs: &[StageRun], stage: usize, cycle: usize) -> usize {
    (runs[(stage + 1) % runs.len()].begin + cycle - runs[stage].begin - 1) % cycle + 1
}

fn parts(shown: &Film, runs: &[StageRun]) -> Vec<Part> {
    let part = |(i, run): (usize, &StageRun)| {
        let between = run.seconds..split(runs, i, shown.len());
        Part { seconds: run.seconds, between: between.map(|s| shown[(run.begin + s) % shown.len()].clone()).collect() }
    };
    runs.iter().enumerate().map(part).collect()
}

/// What is fixed of the stage of a film.
fn timing(signal: &Signal, shown: &Film, runs: &[StageRun], stage: usize) -> Result<Timing, String> {
    let cycle = shown.len();
    let (run, next) = (runs[stage], runs[(stage + 1) % runs.len()]);
    let between = split(runs, stage, cycle) - run.seconds;
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
    use crate::toy::held;
    use model::time::DaySecond;

    #[test]
    fn a_plan_is_the_plan_of_its_pattern() {
        let (signal, plan) = held();
        let begun_later = |by: u16| {
            let greens = plan.plan().greens.iter().map(|of| {
                let later =
                    |g: &model::signal::Green| model::signal::Green { start: Seconds((g.start.0 + by) % plan.cycle().0), ..*g };
                of.iter().map(later).collect()
            });
            SignalPlan { greens: greens.collect(), ..plan.plan().clone() }.check(&signal).unwrap()
        };
        // Second 0 lies in either stage, at the ends of both, and between.
        for by in 0..plan.cycle().0 {
            let base = begun_later(by);
            let ring = Ring::of(&signal, &Held::from([(1, base.clone())])).unwrap();
            let own = ring.pattern(&base).unwrap();
            assert_eq!((own.offset_s, ring.plan(&own).unwrap()), (base.offset().0 as u8, base), "{by}");
            for (longer, shorter, offset_s) in [(20, 3, 7), (0, 9, 70), (30, 0, 0)] {
                let splits_s = vec![own.splits_s[0] + longer, own.splits_s[1] - shorter];
                let pattern = Pattern { cycle_s: splits_s.iter().sum(), offset_s, splits_s };
                let wanted = ring.plan(&pattern).unwrap();
                assert_eq!(ring.pattern(&wanted).unwrap(), pattern);
                assert_eq!(ring.written(&ring.setting(&pattern)).unwrap(), pattern);
                // Whoever holds it can be given the first one again, and shows the same.
                let other = Ring::of(&signal, &Held::from([(1, wanted)])).unwrap();
                let shown = other.plan(&other.pattern(&plan).unwrap()).unwrap();
                for second in (0..200).map(DaySecond) {
                    for group in signal.groups.ids() {
                        assert_eq!(shown.aspect_at(group, second), plan.aspect_at(group, second), "{by} {pattern:?}");
                    }
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
