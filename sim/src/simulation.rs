//! The simulation as its users see it, and the schedule of its passes.

use crate::choice::{Choice, Known};
use crate::claims::ClaimTable;
use crate::decide::{Decisions, decide};
use crate::depart::{Entries, Gate, take_other_ways};
use crate::detect::{Ended, Loops};
use crate::emergency::Duty;
use crate::fleet::Fleet;
use crate::gridlock::{Circle, Gridlock, Gridlocks, Standing};
use crate::lights::{Desk, Lights};
use crate::measure::{Happened, Measures, Now, Seen, Tally};
use crate::moving::{Events, Mover};
use crate::on_foot::OnFoot;
use crate::overlap::{Monitor, footprint, place_on};
use crate::perceive::{Perceptions, Scene, perceive};
use crate::random::Chance;
use crate::roads::{Kind, Roads, Track};
use crate::sensors::{self, Sensors};
use crate::service::{self, Service, State, StopMeasures, Street};
use crate::stops::see_stops;
use crate::traffic::{Row, Tails, Traffic};
use crate::walking::{Comers, Moment, Walkers};
use bevy_app::App;
use bevy_ecs::prelude::*;
use bevy_ecs::schedule::{LogLevel, ScheduleBuildSettings, ScheduleLabel, SingleThreadedExecutor};
use model::control::{Controller, Reading};
use model::demand::Call;
use model::geometry::{Point, Pose};
use model::id::{CrossingId, DetectorId, GroupId, IdVec, LinkId, MovementId, PushButtonId, SignalId, StopId, VehicleId};
use model::maths;
use model::network::Crossing;
use model::quantity::{Acceleration, Length, Span};
use model::scenario::{PlanSet, Scenario};
use model::signal::{Aspect, Guard};
use model::time::{DaySecond, Step, Tick};
use model::vehicle::{FollowingModel, VehicleClass, VehicleType};
use serde::{Deserialize, Serialize};

/// How far to the right of the lane vehicles in a bay are drawn, in metres.
const BAY_OFFSET: f64 = 3.0;

/// One step of the world.
#[derive(ScheduleLabel, Debug, Clone, PartialEq, Eq, Hash)]
struct StepSchedule;

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
    /// Drivers see stop lines, conflict areas and merging vehicles.
    Perceive,
    /// Accelerations and wishes to change lanes.
    Decide,
    /// Once a second: who waits for whom, and who may insist.
    Watch,
    /// Everyone moves.
    Move,
    /// Sums for the measures.
    Measure,
}

/// The clock of a run.
#[derive(Debug, Clone, Copy, Resource)]
struct Clock {
    tick: Tick,
    step: Step,
    start: DaySecond,
    begin: DaySecond,
    seed: u64,
}

impl Clock {
    fn chance(self) -> Chance {
        Chance::new(self.seed, self.tick)
    }

    fn dt(self) -> f64 {
        self.step.span().get()
    }

    /// Seconds of the day at the beginning of the step.
    fn now(self) -> f64 {
        f64::from(self.start.0) + self.tick.0 as f64 / f64::from(self.step.per_second())
    }

    fn day_second(self) -> DaySecond {
        DaySecond(self.start.0 + self.step.whole_seconds(self.tick))
    }

    fn begins_second(self) -> bool {
        self.step.begins_second(self.tick)
    }
}

/// How a run is carried out.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Seed of every random stream.
    pub seed: u64,
    /// Threads inside a step; the result does not depend on it.
    pub threads: usize,
    /// Step, when it is not the scenario's.
    pub step: Option<Step>,
    /// Following model of every vehicle, when it is not to be that of its type.
    pub following: Option<FollowingModel>,
    /// Whether to look for overlapping footprints once a second.
    pub monitor: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, threads: 1, step: None, following: None, monitor: true }
    }
}

#[derive(Resource)]
struct Pool(Option<rayon::ThreadPool>);

/// Whether to look for overlaps.
#[derive(Resource)]
struct Monitored(bool);

/// A run of a scenario under a controller.
pub struct Simulation {
    app: App,
    end: DaySecond,
    /// What the run is: a saved state of another one cannot be restored.
    identity: [u8; blake3::OUT_LEN],
}

