//! The stops of a timetable as stops of the network, and the calls of runs at them.

use super::feed::{Feed, Run};
use super::matching::{Matched, Matcher};
use crate::sumo::Notes;
use model::id::LinkId;
use model::network::Network;
use model::routing::without_lane_changes;
use model::scenario::file::{CallFile, StopFile, reference};
use model::vehicle::VehicleClass;
use std::collections::BTreeMap;

/// Shortest mean dwell, in seconds; assumed, since most timetables know whole minutes only.
const LEAST_DWELL: f64 = 15.0;

/// Longest dwell that a scenario takes, in seconds: a layover at a terminus may be longer.
const LONGEST_DWELL: f64 = 3600.0;

/// What is assumed of every stop, for the scenario.
pub(super) const ASSUMPTION: &str =
    "assumed: stops of buses are 20 m long and those of trams 40 m, all on the lane; dwells last 15 s or more and do not vary";

/// Shortest stop that the model takes, in metres.
const SHORTEST: f64 = 5.0;

/// How long a stop is, in metres: one articulated bus, or one train of two trams of common length. Assumed.
fn length(class: VehicleClass) -> f64 {
    if class == VehicleClass::Tram { 40.0 } else { 20.0 }
}

/// The stops that runs have called at so far.
pub(super) struct Stops<'a> {
    network: &'a Network,
    pub(super) made: Vec<StopFile>,
    /// By class, stop and link: the index of what was made, if it could be.
    known: BTreeMap<(VehicleClass, usize, LinkId), Option<usize>>,
}

impl<'a> Stops<'a> {
    pub(super) fn new(network: &'a Network) -> Self {
        Self { network, made: Vec::new(), known: BTreeMap::new() }
    }

    /// The calls of a run after its first.
    pub(super) fn calls(
        &mut self,
        run: &Run,
        matched: &Matched,
        matcher: &mut Matcher<'_>,
        feed: &Feed,
        notes: &mut Notes,
    ) -> Vec<CallFile> {
        let (mut calls, mut lanes) = (Vec::new(), Vec::new());
        let mut reached = (0, 0.0);
        for (i, &leg) in matched.legs.iter().enumerate().skip(1) {
            let call = matched.first + i;
            let stop = run.calls[call].stop;
            let made = self.stop(run.class, stop, matched.links[leg], matcher, feed).map(|m| &self.made[m]);
            // Behind the stop before on the same link there is no way back.
            let Some(made) = made.filter(|s| leg > reached.0 || s.position_m > reached.1) else {
                notes.add("Stops that cannot be served in turn are left out", feed.stops[stop].name.clone());
                continue;
            };
            reached = (leg, made.position_m);
            lanes.extend(self.network.links[matched.links[leg]].lane(made.lane).map(|lane| (leg, lane)));
            calls.push(CallFile {
                stop: reference(made.name.get_ref().clone()),
                dwell_mean_s: Some(run.stands(call).clamp(LEAST_DWELL, LONGEST_DWELL)),
                dwell_deviation_s: None,
                not_before_s: Some(run.time(call)),
            });
        }
        let by = |leg| lanes.iter().filter(|l| l.0 == leg).map(|l| l.1).collect();
        if run.class.is_on_rails() && without_lane_changes(self.network, run.class, &matched.links, by).is_err() {
            notes.add("Trams stop nowhere whose stops lie at other tracks than theirs", format!("line {}", run.line));
            calls.clear();
        }
        calls
    }

    fn stop(&mut self, class: VehicleClass, stop: usize, link: LinkId, matcher: &mut Matcher<'_>, feed: &Feed) -> Option<usize> {
        if let Some(&known) = self.known.get(&(class, stop, link)) {
            return known;
        }
        let made = matcher.place(class, stop, link, feed).and_then(|(lane, along)| {
            let lane = &self.network.lanes[lane];
            let length_m = length(class).min(lane.length.get());
            let position_m = along.get().clamp(length_m, lane.length.get());
            (length_m >= SHORTEST).then(|| StopFile {
                name: reference(format!("{} {}", self.made.len() + 1, feed.stops[stop].name)),
                link: reference(self.network.links[link].name.clone()),
                lane: lane.index,
                position_m,
                length_m,
                bay: false,
            })
        });
        let index = made.map(|stop| {
            self.made.push(stop);
            self.made.len() - 1
        });
        self.known.insert((class, stop, link), index);
        index
    }
}
