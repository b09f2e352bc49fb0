//! The port: what a rollout asks of a controller, whatever protocol it speaks. Bytes stay behind it.

use crate::clock::Utc;
use crate::setting::{Setting, SettingFault};
use model::signal::SafePlan;
use std::collections::BTreeMap;
use thiserror::Error;

/// What a controller says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its clock when it answered.
    pub clock: Utc,
    /// By how much its clock differs from ours, in ms, the way of the answer included.
    pub skew_ms: u64,
    /// Checksum of its safety data and plans as supplied.
    pub checksum: String,
    /// Number of the plan that runs.
    pub plan: u8,
    /// Who ordered that plan, in the words of the protocol.
    pub source: String,
    /// Whether nobody ordered it: the controller's calendar chose it, or the controller came up with it.
    pub is_own_choice: bool,
    /// What is set of each plan that it holds.
    pub settings: BTreeMap<u8, Setting>,
    /// Whether it plays plans: neither starting, flashing, dark nor failed.
    pub in_control: bool,
}

/// What all groups showed in one second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The controller's clock.
    pub at: Utc,
    /// Whether each group was green, in the order of the signal.
    pub greens: Vec<bool>,
}

/// Why a port did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PortError {
    /// No connection, or it was lost: what was asked may have been done or not.
    #[error("connection: {0}")]
    Link(String),
    /// The controller refused.
    #[error("refused: {0}")]
    Refused(String),
    /// What is read back is not what was set.
    #[error("read back {read}, but {wanted} was set")]
    ReadBack {
        /// What was set.
        wanted: String,
        /// What is read.
        read: String,
    },
    /// An answer that makes no sense.
    #[error("the answer {0}")]
    Answer(String),
    /// The plan cannot be had.
    #[error(transparent)]
    Setting(#[from] SettingFault),
    /// An alarm is active.
    #[error("alarm {0} is active")]
    Alarm(String),
}

/// A controller in the street, or one that behaves so.
///
/// Safety data is read and compared, never written: there is no function for it. A plan comes in as a [`SafePlan`] only.
pub trait Port: Send {
    /// Name of the controller.
    fn site(&self) -> &str;

    /// Reads everything that a rollout compares.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read(&mut self) -> Result<Device, PortError>;

    /// Which setting would make the plan of a number.
    ///
    /// # Errors
    /// What the protocol cannot set, or the number is not held.
    fn fit(&self, number: u8, plan: &SafePlan) -> Result<Setting, PortError>;

    /// Makes of the plan of a number the one that is given, and reads it back.
    ///
    /// # Errors
    /// When it is refused, cannot be had, or something else is read back.
    fn stage(&mut self, number: u8, plan: &SafePlan) -> Result<(), PortError>;

    /// Puts a number back to what it was, which was read before, and reads it back.
    ///
    /// # Errors
    /// As [`Port::stage`].
    fn restore(&mut self, number: u8, before: &Setting) -> Result<(), PortError>;

    /// Selects the plan of a number, and reads it back.
    ///
    /// # Errors
    /// When it is refused, or another plan is read back.
    fn select(&mut self, number: u8) -> Result<(), PortError>;

    /// Leaves the choice of the plan to the controller's own calendar, where that calls for the plan of this number now; whether
    /// it was left to it.
    ///
    /// # Errors
    /// When the calendar cannot be read, or the order is refused.
    fn unselect(&mut self, number: u8) -> Result<bool, PortError>;

    /// Looks on, second by second, until `look` has seen enough and returns `true`.
    ///
    /// # Errors
    /// When the controller falls silent or reports an alarm.
    fn watch(&mut self, look: &mut dyn FnMut(&Picture) -> bool) -> Result<(), PortError>;
}

impl Port for Box<dyn Port> {
    fn site(&self) -> &str {
        (**self).site()
    }

    fn read(&mut self) -> Result<Device, PortError> {
        (**self).read()
    }

    fn fit(&self, number: u8, plan: &SafePlan) -> Result<Setting, PortError> {
        (**self).fit(number, plan)
    }

    fn stage(&mut self, number: u8, plan: &SafePlan) -> Result<(), PortError> {
        (**self).stage(number, plan)
    }

    fn restore(&mut self, number: u8, before: &Setting) -> Result<(), PortError> {
        (**self).restore(number, before)
    }

    fn select(&mut self, number: u8) -> Result<(), PortError> {
        (**self).select(number)
    }

    fn unselect(&mut self, number: u8) -> Result<bool, PortError> {
        (**self).unselect(number)
    }

    fn watch(&mut self, look: &mut dyn FnMut(&Picture) -> bool) -> Result<(), PortError> {
        (**self).watch(look)
    }
}
