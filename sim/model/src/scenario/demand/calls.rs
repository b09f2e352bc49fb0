//! At which stops trips and flows call, and the way that leads by them.

use super::super::file::{CallFile, FlowFile, TripFile};
use super::super::load::LAST_SECOND;
use super::DemandCheck;
use crate::demand::{Call, Dwell, Itinerary};
use crate::id::{LinkId, StopId};
use crate::quantity::Span;
use crate::routing;
use crate::vehicle::VehicleClass;
use std::ops::Range;

/// The longest mean or deviation of a dwell, in seconds.
const LONGEST_DWELL: f64 = 3600.0;

/// The calls of a trip or flow as they are written.
pub(super) struct Timetable<'a> {
    /// How the section is called in messages.
    called: String,
    span: Range<usize>,
    classes: &'a [VehicleClass],
    dwell: [Option<f64>; 2],
    stops: &'a [CallFile],
    /// Whether it is one vehicle, which may have times of the day.
    single: bool,
}

impl<'a> Timetable<'a> {
    /// Those of a flow.
    pub(super) fn of_flow(f: &'a FlowFile, span: Range<usize>, classes: &'a [VehicleClass]) -> Self {
        let dwell = [f.dwell_mean_s, f.dwell_deviation_s];
        Self { called: format!("flow \"{}\"", f.name), span, classes, dwell, stops: &f.stops, single: false }
    }

    /// Those of a trip.
    pub(super) fn of_trip(t: &'a TripFile, span: Range<usize>, classes: &'a [VehicleClass]) -> Self {
        let dwell = [t.dwell_mean_s, t.dwell_deviation_s];
        Self { called: format!("trip \"{}\"", t.name), span, classes, dwell, stops: &t.stops, single: true }
    }
}

