//! The checksum of what a controller holds and nobody sets over a protocol: safety data and plans as supplied.

use model::signal::{SafePlan, Signal};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The plans that a controller holds, by number.
pub type Held = BTreeMap<u8, SafePlan>;

/// The checksum of a controller's safety data and of the plans that it holds: groups with amber, red-amber, minimum green and
/// minimum red, grades, intergreens, and the greens of every plan; 16 hexadecimal digits of BLAKE3.
///
/// The virtual controllers report it in S0097. How those of a maker compute theirs is the maker's; then the file of targets
/// names the value that was approved.
pub fn checksum(signal: &Signal, held: &Held) -> String {
    blake3::hash(configuration(signal, held).as_bytes()).to_hex()[..16].to_owned()
}

/// What the checksum is of, as text.
pub(crate) fn configuration(signal: &Signal, held: &Held) -> String {
    let mut text = String::new();
    for (id, g) in signal.groups.enumerate() {
        let _ = writeln!(text, "{} {:?} {} {} {} {}", g.name, g.kind, g.amber.0, g.red_amber.0, g.min_green.0, g.min_red.0);
        for other in signal.groups.ids() {
            let _ = write!(text, "{:?} {:?};", signal.grades[(id, other)], signal.intergreens[(id, other)].map(|z| z.0));
        }
    }
    for (number, plan) in held {
        let _ = writeln!(text, "{number} {}", plan.cycle().0);
        for greens in &plan.plan().greens {
            for green in greens {
                let _ = write!(text, "{}+{},", green.start.0, green.duration.0);
            }
        }
    }
    text
}
