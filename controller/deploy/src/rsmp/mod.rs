//! RSMP, the Roadside Message Protocol: core 3.1.2 to 3.3.0 with the signal exchange list of traffic light controllers 1.2.1
//! and 1.3.0.
//!
//! Source: rsmp-nordic, specification of the core 3.2.2 and 3.3.0, and of `rsmp_sxl_traffic_lights` 1.2.1 and 1.3.0.

mod bodies;
pub mod frame;
mod ids;
mod link;
pub mod message;
mod port;
pub mod tables;
mod versions;

pub use link::{Down, Event, Link, LinkSetup, Peer, Role};
pub use port::{Coordination, Forecast, Heard, Listener, PriorityRequest, RsmpPort, Wire};
pub use versions::{Core, TlcList};
