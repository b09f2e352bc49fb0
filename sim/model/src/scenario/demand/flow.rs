//! What every flow states: who, when and how.

use super::super::file::{CountsFile, FlowFile, MatrixFile, ShareFile};
use super::{DemandCheck, Types};
use crate::demand::{Arrivals, Departure, Itinerary, Platoon, QUARTER_HOUR, Stream};
use crate::id::VehicleTypeId;
use crate::quantity::{Flow, Span};
use crate::vehicle::VehicleClass;
use std::ops::Range;

/// More than any road carries, in vehicles per hour.
pub(super) const MOST_VEH_PER_H: f64 = 20_000.0;

/// Who travels, when and how, as it is written.
pub(super) struct Terms<'a> {
    /// How the section is called in messages, such as `flow "north"`.
    pub(super) called: String,
    /// Where messages point to.
    pub(super) span: Range<usize>,
    pub(super) mix: &'a [ShareFile],
    pub(super) begin_s: f64,
    pub(super) end_s: f64,
    pub(super) arrivals: Arrivals,
    pub(super) platoon_mean_veh: Option<f64>,
    pub(super) platoon_spacing_s: Option<f64>,
    pub(super) departure: Departure,
}

impl<'a> Terms<'a> {
    /// Those of a flow.
    pub(super) fn of_flow(f: &'a FlowFile, span: Range<usize>) -> Self {
        Self {
            called: format!("flow \"{}\"", f.name),
            span,
            mix: &f.mix,
            begin_s: f.begin_s,
            end_s: f.end_s,
            arrivals: f.arrivals,
            platoon_mean_veh: f.platoon_mean_veh,
            platoon_spacing_s: f.platoon_spacing_s,
            departure: Departure { lane: f.depart_lane, speed: f.depart_speed },
        }
    }

    /// Those of a matrix.
    pub(super) fn of_matrix(m: &'a MatrixFile) -> Self {
        Self {
            called: format!("matrix \"{}\"", m.name.get_ref()),
            span: m.name.span(),
            mix: &m.mix,
            begin_s: m.begin_s,
            end_s: m.end_s,
            arrivals: Arrivals::Poisson,
            platoon_mean_veh: None,
            platoon_spacing_s: None,
            departure: Departure { lane: m.depart_lane, speed: m.depart_speed },
        }
    }

    /// Those of counts.
    pub(super) fn of_counts(c: &'a CountsFile) -> Self {
        Self {
            called: format!("counts \"{}\"", c.name.get_ref()),
            span: c.name.span(),
            mix: &c.mix,
            begin_s: c.begin_s,
            end_s: c.end_s,
            arrivals: Arrivals::Poisson,
            platoon_mean_veh: None,
            platoon_spacing_s: None,
            departure: Departure { lane: c.depart_lane, speed: c.depart_speed },
        }
    }
}

/// The same, checked.
pub(super) struct Checked {
    pub(super) mix: Vec<(VehicleTypeId, f64)>,
    pub(super) classes: Vec<VehicleClass>,
    begin: Span,
    end: Span,
    arrivals: Arrivals,
    platoon: Platoon,
    departure: Departure,
}

impl Checked {
    /// A flow under these terms.
    pub(super) fn stream(&self, name: String, itinerary: Itinerary, flow: Flow, profile: Vec<f64>) -> Stream {
        Stream {
            name,
            mix: self.mix.clone(),
            itinerary,
            begin: self.begin,
            end: self.end,
            flow,
            profile,
            arrivals: self.arrivals,
            platoon: self.platoon,
            departure: self.departure,
            calls: Vec::new(),
        }
    }
}

