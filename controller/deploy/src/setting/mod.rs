//! What a protocol of numbers can set of a plan that a controller holds: offset, cycle and how long stages last.
//!
//! RSMP cannot carry a plan. A controller holds plans by number, approved and supplied by other means; of each it lets its
//! offset (M0015), its cycle (M0018) and dynamic bands (M0014) be set. What these mean here, and in the virtual controllers:
//!
//! * The cycle counter is (base counter + offset) mod cycle, so the offset of RSMP is the cycle less our offset
//!   (Versatzzeit), mod the cycle. The base counter is 0 at second 0 of 1970, UTC.
//! * Band *d* is the *d*-th stage that the plan shows from second 0 on; its value is by how many seconds it is longer than
//!   in the plan as held. What is between stages stays.
//! * What the cycle has beyond that goes to the first stage.
//!
//! What comes out is checked against every rule of the signal before it is worth anything.

mod base;
mod film;

pub use base::base;
pub(crate) use film::{Film, StageRun, film, greens, stage_at, stages};

use film::lengthened;
use model::signal::{SafePlan, Signal, SignalPlan};
use model::time::Seconds;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The most bands that a plan has. Source: TLC 1.2.1, S0023.
pub const MOST_BANDS: usize = 10;

/// What is set of one plan that a controller holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Cycle in seconds, 1 to 255.
    pub cycle_s: u16,
    /// Offset as RSMP counts it, in seconds, below the cycle.
    pub offset_s: u16,
    /// Over RSMP the seconds by which each stage is longer, 0 to 99, ten at most; nothing is set beyond the end. Over NTCIP the
    /// split of each phase.
    pub bands_s: Vec<u16>,
}

/// Why a plan cannot be had from one that a controller holds.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingFault {
    /// It shows other stages, or in another order, or what is between them differs.
    #[error("the plan held by the controller goes through other stages, which RSMP cannot change; mend: have it supplied first")]
    OtherStages,
    /// A stage would have to be shorter than in the plan that is held.
    #[error(
        "stage {stage} lasts {held} in the plan held by the controller and {wanted} in the plan to be set; bands only lengthen"
    )]
    Shorter {
        /// Counted from 1.
        stage: usize,
        /// Seconds in the plan that is held.
        held: Seconds,
        /// Seconds wanted.
        wanted: Seconds,
    },
    /// More than a band can hold.
    #[error("band {band} would have to be {seconds}, allowed are ten bands of up to 99 s")]
    Band {
        /// Counted from 1.
        band: usize,
        /// Seconds.
        seconds: Seconds,
    },
    /// The cycle is beyond what can be set.
    #[error("a cycle of {cycle}, but RSMP can set 1 s to 255 s")]
    Cycle {
        /// The cycle.
        cycle: Seconds,
    },
    /// The cycle does not go into a day.
    #[error(
        "a cycle of {cycle} does not go into a day, and the controller counts its offset from midnight: every night it would \
         fall out of step; mend: a cycle such as 60, 72, 75, 80, 90, 96, 100, 108 or 120 s"
    )]
    Midnight {
        /// The cycle.
        cycle: Seconds,
    },
    /// The cycle is too short for the stages.
    #[error("a cycle of {cycle}, but stages and bands take {needed}")]
    NoRoom {
        /// The cycle.
        cycle: Seconds,
        /// What they take.
        needed: Seconds,
    },
    /// What comes out breaks a rule.
    #[error("unsafe: {0}")]
    Unsafe(String),
}

impl Setting {
    /// The setting of a plan as it is held.
    pub fn held(plan: &SafePlan) -> Self {
        let cycle = plan.cycle();
        Self { cycle_s: cycle.0, offset_s: rsmp_offset(plan.offset(), cycle), bands_s: Vec::new() }
    }

    /// The setting that makes of a plan that is held the one that is wanted.
    ///
    /// # Errors
    /// What RSMP cannot set.
    pub fn of(held: &SafePlan, wanted: &SafePlan) -> Result<Self, SettingFault> {
        let cycle = wanted.cycle();
        if cycle.0 > 255 {
            return Err(SettingFault::Cycle { cycle });
        }
        let (own, goal) = (film(held), film(wanted));
        let (from, to) = (stages(&own), stages(&goal));
        if from.len() != to.len() {
            return Err(SettingFault::OtherStages);
        }
        let mut fault = SettingFault::OtherStages;
        for turn in 0..from.len() {
            match longer(&own, &goal, turn, (&from, &to)) {
                None => {}
                Some(Err(other)) => fault = other,
                Some(Ok((bands_s, shift))) => {
                    let offset = Seconds(((usize::from(wanted.offset().0) + shift) % goal.len()) as u16);
                    return Ok(Self { cycle_s: cycle.0, offset_s: rsmp_offset(offset, cycle), bands_s });
                }
            }
        }
        Err(fault)
    }

