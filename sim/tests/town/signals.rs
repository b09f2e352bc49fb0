//! The signals of a town: groups, what must not be green together, stages, and a plan that passes the check.

use super::draw::{Case, Draw, Feature};
use super::streets::{Town, Way, turned};
use model::network::{Control, Turn};
use model::scenario::file::{
    ConflictFile, GreenFile, GroupFile, PlanFile, SignalFile, SignalPlanFile, SignalsFile, StageFile, reference,
};
use model::signal::{Grade, GroupKind};

/// Red and amber before green, in seconds.
const RED_AMBER: u16 = 1;

/// Amber where so fast is allowed, in seconds.
///
/// Source: RiLSA: 3 s at 50 km/h, 4 s at 60 km/h, 5 s at 70 km/h.
fn amber(limit_kmh: f64) -> u16 {
    if limit_kmh > 60.0 { 5 } else { 3 }
}

/// What a group lets go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lets {
    /// Vehicles of an arm.
    Arm(usize),
    /// Those of its lanes from which one can only turn left.
    Left(usize),
    /// People over an arm.
    People(usize),
}

impl Lets {
    fn name(self) -> String {
        match self {
            Self::Arm(arm) => format!("A{arm}"),
            Self::Left(arm) => format!("L{arm}"),
            Self::People(arm) => format!("F{arm}"),
        }
    }
}

impl Town {
    fn has_own_left(&self, way: &Way) -> bool {
        let protected = self.case.draw(8000 + 8 * way.node as u64 + way.from as u64).chance(0.6);
        way.turn == Turn::Left && way.alone && protected && self.case.has(Feature::ProtectedLefts, 0.5)
    }

    /// The group that a way at a signal obeys.
    pub(crate) fn group(&self, way: &Way) -> String {
        if self.has_own_left(way) { Lets::Left(way.from).name() } else { Lets::Arm(way.from).name() }
    }

    /// The signals and their plan.
    pub(crate) fn signals(&self) -> (SignalsFile, PlanFile) {
        let (mut signals, mut plans) = (Vec::new(), Vec::new());
        for n in (0..self.nodes.len()).filter(|&n| self.nodes[n].control == Control::Signal) {
            let (signal, plan) = self.signal(n);
            signals.push(signal);
            plans.push(plan);
        }
        let plan = PlanFile { schema: 1, name: "plain".into(), source: "assumed: a toy".into(), signals: plans };
        (SignalsFile { schema: 1, signals }, plan)
    }

    fn groups(&self, n: usize) -> Vec<Lets> {
        let ways = || self.ways.iter().filter(move |w| w.node == n);
        let mut groups = Vec::new();
        for arm in 0..self.nodes[n].arms.len() {
            if ways().any(|w| w.from == arm && !self.has_own_left(w)) {
                groups.push(Lets::Arm(arm));
            }
            if ways().any(|w| w.from == arm && self.has_own_left(w)) {
                groups.push(Lets::Left(arm));
            }
        }
        groups.extend(self.crossed(n).map(|(arm, _)| Lets::People(arm)));
        if groups.is_empty() { vec![Lets::Arm(0)] } else { groups }
    }

    fn grade(&self, n: usize, a: Lets, b: Lets) -> Grade {
        let arms = &self.nodes[n].arms;
        let opposite = |a: usize, b: usize| turned(arms[a].angle, arms[b].angle).abs() < 0.6;
        match (a, b) {
            (Lets::Arm(a) | Lets::Left(a), Lets::Arm(b) | Lets::Left(b)) if a == b => Grade::Compatible,
            (Lets::Arm(a), Lets::Arm(b)) | (Lets::Left(a), Lets::Left(b)) if opposite(a, b) => Grade::Conditional,
            (Lets::Arm(_) | Lets::Left(_), Lets::Arm(_) | Lets::Left(_)) => Grade::Incompatible,
            (Lets::People(_), Lets::People(_)) => Grade::Compatible,
            (Lets::People(p), Lets::Arm(v)) | (Lets::Arm(v), Lets::People(p)) if p == v || opposite(v, p) => Grade::Incompatible,
            (Lets::People(p), Lets::Left(v)) | (Lets::Left(v), Lets::People(p)) if p == v => Grade::Incompatible,
            (Lets::People(_), _) | (_, Lets::People(_)) => Grade::Conditional,
        }
    }

    /// Time that the first group has to clear before the second.
    fn intergreen(&self, n: usize, clearing: Lets, draw: &mut Draw) -> u16 {
        match clearing {
            Lets::People(arm) => (self.kerbs(n, arm).iter().sum::<f64>() / 1.2).ceil() as u16,
            Lets::Arm(_) | Lets::Left(_) => draw.whole(4, 9) as u16,
        }
    }

