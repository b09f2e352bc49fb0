//! What was compared, and what came out.

use super::markup::{Markup, number, signed};
use super::words::{Verdict, counted, interval, listed, percent, period, signed_interval};
use super::{Report, SECTIONS, degrees, difference};
use crate::{Measure, Paired};

/// Title, what it is about, and the contents.
pub(super) fn header(m: &mut Markup, report: &Report<'_>) {
    let scenario = report.scenario;
    m.within("header", &[], |m| {
        m.element("h1", &[], "Signal timing report");
        m.element("p", &[("class", &"subtitle")], &scenario.title);
        let period = period(scenario);
        let facts = format!(
            "Simulated period {period} · {} · {} · proposed plan: {}",
            counted(scenario.signals.len(), "signal"),
            counted(report.chosen().runs.len(), "seed"),
            report.chosen().title
        );
        m.element("p", &[("class", &"facts")], facts);
        m.within("nav", &[("aria-label", &"Contents")], |m| {
            m.within("ol", &[], |m| {
                for (id, heading) in SECTIONS {
                    m.within("li", &[], |m| m.element("a", &[("href", &format!("#{id}"))], heading));
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
    levels(m, report);
    differences(m, report);
    difference::figure(m, report);
}

fn compared(report: &Report<'_>) -> String {
    let runs = report.chosen().runs.len();
    let due: f64 = report.chosen().runs.iter().map(|r| f64::from(r.measures.due)).sum::<f64>() / runs.max(1) as f64;
    let base = report.baseline_titles();
    let against = if base.is_empty() { String::new() } else { format!(" It is held against {}.", listed(&base)) };
    format!(
        "The proposed plan is “{}”.{against} Every plan met the same vehicles and drivers at the same times (common random \
         numbers): {} vehicles on average in each of {}. Of every measure, less is better.",
        report.chosen().title,
        number(due, 0),
        counted(runs, "seed")
    )
}

/// The result against one baseline: delay and stops, in sentences with their intervals.
fn headline(m: &mut Markup, report: &Report<'_>, baseline: usize) {
    let paired = report.compared(baseline);
    let of = |measure| paired.iter().find(|p| p.measure == measure);
    let verdict = of(Measure::Delay).map_or(Verdict::Open, |p| Verdict::of(&p.difference));
    m.within("div", &[("class", &format!("headline {}", verdict.class()))], |m| {
        let (plan, base) = (&report.chosen().title, &report.variants[baseline].title);
        m.element("p", &[("class", &"strong")], format!("“{plan}” against “{base}”"));
        for (measure, subject) in [(Measure::Delay, "Delay per vehicle is"), (Measure::Stops, "Stops per vehicle are")] {
            if let Some(p) = of(measure) {
                m.paragraph(format!("{subject} {}", outcome(p)));
            }
        }
    });
}

/// How a measure came out and how far it has changed, with its interval.
fn outcome(c: &Paired) -> String {
    let decimals = c.measure.label().decimals;
    let unit = if c.measure == Measure::Stops { "" } else { "\u{a0}s" };
    let now = number(c.after.mean, decimals);
    let interval = signed_interval(&c.difference, decimals);
    let change = number(c.difference.mean.abs(), decimals);
    let goes = if c.difference.mean <= 0.0 { "less" } else { "more" };
    let share = percent(c.difference.mean / c.before.mean);
    match Verdict::of(&c.difference) {
        Verdict::Open => format!("{now}{unit}: no significant change (95\u{a0}% interval of the change {interval}{unit})."),
        Verdict::None => format!("{now}{unit}: {change}{unit} ({share}) {goes} with one seed, which gives no interval."),
        Verdict::Better | Verdict::Worse => {
            format!("{now}{unit}: {change}{unit} ({share}) {goes} (95\u{a0}% interval of the change {interval}{unit}).")
        }
    }
}

/// Whether the runs can be trusted: nobody touched another, ran a red light or was lost.
fn validity(m: &mut Markup, report: &Report<'_>) {
    let runs = || report.variants.iter().flat_map(|v| &v.runs).map(|r| &r.measures);
    let overlaps: u64 = runs().map(|r| r.overlaps).sum();
    let people_hit: u64 = runs().map(|r| r.people_hit).sum();
    let red_runs: u64 = runs().map(|r| r.red_runs).sum();
    if overlaps + people_hit + red_runs == 0 {
        m.paragraph("In no run did a vehicle touch another or anybody on foot, and in none was a stop line crossed on red.");
    } else {
        let text = format!(
            "These figures cannot be relied on: {overlaps} overlaps of vehicles, {people_hit} people on foot hit and {red_runs} \
             stop lines crossed on red were counted, and all must be 0."
        );
        m.element("p", &[("class", &"warning"), ("role", &"alert")], text);
    }
}

fn levels(m: &mut Markup, report: &Report<'_>) {
    let order: Vec<usize> = report.baselines.iter().copied().chain([report.chosen]).collect();
    m.within("table", &[("class", &"levels")], |m| {
        let one = report.chosen().runs.len() < 2;
        let with =
            if one { "with one seed, which gives no interval" } else { "mean over the seeds, with its 95 % confidence interval" };
        m.element("caption", &[], format!("Before and after: {with}"));
        m.within("thead", &[], |m| {
            m.within("tr", &[], |m| {
                m.element("th", &[("scope", &"col")], "Measure");
                m.element("th", &[("scope", &"col")], "Unit");
                for &v in &order {
                    let class = if v == report.chosen { "number chosen" } else { "number" };
                    m.element("th", &[("scope", &"col"), ("class", &class)], &report.variants[v].title);
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
    let label = measure.label();
    m.within("tr", &[], |m| {
        m.within("th", &[("scope", &"row")], |m| {
            m.text(label.title);
            m.element("span", &[("class", &"interval")], label.german);
        });
        m.element("td", &[], label.unit);
        for &v in order {
            let level = report.variants[v].interval(measure);
            let class = if v == report.chosen { "number chosen" } else { "number" };
            m.within("td", &[("class", &class)], |m| {
                m.element("strong", &[], number(level.mean, label.decimals));
                if level.low.is_finite() {
                    m.text(" ");
                    m.element("span", &[("class", &"interval")], interval(&level, label.decimals));
                }
            });
        }
    });
}

fn arrived_row(m: &mut Markup, report: &Report<'_>, order: &[usize]) {
    m.within("tr", &[], |m| {
        m.element("th", &[("scope", &"row")], "Arrived by the end, of those due");
        m.element("td", &[], "%");
        for &v in order {
            let runs = &report.variants[v].runs;
            let arrived: f64 = runs.iter().map(|r| f64::from(r.measures.arrived)).sum();
            let due: f64 = runs.iter().map(|r| f64::from(r.measures.due)).sum();
            let class = if v == report.chosen { "number chosen" } else { "number" };
            m.element("td", &[("class", &class)], number(100.0 * arrived / due.max(1.0), 1));
        }
    });
}

fn differences(m: &mut Markup, report: &Report<'_>) {
    if report.baselines.is_empty() {
        return;
    }
    m.within("table", &[("class", &"differences")], |m| {
        let caption = format!("Differences: “{}” less each baseline, paired by seed", report.chosen().title);
        m.element("caption", &[], caption);
        m.within("thead", &[], |m| {
            m.within("tr", &[], |m| {
                let columns = ["Against", "Measure", "Difference", "95 % interval", "Relative", "Verdict"];
                for (i, column) in columns.iter().enumerate() {
                    let class = if (2..5).contains(&i) { "number" } else { "" };
                    m.element("th", &[("scope", &"col"), ("class", &class)], column);
                }
            });
        });
        for &baseline in &report.baselines {
            let rows = report.compared(baseline);
            let title = &report.variants[baseline].title;
            m.within("tbody", &[], |m| {
                for (i, row) in rows.iter().enumerate() {
                    difference_row(m, row, (i == 0).then_some((title, rows.len())));
                }
            });
        }
    });
    m.paragraph(if report.chosen().runs.len() < 2 {
        "One seed gives no interval: whether a difference is more than chance cannot be told. Compare over several seeds."
    } else {
        "An interval clear of zero is a significant change: ▼ better (blue) is a decrease, ▲ worse (orange) an increase. ○ (grey) \
         means that the interval contains zero: the seeds cannot tell the plans apart."
    });
}

fn difference_row(m: &mut Markup, c: &Paired, group: Option<(&String, usize)>) {
    let (label, verdict) = (c.measure.label(), Verdict::of(&c.difference));
    m.within("tr", &[], |m| {
        if let Some((title, rows)) = group {
            m.element("th", &[("scope", &"rowgroup"), ("rowspan", &rows)], title);
        }
        m.element("th", &[("scope", &"row")], label.title);
        m.element("td", &[("class", &"number")], format!("{} {}", signed(c.difference.mean, label.decimals), label.unit));
        m.element("td", &[("class", &"number")], signed_interval(&c.difference, label.decimals));
        m.element("td", &[("class", &"number")], format!("{} %", signed(100.0 * c.difference.mean / c.before.mean, 1)));
        m.element("td", &[("class", &verdict.class())], format!("{} {}", verdict.sign(), verdict.word()));
    });
}
