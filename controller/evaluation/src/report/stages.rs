//! Drawing: the stage sequence diagram (Phasenfolgeplan), a box for each stage with the ways that have green.

use super::markup::{Markup, Px, points};
use super::words::Language;
use super::words::catalogue as text;
use model::geometry::{Point, Polyline};
use model::id::{GroupId, LinkId, MovementId, SignalId};
use model::network::{Meeting, Network, Road};
use model::quantity::Length;
use model::scenario::Scenario;
use model::signal::{Aspect, SafePlan, Signal};
use model::time::Seconds;
use std::collections::{BTreeMap, BTreeSet};

const WIDTH: f64 = 688.0;
/// Side of a box.
const BOX: (f64, f64) = (125.0, 108.0);
/// Between boxes, for the interstage.
const GAP: f64 = 46.0;
/// Height of a row of boxes with what stands above and below.
const ROW: f64 = BOX.1 + 46.0;
const IN_A_ROW: usize = 4;
/// Room between a box and the ways in it.
const MARGIN: f64 = 8.0;
/// How far ways are drawn before and behind the intersection, in metres.
const LEAD: f64 = 9.0;

/// A stage (Phase) as a plan shows it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ShownStage {
    /// The name of the signal's stage that it is most like, or its number.
    pub(super) name: String,
    /// Groups with green.
    pub(super) greens: BTreeSet<GroupId>,
    /// For how long, in seconds.
    pub(super) seconds: usize,
    /// Until the next stage begins, in seconds.
    pub(super) interstage: usize,
}

/// Seconds in a row with the same greens.
#[derive(Debug, Clone)]
struct Run {
    from: usize,
    seconds: usize,
    greens: BTreeSet<GroupId>,
}

/// The stages of a plan in their order, that with the first name first.
///
/// A stage is a set of greens that neither the greens before nor those after contain.
pub(super) fn sequence(signal: &Signal, plan: &SafePlan) -> Vec<ShownStage> {
    let runs = runs(signal, plan);
    let count = runs.len();
    let cycle = usize::from(plan.cycle().get());
    let largest = |i: &usize| {
        let beside = [&runs[(i + count - 1) % count].greens, &runs[(i + 1) % count].greens];
        let part = |of: &BTreeSet<GroupId>| *of != runs[*i].greens && runs[*i].greens.is_subset(of);
        !runs[*i].greens.is_empty() && !beside.into_iter().any(part)
    };
    let mut found: Vec<(String, Run)> = Vec::new();
    for run in (0..count).filter(largest).map(|i| runs[i].clone()) {
        let name = name(signal, &run.greens).unwrap_or_else(|| (found.len() + 1).to_string());
        match found.last_mut() {
            Some((last, before)) if *last == name => merge(before, run),
            _ => found.push((name, run)),
        }
    }
    if found.len() > 1 && found[0].0 == found[found.len() - 1].0 {
        let (_, first) = found.remove(0);
        let last = found.len() - 1;
        merge(&mut found[last].1, Run { from: first.from + cycle, ..first });
    }
    let first = found.iter().enumerate().min_by(|a, b| a.1.0.cmp(&b.1.0)).map_or(0, |(i, _)| i);
    found.rotate_left(first);
    let next = |i: usize| found[(i + 1) % found.len()].1.from % cycle;
    let stage = |(i, (name, run)): (usize, &(String, Run))| {
        let end = (run.from + run.seconds) % cycle;
        let interstage = if found.len() == 1 { cycle - run.seconds.min(cycle) } else { (next(i) + cycle - end) % cycle };
        ShownStage { name: name.clone(), greens: run.greens.clone(), seconds: run.seconds, interstage }
    };
    found.iter().enumerate().map(stage).collect()
}

/// Makes one stage of two runs of the same stage: the greens of the one with more.
fn merge(before: &mut Run, after: Run) {
    before.seconds = after.from + after.seconds - before.from;
    if after.greens.len() > before.greens.len() {
        before.greens = after.greens;
    }
}

/// The runs of a cycle, from a change on.
fn runs(signal: &Signal, plan: &SafePlan) -> Vec<Run> {
    let cycle = plan.cycle().get();
    let green = |group: &GroupId, second: u16| plan.aspect(*group, Seconds(second)) == Aspect::Green;
    let shown: Vec<BTreeSet<GroupId>> = (0..cycle).map(|s| signal.groups.ids().filter(|g| green(g, s)).collect()).collect();
    let length = shown.len();
    let start = (0..length).find(|&s| shown[s] != shown[(s + length - 1) % length]).unwrap_or(0);
    let mut runs: Vec<Run> = Vec::new();
    for second in start..start + length {
        match runs.last_mut() {
            Some(run) if run.greens == shown[second % length] => run.seconds += 1,
            _ => runs.push(Run { from: second, seconds: 1, greens: shown[second % length].clone() }),
        }
    }
    runs
}

