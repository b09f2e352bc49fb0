//! Quality of service: levels of every stream, queues, and arrivals on green.

use super::degrees::{NEAR, degree};
use super::map_frame::link_name;
use super::markup::Markup;
use super::words::catalogue::{self as text, Text};
use super::words::{Language, signal_label, turn};
use super::{Corridor, Report, Station, Variant};
use crate::{
    LaneDegree, Level, Queue, RunResult, Served, TrafficStream, highest_degree, lane_degrees, longest_red_s, queue, served,
    traffic_streams,
};
use model::geometry::Pose;
use model::id::{GroupId, LinkId, MovementId, SignalId};
use model::network::Network;
use model::signal::{GroupKind, SafePlan};
use std::collections::BTreeSet;

/// A figure under the plan of before and under the proposed one.
pub(super) type Pair<T> = [T; 2];

/// Streams and their degrees of saturation, found once for the whole report.
pub(super) struct Figures<'a> {
    report: &'a Report<'a>,
    streams: Vec<TrafficStream>,
    degrees: Pair<Vec<LaneDegree>>,
}

/// A stream of motor vehicles under a plan.
#[derive(Debug, Clone, Copy)]
struct Motor {
    served: Served,
    degree: Option<f64>,
    /// `None` where nobody has passed.
    level: Option<Level>,
}

/// The longest wait of people on foot or cyclists.
struct Waiting {
    group: GroupId,
    name: String,
    /// Whether it was seen in the simulation; otherwise it is the longest red of the plan.
    seen: bool,
    longest_s: Pair<f64>,
}

impl<'a> Figures<'a> {
    /// Those of a report; `None` where the quality of service was not observed.
    pub(super) fn new(report: &'a Report<'a>) -> Option<Self> {
        let variants = [report.before(), report.chosen()];
        let observed = |v: &&Variant<'_>| !v.runs.is_empty() && v.runs.iter().all(|r| r.quality.is_some());
        let any = !report.scenario.signals.is_empty();
        (any && variants.iter().all(observed)).then(|| Self {
            report,
            streams: traffic_streams(&report.scenario.network),
            degrees: variants.map(|v| lane_degrees(report.scenario, v.plans)),
        })
    }

    fn variants(&self) -> Pair<&'a Variant<'a>> {
        [self.report.before(), self.report.chosen()]
    }

    fn plans(&self, signal: SignalId) -> Pair<&'a SafePlan> {
        self.variants().map(|v| &v.plans.plans[signal])
    }

    /// The streams of motor vehicles at a signal.
    fn of_signal(&self, signal: SignalId) -> impl Iterator<Item = &TrafficStream> {
        self.streams.iter().filter(move |s| s.signal == signal)
    }

    fn motor(&self, stream: &TrafficStream) -> Option<Pair<Motor>> {
        let [before, after] = [0, 1].map(|when| {
            let served = served(&self.variants()[when].runs, &stream.movements)?;
            let degree = highest_degree(&self.degrees[when], self.report.scenario, stream);
            let over = degree.is_some_and(|d| d > 1.0);
            Some(Motor { served, degree, level: served.mean_delay_s().map(|s| Level::of_mean_delay(s, over)) })
        });
        Some([before?, after?])
    }

    /// Mean delay of the motor vehicles of some streams at a signal under both plans, in seconds.
    pub(super) fn mean_delay_s(&self, signal: SignalId, group: Option<GroupId>) -> Option<Pair<f64>> {
        let own = || self.of_signal(signal).filter(|s| group.is_none_or(|g| s.group == g)).flat_map(|s| &s.movements);
        let [before, after] = self.variants().map(|v| served(&v.runs, own()).and_then(|s| s.mean_delay_s()));
        Some([before?, after?])
    }

    /// The degree of saturation of the fullest lane of a group under both plans.
    pub(super) fn degree(&self, signal: SignalId, group: GroupId) -> Option<Pair<f64>> {
        let highest = |degrees: &[LaneDegree]| {
            let own = degrees.iter().filter(|d| d.signal == signal && d.group == group);
            own.map(|d| d.degree).max_by(f64::total_cmp)
        };
        Some([highest(&self.degrees[0])?, highest(&self.degrees[1])?])
    }

    /// Everybody on foot at a signal, group by group, and cyclists, stream by stream.
    fn waiting(&self, signal: SignalId) -> Vec<Waiting> {
        let lang = self.report.language;
        let groups = self.report.scenario.signals[signal].groups.enumerate();
        let on_foot = groups.filter(|(_, g)| g.kind == GroupKind::Pedestrians).map(|(group, _)| {
            let longest = self.variants().map(|v| longest_on_foot(self.report, v, signal, group));
            let red = self.plans(signal).map(|p| longest_red_s(p, group));
            let seen = longest[0].is_some() && longest[1].is_some();
            let longest_s = [0, 1].map(|when| longest[when].filter(|_| seen).unwrap_or(red[when]));
            Waiting { group, name: lang.of(text::ON_FOOT).into(), seen, longest_s }
        });
        let by_bicycle = self.of_signal(signal).filter_map(|stream| {
            let motor = self.motor(stream)?;
            let name = lang.fill(text::ON_BICYCLES, &[&stream_name(lang, &self.report.scenario.network, stream)]);
            let longest_s = motor.map(|m| m.served.longest_cyclist_wait_s);
            let any = motor.iter().any(|m| m.served.cyclists > 0);
            any.then_some(Waiting { group: stream.group, name, seen: true, longest_s })
        });
        on_foot.chain(by_bicycle).collect()
    }

    /// The queues on the approaches of a signal that somebody drives on.
    fn queues(&self, signal: SignalId) -> Vec<(LinkId, Pair<Queue>)> {
        let links: BTreeSet<LinkId> = self.of_signal(signal).map(|s| s.link).collect();
        let both = |link: LinkId| {
            let [before, after] = self.variants().map(|v| queue(&v.runs, link));
            Some((link, [before?, after?]))
        };
        links.into_iter().filter_map(both).filter(|(_, q)| q.iter().any(|q| q.p95_m > 0.0)).collect()
    }
}

