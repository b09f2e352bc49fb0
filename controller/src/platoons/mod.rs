//! A fast macroscopic model of traffic between signals: platoons that stretch, queues that reach back (Verkehrsflussmodell).
//!
//! Flows of one second each, second after second. What leaves a stop line arrives at the next one after Robertson's platoon
//! dispersion; it joins the queue of its stream, which the signal lets go with the saturation flow. Streams of a lane group share
//! its lanes; who may not go blocks a lane for the others. Whoever gives way goes through the gaps that the streams before him
//! leave in that second. Nobody leaves for a lane group that is full. What chance adds to the queues of one cycle after the other is
//! in closed form, for flows of one second have no chance in them.
//!
//! A whole network takes a fraction of a millisecond, which is what a search over cycles, splits and offsets needs; the
//! simulation of every vehicle has the last word.
//!
//! # Accuracy
//!
//! Vehicles are a fluid, so nobody waits for a whole vehicle; lanes are not changed; queues are at the stop line, and the wave
//! that lets a full lane go again is as fast as light. Flows do not choose other ways. See
//! `benches/README.md` for how well it orders plans in comparison with the simulation.
//!
//! # Sources
//!
//! Robertson, TRANSYT: a traffic network study tool, RRL Report LR 253 (1969): cyclic flows, dispersion, delay and stops.
//! Highway Capacity Manual (2000), ch. 15 and 16: incremental delay and upstream filtering; ch. 17: capacity of gaps.

mod lights;
mod part;
mod random;
mod run;

pub use part::{Part, Recording};
pub use run::Scratch;

use crate::Dispersion;
use model::network::SignalHead;
use model::quantity::{Flow, Span};
use thiserror::Error;

/// Lanes side by side from which the same ways go on (Fahrstreifengruppe).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LaneGroup {
    /// How many lanes, at least one.
    pub lanes: u32,
    /// How many standing vehicles find room on them.
    pub storage: f64,
}

/// Vehicles of a lane group that go on to the same link.
#[derive(Debug, Clone, PartialEq)]
pub struct Stream {
    /// Index of its lane group.
    pub group: usize,
    /// All of it, on average.
    pub flow: Flow,
    /// All of it, in each quarter of an hour.
    pub quarters: Vec<Flow>,
    /// What of it enters the network at the start of this lane group.
    pub inflow: Flow,
    /// Mean time from the stop line before, or from where it enters, to its own, when nothing is in the way.
    pub travel: Span,
    /// Saturation flow of one lane.
    pub saturation_flow: Flow,
    /// The signal group that it obeys.
    pub head: Option<SignalHead>,
    /// To whom it gives way: indices of streams.
    pub gives_way_to: Vec<usize>,
    /// Which gaps it accepts.
    pub gaps: Gaps,
    /// How many vehicles that give way may wait inside the intersection, where they do not hold up others of their lane.
    pub waiting_inside: f64,
    /// Where it goes on: indices of streams with the shares of those who go there, 1 in all or less. Others leave the network.
    pub onward: Vec<(usize, f64)>,
}

/// Which gaps drivers accept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gaps {
    /// The shortest gap that one of them accepts (Grenzzeitlücke).
    pub critical: Span,
    /// From one to the next who goes through the same gap (Folgezeitlücke).
    pub follow_up: Span,
}

impl Gaps {
    /// Across oncoming traffic to the left. Source: Highway Capacity Manual (2010), ch. 18: 4.5 s and 2.5 s.
    pub const LEFT_TURN: Self = Self { critical: Span::seconds_f64(4.5), follow_up: Span::seconds_f64(2.5) };
    /// From a minor road. Source: Highway Capacity Manual (2000), ch. 17: right turns 6.2 s and 3.3 s; others take longer.
    pub const MINOR_ROAD: Self = Self { critical: Span::seconds_f64(6.2), follow_up: Span::seconds_f64(3.3) };
}

