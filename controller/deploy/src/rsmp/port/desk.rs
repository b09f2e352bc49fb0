//! What a control centre does with one controller beside rollouts: calendars, coordination, forecasts and signal priority.

use super::{RsmpPort, Wire};
use crate::clock::Utc;
use crate::port::PortError;
use crate::rsmp::tables::{TimeTables, WeekTable};
use model::id::GroupId;
use model::signal::{Aspect, SafePlan};
use model::time::DaySecond;
use std::collections::BTreeMap;

/// With whom a controller is in step, by its own word (S0032).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coordination {
    /// With its neighbours, among themselves.
    Local,
    /// With everybody, by the common clock.
    Centralized,
    /// With nobody.
    Off,
}

/// When a group turns green and red, by the controller's own word (S0025).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forecast {
    /// Earliest, likely and latest beginning of green.
    pub green: [Utc; 3],
    /// How sure that is, in percent.
    pub green_confidence: u8,
    /// Earliest, likely and latest beginning of red.
    pub red: [Utc; 3],
    /// How sure that is, in percent.
    pub red_confidence: u8,
}

/// A request for signal priority (M0022).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PriorityRequest<'a> {
    /// A new one, for a signal group.
    New {
        /// Its id, which no other request of that controller has.
        id: &'a str,
        /// Component of the group.
        group: &'a str,
        /// How important, 0 to 14.
        level: u8,
        /// Seconds until the vehicle arrives, where they are known.
        eta_s: Option<u8>,
    },
    /// Another importance or time of arrival.
    Update {
        /// Its id.
        id: &'a str,
        /// How important, 0 to 14.
        level: u8,
        /// Seconds until the vehicle arrives, where they are known.
        eta_s: Option<u8>,
    },
    /// The vehicle has passed.
    Cancel {
        /// Its id.
        id: &'a str,
    },
}

impl<W: Wire> RsmpPort<W> {
    /// The week table and the time tables (S0026, S0027).
    ///
    /// # Errors
    /// When they cannot be read, or are none.
    pub fn calendar(&mut self) -> Result<(WeekTable, TimeTables), PortError> {
        let answer = self.statuses(&[("S0026", "status"), ("S0027", "status")])?;
        let text = |name: &str| answer.values.get(name).map_or("", String::as_str);
        let fault = |e: crate::rsmp::tables::TableFault| PortError::Answer(format!("has a calendar in which {e}"));
        Ok((text("S0026 status").parse().map_err(fault)?, text("S0027 status").parse().map_err(fault)?))
    }

    /// Sets the week table and the time tables (M0016, M0017), and reads them back.
    ///
    /// # Errors
    /// When they are refused, or something else is read back.
    pub fn set_calendar(&mut self, week: &WeekTable, times: &TimeTables) -> Result<(), PortError> {
        // The week comes last, so that no day is without its tables.
        self.command("M0017", "setTimeTable", &[("status", times.to_string())])?;
        self.command("M0016", "setWeekTable", &[("status", week.to_string())])?;
        let read = self.calendar()?;
        if read == (*week, times.clone()) {
            return Ok(());
        }
        Err(PortError::ReadBack { wanted: format!("{week} {times}"), read: format!("{} {}", read.0, read.1) })
    }

    /// Lets the controller follow its own calendar instead of an ordered plan (M0002).
    ///
    /// # Errors
    /// When it is refused.
    pub fn follow_calendar(&mut self) -> Result<(), PortError> {
        self.command("M0002", "setPlan", &[("status", "False".into()), ("timeplan", "1".into())])
    }

