//! Ledger time, and when to doubt it (wire decision 9).
//!
//! ```text
//! sound ──wall against monotonic off by more than 5 min──▶ suspect ──clock accept──▶ sound
//!   ▲ start: wall within 24 h after the last persisted time, else it starts suspect
//! ```
//!
//! Ledger time = max(wall, what was said before, what was persisted): it never goes back. While suspect nothing that
//! depends on time is decided, and nothing is swept.

use farthing_protocol::limits::{CLOCK_JUMP_MAX, CLOCK_START_MAX};
use farthing_protocol::time::{Moment, Time};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The clock as the writer and all readers see it.
#[derive(Debug)]
pub(crate) struct Clock(Mutex<State>);

#[derive(Clone, Copy, Debug)]
struct State {
    last: Moment,
    ledger: Time,
    suspect: Option<Doubt>,
}

/// Why the clock is doubted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// The wall clock was before the last persisted time at start.
    #[error("at start the clock stood before the ledger's last time")]
    StartedBefore,
    /// The wall clock was more than 24 h past the last persisted time at start.
    #[error("at start the clock stood more than 24 hours past the ledger's last time")]
    StartedFarPast,
    /// Wall and monotonic clock went apart.
    #[error("the clock jumped by more than 5 minutes")]
    Jumped,
}

impl Clock {
    /// Starts with the last persisted ledger time.
    pub(crate) fn start(persisted: Time, now: Moment) -> Self {
        let suspect = if now.wall < persisted {
            Some(Doubt::StartedBefore)
        } else if now.wall.since(persisted) > CLOCK_START_MAX {
            Some(Doubt::StartedFarPast)
        } else {
            None
        };
        let ledger = if suspect.is_some() { persisted } else { now.wall };
        Self(Mutex::new(State { last: now, ledger, suspect }))
    }

    /// Ledger time at `now`, or why it cannot be told. Looks for a jump since the last reading.
    pub(crate) fn read(&self, now: Moment) -> Result<Time, Doubt> {
        let mut state = self.state();
        let wall = i128::from(now.wall.as_ms()) - i128::from(state.last.wall.as_ms());
        let monotonic = i128::from(now.monotonic.as_ms()) - i128::from(state.last.monotonic.as_ms());
        state.last = now;
        if (wall - monotonic).unsigned_abs() > u128::from(CLOCK_JUMP_MAX.as_ms()) {
            state.suspect = Some(Doubt::Jumped);
        }
        if let Some(doubt) = state.suspect {
            return Err(doubt);
        }
        state.ledger = state.ledger.max(now.wall);
        Ok(state.ledger)
    }

    /// The last ledger time that was told; it stands still while the clock is doubted.
    pub(crate) fn ledger(&self) -> Time {
        self.state().ledger
    }

    /// Why the clock is doubted, if it is.
    pub(crate) fn doubt(&self) -> Option<Doubt> {
        self.state().suspect
    }

    /// The operator has looked: the wall clock is right. Ledger time still never goes back.
    pub(crate) fn accept(&self, now: Moment) -> Time {
        let mut state = self.state();
        state.last = now;
        state.suspect = None;
        state.ledger = state.ledger.max(now.wall);
        state.ledger
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A reading is whole or not made at all; a panic elsewhere leaves nothing half-done in it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use farthing_protocol::time::Span;

    fn at(wall_s: u64, monotonic_s: u64) -> Moment {
        Moment { wall: Time::from_ms(wall_s * 1000), monotonic: Span::from_s(monotonic_s) }
    }

    #[test]
    fn a_jump_is_doubted_until_accepted_and_time_never_goes_back() {
        let clock = Clock::start(Time::from_ms(1_000_000), at(1_000, 0));
        assert_eq!(clock.read(at(1_060, 60)), Ok(Time::from_ms(1_060_000)));
        assert_eq!(clock.read(at(1_050, 61)), Ok(Time::from_ms(1_060_000)), "a small step back");
        assert_eq!(clock.read(at(1_500, 62)), Err(Doubt::Jumped));
        assert_eq!(clock.read(at(1_501, 63)), Err(Doubt::Jumped), "remains");
        assert_eq!(clock.ledger(), Time::from_ms(1_060_000));
        assert_eq!(clock.accept(at(1_502, 64)), Time::from_ms(1_502_000));
        assert_eq!(clock.read(at(1_503, 65)), Ok(Time::from_ms(1_503_000)));
        assert_eq!(clock.accept(at(1_400, 66)), Time::from_ms(1_503_000), "the clock was put back");
        assert_eq!(clock.read(at(1_401, 67)), Ok(Time::from_ms(1_503_000)));
    }

    #[test]
    fn the_start_is_compared_with_what_was_persisted() {
        let day = 24 * 3600;
        for (wall, doubt) in [
            (999, Some(Doubt::StartedBefore)),
            (1_000, None),
            (1_000 + day, None),
            (1_001 + day, Some(Doubt::StartedFarPast)),
        ] {
            assert_eq!(Clock::start(Time::from_ms(1_000_000), at(wall, 0)).doubt(), doubt, "{wall}");
        }
    }
}
