//! Intergreens from geometry: ten of them worked by hand, the matrices of a whole ring, and laws.
//!
//! The hand calculations know nothing of the code but its result: they take the coordinates from `network.toml` of the
//! ring of Dortmund, cross two straight pieces, add or take off half a corridor over the sine of the angle between them,
//! and work the formula with the figures as they stand in the literature.

use model::id::GroupId;
use model::network::Meeting;
use model::quantity::Length;
use model::scenario::{Scenario, load};
use model::signal::derivation::{Derivation, Way};
use model::signal::intergreen::{Calculation, Clearing, Entering};
use model::time::Seconds;
use proptest::prelude::*;
use std::path::Path;
use std::sync::LazyLock;

/// The ring round Dortmund's inner city: 19 signals, W01 to W19.
static WALL: LazyLock<Scenario> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/dortmund-wall");
    load(&folder).unwrap_or_else(|faults| panic!("{faults}"))
});

/// Half the width of a conflict area, in metres.
const HALF: f64 = 2.6;

/// 40 km/h in m/s.
const V_E: f64 = 40.0 / 3.6;

type Point = (f64, f64);

fn apart(a: Point, b: Point) -> f64 {
    ((b.0 - a.0) * (b.0 - a.0) + (b.1 - a.1) * (b.1 - a.1)).sqrt()
}

/// Length of a way through points.
fn along(points: &[Point]) -> f64 {
    points.windows(2).map(|p| apart(p[0], p[1])).sum()
}

/// Where two straight pieces cross, and half a conflict area along either of them: over the sine of their angle.
fn cross([a, b]: [Point; 2], [c, d]: [Point; 2]) -> (Point, f64) {
    let (u, v, w) = ((b.0 - a.0, b.1 - a.1), (d.0 - c.0, d.1 - c.1), (c.0 - a.0, c.1 - a.1));
    let area = u.0 * v.1 - u.1 * v.0;
    let t = (w.0 * v.1 - w.1 * v.0) / area;
    ((a.0 + t * u.0, a.1 + t * u.1), HALF * apart(a, b) * apart(c, d) / area.abs())
}

/// Holds a hand calculation against the derivation, and what it rounds up to against the scenario.
#[track_caller]
fn by_hand(name: &str, groups: [&str; 2], ways: [&str; 2], t_z: f64, rounded: u16) {
    let network = &WALL.network;
    let (id, signal) = WALL.signals.enumerate().find(|(_, s)| s.name == name).expect("a signal of the ring");
    let pair = (signal.group(groups[0]).expect("it clears"), signal.group(groups[1]).expect("it enters"));
    let derived = Derivation::of(network, id, signal);
    let governing = derived.needs[pair].and_then(|n| n.governing).expect("they conflict");
    let called = [governing.clearing, governing.entering].map(|way| match derived.ways[way] {
        Way::Movement(m) => network.movement_name(m),
        Way::Crossing(c) => network.crossings[c].name.clone(),
    });
    assert_eq!(called, ways, "other streams govern");
    let exact = governing.calculation.exact().seconds();
    assert!((exact - t_z).abs() < 0.2, "{name} {groups:?}: {exact} s derived, {t_z} s by hand");
    assert_eq!(t_z.ceil(), f64::from(rounded), "{name} {groups:?}: {t_z} s by hand");
    assert_eq!(signal.intergreens[pair], Some(Seconds(rounded)), "{name} {groups:?}");
}

#[test]
fn w15_straight_on_clears_before_straight_on_enters() {
    let (at, half) = cross([(194.67, -454.40), (191.43, -454.85)], [(192.40, -453.62), (192.07, -456.82)]);
    let s_0 = along(&[(220.36, -449.39), at]) + half;
    let s_e = along(&[(193.83, -439.24), at]) - half;
    // 3 + (31.3 + 6) / 10 - 12.9 / 11.1 = 5.6
    let t_z = 3.0 + (s_0 + 6.0) / 10.0 - s_e / V_E;
    by_hand("W15", ["K1", "K4"], ["W14-W15_0>W15-W16_1", "j245937725-W15_1>W15-j30480487_1"], t_z, 6);
}

#[test]
fn w05_a_left_turn_clears_before_straight_on_enters() {
    let (at, half) = cross([(-244.02, 346.28), (-245.86, 348.33)], [(-259.21, 343.50), (-235.36, 350.61)]);
    let s_0 = along(&[(-240.00, 334.00), (-240.43, 337.60), (-241.26, 340.87), (-242.48, 343.78), (-244.02, 346.28), at]) + half;
    let s_e = along(&[(-259.21, 343.50), at]) - half;
    // 2 + (17.7 + 6) / 7 - 11.7 / 11.1 = 4.3
    let t_z = 2.0 + (s_0 + 6.0) / 7.0 - s_e / V_E;
    by_hand("W05", ["K2", "K3"], ["n451356573-W05_0>W05-W04_2", "W04-W05_2>W05-W06_2"], t_z, 5);
}

