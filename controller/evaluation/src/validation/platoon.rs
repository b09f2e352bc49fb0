//! How a platoon stretches on its way from a stop line.

use super::Trial;
use super::row::{Row, Target};
use super::trials::{by_seed, link_named, passages, stop_line};
use crate::passages::{Line, Passage};
use controller::Dispersion;
use model::id::Id;
use model::quantity::{Flow, Span};
use model::scenario::Scenario;
use model::time::Step;
use model::toy::Grid;

/// Distance from the stop line at which the platoon is looked at again, in metres.
const DISTANCE: f64 = 300.0;
const CYCLE: u16 = 90;
const GREEN: u16 = 36;
/// Seconds before counting begins.
const SETTLE: f64 = 180.0;
const CYCLES: u32 = 40;

const SOURCE: &str = "TRANSYT: 0.35 on British roads, 0.25 to 0.5 by friction (β = 0.8)";

/// V7: Robertson's α, fitted to platoons.
pub(super) fn dispersion(trial: &Trial<'_>) -> Vec<Row> {
    let row = |lanes: usize, target: Target| {
        let fit = fit(&profiles(trial, lanes));
        let what =
            format!("Robertson's α {DISTANCE} m behind a stop line, β = 0.8, {lanes} lane(s), 50 km/h ±10 % between drivers");
        let figures = format!(
            "travel time {:.1} s; squared error {:.0} % of that without dispersion; with β free α = {:.2}, β = {:.2}",
            fit.travel,
            100.0 * fit.error,
            fit.free.0,
            fit.free.1
        );
        Row::measured("V7", what, "", target, fit.alpha).figures(figures).source(SOURCE)
    };
    vec![row(2, Target::between(0.2, 0.5)), row(1, Target::NONE)]
}

/// Flows over the cycle, in vehicles per second: at the stop line, and downstream.
struct Profiles {
    upstream: Vec<Flow>,
    downstream: Vec<Flow>,
    /// Mean time between both, in seconds.
    travel: f64,
}

fn profiles(trial: &Trial<'_>, lanes: usize) -> Profiles {
    let scenario = street(lanes);
    let runs = by_seed(trial, 6, |seed| both_lines(&scenario, seed, trial.step));
    let seconds = f64::from(CYCLES) * runs.len() as f64;
    let profile = |which: usize| {
        let mut flows = vec![0.0; usize::from(CYCLE)];
        for passage in runs.iter().flat_map(|r| &r[which]) {
            flows[(passage.at % f64::from(CYCLE)) as usize] += 1.0 / seconds;
        }
        flows.into_iter().map(Flow::veh_per_second).collect()
    };
    let travel: Vec<f64> = runs.iter().flat_map(|r| travel_times(r)).collect();
    let mean = travel.iter().sum::<f64>() / travel.len().max(1) as f64;
    Profiles { upstream: profile(0), downstream: profile(1), travel: mean }
}

fn street(lanes: usize) -> Scenario {
    let flow_veh_per_h = 550.0 * lanes as f64;
    let grid = Grid {
        lanes,
        spacing_m: 450.0,
        cycle_s: CYCLE,
        green_s: GREEN,
        flow_veh_per_h,
        cross_flow_veh_per_h: 0.0,
        turning: 0.0,
        duration_s: SETTLE as u32 + (CYCLES + 2) * u32::from(CYCLE),
        ..Grid::default()
    };
    grid.scenario()
}

fn both_lines(scenario: &Scenario, seed: u64, step: Step) -> Vec<Vec<Passage>> {
    let stop = stop_line(scenario, "X0.0<East");
    let link = link_named(scenario, "X0.0>East");
    // The movement across the intersection belongs to the way.
    let across = scenario.network.movements.iter().filter(|m| scenario.network.lanes[m.to].link == link);
    let across = across.map(|m| m.length.get()).fold(f64::INFINITY, f64::min);
    let below = Line { link, at: DISTANCE - across };
    let mut found = passages(scenario, seed, step, &[stop, below]);
    let begin = f64::from(scenario.begin.0) + SETTLE;
    let end = begin + f64::from(CYCLES) * f64::from(CYCLE);
    for list in &mut found {
        list.retain(|p| (begin..end).contains(&p.at));
    }
    found
}

fn travel_times(lines: &[Vec<Passage>]) -> Vec<f64> {
    let last = lines.iter().flatten().map(|p| p.vehicle.index()).max().unwrap_or(0);
    let mut left = vec![None; last + 1];
    lines[0].iter().for_each(|p| left[p.vehicle.index()] = Some(p.at));
    lines[1].iter().filter_map(|p| Some(p.at - left[p.vehicle.index()]?)).collect()
}

struct Fit {
    alpha: f64,
    travel: f64,
    /// Squared error over that of a platoon that keeps its shape.
    error: f64,
    /// α and β that fit best together.
    free: (f64, f64),
}

fn fit(profiles: &Profiles) -> Fit {
    let error = |alpha: f64, beta: f64| {
        let model = Dispersion { alpha, beta }.cyclic_arrivals(&profiles.upstream, Span::seconds_f64(profiles.travel));
        let square = |(a, b): (&Flow, &Flow)| (a.get() - b.get()) * (a.get() - b.get());
        model.iter().zip(&profiles.downstream).map(square).sum::<f64>()
    };
    let alphas = || (0..=200).map(|i| f64::from(i) * 0.01);
    let best = |beta: f64| alphas().min_by(|&a, &b| error(a, beta).total_cmp(&error(b, beta))).expect("some α");
    let alpha = best(0.8);
    let betas = (50..=100).map(|i| f64::from(i) * 0.01);
    let free = betas.map(|b| (best(b), b)).min_by(|a, b| error(a.0, a.1).total_cmp(&error(b.0, b.1))).expect("some β");
    Fit { alpha, travel: profiles.travel, error: error(alpha, 0.8) / error(0.0, 1.0), free }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fit_finds_the_dispersion_that_made_a_profile() {
        let upstream: Vec<Flow> = (0..90).map(|t| Flow::veh_per_second(if t < 25 { 0.5 } else { 0.0 })).collect();
        let made = Dispersion { alpha: 0.31, beta: 0.8 };
        let downstream = made.cyclic_arrivals(&upstream, Span::seconds_f64(24.0));
        let found = fit(&Profiles { upstream, downstream, travel: 24.0 });
        assert!((found.alpha - 0.31).abs() < 0.006 && found.error < 1e-3, "{} {}", found.alpha, found.error);
    }
}
