//! Changes of roadworks: a site is made, changed or taken away, checked as it is, and refused with a reason.

use crate::panels::moment;
use crate::words;
use evaluation::report::Language;
use model::id::{LaneId, LinkId};
use model::network::Network;
use model::quantity::{Span, Speed};
use model::roadworks::{Closed, Closure, Finding, Roadwork};
use model::scenario::Scenario;
use model::time::DaySecond;
use std::collections::BTreeMap;

/// A second of the day as people read it.
fn clock(second: f64) -> String {
    DaySecond(second.max(0.0) as u32).to_string()
}

/// A change of the roadworks.
#[derive(Debug, Clone, PartialEq)]
pub enum WorksEdit {
    /// A new site.
    Add(Roadwork),
    /// A site as it is to be.
    Change(usize, Roadwork),
    /// A site that is taken away.
    Remove(usize),
}

/// Why roadworks are not changed.
#[derive(Debug, Clone, PartialEq)]
pub enum WorksRefusal {
    /// The site has no name.
    NoName,
    /// Another site has the name.
    NameTaken(String),
    /// It closes nothing.
    ClosesNothing,
    /// What was typed is no time of day.
    NoTime(String),
    /// It ends before it begins, or when it does.
    EndsBeforeItBegins {
        /// Begin, in seconds of the day.
        begin: f64,
        /// End, in seconds of the day.
        end: f64,
    },
    /// What was typed is no speed from 5 km/h up to the limit of every link.
    NoLimit {
        /// What was typed.
        typed: String,
        /// The lowest limit of the links without works, in km/h.
        highest: f64,
    },
}

impl WorksRefusal {
    /// In a sentence.
    pub fn reason(&self, language: Language) -> String {
        match self {
            Self::NoName => words::WORKS_NO_NAME.of(language).into(),
            Self::NameTaken(name) => words::WORKS_NAME_TAKEN.with(language, &[name]),
            Self::ClosesNothing => words::WORKS_NOTHING.of(language).into(),
            Self::NoTime(typed) => words::WORKS_NO_TIME.with(language, &[typed]),
            Self::EndsBeforeItBegins { begin, end } => words::WORKS_ORDER.with(language, &[&clock(*end), &clock(*begin)]),
            Self::NoLimit { typed, highest } => {
                words::WORKS_NO_LIMIT.with(language, &[typed, &words::number(language, *highest, 0)])
            }
        }
    }
}

impl WorksEdit {
    /// The sites with the change.
    ///
    /// # Errors
    /// The reason why it is not made.
    pub fn apply(&self, scenario: &Scenario, sites: &[Roadwork]) -> Result<Vec<Roadwork>, WorksRefusal> {
        let mut changed = sites.to_vec();
        match self {
            Self::Remove(at) | Self::Change(at, _) if *at >= sites.len() => {}
            Self::Remove(at) => {
                changed.remove(*at);
            }
            Self::Add(site) => {
                check(scenario, sites.iter(), site)?;
                changed.push(site.clone());
            }
            Self::Change(at, site) => {
                check(scenario, sites.iter().enumerate().filter(|(k, _)| k != at).map(|(_, s)| s), site)?;
                changed[*at] = site.clone();
            }
        }
        Ok(changed)
    }

    /// The site that it makes or changes; `None` where it takes one away.
    pub fn site(&self) -> Option<&Roadwork> {
        match self {
            Self::Add(site) | Self::Change(_, site) => Some(site),
            Self::Remove(_) => None,
        }
    }

    /// The first second of the day at which it makes a difference, at the start of the scenario or later.
    pub fn differs_from(&self, scenario: &Scenario, sites: &[Roadwork]) -> u32 {
        let old = match self {
            Self::Change(at, _) | Self::Remove(at) => sites.get(*at),
            Self::Add(_) => None,
        };
        let begins = old.into_iter().chain(self.site()).flat_map(|s| &s.closures).map(|c| c.begin.get());
        let first = begins.fold(f64::INFINITY, f64::min).min(f64::from(scenario.end.0));
        scenario.start().0.max(first.max(0.0) as u32)
    }

