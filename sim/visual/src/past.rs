//! What is known of a run up to the latest second that it has reached: saved states to go back to, sums to hold a moment
//! against, and what every signal showed.

use model::id::{GroupId, IdVec, LinkId, MovementId, SignalId};
use model::signal::Aspect;
use sim::{Measures, MovementQuality, Simulation};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Between two saved states, in seconds.
pub(crate) const SAVED_EVERY: u32 = 60;

/// Sums of a run up to a moment.
#[derive(Debug, Clone)]
pub struct Sums {
    /// In seconds of the day.
    pub now: f64,
    /// Measures of the whole network.
    pub measures: Measures,
    /// Time lost on each link and the movements that leave it, in vehicle seconds.
    pub link_delay: IdVec<LinkId, f64>,
    /// Vehicles that left each link.
    pub link_flow: IdVec<LinkId, u32>,
    /// Carbon dioxide emitted on each link, in grams.
    pub link_co2: IdVec<LinkId, f64>,
    /// What those who take each movement met; empty where it is not observed.
    pub movements: IdVec<MovementId, MovementQuality>,
}

impl Sums {
    /// The sums of a run now.
    pub fn of(run: &Simulation) -> Self {
        Self {
            now: run.now(),
            measures: run.measures(),
            link_delay: run.link_delay(),
            link_flow: run.link_flow().clone(),
            link_co2: run.link_co2(),
            movements: run.quality().map(|q| q.movements).unwrap_or_default(),
        }
    }
}

/// A state of a run and its sums.
#[derive(Debug)]
struct Saved {
    state: Vec<u8>,
    sums: Sums,
}

/// The past of a run.
#[derive(Debug, Clone, Default)]
pub struct Past {
    start: u32,
    saved: BTreeMap<u32, Arc<Saved>>,
    /// What every group of every signal showed, second by second; all groups of a signal side by side.
    shown: Vec<Arc<[Aspect]>>,
    /// Vehicles that each detector counted, second by second.
    counted: Vec<Arc<[bool]>>,
    /// Where the groups of each signal begin.
    first: IdVec<SignalId, usize>,
}

impl Past {
    /// The past of a run that begins.
    pub fn new(run: &Simulation) -> Self {
        let begins = |next: &mut usize, groups: &IdVec<GroupId, Aspect>| {
            *next += groups.len();
            Some(*next - groups.len())
        };
        let first = run.shown().iter().scan(0, begins).collect();
        Self { start: run.now() as u32, first, ..Self::default() }
    }

    /// Takes note of a run at the beginning of a second.
    pub fn note(&mut self, run: &Simulation) {
        let second = run.now() as u32;
        // What is shown when a second begins was shown in the second before.
        let ended = (second.saturating_sub(self.start)) as usize;
        if ended == self.shown.len() + 1 {
            self.shown.push(run.shown().iter().flat_map(|groups| groups.iter().copied()).collect());
            self.counted.push(run.detector_readings().iter().map(|r| r.count > 0 || r.occupancy > 0.5).collect());
        }
        if second.saturating_sub(self.start).is_multiple_of(SAVED_EVERY) && !self.saved.contains_key(&second) {
            self.saved.insert(second, Arc::new(Saved { state: run.save(), sums: Sums::of(run) }));
        }
    }

    /// The latest saved state that is not after a second of the day, and its second.
    pub fn state_before(&self, second: f64) -> Option<(u32, &[u8])> {
        let up_to = if second < 0.0 { 0 } else { second as u32 };
        self.saved.range(..=up_to).next_back().map(|(at, saved)| (*at, saved.state.as_slice()))
    }

    /// The latest sums that are not after a second of the day.
    pub fn sums_before(&self, second: f64) -> Option<&Sums> {
        let up_to = if second < 0.0 { 0 } else { second as u32 };
        self.saved.range(..=up_to).next_back().map(|(_, saved)| &saved.sums)
    }

    /// Sums up to a second of the day, in order of time.
    pub fn sums_until(&self, second: f64) -> impl Iterator<Item = &Sums> {
        self.saved.values().map(|s| &s.sums).take_while(move |s| s.now <= second)
    }

    /// What a group showed in a second of the day; `None` where that is not known.
    pub fn aspect(&self, signal: SignalId, group: GroupId, second: u32) -> Option<Aspect> {
        let row = self.shown.get(second.checked_sub(self.start)? as usize)?;
        row.get(self.first.get(signal)? + group.0 as usize).copied()
    }

    /// Whether a detector saw somebody in a second of the day.
    pub fn counted(&self, detector: usize, second: u32) -> bool {
        let row = second.checked_sub(self.start).and_then(|s| self.counted.get(s as usize));
        row.and_then(|r| r.get(detector)).copied().unwrap_or(false)
    }

    /// The first second of the run.
    pub fn start(&self) -> u32 {
        self.start
    }

    /// Forgets everything that is decided at a second of the day or later; the state in which it begins is kept.
    pub fn forget_from(&mut self, second: u32) {
        self.saved.retain(|&at, _| at <= second);
        let known = second.saturating_sub(self.start) as usize;
        self.shown.truncate(known);
        self.counted.truncate(known);
    }

    /// How many bytes the saved states take.
    pub fn bytes(&self) -> usize {
        self.saved.values().map(|s| s.state.len()).sum()
    }
}
