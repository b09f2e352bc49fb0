//! Plans with a common cycle and the widest green bands along each corridor.

use super::search::{Judged, Search};
use super::timing::{Sequences, Timing};
use super::{Effort, OptimiseError, mean};
use crate::bands::{longest, stop_at};
use crate::corridor::Route;
use crate::waves::{CorridorWave, Greens, in_words, offsets, sections};
use controller::{CycleRange, GroupFlows};
use model::id::{IdVec, SignalId};
use model::scenario::Scenario;
use model::time::Seconds;

/// What makes green waves.
pub(super) struct Waves<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) sequences: &'a Sequences<'a>,
    pub(super) routes: &'a [Route],
}

impl Waves<'_> {
    /// Splits after Webster and the widest bands for each of some common cycles; a finding says whether those are proven.
    pub(super) fn timings(
        &self,
        flows: &IdVec<SignalId, GroupFlows>,
        effort: &Effort,
        findings: &mut Vec<String>,
    ) -> Result<Vec<Timing>, OptimiseError> {
        let with = |cycle: Seconds| Timing::webster(self.scenario, flows, CycleRange::fixed(cycle));
        let mut timings: Vec<Timing> = effort.cycles.iter().filter_map(|&cycle| with(cycle)).collect();
        if timings.is_empty() {
            // No listed cycle is long enough for every signal: take the shortest that is.
            let need = self.sequences.shortest_cycle();
            timings.push(with(Seconds(need.unwrap_or(90).div_ceil(5) as u16 * 5)).ok_or(OptimiseError::NoCommonCycle)?);
        }
        let mut proofs = Vec::new();
        for timing in &mut timings {
            let waves = self.coordinate(timing)?;
            proofs.extend(waves.iter().flat_map(|w| &w.sections).map(|s| s.wave.proof));
        }
        let proven = proofs.iter().filter(|p| p.is_optimal()).count();
        let worst = proofs.iter().map(|p| p.gap() / p.objective.max(1e-9)).fold(0.0, f64::max);
        let all = proofs.len();
        if all > proven {
            let gap = 100.0 * worst;
            findings.push(format!(
                "MAXBAND, all cycles: {all} programs, {proven} proven optimal, of the others none can be more than {gap:.0} % better."
            ));
        } else if all > 0 {
            findings.push(format!("MAXBAND, all cycles: {all} programs, all proven optimal."));
        }
        Ok(timings)
    }

    /// The one of some timings with a common cycle that does best in the simulation, and its bands.
    pub(super) fn best(
        &self,
        search: &mut Search<'_>,
        timings: Vec<Timing>,
        findings: &mut Vec<String>,
    ) -> Result<(Timing, Vec<CorridorWave>), OptimiseError> {
        let ranked = search.rank(timings)?;
        let cycle = |j: &Judged| j.timing.cycle(self.sequences, SignalId(0));
        if ranked.len() > 1 {
            let mut tried: Vec<_> = ranked.iter().map(|j| (cycle(j), mean(&j.costs))).collect();
            tried.sort_by_key(|t| t.0);
            let tried: Vec<String> = tried.iter().map(|(cycle, cost)| format!("{cycle} s: {cost:.1}")).collect();
            findings.push(format!(
                "Common cycles before refinement, {} in the search: {}.",
                search.objective(),
                tried.join(", ")
            ));
        }
        let mut timing = ranked.into_iter().next().ok_or(OptimiseError::NoCommonCycle)?.timing;
        let waves = self.coordinate(&mut timing)?;
        let cycle = Seconds(timing.cycle(self.sequences, SignalId(0)) as u16);
        findings.extend(waves.iter().map(|wave| in_words(self.scenario, wave, cycle)));
        Ok((timing, waves))
    }

    /// Sets the offsets along every corridor to the widest bands.
    pub(super) fn coordinate(&self, timing: &mut Timing) -> Result<Vec<CorridorWave>, OptimiseError> {
        let cycle = Seconds(timing.cycle(self.sequences, SignalId(0)) as u16);
        let mut waves = Vec::new();
        for route in self.routes {
            let greens = self.greens(timing, route)?;
            let sections = sections(route, &greens, cycle);
            for (signal, offset) in offsets(route, &greens, &sections, cycle) {
                timing.offsets[signal] = offset;
            }
            waves.push(CorridorWave { route: route.clone(), sections });
        }
        Ok(waves)
    }

    /// The through greens of every signal of a corridor, both ways.
    pub(super) fn greens(&self, timing: &Timing, route: &Route) -> Result<Vec<Greens>, OptimiseError> {
        let through = |&id: &SignalId| {
            let plan = timing.plan(self.sequences, id)?;
            Ok([0, 1].map(|way| stop_at(route, way, id).and_then(|s| longest(&plan, s))))
        };
        route.corridor.signals.iter().map(through).collect()
    }
}
