//! NTCIP 1202 v02 over SNMP, both ends.
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
