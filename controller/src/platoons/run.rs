//! The model second by second.

use super::lights::{Light, Lights};
use super::part::{Part, Recording};
use super::{Foreseen, Gaps, PlatoonModel, Service};
use model::id::{IdVec, SignalId};
use model::maths;
use model::quantity::{Flow, Span};
use model::signal::SignalPlan;

/// Seconds that are run before anything is counted: long enough for platoons to go through a few signals.
const WARM_UP: u32 = 180;

/// Seconds that are counted, at least.
const COUNTED: u32 = 60;

/// Seconds that are counted where signals have different cycles, which meet in ever new ways.
const COUNTED_APART: u32 = 600;

/// What a stop costs beside the time in the queue: getting up to speed again, in seconds. Half the speed over the acceleration:
/// 14 m/s and 2 m/s².
const SPEEDING_UP: f64 = 3.5;

/// Whoever waits for less than this slows down but does not stop, in seconds. Assumed.
const SLOWING_DOWN: f64 = 4.0;

/// Vehicles per second that clear the intersection after having given way: two sneakers in four seconds.
const SNEAKING: f64 = 0.5;

/// Less than this share of a stream does not hold it up when there is no room for it.
pub(super) const FEW: f64 = 0.02;

/// How fast the memory of what has just passed fades, per second: gaps are sought in the flow of the last few seconds.
const FADING: f64 = 0.3;

/// What a run of the model needs to remember; kept from one plan to the next, so that nothing is allocated.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    lights: Lights,
    pub(super) lanes: Vec<Lanes>,
    pub(super) streams: Vec<Way>,
    /// What has left the stop line before and is on its way, stream by stream.
    under_way: Vec<f64>,
    gaps: Vec<GapTable>,
    pub(super) services: Vec<Service>,
    pub(super) capacity: Vec<f64>,
}

/// A lane group as it stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lanes {
    first: usize,
    end: usize,
    count: f64,
    storage: f64,
    /// Vehicles on them, moving or not.
    pub(super) inside: f64,
}

/// A stream as it stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Way {
    group: usize,
    inflow: f64,
    saturation: f64,
    smoothing: f64,
    /// Where its part of `under_way` begins, how long it is and where in it the present second is.
    begin: usize,
    shift: usize,
    at: usize,
    gaps: Option<usize>,
    /// Vehicles that come to the stop line in this second.
    arriving: f64,
    /// Vehicles that leave the stop line before in this second.
    pub(super) entering: f64,
    queue: f64,
    /// Vehicles that find no room to enter the network.
    outside: f64,
    light: Light,
    /// Vehicles per second and lane that may go, for want of a red light or a gap.
    rate: f64,
    room: f64,
    /// Room beyond the part of the network that is run.
    pub(super) room_beyond: f64,
    pub(super) leaving: f64,
    /// Vehicles that find room to wait inside the intersection, out of the way of others.
    waiting_inside: f64,
    /// Flow over the stop line in the last few seconds.
    recent: f64,
}

/// Capacity of gaps by the flow that has the right of way, in steps.
#[derive(Debug, Clone)]
struct GapTable {
    gaps: Gaps,
    rates: Vec<f64>,
}

impl GapTable {
    const STEPS_PER_VEHICLE: f64 = 64.0;

    /// Source: Highway Capacity Manual (2000), ch. 17: `v exp(-v t_c) / (1 - exp(-v t_f))`.
    fn new(gaps: Gaps) -> Self {
        let (critical, follow_up) = (gaps.critical.seconds(), gaps.follow_up.seconds());
        let rate = |i: u32| match f64::from(i) / Self::STEPS_PER_VEHICLE {
            0.0 => 1.0 / follow_up,
            v => v * maths::exp(-v * critical) / (1.0 - maths::exp(-v * follow_up)),
        };
        Self { gaps, rates: (0..192).map(rate).collect() }
    }

    fn rate(&self, flow: f64) -> f64 {
        self.rates.get((flow * Self::STEPS_PER_VEHICLE) as usize).copied().unwrap_or(0.0)
    }
}

/// How long the model is run, in seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Duration {
    warm_up: u32,
    counted: u32,
}

impl Duration {
    fn of(lights: &Lights) -> Self {
        match lights.common_cycle {
            Some(cycle) => Self { warm_up: WARM_UP.next_multiple_of(cycle), counted: COUNTED.next_multiple_of(cycle) },
            None => Self { warm_up: WARM_UP, counted: COUNTED_APART },
        }
    }
}

impl PlatoonModel {
    /// What the model foresees under these plans.
    ///
    /// Where all signals have the same cycle whole cycles are counted, so that what comes out does not depend on the common zero
    /// of the plans.
    pub fn foresee(&self, plans: &IdVec<SignalId, SignalPlan>, scratch: &mut Scratch) -> Foreseen {
        self.run(plans.as_slice(), scratch, |scratch, counts, _| self.second(scratch, counts));
        self.sum_up(scratch)
    }

