//! Names, values and protocol data units, and the messages of versions 1 and 2c. Source: RFC 1157, 1901, 3416.

use super::ber::{INTEGER, Malformed, NULL, OCTETS, OID, Reader, SEQUENCE, number, put, put_number};
use std::fmt;

/// The name of an object instance; in the order of a walk.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Oid(pub Vec<u32>);

/// Arcs in a name. Source: RFC 3416, section 4.1.
const MOST_ARCS: usize = 128;

impl Oid {
    /// The name of an instance below.
    #[must_use]
    pub fn with(&self, arcs: &[u32]) -> Self {
        Self([&self.0, arcs].concat())
    }

    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let (mut arcs, mut arc): (Vec<u32>, u64) = (Vec::new(), 0);
        for byte in bytes {
            arc = arc << 7 | u64::from(byte & 0x7F);
            if arc > u64::from(u32::MAX) || arcs.len() >= MOST_ARCS {
                return Err(Malformed("a name with too large or too many arcs"));
            }
            if byte & 0x80 == 0 {
                if arcs.is_empty() {
                    let first = (arc / 40).min(2);
                    arcs.push(first as u32);
                    arc -= 40 * first;
                }
                arcs.push(arc as u32);
                arc = 0;
            }
        }
        if bytes.last().is_none_or(|b| b & 0x80 != 0) {
            return Err(Malformed("a name without an end"));
        }
        Ok(Self(arcs))
    }

    fn write(&self, out: &mut Vec<u8>) {
        let arc = |i: usize| self.0.get(i).copied().unwrap_or(0);
        let first = u64::from(arc(0).min(2)) * 40 + u64::from(arc(1));
        let mut content = Vec::new();
        for arc in std::iter::once(first).chain(self.0.iter().skip(2).map(|a| u64::from(*a))) {
            let groups = (1..5).take_while(|i| arc >> (7 * i) > 0).count();
            content.extend((1..=groups).rev().map(|i| (arc >> (7 * i)) as u8 | 0x80));
            content.push(arc as u8 & 0x7F);
        }
        put(out, OID, &content);
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("."))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The value of an object, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `INTEGER`, between -2³¹ and 2³² - 1: some lists declare more than RFC 2578 allows.
    Integer(i64),
    /// `OCTET STRING`.
    Octets(Vec<u8>),
    /// Nothing, as in questions.
    Null,
    /// `OBJECT IDENTIFIER`.
    Name(Oid),
    /// `Counter32`.
    Counter(u32),
    /// `TimeTicks`, hundredths of a second.
    Ticks(u32),
    /// No such object here.
    NoSuchObject,
    /// The object is here, but no such instance of it.
    NoSuchInstance,
    /// There is nothing behind.
    EndOfView,
    /// Some other kind, by its tag.
    Other(u8, Vec<u8>),
}

const COUNTER: u8 = 0x41;
const TICKS: u8 = 0x43;
const EXCEPTIONS: [u8; 3] = [0x80, 0x81, 0x82];

impl Value {
    /// The number that it is.
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::Integer(n) => Some(*n),
            Self::Counter(n) | Self::Ticks(n) => Some(i64::from(*n)),
            _ => None,
        }
    }

    fn read(tag: u8, inner: Reader<'_>) -> Result<Self, Malformed> {
        let bytes = inner.rest();
        let count = |bytes| number(bytes).map(|n| n as u32);
        Ok(match tag {
            INTEGER => {
                let n = number(bytes)?;
                if !(i64::from(i32::MIN)..=i64::from(u32::MAX)).contains(&n) {
                    return Err(Malformed("a number out of range"));
                }
                Self::Integer(n)
            }
            OCTETS => Self::Octets(bytes.to_vec()),
            NULL => Self::Null,
            OID => Self::Name(Oid::read(bytes)?),
            COUNTER => Self::Counter(count(bytes)?),
            TICKS => Self::Ticks(count(bytes)?),
            0x80 => Self::NoSuchObject,
            0x81 => Self::NoSuchInstance,
            0x82 => Self::EndOfView,
            other => Self::Other(other, bytes.to_vec()),
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Integer(n) => put_number(out, INTEGER, *n),
            Self::Octets(bytes) => put(out, OCTETS, bytes),
            Self::Null => put(out, NULL, &[]),
            Self::Name(oid) => oid.write(out),
            Self::Counter(n) => put_number(out, COUNTER, i64::from(*n)),
            Self::Ticks(n) => put_number(out, TICKS, i64::from(*n)),
            Self::NoSuchObject => put(out, EXCEPTIONS[0], &[]),
            Self::NoSuchInstance => put(out, EXCEPTIONS[1], &[]),
            Self::EndOfView => put(out, EXCEPTIONS[2], &[]),
            Self::Other(tag, bytes) => put(out, *tag, bytes),
        }
    }
}

