//! A part of a network, run by itself: when one signal changes, hardly anything changes far away.

use super::run::{Scratch, Way};
use super::{LaneGroup, PlatoonModel, Service, Stream};
use model::id::SignalId;
use std::collections::BTreeSet;

/// How many signals further down the ways a part goes than the signal that changes: platoons have stretched by then.
const DOWNSTREAM: u32 = 2;

/// How many signals further up: queues that reach back hold up those before.
const UPSTREAM: u32 = 1;

/// What leaves the stop lines and how full the lanes are, second by second of the common cycle, and what came of it.
#[derive(Debug, Clone, Default)]
pub struct Recording {
    /// By second and stream, in vehicles.
    leaving: Vec<f64>,
    /// By second and lane group, in vehicles.
    inside: Vec<f64>,
    streams: usize,
    groups: usize,
    /// By stream, without what chance adds.
    services: Vec<Service>,
    capacity: Vec<f64>,
}

impl Recording {
    /// Writes down a second of the cycle, when it is known who leaves.
    pub(super) fn record(&mut self, scratch: &Scratch, second: u32) {
        (self.streams, self.groups) = (scratch.streams.len(), scratch.lanes.len());
        let end = second as usize + 1;
        self.leaving.resize(self.leaving.len().max(end * self.streams), 0.0);
        self.inside.resize(self.inside.len().max(end * self.groups), 0.0);
        for (to, way) in self.leaving[(end - 1) * self.streams..].iter_mut().zip(&scratch.streams) {
            *to = way.leaving;
        }
        for (to, lanes) in self.inside[(end - 1) * self.groups..].iter_mut().zip(&scratch.lanes) {
            *to = lanes.inside;
        }
    }

    /// Writes down what came of it.
    pub(super) fn keep(&mut self, scratch: &Scratch) {
        self.services.clone_from(&scratch.services);
        self.capacity.clone_from(&scratch.capacity);
    }
}

/// The part of a network where it matters what one signal shows.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its lane groups and streams, numbered anew.
    pub(super) model: PlatoonModel,
    /// The numbers that its streams have in the whole.
    streams: Vec<usize>,
    feeds: Vec<Feed>,
    rooms: Vec<Room>,
}

/// Where vehicles come into the part.
#[derive(Debug, Clone, Copy)]
struct Feed {
    /// Stream of the whole.
    from: usize,
    /// Stream of the part.
    to: usize,
    share: f64,
}

/// Where vehicles leave the part and may find no room.
#[derive(Debug, Clone, Copy)]
struct Room {
    /// Stream of the part.
    stream: usize,
    /// Lane group of the whole, and how many vehicles it has room for.
    group: usize,
    storage: f64,
    share: f64,
}

impl Part {
    /// How many streams it has.
    pub fn len(&self) -> usize {
        self.streams.len()
    }

    /// Whether nothing in the model depends on the signal.
    pub fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// How much room is left beyond the part.
    pub(super) fn see_room(&self, recording: &Recording, second: u32, streams: &mut [Way]) {
        let inside = &recording.inside[second as usize * recording.groups..];
        for room in &self.rooms {
            streams[room.stream].room_beyond = f64::INFINITY;
        }
        for room in &self.rooms {
            let free = (room.storage - inside[room.group]).max(0.0) / room.share;
            let way = &mut streams[room.stream];
            way.room_beyond = way.room_beyond.min(free);
        }
    }

    /// Those who come from the rest of the network.
    pub(super) fn feed(&self, recording: &Recording, second: u32, streams: &mut [Way]) {
        let leaving = &recording.leaving[second as usize * recording.streams..];
        for feed in &self.feeds {
            streams[feed.to].entering += leaving[feed.from] * feed.share;
        }
    }

    /// Completes what came of the part by what was recorded of the rest.
    pub(super) fn put_into(&self, recording: &Recording, scratch: &mut Scratch) {
        let services = std::mem::replace(&mut scratch.services, recording.services.clone());
        let capacity = std::mem::replace(&mut scratch.capacity, recording.capacity.clone());
        for ((&stream, service), capacity) in self.streams.iter().zip(services).zip(capacity) {
            scratch.services[stream] = service;
            scratch.capacity[stream] = capacity;
        }
    }
}

impl PlatoonModel {
    /// The part of the network where it matters what a signal shows: its own lanes, those that platoons reach from it over the
    /// next signals, and those that its queues may reach back to.
    pub fn part_around(&self, signal: SignalId) -> Part {
        let ways = Ways::of(self);
        let own: Vec<usize> = self.indices().filter(|&s| self.obeys(s, signal)).map(|s| self.streams[s].group).collect();
        let mut groups: BTreeSet<usize> = own.iter().copied().collect();
        ways.spread(&own, DOWNSTREAM, &ways.after, &mut groups);
        ways.spread(&own, UPSTREAM, &ways.before, &mut groups);
        self.part(&groups)
    }