/// The longest wait at the crossings of a group over all runs, in seconds; `None` where nobody came.
fn longest_on_foot(report: &Report<'_>, variant: &Variant<'_>, signal: SignalId, group: GroupId) -> Option<f64> {
    let crossings = report.scenario.network.crossings.enumerate();
    let own = crossings.filter(|(_, c)| c.head.is_some_and(|h| h.signal == signal && h.group == group));
    let seen = |run: &RunResult, id| run.quality.as_ref().map(|q| q.crossings[id]).filter(|c| c.came > 0);
    own.flat_map(|(id, _)| variant.runs.iter().filter_map(move |r| seen(r, id))).map(|c| c.longest_wait_s).max_by(f64::total_cmp)
}

/// `Kuckelke from the south, left`.
fn stream_name(lang: Language, network: &Network, stream: &TrafficStream) -> String {
    lang.fill(text::STREAM_NAME, &[&approach_name(lang, network, stream.link), &lang.of(turn(stream.turn))])
}

/// `Kuckelke from the south`: the street, and the side from which it comes.
pub(super) fn approach_name(lang: Language, network: &Network, link: LinkId) -> String {
    let of = &network.links[link];
    let street = if of.street.is_empty() { &of.name } else { &of.street };
    let shape = &network.lanes[of.first_lane].shape;
    lang.fill(text::FROM_SIDE, &[street, &lang.of(side(shape.pose(shape.length())))])
}

/// The side from which somebody comes who drives like this.
fn side(pose: Pose) -> Text {
    const SIDES: [Text; 8] = [
        text::WEST,
        text::SOUTH_WEST,
        text::SOUTH,
        text::SOUTH_EAST,
        text::EAST,
        text::NORTH_EAST,
        text::NORTH,
        text::NORTH_WEST,
    ];
    let eighth = (pose.angle() / std::f64::consts::FRAC_PI_4).round() as i64;
    SIDES[eighth.rem_euclid(8) as usize]
}

/// The section: limits, how many streams have which level, where queues reach back.
pub(super) fn section(m: &mut Markup, report: &Report<'_>) {
    let lang = report.language;
    if report.scenario.signals.is_empty() {
        m.paragraph(lang.of(text::NO_SIGNALS));
        return;
    }
    let Some(figures) = Figures::new(report) else {
        m.paragraph(lang.of(text::NOT_OBSERVED));
        return;
    };
    m.paragraph(lang.of(text::QUALITY_INTRO));
    limits(m, lang);
    m.element("p", &[("class", &"small")], lang.of(text::THRESHOLDS_NOTE));
    counts(m, &figures);
    if !report.baselines.is_empty() {
        m.paragraph(level_changes(&figures));
    }
    m.paragraph(full_queues(&figures));
}

