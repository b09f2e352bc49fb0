//! Messages of RSMP core 3.1.2 to 3.3.0, strictly typed.

pub use super::bodies::{
    Ack, AggregatedStatus, AggregatedStatusRequest, Alarm, AlarmValue, Argument, CommandRequest, CommandResponse, ComponentEntry,
    ComponentList, CoreEntry, ListEntry, MessageId, NotAck, Returned, SiteEntry, StatusName, StatusReport, StatusRequest,
    StatusSubscribe, StatusValue, Subscribed, Version, Watchdog,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

/// A message (Nachricht).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
#[expect(missing_docs, reason = "the variants are the messages of the standard, by its own names")]
pub enum Message {
    MessageAck(Ack),
    MessageNotAck(NotAck),
    Version(Version),
    ComponentList(ComponentList),
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

/// A frame that is no message.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what}")]
pub struct NoMessage {
    /// What is wrong.
    pub what: String,
    /// Its id, when it has one that can be answered.
    pub id: Option<MessageId>,
    /// Whether it means to be a version: the only message that is answered before versions are agreed on.
    pub is_version: bool,
}

impl Message {
    /// Reads a frame.
    ///
    /// # Errors
    /// What is wrong with it, and the id that a refusal has to name.
    pub fn parse(frame: &[u8]) -> Result<Self, NoMessage> {
        let no_json = |e| NoMessage { what: format!("no JSON: {e}"), id: None, is_version: false };
        let value: Value = serde_json::from_slice(frame).map_err(no_json)?;
        let id = value["mId"].as_str().filter(|id| is_message_id(id)).map(str::to_owned);
        let is_version = value["type"] == "Version";
        let fault = |what: String| NoMessage { what, id: id.clone(), is_version };
        if value["mType"] != "rSMsg" {
            return Err(fault("mType is not rSMsg".into()));
        }
        let message: Self = serde_json::from_value(value).map_err(|e| fault(e.to_string()))?;
        if message.id().is_some() && id.is_none() {
            return Err(fault("mId is not a UUID of version 4".into()));
        }
        Ok(message)
    }

    /// The frame, form feed included.
    pub fn frame(&self) -> Vec<u8> {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        value["mType"] = "rSMsg".into();
        if value.get("cId").is_some() {
            (value["ntsOId"], value["xNId"]) = ("".into(), "".into());
        }
        let mut frame = value.to_string().into_bytes();
        frame.push(super::frame::FORM_FEED);
        frame
    }

    /// Its id; acknowledgements have none.
    pub fn id(&self) -> Option<&str> {
        Some(match self {
            Self::MessageAck(_) | Self::MessageNotAck(_) => return None,
            Self::Version(m) => &m.id,
            Self::ComponentList(m) => &m.id,
            Self::Watchdog(m) => &m.id,
            Self::AggregatedStatus(m) => &m.id,
            Self::AggregatedStatusRequest(m) => &m.id,
            Self::Alarm(m) => &m.id,
            Self::CommandRequest(m) => &m.id,
            Self::CommandResponse(m) => &m.id,
            Self::StatusRequest(m) | Self::StatusUnsubscribe(m) => &m.id,
            Self::StatusResponse(m) | Self::StatusUpdate(m) => &m.id,
            Self::StatusSubscribe(m) => &m.id,
        })
    }

    /// Gives it another id; acknowledgements have none.
    pub(crate) fn set_id(&mut self, id: MessageId) {
        match self {
            Self::MessageAck(_) | Self::MessageNotAck(_) => {}
            Self::Version(m) => m.id = id,
            Self::ComponentList(m) => m.id = id,
            Self::Watchdog(m) => m.id = id,
            Self::AggregatedStatus(m) => m.id = id,
            Self::AggregatedStatusRequest(m) => m.id = id,
            Self::Alarm(m) => m.id = id,
            Self::CommandRequest(m) => m.id = id,
            Self::CommandResponse(m) => m.id = id,
            Self::StatusRequest(m) | Self::StatusUnsubscribe(m) => m.id = id,
            Self::StatusResponse(m) | Self::StatusUpdate(m) => m.id = id,
            Self::StatusSubscribe(m) => m.id = id,
        }
    }

    /// The name of its kind, for people.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::MessageAck(_) | Self::MessageNotAck(_) => "acknowledgement",
            Self::Version(_) => "Version",
            Self::ComponentList(_) => "ComponentList",
            Self::Watchdog(_) => "Watchdog",
            Self::AggregatedStatus(_) => "AggregatedStatus",
            Self::AggregatedStatusRequest(_) => "AggregatedStatusRequest",
            Self::Alarm(_) => "Alarm",
            Self::CommandRequest(_) => "CommandRequest",
            Self::CommandResponse(_) => "CommandResponse",
            Self::StatusRequest(_) => "StatusRequest",
            Self::StatusResponse(_) => "StatusResponse",
            Self::StatusSubscribe(_) => "StatusSubscribe",
            Self::StatusUnsubscribe(_) => "StatusUnsubscribe",
            Self::StatusUpdate(_) => "StatusUpdate",
        }
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
