//! The verifier's time: the last head's, plus what a monotonic clock has counted since (wire decision 9).
//!
//! A wallet never decides by its own wall clock, which can be wrong by years.

use farthing_protocol::time::{Moment, Span, Time};

/// The verifier's time as this process knows it.
#[derive(Clone, Copy, Debug, Default)]
pub struct VerifierClock {
    heard: Option<(Time, Span)>,
}

impl VerifierClock {
    /// A head said that it is `time`. Time never goes back.
    pub fn set(&mut self, time: Time, now: Moment) {
        let known = self.time(now).unwrap_or_default();
        self.heard = Some((time.max(known), now.monotonic));
    }

    /// The verifier's time now; `None` before the first head of this process.
    #[must_use]
    pub fn time(&self, now: Moment) -> Option<Time> {
        let (time, at) = self.heard?;
        Some(time.plus(Span::from_ms(now.monotonic.as_ms().saturating_sub(at.as_ms()))))
    }
}
