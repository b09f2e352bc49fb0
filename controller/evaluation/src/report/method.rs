//! How the figures came about, what they rest on, and how to make them again.

use super::markup::Markup;
use super::words::catalogue::{self as text, Text};
use super::words::{Language, SIGNALS};
use super::{Report, RunOption};

/// The section on the method.
pub(super) fn section(m: &mut Markup, report: &Report<'_>) {
    let lang = report.language;
    steps(m, report);
    if !report.findings.is_empty() {
        m.element("h3", &[], lang.of(text::THIS_RUN));
        let note = lang.of(text::THIS_RUN_NOTE);
        if !note.is_empty() {
            m.paragraph(note);
        }
        let list: [(&str, &dyn std::fmt::Display); 1] = [("lang", &"en")];
        m.within("ul", &list, |m| report.findings.iter().for_each(|f| m.element("li", &[], f)));
    }
    m.element("h3", &[], lang.of(text::AGAIN));
    m.paragraph(lang.of(text::AGAIN_TEXT));
    m.within("pre", &[], |m| m.text(&report.manifest.command));
    facts(m, report);
}

fn steps(m: &mut Markup, report: &Report<'_>) {
    let searched = report.manifest.options.iter().any(|o| matches!(o, RunOption::SearchSeeds(_)));
    let bands = report.corridors.iter().any(|c| !c.sections.is_empty());
    let search = SEARCH.into_iter().filter(|step| searched && (bands || *step != GREEN_WAVES));
    let comparison = if searched { text::STEP_COMPARISON_TEXT } else { text::STEP_COMPARISON_ALONE_TEXT };
    m.within("ol", &[("class", &"steps")], |m| {
        for [name, text] in search.chain([[text::STEP_COMPARISON, comparison]]).chain(ALWAYS) {
            m.within("li", &[], |m| {
                m.element("strong", &[], report.language.of(name));
                m.text(" ");
                m.text(report.language.of(text));
            });
        }
    });
}

/// A step of the method: its name, and what is done.
type MethodStep = [Text; 2];

/// The step that is left out where no road has bands.
const GREEN_WAVES: MethodStep = [text::STEP_BANDS, text::STEP_BANDS_TEXT];

/// How the plan was found.
const SEARCH: [MethodStep; 4] = [
    [text::STEP_WEBSTER, text::STEP_WEBSTER_TEXT],
    GREEN_WAVES,
    [text::STEP_MODEL, text::STEP_MODEL_TEXT],
    [text::STEP_SIMULATION, text::STEP_SIMULATION_TEXT],
];

/// What holds of every report.
const ALWAYS: [MethodStep; 2] = [[text::STEP_SAFETY, text::STEP_SAFETY_TEXT], [text::STEP_MEASURES, text::STEP_MEASURES_TEXT]];

fn facts(m: &mut Markup, report: &Report<'_>) {
    let (manifest, scenario, lang) = (&report.manifest, report.scenario, report.language);
    let simulated = lang.fill(text::SIMULATED, &[&lang.period(scenario), &scenario.warm_up.get()]);
    let network = format!(
        "{}, {}, {}",
        lang.counted(scenario.network.links.len(), [text::LINK, text::LINKS]),
        lang.counted(scenario.network.intersections.len(), [text::INTERSECTION, text::INTERSECTIONS]),
        lang.counted(scenario.signals.len(), SIGNALS)
    );
    let named = |name: Text, value: String| (lang.of(name).to_owned(), value);
    let rows = [
        named(text::PROGRAM, format!("ampel {}", manifest.version)),
        named(text::SCENARIO, format!("{}: {}", scenario.name, scenario.title)),
        named(text::SCENARIO_HASH, manifest.scenario_hash.clone()),
        named(text::SIMULATED_PERIOD, simulated),
        named(text::NETWORK, network),
        named(text::COMPARISON_SEEDS, seeds(lang, &manifest.seeds)),
    ];
    let options: Vec<_> = manifest.options.iter().map(|o| option(lang, o)).collect();
    let inputs: Vec<_> = manifest.inputs.iter().map(|(file, hash)| (format!("{file}, BLAKE3"), hash.clone())).collect();
    m.within("table", &[("class", &"facts-table")], |m| {
        m.element("caption", &[], lang.of(text::WENT_IN));
        m.within("tbody", &[], |m| {
            for (name, value) in rows.iter().chain(&options).chain(&inputs) {
                m.within("tr", &[], |m| {
                    m.element("th", &[("scope", &"row")], name);
                    m.element("td", &[("class", &"wrap")], value);
                });
            }
        });
    });
}

