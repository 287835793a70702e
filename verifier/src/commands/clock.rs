//! `clock accept`: says what was doubted and what time it will be from now on, for it cannot be undone.

use super::Outcome;
use crate::Verifier;
use crate::operator::OperatorError;
use farthing_protocol::limits::CLOCK_START_MAX;
use farthing_protocol::time::{Moment, Time};
use serde_json::{Value, json};

/// Lets time go on. A step of more than 24 hours asks for `yes`: ledger time never goes back.
pub(super) fn accept(verifier: &mut Verifier, yes: bool, now: Moment) -> Result<Value, Outcome> {
    let before = verifier.context.clock.ledger();
    // Looks once more: the clock may have jumped since it was last read.
    let doubt = verifier.context.clock.read(now).err();
    if doubt.is_some() && !yes && now.wall.since(before) > CLOCK_START_MAX {
        return Err(Outcome::Not {
            exit: 5,
            kind: "not_confirmed".to_owned(),
            message: format!(
                "ledger time would go from {} to {}, and never back; compare with another clock, and when this is \
                 right, run it again with --yes",
                text(before),
                text(now.wall)
            ),
            retryable: false,
        });
    }
    let time = verifier.accept_clock(now).map_err(OperatorError::from)?;
    Ok(json!({
        "time": time.as_ms(),
        "time_text": text(time),
        "before": before.as_ms(),
        "before_text": text(before),
        "wall": now.wall.as_ms(),
        "wall_text": text(now.wall),
        "doubt": doubt.map(|doubt| doubt.to_string()),
    }))
}

/// A point in time by RFC 3339, in UTC with milliseconds.
fn text(time: Time) -> String {
    let ms = time.as_ms();
    let (year, month, day) = civil(ms / 86_400_000);
    let (hour, minute, second) = (ms / 3_600_000 % 24, ms / 60_000 % 60, ms / 1000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", ms % 1000)
}

/// Year, month and day of a day since 1970-01-01, in the Gregorian calendar (Hinnant, "chrono-compatible low-level
/// date algorithms", civil_from_days): years begin in March, so that the leap day is a year's last.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Keys, Setup};
    use farthing_protocol::key::Ed25519Key;
    use farthing_protocol::money::{Asset, Code};
    use farthing_protocol::time::Span;

    #[test]
    fn times_as_the_calendar_has_them() {
        for (ms, shown) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (1_763_673_600_123, "2025-11-20T21:20:00.123Z"),
        ] {
            assert_eq!(text(Time::from_ms(ms)), shown);
        }
    }

    #[test]
    fn a_long_step_is_confirmed_and_a_sound_clock_is_called_so() {
        let at = |hours| Moment {
            wall: Time::from_ms(1_763_673_600_000).plus(Span::from_h(hours)),
            monotonic: Span::from_s(1),
        };
        let setup = Setup::open("http://127.0.0.1:1", Asset::new(Code::new("USD").unwrap(), 6).unwrap(), 0);
        let db = rusqlite::Connection::open_in_memory().unwrap();
        let keys = Keys::from_seeds([1; 32], [2; 32]);
        let mut verifier = Verifier::create(db, &setup, &Ed25519Key::from_seed([3; 32]), keys, at(0)).unwrap();
        let sound = accept(&mut verifier, false, at(0)).unwrap();
        assert!(sound["doubt"].is_null() && sound["time"] == sound["before"]);
        // Jumped since the last reading, and nobody has read the clock yet.
        let refused = accept(&mut verifier, false, at(25)).unwrap_err();
        assert!(matches!(refused, Outcome::Not { exit: 5, .. }), "{refused:?}");
        assert!(verifier.clock_doubt().is_some());
        let done = accept(&mut verifier, true, at(25)).unwrap();
        assert_eq!((&done["before_text"], &done["time_text"]), (&sound["time_text"], &done["wall_text"]));
        assert!(done["doubt"].as_str().unwrap().contains("jumped"));
        let back = accept(&mut verifier, false, at(1)).unwrap();
        assert_eq!(back["time"], done["time"], "never back");
    }
}
