//! Points in time, as whole milliseconds since 1970-01-01T00:00:00Z.
//!
//! ```
//! use farthing_protocol::time::{Span, Time};
//! let created = Time::from_ms(1_800_000_000_000);
//! let expires = created.plus(Span::from_s(120));
//! assert_eq!(expires.since(created), Span::from_min(2));
//! assert_eq!(created.since(expires), Span::from_ms(0), "never negative");
//! ```

use crate::error::Malformed;
use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};

/// Milliseconds since the Unix epoch, below 2^48 (the year 10889): what a UUIDv7 can hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Time(u64);

/// A span of time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span(u64);

/// A reading of both clocks of a machine, taken together and passed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The wall clock: can be wrong, can jump.
    pub wall: Time,
    /// Since some fixed point of this process's life; counts sleep where the system can tell, never jumps.
    pub monotonic: Span,
}

impl Time {
    /// The largest time, 2^48 − 1 ms.
    pub const MAX: Self = Self((1 << 48) - 1);

    /// Takes milliseconds; larger ones become [`Time::MAX`].
    #[must_use]
    pub const fn from_ms(ms: u64) -> Self {
        if ms > Self::MAX.0 { Self::MAX } else { Self(ms) }
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_ms(self) -> u64 {
        self.0
    }

    /// Seconds since the Unix epoch, rounded down, as RFC 9421 `created` counts.
    #[must_use]
    pub const fn as_s(self) -> u64 {
        self.0 / 1000
    }

    /// As RFC 3339 has it, in UTC with milliseconds: `2026-11-20T22:14:05.123Z`.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        let (year, month, day) = civil(self.0 / 86_400_000);
        let (hour, minute, second) = (self.0 / 3_600_000 % 24, self.0 / 60_000 % 60, self.0 / 1000 % 60);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", self.0 % 1000)
    }

    /// This time and a span later.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self::from_ms(self.0.saturating_add(span.0))
    }

    /// This time and a span earlier, not before the Unix epoch.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

/// Year, month and day of a day since 1970-01-01, in the Gregorian calendar (Hinnant, "chrono-compatible low-level
/// date algorithms", civil_from_days): years begin in March, so that the leap day is a year's last.
const fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + (month <= 2) as u64, month, day)
}

impl Span {
    /// So many milliseconds.
    #[must_use]
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms)
    }

    /// So many seconds.
    #[must_use]
    pub const fn from_s(s: u64) -> Self {
        Self(s.saturating_mul(1000))
    }

    /// So many minutes.
    #[must_use]
    pub const fn from_min(min: u64) -> Self {
        Self::from_s(min.saturating_mul(60))
    }

    /// So many hours.
    #[must_use]
    pub const fn from_h(h: u64) -> Self {
        Self::from_min(h.saturating_mul(60))
    }

    /// Milliseconds.
    #[must_use]
    pub const fn as_ms(self) -> u64 {
        self.0
    }
}

impl<C> Encode<C> for Time {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.u64(self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Time {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let ms = d.u64()?;
        if ms <= Self::MAX.0 { Ok(Self(ms)) } else { Err(Malformed::Value("time is out of range").into()) }
    }
}

impl<C> Encode<C> for Span {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.u64(self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Span {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        d.u64().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_the_calendar_has_them() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (1_709_251_200_000, "2024-03-01T00:00:00.000Z"),
            (1_763_673_600_123, "2025-11-20T21:20:00.123Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(Time::from_ms(ms).to_rfc3339(), text);
        }
    }
}