/// Name and value of an option.
fn option(lang: Language, option: &RunOption) -> (String, String) {
    let (name, value) = match option {
        RunOption::SearchSeeds(list) => (text::SEARCH_SEEDS, seeds(lang, list)),
        RunOption::Updates(updates) => (text::EFFORT, lang.fill(text::EFFORT_VALUE, &[&(updates / 1_000_000)])),
        RunOption::Objective(sum) => (text::OBJECTIVE, lang.fill(text::OBJECTIVE_VALUE, &[sum])),
        RunOption::Step(seconds) => (text::TIME_STEP, lang.fill(text::TIME_STEP_VALUE, &[&lang.decimal(*seconds)])),
        RunOption::Demand(factor) => (text::DEMAND, lang.fill(text::DEMAND_VALUE, &[&lang.decimal(*factor)])),
    };
    (lang.of(name).into(), value)
}

/// `1 to 10` when they are consecutive, otherwise each.
fn seeds(lang: Language, seeds: &[u64]) -> String {
    match seeds {
        [first, .., last] if seeds.windows(2).all(|w| w[0].checked_add(1) == Some(w[1])) => {
            lang.fill(text::RANGE, &[first, last])
        }
        _ => lang.listed(&seeds.iter().map(ToString::to_string).collect::<Vec<_>>()),
    }
}

/// The section on assumptions, sources and attribution.
pub(super) fn sources(m: &mut Markup, report: &Report<'_>) {
    let lang = report.language;
    m.element("h3", &[], lang.of(text::ASSUMPTIONS));
    if report.assumptions.is_empty() {
        m.paragraph(lang.of(text::NO_ASSUMPTIONS));
    } else {
        m.paragraph(lang.of(text::ASSUMED));
        m.within("ul", &[("class", &"assumptions")], |m| report.assumptions.iter().for_each(|a| m.element("li", &[], a)));
    }
    m.element("h3", &[], lang.of(text::DATA));
    m.within("ul", &[], |m| {
        if !report.scenario.demand.source.is_empty() {
            m.element("li", &[], lang.fill(text::DATA_DEMAND, &[&report.scenario.demand.source]));
        }
        for variant in &report.variants {
            let title = lang.title(&variant.title);
            m.element("li", &[], lang.fill(text::DATA_PLAN, &[&title, &variant.name, &variant.plans.source]));
        }
        for (source, signals) in signal_sources(report) {
            m.element("li", &[], lang.fill(text::DATA_SIGNALS, &[&lang.counted(signals, SIGNALS), &source]));
        }
    });
    m.element("h3", &[], lang.of(text::LITERATURE));
    let literature = [
        "F. V. Webster: Traffic Signal Settings. Road Research Technical Paper 39, London 1958.",
        "J. D. C. Little, M. D. Kelson, N. H. Gartner: MAXBAND. Transportation Research Record 795, 1981.",
        "N. H. Gartner, C. Stamatiadis: Arterial-based control of traffic flow in urban grid networks. Mathematical and Computer Modelling 35, 2002.",
        "S. Coogan et al.: Offset optimization in signalized traffic networks via semidefinite relaxation. Transportation Research Part B 100, 2017.",
        "D. I. Robertson: TRANSYT, a traffic network study tool. RRL Report LR 253, Crowthorne 1969.",
        "H.-G. Beyer, B. Sendhoff: Simplify Your Covariance Matrix Adaptation Evolution Strategy. IEEE TEVC 21, 2017.",
        "Transportation Research Board: Highway Capacity Manual. Washington 2010.",
        "FGSV: Richtlinien für Lichtsignalanlagen (RiLSA); Handbuch für die Bemessung von Straßenverkehrsanlagen (HBS).",
        "M. Treiber, A. Kesting: Traffic Flow Dynamics. Springer 2013.",
    ];
    m.within("ul", &[], |m| literature.iter().for_each(|l| m.element("li", &[], l)));
    if !report.scenario.attribution.is_empty() {
        m.element("h3", &[], lang.of(text::ATTRIBUTION));
        m.paragraph(&report.scenario.attribution);
    }
}

/// Sources of the signals with how many have them, in order of their first signal.
fn signal_sources<'a>(report: &Report<'a>) -> Vec<(&'a str, usize)> {
    let mut sources: Vec<(&str, usize)> = Vec::new();
    for signal in &report.scenario.signals {
        match sources.iter_mut().find(|s| s.0 == signal.source) {
            Some(source) => source.1 += 1,
            None => sources.push((&signal.source, 1)),
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consecutive_seeds_are_a_range() {
        let words = |list: &[u64]| seeds(Language::English, list);
        assert_eq!((words(&[1, 2, 3]), words(&[1, 3]), words(&[7])), ("1 to 3".into(), "1 and 3".into(), "7".into()));
        assert_eq!(words(&[u64::MAX, 0]), format!("{} and 0", u64::MAX));
    }
}