/// What a run hashes and saves: everything that changes, and nothing that can be derived.
#[derive(Serialize, Deserialize)]
struct Snapshot {
    tick: Tick,
    traffic: Traffic,
    gate: Gate,
    guards: IdVec<SignalId, Guard>,
    loops: Loops,
    gridlocks: Gridlocks,
    tally: Tally,
    detours: Vec<(Vec<LinkId>, VehicleClass)>,
    controller: Vec<u8>,
}

/// Why a saved state cannot be restored.
#[derive(Debug, thiserror::Error)]
#[error("the saved state belongs to another scenario, seed, step or following model, or is damaged")]
pub struct RestoreError;

impl Simulation {
    /// A run of a scenario, at its first second. The signals have been playing `initial` before.
    pub fn new(scenario: &Scenario, controller: Box<dyn Controller>, initial: Option<&PlanSet>, options: Options) -> Self {
        let mut app = App::empty();
        let roads = Roads::new(scenario);
        let clock = Clock {
            tick: Tick(0),
            step: options.step.unwrap_or(scenario.step),
            start: scenario.start(),
            begin: scenario.begin,
            seed: options.seed,
        };
        let pool =
            (options.threads > 1).then(|| rayon::ThreadPoolBuilder::new().num_threads(options.threads).build().ok()).flatten();
        let fleet = Fleet::new(scenario, options.seed, options.following);
        let choice = Choice::new(scenario.demand.choice, options.seed, &roads);
        let comers = Comers::new(scenario, &roads.crossings, options.seed);
        let walkers = Walkers::new(&roads.network, &roads.crossings);
        let identity = identity(&clock, &roads, &fleet, &comers, scenario);
        app.insert_resource(Sensors::new(scenario, options.seed))
            .insert_resource(Service::new(&roads, &fleet, options.seed))
            .insert_resource(fleet)
            .insert_resource(Traffic::new(&roads))
            .insert_resource(Tails::new(&roads))
            .insert_resource(Lights::new(scenario, initial))
            .insert_resource(Desk::new(scenario, controller))
            .insert_resource(Loops::new(&roads))
            .insert_resource(Tally::new(&roads))
            .insert_resource(ClaimTable::new(&roads))
            .insert_resource(choice)
            .insert_resource(comers)
            .insert_resource(walkers)
            .insert_resource(roads)
            .insert_resource(clock)
            .insert_resource(Pool(pool))
            .insert_resource(Monitored(options.monitor))
            .init_resource::<Monitor>()
            .init_resource::<Gate>()
            .init_resource::<Entries>()
            .init_resource::<Perceptions>()
            .init_resource::<Decisions>()
            .init_resource::<Gridlocks>()
            .init_resource::<Standing>()
            .init_resource::<OnFoot>()
            .init_resource::<Duty>()
            .init_resource::<Events>();
        plugin(&mut app);
        Self { app, end: scenario.end, identity }
    }

    /// Goes on by one step. It cannot fail.
    pub fn step(&mut self) {
        self.app.world_mut().run_schedule(StepSchedule);
    }

    /// Goes on to the end of the scenario.
    pub fn run(&mut self) {
        while !self.is_over() {
            self.step();
        }
    }

    /// Whether the end of the scenario is reached.
    pub fn is_over(&self) -> bool {
        self.now() >= f64::from(self.end.0)
    }

    /// The time, in seconds of the day.
    pub fn now(&self) -> f64 {
        self.clock().now()
    }

    /// The number of steps made.
    pub fn tick(&self) -> Tick {
        self.clock().tick
    }

    /// The step.
    pub fn step_size(&self) -> Step {
        self.clock().step
    }

    fn clock(&self) -> Clock {
        *self.app.world().resource::<Clock>()
    }

    fn get<R: Resource>(&self) -> &R {
        self.app.world().resource::<R>()
    }

    /// The measures up to now.
    pub fn measures(&self) -> Measures {
        let clock = self.clock();
        self.get::<Tally>().read(&Now {
            fleet: self.get(),
            gate: self.get(),
            traffic: self.get(),
            gridlocks: self.get(),
            on_foot: self.get::<Walkers>().sums(self.get(), clock.now(), f64::from(clock.begin.0)),
            red_passages: self.get::<Duty>().red_passages,
            in_bays: self.get::<Service>().count().1,
            time: clock.now(),
            counted_from: f64::from(clock.begin.0),
        })
    }

