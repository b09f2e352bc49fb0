//! Stages, cycle and splits in situations.

use controller::{CycleRange, GroupFlow, GroupFlows, StageError, StageSequence, plan_from_stage_times, webster};
use model::id::{GroupId, Id, IdVec};
use model::quantity::Flow;
use model::signal::{Grade, Green, GroupKind, Signal, SignalGroup, Square, Stage};
use model::time::Seconds;
use proptest::prelude::*;

fn group(name: &str, kind: GroupKind) -> SignalGroup {
    let on_foot = kind == GroupKind::Pedestrians;
    SignalGroup {
        name: name.into(),
        kind,
        amber: Seconds(if on_foot { 0 } else { 3 }),
        red_amber: Seconds(u16::from(!on_foot)),
        min_green: Seconds(if on_foot { 8 } else { 5 }),
        min_red: Seconds(1),
        may_stay_red: false,
        max_green_percent: None,
    }
}

fn signal(groups: Vec<SignalGroup>, conflicts: &[(u32, u32, u16, u16)], stages: &[&[u32]]) -> Signal {
    let count = groups.len();
    let mut signal = Signal {
        name: "toy".into(),
        source: "assumed: a test".into(),
        groups: groups.into(),
        grades: Square::new(count),
        intergreens: Square::new(count),
        stages: Vec::new(),
    };
    for &(a, b, ab, ba) in conflicts {
        let (a, b) = (GroupId(a), GroupId(b));
        (signal.grades[(a, b)], signal.grades[(b, a)]) = (Grade::Incompatible, Grade::Incompatible);
        (signal.intergreens[(a, b)], signal.intergreens[(b, a)]) = (Some(Seconds(ab)), Some(Seconds(ba)));
    }
    signal.stages = stages
        .iter()
        .enumerate()
        .map(|(i, greens)| Stage { name: format!("P{}", i + 1), greens: greens.iter().map(|&g| GroupId(g)).collect() })
        .collect();
    signal
}

/// K1 along, K2 across, each alone.
fn two_streets() -> Signal {
    let vehicles = |name| group(name, GroupKind::Vehicles);
    signal(vec![vehicles("K1"), vehicles("K2")], &[(0, 1, 5, 6)], &[&[0], &[1]])
}

fn flows(per_hour: &[f64]) -> GroupFlows {
    let flow = |&q: &f64| GroupFlow { flow: Flow::veh_per_h(q), saturation_flow: Flow::veh_per_h(2000.0) };
    per_hour.iter().map(|q| (q >= &0.0).then(|| flow(q))).collect()
}

#[test]
fn greens_are_in_proportion_to_the_flow_ratios() {
    let splits = webster(&two_streets(), &flows(&[600.0, 400.0]), CycleRange::fixed(Seconds(61))).unwrap();
    assert_eq!(splits.durations, [Seconds(30), Seconds(20)]);
    assert!((splits.flow_ratio - 0.5).abs() < 1e-12);
    let greens = &splits.plan.greens;
    assert_eq!(greens[GroupId(0)], [Green { start: Seconds(0), duration: Seconds(30) }]);
    assert_eq!(greens[GroupId(1)], [Green { start: Seconds(35), duration: Seconds(20) }]);
    assert!(splits.plan.check(&two_streets()).is_ok());
}

#[test]
fn the_cycle_follows_the_critical_flow_and_its_range() {
    let cycle = |q: [f64; 2], shortest, longest| {
        let range = CycleRange { shortest: Seconds(shortest), longest: Seconds(longest) };
        webster(&two_streets(), &flows(&q), range).unwrap().plan.cycle
    };
    // (1.5 * 11 + 5) / (1 - 0.6) = 53.75
    assert_eq!(cycle([700.0, 500.0], 30, 120), Seconds(54));
    assert_eq!(cycle([700.0, 500.0], 60, 120), Seconds(60));
    assert_eq!(cycle([700.0, 500.0], 30, 50), Seconds(50));
    assert_eq!(cycle([1200.0, 900.0], 30, 120), Seconds(120));
}

