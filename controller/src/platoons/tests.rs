//! The model against closed forms.

use super::*;
use crate::{ControlDelay, LaneService, control_delay};
use model::id::{GroupId, IdVec, SignalId};
use model::signal::{Green, SignalPlan};
use model::time::Seconds;

/// An isolated period long enough for the queue of every cycle to be the same.
const HOUR: Span = Span::seconds_f64(3600.0);

fn stream(group: usize, flow: f64, head: Option<u32>) -> Stream {
    Stream {
        group,
        flow: Flow::veh_per_h(flow),
        quarters: Vec::new(),
        inflow: Flow::veh_per_h(flow),
        travel: Span::seconds_f64(10.0),
        saturation_flow: Flow::veh_per_h(1800.0),
        head: head.map(|g| SignalHead { signal: SignalId(0), group: GroupId(g) }),
        gives_way_to: Vec::new(),
        gaps: Gaps::LEFT_TURN,
        waiting_inside: 0.0,
        onward: Vec::new(),
    }
}

fn lanes(storage: f64) -> LaneGroup {
    LaneGroup { lanes: 1, storage }
}

fn model(groups: Vec<LaneGroup>, streams: Vec<Stream>) -> PlatoonModel {
    PlatoonModel::new(groups, streams, Dispersion::default(), HOUR).unwrap()
}

/// One signal with these greens, by group.
fn plans(cycle: u16, greens: &[(u16, u16)]) -> IdVec<SignalId, SignalPlan> {
    let green = |&(start, duration): &(u16, u16)| vec![Green { start: Seconds(start), duration: Seconds(duration) }];
    let plan = SignalPlan { cycle: Seconds(cycle), offset: Seconds(0), greens: greens.iter().map(green).collect() };
    std::iter::once(plan).collect()
}

fn foresee(model: &PlatoonModel, plans: &IdVec<SignalId, SignalPlan>) -> Foreseen {
    model.foresee(plans, &mut Scratch::default())
}

#[test]
fn an_even_flow_waits_as_long_as_the_manual_says() {
    // Two seconds lost and one gained: 41 s shown are 40 s that count.
    let plans = plans(90, &[(0, 41)]);
    for x in [0.3, 0.5, 0.7, 0.9] {
        let flow = x * 800.0;
        let found = foresee(&model(vec![lanes(100.0)], vec![stream(0, flow, Some(0))]), &plans);
        let service = LaneService {
            cycle: Span::seconds_f64(90.0),
            green: Span::seconds_f64(40.0),
            saturation_flow: Flow::veh_per_h(1800.0),
        };
        let manual = control_delay(service, ControlDelay { period: HOUR, ..ControlDelay::default() }, x).seconds();
        let without_stops = found.delay.seconds() - 3.5 * found.stops;
        assert!((without_stops - manual).abs() < 0.06 * manual, "x = {x}: {without_stops} instead of {manual}");
        assert!((found.streams[0].saturation - x).abs() < 0.02);
    }
}

#[test]
fn a_queue_that_grows_from_quarter_to_quarter_is_reckoned_over_all_of_them() {
    let plans = plans(90, &[(0, 41)]);
    let even = Stream { quarters: vec![Flow::veh_per_h(700.0); 4], ..stream(0, 700.0, Some(0)) };
    let uneven = Stream { quarters: [500.0, 1000.0, 700.0, 600.0].map(Flow::veh_per_h).into(), ..even.clone() };
    let delay = |s: Stream| foresee(&model(vec![lanes(100.0)], vec![s]), &plans).delay.seconds();
    let (even, uneven) = (delay(even), delay(uneven));
    // The second quarter leaves 50 vehicles behind: 25 on average in it, 37 in the next and 5 in the last are 95 s more.
    assert!((70.0..130.0).contains(&(uneven - even)), "{even} and {uneven}");
}

