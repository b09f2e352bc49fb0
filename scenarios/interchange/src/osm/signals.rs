//! Signals for every signalised intersection: groups by approach and crossing, relations, stages, a first plan.

use super::Remarks;
use super::draft::{Crossing, Draft, Movement, PlaceKind};
use super::patch::{Gating, Patch};
use crate::engineering::{self, GroupDraft, Relations, Streams};
use model::geometry::{Point, Polyline};
use model::id::{GroupId, Id};
use model::maths;
use model::network::Turn;
use model::quantity::{Length, Speed};
use model::signal::{Ends, GroupKind, Signal, SignalPlan, Stage, Stream};
use model::time::Seconds;
use std::collections::{BTreeMap, BTreeSet};

/// Cycle of the first plans.
const CYCLE: Seconds = Seconds(90);

/// How far an approach may come from another direction than the one that a patch names, in degrees.
const MOST_TURNED: f64 = 45.0;

/// Lanes that people on foot weigh as much as.
const ON_FOOT: f64 = 0.4;

/// A signal and its first plan.
#[derive(Debug)]
pub(super) struct Equipped {
    pub(super) place: usize,
    pub(super) signal: Signal,
    pub(super) plan: SignalPlan,
}

/// Equips every signalised intersection; one that cannot be equipped loses its signal.
pub(super) fn equip(draft: &mut Draft, patch: Option<&Patch>, remarks: &mut Remarks) -> Vec<Equipped> {
    let mut equipped = Vec::new();
    let gating = |name: &str| patch?.intersections.iter().find(|i| i.name == name)?.gating.as_ref();
    for place in 0..draft.places.len() {
        if draft.places[place].kind != PlaceKind::Signalised {
            continue;
        }
        let name = draft.places[place].name.clone();
        match Workshop::new(draft, place, remarks).signal(gating(&name)) {
            Ok(made) => equipped.push(made),
            Err(what) => {
                remarks.repair(format!("intersection {name}"), format!("its signal is left out: {what}"));
                draft.places[place].kind = PlaceKind::Plain;
                draft.movements.iter_mut().filter(|m| m.place == place).for_each(|m| m.group = None);
                draft.crossings.iter_mut().filter(|c| c.place == place).for_each(|c| c.group = None);
            }
        }
    }
    equipped
}

struct Workshop<'a> {
    draft: &'a mut Draft,
    place: usize,
    movements: Vec<usize>,
    crossings: Vec<usize>,
    remarks: &'a mut Remarks,
}

impl<'a> Workshop<'a> {
    fn new(draft: &'a mut Draft, place: usize, remarks: &'a mut Remarks) -> Self {
        let movements = (0..draft.movements.len()).filter(|&m| draft.movements[m].place == place).collect();
        let crossings = (0..draft.crossings.len()).filter(|&c| draft.crossings[c].place == place).collect();
        Self { draft, place, movements, crossings, remarks }
    }

    fn signal(mut self, gating: Option<&Gating>) -> Result<Equipped, String> {
        if self.movements.is_empty() {
            return Err("no movement leads over it".into());
        }
        let vehicles = self.vehicle_groups();
        let (mut groups, mut relations) = self.relations(&vehicles);
        if !any_conflict(&relations, groups.len()) {
            self.assume_crossings();
            (groups, relations) = self.relations(&vehicles);
        }
        let lanes: Vec<f64> = groups.iter().map(|g| g.lanes).collect();
        let held = gating.map_or_else(Vec::new, |g| self.held_back(g, &groups));
        let chosen = engineering::choose_stages(&relations.grades, &lanes);
        let chosen = engineering::hold_back(&chosen, &relations.grades, &held);
        let stage = |(i, greens)| Stage { name: format!("{}", i + 1), greens };
        let mut signal = Signal {
            name: self.draft.places[self.place].name.clone(),
            source: "derived: groups and intergreens from the geometry, RiLSA figures".into(),
            groups: engineering::groups(&groups),
            grades: relations.grades,
            intergreens: relations.intergreens,
            stages: chosen.into_iter().enumerate().map(stage).collect(),
        };
        for group in held {
            signal.groups[group].max_green_percent = gating.map(|g| *g.max_green_percent.get_ref());
        }
        let plan = engineering::first_plan(&signal, &lanes, CYCLE)
            .map_err(|faults| faults.first().map_or_else(|| "no plan keeps its rules".to_owned(), ToString::to_string))?;
        Ok(Equipped { place: self.place, signal, plan })
    }

