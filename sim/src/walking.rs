//! People on foot at crossings: when they come, how they start, and their way across.
//!
//! They wait at the kerb for the green of their signal, or where there is none until vehicles can stop; start one row after
//! the other; walk at their own pace, and finish whatever the signal does. Between two parts of a crossing that are apart
//! they can stand, and do when a vehicle comes that can no longer stop.

use crate::crossings::{Across, Crossings};
use crate::on_foot::{Approach, OnFoot, traffic_at};
use crate::perceive::Scene;
use crate::random::{Draws, Stream, draws};
use bevy_ecs::resource::Resource;
use model::geometry::Point;
use model::id::{IdVec, PushButtonId};
use model::network::Network;
use model::quantity::Length;
use model::scenario::Scenario;
use model::signal::Aspect;
use model::time::DaySecond;
use serde::{Deserialize, Serialize};

/// Where people wait before the kerb, and where they are gone behind the other, in metres; assumed.
const BEHIND_THE_KERB: f64 = 0.5;

/// From green to the first step, in seconds: uniform between the two. Assumed; the start-up time of 3.2 s of HCM 2010 is
/// one that hardly anyone exceeds.
const REACTION: (f64, f64) = (0.5, 1.5);

/// Time between two people who start at one kerb, times the width of the crossing, in s m.
///
/// Source: HCM 2000, ch. 18, crossing time of a group: 0.81 s for each person and metre of width.
const START_SPACING: f64 = 0.81;

/// The width below which a crossing does not let people start more slowly, in metres. Source: the same, 0.27 s a person.
const LEAST_WIDTH: f64 = 3.0;

/// How long before stepping into a part of a crossing somebody makes sure of it, in seconds; assumed.
const LOOK_AHEAD: f64 = 1.0;

/// How long before they get there drivers are aware of people on foot, in seconds; assumed.
const AWARE: f64 = 20.0;

/// Rounding of times, in seconds.
const ROUNDING: f64 = 1e-9;

/// Somebody who will come to a crossing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Comer {
    /// When, in seconds of the day.
    pub(crate) due: f64,
    /// Which of the crossings with walking demand.
    pub(crate) crossing: usize,
    /// Whether from the last point of the crossing to the first.
    pub(crate) backward: bool,
    /// In m/s.
    pub(crate) speed: f64,
    /// From green to the first step, in seconds.
    reaction: f64,
    /// Where across the width, from -1 (right of the crossing's line) to 1.
    aside: f64,
}

/// Everyone who will come to a crossing, in order of time.
#[derive(Debug, Default, Resource)]
pub(crate) struct Comers(pub(crate) Vec<Comer>);

impl Comers {
    /// Those of a scenario under a seed.
    pub(crate) fn new(scenario: &Scenario, crossings: &Crossings, seed: u64) -> Self {
        let places = crossings.places(scenario.network.crossings.len());
        let mut comers: Vec<Comer> = Vec::new();
        for (i, walking) in scenario.demand.walking.iter().enumerate() {
            let Some(crossing) = places[walking.crossing] else { continue };
            for (backward, flow) in [false, true].into_iter().zip(walking.flows) {
                let mut draw = draws(seed, Stream::Walking, 2 * i as u64 + u64::from(backward));
                let groups_per_s = flow.get() * scenario.demand.factor / walking.group;
                let mut due = walking.begin.get();
                loop {
                    due += draw.exponential() / groups_per_s;
                    if due >= walking.end.get().min(f64::from(scenario.end.0)) || groups_per_s <= 0.0 {
                        break;
                    }
                    let (mean, deviation) = (walking.speed.get(), walking.deviation.get());
                    let speed = (mean + deviation * draw.normal_within_two()).max(0.2);
                    let who = Comer { due, crossing, backward, speed, reaction: 0.0, aside: 0.0 };
                    comers.extend(group(walking.group, who, &mut draw));
                }
            }
        }
        comers.retain(|c| c.due >= f64::from(scenario.start().0));
        // A stable sort: in file order at equal times.
        comers.sort_by(|a, b| a.due.total_cmp(&b.due));
        Self(comers)
    }
}

