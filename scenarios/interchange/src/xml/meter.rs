//! A source of bytes that counts lines and refuses endless markup.

use std::io::{self, BufRead, Read};

/// Counts lines, and bytes since the latest markup began.
#[derive(Debug)]
pub(super) struct Meter<R> {
    input: R,
    line: usize,
    limit: usize,
    used: usize,
}

impl<R> Meter<R> {
    pub(super) fn new(input: R, limit: usize) -> Self {
        Self { input, line: 1, limit, used: 0 }
    }

    /// The line of the next byte, counted from 1.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// From here on the limit counts anew.
    pub(super) fn begin_markup(&mut self) {
        self.used = 0;
    }

    /// Whether the limit is used up.
    pub(super) fn is_exhausted(&self) -> bool {
        self.used > self.limit
    }
}

impl<R: BufRead> Read for Meter<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Meter<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.is_exhausted() {
            return Err(io::Error::other("markup beyond the limit"));
        }
        self.input.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        // The buffer was filled a moment ago: this reads nothing and cannot fail.
        if let Ok(buffer) = self.input.fill_buf() {
            let passed = &buffer[..count.min(buffer.len())];
            #[expect(clippy::naive_bytecount, reason = "the compiler vectorises it; parsing costs far more")]
            let lines = passed.iter().filter(|&&b| b == b'\n').count();
            self.line += lines;
        }
        self.used += count;
        self.input.consume(count);
    }
}