    /// Groups of movements: one per approach, and one for left turns that need their own stage.
    fn vehicle_groups(&mut self) -> Vec<(String, Vec<usize>)> {
        let centre = self.draft.places[self.place].at;
        let mut approaches: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &m in &self.movements {
            approaches.entry(self.draft.movements[m].from.0).or_default().push(m);
        }
        let mut approaches: Vec<(usize, Vec<usize>)> = approaches.into_iter().collect();
        let bearing = |link: usize| bearing(centre, self.draft.links[link].middle());
        approaches.sort_by(|a, b| bearing(a.0).total_cmp(&bearing(b.0)).then(a.0.cmp(&b.0)));
        let mut groups = Vec::new();
        for (number, (link, movements)) in approaches.into_iter().enumerate() {
            let own = self.protected_lefts(link, &movements);
            let rest: Vec<usize> = movements.iter().copied().filter(|m| !own.contains(m)).collect();
            if !rest.is_empty() {
                groups.push((format!("K{}", number + 1), rest));
            }
            if !own.is_empty() {
                groups.push((format!("K{}L", number + 1), own));
            }
        }
        groups
    }

    /// The groups of the approach that a signal holds back.
    fn held_back(&mut self, gating: &Gating, groups: &[GroupDraft]) -> Vec<GroupId> {
        let all = &self.draft.movements;
        let off = |m: &Movement| {
            let heading = super::curve::end_pose(&self.draft.links[m.from.0].lanes[m.from.1]).angle();
            // Headings go anticlockwise from east, bearings clockwise from north; it comes from where it does not head.
            let from = -90.0 - heading.to_degrees();
            let apart = (from - gating.bearing_deg).rem_euclid(360.0);
            apart.min(360.0 - apart)
        };
        let drives = |g: &GroupDraft| g.kind == GroupKind::Vehicles && !g.streams.is_empty();
        let first = |g: &GroupDraft| &all[self.movements[g.streams[0]]];
        let nearest = groups.iter().filter(|g| drives(g)).min_by(|a, b| off(first(a)).total_cmp(&off(first(b))));
        let Some(link) = nearest.map(first).filter(|m| off(m) <= MOST_TURNED).map(|m| m.from.0) else {
            let (name, bearing) = (&self.draft.places[self.place].name, gating.bearing_deg);
            self.remarks.repair(format!("intersection {name}"), format!("no approach comes from {bearing}°: none is held back"));
            return Vec::new();
        };
        let of_link = groups.iter().enumerate().filter(|(_, g)| drives(g) && first(g).from.0 == link);
        of_link.map(|(i, _)| GroupId::from_index(i)).collect()
    }

    /// Left turns from lanes of their own that meet strong opposing traffic, or use two lanes.
    fn protected_lefts(&self, link: usize, movements: &[usize]) -> Vec<usize> {
        let all = &self.draft.movements;
        let lanes = self.draft.links[link].lanes.len();
        let turns_left = |m: &usize| matches!(all[*m].turn, Turn::Left | Turn::UTurn);
        let only_left = |lane: usize| {
            let mut from = movements.iter().filter(|&&m| all[m].from.1 == lane).peekable();
            from.peek().is_some() && from.all(turns_left)
        };
        let own: Vec<usize> = (0..lanes).filter(|&l| only_left(l)).collect();
        let lefts: Vec<usize> = movements.iter().copied().filter(|m| own.contains(&all[*m].from.1)).collect();
        let opposing: BTreeSet<(usize, usize)> = lefts
            .iter()
            .flat_map(|&m| &all[m].yields_to)
            .filter(|&&o| all[o].turn == Turn::Straight && all[o].from.0 != link)
            .map(|&o| all[o].from)
            .collect();
        let needed = !opposing.is_empty() && (opposing.len() >= 2 || own.len() >= 2);
        let others = movements.iter().any(|m| !lefts.contains(m));
        if needed && others { lefts } else { Vec::new() }
    }