fn limits(m: &mut Markup, lang: Language) {
    let at_most = |limit: &f64| format!("≤ {limit}");
    let above = |limits: &[f64]| format!("> {}", limits[limits.len() - 1]);
    let motor = Level::MEAN_DELAY_S.iter().map(at_most).chain([above(&Level::MEAN_DELAY_S), lang.of(text::OVER_LIMIT).into()]);
    let others = Level::LONGEST_WAIT_S.iter().map(at_most).chain([above(&Level::LONGEST_WAIT_S)]);
    let rows = [(text::MOTOR_LIMIT, motor.collect::<Vec<_>>()), (text::FOOT_LIMIT, others.collect())];
    m.within("table", &[("class", &"limits")], |m| {
        m.element("caption", &[], lang.of(text::THRESHOLDS));
        level_head(m, lang, &[text::LEVEL]);
        m.within("tbody", &[], |m| {
            for (name, cells) in rows {
                m.within("tr", &[], |m| {
                    m.element("th", &[("scope", &"row")], lang.of(name));
                    for cell in &cells {
                        m.element("td", &[("class", &"number")], cell);
                    }
                });
            }
        });
    });
}

fn level_head(m: &mut Markup, lang: Language, columns: &[Text]) {
    m.within("thead", &[], |m| {
        m.within("tr", &[], |m| {
            for column in columns {
                m.element("th", &[("scope", &"col")], lang.of(*column));
            }
            for level in Level::ALL {
                m.element("th", &[("scope", &"col"), ("class", &"number")], level.letter());
            }
        });
    });
}

/// How many streams have which level, under both plans.
fn counts(m: &mut Markup, figures: &Figures<'_>) {
    let (report, lang) = (figures.report, figures.report.language);
    let motor: Vec<Pair<Motor>> = figures.streams.iter().filter_map(|s| figures.motor(s)).collect();
    let waiting: Vec<Waiting> = report.scenario.signals.ids().flat_map(|s| figures.waiting(s)).collect();
    let titles = [report.before_title(), report.chosen_title()];
    m.within("table", &[("class", &"level-counts")], |m| {
        m.element("caption", &[], lang.of(text::LEVEL_COUNTS));
        level_head(m, lang, &[text::PLAN, text::MODE]);
        m.within("tbody", &[], |m| {
            for when in whens(report) {
                let levels: Vec<Level> = motor.iter().filter_map(|p| p[when].level).collect();
                count_row(m, &titles[when], lang.of(text::MOTOR), &levels);
                let levels: Vec<Level> = waiting.iter().map(|w| Level::of_longest_wait(w.longest_s[when])).collect();
                count_row(m, &titles[when], lang.of(text::FOOT_AND_CYCLE), &levels);
            }
        });
    });
}

/// The same for the summary, with the plans named, so that nobody praises a plan without saying who pays for it; nothing where the
/// levels were not observed.
pub(super) fn in_summary(m: &mut Markup, report: &Report<'_>) {
    let Some(figures) = Figures::new(report).filter(|_| !report.baselines.is_empty()) else { return };
    let lang = report.language;
    let plans = lang.fill(text::LEVELS_SUMMARY, &[&report.before_title(), &report.chosen_title()]);
    m.paragraph(format!("{plans} {}", level_changes(&figures)));
}

/// How many streams come to a better or a worse level.
fn level_changes(figures: &Figures<'_>) -> String {
    let (report, lang) = (figures.report, figures.report.language);
    let motor: Vec<Pair<Level>> = figures.streams.iter().filter_map(|s| figures.motor(s)).filter_map(levels).collect();
    let signals = report.scenario.signals.ids();
    let others: Vec<Pair<Level>> =
        signals.flat_map(|s| figures.waiting(s)).map(|w| w.longest_s.map(Level::of_longest_wait)).collect();
    let better = |of: &[Pair<Level>]| of.iter().filter(|[before, after]| after < before).count();
    let worse = |of: &[Pair<Level>]| of.iter().filter(|[before, after]| after > before).count();
    lang.fill(text::LEVEL_CHANGES, &[&better(&motor), &worse(&motor), &better(&others), &worse(&others)])
}

/// The levels of a stream that has been driven under both plans.
fn levels([before, after]: Pair<Motor>) -> Option<Pair<Level>> {
    Some([before.level?, after.level?])
}