/// The people of a group: a geometric number, alike but for where they walk and when they set off.
fn group(mean: f64, who: Comer, draw: &mut Draws) -> impl Iterator<Item = Comer> {
    let mut size = 1;
    while mean > 1.0 && draw.uniform() * mean >= 1.0 {
        size += 1;
    }
    (0..size).map(move |_| {
        let reaction = REACTION.0 + (REACTION.1 - REACTION.0) * draw.uniform();
        Comer { reaction, aside: 2.0 * draw.uniform() - 1.0, ..who }
    })
}

/// Somebody at a crossing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Person {
    /// Row among those who come.
    comer: u32,
    /// From their own kerb, in metres.
    at: f64,
    /// How many parts of the crossing they have made sure of.
    parts: u32,
    /// Whether they have left the kerb.
    started: bool,
    /// From when on they would step off the kerb; infinite while they wait for green.
    ready: f64,
    /// Seconds for which they have stood on the way.
    stood: f64,
    /// Seconds from their arrival to their first step.
    waited: f64,
}

/// What a crossing keeps from step to step.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Place {
    people: Vec<Person>,
    /// From when on the next may start, by kerb.
    kerbs: [f64; 2],
    /// Whether they had green in the last step.
    green: bool,
}

/// Sums over the people who count: those due since the measured period began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct CrossedSums {
    pub(crate) came: u32,
    pub(crate) crossed: u32,
    /// In seconds; of those who have crossed, or with [`Walkers::sums`] of all.
    pub(crate) wait: f64,
    pub(crate) longest: f64,
}

impl CrossedSums {
    fn add(&mut self, wait: f64) {
        self.wait += wait;
        self.longest = self.longest.max(wait);
    }
}

/// Everyone on foot.
#[derive(Debug, Clone, Default, PartialEq, Resource, Serialize, Deserialize)]
pub(crate) struct Walkers {
    /// Those before this one have come.
    next: u32,
    places: Vec<Place>,
    /// Since when green has been asked for, by push button.
    pub(crate) requests: IdVec<PushButtonId, Option<DaySecond>>,
    sums: CrossedSums,
}

/// The moment of a step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// In seconds of the day.
    pub(crate) now: f64,
    /// The whole second.
    pub(crate) second: DaySecond,
    /// When the measured period began, in seconds of the day.
    pub(crate) counted_from: f64,
    /// Length of the step in seconds.
    pub(crate) dt: f64,
}

/// What keeps somebody from stepping into a part of a crossing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// A vehicle that can no longer stop.
    ByRush,
    /// A vehicle that covers the way.
    ByBody,
}

impl Walkers {
    pub(crate) fn new(network: &Network, crossings: &Crossings) -> Self {
        Self {
            places: vec![Place::default(); crossings.all.len()],
            requests: IdVec::from_fn(network.push_buttons.len(), |_| None),
            ..Self::default()
        }
    }

