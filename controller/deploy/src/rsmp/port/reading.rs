//! What values of statuses mean.

use crate::port::{Picture, PortError};
use crate::rsmp::message::StatusReport;
use crate::setting::{MOST_BANDS, Setting};
use std::collections::BTreeMap;

/// What a report of S0001 shows; `None` when it is about something else, or from a time without a connection.
pub(super) fn read_picture(report: &StatusReport, groups: usize) -> Result<Option<Picture>, PortError> {
    let found = report.values.iter().find(|s| s.code == "S0001" && s.name == "signalgroupstatus" && s.quality == "recent");
    let Some(text) = found.and_then(|s| s.value.as_str()) else { return Ok(None) };
    let at = report.at.parse().map_err(|e| PortError::Answer(format!("has the time \"{}\", {e}", report.at)))?;
    // Source: TLC 1.2.1, S0001: 1 to 9 are kinds of green, 0 is red-amber.
    let greens: Vec<bool> = text.bytes().map(|c| matches!(c, b'1'..=b'9')).collect();
    if greens.len() != groups {
        return Err(PortError::Answer(format!("shows {} groups, the signal has {groups}", greens.len())));
    }
    Ok(Some(Picture { at, greens }))
}

/// What is set of each plan, from lists of plans, bands, offsets and cycles.
pub(super) fn read_settings(values: &BTreeMap<String, String>) -> Result<BTreeMap<u8, Setting>, PortError> {
    let numbers = |name: &str, count: usize| -> Result<Vec<Vec<u16>>, PortError> {
        let text = values.get(name).map_or("", String::as_str);
        let fault = || PortError::Answer(format!("has \"{text}\" as {name}"));
        let entry = |entry: &str| {
            let parts: Option<Vec<u16>> = entry.split('-').map(|n| n.parse().ok()).collect();
            parts.filter(|p| p.len() == count).ok_or_else(fault)
        };
        text.split(',').filter(|e| !e.is_empty()).map(entry).collect()
    };
    let mut settings: BTreeMap<u8, Setting> = BTreeMap::new();
    for plan in numbers("S0022 status", 1)? {
        let number = u8::try_from(plan[0]).map_err(|_| PortError::Answer(format!("names plan {}", plan[0])))?;
        settings.insert(number, Setting { cycle_s: 0, offset_s: 0, bands_s: Vec::new() });
    }
    let mut at = |number: u16, change: &dyn Fn(&mut Setting)| {
        if let Some(setting) = u8::try_from(number).ok().and_then(|n| settings.get_mut(&n)) {
            change(setting);
        }
    };
    for cycle in numbers("S0028 status", 2)? {
        at(cycle[0], &|s| s.cycle_s = cycle[1]);
    }
    for offset in numbers("S0024 status", 2)? {
        at(offset[0], &|s| s.offset_s = offset[1]);
    }
    for band in numbers("S0023 status", 3)? {
        let place = usize::from(band[1]);
        if !(1..=MOST_BANDS).contains(&place) {
            return Err(PortError::Answer(format!("names band {place}")));
        }
        at(band[0], &|s| {
            s.bands_s.resize(s.bands_s.len().max(place), 0);
            s.bands_s[place - 1] = band[2];
        });
    }
    Ok(settings)
}
