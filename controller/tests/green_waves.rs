//! Green waves in situations whose answer is known by other means.

use controller::{
    Arterial, BandError, BandLink, BandSignal, Both, GreenWave, GreenWindow, LeftOrder, LeftTurn, Preference, Shape, SpeedRange,
    geometric_band, green_wave,
};
use model::quantity::{Length, Span, Speed};
use model::signal::Green;
use model::time::Seconds;
use proptest::prelude::*;

/// A link of so many seconds at 10 m/s.
fn link(seconds: f64) -> BandLink {
    BandLink::symmetric(Length::metres(10.0 * seconds), SpeedRange::fixed(Speed::metres_per_second(10.0)))
}

fn fixed(cycle: f64) -> (Span, Span) {
    (Span::seconds_f64(cycle), Span::seconds_f64(cycle))
}

/// The bands that a wave's offsets carry, as shares of the cycle.
fn carried(arterial: &Arterial, wave: &GreenWave) -> Both<f64> {
    let windows = wave.windows(arterial);
    Both {
        outbound: geometric_band(wave.cycle, &windows.outbound) / wave.cycle,
        inbound: geometric_band(wave.cycle, &windows.inbound) / wave.cycle,
    }
}

fn assert_carried(arterial: &Arterial, wave: &GreenWave) {
    let carried = carried(arterial, wave);
    assert!(carried.outbound >= wave.band.outbound - 1e-6, "{carried:?} {:?}", wave.band);
    assert!(carried.inbound >= wave.band.inbound - 1e-6, "{carried:?} {:?}", wave.band);
}

/// Little's half-integer synchronisation for a fixed cycle and fixed speeds, equal bands, open: with s = w + w̄, every
/// s is known from the first one modulo the cycle; some s is 0 at the optimum.
fn equal_band_by_enumeration(arterial: &Arterial) -> f64 {
    let cycle = arterial.cycle.0;
    let mut shift = 0.0;
    let shifts: Vec<f64> = (0..arterial.signals.len())
        .map(|i| {
            if i > 0 {
                let (link, before, here) = (&arterial.links[i - 1], &arterial.signals[i - 1], &arterial.signals[i]);
                let seconds =
                    link.length.outbound / link.speed.outbound.fastest + link.length.inbound / link.speed.inbound.fastest;
                let clearance = here.queue_clearance.outbound + before.queue_clearance.inbound;
                let red = |s: &BandSignal| f64::midpoint(s.red.outbound, s.red.inbound);
                shift += (seconds - clearance) / cycle + red(before) - red(here);
                shift += here.internal_offset - before.internal_offset;
            }
            shift
        })
        .collect();
    let green = |s: &BandSignal| 2.0 - s.red.outbound - s.red.inbound;
    let cap = arterial.signals.iter().map(|s| 1.0 - s.red.outbound.max(s.red.inbound)).fold(1.0, f64::min);
    let width = |zero: f64| {
        let left = arterial.signals.iter().zip(&shifts).map(|(s, k)| {
            let interference = (k - zero).rem_euclid(1.0);
            (green(s) - if interference > 1.0 - 1e-9 { 0.0 } else { interference }) / 2.0
        });
        left.fold(cap, f64::min)
    };
    shifts.iter().map(|&zero| width(zero)).fold(f64::NEG_INFINITY, f64::max)
}