/// The name of the stage that has most groups in common with some greens; `None` where none has half of them.
fn name(signal: &Signal, greens: &BTreeSet<GroupId>) -> Option<String> {
    let alike = |stage: &BTreeSet<GroupId>| stage.intersection(greens).count() as f64 / stage.union(greens).count().max(1) as f64;
    let stages = signal.stages.iter().map(|s| (alike(&s.greens.iter().copied().collect()), &s.name));
    let best = stages.fold(None, |best: Option<(f64, &String)>, s| if best.is_some_and(|b| b.0 >= s.0) { best } else { Some(s) });
    best.filter(|b| b.0 >= 0.5).map(|b| b.1.clone())
}

/// The order of the stages: `1 – 2 – 3`.
pub(super) fn order(stages: &[ShownStage]) -> String {
    stages.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(" – ")
}

/// A way over the intersections of a signal, as it is drawn.
struct Way {
    movements: Vec<MovementId>,
    group: GroupId,
    line: Vec<Point>,
}

/// What is drawn of a signal.
struct Picture<'a> {
    network: &'a Network,
    ways: Vec<Way>,
    crossings: Vec<(GroupId, &'a Polyline)>,
    /// South-western and north-eastern corner of everything, in metres.
    low: Point,
    high: Point,
    /// Units for each metre.
    scale: f64,
}

impl<'a> Picture<'a> {
    fn new(network: &'a Network, signal: SignalId) -> Self {
        let mut ways: BTreeMap<(GroupId, LinkId, LinkId), Way> = BTreeMap::new();
        for (id, movement) in network.movements.enumerate() {
            let Some(head) = movement.head.filter(|h| h.signal == signal) else { continue };
            let key = (head.group, network.origin_link(id), network.target_link(id));
            let new = || Way { movements: Vec::new(), group: head.group, line: with_leads(&movement.shape) };
            ways.entry(key).or_insert_with(new).movements.push(id);
        }
        let crossings = network.crossings.iter().filter_map(|c| Some((c.head.filter(|h| h.signal == signal)?.group, &c.shape)));
        let (ways, crossings): (Vec<Way>, Vec<_>) = (ways.into_values().collect(), crossings.collect());
        let all = || ways.iter().flat_map(|w| &w.line).chain(crossings.iter().flat_map(|c| c.1.points()));
        let corner = |with: fn(f64, f64) -> f64, from: f64| {
            all().fold(Point::new(from, from), |c, p| Point::new(with(c.x, p.x), with(c.y, p.y)))
        };
        let (low, high) = (corner(f64::min, f64::INFINITY), corner(f64::max, f64::NEG_INFINITY));
        let room = (BOX.0 - 2.0 * MARGIN, BOX.1 - 2.0 * MARGIN);
        let scale = (room.0 / (high.x - low.x).max(1.0)).min(room.1 / (high.y - low.y).max(1.0));
        Self { network, ways, crossings, low, high, scale }
    }

    /// Where a point lies in a box whose upper left corner is given.
    fn place(&self, corner: (f64, f64), p: Point) -> (f64, f64) {
        let middle = Point::new(f64::midpoint(self.low.x, self.high.x), f64::midpoint(self.low.y, self.high.y));
        let (x, y) = (corner.0 + BOX.0 / 2.0, corner.1 + BOX.1 / 2.0);
        (x + (p.x - middle.x) * self.scale, y - (p.y - middle.y) * self.scale)
    }

    fn draw(&self, m: &mut Markup, corner: (f64, f64), greens: &BTreeSet<GroupId>) {
        let line = |m: &mut Markup, line: &[Point], class: &str| {
            let line = points(line.iter().map(|&p| self.place(corner, p)));
            m.shape("polyline", &[("points", &line), ("class", &class)]);
        };
        let green = |way: &&Way| greens.contains(&way.group);
        for way in self.ways.iter().filter(|w| !green(w)) {
            line(m, &way.line, "stage-other");
        }
        for (_, shape) in self.crossings.iter().filter(|c| greens.contains(&c.0)) {
            line(m, shape.points(), "stage-foot");
        }
        for way in self.ways.iter().filter(green) {
            let yields = way.movements.iter().any(|&movement| self.yields(movement, greens));
            line(m, &way.line, if yields { "stage-way yields" } else { "stage-way" });
            if let [.., from, tip] = way.line[..] {
                let head = arrowhead(self.place(corner, tip), self.place(corner, from));
                m.shape("polygon", &[("points", &points(head)), ("class", &"stage-head")]);
            }
        }
    }

