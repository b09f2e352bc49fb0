//! The traffic of a town: vehicles of all classes, from end to end, past stops; people on foot; broken detectors.

use super::BEGIN;
use super::draw::{Draw, Feature};
use super::streets::Town;
use model::demand::{Arrivals, DepartLane, DepartSpeed};
use model::detector::FaultKind;
use model::scenario::file::{
    CallFile, DemandFile, DetectorFaultFile, DetectorFile, FlowFile, ShareFile, StopFile, VehicleTypeFile, WalkingFile, reference,
};
use model::vehicle::{FollowingModel, VehicleClass};

/// A direction of a street: the street, and the end that it leaves.
type Link = (usize, usize);

impl Town {
    fn links(&self) -> Vec<Link> {
        let all = (0..self.streets.len()).flat_map(|s| [(s, 0), (s, 1)]);
        all.filter(|&(s, end)| self.streets[s].lanes[end] > 0).collect()
    }

    /// The links that a link leads on to.
    fn next(&self, (s, end): Link) -> Vec<Link> {
        let n = self.streets[s].ends[1 - end];
        let arms = &self.nodes[n].arms;
        let from = arms.iter().position(|a| (a.street, a.end) == (s, 1 - end));
        let mut next: Vec<Link> = self
            .ways
            .iter()
            .filter(|w| w.node == n && Some(w.from) == from)
            .map(|w| (arms[w.to].street, arms[w.to].end))
            .collect();
        next.sort_unstable();
        next.dedup();
        next
    }

    /// A way by chance from an end of the town, without going anywhere twice.
    fn wander(&self, start: Link, draw: &mut Draw) -> Vec<Link> {
        let mut way = vec![start];
        loop {
            let mut next = self.next(way[way.len() - 1]);
            next.retain(|l| !way.contains(l));
            if next.is_empty() || way.len() > 12 {
                return way;
            }
            way.push(draw.pick(&next));
        }
    }

    pub(crate) fn stops(&self) -> Vec<StopFile> {
        let mut stops = Vec::new();
        for (i, &(s, end)) in self.links().iter().enumerate() {
            let mut draw = self.case.draw(20_000 + i as u64);
            let length = self.chord(s);
            if length > 55.0 && draw.chance(0.4) && self.case.has(Feature::Stops, 0.4) && !self.has_u_turns() {
                stops.push(StopFile {
                    name: reference(format!("H{s}{end}")),
                    link: reference(Self::link_name(s, end)),
                    lane: 0,
                    position_m: draw.between(25.0, length - 12.0),
                    length_m: draw.pick(&[12.0, 20.0, 24.0]),
                    bay: draw.chance(0.4),
                });
            }
        }
        stops
    }

    /// Length of a street between its stop lines, at least.
    fn chord(&self, s: usize) -> f64 {
        let street = &self.streets[s];
        let [a, b] = street.ends.map(|e| self.nodes[e].at);
        a.distance(b).get() - self.arm(s, 0).reach - self.arm(s, 1).reach
    }

    /// The classes under way, with their shares.
    fn mix(&self) -> Vec<(VehicleClass, f64)> {
        let mut mix = vec![(VehicleClass::Car, 1.0)];
        if self.case.has(Feature::Long, 0.5) && !self.has_u_turns() {
            let of = [(VehicleClass::Lorry, 0.1), (VehicleClass::ArticulatedLorry, 0.1), (VehicleClass::Bus, 0.1)];
            mix.extend(of);
        }
        if self.case.has(Feature::Bicycles, 0.3) {
            mix.extend([(VehicleClass::Bicycle, 0.15), (VehicleClass::Motorcycle, 0.1), (VehicleClass::Emergency, 0.05)]);
        }
        mix[0].1 = 1.0 - mix[1..].iter().map(|m| m.1).sum::<f64>();
        mix
    }

    fn vehicle_type(&self, class: VehicleClass) -> VehicleTypeFile {
        let mut draw = self.case.draw(30_000 + class as u64);
        let mut kind = VehicleTypeFile::usual(format!("{class:?}"), class);
        if draw.chance(0.5) && self.case.has(Feature::Krauss, 0.4) {
            kind.following = Some(FollowingModel::Krauss);
        }
        if self.case.has(Feature::Drivers, 0.4) {
            kind.min_gap_m = Some(draw.between(1.0, 4.0));
            kind.acceleration_m_per_s2 = Some(draw.between(0.6, 3.5));
            kind.deceleration_m_per_s2 = Some(draw.between(1.0, 3.0));
            kind.time_gap_s = Some(draw.between(0.6, 2.5));
            kind.imperfection = Some(draw.unit());
            kind.speed_factor = Some(draw.between(0.7, 1.1));
            kind.speed_factor_deviation = Some(draw.between(0.0, 0.1));
        }
        kind
    }

