//! What a signal controller sees and what it may ask for: the meeting point of simulation, controllers and street.
//!
//! A controller sees detectors, never vehicles; it asks for greens, and a [`crate::signal::Guard`] decides what is
//! shown. Whether the street is ours, another simulator's or real, it cannot tell.

use crate::id::{DetectorId, GroupId, IdVec, PushButtonId, SignalId};
use crate::signal::{Aspect, SafePlan};
use crate::time::{DaySecond, Seconds};
use serde::{Deserialize, Serialize};

/// What a detector reported over the last whole second. What its kind does not report is 0.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Reading {
    /// Vehicles whose front passed the detector; of an area, its upstream edge; of a reporting point, buses and trams only.
    pub count: u32,
    /// Share of the second it was occupied, 0 to 1; of an area, share of its length, mean over the second.
    pub occupancy: f64,
    /// Of an area: vehicles on it at the end of the second.
    pub vehicles: u32,
    /// Of an area: those of them that are slower than 5 km/h.
    pub queued: u32,
    /// Of an area: from the first to the last of the longest jam on it, in metres, no longer than the area.
    pub jam_m: f64,
    /// Of a reporting point: buses that passed.
    pub buses: u32,
    /// Of a reporting point: trams that passed.
    pub trams: u32,
    /// Of a reporting point: whether somebody asked for priority, which every passage does.
    pub requested: bool,
}

/// What a controller may know when it decides.
#[derive(Debug)]
pub struct View<'a> {
    /// The second of the day that begins.
    pub now: DaySecond,
    /// Readings of the second that has ended.
    pub readings: &'a IdVec<DetectorId, Reading>,
    /// Since when green has been asked for at each push button; `None` where nobody has since the last green.
    pub requests: &'a IdVec<PushButtonId, Option<DaySecond>>,
    /// What every group shows, by signal.
    pub shown: &'a IdVec<SignalId, IdVec<GroupId, Aspect>>,
}

/// What a controller asks of one signal group for the coming second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wish {
    /// Whether it should show green.
    pub green: bool,
    /// For how many seconds, this one included, green is meant to last; a green that could not last its minimum is
    /// not begun.
    pub remaining: Seconds,
}

/// Decides once a second which groups should show green.
pub trait Controller: Send + Sync {
    /// Name in results.
    fn name(&self) -> &str;

    /// Writes the wishes for one signal, one per group.
    fn decide(&mut self, signal: SignalId, view: &View<'_>, wishes: &mut IdVec<GroupId, Wish>);

    /// The state to be kept in a snapshot; empty when there is none.
    fn save(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Takes back a state that [`Controller::save`] gave.
    fn restore(&mut self, _state: &[u8]) {}
}

/// Plays the plan of each signal, second by second.
#[derive(Debug, Clone)]
pub struct FixedTime {
    plans: IdVec<SignalId, SafePlan>,
}

impl FixedTime {
    /// Plays these plans, one per signal.
    pub fn new(plans: IdVec<SignalId, SafePlan>) -> Self {
        Self { plans }
    }

    /// The plans.
    pub fn plans(&self) -> &IdVec<SignalId, SafePlan> {
        &self.plans
    }
}

impl Controller for FixedTime {
    fn name(&self) -> &'static str {
        "fixed"
    }

    fn decide(&mut self, signal: SignalId, view: &View<'_>, wishes: &mut IdVec<GroupId, Wish>) {
        self.plans[signal].wishes(view.now, wishes);
    }
}
