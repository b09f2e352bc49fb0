//! The schedule of the passes, and what each reads and writes.

use super::{Clock, Monitored, Pool, Simulation};
use crate::choice::Choice;
use crate::claims::ClaimTable;
use crate::decide::{Decisions, decide};
use crate::depart::{Entries, Gate, take_other_ways};
use crate::detect::{self, Ended, Loops};
use crate::emergency::Duty;
use crate::fleet::Fleet;
use crate::gridlock::{Gridlocks, Standing};
use crate::ground::SharedRoads;
use crate::lights::{Desk, Lights};
use crate::measure::{Happened, Part, Seen, Tally};
use crate::moving::{Events, Mover};
use crate::on_foot::OnFoot;
use crate::overlap::{self, Monitor, Sight};
use crate::perceive::{Scene, part_count};
use crate::quality::{self, Observed};
use crate::sensors::Sensors;
use crate::service::{self, Service, Street};
use crate::stops::Stops;
use crate::traffic::{Tails, Traffic};
use crate::walking::{Comers, Moment, Walkers};
use crate::works::{Streets, WentThrough, Works};
use bevy_app::App;
use bevy_ecs::prelude::*;
use bevy_ecs::schedule::{LogLevel, ScheduleBuildSettings, ScheduleLabel, SingleThreadedExecutor};
use rayon::prelude::*;

/// One step of the world.
#[derive(ScheduleLabel, Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct StepSchedule;

/// The passes of a step. Each reads what earlier passes wrote; none reaches back.
#[derive(SystemSet, Debug, Clone, PartialEq, Eq, Hash)]
pub enum Pass {
    /// Detectors look at where the last step has left everyone.
    Detect,
    /// Once a second the controller asks for greens.
    Control,
    /// Once a second the guards decide what is shown.
    Signal,
    /// People on foot come to crossings, make sure of their way and walk.
    Walk,
    /// Whoever is due enters where there is room.
    Depart,
    /// Drivers see stop lines, conflict areas and merging vehicles, and decide on accelerations and changes of lane.
    Decide,
    /// Once a second: who waits for whom, and who may insist.
    Watch,
    /// Everyone moves.
    Move,
    /// Sums for the measures.
    Measure,
}

impl Pass {
    /// Every pass, in order.
    pub const ALL: [Self; 9] = [
        Self::Detect,
        Self::Control,
        Self::Signal,
        Self::Walk,
        Self::Depart,
        Self::Decide,
        Self::Watch,
        Self::Move,
        Self::Measure,
    ];
}

impl Simulation {
    /// Goes through one pass of a step, to see what it costs. All of them in their order make a step.
    ///
    /// # Panics
    /// Never: every pass has all that it reads.
    pub fn pass(&mut self, pass: &Pass) {
        let world = self.app.world_mut();
        let done = match pass {
            Pass::Detect => world.run_system_cached(detect_pass),
            Pass::Control => world.run_system_cached(control_pass),
            Pass::Signal => world.run_system_cached(signal_pass),
            Pass::Walk => world.run_system_cached(walk_pass),
            Pass::Depart => world.run_system_cached(depart_pass),
            Pass::Decide => world.run_system_cached(decide_pass),
            Pass::Watch => world.run_system_cached(watch_pass),
            Pass::Move => world.run_system_cached(move_pass),
            Pass::Measure => world.run_system_cached(measure_pass),
        };
        done.expect("a system of the step runs");
    }
}

/// Adds the passes in their order, the one of people on foot where there may be any.
pub(super) fn plugin(app: &mut App, on_foot: bool) {
    app.init_schedule(StepSchedule);
    app.edit_schedule(StepSchedule, |step| {
        step.set_executor(SingleThreadedExecutor::new());
        step.set_build_settings(ScheduleBuildSettings {
            ambiguity_detection: LogLevel::Error,
            ..ScheduleBuildSettings::default()
        });
        step.configure_sets(
            (
                Pass::Detect,
                Pass::Control,
                Pass::Signal,
                Pass::Walk,
                Pass::Depart,
                Pass::Decide,
                Pass::Watch,
                Pass::Move,
                Pass::Measure,
            )
                .chain(),
        );
    });
    app.add_systems(
        StepSchedule,
        (
            detect_pass.in_set(Pass::Detect),
            control_pass.in_set(Pass::Control),
            signal_pass.in_set(Pass::Signal),
            depart_pass.in_set(Pass::Depart),
            decide_pass.in_set(Pass::Decide),
            watch_pass.in_set(Pass::Watch),
            move_pass.in_set(Pass::Move),
            measure_pass.in_set(Pass::Measure),
        ),
    );
    if on_foot {
        app.add_systems(StepSchedule, walk_pass.in_set(Pass::Walk));
    }
}

/// What a pass sees of the traffic.
#[derive(bevy_ecs::system::SystemParam)]
struct View<'w> {
    roads: Res<'w, SharedRoads>,
    fleet: Res<'w, Fleet>,
    traffic: Res<'w, Traffic>,
    tails: Res<'w, Tails>,
    lights: Res<'w, Lights>,
    clock: Res<'w, Clock>,
}