/// What a protocol data unit is for, by its tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Values, please.
    Get = 0xA0,
    /// The values behind these names, please.
    GetNext = 0xA1,
    /// The answer.
    Response = 0xA2,
    /// Set all of these, or none.
    Set = 0xA3,
    /// Many values behind these names, please.
    GetBulk = 0xA5,
    /// From engine to engine: why nothing was done.
    Report = 0xA8,
}

const KINDS: [Kind; 6] = [Kind::Get, Kind::GetNext, Kind::Response, Kind::Set, Kind::GetBulk, Kind::Report];

/// Names and values.
pub type Binds = Vec<(Oid, Value)>;

/// A protocol data unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdu {
    /// What it is for.
    pub kind: Kind,
    /// By which an answer is known.
    pub request: i32,
    /// The error; of a [`Kind::GetBulk`], how many names are asked for once only.
    pub status: i32,
    /// The place of the name at fault, counted from 1, or 0; of a [`Kind::GetBulk`], how often the other names go on.
    pub index: i32,
    /// Names and values.
    pub binds: Binds,
}

impl Pdu {
    /// Reads one, with its tag.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (tag, mut inner) = reader.element()?;
        let kind = KINDS.into_iter().find(|k| *k as u8 == tag).ok_or(Malformed("a unit of another kind"))?;
        let mut field = || inner.integer(i64::from(i32::MIN), i64::from(i32::MAX)).map(|n| n as i32);
        let (request, status, index) = (field()?, field()?, field()?);
        let mut list = inner.expect(SEQUENCE)?;
        let mut binds = Vec::new();
        while !list.is_done() {
            let mut pair = list.expect(SEQUENCE)?;
            let name = Oid::read(pair.expect(OID)?.rest())?;
            let (tag, value) = pair.element()?;
            binds.push((name, Value::read(tag, value)?));
        }
        Ok(Self { kind, request, status, index, binds })
    }

    /// Adds it to a message.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut content = Vec::new();
        for number in [self.request, self.status, self.index] {
            put_number(&mut content, INTEGER, i64::from(number));
        }
        let mut list = Vec::new();
        self.binds.iter().for_each(|bind| list.extend(encoded(bind)));
        put(&mut content, SEQUENCE, &list);
        put(out, self.kind as u8, &content);
    }

    /// The answer to it.
    pub(crate) fn answer(&self, status: i32, index: i32, binds: Binds) -> Self {
        Self { kind: Kind::Response, request: self.request, status, index, binds }
    }
}

/// A name and its value as they are sent.
pub(crate) fn encoded((name, value): &(Oid, Value)) -> Vec<u8> {
    let (mut pair, mut out) = (Vec::new(), Vec::new());
    name.write(&mut pair);
    value.write(&mut pair);
    put(&mut out, SEQUENCE, &pair);
    out
}

/// The version of a message: 0 is 1, 1 is 2c, 3 is 3.
pub(crate) fn version(bytes: &[u8]) -> Result<i64, Malformed> {
    Reader::new(bytes).expect(SEQUENCE)?.integer(0, 3)
}

/// A message with a community: versions 1 and 2c.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) version: i64,
    pub(crate) community: Vec<u8>,
    pub(crate) pdu: Pdu,
}

impl Open {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut inner = Reader::new(bytes).expect(SEQUENCE)?;
        let version = inner.integer(0, 1)?;
        let community = inner.octets()?.to_vec();
        Ok(Self { version, community, pdu: Pdu::read(&mut inner)? })
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        let (mut content, mut out) = (Vec::new(), Vec::new());
        put_number(&mut content, INTEGER, self.version);
        put(&mut content, OCTETS, &self.community);
        self.pdu.write(&mut content);
        put(&mut out, SEQUENCE, &content);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_written_as_they_are_read() {
        let values = [
            Value::Integer(-1),
            Value::Integer(4_294_967_295),
            Value::Octets(vec![7; 200]),
            Value::Null,
            Value::Name(Oid(vec![1, 3, 6, 1, 4, 1, 1206, 4_294_967_295])),
            Value::Counter(u32::MAX),
            Value::Ticks(5),
            Value::NoSuchObject,
            Value::NoSuchInstance,
            Value::EndOfView,
            Value::Other(0x40, vec![127, 0, 0, 1]),
        ];
        let binds = values.into_iter().enumerate().map(|(i, v)| (Oid(vec![1, 3, 6, i as u32, 128, 16_384]), v)).collect();
        let pdu = Pdu { kind: Kind::Set, request: -7, status: 0, index: 0, binds };
        let message = Open { version: 1, community: b"public".to_vec(), pdu };
        assert_eq!(Open::read(&message.write()), Ok(message));
    }
}
