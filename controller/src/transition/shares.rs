//! How the seconds that bring a signal into step are shared over cycles and stages.

use model::signal::TransitionMethod;

/// No transition takes more cycles.
pub(super) const MOST_CYCLES: u8 = 3;

/// The longest cycle of a plan, in seconds.
const LONGEST_CYCLE: i32 = 600;

/// The stages of the plan that is to be reached.
#[derive(Debug)]
pub(super) struct Stages<'a> {
    /// Their durations, in seconds.
    pub(super) durations: &'a [u16],
    /// Durations below which none may go, in seconds.
    pub(super) shortest: &'a [u16],
    /// The cycle, in seconds.
    pub(super) cycle: i32,
    /// The stage in which [`TransitionMethod::Dwell`] rests.
    pub(super) rest: usize,
}

/// Durations of the stages of one cycle after the other, in seconds.
pub(super) type Cycles = Vec<Vec<u16>>;

impl Stages<'_> {
    /// The cycles after which a signal is in step that is `late` seconds of the cycle ahead of its plan: lengthened by so
    /// much in all, or shortened by the rest of the cycle. `None` where cycles would be longer than any may be.
    pub(super) fn cycles(&self, method: TransitionMethod, late: i32) -> Option<Cycles> {
        if late == 0 {
            return Some(Vec::new());
        }
        match method {
            TransitionMethod::Dwell => self.dwell(late),
            TransitionMethod::Add => self.add(late),
            TransitionMethod::Shortway => self.shortway(late),
            TransitionMethod::Quadratic => self.quadratic(late),
        }
    }

    /// The sum of squared relative deviations from the plan's own durations.
    pub(super) fn cost(&self, cycles: &Cycles) -> f64 {
        cycles.iter().map(|x| squared_deviation(x, self.durations)).sum()
    }

    fn dwell(&self, late: i32) -> Option<Cycles> {
        let count = fewest(late, LONGEST_CYCLE - self.cycle)?;
        let rested = |part| {
            let mut x = self.durations.to_vec();
            x[self.rest] += part as u16;
            x
        };
        Some(parts(late, count).map(rested).collect())
    }

    /// Within the bound of a fifth of the cycle in each where that does, otherwise a third of the whole in each.
    fn add(&self, late: i32) -> Option<Cycles> {
        let room = LONGEST_CYCLE - self.cycle;
        let count = fewest(late, self.bound().min(room)).or_else(|| fewest(late, room).map(|_| MOST_CYCLES.into()))?;
        Some(parts(late, count).map(|part| self.longer(part)).collect())
    }

    fn shortway(&self, late: i32) -> Option<Cycles> {
        let early = self.cycle - late;
        let longer = fewest(late, self.bound().min(LONGEST_CYCLE - self.cycle));
        match fewest(early, self.bound().min(self.spare())) {
            Some(count) if early < late || longer.is_none() => Some(parts(early, count).map(|p| self.shorter(p)).collect()),
            _ => self.add(late),
        }
    }

    /// By how much a cycle is lengthened or shortened at most: a fifth. Assumed; usual figures are 10 to 25 %.
    fn bound(&self) -> i32 {
        self.cycle / 5
    }

    /// By how much a cycle can be shortened.
    fn spare(&self) -> i32 {
        self.durations.iter().zip(self.shortest).map(|(d, s)| i32::from(d - s)).sum()
    }

    /// Lengthened in proportion to the durations.
    fn longer(&self, by: i32) -> Vec<u16> {
        let weights: Vec<i32> = self.durations.iter().map(|&d| d.into()).collect();
        self.durations.iter().zip(in_proportion(by, &weights)).map(|(d, part)| d + part).collect()
    }

    /// Shortened in proportion to what each stage can spare.
    fn shorter(&self, by: i32) -> Vec<u16> {
        let weights: Vec<i32> = self.durations.iter().zip(self.shortest).map(|(d, s)| i32::from(d - s)).collect();
        self.durations.iter().zip(in_proportion(by, &weights)).map(|(d, part)| d - part).collect()
    }

    /// The cheaper of both ways.
    fn quadratic(&self, late: i32) -> Option<Cycles> {
        let most = i32::from(MOST_CYCLES);
        let stages = (self.durations.len() as u32).cast_signed();
        // Of the cycles none is longer than the mean by more than a second for each stage.
        let fits = self.cycle + late / most + stages < LONGEST_CYCLE;
        let longer = fits.then(|| self.least_squares(late, true));
        let early = self.cycle - late;
        let shorter = (most * self.spare() >= early).then(|| self.least_squares(early, false));
        let mut ways: Vec<Cycles> = longer.into_iter().chain(shorter).collect();
        ways.sort_by(|a, b| self.cost(a).total_cmp(&self.cost(b)));
        ways.into_iter().next()
    }

    /// The quadratic programme in whole seconds: durations of all stages of three cycles, with a given sum, within their
    /// bounds, at the least sum of squared relative deviations.
    ///
    /// The sum is separable and convex, so handing out second after second to whoever it costs least is exact, not only
    /// near. No stage lasts more than twice as long as it should, unless there is no other way. Cycles that are as they
    /// should be are left out at the end.
    /// Source: Gross (1956), in Ibaraki & Katoh, Resource Allocation Problems (1988), ch. 4.
    fn least_squares(&self, seconds: i32, lengthen: bool) -> Cycles {
        let twice: i32 = self.durations.iter().map(|&d| i32::from(d)).sum();
        let is_bounded = i32::from(MOST_CYCLES) * twice >= seconds;
        let room = |k: usize| match (lengthen, is_bounded) {
            (false, _) => self.durations[k] - self.shortest[k],
            (true, true) => self.durations[k],
            (true, false) => u16::MAX,
        };
        let count = self.durations.len();
        let mut handed = vec![0_u16; usize::from(MOST_CYCLES) * count];
        for _ in 0..seconds {
            let mut open = (0..handed.len()).filter(|&i| handed[i] < room(i % count));
            // What one more second adds to the sum, (2 n + 1) / d², compared without dividing.
            let adds_less = |a: usize, b: usize| {
                let (more, square) = (
                    |i: usize| 2 * u64::from(handed[i]) + 1,
                    |i: usize| u64::from(self.durations[i % count]) * u64::from(self.durations[i % count]),
                );
                more(a) * square(b) < more(b) * square(a)
            };
            let Some(first) = open.next() else { break };
            let least = open.fold(first, |best, i| if adds_less(i, best) { i } else { best });
            handed[least] += 1;
        }
        let changed = |part: &[u16]| -> Vec<u16> {
            part.iter().zip(self.durations).map(|(h, d)| if lengthen { d + h } else { d - h }).collect()
        };
        let mut cycles: Cycles = handed.chunks(count).map(changed).collect();
        while cycles.last().is_some_and(|x| x == self.durations) {
            cycles.pop();
        }
        cycles
    }
}

