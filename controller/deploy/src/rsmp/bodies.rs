//! The bodies of messages, by the names of this crate; those of the standard go over the wire.
//!
//! `ntsOId` and `xNId`, ids in other systems, are always empty here: they are written with every component, and not read.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What every message but acknowledgements has: its id.
pub type MessageId = String;

/// Bodies of messages: each field with its name in the standard before its own.
macro_rules! bodies {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $wire:literal $field:ident: $type:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        pub struct $name { $($(#[$field_doc])* #[serde(rename = $wire)] pub $field: $type),* }
    )*};
}

bodies! {
    /// Says that a message has been taken.
    Ack {
        /// The message.
        "oMId" of: MessageId,
    }
    /// Says that a message has been refused.
    NotAck {
        /// The message.
        "oMId" of: MessageId,
        /// Why.
        #[serde(default)]
        "rea" reason: String,
    }
    /// The first message of either end.
    Version {
        /// Its id.
        "mId" id: MessageId,
        /// Core versions that this end speaks.
        "RSMP" cores: Vec<CoreEntry>,
        /// Who: the sites of this end. An answer of core 3.3.0 has none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        "siteId" sites: Vec<SiteEntry>,
        /// Version of the signal exchange list. An answer of core 3.3.0 has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        "SXL" list: Option<String>,
        /// From core 3.3.0 on: `Request` of a site, `Response` of a supervisor.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        "step" step: Option<String>,
        /// From core 3.3.0 on: the lists that a site offers, and which of them a supervisor takes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        "SXLS" lists: Option<Vec<ListEntry>>,
        /// From core 3.3.0 on: who answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        "supervisorId" supervisor: Option<String>,
        /// From core 3.3.0 on: whether a supervisor wants alarms, which it does where it does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        "receiveAlarms" wants_alarms: Option<bool>,
    }
    /// A signal exchange list, offered, taken or refused.
    ListEntry {
        /// Such as `tlc`.
        "name" name: String,
        /// Such as `1.3.0`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        "version" version: Option<String>,
        /// Why it is refused, 1 to 3; none where it is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        "rejected" rejected: Option<u8>,
        /// Why it is refused, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        "reason" reason: Option<String>,
    }
    /// From core 3.3.0 on: the components of a site, which follow its version.
    ComponentList {
        /// Its id.
        "mId" id: MessageId,
        /// The components.
        "components" components: Vec<ComponentEntry>,
    }
    /// A component of a site.
    ComponentEntry {
        /// Its id.
        "id" id: String,
        /// Its kind.
        "type" kind: String,
        /// Its name, for people.
        "name" name: String,
    }
    /// One version of the core.
    CoreEntry {
        /// Such as `3.2.2`.
        "vers" version: String,
    }
    /// One site.
    SiteEntry {
        /// Its id.
        "sId" id: String,
    }
    /// A sign of life.
    Watchdog {
        /// Its id.
        "mId" id: MessageId,
        /// The sender's clock.
        "wTs" at: String,
    }
    /// How a site is, in eight bits.
    AggregatedStatus {
        /// Its id.
        "mId" id: MessageId,
        /// The component.
        "cId" component: String,
        /// Since when.
        "aSTS" at: String,
        /// Functional position; not used by traffic lights.
        "fP" position: Option<String>,
        /// Functional state; not used by traffic lights.
        "fS" state: Option<String>,
        /// Local mode, no communication, high-, medium- and low-priority fault, normal, rest, not connected: eight booleans,
        /// as text up to core 3.1.2.
        "se" states: Vec<Value>,
    }
    /// Asks for the aggregated status.
    AggregatedStatusRequest {
        /// Its id.
        "mId" id: MessageId,
        /// The component.
        "cId" component: String,
    }
    /// An alarm, or what is asked about one.
    Alarm {
        /// Its id.
        "mId" id: MessageId,
        /// The component.
        "cId" component: String,
        /// The alarm, such as `A0301`.
        "aCId" code: String,
        /// Code of the maker; may be empty.
        #[serde(default)]
        "xACId" maker_code: String,
        /// External alarm number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        "xNACId" external_code: Option<String>,
        /// `Issue`, `Acknowledge`, `Suspend`, `Resume` or `Request`.
        "aSp" kind: String,
        /// Whether it is acknowledged.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        "ack" acknowledged: Option<String>,
        /// `Active` or `inActive`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        "aS" active: Option<String>,
        /// Whether it is suspended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        "sS" suspended: Option<String>,
        /// When it changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        "aTs" at: Option<String>,
        /// Category: `T` traffic, `D` technical.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        "cat" category: Option<String>,
        /// Priority, 1 the highest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        "pri" priority: Option<String>,
        /// Values.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        "rvs" values: Option<Vec<AlarmValue>>,
    }
    /// A value of an alarm.
    AlarmValue {
        /// Name.
        "n" name: String,
        /// Value.
        "v" value: String,
    }
    /// Asks for something to be done.
    CommandRequest {
        /// Its id.
        "mId" id: MessageId,
        /// The component.
        "cId" component: String,
        /// The arguments of one command.
        "arg" arguments: Vec<Argument>,
    }
    /// An argument of a command.
    Argument {
        /// The command, such as `M0015`.
        "cCI" code: String,
        /// Name.
        "n" name: String,
        /// The operation, such as `setOffset`.
        "cO" operation: String,
        /// Value: text in TLC up to 1.2.1.
        "v" value: Value,
    }
    /// What was done.
    CommandResponse {
        /// Its id.
        "mId" id: MessageId,
        /// The component.
        "cId" component: String,
        /// When.
        "cTS" at: String,
        /// The arguments, as they were taken.
        "rvs" returned: Vec<Returned>,
    }
    /// An argument as it was taken.
    Returned {
        /// The command.
        "cCI" code: String,
        /// Name.
        "n" name: String,
        /// Value; null when unknown.
        "v" value: Value,
        /// `recent`, `old`, `undefined` or `unknown`.
        "age" age: String,
    }
    /// Asks for statuses, or for no more of them.
    StatusRequest {
        /// Its id.
        "mId" id: MessageId,
        /// The component.
        "cId" component: String,
        /// Which.
        "sS" names: Vec<StatusName>,
    }
    /// A value of a status.
    StatusName {
        /// The status, such as `S0014`.
        "sCI" code: String,
        /// The value.
        "n" name: String,
    }
    /// Asks for statuses again and again.
    StatusSubscribe {
        /// Its id.
        "mId" id: MessageId,
        /// The component.
        "cId" component: String,
        /// Which, and how often.
        "sS" wanted: Vec<Subscribed>,
    }
    /// A value of a status, and when it is wanted.
    Subscribed {
        /// The status.
        "sCI" code: String,
        /// The value.
        "n" name: String,
        /// Every so many seconds, with a decimal point where need be; `0` on change only.
        "uRt" every_s: String,
        /// From core 3.1.5 on: whether as soon as it changes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        "sOc" on_change: Option<bool>,
    }
    /// Values of statuses.
    StatusReport {
        /// Its id.
        "mId" id: MessageId,
        /// The component.
        "cId" component: String,
        /// When they were taken.
        "sTs" at: String,
        /// The values.
        "sS" values: Vec<StatusValue>,
    }
    /// A value of a status.
    StatusValue {
        /// The status.
        "sCI" code: String,
        /// The value.
        "n" name: String,
        /// Text, a list, or null when unknown.
        "s" value: Value,
        /// `recent`, `old`, `undefined` or `unknown`.
        "q" quality: String,
    }
}
