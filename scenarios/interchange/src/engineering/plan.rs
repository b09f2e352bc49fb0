//! A first plan from stages: equal splits, interstages as short as the intergreens allow.

use model::id::{GroupId, IdVec};
use model::signal::{Green, GroupKind, PlanFault, Signal, SignalPlan};
use model::time::Seconds;

/// How often the plan is stretched until it keeps every rule.
const TRIES: u32 = 120;

/// The longest cycle that is accepted, in seconds.
const LONGEST_CYCLE: u32 = 240;

/// Makes a plan that shows the stages of a signal in order.
///
/// Each stage gets at least what its groups need, and its share of the rest of the cycle by the most lanes that any of
/// its groups serves, but no group more than its most green. People on foot end early enough not to delay the next stage. The cycle grows when `cycle` does
/// not suffice.
///
/// # Errors
/// The rules that are still broken after many attempts.
pub fn first_plan(signal: &Signal, lanes: &[f64], cycle: Seconds) -> Result<SignalPlan, Vec<PlanFault>> {
    let builder = Builder { signal, lanes, stages: signal.stages.iter().map(|s| s.greens.clone()).collect() };
    let mut faults = Vec::new();
    for stretch in 0..TRIES {
        let plan = builder.plan(u32::from(cycle.0), stretch);
        if u32::from(plan.cycle.0) > LONGEST_CYCLE && stretch > 0 {
            break;
        }
        match plan.clone().check(signal) {
            Ok(_) => return Ok(plan),
            Err(found) => faults = found,
        }
    }
    Err(faults)
}

struct Builder<'a> {
    signal: &'a Signal,
    lanes: &'a [f64],
    stages: Vec<Vec<GroupId>>,
}