impl DemandCheck<'_> {
    /// Checks who travels and when; `None` when a vehicle type is not known.
    pub(super) fn terms(&mut self, t: &Terms<'_>, types: &Types<'_>) -> Option<Checked> {
        let mix: Option<Vec<_>> = t.mix.iter().map(|s| self.type_id(&s.vehicle_type, types).map(|t| (t, s.share))).collect();
        let mix = mix?;
        let total: f64 = mix.iter().map(|m| m.1).sum();
        if (total - 1.0).abs() > 1e-6 || mix.iter().any(|m| !(0.0..=1.0).contains(&m.1)) {
            self.say(t.span.clone(), format!("the shares of {} sum to {total}", t.called), "make them sum to 1");
        }
        if !(t.begin_s.is_finite() && t.end_s.is_finite() && 0.0 <= t.begin_s && t.begin_s < t.end_s) {
            self.say(t.span.clone(), format!("{} ends before it begins", t.called), "set begin_s below end_s");
        }
        Some(Checked {
            classes: mix.iter().map(|&(t, _)| types.all[t].class).collect(),
            mix,
            begin: Span::seconds_f64(t.begin_s),
            end: Span::seconds_f64(t.end_s),
            arrivals: t.arrivals,
            platoon: self.platoon(t),
            departure: t.departure,
        })
    }

    fn platoon(&mut self, t: &Terms<'_>) -> Platoon {
        let usual = Platoon::default();
        let size = t.platoon_mean_veh.unwrap_or(usual.size);
        let spacing = t.platoon_spacing_s.unwrap_or(usual.spacing.get());
        if t.arrivals != Arrivals::Platoon && (t.platoon_mean_veh.is_some() || t.platoon_spacing_s.is_some()) {
            let what = format!("{} describes platoons, but does not arrive in any", t.called);
            self.say(t.span.clone(), what, "set arrivals = \"platoon\", or take the platoon keys out");
        }
        if !(1.0..=100.0).contains(&size) {
            let what = format!("{} has platoons of {size} vehicles", t.called);
            self.say(t.span.clone(), what, "give platoon_mean_veh between 1 and 100");
        }
        if !(0.1..=20.0).contains(&spacing) {
            let what = format!("{} has platoons with a spacing of {spacing} s", t.called);
            self.say(t.span.clone(), what, "give platoon_spacing_s between 0.1 and 20");
        }
        Platoon { size, spacing: Span::seconds_f64(spacing) }
    }

    /// Mean flow of a flow, and its profile over quarters of an hour where it is counted so.
    pub(super) fn volume(&mut self, f: &FlowFile, span: Range<usize>) -> (Flow, Vec<f64>) {
        let counts = &f.veh_per_quarter_h;
        let steady = match (f.flow_veh_per_h, counts.is_empty()) {
            (Some(flow), true) => Some(flow),
            (None, false) => None,
            _ => {
                let what = format!("flow \"{}\" needs either flow_veh_per_h or veh_per_quarter_h", f.name);
                self.say(span.clone(), what, "give one of the two");
                return (Flow::ZERO, Vec::new());
            }
        };
        let highest = steady.unwrap_or_else(|| counts.iter().fold(0.0, |a: f64, &b| a.max(b)) * 4.0);
        let lowest = steady.unwrap_or_else(|| counts.iter().fold(0.0, |a: f64, &b| a.min(b)) * 4.0);
        let unsound = counts.iter().find(|c| !c.is_finite());
        if unsound.is_some() || !(0.0..=MOST_VEH_PER_H).contains(&highest) || lowest < 0.0 {
            let worst = unsound.copied().unwrap_or(if lowest < 0.0 { lowest } else { highest });
            self.say(span.clone(), format!("flow \"{}\" has {worst} veh/h", f.name), "give 0 to 20000 veh/h");
        }
        if let Some(flow) = steady {
            return (Flow::veh_per_h(flow), Vec::new());
        }
        let length = f.end_s - f.begin_s;
        if (length - counts.len() as f64 * QUARTER_HOUR).abs() > 1e-6 {
            let what = format!("flow \"{}\" has {} counts of a quarter of an hour for {length} s", f.name, counts.len());
            self.say(span, what, "give a count for each 900 s from begin_s to end_s");
        }
        let total: f64 = counts.iter().sum();
        let mean = total / counts.len() as f64;
        let profile = counts.iter().map(|c| if mean > 0.0 { c / mean } else { 1.0 }).collect();
        (Flow::veh_per_h(mean * 4.0), profile)
    }

    /// Platoons need room for the flow: the spacing within one is shorter than the mean spacing.
    pub(super) fn platoons_fit(&mut self, stream: &Stream, span: Range<usize>) {
        if let Some(spacing) = stream.too_dense(1.0) {
            let what = format!("\"{}\" has a vehicle every {spacing:.2} s, closer than its platoons", stream.name);
            self.say(span, what, "set platoon_spacing_s lower, or divide the flow among lanes");
        }
    }
}
