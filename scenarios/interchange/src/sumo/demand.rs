//! From `.rou.xml` to the demand: vehicle types, trips, routes and flows.

mod departures;
mod ways;

use super::notes::{Complaints, Notes};
use super::roads::Roads;
use super::types::{DEFAULT_TYPE, default_type, vehicle_type};
use super::{ImportError, Options};
use crate::xml::{Element, Reader, XmlError, XmlProblem, short};
use model::demand::{Arrivals, DepartLane, DepartSpeed};
use model::scenario::file::{DemandFile, FlowFile, ShareFile, TripFile, VehicleTypeFile, reference};
use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;
use std::path::Path;

/// The demand, and when its last vehicle departs.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) file: DemandFile,
    pub(super) last_departure: u32,
}

/// Reads the vehicles that are due within the period.
pub(super) fn read(file: &Path, roads: &Roads, options: &Options, notes: &mut Notes) -> Result<Read, ImportError> {
    let mut reader = Reader::open(file)?;
    read_from(&mut reader, roads, options, notes)
}

/// Reads demand from a source.
pub(super) fn read_from<R: BufRead>(
    reader: &mut Reader<R>,
    roads: &Roads,
    options: &Options,
    notes: &mut Notes,
) -> Result<Read, ImportError> {
    let begin = options.begin.map_or(0.0, |b| f64::from(b.0));
    let end = options.end.map_or(f64::INFINITY, |e| f64::from(e.0));
    let complaints = Complaints::about(reader.file());
    let mut take = Intake {
        roads,
        notes,
        complaints,
        begin,
        end,
        types: BTreeMap::new(),
        mixes: BTreeMap::new(),
        routes: BTreeMap::new(),
        drawn: BTreeMap::new(),
        found: Vec::new(),
    };
    take.all(reader)?;
    take.finish().map_err(ImportError::from)
}

/// Which way a vehicle goes, as rows of links.
#[derive(Debug, Clone)]
enum Itinerary {
    Ends { from: usize, to: usize, through: Vec<usize> },
    Links(Vec<usize>),
}

/// When a vehicle or a flow is due.
#[derive(Debug, Clone, Copy)]
enum Due {
    At(f64),
    Flow { begin: f64, end: f64, per_hour: f64, arrivals: Arrivals },
}

/// A vehicle or flow that was read.
#[derive(Debug)]
struct Found {
    name: String,
    mix: Vec<(String, f64)>,
    due: Due,
    itinerary: Itinerary,
    depart_lane: DepartLane,
    depart_speed: DepartSpeed,
}

/// Reads demand element by element.
struct Intake<'a> {
    roads: &'a Roads,
    notes: &'a mut Notes,
    complaints: Complaints,
    begin: f64,
    end: f64,
    /// Types by name; `None` for those that are not simulated.
    types: BTreeMap<String, Option<VehicleTypeFile>>,
    /// Distributions of types, with their shares.
    mixes: BTreeMap<String, Vec<(String, f64)>>,
    /// Named routes; `Err` says why a route cannot be driven.
    routes: BTreeMap<String, Result<Vec<usize>, &'static str>>,
    /// How often each type of a distribution was drawn.
    drawn: BTreeMap<(String, String), u32>,
    found: Vec<Found>,
}

const NO_EDGE: &str = "an edge of its route is not in the scenario";
const NO_ENDS: &str = "it names no edges to begin and end at";
const NO_WAY: &str = "no way leads along its route for its class";
const NO_CLASS: &str = "vehicles of its class are not simulated";
const NOT_DUE: &str = "it is not due within the period";
const NO_TIME: &str = "its departure is no time, but waits for something else";

const LEFT_OUT: &str = "Left out, because ";
const TRAFFIC: &str = ": vehicle or flow";

/// Whether a sentence of an import says that vehicles or flows were left out, and how many.
pub fn is_lost_traffic(sentence: &str) -> bool {
    sentence.starts_with(LEFT_OUT) && sentence.contains(TRAFFIC)
}

