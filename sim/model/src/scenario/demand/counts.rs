//! From turning counts to flows along whole ways.
//!
//! The ways are those from the entries over counted turns, none of which uses a link twice. Each way begins with its entry's
//! flow times the shares of its turns, as if every driver drew each turn by itself; iterative proportional fitting then
//! makes them agree with entries and counts. Where entries are counted and turns are shares, there is nothing to fit.
//! Source: Deming, Stephan, Annals of Mathematical Statistics 11 (1940) 427-444. Deviates: ways that less than one in a
//! thousand of an entry's drivers would take are left out, and the others take their place.

use super::super::file::{CountsFile, TurnFile};
use super::flow::{MOST_VEH_PER_H, Terms};
use super::{DemandCheck, Types};
use crate::demand::{Itinerary, Stream};
use crate::id::LinkId;
use crate::quantity::Flow;
use crate::vehicle::VehicleClass;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The least share of an entry's flow that makes a way.
const LEAST_SHARE: f64 = 1e-3;
/// Rounds of fitting; counts that agree need a few tens.
const ROUNDS: usize = 500;
/// How far the estimate may be from a count. Source: GEH below 5 for hourly flows, UK Design Manual for Roads and Bridges 12.
const MAX_GEH: f64 = 5.0;

/// A turn from a link.
struct Turned {
    to: LinkId,
    /// Its part of the link.
    share: f64,
    /// Vehicles per hour, where it is counted.
    counted: Option<f64>,
    span: Range<usize>,
}

/// What is known about the turns of the counts.
struct Turns<'a> {
    by_link: BTreeMap<LinkId, Vec<Turned>>,
    exits: BTreeSet<LinkId>,
    classes: &'a [VehicleClass],
}

/// A way with its flow in vehicles per hour.
struct Course {
    links: Vec<LinkId>,
    flow: f64,
}

/// A flow that some ways have to sum to.
struct Target {
    flow: f64,
    ways: Vec<usize>,
}

impl Target {
    fn sum(&self, ways: &[Course]) -> f64 {
        self.ways.iter().map(|&w| ways[w].flow).sum()
    }
}

/// What comes after a link.
enum After {
    End,
    Turns(Vec<(LinkId, f64)>),
    Unknown,
}

