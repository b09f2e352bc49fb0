//! Detectors that are no loops, and detectors that are broken.
//!
//! An area looks at bodies on its stretch of lane; a reporting point lets buses and trams pass and says which class it was.
//! A broken detector reports what its fault makes of it, whatever happens in the street; what it has counted follows its
//! reports.

use crate::detect::{Ended, Loops, Passage, Street, find_passages, fronts, stretch_of};
use crate::measure::ROLLING;
use crate::random::{Stream, draws};
use bevy_ecs::resource::Resource;
use model::control::Reading;
use model::detector::{DetectorFault, DetectorKind, FaultKind};
use model::id::{DetectorId, IdVec};
use model::network::Detector;
use model::scenario::Scenario;
use model::vehicle::VehicleClass;
use serde::{Deserialize, Serialize};

/// A jam ends where the next vehicle is farther away, in metres. Source: SUMO 1.28.0, default of lane-area detectors.
const JAM_GAP: f64 = 10.0;

/// Road that a vehicle takes in a jam, in metres; assumed. An area that is stuck reports as many vehicles as fit on it.
const JAM_SPACING: f64 = 7.0;

/// Most fronts that a chattering detector reports in a second.
const CHATTER: f64 = 5.0;

/// What is saved of the detectors, when not all are sound loops.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) readings: IdVec<DetectorId, Reading>,
    running: IdVec<DetectorId, Reading>,
}

/// The detectors that are no loops, and all faults. Written by Detect.
#[derive(Debug, Resource)]
pub(crate) struct Sensors {
    seed: u64,
    others: Vec<DetectorId>,
    faults: Vec<DetectorFault>,
    pub(crate) state: State,
}

impl Sensors {
    pub(crate) fn new(scenario: &Scenario, seed: u64) -> Self {
        let detectors = &scenario.network.detectors;
        let others = detectors.enumerate().filter(|(_, d)| d.kind != DetectorKind::Loop).map(|(id, _)| id).collect();
        let nothing = || IdVec::from_fn(detectors.len(), |_| Reading::default());
        let state = State { readings: nothing(), running: nothing() };
        Self { seed, others, faults: scenario.detector_faults.clone(), state }
    }

    /// Whether all detectors are loops that never break.
    pub(crate) fn is_off(&self) -> bool {
        self.others.is_empty() && self.faults.is_empty()
    }

    /// Takes back a state after a restore; false when it is of other detectors.
    pub(crate) fn restore(&mut self, state: State) -> bool {
        let fits = state.readings.len() == self.state.readings.len() && state.running.len() == self.state.running.len();
        if fits {
            self.state = state;
        }
        fits
    }

    /// The pass, after that of the loops: `now` is the second of the day that begins.
    pub(crate) fn detect(&mut self, street: Street<'_>, loops: &mut Loops, ended: Ended, now: f64) {
        let roads = street.roads;
        let mut passages = Vec::new();
        for &id in &self.others {
            let detector = &roads.network.detectors[id];
            find_passages(street, (detector.lane, stretch_of(detector)), ended.dt, &mut passages);
            let running = &mut self.state.running[id];
            let before = running.count;
            watch(detector, &passages, &mut loops.last[id], running, ended);
            loops.counted[id] += if ended.measured { u64::from(running.count - before) } else { 0 };
            if ended.second {
                loops.readings[id] = std::mem::take(running);
            }
        }
        if ended.second {
            for fault in self.faults.iter().filter(|f| f.lasts(now - 1.0)) {
                let id = fault.detector;
                let reading = self.broken(&roads.network.detectors[id], fault, (now - 1.0) as u64);
                let counted = &mut loops.counted[id];
                if ended.measured {
                    *counted = (*counted + u64::from(reading.count)).saturating_sub(u64::from(loops.readings[id].count));
                }
                loops.readings[id] = reading;
            }
            self.state.readings.clone_from(&loops.readings);
        }
    }

    /// What a broken detector reports for a second of the day.
    fn broken(&self, detector: &Detector, fault: &DetectorFault, second: u64) -> Reading {
        let length = detector.length.get();
        let full = (length / JAM_SPACING).floor().max(1.0);
        let nothing = Reading::default();
        match (fault.kind, detector.kind) {
            (FaultKind::Dead, _) => nothing,
            (FaultKind::StuckOn, DetectorKind::Loop) => Reading { occupancy: 1.0, ..nothing },
            (FaultKind::StuckOn, DetectorKind::Area) => {
                Reading { occupancy: 1.0, vehicles: full as u32, queued: full as u32, jam_m: length, ..nothing }
            }
            (FaultKind::StuckOn, DetectorKind::ReportingPoint) => Reading { requested: true, ..nothing },
            (FaultKind::Chattering, kind) => {
                let mut draw = draws(self.seed, Stream::Fault, u64::from(fault.detector.0) << 32 | second);
                let (count, share) = ((draw.uniform() * (CHATTER + 1.0)) as u32, draw.uniform());
                let some = (share * full) as u32;
                match kind {
                    DetectorKind::Loop => Reading { count, occupancy: share, ..nothing },
                    DetectorKind::Area => {
                        let jam_m = share * length;
                        Reading { count, occupancy: share, vehicles: some, queued: some, jam_m, ..nothing }
                    }
                    DetectorKind::ReportingPoint => Reading { count, buses: count, requested: count > 0, ..nothing },
                }
            }
        }
    }
}

/// Adds to the reading of the running second what a step has brought.
fn watch(
    detector: &Detector,
    passages: &[Passage],
    last: &mut Option<model::id::VehicleId>,
    running: &mut Reading,
    ended: Ended,
) {
    let (start, end) = stretch_of(detector);
    let fronts = fronts(passages, start, last);
    match detector.kind {
        DetectorKind::Loop => {}
        DetectorKind::Area => {
            running.count += fronts.count() as u32;
            let on_it: Vec<&Passage> = passages.iter().filter(|p| p.to > start && p.to - p.length < end).collect();
            let covered: f64 = on_it.iter().map(|p| p.to.min(end) - (p.to - p.length).max(start)).sum();
            running.occupancy += covered / (end - start) * ended.dt;
            if ended.second {
                running.vehicles = on_it.len() as u32;
                running.queued = on_it.iter().filter(|p| p.speed < ROLLING).count() as u32;
                running.jam_m = longest_jam(&on_it, start, end);
            }
        }
        DetectorKind::ReportingPoint => {
            for passage in fronts {
                running.buses += u32::from(passage.class == VehicleClass::Bus);
                running.trams += u32::from(passage.class == VehicleClass::Tram);
            }
            running.count = running.buses + running.trams;
            running.requested = running.count > 0;
        }
    }
}

/// Length of the longest jam within a stretch, the vehicles from front to back.
fn longest_jam(on_it: &[&Passage], start: f64, end: f64) -> f64 {
    let (mut longest, mut jam): (f64, Option<(f64, f64)>) = (0.0, None);
    for p in on_it.iter().filter(|p| p.speed < ROLLING) {
        let (front, rear) = (p.to, p.to - p.length);
        let head = jam.filter(|j| j.1 - front < JAM_GAP).map_or(front, |j| j.0);
        jam = Some((head, rear));
        longest = longest.max(head.min(end) - rear.max(start));
    }
    longest
}
