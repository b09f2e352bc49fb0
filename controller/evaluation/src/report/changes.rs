//! What changes at a signal, and the figures that go with it.

use super::Report;
use super::degrees::degree;
use super::markup::Markup;
use super::quality::{Figures, approach_name, shares_on_green};
use super::stages::{order, sequence};
use super::words::Language;
use super::words::catalogue::{self as text, Text};
use model::id::{GroupId, SignalId};
use model::signal::{Aspect, GroupKind, SafePlan, Signal};
use model::time::Seconds;
use std::collections::BTreeSet;

/// Changes of a share of green below this are not told, in parts of the cycle.
const NOTICEABLE: f64 = 0.02;
/// So many groups are told of.
const GROUPS: usize = 3;

/// The block of a signal: before and after, the reasons, and the other baselines in a line each.
pub(super) fn block(m: &mut Markup, report: &Report<'_>, figures: Option<&Figures<'_>>, id: SignalId) {
    if report.baselines.is_empty() {
        return;
    }
    let lang = report.language;
    table(m, report, id);
    m.within("ul", &[("class", &"changes")], |m| {
        for reason in reasons(report, figures, id) {
            m.element("li", &[], reason);
        }
        for &baseline in &report.baselines[1..] {
            let change = against(report, id, &report.variants[baseline].plans.plans[id]);
            m.element("li", &[], lang.fill(text::AGAINST_BASELINE, &[&report.title(baseline), &change]));
        }
    });
}

fn plans<'a>(report: &'a Report<'_>, id: SignalId) -> [&'a SafePlan; 2] {
    [report.before(), report.chosen()].map(|v| &v.plans.plans[id])
}

fn table(m: &mut Markup, report: &Report<'_>, id: SignalId) {
    let lang = report.language;
    let signal = &report.scenario.signals[id];
    let both = plans(report, id);
    let rows = [
        (text::CYCLE, both.map(|p| p.cycle().get().to_string())),
        (text::OFFSET, both.map(|p| p.offset().get().to_string())),
        (text::STAGE_ORDER, both.map(|p| order(&sequence(signal, p)))),
        (text::SPLITS, both.map(|p| splits(signal, p))),
    ];
    m.within("table", &[("class", &"changed")], |m| {
        m.element("caption", &[], lang.fill(text::CHANGED, &[&report.before_title(), &report.chosen_title()]));
        m.within("thead", &[], |m| {
            m.within("tr", &[], |m| {
                m.element("th", &[("scope", &"col")], "");
                for column in [text::BEFORE, text::AFTER] {
                    m.element("th", &[("scope", &"col")], lang.of(column));
                }
            });
        });
        m.within("tbody", &[], |m| {
            for (name, [before, after]) in &rows {
                m.within("tr", &[], |m| {
                    m.element("th", &[("scope", &"row")], lang.of(*name));
                    m.element("td", &[], before);
                    m.element("td", &[("class", &if before == after { "" } else { "chosen" })], after);
                });
            }
        });
    });
}

/// Whether a group is for vehicles on the road.
fn drives(kind: GroupKind) -> bool {
    matches!(kind, GroupKind::Vehicles | GroupKind::PublicTransport)
}

/// `K1 30, K2 12`.
fn splits(signal: &Signal, plan: &SafePlan) -> String {
    let groups = signal.groups.enumerate().filter(|(_, g)| drives(g.kind));
    groups.map(|(id, g)| format!("{} {}", g.name, plan.plan().green_time(id).get())).collect::<Vec<_>>().join(", ")
}

/// What changes, in sentences that follow from figures.
fn reasons(report: &Report<'_>, figures: Option<&Figures<'_>>, id: SignalId) -> Vec<String> {
    let lang = report.language;
    let [before, after] = plans(report, id);
    if before.plan() == after.plan() {
        return std::iter::once(lang.of(text::NOTHING_CHANGES).into()).chain(waits(lang, figures, id)).collect();
    }
    let mut told: Vec<String> = waits(lang, figures, id).into_iter().collect();
    told.extend(cycle(report, id));
    told.extend(stage_order(report, id));
    told.extend(figures.into_iter().flat_map(|f| greens(report, f, id)));
    if before.offset() != after.offset() {
        told.push(lang.fill(text::REASON_OFFSET, &[&before.offset().get(), &after.offset().get()]));
    }
    told.extend(arrivals(report, id));
    told
}

fn waits(lang: Language, figures: Option<&Figures<'_>>, id: SignalId) -> Option<String> {
    let [before, after] = figures?.mean_delay_s(id, None)?.map(|s| lang.number(s, 1));
    Some(lang.fill(text::REASON_SIGNAL, &[&before, &after]))
}

fn cycle(report: &Report<'_>, id: SignalId) -> Option<String> {
    let both = plans(report, id);
    let lang = report.language;
    let seconds = i32::from(both[1].cycle().get()) - i32::from(both[0].cycle().get());
    let [before, after] = both.map(|p| lang.number(100.0 * used(&report.scenario.signals[id], p), 0));
    let sentence = if seconds > 0 { text::REASON_CYCLE_LONGER } else { text::REASON_CYCLE_SHORTER };
    (seconds != 0).then(|| lang.fill(sentence, &[&seconds.abs(), &after, &before]))
}

