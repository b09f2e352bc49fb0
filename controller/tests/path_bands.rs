//! Bands of paths through networks, in situations whose answer is known by other means.

use controller::{
    BandAim, BandError, BandPath, GreenShare, GreenWindow, PathBands, PathNetwork, Station, geometric_band, path_bands,
};
use model::quantity::{Length, Span, Speed};

fn s(seconds: f64) -> Span {
    Span::seconds_f64(seconds)
}

fn green(start: f64, length: f64) -> GreenShare {
    GreenShare { start, length }
}

/// A path over signals with the same green, with the times between them in seconds.
fn path(signals: &[usize], green: GreenShare, seconds: &[f64], weight: f64) -> BandPath {
    let travel = |i: usize| s(if i == 0 { 0.0 } else { seconds[i - 1] });
    BandPath::new(signals.iter().enumerate().map(|(i, &signal)| Station::new(signal, green, travel(i))).collect(), weight)
}

/// Holds every band against the greens by another calculation, for paths with one travel time.
fn assert_carried(network: &PathNetwork, found: &PathBands) {
    for (path, band) in network.paths.iter().zip(&found.bands) {
        let windows: Vec<GreenWindow> = path
            .stations
            .iter()
            .map(|station| {
                let green = station.greens[found.patterns[station.signal]];
                let start = found.offsets[station.signal] + found.cycle * green.start;
                let travel = station.travel.0 + station.dwell - station.queue_clearance;
                GreenWindow { start, length: found.cycle * green.length, travel }
            })
            .collect();
        let carried = geometric_band(found.cycle, &windows) / found.cycle;
        let width = band.as_ref().map_or(0.0, |b| b.width);
        assert!(carried >= width - 1e-6, "{carried} of {width}");
    }
}

const REDS: [f64; 10] = [0.47, 0.40, 0.40, 0.47, 0.48, 0.42, 0.40, 0.40, 0.42, 0.45];
const METRES: [f64; 9] = [170.0, 215.0, 335.0, 215.0, 140.0, 230.0, 275.0, 110.0, 185.0];

/// AT-MB10 as two paths, out and back, at speeds in metres per second from the fastest to the slowest.
fn street_of_ten(cycle: (f64, f64), speeds: (f64, f64)) -> PathNetwork {
    let station = |i: usize, metres: f64| {
        let time = |speed: f64| Length::metres(metres) / Speed::metres_per_second(speed);
        let travel = (time(speeds.0), time(speeds.1));
        Station { travel, ..Station::new(i, green(0.0, 1.0 - REDS[i]), Span::ZERO) }
    };
    let out = (0..10).map(|i| station(i, if i == 0 { 0.0 } else { METRES[i - 1] }));
    let back = (0..10).rev().map(|i| station(i, METRES.get(i).copied().unwrap_or(0.0)));
    let paths = vec![BandPath::new(out.collect(), 1.0), BandPath::new(back.collect(), 1.0)];
    PathNetwork { cycle: (s(cycle.0), s(cycle.1)), aim: BandAim::Narrowest, ..PathNetwork::new(10, paths, s(cycle.0)) }
}

#[test]
fn two_paths_along_ten_signals_have_the_published_bands() {
    // Equal bands of AT-MB10, found by two formulations and two solvers.
    let fixed = 13.89;
    for (cycle, expected) in [((80.0, 80.0), 0.18907), ((90.0, 90.0), 0.19507), ((60.0, 110.0), 0.21301)] {
        let network = street_of_ten(cycle, (fixed, fixed));
        let found = path_bands(&network).unwrap();
        assert!(found.proof.is_optimal() && (found.proof.objective - expected).abs() < 1e-5, "{cycle:?} {:?}", found.proof);
        assert_carried(&network, &found);
    }
}

#[test]
fn speeds_may_be_free_within_their_range() {
    let found = path_bands(&street_of_ten((60.0, 110.0), (15.0, 12.5))).unwrap();
    assert!(found.proof.is_optimal() && (found.proof.objective - 0.24251).abs() < 1e-5, "{:?}", found.proof);
}

/// AT-MB10 at a cycle of 90 s with left turns of 0.12 both ways: the inbound green comes as much earlier or later as they say.
#[test]
fn left_turns_lead_or_lag_as_is_best() {
    let mut network = street_of_ten((90.0, 90.0), (13.89, 13.89));
    for signal in &mut network.signals {
        signal.patterns = 3;
    }
    for (path, shifts) in network.paths.iter_mut().zip([[0.0; 3], [0.0, 0.12, -0.12]]) {
        for station in &mut path.stations {
            station.greens = shifts.map(|shift| green(shift, station.greens[0].length)).to_vec();
        }
    }
    let found = path_bands(&network).unwrap();
    assert_carried(&network, &found);
    assert!(found.proof.is_optimal() && (found.proof.objective - 0.63014 / 2.0).abs() < 1e-5, "{:?}", found.proof);
}