#[test]
fn w19_a_right_turn_clears_before_straight_on_enters_the_same_lane() {
    // Both end on the lane: the turn clears when all of it is behind the rear.
    let turn = [(-563.39, -106.25), (-566.69, -110.09), (-570.01, -113.29), (-573.24, -115.74), (-576.28, -117.28)];
    let s_0 = along(&turn) + along(&[(-576.28, -117.28), (-579.02, -117.80), (-581.36, -117.14), (-581.87, -116.78)]);
    // Straight on has come within 2.6 m of the turn at (-577.5, -120.1): the turn passes (-577.9, -117.6).
    let near = (-577.5, -120.1);
    assert!((apart(near, (-577.9, -117.6)) - HALF).abs() < 0.1);
    let s_e = along(&[(-560.49, -133.15), near]);
    // 2 + (23.0 + 6) / 7 - 21.4 / 11.1 = 4.2
    let t_z = 2.0 + (s_0 + 6.0) / 7.0 - s_e / V_E;
    by_hand("W19", ["K1", "K2"], ["n671843132-W19_0>W19-W01_2", "W18-W19_2>W19-W01_2"], t_z, 5);
}

#[test]
fn w10_straight_on_clears_before_a_left_turn_enters() {
    let (at, half) = cross([(387.32, 298.12), (384.29, 299.53)], [(385.24, 298.23), (388.25, 300.44)]);
    let s_0 = along(&[(407.97, 288.44), at]) + half;
    let s_e = along(&[(376.48, 297.02), (379.22, 296.43), (382.19, 296.86), (385.24, 298.23), at]) - half;
    // 3 + (27.3 + 6) / 10 - 7.1 / 11.1 = 5.7
    let t_z = 3.0 + (s_0 + 6.0) / 10.0 - s_e / V_E;
    by_hand("W10", ["K2", "K3L"], ["W11-W10_2>W10-W09_2", "W09-W10_2>W10-x16061204800003_0"], t_z, 6);
}

#[test]
fn w12_straight_on_clears_the_crossing_behind_its_stop_line() {
    let (at, half) = cross([(521.55, 17.41), (521.39, 13.66)], [(519.78, 14.38), (529.53, 14.14)]);
    let s_0 = along(&[(521.55, 17.41), at]) + half;
    // 3 + (5.7 + 6) / 10 = 4.2; people step on to the road at once.
    let t_z = 3.0 + (s_0 + 6.0) / 10.0;
    by_hand("W12", ["K2", "F1"], ["W11-W12_0>W12-W13_0", "W12/F1"], t_z, 5);
}

#[test]
fn w06_straight_on_clears_the_crossing_beyond_the_intersection() {
    let (at, half) = cross([(-131.39, 380.39), (-127.90, 381.88)], [(-132.36, 388.81), (-128.74, 379.75)]);
    let s_0 = along(&[(-159.23, 369.47), (-149.14, 373.19), (-140.51, 376.59), (-131.39, 380.39), at]) + half;
    // 3 + (34.7 + 6) / 10 = 7.1
    let t_z = 3.0 + (s_0 + 6.0) / 10.0;
    by_hand("W06", ["K3", "F1"], ["W05-W06_0>W06-W07_0", "W06/F1"], t_z, 8);
}

#[test]
fn w18_a_right_turn_clears_the_crossing_of_the_street_it_turns_into() {
    let (at, half) = cross([(-390.21, -247.20), (-389.46, -243.65)], [(-388.38, -244.26), (-398.51, -236.12)]);
    let s_0 = along(&[(-385.42, -257.59), (-388.14, -254.49), (-389.75, -250.92), (-390.21, -247.20), at]) + half;
    // 2 + (18.2 + 6) / 7 = 5.5
    let t_z = 2.0 + (s_0 + 6.0) / 7.0;
    by_hand("W18", ["K2", "F4"], ["W17-W18_0>W18-j3106564318_0", "W18/F4"], t_z, 6);
}

#[test]
fn w04_people_clear_before_straight_on_enters_from_beside_them() {
    // The lane beside the far kerb is 8.1 m from the near one; 2.6 m beyond it there is kerb: all of the crossing.
    let (from, to) = ((-377.04, 312.59), (-374.78, 303.10));
    let (at, half) = cross([(-377.75, 304.18), (-374.12, 304.93)], [from, to]);
    let s_0 = (apart(from, at) + half).min(apart(from, to));
    let s_e = (apart((-377.75, 304.18), at) - half).max(0.0);
    // 9.8 / 1.2 - 0 = 8.1
    let t_z = s_0 / 1.2 - s_e / V_E;
    by_hand("W04", ["F1", "K2"], ["W04/F1", "W03-W04_0>W04-W05_0"], t_z, 9);
}

