//! Signal priority: requests, and what becomes of them. Source of the states and of the ways between them: TLC 1.2.1, S0033.

use crate::clock::Utc;
use model::id::GroupId;
use serde_json::{Value, json};

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Received,
    Queued,
    Activated,
    Completed,
    TimedOut,
    Rejected,
    Cooldown,
    Stale,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Queued => "queued",
            Self::Activated => "activated",
            Self::Completed => "completed",
            Self::TimedOut => "timeout",
            Self::Rejected => "rejected",
            Self::Cooldown => "cooldown",
            Self::Stale => "stale",
        }
    }

    const fn is_end(self) -> bool {
        !matches!(self, Self::Received | Self::Queued | Self::Activated)
    }
}

/// For how long priorities last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorityTimes {
    /// Seconds after which a priority that nobody cancels is taken away.
    pub stale_s: u16,
    /// Seconds for which a request waits for another one to end.
    pub queue_s: u16,
    /// Seconds from the end of a priority until the same group can have another one.
    #[serde(default)]
    pub cooldown_s: u16,
}

impl Default for PriorityTimes {
    /// Assumed: two minutes, two minutes, none.
    fn default() -> Self {
        Self { stale_s: 120, queue_s: 120, cooldown_s: 0 }
    }
}

/// A request for signal priority.
#[derive(Debug, Clone)]
struct Request {
    id: String,
    /// The group that is to be green; none where there is no such group.
    group: Option<GroupId>,
    level: u8,
    state: State,
    /// When it came to that state: on the controller's clock, and on one that nobody sets, in ms.
    since: Utc,
    since_ms: u64,
}

/// What a request asks for.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) id: &'a str,
    pub(super) group: Option<GroupId>,
    pub(super) level: Option<u8>,
}

/// Requests that are kept at a time.
const MOST: usize = 64;
/// For how long a request is shown as received before it is decided on, in ms.
const RECEIVED_MS: u64 = 300;
/// For how long a request that has ended is shown to those who only ask now and then, in ms.
const ENDED_MS: u64 = 60_000;

/// When a moment is: on the controller's clock, and on one that nobody sets, in ms.
pub(super) type Moment = (Utc, u64);

/// The requests of one controller.
#[derive(Debug, Default)]
pub(super) struct Priorities {
    requests: Vec<Request>,
    /// Groups, and when their last priority ended.
    ended: Vec<(GroupId, u64)>,
}

impl Priorities {
    /// Takes a new request.
    pub(super) fn ask(&mut self, asked: &Asked<'_>, (since, since_ms): Moment) -> Result<(), String> {
        if self.requests.iter().any(|r| r.id == asked.id) {
            return Err(format!("priority request {} is known already", asked.id));
        }
        if self.requests.len() >= MOST {
            return Err(format!("more than {MOST} priority requests"));
        }
        let (id, group, level) = (asked.id.to_owned(), asked.group, asked.level.unwrap_or(7));
        self.requests.push(Request { id, group, level, state: State::Received, since, since_ms });
        Ok(())
    }

    /// Changes the level of a request.
    pub(super) fn update(&mut self, id: &str, level: Option<u8>) -> Result<(), String> {
        let found = self.requests.iter_mut().find(|r| r.id == id && !r.state.is_end());
        let request = found.ok_or_else(|| format!("priority request {id} is not known"))?;
        request.level = level.unwrap_or(request.level);
        Ok(())
    }

    /// Ends a request.
    pub(super) fn cancel(&mut self, id: &str, at: Moment) -> Result<(), String> {
        let found = self.requests.iter().position(|r| r.id == id && !r.state.is_end());
        let place = found.ok_or_else(|| format!("priority request {id} is not known"))?;
        let end = match self.requests[place].state {
            State::Activated => State::Completed,
            State::Queued => State::TimedOut,
            _ => State::Rejected,
        };
        self.go(place, end, at);
        Ok(())
    }

    /// Lets time pass: decides on what was received, and ends what has lasted too long. `is_open` says whether priority is
    /// given at all, `conflict` whether two groups cannot be green together.
    pub(super) fn pass(&mut self, times: PriorityTimes, is_open: bool, conflict: impl Fn(GroupId, GroupId) -> bool, at: Moment) {
        self.requests.retain(|r| !r.state.is_end() || at.1.saturating_sub(r.since_ms) < ENDED_MS);
        self.ended.retain(|(_, end)| at.1.saturating_sub(*end) < u64::from(times.cooldown_s) * 1000);
        // The most important first, the eldest among those of the same level.
        let mut order: Vec<usize> = (0..self.requests.len()).collect();
        order.sort_by_key(|&i| (std::cmp::Reverse(self.requests[i].level), i));
        for place in order {
            let (state, group) = (self.requests[place].state, self.requests[place].group);
            let age = at.1.saturating_sub(self.requests[place].since_ms);
            let next = match (state, group) {
                (State::Received, _) if age < RECEIVED_MS => continue,
                (State::Received, None) => State::Rejected,
                (State::Received | State::Queued, _) if !is_open => {
                    if state == State::Queued {
                        State::TimedOut
                    } else {
                        State::Rejected
                    }
                }
                (State::Received, Some(group)) if self.ended.iter().any(|(g, _)| *g == group) => State::Cooldown,
                (State::Received | State::Queued, Some(group)) if self.is_free(group, &conflict) => State::Activated,
                (State::Received, _) => State::Queued,
                (State::Queued, _) if age >= u64::from(times.queue_s) * 1000 => State::TimedOut,
                (State::Activated, _) if !is_open => State::Completed,
                (State::Activated, _) if age >= u64::from(times.stale_s) * 1000 => State::Stale,
                _ => continue,
            };
            self.go(place, next, at);
        }
    }