impl View<'_> {
    fn scene<'a>(&'a self, on_foot: &'a OnFoot) -> Scene<'a> {
        Scene {
            roads: &self.roads,
            fleet: &self.fleet,
            traffic: &self.traffic,
            tails: &self.tails,
            lights: &self.lights,
            on_foot,
            dt: self.clock.dt(),
            chance: self.clock.chance(),
        }
    }
}

fn detect_pass(view: View<'_>, gate: Res<'_, Gate>, mut loops: ResMut<'_, Loops>, mut sensors: ResMut<'_, Sensors>) {
    let clock = &view.clock;
    let measured = clock.now() > f64::from(clock.begin.0);
    let ended = Ended { dt: clock.dt(), second: clock.begins_second(), measured };
    let street = detect::Street { roads: &view.roads, fleet: &view.fleet, traffic: &view.traffic, entered: &gate.entered };
    loops.detect(street, ended);
    if !sensors.is_off() {
        sensors.detect(street, &mut loops, ended, clock.now());
    }
}

fn control_pass(
    mut desk: ResMut<'_, Desk>,
    lights: Res<'_, Lights>,
    loops: Res<'_, Loops>,
    walkers: Res<'_, Walkers>,
    clock: Res<'_, Clock>,
) {
    if clock.begins_second() {
        desk.decide(clock.day_second(), &loops.readings, &walkers.requests, &lights);
    }
}

fn signal_pass(mut lights: ResMut<'_, Lights>, desk: Res<'_, Desk>, clock: Res<'_, Clock>) {
    // The first second is shown as the initial plan has it.
    if clock.begins_second() && clock.tick.0 > 0 {
        lights.step(&desk.wishes);
    }
}

fn walk_pass(view: View<'_>, mut walkers: ResMut<'_, Walkers>, mut on_foot: ResMut<'_, OnFoot>, comers: Res<'_, Comers>) {
    if walkers.is_off() {
        return;
    }
    let clock = &view.clock;
    let (now, second, counted_from) = (clock.now(), clock.day_second(), f64::from(clock.begin.0));
    let moment = Moment { now, second, counted_from, dt: clock.dt() };
    // Whoever walks looks at the traffic, not at what drivers know.
    walkers.step(&view.scene(&OnFoot::default()), &comers, &mut on_foot, moment);
}

fn depart_pass(
    mut m: Entered<'_>,
    mut gate: ResMut<'_, Gate>,
    mut entries: ResMut<'_, Entries>,
    mut works: ResMut<'_, Works>,
    clock: Res<'_, Clock>,
) {
    if !works.is_off() {
        let Entered { roads, fleet, traffic, .. } = &mut m;
        if clock.begins_second() {
            let mut streets = Streets { roads, fleet, traffic, gate: &mut gate, dt: clock.dt() };
            works.keep(f64::from(clock.day_second().0), &mut streets);
        }
        fleet.plan_due(&roads.network, &gate, clock.now());
    }
    let scene = Scene {
        roads: &m.roads,
        fleet: &m.fleet,
        traffic: &m.traffic,
        tails: &m.tails,
        lights: &m.lights,
        on_foot: &m.on_foot,
        dt: clock.dt(),
        chance: clock.chance(),
    };
    gate.open(&scene, clock.now(), f64::from(clock.begin.0), &mut entries);
    entries.let_in(&m.roads, &m.fleet, &mut m.traffic);
    if !works.is_off() {
        works.note(&m.roads, &m.fleet, &entries);
    }
    if !m.choice.is_off() {
        let Entered { roads, fleet, traffic, service, choice, .. } = &mut m;
        choice.entered(roads, fleet, traffic, &entries);
        if clock.begins_second() {
            choice.watch(roads, fleet, traffic, service, clock.day_second().0);
        }
    }
    if clock.begins_second() {
        gate.detours += take_other_ways(&m.roads, &mut m.fleet, &mut m.traffic);
    }
}

fn decide_pass(
    view: View<'_>,
    on_foot: Res<'_, OnFoot>,
    service: Res<'_, Service>,
    mut claims: ResMut<'_, ClaimTable>,
    mut decisions: ResMut<'_, Decisions>,
    pool: Res<'_, Pool>,
) {
    let scene = view.scene(&on_foot);
    let stops = (!service.is_off()).then(|| Stops::new(&scene, &service));
    decide(&scene, stops.as_ref(), &mut claims, &mut decisions, view.clock.begins_second(), pool.0.as_ref());
}

fn watch_pass(
    mut gridlocks: ResMut<'_, Gridlocks>,
    mut standing: ResMut<'_, Standing>,
    mut traffic: ResMut<'_, Traffic>,
    decisions: Res<'_, Decisions>,
    clock: Res<'_, Clock>,
) {
    if clock.begins_second() {
        gridlocks.watch(&mut standing, &mut traffic, &decisions, clock.day_second().0);
    }
}

