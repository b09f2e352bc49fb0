//! Signals: groups, conflicts, intergreens, plans, and the check that alone makes a plan safe.
//!
//! A [`SignalPlan`] is what people and optimisers write. A [`SafePlan`] exists only as the result of
//! [`SignalPlan::check`]. Whatever a controller asks for second by second goes through a [`Guard`], which holds the
//! same rules; so does the way from one plan to another ([`check_switch`]). How long the intergreens of a signal have to
//! be, and why, follows from the network: [`derivation`].

mod check;
pub mod derivation;
mod guard;
pub mod intergreen;
mod plan;
mod stream;
mod transition;

pub use check::{PlanFault, SafePlan, check_switch};
pub use guard::Guard;
pub use plan::{Green, SignalPlan};
pub use stream::{Ends, Stream};
pub use transition::TransitionMethod;

use crate::id::{GroupId, Id, IdVec};
use crate::time::Seconds;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::{Index, IndexMut};

/// What a signal group shows (Signalbild).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Aspect {
    /// Red (Sperrzeit).
    #[default]
    Red,
    /// Red and amber together, before green (Rot-Gelb).
    RedAmber,
    /// Green (Freigabezeit).
    Green,
    /// Amber, after green (Gelb).
    Amber,
}

/// For whom a signal group shines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GroupKind {
    /// Motor traffic (K).
    Vehicles,
    /// People on foot (F); no amber.
    Pedestrians,
    /// Cyclists on their own signal (R).
    Cyclists,
    /// Buses and trams on their own signal (B, T).
    PublicTransport,
}

/// A signal group (Signalgruppe): signals that always show the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalGroup {
    /// Name within the signal, such as `K1` or `F2`.
    pub name: String,
    /// For whom.
    pub kind: GroupKind,
    /// Amber after green. RiLSA: 3 s at 50 km/h, 4 s at 60, 5 s at 70; none for people on foot.
    pub amber: Seconds,
    /// Red-amber before green. VwV-StVO zu § 37: 1 s, never above 2 s; none for people on foot.
    pub red_amber: Seconds,
    /// Shortest green (Mindestfreigabezeit). RiLSA: 5 s, on foot also half the crossing at 1.2 m/s.
    pub min_green: Seconds,
    /// Shortest red between the end of amber and the next red-amber (Mindestsperrzeit). RiLSA: 1 s.
    pub min_red: Seconds,
    /// Whether a plan may leave it red for ever.
    pub may_stay_red: bool,
    /// The most green that a plan may give it (Pförtnerampel), in percent of the cycle: 1 to 99. `None` where nothing limits it.
    ///
    /// A rule of traffic management, not of safety: it holds for plans, and so for whatever optimises them. A [`Guard`] and
    /// the way from plan to plan do not know it.
    pub max_green_percent: Option<u16>,
}

impl SignalGroup {
    /// The most green in a cycle; the whole of it where nothing limits the group.
    pub fn longest_green(&self, cycle: Seconds) -> Seconds {
        let part = |percent: u16| Seconds((u32::from(cycle.0) * u32::from(percent.min(100)) / 100) as u16);
        self.max_green_percent.map_or(cycle, part)
    }
}

/// How far two signal groups bear each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// They may show green together (verträglich).
    #[default]
    Compatible,
    /// They may show green together because one traffic stream yields to the other (bedingt verträglich).
    Conditional,
    /// They may never show green together (unverträglich).
    Incompatible,
}

/// A square table over the groups of one signal: row first, column second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Square<T> {
    side: usize,
    cells: Vec<T>,
}

impl<T: Clone + Default> Square<T> {
    /// A table of default cells.
    pub fn new(side: usize) -> Self {
        Self { side, cells: vec![T::default(); side * side] }
    }
}

impl<T> Square<T> {
    /// The number of rows.
    pub fn side(&self) -> usize {
        self.side
    }
}

