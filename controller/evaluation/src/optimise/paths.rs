//! Offsets from bands of the important paths, corridors or none.

use super::OptimiseError;
use super::timing::{Sequences, Timing};
use crate::corridor::Route;
use crate::flows::{Through, group_flows, ways};
use crate::paths::{Path, PathStop, Traveller, along, gathered, heaviest};
use crate::runs::side_by_side;
use crate::waves::NARROWEST;
use controller::{BandError, BandPath, GreenShare, GroupFlows, PathBands, PathNetwork, PathSignal, Station, path_bands};
use model::id::{Id, IdVec, SignalId};
use model::network::SignalHead;
use model::quantity::Span;
use model::scenario::Scenario;
use model::signal::{Green, SignalPlan};
use model::time::Seconds;
use std::collections::BTreeMap;

/// Orders of the stages of a signal that the bands may choose from: left turns that lead or lag, for example.
const PATTERNS: usize = 3;

/// Nodes of the search for one cycle: a second or two for a network of twenty signals.
const NODES: usize = 60;

/// What finds the bands of the important paths of a scenario.
pub(super) struct PathWaves<'a> {
    scenario: &'a Scenario,
    sequences: &'a Sequences<'a>,
    routes: &'a [Route],
    ways: Vec<Through>,
    heaviest: Vec<Path>,
    flows: IdVec<SignalId, GroupFlows>,
    gathered: BTreeMap<(SignalHead, SignalHead), f64>,
}

/// A signal with its stages in one of their orders.
struct Pattern {
    order: usize,
    durations: Vec<Seconds>,
    plan: SignalPlan,
}

impl Pattern {
    /// The longest green of a group, as a share of the cycle; `None` where it has none.
    fn green(&self, head: SignalHead) -> Option<GreenShare> {
        let greens = self.plan.greens[head.group].iter().filter(|g| g.duration > Seconds(0));
        greens.max_by_key(|g: &&Green| (g.duration, g.start)).map(|&g| GreenShare::of(g, self.plan.cycle))
    }
}

/// A timing whose offsets come from path bands.
#[derive(Debug, Clone)]
pub(super) struct PathTiming {
    pub(super) timing: Timing,
    cycle: Seconds,
    /// The paths and their bands, in the same order.
    paths: Vec<Path>,
    found: PathBands,
}

impl<'a> PathWaves<'a> {
    pub(super) fn new(scenario: &'a Scenario, sequences: &'a Sequences<'a>, routes: &'a [Route]) -> Self {
        let ways = ways(scenario);
        let (network, flows) = (&scenario.network, group_flows(scenario));
        let (heaviest, gathered) = (heaviest(network, &ways), gathered(network, &ways));
        Self { scenario, sequences, routes, ways, heaviest, flows, gathered }
    }

    /// Timings with the offsets of the widest path bands; those without a common cycle or without bands are left out. The search
    /// begins with the offsets that a timing has, and with those of its namesake among `others`. Findings say how good each is, and
    /// where there is none though there might be.
    pub(super) fn timings(
        &self,
        timings: &[Timing],
        others: &[Timing],
        jobs: usize,
        findings: &mut Vec<String>,
    ) -> Result<Vec<PathTiming>, OptimiseError> {
        let in_common = |timing| Some((timing, Timing::common_cycle(timing, self.sequences)?));
        let timings: Vec<(&Timing, i32)> = timings.iter().filter_map(in_common).collect();
        let solved = side_by_side(jobs, &timings, |&(timing, cycle)| {
            let other = others.iter().find(|o| o.durations == timing.durations);
            self.timing(timing, other, Seconds(cycle as u16))
        });
        let mut found = Vec::new();
        for ((_, cycle), solved) in timings.into_iter().zip(solved) {
            match solved? {
                Ok(timing) => {
                    findings.extend(timing.as_ref().map(PathTiming::in_words));
                    found.extend(timing);
                }
                // Where no path can have a band the other beginnings do.
                Err(BandError::Infeasible) => {}
                Err(error) => findings.push(format!("Path bands, cycle {cycle} s: none, {error}.")),
            }
        }
        Ok(found)
    }

    /// The timing with the widest path bands; none where none is wider than nothing.
    fn timing(
        &self,
        timing: &Timing,
        other: Option<&Timing>,
        cycle: Seconds,
    ) -> Result<Result<Option<PathTiming>, BandError>, OptimiseError> {
        let patterns = self.sequences.ids().map(|id| self.patterns(timing, id)).collect::<Result<IdVec<_, _>, _>>()?;
        let green = |head: SignalHead| patterns[head.signal].iter().map(|p| p.green(head)).collect::<Option<Vec<_>>>();
        let paths: Vec<Path> =
            self.paths(timing, cycle)?.into_iter().filter(|p| p.stops.iter().all(|s| green(s.head).is_some())).collect();
        let bands = paths.iter().map(|path| self.band_path(path, &green, cycle)).collect();
        let shares = |t: &Timing| t.offsets.iter().map(|o| f64::from(o.0) / f64::from(cycle.0)).collect();
        let network = PathNetwork {
            signals: patterns.iter().map(|p| PathSignal { patterns: p.len(), twice: false }).collect(),
            beginnings: [Some(timing), other].into_iter().flatten().map(shares).collect(),
            node_limit: NODES,
            ..PathNetwork::new(self.sequences.len(), bands, Span::seconds_f64(f64::from(cycle.0)))
        };
        let found = match path_bands(&network) {
            Ok(found) if found.bands.iter().any(Option::is_some) => found,
            Ok(_) => return Ok(Ok(None)),
            Err(error) => return Ok(Err(error)),
        };
        let mut timing = timing.clone();
        for (id, pattern) in self.sequences.ids().zip(&found.patterns) {
            let Pattern { order, durations, .. } = &patterns[id][*pattern];
            (timing.orders[id], timing.durations[id]) = (*order, durations.clone());
        }
        for (s, (offset, &counted_from)) in found.offsets.iter().zip(&found.counted_from).enumerate() {
            if s != counted_from {
                let base = f64::from(timing.offsets[SignalId::from_index(counted_from)].0);
                let offset = (offset.seconds() + base).round().rem_euclid(f64::from(cycle.0));
                timing.offsets[SignalId::from_index(s)] = Seconds(offset as u16);
            }
        }
        Ok(Ok(Some(PathTiming { timing, cycle, paths, found })))
    }

