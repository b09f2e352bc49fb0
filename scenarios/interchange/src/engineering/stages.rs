//! Stages: the fewest sets of groups that may go together and serve every group.

use model::id::GroupId;
use model::signal::{Grade, Square};

/// The most cliques that are looked at; beyond, the search is greedy.
const MOST_CLIQUES: usize = 400;

/// The most stages that are tried exactly.
const MOST_STAGES: usize = 5;

/// Chooses stages: as few as possible, among those the ones with most lanes green; ordered so that groups which stay
/// green from stage to stage do so.
///
/// `lanes` per group. At most 64 groups are considered; the rest get stages of their own.
pub fn choose(grades: &Square<Grade>, lanes: &[f64]) -> Vec<Vec<GroupId>> {
    let n = lanes.len().min(64);
    let together: Vec<u64> = (0..n).map(|a| mask((0..n).filter(|&b| a != b && bearable(grades, a, b)))).collect();
    let mut cliques = Vec::new();
    extend(0, mask(0..n), 0, &together, &mut cliques);
    cliques.sort_unstable();
    let all = mask(0..n);
    let weight = |set: u64| members(set).map(|g| lanes[g]).sum::<f64>();
    let mut best: Option<(f64, Vec<u64>)> = None;
    for most in 1..=MOST_STAGES {
        cover(all, most, &cliques, &mut Vec::new(), &weight, &mut best);
        if best.is_some() {
            break;
        }
    }
    let chosen = best.map_or_else(|| greedy(all, &cliques, &weight), |b| b.1);
    let mut stages = in_order(chosen, &weight);
    once_each(&mut stages, n, &weight);
    let mut stages: Vec<Vec<GroupId>> = stages.iter().map(|&s| members(s).map(|g| GroupId(g as u32)).collect()).collect();
    stages.extend((n..lanes.len()).map(|g| vec![GroupId(g as u32)]));
    stages
}

fn bearable(grades: &Square<Grade>, a: usize, b: usize) -> bool {
    grades[(GroupId(a as u32), GroupId(b as u32))] != Grade::Incompatible
}

fn mask(members: impl Iterator<Item = usize>) -> u64 {
    members.fold(0, |m, g| m | 1 << g)
}

fn members(set: u64) -> impl Iterator<Item = usize> {
    (0..64).filter(move |g| set >> g & 1 == 1)
}

/// Bron and Kerbosch's algorithm with a pivot: every set of groups that may go together and cannot grow.
fn extend(clique: u64, open: u64, closed: u64, together: &[u64], found: &mut Vec<u64>) {
    if found.len() >= MOST_CLIQUES {
        return;
    }
    if open == 0 && closed == 0 {
        found.push(clique);
        return;
    }
    let pivot = members(open | closed).max_by_key(|&v| (open & together[v]).count_ones()).expect("one of the two is not empty");
    let (mut open, mut closed) = (open, closed);
    for v in members(open & !together[pivot]) {
        extend(clique | 1 << v, open & together[v], closed & together[v], together, found);
        open &= !(1 << v);
        closed |= 1 << v;
    }
}

/// Tries every choice of at most `most` cliques that serves all; keeps the one with most lanes green.
fn cover(
    missing: u64,
    most: usize,
    cliques: &[u64],
    chosen: &mut Vec<u64>,
    weight: &dyn Fn(u64) -> f64,
    best: &mut Option<(f64, Vec<u64>)>,
) {
    if missing == 0 {
        let total: f64 = chosen.iter().map(|&c| weight(c)).sum();
        if best.as_ref().is_none_or(|b| total > b.0 + 1e-9) {
            *best = Some((total, chosen.clone()));
        }
        return;
    }
    if most == 0 {
        return;
    }
    // The group with the fewest choices first.
    let hardest = members(missing).min_by_key(|&g| cliques.iter().filter(|&&c| c >> g & 1 == 1).count());
    let Some(g) = hardest else { return };
    for &c in cliques.iter().filter(|&&c| c >> g & 1 == 1) {
        chosen.push(c);
        cover(missing & !c, most - 1, cliques, chosen, weight, best);
        chosen.pop();
    }
}

/// Stages in which groups that are held back end before the others: behind each stage with any of them comes one without, in
/// which those of the next stage begin that what stays green allows.
pub fn hold_back(stages: &[Vec<GroupId>], grades: &Square<Grade>, held: &[GroupId]) -> Vec<Vec<GroupId>> {
    let mut all = Vec::new();
    for (i, stage) in stages.iter().enumerate() {
        all.push(stage.clone());
        let next = &stages[(i + 1) % stages.len()];
        let mut stay: Vec<GroupId> = stage.iter().copied().filter(|g| !held.contains(g)).collect();
        let ends = stay.len() < stage.len() && !stage.iter().any(|g| held.contains(g) && next.contains(g));
        if !ends || stay.is_empty() {
            continue;
        }
        for &g in next {
            if stay.iter().all(|&s| grades[(s, g)] != Grade::Incompatible) && !stay.contains(&g) {
                stay.push(g);
            }
        }
        stay.sort_unstable();
        all.push(stay);
    }
    all
}

