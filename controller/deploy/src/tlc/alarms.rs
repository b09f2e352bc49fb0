//! Alarms of a virtual controller: which there are, how each stands, and what is said about it.
//!
//! Source of codes, priorities and values: TLC 1.2.1; of the states and what changes them: RSMP core 3.2.2, "Alarm status".

use super::answers::Component;
use crate::clock::Utc;
use crate::rsmp::message::{Alarm, AlarmValue};
use std::collections::BTreeMap;

/// What kind of component has an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    Main,
    Group,
    Detector,
}

/// An alarm of the list.
#[derive(Debug, Clone, Copy)]
pub(super) struct AlarmKind {
    code: &'static str,
    on: On,
    priority: u8,
    /// Whether it is a major fault, after which the controller goes to its failure mode.
    is_major: bool,
    /// Names of its values.
    values: &'static [&'static str],
}

const fn kind(code: &'static str, on: On, priority: u8, is_major: bool, values: &'static [&'static str]) -> AlarmKind {
    AlarmKind { code, on, priority, is_major, values }
}

const DETECTOR: &[&str] = &["detector", "type", "errormode", "manual"];
const DETECTOR_LOGIC: &[&str] = &["detector", "type", "errormode", "manual", "logicerror"];

/// All alarms of the list.
const KINDS: [AlarmKind; 17] = [
    kind("A0001", On::Main, 2, true, &[]),
    kind("A0002", On::Main, 3, false, &[]),
    kind("A0003", On::Main, 2, true, &[]),
    kind("A0004", On::Main, 3, false, &[]),
    kind("A0005", On::Main, 3, false, &[]),
    kind("A0006", On::Main, 2, true, &[]),
    kind("A0007", On::Main, 3, false, &["protocol"]),
    kind("A0008", On::Group, 2, true, &["timeplan"]),
    kind("A0009", On::Main, 3, false, &[]),
    kind("A0010", On::Main, 3, false, &[]),
    kind("A0101", On::Group, 3, false, &[]),
    kind("A0201", On::Group, 2, true, &["color"]),
    kind("A0202", On::Group, 3, false, &["color"]),
    kind("A0301", On::Detector, 3, false, DETECTOR),
    kind("A0302", On::Detector, 3, false, DETECTOR_LOGIC),
    kind("A0303", On::Detector, 2, true, DETECTOR),
    kind("A0304", On::Detector, 2, true, DETECTOR_LOGIC),
];

/// The alarm of a code that a component can have.
pub(super) fn kind_of(code: &str, component: Component) -> Option<&'static AlarmKind> {
    let on = match component {
        Component::Main => On::Main,
        Component::Group(_) => On::Group,
        Component::Detector(_) => On::Detector,
    };
    KINDS.iter().find(|k| k.code == code && k.on == on)
}

/// How an alarm stands.
#[derive(Debug, Clone)]
struct Standing {
    kind: &'static AlarmKind,
    is_active: bool,
    is_acknowledged: bool,
    is_suspended: bool,
    changed: Utc,
    /// The values with which it was raised.
    values: Vec<AlarmValue>,
}

/// What is said about an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// That it has become active or inactive, or how it stands.
    Issue,
    Acknowledge,
    /// That it has been suspended or resumed.
    Suspend,
}