#[test]
fn minimum_greens_enlarge_the_cycle_only_within_its_range() {
    let mut signal = two_streets();
    signal.groups[GroupId(1)].min_green = Seconds(40);
    let range = CycleRange { shortest: Seconds(40), longest: Seconds(90) };
    let splits = webster(&signal, &flows(&[100.0, 100.0]), range).unwrap();
    assert_eq!((splits.plan.cycle, splits.durations[1]), (Seconds(56), Seconds(40)));
    let error = webster(&signal, &flows(&[100.0, 100.0]), CycleRange::fixed(Seconds(50))).unwrap_err();
    assert_eq!(error, StageError::CycleTooShort { needed: 56, longest: Seconds(50) });
}

#[test]
fn a_group_that_is_held_back_gets_its_most_green_and_the_others_the_rest() {
    let mut signal = two_streets();
    signal.groups[GroupId(0)].max_green_percent = Some(40);
    let free = webster(&two_streets(), &flows(&[900.0, 200.0]), CycleRange::fixed(Seconds(90))).unwrap();
    let splits = webster(&signal, &flows(&[900.0, 200.0]), CycleRange::fixed(Seconds(90))).unwrap();
    assert!(free.durations[0] > Seconds(60), "{:?}", free.durations);
    assert_eq!(splits.durations, [Seconds(36), Seconds(43)]);
    assert!(splits.plan.check(&signal).is_ok());
    let sequence = StageSequence::of(&signal).unwrap();
    assert!(sequence.keeps_most_green(&splits.durations) && !sequence.keeps_most_green(&free.durations));
    let error = sequence.plan(&free.durations).unwrap_err();
    let said = format!("K1 would be green for {} of the cycle of 90 s, but 36 s are allowed", free.durations[0]);
    assert_eq!(error.to_string(), said);
    // Where nobody can take it, nothing is handed over.
    signal.groups[GroupId(1)].max_green_percent = Some(40);
    assert_eq!(StageSequence::of(&signal).unwrap().within_most_green(free.durations), None);
    assert!(webster(&signal, &flows(&[900.0, 200.0]), CycleRange::fixed(Seconds(90))).is_err());
}

#[test]
fn pedestrians_end_early_rather_than_lengthen_the_interstage() {
    let groups = vec![group("K1", GroupKind::Vehicles), group("K2", GroupKind::Vehicles), group("F1", GroupKind::Pedestrians)];
    // F1 goes with K1 over the arm of K2 and clears for 14 s.
    let signal = signal(groups, &[(0, 1, 5, 6), (2, 1, 14, 4)], &[&[0, 2], &[1]]);
    let sequence = StageSequence::of(&signal).unwrap();
    assert_eq!(sequence.interstages(), [Seconds(5), Seconds(6)]);
    assert_eq!(sequence.shortest_stages(), [Seconds(17), Seconds(5)]);
    let plan = sequence.plan(&[Seconds(30), Seconds(20)]).unwrap();
    // K1 [0, 30), K2 [35, 55); F1 may begin 4 s after K2, that is 2 s before K1, and ends 14 s before K2 begins.
    assert_eq!(plan.greens[GroupId(2)], [Green { start: Seconds(59), duration: Seconds(23) }]);
    assert!(plan.check(&signal).is_ok());
}

#[test]
fn a_group_in_consecutive_stages_stays_green_between_them() {
    let vehicles = |name| group(name, GroupKind::Vehicles);
    let groups = vec![vehicles("K1"), vehicles("K2"), vehicles("K3")];
    // K1 runs through stages 1 and 2, while K2 hands over to K3; K3 alone last.
    let signal = signal(groups, &[(1, 2, 4, 7), (0, 2, 5, 5)], &[&[0, 1], &[0], &[2]]);
    let plan = plan_from_stage_times(&signal, &[Seconds(20), Seconds(10), Seconds(15)]).unwrap();
    assert_eq!(plan.cycle, Seconds(57));
    assert_eq!(plan.greens[GroupId(0)], [Green { start: Seconds(55), duration: Seconds(32) }]);
    assert_eq!(plan.greens[GroupId(2)], [Green { start: Seconds(35), duration: Seconds(15) }]);
    assert!(plan.check(&signal).is_ok());
}

