//! Scenarios by plans by seeds: runs side by side, paired comparison, refinement in simulation, reports.
//!
//! This is the one place where simulation and controllers meet. Runs are spread over threads; what comes out depends
//! on scenario, plan and seed alone.
//!
//! # Accuracy
//!
//! Intervals are two-sided 95 % intervals of Student's t distribution over paired differences: the same seed brings the
//! same vehicles and drivers under each plan. They speak of chance in the simulation, not of how true it is.

mod bands;
mod corridor;
mod flows;
mod optimise;
pub mod passages;
mod paths;
mod quality;
pub mod report;
mod runs;
mod saturation;
pub mod space_time;
mod statistics;
mod streams;
pub mod validation;
mod waves;

pub use corridor::{Route, Stop, Way};
pub use flows::group_flows;
pub use optimise::{
    Effort, Evaluated, FrontPoint, NoObjective, Objective, OptimiseError, Optimised, Progress, front, optimise,
    search_and_climb_in_model,
};
pub use quality::{Level, Queue, Served, TrafficStream, highest_degree, longest_red_s, queue, served, traffic_streams};
pub use runs::{BarredRecord, RoadworksRecord, RunResult, Runs, Setup, StopRecord, day_plan, run_all, run_day, run_one};
pub use saturation::{ApproachSaturation, LaneDegree, fullest_lanes, lane_degrees, saturation};
pub use statistics::{Interval, Measure, Paired, compare, interval};
pub use streams::{StreamModel, platoon_model};
pub use waves::{CorridorWave, Section};
