//! The intergreen matrix (Zwischenzeitenmatrix) of one signal as a table: rows clear, columns enter.

use super::markup::Markup;
use super::words::Language;
use super::words::catalogue as text;
use model::signal::{Grade, Signal};

/// The table.
pub(super) fn table(m: &mut Markup, lang: Language, signal: &Signal) {
    m.within("table", &[("class", &"matrix")], |m| {
        m.element("caption", &[], lang.of(text::INTERGREENS));
        m.within("thead", &[], |m| {
            m.within("tr", &[], |m| {
                m.element("th", &[("scope", &"col")], lang.of(text::CLEARS_ENTERS));
                for group in &signal.groups {
                    m.element("th", &[("scope", &"col")], &group.name);
                }
            });
        });
        m.within("tbody", &[], |m| {
            for (clearing, group) in signal.groups.enumerate() {
                m.within("tr", &[], |m| {
                    m.element("th", &[("scope", &"row")], &group.name);
                    for entering in signal.groups.ids() {
                        let conditional = signal.grades[(clearing, entering)] == Grade::Conditional;
                        let class = match (clearing == entering, conditional) {
                            (true, _) => "self",
                            (_, true) => "conditional",
                            _ => "",
                        };
                        let time = signal.intergreens[(clearing, entering)].map(|s| s.get().to_string());
                        let mark = if conditional { "b" } else { "" };
                        m.element("td", &[("class", &class)], format!("{}{mark}", time.unwrap_or_default()));
                    }
                });
            }
        });
    });
}