    /// Time lost on each link and in the movements that leave it, in vehicle seconds.
    pub fn link_delay(&self) -> IdVec<LinkId, f64> {
        self.get::<Tally>().link_loss(self.get())
    }

    /// Vehicles that left each link.
    pub fn link_flow(&self) -> &IdVec<LinkId, u32> {
        &self.get::<Tally>().link_flow
    }

    /// Time lost of those who take each movement, on it and on the lane before it, in vehicle seconds.
    pub fn movement_delay(&self) -> IdVec<MovementId, f64> {
        self.get::<Tally>().movement_loss(self.get())
    }

    /// What has happened at each stop since the measured period began.
    pub fn stop_measures(&self) -> &IdVec<StopId, StopMeasures> {
        self.get::<Service>().measures()
    }

    /// Vehicles that each detector has counted since the measured period began.
    pub fn detector_counts(&self) -> &IdVec<DetectorId, u64> {
        &self.get::<Loops>().counted
    }

    /// What each detector reported over the last whole second.
    pub fn detector_readings(&self) -> &IdVec<DetectorId, Reading> {
        &self.get::<Loops>().readings
    }

    /// Since when green has been asked for at each push button; `None` where nobody has since the last green.
    pub fn requests(&self) -> &IdVec<PushButtonId, Option<DaySecond>> {
        &self.get::<Walkers>().requests
    }

    /// Everything that changes, as bytes; the same state gives the same bytes. They end with what the run is and with
    /// their own hash, so that a mistake or damage is noticed.
    pub fn save(&self) -> Vec<u8> {
        let mut bytes = self.state();
        bytes.extend_from_slice(&self.identity);
        let hash = blake3::hash(&bytes);
        bytes.extend_from_slice(hash.as_bytes());
        bytes
    }

    fn state(&self) -> Vec<u8> {
        let snapshot = (
            self.clock().tick,
            self.get::<Traffic>(),
            self.get::<Gate>(),
            &self.get::<Lights>().guards,
            self.get::<Loops>(),
            self.get::<Gridlocks>(),
            self.get::<Tally>(),
            self.get::<Fleet>().found(),
            self.get::<Desk>().controller.save(),
        );
        let mut state = postcard::to_stdvec(&snapshot).expect("plain data can be written");
        let choice = self.get::<Choice>();
        if !choice.is_off() {
            state.extend(postcard::to_stdvec(&choice.known).expect("plain data can be written"));
        }
        let walkers = self.get::<Walkers>();
        if !walkers.is_off() {
            state.extend(postcard::to_stdvec(&Some(walkers)).expect("plain data can be written"));
        }
        let service = self.get::<Service>();
        if !service.is_off() {
            state.extend(postcard::to_stdvec(&service.state).expect("plain data can be written"));
        }
        let sensors = self.get::<Sensors>();
        if !sensors.is_off() {
            state.extend(postcard::to_stdvec(&sensors.state).expect("plain data can be written"));
        }
        if self.get::<Fleet>().on_duty {
            state.extend(postcard::to_stdvec(self.get::<Duty>()).expect("plain data can be written"));
        }
        state
    }