    /// What it changes, for people.
    pub fn title(&self, language: Language, scenario: &Scenario, sites: &[Roadwork]) -> String {
        let told = |site: &Roadwork| format!("{}: {}", site.name, summary(language, &scenario.network, site));
        match self {
            Self::Add(site) => words::WORKS_ADDED.with(language, &[&told(site)]),
            Self::Change(_, site) => words::WORKS_CHANGED.with(language, &[&told(site)]),
            Self::Remove(at) => words::WORKS_REMOVED.with(language, &[&sites.get(*at).map_or("", |s| &s.name)]),
        }
    }
}

fn check<'a>(scenario: &Scenario, mut others: impl Iterator<Item = &'a Roadwork>, site: &Roadwork) -> Result<(), WorksRefusal> {
    if site.name.trim().is_empty() {
        return Err(WorksRefusal::NoName);
    }
    if others.any(|o| o.name == site.name) {
        return Err(WorksRefusal::NameTaken(site.name.clone()));
    }
    if site.closures.is_empty() {
        return Err(WorksRefusal::ClosesNothing);
    }
    for closure in &site.closures {
        if closure.begin >= closure.end {
            return Err(WorksRefusal::EndsBeforeItBegins { begin: closure.begin.get(), end: closure.end.get() });
        }
        let usual = closure.link(&scenario.network).map(|l| scenario.network.links[l].speed_limit);
        if let (Some(limit), Some(usual)) = (closure.speed_limit, usual)
            && !(Speed::kmh(5.0)..=usual).contains(&limit)
        {
            return Err(WorksRefusal::NoLimit { typed: format!("{:.0}", limit.in_kmh()), highest: usual.in_kmh() });
        }
    }
    Ok(())
}

/// What a site closes and when, in a line.
pub(crate) fn summary(language: Language, network: &Network, site: &Roadwork) -> String {
    let places: Vec<String> = site.closures.iter().filter_map(|c| place(language, network, c)).collect();
    let when = site.closures.first().map_or_else(String::new, |c| format!(", {} – {}", clock(c.begin.get()), clock(c.end.get())));
    format!("{}{when}", places.join(", "))
}

/// What a closure closes.
pub(crate) fn place(language: Language, network: &Network, closure: &Closure) -> Option<String> {
    let link = &network.links[closure.link(network)?];
    let street = if link.street.is_empty() { &link.name } else { &link.street };
    Some(match &closure.what {
        Closed::Link(_) => words::WORKS_WHOLE.with(language, &[street]),
        Closed::Lanes(lanes) => {
            // Counted from the right, as people do: the first is 1.
            let indices: Vec<String> = lanes.iter().map(|&l| (network.lanes[l].index + 1).to_string()).collect();
            words::WORKS_LANES.with(language, &[street, &indices.join(", "), &link.lane_count])
        }
    })
}

/// A finding in the language of the window.
pub(crate) fn told(language: Language, scenario: &Scenario, finding: &Finding) -> String {
    if language == Language::English {
        return finding.words(scenario);
    }
    let link = |l: &LinkId| &scenario.network.links[*l].name;
    match finding {
        Finding::OutOfTime => "sperrt nichts, solange das Szenario läuft".into(),
        Finding::LostTurn { from, to } => {
            format!("von {} kann niemand nach {} abbiegen: die Fahrstreifen dafür sind gesperrt", link(from), link(to))
        }
        Finding::GreenForNobody { signal, group } => {
            let signal = &scenario.signals[*signal];
            format!("Signal {}: Gruppe {} hat Grün für niemanden", signal.name, signal.groups[*group].name)
        }
        Finding::LostStop(stop) => format!("die Haltestelle {} wird nicht bedient", scenario.network.stops[*stop].name),
        Finding::Line { name, rails: false } => format!("Busse von {name} verlassen ihren Weg und dessen Haltestellen"),
        Finding::Line { name, rails: true } => format!("Straßenbahnen von {name} fahren nicht"),
        Finding::NoWay { count, from, to } => {
            format!("{count} Fahrten und Ströme haben keinen Weg, etwa von {} nach {}: sie fahren nicht ab", link(from), link(to))
        }
    }
}