#[test]
fn a_ring_of_quarters_carries_all_of_the_green_and_a_ring_that_does_not_close_less() {
    let ring = |seconds: f64| {
        let path = path(&[0, 1, 2, 3, 0], green(0.0, 0.5), &[seconds; 4], 1.0);
        PathNetwork::new(4, vec![path], s(80.0))
    };
    let found = path_bands(&ring(20.0)).unwrap();
    assert!(found.proof.is_optimal() && (found.proof.objective - 0.5).abs() < 1e-6, "{found:?}");
    assert_carried(&ring(20.0), &found);
    // 96 s around: the band comes back a fifth of a cycle later and must find the same green again.
    let found = path_bands(&ring(24.0)).unwrap();
    assert!(found.proof.is_optimal() && (found.proof.objective - 0.3).abs() < 1e-6, "{found:?}");
    assert_carried(&ring(24.0), &found);
}

/// A street of three signals both ways, and a path from the middle one to a side street: which the street cannot serve as well.
fn tee(weights: [f64; 3]) -> PathNetwork {
    let side = BandPath::new(
        vec![
            Station::new(3, green(0.0, 0.4), s(0.0)),
            Station::new(1, green(0.55, 0.3), s(14.0)),
            Station::new(2, green(0.0, 0.5), s(17.0)),
        ],
        weights[2],
    );
    let paths = vec![
        path(&[0, 1, 2], green(0.0, 0.5), &[15.0, 17.0], weights[0]),
        path(&[2, 1, 0], green(0.0, 0.5), &[17.0, 15.0], weights[1]),
        side,
    ];
    PathNetwork::new(4, paths, s(80.0))
}

fn widths(found: &PathBands) -> Vec<f64> {
    found.bands.iter().map(|b| b.as_ref().map_or(0.0, |b| b.width)).collect()
}

#[test]
fn weights_shift_width_to_the_heavier_path() {
    let solve = |weights| {
        let network = tee(weights);
        let found = path_bands(&network).unwrap();
        assert!(found.proof.is_optimal(), "{:?}", found.proof);
        assert_carried(&network, &found);
        widths(&found)
    };
    let (out, back, side) = (solve([3.0, 1.0, 1.0]), solve([1.0, 3.0, 1.0]), solve([1.0, 1.0, 9.0]));
    assert!(out[0] > back[0] + 0.05 && back[1] > out[1] + 0.05);
    assert!((side[2] - 0.3).abs() < 1e-6 && side[2] >= out[2]);
}

/// The most that offsets on a grid reach, by going through all of them. At most one signal of a path shows its greens twice, and at
/// most one of the network has patterns.
fn best_on_grid(network: &PathNetwork, steps: u32) -> f64 {
    let cycle = network.cycle.0;
    let width = |path: &BandPath, offsets: [f64; 3], pattern: usize, half: f64| {
        let window = |st: &Station| {
            let green = st.greens[pattern % st.greens.len()];
            let later = if network.signals[st.signal].twice { half } else { 0.0 };
            let start = cycle * (offsets[st.signal] + green.start + later);
            GreenWindow { start, length: cycle * green.length, travel: st.travel.0 + st.dwell - st.queue_clearance }
        };
        let windows: Vec<GreenWindow> = path.stations.iter().map(window).collect();
        path.weight * (geometric_band(cycle, &windows) / cycle).min(path.enough)
    };
    let worth = |offsets: [f64; 3], pattern: usize| -> f64 {
        let either = |path| width(path, offsets, pattern, 0.0).max(width(path, offsets, pattern, 0.5));
        network.paths.iter().map(either).sum()
    };
    let share = |k: u32| f64::from(k) / f64::from(steps);
    let patterns = network.signals.iter().map(|s| s.patterns).max().unwrap_or(1);
    let codes = (0..patterns).flat_map(|pattern| (0..steps * steps).map(move |code| (pattern, code)));
    codes.map(|(pattern, code)| worth([0.0, share(code / steps), share(code % steps)], pattern)).fold(0.0, f64::max)
}

