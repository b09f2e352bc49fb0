//! Random arrivals, and a queue at a point that serves them: the picture of a lane behind the closed forms of delay.

use model::maths;

/// Numbers at random, evenly between 0 and 1, the same for the same key everywhere.
pub(super) struct Draws(blake3::OutputReader);

impl Draws {
    /// The draws of a purpose and a number.
    pub(super) fn of(purpose: &str, number: u64) -> Self {
        let mut key = blake3::Hasher::new();
        key.update(purpose.as_bytes()).update(&number.to_le_bytes());
        Self(key.finalize_xof())
    }

    /// The next one.
    pub(super) fn uniform(&mut self) -> f64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        (u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Moments at which vehicles arrive, in seconds from the beginning, sorted.
pub(super) struct Arrivals(Vec<f64>);

impl Arrivals {
    /// Arrivals at random with a mean flow in vehicles per second.
    pub(super) fn poisson(seed: u64, flow: f64, duration: f64) -> Self {
        let mut draws = Draws::of("arrivals", seed);
        let mut next = 0.0;
        let times = std::iter::from_fn(|| {
            next -= maths::ln(1.0 - draws.uniform()) / flow;
            (next < duration).then_some(next)
        });
        Self(times.collect())
    }

    /// The same, so many seconds later.
    pub(super) fn later(&self, seconds: f64) -> Self {
        Self(self.0.iter().map(|t| t + seconds).collect())
    }

    pub(super) fn times(&self) -> &[f64] {
        &self.0
    }
}

/// A queue at a point: vehicles leave one headway after another while it is green, and lose nothing else.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) cycle: f64,
    /// Effective green, from second 0 of the cycle.
    pub(super) green: f64,
    pub(super) headway: f64,
}

impl Point {
    /// Mean delay of those who arrive from `from` on, in seconds.
    pub(super) fn delay(self, arrivals: &Arrivals, from: f64) -> f64 {
        let (mut free, mut sum, mut count) = (0.0_f64, 0.0, 0.0_f64);
        for &at in &arrivals.0 {
            let mut leaves = at.max(free);
            let begin = (leaves / self.cycle).floor() * self.cycle;
            if leaves - begin >= self.green {
                leaves = begin + self.cycle;
            }
            free = leaves + self.headway;
            if at >= from {
                sum += leaves - at;
                count += 1.0;
            }
        }
        sum / count.max(1.0)
    }

    /// Mean delay over many days of a flow in vehicles per second.
    pub(super) fn mean_delay(self, flow: f64, warm_up: f64, duration: f64, days: u64) -> f64 {
        // Other days than those of the runs.
        let day = |n: u64| self.delay(&Arrivals::poisson(1_000_000 + n, flow, warm_up + duration), warm_up);
        (0..days).map(day).sum::<f64>() / days as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_come_at_their_rate() {
        let count = Arrivals::poisson(1, 0.25, 40_000.0).times().len() as f64;
        assert!((count - 10_000.0).abs() < 300.0, "{count}");
    }

    #[test]
    fn without_red_it_is_the_queue_of_one_server_with_a_constant_service() {
        // Pollaczek and Khinchin: x h / (2 (1 - x)) = 0.8 * 2 / 0.4 = 4 s.
        let point = Point { cycle: 60.0, green: 60.0, headway: 2.0 };
        let delay = point.mean_delay(0.4, 1000.0, 20_000.0, 50);
        assert!((delay - 4.0).abs() < 0.1, "{delay}");
    }

    #[test]
    fn a_lone_vehicle_waits_for_half_the_red_at_the_share_of_red() {
        let point = Point { cycle: 90.0, green: 40.0, headway: 2.0 };
        let delay = point.mean_delay(0.001, 0.0, 100_000.0, 60);
        assert!((delay - 50.0 * 50.0 / 180.0).abs() < 0.6, "{delay}");
    }
}
