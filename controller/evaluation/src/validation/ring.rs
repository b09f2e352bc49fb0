//! A ring of one lane: the fundamental diagram, and waves that nothing has caused.

use super::Trial;
use super::row::{Row, Target};
use super::sketch::{Bend, Drivers, Entry, LIMIT_KMH, Sketch, WIDTH};
use super::trials::start;
use model::demand::DepartSpeed;
use model::geometry::Point;
use model::maths;
use model::network::Turn;
use model::scenario::Scenario;
use model::vehicle::{VehicleClass, VehicleType};
use rayon::prelude::*;
use sim::DrawnVehicle;
use std::f64::consts::TAU;

/// Vehicles on a ring: each begins at rest on a link of its own, all at the same distance.
#[derive(Debug, Clone, Copy)]
struct Ring {
    length: f64,
    vehicles: usize,
    duration: u32,
    drivers: Drivers,
    limit_kmh: f64,
}

/// Length of the joint between two links, in metres.
const JOINT: f64 = 0.5;

impl Ring {
    fn scenario(&self) -> Scenario {
        let mut sketch = Sketch::new(0, self.duration).drivers(self.drivers).limit(self.limit_kmh);
        let n = self.vehicles;
        let part = self.length / n as f64;
        let names: Vec<String> = (0..n).map(|i| format!("L{i}")).collect();
        let places: Vec<String> = (0..n).map(|i| format!("P{i}")).collect();
        for i in 0..n {
            let from = i as f64 * part;
            sketch.place(&places[i], self.point(from - 0.5 * JOINT), None);
            sketch.link(&names[i], [&places[i], &places[(i + 1) % n]], self.arc(from, from + part - JOINT), WIDTH);
        }
        for i in 0..n {
            let joint = ((i + 1) as f64 * part - JOINT, (i + 1) as f64 * part);
            let shape = vec![self.point(joint.0), self.point(joint.1)];
            let from_to = [names[i].as_str(), names[(i + 1) % n].as_str()];
            sketch.movement(&Bend { from_to, shape, turn: Turn::Straight, speed_limit_kmh: self.limit_kmh, signal: false });
        }
        // Long enough for the fastest driver.
        let links = (f64::from(self.duration) * 1.3 * self.limit_kmh / 3.6 / part).ceil() as usize;
        for i in 0..n {
            let route: Vec<&str> = (0..links).map(|k| names[(i + k) % n].as_str()).collect();
            sketch.trip(&Entry { at: 0.0, route: &route, speed: DepartSpeed::Zero });
        }
        sketch.scenario()
    }

    fn radius(&self) -> f64 {
        self.length / TAU
    }

    /// The point of the ring at a distance along it.
    fn point(&self, along: f64) -> [f64; 2] {
        let angle = along / self.radius();
        [self.radius() * maths::cos(angle), self.radius() * maths::sin(angle)]
    }

    fn arc(&self, from: f64, to: f64) -> Vec<[f64; 2]> {
        let parts = ((to - from) / 2.0).ceil().max(1.0) as usize;
        (0..=parts).map(|i| self.point(from + (to - from) * i as f64 / parts as f64)).collect()
    }

    /// Runs it, and shows what moves after every step since `from` seconds.
    fn watch(&self, trial: &Trial<'_>, seed: u64, from: f64, mut look: impl FnMut(f64, &[DrawnVehicle])) {
        let scenario = self.scenario();
        let mut run = start(&scenario, seed, trial.step);
        let begin = run.now();
        while !run.is_over() {
            run.step();
            if run.now() - begin >= from {
                look(run.now() - begin, &run.frame().vehicles);
            }
        }
    }

    /// Mean speed after it has settled, in m/s.
    fn mean_speed(&self, trial: &Trial<'_>, seed: u64) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0_f64);
        self.watch(trial, seed, f64::from(self.duration) - 120.0, |_, vehicles| {
            sum += vehicles.iter().map(|v| v.speed).sum::<f64>();
            count += vehicles.len() as f64;
        });
        sum / count.max(1.0)
    }
}

/// A point of the fundamental diagram.
#[derive(Debug, Clone, Copy)]
struct State {
    /// Vehicles per kilometre.
    density: f64,
    /// Vehicles per hour.
    flow: f64,
}

/// Vehicles on the kilometre of the fundamental diagram.
const DENSITIES: [usize; 17] = [8, 12, 16, 20, 24, 28, 32, 36, 40, 45, 50, 60, 70, 80, 95, 110, 125];

