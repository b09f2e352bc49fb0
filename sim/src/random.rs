//! Keyed random streams: no generator is shared, so one more draw for one flow or vehicle changes nothing for another.
//! Vehicles are numbered by the time they are due: another vehicle in the demand gives those after it other drivers.

use model::id::VehicleId;
use model::time::Tick;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Arrival times of a flow; the key is the flow.
    Arrivals = 1,
    /// Vehicle type and driver; the key is the vehicle.
    Driver = 2,
    /// Which trips travel, and how often, when the demand is multiplied; the key is the trip.
    Factor = 3,
    /// Whether a driver knows the travel times; the key is the vehicle.
    Choice = 4,
    /// Who comes to a crossing on foot; the key is twice the entry of the demand, one more for the other direction.
    Walking = 5,
    /// How long a vehicle stands at a stop; the key is the vehicle and the number of the call.
    Dwell = 21,
    /// What a broken detector reports; the key is the detector and the second.
    Fault = 22,
}

/// Chance within a step: one draw for each vehicle, the same whoever asks and in whatever order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chance {
    key: u64,
}

impl Chance {
    /// That of a tick under a seed.
    pub(crate) fn new(seed: u64, tick: Tick) -> Self {
        Self { key: mix(mix(seed) ^ tick.0) }
    }

    /// Uniform in [0, 1), with 53 random bits.
    pub(crate) fn uniform(self, vehicle: VehicleId) -> f64 {
        (mix(self.key ^ u64::from(vehicle.0)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A bijection of 64 bits in which every input bit moves every output bit: the step and the finaliser of `SplitMix64`.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Uniform and normal draws of one stream.
pub(crate) struct Draws(ChaCha8Rng);

/// The stream of a seed for a purpose and a key.
pub(crate) fn draws(seed: u64, stream: Stream, key: u64) -> Draws {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&(stream as u64).to_le_bytes());
    bytes[16..24].copy_from_slice(&key.to_le_bytes());
    Draws(ChaCha8Rng::from_seed(bytes))
}

impl Draws {
    /// Uniform in [0, 1), with 53 random bits.
    pub(crate) fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Exponential with mean 1.
    pub(crate) fn exponential(&mut self) -> f64 {
        -model::maths::ln(1.0 - self.uniform())
    }

    /// Standard normal. Source: Marsaglia's polar method.
    fn normal(&mut self) -> f64 {
        loop {
            let (u, v) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let s = u * u + v * v;
            if s > 0.0 && s < 1.0 {
                return u * (-2.0 * model::maths::ln(s) / s).sqrt();
            }
        }
    }

    /// Standard normal, drawn again beyond two deviations.
    pub(crate) fn normal_within_two(&mut self) -> f64 {
        loop {
            let z = self.normal();
            if z.abs() <= 2.0 {
                return z;
            }
        }
    }

    /// Log-normal with a mean above 0 and a deviation; exactly the mean where it does not deviate.
    pub(crate) fn log_normal(&mut self, mean: f64, deviation: f64) -> f64 {
        if mean <= 0.0 || deviation <= 0.0 {
            return mean;
        }
        let variation = deviation / mean;
        let variance = model::maths::ln(1.0 + variation * variation);
        model::maths::exp(model::maths::ln(mean) - 0.5 * variance + variance.sqrt() * self.normal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_depends_on_each_part_of_its_key() {
        let first = |seed, stream, key| draws(seed, stream, key).uniform();
        let one = first(1, Stream::Arrivals, 1);
        assert_eq!(one, first(1, Stream::Arrivals, 1));
        assert!(
            one != first(2, Stream::Arrivals, 1) && one != first(1, Stream::Driver, 1) && one != first(1, Stream::Arrivals, 2)
        );
    }

    #[test]
    fn chance_is_uniform_over_vehicles_and_ticks() {
        let n = 200_u32;
        let draws = (0..n).flat_map(|t| (0..n).map(move |v| Chance::new(3, Tick(u64::from(t))).uniform(VehicleId(v))));
        let draws: Vec<f64> = draws.collect();
        let mean = draws.iter().sum::<f64>() / f64::from(n * n);
        let neighbours: f64 = draws.windows(2).map(|w| (w[0] - 0.5) * (w[1] - 0.5)).sum::<f64>() / f64::from(n * n);
        assert!((mean - 0.5).abs() < 0.005 && neighbours.abs() < 0.002, "{mean} {neighbours}");
    }

    #[test]
    fn log_normal_draws_have_the_mean_and_the_deviation_that_were_asked_for() {
        let mut d = draws(7, Stream::Dwell, 0);
        let n = 100_000;
        let all: Vec<f64> = (0..n).map(|_| d.log_normal(20.0, 8.0)).collect();
        let mean = all.iter().sum::<f64>() / f64::from(n);
        let deviation = (all.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / f64::from(n)).sqrt();
        assert!((mean - 20.0).abs() < 0.1 && (deviation - 8.0).abs() < 0.2, "{mean} {deviation}");
        assert!(all.iter().all(|&x| x > 0.0) && d.log_normal(20.0, 0.0) == 20.0 && d.log_normal(0.0, 0.0) == 0.0);
    }

    #[test]
    fn draws_have_their_moments() {
        let mut d = draws(7, Stream::Driver, 0);
        let n = 20_000;
        let mean = (0..n).map(|_| d.exponential()).sum::<f64>() / f64::from(n);
        assert!((mean - 1.0).abs() < 0.03, "{mean}");
        let normal: Vec<f64> = (0..n).map(|_| d.normal_within_two()).collect();
        let (sum, squares) = normal.iter().fold((0.0, 0.0), |(s, q), x| (s + x, q + x * x));
        // Cut at two deviations, the standard deviation is 0.880.
        assert!((sum / f64::from(n)).abs() < 0.03 && ((squares / f64::from(n)).sqrt() - 0.880).abs() < 0.02);
    }
}
