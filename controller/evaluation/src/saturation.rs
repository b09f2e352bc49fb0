//! Degrees of saturation (Auslastungsgrade) of the approaches under a plan.

use crate::flows::{Served, served};
use crate::streams::{StreamModel, platoon_model};
use controller::Scratch;
use model::id::{GroupId, LaneId, LinkId, SignalId};
use model::scenario::{PlanSet, Scenario};
use std::collections::BTreeMap;

/// The fullest lane of an approach (Zufahrt) under a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ApproachSaturation {
    /// The signal that the approach leads to.
    pub signal: SignalId,
    /// The link of the approach.
    pub link: LinkId,
    /// The group that its fullest lane waits for.
    pub group: GroupId,
    /// Degree of saturation (Auslastungsgrad): flow over capacity, which is the saturation flow times the share of green
    /// in the cycle. Above 1 the lane is over capacity; infinite where there is a flow but no green.
    ///
    /// Flows are the demand on its fastest ways, saturation flows those of [`crate::group_flows`]; green is taken as shown.
    pub degree: f64,
}

/// A lane before a signal under a plan, and a group that it waits for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LaneDegree {
    /// The signal.
    pub signal: SignalId,
    /// The group.
    pub group: GroupId,
    /// The lane.
    pub lane: LaneId,
    /// Its degree of saturation; see [`ApproachSaturation::degree`].
    pub degree: f64,
}

/// Every lane before a signal that somebody drives on, once for each group that it waits for.
pub fn lane_degrees(scenario: &Scenario, plan: &PlanSet) -> Vec<LaneDegree> {
    let degree = |Served { lane, head, flow }: Served| {
        let signal = &plan.plans[head.signal];
        let green = f64::from(signal.plan().green_time(head.group).get()) / f64::from(signal.cycle().get());
        let ratio = flow.flow / flow.saturation_flow;
        (ratio > 0.0).then_some(LaneDegree { signal: head.signal, group: head.group, lane, degree: ratio / green })
    };
    served(scenario).into_iter().filter_map(degree).collect()
}

/// Every approach to a signal that somebody drives on, by signal and link.
pub fn saturation(scenario: &Scenario, plan: &PlanSet) -> Vec<ApproachSaturation> {
    let mut fullest: BTreeMap<(SignalId, LinkId), ApproachSaturation> = BTreeMap::new();
    for LaneDegree { signal, group, lane, degree } in lane_degrees(scenario, plan) {
        let link = scenario.network.lanes[lane].link;
        let found = ApproachSaturation { signal, link, group, degree };
        let slot = fullest.entry((signal, link)).or_insert(found);
        if slot.degree < found.degree {
            *slot = found;
        }
    }
    fullest.into_values().collect()
}

/// The fullest lanes before a signal as the platoon model sees them, which knows of gaps in oncoming traffic and of turning
/// lanes: their link, and their degree of saturation (Auslastungsgrad), in which a movement without any capacity counts as 4.
/// `None` where nobody comes to a signal.
pub fn fullest_lanes(scenario: &Scenario, plan: &PlanSet) -> Option<(LinkId, f64)> {
    let StreamModel { model, movements, .. } = platoon_model(scenario);
    let plans = plan.plans.iter().map(|p| p.plan().clone()).collect();
    let foreseen = model.foresee(&plans, &mut Scratch::default());
    let network = &scenario.network;
    let lanes = movements.iter().zip(&foreseen.streams).filter_map(|(members, service)| {
        let signalised = members.iter().find(|&&m| network.movements[m].head.is_some())?;
        Some((network.origin_link(*signalised), service.saturation))
    });
    lanes.max_by(|a, b| a.1.total_cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::toy::Grid;

    #[test]
    fn the_degree_is_flow_over_saturation_flow_times_the_share_of_green() {
        let scenario = Grid { flow_veh_per_h: 900.0, turning: 0.0, lanes: 1, ..Grid::default() }.scenario();
        let found = saturation(&scenario, scenario.plan(None).unwrap());
        // The east-west street: 900 of 1900 vehicles an hour in 36 of 80 s.
        let street: Vec<f64> =
            found.iter().map(|a| a.degree).filter(|d| (d - 900.0 / 1900.0 * 80.0 / 36.0).abs() < 1e-9).collect();
        assert_eq!((found.len(), street.len()), (4, 2), "{found:?}");
    }

    #[test]
    fn the_fullest_lanes_are_those_of_the_busier_street() {
        let scenario = Grid { flow_veh_per_h: 700.0, turning: 0.0, lanes: 1, ..Grid::default() }.scenario();
        let (link, degree) = fullest_lanes(&scenario, scenario.plan(None).unwrap()).unwrap();
        let found = saturation(&scenario, scenario.plan(None).unwrap());
        let reckoned = found.iter().find(|a| a.link == link).unwrap().degree;
        assert!(found.iter().all(|a| a.degree <= reckoned + 1e-9), "{found:?}");
        assert!((degree / reckoned - 1.0).abs() < 0.1, "{degree} and {reckoned}");
    }

    #[test]
    fn an_approach_without_green_is_over_capacity_and_one_without_traffic_is_not_named() {
        let scenario = Grid { cross_flow_veh_per_h: 0.0, turning: 0.0, ..Grid::default() }.scenario();
        let found = saturation(&scenario, scenario.plan(None).unwrap());
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().all(|a| a.degree < 1.0));
    }
}
