//! Spoilt bytes, many of them: no panic, bounded answers, bounded time and memory.
//!
//! `AMPEL_CASES=10000000 cargo test -p deploy --test fuzz -- --nocapture` measures; without, 20,000 of each are tried. What is spoilt
//! is in `tests/corpus`, and comes first as it is; what once did harm is added there.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod ber;
#[path = "../dice/mod.rs"]
mod dice;
mod its;
mod snmp;
mod trial;
