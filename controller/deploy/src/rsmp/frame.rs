//! Frames: JSON, each followed by a form feed.

use std::collections::VecDeque;
use thiserror::Error;

/// The end of a frame.
pub const FORM_FEED: u8 = 0x0C;

/// The longest frame that is taken, in bytes. The standard names no limit; the configuration status is the longest message.
pub const LONGEST_FRAME: usize = 1 << 20;

/// A frame goes on for longer than is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a frame of more than {LONGEST_FRAME} bytes")]
pub struct TooLong;

/// Cuts a stream of bytes into frames, within bounded memory.
#[derive(Debug, Default)]
pub struct Frames {
    open: Vec<u8>,
    complete: VecDeque<Vec<u8>>,
}

impl Frames {
    /// Takes bytes as they come.
    ///
    /// # Errors
    /// When a frame is too long: the stream cannot be read on.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        let mut parts = bytes.split(|&b| b == FORM_FEED).peekable();
        while let Some(part) = parts.next() {
            if self.open.len() + part.len() > LONGEST_FRAME {
                return Err(TooLong);
            }
            self.open.extend_from_slice(part);
            if parts.peek().is_some() {
                self.complete.push_back(std::mem::take(&mut self.open));
            }
        }
        Ok(())
    }

    /// The next complete frame. Those without content are passed over.
    pub fn next_frame(&mut self) -> Option<Vec<u8>> {
        std::iter::from_fn(|| self.complete.pop_front()).find(|frame| !frame.iter().all(u8::is_ascii_whitespace))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_whole_however_the_bytes_come_in() {
        let stream = b"{\"a\":1}\x0C\x0C \n\x0C{}\x0C{\"half";
        for step in 1..stream.len() {
            let mut frames = Frames::default();
            stream.chunks(step).for_each(|part| frames.push(part).unwrap());
            let found: Vec<_> = std::iter::from_fn(|| frames.next_frame()).collect();
            assert_eq!(found, [b"{\"a\":1}".to_vec(), b"{}".to_vec()]);
        }
    }

    #[test]
    fn a_frame_without_end_is_refused_before_memory_is() {
        let mut frames = Frames::default();
        frames.push(&vec![b'x'; LONGEST_FRAME]).unwrap();
        assert_eq!(frames.push(b"x"), Err(TooLong));
    }
}
