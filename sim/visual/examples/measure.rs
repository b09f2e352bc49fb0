//! What the window costs: time of a frame and draw calls with 10,000 moving vehicles, what it adds to the simulation's time at
//! 1x, and how fast the simulation runs beside it at maximum speed.
//!
//! ```sh
//! cargo run --release -p visual --example measure
//! ```

#![expect(clippy::disallowed_methods, reason = "this is what the clock is for")]

use bevy::input::keyboard::KeyCode;
use model::control::FixedTime;
use model::geometry::Point;
use model::id::{IdVec, LinkId};
use model::scenario::Scenario;
use model::toy::Grid;
use sim::{Options, Simulation};
use std::io::{self, Write};
use std::time::Instant;
use visual::{OpenError, Opening, Player, Programme, Rate, Session, World};

/// Vehicles that are to move.
const VEHICLES: usize = 10_000;
/// Frames that are timed.
const FRAMES: usize = 40;
/// Simulated seconds for the comparisons.
const SPAN: f64 = 30.0;

fn main() -> io::Result<()> {
    let mut out = io::stdout();
    let scenario = city();
    let (full, moving) = fill(&scenario);
    writeln!(out, "{moving} vehicles move at second {full:.0} of a grid of 30 x 30 signals")?;
    added(&mut out, &scenario, full)?;
    let opening = Opening { at: Some(full), ..Opening::of(scenario.clone()) };
    match Session::new(opening) {
        Ok(session) => drawn(&mut out, session, &scenario, full),
        Err(OpenError::NoDevice(why)) => writeln!(out, "no frames: there is no Vulkan device ({why})"),
        Err(error) => Err(io::Error::other(error.to_string())),
    }
}

/// A city in which so many vehicles move at once.
fn city() -> Scenario {
    Grid { columns: 30, rows: 30, flow_veh_per_h: 750.0, cross_flow_veh_per_h: 650.0, duration_s: 1800, ..Grid::default() }
        .scenario()
}

fn headless(scenario: &Scenario) -> Simulation {
    let plan = scenario.plan(None);
    let plans = plan.map(|p| p.plans.clone()).unwrap_or_default();
    Simulation::new(scenario, Box::new(FixedTime::new(plans)), plan, Options::default())
}

/// When enough vehicles move, and how many.
fn fill(scenario: &Scenario) -> (f64, usize) {
    let mut run = headless(scenario);
    while run.vehicles().0 < VEHICLES && !run.is_over() {
        run.step();
    }
    ((run.now() / 60.0).ceil() * 60.0, run.vehicles().0)
}

/// Seconds that this thread has had a processor, where the system tells; others on the machine do not enter.
fn processor() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse::<f64>().ok().map(|ns| ns / 1e9)
}

/// Seconds of the processor that something takes, or of the clock where the system does not tell.
fn cost(what: impl FnOnce()) -> f64 {
    let (begun, before) = (Instant::now(), processor());
    what();
    let clock = begun.elapsed().as_secs_f64();
    before.zip(processor()).map_or(clock, |(before, after)| after - before)
}

/// Goes on to a second of the day.
fn go(run: &mut Simulation, until: f64) {
    while run.now() < until {
        run.step();
    }
}

/// The links of which something is within a rectangle around the middle of the network, in metres.
fn around_the_middle(scenario: &Scenario, width: f64, height: f64) -> IdVec<LinkId, bool> {
    let network = &scenario.network;
    let (mut low, mut high) = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
    for p in network.lanes.iter().flat_map(|l| l.shape.points()) {
        low = (low.0.min(p.x), low.1.min(p.y));
        high = (high.0.max(p.x), high.1.max(p.y));
    }
    let near = |p: &Point| {
        let (x, y) = (p.x - f64::midpoint(low.0, high.0), p.y - f64::midpoint(low.1, high.1));
        x.abs() < width / 2.0 && y.abs() < height / 2.0
    };
    network.links.iter().map(|l| l.lanes().any(|lane| network.lanes[lane].shape.points().iter().any(near))).collect()
}

