//! Loop detectors: they count fronts and time spent above them, and know nobody.

use crate::roads::Roads;
use crate::traffic::Traffic;
use bevy_ecs::resource::Resource;
use model::control::Reading;
use model::id::{DetectorId, IdVec};
use serde::{Deserialize, Serialize};

/// What the detectors have seen.
#[derive(Debug, Default, Resource, Serialize, Deserialize)]
pub(crate) struct Loops {
    /// Of the whole second that has ended.
    pub(crate) readings: IdVec<DetectorId, Reading>,
    /// Of the second that is running.
    running: IdVec<DetectorId, Reading>,
    /// Since the start of the measured period: vehicles counted.
    pub(crate) counted: IdVec<DetectorId, u64>,
}

impl Loops {
    pub(crate) fn new(roads: &Roads) -> Self {
        let n = roads.network.detectors.len();
        Self {
            readings: IdVec::from_fn(n, |_| Reading::default()),
            running: IdVec::from_fn(n, |_| Reading::default()),
            counted: IdVec::from_fn(n, |_| 0),
        }
    }

    /// The pass: looks at where the last step has left everyone. At a whole second the readings are handed over first.
    pub(crate) fn detect(&mut self, roads: &Roads, traffic: &Traffic, dt: f64, second: bool) {
        if second {
            for (reading, running) in self.readings.iter_mut().zip(self.running.iter_mut()) {
                *reading = std::mem::take(running);
            }
        }
        for (id, loop_) in roads.network.detectors.enumerate() {
            let (end, start) = (loop_.position.get(), loop_.position.get() - loop_.length.get());
            let running = &mut self.running[id];
            for row in traffic.queue(roads.lane(loop_.lane)) {
                let came_from = row.position - row.speed * dt;
                if row.position >= start && came_from < start {
                    running.count += 1;
                    self.counted[id] += 1;
                }
                if row.position >= start && row.rear() <= end {
                    running.occupancy += dt;
                }
            }
        }
    }
}
