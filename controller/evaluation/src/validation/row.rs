//! A row of the acceptance table.

use crate::statistics::Interval;
use serde::Serialize;

/// What a row's figure ought to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Target {
    /// The figure of the source, where it is one figure.
    pub value: Option<f64>,
    /// Lowest that passes; none where there is no bound.
    pub low: Option<f64>,
    /// Highest that passes; none where there is no bound.
    pub high: Option<f64>,
}

impl Target {
    /// Nothing is asked: the figure is reported.
    pub const NONE: Self = Self { value: None, low: None, high: None };

    /// A figure that is reported beside the actual one.
    pub fn value(value: f64) -> Self {
        Self { value: Some(value), ..Self::NONE }
    }

    /// A figure with an absolute tolerance.
    pub fn about(value: f64, tolerance: f64) -> Self {
        Self { value: Some(value), low: Some(value - tolerance), high: Some(value + tolerance) }
    }

    /// A figure with a tolerance that is a share of it.
    pub fn within(value: f64, share: f64) -> Self {
        Self::about(value, (value * share).abs())
    }

    /// Anything between two ends.
    pub fn between(low: f64, high: f64) -> Self {
        Self { value: None, low: Some(low), high: Some(high) }
    }

    /// At most this.
    pub fn at_most(high: f64) -> Self {
        Self { value: None, low: None, high: Some(high) }
    }

    /// At least this.
    pub fn at_least(low: f64) -> Self {
        Self { value: None, low: Some(low), high: None }
    }

    fn is_none(self) -> bool {
        self.low.is_none() && self.high.is_none()
    }

    fn admits(self, actual: f64) -> bool {
        actual.is_finite() && self.low.is_none_or(|low| actual >= low) && self.high.is_none_or(|high| actual <= high)
    }

    /// The figure that is asked for, in words.
    pub fn figure(self, digits: usize) -> String {
        match self {
            Self { value: Some(value), .. } => format!("{value:.digits$}"),
            Self { low: Some(low), high: Some(high), .. } => format!("{low:.digits$} to {high:.digits$}"),
            Self { low: Some(low), .. } => format!("at least {low:.digits$}"),
            Self { high: Some(high), .. } => format!("at most {high:.digits$}"),
            Self { .. } => "reported".into(),
        }
    }

    /// The tolerance, in words; empty where the target is a range.
    pub fn tolerance(self, digits: usize) -> String {
        let half = self.value.zip(self.high).map(|(value, high)| high - value);
        half.map_or_else(String::new, |half| format!("±{half:.digits$}"))
    }
}

/// How a row has come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Within the tolerance.
    Met,
    /// Outside the tolerance, and nobody has said why.
    Missed,
    /// Outside the tolerance; the row says why.
    Explained,
    /// No target: the figure is told.
    Reported,
    /// Not measured; the row says why.
    NotRun,
}

impl Verdict {
    /// The word of tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::Explained => "explained",
            Self::Reported => "reported",
            Self::NotRun => "not run",
        }
    }
}

/// A row of the acceptance table: what was measured against what it ought to be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Number of the test, as `V1`.
    pub id: &'static str,
    /// What is measured, and how.
    pub what: String,
    /// Unit of target and actual figure; empty for counts and ratios.
    pub unit: &'static str,
    /// What it ought to be, with its tolerance.
    pub target: Target,
    /// What the simulation does; none where it was not run.
    pub actual: Option<f64>,
    /// Half the 95 % interval of the actual figure over seeds or cycles, where there are several.
    pub half_width: Option<f64>,
    /// Digits behind the point that mean something.
    pub digits: usize,
    /// How it has come out.
    pub verdict: Verdict,
    /// Where the target comes from.
    pub source: &'static str,
    /// More figures behind the actual one; may be empty.
    pub figures: String,
    /// Why the row misses or was not run; empty where nothing needs to be said.
    pub explanation: String,
}

