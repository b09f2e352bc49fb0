//! The frame of a map: projection to the page, ground, signals, north arrow, scale and attribution.

use super::difference::{length, round_step};
use super::markup::{Markup, Px, fitting, points};
use super::words::{signal_label, signal_title};
use model::geometry::{Point, Polyline};
use model::id::{IdVec, LinkId, SignalId};
use model::network::{Network, Turn};
use model::scenario::Scenario;

const WIDTH: f64 = 688.0;
const MARGIN: f64 = 14.0;
/// Room below the map for scale and attribution.
const FOOT: f64 = 22.0;
/// Height of the label of a signal.
const DOT: f64 = 13.0;

/// A link to draw.
pub(super) struct Road {
    pub(super) link: LinkId,
    pub(super) name: String,
    pub(super) line: Vec<Point>,
}

/// The links of a network as lines; the two directions of a road lie side by side.
pub(super) fn roads(network: &Network) -> Vec<Road> {
    // On a map of a town a lane is thinner than a line, so opposite links are moved apart for the eye.
    let apart = extent(network).map_or(8.0, |(low, high)| ((high.x - low.x).max(high.y - low.y) / 110.0).clamp(3.0, 14.0));
    let middle =
        |link: LinkId| &network.lanes[network.links[link].lane(network.links[link].lane_count / 2).expect("a lane")].shape;
    let mut roads = Vec::new();
    for (id, link) in network.links.enumerate() {
        let line = middle(id);
        let back = network.intersections[link.to].leaving.iter().find(|&&o| network.links[o].to == link.from && o != id);
        let gap = back.map_or(f64::INFINITY, |&o| middle(o).nearest(line.pose(line.length() / 2.0).at).1.get());
        let whole = Polyline::new(line.points().iter().chain(way_on(network, id)).copied()).unwrap_or_else(|| line.clone());
        let whole = if gap < apart { whole.shifted((gap - apart) / 2.0) } else { whole };
        roads.push(Road { link: id, name: link_name(network, id), line: whole.points().to_vec() });
    }
    roads
}

/// The way straight on over the intersection at the end of a link; empty where there is none.
fn way_on(network: &Network, link: LinkId) -> &[Point] {
    let link = &network.links[link];
    let lane = link.lane(link.lane_count / 2).expect("a link has this lane");
    let ahead = network.lanes[lane].leaving.iter().find(|&&m| network.movements[m].turn == Turn::Straight);
    ahead.map_or(&[], |&m| network.movements[m].shape.points())
}

/// Street and where it leads, as far as there are names.
pub(super) fn link_name(network: &Network, link: LinkId) -> String {
    let link = &network.links[link];
    let street = if link.street.is_empty() { &link.name } else { &link.street };
    let to = &network.intersections[link.to];
    if to.title.is_empty() { format!("{street} ({})", link.name) } else { format!("{street} → {}", to.title) }
}

/// South-west and north-east corner of everything.
fn extent(network: &Network) -> Option<(Point, Point)> {
    let all = network.lanes.iter().flat_map(|l| l.shape.points());
    all.fold(None, |corners, p| {
        let (low, high) = corners.unwrap_or((*p, *p));
        Some((Point::new(low.x.min(p.x), low.y.min(p.y)), Point::new(high.x.max(p.x), high.y.max(p.y))))
    })
}

/// Where every signal stands: the mean of its intersections.
fn signal_places(scenario: &Scenario) -> IdVec<SignalId, Option<Point>> {
    IdVec::from_fn(scenario.signals.len(), |id: SignalId| {
        let places: Vec<Point> =
            scenario.network.intersections.iter().filter(|i| i.signal == Some(id)).map(|i| i.position).collect();
        let n = places.len() as f64;
        (!places.is_empty())
            .then(|| Point::new(places.iter().map(|p| p.x).sum::<f64>() / n, places.iter().map(|p| p.y).sum::<f64>() / n))
    })
}