fn count_row(m: &mut Markup, plan: &str, mode: &str, levels: &[Level]) {
    m.within("tr", &[], |m| {
        m.element("th", &[("scope", &"row")], plan);
        m.element("td", &[], mode);
        for level in Level::ALL {
            m.element("td", &[("class", &"number")], levels.iter().filter(|l| **l == level).count());
        }
    });
}

/// Before and after; after alone where there is no baseline.
fn whens(report: &Report<'_>) -> std::ops::Range<usize> {
    usize::from(report.baselines.is_empty())..2
}

fn full_queues(figures: &Figures<'_>) -> String {
    let (report, lang) = (figures.report, figures.report.language);
    let all: Vec<(LinkId, Pair<Queue>)> = report.scenario.signals.ids().flat_map(|s| figures.queues(s)).collect();
    let full = |when: usize| all.iter().filter(move |(_, q)| q[when].is_full());
    if full(0).next().is_none() && full(1).next().is_none() {
        return lang.of(text::QUEUES_NONE).into();
    }
    let names: Vec<String> = full(1).map(|(link, _)| link_name(&report.scenario.network, *link)).collect();
    let names = if names.is_empty() { String::new() } else { format!(" ({})", lang.listed(&names)) };
    let (before, after) = (report.before_title(), report.chosen_title());
    lang.fill(text::QUEUES_REACH, &[&full(0).count(), &all.len(), &before, &full(1).count(), &after, &names])
}

/// `24.1 → 19.8`, or the second alone where there is no baseline.
fn arrow(report: &Report<'_>, [before, after]: Pair<String>) -> String {
    if report.baselines.is_empty() { after } else { format!("{before} → {after}") }
}

/// The same of numbers that may not be known.
fn arrow_of(report: &Report<'_>, values: Pair<Option<f64>>, shown: impl Fn(f64) -> String) -> String {
    arrow(report, values.map(|v| v.map_or_else(|| "–".into(), &shown)))
}