    /// Whether nobody ever walks.
    pub(crate) fn is_off(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether it is of a network with as many crossings and buttons, and of as many people.
    pub(crate) fn fits(&self, other: &Self, comers: &Comers) -> bool {
        let sizes = |w: &Self| (w.places.len(), w.requests.len());
        let known = |p: &Person| (p.comer as usize) < comers.0.len();
        let people = || self.places.iter().flat_map(|p| &p.people);
        sizes(self) == sizes(other) && self.next as usize <= comers.0.len() && people().all(known)
    }

    /// The pass: people come, make sure of their way and walk; drivers learn of it.
    pub(crate) fn step(&mut self, scene: &Scene<'_>, comers: &Comers, on_foot: &mut OnFoot, moment: Moment) {
        on_foot.clear(scene.roads.crossings.cuts.len());
        if self.is_off() {
            return;
        }
        self.change_signals(scene, comers, moment.now);
        self.arrive(comers, moment);
        let mut seen = vec![None; scene.roads.crossings.cuts.len()];
        for i in 0..self.places.len() {
            let mut people = std::mem::take(&mut self.places[i].people);
            for person in &mut people {
                let comer = &comers.0[person.comer as usize];
                let mut walk = Walk {
                    scene,
                    comer,
                    across: scene.roads.crossings.across(i, comer.backward),
                    place: &mut self.places[i],
                    on_foot,
                    seen: &mut seen,
                    moment,
                };
                walk.step(person, scene.roads.crossings.all[i].width);
            }
            let length = scene.roads.crossings.all[i].length;
            people.retain(|p| {
                let gone = p.at >= length + BEHIND_THE_KERB;
                if gone && comers.0[p.comer as usize].due >= moment.counted_from {
                    self.sums.crossed += 1;
                    self.sums.add(p.waited + p.stood);
                }
                !gone
            });
            self.places[i].people = people;
        }
        self.press(scene, moment.second);
    }

    /// At the beginning of green those who wait set off, each after their reaction; at its end who has not waits on.
    fn change_signals(&mut self, scene: &Scene<'_>, comers: &Comers, now: f64) {
        for (place, crossing) in self.places.iter_mut().zip(&scene.roads.crossings.all) {
            let green = scene.lights.aspect(crossing.head) == Aspect::Green;
            if green == place.green {
                continue;
            }
            place.green = green;
            for p in place.people.iter_mut().filter(|p| !p.started) {
                p.ready = if green { now + comers.0[p.comer as usize].reaction } else { f64::INFINITY };
            }
        }
    }

    fn arrive(&mut self, comers: &Comers, moment: Moment) {
        while let Some(comer) = comers.0.get(self.next as usize).filter(|c| c.due <= moment.now + ROUNDING) {
            self.sums.came += u32::from(comer.due >= moment.counted_from);
            let place = &mut self.places[comer.crossing];
            let ready = if place.green { comer.due } else { f64::INFINITY };
            let (comer, at) = (self.next, -BEHIND_THE_KERB);
            place.people.push(Person { comer, at, parts: 0, started: false, ready, stood: 0.0, waited: 0.0 });
            self.next += 1;
        }
    }

    /// Whoever waits at red presses the button; green answers.
    fn press(&mut self, scene: &Scene<'_>, second: DaySecond) {
        for (place, crossing) in self.places.iter().zip(&scene.roads.crossings.all) {
            let waits = || place.people.iter().any(|p| !p.started);
            for &id in &crossing.buttons {
                let request = &mut self.requests[id];
                *request = if !place.green && waits() { request.or(Some(second)) } else { None };
            }
        }
    }

    /// The sums at a time, with those who are still on their way.
    pub(crate) fn sums(&self, comers: &Comers, now: f64, counted_from: f64) -> CrossedSums {
        let mut sums = self.sums;
        for (_, wait) in self.waits(comers, now, counted_from) {
            sums.add(wait);
        }
        sums
    }

    /// Those who have come up to now.
    pub(crate) fn come<'a>(&self, comers: &'a Comers) -> &'a [Comer] {
        &comers.0[..self.next as usize]
    }

    /// How long those who count and are at a crossing now have waited, in seconds, each with the crossing.
    pub(crate) fn waits(&self, comers: &Comers, now: f64, counted_from: f64) -> impl Iterator<Item = (usize, f64)> {
        let people = self.places.iter().enumerate().flat_map(|(i, place)| place.people.iter().map(move |p| (i, p)));
        people.filter_map(move |(crossing, p)| {
            let due = comers.0[p.comer as usize].due;
            let wait = if p.started { p.waited + p.stood } else { now - due };
            (due >= counted_from).then_some((crossing, wait))
        })
    }

    /// Where everyone is: which of the crossings, where, and whether on the road.
    pub(crate) fn seen<'a>(
        &'a self,
        network: &'a Network,
        comers: &'a Comers,
        crossings: &'a Crossings,
    ) -> impl Iterator<Item = Seen> {
        self.places.iter().enumerate().flat_map(move |(i, place)| {
            place.people.iter().map(move |p| {
                let (comer, crossing) = (&comers.0[p.comer as usize], &crossings.all[i]);
                let along = if comer.backward { crossing.length - p.at } else { p.at };
                let room = (0.5 * crossing.width - 0.25).max(0.0);
                let at = network.crossings[crossing.id].shape.pose(Length::metres(along)).offset(0.0, comer.aside * room);
                Seen { crossing: i, at, on_road: p.at > 0.0 && p.at < crossing.length, waits: !p.started }
            })
        })
    }
}