/// What the depart pass reads and writes.
#[derive(bevy_ecs::system::SystemParam)]
struct Entered<'w> {
    roads: Res<'w, SharedRoads>,
    fleet: ResMut<'w, Fleet>,
    lights: Res<'w, Lights>,
    traffic: ResMut<'w, Traffic>,
    tails: Res<'w, Tails>,
    on_foot: Res<'w, OnFoot>,
    service: Res<'w, Service>,
    choice: ResMut<'w, Choice>,
}

/// What the move pass reads and writes.
#[derive(bevy_ecs::system::SystemParam)]
struct Moved<'w> {
    roads: Res<'w, SharedRoads>,
    fleet: Res<'w, Fleet>,
    lights: Res<'w, Lights>,
    on_foot: Res<'w, OnFoot>,
    traffic: ResMut<'w, Traffic>,
    tails: ResMut<'w, Tails>,
    events: ResMut<'w, Events>,
    service: ResMut<'w, Service>,
}

fn move_pass(
    mut moved: Moved<'_>,
    decisions: Res<'_, Decisions>,
    mut went_through: ResMut<'_, WentThrough>,
    mut clock: ResMut<'_, Clock>,
    pool: Res<'_, Pool>,
) {
    let mut mover = Mover {
        roads: &moved.roads,
        fleet: &moved.fleet,
        lights: &moved.lights,
        on_foot: &moved.on_foot,
        traffic: &mut moved.traffic,
        tails: &mut moved.tails,
        events: &mut moved.events,
        dt: clock.dt(),
        second: clock.begins_second(),
        chance: clock.chance(),
    };
    mover.step(&decisions, pool.0.as_ref());
    went_through.0 += moved.events.went_through;
    clock.tick.0 += 1;
    let moment = service::Moment {
        tick: clock.tick,
        dt: clock.dt(),
        start: f64::from(clock.start.0),
        measured: clock.now() > f64::from(clock.begin.0),
        chance: clock.chance(),
    };
    let Moved { roads, fleet, lights, on_foot, traffic, tails, service, .. } = &mut moved;
    service.serve(&mut Street { roads, fleet, lights, on_foot, traffic, tails }, moment);
}

/// What the measure pass reads and writes.
#[derive(bevy_ecs::system::SystemParam)]
struct Measured<'w> {
    roads: Res<'w, SharedRoads>,
    fleet: Res<'w, Fleet>,
    traffic: Res<'w, Traffic>,
    tails: Res<'w, Tails>,
    tally: ResMut<'w, Tally>,
    events: Res<'w, Events>,
    entries: Res<'w, Entries>,
    walkers: Res<'w, Walkers>,
    comers: Res<'w, Comers>,
    monitored: Res<'w, Monitored>,
    pool: Res<'w, Pool>,
    monitor: ResMut<'w, Monitor>,
    service: Res<'w, Service>,
    duty: ResMut<'w, Duty>,
    lights: Res<'w, Lights>,
    observed: ResMut<'w, Observed>,
    clock: Res<'w, Clock>,
}

fn measure_pass(mut m: Measured<'_>) {
    m.duty.red_passages += u64::from(m.events.red_passages);
    let dt = m.clock.dt();
    let service = (!m.service.is_off()).then_some(&*m.service);
    let seen = Seen { roads: &m.roads, fleet: &m.fleet, traffic: &m.traffic, service, dt };
    m.tally.count(&seen, &Happened { events: &m.events, entries: &m.entries });
    let view = overlap::Seen { roads: &m.roads, fleet: &m.fleet, traffic: &m.traffic, tails: &m.tails };
    let monitored = m.monitored.0 && m.clock.begins_second();
    let pool = m.pool.0.as_ref();
    let (around, sights) = m.monitor.sights(part_count(pool));
    let parts = m.tally.parts(&m.traffic, m.traffic.parts(&m.roads, part_count(pool)));
    let look = |(mut part, sight): (Part<'_>, &mut Sight)| {
        for &track in part.tracks {
            part.measure(&seen, track);
            if monitored {
                sight.look(&view, track, around);
            }
        }
    };
    match pool {
        None => parts.zip(sights).for_each(look),
        Some(pool) => {
            let work: Vec<_> = parts.zip(sights).collect();
            pool.install(|| work.into_par_iter().with_max_len(1).for_each(look));
        }
    }
    m.tally.add_bays(&seen);
    if let Some(observer) = &mut m.observed.0 {
        let at = quality::Moment { now: m.clock.now(), counted_from: f64::from(m.clock.begin.0) };
        observer.watch(&seen, &m.lights, &m.entries);
        observer.watch_walkers(&m.walkers, &m.comers, &m.roads.crossings, at);
        if m.clock.begins_second() && at.now > at.counted_from {
            observer.watch_queues(&m.roads, &m.traffic, &m.lights);
        }
    }
    if monitored {
        m.tally.overlaps += m.monitor.touching(pool).len() as u64;
        let people = m.walkers.seen(&m.roads.network, &m.comers, &m.roads.crossings);
        m.tally.people_hit += m.monitor.touched(people).count() as u64;
    }
}