    /// Goes back, or on, to a saved state of the same scenario, seed, step and controller.
    ///
    /// # Errors
    /// When the bytes are not such a state; the run is left as it was.
    pub fn restore(&mut self, state: &[u8]) -> Result<(), RestoreError> {
        let (state, hash) = state.split_last_chunk::<{ blake3::OUT_LEN }>().ok_or(RestoreError)?;
        let (content, identity) = state.split_last_chunk::<{ blake3::OUT_LEN }>().ok_or(RestoreError)?;
        if blake3::hash(state) != *hash || *identity != self.identity {
            return Err(RestoreError);
        }
        let (s, rest) = postcard::take_from_bytes::<Snapshot>(content).map_err(|_| RestoreError)?;
        let (choice, walkers) = (self.get::<Choice>(), self.get::<Walkers>());
        let (known, rest): (Known, &[u8]) = take(rest, choice.is_off())?;
        let (on_foot, rest): (Option<Walkers>, &[u8]) = take(rest, walkers.is_off())?;
        let on_foot = on_foot.unwrap_or_else(|| walkers.clone());
        let (stops, rest): (State, &[u8]) = take(rest, self.get::<Service>().is_off())?;
        let (detectors, rest): (sensors::State, &[u8]) = take(rest, self.get::<Sensors>().is_off())?;
        let (duty, rest): (Duty, &[u8]) = take(rest, !self.get::<Fleet>().on_duty)?;
        let roads = self.get::<Roads>();
        let fits = rest.is_empty()
            && known.fits(&choice.known)
            && on_foot.fits(walkers, self.get())
            && s.traffic.queues.len() == roads.count()
            && s.tally.fits(roads)
            && s.guards.len() == self.get::<Lights>().guards.len()
            && s.gate.next as usize <= self.get::<Fleet>().vehicles.len();
        if !fits {
            return Err(RestoreError);
        }
        let world = self.app.world_mut();
        world.resource_mut::<Clock>().tick = s.tick;
        world.insert_resource(s.traffic);
        world.insert_resource(s.gate);
        world.insert_resource(s.loops);
        world.insert_resource(s.gridlocks);
        world.insert_resource(s.tally);
        world.insert_resource(on_foot);
        world.insert_resource(duty);
        world.resource_mut::<Choice>().known = known;
        let mut sensors = world.resource_mut::<Sensors>();
        if !sensors.is_off() && sensors.restore(detectors) {
            let readings = sensors.state.readings.clone();
            world.resource_mut::<Loops>().readings = readings;
        }
        let mut service = world.resource_mut::<Service>();
        if !service.is_off() {
            service.restore(stops, s.tick);
        }
        world.resource_scope(|world, mut fleet: Mut<'_, Fleet>| {
            fleet.restore_found(&world.resource::<Roads>().network, s.detours);
        });
        world.resource_mut::<Desk>().controller.restore(&s.controller);
        let mut lights = world.resource_mut::<Lights>();
        lights.guards = s.guards;
        lights.refresh();
        world.resource_scope(|world, mut tails: Mut<'_, Tails>| {
            tails.refresh(world.resource::<Roads>(), world.resource::<Traffic>());
        });
        Ok(())
    }

    /// A hash of everything that changes: equal when and only when two runs are bit for bit the same.
    pub fn hash(&self) -> String {
        blake3::hash(&self.state()).to_hex().to_string()
    }

    /// How many vehicles move, and how many wait outside.
    pub fn vehicles(&self) -> (usize, usize) {
        (self.get::<Traffic>().count() + self.get::<Service>().count().0, self.get::<Gate>().waiting())
    }

    /// The vehicles whose footprints touch now, in pairs; there should be none.
    pub fn overlapping(&self) -> Vec<[VehicleId; 2]> {
        let traffic = self.get::<Traffic>();
        let pairs = Monitor::default().overlapping(self.get(), self.get(), traffic, None);
        pairs.iter().map(|pair| pair.map(|(track, i)| traffic.queue(track)[i as usize].vehicle)).collect()
    }

    /// The circles of vehicles that have waited for each other for a minute or more and that nobody can dissolve.
    pub fn gridlocks(&self) -> Vec<Gridlock> {
        let name = |&vehicle: &VehicleId| self.find(vehicle).map_or_else(String::new, |(track, _)| self.place(track));
        let lasting = self.get::<Gridlocks>().lasting(self.now());
        let gridlock = |c: &Circle| Gridlock {
            since: DaySecond(c.since),
            vehicles: c.members.clone(),
            places: c.members.iter().map(name).collect(),
        };
        lasting.map(gridlock).collect()
    }

    /// The row of a moving vehicle and the track it is on.
    fn find(&self, vehicle: VehicleId) -> Option<(Track, &Row)> {
        let traffic = self.get::<Traffic>();
        let rows = traffic.active.iter().flat_map(|&t| traffic.queue(t).iter().map(move |r| (t, r)));
        let roads = self.get::<Roads>();
        let bays = self.get::<Service>().in_bays(roads).map(|(lane, r)| (roads.lane(lane), r));
        rows.chain(bays).find(|(_, r)| r.vehicle == vehicle)
    }

    /// The name of a track.
    fn place(&self, track: Track) -> String {
        let roads = self.get::<Roads>();
        match roads.kind(track) {
            Kind::Lane(lane) => roads.network.lane_name(lane),
            Kind::Movement(m) => roads.network.movement_name(m),
        }
    }

    /// What is known about a moving vehicle, in words, for reports of faults.
    pub fn describe(&self, vehicle: VehicleId) -> String {
        let Some((track, row)) = self.find(vehicle) else { return format!("vehicle {} is not moving", vehicle.0) };
        let (roads, place) = (self.get::<Roads>(), self.place(track));
        let held = self.get::<Standing>().reason(vehicle).map_or_else(|| "nothing".to_owned(), |by| format!("{by:?}"));
        let next = row.next.map_or_else(|| "nowhere".to_owned(), |m| roads.network.movement_name(m));
        format!(
            "vehicle {} ({:.1} m) on {place}, {:.2} m of {:.2} m at {:.2} m/s, next {next}, held up by {held}, flags {:08b}",
            vehicle.0,
            row.length,
            row.position,
            roads.length(track),
            row.speed,
            row.flags
        )
    }

    /// How many vehicles wait to enter each link, where any do.
    pub fn waiting_outside(&self) -> Vec<(LinkId, usize)> {
        self.get::<Gate>().waiting.iter().map(|(&link, queue)| (link, queue.len())).collect()
    }

    /// Everything there is to draw now.
    pub fn frame(&self) -> Frame {
        let (roads, fleet, traffic) = (self.get::<Roads>(), self.get::<Fleet>(), self.get::<Traffic>());
        let rows = traffic.active.iter().flat_map(|&t| traffic.queue(t).iter().map(move |r| (t, r, 0.0)));
        let bays = self.get::<Service>().in_bays(roads).map(|(lane, r)| (roads.lane(lane), r, BAY_OFFSET));
        let vehicles = rows.chain(bays).map(|(track, row, aside)| {
            let print = footprint(roads, fleet, row, track);
            // To the right of the direction of travel.
            let shifted = |p: Point| match aside {
                0.0 => p,
                _ => Pose { at: p, heading: (maths::cos(print.angle), maths::sin(print.angle)) }.offset(0.0, -aside),
            };
            DrawnVehicle {
                vehicle: row.vehicle,
                class: fleet.types[row.kind].class,
                centre: shifted(print.centre),
                front: shifted(place_on(roads, row, track, row.position)),
                angle: print.angle,
                length: print.length,
                width: print.width,
                speed: row.speed,
                acceleration: row.acceleration,
                link: match roads.kind(track) {
                    Kind::Lane(l) => roads.network.lanes[l].link,
                    Kind::Movement(m) => roads.network.lanes[roads.way(m).from].link,
                },
                position: match roads.kind(track) {
                    Kind::Lane(_) => row.position,
                    Kind::Movement(m) => roads.length(roads.lane(roads.way(m).from)) + row.position,
                },
            }
        });
        let people = self.get::<Walkers>().seen(&roads.network, self.get(), &roads.crossings).map(|s| DrawnPerson {
            at: s.at,
            crossing: roads.crossings.all[s.crossing].id,
            waits: s.waits,
        });
        let shown = self.get::<Lights>().shown.clone();
        Frame { now: self.now(), vehicles: vehicles.collect(), people: people.collect(), shown }
    }
}

