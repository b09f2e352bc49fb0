//! What a virtual controller does by itself, each time it is looked at: its calendar, its alarms, and what goes before the plan.

use super::Tlc;
use super::alarms::kind_of;
use super::program::Position;
use crate::clock::Now;
use crate::rsmp::message::{Alarm, Message};

impl Tlc {
    /// Lets time pass for everything but the connection.
    pub(super) fn turn(&mut self, now: Now) {
        if self.state.back_at.is_some_and(|at| at <= now.utc) {
            self.state.back_at = None;
            self.state.position_source = "calendar_clock";
            self.program.set_position(Position::Normal);
        }
        self.state.detectors.pass(now.utc);
        let moment = (self.utc(now), now.utc.0);
        // In fixed time nothing but the plan counts.
        let is_open = !self.state.fixed_time.0;
        let program = &self.program;
        self.state.priorities.pass(self.setup.priority, is_open, |a, b| program.conflict(a, b), moment);
        self.drop_stale_bands(now);
        self.look_at_calendar(now);
        self.look_at_inputs(now);
        self.program.set_failed(self.alarms.has_major());
        self.give_orders();
        self.program.advance(self.utc(now));
        self.tell_state(now);
    }

    /// Starts again, as after a loss of power: what was set of signals and plans stays, orders and subscriptions do not.
    pub(super) fn restart(&mut self, now: Now) {
        self.program.restart(self.utc(now).second());
        self.subscriptions = super::Subscriptions::default();
        self.state.groups.fill(None);
        self.state.routes.clear();
        (self.state.back_at, self.state.position_source) = (None, "startup");
        self.wants_restart = true;
    }

    /// Orders to groups come from a controller beside or a control centre, and end with the connection.
    pub(super) fn lose_orders(&mut self) {
        self.state.groups.fill(None);
    }

    /// What goes before the plan: emergency routes, then priority, then orders to groups.
    fn give_orders(&mut self) {
        let routes = self.state.routes.iter().filter_map(|r| self.setup.emergency_routes.get(r)).flatten().copied();
        let ordered = |wanted: bool| {
            let ids = self.program.signal.groups.ids();
            let of = move |(id, order): (_, &Option<bool>)| (*order == Some(wanted)).then_some(id);
            ids.zip(&self.state.groups).filter_map(of).collect::<Vec<_>>()
        };
        let greens: Vec<_> = routes.chain(self.state.priorities.active()).chain(ordered(true)).collect();
        let reds = ordered(false);
        self.program.order(greens.into_iter(), reds.into_iter());
    }

    /// M0023: bands that nobody has looked after for so many minutes are dropped, and the own calendar is followed.
    fn drop_stale_bands(&mut self, now: Now) {
        let minutes = u64::from(self.state.band_timeout);
        let silent_ms = self.alone_since.map_or(0, |since| now.utc.0.saturating_sub(since.0));
        if minutes > 0 && silent_ms >= minutes * 60_000 && !self.has_dropped {
            self.has_dropped = true;
            self.program.drop_bands();
            self.follow_calendar(now);
        }
    }

    /// Leaves an ordered plan for the one of the calendar, or for the first where it names none.
    pub(super) fn follow_calendar(&mut self, now: Now) {
        let first = self.program.settings().next().map_or(1, |(n, _)| n);
        let plan = self.calendar(now).unwrap_or(first);
        self.program.select(plan, "calendar_clock");
    }

    /// The plan that the calendar calls for now, if it is held.
    fn calendar(&self, now: Now) -> Option<u8> {
        let plan = self.state.times.plan(&self.state.week, self.utc(now));
        plan.filter(|plan| self.program.holds(*plan))
    }

    /// Once a minute: follows the calendar, unless a plan is ordered.
    fn look_at_calendar(&mut self, now: Now) {
        let minute = self.utc(now).0 / 60_000;
        if self.calendar_looked_at.replace(minute) == Some(minute) || self.program.source == "forced" {
            return;
        }
        if let Some(plan) = self.calendar(now).filter(|plan| *plan != self.program.current()) {
            self.program.select(plan, "calendar_clock");
        }
    }

    /// Raises and ends the alarms that inputs stand for.
    fn look_at_inputs(&mut self, now: Now) {
        for place in 0..self.setup.alarm_inputs.len() {
            let input = &self.setup.alarm_inputs[place];
            let (is_on, component, code) =
                (self.state.inputs.is_on(input.input - 1), input.component.clone(), input.alarm.clone());
            if self.raised[place] != is_on {
                self.raised[place] = is_on;
                if let Some(alarm) = self.raise(&component, &code, is_on, now) {
                    self.tell(Message::Alarm(alarm), now);
                }
            }
        }
    }

    fn raise(&mut self, component: &str, code: &str, is_active: bool, now: Now) -> Option<Alarm> {
        let found = self.setup.component(component)?;
        let kind = kind_of(code, found)?;
        let forced = match found {
            super::Component::Detector(place) => self.state.detectors.bits.forced(place),
            _ => None,
        };
        let plan = self.program.current();
        let value = |name: &str| match name {
            "detector" => component.to_owned(),
            "type" => "loop".into(),
            "errormode" => if forced == Some(true) { "on" } else { "off" }.into(),
            "manual" => if forced.is_some() { "True" } else { "False" }.into(),
            "logicerror" => "always_off".into(),
            "color" => "red".into(),
            "protocol" => "rsmp".into(),
            "timeplan" => plan.to_string(),
            _ => String::new(),
        };
        self.alarms.raise(component, kind, is_active, value, self.utc(now))
    }

    /// M0024: ends all alarms. Those whose cause is still there come back at once.
    pub(super) fn clear_alarms(&mut self, now: Now) {
        for alarm in self.alarms.clear(self.utc(now)) {
            self.tell(Message::Alarm(alarm), now);
        }
        self.raised.fill(false);
    }

    /// Tells how the site is, when that has changed.
    fn tell_state(&mut self, now: Now) {
        let states = self.states();
        if self.told_states.replace(states).is_some_and(|told| told != states) {
            let status = self.aggregated(now);
            self.tell(Message::AggregatedStatus(status), now);
        }
    }
}