/// The label of a signal on a map.
#[derive(Debug, Clone)]
struct Dot {
    signal: SignalId,
    label: String,
    /// Where the signal is.
    at: (f64, f64),
    /// Where its label is.
    centre: (f64, f64),
    width: f64,
}

impl Dot {
    fn hides(&self, other: &Self) -> bool {
        let (dx, dy) = (self.centre.0 - other.centre.0, self.centre.1 - other.centre.1);
        dx.abs() < f64::midpoint(self.width, other.width) + 1.0 && dy.abs() < DOT + 1.0
    }
}

/// From metres to the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    low: Point,
    high: Point,
    /// Page units per metre.
    scale: f64,
    height: f64,
}

impl Frame {
    /// A map of the whole network, as wide as the page and at most so high.
    pub(super) fn around(scenario: &Scenario, max_height: f64) -> Self {
        let (low, high) = extent(&scenario.network).unwrap_or_default();
        let (east, north) = ((high.x - low.x).max(1.0), (high.y - low.y).max(1.0));
        let scale = ((WIDTH - 2.0 * MARGIN) / east).min((max_height - 2.0 * MARGIN - FOOT) / north);
        let height = (north * scale + 2.0 * MARGIN + FOOT).max(110.0);
        Self { low, high, scale, height }
    }

    /// Width and height of the drawing.
    pub(super) fn size(&self) -> (f64, f64) {
        (WIDTH, self.height)
    }

    /// Where a point lies on the page; north is up.
    pub(super) fn place(&self, p: Point) -> (f64, f64) {
        let (middle_x, middle_y) = (f64::midpoint(self.low.x, self.high.x), f64::midpoint(self.low.y, self.high.y));
        let x = WIDTH / 2.0 + (p.x - middle_x) * self.scale;
        (x, (self.height - FOOT) / 2.0 - (p.y - middle_y) * self.scale)
    }

    /// Paper, and the movements over the intersections.
    pub(super) fn ground(&self, m: &mut Markup, scenario: &Scenario) {
        m.shape("rect", &[("width", &WIDTH), ("height", &Px(self.height)), ("class", &"paper")]);
        m.within("g", &[("class", &"movements")], |m| {
            for movement in &scenario.network.movements {
                m.shape("polyline", &[("points", &self.line(&movement.shape))]);
            }
        });
    }

    fn line(&self, line: &Polyline) -> String {
        points(line.points().iter().map(|&p| self.place(p)))
    }

    /// Signals, north arrow, scale bar and attribution.
    pub(super) fn furniture(&self, m: &mut Markup, scenario: &Scenario) {
        for dot in self.dots(scenario) {
            draw_dot(m, scenario, &dot);
        }
        draw_north(m);
        self.bar(m);
        let attribution = fitting(&scenario.attribution, WIDTH - 250.0, 8.5);
        m.element("text", &[("x", &(WIDTH - 6.0)), ("y", &Px(self.height - 7.0)), ("class", &"end tiny")], attribution);
    }