prop_compose! {
    fn signal()(out in 0.2..0.6, back in 0.2..0.6, internal in -0.3..0.3, clearance in (0.0..4.0, 0.0..4.0)) -> BandSignal {
        BandSignal {
            red: Both { outbound: out, inbound: back },
            internal_offset: internal,
            queue_clearance: Both { outbound: Span::seconds_f64(clearance.0), inbound: Span::seconds_f64(clearance.1) },
            ..BandSignal::default()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_fixed_cycle_and_speed_give_the_half_integer_optimum(
        signals in prop::collection::vec(signal(), 2..8),
        seconds in prop::collection::vec(5.0..40.0, 7),
        cycle in 50.0..120.0,
    ) {
        let links = seconds[..signals.len() - 1].iter().map(|&s| link(s)).collect();
        let arterial = Arterial::open(signals, links, fixed(cycle));
        let expected = equal_band_by_enumeration(&arterial);
        match green_wave(&arterial) {
            Ok(wave) => {
                prop_assert!((wave.band.outbound - expected).abs() < 1e-6, "{:?}, expected {expected}", wave.band);
                assert_carried(&arterial, &wave);
            }
            Err(error) => prop_assert!(error == BandError::Infeasible && expected < 1e-6, "{error}, expected {expected}"),
        }
    }

    #[test]
    fn a_wave_is_never_better_when_the_arterial_is_closed(
        signals in prop::collection::vec(signal(), 3..6),
        seconds in prop::collection::vec(5.0..40.0, 5),
    ) {
        let links: Vec<_> = seconds[..signals.len()].iter().map(|&s| link(s)).collect();
        let cycle = (Span::seconds_f64(60.0), Span::seconds_f64(100.0));
        let ring = Arterial::ring(signals.clone(), links.clone(), cycle);
        let open = Arterial::open(signals, links[..links.len() - 1].to_vec(), cycle);
        if let (Ok(ring_wave), Ok(open_wave)) = (green_wave(&ring), green_wave(&open)) {
            prop_assert!(ring_wave.proof.objective <= open_wave.proof.objective + 1e-6);
            assert_carried(&ring, &ring_wave);
            let endless = green_wave(&Arterial { shape: Shape::EndlessRing, ..ring });
            prop_assert!(endless.is_err() || endless.unwrap().proof.objective <= ring_wave.proof.objective + 1e-6);
        }
    }
}

/// Four signals on a ring, every time a multiple of a twentieth of the cycle: the optimum is a multiple of a fortieth.
fn tiny_ring(reds: [i32; 4], times: [i32; 4]) -> Arterial {
    let signals = reds.map(|r| BandSignal::together(f64::from(r) / 20.0)).to_vec();
    Arterial::ring(signals, times.map(|t| link(f64::from(t) * 4.0)).to_vec(), fixed(80.0))
}

/// The widest pair of bands over all offsets on a grid of fortieths of the cycle.
fn widest_on_grid(arterial: &Arterial, template: &GreenWave) -> f64 {
    let mut best = 0.0;
    for code in 0..40 * 40 * 40 {
        let starts: Vec<Span> =
            [0, code % 40, code / 40 % 40, code / 1600].map(|k| Span::seconds_f64(f64::from(k) * 2.0)).to_vec();
        let windows = GreenWave { starts: Both::same(starts), ..template.clone() }.windows(arterial);
        let band = |w: &[GreenWindow]| geometric_band(template.cycle, w) / template.cycle;
        best = band(&windows.outbound).min(band(&windows.inbound)).max(best);
    }
    best
}

#[test]
fn a_tiny_ring_has_the_band_that_enumeration_finds() {
    let rings = [([9, 8, 11, 10], [3, 5, 4, 7]), ([8, 8, 8, 8], [6, 3, 9, 2]), ([7, 12, 9, 8], [4, 4, 5, 6])];
    for (reds, times) in rings {
        let ring = tiny_ring(reds, times);
        let wave = green_wave(&ring).unwrap();
        assert_carried(&ring, &wave);
        let expected = widest_on_grid(&ring, &wave);
        assert!((wave.band.outbound - expected).abs() < 1e-6, "{reds:?} {times:?}: {:?}, enumerated {expected}", wave.band);
    }
}

#[test]
fn the_offsets_around_a_ring_close() {
    let ring = tiny_ring([9, 8, 11, 10], [3, 5, 4, 7]);
    let wave = green_wave(&ring).unwrap();
    let w = &wave.interference.outbound;
    let around: f64 = wave.travel.outbound.iter().map(|&t| t / wave.cycle).sum();
    assert!((around + w[0] - w[4] - f64::from(wave.closure.unwrap())).abs() < 1e-6);
}

#[test]
fn an_endless_band_needs_a_round_trip_of_whole_cycles() {
    let endless = |times| Arterial { shape: Shape::EndlessRing, ..tiny_ring([8, 8, 8, 8], times) };
    assert_eq!(green_wave(&endless([3, 5, 4, 7])).unwrap_err(), BandError::Infeasible);
    let whole = endless([5, 5, 5, 5]);
    let wave = green_wave(&whole).unwrap();
    assert!((wave.band.outbound - 0.35).abs() < 1e-6, "{:?}", wave.band);
    assert_carried(&whole, &wave);
}

#[test]
fn a_one_way_wave_uses_all_of_the_shortest_green() {
    let signals = [0.5, 0.4, 0.6, 0.45].map(BandSignal::together).to_vec();
    let mut arterial = Arterial::open(signals, vec![link(17.0), link(23.0), link(31.0)], fixed(80.0));
    arterial.preference = Preference::Weights(Both { outbound: 1.0, inbound: 0.0 });
    let wave = green_wave(&arterial).unwrap();
    assert!((wave.band.outbound - 0.4).abs() < 1e-6, "{:?}", wave.band);
    assert_carried(&arterial, &wave);
}

#[test]
fn the_target_ratio_favours_the_heavier_direction() {
    let signals = vec![BandSignal::together(0.5); 4];
    let links = vec![link(17.0), link(23.0), link(31.0)];
    let wave = |k| {
        let mut arterial = Arterial::open(signals.clone(), links.clone(), fixed(80.0));
        arterial.preference = Preference::Ratio(k);
        let wave = green_wave(&arterial).unwrap();
        assert_carried(&arterial, &wave);
        wave.band
    };
    let (outbound_heavy, inbound_heavy) = (wave(0.4), wave(2.5));
    assert!(outbound_heavy.inbound >= 0.4 * outbound_heavy.outbound - 1e-6 && outbound_heavy.outbound > outbound_heavy.inbound);
    assert!(inbound_heavy.inbound <= 2.5 * inbound_heavy.outbound + 1e-6 && inbound_heavy.inbound > inbound_heavy.outbound);
}

#[test]
fn left_turns_shift_the_greens_as_they_are_shown() {
    // The outbound left turn of 8 s takes from the inbound green, the inbound one of 12 s from the outbound green.
    let (left_out, left_back, common_red) = (8.0, 12.0, 30.0);
    let cases = [
        (LeftOrder::Leads, LeftOrder::Lags, left_out),
        (LeftOrder::Lags, LeftOrder::Leads, -left_back),
        (LeftOrder::Leads, LeftOrder::Leads, left_out - left_back),
        (LeftOrder::Lags, LeftOrder::Lags, 0.0),
    ];
    for (out, back, inbound_later) in cases {
        let signal = BandSignal {
            red: Both { outbound: (common_red + left_back) / 80.0, inbound: (common_red + left_out) / 80.0 },
            left: Both {
                outbound: LeftTurn { green: left_out / 80.0, order: out },
                inbound: LeftTurn { green: left_back / 80.0, order: back },
            },
            ..BandSignal::default()
        };
        let arterial = Arterial::open(vec![BandSignal::together(0.4), signal], vec![link(20.0)], fixed(80.0));
        let wave = green_wave(&arterial).unwrap();
        let later = (wave.starts.inbound[1] - wave.starts.outbound[1]).seconds();
        let difference = (later - inbound_later).rem_euclid(80.0);
        assert!(difference.min(80.0 - difference) < 1e-6, "{out:?} {back:?}: {later}, expected {inbound_later}");
        assert_carried(&arterial, &wave);
    }
}

#[test]
fn the_pace_changes_no_more_than_allowed() {
    let speed = SpeedRange { slowest: Speed::kmh(35.0), fastest: Speed::kmh(60.0) };
    let links = [310.0, 140.0, 260.0, 190.0].map(|d| BandLink::symmetric(Length::metres(d), speed)).to_vec();
    let signals = [0.5, 0.42, 0.55, 0.48, 0.5].map(BandSignal::together).to_vec();
    let mut arterial = Arterial::open(signals, links, fixed(70.0));
    let free = green_wave(&arterial).unwrap();
    arterial.pace_change_s_per_km = Some(6.0);
    let held = green_wave(&arterial).unwrap();
    assert!(held.proof.objective <= free.proof.objective + 1e-6);
    for (times, lengths) in [(&held.travel.outbound, &arterial.links), (&held.travel.inbound, &arterial.links)] {
        let pace: Vec<f64> =
            times.iter().zip(lengths).map(|(t, l)| 1000.0 * t.seconds() / l.length.outbound.in_metres()).collect();
        assert!(pace.windows(2).all(|p| (p[1] - p[0]).abs() <= 6.0 + 1e-6), "{pace:?}");
    }
}

#[test]
fn whole_second_offsets_of_real_plans_keep_the_band_but_for_a_second() {
    let cycle = Seconds(80);
    let green = |start, duration| Green { start: Seconds(start), duration: Seconds(duration) };
    let plans = [
        (green(5, 38), green(5, 44)),
        (green(70, 42), green(62, 40)),
        (green(0, 36), green(12, 36)),
        (green(33, 45), green(30, 41)),
    ];
    let signals = plans.map(|(outbound, inbound)| BandSignal::of_greens(outbound, inbound, cycle)).to_vec();
    let arterial = Arterial::open(signals, vec![link(17.3), link(29.1), link(22.6)], fixed(80.0));
    let wave = green_wave(&arterial).unwrap();
    let shifted = |pick: fn(&(Green, Green)) -> Green| {
        let start = |(i, plan): (usize, &(Green, Green))| pick(plan).start.0 + wave.plan_offset(i, plan.0, cycle).0;
        plans.iter().enumerate().map(start).map(|s| Span::seconds_f64(f64::from(s))).collect::<Vec<_>>()
    };
    let played = GreenWave { starts: Both { outbound: shifted(|p| p.0), inbound: shifted(|p| p.1) }, ..wave.clone() };
    let carried = carried(&arterial, &played);
    assert!(wave.band.outbound > 0.2, "{:?}", wave.band);
    for (played, planned) in [(carried.outbound, wave.band.outbound), (carried.inbound, wave.band.inbound)] {
        assert!((played - planned).abs() <= 1.0 / 80.0 + 1e-9, "{played} of {planned}");
    }
}

/// Nineteen signals on a ring of some three kilometres.
fn long_ring() -> Arterial {
    let metres = [129, 146, 229, 138, 108, 110, 182, 146, 121, 242, 99, 172, 227, 229, 114, 286, 266, 216, 169]
        .map(|d| Length::metres(f64::from(d)));
    let links = metres.map(|d| BandLink::symmetric(d, SpeedRange::fixed(Speed::kmh(50.0)))).to_vec();
    let signals = (0..19).map(|i| BandSignal::together(0.35 + 0.25 * f64::from(i * 7919 % 101) / 100.0)).collect();
    Arterial::ring(signals, links, (Span::seconds_f64(60.0), Span::seconds_f64(100.0)))
}

#[test]
fn a_search_that_is_cut_short_says_how_good_its_wave_is() {
    let full = green_wave(&long_ring()).unwrap();
    assert!(full.proof.is_optimal());
    assert_carried(&long_ring(), &full);
    let cut = green_wave(&Arterial { node_limit: full.proof.nodes / 4, ..long_ring() });
    match cut {
        Ok(wave) => {
            assert!(wave.proof.bound >= full.proof.objective - 1e-6 && wave.proof.objective <= full.proof.objective + 1e-6);
            assert!(!wave.proof.is_optimal());
            assert_carried(&long_ring(), &wave);
        }
        Err(error) => assert!(matches!(error, BandError::NodeLimit { .. }), "{error}"),
    }
    let none = green_wave(&Arterial { node_limit: 1, ..long_ring() }).unwrap_err();
    assert_eq!(none, BandError::NodeLimit { nodes: 1 });
}

#[test]
fn the_same_problem_has_the_same_wave() {
    assert_eq!(green_wave(&long_ring()), green_wave(&long_ring()));
}

#[test]
fn bad_input_is_named() {
    let good = Arterial::open(vec![BandSignal::together(0.5); 3], vec![link(20.0); 2], fixed(80.0));
    let named = |change: fn(&mut Arterial)| {
        let mut arterial = good.clone();
        change(&mut arterial);
        match green_wave(&arterial) {
            Err(BandError::BadInput { field, .. }) => field,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(named(|a| a.signals.truncate(1)), "signals");
    assert_eq!(named(|a| a.links.truncate(1)), "links");
    assert_eq!(named(|a| a.shape = Shape::Ring), "links");
    assert_eq!(named(|a| a.cycle.0 = Span::seconds_f64(f64::NAN)), "cycle");
    assert_eq!(named(|a| a.cycle.1 = Span::seconds_f64(20.0)), "cycle");
    assert_eq!(named(|a| a.signals[2].red.inbound = 1.0), "signals[2].red");
    assert_eq!(named(|a| a.signals[1].internal_offset = f64::INFINITY), "signals[1].internal_offset");
    assert_eq!(named(|a| a.signals[0].queue_clearance.outbound = Span::seconds_f64(-1.0)), "signals[0].queue_clearance");
    assert_eq!(named(|a| a.links[1].length.inbound = Length::ZERO), "links[1].length");
    assert_eq!(named(|a| a.links[0].speed.outbound.slowest = Speed::ZERO), "links[0].speed");
    assert_eq!(named(|a| a.preference = Preference::Ratio(0.0)), "preference");
    assert_eq!(named(|a| a.preference = Preference::Weights(Both::same(0.0))), "preference");
    assert_eq!(named(|a| a.pace_change_s_per_km = Some(-1.0)), "pace_change_s_per_km");
}