/// The share of a cycle in which some vehicles have green.
fn used(signal: &Signal, plan: &SafePlan) -> f64 {
    let green = |second: &u16| {
        let mut groups = signal.groups.enumerate().filter(|(_, g)| drives(g.kind));
        groups.any(|(id, _)| plan.aspect(id, Seconds(*second)) == Aspect::Green)
    };
    let cycle = plan.cycle().get();
    (0..cycle).filter(green).count() as f64 / f64::from(cycle)
}

fn stage_order(report: &Report<'_>, id: SignalId) -> Option<String> {
    let signal = &report.scenario.signals[id];
    let [before, after] = plans(report, id).map(|p| order(&sequence(signal, p)));
    (before != after).then(|| report.language.fill(text::REASON_ORDER, &[&after, &before]))
}

/// The groups of vehicles whose share of green has changed most, with what they carry.
fn greens(report: &Report<'_>, figures: &Figures<'_>, id: SignalId) -> Vec<String> {
    let signal = &report.scenario.signals[id];
    let share = |p: &SafePlan, g: GroupId| f64::from(p.plan().green_time(g).get()) / f64::from(p.cycle().get());
    let groups = signal.groups.enumerate().filter(|(_, g)| drives(g.kind)).map(|(group, _)| group);
    let changed = groups.map(|g| (g, plans(report, id).map(|p| share(p, g))));
    let mut changed: Vec<(GroupId, [f64; 2])> = changed.filter(|(_, [b, a])| (a - b).abs() >= NOTICEABLE).collect();
    changed.sort_by(|x, y| (y.1[1] - y.1[0]).abs().total_cmp(&(x.1[1] - x.1[0]).abs()));
    changed.into_iter().filter_map(|(group, shares)| green(report, figures, (id, group), shares)).take(GROUPS).collect()
}

fn green(report: &Report<'_>, figures: &Figures<'_>, (id, group): (SignalId, GroupId), shares: [f64; 2]) -> Option<String> {
    let lang = report.language;
    let [x_before, x_after] = figures.degree(id, group)?.map(|d| degree(lang, d));
    let [before, after] = shares.map(|s| lang.number(100.0 * s, 0));
    let waits = figures.mean_delay_s(id, Some(group)).map(|w| w.map(|s| lang.number(s, 1)));
    let waits = waits.map_or_else(String::new, |[was, is]| lang.fill(text::REASON_GREEN_WAIT, &[&was, &is]));
    let sentence: Text = if shares[1] > shares[0] { text::REASON_GREEN_MORE } else { text::REASON_GREEN_LESS };
    let name = &report.scenario.signals[id].groups[group].name;
    Some(lang.fill(sentence, &[name, &before, &after, &x_before, &x_after, &waits]))
}

/// Arrivals on green on every coordinated road, direction by direction.
fn arrivals(report: &Report<'_>, id: SignalId) -> Vec<String> {
    let lang = report.language;
    let mut known: BTreeSet<(&str, usize)> = BTreeSet::new();
    let mut told = Vec::new();
    for corridor in &report.corridors {
        let Some(station) = corridor.stations.iter().find(|s| s.signal == id) else { continue };
        for direction in [0, 1] {
            let [Some(before), Some(after)] = shares_on_green(report, station, direction) else { continue };
            if known.insert((&corridor.title, direction)) {
                let [before, after] = [before, after].map(|p| lang.number(100.0 * p, 0));
                let way = lang.title(&corridor.directions[direction].title);
                let from = station.links[direction].map(|l| approach_name(lang, &report.scenario.network, l));
                let way = from.map_or_else(|| way.clone(), |from| format!("{way} ({from})"));
                told.push(lang.fill(text::REASON_ARRIVALS, &[&corridor.title, &way, &before, &after]));
            }
        }
    }
    told
}

/// What has changed from a plan to the chosen one, in a line.
fn against(report: &Report<'_>, id: SignalId, before: &SafePlan) -> String {
    let lang = report.language;
    let after = &report.chosen().plans.plans[id];
    let mut parts = Vec::new();
    if before.plan().cycle != after.plan().cycle {
        parts.push(lang.fill(text::CHANGE_CYCLE, &[&before.cycle(), &after.cycle()]));
    }
    if before.offset() != after.offset() {
        parts.push(lang.fill(text::CHANGE_OFFSET, &[&before.offset(), &after.offset()]));
    }
    let groups = report.scenario.signals[id].groups.enumerate();
    let greens: Vec<String> = groups
        .filter_map(|(group, g)| {
            let (was, is) = (before.plan().green_time(group).get(), after.plan().green_time(group).get());
            (was != is).then(|| format!("{} {was} → {is} s", g.name))
        })
        .collect();
    if !greens.is_empty() {
        parts.push(lang.fill(text::CHANGE_GREEN, &[&greens.join(", ")]));
    } else if before.plan().greens == after.plan().greens {
        parts.push(lang.of(text::CHANGE_GREENS_SAME).into());
    } else {
        parts.push(lang.of(text::CHANGE_GREENS_MOVED).into());
    }
    if before.plan() == after.plan() { lang.of(text::CHANGE_NOTHING).into() } else { parts.join("; ") }
}