    /// A signal in the order of stages that a timing has, then in others.
    fn patterns(&self, timing: &Timing, id: SignalId) -> Result<Vec<Pattern>, OptimiseError> {
        let others = (0..self.sequences.orders(id).len()).filter_map(|order| timing.reordered(self.sequences, id, order));
        let different = others.filter(|other| other.orders[id] != timing.orders[id]).take(PATTERNS - 1);
        let pattern = |timing: Timing| {
            let plan = timing.bare_plan(self.sequences, id)?.with_offset(Seconds(0));
            Ok(Pattern { order: timing.orders[id], durations: timing.durations[id].clone(), plan })
        };
        std::iter::once(timing.clone()).chain(different).map(pattern).collect()
    }

    /// A path as the band program wants it.
    fn band_path(&self, path: &Path, green: &impl Fn(SignalHead) -> Option<Vec<GreenShare>>, cycle: Seconds) -> BandPath {
        let mut before = None;
        let station = |&PathStop { head, travel, dwell }: &PathStop| {
            let greens = green(head)?;
            let queue_clearance = before.map_or(Span::ZERO, |before| match path.traveller {
                Traveller::Bicycle => Span::ZERO,
                _ => self.queue_clearance((before, head), &greens, cycle),
            });
            before = Some(head);
            Some(Station { travel, dwell, queue_clearance, greens, ..Station::new(head.signal.index(), WHOLE, travel.0) })
        };
        let stations = path.stops.iter().filter_map(station).collect();
        BandPath { least: NARROWEST / f64::from(cycle.0), ..BandPath::new(stations, path.flow.in_veh_per_h() / 1000.0) }
    }

    /// How long those take to leave a stop line who have gathered there during red, but for those from the stop line before: the
    /// flow ratio of the fullest lane, times their share, times the red.
    fn queue_clearance(&self, hop: (SignalHead, SignalHead), greens: &[GreenShare], cycle: Seconds) -> Span {
        let ratio = self.flows[hop.1.signal][hop.1.group].as_ref().map_or(0.0, |f| f.flow / f.saturation_flow);
        let share = self.gathered.get(&hop).copied().unwrap_or(0.0);
        let green = greens.iter().map(|g| g.length).fold(1.0, f64::min);
        let red = (1.0 - green) * f64::from(cycle.0);
        Span::seconds_f64((ratio * share * red).min(green * f64::from(cycle.0)))
    }

    /// The heaviest paths, and the two directions of every section along which MAXBAND found bands.
    fn paths(&self, timing: &Timing, cycle: Seconds) -> Result<Vec<Path>, OptimiseError> {
        let waves = super::Waves { scenario: self.scenario, sequences: self.sequences, routes: self.routes };
        let mut paths = self.heaviest.clone();
        for route in self.routes {
            let greens = waves.greens(timing, route)?;
            for section in crate::waves::sections(route, &greens, cycle) {
                let both = along(route, (section.from, section.to), &self.scenario.network, &self.ways);
                let known = |p: &Path| self.heaviest.iter().any(|h| h.traveller == p.traveller && h.heads() == p.heads());
                paths.extend(both.into_iter().filter(|p| !known(p)));
            }
        }
        Ok(paths)
    }
}

/// All of the cycle.
const WHOLE: GreenShare = GreenShare { start: 0.0, length: 1.0 };

impl PathTiming {
    /// How many paths have bands, and how good they are known to be.
    pub(super) fn in_words(&self) -> String {
        let carried: Vec<(&Path, f64)> =
            self.paths.iter().zip(&self.found.bands).filter_map(|(p, b)| Some((p, b.as_ref()?.width))).collect();
        let flow = |paths: &mut dyn Iterator<Item = &Path>| paths.map(|p| p.flow.in_veh_per_h()).sum::<f64>();
        let (all, with) = (flow(&mut self.paths.iter()), flow(&mut carried.iter().map(|c| c.0)));
        let mean = carried.iter().map(|(p, width)| p.flow.in_veh_per_h() * width).sum::<f64>() / with.max(1.0);
        let proof = &self.found.proof;
        let proven = if proof.is_optimal() {
            "proven optimal".into()
        } else {
            format!("not proven optimal: no more than {:.0} % better", 100.0 * proof.gap() / proof.objective.max(1e-9))
        };
        format!(
            "Path bands, cycle {} s, of paths weighted by their flow: {} of {} have a band, {:.0} % of the weight, {:.1} s wide on \
             average; {proven}, after {} nodes.",
            self.cycle.0,
            carried.len(),
            self.paths.len(),
            100.0 * with / all.max(1e-9),
            mean * f64::from(self.cycle.0),
            proof.nodes
        )
    }
}
