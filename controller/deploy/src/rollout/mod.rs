//! Rollout: a plan to all controllers of a corridor, or to none of them.
//!
//! Look at all, stage on numbers that do not run, read back, select, watch for whole cycles, confirm; whatever goes wrong
//! on the way, every controller goes back to what it ran. Each step is in the [`Journal`] before it is taken, so whoever
//! comes after a crash knows which controllers may have been touched.
//!
//! # Order
//! Staging changes nothing that is seen in the street. Only once every controller has read back right are they told to
//! change, all at the same time: in any order one after the other the old wave would be broken for longer. On the way each
//! goes by itself, in three cycles at most, by a transition that its own guard holds to every rule.

mod journal;
mod plan;
mod reach;
mod side;
mod targets;
mod watch;

pub use journal::{Before, Ended, Entry, Journal, JournalError, Record, Rollout};
pub use plan::{Difference, Refusal, compare};
pub use reach::{CODE_VARIABLE, COMMUNITY_VARIABLE, Fallback, PASSWORD_VARIABLE, PRIVACY_VARIABLE, Reach};
pub use side::side_by_side;
pub use targets::{Target, Targets, TargetsError};

use crate::clock::Utc;
use crate::port::{Port, PortError};
use model::signal::SafePlan;
use plan::is_back;
use side::LOST;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use watch::Watch;

/// A controller of the corridor, what it is to run, and how to reach it.
#[derive(Debug)]
pub struct Station<P> {
    /// The controller.
    pub port: P,
    /// What it is to run.
    pub plan: SafePlan,
    /// Numbers of the plans that it holds.
    pub numbers: Vec<u8>,
    /// The checksum that its safety data and plans have to have.
    pub checksum: String,
}

/// What a rollout asks for.
#[derive(Debug, Clone, Copy)]
pub struct Demands {
    /// Whole cycles that every controller has to be seen in step.
    pub cycles: u32,
    /// The most by which a controller's clock may be off, in ms.
    pub skew_ms: u64,
    /// Seconds between two rollouts.
    pub interval_s: u64,
    /// How often a way back is tried at each controller.
    pub tries: u32,
}

impl Default for Demands {
    fn default() -> Self {
        Self { cycles: 2, skew_ms: 2000, interval_s: 60, tries: 3 }
    }
}

/// How a rollout ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Every controller runs what was ordered; by how much, at most, a green began beside the plan, and how many were seen.
    Confirmed {
        /// In seconds.
        worst_s: u32,
        /// Greens that were seen to begin.
        greens: u32,
    },
    /// Nothing was sent.
    Refused(Vec<Refusal>),
    /// Every controller runs what it ran before.
    Back(String),
    /// Somebody has to look: a controller could not be brought back.
    Mixed(String),
}

/// A step of a rollout at one controller.
type Step<'a, P> = dyn Fn(&mut Station<P>, &Before) -> Result<(u32, u32), PortError> + Sync + 'a;

/// A rollout and its journal.
pub struct Rolling<'a, P> {
    stations: &'a mut [Station<P>],
    journal: Mutex<&'a mut Journal>,
    demands: Demands,
    clock: &'a (dyn Fn() -> Utc + Sync),
}

impl<'a, P: Port> Rolling<'a, P> {
    /// For these controllers; `clock` gives the time in the journal.
    pub fn new(
        stations: &'a mut [Station<P>],
        journal: &'a mut Journal,
        demands: Demands,
        clock: &'a (dyn Fn() -> Utc + Sync),
    ) -> Self {
        Self { stations, journal: Mutex::new(journal), demands, clock }
    }

    /// Brings the plan to all controllers or to none.
    ///
    /// A journal that cannot be written any more on the way leaves the corridor mixed: nothing is sent after that.
    ///
    /// # Errors
    /// When the journal cannot be written before anything is sent.
    pub fn push(&mut self, name: &str) -> Result<Outcome, JournalError> {
        let (wanted, mut refusals) = compare(self.stations, &self.demands);
        refusals.extend(self.too_soon());
        if !refusals.is_empty() {
            return Ok(Outcome::Refused(refusals));
        }
        let before: BTreeMap<String, Before> = wanted.into_iter().map(|d| (d.site, d.before)).collect();
        self.write(Entry::Begin { plan: name.into(), before: before.clone() })?;
        Ok(self.begun(&before).unwrap_or_else(|error| Outcome::Mixed(format!("{error}; nothing more was sent"))))
    }

    /// What comes after the beginning is in the journal.
    fn begun(&mut self, before: &BTreeMap<String, Before>) -> Result<Outcome, JournalError> {
        match self.forward(before)? {
            Ok((worst_s, greens)) => {
                self.end(Ended::Confirmed, "every controller runs what was ordered")?;
                Ok(Outcome::Confirmed { worst_s, greens })
            }
            Err(why) => self.back(before, &why),
        }
    }