    fn indices(&self) -> std::ops::Range<usize> {
        0..self.streams.len()
    }

    fn obeys(&self, stream: usize, signal: SignalId) -> bool {
        self.streams[stream].head.is_some_and(|h| h.signal == signal)
    }

    /// A part of these lane groups, and of those to which they give way.
    fn part(&self, groups: &BTreeSet<usize>) -> Part {
        let mut groups = groups.clone();
        loop {
            let given_way = self.streams.iter().filter(|s| groups.contains(&s.group)).flat_map(|s| &s.gives_way_to);
            let more: BTreeSet<usize> = given_way.map(|&s| self.streams[s].group).filter(|g| !groups.contains(g)).collect();
            if more.is_empty() {
                break;
            }
            groups.extend(more);
        }
        let streams: Vec<usize> = self.indices().filter(|&s| groups.contains(&self.streams[s].group)).collect();
        let groups: Vec<usize> = groups.into_iter().collect();
        let place = |stream: usize| streams.binary_search(&stream).ok();
        let inner = |&s: &usize| {
            let stream = &self.streams[s];
            let group = groups.binary_search(&stream.group).unwrap_or_default();
            let onward = stream.onward.iter().filter_map(|&(to, share)| Some((place(to)?, share))).collect();
            let gives_way_to = stream.gives_way_to.iter().filter_map(|&s| place(s)).collect();
            Stream { group, gives_way_to, onward, ..stream.clone() }
        };
        let lanes: Vec<LaneGroup> = groups.iter().map(|&g| self.groups[g]).collect();
        let model = Self { groups: lanes, streams: streams.iter().map(inner).collect(), ..*self };
        let (feeds, rooms) = (self.feeds(&streams), self.rooms(&streams));
        Part { model, streams, feeds, rooms }
    }

    /// What comes to these streams from others.
    fn feeds(&self, streams: &[usize]) -> Vec<Feed> {
        let others = self.indices().filter(|s| streams.binary_search(s).is_err());
        let to_part = |from: usize| {
            let into = move |&(to, share): &(usize, f64)| Some(Feed { from, to: streams.binary_search(&to).ok()?, share });
            self.streams[from].onward.iter().filter_map(into)
        };
        others.flat_map(to_part).collect()
    }

    /// Where these streams go on to others.
    fn rooms(&self, streams: &[usize]) -> Vec<Room> {
        let beyond = |(stream, &whole): (usize, &usize)| {
            let leaves = |&&(to, share): &&(usize, f64)| share >= super::run::FEW && streams.binary_search(&to).is_err();
            let room = move |&(to, share): &(usize, f64)| {
                let group = self.streams[to].group;
                Room { stream, group, storage: self.groups[group].storage, share }
            };
            self.streams[whole].onward.iter().filter(leaves).map(room)
        };
        streams.iter().enumerate().flat_map(beyond).collect()
    }
}

/// Which lane groups come after which.
struct Ways {
    after: Vec<Vec<usize>>,
    before: Vec<Vec<usize>>,
    signalised: Vec<bool>,
}

impl Ways {
    fn of(model: &PlatoonModel) -> Self {
        let count = model.groups.len();
        let (mut after, mut before, mut signalised) = (vec![Vec::new(); count], vec![Vec::new(); count], vec![false; count]);
        for stream in &model.streams {
            signalised[stream.group] |= stream.head.is_some();
            for &(to, _) in &stream.onward {
                let to = model.streams[to].group;
                after[stream.group].push(to);
                before[to].push(stream.group);
            }
        }
        Self { after, before, signalised }
    }

    /// Adds what can be reached from some lane groups over as many others with signals.
    fn spread(&self, from: &[usize], signals: u32, next: &[Vec<usize>], found: &mut BTreeSet<usize>) {
        let mut border: BTreeSet<usize> = from.iter().copied().collect();
        for _ in 0..signals {
            let mut reached = BTreeSet::new();
            let mut open: Vec<usize> = border.iter().flat_map(|&g| next[g].iter().copied()).collect();
            let mut seen: BTreeSet<usize> = BTreeSet::new();
            while let Some(group) = open.pop() {
                if !seen.insert(group) {
                    continue;
                }
                found.insert(group);
                if self.signalised[group] {
                    reached.insert(group);
                } else {
                    open.extend(&next[group]);
                }
            }
            border = reached;
        }
    }
}
