//! The simulation as its users see it.

mod frame;
mod schedule;
mod snapshot;

pub use frame::{DrawnPerson, DrawnVehicle, Frame};
pub use schedule::Pass;
pub use snapshot::RestoreError;

use crate::choice::Choice;
use crate::claims::ClaimTable;
use crate::decide::Decisions;
use crate::depart::{Entries, Gate};
use crate::detect::Loops;
use crate::emergency::Duty;
use crate::fleet::Fleet;
use crate::gridlock::{Circle, Gridlock, Gridlocks, Standing};
use crate::ground::{Ground, SharedRoads};
use crate::lights::{Desk, Lights};
use crate::measure::{Measures, Now, Tally};
use crate::moving::Events;
use crate::on_foot::OnFoot;
use crate::overlap::{self, Monitor, Place};
use crate::quality::{Observed, Observer, Quality};
use crate::random::Chance;
use crate::roads::{Kind, Roads, Track};
use crate::sensors::Sensors;
use crate::service::{Service, StopMeasures};
use crate::traffic::{Row, Tails, Traffic};
use crate::walking::{Comers, Walkers};
use crate::works::{RoadworksToll, WentThrough, Works};
use bevy_app::App;
use bevy_ecs::prelude::*;
use model::control::{Controller, Reading};
use model::id::{CrossingId, DetectorId, GroupId, IdVec, LinkId, MovementId, PushButtonId, SignalId, StopId, VehicleId};
use model::roadworks::Roadwork;
use model::scenario::{PlanSet, Scenario};
use model::signal::Aspect;
use model::time::{DaySecond, Step, Tick};
use model::vehicle::FollowingModel;
use schedule::StepSchedule;

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

    /// The last second of the day that has begun in a step before this one, or before the first.
    fn last_second(self) -> f64 {
        let before = Self { tick: Tick(self.tick.0.saturating_sub(1)), ..self };
        if self.tick.0 == 0 { -1.0 } else { f64::from(before.day_second().0) }
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

impl Simulation {
    /// A run of a scenario, at its first second. The signals have been playing `initial` before.
    pub fn new(scenario: &Scenario, controller: Box<dyn Controller>, initial: Option<&PlanSet>, options: Options) -> Self {
        Self::on(&Ground::new(scenario), scenario, controller, initial, options)
    }

    /// The same on ground that is there already.
    ///
    /// # Panics
    /// When the ground is that of another network.
    pub fn on(
        ground: &Ground,
        scenario: &Scenario,
        controller: Box<dyn Controller>,
        initial: Option<&PlanSet>,
        options: Options,
    ) -> Self {
        assert!(ground.bears(scenario), "the ground is that of another network");
        let mut app = App::empty();
        let roads = ground.roads().clone();
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
        let monitor = if options.monitor { Monitor::new(ground.around()) } else { Monitor::default() };
        let choice = Choice::new(scenario.demand.choice, options.seed, &roads);
        let comers = Comers::new(scenario, &roads.crossings, options.seed);
        let walkers = Walkers::new(&roads.network, &roads.crossings);
        let on_foot = !walkers.is_off();
        let identity = snapshot::identity(&clock, &roads, &fleet, &comers, scenario);
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
            .insert_resource(monitor)
            .insert_resource(choice)
            .insert_resource(comers)
            .insert_resource(walkers)
            .insert_resource(Works::new(&scenario.roadworks))
            .insert_resource(roads)
            .insert_resource(clock)
            .insert_resource(Pool(pool))
            .insert_resource(Monitored(options.monitor))
            .init_resource::<Gate>()
            .init_resource::<Entries>()
            .init_resource::<Decisions>()
            .init_resource::<Gridlocks>()
            .init_resource::<Standing>()
            .init_resource::<OnFoot>()
            .init_resource::<Duty>()
            .init_resource::<WentThrough>()
            .init_resource::<Observed>()
            .init_resource::<Events>();
        schedule::plugin(&mut app, on_foot);
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

    /// The end of the scenario, in seconds of the day.
    pub fn end_s(&self) -> f64 {
        f64::from(self.end.0)
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

    fn roads(&self) -> &Roads {
        self.get::<SharedRoads>()
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
            barred: &self.get::<Works>().toll.barred,
        })
    }

    /// Time lost on each link and in the movements that leave it, in vehicle seconds.
    pub fn link_delay(&self) -> IdVec<LinkId, f64> {
        self.get::<Tally>().link_loss(self.roads())
    }

    /// Carbon dioxide emitted on each link and in the movements that leave it, in grams.
    pub fn link_co2(&self) -> IdVec<LinkId, f64> {
        self.get::<Tally>().link_co2(self.roads())
    }

    /// What every signal group shows.
    pub fn shown(&self) -> &IdVec<SignalId, IdVec<GroupId, Aspect>> {
        &self.get::<Lights>().shown
    }

    /// Vehicles that left each link.
    pub fn link_flow(&self) -> &IdVec<LinkId, u32> {
        &self.get::<Tally>().link_flow
    }

    /// Time lost of those who take each movement, on it and on the lane before it, in vehicle seconds.
    pub fn movement_delay(&self) -> IdVec<MovementId, f64> {
        self.get::<Tally>().movement_loss(self.roads())
    }

    /// What has happened at each stop since the measured period began.
    pub fn stop_measures(&self) -> &IdVec<StopId, StopMeasures> {
        self.get::<Service>().measures()
    }

    /// From now on has other roadworks. What they close must be what those before closed, up to now; a moment before may be gone
    /// back to first ([`Simulation::restore`]).
    pub fn set_roadworks(&mut self, roadworks: &[Roadwork]) {
        let second = self.clock().last_second();
        self.app.world_mut().resource_mut::<Works>().change(roadworks, second);
    }

    /// What roadworks have done to the traffic up to now; `None` where the scenario has none.
    pub fn roadworks_toll(&self) -> Option<RoadworksToll> {
        let works = self.get::<Works>();
        works.is_kept().then(|| works.read(self.get(), self.get()))
    }

    /// From now on observes the quality of service. Traffic and hash stay what they are; a step takes longer.
    pub fn observe_quality(&mut self) {
        let observer = Observer::new(self.roads(), self.get());
        self.app.world_mut().insert_resource(Observed(Some(observer)));
    }

    /// The quality of service up to now; `None` where it is not observed.
    pub fn quality(&self) -> Option<Quality> {
        let counted_from = f64::from(self.clock().begin.0);
        self.get::<Observed>().0.as_ref().map(|o| o.read(self.roads(), self.get(), self.get(), counted_from))
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

    /// How many vehicles move, and how many wait outside.
    pub fn vehicles(&self) -> (usize, usize) {
        (self.get::<Traffic>().count() + self.get::<Service>().count().0, self.get::<Gate>().waiting())
    }

    /// The vehicles whose footprints touch now, in pairs; there should be none.
    pub fn overlapping(&self) -> Vec<[VehicleId; 2]> {
        let view = self.footprints();
        let pairs = Monitor::default().overlapping(&view);
        pairs.iter().map(|pair| pair.map(|(track, i)| view.traffic.queue(track)[i as usize].vehicle)).collect()
    }

    fn footprints(&self) -> overlap::Seen<'_> {
        overlap::Seen { roads: self.roads(), fleet: self.get(), traffic: self.get(), tails: self.get() }
    }

    /// People on foot on the road whom a vehicle touches now, each by the crossing and the vehicle; there should be none.
    pub fn hit_on_foot(&self) -> Vec<(CrossingId, VehicleId)> {
        let (view, mut monitor) = (self.footprints(), Monitor::default());
        monitor.overlapping(&view);
        let overlap::Seen { roads, traffic, .. } = view;
        let people = self.get::<Walkers>().seen(&roads.network, self.get(), &roads.crossings);
        let named =
            |(crossing, (track, i)): (usize, Place)| (roads.crossings.all[crossing].id, traffic.queue(track)[i as usize].vehicle);
        monitor.touched(people).map(named).collect()
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
        let roads = self.roads();
        let bays = self.get::<Service>().in_bays(roads).map(|(lane, r)| (roads.lane(lane), r));
        rows.chain(bays).find(|(_, r)| r.vehicle == vehicle)
    }

    /// The name of a track.
    fn place(&self, track: Track) -> String {
        let roads = self.roads();
        match roads.kind(track) {
            Kind::Lane(lane) => roads.network.lane_name(lane),
            Kind::Movement(m) => roads.network.movement_name(m),
        }
    }

    /// What is known about a moving vehicle, in words, for reports of faults.
    pub fn describe(&self, vehicle: VehicleId) -> String {
        let Some((track, row)) = self.find(vehicle) else { return format!("vehicle {} is not moving", vehicle.0) };
        let (roads, place) = (self.roads(), self.place(track));
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
}
