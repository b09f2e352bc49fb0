//! What a controller reports for messages to vehicles: S0001 in every look, S0025 where it may have changed.

use super::{RsmpPort, Wire};
use crate::clock::Utc;
use crate::its::Report;
use crate::live::{LivePort, Scene};
use crate::port::PortError;
use model::id::{GroupId, IdVec};
use model::signal::Aspect;

impl<W: Wire> RsmpPort<W> {
    /// What every group shows (S0001), and when each turns green and red (S0025).
    ///
    /// The second is asked of groups that show something else than in the report before, or should by that report, and of one more in
    /// turn. A group that does not tell is one without a forecast. `names` are the components of the groups.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn report(&mut self, names: &[String], before: Option<&Report>) -> Result<Report, PortError> {
        let Scene { at, aspects, off, .. } = self.look()?;
        if aspects.len() != names.len() {
            return Err(PortError::Answer(format!("shows {} groups, the signal has {}", aspects.len(), names.len())));
        }
        let turn = at.second() as usize % names.len().max(1);
        let mut forecasts = IdVec::default();
        for ((group, &aspect), name) in aspects.enumerate().zip(names) {
            let known = before.and_then(|b| b.unchanged(group, aspect, at)).filter(|_| group.0 as usize != turn);
            forecasts.push(match known {
                Some(known) => Some(known),
                None => match self.forecast(name) {
                    Err(PortError::Link(why)) => return Err(PortError::Link(why)),
                    told => told.ok(),
                },
            });
        }
        let aspects = aspects.iter().zip(off.iter()).map(|(&aspect, &off)| (!off).then_some(aspect)).collect();
        Ok(Report { aspects, forecasts })
    }
}

impl Report {
    /// The forecast of a group that shows what it showed, and may go on to.
    fn unchanged(&self, group: GroupId, shown: Aspect, at: Utc) -> Option<super::Forecast> {
        let forecast = self.forecasts.iter().nth(group.0 as usize).copied().flatten()?;
        let was = self.aspects.iter().nth(group.0 as usize).copied().flatten();
        let change = if shown == Aspect::Green { forecast.red[0] } else { forecast.green[0] };
        (was == Some(shown) && change > at).then_some(forecast)
    }
}