    /// With whom it is in step (S0032); of several intersections the first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn coordination(&mut self) -> Result<Coordination, PortError> {
        let answer = self.statuses(&[("S0032", "status")])?;
        let text = answer.values.into_values().next().unwrap_or_default();
        match text.split(',').next() {
            Some("local") => Ok(Coordination::Local),
            Some("centralized") => Ok(Coordination::Centralized),
            Some("off") => Ok(Coordination::Off),
            _ => Err(PortError::Answer(format!("has \"{text}\" as S0032"))),
        }
    }

    /// When a group turns green and red (S0025).
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn forecast(&mut self, group: &str) -> Result<Forecast, PortError> {
        const NAMES: [&str; 8] = [
            "minToGEstimate",
            "likelyToGEstimate",
            "maxToGEstimate",
            "minToREstimate",
            "likelyToREstimate",
            "maxToREstimate",
            "ToGConfidence",
            "ToRConfidence",
        ];
        let names: Vec<(&str, &str)> = NAMES.iter().map(|n| ("S0025", *n)).collect();
        let values = self.session.statuses(group, &names)?.values;
        let moment = |name: &str| read::<Utc>(&values, name);
        Ok(Forecast {
            green: [moment(NAMES[0])?, moment(NAMES[1])?, moment(NAMES[2])?],
            green_confidence: read(&values, NAMES[6])?,
            red: [moment(NAMES[3])?, moment(NAMES[4])?, moment(NAMES[5])?],
            red_confidence: read(&values, NAMES[7])?,
        })
    }

    /// By how many seconds the controller's own forecast (S0025) of when a group turns green is off from a plan; `None` where it
    /// is not sure of it, or the plan never changes.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn forecast_off(&mut self, component: &str, group: GroupId, plan: &SafePlan) -> Result<Option<u32>, PortError> {
        let forecast = self.forecast(component)?;
        let likely = forecast.green[1].second();
        let begins = |s: u32| {
            let shows = |s: u32| plan.aspect_at(group, DaySecond(s)) == Aspect::Green;
            shows(s) && !shows(s.saturating_sub(1))
        };
        let near = |d: &u32| begins(likely.saturating_sub(*d)) || begins(likely.saturating_add(*d));
        Ok((0..=u32::from(plan.cycle().0)).find(near).filter(|_| forecast.green_confidence > 0))
    }

    /// Asks for signal priority, or for no more of it (M0022).
    ///
    /// # Errors
    /// When it is refused.
    pub fn priority(&mut self, request: &PriorityRequest<'_>) -> Result<(), PortError> {
        let (id, kind, group, level, eta_s) = match *request {
            PriorityRequest::New { id, group, level, eta_s } => (id, "new", Some(group), Some(level), eta_s),
            PriorityRequest::Update { id, level, eta_s } => (id, "update", None, Some(level), eta_s),
            PriorityRequest::Cancel { id } => (id, "cancel", None, None, None),
        };
        let mut values = vec![("requestId", id.to_owned()), ("type", kind.to_owned())];
        values.extend(group.map(|g| ("signalGroupId", g.to_owned())));
        values.extend(level.map(|l| ("level", l.to_string())));
        values.extend(eta_s.map(|e| ("eta", e.to_string())));
        self.session.command_without_code(&self.main, "M0022", "requestPriority", &values)
    }

    /// How the requests for priority stand, by their ids (S0033).
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn priorities(&mut self) -> Result<BTreeMap<String, String>, PortError> {
        let answer = self.statuses(&[("S0033", "status")])?;
        let text = answer.values.into_values().next().unwrap_or_default();
        let list: Vec<BTreeMap<String, serde_json::Value>> =
            serde_json::from_str(&text).map_err(|e| PortError::Answer(format!("has no list as S0033: {e}")))?;
        let entry = |e: BTreeMap<String, serde_json::Value>| {
            let text = |name: &str| e.get(name).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
            (text("r"), text("s"))
        };
        Ok(list.into_iter().map(entry).collect())
    }
}

fn read<T: std::str::FromStr>(values: &BTreeMap<String, String>, name: &str) -> Result<T, PortError> {
    let text = values.get(&format!("S0025 {name}")).map_or("", String::as_str);
    text.parse().map_err(|_| PortError::Answer(format!("has \"{text}\" as S0025 {name}")))
}
