//! Means over seeds with their 95 % confidence intervals.

/// A mean and its 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Lower end of the interval; minus infinity with fewer than two values.
    pub low: f64,
    /// Upper end of the interval; infinity with fewer than two values.
    pub high: f64,
}

impl Estimate {
    /// From independent values, by Student's t; of paired differences it is the paired t interval.
    pub fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n.max(1.0);
        if values.len() < 2 {
            return Self { mean, low: f64::NEG_INFINITY, high: f64::INFINITY };
        }
        let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
        let error = (squares / (n - 1.0) / n).sqrt();
        let half = student_t(values.len() - 1) * error;
        Self { mean, low: mean - half, high: mean + half }
    }

    /// What the interval says of a measure of which less is better.
    pub fn verdict(&self) -> Verdict {
        if self.high < 0.0 {
            Verdict::Better
        } else if self.low > 0.0 {
            Verdict::Worse
        } else {
            Verdict::Open
        }
    }
}

/// What a difference with its interval says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Less than before, and the interval is clear of zero.
    Better,
    /// The interval contains zero.
    Open,
    /// More than before, and the interval is clear of zero.
    Worse,
}

/// The 97.5 % quantile of Student's t.
///
/// Source: standard tables to 30 degrees of freedom; beyond, Fisher's expansion around the normal quantile, good to 1e-5.
fn student_t(degrees_of_freedom: usize) -> f64 {
    const TABLE: [f64; 30] = [
        12.706_205, 4.302_653, 3.182_446, 2.776_445, 2.570_582, 2.446_912, 2.364_624, 2.306_004, 2.262_157, 2.228_139, 2.200_985,
        2.178_813, 2.160_369, 2.144_787, 2.131_450, 2.119_905, 2.109_816, 2.100_922, 2.093_024, 2.085_963, 2.079_614, 2.073_873,
        2.068_658, 2.063_899, 2.059_539, 2.055_529, 2.051_831, 2.048_407, 2.045_230, 2.042_272,
    ];
    if let Some(&t) = degrees_of_freedom.checked_sub(1).and_then(|i| TABLE.get(i)) {
        return t;
    }
    let (z, n) = (1.959_964, degrees_of_freedom.max(1) as f64);
    let (z3, z5) = (z * z * z, z * z * z * z * z);
    let first = (z3 + z) / 4.0;
    let second = (5.0 * z5 + 16.0 * z3 + 3.0 * z) / 96.0;
    let third = (3.0 * z5 * z * z + 19.0 * z5 + 17.0 * z3 - 15.0 * z) / 384.0;
    z + first / n + second / (n * n) + third / (n * n * n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_students_t() {
        // Mean 3, deviation sqrt(2.5), error sqrt(0.5), t(4) = 2.776445.
        let e = Estimate::of(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(e.mean, 3.0);
        assert!((e.high - 3.0 - 2.776_445 * 0.5_f64.sqrt()).abs() < 1e-6 && (e.low + e.high - 6.0).abs() < 1e-9);
    }

    #[test]
    fn one_value_says_nothing_about_its_spread() {
        let e = Estimate::of(&[-3.0]);
        assert_eq!((e.mean, e.verdict()), (-3.0, Verdict::Open));
    }

    #[test]
    fn the_quantile_goes_on_smoothly_after_the_table() {
        assert!((student_t(31) - 2.039_513).abs() < 1e-5 && (student_t(120) - 1.979_930).abs() < 1e-5);
    }

    #[test]
    fn an_interval_clear_of_zero_is_a_verdict() {
        let verdict = |low, high| Estimate { mean: 0.0, low, high }.verdict();
        assert_eq!(
            (verdict(-2.0, -1.0), verdict(-1.0, 1.0), verdict(1.0, 2.0)),
            (Verdict::Better, Verdict::Open, Verdict::Worse)
        );
    }
}
