//! Random signals, safe plans for them, and mutations of both.

use crate::brute::wrongs_of_plan;
use model::id::{GroupId, Id, IdVec};
use model::signal::{Grade, Green, GroupKind, Signal, SignalGroup, SignalPlan, Square};
use model::time::Seconds;

/// A small generator of random numbers (splitmix64): the same draws on every machine.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    /// A number from `a` to `b`, both included.
    pub(crate) fn between(&mut self, a: u16, b: u16) -> u16 {
        a + self.below(usize::from(b - a) + 1) as u16
    }

    /// True once in `n` times.
    pub(crate) fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn group(&mut self, signal: &Signal) -> GroupId {
        GroupId::from_index(self.below(signal.groups.len()))
    }
}

/// Two streets that cross, with left turns that give way and people on foot.
pub(crate) fn crossroads() -> Signal {
    let mut signal = bare(&["K1", "K2", "K1L", "F1", "F2"], 3);
    let pairs = [(0, 1, 5, 6), (1, 2, 6, 5), (0, 4, 6, 11), (1, 3, 6, 10), (2, 4, 7, 9), (3, 4, 8, 8)];
    for (a, b, ab, ba) in pairs {
        join(&mut signal, a, b, Grade::Incompatible, Some([ab, ba]));
    }
    join(&mut signal, 0, 2, Grade::Conditional, Some([4, 5]));
    join(&mut signal, 2, 3, Grade::Conditional, None);
    signal
}

/// A signal with groups that do not touch each other yet; those whose name begins with F have no transitions.
fn bare(names: &[&str], amber: u16) -> Signal {
    let group = |name: &&str| {
        let on_foot = name.starts_with('F');
        SignalGroup {
            name: (*name).into(),
            kind: if on_foot { GroupKind::Pedestrians } else { GroupKind::Vehicles },
            amber: Seconds(if on_foot { 0 } else { amber }),
            red_amber: Seconds(u16::from(!on_foot)),
            min_green: Seconds(5),
            min_red: Seconds(1),
            may_stay_red: false,
            max_green_percent: None,
        }
    };
    Signal {
        name: "made".into(),
        source: "assumed: a test".into(),
        groups: names.iter().map(group).collect(),
        grades: Square::new(names.len()),
        intergreens: Square::new(names.len()),
        stages: Vec::new(),
    }
}

fn join(signal: &mut Signal, a: u32, b: u32, grade: Grade, intergreens: Option<[u16; 2]>) {
    for (row, column, i) in [(a, b, 0), (b, a, 1)] {
        let pair = (GroupId(row), GroupId(column));
        signal.grades[pair] = grade;
        signal.intergreens[pair] = intergreens.map(|z| Seconds(z[i]));
    }
}

/// A signal of two to eight groups with any matrix.
pub(crate) fn random_signal(draw: &mut Draw) -> Signal {
    const NAMES: [&str; 8] = ["K1", "F1", "K2", "K3", "F2", "K4", "K5", "F3"];
    let count = 2 + draw.below(7) as u32;
    let mut signal = bare(&NAMES[..count as usize], draw.between(3, 5));
    for id in signal.groups.ids() {
        let group = &mut signal.groups[id];
        group.red_amber = Seconds(if group.amber.0 == 0 { 0 } else { draw.between(0, 2) });
        group.min_green = Seconds(draw.between(1, 8));
        group.min_red = Seconds(draw.between(0, 3));
        group.may_stay_red = draw.once_in(8);
    }
    for a in 0..count {
        for b in a + 1..count {
            let intergreens = [draw.between(0, 9), draw.between(0, 12)];
            match draw.below(5) {
                0 | 1 => join(&mut signal, a, b, Grade::Incompatible, Some(intergreens)),
                2 => join(&mut signal, a, b, Grade::Conditional, Some(intergreens)),
                3 => join(&mut signal, a, b, Grade::Conditional, None),
                _ => {}
            }
        }
    }
    signal
}

/// A plan without any fault by brute force: stages one after the other, then many small changes that keep it so.
pub(crate) fn safe_plan(signal: &Signal, draw: &mut Draw) -> SignalPlan {
    let count = signal.groups.len();
    let mut stages: Vec<Vec<GroupId>> = Vec::new();
    for id in signal.groups.ids() {
        let fits = |s: &&mut Vec<GroupId>| s.iter().all(|&o| signal.grades[(o, id)] != Grade::Incompatible);
        match stages.iter_mut().find(fits) {
            Some(stage) => stage.push(id),
            None => stages.push(vec![id]),
        }
    }
    let ids = || signal.groups.ids().flat_map(|a| signal.groups.ids().map(move |b| (a, b)));
    let longest = ids().filter_map(|pair| signal.intergreens[pair]).map(|z| z.0).max().unwrap_or(0);
    let transitions = signal.groups.iter().map(|g| g.amber.0 + g.min_red.0 + g.red_amber.0).max().unwrap_or(0);
    let pause = longest.max(transitions).max(1);
    let mut greens: IdVec<GroupId, Vec<Green>> = IdVec::from_fn(count, |_| Vec::new());
    let mut second = 0;
    for stage in stages {
        let least = stage.iter().map(|&g| signal.groups[g].min_green.0).max().unwrap_or(1);
        let duration = Seconds(least + draw.between(0, 15));
        for group in stage {
            greens[group].push(Green { start: Seconds(second), duration });
        }
        second += duration.0 + pause;
    }
    let cycle = Seconds(second.max(20));
    let plan = SignalPlan { cycle, offset: Seconds(draw.below(cycle.0.into()) as u16), greens };
    assert!(wrongs_of_plan(signal, &plan).is_empty(), "stages make a safe plan: {plan:?}");
    wandered(signal, plan, draw)
}