/// Somebody on foot as seen from outside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) crossing: usize,
    pub(crate) at: Point,
    pub(crate) on_road: bool,
    pub(crate) waits: bool,
}

/// One person's step.
struct Walk<'a> {
    scene: &'a Scene<'a>,
    comer: &'a Comer,
    across: Across<'a>,
    place: &'a mut Place,
    on_foot: &'a mut OnFoot,
    /// What has been found out about each cut in this step.
    seen: &'a mut [Option<Approach>],
    moment: Moment,
}

impl Walk<'_> {
    fn step(&mut self, person: &mut Person, width: f64) {
        let kept = if person.started { self.look_ahead(person) } else { self.start(person, width) };
        self.tell(person, kept);
        if !person.started {
            return;
        }
        let (step, parts) = (self.comer.speed * self.moment.dt, person.parts as usize);
        let free = if parts < self.across.len() { (self.across.begins(parts) - person.at).max(0.0) } else { step };
        person.at += step.min(free);
        person.stood += self.moment.dt * (1.0 - step.min(free) / step);
    }

    /// Leaves the kerb when it is green, one's turn, and the first part is free.
    fn start(&mut self, person: &mut Person, width: f64) -> Option<Kept> {
        let (now, kerb) = (self.moment.now, usize::from(self.comer.backward));
        // Within a step as many start as have their turn in it.
        if person.ready > now + ROUNDING || self.place.kerbs[kerb] + ROUNDING > now + self.moment.dt {
            return None;
        }
        if self.across.len() > 0 {
            if let Some(kept) = self.kept_from(0) {
                return Some(kept);
            }
            person.parts = 1;
        }
        person.started = true;
        // Whoever comes at green does not wait, although the step may be long.
        person.waited = if self.comer.due + self.moment.dt > now + ROUNDING { 0.0 } else { now - self.comer.due };
        self.place.kerbs[kerb] = self.place.kerbs[kerb].max(now) + START_SPACING / width.max(LEAST_WIDTH);
        self.look_ahead(person)
    }

    /// Makes sure of the parts that come next.
    fn look_ahead(&mut self, person: &mut Person) -> Option<Kept> {
        let sight = person.at + self.comer.speed * (self.moment.dt + LOOK_AHEAD);
        while (person.parts as usize) < self.across.len() && self.across.begins(person.parts as usize) < sight {
            if let Some(kept) = self.kept_from(person.parts as usize) {
                return Some(kept);
            }
            person.parts += 1;
        }
        None
    }

    /// What keeps one from stepping into a part.
    fn kept_from(&mut self, part: usize) -> Option<Kept> {
        let traffic = self.across.cuts(part).iter().map(|&cut| self.traffic(cut)).max()?;
        match traffic {
            Approach::Clear => None,
            Approach::Rushing => Some(Kept::ByRush),
            Approach::Covered => Some(Kept::ByBody),
        }
    }

    fn traffic(&mut self, cut: u32) -> Approach {
        let scene = self.scene;
        *self.seen[cut as usize].get_or_insert_with(|| traffic_at(scene, &scene.roads.crossings.cuts[cut as usize]))
    }

    /// Lets drivers know which cuts somebody holds and where they are about to step.
    ///
    /// Who is kept by a body in the way asks only those behind it to wait: the way of others may be what the body waits for.
    fn tell(&mut self, person: &Person, kept: Option<Kept>) {
        let v = self.comer.speed;
        let parts = person.parts as usize;
        for &cut in (0..parts).flat_map(|k| self.across.cuts(k)) {
            let (_, far) = self.across.stretch(cut);
            if person.at < far {
                self.on_foot.hold(cut, (far - person.at) / v);
            }
        }
        let before = if person.started { 0.0 } else { (person.ready - self.moment.now).max(0.0) };
        for k in parts..self.across.len() {
            for &cut in self.across.cuts(k) {
                let (near, far) = self.across.stretch(cut);
                let soon = before + (near - person.at).max(0.0) / v;
                let asks = kept != Some(Kept::ByBody) || self.seen[cut as usize] == Some(Approach::Covered);
                if asks && soon < AWARE {
                    self.on_foot.want(cut, soon, before + (far - person.at) / v);
                }
            }
            if kept == Some(Kept::ByBody) {
                break;
            }
        }
    }
}