fn greedy(all: u64, cliques: &[u64], weight: &dyn Fn(u64) -> f64) -> Vec<u64> {
    let (mut missing, mut chosen) = (all, Vec::new());
    while missing != 0 {
        let best = cliques
            .iter()
            .copied()
            .filter(|c| c & missing != 0)
            .max_by(|a, b| weight(a & missing).total_cmp(&weight(b & missing)));
        // A group that is in no clique found in time stands alone.
        let next = best.unwrap_or(missing & missing.wrapping_neg());
        missing &= !next;
        chosen.push(next);
    }
    chosen
}

/// Orders stages so that the fewest groups start twice; the stage with most lanes first.
fn in_order(stages: Vec<u64>, weight: &dyn Fn(u64) -> f64) -> Vec<u64> {
    let mut best: Option<(u32, Vec<u64>)> = None;
    let first = stages.iter().copied().reduce(|a, b| if weight(b) > weight(a) { b } else { a });
    let mut rest = stages.clone();
    if let Some(i) = first.and_then(|f| rest.iter().position(|&s| s == f)) {
        rest.swap(0, i);
    }
    permute(1, &mut rest, &mut |order| {
        let n = order.len();
        let starts: u32 = (0..n).map(|i| (order[i] & !order[(i + n - 1) % n]).count_ones()).sum();
        if best.as_ref().is_none_or(|b| starts < b.0) {
            best = Some((starts, order.to_vec()));
        }
    });
    best.map_or(stages, |b| b.1)
}

fn permute(from: usize, items: &mut [u64], visit: &mut dyn FnMut(&[u64])) {
    // Beyond seven stages the order is taken as it comes.
    if from >= items.len() || items.len() > 7 {
        visit(items);
        return;
    }
    for i in from..items.len() {
        items.swap(from, i);
        permute(from + 1, items, visit);
        items.swap(from, i);
    }
}

/// A group that would be green twice in a cycle keeps the longer run of stages.
fn once_each(stages: &mut [u64], groups: usize, weight: &dyn Fn(u64) -> f64) {
    let n = stages.len();
    for g in 0..groups {
        let on = |i: usize| stages[i % n] >> g & 1 == 1;
        let starts: Vec<usize> = (0..n).filter(|&i| on(i) && !on(i + n - 1)).collect();
        if starts.len() < 2 {
            continue;
        }
        let run = |s: usize| (s..s + n).take_while(|&i| on(i)).map(|i| i % n).collect::<Vec<_>>();
        let value = |r: &Vec<usize>| (r.len(), r.iter().map(|&i| (weight(stages[i]) * 100.0) as i64).sum::<i64>());
        let runs: Vec<Vec<usize>> = starts.into_iter().map(run).collect();
        let kept = runs.iter().max_by_key(|r| value(r)).cloned().unwrap_or_default();
        for i in runs.into_iter().flatten().filter(|i| !kept.contains(i)) {
            stages[i] &= !(1 << g);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grades(n: usize, clashes: &[(u32, u32)]) -> Square<Grade> {
        let mut grades = Square::new(n);
        for &(a, b) in clashes {
            grades[(GroupId(a), GroupId(b))] = Grade::Incompatible;
            grades[(GroupId(b), GroupId(a))] = Grade::Incompatible;
        }
        grades
    }

    #[test]
    fn two_streets_that_cross_need_two_stages() {
        let stages = choose(&grades(4, &[(0, 1), (0, 3), (2, 1), (2, 3)]), &[2.0, 1.0, 2.0, 1.0]);
        assert_eq!(stages, [vec![GroupId(0), GroupId(2)], vec![GroupId(1), GroupId(3)]]);
    }

    #[test]
    fn every_group_is_served_and_no_stage_clashes() {
        // A ring of clashes: 0-1, 1-2, 2-3, 3-4, 4-0 needs three stages.
        let clashes = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)];
        let grades = grades(5, &clashes);
        let stages = choose(&grades, &[1.0; 5]);
        assert_eq!(stages.len(), 3);
        assert!((0..5).all(|g| stages.iter().any(|s| s.contains(&GroupId(g)))));
        assert!(clashes.iter().all(|&(a, b)| !stages.iter().any(|s| s.contains(&GroupId(a)) && s.contains(&GroupId(b)))));
    }

    #[test]
    fn a_group_that_is_held_back_ends_before_the_other_direction() {
        // A crossing over two carriageways: 0 and 1 drive, 2 walks over that of 0, 3 over that of 1.
        let grades = grades(4, &[(0, 2), (1, 3)]);
        let [in_, out, near, far] = [0, 1, 2, 3].map(GroupId);
        let stages = hold_back(&[vec![in_, out], vec![near, far]], &grades, &[in_]);
        assert_eq!(stages, [vec![in_, out], vec![out, near], vec![near, far]]);
        assert_eq!(hold_back(&[vec![in_], vec![near]], &grades, &[in_]).len(), 2);
    }
}