impl Builder<'_> {
    fn has(&self, stage: usize, group: GroupId) -> bool {
        self.stages[stage % self.stages.len()].contains(&group)
    }

    fn on_foot(&self, group: GroupId) -> bool {
        self.signal.groups[group].kind == GroupKind::Pedestrians
    }

    fn intergreen(&self, clearing: GroupId, entering: GroupId) -> u32 {
        self.signal.least_gap(clearing, entering).map_or(0, |z| u32::from(z.0))
    }

    /// How long after the end of a stage a group of the next one starts.
    fn lag(&self, stage: usize, group: GroupId) -> u32 {
        let ending = self.stages[stage].iter().filter(|&&g| !self.has(stage + 1, g));
        let driving = ending.filter(|&&g| !self.on_foot(g)).map(|&g| self.intergreen(g, group)).max();
        // Where only people on foot end, the next stage waits for them no longer than for a car.
        driving.unwrap_or(0)
    }

    /// How long before the end of its last stage a group ends.
    fn lead(&self, stage: usize, group: GroupId) -> u32 {
        if !self.on_foot(group) {
            return 0;
        }
        let starting = self.stages[(stage + 1) % self.stages.len()].iter().filter(|&&g| !self.has(stage, g));
        starting.map(|&g| self.intergreen(group, g).saturating_sub(self.lag(stage, g))).max().unwrap_or(0)
    }

    fn plan(&self, cycle: u32, stretch: u32) -> SignalPlan {
        let n = self.stages.len();
        let groups = self.signal.groups.len();
        let mut greens: IdVec<GroupId, Vec<Green>> = IdVec::from_fn(groups, |_| Vec::new());
        if n < 2 {
            let cycle = Seconds(cycle as u16);
            for green in &mut greens {
                green.push(Green { start: Seconds(0), duration: cycle });
            }
            return SignalPlan { cycle, offset: Seconds(0), greens };
        }
        let lengths = self.lengths(cycle, stretch);
        let total: u32 = lengths.iter().sum();
        let cycle = Seconds(total.min(u32::from(u16::MAX)) as u16);
        // Stage i runs from the end of stage i - 1 to its own end.
        let ends: Vec<u32> = lengths
            .iter()
            .scan(0, |at, l| {
                Some({
                    *at += l;
                    *at
                })
            })
            .collect();
        for g in self.signal.groups.ids() {
            if (0..n).all(|i| self.has(i, g)) {
                greens[g].push(Green { start: Seconds(0), duration: cycle });
                continue;
            }
            for i in (0..n).filter(|&i| self.has(i, g) && !self.has(i + n - 1, g)) {
                let last = (i..i + n).take_while(|&j| self.has(j, g)).last().unwrap_or(i) % n;
                let start = ends[i] - lengths[i] + self.lag((i + n - 1) % n, g);
                let end = ends[last] + total - self.lead(last, g);
                let duration = (end - start % total) % total;
                greens[g].push(Green { start: Seconds((start % total) as u16), duration: Seconds(duration as u16) });
            }
        }
        SignalPlan { cycle, offset: Seconds(0), greens }
    }

    /// Seconds of each stage, its interstage before it included.
    fn lengths(&self, cycle: u32, stretch: u32) -> Vec<u32> {
        let n = self.stages.len();
        let least = |i: usize| {
            let before = (i + n - 1) % n;
            let need = |&g: &GroupId| {
                let lag = if self.has(before, g) { 0 } else { self.lag(before, g) };
                let lead = if self.has(i + 1, g) { 0 } else { self.lead(i, g) };
                let whole = !self.has(before, g) && !self.has(i + 1, g);
                lag + lead + if whole { u32::from(self.signal.groups[g].min_green.0) } else { 1 }
            };
            self.stages[i].iter().map(need).max().unwrap_or(1) + stretch
        };
        let mut lengths: Vec<u32> = (0..n).map(least).collect();
        let spare = cycle.saturating_sub(lengths.iter().sum());
        let share = |i: usize| self.stages[i].iter().map(|g| self.lanes[g.0 as usize]).fold(0.5, f64::max);
        let whole: f64 = (0..n).map(share).sum();
        let mut given = 0;
        for (i, length) in lengths.iter_mut().enumerate() {
            let part = if i + 1 == n { spare - given } else { (f64::from(spare) * share(i) / whole) as u32 };
            *length += part;
            given += part;
        }
        self.hold_back(&mut lengths);
        lengths
    }

    /// Hands what groups would have above their most green to the longest stage without them.
    fn hold_back(&self, lengths: &mut [u32]) {
        let cycle = Seconds(lengths.iter().sum::<u32>().min(u32::from(u16::MAX)) as u16);
        for (group, of) in self.signal.groups.enumerate().filter(|(_, g)| g.max_green_percent.is_some()) {
            let with: Vec<usize> = (0..lengths.len()).filter(|&i| self.has(i, group)).collect();
            let without = (0..lengths.len()).filter(|i| !with.contains(i)).max_by_key(|&i| lengths[i]);
            let green: u32 = with.iter().map(|&i| lengths[i]).sum();
            let (Some(&from), Some(to)) = (with.iter().max_by_key(|&&i| lengths[i]), without) else { continue };
            let excess = green.saturating_sub(u32::from(of.longest_green(cycle).0)).min(lengths[from]);
            lengths[from] -= excess;
            lengths[to] += excess;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::signal::{Grade, SignalGroup, Square, Stage};

    fn crossroads() -> Signal {
        let group = |name: &str, kind| SignalGroup {
            name: name.into(),
            kind,
            amber: Seconds(if kind == GroupKind::Vehicles { 3 } else { 0 }),
            red_amber: Seconds(u16::from(kind == GroupKind::Vehicles)),
            min_green: Seconds(5),
            min_red: Seconds(1),
            may_stay_red: false,
            max_green_percent: None,
        };
        let (vehicles, feet) = (GroupKind::Vehicles, GroupKind::Pedestrians);
        let groups = vec![group("K1", vehicles), group("K2", vehicles), group("F1", feet), group("F2", feet)];
        let (mut grades, mut intergreens) = (Square::new(4), Square::new(4));
        for (a, b, ab, ba) in [(0, 1, 5, 6), (0, 2, 4, 12), (1, 3, 4, 18), (2, 3, 3, 3)] {
            let (a, b) = (GroupId(a), GroupId(b));
            grades[(a, b)] = Grade::Incompatible;
            grades[(b, a)] = Grade::Incompatible;
            intergreens[(a, b)] = Some(Seconds(ab));
            intergreens[(b, a)] = Some(Seconds(ba));
        }
        let stage = |name: &str, greens: [u32; 2]| Stage { name: name.into(), greens: greens.map(GroupId).to_vec() };
        let stages = vec![stage("1", [0, 3]), stage("2", [1, 2])];
        Signal { name: "x".into(), source: "a test".into(), groups: groups.into(), grades, intergreens, stages }
    }

    #[test]
    fn the_first_plan_keeps_every_rule() {
        let signal = crossroads();
        let plan = first_plan(&signal, &[2.0, 1.0, 0.5, 0.5], Seconds(90)).unwrap();
        assert_eq!(plan.cycle, Seconds(90));
        assert!(plan.green_time(GroupId(0)) > plan.green_time(GroupId(1)));
        assert!(plan.check(&signal).is_ok());
    }

    #[test]
    fn a_cycle_that_is_too_short_grows() {
        let signal = crossroads();
        let plan = first_plan(&signal, &[1.0; 4], Seconds(20)).unwrap();
        assert!(plan.cycle > Seconds(20) && plan.check(&signal).is_ok());
    }
}
