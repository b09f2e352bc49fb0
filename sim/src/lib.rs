//! Headless agent simulation of road traffic and people at crossings, second by second, the same bits on every machine.
//!
//! ```no_run
//! use model::control::FixedTime;
//! use sim::{Options, Simulation};
//!
//! let scenario = model::scenario::load("scenarios/dortmund-wall".as_ref())?;
//! let plan = scenario.plan(None).expect("the scenario has signals");
//! let controller = Box::new(FixedTime::new(plan.plans.clone()));
//! let mut run = Simulation::new(&scenario, controller, Some(plan), Options::default());
//! run.run();
//! println!("{:.1} s of delay per vehicle", run.measures().delay_s);
//! # Ok::<(), model::scenario::Faults>(())
//! ```
//!
//! Vehicles are rows in the queue of their lane or movement, front to back; the leader is the row before. A step is a
//! chain of passes ([`Pass`]), each reading what earlier ones wrote. Which state is written by which pass:
//!
//! | state | written by |
//! |---|---|
//! | detector readings, faults of detectors included | Detect |
//! | wishes of the controller | Control |
//! | what signals show | Signal |
//! | stop lines crossed at red by emergency vehicles | Measure |
//! | people on foot, requests of push buttons, their waiting times; which cuts of crossings they hold or want | Walk |
//! | who waits outside, rows of those who enter, new ways of the stranded and of those who know the times of links | Depart |
//! | which roadworks are in force, ways past them, who has none | Depart |
//! | claims on conflict areas, accelerations, wishes to change lanes | Decide |
//! | circles of vehicles that wait for each other, who insists | Watch |
//! | calls at stops, who is in which bay; how often somebody has come on to a closed lane | Move |
//! | positions, speeds, lanes, whether a vehicle has rolled since it last stood, the clock | Move |
//! | sums; quality of service by movement, crossing and approach, where it is observed | Measure |
//!
//! A run is a function of scenario, controller and seed: threads, viewer, machine and saved states do not enter, and
//! [`Simulation::hash`] proves it.
//!
//! # Accuracy
//!
//! People on foot are simulated at crossings with walking demand only, and anonymous: they appear at one kerb and are gone
//! at the other. They do not get in each other's way, keep their pace, obey red, and never walk between standing vehicles.
//! Drivers wait before a crossing on which they would have to stand (`keep_clear`); whoever has come on to it before
//! traffic ahead stopped, or before a light beyond it turned red, stands on it all the same, and people wait. Right turns
//! beside them have a saturation flow within 0.12 of the factor of HCM 2010, ch. 31, on the low side (`tests/walking.rs`
//! prints both). On cycle lanes, which are lanes for bicycles alone, cyclists are let pass by those who turn off beside
//! them. On any other lane that is 3.2 m wide or more they ride at the right edge and others at the left (`sides`,
//! `abreast`): cyclists pass waiting cars there, at 10 km/h and up to the stop line (both assumed), and are passed where
//! 1.5 m are left between, which takes a lane of 4.4 m for a car. On narrower lanes a cyclist is in the middle and nobody
//! passes. On intersections everybody is in single file: a stop line is crossed in the order of the fronts, each when the
//! one before has left it. Nobody swerves: the side of the lane is a matter of the type of vehicle. Cyclists do not ride or
//! wait side by side, not in an area of their own either, and do not pass buses, trams, or what is too wide. They ride at
//! 20 km/h where they can (assumed; type by type in the demand). Where two lanes become one, full lanes alternate (`zip`);
//! 1490 vehicles an hour pass where a lane ends and 1330 to 1400 where it is led over, where HCM 2010 has 1400 for work
//! zones; with the model of Krauss it is 2090 and 1580 to 1600 (`tests/merging.rs` prints them). Roadworks close whole lanes
//! (`works`): a lane that leads into a closed one ends at its stop line, where the barrier stands: 1490 vehicles an hour
//! pass, from both lanes in turn, and half of those who change do so in the last 32 m. A turn that leads into closed lanes alone is closed too. Changes of lane take no
//! time, nor does pulling into a bay. Passengers are not simulated: dwell times are drawn. Halts at stops count among the
//! stops of a vehicle, but not as delay. Cars may pass a tram at its stop on another lane, whoever gets off there; a
//! vehicle that has to leave its way because it cannot change lanes leaves out the stops that remain. Emergency vehicles
//! are let pass at intersections and cross stop lines at red (`emergency`); vehicles ahead of them change lanes where
//! another leads on, but no queue at a red light opens for them, nobody pulls over within a lane, and people on foot walk
//! on. Pairs of movements that come closer than the corridor width exclude each other, which is a little wary for narrow
//! cars and a little bold for long vehicles in tight bends.
//!
//! Drivers at one intersection see nothing of the next one but who stands across it: whoever gives way reckons with that
//! (`right_of_way`), and keeps a second more from those who come over another intersection first (assumed). A jam can still
//! close a ring of streets, each full to the junction that the next begins at; the run names the circle.
//!
//! In six of ten thousand random towns (`tests/towns.rs`) two vehicles touch, most of them lorries and buses: where one
//! insists beside a long one that waits in the same turn, and where long ones turn within 12 m behind each other. Nobody
//! brakes harder than the vehicle can, and nobody on foot is touched in any of them. Turns back in less than 10 m, bends
//! that leave a lane by several widths, and stop lines within the way of others are driven as they are drawn, and vehicles
//! may touch there.

#![expect(clippy::needless_pass_by_value, reason = "systems take their parameters by value")]

mod abreast;
mod arrivals;
mod choice;
mod claims;
mod crossings;
mod decide;
mod depart;
mod detect;
mod emergency;
mod emissions;
mod emissions_reference;
mod fleet;
mod following;
mod gridlock;
mod ground;
mod keep_clear;
mod lanes;
mod lights;
mod measure;
mod merges;
mod moving;
mod on_foot;
mod overlap;
mod perceive;
mod quality;
mod quiet;
mod random;
mod right_of_way;
mod roads;
mod sensors;
mod service;
mod sides;
mod simulation;
mod stops;
mod traffic;
mod walking;
mod works;
mod zip;

pub use emissions_reference::{Agreement, emissions_agreement};
pub use gridlock::Gridlock;
pub use ground::Ground;
pub use measure::Measures;
pub use quality::{ApproachQuality, CrossingQuality, MovementQuality, Quality};
pub use service::StopMeasures;
pub use simulation::{DrawnPerson, DrawnVehicle, Frame, Options, Pass, RestoreError, Simulation};
pub use works::{Barred, RoadworksToll};
