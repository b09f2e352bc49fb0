//! People on foot who cross.

use super::super::file::WalkingFile;
use super::super::load::LAST_SECOND;
use super::DemandCheck;
use crate::demand::Walking;
use crate::network::{Crossing, Road};
use crate::quantity::{Flow, Span, Speed};

/// More than any crossing carries, in persons per hour.
const MOST_PERSONS_PER_H: f64 = 20_000.0;

/// Before a stop line a crossing may not lie nearer than this, in metres: vehicles that wait for green stand there.
const STANDING_ROOM: f64 = 5.0;

impl DemandCheck<'_> {
    /// The people of one entry; `None` when their crossing is not known.
    pub(super) fn walking(&mut self, w: &WalkingFile) -> Option<Walking> {
        let crossing = self.names.crossing(self.source, &w.crossing, self.faults)?;
        let (span, called) = (w.crossing.span(), format!("walking at \"{}\"", w.crossing.get_ref()));
        let last = f64::from(LAST_SECOND);
        if !((0.0..=last).contains(&w.begin_s) && (0.0..=last).contains(&w.end_s) && w.begin_s < w.end_s) {
            self.say(span.clone(), format!("{called} ends before it begins"), "set begin_s below end_s, seconds of the day");
        }
        let mut checked = |value: Option<f64>, usual: f64, range: std::ops::RangeInclusive<f64>, key: &str| {
            let value = value.unwrap_or(usual);
            if !range.contains(&value) {
                let mend = format!("give a value between {} and {}", range.start(), range.end());
                self.say(span.clone(), format!("{called} has {key} = {value}"), mend);
            }
            value
        };
        let usual = Walking::usual(crossing);
        let per_h = 0.0..=MOST_PERSONS_PER_H;
        let forward = checked(w.forward_persons_per_h, 0.0, per_h.clone(), "forward_persons_per_h");
        let backward = checked(w.backward_persons_per_h, 0.0, per_h, "backward_persons_per_h");
        let group = checked(w.group_mean_persons, usual.group, 1.0..=50.0, "group_mean_persons");
        let speed = checked(w.speed_m_per_s, usual.speed.get(), 0.3..=3.0, "speed_m_per_s");
        let spread = checked(w.speed_deviation_m_per_s, usual.deviation.get(), 0.0..=0.4, "speed_deviation_m_per_s");
        if let Some(lane) = self.stands_on(&self.network.crossings[crossing]) {
            let what = format!("{called}: lane {lane} leads over the crossing to its stop line, so queues stand on it");
            self.say(span, what, "end the lane before the crossing, so that its stop line lies there");
        }
        Some(Walking {
            crossing,
            begin: Span::seconds_f64(w.begin_s),
            end: Span::seconds_f64(w.end_s),
            flows: [forward, backward].map(Flow::veh_per_h),
            group,
            speed: Speed::metres_per_second(speed),
            deviation: Speed::metres_per_second(spread),
        })
    }

    /// A lane whose vehicles wait for green on the crossing.
    fn stands_on(&self, crossing: &Crossing) -> Option<String> {
        crossing.cuts.iter().find_map(|cut| {
            let Road::Lane(id) = cut.road else { return None };
            let lane = &self.network.lanes[id];
            let waits = lane.leaving.iter().any(|&m| self.network.movements[m].head.is_some());
            (waits && cut.to.get() > lane.length.get() - STANDING_ROOM).then(|| self.network.lane_name(id))
        })
    }
}