impl<T> Index<(GroupId, GroupId)> for Square<T> {
    type Output = T;
    fn index(&self, (row, column): (GroupId, GroupId)) -> &T {
        &self.cells[row.index() * self.side + column.index()]
    }
}

impl<T> IndexMut<(GroupId, GroupId)> for Square<T> {
    fn index_mut(&mut self, (row, column): (GroupId, GroupId)) -> &mut T {
        &mut self.cells[row.index() * self.side + column.index()]
    }
}

/// Intergreen times (Zwischenzeiten), shape groups by groups: the row clears, the column enters.
///
/// The time from the end of the clearing green to the beginning of the entering green. `None` where none is needed.
/// Not symmetric. Source: RiLSA, Zwischenzeitenberechnung.
pub type Intergreens = Square<Option<Seconds>>;

/// A stage (Phase): groups that show green together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Name within the signal.
    pub name: String,
    /// The groups, in id order.
    pub greens: Vec<GroupId>,
}

/// A signal installation (Lichtsignalanlage): one controller with its groups and what they must respect.
///
/// This is safety data: a plan is held against it and never changes it.
#[derive(Debug, Clone)]
pub struct Signal {
    /// Name in the scenario.
    pub name: String,
    /// Where groups and intergreens come from.
    pub source: String,
    /// Signal groups.
    pub groups: IdVec<GroupId, SignalGroup>,
    /// How far the groups bear each other; symmetric, the diagonal is compatible.
    pub grades: Square<Grade>,
    /// Intergreens; every incompatible pair has one in both directions.
    pub intergreens: Intergreens,
    /// Stages in their usual order; may be empty.
    pub stages: Vec<Stage>,
}

impl Signal {
    /// The least time from the end of one green to the beginning of another, `None` where none is needed: the intergreen,
    /// or the red-amber of the entering group where that is longer, since red-amber never begins beside a green that
    /// would have to end under it.
    pub fn least_gap(&self, clearing: GroupId, entering: GroupId) -> Option<Seconds> {
        self.intergreens[(clearing, entering)].map(|z| z.max(self.groups[entering].red_amber))
    }

    /// The group of a name.
    pub fn group(&self, name: &str) -> Option<GroupId> {
        self.groups.enumerate().find(|(_, g)| g.name == name).map(|(id, _)| id)
    }
}

#[cfg(test)]
pub(crate) mod toy {
    use super::*;

    /// Two streets that cross: `K1` along, `K2` across, `F1` on foot over the arm of `K2`, conditional with nothing.
    pub(crate) fn crossroads() -> Signal {
        let vehicles = |name: &str| SignalGroup {
            name: name.into(),
            kind: GroupKind::Vehicles,
            amber: Seconds(3),
            red_amber: Seconds(1),
            min_green: Seconds(5),
            min_red: Seconds(1),
            may_stay_red: false,
            max_green_percent: None,
        };
        let on_foot = SignalGroup { kind: GroupKind::Pedestrians, amber: Seconds(0), red_amber: Seconds(0), ..vehicles("F1") };
        let mut signal = Signal {
            name: "toy".into(),
            source: "assumed: a test".into(),
            groups: vec![vehicles("K1"), vehicles("K2"), on_foot, vehicles("K3")].into(),
            grades: Square::new(4),
            intergreens: Square::new(4),
            stages: Vec::new(),
        };
        let mut set = |a: u32, b: u32, grade, ab: u16, ba: u16| {
            let (a, b) = (GroupId(a), GroupId(b));
            signal.grades[(a, b)] = grade;
            signal.grades[(b, a)] = grade;
            signal.intergreens[(a, b)] = Some(Seconds(ab));
            signal.intergreens[(b, a)] = Some(Seconds(ba));
        };
        set(0, 1, Grade::Incompatible, 5, 6);
        set(1, 2, Grade::Incompatible, 4, 9);
        set(0, 3, Grade::Conditional, 4, 5);
        set(1, 3, Grade::Incompatible, 6, 5);
        signal
    }
}
