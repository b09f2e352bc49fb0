//! From `.rou.xml` to the demand: vehicle types, trips, routes and flows.

use super::notes::{Complaints, Notes};
use super::raw::time;
use super::roads::Roads;
use super::types::{DEFAULT_TYPE, default_type, vehicle_type};
use super::{ImportError, Options};
use crate::xml::{Element, Reader, XmlError, XmlProblem};
use model::demand::{Arrivals, DepartLane, DepartSpeed};
use model::scenario::file::{DemandFile, FlowFile, SCHEMA, ShareFile, TripFile, VehicleTypeFile, reference};
use model::vehicle::VehicleClass;
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
const NO_TIME: &str = "its departure is no time, but waits for something else";

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
                other => self.notes.add(format!("Not imported: elements <{}> of the demand", crate::xml::short(other)), ""),
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
        mix.iter_mut().for_each(|m| m.1 /= total);
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
        let mut itinerary = self.itinerary(element, line)?;
        let (depart_lane, depart_speed) = (self.depart_lane(element), self.depart_speed(element));
        let kind = element.get("type").unwrap_or(DEFAULT_TYPE).to_owned();
        while reader.child_of(depth)? {
            match reader.element().name() {
                "route" => itinerary = self.edges(reader.element(), "edges")?.map(Itinerary::Links),
                "param" => {}
                other => self.notes.add(format!("Not imported: <{}> of a vehicle", crate::xml::short(other)), name.clone()),
            }
        }
        let Some(mix) = self.mix(&kind, line, flow) else { return Ok(()) };
        let due = match due {
            Ok(due) => due,
            Err(None) => return Ok(()),
            Err(Some(reason)) => return Ok(self.drop(reason, name)),
        };
        match itinerary {
            _ if mix.is_empty() => self.drop(NO_CLASS, name),
            Ok(itinerary) => self.found.push(Found { name, mix, due, itinerary, depart_lane, depart_speed }),
            Err(reason) => self.drop(reason, name),
        }
        Ok(())
    }

    fn drop(&mut self, reason: &str, name: String) {
        self.notes.add(format!("Left out, because {reason}: vehicle or flow"), name);
    }

    /// When a vehicle departs; `Err(None)` outside the period, `Err` with a reason when it cannot be told.
    fn departure(&mut self, element: Element<'_>) -> Result<Result<Due, Option<&'static str>>, XmlError> {
        let at = match element.need("depart")? {
            "triggered" | "containerTriggered" | "split" => return Ok(Err(Some(NO_TIME))),
            "begin" => Some(self.begin),
            _ => time(element, "depart")?,
        };
        let at = at.filter(|&t| t >= 0.0).ok_or_else(|| element.bad("depart", "a time in seconds, not negative"))?;
        Ok(if (self.begin..self.end).contains(&at) { Ok(Due::At(at)) } else { Err(None) })
    }

    fn flow(&mut self, element: Element<'_>) -> Result<Result<Due, Option<&'static str>>, XmlError> {
        let begin = time(element, "begin")?.unwrap_or(self.begin);
        let mut end = time(element, "end")?.unwrap_or(self.end);
        let number = element.number("number")?;
        let period = element.get("period").map(str::trim);
        let random = period.and_then(|p| p.strip_prefix("exp(")?.strip_suffix(')'));
        let rate = element.number("vehsPerHour")?.or(element.number("perHour")?);
        let (per_hour, arrivals) = if let Some(rate) = random {
            let rate: f64 = rate.trim().parse().map_err(|_| element.bad("period", "exp(vehicles per second)"))?;
            (rate * 3600.0, Arrivals::Poisson)
        } else if period.is_some() {
            (3600.0 / element.need_number("period")?, Arrivals::Even)
        } else if let Some(rate) = rate {
            (rate, Arrivals::Even)
        } else if let Some(probability) = element.number("probability")? {
            self.notes.add("A chance in every second became random arrivals: flow", element.need("id")?);
            (probability * 3600.0, Arrivals::Poisson)
        } else if let (Some(number), true) = (number, end.is_finite() && end > begin) {
            (number * 3600.0 / (end - begin), Arrivals::Even)
        } else {
            let what = XmlProblem::Missing { element: "flow".into(), attribute: "vehsPerHour" };
            return Err(element.fault(what));
        };
        if let (Some(number), true) = (number, per_hour > 0.0) {
            end = end.min(begin + number * 3600.0 / per_hour);
        }
        if !(0.0..=20_000.0).contains(&per_hour) {
            let what = format!("flow \"{}\" has {per_hour} veh/h", element.need("id")?);
            self.complaints.say(element.line(), what, "give a flow between 0 and 20000 veh/h");
            return Ok(Err(None));
        }
        if !end.is_finite() {
            self.complaints.say(element.line(), "the flow has no end, and neither has the period", "give it end=\"…\"");
            return Ok(Err(None));
        }
        let (begin, end) = (begin.max(self.begin), end.min(self.end));
        Ok(if begin < end { Ok(Due::Flow { begin, end, per_hour, arrivals }) } else { Err(None) })
    }

    /// The way by the attributes; an inner `<route>` may still replace it.
    fn itinerary(&mut self, element: Element<'_>, line: usize) -> Result<Result<Itinerary, &'static str>, XmlError> {
        if let Some(route) = element.get("route") {
            return Ok(match self.routes.get(route) {
                Some(route) => route.clone().map(Itinerary::Links),
                None => {
                    let what = format!("route \"{}\" does not exist", crate::xml::short(route));
                    self.complaints.say(line, what, "define it before the vehicle");
                    Err(NO_EDGE)
                }
            });
        }
        let (Some(from), Some(to)) = (element.get("from"), element.get("to")) else { return Ok(Err(NO_ENDS)) };
        let through: Option<Vec<usize>> = words(element, "via").iter().map(|e| self.roads.row(e)).collect();
        Ok(match (self.roads.row(from), self.roads.row(to), through) {
            (Some(from), Some(to), Some(through)) => Ok(Itinerary::Ends { from, to, through }),
            _ => Err(NO_EDGE),
        })
    }

    fn depart_lane(&mut self, element: Element<'_>) -> DepartLane {
        match element.get("departLane").unwrap_or("first") {
            "first" | "0" => DepartLane::First,
            "best" | "best_prob" | "free" | "random" | "allowed" => DepartLane::Best,
            other => {
                self.notes.add(
                    format!("departLane {} became best: vehicle", crate::xml::short(other)),
                    element.get("id").unwrap_or(""),
                );
                DepartLane::Best
            }
        }
    }

    fn depart_speed(&mut self, element: Element<'_>) -> DepartSpeed {
        match element.get("departSpeed").unwrap_or("0").trim() {
            "0" | "0.0" | "0.00" => DepartSpeed::Zero,
            "max" | "desired" | "speedLimit" => DepartSpeed::Desired,
            other => {
                self.notes.add(
                    format!("departSpeed {} became desired: vehicle", crate::xml::short(other)),
                    element.get("id").unwrap_or(""),
                );
                DepartSpeed::Desired
            }
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
            let what = format!("vType \"{}\" does not exist", crate::xml::short(kind));
            self.complaints.say(line, what, "define it before the vehicle");
            return None;
        };
        let mut mix: Vec<(String, f64)> = mix.iter().filter(|m| simulated(&self.types, &m.0)).cloned().collect();
        let total: f64 = mix.iter().map(|m| m.1).sum();
        mix.iter_mut().for_each(|m| m.1 /= total);
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
        let mut file = DemandFile {
            schema: SCHEMA,
            source: "imported from SUMO".into(),
            types: Vec::new(),
            flows: Vec::new(),
            trips: Vec::new(),
        };
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

    /// The way of every vehicle that can be driven. Vehicles with one origin share one search.
    fn ways(&self, found: &[Found]) -> Vec<Option<Itinerary>> {
        let mut ways: Vec<Option<Itinerary>> = vec![None; found.len()];
        let mut by_origin: BTreeMap<(VehicleClass, usize), Vec<usize>> = BTreeMap::new();
        for (i, vehicle) in found.iter().enumerate() {
            let classes = self.classes(vehicle);
            match &vehicle.itinerary {
                Itinerary::Links(links) => {
                    let drives = |c: &VehicleClass| {
                        self.roads.admits(links[0], *c) && links.windows(2).all(|p| self.roads.follows(p[0], p[1], *c))
                    };
                    ways[i] = classes.iter().all(drives).then(|| vehicle.itinerary.clone());
                }
                Itinerary::Ends { from, .. } => {
                    ways[i] = Some(vehicle.itinerary.clone());
                    for class in classes {
                        by_origin.entry((class, *from)).or_default().push(i);
                    }
                }
            }
        }
        for ((class, from), vehicles) in by_origin {
            let before = self.roads.ways_from(from, class);
            for i in vehicles {
                if let Itinerary::Ends { to, through, .. } = &found[i].itinerary {
                    ways[i] = ways[i].take().and_then(|known| self.resolve(known, &before, (class, from, *to), through));
                }
            }
        }
        ways
    }

    /// The itinerary when the class can drive it; with intermediate edges, every link of it.
    fn resolve(
        &self,
        known: Itinerary,
        before: &[Option<usize>],
        (class, from, to): (VehicleClass, usize, usize),
        through: &[usize],
    ) -> Option<Itinerary> {
        let Some((&first, rest)) = through.split_first() else {
            return before[to].map(|_| known);
        };
        let mut links = Roads::way(before, from, first)?;
        for pair in std::iter::once(&first).chain(rest).zip(rest.iter().chain([&to])) {
            let onward = Roads::way(&self.roads.ways_from(*pair.0, class), *pair.0, *pair.1)?;
            links.extend(&onward[1..]);
        }
        Some(Itinerary::Links(links))
    }

    fn classes(&self, vehicle: &Found) -> BTreeSet<VehicleClass> {
        vehicle.mix.iter().filter_map(|m| self.types.get(&m.0)?.as_ref()).map(|t| t.class).collect()
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
                file.trips.push(TripFile { name, vehicle_type, depart_s, from, to, route, depart_lane, depart_speed });
            }
            Due::Flow { begin, end, per_hour, arrivals } => {
                let mix = mix.into_iter().map(|(t, share)| ShareFile { vehicle_type: reference(t), share }).collect();
                file.flows.push(FlowFile {
                    name,
                    mix,
                    from,
                    to,
                    route,
                    begin_s: begin,
                    end_s: end,
                    flow_veh_per_h: per_hour,
                    arrivals,
                    depart_lane,
                    depart_speed,
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
