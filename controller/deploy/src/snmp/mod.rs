//! SNMP 1, 2c and 3 as state machines without sockets and clocks: an agent, and a manager's end of a conversation.
//!
//! Version 3 has the User-based Security Model with HMAC-SHA and HMAC-SHA-2 and AES-128; neither MD5 nor DES are spoken, no
//! traps and informs are sent. Whoever is no user and knows no community gets no value. Sources: RFC 1157, 1901, 3412,
//! 3414, 3416, 3584, 3826, 7860.

mod access;
mod agent;
mod asker;
mod ber;
mod client;
mod message;
mod usm;
mod v3;

pub use access::{Access, Community, read_access};
pub use agent::Agent;
pub use asker::{Objects, Principal, Refusal};
pub use ber::Malformed;
pub use client::{Client, Credentials, Heard, names};
pub use message::{Binds, Kind, Oid, Pdu, Value};
pub use usm::{Auth, User};

/// The largest message that either end takes or sends, in bytes.
pub const LARGEST: usize = 8192;

/// Errors of version 2, by their numbers. Source: RFC 3416, section 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Status {
    /// The answer does not fit into a message.
    TooBig = 1,
    /// Version 1: there is no such object, or it cannot be had in this way.
    NoSuchName = 2,
    /// Version 1: the value is of the wrong kind or out of range.
    BadValue = 3,
    /// Anything else.
    GenErr = 5,
    /// Not for whoever asks.
    NoAccess = 6,
    /// The value is of the wrong kind.
    WrongType = 7,
    /// The value can never be had.
    WrongValue = 10,
    /// There is no such object, and it cannot be made.
    NoCreation = 11,
    /// The value cannot be had now.
    InconsistentValue = 12,
    /// Not at this level of security.
    AuthorizationError = 16,
    /// The object is never set.
    NotWritable = 17,
}

impl Status {
    /// The number in a message of version 1, or of the others. Source: RFC 3584, section 4.4.
    pub(crate) const fn code(self, is_v1: bool) -> i32 {
        let of_v1 = match self {
            Self::WrongType | Self::WrongValue | Self::InconsistentValue | Self::BadValue => Self::BadValue,
            Self::NoAccess | Self::NoCreation | Self::AuthorizationError | Self::NotWritable | Self::NoSuchName => {
                Self::NoSuchName
            }
            Self::TooBig | Self::GenErr => self,
        };
        if is_v1 { of_v1 as i32 } else { self as i32 }
    }

    /// The name of a number in a message.
    pub fn name(code: i32) -> &'static str {
        const NAMES: [&str; 19] = [
            "noError",
            "tooBig",
            "noSuchName",
            "badValue",
            "readOnly",
            "genErr",
            "noAccess",
            "wrongType",
            "wrongLength",
            "wrongEncoding",
            "wrongValue",
            "noCreation",
            "inconsistentValue",
            "resourceUnavailable",
            "commitFailed",
            "undoFailed",
            "authorizationError",
            "notWritable",
            "inconsistentName",
        ];
        usize::try_from(code).ok().and_then(|c| NAMES.get(c)).copied().unwrap_or("an unknown error")
    }
}