/// The next part of a saved state and what follows it; nothing is there of what is off.
fn take<'a, T: Default + Deserialize<'a>>(bytes: &'a [u8], off: bool) -> Result<(T, &'a [u8]), RestoreError> {
    if off { Ok((T::default(), bytes)) } else { postcard::take_from_bytes(bytes).map_err(|_| RestoreError) }
}

/// A hash of what makes a run the one it is, its controller aside: seed, step and period, roads, vehicles and people.
fn identity(clock: &Clock, roads: &Roads, fleet: &Fleet, comers: &Comers, scenario: &Scenario) -> [u8; blake3::OUT_LEN] {
    let routes: Vec<&[LinkId]> = fleet.routes.iter().map(|r| &*r.links).collect();
    let vehicles: Vec<_> = fleet.vehicles.iter().map(|v| (v.kind, v.route, v.due, v.speed_factor)).collect();
    let kind = |t: &VehicleType| {
        let f = &t.following;
        let numbers = [f.acceleration, f.deceleration].map(Acceleration::get);
        (t.class as u8, t.length.get(), t.width.get(), numbers, f.time_gap.get(), f.model == FollowingModel::Krauss)
    };
    let types: Vec<_> = fleet.types.iter().map(kind).collect();
    let period = (clock.seed, clock.step.per_second(), clock.start.0, clock.begin.0);
    let choice = scenario.demand.choice;
    let choice = (choice.informed_share, choice.rerouting_share, choice.min_gain.get());
    let people: Vec<_> = comers.0.iter().map(|c| (c.due, c.crossing, c.backward, c.speed)).collect();
    let crossing = |c: &Crossing| {
        let cuts = c.cuts.iter().map(|cut| [cut.from, cut.to, cut.near, cut.far].map(Length::get));
        (c.width.get(), cuts.collect::<Vec<_>>())
    };
    let people = (people, roads.network.crossings.iter().map(crossing).collect::<Vec<_>>());
    let stops: Vec<_> = roads.network.stops.iter().map(|s| (s.lane, s.position.get(), s.length.get(), s.bay)).collect();
    let halts: Vec<_> = fleet.routes.iter().filter_map(|r| r.halt).map(|h| (h.stop, h.leg, h.left)).collect();
    let call = |c: &Call| (c.dwell.mean.get(), c.dwell.deviation.get(), c.not_before.map(Span::get));
    let calls: Vec<Vec<_>> = fleet.timetables.iter().map(|t| t.iter().map(call).collect()).collect();
    let detectors: Vec<_> = roads.network.detectors.iter().map(|d| (d.kind, d.lane, d.position.get(), d.length.get())).collect();
    let faults: Vec<_> = scenario.detector_faults.iter().map(|f| (f.detector, f.kind, f.from.get(), f.to.get())).collect();
    let choice = (choice, people, stops, halts, calls, detectors, faults);
    let all = (period, &roads.length, &roads.limit, routes, vehicles, types, choice);
    *blake3::hash(&postcard::to_stdvec(&all).expect("plain data can be written")).as_bytes()
}