/// What is read, summed and saved for the window at 1x, without drawing.
fn added(out: &mut impl Write, scenario: &Scenario, from: f64) -> io::Result<()> {
    let mut run = headless(scenario);
    go(&mut run, from);
    let mut player = watched(scenario);
    player.go_to(from);
    player.set_running(true);
    let views = [
        ("all vehicles looked at, from afar", None),
        ("those of 2000 m x 1200 m", Some(around_the_middle(scenario, 2000.0, 1200.0))),
        ("those of 700 m x 450 m", Some(around_the_middle(scenario, 700.0, 450.0))),
        ("none looked at", Some(around_the_middle(scenario, 0.0, 0.0))),
    ];
    for (what, links) in views {
        // As the window does where a pixel is more than a metre and a half.
        player.see_from_afar(links.is_none());
        player.see(links);
        // In turns, so that both meet the same machine; 25 frames a second.
        let (mut alone, mut beside) = (0.0, 0.0);
        for _ in 0..SPAN as usize {
            let until = run.now() + 1.0;
            alone += cost(|| go(&mut run, until));
            beside += cost(|| (0..25).for_each(|_| player.advance(0.04, || true)));
        }
        let more = percent(beside, alone);
        writeln!(out, "{SPAN:.0} s of simulation, {what}: {alone:.3} s alone, {beside:.3} s in the player at 1x: {more:+.1} %")?;
    }
    player.see(None);
    let alone = cost(|| {
        let until = run.now() + 2.0 * SPAN;
        go(&mut run, until);
    });
    player.set_rate(Rate::Max);
    let mut steps = (2.0 * SPAN / run.step_size().span().get()) as u32;
    let beside = cost(|| {
        player.advance(1.0, || {
            steps -= 1;
            steps > 0
        });
    });
    writeln!(out, "at maximum speed, without drawing: {:.0} % of the headless speed", 100.0 * alone / beside)?;
    writeln!(out, "saved states take {:.1} MB", player.edited().past().bytes() as f64 / 1e6)
}

fn watched(scenario: &Scenario) -> Player {
    let plan = scenario.plan(None);
    let programme = Programme::new(plan);
    let simulation = Simulation::new(scenario, programme.controller(), plan, Options::default());
    Player::of(World::new(simulation, programme))
}

fn percent(now: f64, before: f64) -> f64 {
    100.0 * (now / before - 1.0)
}

fn drawn(out: &mut impl Write, mut session: Session, scenario: &Scenario, from: f64) -> io::Result<()> {
    let moving = |s: &Session| s.player().map_or(0, |p| p.simulation().vehicles().0);
    session.press(KeyCode::Space, " ", &[]);
    let begun = Instant::now();
    session.frames(FRAMES);
    let frame = begun.elapsed().as_secs_f64() / FRAMES as f64;
    let (meshes, texts, panels) = session.draws();
    writeln!(out, "{:.1} ms a frame at 1280x800 with {} vehicles", frame * 1000.0, moving(&session))?;
    writeln!(out, "draw calls: {meshes} meshes, {texts} names in batches, {panels} for the panels")?;
    let begin = session.player().map_or(from, Player::now);
    for _ in 0..5 {
        session.press(KeyCode::PageUp, "", &[]);
    }
    let (begun, first) = (Instant::now(), session.player().map_or(begin, Player::now));
    while session.player().is_some_and(|p| p.now() < first + 8.0 * SPAN && !p.is_over()) {
        session.frame();
    }
    let passed = session.player().map_or(0.0, Player::now) - first;
    let beside = passed / begun.elapsed().as_secs_f64();
    let mut run = headless(scenario);
    go(&mut run, first);
    let begun = Instant::now();
    go(&mut run, first + passed);
    let alone = passed / begun.elapsed().as_secs_f64();
    writeln!(out, "at maximum speed: {beside:.1} simulated s per s, headless {alone:.1}: {:.0} %", 100.0 * beside / alone)
}
