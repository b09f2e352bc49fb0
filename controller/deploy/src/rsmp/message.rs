//! Messages of RSMP core 3.1.5 to 3.2.2, strictly typed.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

/// What every message but acknowledgements has: its id.
pub type MessageId = String;

/// A message (Nachricht).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
#[expect(missing_docs, reason = "the variants are the messages of the standard, by its own names")]
pub enum Message {
    MessageAck(Ack),
    MessageNotAck(NotAck),
    Version(Version),
    Watchdog(Watchdog),
    AggregatedStatus(AggregatedStatus),
    AggregatedStatusRequest(AggregatedStatusRequest),
    Alarm(Alarm),
    CommandRequest(CommandRequest),
    CommandResponse(CommandResponse),
    StatusRequest(StatusRequest),
    StatusResponse(StatusReport),
    StatusSubscribe(StatusSubscribe),
    StatusUnsubscribe(StatusRequest),
    StatusUpdate(StatusReport),
}

macro_rules! bodies {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[allow(non_snake_case, reason = "the names of the standard, not all of which break the rule")]
        pub struct $name { $($(#[$field_doc])* pub $field: $type),* }
    )*};
}

bodies! {
    /// Says that a message has been taken.
    Ack {
        /// The message.
        oMId: MessageId,
    }
    /// Says that a message has been refused.
    NotAck {
        /// The message.
        oMId: MessageId,
        /// Why.
        #[serde(default)]
        rea: String,
    }
    /// The first message of either end.
    Version {
        /// Its id.
        mId: MessageId,
        /// Core versions that this end speaks.
        RSMP: Vec<CoreEntry>,
        /// Who: the sites of this end.
        siteId: Vec<SiteEntry>,
        /// Version of the signal exchange list.
        SXL: String,
    }
    /// One version of the core.
    CoreEntry {
        /// Such as `3.2.2`.
        vers: String,
    }
    /// One site.
    SiteEntry {
        /// Its id.
        sId: String,
    }
    /// A sign of life.
    Watchdog {
        /// Its id.
        mId: MessageId,
        /// The sender's clock.
        wTs: String,
    }
    /// How a site is, in eight bits.
    AggregatedStatus {
        /// Its id.
        mId: MessageId,
        #[serde(default)]
        /// Object id in another system; empty.
        ntsOId: String,
        #[serde(default)]
        /// External id; empty.
        xNId: String,
        /// The component.
        cId: String,
        /// Since when.
        aSTS: String,
        /// Functional position; not used by traffic lights.
        fP: Option<String>,
        /// Functional state; not used by traffic lights.
        fS: Option<String>,
        /// Local mode, no communication, high-, medium- and low-priority fault, normal, rest, not connected.
        se: [bool; 8],
    }
    /// Asks for the aggregated status.
    AggregatedStatusRequest {
        /// Its id.
        mId: MessageId,
        /// The component.
        cId: String,
    }
    /// An alarm, or what is asked about one.
    Alarm {
        /// Its id.
        mId: MessageId,
        #[serde(default)]
        /// Object id in another system; empty.
        ntsOId: String,
        #[serde(default)]
        /// External id; empty.
        xNId: String,
        /// The component.
        cId: String,
        /// The alarm, such as `A0301`.
        aCId: String,
        /// Code of the maker; may be empty.
        #[serde(default)]
        xACId: String,
        /// External alarm number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        xNACId: Option<String>,
        /// `Issue`, `Acknowledge`, `Suspend`, `Resume` or `Request`.
        aSp: String,
        /// Whether it is acknowledged.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ack: Option<String>,
        /// `Active` or `inActive`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        aS: Option<String>,
        /// Whether it is suspended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sS: Option<String>,
        /// When it changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        aTs: Option<String>,
        /// Category: `T` traffic, `D` technical.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cat: Option<String>,
        /// Priority, 1 the highest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pri: Option<String>,
        /// Values.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rvs: Option<Vec<AlarmValue>>,
    }
    /// A value of an alarm.
    AlarmValue {
        /// Name.
        n: String,
        /// Value.
        v: String,
    }
    /// Asks for something to be done.
    CommandRequest {
        /// Its id.
        mId: MessageId,
        #[serde(default)]
        /// Object id in another system; empty.
        ntsOId: String,
        #[serde(default)]
        /// External id; empty.
        xNId: String,
        /// The component.
        cId: String,
        /// The arguments of one command.
        arg: Vec<Argument>,
    }
    /// An argument of a command.
    Argument {
        /// The command, such as `M0015`.
        cCI: String,
        /// Name.
        n: String,
        /// The operation, such as `setOffset`.
        cO: String,
        /// Value: text in TLC up to 1.2.1.
        v: Value,
    }
    /// What was done.
    CommandResponse {
        /// Its id.
        mId: MessageId,
        #[serde(default)]
        /// Object id in another system; empty.
        ntsOId: String,
        #[serde(default)]
        /// External id; empty.
        xNId: String,
        /// The component.
        cId: String,
        /// When.
        cTS: String,
        /// The arguments, as they were taken.
        rvs: Vec<Returned>,
    }
    /// An argument as it was taken.
    Returned {
        /// The command.
        cCI: String,
        /// Name.
        n: String,
        /// Value; null when unknown.
        v: Value,
        /// `recent`, `old`, `undefined` or `unknown`.
        age: String,
    }
    /// Asks for statuses, or for no more of them.
    StatusRequest {
        /// Its id.
        mId: MessageId,
        #[serde(default)]
        /// Object id in another system; empty.
        ntsOId: String,
        #[serde(default)]
        /// External id; empty.
        xNId: String,
        /// The component.
        cId: String,
        /// Which.
        sS: Vec<StatusName>,
    }
    /// A value of a status.
    StatusName {
        /// The status, such as `S0014`.
        sCI: String,
        /// The value.
        n: String,
    }
    /// Asks for statuses again and again.
    StatusSubscribe {
        /// Its id.
        mId: MessageId,
        #[serde(default)]
        /// Object id in another system; empty.
        ntsOId: String,
        #[serde(default)]
        /// External id; empty.
        xNId: String,
        /// The component.
        cId: String,
        /// Which, and how often.
        sS: Vec<Subscribed>,
    }
    /// A value of a status, and when it is wanted.
    Subscribed {
        /// The status.
        sCI: String,
        /// The value.
        n: String,
        /// Every so many seconds; `0` on change only.
        uRt: String,
        /// Whether as soon as it changes.
        sOc: bool,
    }
    /// Values of statuses.
    StatusReport {
        /// Its id.
        mId: MessageId,
        #[serde(default)]
        /// Object id in another system; empty.
        ntsOId: String,
        #[serde(default)]
        /// External id; empty.
        xNId: String,
        /// The component.
        cId: String,
        /// When they were taken.
        sTs: String,
        /// The values.
        sS: Vec<StatusValue>,
    }
    /// A value of a status.
    StatusValue {
        /// The status.
        sCI: String,
        /// The value.
        n: String,
        /// Text, a list, or null when unknown.
        s: Value,
        /// `recent`, `old`, `undefined` or `unknown`.
        q: String,
    }
}

/// A frame that is no message.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what}")]
pub struct NoMessage {
    /// What is wrong.
    pub what: String,
    /// Its id, when it has one that can be answered.
    pub id: Option<MessageId>,
}

impl Message {
    /// Reads a frame.
    ///
    /// # Errors
    /// What is wrong with it, and the id that a refusal has to name.
    pub fn parse(frame: &[u8]) -> Result<Self, NoMessage> {
        let fault = |what: String, id| NoMessage { what, id };
        let value: Value = serde_json::from_slice(frame).map_err(|e| fault(format!("no JSON: {e}"), None))?;
        let id = value["mId"].as_str().filter(|id| is_message_id(id)).map(str::to_owned);
        if value["mType"] != "rSMsg" {
            return Err(fault("mType is not rSMsg".into(), id));
        }
        let message: Self = serde_json::from_value(value).map_err(|e| fault(e.to_string(), id.clone()))?;
        match message.id() {
            Some(own) if !is_message_id(own) => Err(fault("mId is not a UUID of version 4".into(), None)),
            _ => Ok(message),
        }
    }

    /// The frame, form feed included.
    pub fn frame(&self) -> Vec<u8> {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        value["mType"] = "rSMsg".into();
        let mut frame = value.to_string().into_bytes();
        frame.push(super::frame::FORM_FEED);
        frame
    }

    /// Its id; acknowledgements have none.
    pub fn id(&self) -> Option<&str> {
        Some(match self {
            Self::MessageAck(_) | Self::MessageNotAck(_) => return None,
            Self::Version(m) => &m.mId,
            Self::Watchdog(m) => &m.mId,
            Self::AggregatedStatus(m) => &m.mId,
            Self::AggregatedStatusRequest(m) => &m.mId,
            Self::Alarm(m) => &m.mId,
            Self::CommandRequest(m) => &m.mId,
            Self::CommandResponse(m) => &m.mId,
            Self::StatusRequest(m) | Self::StatusUnsubscribe(m) => &m.mId,
            Self::StatusResponse(m) | Self::StatusUpdate(m) => &m.mId,
            Self::StatusSubscribe(m) => &m.mId,
        })
    }
}

/// Whether a text is a UUID of version 4, as the schema asks.
fn is_message_id(text: &str) -> bool {
    let fits = |(i, c): (usize, u8)| match i {
        8 | 13 | 18 | 23 => c == b'-',
        14 => c == b'4',
        19 => matches!(c, b'8' | b'9' | b'a' | b'b' | b'A' | b'B'),
        _ => c.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(fits)
}

#[cfg(test)]
mod tests {
    use super::super::ids::MessageIds;
    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let text = br#"{"mType":"rSMsg","type":"StatusSubscribe","ntsOId":"","xNId":"","cId":"TC","sS":
            [{"sCI":"S0001","n":"stage","uRt":"1","sOc":false}],"mId":"0ae166b2-0809-4b53-854a-c822e3f6d22f"}"#;
        let message = Message::parse(text).unwrap();
        let frame = message.frame();
        assert_eq!(Message::parse(&frame[..frame.len() - 1]), Ok(message));
    }

    #[test]
    fn what_is_no_message_is_refused_with_its_id() {
        let id = MessageIds::new(1).make();
        let text = format!(r#"{{"mType":"rSMsg","type":"Watchdog","wTs":7,"mId":"{id}"}}"#);
        assert_eq!(Message::parse(text.as_bytes()).unwrap_err().id, Some(id));
        for bad in ["", "[]", "{}", "null", r#"{"mType":"rSMsg","type":"Watchdog","wTs":"","mId":"x"}"#] {
            assert_eq!(Message::parse(bad.as_bytes()).unwrap_err().id, None, "{bad}");
        }
    }
}
