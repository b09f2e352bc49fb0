//! Packed encoding rules without alignment (UPER): bits written and read by one description of each type, so that both ways agree.
//! Source: ITU-T X.691 (2015).
//!
//! Reading is bounded by the bytes that are there: lists grow element by element, and each element takes bits.

use thiserror::Error;

/// The longest message that is read, in bytes: more does not fit into a datagram.
pub const LARGEST: usize = 65_507;

/// Why bits are no message, or a value has no place in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UperFault {
    /// The bytes end within a value.
    #[error("the message ends within {0}")]
    Short(&'static str),
    /// A value that the standard does not allow.
    #[error("{0} is out of its range")]
    Range(&'static str),
    /// The standard allows it; it is not read here.
    #[error("{0} is not read here")]
    NotRead(&'static str),
    /// Something follows the message.
    #[error("there are bytes behind the message")]
    Behind,
    /// More bytes than a datagram holds.
    #[error("the message is longer than {LARGEST} bytes")]
    TooLong,
}

/// Writes bits, or reads them: a type describes itself once, to whichever of both comes.
pub(super) trait Coder {
    /// Whether bits are read: then what is given does not matter.
    const READS: bool;

    /// So many bits, 64 at most, the highest first: those given are written, those read are returned.
    fn bits(&mut self, value: u64, count: u32, what: &'static str) -> Result<u64, UperFault>;

    /// A boolean.
    fn flag(&mut self, value: bool, what: &'static str) -> Result<bool, UperFault> {
        Ok(self.bits(u64::from(value), 1, what)? == 1)
    }

    /// A whole number of a range. Source: X.691, 11.5.
    fn number<T>(&mut self, value: &mut T, (low, high): (i64, i64), what: &'static str) -> Result<(), UperFault>
    where
        T: Copy + Into<i64> + TryFrom<i64>,
    {
        let given: i64 = (*value).into();
        if !Self::READS && !(low..=high).contains(&given) {
            return Err(UperFault::Range(what));
        }
        let read = low + self.bits(given.wrapping_sub(low) as u64, width((high - low) as u64), what)?.cast_signed();
        if read > high {
            return Err(UperFault::Range(what));
        }
        *value = T::try_from(read).map_err(|_| UperFault::Range(what))?;
        Ok(())
    }

    /// A number that may be left out, whose presence has been told.
    fn number_if<T>(&mut self, value: &mut Option<T>, range: (i64, i64), what: &'static str) -> Result<(), UperFault>
    where
        T: Copy + Into<i64> + TryFrom<i64>,
    {
        value.as_mut().map_or(Ok(()), |value| self.number(value, range, what))
    }

    /// Whether what may be left out is there. Source: X.691, 19.2.
    fn presence<T: Least>(&mut self, value: &mut Option<T>, what: &'static str) -> Result<(), UperFault> {
        match (self.flag(value.is_some(), what)?, value.is_some()) {
            (true, false) => *value = Some(T::LEAST),
            (false, true) => *value = None,
            _ => {}
        }
        Ok(())
    }

    /// Something that is never written, and refused where it is read.
    fn absent(&mut self, what: &'static str) -> Result<(), UperFault> {
        if self.flag(false, what)? { Err(UperFault::NotRead(what)) } else { Ok(()) }
    }

    /// One of a list of alternatives that later versions may have added to. Source: X.691, 14.3 and 23.8.
    fn alternative(&mut self, value: &mut u8, last: u8, what: &'static str) -> Result<(), UperFault> {
        self.absent(what)?;
        self.number(value, (0, i64::from(last)), what)
    }

    /// A list of between so many elements. Source: X.691, 20.
    fn list<T: Least>(
        &mut self,
        list: &mut Vec<T>,
        (low, high): (i64, i64),
        what: &'static str,
        mut each: impl FnMut(&mut Self, &mut T) -> Result<(), UperFault>,
    ) -> Result<(), UperFault> {
        let mut count = i64::try_from(list.len()).map_err(|_| UperFault::Range(what))?;
        self.number(&mut count, (low, high), what)?;
        for place in 0..count as usize {
            if place == list.len() {
                list.push(T::LEAST);
            }
            each(self, &mut list[place])?;
        }
        Ok(())
    }

    /// A text of 1 to 63 characters of ASCII, of seven bits each. Source: X.691, 30.
    fn text(&mut self, text: &mut String, what: &'static str) -> Result<(), UperFault> {
        let mut bytes = std::mem::take(text).into_bytes();
        self.list(&mut bytes, (1, 63), what, |c, byte| c.number(byte, (0, 127), what))?;
        *text = String::from_utf8(bytes).map_err(|_| UperFault::Range(what))?;
        Ok(())
    }

    /// A text that may be left out, whose presence has been told.
    fn text_if(&mut self, text: &mut Option<String>, what: &'static str) -> Result<(), UperFault> {
        text.as_mut().map_or(Ok(()), |text| self.text(text, what))
    }

    /// Skips what later versions have added to a sequence: how many, which of them, and each with its length. Nothing is written.
    /// Source: X.691, 19.7 to 19.9.
    fn additions(&mut self, is_extended: bool) -> Result<(), UperFault> {
        const WHAT: &str = "an addition of a later version";
        if !is_extended {
            return Ok(());
        }
        self.absent("an addition beyond the 64th")?;
        let count = self.bits(0, 6, WHAT)? + 1;
        let which = self.bits(0, count as u32, WHAT)?;
        for _ in 0..which.count_ones() {
            let octets = if self.flag(false, WHAT)? {
                self.absent("an addition in fragments")?;
                self.bits(0, 14, WHAT)?
            } else {
                self.bits(0, 7, WHAT)?
            };
            for _ in 0..octets {
                self.bits(0, 8, WHAT)?;
            }
        }
        Ok(())
    }
}

/// What stands in the place of a value until it has been read: the least that can be written.
pub(super) trait Least {
    const LEAST: Self;
}

macro_rules! least {
    ($($type:ty: $least:expr),* $(,)?) => {$(impl Least for $type { const LEAST: Self = $least; })*};
}
pub(super) use least;
least!(u8: 0, u16: 0, u32: 0, i16: 0, i32: 0, String: String::new());
impl<T> Least for Vec<T> {
    const LEAST: Self = Self::new();
}

/// Bits of a whole number that is no larger than this.
const fn width(most: u64) -> u32 {
    u64::BITS - most.leading_zeros()
}

/// Bits that have been written.
#[derive(Debug, Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
    /// Bits of the last byte that are not in use.
    free: u32,
}

impl Writer {
    /// The bytes, the last one filled up with zeros.
    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

impl Coder for Writer {
    const READS: bool = false;

    fn bits(&mut self, value: u64, count: u32, _: &'static str) -> Result<u64, UperFault> {
        for place in (0..count).rev() {
            if self.free == 0 {
                self.bytes.push(0);
                self.free = 8;
            }
            self.free -= 1;
            if let Some(last) = self.bytes.last_mut() {
                *last |= ((value >> place & 1) as u8) << self.free;
            }
        }
        Ok(value)
    }
}

/// Bits that are read.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, UperFault> {
        if bytes.len() > LARGEST { Err(UperFault::TooLong) } else { Ok(Self { bytes, at: 0 }) }
    }

    /// Nothing may follow but the zeros that fill up the last byte.
    pub(super) fn end(mut self) -> Result<(), UperFault> {
        let left = self.bytes.len() * 8 - self.at;
        if left < 8 && self.bits(0, left as u32, "")? == 0 { Ok(()) } else { Err(UperFault::Behind) }
    }
}

impl Coder for Reader<'_> {
    const READS: bool = true;

    fn bits(&mut self, _: u64, count: u32, what: &'static str) -> Result<u64, UperFault> {
        let mut value = 0;
        for _ in 0..count {
            let byte = self.bytes.get(self.at / 8).ok_or(UperFault::Short(what))?;
            value = value << 1 | u64::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Ok(value)
    }
}

/// A message as bytes.
pub(super) fn write<T: Clone>(
    message: &T,
    code: impl Fn(&mut T, &mut Writer) -> Result<(), UperFault>,
) -> Result<Vec<u8>, UperFault> {
    let mut writer = Writer::default();
    code(&mut message.clone(), &mut writer)?;
    let bytes = writer.finish();
    if bytes.len() > LARGEST { Err(UperFault::TooLong) } else { Ok(bytes) }
}

/// A message from bytes.
pub(super) fn read<'a, T: Least>(
    bytes: &'a [u8],
    code: impl Fn(&mut T, &mut Reader<'a>) -> Result<(), UperFault>,
) -> Result<T, UperFault> {
    let (mut message, mut reader) = (T::LEAST, Reader::new(bytes)?);
    code(&mut message, &mut reader)?;
    reader.end()?;
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_the_bits_of_their_range_and_no_other_values() {
        assert_eq!([0, 1, 2, 9, 255, 256].map(width), [0, 1, 2, 4, 8, 9]);
        let mut writer = Writer::default();
        let (mut five, mut low) = (5_u8, -4096_i32);
        writer.number(&mut five, (0, 9), "five").unwrap();
        writer.number(&mut low, (-4096, 61_439), "low").unwrap();
        assert_eq!(writer.number(&mut 10_u8, (0, 9), "ten"), Err(UperFault::Range("ten")));
        assert_eq!(writer.finish(), [0x50, 0, 0]);
        let mut reader = Reader::new(&[0xF0]).unwrap();
        assert_eq!(reader.number(&mut five, (0, 9), "five"), Err(UperFault::Range("five")));
        assert_eq!(reader.number(&mut five, (0, 255), "more"), Err(UperFault::Short("more")));
    }

    #[test]
    fn additions_of_later_versions_are_skipped() {
        // One addition, there, of two bytes, and a bit behind it: 0 000000 1 00000010 and so on.
        let bytes = [0b0000_0001, 0b0000_0010, 0xAA, 0xBB, 0b1000_0000];
        let mut reader = Reader::new(&bytes).unwrap();
        reader.additions(true).unwrap();
        assert_eq!(reader.flag(false, "behind"), Ok(true));
        assert_eq!(reader.end(), Ok(()));
        assert_eq!(Reader::new(&[0, 0]).unwrap().end(), Err(UperFault::Behind));
    }
}