    /// The drafts of all groups and how they bear each other; tells movements and crossings their groups.
    fn relations(&mut self, vehicles: &[(String, Vec<usize>)]) -> (Vec<GroupDraft>, Relations) {
        let streams = self.streams();
        let (mut groups, mut protected) = (Vec::new(), BTreeSet::new());
        let position = |list: &[usize], id: usize| list.iter().position(|&x| x == id).unwrap_or(0);
        for (name, members) in vehicles {
            let limit = members.iter().map(|&m| self.draft.links[self.draft.movements[m].from.0].speed_kmh).fold(0.0, f64::max);
            let lanes: BTreeSet<(usize, usize)> = members.iter().map(|&m| self.draft.movements[m].from).collect();
            if name.ends_with('L') {
                protected.extend(members.iter().map(|&m| position(&self.movements, m)));
            }
            for &m in members {
                self.draft.movements[m].group = Some(groups.len());
            }
            groups.push(GroupDraft {
                name: name.clone(),
                kind: GroupKind::Vehicles,
                speed_limit: Speed::kmh(limit),
                crossing: Length::ZERO,
                streams: members.iter().map(|&m| position(&self.movements, m)).collect(),
                lanes: lanes.len() as f64,
            });
        }
        for (i, &c) in self.crossings.iter().enumerate() {
            let crossing = &mut self.draft.crossings[c];
            crossing.group = Some(groups.len());
            groups.push(GroupDraft {
                name: format!("F{}", i + 1),
                kind: GroupKind::Pedestrians,
                speed_limit: Speed::ZERO,
                crossing: crossing.shape.length(),
                streams: vec![self.movements.len() + i],
                lanes: ON_FOOT,
            });
        }
        let mut streams = streams;
        for &p in &protected {
            // A left turn with its own stage yields to nobody on wheels.
            let on_wheels = self.movements.len();
            streams.permissive[p].retain(|&s| s >= on_wheels);
        }
        let relations = engineering::relate(&streams, &groups);
        (groups, relations)
    }

    fn streams(&self) -> Streams {
        let all = &self.draft.movements;
        let index: BTreeMap<usize, usize> = self.movements.iter().enumerate().map(|(i, &m)| (m, i)).collect();
        let mut streams = Streams::default();
        for &m in &self.movements {
            let a = &all[m];
            let foot = self.crossings.iter().enumerate();
            let yields_on_foot = foot.filter(|(_, c)| may_yield(self.draft, a, &self.draft.crossings[**c]));
            let mut permissive: BTreeSet<usize> = yields_on_foot.map(|(i, _)| self.movements.len() + i).collect();
            if matches!(a.turn, Turn::Left | Turn::UTurn) {
                let opposing = a.yields_to.iter().filter(|&&o| opposite(self.draft, a, &all[o]));
                permissive.extend(opposing.filter_map(|o| index.get(o).copied()));
            }
            let ends = Ends { place: self.place, from: a.from, to: a.to };
            streams.push(Stream::driving(a.shape.clone(), a.turn, ends), permissive);
        }
        for &c in &self.crossings {
            let shape = self.draft.crossings[c].shape.clone();
            streams.push(Stream::on_foot(shape, super::write::CROSSING), BTreeSet::new());
        }
        streams
    }

    /// A signal without any conflict stands there for people on foot: crossings over the roads that leave.
    fn assume_crossings(&mut self) {
        let name = self.draft.places[self.place].name.clone();
        let leaving: BTreeSet<usize> = self.movements.iter().map(|&m| self.draft.movements[m].to.0).collect();
        for link in leaving {
            let lanes = &self.draft.links[link].lanes;
            let (right, left) = (lanes[0].pose(Length::ZERO), lanes[lanes.len() - 1].pose(Length::ZERO));
            let half = super::arm::LANE / 2.0;
            let Some(shape) = Polyline::new([left.offset(-2.0, half), right.offset(-2.0, -half)]) else { continue };
            let number = self.crossings.len() + 1;
            self.crossings.push(self.draft.crossings.len());
            self.draft.crossings.push(Crossing {
                name: format!("{name}/F{number}"),
                place: self.place,
                shape,
                group: None,
                chain: None,
            });
            let what = "its signal has no conflict in the map: a crossing for people on foot is assumed".to_owned();
            self.remarks.guess(format!("intersection {name}"), what);
        }
    }
}

fn any_conflict(relations: &Relations, groups: usize) -> bool {
    let ids = || (0..groups as u32).map(GroupId);
    ids().any(|a| ids().any(|b| relations.intergreens[(a, b)].is_some()))
}

/// Whether a movement may turn while people walk: it turns, and they cross the road it turns into.
fn may_yield(draft: &Draft, movement: &Movement, crossing: &Crossing) -> bool {
    let turns = matches!(movement.turn, Turn::Left | Turn::Right);
    let (from, to) = (&draft.links[movement.from.0], &draft.links[movement.to.0]);
    turns && crossing.chain == Some(to.chain) && to.chain != from.chain
}

fn opposite(draft: &Draft, a: &Movement, b: &Movement) -> bool {
    let heading = |m: &Movement| super::curve::end_pose(&draft.links[m.from.0].lanes[m.from.1]).heading;
    model::geometry::turn_angle(heading(a), heading(b)).abs() > 2.0
}

/// The compass bearing of the end of a line, in radians clockwise from north.
fn bearing(centre: Point, line: &Polyline) -> f64 {
    let end = line.end();
    let angle = maths::atan2(end.x - centre.x, end.y - centre.y);
    if angle < 0.0 { angle + std::f64::consts::TAU } else { angle }
}