fn diagram(trial: &Trial<'_>, drivers: Drivers, limit_kmh: f64) -> Vec<State> {
    let state = |&vehicles: &usize| {
        let ring = Ring { length: 1000.0, vehicles, duration: 420, drivers, limit_kmh };
        let speed = ring.mean_speed(trial, 1);
        State { density: vehicles as f64, flow: vehicles as f64 * speed * 3.6 }
    };
    DENSITIES.par_iter().map(state).collect()
}

fn top(states: &[State]) -> State {
    *states.iter().max_by(|a, b| a.flow.total_cmp(&b.flow)).expect("some densities")
}

/// Slope of the branch above the density of the highest flow, in km/h.
fn wave_speed(states: &[State]) -> f64 {
    let jammed: Vec<&State> = states.iter().filter(|s| s.density > top(states).density).collect();
    let n = jammed.len() as f64;
    let (x, y) = (jammed.iter().map(|s| s.density).sum::<f64>() / n, jammed.iter().map(|s| s.flow).sum::<f64>() / n);
    let slope = |top: f64, s: &&State| top + (s.density - x) * (s.flow - y);
    jammed.iter().fold(0.0, slope) / jammed.iter().map(|s| (s.density - x) * (s.density - x)).sum::<f64>()
}

const UNVERIFIED: &str = "common figures (unverified)";

/// V8: the fundamental diagram.
pub(super) fn fundamental_diagram(trial: &Trial<'_>) -> Vec<Row> {
    let equal = Drivers { speed_factor_deviation: Some(0.0), ..Drivers::default() };
    let town = diagram(trial, equal, LIMIT_KMH);
    let usual = diagram(trial, Drivers::default(), LIMIT_KMH);
    let rural = diagram(trial, equal, RURAL_KMH);
    let mixed =
        format!("with the usual spread of desired speeds {:.0} veh/h at {:.0} veh/km", top(&usual).flow, top(&usual).density);
    let capacity = "capacity on a ring of 1000 m, 50 km/h, equal drivers";
    vec![
        Row::measured("V8", capacity, "veh/h", Target::between(1800.0, 2200.0), top(&town).flow)
            .digits(0)
            .figures(mixed)
            .source(UNVERIFIED),
        critical_density(&town, LIMIT_KMH).explained(
            (top(&town).flow / LIMIT_KMH, 80.0),
            "the target is for faster roads: at 50 km/h a density of 30 veh/km carries 1500 veh/h at most, less than the \
             capacity that is asked for; see the next row",
        ),
        rural_density(&rural),
        Row::measured(
            "V8",
            "speed of waves, slope of the jammed branch",
            "km/h",
            Target::between(-20.0, -15.0),
            wave_speed(&town),
        )
        .digits(1)
        .figures(format!("with the usual drivers {:.1} km/h", wave_speed(&usual)))
        .source(UNVERIFIED)
        .explained(
            (-23.4, -20.0),
            "in a jam the model keeps a gap of s0 + v T, so that waves go back at (4.5 m + 2 m) / 1.0 s = 23.4 km/h; the \
                 time gap T is 1.0 s for the sake of the saturation headway (V1)",
        ),
    ]
}

/// A speed limit outside towns, in km/h.
const RURAL_KMH: f64 = 100.0;

/// The density of the highest flow outside towns, held against the model's own equilibrium where it misses.
fn rural_density(states: &[State]) -> Row {
    let own = equilibrium(RURAL_KMH);
    let row = critical_density(states, RURAL_KMH);
    let known = (own.flow / top(states).flow - 1.0).abs() < 0.05;
    let cause = format!(
        "it is the model's own: its equilibrium with a time gap of 1.0 s has its highest flow, {:.0} veh/h, at {:.0} veh/km",
        own.flow, own.density
    );
    if known { row.explained((own.density - 5.0, own.density + 5.0), &cause) } else { row }
}

/// The state of highest flow when everybody keeps the same speed, in closed form: with the gap `(s0 + v T) / sqrt(1 - (v /
/// v0)^4)`. Source: Treiber and Kesting (2013), ch. 11.3.
fn equilibrium(limit_kmh: f64) -> State {
    let car = VehicleType::usual(VehicleClass::Car);
    let v0 = limit_kmh / 3.6;
    let state = |percent: u32| {
        let v = v0 * f64::from(percent) / 100.0;
        let ratio = v / v0 * (v / v0);
        let gap = (car.min_gap.get() + v * car.following.time_gap.get()) / (1.0 - ratio * ratio).sqrt();
        let density = 1000.0 / (gap + car.length.get());
        State { density, flow: density * v * 3.6 }
    };
    top(&(1..100).map(state).collect::<Vec<_>>())
}