    /// Whether a movement gives way to another, or to people on foot, that have green as well.
    fn yields(&self, movement: MovementId, greens: &BTreeSet<GroupId>) -> bool {
        let network = self.network;
        let own = network.movements[movement].head;
        let together = |other: Option<model::network::SignalHead>| {
            other.is_some_and(|h| own.is_some_and(|o| o.signal == h.signal) && greens.contains(&h.group))
        };
        let conflicts = network.movements[movement].conflicts.iter().map(|&c| &network.conflicts[c]);
        let before_others = conflicts.filter(|c| c.meeting == Meeting::Cross && c.yields(movement));
        let vehicles = before_others.map(|c| network.movements[c.seen_from(movement).1.movement].head).any(together);
        let mut crossed = network.crossings.iter().filter(|c| c.cuts.iter().any(|cut| cut.road == Road::Movement(movement)));
        vehicles || crossed.any(|c| together(c.head))
    }
}

/// The line of a movement with a piece of the roads before and behind it.
fn with_leads(shape: &Polyline) -> Vec<Point> {
    let (first, last) = (shape.pose(Length::ZERO), shape.pose(shape.length()));
    let inner = shape.points().iter().copied();
    [first.offset(-LEAD, 0.0)].into_iter().chain(inner).chain([last.offset(LEAD, 0.0)]).collect()
}

/// The head of an arrow that ends at a point and comes from another.
fn arrowhead(tip: (f64, f64), from: (f64, f64)) -> [(f64, f64); 3] {
    let (x, y) = (tip.0 - from.0, tip.1 - from.1);
    let length = (x * x + y * y).sqrt().max(1e-6);
    let (x, y) = (x / length, y / length);
    let back = |side: f64| (tip.0 - 6.0 * x - side * 3.2 * y, tip.1 - 6.0 * y + side * 3.2 * x);
    [(tip.0 + 2.0 * x, tip.1 + 2.0 * y), back(1.0), back(-1.0)]
}

/// Draws the stages of a plan; nothing where there are none.
pub(super) fn draw(m: &mut Markup, lang: Language, scenario: &Scenario, (id, title): (SignalId, &str), plan: &SafePlan) {
    let signal = &scenario.signals[id];
    let stages = sequence(signal, plan);
    if stages.is_empty() {
        return;
    }
    let picture = Picture::new(&scenario.network, id);
    let rows = stages.len().div_ceil(IN_A_ROW);
    let described = stages.iter().map(|s| lang.fill(text::STAGE_GREENS, &[&s.name, &groups(signal, s)]));
    let description = lang.fill(text::STAGES_DESCRIPTION, &[&described.collect::<Vec<_>>().join("; ")]);
    let name = lang.fill(text::STAGES_NAME, &[&title]);
    let drawing = format!("{}-stages", super::words::anchor(id));
    m.drawing(&drawing, (WIDTH, ROW * rows as f64), (&name, &description), |m| {
        for (i, stage) in stages.iter().enumerate() {
            let corner = ((BOX.0 + GAP) * (i % IN_A_ROW) as f64 + 1.0, ROW * (i / IN_A_ROW) as f64 + 17.0);
            draw_stage(m, lang, (signal, stage), &picture, corner);
            draw_interstage(m, stage, corner, i + 1 == stages.len());
        }
    });
}

/// The names of the groups of a stage.
fn groups(signal: &Signal, stage: &ShownStage) -> String {
    stage.greens.iter().map(|&g| signal.groups[g].name.as_str()).collect::<Vec<_>>().join(", ")
}

