//! Names and units for people.

use super::Report;
use super::markup::{number, signed};
use crate::{Interval, Measure};
use model::id::{Id, SignalId};
use model::scenario::Scenario;
use model::signal::GroupKind;
use model::time::DaySecond;

/// How a measure is called and shown.
pub(super) struct Label {
    /// Name.
    pub(super) title: &'static str,
    /// The German term.
    pub(super) german: &'static str,
    /// Unit.
    pub(super) unit: &'static str,
    /// Decimals.
    pub(super) decimals: usize,
}

impl Measure {
    pub(super) const fn label(self) -> Label {
        let (title, german, unit, decimals) = match self {
            Self::Delay => ("Delay per vehicle", "Wartezeit nach HBS", "s", 1),
            Self::Stops => ("Stops per vehicle", "Halte", "stops", 2),
            Self::Wait => ("Standing per vehicle", "Standzeit", "s", 1),
            Self::PersonDelay => ("Delay per person", "Wartezeit je Person", "s", 1),
            Self::Co2 => ("Carbon dioxide", "CO₂, alle Fahrzeuge", "kg", 0),
            Self::Nox => ("Nitrogen oxides", "NOₓ, alle Fahrzeuge", "g", 0),
            Self::Pm => ("Particles", "Feinstaub, alle Fahrzeuge", "g", 1),
            Self::Fuel => ("Fuel", "Kraftstoff, alle Fahrzeuge", "kg", 1),
            Self::Electricity => ("Electricity", "Strom, alle Fahrzeuge", "kWh", 1),
        };
        Label { title, german, unit, decimals }
    }
}

/// What a difference with its interval says, of a measure of which less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Less than before, and the interval is clear of zero.
    Better,
    /// The interval contains zero.
    Open,
    /// More than before, and the interval is clear of zero.
    Worse,
    /// There is no interval: there was one seed.
    None,
}

impl Verdict {
    pub(super) fn of(difference: &Interval) -> Self {
        if !(difference.low.is_finite() && difference.high.is_finite()) {
            return Self::None;
        }
        match difference.is_clear_of_zero() {
            true if difference.high < 0.0 => Self::Better,
            true => Self::Worse,
            false => Self::Open,
        }
    }

    /// The word that stands beside the colour.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Open => "no significant change",
            Self::Worse => "worse",
            Self::None => "one seed: no verdict",
        }
    }

    /// The class of the style sheet.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Open | Self::None => "open",
            Self::Worse => "worse",
        }
    }

    /// A sign that needs no colour.
    pub(super) const fn sign(self) -> &'static str {
        match self {
            Self::Better => "▼",
            Self::Open => "○",
            Self::Worse => "▲",
            Self::None => "–",
        }
    }
}

/// `low to high`, or that there is none, as with one seed.
pub(super) fn interval(e: &Interval, decimals: usize) -> String {
    if e.low.is_finite() && e.high.is_finite() {
        format!("{} to {}", number(e.low, decimals), number(e.high, decimals))
    } else {
        "none".into()
    }
}

/// `low to high` of a difference, with signs, or that there is none.
pub(super) fn signed_interval(e: &Interval, decimals: usize) -> String {
    if e.low.is_finite() && e.high.is_finite() {
        format!("{} to {}", signed(e.low, decimals), signed(e.high, decimals))
    } else {
        "none".into()
    }
}

/// A share in per cent, without sign; number and sign stay on one line.
pub(super) fn percent(share: f64) -> String {
    format!("{}\u{a0}%", number(share.abs() * 100.0, 1))
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// `1 signal`, `2 signals`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// When is simulated, with the name of the period where it has one.
pub(super) fn period(scenario: &Scenario) -> String {
    let name = scenario.period.as_ref().map_or_else(String::new, |name| format!("{name}, "));
    format!("{name}{} to {}", clock(scenario.begin), clock(scenario.end))
}

/// `07:00`, or `07:00:30` where the seconds matter.
pub(super) fn clock(at: DaySecond) -> String {
    let text = at.to_string();
    text.strip_suffix(":00").map_or_else(|| text.clone(), String::from)
}

/// Names up to this length are labels in drawings; where one is longer, signals are numbered.
const SHORT: usize = 4;

fn names_are_short(scenario: &Scenario) -> bool {
    scenario.signals.iter().all(|s| s.name.chars().count() <= SHORT)
}

/// What a signal is called in every drawing and list: its name, or its number from 1 where names are long.
pub(super) fn signal_label(scenario: &Scenario, signal: SignalId) -> String {
    if names_are_short(scenario) { scenario.signals[signal].name.clone() } else { (signal.index() + 1).to_string() }
}

/// The id of a signal's part of the page.
pub(super) fn anchor(signal: SignalId) -> String {
    format!("signal-{}", signal.index() + 1)
}

/// The signals in the order of their labels.
pub(super) fn signals_in_order(scenario: &Scenario) -> Vec<SignalId> {
    let mut ids: Vec<SignalId> = scenario.signals.ids().collect();
    if names_are_short(scenario) {
        ids.sort_by(|&a, &b| scenario.signals[a].name.cmp(&scenario.signals[b].name));
    }
    ids
}

/// The name of a signal for people: the title of its first intersection that has one, otherwise its own name.
pub(super) fn signal_title(scenario: &Scenario, signal: SignalId) -> &str {
    let titles = scenario.network.intersections.iter().filter(|i| i.signal == Some(signal)).map(|i| i.title.as_str());
    titles.into_iter().find(|t| !t.is_empty()).unwrap_or(&scenario.signals[signal].name)
}

/// For whom a group shines, with its German letter.
pub(super) const fn kind(kind: GroupKind) -> &'static str {
    match kind {
        GroupKind::Vehicles => "vehicles (K)",
        GroupKind::Pedestrians => "people on foot (F)",
        GroupKind::Cyclists => "cyclists (R)",
        GroupKind::PublicTransport => "buses and trams (B, T)",
    }
}

impl Report<'_> {
    /// Titles of the baselines, in their order.
    pub(super) fn baseline_titles(&self) -> Vec<String> {
        self.baselines.iter().map(|&b| self.variants[b].title.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_like_sentences() {
        let words = |n: usize| listed(&["a", "b", "c"][..n].iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!((words(0), words(1), words(2), words(3)), (String::new(), "a".into(), "a and b".into(), "a, b and c".into()));
    }

    #[test]
    fn the_clock_shows_seconds_only_where_they_matter() {
        assert_eq!((clock(DaySecond(25_200)), clock(DaySecond(25_230))), ("07:00".into(), "07:00:30".into()));
    }

    #[test]
    fn an_interval_clear_of_zero_is_a_verdict() {
        let verdict = |low, high| Verdict::of(&Interval { mean: 0.0, sd: 1.0, low, high });
        assert_eq!(
            [verdict(-2.0, -1.0), verdict(-1.0, 1.0), verdict(1.0, 2.0)],
            [Verdict::Better, Verdict::Open, Verdict::Worse]
        );
        assert_eq!(verdict(f64::NEG_INFINITY, f64::INFINITY), Verdict::None);
    }

    #[test]
    fn one_seed_has_no_interval() {
        assert_eq!(interval(&crate::interval(&[1.0]), 1), "none");
        let e = Interval { mean: -1.0, sd: 1.0, low: -2.0, high: 0.5 };
        assert_eq!(signed_interval(&e, 1), "\u{2212}2.0 to +0.5");
    }
}
