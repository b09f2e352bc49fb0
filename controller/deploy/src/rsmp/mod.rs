//! RSMP, the Roadside Message Protocol: core 3.1.5 to 3.2.2 with the signal exchange list of traffic light controllers 1.2.1.
//!
//! Source: rsmp-nordic, specification of the core 3.2.2 and of `rsmp_sxl_traffic_lights` 1.2.1.

pub mod frame;
mod ids;
mod link;
pub mod message;
mod port;
mod versions;

pub use link::{Down, Event, Link, LinkSetup, Role};
pub use port::{RsmpPort, Wire};
pub use versions::{Core, TLC_LIST};