/// Sum of squared relative deviations of one cycle.
pub(super) fn squared_deviation(durations: &[u16], targets: &[u16]) -> f64 {
    let relative = |(&x, &d): (&u16, &u16)| (f64::from(x) - f64::from(d)) / f64::from(d);
    durations.iter().zip(targets).map(relative).map(|r| r * r).sum()
}

/// The fewest cycles over which so many seconds can be shared with at most `bound` in each.
fn fewest(seconds: i32, bound: i32) -> Option<i32> {
    (1..=MOST_CYCLES.into()).find(|n| n * bound >= seconds)
}

/// So many seconds in equal parts, but for a second.
fn parts(seconds: i32, count: i32) -> impl Iterator<Item = i32> {
    (0..count).map(move |j| seconds * (j + 1) / count - seconds * j / count)
}

/// So many seconds in proportion to weights, rounded so that the sum stays.
fn in_proportion(seconds: i32, weights: &[i32]) -> Vec<u16> {
    let all = weights.iter().sum::<i32>().max(1);
    let up_to = |weight: i32| (seconds * weight + all / 2) / all;
    let mut weight = 0;
    let part = |w: &i32| {
        weight += w;
        (up_to(weight) - up_to(weight - w)) as u16
    };
    weights.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAGES: Stages<'_> = Stages { durations: &[30, 12, 20], shortest: &[10, 5, 12], cycle: 80, rest: 0 };

    fn sums(cycles: &Cycles) -> Vec<i32> {
        cycles.iter().map(|x| x.iter().map(|&s| i32::from(s)).sum()).collect()
    }

    #[test]
    fn each_method_brings_the_sum_that_is_missing() {
        for late in 1..80 {
            for method in TransitionMethod::ALL {
                let cycles = STAGES.cycles(method, late).unwrap();
                let change: i32 = sums(&cycles).iter().map(|s| s - 62).sum();
                assert!(change == late || change == late - 80, "{method:?} {late}: {cycles:?}");
                assert!((1..=usize::from(MOST_CYCLES)).contains(&cycles.len()));
                for x in &cycles {
                    assert!(x.iter().zip(STAGES.shortest).all(|(x, s)| x >= s), "{method:?} {late}: {cycles:?}");
                }
            }
        }
    }

    #[test]
    fn shortway_stays_within_a_fifth_and_dwell_rests_in_one_stage() {
        for late in 1..80 {
            let shortway = STAGES.cycles(TransitionMethod::Shortway, late).unwrap();
            assert!(sums(&shortway).iter().all(|s| (s - 62).abs() <= 16), "{late}: {shortway:?}");
            let dwell = STAGES.cycles(TransitionMethod::Dwell, late).unwrap();
            assert_eq!(dwell, [[30 + late as u16, 12, 20]]);
        }
    }

    #[test]
    fn the_bound_of_a_fifth_is_widened_only_where_three_cycles_need_more() {
        let most = |late| sums(&STAGES.cycles(TransitionMethod::Add, late).unwrap()).into_iter().max().unwrap() - 62;
        assert_eq!((most(16), most(17), most(48), most(49), most(79)), (16, 9, 16, 17, 27));
    }

    /// Every way of handing out the seconds, for small stages.
    fn cheapest(stages: &Stages<'_>, seconds: i32) -> f64 {
        fn go(stages: &Stages<'_>, i: usize, left: i32) -> f64 {
            let count = stages.durations.len();
            if i == usize::from(MOST_CYCLES) * count {
                return if left == 0 { 0.0 } else { f64::INFINITY };
            }
            let (d, s) = (stages.durations[i % count], stages.shortest[i % count]);
            let one = |x: u16| squared_deviation(&[d - x], &[d]) + go(stages, i + 1, left - i32::from(x));
            (0..=d - s).filter(|&x| i32::from(x) <= left).map(one).fold(f64::INFINITY, f64::min)
        }
        go(stages, 0, seconds)
    }

    #[test]
    fn the_quadratic_programme_is_solved_exactly() {
        let stages = Stages { durations: &[7, 4], shortest: &[3, 2], cycle: 20, rest: 0 };
        for seconds in 1..=18 {
            let own = stages.cost(&stages.least_squares(seconds, false));
            assert!((own - cheapest(&stages, seconds)).abs() < 1e-12, "{seconds}: {own}");
        }
    }
}