    /// The plan that a controller shows which holds that plan, with this set.
    ///
    /// # Errors
    /// When there is no such plan, or it breaks a rule of the signal.
    pub fn apply(&self, held: &SafePlan, signal: &Signal) -> Result<SafePlan, SettingFault> {
        let own = film(held);
        let runs = stages(&own);
        let mut extra: Vec<u16> = (0..runs.len()).map(|i| self.bands_s.get(i).copied().unwrap_or(0)).collect();
        let needed = Seconds(extra.iter().fold(held.cycle().0, |sum, e| sum.saturating_add(*e)));
        let cycle = Seconds(self.cycle_s);
        let rest = cycle.0.checked_sub(needed.0).ok_or(SettingFault::NoRoom { cycle, needed })?;
        if let Some(first) = extra.first_mut() {
            *first += rest;
        }
        let offset = Seconds(rsmp_offset(Seconds(self.offset_s), cycle));
        let plan = SignalPlan { cycle, offset, greens: greens(&lengthened(&own, &runs, &extra)) };
        plan.check(signal)
            .map_err(|faults| SettingFault::Unsafe(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")))
    }

    /// Whether two settings make the same plan: bands of 0 say nothing.
    pub fn is_same(&self, other: &Self) -> bool {
        let trimmed = |s: &Self| {
            let end = s.bands_s.iter().rposition(|&b| b > 0).map_or(0, |i| i + 1);
            (s.cycle_s, s.offset_s % s.cycle_s.max(1), s.bands_s[..end].to_vec())
        };
        trimmed(self) == trimmed(other)
    }
}

/// From our offset to that of RSMP, and back.
pub(crate) fn rsmp_offset(offset: Seconds, cycle: Seconds) -> u16 {
    let cycle = cycle.0.max(1);
    (cycle - offset.0 % cycle) % cycle
}

/// By how much each stage of the one film is longer in the other, when the stage `turn` there is the first one here, and by
/// how much the seconds of the other are ahead; `None` where they are other films.
fn longer(
    own: &Film,
    goal: &Film,
    turn: usize,
    runs: (&[StageRun], &[StageRun]),
) -> Option<Result<(Vec<u16>, usize), SettingFault>> {
    let (from, to) = runs;
    let partner = |i: usize| to[(i + turn) % to.len()];
    if (0..from.len()).any(|i| own[from[i].begin] != goal[partner(i).begin]) {
        return None;
    }
    let mut extra = Vec::new();
    for (i, run) in from.iter().enumerate() {
        let (held, wanted) = (Seconds(run.seconds as u16), Seconds(partner(i).seconds as u16));
        let Some(seconds) = wanted.0.checked_sub(held.0) else {
            return Some(Err(SettingFault::Shorter { stage: i + 1, held, wanted }));
        };
        if seconds > 99 || (i >= MOST_BANDS && seconds > 0) {
            return Some(Err(SettingFault::Band { band: i + 1, seconds: Seconds(seconds) }));
        }
        extra.push(seconds);
    }
    let made = lengthened(own, from, &extra);
    let first = from.first()?.begin;
    let shift = (partner(0).begin + goal.len() - first) % goal.len();
    let same = made.len() == goal.len() && (0..made.len()).all(|s| made[s] == goal[(s + shift) % goal.len()]);
    extra.truncate(MOST_BANDS);
    same.then_some(Ok((extra, shift)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::held;
    use model::time::DaySecond;

    #[test]
    fn what_is_set_gives_the_plan_that_is_wanted() {
        let (signal, held) = held();
        for (bands, offset) in [(vec![0, 0], 0), (vec![7, 0], 13), (vec![3, 9], 60), (vec![0, 11], 81)] {
            let cycle_s = held.cycle().0 + bands.iter().sum::<u16>();
            let setting = Setting { cycle_s, offset_s: offset % cycle_s, bands_s: bands };
            let wanted = setting.apply(&held, &signal).unwrap();
            let found = Setting::of(&held, &wanted).unwrap();
            let shown = found.apply(&held, &signal).unwrap();
            for second in (0..500).map(DaySecond) {
                for group in signal.groups.ids() {
                    assert_eq!(shown.aspect_at(group, second), wanted.aspect_at(group, second), "{setting:?} {found:?}");
                }
            }
        }
    }

    #[test]
    fn the_offset_goes_the_other_way_round() {
        let (_, held) = held();
        let late = held.with_offset(Seconds(10));
        assert_eq!(Setting::of(&held, &late).unwrap().offset_s, 70);
    }

    #[test]
    fn what_cannot_be_set_is_refused() {
        let (signal, held) = held();
        let more = Setting { cycle_s: 90, offset_s: 0, bands_s: vec![10] }.apply(&held, &signal).unwrap();
        assert!(matches!(Setting::of(&more, &held), Err(SettingFault::Shorter { stage: 1, .. })));
        let less = Setting { cycle_s: 60, offset_s: 0, bands_s: Vec::new() };
        assert!(matches!(less.apply(&held, &signal), Err(SettingFault::NoRoom { .. })));
    }
}
