//! How a platoon stretches on its way from one signal to the next.

use model::quantity::{Flow, Span};

/// Robertson's platoon dispersion: `q'_t = F q_{t-T} + (1 - F) q'_{t-1}` in steps of one second, with `T = β T_a` and
/// `F = 1 / (1 + α T)`.
///
/// Flows are given and returned as one value for each second. T is rounded to whole seconds, F is not.
/// Source: Robertson, TRANSYT: a traffic network study tool, RRL Report LR 253 (1969).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dispersion {
    /// Dispersion factor α, per second; 0.35 on British roads, 0.25 with low and 0.5 with heavy friction.
    pub alpha: f64,
    /// Share β of the mean travel time after which the first vehicles arrive; 0.8.
    pub beta: f64,
}

impl Default for Dispersion {
    fn default() -> Self {
        Self { alpha: 0.35, beta: 0.8 }
    }
}

impl Dispersion {
    /// The smoothing factor F for a mean travel time `T_a`; 1 without dispersion.
    pub fn smoothing(self, travel: Span) -> f64 {
        1.0 / (1.0 + self.alpha * self.beta * travel.seconds().max(0.0))
    }

    /// The shift T, in whole seconds.
    pub fn shift(self, travel: Span) -> usize {
        (self.beta * travel.seconds()).round().max(0.0) as usize
    }

    /// Arrivals downstream in seconds 0 to `seconds` of a flow that starts at second 0.
    ///
    /// What arrives later is not returned: the sum is that of the flow only when `seconds` is long enough.
    pub fn arrivals(self, upstream: &[Flow], travel: Span, seconds: usize) -> Vec<Flow> {
        let (f, shift) = (self.smoothing(travel), self.shift(travel));
        let mut last = Flow::ZERO;
        let arrival = |t: usize| {
            let departed = t.checked_sub(shift).and_then(|s| upstream.get(s)).copied().unwrap_or(Flow::ZERO);
            last = departed * f + last * (1.0 - f);
            last
        };
        (0..seconds).map(arrival).collect()
    }

    /// Arrivals over one cycle of a flow that repeats every cycle; as many values as are given, and the same sum.
    pub fn cyclic_arrivals(self, upstream: &[Flow], travel: Span) -> Vec<Flow> {
        let cycle = upstream.len();
        let (f, shift) = (self.smoothing(travel), self.shift(travel));
        let departed = |t: usize| upstream[(t + cycle - shift % cycle) % cycle];
        // One cycle from nothing, and what remains of one vehicle per second after a cycle: the state that repeats.
        let (from_nothing, remains) =
            (0..cycle).fold((Flow::ZERO, 1.0), |(last, remains), t| (departed(t) * f + last * (1.0 - f), remains * (1.0 - f)));
        let mut last = if remains < 1.0 { from_nothing / (1.0 - remains) } else { Flow::ZERO };
        let arrival = |t: usize| {
            last = departed(t) * f + last * (1.0 - f);
            last
        };
        (0..cycle).map(arrival).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulse(seconds: usize, length: usize) -> Vec<Flow> {
        (0..length).map(|t| Flow::veh_per_second(if t < seconds { 0.5 } else { 0.0 })).collect()
    }

    #[test]
    fn a_pulse_arrives_smoothed_and_late() {
        let travel = Span::seconds_f64(30.0);
        let arrivals = Dispersion::default().arrivals(&pulse(20, 20), travel, 600);
        let total: f64 = arrivals.iter().map(|q| q.get()).sum();
        let mean = arrivals.iter().enumerate().map(|(t, q)| t as f64 * q.get()).sum::<f64>() / total;
        let peak = (0..600).max_by(|&a, &b| arrivals[a].get().total_cmp(&arrivals[b].get())).unwrap();
        assert!((Dispersion::default().smoothing(travel) - 0.1064).abs() < 5e-5);
        assert_eq!((Dispersion::default().shift(travel), peak), (24, 43));
        assert!((arrivals[peak].get() - 0.4473).abs() < 5e-5);
        assert!((mean - 41.90).abs() < 0.005);
        assert!((total - 10.0).abs() < 1e-9);
    }

    #[test]
    fn a_repeated_pulse_is_the_sum_of_its_pulses() {
        let travel = Span::seconds_f64(47.0);
        let (cycle, model) = (80, Dispersion::default());
        let cyclic = model.cyclic_arrivals(&pulse(20, cycle), travel);
        let once = model.arrivals(&pulse(20, 20), travel, 50 * cycle);
        for (t, arrival) in cyclic.iter().enumerate() {
            let sum: Flow = once.iter().skip(t).step_by(cycle).copied().sum();
            assert!((arrival.get() - sum.get()).abs() < 1e-9, "second {t}");
        }
        assert_eq!(model.cyclic_arrivals(&[], travel), []);
    }

    #[test]
    fn without_dispersion_the_platoon_keeps_its_shape() {
        let rigid = Dispersion { alpha: 0.0, beta: 1.0 };
        let arrivals = rigid.cyclic_arrivals(&pulse(20, 60), Span::seconds_f64(50.0));
        assert_eq!(arrivals[9], Flow::veh_per_second(0.5));
        assert_eq!((arrivals[10], arrivals[49]), (Flow::ZERO, Flow::ZERO));
        assert_eq!(arrivals[50], Flow::veh_per_second(0.5));
    }
}