#[test]
fn three_signals_and_three_paths_have_the_bands_that_a_fine_grid_finds() {
    // Every time is a multiple of a 160th of the cycle, so that the optimum of a sum is on the grid or half way in it.
    for case in 0..12_u32 {
        let second = |k: u32| f64::from((case * 29 + k * 37) % 61) / 2.0 + 5.0;
        let share = |k: u32| 0.25 + f64::from((case * 13 + k * 7) % 11) * 0.025;
        let start = |k: u32| f64::from((case * 5 + k * 3) % 16) * 0.0625;
        let station = |signal: usize, k: u32| Station::new(signal, green(start(k), share(k)), s(second(k)));
        let mut paths = vec![
            BandPath::new(vec![station(0, 0), station(1, 1), station(2, 2)], 2.0),
            BandPath::new(vec![station(2, 3), station(1, 4), station(0, 5)], 1.5),
            BandPath::new(vec![station(1, 6), station(2, 7), station(0, 8)], 1.0 + f64::from(case % 3)),
        ];
        paths[0].stations[1].queue_clearance = s(2.5);
        paths[1].stations[2].dwell = s(11.5);
        paths[0].enough = if case % 2 == 0 { 0.15 } else { 1.0 };
        let mut network = PathNetwork::new(3, paths, s(80.0));
        network.signals[1].twice = case % 3 == 0;
        if case % 4 == 1 {
            // Each finds the green of the last signal earlier or later, and shorter, in its other pattern.
            network.signals[2].patterns = 2;
            for (p, path) in network.paths.iter_mut().enumerate() {
                let station = path.stations.iter_mut().find(|st| st.signal == 2).unwrap();
                let first = station.greens[0];
                station.greens.push(green(first.start + 0.125 * p as f64, first.length - 0.025 * p as f64));
            }
        }
        let found = path_bands(&network).unwrap();
        assert!(found.proof.is_optimal());
        let expected = best_on_grid(&network, 320);
        assert!((found.proof.objective - expected).abs() < 1e-6, "case {case}: {:?}, on the grid {expected}", found.proof);
    }
}

#[test]
fn a_tram_with_its_dwell_and_cyclists_have_bands_on_the_street_of_the_cars() {
    let metres = [240.0, 190.0, 310.0];
    let at = |kmh: f64| metres.map(|d| (Length::metres(d) / Speed::kmh(kmh)).seconds());
    let signals = [0, 1, 2, 3];
    let cars = path(&signals, green(0.0, 0.5), &at(50.0), 4.0);
    let cyclists = path(&signals, green(0.0, 0.5), &at(19.0), 1.0);
    let mut tram = path(&signals, green(0.1, 0.4), &at(40.0), 2.0);
    tram.stations[2].dwell = s(22.0);
    let network = PathNetwork::new(4, vec![cars, cyclists, tram], s(90.0));
    let found = path_bands(&network).unwrap();
    assert!(found.proof.is_optimal());
    assert_carried(&network, &found);
    let tram = found.bands[2].as_ref().unwrap();
    assert!((tram.fronts[2] - tram.fronts[1]).seconds() > 22.0 + 190.0 / (40.0 / 3.6) - 1e-6);
    // Alone, each has all of its green.
    for path in &network.paths {
        let alone = PathNetwork { paths: vec![path.clone()], ..network.clone() };
        let width = path.stations[0].greens[0].length;
        assert!((widths(&path_bands(&alone).unwrap())[0] - width).abs() < 1e-6);
    }
}

#[test]
fn a_signal_with_half_the_cycle_lets_a_band_pass_in_either_of_its_greens() {
    // The ends are held together. Out passes the middle signal between 20 and 60 s, back between 60 and 100 s.
    let street = |twice| {
        let station = |signal: usize, length: f64, seconds: f64| Station::new(signal, green(0.0, length), s(seconds));
        let out = vec![station(0, 0.5, 0.0), station(1, 0.3, 20.0), station(2, 0.5, 60.0)];
        let back = vec![station(2, 0.5, 0.0), station(1, 0.3, 60.0), station(0, 0.5, 20.0)];
        let held = BandPath { least: 0.5, ..BandPath::new(vec![station(0, 0.5, 0.0), station(2, 0.5, 0.0)], 1.0) };
        let paths = vec![BandPath::new(out, 1.0), BandPath::new(back, 1.0), held];
        let mut network = PathNetwork { aim: BandAim::Narrowest, ..PathNetwork::new(3, paths, s(80.0)) };
        network.signals[1].twice = twice;
        path_bands(&network).unwrap()
    };
    let (once, twice) = (street(false).proof, street(true).proof);
    assert!(once.is_optimal() && (once.objective - 0.15).abs() < 1e-6, "{once:?}");
    assert!(twice.is_optimal() && (twice.objective - 0.3).abs() < 1e-6, "{twice:?}");
}

