//! What happened, line by line: kept as one digest, and printed when a person looks for a fault.

use farthing_protocol::id::Digest;
use std::collections::VecDeque;

/// The run so far.
#[derive(Debug)]
pub(crate) struct Trace {
    digest: Digest,
    last: VecDeque<String>,
    sink: Option<fn(&str)>,
}

/// Lines that a failure shows.
const SHOWN: usize = 12;

impl Trace {
    /// `sink` is given each line, where there is one.
    pub(crate) fn new(sink: Option<fn(&str)>) -> Self {
        Self { digest: Digest::of(b"farthing simulation 1"), last: VecDeque::new(), sink }
    }

    pub(crate) fn note(&mut self, line: String) {
        self.digest = Digest::of_parts(&[self.digest.as_bytes(), line.as_bytes()]);
        if let Some(sink) = self.sink {
            sink(&line);
        }
        if self.last.len() == SHOWN {
            self.last.pop_front();
        }
        self.last.push_back(line);
    }

    /// Stands for everything that happened.
    pub(crate) const fn digest(&self) -> Digest {
        self.digest
    }

    /// The last lines.
    pub(crate) fn tail(&self) -> Vec<String> {
        self.last.iter().cloned().collect()
    }
}

/// A few letters that tell bytes apart.
pub(crate) fn short(bytes: &[u8]) -> String {
    Digest::of(bytes).to_hex().chars().take(10).collect()
}
