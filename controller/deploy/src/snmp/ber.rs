//! BER as SNMP uses it: definite lengths, single-byte tags. Source: ITU-T X.690, RFC 3417 section 8.
//!
//! Nothing here goes down into what it reads by itself, so nothing a peer sends makes it deep; positions are kept, since
//! a digest is computed over the very bytes of a message.

use thiserror::Error;

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTETS: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;

/// Bytes that are no SNMP message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no SNMP message: {0}")]
pub struct Malformed(pub(crate) &'static str);

/// A stretch of a message that is being read; positions count from the beginning of the whole message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    whole: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(whole: &'a [u8]) -> Self {
        Self { whole, at: 0, end: whole.len() }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.at == self.end
    }

    /// Where the next byte lies in the whole message.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// What is left.
    pub(crate) fn rest(&self) -> &'a [u8] {
        &self.whole[self.at..self.end]
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        let byte = *self.rest().first().ok_or(Malformed("it ends too early"))?;
        self.at += 1;
        Ok(byte)
    }

    /// The next element: its tag and what it holds.
    pub(crate) fn element(&mut self) -> Result<(u8, Self), Malformed> {
        let tag = self.byte()?;
        let first = self.byte()?;
        let mut length = usize::from(first & 0x7F);
        if first & 0x80 != 0 {
            if !(1..=4).contains(&length) {
                return Err(Malformed("a length of no use"));
            }
            length = (0..length).try_fold(0, |sum, _| Ok(sum << 8 | usize::from(self.byte()?)))?;
        }
        let end = self.at.checked_add(length).filter(|e| *e <= self.end).ok_or(Malformed("a length beyond its end"))?;
        let inner = Self { whole: self.whole, at: self.at, end };
        self.at = end;
        Ok((tag, inner))
    }

    pub(crate) fn expect(&mut self, wanted: u8) -> Result<Self, Malformed> {
        match self.element()? {
            (tag, inner) if tag == wanted => Ok(inner),
            _ => Err(Malformed("another element than expected")),
        }
    }

    pub(crate) fn octets(&mut self) -> Result<&'a [u8], Malformed> {
        self.expect(OCTETS).map(|inner| inner.rest())
    }

    /// An integer of the range that is given.
    pub(crate) fn integer(&mut self, least: i64, most: i64) -> Result<i64, Malformed> {
        let number = number(self.expect(INTEGER)?.rest())?;
        if (least..=most).contains(&number) { Ok(number) } else { Err(Malformed("a number out of range")) }
    }
}

/// A signed number of up to eight bytes.
pub(crate) fn number(bytes: &[u8]) -> Result<i64, Malformed> {
    if bytes.is_empty() || bytes.len() > 8 {
        return Err(Malformed("a number of no or too many bytes"));
    }
    let sign = if bytes[0] & 0x80 == 0 { 0 } else { -1 };
    Ok(bytes.iter().fold(sign, |n, b| n << 8 | i64::from(*b)))
}

/// Adds an element.
pub(crate) fn put(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    out.push(tag);
    let length = content.len();
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes = length.to_be_bytes();
        let zeros = bytes.iter().take_while(|b| **b == 0).count();
        out.push(0x80 | (bytes.len() - zeros) as u8);
        out.extend(&bytes[zeros..]);
    }
    out.extend(content);
}

/// Adds an integer in as few bytes as it needs, with a tag of its own.
pub(crate) fn put_number(out: &mut Vec<u8>, tag: u8, number: i64) {
    let bytes = number.to_be_bytes();
    let is_spare = |i: &usize| {
        let next = bytes[i + 1] & 0x80 != 0;
        (bytes[*i] == 0 && !next) || (bytes[*i] == 0xFF && next)
    };
    let spare = (0..7).take_while(is_spare).count();
    put(out, tag, &bytes[spare..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_they_are_read() {
        for n in [0, 1, 127, 128, 255, 256, 4_294_967_295, -1, -128, -129, i64::MIN, i64::MAX] {
            let mut out = Vec::new();
            put_number(&mut out, INTEGER, n);
            assert_eq!(Reader::new(&out).integer(i64::MIN, i64::MAX), Ok(n));
        }
        let mut out = Vec::new();
        put_number(&mut out, INTEGER, 128);
        assert_eq!(out, [2, 2, 0, 128]);
    }

    #[test]
    fn lengths_may_be_longer_than_they_need_but_not_than_there_is() {
        assert_eq!(Reader::new(&[4, 0x82, 0, 1, 7]).octets(), Ok(&[7][..]));
        for bad in [&[4, 2, 7][..], &[4, 0x80, 7, 0, 0], &[4, 0x85, 0, 0, 0, 0, 1, 7], &[4, 0x84, 255, 255, 255, 255], &[4]] {
            assert!(Reader::new(bad).octets().is_err(), "{bad:?}");
        }
        let mut out = Vec::new();
        put(&mut out, OCTETS, &[9; 300]);
        assert_eq!(Reader::new(&out).octets(), Ok(&[9; 300][..]));
    }
}