#[test]
fn what_cannot_be_is_a_clear_error() {
    let network = tee([1.0, 1.0, 1.0]);
    let required = |least: f64| {
        let mut network = network.clone();
        for path in &mut network.paths {
            (path.required, path.least) = (true, least);
        }
        path_bands(&network)
    };
    assert!(required(0.01).is_ok());
    assert_eq!(required(0.5).unwrap_err(), BandError::Infeasible);
    let named = |change: fn(&mut PathNetwork)| {
        let mut network = network.clone();
        change(&mut network);
        match path_bands(&network) {
            Err(BandError::BadInput { field, .. }) => field,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(named(|n| n.paths.clear()), "paths");
    assert_eq!(named(|n| n.cycle.1 = s(20.0)), "cycle");
    assert_eq!(named(|n| n.signals[2].patterns = 0), "signals[2].patterns");
    assert_eq!(named(|n| n.beginnings.push(vec![0.0])), "beginnings[0]");
    assert_eq!(named(|n| n.paths[1].stations.truncate(1)), "paths[1].stations");
    assert_eq!(named(|n| n.paths[1].weight = -1.0), "paths[1].weight");
    assert_eq!(named(|n| n.paths[0].least = f64::NAN), "paths[0].least");
    assert_eq!(named(|n| (n.paths[0].least, n.paths[0].enough) = (0.3, 0.2)), "paths[0].enough");
    assert_eq!(named(|n| n.paths[0].stations[2].signal = 9), "paths[0].stations[2].signal");
    assert_eq!(named(|n| n.paths[0].stations[1].signal = 0), "paths[0].stations[1].signal");
    assert_eq!(named(|n| n.paths[0].stations[1].greens.clear()), "paths[0].stations[1].greens");
    let too_long = |n: &mut PathNetwork| (n.signals[1].twice, n.paths[0].stations[1].greens[0].length) = (true, 0.6);
    assert_eq!(named(too_long), "paths[0].stations[1].greens");
    assert_eq!(named(|n| n.paths[0].stations[1].travel.0 = s(99.0)), "paths[0].stations[1].travel");
    assert_eq!(named(|n| n.paths[0].stations[1].dwell = s(-1.0)), "paths[0].stations[1].dwell");
    assert_eq!(named(|n| n.paths[0].stations[1].queue_clearance = s(-1.0)), "paths[0].stations[1].queue_clearance");
}

/// Three by three signals, every street both ways, speeds free by a sixth.
fn grid(node_limit: usize) -> PathNetwork {
    let mut paths = Vec::new();
    for line in 0..3 {
        for (signals, start) in [([3 * line, 3 * line + 1, 3 * line + 2], 0.0), ([line, line + 3, line + 6], 0.5)] {
            let mut back = signals;
            back.reverse();
            for (way, along) in [(signals, 17.0 + line as f64), (back, 19.0 - line as f64)] {
                let mut path = path(&way, green(start, 0.42), &[along, along + 4.0], 1.0 + paths.len() as f64 / 7.0);
                path.stations.iter_mut().for_each(|st| st.travel.1 = st.travel.0 * 1.17);
                paths.push(path);
            }
        }
    }
    PathNetwork { node_limit, ..PathNetwork::new(9, paths, s(75.0)) }
}

/// `HiGHS` proves the optimum of a grid of which the search of our own is cut short, and keeps its promise when it is cut short too.
#[cfg(feature = "highs")]
#[test]
fn highs_finds_what_the_own_search_finds_and_proves_more() {
    let found = path_bands(&grid(20_000)).unwrap();
    assert!(found.proof.is_optimal(), "{:?}", found.proof);
    assert_eq!(found, path_bands(&grid(20_000)).unwrap());
    let short = path_bands(&grid(30)).unwrap();
    assert!(short.proof.objective <= found.proof.objective + 1e-6 && short.proof.bound >= found.proof.objective - 1e-6);
}

#[cfg(not(feature = "highs"))]
#[test]
fn a_search_that_is_cut_short_says_how_good_its_bands_are() {
    let found = path_bands(&grid(30)).unwrap();
    assert!(!found.proof.is_optimal() && found.proof.nodes == 30 && found.proof.objective > 1.0);
    assert_eq!(found, path_bands(&grid(30)).unwrap());
}
