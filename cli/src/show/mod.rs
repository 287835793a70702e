//! How answers look to a person.

mod history;
mod payment;
mod status;

pub(crate) use history::{history, receipt};
pub(crate) use payment::{details, draft, outcome};
pub(crate) use status::{balances, look, status};

use crate::operation::views::PartyView;
use farthing_protocol::time::Time;

/// A point in time by RFC 3339, in UTC with milliseconds: `2026-11-20T22:14:05.123Z`.
pub(crate) fn time_text(time: Time) -> String {
    let ms = time.as_ms();
    let (days, in_day) = (ms / 86_400_000, ms % 86_400_000);
    let (year, month, day) = civil(days);
    let (hour, minute) = (in_day / 3_600_000, in_day / 60_000 % 60);
    let (second, milli) = (in_day / 1000 % 60, in_day % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
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

/// The minute of a time's text, as lists show it.
fn minute(time: &str) -> String {
    time.get(..16).unwrap_or(time).replace('T', " ")
}

/// Somebody, without claiming more than is known (wire decision 17).
fn party(party: &PartyView) -> String {
    match (&party.alias, &party.name, party.trust.as_str()) {
        (Some(alias), _, "known") => format!("{alias} (paid before, same key)"),
        (Some(alias), _, _) => format!("{alias} (unverified)"),
        (None, Some(name), _) => format!("somebody who calls itself \"{name}\""),
        (None, None, "verifier") => "the verifier's operator".to_owned(),
        (None, None, _) => "somebody without a name".to_owned(),
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
            assert_eq!(time_text(Time::from_ms(ms)), text);
        }
    }
}
