//! Statuses that a supervisor wants again and again.

use crate::clock::{Now, Utc};
use crate::rsmp::message::{StatusRequest, StatusSubscribe};
use serde_json::Value;
use std::collections::BTreeMap;

/// Statuses that one controller reports on at most.
const MOST: usize = 1000;

/// Component, status and value.
type Key = (String, String, String);

#[derive(Debug)]
struct Subscription {
    /// Time between reports in ms of the time of day; `None` on change only.
    every_ms: Option<u64>,
    on_change: bool,
    last: Option<Value>,
    next: Utc,
}

/// The subscriptions of one controller.
#[derive(Debug, Default)]
pub(super) struct Subscriptions(BTreeMap<Key, Subscription>);

impl Subscriptions {
    /// Adds what is asked for, which is due at once.
    pub(super) fn add(&mut self, request: &StatusSubscribe, now: Now) -> Result<(), String> {
        for wanted in &request.sS {
            let seconds: u64 = wanted.uRt.parse().map_err(|_| format!("update rate \"{}\" is no number", wanted.uRt))?;
            let key = (request.cId.clone(), wanted.sCI.clone(), wanted.n.clone());
            let every_ms = (seconds > 0).then(|| seconds.saturating_mul(1000));
            let on_change = wanted.sOc || seconds == 0;
            self.0.insert(key, Subscription { every_ms, on_change, last: None, next: now.utc });
        }
        if self.0.len() > MOST {
            return Err(format!("more than {MOST} subscriptions"));
        }
        Ok(())
    }

    /// Forgets what is named.
    pub(super) fn remove(&mut self, request: &StatusRequest) {
        for gone in &request.sS {
            self.0.remove(&(request.cId.clone(), gone.sCI.clone(), gone.n.clone()));
        }
    }

    /// What is due, by component.
    pub(super) fn due(&mut self, now: Now, value: impl Fn(&str, &str, &str) -> Value) -> BTreeMap<String, Vec<(String, String)>> {
        let mut due: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for ((component, code, name), subscription) in &mut self.0 {
            let is_time = subscription.last.is_none() || subscription.every_ms.is_some_and(|_| subscription.next <= now.utc);
            if !is_time && !subscription.on_change {
                continue;
            }
            let value = value(component, code, name);
            if !is_time && subscription.last.as_ref() == Some(&value) {
                continue;
            }
            if let Some(every) = subscription.every_ms
                && is_time
            {
                // Reports keep to a raster, however late one of them is.
                let beats = now.utc.0.saturating_sub(subscription.next.0) / every + 1;
                subscription.next = Utc(subscription.next.0.saturating_add(beats.saturating_mul(every)));
            }
            subscription.last = Some(value);
            due.entry(component.clone()).or_default().push((code.clone(), name.clone()));
        }
        due
    }
}