/// What there is to draw at one moment.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Seconds of the day.
    pub now: f64,
    /// Every moving vehicle, by track and from front to back.
    pub vehicles: Vec<DrawnVehicle>,
    /// Everyone on foot at crossings with walking demand, crossing by crossing.
    pub people: Vec<DrawnPerson>,
    /// What every signal group shows.
    pub shown: IdVec<SignalId, IdVec<GroupId, Aspect>>,
}

/// Somebody on foot to draw. Nobody is told apart: the order says nothing from one moment to the next.
#[derive(Debug, Clone, Copy)]
pub struct DrawnPerson {
    /// Where they are.
    pub at: Point,
    /// The crossing they are at.
    pub crossing: CrossingId,
    /// Whether they wait at the kerb.
    pub waits: bool,
}

/// A vehicle to draw.
#[derive(Debug, Clone, Copy)]
pub struct DrawnVehicle {
    /// Which vehicle of the run.
    pub vehicle: VehicleId,
    /// Its class.
    pub class: VehicleClass,
    /// Centre of its footprint.
    pub centre: Point,
    /// Middle of its front bumper.
    pub front: Point,
    /// Direction in radians, anticlockwise from east.
    pub angle: f64,
    /// In metres.
    pub length: f64,
    /// In metres.
    pub width: f64,
    /// In m/s.
    pub speed: f64,
    /// In m/s².
    pub acceleration: f64,
    /// The link it is on, or came from when it is on an intersection.
    pub link: LinkId,
    /// Front bumper from the start of that link, in metres; beyond its end on an intersection.
    pub position: f64,
}

fn plugin(app: &mut App) {
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
                Pass::Perceive,
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
            walk_pass.in_set(Pass::Walk),
            depart_pass.in_set(Pass::Depart),
            perceive_pass.in_set(Pass::Perceive),
            decide_pass.in_set(Pass::Decide),
            watch_pass.in_set(Pass::Watch),
            move_pass.in_set(Pass::Move),
            measure_pass.in_set(Pass::Measure),
        ),
    );
}

/// What a pass sees of the traffic.
#[derive(bevy_ecs::system::SystemParam)]
struct View<'w> {
    roads: Res<'w, Roads>,
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