/// The class of a cell with levels: better or worse than before.
fn change_class(report: &Report<'_>, [before, after]: Pair<Level>) -> &'static str {
    match before.cmp(&after) {
        _ if report.baselines.is_empty() => "level",
        std::cmp::Ordering::Less => "level worse",
        std::cmp::Ordering::Greater => "level better",
        std::cmp::Ordering::Equal => "level",
    }
}

/// Streams and queues of a signal.
pub(super) fn of_signal(m: &mut Markup, figures: &Figures<'_>, signal: SignalId) {
    let (report, lang) = (figures.report, figures.report.language);
    m.within("table", &[("class", &"streams")], |m| {
        m.element("caption", &[], lang.fill(text::STREAMS, &[&report.before_title(), &report.chosen_title()]));
        m.within("thead", &[], |m| {
            m.within("tr", &[], |m| {
                m.element("th", &[("scope", &"col")], lang.of(text::COLUMN_GROUP));
                m.element("th", &[("scope", &"col")], lang.of(text::STREAM));
                for column in [text::FLOW, text::WAIT, text::LEVEL, text::ON_GREEN, text::SATURATION] {
                    m.element("th", &[("scope", &"col"), ("class", &"number")], lang.of(column));
                }
            });
        });
        m.within("tbody", &[], |m| {
            for stream in figures.of_signal(signal) {
                motor_row(m, figures, stream);
            }
            for waiting in figures.waiting(signal) {
                waiting_row(m, report, signal, &waiting);
            }
        });
    });
    queues(m, figures, signal);
}

fn motor_row(m: &mut Markup, figures: &Figures<'_>, stream: &TrafficStream) {
    let (report, lang) = (figures.report, figures.report.language);
    let Some(both @ [before, after]) = figures.motor(stream) else { return };
    let Some([was, is]) = levels(both) else { return };
    let hours = f64::from(report.scenario.end.0 - report.scenario.begin.0) / 3600.0;
    let flows = [0, 1].map(|when| f64::from(both[when].served.vehicles) / figures.variants()[when].runs.len() as f64 / hours);
    let full = after.degree.is_some_and(|d| d > NEAR);
    m.within("tr", &[], |m| {
        m.element("th", &[("scope", &"row")], &report.scenario.signals[stream.signal].groups[stream.group].name);
        m.element("td", &[], stream_name(lang, &report.scenario.network, stream));
        m.element("td", &[("class", &"number")], arrow(report, flows.map(|f| lang.number(f, 0))));
        let delays = [before, after].map(|f| f.served.mean_delay_s());
        m.element("td", &[("class", &"number")], arrow_of(report, delays, |s| lang.number(s, 1)));
        m.element("td", &[("class", &change_class(report, [was, is]))], arrow(report, [was, is].map(|l| l.letter().into())));
        let shares = [before, after].map(|f| f.served.share_on_green());
        let text = arrow_of(report, shares, |p| lang.number(100.0 * p, 0)) + "\u{a0}%";
        m.element("td", &[("class", &"number")], text);
        let mark = if full { "▲ " } else { "" };
        let text = arrow_of(report, both.map(|f| f.degree), |d| degree(lang, d));
        m.element("td", &[("class", &if full { "number worse" } else { "number" })], format!("{mark}{text}"));
    });
}

fn waiting_row(m: &mut Markup, report: &Report<'_>, signal: SignalId, waiting: &Waiting) {
    let lang = report.language;
    let levels = waiting.longest_s.map(Level::of_longest_wait);
    let what = lang.of(if waiting.seen { text::LONGEST_WAIT } else { text::LONGEST_RED });
    m.within("tr", &[], |m| {
        m.element("th", &[("scope", &"row")], &report.scenario.signals[signal].groups[waiting.group].name);
        m.element("td", &[], format!("{}: {what}", waiting.name));
        m.element("td", &[("class", &"number")], "–");
        m.element("td", &[("class", &"number")], arrow(report, waiting.longest_s.map(|s| lang.number(s, 0))));
        m.element("td", &[("class", &change_class(report, levels))], arrow(report, levels.map(|l| l.letter().into())));
        m.element("td", &[("class", &"number")], "–");
        m.element("td", &[("class", &"number")], "–");
    });
}

fn queues(m: &mut Markup, figures: &Figures<'_>, signal: SignalId) {
    let (report, lang) = (figures.report, figures.report.language);
    let found = figures.queues(signal);
    if found.is_empty() {
        return;
    }
    m.within("table", &[("class", &"queues")], |m| {
        m.element("caption", &[], lang.of(text::QUEUES));
        m.within("thead", &[], |m| {
            m.within("tr", &[], |m| {
                m.element("th", &[("scope", &"col")], lang.of(text::APPROACH));
                let columns = [text::ROOM, text::QUEUE_BEFORE, text::QUEUE_AFTER];
                for column in columns.into_iter().filter(|c| *c != text::QUEUE_BEFORE || !report.baselines.is_empty()) {
                    m.element("th", &[("scope", &"col"), ("class", &"number")], lang.of(column));
                }
                m.element("th", &[("scope", &"col")], lang.of(text::AFTER));
            });
        });
        m.within("tbody", &[], |m| {
            for (link, both) in found {
                let full = both[1].is_full();
                m.within("tr", &[], |m| {
                    m.element("th", &[("scope", &"row")], approach_name(lang, &report.scenario.network, link));
                    m.element("td", &[("class", &"number")], lang.number(both[1].storage_m, 0));
                    for when in whens(report) {
                        m.element("td", &[("class", &"number")], lang.number(both[when].p95_m, 0));
                    }
                    let words = if full { text::REACHES_BACK } else { text::ENOUGH };
                    m.element("td", &[("class", &if full { "worse" } else { "open" })], lang.of(words));
                });
            }
        });
    });
}

/// The movements under the coordinated group with which a direction of a corridor passes a station.
fn coordinated(network: &Network, station: &Station, direction: usize) -> Vec<MovementId> {
    let (Some(group), Some(link)) = (station.groups[direction], station.links[direction]) else { return Vec::new() };
    let leaving = network.links[link].lanes().flat_map(|l| network.lanes[l].leaving.iter().copied());
    leaving.filter(|&m| network.movements[m].head.is_some_and(|h| h.signal == station.signal && h.group == group)).collect()
}

/// The share of arrivals on green at a station in a direction of a corridor, under both plans.
pub(super) fn shares_on_green(report: &Report<'_>, station: &Station, direction: usize) -> Pair<Option<f64>> {
    let movements = coordinated(&report.scenario.network, station, direction);
    [report.before(), report.chosen()].map(|v| served(&v.runs, &movements)?.share_on_green())
}

/// Arrivals on green and platoon ratio along a corridor, station by station.
pub(super) fn arrivals(m: &mut Markup, report: &Report<'_>, corridor: &Corridor<'_>) {
    let lang = report.language;
    let observed = |v: &Variant<'_>| v.runs.iter().all(|r| r.quality.is_some());
    if !observed(report.before()) || !observed(report.chosen()) {
        return;
    }
    let stations = once_each(corridor);
    m.within("table", &[("class", &"arrivals")], |m| {
        let titles: [&dyn std::fmt::Display; 3] = [&corridor.title, &report.before_title(), &report.chosen_title()];
        m.element("caption", &[], lang.fill(text::ARRIVALS, &titles));
        arrivals_head(m, lang, corridor);
        m.within("tbody", &[], |m| {
            for station in &stations {
                arrivals_row(m, report, station);
            }
            m.within("tr", &[], |m| {
                m.element("th", &[("scope", &"row")], lang.of(text::ALL_SIGNALS));
                for direction in [0, 1] {
                    let shares = overall(report, corridor, direction);
                    let text = arrow_of(report, shares, |p| lang.number(100.0 * p, 0)) + "\u{a0}%";
                    m.element("td", &[("class", &"number chosen")], text);
                    m.element("td", &[], "");
                    m.element("td", &[], "");
                }
            });
        });
    });
    m.element("p", &[("class", &"small")], lang.of(text::ARRIVALS_NOTE));
}

/// The share of arrivals on green over all stations of a corridor, under both plans.
fn overall(report: &Report<'_>, corridor: &Corridor<'_>, direction: usize) -> Pair<Option<f64>> {
    let network = &report.scenario.network;
    let all: Vec<MovementId> = once_each(corridor).iter().flat_map(|s| coordinated(network, s, direction)).collect();
    [report.before(), report.chosen()].map(|v| served(&v.runs, &all)?.share_on_green())
}

/// The stations; a ring's first one only once.
fn once_each<'a>(corridor: &'a Corridor<'_>) -> Vec<&'a Station> {
    let mut known = BTreeSet::new();
    corridor.stations.iter().filter(|s| known.insert(s.signal)).collect()
}

fn arrivals_head(m: &mut Markup, lang: Language, corridor: &Corridor<'_>) {
    m.within("thead", &[], |m| {
        m.within("tr", &[], |m| {
            m.element("th", &[("scope", &"col"), ("rowspan", &2)], lang.of(text::COLUMN_SIGNAL));
            for direction in &corridor.directions {
                m.element("th", &[("scope", &"colgroup"), ("colspan", &3)], lang.title(&direction.title));
            }
        });
        m.within("tr", &[], |m| {
            for column in [text::ON_GREEN, text::GREEN_SHARE, text::PLATOON_RATIO].into_iter().cycle().take(6) {
                m.element("th", &[("scope", &"col"), ("class", &"number")], lang.of(column));
            }
        });
    });
}

fn arrivals_row(m: &mut Markup, report: &Report<'_>, station: &Station) {
    let lang = report.language;
    m.within("tr", &[], |m| {
        m.element("th", &[("scope", &"row")], signal_label(report.scenario, station.signal));
        for direction in [0, 1] {
            let shares = shares_on_green(report, station, direction);
            let greens = [report.before(), report.chosen()]
                .map(|v| green_share(&v.plans.plans[station.signal], station.groups[direction]));
            let ratio = [0, 1].map(|when| Some(shares[when]? / greens[when]?));
            let percent = |p: f64| lang.number(100.0 * p, 0);
            m.element("td", &[("class", &"number")], arrow_of(report, shares, percent) + "\u{a0}%");
            m.element("td", &[("class", &"number")], arrow_of(report, greens, percent) + "\u{a0}%");
            m.element("td", &[("class", &"number")], arrow_of(report, ratio, |r| lang.number(r, 2)));
        }
    });
}

/// The share of a cycle in which a group has green.
fn green_share(plan: &SafePlan, group: Option<GroupId>) -> Option<f64> {
    let green = f64::from(plan.plan().green_time(group?).get());
    (green > 0.0).then(|| green / f64::from(plan.cycle().get()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_drives_north_comes_from_the_south() {
        let towards = |x: f64, y: f64| {
            let line = model::geometry::Polyline::new([(0.0, 0.0), (x, y)].map(|(x, y)| model::geometry::Point::new(x, y)));
            Language::English.of(side(line.unwrap().pose(model::quantity::Length::ZERO)))
        };
        let sides = [towards(0.0, 1.0), towards(1.0, 0.0), towards(-1.0, 0.1), towards(-1.0, -1.0), towards(0.1, -1.0)];
        assert_eq!(sides, ["the south", "the west", "the east", "the north-east", "the north"]);
    }
}
