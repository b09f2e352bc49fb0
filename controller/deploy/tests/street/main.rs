//! Controllers and supervisors without a network: what they say to each other, and what comes of it.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test stops at the first surprise, and says what it measured")]

mod any_bytes;
mod common;
mod desk;
#[path = "../dice/mod.rs"]
mod dice;
mod effects;
mod fuzz;
mod live;
mod rollout;
mod schemas;
mod site;
