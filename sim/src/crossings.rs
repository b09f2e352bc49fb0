//! Crossings as the step reads them: which tracks lead over them, and where people can stand on the way across.

use crate::roads::{Kind, Roads, Track};
use crate::sides;
use model::id::{CrossingId, IdVec, PushButtonId};
use model::network::{Road, SignalHead};
use model::scenario::Scenario;
use model::vehicle::VehicleClass;
use std::collections::{BTreeMap, BTreeSet};

/// Over the limit by so much nobody drives, for how far away a vehicle matters to people on foot.
const FASTEST: f64 = 1.3;

/// Half the width of the bodies for which the cuts of a crossing are found, in metres.
const HALF_VEHICLE: f64 = 1.25;

/// Deceleration with which everyone stops within what people on foot look at, in m/s².
const GENTLE: f64 = 1.5;

/// Where a track leads over a crossing, in metres.
#[derive(Debug, Clone)]
pub(crate) struct Cut {
    pub(crate) track: Track,
    /// Where a front bumper comes onto the crossing, from the start of the track.
    pub(crate) from: f64,
    /// Where a rear bumper has left it.
    pub(crate) to: f64,
    /// Where people are in the way, from the first kerb.
    near: f64,
    far: f64,
    /// The track itself and those from which it can be reached soon, with the least distance from their ends to the
    /// crossing.
    pub(crate) before: BTreeMap<Track, f64>,
}

/// A part of a crossing that people walk through without standing: the cuts in it lie over each other.
#[derive(Debug, Clone)]
struct Part {
    near: f64,
    far: f64,
    /// Indices of its cuts.
    cuts: Vec<u32>,
}

/// A crossing at which people walk.
#[derive(Debug, Clone)]
pub(crate) struct Crossing {
    pub(crate) id: CrossingId,
    pub(crate) head: Option<SignalHead>,
    /// Kerb to kerb, in metres.
    pub(crate) length: f64,
    /// In metres.
    pub(crate) width: f64,
    /// The buttons with which green is asked for here.
    pub(crate) buttons: Vec<PushButtonId>,
    /// From the first kerb on, apart from each other.
    parts: Vec<Part>,
}

/// The way across in one direction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Across<'a> {
    crossing: &'a Crossing,
    cuts: &'a [Cut],
    backward: bool,
}

/// Every crossing at which people walk, and its cuts.
#[derive(Debug, Default)]
pub(crate) struct Crossings {
    pub(crate) all: Vec<Crossing>,
    pub(crate) cuts: Vec<Cut>,
    /// Cuts by track, in driving direction; empty when nobody walks.
    on: Vec<Vec<u32>>,
    /// Cuts that are soon reached from a track, its own included; empty when nobody walks.
    after: Vec<Vec<(u32, f64)>>,
}

impl Crossings {
    /// Those of a scenario at which there is walking demand.
    pub(crate) fn new(scenario: &Scenario, roads: &Roads) -> Self {
        let walked: BTreeSet<CrossingId> = scenario.demand.walking.iter().map(|w| w.crossing).collect();
        let mut made = Self::default();
        if walked.is_empty() {
            return made;
        }
        let cycles = scenario.demand.types.iter().any(|t| t.class == VehicleClass::Bicycle);
        let top = roads.all().map(|t| roads.limit(t)).fold(0.0, f64::max) * FASTEST;
        let reach = 0.5 * top * top / GENTLE + 2.0 * top;
        for id in walked {
            let crossing = &scenario.network.crossings[id];
            let first = made.cuts.len();
            made.cuts.extend(crossing.cuts.iter().map(|c| {
                let track = match c.road {
                    Road::Lane(lane) => roads.lane(lane),
                    Road::Movement(m) => roads.movement(m),
                };
                let before = tracks_before(roads, track, c.from.get(), reach);
                let [from, to, near, far] = [c.from, c.to, c.near, c.far].map(model::quantity::Length::get);
                // On lanes with sides bodies are not in the middle.
                let more = if cycles { (sides::reach(roads, track) - HALF_VEHICLE).max(0.0) } else { 0.0 };
                let (near, far) = (near - more, far + more);
                Cut { track, from, to, near, far, before }
            }));
            let (length, width) = (crossing.shape.length().get(), crossing.width.get());
            let parts = parts(&made.cuts, first);
            let buttons = scenario.network.push_buttons.enumerate().filter(|(_, b)| b.crossing == id).map(|(button, _)| button);
            made.all.push(Crossing { id, head: crossing.head, length, width, buttons: buttons.collect(), parts });
        }
        (made.on, made.after) = (vec![Vec::new(); roads.count()], vec![Vec::new(); roads.count()]);
        for (i, cut) in made.cuts.iter().enumerate() {
            made.on[cut.track.0 as usize].push(i as u32);
            for (track, &distance) in &cut.before {
                made.after[track.0 as usize].push((i as u32, distance));
            }
        }
        for on in &mut made.on {
            on.sort_by(|&a, &b| made.cuts[a as usize].from.total_cmp(&made.cuts[b as usize].from).then(a.cmp(&b)));
        }
        made
    }

