//! What was compared, and what came out.

use super::markup::Markup;
use super::words::catalogue as text;
use super::words::{Language, SEEDS, SIGNALS, Verdict};
use super::{Report, SECTIONS, Variant, degrees, difference, quality};
use crate::{Measure, Paired, compare};

/// Title, what it is about, and the contents.
pub(super) fn header(m: &mut Markup, report: &Report<'_>) {
    let (scenario, lang) = (report.scenario, report.language);
    m.within("header", &[], |m| {
        m.element("h1", &[], lang.of(text::TITLE));
        m.element("p", &[("class", &"subtitle")], &scenario.title);
        let signals = lang.counted(scenario.signals.len(), SIGNALS);
        let seeds = lang.counted(report.chosen().runs.len(), SEEDS);
        let facts = lang.fill(text::FACTS, &[&lang.period(scenario), &signals, &seeds, &report.chosen_title()]);
        m.element("p", &[("class", &"facts")], facts);
        m.within("nav", &[("aria-label", &lang.of(text::CONTENTS))], |m| {
            m.within("ol", &[], |m| {
                for (id, heading) in SECTIONS {
                    m.within("li", &[], |m| m.element("a", &[("href", &format!("#{id}"))], lang.of(heading)));
                }
            });
        });
    });
}

/// The section.
pub(super) fn section(m: &mut Markup, report: &Report<'_>) {
    for warning in &report.warnings {
        m.element("p", &[("class", &"warning"), ("role", &"alert")], warning);
    }
    for &baseline in &report.baselines {
        headline(m, report, baseline);
    }
    m.paragraph(compared(report));
    validity(m, report);
    degrees::summary(m, report);
    quality::in_summary(m, report);
    levels(m, report);
    differences(m, report);
    difference::figure(m, report);
}

fn compared(report: &Report<'_>) -> String {
    let lang = report.language;
    let runs = report.chosen().runs.len();
    let due: f64 = report.chosen().runs.iter().map(|r| f64::from(r.measures.due)).sum::<f64>() / runs.max(1) as f64;
    let base: Vec<String> = report.baselines.iter().map(|&b| report.title(b)).collect();
    let against = if base.is_empty() { String::new() } else { lang.fill(text::HELD_AGAINST, &[&lang.listed(&base)]) };
    lang.fill(text::COMPARED, &[&report.chosen_title(), &against, &lang.number(due, 0), &lang.counted(runs, SEEDS)])
}

/// The result against one baseline: delay and stops, in sentences with their intervals.
fn headline(m: &mut Markup, report: &Report<'_>, baseline: usize) {
    let lang = report.language;
    let paired = report.compared(baseline);
    let of = |measure| paired.iter().find(|p| p.measure == measure);
    let verdict = of(Measure::Delay).map_or(Verdict::Open, |p| Verdict::of(&p.difference));
    m.within("div", &[("class", &format!("headline {}", verdict.class()))], |m| {
        let title = lang.fill(text::AGAINST_TITLE, &[&report.chosen_title(), &report.title(baseline)]);
        m.element("p", &[("class", &"strong")], title);
        for (measure, sentence) in [(Measure::Delay, text::DELAY_IS), (Measure::Stops, text::STOPS_ARE)] {
            if let Some(p) = of(measure) {
                m.paragraph(lang.fill(sentence, &[&outcome(lang, p)]));
            }
        }
    });
}

/// How a measure came out and how far it has changed, with its interval.
fn outcome(lang: Language, c: &Paired) -> String {
    let decimals = c.measure.label().decimals;
    let unit = if c.measure == Measure::Stops { "" } else { "\u{a0}s" };
    let now = lang.number(c.after.mean, decimals) + unit;
    let interval = lang.signed_interval(&c.difference, decimals) + unit;
    let change = lang.number(c.difference.mean.abs(), decimals) + unit;
    let goes = lang.of(if c.difference.mean <= 0.0 { text::LESS } else { text::MORE });
    let share = lang.percent(c.difference.mean / c.before.mean);
    match Verdict::of(&c.difference) {
        Verdict::Open => lang.fill(text::OUTCOME_OPEN, &[&now, &interval]),
        Verdict::None => lang.fill(text::OUTCOME_ONE_SEED, &[&now, &change, &share, &goes]),
        Verdict::Better | Verdict::Worse => lang.fill(text::OUTCOME, &[&now, &change, &share, &goes, &interval]),
    }
}

/// That delay is greater under a plan than under another, in a sentence.
pub(super) fn worse_warning(lang: Language, before: &Variant<'_>, after: &Variant<'_>) -> Option<String> {
    let delay = compare(&before.runs, &after.runs).into_iter().find(|p| p.measure == Measure::Delay)?;
    let interval = lang.signed_interval(&delay.difference, 1);
    let sure = match Verdict::of(&delay.difference) {
        Verdict::None => lang.of(text::NO_INTERVAL).into(),
        Verdict::Open => lang.fill(text::WORSE_OPEN, &[&interval]),
        Verdict::Better | Verdict::Worse => lang.fill(text::WORSE_SURE, &[&interval]),
    };
    let [was, is] = [delay.before.mean, delay.after.mean].map(|s| lang.number(s, 1));
    let [old, new] = [before, after].map(|v| lang.title(&v.title));
    (delay.difference.mean > 0.0).then(|| lang.fill(text::WARNING, &[&new, &old, &is, &was, &sure]))
}