/// A site as it is being typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SiteForm {
    /// The site that is changed; `None` for a new one on the lanes that are chosen.
    pub at: Option<usize>,
    /// Its name.
    pub name: String,
    /// When it begins, a time of day.
    pub begin: String,
    /// When it ends, a time of day.
    pub end: String,
    /// Speed limit beside it in km/h; empty for none.
    pub limit: String,
    /// Why it was refused.
    pub refused: Option<String>,
}

impl SiteForm {
    /// A new site that begins now and lasts to the end of the scenario.
    pub(crate) fn fresh(language: Language, scenario: &Scenario, sites: &[Roadwork], now: f64) -> Self {
        let named = |k: &usize| words::WORKS_NAME.with(language, &[k]);
        let free = |name: &String| sites.iter().all(|s| s.name != *name);
        let name = (sites.len() + 1..=2 * sites.len() + 1).map(|k| named(&k)).find(free).unwrap_or_default();
        let begin = clock((now / 60.0).floor() * 60.0);
        Self { at: None, name, begin, end: clock(f64::from(scenario.end.0)), limit: String::new(), refused: None }
    }

    /// A site that there is.
    pub(crate) fn of(at: usize, site: &Roadwork) -> Self {
        let first = site.closures.first();
        let time = |of: fn(&Closure) -> Span| first.map_or_else(String::new, |c| clock(of(c).get()));
        let limit = first.and_then(|c| c.speed_limit).map_or_else(String::new, |l| format!("{:.0}", l.in_kmh()));
        Self { at: Some(at), name: site.name.clone(), begin: time(|c| c.begin), end: time(|c| c.end), limit, refused: None }
    }

    /// The change that was typed: of the site that is changed, or a new one on some lanes.
    ///
    /// A site may close several things at several times; those with the times of the first get the new ones.
    pub(crate) fn edit(&self, network: &Network, sites: &[Roadwork], chosen: &[LaneId]) -> Result<WorksEdit, WorksRefusal> {
        let read = |typed: &String| moment(typed).ok_or_else(|| WorksRefusal::NoTime(typed.clone()));
        let (begin, end) = (Span::seconds_f64(read(&self.begin)?), Span::seconds_f64(read(&self.end)?));
        let typed = self.limit.trim();
        let bad = || WorksRefusal::NoLimit { typed: typed.into(), highest: 300.0 };
        let limit = if typed.is_empty() { None } else { Some(typed.replace(',', ".").parse::<f64>().map_err(|_| bad())?) };
        if limit.is_some_and(|l| !(1.0..=300.0).contains(&l)) {
            return Err(bad());
        }
        let limit = limit.map(Speed::kmh);
        let name = self.name.trim().to_owned();
        let Some((at, old)) = self.at.and_then(|at| Some((at, sites.get(at)?))) else {
            let closures = closures(network, chosen, (begin, end), limit);
            return Ok(WorksEdit::Add(Roadwork { name, source: "drawn in the window".into(), closures }));
        };
        let mut site = Roadwork { name, ..old.clone() };
        let same = old.closures.first().map(|c| (c.begin, c.end));
        for closure in site.closures.iter_mut().filter(|c| Some((c.begin, c.end)) == same) {
            (closure.begin, closure.end, closure.speed_limit) = (begin, end, limit);
        }
        Ok(WorksEdit::Change(at, site))
    }
}

