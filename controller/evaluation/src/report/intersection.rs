//! Timing plan, intergreens and changes of every signal.

use super::markup::Markup;
use super::signal_plan::{Drawing, key};
use super::words::{anchor, counted, kind, listed, signal_label, signal_title, signals_in_order};
use super::{Report, degrees, intergreens};
use model::id::SignalId;
use model::signal::SafePlan;

/// The section.
pub(super) fn section(m: &mut Markup, report: &Report<'_>) {
    if report.scenario.signals.is_empty() {
        m.paragraph("The scenario has no signals.");
        return;
    }
    m.paragraph(format!(
        "The timing plan (Signalzeitenplan) of every signal under “{}”. One cycle (Umlauf) from left to right; figures in the bars \
         are the seconds at which green begins and ends. Second 0 of a plan comes its offset (Versatzzeit) after the common zero \
         of all signals, which is midnight. “green” is the green time in a cycle, “change” the difference to “{}” in seconds.",
        report.chosen().title,
        report.before().title
    ));
    m.within("figure", &[("class", &"key")], key);
    m.paragraph(
        "In the intergreen matrices (Zwischenzeitenmatrizen) rows clear (räumend) and columns enter (einfahrend). An empty cell means that the two groups may show green together; a “b” marks groups that are \
         conditionally compatible (bedingt verträglich): one stream gives way to the other. Every plan was held against these \
         times second by second before it was simulated.",
    );
    overview(m, report);
    m.element(
        "p",
        &[("class", &"small")],
        "The degree of saturation (Auslastungsgrad) is that of the fullest lane under the proposed plan: flow over saturation flow \
         times the share of green. ▲ marks those above 0.95; above 1 more arrive than can leave.",
    );
    for signal in signals_in_order(report.scenario) {
        article(m, report, signal);
    }
}

/// Cycle and offset of every signal under every plan, and its highest degree of saturation under the proposed one.
fn overview(m: &mut Markup, report: &Report<'_>) {
    let order: Vec<usize> = report.baselines.iter().copied().chain([report.chosen]).collect();
    m.within("table", &[("class", &"overview")], |m| {
        m.element("caption", &[], "Cycle / offset of every signal in seconds, and highest degree of saturation");
        m.within("thead", &[], |m| {
            m.within("tr", &[], |m| {
                m.element("th", &[("scope", &"col")], "Signal");
                for &v in &order {
                    let class = if v == report.chosen { "number chosen" } else { "number" };
                    m.element("th", &[("scope", &"col"), ("class", &class)], &report.variants[v].title);
                }
                m.element("th", &[("scope", &"col"), ("class", &"number")], "Degree of saturation (group)");
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

fn article(m: &mut Markup, report: &Report<'_>, id: SignalId) {
    let (label, title) = (signal_label(report.scenario, id), signal_title(report.scenario, id));
    let signal = &report.scenario.signals[id];
    let plan = &report.chosen().plans.plans[id];
    m.within("article", &[("class", &"intersection"), ("id", &anchor(id))], |m| {
        m.element("h3", &[], format!("{label} {title}"));
        m.element("p", &[("class", &"facts")], facts(&signal.name, &label, title, plan) + &degrees::in_words(report, id));
        m.within("figure", &[], |m| {
            let before = (!report.baselines.is_empty()).then(|| &report.before().plans.plans[id]);
            let drawing = Drawing {
                id: format!("{}-plan", anchor(id)),
                name: format!("Signal timing plan of {title}"),
                signal,
                plan,
                before,
            };
            drawing.draw(m);
        });
        changes(m, report, id);
        intergreens::table(m, signal);
        m.element(
            "p",
            &[("class", &"small")],
            format!("{} Source: {}.", groups(report, id), signal.source.trim_end_matches('.')),
        );
    });
}

fn facts(name: &str, label: &str, title: &str, plan: &SafePlan) -> String {
    let name = if name == title || name == label { String::new() } else { format!("Signal {name} · ") };
    format!("{name}cycle (Umlaufzeit) {} · offset (Versatzzeit) {}", plan.cycle(), plan.offset())
}

/// Which groups shine for whom.
fn groups(report: &Report<'_>, id: SignalId) -> String {
    let groups = &report.scenario.signals[id].groups;
    let mut kinds: Vec<_> = groups.iter().map(|g| g.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let of = |k| counted(groups.iter().filter(|g| g.kind == k).count(), "group") + " for " + kind(k);
    format!("{}.", listed(&kinds.into_iter().map(of).collect::<Vec<_>>()))
}

fn changes(m: &mut Markup, report: &Report<'_>, id: SignalId) {
    if report.baselines.is_empty() {
        return;
    }
    m.within("ul", &[("class", &"changes")], |m| {
        for &baseline in &report.baselines {
            let base = &report.variants[baseline];
            m.within("li", &[], |m| {
                m.text(format!("Against “{}”: {}.", base.title, change(report, id, &base.plans.plans[id])));
            });
        }
    });
}

/// What has changed from one plan to the chosen one, in words.
fn change(report: &Report<'_>, id: SignalId, before: &SafePlan) -> String {
    let after = &report.chosen().plans.plans[id];
    let mut parts = Vec::new();
    if before.plan().cycle != after.plan().cycle {
        parts.push(format!("cycle {} → {}", before.cycle(), after.cycle()));
    }
    if before.offset() != after.offset() {
        parts.push(format!("offset {} → {}", before.offset(), after.offset()));
    }
    let groups = report.scenario.signals[id].groups.enumerate();
    let greens: Vec<String> = groups
        .filter_map(|(group, g)| {
            let (was, is) = (before.plan().green_time(group).get(), after.plan().green_time(group).get());
            (was != is).then(|| format!("{} {was} → {is} s", g.name))
        })
        .collect();
    if !greens.is_empty() {
        parts.push(format!("green {}", greens.join(", ")));
    } else if before.plan().greens == after.plan().greens {
        parts.push("green times unchanged".into());
    } else {
        parts.push("greens as long as before, moved within the cycle".into());
    }
    if before.plan() == after.plan() { "nothing changes".into() } else { parts.join("; ") }
}