/// Whether the runs can be trusted: nobody touched another, ran a red light or was lost.
fn validity(m: &mut Markup, report: &Report<'_>) {
    let lang = report.language;
    let runs = || report.variants.iter().flat_map(|v| &v.runs).map(|r| &r.measures);
    let overlaps: u64 = runs().map(|r| r.overlaps).sum();
    let people_hit: u64 = runs().map(|r| r.people_hit).sum();
    let red_runs: u64 = runs().map(|r| r.red_runs).sum();
    if overlaps + people_hit + red_runs == 0 {
        m.paragraph(lang.of(text::VALID));
    } else {
        let text = lang.fill(text::INVALID, &[&overlaps, &people_hit, &red_runs]);
        m.element("p", &[("class", &"warning"), ("role", &"alert")], text);
    }
}

fn levels(m: &mut Markup, report: &Report<'_>) {
    let lang = report.language;
    let order: Vec<usize> = report.baselines.iter().copied().chain([report.chosen]).collect();
    m.within("table", &[("class", &"levels")], |m| {
        let with = if report.chosen().runs.len() < 2 { text::WITHOUT_INTERVAL } else { text::WITH_INTERVAL };
        m.element("caption", &[], lang.fill(text::LEVELS, &[&lang.of(with)]));
        m.within("thead", &[], |m| {
            m.within("tr", &[], |m| {
                m.element("th", &[("scope", &"col")], lang.of(text::MEASURE));
                m.element("th", &[("scope", &"col")], lang.of(text::UNIT));
                for &v in &order {
                    let class = if v == report.chosen { "number chosen" } else { "number" };
                    m.element("th", &[("scope", &"col"), ("class", &class)], report.title(v));
                }
            });
        });
        m.within("tbody", &[], |m| {
            for measure in Measure::ALL {
                level_row(m, report, &order, measure);
            }
            arrived_row(m, report, &order);
        });
    });
}

fn level_row(m: &mut Markup, report: &Report<'_>, order: &[usize], measure: Measure) {
    let (label, lang) = (measure.label(), report.language);
    m.within("tr", &[], |m| {
        m.within("th", &[("scope", &"row")], |m| {
            m.text(lang.of(label.title));
            m.element("span", &[("class", &"interval")], lang.of(label.note));
        });
        m.element("td", &[], lang.of(label.unit));
        for &v in order {
            let level = report.variants[v].interval(measure);
            let class = if v == report.chosen { "number chosen" } else { "number" };
            m.within("td", &[("class", &class)], |m| {
                m.element("strong", &[], lang.number(level.mean, label.decimals));
                if level.low.is_finite() {
                    m.text(" ");
                    m.element("span", &[("class", &"interval")], lang.interval(&level, label.decimals));
                }
            });
        }
    });
}

fn arrived_row(m: &mut Markup, report: &Report<'_>, order: &[usize]) {
    let lang = report.language;
    m.within("tr", &[], |m| {
        m.element("th", &[("scope", &"row")], lang.of(text::ARRIVED));
        m.element("td", &[], "%");
        for &v in order {
            let runs = &report.variants[v].runs;
            let arrived: f64 = runs.iter().map(|r| f64::from(r.measures.arrived)).sum();
            let due: f64 = runs.iter().map(|r| f64::from(r.measures.due)).sum();
            let class = if v == report.chosen { "number chosen" } else { "number" };
            m.element("td", &[("class", &class)], lang.number(100.0 * arrived / due.max(1.0), 1));
        }
    });
}

fn differences(m: &mut Markup, report: &Report<'_>) {
    if report.baselines.is_empty() {
        return;
    }
    let lang = report.language;
    m.within("table", &[("class", &"differences")], |m| {
        m.element("caption", &[], lang.fill(text::DIFFERENCES, &[&report.chosen_title()]));
        m.within("thead", &[], |m| {
            m.within("tr", &[], |m| {
                let columns =
                    [text::AGAINST, text::MEASURE, text::DIFFERENCE, text::PER_CENT_INTERVAL, text::RELATIVE, text::VERDICT];
                for (i, column) in columns.into_iter().enumerate() {
                    let class = if (2..5).contains(&i) { "number" } else { "" };
                    m.element("th", &[("scope", &"col"), ("class", &class)], lang.of(column));
                }
            });
        });
        for &baseline in &report.baselines {
            let rows = report.compared(baseline);
            let title = report.title(baseline);
            m.within("tbody", &[], |m| {
                for (i, row) in rows.iter().enumerate() {
                    difference_row(m, lang, row, (i == 0).then_some((&title, rows.len())));
                }
            });
        }
    });
    let one = report.chosen().runs.len() < 2;
    m.paragraph(lang.of(if one { text::ONE_SEED_NOTE } else { text::INTERVAL_NOTE }));
}

fn difference_row(m: &mut Markup, lang: Language, c: &Paired, group: Option<(&String, usize)>) {
    let (label, verdict) = (c.measure.label(), Verdict::of(&c.difference));
    m.within("tr", &[], |m| {
        if let Some((title, rows)) = group {
            m.element("th", &[("scope", &"rowgroup"), ("rowspan", &rows)], title);
        }
        m.element("th", &[("scope", &"row")], lang.of(label.title));
        let difference = format!("{} {}", lang.signed(c.difference.mean, label.decimals), lang.of(label.unit));
        m.element("td", &[("class", &"number")], difference);
        m.element("td", &[("class", &"number")], lang.signed_interval(&c.difference, label.decimals));
        m.element("td", &[("class", &"number")], format!("{} %", lang.signed(100.0 * c.difference.mean / c.before.mean, 1)));
        m.element("td", &[("class", &verdict.class())], format!("{} {}", verdict.sign(), lang.of(verdict.word())));
    });
}
