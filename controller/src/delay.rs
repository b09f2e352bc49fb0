//! Mean delay at a signal in closed form: the yardsticks of the simulation.

use model::maths;
use model::quantity::{Flow, Span};

/// What one lane of a signal group can serve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LaneService {
    /// Cycle time C, above 0.
    pub cycle: Span,
    /// Effective green g, above 0 and at most the cycle.
    pub green: Span,
    /// Saturation flow s, above 0.
    pub saturation_flow: Flow,
}

impl LaneService {
    /// The share λ of the cycle that is green.
    pub fn green_share(self) -> f64 {
        self.green / self.cycle
    }

    /// Capacity: what passes when a queue never ends.
    pub fn capacity(self) -> Flow {
        self.saturation_flow * self.green_share()
    }

    /// The degree of saturation x that a flow makes.
    pub fn degree_of_saturation(self, flow: Flow) -> f64 {
        flow / self.capacity()
    }
}

/// Mean delay of random arrivals at a fixed-time signal, for a degree of saturation x in `[0, 1)`.
///
/// Uniform term, random term, and the correction found by simulation. `None` outside the range: the formula has no
/// value at saturation.
/// Source: Webster, Traffic signal settings, Road Research Technical Paper 39 (1958).
pub fn webster_delay(service: LaneService, x: f64) -> Option<Span> {
    if !(0.0..1.0).contains(&x) {
        return None;
    }
    let (c, lambda) = (service.cycle.seconds(), service.green_share());
    let uniform = c * (1.0 - lambda) * (1.0 - lambda) / (2.0 * (1.0 - lambda * x));
    let q = x * service.capacity().get();
    if q <= 0.0 {
        return Some(Span::seconds_f64(uniform));
    }
    let random = x * x / (2.0 * q * (1.0 - x));
    let correction = 0.65 * maths::pow(c / (q * q), 1.0 / 3.0) * maths::pow(x, 2.0 + 5.0 * lambda);
    Some(Span::seconds_f64(uniform + random - correction))
}

/// Parameters of the Highway Capacity Manual's control delay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ControlDelay {
    /// Length T of the period for which the flow lasts; 15 minutes.
    pub period: Span,
    /// Incremental delay factor k: 0.5 for fixed-time signals, down to 0.04 for actuated ones.
    pub incremental_factor: f64,
    /// Upstream filtering factor I: 1 for random arrivals, less behind another signal.
    pub filtering_factor: f64,
}

impl Default for ControlDelay {
    fn default() -> Self {
        Self { period: Span::seconds_f64(900.0), incremental_factor: 0.5, filtering_factor: 1.0 }
    }
}

impl ControlDelay {
    /// Incremental delay d2: what chance and excess add for a degree of saturation x of at least 0, without a queue at the
    /// beginning. The capacity is above 0.
    ///
    /// Source: Highway Capacity Manual (2000), ch. 16.
    pub fn incremental(self, capacity: Flow, x: f64) -> Span {
        let Self { period, incremental_factor: k, filtering_factor: i } = self;
        let (t, over) = (period.seconds(), x - 1.0);
        let vehicles = capacity.get() * t;
        Span::seconds_f64(t / 4.0 * (over + (over * over + 8.0 * k * i * x / vehicles).sqrt()))
    }
}

/// Mean control delay d1 + d2 for a degree of saturation x of at least 0, also above 1; no queue at the beginning.
///
/// Source: Highway Capacity Manual (2000), ch. 16, equations for uniform and incremental delay, progression factor 1.
pub fn control_delay(service: LaneService, parameters: ControlDelay, x: f64) -> Span {
    let x = x.max(0.0);
    let (c, lambda) = (service.cycle.seconds(), service.green_share());
    let uniform = if lambda < 1.0 { 0.5 * c * (1.0 - lambda) * (1.0 - lambda) / (1.0 - x.min(1.0) * lambda) } else { 0.0 };
    Span::seconds_f64(uniform) + parameters.incremental(service.capacity(), x)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service() -> LaneService {
        let (cycle, green) = (Span::seconds_f64(90.0), Span::seconds_f64(40.0));
        LaneService { cycle, green, saturation_flow: Flow::veh_per_h(1800.0) }
    }

    #[test]
    fn an_empty_road_waits_for_half_the_red_at_the_share_of_red() {
        // (1 - 4/9)^2 * 45
        let expected = 45.0 * 25.0 / 81.0;
        assert!((webster_delay(service(), 0.0).unwrap().seconds() - expected).abs() < 1e-9);
        assert!((control_delay(service(), ControlDelay::default(), 0.0).seconds() - expected).abs() < 1e-9);
    }

    #[test]
    fn webster_has_no_value_at_saturation() {
        assert_eq!(webster_delay(service(), 1.0), None);
        assert_eq!(webster_delay(service(), f64::NAN), None);
        assert_eq!(webster_delay(service(), -0.1), None);
    }

    #[test]
    fn an_overloaded_lane_waits_for_half_the_period_times_the_excess() {
        // Far above saturation d2 tends to T (x - 1) / 2.
        let delay = control_delay(service(), ControlDelay::default(), 2.0).seconds();
        assert!((delay - (25.0 + 450.0)).abs() < 5.0, "{delay}");
    }

    #[test]
    fn the_degree_of_saturation_is_flow_over_capacity() {
        assert!((service().degree_of_saturation(Flow::veh_per_h(400.0)) - 0.5).abs() < 1e-12);
    }
}