/// The alarms of one controller, by component and code.
#[derive(Debug, Default)]
pub(super) struct Alarms(BTreeMap<(String, &'static str), Standing>);

impl Alarms {
    /// Knows of an alarm, which is then told of whenever all are.
    pub(super) fn know(&mut self, component: &str, kind: &'static AlarmKind, now: Utc) {
        self.standing(component, kind, now);
    }

    fn standing(&mut self, component: &str, kind: &'static AlarmKind, now: Utc) -> &mut Standing {
        let quiet =
            Standing { kind, is_active: false, is_acknowledged: true, is_suspended: false, changed: now, values: Vec::new() };
        self.0.entry((component.to_owned(), kind.code)).or_insert(quiet)
    }

    /// Makes an alarm active, with its values, or inactive; what is to be said about it, if anything.
    pub(super) fn raise(
        &mut self,
        component: &str,
        kind: &'static AlarmKind,
        is_active: bool,
        value: impl Fn(&str) -> String,
        now: Utc,
    ) -> Option<Alarm> {
        let standing = self.standing(component, kind, now);
        if standing.is_active == is_active {
            return None;
        }
        if is_active {
            standing.is_acknowledged = false;
            let named = |name: &&str| AlarmValue { name: (*name).to_owned(), value: value(name) };
            standing.values = kind.values.iter().map(named).collect();
        }
        (standing.is_active, standing.changed) = (is_active, now);
        let is_said = !standing.is_suspended;
        is_said.then(|| standing.say(component, Word::Issue))
    }

    /// Takes an acknowledgement; what is to be said, if it changes anything.
    pub(super) fn acknowledge(&mut self, component: &str, kind: &'static AlarmKind, now: Utc) -> Option<Alarm> {
        let standing = self.standing(component, kind, now);
        if standing.is_acknowledged {
            return None;
        }
        (standing.is_acknowledged, standing.changed) = (true, now);
        Some(standing.say(component, Word::Acknowledge))
    }

    /// Suspends or resumes; what is to be said, if it changes anything.
    pub(super) fn suspend(&mut self, component: &str, kind: &'static AlarmKind, suspended: bool, now: Utc) -> Option<Alarm> {
        let standing = self.standing(component, kind, now);
        if standing.is_suspended == suspended {
            return None;
        }
        (standing.is_suspended, standing.changed) = (suspended, now);
        Some(standing.say(component, Word::Suspend))
    }

    /// How one stands.
    pub(super) fn one(&mut self, component: &str, kind: &'static AlarmKind, now: Utc) -> Alarm {
        self.standing(component, kind, now).say(component, Word::Issue)
    }

    /// How all of them stand.
    pub(super) fn all(&self) -> Vec<Alarm> {
        self.0.iter().map(|((component, _), standing)| standing.say(component, Word::Issue)).collect()
    }

    /// Makes all of them inactive; what is to be said about it.
    pub(super) fn clear(&mut self, now: Utc) -> Vec<Alarm> {
        let active: Vec<(String, &'static AlarmKind)> =
            self.0.iter().filter(|(_, s)| s.is_active).map(|((c, _), s)| (c.clone(), s.kind)).collect();
        active.iter().filter_map(|(c, kind)| self.raise(c, kind, false, |_| String::new(), now)).collect()
    }

    /// Whether an alarm of a priority is active.
    pub(super) fn has_priority(&self, priority: u8) -> bool {
        self.0.values().any(|s| s.is_active && s.kind.priority == priority)
    }

    /// Whether a major fault is active.
    pub(super) fn has_major(&self) -> bool {
        self.0.values().any(|s| s.is_active && s.kind.is_major)
    }
}

impl Standing {
    fn say(&self, component: &str, word: Word) -> Alarm {
        let either = |is: bool, yes: &str, no: &str| Some(if is { yes } else { no }.to_owned());
        // The schemas of the core write the same word in two ways.
        let suspended = if word == Word::Suspend { "Suspended" } else { "suspended" };
        Alarm {
            id: String::new(),
            component: component.to_owned(),
            code: self.kind.code.to_owned(),
            maker_code: String::new(),
            external_code: Some(String::new()),
            kind: match word {
                Word::Issue => "Issue",
                Word::Acknowledge => "Acknowledge",
                Word::Suspend => "Suspend",
            }
            .to_owned(),
            acknowledged: either(self.is_acknowledged, "Acknowledged", "notAcknowledged"),
            active: either(self.is_active, "Active", "inActive"),
            suspended: either(self.is_suspended, suspended, "notSuspended"),
            at: Some(self.changed.to_string()),
            category: Some("D".into()),
            priority: Some(self.kind.priority.to_string()),
            values: Some(self.values.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a0302() -> &'static AlarmKind {
        kind_of("A0302", Component::Detector(0)).unwrap()
    }

    #[test]
    fn an_alarm_is_raised_acknowledged_suspended_resumed_and_ends() {
        let (mut alarms, kind) = (Alarms::default(), a0302());
        let raised = alarms.raise("DL1", kind, true, |_| "x".into(), Utc(1)).unwrap();
        assert_eq!((raised.active.as_deref(), raised.acknowledged.as_deref()), (Some("Active"), Some("notAcknowledged")));
        assert_eq!(raised.values.unwrap().len(), 5);
        assert!(alarms.raise("DL1", kind, true, |_| String::new(), Utc(2)).is_none());
        assert_eq!(alarms.acknowledge("DL1", kind, Utc(3)).unwrap().acknowledged.as_deref(), Some("Acknowledged"));
        assert!(alarms.acknowledge("DL1", kind, Utc(4)).is_none());
        assert_eq!(alarms.suspend("DL1", kind, true, Utc(5)).unwrap().suspended.as_deref(), Some("Suspended"));
        // A suspended alarm changes without a word.
        assert!(alarms.raise("DL1", kind, false, |_| String::new(), Utc(6)).is_none());
        let resumed = alarms.suspend("DL1", kind, false, Utc(7)).unwrap();
        assert_eq!((resumed.suspended.as_deref(), resumed.active.as_deref()), (Some("notSuspended"), Some("inActive")));
        assert!(alarms.raise("DL1", kind, true, |_| String::new(), Utc(8)).is_some());
        assert!(alarms.has_priority(3) && !alarms.has_major());
        assert_eq!(alarms.clear(Utc(9)).len(), 1);
        assert!(!alarms.has_priority(3));
    }

    #[test]
    fn alarms_belong_to_their_kind_of_component() {
        assert!(kind_of("A0302", Component::Main).is_none());
        assert!(kind_of("A0001", Component::Main).unwrap().is_major);
        assert!(kind_of("A9999", Component::Main).is_none());
    }
}
