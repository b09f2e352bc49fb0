//! Islands before an intersection: where a road of two directions parts into two carriageways.
//!
//! The map lets both carriageways begin at one point, where lanes of both directions would lie on each other. Here
//! the road is parted a little earlier, its directions side by side, and each carriageway goes on smoothly from there.

use super::arm::LANE;
use super::graph::{Graph, Vertex, reversed};
use model::geometry::{Point, Polyline, turn_angle};
use model::quantity::Length;

/// How far before the fork the road is parted at most, in metres.
const LEAD: f64 = 20.0;

/// What has to be left of the road, in metres.
const LEFT_OF_ROAD: f64 = 8.0;

/// How much of each line around the fork is replaced by a straight, in metres.
const SMOOTHED: f64 = 9.0;

/// The sharpest angle between the road and a carriageway that goes on, in radians.
const SHARPEST: f64 = 1.0;

/// A fork: the road, the carriageway towards it and the one away from it.
struct Fork {
    vertex: usize,
    road: usize,
    towards: usize,
    away: usize,
}

/// Parts every road before its fork.
pub(super) fn part_roads(graph: &mut Graph) {
    for vertex in 0..graph.vertices.len() {
        if let Some(fork) = find(graph, vertex) {
            part_road(graph, &fork);
        }
    }
}

fn find(graph: &Graph, vertex: usize) -> Option<Fork> {
    let v = &graph.vertices[vertex];
    let [a, b, c] = v.edges[..] else { return None };
    if v.signal.is_some() || v.crossing.is_some() {
        return None;
    }
    let road = [a, b, c].into_iter().find(|&e| graph.edges[e].two_way())?;
    let rest: Vec<usize> = [a, b, c].into_iter().filter(|&e| e != road).collect();
    let leaves = |e: usize| graph.edges[e].side_from(vertex).is_some();
    let one_way = |e: usize| !graph.edges[e].two_way() && !graph.edges[e].roundabout;
    let (away, towards) = match rest[..] {
        [x, y] if one_way(x) && one_way(y) && leaves(x) && !leaves(y) => (x, y),
        [x, y] if one_way(x) && one_way(y) && leaves(y) && !leaves(x) => (y, x),
        _ => return None,
    };
    let out = graph.heading_from(road, vertex);
    let straight = |e: usize| {
        let h = graph.heading_from(e, vertex);
        turn_angle((-out.0, -out.1), h).abs() < SHARPEST
    };
    // Traffic keeps right: seen along the road towards the fork, what goes on lies to the right of what comes.
    let (h_away, h_towards) = (graph.heading_from(away, vertex), graph.heading_from(towards, vertex));
    let orderly = turn_angle(h_away, h_towards) > 0.0;
    let long = graph.edges[road].length() > SMOOTHED + LEFT_OF_ROAD + 3.0;
    (straight(away) && straight(towards) && orderly && long).then_some(Fork { vertex, road, towards, away })
}

fn part_road(graph: &mut Graph, fork: &Fork) {
    // The road seen from the fork outwards.
    let road = graph.edges[fork.road].line_from(fork.vertex);
    let sides = (graph.edges[fork.road].side_from(fork.vertex).cloned(), {
        let other = graph.edges[fork.road].other(fork.vertex);
        graph.edges[fork.road].side_from(other).cloned()
    });
    let (Some(out), Some(back)) = sides else { return };
    let half = |lanes: u32| f64::from(lanes) * LANE / 2.0;
    let length = road.length().get();
    let lead = LEAD.min(length - LEFT_OF_ROAD);
    let (Some(near), Some(rest)) = (between(&road, SMOOTHED, lead), between(&road, lead, length)) else { return };
    // Outwards on the right is what leaves; what comes back runs on the left.
    let (leaving, coming) = (near.shifted(-half(out.lanes)), reversed(&near.shifted(half(back.lanes))));
    let towards = &graph.edges[fork.towards];
    let away = &graph.edges[fork.away];
    let keep_towards = towards.line_from(towards.other(fork.vertex));
    let keep_away = away.line_from(fork.vertex);
    let trim = |line: &Polyline| SMOOTHED.min(line.length().get() * 0.5);
    let (Some(before), Some(after)) = (
        between(&keep_towards, 0.0, keep_towards.length().get() - trim(&keep_towards)),
        between(&keep_away, trim(&keep_away), keep_away.length().get()),
    ) else {
        return;
    };
    let (Some(outward), Some(inward)) = (joined(&before, &leaving), joined(&coming, &after)) else { return };
    let at = road.pose(Length::metres(lead)).at;
    let osm = graph.vertices[fork.vertex].osm;
    graph.vertices[fork.vertex].edges.clear();
    let parted = graph.vertices.len();
    let edges = vec![fork.road, fork.towards, fork.away];
    graph.vertices.push(Vertex { osm, at, signal: None, crossing: None, gives_way: None, edges });
    graph.set_line(fork.road, fork.vertex, parted, &rest);
    graph.set_line(fork.towards, fork.vertex, parted, &reversed(&outward));
    graph.set_line(fork.away, fork.vertex, parted, &inward);
}

fn between(line: &Polyline, from: f64, to: f64) -> Option<Polyline> {
    line.part(Length::metres(from), Length::metres(to))
}

fn joined(a: &Polyline, b: &Polyline) -> Option<Polyline> {
    let points: Vec<Point> = a.points().iter().chain(b.points()).copied().collect();
    Polyline::new(points)
}
