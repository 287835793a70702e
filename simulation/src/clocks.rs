//! The clocks of one machine: a wall clock that can be wrong, and a monotonic one that begins with each process.

use farthing_protocol::time::{Moment, Span, Time};

/// True time at the start of each run: some day in 2027.
const START_MS: u64 = 1_800_000_000_000;

/// A machine's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clocks {
    /// How far the wall clock is ahead of true time.
    pub(crate) ahead_ms: i64,
    /// When this process began.
    began_ms: u64,
}

impl Clocks {
    /// A new process begins.
    pub(crate) const fn restart(&mut self, now_ms: u64) {
        self.began_ms = now_ms;
    }

    /// Both clocks, `now_ms` after the start of the run.
    pub(crate) fn read(&self, now_ms: u64) -> Moment {
        let wall = (START_MS + now_ms).saturating_add_signed(self.ahead_ms);
        Moment { wall: Time::from_ms(wall), monotonic: Span::from_ms(now_ms.saturating_sub(self.began_ms)) }
    }
}