    /// The cuts of a track, in driving direction.
    pub(crate) fn on(&self, track: Track) -> &[u32] {
        self.on.get(track.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// The cuts that are soon reached from a track, and the least distance from its end to them.
    pub(crate) fn after(&self, track: Track) -> &[(u32, f64)] {
        self.after.get(track.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// The way across a crossing.
    pub(crate) fn across(&self, crossing: usize, backward: bool) -> Across<'_> {
        Across { crossing: &self.all[crossing], cuts: &self.cuts, backward }
    }

    /// Which of the crossings it is, by number in the network.
    pub(crate) fn places(&self, count: usize) -> IdVec<CrossingId, Option<usize>> {
        let mut places = IdVec::from_fn(count, |_| None);
        for (i, crossing) in self.all.iter().enumerate() {
            places[crossing.id] = Some(i);
        }
        places
    }
}

impl<'a> Across<'a> {
    /// How many parts there are.
    pub(crate) fn len(self) -> usize {
        self.crossing.parts.len()
    }

    fn part(self, k: usize) -> &'a Part {
        let parts = &self.crossing.parts;
        &parts[if self.backward { parts.len() - 1 - k } else { k }]
    }

    /// The cuts of a part.
    pub(crate) fn cuts(self, k: usize) -> &'a [u32] {
        &self.part(k).cuts
    }

    /// Where a part begins, in metres from the own kerb.
    pub(crate) fn begins(self, k: usize) -> f64 {
        self.turned(self.part(k).near, self.part(k).far).0
    }

    /// Where somebody gets into the way at a cut and is out of it again, in metres from the own kerb.
    pub(crate) fn stretch(self, cut: u32) -> (f64, f64) {
        let cut = &self.cuts[cut as usize];
        self.turned(cut.near, cut.far)
    }

    fn turned(self, near: f64, far: f64) -> (f64, f64) {
        if self.backward { (self.crossing.length - far, self.crossing.length - near) } else { (near, far) }
    }
}

/// Joins the cuts from `first` on that lie over each other.
fn parts(cuts: &[Cut], first: usize) -> Vec<Part> {
    let mut order: Vec<u32> = (first as u32..cuts.len() as u32).collect();
    let near = |i: &u32| cuts[*i as usize].near;
    order.sort_by(|a, b| near(a).total_cmp(&near(b)).then(a.cmp(b)));
    let mut parts: Vec<Part> = Vec::new();
    for i in order {
        let cut = &cuts[i as usize];
        match parts.last_mut().filter(|p| p.far > cut.near) {
            Some(part) => {
                part.far = part.far.max(cut.far);
                part.cuts.push(i);
            }
            None => parts.push(Part { near: cut.near, far: cut.far, cuts: vec![i] }),
        }
    }
    parts
}

/// A track and those from whose ends it is at most `reach` metres to a place on it, with that distance.
fn tracks_before(roads: &Roads, track: Track, place: f64, reach: f64) -> BTreeMap<Track, f64> {
    let mut found = BTreeMap::from([(track, place - roads.length(track))]);
    let mut open = vec![(track, place)];
    while let Some((here, distance)) = open.pop() {
        for before in feeders(roads, here) {
            let known = found.entry(before).or_insert(f64::INFINITY);
            if distance < *known && distance <= reach {
                *known = distance;
                open.push((before, distance + roads.length(before)));
            }
        }
    }
    found.retain(|_, distance| distance.is_finite());
    found
}

fn feeders(roads: &Roads, track: Track) -> Vec<Track> {
    match roads.kind(track) {
        Kind::Lane(lane) => roads.network.lanes[lane].entering.iter().map(|&m| roads.movement(m)).collect(),
        Kind::Movement(m) => vec![roads.lane(roads.way(m).from)],
    }
}
