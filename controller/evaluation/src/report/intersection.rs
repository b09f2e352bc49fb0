//! Stages, timing plan, intergreens, changes and quality of service of every signal.

use super::markup::Markup;
use super::quality::{self, Figures};
use super::signal_plan::{Drawing, key};
use super::words::catalogue as text;
use super::words::{GROUPS, anchor, kind, signal_label, signal_title, signals_in_order};
use super::{Report, changes, degrees, intergreens, stages};
use model::id::SignalId;
use model::signal::SafePlan;

/// The section.
pub(super) fn section(m: &mut Markup, report: &Report<'_>) {
    let lang = report.language;
    if report.scenario.signals.is_empty() {
        m.paragraph(lang.of(text::NO_SIGNALS));
        return;
    }
    let figures = Figures::new(report);
    m.paragraph(lang.fill(text::PLANS_INTRO, &[&report.chosen_title(), &report.before_title()]));
    m.within("figure", &[("class", &"key")], |m| key(m, lang));
    m.paragraph(lang.of(text::STAGES_INTRO));
    m.paragraph(lang.of(text::MATRIX_INTRO));
    if figures.is_some() {
        m.paragraph(lang.of(text::STREAMS_NOTE));
    }
    overview(m, report);
    m.element("p", &[("class", &"small")], lang.of(text::DEGREE_NOTE));
    for signal in signals_in_order(report.scenario) {
        article(m, report, figures.as_ref(), signal);
    }
}

/// Cycle and offset of every signal under every plan, and its highest degree of saturation under the proposed one.
fn overview(m: &mut Markup, report: &Report<'_>) {
    let lang = report.language;
    let order: Vec<usize> = report.baselines.iter().copied().chain([report.chosen]).collect();
    m.within("table", &[("class", &"overview")], |m| {
        m.element("caption", &[], lang.of(text::OVERVIEW));
        m.within("thead", &[], |m| {
            m.within("tr", &[], |m| {
                m.element("th", &[("scope", &"col")], lang.of(text::COLUMN_SIGNAL));
                for &v in &order {
                    let class = if v == report.chosen { "number chosen" } else { "number" };
                    m.element("th", &[("scope", &"col"), ("class", &class)], report.title(v));
                }
                m.element("th", &[("scope", &"col"), ("class", &"number")], lang.of(text::DEGREE_COLUMN));
            });
        });
        m.within("tbody", &[], |m| {
            for id in signals_in_order(report.scenario) {
                overview_row(m, report, &order, id);
            }
        });
    });
}

fn overview_row(m: &mut Markup, report: &Report<'_>, order: &[usize], id: SignalId) {
    let (label, title) = (signal_label(report.scenario, id), signal_title(report.scenario, id));
    m.within("tr", &[], |m| {
        m.within("th", &[("scope", &"row")], |m| {
            m.element("a", &[("href", &format!("#{}", anchor(id)))], format!("{label} {title}"));
        });
        for &v in order {
            let plan = &report.variants[v].plans.plans[id];
            let class = if v == report.chosen { "number chosen" } else { "number" };
            let text = format!("{} / {}", plan.cycle().get(), plan.offset().get());
            m.element("td", &[("class", &class)], text);
        }
        degrees::cell(m, report, id);
    });
}

fn article(m: &mut Markup, report: &Report<'_>, figures: Option<&Figures<'_>>, id: SignalId) {
    let lang = report.language;
    let (label, title) = (signal_label(report.scenario, id), signal_title(report.scenario, id));
    let signal = &report.scenario.signals[id];
    let plan = &report.chosen().plans.plans[id];
    m.within("article", &[("class", &"intersection"), ("id", &anchor(id))], |m| {
        m.element("h3", &[], format!("{label} {title}"));
        m.element("p", &[("class", &"facts")], facts(report, &label, title, (id, plan)) + &degrees::in_words(report, id));
        m.within("figure", &[], |m| {
            stages::draw(m, lang, report.scenario, (id, title), plan);
            m.element("figcaption", &[], lang.of(text::STAGES_CAPTION));
        });
        m.within("figure", &[], |m| {
            let before = (!report.baselines.is_empty()).then(|| &report.before().plans.plans[id]);
            let drawing = Drawing {
                id: format!("{}-plan", anchor(id)),
                name: lang.fill(text::PLAN_NAME, &[&title]),
                signal,
                plan,
                before,
                language: lang,
            };
            drawing.draw(m);
        });
        changes::block(m, report, figures, id);
        if let Some(figures) = figures {
            quality::of_signal(m, figures, id);
        }
        intergreens::table(m, lang, signal);
        let source = lang.fill(text::GROUPS_SOURCE, &[&groups(report, id), &signal.source.trim_end_matches('.')]);
        m.element("p", &[("class", &"small")], source);
    });
}

fn facts(report: &Report<'_>, label: &str, title: &str, (id, plan): (SignalId, &SafePlan)) -> String {
    let (lang, name) = (report.language, &report.scenario.signals[id].name);
    let named = if name == title || name == label { String::new() } else { lang.fill(text::SIGNAL_NAMED, &[name]) };
    named + &lang.fill(text::SIGNAL_FACTS, &[&plan.cycle(), &plan.offset()])
}

/// Which groups shine for whom.
fn groups(report: &Report<'_>, id: SignalId) -> String {
    let lang = report.language;
    let groups = &report.scenario.signals[id].groups;
    let mut kinds: Vec<_> = groups.iter().map(|g| g.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let of = |k| {
        let count = groups.iter().filter(|g| g.kind == k).count();
        lang.fill(text::GROUPS_FOR, &[&lang.counted(count, GROUPS), &lang.of(kind(k))])
    };
    lang.listed(&kinds.into_iter().map(of).collect::<Vec<_>>())
}
