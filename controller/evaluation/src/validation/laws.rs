//! What must never happen, on grids at random.

use super::Trial;
use super::arrivals::Draws;
use super::row::{Row, Target};
use super::trials::start;
use model::id::{GroupId, IdVec, SignalId};
use model::scenario::Scenario;
use model::signal::Aspect;
use model::toy::Grid;
use rayon::prelude::*;
use sim::Simulation;

/// Grids that are tried.
const GRIDS: u64 = 40;

/// What must not happen, counted.
#[derive(Debug, Clone, Copy, Default)]
struct Violations {
    lost: u64,
    overlaps: u64,
    red_runs: u64,
    intergreens: u64,
    updates: u64,
}

/// V11: nobody is lost, touched or let through on red, and no intergreen is cut.
pub(super) fn violations(trial: &Trial<'_>) -> Vec<Row> {
    let grids = GRIDS * trial.effort.max(1);
    let found: Vec<Violations> = (1..=grids).into_par_iter().map(|n| try_grid(trial, n)).collect();
    let sum = |pick: fn(&Violations) -> u64| found.iter().map(pick).sum::<u64>() as f64;
    let row = |what: &str, count: f64| {
        Row::measured("V11", format!("{what}, {grids} grids at random"), "", Target::at_most(0.0), count)
            .digits(0)
            .figures(format!("{:.1} million vehicle updates", sum(|v| v.updates) / 1e6))
            .source("laws of the simulation")
    };
    vec![
        row("vehicles lost or there twice", sum(|v| v.lost)),
        row("footprints that touch, looked for every second", sum(|v| v.overlaps)),
        row("stop lines crossed on red", sum(|v| v.red_runs)),
        row("greens shown before the intergreen is over", sum(|v| v.intergreens)),
    ]
}

fn try_grid(trial: &Trial<'_>, number: u64) -> Violations {
    let scenario = grid_at_random(number).scenario();
    let mut run = start(&scenario, number, trial.step);
    let mut watch = Watch::new(&scenario);
    while !run.is_over() {
        run.step();
        watch.look(&scenario, &run);
    }
    let m = run.measures();
    Violations {
        lost: u64::from(m.lost),
        overlaps: m.overlaps,
        red_runs: m.red_runs,
        intergreens: watch.cut,
        updates: m.vehicle_updates,
    }
}

fn grid_at_random(number: u64) -> Grid {
    let mut draws = Draws::of("grids", number);
    let mut between = |low: f64, high: f64| low + (high - low) * draws.uniform();
    let cycle_s = between(40.0, 120.0) as u16;
    Grid {
        columns: between(1.0, 4.0) as usize,
        rows: between(1.0, 3.0) as usize,
        lanes: between(1.0, 5.0) as usize,
        spacing_m: between(60.0, 300.0).round(),
        cycle_s,
        // Both streets keep their minimum green and their intergreens.
        green_s: 5 + between(0.0, f64::from(cycle_s - 22)) as u16,
        offset_s: between(0.0, 120.0) as u16,
        flow_veh_per_h: between(50.0, 2000.0).round(),
        cross_flow_veh_per_h: between(50.0, 2000.0).round(),
        turning: between(0.0, 0.5),
        duration_s: 240,
        ..Grid::default()
    }
}

/// Looks at what signals show.
struct Watch {
    /// What every group showed last.
    shown: IdVec<SignalId, IdVec<GroupId, Aspect>>,
    /// When its green ended, in seconds of the day.
    ended: IdVec<SignalId, IdVec<GroupId, f64>>,
    /// Greens that came too soon.
    cut: u64,
}

impl Watch {
    fn new(scenario: &Scenario) -> Self {
        let groups = |signal: SignalId| scenario.signals[signal].groups.len();
        let all = scenario.signals.len();
        Self {
            shown: IdVec::from_fn(all, |s| IdVec::from_fn(groups(s), |_| Aspect::Red)),
            ended: IdVec::from_fn(all, |s| IdVec::from_fn(groups(s), |_| f64::NEG_INFINITY)),
            cut: 0,
        }
    }

    fn look(&mut self, scenario: &Scenario, run: &Simulation) {
        let frame = run.frame();
        for (signal, groups) in frame.shown.enumerate() {
            for (group, &now) in groups.enumerate() {
                let before = self.shown[signal][group];
                if before == Aspect::Green && now != Aspect::Green {
                    self.ended[signal][group] = frame.now;
                }
                if before != Aspect::Green && now == Aspect::Green {
                    self.cut += self.too_soon(scenario, signal, group, frame.now);
                }
            }
            self.shown[signal] = groups.clone();
        }
    }

    /// Groups whose intergreen to one that turns green is not over, or that are still green.
    fn too_soon(&self, scenario: &Scenario, signal: SignalId, entering: GroupId, now: f64) -> u64 {
        let table = &scenario.signals[signal].intergreens;
        let cut = |clearing: &GroupId| {
            let shows = self.shown[signal][*clearing] == Aspect::Green;
            table[(*clearing, entering)].is_some_and(|t| shows || now - self.ended[signal][*clearing] < f64::from(t.0) - 1e-6)
        };
        self.ended[signal].ids().filter(cut).count() as u64
    }
}