/// A street over two signals: all of the first stream goes on to the second one.
fn street(storage: f64, offset_green: u16, cycle: u16) -> Foreseen {
    let first = Stream { onward: vec![(1, 1.0)], ..stream(0, 600.0, Some(0)) };
    let second = Stream { inflow: Flow::ZERO, travel: Span::seconds_f64(20.0), ..stream(1, 600.0, Some(1)) };
    let model = model(vec![lanes(100.0), lanes(storage)], vec![first, second]);
    foresee(&model, &plans(cycle, &[(0, 41), (offset_green, 41)]))
}

#[test]
fn a_green_wave_is_better_than_a_red_one() {
    let (wave, against) = (street(100.0, 18, 90), street(100.0, 63, 90));
    assert!(wave.streams[1].waiting < 0.35 * against.streams[1].waiting, "{wave:?} {against:?}");
    assert!(wave.streams[1].on_green > 2.0 * against.streams[1].on_green);
    assert!(wave.stops < against.stops);
}

#[test]
fn the_common_zero_of_plans_does_not_matter() {
    let delay = |shift: u16| {
        let first = Stream { onward: vec![(1, 1.0)], ..stream(0, 600.0, Some(0)) };
        let second = Stream { inflow: Flow::ZERO, ..stream(1, 600.0, Some(1)) };
        let model = model(vec![lanes(100.0), lanes(50.0)], vec![first, second]);
        let plans: IdVec<_, _> = plans(80, &[(0, 35), (20, 35)]).iter().map(|p| p.with_offset(Seconds(shift))).collect();
        foresee(&model, &plans).delay.seconds()
    };
    let spread = [delay(0), delay(23), delay(61)].map(|d| (d / delay(0) - 1.0).abs());
    assert!(spread.iter().all(|s| *s < 0.02), "{spread:?}");
}

#[test]
fn nobody_leaves_for_lanes_that_are_full() {
    // The second signal lets go a third of what the first one does, and there is room for eight.
    let first = Stream { onward: vec![(1, 1.0)], ..stream(0, 600.0, Some(0)) };
    let second = Stream { inflow: Flow::ZERO, ..stream(1, 600.0, Some(1)) };
    let model = model(vec![lanes(100.0), lanes(8.0)], vec![first, second]);
    let found = foresee(&model, &plans(90, &[(0, 41), (0, 15)]));
    assert!(found.streams[1].longest_queue <= 9.0, "{found:?}");
    assert!(found.streams[0].longest_queue > 20.0, "the rest waits before the first signal: {found:?}");
}

#[test]
fn whoever_gives_way_goes_through_the_gaps_of_the_manual() {
    // Nearly always green: the queue that gives way is served by gaps alone.
    let served = |oncoming: f64| {
        let left = Stream { gives_way_to: vec![1], ..stream(0, 1500.0, Some(0)) };
        let model = model(vec![lanes(1000.0), lanes(1000.0)], vec![left, stream(1, oncoming, Some(0))]);
        let found = foresee(&model, &plans(600, &[(0, 590)]));
        1500.0 / found.streams[0].saturation
    };
    for (oncoming, manual) in [(200.0, 1204.0), (400.0, 999.0), (600.0, 827.0), (800.0, 683.0)] {
        let actual = served(oncoming);
        assert!((actual / manual - 1.0).abs() < 0.08, "oncoming {oncoming}: {actual} instead of {manual}");
    }
}