    fn signal(&self, n: usize) -> (SignalFile, SignalPlanFile) {
        let mut draw = self.case.draw(9000 + n as u64);
        let groups = self.groups(n);
        let amber = amber(self.nodes[n].arms.iter().map(|a| self.streets[a.street].limit_kmh).fold(0.0, f64::max));
        let (mut conflicts, mut longest) = (Vec::new(), amber + RED_AMBER + 1);
        for (i, &a) in groups.iter().enumerate() {
            for &b in &groups[i + 1..] {
                let grade = self.grade(n, a, b);
                let incompatible = grade == Grade::Incompatible;
                let times = [self.intergreen(n, a, &mut draw), self.intergreen(n, b, &mut draw)];
                longest = times.into_iter().filter(|_| incompatible).fold(longest, u16::max);
                if grade != Grade::Compatible {
                    let groups = [a, b].map(|g| reference(g.name()));
                    conflicts.push(ConflictFile { groups, grade, intergreen_s: incompatible.then_some(times) });
                }
            }
        }
        let stages = self.stages(n, &groups, &mut draw);
        let name = reference(Self::node_name(n));
        let stage = |(i, s): (usize, &Vec<Lets>)| StageFile {
            name: i.to_string(),
            greens: s.iter().map(|g| reference(g.name())).collect(),
        };
        let plan = plan(n, &stages, longest, &mut draw);
        let signal = SignalFile {
            name,
            source: "assumed: a toy".into(),
            groups: groups.iter().map(|&g| group(g, amber)).collect(),
            conflicts,
            stages: stages.iter().enumerate().map(stage).collect(),
        };
        (signal, plan)
    }

    /// Every group in one stage with others that may be green with it, in an order by chance.
    fn stages(&self, n: usize, groups: &[Lets], draw: &mut Draw) -> Vec<Vec<Lets>> {
        let mut left = groups.to_vec();
        let mut stages = Vec::new();
        while !left.is_empty() {
            let mut stage = vec![left.remove(draw.whole(0, left.len() - 1))];
            left.retain(|&g| {
                let fits = draw.chance(0.8) && stage.iter().all(|&s| self.grade(n, s, g) != Grade::Incompatible);
                if fits {
                    stage.push(g);
                }
                !fits
            });
            stages.push(stage);
        }
        stages
    }
}

fn group(lets: Lets, amber: u16) -> GroupFile {
    let people = matches!(lets, Lets::People(_));
    GroupFile {
        name: reference(lets.name()),
        kind: if people { GroupKind::Pedestrians } else { GroupKind::Vehicles },
        amber_s: if people { 0 } else { amber },
        red_amber_s: if people { 0 } else { RED_AMBER },
        min_green_s: 5,
        min_red_s: 1,
        may_stay_red: people,
        max_green_percent: None,
    }
}

/// A plan that plays the stages one after the other, with the longest intergreen between them.
fn plan(n: usize, stages: &[Vec<Lets>], intergreen: u16, draw: &mut Draw) -> SignalPlanFile {
    let (mut at, mut greens) = (0, Vec::new());
    for stage in stages {
        let length = draw.whole(5, 25) as u16;
        for &group in stage {
            // Some end earlier than their stage.
            let early = draw.whole(0, 2) as u16 * (length - 5) / 4;
            greens.push(GreenFile { group: reference(group.name()), from_s: at, to_s: at + length - early });
        }
        at += length + intergreen;
    }
    let cycle_s = at.max(10);
    let offset_s = draw.whole(0, usize::from(cycle_s) - 1) as u16;
    SignalPlanFile { name: reference(Town::node_name(n)), cycle_s, offset_s, greens }
}

/// Asks for greens at random, against all sense: what is shown is up to the guards.
#[derive(Debug)]
pub(crate) struct Wilful(pub(crate) Case);

impl model::control::Controller for Wilful {
    fn name(&self) -> &'static str {
        "wilful"
    }

    fn decide(
        &mut self,
        signal: model::id::SignalId,
        view: &model::control::View<'_>,
        wishes: &mut model::id::IdVec<model::id::GroupId, model::control::Wish>,
    ) {
        // Some change their mind every second, some stay with it for a while.
        let spell = self.0.draw(9500).pick(&[1, 4, 12]);
        let mut draw = self.0.draw(1_000_000 + 4096 * u64::from(view.now.0 / spell) + u64::from(signal.0));
        for wish in wishes.iter_mut() {
            let remaining = model::time::Seconds(draw.whole(0, 20) as u16);
            *wish = model::control::Wish { green: draw.chance(0.4), remaining };
        }
    }
}