    fn is_free(&self, group: GroupId, conflict: &impl Fn(GroupId, GroupId) -> bool) -> bool {
        self.active().all(|other| other == group || !conflict(other, group))
    }

    fn go(&mut self, place: usize, state: State, (since, since_ms): Moment) {
        let request = &mut self.requests[place];
        if let (State::Activated, Some(group)) = (request.state, request.group) {
            self.ended.push((group, since_ms));
        }
        (request.state, request.since, request.since_ms) = (state, since, since_ms);
    }

    /// The groups that have priority now.
    pub(super) fn active(&self) -> impl Iterator<Item = GroupId> + '_ {
        self.requests.iter().filter(|r| r.state == State::Activated).filter_map(|r| r.group)
    }

    /// All requests, as S0033 has them.
    pub(super) fn json(&self) -> Value {
        self.requests.iter().map(|r| json!({ "r": r.id, "s": r.state.name(), "t": r.since.to_string() })).collect()
    }

    /// Forgets what has ended: it has been reported once.
    pub(super) fn forget_ended(&mut self) {
        self.requests.retain(|r| !r.state.is_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::id::Id;

    const TIMES: PriorityTimes = PriorityTimes { stale_s: 10, queue_s: 4, cooldown_s: 3 };

    fn moment(ms: u64) -> Moment {
        (Utc(ms), ms)
    }

    fn states(priorities: &Priorities) -> Vec<String> {
        let list = priorities.json();
        list.as_array().unwrap().iter().map(|p| p["s"].as_str().unwrap().to_owned()).collect()
    }

    /// Groups 0 and 1 conflict.
    fn pass(priorities: &mut Priorities, ms: u64) {
        priorities.pass(TIMES, true, |a, b| a != b, moment(ms));
    }

    fn ask(priorities: &mut Priorities, id: &str, group: usize, ms: u64) {
        let asked = Asked { id, group: Some(GroupId::from_index(group)), level: None };
        priorities.ask(&asked, moment(ms)).unwrap();
    }

    #[test]
    fn a_request_is_received_activated_and_completed_and_another_has_to_wait() {
        let mut p = Priorities::default();
        ask(&mut p, "a", 0, 0);
        ask(&mut p, "b", 1, 0);
        assert!(p.ask(&Asked { id: "a", group: None, level: None }, moment(0)).is_err());
        pass(&mut p, 100);
        assert_eq!(states(&p), ["received", "received"]);
        pass(&mut p, 400);
        assert_eq!(states(&p), ["activated", "queued"]);
        p.cancel("a", moment(1000)).unwrap();
        pass(&mut p, 1100);
        assert_eq!(states(&p), ["completed", "activated"]);
        p.forget_ended();
        assert!(p.cancel("a", moment(1200)).is_err());
        pass(&mut p, 11_200);
        assert_eq!(states(&p), ["stale"]);
    }

    #[test]
    fn what_waits_too_long_times_out_and_what_comes_too_soon_is_cooled_down() {
        let mut p = Priorities::default();
        ask(&mut p, "a", 0, 0);
        pass(&mut p, 400);
        ask(&mut p, "b", 1, 400);
        pass(&mut p, 800);
        pass(&mut p, 4900);
        assert_eq!(states(&p), ["activated", "timeout"]);
        p.cancel("a", moment(5000)).unwrap();
        ask(&mut p, "c", 0, 5000);
        pass(&mut p, 5400);
        assert_eq!(states(&p), ["completed", "timeout", "cooldown"]);
    }

    #[test]
    fn in_fixed_time_and_for_groups_that_do_not_exist_there_is_no_priority() {
        let mut p = Priorities::default();
        p.ask(&Asked { id: "x", group: None, level: None }, moment(0)).unwrap();
        ask(&mut p, "a", 0, 0);
        p.pass(TIMES, false, |_, _| true, moment(400));
        assert_eq!(states(&p), ["rejected", "rejected"]);
    }
}