    /// Where the labels go: on the signals, or beside them where they would hide each other.
    fn dots(&self, scenario: &Scenario) -> Vec<Dot> {
        const AROUND: [(f64, f64); 9] =
            [(0.0, 0.0), (0.0, -1.0), (0.0, 1.0), (1.0, 0.0), (-1.0, 0.0), (1.0, -1.0), (-1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
        let mut placed: Vec<Dot> = Vec::new();
        for (signal, place) in signal_places(scenario).enumerate() {
            let Some(place) = place else { continue };
            let at = self.place(*place);
            let label = signal_label(scenario, signal);
            let width = (label.chars().count() as f64 * 5.2 + 6.0).max(DOT);
            let spots = [1.1, 2.2].into_iter().flat_map(|r| AROUND.map(|a| (at.0 + a.0 * r * width, at.1 + a.1 * r * DOT)));
            let mut dots = spots.map(|centre| Dot { signal, label: label.clone(), at, centre, width });
            let clear = dots.clone().find(|dot| placed.iter().all(|other| !dot.hides(other)));
            placed.extend(clear.or_else(|| dots.next()));
        }
        placed
    }

    fn bar(&self, m: &mut Markup) {
        let metres = round_step(90.0 / self.scale);
        let (x, y, width) = (10.0, self.height - 8.0, metres * self.scale);
        m.within("g", &[("class", &"scale")], |m| {
            m.shape("path", &[("d", &format!("M{},{} v-5 M{},{} h{} v-5", Px(x), Px(y), Px(x), Px(y), Px(width)))]);
            m.element("text", &[("x", &Px(x + width + 6.0)), ("y", &Px(y)), ("class", &"small")], length(metres));
        });
    }
}

fn draw_dot(m: &mut Markup, scenario: &Scenario, dot: &Dot) {
    let (x, y) = dot.centre;
    m.within("g", &[("class", &"signal")], |m| {
        m.element("title", &[], format!("{} {}", dot.label, signal_title(scenario, dot.signal)));
        if dot.at != dot.centre {
            m.shape("line", &[("x1", &Px(dot.at.0)), ("y1", &Px(dot.at.1)), ("x2", &Px(x)), ("y2", &Px(y))]);
        }
        let corner = (Px(x - dot.width / 2.0), Px(y - DOT / 2.0));
        let size = (Px(dot.width), Px(DOT));
        m.shape("rect", &[("x", &corner.0), ("y", &corner.1), ("width", &size.0), ("height", &size.1), ("rx", &(DOT / 2.0))]);
        m.element("text", &[("x", &Px(x)), ("y", &Px(y + 3.1))], &dot.label);
    });
}

fn draw_north(m: &mut Markup) {
    let x = WIDTH - 20.0;
    m.within("g", &[("class", &"north")], |m| {
        m.shape("path", &[("d", &format!("M{x},12 l5.5,18 l-5.5,-4.5 l-5.5,4.5 z"))]);
        m.element("text", &[("x", &x), ("y", &42), ("class", &"middle strong")], "N");
    });
}

#[cfg(test)]
mod tests {
    use super::super::toy;
    use super::*;

    #[test]
    fn north_is_up_and_the_scale_is_the_same_both_ways() {
        let scenario = toy::scenario();
        let frame = Frame::around(&scenario, 372.0);
        let (here, north, east) =
            (frame.place(Point::new(0.0, 0.0)), frame.place(Point::new(0.0, 100.0)), frame.place(Point::new(100.0, 0.0)));
        assert!(north.1 < here.1 && east.0 > here.0);
        assert!(((here.1 - north.1) - (east.0 - here.0)).abs() < 1e-9);
    }

    #[test]
    fn everything_lies_on_the_page() {
        let scenario = toy::scenario();
        let frame = Frame::around(&scenario, 372.0);
        let (width, height) = frame.size();
        for point in roads(&scenario.network).iter().flat_map(|r| &r.line) {
            let (x, y) = frame.place(*point);
            assert!((0.0..=width).contains(&x) && (0.0..=height - FOOT).contains(&y));
        }
    }

    #[test]
    fn the_two_directions_of_a_street_lie_side_by_side() {
        let scenario = toy::scenario();
        let roads = roads(&scenario.network);
        let between = |road: &&Road| road.line[..2].iter().all(|p| (0.0..300.0).contains(&p.x) && p.y.abs() < 15.0);
        let street: Vec<f64> = roads.iter().filter(between).map(|r| r.line[0].y).collect();
        assert_eq!(street.len(), 2);
        assert!((street[0] - street[1]).abs() > 4.0, "{street:?}");
    }

    #[test]
    fn dots_do_not_hide_each_other() {
        let scenario = toy::scenario();
        let dots = Frame::around(&scenario, 372.0).dots(&scenario);
        assert_eq!(dots.len(), 4);
        for (i, dot) in dots.iter().enumerate() {
            assert!(dots[..i].iter().all(|other| !dot.hides(other)));
        }
    }
}
