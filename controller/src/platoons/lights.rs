//! What the signals let go, second by second.

use super::Stream;
use model::id::Id;
use model::signal::SignalPlan;

/// Seconds of green that pass before the queue moves with its saturation flow. Source: Highway Capacity Manual (2000), ch. 10: 2 s.
const START_UP_LOSS: u32 = 2;

/// Seconds of amber that are still driven. Less than the 2 s of the manual: in the simulation whoever can stop does.
const END_GAIN: u32 = 1;

/// Seconds after a green in which those who gave way leave the intersection: two vehicles, the sneakers of the
/// Highway Capacity Manual.
const CLEARING: u32 = 4;

/// What a stream may do in a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Light {
    /// Nothing.
    #[default]
    Red,
    /// Go.
    Green,
    /// Who has entered to turn clears the intersection.
    Clearing,
}

/// The lights of every stream over the cycle of its signal.
#[derive(Debug, Clone, Default)]
pub(super) struct Lights {
    by_second: Vec<Light>,
    /// By stream: where its signal's seconds begin in `by_second`, its cycle, and the second at time 0; a cycle of 0 without signal.
    places: Vec<Place>,
    /// After how long all of them are as before: the longest cycle, if it is a multiple of every other.
    pub(super) common_cycle: Option<u32>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Place {
    begin: u32,
    cycle: u32,
    second: u32,
}

impl Lights {
    /// Sets the lights of streams under plans, by signal.
    pub(super) fn set(&mut self, streams: &[Stream], plans: &[SignalPlan]) {
        self.by_second.clear();
        self.places.clear();
        for stream in streams {
            let Some(head) = stream.head else {
                self.places.push(Place::default());
                continue;
            };
            let plan = &plans[head.signal.index()];
            let cycle = u32::from(plan.cycle.0);
            let begin = self.by_second.len();
            self.by_second.resize(begin + cycle as usize, Light::Red);
            let clears = !stream.gives_way_to.is_empty();
            for green in &plan.greens[head.group] {
                show(&mut self.by_second[begin..], (u32::from(green.start.0), u32::from(green.duration.0)), clears);
            }
            let second = (cycle - u32::from(plan.offset.0) % cycle) % cycle;
            self.places.push(Place { begin: begin as u32, cycle, second });
        }
        let cycles = || self.places.iter().map(|p| p.cycle).filter(|c| *c > 0);
        self.common_cycle = cycles().max().filter(|longest| cycles().all(|c| longest.is_multiple_of(c)));
    }

    /// What a stream may do now; the next call is for the second after.
    pub(super) fn next(&mut self, stream: usize) -> Light {
        let place = &mut self.places[stream];
        if place.cycle == 0 {
            return Light::Green;
        }
        let light = self.by_second[(place.begin + place.second) as usize];
        place.second = if place.second + 1 == place.cycle { 0 } else { place.second + 1 };
        light
    }
}

/// Shows one green in a cycle of lights.
fn show(lights: &mut [Light], (start, duration): (u32, u32), clears: bool) {
    let cycle = lights.len() as u32;
    if duration >= cycle {
        lights.fill(Light::Green);
        return;
    }
    let at = |second: u32| ((start + second) % cycle) as usize;
    let end = (duration + END_GAIN).min(cycle);
    (START_UP_LOSS.min(duration)..end).for_each(|s| lights[at(s)] = Light::Green);
    if clears {
        // In amber nobody looks for gaps any more: who stands inside goes.
        (duration..(duration + CLEARING).min(cycle)).for_each(|s| lights[at(s)] = Light::Clearing);
    }
}
