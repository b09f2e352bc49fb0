//! Offsets that keep the platoons of a whole network in step, corridors or none: the first harmonic of what arrives.

use super::OptimiseError;
use super::timing::{Sequences, Timing};
use crate::streams::platoon_model;
use controller::{Discharge, Dispersion, GreenShare, HarmonicNetwork, PlatoonLink, PlatoonModel};
use model::id::{Id, IdVec, SignalId};
use model::network::SignalHead;
use model::quantity::{Flow, Span};
use model::scenario::Scenario;
use model::signal::{Green, SignalPlan};
use model::time::Seconds;

/// How many stop lines without a signal a platoon is followed over.
const FOLLOWED: usize = 6;

/// Flows below this make no platoon, in vehicles per hour. Assumed.
const LEAST: f64 = 10.0;

/// Timings with other offsets: those that keep the platoons of their greens in step. Timings without a common cycle are left out.
pub(super) fn in_step(scenario: &Scenario, sequences: &Sequences<'_>, timings: &[Timing]) -> Result<Vec<Timing>, OptimiseError> {
    let model = platoon_model(scenario).model;
    let timing = |timing: &Timing| {
        let cycle = Seconds(timing.common_cycle(sequences)? as u16);
        let plans = sequences.ids().map(|id| timing.bare_plan(sequences, id)).collect::<Result<IdVec<_, _>, _>>();
        Some(plans.map(|plans| Timing { offsets: offsets(&model, &plans, cycle), ..timing.clone() }))
    };
    timings.iter().filter_map(timing).collect()
}

/// Offsets for plans with a common cycle; those that the plans have do not matter.
fn offsets(model: &PlatoonModel, plans: &IdVec<SignalId, SignalPlan>, cycle: Seconds) -> IdVec<SignalId, Seconds> {
    let span = Span::seconds_f64(f64::from(cycle.0));
    let links = links(model, plans, cycle).iter().map(|l| l.harmonic(span, Dispersion::default())).collect();
    let best = HarmonicNetwork::new(plans.len(), links).expect("a checked network makes sense").best();
    let second = |share: f64| Seconds((share * span.seconds()).round() as u16 % cycle.0);
    best.offsets.into_iter().map(second).collect()
}

/// Vehicles that go from signal to signal, and the greens that they leave in and come to.
fn links(model: &PlatoonModel, plans: &IdVec<SignalId, SignalPlan>, cycle: Seconds) -> Vec<PlatoonLink> {
    let green = |head: SignalHead| {
        let greens = plans[head.signal].greens[head.group].iter().filter(|g| g.duration > Seconds(0));
        greens.max_by_key(|g: &&Green| (g.duration, g.start)).map(|&g| GreenShare::of(g, cycle))
    };
    let mut links = Vec::new();
    for (index, stream) in model.streams().iter().enumerate() {
        let Some((head, leaves)) = stream.head.and_then(|h| Some((h, green(h)?))) else { continue };
        for Arrival { stream: next, head: to, share, travel } in onward(model, index) {
            let flow = stream.flow * share;
            let Some(finds) = green(to).filter(|_| to.signal != head.signal && flow.in_veh_per_h() >= LEAST) else { continue };
            let leaves = Discharge { green: leaves, saturation_flow: saturation(model, stream.group, flow) };
            let goes_on = Discharge { green: finds, saturation_flow: saturation(model, model.streams()[next].group, flow) };
            let (from, to) = (head.signal.index(), to.signal.index());
            links.push(PlatoonLink { from, to, flow, leaves, goes_on, travel });
        }
    }
    links
}

/// The part of the saturation flow of a lane group that a flow among its own has: all leave a queue in proportion.
fn saturation(model: &PlatoonModel, group: usize, flow: Flow) -> Flow {
    let streams = model.streams().iter().filter(|s| s.group == group);
    // Times that each stream takes add up: the share of its lanes that the lane group needs.
    let needed: f64 = streams.map(|s| s.flow / s.saturation_flow).sum::<f64>() / f64::from(model.groups()[group].lanes);
    flow / needed
}

/// A share of a stream that comes to a signal.
struct Arrival {
    /// The stream that it becomes.
    stream: usize,
    head: SignalHead,
    share: f64,
    travel: Span,
}

/// Where a stream comes to the next signals.
fn onward(model: &PlatoonModel, stream: usize) -> Vec<Arrival> {
    let mut found = Vec::new();
    let mut on_the_way = vec![(stream, 1.0, Span::ZERO, 0)];
    while let Some((at, share, travel, passed)) = on_the_way.pop() {
        for &(next, part) in &model.streams()[at].onward {
            let (stream, share) = (&model.streams()[next], share * part);
            let travel = travel + stream.travel;
            match stream.head {
                Some(head) => found.push(Arrival { stream: next, head, share, travel }),
                None if passed < FOLLOWED => on_the_way.push((next, share, travel, passed + 1)),
                None => {}
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Effort;
    use crate::flows::group_flows;
    use crate::optimise::foresight::Foresight;
    use crate::optimise::timing::Sequences;
    use controller::CycleRange;
    use model::toy::Grid;

    #[test]
    fn a_street_without_a_corridor_is_coordinated_too() {
        let scenario = Grid { columns: 4, duration_s: 900, ..Grid::default() }.scenario();
        let sequences = Sequences::of(&scenario).unwrap();
        let flows = group_flows(&scenario);
        let plain = Timing::webster(&scenario, &flows, CycleRange::fixed(Seconds(80))).unwrap();
        let in_step = in_step(&scenario, &sequences, std::slice::from_ref(&plain)).unwrap().remove(0);
        assert_eq!(in_step.durations, plain.durations);
        let promises = Foresight::new(&scenario, &sequences, &Effort::default(), 0).promises(vec![plain, in_step]).unwrap();
        assert!(promises[1].cost() < promises[0].cost(), "{} {}", promises[1].cost(), promises[0].cost());
    }

    #[test]
    fn signals_with_cycles_of_their_own_have_no_offsets_in_step() {
        let scenario = Grid { columns: 3, ..Grid::default() }.scenario();
        let sequences = Sequences::of(&scenario).unwrap();
        let flows = group_flows(&scenario);
        let mut timing = Timing::webster(&scenario, &flows, CycleRange::fixed(Seconds(80))).unwrap();
        timing.durations[SignalId(0)][0].0 += 1;
        assert!(in_step(&scenario, &sequences, &[timing]).unwrap().is_empty());
    }
}
