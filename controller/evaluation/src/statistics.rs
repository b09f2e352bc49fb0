//! Means, intervals and paired differences.

use crate::runs::RunResult;
use serde::Serialize;
use sim::Measures;

/// A mean with its two-sided 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Mean.
    pub mean: f64,
    /// Standard deviation between the values.
    pub sd: f64,
    /// Lower end of the interval; minus infinity with fewer than two values.
    pub low: f64,
    /// Upper end of the interval; infinity with fewer than two values.
    pub high: f64,
}

impl Interval {
    /// Whether the interval is clear of zero.
    pub fn is_clear_of_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// Student's t: the value that 97.5 % lie below, by degrees of freedom.
///
/// Source: the table of any statistics text; above 30 the expansion of Cornish and Fisher to the second order.
fn t_quantile(degrees: usize) -> f64 {
    const TABLE: [f64; 30] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110,
        2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ];
    match degrees {
        0 => f64::INFINITY,
        1..=30 => TABLE[degrees - 1],
        _ => {
            let (z, n) = (1.959_964, degrees as f64);
            z + (z * z * z + z) / (4.0 * n) + (5.0 * z * z * z * z * z + 16.0 * z * z * z + 3.0 * z) / (96.0 * n * n)
        }
    }
}

/// Mean and 95 % interval of values.
pub fn interval(values: &[f64]) -> Interval {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n.max(1.0);
    let sd = (values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0).max(1.0)).sqrt();
    let half = if values.len() < 2 { f64::INFINITY } else { t_quantile(values.len() - 1) * sd / n.sqrt() };
    Interval { mean, sd, low: mean - half, high: mean + half }
}

/// Mean of values, and the interval in which the middle of what they are drawn from lies with at least 95 %, if it is as often
/// above as below by the same: that of Wilcoxon's signed-rank test, between means of two values each (Walsh averages).
///
/// One value far off, such as a run in which traffic locks, does not make it wide. With fewer than six values it is infinite.
/// Sources: Wilcoxon, Biometrics Bulletin 1 (1945) 80; Hodges, Lehmann, Ann. Math. Statist. 34 (1963) 598.
pub(crate) fn signed_rank_interval(values: &[f64]) -> Interval {
    let Interval { mean, sd, .. } = interval(values);
    let mut averages: Vec<f64> =
        values.iter().enumerate().flat_map(|(i, a)| values[i..].iter().map(move |b| f64::midpoint(*a, *b))).collect();
    averages.sort_by(f64::total_cmp);
    let left_out = ranks_left_out(values.len());
    match (left_out.checked_sub(1), averages.len().checked_sub(left_out)) {
        (Some(low), Some(high)) => Interval { mean, sd, low: averages[low], high: averages[high] },
        _ => Interval { mean, sd, low: f64::NEG_INFINITY, high: f64::INFINITY },
    }
}

/// The largest k for which fewer than k ranks in all are positive with at most 2.5 %, of so many values drawn evenly around zero.
fn ranks_left_out(count: usize) -> usize {
    let most = count * (count + 1) / 2;
    // In how many of all choices of signs the positive ranks sum up to each number, as a share.
    let mut shares = vec![0.0; most + 1];
    shares[0] = 1.0;
    for rank in 1..=count {
        for sum in (0..=most).rev() {
            let with = if sum >= rank { shares[sum - rank] } else { 0.0 };
            shares[sum] = f64::midpoint(shares[sum], with);
        }
    }
    let mut below = 0.0;
    shares
        .iter()
        .position(|share| {
            below += share;
            below > 0.025
        })
        .unwrap_or(0)
}

/// A measure that plans are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Time lost and departure delay per vehicle due.
    Delay,
    /// Stops per departed vehicle.
    Stops,
    /// Time standing per departed vehicle.
    Wait,
    /// Delay per person.
    PersonDelay,
    /// Carbon dioxide.
    Co2,
    /// Nitrogen oxides.
    Nox,
    /// Particles.
    Pm,
    /// Fuel burnt.
    Fuel,
    /// Energy out of batteries.
    Electricity,
}

impl Measure {
    /// Every measure, in the order of tables.
    pub const ALL: [Self; 9] =
        [Self::Delay, Self::Stops, Self::Wait, Self::PersonDelay, Self::Co2, Self::Nox, Self::Pm, Self::Fuel, Self::Electricity];

