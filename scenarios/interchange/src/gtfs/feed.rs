//! What a feed says about one day: its stops, and the runs of its buses and trams.

use super::Date;
use super::table::{Row, Table};
use crate::sumo::Notes;
use model::scenario::Faults;
use model::vehicle::VehicleClass;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A stop, in degrees.
pub(super) struct Stop {
    pub(super) name: String,
    pub(super) lat: f64,
    pub(super) lon: f64,
}

/// A run (Fahrt) of a vehicle.
pub(super) struct Run {
    pub(super) name: String,
    pub(super) line: String,
    pub(super) class: VehicleClass,
    /// Calls in order.
    pub(super) calls: Vec<Call>,
}

/// A call of a run, its times in seconds of the day where the timetable has them.
pub(super) struct Call {
    pub(super) stop: usize,
    pub(super) arrival: Option<f64>,
    pub(super) departure: Option<f64>,
}

/// A feed on one day.
pub(super) struct Feed {
    pub(super) stops: Vec<Stop>,
    pub(super) runs: Vec<Run>,
    /// Who publishes it.
    pub(super) agency: String,
}

impl Run {
    /// Departure from a call in seconds of the day, between its timed neighbours where it has no time of its own.
    pub(super) fn time(&self, call: usize) -> f64 {
        let timed = |i: usize| self.calls[i].departure.map(|t| (i as f64, t));
        let before = (0..=call).rev().find_map(timed);
        let after = (call..self.calls.len()).find_map(timed);
        match (before, after) {
            (Some((i, t)), Some((j, u))) if j > i => t + (u - t) * (call as f64 - i) / (j - i),
            (Some((_, t)), _) | (None, Some((_, t))) => t,
            (None, None) => 0.0,
        }
    }

    /// How long the timetable lets the vehicle stand, in seconds.
    pub(super) fn stands(&self, call: usize) -> f64 {
        let Call { arrival, departure, .. } = self.calls[call];
        arrival.zip(departure).map_or(0.0, |(from, to)| (to - from).max(0.0))
    }
}

impl Feed {
    /// Reads the feed of a folder.
    pub(super) fn read(folder: &Path, date: Date, notes: &mut Notes) -> Result<Self, Faults> {
        let (ids, stops) = stops(folder)?;
        let lines = lines(folder, notes)?;
        let services = services(folder, date)?;
        let mut runs = runs(folder, &lines, &services)?;
        calls(folder, &ids, &mut runs)?;
        if Table::open_if_any(folder, "frequencies.txt")?.is_some_and(|mut t| matches!(t.next(), Ok(Some(_)))) {
            notes.add("Lines that run by frequency have one run only", "frequencies.txt");
        }
        if runs.is_empty() {
            notes.add("No bus or tram runs on that day", date.to_string());
        }
        let runs = runs.into_values().filter(|r| r.calls.iter().any(|c| c.departure.is_some())).collect();
        Ok(Self { stops, runs, agency: agency(folder)? })
    }
}

fn agency(folder: &Path) -> Result<String, Faults> {
    let Some(mut table) = Table::open_if_any(folder, "agency.txt")? else { return Ok("an unknown agency".into()) };
    let name = table.column("agency_name")?;
    let mut names = BTreeSet::new();
    while let Some(row) = table.next()? {
        names.insert(row.get(name).to_owned());
    }
    Ok(names.into_iter().collect::<Vec<_>>().join(", "))
}

fn stops(folder: &Path) -> Result<(BTreeMap<String, usize>, Vec<Stop>), Faults> {
    let mut table = Table::open(folder, "stops.txt")?;
    let (id, name) = (table.column("stop_id")?, table.column_if_any("stop_name"));
    let (lat, lon) = (table.column("stop_lat")?, table.column("stop_lon")?);
    let (mut ids, mut stops) = (BTreeMap::new(), Vec::new());
    while let Some(row) = table.next()? {
        // Entrances and the like may have no place, and nobody calls there.
        if row.get(lat).is_empty() {
            continue;
        }
        let name = name.map_or("", |n| row.get(n)).to_owned();
        ids.insert(row.get(id).to_owned(), stops.len());
        stops.push(Stop { name, lat: table.number(&row, lat)?, lon: table.number(&row, lon)? });
    }
    Ok((ids, stops))
}

