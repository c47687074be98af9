//! The bytes between the rows and the descriptor they go to.
//!
//! Promises: a write carries whole rows only, and once a write has failed nothing more is written, so output is
//! never half-written silently: whoever writes on is told of the failure again.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

/// How many bytes are collected before they are written.
const FULL: usize = 32 * 1024;

/// Why output ended before the rows did.
#[derive(Clone, Debug)]
pub enum OutputError {
    /// Nobody reads any more (EPIPE): not a failure of the program. The caller exits 141 without a word.
    Closed,
    /// Anything else: a full disk, say.
    Failed(Arc<io::Error>),
}

impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OutputError::Closed => f.write_str("the output is closed"),
            OutputError::Failed(error) => write!(f, "the output cannot be written: {error}"),
        }
    }
}

impl std::error::Error for OutputError {}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> OutputError {
        match error.kind() {
            io::ErrorKind::BrokenPipe => OutputError::Closed,
            _ => OutputError::Failed(Arc::new(error)),
        }
    }
}

/// Rows on their way out.
pub(crate) struct Buffer<W> {
    out: W,
    bytes: Vec<u8>,
    trouble: Option<OutputError>,
}

impl<W: Write> Buffer<W> {
    /// An empty buffer before `out`, which should not buffer itself.
    pub(crate) fn new(out: W) -> Buffer<W> {
        Buffer {
            out,
            // Room for the row that passes the mark.
            bytes: Vec::with_capacity(FULL + FULL / 8),
            trouble: None,
        }
    }

    /// Where a row is appended, in as many pieces as it takes; [`Buffer::row_done`] ends it.
    pub(crate) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Says that what was appended is whole rows; they are written if enough came together.
    pub(crate) fn row_done(&mut self) -> Result<(), OutputError> {
        if self.bytes.len() < FULL && self.trouble.is_none() {
            return Ok(());
        }
        self.flush()
    }

    /// Says that a row cannot be written: those before it are, and nothing after it.
    pub(crate) fn refuse(&mut self, why: &'static str) -> Result<(), OutputError> {
        self.flush()?;
        let error = io::Error::new(io::ErrorKind::InvalidData, why);
        self.trouble = Some(error.into());
        self.trouble.clone().map_or(Ok(()), Err)
    }

    /// Writes what is there.
    pub(crate) fn flush(&mut self) -> Result<(), OutputError> {
        if self.trouble.is_none() {
            let written = self.out.write_all(&self.bytes);
            self.trouble = written
                .and_then(|()| self.out.flush())
                .err()
                .map(OutputError::from);
        }
        self.bytes.clear();
        // A row that was far too long does not keep its room.
        self.bytes.shrink_to(FULL + FULL / 8);
        self.trouble.clone().map_or(Ok(()), Err)
    }

    /// The failure of an earlier write.
    pub(crate) fn trouble(&self) -> Option<&OutputError> {
        self.trouble.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps each write apart; fails with `error` when the countdown ends.
    #[derive(Default)]
    struct Writes {
        calls: Vec<Vec<u8>>,
        fail_after: Option<(usize, io::ErrorKind)>,
    }

    impl Write for Writes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            match &mut self.fail_after {
                Some((0, kind)) => return Err((*kind).into()),
                Some((n, _)) => *n -= 1,
                None => {}
            }
            self.calls.push(bytes.to_vec());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn writes_carry_whole_rows_of_about_the_size_of_the_buffer() {
        let mut buffer = Buffer::new(Writes::default());
        let row = [vec![b'x'; 999], vec![b'\n']].concat();
        for _ in 0..100 {
            buffer.bytes().extend_from_slice(&row);
            buffer.row_done().unwrap();
        }
        buffer.flush().unwrap();
        let sizes: Vec<usize> = buffer.out.calls.iter().map(Vec::len).collect();
        assert_eq!(sizes, [33_000, 33_000, 33_000, 1_000]);
    }

    #[test]
    fn a_closed_pipe_is_told_apart_and_told_again() {
        for (kind, closed) in [
            (io::ErrorKind::BrokenPipe, true),
            (io::ErrorKind::StorageFull, false),
        ] {
            let mut buffer = Buffer::new(Writes {
                fail_after: Some((0, kind)),
                ..Writes::default()
            });
            buffer.bytes().push(b'x');
            buffer.row_done().unwrap();
            assert!(buffer.trouble().is_none());
            let is_closed = |e| matches!(e, OutputError::Closed);
            assert_eq!(buffer.flush().map_err(is_closed), Err(closed));
            buffer.bytes().push(b'x');
            assert_eq!(buffer.row_done().map_err(is_closed), Err(closed));
            assert!(buffer.out.calls.is_empty(), "written after a failure");
        }
    }
}
