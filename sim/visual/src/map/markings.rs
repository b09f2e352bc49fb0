//! Lines on the road: between lanes, at the edges, stop lines, crossings and loops.

use crate::paint::Paint;
use crate::palette::{self, Theme};
use crate::scene::Ground;
use bevy::prelude::*;
use model::geometry::Polyline;
use model::id::{LinkId, MovementId};
use model::network::{Control, Crossing, Lane, Link, Network, Stop, Turn};
use model::quantity::Length;

/// Width of a thin line (Schmalstrich).
const THIN: f32 = 0.14;
/// Length of the solid lines before a stop line (Fahrstreifenbegrenzung).
const SOLID: f64 = 20.0;
/// Thickness of a stop line (Haltlinie).
const STOP: f32 = 0.5;

/// Dashes and gaps in metres: within towns 3 m and 6 m (RMS).
const LEAD: (f64, f64) = (3.0, 6.0);

/// Every line of the network.
pub(super) fn lines(network: &Network, ground: &Ground, theme: Theme) -> Paint {
    let mut pen = Pen { paint: Paint::new(theme), network, ground };
    for (id, link) in network.links.enumerate() {
        pen.link(id, link);
    }
    for crossing in &network.crossings {
        pen.crossing(crossing);
    }
    for detector in &network.detectors {
        let lane = &network.lanes[detector.lane];
        pen.detector(lane, detector.position, detector.length);
    }
    for stop in &network.stops {
        pen.stop(stop);
    }
    pen.paint
}

struct Pen<'a> {
    paint: Paint,
    network: &'a Network,
    ground: &'a Ground,
}