impl DemandCheck<'_> {
    /// The way and the calls of a trip or flow. With calls, the way is known link by link: from stop to stop by the fastest
    /// way where only its ends are given. Trams need a way on which they never have to change lanes.
    pub(super) fn calls(&mut self, t: &Timetable<'_>, itinerary: Itinerary) -> Option<(Itinerary, Vec<Call>)> {
        if t.stops.is_empty() {
            if t.dwell.iter().any(Option::is_some) {
                let what = format!("{} has a dwell, but no stops", t.called);
                self.say(t.span.clone(), what, "name its stops, or take the dwell out");
            }
            self.rails_lead_on(t, &itinerary, &[]);
            return Some((itinerary, Vec::new()));
        }
        let found: Vec<Option<(StopId, Dwell)>> = t.stops.iter().map(|c| self.call(t, c)).collect();
        let found: Vec<(StopId, Dwell)> = found.into_iter().collect::<Option<_>>()?;
        let links = match itinerary {
            Itinerary::Links(links) => links,
            Itinerary::Fastest { from, to } => self.way_by_stops(t, from, to, &found)?,
        };
        let calls = self.on_the_way(t, &links, &found)?;
        let itinerary = Itinerary::Links(links);
        self.rails_lead_on(t, &itinerary, &calls);
        Some((itinerary, calls))
    }

    fn call(&mut self, t: &Timetable<'_>, c: &CallFile) -> Option<(StopId, Dwell)> {
        let stop = self.names.stop(self.source, &c.stop, self.faults)?;
        let name = c.stop.get_ref();
        let Some(mean) = c.dwell_mean_s.or(t.dwell[0]) else {
            let what = format!("{} stops at \"{name}\" for no known time", t.called);
            self.say(c.stop.span(), what, "give dwell_mean_s there, or for all its stops");
            return None;
        };
        let deviation = c.dwell_deviation_s.or(t.dwell[1]).unwrap_or(0.0);
        for (key, value) in [("dwell_mean_s", mean), ("dwell_deviation_s", deviation)] {
            if !(0.0..=LONGEST_DWELL).contains(&value) {
                let what = format!("{} has {key} = {value} at \"{name}\"", t.called);
                self.say(c.stop.span(), what, format!("give 0 to {LONGEST_DWELL} s"));
            }
        }
        if deviation > 0.0 && mean <= 0.0 {
            let what = format!("{} dwells 0 s at \"{name}\" and deviates from it", t.called);
            self.say(c.stop.span(), what, "give a mean above 0 s, or no deviation");
        }
        if !t.single && c.not_before_s.is_some() {
            let what = format!("{} has a time of the day at \"{name}\"", t.called);
            self.say(c.stop.span(), what, "only trips keep a timetable: write trips, or take not_before_s out");
        }
        if c.not_before_s.is_some_and(|s| !(0.0..=f64::from(LAST_SECOND)).contains(&s)) {
            self.say(
                c.stop.span(),
                format!("{} leaves \"{name}\" at no second of the day", t.called),
                "give a second of the day",
            );
        }
        let lane = self.network.stops.get(stop).map(|s| s.lane)?;
        for &class in t.classes.iter().filter(|&&class| !self.network.lanes[lane].classes.contains(class)) {
            let what = format!("the lane of stop \"{name}\" does not admit {class:?}");
            self.faults.push(self.source.fault(c.stop.span(), what, "admit the class to the lane, or move the stop"));
        }
        Some((stop, Dwell { mean: Span::seconds_f64(mean), deviation: Span::seconds_f64(deviation) }))
    }

    fn link_of(&self, stop: StopId) -> LinkId {
        self.network.lanes[self.network.stops[stop].lane].link
    }

    /// The fastest way from stop to stop; every class of the mix has to be able to follow it.
    fn way_by_stops(&mut self, t: &Timetable<'_>, from: LinkId, to: LinkId, stops: &[(StopId, Dwell)]) -> Option<Vec<LinkId>> {
        let network = self.network;
        let times = routing::free_flow_times(network, t.classes[0]);
        let mut way = vec![from];
        for next in stops.iter().map(|s| self.link_of(s.0)).chain([to]) {
            let last = way[way.len() - 1];
            let found = routing::fastest(network, t.classes[0], &times, last, next);
            let passes = |way: &Vec<LinkId>| {
                let open = |&c: &VehicleClass| way.windows(2).all(|p| network.successors(p[0], c).contains(&p[1]));
                t.classes.iter().all(open)
            };
            let Some(found) = found.filter(passes) else {
                let (a, b) = (&network.links[last].name, &network.links[next].name);
                let what = format!("{} cannot get from \"{a}\" to \"{b}\" by way of its stops", t.called);
                self.say(t.span.clone(), what, "check one-ways, turns and lane classes between them, or give a route");
                return None;
            };
            way.extend(&found[1..]);
        }
        Some(way)
    }

    /// Finds each stop on the way, after the one before.
    fn on_the_way(&mut self, t: &Timetable<'_>, links: &[LinkId], stops: &[(StopId, Dwell)]) -> Option<Vec<Call>> {
        let mut calls: Vec<Call> = Vec::new();
        let mut reached = (0, f64::NEG_INFINITY);
        for (&(stop, dwell), c) in stops.iter().zip(t.stops) {
            let (link, position) = (self.link_of(stop), self.network.stops[stop].position.get());
            let (leg, after) = reached;
            let found = (leg..links.len()).find(|&i| links[i] == link && (i > leg || position > after));
            let Some(leg) = found else {
                let what = format!("the way of {} does not come by stop \"{}\" in turn", t.called, c.stop.get_ref());
                self.say(c.stop.span(), what, "name stops in the order of the way, and links that lead by them");
                return None;
            };
            calls.push(Call { stop, leg, dwell, not_before: c.not_before_s.map(Span::seconds_f64) });
            reached = (leg, position);
        }
        Some(calls)
    }

    /// Trams do not change lanes: some lane of the first link has to lead over all others, and by the stops.
    fn rails_lead_on(&mut self, t: &Timetable<'_>, itinerary: &Itinerary, calls: &[Call]) {
        let network = self.network;
        let Some(&class) = t.classes.iter().find(|c| c.is_on_rails()) else { return };
        let links = match itinerary {
            Itinerary::Links(links) => links.clone(),
            Itinerary::Fastest { from, to } => {
                let times = routing::free_flow_times(network, class);
                let Some(links) = routing::fastest(network, class, &times, *from, *to) else { return };
                links
            }
        };
        let by = |leg: usize| calls.iter().filter(|c| c.leg == leg).map(|c| network.stops[c.stop].lane).collect::<Vec<_>>();
        if let Err(leg) = routing::without_lane_changes(network, class, &links, by) {
            let what =
                format!("{} would have to change lanes before \"{}\", as {class:?}", t.called, network.links[links[leg]].name);
            let mend = "connect one lane to the next by movements all along its way, or give another route";
            self.say(t.span.clone(), what, mend);
        }
    }
}