#[test]
fn stages_that_allow_no_plan_are_named() {
    let error = |change: fn(&mut Signal)| {
        let mut signal = two_streets();
        change(&mut signal);
        StageSequence::of(&signal).unwrap_err().to_string()
    };
    assert_eq!(error(|s| s.stages.clear()), "signal toy has no stages");
    assert_eq!(error(|s| s.stages[1].greens.push(GroupId(0))), "stage P2 holds K2 and K1, which are incompatible");
    assert_eq!(error(|s| s.stages.truncate(1)), "K2 is in no stage");
    let signal = two_streets();
    let short = plan_from_stage_times(&signal, &[Seconds(4), Seconds(20)]).unwrap_err();
    assert_eq!(short.to_string(), "stage P1 lasts 4 s, but its groups need 5 s");
    let negative = webster(&signal, &flows(&[1.0]), CycleRange::fixed(Seconds(60))).unwrap_err();
    assert_eq!(negative, StageError::WrongGroups { actual: 1, required: 2 });
    let nothing: GroupFlows =
        IdVec::from_fn(2, |_| Some(GroupFlow { flow: Flow::veh_per_h(1.0), saturation_flow: Flow::veh_per_h(0.0) }));
    assert!(matches!(webster(&signal, &nothing, CycleRange::fixed(Seconds(60))), Err(StageError::Flow { .. })));
}

/// What proptest draws for a signal: kinds and minima of groups, grades and intergreens of pairs, who joins which stage.
#[derive(Debug, Clone)]
struct Draw {
    groups: Vec<(u8, u16, u16)>,
    pairs: Vec<(u8, u16, u16)>,
    joins: Vec<Vec<bool>>,
    flows: Vec<Option<f64>>,
    extra: Vec<u16>,
}

fn draw() -> impl Strategy<Value = Draw> {
    (2_usize..8, 1_usize..5).prop_flat_map(|(groups, stages)| {
        let group = (0_u8..4, 0_u16..12, 0_u16..3);
        let pair = (0_u8..4, 1_u16..18, 1_u16..18);
        (
            prop::collection::vec(group, groups),
            prop::collection::vec(pair, groups * groups),
            prop::collection::vec(prop::collection::vec(any::<bool>(), groups), stages),
            prop::collection::vec(prop::option::of(0.0..1500.0), groups),
            prop::collection::vec(0_u16..40, stages + groups),
        )
            .prop_map(|(groups, pairs, joins, flows, extra)| Draw { groups, pairs, joins, flows, extra })
    })
}

impl Draw {
    /// A signal in which every group is in some stage and no stage holds incompatible groups.
    fn signal(&self) -> Signal {
        let count = self.groups.len();
        let kinds = [GroupKind::Vehicles, GroupKind::Pedestrians, GroupKind::Cyclists, GroupKind::PublicTransport];
        let groups = self.groups.iter().enumerate().map(|(i, &(kind, min_green, red_amber))| {
            let mut group = group(&format!("G{i}"), kinds[kind as usize]);
            group.min_green = Seconds(min_green);
            group.red_amber = Seconds(red_amber);
            group
        });
        let mut signal = signal(groups.collect(), &[], &[]);
        for a in 0..count {
            for b in 0..a {
                let (grade, ab, ba) = self.pairs[a * count + b];
                let (x, y) = (GroupId::from_index(a), GroupId::from_index(b));
                let grade = [Grade::Compatible, Grade::Conditional, Grade::Incompatible, Grade::Incompatible][grade as usize];
                (signal.grades[(x, y)], signal.grades[(y, x)]) = (grade, grade);
                if grade != Grade::Compatible {
                    (signal.intergreens[(x, y)], signal.intergreens[(y, x)]) = (Some(Seconds(ab)), Some(Seconds(ba)));
                }
            }
        }
        signal.stages = self.stages(&signal);
        signal
    }

