//! What a rollout would change, and what forbids it.

use super::journal::Before;
use super::side::{LOST, side_by_side};
use super::{Demands, Station};
use crate::port::{Device, Port};
use std::fmt;

/// What one controller runs, and what it is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The controller.
    pub site: String,
    /// Both.
    pub before: Before,
}

/// Why nothing is sent to a controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The controller.
    pub site: String,
    /// Why.
    pub why: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.site, self.why)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Before { plan, number, setting: old, wanted: new, .. } = &self.before;
        write!(f, "{}: plan {plan} runs; plan {number}: cycle {} -> {} s", self.site, old.cycle_s, new.cycle_s)?;
        write!(f, ", offset {} -> {} s", old.offset_s, new.offset_s)?;
        if old.bands_s != new.bands_s {
            write!(f, ", bands {:?} -> {:?}", old.bands_s, new.bands_s)?;
        }
        Ok(())
    }
}

/// Reads all controllers side by side, and compares. Nothing is sent but questions; the answers are in the order of the stations.
pub fn compare<P: Port>(stations: &mut [Station<P>], demands: &Demands) -> (Vec<Difference>, Vec<Refusal>) {
    let judged = side_by_side(stations, |station| {
        let device = station.port.read().map_err(|error| error.to_string())?;
        judge(station, &device, demands)
    });
    let (mut differences, mut refusals) = (Vec::new(), Vec::new());
    for (station, judged) in stations.iter().zip(judged) {
        let site = station.port.site().to_owned();
        match judged.unwrap_or_else(|| Err(LOST.into())) {
            Ok(before) => differences.push(Difference { site, before }),
            Err(why) => refusals.push(Refusal { site, why }),
        }
    }
    (differences, refusals)
}

fn judge<P: Port>(station: &Station<P>, device: &Device, demands: &Demands) -> Result<Before, String> {
    if device.skew_ms > demands.skew_ms {
        return Err(format!("its clock is {} ms off, allowed are {} ms", device.skew_ms, demands.skew_ms));
    }
    if device.checksum != station.checksum {
        let (read, wanted) = (&device.checksum, &station.checksum);
        return Err(format!("the checksum of its safety data and plans is {read}, but {wanted} was approved"));
    }
    if !device.in_control {
        return Err("it does not play plans now".into());
    }
    let mut reasons = Vec::new();
    for &number in station.numbers.iter().filter(|n| **n != device.plan) {
        match (station.port.fit(number, &station.plan), device.settings.get(&number)) {
            (Ok(wanted), Some(setting)) => {
                let (plan, is_own_choice) = (device.plan, device.is_own_choice);
                return Ok(Before { plan, is_own_choice, number, setting: setting.clone(), wanted });
            }
            (Ok(_), None) => reasons.push(format!("plan {number} is not there")),
            (Err(error), _) => reasons.push(format!("plan {number}: {error}")),
        }
    }
    if reasons.is_empty() {
        reasons.push("it holds no plan but the one that runs".into());
    }
    Err(format!("no plan of it can be made the new one: {}", reasons.join("; ")))
}

/// Whether a controller is as it was.
pub(super) fn is_back(device: &Device, before: &Before) -> bool {
    device.plan == before.plan && device.settings.get(&before.number).is_some_and(|s| s.is_same(&before.setting))
}