/// Lines of buses and trams by id, with their names.
fn lines(folder: &Path, notes: &mut Notes) -> Result<BTreeMap<String, (String, VehicleClass)>, Faults> {
    let mut table = Table::open(folder, "routes.txt")?;
    let (id, kind, name) = (table.column("route_id")?, table.column("route_type")?, table.column_if_any("route_short_name"));
    let mut lines = BTreeMap::new();
    while let Some(row) = table.next()? {
        let short = name.map_or("", |n| row.get(n));
        let line = if short.is_empty() { row.get(id) } else { short }.to_owned();
        // Plain types, and the hundreds of the extended ones.
        let class = match table.number(&row, kind)? as u32 {
            0 | 900..=999 => VehicleClass::Tram,
            3 | 11 | 200..=299 | 700..=899 => VehicleClass::Bus,
            _ => {
                notes.add("Lines that are neither of buses nor of trams are left out", line);
                continue;
            }
        };
        lines.insert(row.get(id).to_owned(), (line, class));
    }
    Ok(lines)
}

/// The services of a day.
fn services(folder: &Path, date: Date) -> Result<BTreeSet<String>, Faults> {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let mut services = BTreeSet::new();
    let usual = Table::open_if_any(folder, "calendar.txt")?;
    let exceptions = Table::open_if_any(folder, "calendar_dates.txt")?;
    if usual.is_none() && exceptions.is_none() {
        // Says which file is missing.
        Table::open(folder, "calendar.txt")?;
    }
    let day_of = |table: &Table, row: &Row, column: usize| {
        row.get(column).parse::<Date>().map_err(|what| table.fault(what, "write days as 20260616"))
    };
    if let Some(mut table) = usual {
        let (id, runs) = (table.column("service_id")?, table.column(DAYS[date.weekday()])?);
        let (first, last) = (table.column("start_date")?, table.column("end_date")?);
        while let Some(row) = table.next()? {
            let lasts = (day_of(&table, &row, first)?..=day_of(&table, &row, last)?).contains(&date);
            if lasts && row.get(runs) == "1" {
                services.insert(row.get(id).to_owned());
            }
        }
    }
    if let Some(mut table) = exceptions {
        let (id, day, kind) = (table.column("service_id")?, table.column("date")?, table.column("exception_type")?);
        while let Some(row) = table.next()? {
            if day_of(&table, &row, day)? != date {
                continue;
            }
            if row.get(kind) == "1" {
                services.insert(row.get(id).to_owned());
            } else {
                services.remove(row.get(id));
            }
        }
    }
    Ok(services)
}

/// The runs of the day by id, without their calls.
fn runs(
    folder: &Path,
    lines: &BTreeMap<String, (String, VehicleClass)>,
    services: &BTreeSet<String>,
) -> Result<BTreeMap<String, Run>, Faults> {
    let mut table = Table::open(folder, "trips.txt")?;
    let (id, line, service) = (table.column("trip_id")?, table.column("route_id")?, table.column("service_id")?);
    let mut runs = BTreeMap::new();
    while let Some(row) = table.next()? {
        if let Some((line, class)) = lines.get(row.get(line)).filter(|_| services.contains(row.get(service))) {
            let run = Run { name: row.get(id).to_owned(), line: line.clone(), class: *class, calls: Vec::new() };
            runs.insert(run.name.clone(), run);
        }
    }
    Ok(runs)
}

fn calls(folder: &Path, stops: &BTreeMap<String, usize>, runs: &mut BTreeMap<String, Run>) -> Result<(), Faults> {
    let mut table = Table::open(folder, "stop_times.txt")?;
    let (run, stop, order) = (table.column("trip_id")?, table.column("stop_id")?, table.column("stop_sequence")?);
    let (arrival, departure) = (table.column_if_any("arrival_time"), table.column("departure_time")?);
    let mut places: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    while let Some(row) = table.next()? {
        let Some(found) = runs.get_mut(row.get(run)) else { continue };
        let Some(&at) = stops.get(row.get(stop)) else {
            let what = format!("stop \"{}\" is not in stops.txt", row.get(stop));
            return Err(table.fault(what, "add it, or take a feed that is whole"));
        };
        let place = table.number(&row, order)? as u32;
        let text = row.get(departure);
        let time = seconds(text);
        if time.is_none() && !text.is_empty() {
            return Err(table.fault(format!("\"{text}\" is no time of day"), "write departure_time as 07:30:00"));
        }
        // Rows may come in any order.
        let order = places.entry(found.name.clone()).or_default();
        let i = order.partition_point(|&p| p <= place);
        order.insert(i, place);
        let arrival = arrival.and_then(|a| seconds(row.get(a)));
        found.calls.insert(i, Call { stop: at, arrival, departure: time });
    }
    Ok(())
}

/// Seconds of the day of a time such as `25:10:00`.
fn seconds(text: &str) -> Option<f64> {
    let mut parts = text.split(':').map(|p| p.trim().parse::<u32>().ok());
    let (h, m, s) = (parts.next()??, parts.next()??, parts.next()??);
    (parts.next().is_none() && h < 72 && m < 60 && s < 60).then(|| f64::from(h * 3600 + m * 60 + s))
}