fn detect_pass(view: View<'_>, mut loops: ResMut<'_, Loops>, mut sensors: ResMut<'_, Sensors>) {
    let clock = &view.clock;
    let measured = clock.now() > f64::from(clock.begin.0);
    let ended = Ended { dt: clock.dt(), second: clock.begins_second(), measured };
    loops.detect(&view.roads, &view.fleet, &view.traffic, ended);
    if !sensors.is_off() {
        sensors.detect(&view.roads, &view.fleet, &view.traffic, &mut loops, ended, clock.now());
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

fn depart_pass(mut m: Entered<'_>, mut gate: ResMut<'_, Gate>, mut entries: ResMut<'_, Entries>, clock: Res<'_, Clock>) {
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
    if !m.choice.is_off() {
        let Entered { roads, fleet, traffic, choice, .. } = &mut m;
        choice.entered(roads, fleet, traffic, &entries);
        if clock.begins_second() {
            choice.watch(roads, fleet, traffic, clock.day_second().0);
        }
    }
    if clock.begins_second() {
        gate.detours += take_other_ways(&m.roads, &mut m.fleet, &mut m.traffic);
    }
}

fn perceive_pass(
    view: View<'_>,
    on_foot: Res<'_, OnFoot>,
    service: Res<'_, Service>,
    mut seen: ResMut<'_, Perceptions>,
    mut claims: ResMut<'_, ClaimTable>,
    pool: Res<'_, Pool>,
) {
    let scene = view.scene(&on_foot);
    perceive(&scene, &mut seen, &mut claims, pool.0.as_ref());
    if !service.is_off() {
        see_stops(&scene, &service, &mut seen);
    }
}

fn decide_pass(
    view: View<'_>,
    on_foot: Res<'_, OnFoot>,
    seen: Res<'_, Perceptions>,
    claims: Res<'_, ClaimTable>,
    mut decisions: ResMut<'_, Decisions>,
    pool: Res<'_, Pool>,
) {
    decide(&view.scene(&on_foot), &seen, &claims, &mut decisions, view.clock.begins_second(), pool.0.as_ref());
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
    roads: Res<'w, Roads>,
    fleet: ResMut<'w, Fleet>,
    lights: Res<'w, Lights>,
    traffic: ResMut<'w, Traffic>,
    tails: Res<'w, Tails>,
    on_foot: Res<'w, OnFoot>,
    choice: ResMut<'w, Choice>,
}

/// What the move pass reads and writes.
#[derive(bevy_ecs::system::SystemParam)]
struct Moved<'w> {
    roads: Res<'w, Roads>,
    fleet: Res<'w, Fleet>,
    lights: Res<'w, Lights>,
    on_foot: Res<'w, OnFoot>,
    traffic: ResMut<'w, Traffic>,
    tails: ResMut<'w, Tails>,
    events: ResMut<'w, Events>,
    service: ResMut<'w, Service>,
}

fn move_pass(mut moved: Moved<'_>, decisions: Res<'_, Decisions>, mut clock: ResMut<'_, Clock>, pool: Res<'_, Pool>) {
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
    roads: Res<'w, Roads>,
    fleet: Res<'w, Fleet>,
    traffic: Res<'w, Traffic>,
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
    clock: Res<'w, Clock>,
}

fn measure_pass(mut m: Measured<'_>) {
    m.duty.red_passages += u64::from(m.events.red_passages);
    let dt = m.clock.dt();
    let service = (!m.service.is_off()).then_some(&*m.service);
    let happened = Happened { events: &m.events, entries: &m.entries };
    let seen = Seen { roads: &m.roads, fleet: &m.fleet, traffic: &m.traffic, service, dt };
    m.tally.measure(&seen, &happened, m.clock.now() - dt, m.pool.0.as_ref());
    if m.monitored.0 && m.clock.begins_second() {
        let pairs = m.monitor.overlapping(&m.roads, &m.fleet, &m.traffic, m.pool.0.as_ref());
        m.tally.overlaps += pairs.len() as u64;
        let people = m.walkers.seen(&m.roads.network, &m.comers, &m.roads.crossings);
        m.tally.overlaps += m.monitor.count_touched(people);
    }
}
