//! What a virtual controller is like.

use super::answers::Component;
use super::priority::PriorityTimes;
use crate::rsmp::message::ComponentEntry;
use crate::rsmp::{Core, TlcList};
use crate::safety::Held;
use crate::secret::Secret;
use model::id::{GroupId, Id};
use model::signal::Signal;
use std::collections::BTreeMap;

/// A virtual controller before it starts.
#[derive(Debug, Clone)]
pub struct TlcSetup {
    /// Site id.
    pub site: String,
    /// Component of the controller itself.
    pub main: String,
    /// Components of its signal groups, in the order of the groups.
    pub groups: Vec<String>,
    /// Components of its detector logics.
    pub detectors: Vec<String>,
    /// Groups, conflicts and intergreens.
    pub signal: Signal,
    /// The plans that it holds, by number.
    pub held: Held,
    /// Security codes 1 and 2.
    pub codes: [Secret; 2],
    /// What is shown in the first seconds, one character each.
    pub startup: String,
    /// The emergency routes that it knows, and the groups that are green on each.
    pub emergency_routes: BTreeMap<u8, Vec<GroupId>>,
    /// Inputs, and as many outputs.
    pub inputs: usize,
    /// Which inputs raise which alarms.
    pub alarm_inputs: Vec<AlarmInput>,
    /// Traffic situations that it knows.
    pub situations: u8,
    /// For how long signal priorities last.
    pub priority: PriorityTimes,
    /// Core versions that it speaks, ascending.
    pub cores: Vec<Core>,
    /// The signal exchange list that it speaks.
    pub list: TlcList,
    /// Whether watchdogs of the supervisor set its clock.
    pub follows_watchdog: bool,
    /// Times of its connection.
    pub times: LinkTimes,
}

/// An input that raises an alarm while it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmInput {
    /// Counted from 1.
    pub input: usize,
    /// Code of the alarm.
    pub alarm: String,
    /// The component that has it.
    pub component: String,
}

/// Times of a connection, in ms of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkTimes {
    /// Longest time to an acknowledgement.
    pub ack_ms: u64,
    /// Time between watchdogs.
    pub watchdog_ms: u64,
    /// Time until it dials again.
    pub redial_ms: u64,
}

impl Default for LinkTimes {
    /// Those of RSMP core: 30 s, a minute, 10 s.
    fn default() -> Self {
        Self { ack_ms: 30_000, watchdog_ms: 60_000, redial_ms: 10_000 }
    }
}

impl TlcSetup {
    /// A controller of a signal, with the usual names: `TC`, and the groups by their own.
    pub fn of_signal(signal: &Signal, held: Held, codes: [Secret; 2]) -> Self {
        Self {
            site: signal.name.clone(),
            main: "TC".into(),
            groups: signal.groups.iter().map(|g| g.name.clone()).collect(),
            detectors: Vec::new(),
            signal: signal.clone(),
            held,
            codes,
            startup: "efg".into(),
            emergency_routes: BTreeMap::from([(1, signal.groups.ids().take(1).collect())]),
            inputs: 8,
            alarm_inputs: Vec::new(),
            situations: 1,
            priority: PriorityTimes::default(),
            cores: Core::ALL.to_vec(),
            list: TlcList::default(),
            follows_watchdog: false,
            times: LinkTimes { redial_ms: 1000, ..LinkTimes::default() },
        }
    }

    /// Which component a name means.
    pub(super) fn component(&self, name: &str) -> Option<Component> {
        let place = |names: &[String]| names.iter().position(|n| n == name);
        if name == self.main {
            return Some(Component::Main);
        }
        let group = place(&self.groups).map(|i| Component::Group(GroupId::from_index(i)));
        group.or_else(|| place(&self.detectors).map(Component::Detector))
    }

    /// All components, as sites list them from core 3.3.0 on.
    pub(super) fn components(&self) -> Vec<ComponentEntry> {
        let entry = |kind: &str, id: &String| ComponentEntry { id: id.clone(), kind: kind.to_owned(), name: id.clone() };
        let groups = self.groups.iter().map(|id| entry("signal_group", id));
        let detectors = self.detectors.iter().map(|id| entry("detector_logic", id));
        std::iter::once(entry("main", &self.main)).chain(groups).chain(detectors).collect()
    }
}