#[test]
fn a_left_turn_that_waits_blocks_its_lane_unless_it_waits_inside() {
    let lane = |inside: f64| {
        let left = Stream { gives_way_to: vec![2], waiting_inside: inside, ..stream(0, 60.0, Some(0)) };
        let straight = stream(0, 400.0, Some(0));
        let oncoming = Stream { saturation_flow: Flow::veh_per_h(1800.0), ..stream(1, 780.0, Some(0)) };
        foresee(&model(vec![lanes(100.0), lanes(100.0)], vec![left, straight, oncoming]), &plans(90, &[(0, 45)])).streams[1]
            .waiting
    };
    assert!(lane(0.0) > 1.2 * lane(2.0), "{} and {}", lane(0.0), lane(2.0));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let one = || vec![stream(0, 100.0, None)];
    let refused =
        |groups: Vec<LaneGroup>, streams: Vec<Stream>| PlatoonModel::new(groups, streams, Dispersion::default(), HOUR).err();
    assert_eq!(refused(vec![LaneGroup { lanes: 0, storage: 5.0 }], one()), Some(ModelError::LaneGroup(0)));
    assert_eq!(refused(vec![lanes(0.5)], one()), Some(ModelError::LaneGroup(0)));
    assert_eq!(refused(vec![], one()), Some(ModelError::Reference(0)));
    let onward = Stream { onward: vec![(3, 1.0)], ..stream(0, 100.0, None) };
    assert_eq!(refused(vec![lanes(5.0)], vec![onward]), Some(ModelError::Reference(0)));
    let twice = Stream { onward: vec![(0, 0.7), (0, 0.7)], ..stream(0, 100.0, None) };
    assert_eq!(refused(vec![lanes(5.0)], vec![twice]), Some(ModelError::Quantity(0)));
    assert_eq!(refused(vec![lanes(5.0)], vec![stream(0, f64::NAN, None)]), Some(ModelError::Quantity(0)));
}

/// A street over `signals` signals, one way, each with one group.
fn long_street(signals: u32) -> PlatoonModel {
    let at = |n: u32| Stream {
        head: Some(SignalHead { signal: SignalId(n), group: GroupId(0) }),
        inflow: if n == 0 { Flow::veh_per_h(700.0) } else { Flow::ZERO },
        travel: Span::seconds_f64(20.0),
        onward: if n + 1 < signals { vec![(n as usize + 1, 1.0)] } else { Vec::new() },
        ..stream(n as usize, 700.0, None)
    };
    model((0..signals).map(|_| lanes(60.0)).collect(), (0..signals).map(at).collect())
}

fn starting_at(starts: &[u16]) -> IdVec<SignalId, SignalPlan> {
    let plan = |&start: &u16| SignalPlan {
        cycle: Seconds(80),
        offset: Seconds(start),
        greens: std::iter::once(vec![Green { start: Seconds(0), duration: Seconds(41) }]).collect(),
    };
    starts.iter().map(plan).collect()
}

#[test]
fn a_part_of_the_network_says_what_a_change_does_to_the_whole() {
    // Nothing comes after the part, so only what comes before the cycle that was recorded makes a difference.
    let (model, mut scratch) = (long_street(5), Scratch::default());
    let before = starting_at(&[0, 20, 40, 60, 0]);
    let (whole_before, recording) = model.foresee_and_record(&before, &mut scratch);
    assert_eq!(whole_before, model.foresee(&before, &mut scratch));
    let (recording, part) = (recording.unwrap(), model.part_around(SignalId(2)));
    // One before, itself, and two after.
    assert_eq!(part.len(), 4);
    let near_before = model.foresee_part(&part, &recording, &before, &mut scratch).delay.seconds();
    assert!((near_before - whole_before.delay.seconds()).abs() < 0.02 * near_before, "{near_before} {whole_before:?}");
    for start in [30, 45, 50, 60, 5] {
        let after = starting_at(&[0, 20, start, 60, 0]);
        let whole = model.foresee(&after, &mut scratch).delay.seconds() - whole_before.delay.seconds();
        let near = model.foresee_part(&part, &recording, &after, &mut scratch).delay.seconds() - near_before;
        assert!((near - whole).abs() < 0.1 * whole.abs() + 0.1, "from {start} s on: {near} instead of {whole}");
    }
}

#[test]
fn signals_with_different_cycles_cannot_be_recorded() {
    let mut plans = starting_at(&[0, 20]);
    plans[SignalId(1)].cycle = Seconds(70);
    assert!(long_street(2).foresee_and_record(&plans, &mut Scratch::default()).1.is_none());
}