fn critical_density(states: &[State], limit_kmh: f64) -> Row {
    let all: Vec<String> = states.iter().map(|s| format!("{:.0}: {:.0}", s.density, s.flow)).collect();
    let what = format!("density of the highest flow at {limit_kmh:.0} km/h");
    Row::measured("V8", what, "veh/km", Target::between(20.0, 30.0), top(states).density)
        .digits(0)
        .figures(format!("veh/km: veh/h {}", all.join(", ")))
        .source(UNVERIFIED)
}

/// A wave on a ring.
#[derive(Debug, Clone, Copy)]
struct Wave {
    /// Lowest and highest speed of any vehicle at the end, in km/h.
    slowest: f64,
    fastest: f64,
    /// How fast the slow part goes round, in km/h; against the traffic below 0.
    speed: f64,
}

/// The last seconds of a ring, in which a wave is looked for.
const LOOK: f64 = 120.0;

fn wave(trial: &Trial<'_>, drivers: Drivers) -> Wave {
    let ring = Ring { length: 230.0, vehicles: 22, duration: 900, drivers, limit_kmh: LIMIT_KMH };
    let (mut slowest, mut fastest) = (f64::INFINITY, 0.0_f64);
    let mut track: Vec<(f64, f64)> = Vec::new();
    ring.watch(trial, 1, f64::from(ring.duration) - LOOK, |now, vehicles| {
        slowest = vehicles.iter().map(|v| v.speed).fold(slowest, f64::min);
        fastest = vehicles.iter().map(|v| v.speed).fold(fastest, f64::max);
        let angle = slow_side(vehicles);
        let turned = track.last().map_or(angle, |&(_, last)| last + (angle - last + TAU / 2.0).rem_euclid(TAU) - TAU / 2.0);
        track.push((now, turned));
    });
    let ((t0, a0), (t1, a1)) = (track[0], track[track.len() - 1]);
    Wave { slowest: 3.6 * slowest, fastest: 3.6 * fastest, speed: 3.6 * (a1 - a0) / (t1 - t0) * ring.radius() }
}

/// The side of the ring where vehicles are slow, as an angle.
fn slow_side(vehicles: &[DrawnVehicle]) -> f64 {
    let top = vehicles.iter().map(|v| v.speed).fold(0.0, f64::max);
    let pull = |sum: Point, v: &DrawnVehicle| {
        let angle = maths::atan2(v.front.y, v.front.x);
        Point::new(sum.x + (top - v.speed) * maths::cos(angle), sum.y + (top - v.speed) * maths::sin(angle))
    };
    let sum = vehicles.iter().fold(Point::new(0.0, 0.0), pull);
    maths::atan2(sum.y, sum.x)
}

const SUGIYAMA: &str =
    "Sugiyama and others, New Journal of Physics 10 (2008) 033001: 22 vehicles on 230 m, waves at about -20 km/h (unverified)";

/// From this difference of speeds on there is a wave, in km/h.
const WAVE: f64 = 10.0;

/// V9: stop-and-go without a cause.
pub(super) fn stop_and_go(trial: &Trial<'_>) -> Vec<Row> {
    let usual = wave(trial, Drivers::default());
    let soft = wave(trial, Drivers { acceleration_m_per_s2: Some(1.0), ..Drivers::default() });
    let span = |w: Wave| w.fastest - w.slowest;
    let words = |w: Wave| format!("{:.1} to {:.1} km/h", w.slowest, w.fastest);
    let what = "22 vehicles on 230 m after 13 minutes: highest less lowest speed, a wave from 10 km/h on";
    let first = Row::measured("V9", what, "km/h", Target::at_least(WAVE), span(usual))
        .digits(1)
        .figures(format!("usual drivers {}; with half the acceleration {}", words(usual), words(soft)))
        .source(SUGIYAMA);
    // The cause is shown by the same ring with other drivers.
    let cause = "the usual acceleration of 2 m/s², chosen for the discharge at signals, damps waves at this density; with half \
                 of it the same ring stops and goes";
    let first = if span(soft) >= WAVE { first.explained((0.0, 3.0), cause) } else { first };
    let speed = |what: &str, w: Wave, target: Target| {
        let row = Row::measured("V9", format!("speed of the wave, {what}"), "km/h", target, w.speed);
        row.digits(1).figures(words(w)).source(SUGIYAMA)
    };
    let second = if span(usual) >= WAVE {
        speed("usual drivers", usual, Target::about(-20.0, 5.0))
    } else {
        Row::not_run("V9", "speed of the wave, usual drivers", "there is no wave")
    };
    vec![first, second, speed("half the usual acceleration", soft, Target::value(-20.0))]
}