    /// Its value in a run.
    pub fn of(self, m: &Measures) -> f64 {
        match self {
            Self::Delay => m.delay_s,
            Self::Stops => m.stops_per_vehicle,
            Self::Wait => m.wait_s,
            Self::PersonDelay => m.person_delay_s,
            Self::Co2 => m.co2_kg,
            Self::Nox => m.nox_g,
            Self::Pm => m.pm_g,
            Self::Fuel => m.fuel_kg,
            Self::Electricity => m.electricity_kwh,
        }
    }

    /// Name and unit.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Delay => "delay [s/vehicle]",
            Self::Stops => "stops [1/vehicle]",
            Self::Wait => "waiting [s/vehicle]",
            Self::PersonDelay => "delay [s/person]",
            Self::Co2 => "CO2 [kg]",
            Self::Nox => "NOx [g]",
            Self::Pm => "particles [g]",
            Self::Fuel => "fuel [kg]",
            Self::Electricity => "electricity [kWh]",
        }
    }
}

/// One measure under two plans with the same seeds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Paired {
    /// The measure.
    pub measure: Measure,
    /// Under the first plan.
    pub before: Interval,
    /// Under the second.
    pub after: Interval,
    /// Second less first, seed by seed.
    pub difference: Interval,
}

/// Compares two plans that were run with the same seeds, measure by measure.
///
/// # Panics
/// When the seeds differ: the comparison would not be paired.
pub fn compare(before: &[RunResult], after: &[RunResult]) -> Vec<Paired> {
    assert!(before.iter().map(|r| r.seed).eq(after.iter().map(|r| r.seed)), "the same seeds under both plans");
    Measure::ALL
        .into_iter()
        .map(|measure| {
            let values = |runs: &[RunResult]| runs.iter().map(|r| measure.of(&r.measures)).collect::<Vec<f64>>();
            let (a, b) = (values(before), values(after));
            let difference: Vec<f64> = a.iter().zip(&b).map(|(a, b)| b - a).collect();
            Paired { measure, before: interval(&a), after: interval(&b), difference: interval(&difference) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_ranks_are_left_out_as_tables_of_the_signed_rank_test_say() {
        // Largest sums of ranks with at most 2.5 % on either side: 0, 2, 3, 5, 8, 29, 52 for 6, 7, 8, 9, 10, 16, 20 values.
        let known = [(5, 0), (6, 1), (7, 3), (8, 4), (9, 6), (10, 9), (16, 30), (20, 53)];
        assert!(known.iter().all(|&(count, left_out)| ranks_left_out(count) == left_out));
    }

    #[test]
    fn one_run_that_locks_does_not_hide_that_all_others_are_better() {
        let mut differences: Vec<f64> = (0..16).map(|i| -1.0 - 0.05 * f64::from(i)).collect();
        differences[7] = -250.0;
        assert!(interval(&differences).high > 0.0);
        let robust = signed_rank_interval(&differences);
        assert!(robust.high < -0.9 && robust.low > -130.0 && robust.mean < -15.0, "{robust:?}");
        let even: Vec<f64> = (0..16).map(|i| f64::from(i) - 7.5).collect();
        assert!(!signed_rank_interval(&even).is_clear_of_zero());
        assert!(!signed_rank_interval(&[-1.0; 5]).is_clear_of_zero() && signed_rank_interval(&[-1.0; 6]).is_clear_of_zero());
    }

    #[test]
    fn the_interval_is_students() {
        // Values 1 to 10: mean 5.5, standard deviation 3.0277, half width 2.262 * 3.0277 / sqrt(10) = 2.1657.
        let i = interval(&(1..=10).map(f64::from).collect::<Vec<_>>());
        assert!((i.mean - 5.5).abs() < 1e-12 && (i.high - 7.6657).abs() < 1e-3, "{i:?}");
        assert!(i.is_clear_of_zero());
        assert!(interval(&[3.0]).low.is_infinite());
    }

    #[test]
    fn the_quantile_goes_on_smoothly_beyond_the_table() {
        assert!((t_quantile(31) - 2.0395).abs() < 1e-3 && (t_quantile(1000) - 1.9623).abs() < 1e-3);
    }
}