impl Pen<'_> {
    fn solid(&mut self, line: &Polyline, width: f32) {
        self.paint.line(&self.ground.line(line), width, palette::MARKING);
    }

    fn dashed(&mut self, line: &Polyline, (dash, gap): (f64, f64), width: f32) {
        let length = line.length().get();
        let count = ((length + gap) / (dash + gap)).floor().max(1.0);
        // The gaps take up what is left over, so that the line ends with a dash.
        let pitch = if count > 1.0 { (length - dash) / (count - 1.0) } else { length };
        for k in 0..count as u32 {
            let from = f64::from(k) * pitch;
            if let Some(part) = line.part(Length::metres(from), Length::metres(from + dash)) {
                self.solid(&part, width);
            }
        }
    }

    fn link(&mut self, id: LinkId, link: &Link) {
        let network = self.network;
        let stops = network.intersections[link.to].control == Control::Signal;
        let lanes: Vec<&Lane> = link.lanes().map(|l| &network.lanes[l]).collect();
        for lane in &lanes[..lanes.len() - 1] {
            self.separator(&lane.shape.shifted(lane.width.get() / 2.0), stops);
        }
        let (rightmost, leftmost) = (lanes[0], lanes[lanes.len() - 1]);
        self.solid(&rightmost.shape.shifted(0.2 - rightmost.width.get() / 2.0), THIN);
        let edge = leftmost.shape.shifted(leftmost.width.get() / 2.0);
        match self.opposite(link, &edge) {
            None => self.solid(&leftmost.shape.shifted(leftmost.width.get() / 2.0 - 0.2), THIN),
            Some(other) if other.0 < id.0 => {}
            Some(other) if network.links[other].lane_count + link.lane_count > 2 => self.solid(&edge, THIN),
            Some(_) => self.dashed(&edge, LEAD, THIN),
        }
        let gives_way = self.gives_way(link);
        for lane in lanes {
            self.stop_line(lane, network.intersections[link.to].control, gives_way);
        }
    }

    /// The line between two lanes: dashed, before a signal solid.
    fn separator(&mut self, line: &Polyline, stops: bool) {
        let length = line.length();
        let solid = Length::metres(if stops && length.get() > 1.5 * SOLID { SOLID } else { 0.0 });
        if let Some(free) = line.part(Length::metres(0.0), length - solid) {
            self.dashed(&free, LEAD, THIN);
        }
        if let Some(end) = line.part(length - solid, length) {
            self.solid(&end, THIN);
        }
    }

    /// The link of the other direction, when no kerb lies between.
    fn opposite(&self, link: &Link, edge: &Polyline) -> Option<LinkId> {
        let network = self.network;
        let middle = edge.pose(edge.length() * 0.5).at;
        network.intersections[link.to].leaving.iter().copied().find(|&other| {
            let other = &network.links[other];
            let leftmost = &network.lanes[other.lane(other.lane_count - 1).unwrap_or(other.first_lane)];
            let (_, off) = leftmost.shape.nearest(middle);
            other.to == link.from && off.get() < leftmost.width.get() / 2.0 + 0.8
        })
    }

    /// Whether the whole link gives way: a lane that only turns left over oncoming traffic has no yield line.
    fn gives_way(&self, link: &Link) -> bool {
        let network = self.network;
        let all: Vec<MovementId> = link.lanes().flat_map(|l| network.lanes[l].leaving.iter().copied()).collect();
        let of = |turns: &[Turn]| all.iter().copied().filter(|&m| turns.contains(&network.movements[m].turn)).collect();
        let main: Vec<MovementId> = of(&[Turn::Straight, Turn::Right]);
        let tested = if main.is_empty() { all } else { main };
        tested.into_iter().any(|m| network.movements[m].conflicts.iter().any(|&c| network.conflicts[c].yields(m)))
    }

    fn stop_line(&mut self, lane: &Lane, control: Control, gives_way: bool) {
        let end = lane.shape.pose(lane.shape.length());
        let half = lane.width.get() / 2.0;
        let across = |back: f64| Polyline::new([end.offset(-back, half - 0.1), end.offset(-back, 0.1 - half)]);
        match control {
            Control::Signal => {
                // Before an area for cyclists all others have a line of their own.
                let area = Some(lane.cycle_area.get()).filter(|depth| *depth > 0.0);
                for line in [0.0].into_iter().chain(area).filter_map(|back| across(back + f64::from(STOP) / 2.0)) {
                    self.solid(&line, STOP);
                }
            }
            Control::Priority if gives_way => {
                if let Some(line) = across(0.25) {
                    self.dashed(&line, (0.5, 0.25), 0.4);
                }
            }
            _ => {}
        }
    }

    /// With a signal two broken lines (Furt), without one stripes (Zebrastreifen).
    fn crossing(&mut self, crossing: &Crossing) {
        if crossing.head.is_some() {
            let half = crossing.width.get() / 2.0;
            for side in [half, -half] {
                self.dashed(&crossing.shape.shifted(side), (0.5, 0.4), 0.2);
            }
        } else {
            self.dashed(&crossing.shape, (0.5, 0.5), crossing.width.get() as f32);
        }
    }

    /// The edge at which buses and trams stand; a bay lies beside the lane, and a disc marks the head of the stop.
    fn stop(&mut self, stop: &Stop) {
        let lane = &self.network.lanes[stop.lane];
        let half = lane.width.get() / 2.0;
        let aside = if stop.bay { half + 3.0 } else { half };
        let Some(part) = lane.shape.part(stop.position - stop.length, stop.position) else { return };
        if stop.bay {
            self.paint.line(&self.ground.line(&part.shifted(-half - 1.5)), 3.0, palette::ASPHALT);
        }
        self.paint.line(&self.ground.line(&part.shifted(-aside)), 0.35, palette::STOP);
        let head = self.ground.at(lane.shape.pose(stop.position).offset(0.0, -aside - 1.2));
        let corner = |k: u8| head + Vec2::from_angle(f32::from(k) * std::f32::consts::FRAC_PI_8);
        self.paint.fan(&std::array::from_fn::<Vec2, 16, _>(|k| corner(k as u8)), palette::STOP);
        self.paint.bar(head, Vec2::X, Vec2::new(0.14, 0.5), palette::MARKING);
        for side in [0.36, -0.36] {
            self.paint.bar(head + Vec2::new(side, 0.0), Vec2::X, Vec2::new(0.12, 0.5), palette::MARKING);
        }
        self.paint.bar(head, Vec2::X, Vec2::new(0.36, 0.12), palette::MARKING);
    }

    fn detector(&mut self, lane: &Lane, position: Length, length: Length) {
        let half = (lane.width.get() / 2.0 - 0.6).max(0.4);
        let (near, far) = (lane.shape.pose(position - length), lane.shape.pose(position));
        let rim = [near.offset(0.0, half), far.offset(0.0, half), far.offset(0.0, -half), near.offset(0.0, -half)];
        let mut ring: Vec<Vec2> = rim.iter().map(|&p| self.ground.at(p)).collect();
        ring.push(ring[0]);
        self.paint.line(&ring, 0.1, palette::DETECTOR);
    }
}