    /// The same, and what it was like second by second; `None` of that where signals have different cycles.
    pub fn foresee_and_record(
        &self,
        plans: &IdVec<SignalId, SignalPlan>,
        scratch: &mut Scratch,
    ) -> (Foreseen, Option<Recording>) {
        let mut recording = Recording::default();
        self.run(plans.as_slice(), scratch, |scratch, counts, second| {
            self.leave(scratch);
            if counts {
                recording.record(scratch, second);
            }
            self.go_on(scratch);
            scratch.move_on(counts);
        });
        recording.keep(scratch);
        (self.sum_up(scratch), scratch.lights.common_cycle.map(|_| recording))
    }

    /// What the model foresees when only signals of a part of the network change, as far as that part goes: what comes to it from
    /// the rest, and what room there is beyond, is as it was recorded. The plans have to have the cycle of the recording.
    ///
    /// As fast as the part is small, and a little wrong: what happens at its border goes no further.
    pub fn foresee_part(
        &self,
        part: &Part,
        recording: &Recording,
        plans: &IdVec<SignalId, SignalPlan>,
        scratch: &mut Scratch,
    ) -> Foreseen {
        let model = &part.model;
        model.run(plans.as_slice(), scratch, |scratch, counts, second| {
            part.see_room(recording, second, &mut scratch.streams);
            model.leave(scratch);
            model.go_on(scratch);
            part.feed(recording, second, &mut scratch.streams);
            scratch.move_on(counts);
        });
        part.put_into(recording, scratch);
        self.sum_up(scratch)
    }

    /// Runs second after second, numbered from the beginning of the cycle; leaves means over what is counted.
    fn run(&self, plans: &[SignalPlan], scratch: &mut Scratch, mut second: impl FnMut(&mut Scratch, bool, u32)) {
        scratch.lights.set(&self.streams, plans);
        self.begin(scratch);
        let Duration { warm_up, counted } = Duration::of(&scratch.lights);
        let cycle = scratch.lights.common_cycle.unwrap_or(1);
        for time in 0..warm_up + counted {
            second(scratch, time >= warm_up, time % cycle);
        }
        scratch.average(f64::from(counted));
    }

    /// Every stream flows evenly, and nobody waits.
    fn begin(&self, scratch: &mut Scratch) {
        let Scratch { lanes, streams, under_way, gaps, services, capacity, .. } = scratch;
        lanes.clear();
        lanes.extend(self.groups.iter().map(|g| Lanes { count: f64::from(g.lanes), storage: g.storage, ..Lanes::default() }));
        streams.clear();
        under_way.clear();
        for (index, stream) in self.streams.iter().enumerate() {
            let (flow, shift) = (stream.flow.get(), self.dispersion.shift(stream.travel).max(1));
            let table = (!stream.gives_way_to.is_empty()).then(|| table(gaps, stream.gaps));
            streams.push(Way {
                group: stream.group,
                inflow: stream.inflow.get(),
                saturation: stream.saturation_flow.get(),
                smoothing: self.dispersion.smoothing(stream.travel),
                begin: under_way.len(),
                shift,
                gaps: table,
                arriving: flow,
                waiting_inside: stream.waiting_inside,
                room_beyond: f64::INFINITY,
                ..Way::default()
            });
            under_way.resize(under_way.len() + shift, flow);
            let group = &mut lanes[stream.group];
            group.first = if group.end == 0 { index } else { group.first };
            group.end = index + 1;
            group.inside += flow * stream.travel.seconds();
        }
        services.clear();
        services.resize(self.streams.len(), Service::default());
        capacity.clear();
        capacity.resize(self.streams.len(), 0.0);
    }

    /// Those who may go leave, and come into the next lane groups.
    fn second(&self, scratch: &mut Scratch, counts: bool) {
        self.leave(scratch);
        self.go_on(scratch);
        scratch.move_on(counts);
    }

    /// Who leaves the stop lines.
    fn leave(&self, scratch: &mut Scratch) {
        for group in 0..scratch.lanes.len() {
            let Lanes { first, end, count, .. } = scratch.lanes[group];
            for index in first..end {
                self.look_ahead(scratch, index, count);
            }
            let_go(&mut scratch.streams[first..end], count);
        }
    }

    /// Who has left comes into the next lane groups.
    fn go_on(&self, scratch: &mut Scratch) {
        for (index, stream) in self.streams.iter().enumerate() {
            let leaving = scratch.streams[index].leaving;
            if leaving > 0.0 {
                for &(to, share) in &stream.onward {
                    scratch.streams[to].entering += leaving * share;
                }
            }
        }
    }