#[test]
fn w13_people_clear_before_a_right_turn_comes_round() {
    let (from, to) = ((520.27, -154.39), (530.01, -154.97));
    let (at, half) = cross([(529.78, -156.88), (528.62, -153.96)], [from, to]);
    let s_0 = (apart(from, at) + half).min(apart(from, to));
    let s_e = along(&[(544.10, -162.80), (539.46, -162.45), (535.39, -161.26), (532.10, -159.36), (529.78, -156.88), at]) - half;
    // 9.8 / 1.2 - 15.3 / 11.1 = 6.8
    let t_z = s_0 / 1.2 - s_e / V_E;
    by_hand("W13", ["F3", "K1"], ["W13/F3", "n274387491-W13_0>W13-W12_0"], t_z, 7);
}

#[test]
fn w03_a_left_turn_clears_the_crossing_of_the_street_it_turns_into() {
    let (at, half) = cross([(-604.78, 271.83), (-605.70, 275.65)], [(-609.48, 272.62), (-603.58, 275.36)]);
    let first = along(&[(-611.40, 252.39), (-608.96, 254.62), (-607.02, 257.42), (-605.62, 260.65), (-604.76, 264.21)]);
    let s_0 = first + along(&[(-604.76, 264.21), (-604.48, 267.98), (-604.78, 271.83), at]) + half;
    // 2 + (26.9 + 6) / 7 = 6.7
    let t_z = 2.0 + (s_0 + 6.0) / 7.0;
    by_hand("W03", ["K2L", "F2"], ["j179628317-W03_3>W03-x6507635505_0", "W03/F2"], t_z, 7);
}

#[test]
fn the_geometry_asks_for_every_intergreen_of_the_ring_as_it_is() {
    let mut pairs = 0;
    for (id, signal) in WALL.signals.enumerate() {
        let derived = Derivation::of(&WALL.network, id, signal);
        assert_eq!(derived.differences(signal), [], "signal {}", signal.name);
        for pair in signal.groups.ids().flat_map(|a| signal.groups.ids().map(move |b| (a, b))) {
            let asked = derived.needs[pair].and_then(|n| n.intergreen());
            assert_eq!(asked, signal.intergreens[pair], "signal {}, {pair:?}", signal.name);
            pairs += usize::from(asked.is_some());
        }
    }
    assert_eq!(WALL.signals.len(), 19);
    assert!(pairs > 500, "{pairs}");
}

#[test]
fn movements_that_conflict_under_different_groups_have_intergreens_both_ways() {
    let network = &WALL.network;
    let crossing = |m: Meeting| matches!(m, Meeting::Cross | Meeting::Merge);
    let mut seen = 0;
    for conflict in network.conflicts.iter().filter(|c| crossing(c.meeting)) {
        let [a, b] = [conflict.first.movement, conflict.second.movement].map(|m| network.movements[m].head);
        let (Some(a), Some(b)) = (a, b) else { continue };
        if a.signal == b.signal && a.group != b.group {
            let z = |pair: (GroupId, GroupId)| WALL.signals[a.signal].intergreens[pair];
            let both = z((a.group, b.group)).is_some() && z((b.group, a.group)).is_some();
            assert!(
                both,
                "{} and {}",
                network.movement_name(conflict.first.movement),
                network.movement_name(conflict.second.movement)
            );
            seen += 1;
        }
    }
    assert!(seen > 300, "{seen}");
}

fn calculations() -> impl Strategy<Value = Calculation> {
    let clearing = prop::sample::select(vec![Clearing::Straight, Clearing::Turning, Clearing::Cyclists, Clearing::OnFoot]);
    let entering = prop::sample::select(vec![Entering::Vehicles, Entering::Cyclists, Entering::OnFoot]);
    (clearing, 0.0..80.0_f64, entering, 0.0..80.0_f64).prop_map(|(clearing, s_0, entering, s_e)| Calculation {
        clearing,
        clearing_distance: Length::metres(s_0),
        entering,
        entering_distance: Length::metres(s_e),
    })
}

proptest! {
    #[test]
    fn a_longer_way_to_clear_never_shortens_an_intergreen(c in calculations(), more in 0.0..40.0_f64) {
        let longer = Calculation { clearing_distance: c.clearing_distance + Length::metres(more), ..c };
        prop_assert!(longer.exact() >= c.exact() && longer.intergreen() >= c.intergreen());
    }

    #[test]
    fn a_longer_way_to_enter_never_lengthens_an_intergreen(c in calculations(), more in 0.0..40.0_f64) {
        let longer = Calculation { entering_distance: c.entering_distance + Length::metres(more), ..c };
        prop_assert!(longer.exact() <= c.exact() && longer.intergreen() <= c.intergreen());
    }

    #[test]
    fn an_intergreen_is_never_less_than_the_formula_gives(c in calculations()) {
        prop_assert!(f64::from(c.intergreen().get()) >= c.exact().seconds() - 1e-6);
        prop_assert!(c.intergreen() >= Seconds(1));
    }
}
