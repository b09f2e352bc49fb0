//! What a plan is to keep low.

use crate::runs::RunResult;
use crate::streams::StreamModel;
use controller::Foreseen;
use std::fmt;
use thiserror::Error;

/// Carbon dioxide of a vehicle that waits, in grams per second, and of a stop from 50 km/h beside the wait, in grams, for the
/// platoon model only, which knows neither speeds nor engines. Assumed: a petrol car; the simulation has the last word.
const CO2_OF_WAITING: f64 = 0.9;
/// See before.
const CO2_OF_STOP: f64 = 25.0;

/// A weighted sum of what a plan costs, per vehicle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Objective {
    /// Weight of a second of delay of a vehicle.
    pub delay: f64,
    /// Weight of a stop of a vehicle.
    pub stops: f64,
    /// Weight of a second of delay of a person.
    pub person_delay: f64,
    /// Weight of a gram of carbon dioxide per vehicle due.
    pub co2: f64,
}

impl Objective {
    const NOTHING: Self = Self { delay: 0.0, stops: 0.0, person_delay: 0.0, co2: 0.0 };

    /// What it comes to in a run.
    pub(super) fn of_run(&self, run: &RunResult) -> f64 {
        let m = &run.measures;
        let grams = 1e3 * m.co2_kg / f64::from(m.due.max(1));
        self.delay * m.delay_s + self.stops * m.stops_per_vehicle + self.person_delay * m.person_delay_s + self.co2 * grams
    }

    /// What the platoon model foresees of it.
    pub(super) fn foreseen(&self, foreseen: &Foreseen, aboard: &Aboard) -> f64 {
        let (delay, stops) = (foreseen.delay.seconds(), foreseen.stops);
        let persons = if self.person_delay > 0.0 { aboard.person_delay(foreseen) } else { 0.0 };
        let grams = CO2_OF_WAITING * delay + CO2_OF_STOP * stops;
        self.delay * delay + self.stops * stops + self.person_delay * persons + self.co2 * grams
    }

    fn terms(&self) -> [(f64, &'static str); 4] {
        [(self.delay, "delay"), (self.stops, "stops"), (self.person_delay, "person-delay"), (self.co2, "co2")]
    }
}

impl Default for Objective {
    /// Delay, and 5 s for every stop. Assumed.
    fn default() -> Self {
        Self { delay: 1.0, stops: 5.0, ..Self::NOTHING }
    }
}

/// As [`Objective::from_str`](std::str::FromStr) reads it.
impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |(weight, name): (f64, &str)| if weight == 1.0 { name.into() } else { format!("{weight}*{name}") };
        let terms: Vec<String> = self.terms().into_iter().filter(|t| t.0 > 0.0).map(word).collect();
        f.write_str(&terms.join("+"))
    }
}

/// Why something is no objective.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoObjective {
    /// Not a measure that plans can be optimised for.
    #[error("“{0}” is none of delay, stops, person-delay and co2; write a sum such as delay+5*stops")]
    Measure(String),
    /// Not a weight.
    #[error("“{0}” is no weight above 0, written as in 5*stops or 0.5*stops")]
    Weight(String),
    /// More than once.
    #[error("“{0}” stands in the sum twice; add up its weights")]
    Twice(String),
}

impl std::str::FromStr for Objective {
    type Err = NoObjective;

    /// Reads terms such as `delay+5*stops`: delay in s per vehicle, stops per vehicle, person-delay in s per person, co2 in g per
    /// vehicle, each once, with weights above 0.
    fn from_str(text: &str) -> Result<Self, NoObjective> {
        let mut objective = Self::NOTHING;
        for term in text.split('+').map(str::trim) {
            let (weight, name) = term.split_once('*').unwrap_or(("1", term));
            let place = match name.trim() {
                "delay" => &mut objective.delay,
                "stops" => &mut objective.stops,
                "person-delay" => &mut objective.person_delay,
                "co2" => &mut objective.co2,
                other => return Err(NoObjective::Measure(other.into())),
            };
            if *place != 0.0 {
                return Err(NoObjective::Twice(name.trim().into()));
            }
            let value = weight.trim().parse().ok().filter(|w: &f64| *w > 0.0 && w.is_finite());
            *place = value.ok_or_else(|| NoObjective::Weight(weight.trim().into()))?;
        }
        Ok(objective)
    }
}

/// How many persons are aboard the vehicles of a platoon model.
#[derive(Debug, Clone)]
pub(super) struct Aboard {
    /// By stream, per vehicle.
    by_stream: Vec<f64>,
    /// Persons per second that enter the network.
    entering: f64,
}

impl Aboard {
    pub(super) fn of(model: &StreamModel) -> Self {
        let streams = model.model.streams().iter().zip(&model.occupancy);
        let entering = streams.map(|(stream, persons)| stream.inflow.get() * persons).sum();
        Self { by_stream: model.occupancy.clone(), entering }
    }

    /// Mean delay of a person, in seconds.
    fn person_delay(&self, foreseen: &Foreseen) -> f64 {
        let waiting: f64 = foreseen.streams.iter().zip(&self.by_stream).map(|(s, persons)| s.waiting * persons).sum();
        if self.entering > 0.0 { waiting / self.entering } else { 0.0 }
    }

    /// With so many times the traffic.
    pub(super) fn scaled(&self, factor: f64) -> Self {
        Self { entering: self.entering * factor, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for text in ["delay+5*stops", "stops", "0.5*delay+2*person-delay+0.25*co2"] {
            assert_eq!(text.parse::<Objective>().unwrap().to_string(), text);
        }
        assert_eq!("delay+5*stops".parse(), Ok(Objective::default()));
    }

    #[test]
    fn what_is_no_sum_of_measures_is_refused() {
        for text in ["", "speed", "0*delay", "-1*stops", "delay+delay", "nan*delay", "delay+", "1e999*co2", "2*3*delay"] {
            assert!(text.parse::<Objective>().is_err(), "{text}");
        }
    }
}
