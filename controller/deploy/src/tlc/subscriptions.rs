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
    /// Adds what is asked for, which is due at once; of what is wanted already, the rate is changed.
    pub(super) fn add(&mut self, request: &StatusSubscribe, now: Now) -> Result<(), String> {
        let rates: Result<Vec<Option<u64>>, String> = request.wanted.iter().map(|w| rate(&w.every_s)).collect();
        let key = |code: &str, name: &str| (request.component.clone(), code.to_owned(), name.to_owned());
        let new = request.wanted.iter().filter(|w| !self.0.contains_key(&key(&w.code, &w.name))).count();
        if self.0.len() + new > MOST {
            return Err(format!("more than {MOST} subscriptions"));
        }
        for (wanted, every_ms) in request.wanted.iter().zip(rates?) {
            let on_change = wanted.on_change.unwrap_or(false) || every_ms.is_none();
            let last = self.0.remove(&key(&wanted.code, &wanted.name)).and_then(|s| s.last);
            let next = if last.is_some() { Utc(now.utc.0.saturating_add(every_ms.unwrap_or(0))) } else { now.utc };
            self.0.insert(key(&wanted.code, &wanted.name), Subscription { every_ms, on_change, last, next });
        }
        Ok(())
    }

    /// Forgets what is named.
    pub(super) fn remove(&mut self, request: &StatusRequest) {
        for gone in &request.names {
            self.0.remove(&(request.component.clone(), gone.code.clone(), gone.name.clone()));
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
            if let Some(every) = subscription.every_ms {
                // Reports keep to a raster, however late one of them is; a change begins a new one.
                let from = if is_time { subscription.next } else { now.utc };
                let beats = now.utc.0.saturating_sub(from.0) / every + 1;
                subscription.next = Utc(from.0.saturating_add(beats.saturating_mul(every)));
            }
            subscription.last = Some(value);
            due.entry(component.clone()).or_default().push((code.clone(), name.clone()));
        }
        due
    }
}

/// Milliseconds between two reports, from seconds with a decimal point; none for 0.
fn rate(text: &str) -> Result<Option<u64>, String> {
    let fault = || format!("update rate \"{}\" is not a number of seconds", text.chars().take(20).collect::<String>());
    let seconds: f64 = text.parse().map_err(|_| fault())?;
    if !(0.0..=1e9).contains(&seconds) {
        return Err(fault());
    }
    Ok(Some((seconds * 1000.0) as u64).filter(|ms| *ms > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_may_have_a_point() {
        assert_eq!([rate("0"), rate("2.5"), rate("60")], [Ok(None), Ok(Some(2500)), Ok(Some(60_000))]);
        for bad in ["", "-1", "NaN", "inf", "1e99", "x"] {
            assert!(rate(bad).is_err(), "{bad}");
        }
    }
}