fn draw_stage(
    m: &mut Markup,
    lang: Language,
    (signal, stage): (&Signal, &ShownStage),
    picture: &Picture<'_>,
    (x, y): (f64, f64),
) {
    let middle = x + BOX.0 / 2.0;
    m.within("g", &[("class", &"stage")], |m| {
        let title = lang.fill(text::STAGE, &[&stage.name]);
        m.element("text", &[("x", &Px(middle)), ("y", &Px(y - 5.0)), ("class", &"middle strong")], title);
        let size: [(&str, &dyn std::fmt::Display); 5] =
            [("x", &Px(x)), ("y", &Px(y)), ("width", &BOX.0), ("height", &BOX.1), ("class", &"stage-box")];
        m.shape("rect", &size);
        picture.draw(m, (x, y), &stage.greens);
        let names = super::markup::fitting(&groups(signal, stage), BOX.0 + GAP - 8.0, 8.5);
        m.element("text", &[("x", &Px(middle)), ("y", &Px(y + BOX.1 + 11.0)), ("class", &"middle tiny")], names);
        let seconds = format!("{} s", stage.seconds);
        m.element("text", &[("x", &Px(middle)), ("y", &Px(y + BOX.1 + 22.0)), ("class", &"middle small strong")], seconds);
    });
}

/// The arrow to the next stage with the seconds of the interstage; a turned one back to the first.
fn draw_interstage(m: &mut Markup, stage: &ShownStage, (x, y): (f64, f64), last: bool) {
    let (from, to, middle) = (x + BOX.0 + 7.0, x + BOX.0 + GAP - 7.0, y + BOX.1 / 2.0);
    m.within("g", &[("class", &"interstage")], |m| {
        if last {
            let path = format!("M{},{} h{} v16 h{}", Px(from), Px(middle - 8.0), Px(to - from - 6.0), Px(from - to + 10.0));
            m.shape("path", &[("d", &path), ("class", &"stage-next")]);
            let head = arrowhead((from + 4.0, middle + 8.0), (to, middle + 8.0));
            m.shape("polygon", &[("points", &points(head)), ("class", &"stage-head")]);
        } else {
            let line = points([(from, middle), (to - 3.0, middle)]);
            m.shape("polyline", &[("points", &line), ("class", &"stage-next")]);
            m.shape("polygon", &[("points", &points(arrowhead((to - 2.0, middle), (from, middle)))), ("class", &"stage-head")]);
        }
        let (centre, seconds) = (f64::midpoint(from, to), format!("{} s", stage.interstage));
        m.element("text", &[("x", &Px(centre)), ("y", &Px(middle - 12.0)), ("class", &"middle small")], seconds);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::toy::Grid;

    fn shown() -> (Scenario, Vec<ShownStage>) {
        let scenario = Grid::default().scenario();
        let stages = sequence(&scenario.signals[SignalId(0)], &scenario.plan(None).unwrap().plans[SignalId(0)]);
        (scenario, stages)
    }

    #[test]
    fn a_crossroads_has_two_stages_that_fill_the_cycle() {
        let (scenario, stages) = shown();
        assert_eq!(stages.len(), 2, "{stages:?}");
        assert_eq!(stages.iter().map(|s| s.seconds + s.interstage).sum::<usize>(), 80);
        assert_eq!(stages[0].seconds, 36);
        let declared: Vec<BTreeSet<GroupId>> =
            scenario.signals[SignalId(0)].stages.iter().map(|s| s.greens.iter().copied().collect()).collect();
        assert!(stages.iter().all(|s| declared.contains(&s.greens)), "{stages:?}");
    }

    #[test]
    fn the_place_of_the_zero_in_the_cycle_does_not_change_the_sequence() {
        let (scenario, stages) = shown();
        let (signal, plan) = (&scenario.signals[SignalId(0)], &scenario.plan(None).unwrap().plans[SignalId(0)]);
        for turned in [1, 20, 37, 79] {
            let mut other = plan.plan().clone();
            for green in other.greens.iter_mut().flatten() {
                green.start = Seconds((green.start.0 + turned) % 80);
            }
            assert_eq!(sequence(signal, &other.check(signal).unwrap()), stages, "{turned}");
        }
    }

    #[test]
    fn a_left_turn_beside_oncoming_green_yields_and_straight_on_does_not() {
        let (scenario, stages) = shown();
        let picture = Picture::new(&scenario.network, SignalId(0));
        let yields = |turn| {
            let ways = picture.ways.iter().filter(|w| scenario.network.movements[w.movements[0]].turn == turn);
            let own: Vec<bool> = ways
                .filter(|w| stages[0].greens.contains(&w.group))
                .map(|w| picture.yields(w.movements[0], &stages[0].greens))
                .collect();
            own
        };
        assert_eq!(yields(model::network::Turn::Left), [true, true]);
        assert_eq!(yields(model::network::Turn::Straight), [false, false]);
    }
}
