//! Published curves, reference optima and closed forms.

use controller::{
    Arterial, BandLink, BandSignal, Both, ControlDelay, GreenWave, GreenWindow, LaneService, LeftOrder, LeftTurn, SpeedRange,
    control_delay, geometric_band, green_wave, webster_delay,
};
use model::quantity::{Flow, Length, Span, Speed};

/// The regression instance AT-MB10: ten signals on one arterial, reds the same both ways.
/// Its optima come from another formulation (one integer for each signal and direction) and another solver.
fn at_mb10(cycle: (f64, f64), speed: (f64, f64)) -> Arterial {
    let reds = [0.47, 0.40, 0.40, 0.47, 0.48, 0.42, 0.40, 0.40, 0.42, 0.45];
    let metres = [170.0, 215.0, 335.0, 215.0, 140.0, 230.0, 275.0, 110.0, 185.0];
    let speed = SpeedRange { slowest: Speed::metres_per_second(speed.0), fastest: Speed::metres_per_second(speed.1) };
    Arterial::open(
        reds.map(BandSignal::together).to_vec(),
        metres.map(|d| BandLink::symmetric(Length::metres(d), speed)).to_vec(),
        (Span::seconds_f64(cycle.0), Span::seconds_f64(cycle.1)),
    )
}

/// The geometric check of the instance: a grid of band starts, nothing shared with the program.
fn band_on_grid(cycle: Span, windows: &[GreenWindow]) -> f64 {
    let steps = 2000;
    let width = |step: i32| {
        let mut now = f64::from(step) / f64::from(steps);
        windows.iter().enumerate().fold(1.0, |width: f64, (i, window)| {
            now += if i == 0 { 0.0 } else { window.travel / cycle };
            let shown = (now - window.start / cycle).rem_euclid(1.0);
            width.min((window.length / cycle - shown).max(0.0))
        })
    };
    (0..steps).map(width).fold(0.0, f64::max)
}

fn assert_wave(arterial: &Arterial, wave: &GreenWave) {
    assert!(wave.proof.is_optimal(), "{:?}", wave.proof);
    let windows = wave.windows(arterial);
    for (windows, band) in [(&windows.outbound, wave.band.outbound), (&windows.inbound, wave.band.inbound)] {
        let exact = geometric_band(wave.cycle, windows) / wave.cycle;
        let grid = band_on_grid(wave.cycle, windows);
        assert!(exact >= band - 1e-6, "the offsets carry {exact}, the program says {band}");
        assert!((grid - exact).abs() <= 0.0005, "on the grid {grid}, exact {exact}");
    }
}

fn assert_row(arterial: &Arterial, band: f64, cycle: f64) {
    let wave = green_wave(arterial).expect("a wave");
    assert_wave(arterial, &wave);
    assert!((wave.band.outbound - band).abs() < 1e-5, "{:?}", wave.band);
    assert!((wave.band.inbound - band).abs() < 1e-5, "{:?}", wave.band);
    assert!((wave.cycle.seconds() - cycle).abs() < 0.01, "{:?}", wave.cycle);
}

#[test]
fn at_mb10_at_a_cycle_of_80_s() {
    assert_row(&at_mb10((80.0, 80.0), (13.89, 13.89)), 0.18907, 80.0);
}

#[test]
fn at_mb10_at_a_cycle_of_90_s() {
    assert_row(&at_mb10((90.0, 90.0), (13.89, 13.89)), 0.19507, 90.0);
}

#[test]
fn at_mb10_with_a_free_cycle() {
    assert_row(&at_mb10((60.0, 110.0), (13.89, 13.89)), 0.21301, 82.33);
}

#[test]
fn at_mb10_with_a_free_cycle_and_free_speeds() {
    let arterial = at_mb10((60.0, 110.0), (12.5, 15.0));
    assert_row(&arterial, 0.24251, 79.08);
    let wave = green_wave(&arterial).unwrap();
    for (link, time) in arterial.links.iter().zip(&wave.travel.outbound) {
        let speed = link.length.outbound / *time;
        assert!((12.5 - 1e-6..=15.0 + 1e-6).contains(&speed.get()), "{speed:?}");
    }
}

#[test]
fn at_mb10_with_free_left_turns() {
    let mut arterial = at_mb10((90.0, 90.0), (13.89, 13.89));
    for signal in &mut arterial.signals {
        signal.left = Both::same(LeftTurn { green: 0.12, order: LeftOrder::Either });
    }
    let wave = green_wave(&arterial).unwrap();
    assert_wave(&arterial, &wave);
    assert!((wave.band.outbound + wave.band.inbound - 0.63014).abs() < 1e-5, "{:?}", wave.band);
}

#[test]
fn published_offsets_of_at_mb10_carry_the_published_band() {
    let arterial = at_mb10((80.0, 80.0), (13.89, 13.89));
    let mut wave = green_wave(&arterial).unwrap();
    let starts = [0.0, 59.4, 27.7, 24.6, 67.3, 52.4, 61.1, 14.5, 10.4, 26.1].map(Span::seconds_f64).to_vec();
    wave.starts = Both::same(starts);
    let windows = wave.windows(&arterial);
    for windows in [&windows.outbound, &windows.inbound] {
        let band = geometric_band(wave.cycle, windows) / wave.cycle;
        assert!((band - 0.189).abs() < 0.001, "{band}");
    }
}

/// Degrees of saturation of the delay tables.
const SATURATION: [f64; 7] = [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95];

/// Cycle, green and saturation flow, then both rows of the table, to a tenth of a second.
fn assert_delays((cycle, green, flow): (f64, f64, f64), webster: [f64; 7], manual: [f64; 7]) {
    let (cycle, green) = (Span::seconds_f64(cycle), Span::seconds_f64(green));
    let service = LaneService { cycle, green, saturation_flow: Flow::veh_per_h(flow) };
    for ((x, webster), manual) in SATURATION.into_iter().zip(webster).zip(manual) {
        let actual = webster_delay(service, x).expect("below saturation").seconds();
        assert!((actual - webster).abs() <= 0.0501, "Webster at {x}: {actual}, table {webster}");
        let actual = control_delay(service, ControlDelay::default(), x).seconds();
        assert!((actual - manual).abs() <= 0.0501, "HCM at {x}: {actual}, table {manual}");
    }
}

#[test]
fn delays_at_a_cycle_of_90_s() {
    let webster = [19.4, 21.0, 23.2, 27.0, 30.6, 37.9, 60.2];
    assert_delays((90.0, 40.0, 1800.0), webster, [20.1, 22.3, 25.2, 29.8, 33.3, 38.3, 45.8]);
    let webster = [19.3, 20.8, 22.8, 26.3, 29.6, 36.3, 56.3];
    assert_delays((90.0, 40.0, 2000.0), webster, [19.9, 21.9, 24.7, 29.0, 32.3, 37.1, 44.3]);
}

#[test]
fn delays_at_a_cycle_of_60_s() {
    let webster = [14.6, 15.9, 17.9, 21.5, 25.3, 32.9, 56.4];
    assert_delays((60.0, 25.0, 1800.0), webster, [15.3, 17.1, 19.8, 24.1, 27.4, 32.3, 39.6]);
}

#[test]
fn delays_at_a_cycle_of_120_s() {
    let webster = [27.2, 29.1, 31.5, 35.6, 39.4, 47.0, 69.6];
    assert_delays((120.0, 50.0, 1900.0), webster, [28.0, 30.6, 33.9, 38.9, 42.7, 47.9, 55.7]);
}