/// Closures of lanes, one for each link; all lanes of a link are the link.
pub(crate) fn closures(
    network: &Network,
    lanes: &[LaneId],
    (begin, end): (Span, Span),
    speed_limit: Option<Speed>,
) -> Vec<Closure> {
    let mut by_link: BTreeMap<LinkId, Vec<LaneId>> = BTreeMap::new();
    for &lane in lanes {
        by_link.entry(network.lanes[lane].link).or_default().push(lane);
    }
    let closure = |(link, mut lanes): (LinkId, Vec<LaneId>)| {
        lanes.sort_unstable();
        lanes.dedup();
        let whole = lanes.len() == network.links[link].lane_count as usize;
        let what = if whole { Closed::Link(link) } else { Closed::Lanes(lanes) };
        Closure { what, begin, end, speed_limit }
    };
    by_link.into_iter().map(closure).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy;

    fn form(name: &str, begin: &str, end: &str, limit: &str) -> SiteForm {
        SiteForm { at: None, name: name.into(), begin: begin.into(), end: end.into(), limit: limit.into(), refused: None }
    }

    #[test]
    fn a_site_is_what_was_typed_or_is_refused_with_the_reason() {
        let scenario = toy::scenario();
        let network = &scenario.network;
        let lanes: Vec<LaneId> = network.links[LinkId(0)].lanes().collect();
        let made = |form: &SiteForm, lanes: &[LaneId]| form.edit(network, &[], lanes).and_then(|edit| edit.apply(&scenario, &[]));
        let sites = made(&form("Gas", "7:05", "08:00:30", "30"), &lanes).expect("a good site");
        let closure = &sites[0].closures[0];
        assert_eq!((closure.begin.get(), closure.end.get()), (25_500.0, 28_830.0));
        assert!(closure.what == Closed::Link(LinkId(0)) && (closure.speed_limit.expect("a limit").in_kmh() - 30.0).abs() < 1e-9);
        let refused = |name, begin, end, limit, lanes| made(&form(name, begin, end, limit), lanes).expect_err("a bad site");
        assert_eq!(refused(" ", "7:05", "8:00", "", &lanes), WorksRefusal::NoName);
        assert_eq!(refused("Gas", "soon", "8:00", "", &lanes), WorksRefusal::NoTime("soon".into()));
        assert_eq!(refused("Gas", "7:05", "8:00", "", &[]), WorksRefusal::ClosesNothing);
        let order = refused("Gas", "8:00", "7:00", "", &lanes);
        assert!(order.reason(Language::English).contains("07:00:00"), "{}", order.reason(Language::English));
        assert!(matches!(refused("Gas", "7:05", "8:00", "90", &lanes), WorksRefusal::NoLimit { .. }));
        assert!(matches!(refused("Gas", "7:05", "8:00", "fast", &lanes), WorksRefusal::NoLimit { .. }));
        let again = WorksEdit::Add(sites[0].clone()).apply(&scenario, &sites);
        assert_eq!(again, Err(WorksRefusal::NameTaken("Gas".into())));
    }

    #[test]
    fn a_change_makes_a_difference_from_the_earlier_of_both_beginnings() {
        let scenario = toy::scenario();
        let lanes: Vec<LaneId> = scenario.network.links[LinkId(0)].lanes().collect();
        let site = |begin, end| {
            let times = (Span::seconds_f64(begin), Span::seconds_f64(end));
            Roadwork { name: "Gas".into(), source: String::new(), closures: closures(&scenario.network, &lanes, times, None) }
        };
        let start = f64::from(scenario.start().0);
        let sites = [site(start + 100.0, start + 900.0)];
        let from = |edit: WorksEdit| f64::from(edit.differs_from(&scenario, &sites)) - start;
        assert_eq!(from(WorksEdit::Change(0, site(start + 40.0, start + 300.0))), 40.0);
        assert_eq!(from(WorksEdit::Change(0, site(start + 400.0, start + 900.0))), 100.0);
        assert_eq!(from(WorksEdit::Remove(0)), 100.0);
        assert_eq!(from(WorksEdit::Add(site(0.0, start + 9.0))), 0.0);
    }
}