/// Why a model makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ModelError {
    /// A lane group without lanes or room.
    #[error("lane group {0} needs at least one lane and room for one vehicle")]
    LaneGroup(usize),
    /// A stream refers to something that is not there, or streams are not in the order of their groups.
    #[error("stream {0} refers to a lane group or stream that is not there, or is out of order")]
    Reference(usize),
    /// A quantity of a stream is out of its range.
    #[error("stream {0} has a flow, time or share out of its range")]
    Quantity(usize),
}

/// The model of a network.
#[derive(Debug, Clone)]
pub struct PlatoonModel {
    groups: Vec<LaneGroup>,
    streams: Vec<Stream>,
    dispersion: Dispersion,
    period: Span,
}

impl PlatoonModel {
    /// The model of these lane groups and streams, the streams in the order of their groups. The flows last for `period`, and
    /// those of quarters of an hour for as many equal parts of it.
    ///
    /// # Errors
    /// The first lane group or stream that makes no sense.
    pub fn new(groups: Vec<LaneGroup>, streams: Vec<Stream>, dispersion: Dispersion, period: Span) -> Result<Self, ModelError> {
        let quarters = streams.first().map_or(0, |s| s.quarters.len());
        for (index, group) in groups.iter().enumerate() {
            if group.lanes == 0 || !(group.storage >= 1.0 && group.storage.is_finite()) {
                return Err(ModelError::LaneGroup(index));
            }
        }
        for (index, stream) in streams.iter().enumerate() {
            let mut others = stream.gives_way_to.iter().chain(stream.onward.iter().map(|(to, _)| to));
            let in_order = index == 0 || streams[index - 1].group <= stream.group;
            if stream.group >= groups.len() || !in_order || others.any(|&other| other >= streams.len()) {
                return Err(ModelError::Reference(index));
            }
            if !stream.makes_sense() || stream.quarters.len() != quarters {
                return Err(ModelError::Quantity(index));
            }
        }
        Ok(Self { groups, streams, dispersion, period })
    }

    /// The same with so many times the traffic.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        let mut scaled = self.clone();
        for stream in &mut scaled.streams {
            (stream.flow, stream.inflow) = (stream.flow * factor, stream.inflow * factor);
            stream.quarters.iter_mut().for_each(|flow| *flow = *flow * factor);
        }
        scaled
    }

    /// Its lane groups.
    pub fn groups(&self) -> &[LaneGroup] {
        &self.groups
    }

    /// Its streams, in the order of their groups.
    pub fn streams(&self) -> &[Stream] {
        &self.streams
    }
}

impl Stream {
    fn makes_sense(&self) -> bool {
        let at_least_0 = |x: f64| x >= 0.0 && x.is_finite();
        let flows = at_least_0(self.flow.get()) && at_least_0(self.inflow.get()) && at_least_0(self.waiting_inside);
        let flows = flows && self.quarters.iter().all(|q| at_least_0(q.get()));
        let times = at_least_0(self.travel.get()) && self.gaps.follow_up > Span::ZERO && at_least_0(self.gaps.critical.get());
        let shares = self.onward.iter().all(|(_, share)| at_least_0(*share));
        let whole = self.onward.iter().map(|(_, share)| share).sum::<f64>() <= 1.0 + 1e-6;
        flows && times && shares && whole && self.saturation_flow > Flow::ZERO && self.saturation_flow.get().is_finite()
    }
}

/// What the model foresees under a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Foreseen {
    /// Mean delay of a vehicle, with the wait of those who find no room to enter.
    pub delay: Span,
    /// Mean number of stops of a vehicle.
    pub stops: f64,
    /// Stream by stream.
    pub streams: Vec<Service>,
}

/// What a stream meets under a plan.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Service {
    /// Vehicle-seconds of delay per second: the mean number of vehicles that wait, chance included.
    pub waiting: f64,
    /// Stops per second.
    pub stops: f64,
    /// Vehicles per second that arrive while they may go on at once.
    pub on_green: f64,
    /// Vehicles per second that arrive.
    pub arriving: f64,
    /// The most vehicles that wait at once, chance not counted.
    pub longest_queue: f64,
    /// Degree of saturation (Auslastungsgrad) of its lane group.
    pub saturation: f64,
}

#[cfg(test)]
mod tests;
