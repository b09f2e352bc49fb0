//! NTCIP 1202 v02 over SNMP, both ends: a port to controllers, and virtual controllers.
//!
//! A plan is mapped onto the pattern and the split of its number; [`Ring`] says how, and what that means. What is set goes
//! into a transaction, is verified by the controller, committed and read back; then systemPatternControl says what runs.
//! Nothing else is ever set: timings of phases, sequences, channels and modes are read and compared.
//!
//! # Second 0
//!
//! NTCIP counts offsets from midnight of the controller's own clock, or so many minutes after it, and plans here count from
//! second 0 of 1970, UTC. The port converts, by the clock of the controller. A cycle that does not go into a day would be
//! counted anew every midnight, so a plan with one is refused.
//!
//! # What the virtual controller is
//!
//! [`Asc`] is a fixed-time controller: it has no detectors, no free actuated operation and no preemption. Free means that it
//! plays the plan as supplied by its own clock. Sources: NTCIP 1202 v02.18 and 1201 v02.27, lists of objects.

mod asc;
mod database;
mod facts;
mod names;
mod port;
mod ring;
mod session;
mod status;
mod tables;
mod timebase;
mod verify;

pub use asc::Asc;
pub use port::NtcipPort;
pub use ring::{MOST_STAGES, Pattern, Ring, Timing};
pub use session::Datagrams;