impl Row {
    /// Whether it counts what must never happen, so that a miss makes every run invalid.
    pub fn is_law(&self) -> bool {
        self.id == "V11"
    }

    /// A row that is measured.
    pub(super) fn measured(id: &'static str, what: impl Into<String>, unit: &'static str, target: Target, actual: f64) -> Self {
        let verdict = match target {
            t if t.is_none() => Verdict::Reported,
            t if t.admits(actual) => Verdict::Met,
            _ => Verdict::Missed,
        };
        Self {
            id,
            what: what.into(),
            unit,
            target,
            actual: Some(actual),
            half_width: None,
            digits: 2,
            verdict,
            source: "",
            figures: String::new(),
            explanation: String::new(),
        }
    }

    /// A row whose actual figure is the mean of an interval.
    pub(super) fn mean(id: &'static str, what: impl Into<String>, unit: &'static str, target: Target, actual: Interval) -> Self {
        let half = actual.high - actual.mean;
        Self { half_width: half.is_finite().then_some(half), ..Self::measured(id, what, unit, target, actual.mean) }
    }

    /// The same row with the cause why it misses. The cause is that of figures between two ends only: when the figure
    /// moves away from them, the row misses without an explanation again.
    pub(super) fn explained(self, (low, high): (f64, f64), cause: &str) -> Self {
        let known = self.verdict == Verdict::Missed && self.actual.is_some_and(|a| (low..=high).contains(&a));
        if known { Self { verdict: Verdict::Explained, explanation: cause.into(), ..self } } else { self }
    }

    /// A row that cannot be measured, and why.
    pub(super) fn not_run(id: &'static str, what: impl Into<String>, why: impl Into<String>) -> Self {
        let row = Self::measured(id, what, "", Target::NONE, f64::NAN);
        Self { actual: None, verdict: Verdict::NotRun, explanation: why.into(), ..row }
    }

    /// The same row with digits behind the point.
    pub(super) fn digits(self, digits: usize) -> Self {
        Self { digits, ..self }
    }

    /// The same row with its source.
    pub(super) fn source(self, source: &'static str) -> Self {
        Self { source, ..self }
    }

    /// The same row with more figures.
    pub(super) fn figures(self, figures: impl Into<String>) -> Self {
        Self { figures: figures.into(), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(target: Target, actual: f64) -> Verdict {
        Row::measured("V1", "headway", "s", target, actual).verdict
    }

    #[test]
    fn a_row_passes_within_its_tolerance_and_not_outside() {
        assert_eq!(verdict(Target::about(1.8, 0.09), 1.88), Verdict::Met);
        assert_eq!(verdict(Target::about(1.8, 0.09), 1.90), Verdict::Missed);
        assert_eq!(verdict(Target::at_most(0.0), 1.0), Verdict::Missed);
        assert_eq!(verdict(Target::at_least(0.0), -0.1), Verdict::Missed);
        assert_eq!(verdict(Target::within(10.0, 0.1), f64::NAN), Verdict::Missed);
        assert_eq!(verdict(Target::NONE, 7.0), Verdict::Reported);
    }

    #[test]
    fn an_explanation_holds_for_the_figures_that_it_is_about() {
        let row = |actual| Row::measured("V1", "headway", "s", Target::about(1.8, 0.1), actual).explained((2.0, 2.1), "a cause");
        assert_eq!([1.8, 2.05, 2.2].map(|a| row(a).verdict), [Verdict::Met, Verdict::Explained, Verdict::Missed]);
        assert_eq!([1.8, 2.05, 2.2].map(|a| row(a).explanation), ["", "a cause", ""]);
    }

    #[test]
    fn a_target_reads_as_one_would_say_it() {
        assert_eq!((Target::about(1.8, 0.09).figure(2), Target::about(1.8, 0.09).tolerance(2)), ("1.80".into(), "±0.09".into()));
        assert_eq!(Target::between(1.5, 2.5).figure(1), "1.5 to 2.5");
        assert_eq!(Target::at_most(0.0).figure(0), "at most 0");
    }
}
