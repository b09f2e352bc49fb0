//! Words of the report: its texts in every language, and how things are called.

pub(super) mod catalogue;
mod language;

pub use language::Language;

use super::Report;
use crate::{Interval, Measure};
use catalogue as text;
use catalogue::Text;
use model::id::{Id, SignalId};
use model::network::Turn;
use model::scenario::Scenario;
use model::signal::GroupKind;
use model::time::DaySecond;

/// How a measure is called and shown.
pub(super) struct Label {
    /// Name.
    pub(super) title: Text,
    /// The German term, or what belongs to it.
    pub(super) note: Text,
    /// Unit.
    pub(super) unit: Text,
    /// Decimals.
    pub(super) decimals: usize,
}

impl Measure {
    pub(super) const fn label(self) -> Label {
        let (title, note, unit, decimals) = match self {
            Self::Delay => (text::DELAY, text::DELAY_NOTE, text::UNIT_S, 1),
            Self::Stops => (text::STOPS, text::STOPS_NOTE, text::UNIT_STOPS, 2),
            Self::Wait => (text::STANDING, text::STANDING_NOTE, text::UNIT_S, 1),
            Self::PersonDelay => (text::PERSON_DELAY, text::PERSON_DELAY_NOTE, text::UNIT_S, 1),
            Self::Co2 => (text::CO2, text::CO2_NOTE, text::UNIT_KG, 0),
            Self::Nox => (text::NOX, text::NOX_NOTE, text::UNIT_G, 0),
            Self::Pm => (text::PM, text::PM_NOTE, text::UNIT_G, 1),
            Self::Fuel => (text::FUEL, text::FUEL_NOTE, text::UNIT_KG, 1),
            Self::Electricity => (text::ELECTRICITY, text::ELECTRICITY_NOTE, text::UNIT_KWH, 1),
        };
        Label { title, note, unit, decimals }
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
    pub(super) const fn word(self) -> Text {
        match self {
            Self::Better => text::BETTER,
            Self::Open => text::OPEN,
            Self::Worse => text::WORSE,
            Self::None => text::NO_VERDICT,
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

impl Language {
    /// `low to high`, or that there is none, as with one seed.
    pub(super) fn interval(self, e: &Interval, decimals: usize) -> String {
        self.range(e, |v| self.number(v, decimals))
    }

    /// `low to high` of a difference, with signs, or that there is none.
    pub(super) fn signed_interval(self, e: &Interval, decimals: usize) -> String {
        self.range(e, |v| self.signed(v, decimals))
    }

    fn range(self, e: &Interval, shown: impl Fn(f64) -> String) -> String {
        if e.low.is_finite() && e.high.is_finite() {
            self.fill(text::RANGE, &[&shown(e.low), &shown(e.high)])
        } else {
            self.of(text::NONE).into()
        }
    }

    /// When is simulated, with the name of the period where it has one.
    pub(super) fn period(self, scenario: &Scenario) -> String {
        let name = scenario.period.as_ref().map_or_else(String::new, |name| format!("{name}, "));
        name + &self.fill(text::PERIOD, &[&clock(scenario.begin), &clock(scenario.end)])
    }
}

/// `signal`, `signals`.
pub(super) const SIGNALS: [Text; 2] = [text::SIGNAL, text::SIGNALS];
/// `seed`, `seeds`.
pub(super) const SEEDS: [Text; 2] = [text::SEED, text::SEEDS];
/// `group`, `groups`.
pub(super) const GROUPS: [Text; 2] = [text::GROUP, text::GROUPS];

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
pub(super) const fn kind(kind: GroupKind) -> Text {
    match kind {
        GroupKind::Vehicles => text::FOR_VEHICLES,
        GroupKind::Pedestrians => text::FOR_PEDESTRIANS,
        GroupKind::Cyclists => text::FOR_CYCLISTS,
        GroupKind::PublicTransport => text::FOR_TRANSIT,
    }
}

/// Where a movement turns.
pub(super) const fn turn(turn: Turn) -> Text {
    match turn {
        Turn::Left => text::LEFT,
        Turn::Straight => text::STRAIGHT,
        Turn::Right => text::RIGHT,
        Turn::UTurn => text::U_TURN,
    }
}

impl Report<'_> {
    /// The name of a plan for people.
    pub(super) fn title(&self, variant: usize) -> String {
        self.language.title(&self.variants[variant].title)
    }

    /// The name of the plan that is proposed.
    pub(super) fn chosen_title(&self) -> String {
        self.title(self.chosen)
    }

    /// The name of the plan of before.
    pub(super) fn before_title(&self) -> String {
        self.language.title(&self.before().title)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(Language::English.interval(&crate::interval(&[1.0]), 1), "none");
        let e = Interval { mean: -1.0, sd: 1.0, low: -2.0, high: 0.5 };
        assert_eq!(Language::English.signed_interval(&e, 1), "\u{2212}2.0 to +0.5");
        assert_eq!(Language::German.signed_interval(&e, 1), "\u{2212}2,0 bis +0,5");
    }
}
