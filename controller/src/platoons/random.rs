//! What chance adds: the queue that remains now and then at the end of green although on average it would not.

use super::{PlatoonModel, Service, Stream};
use crate::ControlDelay;
use model::maths;
use model::quantity::{Flow, Span};

/// How often the filtering of one signal after the other is worked out; the streams of a way are in no order.
const ROUNDS: usize = 3;

impl PlatoonModel {
    /// Adds the mean random queue of every lane group to the waiting of its streams.
    ///
    /// `capacity` is what each stream could serve if its lanes were its own, in vehicles per second.
    pub(super) fn add_chance(&self, capacity: &[f64], services: &mut [Service]) {
        let saturation = self.saturations(capacity);
        for (stream, service) in self.streams.iter().zip(services.iter_mut()) {
            service.saturation = saturation[stream.group];
        }
        let filtering = self.filtering(&saturation);
        let mut begin = 0;
        while begin < self.streams.len() {
            let group = self.streams[begin].group;
            let end = begin + self.streams[begin..].iter().take_while(|s| s.group == group).count();
            let streams = &self.streams[begin..end];
            let settled = streams.iter().any(|s| s.head.is_some() || !s.gives_way_to.is_empty());
            let flow: Flow = streams.iter().map(|s| s.flow).sum();
            let x = saturation[group].min(MOST);
            if settled && flow > Flow::ZERO && x > 0.0 {
                let of_stream = |i: usize| self.streams[i].flow / flow;
                let variance: f64 = (begin..end).map(|i| of_stream(i) * filtering[i]).sum();
                let queue = self.overflow(streams, flow / x, variance);
                (begin..end).for_each(|i| services[i].waiting += queue * of_stream(i));
            }
            begin = end;
        }
    }

    /// The mean queue beyond that of a cycle after the other, in vehicles: chance, and what one quarter of an hour leaves to the
    /// next.
    fn overflow(&self, streams: &[Stream], capacity: Flow, variance: f64) -> f64 {
        let quarters = streams[0].quarters.len().max(1);
        let seconds = self.period.seconds() / quarters as f64;
        let chance = ControlDelay { period: Span::seconds_f64(seconds), filtering_factor: variance, ..ControlDelay::default() };
        let (mut left, mut area) = (0.0, 0.0);
        for quarter in 0..quarters {
            let flow: Flow = streams.iter().map(|s| s.quarters.get(quarter).copied().unwrap_or(s.flow)).sum();
            let by_chance = flow.get() * chance.incremental(capacity, flow / capacity).seconds();
            area += by_chance * seconds;
            let growing = (flow - capacity).get();
            let gone = if growing < 0.0 { (-left / growing).min(seconds) } else { seconds };
            // What was left before stays all the time, or goes on leaving until it is gone.
            area += if growing < 0.0 { gone * (left + 0.5 * growing * gone) } else { left * seconds };
            left = (left + growing * seconds).max(by_chance);
        }
        area / (seconds * quarters as f64)
    }

    /// Degree of saturation of every lane group.
    fn saturations(&self, capacity: &[f64]) -> Vec<f64> {
        let mut saturation = vec![0.0; self.groups.len()];
        for (stream, &capacity) in self.streams.iter().zip(capacity) {
            let flow = stream.flow.get();
            if flow > 0.0 {
                saturation[stream.group] += if capacity > 0.0 { flow / capacity } else { MOST };
            }
        }
        saturation
    }

    /// How much chance is left in the arrivals of every stream behind other signals: 1 where all of it is.
    ///
    /// Source: Highway Capacity Manual (2000), ch. 15: I = 1 - 0.91 X^2.68 behind a signal with the degree of saturation X.
    fn filtering(&self, saturation: &[f64]) -> Vec<f64> {
        let mut arriving = vec![1.0; self.streams.len()];
        let behind_signal: Vec<f64> = saturation.iter().map(|x| 1.0 - 0.91 * maths::pow(x.min(1.0), 2.68)).collect();
        for _ in 0..ROUNDS {
            let mut sums: Vec<(f64, f64)> = self.streams.iter().map(|s| (s.inflow.get(), s.inflow.get())).collect();
            for (stream, own) in self.streams.iter().zip(&arriving) {
                let leaving = if stream.head.is_some() { behind_signal[stream.group] } else { *own };
                for &(to, share) in &stream.onward {
                    let flow = stream.flow.get() * share;
                    sums[to].0 += flow * leaving;
                    sums[to].1 += flow;
                }
            }
            arriving = sums.iter().map(|(sum, flow)| if *flow > 0.0 { sum / flow } else { 1.0 }).collect();
        }
        arriving
    }
}

/// The most that a degree of saturation counts: where there is no capacity at all.
const MOST: f64 = 4.0;
