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
    /// A head that was asked for at `asked` said that it is `time`. That was true at some moment since then, so now it is
    /// between `time` and `time` with all that has passed: what was known is kept inside these bounds. Answers that overtake
    /// each other do not move it, and it goes back where the verifier's time stood still, as after its clock was put back.
    pub fn set(&mut self, time: Time, asked: Span, now: Moment) {
        let passed = Span::from_ms(now.monotonic.as_ms().saturating_sub(asked.as_ms()));
        let known = self.time(now).unwrap_or_default();
        self.heard = Some((known.clamp(time, time.plus(passed)), now.monotonic));
    }

    /// The verifier's time now; `None` before the first head of this process.
    #[must_use]
    pub fn time(&self, now: Moment) -> Option<Time> {
        let (time, at) = self.heard?;
        Some(time.plus(Span::from_ms(now.monotonic.as_ms().saturating_sub(at.as_ms()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(monotonic_s: u64) -> Moment {
        Moment { wall: Time::from_ms(0), monotonic: Span::from_s(monotonic_s) }
    }

    fn s(s: u64) -> Time {
        Time::from_ms(s * 1000)
    }

    #[test]
    fn heads_bound_the_time_from_both_sides() {
        let mut clock = VerifierClock::default();
        assert_eq!(clock.time(at(9)), None);
        clock.set(s(1_000), Span::from_s(9), at(10));
        assert_eq!(clock.time(at(40)), Some(s(1_030)));
        clock.set(s(1_010), Span::from_s(12), at(40));
        assert_eq!(clock.time(at(40)), Some(s(1_030)), "an answer that was overtaken");
        clock.set(s(1_050), Span::from_s(41), at(42));
        assert_eq!(clock.time(at(42)), Some(s(1_050)), "time is later than was known");
        clock.set(s(1_060), Span::from_s(7_000), at(7_001));
        assert_eq!(clock.time(at(7_001)), Some(s(1_061)), "the verifier's time stood still for hours");
    }
}