/// The plan after many random changes, of which those are kept that leave it safe: it now lies close to the rules.
pub(crate) fn wandered(signal: &Signal, mut plan: SignalPlan, draw: &mut Draw) -> SignalPlan {
    for _ in 0..60 {
        let (mut other, mut same_signal) = (plan.clone(), signal.clone());
        mutate_greens(&mut same_signal, &mut other, draw);
        if wrongs_of_plan(signal, &other).is_empty() {
            plan = other;
        }
    }
    plan
}

/// Changes a plan or its signal in one way.
pub(crate) fn mutate(signal: &mut Signal, plan: &mut SignalPlan, draw: &mut Draw) {
    match draw.below(10) {
        0 | 1 => mutate_signal(signal, draw),
        2 => mutate_frame(plan, draw),
        _ => mutate_greens(signal, plan, draw),
    }
}

/// A number a little above or below; never negative.
fn near(value: u16, most: u16, draw: &mut Draw) -> u16 {
    let by = draw.between(1, most);
    if draw.once_in(2) { value.saturating_add(by) } else { value.saturating_sub(by) }
}

fn mutate_frame(plan: &mut SignalPlan, draw: &mut Draw) {
    match draw.below(12) {
        0 => plan.cycle = Seconds([9, 0, 601, 65535][draw.below(4)]),
        1..=5 => plan.cycle = Seconds(near(plan.cycle.0, 12, draw)),
        6 => plan.offset = Seconds(plan.cycle.0.saturating_add(draw.between(0, 3))),
        7 => {
            plan.greens.push(Vec::new());
        }
        _ => plan.offset = Seconds(draw.below(plan.cycle.0.into()) as u16),
    }
}

fn mutate_signal(signal: &mut Signal, draw: &mut Draw) {
    let (a, b) = (draw.group(signal), draw.group(signal));
    let group = &mut signal.groups[a];
    match draw.below(9) {
        0 => group.amber = Seconds(near(group.amber.0, 3, draw)),
        1 => group.red_amber = Seconds(near(group.red_amber.0, 2, draw)),
        2 => group.min_green = Seconds(near(group.min_green.0, 5, draw).max(1)),
        3 => group.min_red = Seconds(near(group.min_red.0, 3, draw)),
        4 => group.may_stay_red = !group.may_stay_red,
        5 if a != b => {
            let grade = [Grade::Compatible, Grade::Conditional, Grade::Incompatible][draw.below(3)];
            join(signal, a.0, b.0, grade, Some([draw.between(0, 9), draw.between(0, 9)]));
        }
        _ => {
            if let Some(z) = signal.intergreens[(a, b)] {
                signal.intergreens[(a, b)] = Some(Seconds(near(z.0, 4, draw)));
            }
        }
    }
}

fn mutate_greens(signal: &mut Signal, plan: &mut SignalPlan, draw: &mut Draw) {
    let (a, b) = (draw.group(signal), draw.group(signal));
    let cycle = plan.cycle.0;
    let greens = &mut plan.greens[a];
    if greens.is_empty() {
        greens.push(Green { start: Seconds(draw.below(cycle.into()) as u16), duration: Seconds(draw.between(1, 12)) });
        return;
    }
    let i = draw.below(greens.len());
    let green = &mut greens[i];
    match draw.below(20) {
        0..=4 => {
            let moved = usize::from(near(green.start.0, 8, draw)) % usize::from(cycle.max(1));
            green.start = Seconds(moved as u16);
        }
        5..=7 => green.duration = Seconds(green.duration.0.saturating_add(draw.between(1, 9))),
        8..=10 => green.duration = Seconds(green.duration.0.saturating_sub(draw.between(1, 9))),
        // The beginning moves, the end stays.
        11..=13 => {
            let by = draw.between(1, 6).min(green.start.0);
            (green.start, green.duration) = (Seconds(green.start.0 - by), Seconds(green.duration.0.saturating_add(by)));
        }
        14 => {
            greens.remove(i);
        }
        15 | 16 => {
            let copy = Green {
                start: Seconds(draw.below(cycle.into()) as u16),
                duration: Seconds(draw.between(1, green.duration.0.max(1))),
            };
            greens.push(copy);
        }
        17 => plan.greens.as_mut_slice().swap(a.index(), b.index()),
        18 => *green = Green { start: Seconds(draw.below(cycle.into()) as u16), duration: plan.cycle },
        _ => match draw.below(3) {
            0 => green.start = Seconds(cycle.saturating_add(draw.between(0, 5))),
            1 => green.duration = Seconds(0),
            _ => green.duration = Seconds(cycle.saturating_add(1)),
        },
    }
}
