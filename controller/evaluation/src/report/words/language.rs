//! The languages of the report: texts, numbers and lists in each.

use super::super::markup;
use super::catalogue::{self, Text};
use std::fmt::Display;

/// A language of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English, with the German terms.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// The code of the language, as HTML has it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// A text.
    pub(in crate::report) const fn of(self, text: Text) -> &'static str {
        match self {
            Self::English => text.en,
            Self::German => text.de,
        }
    }

    /// A text with what is filled in.
    pub(in crate::report) fn fill(self, text: Text, values: &[&dyn Display]) -> String {
        let mut out = String::new();
        let mut rest = self.of(text);
        while let Some((before, after)) = rest.split_once('{') {
            let (index, end) = after.split_once('}').expect("a place to fill is closed");
            let index: usize = index.parse().expect("a place to fill is a number");
            out += before;
            out += &values[index].to_string();
            rest = end;
        }
        out + rest
    }

    /// A number for people: that many decimals, a true minus sign, `–` for what is not a number.
    pub(in crate::report) fn number(self, value: f64, decimals: usize) -> String {
        self.with_mark(markup::number(value, decimals))
    }

    /// The same, always with its sign, but for zero.
    pub(in crate::report) fn signed(self, value: f64, decimals: usize) -> String {
        self.with_mark(markup::signed(value, decimals))
    }

    /// A number with as many decimals as it has.
    pub(in crate::report) fn decimal(self, value: f64) -> String {
        self.with_mark(value.to_string())
    }

    fn with_mark(self, number: String) -> String {
        match self {
            Self::English => number,
            Self::German => number.replace('.', ","),
        }
    }

    /// A share in per cent, without sign; number and sign stay on one line.
    pub(in crate::report) fn percent(self, share: f64) -> String {
        format!("{}\u{a0}%", self.number(share.abs() * 100.0, 1))
    }

    /// `a`, `a and b`, `a, b and c`.
    pub(in crate::report) fn listed(self, items: &[String]) -> String {
        match items {
            [] => String::new(),
            [one] => one.clone(),
            [head @ .., last] => format!("{}{}{last}", head.join(", "), self.of(catalogue::AND)),
        }
    }

    /// `1 signal`, `2 signals`.
    pub(in crate::report) fn counted(self, count: usize, [one, many]: [Text; 2]) -> String {
        format!("{count} {}", self.of(if count == 1 { one } else { many }))
    }

    /// A title that the program itself gave a plan or a direction, in this language; any other as it is.
    pub(in crate::report) fn title(self, title: &str) -> String {
        if let Some(text) = TITLES.iter().find(|t| t.en == title) {
            return self.of(*text).into();
        }
        let (before, after) = catalogue::PLAN_OWN.en.split_once("{0}").expect("the plan's name is filled in");
        match title.strip_prefix(before).and_then(|t| t.strip_suffix(after)) {
            Some(name) => self.fill(catalogue::PLAN_OWN, &[&name]),
            None => title.into(),
        }
    }
}

/// Titles that the program gives.
const TITLES: [Text; 11] = {
    use catalogue::{
        ANTICLOCKWISE, CLOCKWISE, PLAN_BANDS, PLAN_COMMON, PLAN_PLATOONS, PLAN_WEBSTER, REFINED_BANDS, REFINED_COMMON,
        REFINED_EACH, REFINED_OWN, REFINED_PLATOONS,
    };
    [
        PLAN_WEBSTER,
        PLAN_BANDS,
        PLAN_COMMON,
        PLAN_PLATOONS,
        REFINED_BANDS,
        REFINED_COMMON,
        REFINED_EACH,
        REFINED_OWN,
        REFINED_PLATOONS,
        CLOCKWISE,
        ANTICLOCKWISE,
    ]
};

#[cfg(test)]
mod tests {
    use super::super::catalogue::ALL;
    use super::*;
    use std::collections::BTreeSet;

    /// The places to fill in a text.
    fn places(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).map(|t| t.split_once('}').expect("closed").0).collect()
    }

    #[test]
    fn every_text_has_a_translation_with_the_same_places_to_fill() {
        // What is the same in both languages: symbols, units, patterns.
        const ALIKE: [&str; 8] =
            ["UNIT_S", "UNIT_KG", "UNIT_G", "UNIT_KWH", "CO2_NOTE", "NOX_NOTE", "STREAM_NAME", "TIME_STEP_VALUE"];
        assert!(ALL.len() > 250, "{}", ALL.len());
        for (name, text) in ALL {
            assert_eq!(places(text.en), places(text.de), "{name}");
            assert!(!text.de.trim().is_empty(), "{name}");
            assert!(text.en != text.de || ALIKE.contains(name), "{name}: {}", text.en);
        }
    }

    #[test]
    fn texts_are_filled_in_the_order_of_each_language() {
        let filled = |language: Language| language.fill(catalogue::OUTCOME_OPEN, &[&"1", &"2"]);
        assert!(filled(Language::English).starts_with("1: no") && filled(Language::German).starts_with("1; keine"));
    }

    #[test]
    fn german_has_a_decimal_comma() {
        assert_eq!((Language::German.number(-1.25, 1), Language::English.number(1.25, 1)), ("\u{2212}1,2".into(), "1.2".into()));
        assert_eq!((Language::German.percent(-0.125), Language::German.signed(3.0, 1)), ("12,5\u{a0}%".into(), "+3,0".into()));
    }

    #[test]
    fn lists_read_like_sentences() {
        let words =
            |n: usize| Language::English.listed(&["a", "b", "c"][..n].iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!((words(0), words(1), words(2), words(3)), (String::new(), "a".into(), "a and b".into(), "a, b and c".into()));
    }

    #[test]
    fn titles_of_the_program_are_translated_and_others_are_not() {
        assert_eq!(Language::German.title("clockwise"), "im Uhrzeigersinn");
        assert_eq!(Language::German.title("the scenario’s own plan (plain)"), "Programm des Szenarios (plain)");
        assert_eq!((Language::German.title("Wave"), Language::English.title("clockwise")), ("Wave".into(), "clockwise".into()));
    }
}