    /// Whether a stream may go, and whether there is room for it.
    fn look_ahead(&self, scratch: &mut Scratch, index: usize, lanes: f64) {
        let way = &scratch.streams[index];
        let rate = match way.light {
            Light::Red => 0.0,
            Light::Clearing => SNEAKING / lanes,
            Light::Green => self.rate(scratch, index),
        };
        let free = |&(to, share): &(usize, f64)| {
            let group = &scratch.lanes[scratch.streams[to].group];
            if share < FEW { f64::INFINITY } else { (group.storage - group.inside).max(0.0) / share }
        };
        let waits = rate > 0.0 && way.queue > 0.0;
        let room = if waits { self.streams[index].onward.iter().map(free).fold(way.room_beyond, f64::min) } else { 0.0 };
        let way = &mut scratch.streams[index];
        (way.rate, way.room) = (rate, room);
    }

    /// Vehicles per second and lane that a stream with green lets go: all, or what finds gaps.
    fn rate(&self, scratch: &Scratch, index: usize) -> f64 {
        let way = &scratch.streams[index];
        let Some(gaps) = way.gaps else { return way.saturation };
        let mut flow = 0.0;
        for &other in &self.streams[index].gives_way_to {
            let other = &scratch.streams[other];
            // A queue that moves leaves no gap.
            if other.queue > 1.0 && other.leaving > 0.5 * other.saturation {
                return 0.0;
            }
            flow += other.recent;
        }
        scratch.gaps[gaps].rate(flow).min(way.saturation)
    }

    fn sum_up(&self, scratch: &mut Scratch) -> Foreseen {
        self.add_chance(&scratch.capacity, &mut scratch.services);
        let entering: Flow = self.streams.iter().map(|s| s.inflow).sum();
        let each = if entering > Flow::ZERO { 1.0 / entering.get() } else { 0.0 };
        let sum = |of: fn(&Service) -> f64| scratch.services.iter().map(of).sum::<f64>() * each;
        Foreseen { delay: Span::seconds_f64(sum(|s| s.waiting)), stops: sum(|s| s.stops), streams: scratch.services.clone() }
    }
}

/// What leaves in this second of the streams of a lane group, in proportion to their queues; whoever may not go blocks a lane.
fn let_go(streams: &mut [Way], lanes: f64) {
    let (mut needed, mut blocked) = (0.0, 0.0);
    for way in streams.iter() {
        if way.rate > 0.0 && way.room > 0.0 {
            needed += way.queue / way.rate;
        } else {
            blocked += (way.queue - way.waiting_inside).clamp(0.0, 1.0);
        }
    }
    let free = (lanes - blocked).max(0.0);
    let share = if needed > free { free / needed } else { 1.0 };
    for way in streams {
        way.leaving = if way.rate > 0.0 { (way.queue * share).min(way.room) } else { 0.0 };
    }
}

impl Scratch {
    /// Makes means of what has been added up over some seconds.
    fn average(&mut self, seconds: f64) {
        for (service, capacity) in self.services.iter_mut().zip(&mut self.capacity) {
            service.stops /= seconds;
            service.waiting = service.waiting / seconds + service.stops * SPEEDING_UP;
            service.on_green /= seconds;
            service.arriving /= seconds;
            *capacity /= seconds;
        }
    }

    /// Queues get shorter and lane groups fuller; then the next second begins, with those who come to the stop lines.
    fn move_on(&mut self, counts: bool) {
        for (index, way) in self.streams.iter_mut().enumerate() {
            let lanes = &mut self.lanes[way.group];
            lanes.inside += way.entering - way.leaving;
            if way.inflow > 0.0 {
                way.outside += way.inflow;
                let enters = way.outside.min((lanes.storage - lanes.inside).max(0.0));
                way.outside -= enters;
                way.entering += enters;
                lanes.inside += enters;
            }
            way.queue -= way.leaving;
            way.recent += (way.leaving - way.recent) * FADING;
            let under_way = &mut self.under_way[way.begin + way.at];
            way.arriving += (*under_way - way.arriving) * way.smoothing;
            *under_way = way.entering;
            way.entering = 0.0;
            way.at = if way.at + 1 == way.shift { 0 } else { way.at + 1 };
            if counts {
                self.capacity[index] += way.rate * lanes.count;
                self.services[index].count(way, lanes.count);
            }
            way.queue += way.arriving;
            way.light = self.lights.next(index);
        }
    }
}

impl Service {
    /// Adds a second: those who have been left in the queue, and those who come to it.
    fn count(&mut self, way: &Way, lanes: f64) {
        self.waiting += way.queue + way.outside;
        self.longest_queue = self.longest_queue.max(way.queue);
        self.arriving += way.arriving;
        let moving = way.rate * lanes * SLOWING_DOWN;
        self.stops += way.arriving * if way.queue >= moving { 1.0 } else { way.queue / moving };
        self.on_green += if way.light == Light::Green { way.arriving } else { 0.0 };
    }
}

/// The table of these gaps; made when there is none yet.
fn table(tables: &mut Vec<GapTable>, gaps: Gaps) -> usize {
    tables.iter().position(|t| t.gaps == gaps).unwrap_or_else(|| {
        tables.push(GapTable::new(gaps));
        tables.len() - 1
    })
}
