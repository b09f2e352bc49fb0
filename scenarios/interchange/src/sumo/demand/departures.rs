//! When and how vehicles enter.

use super::{Due, Intake, NO_TIME, NOT_DUE};
use crate::sumo::raw::time;
use crate::xml::{Element, XmlError, XmlProblem, short};
use model::demand::{Arrivals, DepartLane, DepartSpeed};

/// When something is due; the reason where it is left out.
type Departure = Result<Due, &'static str>;

impl Intake<'_> {
    /// When a vehicle departs.
    pub(super) fn departure(&mut self, element: Element<'_>) -> Result<Departure, XmlError> {
        let at = match element.need("depart")? {
            "triggered" | "containerTriggered" | "split" => return Ok(Err(NO_TIME)),
            "begin" => Some(self.begin),
            _ => time(element, "depart")?,
        };
        let at = at.filter(|&t| t >= 0.0).ok_or_else(|| element.bad("depart", "a time in seconds, not negative"))?;
        Ok(if (self.begin..self.end).contains(&at) { Ok(Due::At(at)) } else { Err(NOT_DUE) })
    }

    /// When and how densely a flow arrives, cut to the period.
    pub(super) fn flow(&mut self, element: Element<'_>) -> Result<Departure, XmlError> {
        let begin = time(element, "begin")?.unwrap_or(self.begin);
        let mut end = time(element, "end")?.unwrap_or(self.end);
        let number = element.number("number")?;
        let (per_hour, arrivals) = match (self.density(element)?, number) {
            (Some(density), _) => density,
            (None, Some(number)) if end.is_finite() && end > begin => (number * 3600.0 / (end - begin), Arrivals::Even),
            _ => return Err(element.fault(XmlProblem::Missing { element: "flow".into(), attribute: "vehsPerHour" })),
        };
        if let (Some(number), true) = (number, per_hour > 0.0) {
            end = end.min(begin + number * 3600.0 / per_hour);
        }
        if !(0.0..=20_000.0).contains(&per_hour) {
            let what = format!("flow \"{}\" has {per_hour} veh/h", element.need("id")?);
            self.complaints.say(element.line(), what, "give a flow between 0 and 20000 veh/h");
            return Ok(Err(NOT_DUE));
        }
        if !end.is_finite() {
            self.complaints.say(element.line(), "the flow has no end, and neither has the period", "give it end=\"…\"");
            return Ok(Err(NOT_DUE));
        }
        let (begin, end) = (begin.max(self.begin), end.min(self.end));
        Ok(if begin < end { Ok(Due::Flow { begin, end, per_hour, arrivals }) } else { Err(NOT_DUE) })
    }

    /// Vehicles per hour and how they arrive, where the flow states them.
    fn density(&mut self, element: Element<'_>) -> Result<Option<(f64, Arrivals)>, XmlError> {
        let period = element.get("period").map(str::trim);
        if let Some(rate) = period.and_then(|p| p.strip_prefix("exp(")?.strip_suffix(')')) {
            let rate: f64 = rate.trim().parse().map_err(|_| element.bad("period", "exp(vehicles per second)"))?;
            return Ok(Some((rate * 3600.0, Arrivals::Poisson)));
        }
        if let Some(period) = element.number("period")? {
            return Ok(Some((3600.0 / period, Arrivals::Even)));
        }
        if let Some(rate) = element.number("vehsPerHour")?.or(element.number("perHour")?) {
            return Ok(Some((rate, Arrivals::Even)));
        }
        let Some(probability) = element.number("probability")? else { return Ok(None) };
        self.notes.add("A chance in every second became random arrivals: flow", element.need("id")?);
        Ok(Some((probability * 3600.0, Arrivals::Poisson)))
    }

    /// The lane it enters on. Where nothing is stated, SUMO 1.28.0 takes `best_prob` (older versions took `first`).
    pub(super) fn depart_lane(&mut self, element: Element<'_>) -> DepartLane {
        match element.get("departLane").unwrap_or("best_prob") {
            "first" | "0" => DepartLane::First,
            "best" | "best_prob" | "free" | "random" | "allowed" => DepartLane::Best,
            other => {
                self.notes.add(format!("departLane {} became best: vehicle", short(other)), element.get("id").unwrap_or(""));
                DepartLane::Best
            }
        }
    }

    /// The speed it enters with. Where nothing is stated, SUMO 1.28.0 takes `avg`, the mean of those on the lane (older
    /// versions took 0); as fast as is safe comes nearest to it.
    pub(super) fn depart_speed(&mut self, element: Element<'_>) -> DepartSpeed {
        match element.get("departSpeed").unwrap_or("avg").trim() {
            "0" | "0.0" | "0.00" => DepartSpeed::Zero,
            "max" | "desired" | "speedLimit" => DepartSpeed::Desired,
            other => {
                let kind = format!("departSpeed {} became desired: vehicle", short(other));
                self.notes.add(kind, element.get("id").unwrap_or(""));
                DepartSpeed::Desired
            }
        }
    }
}