    fn stages(&self, signal: &Signal) -> Vec<Stage> {
        let fits = |stage: &[GroupId], g: GroupId| stage.iter().all(|&o| signal.grades[(o, g)] != Grade::Incompatible);
        let mut stages: Vec<Vec<GroupId>> = vec![Vec::new(); self.joins.len()];
        for (stage, joins) in stages.iter_mut().zip(&self.joins) {
            for g in signal.groups.ids() {
                if joins[g.index()] && fits(stage, g) {
                    stage.push(g);
                }
            }
        }
        for g in signal.groups.ids() {
            if !stages.iter().any(|s| s.contains(&g)) {
                match stages.iter().position(|s| fits(s, g)) {
                    Some(k) => stages[k].push(g),
                    None => stages.push(vec![g]),
                }
            }
        }
        let named = |(k, mut greens): (usize, Vec<GroupId>)| {
            greens.sort_unstable();
            Stage { name: format!("P{k}"), greens }
        };
        stages.into_iter().enumerate().map(named).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_plan_from_stages_is_safe_in_whatever_order(draw in draw()) {
        let signal = draw.signal();
        let orders = StageSequence::orders(&signal).unwrap();
        let usual = StageSequence::of(&signal).unwrap();
        prop_assert_eq!(orders[0].order(), usual.order());
        for sequence in orders {
            prop_assert_eq!(sequence.order()[0], 0);
            let least = sequence.shortest_stages();
            let durations: Vec<Seconds> = least.iter().zip(&draw.extra).map(|(s, extra)| Seconds(s.0 + extra)).collect();
            match sequence.plan(&durations) {
                Ok(plan) => {
                    let total: u32 = durations.iter().map(|d| u32::from(d.0)).sum();
                    prop_assert_eq!(u32::from(plan.cycle.0), total + sequence.lost_time());
                    prop_assert_eq!(plan.faults(&signal), []);
                    let greens: usize = plan.greens.iter().map(Vec::len).sum();
                    let usually: usize = usual.plan(&usual.shortest_stages().iter().map(|s| Seconds(s.0 + 10)).collect::<Vec<_>>()).unwrap().greens.iter().map(Vec::len).sum();
                    prop_assert_eq!(greens, usually);
                }
                Err(StageError::CycleRange { shortest, .. }) => prop_assert!(shortest < Seconds(10)),
                Err(error) => prop_assert!(false, "{error}"),
            }
        }
    }

    #[test]
    fn every_plan_after_webster_is_safe_and_fills_its_cycle(draw in draw(), shortest in 10_u16..120, span in 0_u16..60) {
        let signal = draw.signal();
        let flow = |q: &Option<f64>| q.map(|q| GroupFlow { flow: Flow::veh_per_h(q), saturation_flow: Flow::veh_per_h(1900.0) });
        let flows: GroupFlows = draw.flows.iter().map(flow).collect();
        let range = CycleRange { shortest: Seconds(shortest), longest: Seconds(shortest + span) };
        let needed = StageSequence::of(&signal).unwrap().shortest_cycle();
        match webster(&signal, &flows, range) {
            Ok(splits) => {
                prop_assert!((range.shortest..=range.longest).contains(&splits.plan.cycle));
                prop_assert_eq!(splits.plan.faults(&signal), []);
            }
            Err(error) => prop_assert_eq!(error, StageError::CycleTooShort { needed, longest: range.longest }),
        }
    }

    #[test]
    fn an_interstage_is_no_longer_than_some_intergreen_asks(draw in draw()) {
        let signal = draw.signal();
        let most = signal.groups.ids().flat_map(|a| signal.groups.ids().map(move |b| (a, b))).map(|(a, b)| {
            let own = &signal.groups[a];
            let again = if a == b { own.amber.0 + own.min_red.0 + own.red_amber.0 } else { 0 };
            signal.intergreens[(a, b)].map_or(again, |z| z.0)
        });
        let most = most.max().unwrap();
        prop_assert!(StageSequence::of(&signal).unwrap().interstages().iter().all(|s| s.0 <= most));
    }
}
