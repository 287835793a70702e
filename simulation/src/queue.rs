//! The event queue: virtual time, and an order among what happens at the same moment.

use std::collections::BTreeMap;

/// What is going to happen, by time and then by the order in which it was planned.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    now_ms: u64,
    planned: u64,
    events: BTreeMap<(u64, u64), T>,
}

impl<T> Queue<T> {
    /// An empty one, so long after the start of time.
    pub(crate) const fn new(now_ms: u64) -> Self {
        Self { now_ms, planned: 0, events: BTreeMap::new() }
    }

    pub(crate) const fn now_ms(&self) -> u64 {
        self.now_ms
    }

    pub(crate) fn plan(&mut self, in_ms: u64, event: T) {
        self.planned += 1;
        self.events.insert((self.now_ms + in_ms, self.planned), event);
    }

    /// The next event; time goes on to it.
    pub(crate) fn next(&mut self) -> Option<T> {
        let ((at, _), event) = self.events.pop_first()?;
        self.now_ms = at;
        Some(event)
    }
}