impl DemandCheck<'_> {
    /// The flows that agree with counts.
    pub(super) fn counts(&mut self, c: &CountsFile, types: &Types<'_>) -> Vec<Stream> {
        let before = self.faults.len();
        let Some(terms) = self.terms(&Terms::of_counts(c), types) else { return Vec::new() };
        let source = self.source;
        let exits = c.exits.iter().filter_map(|l| self.names.link(source, l, self.faults)).collect();
        let turns = Turns { by_link: self.turns(c, &terms.classes), exits, classes: &terms.classes };
        let entries = self.entries(c, &turns);
        let (mut ways, mut totals) = (Vec::new(), Vec::new());
        for (link, flow, span) in entries {
            let found = self.ways(link, &turns, &span);
            let whole: f64 = found.iter().map(|w| w.flow).sum();
            totals.push(Target { flow, ways: (ways.len()..ways.len() + found.len()).collect() });
            ways.extend(found.into_iter().map(|w| Course { flow: w.flow / whole * flow, links: w.links }));
        }
        if self.faults.len() > before {
            return Vec::new();
        }
        self.fit(c, &turns, &mut ways, &totals);
        let links = &self.network.links;
        let flows = ways.into_iter().filter(|w| w.flow > 1e-6).enumerate().map(|(i, w)| {
            let (first, last) = (&links[w.links[0]].name, &links[w.links[w.links.len() - 1]].name);
            let name = format!("{}: {first} to {last}, way {}", c.name.get_ref(), i + 1);
            terms.stream(name, Itinerary::Links(w.links), Flow::veh_per_h(w.flow), Vec::new())
        });
        flows.collect()
    }

    /// Turns by the link they come from, with their shares.
    fn turns(&mut self, c: &CountsFile, classes: &[VehicleClass]) -> BTreeMap<LinkId, Vec<Turned>> {
        let mut by_link: BTreeMap<LinkId, Vec<(LinkId, &TurnFile)>> = BTreeMap::new();
        for t in &c.turns {
            let source = self.source;
            let ends = (self.names.link(source, &t.from, self.faults), self.names.link(source, &t.to, self.faults));
            let (Some(from), Some(to)) = ends else { continue };
            self.turn_exists(t, (from, to), classes);
            let known = by_link.entry(from).or_default();
            if known.iter().any(|k| k.0 == to) {
                let what = format!("the turn from \"{}\" to \"{}\" stands twice", t.from.get_ref(), t.to.get_ref());
                self.say(t.to.span(), what, "take one out, or add both counts");
            }
            known.push((to, t));
        }
        by_link.into_iter().map(|(from, turns)| (from, self.shares(&turns))).collect()
    }

    fn turn_exists(&mut self, t: &TurnFile, (from, to): (LinkId, LinkId), classes: &[VehicleClass]) {
        for &class in classes {
            if !self.network.successors(from, class).contains(&to) {
                let what = format!("no movement from \"{}\" to \"{}\" for {class:?}", t.from.get_ref(), t.to.get_ref());
                self.say(t.to.span(), what, "count turns that network.toml has as movements open to every class of the mix");
            }
        }
        let number = t.flow_veh_per_h.or(t.share);
        let most = if t.share.is_some() { 1.0 } else { MOST_VEH_PER_H };
        if number.is_none() || (t.share.is_some() && t.flow_veh_per_h.is_some()) {
            let what = format!("the turn to \"{}\" needs either flow_veh_per_h or share", t.to.get_ref());
            self.say(t.to.span(), what, "give one of the two");
        } else if !number.is_some_and(|n| (0.0..=most).contains(&n)) {
            let what = format!("the turn to \"{}\" has {}", t.to.get_ref(), number.unwrap_or_default());
            self.say(t.to.span(), what, "give 0 to 20000 veh/h, or a share of 0 to 1");
        }
    }

    /// The turns of one link.
    fn shares(&mut self, turns: &[(LinkId, &TurnFile)]) -> Vec<Turned> {
        let counted = turns.iter().filter(|t| t.1.flow_veh_per_h.is_some()).count();
        let total: f64 = turns.iter().filter_map(|t| t.1.flow_veh_per_h.or(t.1.share)).sum();
        let (name, span) = (turns[0].1.from.get_ref(), turns[0].1.from.span());
        if counted > 0 && counted < turns.len() {
            let what = format!("some turns from \"{name}\" are counts and some are shares");
            self.say(span, what, "give all turns of a link alike");
        } else if counted == 0 && (total - 1.0).abs() > 1e-6 {
            self.say(span, format!("the shares of the turns from \"{name}\" sum to {total}"), "make them sum to 1");
        }
        let share = |n: f64| if total > 0.0 { n / total } else { 1.0 / turns.len() as f64 };
        let turned = |&(to, t): &(LinkId, &TurnFile)| Turned {
            to,
            share: share(t.flow_veh_per_h.or(t.share).unwrap_or_default()),
            counted: t.flow_veh_per_h,
            span: t.to.span(),
        };
        turns.iter().map(turned).collect()
    }

    /// Entries with their flows in vehicles per hour.
    fn entries(&mut self, c: &CountsFile, turns: &Turns<'_>) -> Vec<(LinkId, f64, Range<usize>)> {
        let mut entries: Vec<(LinkId, f64, Range<usize>)> = Vec::new();
        if c.entries.is_empty() {
            self.say(c.name.span(), format!("counts \"{}\" have no entry", c.name.get_ref()), "add [[counts.entry]]");
        }
        for e in &c.entries {
            let Some(link) = self.names.link(self.source, &e.link, self.faults) else { continue };
            let (name, span) = (e.link.get_ref(), e.link.span());
            let of_turns = || turns.by_link.get(&link).and_then(|t| t.iter().map(|t| t.counted).sum::<Option<f64>>());
            match e.flow_veh_per_h.or_else(of_turns) {
                _ if entries.iter().any(|e| e.0 == link) => {
                    self.say(span, format!("entry \"{name}\" stands twice"), "take one out");
                }
                Some(flow) if (0.0..=MOST_VEH_PER_H).contains(&flow) => entries.push((link, flow, span)),
                Some(flow) => self.say(span, format!("entry \"{name}\" has {flow} veh/h"), "give 0 to 20000 veh/h"),
                None => {
                    let what = format!("nobody has counted who enters at \"{name}\"");
                    self.say(span, what, "give flow_veh_per_h, or count every turn from the link");
                }
            }
        }
        entries.retain(|e| e.1 > 0.0);
        entries
    }

    /// The ways from an entry, with the share of its drivers that would take each.
    fn ways(&mut self, entry: LinkId, turns: &Turns<'_>, span: &Range<usize>) -> Vec<Course> {
        let mut open = vec![(Course { links: vec![entry], flow: 1.0 }, span.clone())];
        let (mut done, mut unknown) = (Vec::new(), BTreeSet::new());
        while let Some((way, span)) = open.pop() {
            let last = way.links[way.links.len() - 1];
            match self.after(last, turns) {
                After::End => done.push(way),
                After::Turns(next) => {
                    for (to, share) in next.into_iter().filter(|n| !way.links.contains(&n.0)) {
                        let flow = way.flow * share;
                        if flow >= LEAST_SHARE {
                            let turned = turns.by_link.get(&last).and_then(|t| t.iter().find(|t| t.to == to));
                            let span = turned.map_or_else(|| span.clone(), |t| t.span.clone());
                            open.push((Course { links: [&way.links[..], &[to]].concat(), flow }, span));
                        }
                    }
                }
                After::Unknown if unknown.insert(last) => {
                    let name = &self.network.links[last].name;
                    let what = format!("the counts lead to \"{name}\", but nobody has counted where they turn there");
                    self.say(span, what, "add [[counts.turn]] for each turn from it, or name it among the exits");
                }
                After::Unknown => {}
            }
        }
        if done.is_empty() && unknown.is_empty() {
            let what = format!("no way over counted turns leads out from entry \"{}\"", self.network.links[entry].name);
            self.say(span.clone(), what, "count the turns that lead to an end of a road, or name exits");
        }
        done
    }

    fn after(&self, link: LinkId, turns: &Turns<'_>) -> After {
        if turns.exits.contains(&link) {
            return After::End;
        }
        if let Some(counted) = turns.by_link.get(&link) {
            return After::Turns(counted.iter().map(|t| (t.to, t.share)).collect());
        }
        let open = |&class: &VehicleClass| self.network.successors(link, class);
        let mut next = turns.classes.first().map(open).unwrap_or_default();
        next.retain(|n| turns.classes.iter().all(|class| open(class).contains(n)));
        match next[..] {
            [] => After::End,
            [only] => After::Turns(vec![(only, 1.0)]),
            _ => After::Unknown,
        }
    }

    /// Makes ways agree with the counts, and says so where they cannot.
    fn fit(&mut self, c: &CountsFile, turns: &Turns<'_>, ways: &mut [Course], totals: &[Target]) {
        let (mut counted, mut places) = (Vec::new(), Vec::new());
        for (&from, turned) in &turns.by_link {
            for t in turned {
                let Some(flow) = t.counted else { continue };
                let takes = |w: &Course| w.links.windows(2).any(|p| p == [from, t.to]);
                let ways = ways.iter().enumerate().filter(|(_, w)| takes(w)).map(|(i, _)| i).collect();
                counted.push(Target { flow, ways });
                places.push((from, t));
            }
        }
        for _ in 0..ROUNDS {
            let change = counted.iter().chain(totals).map(|target| scale(target, ways)).fold(0.0, f64::max);
            if change < 1e-9 {
                break;
            }
        }
        let most = c.max_geh.unwrap_or(MAX_GEH);
        if !(0.0..=1000.0).contains(&most) {
            self.say(c.name.span(), format!("a GEH of {most}"), "give max_geh between 0 and 1000, such as 5");
        }
        let apart = counted.iter().zip(places).map(|(target, place)| (geh(target.sum(ways), target.flow), target, place));
        let Some((worst, target, (from, turn))) = apart.max_by(|a, b| a.0.total_cmp(&b.0)) else { return };
        if worst > most {
            let (a, b) = (&self.network.links[from].name, &self.network.links[turn.to].name);
            let (fitted, flow) = (target.sum(ways), target.flow);
            let what = format!(
                "the counts contradict each other: {flow} veh/h turn from \"{a}\" to \"{b}\", \
                 but entries and other turns make it {fitted:.0} (GEH {worst:.1}, allowed {most})"
            );
            self.say(turn.span.clone(), what, "compare with the counts before and after it, or raise max_geh");
        }
    }
}

/// Scales ways to their target; by how much, relatively.
fn scale(target: &Target, ways: &mut [Course]) -> f64 {
    let sum = target.sum(ways);
    if sum <= 0.0 {
        return 0.0;
    }
    let factor = target.flow / sum;
    target.ways.iter().for_each(|&w| ways[w].flow *= factor);
    (factor - 1.0).abs()
}

/// How far two hourly flows are apart; the statistic of Geoffrey E. Havers.
fn geh(a: f64, b: f64) -> f64 {
    if a + b > 0.0 { (2.0 * (a - b) * (a - b) / (a + b)).sqrt() } else { 0.0 }
}