impl Intake<'_> {
    fn all<R: BufRead>(&mut self, reader: &mut Reader<R>) -> Result<(), XmlError> {
        reader.root("routes").or_else(|e| if is_additional(&e) { Ok(()) } else { Err(e) })?;
        while reader.child_of(1)? {
            match reader.element().name() {
                "vType" => {
                    self.vehicle_type(reader.element())?;
                }
                "vTypeDistribution" => self.distribution(reader)?,
                "route" => {
                    let id = reader.element().need("id")?.to_owned();
                    let route = self.edges(reader.element(), "edges")?;
                    self.routes.insert(id, route);
                }
                "trip" | "vehicle" | "flow" => self.vehicle(reader)?,
                other => self.notes.add(format!("Not imported: elements <{}> of the demand", short(other)), ""),
            }
        }
        Ok(())
    }

    fn vehicle_type(&mut self, element: Element<'_>) -> Result<(String, f64), XmlError> {
        let made = vehicle_type(element, self.notes)?;
        let id = element.need("id")?.to_owned();
        if self.types.insert(id.clone(), made).is_some() {
            self.complaints.say(element.line(), format!("vType \"{id}\" stands twice"), "rename one of them");
        }
        let share = element.number("probability")?.unwrap_or(1.0);
        if share < 0.0 { Err(element.bad("probability", "a number that is not negative")) } else { Ok((id, share)) }
    }

    fn distribution<R: BufRead>(&mut self, reader: &mut Reader<R>) -> Result<(), XmlError> {
        let (depth, line) = (reader.depth(), reader.element().line());
        let id = reader.element().need("id")?.to_owned();
        let named: Vec<String> = words(reader.element(), "vTypes");
        let shares: Result<Vec<f64>, _> = words(reader.element(), "probabilities").iter().map(|p| p.parse()).collect();
        let shares = shares.map_err(|_| reader.element().bad("probabilities", "numbers"))?;
        let mut mix: Vec<(String, f64)> =
            named.into_iter().enumerate().map(|(i, n)| (n, shares.get(i).copied().unwrap_or(1.0))).collect();
        while reader.child_of(depth)? {
            if reader.element().name() == "vType" {
                mix.push(self.vehicle_type(reader.element())?);
            }
        }
        for (name, _) in mix.iter().filter(|m| !self.types.contains_key(&m.0)) {
            self.complaints.say(line, format!("vType \"{name}\" does not exist"), "define it before the distribution");
        }
        let total: f64 = mix.iter().map(|m| m.1).sum();
        if !(total.is_finite() && total > 0.0 && mix.iter().all(|m| m.1 >= 0.0)) {
            self.complaints.say(line, format!("the shares of vTypeDistribution \"{id}\" sum to {total}"), "give positive shares");
            return Ok(());
        }
        for m in &mut mix {
            m.1 /= total;
        }
        self.mixes.insert(id, mix);
        Ok(())
    }

    /// The rows of a list of edges; the reason when one of them is not in the scenario.
    fn edges(&self, element: Element<'_>, attribute: &'static str) -> Result<Result<Vec<usize>, &'static str>, XmlError> {
        let rows: Option<Vec<usize>> = element.need(attribute)?.split_whitespace().map(|e| self.roads.row(e)).collect();
        Ok(match rows {
            Some(rows) if rows.is_empty() => Err(NO_ENDS),
            Some(rows) => Ok(rows),
            None => Err(NO_EDGE),
        })
    }

    fn vehicle<R: BufRead>(&mut self, reader: &mut Reader<R>) -> Result<(), XmlError> {
        let (depth, element) = (reader.depth(), reader.element());
        let line = element.line();
        let flow = element.name() == "flow";
        let name = element.need("id")?.to_owned();
        let due = if flow { self.flow(element)? } else { self.departure(element)? };
        let mut itinerary = self.itinerary(element);
        let (depart_lane, depart_speed) = (self.depart_lane(element), self.depart_speed(element));
        let kind = element.get("type").unwrap_or(DEFAULT_TYPE).to_owned();
        while reader.child_of(depth)? {
            match reader.element().name() {
                "route" => itinerary = self.edges(reader.element(), "edges")?.map(Itinerary::Links),
                "param" => {}
                other => self.notes.add(format!("Not imported: <{}> of a vehicle", short(other)), name.clone()),
            }
        }
        let Some(mix) = self.mix(&kind, line, flow) else { return Ok(()) };
        let due = match due {
            Ok(due) => due,
            Err(reason) => {
                self.drop(reason, name);
                return Ok(());
            }
        };
        match itinerary {
            _ if mix.is_empty() => self.drop(NO_CLASS, name),
            Ok(itinerary) => self.found.push(Found { name, mix, due, itinerary, depart_lane, depart_speed }),
            Err(reason) => self.drop(reason, name),
        }
        Ok(())
    }

    fn drop(&mut self, reason: &str, name: String) {
        self.notes.add(format!("{LEFT_OUT}{reason}{TRAFFIC}"), name);
    }

    /// The way by the attributes; an inner `<route>` may still replace it.
    fn itinerary(&mut self, element: Element<'_>) -> Result<Itinerary, &'static str> {
        if let Some(name) = element.get("route") {
            let Some(route) = self.routes.get(name) else {
                let what = format!("route \"{}\" does not exist", short(name));
                self.complaints.say(element.line(), what, "define it before the vehicle");
                return Err(NO_EDGE);
            };
            return route.clone().map(Itinerary::Links);
        }
        let (Some(from), Some(to)) = (element.get("from"), element.get("to")) else { return Err(NO_ENDS) };
        let through: Option<Vec<usize>> = words(element, "via").iter().map(|e| self.roads.row(e)).collect();
        match (self.roads.row(from), self.roads.row(to), through) {
            (Some(from), Some(to), Some(through)) => Ok(Itinerary::Ends { from, to, through }),
            _ => Err(NO_EDGE),
        }
    }

    /// The types of a vehicle with their shares, empty when none of them is simulated; a single vehicle gets one type.
    fn mix(&mut self, kind: &str, line: usize, flow: bool) -> Option<Vec<(String, f64)>> {
        if kind == DEFAULT_TYPE && !self.types.contains_key(kind) {
            self.types.insert(kind.into(), Some(default_type()));
        }
        let simulated = |types: &BTreeMap<String, Option<VehicleTypeFile>>, name: &str| matches!(types.get(name), Some(Some(_)));
        if self.types.contains_key(kind) {
            return Some(if simulated(&self.types, kind) { vec![(kind.to_owned(), 1.0)] } else { Vec::new() });
        }
        let Some(mix) = self.mixes.get(kind) else {
            let what = format!("vType \"{}\" does not exist", short(kind));
            self.complaints.say(line, what, "define it before the vehicle");
            return None;
        };
        let mut mix: Vec<(String, f64)> = mix.iter().filter(|m| simulated(&self.types, &m.0)).cloned().collect();
        let total: f64 = mix.iter().map(|m| m.1).sum();
        for m in &mut mix {
            m.1 /= total;
        }
        if flow || mix.is_empty() {
            return Some(mix);
        }
        // In turn by share, where SUMO draws: the counts are right, and the same in every run.
        self.notes.add("Types of a distribution are dealt out in turn, not drawn: vTypeDistribution used by a vehicle", "");
        let behind = |m: &(String, f64)| (f64::from(*self.drawn.get(&(kind.to_owned(), m.0.clone())).unwrap_or(&0)) + 1.0) / m.1;
        let next = mix.iter().min_by(|a, b| behind(a).total_cmp(&behind(b)))?.0.clone();
        *self.drawn.entry((kind.to_owned(), next.clone())).or_default() += 1;
        Some(vec![(next, 1.0)])
    }

    /// Keeps what can be driven, and the types that are used.
    fn finish(mut self) -> Result<Read, model::scenario::Faults> {
        std::mem::replace(&mut self.complaints, Complaints::about(Path::new(""))).settle()?;
        let found = std::mem::take(&mut self.found);
        let ways = self.ways(&found);
        let mut file = DemandFile::empty("imported from SUMO");
        let mut used = BTreeSet::new();
        let mut last = 0.0_f64;
        for (vehicle, way) in found.into_iter().zip(ways) {
            let Some(way) = way else {
                self.drop(NO_WAY, vehicle.name);
                continue;
            };
            used.extend(vehicle.mix.iter().map(|m| m.0.clone()));
            match vehicle.due {
                Due::At(at) => last = last.max(at),
                Due::Flow { end, .. } => last = last.max(end),
            }
            self.keep(vehicle, way, &mut file);
        }
        file.types = used.iter().filter_map(|t| self.types.remove(t).flatten()).collect();
        file.trips.sort_by(|a, b| a.depart_s.total_cmp(&b.depart_s));
        Ok(Read { file, last_departure: last.ceil().min(200_000.0) as u32 })
    }

    fn keep(&self, vehicle: Found, way: Itinerary, file: &mut DemandFile) {
        let name_of = |row: usize| reference(self.roads.name(row));
        let (from, to, route) = match way {
            Itinerary::Ends { from, to, .. } => (Some(name_of(from)), Some(name_of(to)), None),
            Itinerary::Links(links) => (None, None, Some(links.into_iter().map(name_of).collect())),
        };
        let Found { name, mut mix, due, depart_lane, depart_speed, .. } = vehicle;
        match due {
            Due::At(depart_s) => {
                let vehicle_type = reference(mix.swap_remove(0).0);
                file.trips.push(TripFile {
                    name,
                    vehicle_type,
                    depart_s,
                    from,
                    to,
                    route,
                    depart_lane,
                    depart_speed,
                    dwell_mean_s: None,
                    dwell_deviation_s: None,
                    stops: Vec::new(),
                });
            }
            Due::Flow { begin, end, per_hour, arrivals } => {
                let mix = mix.into_iter().map(|(t, share)| ShareFile { vehicle_type: reference(t), share }).collect();
                file.flows.push(FlowFile {
                    mix,
                    from,
                    to,
                    route,
                    arrivals,
                    depart_lane,
                    depart_speed,
                    ..FlowFile::steady(name, (begin, end), per_hour)
                });
            }
        }
    }
}

/// Demand may also stand in an additional file.
fn is_additional(error: &XmlError) -> bool {
    matches!(&error.problem, XmlProblem::WrongRoot { actual, .. } if actual == "additional")
}

fn words(element: Element<'_>, attribute: &str) -> Vec<String> {
    element.get(attribute).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}