    /// Brings every controller back to what it ran before a rollout. Refused where one of them is not among the stations: it would
    /// be left as it is, and nobody told.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn back(&mut self, before: &BTreeMap<String, Before>, why: &str) -> Result<Outcome, JournalError> {
        let is_here = |site: &str| self.stations.iter().any(|s| s.port.site() == site);
        let refusal = |site: &String| Refusal { site: site.clone(), why: "was in the rollout, and is no target now".into() };
        let absent: Vec<Refusal> = before.keys().filter(|site| !is_here(site)).map(refusal).collect();
        if !absent.is_empty() {
            return Ok(Outcome::Refused(absent));
        }
        let tries = self.demands.tries;
        let restore = move |station: &mut Station<P>, before: &Before| {
            let mut done = restored(&mut station.port, before);
            for _ in 1..tries {
                if done.is_err() {
                    done = restored(&mut station.port, before);
                }
            }
            done.map(|()| (0, 0))
        };
        Ok(match self.all("restore", before, &restore)? {
            Ok(_) => {
                self.end(Ended::Back, why)?;
                Outcome::Back(why.into())
            }
            Err(left) => {
                let what = format!("{why}; and not brought back: {left}");
                self.end(Ended::Mixed, &what)?;
                Outcome::Mixed(what)
            }
        })
    }

    /// Stages, selects and watches; the inner error is why the way back has to be taken.
    fn forward(&mut self, before: &BTreeMap<String, Before>) -> Result<Result<(u32, u32), String>, JournalError> {
        let stage = |s: &mut Station<P>, b: &Before| s.port.stage(b.number, &s.plan).map(|()| (0, 0));
        if let Err(why) = self.all("stage", before, &stage)? {
            return Ok(Err(why));
        }
        let select = |s: &mut Station<P>, b: &Before| s.port.select(b.number).map(|()| (0, 0));
        if let Err(why) = self.all("select", before, &select)? {
            return Ok(Err(why));
        }
        let demands = self.demands;
        let watch = move |s: &mut Station<P>, b: &Before| {
            let cycle = u32::from(s.plan.cycle().0);
            // The old plan is left within its cycle; then come three cycles in between of up to twice the new one, and one to settle.
            let settle_s = 255 + 7 * cycle;
            let mut watch = Watch::new(&s.plan, settle_s, demands.cycles);
            s.port.watch(&mut |picture| watch.look(picture))?;
            if let Some(fault) = watch.fault {
                return Err(PortError::Answer(fault));
            }
            let device = s.port.read()?;
            let runs = device.plan == b.number && device.settings.get(&b.number).is_some_and(|s| s.is_same(&b.wanted));
            if runs && device.skew_ms <= demands.skew_ms {
                return Ok((watch.worst_s, watch.greens));
            }
            Err(PortError::Answer(format!("is plan {} with a clock {} ms off", device.plan, device.skew_ms)))
        };
        self.all("watch", before, &watch)
    }

    /// One step at all controllers at the same time. The outer error is that of the journal, the inner one names who failed.
    fn all(
        &mut self,
        step: &str,
        before: &BTreeMap<String, Before>,
        act: &Step<'_, P>,
    ) -> Result<Result<(u32, u32), String>, JournalError> {
        let (journal, clock) = (&self.journal, self.clock);
        let note = |what| journal.lock().unwrap_or_else(PoisonError::into_inner).write(what, clock());
        let one = |station: &mut Station<P>| -> Result<Result<(u32, u32), String>, JournalError> {
            let site = station.port.site().to_owned();
            let Some(before) = before.get(&site) else { return Ok(Ok((0, 0))) };
            note(Entry::Step { site: site.clone(), step: step.into() })?;
            let done = act(station, before).map_err(|e| format!("{site}, {step}: {e}"));
            let answer = done.as_ref().err().cloned().unwrap_or_else(|| "ok".into());
            note(Entry::Answer { site, step: step.into(), answer })?;
            Ok(done)
        };
        let (mut worst, mut greens, mut faults) = (0, 0, Vec::new());
        for result in side_by_side(self.stations, one) {
            match result.unwrap_or_else(|| Ok(Err(format!("{step}: {LOST}"))))? {
                Ok((w, g)) => (worst, greens) = (worst.max(w), greens + g),
                Err(fault) => faults.push(fault),
            }
        }
        Ok(if faults.is_empty() { Ok((worst, greens)) } else { Err(faults.join("; ")) })
    }

    /// Why a rollout has to wait, or another one to be ended first.
    fn too_soon(&self) -> Option<Refusal> {
        let journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let last = journal.rollouts().pop()?;
        let refusal = |why: String| Some(Refusal { site: "corridor".into(), why });
        if last.ended != Some(Ended::Confirmed) && last.ended != Some(Ended::Back) {
            return refusal("the last rollout was interrupted or left mixed; mend: ampel deploy rollback".into());
        }
        let since = (self.clock)().apart(last.at.parse().unwrap_or_default()) / 1000;
        let interval = self.demands.interval_s;
        if since < interval {
            refusal(format!("the last rollout began {since} s ago, allowed is one in {interval} s"))
        } else {
            None
        }
    }

    fn write(&self, what: Entry) -> Result<(), JournalError> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner).write(what, (self.clock)())
    }

    fn end(&self, ended: Ended, why: &str) -> Result<(), JournalError> {
        self.write(Entry::End { ended, why: why.into() })
    }
}

/// Selects what ran before, then puts the number back that was used, leaves the choice to the calendar where it had it, and
/// reads everything back.
fn restored<P: Port>(port: &mut P, before: &Before) -> Result<(), PortError> {
    let device = port.read()?;
    let is_back_already = is_back(&device, before);
    let was_ordered = before.is_own_choice && !(device.is_own_choice && device.plan == before.plan);
    if is_back_already && !was_ordered {
        return Ok(());
    }
    if !is_back_already {
        if device.plan != before.plan {
            port.select(before.plan)?;
        }
        port.restore(before.number, &before.setting)?;
    }
    // A calendar that cannot be had leaves the plan ordered, which is the plan that ran.
    if was_ordered && let Err(error @ PortError::Link(_)) = port.unselect(before.plan) {
        return Err(error);
    }
    let device = port.read()?;
    if is_back(&device, before) {
        return Ok(());
    }
    Err(PortError::Answer(format!("is plan {}, not {} as before", device.plan, before.plan)))
}
