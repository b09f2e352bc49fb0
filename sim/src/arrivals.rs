//! When the vehicles of a flow arrive: at random, evenly or in platoons, with a flow that may change every quarter of an hour.

use crate::random::Draws;
use model::demand::{Arrivals, Stream};
use model::quantity::Flow;

/// The arrivals of one flow, one after the other.
///
/// A random flow is a Poisson process with a rate that is constant within each quarter of an hour. Its arrivals are those of
/// the process of rate 1, taken through the inverse of the expected count: exact, and one draw for each vehicle.
/// A platoon that has begun is not cut at the end of a quarter.
pub(crate) struct Arriving<'a> {
    stream: &'a Stream,
    flow: Flow,
    /// The last arrival; `None` before the first.
    last: Option<f64>,
}

impl<'a> Arriving<'a> {
    /// Those of `factor` times a flow.
    pub(crate) fn new(stream: &'a Stream, factor: f64) -> Self {
        Self { stream, flow: stream.flow * factor, last: None }
    }

    /// The next arrival in seconds of the day; infinite when there is none.
    pub(crate) fn next(&mut self, draw: &mut Draws) -> f64 {
        let from = self.last.unwrap_or(self.stream.begin.get());
        let next = match self.stream.arrivals {
            Arrivals::Poisson => self.advance(from, draw.exponential(), Flow::get),
            // The first stands in the middle of its gap.
            Arrivals::Even => self.advance(from, if self.last.is_some() { 1.0 } else { 0.5 }, Flow::get),
            Arrivals::Platoon => self.platoon(from, draw),
        };
        self.last = Some(next);
        next
    }

    /// The next vehicle of the platoon, or the first of the next one.
    fn platoon(&self, from: f64, draw: &mut Draws) -> f64 {
        let (size, spacing) = (self.stream.platoon.size, self.stream.platoon.spacing.get());
        let follows = self.last.is_some() && draw.uniform() * size >= 1.0;
        if follows {
            return from + spacing;
        }
        let earliest = if self.last.is_some() { from + spacing } else { from };
        // Cowan's M3: the pause beyond the spacing is exponential; what the spacings leave of the mean makes its rate.
        let pauses = |flow: Flow| flow.get() / (size * (1.0 - spacing * flow.get()).max(0.0));
        self.advance(earliest, draw.exponential(), pauses)
    }

    /// The moment up to which `count` more are expected after `from`, at so many per second by the flow.
    fn advance(&self, from: f64, count: f64, rate: impl Fn(Flow) -> f64) -> f64 {
        if self.stream.profile.is_empty() {
            return from + count * (1.0 / rate(self.flow));
        }
        let (mut time, mut left) = (from, count);
        for (_, end, relative) in self.stream.quarters().filter(|q| q.1 > from) {
            let (rate, room) = (rate(self.flow * relative), end - time);
            if rate > 0.0 && left <= room * rate {
                return time + left / rate;
            }
            left -= room * rate;
            time = end;
        }
        f64::INFINITY
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Stream as Keyed, draws};
    use model::demand::{Departure, Itinerary, Platoon};
    use model::quantity::Span;

    fn stream(arrivals: Arrivals, veh_per_h: f64, profile: &[f64]) -> Stream {
        Stream {
            name: "north".into(),
            mix: Vec::new(),
            itinerary: Itinerary::Links(Vec::new()),
            begin: Span::seconds_f64(3600.0),
            end: Span::seconds_f64(3600.0 + 900.0 * profile.len().max(400) as f64),
            flow: Flow::veh_per_h(veh_per_h),
            profile: profile.to_vec(),
            arrivals,
            platoon: Platoon::default(),
            departure: Departure::default(),
            calls: Vec::new(),
        }
    }

    fn arrivals(stream: &Stream, factor: f64, key: u64) -> Vec<f64> {
        let (mut draw, mut arriving) = (draws(5, Keyed::Arrivals, key), Arriving::new(stream, factor));
        let all = std::iter::from_fn(|| Some(arriving.next(&mut draw)));
        all.take_while(|&t| t < stream.end.get()).collect()
    }

    /// Vehicles in each quarter of an hour, mean over many days.
    fn per_quarter(stream: &Stream, days: u64) -> Vec<f64> {
        let mut counts = vec![0.0; stream.profile.len()];
        for time in (0..days).flat_map(|day| arrivals(stream, 1.0, day)) {
            counts[((time - stream.begin.get()) / 900.0) as usize] += 1.0 / days as f64;
        }
        counts
    }

    #[test]
    fn every_quarter_of_an_hour_has_its_own_flow() {
        let mut counted = stream(Arrivals::Poisson, 200.0, &[0.4, 2.0, 0.0, 1.6]);
        counted.end = Span::seconds_f64(3600.0 + 3600.0);
        let means = per_quarter(&counted, 1000);
        let expected = [20.0, 100.0, 0.0, 80.0];
        // Four standard errors of a Poisson count over a thousand days.
        assert!(means.iter().zip(expected).all(|(m, e)| (m - e).abs() <= 4.0 * (e / 1000.0_f64).sqrt()), "{means:?}");
        let counts: Vec<f64> = (0..1000).map(|day| arrivals(&counted, 1.0, day).len() as f64).collect();
        let variance = counts.iter().map(|c| (c - 200.0) * (c - 200.0)).sum::<f64>() / 1000.0;
        assert!((variance / 200.0 - 1.0).abs() < 0.2, "a Poisson count varies by its mean: {variance}");
    }

    #[test]
    fn even_arrivals_meet_the_counts_exactly() {
        let mut counted = stream(Arrivals::Even, 200.0, &[0.4, 2.0, 0.0, 1.6]);
        counted.end = Span::seconds_f64(3600.0 + 3600.0);
        assert_eq!(per_quarter(&counted, 1), [20.0, 100.0, 0.0, 80.0]);
    }

    #[test]
    fn a_profile_that_is_flat_changes_no_arrival() {
        let (steady, flat) = (stream(Arrivals::Poisson, 300.0, &[]), stream(Arrivals::Poisson, 300.0, &[1.0; 400]));
        let (steady, flat) = (arrivals(&steady, 1.0, 0), arrivals(&flat, 1.0, 0));
        assert_eq!(steady.len(), flat.len());
        assert!(steady.iter().zip(&flat).all(|(a, b)| (a - b).abs() < 1e-3));
    }

    #[test]
    fn platoons_have_their_size_and_spacing_and_the_flow_holds() {
        let bunched = stream(Arrivals::Platoon, 600.0, &[]);
        let times = arrivals(&bunched, 1.0, 3);
        let gaps: Vec<f64> = times.windows(2).map(|w| w[1] - w[0]).collect();
        let platoons = 1 + gaps.iter().filter(|g| **g > 2.0 + 1e-6).count();
        assert!(gaps.iter().all(|g| *g >= 2.0 - 1e-6), "nobody is closer than the spacing");
        let (size, flow) = (times.len() as f64 / platoons as f64, times.len() as f64 / 100.0);
        assert!((size - 4.0).abs() < 0.1 && (flow / 600.0 - 1.0).abs() < 0.03, "{size} vehicles, {flow} veh/h");
    }

    #[test]
    fn a_factor_multiplies_every_flow() {
        for kind in [Arrivals::Poisson, Arrivals::Even, Arrivals::Platoon] {
            let stream = stream(kind, 600.0, &[]);
            let ratio = arrivals(&stream, 1.2, 1).len() as f64 / arrivals(&stream, 1.0, 1).len() as f64;
            assert!((ratio - 1.2).abs() < 0.03, "{kind:?}: {ratio}");
        }
    }
}