    pub(crate) fn demand(&self) -> DemandFile {
        let links = self.links();
        let mut mix = self.mix();
        let mut flows = Vec::new();
        for (i, &start) in links.iter().enumerate().filter(|&(_, &(s, end))| self.is_end(self.streets[s].ends[end])) {
            for k in 0..self.case.draw(40_000 + i as u64).whole(1, 3) {
                flows.push(self.flow(start, 41_000 + 4 * i as u64 + k as u64, &mix));
            }
            let stops = self.stops();
            if !stops.is_empty() {
                flows.extend(self.line(start, 42_000 + i as u64, VehicleClass::Bus, &stops));
            }
            if self.has_trams() {
                flows.extend(self.line(start, 43_000 + i as u64, VehicleClass::Tram, &[]));
            }
        }
        for class in [VehicleClass::Bus, VehicleClass::Tram] {
            if mix.iter().all(|m| m.0 != class) {
                mix.push((class, 0.0));
            }
        }
        DemandFile {
            types: mix.iter().map(|&(class, _)| self.vehicle_type(class)).collect(),
            flows,
            walking: self.walking(),
            ..DemandFile::empty("assumed: a toy")
        }
    }

    fn flow(&self, start: Link, key: u64, mix: &[(VehicleClass, f64)]) -> FlowFile {
        let mut draw = self.case.draw(key);
        let way = self.wander(start, &mut draw);
        let most = if self.case.has(Feature::Overload, 0.5) { 2500.0 } else { 500.0 };
        let last = way[way.len() - 1];
        let platoon = draw.chance(0.5) && self.case.has(Feature::Platoons, 0.3);
        let kinds = [Arrivals::Poisson, Arrivals::Poisson, Arrivals::Even];
        let free = draw.chance(0.5) || way.len() < 2;
        let name = |&(s, end): &Link| reference(Self::link_name(s, end));
        FlowFile {
            mix: mix.iter().map(|&(c, share)| ShareFile { vehicle_type: reference(format!("{c:?}")), share }).collect(),
            from: free.then(|| name(&start)),
            to: free.then(|| name(&last)),
            route: (!free).then(|| way.iter().map(name).collect()),
            arrivals: if platoon { Arrivals::Platoon } else { draw.pick(&kinds) },
            platoon_mean_veh: platoon.then_some(5.0),
            platoon_spacing_s: platoon.then_some(1.5),
            depart_lane: if self.case.has(Feature::FirstLane, 0.4) { DepartLane::First } else { DepartLane::Best },
            depart_speed: draw.pick(&[DepartSpeed::Zero, DepartSpeed::Desired]),
            ..FlowFile::steady(
                format!("flow {key}"),
                (f64::from(BEGIN), f64::from(BEGIN) + 600.0),
                if platoon { draw.between(50.0, 1200.0) } else { draw.between(30.0, most) },
            )
        }
    }

    /// A line of public transport that calls at the stops on its way, if there are any where it may call.
    fn line(&self, start: Link, key: u64, class: VehicleClass, stops: &[StopFile]) -> Option<FlowFile> {
        let mut draw = self.case.draw(key);
        let way = self.wander(start, &mut draw);
        let called = |&(s, end): &Link| {
            let name = format!("H{s}{end}");
            stops.iter().find(|h| *h.name.get_ref() == name).map(|_| name)
        };
        let calls: Vec<CallFile> = way
            .iter()
            .filter_map(called)
            .map(|name| CallFile { stop: reference(name), dwell_mean_s: None, dwell_deviation_s: None, not_before_s: None })
            .collect();
        if class == VehicleClass::Bus && calls.is_empty() {
            return None;
        }
        let flow = self.flow(start, key, &[(class, 1.0)]);
        Some(FlowFile {
            name: format!("line {key}"),
            from: None,
            to: None,
            route: Some(way.iter().map(|&(s, end)| reference(Self::link_name(s, end))).collect()),
            flow_veh_per_h: Some(draw.between(40.0, 200.0)),
            dwell_mean_s: (!calls.is_empty()).then_some(8.0),
            dwell_deviation_s: (!calls.is_empty()).then_some(3.0),
            stops: calls,
            ..flow
        })
    }

    fn walking(&self) -> Vec<WalkingFile> {
        let all = (0..self.nodes.len()).flat_map(|n| self.crossed(n));
        let walking = |(i, (_, name)): (usize, (usize, String))| {
            let mut draw = self.case.draw(50_000 + i as u64);
            WalkingFile {
                crossing: reference(name),
                begin_s: f64::from(BEGIN),
                end_s: f64::from(BEGIN) + 600.0,
                forward_persons_per_h: Some(draw.between(0.0, 1500.0)),
                backward_persons_per_h: Some(draw.between(0.0, 300.0)),
                group_mean_persons: draw.chance(0.3).then_some(4.0),
                speed_m_per_s: None,
                speed_deviation_m_per_s: None,
            }
        };
        all.enumerate().map(walking).collect()
    }

    pub(crate) fn detector_faults(&self, detectors: &[DetectorFile]) -> Vec<DetectorFaultFile> {
        let kinds = [FaultKind::Dead, FaultKind::StuckOn, FaultKind::Chattering];
        let fault = |(i, d): (usize, &DetectorFile)| {
            let mut draw = self.case.draw(60_000 + i as u64);
            let begin = f64::from(BEGIN) + draw.between(0.0, 40.0);
            let broken = draw.chance(0.3) && self.case.has(Feature::Faults, 0.15);
            broken.then(|| DetectorFaultFile {
                detector: d.name.clone(),
                kind: draw.pick(&kinds),
                from_s: begin,
                to_s: begin + 30.0,
            })
        };
        detectors.iter().enumerate().filter_map(fault).collect()
    }
}
